/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_REPLY_H
#define VD_PKT_REPLY_H

/*
 * Answers that the director gives in its own name: ICMP echo replies (RFC 792, 4443) and TCP resets
 * (RFC 9293 3.10.7.1). Pure functions. MACs are the frame's own, swapped.
 */

#include "vd_pkt.h"

#define VD_PKT_REPLY_TTL 64
#define VD_PKT_RESET_MAX (VD_PKT_ETH_LEN + VD_PKT_IP6_LEN + VD_PKT_TCP_LEN)

/* Is it an echo request to one host (not fragmented)? */
bool vd_pkt_is_echo_request(const struct vd_pkt_info *info);

/*
 * Turns a parsed echo request into its reply in place: MACs and addresses swapped, TTL 64,
 * checksums right; a VLAN tag stays. VD_PKT_OK, VD_DROP_BAD_CHECKSUM, or VD_DROP_BAD_L4_HEADER when
 * it is no echo request.
 */
int vd_pkt_echo_reply(void *frame, const struct vd_pkt_info *info);

/* A segment that says RST. Ports in host order, seq and ack in host order. */
struct vd_pkt_reset {
	struct vd_mac eth_src, eth_dst;
	struct vd_addr src, dst;
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	bool with_ack; /* ack counts: flags RST|ACK */
};

/* Writes an untagged frame, with the length as the result; out has VD_PKT_RESET_MAX bytes. */
size_t vd_pkt_reset_build(const struct vd_pkt_reset *r, void *out);

/*
 * The reset that answers a parsed TCP segment which belongs to no connection. False when none may
 * be sent: the segment is itself an RST, a fragment, no TCP, or to a group.
 */
bool
vd_pkt_reset_answer(const void *frame, const struct vd_pkt_info *info, struct vd_pkt_reset *out);

#endif
