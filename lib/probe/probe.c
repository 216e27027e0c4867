/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread, and what main tells it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_curl.h"

/* What main posts; the thread frees it. */
struct message {
	struct vd_io_task task;
	struct vd_probe *p;
	struct vd_probe_config *config; /* NULL: suspend or stop */
	bool stop, on;
	uint32_t slot, serial;
};

static void
post(struct vd_probe *p, const struct message *m, void (*run)(struct vd_io_task *task))
{
	struct message *copy = vd_xcalloc(1, sizeof(*copy));

	*copy = *m;
	copy->p = p;
	vd_io_loop_post(p->loop, &copy->task, run, copy);
}

static struct probe_thing *
find(const struct vd_probe *p, enum vd_probe_kind kind, uint32_t slot)
{
	return slot < p->slots[kind].n ? p->slots[kind].v[slot] : NULL;
}

/* ---- a configuration ---- */

/* What goes on from before, taken out of there; else the new one, which is to begin. */
static struct probe_thing *
take(struct vd_probe *p, struct probe_thing *now)
{
	struct probe_thing *t = find(p, now->kind, now->slot);

	if (t == NULL || t->serial != now->serial)
		return now;
	p->slots[t->kind].v[t->slot] = NULL;
	probe_thing_free(now);
	return t;
}

static void
slots_fill(struct vd_probe *p)
{
	for (int k = 0; k < PROBE_KINDS; k++)
		p->slots[k].n = 0;
	for (size_t i = 0; i < p->things.n; i++) {
		struct probe_thing *t = p->things.v[i];

		while (p->slots[t->kind].n <= t->slot)
			(void)vd_vec_add(&p->slots[t->kind]);
		p->slots[t->kind].v[t->slot] = t;
	}
}

/* What is left of the configuration before. */
static void
leavers_stop(struct vd_probe *p, struct probe_things *gone)
{
	for (int k = 0; k < PROBE_KINDS; k++)
		for (size_t i = 0; i < p->slots[k].n; i++)
			if (p->slots[k].v[i] != NULL)
				vd_vec_push(gone, p->slots[k].v[i]);
	for (size_t i = 0; i < gone->n; i++)
		probe_thing_stop(gone->v[i]);
}

static void
apply(struct vd_probe *p, struct vd_probe_config *c)
{
	struct probe_things gone = {0}, before = p->things;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < c->things.n; i++)
		c->things.v[i] = take(p, c->things.v[i]);
	pthread_mutex_unlock(&p->lock);
	leavers_stop(p, &gone);
	pthread_mutex_lock(&p->lock);
	p->things = c->things;
	p->stats.things = p->things.n;
	slots_fill(p);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->things.n; i++) {
		struct probe_thing *t = p->things.v[i];

		if (t->p != NULL)
			continue;
		t->p = p;
		probe_thing_begin(t);
	}
	probe_files_watch(p);
	probe_processes_watch(p);
	for (size_t i = 0; i < gone.n; i++)
		probe_thing_free(gone.v[i]);
	vd_vec_free(&gone);
	vd_vec_free(&before);
	free(c);
}

static void
on_message(struct vd_io_task *task)
{
	struct message *m = task->ctx;
	struct vd_probe *p = m->p;
	struct probe_thing *t;

	if (m->stop) {
		vd_io_loop_stop(p->loop, 0);
	} else if (m->config != NULL) {
		apply(p, m->config);
	} else {
		t = find(p, VD_PROBE_CHECK, m->slot);
		if (t != NULL && t->serial == m->serial)
			probe_thing_suspend(t, m->on);
	}
	free(m);
}

void
vd_probe_configure(struct vd_probe *p, struct vd_probe_config *c)
{
	const struct message m = {.config = c};

	post(p, &m, on_message);
}

void
vd_probe_suspend(struct vd_probe *p, uint32_t slot, uint32_t serial, bool on)
{
	const struct message m = {.slot = slot, .serial = serial, .on = on};

	post(p, &m, on_message);
}

void
vd_probe_wake(struct vd_probe *p)
{
	vd_io_loop_wake(p->loop);
}

static void
on_wake(void *ctx)
{
	struct vd_probe *p = ctx;
	uint32_t slot, serial;

	while (p->hooks.request != NULL && p->hooks.request(p->hooks.ctx, &slot, &serial)) {
		struct probe_thing *t = find(p, VD_PROBE_CHECK, slot);

		if (t != NULL && t->serial == serial)
			probe_thing_hurry(t);
	}
}

/* ---- the thread ---- */

static void *
run(void *arg)
{
	struct vd_probe *p = arg;

	prctl(PR_SET_NAME, "vipd-probe");
	(void)vd_io_loop_run(p->loop);
	/* Its children get their signals from the thread that made them. */
	for (size_t i = 0; i < p->things.n; i++)
		probe_thing_stop(p->things.v[i]);
	probe_files_end(p);
	vd_io_timer_cancel(p->loop, &p->processes_timer);
	vd_io_timer_cancel(p->loop, &p->unsent_timer);
	return NULL;
}

static int
thread_start(struct vd_probe *p)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&p->thread, NULL, run, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	p->runs = err == 0;
	return err;
}

struct vd_probe *
vd_probe_create(const struct vd_probe_hooks *hooks, uint64_t seed)
{
	struct vd_probe *p = vd_xcalloc(1, sizeof(*p));
	int err;

	p->hooks = *hooks;
	p->random = seed;
	p->inotify = -1;
	pthread_mutex_init(&p->lock, NULL);
	p->loop = vd_io_loop_create();
	if (p->loop == NULL)
		goto fail;
	p->curl = vd_curl_create(p->loop);
	if (p->curl == NULL) {
		errno = ENOMEM;
		goto fail;
	}
	vd_io_loop_on_wake(p->loop, on_wake, p);
	err = thread_start(p);
	if (err == 0)
		return p;
	errno = err;
fail:
	err = errno;
	vd_probe_destroy(p);
	errno = err;
	return NULL;
}

void
vd_probe_destroy(struct vd_probe *p)
{
	const struct message m = {.stop = true};

	if (p == NULL)
		return;
	if (p->runs) {
		post(p, &m, on_message);
		pthread_join(p->thread, NULL);
		/* Messages behind the stop are still to be freed, and a configuration among them. */
		(void)vd_io_loop_turn(p->loop, 0);
		for (size_t i = 0; i < p->things.n; i++)
			probe_thing_stop(p->things.v[i]);
	}
	for (size_t i = 0; i < p->things.n; i++)
		probe_thing_free(p->things.v[i]);
	probe_orphans_end(p);
	vd_vec_free(&p->things);
	vd_vec_free(&p->unsent);
	for (int k = 0; k < PROBE_KINDS; k++)
		vd_vec_free(&p->slots[k]);
	probe_files_end(p);
	vd_curl_destroy(p->curl);
	vd_io_loop_destroy(p->loop);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
