/* SPDX-License-Identifier: BSD-3-Clause */
#include "golden.h"

/* What is not balanced (ARP, ND, echo, VRRP, the host's packets), next hops, servers that go, questions of main. */

#define SYN VD_PKT_TCP_SYN
#define ACK VD_PKT_TCP_ACK
#define RST VD_PKT_TCP_RST

static void
drain_frames(void)
{
	struct g_frame f;

	for (uint8_t p = 0; p < G_PORTS; p++)
		while (g_get(p, &f))
			;
}

/* A request for a VIP is answered with the port's MAC while its lease lasts; not on another interface. */
static void
arp(void)
{
	static const struct vd_mac asker = {{2, 0x10, 0, 0, 2, 99}};
	struct vd_addr from = g_addr("192.0.2.99"), vip = g_addr("192.0.2.100");
	struct vd_mac all = vd_mac_broadcast();
	struct vd_pkt_arp_msg msg;
	uint8_t frame[VD_PKT_ARP_FRAME];
	struct rte_mbuf *m;
	uint64_t neigh;
	uint16_t len;

	g_start(NULL);
	g_run();
	neigh = vd_dp_worker_counters(g_worker)->up[VD_DP_UP_NEIGH];
	len = (uint16_t)vd_pkt_arp_request(frame, &asker, &from, &vip, &all);
	g_put(0, frame, len);
	/* By hand: the hosts of the scene would swallow the reply. */
	CU_ASSERT_EQUAL(vd_dp_worker_poll(g_worker, g_now), 1);
	CU_ASSERT_EQUAL(vd_dp_worker_up(g_worker, VD_DP_UP_NEIGH, &m, 1), 1);
	CU_ASSERT_EQUAL(vd_dp_mbuf_ifid(m), 0);
	g_mbuf_free(m);
	g_put(0, frame, len);
	g_run();
	CU_ASSERT_FATAL(g_last_arp_reply(&msg));
	CU_ASSERT(vd_addr_equal(&msg.sender, &vip));
	CU_ASSERT(vd_mac_equal(&msg.sender_mac, &g_mac[0]));
	CU_ASSERT(vd_mac_equal(&msg.target_mac, &asker));
	g_lease(0, 1);
	g_put(0, frame, len);
	g_run();
	CU_ASSERT_FALSE(g_last_arp_reply(&msg));
	CU_ASSERT_EQUAL(vd_dp_worker_counters(g_worker)->up[VD_DP_UP_NEIGH], neigh + 3);
	g_stop();
}

static void
neighbour_discovery(void)
{
	static const struct vd_mac asker = {{2, 0x10, 0, 0, 2, 99}};
	struct vd_addr from = g_addr("2001:db8:1::99"), vip = g_addr("2001:db8:1::100");
	uint8_t frame[VD_PKT_ND_FRAME];
	struct rte_mbuf *m;

	g_start(NULL);
	g_run();
	g_put(0, frame, (uint16_t)vd_pkt_nd_solicit(frame, &asker, &from, &vip, NULL));
	vd_dp_worker_poll(g_worker, g_now);
	CU_ASSERT_EQUAL_FATAL(vd_dp_worker_up(g_worker, VD_DP_UP_NEIGH, &m, 1), 1);
	g_mbuf_free(m);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

static void
echo(void)
{
	static const enum g_service all[] = {G_FNAT4_TCP, G_FNAT6_TCP};
	struct g_packet p, want;
	struct vd_pkt_info info;

	g_start(NULL);
	for (size_t i = 0; i < VD_ARRAY_LEN(all); i++) {
		for (uint16_t n = 0; n < 50; n++) {
			bool v6 = g_is_v6(all[i]);

			p = g_to_service(all[i], 0, 0x1234, 0);
			p.proto = v6 ? VD_PKT_PROTO_ICMP6 : VD_PKT_PROTO_ICMP;
			p.flags = v6 ? VD_PKT_ICMP6_ECHO : VD_PKT_ICMP_ECHO;
			p.payload = (uint16_t)(n * 29);
			if (n % 2 == 1 && !v6) {
				p.vlan = 100;
				p.src = g_addr("203.0.113.4");
			}
			g_send(&p);
			g_run();
			want = p;
			want.src = p.dst;
			want.dst = p.src;
			want.flags = v6 ? VD_PKT_ICMP6_ECHO_REPLY : VD_PKT_ICMP_ECHO_REPLY;
			want.ttl = VD_PKT_REPLY_TTL;
			CU_ASSERT(g_expect(&want, &info));
			CU_ASSERT_EQUAL(info.icmp_type, want.flags);
		}
	}
	CU_ASSERT_EQUAL(vd_dp_worker_counters(g_worker)->echo_sent, 100);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* Unchanged, tag and all, with the interface they came by. */
static void
punt(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);
	uint8_t frame[G_FRAME_MAX];
	struct g_frame f;
	uint16_t len;

	g_start(NULL);
	/* The host's own address, a VIP port without service, a foreign address, and other protocols. */
	p.dst = g_addr("192.0.2.1");
	len = g_build(&p, frame);
	g_put(0, frame, len);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, &f), 0);
	CU_ASSERT_EQUAL(f.len, len);
	CU_ASSERT_EQUAL(memcmp(f.data, frame, len), 0);
	p.dst = g_addr("203.0.113.1");
	p.src = g_addr("203.0.113.2");
	p.vlan = 100;
	len = g_build(&p, frame);
	g_put(0, frame, len);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, &f), 2);
	CU_ASSERT_EQUAL(f.len, len);
	CU_ASSERT_EQUAL(memcmp(f.data, frame, len), 0);
	p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);
	p.dport = 22;
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
	p.dst = g_addr("10.9.9.9");
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
	p.dst = g_addr("192.0.2.1");
	p.proto = VD_PKT_PROTO_ICMP;
	p.flags = VD_PKT_ICMP_ECHO;
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
	/* A VIP with a lease of its own and no service. */
	g_lease(1, VD_TIME_NEVER);
	p = g_to_service(G_FNAT4_TCP, 0, 40000, ACK);
	p.dst = g_addr("192.0.2.110");
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
	/* Broadcast. */
	p.proto = VD_PKT_PROTO_UDP;
	p.dst = g_addr("255.255.255.255");
	p.eth_dst = vd_mac_broadcast();
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	CU_ASSERT(g_idle());
	CU_ASSERT_EQUAL(g_conns(), 0);
	g_stop();
}

static void
vrrp(void)
{
	struct vd_addr group4 = g_addr("224.0.0.18"), group6 = g_addr("ff02::12");
	struct g_packet p = {.src = g_addr("192.0.2.2"), .dst = group4, .proto = 112, .ttl = 255};

	g_start(NULL);
	p.eth_dst = vd_pkt_group_mac(&group4);
	p.payload = 12;
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), 0);
	p.src = g_addr("fe80::2");
	p.dst = group6;
	p.eth_dst = vd_pkt_group_mac(&group6);
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), 0);
	p = (struct g_packet){.src = g_addr("192.0.2.2"), .dst = g_addr("192.0.2.1"), .proto = 112};
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), 0);
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), -1);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* Whatever group is configured, behind AH or not, from a peer or looped back: to control, and never to the host. */
static void
vrrp_any_group(void)
{
	static const struct vd_mac own_vmac = {{0, 0, 0x5e, 0, 1, 51}};
	static const char *const groups[] = {"224.0.0.18", "224.0.0.99", "239.1.2.3", "ff02::12",
			"ff02::77", "ff05::1:3"};
	static const uint8_t protos[] = {VD_PKT_PROTO_VRRP, VD_PKT_PROTO_AH};

	g_start(NULL);
	for (size_t i = 0; i < VD_ARRAY_LEN(groups); i++) {
		struct vd_addr group = g_addr(groups[i]);
		bool v6 = !vd_addr_is_v4(&group);

		for (size_t k = 0; k < VD_ARRAY_LEN(protos); k++) {
			struct g_packet p = {.src = g_addr(v6 ? "fe80::2" : "192.0.2.2"),
					.dst = group,
					.proto = protos[k],
					.flags = VD_PKT_PROTO_VRRP, /* AH's next header */
					.ttl = 255,
					.payload = 28};

			p.eth_dst = vd_pkt_group_mac(&group);
			g_send(&p);
			g_run();
			CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), 0);
			p.eth_src = own_vmac;
			g_send(&p);
			p.eth_src = g_mac[0];
			g_send(&p);
			g_run();
			CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), 0);
			CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), 0);
			CU_ASSERT_EQUAL(g_drops_total(), 0);
			p.fragment = VD_PKT_IP4_MF;
			p.payload = 32;
			g_send(&p);
			g_run();
			CU_ASSERT(g_dropped(VD_DROP_FRAGMENT));
			g_stop();
			g_start(NULL);
		}
	}
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), -1);
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), -1);
	g_stop();
}

/* AH around anything else is the host's, and so is a group's packet of another protocol. */
static void
not_vrrp(void)
{
	struct vd_addr group = g_addr("224.0.0.18");
	struct g_packet p = {.src = g_addr("192.0.2.2"),
			.dst = group,
			.proto = VD_PKT_PROTO_AH,
			.flags = 89,
			.payload = 28};

	g_start(NULL);
	p.eth_dst = vd_pkt_group_mac(&group);
	g_send(&p);
	p.proto = 89;
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), -1);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* Other rings that are full take no place from it, and its own says so when it is. */
static void
vrrp_beside_floods(void)
{
	struct vd_addr group = g_addr("224.0.0.18");
	struct g_packet p = {.src = g_addr("192.0.2.2"), .dst = group, .proto = 112, .ttl = 255};
	struct g_packet host = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);
	struct g_options o = {.punt_rate = 100000000};

	g_start(&o);
	p.eth_dst = vd_pkt_group_mac(&group);
	host.dst = g_addr("192.0.2.1");
	for (unsigned int i = 0; i < 1100; i++)
		g_send(&host);
	g_run();
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RING_FULL), 1100 - 1023);
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_VRRP, NULL), 0);
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RING_FULL), 1100 - 1023);
	for (unsigned int i = 0; i < 1024; i++)
		g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RING_FULL), 1100 - 1023 + 1);
	g_stop();
}

/* Control is woken once for a burst with VRRP packets in it, and for nothing else. */
static void
vrrp_wakes(void)
{
	struct vd_addr group = g_addr("224.0.0.18");
	struct g_packet p = {.src = g_addr("192.0.2.2"), .dst = group, .proto = 112, .ttl = 255};
	struct g_packet other = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);

	g_start(NULL);
	p.eth_dst = vd_pkt_group_mac(&group);
	CU_ASSERT_EQUAL(g_wakes, 0);
	for (int i = 0; i < 5; i++)
		g_send(&p);
	vd_dp_worker_poll(g_worker, g_now);
	CU_ASSERT_EQUAL(g_wakes, 1);
	g_send(&other);
	other.dst = g_addr("192.0.2.1");
	g_send(&other);
	g_run();
	CU_ASSERT_EQUAL(g_wakes, 1);
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_wakes, 2);
	while (g_get(1, &(struct g_frame){0}))
		;
	g_stop();
}

/* Packets wait for the answer, then leave in order. */
static void
hold_and_release(void)
{
	struct g_options o = {.silent_hosts = true};
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);
	struct vd_pkt_info info;
	struct g_frame f;

	g_start(&o);
	for (uint16_t i = 0; i < 5; i++) {
		p.payload = i;
		g_send(&p);
		g_run();
	}
	CU_ASSERT(g_idle());
	CU_ASSERT_EQUAL(vd_dp_worker_counters(g_worker)->held, 5);
	g_silent = false;
	g_advance(1500 * VD_MSEC); /* the engine asks again after a second */
	for (uint16_t i = 0; i < 5; i++) {
		CU_ASSERT_FATAL(g_get(1, &f));
		CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
		CU_ASSERT_EQUAL(info.l4_len, 20 + i);
	}
	CU_ASSERT(g_idle());
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* A server's new MAC is used by connections that live. */
static void
neighbour_moves(void)
{
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN), want;
	uint8_t frame[VD_PKT_ARP_FRAME];
	struct vd_pkt_info info, first;
	struct vd_mac mac;
	struct g_frame f;

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &first), VD_PKT_OK);
	g_host_move(&first.dst);
	mac = g_host_mac(&first.dst);
	g_put(1, frame, (uint16_t)vd_pkt_arp_gratuitous(frame, &mac, &first.dst));
	g_run();
	p.flags = ACK;
	p.payload = 9;
	g_send(&p);
	g_run();
	want = p;
	want.port = 1;
	want.dst = first.dst;
	want.dport = 8080;
	want.eth_dst = mac;
	CU_ASSERT(g_expect(&want, &info));
	g_stop();
}

/* Down without inhibit: the client's next segment is answered by RST; a server's becomes one. */
static void
server_gone(void)
{
	static const enum g_service all[] = {G_FNAT4_TCP, G_FNAT6_TCP};
	struct g_packet p, answer, want;
	struct vd_pkt_info got, info;
	struct g_frame f;

	for (size_t i = 0; i < VD_ARRAY_LEN(all); i++) {
		g_start(NULL);
		p = g_to_service(all[i], 0, 40000, SYN);
		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(g_get(1, &f));
		CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &got), VD_PKT_OK);
		g_server_flags(all[i], 0, VD_LB_SERVER_DOWN | VD_LB_SERVER_GONE);
		p.flags = ACK;
		p.ack = 555;
		p.payload = 50;
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_REAL_SERVER_GONE));
		CU_ASSERT_EQUAL(g_conns(), 0);
		want = p;
		want.src = p.dst;
		want.dst = p.src;
		want.sport = p.dport;
		want.dport = p.sport;
		want.flags = RST;
		want.payload = 0;
		want.ttl = VD_PKT_REPLY_TTL;
		CU_ASSERT(g_expect(&want, &info));
		/* The other way. */
		g_server_flags(all[i], 0, 0);
		p = g_to_service(all[i], 0, 40001, SYN);
		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(g_get(1, &f));
		CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &got), VD_PKT_OK);
		for (unsigned int k = 0; k < G_SERVERS; k++)
			g_server_flags(all[i], k, VD_LB_SERVER_GONE);
		answer = g_answer(&got, ACK);
		answer.payload = 1000;
		g_send(&answer);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_REAL_SERVER_GONE));
		want = answer;
		want.port = 0;
		want.src = p.dst;
		want.dst = p.src;
		want.sport = p.dport;
		want.dport = p.sport;
		want.flags = RST | ACK;
		want.payload = 0;
		CU_ASSERT(g_expect(&want, &info));
		CU_ASSERT_EQUAL(g_conns(), 0);
		CU_ASSERT(g_idle());
		g_stop();
	}
}

/* A client that comes back by a port it had used with a server that is gone now: its SYN begins anew elsewhere. */
static void
server_gone_syn(void)
{
	struct vd_pkt_info first, second;
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);
	struct g_frame f;

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &first), VD_PKT_OK);
	g_server_flags(G_FNAT4_TCP, 0, VD_LB_SERVER_GONE);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &second), VD_PKT_OK);
	CU_ASSERT_FALSE(vd_addr_equal(&first.dst, &second.dst));
	CU_ASSERT_EQUAL(g_conns(), 1);
	CU_ASSERT_FALSE(g_get(0, &f));
	g_stop();
}

/* UDP of a server that is gone finds another one; drained and down servers keep what they have. */
static void
server_down(void)
{
	struct g_packet p = g_to_service(G_NAT4_UDP, 0, 40000, 0);
	struct vd_pkt_info first, info;
	struct vd_addr a = g_server(false, 0);
	struct g_frame f;

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &first), VD_PKT_OK);
	CU_ASSERT(vd_addr_equal(&first.dst, &a));
	g_server_flags(G_NAT4_UDP, 0, VD_LB_SERVER_GONE);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	CU_ASSERT_FALSE(vd_addr_equal(&info.dst, &a));
	CU_ASSERT_EQUAL(g_conns(), 1);
	p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &first), VD_PKT_OK);
	for (unsigned int i = 0; i < G_SERVERS; i++)
		g_server_flags(G_NAT4_TCP, i, i == 0 ? VD_LB_SERVER_DRAIN : VD_LB_SERVER_DOWN);
	p.flags = ACK;
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	CU_ASSERT(vd_addr_equal(&info.dst, &first.dst));
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* A segment that is no SYN, where hashing alone tells the server. */
static void
hashed_without_connection(void)
{
	struct g_packet p = g_to_service(G_DR4_HASH, 3, 40000, SYN);
	struct vd_mac mac;
	struct g_frame f;

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	memcpy(&mac, f.data, sizeof(mac));
	g_stop();
	g_start(NULL); /* another director, without the connection */
	p.flags = ACK;
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(memcmp(&mac, f.data, sizeof(mac)), 0);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

static bool
answered(struct vd_dp_request *r)
{
	struct vd_dp_request *got;

	if (vd_dp_worker_request(g_worker, r) != 0)
		return false;
	CU_ASSERT(vd_dp_worker_pending(g_worker));
	vd_dp_worker_poll(g_worker, g_now);
	return vd_dp_worker_replies(g_worker, &got, 1) == 1 && got == r;
}

static void
list_connections(void)
{
	struct vd_dp_conn conns[7];
	struct vd_dp_request r = {.type = VD_DP_REQUEST_CONNS};
	unsigned int total = 0, fnat = 0;

	g_start(NULL);
	for (uint16_t i = 0; i < 60; i++) {
		struct g_packet p = g_to_service(i % 3 == 0 ? G_FNAT4_TCP : G_NAT6_TCP, i,
				(uint16_t)(20000 + i), SYN);

		g_send(&p);
		g_run();
	}
	r.conns.filter = vd_conn_filter_any;
	r.conns.out = conns;
	r.conns.capacity = VD_ARRAY_LEN(conns);
	while (!r.conns.done) {
		CU_ASSERT_FATAL(answered(&r));
		for (uint32_t i = 0; i < r.conns.n; i++) {
			total++;
			CU_ASSERT_EQUAL(conns[i].state, VD_CONN_STATE_SYN_RECV);
			CU_ASSERT(conns[i].timeout > 58 * VD_SEC &&
					conns[i].timeout <= 60 * VD_SEC + 2 * VD_MSEC);
			if (conns[i].forwarding == VD_FORWARDING_FULLNAT) {
				fnat++;
				CU_ASSERT(conns[i].local.port >= 20000);
				CU_ASSERT_EQUAL(conns[i].service, g_service_id(G_FNAT4_TCP));
			} else {
				CU_ASSERT(vd_addr_is_unset(&conns[i].local.addr));
			}
		}
	}
	CU_ASSERT_EQUAL(total, 60);
	CU_ASSERT_EQUAL(fnat, 20);
	r.conns.filter.service = g_service_id(G_FNAT4_TCP);
	r.conns.filter.server = g_server_id(G_FNAT4_TCP, 1);
	r.conns.cursor = 0;
	r.conns.done = false;
	total = 0;
	while (!r.conns.done) {
		CU_ASSERT_FATAL(answered(&r));
		total += r.conns.n;
	}
	CU_ASSERT(total >= 6 && total <= 7);
	drain_frames();
	g_stop();
}

static void
explain(void)
{
	struct vd_endpoint l = g_listener(G_NAT4_TCP);
	struct vd_dp_request r = {.type = VD_DP_REQUEST_EXPLAIN};
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);
	uint32_t server;

	g_start(NULL);
	r.explain.lb.client.addr = p.src;
	r.explain.lb.client.port_be = vd_pkt_swap16(40000);
	r.explain.lb.target.addr = l.addr;
	r.explain.lb.target.port = l.port;
	r.explain.lb.target.protocol = VD_PROTOCOL_TCP;
	CU_ASSERT_FATAL(answered(&r));
	CU_ASSERT_EQUAL(r.explain.verdict, VD_DP_VERDICT_FORWARD);
	CU_ASSERT_EQUAL(r.explain.lb.service, g_service_id(G_NAT4_TCP));
	CU_ASSERT(r.explain.lease_ok);
	CU_ASSERT_EQUAL(r.explain.ifid, 1);
	CU_ASSERT_FALSE(r.explain.existing);
	server = r.explain.lb.server;
	g_send(&p);
	g_run();
	drain_frames();
	CU_ASSERT_FATAL(answered(&r));
	CU_ASSERT(r.explain.existing);
	CU_ASSERT_EQUAL(r.explain.conn.real_server, server);
	r.explain.lb.target.port = 99;
	CU_ASSERT_FATAL(answered(&r));
	CU_ASSERT_EQUAL(r.explain.verdict, VD_DP_VERDICT_PUNT);
	r.explain.lb.target.addr = g_addr("192.0.2.100");
	r.explain.lb.target.port = 80;
	g_lease(0, 1);
	CU_ASSERT_FATAL(answered(&r));
	CU_ASSERT_EQUAL(r.explain.verdict, VD_DP_VERDICT_DROP);
	CU_ASSERT_EQUAL(r.explain.drop, VD_DROP_NOT_MASTER);
	g_stop();
}

/* Other interfaces and routes: live connections take the new way, acknowledgements follow. */
struct node_sum {
	uint64_t packets, nodes, sampled;
};

static void
add_node(void *ctx, const struct vd_dp_node_view *n)
{
	struct node_sum *s = ctx;

	CU_ASSERT_EQUAL(strncmp(n->name, "vd_", 3), 0);
	CU_ASSERT(n->calls > 0 || n->packets == 0);
	CU_ASSERT(n->sampled_packets <= n->packets);
	CU_ASSERT((n->sampled_packets > 0) == (n->sampled_cycles > 0));
	s->nodes++;
	s->sampled += n->sampled_packets;
	if (strcmp(n->name, "vd_tx") == 0)
		s->packets = n->packets;
}

static void
counters(void)
{
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);
	struct vd_dp_event e = {.type = VD_DP_EVENT_CLEAR_STATS};
	const struct vd_dp_counters *c;
	struct node_sum sum = {0}, then = {0};
	struct vd_dp_counters before;

	g_start(NULL);
	c = vd_dp_worker_counters(g_worker);
	g_send(&p);
	g_run();
	before = *c;
	vd_dp_worker_nodes(g_worker, add_node, &then);
	for (int i = 0; i < 10; i++)
		g_send(&p);
	g_run();
	drain_frames();
	vd_dp_worker_nodes(g_worker, add_node, &sum);
	CU_ASSERT_EQUAL(sum.nodes, 14);
	CU_ASSERT_EQUAL(sum.packets - then.packets, 10);
	CU_ASSERT_EQUAL(c->port[0].rx_packets - before.port[0].rx_packets, 10);
	CU_ASSERT_EQUAL(c->port[0].rx_bytes - before.port[0].rx_bytes, 600);
	CU_ASSERT_EQUAL(c->port[1].tx_packets - before.port[1].tx_packets, 10);
	CU_ASSERT_EQUAL(c->port[1].tx_bytes - before.port[1].tx_bytes, 600);
	CU_ASSERT_EQUAL(c->opened, 1);
	CU_ASSERT(vd_dp_worker_heartbeat(g_worker) > 0);
	CU_ASSERT_EQUAL(vd_dp_worker_snapshot_ack(g_worker), 1);
	g_post(&e);
	CU_ASSERT_EQUAL(c->port[0].rx_packets, 0);
	CU_ASSERT_EQUAL(g_conns(), 1);
	/* One turn in 64 is measured, whichever it is. */
	sum = (struct node_sum){0};
	vd_dp_worker_nodes(g_worker, add_node, &sum);
	CU_ASSERT_EQUAL(sum.sampled, 0);
	for (int i = 0; i < 128; i++) {
		g_send(&p);
		vd_dp_worker_poll(g_worker, g_now);
	}
	sum = (struct node_sum){0};
	vd_dp_worker_nodes(g_worker, add_node, &sum);
	CU_ASSERT(sum.sampled >= 8 && sum.sampled <= 20);
	g_run();
	drain_frames();
	g_stop();
}

/* Two workers with graphs of their own in one process. */
static void
two_workers(void)
{
	struct vd_dp_worker_config c = {
			.index = 1, .socket = -1, .alloc = &vd_alloc_libc, .connections = 16};
	struct vd_dp_worker *other;

	g_start(NULL);
	c.neigh = vd_neigh_table(g_neigh);
	other = vd_dp_worker_create(&c);
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	CU_ASSERT_EQUAL(vd_dp_worker_poll(other, g_now), 0);
	/* Its heart beats in idle turns too, and before it knows what is ours. */
	CU_ASSERT_EQUAL(vd_dp_worker_heartbeat(other), g_now);
	CU_ASSERT_EQUAL(vd_dp_worker_poll(other, g_now + 7), 0);
	CU_ASSERT_EQUAL(vd_dp_worker_heartbeat(other), g_now + 7);
	CU_ASSERT_PTR_NULL(vd_dp_worker_create(&c)); /* the names are taken */
	vd_dp_worker_destroy(other);
	c.n_rxq = 1; /* receives where it may not send */
	c.txq[0] = VD_DP_TX_NONE;
	CU_ASSERT_PTR_NULL(vd_dp_worker_create(&c));
	c.n_rxq = VD_DP_RX_MAX + 1;
	CU_ASSERT_PTR_NULL(vd_dp_worker_create(&c));
	g_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(arp),
		VD_TEST(neighbour_discovery),
		VD_TEST(echo),
		VD_TEST(punt),
		VD_TEST(vrrp),
		VD_TEST(vrrp_any_group),
		VD_TEST(not_vrrp),
		VD_TEST(vrrp_beside_floods),
		VD_TEST(vrrp_wakes),
		VD_TEST(hold_and_release),
		VD_TEST(neighbour_moves),
		VD_TEST(server_gone),
		VD_TEST(server_gone_syn),
		VD_TEST(server_down),
		VD_TEST(hashed_without_connection),
		VD_TEST(list_connections),
		VD_TEST(explain),
		VD_TEST(counters),
		VD_TEST(two_workers),
};

G_MAIN("golden/control", tests)
