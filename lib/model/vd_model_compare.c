/* SPDX-License-Identifier: BSD-3-Clause */
/* Equality of two objects, field by field of their table; places and marks do not count. */
#include <string.h>

#include "vd_model_schema.h"

static bool
strings_equal(const struct vd_model_strings *a, const struct vd_model_strings *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

static bool
spans_equal(const struct vd_model_spans *a, const struct vd_model_spans *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].lo != b->v[i].lo || a->v[i].hi != b->v[i].hi)
			return false;
	return true;
}

static bool
raws_equal(const struct vd_model_object *a, const struct vd_model_object *b,
		const struct vd_model_field *f)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a->raw.n && a->raw.v[i].field != f)
			i++;
		while (j < b->raw.n && b->raw.v[j].field != f)
			j++;
		if (i == a->raw.n || j == b->raw.n)
			return i == a->raw.n && j == b->raw.n;
		if (!strings_equal(&a->raw.v[i++].words, &b->raw.v[j++].words))
			return false;
	}
}

static bool
objects_equal(const struct vd_model_object *a, const struct vd_model_object *b,
		const struct vd_model_field *f)
{
	size_t i = 0, j = 0;

	for (;;) {
		const struct vd_model_object *x = vd_model_next(a, f, &i);
		const struct vd_model_object *y = vd_model_next(b, f, &j);

		if (x == NULL || y == NULL)
			return x == y;
		if (!vd_model_object_equal(x, y))
			return false;
	}
}

bool
vd_model_field_equal(const struct vd_model_object *a, const struct vd_model_object *b,
		const struct vd_model_field *f)
{
	const void *p = vd_model_member(a, f), *q = vd_model_member(b, f);
	const struct vd_prefix *pp = p, *pq = q;
	const char *s, *t;

	switch (f->type) {
	case VD_MODEL_BOOL:
	case VD_MODEL_FLAG:
	case VD_MODEL_UNSET:
		return *(const bool *)p == *(const bool *)q;
	case VD_MODEL_INT:
		return *(const int64_t *)p == *(const int64_t *)q;
	case VD_MODEL_TIME:
		return *(const vd_time *)p == *(const vd_time *)q;
	case VD_MODEL_ENUM:
		return *(const int *)p == *(const int *)q;
	case VD_MODEL_STRING:
		s = *(char *const *)p;
		t = *(char *const *)q;
		return s == NULL || t == NULL ? s == t : strcmp(s, t) == 0;
	case VD_MODEL_ADDR:
		return vd_addr_equal(p, q);
	case VD_MODEL_PREFIX:
		return vd_addr_equal(&pp->addr, &pq->addr) && pp->len == pq->len;
	case VD_MODEL_RANGE:
		return memcmp(p, q, sizeof(struct vd_model_range)) == 0;
	case VD_MODEL_MAC:
		return memcmp(p, q, sizeof(struct vd_mac)) == 0;
	case VD_MODEL_STRINGS:
		return strings_equal(p, q);
	case VD_MODEL_SPANS:
		return spans_equal(p, q);
	case VD_MODEL_RAW:
	case VD_MODEL_RAWS:
		return raws_equal(a, b, f);
	case VD_MODEL_LINE:
	case VD_MODEL_BLOCK:
		/* The members hold defaults or what was inherited, given or not. */
		return vd_model_object_equal(p, q);
	default:
		return objects_equal(a, b, f);
	}
}

bool
vd_model_object_equal(const struct vd_model_object *a, const struct vd_model_object *b)
{
	if (a->block != b->block)
		return false;
	for (size_t i = 0; i < a->block->n_fields; i++)
		if (!vd_model_field_equal(a, b, &a->block->fields[i]))
			return false;
	return true;
}

bool
vd_model_is_default(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	struct vd_model_object *fresh = vd_xcalloc(1, obj->block->size);
	bool same;

	vd_model_object_init(fresh, obj->block, obj->place);
	same = vd_model_field_equal(obj, fresh, f);
	vd_model_object_fini(fresh);
	free(fresh);
	return same;
}
