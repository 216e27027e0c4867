/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From one configuration to the next, in slices: a next hop, a slot of the table or an own address is one unit of work.
 * A slot that the new configuration has not come to yet is as the one before left it.
 */
#include "neigh_priv.h"

/* A neighbour that the configuration names, new or known. */
static uint32_t
config_slot(struct vd_neigh *n, const struct neigh_next_hop *hop, uint8_t flag, vd_time now)
{
	struct neigh_slot *s;
	uint32_t idx;

	if (neigh_if_get(n->config, hop->ifid) == NULL)
		return VD_NEIGH_NONE;
	idx = vd_neigh_find(&n->table, hop->ifid, &hop->addr);
	if (idx == VD_NEIGH_NONE)
		idx = neigh_create(n, hop->ifid, &hop->addr, NEIGH_LIST_NONE, now);
	if (idx == VD_NEIGH_NONE)
		return idx;
	neigh_list_remove(n, idx);
	s = &n->slots[idx];
	neigh_slot_renew(n, s);
	s->flags |= flag;
	return idx;
}

static void
apply_static(struct vd_neigh *n, const struct neigh_next_hop *hop, vd_time now)
{
	uint32_t idx = config_slot(n, hop, NEIGH_STATIC, now);

	if (idx == VD_NEIGH_NONE)
		return;
	vd_timer_cancel(n->timers, idx);
	neigh_table_write(&n->table, idx, VD_NEIGH_STATE_PERMANENT, &hop->mac, now);
}

/* Whether it is to be asked for. */
static bool
want_is_due(struct vd_neigh *n, uint32_t idx, vd_time now)
{
	const struct neigh_slot *s = &n->slots[idx];
	struct vd_mac mac;

	if ((s->flags & NEIGH_STATIC) != 0)
		return false;
	switch (neigh_state(n, idx)) {
	case VD_NEIGH_STATE_INCOMPLETE:
		return s->tries == 0 && vd_timer_get(n->timers, idx) == VD_TIME_NEVER;
	case VD_NEIGH_STATE_REACHABLE:
	case VD_NEIGH_STATE_STALE:
	case VD_NEIGH_STATE_FAILED:
		return (s->flags & NEIGH_BEFORE) == 0;
	case VD_NEIGH_STATE_PERMANENT:
		/* Static until now: the MAC is a hint. */
		mac = neigh_table_mac(&n->table, idx);
		neigh_table_write(&n->table, idx, VD_NEIGH_STATE_STALE, &mac, now);
		return true;
	default:
		return false;
	}
}

static void
apply_want(struct vd_neigh *n, const struct neigh_next_hop *hop, vd_time now)
{
	uint32_t idx = config_slot(n, hop, NEIGH_WANTED, now);

	if (idx == VD_NEIGH_NONE || !want_is_due(n, idx, now))
		return;
	n->swap.ask_at = VD_MAX(n->swap.ask_at, now);
	vd_timer_set(n->timers, idx, n->swap.ask_at);
	n->swap.ask_at += VD_NEIGH_WANT_SPREAD;
}

static void
sweep(struct vd_neigh *n, uint32_t i, vd_time now)
{
	struct neigh_slot *s = &n->slots[i];
	enum vd_neigh_state state = neigh_state(n, i);

	if (state <= VD_NEIGH_STATE_GONE)
		return;
	neigh_slot_renew(n, s);
	if (neigh_if_get(n->config, n->table.entries[i].ifid) == NULL) {
		neigh_remove(n, i);
		return;
	}
	if ((s->flags & NEIGH_BEFORE) == 0)
		return;
	s->flags &= (uint8_t)~NEIGH_BEFORE;
	if (s->flags != 0)
		return;
	/* No longer named: static ones go, the others live on as if somebody had used them. */
	if (state == VD_NEIGH_STATE_PERMANENT || n->stats.dynamic >= n->dynamic_max) {
		neigh_remove(n, i);
		return;
	}
	s->used = now;
	neigh_list_add(n, i, NEIGH_LIST_ACTIVE);
	if (vd_timer_get(n->timers, i) == VD_TIME_NEVER)
		vd_timer_set(n->timers, i, now + VD_NEIGH_IDLE);
}

static uint32_t
phase_size(const struct vd_neigh *n)
{
	switch (n->swap.phase) {
	case NEIGH_SWAP_STATICS:
		return (uint32_t)n->config->statics.n;
	case NEIGH_SWAP_WANTS:
		return (uint32_t)n->config->wants.n;
	case NEIGH_SWAP_SWEEP:
		return n->table.mask + 1;
	case NEIGH_SWAP_OWNS:
		return (uint32_t)n->config->owns.n;
	default:
		return 1;
	}
}

static void
unit(struct vd_neigh *n, uint32_t i, vd_time now)
{
	switch (n->swap.phase) {
	case NEIGH_SWAP_STATICS:
		apply_static(n, &n->config->statics.v[i], now);
		break;
	case NEIGH_SWAP_WANTS:
		apply_want(n, &n->config->wants.v[i], now);
		break;
	case NEIGH_SWAP_SWEEP:
		sweep(n, i, now);
		break;
	case NEIGH_SWAP_OWNS:
		neigh_carry_own(n, n->swap.old, i, now);
		break;
	default:
		neigh_carry_jobs(n, n->swap.old, now);
		break;
	}
}

void
vd_neigh_swap_begin(struct vd_neigh *n, struct vd_neigh_config *c, vd_time now)
{
	n->swap = (struct neigh_swap){.old = n->config, .phase = NEIGH_SWAP_STATICS, .ask_at = now};
	n->config = c;
	n->epoch++;
	neigh_carry_pace(n, n->swap.old, now);
}

bool
vd_neigh_swap_step(struct vd_neigh *n, uint32_t *units, vd_time now)
{
	struct neigh_swap *s = &n->swap;

	while (s->phase < NEIGH_SWAP_DONE) {
		for (uint32_t size = phase_size(n); s->at < size; s->at++) {
			if (*units == 0)
				return false;
			unit(n, s->at, now);
			--*units;
		}
		s->phase++;
		s->at = 0;
	}
	return true;
}

struct vd_neigh_config *
vd_neigh_swap_end(struct vd_neigh *n)
{
	struct vd_neigh_config *old = n->swap.old;

	n->swap = (struct neigh_swap){.old = NULL, .phase = NEIGH_SWAP_NONE};
	return old;
}

struct vd_neigh_config *
vd_neigh_config_swap(struct vd_neigh *n, struct vd_neigh_config *c, vd_time now)
{
	uint32_t units = UINT32_MAX;

	vd_neigh_swap_begin(n, c, now);
	while (!vd_neigh_swap_step(n, &units, now))
		units = UINT32_MAX;
	return vd_neigh_swap_end(n);
}
