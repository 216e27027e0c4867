/* SPDX-License-Identifier: BSD-3-Clause */
/* The scripts of a configuration: can they be run, and by whom could they be changed? */
#include <stdlib.h>
#include <string.h>

#include "vd_alloc.h"
#include "vd_io_script.h"
#include "vd_vec.h"
#include "vipd.h"

/* One thing that is wrong, and the first line that has it. */
struct finding {
	enum vd_diag_severity severity;
	const char *hint;
	struct vd_place place;
	const char *word;
	char *why;
	size_t order, count;
};

struct scripts {
	const struct vd_model_global *g;
	struct vd_io_user def; /* of lines that name no user */
	VD_VEC(struct finding) found;
	bool insecure;
	bool any_root, any_default_root; /* a script runs as root; and so because nothing says otherwise */
	struct vd_place root_place;
};

static void
found_add(struct scripts *s, enum vd_diag_severity severity, struct vd_place place,
		const char *word, const char *hint, struct vd_strbuf *why)
{
	struct finding *f = vd_vec_add(&s->found);

	*f = (struct finding){
			.severity = severity,
			.hint = hint,
			.place = place,
			.word = word,
			.why = vd_strbuf_take(why),
			.order = s->found.n,
			.count = 1,
	};
}

/* The user that the object's own words name: `command user group`, or a line `user NAME GROUP`. */
static const char *
user_of(const struct vd_model_object *obj, const char **group)
{
	const struct vd_model_field *f = vd_model_field_find(obj->block, "user");
	const struct vd_model_field *g = vd_model_field_find(obj->block, "group");
	const struct vd_model_user *line;

	*group = NULL;
	if (f == NULL)
		return NULL;
	if (f->type != VD_MODEL_LINE) {
		if (g != NULL)
			*group = *(char *const *)vd_model_member(obj, g);
		return *(char *const *)vd_model_member(obj, f);
	}
	line = vd_model_member(obj, f);
	*group = line->group;
	return line->user;
}

static void
check_command(struct scripts *s, const struct vd_model_object *obj, const struct vd_model_field *f,
		const char *word)
{
	const char *command = *(char *const *)vd_model_member(obj, f), *user, *group;
	struct vd_place place = vd_model_field_place(obj, f);
	struct vd_strbuf why = {0};
	struct vd_io_script script;
	struct vd_io_user u;

	if (command == NULL)
		return;
	user = user_of(obj, &group);
	if (!vd_io_user_of_line(&u, user, group, &s->def, &why)) {
		/* Of script_user that was said once. */
		if (why.len != 0)
			found_add(s, VD_DIAG_WARNING, place, word, "the script is not run", &why);
		return;
	}
	script = vd_io_script_check(command, &u, &why);
	if (script.as_root && !s->any_root)
		s->root_place = place;
	s->any_root |= script.as_root;
	s->any_default_root |= script.as_root && user == NULL && !s->def.has;
	if (script.verdict == VD_IO_SCRIPT_OK)
		return;
	if (script.verdict != VD_IO_SCRIPT_INSECURE) {
		found_add(s, VD_DIAG_WARNING, place, word, NULL, &why);
		return;
	}
	s->insecure = true;
	found_add(s, s->g->enable_script_security ? VD_DIAG_ERROR : VD_DIAG_WARNING, place, word,
			s->g->enable_script_security ? NULL
						     : "enable_script_security would refuse it",
			&why);
}

/* A *_fifo line has the form of a command, but names a FIFO. */
static bool
is_fifo(const struct vd_model_field *f)
{
	size_t n = strlen(f->word);

	return n > 5 && strcmp(f->word + n - 5, "_fifo") == 0;
}

/* word: the one that the object is known by, as notify_master. */
static void
walk(struct scripts *s, const struct vd_model_object *obj, const char *word)
{
	for (size_t n = 0; n < obj->block->n_fields; n++) {
		const struct vd_model_field *f = &obj->block->fields[n];
		const struct vd_model_object *o;
		size_t i = 0;

		if (!vd_model_field_given(obj, f) || is_fifo(f))
			continue;
		if (f->type == VD_MODEL_STRING && (f->flags & VD_MODEL_SCRIPT) != 0)
			check_command(s, obj, f, word);
		while ((o = vd_model_next(obj, f, &i)) != NULL)
			walk(s, o, f->word);
	}
}

/* ---- once per cause ---- */

static int
by_cause(const void *va, const void *vb)
{
	const struct finding *a = va, *b = vb;
	int diff = strcmp(a->why, b->why);

	return diff != 0 ? diff : (a->order > b->order) - (a->order < b->order);
}

static int
by_order(const void *va, const void *vb)
{
	const struct finding *a = va, *b = vb;

	return (a->order > b->order) - (a->order < b->order);
}

/* A thousand checks that run one program are one line. */
static void
found_merge(struct scripts *s)
{
	size_t n = 0;

	if (s->found.n == 0)
		return;
	qsort(s->found.v, s->found.n, sizeof(s->found.v[0]), by_cause);
	for (size_t i = 1; i < s->found.n; i++) {
		struct finding *first = &s->found.v[n], *f = &s->found.v[i];

		if (strcmp(first->why, f->why) == 0) {
			first->count++;
			free(f->why);
		} else {
			s->found.v[++n] = *f;
		}
	}
	s->found.n = n + 1;
	qsort(s->found.v, s->found.n, sizeof(s->found.v[0]), by_order);
}

static void
found_say(struct scripts *s, struct vd_diag_list *diags)
{
	struct finding *f;

	found_merge(s);
	VD_VEC_FOREACH (f, &s->found) {
		if (f->count == 1)
			vd_diag_add(diags, f->severity, f->place, f->hint, "%s: %s", f->word,
					f->why);
		else
			vd_diag_add(diags, f->severity, f->place, f->hint,
					"%s: %s; %zu more lines name it", f->word, f->why,
					f->count - 1);
		free(f->why);
	}
	vd_vec_free(&s->found);
}

bool
vipd_scripts_check(const struct vd_model *m, struct vd_diag_list *diags)
{
	const struct vd_model_global *g = &m->global;
	struct scripts s = {.g = g};
	struct vd_strbuf why = {0};

	if (!vd_io_user_script(&s.def, g->script_user.user, g->script_user.group, &why))
		vd_diag_add(diags, VD_DIAG_WARNING, vd_model_place_of(&g->obj, &g->script_user),
				NULL, "script_user: %s: scripts without a user are not run", why.s);
	walk(&s, &m->obj, "");
	found_say(&s, diags);
	if (s.any_default_root && g->enable_script_security)
		vd_diag_add(diags, VD_DIAG_WARNING,
				vd_model_place_of(&g->obj, &g->enable_script_security),
				"script_user names another",
				"enable_script_security: there is no user " VD_IO_SCRIPT_USER
				": scripts without a user run as root");
	else if (s.any_root && !s.insecure && !g->enable_script_security)
		vd_diag_add(diags, VD_DIAG_WARNING, s.root_place,
				"enable_script_security refuses those that others can change",
				"scripts run as root without enable_script_security");
	vd_strbuf_free(&why);
	return !s.insecure || !g->enable_script_security;
}
