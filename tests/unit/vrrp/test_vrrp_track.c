/* SPDX-License-Identifier: BSD-3-Clause */
/* Weights, faults and delays of tracked things: keepalived's arithmetic. */
#include "vrrp_world.h"

static uint8_t
effective(struct world *w)
{
	return status(w, 0).effective_priority;
}

/* One instance with one tracked thing, number 4. */
static struct world *
tracking(int32_t weight, bool reverse, bool by_value)
{
	struct world *w = world();
	struct vd_vrrp_track *t = track(add(w, 0), 4, weight);

	t->reverse = reverse;
	t->by_value = by_value;
	apply(w);
	clear(w);
	return w;
}

static void
weight_above_0_is_added_while_up(void)
{
	struct world *w = tracking(30, false, false);

	CU_ASSERT_EQUAL(effective(w), 130);
	thing(w, 4, false);
	TOLD(w, "0 priority 100");
	thing(w, 4, false);
	TOLD(w, "");
	thing(w, 4, true);
	TOLD(w, "0 priority 130");
	CU_ASSERT_EQUAL(status(w, 0).priority, 100);
	world_close(w);
}

static void
weight_below_0_is_taken_away_while_down(void)
{
	struct world *w = tracking(-30, false, false);

	CU_ASSERT_EQUAL(effective(w), 100);
	thing(w, 4, false);
	TOLD(w, "0 priority 70");
	world_close(w);
}

/* keepalived's weight_multiplier: what is added changes its sign, not its time. */
static void
reverse_changes_the_sign(void)
{
	struct world *w = tracking(30, true, false);

	CU_ASSERT_EQUAL(effective(w), 70);
	thing(w, 4, false);
	CU_ASSERT_EQUAL(effective(w), 100);
	world_close(w);
	w = tracking(-30, true, false);
	CU_ASSERT_EQUAL(effective(w), 100);
	thing(w, 4, false);
	CU_ASSERT_EQUAL(effective(w), 130);
	world_close(w);
}

static void
weight_0_is_a_fault(void)
{
	struct world *w = tracking(0, false, false);

	thing(w, 4, false);
	TOLD(w, "0 FAULT track");
	world_close(w);
	w = tracking(0, true, false);
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_FAULT);
	thing(w, 4, false);
	TOLD(w, "0 BACKUP recovered");
	world_close(w);
}

/* Two faults: it ends with the second, and which one it is is told. */
static void
fault_of_two_things(void)
{
	struct world *w = world();

	track(add(w, 0), 4, 0);
	track(w->inst[0], 5, 0);
	apply(w);
	clear(w);
	thing(w, 4, false);
	thing(w, 5, false);
	TOLD(w, "0 FAULT track");
	CU_ASSERT_EQUAL(status(w, 0).reason_track, 4);
	thing(w, 4, true);
	TOLD(w, "");
	CU_ASSERT_EQUAL(status(w, 0).reason_track, 5);
	thing(w, 5, true);
	TOLD(w, "0 BACKUP recovered");
	world_close(w);
}

static void
sum_is_clamped(void)
{
	struct world *w = world();

	track(add(w, 0), 4, -253);
	track(w->inst[0], 5, 253);
	apply(w);
	CU_ASSERT_EQUAL(effective(w), 254);
	thing(w, 4, false);
	CU_ASSERT_EQUAL(effective(w), 100);
	thing(w, 5, false);
	CU_ASSERT_EQUAL(effective(w), 1);
	world_close(w);
}

static void
owner_has_no_weights(void)
{
	struct world *w = world();

	track(add(w, 0), 4, -30);
	w->inst[0]->priority = 255;
	apply(w);
	clear(w);
	thing(w, 4, false);
	TOLD(w, "");
	CU_ASSERT_EQUAL(effective(w), 255);
	/* The operator's 255 is an owner's, too. */
	world_close(w);
	w = tracking(-30, false, false);
	thing(w, 4, false);
	set_priority(w, 0, 255);
	CU_ASSERT_EQUAL(effective(w), 255);
	world_close(w);
}

static void
value_times_weight(void)
{
	struct world *w = tracking(-2, false, true);

	CU_ASSERT_EQUAL(effective(w), 100);
	value(w, 4, 10);
	TOLD(w, "0 priority 80");
	value(w, 4, -10);
	TOLD(w, "0 priority 120");
	value(w, 4, 126); /* -252 */
	TOLD(w, "0 priority 1");
	value(w, 4, 127); /* -254 */
	TOLD(w, "0 FAULT track");
	value(w, 4, 0);
	TOLD(w, "0 BACKUP recovered");
	CU_ASSERT_EQUAL(effective(w), 100);
	world_close(w);
}

/* At most 253 is added by one file, so that another's weight still counts. */
static void
value_adds_253_at_most(void)
{
	struct world *w = world();

	track(add(w, 0), 4, 1000)->by_value = true;
	track(w->inst[0], 5, -200);
	w->inst[0]->priority = 10;
	apply(w);
	value(w, 4, 1);
	thing(w, 5, false);
	CU_ASSERT_EQUAL(effective(w), 10 + 253 - 200);
	world_close(w);
}

static void
value_of_weight_0_is_a_fault(void)
{
	struct world *w = tracking(0, false, true);

	value(w, 4, 1);
	TOLD(w, "0 FAULT track");
	value(w, 4, -1);
	TOLD(w, "");
	value(w, 4, 0);
	TOLD(w, "0 BACKUP recovered");
	world_close(w);
}

static void
values_do_not_run_over(void)
{
	static const int32_t weights[] = {INT32_MIN, -1, 1, INT32_MAX};
	static const int64_t values[] = {INT64_MIN, -1, 1, INT64_MAX};

	for (int a = 0; a < 16; a++) {
		struct world *w = tracking(weights[a / 4], a % 2 == 0, true);
		bool negative = (weights[a / 4] < 0) != (values[a % 4] < 0);
		bool one = (weights[a / 4] == 1 || weights[a / 4] == -1) &&
				(values[a % 4] == 1 || values[a % 4] == -1);

		value(w, 4, values[a % 4]);
		negative ^= a % 2 == 0;
		if (one)
			CU_ASSERT_EQUAL(effective(w), negative ? 99 : 101);
		if (!one && negative)
			CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_FAULT);
		if (!one && !negative)
			CU_ASSERT_EQUAL(effective(w), 254);
		world_close(w);
	}
}

/* MASTER tells its new priority with the next advert. */
static void
master_advertises_the_new_priority(void)
{
	struct world *w = tracking(-30, false, false);

	run(w, 10 * VD_SEC);
	clear(w);
	thing(w, 4, false);
	TOLD(w, "0 priority 70");
	run_to(w, vd_vrrp_next(w->v));
	TOLD(w, "0 advert 70");
	CU_ASSERT_EQUAL(status(w, 0).master_priority, 70);
	world_close(w);
}

/* keepalived: the wait that is running becomes longer or shorter by what the skew does. */
static void
backup_waits_by_the_new_priority(void)
{
	struct world *w = tracking(-30, false, false);

	run(w, VD_SEC);
	thing(w, 4, false);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), START + DOWN100 + 30 * (VD_SEC / 256));
	thing(w, 4, true);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), START + DOWN100);
	/* It is never over before it is now. */
	run(w, DOWN100 - VD_SEC - 1);
	set_priority(w, 0, 254);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now);
	world_close(w);
}

/* The same when the operator makes it the owner of the addresses, and when he no longer does. */
static void
backup_waits_as_owner_does(void)
{
	struct world *w = backup();

	set_priority(w, 0, 255);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), START + 3 * VD_SEC + VD_SEC / 256);
	set_priority(w, 0, 0);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), START + DOWN100);
	world_close(w);
}

/* What is told before there is a configuration counts when it comes. */
static void
things_are_remembered(void)
{
	struct world *w = world();

	thing(w, 4, false);
	value(w, 5, 7);
	vd_vrrp_track(w->v, VD_VRRP_TRACKS, false, 0, w->now, &out);
	track(add(w, 0), 4, -30);
	track(w->inst[0], 5, 1)->by_value = true;
	apply(w);
	TOLD(w, "0 BACKUP start");
	CU_ASSERT_EQUAL(effective(w), 77);
	world_close(w);
}

/* ---- interface_up_down_delays ---- */

static struct world *
delayed(void)
{
	struct world *w = world();

	track(add(w, 0), 4, 0);
	vd_vrrp_config_track_delay(w->building, 4, 2 * VD_SEC, 3 * VD_SEC);
	apply(w);
	clear(w);
	return w;
}

static void
change_counts_when_it_lasted(void)
{
	struct world *w = delayed();

	thing(w, 4, false);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now + 2 * VD_SEC);
	run(w, VD_SEC);
	thing(w, 4, false); /* told again: nothing new */
	run(w, VD_SEC - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, "0 FAULT track");
	thing(w, 4, true);
	run(w, 3 * VD_SEC - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, "0 BACKUP recovered");
	world_close(w);
}

/* The master down timer runs out with the very tick in which a fault counts: no MASTER of a moment. */
static void
fault_comes_before_a_takeover(void)
{
	struct world *w = delayed();

	run(w, DOWN100 - 2 * VD_SEC);
	thing(w, 4, false);
	run(w, 2 * VD_SEC);
	TOLD(w, "0 FAULT track");
	world_close(w);
}

static void
change_that_did_not_last_does_not_count(void)
{
	struct world *w = delayed();

	thing(w, 4, false);
	run(w, 2 * VD_SEC - 1);
	thing(w, 4, true);
	run(w, VD_SEC);
	TOLD(w, "");
	/* And the next one begins anew. */
	thing(w, 4, false);
	run(w, 2 * VD_SEC - 1);
	CU_ASSERT_NOT_EQUAL(state(w, 0), VD_VRRP_STATE_FAULT);
	run(w, 1);
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_FAULT);
	world_close(w);
}

/* One late tick for both: what is at fault by then does not take over for an instant. */
static void
delayed_fault_comes_before_the_timers(void)
{
	struct world *w = delayed();

	thing(w, 4, false);
	w->now += 60 * VD_SEC;
	tick(w);
	TOLD(w, "0 FAULT track");
	world_close(w);
}

/* A value that comes with a delayed change is the one that counts. */
static void
value_is_delayed_too(void)
{
	struct world *w = world();

	track(add(w, 0), 4, 1)->by_value = true;
	track(w->inst[0], 4, -50);
	vd_vrrp_config_track_delay(w->building, 4, VD_SEC, 0);
	apply(w);
	clear(w);
	vd_vrrp_track(w->v, 4, false, 9, w->now, &out);
	carry_out(w);
	CU_ASSERT_EQUAL(effective(w), 100);
	run(w, VD_SEC);
	CU_ASSERT_EQUAL(effective(w), 59);
	world_close(w);
}

/* However many things change in one step, an instance changes once: no action is lost. */
static void
everything_at_once(void)
{
	struct world *w = world();

	w->quiet = true;
	for (uint32_t k = 0; k < VD_VRRP_INSTANCES; k++) {
		struct vd_vrrp_instance_config *c = add(w, k);

		c->id.vrid = (uint8_t)(k % 255 + 1);
		c->ifid = k / 255;
		c->sync_group = k / 2;
		c->garp_refresh = VD_SEC;
		c->garp_refresh_repeat = c->garp_lower_prio_repeat = 1;
		for (uint32_t t = 0; t < 64; t++)
			track(c, t, t % 2 == 0 ? 1 : t == 63 ? 0 : -1);
	}
	for (uint32_t t = 0; t < 64; t++)
		vd_vrrp_config_track_delay(w->building, t, 10 * VD_SEC, 10 * VD_SEC);
	apply(w);
	run_to(w, START + 12 * VD_SEC);
	for (uint32_t t = 0; t < 64; t++)
		thing(w, t, false);
	clear(w);
	w->now += 10 * VD_SEC; /* overslept, too */
	tick(w);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_PRIORITY], VD_VRRP_INSTANCES);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_STATE], 2 * VD_VRRP_INSTANCES);
	CU_ASSERT_EQUAL(effective(w), 100 - 31);
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_FAULT);
	world_close(w);
}

static const struct vd_test tests[] = {
		VD_TEST(weight_above_0_is_added_while_up),
		VD_TEST(weight_below_0_is_taken_away_while_down),
		VD_TEST(reverse_changes_the_sign),
		VD_TEST(weight_0_is_a_fault),
		VD_TEST(fault_of_two_things),
		VD_TEST(sum_is_clamped),
		VD_TEST(owner_has_no_weights),
		VD_TEST(value_times_weight),
		VD_TEST(value_adds_253_at_most),
		VD_TEST(value_of_weight_0_is_a_fault),
		VD_TEST(values_do_not_run_over),
		VD_TEST(master_advertises_the_new_priority),
		VD_TEST(backup_waits_by_the_new_priority),
		VD_TEST(backup_waits_as_owner_does),
		VD_TEST(things_are_remembered),
		VD_TEST(change_counts_when_it_lasted),
		VD_TEST(fault_comes_before_a_takeover),
		VD_TEST(change_that_did_not_last_does_not_count),
		VD_TEST(delayed_fault_comes_before_the_timers),
		VD_TEST(value_is_delayed_too),
		VD_TEST(everything_at_once),
};

VD_TEST_MAIN("vrrp_track", tests)
