/* SPDX-License-Identifier: BSD-3-Clause */
#include "probe_server.h"

#define SMTP(words) "SMTP_CHECK {\nconnect_timeout 5\n" words "\n}\n"
#define HASTY       "SMTP_CHECK {\nconnect_timeout 0.3\n}\n"

/* A server that does as it should, its lines in pieces. */
static void
mail(struct server *s, int fd)
{
	char all[sizeof(s->heard)] = "";

	server_say(fd, "220-one of ");
	server_say(fd, "two\r\n220 ready\r\n");
	if (!server_hear(s, fd, "\r\n"))
		return;
	strcat(all, s->heard);
	server_say(fd, "250 hello\r\n");
	if (!server_hear(s, fd, "\r\n"))
		return;
	strcat(all, s->heard);
	server_say(fd, "221 bye\r\n");
	strcpy(s->heard, all);
	s->heard_len = strlen(all);
	server_listen(s, fd);
}

/* text, and then silence. */
static void
say(struct server *s, int fd)
{
	server_say(fd, s->text);
	server_listen(s, fd);
}

static void
say_and_close(struct server *s, int fd)
{
	server_say(fd, s->text);
}

static void
greet_then_close(struct server *s, int fd)
{
	server_say(fd, "220 ready\r\n");
	server_hear(s, fd, "\r\n");
}

static void
greet_then_reset(struct server *s, int fd)
{
	greet_then_close(s, fd);
	server_reset(fd);
}

static void
answer_quit_never(struct server *s, int fd)
{
	greet_then_close(s, fd);
	server_say(fd, "250 hello\r\n");
	server_listen(s, fd);
}

/* A byte a second: no line of it ever ends in time. */
static void
drip(struct server *s, int fd)
{
	for (int i = 0; server_wait(s, -1, 100) && i < 100; i++)
		if (send(fd, "2", 1, MSG_NOSIGNAL) < 0)
			return;
}

/* Lines without end, as fast as they are taken. */
static void
flood(struct server *s, int fd)
{
	static char lines[60000];

	for (size_t i = 0; i < sizeof(lines); i += 6)
		memcpy(lines + i, "220-x\n", 6);
	while (server_wait(s, -1, 0))
		if (send(fd, lines, sizeof(lines), MSG_NOSIGNAL) < 0)
			return;
}

static void
fails(void (*serve)(struct server *s, int fd), const char *text, const char *check,
		const char *want)
{
	struct server s;

	rig_start();
	server_start(&s, serve, text);
	rig_check(RIG_QUIET, check);
	RIG_FAILS(0, want);
	rig_stop();
	server_stop(&s);
}

static void
test_good(void)
{
	struct server s;

	rig_start();
	server_start(&s, mail, NULL);
	rig_check(RIG_QUIET, SMTP("helo_name me.example"));
	RIG_GOOD(0);
	CU_ASSERT(rig_view(0).last_code == 221);
	CU_ASSERT(RIG_WAIT(server_connections(&s) == 1));
	server_stop(&s);
	CU_ASSERT_STRING_EQUAL(s.heard, "HELO me.example\r\nQUIT\r\n");
	CU_ASSERT(s.last_errno == ECONNRESET);
	rig_stop();
}

static void
test_bad(void)
{
	fails(say, "554 go away\r\n", SMTP(""), "the greeting is 554, not 220: \"554 go away\"");
	fails(say_and_close, "", SMTP(""), "the connection ended before the greeting");
	fails(greet_then_close, NULL, SMTP(""), "the connection ended before the answer to HELO");
	fails(greet_then_reset, NULL, SMTP(""),
			"the connection ended before the answer to HELO: Connection reset by peer");
	fails(flood, NULL, SMTP(""), "the greeting has over 128 lines");
}

static void
test_deadlines(void)
{
	fails(say, "", HASTY, "timed out after 0.3 s waiting for the greeting");
	fails(drip, NULL, HASTY, "timed out after 0.3 s waiting for the greeting");
	fails(say, "220 ready\r\n", HASTY, "timed out after 0.3 s waiting for the answer to HELO");
	fails(answer_quit_never, NULL, HASTY,
			"timed out after 0.3 s waiting for the answer to QUIT");
}

/* All hosts must answer, one after another in one go; the one that failed is named by its error. */
static void
test_hosts(void)
{
	struct server s[2];
	char words[256], want[64];
	uint16_t second;

	rig_start();
	server_start(&s[1], mail, NULL);
	second = rig_port;
	server_start(&s[0], mail, NULL);
	snprintf(words, sizeof(words),
			"SMTP_CHECK {\nconnect_timeout 5\nhost {\nbindto 127.0.0.7\n}\n"
			"host {\nconnect_ip 127.0.0.1\nconnect_port %u\n}\n}\n",
			second);
	rig_check(RIG_QUIET, words);
	RIG_GOOD(0);
	CU_ASSERT(rig_view(0).runs == 2 && rig_count() == 1);
	CU_ASSERT(RIG_WAIT(server_connections(&s[0]) == 1 && server_connections(&s[1]) == 1));
	CU_ASSERT(s[0].peer.sin_addr.s_addr == htonl(0x7f000007));
	server_stop(&s[1]);
	snprintf(want, sizeof(want), "connect to 127.0.0.1:%u: Connection refused", second);
	RIG_FAILS(0, want);
	CU_ASSERT(rig_view(0).runs == 4);
	/* From the first one on. */
	CU_ASSERT(RIG_WAIT(server_connections(&s[0]) == 2));
	RIG_FAILS(0, want);
	CU_ASSERT(RIG_WAIT(server_connections(&s[0]) == 3));
	rig_stop();
	server_stop(&s[0]);
}

static const struct vd_test tests[] = {
		VD_TEST(test_good),
		VD_TEST(test_bad),
		VD_TEST(test_deadlines),
		VD_TEST(test_hosts),
};

RIG_MAIN("probe/smtp", tests)
