/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_conn.h"
#include "dp_local.h"
#include "dp_steer.h"
#include "vd_pkt_reply.h"

/* IP packets that are not plain TCP or UDP to one of us: ICMP, ND, VRRP, multicast, fragments, other protocols. */

enum {
	LOCAL_DROP = DP_EDGE_DROP,
	LOCAL_UP,
	LOCAL_ECHO,
	LOCAL_HAND,
	LOCAL_EDGES,
};

static uint8_t
up(struct rte_mbuf *m, enum vd_dp_up which)
{
	dp_meta(m)->up = (uint8_t)which;
	return LOCAL_UP;
}

static bool
is_nd(const struct vd_pkt_info *info)
{
	return !info->fragment && info->proto == VD_PKT_PROTO_ICMP6 &&
			info->icmp_type >= VD_PKT_ICMP6_RS &&
			info->icmp_type <= VD_PKT_ICMP6_REDIRECT;
}

/*
 * Adverts come to a group, whichever is configured, or to one of our own addresses; perhaps behind an AH header. Who sent
 * them, and if that is ourselves, is for the engine to judge.
 */
static bool
is_vrrp(const struct vd_dp_worker *w, const struct vd_pkt_info *info, const uint8_t *frame)
{
	const struct vd_dp_address *a;

	if (info->proto != VD_PKT_PROTO_VRRP &&
			(info->proto != VD_PKT_PROTO_AH || info->l4_len < 1 ||
					(info->fragment && !info->first_fragment) ||
					frame[info->l4] != VD_PKT_PROTO_VRRP))
		return false;
	if (vd_addr_is_multicast(&info->dst))
		return true;
	a = dp_net_address(w->net, &info->dst);
	return a != NULL && a->kind == VD_DP_ADDR_OWN;
}

/*
 * A first fragment has the ports that tell whether its packet belongs to a connection: then it is dropped. LOCAL_EDGES:
 * it does not, as far as its owner knows.
 */
static uint8_t
fragment(const struct vd_dp_worker *w, struct rte_mbuf *m, const struct vd_pkt_info *info)
{
	struct dp_meta *meta = dp_meta(m);
	struct vd_conn_key k;
	uint16_t owner;

	if (!info->first_fragment || info->l4_len < 4 ||
			(info->proto != VD_PKT_PROTO_TCP && info->proto != VD_PKT_PROTO_UDP))
		return LOCAL_EDGES;
	meta->l4 = (uint8_t)(info->l4 - info->l3);
	dp_conn_key(m, &k);
	if (vd_conn_lookup(w->conns, &k, vd_conn_hash(w->conns, &k)) != VD_CONN_NONE)
		return dp_drop(m, VD_DROP_FRAGMENT);
	if (vd_likely(w->hand == NULL) || (meta->flags & DP_FLAG_HANDED) != 0)
		return LOCAL_EDGES;
	owner = dp_steer_owner(w, m->port, &k);
	if (owner == w->index)
		return LOCAL_EDGES;
	meta->owner = (uint8_t)owner;
	return LOCAL_HAND;
}

static uint8_t
unicast(struct vd_dp_worker *w, struct rte_mbuf *m, const struct vd_pkt_info *info)
{
	const struct vd_dp_address *a = dp_net_address(w->net, &info->dst);
	bool vip = a != NULL && a->kind == VD_DP_ADDR_VIP;
	enum vd_drop reason;
	uint8_t next;

	if (info->fragment) {
		next = fragment(w, m, info);
		if (next != LOCAL_EDGES)
			return next;
	}
	if (dp_local_verdict(w, &info->dst, &reason) != DP_LOCAL_PUNT)
		return dp_drop(m, a->kind == VD_DP_ADDR_LOCAL ? VD_DROP_NO_LISTENER : reason);
	if (vip && info->fragment)
		return dp_drop(m, VD_DROP_FRAGMENT);
	if (vip && vd_pkt_is_echo_request(info))
		return LOCAL_ECHO;
	return up(m, VD_DP_UP_PUNT);
}

static uint8_t
local(struct vd_dp_worker *w, struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct vd_dp_address *a;
	struct vd_pkt_info info;
	int rc = vd_pkt_parse(frame, m->data_len, &info);

	if (rc != VD_PKT_OK)
		return dp_drop(m, (enum vd_drop)rc);
	if (is_nd(&info))
		return up(m, VD_DP_UP_NEIGH);
	if (is_vrrp(w, &info, frame))
		return info.fragment ? dp_drop(m, VD_DROP_FRAGMENT) : up(m, VD_DP_UP_VRRP);
	if ((dp_meta(m)->flags & DP_FLAG_MULTICAST) == 0 && !vd_addr_is_multicast(&info.dst))
		return unicast(w, m, &info);
	/* One host's address in a frame to many (RFC 1122 3.3.6): not for a VIP. The rest is the host's to judge. */
	a = dp_net_address(w->net, &info.dst);
	if (a != NULL && a->kind != VD_DP_ADDR_OWN)
		return dp_drop(m, VD_DROP_BAD_L3_HEADER);
	return up(m, VD_DP_UP_PUNT);
}

static uint16_t
local_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	uint8_t next[DP_STREAM];

	for (uint16_t i = 0; i < nb_objs; i++)
		next[i] = local(w, objs[i]);
	dp_forward(graph, node, objs, next, nb_objs, LOCAL_UP);
	return nb_objs;
}

static struct rte_node_register local_node = {
		.name = "vd_local",
		.process = local_process,
		.init = dp_node_init,
		.nb_edges = LOCAL_EDGES,
		.next_nodes =
				{
						[LOCAL_DROP] = "vd_drop",
						[LOCAL_UP] = "vd_up",
						[LOCAL_ECHO] = "vd_echo",
						[LOCAL_HAND] = "vd_hand",
				},
};
RTE_NODE_REGISTER(local_node);
