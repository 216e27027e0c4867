/* SPDX-License-Identifier: BSD-3-Clause */
#include "golden.h"

/* Every reason that a frame can be dropped for, one frame each, counted once and under no other name. */

#define SYN VD_PKT_TCP_SYN
#define ACK VD_PKT_TCP_ACK
#define RST VD_PKT_TCP_RST

/* Offsets in an untagged IPv4 frame without options. */
#define ETH_SRC  6
#define ETH_TYPE 12
#define IP       14
#define IP_LEN   16
#define IP_TTL   22
#define IP_CSUM  24
#define IP_SRC   26
#define TCP      34
#define TCP_OFF  46

static uint8_t frame[G_FRAME_MAX];

static uint16_t
syn_frame(enum g_service s)
{
	struct g_packet p = g_to_service(s, 0, 40000, SYN);

	return g_build(&p, frame);
}

static void
fix_ip4(void)
{
	uint16_t csum = vd_pkt_csum_ip4(frame + IP, 20);

	memcpy(frame + IP_CSUM, &csum, 2);
}

static bool
put_dropped(uint16_t len, enum vd_drop reason)
{
	g_put(0, frame, len);
	g_run();
	return g_dropped(reason) && g_idle();
}

static void
layer_2(void)
{
	g_start(NULL);
	syn_frame(G_FNAT4_TCP);
	frame[ETH_SRC] |= 1;
	CU_ASSERT(put_dropped(60, VD_DROP_BAD_L2));
	syn_frame(G_FNAT4_TCP);
	CU_ASSERT(put_dropped(13, VD_DROP_BAD_L2));
	frame[5] ^= 0x40;
	CU_ASSERT(put_dropped(60, VD_DROP_NOT_FOR_US));
	g_stop();
}

static void
vlans(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN);

	g_start(NULL);
	p.vlan = 77;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_UNKNOWN_VLAN));
	p.vlan = 100;
	g_build(&p, frame);
	frame[16] = 0x81; /* a second tag */
	frame[17] = 0x00;
	CU_ASSERT(put_dropped(64, VD_DROP_UNKNOWN_VLAN));
	g_stop();
}

static void
layer_3(void)
{
	uint16_t len;

	g_start(NULL);
	len = syn_frame(G_FNAT4_TCP);
	frame[IP_LEN] = 1; /* longer than the frame */
	fix_ip4();
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L3_LENGTH));
	syn_frame(G_FNAT4_TCP);
	frame[IP] = 0x4f; /* options that are not there */
	CU_ASSERT(put_dropped(34, VD_DROP_BAD_L3_LENGTH));
	len = syn_frame(G_FNAT4_TCP);
	frame[IP] = 0x55;
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L3_HEADER));
	len = syn_frame(G_FNAT4_TCP);
	frame[IP_SRC] = 127;
	fix_ip4();
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L3_HEADER));
	len = syn_frame(G_FNAT4_TCP);
	frame[IP_SRC] = 224;
	fix_ip4();
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L3_HEADER));
	len = syn_frame(G_FNAT4_TCP);
	frame[IP_CSUM] ^= 1;
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_CHECKSUM));
	len = syn_frame(G_FNAT6_TCP);
	frame[18] = 0xff; /* payload length */
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L3_LENGTH));
	len = syn_frame(G_FNAT6_TCP);
	memset(frame + 22, 0xff, 16); /* a group as source */
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L3_HEADER));
	/* One host's address in a frame to many. */
	len = syn_frame(G_FNAT4_TCP);
	memset(frame, 0xff, 6);
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L3_HEADER));
	CU_ASSERT_EQUAL(g_conns(), 0);
	g_stop();
}

static void
layer_4(void)
{
	struct g_packet p = g_to_service(G_FNAT4_UDP, 0, 40000, 0);
	uint16_t len;

	g_start(NULL);
	len = syn_frame(G_FNAT4_TCP);
	frame[TCP_OFF] = 4 << 4;
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L4_LENGTH));
	len = syn_frame(G_FNAT4_TCP);
	frame[TCP_OFF] = 15 << 4;
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L4_LENGTH));
	len = syn_frame(G_FNAT4_TCP);
	frame[TCP_OFF + 1] = SYN | RST;
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L4_HEADER));
	len = syn_frame(G_FNAT4_TCP);
	frame[TCP_OFF + 1] = 0;
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L4_HEADER));
	len = syn_frame(G_FNAT4_TCP);
	memset(frame + TCP + 2, 0, 2);
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L4_HEADER));
	len = g_build(&p, frame);
	frame[TCP + 5]++;
	CU_ASSERT(put_dropped(len, VD_DROP_BAD_L4_LENGTH));
	CU_ASSERT_EQUAL(g_conns(), 0);
	g_stop();
}

static void
ttl(void)
{
	static const enum g_service all[] = {G_FNAT4_TCP, G_NAT6_TCP, G_DR4_TCP, G_FNAT6_UDP};
	struct g_packet p;

	for (size_t i = 0; i < VD_ARRAY_LEN(all); i++) {
		g_start(NULL);
		p = g_to_service(all[i], 0, 40000, SYN);
		p.ttl = 1;
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_TTL));
		CU_ASSERT_EQUAL(g_conns(), 0);
		p.ttl = 2;
		g_send(&p);
		g_run();
		CU_ASSERT(g_get(1, &(struct g_frame){0}));
		p.ttl = 1;
		p.flags = ACK;
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_TTL));
		CU_ASSERT(g_idle());
		g_stop();
	}
}

static void
fragments(void)
{
	static const enum g_service all[] = {G_FNAT4_UDP, G_FNAT6_UDP};
	struct g_packet p, back;
	struct vd_pkt_info info;
	struct g_frame f;

	g_start(NULL);
	for (size_t i = 0; i < VD_ARRAY_LEN(all); i++) {
		p = g_to_service(all[i], 0, 40000, 0);
		p.payload = 64;
		p.fragment = VD_PKT_IP4_MF;
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_FRAGMENT));
		p.fragment = 100;
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_FRAGMENT));
		CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), -1);
		/* The first fragment of a server's answer is known by its ports. */
		p.fragment = 0;
		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(g_get(1, &f));
		CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
		back = g_answer(&info, 0);
		back.payload = 64;
		back.fragment = VD_PKT_IP4_MF;
		g_send(&back);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_FRAGMENT));
		/* One for the host itself goes up. */
		back.sport = 9;
		g_send(&back);
		g_run();
		CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 1);
	}
	g_stop();
}

static void
no_route(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN), answer;
	struct vd_pkt_info info;
	struct g_frame f;

	g_start(NULL);
	p.src = g_addr("8.8.8.8");
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	answer = g_answer(&info, SYN | ACK);
	g_send(&answer);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NO_ROUTE));
	CU_ASSERT(g_idle());
	g_stop();
}

static void
neighbours(void)
{
	struct g_options o = {.silent_hosts = true};
	struct g_packet p = g_to_service(G_DR4_HASH, 0, 40000, SYN);

	g_start(&o);
	for (int i = 0; i < 8; i++)
		g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NEIGHBOUR_FULL));
	g_advance(5 * VD_SEC);
	CU_ASSERT_EQUAL(g_drops(VD_DROP_NEIGHBOUR_TIMEOUT), 8);
	CU_ASSERT_EQUAL(g_drops_total(), 9);
	CU_ASSERT(g_idle());
	g_stop();
}

static void
leases(void)
{
	struct g_packet p = g_to_service(G_FNAT4_TCP, 0, 40000, SYN), data, answer, echo;
	struct vd_pkt_info info;
	struct g_frame f;

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT_FATAL(g_get(1, &f));
	CU_ASSERT_EQUAL(vd_pkt_parse(f.data, f.len, &info), VD_PKT_OK);
	answer = g_answer(&info, SYN | ACK);
	data = g_to_service(G_FNAT4_TCP, 0, 40000, ACK);
	echo = data;
	echo.proto = VD_PKT_PROTO_ICMP;
	echo.flags = VD_PKT_ICMP_ECHO;
	g_lease(0, g_now + 10 * VD_MSEC);
	g_send(&data);
	g_run();
	CU_ASSERT(g_get(1, &f));
	g_advance(20 * VD_MSEC);
	/* Its time is over: no new, no old, no answer, no echo. */
	g_send(&data);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	g_send(&answer);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	g_send(&echo);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	p.sport++;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	/* A port without service, an address without any. */
	p.dport = 81;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	p.dst = g_addr("192.0.2.110");
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NOT_MASTER));
	CU_ASSERT(g_idle());
	/* It comes back, and the connection lives. */
	g_lease(0, VD_TIME_NEVER);
	g_send(&data);
	g_run();
	CU_ASSERT(g_get(1, &f));
	g_stop();
}

static void
stopped(void)
{
	struct vd_dp_event e = {.type = VD_DP_EVENT_SERVE, .serve = false};
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);
	struct g_frame f;

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &f));
	g_post(&e);
	p.flags = ACK;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_STOPPED));
	p = g_to_service(G_NAT4_TCP, 0, 40001, SYN);
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_STOPPED));
	p.proto = VD_PKT_PROTO_ICMP;
	p.flags = VD_PKT_ICMP_ECHO;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_STOPPED));
	/* Punting goes on. */
	p.dst = g_addr("192.0.2.1");
	g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
	e.serve = true;
	g_post(&e);
	p = g_to_service(G_NAT4_TCP, 0, 40000, ACK);
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &f));
	g_stop();
}

static void
no_server(void)
{
	struct g_packet p = g_to_service(G_EMPTY4, 0, 40000, SYN);

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NO_SERVER));
	for (unsigned int i = 0; i < G_SERVERS; i++)
		g_server_flags(G_NAT4_TCP, i, VD_LB_SERVER_DOWN);
	p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NO_SERVER));
	CU_ASSERT_EQUAL(g_conns(), 0);
	g_stop();
}

/* The reset answers the segment, to where it came from; over the rate it is only dropped. */
static void
no_connection(void)
{
	static const enum g_service all[] = {G_FNAT4_TCP, G_FNAT6_TCP, G_DR4_TCP};
	struct g_options o = {.rst_rate = 10};
	struct g_packet p, want;
	struct vd_pkt_info info;

	for (size_t i = 0; i < VD_ARRAY_LEN(all); i++) {
		g_start(NULL);
		p = g_to_service(all[i], 0, 40000, ACK | VD_PKT_TCP_PSH);
		p.payload = 100;
		p.seq = 1000;
		p.ack = 77;
		if (i == 0) {
			p.vlan = 100;
			p.src = g_addr("203.0.113.9");
		}
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_NO_CONNECTION));
		want = p;
		want.src = p.dst;
		want.dst = p.src;
		want.sport = p.dport;
		want.dport = p.sport;
		want.flags = RST;
		want.payload = 0;
		want.ttl = VD_PKT_REPLY_TTL;
		CU_ASSERT(g_expect(&want, &info));
		p.flags = RST;
		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_NO_CONNECTION));
		CU_ASSERT(g_idle());
		g_stop();
	}
	g_start(&o);
	p = g_to_service(G_FNAT4_TCP, 0, 40000, ACK);
	for (int i = 0; i < 10; i++)
		g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_drops(VD_DROP_NO_CONNECTION), 2);
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RATE_LIMITED), 8);
	g_stop();
}

static void
port_exhausted(void)
{
	struct g_options o = {.local_lo = 20000, .local_hi = 20003};
	struct g_frame f;

	g_start(&o);
	for (unsigned int i = 0; i < 4 * G_SERVERS; i++) {
		struct g_packet p = g_to_service(G_FNAT4_TCP, i, 40000, SYN);

		g_send(&p);
		g_run();
		CU_ASSERT(g_get(1, &f));
	}
	for (unsigned int i = 0; i < 3; i++) {
		struct g_packet p = g_to_service(G_FNAT4_TCP, i, 50000, SYN);

		g_send(&p);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_PORT_EXHAUSTED));
	}
	CU_ASSERT_EQUAL(g_conns(), 4 * G_SERVERS);
	g_stop();
}

/* Full: what needs state is refused, what can do without goes on, always to the same server. */
static void
table_full(void)
{
	struct g_options o = {.connections = 64};
	struct g_packet p;
	struct vd_mac mac = {{0}}, again;
	struct g_frame f;

	g_start(&o);
	for (unsigned int i = 0; i < 64; i++) {
		p = g_to_service(G_FNAT4_TCP, i, 40000, SYN);
		g_send(&p);
		g_run();
		CU_ASSERT(g_get(1, &f));
	}
	CU_ASSERT_EQUAL(g_conns(), 64);
	p = g_to_service(G_FNAT4_TCP, 0, 40001, SYN);
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_TABLE_FULL));
	for (int i = 0; i < 10; i++) {
		p = g_to_service(G_DR4_TCP, 5, 40000, i == 0 ? SYN : ACK);
		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(g_get(1, &f));
		memcpy(&again, f.data, sizeof(again));
		if (i == 0)
			mac = again;
		CU_ASSERT(vd_mac_equal(&mac, &again));
	}
	CU_ASSERT_EQUAL(vd_dp_worker_counters(g_worker)->hashed, 10);
	CU_ASSERT_EQUAL(vd_dp_worker_counters(g_worker)->refused, 2);
	g_advance(70 * VD_SEC);
	CU_ASSERT_EQUAL(g_conns(), 0);
	p = g_to_service(G_FNAT4_TCP, 0, 40001, SYN);
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &f));
	g_stop();
}

static void
too_big(void)
{
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);

	g_start(NULL);
	p.payload = 1460;
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &(struct g_frame){0}));
	p.flags = ACK;
	p.payload = 1461;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_TOO_BIG));
	g_stop();
}

static void
rate_limits(void)
{
	struct g_options o = {.echo_rate = 10, .punt_rate = 10};
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 1, VD_PKT_ICMP_ECHO);

	g_start(&o);
	p.proto = VD_PKT_PROTO_ICMP;
	for (int i = 0; i < 10; i++)
		g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RATE_LIMITED), 8);
	p.dst = g_addr("192.0.2.1");
	for (int i = 0; i < 10; i++)
		g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RATE_LIMITED), 16);
	CU_ASSERT_EQUAL(g_drops_total(), 16);
	g_stop();
}

static void
punt_refused(void)
{
	struct g_options o = {.no_punt = true};
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);

	g_start(&o);
	p.dst = g_addr("192.0.2.1");
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NO_PUNT));
	g_stop();
	g_start(NULL);
	/* A VIP that takes nothing for itself. */
	p.dst = g_addr("192.0.2.111");
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NO_LISTENER));
	p.proto = VD_PKT_PROTO_ICMP;
	p.flags = VD_PKT_ICMP_ECHO;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_NO_LISTENER));
	/* No one empties the ring. */
	p.dst = g_addr("192.0.2.1");
	for (int i = 0; i < 1100; i++) {
		g_send(&p);
		if (i % 100 == 0)
			g_run();
	}
	g_run();
	CU_ASSERT_EQUAL(g_drops(VD_DROP_RING_FULL), 1100 - 1023);
	while (g_up(VD_DP_UP_PUNT, NULL) >= 0)
		;
	g_stop();
}

static void
bad_echo(void)
{
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 1, VD_PKT_ICMP_ECHO);

	g_start(NULL);
	p.proto = VD_PKT_PROTO_ICMP;
	p.bad_l4_csum = true;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_BAD_CHECKSUM));
	CU_ASSERT(g_idle());
	g_stop();
}

static void
link_down(void)
{
	struct vd_dp_event e = {.type = VD_DP_EVENT_LINK, .link = {1, false}};
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);

	g_start(NULL);
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &(struct g_frame){0}));
	g_post(&e);
	p.flags = ACK;
	g_send(&p);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_LINK_DOWN));
	e.link.up = true;
	g_post(&e);
	g_send(&p);
	g_run();
	CU_ASSERT(g_get(1, &(struct g_frame){0}));
	g_stop();
}

/* The transmit ring of the port is full. */
static void
tx_full(void)
{
	struct g_packet p = g_to_service(G_NAT4_TCP, 0, 40000, SYN);
	const struct vd_dp_counters *c;

	g_start(NULL);
	c = vd_dp_worker_counters(g_worker);
	g_send(&p);
	g_run();
	p.flags = ACK;
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 1000; k++)
			g_send(&p);
		for (int k = 0; k < 8; k++)
			vd_dp_worker_poll(g_worker, g_now);
	}
	CU_ASSERT_EQUAL(c->drops[VD_DROP_TX_FULL], 3000 - 2047);
	CU_ASSERT_EQUAL(c->port[1].tx_full, 3000 - 2047);
	CU_ASSERT_EQUAL(g_drops_total(), 3000 - 2047);
	g_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(layer_2),
		VD_TEST(vlans),
		VD_TEST(layer_3),
		VD_TEST(layer_4),
		VD_TEST(ttl),
		VD_TEST(fragments),
		VD_TEST(no_route),
		VD_TEST(neighbours),
		VD_TEST(leases),
		VD_TEST(stopped),
		VD_TEST(no_server),
		VD_TEST(no_connection),
		VD_TEST(port_exhausted),
		VD_TEST(table_full),
		VD_TEST(too_big),
		VD_TEST(rate_limits),
		VD_TEST(punt_refused),
		VD_TEST(bad_echo),
		VD_TEST(link_down),
		VD_TEST(tx_full),
};

G_MAIN("golden/drops", tests)
