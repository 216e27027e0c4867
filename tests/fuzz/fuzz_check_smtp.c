/* SPDX-License-Identifier: BSD-3-Clause */
/* The same bytes from a server, in one piece and in pieces, have the same outcome. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vd_check_smtp.h"
#include "vd_compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HELLO "HELO a.example\r\n"
#define BYE   "QUIT\r\n"

struct outcome {
	struct vd_check_smtp s;
	enum vd_check_verdict verdict;
	struct vd_strbuf send, why;
};

static void
require(bool what)
{
	if (!what)
		abort();
}

static bool
is(const struct vd_strbuf *b, const char *text)
{
	return strcmp(b->s == NULL ? "" : b->s, text) == 0;
}

/* In pieces of `step` bytes, each in an allocation of its size; 0: in one. */
static void
run(struct outcome *o, const uint8_t *bytes, size_t n, size_t step)
{
	memset(o, 0, sizeof(*o));
	vd_check_smtp_begin(&o->s, "a.example");
	for (size_t i = 0; i < n;) {
		size_t piece = step == 0 ? n : VD_MIN(step, n - i);
		uint8_t *copy = malloc(piece);

		require(copy != NULL);
		memcpy(copy, bytes + i, piece);
		o->verdict = vd_check_smtp_rx(&o->s, copy, piece, &o->send, &o->why);
		free(copy);
		i += piece;
	}
}

static void
check(struct outcome *o)
{
	require(o->s.n < VD_CHECK_SMTP_LINE && o->s.lines <= VD_CHECK_SMTP_LINES);
	require(o->s.code >= -1 && o->s.code <= 999);
	require((o->verdict == VD_CHECK_BAD) == (o->why.len > 0));
	require(is(&o->send, "") || is(&o->send, HELLO) || is(&o->send, HELLO BYE));
	require(o->verdict != VD_CHECK_GOOD || (is(&o->send, HELLO BYE) && o->s.code == 221));
	for (size_t i = 0; i < o->why.len; i++)
		require(o->why.s[i] >= ' ' && o->why.s[i] <= '~');
	vd_check_smtp_eof(&o->s, &o->why);
	require((o->verdict == VD_CHECK_GOOD) == (o->why.len == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;

	if (size < 2)
		return 0;
	run(&whole, data + 1, size - 1, 0);
	run(&pieces, data + 1, size - 1, 1 + data[0] % 64);
	require(whole.verdict == pieces.verdict && whole.s.code == pieces.s.code);
	require(is(&whole.send, pieces.send.s == NULL ? "" : pieces.send.s));
	require(is(&whole.why, pieces.why.s == NULL ? "" : pieces.why.s));
	check(&whole);
	check(&pieces);
	vd_strbuf_free(&whole.send);
	vd_strbuf_free(&whole.why);
	vd_strbuf_free(&pieces.send);
	vd_strbuf_free(&pieces.why);
	return 0;
}
