/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_ADDR_H
#define VD_ADDR_H

/*
 * One address type for IPv4 and IPv6. An IPv4 address is held as its IPv4-mapped IPv6 form (RFC 4291 2.5.5.2,
 * ::ffff:a.b.c.d), so that keys, tables and comparisons have one shape. Bytes are in network order. The all-zero
 * value is "no address" (it is also the IPv6 unspecified address). Ports are in host order unless a name ends in _be.
 *
 * Pure functions, any thread. Parsers return 0, or -EINVAL for text that is not what they read, or -ERANGE for a
 * number that does not fit; they never write to their output on failure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VD_ADDR_STR     46                    /* longest text of an address, with its NUL */
#define VD_ENDPOINT_STR (VD_ADDR_STR + 2 + 6) /* "[addr]:65535" */
#define VD_PREFIX_STR   (VD_ADDR_STR + 4)
#define VD_MAC_STR      18

struct vd_addr {
	union {
		uint8_t b[16];
		uint32_t be32[4];
		uint64_t w[2];
	};
};

/* len counts bits of the address's own family: 0 to 32 for IPv4, 0 to 128 for IPv6. */
struct vd_prefix {
	struct vd_addr addr;
	uint8_t len;
};

struct vd_endpoint {
	struct vd_addr addr;
	uint16_t port;
};

struct vd_mac {
	uint8_t b[6];
};

static inline bool
vd_addr_is_v4(const struct vd_addr *a)
{
	return a->w[0] == 0 && a->be32[2] == __builtin_bswap32(0x0000ffffu);
}

static inline bool
vd_addr_is_unset(const struct vd_addr *a)
{
	return (a->w[0] | a->w[1]) == 0;
}

static inline bool
vd_addr_equal(const struct vd_addr *a, const struct vd_addr *b)
{
	return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1])) == 0;
}

/* v4 is in network order. */
static inline struct vd_addr
vd_addr_from_v4(uint32_t v4_be)
{
	struct vd_addr a = {.w = {0, 0}};

	a.be32[2] = __builtin_bswap32(0x0000ffffu);
	a.be32[3] = v4_be;
	return a;
}

static inline struct vd_addr
vd_addr_from_v6(const void *bytes16)
{
	struct vd_addr a;

	memcpy(a.b, bytes16, sizeof(a.b));
	return a;
}

/* Network order; meaningful for an IPv4 address only. */
static inline uint32_t
vd_addr_v4(const struct vd_addr *a)
{
	return a->be32[3];
}

bool vd_addr_is_multicast(const struct vd_addr *a);
bool vd_addr_is_link_local(const struct vd_addr *a); /* fe80::/10 or 169.254.0.0/16 */
int
vd_addr_cmp(const struct vd_addr *a, const struct vd_addr *b); /* as memcmp on the mapped form */

/* "192.0.2.1" or "2001:db8::1". The unspecified addresses 0.0.0.0 and :: parse. */
int vd_addr_parse(const char *text, struct vd_addr *out);
/* Writes at most size bytes with the NUL; returns buf. */
const char *vd_addr_format(const struct vd_addr *a, char *buf, size_t size);

/* "192.0.2.0/24"; without a slash the whole address (32 or 128). Host bits are kept. */
int vd_prefix_parse(const char *text, struct vd_prefix *out);
const char *vd_prefix_format(const struct vd_prefix *p, char *buf, size_t size);
bool
vd_prefix_contains(const struct vd_prefix *p, const struct vd_addr *a); /* families must match */
/* The prefix with its host bits cleared. */
struct vd_prefix vd_prefix_network(const struct vd_prefix *p);

/* "192.0.2.1:80" or "[2001:db8::1]:80". */
int vd_endpoint_parse(const char *text, struct vd_endpoint *out);
const char *vd_endpoint_format(const struct vd_endpoint *ep, char *buf, size_t size);

/*
 * A range of addresses, both ends included, of one family: "A-B" with two whole addresses, "A-n" with the last byte
 * (IPv4, decimal) or last group (IPv6, hexadecimal) of the end, "A/len" for every address of the prefix, or "A" alone.
 */
int vd_addr_range_parse(const char *text, struct vd_addr *lo, struct vd_addr *hi);
/* The address n after a; wraps inside the family. */
struct vd_addr vd_addr_add(const struct vd_addr *a, uint32_t n);
/* hi - lo + 1, or UINT32_MAX if larger; families equal and lo <= hi. */
uint32_t vd_addr_range_size(const struct vd_addr *lo, const struct vd_addr *hi);

/* "02:00:00:00:00:01", also with '-'. */
int vd_mac_parse(const char *text, struct vd_mac *out);
const char *vd_mac_format(const struct vd_mac *m, char *buf, size_t size);
/* The modified EUI-64 link-local address of a MAC (RFC 4291 appendix A). */
struct vd_addr vd_addr_link_local(const struct vd_mac *m);
/* ff02::1:ffXX:XXXX of an IPv6 address (RFC 4291 2.7.1). */
struct vd_addr vd_addr_solicited_node(const struct vd_addr *a);

/* Seeded 64-bit hash of an address. */
uint64_t vd_addr_hash(const struct vd_addr *a, uint64_t seed);

#endif
