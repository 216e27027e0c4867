/* SPDX-License-Identifier: BSD-3-Clause */
#include "health_world.h"

static void
two_services(struct world *w)
{
	SERVICE(.quorum = 2, .sorry_id = SORRY);
	servers_with_checks(w, 3);
	SERVICE();
	servers_with_checks(w, 1);
}

static void
gives_back_the_one_before(void)
{
	struct world *w = begin();
	struct vd_health_config *first, *second;

	two_services(w);
	first = seal(w);
	CU_ASSERT_PTR_NULL(vd_health_config_swap(w->h, first, w->now));
	two_services(w);
	second = seal(w);
	CU_ASSERT_PTR_EQUAL(vd_health_config_swap(w->h, second, w->now), first);
	vd_health_config_free(first);
	end(w);
}

/* At first what has flags; later all of it, the same or new. */
static void
posts_anew(void)
{
	struct world *w = begin();

	two_services(w);
	swap(w);
	POSTED("500:DOWN+GONE");
	verdict(w, 0, false);
	POSTED_AFTER("down 0 check 0", "0:DOWN+GONE");
	two_services(w);
	servers_with_checks(w, 1);
	swap(w);
	POSTED("0:DOWN+GONE, 1:0, 2:0, 500:DOWN+GONE, 3:0, 4:0");
	end(w);
}

/* What waited to be posted and is gone needs no flags; the rest waits once. */
static void
forgets_posts_of_what_is_gone(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 3);
	swap(w);
	verdict(w, 0, false);
	verdict(w, 20, false);
	TOLD("down 0 check 0, down 2 check 20");
	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	POSTED("0:DOWN+GONE, 1:0");
	end(w);
}

static void
what_is_the_same_goes_on(void)
{
	struct world *w = begin();
	struct vd_health_server_view before;

	two_services(w);
	swap(w);
	verdict(w, 10, false);
	verdict(w, 20, false);
	TOLD("down 1 check 10, down 2 check 20, lost 0 1<2");
	before = view(w, 1);
	w->now += 5 * VD_SEC;
	two_services(w);
	swap(w);
	CU_ASSERT_FALSE(view(w, 1).up);
	CU_ASSERT_EQUAL(view(w, 1).since, before.since);
	CU_ASSERT_EQUAL(view(w, 1).changes, 1);
	CU_ASSERT_EQUAL(view(w, 1).slot, 10);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	CU_ASSERT_EQUAL(service_view(w, 0).since, START);
	tick(w);
	TOLD("");
	verdict(w, 20, true);
	TOLD("up 2 check 20, gained 0 2>=2");
	end(w);
}

/* In another order, and another place. */
static void
goes_on_wherever_it_stands(void)
{
	struct world *w = begin();
	static const uint32_t order[] = {2, 0, 1};
	struct vd_health_service_config s = {.id = 100,
			.gen = 1,
			.quorum = 1,
			.sorry_id = VD_HEALTH_NONE,
			.track = VD_HEALTH_NONE};

	SERVICE();
	servers_with_checks(w, 3);
	swap(w);
	verdict(w, 10, false);
	TOLD("down 1 check 10");
	w->building = vd_health_config_new();
	(void)vd_health_config_service(w->building,
			&(struct vd_health_service_config){.id = 7,
					.gen = 1,
					.quorum = 1,
					.sorry_id = VD_HEALTH_NONE});
	(void)vd_health_config_service(w->building, &s);
	for (int i = 0; i < 3; i++) {
		(void)vd_health_config_server(w->building,
				&(struct vd_health_server_config){
						.id = order[i], .gen = 1, .weight = 1});
		vd_health_config_check(w->building, 10 * order[i], 7, true);
	}
	swap(w);
	CU_ASSERT_TRUE(view(w, 0).up);
	CU_ASSERT_TRUE(view(w, 1).up);
	CU_ASSERT_FALSE(view(w, 2).up);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	CU_ASSERT_EQUAL(service_view(w, 1).weight, 2);
	verdict(w, 10, true);
	TOLD("up 1 check 10");
	end(w);
}

static void
another_gen_is_another_server(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 1);
	swap(w);
	verdict(w, 0, false);
	TOLD("down 0 check 0, lost 0 0<1");
	SERVICE();
	(void)vd_health_config_server(w->building,
			&(struct vd_health_server_config){.id = 0, .gen = 2, .weight = 1});
	vd_health_config_check(w->building, 0, 8, true);
	swap(w);
	CU_ASSERT_TRUE(view(w, 0).up);
	CU_ASSERT_EQUAL(view(w, 0).changes, 0);
	/* Words about the one before. */
	verdict(w, 0, false);
	admin(w, 0, VD_LB_SERVER_DRAIN);
	tick(w);
	TOLD("gained 0 1>=1");
	CU_ASSERT_TRUE(view(w, 0).up);
	end(w);
}

/* Its check goes on, but owes nothing to the new one. */
static void
another_gen_is_not_ejected(void)
{
	struct world *w = begin();

	SERVICE(.observe = 3);
	servers_with_checks(w, 1);
	swap(w);
	observed(w, 0);
	TOLD("down 0 observe, hurry 0, lost 0 0<1");
	SERVICE(.observe = 3);
	(void)vd_health_config_server(w->building,
			&(struct vd_health_server_config){.id = 0, .gen = 2, .weight = 1});
	check(w, true);
	check(w, false);
	swap(w);
	CU_ASSERT_FALSE(view(w, 0).ejected);
	verdict(w, 0, true);
	CU_ASSERT_FALSE(view(w, 0).ejected);
	w->len = 0;
	end(w);
}

/* The first time that one comes up which is new since a reload, the others have connections already. */
static void
new_since_a_reload_is_fresh(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER();
	check(w, false);
	swap(w);
	SERVICE();
	SERVER();
	check(w, false);
	SERVER();
	check(w, false);
	swap(w);
	POSTED("0:DOWN+GONE, 1:DOWN+GONE");
	verdict(w, 0, true);
	POSTED_AFTER("up 0 check 0, gained 0 1>=1", "0:0");
	verdict(w, 10, true);
	POSTED_AFTER("up 1 check 10", "1:FRESH");
	end(w);
}

/* ---- checks ---- */

static void
a_changed_check_starts_anew(void)
{
	struct world *w = begin();

	for (int up = 0; up < 2; up++) {
		SERVICE();
		servers_with_checks(w, 1);
		SERVER();
		vd_health_config_check(w->building, 10, 20 + (uint32_t)up, up != 0);
		swap(w);
	}
	/* From down to up by the reload: it was down without a change before. */
	CU_ASSERT_TRUE(view(w, 1).up);
	CU_ASSERT_EQUAL(view(w, 1).cause, VD_HEALTH_CAUSE_CONFIG);
	CU_ASSERT_EQUAL(view(w, 1).slot, VD_HEALTH_NONE);
	CU_ASSERT_TRUE(vd_health_next(w->h) <= w->now);
	tick(w);
	TOLD("up 1 config");
	/* And down again. */
	SERVICE();
	servers_with_checks(w, 1);
	SERVER();
	vd_health_config_check(w->building, 10, 30, false);
	swap(w);
	tick(w);
	TOLD("down 1 config");
	/* Verdicts of the check before are not its. */
	vd_health_verdict(w->h, 10, 21, true, 5, w->now, &w->out);
	tell_actions(w);
	TOLD("");
	vd_health_verdict(w->h, 10, 30, true, -1, w->now, &w->out);
	tell_actions(w);
	TOLD("up 1 check 10");
	end(w);
}

static void
checks_that_went_or_came(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 2);
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 10, false);
	TOLD("down 1 check 10, lost 0 1<2");
	/* Without its check it is up. */
	SERVICE(.quorum = 2);
	servers_with_checks(w, 1);
	SERVER();
	swap(w);
	POSTED("0:0, 1:FRESH");
	tick(w);
	TOLD("up 1 config, gained 0 2>=2");
	/* One that is there again knows nothing. */
	SERVICE(.quorum = 2);
	servers_with_checks(w, 2);
	swap(w);
	CU_ASSERT_EQUAL(view(w, 1).down, 0);
	tick(w);
	TOLD("");
	end(w);
}

/* ---- weights ---- */

static void
weights_move_the_quorum(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 10);
	SERVER(.weight = 10);
	swap(w);
	SERVICE(.quorum = 10);
	SERVER(.weight = 9);
	swap(w);
	CU_ASSERT_EQUAL(vd_health_next(w->h), w->now);
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 9);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	tick(w);
	TOLD("lost 0 9<10");
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	SERVICE(.quorum = 8, .hysteresis = 1);
	SERVER(.weight = 9);
	swap(w);
	tick(w);
	TOLD("gained 0 9>=9");
	/* Within the hysteresis nothing moves, whichever it was. */
	SERVICE(.quorum = 10, .hysteresis = 1);
	SERVER(.weight = 9);
	swap(w);
	tick(w);
	TOLD("");
	CU_ASSERT_TRUE(service_view(w, 0).quorum);
	end(w);
}

static void
a_weight_that_was_asked_for_stands(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER(.weight = 10);
	check(w, true);
	swap(w);
	verdict_weight(w, 0, true, 30);
	TOLD("weight 0 30");
	/* Main did not know yet when it built this. */
	SERVICE();
	SERVER(.weight = 10);
	check(w, true);
	swap(w);
	CU_ASSERT_EQUAL(view(w, 0).weight, 30);
	tick(w);
	TOLD("weight 0 30");
	/* Now it does; and the third one is late again. */
	SERVICE();
	SERVER(.weight = 30);
	check(w, true);
	swap(w);
	tick(w);
	TOLD("");
	SERVICE();
	SERVER(.weight = 10);
	check(w, true);
	swap(w);
	tick(w);
	TOLD("weight 0 30");
	/* The operator's stands above it, and when he takes it back it is there again. */
	SERVICE();
	SERVER(.weight = 7, .weight_fixed = true);
	check(w, true);
	swap(w);
	CU_ASSERT_EQUAL(view(w, 0).weight, 7);
	verdict_weight(w, 0, true, 40);
	TOLD("");
	SERVICE();
	SERVER(.weight = 10);
	check(w, true);
	swap(w);
	tick(w);
	TOLD("weight 0 40");
	/* It goes with its check. */
	SERVICE();
	SERVER(.weight = 10);
	vd_health_config_check(w->building, 0, 8, true);
	swap(w);
	CU_ASSERT_EQUAL(view(w, 0).weight, 10);
	tick(w);
	TOLD("");
	end(w);
}

/* ---- flags ---- */

static void
takes_the_operators_word_of_main(void)
{
	struct world *w = begin();

	SERVICE();
	servers_with_checks(w, 1);
	SERVER();
	swap(w);
	admin(w, 0, VD_LB_SERVER_DRAIN);
	POSTED("0:DRAIN");
	SERVICE();
	servers_with_checks(w, 1);
	SERVER(.admin = VD_LB_SERVER_DISABLED, .inhibit = true);
	swap(w);
	POSTED("0:0, 1:DISABLED");
	end(w);
}

static void
a_sorry_server_that_is_new_or_gone(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 2);
	SERVER();
	swap(w);
	POSTED("");
	SERVICE(.quorum = 2, .sorry_id = SORRY);
	SERVER();
	swap(w);
	POSTED("500:0, 0:0");
	CU_ASSERT_TRUE(service_view(w, 0).sorry);
	/* Another one, and the quorum at the same time: the servers first. */
	SERVICE(.quorum = 1, .sorry_id = SORRY + 1, .sorry_inhibit = true);
	SERVER();
	swap(w);
	POSTED("0:0, 501:DOWN");
	SERVICE(.quorum = 2);
	SERVER();
	swap(w);
	POSTED("0:0");
	CU_ASSERT_FALSE(service_view(w, 0).sorry);
	end(w);
}

static void
slow_start_goes_on(void)
{
	struct world *w = begin();

	SERVICE(.slow_start = 16 * VD_SEC);
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	verdict(w, 0, true);
	TOLD("down 0 check 0, up 0 check 0");
	pass(w, 3 * VD_SEC + VD_SEC / 2);
	SERVICE(.slow_start = 16 * VD_SEC);
	servers_with_checks(w, 2);
	swap(w);
	POSTED("0:FRESH/64, 1:0");
	CU_ASSERT_EQUAL(vd_health_next(w->h), START + 4 * VD_SEC);
	/* A longer one takes its share back, a shorter one ends it. */
	SERVICE(.slow_start = 32 * VD_SEC);
	servers_with_checks(w, 2);
	swap(w);
	POSTED("0:FRESH/32, 1:0");
	SERVICE();
	servers_with_checks(w, 2);
	swap(w);
	POSTED("0:0, 1:0");
	CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
	end(w);
}

/* ---- ejection ---- */

static void
ejection_goes_on(void)
{
	struct world *w = begin();

	for (int i = 0; i < 2; i++) {
		SERVICE(.observe = 3);
		SERVER();
		check(w, true);
		check(w, true);
		swap(w);
		if (i == 0) {
			observed(w, 0);
			verdict(w, 0, true);
			TOLD("down 0 observe, hurry 0, hurry 10, lost 0 0<1");
		}
	}
	CU_ASSERT_TRUE(view(w, 0).ejected);
	tick(w);
	TOLD("");
	verdict(w, 10, true);
	TOLD("up 0 check 10, gained 0 1>=1");
	/* Its backoff, too. */
	observed(w, 0);
	TOLD("down 0 observe, lost 0 0<1");
	SERVICE(.observe = 3);
	SERVER();
	check(w, true);
	check(w, true);
	swap(w);
	CU_ASSERT_EQUAL(vd_health_next(w->h), w->now + VD_SEC);
	pass(w, VD_SEC);
	TOLD("hurry 0, hurry 10");
	end(w);
}

static void
ejected_with_a_check_that_is_new(void)
{
	struct world *w = begin();

	SERVICE(.observe = 3);
	servers_with_checks(w, 1);
	swap(w);
	observed(w, 0);
	TOLD("down 0 observe, hurry 0, lost 0 0<1");
	SERVICE(.observe = 3);
	SERVER();
	check(w, true);
	check(w, true);
	swap(w);
	CU_ASSERT_EQUAL(vd_health_next(w->h), w->now);
	tick(w);
	TOLD("hurry 10");
	verdict(w, 0, true);
	TOLD("");
	verdict(w, 10, true);
	TOLD("up 0 check 10, gained 0 1>=1");
	end(w);
}

static void
ejected_and_the_check_that_it_waits_for_is_gone(void)
{
	struct world *w = begin();

	SERVICE(.observe = 3);
	SERVER();
	check(w, true);
	check(w, true);
	swap(w);
	observed(w, 0);
	verdict(w, 0, true);
	TOLD("down 0 observe, hurry 0, hurry 10, lost 0 0<1");
	SERVICE(.observe = 3);
	servers_with_checks(w, 1);
	swap(w);
	CU_ASSERT_FALSE(view(w, 0).ejected);
	tick(w);
	TOLD("up 0 config, gained 0 1>=1");
	end(w);
}

static void
ejected_and_all_checks_are_gone(void)
{
	struct world *w = begin();

	SERVICE(.observe = 3);
	servers_with_checks(w, 1);
	swap(w);
	observed(w, 0);
	TOLD("down 0 observe, hurry 0, lost 0 0<1");
	SERVICE(.observe = 3);
	SERVER();
	swap(w);
	tick(w);
	TOLD("up 0 config, gained 0 1>=1");
	/* While it waits for its time, time goes on. */
	observed(w, 0);
	TOLD("down 0 observe, lost 0 0<1");
	SERVICE(.observe = 3);
	SERVER();
	swap(w);
	tick(w);
	TOLD("");
	CU_ASSERT_EQUAL(vd_health_next(w->h), w->now + 2 * VD_SEC);
	/* And a check that came in between is asked then. */
	SERVICE(.observe = 3);
	servers_with_checks(w, 1);
	swap(w);
	verdict(w, 0, true);
	CU_ASSERT_TRUE(view(w, 0).ejected);
	pass(w, 2 * VD_SEC);
	TOLD("hurry 0");
	verdict(w, 0, true);
	TOLD("up 0 check 0, gained 0 1>=1");
	end(w);
}

/* ---- order ---- */

static void
swap_twice_before_looking(void)
{
	struct world *w = begin();
	struct vd_health_config *second, *third;

	SERVICE(.quorum = 2);
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 10, false);
	TOLD("down 1 check 10, lost 0 1<2");
	SERVICE(.quorum = 1);
	servers_with_checks(w, 2);
	second = seal(w);
	SERVICE(.quorum = 2);
	servers_with_checks(w, 2);
	servers_with_checks(w, 1);
	third = seal(w);
	swap_in(w, second);
	swap_in(w, third);
	CU_ASSERT_FALSE(view(w, 1).up);
	CU_ASSERT_EQUAL(view(w, 1).changes, 1);
	/* Gained by the second one, with the weight and the quorum of then; and so it stays. */
	tick(w);
	TOLD("gained 0 1>=1");
	POSTED("0:0, 1:DOWN+GONE, 2:0");
	verdict(w, 10, true);
	TOLD("up 1 check 10");
	end(w);
}

/* Changes that were taken back before anybody heard of them. */
static void
swap_there_and_back_is_no_change(void)
{
	struct world *w = begin();

	for (uint32_t i = 0; i < 3; i++) {
		SERVICE(.quorum = i == 1 ? 5 : 1);
		SERVER();
		if (i == 1)
			check(w, false);
		swap(w);
	}
	CU_ASSERT_EQUAL(view(w, 0).changes, 2);
	CU_ASSERT_TRUE(vd_health_next(w->h) > w->now);
	tick(w);
	TOLD("");
	end(w);
}

/* Sealed against one that never came into force: state comes from where it is all the same. */
static void
sealed_against_another(void)
{
	struct world *w = begin();
	struct vd_health_config *skipped;

	SERVICE();
	servers_with_checks(w, 3);
	swap(w);
	verdict(w, 20, false);
	TOLD("down 2 check 20");
	SERVICE();
	servers_with_checks(w, 1);
	skipped = seal(w);
	SERVICE();
	servers_with_checks(w, 3);
	swap(w);
	CU_ASSERT_FALSE(view(w, 2).up);
	CU_ASSERT_EQUAL(view(w, 2).changes, 1);
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 2);
	vd_health_config_free(skipped);
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(gives_back_the_one_before),
		VD_TEST(posts_anew),
		VD_TEST(forgets_posts_of_what_is_gone),
		VD_TEST(what_is_the_same_goes_on),
		VD_TEST(goes_on_wherever_it_stands),
		VD_TEST(another_gen_is_another_server),
		VD_TEST(another_gen_is_not_ejected),
		VD_TEST(new_since_a_reload_is_fresh),
		VD_TEST(a_changed_check_starts_anew),
		VD_TEST(checks_that_went_or_came),
		VD_TEST(weights_move_the_quorum),
		VD_TEST(a_weight_that_was_asked_for_stands),
		VD_TEST(takes_the_operators_word_of_main),
		VD_TEST(a_sorry_server_that_is_new_or_gone),
		VD_TEST(slow_start_goes_on),
		VD_TEST(ejection_goes_on),
		VD_TEST(ejected_with_a_check_that_is_new),
		VD_TEST(ejected_and_the_check_that_it_waits_for_is_gone),
		VD_TEST(ejected_and_all_checks_are_gone),
		VD_TEST(swap_twice_before_looking),
		VD_TEST(swap_there_and_back_is_no_change),
		VD_TEST(sealed_against_another),
};

VD_TEST_MAIN("health_swap", tests)
