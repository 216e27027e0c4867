/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine's calls: configurations, time, the operator, frames. */
#include <errno.h>
#include <string.h>

#include "vrrp_priv.h"

struct vd_vrrp *
vd_vrrp_create(const struct vd_alloc *alloc)
{
	struct vd_vrrp *v = vd_zalloc(alloc, sizeof(*v), VD_CACHE_LINE);

	if (v == NULL)
		return NULL;
	v->alloc = alloc;
	v->lease_first = VD_TIME_NEVER;
	v->timers = vd_timer_create(VD_VRRP_INSTANCES, alloc);
	v->delays = vd_timer_create(VD_VRRP_TRACKS, alloc);
	if (v->timers == NULL || v->delays == NULL) {
		vd_vrrp_destroy(v);
		return NULL;
	}
	return v;
}

void
vd_vrrp_destroy(struct vd_vrrp *v)
{
	if (v == NULL)
		return;
	vd_vrrp_config_free(v->config);
	vd_timer_destroy(v->timers);
	vd_timer_destroy(v->delays);
	vd_free(v->alloc, v);
}

struct vd_vrrp_action *
vrrp_act(struct vrrp_step *s, const struct vrrp_instance *i, enum vd_vrrp_action_kind kind)
{
	struct vd_vrrp_actions *out = s->out;
	struct vd_vrrp_action *a;

	/* The last place is written again and again: a step that wants more is a bug, which `lost` shows. */
	if (out->n == VD_VRRP_ACTIONS)
		out->lost++;
	else
		out->n++;
	a = &out->v[out->n - 1];
	memset(a, 0, sizeof(*a));
	a->kind = (uint8_t)kind;
	a->track = VD_VRRP_TRACK_NONE;
	a->slot = i == NULL ? 0 : vrrp_slot(s->v, i);
	a->deleted = i != NULL && i->c == i->before && i->c != NULL;
	return a;
}

/* ---- configurations ---- */

/* What a peer cannot follow on the fly. */
static bool
same_identity(const struct vd_vrrp_instance_config *a, const struct vd_vrrp_instance_config *b)
{
	return a->ifid == b->ifid && a->id.v6 == b->id.v6 && a->id.vrid == b->id.vrid &&
			a->id.version == b->id.version && a->id.unicast == b->id.unicast &&
			vd_addr_equal(&a->src, &b->src) &&
			memcmp(&a->mac, &b->mac, sizeof(a->mac)) == 0;
}

/* Old ones that are gone or became others resign, by their old configuration. */
static void
swap_out(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_instance_config *next)
{
	i->before = i->c;
	if (i->c == NULL)
		return;
	if (next != NULL && same_identity(i->c, next)) {
		i->before = NULL;
		return;
	}
	if (next == NULL)
		vrrp_to_init(s, i, VRRP_WHY(DELETED), true);
	else
		vrrp_to_init(s, i, VRRP_WHY(CHANGED), false);
	/* What was sent goes on: frames of this step are still to be built, and peers remember our sequence. */
	i->auth.ah_seen = 0;
	memset(i->auth.sender, 0, sizeof(i->auth.sender));
	i->master_addr = (struct vd_addr){.w = {0, 0}};
	if (next == NULL) {
		i->override = 0;
		i->started = false;
		memset(&i->stats, 0, sizeof(i->stats));
	}
}

/* A new interval counts from now on, a shorter one at once; but a master's own, in version 3, is adopted from it. */
static void
swap_interval(struct vrrp_step *s, struct vrrp_instance *i, vd_time old)
{
	bool adopted = i->c->id.version == 3 && !vd_addr_is_unset(&i->master_addr);
	vd_time now = i->c->id.interval;

	if (now == old)
		return;
	if (i->state == VD_VRRP_STATE_MASTER) {
		i->master_interval = now;
		i->advert_at = VD_MIN(i->advert_at, s->now + now);
	} else if (i->state == VD_VRRP_STATE_BACKUP && !adopted) {
		i->master_interval = now;
		if (!i->timer_out)
			i->down_at = s->now + vrrp_down_interval(i);
	}
}

static void
swap_preempt(struct vrrp_step *s, struct vrrp_instance *i)
{
	if (i->c->preempt_delay == 0)
		i->preempt_at = 0;
	else
		i->preempt_at = VD_MIN(i->preempt_at, s->now + i->c->preempt_delay);
}

static void
swap_garp(struct vrrp_step *s, struct vrrp_instance *i)
{
	if (i->state != VD_VRRP_STATE_MASTER)
		return;
	if (i->c->garp_refresh == 0)
		i->garp_refresh_at = VD_TIME_NEVER;
	else
		i->garp_refresh_at = VD_MIN(i->garp_refresh_at, s->now + i->c->garp_refresh);
}

static void
swap_in(struct vrrp_step *s, struct vrrp_instance *i, vd_time old_interval)
{
	if (i->state == VD_VRRP_STATE_INIT) {
		i->effective = 0;
		i->reason_track = VD_VRRP_TRACK_NONE;
		i->master_interval = i->c->id.interval;
		vrrp_reckon_priority(s, i);
		vrrp_start(s, i);
		return;
	}
	swap_interval(s, i, old_interval);
	swap_preempt(s, i);
	swap_garp(s, i);
	vrrp_arm(s, i);
	vrrp_reckon(s, i);
}

/* One that waited for members that are gone waits no longer. */
static void
swap_waiting(struct vrrp_step *s, struct vrrp_instance *i)
{
	if (!i->timer_out || !vrrp_group_may_master(s->v, i))
		return;
	i->timer_out = false;
	i->down_at = s->now;
	vrrp_arm(s, i);
}

struct vd_vrrp_config *
vd_vrrp_config_swap(struct vd_vrrp *v, struct vd_vrrp_config *c, vd_time now,
		struct vd_vrrp_actions *out)
{
	struct vrrp_step s = {v, out, now};
	struct vd_vrrp_config *old = v->config;
	vd_time interval[VD_VRRP_INSTANCES];

	vrrp_wake(&s);
	for (uint32_t k = 0; k < VD_VRRP_INSTANCES; k++) {
		struct vrrp_instance *i = &v->inst[k];

		interval[k] = i->c == NULL ? 0 : i->c->id.interval;
		swap_out(&s, i, c->slot[k]);
	}
	if (old == NULL)
		v->startup_until = now + c->startup_delay;
	v->config = c;
	for (uint32_t k = 0; k < VD_VRRP_INSTANCES; k++) {
		v->inst[k].c = c->slot[k];
		if (c->slot[k] != NULL && k >= v->high)
			v->high = k + 1;
		if (v->inst[k].before != NULL || c->slot[k] != NULL)
			vrrp_mark(v, &v->inst[k]);
	}
	for (uint32_t g = v->groups_high; g < VD_VRRP_GROUPS; g++)
		if (c->group[g].n > 0)
			v->groups_high = g + 1;
	for (uint32_t g = 0; g < v->groups_high; g++)
		vrrp_group_fault(v, g);
	v->refresh_later = true;
	for (uint32_t k = 0; k < v->high; k++)
		if (v->inst[k].c != NULL)
			swap_in(&s, &v->inst[k], interval[k]);
	for (uint32_t k = 0; k < v->high; k++)
		if (v->inst[k].c != NULL)
			swap_waiting(&s, &v->inst[k]);
	v->refresh_later = false;
	for (uint32_t g = 0; g < v->groups_high; g++)
		vrrp_group_refresh(&s, g);
	vrrp_publish(v);
	return old;
}

void
vd_vrrp_wall(struct vd_vrrp *v, uint64_t wall_ns_at_zero)
{
	v->wall_at_zero = wall_ns_at_zero;
}

/* ---- time ---- */

void
vd_vrrp_wake(struct vd_vrrp *v, vd_time now, struct vd_vrrp_actions *out)
{
	struct vrrp_step s = {v, out, now};

	vrrp_wake(&s);
	vrrp_publish(v);
}

void
vd_vrrp_tick(struct vd_vrrp *v, vd_time now, struct vd_vrrp_actions *out)
{
	struct vrrp_step s = {v, out, now};
	uint32_t slot;

	vrrp_wake(&s);
	/* What is at fault by now neither takes over nor says its old priority again. */
	vrrp_track_tick(&s);
	/* Each instance at most once: what a step makes due now is done with the next. */
	for (uint32_t n = 0; n < v->high && vd_timer_pop(v->timers, now, &slot); n++)
		vrrp_expire(&s, &v->inst[slot]);
	vrrp_publish(v);
}

vd_time
vd_vrrp_next(const struct vd_vrrp *v)
{
	return VD_MIN(vd_timer_next(v->timers), vd_timer_next(v->delays));
}

/* ---- the operator ---- */

int
vd_vrrp_priority(struct vd_vrrp *v, uint32_t slot, uint8_t priority, vd_time now,
		struct vd_vrrp_actions *out)
{
	struct vrrp_step s = {v, out, now};
	struct vrrp_instance *i;

	if (slot >= VD_VRRP_INSTANCES || v->inst[slot].c == NULL)
		return -ENOENT;
	i = &v->inst[slot];
	vrrp_wake(&s);
	i->override = priority;
	if (i->handed == VRRP_HANDED_TAKEN)
		i->handed = VRRP_HANDED_NO;
	vrrp_reckon_priority(&s, i);
	vrrp_publish(v);
	return 0;
}

static void
hand_over(struct vrrp_step *s, struct vrrp_instance *i, vd_time until)
{
	i->handed = VRRP_HANDED_WAITING;
	i->handed_until = until;
	vrrp_arm(s, i);
}

int
vd_vrrp_failover(struct vd_vrrp *v, uint32_t slot, vd_time timeout, vd_time now,
		struct vd_vrrp_actions *out)
{
	struct vrrp_step s = {v, out, now};
	struct vrrp_instance *i;
	int rc = -EALREADY;

	if (slot >= VD_VRRP_INSTANCES || v->inst[slot].c == NULL)
		return -ENOENT;
	i = &v->inst[slot];
	vrrp_wake(&s);
	if (i->state == VD_VRRP_STATE_MASTER) {
		vrrp_to_backup(&s, i, 1, VRRP_WHY(FAILOVER));
		hand_over(&s, i, now + timeout);
		for (uint32_t k = 0; k < v->high; k++)
			if (v->inst[k].c != NULL && v->inst[k].c->sync_group == i->c->sync_group &&
					i->c->sync_group != VD_VRRP_GROUP_NONE)
				hand_over(&s, &v->inst[k], now + timeout);
		rc = 0;
	}
	vrrp_publish(v);
	return rc;
}

static void
hold_on(struct vrrp_step *s, struct vrrp_instance *i, enum vd_vrrp_hold what)
{
	if (what == VD_VRRP_HOLD_SHUTDOWN)
		vrrp_to_init(s, i, VRRP_WHY(SHUTDOWN), false);
	else if (i->state == VD_VRRP_STATE_MASTER)
		vrrp_to_backup(s, i, 1,
				what == VD_VRRP_HOLD_STOPPED ? VRRP_WHY(STOPPED)
							     : VRRP_WHY(MAINTENANCE));
}

static void
hold_off(struct vrrp_step *s, struct vrrp_instance *i)
{
	if (i->state != VD_VRRP_STATE_BACKUP)
		return;
	i->timer_out = i->resigned = i->untaken = false;
	i->lower_priority = 0;
	i->down_at = s->now + vrrp_down_interval(i);
	vrrp_arm(s, i);
}

void
vd_vrrp_hold(struct vd_vrrp *v, enum vd_vrrp_hold what, bool on, vd_time now,
		struct vd_vrrp_actions *out)
{
	struct vrrp_step s = {v, out, now};
	uint32_t before = v->hold;

	vrrp_wake(&s);
	v->hold = on ? before | what : before & ~(uint32_t)what;
	for (uint32_t k = 0; k < v->high && v->hold != before; k++) {
		struct vrrp_instance *i = &v->inst[k];

		if (i->c == NULL)
			continue;
		if (on)
			hold_on(&s, i, what);
		else if (v->hold == 0)
			hold_off(&s, i);
		vrrp_mark(v, i);
	}
	for (uint32_t g = 0; g < v->groups_high; g++)
		vrrp_group_refresh(&s, g);
	vrrp_publish(v);
}

void
vd_vrrp_clear_stats(struct vd_vrrp *v)
{
	for (uint32_t k = 0; k < v->high; k++) {
		memset(&v->inst[k].stats, 0, sizeof(v->inst[k].stats));
		vrrp_mark(v, &v->inst[k]);
	}
	vrrp_publish(v);
}

/* ---- frames ---- */

/* A SEND of a swap goes by what the instance was before. */
static const struct vd_vrrp_instance_config *
config_of(const struct vd_vrrp *v, uint32_t slot, bool before)
{
	if (slot >= VD_VRRP_INSTANCES)
		return NULL;
	return before ? v->inst[slot].before : v->inst[slot].c;
}

size_t
vd_vrrp_frame(struct vd_vrrp *v, const struct vd_vrrp_action *send, uint32_t n,
		const struct vd_mac *mac, vd_time now, uint8_t *frame)
{
	const struct vd_vrrp_instance_config *c = config_of(v, send->slot, send->deleted);
	struct vd_vrrp_send f = {.priority = send->priority, .wall_ns = v->wall_at_zero + now};

	if (c == NULL || (c->id.unicast ? n >= c->peers.n || mac == NULL : n > 0))
		return 0;
	f.eth_src = c->mac;
	f.eth_dst = c->id.unicast ? *mac : vd_vrrp_group_mac(&c->group_addr);
	f.src = c->src;
	f.dst = c->id.unicast ? c->peers.v[n].addr : c->group_addr;
	f.ttl = c->ttl;
	return vd_vrrp_build(&c->id, &v->inst[send->slot].auth, &f, frame);
}

const struct vd_vrrp_peer *
vd_vrrp_peer_at(const struct vd_vrrp *v, const struct vd_vrrp_action *send, uint32_t n)
{
	const struct vd_vrrp_instance_config *c = config_of(v, send->slot, send->deleted);

	return c == NULL || n >= c->peers.n ? NULL : &c->peers.v[n];
}

bool
vd_vrrp_is_unicast(const struct vd_vrrp *v, const struct vd_vrrp_action *send)
{
	const struct vd_vrrp_instance_config *c = config_of(v, send->slot, send->deleted);

	return c != NULL && c->id.unicast;
}

uint32_t
vd_vrrp_ifid(const struct vd_vrrp *v, const struct vd_vrrp_action *send)
{
	const struct vd_vrrp_instance_config *c = config_of(v, send->slot, send->deleted);

	return c == NULL ? VD_VRRP_IF_NONE : c->ifid;
}
