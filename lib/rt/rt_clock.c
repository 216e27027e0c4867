/* SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

#include "vd_rt_clock.h"

/* The longest stretch over which a correction is spread, and the largest correction, in parts of 2^10. */
#define SLEW_NS   VD_SEC
#define SLEW_PART 1024

struct vd_rt_clock vd_rt_clock;

struct reading {
	uint64_t tsc;
	vd_time ns;
};

static struct reading first, last;

/* The reading with the shortest distance between its two TSC values, so that a preemption does not spoil it. */
static struct reading
read_both(void)
{
	struct reading best = {0, 0};
	uint64_t width = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		struct timespec ts;
		uint64_t a = rte_rdtsc(), b;

		clock_gettime(CLOCK_MONOTONIC, &ts);
		b = rte_rdtsc();
		if (b - a < width) {
			width = b - a;
			best.tsc = a + width / 2;
			best.ns = (vd_time)ts.tv_sec * VD_SEC + (vd_time)ts.tv_nsec;
		}
	}
	return best;
}

static uint64_t
rate(uint64_t tsc, vd_time ns)
{
	return (uint64_t)((((unsigned __int128)ns << 32)) / (tsc == 0 ? 1 : tsc));
}

static void
publish(uint64_t tsc, vd_time ns, uint64_t mult)
{
	uint32_t next = vd_rt_clock.current + 1;
	struct vd_rt_clock_line *l = &vd_rt_clock.line[next % VD_RT_CLOCK_LINES];

	vd_store_relaxed(&l->base_tsc, tsc);
	vd_store_relaxed(&l->base_ns, ns);
	vd_store_relaxed(&l->mult, mult);
	vd_store_release(&vd_rt_clock.current, next);
}

void
vd_rt_clock_init(void)
{
	first = read_both();
	last = first;
	/* Until the first sync: EAL's idea of the rate is not there yet, so measure for a millisecond. */
	do {
		last = read_both();
	} while (last.ns - first.ns < VD_MSEC);
	publish(last.tsc, last.ns, rate(last.tsc - first.tsc, last.ns - first.ns));
}

/*
 * The new line starts where the old one is now, so time does not jump, and its slope is the measured one plus what
 * closes the gap to CLOCK_MONOTONIC in SLEW_NS, bounded so that time always moves on at nearly its pace. A gap that
 * this cannot close soon (the machine was suspended) is jumped over, forwards only.
 */
void
vd_rt_clock_sync(void)
{
	struct reading now = read_both();
	vd_time ours = vd_rt_clock_of_tsc(now.tsc);
	uint64_t mult, bound;
	int64_t gap;

	if (now.ns - last.ns < 10 * VD_MSEC)
		return;
	/* The whole way from the start gives the best slope, unless something happened on it. */
	mult = rate(now.tsc - first.tsc, now.ns - first.ns);
	gap = (int64_t)(now.ns - ours);
	if (gap > (int64_t)(100 * VD_MSEC)) {
		first = last;
		mult = rate(now.tsc - first.tsc, now.ns - first.ns);
		ours = now.ns;
		gap = 0;
	}
	bound = mult / SLEW_PART;
	{
		__int128 adjust = (__int128)gap * (__int128)mult / (__int128)SLEW_NS;

		if (adjust > (__int128)bound)
			adjust = (__int128)bound;
		if (adjust < -(__int128)bound)
			adjust = -(__int128)bound;
		publish(now.tsc, ours, (uint64_t)((__int128)mult + adjust));
	}
	last = now;
}
