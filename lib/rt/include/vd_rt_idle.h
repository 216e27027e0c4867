/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_IDLE_H
#define VD_RT_IDLE_H

/*
 * How a polling lcore rests. Each turn of its loop ends with vd_rt_idle_turn(), which writes the lcore's heartbeat and
 * decides: spin on (work was done, or lately), sleep shortly, or block in epoll until an Rx interrupt, a
 * wake-up or the deadline. With poll "busy" it never rests, unless the lcore shares its CPU with another
 * one: two that spin on one CPU would take turns of milliseconds.
 *
 *   void loop(struct w *w)
 *   {
 *           vd_time now = vd_rt_idle_attach(&w->idle);
 *           while (!vd_rt_stopping(w->stop)) {
 *                   bool did = w_turn(w, now);
 *                   now = vd_rt_idle_turn(&w->idle, did, w->next_deadline);
 *           }
 *           vd_rt_idle_detach(&w->idle);
 *   }
 *
 * A sleep ends later than it was asked to: by the timer, the CPU's own sleep and the scheduler. The lcore learns by how
 * much, sleeps so much less when a deadline is near, and spins the rest, never more than VD_RT_IDLE_EARLY.
 *
 * Resting ends at once for an Rx interrupt (where the PMD has them), and for vd_rt_idle_wake(); otherwise a sleep is
 * at most VD_RT_IDLE_SLEEP, so what no one announces waits no longer than that.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_compiler.h"
#include "vd_rt_lcore.h"
#include "vd_time.h"

struct vd_rt_port;

#define VD_RT_IDLE_SPIN   (50 * VD_USEC) /* of empty turns before the first sleep */
#define VD_RT_IDLE_NAP    (50 * VD_USEC) /* first sleeps, while no more than VD_RT_IDLE_NAPS idle */
#define VD_RT_IDLE_NAPS   (1 * VD_MSEC)
#define VD_RT_IDLE_SLEEP  (1 * VD_MSEC)  /* longest sleep when Rx has to be polled */
#define VD_RT_IDLE_BLOCK  (5 * VD_MSEC)  /* longest sleep when every source of work wakes us */
#define VD_RT_IDLE_EARLY  (90 * VD_USEC) /* most that a sleep ends before a deadline */
#define VD_RT_IDLE_QUEUES 64
/*
 * Two heartbeats of a lcore that has nothing to do lie no further apart, unless its CPU is taken: the longest rest, and as
 * much again for the scheduler and one turn. A busy-polling one beats each turn, which is microseconds.
 */
#define VD_RT_IDLE_GAP (10 * VD_MSEC)

struct vd_rt_idle_queue {
	uint16_t port, queue;
	bool armed; /* rx_intr_enable works: enable before the wait, disable after */
};

struct vd_rt_idle {
	/* Set by init. */
	bool busy;       /* poll: busy */
	bool shares_cpu; /* another lcore runs on this CPU: never spins */
	bool interrupts; /* every Rx queue wakes us */
	bool ring_wakes; /* everyone who fills our rings calls wake */
	vd_time block;   /* longest sleep */
	struct vd_rt_beat *beat;
	bool (*pending)(void *ctx); /* work in rings? asked before blocking; NULL = none */
	void *pending_ctx;
	int epoll_fd, wake_fd;
	unsigned int n_queues;
	struct vd_rt_idle_queue queue[VD_RT_IDLE_QUEUES];
	/* The lcore's own. */
	vd_time last_work;
	uint64_t sleeps, slept_ns;
	vd_time late; /* by which sleeps end too late, learnt */
	/* Shared: 1 while asleep, so that wakers know. */
	uint32_t asleep VD_CACHE_ALIGNED;
	uint64_t wakes; /* eventfd writes, by any thread */
};

/*
 * Main thread, before the lcore is launched: busy is the dataplane's poll mode. 0 or -errno of epoll and eventfd.
 * ring_wakes promises that each producer of the lcore's rings calls vd_rt_idle_wake() after it put something.
 */
int vd_rt_idle_init(struct vd_rt_idle *idle, const struct vd_rt_lcore *lcore, bool busy,
		bool ring_wakes);
void vd_rt_idle_fini(struct vd_rt_idle *idle);
void vd_rt_idle_set_pending(struct vd_rt_idle *idle, bool (*pending)(void *ctx), void *ctx);

/* Adds the worker's Rx queues of a started port. Main thread, before launch. A port without interrupts turns sleeps short. */
void
vd_rt_idle_add_port(struct vd_rt_idle *idle, const struct vd_rt_port *port, unsigned int worker);
/* Adds any readable fd (the punt tap); level-triggered: the loop must read it. 0 or -errno. Any time, owner or main. */
int vd_rt_idle_add_fd(struct vd_rt_idle *idle, int fd);
void vd_rt_idle_del_fd(struct vd_rt_idle *idle, int fd);

/* On the lcore itself, first and last. attach gives the time. */
vd_time vd_rt_idle_attach(struct vd_rt_idle *idle);
void vd_rt_idle_detach(struct vd_rt_idle *idle);

/* How long a lcore that found nothing to do for so long may rest; 0 = spin on. At most VD_RT_IDLE_BLOCK. Pure. */
vd_time vd_rt_idle_length(const struct vd_rt_idle *idle, vd_time idle_for);
/* A sleep that nothing else ended took so much longer than asked. */
void vd_rt_idle_learn(struct vd_rt_idle *idle, vd_time late);

/* The slow part of a turn: rests if it is time to. */
vd_time vd_rt_idle_rest(struct vd_rt_idle *idle, vd_time now, vd_time deadline);

static inline void
vd_rt_beat_turn(struct vd_rt_beat *b, vd_time now, bool work)
{
	vd_time turn = now - b->last;

	vd_loglin_add(b->turns, VD_RT_BEAT_BUCKETS, VD_RT_BEAT_BITS, turn >> VD_RT_BEAT_UNIT);
	if (vd_unlikely(turn > b->max))
		vd_store_relaxed(&b->max, turn);
	if (work)
		vd_store_relaxed(&b->busy_ns, b->busy_ns + turn);
	else
		vd_store_relaxed(&b->idle_ns, b->idle_ns + turn);
	vd_store_relaxed(&b->loops, b->loops + 1);
	vd_store_relaxed(&b->last, now);
}

/*
 * Ends a turn. work: it did something. deadline: next thing to do by time, VD_TIME_NEVER if none; it never sleeps past
 * it. Returns the time for the next turn.
 */
static inline vd_time
vd_rt_idle_turn_at(struct vd_rt_idle *idle, bool work, vd_time deadline, vd_time now)
{
	vd_rt_beat_turn(idle->beat, now, work);
	if (work)
		idle->last_work = now;
	else if (!idle->busy)
		return vd_rt_idle_rest(idle, now, deadline);
	return now;
}

vd_time vd_rt_idle_turn(struct vd_rt_idle *idle, bool work, vd_time deadline);

/* Ends the lcore's sleep. Any thread; costs a fence and a load while it is awake. */
void vd_rt_idle_wake_slow(struct vd_rt_idle *idle);

/* For whoever had such a fence since it put something. */
static inline void
vd_rt_idle_wake_fenced(struct vd_rt_idle *idle)
{
	if (vd_unlikely(vd_load_relaxed(&idle->asleep) != 0))
		vd_rt_idle_wake_slow(idle);
}

static inline void
vd_rt_idle_wake(struct vd_rt_idle *idle)
{
	/* Pairs with the fence between `asleep = 1` and the look at the rings in vd_rt_idle_rest(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	vd_rt_idle_wake_fenced(idle);
}

#endif
