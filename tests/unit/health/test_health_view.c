/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>

#include "health_world.h"

static void
tells_all_of_a_server(void)
{
	struct world *w = begin();
	struct vd_health_server_view v;

	SERVICE(.slow_start = 16 * VD_SEC, .observe = 3);
	SERVER(.weight = 5);
	check(w, true);
	check(w, true);
	swap(w);
	w->now += VD_SEC;
	verdict_weight(w, 10, false, 9);
	v = view(w, 0);
	CU_ASSERT_FALSE(v.up);
	CU_ASSERT_FALSE(v.ejected);
	CU_ASSERT_EQUAL(v.cause, VD_HEALTH_CAUSE_CHECK);
	CU_ASSERT_EQUAL(v.slot, 10);
	CU_ASSERT_EQUAL(v.weight, 9);
	CU_ASSERT_EQUAL(v.down, 1);
	CU_ASSERT_EQUAL(v.changes, 1);
	CU_ASSERT_EQUAL(v.since, START + VD_SEC);
	w->now += VD_SEC;
	verdict(w, 10, true);
	pass(w, VD_SEC);
	v = view(w, 0);
	CU_ASSERT_TRUE(v.up);
	CU_ASSERT_EQUAL(v.share, 32);
	CU_ASSERT_EQUAL(v.changes, 2);
	CU_ASSERT_EQUAL(v.since, START + 2 * VD_SEC);
	observed(w, 0);
	v = view(w, 0);
	CU_ASSERT_TRUE(v.ejected);
	CU_ASSERT_EQUAL(v.cause, VD_HEALTH_CAUSE_OBSERVE);
	CU_ASSERT_EQUAL(v.slot, VD_HEALTH_NONE);
	CU_ASSERT_EQUAL(v.share, 256);
	w->len = 0;
	end(w);
}

/* A disabled server is up for all that checks know. */
static void
leaves_the_operators_word_aside(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 1);
	swap(w);
	admin(w, 0, VD_LB_SERVER_DISABLED);
	CU_ASSERT_TRUE(view(w, 0).up);
	CU_ASSERT_EQUAL(view(w, 0).changes, 0);
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 0);
	w->len = 0;
	end(w);
}

struct race {
	struct world *w;
	uint32_t stop;
	uint64_t odd, seen;
};

/* In what is whole, up goes with an even number of changes, and the quorum with the weight. */
static void *
reader(void *arg)
{
	struct race *r = arg;
	uint64_t last = 0;

	while (vd_load_acquire(&r->stop) == 0 || r->seen == 0) {
		struct vd_health_server_view v = view(r->w, 0);
		struct vd_health_service_view s = service_view(r->w, 0);

		r->odd += v.up != (v.changes % 2 == 0) || v.since != v.changes * VD_SEC;
		r->odd += v.changes < last || (v.down != 0) == v.up;
		r->odd += s.quorum != (s.weight == 1) || s.sorry == s.quorum;
		last = v.changes;
		vd_store_release(&r->seen, r->seen + 1);
	}
	return NULL;
}

static void
readers_see_whole_words(void)
{
	struct world *w = begin();
	struct race r = {.w = w};
	pthread_t thread;

	SERVICE(.sorry_id = SORRY);
	servers_with_checks(w, 1);
	swap(w);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, reader, &r), 0);
	for (uint64_t i = 1; i <= 20000 || vd_load_acquire(&r.seen) < 1000; i++) {
		vd_health_verdict(w->h, 0, 7, i % 2 == 0, -1, i * VD_SEC, &w->out);
		w->out.n = 0;
	}
	vd_store_release(&r.stop, 1);
	(void)pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(r.odd, 0);
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(tells_all_of_a_server),
		VD_TEST(leaves_the_operators_word_aside),
		VD_TEST(readers_see_whole_words),
};

VD_TEST_MAIN("health_view", tests)
