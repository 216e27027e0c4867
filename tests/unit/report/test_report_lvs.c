/* SPDX-License-Identifier: BSD-3-Clause */
#include "../../../lib/report/report_priv.h"
#include "report_world.h"

static const char conf[] = "virtual_server_group g {\n 10.0.0.2 80\n 10.0.0.4-6 80\n fwmark 7\n}\n"
			   "virtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n"
			   " persistence_timeout 50\n sorry_server 10.9.9.9 80\n alpha\n"
			   " real_server 10.1.1.1 80 {\n weight 2\n inhibit_on_failure\n }\n}\n"
			   "virtual_server group g {\n lb_algo wrr\n protocol UDP\n"
			   " real_server 10.1.1.2 80 {\n }\n}\n"
			   "virtual_server fwmark 3 {\n lb_algo wrr\n protocol TCP\n"
			   " real_server 10.1.1.3 80 {\n }\n}\n";

static const char expected[] = "------< LVS Topology >------\n"
			       " ------< Virtual server group >------\n"
			       " Virtual Server Group = g\n"
			       "   VIP = 10.0.0.2, VPORT = 80\n"
			       "   VIP Range = 10.0.0.4-10.0.0.6, VPORT = 80\n"
			       "   FWMARK = 7\n"
			       " VS VIP = 10.0.0.1, VPORT = 80\n"
			       "   lvs_sched = rr\n"
			       "   persistence timeout = 50\n"
			       "   protocol = TCP\n"
			       "   alpha is ON, omega is OFF\n"
			       "   quorum = 1, hysteresis = 0\n"
			       "   sorry server = [10.9.9.9]:80\n"
			       "   ------< Real server >------\n"
			       "   RIP = 10.1.1.1, RPORT = 80, WEIGHT = 2 EFF WEIGHT = 2\n"
			       "     forwarding method = DR\n"
			       "     Alpha is ON\n"
			       "     Inhibit on failure is ON\n"
			       " VS GROUP = g\n"
			       "   lvs_sched = wrr\n"
			       "   protocol = UDP\n"
			       "   alpha is OFF, omega is OFF\n"
			       "   quorum = 1, hysteresis = 0\n"
			       "   ------< Real server >------\n"
			       "   RIP = 10.1.1.2, RPORT = 80, WEIGHT = 1 EFF WEIGHT = 1\n"
			       "     forwarding method = NAT\n"
			       "     Alpha is OFF\n"
			       "     Inhibit on failure is OFF\n"
			       " VS FWMARK = 3\n"
			       "   lvs_sched = wrr\n";

static void
test_services(void)
{
	struct vd_strbuf out = {0};
	struct vd_model *m;
	char *said;
	int rc;

	m = text_parse(conf, &said, &rc);
	CU_ASSERT_EQUAL_FATAL(rc, 0);
	report_lvs(m, &out);
	if (strncmp(out.s, expected, strlen(expected)) != 0)
		printf("\n%s", out.s);
	CU_ASSERT_EQUAL(strncmp(out.s, expected, strlen(expected)), 0);
	vd_strbuf_free(&out);
	vd_model_free(m);
	free(said);
}

static void
test_none(void)
{
	struct vd_model *m = vd_model_new();
	struct vd_strbuf out = {0};

	report_lvs(m, &out);
	CU_ASSERT_EQUAL(out.len, 0);
	vd_model_free(m);
}

static const struct vd_test tests[] = {
		VD_TEST(test_services),
		VD_TEST(test_none),
};

VD_TEST_MAIN("report_lvs", tests)
