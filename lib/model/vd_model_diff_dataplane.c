/* SPDX-License-Identifier: BSD-3-Clause */
/* Two dataplane files: what can change while vipd runs, and what waits for a restart. */
#include <string.h>

#include "vd_model_diff.h"

struct dp_ctx {
	struct vd_dataplane_diff *d;
	struct vd_diag_list *diags;
	const char *file;
};

static void VD_PRINTF(2, 3) restart(struct dp_ctx *c, const char *fmt, ...)
{
	struct vd_strbuf path = {0};
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(&path, fmt, ap);
	va_end(ap);
	vd_diag_add(c->diags, VD_DIAG_WARNING, (struct vd_place){.file = c->file, .path = path.s},
			"what runs stays as it is", "a change here needs a restart");
	vd_strbuf_free(&path);
	c->d->restart = true;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_lcore(const struct vd_dataplane_lcore *a, const struct vd_dataplane_lcore *b)
{
	return a->given == b->given && a->lcore == b->lcore && a->cpu == b->cpu;
}

static bool
same_eal(const struct vd_dataplane_eal *a, const struct vd_dataplane_eal *b)
{
	if (a->automatic != b->automatic || !same_lcore(&a->main_lcore, &b->main_lcore) ||
			!same_lcore(&a->control_lcore, &b->control_lcore) ||
			a->worker_lcores.n != b->worker_lcores.n || a->memory_mb != b->memory_mb ||
			a->hugepages != b->hugepages || a->extra.n != b->extra.n)
		return false;
	for (size_t i = 0; i < a->worker_lcores.n; i++)
		if (!same_lcore(&a->worker_lcores.v[i], &b->worker_lcores.v[i]))
			return false;
	for (size_t i = 0; i < a->extra.n; i++)
		if (strcmp(a->extra.v[i], b->extra.v[i]) != 0)
			return false;
	return true;
}

static bool
same_prefix(const struct vd_prefix *a, const struct vd_prefix *b)
{
	return vd_addr_equal(&a->addr, &b->addr) && a->len == b->len;
}

static unsigned int
l3_what(const struct vd_dataplane_l3 *a, const struct vd_dataplane_l3 *b)
{
	bool addresses = a->addresses.n == b->addresses.n,
	     gateways = a->gateways.n == b->gateways.n;
	bool routes = a->routes.n == b->routes.n, neighbors = a->neighbors.n == b->neighbors.n;

	for (size_t i = 0; addresses && i < a->addresses.n; i++)
		addresses = same_prefix(&a->addresses.v[i], &b->addresses.v[i]);
	for (size_t i = 0; gateways && i < a->gateways.n; i++)
		gateways = vd_addr_equal(&a->gateways.v[i], &b->gateways.v[i]);
	for (size_t i = 0; routes && i < a->routes.n; i++)
		routes = same_prefix(&a->routes.v[i].to, &b->routes.v[i].to) &&
				vd_addr_equal(&a->routes.v[i].via, &b->routes.v[i].via);
	for (size_t i = 0; neighbors && i < a->neighbors.n; i++)
		neighbors = vd_addr_equal(&a->neighbors.v[i].addr, &b->neighbors.v[i].addr) &&
				memcmp(&a->neighbors.v[i].mac, &b->neighbors.v[i].mac,
						sizeof(struct vd_mac)) == 0;
	return (addresses ? 0 : VD_DATAPLANE_DIFF_ADDRESSES) |
			(gateways ? 0 : VD_DATAPLANE_DIFF_GATEWAYS) |
			(routes ? 0 : VD_DATAPLANE_DIFF_ROUTES) |
			(neighbors ? 0 : VD_DATAPLANE_DIFF_NEIGHBORS);
}

static void
diff_l3(struct dp_ctx *c, size_t port, size_t vlan, const struct vd_dataplane_l3 *a,
		const struct vd_dataplane_l3 *b)
{
	unsigned int what = l3_what(a, b);

	if (what != 0)
		vd_vec_push(&c->d->ifaces, ((struct vd_dataplane_diff_iface){port, vlan, what}));
}

static bool
same_vlans(const struct vd_dataplane_port *a, const struct vd_dataplane_port *b)
{
	if (a->vlans.n != b->vlans.n)
		return false;
	for (size_t i = 0; i < a->vlans.n; i++)
		if (a->vlans.v[i].id != b->vlans.v[i].id ||
				strcmp(a->vlans.v[i].name, b->vlans.v[i].name) != 0)
			return false;
	return true;
}

static void
diff_port(struct dp_ctx *c, size_t i, const struct vd_dataplane_port *a,
		const struct vd_dataplane_port *b)
{
	if (strcmp(a->device, b->device) != 0)
		restart(c, "ports[%zu].device", i);
	if (!same_text(a->driver, b->driver))
		restart(c, "ports[%zu].driver", i);
	if (a->mac_given != b->mac_given || memcmp(&a->mac, &b->mac, sizeof(a->mac)) != 0)
		restart(c, "ports[%zu].mac", i);
	if (a->mtu != b->mtu)
		restart(c, "ports[%zu].mtu", i);
	if (a->rx_queues != b->rx_queues)
		restart(c, "ports[%zu].rx_queues", i);
	if (!same_text(a->punt, b->punt))
		restart(c, "ports[%zu].punt", i);
	diff_l3(c, i, VD_MODEL_DIFF_NONE, &a->l3, &b->l3);
	if (!same_vlans(a, b)) {
		restart(c, "ports[%zu].vlans", i);
		return;
	}
	for (size_t k = 0; k < a->vlans.n; k++)
		diff_l3(c, i, k, &a->vlans.v[k].l3, &b->vlans.v[k].l3);
}

static bool
same_ports(const struct vd_dataplane *a, const struct vd_dataplane *b)
{
	if (a->ports.n != b->ports.n)
		return false;
	for (size_t i = 0; i < a->ports.n; i++)
		if (strcmp(a->ports.v[i].name, b->ports.v[i].name) != 0)
			return false;
	return true;
}

void
vd_dataplane_diff_init(struct vd_dataplane_diff *d, const struct vd_dataplane *a,
		const struct vd_dataplane *b, struct vd_diag_list *diags)
{
	struct dp_ctx c = {d, diags, b->file};

	memset(d, 0, sizeof(*d));
	if (!same_eal(&a->eal, &b->eal))
		restart(&c, "eal");
	if (a->poll != b->poll)
		restart(&c, "poll");
	if (a->log.to != b->log.to || !same_text(a->log.path, b->log.path))
		restart(&c, "log.to");
	if (a->max_per_worker != b->max_per_worker)
		restart(&c, "connections.max_per_worker");
	d->log_level = a->log.level != b->log.level;
	d->stall_ms = a->stall_ms != b->stall_ms;
	if (!same_ports(a, b)) {
		restart(&c, "ports");
		return;
	}
	for (size_t i = 0; i < a->ports.n; i++)
		diff_port(&c, i, &a->ports.v[i], &b->ports.v[i]);
}

void
vd_dataplane_diff_fini(struct vd_dataplane_diff *d)
{
	vd_vec_free(&d->ifaces);
}
