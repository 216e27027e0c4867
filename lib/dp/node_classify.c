/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_local.h"
#include "vd_pkt.h"

/*
 * What a frame is. The plain TCP or UDP packet to our MAC, nearly all of the traffic, is recognised by a few compares
 * on its first 64 bytes; whatever is not plain goes through pkt's full check, which also finds the reason.
 */

enum {
	CLASSIFY_DROP = DP_EDGE_DROP,
	CLASSIFY_BALANCE,
	CLASSIFY_LOCAL,
	CLASSIFY_UP,
	CLASSIFY_STEER,
	CLASSIFY_EDGES,
};

#define NOT_PLAIN UINT8_MAX

static inline bool
mac_is(const uint8_t *frame, const struct vd_mac *mac)
{
	uint64_t a, b = 0;

	memcpy(&a, frame, sizeof(a));
	memcpy(&b, mac->b, sizeof(mac->b));
	return ((a ^ b) & DP_MAC_MASK) == 0;
}

/* A virtual MAC is ours while its lease runs. */
static inline bool
vmac_served(const struct vd_dp_worker *w, uint16_t ifid, const uint8_t *frame)
{
	const struct dp_vmac *v = dp_net_vmac(w->net, ifid, frame);

	return v != NULL && dp_lease_ok(w, v->lease);
}

/* Is the L4 header whole, and are its flags such that a valid segment may have them? len bytes of L4 are there. */
static inline bool
l4_plain(const uint8_t *l4, uint8_t proto, uint32_t len)
{
	const struct vd_pkt_tcp *tcp = (const struct vd_pkt_tcp *)l4;
	const struct vd_pkt_udp *udp = (const struct vd_pkt_udp *)l4;

	if (vd_likely(proto == VD_PKT_PROTO_TCP)) {
		uint8_t flags, hlen;

		if (vd_unlikely(len < VD_PKT_TCP_LEN))
			return false;
		flags = tcp->flags;
		hlen = vd_pkt_tcp_hlen(tcp);
		return hlen >= VD_PKT_TCP_LEN && hlen <= len &&
				(flags & (VD_PKT_TCP_SYN | VD_PKT_TCP_ACK | VD_PKT_TCP_RST)) != 0 &&
				((flags & VD_PKT_TCP_SYN) == 0 ||
						(flags & (VD_PKT_TCP_FIN | VD_PKT_TCP_RST)) == 0) &&
				tcp->dst_port_be != 0;
	}
	return len >= VD_PKT_UDP_LEN && vd_pkt_swap16(udp->len_be) == len && udp->dst_port_be != 0;
}

static inline bool
ip4_sum_good(const struct rte_mbuf *m, const uint8_t *ip)
{
	uint32_t w[5];
	uint64_t sum;

	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		return true;
	memcpy(w, ip, sizeof(w));
	sum = (uint64_t)w[0] + w[1] + w[2] + w[3] + w[4];
	return vd_pkt_csum_good(sum);
}

/* NOT_PLAIN, or CLASSIFY_BALANCE with meta filled in. */
static inline uint8_t
plain(struct vd_dp_worker *w, struct rte_mbuf *m)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *), *ip;
	struct dp_meta *meta = dp_meta(m);
	uint32_t len = m->data_len, l3 = VD_PKT_ETH_LEN, l3_len, l4;
	uint16_t type, vlan = 0, ifid;

	if (vd_unlikely(len < VD_PKT_ETH_LEN + VD_PKT_IP4_LEN + VD_PKT_UDP_LEN || m->nb_segs != 1))
		return NOT_PLAIN;
	type = ((const struct vd_pkt_eth *)p)->type_be;
	if (vd_unlikely(type == vd_pkt_swap16(VD_PKT_ETHERTYPE_VLAN))) {
		const struct vd_pkt_vlan *tag = (const struct vd_pkt_vlan *)(p + VD_PKT_ETH_LEN);

		vlan = vd_pkt_swap16(tag->tci_be) & 0xfff;
		type = tag->type_be;
		l3 += VD_PKT_VLAN_LEN;
	}
	ifid = dp_net_iface(w->net, m->port, vlan);
	if (vd_unlikely(ifid == VD_DP_IF_NONE || (p[6] & 1) != 0))
		return NOT_PLAIN;
	if (vd_unlikely(!mac_is(p, &w->net->ifaces.v[ifid].mac)) && !vmac_served(w, ifid, p))
		return NOT_PLAIN;
	ip = p + l3;
	len -= l3;
	if (vd_likely(type == vd_pkt_swap16(VD_PKT_ETHERTYPE_IP4))) {
		const struct vd_pkt_ip4 *ip4 = (const struct vd_pkt_ip4 *)ip;

		if (vd_unlikely(len < VD_PKT_IP4_LEN || ip4->version_ihl != 0x45 ||
				    vd_pkt_ip4_is_fragment(ip4)))
			return NOT_PLAIN;
		l4 = VD_PKT_IP4_LEN;
		l3_len = vd_pkt_swap16(ip4->len_be);
		meta->proto = ip4->proto;
		meta->flags = 0;
		if (vd_unlikely(!ip4_sum_good(m, ip)))
			return NOT_PLAIN;
	} else if (type == vd_pkt_swap16(VD_PKT_ETHERTYPE_IP6)) {
		const struct vd_pkt_ip6 *ip6 = (const struct vd_pkt_ip6 *)ip;

		if (vd_unlikely(len < VD_PKT_IP6_LEN || ip[0] >> 4 != 6))
			return NOT_PLAIN;
		l4 = VD_PKT_IP6_LEN;
		l3_len = l4 + vd_pkt_swap16(ip6->len_be);
		meta->proto = ip6->next;
		meta->flags = DP_FLAG_V6;
	} else {
		return NOT_PLAIN;
	}
	if (vd_unlikely(l3_len > len || l3_len < l4 ||
			    (meta->proto != VD_PKT_PROTO_TCP && meta->proto != VD_PKT_PROTO_UDP) ||
			    !l4_plain(ip + l4, meta->proto, l3_len - l4)))
		return NOT_PLAIN;
	/* What follows the packet is no one's business, but Ethernet's minimum stays. */
	if (vd_unlikely(len > l3_len && l3 + len > VD_PKT_ETH_MIN))
		m->pkt_len = m->data_len = (uint16_t)VD_MAX(l3 + l3_len, VD_PKT_ETH_MIN);
	meta->ifid = ifid;
	meta->l3 = (uint8_t)l3;
	meta->l4 = (uint8_t)l4;
	return CLASSIFY_BALANCE;
}

static enum vd_drop
not_ours(const struct vd_dp_worker *w, uint16_t ifid, const struct vd_pkt_eth *eth)
{
	return dp_net_vmac(w->net, ifid, eth->dst.b) != NULL ? VD_DROP_NOT_MASTER
							     : VD_DROP_NOT_FOR_US;
}

/* VIPs' and own addresses' ARP and ND, the rest by protocol: the whole rules. */
static VD_NOINLINE uint8_t
full(struct vd_dp_worker *w, struct rte_mbuf *m)
{
	struct dp_meta *meta = dp_meta(m);
	struct vd_pkt_info info;
	const struct vd_pkt_eth *eth;
	uint8_t flags = 0;
	int rc;

	if (m->nb_segs > 1 && rte_pktmbuf_linearize(m) != 0)
		return dp_drop(m, VD_DROP_NO_MBUF);
	eth = rte_pktmbuf_mtod(m, const struct vd_pkt_eth *);
	rc = vd_pkt_parse(eth, m->data_len, &info);
	if (rc == VD_DROP_BAD_L2 || rc == VD_DROP_UNKNOWN_VLAN)
		return dp_drop(m, (enum vd_drop)rc);
	meta->ifid = dp_net_iface(w->net, m->port, info.vlan);
	if (meta->ifid == VD_DP_IF_NONE)
		return dp_drop(m, VD_DROP_UNKNOWN_VLAN);
	if (vd_mac_is_multicast(&eth->dst))
		flags |= DP_FLAG_MULTICAST;
	else if (!vd_mac_equal(&eth->dst, &w->net->ifaces.v[meta->ifid].mac) &&
			!vmac_served(w, meta->ifid, eth->dst.b))
		return dp_drop(m, not_ours(w, meta->ifid, eth));
	if (rc != VD_PKT_OK)
		return dp_drop(m, (enum vd_drop)rc);
	meta->l3 = (uint8_t)info.l3;
	if (info.ethertype == VD_PKT_ETHERTYPE_ARP) {
		meta->up = VD_DP_UP_NEIGH;
		return CLASSIFY_UP;
	}
	if (info.family == 0) {
		meta->up = VD_DP_UP_PUNT;
		return CLASSIFY_UP;
	}
	if (info.family == 6)
		flags |= DP_FLAG_V6;
	if (info.fragment)
		flags |= DP_FLAG_FRAGMENT;
	meta->proto = info.proto;
	meta->flags = flags;
	if ((flags & (DP_FLAG_FRAGMENT | DP_FLAG_MULTICAST)) != 0 ||
			(info.proto != VD_PKT_PROTO_TCP && info.proto != VD_PKT_PROTO_UDP) ||
			info.l4 - info.l3 > UINT8_MAX)
		return CLASSIFY_LOCAL;
	if (m->pkt_len > VD_PKT_ETH_MIN && m->pkt_len > (uint32_t)info.l3 + info.l3_len)
		m->pkt_len = m->data_len = VD_MAX(info.l3 + info.l3_len, VD_PKT_ETH_MIN);
	meta->l4 = (uint8_t)(info.l4 - info.l3);
	return CLASSIFY_BALANCE;
}

static uint16_t
classify_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	uint8_t next[DP_STREAM];

	for (uint16_t i = 0; i < nb_objs; i++) {
		next[i] = plain(w, objs[i]);
		if (vd_unlikely(next[i] == NOT_PLAIN))
			next[i] = full(w, objs[i]);
	}
	if (vd_likely(!w->steers)) {
		dp_forward(graph, node, objs, next, nb_objs, CLASSIFY_BALANCE);
		return nb_objs;
	}
	for (uint16_t i = 0; i < nb_objs; i++)
		next[i] = next[i] == CLASSIFY_BALANCE ? CLASSIFY_STEER : next[i];
	dp_forward(graph, node, objs, next, nb_objs, CLASSIFY_STEER);
	return nb_objs;
}

static struct rte_node_register classify_node = {
		.name = "vd_classify",
		.process = classify_process,
		.init = dp_node_init,
		.nb_edges = CLASSIFY_EDGES,
		.next_nodes =
				{
						[CLASSIFY_DROP] = "vd_drop",
						[CLASSIFY_BALANCE] = "vd_balance",
						[CLASSIFY_LOCAL] = "vd_local",
						[CLASSIFY_UP] = "vd_up",
						[CLASSIFY_STEER] = "vd_steer",
				},
};
RTE_NODE_REGISTER(classify_node);
