/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trailer of keepalived's auth_hmac. Its format's draft prints two adverts: key 00 01 .. 1f with id 1, VRID 51,
 * priority 200, interval 1 s, sequence 0x6800000080000000.
 */
#include "vrrp_packet_test.h"

#define DRAFT_NS (0x68000000ull * VD_SEC + VD_SEC / 2)
#define DRAFT_S  0x68000000ull
#define TRAILER  (L3 + 20 + 12) /* of the draft's advert over IPv4 */

struct router {
	struct vd_addr address;
	struct vd_vrrp_hmac hmac;
	struct vd_vrrp_identity id;
	struct vd_vrrp_auth_state state;
	struct vd_vrrp_send send;
};

static void
router_start(struct router *r, bool v6)
{
	uint8_t secret[32];

	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (uint8_t)i;
	memset(r, 0, sizeof(*r));
	r->address = A(v6 ? "fe80::100" : "192.0.2.100");
	r->hmac.n_keys = 1;
	r->hmac.active_key = 1;
	vd_vrrp_hmac_key_set(&r->hmac.key[0], 1, secret, sizeof(secret));
	r->id = (struct vd_vrrp_identity){
			.version = 3,
			.vrid = 51,
			.v6 = v6,
			.unicast = v6,
			.no_pseudo_sent = true,
			.hmac = &r->hmac,
			.interval = VD_SEC,
			.addresses = &r->address,
			.n_addresses = 1,
	};
	r->send = (struct vd_vrrp_send){
			.eth_src = {{2, 0, 0, 0, 0, 0x11}},
			.eth_dst = {{2, 0, 0, 0, 0, 0x12}},
			.src = A(v6 ? "fe80::10" : "198.51.100.10"),
			.dst = A(v6 ? "fe80::20" : "224.0.0.18"),
			.priority = 200,
			.ttl = 255,
			.wall_ns = DRAFT_NS,
	};
}

static struct frame
say(struct router *r)
{
	struct frame f;

	memset(&f, 0, sizeof(f));
	f.len = vd_vrrp_build(&r->id, &r->state, &r->send, f.b);
	return f;
}

static int
hear_at(struct router *r, const struct frame *f, uint64_t wall_s)
{
	struct vd_vrrp_advert out;

	return check_at(&r->id, &r->state, f, true, wall_s, &out);
}

static int
hear(struct router *r, const struct frame *f)
{
	return hear_at(r, f, DRAFT_S);
}

static uint64_t
sequence_of(const struct frame *f)
{
	const uint8_t *p = f->b + f->len - 24;

	return (uint64_t)get16(p) << 48 | (uint64_t)get16(p + 2) << 32 |
			(uint64_t)get16(p + 4) << 16 | get16(p + 6);
}

static void
draft_adverts(void)
{
	static const char *const hex[] = {
			"3133c80100644402c0000264"
			"0101000068000000800000001b84bc4e8e43892dc6d98448f8ee2265",
			"3133c8010064a2e9fe800000000000000000000000000100"
			"010100006800000080000000c8c56146ebfd66ee10ec4d8186461b78",
	};

	for (int v6 = 0; v6 < 2; v6++) {
		size_t at = L3 + (v6 ? 40 : 20), n;
		struct router a, b;
		struct frame f;
		uint8_t want[128];

		router_start(&a, v6);
		router_start(&b, v6);
		f = say(&a);
		n = from_hex(hex[v6], want);
		CU_ASSERT_EQUAL(f.len, at + n);
		CU_ASSERT_EQUAL(memcmp(f.b + at, want, n), 0);
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
	}
}

/* Of what is signed, any byte makes the trailer wrong; the VRRP checksum is not signed. */
static void
trailer_covers_the_advert(void)
{
	struct router a, b;
	struct frame good, f;

	router_start(&a, false);
	good = say(&a);
	for (size_t at = L3 + 20 + 1; at < good.len; at++) {
		size_t off = at - L3 - 20;

		if (off == 3) /* the count is the length's matter */
			continue;
		f = good;
		f.b[at] ^= 1;
		router_start(&b, false);
		CU_ASSERT_EQUAL(hear(&b, &f),
				off == 6 || off == 7 ? VD_VRRP_ERROR_CHECKSUM
						     : VD_VRRP_ERROR_AUTH_EXT);
		CU_ASSERT_EQUAL(b.state.sender[0].used, off == 6 || off == 7);
	}
	/* The source is signed, too. */
	f = good;
	f.b[L3 + 15] ^= 1;
	mend4(&f, 0);
	router_start(&b, false);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_ERROR_AUTH_EXT);
}

static void
trailer_must_be_there_when_enforced(void)
{
	static const struct {
		uint8_t mode;
		int missing, wrong;
	} modes[] = {
			{VD_VRRP_HMAC_ENFORCE, VD_VRRP_ERROR_AUTH_EXT, VD_VRRP_ERROR_AUTH_EXT},
			{VD_VRRP_HMAC_PERMISSIVE, VD_VRRP_OK, VD_VRRP_ERROR_AUTH_EXT},
			{VD_VRRP_HMAC_RECEIVE_ONLY, VD_VRRP_OK, VD_VRRP_ERROR_AUTH_EXT},
	};
	struct router a, b;
	struct frame bare, good, wrong;

	router_start(&a, false);
	good = say(&a);
	wrong = good;
	wrong.b[wrong.len - 1] ^= 1;
	a.hmac.mode = VD_VRRP_HMAC_RECEIVE_ONLY;
	bare = say(&a);
	CU_ASSERT_EQUAL(bare.len, good.len - VD_VRRP_TRAILER_LEN);
	for (size_t i = 0; i < VD_ARRAY_LEN(modes); i++) {
		router_start(&b, false);
		b.hmac.mode = modes[i].mode;
		CU_ASSERT_EQUAL(hear(&b, &bare), modes[i].missing);
		CU_ASSERT_EQUAL(hear(&b, &wrong), modes[i].wrong);
		CU_ASSERT_EQUAL(hear(&b, &good), VD_VRRP_OK);
		CU_ASSERT_EQUAL(say(&b).len,
				modes[i].mode == VD_VRRP_HMAC_RECEIVE_ONLY ? bare.len : good.len);
	}
}

/* Without a key of our own what looks like a trailer is stepped over, and anything else is a wrong length. */
static void
trailer_without_a_key_is_skipped(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct router a, b;
		struct frame f, bad;

		router_start(&a, v6);
		router_start(&b, v6);
		b.id.hmac = NULL;
		f = say(&a);
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
		bad = f;
		bad.b[bad.len - VD_VRRP_TRAILER_LEN] = 2;
		CU_ASSERT_EQUAL(hear(&b, &bad), VD_VRRP_ERROR_LENGTH);
		bad = f;
		bad.b[bad.len - VD_VRRP_TRAILER_LEN + 3] = 1;
		CU_ASSERT_EQUAL(hear(&b, &bad), VD_VRRP_ERROR_LENGTH);
	}
}

static void
trailer_keys_are_found_by_id(void)
{
	struct router a, b;
	struct frame f;

	router_start(&a, false);
	router_start(&b, false);
	vd_vrrp_hmac_key_set(&a.hmac.key[1], 9, "another secret of thirty-two by.", 32);
	a.hmac.n_keys = 2;
	a.hmac.active_key = 9;
	f = say(&a);
	CU_ASSERT_EQUAL(f.b[TRAILER + 1], 9);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_ERROR_AUTH_EXT);
	b.hmac.key[1] = a.hmac.key[1];
	b.hmac.n_keys = 2;
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
	/* The id counts, not the secret. */
	b.hmac.key[1] = b.hmac.key[0];
	b.hmac.key[0].id = 2;
	a.hmac.active_key = 1;
	b.hmac.n_keys = 1;
	f = say(&a);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_ERROR_AUTH_EXT);
	b.hmac.n_keys = 2;
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
	/* No such key: an HMAC of zeroes that no peer takes. */
	a.hmac.active_key = 7;
	f = say(&a);
	CU_ASSERT_EQUAL(f.b[f.len - 1] | f.b[f.len - 16], 0);
	b.hmac.key[1].id = 7;
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_ERROR_AUTH_EXT);
}

/* The sequence of an advert that is said at a wall time. */
static uint64_t
said_at(struct router *r, uint64_t wall_ns)
{
	struct frame f;

	r->send.wall_ns = wall_ns;
	f = say(r);
	return sequence_of(&f);
}

/* Strictly growing: the clock, or one more than the last. */
static void
trailer_sequence_grows(void)
{
	struct router a;

	router_start(&a, false);
	CU_ASSERT_EQUAL(said_at(&a, DRAFT_NS), 0x6800000080000000ull);
	CU_ASSERT_EQUAL(said_at(&a, DRAFT_NS), 0x6800000080000001ull);
	CU_ASSERT_EQUAL(said_at(&a, DRAFT_NS - 3600 * VD_SEC), 0x6800000080000002ull);
	CU_ASSERT_EQUAL(said_at(&a, DRAFT_NS + VD_SEC / 4), 0x68000000c0000000ull);
	/* by time, a clock set back further than the window starts anew, or no peer would listen for an hour */
	a.hmac.by_time = true;
	a.hmac.window_s = 5;
	CU_ASSERT_EQUAL(said_at(&a, DRAFT_NS - 5 * VD_SEC), 0x68000000c0000001ull);
	CU_ASSERT_EQUAL(said_at(&a, DRAFT_NS - 6 * VD_SEC), 0x67fffffa80000000ull);
}

/* RFC 1982: in 2038 the seconds pass the middle of their range, in 2106 its end. */
static void
trailer_sequence_passes_the_end(void)
{
	struct router a, b;
	struct frame f;

	router_start(&a, false);
	router_start(&b, false);
	a.send.wall_ns = 0xffffffffull * VD_SEC;
	f = say(&a);
	CU_ASSERT_EQUAL(sequence_of(&f) >> 32, 0xffffffff);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
	a.send.wall_ns = 0x100000001ull * VD_SEC;
	f = say(&a);
	CU_ASSERT_EQUAL(sequence_of(&f) >> 32, 1);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
}

static void
trailer_replay_is_refused(void)
{
	struct router a, b;
	struct frame old, f;

	router_start(&a, false);
	router_start(&b, false);
	old = say(&a);
	f = say(&a);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_ERROR_AUTH_EXT);
	CU_ASSERT_EQUAL(hear(&b, &old), VD_VRRP_ERROR_AUTH_EXT);
	/* Another sender has a sequence of its own. */
	a.send.src = A("198.51.100.11");
	a.state.hmac_sent = 0;
	a.send.wall_ns -= VD_SEC;
	f = say(&a);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
}

/* The least lately heard sender makes room. */
static void
trailer_remembers_the_last_senders(void)
{
	struct router a, b;
	struct frame f[VD_VRRP_HMAC_SENDERS + 1], again;

	router_start(&a, false);
	router_start(&b, false);
	for (size_t i = 0; i < VD_ARRAY_LEN(f); i++) {
		put16(a.send.src.b + 14, (unsigned int)(0x6400 + 10 + i));
		f[i] = say(&a);
	}
	for (size_t i = 0; i < VD_VRRP_HMAC_SENDERS; i++)
		CU_ASSERT_EQUAL(hear(&b, &f[i]), VD_VRRP_OK);
	/* the first speaks again, so the second is the one that goes */
	put16(a.send.src.b + 14, 0x6400 + 10);
	again = say(&a);
	CU_ASSERT_EQUAL(hear(&b, &again), VD_VRRP_OK);
	CU_ASSERT_EQUAL(hear(&b, &f[VD_VRRP_HMAC_SENDERS]), VD_VRRP_OK);
	CU_ASSERT_EQUAL(hear(&b, &again), VD_VRRP_ERROR_AUTH_EXT);
	CU_ASSERT_EQUAL(hear(&b, &f[2]), VD_VRRP_ERROR_AUTH_EXT);
	CU_ASSERT_EQUAL(hear(&b, &f[1]), VD_VRRP_OK);
}

static void
trailer_window_of_time(void)
{
	struct router a, b;
	struct frame f;

	router_start(&a, false);
	router_start(&b, false);
	b.hmac.by_time = true;
	b.hmac.window_s = 5;
	f = say(&a);
	CU_ASSERT_EQUAL(hear_at(&b, &f, DRAFT_S + 6), VD_VRRP_ERROR_AUTH_EXT);
	CU_ASSERT_EQUAL(hear_at(&b, &f, DRAFT_S - 6), VD_VRRP_ERROR_AUTH_EXT);
	CU_ASSERT_EQUAL(hear_at(&b, &f, DRAFT_S + 5), VD_VRRP_OK);
	router_start(&b, false);
	b.hmac.by_time = true;
	b.hmac.window_s = 5;
	CU_ASSERT_EQUAL(hear_at(&b, &f, DRAFT_S - 5), VD_VRRP_OK);
	/* monotonic: any time */
	router_start(&b, false);
	CU_ASSERT_EQUAL(hear_at(&b, &f, 0), VD_VRRP_OK);
}

/* A sender whose clock was an hour ahead and was set right: by time it is taken back, for the window keeps replays out. */
static void
trailer_mark_outside_the_window_is_forgotten(void)
{
	for (int by_time = 0; by_time < 2; by_time++) {
		struct router a, b;
		struct frame f;

		router_start(&a, false);
		router_start(&b, false);
		a.send.wall_ns += 3600 * VD_SEC;
		f = say(&a);
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
		b.hmac.by_time = by_time == 1;
		b.hmac.window_s = 5;
		a.send.wall_ns = DRAFT_NS;
		a.state.hmac_sent = 0;
		f = say(&a);
		CU_ASSERT_EQUAL(hear(&b, &f), by_time == 1 ? VD_VRRP_OK : VD_VRRP_ERROR_AUTH_EXT);
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_ERROR_AUTH_EXT);
	}
}

/* In version 2 the trailer stands behind the authentication bytes; with AH inside the ICV. */
static void
trailer_with_version_2(void)
{
	for (uint8_t auth = VD_VRRP_AUTH_NONE; auth <= VD_VRRP_AUTH_AH; auth++) {
		struct router a, b;
		struct frame f;

		router_start(&a, false);
		a.id.version = 2;
		a.id.auth = auth;
		memcpy(a.id.password, "password", 8);
		router_start(&b, false);
		b.id = a.id;
		b.id.hmac = &b.hmac;
		f = say(&a);
		CU_ASSERT_EQUAL(f.len, L3 + 20u + (auth == VD_VRRP_AUTH_AH ? 24 : 0) + 20 + 28);
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
		f = say(&a);
		b.id.hmac = NULL;
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
	}
}

static const struct vd_test tests[] = {
		VD_TEST(draft_adverts),
		VD_TEST(trailer_covers_the_advert),
		VD_TEST(trailer_must_be_there_when_enforced),
		VD_TEST(trailer_without_a_key_is_skipped),
		VD_TEST(trailer_keys_are_found_by_id),
		VD_TEST(trailer_sequence_grows),
		VD_TEST(trailer_sequence_passes_the_end),
		VD_TEST(trailer_replay_is_refused),
		VD_TEST(trailer_remembers_the_last_senders),
		VD_TEST(trailer_window_of_time),
		VD_TEST(trailer_mark_outside_the_window_is_forgotten),
		VD_TEST(trailer_with_version_2),
};

VD_TEST_MAIN("vrrp_packet_trailer", tests)
