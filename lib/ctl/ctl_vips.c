/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtual addresses as addresses of the kernel taps, so that a daemon of this host can serve what no virtual_server claims.
 * Always whole addresses (/32, /128): a VIP brings no route of its own. What an instance with no_accept holds stays away.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"

static bool
listed(const struct ctl_vips *v, const struct ctl_vip *x)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].ifid == x->ifid && vd_addr_equal(&v->v[i].addr, &x->addr))
			return true;
	return false;
}

static void
tap_set(struct vd_ctl *c, const struct ctl_vip *x, bool add)
{
	const struct ctl_iface *i = &c->iface[x->ifid];
	struct vd_punt *punt = c->port[i->port].punt;
	struct vd_prefix p = {.addr = x->addr, .len = vd_addr_is_v4(&x->addr) ? 32 : 128};
	char text[VD_ADDR_STR];
	int err = add ? vd_punt_addr_add(punt, i->vlan, &p) : vd_punt_addr_del(punt, i->vlan, &p);

	if (err != 0)
		vd_log(VD_LOG_WARNING, "kernel tap %s: %s of %s: %s", vd_punt_name(punt),
				add ? "adding" : "removal",
				vd_addr_format(&x->addr, text, sizeof(text)), strerror(-err));
}

/* Interfaces keep their numbers for as long as the process runs: ports and VLANs change with a restart only. */
void
ctl_vips_set(struct vd_ctl *c, const struct ctl_net *net)
{
	struct ctl_vips now = {0};

	for (size_t i = 0; i < net->addresses.n; i++) {
		const struct vd_dp_address *a = &net->addresses.v[i];
		struct ctl_vip x = {.addr = a->addr, .ifid = a->ifid};

		if (a->kind == VD_DP_ADDR_VIP && !a->no_accept &&
				c->port[c->iface[a->ifid].port].punt != NULL)
			vd_vec_push(&now, x);
	}
	for (size_t i = 0; i < c->vips.n; i++)
		if (!listed(&now, &c->vips.v[i]))
			tap_set(c, &c->vips.v[i], false);
	for (size_t i = 0; i < now.n; i++)
		if (!listed(&c->vips, &now.v[i]))
			tap_set(c, &now.v[i], true);
	vd_vec_free(&c->vips);
	c->vips = now;
}
