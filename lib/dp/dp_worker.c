/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_ring_elem.h>

#include "dp_priv.h"

/* Making and unmaking a worker: its tables, rings and graph. */

#define EVENT_RING   4096
#define REPORT_RING  1024
#define REQUEST_RING 16
#define INJECT_RING  1024
#define UP_RING      1024
/* A stream never has to grow: what a walk can bring, each packet being in one stream at a time. */
#define STREAM (4 * VD_DP_BURST)

static const uint32_t rst_rate = 20000, echo_rate = 10000, punt_rate = 200000, check_rate = 100000;

/* rte_graph_create() calls each node's init once per graph: this is how a node learns whose it is. */
static __thread struct vd_dp_worker *creating;
static __thread unsigned int created;

int
dp_node_init(const struct rte_graph *graph, struct rte_node *node)
{
	struct dp_node *n = (struct dp_node *)node->ctx;

	RTE_SET_USED(graph);
	if (created == DP_NODES)
		return -ENOSPC;
	n->worker = creating;
	n->sample = &creating->sample[created++];
	return 0;
}

static struct dp_bucket
bucket(uint32_t rate, uint32_t otherwise)
{
	struct dp_bucket b = {
			.interval = VD_SEC / (rate == 0 ? otherwise : rate),
			.burst = VD_SEC / 10,
	};

	return b;
}

/* Its memory is there before the first event is posted, also without huge pages. */
static void
ring_touch(struct rte_ring *r, unsigned int elem)
{
	ssize_t size = rte_ring_get_memsize_elem(elem, rte_ring_get_size(r));

	if (size > (ssize_t)sizeof(*r))
		memset(r + 1, 0, (size_t)size - sizeof(*r));
}

static struct rte_ring *
ring_new(const struct vd_dp_worker *w, const char *what, uint32_t size, size_t elem,
		unsigned int flags)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *r;

	snprintf(name, sizeof(name), "vd_dp%u_%s", w->index, what);
	r = rte_ring_create_elem(name, (unsigned int)elem, size, w->socket, flags);
	if (r != NULL)
		ring_touch(r, (unsigned int)elem);
	return r;
}

static int
rings_create(struct vd_dp_worker *w, uint32_t up_size)
{
	static const char *const up_name[VD_DP_UP_N] = {
			[VD_DP_UP_VRRP] = "vrrp",
			[VD_DP_UP_NEIGH] = "neigh",
			[VD_DP_UP_PUNT] = "punt",
			[VD_DP_UP_CHECK] = "check",
	};
	const unsigned int sp_sc = RING_F_SP_ENQ | RING_F_SC_DEQ;

	w->events = ring_new(w, "events", EVENT_RING, sizeof(struct vd_dp_event), RING_F_SC_DEQ);
	w->reports = ring_new(w, "reports", REPORT_RING, sizeof(struct vd_dp_report), sp_sc);
	w->requests = ring_new(w, "requests", REQUEST_RING, sizeof(void *), sp_sc);
	w->replies = ring_new(w, "replies", REQUEST_RING, sizeof(void *), sp_sc);
	w->inject = ring_new(w, "inject", INJECT_RING, sizeof(void *), sp_sc);
	if (w->events == NULL || w->reports == NULL || w->requests == NULL || w->replies == NULL ||
			w->inject == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < VD_DP_UP_N; i++) {
		w->up[i] = ring_new(w, up_name[i], up_size == 0 ? UP_RING : up_size, sizeof(void *),
				sp_sc);
		if (w->up[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

static void
packet_ring_free(struct rte_ring *r)
{
	void *m;

	if (r == NULL)
		return;
	while (rte_ring_sc_dequeue(r, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(r);
}

static void
rings_free(struct vd_dp_worker *w)
{
	for (size_t i = 0; i < VD_DP_UP_N; i++)
		packet_ring_free(w->up[i]);
	packet_ring_free(w->inject);
	rte_ring_free(w->events);
	rte_ring_free(w->reports);
	rte_ring_free(w->requests);
	rte_ring_free(w->replies);
}

static int
graph_create(struct vd_dp_worker *w)
{
	const char *patterns[] = {"vd_rx"};
	struct rte_graph_param param = {
			.socket_id = w->socket,
			.nb_node_patterns = 1,
			.node_patterns = patterns,
	};
	char name[RTE_GRAPH_NAMESIZE];
	struct rte_node *node;
	rte_graph_off_t off;
	rte_node_t i;

	snprintf(name, sizeof(name), "worker%u", w->index);
	creating = w;
	created = 0;
	w->graph_id = rte_graph_create(name, &param);
	creating = NULL;
	if (rte_graph_is_invalid(w->graph_id))
		return rte_errno != 0 ? -rte_errno : -ENOMEM;
	w->graph = rte_graph_lookup(name);
	if (w->graph == NULL)
		return -ENOENT;
	rte_graph_foreach_node(i, off, w->graph, node)
	{
		if (node->size < DP_STREAM)
			__rte_node_stream_alloc_size(w->graph, node, DP_STREAM);
		if (node->objs == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int
config_check(const struct vd_dp_worker_config *c)
{
	if (c->alloc == NULL || c->neigh == NULL || c->index >= VD_DP_WORKER_MAX ||
			c->n_rxq > VD_DP_RX_MAX || c->connections == 0)
		return -EINVAL;
	for (uint16_t i = 0; i < c->n_rxq; i++)
		if (c->rxq[i].port >= VD_DP_PORT_MAX ||
				(c->txq[c->rxq[i].port] == VD_DP_TX_NONE &&
						c->tx_via[c->rxq[i].port] == 0))
			return -EINVAL;
	if ((c->rss_slots & (c->rss_slots - 1)) != 0 || (c->rss_slots != 0 && c->toeplitz == NULL))
		return -EINVAL;
	return c->workers <= VD_DP_WORKER_MAX ? 0 : -EINVAL;
}

void
dp_shut_set(struct vd_dp_worker *w, uint16_t port)
{
	w->shut[port] = w->link_down[port] ||
			(w->txq[port] == VD_DP_TX_NONE && w->tx_via[port] == 0);
}

static int
setup(struct vd_dp_worker *w, const struct vd_dp_worker_config *c)
{
	int rc;

	rc = rings_create(w, c->ring_size);
	if (rc == 0)
		rc = dp_hold_init(w);
	if (rc == 0)
		rc = dp_conn_init(w, c);
	if (rc == 0)
		rc = graph_create(w);
	return rc;
}

struct vd_dp_worker *
vd_dp_worker_create(const struct vd_dp_worker_config *c)
{
	struct vd_dp_worker *w;
	int rc = config_check(c);

	if (rc != 0) {
		errno = -rc;
		return NULL;
	}
	w = vd_zalloc(c->alloc, sizeof(*w), VD_CACHE_LINE);
	if (w == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	w->index = c->index;
	w->socket = c->socket;
	w->alloc = c->alloc;
	w->seed = c->seed;
	w->neigh = c->neigh;
	w->serve = c->serve;
	w->wake = c->wake;
	w->wake_ctx = c->wake_ctx;
	w->n_rxq = c->n_rxq;
	memcpy(w->rxq, c->rxq, sizeof(w->rxq));
	w->workers = 1;
	w->steer_seed[0] = vd_hash_u64(3, c->seed);
	w->steer_seed[1] = vd_hash_u64(4, c->seed);
	w->wake_worker = c->wake_worker;
	w->wake_worker_ctx = c->wake_worker_ctx;
	if (c->rss_slots > 1) {
		w->toeplitz = c->toeplitz;
		w->rss_mask = c->rss_slots - 1u;
		memcpy(w->rss, c->rss, sizeof(w->rss));
	}
	memcpy(w->txq, c->txq, sizeof(w->txq));
	memcpy(w->tx_via, c->tx_via, sizeof(w->tx_via));
	for (uint16_t p = 0; p < VD_DP_PORT_MAX; p++)
		dp_shut_set(w, p);
	w->rst = bucket(c->rst_rate, rst_rate);
	w->echo = bucket(c->echo_rate, echo_rate);
	w->punt = bucket(c->punt_rate, punt_rate);
	w->check = bucket(c->check_rate, check_rate);
	w->lease_until[VD_DP_LEASE_MAX] = VD_TIME_NEVER;
	w->graph_id = RTE_GRAPH_ID_INVALID;
	rc = setup(w, c);
	if (rc != 0) {
		vd_dp_worker_destroy(w);
		errno = -rc;
		return NULL;
	}
	dp_set_netconf(w, c->netconf);
	if (c->snapshot != NULL)
		dp_set_snapshot(w, c->snapshot, c->snapshot_sequence);
	return w;
}

void
vd_dp_worker_destroy(struct vd_dp_worker *w)
{
	if (w == NULL)
		return;
	if (!rte_graph_is_invalid(w->graph_id))
		rte_graph_destroy(w->graph_id);
	dp_hold_fini(w);
	dp_hand_fini(w);
	dp_conn_fini(w);
	rings_free(w);
	vd_free(w->alloc, w);
}

const struct vd_dp_counters *
vd_dp_worker_counters(const struct vd_dp_worker *w)
{
	return &w->counters;
}

uint64_t
vd_dp_worker_snapshot_ack(const struct vd_dp_worker *w)
{
	return vd_load_acquire(&w->snapshot_ack);
}

uint64_t
vd_dp_worker_netconf_ack(const struct vd_dp_worker *w)
{
	return vd_load_acquire(&w->netconf_ack);
}

vd_time
vd_dp_worker_heartbeat(const struct vd_dp_worker *w)
{
	return vd_load_relaxed(&w->heartbeat);
}

const struct vd_conn_table *
vd_dp_worker_conns(const struct vd_dp_worker *w)
{
	return w->conns;
}

const struct vd_lb_worker *
vd_dp_worker_lb(const struct vd_dp_worker *w)
{
	return w->lb;
}
