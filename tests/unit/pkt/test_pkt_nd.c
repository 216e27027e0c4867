/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_pkt_nd.h"

#include "pkt_test.h"

#define IP   14
#define ICMP 54

static void
fix(uint8_t *f, size_t len)
{
	struct vd_addr src = vd_addr_from_v6(f + IP + 8), dst = vd_addr_from_v6(f + IP + 24);

	put16(f + IP + 4, (unsigned int)(len - ICMP));
	put16(f + ICMP + 2, 0);
	put16(f + ICMP + 2, slow_l4(&src, &dst, 58, f + ICMP, len - ICMP));
}

static void
ns(uint8_t *f)
{
	struct vd_addr src = A("fe80::1"), target = A("2001:db8::16");

	vd_pkt_nd_solicit(f, &mac_a, &src, &target, NULL);
}

static void
na(uint8_t *f, uint8_t flags, const char *to)
{
	struct vd_addr src = A("2001:db8::16"), dst = A(to);

	vd_pkt_nd_advertise(f, &mac_a, &src, &src, flags, &dst, &mac_b);
}

static void
builds_and_reads(void)
{
	struct vd_addr src = A("fe80::1"), target = A("2001:db8::16"), group = A("ff02::1:ff00:16");
	struct vd_addr all = A("ff02::1");
	struct vd_mac group_mac = {{0x33, 0x33, 0xff, 0, 0, 0x16}};
	struct vd_mac all_mac = {{0x33, 0x33, 0, 0, 0, 1}};
	uint8_t f[VD_PKT_ND_FRAME];
	struct vd_pkt_nd_msg m;
	unsigned int csum;

	CU_ASSERT_EQUAL(vd_pkt_nd_solicit(f, &mac_a, &src, &target, NULL), 86);
	CU_ASSERT_EQUAL(memcmp(f, group_mac.b, 6), 0);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, 86, &m), VD_PKT_OK);
	CU_ASSERT(m.type == VD_PKT_ICMP6_NS && m.has_lla && vd_mac_equal(&m.lla, &mac_a));
	CU_ASSERT(vd_addr_equal(&m.src, &src) && vd_addr_equal(&m.dst, &group));
	CU_ASSERT(vd_addr_equal(&m.target, &target) && vd_mac_equal(&m.eth_src, &mac_a));
	csum = get16(f + ICMP + 2);
	put16(f + ICMP + 2, 0);
	CU_ASSERT_EQUAL(csum, slow_l4(&src, &group, 58, f + ICMP, 32));

	vd_pkt_nd_solicit(f, &mac_a, &src, &target, &mac_b);
	CU_ASSERT_EQUAL(memcmp(f, mac_b.b, 6), 0);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, 86, &m), VD_PKT_OK);
	CU_ASSERT(vd_addr_equal(&m.dst, &target));

	na(f, VD_PKT_NA_SOLICITED | VD_PKT_NA_OVERRIDE, "fe80::1");
	CU_ASSERT_EQUAL(memcmp(f, mac_b.b, 6), 0);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, 86, &m), VD_PKT_OK);
	CU_ASSERT(m.type == VD_PKT_ICMP6_NA && m.flags == 0x60 && m.has_lla);
	CU_ASSERT(vd_addr_equal(&m.target, &target) && vd_mac_equal(&m.lla, &mac_a));

	na(f, VD_PKT_NA_OVERRIDE | VD_PKT_NA_ROUTER, "ff02::1");
	CU_ASSERT_EQUAL(memcmp(f, all_mac.b, 6), 0);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, 86, &m), VD_PKT_OK);
	CU_ASSERT(m.flags == 0xa0 && vd_addr_equal(&m.dst, &all));
	group = vd_pkt_all_nodes();
	CU_ASSERT(vd_addr_equal(&group, &all));
}

/* RFC 4861 7.1.1 and 7.1.2, one broken rule at a time. */
static void
refuses_what_breaks_the_rfc(void)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
			{IP + 7, 254},     /* came through a router */
			{ICMP, 133},       /* router solicitation */
			{ICMP + 1, 1},     /* code */
			{ICMP + 8, 0xff},  /* target is a group */
			{ICMP + 25, 0},    /* option of length 0 */
			{ICMP + 25, 2},    /* option beyond the end */
			{ICMP + 26, 0x03}, /* MAC of a group */
	};
	uint8_t f[VD_PKT_ND_FRAME];
	struct vd_pkt_nd_msg m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ns(f);
		f[bad[i].at] = bad[i].value;
		fix(f, sizeof(f));
		CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
		na(f, VD_PKT_NA_SOLICITED, "fe80::1");
		f[bad[i].at] = bad[i].value;
		fix(f, sizeof(f));
		CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	}
	ns(f);
	f[ICMP + 2] ^= 1;
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_CHECKSUM);
	/* Shorter than 24 bytes, though the packet is whole. */
	ns(f);
	fix(f, ICMP + 23);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	/* Half an option. */
	fix(f, ICMP + 25);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	/* No option at all is fine. */
	fix(f, ICMP + 24);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_PKT_OK);
	CU_ASSERT(!m.has_lla);
	/* Solicited is said to one host. */
	na(f, VD_PKT_NA_SOLICITED, "ff02::1");
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	/* An advertisement comes from somewhere. */
	na(f, VD_PKT_NA_OVERRIDE, "ff02::1");
	memset(f + IP + 8, 0, 16);
	fix(f, sizeof(f));
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	/* Every truncation. */
	ns(f);
	for (size_t n = 0; n < sizeof(f); n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, f, n);
		CU_ASSERT_NOT_EQUAL(vd_pkt_nd_parse(copy, n, &m), VD_PKT_OK);
		free(copy);
	}
}

static void
duplicate_address_detection(void)
{
	struct vd_addr none = {.w = {0, 0}}, target = A("2001:db8::16");
	uint8_t f[VD_PKT_ND_FRAME];
	struct vd_pkt_nd_msg m;

	vd_pkt_nd_solicit(f, &mac_a, &none, &target, NULL);
	/* With a source option: forbidden. */
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	fix(f, ICMP + 24);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_PKT_OK);
	CU_ASSERT(vd_addr_is_unset(&m.src) && !m.has_lla);
	/* To a group that is no solicited-node one: forbidden. */
	memcpy(f + IP + 24, vd_pkt_all_nodes().b, 16);
	fix(f, ICMP + 24);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
}

static void
options_and_headers(void)
{
	struct vd_pkt_nd_msg m;
	struct frame f = {.len = VD_PKT_ND_FRAME};

	/* A nonce (RFC 3971) before the address; a second address is ignored. */
	ns(f.b);
	memmove(f.b + ICMP + 32, f.b + ICMP + 24, 8);
	memcpy(f.b + ICMP + 24, "\x0e\x01nonce!", 8);
	memcpy(f.b + ICMP + 40, "\x01\x01\x02\x09\x09\x09\x09\x09", 8);
	f.len = ICMP + 48;
	fix(f.b, f.len);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f.b, f.len, &m), VD_PKT_OK);
	CU_ASSERT(m.has_lla && vd_mac_equal(&m.lla, &mac_a));
	/* RFC 6980: no fragment header, not even of an atomic fragment. */
	ns(f.b);
	f.len = VD_PKT_ND_FRAME;
	memmove(f.b + ICMP + 8, f.b + ICMP, 32);
	memset(f.b + ICMP, 0, 8);
	f.b[ICMP] = 58;
	f.b[IP + 6] = 44;
	f.len += 8;
	put16(f.b + IP + 4, 40);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f.b, f.len, &m), VD_DROP_BAD_NEIGHBOUR);
	/* Other packets. */
	frame_udp(&f, "2001:db8::1", "2001:db8::2", 30);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f.b, f.len, &m), VD_DROP_BAD_NEIGHBOUR);
	frame_udp(&f, "192.0.2.1", "192.0.2.2", 30);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(f.b, f.len, &m), VD_DROP_BAD_NEIGHBOUR);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(builds_and_reads),
			VD_TEST(refuses_what_breaks_the_rfc),
			VD_TEST(duplicate_address_detection),
			VD_TEST(options_and_headers),
	};

	return vd_test_main("pkt_nd", tests, sizeof(tests) / sizeof(tests[0]));
}
