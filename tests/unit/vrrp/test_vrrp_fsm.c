/* SPDX-License-Identifier: BSD-3-Clause */
/* States and their timers: RFC 9568 6, RFC 3768 6, and keepalived's where it differs. */
#include "vrrp_world.h"

#define TO_MASTER "0 advert 100, 0 lease, 0 MASTER timeout, 0 announce 5"

/* ---- INIT (RFC 9568 6.4.1) ---- */

static void
start_is_backup(void)
{
	struct world *w = world();

	add(w, 0);
	apply(w);
	TOLD(w, "0 BACKUP start");
	CU_ASSERT_EQUAL(status(w, 0).down_interval, DOWN100);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), START + DOWN100);
	world_close(w);
}

/* keepalived: `state MASTER` below 255 waits the whole interval all the same. */
static void
start_master_waits(void)
{
	struct world *w = world();

	add(w, 0)->start_master = true;
	apply(w);
	TOLD(w, "0 BACKUP start");
	run(w, DOWN100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER);
	world_close(w);
}

/* keepalived: in a sync group it waits for one advert and the least skew. */
static void
start_master_in_a_group_waits_for_one_advert(void)
{
	struct world *w = world();

	for (uint32_t k = 0; k < 2; k++) {
		add(w, k)->start_master = true;
		w->inst[k]->sync_group = 3;
		w->inst[k]->garp_repeat = 0;
	}
	apply(w);
	TOLD(w, "0 BACKUP start, 1 BACKUP start, group 3 BACKUP");
	run(w, VD_SEC + VD_SEC / 256 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w,
			"1 advert 100, 1 lease, 1 MASTER timeout, 0 advert 100, 0 lease, 0 MASTER "
			"group, "
			"group 3 MASTER");
	world_close(w);
}

/* RFC 9568 6.4.1: the owner does not wait; RFC 3768 6.4.1. */
static void
owner_is_master_at_once(void)
{
	struct world *w = world();

	add(w, 0)->priority = 255;
	w->inst[0]->start_master = true;
	apply(w);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), START);
	run(w, 0);
	TOLD(w, "0 BACKUP start, 0 advert 255, 0 lease, 0 MASTER owner, 0 announce 5");
	world_close(w);
}

static void
startup_delay_holds_back(void)
{
	struct world *w = world();

	add(w, 0)->priority = 255;
	w->inst[0]->start_master = true;
	add(w, 1);
	vd_vrrp_config_startup_delay(w->building, 7 * VD_SEC);
	apply(w);
	run(w, 6 * VD_SEC);
	CU_ASSERT_EQUAL(hear(w, 1, ABOVE, 0), VD_PKT_OK);
	run(w, VD_SEC - 1);
	TOLD(w, "0 BACKUP start, 1 BACKUP start");
	run(w, 1);
	TOLD(w,
			"0 advert 255, 0 lease, 0 MASTER owner, 0 announce 5, "
			"1 advert 100, 1 lease, 1 MASTER resigned, 1 announce 5");
	/* It is of the start only. */
	add(w, 2);
	vd_vrrp_config_startup_delay(w->building, 60 * VD_SEC);
	apply(w);
	clear(w);
	run(w, DOWN100);
	CU_ASSERT_EQUAL(state(w, 2), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* ---- timers (RFC 9568 6.1, RFC 3768 6.1) ---- */

/* RFC 3768 6.1: Skew_Time is (256 - Priority) / 256 seconds, whatever the interval. */
static void
skew_of_version_2(void)
{
	struct world *w = world();

	add(w, 0)->id.version = 2;
	w->inst[0]->id.interval = 4 * VD_SEC;
	w->inst[0]->priority = 56;
	apply(w);
	clear(w);
	CU_ASSERT_EQUAL(status(w, 0).down_interval, 12 * VD_SEC + 200 * (VD_SEC / 256));
	run(w, 12 * VD_SEC + 200 * (VD_SEC / 256) - 1);
	TOLD(w, "");
	run(w, 1);
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* RFC 9568 6.1: of the Active Router's interval. */
static void
skew_of_version_3(void)
{
	struct world *w = world();

	add(w, 0)->id.interval = 10 * VD_MSEC;
	w->inst[0]->priority = 253;
	apply(w);
	CU_ASSERT_EQUAL(status(w, 0).down_interval, 30 * VD_MSEC + 3 * 10 * VD_MSEC / 256);
	world_close(w);
}

static void
down_timer_adverts_counts(void)
{
	static const uint32_t n[] = {1, 2, 3, 100};

	for (size_t k = 0; k < sizeof(n) / sizeof(n[0]); k++) {
		struct world *w = world();

		add(w, 0)->down_timer_adverts = n[k];
		apply(w);
		clear(w);
		run(w, n[k] * VD_SEC + SKEW100 - 1);
		TOLD(w, "");
		run(w, 1);
		TOLD(w, TO_MASTER);
		/* The lease lasts as long as a peer of priority 254 waits. */
		CU_ASSERT_EQUAL(w->until[0], w->now + n[k] * VD_SEC + 2 * (VD_SEC / 256));
		world_close(w);
	}
}

/* ---- BACKUP to MASTER (RFC 9568 6.4.2) ---- */

static void
advert_leaves_before_the_announcements(void)
{
	struct world *w = backup();
	struct vd_vrrp_status s;

	run(w, DOWN100);
	TOLD(w, TO_MASTER);
	s = status(w, 0);
	CU_ASSERT_EQUAL(s.state, VD_VRRP_STATE_MASTER);
	CU_ASSERT_EQUAL(s.reason, VD_VRRP_REASON_TIMEOUT);
	CU_ASSERT_EQUAL(s.since, START + DOWN100);
	CU_ASSERT_EQUAL(s.stats.became_master, 1);
	CU_ASSERT_EQUAL(s.stats.adverts_sent, 1);
	CU_ASSERT_TRUE(vd_addr_equal(&s.master_addr, &w->inst[0]->src));
	world_close(w);
}

/* RFC 9568 6.4.3: every interval, on its beat. */
static void
adverts_keep_their_beat(void)
{
	struct world *w = master();
	vd_time begin = w->last_send;
	uint32_t random = 1;

	for (uint32_t k = 1; k <= 1000; k++) {
		/* A tick is late by up to 300 ms: the next beat is not. */
		random = random * 1103515245 + 12345;
		CU_ASSERT_EQUAL(vd_vrrp_next(w->v), begin + k * VD_SEC);
		w->now = vd_vrrp_next(w->v) + random % 300 * VD_MSEC;
		tick(w);
		TOLD(w, "0 advert 100");
	}
	world_close(w);
}

static void
missed_beats_are_not_made_up_for(void)
{
	struct world *w = master();
	vd_time last = w->last_send;

	w->now = last + 2 * VD_SEC + 500 * VD_MSEC;
	tick(w);
	TOLD(w, "0 advert 100");
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now + VD_SEC);
	world_close(w);
}

/* ---- announcements (keepalived's garp_master_*) ---- */

static void
announcements_come_again_after_the_delay(void)
{
	struct world *w = backup();

	run(w, DOWN100);
	clear(w);
	w->quiet = true;
	run(w, 5 * VD_SEC - 1);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 0);
	run(w, 1);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 1);
	run(w, 1000 * VD_SEC);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 1);
	world_close(w);
}

static void
announcements_are_refreshed(void)
{
	struct world *w = world();

	add(w, 0)->garp_refresh = 60 * VD_SEC;
	w->inst[0]->garp_refresh_repeat = 2;
	w->inst[0]->garp_delay = 0;
	apply(w);
	run(w, DOWN100);
	clear(w);
	w->quiet = true;
	run(w, 60 * VD_SEC - 1);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 0);
	run(w, 1);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 1);
	run(w, 120 * VD_SEC);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 3);
	world_close(w);
}

static void
no_announcement_after_master_is_over(void)
{
	struct world *w = world();

	add(w, 0)->garp_refresh = 2 * VD_SEC;
	w->inst[0]->garp_refresh_repeat = 1;
	apply(w);
	run(w, DOWN100);
	hear(w, 0, ABOVE, 200);
	clear(w);
	for (int k = 0; k < 20; k++) {
		run(w, VD_SEC);
		hear(w, 0, ABOVE, 200);
	}
	TOLD(w, "");
	world_close(w);
}

static void
repeat_0_announces_nothing(void)
{
	struct world *w = world();

	add(w, 0)->garp_repeat = 0;
	apply(w);
	w->quiet = true;
	run(w, 60 * VD_SEC);
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_MASTER);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 0);
	world_close(w);
}

/* ---- the lease ---- */

static void
overslept_is_backup_without_an_advert(void)
{
	struct world *w = master();
	vd_time last = w->last_send, until = w->until[0];
	struct vd_vrrp_status s;

	w->now = until - 1;
	tick(w);
	TOLD(w, "0 advert 100");
	last = w->last_send;
	w->now = w->until[0];
	tick(w);
	TOLD(w, "0 release, 0 BACKUP overslept");
	s = status(w, 0);
	CU_ASSERT_EQUAL(s.reason_time, w->now - last);
	CU_ASSERT_EQUAL(s.stats.priority_zero_sent, 0);
	/* It waits as anyone that just started. */
	run(w, DOWN100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER);
	world_close(w);
}

/* Whatever comes first after the sleep finds it BACKUP. */
static void
overslept_whatever_the_event(void)
{
	struct world *w = world();

	for (int event = 0; event < 6; event++) {
		add(w, 0)->garp_repeat = 0;
		track(w->inst[0], 1, -20);
		track(w->inst[0], 2, 0);
		apply(w);
		run(w, 10 * VD_SEC);
		CU_ASSERT_EQUAL_FATAL(state(w, 0), VD_VRRP_STATE_MASTER);
		clear(w);
		w->now = w->until[0] + VD_SEC;
		switch (event) {
		case 0: /* an advert that a MASTER would have answered */
			hear(w, 0, BELOW, 50);
			TOLD(w, "0 release, 0 BACKUP overslept");
			break;
		case 1:
			thing(w, 1, false);
			TOLD(w, "0 release, 0 BACKUP overslept, 0 priority 80");
			thing(w, 1, true);
			break;
		case 2:
			thing(w, 2, false);
			TOLD(w, "0 release, 0 BACKUP overslept, 0 FAULT track");
			thing(w, 2, true);
			break;
		case 3:
			CU_ASSERT_NOT_EQUAL(failover(w, 0, VD_SEC), 0);
			TOLD(w, "0 release, 0 BACKUP overslept");
			break;
		case 4:
			hold(w, VD_VRRP_HOLD_MAINTENANCE, true);
			TOLD(w, "0 release, 0 BACKUP overslept");
			hold(w, VD_VRRP_HOLD_MAINTENANCE, false);
			break;
		default:
			apply(w);
			TOLD(w, "0 release, 0 BACKUP overslept, 0 INIT deleted gone");
		}
	}
	world_close(w);
}

/* The members of a group oversleep together: no one resigns for another's sake. */
static void
overslept_group_sends_nothing(void)
{
	struct world *w = world();

	for (uint32_t k = 0; k < 3; k++)
		add(w, k)->sync_group = 0;
	apply(w);
	run(w, 10 * VD_SEC);
	clear(w);
	w->now += 60 * VD_SEC;
	tick(w);
	TOLD(w,
			"0 release, 0 BACKUP overslept, 1 release, 1 BACKUP group, 2 release, 2 "
			"BACKUP group, "
			"group 0 BACKUP");
	world_close(w);
}

/* How long it slept is told by the advert that was sent, also when the interval was changed since. */
static void
overslept_after_a_longer_interval(void)
{
	struct world *w = master();
	vd_time last = w->last_send;

	add(w, 0)->id.interval = 40 * VD_SEC;
	apply(w);
	w->now = last + 50 * VD_SEC;
	tick(w);
	CU_ASSERT_EQUAL(status(w, 0).reason, VD_VRRP_REASON_OVERSLEPT);
	CU_ASSERT_EQUAL(status(w, 0).reason_time, 50 * VD_SEC);
	world_close(w);
}

/* ---- FAULT ---- */

/* keepalived sends the resignation twice on the way to FAULT. */
static void
fault_resigns_twice(void)
{
	struct world *w = world();

	track(add(w, 0), 7, 0);
	apply(w);
	run(w, 10 * VD_SEC);
	clear(w);
	thing(w, 7, false);
	TOLD(w, "0 release, 0 advert 0, 0 advert 0, 0 FAULT track");
	CU_ASSERT_EQUAL(status(w, 0).reason_track, 7);
	CU_ASSERT_EQUAL(status(w, 0).stats.priority_zero_sent, 2);
	CU_ASSERT_EQUAL(status(w, 0).stats.released_master, 1);
	/* Nothing is due while it lasts, and adverts change nothing. */
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), VD_TIME_NEVER);
	hear(w, 0, ABOVE, 0);
	hear(w, 0, ABOVE, 50);
	run(w, 100 * VD_SEC);
	TOLD(w, "");
	thing(w, 7, true);
	TOLD(w, "0 BACKUP recovered");
	run(w, DOWN100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER);
	world_close(w);
}

static void
fault_from_backup_sends_nothing(void)
{
	struct world *w = world();

	track(add(w, 0), 7, 0);
	apply(w);
	clear(w);
	thing(w, 7, false);
	TOLD(w, "0 FAULT track");
	world_close(w);
}

static void
fault_without_an_address(void)
{
	struct world *w = world();

	add(w, 0)->src = (struct vd_addr){.w = {0, 0}};
	apply(w);
	TOLD(w, "0 FAULT no_address");
	add(w, 0);
	apply(w);
	TOLD(w, "0 INIT changed, 0 BACKUP start");
	world_close(w);
}

static void
fault_without_a_peer(void)
{
	struct world *w = world();

	add(w, 0)->id.unicast = true;
	w->inst[0]->fault_no_peer = true;
	apply(w);
	TOLD(w, "0 FAULT no_peer");
	add(w, 0)->id.unicast = true;
	apply(w);
	TOLD(w, "0 BACKUP recovered");
	world_close(w);
}

static const struct vd_test tests[] = {
		VD_TEST(start_is_backup),
		VD_TEST(start_master_waits),
		VD_TEST(start_master_in_a_group_waits_for_one_advert),
		VD_TEST(owner_is_master_at_once),
		VD_TEST(startup_delay_holds_back),
		VD_TEST(skew_of_version_2),
		VD_TEST(skew_of_version_3),
		VD_TEST(down_timer_adverts_counts),
		VD_TEST(advert_leaves_before_the_announcements),
		VD_TEST(adverts_keep_their_beat),
		VD_TEST(missed_beats_are_not_made_up_for),
		VD_TEST(announcements_come_again_after_the_delay),
		VD_TEST(announcements_are_refreshed),
		VD_TEST(no_announcement_after_master_is_over),
		VD_TEST(repeat_0_announces_nothing),
		VD_TEST(overslept_is_backup_without_an_advert),
		VD_TEST(overslept_whatever_the_event),
		VD_TEST(overslept_group_sends_nothing),
		VD_TEST(overslept_after_a_longer_interval),
		VD_TEST(fault_resigns_twice),
		VD_TEST(fault_from_backup_sends_nothing),
		VD_TEST(fault_without_an_address),
		VD_TEST(fault_without_a_peer),
};

VD_TEST_MAIN("vrrp_fsm", tests)
