/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

static const char *const families[] = {"192.0.2.101", "2001:db8::101"};

static bool
is_v6(const char *who)
{
	return strchr(who, ':') != NULL;
}

/* The neighbour answers a request of ours. */
static void
answer(struct world *w, const char *who, const struct vd_mac *mac)
{
	if (is_v6(who))
		rx_na(w, who, mac, VD_PKT_NA_SOLICITED | VD_PKT_NA_OVERRIDE);
	else
		rx_arp_reply(w, who, mac);
}

/* Is it a request for who: to everybody, or to mac? */
static void
check_request(const struct vd_neigh_action *act, const char *who, const struct vd_mac *mac)
{
	const struct vd_pkt_eth *eth = (const void *)act->frame;
	struct vd_addr addr = A(who), group = vd_addr_solicited_node(&addr);
	struct vd_mac all = vd_mac_broadcast();
	struct vd_pkt_arp_msg arp;
	struct vd_pkt_nd_msg nd;

	CU_ASSERT_EQUAL(act->ifid, IF0);
	CU_ASSERT(vd_mac_equal(&eth->src, &our_mac));
	if (is_v6(who)) {
		struct vd_addr us = A("2001:db8::11");

		all = vd_pkt_group_mac(&group);
		CU_ASSERT_EQUAL(act->len, VD_PKT_ND_FRAME);
		CU_ASSERT_EQUAL(vd_pkt_nd_parse(act->frame, act->len, &nd), VD_PKT_OK);
		CU_ASSERT_EQUAL(nd.type, VD_PKT_ICMP6_NS);
		CU_ASSERT(vd_addr_equal(&nd.src, &us) && vd_addr_equal(&nd.target, &addr));
		CU_ASSERT(vd_addr_equal(&nd.dst, mac == NULL ? &group : &addr));
		CU_ASSERT(nd.has_lla && vd_mac_equal(&nd.lla, &our_mac));
	} else {
		struct vd_addr us = A("192.0.2.11");

		CU_ASSERT_EQUAL(act->len, VD_PKT_ARP_FRAME);
		CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
		CU_ASSERT_EQUAL(arp.op, VD_PKT_ARP_REQUEST);
		CU_ASSERT(vd_addr_equal(&arp.sender, &us) && vd_addr_equal(&arp.target, &addr));
		CU_ASSERT(vd_mac_equal(&arp.sender_mac, &our_mac));
	}
	CU_ASSERT(vd_mac_equal(&eth->dst, mac == NULL ? &all : mac));
}

static void
resolves_at_once(void)
{
	for (size_t f = 0; f < 2; f++) {
		const char *who = families[f];
		const struct vd_neigh_action *act;
		struct world w;
		uint32_t idx;

		world_open(&w, usual_config(), 64, 0);
		idx = resolve(&w, who);
		CU_ASSERT_NOT_EQUAL(idx, VD_NEIGH_NONE);
		check_request(only(&w, VD_NEIGH_ACT_SEND), who, NULL);
		CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_INCOMPLETE);
		CU_ASSERT_FALSE(vd_neigh_word_usable(word_of(&w, who)));
		/* Another worker asks meanwhile: nothing more is sent. */
		CU_ASSERT_EQUAL(resolve(&w, who), idx);
		CU_ASSERT(quiet(&w));
		w.now += VD_MSEC;
		answer(&w, who, &host_mac);
		act = only(&w, VD_NEIGH_ACT_RESOLVED);
		CU_ASSERT_EQUAL(act->idx, idx);
		CU_ASSERT(vd_mac_equal(&act->mac, &host_mac));
		CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_REACHABLE);
		CU_ASSERT(vd_neigh_word_usable(word_of(&w, who)) && mac_is(&w, who, &host_mac));
		/* A worker that asked before it saw the answer is told again. */
		resolve(&w, who);
		CU_ASSERT_EQUAL(only(&w, VD_NEIGH_ACT_RESOLVED)->idx, idx);
		world_close(&w);
	}
}

static void
gives_up_after_three_requests(void)
{
	const char *who = "192.0.2.101";
	struct world w;
	vd_time start;

	world_open(&w, usual_config(), 64, 0);
	start = w.now;
	resolve(&w, who);
	for (vd_time i = 1; i <= 2; i++) {
		tick_once(&w);
		CU_ASSERT_EQUAL(w.now, start + i * VD_NEIGH_RETRANS);
		check_request(only(&w, VD_NEIGH_ACT_SEND), who, NULL);
	}
	tick_once(&w);
	CU_ASSERT_EQUAL(w.now, start + 3 * VD_NEIGH_RETRANS);
	CU_ASSERT_EQUAL(only(&w, VD_NEIGH_ACT_FAILED)->reason, VD_DROP_NEIGHBOUR_TIMEOUT);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_FAILED);
	/* Asked again too early: no frame. A second later: another try. */
	resolve(&w, who);
	CU_ASSERT_NOT_EQUAL(only(&w, VD_NEIGH_ACT_FAILED)->idx, VD_NEIGH_NONE);
	w.now += VD_NEIGH_FAILED_RETRY;
	resolve(&w, who);
	check_request(only(&w, VD_NEIGH_ACT_SEND), who, NULL);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_INCOMPLETE);
	/* In vain: forgotten in the end. */
	tick_until(&w, w.now + 40 * SEC);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_EMPTY);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

/* One hour of a wanted neighbour that answers: usable at every moment, no action but probes. */
static void
keeps_wanted_ones_fresh(void)
{
	for (size_t f = 0; f < 2; f++) {
		const char *who = families[f];
		struct vd_neigh_config *c = usual_config();
		struct vd_addr addr = A(who);
		struct world w;
		vd_time end, last;
		unsigned int probes = 0;

		vd_neigh_config_want(c, IF0, &addr);
		world_open(&w, c, 64, 0);
		CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_INCOMPLETE);
		answer(&w, who, &host_mac);
		only(&w, VD_NEIGH_ACT_RESOLVED);
		end = w.now + 3600 * SEC;
		last = w.now;
		while (vd_neigh_next(w.n) < end) {
			tick_once(&w);
			CU_ASSERT_FATAL(vd_neigh_word_usable(word_of(&w, who)));
			check_request(only(&w, VD_NEIGH_ACT_SEND), who, &host_mac);
			CU_ASSERT(w.now - last >= 12 * SEC && w.now - last <= 42 * SEC);
			last = w.now;
			probes++;
			answer(&w, who, &host_mac);
			CU_ASSERT(quiet(&w));
		}
		CU_ASSERT(probes > 3600 / 42 && probes < 3600 / 12);
		world_close(&w);
	}
}

static void
probes_then_asks_all_then_fails_then_retries(void)
{
	const char *who = "2001:db8::101";
	struct vd_neigh_config *c = usual_config();
	struct vd_addr addr = A(who);
	struct world w;
	vd_time start;

	vd_neigh_config_want(c, IF0, &addr);
	world_open(&w, c, 64, 0);
	answer(&w, who, &host_mac);
	tick_once(&w);
	start = w.now;
	for (int i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(w.now, start + (vd_time)i * SEC);
		CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_PROBE);
		CU_ASSERT(vd_neigh_word_usable(word_of(&w, who)) && mac_is(&w, who, &host_mac));
		check_request(only(&w, VD_NEIGH_ACT_SEND), who, i < 3 ? &host_mac : NULL);
		tick_once(&w);
	}
	only(&w, VD_NEIGH_ACT_FAILED);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_FAILED);
	for (int i = 0; i < 100; i++) {
		vd_time before = w.now;

		tick_once(&w);
		CU_ASSERT(w.now - before >= SEC && w.now - before <= SEC + SEC / 4);
		check_request(only(&w, VD_NEIGH_ACT_SEND), who, NULL);
	}
	/* Whoever asks for it while it is down hears so, and no frame is sent. */
	resolve(&w, who);
	only(&w, VD_NEIGH_ACT_FAILED);
	answer(&w, who, &other_mac);
	only(&w, VD_NEIGH_ACT_RESOLVED);
	CU_ASSERT(mac_is(&w, who, &other_mac));
	world_close(&w);
}

static void
dynamic_ones_turn_stale_and_are_probed_at_use(void)
{
	const char *who = "192.0.2.101";
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	resolve(&w, who);
	answer(&w, who, &host_mac);
	tick_until(&w, w.now + 45 * SEC);
	CU_ASSERT(quiet(&w));
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_STALE);
	CU_ASSERT(vd_neigh_word_wants_use(word_of(&w, who)));
	use(&w, who);
	check_request(only(&w, VD_NEIGH_ACT_SEND), who, &host_mac);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_PROBE);
	CU_ASSERT(vd_neigh_word_usable(word_of(&w, who)));
	use(&w, who);
	CU_ASSERT(quiet(&w));
	answer(&w, who, &host_mac);
	CU_ASSERT(quiet(&w));
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_REACHABLE);
	/* Unused for five minutes. */
	tick_until(&w, w.now + VD_NEIGH_IDLE - SEC);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_STALE);
	tick_until(&w, w.now + 2 * SEC);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_EMPTY);
	world_close(&w);
}

static void
wanted_refreshes_do_not_fall_together(void)
{
	struct vd_neigh_config *c = usual_config();
	static unsigned int per_second[64];
	struct world w;
	vd_time start;

	for (uint32_t i = 0; i < 2000; i++) {
		struct vd_addr base = A("10.0.0.1"), addr = vd_addr_add(&base, i);

		vd_neigh_config_want(c, IF0, &addr);
	}
	world_open(&w, c, 4096, 0);
	w.now -= VD_NEIGH_ANNOUNCE_GAP * VD_NEIGH_ANNOUNCE_ROUNDS;
	start = w.now;
	for (uint32_t i = 0; i < 2000; i++) {
		struct vd_addr base = A("10.0.0.1"), addr = vd_addr_add(&base, i);
		uint8_t f[VD_PKT_ARP_FRAME];
		struct vd_addr us = A("192.0.2.11");

		CU_ASSERT_EQUAL(rx(&w, f, vd_pkt_arp_reply(f, &host_mac, &addr, &our_mac, &us)),
				VD_NEIGH_RX_REPLY);
		only(&w, VD_NEIGH_ACT_RESOLVED);
	}
	while (vd_neigh_next(w.n) < start + 43 * SEC) {
		struct vd_addr us = A("192.0.2.11"), who;
		uint8_t f[VD_PKT_ARP_FRAME];

		tick_once(&w);
		who = only(&w, VD_NEIGH_ACT_SEND)->addr;
		per_second[(w.now - start) / SEC]++;
		rx(&w, f, vd_pkt_arp_reply(f, &host_mac, &who, &our_mac, &us));
	}
	for (int i = 0; i < 12; i++)
		CU_ASSERT_EQUAL(per_second[i], 0);
	for (int i = 0; i < 43; i++)
		CU_ASSERT(per_second[i] < 200);
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(resolves_at_once),
			VD_TEST(gives_up_after_three_requests),
			VD_TEST(keeps_wanted_ones_fresh),
			VD_TEST(probes_then_asks_all_then_fails_then_retries),
			VD_TEST(dynamic_ones_turn_stale_and_are_probed_at_use),
			VD_TEST(wanted_refreshes_do_not_fall_together),
	};

	return vd_test_main("neigh_state", tests, sizeof(tests) / sizeof(tests[0]));
}
