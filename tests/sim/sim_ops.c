/* SPDX-License-Identifier: BSD-3-Clause */
/* The operations of a schedule: what happens to links and nodes, and what operators do. */
#include <string.h>

#include "sim.h"

static uint32_t
any_node(struct sim *s)
{
	return vd_rng_below(&s->rng, s->n_nodes);
}

static void
tell(struct sim *s, uint32_t n, enum vd_director_event_kind kind, uint32_t idx, bool on,
		int64_t value, vd_time time)
{
	const struct vd_director_event e = {
			.kind = kind,
			.ifid = idx < SIM_SEGMENTS ? idx : 0,
			.idx = idx,
			.on = on,
			.value = value,
			.time = time,
	};

	sim_mark_bad(s, n, SIM_NODES, SIM_VRIDS);
	sim_node_event(s, n, &e, NULL);
}

/* ---- links ---- */

static void
set_link(struct sim *s, uint32_t seg, uint32_t a, uint32_t b, uint32_t what, uint32_t much)
{
	struct sim_link *l = &s->link[seg][a][b];

	if (what == 0)
		l->loss = (uint8_t)(10 * (1 + much % 10));
	else if (what == 1)
		l->extra = (1 + much % 16) * s->base / 4;
	else if (what == 2)
		l->dup = (uint8_t)(10 * (1 + much % 5));
	else if (what == 3)
		l->reorder = true;
	else
		l->cut = true;
}

/* One direction, one pair, one node with all others, or everybody. */
static void
op_link(struct sim *s)
{
	uint32_t seg = vd_rng_below(&s->rng, SIM_SEGMENTS), what = vd_rng_below(&s->rng, 5);
	uint32_t shape = vd_rng_below(&s->rng, 4), x = any_node(s), y = any_node(s);
	uint32_t much = vd_rng_below(&s->rng, 1000);

	sim_trace(s, "link %u: %s, shape %u of %u and %u", seg,
			(const char *[]){"loss", "delay", "duplicates", "reorder", "cut"}[what],
			shape, x, y);
	for (uint32_t a = 0; a < s->n_nodes; a++)
		for (uint32_t b = 0; b < s->n_nodes; b++)
			if ((shape == 0 && a == x && b == y) ||
					(shape == 1 && (a == x || a == y) && (b == x || b == y)) ||
					(shape == 2 && (a == x || b == x)) || shape == 3)
				set_link(s, seg, a, b, what, much);
}

/* Two sides that do not hear each other, on one network or on all. */
static void
op_partition(struct sim *s)
{
	uint32_t sides = vd_rng_below(&s->rng, 1u << s->n_nodes);
	uint32_t only = vd_rng_below(&s->rng, SIM_SEGMENTS + 1);
	bool one_way = sim_chance(s, 25);

	sim_trace(s, "partition 0x%x of link %u%s", sides, only, one_way ? ", one way" : "");
	for (uint32_t seg = 0; seg < SIM_SEGMENTS; seg++)
		for (uint32_t a = 0; a < s->n_nodes; a++)
			for (uint32_t b = 0; b < s->n_nodes; b++) {
				bool here = (sides >> a & 1) != 0, there = (sides >> b & 1) != 0;

				if ((only == SIM_SEGMENTS || only == seg) && here != there &&
						(here || !one_way))
					s->link[seg][a][b].cut = true;
			}
}

static void
op_heal(struct sim *s)
{
	sim_trace(s, "the links are whole again");
	sim_net_heal(s);
}

static void
set_port(struct sim *s, uint32_t n, uint32_t seg, bool up)
{
	struct sim_node *o = &s->node[n];

	sim_trace(s, "node %u: port %u %s", n, seg, up ? "up" : "down");
	o->port_down[seg] = !up;
	if (o->life != SIM_UP)
		return;
	tell(s, n, VD_DIRECTOR_EVENT_TRACK, seg, up, 0, 0);
	if (up && !s->failed)
		tell(s, n, VD_DIRECTOR_EVENT_LINK_UP, seg, true, 0, 0);
}

static void
op_port(struct sim *s)
{
	uint32_t n = any_node(s), seg = vd_rng_below(&s->rng, SIM_SEGMENTS);

	if (s->node[n].life != SIM_PAUSED)
		set_port(s, n, seg, s->node[n].port_down[seg]);
}

/* ---- nodes ---- */

static void
op_life(struct sim *s)
{
	uint32_t n = any_node(s);
	struct sim_node *o = &s->node[n];

	if (o->life == SIM_PAUSED)
		return;
	if (o->life == SIM_DEAD) {
		sim_node_start(s, n);
		return;
	}
	if (sim_chance(s, 50)) {
		sim_trace(s, "node %u is told to stop", n);
		tell(s, n, VD_DIRECTOR_EVENT_HOLD, VD_VRRP_HOLD_SHUTDOWN, true, 0, 0);
	}
	sim_node_kill(s, n);
	if (sim_chance(s, 40))
		sim_node_start(s, n);
}

static void
op_pause(struct sim *s)
{
	uint32_t n = any_node(s);

	if (s->node[n].life == SIM_UP)
		sim_node_pause(s, n, s->now + sim_between(&s->rng, s->base / 20, 8 * s->base));
}

static void
op_track(struct sim *s, uint32_t n)
{
	uint32_t t = SIM_SEGMENTS + vd_rng_below(&s->rng, SIM_TRACKS - SIM_SEGMENTS);
	bool up = sim_chance(s, 60);

	sim_trace(s, "node %u: thing %u %s", n, t, up ? "up" : "down");
	tell(s, n, VD_DIRECTOR_EVENT_TRACK, t, up, 0, 0);
}

/* The operator sets priorities of groups as a whole: otherwise two groups may each want to lead, for good. */
static void
op_priority(struct sim *s, uint32_t n)
{
	static const uint8_t some[] = {0, 0, 0, 1, 100, 200, 254, 255};
	uint8_t p = some[vd_rng_below(&s->rng, VD_ARRAY_LEN(some))];
	uint32_t v = vd_rng_below(&s->rng, s->n_vrids);

	sim_trace(s, "node %u vrid %u: the operator's priority is %u", n, v, p);
	for (uint32_t m = 0; m < s->n_vrids && !s->failed; m++)
		if (sim_same_group(s, n, v, m))
			tell(s, n, VD_DIRECTOR_EVENT_PRIORITY, m, true, p, 0);
}

static void
op_hold(struct sim *s, uint32_t n)
{
	uint32_t what = sim_chance(s, 70) ? VD_VRRP_HOLD_MAINTENANCE : VD_VRRP_HOLD_STOPPED;
	bool on = (s->node[n].hold & what) == 0;

	sim_trace(s, "node %u: hold %u %s", n, what, on ? "on" : "off");
	tell(s, n, VD_DIRECTOR_EVENT_HOLD, what, on, 0, 0);
}

static void
op_failover(struct sim *s)
{
	uint32_t v = vd_rng_below(&s->rng, s->n_vrids);
	vd_time timeout = sim_between(&s->rng, s->base / 4, 8 * s->base);

	for (uint32_t n = 0; n < s->n_nodes; n++) {
		if (s->node[n].life != SIM_UP || s->node[n].inst[v].state != VD_VRRP_STATE_MASTER)
			continue;
		sim_trace(s, "node %u vrid %u: hand over within %lu us", n, v, timeout / VD_USEC);
		tell(s, n, VD_DIRECTOR_EVENT_FAILOVER, v, true, 0, timeout);
		return;
	}
}

/* ---- reload ---- */

/* What all nodes must change together: the number of addresses, the interval, who is in the group. */
struct change {
	uint8_t n_vips;   /* 0: as it was */
	vd_time interval; /* likewise */
	bool join, leave;
};

static struct change
random_change(struct sim *s, uint32_t v)
{
	struct change c = {0};

	switch (vd_rng_below(&s->rng, 4)) {
	case 0:
		c.interval = s->vrid[v].version == 2 ? 0 : s->base * (1 + vd_rng_below(&s->rng, 3));
		break;
	case 1:
		c.join = true;
		break;
	case 2:
		c.leave = true;
		break;
	default:
		c.n_vips = (uint8_t)(1 + vd_rng_below(&s->rng, SIM_VIPS));
		break;
	}
	return c;
}

static void
change_want(struct sim *s, uint32_t n, uint32_t v, const struct change *c)
{
	struct sim_want *w = &s->node[n].want[v];

	if (c->n_vips != 0) {
		w->n_vips = c->n_vips;
		w->n_excluded = 0;
	}
	if (c->interval != 0)
		w->interval = c->interval;
	if (c->join || c->leave)
		w->group = c->join ? 0 : SIM_NO_GROUP;
	w->present |= c->join;
	sim_want_group(s, n);
}

static void
reload_all(struct sim *s)
{
	uint32_t v = vd_rng_below(&s->rng, s->n_vrids);
	struct change c = random_change(s, v);

	for (uint32_t n = 0; n < s->n_nodes; n++)
		if (s->node[n].life == SIM_PAUSED)
			return;
	sim_trace(s, "reload of all, vrid %u: %u addresses, interval %lu us%s", v, c.n_vips,
			c.interval / VD_USEC,
			c.join                    ? ", joins the group"
					: c.leave ? ", leaves the group"
						  : "");
	for (uint32_t n = 0; n < s->n_nodes && !s->failed; n++) {
		struct sim_want old[SIM_VRIDS];

		memcpy(old, s->node[n].want, sizeof(old));
		change_want(s, n, v, &c);
		if (s->node[n].life != SIM_UP)
			continue;
		sim_node_reload(s, n, old);
		/* Members of a group have one rank. */
		for (uint32_t m = 0; c.join && m < s->n_vrids && !s->failed; m++)
			tell(s, n, VD_DIRECTOR_EVENT_PRIORITY, m, true, 0, 0);
	}
}

static void
reload_one(struct sim *s, uint32_t n)
{
	struct sim_want old[SIM_VRIDS], *w;
	uint32_t v = vd_rng_below(&s->rng, s->n_vrids);

	memcpy(old, s->node[n].want, sizeof(old));
	w = &s->node[n].want[v];
	switch (vd_rng_below(&s->rng, 6)) {
	case 0:
		w->present = w->group != SIM_NO_GROUP || !w->present;
		break;
	case 1:
		w->no_address = !w->no_address;
		break;
	case 2:
	case 3:
		sim_want_random(s, n, v);
		w->interval = old[v].interval;
		w->present = old[v].present;
		break;
	case 4:
		w->n_excluded = (uint8_t)vd_rng_below(&s->rng, SIM_VIPS - w->n_vips + 1u);
		w->garp_refresh = sim_chance(s, 50) ? 5 * s->base : 0;
		break;
	default: /* nothing changed */
		break;
	}
	sim_want_group(s, n);
	sim_trace(s, "node %u: reload, vrid %u: %s%s priority %u%s, preempt delay %lu us", n, v,
			w->present ? "present" : "absent", w->no_address ? " no address" : "",
			w->priority, w->nopreempt ? " nopreempt" : "", w->preempt_delay / VD_USEC);
	sim_node_reload(s, n, old);
}

/* ---- quiet ---- */

/* The network is made whole, and most nodes able again. */
static void
op_quiet(struct sim *s)
{
	sim_trace(s, "quiet from now on");
	sim_net_heal(s);
	for (uint32_t n = 0; n < s->n_nodes && !s->failed; n++) {
		struct sim_node *o = &s->node[n];

		if (o->life == SIM_PAUSED)
			sim_node_resume(s, n);
		for (uint32_t seg = 0; seg < SIM_SEGMENTS && !s->failed; seg++)
			if (o->port_down[seg])
				set_port(s, n, seg, true);
		if (s->failed)
			return;
		if (o->life == SIM_DEAD && sim_chance(s, 50))
			sim_node_start(s, n);
		else if (o->life == SIM_UP && o->hold != 0 && sim_chance(s, 70))
			tell(s, n, VD_DIRECTOR_EVENT_HOLD,
					VD_VRRP_HOLD_MAINTENANCE | VD_VRRP_HOLD_STOPPED, false, 0,
					0);
	}
	s->quiet_at = VD_MAX(s->now, s->chaos_until);
	s->op_at = s->quiet_at + sim_quiet_bound(s);
}

/* The bound is over: whoever is to be MASTER is, stays so, and alone answers for the addresses. */
void
sim_op_settled(struct sim *s)
{
	vd_time longest = 0;

	sim_watch_quiet(s);
	sim_trace(s, "settled");
	s->settled = true;
	for (uint32_t v = 0; v < s->n_vrids; v++) {
		s->answers[v] = 0;
		sim_client_ask(s, v);
		longest = VD_MAX(longest, s->vrid[v].interval);
	}
	s->quiet_at = VD_TIME_NEVER;
	s->op_at = s->now + 2 * s->delay + s->lag + sim_between(&s->rng, longest, 5 * longest);
	s->ops_to_quiet = 15 + vd_rng_below(&s->rng, 30);
}

static void
unsettle(struct sim *s)
{
	for (uint32_t v = 0; v < s->n_vrids; v++) {
		uint32_t want = 0;

		for (uint32_t n = 0; n < s->n_nodes; n++)
			if (s->node[n].life == SIM_UP &&
					s->node[n].inst[v].state == VD_VRRP_STATE_MASTER)
				want += (uint32_t)s->node[n].want[v].n_vips +
						s->node[n].want[v].n_excluded;
		if (s->answers[v] != want)
			sim_fail(s, "vrid %u: %u answers for %u addresses", v, s->answers[v], want);
	}
	s->settled = false;
}

static void
op_node(struct sim *s, uint32_t kind)
{
	uint32_t n = any_node(s);

	if (s->node[n].life != SIM_UP)
		return;
	if (kind < 52)
		op_track(s, n);
	else if (kind < 62)
		op_priority(s, n);
	else if (kind < 70)
		op_hold(s, n);
	else
		reload_one(s, n);
}

void
sim_op(struct sim *s)
{
	uint32_t kind = vd_rng_below(&s->rng, 100);

	if (s->settled)
		unsettle(s);
	s->ops_left--;
	s->op_at = s->now + sim_between(&s->rng, 0, sim_chance(s, 10) ? 8 * s->base : 2 * s->base);
	if (s->ops_to_quiet == 0 || --s->ops_to_quiet == 0) {
		op_quiet(s);
		return;
	}
	if (s->calm && kind < 38)
		kind += 38;
	if (kind < 14)
		op_link(s);
	else if (kind < 20)
		op_partition(s);
	else if (kind < 26)
		op_heal(s);
	else if (kind < 31)
		op_port(s);
	else if (kind < 38)
		op_pause(s);
	else if (kind < 44)
		op_life(s);
	else if (kind < 80)
		op_node(s, kind);
	else if (kind < 88)
		op_failover(s);
	else if (kind < 92)
		reload_all(s);
	else
		sim_client_ask(s, vd_rng_below(&s->rng, s->n_vrids));
}
