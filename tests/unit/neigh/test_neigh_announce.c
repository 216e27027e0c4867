/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

#include <errno.h>

static void
check_announcement(const struct vd_neigh_action *act, const char *who, bool router)
{
	const struct vd_pkt_eth *eth = (const void *)act->frame;
	struct vd_addr addr = A(who), all = vd_pkt_all_nodes();
	struct vd_mac broadcast = vd_mac_broadcast(), group = vd_pkt_group_mac(&all);
	struct vd_pkt_arp_msg arp;
	struct vd_pkt_nd_msg nd;

	CU_ASSERT_EQUAL(act->kind, VD_NEIGH_ACT_SEND);
	CU_ASSERT(vd_mac_equal(&eth->src, &our_mac));
	if (vd_addr_is_v4(&addr)) {
		CU_ASSERT(vd_mac_equal(&eth->dst, &broadcast));
		CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
		CU_ASSERT_EQUAL(arp.op, VD_PKT_ARP_REQUEST);
		CU_ASSERT(vd_addr_equal(&arp.sender, &addr) && vd_addr_equal(&arp.target, &addr));
		CU_ASSERT(vd_mac_equal(&arp.sender_mac, &our_mac));
		CU_ASSERT(vd_mac_equal(&arp.target_mac, &broadcast));
	} else {
		CU_ASSERT(vd_mac_equal(&eth->dst, &group));
		CU_ASSERT_EQUAL(vd_pkt_nd_parse(act->frame, act->len, &nd), VD_PKT_OK);
		CU_ASSERT_EQUAL(nd.type, VD_PKT_ICMP6_NA);
		CU_ASSERT_EQUAL(nd.flags, VD_PKT_NA_OVERRIDE | (router ? VD_PKT_NA_ROUTER : 0));
		CU_ASSERT(vd_addr_equal(&nd.target, &addr) && vd_addr_equal(&nd.dst, &all));
		CU_ASSERT(nd.has_lla && vd_mac_equal(&nd.lla, &our_mac));
	}
}

static void
announces_a_lease_in_rounds(void)
{
	struct world w;
	vd_time start;

	world_open(&w, usual_config(), 64, 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	start = w.now;
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, LEASE, 5, 20 * VD_MSEC, w.now), 2);
	for (vd_time i = 0; i < 5; i++) {
		tick_once(&w);
		CU_ASSERT_EQUAL(w.now, start + i * 20 * VD_MSEC);
		CU_ASSERT_EQUAL_FATAL(w.out.n, 2);
		check_announcement(&w.out.v[0], "192.0.2.16", false);
		check_announcement(&w.out.v[1], "2001:db8::16", false);
	}
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, LEASE + 1, 5, SEC, w.now), 0);
	world_close(&w);
}

static void
stops_with_the_lease(void)
{
	struct vd_addr vip = A("192.0.2.16"), foreign = A("192.0.2.17");
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	CU_ASSERT_EQUAL(vd_neigh_announce(w.n, IF0, &vip, 1, 0, w.now), -ENOENT);
	CU_ASSERT_EQUAL(vd_neigh_announce(w.n, IF0, &foreign, 1, 0, w.now), -ENOENT);
	vd_neigh_lease_set(w.n, LEASE, true);
	CU_ASSERT_EQUAL(vd_neigh_announce(w.n, IF0, &vip, 3, SEC, w.now), 1);
	tick_once(&w);
	check_announcement(only(&w, VD_NEIGH_ACT_SEND), "192.0.2.16", false);
	vd_neigh_lease_set(w.n, LEASE, false);
	tick_once(&w);
	CU_ASSERT(quiet(&w));
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

static void
announces_an_interface_and_what_a_reload_adds(void)
{
	struct vd_neigh_config *c;
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	CU_ASSERT_EQUAL(vd_neigh_announce_interface(w.n, IF0, 1, 0, w.now), 3);
	CU_ASSERT_EQUAL(vd_neigh_announce_interface(w.n, IF1, 1, 0, w.now), 0);
	tick_once(&w);
	CU_ASSERT_EQUAL(w.out.n, 3);

	/* A round of the lease is under way when a reload adds an address to it. */
	vd_neigh_lease_set(w.n, LEASE, true);
	vd_neigh_announce_lease(w.n, LEASE, 2, SEC, w.now);
	tick_once(&w);
	c = usual_config();
	vd_neigh_config_interface(c, IF0, &our_mac, true);
	own(c, IF0, "192.0.2.20", VD_NEIGH_LOCAL, LEASE);
	swap(&w, c);
	for (int i = 0; i < VD_NEIGH_ANNOUNCE_ROUNDS; i++) {
		tick_once(&w);
		check_announcement(only(&w, VD_NEIGH_ACT_SEND), "192.0.2.20", true);
	}
	tick_once(&w);
	CU_ASSERT_EQUAL_FATAL(w.out.n, 2);
	check_announcement(&w.out.v[0], "192.0.2.16", true);
	check_announcement(&w.out.v[1], "2001:db8::16", true);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

/* A thousand addresses and room for eight actions: all come out, in order, nothing twice. */
static void
paces_by_the_room_there_is(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;
	uint32_t seen = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		struct vd_addr base = A("198.51.100.0");
		struct vd_prefix p = {.addr = vd_addr_add(&base, i), .len = 32};

		vd_neigh_config_own(c, IF0, &p, VD_NEIGH_VIP, 9);
	}
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, 9, true);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, 9, 1, 0, w.now), 1000);
	w.out.cap = 8;
	while (vd_neigh_next(w.n) <= w.now) {
		w.out.n = 0;
		vd_neigh_tick(w.n, w.now, &w.out);
		CU_ASSERT_FATAL(w.out.n > 0 && w.out.n <= 8);
		for (uint32_t i = 0; i < w.out.n; i++) {
			struct vd_addr base = A("198.51.100.0"), want = vd_addr_add(&base, seen++);

			CU_ASSERT(vd_addr_equal(&w.out.v[i].addr, &want));
		}
	}
	CU_ASSERT_EQUAL(seen, 1000);
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(announces_a_lease_in_rounds),
			VD_TEST(stops_with_the_lease),
			VD_TEST(announces_an_interface_and_what_a_reload_adds),
			VD_TEST(paces_by_the_room_there_is),
	};

	return vd_test_main("neigh_announce", tests, sizeof(tests) / sizeof(tests[0]));
}
