/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_conn.h"
#include "dp_local.h"

/* What main asks a worker for. Each answer is bounded work between two bursts. */

#define RECORDS_PER_TURN 4096

static struct vd_endpoint
endpoint(const struct vd_conn *c, enum vd_conn_end end)
{
	struct vd_endpoint e = {vd_conn_addr(c, end), vd_pkt_swap16(c->port_be[end])};

	return e;
}

static vd_time
ticks_to_time(uint32_t ticks)
{
	return (vd_time)ticks << 20;
}

static void
describe(const struct vd_dp_worker *w, const struct vd_conn *c, struct vd_dp_conn *out)
{
	uint32_t idle = w->tick - c->last_seen, timeout = vd_conn_timeout_of(w->conns, c);

	memset(out, 0, sizeof(*out));
	out->client = endpoint(c, VD_CONN_CLIENT);
	out->virtual = endpoint(c, VD_CONN_VIRTUAL);
	out->server = endpoint(c, VD_CONN_SERVER);
	if (c->forwarding == VD_FORWARDING_FULLNAT)
		out->local = endpoint(c, VD_CONN_LOCAL);
	out->service = c->service;
	out->real_server = c->server;
	out->protocol = c->protocol;
	out->forwarding = c->forwarding;
	out->state = c->state;
	out->age = ticks_to_time(w->tick - c->created);
	out->timeout = ticks_to_time(idle < timeout ? timeout - idle : 0);
}

struct walk {
	const struct vd_dp_worker *w;
	struct vd_dp_request_conns *r;
};

static bool
visit(void *ctx, const struct vd_conn *c)
{
	struct walk *walk = ctx;

	if (!vd_conn_expired(walk->w->conns, c, walk->w->tick))
		describe(walk->w, c, &walk->r->out[walk->r->n++]);
	return walk->r->n < walk->r->capacity;
}

static void
conns(const struct vd_dp_worker *w, struct vd_dp_request_conns *r)
{
	struct walk walk = {w, r};

	r->n = 0;
	r->done = r->capacity == 0 ||
			vd_conn_walk(w->conns, &r->cursor, RECORDS_PER_TURN, &r->filter, visit,
					&walk);
}

static void
explain_drop(struct vd_dp_request_explain *r, enum vd_drop reason)
{
	r->verdict = VD_DP_VERDICT_DROP;
	r->drop = reason;
}

static void
explain_server(const struct vd_dp_worker *w, struct vd_dp_request_explain *r)
{
	const struct vd_lb_server *server = vd_lb_server_by_id(w->snapshot, r->lb.server);
	uint64_t word;
	uint32_t idx;

	if (server == NULL) {
		explain_drop(r, VD_DROP_NO_SERVER);
		return;
	}
	r->has_next_hop = vd_dp_netconf_route(w->net, &server->addr,
			(uint32_t)vd_addr_hash(&r->lb.client.addr, r->lb.client.port_be), &r->ifid,
			&r->next_hop);
	if (!r->has_next_hop) {
		explain_drop(r, VD_DROP_NO_ROUTE);
		return;
	}
	idx = vd_neigh_find_word(w->neigh, r->ifid, &r->next_hop, &word);
	r->resolved = idx != VD_NEIGH_NONE && vd_neigh_word_usable(word);
	r->verdict = VD_DP_VERDICT_FORWARD;
}

static void
explain_existing(const struct vd_dp_worker *w, struct vd_dp_request_explain *r)
{
	struct vd_conn_key k = {
			.src = r->lb.client.addr,
			.dst = r->lb.target.addr,
			.sport_be = r->lb.client.port_be,
			.dport_be = vd_pkt_swap16(r->lb.target.port),
			.protocol = r->lb.target.protocol,
	};
	uint32_t ref = vd_conn_lookup(w->conns, &k, vd_conn_hash(w->conns, &k));

	if (ref == VD_CONN_NONE || vd_conn_expired(w->conns, vd_conn_at(w->conns, ref), w->tick))
		return;
	r->existing = true;
	describe(w, vd_conn_at(w->conns, ref), &r->conn);
}

/* It would arrive where replies to it leave. */
static uint16_t
owner(const struct vd_dp_worker *w, const struct vd_dp_request_explain *r)
{
	const struct vd_endpoint client = {r->lb.client.addr, vd_pkt_swap16(r->lb.client.port_be)};
	const struct vd_endpoint target = {r->lb.target.addr, r->lb.target.port};
	struct vd_addr hop;
	uint16_t ifid, port = 0;

	if (vd_dp_netconf_route(w->net, &client.addr, 0, &ifid, &hop))
		port = w->net->ifaces.v[ifid].port;
	return vd_dp_worker_owner(w, port, &client, &target, r->lb.target.protocol);
}

static void
explain(const struct vd_dp_worker *w, struct vd_dp_request_explain *r)
{
	struct vd_lb_client client = r->lb.client;
	struct vd_lb_listener target = r->lb.target;
	const struct vd_dp_address *a;
	const struct vd_lb_service *svc;
	enum vd_drop reason;

	memset(r, 0, sizeof(*r));
	r->lb.client = client;
	r->lb.target = target;
	r->lb.service = VD_LB_NONE;
	r->lb.server = VD_LB_NONE;
	r->owner = w->index;
	if (w->net == NULL || w->snapshot == NULL) {
		explain_drop(r, VD_DROP_STOPPED);
		return;
	}
	r->owner = owner(w, r);
	vd_lb_explain(w->snapshot, w->lb, &client, &target, &r->lb);
	explain_existing(w, r);
	a = dp_net_address(w->net, &target.addr);
	r->has_address = a != NULL;
	if (a != NULL) {
		r->addr_kind = a->kind;
		r->lease_ok = dp_lease_ok(w, a->lease);
	}
	svc = r->lb.service == VD_LB_NONE ? NULL : vd_lb_service_by_id(w->snapshot, r->lb.service);
	if (svc == NULL) {
		if (dp_local_verdict(w, &target.addr, &reason) == DP_LOCAL_PUNT)
			r->verdict = VD_DP_VERDICT_PUNT;
		else
			explain_drop(r, reason);
		return;
	}
	r->lease_ok = dp_lease_ok(w, svc->lease);
	if (!w->serve)
		explain_drop(r, VD_DROP_STOPPED);
	else if (!r->lease_ok)
		explain_drop(r, VD_DROP_NOT_MASTER);
	else
		explain_server(w, r);
}

void
dp_request(struct vd_dp_worker *w, struct vd_dp_request *r)
{
	r->worker = w->index;
	if (r->type == VD_DP_REQUEST_CONNS)
		conns(w, &r->conns);
	else
		explain(w, &r->explain);
}
