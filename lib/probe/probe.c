/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread, and what main asks of it: each wish is a task that its loop carries out. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "probe_priv.h"
#include "vd_alloc.h"
#include "vd_curl.h"
#include "vd_io_process.h"

struct order {
	struct vd_io_task task;
	struct vd_probe *p;
	struct vd_probe_config *config;
	uint32_t slot, serial;
	bool on;
};

/* ---- a configuration ---- */

/* The same thing in the configuration before, or NULL. */
static struct probe_thing *
thing_find(struct vd_probe *p, const struct probe_def *d)
{
	struct probe_thing *t = p->set == NULL ? NULL : probe_set_find(p->set, d->kind, d->slot);

	return t != NULL && t->def->serial == d->serial ? t : NULL;
}

static struct probe_thing *
thing_new(struct vd_probe *p, struct probe_def *d)
{
	struct probe_thing *t = vd_xcalloc(1, sizeof(*t));

	t->p = p;
	t->def = d;
	t->pub.last_code = -1;
	t->pub.value = -1;
	t->pub.next_run = VD_TIME_NEVER;
	return t;
}

/* The same thing goes on. The weight that it adds to is its server's, and may be another. */
static void
thing_keep(struct probe_thing *t, const struct probe_def *d)
{
	if (t->def->type != &probe_type_file_check || t->def->file.base == d->file.base)
		return;
	t->def->file.base = d->file.base;
	if (t->file != NULL)
		t->def->type->watch(t);
}

static struct probe_set *
set_make(struct vd_probe *p, struct vd_probe_config *c, struct probe_set *fresh)
{
	struct probe_set *s;
	size_t n = 0;

	for (int kind = 0; kind < PROBE_KINDS; kind++)
		n += c->defs[kind].n;
	s = probe_set_new(n);
	for (int kind = 0; kind < PROBE_KINDS; kind++) {
		for (size_t i = 0; i < c->defs[kind].n; i++) {
			struct probe_def *d = c->defs[kind].v[i];
			struct probe_thing *t = thing_find(p, d);

			if (probe_set_find(s, d->kind, d->slot) != NULL) {
				probe_def_free(d); /* a slot twice: the first one counts */
				continue;
			}
			if (t != NULL) {
				thing_keep(t, d);
				probe_def_free(d);
			} else {
				t = thing_new(p, d);
				fresh->v[fresh->n++] = t;
			}
			probe_set_add(s, t);
		}
		c->defs[kind].n = 0;
	}
	return s;
}

static void
configure(struct vd_probe *p, struct vd_probe_config *c)
{
	struct probe_set *before = p->set, *after, *fresh;
	size_t n = 0;

	for (int kind = 0; kind < PROBE_KINDS; kind++)
		n += c->defs[kind].n;
	fresh = probe_set_new(n);
	after = set_make(p, c, fresh);
	pthread_mutex_lock(&p->lock);
	p->set = after;
	p->stats.things = after->n;
	pthread_mutex_unlock(&p->lock);
	/* What is gone gives its ports back before what is new wants them. */
	for (size_t i = 0; before != NULL && i < before->n; i++) {
		struct probe_thing *t = before->v[i];

		if (probe_set_find(after, t->def->kind, t->def->slot) != t)
			probe_thing_free(t);
	}
	probe_set_free(before);
	probe_process_things(p);
	for (size_t i = 0; i < fresh->n; i++)
		probe_thing_begin(fresh->v[i]);
	probe_set_free(fresh);
	p->configured = true;
}

static void
on_configure(struct vd_io_task *task)
{
	struct order *o = task->ctx;

	configure(o->p, o->config);
	vd_probe_config_free(o->config);
	free(o);
}

static void
on_suspend(struct vd_io_task *task)
{
	struct order *o = task->ctx;
	struct probe_thing *t = o->p->set == NULL
			? NULL
			: probe_set_find(o->p->set, VD_PROBE_CHECK, o->slot);

	if (t != NULL && t->def->serial == o->serial)
		probe_thing_suspend(t, o->on);
	free(o);
}

/* ---- its life ---- */

static void
on_stop(struct vd_io_task *task)
{
	struct order *o = task->ctx;

	vd_io_loop_stop(o->p->loop, 0);
	free(o);
}

static void
things_end(struct vd_probe *p)
{
	struct probe_set *s = p->set;

	pthread_mutex_lock(&p->lock);
	p->set = NULL;
	pthread_mutex_unlock(&p->lock);
	p->processes.n = 0;
	vd_io_timer_cancel(p->loop, &p->scan);
	for (size_t i = 0; s != NULL && i < s->n; i++)
		probe_thing_free(s->v[i]);
	probe_set_free(s);
}

static void *
run(void *arg)
{
	struct vd_probe *p = arg;

	vd_io_thread_name("vd-probe");
	vd_io_loop_on_wake(p->loop, probe_requests, p);
	(void)vd_io_loop_run(p->loop);
	things_end(p);
	probe_ping_destroy(p);
	probe_files_destroy(p);
	vd_curl_destroy(p->curl);
	probe_programs_end(p);
	return NULL;
}

struct vd_probe *
vd_probe_create(const struct vd_probe_hooks *hooks, uint64_t seed)
{
	struct vd_probe *p = vd_xcalloc(1, sizeof(*p));
	sigset_t all, before;
	int err;

	p->hooks = *hooks;
	p->rng.state = seed;
	p->files.fd = -1;
	p->loop = vd_io_loop_create();
	if (p->loop == NULL) {
		err = errno;
		free(p);
		errno = err;
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&p->thread, NULL, run, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err == 0)
		return p;
	pthread_mutex_destroy(&p->lock);
	vd_io_loop_destroy(p->loop);
	free(p);
	errno = err;
	return NULL;
}

static void
order_post(struct vd_probe *p, struct order order, vd_io_task_cb cb)
{
	struct order *o = vd_xcalloc(1, sizeof(*o));

	*o = order;
	o->p = p;
	vd_io_loop_post(p->loop, &o->task, cb, o);
}

void
vd_probe_destroy(struct vd_probe *p)
{
	if (p == NULL)
		return;
	order_post(p, (struct order){0}, on_stop);
	pthread_join(p->thread, NULL);
	vd_vec_free(&p->processes);
	vd_vec_free(&p->offers);
	vd_strbuf_free(&p->why);
	pthread_mutex_destroy(&p->lock);
	vd_io_loop_destroy(p->loop);
	free(p);
}

void
vd_probe_configure(struct vd_probe *p, struct vd_probe_config *c)
{
	order_post(p, (struct order){.config = c}, on_configure);
}

void
vd_probe_suspend(struct vd_probe *p, uint32_t slot, uint32_t serial, bool on)
{
	order_post(p, (struct order){.slot = slot, .serial = serial, .on = on}, on_suspend);
}

void
vd_probe_wake(struct vd_probe *p)
{
	vd_io_loop_wake(p->loop);
}
