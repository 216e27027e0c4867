/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vd_compiler.h"
#include "vd_io_clock.h"
#include "vd_io_loop.h"
#include "vd_vec.h"

#define EVENTS_PER_TURN 512

/* Events of the same epoll_wait() may be left for a handle that an earlier one removed: gen tells. */
struct slot {
	struct vd_io_fd *h; /* NULL: free */
	uint32_t gen;
	uint32_t next_free; /* NO_SLOT: the last one */
};

#define NO_SLOT UINT32_MAX

struct task_list {
	struct vd_io_task *head, **tail;
};

struct vd_io_loop {
	int epoll_fd, wake_fd;
	struct vd_io_fd wake;
	vd_time now;
	bool stop;
	int code;
	VD_VEC(struct slot) slots;
	uint32_t free_slot; /* the first one, or NO_SLOT */
	VD_VEC(struct vd_io_timer *) heap;
	uint64_t timer_order;
	pthread_mutex_t lock; /* of the two lists, which vd_io_loop_post() shares */
	struct task_list tasks, running;
	void (*on_wake)(void *ctx);
	void *on_wake_ctx;
};

static void
list_init(struct task_list *l)
{
	l->head = NULL;
	l->tail = &l->head;
}

static struct vd_io_task *
list_pop(struct task_list *l)
{
	struct vd_io_task *t = l->head;

	if (t != NULL) {
		l->head = t->next;
		if (l->head == NULL)
			l->tail = &l->head;
		t->next = NULL;
	}
	return t;
}

static bool
list_remove(struct task_list *l, struct vd_io_task *task)
{
	for (struct vd_io_task **p = &l->head; *p != NULL; p = &(*p)->next) {
		if (*p != task)
			continue;
		*p = task->next;
		if (l->tail == &task->next)
			l->tail = p;
		task->next = NULL;
		return true;
	}
	return false;
}

static void
wake_seen(struct vd_io_fd *h, unsigned int events)
{
	struct vd_io_loop *loop = h->ctx;
	uint64_t n;

	(void)events;
	while (read(h->fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	if (loop->on_wake != NULL)
		loop->on_wake(loop->on_wake_ctx);
}

struct vd_io_loop *
vd_io_loop_create(void)
{
	struct vd_io_loop *loop = vd_xcalloc(1, sizeof(*loop));
	int err;

	loop->wake_fd = -1;
	loop->free_slot = NO_SLOT;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd >= 0)
		loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0)
		goto fail;
	pthread_mutex_init(&loop->lock, NULL);
	list_init(&loop->tasks);
	list_init(&loop->running);
	loop->now = vd_io_now();
	err = vd_io_fd_add(loop, &loop->wake, loop->wake_fd, VD_IO_READ, wake_seen, loop);
	if (err == 0)
		return loop;
	pthread_mutex_destroy(&loop->lock);
	errno = -err;
fail:
	err = errno;
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	vd_vec_free(&loop->slots);
	free(loop);
	errno = err;
	return NULL;
}

void
vd_io_loop_destroy(struct vd_io_loop *loop)
{
	if (loop == NULL)
		return;
	close(loop->wake_fd);
	close(loop->epoll_fd);
	for (size_t i = 0; i < loop->slots.n; i++)
		if (loop->slots.v[i].h != NULL)
			loop->slots.v[i].h->loop = NULL;
	for (size_t i = 0; i < loop->heap.n; i++)
		loop->heap.v[i]->heap = 0;
	vd_vec_free(&loop->slots);
	vd_vec_free(&loop->heap);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

/* ---- fds ---- */

static uint32_t
to_epoll(unsigned int events)
{
	return (events & VD_IO_READ ? (uint32_t)EPOLLIN | (uint32_t)EPOLLRDHUP : 0u) |
			(events & VD_IO_WRITE ? (uint32_t)EPOLLOUT : 0u);
}

static int
fd_control(struct vd_io_fd *h, int op)
{
	struct slot *s = &h->loop->slots.v[h->slot];
	struct epoll_event ev = {
			.events = to_epoll(h->events),
			.data.u64 = (uint64_t)s->gen << 32 | h->slot,
	};

	return epoll_ctl(h->loop->epoll_fd, op, h->fd, &ev) == 0 ? 0 : -errno;
}

static uint32_t
slot_take(struct vd_io_loop *loop)
{
	uint32_t i = loop->free_slot;

	if (i == NO_SLOT) {
		(void)vd_vec_add(&loop->slots);
		return (uint32_t)(loop->slots.n - 1);
	}
	loop->free_slot = loop->slots.v[i].next_free;
	return i;
}

static void
slot_give(struct vd_io_loop *loop, uint32_t i)
{
	struct slot *s = &loop->slots.v[i];

	s->h = NULL;
	s->gen++;
	s->next_free = loop->free_slot;
	loop->free_slot = i;
}

int
vd_io_fd_add(struct vd_io_loop *loop, struct vd_io_fd *h, int fd, unsigned int events,
		vd_io_fd_cb cb, void *ctx)
{
	uint32_t i = slot_take(loop);
	int err;

	loop->slots.v[i].h = h;
	*h = (struct vd_io_fd){
			.fd = fd,
			.events = events,
			.cb = cb,
			.ctx = ctx,
			.loop = loop,
			.slot = i,
	};
	err = fd_control(h, EPOLL_CTL_ADD);
	if (err != 0) {
		slot_give(loop, i);
		h->loop = NULL;
	}
	return err;
}

int
vd_io_fd_set(struct vd_io_fd *h, unsigned int events)
{
	if (h->loop == NULL)
		return -EINVAL;
	if (h->events == events)
		return 0;
	h->events = events;
	return fd_control(h, EPOLL_CTL_MOD);
}

void
vd_io_fd_del(struct vd_io_fd *h)
{
	if (h->loop == NULL)
		return;
	(void)epoll_ctl(h->loop->epoll_fd, EPOLL_CTL_DEL, h->fd, NULL);
	slot_give(h->loop, h->slot);
	h->loop = NULL;
}

static void
fds_run(struct vd_io_loop *loop, const struct epoll_event *ev, int n)
{
	for (int i = 0; i < n; i++) {
		uint32_t slot = (uint32_t)ev[i].data.u64, e = ev[i].events;
		struct vd_io_fd *h = loop->slots.v[slot].h;
		unsigned int events = 0;

		if (h == NULL || loop->slots.v[slot].gen != (uint32_t)(ev[i].data.u64 >> 32))
			continue;
		if (e & (uint32_t)(EPOLLIN | EPOLLRDHUP))
			events |= VD_IO_READ;
		if (e & (uint32_t)EPOLLOUT)
			events |= VD_IO_WRITE;
		if (e & (uint32_t)(EPOLLERR | EPOLLHUP))
			events |= VD_IO_ERROR;
		h->cb(h, events);
	}
}

/* ---- timers: a binary heap by (at, order) ---- */

static bool
timer_before(const struct vd_io_timer *a, const struct vd_io_timer *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
heap_place(struct vd_io_loop *loop, size_t i, struct vd_io_timer *t)
{
	loop->heap.v[i] = t;
	t->heap = i + 1;
}

static void
heap_up(struct vd_io_loop *loop, size_t i, struct vd_io_timer *t)
{
	while (i > 0 && timer_before(t, loop->heap.v[(i - 1) / 2])) {
		heap_place(loop, i, loop->heap.v[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_place(loop, i, t);
}

static void
heap_down(struct vd_io_loop *loop, size_t i, struct vd_io_timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < loop->heap.n &&
				timer_before(loop->heap.v[child + 1], loop->heap.v[child]))
			child++;
		if (child >= loop->heap.n || !timer_before(loop->heap.v[child], t))
			break;
		heap_place(loop, i, loop->heap.v[child]);
		i = child;
	}
	heap_place(loop, i, t);
}

void
vd_io_timer_cancel(struct vd_io_loop *loop, struct vd_io_timer *t)
{
	struct vd_io_timer *moved;
	size_t i;

	if (t->heap == 0)
		return;
	i = t->heap - 1;
	t->heap = 0;
	moved = loop->heap.v[--loop->heap.n];
	if (moved == t)
		return;
	if (i > 0 && timer_before(moved, loop->heap.v[(i - 1) / 2]))
		heap_up(loop, i, moved);
	else
		heap_down(loop, i, moved);
}

void
vd_io_timer_set(struct vd_io_loop *loop, struct vd_io_timer *t, vd_time at, vd_io_timer_cb cb,
		void *ctx)
{
	vd_io_timer_cancel(loop, t);
	t->at = at;
	t->cb = cb;
	t->ctx = ctx;
	t->order = loop->timer_order++;
	(void)vd_vec_add(&loop->heap);
	heap_up(loop, loop->heap.n - 1, t);
}

static void
timers_run(struct vd_io_loop *loop)
{
	uint64_t limit = loop->timer_order;

	while (loop->heap.n > 0) {
		struct vd_io_timer *t = loop->heap.v[0];

		/* A timer set by one of these callbacks, even for now, waits for the next turn. */
		if (t->at > loop->now || t->order >= limit)
			break;
		vd_io_timer_cancel(loop, t);
		t->cb(t);
	}
}

/* ---- deferred calls ---- */

static bool
task_queue(struct vd_io_loop *loop, struct vd_io_task *task, vd_io_task_cb cb, void *ctx)
{
	bool fresh;

	pthread_mutex_lock(&loop->lock);
	fresh = !task->queued;
	if (fresh) {
		task->queued = true;
		task->cb = cb;
		task->ctx = ctx;
		task->next = NULL;
		*loop->tasks.tail = task;
		loop->tasks.tail = &task->next;
	}
	pthread_mutex_unlock(&loop->lock);
	return fresh;
}

void
vd_io_loop_defer(struct vd_io_loop *loop, struct vd_io_task *task, vd_io_task_cb cb, void *ctx)
{
	(void)task_queue(loop, task, cb, ctx);
}

void
vd_io_loop_post(struct vd_io_loop *loop, struct vd_io_task *task, vd_io_task_cb cb, void *ctx)
{
	if (task_queue(loop, task, cb, ctx))
		vd_io_loop_wake(loop);
}

void
vd_io_task_cancel(struct vd_io_loop *loop, struct vd_io_task *task)
{
	pthread_mutex_lock(&loop->lock);
	if (task->queued && (list_remove(&loop->tasks, task) || list_remove(&loop->running, task)))
		task->queued = false;
	pthread_mutex_unlock(&loop->lock);
}

static void
tasks_run(struct vd_io_loop *loop)
{
	struct vd_io_task *t;

	pthread_mutex_lock(&loop->lock);
	if (loop->tasks.head != NULL) {
		loop->running = loop->tasks;
		list_init(&loop->tasks);
	}
	while ((t = list_pop(&loop->running)) != NULL) {
		vd_io_task_cb cb = t->cb;

		t->queued = false;
		pthread_mutex_unlock(&loop->lock);
		cb(t);
		pthread_mutex_lock(&loop->lock);
	}
	pthread_mutex_unlock(&loop->lock);
}

static bool
tasks_waiting(struct vd_io_loop *loop)
{
	bool waiting;

	pthread_mutex_lock(&loop->lock);
	waiting = loop->tasks.head != NULL;
	pthread_mutex_unlock(&loop->lock);
	return waiting;
}

/* ---- turns ---- */

/* Milliseconds, rounded up so that a timer is due when the wait ends. */
static int
wait_ms(struct vd_io_loop *loop, vd_time max_wait)
{
	vd_time now = vd_io_now(), wait = max_wait;

	if (loop->stop || tasks_waiting(loop))
		return 0;
	if (loop->heap.n > 0) {
		vd_time at = loop->heap.v[0]->at;

		wait = VD_MIN(wait, at > now ? at - now : 0);
	}
	if (wait >= (vd_time)INT32_MAX * VD_MSEC)
		return -1;
	return (int)((wait + VD_MSEC - 1) / VD_MSEC);
}

int
vd_io_loop_turn(struct vd_io_loop *loop, vd_time max_wait)
{
	struct epoll_event ev[EVENTS_PER_TURN];
	int n = epoll_wait(loop->epoll_fd, ev, EVENTS_PER_TURN, wait_ms(loop, max_wait));

	if (n < 0 && errno != EINTR)
		return -errno;
	loop->now = vd_io_now();
	timers_run(loop);
	tasks_run(loop);
	fds_run(loop, ev, n);
	return 0;
}

int
vd_io_loop_run(struct vd_io_loop *loop)
{
	loop->stop = false;
	while (!loop->stop) {
		int err = vd_io_loop_turn(loop, VD_TIME_NEVER);

		if (err != 0)
			return err;
	}
	return loop->code;
}

void
vd_io_loop_stop(struct vd_io_loop *loop, int code)
{
	loop->stop = true;
	loop->code = code;
}

vd_time
vd_io_loop_now(const struct vd_io_loop *loop)
{
	return loop->now;
}

void
vd_io_loop_wake(struct vd_io_loop *loop)
{
	static const uint64_t one = 1;
	int saved = errno;

	/* EAGAIN means that 2^64 - 2 wake-ups wait already. */
	if (write(loop->wake_fd, &one, sizeof(one)) < 0)
		(void)saved;
	errno = saved;
}

void
vd_io_loop_on_wake(struct vd_io_loop *loop, void (*cb)(void *ctx), void *ctx)
{
	loop->on_wake = cb;
	loop->on_wake_ctx = ctx;
}
