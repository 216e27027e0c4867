/* SPDX-License-Identifier: BSD-3-Clause */
/* How far the port is: for the plugin and for the program that leads it. */
#include <time.h>

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
