/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtual addresses as addresses of the kernel taps while their lease is held, so that a daemon of this host can serve what no virtual_server claims.
 * Always whole addresses (/32, /128): a VIP brings no route of its own. What an instance with no_accept holds stays away.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"

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

/* By address, which a configuration has once. */
static struct ctl_vip *
find(struct ctl_vips *v, struct vd_addr_map *places, const struct ctl_vip *x)
{
	uint32_t i = vd_addr_map_get(places, &x->addr);

	return i != 0 && v->v[i - 1].ifid == x->ifid ? &v->v[i - 1] : NULL;
}

void
ctl_vips_follow(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->vips.n; i++) {
		struct ctl_vip *x = &c->vips.v[i];
		bool held = ctl_lease_held(c, x->lease);

		if (held == x->on_tap)
			continue;
		tap_set(c, x, held);
		x->on_tap = held;
	}
}

/* Interfaces keep their numbers for as long as the process runs: ports and VLANs change with a restart only. */
void
ctl_vips_set(struct vd_ctl *c, const struct ctl_net *net)
{
	struct vd_addr_map places = {.v = NULL};
	struct ctl_vips before = c->vips;

	for (size_t i = 0; i < before.n; i++)
		(void)vd_addr_map_put(&places, &before.v[i].addr, (uint32_t)i + 1);
	memset(&c->vips, 0, sizeof(c->vips));
	for (size_t i = 0; i < net->addresses.n; i++) {
		const struct vd_dp_address *a = &net->addresses.v[i];
		struct ctl_vip x = {.addr = a->addr, .lease = a->lease, .ifid = a->ifid}, *old;

		if (a->kind != VD_DP_ADDR_VIP || a->no_accept ||
				c->port[c->iface[a->ifid].port].punt == NULL)
			continue;
		old = find(&before, &places, &x);
		if (old != NULL) {
			x.on_tap = old->on_tap;
			old->on_tap = false; /* carried over */
		}
		vd_vec_push(&c->vips, x);
	}
	for (size_t i = 0; i < before.n; i++)
		if (before.v[i].on_tap)
			tap_set(c, &before.v[i], false);
	vd_vec_free(&before);
	vd_addr_map_free(&places);
	ctl_vips_follow(c);
}
