/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole connections for minutes, by the timeouts of the bench's configuration file; samples tell how it went. Then the source
 * stops, the timeouts pass, and what the director still has of all that is a leak.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_mempool.h>

#include "bench_run.h"
#include "vd_alloc.h"
#include "vd_ctl.h"
#include "vd_io.h"

#define SAMPLE      (10 * VD_SEC)
#define WAIT_CLOSE  (60 * VD_SEC)
#define WAIT_EMPTY  (180 * VD_SEC) /* the longest of the timeouts that no file sets, and a sweep */
#define SETTLED     5              /* a part of the run after which memory may not grow */
#define RSS_NOISE   (8u << 20)
#define CONN_BYTES  140
#define SPEED_LEAST 0.9           /* the last quarter's part of the first one's speed */
#define SPEED_TELLS (60 * VD_SEC) /* the first quarter of a shorter run is all start */

struct sample {
	struct bench_reading at;
	uint64_t live, rss;
};

struct soak {
	struct bench_run *run;
	struct bench_soak_result *out;
	struct sample first, quarter, settled, three, last;
	double *rate; /* of each sample */
	size_t n_rates;
	uint64_t peak, peak_settled; /* live connections */
	uint64_t drops[VD_DROP_N];
	FILE *to;
};

static void
count_out(struct rte_mempool *pool, void *arg)
{
	*(uint64_t *)arg += rte_mempool_in_use_count(pool);
}

static uint64_t
mbufs_out(void)
{
	uint64_t n = 0;

	rte_mempool_walk(count_out, &n);
	return n;
}

static double
per_cpu_second(const struct soak *s, const struct sample *a, const struct sample *b)
{
	return (double)(b->at.connections - a->at.connections) * 1e9 /
			(double)VD_MAX(b->at.cpu - a->at.cpu, 1u) * s->run->port->n_queues;
}

static double
ns_per_packet(const struct sample *a, const struct sample *b)
{
	return (double)(b->at.cpu - a->at.cpu) / (double)VD_MAX(b->at.packets - a->at.packets, 1u);
}

static void
sample_take(struct soak *s, struct sample *out)
{
	struct vd_ctl_conn_count count;

	vd_ctl_conn_count(s->run->ctl, &count);
	bench_run_read(s->run, &out->at);
	out->live = count.total;
	out->rss = bench_run_rss();
	s->peak = VD_MAX(s->peak, out->live);
}

static void
drops_print(struct soak *s)
{
	uint64_t drops[VD_DROP_N];

	vd_ctl_drops(s->run->ctl, drops);
	for (int i = 0; i < VD_DROP_N; i++) {
		if (drops[i] != s->drops[i])
			fprintf(s->to, "  %s %" PRIu64, vd_drop_name((enum vd_drop)i),
					drops[i] - s->drops[i]);
		s->drops[i] = drops[i];
	}
}

static void
sample_print(struct soak *s, const struct sample *before, const struct sample *now)
{
	double wall = (double)(now->at.wall - before->at.wall) / VD_SEC;

	fprintf(s->to, "%7.1f %10.0f %10.0f %8.1f %9" PRIu64 " %8.1f %7" PRIu64,
			(double)(now->at.wall - s->first.at.wall) / VD_SEC,
			(double)(now->at.connections - before->at.connections) / wall,
			per_cpu_second(s, before, now), ns_per_packet(before, now), now->live,
			(double)now->rss / (1 << 20), mbufs_out());
	drops_print(s);
	fputc('\n', s->to);
	fflush(s->to);
}

/* The run, sampled; what was true at its quarters is kept. */
static void
churn(struct soak *s, vd_time length)
{
	vd_time step = VD_MIN(SAMPLE, length / 12);
	struct sample before;

	fprintf(s->to, "%7s %10s %10s %8s %9s %8s %7s  drops\n", "s", "conn/s", "per CPU s",
			"ns/pkt", "live", "MB", "mbufs");
	sample_take(s, &s->first);
	before = s->first;
	while (before.at.wall - s->first.at.wall < length) {
		vd_time passed;

		bench_run_pass(s->run, step);
		sample_take(s, &s->last);
		sample_print(s, &before, &s->last);
		s->rate = vd_xrealloc(s->rate, (s->n_rates + 1) * sizeof(*s->rate));
		s->rate[s->n_rates++] = per_cpu_second(s, &before, &s->last);
		passed = s->last.at.wall - s->first.at.wall;
		if (passed < length / 4 || s->quarter.at.wall == 0)
			s->quarter = s->last;
		if (passed < length / SETTLED || s->settled.at.wall == 0) {
			s->settled = s->last;
			s->peak_settled = s->peak;
		}
		if (passed < length * 3 / 4)
			s->three = s->last;
		before = s->last;
	}
}

static bool
is_empty(struct bench_run *r)
{
	struct vd_ctl_conn_count count;

	vd_ctl_conn_count(r->ctl, &count);
	return count.total == 0;
}

static void
servers_count(struct soak *s)
{
	struct vd_ctl *c = s->run->ctl;
	struct vd_ctl_service svc;
	struct vd_ctl_server srv;

	for (size_t i = 0; i < vd_ctl_service_count(c); i++) {
		vd_ctl_service_get(c, i, &svc);
		for (size_t k = 0; k < svc.n_servers; k++) {
			vd_ctl_server_get(c, i, k, &srv);
			s->out->active += srv.active;
			s->out->inactive += srv.inactive;
		}
	}
}

static void
line(struct soak *s, bool good, const char *what)
{
	fprintf(s->to, "%s %s\n", good ? "PASS" : "FAIL", what);
	fflush(s->to);
	s->out->leaks += !good;
}

static void
verdicts(struct soak *s, uint64_t mbufs_before, bool closed)
{
	struct bench_soak_result *o = s->out;
	int consistent = vd_ctl_conn_check(s->run->ctl);
	struct vd_ctl_conn_count count;
	uint64_t out = mbufs_out();
	char text[200];

	vd_ctl_conn_count(s->run->ctl, &count);
	o->left = count.total;
	o->mbufs_out = out > mbufs_before ? out - mbufs_before : 0;
	o->rss_grown = s->last.rss > s->settled.rss ? s->last.rss - s->settled.rss : 0;
	/* A fuller table is not a leak. */
	o->rss_bound = RSS_NOISE + (s->peak - s->peak_settled) * CONN_BYTES;
	servers_count(s);
	line(s, closed, "every connection came to its end");
	snprintf(text, sizeof(text), "the table is empty: %" PRIu64 " of %" PRIu64 " at most left",
			o->left, s->peak);
	line(s, o->left == 0, text);
	line(s, consistent == 0, "table and index agree");
	snprintf(text, sizeof(text),
			"no server counts a connection: %" PRIu64 " active, %" PRIu64 " inactive",
			o->active, o->inactive);
	line(s, o->active == 0 && o->inactive == 0, text);
	snprintf(text, sizeof(text), "buffers are back: %" PRIu64 " more in use than before",
			o->mbufs_out);
	line(s, o->mbufs_out == 0, text);
	snprintf(text, sizeof(text), "no connection was refused: %" PRIu64, count.refused);
	line(s, count.refused == 0, text);
	for (int i = 0; i < VD_DROP_N; i++)
		o->dropped += s->drops[i];
	snprintf(text, sizeof(text), "no packet was dropped: %" PRIu64, o->dropped);
	line(s, o->dropped == 0, text);
	snprintf(text, sizeof(text),
			"memory grew by %.1f MB after a %dth of the run, %.1f MB are allowed",
			(double)o->rss_grown / (1 << 20), SETTLED,
			(double)o->rss_bound / (1 << 20));
	line(s, o->rss_grown <= o->rss_bound, text);
}

/* Medians over the samples of a quarter: what others do on the machine for a while counts for little. */
static void
speeds(struct soak *s)
{
	struct bench_soak_result *o = s->out;

	o->connections = s->last.at.connections - s->first.at.connections;
	o->first_rate = bench_run_median(s->rate, VD_MAX(s->n_rates / 4, 1u));
	o->last_rate = bench_run_median(
			s->rate + s->n_rates * 3 / 4, s->n_rates - s->n_rates * 3 / 4);
	o->given_up = s->last.at.given_up;
	o->first_ns = ns_per_packet(&s->first, &s->quarter);
	o->last_ns = ns_per_packet(&s->three, &s->last);
	fprintf(s->to,
			"%" PRIu64 " connections, %" PRIu64
			" given up; first quarter %.0f per CPU second, %.1f ns per packet; last "
			"%.0f, %.1f ns (%+.1f %%)\n",
			o->connections, o->given_up, o->first_rate, o->first_ns, o->last_rate,
			o->last_ns,
			o->first_rate == 0 ? 0 : 100 * (o->last_rate / o->first_rate - 1));
}

static void
speed_verdict(struct soak *s)
{
	struct bench_soak_result *o = s->out;
	char text[200];

	if (s->last.at.wall - s->first.at.wall < SPEED_TELLS)
		return;
	snprintf(text, sizeof(text),
			"the last quarter's speed is %.2f of the first one's, %.1f is the least",
			o->last_rate / o->first_rate, SPEED_LEAST);
	line(s, o->last_rate >= SPEED_LEAST * o->first_rate, text);
}

int
bench_soak(struct bench_run *r)
{
	struct soak s = {.run = r, .out = &r->row->soak, .to = r->o->json ? stderr : stdout};
	uint64_t mbufs_before = mbufs_out();
	bool closed;

	if (r->o->check && bench_run_check_pass(r, BENCH_PHASE_CONNECTIONS_CHECK) != 0)
		return -1;
	fputc('\n', s.to);
	bench_pace_set(r->port, r->o->rate, false);
	bench_run_phase_set(r, BENCH_PHASE_CONNECTIONS);
	churn(&s, (vd_time)(r->o->minutes * 60 * (double)VD_SEC));
	bench_pace_set(r->port, 0, false);
	bench_run_phase_set(r, BENCH_PHASE_CLOSE);
	closed = bench_run_phase_wait(r, WAIT_CLOSE, "closing the connections") == 0;
	bench_run_phase_set(r, BENCH_PHASE_IDLE);
	(void)bench_run_wait(r, is_empty, WAIT_EMPTY, "an empty table");
	vd_ctl_drops(r->ctl, s.drops);
	speeds(&s);
	verdicts(&s, mbufs_before, closed);
	speed_verdict(&s);
	free(s.rate);
	if (s.out->leaks != 0)
		return bench_run_fail(r, "%u of the soak's checks failed", s.out->leaks);
	return 0;
}
