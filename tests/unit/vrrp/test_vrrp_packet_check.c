/* SPDX-License-Identifier: BSD-3-Clause */
#include "vrrp_packet_test.h"

/* One advert, what the receiver believes about it, and what a fault may change of both. */
struct trial {
	struct frame f;
	struct vd_addr addresses[ADDRS_MAX];
	struct vd_vrrp_identity id;
	struct vd_vrrp_hmac hmac;
	size_t vrrp;
	bool says_ah;
};

static void
start(struct trial *t, int golden)
{
	const struct golden *g = &goldens[golden];

	memset(t, 0, sizeof(*t));
	t->f = captured(g, 0);
	t->id = identity(g, t->addresses);
	t->vrrp = L3 + (t->id.v6 ? 40 : 20) + (g->auth == VD_VRRP_AUTH_AH ? 24 : 0);
}

static int
judge(const struct trial *t)
{
	struct vd_vrrp_auth_state state = {0};
	struct vd_vrrp_advert out;
	struct vd_vrrp_peek peek;

	if (vd_vrrp_peek(t->f.b, t->f.len, &peek) != VD_VRRP_OK)
		return -2;
	peek.ah ^= t->says_ah;
	return vd_vrrp_check(&t->id, &state, t->f.b, &peek, true, 0, &out);
}

/* Real adverts are good, and say what keepalived was configured with. RFC 9568 7.1, RFC 3768 7.1. */
static void
captured_adverts_are_good(void)
{
	for (size_t i = 0; i < GOLDEN_N; i++) {
		const struct golden *g = &goldens[i];
		struct vd_addr addresses[ADDRS_MAX], src = A(g->src);
		struct vd_vrrp_identity id = identity(g, addresses);
		struct vd_vrrp_auth_state state = {0};
		struct vd_vrrp_advert out;

		for (int n = 0; n < 3 && g->hex[n] != NULL; n++) {
			struct frame f = captured(g, n);

			memset(&out, 0xee, sizeof(out));
			CU_ASSERT_EQUAL(check_at(&id, &state, &f, true, 0, &out), VD_VRRP_OK);
			CU_ASSERT(vd_addr_equal(&out.src, &src));
			CU_ASSERT_EQUAL(out.priority, g->priority);
			CU_ASSERT_EQUAL(out.interval, g->interval);
			CU_ASSERT_EQUAL(out.ttl, 255);
		}
	}
}

/* Faults of the version 2 advert with a password, in the order in which they are looked for. */
static void
fault_ah(struct trial *t)
{
	t->says_ah = true;
}

static void
fault_length(struct trial *t)
{
	t->f.len += 4;
	put16(t->f.b + L3 + 2, (unsigned int)(t->f.len - L3));
}

static void
fault_ttl(struct trial *t)
{
	t->f.b[L3 + 8] = 254;
}

static void
fault_version(struct trial *t)
{
	t->id.version = 3;
}

static void
fault_hmac(struct trial *t)
{
	t->hmac.mode = VD_VRRP_HMAC_ENFORCE;
	t->id.hmac = &t->hmac;
}

static void
fault_auth_type(struct trial *t)
{
	t->f.b[t->vrrp + 4] = 3;
}

static void
fault_auth_other(struct trial *t)
{
	t->id.auth = VD_VRRP_AUTH_NONE;
}

static void
fault_password(struct trial *t)
{
	t->id.password[7] ^= 1;
}

static void
fault_interval(struct trial *t)
{
	t->id.interval += VD_SEC;
}

static void
fault_type(struct trial *t)
{
	t->f.b[t->vrrp] = (uint8_t)((t->f.b[t->vrrp] & 0xf0) | 2);
}

static void
fault_checksum(struct trial *t)
{
	t->f.b[t->vrrp + 7] ^= 0x10;
}

static void
fault_class(struct trial *t)
{
	struct vd_addr dst = A("192.0.2.12");

	memcpy(t->f.b + L3 + 16, dst.b + 12, 4);
}

static void
fault_list(struct trial *t)
{
	t->addresses[0] = A("192.0.2.1");
}

/* clang-format off */
static const struct fault {
	const char *rule;
	void (*make)(struct trial *t);
	enum vd_vrrp_error error;
} faults[] = {
	{ "AH where none is configured",            fault_ah,         VD_VRRP_ERROR_AUTH_MISMATCH },
	{ "RFC 3768 7.1 complete, 5.3.5 count",     fault_length,     VD_VRRP_ERROR_LENGTH },
	{ "RFC 3768 7.1, 5.2.3 TTL",                fault_ttl,        VD_VRRP_ERROR_TTL },
	{ "RFC 3768 7.1, 5.3.1 version",            fault_version,    VD_VRRP_ERROR_VERSION },
	{ "trailer that must be there",             fault_hmac,       VD_VRRP_ERROR_AUTH_EXT },
	{ "RFC 3768 7.1, 5.3.6 type of RFC",        fault_auth_type,  VD_VRRP_ERROR_AUTH_TYPE },
	{ "RFC 3768 7.1 type that is ours",         fault_auth_other, VD_VRRP_ERROR_AUTH_MISMATCH },
	{ "RFC 2338 7.1, 5.3.10 password",          fault_password,   VD_VRRP_ERROR_AUTH_FAILURE },
	{ "RFC 3768 7.1, 5.3.7 interval",           fault_interval,   VD_VRRP_ERROR_INTERVAL },
	{ "RFC 3768 5.3.2 type",                    fault_type,       VD_VRRP_ERROR_TYPE },
	{ "RFC 3768 7.1, 5.3.8 checksum",           fault_checksum,   VD_VRRP_ERROR_CHECKSUM },
	{ "multicast to a multicast instance",      fault_class,      VD_VRRP_ERROR_UNICAST },
	{ "RFC 3768 7.1 addresses",                 fault_list,       VD_VRRP_ERROR_ADDR_LIST },
};
/* clang-format on */

/* The faults of a set of bits, all in one advert, whose checksums are right unless that is a fault. */
static int
judge_faults(int golden, unsigned int set)
{
	struct trial t;

	start(&t, golden);
	for (size_t i = 0; i < VD_ARRAY_LEN(faults); i++)
		if ((set & 1u << i) != 0 && faults[i].make != fault_checksum)
			faults[i].make(&t);
	mend4(&t.f, t.vrrp);
	for (size_t i = 0; i < VD_ARRAY_LEN(faults); i++)
		if ((set & 1u << i) != 0 && faults[i].make == fault_checksum)
			faults[i].make(&t);
	return judge(&t);
}

/* RFC 3768 7.1: each rule alone. */
static void
each_fault_has_its_error(void)
{
	CU_ASSERT_EQUAL(judge_faults(GOLDEN_PASS, 0), VD_VRRP_OK);
	for (unsigned int i = 0; i < VD_ARRAY_LEN(faults); i++)
		if (judge_faults(GOLDEN_PASS, 1u << i) != (int)faults[i].error) {
			printf("    %s\n", faults[i].rule);
			CU_FAIL("another error than expected");
		}
}

/* keepalived's order: of two faults, and of a rule and all later ones, the earlier names the error. */
static void
first_fault_names_the_error(void)
{
	const unsigned int n = VD_ARRAY_LEN(faults);

	for (unsigned int i = 0; i < n; i++) {
		unsigned int later = ((1u << n) - 1) & ~((1u << i) - 1);

		CU_ASSERT_EQUAL(judge_faults(GOLDEN_PASS, later), (int)faults[i].error);
		for (unsigned int k = i + 1; k < n; k++)
			if (judge_faults(GOLDEN_PASS, 1u << i | 1u << k) != (int)faults[i].error) {
				printf("    %s, then %s\n", faults[i].rule, faults[k].rule);
				CU_FAIL("not the earlier fault's error");
			}
	}
}

/* No error of the table is left out above. */
static void
every_error_is_tested(void)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < VD_ARRAY_LEN(faults); i++)
		seen |= 1u << faults[i].error;
	CU_ASSERT_EQUAL(seen, (1u << VD_VRRP_ERROR_N) - 1);
}

/* RFC 9568 7.1 over both families: the rules that version 3 has. */
static void
version_3_rules(void)
{
	for (int golden = GOLDEN_V3; golden <= GOLDEN_V3_IP6; golden++) {
		struct trial t;
		bool v6 = golden == GOLDEN_V3_IP6;

		start(&t, golden);
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_OK);
		/* 5.1.1.3, 5.1.2.3: hop limit */
		t.f.b[L3 + (v6 ? 7 : 8)] = 254;
		if (!v6)
			mend4(&t.f, 0);
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_TTL);
		start(&t, golden);
		t.id.version = 2; /* 5.2.1 */
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_VERSION);
		start(&t, golden);
		t.f.b[t.vrrp] = 0x30; /* 5.2.2 */
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_TYPE);
		for (size_t at = t.vrrp + 1; at < t.f.len; at++) {
			if (at == t.vrrp + 3)
				continue;
			start(&t, golden);
			t.f.b[at] ^= 0x04; /* 5.2.8: any byte but version, type and count */
			CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_CHECKSUM);
		}
		start(&t, golden);
		t.f.b[t.vrrp + 3]++; /* 5.2.5: a count that is not the list's */
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_LENGTH);
		start(&t, golden);
		t.id.interval = 7 * VD_SEC; /* 6.4.2: the master's is adopted */
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_OK);
		start(&t, golden);
		t.id.n_addresses--; /* 5.2.9 */
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_ADDR_LIST);
	}
}

/* RFC 9568 5.2.8: over IPv6 always with the pseudo-header; version 2 (RFC 3768 5.3.8) never. */
static void
checksum_of_the_wrong_kind(void)
{
	struct trial t;

	start(&t, GOLDEN_V3_IP6);
	put16(t.f.b + t.vrrp + 6, 0);
	put16(t.f.b + t.vrrp + 6, (uint16_t)~slow_sum(0, t.f.b + t.vrrp, 40));
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_CHECKSUM);
	start(&t, GOLDEN_V2);
	{
		uint8_t pseudo[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 112, 0, 24};

		memcpy(pseudo, t.f.b + L3 + 12, 8);
		put16(t.f.b + t.vrrp + 6, 0);
		put16(t.f.b + t.vrrp + 6,
				(uint16_t)~slow_sum(slow_sum(0, pseudo, 12), t.f.b + t.vrrp, 24));
	}
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_CHECKSUM);
}

/* Version 3 over IPv4, RFC 9568 5.2.8: the message alone is good, whatever we send ourselves. */
static void
checksum_without_pseudo_header_is_good(void)
{
	struct trial t;

	for (int sends = 0; sends < 2; sends++) {
		start(&t, GOLDEN_V3);
		t.id.no_pseudo_sent = sends == 1;
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_OK);
		mend4(&t.f, t.vrrp);
		CU_ASSERT_EQUAL(judge(&t), VD_VRRP_OK);
	}
}

/* The list has no order; a count, an address more or less, a doubled address are other lists. RFC 3768 7.1. */
static void
address_list(void)
{
	struct trial t;
	struct vd_addr a;

	start(&t, GOLDEN_AH);
	a = t.addresses[0];
	t.addresses[0] = t.addresses[2];
	t.addresses[2] = a;
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_OK);
	t.addresses[1] = A("192.0.2.99");
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_ADDR_LIST);
	start(&t, GOLDEN_AH);
	t.id.n_addresses = 2;
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_ADDR_LIST);
	start(&t, GOLDEN_AH);
	t.addresses[3] = A("192.0.2.99");
	t.id.n_addresses = 4;
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_ADDR_LIST);
	/* one of theirs twice, one of ours not at all */
	start(&t, GOLDEN_V2);
	memcpy(t.f.b + t.vrrp + 12, t.f.b + t.vrrp + 8, 4);
	mend4(&t.f, t.vrrp);
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_ADDR_LIST);
}

/* skip_check_adv_addr: neither count nor addresses matter. */
static void
address_list_is_not_compared_when_told(void)
{
	struct vd_vrrp_auth_state state = {0};
	struct vd_vrrp_advert out;
	struct trial t;

	start(&t, GOLDEN_V2);
	t.addresses[0] = A("192.0.2.99");
	CU_ASSERT_EQUAL(check_at(&t.id, &state, &t.f, false, 0, &out), VD_VRRP_OK);
	t.id.n_addresses = 1;
	CU_ASSERT_EQUAL(check_at(&t.id, &state, &t.f, false, 0, &out), VD_VRRP_OK);
	CU_ASSERT_EQUAL(check_at(&t.id, &state, &t.f, true, 0, &out), VD_VRRP_ERROR_ADDR_LIST);
}

/* A unicast instance takes any TTL, and no multicast. */
static void
unicast_instance(void)
{
	struct trial t;

	start(&t, GOLDEN_V3_UNICAST);
	t.f.b[L3 + 8] = 3;
	mend4(&t.f, 0);
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_OK);
	t.id.unicast = false;
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_TTL);
	start(&t, GOLDEN_V3);
	t.id.unicast = true;
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_UNICAST);
	start(&t, GOLDEN_V3_UNICAST);
	t.id.unicast = false;
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_ERROR_UNICAST);
}

/* RFC 9568 7.1 "complete": every length of IP packet but the right one. */
static void
every_wrong_length(void)
{
	for (int golden = 0; golden < GOLDEN_N; golden++) {
		struct trial t;
		size_t full;

		start(&t, golden);
		full = t.f.len;
		for (size_t len = t.vrrp + 2; len <= full + 60; len++) {
			struct vd_vrrp_auth_state state = {0};

			start(&t, golden);
			t.f.len = len;
			if (t.id.v6) {
				put16(t.f.b + L3 + 4, (unsigned int)(len - L3 - 40));
			} else {
				put16(t.f.b + L3 + 2, (unsigned int)(len - L3));
				mend4(&t.f, 0);
			}
			CU_ASSERT_EQUAL(check(&t.id, &state, &t.f),
					len == full ? VD_VRRP_OK : VD_VRRP_ERROR_LENGTH);
		}
	}
}

/* A frame of 60 bytes has padding behind a short packet: IEEE 802.3. */
static void
ethernet_padding_is_no_fault(void)
{
	struct trial t;

	start(&t, GOLDEN_V3);
	memset(t.f.b + t.f.len, 0xaa, 60 - t.f.len);
	t.f.len = 60;
	CU_ASSERT_EQUAL(judge(&t), VD_VRRP_OK);
}

/* RFC 9568 5.2.6: the reserved bits are not part of the interval, and are ignored. */
static void
reserved_bits_are_ignored(void)
{
	struct vd_vrrp_auth_state state = {0};
	struct vd_vrrp_advert out;
	struct trial t;

	start(&t, GOLDEN_V3);
	put16(t.f.b + t.vrrp + 4, 0xf123);
	mend4(&t.f, t.vrrp);
	CU_ASSERT_EQUAL(check_at(&t.id, &state, &t.f, true, 0, &out), VD_VRRP_OK);
	CU_ASSERT_EQUAL(out.interval, 0x123 * 10 * VD_MSEC);
}

static const struct vd_test tests[] = {
		VD_TEST(captured_adverts_are_good),
		VD_TEST(each_fault_has_its_error),
		VD_TEST(first_fault_names_the_error),
		VD_TEST(every_error_is_tested),
		VD_TEST(version_3_rules),
		VD_TEST(checksum_of_the_wrong_kind),
		VD_TEST(checksum_without_pseudo_header_is_good),
		VD_TEST(address_list),
		VD_TEST(address_list_is_not_compared_when_told),
		VD_TEST(unicast_instance),
		VD_TEST(every_wrong_length),
		VD_TEST(ethernet_padding_is_no_fault),
		VD_TEST(reserved_bits_are_ignored),
};

VD_TEST_MAIN("vrrp_packet_check", tests)
