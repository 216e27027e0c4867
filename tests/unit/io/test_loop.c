/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vd_io_clock.h"
#include "vd_io_loop.h"
#include "vd_io_signal.h"
#include "vd_test.h"

static char trail[64];

static void
note(char c)
{
	size_t n = strlen(trail);

	if (n + 1 < sizeof(trail)) {
		trail[n] = c;
		trail[n + 1] = '\0';
	}
}

static void
on_timer(struct vd_io_timer *t)
{
	note(*(const char *)t->ctx);
}

static void
test_timers_fire_in_order(void)
{
	struct vd_io_loop *loop = vd_io_loop_create();
	struct vd_io_timer t[5] = {0};
	vd_time now = vd_io_now();

	trail[0] = '\0';
	vd_io_timer_set(loop, &t[0], now + 3 * VD_MSEC, on_timer, (void *)(uintptr_t) "c");
	vd_io_timer_set(loop, &t[1], now + 1 * VD_MSEC, on_timer, (void *)(uintptr_t) "a");
	vd_io_timer_set(loop, &t[2], now + 1 * VD_MSEC, on_timer, (void *)(uintptr_t) "b");
	vd_io_timer_set(loop, &t[3], now + 2 * VD_MSEC, on_timer, (void *)(uintptr_t) "x");
	vd_io_timer_set(loop, &t[4], now + 1 * VD_SEC, on_timer, (void *)(uintptr_t) "y");
	vd_io_timer_cancel(loop, &t[3]);
	CU_ASSERT(!vd_io_timer_is_set(&t[3]) && vd_io_timer_is_set(&t[4]));
	while (vd_io_now() < now + 4 * VD_MSEC || vd_io_timer_is_set(&t[0]))
		CU_ASSERT(vd_io_loop_turn(loop, VD_MSEC) == 0);
	CU_ASSERT_STRING_EQUAL(trail, "abc");
	CU_ASSERT(vd_io_now() < now + VD_SEC);
	vd_io_loop_destroy(loop);
	CU_ASSERT(!vd_io_timer_is_set(&t[4]));
}

static void
test_many_timers(void)
{
	enum {
		N = 500
	};
	static struct vd_io_timer t[N];
	struct vd_io_loop *loop = vd_io_loop_create();
	vd_time now = vd_io_now();
	unsigned int x = 1;

	trail[0] = '\0';
	for (int i = 0; i < N; i++) {
		x = x * 1103515245u + 12345u;
		vd_io_timer_set(loop, &t[i], now + x % 1000, on_timer, (void *)(uintptr_t) "");
	}
	for (int i = 0; i < N; i += 3)
		vd_io_timer_cancel(loop, &t[i]);
	while (vd_io_now() < now + 2000)
		;
	vd_io_loop_turn(loop, 0);
	for (int i = 0; i < N; i++)
		CU_ASSERT(!vd_io_timer_is_set(&t[i]));
	vd_io_loop_destroy(loop);
}

struct again {
	struct vd_io_loop *loop;
	struct vd_io_timer t;
	struct vd_io_task task;
	int n;
};

static void
rearm(struct vd_io_timer *t)
{
	struct again *a = t->ctx;

	a->n++;
	vd_io_timer_set(a->loop, t, 0, rearm, a);
}

static void
requeue(struct vd_io_task *task)
{
	struct again *a = task->ctx;

	a->n++;
	vd_io_loop_defer(a->loop, task, requeue, a);
}

static void
test_rearming_waits_a_turn(void)
{
	struct again a = {.loop = vd_io_loop_create()};

	vd_io_timer_set(a.loop, &a.t, 0, rearm, &a);
	vd_io_loop_turn(a.loop, VD_SEC);
	CU_ASSERT(a.n == 1);
	vd_io_loop_turn(a.loop, VD_SEC);
	CU_ASSERT(a.n == 2);
	vd_io_timer_cancel(a.loop, &a.t);
	vd_io_loop_defer(a.loop, &a.task, requeue, &a);
	vd_io_loop_defer(a.loop, &a.task, requeue, &a);
	vd_io_loop_turn(a.loop, VD_SEC);
	CU_ASSERT(a.n == 3);
	vd_io_task_cancel(a.loop, &a.task);
	vd_io_loop_turn(a.loop, 0);
	CU_ASSERT(a.n == 3);
	vd_io_loop_destroy(a.loop);
}

static void
stop(struct vd_io_task *task)
{
	vd_io_loop_stop(task->ctx, 7);
}

static struct vd_io_task posted;

static void *
poster(void *arg)
{
	vd_io_loop_post(arg, &posted, stop, arg);
	return NULL;
}

static void
woken(void *ctx)
{
	(*(int *)ctx)++;
}

static void
test_post_from_a_thread(void)
{
	struct vd_io_loop *loop = vd_io_loop_create();
	int wakes = 0;
	pthread_t t;

	vd_io_loop_on_wake(loop, woken, &wakes);
	CU_ASSERT(pthread_create(&t, NULL, poster, loop) == 0);
	CU_ASSERT(vd_io_loop_run(loop) == 7);
	pthread_join(t, NULL);
	vd_io_loop_turn(loop, 0);
	CU_ASSERT(wakes == 1);
	vd_io_loop_destroy(loop);
}

struct pair {
	struct vd_io_fd a, b;
	int calls;
};

static void
remove_both(struct vd_io_fd *h, unsigned int events)
{
	struct pair *p = h->ctx;

	CU_ASSERT(events & VD_IO_READ);
	p->calls++;
	vd_io_fd_del(&p->a);
	vd_io_fd_del(&p->b);
}

static void
test_removed_fd_gets_no_stale_event(void)
{
	struct vd_io_loop *loop = vd_io_loop_create();
	struct pair p = {0};
	int x[2], y[2];

	CU_ASSERT(pipe(x) == 0 && pipe(y) == 0);
	CU_ASSERT(write(x[1], "x", 1) == 1 && write(y[1], "y", 1) == 1);
	CU_ASSERT(vd_io_fd_add(loop, &p.a, x[0], VD_IO_READ, remove_both, &p) == 0);
	CU_ASSERT(vd_io_fd_add(loop, &p.b, y[0], VD_IO_READ, remove_both, &p) == 0);
	vd_io_loop_turn(loop, VD_SEC);
	CU_ASSERT(p.calls == 1);
	vd_io_loop_turn(loop, 0);
	CU_ASSERT(p.calls == 1);
	for (int i = 0; i < 2; i++) {
		close(x[i]);
		close(y[i]);
	}
	vd_io_loop_destroy(loop);
}

static void
count_event(struct vd_io_fd *h, unsigned int events)
{
	uint64_t n;

	CU_ASSERT(events == VD_IO_READ && read(h->fd, &n, sizeof(n)) == (ssize_t)sizeof(n));
	++*(int *)h->ctx;
}

/* Places of handles that were removed are taken again, and each event reaches the handle of its fd. */
static void
test_many_fds_come_and_go(void)
{
	enum {
		N = 300
	};
	static struct vd_io_fd h[N], extra;
	struct vd_io_loop *loop = vd_io_loop_create();
	const uint64_t one = 1;
	int fd[N], seen[N] = {0};
	uint32_t top = 0;

	for (int i = 0; i < N; i++) {
		fd[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		CU_ASSERT(vd_io_fd_add(loop, &h[i], fd[i], VD_IO_READ, count_event, &seen[i]) == 0);
		top = h[i].slot > top ? h[i].slot : top;
	}
	for (int round = 0; round < 3; round++) {
		for (int i = round; i < N; i += 3)
			vd_io_fd_del(&h[i]);
		for (int i = round; i < N; i += 3) {
			CU_ASSERT(vd_io_fd_add(loop, &h[i], fd[i], VD_IO_READ, count_event,
						  &seen[i]) == 0);
			CU_ASSERT(h[i].slot <= top);
		}
		CU_ASSERT(vd_io_fd_add(loop, &extra, -1, VD_IO_READ, count_event, NULL) == -EBADF);
		CU_ASSERT(vd_io_fd_add(loop, &extra, fd[0], VD_IO_READ, count_event, NULL) ==
				-EEXIST);
	}
	for (int i = 0; i < N; i++)
		CU_ASSERT(write(fd[i], &one, sizeof(one)) == (ssize_t)sizeof(one));
	for (int i = 0; i < 20; i++)
		CU_ASSERT(vd_io_loop_turn(loop, 0) == 0);
	for (int i = 0; i < N; i++)
		CU_ASSERT(seen[i] == 1);
	for (int i = 0; i < N; i++)
		close(fd[i]);
	vd_io_loop_destroy(loop);
}

struct swap {
	struct vd_io_fd h[2], fresh;
	int quiet; /* a descriptor without events */
	int called, stale;
};

static void
on_fresh(struct vd_io_fd *h, unsigned int events)
{
	(void)events;
	((struct swap *)h->ctx)->stale++;
}

/* The first of two that are ready puts another handle into the second's place. */
static void
on_swap(struct vd_io_fd *h, unsigned int events)
{
	struct swap *s = h->ctx;
	struct vd_io_fd *other = h == &s->h[0] ? &s->h[1] : &s->h[0];
	struct vd_io_loop *loop = h->loop;
	uint32_t place = other->slot;

	(void)events;
	s->called++;
	vd_io_fd_del(other);
	CU_ASSERT(vd_io_fd_add(loop, &s->fresh, s->quiet, VD_IO_READ, on_fresh, s) == 0);
	CU_ASSERT(s->fresh.slot == place);
	vd_io_fd_del(h);
}

/* An event of the one that was removed does not reach the one that took its place. */
static void
test_a_taken_place_gets_no_stale_event(void)
{
	struct vd_io_loop *loop = vd_io_loop_create();
	struct swap s = {.quiet = eventfd(0, EFD_CLOEXEC)};
	int fd[2] = {eventfd(1, EFD_CLOEXEC), eventfd(1, EFD_CLOEXEC)};

	for (int i = 0; i < 2; i++)
		CU_ASSERT(vd_io_fd_add(loop, &s.h[i], fd[i], VD_IO_READ, on_swap, &s) == 0);
	CU_ASSERT(vd_io_loop_turn(loop, 0) == 0 && vd_io_loop_turn(loop, 0) == 0);
	CU_ASSERT(s.called == 1 && s.stale == 0);
	vd_io_loop_destroy(loop);
	close(s.quiet);
	close(fd[0]);
	close(fd[1]);
}

static void
on_signal(void *ctx, int signo)
{
	*(int *)ctx = signo;
}

static void
test_signals_are_events(void)
{
	struct vd_io_loop *loop;
	int seen = 0;

	vd_io_signals_block();
	loop = vd_io_loop_create();
	CU_ASSERT(vd_io_signals_watch(loop, on_signal, &seen) == 0);
	kill(getpid(), SIGHUP);
	vd_io_loop_turn(loop, VD_SEC);
	CU_ASSERT(seen == SIGHUP);
	kill(getpid(), VD_IO_SIGNAL_JSON);
	vd_io_loop_turn(loop, VD_SEC);
	CU_ASSERT(seen == VD_IO_SIGNAL_JSON);
	vd_io_signals_unwatch();
	vd_io_loop_destroy(loop);
}

static const struct vd_test tests[] = {
		VD_TEST(test_timers_fire_in_order),
		VD_TEST(test_many_timers),
		VD_TEST(test_rearming_waits_a_turn),
		VD_TEST(test_post_from_a_thread),
		VD_TEST(test_removed_fd_gets_no_stale_event),
		VD_TEST(test_many_fds_come_and_go),
		VD_TEST(test_a_taken_place_gets_no_stale_event),
		VD_TEST(test_signals_are_events),
};

VD_TEST_MAIN("io/loop", tests)
