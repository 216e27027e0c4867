/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sync groups: MASTER when every member's master down timer ran out; one member that goes BACKUP or FAULT takes the
 * others along. A member that leaves MASTER only for its group's sake resigns, so that its VRID's peer need not wait.
 */
#include "vrrp_priv.h"

static const struct vrrp_group_config *
group_of(const struct vd_vrrp *v, const struct vrrp_instance *i)
{
	return i->c == NULL || i->c->sync_group == VD_VRRP_GROUP_NONE
			? NULL
			: &v->config->group[i->c->sync_group];
}

bool
vrrp_group_may_master(const struct vd_vrrp *v, const struct vrrp_instance *i)
{
	const struct vrrp_group_config *g = group_of(v, i);

	/* From the end: timers that are set together run out from the first member to the last. */
	for (uint32_t k = g == NULL ? 0 : g->n; k > 0; k--) {
		const struct vrrp_instance *m = &v->inst[g->members[k - 1]];

		if (m->state != VD_VRRP_STATE_MASTER &&
				(m->state != VD_VRRP_STATE_BACKUP || !m->timer_out))
			return false;
	}
	return true;
}

void
vrrp_group_others(struct vrrp_step *s, const struct vrrp_instance *i,
		void (*fn)(struct vrrp_step *s, struct vrrp_instance *member))
{
	const struct vrrp_group_config *g = group_of(s->v, i);

	for (uint32_t k = 0; g != NULL && k < g->n; k++)
		if (&s->v->inst[g->members[k]] != i)
			fn(s, &s->v->inst[g->members[k]]);
}

static void
follow_master(struct vrrp_step *s, struct vrrp_instance *m)
{
	if (m->state == VD_VRRP_STATE_BACKUP)
		vrrp_to_master(s, m, VRRP_WHY(GROUP));
}

static void
follow_backup(struct vrrp_step *s, struct vrrp_instance *m)
{
	if (m->state == VD_VRRP_STATE_MASTER)
		vrrp_to_backup(s, m, 1, VRRP_WHY(GROUP));
}

static void
follow_fault(struct vrrp_step *s, struct vrrp_instance *m)
{
	if (m->state == VD_VRRP_STATE_MASTER || m->state == VD_VRRP_STATE_BACKUP)
		vrrp_to_fault(s, m, VRRP_WHY(GROUP));
}

/* What the members are together. */
static enum vd_vrrp_state
state_of(const struct vd_vrrp *v, const struct vrrp_group_config *g, bool *split)
{
	uint32_t n[VD_VRRP_STATE_N] = {0};

	for (uint32_t k = 0; k < g->n; k++)
		n[v->inst[g->members[k]].state]++;
	*split = n[VD_VRRP_STATE_MASTER] > 0 && n[VD_VRRP_STATE_MASTER] < g->n;
	if (n[VD_VRRP_STATE_FAULT] > 0)
		return VD_VRRP_STATE_FAULT;
	if (n[VD_VRRP_STATE_INIT] > 0)
		return VD_VRRP_STATE_INIT;
	return n[VD_VRRP_STATE_MASTER] == g->n ? VD_VRRP_STATE_MASTER : VD_VRRP_STATE_BACKUP;
}

/* The group's own state, told when it changed. */
void
vrrp_group_refresh(struct vrrp_step *s, uint32_t group)
{
	const struct vrrp_group_config *g = &s->v->config->group[group];
	struct vrrp_group *r = &s->v->group[group];
	struct vd_vrrp_action *a;
	enum vd_vrrp_state now;
	bool gone = g->n == 0;

	if (gone && !r->present)
		return;
	now = state_of(s->v, g, &r->split);
	if (gone)
		now = VD_VRRP_STATE_INIT;
	if (now == (enum vd_vrrp_state)r->state && r->present == !gone)
		return;
	r->present = !gone;
	if (now == (enum vd_vrrp_state)r->state && !gone)
		return; /* new, and INIT still: nothing to tell */
	vd_store_relaxed(&r->state, (uint8_t)now);
	a = vrrp_act(s, NULL, VD_VRRP_ACT_GROUP);
	a->slot = group;
	a->to = (uint8_t)now;
	a->deleted = gone;
}

/* One that starts or recovers, lead false, takes nobody along: a member that is added does not stop the others. */
void
vrrp_group_spread(struct vrrp_step *s, const struct vrrp_instance *i, bool lead)
{
	struct vrrp_group *r;

	if (group_of(s->v, i) == NULL)
		return;
	r = &s->v->group[i->c->sync_group];
	if (r->spreading)
		return; /* whoever began goes to every member */
	r->spreading = true;
	if (lead && i->state == VD_VRRP_STATE_MASTER)
		vrrp_group_others(s, i, follow_master);
	else if (lead && i->state == VD_VRRP_STATE_BACKUP)
		vrrp_group_others(s, i, follow_backup);
	else if (lead && i->state == VD_VRRP_STATE_FAULT)
		vrrp_group_others(s, i, follow_fault);
	r->spreading = false;
	if (!s->v->refresh_later)
		vrrp_group_refresh(s, i->c->sync_group);
}

/* Only a group that is split has anyone to pull: one that was added, or changed, while the others are MASTER. */
void
vrrp_group_pull(struct vrrp_step *s, const struct vrrp_instance *i)
{
	if (i->c->sync_group != VD_VRRP_GROUP_NONE && s->v->group[i->c->sync_group].split)
		vrrp_group_spread(s, i, true);
}
