/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "golden.h"

/* Health: what a verdict does to connections, sorry servers, what workers observe, the way up for replies to checks. */

#define SYN  VD_PKT_TCP_SYN
#define ACK  VD_PKT_TCP_ACK
#define RST  VD_PKT_TCP_RST
#define DOWN VD_LB_SERVER_DOWN
#define GONE VD_LB_SERVER_GONE

static const enum g_service answering[] = {G_FNAT4_TCP, G_NAT4_TCP, G_FNAT6_TCP, G_NAT6_TCP};

/* A client's first segment; what the server got of it. */
static struct vd_pkt_info
knock(enum g_service s, unsigned int client, uint16_t port)
{
	struct g_packet p = g_to_service(s, client, port, SYN);
	struct vd_pkt_info got = {0};
	struct g_frame f;

	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &got), VD_PKT_OK);
	return got;
}

static bool
server_says(const struct vd_pkt_info *got, uint8_t flags)
{
	struct g_packet answer = g_answer(got, flags);
	struct g_frame f;

	g_send(&answer);
	g_run();
	return g_get(0, &f);
}

/* An established connection of that client's port; what its server got. */
static struct vd_pkt_info
established(enum g_service s, unsigned int client, uint16_t port)
{
	struct vd_pkt_info got = knock(s, client, port);
	struct g_packet p = g_to_service(s, client, port, ACK);
	struct g_frame f;

	CU_ASSERT(server_says(&got, SYN | ACK));
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &f));
	return got;
}

static unsigned int
server_of(enum g_service s, const struct vd_pkt_info *got)
{
	for (unsigned int i = 0; i <= G_SERVERS; i++) {
		struct vd_addr a = g_server(g_is_v6(s), i);

		if (vd_addr_equal(&got->dst, &a))
			return i;
	}
	return UINT32_MAX;
}

/* The client's next segment and the server's pass. */
static bool
lives(enum g_service s, unsigned int client, uint16_t port, const struct vd_pkt_info *got)
{
	struct g_packet p = g_to_service(s, client, port, ACK);
	struct vd_pkt_info info;
	struct g_frame f;

	p.payload = 77;
	g_send(&p);
	g_run();
	return g_get(1, &f) && vd_pkt_parse(f.data, f.len, &info) == VD_PKT_OK &&
			vd_addr_equal(&info.dst, &got->dst) && info.src_port == got->src_port &&
			server_says(got, ACK);
}

static bool
is_reset(enum g_service s, unsigned int client, uint16_t port)
{
	struct g_packet p = g_to_service(s, client, port, ACK), want;
	struct vd_pkt_info info;

	p.ack = 4711;
	p.payload = 20;
	g_send(&p);
	g_run();
	want = p;
	want.src = p.dst;
	want.dst = p.src;
	want.sport = p.dport;
	want.dport = p.sport;
	want.flags = RST;
	want.payload = 0;
	want.ttl = VD_PKT_REPLY_TTL;
	return g_expect(&want, &info);
}

/* ---- verdicts ---- */

/* Down without inhibit: live connections are reset, those of others live on, new ones go elsewhere. */
static void
down_and_gone(void)
{
	for (size_t k = 0; k < VD_ARRAY_LEN(answering); k++) {
		enum g_service s = answering[k];
		struct vd_pkt_info got[G_SERVERS];
		unsigned int victim;

		g_start(NULL);
		for (uint16_t i = 0; i < G_SERVERS; i++)
			got[i] = established(s, i, (uint16_t)(40000 + i));
		victim = server_of(s, &got[0]);
		CU_ASSERT_FATAL(victim < G_SERVERS);
		g_server_flags(s, victim, DOWN | GONE);
		CU_ASSERT(is_reset(s, 0, 40000));
		CU_ASSERT(g_dropped(VD_DROP_REAL_SERVER_GONE));
		for (uint16_t i = 1; i < G_SERVERS; i++)
			CU_ASSERT(lives(s, i, (uint16_t)(40000 + i), &got[i]));
		CU_ASSERT_EQUAL(g_conns(), G_SERVERS - 1);
		for (uint16_t i = 0; i < 12; i++) {
			struct vd_pkt_info next = knock(s, 5, (uint16_t)(50000 + i));

			CU_ASSERT(server_of(s, &next) < G_SERVERS && server_of(s, &next) != victim);
		}
		/* Back. */
		g_server_flags(s, victim, VD_LB_SERVER_FRESH);
		for (uint16_t i = 0; i < 3; i++) {
			got[0] = knock(s, 6, (uint16_t)(51000 + i));
			if (server_of(s, &got[0]) == victim)
				break;
		}
		CU_ASSERT_EQUAL(server_of(s, &got[0]), victim);
		CU_ASSERT(g_idle());
		g_stop();
	}
}

/* Down with inhibit_on_failure: what lives goes on, both ways; nothing new comes. */
static void
down_with_inhibit(void)
{
	for (size_t k = 0; k < VD_ARRAY_LEN(answering); k++) {
		enum g_service s = answering[k];
		struct vd_pkt_info got, next;
		unsigned int victim;

		g_start(NULL);
		got = established(s, 0, 40000);
		victim = server_of(s, &got);
		g_server_flags(s, victim, DOWN);
		for (unsigned int i = 0; i < 5; i++)
			CU_ASSERT(lives(s, 0, 40000, &got));
		for (uint16_t i = 0; i < 12; i++) {
			next = knock(s, 5, (uint16_t)(50000 + i));
			CU_ASSERT_NOT_EQUAL(server_of(s, &next), victim);
		}
		CU_ASSERT_EQUAL(g_drops_total(), 0);
		CU_ASSERT(g_idle());
		g_stop();
	}
}

/* ---- the sorry server ---- */

static void
sorry_in_use(void)
{
	const struct g_options o = {.sorry = true};

	for (size_t k = 0; k < VD_ARRAY_LEN(answering); k++) {
		enum g_service s = answering[k];
		struct vd_pkt_info live, got;
		const struct vd_lb_server_state *st;

		g_start(&o);
		for (uint16_t i = 0; i < 9; i++) {
			got = knock(s, 1, (uint16_t)(41000 + i));
			CU_ASSERT(server_of(s, &got) < G_SERVERS);
		}
		/* Without quorum, though one server is left, which keeps what it has. */
		live = established(s, 0, 40000);
		for (unsigned int i = 0; i < G_SERVERS; i++)
			if (i != server_of(s, &live))
				g_server_flags(s, i, DOWN | GONE);
		g_server_flags(s, G_SERVERS, 0);
		for (uint16_t i = 0; i < 9; i++) {
			got = established(s, 2, (uint16_t)(42000 + i));
			CU_ASSERT_EQUAL(server_of(s, &got), G_SERVERS);
		}
		CU_ASSERT(lives(s, 0, 40000, &live));
		st = vd_lb_worker_server(vd_dp_worker_lb(g_worker), g_server_id(s, G_SERVERS));
		CU_ASSERT(st->active == 9 && st->total == 9);
		CU_ASSERT(st->packets_in == 18 && st->packets_out == 9);
		/* Quorum again: with sorry_server_inhibit its connections go on, without they end. */
		g_server_flags(s, G_SERVERS, DOWN);
		CU_ASSERT(lives(s, 2, 42008, &got));
		live = knock(s, 3, 43000);
		CU_ASSERT(server_of(s, &live) < G_SERVERS);
		g_server_flags(s, G_SERVERS, DOWN | GONE);
		CU_ASSERT(is_reset(s, 2, 42008));
		CU_ASSERT(g_idle());
		g_stop();
	}
}

/* Its connections are its service's: they end with the lease; and all servers know theirs soon after the snapshot. */
static void
sorry_and_lease(void)
{
	const struct g_options o = {.sorry = true, .observe = 5};
	const struct vd_lb_worker *lb;
	struct vd_pkt_info got;
	struct g_packet p;

	g_start(&o);
	g_run();
	lb = vd_dp_worker_lb(g_worker);
	for (unsigned int i = 0; i <= G_SERVERS; i++) {
		const struct vd_lb_server_state *st =
				vd_lb_worker_server(lb, g_server_id(G_NAT4_TCP, i));

		CU_ASSERT_EQUAL(st->lease, VD_DP_LEASE_MAX);
		CU_ASSERT_EQUAL(st->observe, i < G_SERVERS ? 5 : 0);
	}
	g_server_flags(G_FNAT4_TCP, G_SERVERS, 0);
	got = established(G_FNAT4_TCP, 0, 40000);
	CU_ASSERT_EQUAL(server_of(G_FNAT4_TCP, &got), G_SERVERS);
	g_lease(0, 1);
	p = g_to_service(G_FNAT4_TCP, 0, 40000, ACK);
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	g_lease(0, VD_TIME_NEVER);
	CU_ASSERT(lives(G_FNAT4_TCP, 0, 40000, &got));
	g_stop();
}

/* A hashing DR service with a sorry server that cannot be reached without a connection: a stray segment is reset. */
static void
sorry_of_other_method(void)
{
	const struct g_options o = {.sorry = true, .sorry_fullnat = true};
	struct g_packet p = g_to_service(G_DR4_HASH, 0, 40000, ACK);
	struct vd_pkt_info got;
	struct g_frame f;

	g_start(&o);
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &f));
	g_server_flags(G_DR4_HASH, G_SERVERS, 0);
	CU_ASSERT(is_reset(G_DR4_HASH, 0, 40000));
	CU_ASSERT(g_dropped(VD_DROP_NO_CONNECTION));
	got = established(G_DR4_HASH, 0, 40001);
	CU_ASSERT_EQUAL(server_of(G_DR4_HASH, &got), G_SERVERS);
	CU_ASSERT(lives(G_DR4_HASH, 0, 40001, &got));
	g_stop();
}

/* ---- what workers observe ---- */

static struct vd_lb_server_errors
errors(enum g_service s, unsigned int n)
{
	return vd_lb_worker_errors(
			vd_dp_worker_lb(g_worker), g_server_id(s, n), g_server_gen(s, n));
}

/* Only the first server is left. */
static void
one_server(enum g_service s)
{
	for (unsigned int i = 1; i < G_SERVERS; i++)
		g_server_flags(s, i, DOWN);
}

static void
observe_resets(void)
{
	const struct g_options o = {.observe = 3};
	struct vd_dp_report r;
	struct vd_pkt_info got;

	for (size_t k = 0; k < VD_ARRAY_LEN(answering); k++) {
		enum g_service s = answering[k];

		g_start(&o);
		one_server(s);
		for (uint16_t i = 0; i < 6; i++) {
			got = knock(s, i, 40000);
			CU_ASSERT_FALSE(g_server_report(&r));
			CU_ASSERT(server_says(&got, RST | ACK));
			if (i % 3 != 2)
				continue;
			CU_ASSERT_FATAL(g_server_report(&r));
			CU_ASSERT_EQUAL(r.type, VD_DP_REPORT_SERVER);
			CU_ASSERT_EQUAL(r.index, g_server_id(s, 0));
			CU_ASSERT_EQUAL(r.server_gen, g_server_gen(s, 0));
			CU_ASSERT_EQUAL(r.worker, 0);
		}
		/* The RST of a connection that was open is none of that; an answer begins the row anew. */
		for (uint16_t i = 0; i < 6; i++) {
			got = knock(s, i, 41000);
			if (i == 2) {
				CU_ASSERT(server_says(&got, SYN | ACK));
			}
			CU_ASSERT(server_says(&got, RST | ACK));
			CU_ASSERT_EQUAL(g_server_report(&r), i == 5);
		}
		CU_ASSERT_EQUAL(errors(s, 0).syn_reset, 11);
		CU_ASSERT_EQUAL(errors(s, 0).syn_unanswered, 0);
		CU_ASSERT_EQUAL(errors(s, 1).syn_reset, 0);
		CU_ASSERT_FALSE(g_server_report(&r));
		CU_ASSERT_EQUAL(g_drops_total(), 0);
		g_stop();
	}
}

static void
observe_silence(void)
{
	const struct g_options o = {.observe = 4};
	struct vd_dp_report r;
	struct vd_pkt_info got;

	for (size_t k = 0; k < VD_ARRAY_LEN(answering); k++) {
		enum g_service s = answering[k];
		unsigned int told = 0;

		g_start(&o);
		one_server(s);
		/* Two clients that each try five times, a second apart, and copies of their segments. */
		for (unsigned int i = 0; i < 5; i++) {
			for (unsigned int c = 0; c < 2; c++) {
				(void)knock(s, c, 40000);
				(void)knock(s, c, 40000);
				if (g_server_report(&r)) {
					told++;
					CU_ASSERT_EQUAL(r.index, g_server_id(s, 0));
				}
			}
			g_advance(VD_SEC);
		}
		CU_ASSERT_EQUAL(g_conns(), 2);
		CU_ASSERT_EQUAL(errors(s, 0).syn_unanswered, 8);
		CU_ASSERT_EQUAL(told, 2);
		/* An answer, and the same connection is no matter any more. */
		got = knock(s, 0, 40000);
		CU_ASSERT(server_says(&got, SYN | ACK));
		CU_ASSERT_EQUAL(errors(s, 0).syn_unanswered, 9);
		g_advance(VD_SEC);
		(void)knock(s, 0, 40000);
		CU_ASSERT_EQUAL(errors(s, 0).syn_unanswered, 9);
		CU_ASSERT_FALSE(g_server_report(&r));
		g_stop();
	}
}

/* Counted, but not told, where it is off; not even counted where answers do not pass here, nor for UDP. */
static void
observe_off(void)
{
	static const enum g_service deaf[] = {G_DR4_TCP, G_DR6_TCP, G_NAT4_UDP};
	const struct g_options o = {.observe = 1};
	struct vd_dp_report r;
	struct vd_pkt_info got;

	g_start(NULL);
	one_server(G_FNAT4_TCP);
	for (uint16_t i = 0; i < 20; i++) {
		got = knock(G_FNAT4_TCP, i, 40000);
		CU_ASSERT(server_says(&got, RST));
	}
	CU_ASSERT_EQUAL(errors(G_FNAT4_TCP, 0).syn_reset, 20);
	CU_ASSERT_FALSE(g_server_report(&r));
	g_stop();
	for (size_t k = 0; k < VD_ARRAY_LEN(deaf); k++) {
		g_start(&o);
		one_server(deaf[k]);
		for (unsigned int i = 0; i < 3; i++) {
			(void)knock(deaf[k], 0, 40000);
			g_advance(VD_SEC);
		}
		CU_ASSERT_EQUAL(errors(deaf[k], 0).syn_unanswered, 0);
		CU_ASSERT_FALSE(g_server_report(&r));
		g_stop();
	}
}

/* ---- replies to checks ---- */

/* A server's segment to the port's address: no connection's. */
static struct g_packet
reply(const char *from, const char *to, uint8_t port)
{
	struct g_packet p = {.port = port,
			.src = g_addr(from),
			.dst = g_addr(to),
			.sport = 8080,
			.dport = 45678,
			.flags = SYN | ACK};

	return p;
}

static unsigned int
waiting(enum vd_dp_up which)
{
	unsigned int n = 0;

	while (g_up(which, NULL) >= 0)
		n++;
	return n;
}

static void
check_which(void)
{
	static const struct {
		const char *from, *to;
		uint8_t port;
		uint16_t vlan;
		uint8_t proto;
		bool fragment, check;
	} rows[] = {
			{"198.51.100.11", "198.51.100.1", 1, 0, 0, false, true},
			{"198.51.100.11", "198.51.100.1", 1, 0, VD_PKT_PROTO_UDP, false, true},
			{"198.51.100.11", "198.51.100.1", 1, 0, VD_PKT_PROTO_ICMP, false, true},
			{"198.51.100.11", "198.51.100.1", 1, 0, VD_PKT_PROTO_UDP, true, true},
			{"198.51.100.11", "192.0.2.1", 1, 0, 0, false, false}, /* another port's */
			{"198.51.100.11", "192.0.2.1", 0, 0, 0, false, true},
			{"198.51.100.11", "203.0.113.1", 0, 100, 0, false, true},
			{"198.51.100.11", "203.0.113.1", 0, 0, 0, false, true},  /* of the port */
			{"198.51.100.11", "192.0.2.101", 1, 0, 0, false, false}, /* a VIP */
			{"198.51.100.11", "10.9.9.9", 1, 0, 0, false, false},    /* to be routed */
			{"198.51.100.12", "198.51.100.1", 1, 0, 0, false, false},
	};
	const struct g_options o = {.check_peer = "198.51.100.11"};
	struct g_frame f;

	g_start(&o);
	for (size_t i = 0; i < VD_ARRAY_LEN(rows); i++) {
		struct g_packet p = reply(rows[i].from, rows[i].to, rows[i].port);
		uint8_t frame[G_FRAME_MAX];
		uint16_t len;

		p.vlan = rows[i].vlan;
		p.proto = rows[i].proto;
		if (rows[i].fragment)
			p.fragment = 100;
		len = g_build(&p, frame);
		g_put(p.port, frame, len);
		g_run();
		CU_ASSERT(g_up(rows[i].check ? VD_DP_UP_CHECK : VD_DP_UP_PUNT, &f) >= 0);
		CU_ASSERT_EQUAL(f.len, len);
		CU_ASSERT_EQUAL(memcmp(f.data, frame, len), 0);
		CU_ASSERT_EQUAL(waiting(VD_DP_UP_CHECK) + waiting(VD_DP_UP_PUNT), 0);
	}
	CU_ASSERT_EQUAL(vd_dp_worker_counters(g_worker)->up[VD_DP_UP_CHECK], 7);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* What a server's connection owns is not a check's, and no protocol but IP is. */
static void
check_not(void)
{
	const struct g_options o = {.check_peer = "198.51.100.11"},
			       six = {.check_peer = "2001:db8:2::11"};
	struct g_packet p = reply("2001:db8:2::11", "2001:db8:2::1", 1);
	uint8_t frame[VD_PKT_ETH_MIN] = {0};
	struct vd_pkt_info got;

	g_start(&o);
	one_server(G_FNAT4_TCP);
	got = established(G_FNAT4_TCP, 0, 40000);
	CU_ASSERT(lives(G_FNAT4_TCP, 0, 40000, &got));
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_CHECK), 0);
	/* LLDP, with bytes that would be addresses. */
	memset(frame, 0x45, sizeof(frame));
	memcpy(frame, g_mac[1].b, 6);
	frame[6] = 2;
	frame[12] = 0x88;
	frame[13] = 0xcc;
	g_put(1, frame, sizeof(frame));
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_CHECK), 0);
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_PUNT), 2);
	g_stop();
	g_start(&six);
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_CHECK), 1);
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_PUNT), 0);
	g_stop();
	g_start(NULL); /* nobody is checked */
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_CHECK), 0);
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_PUNT), 1);
	g_stop();
}

/* A flood on the port's own address fills the punt ring, or uses up its rate: no reply to a check is lost. */
static void
check_under_flood(void)
{
	const struct g_options both[] = {
			{.check_peer = "198.51.100.11", .ring_size = 256, .punt_rate = 100000000},
			{.check_peer = "198.51.100.11", .punt_rate = 20},
	};

	for (size_t k = 0; k < VD_ARRAY_LEN(both); k++) {
		struct g_packet host = reply("198.51.100.77", "198.51.100.1", 1);
		struct g_packet check = reply("198.51.100.11", "198.51.100.1", 1);
		enum vd_drop reason = k == 0 ? VD_DROP_RING_FULL : VD_DROP_RATE_LIMITED;

		g_start(&both[k]);
		host.flags = SYN;
		for (unsigned int i = 0; i < 1200; i++) {
			g_send(&host);
			if (i % 6 == 0) {
				check.seq = i;
				g_send(&check);
			}
		}
		g_run();
		CU_ASSERT(g_drops(reason) > 900);
		CU_ASSERT_EQUAL(g_drops_total(), g_drops(reason));
		CU_ASSERT_EQUAL(vd_dp_worker_counters(g_worker)->up[VD_DP_UP_CHECK], 200);
		/* In order. */
		for (unsigned int i = 0; i < 1200; i += 6) {
			struct vd_pkt_info info;
			struct g_frame f;

			CU_ASSERT_EQUAL_FATAL(g_up(VD_DP_UP_CHECK, &f), 1);
			CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
			CU_ASSERT_EQUAL(vd_pkt_swap32(((const struct vd_pkt_tcp *)(f.data +
								       info.l4))
									->seq_be),
					i);
		}
		CU_ASSERT_EQUAL(waiting(VD_DP_UP_CHECK), 0);
		g_stop();
	}
}

/* It has bounds of its own, and where the port has no tap it is dropped as any frame for the host. */
static void
check_bounds(void)
{
	const struct g_options rate = {.check_peer = "198.51.100.11", .check_rate = 100};
	const struct g_options ring = {.check_peer = "198.51.100.11", .ring_size = 64};
	const struct g_options none = {.check_peer = "198.51.100.11", .no_punt = true};
	struct g_packet check = reply("198.51.100.11", "198.51.100.1", 1);

	g_start(&rate);
	for (unsigned int i = 0; i < 200; i++)
		g_send(&check);
	g_run();
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_CHECK), 11); /* a tenth of a second's worth, and one */
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RATE_LIMITED), 189);
	check.src = g_addr("198.51.100.12");
	g_send(&check);
	g_run();
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_PUNT), 1);
	g_stop();
	check.src = g_addr("198.51.100.11");
	g_start(&ring);
	for (unsigned int i = 0; i < 100; i++)
		g_send(&check);
	g_run();
	CU_ASSERT_EQUAL(waiting(VD_DP_UP_CHECK), 63);
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RING_FULL), 37);
	g_stop();
	g_start(&none);
	g_send(&check);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NO_PUNT));
	g_stop();
}

/* To a virtual MAC of the interface: the tap has to take it for its own. */
static void
check_vmac(void)
{
	const struct g_options o = {.check_peer = "192.0.2.50"};
	struct g_packet check = reply("192.0.2.50", "192.0.2.1", 0);
	struct g_frame f;

	g_start(&o);
	check.eth_dst = g_vmac[0];
	g_send(&check);
	g_run();
	CU_ASSERT_EQUAL_FATAL(g_up(VD_DP_UP_CHECK, &f), 0);
	CU_ASSERT_EQUAL(memcmp(f.data, g_mac[0].b, 6), 0);
	g_stop();
}

static void
check_peers(void)
{
	struct vd_dp_netconf *n = vd_dp_netconf_new();
	struct vd_addr bad[] = {
			g_addr("0.0.0.0"), g_addr("::"), g_addr("224.0.0.18"), g_addr("ff02::1")};

	for (size_t i = 0; i < VD_ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(vd_dp_netconf_check_peer(n, &bad[i]), -EINVAL);
	for (unsigned int i = 0; i < 1000; i++) {
		struct vd_addr a = g_client(i % 2 == 0, i / 3);

		CU_ASSERT_EQUAL(vd_dp_netconf_check_peer(n, &a), 0);
	}
	CU_ASSERT_EQUAL(vd_dp_netconf_finish(n, 1), 0);
	vd_dp_netconf_free(n);
}

static const struct vd_test tests[] = {
		VD_TEST(down_and_gone),
		VD_TEST(down_with_inhibit),
		VD_TEST(sorry_in_use),
		VD_TEST(sorry_and_lease),
		VD_TEST(sorry_of_other_method),
		VD_TEST(observe_resets),
		VD_TEST(observe_silence),
		VD_TEST(observe_off),
		VD_TEST(check_which),
		VD_TEST(check_not),
		VD_TEST(check_under_flood),
		VD_TEST(check_bounds),
		VD_TEST(check_vmac),
		VD_TEST(check_peers),
};

G_MAIN("golden/health", tests)
