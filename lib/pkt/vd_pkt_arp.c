/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_pkt_arp.h"

#include "pkt_priv.h"

#define HTYPE_ETHERNET 1

bool
vd_pkt_is_arp(const void *frame, size_t len)
{
	struct vd_pkt_info info;

	/* The verdict does not matter, the type does: a bad ARP frame is ARP. */
	info.ethertype = 0;
	(void)vd_pkt_l2(frame, len, &info);
	return info.ethertype == VD_PKT_ETHERTYPE_ARP;
}

int
vd_pkt_arp_parse(const void *frame, size_t len, struct vd_pkt_arp_msg *out)
{
	struct vd_pkt_info info;
	struct vd_pkt_arp arp;
	int rc = vd_pkt_l2(frame, len, &info);

	if (rc != VD_PKT_OK)
		return rc;
	if (info.ethertype != VD_PKT_ETHERTYPE_ARP || len - info.l3 < sizeof(arp))
		return VD_DROP_BAD_NEIGHBOUR;
	memcpy(&arp, (const uint8_t *)frame + info.l3, sizeof(arp));
	if (arp.htype_be != vd_pkt_swap16(HTYPE_ETHERNET) ||
			arp.ptype_be != vd_pkt_swap16(VD_PKT_ETHERTYPE_IP4) || arp.hlen != 6 ||
			arp.plen != 4)
		return VD_DROP_BAD_NEIGHBOUR;
	out->op = vd_pkt_swap16(arp.op_be);
	if (out->op != VD_PKT_ARP_REQUEST && out->op != VD_PKT_ARP_REPLY)
		return VD_DROP_BAD_NEIGHBOUR;
	out->sender_mac = arp.sender_mac;
	out->target_mac = arp.target_mac;
	out->sender = vd_addr_from_v4(arp.sender_be);
	out->target = vd_addr_from_v4(arp.target_be);
	if (vd_mac_is_multicast(&out->sender_mac) || vd_mac_is_zero(&out->sender_mac))
		return VD_DROP_BAD_NEIGHBOUR;
	if (!vd_pkt_is_host(&out->sender) && (arp.sender_be != 0 || out->op != VD_PKT_ARP_REQUEST))
		return VD_DROP_BAD_NEIGHBOUR;
	/* A reply to a probe has no target address. */
	if (out->op == VD_PKT_ARP_REQUEST && !vd_pkt_is_host(&out->target))
		return VD_DROP_BAD_NEIGHBOUR;
	return VD_PKT_OK;
}

static size_t
arp_put(void *frame, const struct vd_mac *eth_dst, uint16_t op, const struct vd_mac *mac,
		const struct vd_addr *sender, const struct vd_mac *target_mac,
		const struct vd_addr *target)
{
	struct vd_pkt_arp *arp;

	memset(frame, 0, VD_PKT_ARP_FRAME);
	arp = vd_pkt_eth_put(frame, eth_dst, mac, VD_PKT_ETHERTYPE_ARP);
	arp->htype_be = vd_pkt_swap16(HTYPE_ETHERNET);
	arp->ptype_be = vd_pkt_swap16(VD_PKT_ETHERTYPE_IP4);
	arp->hlen = 6;
	arp->plen = 4;
	arp->op_be = vd_pkt_swap16(op);
	arp->sender_mac = *mac;
	arp->sender_be = vd_addr_v4(sender);
	arp->target_mac = *target_mac;
	arp->target_be = vd_addr_v4(target);
	return VD_PKT_ARP_FRAME;
}

size_t
vd_pkt_arp_request(void *frame, const struct vd_mac *mac, const struct vd_addr *sender,
		const struct vd_addr *target, const struct vd_mac *to)
{
	struct vd_mac unknown = {{0}};

	return arp_put(frame, to, VD_PKT_ARP_REQUEST, mac, sender,
			vd_mac_is_broadcast(to) ? &unknown : to, target);
}

size_t
vd_pkt_arp_reply(void *frame, const struct vd_mac *mac, const struct vd_addr *sender,
		const struct vd_mac *to_mac, const struct vd_addr *to)
{
	return arp_put(frame, to_mac, VD_PKT_ARP_REPLY, mac, sender, to_mac, to);
}

size_t
vd_pkt_arp_gratuitous(void *frame, const struct vd_mac *mac, const struct vd_addr *addr)
{
	struct vd_mac all = vd_mac_broadcast();

	return arp_put(frame, &all, VD_PKT_ARP_REQUEST, mac, addr, &all, addr);
}
