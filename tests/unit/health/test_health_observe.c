/* SPDX-License-Identifier: BSD-3-Clause */
/* Ejection: what workers observe, and the way back. */
#include "health_world.h"

static void
two_servers(struct world *w)
{
	SERVICE(.observe = 3);
	SERVER();
	check(w, true);
	check(w, true);
	servers_with_checks(w, 1);
	swap(w);
}

static void
ejected_and_hurried_at_once(void)
{
	struct world *w = begin();

	two_servers(w);
	observed(w, 0);
	POSTED_AFTER("down 0 observe, hurry 0, hurry 10", "0:DOWN+GONE");
	CU_ASSERT_TRUE(view(w, 0).ejected);
	CU_ASSERT_FALSE(view(w, 0).up);
	CU_ASSERT_EQUAL(view(w, 0).cause, VD_HEALTH_CAUSE_OBSERVE);
	CU_ASSERT_EQUAL(view(w, 0).down, 0);
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 1);
	end(w);
}

static void
back_when_each_check_succeeded(void)
{
	struct world *w = begin();

	two_servers(w);
	observed(w, 0);
	verdict(w, 10, true);
	verdict(w, 10, true);
	TOLD("down 0 observe, hurry 0, hurry 10");
	CU_ASSERT_TRUE(view(w, 0).ejected);
	verdict(w, 0, true);
	POSTED_AFTER("up 0 check 0", "0:FRESH");
	CU_ASSERT_FALSE(view(w, 0).ejected);
	end(w);
}

static void
a_failure_does_not_bring_it_back(void)
{
	struct world *w = begin();

	two_servers(w);
	observed(w, 0);
	verdict(w, 0, true);
	verdict(w, 10, false);
	TOLD("down 0 observe, hurry 0, hurry 10");
	CU_ASSERT_EQUAL(view(w, 0).down, 1);
	CU_ASSERT_TRUE(view(w, 0).ejected);
	verdict(w, 10, true);
	TOLD("up 0 check 10");
	end(w);
}

/* All owed successes were there, but by now another check is down. */
static void
out_of_ejection_into_down(void)
{
	struct world *w = begin();

	two_servers(w);
	observed(w, 0);
	verdict(w, 0, true);
	verdict(w, 0, false);
	verdict(w, 10, true);
	TOLD("down 0 observe, hurry 0, hurry 10");
	CU_ASSERT_FALSE(view(w, 0).ejected);
	CU_ASSERT_FALSE(view(w, 0).up);
	verdict(w, 0, true);
	TOLD("up 0 check 0");
	end(w);
}

/* Ejects server 0, looks at when its check is hurried, brings it back. */
static vd_time
round_trip(struct world *w)
{
	vd_time ejected = w->now, waited;

	observed(w, 0);
	check_text(w,
			vd_health_next(w->h) == VD_TIME_NEVER ? "down 0 observe, hurry 0"
							      : "down 0 observe",
			__LINE__);
	if (vd_health_next(w->h) != VD_TIME_NEVER) {
		/* What it says before does not count. */
		verdict(w, 0, true);
		run_until(w, vd_health_next(w->h) - 1);
		TOLD("");
		run_until(w, vd_health_next(w->h));
		TOLD("hurry 0");
	}
	waited = w->now - ejected;
	CU_ASSERT_TRUE(view(w, 0).ejected);
	verdict(w, 0, true);
	TOLD("up 0 check 0");
	CU_ASSERT_TRUE(view(w, 0).up);
	return waited;
}

static void
backs_off_when_ejected_again_soon(void)
{
	static const vd_time wait[] = {0, 1, 2, 4, 8, 16, 32, 32, 32, 32};
	struct world *w = begin();

	SERVICE(.observe = 3);
	servers_with_checks(w, 2);
	swap(w);
	for (size_t i = 0; i < VD_ARRAY_LEN(wait); i++) {
		CU_ASSERT_EQUAL(round_trip(w), wait[i] * VD_SEC);
		pass(w, VD_HEALTH_BACKOFF_TTL);
	}
	/* A minute and more after the return: as if it had been the first time. */
	pass(w, 1);
	CU_ASSERT_EQUAL(round_trip(w), 0);
	pass(w, VD_SEC);
	CU_ASSERT_EQUAL(round_trip(w), VD_SEC);
	end(w);
}

/* The minute counts from the return out of ejection, not from the last time that a check brought it up. */
static void
checks_do_not_keep_the_backoff_alive(void)
{
	struct world *w = begin();

	SERVICE(.observe = 3);
	servers_with_checks(w, 2);
	swap(w);
	CU_ASSERT_EQUAL(round_trip(w), 0);
	pass(w, 50 * VD_SEC);
	verdict(w, 0, false);
	verdict(w, 0, true);
	TOLD("down 0 check 0, up 0 check 0");
	pass(w, 20 * VD_SEC);
	CU_ASSERT_EQUAL(round_trip(w), 0);
	end(w);
}

static void
without_checks_time_brings_it_back(void)
{
	static const vd_time wait[] = {1, 2, 4, 8, 16, 32, 32, 32};
	struct world *w = begin();

	SERVICE(.observe = 3);
	SERVER();
	SERVER();
	swap(w);
	for (size_t i = 0; i < VD_ARRAY_LEN(wait); i++) {
		vd_time at = w->now + wait[i] * VD_SEC;

		observed(w, 0);
		POSTED_AFTER("down 0 observe", "0:DOWN+GONE");
		CU_ASSERT_EQUAL(vd_health_next(w->h), at);
		run_until(w, at - 1);
		TOLD("");
		run_until(w, at);
		POSTED_AFTER("up 0 observe", "0:FRESH");
		CU_ASSERT_FALSE(view(w, 0).ejected);
		pass(w, VD_HEALTH_FRESH);
		POSTED("0:0");
	}
	end(w);
}

static void
reports_that_are_late_are_ignored(void)
{
	struct world *w = begin();

	two_servers(w);
	observed(w, 0);
	TOLD("down 0 observe, hurry 0, hurry 10");
	/* Ejected already: nothing begins anew. */
	verdict(w, 0, true);
	observed(w, 0);
	verdict(w, 10, true);
	TOLD("up 0 check 10");
	/* Down already. */
	verdict(w, 20, false);
	observed(w, 1);
	TOLD("down 1 check 20");
	verdict(w, 20, true);
	TOLD("up 1 check 20");
	end(w);
}

static void
a_service_that_does_not_observe(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 1);
	swap(w);
	observed(w, 0);
	TOLD("");
	CU_ASSERT_TRUE(view(w, 0).up);
	end(w);
}

static void
the_operator_wins_over_ejection(void)
{
	struct world *w = begin();

	two_servers(w);
	admin(w, 0, VD_LB_SERVER_DRAIN);
	POSTED("0:DRAIN");
	observed(w, 0);
	POSTED_AFTER("down 0 observe, hurry 0, hurry 10", "");
	admin(w, 0, 0);
	POSTED("0:DOWN+GONE");
	admin(w, 0, VD_LB_SERVER_DRAIN);
	verdict(w, 0, true);
	verdict(w, 10, true);
	POSTED_AFTER("up 0 check 10", "0:DRAIN");
	end(w);
}

static void
ejection_takes_the_quorum(void)
{
	struct world *w = begin();

	SERVICE(.observe = 3, .sorry_id = SORRY);
	servers_with_checks(w, 1);
	swap(w);
	POSTED("500:DOWN+GONE");
	observed(w, 0);
	POSTED_AFTER("down 0 observe, hurry 0, lost 0 0<1", "500:0, 0:DOWN+GONE");
	verdict(w, 0, true);
	POSTED_AFTER("up 0 check 0, gained 0 1>=1", "0:FRESH, 500:DOWN+GONE");
	end(w);
}

static void
ejected_in_slow_start(void)
{
	struct world *w = begin();

	SERVICE(.observe = 3, .slow_start = 16 * VD_SEC);
	servers_with_checks(w, 2);
	swap(w);
	(void)round_trip(w);
	pass(w, 4 * VD_SEC);
	CU_ASSERT_EQUAL(view(w, 0).share, 80);
	observed(w, 0);
	TOLD("down 0 observe");
	CU_ASSERT_EQUAL(view(w, 0).share, 256);
	/* The deadline is the backoff's now. */
	CU_ASSERT_EQUAL(vd_health_next(w->h), w->now + VD_SEC);
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(ejected_and_hurried_at_once),
		VD_TEST(back_when_each_check_succeeded),
		VD_TEST(a_failure_does_not_bring_it_back),
		VD_TEST(out_of_ejection_into_down),
		VD_TEST(backs_off_when_ejected_again_soon),
		VD_TEST(checks_do_not_keep_the_backoff_alive),
		VD_TEST(without_checks_time_brings_it_back),
		VD_TEST(reports_that_are_late_are_ignored),
		VD_TEST(a_service_that_does_not_observe),
		VD_TEST(the_operator_wins_over_ejection),
		VD_TEST(ejection_takes_the_quorum),
		VD_TEST(ejected_in_slow_start),
};

VD_TEST_MAIN("health_observe", tests)
