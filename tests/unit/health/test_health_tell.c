/* SPDX-License-Identifier: BSD-3-Clause */
/* Actions and posts that have to wait. */
#include "health_world.h"

#define MANY 200u

/* A service of its own for each of MANY servers, whose quorum is lost with it. */
static void
many(struct world *w, bool up)
{
	for (uint32_t i = 0; i < MANY; i++) {
		SERVICE(.observe = 3);
		SERVER();
		vd_health_config_check(w->building, 10 * i, up ? 8 : 9, up);
	}
}

struct counts {
	uint32_t server[MANY], quorum[MANY], hurry[MANY], all;
	bool up[MANY];
};

static void
count(struct world *w, struct counts *n)
{
	CU_ASSERT_TRUE(w->out.n <= VD_HEALTH_ACTIONS);
	for (uint32_t i = 0; i < w->out.n; i++) {
		const struct vd_health_action *a = &w->out.v[i];

		n->all++;
		switch (a->kind) {
		case VD_HEALTH_ACT_SERVER:
			n->server[a->index]++;
			n->up[a->index] = a->up;
			CU_ASSERT_EQUAL(a->id, a->index);
			break;
		case VD_HEALTH_ACT_QUORUM:
			n->quorum[a->index]++;
			CU_ASSERT_EQUAL(a->id, 100 + a->index);
			break;
		case VD_HEALTH_ACT_HURRY:
			n->hurry[a->slot / 10]++;
			break;
		default:
			CU_FAIL("an action that nobody asked for");
		}
	}
	w->out.n = 0;
}

static void
what_finds_no_room_is_told_later(void)
{
	struct world *w = begin();
	struct counts n = {0};
	unsigned int ticks = 0;

	many(w, true);
	swap(w);
	many(w, false);
	swap(w);
	while (vd_health_next(w->h) <= w->now) {
		vd_health_tick(w->h, w->now, &w->out);
		CU_ASSERT_TRUE(w->out.n > 0);
		count(w, &n);
		ticks++;
	}
	CU_ASSERT_EQUAL(ticks, (2 * MANY + VD_HEALTH_ACTIONS - 1) / VD_HEALTH_ACTIONS);
	CU_ASSERT_EQUAL(n.all, 2 * MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		CU_ASSERT_EQUAL(n.server[i], 1);
		CU_ASSERT_EQUAL(n.quorum[i], 1);
		CU_ASSERT_FALSE(n.up[i]);
	}
	end(w);
}

/* The last one's down waits; when it comes up meanwhile, both are told, in order. */
static void
no_change_gets_lost_in_the_queue(void)
{
	struct world *w = begin();
	uint32_t last = MANY - 1;

	many(w, true);
	swap(w);
	many(w, false);
	swap(w);
	vd_health_verdict(w->h, 10 * last, 9, true, -1, w->now, &w->out);
	CU_ASSERT_TRUE_FATAL(w->out.n == VD_HEALTH_ACTIONS);
	CU_ASSERT_EQUAL(w->out.v[0].kind, VD_HEALTH_ACT_SERVER);
	CU_ASSERT_EQUAL(w->out.v[0].index, last);
	CU_ASSERT_FALSE(w->out.v[0].up);
	CU_ASSERT_EQUAL(w->out.v[0].cause, VD_HEALTH_CAUSE_CONFIG);
	CU_ASSERT_EQUAL(w->out.v[1].kind, VD_HEALTH_ACT_QUORUM);
	CU_ASSERT_EQUAL(w->out.v[1].index, last);
	CU_ASSERT_FALSE(w->out.v[1].up);
	/* The others before its next change. */
	CU_ASSERT_EQUAL(w->out.v[2].index, 0);
	w->out.n = 0;
	for (struct counts n = {0}; vd_health_next(w->h) <= w->now; count(w, &n)) {
		vd_health_tick(w->h, w->now, &w->out);
		for (uint32_t i = 0; i < w->out.n; i++)
			if (w->out.v[i].index == last)
				CU_ASSERT_TRUE(w->out.v[i].up);
	}
	CU_ASSERT_TRUE(view(w, last).up);
	end(w);
}

/* One server with more checks than there is room for. */
static void
hurries_wait(void)
{
	struct world *w = begin();
	uint32_t hurried = 0;
	bool seen[MANY] = {false};

	SERVICE(.observe = 3);
	SERVER();
	for (uint32_t i = 0; i < MANY; i++)
		check(w, true);
	swap(w);
	vd_health_observed(w->h, 0, 1, w->now, &w->out);
	CU_ASSERT_EQUAL(w->out.v[0].kind, VD_HEALTH_ACT_SERVER);
	for (;;) {
		for (uint32_t i = 0; i < w->out.n; i++) {
			const struct vd_health_action *a = &w->out.v[i];

			if (a->kind != VD_HEALTH_ACT_HURRY)
				continue;
			CU_ASSERT_FALSE(seen[a->slot / 10]);
			seen[a->slot / 10] = true;
			hurried++;
		}
		w->out.n = 0;
		if (vd_health_next(w->h) > w->now)
			break;
		vd_health_tick(w->h, w->now, &w->out);
	}
	CU_ASSERT_EQUAL(hurried, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		CU_ASSERT_TRUE(view(w, 0).ejected);
		verdict(w, 10 * i, true);
	}
	CU_ASSERT_TRUE(view(w, 0).up);
	w->len = 0;
	end(w);
}

/* Deadlines of many at one moment: each is told, and none of them twice. */
static void
many_deadlines_at_once(void)
{
	struct world *w = begin();
	struct counts n = {0};

	many(w, true);
	swap(w);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < MANY; i++) {
			vd_health_observed(w->h, i, 1, w->now, &w->out);
			count(w, &n);
		}
		memset(&n, 0, sizeof(n));
		w->now += VD_SEC;
		while (vd_health_next(w->h) <= w->now) {
			vd_health_tick(w->h, w->now, &w->out);
			count(w, &n);
		}
		for (uint32_t i = 0; i < MANY; i++)
			CU_ASSERT_EQUAL(n.hurry[i], round);
		for (uint32_t i = 0; i < MANY; i++) {
			vd_health_verdict(w->h, 10 * i, 8, true, -1, w->now, &w->out);
			count(w, &n);
		}
		w->now += VD_HEALTH_FRESH;
	}
	end(w);
}

/* What is due waits until all is told that waits: down is told before up. */
static void
deadlines_wait_for_what_waits(void)
{
	struct world *w = begin();
	struct counts n = {0};

	for (uint32_t i = 0; i < MANY; i++) {
		SERVICE(.observe = 3);
		SERVER();
	}
	swap(w);
	for (uint32_t i = 0; i < MANY; i++) {
		w->out.n = VD_HEALTH_ACTIONS;
		vd_health_observed(w->h, i, 1, w->now, &w->out);
	}
	w->out.n = 0;
	w->now += VD_SEC;
	while (vd_health_next(w->h) <= w->now) {
		vd_health_tick(w->h, w->now, &w->out);
		count(w, &n);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		CU_ASSERT_EQUAL(n.server[i], 2);
		CU_ASSERT_EQUAL(n.quorum[i], 2);
		CU_ASSERT_TRUE(n.up[i]);
	}
	end(w);
}

/* A buffer that was not emptied: nothing of it is overwritten, and what finds no room is owed. */
static void
a_full_buffer_is_no_harm(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	w->out.n = VD_HEALTH_ACTIONS;
	vd_health_verdict(w->h, 0, 7, false, 5, w->now, &w->out);
	CU_ASSERT_EQUAL(w->out.n, VD_HEALTH_ACTIONS);
	CU_ASSERT_EQUAL(w->out.v[VD_HEALTH_ACTIONS - 1].id, 0);
	w->out.n = 0;
	CU_ASSERT_EQUAL(vd_health_next(w->h), w->now);
	tick(w);
	TOLD("down 0 check 0, weight 0 5");
	end(w);
}

/* ---- posts ---- */

static void
posts_in_order_and_once(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 4);
	swap(w);
	verdict(w, 20, false);
	verdict(w, 0, false);
	verdict(w, 30, false);
	/* It keeps its place, and has the flags of now. */
	verdict(w, 20, true);
	TOLD("down 2 check 20, down 0 check 0, down 3 check 30, up 2 check 20");
	POSTED("2:FRESH, 0:DOWN+GONE, 3:DOWN+GONE");
	end(w);
}

static void
a_post_stays_until_it_is_posted(void)
{
	struct world *w = begin();
	uint32_t id, gen, flags;

	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	CU_ASSERT_FALSE(vd_health_post(w->h, &id, &gen, &flags));
	vd_health_posted(w->h);
	verdict(w, 10, false);
	verdict(w, 0, false);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(vd_health_post(w->h, &id, &gen, &flags));
		CU_ASSERT_EQUAL(id, 1);
		CU_ASSERT_EQUAL(gen, 1);
		CU_ASSERT_EQUAL(flags, VD_LB_SERVER_DOWN | VD_LB_SERVER_GONE);
	}
	/* Tried again later: with the flags of then. */
	admin(w, 1, VD_LB_SERVER_DRAIN);
	CU_ASSERT_TRUE(vd_health_post(w->h, &id, &gen, &flags));
	CU_ASSERT_EQUAL(id, 1);
	CU_ASSERT_EQUAL(flags, VD_LB_SERVER_DRAIN);
	vd_health_posted(w->h);
	CU_ASSERT_TRUE(vd_health_post(w->h, &id, &gen, &flags));
	CU_ASSERT_EQUAL(id, 0);
	/* One that was posted goes to the end again. */
	admin(w, 1, 0);
	w->len = 0;
	POSTED("0:DOWN+GONE, 1:DOWN+GONE");
	end(w);
}

/* Ticks have nothing to do with what waits to be posted. */
static void
posts_are_no_deadline(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	tick(w);
	TOLD("down 0 check 0");
	POSTED("0:DOWN+GONE");
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(what_finds_no_room_is_told_later),
		VD_TEST(no_change_gets_lost_in_the_queue),
		VD_TEST(hurries_wait),
		VD_TEST(many_deadlines_at_once),
		VD_TEST(deadlines_wait_for_what_waits),
		VD_TEST(a_full_buffer_is_no_harm),
		VD_TEST(posts_in_order_and_once),
		VD_TEST(a_post_stays_until_it_is_posted),
		VD_TEST(posts_are_no_deadline),
};

VD_TEST_MAIN("health_tell", tests)
