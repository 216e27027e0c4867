/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine's calls, and what they have no answer to. */
#include "health_world.h"

static void
before_the_first_configuration(void)
{
	struct world *w = begin();
	uint32_t id, gen, flags, track;
	bool up;

	verdict(w, 0, false);
	observed(w, 0);
	admin(w, 0, VD_LB_SERVER_DRAIN);
	tick(w);
	TOLD("");
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	CU_ASSERT_FALSE(vd_health_post(w->h, &id, &gen, &flags));
	vd_health_posted(w->h);
	CU_ASSERT_FALSE(vd_health_track(w->h, 0, &track, &up));
	end(w);
}

static void
strangers_are_ignored(void)
{
	struct world *w = begin();

	SERVICE(.observe = 1);
	servers_with_checks(w, 2);
	swap(w);
	/* A slot, a serial, a server, a generation that is not there. */
	verdict(w, 5, false);
	vd_health_verdict(w->h, 0, 8, false, 5, w->now, &w->out);
	observed(w, 2);
	vd_health_observed(w->h, 0, 2, w->now, &w->out);
	admin(w, 2, VD_LB_SERVER_DRAIN);
	vd_health_admin(w->h, 0, 2, VD_LB_SERVER_DRAIN, w->now, &w->out);
	tell_actions(w);
	POSTED_AFTER("", "");
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 2);
	end(w);
}

static void
actions_say_what_they_are_about(void)
{
	struct world *w = begin();
	const struct vd_health_action *a = w->out.v;

	SERVICE();
	servers_with_checks(w, 1);
	SERVICE(.quorum = 5, .hysteresis = 2);
	SERVER(.weight = 8);
	check(w, true);
	swap(w);
	vd_health_verdict(w->h, 10, 7, false, 6, w->now, &w->out);
	CU_ASSERT_EQUAL_FATAL(w->out.n, 3);
	CU_ASSERT_EQUAL(a[0].kind, VD_HEALTH_ACT_SERVER);
	CU_ASSERT_FALSE(a[0].up);
	CU_ASSERT_EQUAL(a[0].cause, VD_HEALTH_CAUSE_CHECK);
	CU_ASSERT_EQUAL(a[0].index, 1);
	CU_ASSERT_EQUAL(a[0].id, 1);
	CU_ASSERT_EQUAL(a[0].gen, 1);
	CU_ASSERT_EQUAL(a[0].slot, 10);
	CU_ASSERT_EQUAL(a[0].serial, 7);
	CU_ASSERT_EQUAL(a[1].kind, VD_HEALTH_ACT_WEIGHT);
	CU_ASSERT_EQUAL(a[1].index, 1);
	CU_ASSERT_EQUAL(a[1].weight, 6);
	CU_ASSERT_EQUAL(a[2].kind, VD_HEALTH_ACT_QUORUM);
	CU_ASSERT_FALSE(a[2].up);
	CU_ASSERT_EQUAL(a[2].index, 1);
	CU_ASSERT_EQUAL(a[2].id, 101);
	CU_ASSERT_EQUAL(a[2].gen, 1);
	CU_ASSERT_EQUAL(a[2].weight, 0);
	CU_ASSERT_EQUAL(a[2].threshold, 3);
	w->out.n = 0;
	vd_health_verdict(w->h, 10, 7, true, 7, w->now, &w->out);
	CU_ASSERT_EQUAL_FATAL(w->out.n, 3);
	CU_ASSERT_TRUE(a[2].up);
	CU_ASSERT_EQUAL(a[2].weight, 7);
	CU_ASSERT_EQUAL(a[2].threshold, 7);
	end(w);
}

static void *
no_memory(void *ctx, size_t size, size_t align)
{
	(void)ctx;
	(void)size;
	(void)align;
	return NULL;
}

static void
without_memory(void)
{
	static const struct vd_alloc none = {.zalloc = no_memory};

	CU_ASSERT_PTR_NULL(vd_health_create(&none));
	vd_health_destroy(NULL);
}

/* Nothing is due twice, and a tick before its time does nothing. */
static void
ticks_that_come_early(void)
{
	struct world *w = begin();

	SERVICE(.observe = 3);
	SERVER();
	swap(w);
	observed(w, 0);
	TOLD("down 0 observe, lost 0 0<1");
	w->now += VD_SEC - 1;
	tick(w);
	TOLD("");
	w->now++;
	tick(w);
	tick(w);
	TOLD("up 0 observe, gained 0 1>=1");
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(before_the_first_configuration),
		VD_TEST(strangers_are_ignored),
		VD_TEST(actions_say_what_they_are_about),
		VD_TEST(without_memory),
		VD_TEST(ticks_that_come_early),
};

VD_TEST_MAIN("health", tests)
