/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks that can never succeed as they are written: down, with the reason. */
#include "probe_rig.h"

static const struct {
	const char *check, *why;
} cases[] = {
		{"HTTP_GET {\nurl {\npath /\nregex (\n}\n}\n", NULL},
		{"HTTP_GET {\nurl {\npath /\ndigest xyz\n}\n}\n", NULL},
		{"HTTP_GET {\nurl {\npath /\n}\nurl {\npath /\nregex_options nosuch\nregex "
		 "a\n}\n}\n",
				NULL},
		{"SSL_GET {\nconnect_timeout 3\n}\n", "there is no url to check"},
		{"SSL_GET {\nenable_sni\nsni_name a/b\nurl {\npath /\n}\n}\n",
				"a/b is no host name"},
		{"DNS_CHECK {\nname a..b\n}\n", "a..b is no domain name"},
		{"UDP_CHECK {\npayload 0z\n}\n", NULL},
		{"UDP_CHECK {\npayload 0x\n}\n", "a payload has no digits that do not count"},
		{"UDP_CHECK {\nrequire_reply 0z\n}\n", NULL},
		{"UDP_CHECK {\nrequire_reply\nmin_reply_length 3\nmax_reply_length 2\n}\n",
				"min_reply_length is above max_reply_length"},
		{"MISC_CHECK {\nmisc_path \"a 'b\"\n}\n",
				"misc_path has no word, or an open quote"},
		{"FILE_CHECK {\ntrack_file nosuch\n}\n", "there is no track_file nosuch"},
		{"BFD_CHECK {\nname b\n}\n", "BFD is not in effect yet"},
		{"TCP_CHECK {\nbindto 2001:db8::1\n}\n",
				"bindto is of another address family than the target"},
		{"SMTP_CHECK {\nhost {\nconnect_ip 192.0.2.7\nbindto 2001:db8::1\n}\n}\n",
				"bindto is of another address family than the target"},
};

static void
test_never(void)
{
	struct vd_strbuf b = {0};
	int err[VD_ARRAY_LEN(cases)];
	struct vd_probe_config *c;
	struct vd_probe_view v;

	rig_start();
	vd_strbuf_puts(&b,
			"virtual_server 192.0.2.1 80 {\nprotocol TCP\nreal_server 192.0.2.2 80 "
			"{\n");
	for (size_t i = 0; i < VD_ARRAY_LEN(cases); i++)
		vd_strbuf_puts(&b, cases[i].check);
	vd_strbuf_puts(&b, "}\n}\n");
	c = rig_config(b.s, err);
	vd_strbuf_free(&b);
	vd_probe_configure(probe, c);
	CU_ASSERT(RIG_WAIT(rig_count() == VD_ARRAY_LEN(cases)));
	for (uint32_t i = 0; i < VD_ARRAY_LEN(cases); i++) {
		CU_ASSERT(err[i] == -EINVAL);
		v = rig_view(i);
		CU_ASSERT(!v.up && v.runs == 0 && v.next_run == VD_TIME_NEVER);
		CU_ASSERT_STRING_EQUAL(v.state, "down");
		if (cases[i].why != NULL)
			CU_ASSERT_STRING_EQUAL(v.last_error, cases[i].why);
		CU_ASSERT(v.last_error[0] != '\0');
		CU_ASSERT(rig_count_of(VD_PROBE_CHECK, i) == 1);
		/* A request gets the same answer. */
		CU_ASSERT(!rig_run(i));
	}
	rig_stop();
}

/* A server without a port of its own: the check must say which. */
static void
test_no_port(void)
{
	static const char *const checks[] = {"TCP_CHECK {\nretry 1\n}\n",
			"HTTP_GET {\nurl {\npath /\n}\n}\n", "SMTP_CHECK {\nretry 1\n}\n",
			"DNS_CHECK {\nretry 1\n}\n", "UDP_CHECK {\nretry 1\n}\n",
			"SMTP_CHECK {\nhost {\nbind_port 9\n}\n}\n"};
	struct vd_strbuf b = {0};
	int err[VD_ARRAY_LEN(checks) + 2];
	struct vd_probe_config *c;

	rig_start();
	vd_strbuf_puts(&b,
			"virtual_server 192.0.2.1 {\nprotocol TCP\npersistence_timeout 5\n"
			"real_server 192.0.2.2 {\n");
	for (size_t i = 0; i < VD_ARRAY_LEN(checks); i++)
		vd_strbuf_puts(&b, checks[i]);
	vd_strbuf_puts(&b, "PING_CHECK {\nretry 1\n}\nTCP_CHECK {\nconnect_port 80\n}\n}\n}\n");
	c = rig_config(b.s, err);
	vd_strbuf_free(&b);
	for (size_t i = 0; i < VD_ARRAY_LEN(checks); i++)
		CU_ASSERT(err[i] == -EINVAL);
	CU_ASSERT(err[VD_ARRAY_LEN(checks)] == 0 && err[VD_ARRAY_LEN(checks) + 1] == 0);
	vd_probe_configure(probe, c);
	CU_ASSERT(RIG_WAIT(rig_count() == VD_ARRAY_LEN(checks)));
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error,
			"there is no port to check: connect_port is missing");
	CU_ASSERT_STRING_EQUAL(rig_view(7).state, "unchecked");
	rig_stop();
}

/* One that nobody takes over. */
static void
test_freed(void)
{
	struct vd_probe_config *c;

	for (size_t i = 0; i < RIG_SLOTS; i++)
		rig_serial[i] = 1;
	c = rig_config("vrrp_script s {\nscript \"/bin/true a\"\n}\ntrack_file f {\nfile /f\n}\n"
		       "vrrp_track_process p {\nprocess a b c\n}\nSSL {\nca /ca\ncertificate /c\n"
		       "key /k\npassword p\n}\nvirtual_server 192.0.2.1 80 {\nprotocol TCP\n"
		       "real_server 192.0.2.2 80 {\nSSL_GET {\nenable_sni\nbind_if lo\nurl {\npath "
		       "/\n"
		       "virtualhost a\nregex b\n}\n}\nSMTP_CHECK {\nhost {\nbind_if lo\n}\n}\n"
		       "UDP_CHECK {\npayload 00\nrequire_reply 00\n}\nDNS_CHECK {\nname a\n}\n"
		       "MISC_CHECK {\nmisc_path /a\n}\nFILE_CHECK {\ntrack_file f\n}\n}\n}\n",
			NULL);
	vd_probe_config_weight(c, 3);
	vd_probe_config_free(c);
	c = vd_probe_config_new();
	vd_probe_config_weight(c, 3);
	vd_probe_config_free(c);
	vd_probe_config_free(NULL);
	CU_PASS("no leak");
}

static const struct vd_test tests[] = {
		VD_TEST(test_never),
		VD_TEST(test_no_port),
		VD_TEST(test_freed),
};

RIG_MAIN("probe/config", tests)
