/* SPDX-License-Identifier: BSD-3-Clause */
/* Conditional lines, definitions and parameters, each line by itself, as keepalived orders them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf_keepalived_priv.h"
#include "vd_alloc.h"
#include "vd_vec.h"

/* What a line costs besides its text: an endless ~SEQ of short lines must end within seconds, too. */
#define LINE_COST 64

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool
is_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '_';
}

static size_t
name_len(const char *p)
{
	size_t n = 0;

	if (*p >= '0' && *p <= '9')
		return 0;
	while (is_name(p[n]))
		n++;
	return n;
}

bool
conf_charge(struct conf_reader *r, size_t bytes, struct vd_place place)
{
	if (r->stop)
		return false;
	if (bytes <= r->left) {
		r->left -= bytes;
		return true;
	}
	r->stop = true;
	vd_diag_add(r->diags, VD_DIAG_ERROR, place,
			"a parameter that contains itself, or a long ~SEQ",
			"the text expands to more than can be read");
	return false;
}

size_t
conf_definition_name(const char *line)
{
	size_t n;

	if (*line != '$')
		return 0;
	n = name_len(line + 1);
	return n > 0 && line[n + 1] == '=' ? n : 0;
}

static struct conf_def *
def_find(struct conf_reader *r, const char *name, size_t len)
{
	struct conf_def *d;

	VD_VEC_FOREACH (d, &r->defs)
		if (strncmp(d->name, name, len) == 0 && d->name[len] == '\0')
			return d;
	return NULL;
}

void
conf_define(struct conf_reader *r, const char *name, size_t len, const char *value)
{
	struct conf_def *d = def_find(r, name, len);

	if (d == NULL) {
		d = vd_vec_add(&r->defs);
		d->name = vd_xstrndup(name, len);
	}
	free(d->value);
	d->value = vd_xstrdup(value);
}

static uint64_t
reader_random(struct conf_reader *r)
{
	if (!r->seeded) {
		r->rng.state = r->src->random == NULL ? 1 : r->src->random(r->src->ctx);
		r->seeded = true;
	}
	return vd_rng_next(&r->rng);
}

/* "_RANDOM [min [max]]": a number of the range, 0 to 32767. */
static void
random_value(struct conf_reader *r, const char *args, struct vd_strbuf *out)
{
	char *end;
	uint64_t lo = 0, hi = 32767, n;

	args += strspn(args, " \t");
	if (*args >= '0' && *args <= '9') {
		lo = strtoul(args, &end, 10);
		args = end + strspn(end, " \t");
		if (*args >= '0' && *args <= '9')
			hi = strtoul(args, &end, 10);
	}
	if (hi < lo)
		hi = lo;
	n = hi - lo + 1;
	vd_strbuf_printf(out, "%" PRIu64, lo + (n == 0 ? reader_random(r) : reader_random(r) % n));
}

/* The value of what stands between ${ and }, or of $NAME. False: there is none, the text stays. */
static bool
value_of(struct conf_reader *r, const char *name, size_t len, struct vd_strbuf *out)
{
	char text[256];
	struct conf_def *d = def_find(r, name, len);
	const char *v = NULL;

	if (d != NULL) {
		vd_strbuf_puts(out, d->value);
		return true;
	}
	if (len == 0 || name[0] != '_' || len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	if (strcmp(text, "_PWD") == 0) {
		v = r->file == NULL ? "." : r->file->dir;
	} else if (strcmp(text, "_INSTANCE") == 0) {
		v = r->opt->instance != NULL ? r->opt->instance : r->config_id;
	} else if (strcmp(text, "_HASH") == 0) {
		v = "#";
	} else if (strcmp(text, "_BANG") == 0) {
		v = "!";
	} else if (strncmp(text, "_RANDOM", 7) == 0 && (text[7] == '\0' || is_blank(text[7]))) {
		random_value(r, text + 7, out);
		return true;
	} else if (strncmp(text, "_ENV", 4) == 0 && is_blank(text[4])) {
		const char *var = text + 4 + strspn(text + 4, " \t");

		v = r->src->getenv == NULL ? NULL : r->src->getenv(r->src->ctx, var);
		v = v == NULL ? "" : v;
	}
	if (v == NULL)
		return false;
	vd_strbuf_puts(out, v);
	return true;
}

/* The parameter at p, which is a '$': its name and the text behind it. False: no parameter. */
static bool
parameter_at(const char *p, const char **name, size_t *len, const char **rest)
{
	if (p[1] == '{') {
		const char *end = strchr(p, '}');

		if (end == NULL)
			return false;
		*name = p + 2;
		*len = (size_t)(end - p) - 2;
		*rest = end + 1;
		return *len > 0;
	}
	*name = p + 1;
	*len = name_len(p + 1);
	*rest = p + 1 + *len;
	return *len > 0 && (**rest == '\0' || **rest == '\n' || is_blank(**rest));
}

bool
conf_substitute(struct conf_reader *r, const char *line, struct vd_place place, bool *changed,
		struct vd_strbuf *out)
{
	char *owned = NULL;
	const char *p = line;
	bool several = false;

	while (!r->stop && !several) {
		const char *dollar = strchr(p, '$'), *name, *rest;
		struct vd_strbuf value = {0};
		size_t len;

		if (dollar == NULL)
			break;
		vd_strbuf_add(out, p, (size_t)(dollar - p));
		if (!parameter_at(dollar, &name, &len, &rest) || !value_of(r, name, len, &value)) {
			vd_strbuf_putc(out, '$');
			p = dollar + 1;
			vd_strbuf_free(&value);
			continue;
		}
		*changed = true;
		conf_charge(r, value.len + strlen(rest) + 8, place);
		several = value.s != NULL && strchr(value.s, '\n') != NULL;
		/* Read the value again: it may name parameters itself. */
		vd_strbuf_puts(&value, rest);
		free(owned);
		owned = vd_strbuf_take(&value);
		p = owned;
	}
	vd_strbuf_puts(out, p);
	free(owned);
	return !several;
}

/* '@id' or '@^id': does the rest of the line count? line moves behind it. */
static bool
condition(struct conf_reader *r, const char **line)
{
	const char *p = *line + 1;
	bool negative = *p == '^';
	size_t len;
	bool same;

	p += negative;
	len = strcspn(p, " \t\n");
	same = strlen(r->config_id) == len && strncmp(p, r->config_id, len) == 0;
	p += len;
	*line = p + strspn(p, " \t");
	return same != negative;
}

/* Words that the reader itself acts on; true: the parser does not need the line. */
static bool
reader_word(struct conf_reader *r, const struct conf_tokens *t, struct vd_place place)
{
	if (t->n == 0 || t->v[0].open || t->v[0].close || t->v[0].quoted)
		return t->n == 0;
	if (strncmp(t->v[0].text, "include", 7) != 0) {
		if (t->n == 2 && !r->seeded && strcmp(t->v[0].text, "random_seed") == 0) {
			r->rng.state = strtoul(t->v[1].text, NULL, 10);
			r->seeded = true;
		}
		return false;
	}
	if (strcmp(t->v[0].text, "include_check") == 0) {
		conf_include_check(r, t->v, t->n, place);
		return true;
	}
	return conf_include(r, t->v, t->n, place);
}

static void
line_emit(struct conf_reader *r, const char *line, struct vd_place place, bool fixed)
{
	/* Of its own: an include reads further lines before this one is done. */
	struct conf_tokens t = r->tokens;

	memset(&r->tokens, 0, sizeof(r->tokens));
	conf_tokenize(&t, line, place, fixed, r->diags);
	if (!reader_word(r, &t, place))
		conf_parser_line(&r->parser, t.v, t.n, place);
	conf_tokens_free(&r->tokens);
	r->tokens = t;
}

/* The lines of a value, one after the other: a definition among them counts for the next. */
static void
several_lines(struct conf_reader *r, char *text, struct vd_place place, unsigned int depth)
{
	for (char *p = text, *next; p != NULL && !r->stop; p = next) {
		next = strchr(p, '\n');
		if (next != NULL)
			*next++ = '\0';
		p += strspn(p, " \t");
		if (*p != '\0')
			conf_expand(r, p, place, true, depth + 1);
	}
}

static void
definition(struct conf_reader *r, const char *line, size_t len)
{
	const char *value = line + len + 2;

	value += strspn(value, " \t");
	/* A value that begins on the next line. */
	if (*value == '\n')
		value++;
	conf_define(r, line + 1, len, value);
}

void
conf_expand(struct conf_reader *r, const char *line, struct vd_place place, bool fixed,
		unsigned int depth)
{
	struct vd_strbuf out = {0};
	const char *start = line;
	bool changed = false;
	size_t len;

	if (!conf_charge(r, strlen(line) + LINE_COST, place))
		return;
	if (depth > CONF_DEPTH_EXPAND) {
		conf_charge(r, SIZE_MAX, place);
		return;
	}
	while (*line == '@')
		if (!condition(r, &line))
			return;
	if (!fixed)
		place.column += (uint32_t)(line - start);
	len = conf_definition_name(line);
	if (len != 0) {
		definition(r, line, len);
		return;
	}
	if (*line == '~' && conf_sequence(r, line, place, depth))
		return;
	if (strchr(line, '$') == NULL) {
		line_emit(r, line, place, fixed);
		return;
	}
	if (!conf_substitute(r, line, place, &changed, &out))
		several_lines(r, out.s, place, depth);
	else if (!r->stop && changed && out.len > 0 &&
			(out.s[0] == '@' || out.s[0] == '~' || out.s[0] == '$'))
		conf_expand(r, out.s, place, true, depth + 1);
	else if (!r->stop && out.len > 0)
		line_emit(r, out.s, place, fixed || changed);
	vd_strbuf_free(&out);
}
