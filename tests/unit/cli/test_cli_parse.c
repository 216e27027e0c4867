/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_cli.h"
#include "vd_test.h"

static struct vd_cli *cli;
static struct vd_cli_call call;
static struct vd_strbuf err;

/* Parses; the call and the message stay for the caller to look at until the next one. */
static int
parse(const char *line)
{
	vd_cli_call_free(&call);
	vd_strbuf_reset(&err);
	return vd_cli_parse(cli, line, &call, &err);
}

static bool
says(const char *line, const char *text)
{
	if (parse(line) == -EINVAL && err.s != NULL && strcmp(err.s, text) == 0)
		return true;
	printf("\n%s\n  gave %s\n  not  %s\n", line, err.len > 0 ? err.s : "(nothing)", text);
	return false;
}

/* clang-format off */
static const struct {
	const char *line;
	enum vd_cli_id id;
	bool json;
} good[] = {
	{"show status", VD_CLI_SHOW_STATUS, false},
	{"show status json", VD_CLI_SHOW_STATUS, true},
	{"  show\tversion  ", VD_CLI_SHOW_VERSION, false},
	{"show port", VD_CLI_SHOW_PORT, false},
	{"show port eth0 json", VD_CLI_SHOW_PORT, true},
	{"show lcore", VD_CLI_SHOW_LCORE, false},
	{"show graph", VD_CLI_SHOW_GRAPH, false},
	{"show neighbor", VD_CLI_SHOW_NEIGHBOR, false},
	{"show health", VD_CLI_SHOW_HEALTH, false},
	{"show script", VD_CLI_SHOW_SCRIPT, false},
	{"show virtual-server", VD_CLI_SHOW_VIRTUAL_SERVER, false},
	{"show virtual-server stats", VD_CLI_SHOW_VIRTUAL_SERVER, false},
	{"show virtual-server udp:[2001:db8::1]:53 rate json", VD_CLI_SHOW_VIRTUAL_SERVER, true},
	{"show connection", VD_CLI_SHOW_CONNECTION, false},
	{"show connection limit 10 vs fwmark 3", VD_CLI_SHOW_CONNECTION, false},
	{"show connection count json", VD_CLI_SHOW_CONNECTION_COUNT, true},
	{"show drop", VD_CLI_SHOW_DROP, false},
	{"show log", VD_CLI_SHOW_LOG, false},
	{"show log 100", VD_CLI_SHOW_LOG, false},
	{"show config json", VD_CLI_SHOW_CONFIG, true},
	{"explain udp [2001:db8::2]:4000 [2001:db8::1]:53", VD_CLI_EXPLAIN, false},
	{"set real-server 192.0.2.1:80 10.0.0.1:80 weight 0", VD_CLI_SET_REAL_SERVER, false},
	{"set real-server group web 10.0.0.1:80 weight default", VD_CLI_SET_REAL_SERVER, false},
	{"drain real-server tcp:192.0.2.1:80 10.0.0.1:80", VD_CLI_DRAIN_REAL_SERVER, false},
	{"enable real-server 192.0.2.1:80 10.0.0.1:80", VD_CLI_ENABLE_REAL_SERVER, false},
	{"disable real-server 192.0.2.1:80 10.0.0.1:80", VD_CLI_DISABLE_REAL_SERVER, false},
	{"show vrrp", VD_CLI_SHOW_VRRP, false},
	{"show vrrp VI_1 json", VD_CLI_SHOW_VRRP, true},
	{"show vrrp \"stats\"", VD_CLI_SHOW_VRRP, false}, /* an instance of that name */
	{"show vrrp stats", VD_CLI_SHOW_VRRP_STATS, false},
	{"set vrrp VI_1 priority 254", VD_CLI_SET_VRRP, false},
	{"set vrrp VI_1 priority default", VD_CLI_SET_VRRP, false},
	{"failover vrrp VI_1", VD_CLI_FAILOVER_VRRP, false},
	{"maintenance on", VD_CLI_MAINTENANCE, false},
	{"start", VD_CLI_START, false},
	{"stop", VD_CLI_STOP, false},
	{"clear stats", VD_CLI_CLEAR_STATS, false},
	{"reload", VD_CLI_RELOAD, false},
	{"reload \"/etc/vipd/my file.conf\"", VD_CLI_RELOAD, false},
	{"quit", VD_CLI_QUIT, false},
	{"help", VD_CLI_HELP, false},
	{"help set real-server", VD_CLI_HELP, false},
	/* cut short */
	{"sh sta", VD_CLI_SHOW_STATUS, false},
	{"sh vi st", VD_CLI_SHOW_VIRTUAL_SERVER, false},
	{"q", VD_CLI_QUIT, false},
	{"sh po j", VD_CLI_SHOW_PORT, false}, /* a port named j: a value comes before a shortened word */
};
/* clang-format on */

static void
test_every_command_parses(void)
{
	bool seen[VD_CLI_ID_N] = {false};

	for (size_t i = 0; i < VD_ARRAY_LEN(good); i++) {
		int rc = parse(good[i].line);

		CU_ASSERT_EQUAL(rc, 0);
		if (rc != 0 || call.command->id != (int)good[i].id || call.json != good[i].json)
			printf("\n%s: %s\n", good[i].line, rc != 0 ? err.s : "another command");
		if (rc != 0)
			continue;
		CU_ASSERT_EQUAL(call.command->id, (int)good[i].id);
		CU_ASSERT_EQUAL(call.json, good[i].json);
		seen[call.command->id] = true;
	}
	for (size_t i = 0; i < VD_CLI_ID_N; i++)
		CU_ASSERT_TRUE(seen[i]);
}

static void
test_values(void)
{
	struct vd_endpoint ep;

	CU_ASSERT_EQUAL(parse("set real-server udp:192.0.2.1:53 [2001:db8::5]:5353 weight 7"), 0);
	CU_ASSERT_EQUAL(call.vs.form, VD_CLI_VS_ENDPOINT);
	CU_ASSERT_EQUAL(call.vs.protocol, 17);
	vd_endpoint_parse("192.0.2.1:53", &ep);
	CU_ASSERT_TRUE(vd_addr_equal(&call.vs.endpoint.addr, &ep.addr));
	CU_ASSERT_EQUAL(call.vs.endpoint.port, 53);
	CU_ASSERT_EQUAL(call.rs.port, 5353);
	CU_ASSERT_TRUE(call.has_number);
	CU_ASSERT_EQUAL(call.number, 7);
	CU_ASSERT_PTR_NULL(call.option);

	CU_ASSERT_EQUAL(parse("set real-server fwmark 9 10.0.0.1:80 weight default"), 0);
	CU_ASSERT_EQUAL(call.vs.form, VD_CLI_VS_FWMARK);
	CU_ASSERT_EQUAL(call.vs.fwmark, 9);
	CU_ASSERT_FALSE(call.has_number);
	CU_ASSERT_STRING_EQUAL(call.option, "default");

	CU_ASSERT_EQUAL(parse("drain real-server group stats 10.0.0.1:80"), 0);
	CU_ASSERT_EQUAL(call.vs.form, VD_CLI_VS_GROUP);
	CU_ASSERT_STRING_EQUAL(call.vs.group, "stats");

	CU_ASSERT_EQUAL(parse("explain tcp 10.9.9.9:1234 192.0.2.1:80"), 0);
	CU_ASSERT_STRING_EQUAL(call.option, "tcp");
	CU_ASSERT_EQUAL(call.source.port, 1234);
	CU_ASSERT_EQUAL(call.destination.port, 80);

	CU_ASSERT_EQUAL(parse("reload 'a \"b\" c'"), 0);
	CU_ASSERT_STRING_EQUAL(call.name, "a \"b\" c");
	CU_ASSERT_EQUAL(parse("show port \"json\""), 0);
	CU_ASSERT_STRING_EQUAL(call.name, "json");
	CU_ASSERT_FALSE(call.json);
	CU_ASSERT_EQUAL(parse("help show port"), 0);
	CU_ASSERT_EQUAL(call.n_topics, 2);
	CU_ASSERT_STRING_EQUAL(call.topic[1], "port");
}

static void
test_filters(void)
{
	CU_ASSERT_EQUAL(parse("show connection vs tcp:192.0.2.1:80 rs 10.0.0.1:80 client "
			      "10.9.0.0/16 "
			      "state ESTABLISHED worker 2 limit 50"),
			0);
	CU_ASSERT_EQUAL(call.filter.vs.form, VD_CLI_VS_ENDPOINT);
	CU_ASSERT_EQUAL(call.vs.form, VD_CLI_VS_NONE);
	CU_ASSERT_TRUE(call.filter.has_rs);
	CU_ASSERT_TRUE(call.filter.has_client);
	CU_ASSERT_EQUAL(call.filter.client.len, 16);
	CU_ASSERT_STRING_EQUAL(call.filter.state, "ESTABLISHED");
	CU_ASSERT_TRUE(call.filter.has_worker);
	CU_ASSERT_EQUAL(call.filter.worker, 2);
	CU_ASSERT_EQUAL(call.filter.limit, 50);
	CU_ASSERT_TRUE(says("show connection limit 5 limit 6", "`limit`: given twice"));
	CU_ASSERT_TRUE(says("show connection worker 1 worker 1", "`worker`: given twice"));
	CU_ASSERT_TRUE(says("show connection client 10.0.0.0/33",
			"`10.0.0.0/33`: expected a client's address or prefix, ADDR or ADDR/LEN"));
}

static void
test_wrong_words_are_named(void)
{
	CU_ASSERT_TRUE(says("set real-server 192.0.2.1:80 10.0.0.1:80 wieght 5",
			"`wieght`: expected `weight`"));
	CU_ASSERT_TRUE(says("set real-server 192.0.2.1:80 10.0.0.1:80 weight 65536",
			"`65536`: expected a weight from 0 to 65535 or `default`"));
	CU_ASSERT_TRUE(says("set real-server 192.0.2.1:80 10.0.0.1 weight 5",
			"`10.0.0.1`: expected a real server, ADDR:PORT"));
	CU_ASSERT_TRUE(says("show log 0",
			"`0`: expected a number of lines from 1 to 100000, the end of the line or "
			"`json`"));
	CU_ASSERT_TRUE(says("drain real-server 192.0.2.1:80",
			"the line ends after `192.0.2.1:80`: expected a real server, ADDR:PORT"));
	CU_ASSERT_TRUE(says("show status now", "`now`: expected the end of the line or `json`"));
	CU_ASSERT_TRUE(says("explain icmp 1.1.1.1:1 2.2.2.2:2",
			"`icmp`: expected `tcp` or `udp` (did you mean `tcp`?)"));
	CU_ASSERT_TRUE(says("show v", "`v`: may be `version`, `vrrp` or `virtual-server`"));
	CU_ASSERT_TRUE(says("st", "`st`: may be `start` or `stop`"));
	CU_ASSERT_TRUE(says("show port \"eth0", "`\"eth0`: the quote is not closed"));
	CU_ASSERT_EQUAL(parse("shwo status"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.s, "`shwo`: no such command"));
	CU_ASSERT_PTR_NOT_NULL(strstr(err.s, "did you mean `show`?"));
	CU_ASSERT_EQUAL(parse("\"show\" status"), -EINVAL);
}

static void
test_empty_lines(void)
{
	CU_ASSERT_EQUAL(parse(""), 0);
	CU_ASSERT_PTR_NULL(call.command);
	CU_ASSERT_EQUAL(parse(" \t "), 0);
	CU_ASSERT_PTR_NULL(call.command);
	CU_ASSERT_EQUAL(parse("# show status"), 0);
	CU_ASSERT_PTR_NULL(call.command);
}

/* A table of a later step: the grammar is not made for today's commands only. */
static void
test_other_table(void)
{
	static const struct vd_cli_command later[] = {
			{.id = 0, .syntax = "set vrrp <INSTANCE> priority <PRIORITY>", .help = "a"},
			{.id = 1, .syntax = "maintenance on|off", .help = "b"},
			{.id = 2,
					.syntax = "capture start <FILE> [port <PORT>] [count "
						  "<LIMIT>]",
					.help = "c"},
	};
	struct vd_cli *own = cli;

	cli = vd_cli_new(later, VD_ARRAY_LEN(later));
	CU_ASSERT_TRUE(says("set vrrp VI_1 prio 5x", "`5x`: expected a priority from 1 to 255"));
	CU_ASSERT_TRUE(says("set vrrp VI_1 level 5", "`level`: expected `priority`"));
	CU_ASSERT_EQUAL(parse("maintenance on"), 0);
	CU_ASSERT_STRING_EQUAL(call.option, "on");
	CU_ASSERT_TRUE(says("maintenance o", "`o`: may be `on` or `off`"));
	CU_ASSERT_EQUAL(parse("capture start x.pcap port eth0 count 5"), 0);
	vd_cli_free(cli);
	cli = own;
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_every_command_parses),
			VD_TEST(test_values),
			VD_TEST(test_filters),
			VD_TEST(test_wrong_words_are_named),
			VD_TEST(test_empty_lines),
			VD_TEST(test_other_table),
	};
	int rc;

	cli = vd_cli_new(NULL, 0);
	rc = vd_test_main("cli_parse", tests, VD_ARRAY_LEN(tests));
	vd_cli_call_free(&call);
	vd_strbuf_free(&err);
	vd_cli_free(cli);
	return rc;
}
