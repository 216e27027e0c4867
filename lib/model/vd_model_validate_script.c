/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that the configuration names: can they be run? */
#include <stdlib.h>
#include <string.h>

#include "vd_model_validate_priv.h"

/* The first word of a command line, quotes taken off; the caller frees. NULL: there is none. */
static char *
first_word(const char *command)
{
	const char *end;

	command += strspn(command, " \t");
	if (*command == '\0')
		return NULL;
	if (*command == '"' || *command == '\'') {
		end = strchr(command + 1, *command);
		if (end != NULL)
			return vd_xstrndup(command + 1, (size_t)(end - command) - 1);
	}
	return vd_xstrndup(command, strcspn(command, " \t"));
}

static void
check_command(struct vd_validate *c, const struct vd_model_object *obj,
		const struct vd_model_field *f)
{
	const char *command = *(char *const *)vd_model_member(obj, f);
	char *program = command == NULL ? NULL : first_word(command);

	if (program == NULL)
		return;
	if (!c->options->executable(c->options->ctx, program))
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_field_place(obj, f), NULL,
				"%s: no such program, or it cannot be run", program);
	free(program);
}

/* A *_fifo line has the form of a command, but names a FIFO. */
static bool
is_fifo(const struct vd_model_field *f)
{
	size_t n = strlen(f->word);

	return n > 5 && strcmp(f->word + n - 5, "_fifo") == 0;
}

static void
walk(struct vd_validate *c, const struct vd_model_object *obj)
{
	for (size_t n = 0; n < obj->block->n_fields; n++) {
		const struct vd_model_field *f = &obj->block->fields[n];
		const struct vd_model_object *o;
		size_t i = 0;

		if (!vd_model_field_given(obj, f) || is_fifo(f))
			continue;
		if (f->type == VD_MODEL_STRING && (f->flags & VD_MODEL_SCRIPT) != 0)
			check_command(c, obj, f);
		while ((o = vd_model_next(obj, f, &i)) != NULL)
			walk(c, o);
	}
}

void
vd_validate_scripts(struct vd_validate *c)
{
	if (c->options->executable != NULL)
		walk(c, &c->m->obj);
}
