/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_LCORE_H
#define VD_RT_LCORE_H

/*
 * Who runs where: the main lcore (event loop), the control lcore, the workers. Roles are settled by
 * vd_rt_eal_start(): EAL's main lcore is main, control is the one the dataplane file names or the lowest other
 * lcore, the rest are workers in ascending order.
 *
 * Each lcore owns a heartbeat that it writes once per turn of its loop and anyone may read: one cache line, and the
 * bucket of a histogram.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_compiler.h"
#include "vd_loglin.h"
#include "vd_time.h"

enum vd_rt_role {
	VD_RT_ROLE_MAIN,
	VD_RT_ROLE_CONTROL,
	VD_RT_ROLE_WORKER,
};

/* Turns up to 2 s, by 16 ns, in buckets whose limits lie 1 : 1.25 apart at most. */
#define VD_RT_BEAT_UNIT    4 /* log2 of ns */
#define VD_RT_BEAT_BITS    2
#define VD_RT_BEAT_BUCKETS VD_LOGLIN_BUCKETS(VD_RT_BEAT_BITS, 27)

/*
 * Written by its lcore only, with relaxed stores. A turn is the time from one beat to the next, sleep left out.
 * Bucket i counts turns below vd_rt_beat_limit(i), the last one all longer ones.
 */
struct vd_rt_beat {
	vd_time last;     /* end of the last turn */
	uint64_t loops;   /* turns */
	uint64_t busy_ns; /* in turns that had work */
	uint64_t idle_ns; /* in turns without, and asleep */
	vd_time max;      /* longest turn so far */
	uint64_t turns[VD_RT_BEAT_BUCKETS] VD_CACHE_ALIGNED;
} VD_CACHE_ALIGNED;

/* Upper limit of a bucket in ns; none (VD_TIME_NEVER) of the last one. */
static inline vd_time
vd_rt_beat_limit(unsigned int bucket)
{
	return bucket >= VD_RT_BEAT_BUCKETS - 1
			? VD_TIME_NEVER
			: vd_loglin_limit(bucket, VD_RT_BEAT_BITS) << VD_RT_BEAT_UNIT;
}

/* A reader's copy. */
void vd_rt_beat_copy(struct vd_rt_beat *to, const struct vd_rt_beat *from);

/*
 * Of the turns between two copies (earlier may be NULL) the length that a share (0 to 1) of them stayed below, as its
 * bucket's limit; 1 is the longest, which is exact when no longer one came before. 0 when there was no turn.
 */
vd_time
vd_rt_beat_quantile(const struct vd_rt_beat *later, const struct vd_rt_beat *earlier, double share);

struct vd_rt_lcore {
	unsigned int id;
	enum vd_rt_role role;
	int worker; /* index among the workers, or -1 */
	int cpu;    /* -1: may run on several */
	int socket;
	bool shares_cpu; /* another lcore may run on the same CPU: it must not spin */
	struct vd_rt_beat *beat;
};

const char *vd_rt_role_name(enum vd_rt_role role); /* "main", "control", "worker" */

/* In the order main, control, workers. */
unsigned int vd_rt_lcore_count(void);
const struct vd_rt_lcore *vd_rt_lcore_get(unsigned int i);
const struct vd_rt_lcore *vd_rt_lcore_control(void);
unsigned int vd_rt_worker_count(void);
const struct vd_rt_lcore *vd_rt_lcore_worker(unsigned int worker);
/* The calling thread's lcore, NULL on a thread that is none. */
const struct vd_rt_lcore *vd_rt_lcore_self(void);

/* Runs fn(arg) on that lcore, under a thread name like "vipd-w0". Main thread. 0 or -EBUSY. */
int vd_rt_lcore_launch(const struct vd_rt_lcore *lcore, int (*fn)(void *arg), void *arg);
/* Waits until fn returned, and gives its result. Main thread. */
int vd_rt_lcore_join(const struct vd_rt_lcore *lcore);

/*
 * A request to end, read by lcore loops each turn: `while (!vd_rt_stopping(stop))`. Set by main.
 */
struct vd_rt_stop {
	uint32_t stop;
} VD_CACHE_ALIGNED;

static inline bool
vd_rt_stopping(const struct vd_rt_stop *s)
{
	return vd_load_relaxed(&s->stop) != 0;
}

static inline void
vd_rt_stop_set(struct vd_rt_stop *s)
{
	vd_store_release(&s->stop, 1);
}

/*
 * The calling lcore gets its CPU before other threads that want it (nice -20): for control, which may share a CPU with
 * main, its scripts and the rest of the host. Without the permission nothing changes. On the lcore itself.
 */
void vd_rt_lcore_favour(void);

#endif
