/* SPDX-License-Identifier: BSD-3-Clause */
/* Microsoft's verification suite for RSS, and what vipd builds on the hash's linearity. */
#include <string.h>

#include "vd_hash.h"
#include "vd_pkt_toeplitz.h"
#include "vd_test.h"

static const uint8_t ms_key[VD_PKT_TOEPLITZ_KEY] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2,
		0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b,
		0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b,
		0xbe, 0xac, 0x01, 0xfa};

static const struct {
	const char *src, *dst;
	uint16_t sport, dport;
	uint32_t hash;
} suite[] = {
		{"66.9.149.187", "161.142.100.80", 2794, 1766, 0x51ccc178},
		{"199.92.111.2", "65.69.140.83", 14230, 4739, 0xc626b0ea},
		{"24.19.198.95", "12.22.207.184", 12898, 38024, 0x5c2b394a},
		{"38.27.205.30", "209.142.163.6", 48228, 2217, 0xafc7327f},
		{"153.39.163.191", "202.188.127.2", 44251, 1303, 0x10e828a2},
		{"3ffe:2501:200:1fff::7", "3ffe:2501:200:3::1", 2794, 1766, 0x40207d3d},
		{"3ffe:501:8::260:97ff:fe40:efab", "ff02::1", 14230, 4739, 0xdde51bbf},
		{"3ffe:1900:4545:3:200:f8ff:fe21:67cf", "fe80::200:f8ff:fe21:67cf", 44251, 38024,
				0x02d1feef},
};

static struct vd_addr
address(const char *text)
{
	struct vd_addr a;

	CU_ASSERT_EQUAL_FATAL(vd_addr_parse(text, &a), 0);
	return a;
}

static void
verification_suite(void)
{
	struct vd_pkt_toeplitz t;

	vd_pkt_toeplitz_init(&t, ms_key);
	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++) {
		struct vd_addr src = address(suite[i].src), dst = address(suite[i].dst);

		CU_ASSERT_EQUAL(vd_pkt_toeplitz_hash(&t, &src, &dst,
						__builtin_bswap16(suite[i].sport),
						__builtin_bswap16(suite[i].dport)),
				suite[i].hash);
	}
}

/* Every slot of 512 is reached by as many ports, whatever the rest of the tuple. */
static void
ports_reach_every_slot(void)
{
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct vd_pkt_toeplitz t;
		unsigned int n[2][512] = {{0}}, wrong = 0;
		uint8_t key[52];

		vd_pkt_toeplitz_key(seed, key, sizeof(key));
		vd_pkt_toeplitz_init(&t, key);
		for (uint32_t p = 0; p < 65536; p++)
			for (int v4 = 0; v4 < 2; v4++)
				n[v4][vd_pkt_toeplitz_dport(&t, v4 != 0, (uint16_t)p) & 511]++;
		for (int i = 0; i < 512; i++)
			wrong += n[0][i] != 128 || n[1][i] != 128;
		CU_ASSERT_EQUAL(wrong, 0);
	}
}

/* From any slot to any other by one XOR, which changes little of the port. */
static void
ports_move_between_slots(void)
{
	struct vd_pkt_toeplitz t;
	uint8_t key[VD_PKT_TOEPLITZ_KEY];
	uint32_t wrong = 0, most = 0;

	vd_pkt_toeplitz_key(7, key, sizeof(key));
	vd_pkt_toeplitz_init(&t, key);
	for (uint32_t i = 0; i < 200000; i++) {
		uint64_t r = vd_mix64(i);
		uint16_t port = (uint16_t)r;
		uint32_t want = (uint32_t)(r >> 16) & 511, is;
		bool v4 = (r >> 40 & 1) != 0;

		is = vd_pkt_toeplitz_dport(&t, v4, __builtin_bswap16(port)) & 511;
		most = t.to[!v4][is ^ want] > most ? t.to[!v4][is ^ want] : most;
		port ^= t.to[!v4][is ^ want];
		wrong += (vd_pkt_toeplitz_dport(&t, v4, __builtin_bswap16(port)) & 511) != want;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT(most < 8192);
}

static void
keys_follow_the_seed(void)
{
	uint8_t a[52], b[52], c[52];

	vd_pkt_toeplitz_key(1, a, sizeof(a));
	vd_pkt_toeplitz_key(1, b, sizeof(b));
	vd_pkt_toeplitz_key(2, c, sizeof(c));
	CU_ASSERT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(a, c, VD_PKT_TOEPLITZ_KEY), 0);
}

static const struct vd_test tests[] = {
		VD_TEST(verification_suite),
		VD_TEST(ports_reach_every_slot),
		VD_TEST(ports_move_between_slots),
		VD_TEST(keys_follow_the_seed),
};

int
main(void)
{
	return vd_test_main("pkt_toeplitz", tests, sizeof(tests) / sizeof(tests[0]));
}
