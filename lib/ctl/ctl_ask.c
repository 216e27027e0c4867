/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions to workers: a listing of connections goes from worker to worker in slices, an explanation is one answer.
 * The structs that a worker writes into belong to the question; a question that timed out is forgotten only when its
 * answer has come, or when the workers have stopped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include "ctl_priv.h"

#define ASK_MAX     8 /* questions at once */
#define ASK_SLICE   256
#define ASK_TIMEOUT (2 * VD_SEC)
#define ASK_POLL    (1 * VD_MSEC)

struct ctl_ask {
	struct ctl_ask *next;
	struct vd_ctl *c;
	struct vd_dp_request request;
	struct vd_dp_conn slice[ASK_SLICE];
	unsigned int worker;
	bool posted;   /* the worker has the request */
	bool answered; /* the caller has had its answer */
	vd_time deadline;

	struct vd_ctl_conn_filter filter;
	VD_VEC(struct vd_ctl_conn) found;
	bool truncated;
	vd_ctl_conns_fn conns_done;
	vd_ctl_explain_fn explain_done;
	void *ctx;
};

static void ask_timer(struct vd_io_timer *t);

static void
ask_arm(struct vd_ctl *c)
{
	if (c->asks != NULL && !vd_io_timer_is_set(&c->ask_timer))
		vd_io_timer_set(c->loop, &c->ask_timer, vd_io_now() + ASK_POLL, ask_timer, c);
}

static void
ask_post(struct ctl_ask *a)
{
	struct vd_dp_worker *dp = a->c->worker[a->worker].dp;

	if (!a->posted && vd_dp_worker_request(dp, &a->request) == 0)
		a->posted = true;
}

static struct ctl_ask *
ask_new(struct vd_ctl *c)
{
	struct ctl_ask *a;
	size_t n = 0;

	for (a = c->asks; a != NULL; a = a->next)
		n++;
	if (n >= ASK_MAX)
		return NULL;
	a = vd_xcalloc(1, sizeof(*a));
	a->c = c;
	a->deadline = vd_io_now() + ASK_TIMEOUT;
	a->request.cookie = a;
	a->next = c->asks;
	c->asks = a;
	return a;
}

static void
ask_free(struct ctl_ask *a)
{
	struct ctl_ask **p = &a->c->asks;

	while (*p != a)
		p = &(*p)->next;
	*p = a->next;
	vd_vec_free(&a->found);
	free(a);
}

static void
ask_answer(struct ctl_ask *a, int err)
{
	if (a->answered)
		return;
	a->answered = true;
	if (a->conns_done != NULL)
		a->conns_done(a->ctx, err, a->found.v, a->found.n, a->truncated);
	else if (err != 0)
		a->explain_done(a->ctx, err, NULL);
	else
		ctl_explain_answer(a->c, &a->request.explain, a->explain_done, a->ctx);
}

static void
conn_copy(struct vd_ctl_conn *to, const struct vd_dp_conn *from, int worker)
{
	to->protocol = (enum vd_protocol)from->protocol;
	to->forwarding = (enum vd_forwarding)from->forwarding;
	to->client = from->client;
	to->virtual = from->virtual;
	to->local = from->local;
	to->server = from->server;
	to->state = vd_ctl_conn_state_name(from->state);
	to->age = from->age;
	to->timeout = from->timeout;
	to->worker = worker;
}

/* True when the listing is complete. */
static bool
conns_slice(struct ctl_ask *a)
{
	struct vd_dp_request_conns *r = &a->request.conns;

	for (uint32_t i = 0; i < r->n; i++) {
		if (a->filter.limit != 0 && a->found.n >= a->filter.limit) {
			a->truncated = true;
			return true;
		}
		conn_copy(vd_vec_add(&a->found), &r->out[i], (int)a->worker);
	}
	if (!r->done)
		return false;
	r->cursor = 0;
	r->done = false;
	a->worker++;
	return a->filter.worker >= 0 || a->worker >= a->c->n_active;
}

static void
ask_reply(struct ctl_ask *a)
{
	a->posted = false;
	if (a->answered) { /* it had timed out */
		ask_free(a);
		return;
	}
	if (a->explain_done != NULL && a->request.explain.owner != a->worker &&
			a->request.explain.owner < a->c->n_active) {
		a->worker = a->request.explain.owner;
		ask_post(a);
		return;
	}
	if (a->conns_done != NULL && !conns_slice(a)) {
		a->deadline = vd_io_now() + ASK_TIMEOUT;
		ask_post(a);
		return;
	}
	ask_answer(a, 0);
	ask_free(a);
}

static void
ask_timer(struct vd_io_timer *t)
{
	struct vd_ctl *c = t->ctx;
	struct vd_dp_request *r[16];
	struct ctl_ask *a, *next;
	unsigned int n;

	for (unsigned int w = 0; w < c->n_active; w++) {
		n = vd_dp_worker_replies(c->worker[w].dp, r, VD_ARRAY_LEN(r));
		for (unsigned int i = 0; i < n; i++)
			ask_reply(r[i]->cookie);
	}
	for (a = c->asks; a != NULL; a = next) {
		next = a->next;
		ask_post(a);
		if (vd_io_now() < a->deadline || a->answered)
			continue;
		ask_answer(a, -ETIMEDOUT);
		if (!a->posted)
			ask_free(a);
	}
	ask_arm(c);
}

void
vd_ctl_conns(struct vd_ctl *c, const struct vd_ctl_conn_filter *filter, vd_ctl_conns_fn done,
		void *ctx)
{
	struct vd_conn_filter *f;
	struct ctl_ask *a;

	if (filter->worker >= (int)c->n_active) { /* an there is no such worker */
		done(ctx, 0, NULL, 0, false);
		return;
	}
	a = ask_new(c);
	if (a == NULL) {
		done(ctx, -EBUSY, NULL, 0, false);
		return;
	}
	a->filter = *filter;
	a->conns_done = done;
	a->ctx = ctx;
	a->worker = filter->worker > 0 ? (unsigned int)filter->worker : 0;
	a->request.type = VD_DP_REQUEST_CONNS;
	a->request.conns.out = a->slice;
	a->request.conns.capacity = ASK_SLICE;
	f = &a->request.conns.filter;
	*f = vd_conn_filter_any;
	if (filter->service >= 0)
		f->service = ctl_service_id(c, (size_t)filter->service);
	if (filter->service >= 0 && filter->server >= 0)
		f->server = ctl_server_id(c, (size_t)filter->service, (size_t)filter->server);
	f->has_server_endpoint = filter->has_server_endpoint;
	f->server_endpoint = filter->server_endpoint;
	f->has_client = filter->has_client;
	f->client = filter->client;
	f->state = filter->state;
	ask_post(a);
	ask_arm(c);
}

void
vd_ctl_explain(struct vd_ctl *c, enum vd_protocol protocol, const struct vd_endpoint *src,
		const struct vd_endpoint *dst, vd_ctl_explain_fn done, void *ctx)
{
	struct ctl_ask *a = ask_new(c);

	if (a == NULL) {
		done(ctx, -EBUSY, NULL);
		return;
	}
	a->explain_done = done;
	a->ctx = ctx;
	a->request.type = VD_DP_REQUEST_EXPLAIN;
	a->request.explain.lb.client.addr = src->addr;
	a->request.explain.lb.client.port_be = rte_cpu_to_be_16(src->port);
	a->request.explain.lb.target.addr = dst->addr;
	a->request.explain.lb.target.port = dst->port;
	a->request.explain.lb.target.protocol = (uint8_t)protocol;
	ask_post(a);
	ask_arm(c);
}

/* The workers have stopped: nobody writes into a question any more. */
void
ctl_asks_end(struct vd_ctl *c)
{
	vd_io_timer_cancel(c->loop, &c->ask_timer);
	while (c->asks != NULL) {
		ask_answer(c->asks, -ETIMEDOUT);
		ask_free(c->asks);
	}
}
