/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_priv.h"
#include "vd_pkt_reply.h"

/*
 * TCP segments that are refused: the packet is dropped, counted by the reason it came with, and its buffer carries the
 * RST that answers it, back to the MAC it came from. Over the rate, or where no RST may be sent, it is only dropped.
 */

enum {
	RESET_DROP = DP_EDGE_DROP,
	RESET_TX,
	RESET_EDGES,
};

static uint8_t
reset(struct vd_dp_worker *w, struct rte_mbuf *m)
{
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *), built[VD_PKT_RESET_MAX];
	const uint32_t macs = 2 * sizeof(struct vd_mac);
	uint64_t *drops = &w->counters.drops[dp_meta(m)->reason];
	uint32_t l3 = dp_meta(m)->l3;
	struct vd_pkt_info info;
	struct vd_pkt_reset r;
	size_t len;

	/* From port 0 nobody can hear an answer. */
	if (vd_pkt_parse(frame, m->data_len, &info) != VD_PKT_OK || info.src_port == 0 ||
			!vd_pkt_reset_answer(frame, &info, &r))
		return RESET_DROP;
	if (!dp_bucket_take(&w->rst, w->now))
		return dp_drop(m, VD_DROP_RATE_LIMITED);
	len = vd_pkt_reset_build(&r, built);
	/* The MACs, then whatever tag the segment had, then the packet. Never longer than the segment was. */
	memcpy(frame, built, macs);
	memcpy(frame + l3, built + VD_PKT_ETH_LEN, len - VD_PKT_ETH_LEN);
	m->pkt_len = m->data_len = (uint16_t)(l3 + len - VD_PKT_ETH_LEN);
	vd_store_relaxed(drops, *drops + 1);
	vd_store_relaxed(&w->counters.rst_sent, w->counters.rst_sent + 1);
	return RESET_TX;
}

static uint16_t
reset_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	uint8_t next[DP_STREAM];

	for (uint16_t i = 0; i < nb_objs; i++)
		next[i] = reset(w, objs[i]);
	dp_forward(graph, node, objs, next, nb_objs, RESET_TX);
	return nb_objs;
}

static struct rte_node_register reset_node = {
		.name = "vd_reset",
		.process = reset_process,
		.init = dp_node_init,
		.nb_edges = RESET_EDGES,
		.next_nodes =
				{
						[RESET_DROP] = "vd_drop",
						[RESET_TX] = "vd_tx",
				},
};
RTE_NODE_REGISTER(reset_node);
