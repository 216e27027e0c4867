/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_ETH_H
#define VD_PKT_ETH_H

/*
 * Ethernet and one level of 802.1Q (IEEE 802.3, 802.1Q), and the MAC of an IP multicast group (RFC
 * 1112 6.4, RFC 2464 7). Structures lie over the bytes of the wire: fields ending in _be are in
 * network order.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "vd_addr.h"
#include "vd_compiler.h"

#define VD_PKT_ETHERTYPE_IP4  0x0800
#define VD_PKT_ETHERTYPE_ARP  0x0806
#define VD_PKT_ETHERTYPE_VLAN 0x8100
#define VD_PKT_ETHERTYPE_IP6  0x86dd
#define VD_PKT_ETHERTYPE_QINQ 0x88a8

#define VD_PKT_ETH_MIN        60 /* shortest frame without its FCS */

struct vd_pkt_eth {
	struct vd_mac dst, src;
	uint16_t type_be;
} VD_PACKED;

/* What follows an Ethernet header of type VLAN. */
struct vd_pkt_vlan {
	uint16_t tci_be; /* priority 3, drop eligible 1, id 12 */
	uint16_t type_be;
} VD_PACKED;

#define VD_PKT_ETH_LEN  sizeof(struct vd_pkt_eth)
#define VD_PKT_VLAN_LEN sizeof(struct vd_pkt_vlan)

/* Host order from and to network order. */
static inline uint16_t
vd_pkt_swap16(uint16_t v)
{
	return __builtin_bswap16(v);
}

static inline uint32_t
vd_pkt_swap32(uint32_t v)
{
	return __builtin_bswap32(v);
}

static inline bool
vd_mac_equal(const struct vd_mac *a, const struct vd_mac *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* The group bit; broadcast has it too. */
static inline bool
vd_mac_is_multicast(const struct vd_mac *m)
{
	return (m->b[0] & 1) != 0;
}

static inline bool
vd_mac_is_zero(const struct vd_mac *m)
{
	return (m->b[0] | m->b[1] | m->b[2] | m->b[3] | m->b[4] | m->b[5]) == 0;
}

static inline struct vd_mac
vd_mac_broadcast(void)
{
	struct vd_mac m = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	return m;
}

static inline bool
vd_mac_is_broadcast(const struct vd_mac *m)
{
	return (m->b[0] & m->b[1] & m->b[2] & m->b[3] & m->b[4] & m->b[5]) == 0xff;
}

/* 01:00:5e + 23 bits of an IPv4 group, 33:33 + 32 bits of an IPv6 group. */
static inline struct vd_mac
vd_pkt_group_mac(const struct vd_addr *group)
{
	struct vd_mac m = {{0x33, 0x33}};

	memcpy(&m.b[2], &group->b[12], 4);
	if (vd_addr_is_v4(group)) {
		m.b[0] = 0x01;
		m.b[1] = 0x00;
		m.b[2] = 0x5e;
		m.b[3] &= 0x7f;
	}
	return m;
}

#endif
