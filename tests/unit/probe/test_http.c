/* SPDX-License-Identifier: BSD-3-Clause */
#include "probe_server.h"

#define OK         "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define MD5        "5d41402abc4b2a76b9719d911017c592" /* of hello */
#define URL(more)  "url {\npath /\n" more "\n}\n"
#define HTTP(more) "HTTP_GET {\nconnect_timeout 5\n" more "\n}\n"
#define HASTY      "HTTP_GET {\nconnect_timeout 0.3\n" URL("") "}\n"

/* text to whoever asks. */
static void
page(struct server *s, int fd)
{
	if (!server_hear(s, fd, "\r\n\r\n"))
		return;
	server_say(fd, s->text);
}

/* text, and then silence on an open connection. */
static void
stall(struct server *s, int fd)
{
	page(s, fd);
	s->heard_len = 0;
	server_listen(s, fd);
}

static void
mute(struct server *s, int fd)
{
	server_hear(s, fd, "\r\n\r\n");
	s->heard_len = 0;
	server_listen(s, fd);
}

static void
reset_it(struct server *s, int fd)
{
	server_hear(s, fd, "\r\n\r\n");
	server_reset(fd);
}

static void
drip(struct server *s, int fd)
{
	if (!server_hear(s, fd, "\r\n\r\n"))
		return;
	for (const char *p = "HTTP/1.0 200 OK\r\nX: very long"; *p != '\0'; p++)
		if (!server_wait(s, -1, 100) || send(fd, p, 1, MSG_NOSIGNAL) < 0)
			return;
}

/* text, and then lines without end, as fast as they are taken. */
static void
flood(struct server *s, int fd)
{
	static char lines[65500];

	for (size_t i = 0; i < sizeof(lines); i += 10)
		memcpy(lines + i, "X-Y: abc\r\n", 10);
	page(s, fd);
	while (server_wait(s, -1, 0))
		if (send(fd, lines, sizeof(lines), MSG_NOSIGNAL) < 0)
			return;
}

/* The status is the path. */
static void
by_path(struct server *s, int fd)
{
	char answer[64];
	int status = 500;

	if (!server_hear(s, fd, "\r\n\r\n"))
		return;
	(void)sscanf(s->heard, "GET /%d", &status);
	snprintf(answer, sizeof(answer), "HTTP/1.0 %d X\r\n\r\n", status);
	server_say(fd, answer);
}

static struct server s;

static void
with(void (*serve)(struct server *, int), const char *text, const char *words, const char *checks)
{
	rig_start();
	server_start(&s, serve, text);
	rig_check(words, checks);
}

static void
done(void)
{
	rig_stop();
	server_stop(&s);
}

static void
fails(void (*serve)(struct server *, int), const char *text, const char *check, const char *want)
{
	with(serve, text, RIG_QUIET, check);
	RIG_FAILS(0, want);
	done();
}

/* ---- the request ---- */

static void
asks(const char *words, const char *check, const char *want)
{
	char host[64], *full;
	struct vd_strbuf b = {0};

	with(page, OK, words, check);
	RIG_GOOD(0);
	CU_ASSERT(rig_view(0).last_code == 200);
	snprintf(host, sizeof(host), "127.0.0.1:%u", rig_port);
	done();
	for (const char *p = want; *p != '\0'; p++) {
		if (*p == '@')
			vd_strbuf_puts(&b, host);
		else
			vd_strbuf_putc(&b, *p);
	}
	full = vd_strbuf_take(&b);
	CU_ASSERT_STRING_EQUAL(s.heard, full);
	free(full);
}

static void
test_request(void)
{
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	asks(RIG_QUIET, HTTP(URL("")),
			"GET / HTTP/1.0\r\nHost: @\r\nUser-Agent: KeepAliveClient\r\n\r\n");
	asks(RIG_QUIET, HTTP("http_protocol 1.0C\n" URL("virtualhost a.example:81")),
			"GET / HTTP/1.0\r\nHost: a.example:81\r\nUser-Agent: KeepAliveClient\r\n"
			"Connection: close\r\n\r\n");
	asks(RIG_QUIET "virtualhost vs.example\n",
			HTTP("http_protocol 1.1\nurl {\npath \"/a/../b?c=d e\"\n}"),
			"GET /a/../b?c=d e HTTP/1.1\r\nHost: vs.example\r\n"
			"User-Agent: KeepAliveClient\r\nConnection: close\r\n\r\n");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void
test_bound(void)
{
	with(page, OK, RIG_QUIET, HTTP("bindto 127.0.0.5\nbind_if lo\n" URL("")));
	RIG_GOOD(0);
	CU_ASSERT(s.peer.sin_addr.s_addr == htonl(0x7f000005));
	done();
	with(page, OK, "delay_loop 0.1\nwarmup 0\n", HTTP("bindto 203.0.113.9\n" URL("")));
	CU_ASSERT(RIG_WAIT(rig_view(0).last_error[0] != '\0'));
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error,
			"not run: bind to 203.0.113.9: Cannot assign requested address");
	CU_ASSERT(rig_view(0).runs == 0);
	done();
}

static void
test_v6(void)
{
	char want[64];

	rig_start();
	server_start_on(&s, true, page, OK);
	rig_configure("virtual_server 192.0.2.1 80 {\nprotocol TCP\n" RIG_QUIET
		      "real_server ::1 $P {\n" HTTP(URL("")) "}\n}\n");
	RIG_GOOD(0);
	snprintf(want, sizeof(want), "\r\nHost: [::1]:%u\r\n", rig_port);
	CU_ASSERT(RIG_WAIT(server_connections(&s) == 1));
	done();
	CU_ASSERT(strstr(s.heard, want) != NULL);
}

/* Ours ends the connection, with a reset; a redirection is not followed. */
static void
test_no_more_than_asked(void)
{
	with(stall, "HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 2\r\n\r\nab", RIG_QUIET,
			HTTP(URL("status_code 301")));
	RIG_GOOD(0);
	CU_ASSERT(RIG_WAIT(server_connections(&s) == 1));
	done();
	CU_ASSERT(s.heard_len == 0 && s.last_errno == ECONNRESET);
}

/* ---- the answer ---- */

static void
test_status(void)
{
	with(by_path, NULL, RIG_QUIET,
			HTTP("url {\npath /503\n}") HTTP("url {\npath /204\n}")
					HTTP("url {\npath /404\nstatus_code 200-299 404\n}") HTTP(
							"url {\npath /204\nstatus_code 200\n}"));
	RIG_FAILS(0, "the status is 503, not 200 to 299");
	CU_ASSERT(rig_view(0).last_code == 503);
	RIG_GOOD(1);
	RIG_GOOD(2);
	RIG_FAILS(3, "the status is 204, not 200");
	done();
}

static void
test_page(void)
{
	with(page, OK, RIG_QUIET,
			HTTP(URL("digest " MD5)) HTTP(URL("digest " MD5 "\nstatus_code 500")) HTTP(
					URL("regex ^hel+o$")) HTTP(URL("regex bye"))
					HTTP(URL("digest 00000000000000000000000000000000")));
	RIG_GOOD(0);
	RIG_FAILS(1, "the status is 200, not 500");
	RIG_GOOD(2);
	RIG_FAILS(3, "the page does not match the regular expression");
	RIG_FAILS(4, "the digest of the page is " MD5 ", not 00000000000000000000000000000000");
	done();
}

/* HTTP/1.1 in chunks: an expression sees the page, a digest counts what came, as keepalived's genhash does. */
static void
test_chunks(void)
{
	with(page,
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
			RIG_QUIET,
			HTTP("http_protocol 1.1\n" URL("regex ^hello$"))
					HTTP("http_protocol 1.1\n" URL(
							"digest "
							"518e6ec1cc68803f00906df558bbb240")));
	RIG_GOOD(0);
	RIG_GOOD(1);
	done();
}

static void
test_bad(void)
{
	char want[64];

	fails(page, "", HTTP(URL("")), "the connection ended before an answer");
	fails(reset_it, NULL, HTTP(URL("")), "Recv failure: Connection reset by peer");
	fails(page, "HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\nhello", HTTP(URL("digest " MD5)),
			"the connection ended before the page did");
	fails(page, "220 ready\r\n", HTTP(URL("")), "Received HTTP/0.9 when not allowed");
	fails(flood, "HTTP/1.0 200 OK\r\n", HTTP(URL("")), "headers of over 256 KiB");
	rig_start();
	server_none();
	rig_check(RIG_QUIET, HTTP(URL("")));
	snprintf(want, sizeof(want), "connect to 127.0.0.1:%u: Connection refused", rig_port);
	RIG_FAILS(0, want);
	rig_stop();
}

/* Whatever the server does, the attempt ends. */
static void
test_deadlines(void)
{
	struct vd_probe_view v;

	fails(mute, NULL, HASTY, "timed out after 0.3 s waiting for an answer");
	fails(drip, NULL, HASTY, "timed out after 0.3 s waiting for an answer");
	with(stall, "HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\n", RIG_QUIET, HASTY);
	RIG_FAILS(0, "timed out after 0.3 s waiting for the end of the page");
	v = rig_view(0);
	CU_ASSERT(v.timeouts == 1 && v.last_duration >= 300 * VD_MSEC &&
			v.last_duration < 3 * VD_SEC);
	done();
	fails(flood, "HTTP/1.0 200 OK\r\n\r\n",
			"HTTP_GET {\nconnect_timeout 0.3\n" URL("digest " MD5) "}\n",
			"timed out after 0.3 s waiting for the end of the page");
}

/* A page without end is read as far as it counts. */
static void
test_endless(void)
{
	with(flood, "HTTP/1.0 200 OK\r\n\r\n", RIG_QUIET,
			HTTP(URL("")) HTTP(URL("regex X-Y:")) HTTP(URL("regex Z")));
	RIG_GOOD(0);
	RIG_GOOD(1);
	RIG_FAILS(2, "the page does not match the regular expression");
	done();
}

/* ---- several urls ---- */

#define TWO(first, second, more) \
	"HTTP_GET {\nconnect_timeout 5\n" more "url {\npath /" first "\n}\nurl {\npath /" second \
	"\n}\n}\n"

/* One per attempt; up as soon as one is good, down when one of them fails. */
static void
test_urls_in_turn(void)
{
	with(by_path, NULL, "delay_loop 3600\nretry 1\ndelay_before_retry 0.01\n",
			TWO("200", "500", ""));
	RIG_GOOD(0);
	RIG_FAILS(0, "/500: the status is 500, not 200 to 299");
	/* The second one, and once more. */
	CU_ASSERT(rig_view(0).runs == 3 && rig_view(0).failures == 2);
	/* It stays with the one that failed. */
	RIG_FAILS(0, "/500: the status is 500, not 200 to 299");
	CU_ASSERT(rig_view(0).runs == 4);
	done();
}

/* The path says which answer; good turns bad while the file is there. */
static void
by_file(struct server *srv, int fd)
{
	char answer[64];

	if (!server_hear(srv, fd, "\r\n\r\n"))
		return;
	snprintf(answer, sizeof(answer), "HTTP/1.0 %d X\r\n\r\n",
			strncmp(srv->heard, "GET /b", 6) == 0 && access(rig_path("bad"), F_OK) == 0
					? 500
					: 200);
	server_say(fd, answer);
}

/* Down, each of them has to be good, one after another: one attempt each, or all at once with fast_recovery. */
static void
test_recovery(void)
{
	rig_put("bad", "", 0644);
	with(by_file, NULL, "delay_loop 3600\nretry 0\n", TWO("a", "b", ""));
	RIG_GOOD(0);
	CU_ASSERT(!rig_run(0));
	unlink(rig_path("bad"));
	/* b is good again, but a was not looked at since. */
	CU_ASSERT(!rig_run(0));
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error, "");
	RIG_GOOD(0);
	done();
}

static void
test_fast_recovery(void)
{
	size_t told;

	rig_put("bad", "", 0644);
	with(by_file, NULL, "delay_loop 3600\nretry 0\n", TWO("a", "b", "fast_recovery\n"));
	rig_ask(0, 1);
	CU_ASSERT(RIG_WAIT(strcmp(rig_view(0).state, "down") == 0));
	CU_ASSERT(rig_view(0).runs == 2);
	unlink(rig_path("bad"));
	told = rig_count();
	rig_ask(0, 1);
	CU_ASSERT(RIG_WAIT(rig_last().up && rig_count() > told));
	CU_ASSERT(rig_view(0).runs == 4);
	done();
}

static const struct vd_test tests[] = {
		VD_TEST(test_request),
		VD_TEST(test_bound),
		VD_TEST(test_v6),
		VD_TEST(test_no_more_than_asked),
		VD_TEST(test_status),
		VD_TEST(test_page),
		VD_TEST(test_chunks),
		VD_TEST(test_bad),
		VD_TEST(test_deadlines),
		VD_TEST(test_endless),
		VD_TEST(test_urls_in_turn),
		VD_TEST(test_recovery),
		VD_TEST(test_fast_recovery),
};

RIG_MAIN("probe/http", tests)
