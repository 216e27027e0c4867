/* SPDX-License-Identifier: BSD-3-Clause */
/* What the Tx queues take: looked at while there is something to learn or to check, and freed. */
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "bench_port.h"

/* ---- check ---- */

void
bench_bad(struct bench_queue *q, enum bench_bad what)
{
	vd_store_relaxed(&q->bad[what], q->bad[what] + 1);
}

static bool
l4_csum_good(const struct bench_frames *f, const uint8_t *p)
{
	const void *ip = p + f->at.l3, *l4 = p + f->at.l4;

	/* The checker's arithmetic is DPDK's, not vipd's. */
	return f->v6 ? rte_ipv6_udptcp_cksum_verify(ip, l4) == 0
		     : rte_ipv4_udptcp_cksum_verify(ip, l4) == 0;
}

static bool
ip_csum_good(const struct bench_frames *f, const uint8_t *p)
{
	const uint8_t *ip = p + f->at.l3;

	return f->v6 || rte_raw_cksum(ip, sizeof(struct rte_ipv4_hdr)) == 0xffff;
}

/* Compares with the frame that has to be, the checksums left out: they may have two forms of zero. */
static bool
same(struct bench_queue *q, const uint8_t *p, const uint8_t *want, unsigned int len)
{
	const struct bench_layout *at = &q->owner->frames.at;
	uint8_t got[BENCH_FRAME_MAX];

	memcpy(got, p, len);
	bench_put16(got + at->csum, 0);
	if (!q->owner->frames.v6)
		bench_put16(got + BENCH_IP4_CSUM, 0);
	if (memcmp(got, want, len) == 0)
		return true;
	if (memcmp(got, want, at->l3) != 0)
		bench_bad(q, BENCH_BAD_MAC);
	else if (memcmp(got, want, at->l4) != 0)
		bench_bad(q, BENCH_BAD_IP);
	else
		bench_bad(q, BENCH_BAD_L4);
	return false;
}

void
bench_check(struct bench_queue *q, const struct rte_mbuf *m, enum bench_kind kind, uint32_t flow,
		bench_entry e, uint32_t ack)
{
	const struct bench_frames *f = &q->owner->frames;
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint8_t want[BENCH_FRAME_MAX];
	unsigned int size = 0;

	while (size < BENCH_SIZES && f->t[kind][size].fields.data_len != m->data_len)
		size++;
	if (size == BENCH_SIZES || m->pkt_len != m->data_len) {
		bench_bad(q, BENCH_BAD_LENGTH);
		return;
	}
	bench_expect(f, kind, size, flow, e, want);
	if (!f->udp)
		bench_put32(want + f->at.id + 4, ack);
	if (!same(q, p, want, m->data_len))
		return;
	if (!ip_csum_good(f, p))
		bench_bad(q, BENCH_BAD_IP_CSUM);
	else if (!l4_csum_good(f, p))
		bench_bad(q, BENCH_BAD_L4_CSUM);
}

/* ---- established flows ---- */

/*
 * The phase that what leaves belongs to: the queue's own, or with several the one that is asked for, since frames of
 * other queues leave by this one, and a new phase is asked for only when all of the last one have left.
 */
static uint32_t
phase_of(const struct bench_queue *q)
{
	return q->owner->by == NULL ? q->phase : vd_load_relaxed(&q->owner->phase);
}

static enum bench_kind
kind_of(const struct bench_queue *q, bool in)
{
	uint32_t phase = phase_of(q);

	if (!q->owner->params.udp && phase == BENCH_PHASE_FILL && in)
		return BENCH_KIND_SYN;
	if (!q->owner->params.udp && phase == BENCH_PHASE_ANSWER && !in)
		return BENCH_KIND_SYN_ACK;
	return in ? BENCH_KIND_IN : BENCH_KIND_OUT;
}

static void
look(struct bench_queue *q, const struct rte_mbuf *m)
{
	const struct bench_port *p = q->owner;
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t flow = BENCH_FLOW_NONE;
	bench_entry e = 0;
	bool in = false;

	vd_store_relaxed(&q->checked, q->checked + 1);
	if (m->data_len >= p->frames.t[0][0].fields.data_len) {
		flow = bench_sent_id(&p->frames, frame);
		in = bench_sent_in(&p->frames, frame, &e);
	}
	if (flow >= p->params.flows || (in && e == 0)) {
		bench_bad(q, BENCH_BAD_STRANGE);
		return;
	}
	if (in && p->entry[flow] == 0) {
		p->entry[flow] = e;
		if (p->by != NULL)
			p->by[flow] = q->index;
		vd_store_relaxed(&q->known, q->known + 1);
	}
	bench_check(q, m, kind_of(q, in), flow, p->entry[flow], 0);
}

/* ---- all of them ---- */

/* One reference, one segment, own data: the words of the mbuf that say so, with what else is in them left out. */
static inline bool
ours(const struct rte_mbuf *m, const struct rte_mempool *pool)
{
	static const union {
		uint16_t part[4];
		uint64_t all;
	} mask = {{0, 0xffff, 0xffff, 0}}, one = {{0, 1, 1, 0}};
	uint64_t word;

	_Static_assert(offsetof(struct rte_mbuf, refcnt) ==
							offsetof(struct rte_mbuf, rearm_data) + 2 &&
					offsetof(struct rte_mbuf, nb_segs) ==
							offsetof(struct rte_mbuf, rearm_data) + 4,
			"data_off, refcnt, nb_segs, port");
	memcpy(&word, (const uint8_t *)m + offsetof(struct rte_mbuf, rearm_data), sizeof(word));
	return ((word & mask.all) ^ one.all) == 0 && m->pool == pool && RTE_MBUF_DIRECT(m);
}

/* In bulk, as drivers do; net_null gets NULLs, which it passes over. */
static void
release(struct bench_queue *q, struct rte_mbuf **m, uint16_t n)
{
	struct rte_mempool *pool = q->owner->pool;
	struct rte_mbuf *own[BENCH_CHUNK * 2];

	while (n > 0) {
		uint16_t part = (uint16_t)VD_MIN(n, VD_ARRAY_LEN(own));
		unsigned int k = 0;

		for (uint16_t i = 0; i < part; i++) {
			if (vd_likely(ours(m[i], pool)))
				own[k++] = m[i];
			else
				rte_pktmbuf_free(m[i]);
		}
		memset(m, 0, part * sizeof(*m));
		rte_mempool_generic_put(pool, (void *const *)own, k, q->cache);
		m += part;
		n -= part;
	}
}

uint16_t
bench_sink(uint16_t port, uint16_t queue, struct rte_mbuf *m[], uint16_t n, void *ctx)
{
	struct bench_queue *q = ctx;

	RTE_SET_USED(port);
	RTE_SET_USED(queue);
	switch (phase_of(q)) {
	case BENCH_PHASE_FILL:
	case BENCH_PHASE_ANSWER:
	case BENCH_PHASE_CONFIRM:
	case BENCH_PHASE_CHECK:
		for (uint16_t i = 0; i < n; i++)
			look(q, m[i]);
		break;
	case BENCH_PHASE_CONNECTIONS:
	case BENCH_PHASE_CLOSE:
		for (uint16_t i = 0; i < n; i++)
			bench_connections_sent(q, m[i]);
		break;
	case BENCH_PHASE_CONNECTIONS_CHECK:
		for (uint16_t i = 0; i < n; i++)
			bench_connections_check(q, m[i]);
		break;
	default:
		break;
	}
	if (vd_unlikely(q->pace != 0))
		bench_pace_left(q, m, n);
	vd_store_relaxed(&q->sent, q->sent + n);
	if (vd_likely(q->owner->bulk_free))
		release(q, m, n);
	return n;
}
