/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_pkt_reply.h"

#include "pkt_priv.h"

bool
vd_pkt_is_echo_request(const struct vd_pkt_info *info)
{
	if (info->fragment || info->icmp_code != 0 || !vd_pkt_is_host(&info->dst))
		return false;
	if (info->family == 4)
		return info->proto == VD_PKT_PROTO_ICMP && info->icmp_type == VD_PKT_ICMP_ECHO;
	return info->family == 6 && info->proto == VD_PKT_PROTO_ICMP6 &&
			info->icmp_type == VD_PKT_ICMP6_ECHO;
}

int
vd_pkt_echo_reply(void *frame, const struct vd_pkt_info *info)
{
	uint8_t *p = frame;
	struct vd_pkt_eth *eth = frame;
	struct vd_pkt_icmp *icmp = (void *)(p + info->l4);
	struct vd_mac mac = eth->dst;
	uint8_t reply = info->family == 4 ? VD_PKT_ICMP_ECHO_REPLY : VD_PKT_ICMP6_ECHO_REPLY;

	if (!vd_pkt_is_echo_request(info))
		return VD_DROP_BAD_L4_HEADER;
	if (!vd_pkt_l4_csum_good(frame, info))
		return VD_DROP_BAD_CHECKSUM;
	eth->dst = eth->src;
	eth->src = mac;
	if (info->family == 4) {
		struct vd_pkt_ip4 *ip = (void *)(p + info->l3);

		ip->src_be = vd_addr_v4(&info->dst);
		ip->dst_be = vd_addr_v4(&info->src);
		ip->ttl = VD_PKT_REPLY_TTL;
		ip->csum = vd_pkt_csum_ip4(ip, vd_pkt_ip4_ihl(ip));
	} else {
		struct vd_pkt_ip6 *ip = (void *)(p + info->l3);

		memcpy(ip->src, info->dst.b, sizeof(ip->src));
		memcpy(ip->dst, info->src.b, sizeof(ip->dst));
		ip->hop_limit = VD_PKT_REPLY_TTL;
	}
	icmp->type = reply;
	/*
	 * In full: an all-zero reply is the one message where an update would give the wrong zero.
	 */
	icmp->csum = vd_pkt_csum_l4(&info->dst, &info->src, info->proto, icmp, info->l4_len);
	return VD_PKT_OK;
}

size_t
vd_pkt_reset_build(const struct vd_pkt_reset *r, void *out)
{
	bool v4 = vd_addr_is_v4(&r->src);
	struct vd_pkt_tcp *tcp;
	void *l3;

	memset(out, 0, VD_PKT_RESET_MAX);
	l3 = vd_pkt_eth_put(out, &r->eth_dst, &r->eth_src,
			v4 ? VD_PKT_ETHERTYPE_IP4 : VD_PKT_ETHERTYPE_IP6);
	if (v4) {
		struct vd_pkt_ip4 *ip = l3;

		ip->version_ihl = 0x45;
		ip->len_be = vd_pkt_swap16(VD_PKT_IP4_LEN + VD_PKT_TCP_LEN);
		ip->frag_be = vd_pkt_swap16(VD_PKT_IP4_DF);
		ip->ttl = VD_PKT_REPLY_TTL;
		ip->proto = VD_PKT_PROTO_TCP;
		ip->src_be = vd_addr_v4(&r->src);
		ip->dst_be = vd_addr_v4(&r->dst);
		ip->csum = vd_pkt_csum_ip4(ip, VD_PKT_IP4_LEN);
		tcp = (void *)(ip + 1);
	} else {
		struct vd_pkt_ip6 *ip = l3;

		ip->vtf_be = vd_pkt_swap32(6u << 28);
		ip->len_be = vd_pkt_swap16(VD_PKT_TCP_LEN);
		ip->next = VD_PKT_PROTO_TCP;
		ip->hop_limit = VD_PKT_REPLY_TTL;
		memcpy(ip->src, r->src.b, sizeof(ip->src));
		memcpy(ip->dst, r->dst.b, sizeof(ip->dst));
		tcp = (void *)(ip + 1);
	}
	tcp->src_port_be = vd_pkt_swap16(r->src_port);
	tcp->dst_port_be = vd_pkt_swap16(r->dst_port);
	tcp->seq_be = vd_pkt_swap32(r->seq);
	tcp->ack_be = r->with_ack ? vd_pkt_swap32(r->ack) : 0;
	tcp->data_offset = (VD_PKT_TCP_LEN / 4) << 4;
	tcp->flags = r->with_ack ? VD_PKT_TCP_RST | VD_PKT_TCP_ACK : VD_PKT_TCP_RST;
	tcp->csum = vd_pkt_csum_l4(&r->src, &r->dst, VD_PKT_PROTO_TCP, tcp, VD_PKT_TCP_LEN);
	return VD_PKT_ETH_LEN + (v4 ? VD_PKT_IP4_LEN : VD_PKT_IP6_LEN) + VD_PKT_TCP_LEN;
}

bool
vd_pkt_reset_answer(const void *frame, const struct vd_pkt_info *info, struct vd_pkt_reset *out)
{
	const struct vd_pkt_eth *eth = frame;
	const struct vd_pkt_tcp *tcp;
	uint32_t seq;

	if (info->family == 0 || info->proto != VD_PKT_PROTO_TCP || info->fragment ||
			(info->tcp_flags & VD_PKT_TCP_RST) != 0 || !vd_pkt_is_host(&info->dst))
		return false;
	tcp = (const void *)((const uint8_t *)frame + info->l4);
	seq = vd_pkt_swap32(tcp->seq_be);
	memset(out, 0, sizeof(*out));
	out->eth_src = eth->dst;
	out->eth_dst = eth->src;
	out->src = info->dst;
	out->dst = info->src;
	out->src_port = info->dst_port;
	out->dst_port = info->src_port;
	if ((info->tcp_flags & VD_PKT_TCP_ACK) != 0) {
		out->seq = vd_pkt_swap32(tcp->ack_be);
		return true;
	}
	out->with_ack = true;
	out->ack = seq + (uint32_t)(info->l4_len - info->l4_hlen) +
			((info->tcp_flags & VD_PKT_TCP_SYN) != 0) +
			((info->tcp_flags & VD_PKT_TCP_FIN) != 0);
	return true;
}
