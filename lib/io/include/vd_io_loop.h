/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_LOOP_H
#define VD_IO_LOOP_H

/*
 * An event loop: file descriptors (epoll, level-triggered), timers, deferred calls. The main thread has one, and the
 * probe thread. One thread runs a loop and calls everything here that takes it, except vd_io_loop_post() and
 * vd_io_loop_wake(), which any thread may call.
 *
 * Handles (struct vd_io_fd, struct vd_io_timer, struct vd_io_task) are the caller's memory, zeroed before first use,
 * and must stay where they are while active. A callback may remove, free or re-arm any handle, its own included.
 * Order in one turn: timers that are due (by time, then by the order in which they were set), deferred calls, then
 * fds; timers, calls and fds that a callback adds wait for the next turn, so nothing starves.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_time.h"

#define VD_IO_READ  0x1u
#define VD_IO_WRITE 0x2u
#define VD_IO_ERROR 0x4u /* error or hang-up: always reported, never asked for */

struct vd_io_loop;
struct vd_io_fd;
struct vd_io_timer;
struct vd_io_task;

typedef void (*vd_io_fd_cb)(struct vd_io_fd *h, unsigned int events);
typedef void (*vd_io_timer_cb)(struct vd_io_timer *t);
typedef void (*vd_io_task_cb)(struct vd_io_task *task);

struct vd_io_fd {
	int fd;
	unsigned int events;
	vd_io_fd_cb cb;
	void *ctx;
	struct vd_io_loop *loop; /* NULL: not watched */
	uint32_t slot;
};

struct vd_io_timer {
	vd_time at;
	vd_io_timer_cb cb;
	void *ctx;
	uint64_t order;
	size_t heap; /* place in the loop's heap + 1; 0 = not set */
};

struct vd_io_task {
	vd_io_task_cb cb;
	void *ctx;
	struct vd_io_task *next;
	bool queued;
};

/* NULL with errno set when the kernel gives no epoll or eventfd. */
struct vd_io_loop *vd_io_loop_create(void);
/* Watched fds stay open: they are their owners'. */
void vd_io_loop_destroy(struct vd_io_loop *loop);

/* Turns until vd_io_loop_stop(). Returns the code given there, or -errno. */
int vd_io_loop_run(struct vd_io_loop *loop);
/* One turn that waits at most max_wait for something to do. 0 or -errno. */
int vd_io_loop_turn(struct vd_io_loop *loop, vd_time max_wait);
/* Ends vd_io_loop_run() after this turn; code must not be negative. */
void vd_io_loop_stop(struct vd_io_loop *loop, int code);
/* The time at which this turn began: one clock reading per turn. */
vd_time vd_io_loop_now(const struct vd_io_loop *loop);

/* Watches fd for events (VD_IO_READ | VD_IO_WRITE); 0 or -errno. */
int vd_io_fd_add(struct vd_io_loop *loop, struct vd_io_fd *h, int fd, unsigned int events,
		vd_io_fd_cb cb, void *ctx);
int vd_io_fd_set(struct vd_io_fd *h, unsigned int events);
/* Stops watching; does not close. Harmless when not watched. */
void vd_io_fd_del(struct vd_io_fd *h);

/* Calls cb once at `at` or soon after (at most 1 ms of rounding). Setting a set timer moves it. */
void vd_io_timer_set(struct vd_io_loop *loop, struct vd_io_timer *t, vd_time at, vd_io_timer_cb cb,
		void *ctx);
void vd_io_timer_cancel(struct vd_io_loop *loop, struct vd_io_timer *t);
static inline bool
vd_io_timer_is_set(const struct vd_io_timer *t)
{
	return t->heap != 0;
}

/* Calls task->cb in the next turn; a task that is queued already stays queued once. Loop's thread only. */
void
vd_io_loop_defer(struct vd_io_loop *loop, struct vd_io_task *task, vd_io_task_cb cb, void *ctx);
/* The same from any thread (a lock and an eventfd write: not for the data path). */
void vd_io_loop_post(struct vd_io_loop *loop, struct vd_io_task *task, vd_io_task_cb cb, void *ctx);
/* Takes a task back that has not run yet. Loop's thread only. */
void vd_io_task_cancel(struct vd_io_loop *loop, struct vd_io_task *task);

/* Ends the wait of the current turn. Any thread, async-signal-safe. */
void vd_io_loop_wake(struct vd_io_loop *loop);
/* Called once per turn after a wake-up was seen, for owners of rings that others fill. NULL removes. */
void vd_io_loop_on_wake(struct vd_io_loop *loop, void (*cb)(void *ctx), void *ctx);

#endif
