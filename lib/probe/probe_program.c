/* SPDX-License-Identifier: BSD-3-Clause */
/* MISC_CHECK and vrrp_script: child processes. One that timed out may live on for a while after its attempt. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "probe_priv.h"
#include "vd_alloc.h"
#include "vd_check_value.h"
#include "vd_io_clock.h"

#define GRACE    (2 * VD_SEC) /* from SIGTERM to SIGKILL */
#define END_WAIT (3 * VD_SEC)

struct probe_program {
	struct vd_io_child child;
	struct vd_probe *p;
	struct probe_thing *t; /* NULL: gone */
	bool wanted;           /* the attempt that began it is not over */
	struct probe_program *next, **link;
};

static void
program_free(struct probe_program *m)
{
	if (m->t != NULL)
		m->t->program = NULL;
	*m->link = m->next;
	if (m->next != NULL)
		m->next->link = m->link;
	free(m);
}

static void
on_end(struct vd_io_child *c, int status)
{
	struct probe_program *m = c->ctx;
	struct probe_thing *t = m->wanted ? m->t : NULL;
	enum vd_check_verdict v;
	struct vd_strbuf *why;
	int64_t weight;

	program_free(m);
	if (t == NULL)
		return;
	why = &t->p->why;
	vd_strbuf_reset(why);
	v = vd_check_exit(status, t->def->program.dynamic, &weight, why);
	probe_end(t, v == VD_CHECK_GOOD ? PROBE_GOOD : PROBE_BAD,
			WIFEXITED(status) ? WEXITSTATUS(status) : -1, weight, why->s);
}

static void
program_begin(struct probe_thing *t)
{
	const struct probe_def_program *d = &t->def->program;
	struct vd_io_child_config config = {
			.argv = (const char *const *)d->words,
			.has_user = d->user.has,
			.uid = d->user.uid,
			.gid = d->user.gid,
			.ends_with_main = true,
	};
	struct probe_program *m = vd_xcalloc(1, sizeof(*m));
	int err = vd_io_child_start(t->p->loop, &m->child, &config, on_end, m);
	char what[128];

	if (err != 0) {
		free(m);
		snprintf(what, sizeof(what), "cannot run %s", d->words[0]);
		probe_end_errno(t, what, -err);
		return;
	}
	m->p = t->p;
	m->t = t;
	m->wanted = true;
	m->next = t->p->programs;
	m->link = &t->p->programs;
	if (m->next != NULL)
		m->next->link = &m->next;
	t->p->programs = m;
	t->program = m;
}

static void
program_cancel(struct probe_thing *t)
{
	struct probe_program *m = t->program;

	if (m == NULL)
		return;
	m->wanted = false;
	if (!m->child.terminated)
		vd_io_child_terminate(&m->child, GRACE);
}

void
probe_program_leave(struct probe_thing *t)
{
	program_cancel(t);
	if (t->program != NULL)
		t->program->t = NULL;
	t->program = NULL;
}

static enum probe_result
program_late(struct probe_thing *t, const char **what)
{
	(void)t;
	*what = "its end";
	return PROBE_TIMEOUT;
}

void
probe_programs_end(struct vd_probe *p)
{
	vd_time until = vd_io_now() + END_WAIT;

	while (p->programs != NULL && vd_io_now() < until)
		(void)vd_io_loop_turn(p->loop, 100 * VD_MSEC);
	while (p->programs != NULL) {
		vd_io_child_abandon(&p->programs->child);
		program_free(p->programs);
	}
}

const struct probe_type probe_type_misc = {
		.name = "MISC_CHECK",
		.begin = program_begin,
		.cancel = program_cancel,
		.late = program_late,
};

const struct probe_type probe_type_script = {
		.name = "vrrp_script",
		.begin = program_begin,
		.cancel = program_cancel,
		.late = program_late,
};
