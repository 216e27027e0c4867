/* SPDX-License-Identifier: BSD-3-Clause */
#include "notify_rig.h"

#define GLOBAL(lines) "global_defs {\n" lines "\n}\n"
#define VS(head, lines, servers) \
	"virtual_server " head " {\nprotocol TCP\nlb_kind NAT\n" lines "\n" servers "}\n"
#define RS(head, lines) "real_server " head " {\n" lines "\n}\n"

#define SERVICE         "tcp 192.0.2.1:80"
#define A               "198.51.100.1:8080"
#define B               "198.51.100.2:8080"

static const char two[] = VS("192.0.2.1 80",
		"quorum_up \"$D/say gained\"\nquorum_down \"$D/say lost x\"",
		RS("198.51.100.1 8080", "notify_up \"$D/say a up\"\nnotify_down \"$D/say a down\"")
				RS("198.51.100.2 8080",
						"notify_down \"$D/hold b down\"\n"
						"notify_up \"$D/say b up\""));

static void
test_commands(void)
{
	rig_up(NULL);
	rig_configure(two);
	vd_notify_server(n, SERVICE, A, false);
	RIG_WAIT(rig_out_is("a down\n"));
	vd_notify_service(n, SERVICE, false);
	RIG_WAIT(rig_out_is("a down\nlost x\n"));
	vd_notify_server(n, SERVICE, A, true);
	RIG_WAIT(rig_out_is("a down\nlost x\na up\n"));
	vd_notify_service(n, SERVICE, true);
	RIG_WAIT(rig_out_is("a down\nlost x\na up\ngained\n"));
	RIG_WAIT(rig_is_idle());
	CU_ASSERT(rig_stats().started == 4 && rig_stats().bad_status == 0);
	rig_down();
}

/* What nobody configured is told to nobody, and another's name is not taken for it. */
static void
test_unknown(void)
{
	rig_up(NULL);
	rig_configure(two);
	vd_notify_server(n, "tcp 192.0.2.2:80", A, true);
	vd_notify_server(n, SERVICE, "198.51.100.1:8081", true);
	vd_notify_service(n, "udp 192.0.2.1:80", true);
	vd_notify_service(n, A, true);
	CU_ASSERT(rig_is_idle());
	rig_down();
}

/* The scripts of one server run one after the other; those of others do not wait for it. */
static void
test_order(void)
{
	rig_up(NULL);
	rig_configure(two);
	vd_notify_server(n, SERVICE, B, false);
	vd_notify_server(n, SERVICE, B, true);
	vd_notify_server(n, SERVICE, A, false);
	vd_notify_server(n, SERVICE, A, true);
	RIG_WAIT(rig_out_is("a down\na up\n"));
	rig_open_gate(1);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "a down\na up\nb down\nb up\n");
	rig_down();
}

static void
test_same_server_of_two_services(void)
{
	rig_up(NULL);
	rig_configure(VS("192.0.2.1 80", "",
			RS("198.51.100.1 8080", "notify_up \"$D/say one\"")) VS("192.0.2.2 80", "",
			RS("198.51.100.1 8080", "notify_up \"$D/say two\"")));
	vd_notify_server(n, "tcp 192.0.2.2:80", A, true);
	RIG_WAIT(rig_out_is("two\n"));
	vd_notify_server(n, SERVICE, A, true);
	RIG_WAIT(rig_out_is("two\none\n"));
	RIG_WAIT(rig_is_idle());
	rig_down();
}

/* Long gone, and only there because a script of it still runs: nothing is told any more. */
static void
test_gone_while_it_runs(void)
{
	rig_up(NULL);
	rig_configure(VS("192.0.2.1 80", "",
			RS("198.51.100.1 8080", "notify_down \"$D/hold slow\"")));
	vd_notify_server(n, SERVICE, A, false);
	RIG_WAIT(rig_stats().running == 1);
	rig_configure("");
	rig_configure("");
	vd_notify_server(n, SERVICE, A, false);
	CU_ASSERT_EQUAL(rig_stats().queued, 0);
	rig_open_gate(1);
	RIG_WAIT(rig_is_idle());
	CU_ASSERT(rig_out_is("slow\n"));
	rig_down();
}

static void
test_reload(void)
{
	rig_up(NULL);
	rig_configure(two);
	/* Gone, but it goes down by going: its script is still known, once. */
	rig_configure(VS("192.0.2.1 80", "", RS("198.51.100.2 8080", "notify_up \"$D/say new\"")));
	vd_notify_server(n, SERVICE, A, false);
	RIG_WAIT(rig_out_is("a down\n"));
	vd_notify_server(n, SERVICE, B, false);
	vd_notify_server(n, SERVICE, B, true);
	RIG_WAIT(rig_out_is("a down\nnew\n"));
	rig_configure(VS("192.0.2.1 80", "", RS("198.51.100.2 8080", "")));
	vd_notify_server(n, SERVICE, A, false);
	vd_notify_server(n, SERVICE, B, true);
	RIG_WAIT(rig_is_idle());
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "a down\nnew\n");
	rig_down();
}

static void
test_first(void)
{
	rig_up(NULL);
	rig_configure(two);
	vd_notify_server_first(n, SERVICE, A);
	CU_ASSERT(rig_is_idle());
	rig_configure(GLOBAL("rs_init_notifies") VS(
			"192.0.2.1 80", "", RS("198.51.100.1 8080", "notify_up \"$D/say a up\"")));
	vd_notify_server_first(n, SERVICE, A);
	RIG_WAIT(rig_out_is("a up\n"));
	RIG_WAIT(rig_is_idle());
	rig_down();
}

/* What a FIFO holds, each NUL as a $. */
static const char *
fifo_text(int fd)
{
	static char text[65536];
	ssize_t len = read(fd, text, sizeof(text) - 1);

	len = len < 0 ? 0 : len;
	for (ssize_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '$';
	text[len] = '\0';
	return text;
}

static int
reader(const char *name)
{
	int fd = open(rig_path(name), O_RDONLY | O_NONBLOCK);

	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static void
test_fifo(void)
{
	static const char want[] = "RS [198.51.100.1]:tcp:8080 [192.0.2.1]:tcp:80 DOWN\n$"
				   "VS [192.0.2.1]:tcp:80 DOWN\n$"
				   "RS [2001:db8::9]:udp:53 [2001:db8::1]:udp:53 UP\n$"
				   "VS [2001:db8::1]:udp:53 UP\n$"
				   "RS [198.51.100.7]:tcp:80 [web]:0 UP\n$"
				   "VS [web]:0 UP\n$"
				   "RS [198.51.100.8]:none:0 FWM 5 DOWN\n$"
				   "VS FWM 5 DOWN\n$";
	int all, lvs, vrrp;

	rig_up(NULL);
	rig_configure(GLOBAL("notify_fifo $D/all\nlvs_notify_fifo $D/lvs\nvrrp_notify_fifo $D/vrrp") VS(
			"192.0.2.1 80", "",
			RS("198.51.100.1 8080",
					"")) "virtual_server 2001:db8::1 53 {\nprotocol UDP\n" RS("2001:db8::9",
			"") "}\n"
			    "virtual_server_group web {\n192.0.2.5-9 80\n}\n" VS(
					    "group web", "", RS("198.51.100.7 80", ""))
					    VS("fwmark 5", "", RS("198.51.100.8", "")));
	all = reader("all");
	lvs = reader("lvs");
	vrrp = reader("vrrp");
	vd_notify_server(n, SERVICE, A, false);
	vd_notify_service(n, SERVICE, false);
	/* Without a port of its own the server has the service's. */
	vd_notify_server(n, "udp [2001:db8::1]:53", "[2001:db8::9]:53", true);
	vd_notify_service(n, "udp [2001:db8::1]:53", true);
	vd_notify_server(n, "group web", "198.51.100.7:80", true);
	vd_notify_service(n, "group web", true);
	{
		struct vd_endpoint ep = {0};
		char text[VD_ENDPOINT_STR];

		CU_ASSERT(vd_addr_parse("198.51.100.8", &ep.addr) == 0);
		vd_notify_server(n, "fwmark 5", vd_endpoint_format(&ep, text, sizeof(text)), false);
	}
	vd_notify_service(n, "fwmark 5", false);
	CU_ASSERT_STRING_EQUAL(fifo_text(all), want);
	CU_ASSERT_STRING_EQUAL(fifo_text(lvs), want);
	CU_ASSERT_STRING_EQUAL(fifo_text(vrrp), "");
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 100);
	CU_ASSERT_STRING_EQUAL(fifo_text(all), "INSTANCE \"VI_1\" MASTER 100\n");
	CU_ASSERT_STRING_EQUAL(fifo_text(lvs), "");
	CU_ASSERT_STRING_EQUAL(fifo_text(vrrp), "INSTANCE \"VI_1\" MASTER 100\n");
	close(all);
	close(lvs);
	close(vrrp);
	rig_down();
}

/* Lines wait whole, with their NUL, and among lines that have none. */
static void
test_fifo_full(void)
{
	enum {
		LINES = 1500
	};
	static const char rs[] = "RS [198.51.100.1]:tcp:8080 [192.0.2.1]:tcp:80 UP\n$";
	static char want[1 << 20], got[1 << 20];
	char part[4097], line[64];
	size_t len = 0, have = 0;
	ssize_t in;
	int fd;

	rig_up(NULL);
	rig_configure(GLOBAL("notify_fifo $D/all")
					VS("192.0.2.1 80", "", RS("198.51.100.1 8080", "")));
	for (int i = 0; i < LINES; i++) {
		vd_notify_server(n, SERVICE, A, true);
		snprintf(line, sizeof(line), "V%d", i);
		vd_notify_instance(n, line, VD_NOTIFY_MASTER, 1);
		len += (size_t)sprintf(want + len, "%sINSTANCE \"V%d\" MASTER 1\n", rs, i);
	}
	CU_ASSERT(len > 65536 && rig_stats().fifo_dropped == 0);
	fd = reader("all");
	while ((in = read(fd, part, sizeof(part) - 1)) > 0) {
		for (ssize_t i = 0; i < in; i++)
			got[have++] = part[i] == '\0' ? '$' : part[i];
		vd_io_loop_turn(loop, 0);
	}
	got[have] = '\0';
	CU_ASSERT_STRING_EQUAL(got, want);
	close(fd);
	rig_down();
}

static void
test_fifo_script(void)
{
	rig_up(NULL);
	rig_put("read",
			"#!/bin/sh\nexec <\"$2\"\nwhile read -r line; do echo \"$1 $line\" "
			">>$D/out; done\n");
	rig_configure(GLOBAL("lvs_notify_fifo $D/lvs\nlvs_notify_fifo_script \"$D/read got\"")
					VS("192.0.2.1 80", "", RS("198.51.100.1 8080", "")));
	vd_notify_server(n, SERVICE, A, true);
	RIG_WAIT(strstr(rig_get("out"), "RS [198.51.100.1]:tcp:8080 [192.0.2.1]:tcp:80 UP") !=
			NULL);
	rig_down();
}

/* Ten thousand servers go down and up at once; what is looked up one by one would take minutes. */
static void
test_many(void)
{
	enum {
		SERVERS = 10000
	};
	struct vd_strbuf conf = {0};
	char label[64];

	vd_strbuf_puts(&conf, "virtual_server 192.0.2.1 80 {\nprotocol TCP\nlb_kind NAT\n");
	for (int i = 0; i < SERVERS; i++)
		vd_strbuf_printf(&conf,
				"real_server 10.%d.%d.1 80 {\nnotify_down \"%s/say x\"\n}\n",
				i / 250, i % 250, dir);
	vd_strbuf_puts(&conf, "}\n");
	rig_up(NULL);
	rig_configure(conf.s);
	for (int turn = 0; turn < 20; turn++)
		for (int i = 0; i < SERVERS; i++) {
			snprintf(label, sizeof(label), "10.%d.%d.1:80", i / 250, i % 250);
			vd_notify_server(n, SERVICE, label, true);
		}
	CU_ASSERT(rig_is_idle());
	for (int i = 0; i < SERVERS; i++) {
		snprintf(label, sizeof(label), "10.%d.%d.1:80", i / 250, i % 250);
		vd_notify_server(n, SERVICE, label, false);
	}
	CU_ASSERT(rig_stats().queued == SERVERS);
	/* They go with what waits for them. */
	rig_configure(VS("192.0.2.1 80", "", ""));
	rig_configure(VS("192.0.2.1 80", "", ""));
	vd_strbuf_free(&conf);
	rig_down();
}

/* omega: what is told last is started before the end. */
static void
test_finish_starts_them(void)
{
	const struct vd_notify_limits few = {1, 100, 1000, 65536, 30 * VD_SEC};

	rig_up(&few);
	rig_configure(two);
	vd_notify_server(n, SERVICE, A, false);
	vd_notify_service(n, SERVICE, false);
	vd_notify_server(n, SERVICE, A, true);
	vd_notify_finish(n, vd_io_now() + 10 * VD_SEC);
	CU_ASSERT(rig_stats().queued == 0 && rig_stats().started == 3);
	RIG_WAIT(rig_is_idle());
	rig_down();
}

static const struct vd_test tests[] = {
		VD_TEST(test_commands),
		VD_TEST(test_unknown),
		VD_TEST(test_order),
		VD_TEST(test_same_server_of_two_services),
		VD_TEST(test_reload),
		VD_TEST(test_gone_while_it_runs),
		VD_TEST(test_first),
		VD_TEST(test_fifo),
		VD_TEST(test_fifo_full),
		VD_TEST(test_fifo_script),
		VD_TEST(test_many),
		VD_TEST(test_finish_starts_them),
};

RIG_MAIN("notify/lvs", tests)
