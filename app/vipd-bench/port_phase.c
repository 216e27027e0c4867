/* SPDX-License-Identifier: BSD-3-Clause */
/* How far the port is: for the plugin and for the program that leads it. */
#include <string.h>
#include <time.h>

#include <rte_cycles.h>

#include "bench_port.h"

uint64_t
bench_cpu_ns(const struct bench_port *p)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < p->n_queues; i++) {
		int clock = vd_load_relaxed(&p->queue[i]->clock);
		struct timespec t;

		if (clock != 0 && clock_gettime((clockid_t)clock, &t) == 0)
			sum += (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	}
	return sum;
}

uint32_t
bench_known(const struct bench_port *p)
{
	uint32_t n = 0;

	for (uint16_t i = 0; i < p->n_queues; i++)
		n += vd_load_relaxed(&p->queue[i]->known);
	return n;
}

enum bench_phase
bench_phase_next(const struct bench_params *p, enum bench_phase phase)
{
	switch (phase) {
	case BENCH_PHASE_IDLE:
		return p->method == BENCH_METHOD_DROP || p->method == BENCH_METHOD_PUNT
				? BENCH_PHASE_RUN
				: BENCH_PHASE_FILL;
	case BENCH_PHASE_FILL:
		if (bench_two_way(p))
			return BENCH_PHASE_ANSWER;
		VD_FALLTHROUGH;
	case BENCH_PHASE_ANSWER:
		return p->udp ? BENCH_PHASE_RUN : BENCH_PHASE_CONFIRM;
	default:
		return BENCH_PHASE_RUN;
	}
}

bool
bench_phase_done(const struct bench_port *p, enum bench_phase phase)
{
	for (uint16_t i = 0; i < p->n_queues; i++)
		if (vd_load_acquire(&p->queue[i]->done) != (uint32_t)phase)
			return false;
	return true;
}

/* ---- by a schedule ---- */

void
bench_pace_set(struct bench_port *p, double per_second, bool own)
{
	double hz = (double)rte_get_tsc_hz() * (1 << BENCH_PACE_SHIFT);
	uint64_t pace = per_second == 0 ? 0 : (uint64_t)(hz * p->n_queues / per_second);

	if (per_second != 0)
		pace = VD_MAX(pace & ~(uint64_t)BENCH_PACE_OWN, BENCH_PACE_OWN << 1) |
				(own ? BENCH_PACE_OWN : 0);
	vd_store_relaxed(&p->pace, pace);
}

void
bench_times_read(const struct bench_port *p, enum bench_times which, uint64_t *counts)
{
	uint64_t one[BENCH_TIMES_BUCKETS];

	memset(counts, 0, sizeof(one));
	for (uint16_t q = 0; q < p->n_queues; q++) {
		vd_loglin_copy(one, p->queue[q]->times[which], BENCH_TIMES_BUCKETS);
		for (unsigned int i = 0; i < BENCH_TIMES_BUCKETS; i++)
			counts[i] += one[i];
	}
}

double
bench_times_quantile(const uint64_t *later, const uint64_t *earlier, double share)
{
	unsigned int i = vd_loglin_quantile(later, earlier, BENCH_TIMES_BUCKETS, share);

	if (i == BENCH_TIMES_BUCKETS)
		return 0;
	return (double)vd_loglin_limit(i, BENCH_TIMES_BITS) * 1e9 / (double)rte_get_tsc_hz();
}
