/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Saying what of a model this version does not carry out. A file of ten thousand servers must stay readable, so the
 * words of one kind of block share one line, at the place of the first.
 */
#include <stdlib.h>
#include <string.h>

#include "vd_model_priv.h"

struct topic {
	const struct vd_model_block *block;
	enum vd_model_effect effect;
	struct vd_place place;
	VD_VEC(const char *) words;
};

struct effects {
	VD_VEC(struct topic) topics;
};

static void
add(struct effects *e, const struct vd_model_object *obj, const struct vd_model_field *f,
		enum vd_model_effect effect)
{
	struct topic *t = NULL;

	for (size_t i = 0; i < e->topics.n && t == NULL; i++)
		if (e->topics.v[i].effect == effect &&
				strcmp(e->topics.v[i].block->name, obj->block->name) == 0)
			t = &e->topics.v[i];
	if (t == NULL) {
		t = vd_vec_add(&e->topics);
		t->block = obj->block;
		t->effect = effect;
		t->place = vd_model_field_place(obj, f);
	}
	for (size_t i = 0; i < t->words.n; i++)
		if (strcmp(t->words.v[i], f->word) == 0)
			return;
	vd_vec_push(&t->words, f->word);
}

static void
walk(struct effects *e, const struct vd_model_object *obj)
{
	for (size_t n = 0; n < obj->block->n_fields; n++) {
		const struct vd_model_field *f = &obj->block->fields[n];
		const struct vd_model_object *o;
		size_t i = 0;

		if (!vd_model_field_given(obj, f))
			continue;
		if (f->effect == VD_MODEL_LATER || f->effect == VD_MODEL_NEVER) {
			add(e, obj, f, f->effect);
			continue;
		}
		while ((o = vd_model_next(obj, f, &i)) != NULL)
			walk(e, o);
	}
}

static void
say(const struct topic *t, struct vd_diag_list *diags)
{
	struct vd_strbuf words = {0};
	bool never = t->effect == VD_MODEL_NEVER;

	for (size_t i = 0; i < t->words.n; i++)
		vd_strbuf_printf(&words, "%s%s", i > 0 ? ", " : "", t->words.v[i]);
	vd_diag_add(diags, never ? VD_DIAG_NOTE : VD_DIAG_WARNING, t->place, NULL, "%s: %s: %s",
			t->block->name, never ? "without meaning here" : "not in effect yet",
			words.s);
	vd_strbuf_free(&words);
}

void
vd_model_say_effects(const struct vd_model *m, struct vd_diag_list *diags)
{
	struct effects e = {0};
	struct topic *t;

	walk(&e, &m->obj);
	VD_VEC_FOREACH (t, &e.topics) {
		say(t, diags);
		vd_vec_free(&t->words);
	}
	vd_vec_free(&e.topics);
}
