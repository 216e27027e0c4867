/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_steer.h"

/* In the way of plain packets of ports with fewer queues than workers: those of other workers go to their rings. */

enum {
	STEER_DROP = DP_EDGE_DROP,
	STEER_BALANCE,
	STEER_EDGES,
};

static uint16_t
steer_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;
	struct vd_conn_key key;
	uint16_t mine = 0;

	for (uint16_t i = 0; i < nb_objs; i++) {
		uint16_t owner;

		/* Of a port that all have a queue of: it has a connection here, or else is looked at then. */
		owner = w->index;
		if (vd_likely(!w->late[m[i]->port])) {
			dp_conn_key(m[i], &key);
			owner = dp_steer_owner(w, m[i]->port, &key);
		}
		if (owner == w->index) {
			m[mine++] = m[i];
			continue;
		}
		dp_meta(m[i])->flags |= DP_FLAG_HANDED;
		dp_hand_put(w, owner, m[i], DP_TO_BALANCE);
	}
	/* Now, so that they are worked on while we go on with ours. */
	if (w->n_touched > 0)
		dp_hand_flush(w);
	if (mine == nb_objs)
		rte_node_next_stream_move(graph, node, STEER_BALANCE);
	else if (mine > 0)
		rte_node_enqueue(graph, node, STEER_BALANCE, objs, mine);
	return nb_objs;
}

static struct rte_node_register steer_node = {
		.name = "vd_steer",
		.process = steer_process,
		.init = dp_node_init,
		.nb_edges = STEER_EDGES,
		.next_nodes =
				{
						[STEER_DROP] = "vd_drop",
						[STEER_BALANCE] = "vd_balance",
				},
};
RTE_NODE_REGISTER(steer_node);
