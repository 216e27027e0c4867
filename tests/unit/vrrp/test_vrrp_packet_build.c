/* SPDX-License-Identifier: BSD-3-Clause */
#include "vrrp_packet_test.h"

static struct frame
build(const struct vd_vrrp_identity *id, struct vd_vrrp_auth_state *state,
		const struct vd_vrrp_send *s)
{
	struct frame f;

	memset(&f, 0xee, sizeof(f));
	f.len = vd_vrrp_build(id, state, s, f.b);
	/* Not a byte behind what it says. */
	CU_ASSERT_FATAL(f.len <= VD_VRRP_FRAME_MAX);
	for (size_t i = f.len; i < sizeof(f.b); i++)
		if (f.b[i] != 0xee)
			CU_FAIL("written behind the frame");
	return f;
}

/* The same bytes as keepalived 2.2.7: RFC 9568 5.1, 5.2, RFC 3768 5.2, 5.3, RFC 2338 5.3.6. */
static void
same_bytes_as_keepalived(void)
{
	for (size_t i = 0; i < GOLDEN_N; i++) {
		const struct golden *g = &goldens[i];
		struct vd_addr addresses[ADDRS_MAX];
		struct vd_vrrp_identity id = identity(g, addresses);
		struct vd_vrrp_auth_state state = {0};
		struct vd_vrrp_send s = sending(g);

		for (int n = 0; n < 3 && g->hex[n] != NULL; n++) {
			struct frame want = captured(g, n), f = build(&id, &state, &s);

			/* The kernel's flow label; ours is 0. */
			if (id.v6) {
				want.b[L3 + 1] &= 0xf0;
				put16(want.b + L3 + 2, 0);
			}
			CU_ASSERT_EQUAL(f.len, want.len);
			if (f.len != want.len || memcmp(f.b, want.b, f.len) != 0) {
				printf("    %s, advert %d\n", g->name, n);
				CU_FAIL("differs from keepalived's");
			}
		}
	}
}

/* RFC 9568 5.2.8: message alone. RFC 5798 5.2.8 as keepalived reads it: with the pseudo-header. */
static void
checksum_with_and_without_pseudo_header(void)
{
	const struct golden *g = &goldens[GOLDEN_V3];
	struct vd_addr addresses[ADDRS_MAX];
	struct vd_vrrp_identity id = identity(g, addresses);
	struct vd_vrrp_auth_state state = {0};
	struct vd_vrrp_send s = sending(g);
	struct frame f = build(&id, &state, &s);
	uint8_t pseudo[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 112, 0, 12};

	memcpy(pseudo, f.b + L3 + 12, 8);
	CU_ASSERT_EQUAL(slow_sum(slow_sum(0, pseudo, 12), f.b + L3 + 20, 12), 0xffff);
	id.no_pseudo_sent = true;
	f = build(&id, &state, &s);
	CU_ASSERT_EQUAL(slow_sum(0, f.b + L3 + 20, 12), 0xffff);
}

/* RFC 9568 5.2.6: 12 bits in 10 ms, four reserved bits zero. RFC 3768 5.3.7: 8 bits in seconds. */
static void
interval_on_the_wire(void)
{
	static const struct {
		int golden;
		vd_time interval;
		unsigned int word;
	} cases[] = {
			{GOLDEN_V3, 10 * VD_MSEC, 1},
			{GOLDEN_V3, 2560 * VD_MSEC, 0x100},
			{GOLDEN_V3, 40950 * VD_MSEC, 0x0fff},
			{GOLDEN_V3, 60 * VD_SEC, 0x0fff},
			{GOLDEN_V3, VD_MSEC, 1},
			{GOLDEN_V2, VD_SEC, 1},
			{GOLDEN_V2, 255 * VD_SEC, 255},
			{GOLDEN_V2, 256 * VD_SEC, 255},
	};

	for (size_t i = 0; i < VD_ARRAY_LEN(cases); i++) {
		const struct golden *g = &goldens[cases[i].golden];
		struct vd_addr addresses[ADDRS_MAX];
		struct vd_vrrp_identity id = identity(g, addresses);
		struct vd_vrrp_auth_state state = {0};
		struct vd_vrrp_send s = sending(g);
		struct frame f;

		id.interval = cases[i].interval;
		f = build(&id, &state, &s);
		CU_ASSERT_EQUAL(get16(f.b + L3 + 20 + 4), cases[i].word);
	}
}

/* RFC 9568 5.2.4: priority 0 says that the master leaves; 5.1.1.3: the TTL is what the caller says in unicast. */
static void
priority_and_ttl_of_the_caller(void)
{
	const struct golden *g = &goldens[GOLDEN_V3_UNICAST];
	struct vd_addr addresses[ADDRS_MAX];
	struct vd_vrrp_identity id = identity(g, addresses);
	struct vd_vrrp_auth_state state = {0};
	struct vd_vrrp_send s = sending(g);
	struct vd_vrrp_advert out;
	struct frame f;

	s.priority = 0;
	s.ttl = 7;
	f = build(&id, &state, &s);
	CU_ASSERT_EQUAL(check_at(&id, &state, &f, true, 0, &out), VD_VRRP_OK);
	CU_ASSERT_EQUAL(out.priority, 0);
	CU_ASSERT_EQUAL(out.ttl, 7);
	CU_ASSERT_EQUAL(f.b[L3 + 8], 7);
}

/* RFC 791 3.1: the id counts, and is never the 0 that a kernel would replace. */
static void
ip_id_skips_zero(void)
{
	const struct golden *g = &goldens[GOLDEN_V3];
	struct vd_addr addresses[ADDRS_MAX];
	struct vd_vrrp_identity id = identity(g, addresses);
	struct vd_vrrp_auth_state state = {.ip_id = 0xfffe};
	struct vd_vrrp_send s = sending(g);

	CU_ASSERT_EQUAL(get16(build(&id, &state, &s).b + L3 + 4), 0xffff);
	CU_ASSERT_EQUAL(get16(build(&id, &state, &s).b + L3 + 4), 1);
}

/* As many as fit, and the other end of the same configuration takes it. */
static void
no_more_addresses_than_fit(void)
{
	static struct vd_addr many[VD_VRRP_ADDRS_MAX + 45];
	struct vd_vrrp_hmac hmac = {.n_keys = 1, .active_key = 1};
	const size_t n = VD_ARRAY_LEN(many);

	vd_vrrp_hmac_key_set(&hmac.key[0], 1, "0123456789abcdef0123456789abcdef", 32);
	for (int i = 0; i < 6; i++) {
		const struct golden *g = &goldens[i % 2 == 0 ? GOLDEN_V3_IP6 : GOLDEN_AH];
		struct vd_addr few[ADDRS_MAX];
		struct vd_vrrp_identity id = identity(g, few);
		struct vd_vrrp_auth_state state = {0}, peer = {0};
		struct vd_vrrp_send s = sending(g);
		unsigned int fits;
		struct frame f;

		for (size_t k = 0; k < n; k++) {
			many[k] = few[0];
			put16(many[k].b + 14, (unsigned int)k);
		}
		id.addresses = many;
		id.n_addresses = (uint16_t)n;
		id.hmac = i >= 4 ? &hmac : NULL;
		fits = vd_vrrp_addrs_fit(&id, 1500);
		f = build(&id, &state, &s);
		CU_ASSERT_EQUAL(f.b[L3 + (id.v6 ? 40 : 44) + 3], fits);
		CU_ASSERT_EQUAL(check(&id, &peer, &f), VD_VRRP_OK);
	}
}

/* Without addresses, as an instance of excluded addresses only has it. */
static void
no_addresses(void)
{
	for (int i = 0; i < GOLDEN_N; i++) {
		struct vd_addr addresses[ADDRS_MAX];
		struct vd_vrrp_identity id = identity(&goldens[i], addresses);
		struct vd_vrrp_auth_state state = {0}, peer = {0};
		struct vd_vrrp_send s = sending(&goldens[i]);
		struct frame f;

		id.n_addresses = 0;
		id.addresses = NULL;
		f = build(&id, &state, &s);
		CU_ASSERT_EQUAL(check(&id, &peer, &f), VD_VRRP_OK);
	}
}

static const struct vd_test tests[] = {
		VD_TEST(same_bytes_as_keepalived),
		VD_TEST(checksum_with_and_without_pseudo_header),
		VD_TEST(interval_on_the_wire),
		VD_TEST(priority_and_ttl_of_the_caller),
		VD_TEST(ip_id_skips_zero),
		VD_TEST(no_more_addresses_than_fit),
		VD_TEST(no_addresses),
};

VD_TEST_MAIN("vrrp_packet_build", tests)
