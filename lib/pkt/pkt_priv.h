/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PKT_PRIV_H
#define PKT_PRIV_H

#include "vd_pkt.h"

/*
 * The Ethernet header and at most one tag: ethertype, vlan and l3 of info. VD_PKT_OK,
 * VD_DROP_BAD_L2 or VD_DROP_UNKNOWN_VLAN.
 */
int vd_pkt_l2(const void *frame, size_t len, struct vd_pkt_info *out);

/* An Ethernet header at frame; returns what follows it. */
void *
vd_pkt_eth_put(void *frame, const struct vd_mac *dst, const struct vd_mac *src, uint16_t type);

/* 0/8, 127/8, groups, broadcast; ::, ::1, groups, IPv4-mapped: addresses that no host has. */
bool vd_pkt_is_host(const struct vd_addr *a);

#endif
