/* SPDX-License-Identifier: BSD-3-Clause */
/* A node: its director's life, what reaches it, and its actions carried out. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static struct vd_director_actions out;

/* One advert to the group, or one to each peer. */
static void
send_adverts(struct sim *s, uint32_t n, const struct vd_vrrp_action *a, const struct sim_want *w)
{
	struct sim_node *o = &s->node[n];
	uint8_t bytes[VD_VRRP_FRAME_MAX];
	uint32_t ifid;
	size_t len;

	for (uint32_t k = 0; vd_director_advert(o->d, a, k, s->now, &out, bytes, &len, &ifid);
			k++) {
		struct sim_frame *f;

		if (len == 0) { /* the peers are the other nodes, in their order */
			sim_mark_bad(s, n, k < n ? k : k + 1, a->slot);
			continue;
		}
		if (len > SIM_FRAME_ROOM || ifid != s->vrid[a->slot].seg) {
			sim_fail(s, "node %u vrid %u: advert of %zu bytes out of interface %u", n,
					a->slot, len, ifid);
			continue;
		}
		if ((s->trace & 2) != 0)
			sim_trace(s, "node %u vrid %u: advert, priority %u", n, a->slot,
					a->priority);
		f = sim_frame_new(s, ifid, n);
		memcpy(f->bytes, bytes, len);
		f->len = (uint16_t)len;
		f->vrrp = true;
		f->v = (uint8_t)a->slot;
		f->priority = a->priority;
		f->interval = w[a->slot].interval;
		f->n_vips = w[a->slot].n_vips;
		sim_transmit(s, f);
	}
}

static void
send_neigh(struct sim *s, uint32_t n)
{
	for (uint32_t k = 0; k < out.neigh.n; k++) {
		const struct vd_neigh_action *a = &out.neigh.v[k];
		struct sim_frame *f;

		if (a->kind != VD_NEIGH_ACT_SEND)
			continue;
		sim_watch_neigh(s, n, a);
		f = sim_frame_new(s, a->ifid, n);
		memcpy(f->bytes, a->frame, a->len);
		f->len = a->len;
		sim_transmit(s, f);
	}
}

/* VRRP's actions in their order, then the neighbour engine's. old: what goes is sent by that. */
static void
carry_out(struct sim *s, uint32_t n, const struct sim_cause *c, const struct sim_want *old)
{
	struct sim_node *o = &s->node[n];

	if (out.vrrp.lost != 0)
		sim_fail(s, "node %u: actions lost", n);
	for (uint32_t k = 0; k < out.vrrp.n; k++) {
		const struct vd_vrrp_action *a = &out.vrrp.v[k];

		if (a->slot >= s->n_vrids && a->kind != VD_VRRP_ACT_GROUP) {
			sim_fail(s, "node %u: action for slot %u", n, a->slot);
			continue;
		}
		sim_acts(s, n, c, &out.vrrp, k);
		if (a->kind == VD_VRRP_ACT_SEND)
			send_adverts(s, n, a, old != NULL && a->deleted ? old : o->want);
	}
	if (out.neigh.n == out.neigh.cap)
		sim_fail(s, "node %u: no room for the neighbour engine", n);
	send_neigh(s, n);
	out.vrrp.n = out.neigh.n = 0;
	s->steps++;
	sim_mirror_after(s, n, c);
	sim_watch_node(s, n);
	sim_watch_world(s);
}

/* A control loop is late by as much as the lag, at most. */
static void
wake_later(struct sim *s, uint32_t n)
{
	struct sim_node *o = &s->node[n];
	vd_time next = vd_director_next(o->d), late;

	if (next == o->next_seen)
		return;
	o->next_seen = next;
	late = sim_between(&s->net_rng, 0, s->lag);
	o->wake = next == VD_TIME_NEVER ? VD_TIME_NEVER : VD_MAX(s->now, next + late);
}

static uint64_t
received(const struct sim_node *o, uint32_t v)
{
	struct vd_vrrp_status st;

	return vd_vrrp_status_read(vd_director_vrrp(o->d), v, &st) ? st.stats.adverts_received : 0;
}

void
sim_node_event(struct sim *s, uint32_t n, const struct vd_director_event *e,
		const struct sim_frame *frame)
{
	struct sim_node *o = &s->node[n];
	bool takes = frame != NULL && frame->vrrp && sim_accepts(s, n, frame);
	struct sim_cause c = {.event = e, .frame = takes ? frame : NULL};
	enum vd_drop drop = 0;
	uint64_t before = 0;

	if (frame != NULL && frame->vrrp) {
		before = received(o, frame->v);
		if (!takes)
			sim_mark_bad(s, n, SIM_NODES, frame->v);
	}
	sim_mirror_before(s, n, &c);
	(void)vd_director_step(o->d, e, s->now, &out, &drop);
	if (frame != NULL && frame->vrrp && (received(o, frame->v) != before) != takes)
		sim_fail(s, "node %u vrid %u: advert from %u %s", n, frame->v, frame->from,
				takes ? "refused" : "taken");
	carry_out(s, n, &c, NULL);
	wake_later(s, n);
}

void
sim_node_tick(struct sim *s, uint32_t n)
{
	static const struct vd_director_event tick = {.kind = VD_DIRECTOR_EVENT_TICK};
	struct sim_node *o = &s->node[n];
	uint32_t rounds = 0;

	o->next_seen = 0; /* the next wake is anew */
	if (o->ms != s->now / VD_MSEC) {
		o->ms = s->now / VD_MSEC;
		o->ticks = 0;
	}
	do {
		sim_node_event(s, n, &tick, NULL);
		if (++o->ticks > SIM_TICKS_MS || ++rounds > 8) {
			sim_fail(s, "node %u: %u ticks within one millisecond", n, o->ticks);
			break;
		}
	} while (!s->failed && vd_director_next(o->d) <= s->now);
}

void
sim_node_frame(struct sim *s, uint32_t n, uint32_t frame)
{
	struct sim_node *o = &s->node[n];
	struct sim_frame *f = &s->frames[frame];
	struct vd_director_event e = {
			.kind = f->vrrp ? VD_DIRECTOR_EVENT_VRRP : VD_DIRECTOR_EVENT_FRAME,
			.ifid = f->seg,
			.frame = f->bytes,
			.len = f->len,
	};

	if (o->life == SIM_DEAD)
		return;
	if (o->life == SIM_UP) {
		sim_node_event(s, n, &e, f);
	} else if (o->n_backlog < SIM_BACKLOG) {
		f->refs++;
		o->backlog[o->n_backlog++] = frame;
	}
}

/* ---- life ---- */

static void
tell_ports(struct sim *s, uint32_t n)
{
	for (uint32_t seg = 0; seg < SIM_SEGMENTS; seg++) {
		const struct vd_director_event e = {
				.kind = VD_DIRECTOR_EVENT_TRACK, .idx = seg, .on = false};

		if (s->node[n].port_down[seg])
			sim_node_event(s, n, &e, NULL);
	}
}

void
sim_node_start(struct sim *s, uint32_t n)
{
	struct sim_node *o = &s->node[n];
	const struct vd_neigh_params params = {.slots = 64, .seed = vd_rng_next(&s->net_rng)};
	const struct sim_cause c = {NULL, NULL};

	sim_trace(s, "node %u starts", n);
	o->d = vd_director_create(&params, &vd_alloc_libc);
	o->life = SIM_UP;
	o->next_seen = 0;
	o->wake = VD_TIME_NEVER;
	sim_mirror_start(s, n);
	sim_mark_bad(s, n, SIM_NODES, SIM_VRIDS);
	if (out.neigh.v == NULL)
		vd_director_actions_init(&out);
	(void)vd_director_config_swap(o->d, sim_config(s, n), s->now, &out);
	carry_out(s, n, &c, NULL);
	wake_later(s, n);
	tell_ports(s, n);
}

static void
forget(struct sim *s, struct sim_node *o)
{
	for (uint32_t k = 0; k < o->n_backlog; k++)
		sim_frame_unref(s, o->backlog[k]);
	o->n_backlog = 0;
}

void
sim_node_kill(struct sim *s, uint32_t n)
{
	struct sim_node *o = &s->node[n];

	if (o->life == SIM_DEAD)
		return;
	sim_trace(s, "node %u is gone", n);
	forget(s, o);
	vd_director_destroy(o->d);
	o->d = NULL;
	o->life = SIM_DEAD;
	o->wake = VD_TIME_NEVER;
	sim_mirror_start(s, n);
	sim_mark_bad(s, n, SIM_NODES, SIM_VRIDS);
	sim_watch_world(s);
}

void
sim_node_pause(struct sim *s, uint32_t n, vd_time until)
{
	struct sim_node *o = &s->node[n];

	sim_trace(s, "node %u pauses for %lu us", n, (until - s->now) / VD_USEC);
	o->life = SIM_PAUSED;
	o->resume_at = until;
	sim_mark_bad(s, n, SIM_NODES, SIM_VRIDS);
}

/* What waited meanwhile may come before or after the timers, and either kind of frame before the other. */
void
sim_node_resume(struct sim *s, uint32_t n)
{
	struct sim_node *o = &s->node[n];
	uint32_t order = vd_rng_below(&s->rng, 4), count = o->n_backlog, frame;

	sim_trace(s, "node %u goes on, with %u frames waiting (order %u)", n, count, order);
	o->life = SIM_UP;
	o->resumed = s->now;
	sim_mark_bad(s, n, SIM_NODES, SIM_VRIDS);
	if (order == 0)
		sim_node_tick(s, n);
	for (uint32_t pass = 0; pass < 2; pass++)
		for (uint32_t k = 0; k < count && !s->failed; k++) {
			frame = o->backlog[k];
			if (order < 2 ? pass == 0 : s->frames[frame].vrrp == (pass == (order == 2)))
				sim_node_frame(s, n, frame);
		}
	if (order != 0 && !s->failed)
		sim_node_tick(s, n);
	forget(s, o);
}

void
sim_node_reload(struct sim *s, uint32_t n, const struct sim_want *old)
{
	struct sim_node *o = &s->node[n];
	const struct sim_cause c = {NULL, NULL};
	struct vd_director_config *before;

	memcpy(s->reload_from, old, sizeof(s->reload_from));
	sim_mirror_reload(s, n, old);
	sim_mark_bad(s, n, SIM_NODES, SIM_VRIDS);
	before = vd_director_config_swap(o->d, sim_config(s, n), s->now, &out);
	carry_out(s, n, &c, old);
	vd_director_config_free(before);
	wake_later(s, n);
}
