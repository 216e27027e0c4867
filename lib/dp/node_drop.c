/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_priv.h"

/* Where every packet that is not forwarded ends, counted by its reason. */

void
dp_discard(struct vd_dp_worker *w, struct rte_mbuf *m, enum vd_drop reason)
{
	vd_store_relaxed(&w->counters.drops[reason], w->counters.drops[reason] + 1);
	rte_pktmbuf_free(m);
}

static uint16_t
drop_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;

	RTE_SET_USED(graph);
	for (uint16_t i = 0; i < nb_objs; i++) {
		uint64_t *count = &w->counters.drops[dp_meta(m[i])->reason];

		vd_store_relaxed(count, *count + 1);
	}
	rte_pktmbuf_free_bulk(m, nb_objs);
	return nb_objs;
}

static struct rte_node_register drop_node = {
		.name = "vd_drop",
		.process = drop_process,
		.init = dp_node_init,
};
RTE_NODE_REGISTER(drop_node);
