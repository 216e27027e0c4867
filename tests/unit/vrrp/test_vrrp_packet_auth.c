/* SPDX-License-Identifier: BSD-3-Clause */
#include "../../../lib/vrrp/vrrp_packet_priv.h"
#include "vrrp_packet_test.h"

/* A router of the AH instance: identity, sequences, a way to speak. */
struct router {
	struct vd_addr addresses[ADDRS_MAX];
	struct vd_vrrp_identity id;
	struct vd_vrrp_auth_state state;
	struct vd_vrrp_send send;
};

static void
router_start(struct router *r, int golden, const char *src)
{
	memset(r, 0, sizeof(*r));
	r->id = identity(&goldens[golden], r->addresses);
	r->send = sending(&goldens[golden]);
	r->send.src = A(src);
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
hear(struct router *r, const struct frame *f)
{
	return check(&r->id, &r->state, f);
}

static uint32_t
sequence_of(const struct frame *f)
{
	return (uint32_t)get16(f->b + L3 + 28) << 16 | get16(f->b + L3 + 30);
}

/* RFC 2402 3.4.3: a packet is taken once, and nothing older than it. Real adverts. */
static void
ah_replay_is_refused(void)
{
	struct frame f[3];
	struct router r;

	router_start(&r, GOLDEN_AH, "192.0.2.12");
	for (int i = 0; i < 3; i++)
		f[i] = captured(&goldens[GOLDEN_AH], i);
	CU_ASSERT_EQUAL(hear(&r, &f[1]), VD_VRRP_OK);
	CU_ASSERT_EQUAL(r.state.ah_seen, 2);
	CU_ASSERT_EQUAL(hear(&r, &f[1]), VD_VRRP_ERROR_AUTH_FAILURE);
	CU_ASSERT_EQUAL(hear(&r, &f[0]), VD_VRRP_ERROR_AUTH_FAILURE);
	CU_ASSERT_EQUAL(hear(&r, &f[2]), VD_VRRP_OK);
}

/* What a flipped bit at a byte of the IP packet does, or -2 where it makes another packet of it. */
static int
error_of_byte(size_t off, bool unicast)
{
	switch (off) {
	case 2: /* IP length */
	case 3:
	case 6: /* fragment */
	case 7:
	case 9:  /* protocol */
	case 20: /* AH's next header and length */
	case 21:
	case 47: /* count */
		return -2;
	case 1:  /* TOS */
	case 10: /* IP checksum, mended */
	case 11:
		return VD_VRRP_OK;
	case 8: /* TTL */
		return unicast ? VD_VRRP_OK : VD_VRRP_ERROR_TTL;
	case 48: /* authentication type */
		return VD_VRRP_ERROR_AUTH_TYPE;
	default:
		return VD_VRRP_ERROR_AUTH_FAILURE;
	}
}

/* RFC 2402 3.3.3.1.1: TOS, fragment bits and checksum may change on the way, to a peer the TTL too; nothing else may. */
static void
ah_covers_the_packet(void)
{
	for (int unicast = 0; unicast < 2; unicast++) {
		int golden = unicast == 1 ? GOLDEN_AH_UNICAST : GOLDEN_AH;
		struct frame good = captured(&goldens[golden], 0);
		struct router r;

		for (size_t off = 1; off < good.len - L3; off++) {
			int want = error_of_byte(off, unicast == 1);
			struct frame f = good;

			if (want == -2)
				continue;
			f.b[L3 + off] ^= 1;
			mend4(&f, 0);
			router_start(&r, golden, "192.0.2.12");
			CU_ASSERT_EQUAL(hear(&r, &f), want);
			/* What does not verify leaves no trace. */
			CU_ASSERT_EQUAL(r.state.ah_seen, want == VD_VRRP_OK);
		}
		/* "Don't fragment" */
		good.b[L3 + 6] ^= 0x40;
		mend4(&good, 0);
		router_start(&r, golden, "192.0.2.12");
		CU_ASSERT_EQUAL(hear(&r, &good), VD_VRRP_OK);
	}
}

/* Signs an advert of GOLDEN_AH anew, from the fields that the RFC names. */
static void
sign(struct frame *f, size_t ihl, const char *password)
{
	struct frame zero = *f;
	uint8_t icv[VRRP_MD5_LEN];
	struct vrrp_piece piece = {zero.b + L3, f->len - L3};

	zero.b[L3 + 1] = 0;
	memset(zero.b + L3 + 6, 0, 2);
	memset(zero.b + L3 + 10, 0, 2);
	memset(zero.b + L3 + ihl + 12, 0, 12);
	vd_vrrp_hmac_md5(password, 8, &piece, 1, icv);
	memcpy(f->b + L3 + ihl + 12, icv, 12);
}

/* RFC 791 3.1, RFC 2402 3.3.3.1.1.2: options of the IP header are inside the ICV as they are. */
static void
ah_behind_ip_options(void)
{
	struct frame f = captured(&goldens[GOLDEN_AH], 0);
	struct router r;

	memmove(f.b + L3 + 24, f.b + L3 + 20, f.len - L3 - 20);
	memset(f.b + L3 + 20, 1, 4); /* no operation */
	f.len += 4;
	f.b[L3] = 0x46;
	put16(f.b + L3 + 2, (unsigned int)(f.len - L3));
	put16(f.b + L3 + 10, 0);
	put16(f.b + L3 + 10, (uint16_t)~slow_sum(0, f.b + L3, 24));
	router_start(&r, GOLDEN_AH, "192.0.2.12");
	CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_ERROR_AUTH_FAILURE);
	sign(&f, 24, "hushhush");
	CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_OK);
}

/* keepalived: the SPI is the sender's address; another is wrong even with the right ICV. */
static void
ah_spi_is_the_source(void)
{
	struct frame f = captured(&goldens[GOLDEN_AH], 0), same = f;
	struct router r;

	router_start(&r, GOLDEN_AH, "192.0.2.12");
	sign(&same, 20, "hushhush");
	CU_ASSERT_EQUAL(memcmp(same.b, f.b, f.len), 0);
	f.b[L3 + 27] ^= 1;
	sign(&f, 20, "hushhush");
	CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_ERROR_AUTH_FAILURE);
	CU_ASSERT_EQUAL(hear(&r, &same), VD_VRRP_OK);
}

/* A right ICV counts, whatever rule the advert breaks further on: its sequence is used up. */
static void
ah_sequence_is_used_up_by_a_wrong_advert(void)
{
	struct frame f = captured(&goldens[GOLDEN_AH], 0);
	struct router r;

	router_start(&r, GOLDEN_AH, "192.0.2.12");
	r.id.interval = 5 * VD_SEC;
	CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_ERROR_INTERVAL);
	CU_ASSERT_EQUAL(r.state.ah_seen, 1);
}

/* RFC 3768 7.1: AH where none is expected and none where it is. */
static void
ah_against_configuration(void)
{
	struct frame f = captured(&goldens[GOLDEN_AH], 0);
	struct router r;

	router_start(&r, GOLDEN_AH, "192.0.2.12");
	r.id.auth = VD_VRRP_AUTH_NONE;
	CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_ERROR_AUTH_MISMATCH);
	router_start(&r, GOLDEN_V2, "192.0.2.12");
	f = captured(&goldens[GOLDEN_V2], 0);
	r.id.auth = VD_VRRP_AUTH_AH;
	CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_ERROR_AUTH_MISMATCH);
	/* Version 3 has no authentication (RFC 9568 5.2): what the configuration says of it does not matter. */
	router_start(&r, GOLDEN_V3, "192.0.2.12");
	f = captured(&goldens[GOLDEN_V3], 0);
	r.id.auth = VD_VRRP_AUTH_AH;
	CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_OK);
	CU_ASSERT_EQUAL(f.len, say(&r).len);
}

/* keepalived: who takes over goes on above the last master's sequence. */
static void
ah_sequence_goes_on_at_takeover(void)
{
	struct router a, b;
	struct frame f;

	router_start(&a, GOLDEN_AH, "192.0.2.11");
	router_start(&b, GOLDEN_AH, "192.0.2.12");
	for (int i = 0; i < 5; i++) {
		f = say(&a);
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
	}
	CU_ASSERT_EQUAL(sequence_of(&f), 5);
	f = say(&b);
	CU_ASSERT_EQUAL(sequence_of(&f), 6);
	CU_ASSERT_EQUAL(hear(&a, &f), VD_VRRP_OK);
	/* Our own advert that comes back is not new. */
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_ERROR_AUTH_FAILURE);
}

/* A peer that starts again at 1 is not locked out: it hears us once, and is above us. */
static void
ah_restarted_peer_is_taken_back(void)
{
	struct router a, b;
	struct frame f;

	router_start(&a, GOLDEN_AH, "192.0.2.11");
	router_start(&b, GOLDEN_AH, "192.0.2.12");
	for (int i = 0; i < 1000; i++) {
		f = say(&a);
		CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
	}
	router_start(&a, GOLDEN_AH, "192.0.2.11");
	f = say(&a);
	CU_ASSERT_EQUAL(sequence_of(&f), 1);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_ERROR_AUTH_FAILURE);
	/* b's master down timer ran out: it speaks. */
	f = say(&b);
	CU_ASSERT_EQUAL(sequence_of(&f), 1001);
	CU_ASSERT_EQUAL(hear(&a, &f), VD_VRRP_OK);
	f = say(&a);
	CU_ASSERT_EQUAL(sequence_of(&f), 1002);
	CU_ASSERT_EQUAL(hear(&b, &f), VD_VRRP_OK);
}

/* RFC 2402 2.5: the sequence does not wrap. */
static void
ah_sequence_stops_at_its_end(void)
{
	struct router a;
	struct frame f;

	router_start(&a, GOLDEN_AH, "192.0.2.11");
	a.state.ah_seen = UINT32_MAX - 1;
	f = say(&a);
	CU_ASSERT_EQUAL(sequence_of(&f), UINT32_MAX);
	f = say(&a);
	CU_ASSERT_EQUAL(sequence_of(&f), UINT32_MAX);
}

/* RFC 2338 5.3.10: all eight bytes of the password count, the zero ones too. */
static void
password_is_compared_whole(void)
{
	for (size_t i = 0; i < VD_VRRP_PASSWORD_LEN; i++) {
		struct frame f = captured(&goldens[GOLDEN_PASS], 0);
		struct router r;

		router_start(&r, GOLDEN_PASS, "192.0.2.12");
		r.id.password[i] ^= 0x20;
		CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_ERROR_AUTH_FAILURE);
	}
}

/* RFC 3768 5.3.10: without authentication the eight bytes are ignored on receipt. */
static void
authentication_data_of_nobody_is_ignored(void)
{
	struct frame f = captured(&goldens[GOLDEN_V2], 0);
	struct router r;

	router_start(&r, GOLDEN_V2, "192.0.2.12");
	memcpy(f.b + f.len - 8, "whatever", 8);
	mend4(&f, L3 + 20);
	CU_ASSERT_EQUAL(hear(&r, &f), VD_VRRP_OK);
}

static const struct vd_test tests[] = {
		VD_TEST(ah_replay_is_refused),
		VD_TEST(ah_covers_the_packet),
		VD_TEST(ah_behind_ip_options),
		VD_TEST(ah_spi_is_the_source),
		VD_TEST(ah_sequence_is_used_up_by_a_wrong_advert),
		VD_TEST(ah_against_configuration),
		VD_TEST(ah_sequence_goes_on_at_takeover),
		VD_TEST(ah_restarted_peer_is_taken_back),
		VD_TEST(ah_sequence_stops_at_its_end),
		VD_TEST(password_is_compared_whole),
		VD_TEST(authentication_data_of_nobody_is_ignored),
};

VD_TEST_MAIN("vrrp_packet_auth", tests)
