/* SPDX-License-Identifier: BSD-3-Clause */
/* keepalived.data against the file that keepalived itself wrote for the same configuration. */
#include "report_world.h"

static const uint64_t sent[] = {6, 12, 6, 0};

/* Lines of keepalived's that are of its sockets, its macvlan and its process, and so not ours. */
static const char *const foreign[] = {
		"   fd_in ",
		"   Unicast checksum compatibility",
		"   Use VMAC,",
		"   Interface = vrrp.54",
		"     10.7.7.8 dev vrrp.54@eth1 scope global",
};

/* What of a line counts: keepalived ends some by what only the kernel knows. */
static size_t
length_that_counts(const char *line, size_t n)
{
	static const char *const tails[] = {", uid:gid 0:0", ", ifindex 3"};

	for (size_t i = 0; i < VD_ARRAY_LEN(tails); i++) {
		size_t t = strlen(tails[i]);

		if (n > t && memcmp(line + n - t, tails[i], t) == 0)
			return n - t;
	}
	return n;
}

static bool
is_foreign(const char *line)
{
	for (size_t i = 0; i < VD_ARRAY_LEN(foreign); i++)
		if (strncmp(line, foreign[i], strlen(foreign[i])) == 0)
			return true;
	/* VI_F: with a fault of the macvlan's counted too, and an odd heading without flags. */
	return strncmp(line, "   Number of interface and track script faults = 2", 50) == 0 ||
			strcmp(line, "   Flags:\n") == 0;
}

/* Each line of expected that is not foreign stands in text, in this order. */
static size_t
lines_in_order(const char *text, const char *expected)
{
	const char *at = text, *end;
	size_t seen = 0;

	for (const char *p = expected; (end = strchr(p, '\n')) != NULL; p = end + 1) {
		size_t n = length_that_counts(p, (size_t)(end - p));
		char line[256];
		const char *found;

		snprintf(line, sizeof(line), "\n%.*s\n", (int)n, p);
		if (is_foreign(line + 1))
			continue;
		found = strstr(at, line);
		CU_ASSERT_PTR_NOT_NULL(found);
		if (found == NULL) {
			printf("\nmissing or out of order:%s", line);
			continue;
		}
		at = found + strlen(line) - 1;
		seen++;
	}
	return seen;
}

static void
test_as_keepalived(void)
{
	char *expected = fixture("keepalived.data");
	struct vd_strbuf out = {0};
	struct world w;

	world_init(&w, sent);
	vd_report_data(&w.report, &out);
	CU_ASSERT_TRUE(lines_in_order(out.s, expected) > 130);
	vd_strbuf_free(&out);
	world_free(&w);
	free(expected);
}

/* The other way: an instance of ours has no line that keepalived's has not. */
static void
test_nothing_more(void)
{
	char *expected = fixture("keepalived.data"), *p, *save = NULL;
	struct vd_strbuf out = {0};
	struct world w;

	world_init(&w, sent);
	w.report.n_instances = 3;
	vd_report_data(&w.report, &out);
	p = strstr(out.s, "------< VRRP Topology >------\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	*strstr(p, "------< VRRP Scripts") = '\0';
	for (p = strtok_r(p, "\n", &save); p != NULL; p = strtok_r(NULL, "\n", &save)) {
		if (strstr(expected, p) == NULL)
			printf("\nnot keepalived's: %s\n", p);
		CU_ASSERT_PTR_NOT_NULL(strstr(expected, p));
	}
	vd_strbuf_free(&out);
	world_free(&w);
	free(expected);
}

static void
test_states(void)
{
	struct vd_strbuf out = {0};
	struct world w;

	world_init(&w, sent);
	w.instances[0].status.state = VD_VRRP_STATE_BACKUP;
	w.instances[0].status.effective_priority = 130;
	w.groups[0] = VD_VRRP_STATE_BACKUP;
	vd_report_data(&w.report, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "   State = BACKUP\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "   Priority = 150\n   Effective priority = 130\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "     192.168.200.17 dev eth0 scope global\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, " VRRP Sync Group = SG1, BACKUP\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "   Interface = eth1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "   Use VMAC, MAC 00:00:00:00:00:00, "));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, " Router ID = LVS_TEST\n"));
	vd_strbuf_free(&out);
	world_free(&w);
}

static const struct vd_test tests[] = {
		VD_TEST(test_as_keepalived),
		VD_TEST(test_nothing_more),
		VD_TEST(test_states),
};

VD_TEST_MAIN("report_data", tests)
