/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pages under some expectations, the first bytes say which: in one piece and in pieces they have the same verdict for the
 * same reason, and the digest that a verdict tells is the page's. Expressions are the operator's: they come from a list.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vd_check_page.h"
#include "vd_compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD_LEN 6
#define STATUS   200
#define BODY_MAX 128 /* that no expression of the list takes long */
/* "the digest of the page is " */
#define DIGEST_AT 26

static const char *const regexes[] = {NULL, "It works", "(a+)[bc]", "^\\s*$", "(?<=a)b+$",
		"(.+)\\1[xy]", "<([a-z]+)[^>]*>.*?</\\1>", "(?:a|bb)*[cd]", "[^b]{3,}b",
		"\\((?R)*\\)", "(*sr:\\w+)[xy]", "\\X+\\R", "a*", "\\d+(?!\\d| )", ".",
		"(?|(a)|(b))\\1"};
static const char *const options[] = {"caseless", "multiline", "dotall", "utf", "ungreedy", "ucp",
		"no_start_optimize", "firstline"};

static void
require(bool what)
{
	if (!what)
		abort();
}

static enum vd_check_verdict
run(const struct vd_check_page *p, const uint8_t *body, size_t n, size_t step,
		struct vd_strbuf *why)
{
	struct vd_check_page_try *t = vd_check_page_begin(p);
	enum vd_check_verdict v;

	for (size_t i = 0; i < n;) {
		size_t piece = step == 0 ? n : VD_MIN(step, n - i);
		uint8_t *copy = malloc(piece);

		require(copy != NULL);
		memcpy(copy, body + i, piece);
		(void)vd_check_page_body(t, copy, piece);
		free(copy);
		i += piece;
	}
	v = vd_check_page_end(t, STATUS, why);
	require(v != VD_CHECK_MORE && (v == VD_CHECK_BAD) == (why->len > 0));
	return v;
}

static enum vd_check_verdict
both(const struct vd_check_page_config *c, const uint8_t *body, size_t n, size_t step,
		struct vd_strbuf *why)
{
	struct vd_check_page *p = vd_check_page_new(c, why);
	struct vd_strbuf again = {0};
	enum vd_check_verdict v;

	require(p != NULL && why->len == 0);
	v = run(p, body, n, 0, why);
	require(run(p, body, n, step, &again) == v);
	require(again.len == why->len && (v == VD_CHECK_GOOD || strcmp(again.s, why->s) == 0));
	vd_strbuf_free(&again);
	vd_check_page_free(p);
	return v;
}

/* An expression that cannot be tried is good neither way; otherwise exactly one way is. */
static void
regex(struct vd_check_page_config *c, const uint8_t *body, size_t n, size_t step)
{
	struct vd_strbuf why = {0}, other = {0};
	enum vd_check_verdict yes = both(c, body, n, step, &why), no;

	c->regex_no_match = true;
	no = both(c, body, n, step, &other);
	if (strstr(why.len > 0 ? why.s : "", "cannot be tried") != NULL)
		require(no == VD_CHECK_BAD);
	else
		require(yes != no);
	vd_strbuf_free(&why);
	vd_strbuf_free(&other);
}

static void
digest(const uint8_t *body, size_t n, size_t step)
{
	struct vd_check_page_config c = {.digest = "00000000000000000000000000000000"};
	struct vd_strbuf why = {0}, none = {0};

	require(both(&c, body, n, step, &why) == VD_CHECK_BAD && why.len > DIGEST_AT + 32);
	why.s[DIGEST_AT + 32] = '\0';
	c.digest = why.s + DIGEST_AT;
	require(both(&c, body, n, step, &none) == VD_CHECK_GOOD);
	vd_strbuf_free(&why);
	vd_strbuf_free(&none);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *words[VD_ARRAY_LEN(options)];
	struct vd_check_page_config c = {.regex_options = words};
	const uint8_t *body = data + HEAD_LEN;
	size_t step;

	if (size < HEAD_LEN)
		return 0;
	step = 1 + (size_t)data[2] * data[2] / 8;
	c.regex = regexes[data[0] % VD_ARRAY_LEN(regexes)];
	for (size_t i = 0; i < VD_ARRAY_LEN(options); i++)
		if ((data[1] >> i & 1) != 0)
			words[c.n_regex_options++] = options[i];
	c.regex_min_offset = data[3] % 16;
	c.regex_max_offset = data[4] % 64;
	if (c.regex != NULL)
		regex(&c, body, VD_MIN(size - HEAD_LEN, (size_t)BODY_MAX), step);
	if ((data[5] & 1) != 0)
		digest(body, size - HEAD_LEN, step);
	return 0;
}
