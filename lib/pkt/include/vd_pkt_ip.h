/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_IP_H
#define VD_PKT_IP_H

/*
 * IPv4 (RFC 791) and IPv6 (RFC 8200) headers over the bytes of the wire, and the walk over IPv6
 * extension headers. Fields ending in _be are in network order.
 */

#include <stddef.h>

#include "vd_pkt_csum.h"
#include "vd_pkt_eth.h"

#define VD_PKT_PROTO_HOPOPTS  0
#define VD_PKT_PROTO_ICMP     1
#define VD_PKT_PROTO_IGMP     2
#define VD_PKT_PROTO_IPIP     4
#define VD_PKT_PROTO_TCP      6
#define VD_PKT_PROTO_UDP      17
#define VD_PKT_PROTO_IP6      41
#define VD_PKT_PROTO_ROUTING  43
#define VD_PKT_PROTO_FRAGMENT 44
#define VD_PKT_PROTO_ESP      50
#define VD_PKT_PROTO_AH       51
#define VD_PKT_PROTO_ICMP6    58
#define VD_PKT_PROTO_NONE     59
#define VD_PKT_PROTO_DSTOPTS  60
#define VD_PKT_PROTO_VRRP     112
#define VD_PKT_PROTO_SCTP     132

#define VD_PKT_IP4_DF         0x4000 /* of frag_be, in host order */
#define VD_PKT_IP4_MF         0x2000
#define VD_PKT_IP4_OFFSET     0x1fff /* in units of 8 bytes */

struct vd_pkt_ip4 {
	uint8_t version_ihl;
	uint8_t tos;
	uint16_t len_be;
	uint16_t id_be;
	uint16_t frag_be;
	uint8_t ttl;
	uint8_t proto;
	uint16_t csum;
	uint32_t src_be;
	uint32_t dst_be;
} VD_PACKED;

struct vd_pkt_ip6 {
	uint32_t vtf_be; /* version 4, traffic class 8, flow label 20 */
	uint16_t len_be; /* bytes after this header */
	uint8_t next;
	uint8_t hop_limit;
	uint8_t src[16];
	uint8_t dst[16];
} VD_PACKED;

/* Hop-by-hop and destination options, routing: 8 * (len + 1) bytes. */
struct vd_pkt_ip6_ext {
	uint8_t next;
	uint8_t len;
	uint8_t type;      /* routing header */
	uint8_t segs_left; /* routing header */
	uint32_t data_be;
} VD_PACKED;

struct vd_pkt_ip6_frag {
	uint8_t next;
	uint8_t reserved;
	uint16_t offset_be; /* offset 13, reserved 2, more 1 */
	uint32_t id_be;
} VD_PACKED;

#define VD_PKT_IP4_LEN sizeof(struct vd_pkt_ip4)
#define VD_PKT_IP6_LEN sizeof(struct vd_pkt_ip6)
#define VD_PKT_IP6_EXT_MAX \
	8 /* extension headers that the walk takes before it calls a packet bad */

static inline uint8_t
vd_pkt_ip4_ihl(const struct vd_pkt_ip4 *ip)
{
	return (uint8_t)((ip->version_ihl & 0x0f) * 4);
}

static inline bool
vd_pkt_ip4_is_fragment(const struct vd_pkt_ip4 *ip)
{
	return (ip->frag_be & vd_pkt_swap16(VD_PKT_IP4_MF | VD_PKT_IP4_OFFSET)) != 0;
}

/* One hop less, checksum with it; the caller saw that ttl is above 1. */
static inline void
vd_pkt_ip4_ttl_dec(struct vd_pkt_ip4 *ip)
{
	uint32_t sum = (uint32_t)ip->csum + vd_pkt_swap16(0x0100);

	ip->csum = (uint16_t)(sum + (sum >= 0xffff));
	ip->ttl--;
}

/* What the walk over extension headers found. */
struct vd_pkt_ip6_l4 {
	uint16_t offset; /* of the upper-layer header, from the IPv6 header */
	uint8_t proto;   /* first next-header that is no extension header this walk knows */
	bool fragment;   /* part of a packet; an atomic fragment (RFC 6946) is none */
	bool first;      /* a fragment with offset 0 */
	bool frag_header;
	uint8_t n; /* extension headers seen */
};

/*
 * Walks hop-by-hop options (only first), routing, destination options and fragment headers inside
 * len bytes from the IPv6 header on. VD_PKT_OK, or VD_DROP_BAD_L3_LENGTH or VD_DROP_BAD_L3_HEADER:
 * a header that does not fit, more than VD_PKT_IP6_EXT_MAX, a routing header with segments left
 * (RFC 5095 and 8200 4.4: we are no waypoint).
 */
int vd_pkt_ip6_walk(const struct vd_pkt_ip6 *ip, size_t len, struct vd_pkt_ip6_l4 *out);

#endif
