/* SPDX-License-Identifier: BSD-3-Clause */
/* Tracked things: the priority that counts, and what is at fault (keepalived's weights and FAULT). */
#include "vrrp_priv.h"

static bool
is_down(const struct vd_vrrp *v, const struct vd_vrrp_track *t)
{
	return v->thing[t->id].down != t->reverse;
}

/* weight times value, without running over. */
static int64_t
by_value(const struct vd_vrrp *v, const struct vd_vrrp_track *t)
{
	int64_t value = v->thing[t->id].value, product;

	if (__builtin_mul_overflow(value, (int64_t)t->weight, &product))
		product = (value < 0) != (t->weight < 0) ? INT32_MIN : INT32_MAX;
	return t->reverse ? -product : product;
}

static bool
track_faults(const struct vd_vrrp *v, const struct vd_vrrp_track *t)
{
	if (!t->by_value)
		return t->weight == 0 && is_down(v, t);
	if (t->weight == 0)
		return (v->thing[t->id].value != 0) != t->reverse;
	return by_value(v, t) < -VRRP_TRACK_VALUES;
}

static int64_t
track_weight(const struct vd_vrrp *v, const struct vd_vrrp_track *t)
{
	if (t->by_value)
		return by_value(v, t);
	if (t->weight > 0)
		return is_down(v, t) ? 0 : t->weight;
	return is_down(v, t) ? t->weight : 0;
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

bool
vrrp_fault(const struct vd_vrrp *v, const struct vrrp_instance *i, struct vrrp_why *why)
{
	const struct vrrp_group_config *g;

	if (own_fault(v, i, why))
		return true;
	if (i->c->sync_group == VD_VRRP_GROUP_NONE)
		return false;
	g = &v->config->group[i->c->sync_group];
	for (uint32_t k = 0; k < g->n; k++) {
		if (!own_fault(v, &v->inst[g->members[k]], why))
			continue;
		*why = VRRP_WHY(GROUP);
		return true;
	}
	return false;
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

void
vrrp_reckon_priority(struct vrrp_step *s, struct vrrp_instance *i)
{
	uint8_t now = effective(s->v, i);
	struct vd_vrrp_action *a;

	vrrp_mark(s->v, i);
	if (now == i->effective)
		return;
	i->effective = now;
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
	} else if (i->state == VD_VRRP_STATE_FAULT) {
		vrrp_to_backup(s, i, 0, VRRP_WHY(RECOVERED));
	}
}

/* Whoever tracks it, and their groups. */
static void
thing_changed(struct vrrp_step *s, uint32_t id)
{
	struct vd_vrrp *v = s->v;
	const struct vd_vrrp_track *t;

	for (uint32_t k = 0; k < v->high; k++) {
		struct vrrp_instance *i = &v->inst[k];
		bool tracks = false;

		if (i->c == NULL)
			continue;
		VD_VEC_FOREACH (t, &i->c->tracks)
			tracks |= t->id == id;
		if (!tracks)
			continue;
		vrrp_reckon(s, i);
		vrrp_group_others(s, i, vrrp_reckon);
	}
}

static void
thing_set(struct vrrp_step *s, uint32_t id, bool down, int64_t value)
{
	struct vrrp_thing *t = &s->v->thing[id];

	if (t->down == down && t->value == value)
		return;
	t->down = down;
	t->value = value;
	thing_changed(s, id);
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
	t = &v->thing[track];
	t->pending_down = !up;
	if (v->config != NULL && t->down == up)
		delay = up ? v->config->delay[track].up : v->config->delay[track].down;
	if (delay == 0) {
		vd_timer_cancel(v->delays, track);
		thing_set(&s, track, !up, value);
	} else if (vd_timer_get(v->delays, track) == VD_TIME_NEVER) {
		vd_timer_set(v->delays, track, now + delay);
	}
	vrrp_publish(v);
}

/* Delays that are over: the change lasted. */
void
vrrp_track_tick(struct vrrp_step *s)
{
	uint32_t id;

	while (vd_timer_pop(s->v->delays, s->now, &id))
		thing_set(s, id, s->v->thing[id].pending_down, s->v->thing[id].value);
}
