/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_smtp.h"

#include <string.h>

#include "check_priv.h"
#include "vd_compiler.h"

#define CODE_LEN 3

enum step {
	GREETING,
	HELO,
	QUIT,
	GOOD,
	BAD
};

static const struct {
	const char *what; /* the reply that is waited for */
	int code;
} replies[] = {
		[GREETING] = {"the greeting", 220},
		[HELO] = {"the answer to HELO", 250},
		[QUIT] = {"the answer to QUIT", 221},
};

static enum vd_check_verdict
bad(struct vd_check_smtp *s)
{
	s->step = BAD;
	return VD_CHECK_BAD;
}

/* The code of a reply line, or -1. */
static int
line_code(const struct vd_check_smtp *s)
{
	int code = 0;

	if (s->n < CODE_LEN)
		return -1;
	for (int i = 0; i < CODE_LEN; i++) {
		if (s->line[i] < '0' || s->line[i] > '9')
			return -1;
		code = code * 10 + s->line[i] - '0';
	}
	if (s->n > CODE_LEN && s->line[CODE_LEN] != ' ' && s->line[CODE_LEN] != '-')
		return -1;
	return code;
}

/* A whole reply: its code is s->code, its last line s->line. */
static enum vd_check_verdict
reply(struct vd_check_smtp *s, struct vd_strbuf *send, struct vd_strbuf *why)
{
	if (s->code != replies[s->step].code) {
		vd_strbuf_printf(why, "%s is %d, not %d: ", replies[s->step].what, s->code,
				replies[s->step].code);
		check_quote(why, s->line, s->n);
		return bad(s);
	}
	s->lines = 0;
	s->step++;
	if (s->step == GOOD)
		return VD_CHECK_GOOD;
	if (s->step == HELO)
		vd_strbuf_printf(send, "HELO %s\r\n", s->helo);
	else
		vd_strbuf_puts(send, "QUIT\r\n");
	return VD_CHECK_MORE;
}

/* A line without its end. */
static enum vd_check_verdict
line(struct vd_check_smtp *s, struct vd_strbuf *send, struct vd_strbuf *why)
{
	int code;

	if (s->n > 0 && s->line[s->n - 1] == '\r')
		s->n--;
	code = line_code(s);
	if (code < 0) {
		vd_strbuf_printf(why, "%s is no SMTP reply: ", replies[s->step].what);
		check_quote(why, s->line, s->n);
		return bad(s);
	}
	if (s->lines > 0 && code != s->code) {
		vd_strbuf_printf(why, "%s has lines with %d and with %d", replies[s->step].what,
				s->code, code);
		return bad(s);
	}
	s->code = code;
	s->lines++;
	if (s->n == CODE_LEN || s->line[CODE_LEN] == ' ')
		return reply(s, send, why);
	if (s->lines == VD_CHECK_SMTP_LINES) {
		vd_strbuf_printf(why, "%s has over %d lines", replies[s->step].what,
				VD_CHECK_SMTP_LINES);
		return bad(s);
	}
	return VD_CHECK_MORE;
}

static enum vd_check_verdict
byte(struct vd_check_smtp *s, char c, struct vd_strbuf *send, struct vd_strbuf *why)
{
	enum vd_check_verdict v;

	if (c == '\n') {
		v = line(s, send, why);
		s->n = 0;
		return v;
	}
	/* The line's end belongs to its length. */
	if (s->n == VD_CHECK_SMTP_LINE - 1) {
		vd_strbuf_printf(why, "%s has a line of over %d bytes", replies[s->step].what,
				VD_CHECK_SMTP_LINE);
		return bad(s);
	}
	s->line[s->n++] = c;
	return VD_CHECK_MORE;
}

void
vd_check_smtp_begin(struct vd_check_smtp *s, const char *helo)
{
	memset(s, 0, sizeof(*s));
	s->helo = helo;
	s->step = GREETING;
	s->code = -1;
}

enum vd_check_verdict
vd_check_smtp_rx(struct vd_check_smtp *s, const void *bytes, size_t n, struct vd_strbuf *send,
		struct vd_strbuf *why)
{
	const char *p = bytes;

	for (size_t i = 0; i < n && s->step < GOOD; i++)
		(void)byte(s, p[i], send, why);
	return s->step == GOOD ? VD_CHECK_GOOD : s->step == BAD ? VD_CHECK_BAD : VD_CHECK_MORE;
}

void
vd_check_smtp_eof(const struct vd_check_smtp *s, struct vd_strbuf *why)
{
	if (s->step >= GOOD)
		return;
	vd_strbuf_printf(why, "the connection ended %s %s",
			s->n > 0 || s->lines > 0 ? "within" : "before", replies[s->step].what);
}
