/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding fields by word and by member, and the life of an object: defaults, lists, marks, end. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vd_compiler.h"
#include "vd_model_schema.h"

/* All lists of the model are a VD_VEC; generic code copies its head in and out, so that no member is aliased. */
struct list {
	char *v;
	size_t n, cap;
};

static struct list
list_load(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	struct list l;

	memcpy(&l, vd_model_member(obj, f), sizeof(l));
	return l;
}

static void
list_store(const struct vd_model_object *obj, const struct vd_model_field *f, const struct list *l)
{
	memcpy(vd_model_member(obj, f), l, sizeof(*l));
}

static bool
is_list(enum vd_model_type t)
{
	return t == VD_MODEL_LINES || t == VD_MODEL_REPEAT || t == VD_MODEL_BLOCKS;
}

static bool
is_nested(enum vd_model_type t)
{
	return t == VD_MODEL_LINE || t == VD_MODEL_BLOCK;
}

static bool
is_raw(enum vd_model_type t)
{
	return t == VD_MODEL_RAW || t == VD_MODEL_RAWS;
}

static bool
word_among(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, " ");

		if (len == n && strncmp(list, word, n) == 0)
			return true;
		list += len;
		list += strspn(list, " ");
	}
	return false;
}

const struct vd_model_field *
vd_model_field_find(const struct vd_model_block *b, const char *word)
{
	for (size_t i = 0; i < b->n_fields; i++)
		if (b->fields[i].word[0] == *word && strcmp(b->fields[i].word, word) == 0)
			return &b->fields[i];
	for (size_t i = 0; i < b->n_fields; i++)
		if (b->fields[i].aliases != NULL && word_among(b->fields[i].aliases, word))
			return &b->fields[i];
	return NULL;
}

const struct vd_model_field *
vd_model_field_of(const struct vd_model_object *obj, const void *member)
{
	size_t offset = (size_t)((const char *)member - (const char *)obj);
	const struct vd_model_block *b = obj->block;

	for (size_t i = 0; i < b->n_fields; i++)
		if (!is_raw(b->fields[i].type) && b->fields[i].offset == offset)
			return &b->fields[i];
	return NULL;
}

const char *
vd_model_field_nearest(const struct vd_model_block *b, const char *word)
{
	const char *near;
	const char **words = vd_xcalloc(b->n_fields + 1, sizeof(*words));
	size_t n = 0;

	for (size_t i = 0; i < b->n_fields; i++)
		if ((b->fields[i].flags & (VD_MODEL_POS | VD_MODEL_HEAD | VD_MODEL_BODY)) == 0)
			words[n++] = b->fields[i].word;
	near = vd_nearest(word, words, n);
	free(words);
	return near;
}

static void
default_set(struct vd_model_object *obj, const struct vd_model_field *f)
{
	void *p = vd_model_member(obj, f);

	switch (f->type) {
	case VD_MODEL_BOOL:
	case VD_MODEL_FLAG:
		*(bool *)p = f->def != 0;
		break;
	case VD_MODEL_INT:
		*(int64_t *)p = f->def;
		break;
	case VD_MODEL_TIME:
		*(vd_time *)p = (vd_time)f->def;
		break;
	case VD_MODEL_ENUM:
		*(int *)p = (int)f->def;
		break;
	case VD_MODEL_LINE:
	case VD_MODEL_BLOCK:
		vd_model_object_init(p, f->block, obj->place);
		break;
	default:
		break;
	}
}

void
vd_model_object_init(
		struct vd_model_object *obj, const struct vd_model_block *b, struct vd_place place)
{
	obj->block = b;
	obj->place = place;
	/* Backwards: of two words for one member (inst, instance) the first has the default. */
	for (size_t i = b->n_fields; i-- > 0;)
		default_set(obj, &b->fields[i]);
}

static void
strings_free(void *p)
{
	struct vd_model_strings *s = p;

	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	vd_vec_free(s);
}

static void
member_free(struct vd_model_object *obj, const struct vd_model_field *f)
{
	void *p = vd_model_member(obj, f);
	struct list l;

	switch (f->type) {
	case VD_MODEL_STRING:
		free(*(char **)p);
		*(char **)p = NULL;
		break;
	case VD_MODEL_STRINGS:
		strings_free(p);
		break;
	case VD_MODEL_SPANS:
		vd_vec_free((struct vd_model_spans *)p);
		break;
	case VD_MODEL_LINE:
	case VD_MODEL_BLOCK:
		vd_model_object_fini(p);
		break;
	case VD_MODEL_LINES:
	case VD_MODEL_REPEAT:
	case VD_MODEL_BLOCKS:
		l = list_load(obj, f);
		for (size_t i = 0; i < l.n; i++)
			vd_model_object_fini((void *)(l.v + i * f->block->size));
		free(l.v);
		memset(p, 0, sizeof(l));
		break;
	default:
		break;
	}
}

void
vd_model_object_fini(struct vd_model_object *obj)
{
	struct vd_model_raw *r;

	if (obj->block == NULL)
		return;
	for (size_t i = 0; i < obj->block->n_fields; i++)
		member_free(obj, &obj->block->fields[i]);
	VD_VEC_FOREACH (r, &obj->raw)
		strings_free(&r->words);
	vd_vec_free(&obj->raw);
	vd_vec_free(&obj->marks);
}

static size_t
field_index(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	return (size_t)(f - obj->block->fields);
}

/* BOOL and UNSET, or two words for one position, share a member: only the last that was given is marked. */
static bool
shares_member(const struct vd_model_field *a, const struct vd_model_field *b)
{
	return a->offset == b->offset && !is_raw(a->type) && !is_raw(b->type) &&
			!is_list(a->type) && !is_list(b->type);
}

static struct vd_model_mark *
mark_find(const struct vd_model_object *obj, size_t field)
{
	for (size_t i = 0; i < obj->marks.n; i++)
		if (obj->marks.v[i].field == field)
			return &obj->marks.v[i];
	return NULL;
}

static void
mark_remove(struct vd_model_object *obj, size_t i)
{
	obj->marks.v[i] = obj->marks.v[--obj->marks.n];
}

void
vd_model_mark_given(
		struct vd_model_object *obj, const struct vd_model_field *f, struct vd_place place)
{
	const struct vd_model_block *b = obj->block;
	size_t field = field_index(obj, f);
	struct vd_model_mark *mark;

	for (size_t i = obj->marks.n; i-- > 0;)
		if (obj->marks.v[i].field != field &&
				shares_member(&b->fields[obj->marks.v[i].field], f))
			mark_remove(obj, i);
	mark = mark_find(obj, field);
	if (mark == NULL)
		mark = vd_vec_add(&obj->marks);
	*mark = (struct vd_model_mark){.place = place, .field = (uint32_t)field};
}

bool
vd_model_field_given(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	return mark_find(obj, field_index(obj, f)) != NULL;
}

struct vd_place
vd_model_field_place(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	const struct vd_model_mark *mark = mark_find(obj, field_index(obj, f));

	return mark == NULL ? obj->place : mark->place;
}

static void
mark_forget(struct vd_model_object *obj, const struct vd_model_field *f)
{
	const struct vd_model_mark *mark = mark_find(obj, field_index(obj, f));

	if (mark != NULL)
		mark_remove(obj, (size_t)(mark - obj->marks.v));
}

void
vd_model_forget(struct vd_model_object *obj, void *member)
{
	const struct vd_model_field *f = vd_model_field_of(obj, member);

	if (f == NULL)
		return;
	member_free(obj, f);
	if (f->type == VD_MODEL_ADDR)
		memset(member, 0, sizeof(struct vd_addr));
	default_set(obj, f);
	mark_forget(obj, f);
}

/* The mark of the field at a member: of several fields there the first that was given. */
static const struct vd_model_mark *
mark_of(const struct vd_model_object *obj, const void *member)
{
	size_t offset = (size_t)((const char *)member - (const char *)obj);
	const struct vd_model_mark *found = NULL;

	for (size_t i = 0; i < obj->marks.n; i++) {
		const struct vd_model_mark *mark = &obj->marks.v[i];
		const struct vd_model_field *f = &obj->block->fields[mark->field];

		if (f->offset == offset && !is_raw(f->type) &&
				(found == NULL || mark->field < found->field))
			found = mark;
	}
	return found;
}

bool
vd_model_given(const struct vd_model_object *obj, const void *member)
{
	return mark_of(obj, member) != NULL;
}

struct vd_place
vd_model_place_of(const struct vd_model_object *obj, const void *member)
{
	const struct vd_model_mark *mark = mark_of(obj, member);

	return mark == NULL ? obj->place : mark->place;
}

void
vd_model_add_raw(struct vd_model_object *obj, const struct vd_model_field *f,
		const char *const *words, size_t n, struct vd_place place)
{
	struct vd_model_raw *r = vd_vec_add(&obj->raw);

	r->field = f;
	r->place = place;
	for (size_t i = 0; i < n; i++)
		vd_vec_push(&r->words, vd_xstrdup(words[i]));
	if (!vd_model_field_given(obj, f))
		vd_model_mark_given(obj, f, place);
}

struct vd_model_object *
vd_model_add_object(
		struct vd_model_object *obj, const struct vd_model_field *f, struct vd_place place)
{
	struct vd_model_object *o;
	struct list l;

	if (is_nested(f->type)) {
		o = vd_model_member(obj, f);
		if (f->type == VD_MODEL_LINE) {
			vd_model_object_fini(o);
			memset(o, 0, f->block->size);
			vd_model_object_init(o, f->block, place);
		} else if (!vd_model_field_given(obj, f)) {
			o->place = place;
		}
		vd_model_mark_given(obj, f, place);
		return o;
	}
	l = list_load(obj, f);
	if (l.n == l.cap) {
		l.cap = l.cap == 0 ? 4 : l.cap * 2;
		l.v = vd_xrealloc(l.v, l.cap * f->block->size);
	}
	o = (void *)(l.v + l.n++ * f->block->size);
	memset(o, 0, f->block->size);
	list_store(obj, f, &l);
	vd_model_object_init(o, f->block, place);
	if (!vd_model_field_given(obj, f))
		vd_model_mark_given(obj, f, place);
	return o;
}

void
vd_model_drop_last(struct vd_model_object *obj, const struct vd_model_field *f)
{
	struct list l = list_load(obj, f);

	if (!is_list(f->type) || l.n == 0)
		return;
	vd_model_object_fini((void *)(l.v + --l.n * f->block->size));
	list_store(obj, f, &l);
	for (size_t i = 0; vd_model_next(obj, f, &i) != NULL;)
		return;
	mark_forget(obj, f);
}

struct vd_model_object *
vd_model_next(const struct vd_model_object *obj, const struct vd_model_field *f, size_t *i)
{
	struct list l;

	if (is_nested(f->type))
		return (*i)++ == 0 && vd_model_field_given(obj, f) ? vd_model_member(obj, f) : NULL;
	if (!is_list(f->type))
		return NULL;
	for (l = list_load(obj, f); *i < l.n;) {
		struct vd_model_object *o = (void *)(l.v + (*i)++ * f->block->size);

		if (o->block == f->block)
			return o;
	}
	return NULL;
}

const char *
vd_model_type_name(enum vd_model_type t)
{
	static const char *const names[] = {
			[VD_MODEL_BOOL] = "boolean",
			[VD_MODEL_FLAG] = "word",
			[VD_MODEL_UNSET] = "word",
			[VD_MODEL_INT] = "number",
			[VD_MODEL_TIME] = "time",
			[VD_MODEL_ENUM] = "choice",
			[VD_MODEL_STRING] = "text",
			[VD_MODEL_ADDR] = "address",
			[VD_MODEL_PREFIX] = "address/length",
			[VD_MODEL_RANGE] = "address range",
			[VD_MODEL_MAC] = "MAC address",
			[VD_MODEL_STRINGS] = "list of words",
			[VD_MODEL_SPANS] = "number ranges",
			[VD_MODEL_RAW] = "kept as written",
			[VD_MODEL_RAWS] = "block, kept as written",
			[VD_MODEL_LINE] = "line",
			[VD_MODEL_BLOCK] = "block",
			[VD_MODEL_LINES] = "block of lines",
			[VD_MODEL_REPEAT] = "line, several times",
			[VD_MODEL_BLOCKS] = "block, several times",
	};

	return (size_t)t < VD_ARRAY_LEN(names) ? names[t] : "?";
}

const char *
vd_model_effect_name(enum vd_model_effect e)
{
	static const char *const names[] = {
			[VD_MODEL_NOW] = "yes",
			[VD_MODEL_TRACK] = "yes",
			[VD_MODEL_HEALTH] = "yes",
			[VD_MODEL_LATER] = "not yet",
			[VD_MODEL_NEVER] = "no meaning here",
	};

	return (size_t)e < VD_ARRAY_LEN(names) ? names[e] : "?";
}
