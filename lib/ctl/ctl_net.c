/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The box as the workers see it: interfaces, addresses, routes and the sources of FULLNAT, from the dataplane file and
 * from what the services add to it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"
#include "vd_io_file.h"

/* Ports below this are left to the host's own daemons. */
#define LOCAL_PORT_MIN 1024

static bool
lists_link_local(const struct vd_dataplane_l3 *l3)
{
	for (size_t i = 0; i < l3->addresses.n; i++)
		if (!vd_addr_is_v4(&l3->addresses.v[i].addr) &&
				vd_addr_is_link_local(&l3->addresses.v[i].addr))
			return true;
	return false;
}

/* Each interface has its EUI-64 link-local address unless the file lists one. */
bool
ctl_iface_link_local(const struct ctl_iface *i, struct vd_addr *out)
{
	if (lists_link_local(i->l3))
		return false;
	*out = vd_addr_link_local(&i->mac);
	return true;
}

static void
address_add(struct ctl_net *n, const struct vd_addr *addr, uint16_t ifid, uint8_t kind,
		uint32_t lease, bool no_accept)
{
	struct vd_dp_address a = {
			.addr = *addr,
			.lease = lease,
			.ifid = ifid,
			.kind = kind,
			.no_accept = no_accept,
	};

	/* The first, stronger kind stays. */
	if (vd_addr_map_put(&n->known, addr, 1) == 0)
		vd_vec_push(&n->addresses, a);
}

static void
own_add(struct vd_ctl *c, struct ctl_net *n)
{
	struct vd_addr ll;

	for (uint16_t i = 0; i < c->n_ifaces; i++) {
		const struct vd_dataplane_l3 *l3 = c->iface[i].l3;

		for (size_t a = 0; a < l3->addresses.n; a++)
			address_add(n, &l3->addresses.v[a].addr, i, VD_DP_ADDR_OWN,
					VD_DP_LEASE_ALWAYS, false);
		if (ctl_iface_link_local(&c->iface[i], &ll))
			address_add(n, &ll, i, VD_DP_ADDR_OWN, VD_DP_LEASE_ALWAYS, false);
	}
}

/* Where a virtual address is answered: on the named interface, else on the link it belongs to, else on the first. */
static uint16_t
vip_iface(const struct vd_ctl *c, const struct vd_addr *addr, const char *dev,
		const char *interface)
{
	uint16_t i = ctl_iface_by_name(c, dev);

	if (i == VD_DP_IF_NONE)
		i = ctl_iface_by_name(c, interface);
	if (i == VD_DP_IF_NONE)
		i = ctl_iface_connected(c, addr);
	return i == VD_DP_IF_NONE ? 0 : i;
}

static bool
is_local_source(const struct vd_model *m, const struct vd_addr *addr)
{
	for (size_t g = 0; g < m->local_address_groups.n; g++) {
		const struct vd_model_local_address_group *lg = &m->local_address_groups.v[g];

		for (size_t i = 0; i < lg->entries.n; i++)
			if (vd_addr_cmp(&lg->entries.v[i].address.lo, addr) <= 0 &&
					vd_addr_cmp(addr, &lg->entries.v[i].address.hi) <= 0)
				return true;
	}
	return false;
}

static void
instance_add(struct vd_ctl *c, struct ctl_net *n, const struct vd_model *m,
		const struct vd_model_vrrp_instance *v)
{
	uint32_t lease = ctl_slot_take(&c->leases, v->name);

	for (size_t i = 0; i < v->virtual_ipaddress.n; i++) {
		const struct vd_model_address *a = &v->virtual_ipaddress.v[i];

		address_add(n, &a->address.addr,
				vip_iface(c, &a->address.addr, a->dev, v->interface),
				VD_DP_ADDR_VIP, lease, !v->accept);
	}
	for (size_t i = 0; i < v->virtual_ipaddress_excluded.n; i++) {
		const struct vd_model_address *a = &v->virtual_ipaddress_excluded.v[i];

		address_add(n, &a->address.addr,
				vip_iface(c, &a->address.addr, a->dev, v->interface),
				is_local_source(m, &a->address.addr) ? VD_DP_ADDR_LOCAL
								     : VD_DP_ADDR_VIP,
				lease, !v->accept);
	}
}

static void
locals_add(struct vd_ctl *c, struct ctl_net *n, const struct vd_model *m, struct ctl_plan *plan)
{
	for (size_t g = 0; g < m->local_address_groups.n; g++) {
		const struct vd_model_local_address_group *lg = &m->local_address_groups.v[g];

		for (size_t i = 0; i < lg->entries.n; i++) {
			const struct vd_model_local_address *e = &lg->entries.v[i];
			uint32_t size = vd_addr_range_size(&e->address.lo, &e->address.hi);

			for (uint32_t k = 0; k < VD_MIN(size, CTL_LOCALS_MAX); k++) {
				struct vd_addr a = vd_addr_add(&e->address.lo, k);

				address_add(n, &a, vip_iface(c, &a, e->interface, NULL),
						VD_DP_ADDR_LOCAL, ctl_lease_of(plan, &a), false);
			}
		}
	}
}

static void
addresses_build(struct vd_ctl *c, struct ctl_net *n, const struct vd_model *m,
		struct ctl_plan *plan)
{
	own_add(c, n);
	for (size_t i = 0; i < m->instances.n; i++)
		instance_add(c, n, m, &m->instances.v[i]);
	for (size_t i = 0; i < plan->listeners.n; i++) {
		const struct vd_addr *a = &plan->listeners.v[i].addr;

		address_add(n, a, vip_iface(c, a, NULL, NULL), VD_DP_ADDR_VIP,
				ctl_lease_of(plan, a), false);
	}
	locals_add(c, n, m, plan);
}

static int
routes_add(struct vd_ctl *c, struct vd_dp_netconf *n)
{
	static const char *const everything[] = {"0.0.0.0/0", "::/0"};
	struct vd_prefix all[2], p;
	int err = 0;

	for (int f = 0; f < 2; f++)
		(void)vd_prefix_parse(everything[f], &all[f]);
	for (uint16_t i = 0; i < c->n_ifaces && err == 0; i++) {
		const struct vd_dataplane_l3 *l3 = c->iface[i].l3;

		for (size_t a = 0; a < l3->addresses.n && err == 0; a++) {
			p = vd_prefix_network(&l3->addresses.v[a]);
			err = vd_dp_netconf_add_route(n, &p, NULL, i);
		}
		for (size_t g = 0; g < l3->gateways.n && err == 0; g++)
			err = vd_dp_netconf_add_route(n,
					&all[vd_addr_is_v4(&l3->gateways.v[g]) ? 0 : 1],
					&l3->gateways.v[g], i);
		for (size_t r = 0; r < l3->routes.n && err == 0; r++)
			err = vd_dp_netconf_add_route(
					n, &l3->routes.v[r].to, &l3->routes.v[r].via, i);
	}
	return err;
}

/* On the host's own addresses FULLNAT leaves the kernel its ephemeral ports and whatever listens. */
static size_t
free_ranges(struct vd_laddr_range *out, size_t max)
{
	uint64_t used[1024] = {0};
	size_t n = 0;

	if (vd_io_ports_in_use(used) != 0)
		vd_log(VD_LOG_WARNING,
				"cannot read which ports the host uses: FULLNAT may take a port of "
				"the host");
	for (uint32_t p = LOCAL_PORT_MIN; p < 65536; p++) {
		if ((used[p >> 6] >> (p & 63) & 1) != 0)
			continue;
		if (n > 0 && out[n - 1].hi + 1u == p) {
			out[n - 1].hi = (uint16_t)p;
		} else if (n < max) {
			out[n].lo = out[n].hi = (uint16_t)p;
			n++;
		} else {
			break;
		}
	}
	return n;
}

static int
own_pools_add(struct vd_ctl *c, struct vd_dp_netconf *n)
{
	struct vd_laddr_range ranges[256];
	unsigned int n_ranges = (unsigned int)free_ranges(ranges, VD_ARRAY_LEN(ranges));
	int err = 0;

	for (uint16_t i = 0; i < c->n_ifaces && err == 0; i++) {
		const struct vd_dataplane_l3 *l3 = c->iface[i].l3;

		for (size_t a = 0; a < l3->addresses.n && err == 0; a++)
			if (!vd_addr_is_link_local(&l3->addresses.v[a].addr))
				err = vd_dp_netconf_add_local(
						n, i, &l3->addresses.v[a].addr, ranges, n_ranges);
	}
	return err;
}

static int
group_pools_add(struct vd_ctl *c, struct vd_dp_netconf *n, const struct vd_model *m)
{
	static const struct vd_laddr_range whole = {LOCAL_PORT_MIN, 65535};
	int err = 0;

	for (size_t g = 0; g < m->local_address_groups.n; g++) {
		const struct vd_model_local_address_group *lg = &m->local_address_groups.v[g];
		uint32_t pool = CTL_POOL_GROUP + ctl_slot_take(&c->pools, lg->name);

		for (size_t i = 0; i < lg->entries.n; i++) {
			const struct vd_model_range *r = &lg->entries.v[i].address;
			uint32_t size = vd_addr_range_size(&r->lo, &r->hi);

			for (uint32_t k = 0; k < VD_MIN(size, CTL_LOCALS_MAX) && err == 0; k++) {
				struct vd_addr a = vd_addr_add(&r->lo, k);

				err = vd_dp_netconf_add_local(n, pool, &a, &whole, 1);
			}
		}
	}
	return err;
}

static int
ifaces_add(struct vd_ctl *c, struct vd_dp_netconf *n)
{
	for (uint16_t i = 0; i < c->n_ifaces; i++) {
		const struct ctl_port *p = &c->port[c->iface[i].port];
		struct vd_dp_iface f = {
				.port = p->rt->id,
				.vlan = c->iface[i].vlan,
				.mtu = p->rt->mtu,
				.punt = p->punt != NULL,
				.mac = c->iface[i].mac,
		};
		int ifid = vd_dp_netconf_add_iface(n, &f);

		if (ifid < 0)
			return ifid;
	}
	return 0;
}

/* Frames to a virtual MAC are for us while its instance is MASTER. */
static int
vmacs_add(const struct vd_ctl *c, struct vd_dp_netconf *n, const struct vd_model *m)
{
	const struct vd_model_vrrp_instance *v;
	struct vd_mac mac;
	int err = 0;

	VD_VEC_FOREACH (v, &m->instances) {
		uint16_t ifid = ctl_vrrp_iface(c, m, v);

		if (ifid == VD_DP_IF_NONE || !ctl_vrrp_vmac(v, &mac))
			continue;
		err = vd_dp_netconf_add_mac(n, ifid, &mac, ctl_slot_find(&c->leases, v->name));
		if (err != 0)
			break;
	}
	return err;
}

/* Whom the probe asks: their answers have a way of their own to the tap. */
static void
check_peers_add(struct vd_dp_netconf *n, const struct ctl_plan *plan)
{
	const struct ctl_service *s;
	const struct ctl_server *v;
	const struct ctl_check *k;

	VD_VEC_FOREACH (s, &plan->views)
		VD_VEC_FOREACH (v, &s->servers)
			VD_VEC_FOREACH (k, &v->checks) {
				const struct vd_model_smtp_host *h;

				(void)vd_dp_netconf_check_peer(n,
						vd_addr_is_unset(&k->conf->connect_ip)
								? &v->endpoint.addr
								: &k->conf->connect_ip);
				VD_VEC_FOREACH (h, &k->conf->host)
					if (!vd_addr_is_unset(&h->connect_ip))
						(void)vd_dp_netconf_check_peer(n, &h->connect_ip);
			}
}

/* NULL with a sentence in why. addresses goes to the director as well. */
struct vd_dp_netconf *
ctl_net_build(struct vd_ctl *c, const struct vd_model *m, struct ctl_plan *plan,
		struct ctl_net *net, struct vd_strbuf *why)
{
	struct vd_dp_netconf *n = vd_dp_netconf_new();
	int err = n == NULL ? -ENOMEM : ifaces_add(c, n);

	addresses_build(c, net, m, plan);
	for (size_t i = 0; i < net->addresses.n && err == 0; i++) {
		err = vd_dp_netconf_add_address(n, &net->addresses.v[i]);
		if (err == -EEXIST)
			err = 0;
	}
	if (err == 0)
		err = routes_add(c, n);
	if (err == 0)
		err = own_pools_add(c, n);
	if (err == 0)
		err = group_pools_add(c, n, m);
	if (err == 0)
		err = vmacs_add(c, n, m);
	if (err == 0)
		check_peers_add(n, plan);
	if (err == 0)
		err = vd_dp_netconf_finish(n, ++c->sequence);
	if (err != 0) {
		vd_strbuf_printf(why, "cannot build the table of addresses and routes: %s",
				strerror(-err));
		vd_dp_netconf_free(n);
		return NULL;
	}
	return n;
}

void
ctl_net_free(struct ctl_net *n)
{
	vd_vec_free(&n->addresses);
	vd_addr_map_free(&n->known);
}
