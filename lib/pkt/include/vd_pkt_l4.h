/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_L4_H
#define VD_PKT_L4_H

/*
 * TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792) and ICMPv6 (RFC 4443) headers over the bytes of the
 * wire. Fields ending in _be are in network order.
 */

#include <stdint.h>

#include "vd_compiler.h"

#define VD_PKT_TCP_FIN 0x01
#define VD_PKT_TCP_SYN 0x02
#define VD_PKT_TCP_RST 0x04
#define VD_PKT_TCP_PSH 0x08
#define VD_PKT_TCP_ACK 0x10
#define VD_PKT_TCP_URG 0x20
#define VD_PKT_TCP_ECE 0x40
#define VD_PKT_TCP_CWR 0x80

struct vd_pkt_tcp {
	uint16_t src_port_be;
	uint16_t dst_port_be;
	uint32_t seq_be;
	uint32_t ack_be;
	uint8_t data_offset; /* high four bits, in words */
	uint8_t flags;
	uint16_t window_be;
	uint16_t csum;
	uint16_t urgent_be;
} VD_PACKED;

struct vd_pkt_udp {
	uint16_t src_port_be;
	uint16_t dst_port_be;
	uint16_t len_be;
	uint16_t csum;
} VD_PACKED;

#define VD_PKT_ICMP_ECHO_REPLY     0
#define VD_PKT_ICMP_UNREACHABLE    3
#define VD_PKT_ICMP_ECHO           8
#define VD_PKT_ICMP_TIME_EXCEEDED  11

#define VD_PKT_ICMP6_UNREACHABLE   1
#define VD_PKT_ICMP6_TOO_BIG       2
#define VD_PKT_ICMP6_TIME_EXCEEDED 3
#define VD_PKT_ICMP6_ECHO          128
#define VD_PKT_ICMP6_ECHO_REPLY    129
#define VD_PKT_ICMP6_RS            133
#define VD_PKT_ICMP6_RA            134
#define VD_PKT_ICMP6_NS            135
#define VD_PKT_ICMP6_NA            136
#define VD_PKT_ICMP6_REDIRECT      137

/* ICMP and ICMPv6. */
struct vd_pkt_icmp {
	uint8_t type;
	uint8_t code;
	uint16_t csum;
	uint16_t id_be;  /* echo; upper half of the unused or MTU field otherwise */
	uint16_t seq_be; /* echo; lower half, MTU of "fragmentation needed" */
} VD_PACKED;

#define VD_PKT_TCP_LEN  sizeof(struct vd_pkt_tcp)
#define VD_PKT_UDP_LEN  sizeof(struct vd_pkt_udp)
#define VD_PKT_ICMP_LEN sizeof(struct vd_pkt_icmp)

static inline uint8_t
vd_pkt_tcp_hlen(const struct vd_pkt_tcp *tcp)
{
	return (uint8_t)((tcp->data_offset >> 4) * 4);
}

#endif
