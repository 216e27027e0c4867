/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

#include "vd_pkt_eth.h"

struct vd_neigh *
vd_neigh_create(const struct vd_neigh_params *params, const struct vd_alloc *alloc)
{
	uint32_t slots = params->slots;
	struct vd_neigh *n;

	if (slots < 8 || (slots & (slots - 1)) != 0)
		return NULL;
	n = vd_zalloc(alloc, sizeof(*n), 0);
	if (n == NULL)
		return NULL;
	n->alloc = alloc;
	n->table.mask = slots - 1;
	n->table.seed = vd_mix64(params->seed + 1);
	n->table.entries = vd_zalloc(alloc, slots * sizeof(*n->table.entries), VD_CACHE_LINE);
	n->slots = vd_zalloc(alloc, slots * sizeof(*n->slots), VD_CACHE_LINE);
	n->timers = vd_timer_create(slots, alloc);
	n->rng.state = params->seed;
	n->live_max = slots - slots / 4;
	n->dynamic_max = params->dynamic_max == 0 ? slots / 2 : params->dynamic_max;
	for (int i = 0; i < NEIGH_LIST_N; i++)
		n->lists[i].first = n->lists[i].last = VD_NEIGH_NONE;
	if (n->table.entries == NULL || n->slots == NULL || n->timers == NULL) {
		vd_neigh_destroy(n);
		return NULL;
	}
	return n;
}

void
vd_neigh_destroy(struct vd_neigh *n)
{
	if (n == NULL)
		return;
	vd_neigh_config_free(n->config);
	if (n->swap.phase != NEIGH_SWAP_NONE)
		vd_neigh_config_free(n->swap.old);
	vd_timer_destroy(n->timers);
	vd_free(n->alloc, n->slots);
	vd_free(n->alloc, n->table.entries);
	vd_free(n->alloc, n);
}

const struct vd_neigh_table *
vd_neigh_table(const struct vd_neigh *n)
{
	return &n->table;
}

void
vd_neigh_stats(const struct vd_neigh *n, struct vd_neigh_stats *out)
{
	*out = n->stats;
	out->wanted = n->stats.live - n->stats.dynamic;
}

static uint32_t
refuse(enum vd_drop reason, uint32_t ifid, const struct vd_addr *addr, struct vd_neigh_actions *out)
{
	struct vd_neigh_action *act = neigh_act(out, VD_NEIGH_ACT_FAILED, ifid, addr);

	if (act != NULL)
		act->reason = reason;
	return VD_NEIGH_NONE;
}

/* Asked for one that is known: whoever asks waits for an action. */
static void
resolve_known(struct vd_neigh *n, uint32_t idx, vd_time now, struct vd_neigh_actions *out)
{
	struct neigh_slot *s = &n->slots[idx];
	const struct vd_neigh_entry *e = &n->table.entries[idx];
	enum vd_neigh_state state = neigh_state(n, idx);
	bool dynamic = s->list != NEIGH_LIST_NONE;
	struct vd_neigh_action *act;

	s->used = now;
	if (state == VD_NEIGH_STATE_INCOMPLETE) {
		if (s->tries == 0)
			neigh_ask(n, idx, now, out);
		return;
	}
	if (state == VD_NEIGH_STATE_FAILED && dynamic &&
			now - s->failed_at >= VD_NEIGH_FAILED_RETRY) {
		neigh_list_add(n, idx, NEIGH_LIST_ACTIVE);
		neigh_table_write(&n->table, idx, VD_NEIGH_STATE_INCOMPLETE, NULL, now);
		neigh_ask(n, idx, now, out);
		return;
	}
	if (state == VD_NEIGH_STATE_FAILED) {
		act = neigh_act(out, VD_NEIGH_ACT_FAILED, e->ifid, &e->addr);
		if (act == NULL)
			return;
		act->idx = idx;
		act->reason = VD_DROP_NEIGHBOUR_TIMEOUT;
		return;
	}
	if (dynamic)
		neigh_list_add(n, idx, NEIGH_LIST_ACTIVE);
	act = neigh_act(out, VD_NEIGH_ACT_RESOLVED, e->ifid, &e->addr);
	if (act == NULL)
		return;
	act->idx = idx;
	act->mac = neigh_table_mac(&n->table, idx);
}

uint32_t
vd_neigh_resolve(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr, vd_time now,
		struct vd_neigh_actions *out)
{
	uint32_t idx;

	if (neigh_if_get(n->config, ifid) == NULL || vd_addr_is_multicast(addr) ||
			vd_addr_is_unset(addr) || neigh_served_find(n, ifid, addr) != NULL)
		return refuse(VD_DROP_NEIGHBOUR_TIMEOUT, ifid, addr, out);
	idx = vd_neigh_find(&n->table, ifid, addr);
	if (idx != VD_NEIGH_NONE) {
		resolve_known(n, idx, now, out);
		return idx;
	}
	idx = neigh_create(n, ifid, addr, NEIGH_LIST_ACTIVE, now);
	if (idx == VD_NEIGH_NONE)
		return refuse(VD_DROP_NEIGHBOUR_FULL, ifid, addr, out);
	neigh_ask(n, idx, now, out);
	return idx;
}

void
vd_neigh_used(struct vd_neigh *n, uint32_t idx, uint16_t gen, vd_time now,
		struct vd_neigh_actions *out)
{
	struct neigh_slot *s;

	if (idx > n->table.mask || !vd_neigh_matches(&n->table, idx, gen))
		return;
	s = &n->slots[idx];
	s->used = now;
	if (s->list != NEIGH_LIST_NONE && neigh_state(n, idx) != VD_NEIGH_STATE_FAILED)
		neigh_list_add(n, idx, NEIGH_LIST_ACTIVE);
	if (neigh_state(n, idx) == VD_NEIGH_STATE_STALE)
		neigh_probe(n, idx, now, out);
}

void
vd_neigh_lease_set(struct vd_neigh *n, uint16_t lease, bool enabled)
{
	uint32_t job;

	if (lease >= VD_NEIGH_NO_LEASE)
		return;
	n->leases[lease] = enabled;
	if (enabled || n->config == NULL)
		return;
	job = neigh_job_of_lease(n->config, lease);
	if (job != NEIGH_NIL)
		neigh_job_end(n->config, job);
}

bool
vd_neigh_lease_get(const struct vd_neigh *n, uint16_t lease)
{
	return lease < VD_NEIGH_NO_LEASE && n->leases[lease];
}

void
vd_neigh_tick(struct vd_neigh *n, vd_time now, struct vd_neigh_actions *out)
{
	uint32_t idx;

	neigh_jobs_tick(n, now, out);
	while (neigh_room(out, 2) && vd_timer_pop(n->timers, now, &idx))
		neigh_expire(n, idx, now, out);
}

vd_time
vd_neigh_next(const struct vd_neigh *n)
{
	return VD_MIN(vd_timer_next(n->timers), neigh_jobs_next(n->config));
}
