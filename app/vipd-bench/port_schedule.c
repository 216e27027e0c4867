/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames by a schedule: each has a moment at which it arrives, at even distances by the time stamp counter. A receive finds
 * all that arrived since the one before, however late it is; each carries the moment that was meant, in a field of
 * the mbuf that no director knows, and when it leaves, the time since then is counted.
 */
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "bench_port.h"

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

void
bench_pace_begin(struct bench_queue *q, uint64_t pace)
{
	q->pace = pace;
	q->due = rte_rdtsc() << BENCH_PACE_SHIFT;
}

uint16_t
bench_pace_due(struct bench_queue *q, uint16_t most)
{
	uint64_t now = rte_rdtsc() << BENCH_PACE_SHIFT, n;

	/* Counters of two CPUs may differ a little. */
	if ((int64_t)(now - q->due) < 0)
		return 0;
	n = (now - q->due) / q->pace + 1;
	return (uint16_t)VD_MIN(n, most);
}

void
bench_pace_stamp(struct bench_queue *q, struct rte_mbuf **m, uint16_t got, uint16_t n)
{
	int at = q->owner->stamp_at;

	for (uint16_t i = 0; i < got; i++)
		*RTE_MBUF_DYNFIELD(m[i], at, uint64_t *) =
				(q->due + i * q->pace) >> BENCH_PACE_SHIFT;
	/* What a client did not have to send, it does not send later. */
	q->due += n * q->pace;
}

void
bench_pace_left(struct bench_queue *q, struct rte_mbuf *const *m, uint16_t n)
{
	const struct rte_mempool *pool = q->owner->pool;
	int at = q->owner->stamp_at;
	uint64_t now = rte_rdtsc();

	for (uint16_t i = 0; i < n; i++) {
		uint64_t stamp;

		if (vd_unlikely(m[i]->pool != pool)) /* the director's own */
			continue;
		stamp = *RTE_MBUF_DYNFIELD(m[i], at, uint64_t *);
		vd_loglin_add(q->latency, BENCH_LATENCY_BUCKETS, BENCH_LATENCY_BITS,
				now > stamp ? now - stamp : 0);
	}
}
