/* SPDX-License-Identifier: BSD-3-Clause */
#include "golden.h"

/* Every forwarding method, family and protocol: first and established packets of both directions, byte by byte. */

#define SYN VD_PKT_TCP_SYN
#define ACK VD_PKT_TCP_ACK
#define FIN VD_PKT_TCP_FIN
#define RST VD_PKT_TCP_RST
#define PSH VD_PKT_TCP_PSH

/* What a server sees of a client's packet to a service that answers through us. */
static struct g_packet
as_server_sees(const struct g_packet *in, const struct vd_pkt_info *got)
{
	struct g_packet p = *in;

	p.port = 1;
	p.src = got->src;
	p.sport = got->src_port;
	p.dst = got->dst;
	p.dport = got->dst_port;
	return p;
}

static struct g_packet
as_client_sees(const struct g_packet *request, const struct g_packet *answer)
{
	struct g_packet p = *answer;

	p.port = 0;
	p.src = request->dst;
	p.dst = request->src;
	p.sport = request->dport;
	p.dport = request->sport;
	return p;
}

/* The packet as the server must get it, found out from the frame itself as far as the director was free to choose. */
static bool
server_gets(enum g_service s, const struct g_packet *in, struct vd_pkt_info *info)
{
	bool nat = s == G_NAT4_TCP || s == G_NAT4_UDP || s == G_NAT6_TCP || s == G_NAT6_UDP;
	struct g_packet want;
	struct g_frame f;
	unsigned int i;

	if (!g_get(1, &f) || vd_pkt_parse(f.data, f.len, info) != VD_PKT_OK)
		return false;
	want = as_server_sees(in, info);
	for (i = 0; i < G_SERVERS; i++) {
		struct vd_addr a = g_server(g_is_v6(s), i);

		if (vd_addr_equal(&info->dst, &a))
			break;
	}
	CU_ASSERT(i < G_SERVERS);
	CU_ASSERT_EQUAL(info->dst_port, in->proto == VD_PKT_PROTO_UDP ? 5353 : 8080);
	if (nat) {
		CU_ASSERT(vd_addr_equal(&info->src, &in->src));
		CU_ASSERT_EQUAL(info->src_port, in->sport);
	} else {
		struct vd_addr own = g_addr(g_is_v6(s) ? "2001:db8:2::1" : "198.51.100.1");

		CU_ASSERT(vd_addr_equal(&info->src, &own));
		CU_ASSERT(info->src_port >= 20000 && info->src_port <= 29999);
	}
	return g_same(&want, &f, info);
}

static void
two_way(enum g_service s)
{
	bool tcp = g_proto(s) == VD_PKT_PROTO_TCP;
	struct g_packet syn = g_to_service(s, 0, 40000, SYN), answer, want, data;
	struct vd_pkt_info first, info;

	g_start(NULL);
	if (!tcp)
		syn.payload = 11;
	g_send(&syn);
	g_run();
	CU_ASSERT_FATAL(server_gets(s, &syn, &first));
	CU_ASSERT_EQUAL(g_conns(), 1);

	answer = g_answer(&first, SYN | ACK);
	answer.payload = tcp ? 0 : 100;
	g_send(&answer);
	g_run();
	want = as_client_sees(&syn, &answer);
	CU_ASSERT(g_expect(&want, &info));

	/* Established: odd and even lengths, both ways, the same server and source. */
	for (uint16_t i = 0; i < 40; i++) {
		data = g_to_service(s, 0, 40000, ACK | PSH);
		data.payload = (uint16_t)(i * 33);
		data.seq = 1 + i;
		data.ttl = (uint8_t)(i + 2);
		g_send(&data);
		g_run();
		want = as_server_sees(&data, &first);
		want.ttl = (uint8_t)(i + 1);
		CU_ASSERT(g_expect(&want, &info));
		answer.flags = ACK;
		answer.payload = (uint16_t)(1460 - 31 * i - (g_is_v6(s) ? 20 : 0));
		g_send(&answer);
		g_run();
		want = as_client_sees(&syn, &answer);
		CU_ASSERT(g_expect(&want, &info));
	}
	CU_ASSERT(g_idle());
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	CU_ASSERT_EQUAL(g_conns(), 1);
	g_stop();
}

static void
fullnat_ipv4_tcp(void)
{
	two_way(G_FNAT4_TCP);
}

static void
fullnat_ipv4_udp(void)
{
	two_way(G_FNAT4_UDP);
}

static void
fullnat_ipv6_tcp(void)
{
	two_way(G_FNAT6_TCP);
}

static void
fullnat_ipv6_udp(void)
{
	two_way(G_FNAT6_UDP);
}

static void
nat_ipv4_tcp(void)
{
	two_way(G_NAT4_TCP);
}

static void
nat_ipv4_udp(void)
{
	two_way(G_NAT4_UDP);
}

static void
nat_ipv6_tcp(void)
{
	two_way(G_NAT6_TCP);
}

static void
nat_ipv6_udp(void)
{
	two_way(G_NAT6_UDP);
}

/* DR: the packet keeps everything but MACs and one hop. */
static void
one_way(enum g_service s)
{
	struct g_packet p = g_to_service(s, 0, 40000, SYN), want;
	struct vd_pkt_info info;
	struct vd_mac mac;
	struct g_frame f;

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	memcpy(&mac, f.data, sizeof(mac));
	for (uint16_t i = 0; i < 20; i++) {
		p = g_to_service(s, 0, 40000, ACK);
		p.payload = (uint16_t)(i * 70);
		g_send(&p);
		g_run();
		want = p;
		want.port = 1;
		want.eth_dst = mac;
		CU_ASSERT(g_expect(&want, &info));
	}
	CU_ASSERT(g_idle());
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

static void
dr_ipv4_tcp(void)
{
	one_way(G_DR4_TCP);
}

static void
dr_ipv4_udp(void)
{
	one_way(G_DR4_UDP);
}

static void
dr_ipv6_tcp(void)
{
	one_way(G_DR6_TCP);
}

static void
dr_ipv6_udp(void)
{
	one_way(G_DR6_UDP);
}

/* A whole connection: states, counts of active and inactive, expiry. */
static void
tcp_life(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN), answer;
	const struct vd_conn_table *t;
	const struct vd_lb_server_state *st;
	struct vd_pkt_info got;

	g_start(NULL);
	t = vd_dp_worker_conns(g_worker);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(server_gets(G_FNAT4_TCP, &p, &got));
	st = vd_lb_worker_server(vd_dp_worker_lb(g_worker), g_server_id(G_FNAT4_TCP, 0));
	CU_ASSERT_EQUAL(t->stats.by_state[VD_CONN_STATE_SYN_RECV], 1);
	CU_ASSERT_EQUAL(st->inactive, 1);
	answer = g_answer(&got, SYN | ACK);
	g_send(&answer);
	g_run();
	p.flags = ACK;
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(t->stats.by_state[VD_CONN_STATE_ESTABLISHED], 1);
	CU_ASSERT_EQUAL(st->active, 1);
	CU_ASSERT_EQUAL(st->inactive, 0);
	CU_ASSERT_EQUAL(st->packets_in, 2);
	CU_ASSERT_EQUAL(st->packets_out, 1);
	CU_ASSERT_EQUAL(st->bytes_out, 40);
	p.flags = FIN | ACK;
	g_send(&p);
	answer.flags = FIN | ACK;
	g_send(&answer);
	g_run();
	p.flags = ACK;
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(t->stats.by_state[VD_CONN_STATE_ESTABLISHED], 0);
	CU_ASSERT_EQUAL(st->active, 0);
	CU_ASSERT_EQUAL(st->inactive, 1);
	while (g_get(0, &(struct g_frame){0}) || g_get(1, &(struct g_frame){0}))
		;
	g_advance(140 * VD_SEC);
	CU_ASSERT_EQUAL(g_conns(), 0);
	CU_ASSERT_EQUAL(st->inactive, 0);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* A port that a client uses again at once, after the connection is over. */
static void
tcp_reuse(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN), answer;
	struct vd_pkt_info got;

	g_start(NULL);
	for (int i = 0; i < 5; i++) {
		p.flags = SYN;
		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(server_gets(G_FNAT4_TCP, &p, &got));
		answer = g_answer(&got, RST | ACK);
		g_send(&answer);
		g_run();
		CU_ASSERT(g_get(0, &(struct g_frame){0}));
		CU_ASSERT_EQUAL(g_conns(), 1);
	}
	CU_ASSERT_EQUAL(vd_dp_worker_counters(g_worker)->opened, 5);
	g_stop();
}

static void
udp_expires(void)
{
	struct g_packet p = g_to_service(G_FNAT4_UDP, 0, 40000, 0);
	struct vd_dp_event e = {.type = VD_DP_EVENT_TIMEOUTS, .timeouts = {0, 0, 10}};

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_conns(), 1);
	g_advance(100 * VD_SEC);
	CU_ASSERT_EQUAL(g_conns(), 1);
	g_advance(220 * VD_SEC);
	CU_ASSERT_EQUAL(g_conns(), 0);
	g_post(&e);
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_conns(), 1);
	g_advance(12 * VD_SEC);
	CU_ASSERT_EQUAL(g_conns(), 0);
	g_stop();
}

/* UDP without checksum stays without; a wrong L4 checksum stays wrong, so that the server sees it. */
static void
checksums_kept(void)
{
	struct g_packet p = g_to_service(G_FNAT4_UDP, 0, 40000, 0), want;
	struct vd_pkt_info info;
	struct g_frame f;

	g_start(NULL);
	p.no_csum = true;
	p.payload = 20;
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	CU_ASSERT_EQUAL(f.data[info.l4 + 6], 0);
	CU_ASSERT_EQUAL(f.data[info.l4 + 7], 0);
	want = as_server_sees(&p, &info);
	p.no_csum = false;
	p.bad_l4_csum = true;
	want.bad_l4_csum = true;
	g_send(&p);
	g_run();
	CU_ASSERT(g_expect(&want, &info));
	g_stop();
}

/* Source ports, payloads and addresses at random: every checksum must still be right. */
static void
checksums_many(void)
{
	static const enum g_service all[] = {
			G_FNAT4_TCP, G_FNAT4_UDP, G_FNAT6_TCP, G_FNAT6_UDP, G_NAT4_TCP, G_NAT6_UDP};
	struct vd_rng rng = {2024};
	struct vd_pkt_info info;
	struct g_packet p, answer, want;
	struct g_frame f;

	g_start(NULL);
	for (int i = 0; i < 3000; i++) {
		enum g_service s = all[vd_rng_below(&rng, VD_ARRAY_LEN(all))];

		p = g_to_service(s, vd_rng_below(&rng, 80),
				(uint16_t)(1024 + vd_rng_below(&rng, 60000)), SYN);
		p.payload = (uint16_t)vd_rng_below(&rng, 1400);
		p.seq = (uint32_t)vd_rng_next(&rng);
		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(g_get(1, &f));
		CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
		CU_ASSERT(vd_pkt_l4_csum_good(f.data, &info));
		answer = g_answer(&info, RST);
		answer.payload = (uint16_t)vd_rng_below(&rng, 1400);
		g_send(&answer);
		g_run();
		want = as_client_sees(&p, &answer);
		CU_ASSERT(g_expect(&want, &info));
		g_advance(11 * VD_MSEC);
	}
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* IPv4 options and IPv6 destination options ride along. */
static void
options_kept(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);
	struct vd_pkt_info info;
	struct g_frame f;

	g_start(NULL);
	p.ip_options = 12;
	p.payload = 5;
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	CU_ASSERT_EQUAL(info.l4 - info.l3, 32);
	CU_ASSERT_EQUAL(info.ttl, 63);
	CU_ASSERT(vd_pkt_l4_csum_good(f.data, &info));
	p = g_to_service(G_FNAT6_TCP, 0, 40000, SYN);
	p.ip_options = 2;
	p.payload = 5;
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	CU_ASSERT_EQUAL(info.l4 - info.l3, 56);
	CU_ASSERT(vd_pkt_l4_csum_good(f.data, &info));
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* Padding behind the packet is cut, but for Ethernet's minimum. */
static void
padding(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);
	uint8_t frame[G_FRAME_MAX] = {0};
	struct g_frame f;

	g_start(NULL);
	g_build(&p, frame);
	g_put(0, frame, 60);
	g_put(0, frame, 300);
	g_run();
	CU_ASSERT(g_get(1, &f));
	CU_ASSERT_EQUAL(f.len, 60);
	CU_ASSERT(g_get(1, &f));
	CU_ASSERT_EQUAL(f.len, 60);
	p.payload = 100;
	p.flags = ACK;
	g_build(&p, frame);
	g_put(0, frame, 400);
	g_run();
	CU_ASSERT(g_get(1, &f));
	CU_ASSERT_EQUAL(f.len, 154);
	g_stop();
}

/* From a client behind a VLAN, and back into it. */
static void
vlan_both_ways(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN), answer, want;
	struct vd_pkt_info info;
	struct g_frame f;

	g_start(NULL);
	p.src = g_addr("203.0.113.77");
	p.vlan = 100;
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	CU_ASSERT_EQUAL(info.vlan, 0);
	CU_ASSERT(vd_pkt_l4_csum_good(f.data, &info));
	answer = g_answer(&info, SYN | ACK);
	answer.payload = 3;
	g_send(&answer);
	g_run();
	want = as_client_sees(&p, &answer);
	want.vlan = 100;
	CU_ASSERT(g_expect(&want, &info));
	p.flags = ACK;
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &f));
	CU_ASSERT(g_idle());
	g_stop();
}

/* Answers to a client far away leave by the gateway. */
static void
gateway(void)
{
	static const char *const clients[] = {"10.1.2.3", "2001:db8:ffff::5"};
	static const char *const gateways[] = {"192.0.2.254", "2001:db8:1::254"};
	struct g_packet p, answer, want;
	struct vd_pkt_info info;
	struct vd_addr gw;
	struct g_frame f;

	g_start(NULL);
	for (int i = 0; i < 2; i++) {
		p = g_to_service(i == 0 ? G_FNAT4_TCP : G_FNAT6_TCP, 0, 40000, SYN);
		p.src = g_addr(clients[i]);
		gw = g_addr(gateways[i]);
		p.eth_src = g_host_mac(&gw);
		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(g_get(1, &f));
		CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
		answer = g_answer(&info, SYN | ACK);
		g_send(&answer);
		g_run();
		want = as_client_sees(&p, &answer);
		want.eth_dst = g_host_mac(&gw);
		CU_ASSERT(g_expect(&want, &info));
	}
	g_stop();
}

/* Round robin spreads, and each connection keeps its server. */
static void
spread(void)
{
	struct vd_pkt_info info;
	unsigned int hits[G_SERVERS] = {0};
	struct g_frame f;

	g_start(NULL);
	for (uint16_t i = 0; i < 300; i++) {
		struct g_packet p = g_to_service(G_NAT4_TCP, i % 50, (uint16_t)(30000 + i), SYN);

		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(g_get(1, &f));
		CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
		for (unsigned int k = 0; k < G_SERVERS; k++) {
			struct vd_addr a = g_server(false, k);

			hits[k] += vd_addr_equal(&a, &info.dst);
		}
	}
	for (unsigned int k = 0; k < G_SERVERS; k++)
		CU_ASSERT_EQUAL(hits[k], 100);
	CU_ASSERT_EQUAL(g_conns(), 300);
	g_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(fullnat_ipv4_tcp),
		VD_TEST(fullnat_ipv4_udp),
		VD_TEST(fullnat_ipv6_tcp),
		VD_TEST(fullnat_ipv6_udp),
		VD_TEST(nat_ipv4_tcp),
		VD_TEST(nat_ipv4_udp),
		VD_TEST(nat_ipv6_tcp),
		VD_TEST(nat_ipv6_udp),
		VD_TEST(dr_ipv4_tcp),
		VD_TEST(dr_ipv4_udp),
		VD_TEST(dr_ipv6_tcp),
		VD_TEST(dr_ipv6_udp),
		VD_TEST(tcp_life),
		VD_TEST(tcp_reuse),
		VD_TEST(udp_expires),
		VD_TEST(checksums_kept),
		VD_TEST(checksums_many),
		VD_TEST(options_kept),
		VD_TEST(padding),
		VD_TEST(vlan_both_ways),
		VD_TEST(gateway),
		VD_TEST(spread),
};

G_MAIN("golden/forward", tests)
