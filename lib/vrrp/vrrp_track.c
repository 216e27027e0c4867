/* SPDX-License-Identifier: BSD-3-Clause */
/* Tracked things: the priority that counts, and what is at fault (keepalived's weights and FAULT). */
#include "vrrp_priv.h"

/* weight times value, without running over, and at most 253 as in keepalived. */
static int64_t
by_value(const struct vd_vrrp *v, const struct vd_vrrp_track *t)
{
	int64_t value = v->thing[t->id].value, product;

	if (__builtin_mul_overflow(value, (int64_t)t->weight, &product))
		product = (value < 0) != (t->weight < 0) ? INT32_MIN : INT32_MAX;
	if (t->reverse)
		product = product <= INT32_MIN ? INT32_MAX : -product;
	return VD_MIN(product, (int64_t)VRRP_TRACK_VALUES);
}

static bool
track_faults(const struct vd_vrrp *v, const struct vd_vrrp_track *t)
{
	if (!t->by_value)
		return t->weight == 0 && v->thing[t->id].down != t->reverse;
	if (t->weight == 0)
		return (v->thing[t->id].value != 0) != t->reverse;
	return by_value(v, t) < -VRRP_TRACK_VALUES;
}

/* reverse changes the sign only: 10 reversed takes 10 away while the thing is up. */
static int64_t
track_weight(const struct vd_vrrp *v, const struct vd_vrrp_track *t)
{
	int64_t w = t->weight;

	if (t->by_value)
		return by_value(v, t);
	if ((w > 0) == v->thing[t->id].down)
		return 0;
	return t->reverse ? -w : w;
}

static bool
own_fault(const struct vd_vrrp *v, const struct vrrp_instance *i, struct vrrp_why *why)
{
	const struct vd_vrrp_track *t;

	if (vd_addr_is_unset(&i->c->src)) {
		*why = VRRP_WHY(NO_ADDRESS);
		return true;
	}
	if (i->c->id.unicast && i->c->fault_no_peer && i->c->peers.n == 0) {
		*why = VRRP_WHY(NO_PEER);
		return true;
	}
	VD_VEC_FOREACH (t, &i->c->tracks) {
		if (!track_faults(v, t))
			continue;
		*why = VRRP_WHY(TRACK);
		why->track = t->id;
		return true;
	}
	return false;
}

void
vrrp_group_fault(struct vd_vrrp *v, uint32_t group)
{
	const struct vrrp_group_config *g = &v->config->group[group];
	struct vrrp_why why;

	v->group[group].faulty = false;
	for (uint32_t k = 0; k < g->n && !v->group[group].faulty; k++)
		v->group[group].faulty = own_fault(v, &v->inst[g->members[k]], &why);
}

bool
vrrp_fault(const struct vd_vrrp *v, const struct vrrp_instance *i, struct vrrp_why *why)
{
	if (own_fault(v, i, why))
		return true;
	*why = VRRP_WHY(GROUP);
	return i->c->sync_group != VD_VRRP_GROUP_NONE && v->group[i->c->sync_group].faulty;
}

static uint8_t
effective(const struct vd_vrrp *v, const struct vrrp_instance *i)
{
	int64_t sum = vrrp_base(i);
	const struct vd_vrrp_track *t;

	if (vrrp_is_owner(i))
		return VRRP_OWNER;
	VD_VEC_FOREACH (t, &i->c->tracks) {
		int64_t w = track_weight(v, t);

		sum += VD_MAX(VD_MIN(w, (int64_t)INT32_MAX), (int64_t)INT32_MIN);
	}
	return (uint8_t)VD_MAX(VD_MIN(sum, (int64_t)254), (int64_t)1);
}

/* The wait for the next advert, which is running, becomes longer or shorter by what the skew does. */
static void
down_shift(struct vrrp_step *s, struct vrrp_instance *i, vd_time old_skew)
{
	if (i->state != VD_VRRP_STATE_BACKUP || i->down_at == VD_TIME_NEVER)
		return;
	i->down_at = VD_MAX(i->down_at + vrrp_skew(i), old_skew + s->now) - old_skew;
	vrrp_arm(s, i);
}

void
vrrp_reckon_priority(struct vrrp_step *s, struct vrrp_instance *i)
{
	uint8_t now = effective(s->v, i);
	struct vd_vrrp_action *a;
	vd_time skew;

	vrrp_mark(s->v, i);
	if (now == i->effective)
		return;
	skew = vrrp_skew(i);
	i->effective = now;
	down_shift(s, i, skew);
	if (i->state == VD_VRRP_STATE_MASTER)
		i->master_priority = now;
	if (i->state != VD_VRRP_STATE_MASTER && i->state != VD_VRRP_STATE_BACKUP)
		return;
	a = vrrp_act(s, i, VD_VRRP_ACT_PRIORITY);
	a->to = i->state;
	a->priority = now;
}

void
vrrp_reckon(struct vrrp_step *s, struct vrrp_instance *i)
{
	struct vrrp_why why;

	vrrp_reckon_priority(s, i);
	if ((s->v->hold & VD_VRRP_HOLD_SHUTDOWN) != 0 || i->state == VD_VRRP_STATE_INIT)
		return;
	if (vrrp_fault(s->v, i, &why)) {
		if (i->state != VD_VRRP_STATE_FAULT)
			vrrp_to_fault(s, i, why);
		i->reason = (uint8_t)why.reason;
		i->reason_track = why.track;
	} else if (i->state == VD_VRRP_STATE_FAULT) {
		vrrp_to_backup(s, i, 0, VRRP_WHY(RECOVERED));
	}
}

static bool
tracks_changed(const struct vd_vrrp *v, const struct vrrp_instance *i)
{
	const struct vd_vrrp_track *t;

	VD_VEC_FOREACH (t, &i->c->tracks)
		if (v->thing[t->id].changed)
			return true;
	return false;
}

static bool
is_affected(const struct vd_vrrp *v, const struct vrrp_instance *i)
{
	return i->c->sync_group != VD_VRRP_GROUP_NONE ? v->group[i->c->sync_group].affected
						      : tracks_changed(v, i);
}

/* Whoever tracks what changed in this step, and their groups: each once, however many things changed. */
static void
things_changed(struct vrrp_step *s)
{
	struct vd_vrrp *v = s->v;

	for (uint32_t k = 0; k < v->high; k++)
		if (v->inst[k].c != NULL && v->inst[k].c->sync_group != VD_VRRP_GROUP_NONE &&
				tracks_changed(v, &v->inst[k]))
			v->group[v->inst[k].c->sync_group].affected = true;
	for (uint32_t g = 0; g < v->groups_high; g++)
		if (v->group[g].affected)
			vrrp_group_fault(v, g);
	v->refresh_later = true;
	/* Every priority first: a fault takes the others of its group along. */
	for (uint32_t k = 0; k < v->high; k++)
		if (v->inst[k].c != NULL && is_affected(v, &v->inst[k]))
			vrrp_reckon_priority(s, &v->inst[k]);
	for (uint32_t k = 0; k < v->high; k++)
		if (v->inst[k].c != NULL && is_affected(v, &v->inst[k]))
			vrrp_reckon(s, &v->inst[k]);
	v->refresh_later = false;
	for (uint32_t g = 0; g < v->groups_high; g++) {
		if (v->group[g].affected)
			vrrp_group_refresh(s, g);
		v->group[g].affected = false;
	}
}

static bool
thing_set(struct vd_vrrp *v, uint32_t id, bool down, int64_t value)
{
	struct vrrp_thing *t = &v->thing[id];

	t->changed = t->down != down || t->value != value;
	t->down = down;
	t->value = value;
	return t->changed;
}

void
vd_vrrp_track(struct vd_vrrp *v, uint32_t track, bool up, int64_t value, vd_time now,
		struct vd_vrrp_actions *out)
{
	struct vrrp_step s = {v, out, now};
	struct vrrp_thing *t;
	vd_time delay = 0;

	if (track >= VD_VRRP_TRACKS)
		return;
	vrrp_wake(&s);
	t = &v->thing[track];
	t->pending_down = !up;
	t->pending_value = value;
	if (v->config != NULL && t->down == up)
		delay = up ? v->config->delay[track].up : v->config->delay[track].down;
	if (delay == 0) {
		vd_timer_cancel(v->delays, track);
		if (thing_set(v, track, !up, value))
			things_changed(&s);
		t->changed = false;
	} else if (vd_timer_get(v->delays, track) == VD_TIME_NEVER) {
		vd_timer_set(v->delays, track, now + delay);
	}
	vrrp_publish(v);
}

/* Delays that are over: the changes lasted. */
void
vrrp_track_tick(struct vrrp_step *s)
{
	struct vd_vrrp *v = s->v;
	uint32_t id, n = 0;

	while (vd_timer_pop(v->delays, s->now, &id)) {
		const struct vrrp_thing *t = &v->thing[id];

		if (thing_set(v, id, t->pending_down, t->pending_value))
			v->changed[n++] = (uint16_t)id;
	}
	if (n == 0)
		return;
	things_changed(s);
	while (n > 0)
		v->thing[v->changed[--n]].changed = false;
}
