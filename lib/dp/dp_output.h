/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DP_OUTPUT_H
#define DP_OUTPUT_H

/* The new Ethernet header: meta says which neighbour, its entry says which MAC at this moment. Then the packet is complete. */

#include "dp_priv.h"
#include "vd_neigh_table.h"
#include "vd_pkt.h"

/* The edge of every node that has this as its last act. */
#define DP_EDGE_TX (DP_EDGE_DROP + 1)

/* The header in front of the IP packet, which may need more or less room than it had. Returns false without room. */
static inline bool
dp_output_header(struct rte_mbuf *m, const struct vd_dp_iface *out, uint64_t word, uint8_t l3)
{
	uint16_t need = out->vlan == 0 ? VD_PKT_ETH_LEN : VD_PKT_ETH_LEN + VD_PKT_VLAN_LEN;
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, l3), *p = ip - need;
	uint16_t type = vd_pkt_swap16(*ip >> 4 == 4 ? VD_PKT_ETHERTYPE_IP4 : VD_PKT_ETHERTYPE_IP6);

	if (vd_unlikely(need != l3)) {
		if (need > l3 && rte_pktmbuf_headroom(m) < need - l3)
			return false;
		m->data_off = (uint16_t)(m->data_off + l3 - need);
		m->data_len = (uint16_t)(m->data_len + need - l3);
		m->pkt_len = m->pkt_len + need - l3;
	}
	vd_neigh_word_put(word, p);
	memcpy(p + sizeof(struct vd_mac), out->mac.b, sizeof(out->mac.b));
	if (vd_unlikely(out->vlan != 0)) {
		uint16_t tag[2] = {vd_pkt_swap16(VD_PKT_ETHERTYPE_VLAN), vd_pkt_swap16(out->vlan)};

		memcpy(p + 2 * sizeof(struct vd_mac), tag, sizeof(tag));
	}
	memcpy(ip - sizeof(type), &type, sizeof(type));
	return true;
}

static inline uint8_t
dp_output(struct vd_dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta(m);
	const struct vd_dp_iface *out = &w->net->ifaces.v[meta->ifid];
	uint64_t word = vd_neigh_word(w->neigh, meta->hop);

	if (vd_unlikely(w->shut[out->port]))
		return dp_drop(m, VD_DROP_LINK_DOWN);
	if (vd_unlikely(m->pkt_len > (uint32_t)meta->l3 + out->mtu))
		return dp_drop(m, VD_DROP_TOO_BIG);
	if (vd_unlikely(!vd_neigh_word_usable(word)))
		return dp_drop(m, VD_DROP_NEIGHBOUR_TIMEOUT);
	if (vd_unlikely(vd_neigh_word_wants_use(word)))
		dp_hop_used(w, meta->hop, vd_neigh_word_gen(word));
	if (vd_unlikely(!dp_output_header(m, out, word, meta->l3)))
		return dp_drop(m, VD_DROP_NO_MBUF);
	m->port = out->port;
	return DP_EDGE_TX;
}

#endif
