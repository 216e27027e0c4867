/* SPDX-License-Identifier: BSD-3-Clause */
/* Events to the engines, their actions out, and what one engine's action means to the other. */
#include <string.h>

#include "director_priv.h"
#include "vd_pkt.h"

void
vd_director_actions_init(struct vd_director_actions *out)
{
	out->neigh.v = out->neigh_store;
	out->neigh.n = 0;
	out->neigh.cap = VD_DIRECTOR_NEIGH_ACTIONS;
	out->vrrp.n = 0;
	out->vrrp.lost = 0;
	out->health.n = 0;
}

struct vd_director *
vd_director_create(const struct vd_neigh_params *neigh, const struct vd_alloc *alloc)
{
	struct vd_director *d = vd_zalloc(alloc, sizeof(*d), VD_CACHE_LINE);

	if (d == NULL)
		return NULL;
	d->alloc = *alloc;
	d->neigh = vd_neigh_create(neigh, &d->alloc);
	d->vrrp = vd_vrrp_create(&d->alloc);
	d->health = vd_health_create(&d->alloc);
	if (d->neigh == NULL || d->vrrp == NULL || d->health == NULL) {
		vd_director_destroy(d);
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
	if (d->neigh != NULL)
		vd_neigh_destroy(d->neigh);
	vd_vrrp_destroy(d->vrrp);
	vd_health_destroy(d->health);
	if (d->next != NULL)
		d->next->health = NULL;
	vd_director_config_free(d->next);
	if (d->config != NULL)
		d->config->health = NULL; /* went with its engine */
	vd_director_config_free(d->config);
	vd_free(&alloc, d);
}

static void
lease_set(struct vd_director *d, uint32_t lease, bool held)
{
	if (d->held[lease] == held)
		return;
	vd_store_relaxed(&d->held[lease], held);
	vd_neigh_lease_set(d->neigh, (uint16_t)lease, held);
}

/* VRRP's actions from number `from` on: leases and announcements are the neighbour engine's to carry out. */
static void
vrrp_follow(struct vd_director *d, uint32_t from, vd_time now, struct vd_director_actions *out)
{
	bool announced = false;

	for (uint32_t i = from; i < out->vrrp.n; i++) {
		const struct vd_vrrp_action *a = &out->vrrp.v[i];

		if (a->kind == VD_VRRP_ACT_LEASE) {
			lease_set(d, a->slot, a->until != 0);
		} else if (a->kind == VD_VRRP_ACT_ANNOUNCE) {
			(void)vd_neigh_announce_lease(d->neigh, (uint16_t)a->slot, a->rounds,
					VD_DIRECTOR_ANNOUNCE_GAP, now);
			announced = true;
		}
	}
	/* The first announcements leave right behind the advert. */
	if (announced)
		vd_neigh_tick(d->neigh, now, &out->neigh);
}

/* What VRRP tracks of the services, all of them: after a configuration, before VRRP has its own part of it. */
static void
quorums_track(struct vd_director *d, vd_time now, struct vd_director_actions *out)
{
	uint32_t track;
	bool up;

	for (uint32_t i = 0; vd_health_tracked(d->health, i, &track, &up); i++)
		vd_vrrp_track(d->vrrp, track, up, 0, now, &out->vrrp);
}

/* The health engine's actions from number `from` on: VRRP hears of quorums. */
static void
health_follow(struct vd_director *d, uint32_t from, vd_time now, struct vd_director_actions *out)
{
	uint32_t vrrp_from = out->vrrp.n, track;
	bool up;

	for (uint32_t i = from; i < out->health.n; i++) {
		const struct vd_health_action *a = &out->health.v[i];

		if (a->kind == VD_HEALTH_ACT_QUORUM &&
				vd_health_track(d->health, a->index, &track, &up) &&
				track != VD_HEALTH_NONE)
			vd_vrrp_track(d->vrrp, track, up, 0, now, &out->vrrp);
	}
	vrrp_follow(d, vrrp_from, now, out);
}

void
vd_director_swap_begin(struct vd_director *d, struct vd_director_config *c, vd_time now)
{
	d->next = c;
	vd_neigh_swap_begin(d->neigh, c->neigh, now);
	c->neigh = NULL;
	vd_health_swap_begin(d->health, c->health);
}

/* The last slice: VRRP, which is small. */
static struct vd_director_config *
swap_end(struct vd_director *d, vd_time now, struct vd_director_actions *out)
{
	struct vd_director_config *old = d->config;
	struct vd_neigh_config *neigh = vd_neigh_swap_end(d->neigh);
	uint32_t from = out->vrrp.n;
	struct vd_vrrp_config *vrrp;

	(void)vd_health_swap_end(d->health);
	quorums_track(d, now, out);
	vrrp = vd_vrrp_config_swap(d->vrrp, d->next->vrrp, now, &out->vrrp);
	d->next->vrrp = NULL;
	if (old != NULL) {
		old->neigh = neigh; /* main frees them */
		old->vrrp = vrrp;
	}
	d->config = d->next;
	d->next = NULL;
	vrrp_follow(d, from, now, out);
	return old;
}

bool
vd_director_swap_step(struct vd_director *d, uint32_t units, vd_time now,
		struct vd_director_actions *out, struct vd_director_config **old)
{
	if (!vd_neigh_swap_step(d->neigh, &units, now) ||
			!vd_health_swap_step(d->health, &units, now))
		return false;
	*old = swap_end(d, now, out);
	return true;
}

bool
vd_director_is_swapping(const struct vd_director *d)
{
	return d->next != NULL;
}

struct vd_director_config *
vd_director_config_swap(struct vd_director *d, struct vd_director_config *c, vd_time now,
		struct vd_director_actions *out)
{
	struct vd_director_config *old = NULL;

	vd_director_swap_begin(d, c, now);
	while (!vd_director_swap_step(d, UINT32_MAX, now, out, &old))
		;
	return old;
}

static enum vd_director_result
vrrp_event(struct vd_director *d, const struct vd_director_event *e, vd_time now,
		struct vd_vrrp_actions *out, enum vd_drop *drop)
{
	int rc = 0;

	switch (e->kind) {
	case VD_DIRECTOR_EVENT_VRRP:
		rc = vd_vrrp_rx(d->vrrp, e->ifid, e->frame, e->len, now, out);
		if (rc == VD_PKT_OK)
			return VD_DIRECTOR_DONE;
		*drop = (enum vd_drop)rc;
		return VD_DIRECTOR_DROP;
	case VD_DIRECTOR_EVENT_TRACK:
		vd_vrrp_track(d->vrrp, e->idx, e->on, e->value, now, out);
		break;
	case VD_DIRECTOR_EVENT_PRIORITY:
		if (e->value < 0 || e->value > UINT8_MAX)
			return VD_DIRECTOR_REFUSED;
		rc = vd_vrrp_priority(d->vrrp, e->idx, (uint8_t)e->value, now, out);
		break;
	case VD_DIRECTOR_EVENT_FAILOVER:
		rc = vd_vrrp_failover(d->vrrp, e->idx, e->time, now, out);
		break;
	case VD_DIRECTOR_EVENT_HOLD:
		vd_vrrp_hold(d->vrrp, (enum vd_vrrp_hold)e->idx, e->on, now, out);
		break;
	case VD_DIRECTOR_EVENT_WALL:
		vd_vrrp_wall(d->vrrp, e->time);
		break;
	case VD_DIRECTOR_EVENT_CLEAR:
		vd_vrrp_clear_stats(d->vrrp);
		break;
	default:
		break;
	}
	return rc == 0 ? VD_DIRECTOR_DONE : VD_DIRECTOR_REFUSED;
}

static void
health_event(struct vd_director *d, const struct vd_director_event *e, vd_time now,
		struct vd_director_actions *out)
{
	uint32_t from = out->health.n;

	switch (e->kind) {
	case VD_DIRECTOR_EVENT_VERDICT:
		vd_health_verdict(d->health, e->idx, e->serial, e->on, e->value, now, &out->health);
		break;
	case VD_DIRECTOR_EVENT_OBSERVED:
		vd_health_observed(d->health, e->idx, e->serial, now, &out->health);
		break;
	case VD_DIRECTOR_EVENT_ADMIN:
		vd_health_admin(d->health, e->idx, e->serial, (uint32_t)e->value, now,
				&out->health);
		break;
	case VD_DIRECTOR_EVENT_WEIGHT:
		vd_health_weight(d->health, e->idx, e->serial, (uint32_t)e->value, e->on, now,
				&out->health);
		break;
	default:
		vd_health_tick(d->health, now, &out->health);
		break;
	}
	health_follow(d, from, now, out);
}

enum vd_director_result
vd_director_step(struct vd_director *d, const struct vd_director_event *e, vd_time now,
		struct vd_director_actions *out, enum vd_drop *drop)
{
	enum vd_director_result result = VD_DIRECTOR_DONE;
	uint32_t from = out->vrrp.n;

	/* Nobody is answered for an address whose lease ran out. */
	vd_vrrp_wake(d->vrrp, now, &out->vrrp);
	vrrp_follow(d, from, now, out);
	from = out->vrrp.n;
	switch (e->kind) {
	case VD_DIRECTOR_EVENT_FRAME:
		if (vd_neigh_rx(d->neigh, e->ifid, e->frame, e->len, now, &out->neigh) ==
				VD_NEIGH_RX_REPLY)
			result = VD_DIRECTOR_HOST;
		break;
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
		vd_vrrp_tick(d->vrrp, now, &out->vrrp);
		vrrp_follow(d, from, now, out);
		vd_neigh_tick(d->neigh, now, &out->neigh);
		health_event(d, e, now, out);
		break;
	case VD_DIRECTOR_EVENT_VERDICT:
	case VD_DIRECTOR_EVENT_OBSERVED:
	case VD_DIRECTOR_EVENT_ADMIN:
	case VD_DIRECTOR_EVENT_WEIGHT:
		health_event(d, e, now, out);
		break;
	default:
		result = vrrp_event(d, e, now, &out->vrrp, drop);
		vrrp_follow(d, from, now, out);
		break;
	}
	return result;
}

vd_time
vd_director_next(const struct vd_director *d)
{
	vd_time next = VD_MIN(vd_vrrp_next(d->vrrp), vd_neigh_next(d->neigh));

	return VD_MIN(next, vd_health_next(d->health));
}

/* The MAC of a peer's next hop, usable now; it is asked for otherwise. */
static bool
next_hop(struct vd_director *d, const struct vd_vrrp_peer *p, vd_time now,
		struct vd_director_actions *out, struct vd_mac *mac)
{
	const struct vd_neigh_table *t = vd_neigh_table(d->neigh);
	uint64_t word;

	if (p->ifid == VD_VRRP_IF_NONE)
		return false;
	if (vd_neigh_find_word(t, p->ifid, &p->next_hop, &word) != VD_NEIGH_NONE &&
			vd_neigh_word_usable(word)) {
		vd_neigh_word_mac(word, mac);
		return true;
	}
	if (out->neigh.n + VD_NEIGH_ACTIONS_MIN <= out->neigh.cap)
		(void)vd_neigh_resolve(d->neigh, p->ifid, &p->next_hop, now, &out->neigh);
	return false;
}

bool
vd_director_advert(struct vd_director *d, const struct vd_vrrp_action *send, uint32_t n,
		vd_time now, struct vd_director_actions *out, uint8_t *frame, size_t *len,
		uint32_t *ifid)
{
	const struct vd_vrrp_peer *p;
	struct vd_mac mac;

	*len = 0;
	if (!vd_vrrp_is_unicast(d->vrrp, send)) {
		*ifid = vd_vrrp_ifid(d->vrrp, send);
		*len = vd_vrrp_frame(d->vrrp, send, n, NULL, now, frame);
		return *len != 0;
	}
	p = vd_vrrp_peer_at(d->vrrp, send, n);
	if (p == NULL)
		return false;
	*ifid = p->ifid;
	if (next_hop(d, p, now, out, &mac))
		*len = vd_vrrp_frame(d->vrrp, send, n, &mac, now, frame);
	return true;
}

const struct vd_neigh_table *
vd_director_neighbors(const struct vd_director *d)
{
	return vd_neigh_table(d->neigh);
}

const struct vd_vrrp *
vd_director_vrrp(const struct vd_director *d)
{
	return d->vrrp;
}

struct vd_health *
vd_director_health(struct vd_director *d)
{
	return d->health;
}

bool
vd_director_lease_held(const struct vd_director *d, uint32_t lease)
{
	return lease < VD_DIRECTOR_LEASES && vd_load_relaxed(&d->held[lease]);
}
