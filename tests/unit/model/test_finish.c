/* SPDX-License-Identifier: BSD-3-Clause */
/* What is inherited, and that "given" stays what was given. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vd_conf.h"
#include "vd_test.h"

static int
read_text(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	(void)path;
	(void)max;
	vd_strbuf_puts(out, ctx);
	return 0;
}

static struct vd_model *
parse(const char *text, char **said)
{
	struct vd_conf_source src = {.ctx = (void *)(uintptr_t)text, .read = read_text};
	struct vd_diag_list diags = {0};
	struct vd_strbuf lines = {0};
	struct vd_model *m;

	CU_ASSERT_EQUAL(vd_conf_parse_keepalived(&src, "f", NULL, &m, &diags), 0);
	vd_diag_list_format(&diags, &lines);
	*said = vd_strbuf_take(&lines);
	vd_diag_list_free(&diags);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	return m;
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void
test_vrrp(void)
{
	char *said;
	struct vd_model *m =
			parse("global_defs {\nvrrp_garp_master_delay 9\nvrrp_garp_master_repeat 2\n"
			      "vrrp_version 3\nvrrp_strict\n}\n"
			      "vrrp_script s {\nscript x\ninterval 4\nweight -7 reverse\n}\n"
			      "vrrp_instance A {\nvirtual_router_id 1\nstate MASTER\n"
			      "garp_master_repeat 8\ntrack_script {\ns\n}\n}\n"
			      "vrrp_instance B {\nvirtual_router_id 2\npriority 255\nversion 2\n"
			      "track_script {\ns weight 3 noreverse\n}\n"
			      "virtual_ipaddress {\nfe80::1\n}\n}\n"
			      "interface_up_down_delays {\neth0 2.5\n}\n",
					&said);
	const struct vd_model_vrrp_instance *a = &m->instances.v[0], *b = &m->instances.v[1];

	CU_ASSERT_EQUAL(a->garp_master_delay, 9 * VD_SEC);
	CU_ASSERT_FALSE(vd_model_given(&a->obj, &a->garp_master_delay));
	CU_ASSERT_EQUAL(a->garp_master_repeat, 8);
	CU_ASSERT_TRUE(vd_model_given(&a->obj, &a->garp_master_repeat));
	CU_ASSERT_EQUAL(vd_model_place_of(&a->obj, &a->garp_master_repeat).line, 15);
	/* vrrp_strict */
	CU_ASSERT_EQUAL(a->garp_lower_prio_repeat, 0);
	CU_ASSERT_EQUAL(a->garp_lower_prio_delay, 0);
	CU_ASSERT_EQUAL(b->garp_master_repeat, 2);
	CU_ASSERT_EQUAL(a->priority, 255);
	CU_ASSERT_EQUAL(b->state, VD_MODEL_STATE_MASTER);
	CU_ASSERT_EQUAL(a->version, 3);
	CU_ASSERT_EQUAL(b->version, 2);
	CU_ASSERT_TRUE(a->accept);
	CU_ASSERT_TRUE(a->lower_prio_no_advert);
	CU_ASSERT_EQUAL(a->track_script.v[0].weight, -7);
	CU_ASSERT_TRUE(a->track_script.v[0].reverse);
	CU_ASSERT_EQUAL(b->track_script.v[0].weight, 3);
	CU_ASSERT_FALSE(b->track_script.v[0].reverse);
	CU_ASSERT_EQUAL(m->vrrp_scripts.v[0].timeout, 4 * VD_SEC);
	CU_ASSERT_EQUAL(m->up_down_delays.v[0].up_delay, 2500 * VD_MSEC);
	CU_ASSERT_EQUAL(count(said, "track_script"), 0);
	free(said);
	vd_model_free(m);
}

static void
test_service(void)
{
	char *said;
	struct vd_model *m =
			parse("virtual_server_group G {\n10.0.0.1-3 80\n10.0.1.1 81\n}\n"
			      "local_address_group L {\n10.0.2.1-10.0.2.9 eth0\n}\n"
			      "virtual_server group G {\nprotocol TCP\nlb_algo sed\nlb_kind FNAT\n"
			      "laddr_group_name L\nweight 7\ndelay_loop 6\nretry 4\nvirtualhost h\n"
			      "real_server 10.1.0.1 8080 {\nHTTP_GET {\nurl {\npath /\n}\n}\n}\n"
			      "real_server 10.1.0.2 {\nweight 2\nlb_kind DR\nDNS_CHECK {\n}\n"
			      "MISC_CHECK {\nmisc_path x\n}\n}\n}\n",
					&said);
	const struct vd_model_virtual_server *vs = &m->virtual_servers.v[0];
	const struct vd_model_real_server *a = &vs->real_servers.v[0], *b = &vs->real_servers.v[1];
	struct vd_model_listeners l = {0};
	struct vd_strbuf name = {0};

	CU_ASSERT_EQUAL(a->weight, 7);
	CU_ASSERT_EQUAL(b->weight, 2);
	CU_ASSERT_EQUAL(vd_model_forwarding_of(vs, a), VD_FORWARDING_FULLNAT);
	CU_ASSERT_EQUAL(a->lb_kind.method, VD_FORWARDING_FULLNAT);
	CU_ASSERT_EQUAL(vd_model_forwarding_of(vs, b), VD_FORWARDING_DR);
	CU_ASSERT_EQUAL(vs->lb_algo, VD_SCHEDULER_SED);
	CU_ASSERT_EQUAL(vd_model_scheduler_of(vs), VD_SCHEDULER_WRR);
	CU_ASSERT_EQUAL(a->port, 8080);
	CU_ASSERT_EQUAL(b->port, 0);
	CU_ASSERT_EQUAL_FATAL(a->checkers.n, 1);
	CU_ASSERT_EQUAL(a->checkers.v[0].type, VD_MODEL_CHECK_HTTP);
	CU_ASSERT_EQUAL(a->checkers.v[0].retry, 4);
	CU_ASSERT_EQUAL(a->checkers.v[0].delay_before_retry, 3 * VD_SEC);
	CU_ASSERT_EQUAL(a->checkers.v[0].delay_loop, 6 * VD_SEC);
	CU_ASSERT_EQUAL(a->checkers.v[0].warmup, 6 * VD_SEC);
	CU_ASSERT_STRING_EQUAL(a->checkers.v[0].url.v[0].virtualhost, "h");
	CU_ASSERT_EQUAL_FATAL(b->checkers.n, 2);
	CU_ASSERT_EQUAL(b->checkers.v[0].type, VD_MODEL_CHECK_DNS);
	CU_ASSERT_EQUAL(b->checkers.v[0].delay_before_retry, 6 * VD_SEC);
	CU_ASSERT_EQUAL(b->checkers.v[1].misc_timeout, 6 * VD_SEC);
	CU_ASSERT_EQUAL(vd_model_listeners_of(m, vs, &l), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT_EQUAL(vd_addr_range_size(&l.v[0].lo, &l.v[0].hi), 3);
	CU_ASSERT_EQUAL(l.v[1].port, 81);
	vd_model_virtual_server_name(vs, &name);
	CU_ASSERT_STRING_EQUAL(name.s, "group G");
	CU_ASSERT_PTR_NOT_NULL(vd_model_laddr_group_find(m, "L"));
	CU_ASSERT_PTR_NULL(vd_model_laddr_group_find(m, "M"));
	CU_ASSERT_EQUAL(count(said, "DNS_CHECK"), 0);
	vd_vec_free(&l);
	vd_strbuf_free(&name);
	free(said);
	vd_model_free(m);
}

/* What nobody gave comes from the check's own words. */
static void
test_check_times(void)
{
	char *said;
	struct vd_model *m = parse("virtual_server 10.0.0.1 80 {\nprotocol TCP\ndelay_loop 6\n"
				   "real_server 10.1.0.1 80 {\nTCP_CHECK {\ndelay_loop 3\n"
				   "delay_before_retry 0\n}\n"
				   "MISC_CHECK {\nmisc_path x\nmisc_timeout 0\n}\n}\n"
				   "real_server 10.1.0.2 80 {\nwarmup 4\nTCP_CHECK {\n"
				   "delay_loop 3\n}\n}\n"
				   "real_server 10.1.0.3 80 {\nwarmup 4\nTCP_CHECK {\n"
				   "delay_loop 3\nwarmup 1\n}\n}\n}\n"
				   "virtual_server 10.0.0.2 80 {\nprotocol TCP\nwarmup 5\n"
				   "real_server 10.1.0.1 80 {\nTCP_CHECK {\ndelay_loop 3\n}\n}\n"
				   "}\n",
			&said);
	const struct vd_model_virtual_server *vs = m->virtual_servers.v;

	CU_ASSERT_EQUAL(vs[0].real_servers.v[0].checkers.v[0].warmup, 3 * VD_SEC);
	CU_ASSERT_EQUAL(vs[0].real_servers.v[0].checkers.v[0].delay_before_retry, 0);
	CU_ASSERT_EQUAL(vs[0].real_servers.v[0].checkers.v[1].warmup, 6 * VD_SEC);
	CU_ASSERT_EQUAL(vs[0].real_servers.v[0].checkers.v[1].misc_timeout, 6 * VD_SEC);
	CU_ASSERT_PTR_NULL(strstr(said, "misc_timeout"));
	CU_ASSERT_EQUAL(vs[0].real_servers.v[1].checkers.v[0].warmup, 4 * VD_SEC);
	CU_ASSERT_EQUAL(vs[0].real_servers.v[2].checkers.v[0].warmup, 1 * VD_SEC);
	CU_ASSERT_EQUAL(vs[1].real_servers.v[0].checkers.v[0].warmup, 5 * VD_SEC);
	CU_ASSERT_PTR_NULL(strstr(said, "delay_before_retry"));
	free(said);
	vd_model_free(m);
}

/* Many of a kind are told once. */
static void
test_effects_once(void)
{
	char *said;
	struct vd_model *m = parse("virtual_server 10.0.0.1 80 {\nprotocol TCP\nops\nsyn_proxy\n}\n"
				   "virtual_server 10.0.0.2 80 {\nprotocol TCP\nops\n}\n"
				   "global_defs {\nnftables a\nvrrp_iptables\n}\n",
			&said);

	CU_ASSERT_EQUAL(count(said, "not in effect yet"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(said,
			"f:3:1: warning: virtual_server: not in effect yet: ops, "
			"syn_proxy\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said,
			"note: global_defs: without meaning here: nftables, "
			"vrrp_iptables\n"));
	free(said);
	vd_model_free(m);
}

/* A server that traffic puts out needs a check to come back; DR shows no answer. */
static void
test_observe(void)
{
	char *said;
	struct vd_model *m = parse("virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_kind FNAT\n"
				   "observe layer4 errors 3\ndelay_loop 7\n"
				   "real_server 10.1.0.1 80 {\n}\n"
				   "real_server 10.1.0.2 80 {\nMISC_CHECK {\nmisc_path x\n}\n}\n}\n"
				   "virtual_server 10.0.0.2 80 {\nprotocol TCP\nlb_kind DR\n"
				   "observe layer4\nreal_server 10.1.0.3 80 {\n}\n}\n",
			&said);
	const struct vd_model_virtual_server *vs = &m->virtual_servers.v[0];

	CU_ASSERT_EQUAL(vs->observe.errors, 3);
	CU_ASSERT_EQUAL_FATAL(vs->real_servers.v[0].checkers.n, 1);
	CU_ASSERT_EQUAL(vs->real_servers.v[0].checkers.v[0].type, VD_MODEL_CHECK_TCP);
	CU_ASSERT_EQUAL(vs->real_servers.v[0].checkers.v[0].delay_loop, 7 * VD_SEC);
	CU_ASSERT_EQUAL_FATAL(vs->real_servers.v[1].checkers.n, 1);
	CU_ASSERT_EQUAL(vs->real_servers.v[1].checkers.v[0].type, VD_MODEL_CHECK_MISC);
	CU_ASSERT_EQUAL(count(said, "observe means nothing with lb_kind DR"), 1);
	free(said);
	vd_model_free(m);
}

static const struct vd_test tests[] = {
		VD_TEST(test_vrrp),
		VD_TEST(test_service),
		VD_TEST(test_check_times),
		VD_TEST(test_observe),
		VD_TEST(test_effects_once),
};

VD_TEST_MAIN("model_finish", tests)
