/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold after every step: of one node (its published status, nothing overdue), and between nodes: who holds a
 * lease together with whom for how long, and who is MASTER when the network has been whole and quiet for long enough.
 *
 * Two leases at once. Let delay be the longest way of a frame, lag the longest lateness of a tick, I the longer of the two
 * intervals. A MASTER that hears a better one (higher priority, or equal and the greater address) yields in the same step.
 *  - Between two that heard each other all along, a second MASTER comes up only with better right (preemption, or both at
 *    once), and its first advert ends the other's lease: delay, and lag for what leaves with a tick.
 *  - After a loss, a cut, a pause or a change on either node ("bad"), both may be MASTER. From then on the better one's next
 *    advert leaves within I and lag: I + delay + 2 lag after what was bad, or after the second became MASTER if that is later.
 *  What was bad may show as late as a master down interval after it.
 *
 * The bound for quiet. Once the network is whole and nothing changes:
 *  - next hops of unicast peers that failed are asked for again within 1.25 s, and answered within 2 delay;
 *  - delays of tracked things, of the start and of a hand-over run off, D in all; then states FAULT are right, and whoever
 *    left it or is free to take over starts a master down timer;
 *  - within M, the longest master down interval by the longest interval in the VRID or its group (a group waits for its last
 *    member), somebody is MASTER, and within I more only the best of those that are;
 *  - a better node counts its preempt_delay P from that one's first advert, and then is MASTER within M, as its timer was
 *    last set anew before P was over; the other yields after delay.
 *  Together: 1.25 s (unicast) + D + 2 M + 2 I + P, and some delays and lags.
 */
#include "sim.h"
#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"

#define RESOLVE (VD_SEC + 250 * VD_MSEC)

/* Nothing hinders it: its timer, and those of its group, are over. */
static bool
overdue(const struct sim *s, uint32_t n, uint32_t v)
{
	const struct sim_node *o = &s->node[n];

	if (o->hold != 0 || s->now <= o->startup_until + s->lag)
		return false;
	for (uint32_t m = 0; m < s->n_vrids; m++) {
		const struct sim_inst *i = &o->inst[m];

		if (!sim_same_group(s, n, v, m) || !o->want[m].present ||
				i->state == VD_VRRP_STATE_MASTER)
			continue;
		if (i->state != VD_VRRP_STATE_BACKUP || s->now <= i->due_max + s->lag)
			return false;
		if (i->handed == SIM_HANDED_WAITING && s->now <= i->handed_until + s->lag)
			return false;
	}
	return true;
}

static void
watch_late(struct sim *s, uint32_t n, uint32_t v)
{
	const struct sim_node *o = &s->node[n];
	const struct sim_inst *i = &o->inst[v];

	if (o->life != SIM_UP || o->resumed == s->now)
		return;
	if (i->state == VD_VRRP_STATE_MASTER && s->now > i->beat + s->lag)
		sim_fail(s, "node %u vrid %u: no advert for %lu us after its beat", n, v,
				(s->now - i->beat) / VD_USEC);
	if (i->state == VD_VRRP_STATE_BACKUP && overdue(s, n, v))
		sim_fail(s, "node %u vrid %u: not MASTER %lu us after its timer", n, v,
				(s->now - i->due_max) / VD_USEC);
}

void
sim_watch_node(struct sim *s, uint32_t n)
{
	const struct sim_node *o = &s->node[n];

	for (uint32_t v = 0; v < s->n_vrids; v++) {
		const struct sim_inst *i = &o->inst[v];
		bool master = i->state == VD_VRRP_STATE_MASTER, faulty;
		struct vd_vrrp_status st;

		if (vd_director_lease_held(o->d, v) != master)
			sim_fail(s, "node %u vrid %u: %s, lease %s", n, v,
					vd_vrrp_state_name(i->state), master ? "free" : "held");
		if (vd_vrrp_status_read(vd_director_vrrp(o->d), v, &st) != o->want[v].present)
			sim_fail(s, "node %u vrid %u: present or not?", n, v);
		if (!o->want[v].present)
			continue;
		faulty = sim_faulty(s, n, v);
		if (st.state != i->state || st.effective_priority != sim_effective(s, n, v))
			sim_fail(s, "node %u vrid %u: %s %u, but should be %s %u", n, v,
					vd_vrrp_state_name(st.state), st.effective_priority,
					vd_vrrp_state_name(i->state), sim_effective(s, n, v));
		if (master && i->lease_until <= s->now)
			sim_fail(s, "node %u vrid %u: MASTER though its lease ran out", n, v);
		if (master && o->hold != 0)
			sim_fail(s, "node %u vrid %u: MASTER though held", n, v);
		if ((o->hold & VD_VRRP_HOLD_SHUTDOWN) != 0
						? i->state != VD_VRRP_STATE_INIT
						: (i->state == VD_VRRP_STATE_FAULT) != faulty ||
								i->state == VD_VRRP_STATE_INIT)
			sim_fail(s, "node %u vrid %u: %s, and %s", n, v,
					vd_vrrp_state_name(i->state),
					faulty ? "at fault" : "nothing is at fault");
	}
}

/* ---- two leases at once ---- */

static bool
holds(const struct sim *s, uint32_t n, uint32_t v)
{
	return s->node[n].life != SIM_DEAD && s->node[n].inst[v].lease_until > s->now;
}

static void
watch_pair(struct sim *s, uint32_t v, uint32_t a, uint32_t b)
{
	const struct sim_want *wa = &s->node[a].want[v], *wb = &s->node[b].want[v];
	struct sim_pair *p = &s->pair[v][a][b];
	vd_time interval = VD_MAX(wa->interval, wb->interval), clean, dirty, shows, limit;
	vd_time down = VD_MAX(wa->down, wb->down);

	if (!holds(s, a, v) || !holds(s, b, v)) {
		p->overlap = VD_TIME_NEVER;
		return;
	}
	if (s->node[a].life == SIM_PAUSED || s->node[b].life == SIM_PAUSED || s->now <= p->late)
		p->bad = s->now;
	if (p->overlap == VD_TIME_NEVER)
		p->overlap = s->now;
	clean = s->delay + s->lag;
	dirty = interval + s->delay + 2 * s->lag;
	shows = down * interval + 256 * sim_unit(s, v, interval) + dirty;
	limit = s->vrid[v].mixed || p->bad + shows >= p->overlap ? dirty : clean;
	if (s->now - VD_MAX(p->overlap, p->bad) > limit)
		sim_fail(s,
				"vrid %u: nodes %u and %u both hold the lease for %lu us, and the "
				"network "
				"has no part in it (limit %lu)",
				v, a, b, (s->now - p->overlap) / VD_USEC, limit / VD_USEC);
}

void
sim_watch_world(struct sim *s)
{
	for (uint32_t v = 0; v < s->n_vrids; v++)
		for (uint32_t a = 0; a < s->n_nodes; a++) {
			watch_late(s, a, v);
			for (uint32_t b = a + 1; b < s->n_nodes; b++)
				watch_pair(s, v, a, b);
		}
}

/* ---- addresses ---- */

/* Whoever says that it has a virtual address must hold its lease, which the director's steps already know of. */
void
sim_watch_neigh(struct sim *s, uint32_t n, const struct vd_neigh_action *a)
{
	struct vd_pkt_arp_msg arp;
	struct vd_pkt_nd_msg nd;
	uint32_t v = SIM_VRIDS;

	if (vd_pkt_is_arp(a->frame, a->len)) {
		if (vd_pkt_arp_parse(a->frame, a->len, &arp) == VD_PKT_OK)
			v = sim_vip_owner(s, &arp.sender);
	} else if (vd_pkt_nd_parse(a->frame, a->len, &nd) == VD_PKT_OK) {
		v = sim_vip_owner(s, nd.type == VD_PKT_ICMP6_NS ? &nd.src : &nd.target);
	}
	if (v != SIM_VRIDS && s->node[n].inst[v].lease_until <= s->now)
		sim_fail(s, "node %u vrid %u: speaks for a virtual address without the lease", n,
				v);
}

/* ---- quiet ---- */

static vd_time
quiet_delays(const struct sim *s)
{
	vd_time until = s->now;

	for (uint32_t n = 0; n < s->n_nodes; n++) {
		const struct sim_node *o = &s->node[n];

		if (o->life == SIM_DEAD)
			continue;
		until = VD_MAX(until, o->startup_until);
		for (uint32_t t = 0; t < SIM_TRACKS; t++)
			if (o->thing[t].pending)
				until = VD_MAX(until, o->thing[t].at);
		for (uint32_t v = 0; v < s->n_vrids; v++)
			if (o->inst[v].handed == SIM_HANDED_WAITING)
				until = VD_MAX(until, o->inst[v].handed_until);
	}
	return until - s->now;
}

/* The longest in use: configured, adopted, or on its way in an advert. */
static vd_time
longest_interval(const struct sim *s)
{
	vd_time interval = 0;

	for (uint32_t n = 0; n < s->n_nodes; n++)
		for (uint32_t v = 0; v < s->n_vrids; v++)
			interval = VD_MAX(interval,
					VD_MAX(s->node[n].want[v].interval,
							s->node[n].inst[v].interval));
	for (uint32_t k = 0; k < s->n_heap; k++)
		interval = VD_MAX(interval, s->frames[s->heap[k].frame].interval);
	return interval;
}

vd_time
sim_quiet_bound(const struct sim *s)
{
	vd_time interval = longest_interval(s), down = 0, preempt = 0, resolve = 0;

	for (uint32_t n = 0; n < s->n_nodes; n++)
		for (uint32_t v = 0; v < s->n_vrids; v++) {
			const struct sim_want *w = &s->node[n].want[v];

			preempt = VD_MAX(preempt, w->preempt_delay);
			if (s->vrid[v].unicast)
				resolve = RESOLVE;
		}
	for (uint32_t n = 0; n < s->n_nodes; n++)
		for (uint32_t v = 0; v < s->n_vrids; v++)
			down = VD_MAX(down,
					s->node[n].want[v].down * interval +
							256 * sim_unit(s, v, interval));
	return resolve + quiet_delays(s) + 2 * down + 2 * interval + preempt +
			8 * (s->delay + s->lag);
}

static bool
may_be_master(const struct sim *s, uint32_t n, uint32_t v)
{
	return s->node[n].life == SIM_UP && s->node[n].hold == 0 && s->node[n].want[v].present &&
			!sim_faulty(s, n, v);
}

/* In every VRID of the group n would take over from m. */
static bool
would_preempt(const struct sim *s, uint32_t n, uint32_t m, uint32_t v)
{
	for (uint32_t k = 0; k < s->n_vrids; k++) {
		if (!sim_same_group(s, n, v, k))
			continue;
		if (sim_effective(s, n, k) <= sim_effective(s, m, k) ||
				s->node[n].inst[k].handed != SIM_HANDED_NO ||
				(s->node[n].want[k].nopreempt && !sim_owner(s, n, k)))
			return false;
	}
	return true;
}

static void
watch_quiet_vrid(struct sim *s, uint32_t v)
{
	uint32_t masters = 0, able = 0, m = 0;

	for (uint32_t n = 0; n < s->n_nodes; n++) {
		bool may = may_be_master(s, n, v);

		able += may;
		if (s->node[n].life != SIM_UP || s->node[n].inst[v].state != VD_VRRP_STATE_MASTER)
			continue;
		masters++;
		m = n;
		if (!may)
			sim_fail(s, "vrid %u: node %u must not be MASTER", v, n);
	}
	if (masters != (able > 0))
		sim_fail(s, "vrid %u: %u masters in a quiet network, of %u nodes that may be", v,
				masters, able);
	for (uint32_t n = 0; masters == 1 && n < s->n_nodes; n++)
		if (n != m && may_be_master(s, n, v) && would_preempt(s, n, m, v))
			sim_fail(s, "vrid %u: node %u is MASTER, not the better node %u", v, m, n);
}

/* A node is MASTER of all members of a group, or of none. */
static void
watch_quiet_group(struct sim *s, uint32_t v)
{
	for (uint32_t n = 0; n < s->n_nodes; n++)
		for (uint32_t m = 0; m < v; m++)
			if (s->node[n].life == SIM_UP && sim_same_group(s, n, v, m) &&
					(s->node[n].inst[v].state == VD_VRRP_STATE_MASTER) !=
							(s->node[n].inst[m].state ==
									VD_VRRP_STATE_MASTER))
				sim_fail(s, "node %u: MASTER of one of vrids %u and %u", n, m, v);
}

void
sim_watch_quiet(struct sim *s)
{
	for (uint32_t v = 0; v < s->n_vrids; v++) {
		watch_quiet_vrid(s, v);
		watch_quiet_group(s, v);
	}
	s->quiets++;
}
