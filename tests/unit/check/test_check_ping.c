/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_ping.h"

#include "check_test.h"

#define ID        0x1234
#define SEQ       0x0102
#define COOKIE    0x1122334455667788ull
#define IP4       20
#define IP6       40
#define ERROR_MAX (8 + 60 + VD_CHECK_PING_LEN)

static struct vd_strbuf why;

/* RFC 1071, one byte after the other. */
static void
put_csum(uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	p[2] = p[3] = 0;
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum;
	p[2] = (uint8_t)(sum >> 8);
	p[3] = (uint8_t)sum;
}

static enum vd_check_verdict
judge(const uint8_t *bytes, size_t n, bool v6)
{
	uint8_t *copy = exact(bytes, n);
	enum vd_check_verdict v = vd_check_ping_reply(copy, n, v6, ID, SEQ, COOKIE, &why);

	free(copy);
	return v;
}

/* What a host makes of our request. */
static void
echo(uint8_t *buf, bool v6)
{
	CU_ASSERT_EQUAL(vd_check_ping_request(buf, v6, ID, SEQ, COOKIE), VD_CHECK_PING_LEN);
	buf[0] = v6 ? 129 : 0;
	if (!v6)
		put_csum(buf, VD_CHECK_PING_LEN);
}

/* An error that quotes our request, with this much behind the quoted IP header. Its length. */
static size_t
error(uint8_t *buf, bool v6, uint8_t type, uint8_t code, size_t quoted)
{
	uint8_t request[VD_CHECK_PING_LEN];
	uint8_t *ip = buf + 8;
	size_t ip_len = v6 ? IP6 : IP4, n = 8 + ip_len + quoted;

	memset(buf, 0, n);
	buf[0] = type;
	buf[1] = code;
	ip[0] = v6 ? 0x60 : 0x45;
	ip[v6 ? 6 : 9] = v6 ? 58 : 1;
	vd_check_ping_request(request, v6, ID, SEQ, COOKIE);
	memcpy(ip + ip_len, request, quoted);
	if (!v6)
		put_csum(buf, n);
	return n;
}

static void
request_bytes(void)
{
	uint8_t buf[VD_CHECK_PING_LEN],
			want[VD_CHECK_PING_LEN] = {8, 0, 0, 0, 0x12, 0x34, 1, 2, 0x11, 0x22, 0x33,
					0x44, 0x55, 0x66, 0x77, 0x88};

	for (uint8_t i = 16; i < VD_CHECK_PING_LEN; i++)
		want[i] = i;
	put_csum(want, sizeof(want));
	CU_ASSERT_EQUAL(vd_check_ping_request(buf, false, ID, SEQ, COOKIE), sizeof(want));
	CU_ASSERT_EQUAL(memcmp(buf, want, sizeof(want)), 0);
	/* ICMPv6 leaves its checksum to the kernel. */
	want[0] = 128;
	want[2] = want[3] = 0;
	CU_ASSERT_EQUAL(vd_check_ping_request(buf, true, ID, SEQ, COOKIE), sizeof(want));
	CU_ASSERT_EQUAL(memcmp(buf, want, sizeof(want)), 0);
}

static void
replies(void)
{
	uint8_t buf[VD_CHECK_PING_LEN];

	echo(buf, false);
	CU_ASSERT_EQUAL(judge(buf, sizeof(buf), false), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(judge(buf, sizeof(buf), true), VD_CHECK_MORE);
	echo(buf, true);
	CU_ASSERT_EQUAL(judge(buf, sizeof(buf), true), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(judge(buf, sizeof(buf), false), VD_CHECK_MORE);
	CU_ASSERT(says(&why, ""));
}

static void
own_request_is_no_reply(void)
{
	uint8_t buf[VD_CHECK_PING_LEN];

	vd_check_ping_request(buf, false, ID, SEQ, COOKIE);
	CU_ASSERT_EQUAL(judge(buf, sizeof(buf), false), VD_CHECK_MORE);
	vd_check_ping_request(buf, true, ID, SEQ, COOKIE);
	CU_ASSERT_EQUAL(judge(buf, sizeof(buf), true), VD_CHECK_MORE);
}

static void
replies_to_others(void)
{
	uint8_t buf[VD_CHECK_PING_LEN], other[VD_CHECK_PING_LEN];

	for (int v6 = 0; v6 < 2; v6++) {
		echo(buf, v6 == 1);
		/* Code, id, sequence, cookie. */
		for (size_t i = 1; i < 16; i++) {
			if (i == 2 || i == 3)
				continue;
			memcpy(other, buf, sizeof(buf));
			other[i] ^= 1;
			if (v6 == 0)
				put_csum(other, sizeof(other));
			CU_ASSERT_EQUAL(judge(other, sizeof(other), v6 == 1), VD_CHECK_MORE);
		}
		/* Too short for the cookie. */
		for (size_t n = 0; n < 16; n++) {
			memcpy(other, buf, sizeof(buf));
			if (v6 == 0 && n >= 4)
				put_csum(other, n);
			CU_ASSERT_EQUAL(judge(other, n, v6 == 1), VD_CHECK_MORE);
		}
		if (v6 == 0)
			put_csum(other, 16);
		CU_ASSERT_EQUAL(judge(other, 16, v6 == 1), VD_CHECK_GOOD);
	}
	CU_ASSERT(says(&why, ""));
}

static void
damaged(void)
{
	uint8_t buf[ERROR_MAX];
	size_t n;

	echo(buf, false);
	buf[30] ^= 1;
	CU_ASSERT_EQUAL(judge(buf, VD_CHECK_PING_LEN, false), VD_CHECK_MORE);
	n = error(buf, false, 3, 1, VD_CHECK_PING_LEN);
	buf[1] = 3;
	CU_ASSERT_EQUAL(judge(buf, n, false), VD_CHECK_MORE);
	/* The kernel has looked at ICMPv6's. */
	echo(buf, true);
	buf[2] ^= 1;
	CU_ASSERT_EQUAL(judge(buf, VD_CHECK_PING_LEN, true), VD_CHECK_GOOD);
	CU_ASSERT(says(&why, ""));
}

static void
errors(void)
{
	static const struct {
		bool v6;
		uint8_t type, code;
		const char *why;
	} cases[] = {
			{false, 3, 0, "network unreachable (ICMP type 3, code 0)"},
			{false, 3, 1, "host unreachable (ICMP type 3, code 1)"},
			{false, 3, 2, "protocol unreachable (ICMP type 3, code 2)"},
			{false, 3, 3, "port unreachable (ICMP type 3, code 3)"},
			{false, 3, 4, "packet too big (ICMP type 3, code 4)"},
			{false, 3, 9, "network administratively prohibited (ICMP type 3, code 9)"},
			{false, 3, 10, "host administratively prohibited (ICMP type 3, code 10)"},
			{false, 3, 13,
					"communication administratively prohibited (ICMP type 3, "
					"code 13)"},
			{false, 3, 5, "destination unreachable (ICMP type 3, code 5)"},
			{false, 11, 0, "time exceeded (ICMP type 11, code 0)"},
			{false, 12, 1, "parameter problem (ICMP type 12, code 1)"},
			{true, 1, 0, "no route to destination (ICMPv6 type 1, code 0)"},
			{true, 1, 1,
					"communication administratively prohibited (ICMPv6 type 1, "
					"code 1)"},
			{true, 1, 2,
					"beyond the scope of the source address (ICMPv6 type 1, "
					"code 2)"},
			{true, 1, 3, "address unreachable (ICMPv6 type 1, code 3)"},
			{true, 1, 4, "port unreachable (ICMPv6 type 1, code 4)"},
			{true, 1, 5, "source address fails the policy (ICMPv6 type 1, code 5)"},
			{true, 1, 6, "route rejected (ICMPv6 type 1, code 6)"},
			{true, 1, 7, "destination unreachable (ICMPv6 type 1, code 7)"},
			{true, 2, 0, "packet too big (ICMPv6 type 2, code 0)"},
			{true, 3, 0, "time exceeded (ICMPv6 type 3, code 0)"},
			{true, 4, 2, "parameter problem (ICMPv6 type 4, code 2)"},
	};
	uint8_t buf[ERROR_MAX];

	for (size_t i = 0; i < VD_ARRAY_LEN(cases); i++) {
		size_t n = error(buf, cases[i].v6, cases[i].type, cases[i].code, VD_CHECK_PING_LEN);

		CU_ASSERT_EQUAL(judge(buf, n, cases[i].v6), VD_CHECK_BAD);
		CU_ASSERT(says(&why, cases[i].why));
	}
}

/* Redirects, source quenches, router advertisements: nothing that ends an attempt. */
static void
other_messages(void)
{
	uint8_t buf[ERROR_MAX];
	size_t n;

	for (int type = 0; type < 256; type++) {
		n = error(buf, false, (uint8_t)type, 0, VD_CHECK_PING_LEN);
		CU_ASSERT_EQUAL(judge(buf, n, false),
				type == 3 || type == 11 || type == 12 ? VD_CHECK_BAD
								      : VD_CHECK_MORE);
		n = error(buf, true, (uint8_t)type, 0, VD_CHECK_PING_LEN);
		CU_ASSERT_EQUAL(judge(buf, n, true),
				type >= 1 && type <= 4 ? VD_CHECK_BAD : VD_CHECK_MORE);
	}
	vd_strbuf_reset(&why);
}

static void
short_quotes(void)
{
	uint8_t buf[ERROR_MAX];

	for (int v6 = 0; v6 < 2; v6++) {
		/* Eight bytes are what RFC 792 promises. */
		for (size_t quoted = 0; quoted <= VD_CHECK_PING_LEN; quoted++) {
			size_t n = error(buf, v6 == 1, v6 == 1 ? 1 : 3, 1, quoted);

			CU_ASSERT_EQUAL(judge(buf, n, v6 == 1),
					quoted < 8 ? VD_CHECK_MORE : VD_CHECK_BAD);
		}
		for (size_t n = 0; n < (v6 == 1 ? 8 + IP6 : 8 + IP4); n++) {
			(void)error(buf, v6 == 1, v6 == 1 ? 1 : 3, 1, 0);
			if (v6 == 0 && n >= 4)
				put_csum(buf, n);
			CU_ASSERT_EQUAL(judge(buf, n, v6 == 1), VD_CHECK_MORE);
		}
	}
	vd_strbuf_reset(&why);
}

/* Any of these bytes of the quote changed: it is about another packet. */
static void
errors_about_others(void)
{
	static const size_t bytes4[] = {
			0, 9, IP4, IP4 + 1, IP4 + 4, IP4 + 5, IP4 + 6, IP4 + 7, IP4 + 8, IP4 + 15};
	static const size_t bytes6[] = {
			0, 6, IP6, IP6 + 1, IP6 + 4, IP6 + 5, IP6 + 6, IP6 + 7, IP6 + 8, IP6 + 15};
	uint8_t buf[ERROR_MAX];
	size_t n;

	for (size_t i = 0; i < VD_ARRAY_LEN(bytes4); i++) {
		n = error(buf, false, 3, 1, VD_CHECK_PING_LEN);
		buf[8 + bytes4[i]] ^= 0x10;
		put_csum(buf, n);
		CU_ASSERT_EQUAL(judge(buf, n, false), VD_CHECK_MORE);
		n = error(buf, true, 1, 1, VD_CHECK_PING_LEN);
		buf[8 + bytes6[i]] ^= 0x10;
		CU_ASSERT_EQUAL(judge(buf, n, true), VD_CHECK_MORE);
	}
	/* A cookie that is just quoted whole. */
	n = error(buf, false, 3, 1, 16);
	buf[8 + IP4 + 15] ^= 1;
	put_csum(buf, n);
	CU_ASSERT_EQUAL(judge(buf, n, false), VD_CHECK_MORE);
	CU_ASSERT(says(&why, ""));
}

static void
quoted_options(void)
{
	uint8_t buf[ERROR_MAX], *ip = buf + 8;
	size_t n = error(buf, false, 3, 1, VD_CHECK_PING_LEN);

	/* Four bytes of options after the header. */
	memmove(ip + IP4 + 4, ip + IP4, VD_CHECK_PING_LEN);
	ip[0] = 0x46;
	put_csum(buf, n + 4);
	CU_ASSERT_EQUAL(judge(buf, n + 4, false), VD_CHECK_BAD);
	vd_strbuf_reset(&why);
	/* A header shorter than a header, and one longer than the rest. */
	ip[0] = 0x44;
	put_csum(buf, n);
	CU_ASSERT_EQUAL(judge(buf, n, false), VD_CHECK_MORE);
	ip[0] = 0x4f;
	put_csum(buf, 8 + 59);
	CU_ASSERT_EQUAL(judge(buf, 8 + 59, false), VD_CHECK_MORE);
	CU_ASSERT(says(&why, ""));
	vd_strbuf_free(&why);
}

static const struct vd_test tests[] = {
		VD_TEST(request_bytes),
		VD_TEST(replies),
		VD_TEST(own_request_is_no_reply),
		VD_TEST(replies_to_others),
		VD_TEST(damaged),
		VD_TEST(errors),
		VD_TEST(other_messages),
		VD_TEST(short_quotes),
		VD_TEST(errors_about_others),
		VD_TEST(quoted_options),
};

VD_TEST_MAIN("check_ping", tests)
