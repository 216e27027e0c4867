/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_thash.h>

#include "../../lib/dp/dp_steer.h"
#include "workers.h"

/* Several workers, and ports whose device spreads packets by RSS. */

#define SLOTS 128

static struct vd_pkt_toeplitz toeplitz;
static uint8_t rss_key[VD_PKT_TOEPLITZ_KEY];
static bool rss_port[G_PORTS];

static void
rss_on(struct vd_dp_worker_config *c)
{
	c->rss_slots = SLOTS;
	c->toeplitz = &toeplitz;
	memcpy(c->rss, rss_port, sizeof(rss_port));
}

/* Where a NIC puts a packet, by DPDK's own arithmetic. */
static uint8_t
nic(const struct g_packet *p)
{
	uint32_t tuple[9] = {0}, h, n = 3;

	if (vd_addr_is_v4(&p->src)) {
		tuple[0] = __builtin_bswap32(p->src.be32[3]);
		tuple[1] = __builtin_bswap32(p->dst.be32[3]);
	} else {
		n = 9;
		for (int i = 0; i < 4; i++) {
			tuple[i] = __builtin_bswap32(p->src.be32[i]);
			tuple[4 + i] = __builtin_bswap32(p->dst.be32[i]);
		}
	}
	tuple[n - 1] = (uint32_t)p->sport << 16 | p->dport;
	h = rte_softrss(tuple, n, rss_key);
	return (uint8_t)(h % SLOTS % g_n_workers);
}

static void
rss_start(unsigned int workers, bool port0, bool port1)
{
	struct g_options o = {.workers = workers, .configure = rss_on};

	vd_pkt_toeplitz_key(workers, rss_key, sizeof(rss_key));
	vd_pkt_toeplitz_init(&toeplitz, rss_key);
	rss_port[0] = port0;
	rss_port[1] = port1;
	g_start(&o);
}

/* Both directions come to the owner by themselves: nothing is handed over. */
static void
rss_brings(enum g_service s, unsigned int workers)
{
	unsigned int by_worker[G_WORKERS] = {0};
	struct vd_pkt_info info, back;
	struct g_packet answer;

	rss_start(workers, true, true);
	for (uint16_t i = 0; i < 48; i++) {
		struct g_packet p = g_to_service(s, i % 7, (uint16_t)(40000 + i), SYN);
		uint8_t q = nic(&p);

		CU_ASSERT_EQUAL(owner(&p), q);
		by_worker[q]++;
		if (!passes(&p, q, q, 1, &info))
			continue;
		p.flags = ACK;
		CU_ASSERT(passes(&p, q, q, 1, &back));
		if (s == G_DR4_TCP || s == G_DR6_TCP)
			continue;
		answer = g_answer(&info, SYN | ACK);
		CU_ASSERT_EQUAL(nic(&answer), q);
		CU_ASSERT(passes(&answer, nic(&answer), q, 0, &back));
	}
	for (unsigned int w = 0; w < workers; w++)
		CU_ASSERT(by_worker[w] > 2);
	CU_ASSERT_EQUAL(handed_out(), 0);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	/* No packet went by way of the node that looks at all of them. */
	CU_ASSERT_FALSE(g_worker->steers);
	g_stop();
}

static void
rss_brings_both_directions(void)
{
	for (unsigned int workers = 2; workers <= G_WORKERS; workers++) {
		rss_brings(G_FNAT4_TCP, workers);
		rss_brings(G_FNAT6_UDP, workers);
		rss_brings(G_DR4_TCP, workers);
		rss_brings(G_DR6_TCP, workers);
	}
}

/* From any queue, be the device wrong about it or the port without RSS: each packet once to its owner. */
static void
rss_mixed(enum g_service s, bool port0, bool port1)
{
	struct vd_pkt_info info, back;
	struct g_packet answer;

	rss_start(WORKERS, port0, port1);
	for (uint16_t i = 0; i < 36; i++) {
		struct g_packet p = g_to_service(s, i % 5, (uint16_t)(40000 + i), SYN);
		uint8_t who = owner(&p);

		if (!passes(&p, (uint8_t)(i % WORKERS), who, 1, &info))
			continue;
		answer = g_answer(&info, SYN | ACK);
		for (uint8_t q = 0; q < WORKERS; q++) {
			CU_ASSERT(passes(&answer, q, who, 0, &back));
			answer.flags = ACK;
			CU_ASSERT_EQUAL(back.dst_port, p.sport);
		}
		p.flags = ACK;
		for (uint8_t q = 0; q < WORKERS; q++)
			CU_ASSERT(passes(&p, q, who, 1, &back));
	}
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	CU_ASSERT_FALSE(g_worker->steers); /* each has a queue of both: known flows are looked up first */
	g_stop();
}

static void
rss_and_software(void)
{
	static const enum g_service all[] = {G_FNAT4_TCP, G_FNAT6_TCP, G_NAT4_UDP, G_NAT6_TCP};

	for (size_t i = 0; i < VD_ARRAY_LEN(all); i++) {
		rss_mixed(all[i], true, true);
		rss_mixed(all[i], true, false);
		rss_mixed(all[i], false, true);
	}
}

/* A segment of no connection is answered by its owner, once; a fragment goes to the owner of its packet. */
static void
rss_strays(void)
{
	struct vd_pkt_info info;
	struct g_packet p;
	struct g_frame f;

	rss_start(WORKERS, true, true);
	p = owned_by(G_FNAT4_TCP, 2, ACK);
	g_send_on(&p, 0);
	g_run();
	CU_ASSERT_FATAL(got(0, &f, &info));
	CU_ASSERT_EQUAL(info.tcp_flags & RST, RST);
	CU_ASSERT_EQUAL(f.queue, 2);
	CU_ASSERT(g_dropped(VD_DROP_NO_CONNECTION));
	CU_ASSERT_EQUAL(handed_out(), 1);
	p = owned_by(G_NAT4_UDP, 1, 0);
	p.payload = 64;
	g_send_on(&p, 1);
	g_run();
	CU_ASSERT_FATAL(got(1, &f, &info));
	p = g_answer(&info, 0);
	p.payload = 64;
	p.fragment = VD_PKT_IP4_MF;
	g_send_on(&p, 2);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_FRAGMENT));
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), -1);
	g_stop();
}

static void
rss_config_is_checked(void)
{
	struct vd_dp_worker_config c = {.alloc = &vd_alloc_libc, .connections = 16};

	g_start(NULL);
	c.neigh = vd_neigh_table(g_neigh);
	c.index = 1;
	c.rss_slots = 96; /* no power of two */
	c.toeplitz = &toeplitz;
	CU_ASSERT_PTR_NULL(vd_dp_worker_create(&c));
	c.rss_slots = 128;
	c.toeplitz = NULL;
	CU_ASSERT_PTR_NULL(vd_dp_worker_create(&c));
	g_stop();
}

/* Few ports: each of them is found by the worker that a reply to it comes to, and none by another. */
static void
rss_local_ports(void)
{
	struct g_options o = {.workers = WORKERS, .configure = rss_on};
	unsigned int n = 0, refused = 0;
	struct g_packet answer;
	struct vd_pkt_info info;
	struct g_frame f;

	vd_pkt_toeplitz_key(9, rss_key, sizeof(rss_key));
	vd_pkt_toeplitz_init(&toeplitz, rss_key);
	rss_port[0] = rss_port[1] = true;
	o.local_lo = 20000;
	o.local_hi = 20007;
	g_start(&o);
	for (uint16_t i = 0; i < 300; i++) {
		struct g_packet p = g_to_service(G_FNAT4_TCP, 0, (uint16_t)(40000 + i), SYN);

		g_send_on(&p, nic(&p));
		g_run();
		if (!got(1, &f, &info)) {
			refused++;
			continue;
		}
		n++;
		answer = g_answer(&info, SYN | ACK);
		CU_ASSERT(info.src_port >= 20000 && info.src_port <= 20007);
		CU_ASSERT_EQUAL(nic(&answer), f.queue);
	}
	CU_ASSERT_EQUAL(n, 24);
	CU_ASSERT_EQUAL(g_drops(VD_DROP_PORT_EXHAUSTED), refused);
	CU_ASSERT_EQUAL(handed_out(), 0);
	g_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(rss_brings_both_directions),
		VD_TEST(rss_local_ports),
		VD_TEST(rss_and_software),
		VD_TEST(rss_strays),
		VD_TEST(rss_config_is_checked),
};

G_MAIN("rss", tests)
