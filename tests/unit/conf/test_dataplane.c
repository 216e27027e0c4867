/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_conf_dataplane.h"
#include "vd_test.h"

static const char contract[] =
		"{\n"
		"  \"eal\":   { \"main_lcore\": \"0@0\", \"control_lcore\": \"1@0\",\n"
		"             \"worker_lcores\": [\"2@1\"],\n"
		"             \"memory_mb\": 512, \"hugepages\": false, \"extra\": [] },\n"
		"  \"poll\":  \"adaptive\",\n"
		"  \"log\":   { \"to\": \"stderr\", \"level\": \"info\" },\n"
		"  \"ports\": [ { \"name\": \"eth0\", \"device\": \"net_tap0,iface=wire0\",\n"
		"               \"driver\": \"net_tap\",\n"
		"               \"addresses\": [\"192.168.200.11/24\", \"2001:db8::11/64\"],\n"
		"               \"gateways\": [\"192.168.200.1\"],\n"
		"               \"routes\": [ { \"to\": \"10.9.0.0/16\", \"via\": "
		"\"192.168.200.254\" } ],\n"
		"               \"neighbors\": [ { \"address\": \"192.168.200.101\",\n"
		"                                \"mac\": \"02:00:00:00:01:01\" } ],\n"
		"               \"vlans\": [ { \"id\": 100, \"name\": \"eth0.100\", \"addresses\": "
		"[] } ],\n"
		"               \"mac\": \"02:00:00:00:00:11\", \"mtu\": 1500, \"rx_queues\": "
		"\"auto\",\n"
		"               \"punt\": \"vipd-eth0\" } ],\n"
		"  \"connections\": { \"max_per_worker\": 1000000 },\n"
		"  \"stall_ms\": 200\n"
		"}\n";

/* Parses text and returns the diagnostics as one text, which the caller frees. *out may be NULL after errors. */
static char *
parse(const char *text, struct vd_dataplane **out)
{
	struct vd_diag_list diags = {0};
	struct vd_strbuf lines = {0};
	int ret;

	ret = vd_conf_dataplane_parse("dp.json", text, strlen(text), out, &diags);
	CU_ASSERT_TRUE(diags.errors > 0 ? ret == -EINVAL || ret == -ERANGE : ret == 0);
	CU_ASSERT_EQUAL(*out == NULL, diags.errors > 0);
	vd_diag_list_format(&diags, &lines);
	vd_diag_list_free(&diags);
	/* Too few lcores is told apart: to the program it is like a wrong command line. */
	CU_ASSERT_EQUAL(ret == -ERANGE,
			lines.s != NULL && strstr(lines.s, "all three lcore keys") != NULL);
	return vd_strbuf_take(&lines);
}

static void
expect_lines(const char *text, const char *lines)
{
	struct vd_dataplane *dp;
	char *got = parse(text, &dp);

	CU_ASSERT_STRING_EQUAL(got, lines);
	if (strcmp(got, lines) != 0)
		printf("\nfrom %s\ngot  %swant %s", text, got, lines);
	vd_dataplane_free(dp);
	free(got);
}

/* One port with the given further keys. */
static void
expect_port(const char *keys, const char *lines)
{
	struct vd_strbuf text = {0};

	vd_strbuf_printf(&text, "{\"ports\":[{\"name\":\"p\",\"device\":\"net_null0\",%s}]}", keys);
	expect_lines(text.s, lines);
	vd_strbuf_free(&text);
}

static void
test_contract(void)
{
	struct vd_dataplane *dp;
	char *lines = parse(contract, &dp);
	const struct vd_dataplane_port *port;

	CU_ASSERT_STRING_EQUAL(lines, "");
	free(lines);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
	CU_ASSERT_STRING_EQUAL(dp->file, "dp.json");
	CU_ASSERT_FALSE(dp->eal.automatic);
	CU_ASSERT_EQUAL(dp->eal.control_lcore.lcore, 1);
	CU_ASSERT_EQUAL(dp->eal.control_lcore.cpu, 0);
	CU_ASSERT_EQUAL(dp->eal.worker_lcores.n, 1);
	CU_ASSERT_STRING_EQUAL(dp->eal.worker_lcores.v[0].text, "2@1");
	CU_ASSERT_EQUAL(dp->eal.memory_mb, 512);
	CU_ASSERT_EQUAL(dp->eal.hugepages, VD_DATAPLANE_HUGEPAGES_NO);
	CU_ASSERT_EQUAL(dp->max_per_worker, 1000000);
	CU_ASSERT_EQUAL(dp->stall_ms, 200);
	CU_ASSERT_EQUAL_FATAL(dp->ports.n, 1);
	port = &dp->ports.v[0];
	CU_ASSERT_STRING_EQUAL(port->device, "net_tap0,iface=wire0");
	CU_ASSERT_EQUAL(port->l3.addresses.n, 2);
	CU_ASSERT_EQUAL(port->l3.addresses.v[0].len, 24);
	CU_ASSERT_EQUAL(port->l3.gateways.n, 1);
	CU_ASSERT_EQUAL(port->l3.routes.n, 1);
	CU_ASSERT_EQUAL(port->l3.neighbors.v[0].mac.b[5], 1);
	CU_ASSERT_EQUAL(port->vlans.v[0].id, 100);
	CU_ASSERT(port->mac_given);
	CU_ASSERT_EQUAL(port->rx_queues, 0);
	CU_ASSERT_STRING_EQUAL(port->punt, "vipd-eth0");
	vd_dataplane_free(dp);
}

static void
test_defaults(void)
{
	struct vd_dataplane *dp;
	char *lines = parse(
			"{\"eal\":\"auto\",\"ports\":[{\"name\":\"a\",\"device\":\"0000:3b:00.0\","
			"\"vlans\":[{\"id\":7}],\"punt\":null}]}",
			&dp);

	CU_ASSERT_STRING_EQUAL(lines, "");
	free(lines);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
	CU_ASSERT(dp->eal.automatic);
	CU_ASSERT_EQUAL(dp->poll, VD_DATAPLANE_POLL_ADAPTIVE);
	CU_ASSERT_EQUAL(dp->log.to, VD_DATAPLANE_LOG_STDERR);
	CU_ASSERT_EQUAL(dp->log.level, VD_LOG_INFO);
	CU_ASSERT_FALSE(dp->max_per_worker_given);
	CU_ASSERT_EQUAL(dp->max_per_worker, VD_DATAPLANE_CONNS_DEFAULT);
	CU_ASSERT_EQUAL(dp->stall_ms, VD_DATAPLANE_STALL_MS_DEFAULT);
	CU_ASSERT_EQUAL(dp->ports.v[0].mtu, 1500);
	CU_ASSERT_FALSE(dp->ports.v[0].mtu_given);
	CU_ASSERT_PTR_NULL(dp->ports.v[0].punt);
	CU_ASSERT_PTR_NULL(dp->ports.v[0].driver);
	CU_ASSERT_STRING_EQUAL(dp->ports.v[0].vlans.v[0].name, "a.7");
	vd_dataplane_free(dp);
}

static void
test_syntax(void)
{
	expect_lines("{\n  \"ports\": [ { \"name\": } ]\n}\n",
			"dp.json:2:24: error: unexpected token near '}'\n");
	expect_lines("", "dp.json:1:1: error: '[' or '{' expected near end of file\n");
	expect_lines("{\"ports\":[],\"ports\":[]}",
			"dp.json:1:19: error: duplicate object key near '\"ports\"'\n");
	expect_lines("[]", "dp.json: error: expected an object, found an array\n");
	expect_lines("{}", "dp.json: error: missing key \"ports\"\n");
}

static void
test_keys(void)
{
	expect_port("\"addreses\":[]",
			"dp.json: error: ports[0].addreses: unknown key (did you mean "
			"addresses?)\n");
	expect_lines("{\"ports\":[{}],\"pol\":1}",
			"dp.json: error: ports[0]: missing key \"name\"\n"
			"dp.json: error: ports[0]: missing key \"device\"\n"
			"dp.json: error: pol: unknown key (did you mean poll?)\n");
	expect_lines("{\"ports\":{},\"poll\":\"bussy\",\"stall_ms\":\"1\",\"log\":{\"level\":"
		     "\"inf\"}}",
			"dp.json: error: ports: expected an array, found an object\n"
			"dp.json: error: poll: \"bussy\" is not adaptive or busy (did you mean "
			"busy?)\n"
			"dp.json: error: stall_ms: expected a whole number, found a string\n"
			"dp.json: error: log.level: \"inf\" is not error, warning, notice, info or "
			"debug (did you mean info?)\n");
	expect_lines("{\"ports\":[],\"stall_ms\":5,\"connections\":{\"max_per_worker\":1.5},"
		     "\"log\":{\"to\":\"sysylog\"},\"eal\":\"atuo\"}",
			"dp.json: error: stall_ms: 5 is out of range 10 to 10000\n"
			"dp.json: error: connections.max_per_worker: expected a whole number, "
			"found a "
			"number\n"
			"dp.json: error: log.to: \"sysylog\" is not stderr, syslog or a path from "
			"/ "
			"(did you mean syslog?)\n"
			"dp.json: error: eal: \"atuo\" is not auto (did you mean auto?)\n");
}

static void
test_addresses(void)
{
	expect_port("\"addresses\":[\"10.0.0.1/33\",\"::/64\",\"224.0.0.1/24\",\"10.0.0.0/24\",7]",
			"dp.json: error: ports[0].addresses[0]: \"10.0.0.1/33\" is not an address "
			"with "
			"a prefix length (as 192.0.2.1/24 or 2001:db8::1/64)\n"
			"dp.json: error: ports[0].addresses[1]: :: is not the address of one "
			"station\n"
			"dp.json: error: ports[0].addresses[2]: 224.0.0.1 is not the address of "
			"one "
			"station\n"
			"dp.json: error: ports[0].addresses[4]: expected a string, found a number\n"
			"dp.json: warning: ports[0].addresses[3]: 10.0.0.0/24 is its subnet's "
			"network "
			"or broadcast address\n");
	expect_port("\"addresses\":[\"10.0.0.2/24\"],\"gateways\":[\"10.0.1.1\",\"10.0.0.2\","
		    "\"fe80::1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1/24\"]",
			"dp.json: error: ports[0].gateways[5]: \"10.0.0.1/24\" is not an IPv4 or "
			"IPv6 "
			"address (no prefix length here)\n"
			"dp.json: warning: ports[0].gateways[0]: 10.0.1.1 is on no subnet of the "
			"interface (it will never be found)\n"
			"dp.json: error: ports[0].gateways[1]: 10.0.0.2 is the interface's own "
			"address\n"
			"dp.json: error: ports[0].gateways[4]: 10.0.0.1 is already "
			"ports[0].gateways[3]\n");
	expect_port("\"addresses\":[\"10.0.0.2/24\"],\"routes\":[{\"to\":\"10.9.0.1/16\",\"via\":"
		    "\"10.0.0.1\"},{\"to\":\"::/0\",\"via\":\"10.0.0.1\"},{\"to\":\"10.0.0.0/"
		    "8\",\"via\":"
		    "\"fe80::1\"},{\"via\":\"x\"}]",
			"dp.json: warning: ports[0].routes[0].to: 10.9.0.1/16 has host bits: taken "
			"as "
			"10.9.0.0/16\n"
			"dp.json: error: ports[0].routes[3].via: \"x\" is not an IPv4 or IPv6 "
			"address\n"
			"dp.json: error: ports[0].routes[3]: missing key \"to\"\n"
			"dp.json: error: ports[0].routes[1]: an IPv6 route has an IPv4 next hop\n"
			"dp.json: error: ports[0].routes[2]: an IPv4 route has an IPv6 next hop\n");
	expect_port("\"mac\":\"01:00:5e:00:00:01\",\"mtu\":1279,\"addresses\":[\"2001:db8::1/64\"]",
			"dp.json: error: ports[0].mac: 01:00:5e:00:00:01 is not the address of one "
			"station\n"
			"dp.json: warning: ports[0].mtu: IPv6 needs an MTU of at least 1280, not "
			"1279 "
			"(RFC 8200)\n");
}

static void
test_duplicates(void)
{
	expect_lines("{\"ports\":[{\"name\":\"a\",\"device\":\"net_tap0,iface=w\",\"punt\":\"t\","
		     "\"addresses\":[\"10.0.0.1/"
		     "24\"],\"vlans\":[{\"id\":5,\"name\":\"b\"},{\"id\":5}]},"
		     "{\"name\":\"b\",\"device\":\"net_tap0\",\"punt\":\"t\",\"addresses\":"
		     "[\"10.0.0.1/"
		     "16\"]},{\"name\":\"c\",\"device\":\"net_null0\",\"punt\":\"w\"}]}",
			"dp.json: error: ports[0].vlans[1].id: 5 is already ports[0].vlans[0].id\n"
			"dp.json: error: ports[1].name: b is already ports[0].vlans[0].name\n"
			"dp.json: error: ports[1].device: net_tap0 is already ports[0].device\n"
			"dp.json: error: ports[1].punt: t is already ports[0].punt\n"
			"dp.json: error: ports[1].addresses[0]: 10.0.0.1 is already "
			"ports[0].addresses[0]\n"
			"dp.json: error: ports[2].punt: w is already ports[0].device\n");
}

static void
test_lcores(void)
{
	expect_lines("{\"ports\":[],\"eal\":{\"main_lcore\":\"0@0\",\"control_lcore\":\"0@1\","
		     "\"worker_lcores\":[\"x\",\"0\",\"2@\"],\"extra\":[\"-l0-3\"]}}",
			"dp.json: error: eal.worker_lcores[0]: \"x\" is not an lcore (LCORE or "
			"LCORE@CPU, as 2@1)\n"
			"dp.json: error: eal.worker_lcores[2]: \"2@\" is not an lcore (LCORE or "
			"LCORE@CPU, as 2@1)\n"
			"dp.json: error: eal.control_lcore: lcore 0 is already eal.main_lcore\n"
			"dp.json: error: eal.worker_lcores[1]: lcore 0 is already eal.main_lcore\n"
			"dp.json: error: eal.extra[0]: -l0-3 does not belong here (use main_lcore, "
			"control_lcore and worker_lcores)\n");
	expect_lines("{\"ports\":[],\"eal\":{\"main_lcore\":\"0@0\"}}",
			"dp.json: error: eal: missing key \"control_lcore\" (all three lcore keys, "
			"or "
			"none)\n"
			"dp.json: error: eal: missing key \"worker_lcores\" (all three lcore keys, "
			"or "
			"none)\n");
	expect_lines("{\"ports\":[],\"eal\":{\"memory_mb\":256}}", "");
}

/* A list that holds the same line from an earlier reading keeps it once; the second reading fails all the same. */
static void
test_again(void)
{
	static const char text[] = "{\"ports\":1}";
	struct vd_diag_list diags = {0};
	struct vd_dataplane *dp;

	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(vd_conf_dataplane_parse("f", text, strlen(text), &dp, &diags),
				-EINVAL);
		CU_ASSERT_PTR_NULL(dp);
		CU_ASSERT_EQUAL(diags.n, 1);
	}
	vd_diag_list_free(&diags);
}

static void
round_trip(const char *text)
{
	struct vd_strbuf first = {0}, second = {0};
	struct vd_dataplane *dp;

	free(parse(text, &dp));
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
	vd_conf_dataplane_dump(dp, &first);
	vd_dataplane_free(dp);
	free(parse(first.s, &dp));
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
	vd_conf_dataplane_dump(dp, &second);
	vd_dataplane_free(dp);
	CU_ASSERT_STRING_EQUAL(first.s, second.s);
	vd_strbuf_free(&first);
	vd_strbuf_free(&second);
}

static void
test_round_trip(void)
{
	round_trip(contract);
	round_trip("{\"ports\":[]}");
	round_trip("{\"ports\":[],\"log\":{\"to\":\"/var/log/vipd.log\"},\"poll\":\"busy\","
		   "\"eal\":{\"hugepages\":true,\"extra\":[\"--no-pci\"]}}");
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_contract),
			VD_TEST(test_defaults),
			VD_TEST(test_syntax),
			VD_TEST(test_keys),
			VD_TEST(test_addresses),
			VD_TEST(test_duplicates),
			VD_TEST(test_lcores),
			VD_TEST(test_again),
			VD_TEST(test_round_trip),
	};

	return vd_test_main("conf/dataplane", tests, VD_ARRAY_LEN(tests));
}
