/* SPDX-License-Identifier: BSD-3-Clause */
#include "../../../lib/health/health_priv.h"

#include "vd_hash.h"
#include "vd_test.h"

static void
an_empty_index_knows_nothing(void)
{
	struct health_index x;

	health_index_init(&x, 0);
	CU_ASSERT_EQUAL(health_index_find(&x, 0), HEALTH_NIL);
	CU_ASSERT_EQUAL(health_index_find(&x, UINT32_MAX), HEALTH_NIL);
	free(x.v);
}

static void
an_index_finds_what_was_added(void)
{
	enum {
		N = 5000
	};
	struct health_index x;
	struct vd_rng rng = {3};
	uint32_t base = (uint32_t)vd_rng_next(&rng);

	health_index_init(&x, N);
	/* Numbers in a row, strided, and the ends. */
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT_TRUE_FATAL(health_index_add(&x, base + i * 4096, i));
	for (uint32_t i = 0; i < N; i++) {
		CU_ASSERT_EQUAL_FATAL(health_index_find(&x, base + i * 4096), i);
		CU_ASSERT_EQUAL_FATAL(health_index_find(&x, base + i * 4096 + 1), HEALTH_NIL);
		CU_ASSERT_FALSE_FATAL(health_index_add(&x, base + i * 4096, 0));
	}
	CU_ASSERT_EQUAL(health_index_find(&x, base), 0);
	free(x.v);
}

static void
a_queue_gives_each_once_and_in_order(void)
{
	static const uint32_t in[] = {3, 0, 3, 2, 0, 1}, out[] = {3, 0, 2, 1};
	struct health_queue q;

	health_queue_init(&q, 4);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < VD_ARRAY_LEN(in); i++)
			health_queue_push(&q, in[i]);
		for (size_t i = 0; i < VD_ARRAY_LEN(out); i++) {
			CU_ASSERT_EQUAL(q.head, out[i]);
			health_queue_pop(&q);
		}
		CU_ASSERT_EQUAL(q.head, HEALTH_NIL);
		health_queue_pop(&q);
		CU_ASSERT_EQUAL(q.head, HEALTH_NIL);
	}
	free(q.next);
}

/* What was taken out may come in again behind what is there. */
static void
a_queue_takes_back_what_was_taken_out(void)
{
	struct health_queue q;

	health_queue_init(&q, 3);
	health_queue_push(&q, 0);
	health_queue_push(&q, 1);
	health_queue_pop(&q);
	health_queue_push(&q, 0);
	CU_ASSERT_EQUAL(q.head, 1);
	health_queue_pop(&q);
	CU_ASSERT_EQUAL(q.head, 0);
	health_queue_push(&q, 0);
	health_queue_pop(&q);
	CU_ASSERT_EQUAL(q.head, HEALTH_NIL);
	free(q.next);
}

static const struct vd_test tests[] = {
		VD_TEST(an_empty_index_knows_nothing),
		VD_TEST(an_index_finds_what_was_added),
		VD_TEST(a_queue_gives_each_once_and_in_order),
		VD_TEST(a_queue_takes_back_what_was_taken_out),
};

VD_TEST_MAIN("health_table", tests)
