/* SPDX-License-Identifier: BSD-3-Clause */
/* The passes of a row: the port told what to do, phase by phase, and what that took. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "bench_run.h"
#include "vd_conn.h"
#include "vd_ctl.h"
#include "vd_io.h"
#include "vd_log.h"
#include "vd_rt.h"

#define WAIT_PHASE  (300 * VD_SEC)
#define WAIT_EMPTY  (60 * VD_SEC)
#define WARM        (100 * VD_MSEC)
#define BYTES_LEAST 500000 /* flows from which the process's memory tells more than its noise */

/* ---- measuring ---- */

void
bench_run_read(const struct bench_run *r, struct bench_reading *out)
{
	memset(out, 0, sizeof(*out));
	out->wall = vd_io_now();
	out->cpu = bench_cpu_ns(r->port);
	for (uint16_t i = 0; i < r->port->n_queues; i++) {
		out->packets += vd_load_relaxed(&r->port->queue[i]->packets);
		out->connections += vd_load_relaxed(&r->port->queue[i]->connections);
		out->missed += vd_load_relaxed(&r->port->queue[i]->missed);
		out->given_up += vd_load_relaxed(&r->port->queue[i]->given_up);
	}
}

void
bench_run_phase_set(struct bench_run *r, enum bench_phase phase)
{
	vd_store_release(&r->port->phase, (uint32_t)phase);
}

void
bench_run_pass(struct bench_run *r, vd_time length)
{
	vd_time end = vd_io_now() + length;

	for (vd_time now = vd_io_now(); now < end; now = vd_io_now())
		(void)vd_io_loop_turn(r->loop, end - now);
}

static bool
ended(struct bench_run *r)
{
	return bench_phase_done(r->port, (enum bench_phase)r->port->phase);
}

/* Of the packets that came in, so many came by another worker's queue. */
static double
handed_over(struct bench_run *r)
{
	uint64_t out = 0, all = 0;
	struct vd_ctl_lcore l;

	for (size_t i = 0; i < vd_ctl_lcore_count(r->ctl); i++) {
		vd_ctl_lcore_get(r->ctl, i, &l);
		out += l.handed_out;
	}
	for (uint16_t i = 0; i < r->port->n_queues; i++)
		all += vd_load_relaxed(&r->port->queue[i]->packets);
	return all == 0 ? 0 : (double)out / (double)all;
}

static bool
all_left(struct bench_run *r)
{
	uint64_t out = 0, back = 0;

	for (uint16_t i = 0; i < r->port->n_queues; i++) {
		out += vd_load_relaxed(&r->port->queue[i]->packets);
		back += vd_load_relaxed(&r->port->queue[i]->sent);
	}
	return out == back;
}

/* Frames on their way between workers arrive. */
int
bench_run_settle(struct bench_run *r)
{
	if (r->port->n_queues == 1) {
		bench_run_pass(r, VD_MSEC);
		return 0;
	}
	return bench_run_wait(r, all_left, WAIT_PHASE, "all frames to leave");
}

int
bench_run_phase_wait(struct bench_run *r, vd_time most, const char *what)
{
	return bench_run_wait(r, ended, most, what);
}

int
bench_run_phase(struct bench_run *r, enum bench_phase phase, const char *what)
{
	int err;

	bench_run_phase_set(r, phase);
	err = bench_run_phase_wait(r, WAIT_PHASE, what);
	return err != 0 || r->port->n_queues == 1 ? err : bench_run_settle(r);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Adds one measurement to the row. */
static void
row_add(struct bench_run *r, const struct bench_reading *a, const struct bench_reading *b)
{
	struct bench_row *row = r->row;

	if (b->packets > a->packets && row->runs < BENCH_RUNS_MAX)
		row->ns[row->runs++] =
				(double)(b->cpu - a->cpu) / (double)(b->packets - a->packets);
	qsort(row->ns, row->runs, sizeof(row->ns[0]), by_value);
}

static void
timed(struct bench_run *r, enum bench_phase phase, vd_time warm)
{
	struct bench_reading first, a, b;
	bool whole = phase == BENCH_PHASE_CONNECTIONS;

	bench_run_phase_set(r, phase);
	bench_run_pass(r, warm);
	bench_run_read(r, &a);
	first = a;
	for (uint32_t i = 0; i < r->o->runs; i++) {
		bench_run_pass(r, (vd_time)(r->o->seconds * (double)VD_SEC));
		bench_run_read(r, &b);
		row_add(r, &a, &b);
		a = b;
	}
	r->row->per_second = (double)(whole ? b.connections - first.connections
					    : b.packets - first.packets) *
			1e9 / (double)(b.cpu - first.cpu) * r->port->n_queues;
	r->row->cpu_share = (double)(b.cpu - first.cpu) /
			((double)(b.wall - first.wall) * r->port->n_queues);
	r->row->given_up = b.given_up;
}

/* ---- memory ---- */

uint64_t
bench_run_rss(void)
{
	unsigned long long kb = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "r");

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmRSS: %llu", &kb) == 1)
			break;
	fclose(f);
	return kb << 10;
}

/* Huge pages are taken at start, and few connections leave most of a table untouched: then the table's plan counts. */
static void
bytes_per_connection(struct bench_run *r, uint64_t before)
{
	struct bench_row *row = r->row;
	uint64_t after = bench_run_rss();

	row->bytes = (double)vd_conn_table_bytes(row->capacity) / row->capacity;
	row->bytes_measured = !row->huge && row->flows >= BYTES_LEAST;
	if (row->bytes_measured)
		row->bytes = (double)(after - before) / row->flows;
}

/* ---- passes ---- */

/* Every connection established, each frame of it checked. */
int
bench_run_establish(struct bench_run *r)
{
	struct bench_reading a, b;
	uint64_t before = bench_run_rss();
	enum bench_phase phase = bench_phase_next(&r->params, BENCH_PHASE_IDLE);

	bench_run_read(r, &a);
	for (; phase != BENCH_PHASE_RUN; phase = bench_phase_next(&r->params, phase))
		if (bench_run_phase(r, phase, "making the flows known") != 0)
			return -1;
	bench_run_read(r, &b);
	if (bench_known(r->port) != r->params.flows)
		return bench_run_fail(r, "%u of %u flows came out", bench_known(r->port),
				r->params.flows);
	bytes_per_connection(r, before);
	if (r->row->what == BENCH_CASE_FILL) {
		row_add(r, &a, &b);
		r->row->per_second =
				r->params.flows * 1e9 / (double)(b.cpu - a.cpu) * r->port->n_queues;
		r->row->cpu_share = (double)(b.cpu - a.cpu) /
				((double)(b.wall - a.wall) * r->port->n_queues);
	}
	return bench_run_check(r);
}

static void
node_add(void *ctx, const struct vd_ctl_node *n)
{
	struct bench_row *row = ctx;
	struct bench_node *to = &row->node[row->n_nodes];

	if (n->ns == 0 || row->n_nodes == BENCH_NODES_MAX)
		return;
	snprintf(to->name, sizeof(to->name), "%s", n->name);
	to->ns = n->ns;
	to->burst = (double)n->packets / (double)n->calls;
	to->packets = n->packets;
	row->n_nodes++;
}

static int
run_established(struct bench_run *r)
{
	if (bench_run_establish(r) != 0)
		return -1;
	if (r->row->what == BENCH_CASE_FILL)
		return bench_run_check_drops(r);
	if (r->o->check && bench_run_check_pass(r, BENCH_PHASE_CHECK) != 0)
		return -1;
	if (r->o->timed)
		timed(r, BENCH_PHASE_RUN, WARM);
	vd_ctl_nodes(r->ctl, node_add, r->row);
	bench_run_phase_set(r, BENCH_PHASE_IDLE);
	r->row->handed = handed_over(r);
	return bench_run_settle(r) == 0 ? bench_run_check_drops(r) : -1;
}

static int
run_unserved(struct bench_run *r)
{
	uint64_t drops[VD_DROP_N];

	timed(r, BENCH_PHASE_RUN, WARM);
	bench_run_phase_set(r, BENCH_PHASE_IDLE);
	bench_run_pass(r, VD_MSEC);
	vd_ctl_drops(r->ctl, drops);
	for (int i = 0; i < VD_DROP_N; i++)
		r->row->dropped += drops[i];
	if (bench_run_sent(r) != 0)
		return bench_run_fail(
				r, "%" PRIu64 " packets left that should not", bench_run_sent(r));
	if (r->row->what == BENCH_CASE_DROP && drops[VD_DROP_NOT_MASTER] == 0)
		return bench_run_fail(
				r, "no packet was dropped as %s", vd_drop_name(VD_DROP_NOT_MASTER));
	return 0;
}

static bool
table_empty(struct bench_run *r)
{
	struct vd_ctl_conn_count count;

	vd_ctl_conn_count(r->ctl, &count);
	return count.total == 0;
}

/* Each connection had its turn once on the average: from then on all of their steps are met with equally. */
static bool
all_turned_over(struct bench_run *r)
{
	struct bench_reading now;

	bench_run_read(r, &now);
	return now.connections >= r->params.flows;
}

static int
run_connections(struct bench_run *r)
{
	struct vd_ctl_conn_count count;
	uint64_t before = bench_run_rss();

	if (r->o->check && bench_run_check_pass(r, BENCH_PHASE_CONNECTIONS_CHECK) != 0)
		return -1;
	if (!r->o->timed)
		return bench_run_check_drops(r);
	bench_run_phase_set(r, BENCH_PHASE_CONNECTIONS);
	if (bench_run_wait(r, all_turned_over, WAIT_PHASE, "as many connections as are to live") !=
			0)
		return -1;
	timed(r, BENCH_PHASE_CONNECTIONS, (vd_time)(r->o->warm * (double)VD_SEC));
	vd_ctl_nodes(r->ctl, node_add, r->row);
	vd_ctl_conn_count(r->ctl, &count);
	r->row->bytes = (double)vd_conn_table_bytes(r->row->capacity) / r->row->capacity;
	r->row->bytes_measured = false;
	if (count.refused != 0)
		return bench_run_fail(r,
				"%" PRIu64 " connections refused: a table of %u is too small",
				count.refused, r->row->capacity);
	if (bench_run_check(r) != 0)
		return -1;
	if (r->o->drain) {
		if (bench_run_phase(r, BENCH_PHASE_CLOSE, "closing the connections") != 0 ||
				bench_run_wait(r, table_empty, WAIT_EMPTY, "an empty table") != 0)
			return -1;
		fprintf(stderr, "table empty; memory grew by %" PRIu64 " kB\n",
				(bench_run_rss() - before) >> 10);
	}
	bench_run_phase_set(r, BENCH_PHASE_IDLE);
	bench_run_pass(r, VD_MSEC);
	return bench_run_check_drops(r);
}

static int
passes(struct bench_run *r)
{
	switch (r->row->what) {
	case BENCH_CASE_CONNECTIONS:
		return run_connections(r);
	case BENCH_CASE_DROP:
	case BENCH_CASE_PUNT:
		return run_unserved(r);
	case BENCH_CASE_SOAK:
		return bench_soak(r);
	case BENCH_CASE_LATENCY:
		return bench_latency(r);
	default:
		return run_established(r);
	}
}

void
bench_row_measure(const struct bench_options *o, struct bench_row *row, const char *folder)
{
	struct bench_run r = {.o = o, .row = row, .folder = folder};

	(void)snprintf(r.instance, sizeof(r.instance), "bench%d", (int)getpid());
	row->capacity = bench_row_capacity(o, row);
	bench_row_params(o, row, &r.params);
	row->services = r.params.vips * r.params.vports;
	row->vips = r.params.vips;
	row->neighbours = r.params.servers;
	vd_log_set_level(VD_LOG_ERROR);
	(void)vd_io_log_open(VD_IO_LOG_STDERR, NULL, r.instance);
	vd_rt_signals_guard();
	vd_rt_clock_init();
	if (bench_run_start(&r) == 0) {
		row->huge = vd_rt_eal_hugepages();
		row->tsc_hz = (double)rte_get_tsc_hz();
		row->tsc_ghz = (double)rte_get_tsc_hz() / 1e9;
		(void)snprintf(row->version, sizeof(row->version), "%s", vd_rt_eal_version());
		row->done = passes(&r) == 0;
	}
	bench_run_end(&r);
}
