/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_pkt_nd.h"

#include "pkt_priv.h"

#define ND_HOP_LIMIT 255

struct vd_addr
vd_pkt_all_nodes(void)
{
	struct vd_addr a = {.b = {0xff, 0x02}};

	a.b[15] = 1;
	return a;
}

/* ff02::1:ff00:0/104 */
static bool
is_solicited_node(const struct vd_addr *a)
{
	struct vd_addr want = vd_addr_solicited_node(a);

	return vd_addr_equal(a, &want);
}

/* The link-layer option of the message's kind; false for options that break RFC 4861 4.6. */
static bool
options_parse(const uint8_t *p, size_t left, struct vd_pkt_nd_msg *out)
{
	uint8_t wanted = out->type == VD_PKT_ICMP6_NS ? VD_PKT_ND_OPT_SOURCE_LLA
						      : VD_PKT_ND_OPT_TARGET_LLA;

	while (left > 0) {
		size_t n;

		if (left < 2)
			return false;
		n = p[1] * (size_t)8;
		if (n == 0 || n > left)
			return false;
		if (p[0] == wanted && !out->has_lla) {
			memcpy(out->lla.b, p + 2, sizeof(out->lla.b));
			if (vd_mac_is_multicast(&out->lla) || vd_mac_is_zero(&out->lla))
				return false;
			out->has_lla = true;
		}
		p += n;
		left -= n;
	}
	return true;
}

/* RFC 4861 7.1.1 and 7.1.2, what depends on the addresses. */
static bool
addresses_good(const struct vd_pkt_nd_msg *m)
{
	if (!vd_pkt_is_host(&m->target) || vd_addr_is_v4(&m->target))
		return false;
	if (m->type == VD_PKT_ICMP6_NA)
		return !vd_addr_is_unset(&m->src) &&
				(!vd_addr_is_multicast(&m->dst) ||
						(m->flags & VD_PKT_NA_SOLICITED) == 0);
	return !vd_addr_is_unset(&m->src) || (is_solicited_node(&m->dst) && !m->has_lla);
}

int
vd_pkt_nd_parse(const void *frame, size_t len, struct vd_pkt_nd_msg *out)
{
	const uint8_t *p = frame;
	const struct vd_pkt_ip6 *ip;
	struct vd_pkt_info info;
	struct vd_pkt_ip6_l4 l4;
	struct vd_pkt_nd nd;
	int rc = vd_pkt_parse(frame, len, &info);

	if (rc != VD_PKT_OK)
		return rc;
	if (info.family != 6 || info.proto != VD_PKT_PROTO_ICMP6 || info.fragment ||
			info.ttl != ND_HOP_LIMIT || info.l4_len < sizeof(nd))
		return VD_DROP_BAD_NEIGHBOUR;
	ip = (const void *)(p + info.l3);
	if (vd_pkt_ip6_walk(ip, info.l3_len, &l4) != VD_PKT_OK || l4.frag_header)
		return VD_DROP_BAD_NEIGHBOUR;
	memcpy(&nd, p + info.l4, sizeof(nd));
	if ((nd.type != VD_PKT_ICMP6_NS && nd.type != VD_PKT_ICMP6_NA) || nd.code != 0)
		return VD_DROP_BAD_NEIGHBOUR;
	if (!vd_pkt_l4_csum_good(frame, &info))
		return VD_DROP_BAD_CHECKSUM;
	memset(out, 0, sizeof(*out));
	out->type = nd.type;
	out->flags = nd.type == VD_PKT_ICMP6_NA ? nd.flags : 0;
	out->eth_src = ((const struct vd_pkt_eth *)frame)->src;
	out->src = info.src;
	out->dst = info.dst;
	out->target = vd_addr_from_v6(nd.target);
	if (!options_parse(p + info.l4 + sizeof(nd), info.l4_len - sizeof(nd), out) ||
			!addresses_good(out))
		return VD_DROP_BAD_NEIGHBOUR;
	return VD_PKT_OK;
}

/* A whole frame with one link-layer option that says mac. */
static size_t
nd_put(void *frame, const struct vd_mac *eth_dst, const struct vd_mac *mac,
		const struct vd_addr *src, const struct vd_addr *dst, uint8_t type, uint8_t flags,
		const struct vd_addr *target)
{
	struct vd_pkt_ip6 *ip;
	struct vd_pkt_nd *nd;
	struct vd_pkt_nd_lla *lla;
	uint16_t len = sizeof(*nd) + sizeof(*lla);

	memset(frame, 0, VD_PKT_ND_FRAME);
	ip = vd_pkt_eth_put(frame, eth_dst, mac, VD_PKT_ETHERTYPE_IP6);
	nd = (void *)(ip + 1);
	lla = (void *)(nd + 1);
	ip->vtf_be = vd_pkt_swap32(6u << 28);
	ip->len_be = vd_pkt_swap16(len);
	ip->next = VD_PKT_PROTO_ICMP6;
	ip->hop_limit = ND_HOP_LIMIT;
	memcpy(ip->src, src->b, sizeof(ip->src));
	memcpy(ip->dst, dst->b, sizeof(ip->dst));
	nd->type = type;
	nd->flags = flags;
	memcpy(nd->target, target->b, sizeof(nd->target));
	lla->type = type == VD_PKT_ICMP6_NS ? VD_PKT_ND_OPT_SOURCE_LLA : VD_PKT_ND_OPT_TARGET_LLA;
	lla->len = 1;
	lla->mac = *mac;
	nd->csum = vd_pkt_csum_l4(src, dst, VD_PKT_PROTO_ICMP6, nd, len);
	return VD_PKT_ND_FRAME;
}

size_t
vd_pkt_nd_solicit(void *frame, const struct vd_mac *mac, const struct vd_addr *src,
		const struct vd_addr *target, const struct vd_mac *to)
{
	struct vd_addr group = vd_addr_solicited_node(target);
	struct vd_mac group_mac = vd_pkt_group_mac(&group);

	if (to == NULL)
		return nd_put(frame, &group_mac, mac, src, &group, VD_PKT_ICMP6_NS, 0, target);
	return nd_put(frame, to, mac, src, target, VD_PKT_ICMP6_NS, 0, target);
}

size_t
vd_pkt_nd_advertise(void *frame, const struct vd_mac *mac, const struct vd_addr *src,
		const struct vd_addr *target, uint8_t flags, const struct vd_addr *dst,
		const struct vd_mac *to_mac)
{
	struct vd_mac group_mac = vd_pkt_group_mac(dst);

	return nd_put(frame, vd_addr_is_multicast(dst) ? &group_mac : to_mac, mac, src, dst,
			VD_PKT_ICMP6_NA, flags, target);
}
