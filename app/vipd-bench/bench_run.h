/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

/* A row being measured: a director started as vipd starts it, on the port. */

#include "bench.h"
#include "vd_compiler.h"
#include "vd_time.h"

struct vd_model;
struct vd_dataplane;
struct vd_io_loop;
struct vd_ctl;

struct bench_run {
	const struct bench_options *o;
	struct bench_row *row;
	const char *folder;
	struct bench_params params;
	struct vd_model *model; /* until the director has them */
	struct vd_dataplane *dataplane;
	struct vd_io_loop *loop;
	struct vd_ctl *ctl;
	struct bench_port *port;
	uint64_t check_until;
	void *ctx; /* of a condition that is waited for */
	char instance[32], plugin[512];
};

struct bench_reading {
	vd_time wall;
	uint64_t cpu, packets, connections, given_up, missed;
};

/* -1, with the sentence in the row. */
int bench_run_fail(struct bench_run *r, const char *fmt, ...) VD_PRINTF(2, 3);
/* 0 when the condition holds, -1 when it did not in time. The director's main lcore runs meanwhile. */
int bench_run_wait(struct bench_run *r, bool (*condition)(struct bench_run *r), vd_time most,
		const char *what);
/* 0 when the director runs and the port waits for its first phase. */
int bench_run_start(struct bench_run *r);
void bench_run_end(struct bench_run *r);
/* The files of the row as it is now are written, and taken by the director. */
int bench_run_reload(struct bench_run *r);

void bench_run_read(const struct bench_run *r, struct bench_reading *out);
/* A phase is asked for; or it is, and its end waited for. */
void bench_run_phase_set(struct bench_run *r, enum bench_phase phase);
int bench_run_phase(struct bench_run *r, enum bench_phase phase, const char *what);
int bench_run_phase_wait(struct bench_run *r, vd_time most, const char *what);
/* So much time goes by, in which the director's main lcore runs. */
void bench_run_pass(struct bench_run *r, vd_time length);
/* After the end of a phase: frames on their way between workers arrive. */
int bench_run_settle(struct bench_run *r);
/* Bytes of the process in memory. */
uint64_t bench_run_rss(void);
/* Every flow made known, each frame checked. */
int bench_run_establish(struct bench_run *r);

/* ---- checks: -1 with the sentence in the row ---- */

/* When a frame left wrong so far. */
int bench_run_check(struct bench_run *r);
/* An untimed pass in one of the phases that compare; idle after it. */
int bench_run_check_pass(struct bench_run *r, enum bench_phase phase);
/* When a packet was dropped. */
int bench_run_check_drops(struct bench_run *r);
/* Frames that left. */
uint64_t bench_run_sent(const struct bench_run *r);

/* Sorts v; 0 of none. */
double bench_run_median(double *v, size_t n);

/* ---- cases with passes of their own ---- */

int bench_soak(struct bench_run *r);
int bench_latency(struct bench_run *r);

#endif
