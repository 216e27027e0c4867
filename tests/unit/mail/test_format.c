/* SPDX-License-Identifier: BSD-3-Clause */
/* The message as the server got it. */
#include <ctype.h>
#include <time.h>

#include "mail_rig.h"

static void
send_one(const char *lines, const char *subject, const char *body)
{
	rig_up(NULL);
	rig_configure(lines);
	vd_mail_send(m, subject, body);
	RIG_WAIT(smtp_server_count(&server) == 1);
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT_FATAL(server.n == 1);
}

/* The value of a header, unfolded, which the caller frees. */
static char *
header(const char *name)
{
	const char *text = server.messages[0].text, *end = strstr(text, "\n\n");
	struct vd_strbuf key = {0}, out = {0};
	const char *p;

	vd_strbuf_printf(&key, "%s: ", name);
	for (p = text; p != NULL && p < end && strncmp(p, key.s, key.len) != 0;
			p = strchr(p, '\n') + 1)
		;
	if (p != NULL && p < end)
		for (p += key.len; *p != '\n' || p[1] == ' '; p++)
			if (*p != '\n')
				vd_strbuf_putc(&out, *p);
	vd_strbuf_free(&key);
	return vd_strbuf_take(&out);
}

static bool
header_is(const char *name, const char *want)
{
	char *found = header(name);
	bool same = strcmp(found, want) == 0;

	if (!same)
		printf("\n%s: %s\n", name, found);
	free(found);
	return same;
}

static const char *
body(void)
{
	return strstr(server.messages[0].text, "\n\n") + 2;
}

static void
test_whole(void)
{
	time_t before = time(NULL), then;
	char *date, *id, want[1024];
	struct tm tm = {0};

	setenv("TZ", "XYZ-05:30", 1);
	tzset();
	send_one(RIG_SERVER RIG_TO_A, "VRRP Instance VI_1 - Entering MASTER state",
			"=> VRRP Instance is now owning VRRP VIPs <=");
	CU_ASSERT_STRING_EQUAL(server.messages[0].from, "lb@test");
	CU_ASSERT_STRING_EQUAL(server.messages[0].rcpt, "a@test");
	date = header("Date");
	id = header("Message-ID");
	snprintf(want, sizeof(want),
			"From: lb@test\n"
			"To: a@test\n"
			"Date: %s\n"
			"Subject: [lb1] VRRP Instance VI_1 - Entering MASTER state\n"
			"Message-ID: %s\n"
			"Auto-Submitted: auto-generated\n"
			"MIME-Version: 1.0\n"
			"Content-Type: text/plain; charset=utf-8\n"
			"Content-Transfer-Encoding: 7bit\n"
			"\n"
			"=> VRRP Instance is now owning VRRP VIPs <=\n",
			date, id);
	CU_ASSERT_STRING_EQUAL(server.messages[0].text, want);
	CU_ASSERT(id[0] == '<' && id[strlen(id) - 1] == '>' && strchr(id, '@') != NULL);
	/* The date is that of the event, with the zone of this machine. */
	CU_ASSERT_FATAL(strptime(date, "%a, %d %b %Y %H:%M:%S %z", &tm) != NULL);
	CU_ASSERT(tm.tm_gmtoff == 5 * 3600 + 1800);
	CU_ASSERT_STRING_EQUAL(date + strlen(date) - 6, " +0530");
	then = timegm(&tm) - (5 * 3600 + 1800);
	CU_ASSERT(then >= before && then <= time(NULL));
	CU_ASSERT(smtp_server_heard(&server, "EHLO me.test") == 1);
	RIG_WAIT(smtp_server_heard(&server, "QUIT") == 1);
	free(date);
	free(id);
	rig_down();
}

static void
test_several_recipients(void)
{
	send_one(RIG_SERVER "notification_email {\na@test\n\"Bob <b@test>\"\nc@test\n}", "s", "b");
	CU_ASSERT_STRING_EQUAL(server.messages[0].rcpt, "a@test b@test c@test");
	CU_ASSERT(header_is("To", "a@test, Bob <b@test>, c@test"));
	CU_ASSERT(server.connections == 1);
	rig_down();
}

/* What nobody gave: this machine's name. */
static void
test_defaults(void)
{
	char host[256], want[512];

	gethostname(host, sizeof(host));
	send_one("smtp_server 127.0.0.1 PORT\n" RIG_TO_A, "s", "b");
	snprintf(want, sizeof(want), "keepalived@%s", host);
	CU_ASSERT_STRING_EQUAL(server.messages[0].from, want);
	CU_ASSERT(header_is("From", want));
	snprintf(want, sizeof(want), "[%s] s", host);
	CU_ASSERT(header_is("Subject", want));
	snprintf(want, sizeof(want), "EHLO %s", host);
	CU_ASSERT(smtp_server_heard(&server, want) == 1);
	rig_down();
}

static void
test_dots(void)
{
	send_one(RIG_SERVER RIG_TO_A, "s", ".\n..two\nx.\n.\r\n\rend\n");
	CU_ASSERT_STRING_EQUAL(body(), ".\n..two\nx.\n.\n\nend\n");
	rig_down();
}

static void
test_empty_body(void)
{
	send_one(RIG_SERVER RIG_TO_A, "", "");
	CU_ASSERT_STRING_EQUAL(body(), "\n");
	CU_ASSERT(header_is("Subject", "[lb1] "));
	rig_down();
}

static void
test_no_header_gets_in(void)
{
	send_one(RIG_SERVER RIG_TO_A, "x\r\nBcc: evil@test\n\n.\r\nbody",
			"a\tb\001c\r\n.\r\nQUIT\r\n");
	CU_ASSERT(header_is("Subject", "[lb1] x  Bcc: evil@test  .  body"));
	CU_ASSERT(header_is("Bcc", ""));
	CU_ASSERT_STRING_EQUAL(server.messages[0].rcpt, "a@test");
	CU_ASSERT_STRING_EQUAL(body(), "a\tb c\n.\nQUIT\n");
	rig_down();
}

/* Addresses come from the file, where quotes may hold anything. */
static void
test_no_command_gets_in(void)
{
	send_one("router_id lb1\nsmtp_helo_name \"me\\r\\nRCPT TO:<evil@test>\"\nsmtp_server "
		 "127.0.0.1 PORT\n"
		 "notification_email_from \"x@test>\\r\\nRCPT TO:<evil@test\"\n"
		 "notification_email {\n\"a@test\\r\\nDATA\"\n\" \"\n}",
			"s", "b");
	CU_ASSERT(strstr(server.messages[0].rcpt, "evil") == NULL);
	CU_ASSERT_STRING_EQUAL(server.messages[0].rcpt, "a@testDATA");
	CU_ASSERT(smtp_server_heard(&server, "DATA") == 1);
	CU_ASSERT(rig_logged("warning: notification_email:   is no address") == 1);
	CU_ASSERT(header_is("To", "a@test  DATA"));
	rig_down();
}

static int
digit(char c)
{
	static const char digits[] =
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

/* base64 to its bytes; stops at what is none. */
static const char *
decode(const char *p, struct vd_strbuf *out)
{
	for (; digit(p[0]) >= 0 && digit(p[1]) >= 0; p += 4) {
		int v = digit(p[0]) << 18 | digit(p[1]) << 12;

		vd_strbuf_putc(out, (char)(v >> 16));
		if (digit(p[2]) < 0)
			return p + 4;
		v |= digit(p[2]) << 6;
		vd_strbuf_putc(out, (char)(v >> 8));
		if (digit(p[3]) < 0)
			return p + 4;
		vd_strbuf_putc(out, (char)(v | digit(p[3])));
	}
	return p;
}

static void
test_utf8(void)
{
	struct vd_strbuf subject = {0}, text = {0}, want = {0};
	char *found;

	for (int i = 0; i < 40; i++)
		vd_strbuf_puts(&want, "Störung €");
	send_one(RIG_SERVER RIG_TO_A, want.s, "Größe: €\n.\n");
	found = header("Subject");
	for (const char *p = found; (p = strstr(p, "=?utf-8?B?")) != NULL;) {
		const char *end = strstr(p, "?= ");
		size_t begin = subject.len;

		CU_ASSERT((end == NULL ? strlen(p) : (size_t)(end - p) + 2) <= 75);
		p = decode(p + 10, &subject);
		CU_ASSERT(strncmp(p, "?=", 2) == 0);
		/* Each word is text of its own. */
		CU_ASSERT(((unsigned char)subject.s[begin] & 0xc0) != 0x80);
	}
	CU_ASSERT(strncmp(subject.s, "[lb1] ", 6) == 0);
	CU_ASSERT_STRING_EQUAL(subject.s + 6, want.s);
	CU_ASSERT(header_is("Content-Transfer-Encoding", "base64"));
	for (const char *p = body(); *p != '\0'; p++)
		p = decode(p, &text);
	CU_ASSERT_STRING_EQUAL(text.s, "Größe: €\r\n.\r\n");
	for (const char *p = server.messages[0].text; *p != '\0'; p++)
		CU_ASSERT((unsigned char)*p < 0x7f);
	free(found);
	vd_strbuf_free(&subject);
	vd_strbuf_free(&text);
	vd_strbuf_free(&want);
	rig_down();
}

/* The server asserts that no line is longer than 998 bytes. */
static void
test_long(void)
{
	struct vd_strbuf to = {0}, text = {0}, long_text = {0};

	for (int i = 0; i < 3000; i++)
		vd_strbuf_putc(&long_text, 'x');
	vd_strbuf_puts(&to, RIG_SERVER "notification_email {\n");
	for (int i = 0; i < 200; i++)
		vd_strbuf_printf(&to, "somebody%d@a.rather.long.name.test\n", i);
	vd_strbuf_puts(&to, "}");
	send_one(to.s, long_text.s, long_text.s);
	for (const char *p = body(); *p != '\0'; p++)
		p = decode(p, &text);
	CU_ASSERT(text.len == long_text.len + 2 &&
			strncmp(text.s, long_text.s, long_text.len) == 0);
	CU_ASSERT(strstr(server.messages[0].rcpt, "somebody199@") != NULL);
	vd_strbuf_free(&to);
	vd_strbuf_free(&text);
	vd_strbuf_free(&long_text);
	rig_down();
}

/* More than a socket's buffer. */
static void
test_big(void)
{
	struct vd_strbuf text = {0};

	for (int i = 0; i < 200000; i++)
		vd_strbuf_printf(&text, "line %d\n", i);
	send_one(RIG_SERVER RIG_TO_A, "s", text.s);
	CU_ASSERT(strcmp(body(), text.s) == 0);
	vd_strbuf_free(&text);
	rig_down();
}

static const struct vd_test tests[] = {
		VD_TEST(test_whole),
		VD_TEST(test_several_recipients),
		VD_TEST(test_defaults),
		VD_TEST(test_dots),
		VD_TEST(test_empty_body),
		VD_TEST(test_no_header_gets_in),
		VD_TEST(test_no_command_gets_in),
		VD_TEST(test_utf8),
		VD_TEST(test_long),
		VD_TEST(test_big),
};

VD_TEST_MAIN("mail/format", tests)
