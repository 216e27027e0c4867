/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_pkt_reply.h"

#include "pkt_test.h"

#define C4 "192.0.2.100"
#define V4 "192.0.2.16"
#define C6 "2001:db8::100"
#define V6 "2001:db8::16"

static const char *const pairs[][2] = {{C4, V4}, {C6, V6}};

static uint8_t *
frame_echo(struct frame *f, int family, size_t n)
{
	struct vd_addr src = A(pairs[family][0]), dst = A(pairs[family][1]);
	uint8_t proto = family == 0 ? VD_PKT_PROTO_ICMP : VD_PKT_PROTO_ICMP6;
	uint8_t *p = frame_ip(f, pairs[family][0], pairs[family][1], proto, 8 + n);

	p[0] = family == 0 ? VD_PKT_ICMP_ECHO : VD_PKT_ICMP6_ECHO;
	for (size_t i = 0; i < n; i++)
		p[8 + i] = (uint8_t)(i * 7);
	put16(p + 2, slow_l4(&src, &dst, proto, p, 8 + n));
	return p;
}

static void
echoes(void)
{
	for (int family = 0; family < 2; family++) {
		for (size_t n = 0; n < 100; n++) {
			struct vd_addr src = A(pairs[family][0]), dst = A(pairs[family][1]);
			struct vd_pkt_info info;
			struct frame f, was;

			frame_echo(&f, family, n);
			if (n % 2 == 1)
				frame_tag(&f, 0x8100, 7);
			was = f;
			CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
			CU_ASSERT(vd_pkt_is_echo_request(&info));
			CU_ASSERT_EQUAL(vd_pkt_echo_reply(f.b, &info), VD_PKT_OK);
			CU_ASSERT_EQUAL(memcmp(f.b, mac_b.b, 6), 0);
			CU_ASSERT_EQUAL(memcmp(f.b + 6, mac_a.b, 6), 0);
			CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
			CU_ASSERT(vd_addr_equal(&info.src, &dst) && vd_addr_equal(&info.dst, &src));
			CU_ASSERT_EQUAL(info.icmp_type,
					family == 0 ? VD_PKT_ICMP_ECHO_REPLY
						    : VD_PKT_ICMP6_ECHO_REPLY);
			CU_ASSERT_EQUAL(info.ttl, VD_PKT_REPLY_TTL);
			CU_ASSERT_EQUAL(info.vlan, n % 2 == 1 ? 7 : 0);
			CU_ASSERT(vd_pkt_l4_csum_good(f.b, &info));
			/* Identifier, sequence and data as they came. */
			CU_ASSERT_EQUAL(memcmp(f.b + info.l4 + 4, was.b + info.l4 + 4, 4 + n), 0);
			CU_ASSERT(!vd_pkt_is_echo_request(&info));
			CU_ASSERT_EQUAL(vd_pkt_echo_reply(f.b, &info), VD_DROP_BAD_L4_HEADER);
		}
	}
}

static void
echoes_not_what_it_must_not(void)
{
	struct vd_pkt_info info;
	struct frame f;
	uint8_t *p;

	p = frame_echo(&f, 0, 8);
	p[9] ^= 1;
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT_EQUAL(vd_pkt_echo_reply(f.b, &info), VD_DROP_BAD_CHECKSUM);
	/* To broadcast or a group: RFC 1122 3.2.2.6 allows silence. */
	p = frame_ip(&f, C4, "255.255.255.255", VD_PKT_PROTO_ICMP, 8);
	p[0] = VD_PKT_ICMP_ECHO;
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!vd_pkt_is_echo_request(&info));
	p = frame_ip(&f, C6, "ff02::1", VD_PKT_PROTO_ICMP6, 8);
	p[0] = VD_PKT_ICMP6_ECHO;
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!vd_pkt_is_echo_request(&info));
	/* The other family's type. */
	p = frame_ip(&f, C6, V6, VD_PKT_PROTO_ICMP6, 8);
	p[0] = VD_PKT_ICMP_ECHO;
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!vd_pkt_is_echo_request(&info));
}

/* RFC 9293 3.10.7.1, all of it, both families. */
static void
resets(void)
{
	static const struct {
		uint8_t flags;
		size_t data;
		bool with_ack;
		uint32_t seq, ack;
	} cases[] = {
			{VD_PKT_TCP_SYN, 0, true, 0, 0x11223345},
			{VD_PKT_TCP_SYN, 10, true, 0, 0x1122334f},
			{VD_PKT_TCP_ACK, 0, false, 0x55667788, 0},
			{VD_PKT_TCP_ACK | VD_PKT_TCP_FIN, 9, false, 0x55667788, 0},
			{VD_PKT_TCP_SYN | VD_PKT_TCP_ACK, 0, false, 0x55667788, 0},
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const *pair = pairs[i % 2];
		struct vd_addr src = A(pair[0]), dst = A(pair[1]);
		struct vd_pkt_reset r;
		struct vd_pkt_info info;
		struct frame f, out;
		const uint8_t *tcp;

		frame_tcp(&f, pair[0], pair[1], cases[i / 2].flags, cases[i / 2].data);
		CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
		CU_ASSERT_FATAL(vd_pkt_reset_answer(f.b, &info, &r));
		out.len = vd_pkt_reset_build(&r, out.b);
		CU_ASSERT_EQUAL(out.len, i % 2 == 0 ? 54 : 74);
		CU_ASSERT_EQUAL(parse(&out, &info), VD_PKT_OK);
		CU_ASSERT(vd_pkt_l4_csum_good(out.b, &info));
		CU_ASSERT_EQUAL(memcmp(out.b, mac_b.b, 6), 0);
		CU_ASSERT_EQUAL(memcmp(out.b + 6, mac_a.b, 6), 0);
		CU_ASSERT(vd_addr_equal(&info.src, &dst) && vd_addr_equal(&info.dst, &src));
		CU_ASSERT(info.src_port == 80 && info.dst_port == 40000);
		CU_ASSERT_EQUAL(info.tcp_flags,
				VD_PKT_TCP_RST | (cases[i / 2].with_ack ? VD_PKT_TCP_ACK : 0));
		tcp = out.b + info.l4;
		CU_ASSERT_EQUAL(get32(tcp + 4), cases[i / 2].seq);
		CU_ASSERT_EQUAL(get32(tcp + 8), cases[i / 2].ack);
		/* Nothing answers a reset. */
		CU_ASSERT(!vd_pkt_reset_answer(out.b, &info, &r));
	}
}

static void
resets_not_what_it_must_not(void)
{
	struct vd_pkt_reset r;
	struct vd_pkt_info info;
	struct frame f;

	frame_tcp(&f, C4, V4, VD_PKT_TCP_RST | VD_PKT_TCP_ACK, 0);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!vd_pkt_reset_answer(f.b, &info, &r));
	frame_tcp(&f, C4, "224.0.0.1", VD_PKT_TCP_ACK, 0);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!vd_pkt_reset_answer(f.b, &info, &r));
	frame_udp(&f, C4, V4, 0);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!vd_pkt_reset_answer(f.b, &info, &r));
	frame_tcp(&f, C4, V4, VD_PKT_TCP_ACK, 0);
	put16(f.b + 20, 0x2000);
	fix_ip4(f.b + 14);
	CU_ASSERT_EQUAL(parse(&f, &info), VD_PKT_OK);
	CU_ASSERT(!vd_pkt_reset_answer(f.b, &info, &r));
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(echoes),
			VD_TEST(echoes_not_what_it_must_not),
			VD_TEST(resets),
			VD_TEST(resets_not_what_it_must_not),
	};

	return vd_test_main("pkt_reply", tests, sizeof(tests) / sizeof(tests[0]));
}
