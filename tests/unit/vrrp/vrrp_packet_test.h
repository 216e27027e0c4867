/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VRRP_PACKET_TEST_H
#define VRRP_PACKET_TEST_H

/*
 * Adverts of a real keepalived 2.2.7, captured from a veth, with the configuration that made them; and a checksum that
 * is too simple to be wrong.
 */

#include "vd_compiler.h"
#include "vd_drop.h"
#include "vd_vrrp_packet.h"
#include "vd_test.h"

#define ADDRS_MAX 4
#define L3        14

struct frame {
	uint8_t b[2048];
	size_t len;
};

struct golden {
	const char *name;
	const char *hex[3]; /* the first, second and third advert */
	uint8_t version, vrid, priority, auth;
	bool unicast;
	const char *password;
	vd_time interval;
	const char *addresses[ADDRS_MAX];
	const char *src, *dst, *eth_dst;
};

static inline struct vd_addr
A(const char *text) {
	struct vd_addr a = {.w = {0, 0}};

	if (vd_addr_parse(text, &a) != 0)
		abort();
	return a;
}

static inline struct vd_mac
M(const char *text) {
	struct vd_mac m = {{0}};

	if (vd_mac_parse(text, &m) != 0)
		abort();
	return m;
}

static inline void
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline unsigned int
get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static inline size_t
from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	unsigned int v;

	for (; hex[0] != '\0' && sscanf(hex, "%2x", &v) == 1; hex += 2)
		out[n++] = (uint8_t)v;
	return n;
}

/* RFC 1071 by the letter. */
static inline uint32_t
slow_sum(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
		sum = (sum >> 16) + (sum & 0xffff);
	}
	return sum;
}

/* Mends the checksum of the IPv4 header, and VRRP's that lies `at`; both without options and pseudo-header. */
static inline void
mend4(struct frame *f, size_t at)
{
	size_t end = L3 + get16(f->b + L3 + 2);

	put16(f->b + L3 + 10, 0);
	put16(f->b + L3 + 10, (uint16_t)~slow_sum(0, f->b + L3, 20));
	if (at != 0 && at + 8 <= end) {
		put16(f->b + at + 6, 0);
		put16(f->b + at + 6, (uint16_t)~slow_sum(0, f->b + at, end - at));
	}
}

/* clang-format off */
static const struct golden goldens[] = {
	{ "version 2 (RFC 3768 5.1, 5.3)",
	  { "01005e000012020000000011080045c0002c00010000ff701883c000020be0000012"
	    "213396020001c3fec0000264c00002650000000000000000",
	    "01005e000012020000000011080045c0002c00020000ff701882c000020be0000012"
	    "213396020001c3fec0000264c00002650000000000000000",
	    "01005e000012020000000011080045c0002c00030000ff701881c000020be0000012"
	    "213396020001c3fec0000264c00002650000000000000000" },
	  2, 51, 150, VD_VRRP_AUTH_NONE, false, NULL, VD_SEC,
	  { "192.0.2.100", "192.0.2.101" }, "192.0.2.11", "224.0.0.18", "01:00:5e:00:00:12" },
	{ "version 2, password (RFC 2338 5.3.6, 5.3.10)",
	  { "01005e000012020000000011080045c0002800010000ff701887c000020be0000012"
	    "2134640101027b47c00002667333637265740000",
	    "01005e000012020000000011080045c0002800020000ff701886c000020be0000012"
	    "2134640101027b47c00002667333637265740000",
	    "01005e000012020000000011080045c0002800030000ff701885c000020be0000012"
	    "2134640101027b47c00002667333637265740000" },
	  2, 52, 100, VD_VRRP_AUTH_PASS, false, "s3cret", 2 * VD_SEC,
	  { "192.0.2.102" }, "192.0.2.11", "224.0.0.18", "01:00:5e:00:00:12" },
	{ "version 2, AH (RFC 2338 5.3.6, RFC 2402 2)",
	  { "01005e000012020000000011080045c0004800010000ff3318a4c000020be0000012"
	    "70040000c000020b00000001fa6244099350e3a3d66f4e10"
	    "2135c8030201cd8bc0000267c0000268c00002690000000000000000",
	    "01005e000012020000000011080045c0004800020000ff3318a3c000020be0000012"
	    "70040000c000020b00000002bf3cbce0895698b67023615b"
	    "2135c8030201cd8bc0000267c0000268c00002690000000000000000",
	    "01005e000012020000000011080045c0004800030000ff3318a2c000020be0000012"
	    "70040000c000020b0000000321a4d4807b01abeaff23ed19"
	    "2135c8030201cd8bc0000267c0000268c00002690000000000000000" },
	  2, 53, 200, VD_VRRP_AUTH_AH, false, "hushhush", VD_SEC,
	  { "192.0.2.103", "192.0.2.104", "192.0.2.105" },
	  "192.0.2.11", "224.0.0.18", "01:00:5e:00:00:12" },
	{ "version 3 over IPv4 (RFC 5798 5.2.8, RFC 9568 5.1.1, 5.2)",
	  { "01005e000012020000000011080045c0002000010000ff70188fc000020be0000012"
	    "3136fe0100326b90c000026a",
	    "01005e000012020000000011080045c0002000020000ff70188ec000020be0000012"
	    "3136fe0100326b90c000026a",
	    "01005e000012020000000011080045c0002000030000ff70188dc000020be0000012"
	    "3136fe0100326b90c000026a" },
	  3, 54, 254, VD_VRRP_AUTH_NONE, false, NULL, 500 * VD_MSEC,
	  { "192.0.2.106" }, "192.0.2.11", "224.0.0.18", "01:00:5e:00:00:12" },
	/* The flow label was the kernel's: 57a85. */
	{ "version 3 over IPv6 (RFC 9568 5.1.2, 5.2)",
	  { "33330000001202000000001186dd6c057a85002870fffe80000000000000000000fffe000011"
	    "ff0200000000000000000000000000123137780200642c3f"
	    "fe80000000000000000000000000005520010db8000000000000000000000055" },
	  3, 55, 120, VD_VRRP_AUTH_NONE, false, NULL, VD_SEC,
	  { "fe80::55", "2001:db8::55" }, "fe80::ff:fe00:11", "ff02::12", "33:33:00:00:00:12" },
	{ "version 2, AH to a peer (RFC 2402 3.3.3.1.1: TTL counted as zero)",
	  { "020000000012020000000011080045c0004000010000ff3336b2c000020bc000020c"
	    "70040000c000020b00000001fbfe6018114bbd617d494035"
	    "21385a010201c059c000026b0000000000000000",
	    "020000000012020000000011080045c0004000020000ff3336b1c000020bc000020c"
	    "70040000c000020b00000002d72502f9d9a6bed40d73be8c"
	    "21385a010201c059c000026b0000000000000000",
	    "020000000012020000000011080045c0004000030000ff3336b0c000020bc000020c"
	    "70040000c000020b00000003245240b9fd486de7464ab7a5"
	    "21385a010201c059c000026b0000000000000000" },
	  2, 56, 90, VD_VRRP_AUTH_AH, true, "abc", VD_SEC,
	  { "192.0.2.107" }, "192.0.2.11", "192.0.2.12", "02:00:00:00:00:12" },
	{ "version 3 to a peer (RFC 5798 5.2.8 with the peer in the pseudo-header)",
	  { "020000000012020000000011080045c0002000010000ff703695c000020bc000020c"
	    "3139c80100fabec9c000026c",
	    "020000000012020000000011080045c0002000020000ff703694c000020bc000020c"
	    "3139c80100fabec9c000026c",
	    "020000000012020000000011080045c0002000030000ff703693c000020bc000020c"
	    "3139c80100fabec9c000026c" },
	  3, 57, 200, VD_VRRP_AUTH_NONE, true, NULL, 2500 * VD_MSEC,
	  { "192.0.2.108" }, "192.0.2.11", "192.0.2.12", "02:00:00:00:00:12" },
};
/* clang-format on */

enum {
	GOLDEN_V2,
	GOLDEN_PASS,
	GOLDEN_AH,
	GOLDEN_V3,
	GOLDEN_V3_IP6,
	GOLDEN_AH_UNICAST,
	GOLDEN_V3_UNICAST,
	GOLDEN_N
};
_Static_assert(VD_ARRAY_LEN(goldens) == GOLDEN_N, "one name per advert");

/* The identity of a golden advert; its addresses stay in the caller's array. */
static inline struct vd_vrrp_identity
identity(const struct golden *g, struct vd_addr *addresses)
{
	struct vd_vrrp_identity id = {
			.version = g->version,
			.vrid = g->vrid,
			.v6 = strchr(g->src, ':') != NULL,
			.unicast = g->unicast,
			.auth = g->auth,
			.interval = g->interval,
			.addresses = addresses,
	};

	if (g->password != NULL)
		memcpy(id.password, g->password, strlen(g->password));
	for (; id.n_addresses < ADDRS_MAX && g->addresses[id.n_addresses] != NULL; id.n_addresses++)
		addresses[id.n_addresses] = A(g->addresses[id.n_addresses]);
	return id;
}

static inline struct vd_vrrp_send
sending(const struct golden *g)
{
	struct vd_vrrp_send s = {
			.eth_src = {{2, 0, 0, 0, 0, 0x11}},
			.eth_dst = M(g->eth_dst),
			.src = A(g->src),
			.dst = A(g->dst),
			.priority = g->priority,
			.ttl = 255,
	};

	return s;
}

static inline struct frame
captured(const struct golden *g, int n)
{
	struct frame f;

	memset(&f, 0, sizeof(f));
	f.len = from_hex(g->hex[n], f.b);
	return f;
}

/* Peek and check in one go, from a heap copy of exactly the frame's length. */
static inline int
check_at(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state, const struct frame *f,
		bool list, uint64_t wall_s, struct vd_vrrp_advert *out)
{
	uint8_t *copy = malloc(f->len);
	struct vd_vrrp_peek peek;
	int rc;

	if (copy == NULL)
		abort();
	memcpy(copy, f->b, f->len);
	rc = vd_vrrp_peek(copy, f->len, &peek);
	CU_ASSERT_EQUAL(rc, VD_VRRP_OK);
	if (rc == VD_VRRP_OK)
		rc = vd_vrrp_check(id, state, copy, &peek, list, wall_s, out);
	free(copy);
	return rc;
}

static inline int
check(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state, const struct frame *f)
{
	struct vd_vrrp_advert out;

	return check_at(id, state, f, true, 0, &out);
}

#endif
