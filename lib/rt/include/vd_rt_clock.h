/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_CLOCK_H
#define VD_RT_CLOCK_H

/*
 * CLOCK_MONOTONIC read from the time stamp counter: a few nanoseconds, no call into the kernel or the vDSO. Any
 * thread. The rate is measured between process start and the first vd_rt_clock_sync(), and corrected at each later
 * one, so lcores and the event loop (vd_io_now()) stay on one time line: they differ by less than a
 * microsecond right after a sync and by the TSC's drift in between. Never runs backwards on one thread.
 */

#include <stdint.h>

#include <rte_cycles.h>

#include "vd_compiler.h"
#include "vd_time.h"

/* ns = base_ns + (tsc - base_tsc) * mult / 2^32 */
struct vd_rt_clock_line {
	uint64_t base_tsc;
	vd_time base_ns;
	uint64_t mult;
};

#define VD_RT_CLOCK_LINES 16

/* Main writes the line after the current one, then moves `current`. */
extern struct vd_rt_clock {
	uint32_t current VD_CACHE_ALIGNED;
	struct vd_rt_clock_line line[VD_RT_CLOCK_LINES] VD_CACHE_ALIGNED;
} vd_rt_clock;

static inline vd_time
vd_rt_clock_of_tsc(uint64_t tsc)
{
	const struct vd_rt_clock_line *l;
	uint64_t ns;
	uint32_t current;

	do {
		current = vd_load_acquire(&vd_rt_clock.current);
		l = &vd_rt_clock.line[current % VD_RT_CLOCK_LINES];
		ns = vd_load_relaxed(&l->base_ns);
		if ((int64_t)(tsc - vd_load_relaxed(&l->base_tsc)) > 0)
			ns += (uint64_t)(((unsigned __int128)(tsc - l->base_tsc) * l->mult) >> 32);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* A reader that slept through a whole round of lines reads again. */
	} while (vd_unlikely(
			vd_load_relaxed(&vd_rt_clock.current) - current >= VD_RT_CLOCK_LINES - 1));
	return ns;
}

static inline vd_time
vd_rt_clock_now(void)
{
	return vd_rt_clock_of_tsc(rte_rdtsc());
}

/* First reading; before the EAL starts. */
void vd_rt_clock_init(void);
/* Measures and corrects; main thread, about once a second. */
void vd_rt_clock_sync(void);

#endif
