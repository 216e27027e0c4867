/* SPDX-License-Identifier: BSD-3-Clause */
#include "golden.h"

/*
 * Many first packets in one burst: they are scheduled before any of them has its connection, and must come out as if
 * one had come after the other.
 */

#define SYN VD_PKT_TCP_SYN
#define ACK VD_PKT_TCP_ACK

static bool
take(struct vd_pkt_info *info)
{
	struct g_frame f;

	return g_get(1, &f) && vd_pkt_parse(f.data, f.len, info) == VD_PKT_OK &&
			vd_pkt_l4_csum_good(f.data, info);
}

static bool
same_way(const struct vd_pkt_info *a, const struct vd_pkt_info *b)
{
	return vd_addr_equal(&a->src, &b->src) && vd_addr_equal(&a->dst, &b->dst) &&
			a->src_port == b->src_port && a->dst_port == b->dst_port;
}

/* The next hops must be known, or packets would wait for them. */
static void
meet_servers(enum g_service s)
{
	for (unsigned int i = 0; i < G_SERVERS; i++) {
		struct g_packet p = g_to_service(s, 40 + i, 39000, SYN);
		struct vd_pkt_info info;

		g_send(&p);
		g_run();
		CU_ASSERT_FATAL(s == G_DR4_TCP || s == G_DR6_TCP || take(&info));
	}
	for (struct g_frame f; g_get(1, &f) || g_get(0, &f);)
		;
}

/* The same first packet, several times: one connection, and all of them go its way. */
static void
one_flow(enum g_service s)
{
	struct g_packet p = g_to_service(s, 7, 41000, SYN);
	struct vd_pkt_info info, again;
	uint64_t opened;

	g_start(NULL);
	meet_servers(s);
	opened = g_conns();
	for (unsigned int i = 0; i < 5; i++)
		g_send(&p);
	g_run();
	CU_ASSERT_EQUAL(g_conns(), opened + 1);
	CU_ASSERT_FATAL(take(&info));
	for (unsigned int i = 1; i < 5; i++)
		CU_ASSERT(take(&again) && same_way(&info, &again));
	CU_ASSERT(g_idle());
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

static void
one_tcp_flow(void)
{
	one_flow(G_FNAT4_TCP);
	one_flow(G_NAT4_TCP);
	one_flow(G_FNAT6_TCP);
	one_flow(G_NAT6_TCP);
}

static void
one_udp_flow(void)
{
	one_flow(G_FNAT4_UDP);
	one_flow(G_NAT4_UDP);
	one_flow(G_FNAT6_UDP);
	one_flow(G_NAT6_UDP);
}

/* SYN and what follows it, in one burst: the second finds what the first made. */
static void
syn_and_data(void)
{
	struct g_packet syn = g_to_service(G_FNAT4_TCP, 7, 41000, SYN);
	struct g_packet data = g_to_service(G_FNAT4_TCP, 7, 41000, ACK);
	struct vd_pkt_info info, again;

	g_start(NULL);
	meet_servers(G_FNAT4_TCP);
	data.payload = 100;
	g_send(&syn);
	g_send(&data);
	g_run();
	CU_ASSERT(take(&info) && take(&again) && same_way(&info, &again));
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* As many flows as a burst holds, and more: shared out evenly, every source port once. */
static void
many_flows(void)
{
	enum {
		FLOWS = 240
	};
	unsigned int hits[G_SERVERS] = {0};
	uint16_t port[FLOWS];
	struct vd_addr dst[FLOWS];
	struct vd_pkt_info info;

	g_start(NULL);
	meet_servers(G_FNAT4_TCP);
	for (uint16_t i = 0; i < FLOWS; i++) {
		struct g_packet p = g_to_service(G_FNAT4_TCP, i % 30, (uint16_t)(42000 + i), SYN);

		g_send(&p);
	}
	g_run();
	for (unsigned int i = 0; i < FLOWS; i++) {
		CU_ASSERT_FATAL(take(&info));
		for (unsigned int k = 0; k < G_SERVERS; k++) {
			struct vd_addr a = g_server(false, k);

			hits[k] += vd_addr_equal(&a, &info.dst);
		}
		port[i] = info.src_port;
		dst[i] = info.dst;
		for (unsigned int k = 0; k < i; k++)
			CU_ASSERT(port[k] != port[i] || !vd_addr_equal(&dst[k], &dst[i]));
	}
	for (unsigned int k = 0; k < G_SERVERS; k++)
		CU_ASSERT_EQUAL(hits[k], FLOWS / G_SERVERS);
	CU_ASSERT_EQUAL(g_conns(), FLOWS + G_SERVERS);
	g_stop();
}

/* Few source ports: two flows of a burst choose the same, and the later one looks further until there is none. */
static void
few_ports(void)
{
	struct g_options o = {.local_lo = 20000, .local_hi = 20007};
	unsigned int n = 0, refused = 0;
	struct vd_pkt_info info;

	g_start(&o);
	meet_servers(G_FNAT4_TCP);
	for (uint16_t i = 0; i < 8 * G_SERVERS; i++) {
		struct g_packet p = g_to_service(G_FNAT4_TCP, i, 43000, SYN);

		g_send(&p);
	}
	g_run();
	while (take(&info))
		n++;
	refused = (unsigned int)g_drops(VD_DROP_PORT_EXHAUSTED);
	/* Three are taken by those who met the servers. */
	CU_ASSERT_EQUAL(n, 7 * G_SERVERS);
	CU_ASSERT_EQUAL(refused, G_SERVERS);
	CU_ASSERT_EQUAL(g_conns(), 8 * G_SERVERS);
	g_stop();
}

/* The table fills up in the midst of a burst. */
static void
full_within(void)
{
	struct g_options o = {.connections = 64};
	struct vd_pkt_info info;
	unsigned int n = 0;

	g_start(&o);
	meet_servers(G_FNAT4_TCP);
	for (uint16_t i = 0; i < 100; i++) {
		struct g_packet p = g_to_service(G_FNAT4_TCP, i % 30, (uint16_t)(44000 + i), SYN);

		g_send(&p);
	}
	g_run();
	while (take(&info))
		n++;
	CU_ASSERT_EQUAL(n, 64 - G_SERVERS);
	CU_ASSERT_EQUAL(g_drops(VD_DROP_TABLE_FULL), 100 - n);
	CU_ASSERT_EQUAL(g_conns(), 64);
	g_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(one_tcp_flow),
		VD_TEST(one_udp_flow),
		VD_TEST(syn_and_data),
		VD_TEST(many_flows),
		VD_TEST(few_ports),
		VD_TEST(full_within),
};

G_MAIN("golden_burst", tests)
