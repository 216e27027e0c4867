/* SPDX-License-Identifier: BSD-3-Clause */
/* An advert as keepalived writes it: RFC 9568 5, RFC 3768 5, and RFC 2338 for what version 2 has of authentication. */
#include "vrrp_packet_priv.h"

static uint8_t *
put_eth(uint8_t *frame, const struct vd_vrrp_send *s, bool v6)
{
	struct vd_pkt_eth eth = {
			.dst = s->eth_dst,
			.src = s->eth_src,
			.type_be = vd_pkt_swap16(v6 ? VD_PKT_ETHERTYPE_IP6 : VD_PKT_ETHERTYPE_IP4),
	};

	memcpy(frame, &eth, sizeof(eth));
	return frame + sizeof(eth);
}

/* payload: bytes behind the header. The checksum comes last, when nothing changes any more. */
static void
put_ip4(uint8_t *p, struct vd_vrrp_auth_state *state, const struct vd_vrrp_send *s, bool ah,
		size_t payload)
{
	struct vd_pkt_ip4 ip = {
			.version_ihl = 0x45,
			.tos = VRRP_TOS,
			.len_be = vd_pkt_swap16((uint16_t)(sizeof(ip) + payload)),
			.ttl = s->ttl,
			.proto = ah ? VD_PKT_PROTO_AH : VD_PKT_PROTO_VRRP,
			.src_be = vd_addr_v4(&s->src),
			.dst_be = vd_addr_v4(&s->dst),
	};

	/* keepalived never sends id 0: its kernel would choose one. */
	if (++state->ip_id == 0)
		state->ip_id = 1;
	ip.id_be = vd_pkt_swap16(state->ip_id);
	memcpy(p, &ip, sizeof(ip));
}

static void
put_ip6(uint8_t *p, const struct vd_vrrp_send *s, size_t payload)
{
	struct vd_pkt_ip6 ip = {
			.vtf_be = vd_pkt_swap32(6u << 28 | VRRP_TOS << 20),
			.len_be = vd_pkt_swap16((uint16_t)payload),
			.next = VD_PKT_PROTO_VRRP,
			.hop_limit = s->ttl,
	};

	memcpy(ip.src, s->src.b, sizeof(ip.src));
	memcpy(ip.dst, s->dst.b, sizeof(ip.dst));
	memcpy(p, &ip, sizeof(ip));
}

static void
put_interval(struct vrrp_header *h, const struct vd_vrrp_identity *id)
{
	vd_time unit = id->version == 2 ? VD_SEC : 10 * VD_MSEC;
	vd_time max = id->version == 2 ? 0xff : 0x0fff;
	vd_time n = VD_MAX(VD_MIN(id->interval / unit, max), 1);

	h->auth_type = id->version == 2 ? id->auth : (uint8_t)(n >> 8);
	h->interval = (uint8_t)n;
}

/* Header, addresses and authentication bytes, the checksum still zero; returns their length. */
static size_t
put_pdu(uint8_t *p, const struct vd_vrrp_identity *id, uint8_t priority)
{
	unsigned int n = vd_vrrp_addrs_sent(id, vrrp_signs(id));
	size_t addr_len = vrrp_addr_len(id->v6);
	struct vrrp_header h = {
			.version_type = (uint8_t)(id->version << 4 | VRRP_TYPE_ADVERT),
			.vrid = id->vrid,
			.priority = priority,
			.count = (uint8_t)n,
	};
	size_t len = vrrp_pdu_len(id->version, id->v6, n);

	put_interval(&h, id);
	memcpy(p, &h, sizeof(h));
	p += sizeof(h);
	for (unsigned int i = 0; i < n; i++, p += addr_len)
		memcpy(p, id->addresses[i].b + 16 - addr_len, addr_len);
	if (id->version == 2 && !id->v6) {
		memset(p, 0, VD_VRRP_PASSWORD_LEN);
		if (id->auth == VD_VRRP_AUTH_PASS)
			memcpy(p, id->password, VD_VRRP_PASSWORD_LEN);
	}
	return len;
}

static void
put_checksum(uint8_t *vrrp, const struct vd_vrrp_identity *id, const struct vd_vrrp_send *s,
		size_t pdu_len, size_t len)
{
	bool pseudo = id->v6 || (id->version == 3 && !id->no_pseudo_sent);
	uint16_t csum = vd_pkt_csum_finish(
			vd_vrrp_sum(&s->src, &s->dst, vrrp, pdu_len, len, pseudo));

	memcpy(vrrp + offsetof(struct vrrp_header, csum), &csum, sizeof(csum));
}

size_t
vd_vrrp_build(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const struct vd_vrrp_send *s, uint8_t *frame)
{
	bool ah = vrrp_uses_ah(id);
	uint8_t *ip = put_eth(frame, s, id->v6);
	size_t ip_len = id->v6 ? VD_PKT_IP6_LEN : VD_PKT_IP4_LEN;
	size_t head = ip_len + (ah ? sizeof(struct vrrp_ah) : 0);
	uint8_t *vrrp = ip + head;
	size_t pdu_len = put_pdu(vrrp, id, s->priority);
	size_t len = pdu_len;

	if (vrrp_signs(id)) {
		vd_vrrp_trailer_sign(id, state, &s->src, s->wall_ns, vrrp, pdu_len);
		len += VD_VRRP_TRAILER_LEN;
	}
	put_checksum(vrrp, id, s, pdu_len, len);
	if (id->v6) {
		put_ip6(ip, s, len);
		return VD_PKT_ETH_LEN + head + len;
	}
	put_ip4(ip, state, s, ah, head - ip_len + len);
	if (ah)
		vd_vrrp_ah_sign(id, state, ip, ip_len, head + len);
	((struct vd_pkt_ip4 *)(void *)ip)->csum = vd_pkt_csum_ip4(ip, ip_len);
	return VD_PKT_ETH_LEN + head + len;
}
