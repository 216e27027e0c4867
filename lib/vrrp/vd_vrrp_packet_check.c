/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules that a received advert must keep (RFC 9568 7.1, RFC 3768 7.1), in keepalived's order, so that what it
 * counts and what we count for one packet is the same. keepalived's comparison of the IP total length with what was
 * received has no place of its own here: vd_pkt_parse() refuses a frame that ends before its IP packet, and what comes
 * after the packet is padding.
 */
#include "vrrp_packet_priv.h"

/* An advert under judgement. */
struct advert {
	const struct vd_vrrp_identity *id;
	const struct vd_vrrp_peek *peek;
	const uint8_t *vrrp;
	struct vrrp_header h;
	size_t pdu_len;
	bool trailer;
};

/*
 * Exactly the PDU that version and count announce, or one trailer more: always where we have a key, and without one if
 * it looks like a trailer, so that a peer may sign before we can verify.
 */
static bool
measure(struct advert *a)
{
	const struct vd_vrrp_peek *peek = a->peek;

	if (peek->vrrp_len < sizeof(a->h))
		return false;
	memcpy(&a->h, a->vrrp, sizeof(a->h));
	a->pdu_len = vrrp_pdu_len(a->h.version_type >> 4, peek->v6, a->h.count);
	if (peek->vrrp_len == a->pdu_len)
		return true;
	if (peek->vrrp_len != a->pdu_len + VD_VRRP_TRAILER_LEN)
		return false;
	a->trailer = true;
	return a->id->hmac != NULL || vd_vrrp_trailer_plausible(a->vrrp + a->pdu_len);
}

static bool
hmac_good(const struct advert *a, struct vd_vrrp_auth_state *state, uint64_t wall_s)
{
	if (a->id->hmac == NULL)
		return true;
	if (!a->trailer)
		return a->id->hmac->mode != VD_VRRP_HMAC_ENFORCE;
	return vd_vrrp_trailer_good(a->id, state, &a->peek->src, a->vrrp, a->pdu_len, wall_s);
}

/* RFC 3768 5.3.6, 5.3.7, 5.3.10; RFC 2338 10. */
static int
check_v2(const struct advert *a, struct vd_vrrp_auth_state *state, const uint8_t *frame)
{
	const struct vd_vrrp_identity *id = a->id;
	const struct vd_vrrp_peek *peek = a->peek;

	if (a->h.auth_type > VD_VRRP_AUTH_AH)
		return VD_VRRP_ERROR_AUTH_TYPE;
	if (a->h.auth_type != id->auth)
		return VD_VRRP_ERROR_AUTH_MISMATCH;
	if (id->auth == VD_VRRP_AUTH_PASS && !peek->v6 &&
			!vd_vrrp_secret_equal(a->vrrp + a->pdu_len - VD_VRRP_PASSWORD_LEN,
					id->password, VD_VRRP_PASSWORD_LEN))
		return VD_VRRP_ERROR_AUTH_FAILURE;
	if (peek->ah &&
			!vd_vrrp_ah_good(id, state, frame + peek->l3,
					(size_t)peek->ah_off - peek->l3,
					(size_t)peek->vrrp - peek->l3 + peek->vrrp_len))
		return VD_VRRP_ERROR_AUTH_FAILURE;
	if (a->h.interval * VD_SEC != id->interval)
		return VD_VRRP_ERROR_INTERVAL;
	return VD_VRRP_OK;
}

/* Version 3 over IPv4: RFC 5798 5.2.8 is read with the pseudo-header, RFC 9568 5.2.8 says without. */
static bool
checksum_good(const struct advert *a)
{
	const struct vd_vrrp_peek *peek = a->peek;
	uint8_t version = a->h.version_type >> 4;
	bool with = peek->v6 || version != 2, without = !peek->v6;

	return (with &&
			       vd_pkt_csum_good(vd_vrrp_sum(&peek->src, &peek->dst, a->vrrp,
					       a->pdu_len, peek->vrrp_len, true))) ||
			(without &&
					vd_pkt_csum_good(vd_vrrp_sum(&peek->src, &peek->dst,
							a->vrrp, a->pdu_len, peek->vrrp_len,
							false)));
}

static struct vd_addr
address_at(const struct advert *a, unsigned int i)
{
	const uint8_t *p = a->vrrp + sizeof(a->h) + i * vrrp_addr_len(a->peek->v6);
	uint32_t v4_be;

	if (a->peek->v6)
		return vd_addr_from_v6(p);
	memcpy(&v4_be, p, sizeof(v4_be));
	return vd_addr_from_v4(v4_be);
}

static bool
has_address(const struct advert *a, const struct vd_addr *want)
{
	for (unsigned int i = 0; i < a->h.count; i++) {
		struct vd_addr is = address_at(a, i);

		if (vd_addr_equal(&is, want))
			return true;
	}
	return false;
}

/* As many as ours, and each of ours. A peer that is configured alike has them in our order: one look at each. */
static bool
addresses_good(const struct advert *a)
{
	const struct vd_vrrp_identity *id = a->id;
	unsigned int n = vd_vrrp_addrs_sent(id, a->trailer);

	if (a->h.count != n)
		return false;
	for (unsigned int i = 0; i < n; i++) {
		struct vd_addr is = address_at(a, i);

		if (!vd_addr_equal(&is, &id->addresses[i]) && !has_address(a, &id->addresses[i]))
			return false;
	}
	return true;
}

static vd_time
interval_of(const struct vrrp_header *h)
{
	if (h->version_type >> 4 == 2)
		return h->interval * VD_SEC;
	return (vd_time)((h->auth_type & 0x0f) << 8 | h->interval) * 10 * VD_MSEC;
}

int
vd_vrrp_check(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const void *frame, const struct vd_vrrp_peek *peek, bool check_list,
		uint64_t wall_s, struct vd_vrrp_advert *out)
{
	struct advert a = {.id = id, .peek = peek, .vrrp = (const uint8_t *)frame + peek->vrrp};
	int rc;

	if (peek->ah != vrrp_uses_ah(id))
		return VD_VRRP_ERROR_AUTH_MISMATCH;
	if (!measure(&a))
		return VD_VRRP_ERROR_LENGTH;
	if (!id->unicast && peek->ttl != 255)
		return VD_VRRP_ERROR_TTL;
	if (a.h.version_type >> 4 != id->version)
		return VD_VRRP_ERROR_VERSION;
	if (!hmac_good(&a, state, wall_s))
		return VD_VRRP_ERROR_AUTH_EXT;
	if (id->version == 2) {
		rc = check_v2(&a, state, frame);
		if (rc != VD_VRRP_OK)
			return rc;
	}
	if ((a.h.version_type & 0x0f) != VRRP_TYPE_ADVERT)
		return VD_VRRP_ERROR_TYPE;
	if (!checksum_good(&a))
		return VD_VRRP_ERROR_CHECKSUM;
	if (vd_addr_is_multicast(&peek->dst) == id->unicast)
		return VD_VRRP_ERROR_UNICAST;
	if (check_list && !addresses_good(&a))
		return VD_VRRP_ERROR_ADDR_LIST;
	out->src = peek->src;
	out->priority = a.h.priority;
	out->ttl = peek->ttl;
	out->interval = interval_of(&a.h);
	return VD_VRRP_OK;
}
