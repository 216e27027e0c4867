/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_addr.h"

#include <arpa/inet.h>
#include <errno.h>

#include "vd_hash.h"
#include "vd_test.h"

static struct vd_addr
addr(const char *text)
{
	struct vd_addr a = {.w = {0, 0}};

	CU_ASSERT_EQUAL(vd_addr_parse(text, &a), 0);
	return a;
}

static void
parses_and_formats(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
			{"192.0.2.1", "192.0.2.1"},
			{"0.0.0.0", "0.0.0.0"},
			{"255.255.255.255", "255.255.255.255"},
			{"::", "::"},
			{"::1", "::1"},
			{"2001:DB8::1", "2001:db8::1"},
			{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
			{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
			{"fe80::", "fe80::"},
			{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
			{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
			{"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
			{"0:0:1::", "0:0:1::"},
			{"::ffff:192.0.2.1", "192.0.2.1"},
			{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
			{"1:2:3:4:5:6:192.0.2.33", "1:2:3:4:5:6:c000:221"},
	};
	char buf[VD_ADDR_STR];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vd_addr a = addr(cases[i].in);

		CU_ASSERT_STRING_EQUAL(vd_addr_format(&a, buf, sizeof(buf)), cases[i].out);
	}
	CU_ASSERT_STRING_EQUAL(vd_addr_format(&(struct vd_addr){.b = {0x20}}, buf, 3), "20");
}

static void
refuses_what_is_no_address(void)
{
	static const char *const bad[] = {"", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", " 1.2.3.4",
			"1.2.3.04", "1..3.4", "1.2.3.", "a.b.c.d", "1.2.3.4/24", "+1.2.3.4", ":",
			":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
			"1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:", ":1",
			"g::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4:5", "fe80::1%eth0",
			"1.2.3.0x4", "1.2.3.4\n"};
	struct vd_addr a = {.w = {7, 7}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(vd_addr_parse(bad[i], &a), -EINVAL);
	CU_ASSERT_EQUAL(vd_addr_parse("1.2.3.256", &a), -ERANGE);
	CU_ASSERT_EQUAL(vd_addr_parse("1.2.3.1000", &a), -ERANGE);
	CU_ASSERT_EQUAL(vd_addr_parse("::12345", &a), -ERANGE);
	CU_ASSERT(a.w[0] == 7 && a.w[1] == 7);
}

/* libc's inet_pton and inet_ntop as the independent opinion. */
static void
agrees_with_libc(void)
{
	struct vd_rng rng = {1};

	for (int i = 0; i < 20000; i++) {
		struct vd_addr a, b;
		char ours[VD_ADDR_STR], theirs[INET6_ADDRSTRLEN];
		uint64_t mask = vd_rng_next(&rng);

		a.w[0] = vd_rng_next(&rng);
		a.w[1] = vd_rng_next(&rng);
		for (int g = 0; g < 16; g++)
			if ((mask >> (g / 2) & 1) != 0 || (mask >> (16 + g) & 3) == 0)
				a.b[g] = 0;
		vd_addr_format(&a, ours, sizeof(ours));
		CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET6, ours, b.b), 1);
		CU_ASSERT_FATAL(vd_addr_equal(&a, &b));
		inet_ntop(AF_INET6, a.b, theirs, sizeof(theirs));
		CU_ASSERT_EQUAL_FATAL(vd_addr_parse(theirs, &b), 0);
		CU_ASSERT_FATAL(vd_addr_equal(&a, &b));
		/* libc writes ::a.b.c.d where RFC 5952 leaves hexadecimal. */
		if (strchr(theirs, '.') == NULL)
			CU_ASSERT_STRING_EQUAL(ours, theirs);
	}
}

/* Every octet in every place, ports of every length, and buffers that are too small. */
static void
formats_by_hand(void)
{
	char ours[VD_ENDPOINT_STR], theirs[VD_ENDPOINT_STR];

	for (uint32_t i = 0; i < 65536; i++) {
		struct vd_addr a = vd_addr_from_v4(i * 0x9e3779b1u);
		struct vd_endpoint ep = {.addr = a, .port = (uint16_t)i};

		snprintf(theirs, sizeof(theirs), "%u.%u.%u.%u:%u", a.b[12], a.b[13], a.b[14],
				a.b[15], i);
		CU_ASSERT_STRING_EQUAL(vd_endpoint_format(&ep, ours, sizeof(ours)), theirs);

		/* The shortest has seven characters. */
		theirs[i % 7] = 0;
		CU_ASSERT_STRING_EQUAL(vd_addr_format(&a, ours, i % 7 + 1), theirs);
	}
	CU_ASSERT_STRING_EQUAL(vd_addr_format(&(struct vd_addr){.w = {0, 0}}, ours, 2), ":");
	ours[0] = 'x';
	vd_addr_format(&(struct vd_addr){.w = {0, 0}}, ours, 0);
	CU_ASSERT_EQUAL(ours[0], 'x');
}

static void
knows_families_and_scopes(void)
{
	struct vd_addr v4 = addr("192.0.2.1"), v6 = addr("2001:db8::1"), m4 = addr("224.0.0.18"),
		       m6 = addr("ff02::12"), l4 = addr("169.254.1.1"), l6 = addr("fe80::1");

	CU_ASSERT(vd_addr_is_v4(&v4) && !vd_addr_is_v4(&v6));
	CU_ASSERT(vd_addr_v4(&v4) == htonl(0xc0000201u));
	CU_ASSERT(vd_addr_is_multicast(&m4) && vd_addr_is_multicast(&m6));
	CU_ASSERT(!vd_addr_is_multicast(&v4) && !vd_addr_is_multicast(&v6));
	CU_ASSERT(vd_addr_is_link_local(&l4) && vd_addr_is_link_local(&l6));
	CU_ASSERT(!vd_addr_is_link_local(&v4) && !vd_addr_is_link_local(&v6));
	CU_ASSERT(vd_addr_is_unset(&(struct vd_addr){0}));
	v6 = addr("0.0.0.0");
	CU_ASSERT(!vd_addr_is_unset(&v6));
	CU_ASSERT(vd_addr_cmp(&v4, &m4) < 0);
}

static void
prefixes(void)
{
	struct vd_prefix p, q;
	struct vd_addr in = addr("192.0.2.200"), out = addr("192.0.3.1"), v6 = addr("2001:db8::1");
	char buf[VD_PREFIX_STR];

	CU_ASSERT_EQUAL(vd_prefix_parse("192.0.2.77/24", &p), 0);
	CU_ASSERT_STRING_EQUAL(vd_prefix_format(&p, buf, sizeof(buf)), "192.0.2.77/24");
	CU_ASSERT(vd_prefix_contains(&p, &in) && !vd_prefix_contains(&p, &out));
	CU_ASSERT(!vd_prefix_contains(&p, &v6));
	q = vd_prefix_network(&p);
	CU_ASSERT_STRING_EQUAL(vd_prefix_format(&q, buf, sizeof(buf)), "192.0.2.0/24");
	CU_ASSERT_EQUAL(vd_prefix_parse("2001:db8::ff/121", &p), 0);
	q = vd_prefix_network(&p);
	CU_ASSERT_STRING_EQUAL(vd_prefix_format(&q, buf, sizeof(buf)), "2001:db8::80/121");
	CU_ASSERT_EQUAL(vd_prefix_parse("0.0.0.0/0", &p), 0);
	CU_ASSERT(vd_prefix_contains(&p, &in) && !vd_prefix_contains(&p, &v6));
	CU_ASSERT_EQUAL(vd_prefix_parse("::/0", &p), 0);
	CU_ASSERT(vd_prefix_contains(&p, &v6) && !vd_prefix_contains(&p, &in));
	CU_ASSERT_EQUAL(vd_prefix_parse("192.0.2.1", &p), 0);
	CU_ASSERT_EQUAL(p.len, 32);
	CU_ASSERT_EQUAL(vd_prefix_parse("::1", &p), 0);
	CU_ASSERT_EQUAL(p.len, 128);
	CU_ASSERT_EQUAL(vd_prefix_parse("192.0.2.1/33", &p), -ERANGE);
	CU_ASSERT_EQUAL(vd_prefix_parse("::1/129", &p), -ERANGE);
	CU_ASSERT_EQUAL(vd_prefix_parse("192.0.2.1/", &p), -EINVAL);
	CU_ASSERT_EQUAL(vd_prefix_parse("192.0.2.1/2x", &p), -EINVAL);
	CU_ASSERT_EQUAL(vd_prefix_parse("192.0.2.1/-1", &p), -EINVAL);
	CU_ASSERT_EQUAL(vd_prefix_parse("192.0.2.1/24/8", &p), -EINVAL);
	CU_ASSERT_EQUAL(vd_prefix_parse("/24", &p), -EINVAL);
}

static void
endpoints(void)
{
	static const char *const good[] = {"192.0.2.1:80", "[2001:db8::1]:65535", "0.0.0.0:0"};
	static const char *const bad[] = {"192.0.2.1", "192.0.2.1:", ":80", "[::1]",
			"[::1]:", "::1:80", "[192.0.2.1]:80", "[::1:80", "::1]:80", "[]:80",
			"1.2.3.4:8x", "1.2.3.4:+8", "1.2.3.4:080", "[::1] :80", "]:80", "[:80"};
	struct vd_endpoint ep;
	char buf[VD_ENDPOINT_STR];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(vd_endpoint_parse(good[i], &ep), 0);
		CU_ASSERT_STRING_EQUAL(vd_endpoint_format(&ep, buf, sizeof(buf)), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(vd_endpoint_parse(bad[i], &ep), -EINVAL);
	CU_ASSERT_EQUAL(vd_endpoint_parse("1.2.3.4:65536", &ep), -ERANGE);
	CU_ASSERT_EQUAL(vd_endpoint_parse("1.2.3.4:100000", &ep), -ERANGE);
}

static void
ranges(void)
{
	static const struct {
		const char *in, *lo, *hi;
		uint32_t size;
	} good[] = {
			{"192.0.2.5", "192.0.2.5", "192.0.2.5", 1},
			{"192.0.2.5-9", "192.0.2.5", "192.0.2.9", 5},
			{"192.0.2.250-192.0.3.3", "192.0.2.250", "192.0.3.3", 10},
			{"192.0.2.5/30", "192.0.2.4", "192.0.2.7", 4},
			{"0.0.0.0/0", "0.0.0.0", "255.255.255.255", UINT32_MAX},
			{"2001:db8::a-f", "2001:db8::a", "2001:db8::f", 6},
			{"2001:db8::a-2001:db8::1:9", "2001:db8::a", "2001:db8::1:9", 65536},
			{"2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff",
					UINT32_MAX},
			{"2001:db8:0:0:ffff:ffff:ffff:ffff-2001:db8:0:1::1",
					"2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::1", 3},
			{"::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UINT32_MAX},
	};
	static const char *const bad[] = {"192.0.2.9-5", "192.0.2.9-", "-9",
			"192.0.2.9-2001:db8::1", "192.0.2.9-10-11", "192.0.2.9-a", "::5-g", "::5-4",
			"192.0.2.5/30-9"};
	struct vd_addr lo, hi, want;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(vd_addr_range_parse(good[i].in, &lo, &hi), 0);
		want = addr(good[i].lo);
		CU_ASSERT(vd_addr_equal(&lo, &want));
		want = addr(good[i].hi);
		CU_ASSERT(vd_addr_equal(&hi, &want));
		CU_ASSERT_EQUAL(vd_addr_range_size(&lo, &hi), good[i].size);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(vd_addr_range_parse(bad[i], &lo, &hi), -EINVAL);
	CU_ASSERT_EQUAL(vd_addr_range_parse("192.0.2.9-256", &lo, &hi), -ERANGE);
}

static void
adds_inside_the_family(void)
{
	struct vd_addr a, want;

	a = addr("192.0.2.255");
	a = vd_addr_add(&a, 2);
	want = addr("192.0.3.1");
	CU_ASSERT(vd_addr_equal(&a, &want));
	a = addr("255.255.255.255");
	a = vd_addr_add(&a, 1);
	want = addr("0.0.0.0");
	CU_ASSERT(vd_addr_equal(&a, &want));
	a = addr("2001:db8::ffff:ffff");
	a = vd_addr_add(&a, UINT32_MAX);
	want = addr("2001:db8::1:ffff:fffe");
	CU_ASSERT(vd_addr_equal(&a, &want));
	a = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	a = vd_addr_add(&a, 1);
	CU_ASSERT(vd_addr_is_unset(&a));
}

static void
macs_and_what_derives_from_them(void)
{
	static const char *const bad[] = {"", "02:00:00:00:00", "02:00:00:00:00:0",
			"02:00:00:00:00:0g", "02:00:00:00:00:01:", "02:00-00:00:00:01",
			"020000000001", "02.00.00.00.00.01"};
	struct vd_addr a, want;
	struct vd_mac m;
	char buf[VD_MAC_STR];

	CU_ASSERT_EQUAL(vd_mac_parse("02-00-5E-10-0a-Ff", &m), 0);
	CU_ASSERT_STRING_EQUAL(vd_mac_format(&m, buf, sizeof(buf)), "02:00:5e:10:0a:ff");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(vd_mac_parse(bad[i], &m), -EINVAL);
	a = vd_addr_link_local(&m);
	want = addr("fe80::5eff:fe10:aff");
	CU_ASSERT(vd_addr_equal(&a, &want));
	a = addr("2001:db8::12:3456");
	a = vd_addr_solicited_node(&a);
	want = addr("ff02::1:ff12:3456");
	CU_ASSERT(vd_addr_equal(&a, &want));
}

static void
hashes_by_seed(void)
{
	struct vd_addr a = addr("192.0.2.1"), b = addr("192.0.2.2");

	CU_ASSERT_EQUAL(vd_addr_hash(&a, 1), vd_addr_hash(&a, 1));
	CU_ASSERT_NOT_EQUAL(vd_addr_hash(&a, 1), vd_addr_hash(&a, 2));
	CU_ASSERT_NOT_EQUAL(vd_addr_hash(&a, 1), vd_addr_hash(&b, 1));
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(parses_and_formats),
			VD_TEST(refuses_what_is_no_address),
			VD_TEST(agrees_with_libc),
			VD_TEST(formats_by_hand),
			VD_TEST(knows_families_and_scopes),
			VD_TEST(prefixes),
			VD_TEST(endpoints),
			VD_TEST(ranges),
			VD_TEST(adds_inside_the_family),
			VD_TEST(macs_and_what_derives_from_them),
			VD_TEST(hashes_by_seed),
	};

	return vd_test_main("addr", tests, sizeof(tests) / sizeof(tests[0]));
}
