/* SPDX-License-Identifier: BSD-3-Clause */
#include "pkt_priv.h"

/* Length of the extension header `proto` at p with left bytes, or 0. */
static size_t
ext_length(uint8_t proto, const uint8_t *p, size_t left)
{
	size_t n;

	if (left < sizeof(struct vd_pkt_ip6_ext))
		return 0;
	n = proto == VD_PKT_PROTO_FRAGMENT ? sizeof(struct vd_pkt_ip6_frag)
					   : (p[1] + (size_t)1) * 8;
	return n <= left ? n : 0;
}

static void
take_fragment(const uint8_t *p, struct vd_pkt_ip6_l4 *out)
{
	struct vd_pkt_ip6_frag frag;
	uint16_t offset;

	memcpy(&frag, p, sizeof(frag));
	offset = vd_pkt_swap16(frag.offset_be);
	out->frag_header = true;
	out->fragment = (offset & 0xfff9) != 0;
	out->first = out->fragment && (offset & 0xfff8) == 0;
}

int
vd_pkt_ip6_walk(const struct vd_pkt_ip6 *ip, size_t len, struct vd_pkt_ip6_l4 *out)
{
	const uint8_t *start = (const uint8_t *)ip;
	size_t at = VD_PKT_IP6_LEN;
	uint8_t proto = ip->next;

	memset(out, 0, sizeof(*out));
	for (;;) {
		const uint8_t *p = start + at;
		size_t n;

		switch (proto) {
		case VD_PKT_PROTO_HOPOPTS:
			if (out->n > 0)
				return VD_DROP_BAD_L3_HEADER;
			break;
		case VD_PKT_PROTO_ROUTING:
		case VD_PKT_PROTO_DSTOPTS:
		case VD_PKT_PROTO_FRAGMENT:
			break;
		default:
			out->proto = proto;
			out->offset = (uint16_t)at;
			return VD_PKT_OK;
		}
		if (out->n == VD_PKT_IP6_EXT_MAX ||
				(proto == VD_PKT_PROTO_FRAGMENT && out->frag_header))
			return VD_DROP_BAD_L3_HEADER;
		n = ext_length(proto, p, len - at);
		if (n == 0)
			return VD_DROP_BAD_L3_LENGTH;
		if (proto == VD_PKT_PROTO_ROUTING && p[3] != 0)
			return VD_DROP_BAD_L3_HEADER;
		out->n++;
		if (proto == VD_PKT_PROTO_FRAGMENT)
			take_fragment(p, out);
		proto = p[0];
		at += n;
		/* What follows in a later fragment is data. */
		if (out->fragment && !out->first) {
			out->proto = proto;
			out->offset = (uint16_t)at;
			return VD_PKT_OK;
		}
	}
}
