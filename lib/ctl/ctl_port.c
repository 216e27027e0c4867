/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports of the dataplane file: opened, with their taps, and as the interfaces and addresses that the engines know. */
#include <errno.h>
#include <string.h>

#include "ctl_priv.h"

static int
port_open(struct vd_ctl *c, struct ctl_port *p, const struct vd_dataplane_port *conf,
		unsigned int first_worker, struct vd_strbuf *why)
{
	struct vd_rt_port_config rc = {
			.port = conf,
			.instance = c->instance,
			.n_workers = c->n_active,
			.first_worker = first_worker,
			.interrupts = c->dataplane->poll == VD_DATAPLANE_POLL_ADAPTIVE,
	};
	int err = 0;

	p->rt = vd_rt_port_open(&rc, &err, why);
	if (p->rt == NULL)
		return err;
	if (p->rt->id >= VD_DP_PORT_MAX) {
		vd_strbuf_printf(why, "port %s: DPDK port id %u is above %u", conf->name, p->rt->id,
				VD_DP_PORT_MAX - 1);
		return -ERANGE;
	}
	c->port_of_id[p->rt->id] = p;
	vd_rt_port_link_watch(p->rt, ctl_control_wake, c);
	err = vd_rt_port_start(p->rt, why);
	if (err != 0)
		return err;
	p->started = true;
	for (unsigned int i = 0; i < p->rt->n_notes; i++)
		vd_log(VD_LOG_INFO, "port %s: %s", conf->name, p->rt->notes[i]);
	if (conf->punt == NULL)
		return 0;
	p->punt = vd_punt_open(p->rt, conf, &err, why);
	if (p->punt == NULL)
		return err;
	if (vd_punt_note(p->punt) != NULL)
		vd_log(VD_LOG_WARNING, "port %s: %s", conf->name, vd_punt_note(p->punt));
	return 0;
}

/* One key and one number of slots for all: a flow has the same owner by whichever of these ports it comes. */
static void
rss_open(struct vd_ctl *c)
{
	uint8_t key[VD_RT_RSS_KEY_MAX];
	uint32_t slots = 512;

	vd_pkt_toeplitz_key(vd_hash_u64(5, c->seed), key, sizeof(key));
	vd_pkt_toeplitz_init(&c->toeplitz, key);
	for (size_t i = 0; i < c->n_ports; i++)
		while (c->port[i].rt->rss_table != 0 && c->port[i].rt->rss_table < slots)
			slots /= 2;
	for (size_t i = 0; i < c->n_ports; i++)
		if (c->port[i].rt->rss_table != 0 &&
				vd_rt_port_rss_set(c->port[i].rt, key, (uint16_t)slots) == 0)
			c->rss_slots = (uint16_t)slots;
}

int
ctl_ports_open(struct vd_ctl *c, struct vd_strbuf *why)
{
	unsigned int queues = 0;
	int err;

	vd_rt_pool_plan(c->dataplane, c->n_active);
	for (size_t i = 0; i < c->dataplane->ports.n; i++) {
		c->n_ports = i + 1;
		err = port_open(c, &c->port[i], &c->dataplane->ports.v[i], queues, why);
		if (err != 0)
			return err;
		queues += c->port[i].rt->n_rxq; /* the next port's go on at the next worker */
	}
	rss_open(c);
	return 0;
}

void
ctl_ports_close(struct vd_ctl *c)
{
	while (c->n_ports > 0) {
		struct ctl_port *p = &c->port[--c->n_ports];

		vd_vec_free(&p->shown);
		if (p->punt != NULL)
			vd_punt_close(p->punt);
		if (p->rt == NULL)
			continue;
		if (p->started)
			vd_rt_port_stop(p->rt);
		vd_rt_port_close(p->rt);
		memset(p, 0, sizeof(*p));
	}
	vd_rt_pools_free();
}

/* What of the dataplane file can change at run time, carried to the kernel taps. */
void
ctl_ports_reconfigure(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->n_ports; i++) {
		const struct vd_dataplane_port *conf = &c->dataplane->ports.v[i];
		int err = c->port[i].punt == NULL ? 0 : vd_punt_reconfigure(c->port[i].punt, conf);

		if (err != 0)
			vd_log(VD_LOG_WARNING, "port %s: kernel tap %s: %s", conf->name,
					vd_punt_name(c->port[i].punt), strerror(-err));
	}
}

static void
iface_set(struct vd_ctl *c, uint16_t n, size_t port, size_t vlan, const struct vd_dataplane_l3 *l3,
		const char *name)
{
	struct ctl_iface *i = &c->iface[n];

	i->port = port;
	i->vlan = vlan == SIZE_MAX ? 0 : c->dataplane->ports.v[port].vlans.v[vlan].id;
	i->name = name;
	i->l3 = l3;
	i->mac = c->port[port].rt->mac;
}

/*
 * ifids are given in the order of the file: a port, then its VLANs. The same order as netconf's. A reload sets what it finds
 * once more: ports and VLANs change with a restart only, and control, which goes by their number, runs on.
 */
void
ctl_ifaces_build(struct vd_ctl *c)
{
	uint16_t n = 0;

	for (size_t p = 0; p < c->dataplane->ports.n && n < VD_DP_IF_MAX; p++) {
		const struct vd_dataplane_port *conf = &c->dataplane->ports.v[p];

		iface_set(c, n++, p, SIZE_MAX, &conf->l3, conf->name);
		for (size_t v = 0; v < conf->vlans.n && n < VD_DP_IF_MAX; v++)
			iface_set(c, n++, p, v, &conf->vlans.v[v].l3, conf->vlans.v[v].name);
	}
	c->n_ifaces = n;
}

uint16_t
ctl_iface_by_name(const struct vd_ctl *c, const char *name)
{
	for (uint16_t i = 0; name != NULL && i < c->n_ifaces; i++)
		if (strcmp(c->iface[i].name, name) == 0)
			return i;
	return VD_DP_IF_NONE;
}

/* The interface on one of whose subnets addr lies. */
uint16_t
ctl_iface_connected(const struct vd_ctl *c, const struct vd_addr *addr)
{
	for (uint16_t i = 0; i < c->n_ifaces; i++)
		if (vd_dataplane_l3_connected(c->iface[i].l3, addr))
			return i;
	return VD_DP_IF_NONE;
}

size_t
vd_ctl_port_count(struct vd_ctl *c)
{
	return c->n_ports;
}

static void
port_rates(const struct ctl_port *p, struct vd_ctl_port *out)
{
	out->rx_pps = p->rate[CTL_PORT_RX_PACKETS].per_second;
	out->tx_pps = p->rate[CTL_PORT_TX_PACKETS].per_second;
	out->rx_bps = p->rate[CTL_PORT_RX_BYTES].per_second;
	out->tx_bps = p->rate[CTL_PORT_TX_BYTES].per_second;
}

/* Those of the file, and the link-local one that vipd makes. */
static void
addresses_show(struct vd_ctl *c, size_t i, struct vd_ctl_port *out)
{
	struct ctl_port *p = &c->port[i];
	struct vd_prefix ll = {.len = 64};
	const struct vd_prefix *a;

	p->shown.n = 0;
	VD_VEC_FOREACH (a, &c->dataplane->ports.v[i].l3.addresses)
		vd_vec_push(&p->shown, *a);
	for (uint16_t k = 0; k < c->n_ifaces; k++)
		if (c->iface[k].port == i && c->iface[k].vlan == 0 &&
				ctl_iface_link_local(&c->iface[k], &ll.addr))
			vd_vec_push(&p->shown, ll);
	out->addresses = p->shown.v;
	out->n_addresses = p->shown.n;
}

static void
queues_show(const struct vd_rt_port *p, struct vd_ctl_port *out)
{
	uint16_t queues[VD_RT_PORT_QUEUES];

	out->steering = p->n_workers == 1 ? "none" : p->rss_slots != 0 ? "rss" : "software";
	out->n_workers = VD_MIN(p->n_workers, VD_ARRAY_LEN(out->rx_by_worker));
	for (unsigned int w = 0; w < out->n_workers; w++) {
		out->rx_by_worker[w] = (uint8_t)vd_rt_port_rx_queues(p, w, queues);
		out->tx_by_worker[w] = vd_rt_port_txq(p, w) != VD_RT_TXQ_NONE;
	}
}

void
vd_ctl_port_get(struct vd_ctl *c, size_t i, struct vd_ctl_port *out)
{
	const struct vd_dataplane_port *conf = &c->dataplane->ports.v[i];
	const struct ctl_port *p = &c->port[i];
	struct vd_rt_port_link link;

	memset(out, 0, sizeof(*out));
	vd_rt_port_link(p->rt, &link);
	out->name = conf->name;
	out->device = conf->device;
	out->driver = p->rt->driver;
	out->punt = p->punt == NULL ? NULL : vd_punt_name(p->punt);
	out->mac = p->rt->mac;
	out->link_up = link.up;
	out->link_mbps = link.mbps;
	out->mtu = p->rt->mtu;
	out->rx_queues = p->rt->n_rxq;
	out->tx_queues = p->rt->n_txq;
	out->control_tx = vd_rt_ctl_tx_name(p->rt->control_tx);
	queues_show(p->rt, out);
	out->notes = (const char *const *)p->rt->notes;
	out->n_notes = p->rt->n_notes;
	addresses_show(c, i, out);
	port_rates(p, out);
	if (p->punt != NULL) {
		struct vd_punt_stats s;

		vd_punt_stats_get(p->punt, &s);
		out->punt_rx = s.from_kernel;
		out->punt_tx = s.to_kernel;
		out->punt_dropped = s.to_kernel_dropped + s.no_mbuf;
	}
	ctl_port_totals(c, i, out);
}
