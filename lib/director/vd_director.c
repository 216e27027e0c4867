/* SPDX-License-Identifier: BSD-3-Clause */
/* Events to the engines, their actions out, and the leases. */
#include <string.h>

#include "director_priv.h"

void
vd_director_actions_init(struct vd_director_actions *out)
{
	out->neigh.v = out->neigh_store;
	out->neigh.n = 0;
	out->neigh.cap = VD_DIRECTOR_NEIGH_ACTIONS;
	out->n_leases = 0;
}

struct vd_director *
vd_director_create(const struct vd_neigh_params *neigh, const struct vd_alloc *alloc)
{
	struct vd_director *d = vd_zalloc(alloc, sizeof(*d), VD_CACHE_LINE);

	if (d == NULL)
		return NULL;
	d->alloc = *alloc;
	d->next = VD_TIME_NEVER;
	d->neigh = vd_neigh_create(neigh, alloc);
	if (d->neigh == NULL) {
		vd_free(alloc, d);
		return NULL;
	}
	return d;
}

void
vd_director_destroy(struct vd_director *d)
{
	struct vd_alloc alloc;

	if (d == NULL)
		return;
	alloc = d->alloc;
	vd_neigh_destroy(d->neigh);
	vd_director_config_free(d->config);
	vd_free(&alloc, d);
}

static bool
lease_action(struct vd_director_actions *out, enum vd_director_lease_kind kind, uint32_t lease,
		vd_time until, vd_time late)
{
	if (out->n_leases == VD_DIRECTOR_LEASE_ACTIONS)
		return false;
	out->lease[out->n_leases++] = (struct vd_director_lease_action){kind, lease, until, late};
	return true;
}

static void
lease_announce(struct vd_director *d, uint32_t lease, vd_time now)
{
	(void)vd_neigh_announce_lease(d->neigh, (uint16_t)lease, VD_DIRECTOR_ANNOUNCE_ROUNDS,
			VD_DIRECTOR_ANNOUNCE_GAP, now);
}

static vd_time
lease_renew_at(const struct director_lease *l)
{
	return l->until - l->length + l->length / 3;
}

/* Due work of one lease; false when the actions are full. */
static bool
lease_tick(struct vd_director *d, uint32_t i, vd_time now, struct vd_director_actions *out)
{
	struct director_lease *l = &d->lease[i];

	if (now >= l->again) {
		l->again = VD_TIME_NEVER;
		lease_announce(d, i, now);
	}
	if (now < lease_renew_at(l))
		return true;
	if (now >= l->until) {
		if (!lease_action(out, VD_DIRECTOR_LEASE_OVERSLEPT, i, 0, now - l->until))
			return false;
		lease_announce(d, i, now);
		l->again = now + VD_DIRECTOR_ANNOUNCE_AGAIN;
	}
	if (!lease_action(out, VD_DIRECTOR_LEASE_RENEWED, i, now + l->length, 0))
		return false;
	l->until = now + l->length;
	return true;
}

static void
leases_tick(struct vd_director *d, vd_time now, struct vd_director_actions *out)
{
	vd_time next = VD_TIME_NEVER;

	if (now < d->next)
		return;
	for (uint32_t i = 0; i < d->high; i++) {
		struct director_lease *l = &d->lease[i];

		if (!l->held)
			continue;
		if (!lease_tick(d, i, now, out)) {
			d->next = now; /* the rest with the next tick */
			return;
		}
		next = VD_MIN(next, VD_MIN(l->again, lease_renew_at(l)));
	}
	d->next = next;
}

static void
lease_begin(struct vd_director *d, uint32_t i, vd_time length, vd_time now)
{
	struct director_lease *l = &d->lease[i];

	vd_store_relaxed(&l->held, true);
	l->length = length;
	l->until = now + length * 2 / 3; /* so that it is renewed, for the first time, now */
	l->again = now + VD_DIRECTOR_ANNOUNCE_AGAIN;
	if (i >= d->high)
		d->high = i + 1;
	vd_neigh_lease_set(d->neigh, (uint16_t)i, true);
	lease_announce(d, i, now);
}

struct vd_director_config *
vd_director_config_swap(struct vd_director *d, struct vd_director_config *c, vd_time now,
		struct vd_director_actions *out)
{
	struct vd_director_config *old = d->config;
	struct vd_neigh_config *old_neigh;

	old_neigh = vd_neigh_config_swap(d->neigh, c->neigh, now);
	c->neigh = NULL;
	if (old != NULL)
		old->neigh = old_neigh; /* main frees both */
	d->config = c;
	for (uint32_t i = 0; i < VD_DIRECTOR_LEASES; i++) {
		struct director_lease *l = &d->lease[i];

		if (c->length[i] == 0 && l->held) {
			vd_store_relaxed(&l->held, false);
			vd_neigh_lease_set(d->neigh, (uint16_t)i, false);
			(void)lease_action(out, VD_DIRECTOR_LEASE_ENDED, i, 0, 0);
		} else if (c->length[i] != 0 && !l->held) {
			lease_begin(d, i, c->length[i], now);
		} else if (l->held) {
			l->length = c->length[i];
			/* Never longer than what the workers were told. */
			l->until = VD_MIN(l->until, now + l->length);
		}
	}
	d->next = now;
	leases_tick(d, now, out);
	return old;
}

bool
vd_director_step(struct vd_director *d, const struct vd_director_event *e, vd_time now,
		struct vd_director_actions *out)
{
	switch (e->kind) {
	case VD_DIRECTOR_EVENT_FRAME:
		return vd_neigh_rx(d->neigh, e->ifid, e->frame, e->len, now, &out->neigh) ==
				VD_NEIGH_RX_REPLY;
	case VD_DIRECTOR_EVENT_RESOLVE:
		(void)vd_neigh_resolve(d->neigh, e->ifid, &e->addr, now, &out->neigh);
		break;
	case VD_DIRECTOR_EVENT_USED:
		vd_neigh_used(d->neigh, e->idx, e->gen, now, &out->neigh);
		break;
	case VD_DIRECTOR_EVENT_LINK_UP:
		(void)vd_neigh_announce_interface(d->neigh, e->ifid, VD_DIRECTOR_ANNOUNCE_ROUNDS,
				VD_DIRECTOR_ANNOUNCE_GAP, now);
		break;
	case VD_DIRECTOR_EVENT_TICK:
		leases_tick(d, now, out);
		vd_neigh_tick(d->neigh, now, &out->neigh);
		break;
	}
	return false;
}

vd_time
vd_director_next(const struct vd_director *d)
{
	return VD_MIN(d->next, vd_neigh_next(d->neigh));
}

const struct vd_neigh_table *
vd_director_neighbors(const struct vd_director *d)
{
	return vd_neigh_table(d->neigh);
}

bool
vd_director_lease_held(const struct vd_director *d, uint32_t lease)
{
	return lease < VD_DIRECTOR_LEASES && vd_load_relaxed(&d->lease[lease].held);
}
