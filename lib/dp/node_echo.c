/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_priv.h"
#include "vd_pkt_reply.h"

/*
 * Echo requests to VIPs, answered in place: the reply goes back to the MAC that the request came from, so a flood of
 * forged addresses makes no neighbour entries.
 */

enum {
	ECHO_DROP = DP_EDGE_DROP,
	ECHO_TX,
	ECHO_EDGES,
};

static uint8_t
echo(struct vd_dp_worker *w, struct rte_mbuf *m)
{
	void *frame = rte_pktmbuf_mtod(m, void *);
	struct vd_pkt_info info;
	int rc = vd_pkt_parse(frame, m->data_len, &info);

	if (rc != VD_PKT_OK)
		return dp_drop(m, (enum vd_drop)rc);
	if (!dp_bucket_take(&w->echo, w->now))
		return dp_drop(m, VD_DROP_RATE_LIMITED);
	rc = vd_pkt_echo_reply(frame, &info);
	if (rc != VD_PKT_OK)
		return dp_drop(m, (enum vd_drop)rc);
	vd_store_relaxed(&w->counters.echo_sent, w->counters.echo_sent + 1);
	return ECHO_TX;
}

static uint16_t
echo_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	uint8_t next[DP_STREAM];

	for (uint16_t i = 0; i < nb_objs; i++)
		next[i] = echo(w, objs[i]);
	dp_forward(graph, node, objs, next, nb_objs, ECHO_TX);
	return nb_objs;
}

static struct rte_node_register echo_node = {
		.name = "vd_echo",
		.process = echo_process,
		.init = dp_node_init,
		.nb_edges = ECHO_EDGES,
		.next_nodes =
				{
						[ECHO_DROP] = "vd_drop",
						[ECHO_TX] = "vd_tx",
				},
};
RTE_NODE_REGISTER(echo_node);
