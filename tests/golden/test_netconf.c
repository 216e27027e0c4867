/* SPDX-License-Identifier: BSD-3-Clause */
#include "golden.h"

/* A new network configuration, while connections live. */

#define SYN VD_PKT_TCP_SYN
#define ACK VD_PKT_TCP_ACK

/* How a connection's next hop is marked: changes when it is looked up anew. */
static uint8_t
hop_mark(const struct g_packet *p)
{
	const struct vd_conn_table *t = vd_dp_worker_conns(g_worker);
	struct vd_conn_key k = {.src = p->src, .dst = p->dst, .protocol = VD_PROTOCOL_TCP};
	uint32_t ref;

	k.sport_be = vd_pkt_swap16(p->sport);
	k.dport_be = vd_pkt_swap16(p->dport);
	ref = vd_conn_lookup(t, &k, vd_conn_hash(t, &k));
	CU_ASSERT_FATAL(ref != VD_CONN_NONE);
	return vd_conn_at(t, ref)->neigh_gen[VD_CONN_IN];
}

/* Addresses alone do not make connections look for their next hops again; routes do. */
static void
netconf_with_the_same_routes(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);
	struct g_options ports = {.local_lo = 20000, .local_hi = 25000};
	struct g_options routes = {.other_gateway = true};
	struct vd_dp_event e = {.type = VD_DP_EVENT_NETCONF};
	struct vd_dp_netconf *n[2] = {g_netconf_build(&ports, 2), g_netconf_build(&routes, 3)};
	struct g_frame f;
	uint8_t mark = 0;

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &f));
	for (int i = 0; i < 3; i++) {
		if (i > 0) {
			e.netconf = n[i - 1];
			g_post(&e);
		}
		g_send(&p);
		g_run();
		CU_ASSERT(g_get(1, &f));
		if (i == 1)
			CU_ASSERT_EQUAL(hop_mark(&p), mark);
		if (i == 2)
			CU_ASSERT_NOT_EQUAL(hop_mark(&p), mark);
		mark = hop_mark(&p);
	}
	g_stop();
	for (int i = 0; i < 2; i++)
		vd_dp_netconf_free(n[i]);
}

static void
new_netconf(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN), answer, want;
	struct g_options o = {.local_lo = 20000, .local_hi = 29999, .other_gateway = true};
	struct vd_dp_event e = {.type = VD_DP_EVENT_NETCONF};
	struct vd_dp_netconf *n;
	struct vd_pkt_info info;
	struct vd_addr gw;
	struct g_frame f;

	g_start(NULL);
	CU_ASSERT_EQUAL(vd_dp_worker_netconf_ack(g_worker), 1);
	p.src = g_addr("10.1.2.3");
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	answer = g_answer(&info, SYN | ACK);
	g_send(&answer);
	g_run();
	gw = g_addr("192.0.2.254");
	want = answer;
	want.port = 0;
	want.src = p.dst;
	want.dst = p.src;
	want.sport = p.dport;
	want.dport = p.sport;
	want.eth_dst = g_host_mac(&gw);
	CU_ASSERT(g_expect(&want, &info));
	n = g_netconf_build(&o, 2);
	e.netconf = n;
	g_post(&e);
	CU_ASSERT_EQUAL(vd_dp_worker_netconf_ack(g_worker), 2);
	g_send(&answer);
	g_run();
	gw = g_addr("192.0.2.253");
	want.eth_dst = g_host_mac(&gw);
	CU_ASSERT(g_expect(&want, &info));
	g_stop();
	vd_dp_netconf_free(n);
}

static const struct vd_test tests[] = {
		VD_TEST(new_netconf),
		VD_TEST(netconf_with_the_same_routes),
};

G_MAIN("golden/netconf", tests)
