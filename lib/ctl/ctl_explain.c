/* SPDX-License-Identifier: BSD-3-Clause */
/* A worker's answer to `explain` in words. */
#include <string.h>

#include "ctl_priv.h"
#include "vd_lb_explain.h"

#define HEALTH_MAX 8
#define STEPS_MAX  (VD_LB_EXPLAIN_STEPS + HEALTH_MAX + 8)

struct words {
	struct vd_strbuf line[STEPS_MAX];
	const char *step[STEPS_MAX];
	size_t n;
};

static struct vd_strbuf *
words_next(struct words *w)
{
	return &w->line[w->n < STEPS_MAX - 1 ? w->n++ : STEPS_MAX - 1];
}

/* The number of services where there is none. */
static size_t
service_index(const struct vd_ctl *c, uint32_t id)
{
	for (size_t i = 0; id != VD_LB_NONE && i < c->services.n; i++)
		if (ctl_service_id(c, i) == id)
			return i;
	return c->services.n;
}

static const char *
address_words(const struct vd_dp_request_explain *r)
{
	if (!r->has_address)
		return "the destination is no address of this box";
	switch (r->addr_kind) {
	case VD_DP_ADDR_VIP:
		return "the destination is a virtual address";
	case VD_DP_ADDR_LOCAL:
		return "the destination is a source address of FULLNAT";
	default:
		return "the destination is an address of a port";
	}
}

/* Servers that are not in rotation, and why: the first few of them. */
static void
health_words(struct vd_ctl *c, uint32_t service, struct words *w)
{
	size_t i = service_index(c, service), said = 0;
	const struct ctl_service *s;

	if (i == c->services.n)
		return;
	s = &c->services.v[i];
	for (size_t k = 0; k < s->servers.n && said < HEALTH_MAX; k++) {
		char text[VD_ENDPOINT_STR];
		struct vd_ctl_server v = {0};
		struct vd_strbuf why = {0};

		ctl_server_state(c, i, k, &v, &why);
		if (strcmp(v.state, "up") != 0 && ++said > 0)
			vd_strbuf_printf(words_next(w), "%s is %s: %s",
					vd_endpoint_format(&s->servers.v[k].endpoint, text,
							sizeof(text)),
					v.state, why.s);
		vd_strbuf_free(&why);
	}
}

static void
flow_words(struct vd_ctl *c, const struct vd_dp_request_explain *r, struct words *w)
{
	char text[VD_ENDPOINT_STR];

	vd_strbuf_puts(words_next(w), address_words(r));
	for (unsigned int i = 0; i < r->lb.n_steps; i++)
		if (r->lb.steps[i].kind != VD_LB_STEP_NOT_VIP)
			vd_lb_explain_step_format(c->snapshot, &r->lb.steps[i], words_next(w));
	health_words(c, r->lb.service, w);
	if (r->lb.is_vip && !r->lease_ok)
		vd_strbuf_puts(words_next(w), "this node does not hold the address now");
	if (c->n_active > 1)
		vd_strbuf_printf(words_next(w), "worker %u owns the flow", r->owner);
	if (r->existing)
		vd_strbuf_printf(words_next(w),
				"the flow has a live connection, %s, to %s: it stays there",
				vd_ctl_conn_state_name(r->conn.state),
				vd_endpoint_format(&r->conn.server, text, sizeof(text)));
	if (r->has_next_hop)
		vd_strbuf_printf(words_next(w), "next hop %s on %s, %s",
				vd_addr_format(&r->next_hop, text, sizeof(text)),
				r->ifid < c->n_ifaces ? c->iface[r->ifid].name : "?",
				r->resolved ? "resolved" : "not resolved yet");
}

static void
verdict_words(const struct vd_dp_request_explain *r, struct vd_ctl_explain *e, struct words *w)
{
	switch (r->verdict) {
	case VD_DP_VERDICT_FORWARD:
		e->action = "forward";
		e->reason = r->existing ? "existing connection" : "chosen by the scheduler";
		break;
	case VD_DP_VERDICT_PUNT:
		e->action = "punt";
		e->reason = "for the host's kernel";
		break;
	default:
		e->action = "drop";
		e->reason = vd_drop_name(r->drop);
		vd_strbuf_printf(words_next(w), "dropped: %s", vd_drop_text(r->drop));
		break;
	}
}

static void
server_find(const struct vd_ctl *c, const struct vd_dp_request_explain *r, struct vd_ctl_explain *e)
{
	const struct vd_lb_server *s;

	if (r->existing) {
		e->has_real_server = true;
		e->real_server = r->conn.server;
		return;
	}
	s = r->lb.server == VD_LB_NONE ? NULL : vd_lb_server_by_id(c->snapshot, r->lb.server);
	if (s == NULL)
		return;
	e->has_real_server = true;
	e->real_server.addr = s->addr;
	e->real_server.port = s->port != 0 ? s->port : r->lb.target.port;
}

void
ctl_explain_answer(struct vd_ctl *c, const struct vd_dp_request_explain *r, vd_ctl_explain_fn done,
		void *ctx)
{
	size_t i = service_index(c, r->lb.service);
	struct vd_ctl_explain e = {0};
	struct words w = {0};

	flow_words(c, r, &w);
	verdict_words(r, &e, &w);
	server_find(c, r, &e);
	e.service = i == c->services.n ? NULL : c->services.v[i].label;
	for (i = 0; i < w.n; i++)
		w.step[i] = w.line[i].s;
	e.steps = w.step;
	e.n_steps = w.n;
	done(ctx, 0, &e);
	for (i = 0; i < STEPS_MAX; i++)
		vd_strbuf_free(&w.line[i]);
}
