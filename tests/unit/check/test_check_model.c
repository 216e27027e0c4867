/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "check_test.h"
#include "vd_check_model.h"
#include "vd_conf_model.h"

static struct vd_model *m;
static struct vd_strbuf said;

/* A server with the one check: JSON with ' for ". */
static int
load(const char *kind, const char *body)
{
	struct vd_diag_list quiet = {0}, diags = {0};
	struct vd_strbuf text = {0};
	int rc;

	vd_strbuf_printf(&text,
			"{'virtual_server':[{'address':'10.0.0.9','port':80,'protocol':'TCP',"
			"'lb_algo':'rr','real_server':[{'address':'10.0.0.5','%s':[{%s}]}]}]}",
			kind, body);
	for (char *p = text.s; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	vd_model_free(m);
	CU_ASSERT_EQUAL_FATAL(vd_conf_model_from_json("m", text.s, text.len, &m, &quiet), 0);
	rc = vd_check_model(m, &diags);
	vd_strbuf_reset(&said);
	vd_diag_list_format(&diags, &said);
	vd_diag_list_free(&quiet);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&text);
	return rc;
}

static struct vd_model_checker *
checker(void)
{
	return &m->virtual_servers.v[0].real_servers.v[0].checkers.v[0];
}

static struct vd_model_url *
url(void)
{
	return &checker()->url.v[0];
}

#define AT "virtual_server[0].real_server[0]."

static void
digest(void)
{
	CU_ASSERT_EQUAL(load("HTTP_GET",
					"'url':[{'path':'/','digest':"
					"'640205B7b0fc66c1ea91c463fac6334d'}]"),
			0);
	CU_ASSERT(says(&said, ""));
	CU_ASSERT_PTR_NOT_NULL(url()->digest);
	CU_ASSERT_EQUAL(load("SSL_GET", "'url':[{'path':'/','digest':'640205b7'}]"), 0);
	CU_ASSERT(says(&said,
			"m: warning: " AT
			"SSL_GET[0].url[0].digest: the digest is not 32 hexadecimal "
			"digits: \"640205b7\"; it is ignored (genhash prints it)\n"));
	CU_ASSERT_PTR_NULL(url()->digest);
	CU_ASSERT(!vd_model_given(&url()->obj, &url()->digest));
}

static void
regex(void)
{
	CU_ASSERT_EQUAL(load("HTTP_GET", "'url':[{'path':'/','regex':'a.*b'}]"), 0);
	CU_ASSERT(says(&said, ""));
	CU_ASSERT_EQUAL(load("HTTP_GET", "'url':[{'path':'/','regex':'a(b'}]"), -EINVAL);
	CU_ASSERT(says(&said,
			"m: error: " AT
			"HTTP_GET[0].url[0].regex: the regular expression \"a(b\" is wrong at byte "
			"3: missing closing parenthesis\n"));
	/* It is the options that make this one right. */
	CU_ASSERT_EQUAL(load("HTTP_GET",
					"'url':[{'path':'/','regex':'[]','regex_options':["
					"'allow_empty_class']}]"),
			0);
	CU_ASSERT_EQUAL(load("HTTP_GET", "'url':[{'path':'/','regex':'[]'}]"), -EINVAL);
}

static void
regex_options(void)
{
	CU_ASSERT_EQUAL(load("HTTP_GET",
					"'url':[{'path':'/','regex':'a','regex_options':["
					"'caseles','dotall']}]"),
			0);
	CU_ASSERT(says(&said,
			"m: warning: " AT
			"HTTP_GET[0].url[0].regex_options: there is no regex option "
			"\"caseles\" (caseless?); it is ignored\n"));
	CU_ASSERT_EQUAL_FATAL(url()->regex_options.n, 1);
	CU_ASSERT_STRING_EQUAL(url()->regex_options.v[0], "dotall");
	CU_ASSERT_EQUAL(load("HTTP_GET",
					"'url':[{'path':'/','regex':'a','regex_options':["
					"'x']}]"),
			0);
	CU_ASSERT(!vd_model_given(&url()->obj, &url()->regex_options));
}

static void
payload(void)
{
	static const char *const bad[][2] = {
			{"'payload':['0axx']", "only a reply can have digits that are left open"},
			{"'payload':['0x0a']", "only a reply can have digits that are left open"},
			{"'payload':['zz']", "not hexadecimal: \"zz\""},
			{"'payload':[]", "there is no hexadecimal digit"},
	};

	CU_ASSERT_EQUAL(load("UDP_CHECK", "'payload':['0a','0B0']"), 0);
	CU_ASSERT(says(&said, ""));
	CU_ASSERT_EQUAL(checker()->payload.n, 2);
	for (size_t i = 0; i < VD_ARRAY_LEN(bad); i++) {
		CU_ASSERT_EQUAL(load("UDP_CHECK", bad[i][0]), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(said.s, "UDP_CHECK[0].payload: "));
		CU_ASSERT_PTR_NOT_NULL(strstr(said.s, bad[i][1]));
		CU_ASSERT_PTR_NOT_NULL(strstr(said.s,
				"; random bytes are sent (two digits a byte, "
				"without 0x)\n"));
		CU_ASSERT_EQUAL(checker()->payload.n, 0);
		CU_ASSERT(!vd_model_given(&checker()->obj, &checker()->payload));
	}
}

static void
require_reply(void)
{
	CU_ASSERT_EQUAL(load("UDP_CHECK", "'require_reply':['0aXx']"), 0);
	CU_ASSERT(says(&said, ""));
	CU_ASSERT_EQUAL(load("UDP_CHECK", "'require_reply':[]"), 0);
	CU_ASSERT(says(&said, ""));
	CU_ASSERT_EQUAL(load("UDP_CHECK", "'require_reply':['0a?\?']"), 0);
	CU_ASSERT(says(&said,
			"m: note: " AT "UDP_CHECK[0].require_reply: keepalived knows no ? for any "
			"digit (x does for both)\n"));
	CU_ASSERT_EQUAL(checker()->require_reply.n, 1);
	CU_ASSERT_EQUAL(load("UDP_CHECK", "'require_reply':['zz']"), 0);
	CU_ASSERT(says(&said,
			"m: warning: " AT
			"UDP_CHECK[0].require_reply: not hexadecimal: \"zz\"; any "
			"reply will do (two digits a byte, x for any digit)\n"));
	/* A reply must come all the same. */
	CU_ASSERT_EQUAL(checker()->require_reply.n, 0);
	CU_ASSERT(vd_model_given(&checker()->obj, &checker()->require_reply));
}

static void
dns_name(void)
{
	CU_ASSERT_EQUAL(load("DNS_CHECK", "'name':'a.b.'"), 0);
	CU_ASSERT(says(&said, ""));
	CU_ASSERT_EQUAL(load("DNS_CHECK", "'name':'a..b'"), 0);
	CU_ASSERT(says(&said,
			"m: warning: " AT
			"DNS_CHECK[0].name: \"a..b\" is no domain name; the root is asked "
			"for\n"));
	CU_ASSERT_PTR_NULL(checker()->name);
	/* Another check's name. */
	CU_ASSERT_EQUAL(load("BFD_CHECK", "'name':'a..b'"), 0);
	CU_ASSERT(says(&said, ""));
	vd_model_free(m);
	m = NULL;
	vd_strbuf_free(&said);
}

static const struct vd_test tests[] = {
		VD_TEST(digest),
		VD_TEST(regex),
		VD_TEST(regex_options),
		VD_TEST(payload),
		VD_TEST(require_reply),
		VD_TEST(dns_name),
};

VD_TEST_MAIN("check_model", tests)
