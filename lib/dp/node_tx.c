/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_priv.h"

/* End of the graph: packets whose frame is complete leave by m->port. */

enum {
	TX_DROP = DP_EDGE_DROP,
	TX_EDGES,
};

/* A port with fewer queues than there are workers. */
static VD_NOINLINE void
send_by_other(struct vd_dp_worker *w, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		if (vd_unlikely(w->hand == NULL || w->tx_via[port] == 0))
			dp_discard(w, m[i], VD_DROP_LINK_DOWN);
		else
			dp_hand_put(w, w->tx_via[port] - 1, m[i], DP_TO_TX);
	}
}

void
dp_send(struct vd_dp_worker *w, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	struct vd_dp_port_counters *c = &w->counters.port[port];
	uint64_t bytes[VD_DP_BURST], sum = 0;
	uint16_t sent = 0, more;

	/* The lengths are the driver's to lose once it has the packets. */
	for (uint16_t i = 0; i < n; i++)
		bytes[i] = m[i]->pkt_len;
	if (vd_unlikely(w->txq[port] == VD_DP_TX_NONE)) {
		send_by_other(w, port, m, n);
		return;
	}
	do {
		more = rte_eth_tx_burst(port, w->txq[port], m + sent, n - sent);
		sent += more;
	} while (vd_unlikely(sent < n && more > 0));
	for (uint16_t i = 0; i < sent; i++)
		sum += bytes[i];
	vd_store_relaxed(&c->tx_packets, c->tx_packets + sent);
	vd_store_relaxed(&c->tx_bytes, c->tx_bytes + sum);
	if (vd_unlikely(sent < n)) {
		vd_store_relaxed(&c->tx_full, c->tx_full + n - sent);
		for (uint16_t i = sent; i < n; i++)
			dp_discard(w, m[i], VD_DROP_TX_FULL);
	}
}

static uint16_t
tx_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;
	struct rte_mbuf *run[VD_DP_BURST];
	uint16_t i, done = 0, port, n;

	RTE_SET_USED(graph);
	/* One port's packets at a time, in order; with one port in use, the whole burst in one call. */
	while (done < nb_objs) {
		for (i = 0; m[i] == NULL; i++)
			;
		port = m[i]->port;
		n = 0;
		for (; i < nb_objs && n < VD_DP_BURST; i++) {
			if (m[i] == NULL || m[i]->port != port)
				continue;
			run[n++] = m[i];
			m[i] = NULL;
		}
		dp_send(w, port, run, n);
		done += n;
	}
	return nb_objs;
}

static struct rte_node_register tx_node = {
		.name = "vd_tx",
		.process = tx_process,
		.init = dp_node_init,
		.nb_edges = TX_EDGES,
		.next_nodes =
				{
						[TX_DROP] = "vd_drop",
				},
};
RTE_NODE_REGISTER(tx_node);
