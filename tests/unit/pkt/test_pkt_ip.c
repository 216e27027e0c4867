/* SPDX-License-Identifier: BSD-3-Clause */
#include "pkt_test.h"

#define C6 "2001:db8::100"
#define V6 "2001:db8::16"

/* A chain of extension headers, each `units` of 8 bytes, before a UDP header. */
struct ext {
	uint8_t type;
	uint8_t units;
	uint8_t third, fourth;
};

static void
frame_chain(struct frame *f, const struct ext *e, size_t n)
{
	size_t bytes = 8;
	uint8_t *p;

	for (size_t i = 0; i < n; i++)
		bytes += e[i].units * (size_t)8;
	p = frame_ip(f, C6, V6, n > 0 ? e[0].type : VD_PKT_PROTO_UDP, bytes);
	for (size_t i = 0; i < n; i++) {
		p[0] = i + 1 < n ? e[i + 1].type : VD_PKT_PROTO_UDP;
		p[1] = e[i].type == VD_PKT_PROTO_FRAGMENT ? 0 : (uint8_t)(e[i].units - 1);
		p[2] = e[i].third;
		p[3] = e[i].fourth;
		p += e[i].units * (size_t)8;
	}
	put16(p + 2, 53);
	put16(p + 4, 8);
}

#define CHAIN(f, ...) \
	frame_chain(f, (const struct ext[]){__VA_ARGS__}, \
			sizeof((const struct ext[]){__VA_ARGS__}) / sizeof(struct ext))

static void
walks_the_chain(void)
{
	struct vd_pkt_info info;
	struct frame f;

	frame_chain(&f, NULL, 0);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT_EQUAL(info.l4, 54);
	CHAIN(&f, {VD_PKT_PROTO_HOPOPTS, 1}, {VD_PKT_PROTO_DSTOPTS, 3}, {VD_PKT_PROTO_ROUTING, 1},
			{VD_PKT_PROTO_DSTOPTS, 1});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(info.l4 == 54 + 48 && info.proto == VD_PKT_PROTO_UDP && info.dst_port == 53);
	CU_ASSERT_EQUAL(info.l4_len, 8);
	/* No next header: nothing above IP. */
	frame_ip(&f, C6, V6, VD_PKT_PROTO_NONE, 0);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(info.proto == VD_PKT_PROTO_NONE && info.l4_len == 0);
}

static void
refuses_bad_chains(void)
{
	static const struct ext eight[9] = {{60, 1}, {60, 1}, {60, 1}, {60, 1}, {60, 1}, {60, 1},
			{60, 1}, {60, 1}, {60, 1}};
	struct vd_pkt_info info;
	struct frame f;

	frame_chain(&f, eight, 8);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	frame_chain(&f, eight, 9);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_DROP_BAD_L3_HEADER);
	/* Hop-by-hop options come first. */
	CHAIN(&f, {VD_PKT_PROTO_DSTOPTS, 1}, {VD_PKT_PROTO_HOPOPTS, 1});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_DROP_BAD_L3_HEADER);
	/* We are no waypoint: type 0 and any other. */
	CHAIN(&f, {VD_PKT_PROTO_ROUTING, 3, 0, 1});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_DROP_BAD_L3_HEADER);
	CHAIN(&f, {VD_PKT_PROTO_ROUTING, 3, 4, 2});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_DROP_BAD_L3_HEADER);
	CHAIN(&f, {VD_PKT_PROTO_FRAGMENT, 1}, {VD_PKT_PROTO_FRAGMENT, 1});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_DROP_BAD_L3_HEADER);
	/* A header that reaches beyond the packet, and one that has no room at all. */
	CHAIN(&f, {VD_PKT_PROTO_DSTOPTS, 1});
	f.b[14 + 40 + 1] = 2;
	CU_ASSERT_EQUAL(parse(&f, &info), VD_DROP_BAD_L3_LENGTH);
	frame_ip(&f, C6, V6, VD_PKT_PROTO_DSTOPTS, 7);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_DROP_BAD_L3_LENGTH);
	/* A jumbogram says length 0 and has its length in an option. */
	CHAIN(&f, {VD_PKT_PROTO_HOPOPTS, 1});
	put16(f.b + 18, 0);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_DROP_BAD_L3_LENGTH);
}

static void
sees_fragments(void)
{
	struct vd_pkt_info info;
	struct frame f;

	CHAIN(&f, {VD_PKT_PROTO_FRAGMENT, 1, 0, 1});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(info.fragment && info.first_fragment && info.proto == VD_PKT_PROTO_UDP);
	CU_ASSERT_EQUAL(info.dst_port, 0);
	/* What follows in a later fragment is data, whatever its first header's type says. */
	CHAIN(&f, {VD_PKT_PROTO_FRAGMENT, 1, 1, 0}, {VD_PKT_PROTO_ROUTING, 1, 0, 9});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(info.fragment && !info.first_fragment && info.l4 == 62);
	/* Atomic: RFC 6946. */
	CHAIN(&f, {VD_PKT_PROTO_FRAGMENT, 1, 0, 0});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!info.fragment && info.dst_port == 53);
	/* Reserved bits are ignored. */
	CHAIN(&f, {VD_PKT_PROTO_FRAGMENT, 1, 0, 6});
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!info.fragment);
}

static void
ttl_goes_down_with_its_checksum(void)
{
	struct vd_rng rng = {2};
	struct frame f;

	for (int i = 0; i < 100000; i++) {
		struct vd_pkt_ip4 *ip = (void *)(f.b + 14);

		frame_ip(&f, "192.0.2.1", "192.0.2.2", 6, 0);
		put32(f.b + 14 + 12, (uint32_t)vd_rng_next(&rng));
		put32(f.b + 14 + 4, (uint32_t)vd_rng_next(&rng));
		f.b[14 + 8] = (uint8_t)(2 + vd_rng_below(&rng, 254));
		fix_ip4(f.b + 14);
		vd_pkt_ip4_ttl_dec(ip);
		CU_ASSERT_FATAL(vd_pkt_csum_ip4_good(ip, 20));
		CU_ASSERT_EQUAL_FATAL(ip->csum, vd_pkt_csum_ip4(ip, 20));
	}
}

static void
helpers(void)
{
	struct vd_pkt_ip4 ip = {.version_ihl = 0x4f};

	CU_ASSERT_EQUAL(vd_pkt_ip4_ihl(&ip), 60);
	CU_ASSERT(!vd_pkt_ip4_is_fragment(&ip));
	ip.frag_be = vd_pkt_swap16(VD_PKT_IP4_DF);
	CU_ASSERT(!vd_pkt_ip4_is_fragment(&ip));
	ip.frag_be = vd_pkt_swap16(VD_PKT_IP4_MF);
	CU_ASSERT(vd_pkt_ip4_is_fragment(&ip));
	ip.frag_be = vd_pkt_swap16(1);
	CU_ASSERT(vd_pkt_ip4_is_fragment(&ip));
	CU_ASSERT(sizeof(struct vd_pkt_ip4) == 20 && sizeof(struct vd_pkt_ip6) == 40);
	CU_ASSERT(sizeof(struct vd_pkt_tcp) == 20 && sizeof(struct vd_pkt_udp) == 8);
	CU_ASSERT(sizeof(struct vd_pkt_eth) == 14 && sizeof(struct vd_pkt_icmp) == 8);
}

static void
group_macs(void)
{
	static const struct {
		const char *group;
		struct vd_mac mac;
	} cases[] = {
			{"224.0.0.18", {{0x01, 0x00, 0x5e, 0x00, 0x00, 0x12}}},
			{"239.255.1.2", {{0x01, 0x00, 0x5e, 0x7f, 0x01, 0x02}}},
			{"ff02::12", {{0x33, 0x33, 0x00, 0x00, 0x00, 0x12}}},
			{"ff02::1:ffab:cdef", {{0x33, 0x33, 0xff, 0xab, 0xcd, 0xef}}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vd_addr group = A(cases[i].group);
		struct vd_mac mac = vd_pkt_group_mac(&group);

		CU_ASSERT(vd_mac_equal(&mac, &cases[i].mac) && vd_mac_is_multicast(&mac));
		CU_ASSERT(!vd_mac_is_broadcast(&mac) && !vd_mac_is_zero(&mac));
	}
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(walks_the_chain),
			VD_TEST(refuses_bad_chains),
			VD_TEST(sees_fragments),
			VD_TEST(ttl_goes_down_with_its_checksum),
			VD_TEST(helpers),
			VD_TEST(group_macs),
	};

	return vd_test_main("pkt_ip", tests, sizeof(tests) / sizeof(tests[0]));
}
