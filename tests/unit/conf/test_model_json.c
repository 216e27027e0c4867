/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <glob.h>
#include <string.h>

#include "vd_conf.h"
#include "vd_conf_dataplane.h"
#include "vd_conf_model.h"
#include "vd_model_validate.h"
#include "vd_test.h"

#define SAMPLES "/usr/share/doc/keepalived/samples/"

static int
read_file(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	char buf[4096];
	size_t n;
	FILE *f = fopen(path, "r");

	(void)ctx;
	(void)max;
	if (f == NULL)
		return -errno;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		vd_strbuf_add(out, buf, n);
	fclose(f);
	return 0;
}

/* The text that ctx points to, whatever the name. */
static int
read_text(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	(void)path;
	(void)max;
	vd_strbuf_puts(out, ctx);
	return 0;
}

static struct vd_model *
parse_text(const char *text)
{
	struct vd_conf_source src = {.read = read_text, .ctx = (void *)(uintptr_t)text};
	struct vd_conf_options opt = {.config_id = "x"};
	struct vd_diag_list diags = {0};
	struct vd_model *m = NULL;

	vd_conf_parse_keepalived(&src, "again.conf", &opt, &m, &diags);
	vd_diag_list_free(&diags);
	return m;
}

static struct vd_model *
load_json(const char *text, struct vd_strbuf *lines)
{
	struct vd_diag_list diags = {0};
	struct vd_model *m = NULL;

	vd_conf_model_from_json("m.json", text, strlen(text), &m, &diags);
	if (lines != NULL)
		vd_diag_list_format(&diags, lines);
	vd_diag_list_free(&diags);
	return m;
}

/* Model to JSON and back, and from there to keepalived.conf and back: always the same model. */
static void
round_trip(const struct vd_model *m, const char *name)
{
	struct vd_strbuf json = {0}, again = {0}, conf = {0};
	struct vd_model *from_json, *from_conf;

	vd_conf_model_to_json(m, &json);
	from_json = load_json(json.s, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(from_json);
	if (!vd_model_equal(m, from_json))
		printf("\n%s: JSON makes another model\n%s", name, json.s);
	CU_ASSERT(vd_model_equal(m, from_json));
	vd_conf_model_to_json(from_json, &again);
	CU_ASSERT_STRING_EQUAL(json.s, again.s);
	vd_conf_dump_keepalived(from_json, &conf);
	from_conf = parse_text(conf.s == NULL ? "" : conf.s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(from_conf);
	if (!vd_model_equal(m, from_conf))
		printf("\n%s: keepalived.conf makes another model\n%s", name, conf.s);
	CU_ASSERT(vd_model_equal(m, from_conf));
	vd_model_free(from_json);
	vd_model_free(from_conf);
	vd_strbuf_free(&json);
	vd_strbuf_free(&again);
	vd_strbuf_free(&conf);
}

static struct vd_model *
parse_file(const char *path, struct vd_diag_list *diags)
{
	struct vd_conf_source src = {.read = read_file};
	struct vd_conf_options opt = {.config_id = "high"};
	struct vd_model *m = NULL;

	vd_conf_parse_keepalived(&src, path, &opt, &m, diags);
	return m;
}

static void
test_samples(void)
{
	glob_t g = {0};

	/* The package's documents may have been left out. */
	if (glob(SAMPLES "keepalived.conf.*", 0, NULL, &g) == GLOB_NOMATCH)
		return;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct vd_diag_list diags = {0};
		struct vd_model *m = parse_file(g.gl_pathv[i], &diags);
		bool bad = strstr(g.gl_pathv[i], "vrrp.rules") != NULL;

		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		/* One sample holds a malformed prefix. */
		if (!bad)
			vd_model_validate(m, NULL, &diags);
		if ((diags.errors > 0) != bad) {
			struct vd_strbuf lines = {0};

			vd_diag_list_format(&diags, &lines);
			printf("\n%s", lines.s);
			vd_strbuf_free(&lines);
		}
		CU_ASSERT_EQUAL(diags.errors > 0, bad);
		vd_model_free(m);
		vd_diag_list_free(&diags);
		if (!bad) {
			m = parse_file(g.gl_pathv[i], &diags);
			round_trip(m, g.gl_pathv[i]);
			vd_model_free(m);
			vd_diag_list_free(&diags);
		}
	}
	globfree(&g);
}

/* The one that every tutorial repeats: it starts, with a warning for each thing that vrrp_strict takes away. */
static void
test_most_copied(void)
{
	static const char box[] = "{\"ports\":[{\"name\":\"eth0\",\"device\":\"net_null0\","
				  "\"addresses\":[\"192.168.200.11/24\"]}]}";
	static const char *const wanted[] = {
			":14:4: warning: vrrp_strict means no_accept",
			": warning: state MASTER with priority 100",
			": warning: authentication is dropped",
			":15:23: note: vrrp_garp_interval 0 means none",
	};
	struct vd_model_validate_options options = {0};
	struct vd_diag_list diags = {0};
	struct vd_strbuf lines = {0};
	struct vd_dataplane *dp;
	struct vd_model *m = parse_file(VD_SOURCE_ROOT "/tests/configs/most-copied.conf", &diags);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	round_trip(m, "most-copied");
	CU_ASSERT_EQUAL(vd_conf_dataplane_parse("d", box, strlen(box), &dp, &diags), 0);
	options.dataplane = dp;
	CU_ASSERT_EQUAL(vd_model_validate(m, &options, &diags), 0);
	vd_diag_list_format(&diags, &lines);
	for (size_t i = 0; i < VD_ARRAY_LEN(wanted); i++) {
		const char *first = strstr(lines.s, wanted[i]);

		if (first == NULL)
			printf("\nno %s in\n%s", wanted[i], lines.s);
		CU_ASSERT_PTR_NOT_NULL_FATAL(first);
		CU_ASSERT_PTR_NULL(strstr(first + 1, wanted[i]));
	}
	CU_ASSERT_EQUAL(diags.errors, 0);
	vd_model_free(m);
	vd_dataplane_free(dp);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&lines);
}

/* The first configuration that users get: without an error, and without a warning of their own making. */
static void
test_first_example(void)
{
	struct vd_model_validate_options options = {0};
	struct vd_diag_list diags = {0}, own = {0};
	struct vd_strbuf text = {0}, lines = {0};
	struct vd_dataplane *dp;
	struct vd_model *m = parse_file(VD_SOURCE_ROOT "/conf/vipd.conf", &diags);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(diags.errors, 0);
	round_trip(m, "conf/vipd.conf");
	CU_ASSERT_EQUAL(read_file(NULL, VD_SOURCE_ROOT "/conf/dataplane.json", 0, &text), 0);
	CU_ASSERT_EQUAL(vd_conf_dataplane_parse("d", text.s, text.len, &dp, &own), 0);
	options.dataplane = dp;
	CU_ASSERT_EQUAL(vd_model_validate(m, &options, &own), 0);
	vd_diag_list_format(&own, &lines);
	CU_ASSERT_EQUAL(own.n, 0);
	if (own.n > 0)
		printf("\n%s", lines.s);
	vd_model_free(m);
	vd_dataplane_free(dp);
	vd_diag_list_free(&diags);
	vd_diag_list_free(&own);
	vd_strbuf_free(&text);
	vd_strbuf_free(&lines);
}

/* ---- every word of the table ---- */

static void fill(struct vd_model_object *obj, unsigned int depth);

static void
fill_scalar(struct vd_model_object *obj, const struct vd_model_field *f)
{
	struct vd_diag_list diags = {0};
	struct vd_strbuf text = {0};
	int64_t n = f->min == f->max ? 1 : f->min;

	switch (f->type) {
	case VD_MODEL_INT:
		vd_strbuf_printf(&text, "%lld", (long long)n);
		break;
	case VD_MODEL_TIME:
		if (f->unit != NULL && strcmp(f->unit, "ms") == 0)
			vd_strbuf_printf(&text, "%.6f", (double)VD_MAX(n, 1500000) / 1e6);
		else
			vd_strbuf_printf(&text, "%.9f", (double)VD_MAX(n, 1500000000) / 1e9);
		break;
	case VD_MODEL_ENUM:
		vd_strbuf_puts(&text, f->names[0].word);
		break;
	case VD_MODEL_STRING:
		vd_strbuf_puts(&text, "a\"b c");
		break;
	case VD_MODEL_PREFIX:
		vd_strbuf_puts(&text, "10.0.0.0/8");
		break;
	case VD_MODEL_ADDR:
		vd_strbuf_puts(&text, "2001:db8::1");
		break;
	case VD_MODEL_RANGE:
		vd_strbuf_puts(&text, "10.0.0.1-10.0.0.9");
		break;
	case VD_MODEL_MAC:
		vd_strbuf_puts(&text, "02:00:00:00:00:01");
		break;
	default:
		break;
	}
	vd_model_set_text(obj, f, text.s, (struct vd_place){0}, &diags);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&text);
}

static void
fill_field(struct vd_model_object *obj, const struct vd_model_field *f, unsigned int depth)
{
	static const char *const words[] = {"one", "two"};
	struct vd_diag_list diags = {0};

	switch (f->type) {
	case VD_MODEL_UNSET:
		break;
	case VD_MODEL_STRINGS:
		vd_model_add_text(obj, f, "one", (struct vd_place){0}, &diags);
		break;
	case VD_MODEL_SPANS:
		vd_model_add_text(obj, f, "200-204", (struct vd_place){0}, &diags);
		vd_model_add_text(obj, f, "301", (struct vd_place){0}, &diags);
		break;
	case VD_MODEL_RAW:
	case VD_MODEL_RAWS:
		vd_model_add_raw(obj, f, words, 2, (struct vd_place){0});
		break;
	case VD_MODEL_LINES:
	case VD_MODEL_REPEAT:
	case VD_MODEL_BLOCKS:
		fill(vd_model_add_object(obj, f, (struct vd_place){0}), depth + 1);
		fill(vd_model_add_object(obj, f, (struct vd_place){0}), depth + 1);
		break;
	case VD_MODEL_LINE:
	case VD_MODEL_BLOCK:
		fill(vd_model_add_object(obj, f, (struct vd_place){0}), depth + 1);
		break;
	default:
		fill_scalar(obj, f);
		break;
	}
	vd_diag_list_free(&diags);
}

static void
fill(struct vd_model_object *obj, unsigned int depth)
{
	if (depth > 8)
		return;
	for (size_t i = 0; i < obj->block->n_fields; i++)
		fill_field(obj, &obj->block->fields[i], depth);
}

/* Every word, given: JSON holds each, and makes the same model again. */
static void
test_every_word(void)
{
	struct vd_strbuf json = {0}, again = {0}, lines = {0};
	struct vd_model *m = vd_model_new(), *back;
	struct vd_diag_list diags = {0};

	fill(&m->obj, 0);
	vd_model_finish(m, &diags);
	vd_conf_model_to_json(m, &json);
	back = load_json(json.s, &lines);
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	CU_ASSERT(vd_model_equal(m, back));
	CU_ASSERT_PTR_NULL(strstr(lines.s, "error"));
	if (strstr(lines.s, "error") != NULL)
		printf("\n%s", lines.s);
	vd_conf_model_to_json(back, &again);
	CU_ASSERT_STRING_EQUAL(json.s, again.s);
	vd_model_free(m);
	vd_model_free(back);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&json);
	vd_strbuf_free(&again);
	vd_strbuf_free(&lines);
}

/* ---- problems ---- */

static void
expect_line(const char *text, const char *line)
{
	struct vd_strbuf lines = {0}, json = {0};
	struct vd_model *m;

	for (const char *p = text; *p != '\0'; p++)
		vd_strbuf_putc(&json, *p == '\'' ? '"' : *p);
	m = load_json(json.s, &lines);
	if (lines.s == NULL || strstr(lines.s, line) == NULL)
		printf("\nno %s in\n%s", line, lines.s == NULL ? "" : lines.s);
	CU_ASSERT(lines.s != NULL && strstr(lines.s, line) != NULL);
	vd_model_free(m);
	vd_strbuf_free(&lines);
	vd_strbuf_free(&json);
}

static void
test_problems(void)
{
	expect_line("{", "m.json:1:1: error: ");
	expect_line("[]", "m.json: error: expected an object, found an array\n");
	expect_line("{'vrrp_instanc':[]}",
			"m.json: error: vrrp_instanc: unknown key (did you mean vrrp_instance?)\n");
	expect_line("{'vrrp_instance':{}}",
			"m.json: error: vrrp_instance: expected an array, found an object\n");
	expect_line("{'vrrp_instance':[1]}",
			"m.json: error: vrrp_instance[0]: expected an object, found a number\n");
	expect_line("{'vrrp_instance':[{}]}",
			"m.json: error: vrrp_instance[0]: missing key \"name\"\n");
	expect_line("{'vrrp_instance':[{'name':'a','virtual_router_id':'x'}]}",
			"m.json: error: vrrp_instance[0].virtual_router_id: expected a number, "
			"found a "
			"string\n");
	expect_line("{'vrrp_instance':[{'name':'a','virtual_router_id':1,'virtual_ipaddress':"
		    "['10.0.0.300']}]}",
			"m.json: error: vrrp_instance[0].virtual_ipaddress[0]: ");
	expect_line("{'vrrp_instance':[{'name':'a','virtual_router_id':1,'advert_int':true}]}",
			"m.json: error: vrrp_instance[0].advert_int: expected a number, found true "
			"or "
			"false\n");
	expect_line("{'virtual_server':[{'address':'10.0.0.1','port':80,'lb_algo':'wlx'}]}",
			"m.json: error: virtual_server[0].lb_algo: \"wlx\" is not one of rr, "
			"wrr, ");
}

/* Lines as strings, and times as numbers. */
static void
test_short_forms(void)
{
	struct vd_strbuf lines = {0};
	struct vd_model *m = load_json(
			"{\"vrrp_instance\":[{\"name\":\"A\",\"interface\":\"e\",\"virtual_router_"
			"id\":1,"
			"\"version\":3,\"advert_int\":0.25,\"virtual_ipaddress\":[\"10.0.0.1/24 "
			"dev f\","
			"\"10.0.0.2\"]}],\"virtual_server\":[{\"address\":\"10.0.0.1\",\"port\":80,"
			"\"protocol\":\"TCP\",\"lb_kind\":\"FNAT\",\"persistence_timeout\":true}]}",
			&lines);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_PTR_NULL(strstr(lines.s, "error"));
	CU_ASSERT_EQUAL(m->instances.v[0].advert_int, 250 * VD_MSEC);
	CU_ASSERT_STRING_EQUAL(m->instances.v[0].virtual_ipaddress.v[0].dev, "f");
	CU_ASSERT_EQUAL(m->instances.v[0].virtual_ipaddress.v[1].address.len, 32);
	CU_ASSERT_EQUAL(m->virtual_servers.v[0].lb_kind.method, VD_FORWARDING_FULLNAT);
	CU_ASSERT_EQUAL(m->virtual_servers.v[0].persistence_timeout, 360 * VD_SEC);
	vd_model_free(m);
	vd_strbuf_free(&lines);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_samples),
			VD_TEST(test_most_copied),
			VD_TEST(test_first_example),
			VD_TEST(test_every_word),
			VD_TEST(test_problems),
			VD_TEST(test_short_forms),
	};

	return vd_test_main("conf/model_json", tests, VD_ARRAY_LEN(tests));
}
