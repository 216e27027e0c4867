/* SPDX-License-Identifier: BSD-3-Clause */
/* The states of an instance and their timers (RFC 9568 6, RFC 3768 6; FAULT is keepalived's). */
#include "vrrp_priv.h"

#define V2_SKEW_UNIT (VD_SEC / 256)

/* RFC 3768 6.1: in 256ths of a second; RFC 9568 6.1: of the master's interval. */
vd_time
vrrp_skew(const struct vrrp_instance *i)
{
	vd_time steps = 256u - i->effective;

	return i->c->id.version == 2 ? steps * V2_SKEW_UNIT : steps * i->master_interval / 256;
}

vd_time
vrrp_down_interval(const struct vrrp_instance *i)
{
	return i->c->down_timer_adverts * i->master_interval + vrrp_skew(i);
}

void
vrrp_arm(struct vrrp_step *s, struct vrrp_instance *i)
{
	vd_time next = VD_MIN(i->advert_at, i->down_at);

	next = VD_MIN(next, VD_MIN(i->garp_at, VD_MIN(i->garp_refresh_at, i->garp_lower_at)));
	if (i->handed == VRRP_HANDED_WAITING)
		next = VD_MIN(next, i->handed_until);
	/* Those that are due together keep their order when nothing changes. */
	if (vd_timer_get(s->v->timers, vrrp_slot(s->v, i)) != next)
		vd_timer_set(s->v->timers, vrrp_slot(s->v, i), next);
	vrrp_mark(s->v, i);
}

static void
timers_off(struct vrrp_instance *i)
{
	i->advert_at = i->down_at = VD_TIME_NEVER;
	i->garp_at = i->garp_refresh_at = i->garp_lower_at = VD_TIME_NEVER;
	i->lease_until = 0;
	i->timer_out = false;
}

void
vrrp_send(struct vrrp_step *s, struct vrrp_instance *i, uint8_t priority)
{
	struct vd_vrrp_action *a = vrrp_act(s, i, VD_VRRP_ACT_SEND);

	a->priority = priority;
	i->stats.adverts_sent++;
	if (priority == 0)
		i->stats.priority_zero_sent++;
	vrrp_mark(s->v, i);
}

void
vrrp_announce(struct vrrp_step *s, const struct vrrp_instance *i, uint32_t rounds)
{
	if (rounds > 0)
		vrrp_act(s, i, VD_VRRP_ACT_ANNOUNCE)->rounds = rounds;
}

/* The right to serve lasts as long as the most eager peer, of priority 254, waits for the next advert. */
static void
lease_renew(struct vrrp_step *s, struct vrrp_instance *i)
{
	vd_time interval = i->c->id.interval;
	vd_time skew = 2 * (i->c->id.version == 2 ? V2_SKEW_UNIT : interval / 256);

	i->sent_at = s->now;
	i->lease_until = s->now + i->c->down_timer_adverts * interval + skew;
	s->v->lease_first = VD_MIN(s->v->lease_first, i->lease_until);
	vrrp_act(s, i, VD_VRRP_ACT_LEASE)->until = i->lease_until;
}

void
vrrp_advertise(struct vrrp_step *s, struct vrrp_instance *i)
{
	vrrp_send(s, i, i->effective);
	lease_renew(s, i);
	i->advert_at = s->now + i->c->id.interval;
	vrrp_arm(s, i);
}

/* On its beat, so that lateness does not add up; a beat that was missed is not made up for. */
static void
advertise_on_beat(struct vrrp_step *s, struct vrrp_instance *i)
{
	vd_time beat = i->advert_at + i->c->id.interval;

	vrrp_advertise(s, i);
	if (beat > s->now)
		i->advert_at = beat;
}

static void
state_change(struct vrrp_step *s, struct vrrp_instance *i, enum vd_vrrp_state to, bool deleted,
		const struct vrrp_why *why)
{
	struct vd_vrrp_action *a = vrrp_act(s, i, VD_VRRP_ACT_STATE);

	a->from = i->state;
	a->to = (uint8_t)to;
	a->deleted = deleted;
	a->priority = i->effective;
	a->reason = (uint8_t)why->reason;
	a->reason_priority = why->priority;
	a->track = why->track;
	a->until = why->time;
	a->addr = why->addr;
	i->state = (uint8_t)to;
	i->since = s->now;
	i->reason = (uint8_t)why->reason;
	i->reason_addr = why->addr;
	i->reason_priority = why->priority;
	i->reason_track = why->track;
	i->reason_time = why->time;
}

/* Stops serving first, then tells the others; but not when the lease has run out, for one of them is MASTER by now. */
static void
leave_master(struct vrrp_step *s, struct vrrp_instance *i, unsigned int resign)
{
	if (i->state != VD_VRRP_STATE_MASTER)
		return;
	if (s->now >= i->lease_until)
		resign = 0;
	vrrp_act(s, i, VD_VRRP_ACT_LEASE)->until = 0;
	while (resign-- > 0)
		vrrp_send(s, i, 0);
	i->stats.released_master++;
	i->master_addr = (struct vd_addr){.w = {0, 0}};
	i->master_priority = 0;
}

/* The advert goes out before anything else (RFC 9568 6.4.1, 6.4.2). */
void
vrrp_to_master(struct vrrp_step *s, struct vrrp_instance *i, struct vrrp_why why)
{
	timers_off(i);
	i->master_interval = i->c->id.interval;
	i->master_addr = i->c->src;
	i->master_priority = i->effective;
	i->preempt_at = 0;
	i->handed = VRRP_HANDED_NO;
	i->resigned = i->untaken = false;
	i->lower_priority = 0;
	i->stats.became_master++;
	vrrp_advertise(s, i);
	state_change(s, i, VD_VRRP_STATE_MASTER, false, &why);
	vrrp_announce(s, i, i->c->garp_repeat);
	if (i->c->garp_delay > 0)
		i->garp_at = s->now + i->c->garp_delay;
	if (i->c->garp_refresh > 0)
		i->garp_refresh_at = s->now + i->c->garp_refresh;
	vrrp_arm(s, i);
	vrrp_group_spread(s, i, true);
}

void
vrrp_to_backup(struct vrrp_step *s, struct vrrp_instance *i, unsigned int resign,
		struct vrrp_why why)
{
	bool was_master = i->state == VD_VRRP_STATE_MASTER;

	leave_master(s, i, resign);
	timers_off(i);
	i->master_interval = i->c->id.interval;
	i->preempt_at = 0;
	i->resigned = i->untaken = false;
	i->lower_priority = 0;
	i->down_at = s->now + vrrp_down_interval(i);
	state_change(s, i, VD_VRRP_STATE_BACKUP, false, &why);
	vrrp_arm(s, i);
	vrrp_group_spread(s, i, was_master);
}

/* Whoever asked for the hand-over waits for its end. */
static void
handed_end(struct vrrp_step *s, struct vrrp_instance *i)
{
	if (i->handed == VRRP_HANDED_WAITING)
		vrrp_act(s, i, VD_VRRP_ACT_FAILOVER)->done = false;
	i->handed = VRRP_HANDED_NO;
}

/* Two resignations, as keepalived sends them: nobody asks for a lost one. */
void
vrrp_to_fault(struct vrrp_step *s, struct vrrp_instance *i, struct vrrp_why why)
{
	leave_master(s, i, 2);
	timers_off(i);
	handed_end(s, i);
	i->preempt_at = 0;
	state_change(s, i, VD_VRRP_STATE_FAULT, false, &why);
	vrrp_arm(s, i);
	vrrp_group_spread(s, i, true);
}

void
vrrp_to_init(struct vrrp_step *s, struct vrrp_instance *i, struct vrrp_why why, bool deleted)
{
	leave_master(s, i, 1);
	timers_off(i);
	handed_end(s, i);
	i->preempt_at = 0;
	state_change(s, i, VD_VRRP_STATE_INIT, deleted, &why);
	vrrp_arm(s, i);
}

/*
 * keepalived's start-up: BACKUP always, for a whole master down interval. An owner that asks for MASTER does not wait;
 * in a sync group, `state MASTER` waits for one advert only.
 */
void
vrrp_start(struct vrrp_step *s, struct vrrp_instance *i)
{
	bool first = !i->started;
	struct vrrp_why why;

	if ((s->v->hold & VD_VRRP_HOLD_SHUTDOWN) != 0)
		return;
	i->started = true;
	i->master_interval = i->c->id.interval;
	if (vrrp_fault(s->v, i, &why)) {
		vrrp_to_fault(s, i, why);
		return;
	}
	vrrp_to_backup(s, i, 0, VRRP_WHY(START));
	if (!first || !i->c->start_master)
		return;
	if (vrrp_is_owner(i))
		i->down_at = s->now;
	else if (i->c->sync_group != VD_VRRP_GROUP_NONE)
		i->down_at = s->now + i->c->id.interval +
				(i->c->id.version == 2 ? V2_SKEW_UNIT : i->c->id.interval / 256);
	vrrp_arm(s, i);
}

static struct vrrp_why
why_master(const struct vrrp_instance *i)
{
	struct vrrp_why why = VRRP_WHY(TIMEOUT);

	if (i->untaken) {
		why.reason = VD_VRRP_REASON_NO_TAKER;
	} else if (i->resigned) {
		why.reason = VD_VRRP_REASON_RESIGNED;
		why.addr = i->master_addr;
	} else if (i->lower_priority != 0) {
		why.reason = VD_VRRP_REASON_PREEMPT;
		why.addr = i->lower_addr;
		why.priority = i->lower_priority;
	} else if (vrrp_is_owner(i)) {
		why.reason = VD_VRRP_REASON_OWNER;
	}
	return why;
}

/* Nobody has taken what was handed over: it is taken back. */
static void
handed_expire(struct vrrp_step *s, struct vrrp_instance *i)
{
	handed_end(s, i);
	i->untaken = true;
	i->down_at = s->now;
}

/* The master down timer ran out. */
static void
down_expire(struct vrrp_step *s, struct vrrp_instance *i)
{
	struct vrrp_why why = why_master(i);

	if (s->v->hold != 0) {
		i->down_at = s->now + vrrp_down_interval(i);
		i->master_addr = (struct vd_addr){.w = {0, 0}};
		i->master_priority = 0;
		return;
	}
	if (s->now < s->v->startup_until) {
		i->down_at = s->v->startup_until;
		return;
	}
	if (i->handed == VRRP_HANDED_WAITING) {
		i->down_at = VD_TIME_NEVER;
		return;
	}
	i->down_at = VD_TIME_NEVER;
	i->timer_out = true;
	if (vrrp_group_may_master(s->v, i))
		vrrp_to_master(s, i, why);
}

static void
garp_expire(struct vrrp_step *s, struct vrrp_instance *i)
{
	if (s->now >= i->garp_at) {
		i->garp_at = VD_TIME_NEVER;
		vrrp_announce(s, i, i->c->garp_repeat);
	}
	if (s->now >= i->garp_refresh_at) {
		i->garp_refresh_at = s->now + i->c->garp_refresh;
		vrrp_announce(s, i, i->c->garp_refresh_repeat);
	}
	if (s->now >= i->garp_lower_at) {
		i->garp_lower_at = VD_TIME_NEVER;
		vrrp_announce(s, i, i->c->garp_lower_prio_repeat);
	}
}

void
vrrp_expire(struct vrrp_step *s, struct vrrp_instance *i)
{
	if (i->handed == VRRP_HANDED_WAITING && s->now >= i->handed_until)
		handed_expire(s, i);
	if (s->now >= i->advert_at)
		advertise_on_beat(s, i);
	if (s->now >= i->down_at)
		down_expire(s, i);
	garp_expire(s, i);
	vrrp_arm(s, i);
}

/* The peers have taken over long since, or may have: no advert, no resignation. */
void
vrrp_wake(struct vrrp_step *s)
{
	struct vrrp_why why = VRRP_WHY(OVERSLEPT);
	vd_time first = VD_TIME_NEVER;

	if (s->now < s->v->lease_first)
		return;
	for (uint32_t k = 0; k < s->v->high; k++) {
		struct vrrp_instance *i = &s->v->inst[k];

		if (i->c == NULL || i->state != VD_VRRP_STATE_MASTER || s->now < i->lease_until)
			continue;
		why.time = s->now - i->sent_at;
		vrrp_to_backup(s, i, 0, why);
	}
	for (uint32_t k = 0; k < s->v->high; k++)
		if (s->v->inst[k].c != NULL && s->v->inst[k].state == VD_VRRP_STATE_MASTER)
			first = VD_MIN(first, s->v->inst[k].lease_until);
	s->v->lease_first = first;
}
