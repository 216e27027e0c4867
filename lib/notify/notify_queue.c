/* SPDX-License-Identifier: BSD-3-Clause */
/* Scripts: one at a time for each instance, group and server, many side by side, none forgotten. */
#include <string.h>

#include "notify_priv.h"
#include "vd_io_clock.h"
#include "vd_log.h"

/* Starting a script takes about a millisecond of main: others of the loop's turn come between. */
#define STARTS_PER_TURN 16

static void
job_free(struct notify_job *j)
{
	if (j->what == VD_NOTIFY_STOP)
		j->n->stops--;
	free(j->owner);
	free(j->words);
	free(j);
}

static void
on_task(struct vd_io_task *task)
{
	notify_queue_start(task->ctx, STARTS_PER_TURN);
}

static void
target_ready(struct vd_notify *n, struct notify_target *t)
{
	if (t->ready || t->running != NULL || t->head == NULL)
		return;
	t->ready = true;
	t->next_ready = NULL;
	*n->ready_tail = t;
	n->ready_tail = &t->next_ready;
	vd_io_loop_defer(n->loop, &n->task, on_task, n);
}

static struct notify_target *
ready_pop(struct vd_notify *n)
{
	struct notify_target *t = n->ready_head;

	n->ready_head = t->next_ready;
	if (n->ready_head == NULL)
		n->ready_tail = &n->ready_head;
	t->ready = false;
	return t;
}

static struct notify_job *
job_pop(struct vd_notify *n, struct notify_target *t)
{
	struct notify_job *j = t->head;

	t->head = j->next;
	if (t->head == NULL)
		t->tail = &t->head;
	t->queued--;
	n->stats.queued--;
	if (notify_is_lvs(t))
		n->lvs_waiting--;
	if (t->head == NULL)
		t->full = false;
	return j;
}

/* Makes room for one more of this target by dropping its oldest: the newest state is what counts. False: there is none. */
static bool
queue_room(struct vd_notify *n, struct notify_target *t)
{
	if (t->queued < n->limits.queue && n->stats.queued < n->limits.queue_all)
		return true;
	n->stats.dropped++;
	if (!t->full)
		vd_log(VD_LOG_WARNING,
				"notify: %zu scripts wait, %zu of them for %s: the oldest are "
				"dropped",
				n->stats.queued, t->queued, t->owner);
	t->full = true;
	if (t->head == NULL)
		return false;
	job_free(job_pop(n, t));
	return true;
}

void
notify_queue_add(struct vd_notify *n, struct notify_target *t, const struct notify_command *c,
		const char *word, enum vd_notify_what what, const char *const *more, size_t n_more)
{
	struct notify_job *j;

	if (c == NULL || c->words == NULL || !queue_room(n, t))
		return;
	j = vd_xcalloc(1, sizeof(*j));
	j->n = n;
	j->target = t;
	j->owner = vd_xstrdup(t->owner);
	j->word = word;
	j->what = what;
	j->words = notify_command_words(c, more, n_more);
	j->user = c->user;
	*t->tail = j;
	t->tail = &j->next;
	t->queued++;
	n->stats.queued++;
	if (notify_is_lvs(t))
		n->lvs_waiting++;
	if (what == VD_NOTIFY_STOP)
		n->stops++;
	target_ready(n, t);
}

static void
started_remove(struct vd_notify *n, const struct notify_job *j)
{
	for (size_t i = 0; i < n->started.n; i++)
		if (n->started.v[i] == j) {
			n->started.v[i] = n->started.v[--n->started.n];
			return;
		}
}

/* The next script of its target waits no longer for this one. */
static void
job_leaves_target(struct notify_job *j)
{
	struct notify_target *t = j->target;
	struct vd_notify *n = j->n;

	vd_io_timer_cancel(n->loop, &j->late);
	if (t == NULL)
		return;
	j->target = NULL;
	t->running = NULL;
	n->stats.running--;
	target_ready(n, t);
	/* Others may have waited for a place among those that run. */
	if (n->ready_head != NULL)
		vd_io_loop_defer(n->loop, &n->task, on_task, n);
	notify_target_settle(n, t);
}

static void
on_late(struct vd_io_timer *timer)
{
	struct notify_job *j = timer->ctx;

	j->n->stats.late++;
	j->n->stats.overtime++;
	vd_log(VD_LOG_WARNING,
			"%s of %s: %s still runs after %u s: the next script does not wait for it",
			j->word, j->owner, j->words[0],
			(unsigned int)(j->n->limits.overtime / VD_SEC));
	job_leaves_target(j);
}

static void
on_end(struct vd_io_child *child, int status)
{
	struct notify_job *j = child->ctx;
	char text[64];

	if (status != 0) {
		j->n->stats.bad_status++;
		vd_log(VD_LOG_INFO, "%s of %s: %s %s", j->word, j->owner, j->words[0],
				vd_io_child_status(status, text, sizeof(text)));
	}
	started_remove(j->n, j);
	if (j->target == NULL)
		j->n->stats.overtime--;
	job_leaves_target(j);
	job_free(j);
}

static void
job_start(struct vd_notify *n, struct notify_target *t)
{
	struct notify_job *j = job_pop(n, t);
	int err = notify_command_start(n->loop, &j->child, j->words, &j->user, false, on_end, j);

	if (err != 0) {
		n->stats.failed++;
		vd_log(VD_LOG_WARNING, "%s of %s: %s cannot be run: %s", j->word, j->owner,
				j->words[0], strerror(-err));
		job_free(j);
		target_ready(n, t);
		notify_target_settle(n, t);
		return;
	}
	n->stats.started++;
	vd_vec_push(&n->started, j);
	t->running = j;
	n->stats.running++;
	if (n->released) {
		n->stats.overtime++;
		job_leaves_target(j);
	} else {
		vd_io_timer_set(n->loop, &j->late, vd_io_now() + n->limits.overtime, on_late, j);
	}
}

void
notify_queue_start(struct vd_notify *n, size_t max)
{
	while (n->ready_head != NULL && (n->released || n->stats.running < n->limits.at_once)) {
		if (max-- == 0) {
			vd_io_loop_defer(n->loop, &n->task, on_task, n);
			return;
		}
		job_start(n, ready_pop(n));
	}
}

void
notify_queue_release(struct vd_notify *n)
{
	n->released = true;
	for (size_t i = 0; i < n->started.n; i++) {
		if (n->started.v[i]->target == NULL)
			continue;
		n->stats.overtime++;
		job_leaves_target(n->started.v[i]);
	}
}

void
notify_queue_check(struct vd_notify *n)
{
	/* An end moves the last one, seen already, to the place of the one that ended. */
	for (size_t i = n->started.n; i-- > 0;)
		(void)vd_io_child_check(&n->started.v[i]->child);
}

void
notify_queue_drop(struct vd_notify *n, struct notify_target *t)
{
	while (t->head != NULL)
		job_free(job_pop(n, t));
}

void
notify_queue_destroy(struct vd_notify *n)
{
	vd_io_task_cancel(n->loop, &n->task);
	for (size_t i = 0; i < n->started.n; i++) {
		struct notify_job *j = n->started.v[i];

		vd_io_timer_cancel(n->loop, &j->late);
		vd_io_child_abandon(&j->child);
		job_free(j);
	}
	vd_vec_free(&n->started);
}
