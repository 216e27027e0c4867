/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Established flows by a schedule, at a part of what the worker can do: how late each frame leaves, and how long the worker's
 * longest turn is, while nothing happens and while control makes the worker's life hard.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_run.h"
#include "vd_ctl.h"
#include "vd_io.h"

#define WARM        (200 * VD_MSEC)
#define PART        4    /* of a step's time the workers are to have at least */
#define MOST        30   /* times the step's time, even so */
#define NO_END      1e12 /* frames a second: more than any worker takes */
#define RELOAD_EACH (100 * VD_MSEC)
#define HEALTH_EACH (20 * VD_MSEC)
#define LIST_LIMIT  10000
#define SWEEP_LIVE  16 /* a part of the flows goes on, the others expire */
#define SWEEP_IDLE  4  /* seconds */

struct latency {
	struct bench_run *run;
	struct bench_latency_result *out;
	uint64_t events, before;                            /* of the disturbance */
	bool asked;                                         /* a listing is under way */
	double late[BENCH_RUNS_MAX], pause[BENCH_RUNS_MAX]; /* of each run */
	uint32_t n_longest;
	FILE *to;
};

/* What makes the worker's life hard: begin once, then tick again and again. */
struct disturbance {
	const char *name, *events; /* what is counted */
	bool idle;                 /* no frames */
	bool wall;                 /* the schedule goes on while others have the CPU */
	int (*begin)(struct latency *l);
	int (*tick)(struct latency *l);
	vd_time each;
};

struct reading {
	struct bench_reading at;
	uint64_t lost;
	uint64_t times[BENCH_TIMES_N][BENCH_TIMES_BUCKETS];
};

static void
read_times(const struct latency *l, struct reading *out)
{
	bench_run_read(l->run, &out->at);
	out->lost = 0;
	for (uint16_t q = 0; q < l->run->port->n_queues; q++)
		out->lost += vd_load_relaxed(&l->run->port->queue[q]->lost);
	for (int i = 0; i < BENCH_TIMES_N; i++)
		bench_times_read(l->run->port, (enum bench_times)i, out->times[i]);
}

/* On a busy machine it takes longer until workers ran for a while. */
static bool
over(const struct latency *l, const struct bench_reading *from, vd_time length)
{
	struct bench_reading now;

	bench_run_read(l->run, &now);
	if (now.wall - from->wall < length)
		return false;
	return now.cpu - from->cpu >= length / PART || now.wall - from->wall >= length * MOST;
}

static void
rest(struct latency *l, vd_time length)
{
	struct bench_reading from;

	bench_run_read(l->run, &from);
	while (!over(l, &from, length))
		bench_run_pass(l->run, length / PART);
}

/* ---- reload ---- */

static int
reload(struct latency *l)
{
	l->run->row->weight = l->run->row->weight == 2 ? 1 : 2;
	l->events++;
	return bench_run_reload(l->run);
}

/* ---- health ---- */

static uint64_t
health_changes(const struct latency *l)
{
	struct vd_ctl_service svc;
	struct vd_ctl_server srv;
	uint64_t n = 0;

	vd_ctl_service_get(l->run->ctl, 0, &svc);
	for (size_t i = 0; i < svc.n_servers; i++) {
		vd_ctl_server_get(l->run->ctl, 0, i, &srv);
		n += srv.changes;
	}
	return n;
}

static int
health_begin(struct latency *l)
{
	l->before = health_changes(l);
	return 0;
}

/* Every second server is down while the file has another number than 0. */
static int
health(struct latency *l)
{
	static bool down;
	char path[300];

	down = !down;
	(void)snprintf(path, sizeof(path), "%s/" BENCH_FLAP_FILE, l->run->folder);
	if (vd_io_file_write(path, down ? "1\n" : "0\n", 2, 0644) != 0)
		return bench_run_fail(l->run, "%s cannot be written", path);
	l->events = health_changes(l) - l->before;
	return 0;
}

/* ---- show connection ---- */

static void
listed(void *ctx, int err, const struct vd_ctl_conn *conns, size_t n, bool truncated)
{
	struct latency *l = ctx;

	(void)conns;
	(void)n;
	(void)truncated;
	l->asked = false;
	l->events += err == 0;
}

/* In turn: ten thousand of them; and a look at each for a client that has none. */
static int
list(struct latency *l)
{
	struct vd_ctl_conn_filter filter = {.service = -1, .server = -1, .state = -1, .worker = -1};

	if (l->asked)
		return 0;
	if (l->events % 2 == 0) {
		filter.limit = LIST_LIMIT;
	} else {
		filter.limit = 1;
		filter.has_client = true;
		filter.client = (struct vd_prefix){
				l->run->params.vip, l->run->params.v6 ? 128 : 32};
	}
	l->asked = true;
	vd_ctl_conns(l->run->ctl, &filter, listed, l);
	return 0;
}

static bool
no_listing(struct bench_run *r)
{
	return !((struct latency *)r->ctx)->asked;
}

/* ---- sweep ---- */

/* Some flows go on, and when the others have been idle for so long, a reload says that so long is too long. */
static int
sweep_begin(struct latency *l)
{
	struct bench_run *r = l->run;
	struct vd_ctl_conn_count count;

	vd_store_relaxed(&r->port->live, VD_MAX(r->params.flows / SWEEP_LIVE, 1u));
	bench_run_phase_set(r, BENCH_PHASE_IDLE);
	rest(l, 10 * VD_MSEC);
	bench_run_phase_set(r, BENCH_PHASE_RUN);
	rest(l, WARM);
	bench_run_pass(r, (SWEEP_IDLE + 1) * VD_SEC);
	vd_ctl_conn_count(r->ctl, &count);
	l->before = count.total;
	return 0;
}

static int
sweep(struct latency *l)
{
	struct vd_ctl_conn_count count;
	int err = 0;

	if (l->run->row->timeout == 0) {
		l->run->row->timeout = SWEEP_IDLE;
		err = bench_run_reload(l->run);
	}
	vd_ctl_conn_count(l->run->ctl, &count);
	l->events = l->before - VD_MIN(count.total, l->before);
	return err;
}

/* The last one takes the flows away. */
static const struct disturbance disturbances[BENCH_LATENCY_STEPS] = {
		{.name = "nothing arrives", .idle = true},
		{.name = "all included", .wall = true},
		{.name = "quiet"},
		{.name = "reload", .events = "reloads", .tick = reload, .each = RELOAD_EACH},
		{.name = "health",
				.events = "changes",
				.begin = health_begin,
				.tick = health,
				.each = HEALTH_EACH},
		{.name = "list", .events = "listings", .tick = list, .each = VD_MSEC},
		{.name = "sweep",
				.events = "expired",
				.begin = sweep_begin,
				.tick = sweep,
				.each = 10 * VD_MSEC},
};

/* ---- steps ---- */

/* What comes from the machine, comes to one run and not to the next. */
static void
longest_take(struct latency *l, const struct reading *a, const struct reading *b)
{
	l->late[l->n_longest] = bench_times_quantile(
			b->times[BENCH_TIMES_LATE], a->times[BENCH_TIMES_LATE], 1);
	l->pause[l->n_longest++] = bench_times_quantile(
			b->times[BENCH_TIMES_PAUSE], a->times[BENCH_TIMES_PAUSE], 1);
}

static int
pass(struct latency *l, const struct disturbance *d, vd_time length)
{
	static struct reading from, to;
	vd_time next = 0;

	read_times(l, &from);
	while (!over(l, &from.at, length)) {
		vd_time now = vd_io_now();

		if (d->tick != NULL && now >= next) {
			if (d->tick(l) != 0)
				return -1;
			next = now + d->each;
		}
		bench_run_pass(l->run, d->tick == NULL ? length / 100 : d->each);
	}
	read_times(l, &to);
	if (l->n_longest < BENCH_RUNS_MAX)
		longest_take(l, &from, &to);
	l->run->ctx = l;
	return bench_run_wait(l->run, no_listing, 10 * VD_SEC, "the last listing");
}

static void
loop_times(const struct latency *l, struct bench_latency_step *s)
{
	struct vd_ctl_lcore lc;

	for (size_t i = 0; i < vd_ctl_lcore_count(l->run->ctl); i++) {
		vd_ctl_lcore_get(l->run->ctl, i, &lc);
		if (lc.worker < 0 || !lc.active)
			continue;
		s->loop_p50 = VD_MAX(s->loop_p50, (double)lc.loop_p50);
		s->loop_p999 = VD_MAX(s->loop_p999, (double)lc.loop_p999);
		s->loop_max = VD_MAX(s->loop_max, (double)lc.loop_max);
	}
}

static void
step_take(struct latency *l, const struct reading *a, const struct reading *b,
		struct bench_latency_step *s)
{
	const uint64_t(*x)[BENCH_TIMES_BUCKETS] = a->times, (*y)[BENCH_TIMES_BUCKETS] = b->times;

	s->frames = b->at.packets - a->at.packets;
	s->missed = b->at.missed - a->at.missed;
	s->wall = (double)(b->at.wall - a->at.wall) / VD_SEC;
	s->cpu_share = (double)(b->at.cpu - a->at.cpu) /
			((double)(b->at.wall - a->at.wall) * l->run->port->n_queues);
	for (int i = 0; i < BENCH_SHARES; i++)
		s->late[i] = bench_times_quantile(
				y[BENCH_TIMES_LATE], x[BENCH_TIMES_LATE], bench_shares[i]);
	s->pause_p999 = bench_times_quantile(y[BENCH_TIMES_PAUSE], x[BENCH_TIMES_PAUSE], 0.999);
	s->pause_max = bench_times_quantile(y[BENCH_TIMES_PAUSE], x[BENCH_TIMES_PAUSE], 1);
	s->lost_max = bench_times_quantile(y[BENCH_TIMES_LOST], x[BENCH_TIMES_LOST], 1);
	s->lost = (double)(b->lost - a->lost) * 1e9 / l->run->row->tsc_hz;
	s->late_usual = bench_run_median(l->late, l->n_longest);
	s->pause_usual = bench_run_median(l->pause, l->n_longest);
	s->events = l->events;
	loop_times(l, s);
}

static int
step(struct latency *l, const struct disturbance *d, struct bench_latency_step *s)
{
	static struct reading a, b;
	struct bench_run *r = l->run;
	int err = 0;

	l->events = l->n_longest = 0;
	s->name = d->name;
	s->counted = d->events;
	bench_pace_set(r->port, l->out->capacity * r->row->load, !d->wall);
	bench_run_phase_set(r, d->idle ? BENCH_PHASE_IDLE : BENCH_PHASE_RUN);
	rest(l, WARM);
	if (d->begin != NULL && d->begin(l) != 0)
		return -1;
	vd_ctl_clear_stats(r->ctl);
	read_times(l, &a);
	for (uint32_t i = 0; i < r->o->runs && err == 0; i++)
		err = pass(l, d, (vd_time)(r->o->seconds * (double)VD_SEC));
	read_times(l, &b);
	step_take(l, &a, &b, s);
	bench_pace_set(r->port, 0, false);
	bench_run_phase_set(r, BENCH_PHASE_IDLE);
	bench_run_pass(r, VD_MSEC);
	if (err == 0 && d->events != NULL && l->events == 0)
		return bench_run_fail(r, "%s: there were no %s", d->name, d->events);
	return err != 0 ? err : bench_run_check_drops(r);
}

/* With all that a schedule costs; in frames a second of the worker's own time. */
static double
capacity(struct latency *l)
{
	struct bench_reading a, b;

	bench_pace_set(l->run->port, NO_END, true);
	bench_run_phase_set(l->run, BENCH_PHASE_RUN);
	rest(l, WARM);
	bench_run_read(l->run, &a);
	rest(l, (vd_time)(l->run->o->seconds * (double)VD_SEC));
	bench_run_read(l->run, &b);
	bench_pace_set(l->run->port, 0, false);
	return (double)(b.packets - a.packets) * 1e9 / (double)VD_MAX(b.cpu - a.cpu, 1u) *
			l->run->port->n_queues;
}

int
bench_latency(struct bench_run *r)
{
	struct latency l = {.run = r, .out = &r->row->latency, .to = r->o->json ? stderr : stdout};

	if (bench_run_establish(r) != 0)
		return -1;
	if (r->o->check && bench_run_check_pass(r, BENCH_PHASE_CHECK) != 0)
		return -1;
	l.out->capacity = capacity(&l);
	bench_print_latency_head(l.to, r->row);
	for (int i = 0; i < BENCH_LATENCY_STEPS; i++) {
		if (step(&l, &disturbances[i], &l.out->step[i]) != 0)
			return -1;
		l.out->n = i + 1;
		bench_print_latency_step(l.to, &l.out->step[i]);
	}
	return 0;
}
