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
	char instance[32], plugin[512];
};

/* -1, with the sentence in the row. */
int bench_run_fail(struct bench_run *r, const char *fmt, ...) VD_PRINTF(2, 3);
/* 0 when the condition holds, -1 when it did not in time. The director's main lcore runs meanwhile. */
int bench_run_wait(struct bench_run *r, bool (*condition)(struct bench_run *r), vd_time most,
		const char *what);
/* 0 when the director runs and the port waits for its first phase. */
int bench_run_start(struct bench_run *r);
void bench_run_end(struct bench_run *r);

#endif
