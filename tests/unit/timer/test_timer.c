/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_timer.h"

#include "vd_hash.h"
#include "vd_test.h"

static void
comes_out_in_order(void)
{
	static const vd_time at[] = {50, 10, 30, 10, 20, 10};
	static const uint32_t order[] = {1, 3, 5, 4, 2, 0};
	struct vd_timer_heap *h = vd_timer_create(6, &vd_alloc_libc);
	uint32_t handle;

	CU_ASSERT_EQUAL(vd_timer_next(h), VD_TIME_NEVER);
	for (uint32_t i = 0; i < 6; i++)
		vd_timer_set(h, i, at[i]);
	CU_ASSERT_EQUAL(vd_timer_next(h), 10);
	CU_ASSERT_EQUAL(vd_timer_get(h, 2), 30);
	CU_ASSERT_FALSE(vd_timer_pop(h, 9, &handle));
	for (uint32_t i = 0; i < 6; i++) {
		CU_ASSERT_TRUE(vd_timer_pop(h, 50, &handle));
		CU_ASSERT_EQUAL(handle, order[i]);
	}
	CU_ASSERT_FALSE(vd_timer_pop(h, 50, &handle));
	vd_timer_destroy(h);
}

/* Against a plain array, 100,000 random operations. */
static void
agrees_with_an_array(void)
{
	enum {
		N = 257
	};
	struct vd_timer_heap *h = vd_timer_create(N, &vd_alloc_libc);
	vd_time model[N], now = 0;
	struct vd_rng rng = {11};
	uint32_t handle;

	for (int i = 0; i < N; i++)
		model[i] = VD_TIME_NEVER;
	for (int step = 0; step < 100000; step++) {
		uint32_t op = vd_rng_below(&rng, 10), which = vd_rng_below(&rng, N);
		vd_time least = VD_TIME_NEVER;
		uint32_t count = 0;

		if (op < 6) {
			model[which] = now + vd_rng_below(&rng, 1000);
			vd_timer_set(h, which, model[which]);
		} else if (op < 8) {
			model[which] = VD_TIME_NEVER;
			if (op == 6)
				vd_timer_cancel(h, which);
			else
				vd_timer_set(h, which, VD_TIME_NEVER);
		} else {
			now += vd_rng_below(&rng, 100);
			while (vd_timer_pop(h, now, &handle)) {
				CU_ASSERT_FATAL(model[handle] <= now);
				model[handle] = VD_TIME_NEVER;
			}
		}
		for (int i = 0; i < N; i++) {
			least = model[i] < least ? model[i] : least;
			count += model[i] != VD_TIME_NEVER;
		}
		CU_ASSERT_EQUAL_FATAL(vd_timer_next(h), least);
		CU_ASSERT_EQUAL_FATAL(vd_timer_count(h), count);
		CU_ASSERT_EQUAL_FATAL(vd_timer_get(h, which), model[which]);
	}
	vd_timer_destroy(h);
}

static void
refuses_no_capacity(void)
{
	CU_ASSERT_PTR_NULL(vd_timer_create(0, &vd_alloc_libc));
	vd_timer_destroy(NULL);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(comes_out_in_order),
			VD_TEST(agrees_with_an_array),
			VD_TEST(refuses_no_capacity),
	};

	return vd_test_main("timer", tests, sizeof(tests) / sizeof(tests[0]));
}
