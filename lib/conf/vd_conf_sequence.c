/* SPDX-License-Identifier: BSD-3-Clause */
/* ~SEQ(var, start, step, end), ~SEQx(...) and ~LST(...): the rest of the line once per value. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_keepalived_priv.h"
#include "vd_alloc.h"
#include "vd_vec.h"

struct args {
	char **v;
	size_t n, cap;
};

static void
args_free(struct args *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	vd_vec_free(a);
}

static void
arg_add(struct args *a, const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	vd_vec_push(a, vd_xstrndup(from, (size_t)(to - from)));
}

/* Splits at commas that stand in no brace. */
static void
args_split(const char *text, size_t len, struct args *a)
{
	const char *end = text + len, *from = text;
	unsigned int depth = 0;

	for (const char *p = text; p < end; p++) {
		if (*p == '{')
			depth++;
		else if (*p == '}' && depth > 0)
			depth--;
		else if (*p == ',' && depth == 0) {
			arg_add(a, from, p);
			from = p + 1;
		}
	}
	arg_add(a, from, end);
}

static int
number(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 0);
	return end == text || *end != '\0' || errno != 0 ? -EINVAL : 0;
}

static void
rest_expand(struct conf_reader *r, const char *rest, struct vd_place place, unsigned int depth)
{
	conf_expand(r, rest, place, true, depth + 1);
}

static bool
seq_numbers(const struct args *a, int64_t *start, int64_t *step, int64_t *end)
{
	if (a->n < 2 || a->n > 4 || number(a->v[a->n - 1], end) != 0)
		return false;
	if (a->n == 2)
		*start = *end > 0 ? 1 : -1;
	else if (number(a->v[1], start) != 0)
		return false;
	*step = *end >= *start ? 1 : -1;
	if (a->n == 4 && number(a->v[2], step) != 0)
		return false;
	return *step != 0 && (*end == *start || (*step > 0) == (*end > *start));
}

static void
sequence(struct conf_reader *r, const struct args *a, bool hex, const char *rest,
		struct vd_place place, unsigned int depth)
{
	int64_t start = 0, step = 1, end = 0;
	char text[32];

	if (!seq_numbers(a, &start, &step, &end) || a->v[0][0] == '\0') {
		vd_diag_add(r->diags, VD_DIAG_ERROR, place, "~SEQ(VAR, START, STEP, END)",
				"these numbers make no sequence");
		return;
	}
	for (int64_t i = start; !r->stop && (step > 0 ? i <= end : i >= end);) {
		snprintf(text, sizeof(text), hex ? "%" PRIx64 : "%" PRId64, i);
		conf_define(r, a->v[0], strlen(a->v[0]), text);
		rest_expand(r, rest, place, depth);
		if (__builtin_add_overflow(i, step, &i))
			break;
	}
}

/* "{a, b}" or "a": the parts. */
static void
group_split(const char *text, struct args *out)
{
	size_t len = strlen(text);

	if (len >= 2 && text[0] == '{' && text[len - 1] == '}')
		args_split(text + 1, len - 2, out);
	else
		vd_vec_push(out, vd_xstrdup(text));
}

static void
list(struct conf_reader *r, const struct args *a, const char *rest, struct vd_place place,
		unsigned int depth)
{
	struct args names = {0};

	group_split(a->v[0], &names);
	if (a->n < 2)
		vd_diag_add(r->diags, VD_DIAG_ERROR, place, "~LST(VAR, VALUE, ...)",
				"this list has no value");
	for (size_t i = 1; i < a->n && !r->stop; i++) {
		struct args values = {0};

		group_split(a->v[i], &values);
		if (values.n != names.n)
			vd_diag_add(r->diags, VD_DIAG_ERROR, place, NULL,
					"~LST: %s has %zu values for %zu names", a->v[i], values.n,
					names.n);
		for (size_t k = 0; k < names.n; k++)
			conf_define(r, names.v[k], strlen(names.v[k]),
					k < values.n ? values.v[k] : "");
		rest_expand(r, rest, place, depth);
		args_free(&values);
	}
	args_free(&names);
}

bool
conf_sequence(struct conf_reader *r, const char *line, struct vd_place place, unsigned int depth)
{
	bool is_list = strncmp(line, "~LST(", 5) == 0, hex = strncmp(line, "~SEQx(", 6) == 0;
	struct vd_strbuf spec = {0};
	struct args a = {0};
	const char *open, *close;
	bool changed = false;

	if (!is_list && !hex && strncmp(line, "~SEQ(", 5) != 0)
		return false;
	open = strchr(line, '(');
	close = strchr(open, ')');
	if (close == NULL) {
		vd_diag_add(r->diags, VD_DIAG_ERROR, place, NULL, "this ( is never closed");
		return true;
	}
	vd_strbuf_add(&spec, open + 1, (size_t)(close - open) - 1);
	if (spec.len > 0) {
		char *text = vd_strbuf_take(&spec);

		/* Limits may be parameters, too. */
		(void)conf_substitute(r, text, place, &changed, &spec);
		free(text);
	}
	args_split(spec.s == NULL ? "" : spec.s, spec.len, &a);
	close += 1 + strspn(close + 1, " \t");
	if (is_list)
		list(r, &a, close, place, depth);
	else
		sequence(r, &a, hex, close, place, depth);
	args_free(&a);
	vd_strbuf_free(&spec);
	return true;
}
