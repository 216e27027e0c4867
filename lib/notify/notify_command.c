/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "notify_priv.h"
#include "vd_log.h"
#include "vd_model.h"

void
notify_command_clear(struct notify_command *c)
{
	free(c->words);
	*c = (struct notify_command){0};
}

void
notify_command_set(struct notify_command *c, const struct vd_model_command *line,
		const struct vd_io_user *def, const char *owner, const char *word)
{
	struct vd_strbuf why = {0};

	notify_command_clear(c);
	if (line->script == NULL)
		return;
	c->words = vd_io_words_split(line->script, &c->n_words);
	if (c->words == NULL)
		vd_strbuf_printf(&why, "no program, or a quote that is never closed, in: %s",
				line->script);
	else
		(void)vd_io_user_of_line(&c->user, line->user, line->group, def, &why);
	if (why.len != 0)
		vd_log(VD_LOG_WARNING, "%s of %s: %s: the script is not run", word, owner, why.s);
	if (c->words != NULL && !c->user.known)
		notify_command_clear(c);
	vd_strbuf_free(&why);
}

char **
notify_command_words(const struct notify_command *c, const char *const *more, size_t n_more)
{
	size_t n = c->n_words + n_more, len = 0;
	char **words, *text;

	for (size_t i = 0; i < n; i++)
		len += strlen(i < c->n_words ? c->words[i] : more[i - c->n_words]) + 1;
	words = vd_xcalloc(1, (n + 1) * sizeof(*words) + len);
	text = (char *)(words + n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *s = i < c->n_words ? c->words[i] : more[i - c->n_words];

		words[i] = text;
		text = stpcpy(text, s) + 1;
	}
	return words;
}

int
notify_command_start(struct vd_io_loop *loop, struct vd_io_child *child, char **words,
		const struct vd_io_user *user, bool ends_with_main, vd_io_child_cb done, void *ctx)
{
	struct vd_io_child_config config = {
			.argv = (const char *const *)words,
			.has_user = user->has,
			.uid = user->uid,
			.gid = user->gid,
			.ends_with_main = ends_with_main,
	};

	return vd_io_child_start(loop, child, &config, done, ctx);
}
