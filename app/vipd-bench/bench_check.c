/* SPDX-License-Identifier: BSD-3-Clause */
/* What left, compared frame by frame with what should have; and what did not leave. */
#include <inttypes.h>

#include "bench_run.h"
#include "vd_ctl.h"
#include "vd_io.h"

#define PASS_LEAST (200 * VD_MSEC)
#define PASS_MOST \
	(120 * VD_SEC) /* a worker may still be looking at its memory for the first time */
#define FRAMES_LEAST 100000
#define FLOWS_MOST   4096 /* whole connections at a time: few enough that all of their steps come */

static const char *const bad_names[BENCH_BAD_N] = {"MAC addresses", "IP header",
		"TCP or UDP header or payload", "length", "IP checksum", "TCP or UDP checksum",
		"of no flow"};

int
bench_run_check(struct bench_run *r)
{
	struct bench_row *row = r->row;
	const char *first = NULL;

	row->checked = row->bad = 0;
	for (uint16_t i = 0; i < r->port->n_queues; i++) {
		const struct bench_queue *q = r->port->queue[i];

		row->checked += vd_load_relaxed(&q->checked);
		for (int b = 0; b < BENCH_BAD_N; b++) {
			row->bad += vd_load_relaxed(&q->bad[b]);
			if (first == NULL && q->bad[b] != 0)
				first = bad_names[b];
		}
	}
	return row->bad == 0
			? 0
			: bench_run_fail(r, "%" PRIu64 " of %" PRIu64 " frames left wrong (%s)",
					  row->bad, row->checked, first);
}

int
bench_run_check_drops(struct bench_run *r)
{
	uint64_t drops[VD_DROP_N];
	int most = 0;

	vd_ctl_drops(r->ctl, drops);
	r->row->dropped = 0;
	for (int i = 0; i < VD_DROP_N; i++) {
		r->row->dropped += drops[i];
		if (drops[i] > drops[most])
			most = i;
	}
	return r->row->dropped == 0
			? 0
			: bench_run_fail(r, "%" PRIu64 " packets dropped (%s)", r->row->dropped,
					  vd_drop_name((enum vd_drop)most));
}

static uint64_t
checked(const struct bench_run *r)
{
	uint64_t n = 0;

	for (uint16_t i = 0; i < r->port->n_queues; i++)
		n += vd_load_relaxed(&r->port->queue[i]->checked);
	return n;
}

static bool
checked_enough(struct bench_run *r)
{
	return checked(r) >= r->check_until;
}

int
bench_run_check_pass(struct bench_run *r, enum bench_phase phase)
{
	r->check_until = checked(r) + FRAMES_LEAST;
	if (phase == BENCH_PHASE_CONNECTIONS_CHECK)
		vd_store_relaxed(&r->port->live,
				VD_MIN(r->params.flows, FLOWS_MOST * r->port->n_queues));
	bench_run_phase_set(r, phase);
	bench_run_pass(r, PASS_LEAST);
	if (bench_run_wait(r, checked_enough, PASS_MOST, "frames to compare") != 0)
		return -1;
	bench_run_phase_set(r, BENCH_PHASE_IDLE);
	if (bench_run_settle(r) != 0)
		return -1;
	vd_store_relaxed(&r->port->live, 0);
	return bench_run_check(r);
}

uint64_t
bench_run_sent(const struct bench_run *r)
{
	uint64_t n = 0;

	for (uint16_t i = 0; i < r->port->n_queues; i++)
		n += vd_load_relaxed(&r->port->queue[i]->sent);
	return n;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
bench_run_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n == 0 ? 0 : n % 2 != 0 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}
