/* SPDX-License-Identifier: BSD-3-Clause */
#include "pkt_priv.h"

int
vd_pkt_l2(const void *frame, size_t len, struct vd_pkt_info *out)
{
	const uint8_t *p = frame;
	const struct vd_pkt_eth *eth = frame;
	struct vd_pkt_vlan tag;

	if (len < VD_PKT_ETH_LEN || vd_mac_is_multicast(&eth->src))
		return VD_DROP_BAD_L2;
	out->ethertype = vd_pkt_swap16(eth->type_be);
	out->l3 = VD_PKT_ETH_LEN;
	out->vlan = 0;
	if (out->ethertype == VD_PKT_ETHERTYPE_VLAN) {
		if (len < VD_PKT_ETH_LEN + VD_PKT_VLAN_LEN)
			return VD_DROP_BAD_L2;
		memcpy(&tag, p + VD_PKT_ETH_LEN, sizeof(tag));
		out->vlan = vd_pkt_swap16(tag.tci_be) & 0x0fff;
		out->ethertype = vd_pkt_swap16(tag.type_be);
		out->l3 = VD_PKT_ETH_LEN + VD_PKT_VLAN_LEN;
		if (out->ethertype == VD_PKT_ETHERTYPE_VLAN || out->vlan == 0x0fff)
			return VD_DROP_UNKNOWN_VLAN;
	}
	return out->ethertype == VD_PKT_ETHERTYPE_QINQ ? VD_DROP_UNKNOWN_VLAN : VD_PKT_OK;
}

void *
vd_pkt_eth_put(void *frame, const struct vd_mac *dst, const struct vd_mac *src, uint16_t type)
{
	struct vd_pkt_eth *eth = frame;

	eth->dst = *dst;
	eth->src = *src;
	eth->type_be = vd_pkt_swap16(type);
	return eth + 1;
}

/* 0/8, 127/8, 224/4 and broadcast are no host's. */
static inline bool
is_v4_host(uint32_t v4_be)
{
	uint32_t v4 = vd_pkt_swap32(v4_be);
	uint32_t net = v4 >> 24;

	return net != 0 && net != 127 && net >> 4 != 14 && v4 != UINT32_MAX;
}

/* Groups, :: and ::1 are no host's. */
static inline bool
is_v6_host(const struct vd_addr *a)
{
	return a->b[0] != 0xff && (a->w[0] != 0 || (a->w[1] & ~__builtin_bswap64(1)) != 0);
}

bool
vd_pkt_is_host(const struct vd_addr *a)
{
	return vd_addr_is_v4(a) ? is_v4_host(vd_addr_v4(a)) : is_v6_host(a);
}

/*
 * A group or broadcast is sent to by hosts without an address (RFC 1122 3.2.1.3, RFC 4291 2.5.2).
 */
static inline bool
v4_addresses_good(uint32_t src_be, uint32_t dst_be)
{
	if (is_v4_host(dst_be))
		return is_v4_host(src_be);
	if (dst_be != UINT32_MAX && vd_pkt_swap32(dst_be) >> 28 != 14)
		return false;
	return src_be == 0 || is_v4_host(src_be);
}

static inline bool
v6_addresses_good(const struct vd_addr *src, const struct vd_addr *dst)
{
	/* A mapped address on the wire would pass for an IPv4 one in every table. */
	if (vd_addr_is_v4(src) || vd_addr_is_v4(dst))
		return false;
	if (is_v6_host(dst))
		return is_v6_host(src);
	return dst->b[0] == 0xff && (vd_addr_is_unset(src) || is_v6_host(src));
}

/* Most headers have no options: five words. */
static inline bool
ip4_csum_good(const uint8_t *p, uint16_t ihl)
{
	uint32_t w[5];

	if (ihl != VD_PKT_IP4_LEN)
		return vd_pkt_csum_ip4_good(p, ihl);
	memcpy(w, p, sizeof(w));
	return vd_pkt_csum_good((uint64_t)w[0] + w[1] + w[2] + w[3] + w[4]);
}

static int
parse_tcp(const uint8_t *p, struct vd_pkt_info *out)
{
	const struct vd_pkt_tcp *tcp = (const void *)p;
	uint8_t flags;

	if (out->l4_len < VD_PKT_TCP_LEN)
		return VD_DROP_BAD_L4_LENGTH;
	out->l4_hlen = vd_pkt_tcp_hlen(tcp);
	if (out->l4_hlen < VD_PKT_TCP_LEN || out->l4_hlen > out->l4_len)
		return VD_DROP_BAD_L4_LENGTH;
	flags = tcp->flags;
	out->tcp_flags = flags;
	out->src_port = vd_pkt_swap16(tcp->src_port_be);
	out->dst_port = vd_pkt_swap16(tcp->dst_port_be);
	if (out->dst_port == 0 ||
			(flags & (VD_PKT_TCP_SYN | VD_PKT_TCP_ACK | VD_PKT_TCP_RST)) == 0 ||
			((flags & VD_PKT_TCP_SYN) != 0 &&
					(flags & (VD_PKT_TCP_FIN | VD_PKT_TCP_RST)) != 0))
		return VD_DROP_BAD_L4_HEADER;
	return VD_PKT_OK;
}

static int
parse_udp(const uint8_t *p, struct vd_pkt_info *out)
{
	const struct vd_pkt_udp *udp = (const void *)p;

	if (out->l4_len < VD_PKT_UDP_LEN || vd_pkt_swap16(udp->len_be) != out->l4_len)
		return VD_DROP_BAD_L4_LENGTH;
	out->l4_hlen = VD_PKT_UDP_LEN;
	out->src_port = vd_pkt_swap16(udp->src_port_be);
	out->dst_port = vd_pkt_swap16(udp->dst_port_be);
	return out->dst_port == 0 ? (int)VD_DROP_BAD_L4_HEADER : VD_PKT_OK;
}

static int
parse_icmp(const uint8_t *p, struct vd_pkt_info *out)
{
	if (out->l4_len < VD_PKT_ICMP_LEN)
		return VD_DROP_BAD_L4_LENGTH;
	out->icmp_type = p[0];
	out->icmp_code = p[1];
	return VD_PKT_OK;
}

static int
parse_l4(const uint8_t *p, struct vd_pkt_info *out)
{
	bool v4 = out->family == 4;

	if (out->fragment)
		return VD_PKT_OK;
	switch (out->proto) {
	case VD_PKT_PROTO_TCP:
		return parse_tcp(p, out);
	case VD_PKT_PROTO_UDP:
		return parse_udp(p, out);
	case VD_PKT_PROTO_ICMP:
		return v4 ? parse_icmp(p, out) : VD_PKT_OK;
	case VD_PKT_PROTO_ICMP6:
		return v4 ? VD_PKT_OK : parse_icmp(p, out);
	default:
		return VD_PKT_OK;
	}
}

/* out->l3 is set; left bytes are there from p on. */
static int
parse_ip4(const uint8_t *p, size_t left, struct vd_pkt_info *out)
{
	const struct vd_pkt_ip4 *ip = (const void *)p;
	uint16_t total, ihl, frag;

	if (left < VD_PKT_IP4_LEN)
		return VD_DROP_BAD_L3_LENGTH;
	if (ip->version_ihl >> 4 != 4)
		return VD_DROP_BAD_L3_HEADER;
	ihl = vd_pkt_ip4_ihl(ip);
	total = vd_pkt_swap16(ip->len_be);
	if (ihl < VD_PKT_IP4_LEN || total < ihl || total > left)
		return VD_DROP_BAD_L3_LENGTH;
	if (!ip4_csum_good(p, ihl))
		return VD_DROP_BAD_CHECKSUM;
	if (!v4_addresses_good(ip->src_be, ip->dst_be))
		return VD_DROP_BAD_L3_HEADER;
	out->src = vd_addr_from_v4(ip->src_be);
	out->dst = vd_addr_from_v4(ip->dst_be);
	frag = vd_pkt_swap16(ip->frag_be);
	out->family = 4;
	out->proto = ip->proto;
	out->ttl = ip->ttl;
	out->fragment = (frag & (VD_PKT_IP4_MF | VD_PKT_IP4_OFFSET)) != 0;
	out->first_fragment = out->fragment && (frag & VD_PKT_IP4_OFFSET) == 0;
	out->l4 = (uint16_t)(out->l3 + ihl);
	out->l3_len = total;
	out->l4_len = (uint16_t)(total - ihl);
	return parse_l4(p + ihl, out);
}

static int
parse_ip6(const uint8_t *p, size_t left, struct vd_pkt_info *out)
{
	const struct vd_pkt_ip6 *ip = (const void *)p;
	struct vd_pkt_ip6_l4 l4;
	size_t total;
	int rc;

	if (left < VD_PKT_IP6_LEN)
		return VD_DROP_BAD_L3_LENGTH;
	if (p[0] >> 4 != 6)
		return VD_DROP_BAD_L3_HEADER;
	total = VD_PKT_IP6_LEN + vd_pkt_swap16(ip->len_be);
	if (total > left || total > UINT16_MAX)
		return VD_DROP_BAD_L3_LENGTH;
	out->src = vd_addr_from_v6(ip->src);
	out->dst = vd_addr_from_v6(ip->dst);
	if (!v6_addresses_good(&out->src, &out->dst))
		return VD_DROP_BAD_L3_HEADER;
	memset(&l4, 0, sizeof(l4));
	l4.proto = ip->next;
	l4.offset = VD_PKT_IP6_LEN;
	if (ip->next != VD_PKT_PROTO_TCP && ip->next != VD_PKT_PROTO_UDP) {
		rc = vd_pkt_ip6_walk(ip, total, &l4);
		if (rc != VD_PKT_OK)
			return rc;
	}
	out->family = 6;
	out->proto = l4.proto;
	out->ttl = ip->hop_limit;
	out->fragment = l4.fragment;
	out->first_fragment = l4.first;
	out->l4 = (uint16_t)(out->l3 + l4.offset);
	out->l3_len = (uint16_t)total;
	out->l4_len = (uint16_t)(total - l4.offset);
	return parse_l4(p + l4.offset, out);
}

int
vd_pkt_parse(const void *frame, size_t len, struct vd_pkt_info *out)
{
	const uint8_t *p = frame;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = vd_pkt_l2(frame, len, out);
	if (rc != VD_PKT_OK)
		return rc;
	switch (out->ethertype) {
	case VD_PKT_ETHERTYPE_IP4:
		return parse_ip4(p + out->l3, len - out->l3, out);
	case VD_PKT_ETHERTYPE_IP6:
		return parse_ip6(p + out->l3, len - out->l3, out);
	default:
		return VD_PKT_OK;
	}
}

int
vd_pkt_parse_ip(const void *ip, size_t len, struct vd_pkt_info *out)
{
	const uint8_t *p = ip;

	memset(out, 0, sizeof(*out));
	if (len == 0)
		return VD_DROP_BAD_L3_LENGTH;
	if (p[0] >> 4 == 4) {
		out->ethertype = VD_PKT_ETHERTYPE_IP4;
		return parse_ip4(p, len, out);
	}
	out->ethertype = VD_PKT_ETHERTYPE_IP6;
	return parse_ip6(p, len, out);
}

bool
vd_pkt_l4_csum_good(const void *frame, const struct vd_pkt_info *info)
{
	if (info->family == 0 || info->fragment)
		return true;
	/* ICMP of the other family is no ICMP. */
	if (info->proto == (info->family == 4 ? VD_PKT_PROTO_ICMP6 : VD_PKT_PROTO_ICMP))
		return true;
	return vd_pkt_csum_l4_good(&info->src, &info->dst, info->proto,
			(const uint8_t *)frame + info->l4, info->l4_len);
}
