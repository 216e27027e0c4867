/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_H
#define VD_PKT_H

/*
 * One look at a received frame: is it well formed, and where is what. Pure functions over a
 * contiguous frame without FCS; nothing is modified or kept. Results of parsers are VD_PKT_OK or
 * the enum vd_drop reason to count. Offsets count bytes from the start of the frame; ports, types
 * and ids are in host order.
 *
 * Rules: IEEE 802.3 and 802.1Q; RFC 791, 1122 3.2.1, 8200 for IP; RFC 9293, 768, 792, 4443 above
 * it. A frame may be longer than its IP packet (Ethernet padding), never shorter. Layer-4 checksums
 * are not looked at (a director updates them and leaves a wrong one wrong): vd_pkt_l4_csum_good()
 * does that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_drop.h"
#include "vd_pkt_eth.h"
#include "vd_pkt_ip.h"
#include "vd_pkt_l4.h"

#define VD_PKT_OK (-1)

struct vd_pkt_info {
	struct vd_addr src, dst; /* IP only */
	uint16_t ethertype;      /* behind the tag */
	uint16_t vlan;           /* id; 0 = untagged or priority tag */
	uint16_t l3, l4;         /* offsets; l4 also of a later fragment's first byte */
	uint16_t l3_len;         /* bytes of the IP packet with its header */
	uint16_t l4_len;         /* bytes from l4 to the end of the IP packet */
	uint16_t src_port, dst_port;
	uint8_t family; /* 4, 6, or 0: not IP, nothing below ethertype is set but l3 */
	uint8_t proto;
	uint8_t ttl;
	uint8_t tcp_flags;
	uint8_t icmp_type, icmp_code;
	uint8_t l4_hlen;     /* TCP header length with options, 8 for UDP, 0 otherwise */
	bool fragment;       /* part of an IP packet: nothing of layer 4 is set or checked */
	bool first_fragment; /* the part with offset 0 */
};

/*
 * Checks and describes a frame. Bad are, beside lengths that do not fit:
 *   bad_l2         source MAC of a group
 *   unknown_vlan   second tag, or tag id 4095 (whether an interface has the id is the caller's
 *                  matter)
 *   bad_l3_header  version; source multicast, broadcast, 0/8 (0.0.0.0 to a group or broadcast is
 *                  allowed), 127/8, ::1, IPv4-mapped; destination 0/8, 127/8, ::, ::1, IPv4-mapped;
 *                  IPv6 header chains as vd_pkt_ip6_walk()
 *   bad_checksum   IPv4 header
 *   bad_l4_length  TCP data offset, UDP length that is not the rest of the packet, ICMP shorter
 *                  than 8
 *   bad_l4_header  destination port 0; TCP without any of SYN, ACK, RST; SYN with FIN or RST
 */
int vd_pkt_parse(const void *frame, size_t len, struct vd_pkt_info *out);

/*
 * The same from the IP header on, len bytes of which are there; offsets then count from the IP
 * header.
 */
int vd_pkt_parse_ip(const void *ip, size_t len, struct vd_pkt_info *out);

/*
 * Is the layer-4 checksum of a parsed frame right? True for protocols that have none and for
 * fragments.
 */
bool vd_pkt_l4_csum_good(const void *frame, const struct vd_pkt_info *info);

#endif
