/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_ARP_H
#define VD_PKT_ARP_H

/*
 * ARP over Ethernet for IPv4 (RFC 826, 5227). Builders write an untagged frame padded to the
 * Ethernet minimum; the caller gives VD_PKT_ARP_FRAME bytes of room. Pure functions.
 */

#include "vd_pkt.h"

#define VD_PKT_ARP_REQUEST 1
#define VD_PKT_ARP_REPLY   2
#define VD_PKT_ARP_FRAME   VD_PKT_ETH_MIN

struct vd_pkt_arp {
	uint16_t htype_be;
	uint16_t ptype_be;
	uint8_t hlen;
	uint8_t plen;
	uint16_t op_be;
	struct vd_mac sender_mac;
	uint32_t sender_be;
	struct vd_mac target_mac;
	uint32_t target_be;
} VD_PACKED;

struct vd_pkt_arp_msg {
	uint16_t op;
	struct vd_mac sender_mac, target_mac;
	struct vd_addr sender; /* 0.0.0.0 in a probe (RFC 5227) */
	struct vd_addr target;
};

/* Is the ethertype ARP, behind a tag too? */
bool vd_pkt_is_arp(const void *frame, size_t len);

/*
 * Reads a frame of type ARP, tagged or not. VD_PKT_OK, VD_DROP_BAD_L2, VD_DROP_UNKNOWN_VLAN or
 * VD_DROP_BAD_NEIGHBOUR: short, not Ethernet and IPv4, another operation, sender MAC of a group or
 * zero, sender address that no host has, reply from 0.0.0.0, request for what no host has.
 */
int vd_pkt_arp_parse(const void *frame, size_t len, struct vd_pkt_arp_msg *out);

/* Who has target? To the broadcast MAC, or to one MAC as a probe. sender may be 0.0.0.0. */
size_t vd_pkt_arp_request(void *frame, const struct vd_mac *mac, const struct vd_addr *sender,
		const struct vd_addr *target, const struct vd_mac *to);
/* sender is at mac, told to one host. */
size_t vd_pkt_arp_reply(void *frame, const struct vd_mac *mac, const struct vd_addr *sender,
		const struct vd_mac *to_mac, const struct vd_addr *to);
/*
 * Broadcast request with addr as sender and target, target MAC ff:ff:ff:ff:ff:ff, as keepalived
 * sends it.
 */
size_t vd_pkt_arp_gratuitous(void *frame, const struct vd_mac *mac, const struct vd_addr *addr);

#endif
