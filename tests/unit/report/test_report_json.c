/* SPDX-License-Identifier: BSD-3-Clause */
/* keepalived.json against the file that keepalived itself wrote for the same configuration. */
#include <jansson.h>

#include "report_world.h"

static const uint64_t sent[] = {7, 14, 7, 0};

static json_t *
make(const struct world *w, int version)
{
	struct vd_strbuf out = {0};
	json_error_t error;
	json_t *root;

	vd_report_json(&w->report, version, &out);
	root = json_loads(out.s, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		printf("\n%s\n%s\n", error.text, out.s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	vd_strbuf_free(&out);
	return root;
}

/* Keys and values of an object of keepalived's, in its order; ours may go on after. */
static void
expect_object(const json_t *ours, json_t *theirs, bool vmac)
{
	void *it = json_object_iter((json_t *)(uintptr_t)ours);
	const char *key;
	json_t *value;

	json_object_foreach (theirs, key, value) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(it);
		CU_ASSERT_STRING_EQUAL(json_object_iter_key(it), key);
		/* vipd has no macvlan. */
		if (!vmac ||
				(strcmp(key, "vmac_ifname") != 0 &&
						strcmp(key, "ifp_ifname") != 0 &&
						strcmp(key, "vips") != 0)) {
			if (!json_equal(json_object_iter_value(it), value))
				printf("\n%s differs\n", key);
			CU_ASSERT_TRUE(json_equal(json_object_iter_value(it), value));
		}
		it = json_object_iter_next((json_t *)(uintptr_t)ours, it);
	}
}

static void
test_as_keepalived(void)
{
	char *text = fixture("keepalived.json");
	json_t *theirs = json_loads(text, 0, NULL), *ours;
	struct world w;

	world_init(&w, sent);
	ours = make(&w, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(theirs);
	CU_ASSERT_EQUAL(json_array_size(ours), json_array_size(theirs));
	for (size_t i = 0; i < json_array_size(theirs); i++) {
		json_t *a = json_array_get(ours, i), *b = json_array_get(theirs, i);

		expect_object(json_object_get(a, "data"), json_object_get(b, "data"), i == 3);
		CU_ASSERT_EQUAL(json_object_size(json_object_get(a, "data")),
				json_object_size(json_object_get(b, "data")));
		expect_object(json_object_get(a, "stats"), json_object_get(b, "stats"), false);
	}
	json_decref(ours);
	json_decref(theirs);
	free(text);
	world_free(&w);
}

/* Down to the bytes, where a script takes the file apart by itself. */
static void
test_bytes(void)
{
	char *text = fixture("keepalived.json"), *end;
	struct vd_strbuf out = {0};
	struct world w;

	world_init(&w, sent);
	vd_report_json(&w.report, 1, &out);
	end = strstr(text, ",\"stats\":");
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	CU_ASSERT_EQUAL(strncmp(out.s, text, (size_t)(end - text)), 0);
	vd_strbuf_free(&out);
	free(text);
	world_free(&w);
}

static void
test_counters(void)
{
	struct vd_vrrp_stats *s;
	struct world w;
	json_t *root;
	const json_t *o;

	world_init(&w, sent);
	s = &w.instances[0].status.stats;
	for (unsigned int e = 0; e < VD_VRRP_ERROR_N; e++)
		s->errors[e] = 100 + e;
	s->adverts_received = 1;
	s->released_master = 4;
	s->priority_zero_received = 5;
	s->priority_zero_sent = 6;
	root = make(&w, 1);
	o = json_object_get(json_array_get(root, 0), "stats");
	for (unsigned int e = 0; e < VD_VRRP_ERROR_N; e++)
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(
						o, vd_vrrp_error_name((enum vd_vrrp_error)e))),
				100 + e);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "advert_rcvd")), 1);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "release_master")), 4);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "pri_zero_rcvd")), 5);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "pri_zero_sent")), 6);
	json_decref(root);
	world_free(&w);
}

static const char tracked[] = "vrrp_track_process web {\n"
			      " process \"my \\\"prog\" -x 1\n param_match initial\n weight 5\n"
			      " quorum 2\n quorum_max 4\n fork_delay 0.5\n}\n"
			      "vrrp_script s {\n script \"/bin/x 'a b'\"\n}\n"
			      "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n"
			      " notify \"/bin/n\"\n notify_deleted /bin/d\n notify_stop /bin/st\n"
			      " track_process {\n web\n }\n track_interface {\n eth1\n }\n"
			      " track_script {\n s\n }\n"
			      " virtual_ipaddress {\n 10.0.0.1/24 label eth0:1\n }\n}\n";

static void
test_version_2(void)
{
	struct vd_report_process now = {3, true};
	struct vd_report_instance i = {.interface = "eth0"};
	struct vd_report r = {.instances = &i, .n_instances = 1};
	struct vd_model *m;
	struct world w = {0};
	const json_t *d, *p;
	json_t *root;
	char *said;
	int rc;

	m = text_parse(tracked, &said, &rc);
	CU_ASSERT_EQUAL_FATAL(rc, 0);
	i.conf = &m->instances.v[0];
	r.model = m;
	w.report = r;
	root = make(&w, 2);
	d = json_object_get(json_array_get(json_object_get(root, "vrrp"), 0), "data");
	p = json_array_get(json_object_get(root, "track_process"), 0);
	CU_ASSERT_EQUAL(json_object_size(root), 2);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(p, "process")), "my \"prog");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(p, "parameters")), "-x 1");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(p, "param_match")), "initial");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(p, "min_processes")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(p, "max_processes")), 4);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(p, "weight")), 5);
	CU_ASSERT_EQUAL(json_real_value(json_object_get(p, "fork_delay")), 0.5);
	CU_ASSERT_PTR_NULL(json_object_get(p, "current_processes"));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(d, "script")), "'/bin/n'");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(d, "script_stop")), "'/bin/st'");
	CU_ASSERT_TRUE(json_is_true(json_object_get(d, "notify_deleted")));
	CU_ASSERT_STRING_EQUAL(
			json_string_value(json_array_get(json_object_get(d, "track_script"), 0)),
			"'/bin/x' 'a b'");
	CU_ASSERT_STRING_EQUAL(
			json_string_value(json_array_get(json_object_get(d, "track_ifp"), 0)),
			"eth1");
	CU_ASSERT_STRING_EQUAL(
			json_string_value(json_array_get(json_object_get(d, "track_process"), 0)),
			"web");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json_object_get(d, "vips"), 0)),
			"10.0.0.1/24 dev eth0 scope global label eth0:1");
	json_decref(root);
	w.report.processes = &now;
	root = make(&w, 2);
	p = json_array_get(json_object_get(root, "track_process"), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(p, "current_processes")), 3);
	CU_ASSERT_TRUE(json_is_true(json_object_get(p, "have_quorum")));
	json_decref(root);
	vd_model_free(m);
	free(said);
}

static void
test_empty(void)
{
	struct vd_model *m = vd_model_new();
	struct vd_report r = {.model = m};
	struct vd_strbuf out = {0};

	vd_report_json(&r, 1, &out);
	CU_ASSERT_STRING_EQUAL(out.s, "[]");
	vd_strbuf_reset(&out);
	vd_report_json(&r, 2, &out);
	CU_ASSERT_STRING_EQUAL(out.s, "{\"vrrp\":[]}");
	vd_strbuf_free(&out);
	vd_model_free(m);
}

static const struct vd_test tests[] = {
		VD_TEST(test_as_keepalived),
		VD_TEST(test_bytes),
		VD_TEST(test_counters),
		VD_TEST(test_version_2),
		VD_TEST(test_empty),
};

VD_TEST_MAIN("report_json", tests)
