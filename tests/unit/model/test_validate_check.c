/* SPDX-License-Identifier: BSD-3-Clause */
#include "validate_world.h"

#define SERVICE(more) \
	"'virtual_server':[{'address':'10.0.0.9','port':80,'protocol':'TCP','lb_algo':'rr'," more \
	"}]"
#define SERVER(more)      "{'address':'10.0.0.5','port':80" more "}"
#define CHECK(kind, body) "{" SERVICE("'real_server':[" SERVER(",'" kind "':[{" body "}]") "]") "}"
#define AT                "m: warning: virtual_server[0].real_server[0]."

static void
bindto_of_another_family(void)
{
	struct vd_model *m;
	char *said;

	expect(CHECK("TCP_CHECK", "'bindto':'10.0.0.2'"), "");
	expect(CHECK("TCP_CHECK", "'connect_ip':'2001:db8::9','bindto':'2001:db8::8'"), "");
	expect(CHECK("SMTP_CHECK", "'host':[{'bindto':'2001:db8::8'}]"),
			AT "SMTP_CHECK[0].host[0].bindto: bindto 2001:db8::8 is not of the family "
			   "of 10.0.0.5 and is ignored\n");
	expect(CHECK("TCP_CHECK", "'connect_ip':'2001:db8::9','bindto':'10.0.0.2'"),
			AT "TCP_CHECK[0].bindto: bindto 10.0.0.2 is not of the family of "
			   "2001:db8::9 and is ignored\n");
	said = validate(CHECK("TCP_CHECK", "'bindto':'2001:db8::8'"), true, &m);
	CU_ASSERT_STRING_EQUAL(said,
			AT "TCP_CHECK[0].bindto: bindto 2001:db8::8 is not of the family of "
			   "10.0.0.5 and is ignored\n");
	CU_ASSERT(vd_addr_is_unset(
			&m->virtual_servers.v[0].real_servers.v[0].checkers.v[0].bindto));
	free(said);
	vd_model_free(m);
}

static void
link_local_without_interface(void)
{
	expect(CHECK("PING_CHECK", "'connect_ip':'fe80::1','bind_if':'eth0'"), "");
	expect(CHECK("PING_CHECK", "'connect_ip':'fe80::1'"),
			AT "PING_CHECK[0].connect_ip: PING_CHECK: the link-local fe80::1 is on no "
			   "interface (add bind_if)\n");
}

#define NO_PORT(check) \
	"{'virtual_server':[{'fwmark':3,'protocol':'TCP','lb_algo':'rr','real_server':[" \
	"{'address':'10.0.0.5'," check "}]}]}"

static void
no_port(void)
{
	struct vd_model *m;
	char *said = validate(NO_PORT("'TCP_CHECK':[{}]"), true, &m);

	CU_ASSERT_PTR_NOT_NULL(strstr(said,
			AT "TCP_CHECK[0]: TCP_CHECK: neither the server nor its service has a port "
			   "(add connect_port)\n"));
	free(said);
	vd_model_free(m);
	said = validate(NO_PORT("'TCP_CHECK':[{'connect_port':81}],'PING_CHECK':[{}]"), true, &m);
	CU_ASSERT_PTR_NULL(strstr(said, "connect_port"));
	free(said);
	vd_model_free(m);
}

static void
own_words_are_a_host(void)
{
	const struct vd_model_checker *k;
	struct vd_model *m;
	char *said = validate(CHECK("SMTP_CHECK",
					      "'connect_ip':'10.0.0.7','bind_if':'eth0',"
					      "'host':[{'connect_port':26}]"),
			true, &m);

	CU_ASSERT_STRING_EQUAL(said,
			"m: note: virtual_server[0].real_server[0].SMTP_CHECK[0].connect_ip: "
			"SMTP_CHECK: its own connect_ip is one more host (put it into a host "
			"block)\n");
	k = &m->virtual_servers.v[0].real_servers.v[0].checkers.v[0];
	CU_ASSERT_EQUAL_FATAL(k->host.n, 2);
	CU_ASSERT_EQUAL(k->host.v[0].connect_port, 26);
	CU_ASSERT(vd_addr_is_unset(&k->host.v[0].connect_ip));
	CU_ASSERT_EQUAL(vd_addr_v4(&k->host.v[1].connect_ip),
			vd_addr_v4(&(struct vd_addr){
					.b = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 7}}));
	CU_ASSERT(vd_model_given(&k->host.v[1].obj, &k->host.v[1].connect_ip));
	CU_ASSERT_STRING_EQUAL(k->host.v[1].bind_if, "eth0");
	CU_ASSERT_PTR_NULL(k->bind_if);
	CU_ASSERT(!vd_model_given(&k->obj, &k->connect_ip));
	free(said);
	vd_model_free(m);
	expect(CHECK("SMTP_CHECK", "'connect_timeout':4,'host':[{'connect_port':26}]"), "");
}

static void
words_without_regex(void)
{
	expect(CHECK("HTTP_GET",
			       "'url':[{'path':'/','regex':'a','regex_no_match':true,"
			       "'regex_options':['caseless'],'regex_min_offset':3,"
			       "'regex_max_offset':3}]"),
			"");
	expect(CHECK("HTTP_GET",
			       "'url':[{'path':'/','regex_no_match':true,"
			       "'regex_options':['caseless'],'regex_min_offset':3,"
			       "'regex_max_offset':4}]"),
			AT "HTTP_GET[0].url[0].regex_no_match: regex_no_match means something with "
			   "a regex only\n" AT
			   "HTTP_GET[0].url[0].regex_options: regex_options means something with a "
			   "regex only\n" AT
			   "HTTP_GET[0].url[0].regex_min_offset: regex_min_offset means something "
			   "with a regex only\n" AT
			   "HTTP_GET[0].url[0].regex_max_offset: regex_max_offset means something "
			   "with a regex only\n");
}

static void
offsets_that_exclude_each_other(void)
{
	const struct vd_model_url *u;
	struct vd_model *m;
	char *said = validate(CHECK("HTTP_GET",
					      "'url':[{'path':'/','regex':'a',"
					      "'regex_min_offset':9,'regex_max_offset':3}]"),
			true, &m);

	CU_ASSERT_STRING_EQUAL(said,
			AT "HTTP_GET[0].url[0].regex_max_offset: regex_max_offset 3 is below "
			   "regex_min_offset 9; neither counts\n");
	u = &m->virtual_servers.v[0].real_servers.v[0].checkers.v[0].url.v[0];
	CU_ASSERT_EQUAL(u->regex_min_offset, 0);
	CU_ASSERT_EQUAL(u->regex_max_offset, 0);
	free(said);
	vd_model_free(m);
}

static void
reply_lengths(void)
{
	expect(CHECK("UDP_CHECK", "'min_reply_length':255"), "");
	expect(CHECK("UDP_CHECK", "'min_reply_length':256"),
			AT "UDP_CHECK[0].min_reply_length: min_reply_length 256 is above "
			   "max_reply_length 255: no reply will do (add max_reply_length)\n");
	expect(CHECK("UDP_CHECK", "'min_reply_length':4,'max_reply_length':3"),
			AT "UDP_CHECK[0].min_reply_length: min_reply_length 4 is above "
			   "max_reply_length 3: no reply will do\n");
}

static void
names_of_other_blocks(void)
{
	expect("{'track_file':[{'name':'load','file':'/x'}],'bfd_instance':[{'name':'peer',"
	       "'neighbor_ip':'10.0.0.3'}]," SERVICE("'real_server':[" SERVER(
			       ",'FILE_CHECK':[{'track_file':'load'}],'BFD_CHECK':[{'name':"
			       "'peer'}]") "]") "}",
			"");
	expect("{'track_file':[{'name':'load','file':'/x'}],'bfd_instance':[{'name':'peer',"
	       "'neighbor_ip':'10.0.0.3'}]," SERVICE("'real_server':[" SERVER(
			       ",'FILE_CHECK':[{'track_file':'laod'}],'BFD_CHECK':[{'name':"
			       "'per'}]") "]") "}",
			"m: error: virtual_server[0].real_server[0].FILE_CHECK[0].track_file: "
			"FILE_CHECK: track_file laod is not defined (did you mean load?)\n"
			"m: error: virtual_server[0].real_server[0].BFD_CHECK[0].name: BFD_CHECK: "
			"bfd_instance per is not defined (did you mean peer?)\n");
}

static void
sorry_words_without_sorry_server(void)
{
	expect("{" SERVICE("'sorry_server_inhibit':true,'sorry_server_lvs_method':{'method':'NAT'},"
			   "'real_server':[" SERVER("") "]") "}",
			"m: warning: virtual_server[0].sorry_server_inhibit: sorry_server_inhibit "
			"means something with a sorry_server only\n"
			"m: warning: virtual_server[0].sorry_server_lvs_method: "
			"sorry_server_lvs_method means something with a sorry_server only\n");
}

static void
globals_that_say_nothing(void)
{
	expect("{'global_defs':{'notification_email':[],'lvs_flush_on_stop':[['x']]}}",
			"m: warning: global_defs.notification_email: notification_email names "
			"nobody\n"
			"m: warning: global_defs.lvs_flush_on_stop[0]: lvs_flush_on_stop: there is "
			"no x (VS, or nothing)\n");
	expect("{'global_defs':{'notification_email':['a@b'],'lvs_flush_on_stop':[['VS']]}}", "");
	expect("{'global_defs':{'lvs_flush_on_stop':[[]]}}", "");
}

/* ---- what one would rather know ---- */

#define SUM " (retry, delay_before_retry, the timeout and delay_loop add up)\n"

static void
silent_for_long(void)
{
	/* 60 + 10 * 27 + 9 * 30 = 600 s are not too long yet. */
	expect(CHECK("TCP_CHECK", "'connect_timeout':27,'retry':9,'delay_before_retry':30"), "");
	expect(CHECK("TCP_CHECK", "'connect_timeout':27,'retry':9,'delay_before_retry':30.1"),
			AT "TCP_CHECK[0].retry: TCP_CHECK: a server that falls silent is in use "
			   "for up to 10 minutes more" SUM);
	expect(CHECK("TCP_CHECK", "'delay_loop':18000"),
			AT "TCP_CHECK[0]: TCP_CHECK: a server that falls silent is in use for up "
			   "to 5 hours more" SUM);
	expect(CHECK("MISC_CHECK", "'misc_path':'x','misc_timeout':30,'retry':100000"),
			AT "MISC_CHECK[0].retry: MISC_CHECK: a server that falls silent is in use "
			   "for up to 36 days more" SUM);
	/* Once per service, with the worst of them. */
	expect("{" SERVICE("'delay_loop':700,'real_server':[" SERVER(
			       ",'TCP_CHECK':[{},{'delay_loop':6},{'delay_loop':6000}]") "]") "}",
			AT "TCP_CHECK[0]: TCP_CHECK (and one more check): a server that falls "
			   "silent is in use for up to 100 minutes more" SUM);
}

static void
longer_than_its_loop(void)
{
	expect(CHECK("TCP_CHECK", "'connect_timeout':6,'delay_loop':6"), "");
	expect(CHECK("TCP_CHECK", "'connect_timeout':6.5,'delay_loop':6"),
			"m: note: virtual_server[0].real_server[0].TCP_CHECK[0]: TCP_CHECK: its "
			"timeout of 6.5 s is longer than its delay_loop of 6 s: a server that "
			"hangs is asked less often\n");
	expect("{" SERVICE("'delay_loop':3,'real_server':[" SERVER(
			       ",'MISC_CHECK':[{'misc_path':'x','misc_timeout':4}],"
			       "'TCP_CHECK':[{},{}]") "]") "}",
			"m: note: virtual_server[0].real_server[0].MISC_CHECK[0]: MISC_CHECK (and "
			"2 more checks): its timeout of 4 s is longer than its delay_loop of 3 s: "
			"a server that hangs is asked less often\n");
}

#define OTHER "{'address':'10.0.0.6','port':80}"

static void
servers_without_check(void)
{
	expect("{" SERVICE("'real_server':[" SERVER("") "," OTHER "]") "}", "");
	expect("{" SERVICE("'real_server':[" SERVER(",'TCP_CHECK':[{}]") "," OTHER "]") "}",
			"m: note: virtual_server[0].real_server[1]: 1 of the 2 servers of tcp "
			"10.0.0.9:80 have no check and always count as up, as 10.0.0.6\n");
	expect("{" SERVICE("'sorry_server':{'address':'10.0.0.7'},'real_server':[" SERVER(
			       "") "]") "}",
			"m: warning: virtual_server[0].sorry_server: no real_server of tcp "
			"10.0.0.9:80 has a check: its sorry_server is used only when an operator "
			"takes the servers out (add a check to each real_server)\n");
	expect("{" SERVICE("'sorry_server':{'address':'10.0.0.7'},'real_server':[" SERVER(
			       ",'TCP_CHECK':[{}]") "]") "}",
			"");
}

static void
quorum_of_all(void)
{
	expect("{" SERVICE("'quorum':2,'real_server':[" SERVER("") "," OTHER "]") "}",
			"m: note: virtual_server[0].quorum: quorum 2 of tcp 10.0.0.9:80 is the "
			"weight of all its servers: it is lost with the first of them\n");
	expect("{" SERVICE("'quorum':1,'real_server':[" SERVER("") "," OTHER "]") "}", "");
	expect("{" SERVICE("'quorum':1,'real_server':[" SERVER("") "]") "}", "");
	expect("{" SERVICE("'quorum':2,'real_server':[" SERVER(
			       ",'weight':2") ",{'address':'10.0.0.6','port':80,'weight':0}]") "}",
			"");
}

static const struct vd_test tests[] = {
		VD_TEST(bindto_of_another_family),
		VD_TEST(link_local_without_interface),
		VD_TEST(no_port),
		VD_TEST(own_words_are_a_host),
		VD_TEST(words_without_regex),
		VD_TEST(offsets_that_exclude_each_other),
		VD_TEST(reply_lengths),
		VD_TEST(names_of_other_blocks),
		VD_TEST(sorry_words_without_sorry_server),
		VD_TEST(globals_that_say_nothing),
		VD_TEST(silent_for_long),
		VD_TEST(longer_than_its_loop),
		VD_TEST(servers_without_check),
		VD_TEST(quorum_of_all),
};

VD_TEST_MAIN("model_validate_check", tests)
