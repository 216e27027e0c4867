/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "../../lib/dp/dp_steer.h"
#include "workers.h"

/*
 * Several workers driven on one thread: whichever of them receives a packet, it comes to the one that owns the
 * connection, once.
 */

static const struct g_options three = {.workers = WORKERS};

/* ---- every method and family, from every worker to every worker ---- */

static void
one_flow(enum g_service s, struct g_packet *p, uint8_t queue, bool two_way, uint64_t *live)
{
	uint8_t who = owner(p);
	struct vd_pkt_info info, back;
	struct g_packet answer;

	*live = vd_dp_worker_conns(g_workers[who])->live;
	if (!passes(p, queue, who, 1, &info))
		return;
	CU_ASSERT_EQUAL(vd_dp_worker_conns(g_workers[who])->live, *live + 1);
	for (uint8_t q = 0; two_way && q < WORKERS; q++) {
		answer = g_answer(&info, q == 0 ? SYN | ACK : ACK);
		CU_ASSERT_EQUAL(owner(&answer), who);
		CU_ASSERT(passes(&answer, q, who, 0, &back));
		CU_ASSERT(vd_addr_equal(&back.src, &p->dst) && vd_addr_equal(&back.dst, &p->src));
		CU_ASSERT_EQUAL(back.dst_port, p->sport);
	}
	p->flags = ACK;
	for (uint8_t q = 0; q < WORKERS; q++) {
		CU_ASSERT(passes(p, q, who, 1, &back));
		CU_ASSERT(vd_addr_equal(&back.dst, &info.dst));
		CU_ASSERT_EQUAL(back.src_port, info.src_port);
	}
	CU_ASSERT_EQUAL(vd_dp_worker_conns(g_workers[who])->live, *live + 1);
	(void)s;
}

static void
flows(enum g_service s, bool two_way)
{
	unsigned int by_worker[WORKERS] = {0};
	uint64_t live;

	g_start(&three);
	for (uint16_t i = 0; i < 36; i++) {
		struct g_packet p = g_to_service(s, i % 5, (uint16_t)(40000 + i), SYN);

		if (p.proto == VD_PKT_PROTO_UDP)
			p.payload = 8;
		by_worker[owner(&p)]++;
		one_flow(s, &p, (uint8_t)(i / 5 % WORKERS), two_way, &live);
	}
	for (unsigned int w = 0; w < WORKERS; w++) {
		CU_ASSERT(by_worker[w] > 3);
		CU_ASSERT_EQUAL(vd_dp_worker_conns(g_workers[w])->live, by_worker[w]);
	}
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

static void
fullnat(void)
{
	flows(G_FNAT4_TCP, true);
	flows(G_FNAT4_UDP, true);
	flows(G_FNAT6_TCP, true);
	flows(G_FNAT6_UDP, true);
}

static void
nat(void)
{
	flows(G_NAT4_TCP, true);
	flows(G_NAT4_UDP, true);
	flows(G_NAT6_TCP, true);
	flows(G_NAT6_UDP, true);
}

static void
dr(void)
{
	flows(G_DR4_TCP, false);
	flows(G_DR4_UDP, false);
	flows(G_DR6_TCP, false);
	flows(G_DR4_HASH, false);
}

/* ---- the rules ---- */

static void
classes_are_the_remainder(void)
{
	static struct vd_dp_worker w;

	for (uint16_t n = 1; n <= VD_DP_WORKER_MAX; n++) {
		uint32_t wrong = 0;

		w.workers = n;
		w.class_part = (uint32_t)((((uint64_t)1 << 32) + n - 1) / n);
		for (uint32_t p = 0; n > 1 && p < 65536; p++)
			wrong += dp_steer_class(&w, vd_pkt_swap16((uint16_t)p)) != p % n;
		CU_ASSERT_EQUAL(wrong, 0);
	}
}

/* Clients share out evenly, be their ports even or their addresses in a row. */
static void
hashes_spread(void)
{
	static struct vd_dp_worker w;
	unsigned int by_worker[64] = {0};

	w.steer_seed[0] = vd_hash_u64(3, 42);
	w.steer_seed[1] = vd_hash_u64(4, 42);
	w.workers = 64;
	for (uint32_t c = 0; c < 64; c++)
		for (uint32_t p = 0; p < 1024; p++) {
			struct vd_addr a = vd_addr_from_v4(__builtin_bswap32(0x0a000000 + c));

			by_worker[dp_steer_hash(
					&w, &a, vd_pkt_swap16((uint16_t)(32768 + 2 * p)))]++;
		}
	for (unsigned int i = 0; i < 64; i++)
		CU_ASSERT(by_worker[i] > 1024 - 160 && by_worker[i] < 1024 + 160);
}

/* FULLNAT's source tells its worker, from a range of few ports as well; beyond it there is none. */
static void
local_ports(void)
{
	struct g_options o = three;
	unsigned int n = 0, refused = 0;
	struct vd_pkt_info info;
	struct g_frame f;

	o.local_lo = 20000;
	o.local_hi = 20007;
	g_start(&o);
	for (uint16_t i = 0; i < 200; i++) {
		struct g_packet p = g_to_service(G_FNAT4_TCP, 0, (uint16_t)(40000 + i), SYN);

		g_send_on(&p, (uint8_t)(i % WORKERS));
		g_run();
		if (!got(1, &f, &info)) {
			refused++;
			continue;
		}
		n++;
		CU_ASSERT(info.src_port >= 20000 && info.src_port <= 20007);
		CU_ASSERT_EQUAL(info.src_port % WORKERS, owner(&p));
		CU_ASSERT_EQUAL(f.queue, owner(&p));
	}
	/* Eight places towards each of three servers; every one is found. */
	CU_ASSERT_EQUAL(n, 24);
	CU_ASSERT_EQUAL(g_drops(VD_DROP_PORT_EXHAUSTED), refused);
	g_stop();
}

/* ---- rings ---- */

static void
ring_full(void)
{
	struct g_packet p;
	struct g_frame f;
	unsigned int n = 0;

	g_start(&three);
	p = owned_by(G_DR4_UDP, 1, 0);
	g_send_on(&p, 1);
	g_run();
	CU_ASSERT(g_get(1, &f));
	/* Worker 1 does not turn. */
	for (unsigned int i = 0; i < DP_HAND_RING + 100; i++)
		g_send_on(&p, 0);
	for (unsigned int i = 0; i < 12; i++)
		g_turn_one(0);
	CU_ASSERT_EQUAL(g_drops(VD_DROP_HANDOVER_FULL), 101); /* a ring holds one less */
	CU_ASSERT_EQUAL(g_drops_total(), 101);
	CU_ASSERT_EQUAL(handed_out(), DP_HAND_RING - 1);
	CU_ASSERT(vd_dp_worker_pending(g_workers[1]));
	CU_ASSERT_FALSE(vd_dp_worker_pending(g_workers[2]));
	CU_ASSERT(g_woken[1] > 0);
	CU_ASSERT_EQUAL(g_woken[0] + g_woken[2], 0);
	g_run();
	while (g_get(1, &f))
		n += f.queue == 1;
	CU_ASSERT_EQUAL(n, DP_HAND_RING - 1);
	CU_ASSERT_FALSE(vd_dp_worker_pending(g_workers[1]));
	g_stop();
}

/* A ring per pair: two senders, each in order, neither starved. */
static void
order(void)
{
	unsigned int n[2] = {0};
	struct vd_pkt_info info;
	struct g_packet p;
	struct g_frame f;

	g_start(&three);
	p = owned_by(G_DR4_UDP, 1, 0);
	g_send_on(&p, 1);
	g_run();
	CU_ASSERT(g_get(1, &f));
	for (uint16_t i = 0; i < 500; i++) {
		p.payload = i;
		p.ttl = 10;
		g_send_on(&p, 0);
		p.ttl = 20;
		g_send_on(&p, 2);
	}
	for (unsigned int i = 0; i < 4; i++) {
		g_turn_one(0);
		g_turn_one(2);
	}
	g_turn_one(1); /* room for half of them */
	g_run();
	while (got(1, &f, &info)) {
		CU_ASSERT_EQUAL(info.l4_len, VD_PKT_UDP_LEN + n[info.ttl == 19]);
		n[info.ttl == 19]++;
	}
	CU_ASSERT_EQUAL(n[0], 500);
	CU_ASSERT_EQUAL(n[1], 500);
	g_stop();
}

/* What another worker's netconf, a moment older or newer, thinks of a packet does not send it on again. */
static void
handed_once(void)
{
	struct vd_dp_netconf *other = vd_dp_netconf_new();
	struct vd_dp_iface iface = {.mtu = 1500, .mac = g_mac[0]};
	const struct vd_dp_netconf *was;
	struct g_packet p;

	g_start(&three);
	for (uint16_t i = 0; i < 3; i++) {
		iface.port = i == 1;
		iface.vlan = i == 2 ? 100 : 0;
		CU_ASSERT_EQUAL(vd_dp_netconf_add_iface(other, &iface), i);
	}
	CU_ASSERT_EQUAL(vd_dp_netconf_finish(other, 9), 0);
	p = owned_by(G_FNAT4_TCP, 1, ACK);
	g_send_on(&p, 0);
	g_turn_one(0);
	CU_ASSERT_EQUAL(handed_out(), 1);
	was = g_workers[1]->net;
	g_workers[1]->net = other; /* it has no address at all */
	g_turn_one(1);
	g_workers[1]->net = was;
	CU_ASSERT_EQUAL(handed_out(), 1);
	g_run();
	CU_ASSERT_EQUAL(handed_out(), 1);
	g_get(0, &(struct g_frame){0}); /* a reset, or nothing */
	vd_dp_netconf_free(other);
	g_stop();
}

static void
segment_of_no_connection(void)
{
	struct vd_pkt_info info;
	struct g_packet p;
	struct g_frame f;

	g_start(&three);
	p = owned_by(G_FNAT4_TCP, 2, ACK);
	g_send_on(&p, 0);
	g_run();
	CU_ASSERT_FATAL(got(0, &f, &info));
	CU_ASSERT_EQUAL(info.tcp_flags & RST, RST);
	CU_ASSERT_EQUAL(f.queue, 2);
	CU_ASSERT(g_dropped(VD_DROP_NO_CONNECTION));
	CU_ASSERT(g_idle());
	g_stop();
}

/* ---- what is no plain packet ---- */

static void
fragments(enum g_service s)
{
	struct vd_pkt_info info;
	struct g_packet p, back;
	struct g_frame f;

	g_start(&three);
	for (uint8_t q = 0; q < WORKERS; q++) {
		p = owned_by(s, 1, 0);
		p.payload = 64;
		g_send_on(&p, q);
		g_run();
		CU_ASSERT_FATAL(got(1, &f, &info));
		back = g_answer(&info, 0);
		p.fragment = VD_PKT_IP4_MF;
		g_send_on(&p, q);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_FRAGMENT));
		/* The server's first fragment is known to the owner alone; without it, it would be the host's. */
		back.payload = 64;
		back.fragment = VD_PKT_IP4_MF;
		g_send_on(&back, q);
		g_run();
		CU_ASSERT(g_dropped(VD_DROP_FRAGMENT));
		CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), -1);
		CU_ASSERT(g_idle());
	}
	/* One of no connection goes up, once. */
	back.dport++;
	g_send_on(&back, 0);
	g_run();
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 1);
	CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), -1);
	CU_ASSERT_EQUAL(handed_in(), handed_out());
	g_stop();
}

static void
fragments_of_connections(void)
{
	fragments(G_FNAT4_UDP);
	fragments(G_NAT4_UDP);
	fragments(G_FNAT6_UDP);
}

/* Nothing about a connection is looked up for them: whoever gets them passes them up, once. */
static void
icmp_and_others(void)
{
	struct g_packet p = {.port = 0, .proto = VD_PKT_PROTO_ICMP, .sport = 0x0300};
	uint8_t frame[G_FRAME_MAX];
	uint16_t len;

	g_start(&three);
	p.src = g_client(false, 1);
	p.dst = g_addr("192.0.2.1");
	len = g_build(&p, frame);
	for (uint8_t q = 0; q < WORKERS; q++) {
		g_put_on(0, q, frame, len);
		g_run();
		CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
		CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), -1);
	}
	CU_ASSERT_EQUAL(handed_out(), 0);
	g_stop();
}

/* TCP for the host comes up once, whoever received it. */
static void
for_the_host(void)
{
	struct g_packet p = {.port = 0, .sport = 5000, .dport = 22, .flags = SYN};

	g_start(&three);
	p.src = g_client(false, 1);
	p.dst = g_addr("192.0.2.1");
	for (uint8_t q = 0; q < WORKERS; q++) {
		g_send_on(&p, q);
		g_run();
		CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), 0);
		CU_ASSERT_EQUAL(g_up(VD_DP_UP_PUNT, NULL), -1);
	}
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	g_stop();
}

/* ---- fewer queues than workers ---- */

static void
few_queues(unsigned int q0, unsigned int q1)
{
	struct g_options o = three;
	unsigned int by_worker[WORKERS] = {0};
	struct vd_pkt_info info;
	struct g_frame f;

	o.queues[0] = q0;
	o.queues[1] = q1;
	g_start(&o);
	CU_ASSERT(g_worker->steers);
	for (uint16_t i = 0; i < 60; i++) {
		enum g_service s = i % 2 == 0 ? G_FNAT4_TCP : G_NAT6_TCP;
		struct g_packet p = g_to_service(s, i % 5, (uint16_t)(40000 + i), SYN), back;
		uint8_t who = owner(&p);

		by_worker[who]++;
		g_send_on(&p, (uint8_t)(i % q0));
		g_run();
		CU_ASSERT_FATAL(got(1, &f, &info));
		CU_ASSERT_EQUAL(f.queue, who % q1);
		back = g_answer(&info, SYN | ACK);
		g_send_on(&back, (uint8_t)(i % q1));
		g_run();
		CU_ASSERT_FATAL(got(0, &f, &info));
		CU_ASSERT_EQUAL(f.queue, who % q0);
		CU_ASSERT_EQUAL(info.dst_port, p.sport);
		CU_ASSERT(g_idle());
	}
	for (unsigned int w = 0; w < WORKERS; w++)
		CU_ASSERT_EQUAL(vd_dp_worker_conns(g_workers[w])->live, by_worker[w]);
	CU_ASSERT_EQUAL(g_drops_total(), 0);
	CU_ASSERT_EQUAL(handed_in(), handed_out());
	g_stop();
}

static void
fewer_queues_than_workers(void)
{
	few_queues(1, 1);
	few_queues(1, 3);
	few_queues(2, 1);
	few_queues(2, 2);
}

/* Replies in the director's own name leave by another's queue as well; without link nothing does. */
static void
send_only(void)
{
	struct vd_dp_event down = {.type = VD_DP_EVENT_LINK, .link = {0, false}};
	struct g_options o = three;
	struct vd_pkt_info info;
	struct g_packet p;
	struct g_frame f;

	o.queues[0] = 1;
	g_start(&o);
	p = owned_by(G_FNAT4_TCP, 2, ACK);
	g_send_on(&p, 0);
	g_run();
	CU_ASSERT_FATAL(got(0, &f, &info));
	CU_ASSERT_EQUAL(info.tcp_flags & RST, RST);
	CU_ASSERT_EQUAL(f.queue, 0);
	CU_ASSERT(g_dropped(VD_DROP_NO_CONNECTION));
	p = owned_by(G_FNAT4_TCP, 2, SYN);
	g_send_on(&p, 0);
	g_run();
	CU_ASSERT_FATAL(got(1, &f, &info));
	g_post(&down);
	p = g_answer(&info, SYN | ACK);
	g_send_on(&p, 1);
	g_run();
	CU_ASSERT(g_dropped(VD_DROP_LINK_DOWN));
	CU_ASSERT(g_idle());
	g_stop();
}

static void
connect_refuses(void)
{
	struct vd_dp_worker *swapped[2];
	struct dp_hand *rings[2];
	struct g_options o = {.workers = 2};

	o.queues[0] = 1;
	g_start(&o);
	CU_ASSERT_EQUAL(vd_dp_workers_connect(g_workers, 2), -EINVAL); /* they are */
	for (unsigned int w = 0; w < 2; w++) {
		rings[w] = g_workers[w]->hand;
		g_workers[w]->hand = NULL;
	}
	swapped[0] = g_workers[1];
	swapped[1] = g_workers[0];
	CU_ASSERT_EQUAL(vd_dp_workers_connect(swapped, 2), -EINVAL);
	/* Worker 1 would send by way of itself, then of nobody. */
	g_workers[1]->tx_via[0] = 2;
	CU_ASSERT_EQUAL(vd_dp_workers_connect(g_workers, 2), -EINVAL);
	g_workers[1]->tx_via[0] = 3;
	CU_ASSERT_EQUAL(vd_dp_workers_connect(g_workers, 2), -EINVAL);
	for (unsigned int w = 0; w < 2; w++)
		g_workers[w]->hand = rings[w];
	g_stop();
}

/* ---- no line has two writers ---- */

#define BLOCKS 256

struct block {
	uint8_t *at, *copy;
	size_t size;
};

struct memory {
	struct vd_alloc alloc;
	struct block block[BLOCKS];
	size_t n;
};

static struct memory memory[WORKERS];

static void *
traced_zalloc(void *ctx, size_t size, size_t align)
{
	struct memory *m = ctx;
	void *p = vd_alloc_libc.zalloc(vd_alloc_libc.ctx, size, align);

	if (p != NULL && m->n < BLOCKS)
		m->block[m->n++] = (struct block){p, NULL, size};
	return p;
}

static void
traced_free(void *ctx, void *p)
{
	(void)ctx;
	vd_alloc_libc.free(vd_alloc_libc.ctx, p);
}

static void
traced(struct vd_dp_worker_config *c)
{
	struct memory *m = &memory[c->index];

	m->n = 0;
	m->alloc = (struct vd_alloc){traced_zalloc, traced_free, m};
	c->alloc = &m->alloc;
}

static bool
is_ring(const struct vd_dp_worker *w, const struct block *b)
{
	return b->at == (const uint8_t *)w->in;
}

static void
copies_take(struct memory *m)
{
	for (size_t i = 0; i < m->n; i++) {
		m->block[i].copy = malloc(m->block[i].size);
		memcpy(m->block[i].copy, m->block[i].at, m->block[i].size);
	}
}

/* How many blocks changed, the rings it takes from left out. */
static unsigned int
changed(const struct memory *m, const struct vd_dp_worker *w)
{
	unsigned int n = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct block *b = &m->block[i];

		n += !is_ring(w, b) && memcmp(b->copy, b->at, b->size) != 0;
		free(b->copy);
	}
	return n;
}

static bool
same_line(const struct block *a, const struct block *b)
{
	uintptr_t a0 = (uintptr_t)a->at / VD_CACHE_LINE, b0 = (uintptr_t)b->at / VD_CACHE_LINE;
	uintptr_t a1 = ((uintptr_t)a->at + a->size - 1) / VD_CACHE_LINE;
	uintptr_t b1 = ((uintptr_t)b->at + b->size - 1) / VD_CACHE_LINE;

	return a0 <= b1 && b0 <= a1;
}

_Static_assert(offsetof(struct rte_ring, cons) / VD_CACHE_LINE !=
				offsetof(struct rte_ring, prod) / VD_CACHE_LINE,
		"who puts and who takes write lines of their own");
_Static_assert(sizeof(struct vd_dp_worker) % VD_CACHE_LINE == 0, "a worker fills its lines");
_Static_assert(sizeof(struct dp_hand) % VD_CACHE_LINE == 0, "as does what waits for another one");
_Static_assert(offsetof(struct vd_dp_worker, counters) % VD_CACHE_LINE == 0 &&
				offsetof(struct vd_dp_worker, snapshot_ack) % VD_CACHE_LINE == 0,
		"what others read does not lie beside what is read for every packet");

/* Packets of all kinds, by one worker alone. */
static void
work(unsigned int worker)
{
	static const enum g_service all[] = {G_FNAT4_TCP, G_NAT4_UDP, G_DR6_TCP, G_FNAT6_UDP};

	for (size_t i = 0; i < VD_ARRAY_LEN(all); i++) {
		for (uint16_t k = 0; k < 40; k++) {
			struct g_packet p =
					g_to_service(all[i], k % 3, (uint16_t)(41000 + k / 2), SYN);

			g_send_on(&p, (uint8_t)worker);
		}
		g_turn_one(worker);
		g_turn_one(worker);
	}
}

static void
no_shared_lines(void)
{
	struct g_options o = three;
	unsigned int shared = 0;
	struct g_frame f;

	o.configure = traced;
	g_start(&o);
	/* Next hops are known to all from here on. */
	for (unsigned int w = 0; w < WORKERS; w++)
		work(w);
	g_run();
	for (unsigned int a = 0; a < WORKERS; a++)
		for (unsigned int b = 0; b < a; b++)
			for (size_t i = 0; i < memory[a].n; i++)
				for (size_t k = 0; k < memory[b].n; k++)
					shared += same_line(
							&memory[a].block[i], &memory[b].block[k]);
	CU_ASSERT_EQUAL(shared, 0);
	CU_ASSERT(memory[0].n > 8 && memory[0].n < BLOCKS);
	copies_take(&memory[1]);
	copies_take(&memory[2]);
	work(0);
	CU_ASSERT(vd_dp_worker_counters(g_workers[0])->handed_out > 50);
	CU_ASSERT_EQUAL(changed(&memory[1], g_workers[1]), 0);
	CU_ASSERT_EQUAL(changed(&memory[2], g_workers[2]), 0);
	g_run();
	while (g_get(0, &f) || g_get(1, &f))
		;
	g_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(fullnat),
		VD_TEST(nat),
		VD_TEST(dr),
		VD_TEST(classes_are_the_remainder),
		VD_TEST(hashes_spread),
		VD_TEST(local_ports),
		VD_TEST(ring_full),
		VD_TEST(order),
		VD_TEST(handed_once),
		VD_TEST(segment_of_no_connection),
		VD_TEST(fragments_of_connections),
		VD_TEST(icmp_and_others),
		VD_TEST(for_the_host),
		VD_TEST(fewer_queues_than_workers),
		VD_TEST(send_only),
		VD_TEST(connect_refuses),
		VD_TEST(no_shared_lines),
};

G_MAIN("workers", tests)
