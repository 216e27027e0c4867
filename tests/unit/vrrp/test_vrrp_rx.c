/* SPDX-License-Identifier: BSD-3-Clause */
/* What an advert does, by state: RFC 9568 6.4.2 and 6.4.3, RFC 3768 6.4.2 and 6.4.3, and keepalived's keywords. */
#include "vrrp_world.h"

#define TO_MASTER(why) "0 advert 100, 0 lease, 0 MASTER " why ", 0 announce 5"

/* ---- BACKUP (RFC 9568 6.4.2) ---- */

/* RFC 9568 6.4.2: an advert with the same or a higher priority starts the master down timer anew. */
static void
backup_follows_equal_and_higher(void)
{
	struct world *w = backup();
	struct vd_vrrp_status s;

	for (int k = 0; k < 10; k++) {
		run(w, DOWN100 - 1);
		hear(w, 0, k % 2 == 0 ? BELOW : ABOVE, k % 2 == 0 ? 100 : 200);
	}
	TOLD(w, "");
	s = status(w, 0);
	CU_ASSERT_EQUAL(s.master_priority, 200);
	CU_ASSERT_EQUAL(s.stats.adverts_received, 10);
	run(w, DOWN100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER("timeout"));
	world_close(w);
}

/* RFC 9568 6.4.2 with Preempt_Mode: a lower priority is not heard, the timer runs on. */
static void
backup_preempts_a_lower_master(void)
{
	struct world *w = backup();

	run(w, VD_SEC);
	hear(w, 0, ABOVE, 200);
	for (int k = 0; k < 3; k++) {
		run(w, VD_SEC);
		hear(w, 0, ABOVE, 99);
	}
	TOLD(w, "");
	run(w, SKEW100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER("preempt"));
	CU_ASSERT_EQUAL(status(w, 0).reason_priority, 99);
	world_close(w);
}

/* RFC 9568 6.4.2, Preempt_Mode false. */
static void
nopreempt_follows_any_master(void)
{
	struct world *w = world();

	add(w, 0)->nopreempt = true;
	apply(w);
	clear(w);
	for (int k = 0; k < 20; k++) {
		run(w, VD_SEC);
		hear(w, 0, ABOVE, 1);
	}
	TOLD(w, "");
	CU_ASSERT_EQUAL(status(w, 0).master_priority, 1);
	/* RFC 9568 6.1: the owner always preempts. */
	add(w, 0)->nopreempt = true;
	w->inst[0]->priority = 255;
	apply(w);
	clear(w);
	for (int k = 0; k < 4; k++) {
		run(w, VD_SEC);
		hear(w, 0, ABOVE, 254);
	}
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* RFC 9568 6.4.2: priority 0 sets the timer to Skew_Time. */
static void
backup_takes_over_from_who_resigned(void)
{
	struct world *w = backup();
	struct vd_addr peer = A(ABOVE);
	struct vd_vrrp_status s;

	hear(w, 0, ABOVE, 200);
	run(w, VD_SEC);
	hear(w, 0, ABOVE, 0);
	run(w, SKEW100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER("resigned"));
	s = status(w, 0);
	CU_ASSERT_TRUE(vd_addr_equal(&s.reason_addr, &peer));
	CU_ASSERT_EQUAL(s.stats.priority_zero_received, 1);
	world_close(w);
}

/* Another one was quicker. */
static void
backup_stays_when_another_took_over(void)
{
	struct world *w = backup();

	hear(w, 0, ABOVE, 200);
	hear(w, 0, ABOVE, 0);
	run(w, SKEW100 - 1);
	hear(w, 0, "192.0.2.7", 150);
	run(w, DOWN100 - 1);
	TOLD(w, "");
	world_close(w);
}

/* ---- preempt_delay ---- */

static struct world *
patient(void)
{
	struct world *w = world();

	add(w, 0)->preempt_delay = 30 * VD_SEC;
	apply(w);
	clear(w);
	return w;
}

static void
preempt_delay_starts_with_a_lower_master(void)
{
	struct world *w = patient();
	vd_time first;

	run(w, 2 * VD_SEC);
	first = w->now;
	for (int k = 0; k < 30; k++) {
		hear(w, 0, ABOVE, 50);
		CU_ASSERT_EQUAL(status(w, 0).preempt_at, first + 30 * VD_SEC);
		run(w, VD_SEC);
	}
	TOLD(w, "");
	/* It is over: from now on adverts are not heard, and the timer of the last one that was runs out. */
	hear(w, 0, ABOVE, 50);
	run(w, 2 * VD_SEC + SKEW100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER("preempt"));
	CU_ASSERT_EQUAL(status(w, 0).preempt_at, 0);
	world_close(w);
}

static void
preempt_delay_is_cancelled_by_a_higher_master(void)
{
	struct world *w = patient();

	hear(w, 0, ABOVE, 50);
	run(w, VD_SEC);
	hear(w, 0, ABOVE, 100);
	CU_ASSERT_EQUAL(status(w, 0).preempt_at, 0);
	run(w, VD_SEC);
	hear(w, 0, ABOVE, 50);
	CU_ASSERT_EQUAL(status(w, 0).preempt_at, w->now + 30 * VD_SEC);
	world_close(w);
}

/* A master that is gone is not waited for. */
static void
preempt_delay_does_not_delay_a_takeover(void)
{
	struct world *w = patient();

	hear(w, 0, ABOVE, 50);
	run(w, DOWN100);
	TOLD(w, TO_MASTER("timeout"));
	world_close(w);
}

/* ---- version 3: the master's interval (RFC 9568 6.1, 6.4.2) ---- */

static void
interval_of_the_master_is_adopted(void)
{
	struct world *w = backup();

	w->peer_interval = 100 * VD_MSEC;
	hear(w, 0, ABOVE, 200);
	CU_ASSERT_EQUAL(status(w, 0).master_interval, 100 * VD_MSEC);
	run(w, 300 * VD_MSEC + 156 * 100 * VD_MSEC / 256 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w, TO_MASTER("timeout"));
	/* As MASTER it is its own again. */
	CU_ASSERT_EQUAL(status(w, 0).master_interval, VD_SEC);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now + VD_SEC);
	world_close(w);
}

/* Of an advert that is not accepted nothing is adopted. */
static void
interval_of_a_lower_router_is_not_adopted(void)
{
	struct world *w = backup();

	w->peer_interval = 100 * VD_MSEC;
	hear(w, 0, ABOVE, 50);
	CU_ASSERT_EQUAL(status(w, 0).master_interval, VD_SEC);
	world_close(w);
}

/* RFC 9568 6.4.3: on the way from MASTER to BACKUP too. */
static void
interval_is_adopted_by_who_yields(void)
{
	struct world *w = master();

	w->peer_interval = 4 * VD_SEC;
	hear(w, 0, ABOVE, 200);
	CU_ASSERT_EQUAL(status(w, 0).master_interval, 4 * VD_SEC);
	CU_ASSERT_EQUAL(status(w, 0).down_interval, 12 * VD_SEC + 156 * 4 * VD_SEC / 256);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now + 12 * VD_SEC + 156 * 4 * VD_SEC / 256);
	world_close(w);
}

/* RFC 9568 7.1 (erratum 8301). */
static void
interval_of_0_is_refused(void)
{
	struct world *w = backup();
	struct vd_vrrp_identity id = w->inst[0]->id;
	struct vd_vrrp_send s = {
			.src = A(ABOVE), .dst = A("224.0.0.18"), .priority = 200, .ttl = 255};
	uint8_t frame[VD_VRRP_FRAME_MAX], *vrrp = frame + 14 + 20;
	size_t len;

	id.interval = 10 * VD_MSEC;
	s.eth_dst = vd_vrrp_group_mac(&s.dst);
	len = vd_vrrp_build(&id, &w->peer_auth, &s, frame);
	/* One hundredth less, and the checksum one more. */
	CU_ASSERT_EQUAL(vrrp[5]--, 1);
	CU_ASSERT_NOT_EQUAL_FATAL(++vrrp[7], 0);
	CU_ASSERT_EQUAL(vd_vrrp_rx(w->v, IF0, frame, len, w->now, &out), VD_PKT_OK);
	carry_out(w);
	TOLD(w, "0 refused advert_interval_err");
	CU_ASSERT_EQUAL(status(w, 0).master_interval, VD_SEC);
	world_close(w);
}

/* RFC 3768 7.1: another interval is discarded; so, as with keepalived, there are two masters. */
static void
version_2_refuses_another_interval(void)
{
	struct world *w = world();

	add(w, 0)->id.version = 2;
	apply(w);
	clear(w);
	w->peer_interval = 2 * VD_SEC;
	hear(w, 0, ABOVE, 200);
	TOLD(w, "0 refused advert_interval_err");
	CU_ASSERT_EQUAL(status(w, 0).stats.errors[VD_VRRP_ERROR_INTERVAL], 1);
	CU_ASSERT_EQUAL(status(w, 0).stats.adverts_received, 0);
	run(w, DOWN100);
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* ---- MASTER (RFC 9568 6.4.3) ---- */

/* RFC 9568 6.4.3: the answer to priority 0 is an advert at once. */
static void
master_answers_priority_0(void)
{
	struct world *w = master();

	run(w, 300 * VD_MSEC);
	hear(w, 0, ABOVE, 0);
	TOLD(w, "0 advert 100");
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now + VD_SEC);
	/* FAULT's second one is not answered again. */
	hear(w, 0, ABOVE, 0);
	TOLD(w, "");
	run(w, 100 * VD_MSEC);
	hear(w, 0, ABOVE, 0);
	TOLD(w, "0 advert 100");
	world_close(w);
}

/* RFC 9568 6.4.3. */
static void
master_yields_to_higher(void)
{
	struct world *w = master();

	hear(w, 0, BELOW, 101);
	TOLD(w, "0 release, 0 BACKUP higher");
	CU_ASSERT_EQUAL(status(w, 0).reason_priority, 101);
	CU_ASSERT_EQUAL(status(w, 0).master_priority, 101);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now + DOWN100);
	world_close(w);
}

/* RFC 9568 6.4.3: of equals, the greater primary address. */
static void
tie_goes_to_the_greater_address(void)
{
	struct world *w = master();

	hear(w, 0, BELOW, 100);
	TOLD(w, "0 lower 100, 0 advert 100");
	run(w, 500 * VD_MSEC);
	hear(w, 0, ABOVE, 100);
	TOLD(w, "0 release, 0 BACKUP tie");
	world_close(w);
}

static void
tie_of_ipv6(void)
{
	struct world *w = world();

	add(w, 0)->id.v6 = true;
	w->inst[0]->src = A("fe80::5");
	w->inst[0]->group_addr = A("ff02::12");
	w->inst[0]->addresses.v[0] = A("fe80::100");
	apply(w);
	run(w, 10 * VD_SEC);
	clear(w);
	hear(w, 0, "fe80::4", 100);
	TOLD(w, "0 lower 100, 0 advert 100");
	run(w, 500 * VD_MSEC);
	hear(w, 0, "fe80::1:0", 100);
	TOLD(w, "0 release, 0 BACKUP tie");
	world_close(w);
}

/* Two owners: the tie decides, nobody counts its priority down. */
static void
tie_of_owners(void)
{
	struct world *w = world();

	add(w, 0)->priority = 255;
	w->inst[0]->start_master = true;
	apply(w);
	run(w, 10 * VD_SEC);
	clear(w);
	hear(w, 0, BELOW, 255);
	TOLD(w, "0 lower 255, 0 advert 255");
	run(w, 500 * VD_MSEC);
	hear(w, 0, ABOVE, 255);
	TOLD(w, "0 release, 0 BACKUP tie");
	world_close(w);
}

/* Our own adverts, come back, are nobody's. */
static void
own_address_is_not_heard(void)
{
	struct world *w = master();

	CU_ASSERT_EQUAL(hear(w, 0, US, 255), VD_DROP_NO_LISTENER);
	TOLD(w, "");
	CU_ASSERT_EQUAL(status(w, 0).stats.adverts_received, 0);
	world_close(w);
}

static void
owner_ignore_adverts(void)
{
	struct world *w = world();

	add(w, 0)->priority = 255;
	w->inst[0]->start_master = true;
	w->inst[0]->owner_ignore_adverts = true;
	apply(w);
	run(w, 10 * VD_SEC);
	clear(w);
	hear(w, 0, ABOVE, 255);
	hear(w, 0, ABOVE, 0);
	hear(w, 0, ABOVE, 50);
	TOLD(w, "");
	world_close(w);
}

/* ---- lower adverts as MASTER (RFC 9568 6.4.3; RFC 3768: silence) ---- */

static struct world *
defender(bool no_advert)
{
	struct world *w = world();

	add(w, 0)->garp_lower_prio_repeat = 3;
	w->inst[0]->garp_lower_prio_delay = 5 * VD_SEC;
	w->inst[0]->garp_delay = 0;
	w->inst[0]->lower_prio_no_advert = no_advert;
	apply(w);
	run(w, 10 * VD_SEC);
	clear(w);
	return w;
}

static void
lower_is_answered_and_announced_against(void)
{
	struct world *w = defender(false);

	run(w, 100 * VD_MSEC);
	clear(w);
	hear(w, 0, ABOVE, 50);
	TOLD(w, "0 lower 50, 0 advert 100, 0 announce 3");
	w->quiet = true;
	run(w, 5 * VD_SEC - 1);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 0);
	run(w, 1);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 1);
	run(w, 60 * VD_SEC);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 1);
	world_close(w);
}

/* A rival that does not stop: told each time, announced once a second, and the delayed ones come all the same. */
static void
lower_again_and_again(void)
{
	struct world *w = defender(false);

	w->quiet = true;
	for (int k = 0; k < 60; k++) {
		hear(w, 0, ABOVE, 50);
		run(w, 200 * VD_MSEC);
	}
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_RX_LOWER], 60);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_SEND], 60);
	CU_ASSERT_TRUE(w->count[VD_VRRP_ACT_ANNOUNCE] >= 12 + 2);
	CU_ASSERT_TRUE(w->count[VD_VRRP_ACT_ANNOUNCE] <= 12 + 3);
	world_close(w);
}

static void
lower_storm_is_not_answered_with_one(void)
{
	struct world *w = master();

	for (int k = 0; k < 1000; k++)
		hear(w, 0, ABOVE, 50);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_SEND], 1);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_RX_LOWER], 1);
	world_close(w);
}

/* keepalived: without the advert, but told and announced, and the beat goes on. */
static void
lower_prio_no_advert(void)
{
	struct world *w = defender(true);
	vd_time beat = vd_vrrp_next(w->v);

	hear(w, 0, ABOVE, 50);
	TOLD(w, "0 lower 50, 0 announce 3");
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), beat);
	world_close(w);
}

static void
lower_announcements_end_with_master(void)
{
	struct world *w = defender(false);

	hear(w, 0, ABOVE, 50);
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
higher_prio_send_advert(void)
{
	struct world *w = world();

	add(w, 0)->higher_prio_send_advert = true;
	apply(w);
	run(w, 10 * VD_SEC);
	clear(w);
	hear(w, 0, ABOVE, 200);
	TOLD(w, "0 advert 100, 0 release, 0 BACKUP higher");
	world_close(w);
}

/* ---- what is refused ---- */

static void
refused_is_told_once_a_second(void)
{
	struct world *w = master();

	w->peer_ttl = 254;
	for (int k = 0; k < 10; k++) {
		hear(w, 0, ABOVE, 200);
		w->now += 100 * VD_MSEC;
	}
	TOLD(w, "0 refused ip_ttl_err");
	CU_ASSERT_EQUAL(status(w, 0).stats.errors[VD_VRRP_ERROR_TTL], 10);
	hear(w, 0, ABOVE, 200);
	TOLD(w, "0 refused ip_ttl_err");
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* RFC 9568 7.1: a VRID that is not configured on the interface is discarded. */
static void
nobodys_advert_is_dropped(void)
{
	struct world *w = backup();

	w->inst[0]->id.vrid++;
	CU_ASSERT_EQUAL(hear(w, 0, ABOVE, 200), VD_DROP_NO_LISTENER);
	w->inst[0]->id.vrid--;
	w->inst[0]->ifid++;
	CU_ASSERT_EQUAL(hear(w, 0, ABOVE, 200), VD_DROP_NO_LISTENER);
	w->inst[0]->ifid--;
	CU_ASSERT_EQUAL(hear(w, 0, ABOVE, 200), VD_PKT_OK);
	CU_ASSERT_NOT_EQUAL(vd_vrrp_rx(w->v, IF0, "short", 5, w->now, &out), VD_PKT_OK);
	CU_ASSERT_EQUAL(out.n, 0);
	world_close(w);
}

/* The list is not looked at when it is the master's that is known: by the first advert it is, and as MASTER always. */
static void
skip_check_adv_addr(void)
{
	struct world *w = world();
	uint64_t errors;

	add(w, 0)->skip_check_adv_addr = true;
	apply(w);
	clear(w);
	hear(w, 0, ABOVE, 200);
	w->peer_address = "192.0.2.77";
	errors = status(w, 0).stats.errors[VD_VRRP_ERROR_ADDR_LIST];
	hear(w, 0, ABOVE, 200);
	CU_ASSERT_EQUAL(status(w, 0).stats.errors[VD_VRRP_ERROR_ADDR_LIST], errors);
	CU_ASSERT_EQUAL(status(w, 0).stats.adverts_received, 2);
	world_close(w);
}

static struct world *
unicast(bool check, int16_t min_ttl, int16_t max_ttl)
{
	struct world *w = world();
	struct vd_vrrp_peer *p;

	add(w, 0)->id.unicast = true;
	w->inst[0]->check_unicast_src = check;
	p = vd_vec_add(&w->inst[0]->peers);
	p->addr = A(ABOVE);
	p->min_ttl = min_ttl;
	p->max_ttl = max_ttl;
	apply(w);
	clear(w);
	return w;
}

static void
check_unicast_src(void)
{
	struct world *w = unicast(true, -1, -1);

	hear(w, 0, "192.0.2.7", 200);
	TOLD(w, "0 refused unicast_err");
	hear(w, 0, ABOVE, 200);
	CU_ASSERT_EQUAL(status(w, 0).stats.adverts_received, 1);
	world_close(w);
	w = unicast(false, -1, -1);
	hear(w, 0, "192.0.2.7", 200);
	CU_ASSERT_EQUAL(status(w, 0).stats.adverts_received, 1);
	world_close(w);
}

static void
ttl_range_of_a_peer(void)
{
	struct world *w = unicast(false, 250, 253);
	static const uint8_t ttl[] = {249, 250, 253, 254};

	for (int k = 0; k < 4; k++) {
		w->peer_ttl = ttl[k];
		hear(w, 0, ABOVE, 200);
	}
	CU_ASSERT_EQUAL(status(w, 0).stats.adverts_received, 2);
	CU_ASSERT_EQUAL(status(w, 0).stats.errors[VD_VRRP_ERROR_UNICAST], 2);
	/* Of one that is not listed it is not looked at. */
	w->peer_ttl = 9;
	hear(w, 0, "192.0.2.7", 200);
	CU_ASSERT_EQUAL(status(w, 0).stats.adverts_received, 3);
	world_close(w);
}

static const struct vd_test tests[] = {
		VD_TEST(backup_follows_equal_and_higher),
		VD_TEST(backup_preempts_a_lower_master),
		VD_TEST(nopreempt_follows_any_master),
		VD_TEST(backup_takes_over_from_who_resigned),
		VD_TEST(backup_stays_when_another_took_over),
		VD_TEST(preempt_delay_starts_with_a_lower_master),
		VD_TEST(preempt_delay_is_cancelled_by_a_higher_master),
		VD_TEST(preempt_delay_does_not_delay_a_takeover),
		VD_TEST(interval_of_the_master_is_adopted),
		VD_TEST(interval_of_a_lower_router_is_not_adopted),
		VD_TEST(interval_is_adopted_by_who_yields),
		VD_TEST(interval_of_0_is_refused),
		VD_TEST(version_2_refuses_another_interval),
		VD_TEST(master_answers_priority_0),
		VD_TEST(master_yields_to_higher),
		VD_TEST(tie_goes_to_the_greater_address),
		VD_TEST(tie_of_ipv6),
		VD_TEST(tie_of_owners),
		VD_TEST(own_address_is_not_heard),
		VD_TEST(owner_ignore_adverts),
		VD_TEST(lower_is_answered_and_announced_against),
		VD_TEST(lower_again_and_again),
		VD_TEST(lower_storm_is_not_answered_with_one),
		VD_TEST(lower_prio_no_advert),
		VD_TEST(lower_announcements_end_with_master),
		VD_TEST(higher_prio_send_advert),
		VD_TEST(refused_is_told_once_a_second),
		VD_TEST(nobodys_advert_is_dropped),
		VD_TEST(skip_check_adv_addr),
		VD_TEST(check_unicast_src),
		VD_TEST(ttl_range_of_a_peer),
};

VD_TEST_MAIN("vrrp_rx", tests)
