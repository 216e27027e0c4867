/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "vd_alloc.h"

#include "cli_priv.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 && !is_blank(c)) || c == 0x7f;
}

/* Copies one word from *in to *out, unquoting; false if a quote stays open. */
static bool
take_word(const char **in, char **out, bool *quoted)
{
	const char *s = *in;
	char *o = *out;
	char quote = '\0';

	*quoted = false;
	for (; *s != '\0' && (quote != '\0' || !is_blank(*s)); s++) {
		if (quote != '\0' && *s == quote) {
			quote = '\0';
		} else if (quote == '\0' && (*s == '"' || *s == '\'')) {
			quote = *s;
			*quoted = true;
		} else if (*s == '\\' && quote != '\'' && s[1] != '\0') {
			*o++ = *++s;
			*quoted = true;
		} else {
			*o++ = *s;
		}
	}
	*o++ = '\0';
	*in = s;
	*out = o;
	return quote == '\0';
}

static int
split(const char *line, bool lenient, struct cli_words *w, struct vd_strbuf *err)
{
	const char *s = line;
	char *o = w->memory;

	for (;;) {
		struct cli_word *word;

		while (is_blank(*s))
			s++;
		if (*s == '\0' || (w->n == 0 && *s == '#'))
			return 0;
		if (w->n == VD_CLI_WORDS_MAX) {
			vd_strbuf_printf(err, "more than %d words", VD_CLI_WORDS_MAX);
			return -EINVAL;
		}
		word = &w->v[w->n++];
		word->start = (size_t)(s - line);
		word->text = o;
		if (!take_word(&s, &o, &word->quoted) && !lenient) {
			vd_strbuf_printf(err, "`");
			cli_word_print(line + word->start, err);
			vd_strbuf_puts(err, "`: the quote is not closed");
			return -EINVAL;
		}
		w->open = *s == '\0';
	}
}

int
cli_words_split(const char *line, bool lenient, struct cli_words *w, struct vd_strbuf *err)
{
	size_t len = strlen(line);
	int rc;

	w->n = 0;
	w->open = false;
	w->memory = NULL;
	if (len >= VD_CLI_LINE_MAX) {
		vd_strbuf_printf(err, "the line is longer than %d characters", VD_CLI_LINE_MAX - 1);
		return -EINVAL;
	}
	for (size_t i = 0; i < len; i++) {
		if (is_control(line[i])) {
			vd_strbuf_printf(err, "control character 0x%02x in column %zu",
					(unsigned int)(unsigned char)line[i], i + 1);
			return -EINVAL;
		}
	}
	/* A word takes at most its own characters and one NUL, in place of the blank or the end after it. */
	w->memory = vd_xcalloc(1, len + 2);
	rc = split(line, lenient, w, err);
	if (rc != 0)
		cli_words_free(w);
	return rc;
}

void
cli_words_free(struct cli_words *w)
{
	free(w->memory);
	w->memory = NULL;
	w->n = 0;
}

void
cli_word_print(const char *word, struct vd_strbuf *out)
{
	size_t n = 0;

	for (; *word != '\0' && n < 64; word++, n++)
		vd_strbuf_putc(out, (unsigned char)*word < 0x20 || *word == 0x7f ? '?' : *word);
	if (*word != '\0')
		vd_strbuf_puts(out, "...");
}

void
cli_word_quote(const char *word, struct vd_strbuf *out)
{
	bool plain = *word != '\0' && *word != '#' && strpbrk(word, " \t\r\n\"'\\?") == NULL;

	if (plain) {
		vd_strbuf_puts(out, word);
		return;
	}
	vd_strbuf_putc(out, '"');
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			vd_strbuf_putc(out, '\\');
		vd_strbuf_putc(out, *word);
	}
	vd_strbuf_putc(out, '"');
}

void
vd_cli_join(char *const *argv, size_t n, struct vd_strbuf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			vd_strbuf_putc(out, ' ');
		/* "show ?" asks, also from a shell. */
		if (strcmp(argv[i], "?") == 0)
			vd_strbuf_putc(out, '?');
		else
			cli_word_quote(argv[i], out);
	}
}

bool
vd_cli_is_question(const char *line)
{
	size_t len = strlen(line);
	char quote = '\0';

	while (len > 0 && is_blank(line[len - 1]))
		len--;
	if (len == 0 || line[len - 1] != '?')
		return false;
	for (size_t i = 0; i + 1 < len; i++) {
		if (quote == '\0' && (line[i] == '"' || line[i] == '\''))
			quote = line[i];
		else if (line[i] == quote)
			quote = '\0';
		else if (line[i] == '\\' && quote != '\'' && ++i + 1 >= len)
			return false;
	}
	return quote == '\0';
}
