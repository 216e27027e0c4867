/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DP_STEER_H
#define DP_STEER_H

/*
 * Whose a packet is. A connection belongs to the worker that made it, and both of its directions have to tell which one
 * that is from what they carry, with no table asked that workers share and write:
 *
 *   to a service               the hash of its source, the client's address and port
 *   to an address that FULLNAT sends from, otherwise: the class of its destination port, port % workers; the source of
 *                              a connection was chosen from its owner's class
 *   to anyone else             the hash of its destination: a server's reply to a client (NAT)
 *
 * So a client's packets and the replies to it meet at one worker whatever the method. Classes instead of a hash, because
 * a port of a wanted class is found at once, however many workers there are.
 *
 * Where a port's device spreads packets by RSS, the device's hash of all four takes the place of the first two rules, but
 * for services by NAT, whose replies it cannot bring to the same place. There, and on every port of which all workers have a
 * queue, a packet is looked up first, and only one without a connection is asked whose it is.
 */

#include "dp_conn.h"
#include "vd_pkt_toeplitz.h"

/* port % workers, exact for 16 bits and at most 128 workers. */
static inline uint16_t
dp_steer_class(const struct vd_dp_worker *w, uint16_t port_be)
{
	uint32_t port = vd_pkt_swap16(port_be);
	uint32_t whole = (uint32_t)(((uint64_t)port * w->class_part) >> 32);

	return (uint16_t)(port - whole * w->workers);
}

static inline uint16_t
dp_steer_hash(const struct vd_dp_worker *w, const struct vd_addr *a, uint16_t port_be)
{
	uint64_t h = vd_conn_mum(a->w[1] ^ w->steer_seed[0],
			(a->w[0] + ((uint64_t)port_be << 24)) ^ w->steer_seed[1]);

	h = vd_conn_mum(h ^ w->steer_seed[1], 0x9e3779b97f4a7c15ull);
	return (uint16_t)vd_hash_to_range((uint32_t)(h >> 32), w->workers);
}

/* The worker of a value of RSS's hash: its slot's. */
static inline uint16_t
dp_steer_slot(const struct vd_dp_worker *w, uint32_t hash)
{
	return dp_steer_class(w, vd_pkt_swap16((uint16_t)(hash & w->rss_mask)));
}

static inline uint16_t
dp_steer_rss(const struct vd_dp_worker *w, const struct vd_conn_key *k)
{
	return dp_steer_slot(w,
			vd_pkt_toeplitz_hash(
					w->toeplitz, &k->src, &k->dst, k->sport_be, k->dport_be));
}

static inline uint16_t
dp_steer_owner(const struct vd_dp_worker *w, uint16_t port, const struct vd_conn_key *k)
{
	const struct vd_dp_address *a = dp_net_address(w->net, &k->dst);
	const struct vd_lb_service *svc = NULL;

	if (a == NULL)
		return dp_steer_hash(w, &k->dst, k->dport_be);
	if (a->local || w->rss[port])
		svc = vd_lb_find_service(w->snapshot, &k->dst, k->dport_be, k->protocol);
	if (w->rss[port] && (svc == NULL || (svc->flags & VD_LB_F_NAT) == 0))
		return dp_steer_rss(w, k);
	if (a->local && svc == NULL)
		return dp_steer_class(w, k->dport_be);
	return dp_steer_hash(w, &k->src, k->sport_be);
}

#endif
