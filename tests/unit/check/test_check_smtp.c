/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_smtp.h"

#include "check_test.h"

#define HELLO "HELO check.example.org\r\n"
#define BYE   "QUIT\r\n"

static struct vd_check_smtp s;
static struct vd_strbuf out, why;

static void
begin(void)
{
	vd_check_smtp_begin(&s, "check.example.org");
	vd_strbuf_free(&out);
	vd_strbuf_free(&why);
}

static enum vd_check_verdict
rx(const char *text)
{
	return vd_check_smtp_rx(&s, text, strlen(text), &out, &why);
}

/* From the beginning, in one piece. */
static enum vd_check_verdict
whole(const char *text)
{
	begin();
	return rx(text);
}

static void
end(void)
{
	vd_strbuf_free(&out);
	vd_strbuf_free(&why);
}

static void
dialogue(void)
{
	begin();
	CU_ASSERT_EQUAL(s.code, -1);
	CU_ASSERT_EQUAL(rx("220 mail.example.org ESMTP\r\n"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(s.code, 220);
	CU_ASSERT(says(&out, HELLO));
	CU_ASSERT_EQUAL(rx("250 pleased to meet you\r\n"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(s.code, 250);
	CU_ASSERT(says(&out, BYE));
	CU_ASSERT_EQUAL(rx("221 bye\r\n"), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(s.code, 221);
	CU_ASSERT(says(&out, ""));
	CU_ASSERT(says(&why, ""));
	end();
}

static void
byte_by_byte(void)
{
	static const char text[] = "220-mail\r\n220 ready\r\n250 hello\r\n221 bye\r\n";

	begin();
	for (size_t i = 0; text[i] != '\0'; i++) {
		char *one = exact(&text[i], 1);

		CU_ASSERT_EQUAL(vd_check_smtp_rx(&s, one, 1, &out, &why),
				text[i + 1] == '\0' ? VD_CHECK_GOOD : VD_CHECK_MORE);
		free(one);
	}
	CU_ASSERT(says(&out, HELLO BYE));
	end();
}

static void
nothing_is_no_news(void)
{
	begin();
	CU_ASSERT_EQUAL(vd_check_smtp_rx(&s, "", 0, &out, &why), VD_CHECK_MORE);
	CU_ASSERT(says(&out, ""));
	end();
}

static void
line_ends(void)
{
	CU_ASSERT_EQUAL(whole("220 a\n250 b\n221 c\n"), VD_CHECK_GOOD);
	/* Without text (RFC 5321 4.2.1), and within a reply of several lines. */
	CU_ASSERT_EQUAL(whole("220\r\n250-\r\n250\r\n221 \r\n"), VD_CHECK_GOOD);
	/* Not before its end. */
	CU_ASSERT_EQUAL(whole("220 a\r"), VD_CHECK_MORE);
	CU_ASSERT(says(&out, ""));
	CU_ASSERT_EQUAL(rx("\n"), VD_CHECK_MORE);
	CU_ASSERT(says(&out, HELLO));
	end();
}

static void
several_lines_are_one_reply(void)
{
	CU_ASSERT_EQUAL(whole("220-a\r\n220-b\r\n"), VD_CHECK_MORE);
	CU_ASSERT(says(&out, ""));
	CU_ASSERT_EQUAL(rx("220 c\r\n"), VD_CHECK_MORE);
	CU_ASSERT(says(&out, HELLO));
	CU_ASSERT_EQUAL(rx("250-a\r\n250 b\r\n"), VD_CHECK_MORE);
	CU_ASSERT(says(&out, BYE));
	end();
}

static void
other_codes(void)
{
	CU_ASSERT_EQUAL(whole("554 go away\r\n"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the greeting is 554, not 220: \"554 go away\""));
	CU_ASSERT_EQUAL(s.code, 554);
	CU_ASSERT(says(&out, ""));
	CU_ASSERT_EQUAL(whole("220 a\r\n502 what?\r\n"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the answer to HELO is 502, not 250: \"502 what?\""));
	CU_ASSERT(says(&out, HELLO));
	CU_ASSERT_EQUAL(whole("220 a\r\n250 b\r\n421 late\r\n"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the answer to QUIT is 421, not 221: \"421 late\""));
	CU_ASSERT_EQUAL(s.code, 421);
	/* The last line of several is shown. */
	CU_ASSERT_EQUAL(whole("450-a\r\n450 b\r\n"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the greeting is 450, not 220: \"450 b\""));
	end();
}

static void
no_reply_at_all(void)
{
	static const char *const lines[] = {
			"", "\r", "22", "SSH-2.0-x", "2x0 a", "220a", "-220 a", " 220 a", "2200"};

	for (size_t i = 0; i < VD_ARRAY_LEN(lines); i++) {
		begin();
		CU_ASSERT_EQUAL(rx(lines[i]), VD_CHECK_MORE);
		CU_ASSERT_EQUAL(rx("\n"), VD_CHECK_BAD);
		CU_ASSERT_EQUAL(s.code, -1);
	}
	CU_ASSERT(says(&why, "the greeting is no SMTP reply: \"2200\""));
	CU_ASSERT_EQUAL(whole("220 a\r\n\r\n"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the answer to HELO is no SMTP reply: \"\""));
	CU_ASSERT_EQUAL(s.code, 220);
	end();
}

static void
strange_bytes_are_not_repeated(void)
{
	CU_ASSERT_EQUAL(whole("\x16\x03\x01\xff\x1b[2J~\n"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the greeting is no SMTP reply: \"?????[2J~\""));
	begin();
	CU_ASSERT_EQUAL(vd_check_smtp_rx(&s, "ab\0cd\n", 6, &out, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the greeting is no SMTP reply: \"ab?cd\""));
	end();
}

static void
long_text_is_cut(void)
{
	char text[128], want[256];

	memset(text, 'x', sizeof(text));
	text[100] = '\n';
	text[101] = '\0';
	CU_ASSERT_EQUAL(whole(text), VD_CHECK_BAD);
	text[80] = '\0';
	snprintf(want, sizeof(want), "the greeting is no SMTP reply: \"%s...\"", text);
	CU_ASSERT(says(&why, want));
	/* 80 bytes are shown whole. */
	text[80] = '\n';
	text[81] = '\0';
	CU_ASSERT_EQUAL(whole(text), VD_CHECK_BAD);
	text[80] = '\0';
	snprintf(want, sizeof(want), "the greeting is no SMTP reply: \"%s\"", text);
	CU_ASSERT(says(&why, want));
	end();
}

static void
one_reply_has_one_code(void)
{
	CU_ASSERT_EQUAL(whole("220-a\r\n250 b\r\n"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the greeting has lines with 220 and with 250"));
	end();
}

static void
longest_line(void)
{
	char text[VD_CHECK_SMTP_LINE + 2];

	memset(text, 'x', sizeof(text));
	memcpy(text, "220 ", 4);
	memcpy(text + VD_CHECK_SMTP_LINE - 2, "\r\n", 2);
	begin();
	CU_ASSERT_EQUAL(vd_check_smtp_rx(&s, text, VD_CHECK_SMTP_LINE, &out, &why), VD_CHECK_MORE);
	CU_ASSERT(says(&out, HELLO));

	/* One byte more: bad as soon as it is sure. */
	memcpy(text + VD_CHECK_SMTP_LINE - 2, "xx\n", 3);
	begin();
	CU_ASSERT_EQUAL(vd_check_smtp_rx(&s, text, VD_CHECK_SMTP_LINE - 1, &out, &why),
			VD_CHECK_MORE);
	CU_ASSERT_EQUAL(vd_check_smtp_rx(&s, "x", 1, &out, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the greeting has a line of over 512 bytes"));
	begin();
	CU_ASSERT_EQUAL(vd_check_smtp_rx(&s, text, VD_CHECK_SMTP_LINE + 1, &out, &why),
			VD_CHECK_BAD);
	end();
}

static void
most_lines(void)
{
	begin();
	for (int i = 0; i < VD_CHECK_SMTP_LINES - 1; i++)
		CU_ASSERT_EQUAL(rx("220-a\r\n"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(rx("220 b\r\n"), VD_CHECK_MORE);
	CU_ASSERT(says(&out, HELLO));
	/* Each reply has its own count. */
	for (int i = 0; i < VD_CHECK_SMTP_LINES - 1; i++)
		CU_ASSERT_EQUAL(rx("250-a\r\n"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(rx("250-a\r\n"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the answer to HELO has over 128 lines"));
	end();
}

static void
a_verdict_stays(void)
{
	CU_ASSERT_EQUAL(whole("220 a\r\n250 b\r\n221 c\r\n500 d\r\n"), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(rx("500 e\r\n"), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(s.code, 221);
	CU_ASSERT_EQUAL(whole("500 a\r\n220 b\r\n"), VD_CHECK_BAD);
	CU_ASSERT_EQUAL(rx("220 c\r\n"), VD_CHECK_BAD);
	CU_ASSERT_EQUAL(s.code, 500);
	CU_ASSERT(says(&out, ""));
	CU_ASSERT(says(&why, "the greeting is 500, not 220: \"500 a\""));
	/* And has its reason; the end of the connection is none. */
	vd_check_smtp_eof(&s, &why);
	CU_ASSERT(says(&why, ""));
	end();
}

static void
early_end(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
			{"", "the connection ended before the greeting"},
			{"22", "the connection ended within the greeting"},
			{"220-a\r\n", "the connection ended within the greeting"},
			{"220 a\r\n", "the connection ended before the answer to HELO"},
			{"220 a\r\n2", "the connection ended within the answer to HELO"},
			{"220 a\r\n250 b\r\n", "the connection ended before the answer to QUIT"},
			{"220 a\r\n250 b\r\n221", "the connection ended within the answer to QUIT"},
	};

	for (size_t i = 0; i < VD_ARRAY_LEN(cases); i++) {
		CU_ASSERT_EQUAL(whole(cases[i].text), VD_CHECK_MORE);
		vd_check_smtp_eof(&s, &why);
		CU_ASSERT(says(&why, cases[i].why));
	}
	end();
}

static const struct vd_test tests[] = {
		VD_TEST(dialogue),
		VD_TEST(byte_by_byte),
		VD_TEST(nothing_is_no_news),
		VD_TEST(line_ends),
		VD_TEST(several_lines_are_one_reply),
		VD_TEST(other_codes),
		VD_TEST(no_reply_at_all),
		VD_TEST(strange_bytes_are_not_repeated),
		VD_TEST(long_text_is_cut),
		VD_TEST(one_reply_has_one_code),
		VD_TEST(longest_line),
		VD_TEST(most_lines),
		VD_TEST(a_verdict_stays),
		VD_TEST(early_end),
};

VD_TEST_MAIN("check_smtp", tests)
