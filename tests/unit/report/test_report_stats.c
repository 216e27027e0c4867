/* SPDX-License-Identifier: BSD-3-Clause */
/* keepalived.stats, byte for byte as keepalived wrote it; every counter in its place. */
#include "report_world.h"

static void
test_as_keepalived(void)
{
	static const uint64_t sent[] = {6, 12, 6, 0};
	char *expected = fixture("keepalived.stats");
	struct vd_strbuf out = {0};
	struct world w;

	world_init(&w, sent);
	vd_report_stats(&w.report, &out);
	CU_ASSERT_STRING_EQUAL(out.s, expected);
	vd_strbuf_free(&out);
	world_free(&w);
	free(expected);
}

static void
test_counters(void)
{
	static const char expected[] = "VRRP Instance: VI_1\n"
				       "  Advertisements:\n"
				       "    Received: 1\n"
				       "    Sent: 2\n"
				       "  Became master: 3\n"
				       "  Released master: 4\n"
				       "  Packet Errors:\n"
				       "    Length: 100\n"
				       "    TTL: 101\n"
				       "    Invalid Type: 102\n"
				       "    Advertisement Interval: 103\n"
				       "    Address List: 104\n"
				       "  Authentication Errors:\n"
				       "    Invalid Type: 105\n"
				       "    Type Mismatch: 106\n"
				       "    Failure: 107\n"
				       "  Priority Zero:\n"
				       "    Received: 5\n"
				       "    Sent: 6\n";
	static const uint64_t sent[] = {2, 0, 0, 0};
	struct vd_strbuf out = {0};
	struct vd_vrrp_stats *s;
	struct world w;

	world_init(&w, sent);
	s = &w.instances[0].status.stats;
	s->adverts_received = 1;
	s->became_master = 3;
	s->released_master = 4;
	s->priority_zero_received = 5;
	s->priority_zero_sent = 6;
	for (unsigned int e = 0; e < VD_VRRP_ERROR_N; e++)
		s->errors[e] = 100 + e;
	w.report.n_instances = 1;
	vd_report_stats(&w.report, &out);
	CU_ASSERT_STRING_EQUAL(out.s, expected);
	vd_strbuf_free(&out);
	world_free(&w);
}

static const struct vd_test tests[] = {
		VD_TEST(test_as_keepalived),
		VD_TEST(test_counters),
};

VD_TEST_MAIN("report_stats", tests)
