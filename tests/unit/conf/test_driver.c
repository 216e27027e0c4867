/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_conf_driver.h"
#include "vd_strbuf.h"
#include "vd_test.h"

static const char *const profiles[] = {
		"ena",
		"i40e",
		"ice",
		"ixgbe",
		"mlx5",
		"net_af_packet",
		"net_af_xdp",
		"net_null",
		"net_pcap",
		"net_ring",
		"net_tap",
		"net_virtio",
		"virtio",
};

static void
read_file(const char *name, struct vd_strbuf *out)
{
	struct vd_strbuf path = {0};
	char buf[4096];
	size_t n;
	FILE *f;

	vd_strbuf_printf(&path, VD_SOURCE_ROOT "/drivers-config/%s.json", name);
	f = fopen(path.s, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		vd_strbuf_add(out, buf, n);
	fclose(f);
	vd_strbuf_free(&path);
}

/* Every profile that comes with vipd is without a problem, and no driver's name leads to two of them. */
static void
test_profiles(void)
{
	struct vd_driver_profile *all[VD_ARRAY_LEN(profiles)];

	for (size_t i = 0; i < VD_ARRAY_LEN(profiles); i++) {
		struct vd_strbuf text = {0}, lines = {0};
		struct vd_diag_list diags = {0};

		read_file(profiles[i], &text);
		vd_conf_driver_parse(profiles[i], profiles[i], text.s, text.len, &all[i], &diags);
		vd_diag_list_format(&diags, &lines);
		if (lines.len > 0)
			printf("\n%s", lines.s);
		CU_ASSERT_EQUAL(diags.n, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(all[i]);
		CU_ASSERT(all[i]->lacks.n > 0);
		for (size_t k = 0; k < i; k++)
			for (size_t m = 0; m < all[k]->pmd.n; m++)
				CU_ASSERT_FALSE(vd_driver_profile_matches(
						all[i], all[k]->pmd.v[m]));
		vd_diag_list_free(&diags);
		vd_strbuf_free(&text);
		vd_strbuf_free(&lines);
	}
	CU_ASSERT_EQUAL(all[10]->ctl_tx, VD_DRIVER_CTL_TX_PAIR);
	CU_ASSERT(vd_driver_profile_matches(all[10], "net_tap"));
	CU_ASSERT(vd_driver_profile_matches(all[12], "net_virtio"));
	CU_ASSERT_EQUAL(all[2]->rss_key, VD_DRIVER_RSS_KEY_SET);
	for (size_t i = 0; i < VD_ARRAY_LEN(profiles); i++)
		vd_driver_profile_free(all[i]);
}

static void
test_problems(void)
{
	static const char text[] =
			"{\"name\":\"x\",\"description\":\"d\",\"pmd\":[\"p\",1],\"rx_ring\":8,"
			"\"rx_offloads\":[\"IPV4_CKSUN\"],\"ctl_tx\":\"paired\",\"mac_filtr\":true,"
			"\"rx_interrupt\":\"yes\",\"rss\":{\"key\":\"set\"},\"mac_filter\":true,"
			"\"link_status\":true}";
	static const char *const lines[] = {
			"x.json: error: name: \"x\" is not the name of the file, \"y\"",
			"x.json: error: pmd[1]: expected a string, found a number",
			"x.json: error: rx_ring: 8 is out of range 32 to 32768",
			"x.json: error: ctl_tx: \"paired\" is not own, pair or shared (did you "
			"mean "
			"pair?)",
			"x.json: error: mac_filtr: unknown key (did you mean mac_filter?)",
			"x.json: error: rx_interrupt: expected true or false, found a string",
			"x.json: error: rss: missing key \"supported\"",
			"x.json: error: missing key \"lacks\"",
	};
	struct vd_diag_list diags = {0};
	struct vd_driver_profile *p;
	struct vd_strbuf all = {0};

	CU_ASSERT_EQUAL(vd_conf_driver_parse("x.json", "y", text, strlen(text), &p, &diags),
			-EINVAL);
	CU_ASSERT_PTR_NULL(p);
	vd_diag_list_format(&diags, &all);
	for (size_t i = 0; i < VD_ARRAY_LEN(lines); i++)
		if (strstr(all.s, lines[i]) == NULL)
			CU_FAIL(lines[i]);
	CU_ASSERT_EQUAL(diags.errors, VD_ARRAY_LEN(lines) + 1);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&all);
}

static void
test_default(void)
{
	struct vd_driver_profile *p = vd_driver_profile_default("net_new");

	CU_ASSERT_STRING_EQUAL(p->name, "net_new");
	CU_ASSERT_EQUAL(p->ctl_tx, VD_DRIVER_CTL_TX_OWN);
	CU_ASSERT_FALSE(p->mac_filter);
	CU_ASSERT_STRING_EQUAL(vd_driver_ctl_tx_name(p->ctl_tx), "own");
	vd_driver_profile_free(p);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_profiles),
			VD_TEST(test_problems),
			VD_TEST(test_default),
	};

	return vd_test_main("conf/driver", tests, VD_ARRAY_LEN(tests));
}
