/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "conf_json_priv.h"
#include "vd_conf_model.h"

static json_t *object_json(const struct vd_model_object *obj, const char *path, json_t *not_yet);

/* Texts may hold bytes that are no UTF-8 (a keepalived.conf in Latin-1): those are shown as '?'. */
static json_t *
text_json(const char *text)
{
	json_t *v = json_string(text);
	char *ascii;

	if (v != NULL)
		return v;
	ascii = vd_xstrdup(text);
	for (char *s = ascii; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			*s = '?';
	v = json_string(ascii);
	free(ascii);
	return v;
}

static json_t *
strings_json(const struct vd_model_strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, text_json(list->v[i]));
	return array;
}

static json_t *
spans_json(const struct vd_model_spans *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct vd_model_span *span = &list->v[i];

		if (span->lo == span->hi)
			json_array_append_new(array, json_sprintf("%lld", (long long)span->lo));
		else
			json_array_append_new(array,
					json_sprintf("%lld-%lld", (long long)span->lo,
							(long long)span->hi));
	}
	return array;
}

static json_t *
raw_json(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < obj->raw.n; i++)
		if (obj->raw.v[i].field == f)
			json_array_append_new(array, strings_json(&obj->raw.v[i].words));
	return array;
}

static json_t *
number_json(const char *text)
{
	if (strchr(text, '.') == NULL)
		return json_integer(strtoll(text, NULL, 10));
	return json_real(strtod(text, NULL));
}

/* NULL where the text is empty and so the value is not to be written. */
static json_t *
scalar_json(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	struct vd_strbuf text = {0};
	json_t *v;

	vd_model_get_text(obj, f, &text);
	if (text.len == 0)
		v = f->type == VD_MODEL_STRING ? json_string("") : NULL;
	else if (f->type == VD_MODEL_BOOL || f->type == VD_MODEL_FLAG || f->type == VD_MODEL_UNSET)
		v = json_boolean(strcmp(text.s, "true") == 0);
	else if (f->type == VD_MODEL_INT || f->type == VD_MODEL_TIME)
		v = number_json(text.s);
	else
		v = text_json(text.s);
	vd_strbuf_free(&text);
	return v;
}

static json_t *
field_json(const struct vd_model_object *obj, const struct vd_model_field *f, const char *path,
		json_t *not_yet)
{
	const void *member = vd_model_member(obj, f);
	struct vd_model_object *item;
	json_t *array;
	size_t i = 0;

	switch (f->type) {
	case VD_MODEL_STRINGS:
		return strings_json(member);
	case VD_MODEL_SPANS:
		return spans_json(member);
	case VD_MODEL_RAW:
	case VD_MODEL_RAWS:
		return raw_json(obj, f);
	case VD_MODEL_LINE:
	case VD_MODEL_BLOCK:
		return object_json(member, path, not_yet);
	case VD_MODEL_LINES:
	case VD_MODEL_REPEAT:
	case VD_MODEL_BLOCKS:
		array = json_array();
		while ((item = vd_model_next(obj, f, &i)) != NULL)
			json_array_append_new(array, object_json(item, path, not_yet));
		return array;
	default:
		return scalar_json(obj, f);
	}
}

static json_t *
object_json(const struct vd_model_object *obj, const char *path, json_t *not_yet)
{
	json_t *object = json_object();

	for (size_t i = 0; i < obj->block->n_fields; i++) {
		const struct vd_model_field *f = &obj->block->fields[i];
		struct vd_strbuf here = {0};
		json_t *v;

		if (!vd_model_field_given(obj, f))
			continue;
		vd_strbuf_printf(&here, "%s%s%s", path, path[0] == '\0' ? "" : ".", f->word);
		if (f->effect != VD_MODEL_NOW && not_yet != NULL)
			json_object_set_new(not_yet, here.s,
					json_string(vd_model_effect_name(f->effect)));
		/* A block that is not in effect is named once, not word by word. */
		v = field_json(obj, f, here.s, f->effect == VD_MODEL_NOW ? not_yet : NULL);
		if (v != NULL)
			json_object_set_new(object, f->word, v);
		vd_strbuf_free(&here);
	}
	return object;
}

void
vd_conf_model_to_json(const struct vd_model *m, struct vd_strbuf *out)
{
	json_t *not_yet = json_object(), *root = object_json(&m->obj, "", not_yet);

	if (json_object_size(not_yet) > 0)
		json_object_set(root, VD_CONF_NOT_YET_KEY, not_yet);
	json_decref(not_yet);
	vd_json_dump(root, out);
	json_decref(root);
}
