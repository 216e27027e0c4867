/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole TCP connections, a number of them at a time: SYN, SYN-ACK, ACK, the client's FIN, the server's, ACK. Each frame
 * is the next one of a connection drawn at random; after the last one the next flow takes its place, so no tuple comes
 * again before 2^29 others. A server's SYN-ACK waits until the client's SYN was seen to leave, from which port.
 * Directors forget connections of which they hear nothing. One whose turn comes so late that this may be, because there are
 * many and this process gets little of its CPU, is given up by both its ends, and another takes its place.
 */
#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "bench_port.h"

#define STEPS     6 /* at most */
#define STEP_BITS 3
#define FLOW_MASK ((1u << (32 - STEP_BITS)) - 1)
#define CLOSED    7 /* a slot without a connection */

/* By DR: the server answers past the director. */
static const uint8_t step_kind[2][STEPS] = {
		{BENCH_KIND_SYN, BENCH_KIND_SYN_ACK, BENCH_KIND_IN, BENCH_KIND_FIN_IN,
				BENCH_KIND_FIN_OUT, BENCH_KIND_IN},
		{BENCH_KIND_SYN, BENCH_KIND_IN, BENCH_KIND_FIN_IN, BENCH_KIND_IN},
};
static const uint8_t step_count[2] = {6, 4};

/* TCP's acknowledgement number carries the slot. */
#define SLOT_AT(f) ((f)->at.id + 4)

static void
draw(struct bench_queue *q, struct bench_chunk *c)
{
	const struct bench_port *p = q->owner;

	for (unsigned int i = 0; i < BENCH_CHUNK; i++) {
		uint64_t r = bench_draw(q->draws + i);

		c->flow[i] = q->first + (uint32_t)(((r >> 32) * q->live) >> 32);
		c->size[i] = (uint32_t)(r % 16);
		vd_prefetch_write(&p->slot[c->flow[i]]);
	}
	q->draws += BENCH_CHUNK;
}

static void
slot_open(struct bench_queue *q, struct bench_slot *s)
{
	s->state = (q->next_flow++ & FLOW_MASK) << STEP_BITS;
	s->entry = 0;
	q->open++;
}

void
bench_connections_begin(struct bench_queue *q)
{
	for (uint32_t i = 0; i < q->live; i++) {
		struct bench_slot *s = &q->owner->slot[q->first + i];

		if ((s->state & CLOSED) == CLOSED)
			slot_open(q, s);
	}
	q->head = 0;
	q->cursor = 0;
	for (unsigned int i = 0; i + 1 < BENCH_CHUNKS; i++)
		draw(q, &q->chunk[i]);
}

/* Numbers that differ from frame to frame of one template: the slot besides the flow. */
static void
put_slot(const struct bench_frames *f, struct rte_mbuf *m, uint32_t slot)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint16_t csum;

	memcpy(&csum, p + f->at.csum, sizeof(csum));
	bench_put32(p + SLOT_AT(f), slot);
	bench_put16(p + f->at.csum, bench_fold((uint16_t)~csum + bench_halves(slot)));
}

static void
slot_leave(struct bench_queue *q, struct bench_slot *s)
{
	q->open--;
	s->state |= CLOSED;
	if (q->phase != BENCH_PHASE_CLOSE)
		slot_open(q, s);
}

/* The next frame of a connection, if there is one now. */
static bool
step(struct bench_queue *q, struct rte_mbuf *m, uint32_t slot, bool again, uint64_t now)
{
	const struct bench_frames *f = &q->owner->frames;
	struct bench_slot *s = &q->owner->slot[slot];
	uint32_t at = s->state & CLOSED, flow;

	if (at == CLOSED)
		return false;
	if (vd_unlikely(at != 0 && now - s->at > q->owner->patience)) {
		vd_store_relaxed(&q->given_up, q->given_up + 1);
		slot_leave(q, s);
		at = s->state & CLOSED;
		if (at == CLOSED)
			return false;
	}
	flow = s->state >> STEP_BITS;
	if (at == 1 && s->entry == 0) {
		if (!again)
			return false;
		at = 0; /* lost: the client tries again */
	}
	bench_write(f, m, (enum bench_kind)step_kind[f->dr][at], flow, s->entry);
	put_slot(f, m, slot);
	s->state = flow << STEP_BITS | (at + 1);
	s->at = now;
	if (at + 1 < step_count[f->dr])
		return true;
	vd_store_relaxed(&q->connections, q->connections + 1);
	slot_leave(q, s);
	return true;
}

static uint16_t
close_all(struct bench_queue *q, struct rte_mbuf **m, uint16_t n)
{
	uint64_t now = rte_rdtsc();
	uint16_t made = 0;

	for (uint32_t i = 0; i < q->n && made < n; i++) {
		if (q->cursor >= q->n)
			q->cursor = 0;
		if (step(q, m[made], q->first + q->cursor, i == 0, now))
			made++;
		q->cursor++;
	}
	return made;
}

/* n frames at most of the chunk at head. */
static uint16_t
some(struct bench_queue *q, struct rte_mbuf **m, unsigned int n)
{
	const struct bench_chunk *c = &q->chunk[q->head % BENCH_CHUNKS];
	unsigned int end = VD_MIN(q->used + n, BENCH_CHUNK);
	uint64_t now = rte_rdtsc();
	uint16_t made = 0;

	for (unsigned int k = q->used; k < end; k++)
		if (vd_likely(step(q, m[made], c->flow[k], c->size[k] == 0, now)))
			made++;
	q->used = end % BENCH_CHUNK;
	if (q->used == 0) {
		q->head++;
		draw(q, &q->chunk[(q->head + BENCH_CHUNKS - 2) % BENCH_CHUNKS]);
	}
	return made;
}

uint16_t
bench_connections(struct bench_queue *q, struct rte_mbuf **m, uint16_t n)
{
	uint16_t made = 0;

	if (q->phase == BENCH_PHASE_CLOSE)
		return close_all(q, m, n);
	for (unsigned int tried = 0, used; tried < n; tried += used) {
		used = VD_MIN(n - tried, BENCH_CHUNK - q->used);
		made = (uint16_t)(made + some(q, m + made, used));
	}
	return made;
}

/* ---- what leaves ---- */

void
bench_connections_sent(struct bench_queue *q, const struct rte_mbuf *m)
{
	const struct bench_port *p = q->owner;
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	struct bench_slot *s;
	bench_entry e;
	uint32_t slot;

	/* The SYN tells what was chosen; the flags are in the byte after the header's length. */
	if (vd_likely(frame[p->frames.at.l4 + 13] != BENCH_TCP_SYN))
		return;
	memcpy(&slot, frame + SLOT_AT(&p->frames), sizeof(slot));
	if (slot >= p->params.flows || !bench_sent_in(&p->frames, frame, &e) || e == 0) {
		vd_store_relaxed(&q->bad[BENCH_BAD_STRANGE], q->bad[BENCH_BAD_STRANGE] + 1);
		return;
	}
	s = &p->slot[slot];
	if (s->state >> STEP_BITS == bench_sent_id(&p->frames, frame))
		s->entry = e;
}

static enum bench_kind
kind_of(bool in, uint8_t flags)
{
	if ((flags & BENCH_TCP_SYN) != 0)
		return in ? BENCH_KIND_SYN : BENCH_KIND_SYN_ACK;
	if ((flags & BENCH_TCP_FIN) != 0)
		return in ? BENCH_KIND_FIN_IN : BENCH_KIND_FIN_OUT;
	return in ? BENCH_KIND_IN : BENCH_KIND_OUT;
}

/* Every frame of a connection leaves from where its SYN did. When the last one leaves, the slot may be another's already. */
void
bench_connections_check(struct bench_queue *q, const struct rte_mbuf *m)
{
	const struct bench_port *p = q->owner;
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct bench_slot *s;
	uint32_t slot, flow;
	bench_entry e = 0;
	bool in;

	vd_store_relaxed(&q->checked, q->checked + 1);
	if (m->data_len < p->frames.t[0][0].fields.data_len) {
		bench_bad(q, BENCH_BAD_LENGTH);
		return;
	}
	bench_connections_sent(q, m);
	in = bench_sent_in(&p->frames, frame, &e);
	flow = bench_sent_id(&p->frames, frame);
	memcpy(&slot, frame + SLOT_AT(&p->frames), sizeof(slot));
	if (slot >= p->params.flows || (in && e == 0)) {
		bench_bad(q, BENCH_BAD_STRANGE);
		return;
	}
	s = &p->slot[slot];
	if (s->state >> STEP_BITS == flow && s->entry != 0)
		e = s->entry;
	bench_check(q, m, kind_of(in, frame[p->frames.at.l4 + 13]), flow, e, slot);
}
