/* SPDX-License-Identifier: BSD-3-Clause */
#include "probe_priv.h"

bool
vd_probe_view_next(struct vd_probe *p, size_t *cursor, struct vd_probe_view *out)
{
	bool found;

	pthread_mutex_lock(&p->lock);
	found = *cursor < p->things.n;
	if (found)
		*out = p->things.v[(*cursor)++]->shown;
	pthread_mutex_unlock(&p->lock);
	return found;
}

bool
vd_probe_view_slot(struct vd_probe *p, enum vd_probe_kind kind, uint32_t slot, uint32_t serial,
		struct vd_probe_view *out)
{
	const struct probe_thing *t = NULL;

	pthread_mutex_lock(&p->lock);
	if (slot < p->slots[kind].n)
		t = p->slots[kind].v[slot];
	if (t != NULL && t->serial == serial)
		*out = t->shown;
	else
		t = NULL;
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
