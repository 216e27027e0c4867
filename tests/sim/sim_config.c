/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of the simulated network, and a node's configuration for its director. */
#include <string.h>

#include "sim.h"

/* Third byte of an IPv4 address, 14th of an IPv6 one: 0 is a host's own, else 1 + the VRID's index. */
static struct vd_addr
address(const struct sim *s, uint32_t v, uint8_t kind, uint8_t host)
{
	const struct sim_vrid *r = &s->vrid[v];
	uint8_t b[16] = {0xfe, 0x80};

	if (!r->v6) {
		uint8_t v4[4] = {10, (uint8_t)(1 + r->seg), kind, host};
		uint32_t be;

		memcpy(&be, v4, sizeof(be));
		return vd_addr_from_v4(be);
	}
	b[12] = (uint8_t)(1 + r->seg);
	b[13] = kind;
	b[15] = host;
	return vd_addr_from_v6(b);
}

struct vd_addr
sim_host(const struct sim *s, uint32_t v, uint8_t host)
{
	return address(s, v, 0, host);
}

struct vd_addr
sim_vip(const struct sim *s, uint32_t v, uint32_t k)
{
	return address(s, v, (uint8_t)(1 + v), (uint8_t)(100 + k));
}

uint32_t
sim_vip_owner(const struct sim *s, const struct vd_addr *a)
{
	uint8_t kind = vd_addr_is_v4(a) ? a->b[14] : a->b[13];

	return vd_addr_is_multicast(a) || kind == 0 || kind > s->n_vrids ? SIM_VRIDS : kind - 1u;
}

struct vd_mac
sim_mac(uint32_t seg, uint32_t station)
{
	return (struct vd_mac){{2, 0, 0, (uint8_t)(1 + seg), 0, (uint8_t)(1 + station)}};
}

static void
config_neigh(const struct sim *s, uint32_t n, struct vd_neigh_config *c)
{
	for (uint32_t seg = 0; seg < SIM_SEGMENTS; seg++) {
		struct vd_mac mac = sim_mac(seg, n);

		vd_neigh_config_interface(c, seg, &mac, true);
	}
	for (uint32_t v = 0; v < s->n_vrids; v++) {
		const struct sim_want *w = &s->node[n].want[v];
		struct vd_prefix own = {sim_host(s, v, s->node[n].host), s->vrid[v].v6 ? 64 : 16};

		vd_neigh_config_own(c, s->vrid[v].seg, &own, VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
		if (!w->present)
			continue;
		for (uint32_t k = 0; k < (uint32_t)w->n_vips + w->n_excluded; k++) {
			struct vd_prefix vip = {sim_vip(s, v, k), s->vrid[v].v6 ? 128 : 32};

			vd_neigh_config_own(c, s->vrid[v].seg, &vip, VD_NEIGH_VIP, (uint16_t)v);
		}
		for (uint32_t p = 0; s->vrid[v].unicast && p < s->n_nodes; p++) {
			struct vd_addr peer = sim_host(s, v, s->node[p].host);

			if (p != n)
				vd_neigh_config_want(c, s->vrid[v].seg, &peer);
		}
	}
}

static void
config_identity(const struct sim *s, uint32_t n, uint32_t v, struct vd_vrrp_instance_config *c)
{
	static const uint8_t group6[16] = {0xff, 2, [15] = 0x12};
	const struct sim_vrid *r = &s->vrid[v];
	const struct sim_want *w = &s->node[n].want[v];

	c->id.version = r->version;
	c->id.vrid = r->vrid;
	c->id.v6 = r->v6;
	c->id.unicast = r->unicast;
	c->id.no_pseudo_sent = r->no_pseudo;
	c->id.interval = w->interval;
	if (r->password) {
		c->id.auth = VD_VRRP_AUTH_PASS;
		memcpy(c->id.password, "simulate", VD_VRRP_PASSWORD_LEN);
	}
	c->ifid = r->seg;
	c->mac = sim_mac(r->seg, n);
	if (!w->no_address)
		c->src = sim_host(s, v, s->node[n].host);
	c->group_addr = r->v6 ? vd_addr_from_v6(group6)
			      : vd_addr_from_v4(__builtin_bswap32(0xe0000012));
	c->check_unicast_src = r->check_src;
	for (uint32_t p = 0; r->unicast && p < s->n_nodes; p++) {
		struct vd_vrrp_peer *peer;

		if (p == n)
			continue;
		peer = vd_vec_add(&c->peers);
		peer->addr = peer->next_hop = sim_host(s, v, s->node[p].host);
		peer->ifid = r->seg;
		peer->min_ttl = peer->max_ttl = r->check_src ? 255 : -1;
	}
	for (uint32_t k = 0; k < w->n_vips; k++)
		vd_vec_push(&c->addresses, sim_vip(s, v, k));
}

static void
config_instance(const struct sim *s, uint32_t n, uint32_t v, struct vd_vrrp_instance_config *c)
{
	const struct sim_want *w = &s->node[n].want[v];

	config_identity(s, n, v, c);
	if (w->group != SIM_NO_GROUP)
		c->sync_group = w->group;
	c->priority = w->priority;
	c->start_master = w->start_master;
	c->nopreempt = w->nopreempt;
	c->preempt_delay = w->preempt_delay;
	c->down_timer_adverts = w->down;
	c->lower_prio_no_advert = w->lower_no_advert;
	c->higher_prio_send_advert = w->higher_send;
	c->owner_ignore_adverts = w->owner_ignore;
	c->garp_repeat = w->rounds;
	c->garp_delay = w->garp_delay;
	c->garp_refresh = w->garp_refresh;
	c->garp_refresh_repeat = w->refresh_rounds;
	c->garp_lower_prio_repeat = w->lower_rounds;
	c->garp_lower_prio_delay = w->garp_delay;
	for (uint32_t t = 0; t < SIM_TRACKS; t++) {
		struct vd_vrrp_track *track;

		if (!w->track[t].used)
			continue;
		track = vd_vec_add(&c->tracks);
		track->id = t;
		track->weight = w->track[t].weight;
		track->reverse = w->track[t].reverse;
	}
}

struct vd_director_config *
sim_config(const struct sim *s, uint32_t n)
{
	struct vd_director_config *c = vd_director_config_new();
	struct vd_vrrp_config *vrrp = vd_director_config_vrrp(c);

	config_neigh(s, n, vd_director_config_neigh(c));
	for (uint32_t v = 0; v < s->n_vrids; v++)
		if (s->node[n].want[v].present)
			config_instance(s, n, v, vd_vrrp_config_instance(vrrp, v));
	for (uint32_t t = 0; t < SIM_TRACKS; t++)
		vd_vrrp_config_track_delay(vrrp, t, s->track_delay[t][0], s->track_delay[t][1]);
	vd_vrrp_config_startup_delay(vrrp, s->startup_delay);
	if (vd_director_config_seal(c, NULL) != 0)
		fprintf(stderr, "sim: seal failed\n");
	return c;
}
