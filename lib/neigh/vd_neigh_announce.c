/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

#include <errno.h>

#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"

int
vd_neigh_announce(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr, uint32_t rounds,
		vd_time gap, vd_time now)
{
	const struct neigh_own *own = neigh_served_find(n, ifid, addr);

	if (own == NULL)
		return -ENOENT;
	neigh_job_start(n->config, neigh_job_of_own(n->config, own), rounds, gap, now);
	return 1;
}

int
vd_neigh_announce_lease(
		struct vd_neigh *n, uint16_t lease, uint32_t rounds, vd_time gap, vd_time now)
{
	uint32_t job = n->config == NULL ? NEIGH_NIL : neigh_job_of_lease(n->config, lease);

	if (job == NEIGH_NIL)
		return 0;
	neigh_job_start(n->config, job, rounds, gap, now);
	return (int)n->config->jobs.v[job].addresses;
}

int
vd_neigh_announce_interface(
		struct vd_neigh *n, uint32_t ifid, uint32_t rounds, vd_time gap, vd_time now)
{
	const struct neigh_if *iface = neigh_if_get(n->config, ifid);
	uint32_t job;

	if (iface == NULL || iface->own_n == 0)
		return 0;
	job = neigh_job_of_if(n->config, ifid);
	neigh_job_start(n->config, job, rounds, gap, now);
	return (int)n->config->jobs.v[job].addresses;
}

void
neigh_announce(struct vd_neigh *n, const struct neigh_own *own, vd_time now,
		struct vd_neigh_actions *out)
{
	const struct vd_neigh_config *c = n->config;
	struct neigh_lane *lane = &c->lanes[neigh_lane_of(own->ifid, &own->addr)];
	struct vd_neigh_action *act = neigh_act(out, VD_NEIGH_ACT_SEND, own->ifid, &own->addr);
	const struct vd_mac *mac = neigh_own_mac(c, own);
	struct vd_addr all = vd_pkt_all_nodes();
	uint8_t flags = VD_PKT_NA_OVERRIDE;

	if (act == NULL)
		return;
	if (c->ifs.v[own->ifid].router)
		flags |= VD_PKT_NA_ROUTER;
	if (vd_addr_is_v4(&own->addr))
		act->len = (uint16_t)vd_pkt_arp_gratuitous(act->frame, mac, &own->addr);
	else
		act->len = (uint16_t)vd_pkt_nd_advertise(
				act->frame, mac, &own->addr, &own->addr, flags, &all, NULL);
	lane->next_at = now + lane->interval;
	n->stats.announced++;
}
