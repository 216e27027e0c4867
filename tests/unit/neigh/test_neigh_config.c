/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

static void
reload_keeps_what_is_known(void)
{
	struct vd_addr gw = A("192.0.2.1"), rs = A("192.0.2.101"), fixed = A("192.0.2.50");
	struct vd_neigh_config *c = usual_config();
	struct vd_neigh_stats stats;
	struct world w;

	vd_neigh_config_want(c, IF0, &gw);
	vd_neigh_config_want(c, IF0, &rs);
	vd_neigh_config_static(c, IF0, &fixed, &other_mac);
	world_open(&w, c, 64, 0);
	rx_arp_reply(&w, "192.0.2.1", &host_mac);
	rx_arp_reply(&w, "192.0.2.101", &host_mac);
	vd_neigh_stats(w.n, &stats);
	CU_ASSERT_EQUAL(stats.wanted, 3);

	c = usual_config();
	vd_neigh_config_want(c, IF0, &gw);
	vd_neigh_config_want(c, IF0, &gw);
	vd_neigh_config_want(c, IF0, &fixed);
	swap(&w, c);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.1"), VD_NEIGH_STATE_REACHABLE);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.101"), VD_NEIGH_STATE_REACHABLE);
	/* Static until now, wanted from now on: its MAC is tried first. */
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.50"), VD_NEIGH_STATE_STALE);
	CU_ASSERT(mac_is(&w, "192.0.2.50", &other_mac));
	vd_neigh_stats(w.n, &stats);
	CU_ASSERT_EQUAL(stats.wanted, 2);
	CU_ASSERT_EQUAL(stats.dynamic, 1);
	tick_once(&w);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.50"), VD_NEIGH_STATE_PROBE);

	/* The real server that was removed goes once it is idle, the gateway stays. */
	for (int i = 0; i < 400; i++) {
		tick_until(&w, w.now + SEC);
		rx_arp_reply(&w, "192.0.2.1", &host_mac);
	}
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.101"), VD_NEIGH_STATE_EMPTY);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.1"), VD_NEIGH_STATE_REACHABLE);
	world_close(&w);
}

static void
dynamic_becomes_wanted(void)
{
	struct vd_addr rs = A("192.0.2.101");
	struct vd_neigh_config *c;
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	resolve(&w, "192.0.2.101");
	rx_arp_reply(&w, "192.0.2.101", &host_mac);
	c = usual_config();
	vd_neigh_config_want(c, IF0, &rs);
	swap(&w, c);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now);
	tick_once(&w);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.101"), VD_NEIGH_STATE_PROBE);
	CU_ASSERT(vd_neigh_word_usable(word_of(&w, "192.0.2.101")));
	world_close(&w);
}

static void
interface_takes_its_neighbours_along(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_addr there = A("10.9.0.1");
	struct world w;
	uint32_t idx;

	vd_neigh_config_interface(c, IF1, &our_mac, false);
	own(c, IF1, "10.9.0.11/16", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	vd_neigh_config_want(c, IF1, &there);
	world_open(&w, c, 64, 0);
	idx = vd_neigh_find(w.t, IF1, &there);
	CU_ASSERT_NOT_EQUAL(idx, VD_NEIGH_NONE);
	CU_ASSERT_EQUAL(vd_neigh_find(w.t, IF0, &there), VD_NEIGH_NONE);
	swap(&w, usual_config());
	CU_ASSERT_EQUAL(vd_neigh_find(w.t, IF1, &there), VD_NEIGH_NONE);
	CU_ASSERT_EQUAL(vd_neigh_resolve(w.n, IF1, &there, w.now, &w.out), VD_NEIGH_NONE);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

/* The sender of a request: of the target's prefix; else any of the port, link-local for IPv6. */
static void
picks_the_sender(void)
{
	static const struct {
		const char *target, *sender;
	} cases[] = {
			{"10.1.2.3", "10.1.0.1"},
			{"192.0.2.9", "192.0.2.11"},
			{"203.0.113.1", "10.1.0.1"},
			{"2001:db8::9", "2001:db8::11"},
			{"2001:db8:9::9", "fe80::11"},
			{"fe80::9", "fe80::11"},
	};
	struct vd_neigh_config *c = usual_config();
	struct world w;

	own(c, IF0, "10.1.0.1/16", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	world_open(&w, c, 64, 0);
	for (size_t i = 0; i < VD_ARRAY_LEN(cases); i++) {
		struct vd_addr want = A(cases[i].sender);
		const struct vd_neigh_action *act;
		struct vd_pkt_arp_msg arp;
		struct vd_pkt_nd_msg nd;

		resolve(&w, cases[i].target);
		act = only(&w, VD_NEIGH_ACT_SEND);
		if (vd_addr_is_v4(&want)) {
			CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
			CU_ASSERT(vd_addr_equal(&arp.sender, &want));
		} else {
			CU_ASSERT_EQUAL(vd_pkt_nd_parse(act->frame, act->len, &nd), VD_PKT_OK);
			CU_ASSERT(vd_addr_equal(&nd.src, &want));
		}
	}
	world_close(&w);
}

/* A port that has VIPs only asks as one that it serves; without any, as a probe. */
static void
asks_without_an_address_of_its_own(void)
{
	struct vd_neigh_config *c = vd_neigh_config_new();
	struct vd_addr vip = A("192.0.2.16");
	struct vd_pkt_arp_msg arp;
	const struct vd_neigh_action *act;
	struct world w;

	vd_neigh_config_interface(c, IF0, &our_mac, false);
	own(c, IF0, "192.0.2.16", VD_NEIGH_VIP, LEASE);
	world_open(&w, c, 64, 0);
	resolve(&w, "192.0.2.1");
	act = only(&w, VD_NEIGH_ACT_SEND);
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
	CU_ASSERT_EQUAL(vd_addr_v4(&arp.sender), 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	resolve(&w, "192.0.2.2");
	act = only(&w, VD_NEIGH_ACT_SEND);
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
	CU_ASSERT(vd_addr_equal(&arp.sender, &vip));
	/* IPv6 cannot ask without a source (that would be duplicate address detection). */
	resolve(&w, "2001:db8::1");
	CU_ASSERT(quiet(&w));
	world_close(&w);
}

/* Two instances hold the same address: it is served while either is master. */
static void
shared_by_two_leases(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;

	own(c, IF0, "192.0.2.16", VD_NEIGH_LOCAL, LEASE + 1);
	own(c, IF0, "192.0.2.16", VD_NEIGH_VIP, LEASE);
	own(c, IF1, "192.0.2.99", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	world_open(&w, c, 64, 0);
	rx_arp_request(&w, "192.0.2.1", &host_mac, "192.0.2.16");
	only(&w, VD_NEIGH_ACT_DROP);
	vd_neigh_lease_set(w.n, LEASE + 1, true);
	CU_ASSERT(vd_neigh_lease_get(w.n, LEASE + 1) && !vd_neigh_lease_get(w.n, LEASE));
	rx_arp_request(&w, "192.0.2.1", &host_mac, "192.0.2.16");
	only(&w, VD_NEIGH_ACT_SEND);
	/* Nobody resolves what is ours. */
	CU_ASSERT_EQUAL(resolve(&w, "192.0.2.16"), VD_NEIGH_NONE);
	world_close(&w);
}

static const struct vd_mac vmac = {{0, 0, 0x5e, 0, 1, 51}};
static const struct vd_mac vmac6 = {{0, 0, 0x5e, 0, 2, 51}};

/* The usual one, its VIPs with virtual MACs. */
static struct vd_neigh_config *
vmac_config(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_prefix vip = {.addr = A("192.0.2.16"), .len = 32};
	struct vd_prefix vip6 = {.addr = A("2001:db8::16"), .len = 128};

	/* The one without, from usual_config(), gives way. */
	vd_neigh_config_own_mac(c, IF0, &vip, VD_NEIGH_VIP, LEASE, &vmac);
	vd_neigh_config_own_mac(c, IF0, &vip6, VD_NEIGH_VIP, LEASE, &vmac6);
	return c;
}

static void
answers_with_the_virtual_mac(void)
{
	const struct vd_neigh_action *act;
	const struct vd_pkt_eth *eth;
	struct vd_pkt_arp_msg arp;
	struct vd_pkt_nd_msg nd;
	struct world w;

	world_open(&w, vmac_config(), 64, 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	rx_arp_request(&w, "192.0.2.1", &host_mac, "192.0.2.16");
	act = only(&w, VD_NEIGH_ACT_SEND);
	eth = (const void *)act->frame;
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
	CU_ASSERT(vd_mac_equal(&arp.sender_mac, &vmac) && vd_mac_equal(&eth->src, &vmac));
	/* The port's own address keeps the port's. */
	rx_arp_request(&w, "192.0.2.1", &host_mac, "192.0.2.11");
	act = only(&w, VD_NEIGH_ACT_SEND);
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
	CU_ASSERT(vd_mac_equal(&arp.sender_mac, &our_mac));
	rx_ns(&w, "2001:db8::1", &host_mac, "2001:db8::16");
	act = only(&w, VD_NEIGH_ACT_SEND);
	eth = (const void *)act->frame;
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(act->frame, act->len, &nd), VD_PKT_OK);
	CU_ASSERT(vd_mac_equal(&nd.lla, &vmac6) && vd_mac_equal(&eth->src, &vmac6));
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, LEASE, 1, 0, w.now), 2);
	tick_now(&w);
	CU_ASSERT_EQUAL_FATAL(w.out.n, 2);
	check_announcement_from(&w.out.v[0], "192.0.2.16", &vmac, false);
	check_announcement_from(&w.out.v[1], "2001:db8::16", &vmac6, false);
	world_close(&w);
}

/* A virtual MAC is ours while we hold the lease, and the other node's while that one does. */
static void
knows_its_virtual_macs(void)
{
	uint8_t f[VD_PKT_ARP_FRAME];
	struct vd_addr vip = A("192.0.2.16");
	struct world w;

	world_open(&w, vmac_config(), 64, 0);
	CU_ASSERT_EQUAL(rx_arp_request(&w, "192.0.2.16", &vmac, "192.0.2.11"), VD_NEIGH_RX_REQUEST);
	only(&w, VD_NEIGH_ACT_SEND);
	CU_ASSERT(mac_is(&w, "192.0.2.16", &vmac));
	CU_ASSERT_EQUAL(rx_ns(&w, "2001:db8::16", &vmac6, "2001:db8::11"), VD_NEIGH_RX_REQUEST);
	only(&w, VD_NEIGH_ACT_SEND);

	vd_neigh_lease_set(w.n, LEASE, true);
	vd_pkt_arp_gratuitous(f, &vmac, &vip);
	CU_ASSERT_EQUAL(rx(&w, f, sizeof(f)), VD_NEIGH_RX_DROPPED);
	only(&w, VD_NEIGH_ACT_DROP);
	CU_ASSERT_EQUAL(rx_arp_request(&w, "192.0.2.16", &vmac, "192.0.2.11"), VD_NEIGH_RX_DROPPED);
	only(&w, VD_NEIGH_ACT_DROP);
	CU_ASSERT_EQUAL(rx_na(&w, "2001:db8::16", &vmac6, VD_PKT_NA_OVERRIDE), VD_NEIGH_RX_DROPPED);
	only(&w, VD_NEIGH_ACT_DROP);
	CU_ASSERT_EQUAL(rx_ns(&w, "2001:db8::16", &vmac6, "2001:db8::11"), VD_NEIGH_RX_DROPPED);
	only(&w, VD_NEIGH_ACT_DROP);
	/* A rival with another MAC; the defence comes from ours. */
	vd_pkt_arp_gratuitous(f, &other_mac, &vip);
	rx(&w, f, sizeof(f));
	CU_ASSERT_EQUAL_FATAL(w.out.n, 2);
	check_announcement_from(&w.out.v[1], "192.0.2.16", &vmac, false);
	world_close(&w);
}

/* A port that has a virtual address only asks with that one's MAC, and takes the answer to it. */
static void
asks_with_the_virtual_mac(void)
{
	struct vd_neigh_config *c = vd_neigh_config_new();
	struct vd_prefix vip = {.addr = A("192.0.2.16"), .len = 32};
	const struct vd_neigh_action *act;
	const struct vd_pkt_eth *eth;
	struct vd_pkt_arp_msg arp;
	struct vd_addr gw = A("192.0.2.1");
	uint8_t f[VD_PKT_ARP_FRAME];
	struct world w;

	vd_neigh_config_interface(c, IF0, &our_mac, false);
	vd_neigh_config_own_mac(c, IF0, &vip, VD_NEIGH_VIP, LEASE, &vmac);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	resolve(&w, "192.0.2.1");
	act = only(&w, VD_NEIGH_ACT_SEND);
	eth = (const void *)act->frame;
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
	CU_ASSERT(vd_addr_equal(&arp.sender, &vip.addr));
	CU_ASSERT(vd_mac_equal(&arp.sender_mac, &vmac) && vd_mac_equal(&eth->src, &vmac));
	rx(&w, f, vd_pkt_arp_reply(f, &host_mac, &gw, &vmac, &vip.addr));
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.1"), VD_NEIGH_STATE_REACHABLE);
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(reload_keeps_what_is_known),
			VD_TEST(dynamic_becomes_wanted),
			VD_TEST(interface_takes_its_neighbours_along),
			VD_TEST(picks_the_sender),
			VD_TEST(asks_without_an_address_of_its_own),
			VD_TEST(shared_by_two_leases),
			VD_TEST(answers_with_the_virtual_mac),
			VD_TEST(knows_its_virtual_macs),
			VD_TEST(asks_with_the_virtual_mac),
	};

	return vd_test_main("neigh_config", tests, sizeof(tests) / sizeof(tests[0]));
}
