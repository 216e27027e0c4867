/* SPDX-License-Identifier: BSD-3-Clause */
#include "health_world.h"

/* ---- checks ---- */

static void
one_check_decides(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	POSTED("");
	verdict(w, 10, false);
	TOLD("down 1 check 10");
	POSTED("1:DOWN+GONE");
	verdict(w, 10, true);
	TOLD("up 1 check 10");
	POSTED("1:FRESH");
	end(w);
}

static void
all_checks_must_be_up(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER();
	check(w, true);
	check(w, true);
	check(w, true);
	servers_with_checks(w, 1);
	swap(w);
	verdict(w, 10, false);
	TOLD("down 0 check 10");
	CU_ASSERT_EQUAL(view(w, 0).down, 1);
	verdict(w, 20, false);
	verdict(w, 10, true);
	TOLD("");
	CU_ASSERT_EQUAL(view(w, 0).down, 1);
	CU_ASSERT_FALSE(view(w, 0).up);
	/* The last one that comes up decides. */
	verdict(w, 20, true);
	TOLD("up 0 check 20");
	CU_ASSERT_EQUAL(view(w, 0).down, 0);
	end(w);
}

static void
a_verdict_that_is_no_news_changes_nothing(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, true);
	TOLD("");
	verdict(w, 0, false);
	TOLD("down 0 check 0");
	POSTED("0:DOWN+GONE");
	verdict(w, 0, false);
	TOLD("");
	POSTED("");
	CU_ASSERT_EQUAL(view(w, 0).down, 1);
	CU_ASSERT_EQUAL(view(w, 0).changes, 1);
	end(w);
}

static void
without_checks_it_is_up(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER();
	swap(w);
	CU_ASSERT_TRUE(view(w, 0).up);
	CU_ASSERT_TRUE(service_view(w, 0).quorum);
	POSTED("");
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	end(w);
}

static void
alpha_starts_down(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER();
	check(w, false);
	check(w, true);
	swap(w);
	CU_ASSERT_FALSE(view(w, 0).up);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	/* How things start is not told: it is no change. */
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	POSTED("0:DOWN+GONE");
	/* The first time after the start of vipd: not FRESH. */
	verdict(w, 0, true);
	TOLD("up 0 check 0, gained 0 1>=1");
	POSTED("0:0");
	/* The next time it is back. */
	verdict(w, 10, false);
	verdict(w, 10, true);
	POSTED_AFTER("down 0 check 10, lost 0 0<1, up 0 check 10, gained 0 1>=1", "0:FRESH");
	end(w);
}

/* ---- flags ---- */

static void
inhibit_keeps_connections(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER(.inhibit = true);
	check(w, true);
	SERVER(.expire_quiescent = true);
	check(w, true);
	SERVER(.inhibit = true, .expire_quiescent = true);
	check(w, true);
	SERVER();
	swap(w);
	verdict(w, 0, false);
	verdict(w, 10, false);
	verdict(w, 20, false);
	TOLD("down 0 check 0, down 1 check 10, down 2 check 20");
	POSTED("0:DOWN, 1:DOWN+GONE, 2:DOWN+GONE");
	end(w);
}

static void
disable_ends_connections_unless_inhibit(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER();
	SERVER(.inhibit = true);
	SERVER(.inhibit = true, .expire_quiescent = true);
	SERVER();
	swap(w);
	for (uint32_t i = 0; i < 3; i++)
		admin(w, i, VD_LB_SERVER_DISABLED);
	POSTED("0:DISABLED+GONE, 1:DISABLED, 2:DISABLED");
	admin(w, 0, VD_LB_SERVER_DRAIN);
	admin(w, 1, VD_LB_SERVER_DRAIN | VD_LB_SERVER_DISABLED);
	POSTED("0:DRAIN");
	end(w);
}

/* ---- the operator ---- */

static void
the_operator_wins_when_he_comes_second(void)
{
	static const uint32_t words[] = {VD_LB_SERVER_DRAIN, VD_LB_SERVER_DISABLED};

	for (int i = 0; i < 2; i++) {
		const char *flags = i == 0 ? "0:DRAIN" : "0:DISABLED+GONE";
		struct world *w = begin();

		SERVICE();
		servers_with_checks(w, 2);
		swap(w);
		verdict(w, 0, false);
		TOLD("down 0 check 0");
		POSTED("0:DOWN+GONE");
		admin(w, 0, words[i]);
		TOLD("");
		POSTED(flags);
		/* Enabled: what the check says. */
		admin(w, 0, 0);
		TOLD("");
		POSTED("0:DOWN+GONE");
		end(w);
	}
}

static void
the_operator_wins_when_he_comes_first(void)
{
	static const uint32_t words[] = {VD_LB_SERVER_DRAIN, VD_LB_SERVER_DISABLED};

	for (int i = 0; i < 2; i++) {
		const char *flags = i == 0 ? "0:DRAIN" : "0:DISABLED+GONE";
		struct world *w = begin();

		SERVICE();
		servers_with_checks(w, 2);
		swap(w);
		admin(w, 0, words[i]);
		POSTED(flags);
		/* Told, counted, and no concern of the workers. */
		verdict(w, 0, false);
		TOLD("down 0 check 0");
		POSTED("");
		CU_ASSERT_FALSE(view(w, 0).up);
		admin(w, 0, 0);
		POSTED("0:DOWN+GONE");
		admin(w, 0, words[i]);
		POSTED(flags);
		verdict(w, 0, true);
		TOLD("up 0 check 0");
		POSTED("");
		CU_ASSERT_TRUE(view(w, 0).up);
		pass(w, VD_HEALTH_FRESH);
		admin(w, 0, 0);
		POSTED("0:0");
		end(w);
	}
}

static void
enable_brings_no_fresh(void)
{
	struct world *w = begin();

	SERVICE(.slow_start = 16 * VD_SEC);
	servers_with_checks(w, 2);
	swap(w);
	admin(w, 0, VD_LB_SERVER_DISABLED);
	POSTED("0:DISABLED+GONE");
	admin(w, 0, 0);
	POSTED("0:0");
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	end(w);
}

static void
slow_start_goes_on_behind_the_operator(void)
{
	struct world *w = begin();

	SERVICE(.slow_start = 16 * VD_SEC);
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	admin(w, 0, VD_LB_SERVER_DRAIN);
	verdict(w, 0, true);
	TOLD("down 0 check 0, up 0 check 0");
	POSTED("0:DRAIN");
	pass(w, 5 * VD_SEC);
	POSTED("");
	admin(w, 0, 0);
	POSTED("0:FRESH/96");
	end(w);
}

static void
other_flags_are_no_word_of_the_operator(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER(.admin = VD_LB_SERVER_DOWN | VD_LB_SERVER_GONE);
	swap(w);
	POSTED("");
	admin(w, 0, VD_LB_SERVER_FRESH | VD_LB_SERVER_DOWN);
	POSTED("");
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 1);
	end(w);
}

static void
the_operators_word_of_the_configuration(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER(.admin = VD_LB_SERVER_DRAIN);
	SERVER(.admin = VD_LB_SERVER_DISABLED);
	swap(w);
	POSTED("0:DRAIN, 1:DISABLED+GONE");
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	CU_ASSERT_TRUE(view(w, 0).up);
	admin(w, 1, 0);
	TOLD("gained 0 1>=1");
	POSTED("1:0");
	end(w);
}

/* ---- weights ---- */

static void
a_check_changes_the_weight(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER(.weight = 10);
	check(w, true);
	swap(w);
	verdict_weight(w, 0, true, 30);
	TOLD("weight 0 30");
	CU_ASSERT_EQUAL(view(w, 0).weight, 30);
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 30);
	/* No news, and no wish. */
	verdict_weight(w, 0, true, 30);
	verdict_weight(w, 0, true, -1);
	TOLD("");
	CU_ASSERT_EQUAL(view(w, 0).weight, 30);
	/* The workers' flags have no weight in them. */
	POSTED("");
	verdict_weight(w, 0, true, (int64_t)UINT32_MAX + 5);
	TOLD("weight 0 4294967295");
	end(w);
}

static void
the_operators_weight_stands(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER(.weight = 10, .weight_fixed = true);
	check(w, true);
	swap(w);
	verdict_weight(w, 0, true, 30);
	TOLD("");
	CU_ASSERT_EQUAL(view(w, 0).weight, 10);
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 10);
	end(w);
}

static void
weight_and_verdict_count_together(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 5, .hysteresis = 1);
	SERVER(.weight = 1);
	check(w, false);
	swap(w);
	verdict_weight(w, 0, true, 6);
	TOLD("up 0 check 0, weight 0 6, gained 0 6>=6");
	verdict_weight(w, 0, true, 3);
	TOLD("weight 0 3, lost 0 3<4");
	/* One that is down has its new weight when it is back. */
	verdict(w, 0, false);
	TOLD("down 0 check 0");
	verdict_weight(w, 0, false, 9);
	TOLD("weight 0 9");
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 0);
	verdict(w, 0, true);
	TOLD("up 0 check 0, gained 0 9>=6");
	end(w);
}

static void
the_last_check_that_asks_has_the_weight(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER();
	check(w, true);
	check(w, true);
	swap(w);
	verdict_weight(w, 0, true, 5);
	verdict_weight(w, 10, true, 6);
	verdict_weight(w, 0, true, 5);
	TOLD("weight 0 5, weight 0 6, weight 0 5");
	end(w);
}

/* ---- coming back ---- */

static void
fresh_for_two_seconds(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	verdict(w, 0, true);
	TOLD("down 0 check 0, up 0 check 0");
	POSTED("0:FRESH");
	CU_ASSERT_EQUAL(vd_health_next(w->h), w->now + VD_HEALTH_FRESH);
	pass(w, VD_HEALTH_FRESH - 1);
	POSTED("");
	pass(w, 1);
	TOLD("");
	POSTED("0:0");
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	end(w);
}

static void
down_while_fresh(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	verdict(w, 0, true);
	pass(w, VD_SEC);
	verdict(w, 0, false);
	TOLD("down 0 check 0, up 0 check 0, down 0 check 0");
	POSTED("0:DOWN+GONE");
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	/* Anew, and from the beginning. */
	verdict(w, 0, true);
	TOLD("up 0 check 0");
	CU_ASSERT_EQUAL(vd_health_next(w->h), w->now + VD_HEALTH_FRESH);
	end(w);
}

static void
slow_start_in_sixteen_steps(void)
{
	struct world *w = begin();
	vd_time up;
	char want[32];

	SERVICE(.slow_start = 8 * VD_SEC);
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	verdict(w, 0, true);
	TOLD("down 0 check 0, up 0 check 0");
	POSTED("0:FRESH/16");
	up = w->now;
	for (uint32_t i = 2; i <= 16; i++) {
		CU_ASSERT_EQUAL(vd_health_next(w->h), up + (i - 1) * VD_SEC / 2);
		run_until(w, vd_health_next(w->h));
		if (i < 16)
			(void)snprintf(want, sizeof(want), "0:FRESH/%u", 16 * i);
		else
			(void)snprintf(want, sizeof(want), "0:FRESH");
		POSTED(want);
		CU_ASSERT_EQUAL(view(w, 0).share, 16 * i);
	}
	CU_ASSERT_EQUAL(vd_health_next(w->h), up + 8 * VD_SEC);
	run_until(w, up + 8 * VD_SEC);
	POSTED("0:0");
	TOLD("");
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	end(w);
}

static void
slow_start_that_does_not_divide(void)
{
	struct world *w = begin();
	unsigned int steps = 0;
	uint32_t share = 0;
	vd_time up;

	SERVICE(.slow_start = VD_SEC + 7);
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	verdict(w, 0, true);
	for (up = w->now; vd_health_next(w->h) != VD_TIME_NEVER; steps++) {
		CU_ASSERT_TRUE(view(w, 0).share > share);
		share = view(w, 0).share;
		CU_ASSERT_FATAL(vd_health_next(w->h) > w->now);
		w->now = vd_health_next(w->h);
		tick(w);
	}
	CU_ASSERT_EQUAL(steps, 16);
	CU_ASSERT_EQUAL(w->now, up + VD_SEC + 7);
	end(w);
}

static void
a_late_tick_goes_where_time_is(void)
{
	struct world *w = begin();

	SERVICE(.slow_start = 16 * VD_SEC);
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	verdict(w, 0, true);
	w->now += 9 * VD_SEC + 1;
	tick(w);
	TOLD("down 0 check 0, up 0 check 0");
	POSTED("0:FRESH/160");
	CU_ASSERT_EQUAL(vd_health_next(w->h), START + 10 * VD_SEC);
	w->now += 1000 * VD_SEC;
	tick(w);
	POSTED("0:0");
	end(w);
}

/* The quorum counts weights, not shares. */
static void
slow_start_counts_in_full(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 10, .slow_start = 16 * VD_SEC);
	SERVER(.weight = 10);
	check(w, true);
	swap(w);
	verdict(w, 0, false);
	verdict(w, 0, true);
	TOLD("down 0 check 0, lost 0 0<10, up 0 check 0, gained 0 10>=10");
	CU_ASSERT_EQUAL(view(w, 0).share, 16);
	CU_ASSERT_EQUAL(view(w, 0).weight, 10);
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(one_check_decides),
		VD_TEST(all_checks_must_be_up),
		VD_TEST(a_verdict_that_is_no_news_changes_nothing),
		VD_TEST(without_checks_it_is_up),
		VD_TEST(alpha_starts_down),
		VD_TEST(inhibit_keeps_connections),
		VD_TEST(disable_ends_connections_unless_inhibit),
		VD_TEST(the_operator_wins_when_he_comes_second),
		VD_TEST(the_operator_wins_when_he_comes_first),
		VD_TEST(enable_brings_no_fresh),
		VD_TEST(slow_start_goes_on_behind_the_operator),
		VD_TEST(other_flags_are_no_word_of_the_operator),
		VD_TEST(the_operators_word_of_the_configuration),
		VD_TEST(a_check_changes_the_weight),
		VD_TEST(the_operators_weight_stands),
		VD_TEST(weight_and_verdict_count_together),
		VD_TEST(the_last_check_that_asks_has_the_weight),
		VD_TEST(fresh_for_two_seconds),
		VD_TEST(down_while_fresh),
		VD_TEST(slow_start_in_sixteen_steps),
		VD_TEST(slow_start_that_does_not_divide),
		VD_TEST(a_late_tick_goes_where_time_is),
		VD_TEST(slow_start_counts_in_full),
};

VD_TEST_MAIN("health_server", tests)
