/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "vd_conf_dataplane.h"
#include "vd_conf_model.h"
#include "vd_model_diff.h"
#include "vd_test.h"

/* JSON with ' for ". */
static struct vd_model *
model(const char *text)
{
	struct vd_diag_list diags = {0};
	char *s = vd_xstrdup(text);
	struct vd_model *m;

	for (char *p = s; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	CU_ASSERT_EQUAL(vd_conf_model_from_json("m", s, strlen(s), &m, &diags), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	vd_diag_list_free(&diags);
	free(s);
	return m;
}

static void
expect(const char *a, const char *b, const char *lines)
{
	struct vd_model *old = model(a), *new = model(b);
	struct vd_model_diff *d = vd_model_diff_make(old, new);
	struct vd_strbuf out = {0};

	vd_strbuf_puts(&out, "");
	vd_model_diff_format(d, old, new, &out);
	CU_ASSERT_STRING_EQUAL(out.s == NULL ? "" : out.s, lines);
	if (strcmp(out.s == NULL ? "" : out.s, lines) != 0)
		printf("\ngot  %swant %s", out.s, lines);
	CU_ASSERT_EQUAL(vd_model_diff_is_empty(d), lines[0] == '\0');
	vd_model_diff_free(d);
	vd_model_free(old);
	vd_model_free(new);
	vd_strbuf_free(&out);
}

#define RS(a, more) "{'address':'10.0.0." a "','port':80" more "}"
#define VS(a, more, servers) \
	"{'address':'10.1.0." a "','port':80,'protocol':'TCP'" more ",'real_server':[" servers "]" \
	"}"
#define SERVICES(list) "{'virtual_server':[" list "]}"

static void
test_same(void)
{
	expect("{}", "{}", "");
	expect(SERVICES(VS("1", "", RS("1", "")) "," VS("2", "", RS("1", ""))),
			SERVICES(VS("2", "", RS("1", "")) "," VS("1", "", RS("1", ",'weight':1"))),
			"");
}

/* n services from number `first` on, one server each, of that weight. */
static void
many(struct vd_strbuf *out, unsigned int first, unsigned int n, unsigned int weight)
{
	vd_strbuf_reset(out);
	vd_strbuf_puts(out, "{'virtual_server':[");
	for (unsigned int i = first; i < first + n; i++)
		vd_strbuf_printf(out,
				"%s{'address':'10.1.%u.%u','port':80,'protocol':'TCP','real_server'"
				":[{"
				"'address':'10.2.0.1','port':80,'weight':%u}]}",
				i == first ? "" : ",", i / 100, i % 100, weight);
	vd_strbuf_puts(out, "]}");
}

static unsigned int
lines_of(const char *text)
{
	unsigned int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* What is told of a difference does not grow with it. */
static void
test_many_services(void)
{
	struct vd_strbuf from = {0}, to = {0}, out = {0};
	struct vd_model_diff *d;
	struct vd_model *a, *b;

	many(&from, 0, 300, 1);
	for (unsigned int n = VD_MODEL_DIFF_LINES; n <= 230; n += 70) {
		many(&to, 10, n, 2);
		a = model(from.s);
		b = model(to.s);
		d = vd_model_diff_make(a, b);
		vd_strbuf_reset(&out);
		vd_model_diff_format(d, a, b, &out);
		CU_ASSERT_EQUAL(lines_of(out.s), VD_MODEL_DIFF_LINES + 1);
		vd_model_diff_free(d);
		vd_model_free(a);
		vd_model_free(b);
	}
	/* The last one: 70 gone, 230 changed, of which 2 and 18 have lines. */
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s,
			"\nand 280 more virtual servers: 0 added, 68 removed, 212 changed\n"));
	vd_strbuf_free(&from);
	vd_strbuf_free(&to);
	vd_strbuf_free(&out);
}

static void
test_services(void)
{
	expect(SERVICES(VS("1", "", RS("1", "")) "," VS("2", "", RS("1", ""))),
			SERVICES(VS("3", "", RS("1", "")) "," VS(
					"2", ",'lb_algo':'rr'", RS("1", ""))),
			"virtual_server tcp 10.1.0.1:80: removed\n"
			"virtual_server tcp 10.1.0.2:80: changed: lb_algo\n"
			"virtual_server tcp 10.1.0.3:80: added\n");
	expect(SERVICES(VS("1", "", RS("1", "") "," RS("2", "") "," RS("3", ""))),
			SERVICES(VS("1", "",
					RS("1", ",'weight':3") "," RS("3", "") "," RS("4", ""))),
			"virtual_server tcp 10.1.0.1:80: changed: real servers: 1 added, 1 "
			"removed, 1 "
			"changed\n");
	expect(SERVICES(VS("1", "", RS("1", "") "," RS("2", ""))),
			SERVICES(VS("1", "", RS("2", "") "," RS("1", ""))),
			"virtual_server tcp 10.1.0.1:80: changed: real servers in another order\n");
}

static void
test_bits(void)
{
	struct vd_model *a = model(SERVICES(VS("1", ",'lb_kind':{'method':'NAT'}", RS("1", ""))));
	struct vd_model *b = model(
			SERVICES(VS("1", ",'lb_kind':{'method':'FNAT'},'weight':4", RS("1", ""))));
	struct vd_model_diff *d = vd_model_diff_make(a, b);

	CU_ASSERT_EQUAL_FATAL(d->services.n, 1);
	CU_ASSERT_EQUAL(d->services.v[0].what, VD_MODEL_DIFF_FORWARDING | VD_MODEL_DIFF_WEIGHT);
	CU_ASSERT_EQUAL(d->services.v[0].servers.n, 1);
	CU_ASSERT_EQUAL(d->services.v[0].servers.v[0].change, VD_MODEL_CHANGED);
	vd_model_diff_free(d);
	vd_model_free(a);
	vd_model_free(b);
}

static void
test_groups(void)
{
#define GROUPS(end, last) \
	"{'virtual_server_group':[{'name':'g','entries':[{'address':'10.0.0.1-" end \
	"','port':80}]}]," \
	"'local_address_group':[{'name':'l','entries':[{'address':'10.2.0." last "'}]}]," \
	"'virtual_server':[{'group':'g','protocol':'TCP','laddr_group_name':'l'}]}"
	expect(GROUPS("5", "1"), GROUPS("6", "1"),
			"virtual_server group g: changed: entries of its group\n"
			"configuration: changed: virtual_server_group\n");
	expect(GROUPS("5", "1"), GROUPS("5", "2"),
			"virtual_server group g: changed: local addresses\n"
			"configuration: changed: local_address_group\n");
}

static void
test_instances(void)
{
#define INSTANCE(name, more) \
	"{'name':'" name "','interface':'e','virtual_router_id':1,'virtual_ipaddress':[" more "]}"
	expect("{'vrrp_instance':[" INSTANCE("A", "") "," INSTANCE("B", "") "]}",
			"{'global_defs':{'router_id':'x'},'vrrp_instance':[" INSTANCE(
					"A", "{'address':'10.0.0.1'}") "," INSTANCE("C", "") "]}",
			"vrrp_instance A: changed: virtual_ipaddress\n"
			"vrrp_instance B: removed\n"
			"vrrp_instance C: added\n"
			"global_defs: changed: router_id\n");
	/* What another interval makes of an auth_hmac that is not there is no change of it. */
#define EVERY(name, s) \
	"{'vrrp_instance':[{'name':'" name "','interface':'e','virtual_router_id':1," \
	"'advert_int':" s ",'virtual_ipaddress':[]}]}"
	expect(EVERY("A", "1"), EVERY("A", "2"), "vrrp_instance A: changed: advert_int\n");
}

static struct vd_dataplane *
dataplane(const char *text)
{
	struct vd_diag_list diags = {0};
	struct vd_dataplane *dp;
	char *s = vd_xstrdup(text);

	for (char *p = s; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	CU_ASSERT_EQUAL(vd_conf_dataplane_parse("d", s, strlen(s), &dp, &diags), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
	vd_diag_list_free(&diags);
	free(s);
	return dp;
}

static void
test_dataplane(void)
{
	struct vd_dataplane *a = dataplane(
			"{'ports':[{'name':'e','device':'net_null0','addresses':['10.0.0.1/24'],"
			"'vlans':[{'id':5}]}],'log':{'level':'info'}}");
	struct vd_dataplane *b = dataplane(
			"{'ports':[{'name':'e','device':'net_null1','addresses':['10.0.0.2/24'],"
			"'vlans':[{'id':5,'addresses':['10.5.0.1/24'],'gateways':['10.5.0.2']}],"
			"'mtu':9000}],'log':{'level':'debug'},'stall_ms':300,'poll':'busy'}");
	struct vd_diag_list diags = {0};
	struct vd_strbuf out = {0};
	struct vd_dataplane_diff d;

	vd_dataplane_diff_init(&d, a, b, &diags);
	vd_diag_list_format(&diags, &out);
	CU_ASSERT_STRING_EQUAL(out.s,
			"d: warning: poll: a change here needs a restart (what runs stays as it "
			"is)\n"
			"d: warning: ports[0].device: a change here needs a restart (what runs "
			"stays "
			"as it is)\n"
			"d: warning: ports[0].mtu: a change here needs a restart (what runs stays "
			"as "
			"it is)\n");
	CU_ASSERT(d.restart && d.log_level && d.stall_ms);
	CU_ASSERT_EQUAL_FATAL(d.ifaces.n, 2);
	CU_ASSERT_EQUAL(d.ifaces.v[0].vlan, VD_MODEL_DIFF_NONE);
	CU_ASSERT_EQUAL(d.ifaces.v[0].what, VD_DATAPLANE_DIFF_ADDRESSES);
	CU_ASSERT_EQUAL(d.ifaces.v[1].vlan, 0);
	CU_ASSERT_EQUAL(d.ifaces.v[1].what,
			VD_DATAPLANE_DIFF_ADDRESSES | VD_DATAPLANE_DIFF_GATEWAYS);
	vd_dataplane_diff_fini(&d);
	vd_diag_list_free(&diags);
	vd_strbuf_reset(&out);
	vd_dataplane_diff_init(&d, a, a, &diags);
	CU_ASSERT(!d.restart && !d.log_level && d.ifaces.n == 0 && diags.n == 0);
	vd_dataplane_diff_fini(&d);
	vd_strbuf_free(&out);
	vd_dataplane_free(a);
	vd_dataplane_free(b);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_same),
			VD_TEST(test_services),
			VD_TEST(test_many_services),
			VD_TEST(test_bits),
			VD_TEST(test_groups),
			VD_TEST(test_instances),
			VD_TEST(test_dataplane),
	};

	return vd_test_main("model/diff", tests, VD_ARRAY_LEN(tests));
}
