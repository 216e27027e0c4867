/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose advert a frame is, how much an advert holds, what its checksum covers, and VRRP's MAC addresses. */
#include "vd_drop.h"
#include "vd_pkt.h"
#include "vrrp_packet_priv.h"

#define VRID_END 2 /* version and VRID are the first two bytes of the header */

/* Steps over an authentication header in front of VRRP. */
static int
skip_ah(const uint8_t *frame, const struct vd_pkt_info *info, struct vd_vrrp_peek *out)
{
	struct vrrp_ah ah;

	if (info->l4_len < sizeof(ah))
		return VD_DROP_BAD_L4_LENGTH;
	memcpy(&ah, frame + info->l4, sizeof(ah));
	if (ah.next != VD_PKT_PROTO_VRRP)
		return VD_DROP_NO_LISTENER;
	/* Any other length of ICV is no HMAC-MD5-96, and VRRP would begin elsewhere. */
	if (ah.len != VRRP_AH_WORDS)
		return VD_DROP_BAD_L4_HEADER;
	out->ah = true;
	out->ah_off = info->l4;
	out->vrrp = (uint16_t)(info->l4 + sizeof(ah));
	out->vrrp_len = (uint16_t)(info->l4_len - sizeof(ah));
	return VD_PKT_OK;
}

int
vd_vrrp_peek(const void *frame, size_t len, struct vd_vrrp_peek *out)
{
	const uint8_t *p = frame;
	struct vd_pkt_info info;
	int rc = vd_pkt_parse(frame, len, &info);

	memset(out, 0, sizeof(*out));
	if (rc != VD_PKT_OK)
		return rc;
	if (info.family == 0)
		return VD_DROP_BAD_L3_HEADER;
	if (info.fragment)
		return VD_DROP_FRAGMENT;
	out->src = info.src;
	out->dst = info.dst;
	out->v6 = info.family == 6;
	out->ttl = info.ttl;
	out->l3 = info.l3;
	if (info.proto == VD_PKT_PROTO_AH && !out->v6) {
		rc = skip_ah(p, &info, out);
		if (rc != VD_PKT_OK)
			return rc;
	} else if (info.proto == VD_PKT_PROTO_VRRP) {
		out->vrrp = info.l4;
		out->vrrp_len = info.l4_len;
	} else {
		return VD_DROP_NO_LISTENER;
	}
	if (out->vrrp_len < VRID_END)
		return VD_DROP_BAD_L4_LENGTH;
	out->version = p[out->vrrp] >> 4;
	out->vrid = p[out->vrrp + 1];
	return VD_PKT_OK;
}

static unsigned int
addrs_fit(const struct vd_vrrp_identity *id, size_t mtu, bool trailer)
{
	size_t used = vrrp_pdu_len(id->version, id->v6, 0);
	size_t n;

	used += id->v6 ? VD_PKT_IP6_LEN : VD_PKT_IP4_LEN;
	if (vrrp_uses_ah(id))
		used += sizeof(struct vrrp_ah);
	if (trailer)
		used += VD_VRRP_TRAILER_LEN;
	if (mtu < used)
		return 0;
	n = (mtu - used) / vrrp_addr_len(id->v6);
	return (unsigned int)VD_MIN(n, VD_VRRP_ADDRS_MAX);
}

unsigned int
vd_vrrp_addrs_fit(const struct vd_vrrp_identity *id, unsigned int mtu)
{
	return addrs_fit(id, mtu, vrrp_signs(id));
}

unsigned int
vd_vrrp_addrs_sent(const struct vd_vrrp_identity *id, bool trailer)
{
	unsigned int fit = addrs_fit(id, VD_VRRP_FRAME_MAX - VD_PKT_ETH_LEN, trailer);

	return VD_MIN(fit, id->n_addresses);
}

/*
 * Over IPv6 the checksum is that of the whole upper-layer message (RFC 8200 8.1), a trailer inside: keepalived leaves it
 * to the kernel. Over IPv4 it ends with the PDU.
 */
uint64_t
vd_vrrp_sum(const struct vd_addr *src, const struct vd_addr *dst, const uint8_t *vrrp,
		size_t pdu_len, size_t len, bool pseudo)
{
	size_t covered = vd_addr_is_v4(src) ? pdu_len : len;
	uint64_t sum = pseudo ? vd_pkt_csum_pseudo(src, dst, VD_PKT_PROTO_VRRP, (uint32_t)covered)
			      : 0;

	return vd_pkt_csum_add(sum, vrrp, covered);
}

struct vd_mac
vd_vrrp_virtual_mac(bool v6, uint8_t vrid)
{
	struct vd_mac m = {{0x00, 0x00, 0x5e, 0x00, v6 ? 0x02 : 0x01, vrid}};

	return m;
}

struct vd_mac
vd_vrrp_group_mac(const struct vd_addr *group)
{
	return vd_pkt_group_mac(group);
}
