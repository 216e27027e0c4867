/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_director.h"

#include <stdlib.h>

#include "vd_timer.h"

struct lease {
	struct vd_director_lease config;
	bool held;
	bool told;     /* until was given out */
	vd_time until; /* of the last LEASE action */
};

struct vd_director {
	const struct vd_alloc *alloc;
	struct vd_neigh *neigh;
	struct vd_director_config *config;
	struct lease *leases; /* max of them */
	uint32_t max;
	struct vd_timer_heap *timers; /* i: renew or give up lease i; max + i: announce it again */
};

struct vd_director *
vd_director_create(const struct vd_director_params *params, const struct vd_alloc *alloc)
{
	struct vd_director *d;

	if (params->leases_max > VD_NEIGH_NO_LEASE)
		return NULL;
	d = vd_zalloc(alloc, sizeof(*d), 0);
	if (d == NULL)
		return NULL;
	d->alloc = alloc;
	d->max = VD_MAX(params->leases_max, 1u);
	d->neigh = vd_neigh_create(&params->neigh, alloc);
	d->leases = vd_zalloc(alloc, d->max * sizeof(*d->leases), 0);
	d->timers = vd_timer_create(2 * d->max, alloc);
	if (d->neigh == NULL || d->leases == NULL || d->timers == NULL) {
		vd_director_destroy(d);
		return NULL;
	}
	return d;
}

void
vd_director_destroy(struct vd_director *d)
{
	if (d == NULL)
		return;
	/* The engine frees the neighbours' configuration that it holds. */
	if (d->config != NULL)
		d->config->neigh = NULL;
	vd_director_config_free(d->config);
	vd_neigh_destroy(d->neigh);
	vd_timer_destroy(d->timers);
	vd_free(d->alloc, d->leases);
	vd_free(d->alloc, d);
}

const struct vd_neigh *
vd_director_neigh(const struct vd_director *d)
{
	return d->neigh;
}

struct vd_director_config *
vd_director_config_new(uint32_t n_leases)
{
	struct vd_director_config *c;

	c = vd_xcalloc(1, sizeof(*c) + n_leases * sizeof(c->leases[0]));
	c->n_leases = n_leases;
	for (uint32_t i = 0; i < n_leases; i++) {
		c->leases[i] = (struct vd_director_lease){
				.held = true,
				.duration = VD_DIRECTOR_LEASE,
				.garp_repeat = VD_DIRECTOR_GARP_REPEAT,
				.garp_delay = VD_DIRECTOR_GARP_DELAY,
				.garp_gap = VD_DIRECTOR_GARP_GAP,
		};
	}
	return c;
}

void
vd_director_config_free(struct vd_director_config *c)
{
	if (c == NULL)
		return;
	vd_neigh_config_free(c->neigh);
	free(c);
}

static bool
room(const struct vd_director_actions *out, uint32_t n)
{
	return out->cap - out->n >= n;
}

static struct vd_director_action *
act(struct vd_director_actions *out, enum vd_director_action_kind kind, uint32_t lease)
{
	struct vd_director_action *a = &out->v[out->n++];

	memset(a, 0, sizeof(*a));
	a->kind = kind;
	a->lease = (uint16_t)lease;
	return a;
}

static void
announce(struct vd_director *d, uint32_t i, vd_time now)
{
	const struct vd_director_lease *c = &d->leases[i].config;

	vd_neigh_announce_lease(d->neigh, (uint16_t)i, c->garp_repeat, c->garp_gap, now);
}

/* The LEASE actions themselves come from run_leases(), as room allows. */
static void
hold(struct vd_director *d, uint32_t i, bool held, vd_time now)
{
	struct lease *l = &d->leases[i];

	if (l->held == held)
		return;
	l->held = held;
	vd_neigh_lease_set(d->neigh, (uint16_t)i, held);
	vd_timer_set(d->timers, i, now);
	vd_timer_cancel(d->timers, d->max + i);
	if (!held)
		return;
	announce(d, i, now);
	if (l->config.garp_delay > 0)
		vd_timer_set(d->timers, d->max + i, now + l->config.garp_delay);
}

/* Lease i is due: renewed, or given up. */
static void
renew(struct vd_director *d, uint32_t i, vd_time now, struct vd_director_actions *out)
{
	struct lease *l = &d->leases[i];

	if (!l->held) {
		if (l->told)
			act(out, VD_DIRECTOR_ACT_LEASE, i)->until = 0;
		l->told = false;
		l->until = 0;
		return;
	}
	if (l->told && now > l->until) {
		act(out, VD_DIRECTOR_ACT_OVERSLEPT, i)->late = now - l->until;
		/* Others may have taken the addresses for theirs meanwhile. */
		announce(d, i, now);
	}
	l->told = true;
	l->until = now + l->config.duration;
	act(out, VD_DIRECTOR_ACT_LEASE, i)->until = l->until;
	vd_timer_set(d->timers, i, now + VD_MAX(l->config.duration / 3, (vd_time)1));
}

static void
run_leases(struct vd_director *d, vd_time now, struct vd_director_actions *out)
{
	uint32_t handle;

	while (room(out, 2) && vd_timer_pop(d->timers, now, &handle)) {
		if (handle < d->max)
			renew(d, handle, now, out);
		else
			announce(d, handle - d->max, now);
	}
}

static void
take_config(struct vd_director *d, struct vd_director_config *c, vd_time now,
		struct vd_director_actions *out)
{
	struct vd_director_config *old = d->config;
	struct vd_neigh_config *old_neigh;

	/* First the addresses, so that leases announce the new ones. */
	old_neigh = vd_neigh_config_swap(d->neigh, c->neigh, now);
	if (old != NULL)
		old->neigh = old_neigh;
	else
		vd_neigh_config_free(old_neigh);
	d->config = c;
	for (uint32_t i = 0; i < d->max; i++) {
		if (i < c->n_leases)
			d->leases[i].config = c->leases[i];
		hold(d, i, i < c->n_leases && c->leases[i].held, now);
	}
	if (old != NULL)
		act(out, VD_DIRECTOR_ACT_RETIRED, 0)->config = old;
}

void
vd_director_step(struct vd_director *d, struct vd_director_event *event, vd_time now,
		struct vd_director_actions *out)
{
	/*
	 * A configuration needs room for the one that it retires; with room for three, there is
	 * some left after this.
	 */
	out->cap -= 1;
	run_leases(d, now, out);
	out->cap += 1;
	switch (event->kind) {
	case VD_DIRECTOR_TICK:
		break;
	case VD_DIRECTOR_CONFIG:
		take_config(d, event->config, now, out);
		break;
	case VD_DIRECTOR_FRAME:
		event->rx = vd_neigh_rx(
				d->neigh, event->ifid, event->frame, event->len, now, &out->neigh);
		break;
	case VD_DIRECTOR_RESOLVE:
		vd_neigh_resolve(d->neigh, event->ifid, &event->addr, now, &out->neigh);
		break;
	case VD_DIRECTOR_USED:
		vd_neigh_used(d->neigh, event->idx, event->gen, now, &out->neigh);
		break;
	case VD_DIRECTOR_LINK_UP:
		vd_neigh_announce_interface(d->neigh, event->ifid, VD_NEIGH_ANNOUNCE_ROUNDS,
				VD_NEIGH_ANNOUNCE_GAP, now);
		break;
	case VD_DIRECTOR_HOLD:
		if (d->config != NULL && event->lease < d->config->n_leases)
			hold(d, event->lease, event->held, now);
		break;
	}
	run_leases(d, now, out);
	vd_neigh_tick(d->neigh, now, &out->neigh);
}

vd_time
vd_director_next(const struct vd_director *d)
{
	vd_time leases = vd_timer_next(d->timers), neigh = vd_neigh_next(d->neigh);

	return VD_MIN(leases, neigh);
}

vd_time
vd_director_lease_until(const struct vd_director *d, uint16_t lease)
{
	return lease < d->max && d->leases[lease].held ? d->leases[lease].until : 0;
}
