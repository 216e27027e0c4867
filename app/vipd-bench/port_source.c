/* SPDX-License-Identifier: BSD-3-Clause */
/* What the Rx queues hand out. */
#include <pthread.h>
#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "bench_port.h"

#define AHEAD         (BENCH_CHUNKS - 1) /* chunks between draw and use */
#define IN_FLIGHT     768                /* frames, of all queues */
#define FILL_ROUNDS   20
#define FILL_PATIENCE 100000 /* receives between two rounds: what was held may still leave */

/* ---- four frames at a time ---- */

typedef uint32_t four __attribute__((vector_size(16)));
typedef uint8_t bytes __attribute__((vector_size(16)));

#define ALL(x) ((four){(x), (x), (x), (x)})
#define FOURS  (BENCH_CHUNK / 4)

static inline four
swap32(four v)
{
	return (four)__builtin_shufflevector(
			(bytes)v, (bytes)v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

static inline four
swap16(four v)
{
	return (v << 8 | v >> 8) & 0xffff;
}

static inline four
halves(four v)
{
	return (v & 0xffff) + (v >> 16);
}

static inline four
fold(four v)
{
	v = halves(v);
	return ~(v + (v >> 16)) & 0xffff;
}

static inline four
either(four mask, four yes, four no)
{
	return (yes & mask) | (no & ~mask);
}

static inline four
load(const uint32_t *p)
{
	four v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* ---- established flows in random order ---- */

/* Marsaglia's xorshift, 32 bits a lane. */
static inline four
shuffle(four x)
{
	x ^= x << 13;
	x ^= x >> 17;
	return x ^ x << 5;
}

/* Products' upper halves: numbers of 32 bits to numbers below n. */
static inline four
below(four x, uint32_t n)
{
	typedef uint64_t two __attribute__((vector_size(16)));
	two even = ((two)x & UINT32_MAX) * (uint64_t)n >> 32;
	two odd = ((two)x >> 32) * (uint64_t)n & ~(uint64_t)UINT32_MAX;

	return (four)(even | odd);
}

/* Where a flow's entry is wanted, and otherwise one that is in the cache. */
static inline uint32_t
entry_of(const struct bench_chunk *c, unsigned int i)
{
	return c->flow[i] & (0 - (c->outs >> i & 1));
}

static inline void
draw(struct bench_queue *q, struct bench_chunk *c)
{
	const struct bench_port *p = q->owner;
	const uint32_t first = q->list == NULL ? q->first : 0, n = q->live;
	four x = load(q->lane);
	uint32_t outs = 0;

	for (unsigned int i = 0; i < BENCH_CHUNK; i += 4) {
		four flow = first + below(x, n);

		memcpy(&c->flow[i], &flow, sizeof(flow));
		x = shuffle(x);
	}
	for (unsigned int i = 0; vd_unlikely(q->list != NULL) && i < BENCH_CHUNK; i++)
		c->flow[i] = q->list[c->flow[i]];
	for (unsigned int i = 0; p->params.imix && i < BENCH_CHUNK; i++)
		c->size[i] = p->frames.size_of[bench_draw(q->draws + i) % BENCH_SIZE_MIX];
	if (bench_two_way(&p->params))
		outs = (uint32_t)(bench_draw(q->draws + BENCH_CHUNK) >> 32);
	c->outs = outs;
	if (outs != 0)
		for (unsigned int i = 0; i < BENCH_CHUNK; i++)
			vd_prefetch(&p->entry[entry_of(c, i)]);
	q->draws += BENCH_CHUNK + 1;
	memcpy(q->lane, &x, sizeof(x));
}

/* A chunk's frames as columns. */
struct columns {
	bench_entry entry[BENCH_CHUNK] __attribute__((aligned(16)));
	four l3_sum[FOURS], in_sum[FOURS], out_sum[FOURS];
	four out[FOURS]; /* all bits where it is a server's */
	struct bench_tuple tuple[BENCH_CHUNK] __attribute__((aligned(16)));
	uint32_t mac[BENCH_CHUNK] __attribute__((aligned(16)));
	uint32_t sums[BENCH_CHUNK] __attribute__((aligned(16)));
};

static VD_ALWAYS_INLINE void
columns_gather(const struct bench_port *p, const struct bench_chunk *c, struct columns *k,
		bool imix)
{
	const struct bench_template *in = p->frames.t[BENCH_KIND_IN];
	const struct bench_template *out = p->frames.t[BENCH_KIND_OUT];
	const four bit = {1, 2, 4, 8};

	for (unsigned int i = 0; i < BENCH_CHUNK; i++) {
		unsigned int size = imix ? c->size[i] : 0;

		k->l3_sum[i / 4][i % 4] = in[size].l3_sum;
		k->in_sum[i / 4][i % 4] = in[size].l4_sum;
		k->out_sum[i / 4][i % 4] = out[size].l4_sum;
	}
	for (unsigned int i = 0; i < FOURS; i++)
		k->out[i] = (four)((ALL(c->outs >> 4 * i) & bit) != 0);
	for (unsigned int i = 0; c->outs != 0 && i < BENCH_CHUNK; i++)
		k->entry[i] = p->entry[entry_of(c, i)];
}

/* Columns to rows. */
static inline void
tuples_store(struct bench_tuple *t, four src, four dst, four ports, four id)
{
	four a = __builtin_shufflevector(src, dst, 0, 4, 1, 5);
	four b = __builtin_shufflevector(src, dst, 2, 6, 3, 7);
	four c = __builtin_shufflevector(ports, id, 0, 4, 1, 5);
	four d = __builtin_shufflevector(ports, id, 2, 6, 3, 7);
	const four row[4] = {__builtin_shufflevector(a, c, 0, 1, 4, 5),
			__builtin_shufflevector(a, c, 2, 3, 6, 7),
			__builtin_shufflevector(b, d, 0, 1, 4, 5),
			__builtin_shufflevector(b, d, 2, 3, 6, 7)};

	memcpy(t, row, sizeof(row));
}

/* bench_tuple_in(), bench_tuple_out() and bench_sums(), side by side. */
static VD_ALWAYS_INLINE void
columns_compute(const struct bench_words *w, const struct bench_chunk *c, struct columns *k)
{
	const four mask = ALL((1u << w->port_bits) - 1);
	const bool many = w->vips > 1 || w->vports > 1;

	for (unsigned int i = 0; i < FOURS; i++) {
		four flow = load(&c->flow[4 * i]), e = load(&k->entry[4 * i]), out = k->out[i];
		four spread = flow * BENCH_SPREAD, addresses, sums;
		four client = swap32(w->client_base + (spread >> w->port_bits));
		four port = swap16(BENCH_PORT_FIRST + (spread & mask));
		four local = swap32(w->local_base + (e >> 16 & 0xff));
		four src = either(out, swap32(w->server_base + (e >> 24)), client);
		four vip = ALL(w->vip), vport = ALL((uint32_t)w->vport_be), dst, ports;
		four mac = swap16(either(out, w->server_mac + (e >> 24), ALL(w->gateway_mac)));

		if (many) {
			four target = flow * BENCH_TARGET_SPREAD;

			vip = swap32(w->vip_first + ((target >> 16) * w->vips >> 16));
			vport = swap16(w->vport + ((target & 0xffff) * w->vports >> 16));
		}
		dst = either(out, w->nat ? client : local, vip);
		ports = either(out, w->sport_be | (w->nat ? port : e) << 16, port | vport << 16);
		addresses = halves(src) + halves(dst);
		sums = either(out, k->out_sum[i], k->in_sum[i]);
		sums += addresses + halves(ports) + halves(flow);
		sums = fold(k->l3_sum[i] + addresses) | fold(sums) << 16;
		tuples_store(&k->tuple[4 * i], src, dst, ports, flow);
		memcpy(&k->mac[4 * i], &mac, sizeof(mac));
		memcpy(&k->sums[4 * i], &sums, sizeof(sums));
	}
}

static VD_ALWAYS_INLINE void
chunk_write(const struct bench_port *p, const struct bench_words *w, const struct bench_chunk *c,
		struct rte_mbuf **m, unsigned int n, bool v6, bool udp, bool imix)
{
	const struct bench_template(*t)[BENCH_SIZES] = p->frames.t;
	struct columns k;

	columns_gather(p, c, &k, imix);
	columns_compute(w, c, &k);
	for (unsigned int i = 0; i < n; i++)
		bench_put(w, m[i], &t[c->outs >> i & 1][imix ? c->size[i] : 0], &k.tuple[i],
				(uint16_t)k.mac[i], k.sums[i], v6, udp);
}

static VD_ALWAYS_INLINE void
chunks_write(struct bench_queue *q, struct rte_mbuf **m, uint16_t n, bool v6, bool udp, bool imix)
{
	const struct bench_words w = q->owner->frames.w;

	for (uint16_t i = 0; i < n; i += BENCH_CHUNK) {
		struct bench_chunk *c = &q->chunk[q->head % BENCH_CHUNKS];

		chunk_write(q->owner, &w, c, m + i, VD_MIN(n - i, BENCH_CHUNK), v6, udp, imix);
		q->head++;
		draw(q, &q->chunk[(q->head + AHEAD - 1) % BENCH_CHUNKS]);
	}
}

/* The chunk at head, one by one: a schedule seldom wants a whole one. */
static uint16_t
singles_write(struct bench_queue *q, struct rte_mbuf **m, uint16_t n)
{
	const struct bench_port *p = q->owner;
	const struct bench_chunk *c = &q->chunk[q->head % BENCH_CHUNKS];
	uint16_t made = 0;

	for (; made < n && q->used < BENCH_CHUNK; made++, q->used++) {
		unsigned int i = q->used;
		bool out = (c->outs >> i & 1) != 0;

		bench_write_sized(&p->frames, m[made], out ? BENCH_KIND_OUT : BENCH_KIND_IN,
				p->frames.n_sizes > 1 ? c->size[i] : 0, c->flow[i],
				p->entry[entry_of(c, i)]);
	}
	if (q->used == BENCH_CHUNK) {
		q->used = 0;
		q->head++;
		draw(q, &q->chunk[(q->head + AHEAD - 1) % BENCH_CHUNKS]);
	}
	return made;
}

static void run_chunks(struct bench_queue *q, struct rte_mbuf **m, uint16_t n);

static void
run(struct bench_queue *q, struct rte_mbuf **m, uint16_t n)
{
	uint16_t whole, made = 0;

	if (vd_likely(q->pace == 0)) {
		run_chunks(q, m, n);
		return;
	}
	if (q->used > 0)
		made = singles_write(q, m, n);
	whole = (uint16_t)((n - made) / BENCH_CHUNK * BENCH_CHUNK);
	if (whole > 0)
		run_chunks(q, m + made, whole);
	made = (uint16_t)(made + whole);
	if (made < n)
		(void)singles_write(q, m + made, (uint16_t)(n - made));
}

static void
run_chunks(struct bench_queue *q, struct rte_mbuf **m, uint16_t n)
{
	const struct bench_frames *f = &q->owner->frames;
	unsigned int way = (f->v6 ? 4u : 0) | (f->udp ? 2u : 0) | (f->n_sizes > 1 ? 1u : 0);

	/* A call each, so that what is the same for all frames is decided once. */
	switch (way) {
	case 0:
		chunks_write(q, m, n, false, false, false);
		break;
	case 1:
		chunks_write(q, m, n, false, false, true);
		break;
	case 2:
		chunks_write(q, m, n, false, true, false);
		break;
	case 3:
		chunks_write(q, m, n, false, true, true);
		break;
	case 4:
		chunks_write(q, m, n, true, false, false);
		break;
	case 5:
		chunks_write(q, m, n, true, false, true);
		break;
	case 6:
		chunks_write(q, m, n, true, true, false);
		break;
	default:
		chunks_write(q, m, n, true, true, true);
		break;
	}
}

/* What RSS would bring to this queue: the flows whose worker has it. */
static void
own_flows(struct bench_queue *q)
{
	const struct bench_port *p = q->owner;
	uint32_t n = 0;

	if (p->by == NULL || p->params.any || q->list != NULL)
		return;
	q->list = malloc(p->params.flows * sizeof(*q->list));
	for (uint32_t i = 0; q->list != NULL && i < p->params.flows; i++)
		if (p->by[i] == q->index)
			q->list[n++] = i;
	q->live = q->live == q->n ? n : VD_MIN(q->live, n);
	q->n = n;
}

static void
run_begin(struct bench_queue *q)
{
	q->head = 0;
	own_flows(q);
	for (unsigned int i = 0; i < 4; i++)
		q->lane[i] = (uint32_t)bench_draw(q->draws++) | 1; /* anything but 0 */
	for (unsigned int i = 0; i < AHEAD; i++)
		draw(q, &q->chunk[i]);
}

/* ---- each flow once ---- */

static void
ended(struct bench_queue *q)
{
	vd_store_release(&q->done, q->phase);
}

static enum bench_kind
kind_of(const struct bench_queue *q)
{
	bool udp = q->owner->params.udp;

	switch (q->phase) {
	case BENCH_PHASE_FILL:
		return udp ? BENCH_KIND_IN : BENCH_KIND_SYN;
	case BENCH_PHASE_ANSWER:
		return udp ? BENCH_KIND_OUT : BENCH_KIND_SYN_ACK;
	default:
		return BENCH_KIND_IN;
	}
}

/* At the end of a round: another one for the flows that were not seen to leave, after a while. */
static bool
round_again(struct bench_queue *q)
{
	if (q->phase != BENCH_PHASE_FILL || bench_known(q->owner) >= q->owner->params.flows ||
			q->rounds >= FILL_ROUNDS)
		return false;
	if (q->cursor++ < q->n + FILL_PATIENCE)
		return true;
	q->cursor = 0;
	q->rounds++;
	return true;
}

static uint16_t
each(struct bench_queue *q, struct rte_mbuf **m, uint16_t n)
{
	const struct bench_port *p = q->owner;
	enum bench_kind kind = kind_of(q);
	uint16_t made = 0;

	if (q->done == q->phase)
		return 0;
	if (q->cursor >= q->n) {
		if (!round_again(q))
			ended(q);
		return 0;
	}
	for (; made < n && q->cursor < q->n; q->cursor++) {
		uint32_t flow = q->first + q->cursor;
		bench_entry e = p->entry[flow];

		if ((q->phase == BENCH_PHASE_FILL) == (e == 0))
			bench_write(&p->frames, m[made++], kind, flow, e);
	}
	return made;
}

/* ---- any phase ---- */

/* testpmd's main lcore empties the queues before another one polls them. */
static void
lcore_adopt(struct bench_queue *q, unsigned int lcore)
{
	clockid_t clock;

	q->lcore = lcore;
	q->pace = 0; /* the schedule begins with its first receive */
	q->cache = rte_mempool_default_cache(q->owner->pool, lcore);
	if (pthread_getcpuclockid(pthread_self(), &clock) == 0)
		vd_store_relaxed(&q->clock, (int)clock);
}

static void
phase_begin(struct bench_queue *q, uint32_t phase)
{
	uint32_t live = vd_load_relaxed(&q->owner->live) / q->owner->n_queues;

	q->phase = phase;
	q->cursor = 0;
	q->rounds = 0;
	q->used = 0;
	q->pace = 0; /* a schedule begins with the phase */
	q->live = live == 0 ? q->n : VD_MIN(live, q->n);
	vd_store_relaxed(&q->done, (uint32_t)BENCH_PHASE_IDLE);
	if (phase == BENCH_PHASE_RUN || phase == BENCH_PHASE_CHECK)
		run_begin(q);
	else if (phase == BENCH_PHASE_CONNECTIONS || phase == BENCH_PHASE_CONNECTIONS_CHECK)
		bench_connections_begin(q);
}

static uint16_t
make(struct bench_queue *q, struct rte_mbuf **m, uint16_t n)
{
	switch (q->phase) {
	case BENCH_PHASE_RUN:
	case BENCH_PHASE_CHECK:
		run(q, m, n);
		return n;
	case BENCH_PHASE_FILL:
	case BENCH_PHASE_ANSWER:
	case BENCH_PHASE_CONFIRM:
		return each(q, m, n);
	case BENCH_PHASE_CONNECTIONS:
	case BENCH_PHASE_CONNECTIONS_CHECK:
	case BENCH_PHASE_CLOSE:
		n = bench_connections(q, m, n);
		if (n == 0 && q->phase == BENCH_PHASE_CLOSE && q->open == 0 && q->done != q->phase)
			ended(q);
		return n;
	default:
		return 0;
	}
}

/* A wire is not faster than what comes out of it: no queue runs away from workers whose CPU is taken. */
static uint64_t
in_flight(const struct bench_port *p)
{
	uint64_t out = 0, back = 0;

	for (uint16_t i = 0; i < p->n_queues; i++)
		back += vd_load_relaxed(&p->queue[i]->sent);
	for (uint16_t i = 0; i < p->n_queues; i++)
		out += vd_load_relaxed(&p->queue[i]->packets);
	return out - back;
}

uint16_t
bench_source(uint16_t port, uint16_t queue, struct rte_mbuf *m[], uint16_t got, uint16_t most,
		void *ctx)
{
	struct bench_queue *q = ctx;
	const struct bench_port *p = q->owner;
	uint32_t phase = vd_load_acquire(&p->phase);
	uint64_t pace = vd_load_relaxed(&p->pace);
	uint16_t n = (uint16_t)VD_MIN(most, p->params.burst);

	if (vd_unlikely(p->by != NULL) && in_flight(p) > IN_FLIGHT)
		return 0;

	RTE_SET_USED(port);
	RTE_SET_USED(queue);
	if (vd_unlikely(got > 0)) /* without no-rx=1 */
		rte_pktmbuf_free_bulk(m, got);
	if (vd_unlikely(rte_lcore_id() != q->lcore))
		lcore_adopt(q, rte_lcore_id());
	if (vd_unlikely(phase != q->phase))
		phase_begin(q, phase);
	if (vd_unlikely(pace != q->pace))
		bench_pace_begin(q, pace);
	if (vd_unlikely(pace != 0))
		bench_pace_receive(q);
	if (vd_unlikely(phase == BENCH_PHASE_IDLE))
		return 0;
	if (vd_unlikely(pace != 0) && (n = bench_pace_due(q, n)) == 0)
		return 0;
	if (vd_unlikely(rte_mempool_generic_get(p->pool, (void **)m, n, q->cache) != 0)) {
		vd_store_relaxed(&q->starved, q->starved + 1);
		return 0;
	}
	got = make(q, m, n);
	if (vd_unlikely(got < n))
		rte_mempool_generic_put(p->pool, (void *const *)(m + got), n - got, q->cache);
	if (vd_unlikely(pace != 0))
		bench_pace_stamp(q, m, got, n);
	vd_store_relaxed(&q->packets, q->packets + got);
	return got;
}
