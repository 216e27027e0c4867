/* SPDX-License-Identifier: BSD-3-Clause */
/* The operator's hand, the frames, and what is true after every step. */
#include <errno.h>

#include "vrrp_world.h"

#define TO_MASTER(why) "0 advert 100, 0 lease, 0 MASTER " why ", 0 announce 5"

/* ---- maintenance, stop, shutdown ---- */

static void
maintenance_resigns_and_holds(void)
{
	struct world *w = master();

	hold(w, VD_VRRP_HOLD_MAINTENANCE, true);
	TOLD(w, "0 release, 0 advert 0, 0 BACKUP maintenance");
	hold(w, VD_VRRP_HOLD_MAINTENANCE, true);
	hear(w, 0, ABOVE, 50);
	hear(w, 0, ABOVE, 0);
	run(w, 100 * VD_SEC);
	TOLD(w, "");
	CU_ASSERT_EQUAL(status(w, 0).wanted, VD_VRRP_STATE_BACKUP);
	/* It begins as at a start. */
	hold(w, VD_VRRP_HOLD_MAINTENANCE, false);
	run(w, DOWN100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER("timeout"));
	world_close(w);
}

static void
holds_add_up(void)
{
	struct world *w = backup();

	hold(w, VD_VRRP_HOLD_MAINTENANCE, true);
	hold(w, VD_VRRP_HOLD_STOPPED, true);
	hold(w, VD_VRRP_HOLD_MAINTENANCE, false);
	run(w, 100 * VD_SEC);
	TOLD(w, "");
	hold(w, VD_VRRP_HOLD_STOPPED, false);
	run(w, DOWN100);
	TOLD(w, TO_MASTER("timeout"));
	hold(w, VD_VRRP_HOLD_STOPPED, true);
	TOLD(w, "0 release, 0 advert 0, 0 BACKUP stopped");
	world_close(w);
}

static void
held_from_the_start(void)
{
	struct world *w = world();

	hold(w, VD_VRRP_HOLD_MAINTENANCE, true);
	add(w, 0)->priority = 255;
	w->inst[0]->start_master = true;
	apply(w);
	run(w, 100 * VD_SEC);
	TOLD(w, "0 BACKUP start");
	world_close(w);
}

static void
held_group(void)
{
	struct world *w = world();

	for (uint32_t k = 0; k < 2; k++) {
		add(w, k)->sync_group = 0;
		w->inst[k]->garp_repeat = 0;
	}
	apply(w);
	run(w, DOWN100);
	clear(w);
	hold(w, VD_VRRP_HOLD_MAINTENANCE, true);
	TOLD(w,
			"0 release, 0 advert 0, 0 BACKUP maintenance, 1 release, 1 advert 0, 1 "
			"BACKUP group, "
			"group 0 BACKUP");
	hold(w, VD_VRRP_HOLD_MAINTENANCE, false);
	run(w, DOWN100);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, 0), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* RFC 9568 6.4.3, RFC 3768 6.4.3: a Shutdown event sends priority 0. */
static void
shutdown_is_for_good(void)
{
	struct world *w = master();

	add(w, 0);
	add(w, 1);
	apply(w);
	clear(w);
	hold(w, VD_VRRP_HOLD_SHUTDOWN, true);
	TOLD(w, "0 release, 0 advert 0, 0 INIT shutdown, 1 INIT shutdown");
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), VD_TIME_NEVER);
	hear(w, 0, ABOVE, 0);
	thing(w, 0, false);
	CU_ASSERT_EQUAL(failover(w, 0, VD_SEC), -EALREADY);
	add(w, 0);
	add(w, 2);
	apply(w);
	TOLD(w, "1 INIT deleted gone");
	run(w, 100 * VD_SEC);
	hold(w, VD_VRRP_HOLD_SHUTDOWN, false);
	run(w, 100 * VD_SEC);
	TOLD(w, "");
	world_close(w);
}

/* ---- the operator's priority ---- */

static void
operators_priority(void)
{
	struct world *w = master();

	CU_ASSERT_EQUAL(set_priority(w, 0, 180), 0);
	TOLD(w, "0 priority 180");
	run(w, VD_SEC);
	TOLD(w, "0 advert 180");
	CU_ASSERT_EQUAL(set_priority(w, 0, 0), 0);
	TOLD(w, "0 priority 100");
	CU_ASSERT_EQUAL(set_priority(w, 1, 9), -ENOENT);
	CU_ASSERT_EQUAL(set_priority(w, VD_VRRP_INSTANCES, 9), -ENOENT);
	world_close(w);
}

/* ---- a planned hand-over ---- */

static void
failover_is_taken(void)
{
	struct world *w = master();

	CU_ASSERT_EQUAL(failover(w, 0, 10 * VD_SEC), 0);
	TOLD(w, "0 release, 0 advert 0, 0 BACKUP failover");
	CU_ASSERT_TRUE(status(w, 0).handed_over);
	CU_ASSERT_EQUAL(failover(w, 0, 10 * VD_SEC), -EALREADY);
	run(w, 700 * VD_MSEC);
	hear(w, 0, ABOVE, 50);
	TOLD(w, "0 taken");
	/* As with nopreempt. */
	for (int k = 0; k < 100; k++) {
		hear(w, 0, ABOVE, 50);
		run(w, VD_SEC);
	}
	TOLD(w, "");
	/* Until that master is gone. */
	run(w, DOWN100 - VD_SEC - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER("timeout"));
	CU_ASSERT_FALSE(status(w, 0).handed_over);
	hear(w, 0, ABOVE, 200);
	clear(w);
	for (int k = 0; k < 4; k++) {
		run(w, VD_SEC);
		hear(w, 0, ABOVE, 50);
	}
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* What the taker tracks fails: its priority falls, and it is preempted as ever. */
static void
failover_to_one_whose_priority_falls(void)
{
	struct world *w = master();

	failover(w, 0, 10 * VD_SEC);
	hear(w, 0, ABOVE, 90);
	clear(w);
	hear(w, 0, ABOVE, 95);
	CU_ASSERT_TRUE(status(w, 0).handed_over);
	hear(w, 0, ABOVE, 90);
	CU_ASSERT_TRUE(status(w, 0).handed_over);
	hear(w, 0, ABOVE, 89);
	CU_ASSERT_FALSE(status(w, 0).handed_over);
	for (int k = 0; k < 4; k++) {
		run(w, VD_SEC);
		hear(w, 0, ABOVE, 89);
	}
	CU_ASSERT_EQUAL(status(w, 0).state, VD_VRRP_STATE_MASTER);
	world_close(w);
}

static void
failover_to_one_that_resigns(void)
{
	struct world *w = master();

	failover(w, 0, 10 * VD_SEC);
	hear(w, 0, ABOVE, 50);
	clear(w);
	hear(w, 0, ABOVE, 0);
	run(w, SKEW100);
	TOLD(w, TO_MASTER("resigned"));
	world_close(w);
}

/* Nobody took it: it is taken back when the time is over, not before and not later. */
static void
failover_that_nobody_takes(void)
{
	static const vd_time timeout[] = {200 * VD_MSEC, 20 * VD_SEC};

	for (int k = 0; k < 2; k++) {
		struct world *w = master();

		failover(w, 0, timeout[k]);
		clear(w);
		run(w, timeout[k] - 1);
		TOLD(w, "");
		run(w, 1);
		TOLD(w, "0 untaken, 0 advert 100, 0 lease, 0 MASTER no_taker, 0 announce 5");
		world_close(w);
	}
}

static void
failover_of_a_group(void)
{
	struct world *w = world();

	for (uint32_t k = 0; k < 2; k++) {
		add(w, k)->sync_group = 0;
		w->inst[k]->garp_repeat = 0;
	}
	apply(w);
	run(w, DOWN100);
	clear(w);
	failover(w, 1, 10 * VD_SEC);
	TOLD(w,
			"1 release, 1 advert 0, 1 BACKUP failover, 0 release, 0 advert 0, 0 BACKUP "
			"group, "
			"group 0 BACKUP");
	hear(w, 0, ABOVE, 50);
	hear(w, 1, ABOVE, 50);
	TOLD(w, "0 taken, 1 taken");
	for (int k = 0; k < 10; k++) {
		hear(w, 0, ABOVE, 50);
		hear(w, 1, ABOVE, 50);
		run(w, VD_SEC);
	}
	TOLD(w, "");
	/* And one that nobody takes. */
	run(w, DOWN100);
	clear(w);
	failover(w, 0, 5 * VD_SEC);
	run(w, 5 * VD_SEC);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_FAILOVER], 2);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, 0), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* Whoever waits for the end is told of it, whatever becomes of the instance. */
static void
failover_ends_with_the_instance(void)
{
	struct world *w;

	for (int k = 0; k < 4; k++) {
		w = world();
		track(add(w, 0), 1, 0);
		apply(w);
		run(w, 10 * VD_SEC);
		failover(w, 0, 5 * VD_SEC);
		clear(w);
		if (k == 0)
			thing(w, 1, false);
		else if (k == 1)
			apply(w);
		else if (k == 2)
			hold(w, VD_VRRP_HOLD_SHUTDOWN, true);
		else
			hold(w, VD_VRRP_HOLD_MAINTENANCE, true);
		run(w, 5 * VD_SEC);
		CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_FAILOVER], 1);
		CU_ASSERT_NOT_EQUAL(state(w, 0), VD_VRRP_STATE_MASTER);
		world_close(w);
	}
}

static void
failover_of_none(void)
{
	struct world *w = backup();

	CU_ASSERT_EQUAL(failover(w, 0, VD_SEC), -EALREADY);
	CU_ASSERT_EQUAL(failover(w, 1, VD_SEC), -ENOENT);
	CU_ASSERT_EQUAL(failover(w, UINT32_MAX, VD_SEC), -ENOENT);
	TOLD(w, "");
	world_close(w);
}

/* ---- frames ---- */

/* RFC 9568 7.2: what a peer hears is what the instance is. */
static void
frame_of_a_multicast_instance(void)
{
	struct world *w = master();
	struct vd_vrrp_action send = {.kind = VD_VRRP_ACT_SEND, .priority = 42};
	struct vd_vrrp_auth_state state = {0};
	struct vd_addr us = A(US), group = A("224.0.0.18");
	uint8_t frame[VD_VRRP_FRAME_MAX];
	struct vd_vrrp_advert a;
	struct vd_vrrp_peek p;
	size_t len = vd_vrrp_frame(w->v, &send, 0, NULL, w->now, frame);

	CU_ASSERT_FALSE(vd_vrrp_is_unicast(w->v, &send));
	CU_ASSERT_EQUAL(vd_vrrp_ifid(w->v, &send), IF0);
	CU_ASSERT_EQUAL_FATAL(vd_vrrp_peek(frame, len, &p), VD_PKT_OK);
	CU_ASSERT_EQUAL(vd_vrrp_check(&w->inst[0]->id, &state, frame, &p, true, 0, &a), VD_VRRP_OK);
	CU_ASSERT_EQUAL(a.priority, 42);
	CU_ASSERT_EQUAL(a.interval, VD_SEC);
	CU_ASSERT_EQUAL(a.ttl, 255);
	CU_ASSERT_TRUE(vd_addr_equal(&p.src, &us));
	CU_ASSERT_TRUE(vd_addr_equal(&p.dst, &group));
	CU_ASSERT_EQUAL(memcmp(frame, "\x01\x00\x5e\x00\x00\x12\x02\x00\x00\x00\x00\x01", 12), 0);
	CU_ASSERT_EQUAL(vd_vrrp_frame(w->v, &send, 1, NULL, w->now, frame), 0);
	send.slot = 7;
	CU_ASSERT_EQUAL(vd_vrrp_frame(w->v, &send, 0, NULL, w->now, frame), 0);
	CU_ASSERT_EQUAL(vd_vrrp_ifid(w->v, &send), VD_VRRP_IF_NONE);
	send.slot = VD_VRRP_INSTANCES;
	CU_ASSERT_EQUAL(vd_vrrp_frame(w->v, &send, 0, NULL, w->now, frame), 0);
	world_close(w);
}

static void
frames_of_a_unicast_instance(void)
{
	static const struct vd_mac mac = {{2, 0, 0, 0, 7, 7}};
	struct vd_vrrp_action send = {.kind = VD_VRRP_ACT_SEND, .priority = 42};
	struct world *w = world();
	uint8_t frame[VD_VRRP_FRAME_MAX];
	struct vd_vrrp_peek p;

	add(w, 0)->id.unicast = true;
	w->inst[0]->ttl = 64;
	vd_vec_add(&w->inst[0]->peers)->addr = A("198.51.100.1");
	vd_vec_add(&w->inst[0]->peers)->addr = A("198.51.100.2");
	apply(w);
	CU_ASSERT_TRUE(vd_vrrp_is_unicast(w->v, &send));
	for (uint32_t n = 0; n < 2; n++) {
		const struct vd_vrrp_peer *peer = vd_vrrp_peer_at(w->v, &send, n);
		size_t len = vd_vrrp_frame(w->v, &send, n, &mac, w->now, frame);

		CU_ASSERT_EQUAL_FATAL(vd_vrrp_peek(frame, len, &p), VD_PKT_OK);
		CU_ASSERT_TRUE(vd_addr_equal(&p.dst, &peer->addr));
		CU_ASSERT_EQUAL(p.ttl, 64);
		CU_ASSERT_EQUAL(memcmp(frame, mac.b, 6), 0);
	}
	CU_ASSERT_PTR_NULL(vd_vrrp_peer_at(w->v, &send, 2));
	CU_ASSERT_EQUAL(vd_vrrp_frame(w->v, &send, 2, &mac, w->now, frame), 0);
	CU_ASSERT_EQUAL(vd_vrrp_frame(w->v, &send, 0, NULL, w->now, frame), 0);
	world_close(w);
}

/* ---- what is true after every step ---- */

static uint32_t seed;

static uint32_t
pick(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void
some_config(struct world *w)
{
	for (uint32_t k = 0; k < 4; k++) {
		struct vd_vrrp_instance_config *c;

		if (pick(8) == 0)
			continue;
		c = add(w, k);
		c->id.version = (uint8_t)(2 + k % 2);
		c->id.vrid = (uint8_t)(10 + k + 20 * (pick(6) == 0));
		c->id.interval = c->id.version == 2 ? VD_SEC : (1 + pick(3)) * 300 * VD_MSEC;
		c->priority = pick(9) == 0 ? 255 : (uint8_t)(50 + pick(150));
		c->start_master = pick(2);
		c->nopreempt = pick(4) == 0;
		c->preempt_delay = pick(4) == 0 ? 2 * VD_SEC : 0;
		c->down_timer_adverts = 1 + pick(4);
		c->garp_refresh = pick(3) * VD_SEC;
		c->garp_refresh_repeat = c->garp_lower_prio_repeat = 1;
		c->garp_lower_prio_delay = pick(2) * VD_SEC;
		c->lower_prio_no_advert = pick(4) == 0;
		c->sync_group = pick(3) == 0 ? VD_VRRP_GROUP_NONE : k / 2;
		track(c, k, (int32_t)pick(3) * 20 - 20);
	}
	vd_vrrp_config_track_delay(
			w->building == NULL ? (w->building = vd_vrrp_config_new()) : w->building, 1,
			300 * VD_MSEC, 400 * VD_MSEC);
}

static void
some_event(struct world *w)
{
	uint32_t slot = pick(4);
	static const uint8_t priorities[] = {0, 1, 80, 100, 150, 255};

	switch (pick(16)) {
	case 0:
		some_config(w);
		apply(w);
		break;
	case 1:
		thing(w, slot, pick(2));
		break;
	case 2:
		(void)failover(w, slot, pick(3000) * VD_MSEC);
		break;
	case 3:
		hold(w, VD_VRRP_HOLD_MAINTENANCE, pick(3) == 0);
		break;
	case 4:
		(void)set_priority(w, slot, priorities[pick(6)]);
		break;
	default:
		if (w->inst[slot] == NULL)
			break;
		w->peer_interval = pick(4) == 0 ? 900 * VD_MSEC : 0;
		hear(w, slot, pick(2) ? ABOVE : BELOW, priorities[pick(6)]);
	}
}

/* vd_vrrp_next() is honest: a tick before it does nothing, and one at it leaves nothing due behind. */
static void
next_is_never_later_than_what_is_due(void)
{
	uint64_t ticks = 0;

	for (uint32_t round = 1; round <= 30; round++) {
		struct world *w = world();
		vd_time end;

		seed = round;
		w->quiet = true;
		some_config(w);
		apply(w);
		for (int k = 0; k < 400; k++) {
			some_event(w);
			end = w->now + pick(700) * VD_MSEC;
			while (vd_vrrp_next(w->v) <= end) {
				vd_time next = vd_vrrp_next(w->v);

				CU_ASSERT_TRUE_FATAL(next >= w->now);
				if (next > w->now) {
					clear(w);
					w->now = next - 1;
					tick(w);
					for (int a = 0; a <= VD_VRRP_ACT_FAILOVER; a++)
						CU_ASSERT_EQUAL(w->count[a], 0);
					CU_ASSERT_EQUAL(vd_vrrp_next(w->v), next);
				}
				w->now = next;
				tick(w);
				ticks++;
			}
			w->now = end;
			for (uint32_t s = 0; s < 4; s++)
				CU_ASSERT_EQUAL(w->held[s], state(w, s) == VD_VRRP_STATE_MASTER);
		}
		world_close(w);
	}
	CU_ASSERT_TRUE(ticks > 5000);
}

static const struct vd_test tests[] = {
		VD_TEST(maintenance_resigns_and_holds),
		VD_TEST(holds_add_up),
		VD_TEST(held_from_the_start),
		VD_TEST(held_group),
		VD_TEST(shutdown_is_for_good),
		VD_TEST(operators_priority),
		VD_TEST(failover_is_taken),
		VD_TEST(failover_to_one_whose_priority_falls),
		VD_TEST(failover_to_one_that_resigns),
		VD_TEST(failover_that_nobody_takes),
		VD_TEST(failover_of_a_group),
		VD_TEST(failover_ends_with_the_instance),
		VD_TEST(failover_of_none),
		VD_TEST(frame_of_a_multicast_instance),
		VD_TEST(frames_of_a_unicast_instance),
		VD_TEST(next_is_never_later_than_what_is_due),
};

VD_TEST_MAIN("vrrp", tests)
