/* SPDX-License-Identifier: BSD-3-Clause */
#include "probe_server.h"

#define TCP(words) "TCP_CHECK {\nconnect_timeout 5\n" words "\n}\n"

static void
hold(struct server *s, int fd)
{
	server_listen(s, fd);
}

static void
test_good_ends_with_reset(void)
{
	struct server s;
	struct vd_probe_view v;

	rig_start();
	server_start(&s, hold, NULL);
	rig_check(RIG_QUIET, TCP(""));
	RIG_GOOD(0);
	CU_ASSERT(RIG_WAIT(server_connections(&s) == 1));
	v = rig_view(0);
	CU_ASSERT_STRING_EQUAL(v.type, "TCP_CHECK");
	CU_ASSERT_STRING_EQUAL(v.state, "up");
	CU_ASSERT_STRING_EQUAL(v.virtual_server, "vs");
	CU_ASSERT(strncmp(v.real_server, "127.0.0.1:", 10) == 0 && v.name[0] == '\0');
	CU_ASSERT(v.up && !v.running && v.runs == 1 && v.failures == 0 && v.changes == 1);
	CU_ASSERT(v.last_code == -1 && v.value == -1 && v.last_run > 0 && v.last_duration > 0);
	server_stop(&s);
	CU_ASSERT(s.last_errno == ECONNRESET);
	rig_stop();
}

static void
test_v6(void)
{
	struct server s;
	char want[64];

	rig_start();
	server_start_on(&s, true, hold, NULL);
	rig_configure("virtual_server 192.0.2.1 80 {\nprotocol TCP\n" RIG_QUIET
		      "real_server ::1 $P {\n" TCP("") "}\n}\n");
	RIG_GOOD(0);
	server_stop(&s);
	snprintf(want, sizeof(want), "connect to [::1]:%u: Connection refused", rig_port);
	RIG_FAILS(0, want);
	rig_stop();
}

static void
test_refused(void)
{
	char want[64];

	rig_start();
	server_none();
	rig_check(RIG_QUIET, TCP(""));
	snprintf(want, sizeof(want), "connect to 127.0.0.1:%u: Connection refused", rig_port);
	RIG_FAILS(0, want);
	CU_ASSERT(rig_view(0).failures == 1 && rig_view(0).timeouts == 0);
	CU_ASSERT_STRING_EQUAL(rig_view(0).state, "down");
	rig_stop();
}

/* An unreachable net of the kernel's own: 240.0.0.0/4 is routed nowhere. */
static void
test_unreachable(void)
{
	rig_start();
	rig_port = 80;
	rig_check(RIG_QUIET, TCP("connect_ip 255.255.255.255"));
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(strncmp(rig_view(0).last_error, "connect to 255.255.255.255:80: ", 31) == 0);
	rig_stop();
}

/* A full backlog: the SYN is not answered. */
static void
test_timeout(void)
{
	int fds[8], listener = server_socket(false, SOCK_STREAM, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(rig_port)};
	struct vd_probe_view v;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 8; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fds[i], (struct sockaddr *)&to, sizeof(to));
	}
	rig_start();
	rig_check(RIG_QUIET, "TCP_CHECK {\nconnect_timeout 0.25\n}\n");
	RIG_FAILS(0, "timed out after 0.25 s waiting for connect");
	v = rig_view(0);
	CU_ASSERT(v.timeouts == 1 && v.failures == 1);
	CU_ASSERT(v.last_duration >= 250 * VD_MSEC && v.last_duration < 2 * VD_SEC);
	rig_stop();
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	close(listener);
}

/* The same own port again and again: a reset leaves no TIME_WAIT. */
static void
test_bound(void)
{
	struct server s;
	char words[128];
	uint16_t own;

	server_none();
	own = rig_port;
	rig_start();
	server_start(&s, hold, NULL);
	snprintf(words, sizeof(words),
			"TCP_CHECK {\nconnect_timeout 5\nbindto 127.0.0.9\nbind_port %u\n"
			"bind_if lo\n}\n",
			own);
	rig_check(RIG_QUIET, words);
	for (int i = 1; i <= 3; i++) {
		RIG_GOOD(0);
		CU_ASSERT(RIG_WAIT(server_connections(&s) == i));
	}
	server_stop(&s);
	CU_ASSERT(s.peer.sin_addr.s_addr == htonl(0x7f000009) && ntohs(s.peer.sin_port) == own);
	rig_stop();
}

/* What is ours to mend says nothing about the server: it stays as it was. */
static void
test_not_run(void)
{
	rig_start();
	server_none();
	rig_check("delay_loop 0.1\nwarmup 0\nretry 0\n",
			TCP("bindto 203.0.113.9") TCP("bind_if nosuch0"));
	CU_ASSERT(RIG_WAIT(rig_view(0).last_error[0] != '\0' && rig_view(1).last_error[0] != '\0'));
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error,
			"not run: bind to 203.0.113.9: Cannot assign requested address");
	CU_ASSERT_STRING_EQUAL(rig_view(1).last_error,
			"not run: bind to interface nosuch0: No such device");
	CU_ASSERT_STRING_EQUAL(rig_view(0).state, "unchecked");
	CU_ASSERT(rig_view(0).up && rig_view(0).runs == 0 && rig_count() == 0);
	rig_stop();
}

static void
test_connect_port(void)
{
	struct server s;
	char words[64];

	rig_start();
	server_start(&s, hold, NULL);
	snprintf(words, sizeof(words), "TCP_CHECK {\nconnect_port %u\n}\n", rig_port);
	rig_port = 1;
	rig_check(RIG_QUIET, words);
	RIG_GOOD(0);
	server_stop(&s);
	rig_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(test_good_ends_with_reset),
		VD_TEST(test_v6),
		VD_TEST(test_refused),
		VD_TEST(test_unreachable),
		VD_TEST(test_timeout),
		VD_TEST(test_bound),
		VD_TEST(test_not_run),
		VD_TEST(test_connect_port),
};

RIG_MAIN("probe/tcp", tests)
