/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole files: the most copied one, and keepalived's own samples where its package is installed. */
#include <dirent.h>
#include <stdio.h>

#include "conf_memory.h"
#include "vd_model_validate.h"

#define SAMPLES "/usr/share/doc/keepalived/samples"

static int
file_read(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	FILE *f = fopen(path, "r");
	char buf[4096];
	size_t n;

	(void)ctx;
	(void)max;
	if (f == NULL)
		return -errno;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		vd_strbuf_add(out, buf, n);
	fclose(f);
	return 0;
}

static struct vd_model *
file_parse(const char *path, char **said, int *rc)
{
	struct vd_conf_source src = {.read = file_read};
	struct vd_conf_options opt = {.config_id = "high"};
	struct vd_diag_list diags = {0};
	struct vd_strbuf text = {0};
	struct vd_model *m;

	*rc = vd_conf_parse_keepalived(&src, path, &opt, &m, &diags);
	if (m != NULL)
		(void)vd_model_validate(m, NULL, &diags);
	vd_diag_list_format(&diags, &text);
	if (*rc == 0 && diags.errors > 0)
		*rc = -EINVAL;
	*said = vd_strbuf_take(&text);
	vd_diag_list_free(&diags);
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
test_most_copied(void)
{
	const char *path = VD_SOURCE_ROOT "/tests/unit/conf/fixtures/most-copied.conf";
	const struct vd_model_vrrp_instance *i;
	char *said;
	int rc;
	struct vd_model *m = file_parse(path, &said, &rc);

	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(count(said, ": error: "), 0);
	CU_ASSERT_EQUAL(count(said, "note: vrrp_garp_interval 0"), 1);
	CU_ASSERT_EQUAL(count(said, "not in effect yet"), 0);
	CU_ASSERT_EQUAL(count(said, "warning: state MASTER with priority 100"), 1);
	CU_ASSERT_EQUAL(count(said, "warning: vrrp_strict means no_accept"), 1);
	CU_ASSERT_EQUAL(count(said, "warning: authentication is dropped"), 1);
	CU_ASSERT_EQUAL(count(said, "warning: "), 3);
	CU_ASSERT_EQUAL_FATAL(m->instances.n, 1);
	i = &m->instances.v[0];
	CU_ASSERT_STRING_EQUAL(i->interface, "eth0");
	CU_ASSERT_EQUAL(i->virtual_router_id, 51);
	CU_ASSERT_EQUAL(i->virtual_ipaddress.n, 1);
	CU_ASSERT_EQUAL(i->track_script.n, 1);
	CU_ASSERT_EQUAL(i->track_script.v[0].weight, -20);
	CU_ASSERT_FALSE(i->accept);
	CU_ASSERT_TRUE(i->skip_check_adv_addr);
	CU_ASSERT_EQUAL(m->vrrp_scripts.v[0].interval, 5 * VD_SEC);
	CU_ASSERT_EQUAL(m->vrrp_scripts.v[0].timeout, 5 * VD_SEC);
	CU_ASSERT(round_trips(m));
	vd_model_free(m);
	free(said);
}

static void
sample(const char *name)
{
	bool bad = strcmp(name, "keepalived.conf.vrrp.rules") == 0;
	char path[512], *said;
	struct vd_model *m;
	int rc;

	snprintf(path, sizeof(path), SAMPLES "/%s", name);
	m = file_parse(path, &said, &rc);
	if (rc != (bad ? -EINVAL : 0)) {
		printf("\n%s: %s", name, said);
		CU_FAIL("sample");
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(count(said, ": error: "), bad ? 2 : 0);
	CU_ASSERT_EQUAL(count(said, "unknown word"), 0);
	if (bad)
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "rules:11:8: error: to: \"192.168.100./24\""));
	CU_ASSERT(bad || round_trips(m));
	vd_model_free(m);
	free(said);
}

static void
test_samples(void)
{
	DIR *d = opendir(SAMPLES);
	struct dirent *e;

	if (d == NULL) {
		printf("no samples of keepalived here ");
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, "keepalived.conf", 15) == 0)
			sample(e->d_name);
	closedir(d);
}

static const struct vd_test tests[] = {VD_TEST(test_most_copied), VD_TEST(test_samples)};

VD_TEST_MAIN("conf_samples", tests)
