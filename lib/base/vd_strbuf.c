/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_strbuf.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vd_alloc.h"

/* Room for n more bytes and a NUL. */
static void
reserve(struct vd_strbuf *b, size_t n)
{
	size_t want = b->len + n + 1;

	if (want <= b->cap)
		return;
	if (b->cap == 0)
		b->cap = 64;
	while (b->cap < want)
		b->cap *= 2;
	b->s = vd_xrealloc(b->s, b->cap);
}

void
vd_strbuf_add(struct vd_strbuf *b, const char *bytes, size_t n)
{
	reserve(b, n);
	if (n > 0)
		memcpy(b->s + b->len, bytes, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void
vd_strbuf_puts(struct vd_strbuf *b, const char *text)
{
	vd_strbuf_add(b, text, strlen(text));
}

void
vd_strbuf_putc(struct vd_strbuf *b, char c)
{
	vd_strbuf_add(b, &c, 1);
}

void
vd_strbuf_vprintf(struct vd_strbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	reserve(b, (size_t)n);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void
vd_strbuf_printf(struct vd_strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
vd_strbuf_reset(struct vd_strbuf *b)
{
	b->len = 0;
	if (b->s != NULL)
		b->s[0] = '\0';
}

void
vd_strbuf_free(struct vd_strbuf *b)
{
	free(b->s);
	memset(b, 0, sizeof(*b));
}

char *
vd_strbuf_take(struct vd_strbuf *b)
{
	char *s = b->s == NULL ? vd_xstrdup("") : b->s;

	memset(b, 0, sizeof(*b));
	return s;
}

#define NEAR_WORD_MAX 63

/* Edit distance, insensitive to case, a swap counting once; above NEAR_WORD_MAX characters: far. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][NEAR_WORD_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);
	size_t *before = rows[0], *prev = rows[1], *row = rows[2];

	if (na > NEAR_WORD_MAX || nb > NEAR_WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= nb; j++)
		prev[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *spare = before;
		int ca = tolower((unsigned char)a[i - 1]);

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			int cb = tolower((unsigned char)b[j - 1]);
			size_t best = prev[j - 1] + (ca != cb);

			best = VD_MIN(best, prev[j] + 1);
			best = VD_MIN(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
					cb == tolower((unsigned char)a[i - 2]))
				best = VD_MIN(best, before[j - 2] + 1);
			row[j] = best;
		}
		before = prev;
		prev = row;
		row = spare;
	}
	return prev[nb];
}

const char *
vd_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word);
	size_t limit = len <= 2 ? 1 : len <= 5 ? 2 : 3;
	const char *best = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, candidates[i]);

		/* Nothing in common is not a slip of the finger. */
		if (d <= limit && d < len && d < strlen(candidates[i])) {
			best = candidates[i];
			limit = d;
			if (d == 0)
				break;
			limit = d - 1;
		}
	}
	return best;
}
