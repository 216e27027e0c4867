/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames by a schedule: each has a moment at which it arrives, at even distances by the time stamp counter. They wait in a
 * ring, as a NIC's do; what arrives while it is full is missed. Each carries the moment that was meant, in a field of the mbuf
 * that no director knows, and when it leaves, the time since then is counted.
 */
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "bench_port.h"

#define LOOK_NS       10000.0
#define LOST_LEAST_NS 1000.0

int
bench_pace_init(struct bench_port *p)
{
	static const struct rte_mbuf_dynfield stamp = {
			.name = "vipd_bench_stamp",
			.size = sizeof(uint64_t),
			.align = __alignof__(uint64_t),
	};

	p->stamp_at = rte_mbuf_dynfield_register(&stamp);
	return p->stamp_at >= 0 ? 0 : -1;
}

/* ---- the schedule's clock ---- */

static uint64_t
cpu_ns(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool
own(const struct bench_queue *q)
{
	return (q->pace & BENCH_PACE_OWN) != 0;
}

static void
count(struct bench_queue *q, enum bench_times which, uint64_t time)
{
	vd_loglin_add(q->times[which], BENCH_TIMES_BUCKETS, BENCH_TIMES_BITS, time);
}

/* Of the time since the last look, what this thread did not run. */
static void
lost(struct bench_queue *q, uint64_t now)
{
	uint64_t ns = cpu_ns(), passed = now - q->mark;
	uint64_t ran = (uint64_t)((double)(ns - q->mark_ns) * q->owner->ns_counts);
	uint64_t gone = passed > ran ? VD_MIN(passed - ran, now - q->seen) : 0;

	q->mark = now;
	q->mark_ns = ns;
	if ((double)gone < LOST_LEAST_NS * q->owner->ns_counts)
		return;
	vd_store_relaxed(&q->lost, q->lost + gone);
	count(q, BENCH_TIMES_LOST, gone);
}

static uint64_t
look(struct bench_queue *q)
{
	uint64_t now = rte_rdtsc();

	if (vd_unlikely((double)(now - q->seen) > LOOK_NS * q->owner->ns_counts))
		lost(q, now);
	q->seen = now;
	return own(q) ? now - q->lost : now;
}

/* ---- by the schedule ---- */

void
bench_pace_begin(struct bench_queue *q, uint64_t pace)
{
	q->pace = pace;
	q->seen = q->mark = rte_rdtsc();
	q->mark_ns = cpu_ns();
	q->at = own(q) ? q->seen - q->lost : q->seen;
	q->due = q->at << BENCH_PACE_SHIFT;
	q->waiting = q->spans = 0;
}

void
bench_pace_receive(struct bench_queue *q)
{
	uint64_t now = look(q);

	count(q, BENCH_TIMES_PAUSE, now - q->at);
	q->at = now;
}

/* n more frames have arrived, as far as there is room for them. */
static uint32_t
enter(struct bench_queue *q, uint64_t n)
{
	struct bench_span *last =
			&q->span[(q->span_first + q->spans + BENCH_SPANS - 1) % BENCH_SPANS];
	uint32_t k = (uint32_t)VD_MIN(n, (uint64_t)(q->owner->params.ring - q->waiting));

	if (k == 0)
		return 0;
	if (q->spans == 0 || last->due + last->n * q->pace != q->due) {
		if (q->spans == BENCH_SPANS)
			return 0;
		last = &q->span[(q->span_first + q->spans++) % BENCH_SPANS];
		*last = (struct bench_span){.due = q->due};
	}
	last->n += k;
	q->waiting += k;
	return k;
}

uint16_t
bench_pace_due(struct bench_queue *q, uint16_t most)
{
	uint64_t past = (q->at << BENCH_PACE_SHIFT) - q->due, n;

	/* Counters of two CPUs may differ a little. */
	if ((int64_t)past >= 0) {
		n = past / q->pace + 1;
		vd_store_relaxed(&q->missed, q->missed + n - enter(q, n));
		q->due += n * q->pace;
	}
	return (uint16_t)VD_MIN(q->waiting, most);
}

/* n frames of those that wait are taken; got of them there are. What a client did not have to send, it does not send later. */
void
bench_pace_stamp(struct bench_queue *q, struct rte_mbuf **m, uint16_t got, uint16_t n)
{
	int at = q->owner->stamp_at;

	for (uint16_t i = 0; i < n; i++) {
		struct bench_span *s = &q->span[q->span_first % BENCH_SPANS];

		if (i < got)
			*RTE_MBUF_DYNFIELD(m[i], at, uint64_t *) = s->due;
		s->due += q->pace;
		if (--s->n == 0) {
			q->span_first++;
			q->spans--;
		}
	}
	q->waiting -= n;
}

void
bench_pace_left(struct bench_queue *q, struct rte_mbuf *const *m, uint16_t n)
{
	const struct rte_mempool *pool = q->owner->pool;
	int at = q->owner->stamp_at;
	uint64_t now = look(q) << BENCH_PACE_SHIFT;

	for (uint16_t i = 0; i < n; i++) {
		uint64_t late;

		if (vd_unlikely(m[i]->pool != pool)) /* the director's own */
			continue;
		late = now - *RTE_MBUF_DYNFIELD(m[i], at, uint64_t *);
		count(q, BENCH_TIMES_LATE, (int64_t)late < 0 ? 0 : late >> BENCH_PACE_SHIFT);
	}
}
