/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of the program, which waits a moment for those it told. */
#include "notify_priv.h"
#include "vd_io_clock.h"
#include "vd_log.h"

#define FIFO_LOOK (10 * VD_MSEC) /* nothing tells when a FIFO was read empty */

static bool
fifos_are_read(struct vd_notify *n)
{
	bool all = true;

	for (size_t i = 0; i < NOTIFY_FIFOS; i++) {
		notify_fifo_flush(&n->fifo[i]);
		(void)vd_io_child_check(&n->fifo[i].child);
		all = all && notify_fifo_is_read(&n->fifo[i]);
	}
	return all;
}

static void
wait_for_one(struct vd_notify *n, vd_time wait)
{
	VD_VEC(struct vd_io_child *) children = {0};

	for (size_t i = 0; i < n->started.n; i++)
		vd_vec_push(&children, &n->started.v[i]->child);
	vd_io_child_wait(children.v, children.n, wait);
	vd_vec_free(&children);
	notify_queue_check(n);
}

void
vd_notify_finish(struct vd_notify *n, vd_time deadline)
{
	vd_time now = vd_io_now(), half = now + (deadline > now ? deadline - now : 0) / 2;

	for (;;) {
		bool fifos = fifos_are_read(n);

		if (now >= half && !n->released)
			notify_queue_release(n);
		notify_queue_start(n, SIZE_MAX);
		if ((n->stops == 0 && n->lvs_waiting == 0 && fifos) || now >= deadline)
			break;
		if (!fifos)
			wait_for_one(n, FIFO_LOOK);
		else
			wait_for_one(n, (n->released ? deadline : half) - now);
		now = vd_io_now();
	}
	if (n->stops != 0)
		vd_log(VD_LOG_WARNING, "notify: %zu scripts of STOP still run: not waited for",
				n->stops);
}
