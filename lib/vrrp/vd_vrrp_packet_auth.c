/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What proves that an advert is from a peer: the authentication header of RFC 2338 5.3.6 and 10.3 (RFC 2402, 2403) as
 * keepalived uses it, and the trailer of its auth_hmac (key, time and HMAC-SHA-256 behind the PDU).
 */
#include "vrrp_packet_priv.h"

#define PSEUDO_LEN   20
#define CSUM_OFF     offsetof(struct vrrp_header, csum)
#define IP4_HLEN_MAX 60

/*
 * The ICV covers the whole IP packet, fields that routers change counted as zero (RFC 2402 3.3.3.1.1). keepalived counts
 * the TTL of a multicast advert, which no router may forward, as it is; the ICV itself is zero.
 */
static void
ah_icv(const struct vd_vrrp_identity *id, const uint8_t *ip, size_t ah_off, size_t len,
		uint8_t icv[VRRP_MD5_LEN])
{
	uint8_t head[IP4_HLEN_MAX + sizeof(struct vrrp_ah)];
	size_t head_len = ah_off + sizeof(struct vrrp_ah);
	struct vrrp_piece pieces[] = {{head, head_len}, {ip + head_len, len - head_len}};
	struct vd_pkt_ip4 *h = (void *)head;

	memcpy(head, ip, head_len);
	h->tos = 0;
	h->frag_be = 0;
	h->csum = 0;
	if (id->unicast)
		h->ttl = 0;
	memset(head + ah_off + offsetof(struct vrrp_ah, icv), 0, VRRP_AH_ICV_LEN);
	vd_vrrp_hmac_md5(id->password, VD_VRRP_PASSWORD_LEN, pieces, VD_ARRAY_LEN(pieces), icv);
}

/*
 * As in keepalived, what was sent and what was seen are one sequence: who takes over goes on where the last master
 * stopped, and a packet is new when it is above both. So a peer that starts again at 1 is refused only until it hears
 * us: its counter then jumps above ours, and its next advert is new. If it is the only one that speaks, its refused
 * adverts let our master down timer run out, and it hears our first advert. Nobody stays locked out.
 */
static inline uint32_t
ah_last(const struct vd_vrrp_auth_state *state)
{
	return VD_MAX(state->ah_sent, state->ah_seen);
}

bool
vd_vrrp_ah_good(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const uint8_t *ip, size_t ah_off, size_t len)
{
	uint8_t icv[VRRP_MD5_LEN];
	struct vrrp_ah ah;
	struct vd_pkt_ip4 h;
	uint32_t sequence;

	memcpy(&h, ip, sizeof(h));
	memcpy(&ah, ip + ah_off, sizeof(ah));
	ah_icv(id, ip, ah_off, len, icv);
	if (!vd_vrrp_secret_equal(ah.icv, icv, VRRP_AH_ICV_LEN) || ah.spi_be != h.src_be)
		return false;
	sequence = vd_pkt_swap32(ah.sequence_be);
	if (sequence <= ah_last(state))
		return false;
	state->ah_seen = sequence;
	return true;
}

void
vd_vrrp_ah_sign(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state, uint8_t *ip,
		size_t ah_off, size_t len)
{
	uint8_t icv[VRRP_MD5_LEN];
	struct vd_pkt_ip4 h;
	struct vrrp_ah ah = {.next = VD_PKT_PROTO_VRRP, .len = VRRP_AH_WORDS};

	/* The last number is used again and again: 136 years of an advert a second away. */
	if (ah_last(state) != UINT32_MAX)
		state->ah_sent = ah_last(state) + 1;
	memcpy(&h, ip, sizeof(h));
	ah.spi_be = h.src_be;
	ah.sequence_be = vd_pkt_swap32(state->ah_sent);
	memcpy(ip + ah_off, &ah, sizeof(ah));
	ah_icv(id, ip, ah_off, len, icv);
	memcpy(ip + ah_off + offsetof(struct vrrp_ah, icv), icv, VRRP_AH_ICV_LEN);
}

/* RFC 1982. */
static inline bool
serial_after(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

/* Is a stamp's second further than the window from now, in either direction? */
static bool
outside_window(const struct vd_vrrp_hmac *hmac, uint64_t now_s, uint32_t stamp_s)
{
	int64_t age = (int32_t)((uint32_t)now_s - stamp_s);

	return (age < 0 ? -age : age) > hmac->window_s;
}

static const struct vd_vrrp_hmac_key *
find_key(const struct vd_vrrp_hmac *hmac, uint8_t id)
{
	for (unsigned int i = 0; i < hmac->n_keys; i++)
		if (hmac->key[i].id == id)
			return &hmac->key[i];
	return NULL;
}

/* The VRRP checksum counts as zero, for over IPv6 the kernel of a keepalived writes it after the signing. */
static void
trailer_hmac(const struct vd_vrrp_hmac_key *key, const struct vd_addr *src, const uint8_t *vrrp,
		size_t pdu_len, uint8_t out[VRRP_SHA256_LEN])
{
	static const uint8_t zero[VRRP_TRAILER_HMAC_LEN];
	bool v4 = vd_addr_is_v4(src);
	uint8_t pseudo[PSEUDO_LEN] = {v4 ? 4 : 6, vrrp[0] >> 4, vrrp[1]};
	const size_t rest = CSUM_OFF + sizeof(uint16_t);
	const struct vrrp_piece pieces[] = {
			{pseudo, sizeof(pseudo)},
			{vrrp, CSUM_OFF},
			{zero, sizeof(uint16_t)},
			{vrrp + rest, pdu_len + offsetof(struct vrrp_trailer, hmac) - rest},
			{zero, sizeof(zero)},
	};

	memcpy(pseudo + 4, v4 ? src->b + 12 : src->b, v4 ? 4 : 16);
	vd_vrrp_hmac_sha256(key, pieces, VD_ARRAY_LEN(pieces), out);
}

bool
vd_vrrp_trailer_plausible(const uint8_t *trailer)
{
	return trailer[0] == VRRP_TRAILER_SHA256_128 && trailer[2] == 0 && trailer[3] == 0;
}

/* A sender's place: its own, or the free or least lately heard one. */
static unsigned int
find_sender(const struct vd_vrrp_auth_state *state, const struct vd_addr *src)
{
	unsigned int oldest = 0;

	for (unsigned int i = 0; i < VD_VRRP_HMAC_SENDERS; i++) {
		if (state->sender[i].used != 0 && vd_addr_equal(&state->sender[i].src, src))
			return i;
		if (state->sender[i].used < state->sender[oldest].used)
			oldest = i;
	}
	return oldest;
}

/* Remembers a sequence of a packet that verified, unless it is old. */
static bool
take_sequence(const struct vd_vrrp_hmac *hmac, struct vd_vrrp_auth_state *state,
		const struct vd_addr *src, uint64_t sequence, uint64_t wall_s)
{
	unsigned int i = find_sender(state, src);
	uint64_t last = state->sender[i].sequence;
	bool known = state->sender[i].used != 0 && vd_addr_equal(&state->sender[i].src, src);

	/* A mark outside the window orders nothing that could pass it: the sender's clock was set back. */
	if (known && hmac->by_time && outside_window(hmac, wall_s, (uint32_t)(last >> 32)))
		known = false;
	if (known && !serial_after(sequence, last))
		return false;
	if (++state->clock == 0)
		state->clock = 1;
	state->sender[i].src = *src;
	state->sender[i].sequence = sequence;
	state->sender[i].used = state->clock;
	return true;
}

bool
vd_vrrp_trailer_good(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const struct vd_addr *src, const uint8_t *vrrp, size_t pdu_len, uint64_t wall_s)
{
	const struct vd_vrrp_hmac *hmac = id->hmac;
	const struct vd_vrrp_hmac_key *key;
	uint8_t digest[VRRP_SHA256_LEN];
	struct vrrp_trailer t;
	uint32_t stamp_s;
	uint64_t sequence;

	if (!vd_vrrp_trailer_plausible(vrrp + pdu_len))
		return false;
	memcpy(&t, vrrp + pdu_len, sizeof(t));
	stamp_s = vd_pkt_swap32(t.seconds_be);
	/* Before the digest, so that old captures cost nothing; nothing is trusted yet, only refused. */
	if (hmac->by_time && outside_window(hmac, wall_s, stamp_s))
		return false;
	key = find_key(hmac, t.key);
	if (key == NULL)
		return false;
	trailer_hmac(key, src, vrrp, pdu_len, digest);
	if (!vd_vrrp_secret_equal(t.hmac, digest, sizeof(t.hmac)))
		return false;
	sequence = (uint64_t)stamp_s << 32 | (uint64_t)vd_pkt_swap16(t.fraction_be) << 16 |
			vd_pkt_swap16(t.counter_be);
	return take_sequence(hmac, state, src, sequence, wall_s);
}

/* The clock, or the last sequence and one where the clock has not moved on. */
static uint64_t
next_sequence(const struct vd_vrrp_hmac *hmac, uint64_t sent, uint64_t wall_ns)
{
	uint64_t s = wall_ns / VD_SEC, ns = wall_ns % VD_SEC;
	uint64_t now = s << 32 | ((ns << 16) / VD_SEC) << 16;

	if (sent == 0 || serial_after(now, sent))
		return now;
	/* After a clock set back further than the window, peers would take nothing until it has caught up. */
	if (hmac->by_time && outside_window(hmac, s, (uint32_t)(sent >> 32)))
		return now;
	return sent + 1;
}

void
vd_vrrp_trailer_sign(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const struct vd_addr *src, uint64_t wall_ns, uint8_t *vrrp, size_t pdu_len)
{
	const struct vd_vrrp_hmac_key *key = find_key(id->hmac, id->hmac->active_key);
	uint8_t digest[VRRP_SHA256_LEN];
	struct vrrp_trailer t = {
			.type = VRRP_TRAILER_SHA256_128,
			.key = id->hmac->active_key,
	};

	state->hmac_sent = next_sequence(id->hmac, state->hmac_sent, wall_ns);
	t.seconds_be = vd_pkt_swap32((uint32_t)(state->hmac_sent >> 32));
	t.fraction_be = vd_pkt_swap16((uint16_t)(state->hmac_sent >> 16));
	t.counter_be = vd_pkt_swap16((uint16_t)state->hmac_sent);
	memcpy(vrrp + pdu_len, &t, sizeof(t));
	/* Without the key the HMAC stays zero, which every peer refuses. */
	if (key == NULL)
		return;
	trailer_hmac(key, src, vrrp, pdu_len, digest);
	memcpy(vrrp + pdu_len + offsetof(struct vrrp_trailer, hmac), digest, sizeof(t.hmac));
}
