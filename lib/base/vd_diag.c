/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vd_alloc.h"

static const char *const severity_names[] = {
		[VD_DIAG_NOTE] = "note",
		[VD_DIAG_WARNING] = "warning",
		[VD_DIAG_ERROR] = "error",
};

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_line(const struct vd_diag *a, const struct vd_diag *b)
{
	return a->severity == b->severity && a->line == b->line && a->column == b->column &&
			same_text(a->file, b->file) && same_text(a->text, b->text) &&
			same_text(a->hint, b->hint);
}

static void
diag_free(struct vd_diag *d)
{
	free(d->file);
	free(d->text);
	free(d->hint);
}

/* Takes d's strings. */
static void
list_put(struct vd_diag_list *l, struct vd_diag *d)
{
	for (size_t i = 0; i < l->n; i++) {
		if (same_line(&l->v[i], d)) {
			diag_free(d);
			return;
		}
	}
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 8 : l->cap * 2;
		l->v = vd_xrealloc(l->v, l->cap * sizeof(*l->v));
	}
	l->v[l->n++] = *d;
	l->errors += d->severity == VD_DIAG_ERROR;
	l->warnings += d->severity == VD_DIAG_WARNING;
}

/* The path, and then the text without the word that the path ends with: "a[0].port: 0 is ..." for "port: 0 is ...". */
static void
put_path(struct vd_strbuf *text, const char *path)
{
	const char *dot = strrchr(path, '.'), *word = dot == NULL ? path : dot + 1;
	size_t n = strlen(word);
	char *old;

	if (text->len > n + 2 && strncmp(text->s, word, n) == 0 && text->s[n] == ':')
		old = vd_xstrdup(text->s + n + 2);
	else
		old = vd_xstrdup(text->s == NULL ? "" : text->s);
	vd_strbuf_reset(text);
	vd_strbuf_printf(text, "%s: %s", path, old);
	free(old);
}

void
vd_diag_add(struct vd_diag_list *l, enum vd_diag_severity severity, struct vd_place place,
		const char *hint, const char *fmt, ...)
{
	struct vd_strbuf text = {0};
	struct vd_diag d = {
			.severity = severity,
			.file = place.file == NULL ? NULL : vd_xstrdup(place.file),
			.line = place.line,
			.column = place.column,
			.hint = hint == NULL ? NULL : vd_xstrdup(hint),
	};
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (place.path != NULL && place.path[0] != '\0')
		put_path(&text, place.path);
	d.text = vd_strbuf_take(&text);
	list_put(l, &d);
}

void
vd_diag_format(const struct vd_diag *d, struct vd_strbuf *out)
{
	if (d->file != NULL) {
		vd_strbuf_puts(out, d->file);
		if (d->line != 0)
			vd_strbuf_printf(out, ":%u", d->line);
		if (d->line != 0 && d->column != 0)
			vd_strbuf_printf(out, ":%u", d->column);
		vd_strbuf_puts(out, ": ");
	}
	vd_strbuf_printf(out, "%s: %s", severity_names[d->severity], d->text);
	if (d->hint != NULL)
		vd_strbuf_printf(out, " (%s)", d->hint);
}

void
vd_diag_list_format(const struct vd_diag_list *l, struct vd_strbuf *out)
{
	for (size_t i = 0; i < l->n; i++) {
		vd_diag_format(&l->v[i], out);
		vd_strbuf_putc(out, '\n');
	}
}

void
vd_diag_list_append(struct vd_diag_list *l, const struct vd_diag_list *src)
{
	for (size_t i = 0; i < src->n; i++) {
		const struct vd_diag *d = &src->v[i];

		vd_diag_add(l, d->severity, (struct vd_place){d->file, d->line, d->column}, d->hint,
				"%s", d->text);
	}
}

void
vd_diag_list_free(struct vd_diag_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		diag_free(&l->v[i]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}
