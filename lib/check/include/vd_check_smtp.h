/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_SMTP_H
#define VD_CHECK_SMTP_H

/* SMTP_CHECK (RFC 5321 4.2): greeting 220, HELO, 250, QUIT, 221. One attempt is one struct; no allocation. */

#include <stdbool.h>
#include <stddef.h>

#include "vd_check.h"
#include "vd_strbuf.h"

#define VD_CHECK_SMTP_LINE  512 /* bytes of a reply line; a longer one is BAD */
#define VD_CHECK_SMTP_LINES 128 /* lines of one reply; more is BAD */

struct vd_check_smtp {
	const char *helo; /* the caller's */
	int step, lines, code;
	size_t n;
	char line[VD_CHECK_SMTP_LINE];
};

void vd_check_smtp_begin(struct vd_check_smtp *s, const char *helo);
/*
 * Bytes from the server. MORE: if *send is not empty, it is to be sent (a line with CRLF; appended to it). BAD: with a
 * sentence in why. The last reply's code is in s->code.
 */
enum vd_check_verdict vd_check_smtp_rx(struct vd_check_smtp *s, const void *bytes, size_t n,
		struct vd_strbuf *send, struct vd_strbuf *why);
/* The connection ended before the verdict: why. */
void vd_check_smtp_eof(const struct vd_check_smtp *s, struct vd_strbuf *why);

#endif
