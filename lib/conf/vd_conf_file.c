/* SPDX-License-Identifier: BSD-3-Clause */
/* Files: physical lines, continued lines, include and its checks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_keepalived_priv.h"
#include "vd_alloc.h"
#include "vd_compiler.h"
#include "vd_vec.h"

#define BRACE_ALTERNATIVES_MAX 1000
#define INCLUDE_PATTERN_MAX    4096

static char *
dir_of(const struct conf_reader *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct vd_strbuf b = {0};

	if (path[0] != '/' && r->src->pwd != NULL && r->src->pwd(r->src->ctx) != NULL) {
		vd_strbuf_puts(&b, r->src->pwd(r->src->ctx));
		if (slash != NULL)
			vd_strbuf_putc(&b, '/');
	}
	if (slash == path)
		vd_strbuf_putc(&b, '/');
	else if (slash != NULL)
		vd_strbuf_add(&b, path, (size_t)(slash - path));
	if (b.len == 0)
		vd_strbuf_putc(&b, '.');
	return vd_strbuf_take(&b);
}

/* Does a line continue on the next one? Then its backslash goes. */
static bool
continued(char *line, size_t *len)
{
	while (*len > 0 &&
			(line[*len - 1] == ' ' || line[*len - 1] == '\t' || line[*len - 1] == '\r'))
		(*len)--;
	line[*len] = '\0';
	if (*len == 0 || line[*len - 1] != '\\' || (*len > 1 && line[*len - 2] == '\\'))
		return false;
	line[--*len] = '\0';
	return true;
}

static const char *
skip_blanks(const char *p)
{
	return p + strspn(p, " \t\r\v\f");
}

/* Is the text a definition, after conditions? */
static bool
is_definition(const char *line)
{
	line = skip_blanks(line);
	while (*line == '@')
		line = skip_blanks(line + strcspn(line, " \t"));
	return conf_definition_name(line) != 0;
}

static void
line_done(struct conf_reader *r, struct vd_strbuf *joined, struct vd_place place)
{
	const char *start;

	if (joined->len == 0)
		return;
	start = skip_blanks(joined->s);
	place.column = (uint32_t)(start - joined->s) + 1;
	if (*start != '\0')
		conf_expand(r, start, place, false, 0);
	vd_strbuf_reset(joined);
}

static void
lines_read(struct conf_reader *r, char *text, size_t len)
{
	struct vd_place place = {.file = vd_model_file(r->model, r->file->path)};
	struct vd_strbuf joined = {0};
	char *end = text + len, *next;
	bool more = false;
	uint32_t line = 0;

	for (char *p = text; p < end && !r->stop; p = next) {
		char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = eol == NULL ? (size_t)(end - p) : (size_t)(eol - p);

		next = p + n + 1;
		line++;
		n = conf_comment_start(p, n);
		p[n] = '\0';
		if (!more)
			place.line = line;
		if (more && joined.s != NULL && is_definition(joined.s))
			vd_strbuf_putc(&joined, '\n');
		else if (more)
			vd_strbuf_putc(&joined, ' ');
		more = continued(p, &n);
		vd_strbuf_add(&joined, p, n);
		if (!more)
			line_done(r, &joined, place);
	}
	if (!r->stop)
		line_done(r, &joined, place);
	vd_strbuf_free(&joined);
}

int
conf_file_read(struct conf_reader *r, const char *path)
{
	struct conf_file file = {.path = vd_model_file(r->model, path), .parent = r->file};
	struct vd_strbuf text = {0};
	int rc = r->src->read(r->src->ctx, path, CONF_FILE_MAX, &text);

	if (rc == 0 && text.len > 0) {
		/* A NUL would end a line early: it is a blank. */
		for (size_t i = 0; i < text.len; i++)
			if (text.s[i] == '\0')
				text.s[i] = ' ';
		file.dir = dir_of(r, path);
		file.check = r->file == NULL ? 0 : r->file->check;
		r->file = &file;
		lines_read(r, text.s, text.len);
		r->file = file.parent;
		free(file.dir);
	}
	vd_strbuf_free(&text);
	return rc;
}

static const struct {
	const char *word;
	unsigned int check;
} include_words[] = {
		{"include", 0},
		{"includer", CONF_CHECK_READABLE},
		{"includem", CONF_CHECK_MATCH},
		{"includew", CONF_CHECK_WILDCARD},
		{"includeb", CONF_CHECK_BRACE},
		{"includea", CONF_CHECK_ALL},
};

static const struct {
	const char *word;
	unsigned int check;
} check_words[] = {
		{"readable", CONF_CHECK_READABLE},
		{"match", CONF_CHECK_MATCH | CONF_CHECK_READABLE},
		{"wildcard_match", CONF_CHECK_WILDCARD | CONF_CHECK_READABLE},
		{"brace_match", CONF_CHECK_BRACE | CONF_CHECK_READABLE},
};

void
conf_include_check(
		struct conf_reader *r, const struct conf_token *t, size_t n, struct vd_place place)
{
	unsigned int bits;
	bool known, add = true;

	if (r->file == NULL)
		return;
	if (n == 1)
		r->file->check = CONF_CHECK_ALL;
	else if (t[1].text[0] != '+' && t[1].text[0] != '-')
		r->file->check = 0;
	for (size_t i = 1; i < n; i++) {
		const char *w = t[i].text;

		if (*w == '+' || *w == '-')
			add = *w++ == '+';
		if (*w == '\0')
			continue;
		known = false;
		bits = 0;
		for (size_t k = 0; k < VD_ARRAY_LEN(check_words); k++) {
			if (strcmp(check_words[k].word, w) == 0) {
				known = true;
				bits = check_words[k].check;
			}
		}
		place.column = t[i].column;
		if (!known)
			vd_diag_add(r->diags, VD_DIAG_WARNING, place,
					"readable, match, wildcard_match, brace_match",
					"include_check: unknown check %s", w);
		else if (add)
			r->file->check |= bits;
		else
			r->file->check &= ~bits;
	}
}

/* The closing brace of the one at p, or NULL. */
static const char *
brace_end(const char *p)
{
	unsigned int depth = 0;

	for (; *p != '\0'; p++) {
		if (*p == '{')
			depth++;
		else if (*p == '}' && --depth == 0)
			return p;
	}
	return NULL;
}

/* csh braces: adds every alternative of pattern. */
static void
braces_expand(const char *pattern, struct vd_conf_names *out)
{
	const char *open = strchr(pattern, '{');
	const char *close = open == NULL ? NULL : brace_end(open);
	unsigned int depth = 0;
	const char *part;

	if (out->n >= BRACE_ALTERNATIVES_MAX)
		return;
	if (close == NULL) {
		vd_vec_push(out, vd_xstrdup(pattern));
		return;
	}
	part = open + 1;
	for (const char *p = part; p <= close; p++) {
		if (p == close || (*p == ',' && depth == 0)) {
			struct vd_strbuf b = {0};

			vd_strbuf_add(&b, pattern, (size_t)(open - pattern));
			vd_strbuf_add(&b, part, (size_t)(p - part));
			vd_strbuf_puts(&b, close + 1);
			braces_expand(b.s, out);
			vd_strbuf_free(&b);
			part = p + 1;
		} else if (*p == '{') {
			depth++;
		} else if (*p == '}') {
			depth--;
		}
	}
}

static void
names_free(struct vd_conf_names *n)
{
	for (size_t i = 0; i < n->n; i++)
		free(n->v[i]);
	vd_vec_free(n);
}

static bool
includes_itself(const struct conf_reader *r, const char *path)
{
	for (const struct conf_file *f = r->file; f != NULL; f = f->parent)
		if (strcmp(f->path, path) == 0)
			return true;
	return false;
}

static void
include_file(struct conf_reader *r, const char *path, unsigned int check, struct vd_place place)
{
	int rc;

	if (includes_itself(r, path)) {
		vd_diag_add(r->diags, VD_DIAG_ERROR, place, NULL, "%s includes itself", path);
		return;
	}
	if (r->include_depth == CONF_DEPTH_INCLUDE) {
		vd_diag_add(r->diags, VD_DIAG_ERROR, place, NULL,
				"more than %d files include one another", CONF_DEPTH_INCLUDE);
		return;
	}
	r->include_depth++;
	rc = conf_file_read(r, path);
	r->include_depth--;
	if (rc != 0)
		vd_diag_add(r->diags, check != 0 ? VD_DIAG_ERROR : VD_DIAG_WARNING, place, NULL,
				"include: cannot read %s: %s", path, strerror(-rc));
}

/* One alternative of the braces: every file that matches it. */
static size_t
include_alternative(struct conf_reader *r, const char *pattern, unsigned int check,
		struct vd_place place)
{
	struct vd_conf_names names = {0};
	struct vd_strbuf full = {0};
	size_t n;

	if (pattern[0] != '/' && strcmp(r->file->dir, ".") != 0)
		vd_strbuf_printf(&full, "%s/", r->file->dir);
	vd_strbuf_puts(&full, pattern);
	if (r->src->glob != NULL)
		(void)r->src->glob(r->src->ctx, full.s, &names);
	n = names.n;
	for (size_t i = 0; i < n && !r->stop; i++)
		include_file(r, names.v[i], check, place);
	names_free(&names);
	vd_strbuf_free(&full);
	return n;
}

static void
include_pattern(struct conf_reader *r, const char *pattern, unsigned int check,
		struct vd_place place)
{
	bool wild = strpbrk(pattern, "*?[") != NULL, brace = strchr(pattern, '{') != NULL;
	struct vd_conf_names parts = {0};
	size_t matched = 0;

	braces_expand(pattern, &parts);
	for (size_t i = 0; i < parts.n && !r->stop; i++) {
		size_t n = include_alternative(r, parts.v[i], check, place);

		if (n == 0 && brace && check & CONF_CHECK_BRACE)
			vd_diag_add(r->diags, VD_DIAG_ERROR, place, NULL,
					"include: no file matches %s", parts.v[i]);
		matched += n;
	}
	if (matched == 0 && !(brace && check & CONF_CHECK_BRACE)) {
		bool bad = wild ? (check & CONF_CHECK_WILDCARD) != 0 : check != 0;

		/* A pattern may match nothing: conf.d is often empty. */
		vd_diag_add(r->diags,
				bad                    ? VD_DIAG_ERROR
						: wild ? VD_DIAG_NOTE
						       : VD_DIAG_WARNING,
				place, NULL, "include: no file matches %s", pattern);
	}
	names_free(&parts);
}

bool
conf_include(struct conf_reader *r, const struct conf_token *t, size_t n, struct vd_place place)
{
	struct vd_strbuf pattern = {0};
	unsigned int check = 0;
	bool found = false;

	for (size_t i = 0; n > 0 && !t[0].quoted && i < VD_ARRAY_LEN(include_words); i++) {
		if (strcmp(t[0].text, include_words[i].word) == 0) {
			found = true;
			check = include_words[i].check | (r->file == NULL ? 0 : r->file->check);
		}
	}
	if (!found)
		return false;
	place.column = t[0].column;
	/* Braces are tokens: put the pattern together again. */
	for (size_t i = 1; i < n; i++)
		vd_strbuf_puts(&pattern, t[i].text);
	if (pattern.len > INCLUDE_PATTERN_MAX)
		vd_diag_add(r->diags, VD_DIAG_ERROR, place, NULL, "%s: the name is too long",
				t[0].text);
	else if (pattern.len == 0)
		vd_diag_add(r->diags, VD_DIAG_ERROR, place, NULL, "%s needs a file name",
				t[0].text);
	else
		include_pattern(r, pattern.s, check, place);
	vd_strbuf_free(&pattern);
	return true;
}
