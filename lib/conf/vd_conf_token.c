/* SPDX-License-Identifier: BSD-3-Clause */
/* Words, quotes, C escapes, braces and comments of one line. */
#include <stdlib.h>
#include <string.h>

#include "conf_keepalived_priv.h"
#include "vd_alloc.h"
#include "vd_vec.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == '\n';
}

size_t
conf_comment_start(const char *line, size_t len)
{
	char quote = '\0';

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\\' && i + 1 < len)
			i++;
		else if (quote != '\0')
			quote = line[i] == quote ? '\0' : quote;
		else if (line[i] == '"' || line[i] == '\'')
			quote = line[i];
		else if (line[i] == '#' || line[i] == '!')
			return i;
	}
	return len;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static const char *
escape_octal(const char *p, unsigned int *v)
{
	for (int i = 0; i < 3 && *p >= '0' && *p <= '7'; i++)
		*v = *v * 8 + (unsigned int)(*p++ - '0');
	return p;
}

/* p is behind the backslash; the byte goes to *out; returns what follows. NUL cannot be in a word: it becomes '?'. */
static const char *
escape(const char *p, char *out)
{
	static const char from[] = "abEfnrtv", to[] = "\a\b\033\f\n\r\t\v";
	const char *known = strchr(from, *p);
	unsigned int v = 0;

	if (*p >= '0' && *p <= '7') {
		p = escape_octal(p, &v);
		*out = (char)(v & 0xff);
	} else if (*p == 'x' && hex_digit(p[1]) >= 0) {
		for (p++; hex_digit(*p) >= 0; p++)
			v = v * 16 + (unsigned int)hex_digit(*p);
		*out = (char)(v & 0xff);
	} else if (*p == 'c' && p[1] != '\0') {
		*out = (char)(p[1] & 0x1f);
		p += 2;
	} else {
		*out = known != NULL && *known != '\0' ? to[known - from] : *p;
		p++;
	}
	if (*out == '\0')
		*out = '?';
	return p;
}

static struct conf_token *
token_add(struct conf_tokens *t, const char *text, uint32_t column)
{
	struct conf_token *k = vd_vec_add(t);

	k->text = text;
	k->column = column;
	return k;
}

/* The byte after "${...}", or p itself when the brace is not closed. */
static const char *
parameter_end(const char *p)
{
	const char *end = strchr(p, '}');

	return end == NULL ? p + 2 : end + 1;
}

struct word {
	const char *p;
	char *out;
	bool quoted, open_quote;
};

/* Reads one word; stops at a blank, a brace or the end. */
static void
word_read(struct word *w)
{
	char quote = '\0';

	while (*w->p != '\0') {
		const char *p = w->p;

		if (quote == '\0' && (is_blank(*p) || *p == '{' || *p == '}'))
			break;
		if (*p == '\\' && p[1] != '\0' &&
				(quote != '\0' || strchr("\\\"' \t#!{}", p[1]) != NULL)) {
			w->p = escape(p + 1, w->out++);
		} else if (quote == '\0' && (*p == '"' || *p == '\'')) {
			quote = *p;
			w->quoted = true;
			w->p++;
		} else if (quote != '\0' && *p == quote) {
			quote = '\0';
			w->p++;
		} else if (quote == '\0' && *p == '$' && p[1] == '{') {
			for (const char *end = parameter_end(p); w->p < end;)
				*w->out++ = *w->p++;
		} else {
			*w->out++ = *p;
			w->p++;
		}
	}
	w->open_quote = quote != '\0';
}

void
conf_tokenize(struct conf_tokens *t, const char *line, struct vd_place place, bool fixed,
		struct vd_diag_list *diags)
{
	size_t need = strlen(line) * 2 + 2;
	uint32_t column = place.column;
	struct word w = {.p = line};
	struct conf_token *k;

	if (need > t->size) {
		t->text = vd_xrealloc(t->text, need);
		t->size = need;
	}
	t->n = 0;
	w.out = t->text;
	for (;;) {
		while (is_blank(*w.p))
			w.p++;
		if (*w.p == '\0')
			return;
		place.column = fixed ? column : column + (uint32_t)(w.p - line);
		if (*w.p == '{' || *w.p == '}') {
			k = token_add(t, *w.p == '{' ? "{" : "}", place.column);
			k->open = *w.p == '{';
			k->close = !k->open;
			w.p++;
			continue;
		}
		k = token_add(t, w.out, place.column);
		w.quoted = false;
		word_read(&w);
		*w.out++ = '\0';
		k->quoted = w.quoted;
		if (w.open_quote)
			vd_diag_add(diags, VD_DIAG_ERROR, place, NULL,
					"this quote is never closed");
	}
}

void
conf_tokens_free(struct conf_tokens *t)
{
	vd_vec_free(t);
	free(t->text);
	t->text = NULL;
	t->size = 0;
}
