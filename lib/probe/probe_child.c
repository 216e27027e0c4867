/* SPDX-License-Identifier: BSD-3-Clause */
/* MISC_CHECK and vrrp_script: a program, its exit status, its end at the timeout. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "probe_priv.h"
#include "vd_check_value.h"

#define KILL_AFTER (2 * VD_SEC) /* after SIGTERM */

/* A program that runs. It may outlive its thing. */
struct probe_run {
	struct vd_io_child child;
	struct vd_probe *p;
	struct probe_thing *owner; /* NULL: nobody asks any more */
	bool over;                 /* its result was told: the timeout came first */
	struct probe_run *next, **link;
};

struct program {
	char **words;
	struct vd_probe_user user;
	bool dynamic;
	struct probe_run *run;
};

static void
orphan(struct probe_run *r)
{
	struct vd_probe *p = r->p;

	r->owner = NULL;
	r->next = p->orphans;
	r->link = &p->orphans;
	if (r->next != NULL)
		r->next->link = &r->next;
	p->orphans = r;
}

static void
run_free(struct probe_run *r)
{
	if (r->link != NULL)
		*r->link = r->next;
	if (r->link != NULL && r->next != NULL)
		r->next->link = r->link;
	free(r);
}

void
probe_orphans_end(struct vd_probe *p)
{
	while (p->orphans != NULL) {
		struct probe_run *r = p->orphans;

		if (r->child.pid != 0)
			kill(-r->child.pid, SIGKILL);
		vd_io_child_abandon(&r->child);
		run_free(r);
	}
}

static void
on_end(struct vd_io_child *c, int status)
{
	struct probe_run *r = c->ctx;
	struct probe_thing *t = r->owner;
	bool over = r->over;
	struct vd_strbuf why = {0};
	int64_t weight = -1;
	struct program *g;
	bool good;

	run_free(r);
	if (t == NULL)
		return;
	g = t->data;
	g->run = NULL;
	if (over)
		return;
	good = vd_check_exit(status, g->dynamic, &weight, &why) == VD_CHECK_GOOD;
	probe_end(t, good, WIFEXITED(status) ? WEXITSTATUS(status) : PROBE_NO_CODE, weight, why.s);
	vd_strbuf_free(&why);
}

static void
program_start(struct probe_thing *t)
{
	struct program *g = t->data;
	struct probe_run *r = vd_xcalloc(1, sizeof(*r));
	const struct vd_io_child_config c = {
			.argv = (const char *const *)g->words,
			.has_user = g->user.has,
			.uid = g->user.uid,
			.gid = g->user.gid,
	};
	int err = vd_io_child_start(t->p->loop, &r->child, &c, on_end, r);

	t->waiting = "its end";
	if (err != 0) {
		free(r);
		probe_bad(t, PROBE_NO_CODE, "%s could not be started: %s", g->words[0],
				strerror(-err));
		return;
	}
	r->p = t->p;
	r->owner = t;
	g->run = r;
}

/* SIGTERM to its group, and SIGKILL later if that was not enough; until it is gone no other begins. */
static void
program_cancel(struct probe_thing *t)
{
	struct program *g = t->data;

	if (g->run == NULL)
		return;
	g->run->over = true;
	vd_io_child_terminate(&g->run->child, KILL_AFTER);
}

static bool
program_is_busy(const struct probe_thing *t)
{
	return ((const struct program *)t->data)->run != NULL;
}

static void
program_free(struct probe_thing *t)
{
	struct program *g = t->data;

	if (g->run != NULL)
		orphan(g->run);
	free(g->words);
	free(g);
}

static const struct probe_ops misc_ops = {
		.type = "MISC_CHECK",
		.start = program_start,
		.cancel = program_cancel,
		.is_busy = program_is_busy,
		.free = program_free,
};

static const struct probe_ops script_ops = {
		.type = "vrrp_script",
		.start = program_start,
		.cancel = program_cancel,
		.is_busy = program_is_busy,
		.free = program_free,
};

static bool
program_make(struct probe_thing *t, const struct probe_ops *ops, const char *line,
		const struct vd_probe_user *user, struct vd_strbuf *why)
{
	struct program *g = vd_xcalloc(1, sizeof(*g));

	t->data = g;
	t->ops = ops;
	g->user = *user;
	g->words = line == NULL ? NULL : vd_io_words_split(line, NULL);
	if (g->words == NULL)
		vd_strbuf_puts(why,
				line == NULL ? "it names no program" : "a quote is never closed");
	return g->words != NULL;
}

bool
probe_misc_make(struct probe_thing *t, const struct probe_source *src, struct vd_strbuf *why)
{
	bool good = program_make(t, &misc_ops, src->check->misc_path, src->user, why);

	((struct program *)t->data)->dynamic = src->check->misc_dynamic;
	t->timeout = src->check->misc_timeout;
	return good;
}

bool
probe_script_make(struct probe_thing *t, const struct vd_model_vrrp_script *s,
		const struct vd_probe_user *user, struct vd_strbuf *why)
{
	t->timeout = s->timeout;
	return program_make(t, &script_ops, s->script, user, why);
}
