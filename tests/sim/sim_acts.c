/* SPDX-License-Identifier: BSD-3-Clause */
/* What a node does, held against what it may and must by the reckoning of sim_mirror.c; its beat as MASTER, its leases. */
#include "sim.h"

static const struct vd_vrrp_action *
next_state(const struct vd_vrrp_actions *all, uint32_t number)
{
	uint32_t slot = all->v[number].slot;

	while (++number < all->n)
		if (all->v[number].kind == VD_VRRP_ACT_STATE && all->v[number].slot == slot)
			return &all->v[number];
	return NULL;
}

/* The beat that is due: neither early nor late, and lateness does not add up. */
static void
on_beat(struct sim *s, uint32_t n, uint32_t v)
{
	struct sim_inst *i = &s->node[n].inst[v];
	vd_time interval = s->node[n].want[v].interval;

	if (s->now < i->beat)
		sim_fail(s, "node %u vrid %u: advert %lu us before its beat", n, v,
				(i->beat - s->now) / VD_USEC);
	if (s->now > i->beat + s->lag && s->node[n].resumed != s->now)
		sim_fail(s, "node %u vrid %u: advert %lu us after its beat", n, v,
				(s->now - i->beat) / VD_USEC);
	i->beat += interval;
	if (i->beat <= s->now)
		i->beat = s->now + interval;
}

static void
replied(struct sim *s, uint32_t n, uint32_t v)
{
	struct sim_inst *i = &s->node[n].inst[v];

	if (!i->must_reply)
		sim_fail(s, "node %u vrid %u: a reply that is not due, %lu us after the last", n, v,
				(s->now - i->last_reply) / VD_USEC);
	i->last_reply = s->now;
	i->beat = s->now + s->node[n].want[v].interval;
}

static void
does_send(struct sim *s, uint32_t n, const struct sim_cause *c, const struct vd_vrrp_actions *all,
		uint32_t number)
{
	const struct vd_vrrp_action *a = &all->v[number], *then = next_state(all, number);
	uint32_t v = a->slot;
	struct sim_inst *i = &s->node[n].inst[v];
	bool leaves = then != NULL && then->from == VD_VRRP_STATE_MASTER;

	if (a->priority == 0) {
		if (!leaves)
			sim_fail(s, "node %u vrid %u: resigns but stays", n, v);
		return;
	}
	if (a->priority != sim_effective(s, n, v))
		sim_fail(s, "node %u vrid %u: advert with priority %u, not %u", n, v, a->priority,
				sim_effective(s, n, v));
	if (then != NULL && then->to == VD_VRRP_STATE_MASTER) {
		i->beat = s->now + s->node[n].want[v].interval;
		return;
	}
	if (i->state != VD_VRRP_STATE_MASTER) {
		sim_fail(s, "node %u vrid %u: advert but not MASTER", n, v);
		return;
	}
	if (leaves && c->frame != NULL && s->node[n].want[v].higher_send)
		return;
	if (i->lease_until <= s->now)
		sim_fail(s, "node %u vrid %u: advert though its lease ran out %lu us ago", n, v,
				(s->now - i->lease_until) / VD_USEC);
	if (c->frame != NULL)
		replied(s, n, v);
	else if (c->event != NULL && c->event->kind == VD_DIRECTOR_EVENT_TICK)
		on_beat(s, n, v);
	else
		sim_fail(s, "node %u vrid %u: advert that nothing asked for", n, v);
}

static void
does_lease(struct sim *s, uint32_t n, const struct vd_vrrp_action *a)
{
	const struct sim_want *w = &s->node[n].want[a->slot];
	struct sim_inst *i = &s->node[n].inst[a->slot];
	vd_time length = w->down * w->interval + 2 * sim_unit(s, a->slot, w->interval);

	i->lease_before = i->lease_until;
	i->lease_until = a->until;
	if (a->until != 0 && a->until != s->now + length)
		sim_fail(s, "node %u vrid %u: lease for %lu us, not %lu", n, a->slot,
				(a->until - s->now) / VD_USEC, length / VD_USEC);
}

/* Everything that may forbid it. */
static void
to_master(struct sim *s, uint32_t n, uint32_t v)
{
	struct sim_node *o = &s->node[n];
	struct sim_inst *i = &o->inst[v];

	for (uint32_t m = 0; m < s->n_vrids; m++) {
		const struct sim_inst *k = &o->inst[m];

		if (!sim_same_group(s, n, v, m) || !o->want[m].present ||
				k->state == VD_VRRP_STATE_MASTER)
			continue;
		if (k->state != VD_VRRP_STATE_BACKUP)
			sim_fail(s, "node %u vrid %u: MASTER while vrid %u is %s", n, v, m,
					vd_vrrp_state_name(k->state));
		else if (s->now < k->due_min)
			sim_fail(s, "node %u vrid %u: MASTER %lu us too early for vrid %u", n, v,
					(k->due_min - s->now) / VD_USEC, m);
		else if (k->handed == SIM_HANDED_WAITING && s->now < k->handed_until)
			sim_fail(s, "node %u vrid %u: MASTER though vrid %u is handed over", n, v,
					m);
	}
	if (o->hold != 0 || s->now < o->startup_until || sim_faulty(s, n, v))
		sim_fail(s, "node %u vrid %u: MASTER though held, starting or at fault", n, v);
	i->interval = o->want[v].interval;
	i->handed = SIM_HANDED_NO;
	i->preempt_at = 0;
	i->due_min = i->due_max = VD_TIME_NEVER;
}

/* What the rules say of the two that met. */
static void
yields(struct sim *s, uint32_t n, const struct sim_cause *c, const struct vd_vrrp_action *a)
{
	const struct sim_frame *f = c->frame;
	uint8_t own = sim_effective(s, n, a->slot);
	bool greater;

	if (f == NULL || f->v != a->slot) {
		sim_fail(s, "node %u vrid %u: yields to nobody", n, a->slot);
		return;
	}
	greater = s->node[f->from].host > s->node[n].host;
	if (f->priority < own || (f->priority == own && !greater))
		sim_fail(s, "node %u vrid %u: priority %u yields to %u, the %s address", n, a->slot,
				own, f->priority, greater ? "greater" : "lower");
	if (s->vrid[f->v].version == 3)
		s->node[n].inst[f->v].interval = f->interval;
}

static void
to_backup(struct sim *s, uint32_t n, const struct sim_cause *c, const struct vd_vrrp_action *a)
{
	uint32_t v = a->slot;
	const struct sim_want *w = &s->node[n].want[v];
	struct sim_inst *i = &s->node[n].inst[v];

	i->interval = w->interval;
	i->preempt_at = 0;
	if (a->reason == VD_VRRP_REASON_HIGHER || a->reason == VD_VRRP_REASON_TIE)
		yields(s, n, c, a);
	if (a->reason == VD_VRRP_REASON_OVERSLEPT && i->lease_before > s->now)
		sim_fail(s, "node %u vrid %u: overslept, with %lu us of the lease left", n, v,
				(i->lease_before - s->now) / VD_USEC);
	sim_due_set(s, n, v, sim_down_interval(s, n, v));
	if (a->reason == VD_VRRP_REASON_START && !i->started && w->start_master) {
		if (sim_owner(s, n, v))
			sim_due_set(s, n, v, 0);
		else if (w->group != SIM_NO_GROUP)
			sim_due_set(s, n, v, w->interval + sim_unit(s, v, w->interval));
	}
	i->started = true;
}

/* Who leaves MASTER of its own accord resigns, twice when at fault; who yields or overslept does not. */
static void
resigned(struct sim *s, uint32_t n, const struct vd_vrrp_actions *all, uint32_t number)
{
	const struct vd_vrrp_action *a = &all->v[number];
	const struct sim_inst *i = &s->node[n].inst[a->slot];
	bool slept = i->lease_before <= s->now;
	uint32_t sent = 0, want = 1;

	while (number-- > 0 &&
			(all->v[number].slot != a->slot ||
					all->v[number].kind != VD_VRRP_ACT_STATE))
		sent += all->v[number].slot == a->slot && all->v[number].kind == VD_VRRP_ACT_SEND &&
				all->v[number].priority == 0;
	if (slept || a->reason == VD_VRRP_REASON_HIGHER || a->reason == VD_VRRP_REASON_TIE)
		want = 0;
	else if (a->to == VD_VRRP_STATE_FAULT)
		want = 2;
	if (sent != want)
		sim_fail(s, "node %u vrid %u: resigns %u times, not %u", n, a->slot, sent, want);
}

/* A reload starts anew what became another, and nothing else. */
static void
reloaded(struct sim *s, uint32_t n, const struct vd_vrrp_action *a)
{
	const struct sim_want *old = &s->reload_from[a->slot], *w = &s->node[n].want[a->slot];

	if (old->present && w->present && old->no_address == w->no_address)
		sim_fail(s, "node %u vrid %u: started anew by a reload that left it the same", n,
				a->slot);
}

static void
does_state(struct sim *s, uint32_t n, const struct sim_cause *c, const struct vd_vrrp_actions *all,
		uint32_t number)
{
	const struct vd_vrrp_action *a = &all->v[number];
	struct sim_inst *i = &s->node[n].inst[a->slot];

	sim_trace(s, "node %u vrid %u: %s -> %s, %s (priority %u)", n, a->slot,
			vd_vrrp_state_name(a->from), vd_vrrp_state_name(a->to),
			vd_vrrp_reason_name(a->reason), a->priority);
	if (a->from != i->state)
		sim_fail(s, "node %u vrid %u: leaves %s, but was %s", n, a->slot,
				vd_vrrp_state_name(a->from), vd_vrrp_state_name(i->state));
	if (s->settled)
		sim_fail(s, "node %u vrid %u: new state in a settled network", n, a->slot);
	if (a->to == VD_VRRP_STATE_MASTER) {
		to_master(s, n, a->slot);
		s->masters++;
	} else if (a->to == VD_VRRP_STATE_BACKUP) {
		to_backup(s, n, c, a);
	} else {
		i->handed = SIM_HANDED_NO;
		i->preempt_at = 0;
		i->due_min = i->due_max = VD_TIME_NEVER;
		s->node[n].override[a->slot] = a->deleted ? 0 : s->node[n].override[a->slot];
		i->started = !a->deleted && (i->started || a->to == VD_VRRP_STATE_FAULT);
	}
	if (a->from == VD_VRRP_STATE_MASTER)
		resigned(s, n, all, number);
	if (a->reason == VD_VRRP_REASON_CHANGED || a->reason == VD_VRRP_REASON_DELETED)
		reloaded(s, n, a);
	if (a->from == VD_VRRP_STATE_MASTER && i->lease_until != 0)
		sim_fail(s, "node %u vrid %u: leaves MASTER with its lease", n, a->slot);
	i->state = a->to;
	i->since = s->now;
}

/* Taken by another, or taken back when the time is over; or the instance goes to where it can take nothing back. */
static void
does_failover(struct sim *s, uint32_t n, const struct vd_vrrp_actions *all, uint32_t number)
{
	const struct vd_vrrp_action *a = &all->v[number], *then = next_state(all, number);
	struct sim_inst *i = &s->node[n].inst[a->slot];

	if (a->done != (i->handed == SIM_HANDED_TAKEN))
		sim_fail(s, "node %u vrid %u: the hand-over ends the wrong way", n, a->slot);
	if (a->done)
		return;
	if (s->now < i->handed_until && (then == NULL || then->to == VD_VRRP_STATE_MASTER))
		sim_fail(s, "node %u vrid %u: the hand-over ends too early", n, a->slot);
	i->handed = SIM_HANDED_NO;
	if (s->now >= i->handed_until)
		sim_due_set(s, n, a->slot, 0);
}

void
sim_acts(struct sim *s, uint32_t n, const struct sim_cause *c, const struct vd_vrrp_actions *all,
		uint32_t number)
{
	const struct vd_vrrp_action *a = &all->v[number];

	switch (a->kind) {
	case VD_VRRP_ACT_SEND:
		does_send(s, n, c, all, number);
		break;
	case VD_VRRP_ACT_LEASE:
		does_lease(s, n, a);
		break;
	case VD_VRRP_ACT_STATE:
		does_state(s, n, c, all, number);
		break;
	case VD_VRRP_ACT_ANNOUNCE:
		if (s->node[n].inst[a->slot].lease_until <= s->now)
			sim_fail(s, "node %u vrid %u: announces without lease", n, a->slot);
		break;
	case VD_VRRP_ACT_FAILOVER:
		sim_trace(s, "node %u vrid %u: hand-over %s", n, a->slot,
				a->done ? "done" : "without taker");
		does_failover(s, n, all, number);
		break;
	default:
		break;
	}
}
