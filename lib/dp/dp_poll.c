/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include <rte_ring_elem.h>

#include "dp_priv.h"

/* A worker's turn, and the messages it handles between two bursts. */

#define EVENTS_PER_TURN   64
#define REQUESTS_PER_TURN 1
#define INJECT_PER_TURN   64

int
vd_dp_worker_post(struct vd_dp_worker *w, const struct vd_dp_event *e)
{
	struct vd_dp_event copy = *e;

	if (rte_ring_mp_enqueue_elem(w->events, &copy, sizeof(copy)) == 0)
		return 0;
	__atomic_fetch_add(&w->posts_refused, 1, __ATOMIC_RELAXED);
	return -ENOBUFS;
}

int
vd_dp_worker_request(struct vd_dp_worker *w, struct vd_dp_request *r)
{
	return rte_ring_sp_enqueue(w->requests, r) == 0 ? 0 : -ENOBUFS;
}

unsigned int
vd_dp_worker_replies(struct vd_dp_worker *w, struct vd_dp_request **out, unsigned int n)
{
	return rte_ring_sc_dequeue_burst(w->replies, (void **)out, n, NULL);
}

unsigned int
vd_dp_worker_reports(struct vd_dp_worker *w, struct vd_dp_report *out, unsigned int n)
{
	return rte_ring_sc_dequeue_burst_elem(w->reports, out, sizeof(*out), n, NULL);
}

unsigned int
vd_dp_worker_up(struct vd_dp_worker *w, enum vd_dp_up which, struct rte_mbuf **out, unsigned int n)
{
	return rte_ring_sc_dequeue_burst(w->up[which], (void **)out, n, NULL);
}

unsigned int
vd_dp_worker_inject(struct vd_dp_worker *w, struct rte_mbuf **m, unsigned int n)
{
	return rte_ring_sp_enqueue_burst(w->inject, (void **)m, n, NULL);
}

bool
vd_dp_worker_pending(const struct vd_dp_worker *w)
{
	return !rte_ring_empty(w->events) || !rte_ring_empty(w->requests) ||
			!rte_ring_empty(w->inject) || w->release_head != w->release_tail ||
			dp_hand_pending(w);
}

void
dp_report(struct vd_dp_worker *w, const struct vd_dp_report *r)
{
	struct vd_dp_report copy = *r;

	copy.worker = w->index;
	if (rte_ring_sp_enqueue_elem(w->reports, &copy, sizeof(copy)) != 0)
		vd_store_relaxed(&w->counters.reports_lost, w->counters.reports_lost + 1);
}

void
dp_set_netconf(struct vd_dp_worker *w, const struct vd_dp_netconf *n)
{
	/* Connections keep their next hops where nothing changed for them. */
	if (w->net == NULL || n == NULL || w->net->ways != n->ways)
		w->net_epoch++;
	w->net = n;
	vd_store_release(&w->netconf_ack, n == NULL ? 0 : n->sequence);
}

static void
clear_stats(struct vd_dp_worker *w)
{
	memset(&w->counters, 0, sizeof(w->counters));
	memset(w->sample, 0, sizeof(w->sample));
}

static void
handle(struct vd_dp_worker *w, const struct vd_dp_event *e)
{
	switch ((enum vd_dp_event_type)e->type) {
	case VD_DP_EVENT_SNAPSHOT:
		dp_set_snapshot(w, e->snapshot.snapshot, e->snapshot.sequence);
		break;
	case VD_DP_EVENT_NETCONF:
		dp_set_netconf(w, e->netconf);
		break;
	case VD_DP_EVENT_LEASE:
		if (e->lease.index < VD_DP_LEASE_MAX)
			w->lease_until[e->lease.index] = e->lease.until;
		break;
	case VD_DP_EVENT_NEIGH_RESOLVED:
		dp_hold_resolved(w, e->neigh.ifid, &e->neigh.addr);
		break;
	case VD_DP_EVENT_NEIGH_FAILED:
		dp_hold_failed(w, e->neigh.ifid, &e->neigh.addr);
		break;
	case VD_DP_EVENT_SERVER:
		dp_server_event(w, e);
		break;
	case VD_DP_EVENT_SERVE:
		w->serve = e->serve;
		break;
	case VD_DP_EVENT_LINK:
		if (e->link.port < VD_DP_PORT_MAX) {
			w->link_down[e->link.port] = !e->link.up;
			dp_shut_set(w, e->link.port);
		}
		break;
	case VD_DP_EVENT_TIMEOUTS:
		dp_timeouts_event(w, e);
		break;
	case VD_DP_EVENT_CLEAR_STATS:
		clear_stats(w);
		break;
	}
}

static void
messages(struct vd_dp_worker *w)
{
	struct vd_dp_event e;
	void *r;

	for (unsigned int i = 0; i < EVENTS_PER_TURN; i++) {
		if (rte_ring_sc_dequeue_elem(w->events, &e, sizeof(e)) != 0)
			break;
		handle(w, &e);
	}
	for (unsigned int i = 0; i < REQUESTS_PER_TURN; i++) {
		if (rte_ring_sc_dequeue(w->requests, &r) != 0)
			break;
		dp_request(w, r);
		/* There is a place for every request that was in its ring. */
		rte_ring_sp_enqueue(w->replies, r);
	}
}

/* Control's frames go before ours. */
static void
injected(struct vd_dp_worker *w)
{
	struct rte_mbuf *m[INJECT_PER_TURN];
	unsigned int n = rte_ring_sc_dequeue_burst(w->inject, (void **)m, INJECT_PER_TURN, NULL);

	for (unsigned int i = 0; i < n; i++) {
		if (m[i]->port < VD_DP_PORT_MAX && w->txq[m[i]->port] != VD_DP_TX_NONE)
			dp_send(w, m[i]->port, &m[i], 1);
		else
			dp_discard(w, m[i], VD_DROP_LINK_DOWN);
	}
	w->received += n;
}

uint32_t
vd_dp_worker_poll(struct vd_dp_worker *w, vd_time now)
{
	struct vd_dp_counters *c = &w->counters;

	w->now = now;
	w->tick = vd_conn_tick(now);
	w->received = 0;
	messages(w);
	if (vd_unlikely(!rte_ring_empty(w->inject)))
		injected(w);
	/* Not before it is known what is ours. */
	if (vd_likely(w->net != NULL && w->snapshot != NULL))
		dp_walk(w);
	if (vd_unlikely(w->n_touched > 0))
		dp_hand_flush(w);
	dp_conn_maintain(w);
	if (vd_unlikely(w->n_held > 0))
		dp_hold_sweep(w);
	vd_store_relaxed(&c->turns, c->turns + 1);
	if (w->received > 0) {
		vd_store_relaxed(&c->busy_turns, c->busy_turns + 1);
		vd_store_relaxed(&c->packets, c->packets + w->received);
	}
	vd_store_relaxed(&w->heartbeat, now);
	return w->received;
}
