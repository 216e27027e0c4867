/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_ND_H
#define VD_PKT_ND_H

/*
 * Neighbour solicitations and advertisements (RFC 4861). Builders write an untagged frame; the
 * caller gives VD_PKT_ND_FRAME bytes of room. Pure functions.
 */

#include "vd_pkt.h"

#define VD_PKT_ND_OPT_SOURCE_LLA 1
#define VD_PKT_ND_OPT_TARGET_LLA 2

#define VD_PKT_NA_ROUTER         0x80
#define VD_PKT_NA_SOLICITED      0x40
#define VD_PKT_NA_OVERRIDE       0x20

/* NS and NA; flags are an advertisement's. */
struct vd_pkt_nd {
	uint8_t type;
	uint8_t code;
	uint16_t csum;
	uint8_t flags;
	uint8_t reserved[3];
	uint8_t target[16];
} VD_PACKED;

struct vd_pkt_nd_lla {
	uint8_t type;
	uint8_t len; /* in units of 8 bytes */
	struct vd_mac mac;
} VD_PACKED;

#define VD_PKT_ND_FRAME \
	(VD_PKT_ETH_LEN + VD_PKT_IP6_LEN + sizeof(struct vd_pkt_nd) + sizeof(struct vd_pkt_nd_lla))

struct vd_pkt_nd_msg {
	uint8_t type;  /* VD_PKT_ICMP6_NS or _NA */
	uint8_t flags; /* of an advertisement */
	bool has_lla;  /* source option of a solicitation, target option of an advertisement */
	struct vd_mac lla;
	struct vd_mac eth_src;
	struct vd_addr src, dst, target;
};

/*
 * Reads a frame that holds an NS or NA, tagged or not. VD_PKT_OK, what vd_pkt_parse() finds,
 * VD_DROP_BAD_CHECKSUM, or VD_DROP_BAD_NEIGHBOUR: any of RFC 4861 7.1.1 and 7.1.2 (hop limit 255,
 * code 0, lengths, option lengths, target no group, unspecified source only of a solicitation to a
 * solicited-node group and without source option, solicited flag only to one host), fragmented
 * (RFC 6980), or another message.
 */
int vd_pkt_nd_parse(const void *frame, size_t len, struct vd_pkt_nd_msg *out);

/*
 * Who has target? To its solicited-node group, or with `to` not NULL to that MAC and to target
 * itself.
 */
size_t vd_pkt_nd_solicit(void *frame, const struct vd_mac *mac, const struct vd_addr *src,
		const struct vd_addr *target, const struct vd_mac *to);
/*
 * target is at mac. flags as VD_PKT_NA_*; dst may be ff02::1 (to_mac is then not used). src is the
 * address it is sent from, target itself for an unsolicited one.
 */
size_t vd_pkt_nd_advertise(void *frame, const struct vd_mac *mac, const struct vd_addr *src,
		const struct vd_addr *target, uint8_t flags, const struct vd_addr *dst,
		const struct vd_mac *to_mac);

/* ff02::1 */
struct vd_addr vd_pkt_all_nodes(void);

#endif
