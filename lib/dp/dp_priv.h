/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DP_PRIV_H
#define DP_PRIV_H

/* What the nodes share: the worker, the state that travels with a packet, the way to the next node. */

#include <rte_ethdev.h>
#include <rte_graph.h>
#include <rte_graph_worker.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "dp_net.h"
#include "vd_compiler.h"
#include "vd_conn.h"
#include "vd_dp.h"
#include "vd_lb.h"
#include "vd_neigh_table.h"

/*
 * A packet's state, in the mbuf's hash field: it lies on the mbuf's first cache line, which every node reads anyway,
 * and what the NIC wrote there is used up once the packet is received.
 *   ifid    interface: of arrival, until the balancer or the route has chosen the one of departure
 *   l3      offset of the IP header in the frame as received
 *   reason  of the drop node
 *   to      on its way to another worker: enum dp_to
 */
struct dp_meta {
	uint16_t ifid;
	uint8_t l3;
	union {
		uint8_t reason;
		uint8_t to;
	};
	union {
		struct {
			uint8_t l4;    /* offset of the L4 header from the IP header */
			uint8_t proto; /* of the last header */
			uint8_t flags; /* DP_FLAG_ */
			union {
				uint8_t up;    /* ring of the up node */
				uint8_t owner; /* hand node: the worker */
			};
		};
		uint32_t hop; /* output: index of the neighbour; hold: index of the slot */
	};
} __attribute__((may_alias, aligned(4)));

#define DP_FLAG_V6        0x01
#define DP_FLAG_FRAGMENT  0x02
#define DP_FLAG_MULTICAST 0x04 /* the frame was not addressed to us alone */
#define DP_FLAG_HANDED    0x08 /* another worker received it: it goes no further */

/* Where a packet goes on at the other worker. */
enum dp_to {
	DP_TO_BALANCE,
	DP_TO_LOCAL,
	DP_TO_TX, /* a finished frame: that worker has the queue */
};

_Static_assert(sizeof(struct dp_meta) == sizeof(((struct rte_mbuf *)0)->hash),
		"fits the hash field");
_Static_assert(offsetof(struct rte_mbuf, hash) + sizeof(struct dp_meta) <= VD_CACHE_LINE,
		"on the first cache line");

static inline struct dp_meta *
dp_meta(struct rte_mbuf *m)
{
	return (struct dp_meta *)&m->hash;
}

/* So many events per second, with bursts of up to a tenth of a second's worth. */
struct dp_bucket {
	uint64_t interval; /* nanoseconds per event */
	uint64_t burst;    /* nanoseconds that may be saved up */
	uint64_t next;     /* earliest time at which the bucket is full again */
};

static inline bool
dp_bucket_take(struct dp_bucket *b, vd_time now)
{
	uint64_t start = b->next > now ? b->next : now;

	if (start - now > b->burst)
		return false;
	b->next = start + b->interval;
	return true;
}

/* No stream ever holds more: what a walk can bring, each packet being in one stream at a time. */
#define DP_STREAM       (4 * VD_DP_BURST)

#define DP_RELEASE      2048 /* packets that wait for the next walk; a power of two */
#define DP_TOLD         256
#define DP_HOLD_SLOTS   256 /* next hops that packets wait for at once; a power of two */
#define DP_HOLD_PACKETS 8   /* per next hop */
#define DP_HOLD_NONE    UINT32_MAX

struct dp_hold {
	struct vd_addr addr;
	uint16_t ifid;
	uint8_t n;
	bool used;
	vd_time since, asked;
	struct rte_mbuf *packet[DP_HOLD_PACKETS];
};

#define DP_HAND_BATCH 64
#define DP_HAND_RING  1024 /* places of a ring between two workers */

/* Packets on their way to one other worker, until the burst is through. */
struct dp_hand {
	struct rte_ring *ring; /* this worker puts, the other takes */
	uint16_t n;
	bool touched;
	struct rte_mbuf *packet[DP_HAND_BATCH];
} VD_CACHE_ALIGNED;

/* What control was told about a next hop, and when. */
struct dp_told {
	uint64_t what;
	vd_time at;
};

#define DP_NODES 32 /* of a graph, at most */

/* What was measured of a node; one writer, the worker. */
struct dp_sample {
	uint64_t packets, cycles;
};

/* The lease of a server's service, kept beside the counters that every packet of a connection writes anyway. */
#define DP_LEASE(server_state) ((server_state)->lease)

struct vd_dp_worker {
	/* Read for every packet. */
	const struct vd_dp_netconf *net;
	const struct vd_lb_snapshot *snapshot;
	const struct vd_neigh_table *neigh;
	struct vd_conn_table *conns;
	struct vd_lb_worker *lb;
	struct rte_graph *graph;
	vd_time now;
	uint32_t tick;     /* of the connection table's clock, now */
	uint8_t net_epoch; /* counts changes of routes: a cached next hop is good for its own only */
	bool serve;
	uint16_t index;
	uint16_t n_rxq, next_rxq;
	uint32_t received; /* of this turn */
	uint64_t seed;

	/* Several workers. hand is NULL while there is one. */
	uint16_t workers;
	bool steers;            /* a port's packets have to be looked at for whose they are */
	uint32_t class_part;    /* 2^32 / workers, rounded up */
	uint64_t steer_seed[2]; /* the same for all workers */
	const struct vd_pkt_toeplitz *toeplitz;
	uint32_t rss_mask; /* 0: no port is spread by its device */
	bool rss[VD_DP_PORT_MAX];
	/* Each worker has a queue: what it has a connection for is its own, and only the rest is looked at. */
	bool late[VD_DP_PORT_MAX];
	struct dp_hand *hand; /* by worker */
	struct rte_ring **in; /* by worker; NULL: its own */
	uint16_t next_in, n_touched;
	uint8_t touched[VD_DP_WORKER_MAX];

	uint16_t txq[VD_DP_PORT_MAX];
	uint16_t tx_via[VD_DP_PORT_MAX]; /* worker + 1, where there is no queue */
	bool shut[VD_DP_PORT_MAX];       /* nothing leaves: no queue, or no link */
	bool link_down[VD_DP_PORT_MAX];
	struct vd_dp_rxq rxq[VD_DP_RX_MAX];
	vd_time lease_until[VD_DP_LEASE_MAX + 1]; /* the last one is for ever */

	struct dp_bucket rst, echo, punt, check;

	/* Rings: events and requests in; reports, packets and replies out. */
	struct rte_ring *events, *requests, *replies, *reports, *inject;
	struct rte_ring *up[VD_DP_UP_N];

	/* Packets waiting for a next hop, and those whose wait is over. */
	uint32_t n_held;    /* slots in use */
	uint32_t hold_scan; /* where the sweep of slots goes on */
	uint32_t release_head, release_tail;
	struct rte_mbuf **release;
	struct dp_hold *hold;
	struct dp_told told[DP_TOLD];

	void (*wake)(void *ctx); /* after packets went to the VRRP ring; may be NULL */
	void *wake_ctx;
	void (*wake_worker)(void *ctx, uint16_t worker);
	void *wake_worker_ctx;

	/* Upkeep of tables. */
	uint32_t swept; /* tick */
	uint32_t sync_service, sync_server;

	struct vd_dp_counters counters VD_CACHE_ALIGNED;

	struct dp_sample sample[DP_NODES];

	/* Words that others read. */
	uint64_t snapshot_ack VD_CACHE_ALIGNED;
	uint64_t netconf_ack;
	vd_time heartbeat;
	uint64_t posts_refused; /* many writers, relaxed */

	int socket;
	const struct vd_alloc *alloc;
	rte_graph_t graph_id;
};

/* What a node knows. */
struct dp_node {
	struct vd_dp_worker *worker;
	struct dp_sample *sample;
};
static_assert(sizeof(struct dp_node) <= RTE_NODE_CTX_SZ, "fits into the node");

/* The worker that a node belongs to. */
static inline struct vd_dp_worker *
dp_worker(const struct rte_node *node)
{
	return ((const struct dp_node *)node->ctx)->worker;
}

static inline struct dp_sample *
dp_sample(const struct rte_node *node)
{
	return ((const struct dp_node *)node->ctx)->sample;
}

/* The init of every node: remembers the worker that is being created. */
int dp_node_init(const struct rte_graph *graph, struct rte_node *node);

/* Sends objs[i] over edge next[i]; most go over `usual`, and if all do, the stream is handed over whole. */
static inline void
dp_forward(struct rte_graph *graph, struct rte_node *node, void **objs, const uint8_t *next,
		uint16_t n, rte_edge_t usual)
{
	uint16_t other = 0;

	for (uint16_t i = 0; i < n; i++)
		other |= next[i] ^ usual;
	if (vd_likely(other == 0)) {
		rte_node_next_stream_move(graph, node, usual);
		return;
	}
	for (uint16_t i = 0; i < n; i++)
		rte_node_enqueue_x1(graph, node, next[i], objs[i]);
}

/* Marks a packet for the drop node; every node's edge 0 leads there. */
#define DP_EDGE_DROP 0

static inline uint8_t
dp_drop(struct rte_mbuf *m, enum vd_drop reason)
{
	dp_meta(m)->reason = (uint8_t)reason;
	return DP_EDGE_DROP;
}

/* For packets that never enter the graph, or leave it by other ways. */
void dp_discard(struct vd_dp_worker *w, struct rte_mbuf *m, enum vd_drop reason);

/* node_hold.c */
int dp_hold_init(struct vd_dp_worker *w);
void dp_hold_fini(struct vd_dp_worker *w);
/* The slot of a next hop, which control has been asked for; DP_HOLD_NONE when all slots are taken. */
uint32_t dp_hold_slot(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr);
void dp_hold_resolved(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr);
void dp_hold_failed(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr);
void dp_hold_sweep(struct vd_dp_worker *w);

/* dp_hand.c */
void dp_hand_fini(struct vd_dp_worker *w);
/* What waits goes into the rings; what does not fit is dropped. */
void dp_hand_flush(struct vd_dp_worker *w);
void dp_hand_send(struct vd_dp_worker *w, struct dp_hand *h);
/* Packets of other workers, at most n; how many. */
uint16_t dp_hand_take(struct vd_dp_worker *w, struct rte_mbuf **m, uint16_t n);
bool dp_hand_pending(const struct vd_dp_worker *w);

/* The packet is the other worker's from here on. */
static inline void
dp_hand_put(struct vd_dp_worker *w, uint16_t worker, struct rte_mbuf *m, enum dp_to to)
{
	struct dp_hand *h = &w->hand[worker];

	dp_meta(m)->to = (uint8_t)to;
	if (!h->touched) {
		h->touched = true;
		w->touched[w->n_touched++] = (uint8_t)worker;
	}
	h->packet[h->n++] = m;
	if (h->n == DP_HAND_BATCH)
		dp_hand_send(w, h);
}

/* node_tx.c */
void dp_send(struct vd_dp_worker *w, uint16_t port, struct rte_mbuf **m, uint16_t n);

/* Tells control, at most once a second each: a next hop that failed is wanted; a stale one is used. */
void dp_hop_wanted(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr);
void dp_hop_used(struct vd_dp_worker *w, uint32_t index, uint16_t gen);

/* dp_conn.c */
int dp_conn_init(struct vd_dp_worker *w, const struct vd_dp_worker_config *c);
void dp_conn_fini(struct vd_dp_worker *w);
void dp_conn_maintain(struct vd_dp_worker *w);
/* What a server's state needs to know of its service. */
void dp_server_follow(struct vd_dp_worker *w, const struct vd_lb_service *svc,
		const struct vd_lb_server *server);
void dp_set_snapshot(struct vd_dp_worker *w, const struct vd_lb_snapshot *s, uint64_t sequence);
void dp_server_event(struct vd_dp_worker *w, const struct vd_dp_event *e);
void dp_timeouts_event(struct vd_dp_worker *w, const struct vd_dp_event *e);

/* dp_nodes.c */
void dp_walk(struct vd_dp_worker *w);

/* dp_worker.c */
void dp_shut_set(struct vd_dp_worker *w, uint16_t port);

/* dp_poll.c */
void dp_report(struct vd_dp_worker *w, const struct vd_dp_report *r);
void dp_set_netconf(struct vd_dp_worker *w, const struct vd_dp_netconf *n);

/* dp_request.c */
void dp_request(struct vd_dp_worker *w, struct vd_dp_request *r);

#endif
