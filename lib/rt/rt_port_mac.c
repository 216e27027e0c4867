/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "rt_port_priv.h"
#include "vd_alloc.h"
#include "vd_log.h"

/* Which frames the device delivers: further MACs, groups, everything. */

struct vd_rt_port_mac {
	struct vd_mac mac;
	unsigned int users;
	bool filter; /* the device has one for it */
};

int
vd_rt_port_promiscuous(struct vd_rt_port *p, const char *why)
{
	int err;

	if (p->promiscuous)
		return 0;
	err = rte_eth_promiscuous_enable(p->id);
	p->promiscuous = err == 0;
	vd_rt_port_note(p,
			err == 0 ? "promiscuous: %s"
				 : "%s, and not promiscuous: frames may be lost",
			why);
	vd_log(VD_LOG_WARNING, "port %s: %s: %s", p->name, why,
			err == 0 ? "promiscuous mode"
				 : "no promiscuous mode either, frames may be lost");
	return err;
}

/* These drop received frames whose source is one of their own filters: a peer's adverts from the same virtual MAC. */
static bool
prunes_by_source(const struct vd_rt_port *p)
{
	return strcmp(p->driver, "net_i40e") == 0 || strcmp(p->driver, "net_ice") == 0;
}

static struct vd_rt_port_mac *
find(struct vd_rt_port *p, const struct vd_mac *mac)
{
	for (unsigned int i = 0; i < p->n_macs; i++)
		if (memcmp(&p->macs[i].mac, mac, sizeof(*mac)) == 0)
			return &p->macs[i];
	return NULL;
}

static int
deliver(struct vd_rt_port *p, struct vd_rt_port_mac *m)
{
	struct rte_ether_addr addr;

	if (memcmp(&m->mac, &p->mac, sizeof(m->mac)) == 0 || p->promiscuous)
		return 0;
	if (!p->mac_filter)
		return vd_rt_port_promiscuous(p, "no filter for a virtual MAC");
	if (prunes_by_source(p))
		return vd_rt_port_promiscuous(
				p, "a filter for a virtual MAC would hide its other owners");
	memcpy(addr.addr_bytes, m->mac.b, sizeof(m->mac.b));
	m->filter = rte_eth_dev_mac_addr_add(p->id, &addr, 0) == 0;
	return m->filter ? 0 : vd_rt_port_promiscuous(p, "the device takes no further MAC");
}

int
vd_rt_port_mac_add(struct vd_rt_port *p, const struct vd_mac *mac)
{
	struct vd_rt_port_mac *m = find(p, mac), new = {.mac = *mac, .users = 1};
	int err;

	if (m != NULL) {
		m->users++;
		return 0;
	}
	err = vd_rt_driver_takes_all(p->driver) ? 0 : deliver(p, &new);
	if (err != 0)
		return err;
	p->macs = vd_xrealloc(p->macs, (p->n_macs + 1) * sizeof(*p->macs));
	p->macs[p->n_macs++] = new;
	return 0;
}

int
vd_rt_port_mac_del(struct vd_rt_port *p, const struct vd_mac *mac)
{
	struct vd_rt_port_mac *m = find(p, mac);
	struct rte_ether_addr addr;

	if (m == NULL)
		return -ENOENT;
	if (--m->users > 0)
		return 0;
	memcpy(addr.addr_bytes, mac->b, sizeof(mac->b));
	if (m->filter)
		(void)rte_eth_dev_mac_addr_remove(p->id, &addr);
	*m = p->macs[--p->n_macs];
	return 0;
}

void
vd_rt_port_macs_free(struct vd_rt_port *p)
{
	free(p->macs);
}

void
vd_rt_port_multicast(struct vd_rt_port *p)
{
	/* VRRP; all nodes and all routers. Solicited-node groups are too many for a list. */
	struct rte_ether_addr groups[] = {
			{{0x01, 0x00, 0x5e, 0x00, 0x00, 0x12}},
			{{0x33, 0x33, 0x00, 0x00, 0x00, 0x12}},
			{{0x33, 0x33, 0x00, 0x00, 0x00, 0x01}},
			{{0x33, 0x33, 0x00, 0x00, 0x00, 0x02}},
	};

	if (rte_eth_allmulticast_enable(p->id) == 0 || vd_rt_driver_takes_all(p->driver) ||
			vd_rt_port_promiscuous(p, "the device does not take all multicast") == 0)
		return;
	if (rte_eth_dev_set_mc_addr_list(p->id, groups, RTE_DIM(groups)) == 0)
		vd_rt_port_note(p,
				"multicast by list: VRRP's own groups only, and IPv6 neighbours "
				"may "
				"not be heard");
}
