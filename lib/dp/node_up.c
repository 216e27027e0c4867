/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_priv.h"
#include "vd_pkt.h"
#include "vd_pkt_eth.h"

/* Packets that are not the data plane's, as they came in: to the rings that control empties. */

enum {
	UP_DROP = DP_EDGE_DROP,
	UP_EDGES,
};

uint16_t
vd_dp_mbuf_ifid(const struct rte_mbuf *m)
{
	return ((const struct dp_meta *)&m->hash)->ifid;
}

/* The kernel's tap has the interface's own MAC: it would take a frame to a virtual one for another host's. */
static void
punt_address(const struct vd_dp_worker *w, struct rte_mbuf *m)
{
	struct vd_pkt_eth *eth = rte_pktmbuf_mtod(m, struct vd_pkt_eth *);

	if (!vd_mac_is_multicast(&eth->dst))
		eth->dst = w->net->ifaces.v[dp_meta(m)->ifid].mac;
}

/* From someone whom we check, to an own address of the port it came by. */
static bool
is_check(const struct vd_dp_worker *w, struct rte_mbuf *m)
{
	const struct vd_dp_iface *ifaces = w->net->ifaces.v;
	const struct vd_dp_address *a;
	struct vd_pkt_info info;

	if (w->net->check_slot == NULL ||
			vd_pkt_parse(rte_pktmbuf_mtod(m, const void *), m->data_len, &info) !=
					VD_PKT_OK ||
			info.family == 0 || !dp_net_check_peer(w->net, &info.src))
		return false;
	a = dp_net_address(w->net, &info.dst);
	return a != NULL && a->kind == VD_DP_ADDR_OWN &&
			ifaces[a->ifid].port == ifaces[dp_meta(m)->ifid].port;
}

/* For the host: which of two rings, and may it? UP_EDGES: yes. */
static uint8_t
to_host(struct vd_dp_worker *w, struct rte_mbuf *m, uint8_t *up)
{
	if (!w->net->ifaces.v[dp_meta(m)->ifid].punt)
		return dp_drop(m, VD_DROP_NO_PUNT);
	if (is_check(w, m))
		*up = VD_DP_UP_CHECK;
	if (!dp_bucket_take(*up == VD_DP_UP_CHECK ? &w->check : &w->punt, w->now))
		return dp_drop(m, VD_DROP_RATE_LIMITED);
	punt_address(w, m);
	return UP_EDGES;
}

static uint16_t
up_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;
	bool vrrp = false;

	for (uint16_t i = 0; i < nb_objs; i++) {
		uint8_t up = dp_meta(m[i])->up;
		uint8_t next = UP_EDGES;

		if (up == VD_DP_UP_PUNT)
			next = to_host(w, m[i], &up);
		if (next == UP_EDGES && rte_ring_sp_enqueue(w->up[up], m[i]) != 0)
			next = dp_drop(m[i], VD_DROP_RING_FULL);
		if (vd_unlikely(next == UP_DROP))
			rte_node_enqueue_x1(graph, node, UP_DROP, m[i]);
		else
			vd_store_relaxed(&w->counters.up[up], w->counters.up[up] + 1);
		vrrp |= up == VD_DP_UP_VRRP;
	}
	if (vrrp && w->wake != NULL)
		w->wake(w->wake_ctx);
	return nb_objs;
}

static struct rte_node_register up_node = {
		.name = "vd_up",
		.process = up_process,
		.init = dp_node_init,
		.nb_edges = UP_EDGES,
		.next_nodes =
				{
						[UP_DROP] = "vd_drop",
				},
};
RTE_NODE_REGISTER(up_node);
