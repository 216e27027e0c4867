/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_priv.h"

/* Single packets that turned out to be another worker's: meta says whose. They go on there where they left here. */

enum {
	HAND_DROP = DP_EDGE_DROP,
	HAND_EDGES,
};

static uint16_t
hand_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;

	RTE_SET_USED(graph);
	for (uint16_t i = 0; i < nb_objs; i++) {
		struct dp_meta *meta = dp_meta(m[i]);

		meta->flags |= DP_FLAG_HANDED;
		dp_hand_put(w, meta->owner, m[i],
				(meta->flags & DP_FLAG_FRAGMENT) != 0 ? DP_TO_LOCAL
								      : DP_TO_BALANCE);
	}
	return nb_objs;
}

static struct rte_node_register hand_node = {
		.name = "vd_hand",
		.process = hand_process,
		.init = dp_node_init,
		.nb_edges = HAND_EDGES,
		.next_nodes =
				{
						[HAND_DROP] = "vd_drop",
				},
};
RTE_NODE_REGISTER(hand_node);
