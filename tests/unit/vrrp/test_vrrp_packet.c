/* SPDX-License-Identifier: BSD-3-Clause */
#include "vrrp_packet_test.h"

static int
peek(const struct frame *f, struct vd_vrrp_peek *out)
{
	return vd_vrrp_peek(f->b, f->len, out);
}

/* Whose a real keepalived's adverts are. RFC 9568 5.1, RFC 3768 5.2. */
static void
peek_finds_captured_adverts(void)
{
	for (size_t i = 0; i < GOLDEN_N; i++) {
		const struct golden *g = &goldens[i];
		struct frame f = captured(g, 0);
		struct vd_addr src = A(g->src), dst = A(g->dst);
		struct vd_vrrp_peek p;
		size_t l3_len = strchr(g->src, ':') != NULL ? 40 : 20;

		CU_ASSERT_EQUAL_FATAL(peek(&f, &p), VD_VRRP_OK);
		CU_ASSERT(vd_addr_equal(&p.src, &src) && vd_addr_equal(&p.dst, &dst));
		CU_ASSERT_EQUAL(p.version, g->version);
		CU_ASSERT_EQUAL(p.vrid, g->vrid);
		CU_ASSERT_EQUAL(p.ttl, 255);
		CU_ASSERT_EQUAL(p.v6, l3_len == 40);
		CU_ASSERT_EQUAL(p.ah, g->auth == VD_VRRP_AUTH_AH);
		CU_ASSERT_EQUAL(p.l3, L3);
		CU_ASSERT_EQUAL(p.ah_off, p.ah ? L3 + 20 : 0);
		CU_ASSERT_EQUAL(p.vrrp, L3 + l3_len + (p.ah ? 24 : 0));
		CU_ASSERT_EQUAL(p.vrrp_len, f.len - p.vrrp);
	}
}

/* One tag is stepped over; padding up to 60 bytes is no part of the packet. */
static void
peek_steps_over_a_tag_and_padding(void)
{
	struct frame f = captured(&goldens[GOLDEN_V3], 0);
	struct vd_vrrp_peek p;

	f.len = 60;
	CU_ASSERT_EQUAL(peek(&f, &p), VD_VRRP_OK);
	CU_ASSERT_EQUAL(p.vrrp_len, 12);
	memmove(f.b + 16, f.b + 12, 60 - 12);
	put16(f.b + 12, 0x8100);
	put16(f.b + 14, 100);
	f.len = 64;
	CU_ASSERT_EQUAL(peek(&f, &p), VD_VRRP_OK);
	CU_ASSERT_EQUAL(p.l3, L3 + 4);
	CU_ASSERT_EQUAL(p.vrrp, L3 + 4 + 20);
	CU_ASSERT_EQUAL(p.vrrp_len, 12);
	CU_ASSERT_EQUAL(p.vrid, 54);
}

/* Options before VRRP: RFC 791 3.1. */
static void
peek_steps_over_ip_options(void)
{
	struct frame f = captured(&goldens[GOLDEN_AH], 0);
	struct vd_vrrp_peek p;

	memmove(f.b + L3 + 24, f.b + L3 + 20, f.len - L3 - 20);
	memset(f.b + L3 + 20, 1, 4); /* no operation */
	f.len += 4;
	f.b[L3] = 0x46;
	put16(f.b + L3 + 2, (unsigned int)(f.len - L3));
	put16(f.b + L3 + 10, 0);
	put16(f.b + L3 + 10, (uint16_t)~slow_sum(0, f.b + L3, 24));
	CU_ASSERT_EQUAL(peek(&f, &p), VD_VRRP_OK);
	CU_ASSERT_EQUAL(p.ah_off, L3 + 24);
	CU_ASSERT_EQUAL(p.vrrp, L3 + 48);
	CU_ASSERT_EQUAL(p.vrid, 53);
}

static int
peek_with(int golden, size_t at, uint8_t value, size_t ip_len)
{
	struct frame f = captured(&goldens[golden], 0);
	struct vd_vrrp_peek p;

	f.b[at] = value;
	if (ip_len != 0)
		put16(f.b + L3 + 2, (unsigned int)ip_len);
	mend4(&f, 0);
	return peek(&f, &p);
}

static void
peek_refuses_what_is_no_advert(void)
{
	struct frame f = captured(&goldens[GOLDEN_V3], 0);
	struct vd_vrrp_peek p;

	/* not IP; another protocol; a fragment; cut before the VRID; the frame before the packet's end */
	CU_ASSERT_EQUAL(peek_with(GOLDEN_V3, 13, 0x06, 0), VD_DROP_BAD_L3_HEADER);
	CU_ASSERT_EQUAL(peek_with(GOLDEN_V3, L3 + 9, 89, 0), VD_DROP_NO_LISTENER);
	CU_ASSERT_EQUAL(peek_with(GOLDEN_V3, L3 + 6, 0x20, 0), VD_DROP_FRAGMENT);
	CU_ASSERT_EQUAL(peek_with(GOLDEN_V3, L3, 0x45, 21), VD_DROP_BAD_L4_LENGTH);
	CU_ASSERT_EQUAL(peek_with(GOLDEN_V3, L3, 0x45, 22), VD_VRRP_OK);
	f.len--;
	CU_ASSERT_EQUAL(peek(&f, &p), VD_DROP_BAD_L3_LENGTH);
	f.len++;
	f.b[L3 + 10] ^= 1;
	CU_ASSERT_EQUAL(peek(&f, &p), VD_DROP_BAD_CHECKSUM);
	/* AH before something else, of another size, cut short; VRRP behind it cut short */
	CU_ASSERT_EQUAL(peek_with(GOLDEN_AH, L3 + 20, 6, 0), VD_DROP_NO_LISTENER);
	CU_ASSERT_EQUAL(peek_with(GOLDEN_AH, L3 + 21, 5, 0), VD_DROP_BAD_L4_HEADER);
	CU_ASSERT_EQUAL(peek_with(GOLDEN_AH, L3, 0x45, 43), VD_DROP_BAD_L4_LENGTH);
	CU_ASSERT_EQUAL(peek_with(GOLDEN_AH, L3, 0x45, 45), VD_DROP_BAD_L4_LENGTH);
	CU_ASSERT_EQUAL(peek_with(GOLDEN_AH, L3, 0x45, 46), VD_VRRP_OK);
}

/* AH belongs to version 2, and that to IPv4. */
static void
peek_takes_no_ah_over_ip6(void)
{
	struct frame f = captured(&goldens[GOLDEN_V3_IP6], 0);
	struct vd_vrrp_peek p;

	f.b[L3 + 6] = 51;
	CU_ASSERT_EQUAL(peek(&f, &p), VD_DROP_NO_LISTENER);
}

static unsigned int
fit(uint8_t version, bool v6, uint8_t auth, const struct vd_vrrp_hmac *hmac, unsigned int mtu)
{
	struct vd_vrrp_identity id = {.version = version, .v6 = v6, .auth = auth, .hmac = hmac};

	return vd_vrrp_addrs_fit(&id, mtu);
}

/* RFC 9568 5.2.5, 5.2.9: the count has eight bits, the packet the size of the MTU. */
static void
addresses_that_fit(void)
{
	struct vd_vrrp_hmac hmac = {.mode = VD_VRRP_HMAC_ENFORCE};

	CU_ASSERT_EQUAL(fit(3, false, 0, NULL, 1500), 255);
	CU_ASSERT_EQUAL(fit(2, false, VD_VRRP_AUTH_AH, NULL, 1500), 255);
	CU_ASSERT_EQUAL(fit(3, true, 0, NULL, 1500), 90);
	CU_ASSERT_EQUAL(fit(3, true, 0, &hmac, 1500), 89);
	hmac.mode = VD_VRRP_HMAC_RECEIVE_ONLY;
	CU_ASSERT_EQUAL(fit(3, true, 0, &hmac, 1500), 90);
	/* 20 + 8 + 4 n, with 8 of version 2 and 24 of AH */
	CU_ASSERT_EQUAL(fit(3, false, 0, NULL, 28 + 4 * 7 + 3), 7);
	CU_ASSERT_EQUAL(fit(2, false, 0, NULL, 36 + 4 * 7), 7);
	CU_ASSERT_EQUAL(fit(2, false, VD_VRRP_AUTH_AH, NULL, 60 + 4 * 7 - 1), 6);
	CU_ASSERT_EQUAL(fit(3, true, 0, NULL, 48), 0);
	CU_ASSERT_EQUAL(fit(3, true, 0, NULL, 0), 0);
}

/* RFC 9568 7.3, RFC 1112 6.4, RFC 2464 7. */
static void
mac_addresses(void)
{
	struct vd_addr group4 = A("224.0.0.18"), group6 = A("ff02::12"), high = A("239.255.1.2");
	struct vd_mac m = vd_vrrp_virtual_mac(false, 51), want = M("00:00:5e:00:01:33");

	CU_ASSERT_EQUAL(memcmp(&m, &want, sizeof(m)), 0);
	m = vd_vrrp_virtual_mac(true, 255);
	want = M("00:00:5e:00:02:ff");
	CU_ASSERT_EQUAL(memcmp(&m, &want, sizeof(m)), 0);
	m = vd_vrrp_group_mac(&group4);
	want = M("01:00:5e:00:00:12");
	CU_ASSERT_EQUAL(memcmp(&m, &want, sizeof(m)), 0);
	m = vd_vrrp_group_mac(&group6);
	want = M("33:33:00:00:00:12");
	CU_ASSERT_EQUAL(memcmp(&m, &want, sizeof(m)), 0);
	m = vd_vrrp_group_mac(&high);
	want = M("01:00:5e:7f:01:02");
	CU_ASSERT_EQUAL(memcmp(&m, &want, sizeof(m)), 0);
}

static const struct vd_test tests[] = {
		VD_TEST(peek_finds_captured_adverts),
		VD_TEST(peek_steps_over_a_tag_and_padding),
		VD_TEST(peek_steps_over_ip_options),
		VD_TEST(peek_refuses_what_is_no_advert),
		VD_TEST(peek_takes_no_ah_over_ip6),
		VD_TEST(addresses_that_fit),
		VD_TEST(mac_addresses),
};

VD_TEST_MAIN("vrrp_packet", tests)
