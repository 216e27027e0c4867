/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>

#include "vd_loglin.h"
#include "vd_test.h"

/* Buckets lie side by side: a value is below its bucket's limit, and not below that of the one before. */
static bool
stands_right(uint64_t v, unsigned int bits)
{
	unsigned int i = vd_loglin_bucket(v, bits);

	return v < vd_loglin_limit(i, bits) && (i == 0 || v >= vd_loglin_limit(i - 1, bits));
}

static void
buckets_lie_side_by_side(void)
{
	for (unsigned int bits = 0; bits <= 6; bits++) {
		unsigned int wrong = 0, wide = 0;

		for (uint64_t v = 0; v < 100000; v++)
			wrong += !stands_right(v, bits);
		for (unsigned int shift = 17; shift < 60; shift++)
			for (int64_t d = -2; d <= 2; d++)
				wrong += !stands_right(((uint64_t)5 << shift) + (uint64_t)d, bits);
		for (unsigned int i = 1u << bits; i < VD_LOGLIN_BUCKETS(bits, 50); i++) {
			uint64_t lo = vd_loglin_limit(i - 1, bits), hi = vd_loglin_limit(i, bits);

			wide += (hi - lo) << bits > lo;
		}
		CU_ASSERT_EQUAL(wrong, 0);
		CU_ASSERT_EQUAL(wide, 0);
	}
}

static void
as_many_as_named(void)
{
	CU_ASSERT_EQUAL(vd_loglin_bucket((1 << 20) - 1, 3), VD_LOGLIN_BUCKETS(3, 20) - 1);
	CU_ASSERT_EQUAL(vd_loglin_bucket(1 << 20, 3), VD_LOGLIN_BUCKETS(3, 20));
	CU_ASSERT_EQUAL(vd_loglin_bucket(UINT64_MAX, 3), VD_LOGLIN_BUCKETS(3, 64) - 1);
}

static void
beyond_is_the_last(void)
{
	uint64_t counts[8] = {0};

	vd_loglin_add(counts, 8, 2, 7);
	vd_loglin_add(counts, 8, 2, 1000000);
	vd_loglin_add(counts, 8, 2, 3);
	CU_ASSERT(counts[7] == 2 && counts[3] == 1);
}

static void
quantiles(void)
{
	uint64_t counts[16] = {0}, before[16];

	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, NULL, 16, 0.5), 16);
	counts[2] = 50;
	counts[5] = 49;
	counts[9] = 1;
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, NULL, 16, 0), 2);
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, NULL, 16, 0.5), 2);
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, NULL, 16, 0.51), 5);
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, NULL, 16, 0.99), 5);
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, NULL, 16, 0.999), 9);
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, NULL, 16, 1), 9);
	vd_loglin_copy(before, counts, 16);
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, before, 16, 1), 16);
	counts[3]++;
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, before, 16, 0.5), 3);
	CU_ASSERT_EQUAL(vd_loglin_quantile(counts, before, 16, 1), 3);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(buckets_lie_side_by_side),
			VD_TEST(as_many_as_named),
			VD_TEST(beyond_is_the_last),
			VD_TEST(quantiles),
	};

	return vd_test_main("loglin", tests, sizeof(tests) / sizeof(tests[0]));
}
