/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of one line into one structure: positions in order, options by name. */
#include <errno.h>
#include <string.h>

#include "conf_keepalived_priv.h"
#include "vd_compiler.h"
#include "vd_vec.h"

struct line {
	struct vd_model_object *obj;
	const struct conf_token *w;
	size_t n, i;     /* words, and the next one */
	size_t position; /* index of the next field that may take a position */
	struct vd_place place;
	bool head;
	int rc;
	struct vd_diag_list *diags;
};

static bool
is_option(const struct line *l, const struct vd_model_field *f)
{
	return f != NULL && (f->flags & VD_MODEL_POS) == 0 && f->type != VD_MODEL_RAW &&
			f->type != VD_MODEL_RAWS && (!l->head || (f->flags & VD_MODEL_HEAD) != 0);
}

static const struct vd_model_field *
option_of(const struct line *l, const struct conf_token *w)
{
	const struct vd_model_field *f;

	if (w->quoted)
		return NULL;
	f = vd_model_field_find(l->obj->block, w->text);
	return is_option(l, f) ? f : NULL;
}

static bool
needs_no_word(const struct vd_model_field *f)
{
	return f->type == VD_MODEL_FLAG || f->type == VD_MODEL_UNSET;
}

static struct vd_place
word_place(const struct line *l, size_t i)
{
	struct vd_place p = l->place;

	p.column = l->w[i].column;
	return p;
}

static void
say_twice(const struct line *l, const struct vd_model_field *f, size_t i)
{
	if (vd_model_given(l->obj, vd_model_member(l->obj, f)))
		vd_diag_add(l->diags, VD_DIAG_WARNING, word_place(l, i), NULL,
				"%s: %s is given twice; the last counts", l->obj->block->name,
				f->word);
}

static void
option_take(struct line *l, const struct vd_model_field *f)
{
	struct vd_place at = word_place(l, l->i);
	const char *text = NULL;

	say_twice(l, f, l->i);
	l->i++;
	if (!needs_no_word(f) && l->i < l->n &&
			!((f->flags & VD_MODEL_BARE) != 0 && option_of(l, &l->w[l->i]) != NULL)) {
		/* "via inet6 fe80::1": the address says its family itself. */
		if (f->type == VD_MODEL_ADDR && l->i + 1 < l->n &&
				strncmp(l->w[l->i].text, "inet", 4) == 0)
			l->i++;
		at = word_place(l, l->i);
		text = l->w[l->i++].text;
	}
	if (vd_model_set_text(l->obj, f, text, at, l->diags) != 0)
		l->rc = -EINVAL;
}

static bool
name_among(const struct vd_model_field *f, const char *text)
{
	for (const struct vd_model_name *m = f->names; m->word != NULL; m++)
		if (strcasecmp(m->word, text) == 0)
			return true;
	return false;
}

/* Would a person call this an address, a number? Then it is one, if a wrong one. */
static bool
looks_numeric(const char *text)
{
	if (*text >= '0' && *text <= '9')
		return true;
	return strchr(text, ':') != NULL &&
			strspn(text, "0123456789abcdefABCDEF:./-") == strlen(text);
}

static bool
fits(const struct vd_model_field *f, const char *text)
{
	struct vd_model_range range;
	struct vd_prefix prefix;
	struct vd_addr addr;
	struct vd_mac mac;

	switch (f->type) {
	case VD_MODEL_ENUM:
		return name_among(f, text);
	case VD_MODEL_MAC:
		return vd_mac_parse(text, &mac) == 0;
	case VD_MODEL_ADDR:
		return vd_addr_parse(text, &addr) == 0;
	case VD_MODEL_PREFIX:
		return strcmp(text, "default") == 0 || vd_prefix_parse(text, &prefix) == 0;
	case VD_MODEL_RANGE:
		return vd_addr_range_parse(text, &range.lo, &range.hi) == 0;
	case VD_MODEL_INT:
	case VD_MODEL_TIME:
		return *text != '\0' && strspn(text, "+-.0123456789") == strlen(text);
	default:
		return true;
	}
}

/* A position that may be passed over when the word is not of its type: there is one behind it that takes anything. */
static bool
may_skip(const struct vd_model_block *b, size_t field, const struct conf_token *w)
{
	const struct vd_model_field *f = &b->fields[field];

	if (f->type == VD_MODEL_STRING || f->type == VD_MODEL_STRINGS)
		return false;
	if (fits(f, w->text))
		return w->quoted && (f->type == VD_MODEL_ENUM || f->type == VD_MODEL_MAC);
	if (!w->quoted && looks_numeric(w->text) &&
			(f->type == VD_MODEL_ADDR || f->type == VD_MODEL_PREFIX ||
					f->type == VD_MODEL_RANGE))
		return false;
	for (size_t i = field + 1; i < b->n_fields; i++) {
		const struct vd_model_field *g = &b->fields[i];

		if ((g->flags & VD_MODEL_POS) != 0 &&
				(g->type == VD_MODEL_STRING || g->type == VD_MODEL_STRINGS ||
						fits(g, w->text)))
			return true;
	}
	return false;
}

/* The field that takes the next word as a position, or NULL when none is left. */
static const struct vd_model_field *
position_next(struct line *l)
{
	const struct vd_model_block *b = l->obj->block;
	size_t i;

	for (i = l->position; i < b->n_fields; i++) {
		const struct vd_model_field *f = &b->fields[i];

		if ((f->flags & VD_MODEL_POS) == 0)
			continue;
		/* "to DEST" and DEST are one member: given by name, its position is gone. */
		if (vd_model_given(l->obj, vd_model_member(l->obj, f)))
			continue;
		if (may_skip(b, i, &l->w[l->i]))
			continue;
		l->position = i + (f->type != VD_MODEL_STRINGS);
		return f;
	}
	return NULL;
}

static void
position_take(struct line *l, const struct vd_model_field *f)
{
	struct vd_place at = word_place(l, l->i);

	if (f->type == VD_MODEL_STRINGS) {
		for (; l->i < l->n; l->i++)
			(void)vd_model_add_text(
					l->obj, f, l->w[l->i].text, word_place(l, l->i), l->diags);
		return;
	}
	if (vd_model_set_text(l->obj, f, l->w[l->i++].text, at, l->diags) != 0)
		l->rc = -EINVAL;
}

static void
say_missing(struct line *l)
{
	const struct vd_model_block *b = l->obj->block;

	for (size_t i = 0; i < b->n_fields && l->rc == 0; i++) {
		const struct vd_model_field *f = &b->fields[i];

		if ((f->flags & VD_MODEL_REQUIRED) == 0 ||
				(l->head && !(f->flags & VD_MODEL_POS)) ||
				vd_model_given(l->obj, vd_model_member(l->obj, f)))
			continue;
		vd_diag_add(l->diags, VD_DIAG_ERROR, l->place, NULL, "%s: %s is missing", b->name,
				f->word);
		l->rc = -EINVAL;
	}
}

void
conf_say_extra(const struct vd_model_block *context, const char *after, const struct conf_token *w,
		size_t n, struct vd_place place, struct vd_diag_list *diags)
{
	const struct vd_model_field *known =
			context == NULL ? NULL : vd_model_field_find(context, w[0].text);
	struct vd_strbuf text = {0}, hint = {0};

	for (size_t i = 0; i < n && i < 8; i++)
		vd_strbuf_printf(&text, "%s%s", i > 0 ? " " : "", w[i].text);
	if (n > 8)
		vd_strbuf_puts(&text, " ...");
	if (known != NULL)
		vd_strbuf_printf(&hint, "put %s on a line of its own", w[0].text);
	place.column = w[0].column;
	vd_diag_add(diags, VD_DIAG_WARNING, place, hint.s,
			"%s: \"%s\" at the end of the line is ignored", after, text.s);
	vd_strbuf_free(&text);
	vd_strbuf_free(&hint);
}

int
conf_line_words(struct vd_model_object *obj, const struct conf_token *w, size_t n,
		struct vd_place place, bool head, struct vd_diag_list *diags)
{
	struct line l = {.obj = obj, .w = w, .n = n, .place = place, .head = head, .diags = diags};

	if (n > 0)
		l.place.column = w[0].column;
	while (l.i < n && l.rc == 0) {
		const struct vd_model_field *f = option_of(&l, &w[l.i]);

		if (f != NULL) {
			option_take(&l, f);
			continue;
		}
		f = position_next(&l);
		if (f == NULL)
			break;
		position_take(&l, f);
	}
	if (l.rc == 0 && l.i < n)
		conf_say_extra(NULL, obj->block->name, w + l.i, n - l.i, place, diags);
	say_missing(&l);
	return l.rc;
}

int
vd_conf_line_parse(struct vd_model_object *obj, const char *text, struct vd_place place,
		struct vd_diag_list *diags)
{
	struct conf_tokens t = {0};
	int rc;

	conf_tokenize(&t, text, place, true, diags);
	rc = conf_line_words(obj, t.v, t.n, place, false, diags);
	conf_tokens_free(&t);
	return rc;
}
