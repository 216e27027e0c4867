/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_priv.h"

/* Source of the graph: what the queues hold, other workers' rings, and packets whose wait for a next hop is over. */

enum {
	RX_DROP = DP_EDGE_DROP,
	RX_CLASSIFY,
	RX_OUTPUT,
	RX_BALANCE,
	RX_LOCAL,
	RX_TX,
	RX_EDGES,
};

/* Some drivers give nothing when asked for less than this. */
#define RX_LEAST 32

/* Packets from a driver without a notion of ports (net_ring) still carry the number of the port they came from. */
static void
received(struct vd_dp_worker *w, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	struct vd_dp_port_counters *c = &w->counters.port[port];
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		m[i]->port = port;
		bytes += m[i]->pkt_len;
	}
	vd_store_relaxed(&c->rx_packets, c->rx_packets + n);
	vd_store_relaxed(&c->rx_bytes, c->rx_bytes + bytes);
}

static void
resume_held(struct rte_graph *graph, struct rte_node *node, struct vd_dp_worker *w)
{
	uint32_t n = 0;

	while (w->release_head != w->release_tail && n < VD_DP_BURST) {
		struct rte_mbuf *m = w->release[w->release_head++ % DP_RELEASE];

		/* The netconf may have changed since its wait ended. */
		if (vd_likely(dp_meta(m)->ifid < w->net->ifaces.n))
			rte_node_enqueue_x1(graph, node, RX_OUTPUT, m);
		else
			rte_node_enqueue_x1(graph, node, dp_drop(m, VD_DROP_NO_ROUTE), m);
		n++;
	}
	w->received += n;
}

/* Packets that other workers received for us, or that leave by a queue of ours. */
static VD_NOINLINE void
resume_handed(struct rte_graph *graph, struct rte_node *node, struct vd_dp_worker *w)
{
	static const uint8_t edge[] = {
			[DP_TO_BALANCE] = RX_BALANCE,
			[DP_TO_LOCAL] = RX_LOCAL,
			[DP_TO_TX] = RX_TX,
	};
	struct rte_mbuf *m[VD_DP_BURST];
	uint16_t n = dp_hand_take(w, m, VD_DP_BURST), other = 0;

	for (uint16_t i = 0; i < n; i++)
		other |= dp_meta(m[i])->to ^ DP_TO_BALANCE;
	if (vd_likely(other == 0 && n > 0))
		rte_node_enqueue(graph, node, RX_BALANCE, (void **)m, n);
	else
		for (uint16_t i = 0; i < n; i++)
			rte_node_enqueue_x1(graph, node, edge[dp_meta(m[i])->to], m[i]);
	w->received += n;
}

static uint16_t
rx_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;
	uint16_t n = 0, queue = w->next_rxq;

	RTE_SET_USED(nb_objs);
	if (vd_unlikely(w->release_head != w->release_tail))
		resume_held(graph, node, w);
	if (w->hand != NULL)
		resume_handed(graph, node, w);
	for (uint16_t i = 0; i < w->n_rxq && n + RX_LEAST <= VD_DP_BURST; i++) {
		const struct vd_dp_rxq *q = &w->rxq[queue];
		uint16_t got = rte_eth_rx_burst(q->port, q->queue, m + n, VD_DP_BURST - n);

		if (got > 0)
			received(w, q->port, m + n, got);
		n += got;
		if (++queue == w->n_rxq)
			queue = 0;
	}
	w->next_rxq = queue; /* a queue that was not reached is first next time */
	w->received += n;
	if (n > 0) {
		node->idx = n;
		rte_node_next_stream_move(graph, node, RX_CLASSIFY);
	}
	return n;
}

static struct rte_node_register rx_node = {
		.name = "vd_rx",
		.flags = RTE_NODE_SOURCE_F,
		.process = rx_process,
		.init = dp_node_init,
		.nb_edges = RX_EDGES,
		.next_nodes =
				{
						[RX_DROP] = "vd_drop",
						[RX_CLASSIFY] = "vd_classify",
						[RX_OUTPUT] = "vd_output",
						[RX_BALANCE] = "vd_balance",
						[RX_LOCAL] = "vd_local",
						[RX_TX] = "vd_tx",
				},
};
RTE_NODE_REGISTER(rx_node);
