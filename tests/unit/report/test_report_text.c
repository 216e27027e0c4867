/* SPDX-License-Identifier: BSD-3-Clause */
#include "../../../lib/report/report_priv.h"
#include "report_world.h"

static const char *
command(const char *line)
{
	static struct vd_strbuf b;

	vd_strbuf_reset(&b);
	vd_strbuf_puts(&b, "'");
	report_command(line, &b);
	return b.s + 1;
}

static void
test_commands(void)
{
	CU_ASSERT_STRING_EQUAL(command("/bin/true"), "'/bin/true'");
	CU_ASSERT_STRING_EQUAL(command("  /bin/x  a\tb "), "'/bin/x' 'a' 'b'");
	CU_ASSERT_STRING_EQUAL(command("/bin/x \"a b\" 'c \"d'"), "'/bin/x' 'a b' 'c \"d'");
	CU_ASSERT_STRING_EQUAL(command("/bin/x \"open"), "'/bin/x' 'open'");
	CU_ASSERT_STRING_EQUAL(command(""), "");
}

static const char *
address(const char *prefix, struct vd_model_address a, bool set)
{
	static struct vd_strbuf b;

	(void)vd_prefix_parse(prefix, &a.address);
	vd_strbuf_reset(&b);
	report_address(&a, "eth0", set, &b);
	return b.s;
}

static void
test_addresses(void)
{
	char dev[] = "eth1", brd[] = "10.0.0.255", scope[] = "link", label[] = "eth1:1";
	struct vd_model_address plain = {0},
				full = {.dev = dev,
						.brd = brd,
						.scope = scope,
						.label = label,
						.no_track = true};

	CU_ASSERT_STRING_EQUAL(address("10.0.0.1", plain, false), "10.0.0.1 dev eth0 scope global");
	CU_ASSERT_STRING_EQUAL(address("10.0.0.1/24", plain, true),
			"10.0.0.1/24 dev eth0 scope global set");
	CU_ASSERT_STRING_EQUAL(address("2001:db8::1/64", plain, false),
			"2001:db8::1/64 dev eth0 scope global preferred_lft forever");
	CU_ASSERT_STRING_EQUAL(address("fe80::1", plain, true),
			"fe80::1 dev eth0 scope global deprecated set");
	CU_ASSERT_STRING_EQUAL(address("10.0.0.1/24", full, false),
			"10.0.0.1/24 brd 10.0.0.255 dev eth1 scope link label eth1:1 no_track");
}

static void
test_times(void)
{
	struct vd_report r = {.time_text = world_time};
	struct vd_strbuf b = {0};

	report_time(&r, 1795647761009987, &b);
	CU_ASSERT_STRING_EQUAL(b.s, "1795647761.009987 (Wed Nov 25 23:02:41.009987 2026)");
	vd_strbuf_reset(&b);
	r.time_text = NULL;
	report_time(&r, 1795647761009987, &b);
	CU_ASSERT_STRING_EQUAL(b.s, "1795647761.009987");
	vd_strbuf_free(&b);
}

static const struct vd_test tests[] = {
		VD_TEST(test_commands),
		VD_TEST(test_addresses),
		VD_TEST(test_times),
};

VD_TEST_MAIN("report_text", tests)
