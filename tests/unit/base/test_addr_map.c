/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_addr_map.h"
#include "vd_hash.h"
#include "vd_test.h"

static struct vd_addr
nth(const char *first, uint32_t i)
{
	struct vd_addr a = {.w = {0, 0}};

	CU_ASSERT_EQUAL_FATAL(vd_addr_parse(first, &a), 0);
	return vd_addr_add(&a, i);
}

static void
empty_has_nothing(void)
{
	struct vd_addr_map m = {.v = NULL};
	struct vd_addr a = nth("192.0.2.1", 0);

	CU_ASSERT_EQUAL(vd_addr_map_get(&m, &a), 0);
	CU_ASSERT_EQUAL(vd_addr_map_put(&m, &a, 7), 0);
	vd_addr_map_free(&m);
	CU_ASSERT_EQUAL(vd_addr_map_get(&m, &a), 0);
	vd_addr_map_free(&m);
}

static void
the_first_value_stays(void)
{
	struct vd_addr_map m = {.v = NULL};
	struct vd_addr a = nth("192.0.2.1", 0), b = nth("2001:db8::1", 0), mapped;

	CU_ASSERT_EQUAL(vd_addr_map_put(&m, &a, 7), 0);
	CU_ASSERT_EQUAL(vd_addr_map_put(&m, &b, 8), 0);
	CU_ASSERT_EQUAL(vd_addr_map_put(&m, &a, 9), 7);
	CU_ASSERT_EQUAL(vd_addr_map_get(&m, &a), 7);
	CU_ASSERT_EQUAL(vd_addr_map_get(&m, &b), 8);
	/* One address, however it is written. */
	mapped = nth("::ffff:192.0.2.1", 0);
	CU_ASSERT_EQUAL(vd_addr_map_get(&m, &mapped), 7);
	mapped = nth("192.0.2.2", 0);
	CU_ASSERT_EQUAL(vd_addr_map_get(&m, &mapped), 0);
	vd_addr_map_free(&m);
}

/* Steps per address do not grow with the number of addresses: they lie in rows, as configurations have them. */
static void
steps_per_address_are_bounded(void)
{
	static const char *const rows[] = {"10.0.0.0", "192.0.255.0", "2001:db8::ff00"};

	for (uint32_t n = 100; n <= 100000; n *= 10) {
		struct vd_addr_map m = {.v = NULL};
		uint64_t looks;

		for (uint32_t i = 0; i < n; i++) {
			struct vd_addr a = nth(rows[i % 3], i);

			CU_ASSERT_EQUAL(vd_addr_map_put(&m, &a, i + 1), 0);
		}
		CU_ASSERT_EQUAL(m.n, n);
		CU_ASSERT(m.looks < 5 * (uint64_t)n); /* growing puts each twice more, on average */
		looks = m.looks;
		for (uint32_t i = 0; i < n; i++) {
			struct vd_addr a = nth(rows[i % 3], i), other = nth("172.16.0.0", i);

			CU_ASSERT_EQUAL(vd_addr_map_get(&m, &a), i + 1);
			CU_ASSERT_EQUAL(vd_addr_map_get(&m, &other), 0);
		}
		CU_ASSERT(m.looks - looks < 2 * 3 * (uint64_t)n);
		vd_addr_map_free(&m);
	}
}

static const struct vd_test tests[] = {
		VD_TEST(empty_has_nothing),
		VD_TEST(the_first_value_stays),
		VD_TEST(steps_per_address_are_bounded),
};

VD_TEST_MAIN("addr_map", tests)
