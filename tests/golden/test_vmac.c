/* SPDX-License-Identifier: BSD-3-Clause */
#include "golden.h"

/* Virtual MACs of interface 0: one with lease 0, which the FULLNAT VIPs have too, and one with lease 1. */

#define SYN VD_PKT_TCP_SYN
#define ACK VD_PKT_TCP_ACK

static const enum g_service served[] = {G_FNAT4_TCP, G_FNAT6_TCP, G_FNAT4_UDP, G_FNAT6_UDP};

/* The same as a frame to the interface's own MAC, both families, first packet and later ones. */
static void
served_while_the_lease_runs(void)
{
	struct vd_pkt_info got, info;
	struct g_packet want;
	struct g_frame f;

	for (size_t i = 0; i < VD_ARRAY_LEN(served); i++) {
		struct g_packet p = g_to_service(served[i], 0, 40000, SYN);

		g_start(NULL);
		p.eth_dst = g_vmac[0];
		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(g_get(1, &f));
		CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &got), VD_PKT_OK);
		CU_ASSERT_EQUAL(g_conns(), 1);
		p.flags = ACK;
		p.payload = 300;
		g_send(&p);
		g_run();
		want = p;
		want.port = 1;
		want.eth_dst = (struct vd_mac){{0}};
		want.src = got.src;
		want.dst = got.dst;
		want.sport = got.src_port;
		want.dport = got.dst_port;
		CU_ASSERT(g_expect(&want, &info));
		CU_ASSERT_EQUAL(g_drops_total(), 0);
		CU_ASSERT(g_idle());
		g_stop();
	}
}

static void
dropped_without_the_lease(void)
{
	struct g_frame f;

	for (size_t i = 0; i < VD_ARRAY_LEN(served); i++) {
		struct g_packet p = g_to_service(served[i], 0, 40000, SYN), always;

		g_start(NULL);
		p.eth_dst = g_vmac[0];
		g_lease(0, g_now + 10 * VD_MSEC);
		g_send(&p);
		g_run();
		CU_ASSERT(g_get(1, &f));
		g_advance(20 * VD_MSEC);
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
		/* The MAC decides, whatever the address would say. */
		always = g_to_service(g_is_v6(served[i]) ? G_NAT6_TCP : G_NAT4_TCP, 0, 40000, SYN);
		always.eth_dst = g_vmac[0];
		g_send(&always);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
		always.proto = g_is_v6(served[i]) ? VD_PKT_PROTO_ICMP6 : VD_PKT_PROTO_ICMP;
		always.flags = g_is_v6(served[i]) ? VD_PKT_ICMP6_ECHO : VD_PKT_ICMP_ECHO;
		g_send(&always);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
		/* The interface's own MAC needs no lease. */
		always.eth_dst = g_mac[0];
		g_send(&always);
		g_run();
		CU_ASSERT(g_get(0, &f));
		g_lease(0, VD_TIME_NEVER);
		g_send(&p);
		g_run();
		CU_ASSERT(g_get(1, &f));
		CU_ASSERT(g_idle());
		g_stop();
	}
}

/* Another router's virtual MAC, ours on another interface, and each lease for its own MAC only. */
static void
not_ours(void)
{
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);
	struct vd_mac mac = g_vmac[0];
	struct g_frame f;

	g_start(NULL);
	for (unsigned int vrid = 0; vrid <= UINT8_MAX; vrid++) {
		if (vrid == g_vmac[0].b[5])
			continue;
		mac.b[5] = (uint8_t)vrid;
		p.eth_dst = mac;
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_NOT_FOR_US));
	}
	p.eth_dst = g_vmac[0];
	p.port = 1;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_FOR_US));
	p.port = 0;
	p.vlan = 100;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_FOR_US));
	p.vlan = 0;
	p.eth_dst = g_vmac[1];
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	g_lease(1, VD_TIME_NEVER);
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &f));
	CU_ASSERT(g_idle());
	g_stop();
}

/* A VIP's port without service is for the host, whose tap knows the interface's MAC only. */
static void
punted(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);
	uint8_t frame[G_FRAME_MAX];
	struct g_frame f;
	uint16_t len;

	g_start(NULL);
	p.dport = 22;
	len = g_build(&p, frame);
	p.eth_dst = g_vmac[0];
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL_FATAL(g_up(VD_DP_UP_PUNT, &f), 0);
	CU_ASSERT_EQUAL(f.len, len);
	CU_ASSERT_EQUAL(memcmp(f.data, frame, len), 0);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* Questions to all, and to the solicited-node group, are heard whatever the leases; those to the MAC with it. */
static void
neighbour_questions(void)
{
	static const struct vd_mac asker = {{2, 0x10, 0, 0, 2, 99}};
	struct vd_addr from = g_addr("192.0.2.99"), vip = g_addr("192.0.2.101");
	struct vd_addr from6 = g_addr("2001:db8:1::99"), vip6 = g_addr("2001:db8:1::101");
	struct vd_mac all = vd_mac_broadcast();
	const struct vd_dp_counters *c;
	uint8_t frame[VD_PKT_ND_FRAME + VD_PKT_ARP_FRAME];
	uint64_t before;

	g_start(NULL);
	g_run();
	c = vd_dp_worker_counters(g_worker);
	g_lease(0, 1);
	before = c->up[VD_DP_UP_NEIGH];
	g_put(0, frame, (uint16_t)vd_pkt_arp_request(frame, &asker, &from, &vip, &all));
	g_put(0, frame, (uint16_t)vd_pkt_nd_solicit(frame, &asker, &from6, &vip6, NULL));
	g_run();
	CU_ASSERT_EQUAL(c->up[VD_DP_UP_NEIGH], before + 2);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_put(0, frame, (uint16_t)vd_pkt_arp_request(frame, &asker, &from, &vip, &g_vmac[0]));
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	g_put(0, frame, (uint16_t)vd_pkt_nd_solicit(frame, &asker, &from6, &vip6, &g_vmac[0]));
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	g_lease(0, VD_TIME_NEVER);
	g_put(0, frame, (uint16_t)vd_pkt_arp_request(frame, &asker, &from, &vip, &g_vmac[0]));
	g_run();
	CU_ASSERT_EQUAL(c->up[VD_DP_UP_NEIGH], before + 3);
	CU_ASSERT_EQUAL(g_drops_total(), 2);
	g_stop();
}

/* Many of them, on many interfaces: each has its own lease. */
static void
many(void)
{
	struct vd_dp_netconf *n = vd_dp_netconf_new();
	struct vd_dp_iface f = {.mtu = 1500, .mac = g_mac[0]};
	struct vd_dp_event e = {.type = VD_DP_EVENT_NETCONF, .netconf = n};
	struct vd_mac mac = g_vmac[0], wrong = vd_mac_broadcast(), zero = {{0}};
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, 0);

	for (uint16_t i = 0; i < 4; i++) {
		f.vlan = i;
		CU_ASSERT_EQUAL(vd_dp_netconf_add_iface(n, &f), i);
		for (unsigned int vrid = 1; vrid <= UINT8_MAX; vrid++) {
			mac.b[5] = (uint8_t)vrid;
			CU_ASSERT_EQUAL(vd_dp_netconf_add_mac(n, i, &mac, i * 256 + vrid), 0);
		}
	}
	CU_ASSERT_EQUAL(vd_dp_netconf_add_mac(n, 3, &mac, 0), -EEXIST);
	CU_ASSERT_EQUAL(vd_dp_netconf_add_mac(n, 4, &mac, 0), -EINVAL);
	CU_ASSERT_EQUAL(vd_dp_netconf_add_mac(n, 0, &wrong, 0), -EINVAL);
	CU_ASSERT_EQUAL(vd_dp_netconf_add_mac(n, 0, &zero, 0), -EINVAL);
	wrong.b[0] = 2;
	CU_ASSERT_EQUAL(vd_dp_netconf_add_mac(n, 0, &wrong, VD_DP_LEASE_MAX), -EINVAL);
	CU_ASSERT_EQUAL(vd_dp_netconf_add_mac(n, 0, &wrong, VD_DP_LEASE_ALWAYS), 0);
	CU_ASSERT_EQUAL(vd_dp_netconf_finish(n, 2), 0);
	g_start(NULL);
	g_lease(0, 1);
	g_post(&e);
	g_lease(2 * 256 + 77, VD_TIME_NEVER);
	p.proto = VD_PKT_PROTO_ICMP;
	p.flags = VD_PKT_ICMP_ECHO;
	p.dst = g_addr("10.9.9.9"); /* past the MAC it is the host's, which has no tap here */
	for (uint16_t i = 0; i < 4; i++)
		for (unsigned int vrid = 1; vrid <= UINT8_MAX; vrid++) {
			mac.b[5] = (uint8_t)vrid;
			p.eth_dst = mac;
			p.vlan = i;
			g_send(&p);
			g_run();
			CU_ASSERT(g_dropped(i == 2 && vrid == 77 ? VD_DROP_NO_PUNT
								 : VD_DROP_NOT_MASTER));
		}
	p.eth_dst = wrong;
	p.vlan = 0;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NO_PUNT));
	g_stop();
	vd_dp_netconf_free(n);
}

static const struct vd_test tests[] = {
		VD_TEST(served_while_the_lease_runs),
		VD_TEST(dropped_without_the_lease),
		VD_TEST(not_ours),
		VD_TEST(punted),
		VD_TEST(neighbour_questions),
		VD_TEST(many),
};

G_MAIN("golden/vmac", tests)
