/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_conf_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_json_priv.h"
#include "vd_conf.h"

struct load {
	struct vd_json j;
	struct vd_model *m;
	const char *file; /* the model's copy of the name */
};

static void read_object(struct load *l, const struct vd_json_at *at, const json_t *v,
		struct vd_model_object *obj);

/* The place of a value. Its path lives as long as the model. */
static struct vd_place
place_of(struct load *l, const struct vd_json_at *at)
{
	struct vd_place place = {.file = l->file};
	struct vd_strbuf path = {0};

	vd_json_path(at, &path);
	place.path = vd_model_keep(l->m, path.s == NULL ? "" : path.s);
	vd_strbuf_free(&path);
	return place;
}

static void
unknown_key(struct load *l, const struct vd_json_at *at, const struct vd_model_block *b,
		const char *key)
{
	const char *near = vd_model_field_nearest(b, key);
	struct vd_strbuf hint = {0};

	if (near != NULL)
		vd_strbuf_printf(&hint, "did you mean %s?", near);
	vd_json_problem(&l->j, at, VD_DIAG_ERROR, hint.s, "unknown key");
	vd_strbuf_free(&hint);
}

/* Decimal digits of a number; time has at most nanoseconds. */
static void
number_text(const json_t *v, struct vd_strbuf *out)
{
	if (json_is_integer(v)) {
		vd_strbuf_printf(out, "%lld", (long long)json_integer_value(v));
		return;
	}
	vd_strbuf_printf(out, "%.9f", json_real_value(v));
	while (out->s[out->len - 1] == '0')
		out->s[--out->len] = '\0';
	if (out->s[out->len - 1] == '.')
		out->s[--out->len] = '\0';
}

static bool
wants_text(enum vd_model_type t)
{
	return t == VD_MODEL_ENUM || t == VD_MODEL_STRING || t == VD_MODEL_ADDR ||
			t == VD_MODEL_PREFIX || t == VD_MODEL_RANGE || t == VD_MODEL_MAC;
}

static bool
wants_number(enum vd_model_type t)
{
	return t == VD_MODEL_INT || t == VD_MODEL_TIME;
}

static bool
wants_bool(enum vd_model_type t)
{
	return t == VD_MODEL_BOOL || t == VD_MODEL_FLAG || t == VD_MODEL_UNSET;
}

static void
set_text(struct load *l, const struct vd_json_at *at, struct vd_model_object *obj,
		const struct vd_model_field *f, const char *text)
{
	if (vd_model_set_text(obj, f, text, place_of(l, at), l->j.diags) != 0)
		l->j.errors++;
}

static void
read_scalar(struct load *l, const struct vd_json_at *at, const json_t *v,
		struct vd_model_object *obj, const struct vd_model_field *f)
{
	struct vd_strbuf number = {0};

	if (json_is_true(v) && (f->flags & VD_MODEL_BARE) != 0)
		set_text(l, at, obj, f, NULL);
	else if (json_is_boolean(v) && wants_bool(f->type))
		set_text(l, at, obj, f, json_is_true(v) ? "true" : "false");
	else if (json_is_string(v) && wants_text(f->type))
		set_text(l, at, obj, f, json_string_value(v));
	else if (json_is_number(v) && wants_number(f->type)) {
		number_text(v, &number);
		set_text(l, at, obj, f, number.s);
	} else {
		vd_json_wrong_type(&l->j, at, v,
				wants_bool(f->type)                     ? "true or false"
						: wants_number(f->type) ? "a number"
									: "a string");
	}
	vd_strbuf_free(&number);
}

static bool
check_array(struct load *l, const struct vd_json_at *at, const json_t *v)
{
	return json_is_array(v) || vd_json_wrong_type(&l->j, at, v, "an array");
}

/* STRINGS and SPANS. */
static void
read_texts(struct load *l, const struct vd_json_at *at, const json_t *v,
		struct vd_model_object *obj, const struct vd_model_field *f)
{
	struct vd_json_at here = {.up = at};
	const char *text;

	if (!check_array(l, at, v))
		return;
	if (!vd_model_field_given(obj, f))
		vd_model_mark_given(obj, f, place_of(l, at));
	for (; here.index < json_array_size(v); here.index++)
		if (vd_json_string(&l->j, &here, json_array_get(v, here.index), &text) &&
				vd_model_add_text(obj, f, text, place_of(l, &here), l->j.diags) !=
						0)
			l->j.errors++;
}

static void
read_raw(struct load *l, const struct vd_json_at *at, const json_t *v, struct vd_model_object *obj,
		const struct vd_model_field *f)
{
	struct vd_json_at line = {.up = at}, word = {.up = &line};

	if (!check_array(l, at, v))
		return;
	if (!vd_model_field_given(obj, f))
		vd_model_mark_given(obj, f, place_of(l, at));
	for (; line.index < json_array_size(v); line.index++) {
		const json_t *words = json_array_get(v, line.index);
		VD_VEC(const char *) list = {0};
		bool good = check_array(l, &line, words);

		for (word.index = 0; good && word.index < json_array_size(words); word.index++)
			good = vd_json_string(&l->j, &word, json_array_get(words, word.index),
					vd_vec_add(&list));
		if (good)
			vd_model_add_raw(obj, f, list.v, list.n, place_of(l, &line));
		vd_vec_free(&list);
	}
}

/* An object, or the text of its line where the block is one. */
static void
read_item(struct load *l, const struct vd_json_at *at, const json_t *v, struct vd_model_object *obj,
		const struct vd_model_field *f)
{
	bool line = f->type != VD_MODEL_BLOCK && f->type != VD_MODEL_BLOCKS;
	struct vd_place place;

	if (json_is_object(v)) {
		read_object(l, at, v, vd_model_add_object(obj, f, place_of(l, at)));
	} else if (line && json_is_string(v)) {
		place = place_of(l, at);
		if (vd_conf_line_parse(vd_model_add_object(obj, f, place), json_string_value(v),
				    place, l->j.diags) != 0)
			l->j.errors++;
	} else {
		vd_json_wrong_type(&l->j, at, v, line ? "an object or a string" : "an object");
	}
}

static void
read_items(struct load *l, const struct vd_json_at *at, const json_t *v,
		struct vd_model_object *obj, const struct vd_model_field *f)
{
	struct vd_json_at here = {.up = at};

	if (!check_array(l, at, v))
		return;
	if (!vd_model_field_given(obj, f))
		vd_model_mark_given(obj, f, place_of(l, at));
	for (; here.index < json_array_size(v); here.index++)
		read_item(l, &here, json_array_get(v, here.index), obj, f);
}

static void
read_field(struct load *l, const struct vd_json_at *at, const json_t *v,
		struct vd_model_object *obj, const struct vd_model_field *f)
{
	switch (f->type) {
	case VD_MODEL_STRINGS:
	case VD_MODEL_SPANS:
		read_texts(l, at, v, obj, f);
		break;
	case VD_MODEL_RAW:
	case VD_MODEL_RAWS:
		read_raw(l, at, v, obj, f);
		break;
	case VD_MODEL_LINE:
	case VD_MODEL_BLOCK:
		read_item(l, at, v, obj, f);
		break;
	case VD_MODEL_LINES:
	case VD_MODEL_REPEAT:
	case VD_MODEL_BLOCKS:
		read_items(l, at, v, obj, f);
		break;
	default:
		read_scalar(l, at, v, obj, f);
		break;
	}
}

static void
check_required(struct load *l, const struct vd_json_at *at, const struct vd_model_object *obj)
{
	for (size_t i = 0; i < obj->block->n_fields; i++) {
		const struct vd_model_field *f = &obj->block->fields[i];

		/* Two words can set one member: either will do. */
		if ((f->flags & VD_MODEL_REQUIRED) != 0 &&
				!vd_model_given(obj, vd_model_member(obj, f)))
			vd_json_problem(&l->j, at, VD_DIAG_ERROR, NULL, "missing key \"%s\"",
					f->word);
	}
}

static void
read_object(struct load *l, const struct vd_json_at *at, const json_t *v,
		struct vd_model_object *obj)
{
	const char *key;
	json_t *member;

	/* jansson iterates objects through a non-const pointer but does not change them. */
	json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
		const struct vd_model_field *f = vd_model_field_find(obj->block, key);
		struct vd_json_at here = {.up = at, .key = key};

		if (f != NULL)
			read_field(l, &here, member, obj, f);
		else if (at != NULL || strcmp(key, VD_CONF_NOT_YET_KEY) != 0)
			unknown_key(l, &here, obj->block, key);
	}
	check_required(l, at, obj);
}

int
vd_conf_model_from_json(const char *file_name, const char *text, size_t len, struct vd_model **out,
		struct vd_diag_list *diags)
{
	struct load l = {.j = {.file = file_name, .diags = diags}};
	size_t before = diags->errors;
	json_t *root;

	*out = NULL;
	root = vd_json_load(&l.j, text, len);
	if (root == NULL)
		return -EINVAL;
	l.m = vd_model_new();
	l.file = file_name == NULL ? NULL : vd_model_file(l.m, file_name);
	if (json_is_object(root))
		read_object(&l, NULL, root, &l.m->obj);
	else
		vd_json_wrong_type(&l.j, NULL, root, "an object");
	json_decref(root);
	vd_model_finish(l.m, diags);
	*out = l.m;
	return l.j.errors > 0 || diags->errors > before ? -EINVAL : 0;
}
