/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"

/* A wanted neighbour is probed so long before it would turn stale that the unicast probes fit. */
#define REFRESH_LEAD (VD_NEIGH_UNICAST_MAX * VD_NEIGH_RETRANS)

bool
neigh_room(const struct vd_neigh_actions *out, uint32_t n)
{
	return out->cap - out->n >= n;
}

struct vd_neigh_action *
neigh_act(struct vd_neigh_actions *out, enum vd_neigh_action_kind kind, uint32_t ifid,
		const struct vd_addr *addr)
{
	struct vd_neigh_action *act;

	if (!neigh_room(out, 1))
		return NULL;
	act = &out->v[out->n++];
	memset(act, 0, offsetof(struct vd_neigh_action, frame));
	act->kind = kind;
	act->ifid = ifid;
	act->idx = VD_NEIGH_NONE;
	if (addr != NULL)
		act->addr = *addr;
	return act;
}

static void
tell(struct vd_neigh *n, enum vd_neigh_action_kind kind, uint32_t idx, struct vd_neigh_actions *out)
{
	const struct vd_neigh_entry *e = &n->table.entries[idx];
	struct vd_neigh_action *act = neigh_act(out, kind, e->ifid, &e->addr);

	if (act == NULL)
		return;
	act->idx = idx;
	act->mac = neigh_table_mac(&n->table, idx);
	if (kind == VD_NEIGH_ACT_FAILED)
		act->reason = VD_DROP_NEIGHBOUR_TIMEOUT;
}

void
neigh_list_remove(struct vd_neigh *n, uint32_t idx)
{
	struct neigh_slot *s = &n->slots[idx];
	struct neigh_list_head *head = &n->lists[s->list];

	if (s->list == NEIGH_LIST_NONE)
		return;
	if (s->prev == VD_NEIGH_NONE)
		head->first = s->next;
	else
		n->slots[s->prev].next = s->next;
	if (s->next == VD_NEIGH_NONE)
		head->last = s->prev;
	else
		n->slots[s->next].prev = s->prev;
	s->list = NEIGH_LIST_NONE;
	n->stats.dynamic--;
}

/* At the end: the most lately used. */
void
neigh_list_add(struct vd_neigh *n, uint32_t idx, enum neigh_list list)
{
	struct neigh_slot *s = &n->slots[idx];
	struct neigh_list_head *head = &n->lists[list];

	neigh_list_remove(n, idx);
	if (list == NEIGH_LIST_NONE)
		return;
	s->list = (uint8_t)list;
	s->prev = head->last;
	s->next = VD_NEIGH_NONE;
	if (head->last == VD_NEIGH_NONE)
		head->first = idx;
	else
		n->slots[head->last].next = idx;
	head->last = idx;
	n->stats.dynamic++;
}

void
neigh_remove(struct vd_neigh *n, uint32_t idx)
{
	neigh_list_remove(n, idx);
	vd_timer_cancel(n->timers, idx);
	neigh_table_remove(&n->table, idx);
	n->slots[idx].flags = 0;
	n->stats.live--;
}

/* Makes room for one more in the list given. */
static bool
make_room(struct vd_neigh *n, enum neigh_list list, vd_time now)
{
	uint32_t victim = n->lists[NEIGH_LIST_SPARE].first;

	if (n->stats.live < n->live_max &&
			(list == NEIGH_LIST_NONE || n->stats.dynamic < n->dynamic_max))
		return true;
	if (victim == VD_NEIGH_NONE && list != NEIGH_LIST_SPARE) {
		victim = n->lists[NEIGH_LIST_ACTIVE].first;
		/* The configuration's next hops come before anybody's. */
		if (victim != VD_NEIGH_NONE && list == NEIGH_LIST_ACTIVE &&
				now - n->slots[victim].used < VD_NEIGH_EVICT_IDLE)
			victim = VD_NEIGH_NONE;
	}
	if (victim == VD_NEIGH_NONE)
		return false;
	neigh_remove(n, victim);
	n->stats.evicted++;
	return true;
}

uint32_t
neigh_create(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr, enum neigh_list list,
		vd_time now)
{
	struct neigh_slot *s;
	uint32_t idx;

	if (!make_room(n, list, now)) {
		n->stats.full++;
		return VD_NEIGH_NONE;
	}
	idx = neigh_table_insert(&n->table, ifid, addr);
	neigh_table_write(&n->table, idx, VD_NEIGH_STATE_INCOMPLETE, NULL, now);
	s = &n->slots[idx];
	memset(s, 0, sizeof(*s));
	s->used = now;
	n->stats.live++;
	neigh_list_add(n, idx, list);
	return idx;
}

/* A request or solicitation for the neighbour: to everybody, or to the MAC that it had. */
static void
send_request(struct vd_neigh *n, uint32_t idx, bool to_all, struct vd_neigh_actions *out)
{
	const struct vd_neigh_entry *e = &n->table.entries[idx];
	struct vd_mac mac = to_all ? vd_mac_broadcast() : neigh_table_mac(&n->table, idx);
	struct vd_mac our_mac = {{0}};
	struct vd_addr sender = neigh_sender(n, e->ifid, &e->addr, &our_mac);
	struct vd_neigh_action *act;

	/* A solicitation from nowhere would ask whether the address is free. */
	if (neigh_if_get(n->config, e->ifid) == NULL || vd_addr_is_unset(&sender))
		return;
	act = neigh_act(out, VD_NEIGH_ACT_SEND, e->ifid, &e->addr);
	if (act == NULL)
		return;
	act->idx = idx;
	if (vd_addr_is_v4(&e->addr))
		act->len = (uint16_t)vd_pkt_arp_request(
				act->frame, &our_mac, &sender, &e->addr, &mac);
	else
		act->len = (uint16_t)vd_pkt_nd_solicit(
				act->frame, &our_mac, &sender, &e->addr, to_all ? NULL : &mac);
	if (to_all)
		n->stats.requests++;
	else
		n->stats.probes++;
}

/* A step of INCOMPLETE: the next request. */
void
neigh_ask(struct vd_neigh *n, uint32_t idx, vd_time now, struct vd_neigh_actions *out)
{
	n->slots[idx].tries++;
	send_request(n, idx, true, out);
	vd_timer_set(n->timers, idx, now + VD_NEIGH_RETRANS);
}

/* From STALE or REACHABLE: still there? */
void
neigh_probe(struct vd_neigh *n, uint32_t idx, vd_time now, struct vd_neigh_actions *out)
{
	struct vd_mac mac = neigh_table_mac(&n->table, idx);

	neigh_table_write(&n->table, idx, VD_NEIGH_STATE_PROBE, &mac, now);
	n->slots[idx].tries = 1;
	send_request(n, idx, false, out);
	vd_timer_set(n->timers, idx, now + VD_NEIGH_RETRANS);
}

static bool
is_wanted(const struct vd_neigh *n, uint32_t idx)
{
	return (n->slots[idx].flags & NEIGH_WANTED) != 0;
}

static void
tell_resolved(struct vd_neigh *n, uint32_t idx, enum vd_neigh_state before,
		struct vd_neigh_actions *out)
{
	if (before != VD_NEIGH_STATE_INCOMPLETE && before != VD_NEIGH_STATE_FAILED)
		return;
	n->stats.resolved++;
	tell(n, VD_NEIGH_ACT_RESOLVED, idx, out);
}

void
neigh_confirm(struct vd_neigh *n, uint32_t idx, const struct vd_mac *mac, vd_time now,
		struct vd_neigh_actions *out)
{
	enum vd_neigh_state before = neigh_state(n, idx);
	vd_time reachable = VD_NEIGH_REACHABLE / 2 +
			vd_rng_below(&n->rng, (uint32_t)(VD_NEIGH_REACHABLE / VD_USEC)) * VD_USEC;

	if (before == VD_NEIGH_STATE_PERMANENT)
		return;
	neigh_table_write(&n->table, idx, VD_NEIGH_STATE_REACHABLE, mac, now);
	n->slots[idx].tries = 0;
	/* One that failed is in use again. */
	if (n->slots[idx].list == NEIGH_LIST_SPARE && before == VD_NEIGH_STATE_FAILED)
		neigh_list_add(n, idx, NEIGH_LIST_ACTIVE);
	if (is_wanted(n, idx))
		reachable -= REFRESH_LEAD;
	vd_timer_set(n->timers, idx, now + reachable);
	tell_resolved(n, idx, before, out);
}

void
neigh_hint(struct vd_neigh *n, uint32_t idx, const struct vd_mac *mac, vd_time now,
		struct vd_neigh_actions *out)
{
	enum vd_neigh_state before = neigh_state(n, idx);
	struct vd_mac old = neigh_table_mac(&n->table, idx);

	if (before == VD_NEIGH_STATE_PERMANENT)
		return;
	if (before >= VD_NEIGH_STATE_STALE && vd_mac_equal(&old, mac))
		return;
	neigh_table_write(&n->table, idx, VD_NEIGH_STATE_STALE, mac, now);
	n->slots[idx].tries = 0;
	/* A wanted one is probed with the next tick. */
	vd_timer_set(n->timers, idx, is_wanted(n, idx) ? now : now + VD_NEIGH_IDLE);
	tell_resolved(n, idx, before, out);
}

void
neigh_doubt(struct vd_neigh *n, uint32_t idx, vd_time now)
{
	struct vd_mac mac = neigh_table_mac(&n->table, idx);

	neigh_table_write(&n->table, idx, VD_NEIGH_STATE_STALE, &mac, now);
	vd_timer_set(n->timers, idx, is_wanted(n, idx) ? now : now + VD_NEIGH_IDLE);
}

static void
fail(struct vd_neigh *n, uint32_t idx, vd_time now, struct vd_neigh_actions *out)
{
	struct neigh_slot *s = &n->slots[idx];

	neigh_table_write(&n->table, idx, VD_NEIGH_STATE_FAILED, NULL, now);
	s->failed_at = now;
	s->tries = 0;
	n->stats.failed++;
	if (is_wanted(n, idx)) {
		vd_timer_set(n->timers, idx, now + VD_NEIGH_FAILED_RETRY);
	} else {
		neigh_list_add(n, idx, NEIGH_LIST_SPARE);
		vd_timer_set(n->timers, idx, now + VD_NEIGH_FAILED_KEEP);
	}
	tell(n, VD_NEIGH_ACT_FAILED, idx, out);
}

/* Dynamic: kept until it was idle for long enough. */
static void
expire_stale(struct vd_neigh *n, uint32_t idx, vd_time now)
{
	vd_time until = n->slots[idx].used + VD_NEIGH_IDLE;

	if (now >= until)
		neigh_remove(n, idx);
	else
		vd_timer_set(n->timers, idx, until);
}

void
neigh_expire(struct vd_neigh *n, uint32_t idx, vd_time now, struct vd_neigh_actions *out)
{
	struct neigh_slot *s = &n->slots[idx];
	struct vd_mac mac = neigh_table_mac(&n->table, idx);

	switch (neigh_state(n, idx)) {
	case VD_NEIGH_STATE_INCOMPLETE:
		if (s->tries < VD_NEIGH_MULTICAST_MAX)
			neigh_ask(n, idx, now, out);
		else
			fail(n, idx, now, out);
		break;
	case VD_NEIGH_STATE_REACHABLE:
		if (is_wanted(n, idx)) {
			neigh_probe(n, idx, now, out);
			break;
		}
		neigh_table_write(&n->table, idx, VD_NEIGH_STATE_STALE, &mac, now);
		expire_stale(n, idx, now);
		break;
	case VD_NEIGH_STATE_STALE:
		if (is_wanted(n, idx))
			neigh_probe(n, idx, now, out);
		else
			expire_stale(n, idx, now);
		break;
	case VD_NEIGH_STATE_PROBE:
		if (s->tries >= VD_NEIGH_UNICAST_MAX + VD_NEIGH_MULTICAST_MAX) {
			fail(n, idx, now, out);
			break;
		}
		send_request(n, idx, s->tries >= VD_NEIGH_UNICAST_MAX, out);
		s->tries++;
		vd_timer_set(n->timers, idx, now + VD_NEIGH_RETRANS);
		break;
	case VD_NEIGH_STATE_FAILED:
		if (is_wanted(n, idx)) {
			send_request(n, idx, true, out);
			/* Not all of a dead rack in one burst. */
			vd_timer_set(n->timers, idx,
					now + VD_NEIGH_FAILED_RETRY +
							vd_rng_below(&n->rng, 250000) * VD_USEC);
		} else {
			neigh_remove(n, idx);
		}
		break;
	default:
		break;
	}
}
