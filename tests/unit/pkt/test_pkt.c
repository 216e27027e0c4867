/* SPDX-License-Identifier: BSD-3-Clause */
#include "pkt_test.h"

#define C4 "192.0.2.100"
#define V4 "192.0.2.16"
#define C6 "2001:db8::100"
#define V6 "2001:db8::16"

static int
verdict(const struct frame *f)
{
	struct vd_pkt_info info;

	return parse(f, &info);
}

static void
describes_tcp_and_udp(void)
{
	static const char *const pairs[][2] = {{C4, V4}, {C6, V6}};
	static const uint16_t l4_at[] = {34, 54};

	for (size_t i = 0; i < 2; i++) {
		struct vd_addr src = A(pairs[i][0]), dst = A(pairs[i][1]);
		struct vd_pkt_info info;
		struct frame f;

		frame_tcp(&f, pairs[i][0], pairs[i][1], VD_PKT_TCP_ACK | VD_PKT_TCP_PSH, 5);
		f.len += 7; /* Ethernet padding */
		CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
		CU_ASSERT_EQUAL(info.family, i == 0 ? 4 : 6);
		CU_ASSERT(vd_addr_equal(&info.src, &src) && vd_addr_equal(&info.dst, &dst));
		CU_ASSERT_EQUAL(info.ethertype, i == 0 ? 0x0800 : 0x86dd);
		CU_ASSERT_EQUAL(info.vlan, 0);
		CU_ASSERT_EQUAL(info.l3, 14);
		CU_ASSERT_EQUAL(info.l4, l4_at[i]);
		CU_ASSERT_EQUAL(info.l3_len, l4_at[i] - 14 + 25);
		CU_ASSERT_EQUAL(info.l4_len, 25);
		CU_ASSERT_EQUAL(info.l4_hlen, 20);
		CU_ASSERT_EQUAL(info.proto, 6);
		CU_ASSERT_EQUAL(info.ttl, 64);
		CU_ASSERT_EQUAL(info.src_port, 40000);
		CU_ASSERT_EQUAL(info.dst_port, 80);
		CU_ASSERT_EQUAL(info.tcp_flags, VD_PKT_TCP_ACK | VD_PKT_TCP_PSH);
		CU_ASSERT(!info.fragment && vd_pkt_l4_csum_good(f.b, &info));
		f.b[info.l4 + 21] ^= 1;
		CU_ASSERT(!vd_pkt_l4_csum_good(f.b, &info));

		frame_udp(&f, pairs[i][0], pairs[i][1], 9);
		frame_tag(&f, 0x8100, 0x6064);
		CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
		CU_ASSERT_EQUAL(info.vlan, 0x64);
		CU_ASSERT_EQUAL(info.l3, 18);
		CU_ASSERT_EQUAL(info.l4, l4_at[i] + 4);
		CU_ASSERT_EQUAL(info.l4_len, 17);
		CU_ASSERT(info.src_port == 5353 && info.dst_port == 53 && info.proto == 17);
		CU_ASSERT(vd_pkt_l4_csum_good(f.b, &info));
		/* The same without its Ethernet header. */
		CU_ASSERT_EQUAL(vd_pkt_parse_ip(f.b + 18, f.len - 18, &info), VD_PKT_OK);
		CU_ASSERT(info.l3 == 0 && info.l4 == l4_at[i] - 14 && info.dst_port == 53);
	}
}

static void
layer_2(void)
{
	struct vd_pkt_info info;
	struct frame f;

	frame_tcp(&f, C4, V4, VD_PKT_TCP_SYN, 0);
	f.len = 13;
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L2);
	frame_tcp(&f, C4, V4, VD_PKT_TCP_SYN, 0);
	f.b[6] |= 1;
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L2);
	frame_tcp(&f, C4, V4, VD_PKT_TCP_SYN, 0);
	frame_tag(&f, 0x8100, 0);
	CU_ASSERT_EQUAL(verdict(&f), VD_PKT_OK);
	frame_tag(&f, 0x8100, 5);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_UNKNOWN_VLAN);
	frame_tcp(&f, C4, V4, VD_PKT_TCP_SYN, 0);
	frame_tag(&f, 0x8100, 0xffff);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_UNKNOWN_VLAN);
	frame_tcp(&f, C4, V4, VD_PKT_TCP_SYN, 0);
	frame_tag(&f, 0x88a8, 5);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_UNKNOWN_VLAN);
	frame_tcp(&f, C4, V4, VD_PKT_TCP_SYN, 0);
	frame_tag(&f, 0x8100, 5);
	f.len = 17;
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L2);
	/* Not IP: the type, and no verdict. */
	frame_tcp(&f, C4, V4, VD_PKT_TCP_SYN, 0);
	put16(f.b + 12, 0x0806);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(info.family == 0 && info.ethertype == 0x0806 && info.l3 == 14);
	CU_ASSERT(vd_pkt_l4_csum_good(f.b, &info));
}

/* Every prefix of a good frame is refused, with a reason of the right layer, and read inside. */
static void
truncated_anywhere(void)
{
	static const char *const pairs[][2] = {{C4, V4}, {C6, V6}};

	for (size_t i = 0; i < 2; i++) {
		struct frame f;
		size_t whole;

		frame_tcp(&f, pairs[i][0], pairs[i][1], VD_PKT_TCP_ACK, 30);
		whole = f.len;
		for (f.len = 0; f.len < whole; f.len++)
			CU_ASSERT_EQUAL(verdict(&f),
					f.len < 14 ? VD_DROP_BAD_L2 : VD_DROP_BAD_L3_LENGTH);
	}
}

static void
lengths_that_lie(void)
{
	struct frame f;
	uint8_t *p;

	frame_tcp(&f, C4, V4, VD_PKT_TCP_ACK, 0);
	f.b[14] = 0x44;
	fix_ip4(f.b + 14);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L3_LENGTH);
	frame_tcp(&f, C4, V4, VD_PKT_TCP_ACK, 0);
	put16(f.b + 16, 19);
	fix_ip4(f.b + 14);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L3_LENGTH);
	put16(f.b + 16, 41);
	fix_ip4(f.b + 14);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L3_LENGTH);
	/* The IP packet ends inside the TCP header. */
	put16(f.b + 16, 39);
	fix_ip4(f.b + 14);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	frame_tcp(&f, C6, V6, VD_PKT_TCP_ACK, 0);
	put16(f.b + 18, 21);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L3_LENGTH);
	put16(f.b + 18, 19);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);

	p = frame_tcp(&f, C4, V4, VD_PKT_TCP_ACK, 4);
	p[12] = 4 << 4;
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	p[12] = 7 << 4;
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	p[12] = 6 << 4;
	CU_ASSERT_EQUAL(verdict(&f), VD_PKT_OK);

	p = frame_udp(&f, C4, V4, 4);
	put16(p + 4, 13);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	put16(p + 4, 11);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	put16(p + 4, 0);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	frame_ip(&f, C4, V4, VD_PKT_PROTO_UDP, 7);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	frame_ip(&f, C4, V4, VD_PKT_PROTO_ICMP, 7);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	frame_ip(&f, C6, V6, VD_PKT_PROTO_ICMP6, 7);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_LENGTH);
	/* Protocols of the other family are just protocols. */
	frame_ip(&f, C4, V4, VD_PKT_PROTO_ICMP6, 1);
	CU_ASSERT_EQUAL(verdict(&f), VD_PKT_OK);
	frame_ip(&f, C4, V4, VD_PKT_PROTO_VRRP, 0);
	CU_ASSERT_EQUAL(verdict(&f), VD_PKT_OK);
}

static void
ip_headers(void)
{
	struct frame f;

	frame_tcp(&f, C4, V4, VD_PKT_TCP_ACK, 0);
	f.b[14] = 0x65;
	fix_ip4(f.b + 14);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L3_HEADER);
	frame_tcp(&f, C4, V4, VD_PKT_TCP_ACK, 0);
	f.b[22]--;
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_CHECKSUM);
	frame_tcp(&f, C6, V6, VD_PKT_TCP_ACK, 0);
	f.b[14] = 0x40;
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L3_HEADER);
	/* Options of IPv4 are skipped. */
	{
		struct vd_pkt_info info;
		uint8_t *p = frame_ip(&f, C4, V4, VD_PKT_PROTO_UDP, 4 + 8);

		f.b[14] = 0x46;
		p[0] = p[1] = p[2] = p[3] = 1;
		put16(p + 4 + 2, 53);
		put16(p + 4 + 4, 8);
		fix_ip4(f.b + 14);
		CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
		CU_ASSERT(info.l4 == 38 && info.l4_len == 8 && info.dst_port == 53);
	}
}

static void
addresses(void)
{
	static const struct {
		const char *src, *dst;
		bool good;
	} cases[] = {
			{C4, V4, true},
			{C4, "224.0.0.18", true},
			{C4, "255.255.255.255", true},
			{"0.0.0.0", "255.255.255.255", true},
			{"0.0.0.0", "224.0.0.22", true},
			{"0.0.0.0", V4, false},
			{"0.1.2.3", "255.255.255.255", false},
			{"224.0.0.1", V4, false},
			{"239.1.1.1", V4, false},
			{"255.255.255.255", V4, false},
			{"127.0.0.1", V4, false},
			{"127.9.9.9", V4, false},
			{C4, "0.0.0.0", false},
			{C4, "0.0.0.9", false},
			{C4, "127.0.0.1", false},
			{C6, V6, true},
			{"fe80::1", "ff02::1", true},
			{"::", "ff02::16", true},
			{"::", V6, false},
			{"::1", V6, false},
			{"ff02::1", V6, false},
			{C6, "::", false},
			{C6, "::1", false},
	};
	struct frame f;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		frame_udp(&f, cases[i].src, cases[i].dst, 0);
		CU_ASSERT_EQUAL(verdict(&f), cases[i].good ? VD_PKT_OK : VD_DROP_BAD_L3_HEADER);
	}
	/* IPv4-mapped addresses in an IPv6 header would pass for IPv4 ones. */
	frame_udp(&f, C6, V6, 0);
	memcpy(f.b + 22, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L3_HEADER);
	frame_udp(&f, C6, V6, 0);
	memcpy(f.b + 38, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L3_HEADER);
}

/* All 64 combinations of the six flags. */
static void
tcp_flags_and_ports(void)
{
	struct frame f;
	uint8_t *p;

	for (unsigned int flags = 0; flags < 64; flags++) {
		bool syn = (flags & 2) != 0, rst = (flags & 4) != 0, ack = (flags & 16) != 0;
		bool good = (syn || rst || ack) && !(syn && (rst || (flags & 1) != 0));

		frame_tcp(&f, C4, V4, (uint8_t)flags, 0);
		CU_ASSERT_EQUAL(verdict(&f), good ? VD_PKT_OK : VD_DROP_BAD_L4_HEADER);
	}
	p = frame_tcp(&f, C4, V4, VD_PKT_TCP_SYN, 0);
	put16(p + 2, 0);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_HEADER);
	p = frame_udp(&f, C6, V6, 0);
	put16(p + 2, 0);
	CU_ASSERT_EQUAL(verdict(&f), VD_DROP_BAD_L4_HEADER);
	put16(p + 2, 53);
	put16(p, 0); /* "no reply expected", RFC 768 */
	CU_ASSERT_EQUAL(verdict(&f), VD_PKT_OK);
}

static void
fragments(void)
{
	static const struct {
		unsigned int frag;
		bool fragment, first;
	} cases[] = {{0x4000, false, false}, {0x2000, true, true}, {0x2010, true, false},
			{0x0010, true, false}};
	struct vd_pkt_info info;
	struct frame f;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* A later fragment's bytes are no TCP header: nothing of it is judged. */
		frame_tcp(&f, C4, V4, cases[i].fragment ? 0 : VD_PKT_TCP_ACK, 4);
		put16(f.b + 20, cases[i].frag);
		fix_ip4(f.b + 14);
		CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
		CU_ASSERT_EQUAL(info.fragment, cases[i].fragment);
		CU_ASSERT_EQUAL(info.first_fragment, cases[i].first);
		CU_ASSERT_EQUAL(info.dst_port, cases[i].fragment ? 0 : 80);
		CU_ASSERT_EQUAL(info.l4_len, 24);
	}
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(describes_tcp_and_udp),
			VD_TEST(layer_2),
			VD_TEST(truncated_anywhere),
			VD_TEST(lengths_that_lie),
			VD_TEST(ip_headers),
			VD_TEST(addresses),
			VD_TEST(tcp_flags_and_ports),
			VD_TEST(fragments),
	};

	return vd_test_main("pkt", tests, sizeof(tests) / sizeof(tests[0]));
}
