/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_output.h"

/* Output for packets that come from elsewhere than a connection: those whose wait for a next hop is over. */

enum {
	OUTPUT_DROP = DP_EDGE_DROP,
	OUTPUT_TX = DP_EDGE_TX,
	OUTPUT_EDGES,
};

static uint16_t
output_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	uint8_t next[DP_STREAM];

	for (uint16_t i = 0; i < nb_objs; i++)
		next[i] = dp_output(w, objs[i]);
	dp_forward(graph, node, objs, next, nb_objs, OUTPUT_TX);
	return nb_objs;
}

static struct rte_node_register output_node = {
		.name = "vd_output",
		.process = output_process,
		.init = dp_node_init,
		.nb_edges = OUTPUT_EDGES,
		.next_nodes =
				{
						[OUTPUT_DROP] = "vd_drop",
						[OUTPUT_TX] = "vd_tx",
				},
};
RTE_NODE_REGISTER(output_node);
