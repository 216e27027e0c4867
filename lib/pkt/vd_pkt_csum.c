/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_pkt_csum.h"

#include "vd_pkt_ip.h"
#include "vd_pkt_l4.h"

/* End-around carry of a 64-bit addition. */
static inline uint64_t
add64(uint64_t sum, uint64_t v)
{
	sum += v;
	return sum + (sum < v);
}

uint64_t
vd_pkt_csum_add(uint64_t sum, const void *p, size_t len)
{
	const uint8_t *b = p;
	uint64_t w[4];

	/* Two independent chains keep the adders busy. */
	if (len >= 32) {
		uint64_t other = 0;

		for (; len >= 32; len -= 32, b += 32) {
			memcpy(w, b, 32);
			sum = add64(sum, w[0]);
			other = add64(other, w[1]);
			sum = add64(sum, w[2]);
			other = add64(other, w[3]);
		}
		sum = add64(sum, other);
	}
	for (; len >= 8; len -= 8, b += 8) {
		memcpy(w, b, 8);
		sum = add64(sum, w[0]);
	}
	if (len > 0) {
		w[0] = 0;
		memcpy(w, b, len);
		sum = add64(sum, w[0]);
	}
	return sum;
}

uint16_t
vd_pkt_csum_ip4(const void *ip4, size_t ihl)
{
	const struct vd_pkt_ip4 *ip = ip4;

	return vd_pkt_csum_apply(
			vd_pkt_csum_finish(vd_pkt_csum_add(0, ip4, ihl)), (uint16_t)~ip->csum);
}

bool
vd_pkt_csum_ip4_good(const void *ip4, size_t ihl)
{
	return vd_pkt_csum_good(vd_pkt_csum_add(0, ip4, ihl));
}

/* Where a protocol keeps its checksum, or -1. */
static int
csum_offset(uint8_t proto)
{
	switch (proto) {
	case VD_PKT_PROTO_TCP:
		return offsetof(struct vd_pkt_tcp, csum);
	case VD_PKT_PROTO_UDP:
		return offsetof(struct vd_pkt_udp, csum);
	case VD_PKT_PROTO_ICMP:
	case VD_PKT_PROTO_ICMP6:
		return offsetof(struct vd_pkt_icmp, csum);
	default:
		return -1;
	}
}

static uint64_t
pseudo_sum(const struct vd_addr *src, const struct vd_addr *dst, uint8_t proto, size_t len)
{
	return proto == VD_PKT_PROTO_ICMP ? 0 : vd_pkt_csum_pseudo(src, dst, proto, (uint32_t)len);
}

bool
vd_pkt_csum_l4_good(const struct vd_addr *src, const struct vd_addr *dst, uint8_t proto,
		const void *l4, size_t len)
{
	int offset = csum_offset(proto);
	uint16_t field;

	if (offset < 0)
		return true;
	if (len < (size_t)offset + sizeof(field))
		return false;
	memcpy(&field, (const uint8_t *)l4 + offset, sizeof(field));
	if (proto == VD_PKT_PROTO_UDP && field == 0)
		return vd_addr_is_v4(src);
	return vd_pkt_csum_good(vd_pkt_csum_add(pseudo_sum(src, dst, proto, len), l4, len));
}

uint16_t
vd_pkt_csum_l4(const struct vd_addr *src, const struct vd_addr *dst, uint8_t proto, const void *l4,
		size_t len)
{
	int offset = csum_offset(proto);
	const uint8_t *p = l4;
	uint64_t sum;
	size_t after;

	if (offset < 0 || len < (size_t)offset + 2)
		return 0;
	after = (size_t)offset + 2;
	sum = vd_pkt_csum_add(pseudo_sum(src, dst, proto, len), p, (size_t)offset);
	sum = vd_pkt_csum_add(sum, p + after, len - after);
	return proto == VD_PKT_PROTO_UDP ? vd_pkt_csum_finish_udp(sum) : vd_pkt_csum_finish(sum);
}
