/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vd_rt_clock.h"
#include "vd_rt_idle.h"
#include "vd_test.h"

static struct vd_rt_beat beat;
static struct vd_rt_lcore lcore = {.beat = &beat};
static struct vd_rt_idle idle;

static vd_time
monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (vd_time)ts.tv_sec * VD_SEC + (vd_time)ts.tv_nsec;
}

static void
begin(bool busy, bool ring_wakes)
{
	memset(&beat, 0, sizeof(beat));
	CU_ASSERT(vd_rt_idle_init(&idle, &lcore, busy, ring_wakes) == 0);
	vd_rt_idle_attach(&idle);
}

static void
test_clock_follows_monotonic(void)
{
	vd_time last = 0;

	for (int i = 0; i < 5; i++) {
		struct timespec ts = {.tv_nsec = 20000000};
		int64_t apart;

		vd_rt_clock_sync();
		apart = (int64_t)(vd_rt_clock_now() - monotonic());
		/* Both readings on one thread, unless it was preempted between them. */
		CU_ASSERT(apart > -(int64_t)(20 * VD_MSEC) && apart < (int64_t)(5 * VD_MSEC));
		CU_ASSERT(vd_rt_clock_now() > last);
		last = vd_rt_clock_now();
		nanosleep(&ts, NULL);
	}
}

static void
test_ramp(void)
{
	vd_time now, length;

	begin(false, false);
	/* Work, and shortly after it: spin. */
	now = vd_rt_clock_now();
	CU_ASSERT(vd_rt_idle_turn_at(&idle, true, VD_TIME_NEVER, now) == now);
	CU_ASSERT(vd_rt_idle_turn_at(&idle, false, VD_TIME_NEVER, now + 10 * VD_USEC) ==
			now + 10 * VD_USEC);
	CU_ASSERT(idle.sleeps == 0);
	/* Then naps, then the long sleep. */
	idle.last_work = vd_rt_clock_now() - 2 * VD_RT_IDLE_SPIN;
	vd_rt_idle_turn(&idle, false, VD_TIME_NEVER);
	CU_ASSERT(idle.sleeps == 1 && idle.slept_ns >= VD_RT_IDLE_NAP / 2);
	idle.last_work = vd_rt_clock_now() - 2 * VD_RT_IDLE_NAPS;
	length = idle.slept_ns;
	vd_rt_idle_turn(&idle, false, VD_TIME_NEVER);
	CU_ASSERT(idle.slept_ns - length >= VD_RT_IDLE_SLEEP / 2);
	vd_rt_idle_fini(&idle);
}

static void
test_never_past_a_deadline(void)
{
	vd_time now;

	begin(false, true);
	idle.block = VD_SEC;
	idle.last_work = vd_rt_clock_now() - VD_SEC;
	now = vd_rt_clock_now();
	vd_rt_idle_turn(&idle, false, now + 2 * VD_MSEC);
	CU_ASSERT(idle.slept_ns < VD_SEC / 2);
	vd_rt_idle_turn(&idle, false, now);
	CU_ASSERT(idle.sleeps == 1);
	vd_rt_idle_fini(&idle);
}

static void
test_busy_spins_unless_the_cpu_is_shared(void)
{
	begin(true, false);
	idle.last_work = vd_rt_clock_now() - VD_SEC;
	vd_rt_idle_turn(&idle, false, VD_TIME_NEVER);
	CU_ASSERT(idle.sleeps == 0);
	vd_rt_idle_fini(&idle);
	lcore.shares_cpu = true;
	begin(true, false);
	vd_rt_idle_turn(&idle, false, VD_TIME_NEVER);
	CU_ASSERT(idle.sleeps == 1);
	vd_rt_idle_fini(&idle);
	lcore.shares_cpu = false;
}

static bool
yes(void *ctx)
{
	(*(int *)ctx)++;
	return true;
}

static void
test_pending_work_prevents_sleep(void)
{
	int asked = 0;

	begin(false, true);
	idle.block = VD_SEC;
	idle.last_work = vd_rt_clock_now() - VD_SEC;
	vd_rt_idle_set_pending(&idle, yes, &asked);
	vd_rt_idle_turn(&idle, false, VD_TIME_NEVER);
	CU_ASSERT(asked == 1 && idle.slept_ns < VD_SEC / 2);
	vd_rt_idle_fini(&idle);
}

static void *
waker(void *arg)
{
	(void)arg;
	while (vd_load_relaxed(&idle.asleep) == 0)
		;
	vd_rt_idle_wake(&idle);
	return NULL;
}

static void
test_wake_and_fds_end_a_sleep(void)
{
	pthread_t t;
	int p[2];

	begin(false, true);
	idle.block = 5 * VD_SEC;
	idle.last_work = vd_rt_clock_now() - VD_SEC;
	CU_ASSERT(pthread_create(&t, NULL, waker, NULL) == 0);
	vd_rt_idle_turn(&idle, false, VD_TIME_NEVER);
	pthread_join(t, NULL);
	CU_ASSERT(idle.wakes == 1 && idle.slept_ns < 3 * VD_SEC);
	/* Awake: nobody writes. */
	vd_rt_idle_wake(&idle);
	CU_ASSERT(idle.wakes == 1);
	CU_ASSERT(pipe(p) == 0 && write(p[1], "x", 1) == 1);
	CU_ASSERT(vd_rt_idle_add_fd(&idle, p[0]) == 0);
	vd_rt_idle_turn(&idle, false, VD_TIME_NEVER);
	CU_ASSERT(idle.sleeps == 2 && idle.slept_ns < 3 * VD_SEC);
	vd_rt_idle_del_fd(&idle, p[0]);
	close(p[0]);
	close(p[1]);
	vd_rt_idle_fini(&idle);
}

/* Limits of what a quantile answers: never below the value, and never 1.25 times as much. */
static bool
tells(const struct vd_rt_beat *b, const struct vd_rt_beat *before, double share, vd_time turn)
{
	vd_time found = vd_rt_beat_quantile(b, before, share);

	return found >= turn && found - turn <= turn / 4 + 16;
}

static void
test_beat(void)
{
	struct vd_rt_beat b = {.last = 1000000}, before;

	CU_ASSERT(vd_rt_beat_quantile(&b, NULL, 0.5) == 0);
	vd_rt_beat_turn(&b, 1000500, true);  /* 500 ns */
	vd_rt_beat_turn(&b, 1002000, false); /* 1500 ns */
	vd_rt_beat_turn(&b, 9002000, true);  /* 8 ms */
	CU_ASSERT(b.loops == 3 && b.busy_ns == 8000500 && b.idle_ns == 1500);
	CU_ASSERT(b.max == 8000000);
	CU_ASSERT(tells(&b, NULL, 0.3, 500));
	CU_ASSERT(tells(&b, NULL, 0.6, 1500));
	CU_ASSERT(vd_rt_beat_quantile(&b, NULL, 0.99) == 8 * VD_MSEC);
	CU_ASSERT(vd_rt_beat_quantile(&b, NULL, 1) == 8 * VD_MSEC);
	vd_rt_beat_copy(&before, &b);
	CU_ASSERT(vd_rt_beat_quantile(&b, &before, 0.5) == 0);
	CU_ASSERT(vd_rt_beat_quantile(&b, &before, 1) == 0);
	vd_rt_beat_turn(&b, b.last + 100000, true);
	CU_ASSERT(tells(&b, &before, 0.5, 100000));
	CU_ASSERT(tells(&b, &before, 1, 100000));
	vd_rt_beat_turn(&b, b.last + 9000001, true);
	CU_ASSERT(vd_rt_beat_quantile(&b, &before, 1) == 9000001);
	/* What does not fit is the last bucket's, and is told by the longest. */
	vd_rt_beat_turn(&b, b.last + 5 * VD_SEC, true);
	CU_ASSERT(b.turns[VD_RT_BEAT_BUCKETS - 1] == 1);
	CU_ASSERT(vd_rt_beat_quantile(&b, &before, 0.999) == 5 * VD_SEC);
	CU_ASSERT(vd_rt_beat_limit(VD_RT_BEAT_BUCKETS - 1) == VD_TIME_NEVER);
	/* A turn writes two lines: this one, and one of the histogram's. */
	CU_ASSERT(offsetof(struct vd_rt_beat, turns) == VD_CACHE_LINE);
}

/* p50, p99 and p99.9 of turns of all lengths are told apart. */
static void
test_beat_quantiles(void)
{
	struct vd_rt_beat b = {0};

	for (unsigned int i = 0; i < 10000; i++) {
		vd_time turn = i < 9000 ? 700 : i < 9985 ? 5000 : i < 9999 ? 90000 : 130000;

		vd_rt_beat_turn(&b, b.last + turn, true);
	}
	CU_ASSERT(tells(&b, NULL, 0.5, 700));
	CU_ASSERT(tells(&b, NULL, 0.99, 5000));
	CU_ASSERT(tells(&b, NULL, 0.999, 90000));
	CU_ASSERT(vd_rt_beat_quantile(&b, NULL, 1) == 130000);
}

/* A rest is no turn. */
static void
test_rest_is_no_turn(void)
{
	vd_time now;

	begin(false, false);
	now = vd_rt_clock_now();
	idle.last_work = now - VD_MSEC;
	now = vd_rt_idle_turn_at(&idle, false, VD_TIME_NEVER, now);
	CU_ASSERT(idle.sleeps == 1 && idle.slept_ns >= 50 * VD_USEC);
	CU_ASSERT(beat.loops == 1 && beat.last == now);
	(void)vd_rt_idle_turn_at(&idle, true, VD_TIME_NEVER, now + 200);
	CU_ASSERT(beat.loops == 2 && beat.turns[vd_loglin_bucket(200 >> 4, 2)] >= 1);
	vd_rt_idle_fini(&idle);
}

/* Whatever wakes a lcore and however long it was idle, it rests no longer than its heart may stand still. */
static void
test_rest_is_bounded(void)
{
	for (unsigned int bits = 0; bits < 8; bits++) {
		vd_time longest = 0;

		lcore.shares_cpu = (bits & 1) != 0;
		begin(false, (bits & 2) != 0);
		idle.interrupts = (bits & 4) != 0;
		for (vd_time t = 0; t < VD_SEC; t += 10 * VD_USEC)
			longest = VD_MAX(longest, vd_rt_idle_length(&idle, t));
		CU_ASSERT(longest == (bits >= 6 ? VD_RT_IDLE_BLOCK : VD_RT_IDLE_SLEEP));
		CU_ASSERT(vd_rt_idle_length(&idle, 0) == 0 || idle.shares_cpu);
		vd_rt_idle_fini(&idle);
	}
	lcore.shares_cpu = false;
}

static void
test_learns_how_late_it_wakes(void)
{
	begin(false, true);
	for (int i = 0; i < 100; i++)
		vd_rt_idle_learn(&idle, 40 * VD_USEC);
	CU_ASSERT(idle.late > 39 * VD_USEC && idle.late <= 40 * VD_USEC);
	/* Nine of ten are covered, and one that had no CPU for long changes little. */
	for (int i = 0; i < 1000; i++)
		vd_rt_idle_learn(&idle, (vd_time)(10 + i % 10 * 5) * VD_USEC);
	CU_ASSERT(idle.late >= 40 * VD_USEC && idle.late <= 60 * VD_USEC);
	vd_rt_idle_learn(&idle, VD_SEC);
	CU_ASSERT(idle.late <= 66 * VD_USEC);
	for (int i = 0; i < 1000; i++)
		vd_rt_idle_learn(&idle, VD_SEC);
	CU_ASSERT(idle.late == VD_RT_IDLE_EARLY);
	for (int i = 0; i < 1000; i++)
		vd_rt_idle_learn(&idle, 0);
	CU_ASSERT(idle.late < VD_USEC);
	vd_rt_idle_fini(&idle);
}

/* Nearer to a deadline than it wakes late, a lcore does not sleep; otherwise so much less. */
static void
test_sleeps_end_before_a_deadline(void)
{
	vd_time now;

	begin(false, true);
	idle.block = VD_SEC;
	idle.late = 50 * VD_USEC;
	idle.last_work = vd_rt_clock_now() - VD_SEC;
	now = vd_rt_clock_now();
	CU_ASSERT(vd_rt_idle_turn_at(&idle, false, now + 54 * VD_USEC, now) == now);
	CU_ASSERT(idle.sleeps == 0);
	vd_rt_idle_turn_at(&idle, false, now + 20 * VD_MSEC, now);
	CU_ASSERT(idle.sleeps == 1 && idle.slept_ns >= 19 * VD_MSEC);
	vd_rt_idle_fini(&idle);
}

static const struct vd_test tests[] = {
		VD_TEST(test_clock_follows_monotonic),
		VD_TEST(test_ramp),
		VD_TEST(test_never_past_a_deadline),
		VD_TEST(test_busy_spins_unless_the_cpu_is_shared),
		VD_TEST(test_pending_work_prevents_sleep),
		VD_TEST(test_wake_and_fds_end_a_sleep),
		VD_TEST(test_rest_is_bounded),
		VD_TEST(test_learns_how_late_it_wakes),
		VD_TEST(test_sleeps_end_before_a_deadline),
		VD_TEST(test_beat),
		VD_TEST(test_beat_quantiles),
		VD_TEST(test_rest_is_no_turn),
};

int
main(void)
{
	vd_rt_clock_init();
	return vd_test_main("rt/idle", tests, sizeof(tests) / sizeof(tests[0]));
}
