/* SPDX-License-Identifier: BSD-3-Clause */
/* What the director is told of a configuration: interfaces, addresses, next hops, leases. */
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"

static enum vd_neigh_own_kind
own_kind(uint8_t kind)
{
	switch (kind) {
	case VD_DP_ADDR_OWN:
		return VD_NEIGH_OWN;
	case VD_DP_ADDR_LOCAL:
		return VD_NEIGH_LOCAL;
	default:
		return VD_NEIGH_VIP;
	}
}

/* The prefix under which the interface has the address, for the choice of a sender; else the address alone. */
static struct vd_prefix
own_prefix(const struct vd_ctl *c, uint16_t ifid, const struct vd_addr *addr)
{
	const struct vd_dataplane_l3 *l3 = c->iface[ifid].l3;
	struct vd_prefix p = {.addr = *addr, .len = vd_addr_is_v4(addr) ? 32 : 128};

	for (size_t i = 0; i < l3->addresses.n; i++)
		if (vd_addr_equal(&l3->addresses.v[i].addr, addr))
			return l3->addresses.v[i];
	if (!vd_addr_is_v4(addr) && vd_addr_is_link_local(addr))
		p.len = 64;
	return p;
}

static void
want(struct vd_neigh_config *n, const struct vd_dp_netconf *netconf, const struct vd_addr *addr)
{
	struct vd_addr hop;
	uint16_t ifid;

	/* Several gateways share a load: ask for a few flows' hops; the others are kept by the list of gateways. */
	if (vd_dp_netconf_route(netconf, addr, 0, &ifid, &hop))
		vd_neigh_config_want(n, ifid, &hop);
}

static void
next_hops(struct vd_ctl *c, struct vd_neigh_config *n, const struct ctl_plan *plan,
		const struct vd_dp_netconf *netconf)
{
	for (uint16_t i = 0; i < c->n_ifaces; i++) {
		const struct vd_dataplane_l3 *l3 = c->iface[i].l3;

		for (size_t k = 0; k < l3->neighbors.n; k++)
			vd_neigh_config_static(
					n, i, &l3->neighbors.v[k].addr, &l3->neighbors.v[k].mac);
		for (size_t k = 0; k < l3->gateways.n; k++)
			vd_neigh_config_want(n, i, &l3->gateways.v[k]);
		for (size_t k = 0; k < l3->routes.n; k++)
			vd_neigh_config_want(n, i, &l3->routes.v[k].via);
	}
	for (size_t i = 0; i < plan->servers.n; i++)
		want(n, netconf, &plan->servers.v[i].addr);
	for (size_t i = 0; i < plan->views.n; i++)
		if (plan->views.v[i].has_sorry)
			want(n, netconf, &plan->views.v[i].sorry.addr);
}

static bool
group_names(const struct vd_model_garp_group *g, const char *interface)
{
	if (g->interface != NULL && strcmp(g->interface, interface) == 0)
		return true;
	for (size_t k = 0; k < g->interfaces.n; k++)
		if (strcmp(g->interfaces.v[k], interface) == 0)
			return true;
	return false;
}

/* vrrp_garp_interval and vrrp_gna_interval, and those of garp_group. */
static void
garp_pace(struct vd_ctl *c, struct vd_neigh_config *n, const struct vd_model *m)
{
	for (uint16_t i = 0; i < c->n_ifaces; i++) {
		vd_time garp = m->global.vrrp_garp_interval, gna = m->global.vrrp_gna_interval;
		const struct vd_model_garp_group *g;

		VD_VEC_FOREACH (g, &m->garp_groups) {
			if (!group_names(g, c->iface[i].name))
				continue;
			garp = g->garp_interval;
			gna = g->gna_interval;
		}
		vd_neigh_config_garp(n, i, garp, gna);
	}
}

/* The virtual MAC under which a lease's addresses are answered for on an interface. */
struct vmac {
	struct vd_mac mac;
	uint16_t ifid; /* VD_DP_IF_NONE: its instance has none */
};

/* By lease, the caller's to free. */
static struct vmac *
vmacs_of(const struct vd_ctl *c, const struct vd_model *m)
{
	struct vmac *v = vd_xcalloc(c->leases.n + 1, sizeof(*v));
	const struct vd_model_vrrp_instance *i;

	for (size_t k = 0; k < c->leases.n; k++)
		v[k].ifid = VD_DP_IF_NONE;
	VD_VEC_FOREACH (i, &m->instances) {
		uint32_t lease = ctl_slot_find(&c->leases, i->name);

		if (lease < c->leases.n && ctl_vrrp_vmac(i, &v[lease].mac))
			v[lease].ifid = ctl_vrrp_iface(c, m, i);
	}
	return v;
}

static void
owns_add(struct vd_ctl *c, const struct vd_model *m, const struct ctl_net *net,
		struct vd_neigh_config *n)
{
	struct vmac *vmacs = vmacs_of(c, m);

	for (size_t i = 0; i < net->addresses.n; i++) {
		const struct vd_dp_address *a = &net->addresses.v[i];
		struct vd_prefix p = own_prefix(c, a->ifid, &a->addr);
		bool leased = a->lease != VD_DP_LEASE_ALWAYS;
		uint16_t lease = leased ? (uint16_t)a->lease : VD_NEIGH_NO_LEASE;

		if (leased && vmacs[a->lease].ifid == a->ifid)
			vd_neigh_config_own_mac(n, a->ifid, &p, own_kind(a->kind), lease,
					&vmacs[a->lease].mac);
		else
			vd_neigh_config_own(n, a->ifid, &p, own_kind(a->kind), lease);
	}
	free(vmacs);
}

struct vd_director_config *
ctl_director_conf_build(struct vd_ctl *c, const struct vd_model *m, struct ctl_plan *plan,
		const struct ctl_net *net, const struct vd_dp_netconf *netconf,
		const struct vd_lb_snapshot *snapshot, struct vd_strbuf *why)
{
	struct vd_director_config *d = vd_director_config_new();
	struct vd_neigh_config *n = vd_director_config_neigh(d);

	for (uint16_t i = 0; i < c->n_ifaces; i++)
		vd_neigh_config_interface(n, i, &c->iface[i].mac, true);
	owns_add(c, m, net, n);
	next_hops(c, n, plan, netconf);
	ctl_vrrp_want_peers(m, netconf, n);
	garp_pace(c, n, m);
	if (ctl_vrrp_conf_build(c, m, netconf, vd_director_config_vrrp(d), why) != 0) {
		vd_director_config_free(d);
		return NULL;
	}
	ctl_health_conf_build(c, m, &plan->views, snapshot, vd_director_config_health(d));
	if (vd_director_config_seal(d, c->director_conf) == 0)
		return d;
	vd_strbuf_puts(why, "two VRRP instances have one interface, VRID and family");
	vd_director_config_free(d);
	return NULL;
}

void
ctl_director_publish(struct vd_ctl *c, struct vd_director_config *d)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_DIRECTOR, .director = d};
	struct ctl_retired r = {.director = c->director_conf};

	r.sequence = cmd.sequence = ++c->sequence;
	ctl_cmd_push(c, &cmd);
	if (c->director_conf != NULL)
		vd_vec_push(&c->retired, r);
	c->director_conf = d;
}
