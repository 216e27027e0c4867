/* SPDX-License-Identifier: BSD-3-Clause */
/* The model as keepalived.conf: what was given, in the order of the table. */
#include <string.h>
#include <strings.h>

#include "conf_keepalived_priv.h"
#include "vd_vec.h"

static void
indent(struct vd_strbuf *out, unsigned int level)
{
	while (level-- > 0)
		vd_strbuf_puts(out, "    ");
}

/* A word that no stage of the parser takes for anything else. */
static bool
is_plain(const char *text)
{
	if (*text == '\0' || strncmp(text, "include", 7) == 0 ||
			vd_model_field_find(&vd_model_root_block, text) != NULL)
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		bool alnum = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
				(*p >= 'A' && *p <= 'Z');

		if (!alnum && strchr("_./:-,+=", *p) == NULL)
			return false;
	}
	return true;
}

/* Would the line's parser see an option or a choice in it? */
static bool
means_more(const struct vd_model_block *b, const char *text)
{
	struct vd_mac mac;

	if (b == NULL)
		return false;
	if (vd_model_field_find(b, text) != NULL || vd_mac_parse(text, &mac) == 0)
		return true;
	for (size_t i = 0; i < b->n_fields; i++)
		for (const struct vd_model_name *m = b->fields[i].names;
				m != NULL && m->word != NULL; m++)
			if (strcasecmp(m->word, text) == 0)
				return true;
	return false;
}

static void
word_dump(const struct vd_model_block *context, const char *text, struct vd_strbuf *out)
{
	if (is_plain(text) && !means_more(context, text)) {
		vd_strbuf_puts(out, text);
		return;
	}
	vd_strbuf_putc(out, '"');
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		/* '$' would be a parameter wherever it stands. */
		if (c == '"' || c == '\\')
			vd_strbuf_printf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f || c == '$')
			vd_strbuf_printf(out, "\\%03o", c);
		else
			vd_strbuf_putc(out, (char)c);
	}
	vd_strbuf_putc(out, '"');
}

static void
value_dump(const struct vd_model_block *context, const struct vd_model_object *obj,
		const struct vd_model_field *f, struct vd_strbuf *out)
{
	struct vd_strbuf text = {0};

	vd_model_get_text(obj, f, &text);
	if (f->type == VD_MODEL_STRING)
		word_dump(context, text.s == NULL ? "" : text.s, out);
	else
		vd_strbuf_puts(out, text.s == NULL ? "" : text.s);
	vd_strbuf_free(&text);
}

static bool
is_bare(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	char *const *s = vd_model_member(obj, f);

	return (f->flags & VD_MODEL_BARE) != 0 && f->type == VD_MODEL_STRING &&
			(*s == NULL || **s == '\0');
}

static bool
bool_holds(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	bool v = *(bool *)vd_model_member(obj, f);

	return f->type == VD_MODEL_UNSET ? !v : v;
}

static void
strings_words(const struct vd_model_block *context, const struct vd_model_object *obj,
		const struct vd_model_field *f, struct vd_strbuf *out)
{
	const struct vd_model_strings *s = vd_model_member(obj, f);

	for (size_t i = 0; i < s->n; i++) {
		vd_strbuf_putc(out, ' ');
		word_dump(context, s->v[i], out);
	}
}

static void
option_dump(const struct vd_model_object *obj, const struct vd_model_field *f,
		struct vd_strbuf *out)
{
	if (f->type == VD_MODEL_FLAG || f->type == VD_MODEL_UNSET) {
		if (bool_holds(obj, f))
			vd_strbuf_printf(out, " %s", f->word);
		return;
	}
	vd_strbuf_printf(out, " %s", f->word);
	if (is_bare(obj, f))
		return;
	vd_strbuf_putc(out, ' ');
	value_dump(obj->block, obj, f, out);
}

/* Each part begins with a blank. */
static void
line_dump(const struct vd_model_object *obj, bool head, struct vd_strbuf *out)
{
	const struct vd_model_block *b = obj->block;

	for (int pass = 0; pass < 3; pass++) {
		for (size_t i = 0; i < b->n_fields; i++) {
			const struct vd_model_field *f = &b->fields[i];
			bool pos = (f->flags & VD_MODEL_POS) != 0,
			     words = f->type == VD_MODEL_STRINGS;

			if (!vd_model_field_given(obj, f) ||
					(head && !(f->flags & (VD_MODEL_POS | VD_MODEL_HEAD))))
				continue;
			if (pass == 0 && pos && !words) {
				vd_strbuf_putc(out, ' ');
				value_dump(b, obj, f, out);
			} else if (pass == 1 && !pos) {
				option_dump(obj, f, out);
			} else if (pass == 2 && pos && words) {
				strings_words(b, obj, f, out);
			}
		}
	}
}

void
vd_conf_line_dump(const struct vd_model_object *obj, struct vd_strbuf *out)
{
	struct vd_strbuf line = {0};

	line_dump(obj, false, &line);
	if (line.len > 0)
		vd_strbuf_puts(out, line.s + 1);
	vd_strbuf_free(&line);
}

static void
scalar_dump(const struct vd_model_object *obj, const struct vd_model_field *f, unsigned int level,
		struct vd_strbuf *out)
{
	bool is_bool = f->type == VD_MODEL_BOOL || f->type == VD_MODEL_FLAG ||
			f->type == VD_MODEL_UNSET;

	indent(out, level);
	vd_strbuf_puts(out, f->word);
	if (is_bool) {
		vd_strbuf_puts(out, bool_holds(obj, f) ? "" : " off");
	} else if (!is_bare(obj, f)) {
		vd_strbuf_putc(out, ' ');
		value_dump(NULL, obj, f, out);
	}
	vd_strbuf_putc(out, '\n');
}

static void
strings_dump(const struct vd_model_object *obj, const struct vd_model_field *f, unsigned int level,
		struct vd_strbuf *out)
{
	const struct vd_model_strings *s = vd_model_member(obj, f);

	indent(out, level);
	vd_strbuf_puts(out, f->word);
	if (f->flags & VD_MODEL_WORDS) {
		strings_words(NULL, obj, f, out);
		vd_strbuf_putc(out, '\n');
		return;
	}
	vd_strbuf_puts(out, " {\n");
	for (size_t i = 0; i < s->n; i++) {
		indent(out, level + 1);
		word_dump(NULL, s->v[i], out);
		vd_strbuf_putc(out, '\n');
	}
	indent(out, level);
	vd_strbuf_puts(out, "}\n");
}

static void
spans_dump(const struct vd_model_object *obj, const struct vd_model_field *f, unsigned int level,
		struct vd_strbuf *out)
{
	const struct vd_model_spans *s = vd_model_member(obj, f);

	indent(out, level);
	vd_strbuf_puts(out, f->word);
	for (size_t i = 0; i < s->n; i++) {
		vd_strbuf_printf(out, " %lld", (long long)s->v[i].lo);
		if (s->v[i].hi != s->v[i].lo)
			vd_strbuf_printf(out, "-%lld", (long long)s->v[i].hi);
	}
	vd_strbuf_putc(out, '\n');
}

static void
raw_dump(const struct vd_model_object *obj, const struct vd_model_field *f, unsigned int level,
		struct vd_strbuf *out)
{
	bool block = f->type == VD_MODEL_RAWS;
	const struct vd_model_raw *r;

	if (block) {
		indent(out, level);
		vd_strbuf_printf(out, "%s {\n", f->word);
	}
	VD_VEC_FOREACH (r, &obj->raw) {
		if (r->field != f)
			continue;
		indent(out, level + block);
		if (!block)
			vd_strbuf_puts(out, f->word);
		for (size_t i = 0; i < r->words.n; i++) {
			vd_strbuf_puts(out, block && i == 0 ? "" : " ");
			word_dump(NULL, r->words.v[i], out);
		}
		vd_strbuf_putc(out, '\n');
	}
	if (block) {
		indent(out, level);
		vd_strbuf_puts(out, "}\n");
	}
}

static void
object_dump(const struct vd_model_object *obj, unsigned int level, struct vd_strbuf *out);

static void
objects_dump(const struct vd_model_object *obj, const struct vd_model_field *f, unsigned int level,
		struct vd_strbuf *out)
{
	bool lines = f->type == VD_MODEL_LINES, body = (f->flags & VD_MODEL_BODY) != 0;
	bool blocks = f->type == VD_MODEL_BLOCK || f->type == VD_MODEL_BLOCKS;
	const struct vd_model_object *o;
	size_t i = 0;

	if (lines && !body) {
		indent(out, level);
		vd_strbuf_printf(out, "%s {\n", f->word);
	}
	while ((o = vd_model_next(obj, f, &i)) != NULL) {
		indent(out, level + (lines && !body));
		if (lines) {
			vd_conf_line_dump(o, out);
			vd_strbuf_putc(out, '\n');
			continue;
		}
		vd_strbuf_puts(out, f->word);
		line_dump(o, blocks, out);
		vd_strbuf_puts(out, blocks ? " {\n" : "\n");
		if (!blocks)
			continue;
		object_dump(o, level + 1, out);
		indent(out, level);
		vd_strbuf_puts(out, level == 0 ? "}\n\n" : "}\n");
	}
	if (lines && !body) {
		indent(out, level);
		vd_strbuf_puts(out, level == 0 ? "}\n\n" : "}\n");
	}
}

static void
object_dump(const struct vd_model_object *obj, unsigned int level, struct vd_strbuf *out)
{
	for (size_t i = 0; i < obj->block->n_fields; i++) {
		const struct vd_model_field *f = &obj->block->fields[i];

		if (!vd_model_field_given(obj, f) || f->flags & (VD_MODEL_POS | VD_MODEL_HEAD))
			continue;
		switch (f->type) {
		case VD_MODEL_STRINGS:
			strings_dump(obj, f, level, out);
			break;
		case VD_MODEL_SPANS:
			spans_dump(obj, f, level, out);
			break;
		case VD_MODEL_RAW:
		case VD_MODEL_RAWS:
			raw_dump(obj, f, level, out);
			break;
		case VD_MODEL_LINE:
		case VD_MODEL_BLOCK:
		case VD_MODEL_LINES:
		case VD_MODEL_REPEAT:
		case VD_MODEL_BLOCKS:
			objects_dump(obj, f, level, out);
			break;
		default:
			scalar_dump(obj, f, level, out);
			break;
		}
	}
}

void
vd_conf_dump_keepalived(const struct vd_model *m, struct vd_strbuf *out)
{
	object_dump(&m->obj, 0, out);
}
