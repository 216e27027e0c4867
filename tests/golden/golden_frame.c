/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "golden.h"

/* Building frames and judging what came out. Checksums of frames under test are recomputed over the whole packet. */

static uint8_t
pattern(uint32_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

static uint8_t
proto_of(const struct g_packet *p)
{
	return p->proto == 0 ? VD_PKT_PROTO_TCP : p->proto;
}

static uint16_t
put_l4(const struct g_packet *p, uint8_t *l4)
{
	uint8_t proto = proto_of(p);
	uint16_t hlen = proto == VD_PKT_PROTO_TCP   ? VD_PKT_TCP_LEN
			: proto == VD_PKT_PROTO_UDP ? VD_PKT_UDP_LEN
						    : VD_PKT_ICMP_LEN;
	uint16_t len = (uint16_t)(hlen + p->payload), csum;

	memset(l4, 0, hlen);
	for (uint32_t i = 0; i < p->payload; i++)
		l4[hlen + i] = pattern(i);
	if (proto == VD_PKT_PROTO_TCP) {
		struct vd_pkt_tcp *t = (struct vd_pkt_tcp *)l4;

		t->src_port_be = vd_pkt_swap16(p->sport);
		t->dst_port_be = vd_pkt_swap16(p->dport);
		t->seq_be = vd_pkt_swap32(p->seq);
		t->ack_be = vd_pkt_swap32(p->ack);
		t->data_offset = 5 << 4;
		t->flags = p->flags;
		t->window_be = vd_pkt_swap16(8192);
		csum = vd_pkt_csum_l4(&p->src, &p->dst, proto, l4, len);
		t->csum = p->bad_l4_csum ? (uint16_t)(csum ^ 0x0100) : csum;
	} else if (proto == VD_PKT_PROTO_UDP) {
		struct vd_pkt_udp *u = (struct vd_pkt_udp *)l4;

		u->src_port_be = vd_pkt_swap16(p->sport);
		u->dst_port_be = vd_pkt_swap16(p->dport);
		u->len_be = vd_pkt_swap16(len);
		csum = vd_pkt_csum_l4(&p->src, &p->dst, proto, l4, len);
		u->csum = p->no_csum ? 0 : p->bad_l4_csum ? (uint16_t)(csum ^ 0x0100) : csum;
	} else {
		struct vd_pkt_icmp *i = (struct vd_pkt_icmp *)l4;

		i->type = p->flags;
		i->id_be = vd_pkt_swap16(p->sport);
		i->seq_be = vd_pkt_swap16(p->dport);
		i->csum = vd_pkt_csum_l4(&p->src, &p->dst, proto, l4, len);
		if (p->bad_l4_csum)
			i->csum ^= 0x0100;
	}
	return len;
}

static uint16_t
put_ip4(const struct g_packet *p, uint8_t *ip)
{
	struct vd_pkt_ip4 *h = (struct vd_pkt_ip4 *)ip;
	uint16_t hlen = (uint16_t)(VD_PKT_IP4_LEN + p->ip_options);
	uint16_t len = (uint16_t)(hlen + put_l4(p, ip + hlen));

	memset(ip, 0, VD_PKT_IP4_LEN);
	memset(ip + VD_PKT_IP4_LEN, 1, p->ip_options); /* no operation */
	h->version_ihl = (uint8_t)(0x40 | hlen / 4);
	h->len_be = vd_pkt_swap16(len);
	h->id_be = vd_pkt_swap16(0x1234);
	h->frag_be = vd_pkt_swap16(p->fragment);
	h->ttl = p->ttl == 0 ? 64 : p->ttl;
	h->proto = proto_of(p);
	h->src_be = vd_addr_v4(&p->src);
	h->dst_be = vd_addr_v4(&p->dst);
	h->csum = vd_pkt_csum_ip4(ip, hlen);
	return len;
}

static uint16_t
put_ip6(const struct g_packet *p, uint8_t *ip)
{
	struct vd_pkt_ip6 *h = (struct vd_pkt_ip6 *)ip;
	uint16_t ext = (uint16_t)(p->ip_options * 8 + (p->fragment != 0 ? 8 : 0));
	uint16_t len = (uint16_t)(ext + put_l4(p, ip + VD_PKT_IP6_LEN + ext));
	uint8_t *e = ip + VD_PKT_IP6_LEN;

	memset(ip, 0, VD_PKT_IP6_LEN);
	memset(e, 0, ext);
	h->vtf_be = vd_pkt_swap32(0x60000000);
	h->len_be = vd_pkt_swap16(len);
	h->next = proto_of(p);
	if (p->ip_options != 0) {
		h->next = VD_PKT_PROTO_DSTOPTS;
		e[0] = p->fragment != 0 ? VD_PKT_PROTO_FRAGMENT : proto_of(p);
		e[1] = (uint8_t)(p->ip_options - 1);
		e[2] = 1; /* PadN over the rest */
		e[3] = (uint8_t)(p->ip_options * 8 - 4);
		e += p->ip_options * 8;
	}
	if (p->fragment != 0) {
		uint16_t offset = vd_pkt_swap16((uint16_t)((p->fragment & VD_PKT_IP4_OFFSET) << 3 |
				((p->fragment & VD_PKT_IP4_MF) != 0)));

		if (p->ip_options == 0)
			h->next = VD_PKT_PROTO_FRAGMENT;
		e[0] = proto_of(p);
		memcpy(e + 2, &offset, 2);
	}
	h->hop_limit = p->ttl == 0 ? 64 : p->ttl;
	memcpy(h->src, p->src.b, 16);
	memcpy(h->dst, p->dst.b, 16);
	return (uint16_t)(VD_PKT_IP6_LEN + len);
}

uint16_t
g_build(const struct g_packet *p, uint8_t *frame)
{
	struct vd_pkt_eth *eth = (struct vd_pkt_eth *)frame;
	bool v4 = vd_addr_is_v4(&p->dst);
	uint16_t type = vd_pkt_swap16(v4 ? VD_PKT_ETHERTYPE_IP4 : VD_PKT_ETHERTYPE_IP6);
	uint8_t *ip = frame + VD_PKT_ETH_LEN;
	uint16_t len;

	eth->dst = vd_mac_is_zero(&p->eth_dst) ? g_mac[p->port] : p->eth_dst;
	eth->src = vd_mac_is_zero(&p->eth_src) ? g_host_mac(&p->src) : p->eth_src;
	eth->type_be = type;
	if (p->vlan != 0) {
		uint16_t tag[2] = {vd_pkt_swap16(p->vlan), type};

		eth->type_be = vd_pkt_swap16(VD_PKT_ETHERTYPE_VLAN);
		memcpy(ip, tag, sizeof(tag));
		ip += VD_PKT_VLAN_LEN;
	}
	len = (uint16_t)(ip - frame + (v4 ? put_ip4(p, ip) : put_ip6(p, ip)));
	if (len < VD_PKT_ETH_MIN) {
		memset(frame + len, 0, VD_PKT_ETH_MIN - len);
		len = VD_PKT_ETH_MIN;
	}
	return len;
}

void
g_send(const struct g_packet *p)
{
	uint8_t frame[G_FRAME_MAX];

	g_put(p->port, frame, g_build(p, frame));
}

void
g_send_on(const struct g_packet *p, uint8_t queue)
{
	uint8_t frame[G_FRAME_MAX];

	g_put_on(p->port, queue, frame, g_build(p, frame));
}

static bool
fail(const char *what, const struct vd_pkt_info *info)
{
	char src[VD_ADDR_STR], dst[VD_ADDR_STR];

	fprintf(stderr, "      expected frame: %s differs", what);
	if (info != NULL)
		fprintf(stderr, "; got proto %u %s:%u -> %s:%u ttl %u flags %02x vlan %u",
				info->proto, vd_addr_format(&info->src, src, sizeof(src)),
				info->src_port, vd_addr_format(&info->dst, dst, sizeof(dst)),
				info->dst_port, info->ttl, info->tcp_flags, info->vlan);
	fprintf(stderr, "\n");
	return false;
}

static bool
payload_is(const struct g_packet *p, const struct g_frame *f, const struct vd_pkt_info *info)
{
	uint32_t hlen = info->proto == VD_PKT_PROTO_TCP   ? VD_PKT_TCP_LEN
			: info->proto == VD_PKT_PROTO_UDP ? VD_PKT_UDP_LEN
							  : VD_PKT_ICMP_LEN;

	if (info->l4_len != hlen + p->payload)
		return false;
	for (uint32_t i = 0; i < p->payload; i++)
		if (f->data[info->l4 + hlen + i] != pattern(i))
			return false;
	return true;
}

bool
g_same(const struct g_packet *p, const struct g_frame *f, const struct vd_pkt_info *info)
{
	const struct vd_pkt_eth *eth = (const struct vd_pkt_eth *)f->data;
	struct vd_mac to = vd_mac_is_zero(&p->eth_dst) ? g_host_mac(&p->dst) : p->eth_dst;

	if (!vd_mac_equal(&eth->src, &g_mac[p->port]))
		return fail("source MAC", info);
	if (!vd_mac_equal(&eth->dst, &to))
		return fail("destination MAC", info);
	if (info->vlan != p->vlan)
		return fail("VLAN", info);
	if (info->proto != proto_of(p) || !vd_addr_equal(&info->src, &p->src) ||
			!vd_addr_equal(&info->dst, &p->dst))
		return fail("address", info);
	if (info->proto != VD_PKT_PROTO_ICMP && info->proto != VD_PKT_PROTO_ICMP6 &&
			((p->sport != 0 && info->src_port != p->sport) ||
					info->dst_port != p->dport))
		return fail("port", info);
	if (info->ttl != (p->ttl == 0 ? 63 : p->ttl))
		return fail("TTL", info);
	if (info->proto == VD_PKT_PROTO_TCP && info->tcp_flags != p->flags)
		return fail("flags", info);
	if (vd_pkt_l4_csum_good(f->data, info) == p->bad_l4_csum)
		return fail("L4 checksum", info);
	if (!payload_is(p, f, info))
		return fail("payload", info);
	return true;
}

bool
g_expect(const struct g_packet *p, struct vd_pkt_info *info)
{
	struct vd_pkt_info ignored;
	struct g_frame f;

	if (!g_get(p->port, &f)) {
		fprintf(stderr, "      expected frame: none on port %u\n", p->port);
		return false;
	}
	if (info == NULL)
		info = &ignored;
	if (vd_pkt_parse(f.data, f.len, info) != VD_PKT_OK)
		return fail("well-formedness", NULL);
	return g_same(p, &f, info);
}

struct g_packet
g_to_service(enum g_service s, unsigned int client, uint16_t sport, uint8_t flags)
{
	struct vd_endpoint l = g_listener(s);
	struct g_packet p = {
			.port = 0,
			.src = g_client(g_is_v6(s), client),
			.dst = l.addr,
			.sport = sport,
			.dport = l.port,
			.proto = g_proto(s),
			.flags = flags,
	};

	return p;
}

struct g_packet
g_answer(const struct vd_pkt_info *got, uint8_t flags)
{
	struct g_packet p = {
			.port = 1,
			.src = got->dst,
			.dst = got->src,
			.sport = got->dst_port,
			.dport = got->src_port,
			.proto = got->proto,
			.flags = flags,
	};

	return p;
}
