/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vd_alloc.h"
#include "vd_io_child.h"

#define BLANKS " \t\r\n\v\f"

struct word {
	const char *in;
	char *out;
};

/* What a backslash keeps: any byte outside quotes, a quote or a backslash inside double ones, nothing inside single ones. */
static bool
is_escape(const char *p, char quote)
{
	if (p[0] != '\\' || p[1] == '\0' || quote == '\'')
		return false;
	return quote == '\0' || p[1] == '"' || p[1] == '\\';
}

/* Copies one word and its NUL. False: a quote stays open. */
static bool
word_take(struct word *w)
{
	char quote = '\0';

	for (; *w->in != '\0'; w->in++) {
		char c = *w->in;

		if (quote == '\0' && strchr(BLANKS, c) != NULL)
			break;
		if (is_escape(w->in, quote))
			*w->out++ = *++w->in;
		else if (quote == '\0' && (c == '"' || c == '\''))
			quote = c;
		else if (quote != '\0' && c == quote)
			quote = '\0';
		else
			*w->out++ = c;
	}
	*w->out++ = '\0';
	return quote == '\0';
}

char **
vd_io_words_split(const char *line, size_t *n)
{
	/* A word takes at least one byte and a blank of the line; text never grows but for the last NUL. */
	size_t len = strlen(line), max = len / 2 + 1, count = 0;
	char **words = vd_xcalloc(1, (max + 1) * sizeof(*words) + len + 1);
	struct word w = {.in = line, .out = (char *)(words + max + 1)};

	for (;;) {
		w.in += strspn(w.in, BLANKS);
		if (*w.in == '\0')
			break;
		words[count++] = w.out;
		if (!word_take(&w)) {
			count = 0;
			break;
		}
	}
	if (count == 0) {
		free(words);
		errno = EINVAL;
		return NULL;
	}
	if (n != NULL)
		*n = count;
	return words;
}
