/* SPDX-License-Identifier: BSD-3-Clause */
#include "health_world.h"

/* Quorum 3, hysteresis 1: gained at 4, lost below 2. */
static void
five_servers(struct world *w)
{
	SERVICE(.quorum = 3, .hysteresis = 1, .track = 42);
	servers_with_checks(w, 5);
	swap(w);
}

static void
gains_and_loses_at_its_boundaries(void)
{
	struct world *w = begin();

	five_servers(w);
	CU_ASSERT_TRUE(service_view(w, 0).quorum);
	verdict(w, 0, false);
	verdict(w, 10, false);
	verdict(w, 20, false);
	TOLD("down 0 check 0, down 1 check 10, down 2 check 20");
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 2);
	CU_ASSERT_TRUE(service_view(w, 0).quorum);
	CU_ASSERT_EQUAL(service_view(w, 0).since, 0);
	verdict(w, 30, false);
	TOLD("down 3 check 30, lost 0 1<2");
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	CU_ASSERT_EQUAL(service_view(w, 0).since, w->now);
	w->now += VD_SEC;
	verdict(w, 0, true);
	verdict(w, 10, true);
	TOLD("up 0 check 0, up 1 check 10");
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 3);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	verdict(w, 20, true);
	TOLD("up 2 check 20, gained 0 4>=4");
	CU_ASSERT_EQUAL(service_view(w, 0).since, w->now);
	end(w);
}

static void
without_hysteresis(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 2);
	servers_with_checks(w, 2);
	swap(w);
	verdict(w, 0, false);
	TOLD("down 0 check 0, lost 0 1<2");
	verdict(w, 0, true);
	TOLD("up 0 check 0, gained 0 2>=2");
	end(w);
}

/* At first it must be gained: hysteresis above, whatever is between the two. */
static void
begins_as_if_to_be_gained(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 3, .hysteresis = 1);
	servers_with_checks(w, 3);
	SERVICE(.quorum = 3, .hysteresis = 1);
	servers_with_checks(w, 4);
	SERVICE(.quorum = 1);
	SERVER();
	check(w, false);
	SERVICE(.quorum = 1);
	swap(w);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	CU_ASSERT_TRUE(service_view(w, 1).quorum);
	CU_ASSERT_FALSE(service_view(w, 2).quorum);
	/* One without servers. */
	CU_ASSERT_FALSE(service_view(w, 3).quorum);
	/* None of it is a change. */
	tick(w);
	TOLD("");
	end(w);
}

static void
the_operator_takes_weight_away(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 2);
	servers_with_checks(w, 2);
	swap(w);
	admin(w, 0, VD_LB_SERVER_DRAIN);
	TOLD("lost 0 1<2");
	admin(w, 0, VD_LB_SERVER_DISABLED);
	TOLD("");
	admin(w, 0, 0);
	TOLD("gained 0 2>=2");
	verdict(w, 0, false);
	TOLD("down 0 check 0, lost 0 1<2");
	admin(w, 0, VD_LB_SERVER_DRAIN);
	admin(w, 0, 0);
	TOLD("");
	end(w);
}

static void
weights_are_summed_without_overflow(void)
{
	struct world *w = begin();

	SERVICE(.quorum = UINT32_MAX, .hysteresis = UINT32_MAX);
	for (int i = 0; i < 3; i++) {
		SERVER(.weight = UINT32_MAX);
		check(w, true);
	}
	swap(w);
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 3ull * UINT32_MAX);
	CU_ASSERT_TRUE(service_view(w, 0).quorum);
	verdict(w, 0, false);
	verdict(w, 10, false);
	verdict(w, 20, false);
	/* Hysteresis as large as the quorum: never lost. */
	TOLD("down 0 check 0, down 1 check 10, down 2 check 20");
	end(w);
}

static void
weight_0_counts_for_nothing(void)
{
	struct world *w = begin();

	SERVICE();
	SERVER(.weight = WEIGHT_0);
	check(w, true);
	swap(w);
	CU_ASSERT_TRUE(view(w, 0).up);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	verdict(w, 0, false);
	TOLD("down 0 check 0");
	POSTED("0:DOWN+GONE");
	end(w);
}

/* ---- the sorry server ---- */

static void
sorry_comes_and_goes(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 2, .hysteresis = 1, .sorry_id = SORRY);
	servers_with_checks(w, 3);
	swap(w);
	POSTED("500:DOWN+GONE");
	CU_ASSERT_FALSE(service_view(w, 0).sorry);
	verdict(w, 0, false);
	verdict(w, 10, false);
	POSTED_AFTER("down 0 check 0, down 1 check 10", "0:DOWN+GONE, 1:DOWN+GONE");
	/* It is there before the last one goes. */
	verdict(w, 20, false);
	POSTED_AFTER("down 2 check 20, lost 0 0<1", "500:0, 2:DOWN+GONE");
	CU_ASSERT_TRUE(service_view(w, 0).sorry);
	verdict(w, 0, true);
	verdict(w, 10, true);
	POSTED_AFTER("up 0 check 0, up 1 check 10", "0:FRESH, 1:FRESH");
	CU_ASSERT_TRUE(service_view(w, 0).sorry);
	/* And until the others are. */
	verdict(w, 20, true);
	POSTED_AFTER("up 2 check 20, gained 0 3>=3", "2:FRESH, 500:DOWN+GONE");
	CU_ASSERT_FALSE(service_view(w, 0).sorry);
	end(w);
}

static void
sorry_with_inhibit_keeps_connections(void)
{
	struct world *w = begin();

	SERVICE(.sorry_id = SORRY, .sorry_inhibit = true);
	servers_with_checks(w, 1);
	swap(w);
	POSTED("500:DOWN");
	verdict(w, 0, false);
	POSTED_AFTER("down 0 check 0, lost 0 0<1", "500:0, 0:DOWN+GONE");
	verdict(w, 0, true);
	POSTED_AFTER("up 0 check 0, gained 0 1>=1", "0:FRESH, 500:DOWN");
	end(w);
}

static void
sorry_from_the_start(void)
{
	struct world *w = begin();

	SERVICE(.sorry_id = SORRY);
	SERVER();
	check(w, false);
	swap(w);
	CU_ASSERT_TRUE(service_view(w, 0).sorry);
	POSTED("500:0, 0:DOWN+GONE");
	end(w);
}

static void
sorry_when_the_operator_takes_all(void)
{
	struct world *w = begin();

	SERVICE(.sorry_id = SORRY);
	servers_with_checks(w, 1);
	swap(w);
	POSTED("500:DOWN+GONE");
	admin(w, 0, VD_LB_SERVER_DRAIN);
	POSTED_AFTER("lost 0 0<1", "500:0, 0:DRAIN");
	admin(w, 0, 0);
	POSTED_AFTER("gained 0 1>=1", "0:0, 500:DOWN+GONE");
	end(w);
}

/* The operator's word is about real servers. */
static void
sorry_has_no_events(void)
{
	struct world *w = begin();

	SERVICE(.sorry_id = SORRY, .observe = 3);
	servers_with_checks(w, 1);
	swap(w);
	POSTED("500:DOWN+GONE");
	admin(w, SORRY, VD_LB_SERVER_DRAIN);
	observed(w, SORRY);
	TOLD("");
	POSTED("");
	end(w);
}

/* ---- VRRP ---- */

static void
tracks_tell_the_quorum(void)
{
	struct world *w = begin();
	uint32_t track;
	bool up;

	CU_ASSERT_FALSE(vd_health_track(w->h, 0, &track, &up));
	SERVICE(.track = 42);
	servers_with_checks(w, 1);
	SERVICE();
	swap(w);
	CU_ASSERT_TRUE(vd_health_track(w->h, 0, &track, &up));
	CU_ASSERT_EQUAL(track, 42);
	CU_ASSERT_TRUE(up);
	CU_ASSERT_TRUE(vd_health_track(w->h, 1, &track, &up));
	CU_ASSERT_EQUAL(track, VD_HEALTH_NONE);
	CU_ASSERT_FALSE(up);
	CU_ASSERT_FALSE(vd_health_track(w->h, 2, &track, &up));
	verdict(w, 0, false);
	CU_ASSERT_TRUE(vd_health_track(w->h, 0, &track, &up));
	CU_ASSERT_FALSE(up);
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(gains_and_loses_at_its_boundaries),
		VD_TEST(without_hysteresis),
		VD_TEST(begins_as_if_to_be_gained),
		VD_TEST(the_operator_takes_weight_away),
		VD_TEST(weights_are_summed_without_overflow),
		VD_TEST(weight_0_counts_for_nothing),
		VD_TEST(sorry_comes_and_goes),
		VD_TEST(sorry_with_inhibit_keeps_connections),
		VD_TEST(sorry_from_the_start),
		VD_TEST(sorry_when_the_operator_takes_all),
		VD_TEST(sorry_has_no_events),
		VD_TEST(tracks_tell_the_quorum),
};

VD_TEST_MAIN("health_service", tests)
