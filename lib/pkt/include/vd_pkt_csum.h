/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_CSUM_H
#define VD_PKT_CSUM_H

/*
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624, equation 3). Sums are
 * taken over words as they lie in memory, so values given here are in network order ("be") and
 * results are stored as they are.
 *
 * A delta is the folded sum of ~old + new over every field that changes. It depends on the fields
 * only, not on the packet: the data plane composes one per connection and direction, and applies it
 * to each packet with one addition. Zero is the delta of no change. All functions are pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vd_addr.h"

/* Adds len bytes to an unfolded sum. Only the last piece of a message may have an odd length. */
uint64_t vd_pkt_csum_add(uint64_t sum, const void *p, size_t len);

static inline uint16_t
vd_pkt_csum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffffu);
	sum = (sum >> 32) + (sum & 0xffffffffu);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)((sum >> 16) + (sum & 0xffff));
}

/* The checksum field of a message whose sum (with a zero field) is given. */
static inline uint16_t
vd_pkt_csum_finish(uint64_t sum)
{
	return (uint16_t)~vd_pkt_csum_fold(sum);
}

/* As above for UDP, where zero says "no checksum". */
static inline uint16_t
vd_pkt_csum_finish_udp(uint64_t sum)
{
	uint16_t csum = vd_pkt_csum_finish(sum);

	return csum == 0 ? 0xffff : csum;
}

/* Is a sum over a message with its checksum inside right? */
static inline bool
vd_pkt_csum_good(uint64_t sum)
{
	return vd_pkt_csum_fold(sum) == 0xffff;
}

/*
 * Sum of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1); src and dst are of one family, len in host
 * order.
 */
static inline uint64_t
vd_pkt_csum_pseudo(
		const struct vd_addr *src, const struct vd_addr *dst, uint8_t proto, uint32_t len)
{
	uint64_t sum = (uint64_t)__builtin_bswap32(len) + __builtin_bswap32(proto);

	sum += (uint64_t)src->be32[3] + dst->be32[3];
	if (!vd_addr_is_v4(src))
		sum += (uint64_t)src->be32[0] + src->be32[1] + src->be32[2] + dst->be32[0] +
				dst->be32[1] + dst->be32[2];
	return sum;
}

/* The checksum field of an IPv4 header of ihl bytes whose field is counted as zero. */
uint16_t vd_pkt_csum_ip4(const void *ip4, size_t ihl);
/* Is the header's checksum right? */
bool vd_pkt_csum_ip4_good(const void *ip4, size_t ihl);
/*
 * Is the checksum of a whole TCP, UDP, ICMP or ICMPv6 message of len bytes right? UDP without
 * checksum is right over IPv4 and wrong over IPv6 (RFC 8200 8.1). ICMP over IPv4 has no
 * pseudo-header.
 */
bool vd_pkt_csum_l4_good(const struct vd_addr *src, const struct vd_addr *dst, uint8_t proto,
		const void *l4, size_t len);
/* The field of a whole message of len bytes, its field counted as zero; 0 for other protocols. */
uint16_t vd_pkt_csum_l4(const struct vd_addr *src, const struct vd_addr *dst, uint8_t proto,
		const void *l4, size_t len);

/* Deltas. */

static inline uint16_t
vd_pkt_delta_16(uint16_t delta, uint16_t old_be, uint16_t new_be)
{
	return vd_pkt_csum_fold((uint64_t)delta + (uint16_t)~old_be + new_be);
}

static inline uint16_t
vd_pkt_delta_32(uint16_t delta, uint32_t old_be, uint32_t new_be)
{
	return vd_pkt_csum_fold((uint64_t)delta + (uint32_t)~old_be + new_be);
}

/* IPv4 and IPv6 alike, one family: the heads of two IPv4 addresses are equal and add nothing. */
static inline uint16_t
vd_pkt_delta_addr(uint16_t delta, const struct vd_addr *old_addr, const struct vd_addr *new_addr)
{
	uint64_t sum = delta;

	for (int i = 0; i < 4; i++)
		sum += (uint64_t)(uint32_t)~old_addr->be32[i] + new_addr->be32[i];
	return vd_pkt_csum_fold(sum);
}

/* Both changes. */
static inline uint16_t
vd_pkt_delta_join(uint16_t a, uint16_t b)
{
	return vd_pkt_csum_fold((uint64_t)a + b);
}

/* The change the other way round. */
static inline uint16_t
vd_pkt_delta_reverse(uint16_t delta)
{
	return delta == 0 ? (uint16_t)0 : (uint16_t)~delta;
}

/* The checksum field after the change: HC' = ~(~HC + delta). */
static inline uint16_t
vd_pkt_csum_apply(uint16_t csum, uint16_t delta)
{
	uint32_t sum = (uint32_t)(uint16_t)~csum + delta;

	return (uint16_t) ~((sum >> 16) + (sum & 0xffff));
}

/* UDP: no checksum stays none; a checksum that would become zero is sent as 0xffff (RFC 768). */
static inline uint16_t
vd_pkt_csum_apply_udp(uint16_t csum, uint16_t delta)
{
	uint16_t updated = vd_pkt_csum_apply(csum, delta);

	if (csum == 0)
		return 0;
	return updated == 0 ? 0xffff : updated;
}

#endif
