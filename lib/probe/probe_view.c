/* SPDX-License-Identifier: BSD-3-Clause */
/* What main sees: copies, made under the lock. */
#include <stdio.h>
#include <string.h>

#include "probe_priv.h"

static const char *
state_of(const struct probe_thing *t)
{
	bool script = t->def->kind == VD_PROBE_SCRIPT;

	if (t->pub.suspended)
		return "suspended";
	if (!t->pub.checked)
		return "unchecked";
	if (t->pub.up)
		return script ? "good" : "up";
	return script ? "bad" : "down";
}

static void
copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from == NULL ? "" : from);
}

static void
view_make(const struct probe_thing *t, struct vd_probe_view *v)
{
	const struct probe_def *d = t->def;
	const struct probe_pub *pub = &t->pub;

	*v = (struct vd_probe_view){
			.kind = d->kind,
			.slot = d->slot,
			.serial = d->serial,
			.type = d->type->name,
			.state = state_of(t),
			.up = pub->up,
			.running = pub->running,
			.last_code = pub->last_code,
			.value = pub->value,
			.last_duration = pub->last_duration,
			.last_run = pub->last_run,
			.next_run = pub->next_run,
			.runs = pub->runs,
			.failures = pub->failures,
			.timeouts = pub->timeouts,
			.changes = pub->changes,
			.skipped = pub->skipped,
	};
	copy(v->name, sizeof(v->name), d->name);
	copy(v->virtual_server, sizeof(v->virtual_server), d->vs);
	copy(v->real_server, sizeof(v->real_server), d->rs);
	copy(v->last_error, sizeof(v->last_error), pub->last_error);
}

bool
vd_probe_view_next(struct vd_probe *p, size_t *cursor, struct vd_probe_view *out)
{
	bool found;

	pthread_mutex_lock(&p->lock);
	found = p->set != NULL && *cursor < p->set->n;
	if (found)
		view_make(p->set->v[(*cursor)++], out);
	pthread_mutex_unlock(&p->lock);
	return found;
}

bool
vd_probe_view_slot(struct vd_probe *p, enum vd_probe_kind kind, uint32_t slot, uint32_t serial,
		struct vd_probe_view *out)
{
	struct probe_thing *t;

	pthread_mutex_lock(&p->lock);
	t = p->set == NULL ? NULL : probe_set_find(p->set, kind, slot);
	if (t != NULL && t->def->serial != serial)
		t = NULL;
	if (t != NULL)
		view_make(t, out);
	pthread_mutex_unlock(&p->lock);
	return t != NULL;
}

void
vd_probe_stats(struct vd_probe *p, struct vd_probe_stats *out)
{
	pthread_mutex_lock(&p->lock);
	*out = p->stats;
	p->stats.late_max = 0;
	pthread_mutex_unlock(&p->lock);
}
