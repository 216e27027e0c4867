/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_pkt_arp.h"

#include "pkt_test.h"

/* An announcement of 192.168.200.16 in the shape that keepalived gives it, padded. */
static const uint8_t keepalived_garp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0xa,
		0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0xa, 192, 168, 200, 16, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 192, 168, 200, 16};

static void
builds_as_keepalived(void)
{
	struct vd_addr vip = A("192.168.200.16");
	uint8_t f[VD_PKT_ARP_FRAME];

	memset(f, 0xee, sizeof(f));
	CU_ASSERT_EQUAL(vd_pkt_arp_gratuitous(f, &mac_a, &vip), 60);
	CU_ASSERT_EQUAL(memcmp(f, keepalived_garp, 60), 0);
}

static void
builds_requests_and_replies(void)
{
	struct vd_addr us = A("192.0.2.11"), host = A("192.0.2.1");
	struct vd_mac all = vd_mac_broadcast();
	uint8_t f[VD_PKT_ARP_FRAME];
	struct vd_pkt_arp_msg m;

	CU_ASSERT_EQUAL(vd_pkt_arp_request(f, &mac_a, &us, &host, &all), 60);
	CU_ASSERT(vd_pkt_is_arp(f, 60));
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, 42, &m), VD_PKT_OK);
	CU_ASSERT_EQUAL(m.op, VD_PKT_ARP_REQUEST);
	CU_ASSERT(vd_mac_equal(&m.sender_mac, &mac_a) && vd_mac_is_zero(&m.target_mac));
	CU_ASSERT(vd_addr_equal(&m.sender, &us) && vd_addr_equal(&m.target, &host));
	CU_ASSERT_EQUAL(memcmp(f, all.b, 6), 0);
	/* A probe to one MAC. */
	vd_pkt_arp_request(f, &mac_a, &us, &host, &mac_b);
	CU_ASSERT_EQUAL(memcmp(f, mac_b.b, 6), 0);
	CU_ASSERT_EQUAL(vd_pkt_arp_reply(f, &mac_a, &us, &mac_b, &host), 60);
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, 60, &m), VD_PKT_OK);
	CU_ASSERT_EQUAL(m.op, VD_PKT_ARP_REPLY);
	CU_ASSERT(vd_mac_equal(&m.target_mac, &mac_b) && vd_addr_equal(&m.target, &host));
	CU_ASSERT_EQUAL(memcmp(f, mac_b.b, 6), 0);
}

static void
refuses_what_breaks_the_rfc(void)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
			{15, 6},    /* IEEE 802 hardware */
			{16, 0x86}, /* protocol */
			{18, 8},    /* hardware length */
			{19, 16},   /* protocol length */
			{21, 3},    /* reverse ARP */
			{21, 0},
			{20, 1},
			{22, 3},   /* sender MAC of a group */
			{28, 224}, /* sender group */
			{28, 127},
			{38, 224}, /* target group */
			{38, 0},
	};
	uint8_t f[VD_PKT_ARP_FRAME];
	struct vd_pkt_arp_msg m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(f, keepalived_garp, sizeof(f));
		f[bad[i].at] = bad[i].value;
		CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	}
	for (size_t n = 0; n < 42; n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, keepalived_garp, n);
		CU_ASSERT_EQUAL(vd_pkt_arp_parse(copy, n, &m),
				n < 14 ? VD_DROP_BAD_L2 : VD_DROP_BAD_NEIGHBOUR);
		free(copy);
	}
	memcpy(f, keepalived_garp, sizeof(f));
	memset(f + 22, 0, 6);
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	memcpy(f, keepalived_garp, sizeof(f));
	f[6] |= 1;
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, sizeof(f), &m), VD_DROP_BAD_L2);
	/*
	 * A probe has no sender address, a reply to it no target address, a reply always a sender.
	 */
	memcpy(f, keepalived_garp, sizeof(f));
	memset(f + 28, 0, 4);
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, sizeof(f), &m), VD_PKT_OK);
	f[21] = 2;
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
	memcpy(f, keepalived_garp, sizeof(f));
	f[21] = 2;
	memset(f + 38, 0, 4);
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, sizeof(f), &m), VD_PKT_OK);
	put16(f + 12, 0x0800);
	CU_ASSERT(!vd_pkt_is_arp(f, sizeof(f)) && !vd_pkt_is_arp(f, 5));
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f, sizeof(f), &m), VD_DROP_BAD_NEIGHBOUR);
}

static void
reads_through_a_tag(void)
{
	struct vd_pkt_arp_msg m;
	struct frame f = {.len = 60};

	memcpy(f.b, keepalived_garp, 60);
	frame_tag(&f, 0x8100, 100);
	CU_ASSERT(vd_pkt_is_arp(f.b, f.len));
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f.b, f.len, &m), VD_PKT_OK);
	frame_tag(&f, 0x8100, 100);
	CU_ASSERT_EQUAL(vd_pkt_arp_parse(f.b, f.len, &m), VD_DROP_UNKNOWN_VLAN);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(builds_as_keepalived),
			VD_TEST(builds_requests_and_replies),
			VD_TEST(refuses_what_breaks_the_rfc),
			VD_TEST(reads_through_a_tag),
	};

	return vd_test_main("pkt_arp", tests, sizeof(tests) / sizeof(tests[0]));
}
