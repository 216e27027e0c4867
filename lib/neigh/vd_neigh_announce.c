/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

#include <errno.h>

#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"

void
neigh_announce_start(struct vd_neigh_config *c, struct neigh_own *own, uint32_t rounds, vd_time gap,
		vd_time at)
{
	if (c->announcements == NULL || rounds == 0)
		return;
	own->rounds = rounds;
	own->gap = gap;
	vd_timer_set(c->announcements, (uint32_t)(own - c->owns.v), at);
}

int
vd_neigh_announce(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr, uint32_t rounds,
		vd_time gap, vd_time now)
{
	struct neigh_own *own = neigh_served_find(n, ifid, addr);

	if (own == NULL)
		return -ENOENT;
	neigh_announce_start(n->config, own, rounds, gap, now);
	return 1;
}

int
vd_neigh_announce_lease(
		struct vd_neigh *n, uint16_t lease, uint32_t rounds, vd_time gap, vd_time now)
{
	struct neigh_own *own;
	int count = 0;

	if (n->config == NULL || lease == VD_NEIGH_NO_LEASE)
		return 0;
	VD_VEC_FOREACH (own, &n->config->owns) {
		if (own->lease != lease)
			continue;
		neigh_announce_start(n->config, own, rounds, gap, now);
		count++;
	}
	return count;
}

int
vd_neigh_announce_interface(
		struct vd_neigh *n, uint32_t ifid, uint32_t rounds, vd_time gap, vd_time now)
{
	const struct neigh_if *iface = neigh_if_get(n->config, ifid);
	int count = 0;

	for (uint32_t i = 0; iface != NULL && i < iface->own_n; i++) {
		struct neigh_own *own = &n->config->owns.v[iface->own_first + i];

		if (!neigh_own_served(n, own))
			continue;
		neigh_announce_start(n->config, own, rounds, gap, now);
		count++;
	}
	return count;
}

static void
announce(struct vd_neigh *n, const struct neigh_own *own, struct vd_neigh_actions *out)
{
	const struct neigh_if *iface = neigh_if_get(n->config, own->ifid);
	struct vd_neigh_action *act = neigh_act(out, VD_NEIGH_ACT_SEND, own->ifid, &own->addr);
	struct vd_addr all = vd_pkt_all_nodes();
	uint8_t flags = VD_PKT_NA_OVERRIDE;

	if (act == NULL)
		return;
	if (iface->router)
		flags |= VD_PKT_NA_ROUTER;
	if (vd_addr_is_v4(&own->addr))
		act->len = (uint16_t)vd_pkt_arp_gratuitous(act->frame, &iface->mac, &own->addr);
	else
		act->len = (uint16_t)vd_pkt_nd_advertise(
				act->frame, &iface->mac, &own->addr, &own->addr, flags, &all, NULL);
	n->stats.announced++;
}

void
neigh_announce_tick(struct vd_neigh *n, vd_time now, struct vd_neigh_actions *out)
{
	struct vd_neigh_config *c = n->config;
	uint32_t i;

	while (c != NULL && c->announcements != NULL && neigh_room(out, 1) &&
			vd_timer_pop(c->announcements, now, &i)) {
		struct neigh_own *own = &c->owns.v[i];

		if (!neigh_own_served(n, own)) {
			own->rounds = 0;
			continue;
		}
		announce(n, own, out);
		if (--own->rounds > 0)
			vd_timer_set(c->announcements, i, now + own->gap);
	}
}
