/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_VRRP_PACKET_H
#define VD_VRRP_PACKET_H

/*
 * VRRP adverts on the wire: version 2 (RFC 3768, with RFC 2338's authentication as keepalived has it) and version 3
 * (RFC 5798, 9568), IPv4 and IPv6. Pure functions over whole Ethernet frames without FCS; one optional VLAN tag is
 * understood on receive and never written (the sender puts it in). Nothing is allocated, no clock is read.
 *
 * Receiving goes in two steps: vd_vrrp_peek() finds out whose advert it is, vd_vrrp_check() judges it by that instance's
 * identity, in keepalived's order (vrrp_check_packet of 2.4), and names the first rule that it breaks.
 *
 * Interoperability with keepalived comes first:
 *   version 2 always carries the eight authentication bytes, inside the checksum, zero without a password;
 *   version 3 over IPv4 is summed with the pseudo-header (RFC 5798) unless identity says without (RFC 9568); either is
 *   accepted; over IPv6 always with it;
 *   AH (IP protocol 51) is HMAC-MD5-96 keyed by the eight password bytes, SPI = source address;
 *   the 28-byte trailer of keepalived 2.4.2's auth_hmac is skipped without a key of our own and verified with one.
 * MD5 and SHA-256 come from libcrypto, by its functions that work on contexts of the caller's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_time.h"

#define VD_VRRP_OK           (-1)
#define VD_VRRP_ADDRS_MAX    255
#define VD_VRRP_FRAME_MAX    1514 /* no advert may be longer: vd_vrrp_addrs_fit() */
#define VD_VRRP_PASSWORD_LEN 8
#define VD_VRRP_TRAILER_LEN  28
#define VD_VRRP_HMAC_KEYS    8
#define VD_VRRP_HMAC_SENDERS \
	8 /* whose last sequence is remembered, least lately heard goes first */

/* clang-format off */
/* What an advert can break: id, key in keepalived's JSON statistics (its kin for those it lacks), text. */
#define VD_VRRP_ERRORS(X) \
	X(LENGTH,        "packet_len_err",      "length that does not fit the number of addresses, or the IP packet") \
	X(TTL,           "ip_ttl_err",          "TTL or hop limit that is not 255") \
	X(TYPE,          "invalid_type_rcvd",   "type that is no advertisement") \
	X(INTERVAL,      "advert_interval_err", "version 2 advertisement interval that is not ours") \
	X(ADDR_LIST,     "addr_list_err",       "list of addresses that is not ours") \
	X(AUTH_TYPE,     "invalid_authtype",    "authentication type that no RFC has") \
	X(AUTH_MISMATCH, "authtype_mismatch",   "authentication type that is not ours") \
	X(AUTH_FAILURE,  "auth_failure",        "wrong password, or AH that does not verify or repeats") \
	X(AUTH_EXT,      "auth_ext_err",        "auth_hmac trailer missing, malformed, stale, repeated or wrong") \
	X(CHECKSUM,      "chk_err",             "VRRP checksum wrong") \
	X(VERSION,       "vers_err",            "VRRP version that is not ours") \
	X(UNICAST,       "unicast_err",         "multicast to a unicast instance or the other way, a source that is " \
	                                        "no peer, or a peer's TTL out of its range")
/* clang-format on */

enum vd_vrrp_error {
#define VD_X(id, key, text) VD_VRRP_ERROR_##id,
	VD_VRRP_ERRORS(VD_X)
#undef VD_X
	VD_VRRP_ERROR_N
};

/* "packet_len_err" and the sentence; "?" outside the enum. */
const char *vd_vrrp_error_name(enum vd_vrrp_error e);
const char *vd_vrrp_error_text(enum vd_vrrp_error e);

enum vd_vrrp_auth {
	VD_VRRP_AUTH_NONE = 0, /* values of the wire */
	VD_VRRP_AUTH_PASS = 1,
	VD_VRRP_AUTH_AH = 2,
};

enum vd_vrrp_hmac_mode {
	VD_VRRP_HMAC_ENFORCE,      /* signs; takes only what verifies */
	VD_VRRP_HMAC_PERMISSIVE,   /* signs; takes what verifies and what has no trailer */
	VD_VRRP_HMAC_RECEIVE_ONLY, /* as permissive, but sends without */
};

/* A key of auth_hmac; main makes it with vd_vrrp_hmac_key_set(). The hashes of RFC 2104's padded key, ready to go on. */
struct vd_vrrp_hmac_key {
	uint8_t id;
	uint8_t inner[160], outer[160]; /* libcrypto's context, opaque */
};

struct vd_vrrp_hmac {
	struct vd_vrrp_hmac_key key[VD_VRRP_HMAC_KEYS];
	uint8_t n_keys, active_key; /* active_key: an id */
	uint8_t mode;               /* enum vd_vrrp_hmac_mode */
	bool by_time; /* anti_replay time: a second stamp outside the window is stale */
	uint32_t window_s;
};

/* secret: 32 to 64 bytes as keepalived takes them; any length is hashed as RFC 2104 says. */
void vd_vrrp_hmac_key_set(struct vd_vrrp_hmac_key *k, uint8_t id, const void *secret, size_t len);

/* What both ends of an instance agree on. Addresses are in the order of the configuration; constant while in use. */
struct vd_vrrp_identity {
	uint8_t version; /* 2 or 3 */
	uint8_t vrid;
	bool v6;
	bool unicast;
	bool no_pseudo_sent; /* v3 over IPv4: send the checksum without the pseudo-header */
	uint8_t auth;        /* enum vd_vrrp_auth; version 2 only */
	uint8_t password[VD_VRRP_PASSWORD_LEN];
	const struct vd_vrrp_hmac *hmac; /* or NULL */
	vd_time interval; /* whole seconds in version 2, multiples of 10 ms up to 40.95 s in version 3 */
	const struct vd_addr *addresses;
	uint16_t n_addresses;
};

/* What changes from packet to packet: sequences sent and seen. Zeroed at start. */
struct vd_vrrp_auth_state {
	uint32_t ah_sent, ah_seen;
	uint64_t hmac_sent;
	struct {
		struct vd_addr src;
		uint64_t sequence;
		uint32_t used; /* 0 = free */
	} sender[VD_VRRP_HMAC_SENDERS];
	uint32_t clock; /* of `used` */
	uint16_t ip_id; /* of IPv4 packets sent; the first is 1 */
};

/* Where things are in a frame. Offsets from its start. */
struct vd_vrrp_peek {
	struct vd_addr src, dst;
	bool v6, ah;
	uint8_t ttl;
	uint8_t version, vrid; /* as the packet says */
	uint16_t l3, ah_off, vrrp;
	uint16_t vrrp_len; /* bytes from the VRRP header to the end of the IP packet */
};

/*
 * VD_PKT_OK, or the enum vd_drop reason to count: no IP packet of protocol 112 (perhaps behind AH), or cut so short that
 * nobody can tell whose it is. The IP header has been checked as vd_pkt_parse() does.
 */
int vd_vrrp_peek(const void *frame, size_t len, struct vd_vrrp_peek *out);

struct vd_vrrp_advert {
	struct vd_addr src;
	uint8_t priority;
	uint8_t ttl;
	vd_time interval; /* as the sender says */
};

/*
 * VD_VRRP_OK with the advert, or the first rule broken. The VRID and the family are the caller's to match. check_list
 * false: the address list is not compared (skip_check_adv_addr). wall_s: seconds since 1970, for hmac by time.
 * state changes only when the packet verifies.
 */
int vd_vrrp_check(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const void *frame, const struct vd_vrrp_peek *peek, bool check_list,
		uint64_t wall_s, struct vd_vrrp_advert *out);

struct vd_vrrp_send {
	struct vd_mac eth_src, eth_dst;
	struct vd_addr src, dst;
	uint8_t priority;
	uint8_t ttl;
	uint64_t wall_ns; /* since 1970, for the sequence of auth_hmac */
};

/*
 * An advert in frame[VD_VRRP_FRAME_MAX]; returns its length. TOS 0xc0, DF clear, flow label 0. At most
 * vd_vrrp_addrs_fit() addresses are in it.
 */
size_t vd_vrrp_build(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const struct vd_vrrp_send *s, uint8_t *frame);

/* How many addresses an advert of this identity has room for in an IP packet of mtu bytes, at most VD_VRRP_ADDRS_MAX. */
unsigned int vd_vrrp_addrs_fit(const struct vd_vrrp_identity *id, unsigned int mtu);

/* 00-00-5e-00-01-VRID, or -02- for IPv6 (RFC 9568 7.3). */
struct vd_mac vd_vrrp_virtual_mac(bool v6, uint8_t vrid);
/* The Ethernet group of an IP group (RFC 1112 6.4, RFC 2464 7). */
struct vd_mac vd_vrrp_group_mac(const struct vd_addr *group);

#endif
