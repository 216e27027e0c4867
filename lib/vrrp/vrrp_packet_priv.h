/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VRRP_PACKET_PRIV_H
#define VRRP_PACKET_PRIV_H

/*
 * Headers of VRRP over the bytes of the wire, and what the files of the codec share. The PDU is the VRRP header with its
 * addresses and, in version 2 over IPv4, eight bytes of authentication; the trailer of auth_hmac comes behind it and is
 * no part of it. Fields ending in _be are in network order.
 */

#include "vd_pkt_ip.h"
#include "vd_vrrp_packet.h"

#define VRRP_TYPE_ADVERT        1
#define VRRP_TOS                0xc0 /* internetwork control */
#define VRRP_AH_ICV_LEN         12
#define VRRP_AH_WORDS           4 /* RFC 4302 2.2: 32-bit words less two */
#define VRRP_TRAILER_HMAC_LEN   16
#define VRRP_TRAILER_SHA256_128 1

#define VRRP_MD5_LEN            16
#define VRRP_SHA256_LEN         32

struct vrrp_header {
	uint8_t version_type; /* 4 bits each */
	uint8_t vrid;
	uint8_t priority;
	uint8_t count;
	uint8_t auth_type; /* version 3: four reserved bits and the interval's upper four */
	uint8_t interval;  /* seconds; version 3: lower eight bits of twelve, in 10 ms */
	uint16_t csum;
} VD_PACKED;

struct vrrp_ah {
	uint8_t next;
	uint8_t len;
	uint16_t reserved_be;
	uint32_t spi_be;
	uint32_t sequence_be;
	uint8_t icv[VRRP_AH_ICV_LEN];
} VD_PACKED;

struct vrrp_trailer {
	uint8_t type;
	uint8_t key;
	uint16_t reserved_be;
	uint32_t seconds_be;
	uint16_t fraction_be; /* 1/65536 s */
	uint16_t counter_be;
	uint8_t hmac[VRRP_TRAILER_HMAC_LEN];
} VD_PACKED;

_Static_assert(sizeof(struct vrrp_header) == 8, "VRRP header");
_Static_assert(sizeof(struct vrrp_ah) == 24, "authentication header");
_Static_assert(sizeof(struct vrrp_trailer) == VD_VRRP_TRAILER_LEN, "trailer of auth_hmac");

static inline size_t
vrrp_addr_len(bool v6)
{
	return v6 ? 16 : 4;
}

/* Version 2 over IPv6 is in no RFC; keepalived has it without the authentication bytes. */
static inline size_t
vrrp_pdu_len(uint8_t version, bool v6, size_t count)
{
	return sizeof(struct vrrp_header) + count * vrrp_addr_len(v6) +
			(version == 2 && !v6 ? VD_VRRP_PASSWORD_LEN : 0);
}

static inline bool
vrrp_uses_ah(const struct vd_vrrp_identity *id)
{
	return id->version == 2 && !id->v6 && id->auth == VD_VRRP_AUTH_AH;
}

/* Does this identity send the trailer? */
static inline bool
vrrp_signs(const struct vd_vrrp_identity *id)
{
	return id->hmac != NULL && id->hmac->mode != VD_VRRP_HMAC_RECEIVE_ONLY;
}

/* How many of the identity's addresses an advert has, with a trailer or without. */
unsigned int vd_vrrp_addrs_sent(const struct vd_vrrp_identity *id, bool trailer);

/* Sum of what the checksum covers; len bytes from the VRRP header to the end of the IP packet. */
uint64_t vd_vrrp_sum(const struct vd_addr *src, const struct vd_addr *dst, const uint8_t *vrrp,
		size_t pdu_len, size_t len, bool pseudo);

/* AH over an IPv4 packet: len bytes from ip on, ah_off of which stand before the authentication header. */
bool vd_vrrp_ah_good(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const uint8_t *ip, size_t ah_off, size_t len);
void vd_vrrp_ah_sign(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		uint8_t *ip, size_t ah_off, size_t len);

/* The trailer stands behind pdu_len bytes of PDU. */
bool vd_vrrp_trailer_plausible(const uint8_t *trailer);
bool vd_vrrp_trailer_good(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const struct vd_addr *src, const uint8_t *vrrp, size_t pdu_len, uint64_t wall_s);
void vd_vrrp_trailer_sign(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const struct vd_addr *src, uint64_t wall_ns, uint8_t *vrrp, size_t pdu_len);

/* One part of a message that does not lie in one piece. */
struct vrrp_piece {
	const void *data;
	size_t len;
};

/* HMAC-MD5 (RFC 2104); len of any size. */
void vd_vrrp_hmac_md5(const void *key, size_t len, const struct vrrp_piece *pieces, size_t n,
		uint8_t out[VRRP_MD5_LEN]);
/* HMAC-SHA-256 with a prepared key. */
void vd_vrrp_hmac_sha256(const struct vd_vrrp_hmac_key *k, const struct vrrp_piece *pieces,
		size_t n, uint8_t out[VRRP_SHA256_LEN]);
/* Takes the same time wherever the first difference is. */
bool vd_vrrp_secret_equal(const void *a, const void *b, size_t len);

#endif
