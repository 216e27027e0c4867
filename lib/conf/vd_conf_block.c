/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks: which statement is meant where, what opens and closes, what is unknown. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf_keepalived_priv.h"
#include "vd_compiler.h"
#include "vd_vec.h"

static struct conf_frame *
top(struct conf_parser *p)
{
	return &p->stack[p->depth - 1];
}

void
conf_parser_start(struct conf_parser *p, struct vd_model *m, struct vd_diag_list *diags)
{
	memset(p, 0, sizeof(*p));
	p->model = m;
	p->diags = diags;
	p->stack[0].kind = CONF_FRAME_BLOCK;
	p->stack[0].obj = &m->obj;
	p->depth = 1;
}

/* Every block has one: cheaper than a format. */
static void
title_set(struct conf_frame *g, const char *first, const char *second)
{
	size_t len = strnlen(first, sizeof(g->title) - 1), more;

	memcpy(g->title, first, len);
	if (second != NULL && len < sizeof(g->title) - 1) {
		g->title[len++] = ' ';
		more = strnlen(second, sizeof(g->title) - 1 - len);
		memcpy(g->title + len, second, more);
		len += more;
	}
	g->title[len] = '\0';
}

static void
pend(struct conf_parser *p, enum conf_frame_kind kind, struct vd_model_object *obj,
		const struct vd_model_field *f, const struct conf_token *w, size_t n,
		struct vd_place place)
{
	struct conf_frame *g = &p->pending;

	memset(g, 0, sizeof(*g));
	g->kind = kind;
	g->obj = obj;
	g->field = f;
	g->place = place;
	title_set(g, w[0].text, n > 1 ? w[1].text : NULL);
	p->is_pending = true;
	p->pending_optional = kind == CONF_FRAME_SKIP;
}

/* What the object of a block lacks when its brace closes; -EINVAL when it cannot be kept. */
static int
block_complete(struct conf_parser *p, const struct conf_frame *f)
{
	const struct vd_model_block *b = f->obj->block;
	int rc = 0;

	for (size_t i = 0; i < b->n_fields; i++) {
		const struct vd_model_field *g = &b->fields[i];

		if ((g->flags & VD_MODEL_REQUIRED) == 0 || (g->flags & VD_MODEL_POS) != 0 ||
				vd_model_given(f->obj, vd_model_member(f->obj, g)))
			continue;
		vd_diag_add(p->diags, VD_DIAG_ERROR, f->place, NULL, "%s has no %s", f->title,
				g->word);
		rc = -EINVAL;
	}
	return rc;
}

static void
frame_pop(struct conf_parser *p)
{
	struct conf_frame *f = top(p);

	if (f->kind == CONF_FRAME_BLOCK)
		(void)block_complete(p, f);
	p->depth--;
}

static void
frame_open(struct conf_parser *p, struct vd_place place)
{
	if (!p->is_pending) {
		/* Whatever it opens is skipped as a whole. */
		vd_diag_add(p->diags, VD_DIAG_ERROR, place, NULL, "unexpected {");
		memset(&p->pending, 0, sizeof(p->pending));
		p->pending.kind = CONF_FRAME_SKIP;
		p->pending.place = place;
		snprintf(p->pending.title, sizeof(p->pending.title), "{");
	}
	p->is_pending = false;
	if (p->depth == CONF_DEPTH_BLOCK) {
		if (!p->too_deep_said)
			vd_diag_add(p->diags, VD_DIAG_ERROR, place, NULL,
					"more than %d braces inside one another", CONF_DEPTH_BLOCK);
		p->too_deep_said = true;
		p->too_deep++;
		return;
	}
	p->stack[p->depth++] = p->pending;
}

static void
frame_close(struct conf_parser *p, struct vd_place place)
{
	if (p->too_deep > 0) {
		p->too_deep--;
		return;
	}
	if (p->depth > 1) {
		frame_pop(p);
		return;
	}
	if (!p->extra_close_said)
		vd_diag_add(p->diags, VD_DIAG_ERROR, place, NULL, "} closes nothing");
	p->extra_close_said = true;
}

/* A block was announced, and something else than { came. */
static void
pending_drop(struct conf_parser *p)
{
	if (!p->pending_optional)
		vd_diag_add(p->diags, VD_DIAG_ERROR, p->pending.place, NULL, "%s: its { is missing",
				p->pending.title);
	p->is_pending = false;
}

/* Words that only the root knows, in a block: that block was never closed. */
static bool
block_forgotten(struct conf_parser *p, const struct conf_token *w, size_t n, struct vd_place place)
{
	const struct vd_model_field *f;
	struct conf_frame *t = top(p);

	if (p->depth == 1 || n > 3 || w[0].quoted)
		return false;
	f = vd_model_field_find(&vd_model_root_block, w[0].text);
	if (f == NULL || (f->type != VD_MODEL_BLOCK && f->type != VD_MODEL_BLOCKS))
		return false;
	/* track_file and SSL are words of other blocks, too; a list's line with one word is an item. */
	if (f->type == VD_MODEL_BLOCKS && n < 2)
		return false;
	if (strcmp(f->word, "track_file") == 0)
		return false;
	vd_diag_add(p->diags, VD_DIAG_ERROR, t->place, NULL,
			"the { of %s is never closed; line %u begins %s", t->title, place.line,
			f->word);
	/* What the outer levels lack is the same mistake. */
	p->depth = 1;
	p->too_deep = 0;
	return true;
}

static void
unknown_word(struct conf_parser *p, struct conf_frame *t, const struct conf_token *w, size_t n,
		struct vd_place place)
{
	const struct vd_model_block *b = t->obj->block;
	const char *near = vd_model_field_nearest(b, w[0].text);
	struct vd_model_sync_group *g;
	struct vd_strbuf hint = {0};

	place.column = w[0].column;
	if (near != NULL)
		vd_strbuf_printf(&hint, "did you mean %s?", near);
	if (near == NULL && n == 1 && strcmp(b->name, "vrrp_sync_group") == 0) {
		/* The form of keepalived 1.1: instances without group { }. */
		g = (struct vd_model_sync_group *)t->obj;
		vd_diag_add(p->diags, VD_DIAG_WARNING, place, "keepalived ignores it",
				"vrrp_sync_group: %s stands outside group { }; taken as a member",
				w[0].text);
		(void)vd_model_add_text(t->obj, vd_model_field_of(t->obj, &g->group), w[0].text,
				place, p->diags);
		pend(p, CONF_FRAME_SKIP, NULL, NULL, w, n, place);
		return;
	}
	if (p->depth == 1)
		vd_diag_add(p->diags, VD_DIAG_WARNING, place, hint.s, "unknown word %s is skipped",
				w[0].text);
	else
		vd_diag_add(p->diags, VD_DIAG_WARNING, place, hint.s,
				"%s: unknown word %s is skipped", b->name, w[0].text);
	vd_strbuf_free(&hint);
	pend(p, CONF_FRAME_SKIP, NULL, NULL, w, n, place);
}

static char *const *
name_of(struct vd_model_object *obj)
{
	const struct vd_model_field *f = vd_model_field_find(obj->block, "name");

	if (f == NULL || (f->flags & VD_MODEL_POS) == 0 || f->type != VD_MODEL_STRING)
		return NULL;
	return vd_model_member(obj, f);
}

/* An earlier block of the same word and name. */
static const struct vd_model_object *
same_name(struct vd_model_object *parent, const struct vd_model_field *f, struct vd_model_object *o)
{
	char *const *name = name_of(o), *const * other;
	struct vd_model_object *x;
	size_t i = 0;

	if (name == NULL || *name == NULL)
		return NULL;
	while ((x = vd_model_next(parent, f, &i)) != NULL && x != o) {
		other = name_of(x);
		if (other != NULL && *other != NULL && strcmp(*other, *name) == 0)
			return x;
	}
	return NULL;
}

static void
block_begin(struct conf_parser *p, struct vd_model_object *parent, const struct vd_model_field *f,
		const struct conf_token *w, size_t n, struct vd_place place)
{
	struct vd_model_object *o = vd_model_add_object(parent, f, place);
	const struct vd_model_object *before;
	int rc = conf_line_words(o, w + 1, n - 1, place, true, p->diags);

	before = f->type == VD_MODEL_BLOCKS && rc == 0 ? same_name(parent, f, o) : NULL;
	if (before != NULL) {
		vd_diag_add(p->diags, VD_DIAG_WARNING, place, NULL,
				"%s %s is already defined at line %u; this one is ignored", f->word,
				*name_of(o), before->place.line);
		rc = -EINVAL;
	}
	if (rc == 0) {
		pend(p, CONF_FRAME_BLOCK, o, f, w, n, place);
		return;
	}
	if (f->type == VD_MODEL_BLOCKS)
		vd_model_drop_last(parent, f);
	pend(p, CONF_FRAME_SKIP, NULL, NULL, w, n, place);
	p->pending_optional = false;
}

static void
say_twice(struct conf_parser *p, const struct vd_model_object *obj, const struct vd_model_field *f,
		struct vd_place place)
{
	struct vd_place first = vd_model_place_of(obj, vd_model_member(obj, f));

	if (vd_model_given(obj, vd_model_member(obj, f)))
		vd_diag_add(p->diags, VD_DIAG_WARNING, place, NULL,
				"%s is already given at line %u; this one counts", f->word,
				first.line);
}

static bool
is_off(const char *text)
{
	return strcasecmp(text, "off") == 0 || strcasecmp(text, "no") == 0 ||
			strcasecmp(text, "false") == 0;
}

static bool
is_on(const char *text)
{
	return strcasecmp(text, "on") == 0 || strcasecmp(text, "yes") == 0 ||
			strcasecmp(text, "true") == 0;
}

/* How many words of the statement its value takes, the word itself included. Some are traps of keepalived. */
static size_t
flag_words(struct conf_parser *p, const struct vd_model_field *f, const struct conf_token *w,
		size_t n, struct vd_place place)
{
	if (n < 2 || (!is_off(w[1].text) && !is_on(w[1].text)))
		return f->type == VD_MODEL_BOOL && n > 1 && strcmp(w[1].text, ";") != 0 ? 2 : 1;
	if (is_off(w[1].text) &&
			(f->type != VD_MODEL_BOOL || strcmp(f->word, "skip_check_adv_addr") == 0))
		vd_diag_add(p->diags, VD_DIAG_WARNING, place, NULL,
				"%s %s: keepalived turns it on; understood as off", f->word,
				w[1].text);
	return 2;
}

static void
statement(struct conf_parser *p, const struct conf_token *w, size_t n, struct vd_place place);

/* What follows the value: after a ';' it is certainly meant as a statement, which keepalived does not see. */
static void
rest_of_line(struct conf_parser *p, const struct vd_model_object *obj,
		const struct vd_model_field *f, const struct conf_token *w, size_t n,
		struct vd_place place)
{
	if (n == 0)
		return;
	if (strcmp(w[0].text, ";") == 0 && !w[0].quoted && n == 1) {
		place.column = w[0].column;
		vd_diag_add(p->diags, VD_DIAG_WARNING, place, "lines need no ;",
				"the ; is dropped");
		return;
	}
	if (strcmp(w[0].text, ";") == 0 && !w[0].quoted &&
			vd_model_field_find(obj->block, w[1].text) != NULL) {
		place.column = w[0].column;
		vd_diag_add(p->diags, VD_DIAG_WARNING, place, "put each word on a line of its own",
				"keepalived ignores what follows ;, here it is understood");
		/* One level only: a line of a thousand ; must not become a thousand calls. */
		if (p->semicolon) {
			conf_say_extra(obj->block, f->word, w + 1, n - 1, place, p->diags);
			return;
		}
		p->semicolon = true;
		statement(p, w + 1, n - 1, place);
		p->semicolon = false;
		return;
	}
	conf_say_extra(obj->block, f->word, w, n, place, p->diags);
}

static void
value_set(struct conf_parser *p, struct vd_model_object *obj, const struct vd_model_field *f,
		const struct conf_token *w, size_t n, struct vd_place place)
{
	bool flag = f->type == VD_MODEL_BOOL || f->type == VD_MODEL_FLAG ||
			f->type == VD_MODEL_UNSET;
	size_t used = flag ? flag_words(p, f, w, n, place) : n > 1 ? 2 : 1;
	struct vd_place at = place;

	say_twice(p, obj, f, place);
	if (used > 1)
		at.column = w[1].column;
	(void)vd_model_set_text(obj, f, used > 1 ? w[1].text : NULL, at, p->diags);
	if ((f->flags & VD_MODEL_SCRIPT) != 0 && n > used && strcmp(w[used].text, ";") != 0) {
		at.column = w[used].column;
		vd_diag_add(p->diags, VD_DIAG_WARNING, at, "quote the command with its arguments",
				"%s: the words after %s are ignored", f->word, w[1].text);
		return;
	}
	rest_of_line(p, obj, f, w + used, n - used, place);
}

static void
words_add(struct conf_parser *p, struct vd_model_object *obj, const struct vd_model_field *f,
		const struct conf_token *w, size_t n, struct vd_place place)
{
	for (size_t i = 0; i < n; i++) {
		place.column = w[i].column;
		(void)vd_model_add_text(obj, f, w[i].text, place, p->diags);
	}
}

/* Addresses inside words without meaning are still checked. */
static void
rule_check(struct conf_parser *p, const struct conf_token *w, size_t n, struct vd_place place)
{
	struct vd_prefix prefix;

	for (size_t i = 0; i + 1 < n; i++) {
		const char *text = w[i + 1].text;

		if (strcmp(w[i].text, "from") != 0 && strcmp(w[i].text, "to") != 0)
			continue;
		if (strcmp(text, "all") == 0 || strcmp(text, "any") == 0 ||
				strcmp(text, "default") == 0 || vd_prefix_parse(text, &prefix) == 0)
			continue;
		place.column = w[i + 1].column;
		vd_diag_add(p->diags, VD_DIAG_ERROR, place, NULL,
				"%s: \"%s\" is not an address with an optional /length", w[i].text,
				text);
	}
}

static void
raw_add(struct vd_model_object *obj, const struct vd_model_field *f, const struct conf_token *w,
		size_t n, struct vd_place place)
{
	VD_VEC(const char *) words = {0};

	for (size_t i = 0; i < n; i++)
		vd_vec_push(&words, w[i].text);
	vd_model_add_raw(obj, f, words.v, words.n, place);
	vd_vec_free(&words);
}

static void
item_add(struct conf_parser *p, struct vd_model_object *obj, const struct vd_model_field *f,
		const struct conf_token *w, size_t n, struct vd_place place)
{
	struct vd_model_object *o = vd_model_add_object(obj, f, place);

	if (conf_line_words(o, w, n, place, false, p->diags) != 0)
		vd_model_drop_last(obj, f);
}

/* use_vmac false: keepalived makes an interface of that name. */
static bool
line_is_off(struct conf_parser *p, const struct vd_model_field *f, const struct conf_token *w,
		size_t n, struct vd_place place)
{
	if (n != 2 || !is_off(w[1].text) || strcmp(f->word, "use_vmac") != 0)
		return false;
	vd_diag_add(p->diags, VD_DIAG_WARNING, place, NULL,
			"use_vmac %s: keepalived makes an interface named %s; understood as off",
			w[1].text, w[1].text);
	return true;
}

static bool
needs_value(const struct vd_model_block *b)
{
	for (size_t i = 0; i < b->n_fields; i++)
		if ((b->fields[i].flags & VD_MODEL_POS) && (b->fields[i].flags & VD_MODEL_REQUIRED))
			return true;
	return false;
}

static void
line_set(struct conf_parser *p, struct vd_model_object *obj, const struct vd_model_field *f,
		const struct conf_token *w, size_t n, struct vd_place place)
{
	if (line_is_off(p, f, w, n, place))
		return;
	if (n == 1 && needs_value(f->block)) {
		vd_diag_add(p->diags, VD_DIAG_ERROR, place, NULL, "%s needs a value", f->word);
		return;
	}
	say_twice(p, obj, f, place);
	(void)conf_line_words(
			vd_model_add_object(obj, f, place), w + 1, n - 1, place, false, p->diags);
}

static void
field_apply(struct conf_parser *p, struct vd_model_object *obj, const struct vd_model_field *f,
		const struct conf_token *w, size_t n, struct vd_place place)
{
	switch (f->type) {
	case VD_MODEL_SPANS:
		words_add(p, obj, f, w + 1, n - 1, place);
		break;
	case VD_MODEL_STRINGS:
		words_add(p, obj, f, w + 1, n - 1, place);
		/* Empty, what is required is still missing. */
		if ((f->flags & (VD_MODEL_WORDS | VD_MODEL_REQUIRED)) != VD_MODEL_REQUIRED)
			vd_model_mark_given(obj, f, place);
		if ((f->flags & VD_MODEL_WORDS) == 0)
			pend(p, CONF_FRAME_STRINGS, obj, f, w, n, place);
		break;
	case VD_MODEL_RAW:
		raw_add(obj, f, w + 1, n - 1, place);
		pend(p, CONF_FRAME_SKIP, NULL, NULL, w, n, place);
		break;
	case VD_MODEL_RAWS:
		pend(p, CONF_FRAME_RAWS, obj, f, w, n, place);
		break;
	case VD_MODEL_LINE:
		line_set(p, obj, f, w, n, place);
		break;
	case VD_MODEL_REPEAT:
		item_add(p, obj, f, w + 1, n - 1, place);
		break;
	case VD_MODEL_LINES:
		if (n > 1)
			conf_say_extra(NULL, f->word, w + 1, n - 1, place, p->diags);
		pend(p, CONF_FRAME_LINES, obj, f, w, n, place);
		break;
	case VD_MODEL_BLOCK:
	case VD_MODEL_BLOCKS:
		block_begin(p, obj, f, w, n, place);
		break;
	default:
		value_set(p, obj, f, w, n, place);
		break;
	}
}

static const struct vd_model_field *
body_of(const struct vd_model_block *b)
{
	for (size_t i = 0; i < b->n_fields; i++)
		if (b->fields[i].flags & VD_MODEL_BODY)
			return &b->fields[i];
	return NULL;
}

static const struct vd_model_field *
word_find(const struct vd_model_block *b, const struct conf_token *w)
{
	const struct vd_model_field *f = vd_model_field_find(b, w->text);

	/* Positions and words of the head are no words of the body; a list of it has no word. */
	if (f != NULL && (f->flags & (VD_MODEL_POS | VD_MODEL_HEAD | VD_MODEL_BODY)) != 0)
		return NULL;
	return f;
}

static void
statement(struct conf_parser *p, const struct conf_token *w, size_t n, struct vd_place place)
{
	struct conf_frame *t = top(p);
	const struct vd_model_field *f;

	if (t->kind != CONF_FRAME_SKIP &&
			(t->kind != CONF_FRAME_BLOCK || word_find(t->obj->block, w) == NULL) &&
			block_forgotten(p, w, n, place))
		t = top(p);
	place.column = w[0].column;
	switch (t->kind) {
	case CONF_FRAME_BLOCK:
		f = word_find(t->obj->block, w);
		if (f != NULL)
			field_apply(p, t->obj, f, w, n, place);
		else if ((f = body_of(t->obj->block)) != NULL)
			item_add(p, t->obj, f, w, n, place);
		else
			unknown_word(p, t, w, n, place);
		break;
	case CONF_FRAME_LINES:
		item_add(p, t->obj, t->field, w, n, place);
		break;
	case CONF_FRAME_STRINGS:
		words_add(p, t->obj, t->field, w, n, place);
		break;
	case CONF_FRAME_RAWS:
		raw_add(t->obj, t->field, w, n, place);
		rule_check(p, w, n, place);
		break;
	case CONF_FRAME_SKIP:
		pend(p, CONF_FRAME_SKIP, NULL, NULL, w, n, place);
		break;
	}
}

/* "priority 100;": the ';' is certainly none of the value. */
static void
semicolon_strip(struct conf_parser *p, struct conf_token *w, struct vd_place place)
{
	size_t len = strlen(w->text);

	if (w->quoted || len < 2 || w->text[len - 1] != ';')
		return;
	place.column = w->column;
	vd_diag_add(p->diags, VD_DIAG_WARNING, place, "lines need no ;",
			"the ; at the end of %s is dropped", w->text);
	((char *)(uintptr_t)w->text)[len - 1] = '\0';
}

void
conf_parser_line(struct conf_parser *p, const struct conf_token *t, size_t n, struct vd_place place)
{
	for (size_t i = 0; i < n;) {
		size_t from = i;

		place.column = t[i].column;
		if (t[i].open) {
			frame_open(p, place);
			i++;
			continue;
		}
		if (p->is_pending)
			pending_drop(p);
		if (t[i].close) {
			frame_close(p, place);
			i++;
			continue;
		}
		while (i < n && !t[i].open && !t[i].close)
			i++;
		if (i - from > 1 && top(p)->kind == CONF_FRAME_BLOCK) {
			struct conf_token *last = (struct conf_token *)(uintptr_t)&t[i - 1];

			semicolon_strip(p, last, place);
		}
		statement(p, t + from, i - from, place);
	}
}

void
conf_parser_end(struct conf_parser *p)
{
	struct conf_frame *t;

	if (p->is_pending)
		pending_drop(p);
	if (p->depth == 1)
		return;
	t = top(p);
	vd_diag_add(p->diags, VD_DIAG_ERROR, t->place, NULL, "the { of %s is never closed",
			t->title);
	p->depth = 1;
}
