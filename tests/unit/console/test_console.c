/* SPDX-License-Identifier: BSD-3-Clause */
/* Every command through its handler: shapes of the JSON objects, the text made from them, refusals. */
#include <stdlib.h>
#include <unistd.h>

#include "../../../lib/console/console_priv.h"
#include "fake_ctl.h"
#include "vd_test.h"

static struct vd_console *console;
static struct {
	bool done;
	enum vd_cli_status status;
	struct vd_strbuf out, err;
} last;

static void
dump(void *ctx, bool json, struct vd_strbuf *out)
{
	(void)ctx;
	vd_strbuf_puts(out, json ? "{}\n" : "virtual_server {\n}\n");
}

static void
on_done(void *ctx, struct console_job *job)
{
	(void)ctx;
	last.done = true;
	last.status = job->status;
	vd_strbuf_puts(&last.out, job->out.s != NULL ? job->out.s : "");
	vd_strbuf_puts(&last.err, job->err.s != NULL ? job->err.s : "");
}

static int
run(const char *line)
{
	vd_strbuf_reset(&last.out);
	vd_strbuf_reset(&last.err);
	vd_strbuf_puts(&last.out, "");
	vd_strbuf_puts(&last.err, "");
	last.done = false;
	console_run(console, line, 0, on_done, NULL);
	return last.done ? (int)last.status : -1;
}

/* The command's object; the keys (blank-separated) must be in o or, if path is given, in its first element. */
static void
expect_keys(const char *line, const char *path, const char *keys)
{
	struct vd_strbuf json = {0};
	char *copy = strdup(keys), *save = NULL;
	json_t *root;
	const json_t *o;

	vd_strbuf_printf(&json, "%s json", line);
	CU_ASSERT_EQUAL(run(json.s), 0);
	root = json_loads(last.out.s, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL(root);
	o = path != NULL ? json_array_get(json_object_get(root, path), 0) : root;
	for (char *k = strtok_r(copy, " ", &save); k != NULL; k = strtok_r(NULL, " ", &save)) {
		CU_ASSERT_PTR_NOT_NULL(json_object_get(o, k));
		if (json_object_get(o, k) == NULL)
			printf("\n%s: no key %s\n", line, k);
	}
	json_decref(root);
	free(copy);
	vd_strbuf_free(&json);
}

static bool
prints(const char *line, const char *text)
{
	if (run(line) == 0 && strstr(last.out.s, text) != NULL)
		return true;
	printf("\n%s printed\n%s%s", line, last.out.s, last.err.s);
	return false;
}

static bool
refuses(const char *line, int status, const char *text)
{
	if (run(line) == status && strcmp(last.err.s, text) == 0 && last.out.len == 0)
		return true;
	printf("\n%s: %s%s", line, last.out.s, last.err.s);
	return false;
}

static void
test_json_shapes(void)
{
	expect_keys("show status", NULL, "version instance uptime state warnings");
	expect_keys("show version", NULL, "version dpdk_version");
	expect_keys("show port", "ports",
			"name device driver mac link addresses rx_packets tx_packets rx_bytes "
			"tx_bytes "
			"rx_missed tx_dropped");
	expect_keys("show lcore", "lcores", "lcore role load");
	expect_keys("show graph", "nodes", "name worker calls packets ns_per_packet");
	expect_keys("show neighbor", "neighbors", "address mac port state");
	expect_keys("show virtual-server", "virtual_servers",
			"address port protocol scheduler forwarding serving quorum "
			"connections_active "
			"connections_total packets_in bytes_in packets_out bytes_out real_servers");
	expect_keys("show health", "checks",
			"virtual_server real_server type state last_error last_duration next_run");
	expect_keys("show script", "scripts",
			"name type state last_error last_duration next_run tracked_by");
	expect_keys("show connection", "connections",
			"protocol client virtual local server state age timeout worker");
	expect_keys("show connection count", NULL, "total by_worker by_state capacity");
	expect_keys("show vrrp", "instances",
			"name state reason since vrid version family interface priority "
			"effective_priority "
			"advert_interval virtual_addresses excluded_addresses master_address "
			"master_priority stats");
	expect_keys("show vrrp stats", "instances", "name stats");
	expect_keys("show drop", NULL, "drops total");
	expect_keys("show log", "events", "time level text");
	expect_keys("explain tcp 10.0.0.1:1 192.0.2.1:80", NULL,
			"service action real_server reason steps");
	CU_ASSERT_TRUE(prints("show config json", "{}"));
}

static void
test_real_servers(void)
{
	json_t *root;
	const json_t *r;

	CU_ASSERT_EQUAL(run("show virtual-server tcp:192.0.2.1:80 json"), 0);
	root = json_loads(last.out.s, 0, NULL);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "virtual_servers")), 1);
	r = json_array_get(
			json_object_get(json_array_get(json_object_get(root, "virtual_servers"), 0),
					"real_servers"),
			2);
	CU_ASSERT_STRING_EQUAL(console_str(r, "address"), "2001:db8::103");
	CU_ASSERT_EQUAL(console_u64(r, "port"), 8080);
	CU_ASSERT_STRING_EQUAL(console_str(r, "state"), "down");
	CU_ASSERT_STRING_EQUAL(console_str(r, "reason"), "disabled");
	CU_ASSERT_EQUAL(console_u64(r, "weight"), 1);
	json_decref(root);
}

static void
test_virtual_server_text(void)
{
	static const char expected[] =
			"Prot Virtual address:port  Scheduler  Weight  ActiveConn  InActConn  "
			"State\n"
			"  -> Real address:port     Forward\n"
			"TCP  192.0.2.1:80          wrr                         3          9  "
			"serving\n"
			"  -> 192.168.200.101:80    fullnat         5           1          2  up\n"
			"  -> 192.168.200.102:80    fullnat     0 (3)           1          2  "
			"drain: set by "
			"the operator\n"
			"  -> [2001:db8::103]:8080  fullnat         1           1          2  "
			"DOWN: "
			"disabled\n";

	CU_ASSERT_EQUAL(run("show virtual-server tcp:192.0.2.1:80"), 0);
	CU_ASSERT_STRING_EQUAL(last.out.s, expected);
	if (strcmp(last.out.s, expected) != 0)
		printf("\n%s", last.out.s);
	/* Without a protocol both services of the address are shown. */
	CU_ASSERT_TRUE(prints("show virtual-server 192.0.2.1:80", "UDP  192.0.2.1:80"));
	CU_ASSERT_TRUE(prints("show virtual-server group web", "NOT SERVING: VI_1 is BACKUP here"));
	CU_ASSERT_TRUE(prints("show virtual-server stats", "123k"));
	CU_ASSERT_TRUE(prints("show virtual-server rate", "OutBytes/s"));
	CU_ASSERT_TRUE(refuses(
			"show virtual-server 192.0.2.7:80", 1, "no virtual server 192.0.2.7:80\n"));
	CU_ASSERT_TRUE(refuses("show virtual-server fwmark 7", 1, "no virtual server fwmark 7\n"));
}

static void
test_vrrp_json(void)
{
	static const char *const keys[] = {"packet_len_err", "ip_ttl_err", "invalid_type_rcvd",
			"advert_interval_err", "addr_list_err", "invalid_authtype",
			"authtype_mismatch", "auth_failure"};
	const json_t *o, *s, *errors;
	json_t *root;

	CU_ASSERT_EQUAL(run("show vrrp VI_1 json"), 0);
	root = json_loads(last.out.s, 0, NULL);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "instances")), 1);
	o = json_array_get(json_object_get(root, "instances"), 0);
	CU_ASSERT_STRING_EQUAL(console_str(o, "state"), "BACKUP");
	CU_ASSERT_STRING_EQUAL(console_str(o, "family"), "ipv4");
	CU_ASSERT_STRING_EQUAL(console_str(o, "reason_name"), "higher");
	CU_ASSERT_STRING_EQUAL(console_str(o, "master_address"), "192.168.200.12");
	CU_ASSERT_EQUAL(console_num(o, "since"), 1700000000.25);
	CU_ASSERT_EQUAL(console_num(o, "age"), 65);
	CU_ASSERT_EQUAL(console_num(o, "preempt_in"), 12);
	CU_ASSERT_EQUAL(console_num(o, "advert_interval"), 1);
	CU_ASSERT_EQUAL(console_u64(o, "effective_priority"), 80);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(
					       json_object_get(o, "virtual_addresses"), 1)),
			"192.168.200.17");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(
					       json_object_get(o, "excluded_addresses"), 0)),
			"192.168.201.1");
	s = json_object_get(o, "stats");
	CU_ASSERT_EQUAL(console_u64(s, "adverts_sent"), 8);
	CU_ASSERT_EQUAL(console_u64(s, "adverts_received"), 7);
	CU_ASSERT_EQUAL(console_u64(s, "became_master"), 3);
	CU_ASSERT_EQUAL(console_u64(s, "released_master"), 2);
	CU_ASSERT_EQUAL(console_u64(s, "priority_zero_sent"), 5);
	CU_ASSERT_EQUAL(console_u64(s, "priority_zero_received"), 4);
	errors = json_object_get(s, "errors");
	for (size_t i = 0; i < VD_ARRAY_LEN(keys); i++)
		CU_ASSERT_TRUE(json_is_integer(json_object_get(errors, keys[i])));
	CU_ASSERT_EQUAL(console_u64(errors, "ip_ttl_err"), 11);
	json_decref(root);
}

static void
test_vrrp_texts(void)
{
	static const char table[] =
			"Instance  State        For  Priority  Interface  VRID  Master          "
			"Why\n"
			"VI_1      BACKUP  1 m 05 s  80 (100)  eth0         51  192.168.200.12  "
			"advert from 192.168.200.12 with the higher priority 150\n"
			"VI_6      MASTER  1 m 05 s       100  eth0         52  this node       "
			"no advert within the master down interval\n"
			"VI_F      FAULT   1 m 05 s       100  eth1         53  -               "
			"eth1 is down\n";

	CU_ASSERT_EQUAL(run("show vrrp"), 0);
	CU_ASSERT_STRING_EQUAL(last.out.s, table);
	if (strcmp(last.out.s, table) != 0)
		printf("\n%s", last.out.s);
	CU_ASSERT_TRUE(prints("show vrrp VI_1", "VI_1: BACKUP for 1 m 05 s, since 20"));
	CU_ASSERT_TRUE(prints("show vrrp VI_1", "  preempts          in 12 s\n"));
	CU_ASSERT_TRUE(prints("show vrrp VI_1", "  priority          80, 100 before weights\n"));
	CU_ASSERT_TRUE(prints("show vrrp VI_1",
			"  tracks            interface eth1, a fault\n"
			"                    script chk_web, weight -20\n"));
	CU_ASSERT_TRUE(prints("show vrrp VI_1", "  not advertised    192.168.201.1\n"));
	CU_ASSERT_TRUE(prints("show vrrp VI_1",
			"  ! 11 refused: TTL or hop limit that is not 255 (ip_ttl_err)\n"));
	CU_ASSERT_TRUE(prints("show vrrp VI_6", "  sync group        SG\n"));
	CU_ASSERT_PTR_NULL(strstr(last.out.s, "refused"));
	CU_ASSERT_TRUE(prints("show vrrp VI_F", "  would like        MASTER\n"));
	CU_ASSERT_TRUE(prints("show vrrp VI_F", "  sent from         NO ADDRESS"));
	CU_ASSERT_TRUE(prints("show vrrp stats",
			"VI_1      BACKUP     8         7              3         2"
			"                5         4      13\n"));
	CU_ASSERT_TRUE(prints("show vrrp stats", "\nVI_1: 2 refused: wrong password"));
	CU_ASSERT_TRUE(refuses(
			"show vrrp VI_2", 1, "no VRRP instance VI_2 (did you mean VI_1?)\n"));
	CU_ASSERT_TRUE(prints("show status", "Instances    3: 1 MASTER, 1 BACKUP, 1 FAULT\n"));
	CU_ASSERT_TRUE(prints("show vrrp ?", "VI_6"));
	CU_ASSERT_TRUE(prints("failover vrrp ?", "VI_F"));
	CU_ASSERT_TRUE(prints("set vrrp VI_1 priority ?", "default"));
}

static void
test_vrrp_control(void)
{
	CU_ASSERT_TRUE(prints("set vrrp VI_1 priority 120",
			"VI_1: priority 120, set by the operator (configured 100)\n"));
	CU_ASSERT_EQUAL(fake.vrrp_priority, 120);
	CU_ASSERT_TRUE(prints("show vrrp VI_1", "set by the operator (configured 100)\n"));
	CU_ASSERT_TRUE(prints(
			"set vrrp VI_1 priority default", "VI_1: priority 100, as configured\n"));
	CU_ASSERT_EQUAL(fake.vrrp_priority, 0);
	CU_ASSERT_TRUE(refuses("set vrrp VI_F priority 1", 1, "control does not answer\n"));
	CU_ASSERT_TRUE(refuses("set vrrp VI_9 priority 1", 1,
			"no VRRP instance VI_9 (did you mean VI_1?)\n"));
	CU_ASSERT_TRUE(refuses("set vrrp VI_1 priority 256", 2,
			"`256`: expected a priority from 1 to 255 or `default`\n"));
	CU_ASSERT_TRUE(prints("maintenance on", "maintenance is on"));
	CU_ASSERT_TRUE(fake.maintenance);
	CU_ASSERT_TRUE(prints("show status json", "\"state\": \"maintenance\""));
	CU_ASSERT_TRUE(prints("maintenance off", "maintenance is off\n"));
	CU_ASSERT_FALSE(fake.maintenance);
}

static void
test_vrrp_failover(void)
{
	struct console_job *job;

	CU_ASSERT_TRUE(prints("failover vrrp VI_6", "VI_6: 192.168.200.12 is MASTER now\n"));
	CU_ASSERT_TRUE(refuses("failover vrrp VI_1", 1, "VI_1 is not MASTER here\n"));
	fake.failover_err = -ETIMEDOUT;
	CU_ASSERT_TRUE(refuses("failover vrrp VI_6", 1, "VI_6: nobody took over within 4 s\n"));
	fake.failover_err = 0;

	/* It waits for its end, and holds up nobody meanwhile. */
	fake.hold = true;
	CU_ASSERT_EQUAL(run("failover vrrp VI_6"), -1);
	CU_ASSERT_EQUAL(run("show version"), 0);
	last.done = false;
	fake_hand_over();
	CU_ASSERT_TRUE(last.done);
	CU_ASSERT_PTR_NOT_NULL(strstr(last.out.s, "192.168.200.12 is MASTER now"));
	last.done = false;
	job = console_run(console, "failover vrrp VI_6", 0, on_done, NULL);
	console_abandon(job);
	fake_hand_over();
	CU_ASSERT_FALSE(last.done);
	fake.hold = false;
}

static void
test_texts(void)
{
	CU_ASSERT_TRUE(prints("show status", "vipd: running for 3 h 12 m\n"));
	CU_ASSERT_TRUE(prints("show status", "  ! port eth1 has no link\n"));
	CU_ASSERT_TRUE(prints("show status", "WITHOUT LINK: eth1"));
	CU_ASSERT_TRUE(prints("show status", "Connections  1234 of 1000000 (0.1 %), 33 new/s\n"));
	CU_ASSERT_TRUE(prints("show version", "vipd 0.1.0\nDPDK 22.11.11\n"));
	CU_ASSERT_TRUE(prints("show port", "eth1  DOWN"));
	CU_ASSERT_TRUE(prints("show port eth0", "eth0: link up at 10000 Mbit/s, MTU 1500\n"));
	CU_ASSERT_TRUE(refuses("show port eth7", 1, "no port eth7\n"));
	CU_ASSERT_TRUE(prints("show lcore", "1.5 ms"));
	CU_ASSERT_TRUE(prints("show graph", "Never called: 1 more\n"));
	CU_ASSERT_TRUE(prints("show graph", "  12.3\n"));
	CU_ASSERT_TRUE(prints("show graph", "  25.0          -\n"));
	CU_ASSERT_TRUE(prints("show neighbor", "192.168.200.254  -"));
	CU_ASSERT_TRUE(prints("show health", "HTTP_GET   DOWN    503"));
	CU_ASSERT_TRUE(prints("show health", "3/4"));
	CU_ASSERT_TRUE(prints("show health", "status 503, and 200-299 is asked for"));
	CU_ASSERT_TRUE(prints("show script", "chk   vrrp_script"));
	CU_ASSERT_TRUE(prints("show script", "BAD"));
	CU_ASSERT_TRUE(prints(
			"show drop", "   1200  no_server  service has no usable real server\n"));
	CU_ASSERT_TRUE(prints("show drop", "1207 in total\n"));
	CU_ASSERT_PTR_NULL(strstr(last.out.s, "bad_l2"));
	CU_ASSERT_TRUE(prints("show log 1", ".123 warning: port eth1 has no link\n"));
	CU_ASSERT_TRUE(prints("show config", "virtual_server {"));
	CU_ASSERT_TRUE(prints("show connection", "TCP  10.9.9.9:40000"));
	CU_ASSERT_TRUE(prints("show connection count", "12 connections, room for 2000000\n"));
	CU_ASSERT_TRUE(prints("explain tcp 10.0.0.1:1 192.0.2.1:80",
			"=> forward to 192.168.200.101:80 by tcp:192.0.2.1:80"));
	CU_ASSERT_TRUE(prints("explain tcp 10.0.0.1:1 192.0.2.1:81",
			"=> drop: not_master (VIP of an instance that is not MASTER here"));
	CU_ASSERT_TRUE(prints("help", "show virtual-server"));
	CU_ASSERT_TRUE(prints("show ?", "one screen"));
	CU_ASSERT_TRUE(prints("show port ?", "eth0"));
	CU_ASSERT_TRUE(prints("drain real-server tcp:192.0.2.1:80 ?", "192.168.200.102:80"));
}

static void
test_empty(void)
{
	fake.empty = true;
	CU_ASSERT_TRUE(prints("show status", "Warnings     none\n"));
	CU_ASSERT_TRUE(prints("show port", "No ports.\n"));
	CU_ASSERT_TRUE(prints("show vrrp", "No VRRP instances are configured.\n"));
	CU_ASSERT_TRUE(prints("show vrrp stats", "No VRRP instances are configured.\n"));
	CU_ASSERT_TRUE(prints("show virtual-server", "No virtual servers are configured.\n"));
	CU_ASSERT_TRUE(prints("show connection", "No connections.\n"));
	CU_ASSERT_TRUE(prints("show neighbor", "No next hops are known yet.\n"));
	CU_ASSERT_TRUE(prints("show health", "No checks are configured"));
	CU_ASSERT_TRUE(prints("show script", "No scripts, files or processes are tracked.\n"));
	CU_ASSERT_TRUE(prints("show drop", "No packet was discarded.\n"));
	CU_ASSERT_TRUE(prints("show log", "No events yet.\n"));
	CU_ASSERT_TRUE(prints("show graph", "No worker runs a graph.\n"));
	expect_keys("show drop", NULL, "drops total");
	fake.empty = false;
}

static void
test_filters(void)
{
	CU_ASSERT_EQUAL(run("show connection vs tcp:192.0.2.1:80 rs 192.168.200.102:80 state "
			    "established "
			    "worker 1 limit 7 client 10.0.0.0/8"),
			0);
	CU_ASSERT_EQUAL(fake.filter.service, 0);
	CU_ASSERT_EQUAL(fake.filter.server, 1);
	CU_ASSERT_EQUAL(fake.filter.state, 1);
	CU_ASSERT_EQUAL(fake.filter.worker, 1);
	CU_ASSERT_EQUAL(fake.filter.limit, 7);
	CU_ASSERT_TRUE(fake.filter.has_client);
	CU_ASSERT_EQUAL(run("show connection rs 10.1.1.1:80"), 0);
	CU_ASSERT_EQUAL(fake.filter.service, -1);
	CU_ASSERT_TRUE(fake.filter.has_server_endpoint);
	CU_ASSERT_EQUAL(fake.filter.limit, 1000);
	CU_ASSERT_TRUE(refuses("show connection state bogus", 2,
			"`bogus`: no such state, expected `SYN_RECV`, `ESTABLISHED` or `UDP`\n"));
	CU_ASSERT_TRUE(refuses("show connection vs 192.0.2.1:80", 1,
			"192.0.2.1:80 is a TCP and a UDP service: write tcp:192.0.2.1:80 or "
			"udp:192.0.2.1:80\n"));
	CU_ASSERT_TRUE(refuses("show connection vs tcp:192.0.2.1:80 rs 10.1.1.1:80", 1,
			"no real server 10.1.1.1:80 in tcp:192.0.2.1:80\n"));
	fake.truncated = true;
	CU_ASSERT_TRUE(prints("show connection limit 2", "2 shown, there are more"));
	fake.truncated = false;
	fake.conns_err = -ETIMEDOUT;
	CU_ASSERT_TRUE(refuses(
			"show connection", 1, "a worker did not answer: see `show lcore`\n"));
	fake.conns_err = 0;
}

static void
test_control(void)
{
	CU_ASSERT_TRUE(prints("set real-server tcp:192.0.2.1:80 192.168.200.101:80 weight 9",
			"192.168.200.101:80 in tcp:192.0.2.1:80: up, weight 9 (configured 5)\n"));
	CU_ASSERT_TRUE(prints("set real-server tcp:192.0.2.1:80 192.168.200.101:80 weight default",
			"up, weight 5\n"));
	CU_ASSERT_EQUAL(fake.weight, -1);
	CU_ASSERT_TRUE(refuses("set real-server tcp:192.0.2.1:80 [2001:db8::103]:8080 weight 1", 1,
			"the real server is disabled\n"));
	CU_ASSERT_EQUAL(run("drain real-server tcp:192.0.2.1:80 192.168.200.101:80"), 0);
	CU_ASSERT_EQUAL(fake.admin, VD_CTL_ADMIN_DRAIN);
	CU_ASSERT_EQUAL(run("disable real-server group web 192.168.200.101:80"), 0);
	CU_ASSERT_EQUAL(fake.admin, VD_CTL_ADMIN_DISABLE);
	CU_ASSERT_EQUAL(run("enable real-server tcp:192.0.2.1:80 192.168.200.101:80"), 0);
	CU_ASSERT_EQUAL(fake.admin, VD_CTL_ADMIN_ENABLE);
	CU_ASSERT_EQUAL(run("stop"), 0);
	CU_ASSERT_TRUE(fake.stopped);
	CU_ASSERT_TRUE(prints("show status json", "\"state\": \"stopped\""));
	CU_ASSERT_EQUAL(run("start"), 0);
	CU_ASSERT_FALSE(fake.stopped);
	CU_ASSERT_EQUAL(run("clear stats"), 0);
	CU_ASSERT_TRUE(fake.cleared);
	CU_ASSERT_TRUE(prints("reload /tmp/x.conf", "1 service added\n"));
	CU_ASSERT_STRING_EQUAL(fake.reload_path, "/tmp/x.conf");
	fake.reload_rc = -EINVAL;
	CU_ASSERT_TRUE(refuses("reload", 1,
			"/etc/vipd/vipd.conf:3:1: error: malformed address\nnothing was "
			"changed\n"));
	fake.reload_rc = 0;
	CU_ASSERT_TRUE(refuses("set real-server tcp:192.0.2.1:80 192.168.200.101:80 wieght 9", 2,
			"`wieght`: expected `weight`\n"));
	CU_ASSERT_TRUE(refuses("explain tcp 10.0.0.1:1 [2001:db8::1]:1", 2,
			"SRC and DST are not of one family\n"));
	CU_ASSERT_EQUAL(run("quit"), 0);
	CU_ASSERT_TRUE(fake.quit);
	fake.quit = false;
}

/* A listing in the works holds up nobody, and ends in silence when its asker or the console is gone. */
static void
test_slow_commands(void)
{
	struct console_job *job;

	fake.hold = true;
	CU_ASSERT_EQUAL(run("show connection"), -1);
	CU_ASSERT_EQUAL(run("show version"), 0);
	vd_strbuf_reset(&last.out);
	last.done = false;
	fake_release();
	CU_ASSERT_TRUE(last.done);
	CU_ASSERT_PTR_NOT_NULL(strstr(last.out.s, "10.9.9.9:40000"));

	last.done = false;
	job = console_run(console, "show connection", 0, on_done, NULL);
	console_abandon(job);
	fake_release();
	CU_ASSERT_FALSE(last.done);
	fake.hold = false;
}

static const char *
cmdline_file(const char *text)
{
	static char path[] = "/tmp/test_console_XXXXXX";
	static int fd = -1;

	if (fd < 0)
		fd = mkstemp(path);
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, strlen(text), 0) < 0)
		return NULL;
	return path;
}

static void
note_failure(void *ctx, int code)
{
	*(int *)ctx = code;
}

static int
run_cmdline(const char *text)
{
	int code = 0;
	struct vd_console_config config = {
			.loop = fake.loop,
			.ctl = &fake,
			.cmdline_file = cmdline_file(text),
			.cmdline_failed = note_failure,
			.ctx = &code,
	};
	struct vd_strbuf why = {0};
	struct vd_console *c = vd_console_start(&config, &why);

	CU_ASSERT_PTR_NOT_NULL(c);
	for (int i = 0; i < 20; i++)
		vd_io_loop_turn(fake.loop, 0);
	vd_console_stop(c);
	vd_strbuf_free(&why);
	return code;
}

static void
test_cmdline_file(void)
{
	struct vd_console_config config = {
			.loop = fake.loop, .ctl = &fake, .cmdline_file = "/nonexistent/x"};
	struct vd_strbuf why = {0};

	CU_ASSERT_EQUAL(run_cmdline("# a comment\nclear stats\n\nstop"), 0);
	CU_ASSERT_TRUE(fake.stopped);
	/* Stops at the first that fails. */
	CU_ASSERT_EQUAL(run_cmdline("show port eth7\nstart\n"), 1);
	CU_ASSERT_TRUE(fake.stopped);
	CU_ASSERT_EQUAL(run_cmdline("strat\nstart\n"), 2);
	CU_ASSERT_TRUE(fake.stopped);
	CU_ASSERT_EQUAL(run_cmdline("start\n"), 0);
	CU_ASSERT_FALSE(fake.stopped);
	CU_ASSERT_PTR_NULL(vd_console_start(&config, &why));
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_STRING_EQUAL(why.s, "/nonexistent/x: No such file or directory");
	vd_strbuf_free(&why);
	unlink(cmdline_file(""));
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_json_shapes),
			VD_TEST(test_real_servers),
			VD_TEST(test_virtual_server_text),
			VD_TEST(test_vrrp_json),
			VD_TEST(test_vrrp_texts),
			VD_TEST(test_vrrp_control),
			VD_TEST(test_vrrp_failover),
			VD_TEST(test_texts),
			VD_TEST(test_empty),
			VD_TEST(test_filters),
			VD_TEST(test_control),
			VD_TEST(test_slow_commands),
			VD_TEST(test_cmdline_file),
	};
	struct vd_console_config config = {.ctl = &fake, .dump_config = dump};
	struct vd_strbuf why = {0};
	struct vd_io_loop *loop = vd_io_loop_create();
	int rc;

	config.loop = loop;
	console = vd_console_start(&config, &why);
	fake.loop = loop;
	rc = vd_test_main("console", tests, VD_ARRAY_LEN(tests));
	vd_console_stop(console);
	vd_io_loop_destroy(loop);
	vd_strbuf_free(&last.out);
	vd_strbuf_free(&last.err);
	return rc;
}
