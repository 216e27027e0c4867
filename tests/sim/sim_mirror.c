/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One node, reckoned anew from what it is told and hears: its priorities and faults, when its master down timer may end
 * and when it must. sim_acts.c holds every action of the director against that.
 */
#include <string.h>

#include "sim.h"

#define REPLY_GAP VD_MSEC /* and a tenth of the interval: between two adverts that adverts caused */

bool
sim_owner(const struct sim *s, uint32_t n, uint32_t v)
{
	const struct sim_node *o = &s->node[n];

	return (o->override[v] != 0 ? o->override[v] : o->want[v].priority) == 255;
}

uint8_t
sim_effective(const struct sim *s, uint32_t n, uint32_t v)
{
	const struct sim_node *o = &s->node[n];
	int32_t sum = o->override[v] != 0 ? o->override[v] : o->want[v].priority;

	if (sum == 255)
		return 255;
	for (uint32_t t = 0; t < SIM_TRACKS; t++) {
		const struct sim_track *k = &o->want[v].track[t];

		/* reverse changes the sign, not when it counts. */
		if (k->used && o->thing[t].down == (k->weight < 0))
			sum += k->reverse ? -k->weight : k->weight;
	}
	return (uint8_t)(sum < 1 ? 1 : sum > 254 ? 254 : sum);
}

bool
sim_same_group(const struct sim *s, uint32_t n, uint32_t a, uint32_t b)
{
	const struct sim_want *w = s->node[n].want;

	return a == b || (w[a].group != SIM_NO_GROUP && w[a].group == w[b].group);
}

bool
sim_faulty(const struct sim *s, uint32_t n, uint32_t v)
{
	const struct sim_node *o = &s->node[n];

	for (uint32_t m = 0; m < s->n_vrids; m++) {
		if (!sim_same_group(s, n, v, m) || !o->want[m].present)
			continue;
		if (o->want[m].no_address)
			return true;
		for (uint32_t t = 0; t < SIM_TRACKS; t++)
			if (o->want[m].track[t].used && o->want[m].track[t].weight == 0 &&
					o->thing[t].down != o->want[m].track[t].reverse)
				return true;
	}
	return false;
}

bool
sim_accepts(const struct sim *s, uint32_t n, const struct sim_frame *f)
{
	const struct sim_want *w = &s->node[n].want[f->v];

	return w->present && w->n_vips == f->n_vips &&
			(s->vrid[f->v].version == 3 || w->interval == f->interval);
}

vd_time
sim_unit(const struct sim *s, uint32_t v, vd_time interval)
{
	return s->vrid[v].version == 2 ? VD_SEC / 256 : interval / 256;
}

/* Rounded as the engine may round: a whole interval first. */
vd_time
sim_skew(const struct sim *s, uint32_t n, uint32_t v)
{
	vd_time steps = 256u - sim_effective(s, n, v), interval = s->node[n].inst[v].interval;

	return s->vrid[v].version == 2 ? steps * (VD_SEC / 256) : steps * interval / 256;
}

vd_time
sim_down_interval(const struct sim *s, uint32_t n, uint32_t v)
{
	return s->node[n].want[v].down * s->node[n].inst[v].interval + sim_skew(s, n, v);
}

void
sim_due_set(struct sim *s, uint32_t n, uint32_t v, vd_time after)
{
	struct sim_inst *i = &s->node[n].inst[v];

	i->due_min = i->due_max = s->now + after;
}

void
sim_mirror_start(struct sim *s, uint32_t n)
{
	struct sim_node *o = &s->node[n];

	for (uint32_t v = 0; v < SIM_VRIDS; v++) {
		o->inst[v] = (struct sim_inst){.due_min = VD_TIME_NEVER, .due_max = VD_TIME_NEVER};
		o->override[v] = 0;
	}
	for (uint32_t t = 0; t < SIM_TRACKS; t++)
		o->thing[t] = (struct sim_thing){.at = VD_TIME_NEVER};
	o->hold = 0;
	o->startup_until = s->now + s->startup_delay;
}

/* ---- what it is told ---- */

static bool
preempt_waits(struct sim *s, uint32_t n, const struct sim_frame *f)
{
	struct sim_inst *i = &s->node[n].inst[f->v];
	vd_time delay = s->node[n].want[f->v].preempt_delay;

	if (delay == 0)
		return false;
	if (f->priority >= sim_effective(s, n, f->v)) {
		i->preempt_at = 0;
		return false;
	}
	if (i->preempt_at == 0)
		i->preempt_at = s->now + delay;
	return s->now < i->preempt_at;
}

/* Its lease, or one of its group's, which takes it along. */
static bool
ran_out(const struct sim *s, uint32_t n, uint32_t v)
{
	const struct sim_inst *i = s->node[n].inst;

	for (uint32_t m = 0; m < s->n_vrids; m++)
		if (sim_same_group(s, n, v, m) && i[m].state == VD_VRRP_STATE_MASTER &&
				i[m].lease_until <= s->now)
			return true;
	return false;
}

/* A MASTER that hears this says at once that it is there (RFC 9568 6.4.3). */
static bool
has_less(const struct sim *s, uint32_t n, const struct sim_frame *f)
{
	const struct sim_want *w = &s->node[n].want[f->v];
	uint8_t own = sim_effective(s, n, f->v);

	if (sim_owner(s, n, f->v) && w->owner_ignore)
		return false;
	if (f->priority == 0)
		return true;
	return f->priority < own || (f->priority == own && s->node[f->from].host < s->node[n].host);
}

static void
hears(struct sim *s, uint32_t n, const struct sim_frame *f)
{
	struct sim_node *o = &s->node[n];
	struct sim_inst *i = &o->inst[f->v];
	vd_time until;

	if (i->state == VD_VRRP_STATE_MASTER) {
		i->stale = ran_out(s, n, f->v);
		if (!i->stale && s->now >= i->reply_after && has_less(s, n, f)) {
			i->must_reply = f->priority == 0 || !o->want[f->v].lower_no_advert;
			i->reply_after = s->now + VD_MAX(o->want[f->v].interval / 10, REPLY_GAP);
		}
	}
	if (i->state != VD_VRRP_STATE_BACKUP)
		return;
	if (f->priority == 0) {
		until = s->now + sim_skew(s, n, f->v);
		/* Once the timer is over it stays so; whether the node has noticed is its own affair. */
		i->due_min = s->now < i->due_min ? until : i->due_min;
		i->due_max = s->now < i->due_max ? until : VD_MAX(i->due_max, until);
		return;
	}
	if (i->handed == SIM_HANDED_TAKEN && f->priority < i->handed_priority)
		i->handed = SIM_HANDED_NO;
	if (!preempt_waits(s, n, f) && f->priority < sim_effective(s, n, f->v) &&
			i->handed == SIM_HANDED_NO && o->hold == 0 &&
			(!o->want[f->v].nopreempt || sim_owner(s, n, f->v)))
		return;
	if (i->handed == SIM_HANDED_WAITING) {
		i->handed = SIM_HANDED_TAKEN;
		i->handed_priority = f->priority;
	}
	if (s->vrid[f->v].version == 3)
		i->interval = f->interval;
	sim_due_set(s, n, f->v, sim_down_interval(s, n, f->v));
}

static void
track_told(struct sim *s, struct sim_thing *t, uint32_t id, bool up)
{
	vd_time delay = t->down == up ? s->track_delay[id][up] : 0;

	if (delay != 0) {
		if (!t->pending)
			t->at = s->now + delay;
		t->pending = true;
		return;
	}
	t->pending = false;
	t->at = VD_TIME_NEVER;
	t->down = !up;
}

static void
hold_told(struct sim *s, uint32_t n, uint32_t what, bool on)
{
	struct sim_node *o = &s->node[n];
	uint32_t before = o->hold;

	o->hold = on ? before | what : before & ~what;
	if (o->hold != 0 || before == 0)
		return;
	for (uint32_t v = 0; v < s->n_vrids; v++)
		if (o->inst[v].state == VD_VRRP_STATE_BACKUP)
			sim_due_set(s, n, v, sim_down_interval(s, n, v));
}

static void
failover_told(struct sim *s, uint32_t n, uint32_t v, vd_time timeout)
{
	struct sim_node *o = &s->node[n];

	for (uint32_t m = 0; m < s->n_vrids; m++)
		if (sim_same_group(s, n, v, m) && o->want[m].present) {
			o->inst[m].handed = SIM_HANDED_WAITING;
			o->inst[m].handed_until = s->now + timeout;
		}
}

static void
tick_told(struct sim *s, uint32_t n)
{
	for (uint32_t t = 0; t < SIM_TRACKS; t++) {
		struct sim_thing *k = &s->node[n].thing[t];

		if (!k->pending || k->at > s->now)
			continue;
		k->pending = false;
		k->at = VD_TIME_NEVER;
		k->down = !k->down;
	}
}

static void
skews(const struct sim *s, uint32_t n, vd_time *to)
{
	for (uint32_t v = 0; v < s->n_vrids; v++)
		to[v] = sim_skew(s, n, v);
}

/* Another priority makes the wait that is running longer or shorter by what the skew does. */
static void
shift(struct sim *s, uint32_t n, const vd_time *before)
{
	struct sim_node *o = &s->node[n];

	for (uint32_t v = 0; v < s->n_vrids; v++) {
		struct sim_inst *i = &o->inst[v];
		vd_time after = sim_skew(s, n, v),
			longer = after > before[v] ? after - before[v] : 0;

		if (after == before[v] || i->state != VD_VRRP_STATE_BACKUP)
			continue;
		if (s->now < i->due_min)
			i->due_min = VD_MAX(i->due_min + after, before[v] + s->now) - before[v];
		if (s->now < i->due_max)
			i->due_max = VD_MAX(i->due_max + after, before[v] + s->now) - before[v];
		else /* over; whether the node has noticed is its own affair */
			i->due_max = VD_MAX(i->due_max + longer, s->now);
		if (s->now < o->startup_until)
			i->due_max = VD_MAX(i->due_max, o->startup_until + longer);
	}
}

void
sim_mirror_before(struct sim *s, uint32_t n, const struct sim_cause *c)
{
	struct sim_node *o = &s->node[n];
	const struct vd_director_event *e = c->event;
	vd_time before[SIM_VRIDS];

	for (uint32_t v = 0; v < s->n_vrids; v++)
		o->inst[v].stale = o->inst[v].must_reply = false;
	if (c->frame != NULL) {
		hears(s, n, c->frame);
		return;
	}
	skews(s, n, before);
	switch (e->kind) {
	case VD_DIRECTOR_EVENT_TICK:
		tick_told(s, n);
		break;
	case VD_DIRECTOR_EVENT_TRACK:
		track_told(s, &o->thing[e->idx], e->idx, e->on);
		break;
	case VD_DIRECTOR_EVENT_PRIORITY:
		if (!o->want[e->idx].present)
			break;
		o->override[e->idx] = (uint8_t)e->value;
		if (o->inst[e->idx].handed == SIM_HANDED_TAKEN)
			o->inst[e->idx].handed = SIM_HANDED_NO;
		break;
	case VD_DIRECTOR_EVENT_FAILOVER:
		if (o->inst[e->idx].state == VD_VRRP_STATE_MASTER)
			failover_told(s, n, e->idx, e->time);
		break;
	case VD_DIRECTOR_EVENT_HOLD:
		hold_told(s, n, e->idx, e->on);
		break;
	default:
		break;
	}
	shift(s, n, before);
}

/* What a changed interval does: MASTER's next advert comes no later than that; BACKUP's wait may begin anew. */
static void
interval_changed(struct sim *s, uint32_t n, uint32_t v)
{
	struct sim_inst *i = &s->node[n].inst[v];
	vd_time interval = s->node[n].want[v].interval, adopted = i->interval;

	if (i->state == VD_VRRP_STATE_MASTER)
		i->beat = VD_MIN(i->beat, s->now + interval);
	if (i->state != VD_VRRP_STATE_BACKUP)
		return;
	/* In version 3 it does not while a master's is adopted; does the node know of a master? Its own affair. */
	i->interval = interval;
	i->due_min = VD_MIN(i->due_min, s->now + sim_down_interval(s, n, v));
	i->due_max = s->vrid[v].version == 2
			? s->now + sim_down_interval(s, n, v)
			: VD_MAX(i->due_max, s->now + sim_down_interval(s, n, v));
	if (s->vrid[v].version == 3)
		i->interval = adopted;
}

/* want is the new configuration. */
void
sim_mirror_reload(struct sim *s, uint32_t n, const struct sim_want *old)
{
	struct sim_node *o = &s->node[n];
	vd_time before[SIM_VRIDS];
	struct sim_want now[SIM_VRIDS];

	memcpy(now, o->want, sizeof(now));
	memcpy(o->want, old, sizeof(now));
	skews(s, n, before);
	memcpy(o->want, now, sizeof(now));
	for (uint32_t v = 0; v < s->n_vrids; v++) {
		struct sim_inst *i = &o->inst[v];

		i->stale = i->must_reply = false;
		if (!now[v].present || !old[v].present)
			continue;
		if (now[v].interval != old[v].interval)
			interval_changed(s, n, v);
		if (now[v].preempt_delay == 0)
			i->preempt_at = 0;
		else
			i->preempt_at = VD_MIN(i->preempt_at, s->now + now[v].preempt_delay);
		/* One that waited for members that left is free with the next tick. */
		if (i->state == VD_VRRP_STATE_BACKUP)
			i->due_max = VD_MAX(i->due_max, s->now);
	}
	shift(s, n, before);
}

/* Whether it knew of a master, it tells. */
static void
adopted_after(struct sim *s, uint32_t n)
{
	for (uint32_t v = 0; v < s->n_vrids; v++) {
		struct sim_inst *i = &s->node[n].inst[v];
		struct vd_vrrp_status st;

		if (i->state == VD_VRRP_STATE_BACKUP && s->vrid[v].version == 3 &&
				s->reload_from[v].interval != s->node[n].want[v].interval &&
				vd_vrrp_status_read(vd_director_vrrp(s->node[n].d), v, &st))
			i->interval = st.master_interval;
	}
}

/* ---- after the step ---- */

void
sim_mirror_after(struct sim *s, uint32_t n, const struct sim_cause *c)
{
	struct sim_node *o = &s->node[n];

	if (c->event == NULL)
		adopted_after(s, n);
	if (c->frame != NULL && o->inst[c->frame->v].must_reply &&
			o->inst[c->frame->v].last_reply != s->now)
		sim_fail(s, "node %u vrid %u: no reply to priority %u", n, c->frame->v,
				c->frame->priority);
	for (uint32_t v = 0; v < s->n_vrids; v++) {
		struct sim_inst *i = &o->inst[v];
		struct vd_vrrp_status st;

		if (!i->stale || i->state != VD_VRRP_STATE_BACKUP)
			continue;
		/* It woke with an advert before it: which of the two it took first is its own affair. */
		(void)vd_vrrp_status_read(vd_director_vrrp(o->d), v, &st);
		i->interval = st.master_interval;
		i->preempt_at = st.preempt_at;
		i->due_min = s->now + sim_skew(s, n, v);
		i->due_max = s->now + sim_down_interval(s, n, v);
	}
}
