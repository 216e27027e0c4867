/* SPDX-License-Identifier: BSD-3-Clause */
/* Verdicts on their way out, and requests on their way in. */
#include "probe_priv.h"
#include "vd_io_clock.h"

#define TRY_AGAIN (20 * VD_MSEC)

static void offers_run(struct vd_probe *p);

static void
on_task(struct vd_io_task *task)
{
	offers_run(task->ctx);
}

static void
on_timer(struct vd_io_timer *timer)
{
	offers_run(timer->ctx);
}

/* Its state of now: what changed since it was put into the list is told in one. */
static bool
offer(struct probe_thing *t)
{
	const struct vd_probe_hooks *h = &t->p->hooks;
	struct vd_probe_verdict v = {
			.kind = t->def->kind,
			.slot = t->def->slot,
			.serial = t->def->serial,
			.up = t->pub.up,
			.value = t->pub.value,
	};

	if (h->verdict(h->ctx, &v))
		return true;
	if (!t->refused) {
		pthread_mutex_lock(&t->p->lock);
		t->p->stats.waited++;
		pthread_mutex_unlock(&t->p->lock);
	}
	t->refused = true;
	return false;
}

static void
offers_run(struct vd_probe *p)
{
	size_t i = 0;

	while (i < p->offers.n && offer(p->offers.v[i])) {
		p->offers.v[i]->offered = p->offers.v[i]->refused = false;
		i++;
	}
	p->offers.n -= i;
	if (p->offers.n == 0)
		return;
	memmove(p->offers.v, p->offers.v + i, p->offers.n * sizeof(struct probe_thing *));
	vd_io_timer_set(p->loop, &p->offer_timer, vd_io_now() + TRY_AGAIN, on_timer, p);
}

void
probe_offer(struct probe_thing *t)
{
	struct vd_probe *p = t->p;

	if (t->offered)
		return;
	t->offered = true;
	vd_vec_push(&p->offers, t);
	if (!vd_io_timer_is_set(&p->offer_timer))
		vd_io_loop_defer(p->loop, &p->offer_task, on_task, p);
}

void
probe_offer_forget(struct probe_thing *t)
{
	struct vd_probe *p = t->p;
	size_t n = 0;

	if (!t->offered)
		return;
	for (size_t i = 0; i < p->offers.n; i++)
		if (p->offers.v[i] != t)
			p->offers.v[n++] = p->offers.v[i];
	p->offers.n = n;
}

static void
on_requests(struct vd_io_task *task)
{
	struct vd_probe *p = task->ctx;
	uint32_t slot, serial;

	while (p->hooks.request != NULL && p->hooks.request(p->hooks.ctx, &slot, &serial)) {
		struct probe_thing *t = p->set == NULL
				? NULL
				: probe_set_find(p->set, VD_PROBE_CHECK, slot);

		if (t != NULL && t->def->serial == serial)
			probe_thing_hurry(t);
	}
}

void
probe_requests(void *ctx)
{
	struct vd_probe *p = ctx;

	vd_io_loop_defer(p->loop, &p->request_task, on_requests, p);
}
