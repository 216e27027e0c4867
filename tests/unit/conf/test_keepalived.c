/* SPDX-License-Identifier: BSD-3-Clause */
/* The grammar: every item of it as text in, canonical text out, and what is said. */
#include "conf_memory.h"

struct sample {
	const char *in;
	const char *out; /* the dump; NULL: not looked at */
	const char *said; /* a part of what is said that must be there; NULL: nothing is said but effects */
};

/* Lines that tell what a version does not carry out yet belong to another test. */
static bool
quiet(char *said)
{
	for (char *line = strtok(said, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (strstr(line, "not in effect yet") == NULL &&
				strstr(line, "without meaning here") == NULL) {
			printf("\nsaid: %s\n", line);
			return false;
		}
	}
	return true;
}

static void
check(const struct sample *s, size_t n)
{
	for (; n-- > 0; s++) {
		struct vd_strbuf out = {0};
		char *said;
		int rc;
		struct vd_model *m = text_parse(s->in, &said, &rc);

		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		vd_conf_dump_keepalived(m, &out);
		if (s->out != NULL && strcmp(out.s == NULL ? "" : out.s, s->out) != 0) {
			printf("\nin: %s\nout: %s\nwant: %s\n", s->in, out.s == NULL ? "" : out.s,
					s->out);
			CU_FAIL("dump");
		}
		if (s->said != NULL && strstr(said, s->said) == NULL) {
			printf("\nin: %s\nsaid: %s\nwant: %s\n", s->in, said, s->said);
			CU_FAIL("said");
		}
		if (s->said == NULL)
			CU_ASSERT(quiet(said));
		if (rc == 0)
			CU_ASSERT(round_trips(m));
		free(said);
		vd_strbuf_free(&out);
		vd_model_free(m);
	}
}

#define G(body)    "global_defs {\n" body "}\n"
#define ROUTER(id) G("    router_id " id "\n") "\n"

static void
test_tokens(void)
{
	static const struct sample samples[] = {
			{"global_defs { router_id a }", ROUTER("a"), NULL},
			{"global_defs\n{\nrouter_id a\n}", ROUTER("a"), NULL},
			{"global_defs{\nrouter_id a}", ROUTER("a"), NULL},
			{"global_defs { # one\nrouter_id a ! two\n}", ROUTER("a"), NULL},
			{"global_defs {\nrouter_id a#b\n}", ROUTER("a"), NULL},
			{"global_defs {\nrouter_id \"a # b\"\n}", ROUTER("\"a # b\""), NULL},
			{"global_defs {\nrouter_id 'a \"b'\n}", ROUTER("\"a \\\"b\""), NULL},
			{"global_defs {\nrouter_id a\" b\"c\n}", ROUTER("\"a bc\""), NULL},
			{"global_defs {\nrouter_id \"\\x41\\102\\tC\"\n}", ROUTER("\"AB\\011C\""),
					NULL},
			{"global_defs {\nrouter_id a\\#b\n}", ROUTER("\"a#b\""), NULL},
			{"global_defs {\r\nrouter_id a\r\n}\r\n", ROUTER("a"), NULL},
			{"global_defs {\nrouter_id \\\n a\n}", ROUTER("a"), NULL},
			{"global_defs {\nrouter_id \"a\n}", NULL,
					"f:2:11: error: this quote is never closed"},
			{"global_defs { notification_email { a@b c@d\ne@f } }",
					G("    notification_email {\n        \"a@b\"\n        "
					  "\"c@d\"\n"
					  "        \"e@f\"\n    }\n") "\n",
					NULL},
	};

	check(samples, VD_ARRAY_LEN(samples));
}

static void
test_parameters(void)
{
	static const struct sample samples[] = {
			{"$A=a\n" G("router_id $A\n"), ROUTER("a"), NULL},
			{"$A=a\n" G("router_id x${A}y\n"), ROUTER("xay"), NULL},
			{"$A=${B}1\n$B=b\n" G("router_id $A\n"), ROUTER("b1"), NULL},
			{"$A=\n" G("router_id x${A}\n"), ROUTER("x"), NULL},
			{G("router_id ${NO}\n"), ROUTER("\"\\044{NO}\""), NULL},
			{G("router_id $NO\n"), ROUTER("\"\\044NO\""), NULL},
			{G("router_id ${_PWD}\n"), ROUTER("/cwd"), NULL},
			{G("router_id ${_INSTANCE}\n"), ROUTER("main"), NULL},
			{G("router_id ${_HASH}x${_BANG}\n"), ROUTER("\"#x!\""), NULL},
			{G("router_id \"${_ENV HOME}\"\n"), ROUTER("/home/me"), NULL},
			{G("router_id x${_ENV NOT}\n"), ROUTER("x"), NULL},
			{G("router_id ${_RANDOM 7 7}\n"), ROUTER("7"), NULL},
			{"$I= \\\nglobal_defs { \\\n router_id ${N} \\\n}\n$N=5\n$I\n", ROUTER("5"),
					NULL},
			{"$X= \\\n $N=1 \\\n router_id a${N}\nglobal_defs {\n$X\n}\n", ROUTER("a1"),
					NULL},
			{"$A=${A}${A}\n" G("router_id $A\n"), NULL,
					"expands to more than can be read"},
			{"@main $A=m\n@other $A=o\n" G("router_id $A\n"), ROUTER("m"), NULL},
			{"$IF=@main\n$NO=@other\n" G("$IF router_id a\n$NO router_id b\n"),
					ROUTER("a"), NULL},
	};

	check(samples, VD_ARRAY_LEN(samples));
}

static void
test_conditions(void)
{
	static const struct sample samples[] = {
			{G("@main router_id a\n@other router_id b\n"), ROUTER("a"), NULL},
			{G("@^main router_id a\n@^other router_id b\n"), ROUTER("b"), NULL},
			{G("@main\nrouter_id a\n"), ROUTER("a"), NULL},
	};

	check(samples, VD_ARRAY_LEN(samples));
}

#define MAILS(list)  G("notification_email {\n" list "\n}\n")
#define MAIL(a)      "        " a "\n"
#define MAILED(list) G("    notification_email {\n" list "    }\n") "\n"

static void
test_sequences(void)
{
	static const struct sample samples[] = {
			{MAILS("~SEQ(A, 1, 3) m${A}"), MAILED(MAIL("m1") MAIL("m2") MAIL("m3")),
					NULL},
			{MAILS("~SEQ(A, 2) m${A}"), MAILED(MAIL("m1") MAIL("m2")), NULL},
			{MAILS("~SEQ(A, 5, -2, 1) m${A}"), MAILED(MAIL("m5") MAIL("m3") MAIL("m1")),
					NULL},
			{MAILS("~SEQx(A, 0x9, 0xb) m${A}"),
					MAILED(MAIL("m9") MAIL("ma") MAIL("mb")), NULL},
			{MAILS("~SEQ(A,1,2) ~SEQ(B,1,2) ${A}.${B}"),
					MAILED(MAIL("1.1") MAIL("1.2") MAIL("2.1") MAIL("2.2")),
					NULL},
			{MAILS("~LST(A, x, y) m${A}"), MAILED(MAIL("mx") MAIL("my")), NULL},
			{MAILS("~LST({A, B}, {1,2}, {3,4}) ${A}${B}"),
					MAILED(MAIL("12") MAIL("34")), NULL},
			{MAILS("~LST(A,x,y) ~SEQ(B,1,2) ${A}${B}"),
					MAILED(MAIL("x1") MAIL("x2") MAIL("y1") MAIL("y2")), NULL},
			{MAILS("~SEQ(A, 1, -1, 5) m"), NULL,
					"f:3:1: error: these numbers make no sequence"},
			{MAILS("~SEQ(A, 1, 5 m"), NULL, "error: this ( is never closed"},
			{MAILS("~SEQ(A, 1, 99999999999) m"), NULL,
					"expands to more than can be read"},
	};

	check(samples, VD_ARRAY_LEN(samples));
}

#define URL(body) \
	"virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n" \
	"real_server 10.0.0.5 80 {\nHTTP_GET {\nurl {\npath /\n" body "\n}\n}\n}\n}\n"
#define TCP(head, body) \
	"virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n" \
	"real_server " head " {\nTCP_CHECK {\n" body "\n}\n}\n}\n"

/* Lines that keepalived takes, and what it makes of them. */
static void
test_lenient(void)
{
	static const struct sample samples[] = {
			{TCP("10.0.0.5/24 80", "connect_ip 10.0.0.9/24"),
					"virtual_server 10.0.0.1 80 {\n    lb_algo rr\n"
					"    lb_kind NAT\n    protocol TCP\n"
					"    real_server 10.0.0.5 80 {\n        TCP_CHECK {\n"
					"            connect_ip 10.0.0.9\n        }\n    }\n}\n\n",
					"f:7:12: warning: connect_ip: the /24 of 10.0.0.9/24 is "
					"ignored\n"},
			{TCP("10.0.0.5/24 80", ""), NULL,
					"f:5:13: warning: real_server: the /24 of 10.0.0.5/24 is "
					"ignored\n"},
			{TCP("10.0.0.5 80", "connect_ip 10.0.0.9/33"), NULL,
					"f:7:12: error: connect_ip: \"10.0.0.9/33\" is not an "
					"address\n"},
			{TCP("10.0.0.5 0", ""), NULL, NULL},
			{TCP("10.0.0.5 80", "delay_before_retry 0"), NULL, NULL},
			{URL("regex"), NULL, "f:9:1: warning: regex has no value and is ignored\n"},
			{URL("regex a\nregex_min_offset x"), NULL,
					"f:10:18: warning: regex_min_offset: \"x\" is not a number "
					"and is ignored\n"},
			{URL("status_code 600"), NULL,
					"f:9:13: warning: status_code: 600 is outside 100 to 599"},
			{URL("}\nenable_sni\nsni_name a\ntls_compliant\nurl {\npath /"), NULL,
					"note: HTTP_GET: without meaning here: enable_sni, "
					"sni_name, tls_compliant\n"},
			{G("smtp_helo_name\n"), NULL,
					"f:2:1: warning: smtp_helo_name has no value and is "
					"ignored\n"},
			{"vrrp_track_process p {\nprocess a\nparam_match\n}\n", NULL,
					"f:3:1: warning: param_match has no value and is "
					"ignored\n"},
	};

	check(samples, VD_ARRAY_LEN(samples));
}

/* Lines of which nothing is left without their word. */
static void
test_no_value(void)
{
	static const struct sample samples[] = {
			{"virtual_server 10.0.0.1 80 {\nquorum_up\n}\n", NULL,
					"f:2:1: error: quorum_up needs a value\n"},
			{"virtual_server 10.0.0.1 80 {\nsorry_server\n}\n", NULL,
					"f:2:1: error: sorry_server needs a value\n"},
			{G("lvs_notify_fifo\n"), NULL,
					"f:2:1: error: lvs_notify_fifo needs a value\n"},
	};

	check(samples, VD_ARRAY_LEN(samples));
}

static void
test_problems(void)
{
	static const struct sample samples[] = {
			{"global_dfs {\nrouter_id a\n}\n", "",
					"f:1:1: warning: unknown word global_dfs is skipped (did "
					"you mean "
					"global_defs?)"},
			{G("routerid a\nfoo {\nbar {\n}\n}\n"), "global_defs {\n}\n\n",
					"f:2:1: warning: global_defs: unknown word routerid is "
					"skipped (did you "
					"mean router_id?)"},
			{G("router_id a b c\n"), ROUTER("a"),
					"f:2:13: warning: router_id: \"b c\" at the end of the "
					"line is ignored"},
			{"vrrp_instance V {\nvirtual_router_id 1\nstate BACKUP ; nopreempt\n}\n",
					"vrrp_instance V {\n    state BACKUP\n    "
					"virtual_router_id 1\n"
					"    nopreempt\n}\n\n",
					"f:3:14: warning: keepalived ignores what follows ;, here "
					"it is "
					"understood"},
			{"vrrp_instance V {\nvirtual_router_id 1;\npriority 7;\n}\n",
					"vrrp_instance V {\n    virtual_router_id 1\n    priority "
					"7\n}\n\n",
					"warning: the ; at the end of 7; is dropped"},
			{"vrrp_instance V {\nvirtual_router_id 1\npriority 300\n}\n",
					"vrrp_instance V {\n    virtual_router_id 1\n}\n\n",
					"f:3:10: warning: priority: 300 is outside 1 to 255 and is "
					"ignored"},
			{"vrrp_instance V {\nvirtual_router_id 1\npriority abc\n}\n", NULL,
					"f:3:10: error: priority: \"abc\" is not a number"},
			{"vrrp_instance V {\nvirtual_router_id 1\nvirtual_ipaddress "
			 "{\n10.0.0.300\n}\n}\n",
					NULL,
					"f:4:1: error: virtual_ipaddress entry: \"10.0.0.300\" is "
					"not"},
			{"vrrp_instance V {\nvirtual_router_id 1\n", NULL,
					"f:1:1: error: the { of vrrp_instance V is never closed"},
			{"vrrp_instance V {\nvirtual_router_id 1\nvrrp_instance W {\n"
			 "virtual_router_id 2\n}\n",
					NULL,
					"f:1:1: error: the { of vrrp_instance V is never closed; "
					"line 3 begins "
					"vrrp_instance"},
			{G("}\n}\n"), NULL, "f:3:1: error: } closes nothing"},
			{"global_defs\nvrrp_script s {\nscript a\n}\n", NULL,
					"f:1:1: error: global_defs: its { is missing"},
			{"{\n}\n", NULL, "f:1:1: error: unexpected {"},
			{"vrrp_instance V {\n}\n", NULL,
					"f:1:1: error: vrrp_instance V has no virtual_router_id"},
			{"vrrp_instance V {\nvirtual_router_id 1\n}\nvrrp_instance V {\n"
			 "virtual_router_id 2\n}\n",
					"vrrp_instance V {\n    virtual_router_id 1\n}\n\n",
					"f:4:1: warning: vrrp_instance V is already defined at "
					"line 1; this one "
					"is ignored"},
			{G("router_id a\nrouter_id b\n"), ROUTER("b"),
					"f:3:1: warning: router_id is already given at line 2; "
					"this one counts"},
			{"vrrp_instance V {\nvirtual_router_id 1\nskip_check_adv_addr off\n}\n",
					NULL, "keepalived turns it on; understood as off"},
			{"vrrp_instance V {\nvirtual_router_id 1\nuse_vmac false\n}\n",
					"vrrp_instance V {\n    virtual_router_id 1\n}\n\n",
					"f:3:1: warning: use_vmac false: keepalived makes an "
					"interface named "
					"false"},
			{"vrrp_instance V {\nvirtual_router_id 1\nvirtual_rules {\n"
			 "to 10.0.0./24 table 1\n}\n}\n",
					NULL, "f:4:4: error: to: \"10.0.0./24\" is not"},
			{"vrrp_sync_group G {\nA\nB\n}\n",
					"vrrp_sync_group G {\n    group {\n        A\n        B\n  "
					"  }\n}\n\n",
					"f:2:1: warning: vrrp_sync_group: A stands outside group { "
					"}"},
			{"virtual_server 10.0.0.1 99999 {\n}\n", "",
					"f:1:25: error: virtual_server: \"99999\" is not in its "
					"range"},
			{"virtual_server 10.0.0.1 80 {\n}\n", NULL, "names no protocol; it is UDP"},
			{"virtual_server 10.0.0.1 80 {\nprotocol TCP\nsh-port\nlb_algo sh\n}\n",
					NULL,
					"f:3:1: note: sh-port stands before lb_algo; understood"},
			{"virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo sed\n}\n", NULL,
					"f:3:9: warning: lb_algo sed is not in effect yet; wrr is "
					"used"},
			{"virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo foo\n}\n", NULL,
					"f:3:9: error: lb_algo: \"foo\" is not one of rr, wrr"},
			{"virtual_server 10.0.0.1 80 {\nprotocol TCP\npersistence_timeout 0\n}\n",
					NULL, "note: persistence_timeout 0 means none"},
			{"vrrp_script s {\nscript /bin/a b\n}\n", NULL,
					"f:2:15: warning: script: the words after /bin/a are "
					"ignored (quote the "
					"command with its arguments)"},
			{"virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 10.0.0.2 80 { "
			 "weight 1 "
			 "alpha }\n}\n",
					NULL, "(put alpha on a line of its own)"},
	};

	check(samples, VD_ARRAY_LEN(samples));
}

static void
test_once(void)
{
	char *said;
	int rc;
	struct vd_model *m = text_parse("foo {\nvrrp_instanc a {\n}\n}\n}\n}\n", &said, &rc);

	CU_ASSERT_EQUAL(rc, -EINVAL);
	CU_ASSERT_STRING_EQUAL(said,
			"f:1:1: warning: unknown word foo is skipped\n"
			"f:5:1: error: } closes nothing\n");
	free(said);
	vd_model_free(m);
}

/* Files that include others: what is read and what is said. */
static void
include(const char *const *files, const char *router_id, const char *want)
{
	struct memory mem = {.files = files};
	char *said;
	int rc;
	struct vd_model *m = memory_parse(&mem, &said, &rc);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	if (router_id == NULL)
		CU_ASSERT_PTR_NULL(m->global.router_id);
	if (router_id != NULL) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(m->global.router_id);
		CU_ASSERT_STRING_EQUAL(m->global.router_id, router_id);
	}
	if (want == NULL ? strstr(said, "include") != NULL : strstr(said, want) == NULL) {
		printf("\nsaid: %s\nwant: %s\n", said, want);
		CU_FAIL("said");
	}
	free(said);
	vd_model_free(m);
}

#define FILES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
test_include(void)
{
	include(FILES("/etc/a", "include b\n", "/etc/b", G("router_id x\n")), "x", NULL);
	include(FILES("/etc/a", "include /srv/b\n", "/srv/b", "include c\n", "/srv/c",
				G("router_id ${_PWD}\n")),
			"/srv", NULL);
	include(FILES("/etc/a", "global_defs {\ninclude conf.d/*.conf\n}\n", "/etc/conf.d/1.conf",
				"router_id x\n"),
			"x", NULL);
	include(FILES("/etc/a", "include {b,c}\n", "/etc/b", "$X=x\n", "/etc/c",
				G("router_id $X\n")),
			"x", NULL);
	include(FILES("/etc/a", "include b\n", "/etc/b", "include a\n"), NULL,
			"/etc/b:1:1: error: /etc/a includes itself");
	include(FILES("/etc/a", "include no\n"), NULL,
			"/etc/a:1:1: warning: include: no file matches no");
	include(FILES("/etc/a", "include no/*\n"), NULL, "note: include: no file matches no/*");
	include(FILES("/etc/a", "includem no\n"), NULL, "error: include: no file matches no");
	include(FILES("/etc/a", "includem no/*\n"), NULL, "note: include: no file matches no/*");
	include(FILES("/etc/a", "includew no/*\n"), NULL, "error: include: no file matches no/*");
	include(FILES("/etc/a", "includeb {b,no}\n", "/etc/b", "\n"), NULL,
			"error: include: no file matches no");
	include(FILES("/etc/a", "includea no\n"), NULL, "error: include: no file matches no");
	include(FILES("/etc/a", "includer no\n"), NULL, "error: include: no file matches no");
	include(FILES("/etc/a", "include_check\ninclude no\n"), NULL,
			"error: include: no file matches no");
	include(FILES("/etc/a", G("include_check match\n") "include no\n"), NULL,
			"error: include: no file matches no");
	include(FILES("/etc/a", "include_check +match\ninclude_check -match\ninclude no\n"), NULL,
			"warning: include: no file matches no");
	include(FILES("/etc/a", "include_check foo\n"), NULL,
			"warning: include_check: unknown check foo");
}

static void
test_missing(void)
{
	static const char *const files[] = {NULL, NULL};
	const char *first[] = {"nothere", NULL, NULL};
	struct vd_conf_source src = {.read = memory_read};
	struct memory m = {.files = files};
	struct vd_diag_list diags = {0};
	struct vd_strbuf text = {0};
	struct vd_model *model;

	src.ctx = &m;
	CU_ASSERT_EQUAL(vd_conf_parse_keepalived(&src, first[0], NULL, &model, &diags), -ENOENT);
	CU_ASSERT_PTR_NULL(model);
	vd_diag_list_format(&diags, &text);
	CU_ASSERT_STRING_EQUAL(text.s, "nothere: error: No such file or directory\n");
	vd_strbuf_free(&text);
	vd_diag_list_free(&diags);
}

static void
test_random(void)
{
	const char *in = G("random_seed 5\nrouter_id ${_RANDOM}\n");
	char *said, *again;
	int rc;
	struct vd_model *a = text_parse(in, &said, &rc), *b = text_parse(in, &again, &rc);

	CU_ASSERT_STRING_EQUAL(a->global.router_id, b->global.router_id);
	free(said);
	free(again);
	vd_model_free(a);
	vd_model_free(b);
}

static const struct vd_test tests[] = {
		VD_TEST(test_tokens),
		VD_TEST(test_parameters),
		VD_TEST(test_conditions),
		VD_TEST(test_sequences),
		VD_TEST(test_lenient),
		VD_TEST(test_no_value),
		VD_TEST(test_problems),
		VD_TEST(test_once),
		VD_TEST(test_include),
		VD_TEST(test_missing),
		VD_TEST(test_random),
};

VD_TEST_MAIN("conf_keepalived", tests)
