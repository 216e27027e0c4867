/* SPDX-License-Identifier: BSD-3-Clause */
#include "pkt_test.h"

static void
random_bytes(struct vd_rng *rng, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)vd_rng_next(rng);
}

/* Every length to 300, every alignment, and the worst bytes for carries. */
static void
sums_as_rfc_1071(void)
{
	uint8_t buf[320];
	struct vd_rng rng = {1};

	for (int fill = 0; fill < 3; fill++) {
		memset(buf, fill == 1 ? 0xff : 0, sizeof(buf));
		if (fill == 2)
			random_bytes(&rng, buf, sizeof(buf));
		for (size_t n = 0; n <= 300; n++) {
			for (size_t at = 0; at < 8; at++) {
				unsigned int want = ~slow_sum(0, buf + at, n) & 0xffff;
				uint16_t got = vd_pkt_csum_finish(vd_pkt_csum_add(0, buf + at, n));

				CU_ASSERT_EQUAL_FATAL(vd_pkt_swap16(got), want);
			}
		}
	}
	/* RFC 1071 3. */
	CU_ASSERT_EQUAL(vd_pkt_swap16(vd_pkt_csum_fold(
					vd_pkt_csum_add(0, "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8))),
			0xddf2);
}

/* Pieces of even length add up to the whole, also beyond 64 bits of carries. */
static void
adds_in_pieces(void)
{
	uint8_t buf[4096];
	struct vd_rng rng = {3};

	random_bytes(&rng, buf, sizeof(buf));
	for (int i = 0; i < 1000; i++) {
		uint32_t a = vd_rng_below(&rng, 2000) & ~1u, b = vd_rng_below(&rng, 2000);
		uint64_t sum = vd_pkt_csum_add(UINT64_MAX, buf, a);

		sum = vd_pkt_csum_add(sum, buf + a, b);
		CU_ASSERT_EQUAL(vd_pkt_csum_fold(sum),
				vd_pkt_csum_fold(vd_pkt_csum_add(UINT64_MAX, buf, a + b)));
	}
}

static void
layer_4_of_both_families(void)
{
	static const uint8_t protos[] = {VD_PKT_PROTO_TCP, VD_PKT_PROTO_UDP, VD_PKT_PROTO_ICMP6};
	static const size_t fields[] = {16, 6, 2};
	struct vd_rng rng = {5};
	uint8_t buf[200];

	for (int i = 0; i < 20000; i++) {
		struct vd_addr src, dst;
		uint32_t k = vd_rng_below(&rng, 3);
		size_t n = 20 + vd_rng_below(&rng, 180);
		unsigned int want;
		uint16_t got;

		random_bytes(&rng, src.b, 16);
		random_bytes(&rng, dst.b, 16);
		if (i % 2 == 0) {
			src = vd_addr_from_v4((uint32_t)vd_rng_next(&rng));
			dst = vd_addr_from_v4((uint32_t)vd_rng_next(&rng));
		}
		random_bytes(&rng, buf, n);
		put16(buf + fields[k], 0);
		want = slow_l4(&src, &dst, protos[k], buf, n);
		if (protos[k] == VD_PKT_PROTO_UDP && want == 0)
			want = 0xffff;
		/* What stands in the field does not count. */
		put16(buf + fields[k], (unsigned int)vd_rng_below(&rng, 65536));
		got = vd_pkt_csum_l4(&src, &dst, protos[k], buf, n);
		CU_ASSERT_EQUAL_FATAL(vd_pkt_swap16(got), want);
		memcpy(buf + fields[k], &got, 2);
		CU_ASSERT_FATAL(vd_pkt_csum_l4_good(&src, &dst, protos[k], buf, n));
		buf[vd_rng_below(&rng, (uint32_t)n)] ^= 0x10;
		if (get16(buf + 6) != 0 || protos[k] != VD_PKT_PROTO_UDP)
			CU_ASSERT_FATAL(!vd_pkt_csum_l4_good(&src, &dst, protos[k], buf, n));
	}
}

static void
knows_the_zeros(void)
{
	struct vd_addr a4 = A("192.0.2.1"), b4 = A("192.0.2.2"), a6 = A("2001:db8::1"),
		       b6 = A("2001:db8::2");
	uint8_t buf[64] = {0};
	uint16_t csum;

	put16(buf + 4, 8);
	CU_ASSERT(vd_pkt_csum_l4_good(&a4, &b4, VD_PKT_PROTO_UDP, buf, 8));
	CU_ASSERT(!vd_pkt_csum_l4_good(&a6, &b6, VD_PKT_PROTO_UDP, buf, 8));
	CU_ASSERT(!vd_pkt_csum_l4_good(&a4, &b4, VD_PKT_PROTO_UDP, buf, 7));
	CU_ASSERT(vd_pkt_csum_l4_good(&a4, &b4, VD_PKT_PROTO_VRRP, buf, 3));
	/* The payload makes the sum 0xffff: UDP sends 0xffff, TCP 0. */
	csum = vd_pkt_csum_l4(&a4, &b4, VD_PKT_PROTO_UDP, buf, 8);
	memcpy(buf, &csum, 2);
	CU_ASSERT_EQUAL(vd_pkt_csum_l4(&a4, &b4, VD_PKT_PROTO_UDP, buf, 8), 0xffff);
	/* An all-zero ICMP message has checksum 0xffff. */
	memset(buf, 0, sizeof(buf));
	csum = vd_pkt_csum_l4(&a4, &b4, VD_PKT_PROTO_ICMP, buf, 8);
	CU_ASSERT_EQUAL(csum, 0xffff);
	memcpy(buf + 2, &csum, 2);
	CU_ASSERT(vd_pkt_csum_l4_good(&a4, &b4, VD_PKT_PROTO_ICMP, buf, 8));
}

/*
 * What a FULLNAT director does: both addresses and both ports change, with one delta composed once
 * and applied to many segments, there and back.
 */
static void
one_delta_for_many_packets(void)
{
	struct vd_rng rng = {9};
	struct frame f;

	for (int conn = 0; conn < 2000; conn++) {
		struct vd_addr old[2], new[2];
		uint16_t old_port[2], new_port[2], delta = 0;
		bool v4 = conn % 2 == 0, udp = conn % 4 >= 2;
		uint8_t proto = udp ? VD_PKT_PROTO_UDP : VD_PKT_PROTO_TCP;

		for (int k = 0; k < 2; k++) {
			random_bytes(&rng, old[k].b, 16);
			random_bytes(&rng, new[k].b, 16);
			if (v4) {
				old[k] = vd_addr_from_v4((uint32_t)vd_rng_next(&rng));
				new[k] = vd_addr_from_v4((uint32_t)vd_rng_next(&rng));
			}
			old_port[k] = (uint16_t)vd_rng_next(&rng);
			new_port[k] = (uint16_t)vd_rng_next(&rng);
			delta = vd_pkt_delta_addr(delta, &old[k], &new[k]);
			delta = vd_pkt_delta_16(delta, old_port[k], new_port[k]);
		}
		for (int packet = 0; packet < 10; packet++) {
			size_t n = 20 + vd_rng_below(&rng, 100), field = udp ? 6 : 16;
			uint16_t before, after;

			random_bytes(&rng, f.b, n);
			memcpy(f.b, &old_port[0], 2);
			memcpy(f.b + 2, &old_port[1], 2);
			before = vd_pkt_csum_l4(&old[0], &old[1], proto, f.b, n);
			memcpy(f.b, &new_port[0], 2);
			memcpy(f.b + 2, &new_port[1], 2);
			after = udp ? vd_pkt_csum_apply_udp(before, delta)
				    : vd_pkt_csum_apply(before, delta);
			CU_ASSERT_EQUAL_FATAL(
					after, vd_pkt_csum_l4(&new[0], &new[1], proto, f.b, n));
			memcpy(f.b + field, &after, 2);
			CU_ASSERT_FATAL(vd_pkt_csum_l4_good(&new[0], &new[1], proto, f.b, n));
			/* And back again. */
			after = udp ? vd_pkt_csum_apply_udp(after, vd_pkt_delta_reverse(delta))
				    : vd_pkt_csum_apply(after, vd_pkt_delta_reverse(delta));
			CU_ASSERT_EQUAL_FATAL(after, before);
		}
	}
}

/* Every checksum against every kind of delta: as if it were computed anew, RFC 1624 section 3. */
static void
apply_is_exact(void)
{
	struct vd_rng rng = {10};

	for (uint32_t csum = 0; csum < 65536; csum++) {
		uint16_t m = (uint16_t)vd_rng_next(&rng), mm = (uint16_t)vd_rng_next(&rng);
		/* The rest of a message with that checksum, when its word m is counted apart. */
		uint16_t rest = vd_pkt_csum_fold((uint64_t)(uint16_t)~csum + (uint16_t)~m);
		uint16_t want = (uint16_t)~vd_pkt_csum_fold((uint64_t)rest + mm);
		uint16_t got = vd_pkt_csum_apply((uint16_t)csum, vd_pkt_delta_16(0, m, mm));

		/* 0x0000 and 0xffff are the same number, and both verify. */
		CU_ASSERT_FATAL(got == want || (uint16_t)(got ^ want) == 0xffff);
		CU_ASSERT_EQUAL_FATAL(vd_pkt_csum_apply((uint16_t)csum, 0), csum);
		if (csum != 0)
			CU_ASSERT_NOT_EQUAL_FATAL(vd_pkt_csum_apply_udp((uint16_t)csum,
								  vd_pkt_delta_16(0, m, mm)),
					0);
	}
	CU_ASSERT_EQUAL(vd_pkt_csum_apply_udp(0, 0x1234), 0);
	/* RFC 1624 section 4: HC = 0xdd2f, m = 0x5555, m' = 0x3285 gives 0x0000. */
	CU_ASSERT_EQUAL(vd_pkt_csum_apply(0xdd2f, vd_pkt_delta_16(0, 0x5555, 0x3285)), 0x0000);
	CU_ASSERT_EQUAL(vd_pkt_csum_apply_udp(0xdd2f, vd_pkt_delta_16(0, 0x5555, 0x3285)), 0xffff);
	CU_ASSERT_EQUAL(vd_pkt_delta_reverse(0), 0);
	CU_ASSERT_EQUAL(vd_pkt_delta_join(vd_pkt_delta_16(0, 1, 9), vd_pkt_delta_32(0, 7, 8)),
			vd_pkt_delta_32(vd_pkt_delta_16(0, 1, 9), 7, 8));
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(sums_as_rfc_1071),
			VD_TEST(adds_in_pieces),
			VD_TEST(layer_4_of_both_families),
			VD_TEST(knows_the_zeros),
			VD_TEST(one_delta_for_many_packets),
			VD_TEST(apply_is_exact),
	};

	return vd_test_main("pkt_csum", tests, sizeof(tests) / sizeof(tests[0]));
}
