/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vd_model_dataplane.h"

struct vd_dataplane *
vd_dataplane_new(void)
{
	struct vd_dataplane *dp = vd_xcalloc(1, sizeof(*dp));

	dp->eal.automatic = true;
	dp->poll = VD_DATAPLANE_POLL_ADAPTIVE;
	dp->log.to = VD_DATAPLANE_LOG_STDERR;
	dp->log.level = VD_LOG_INFO;
	dp->max_per_worker = VD_DATAPLANE_CONNS_DEFAULT;
	dp->stall_ms = VD_DATAPLANE_STALL_MS_DEFAULT;
	return dp;
}

void
vd_dataplane_lcore_free(struct vd_dataplane_lcore *l)
{
	free(l->text);
	memset(l, 0, sizeof(*l));
}

static void
l3_free(struct vd_dataplane_l3 *l3)
{
	vd_vec_free(&l3->addresses);
	vd_vec_free(&l3->gateways);
	vd_vec_free(&l3->routes);
	vd_vec_free(&l3->neighbors);
}

static void
port_free(struct vd_dataplane_port *port)
{
	struct vd_dataplane_vlan *vlan;

	VD_VEC_FOREACH (vlan, &port->vlans) {
		free(vlan->name);
		l3_free(&vlan->l3);
	}
	vd_vec_free(&port->vlans);
	l3_free(&port->l3);
	free(port->name);
	free(port->device);
	free(port->driver);
	free(port->punt);
}

void
vd_dataplane_free(struct vd_dataplane *dp)
{
	struct vd_dataplane_lcore *l;
	struct vd_dataplane_port *port;
	char **extra;

	if (dp == NULL)
		return;
	vd_dataplane_lcore_free(&dp->eal.main_lcore);
	vd_dataplane_lcore_free(&dp->eal.control_lcore);
	VD_VEC_FOREACH (l, &dp->eal.worker_lcores)
		vd_dataplane_lcore_free(l);
	vd_vec_free(&dp->eal.worker_lcores);
	VD_VEC_FOREACH (extra, &dp->eal.extra)
		free(*extra);
	vd_vec_free(&dp->eal.extra);
	VD_VEC_FOREACH (port, &dp->ports)
		port_free(port);
	vd_vec_free(&dp->ports);
	free(dp->log.path);
	free(dp->file);
	free(dp);
}

const char *
vd_dataplane_poll_name(enum vd_dataplane_poll poll)
{
	return poll == VD_DATAPLANE_POLL_BUSY ? "busy" : "adaptive";
}

bool
vd_dataplane_iface_find(
		const struct vd_dataplane *dp, const char *name, struct vd_dataplane_iface *out)
{
	for (size_t i = 0; i < dp->ports.n; i++) {
		const struct vd_dataplane_port *port = &dp->ports.v[i];

		if (strcmp(port->name, name) == 0) {
			*out = (struct vd_dataplane_iface){port, NULL, &port->l3};
			return true;
		}
		for (size_t k = 0; k < port->vlans.n; k++) {
			const struct vd_dataplane_vlan *vlan = &port->vlans.v[k];

			if (strcmp(vlan->name, name) == 0) {
				*out = (struct vd_dataplane_iface){port, vlan, &vlan->l3};
				return true;
			}
		}
	}
	return false;
}

static bool
l3_owns(const struct vd_dataplane_l3 *l3, const struct vd_addr *addr)
{
	for (size_t i = 0; i < l3->addresses.n; i++)
		if (vd_addr_equal(&l3->addresses.v[i].addr, addr))
			return true;
	return false;
}

bool
vd_dataplane_addr_find(const struct vd_dataplane *dp, const struct vd_addr *addr,
		struct vd_dataplane_iface *out)
{
	for (size_t i = 0; i < dp->ports.n; i++) {
		const struct vd_dataplane_port *port = &dp->ports.v[i];

		if (l3_owns(&port->l3, addr)) {
			*out = (struct vd_dataplane_iface){port, NULL, &port->l3};
			return true;
		}
		for (size_t k = 0; k < port->vlans.n; k++) {
			const struct vd_dataplane_vlan *vlan = &port->vlans.v[k];

			if (l3_owns(&vlan->l3, addr)) {
				*out = (struct vd_dataplane_iface){port, vlan, &vlan->l3};
				return true;
			}
		}
	}
	return false;
}

bool
vd_dataplane_l3_connected(const struct vd_dataplane_l3 *l3, const struct vd_addr *addr)
{
	for (size_t i = 0; i < l3->addresses.n; i++)
		if (vd_prefix_contains(&l3->addresses.v[i], addr))
			return true;
	return false;
}

/* Reads decimal digits up to max; NULL if there are none or they are too many. */
static const char *
digits(const char *s, uint16_t max, uint16_t *out)
{
	unsigned int value = 0;

	if (*s < '0' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++) {
		value = value * 10 + (unsigned int)(*s - '0');
		if (value > max)
			return NULL;
	}
	*out = (uint16_t)value;
	return s;
}

int
vd_dataplane_lcore_parse(const char *text, struct vd_dataplane_lcore *out)
{
	uint16_t lcore, cpu;
	const char *s;

	s = digits(text, VD_DATAPLANE_LCORES_MAX - 1, &lcore);
	if (s == NULL)
		return -EINVAL;
	cpu = lcore;
	if (*s == '@') {
		s = digits(s + 1, 4095, &cpu);
		if (s == NULL)
			return -EINVAL;
	}
	if (*s != '\0')
		return -EINVAL;
	*out = (struct vd_dataplane_lcore){true, vd_xstrdup(text), lcore, cpu};
	return 0;
}

static const char *
hex_digits(const char *s, int min, int max)
{
	int n = 0;

	while ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f') || (*s >= 'A' && *s <= 'F')) {
		s++;
		n++;
	}
	return n >= min && n <= max ? s : NULL;
}

/* [domain:]bus:devid.function, as rte_pci_addr_parse() takes it. */
bool
vd_dataplane_device_is_pci(const char *device)
{
	const char *s = hex_digits(device, 1, 8);

	if (s == NULL || *s != ':')
		return false;
	s = hex_digits(s + 1, 1, 2);
	if (s == NULL)
		return false;
	if (*s == ':') {
		s = hex_digits(s + 1, 1, 2);
		if (s == NULL)
			return false;
	}
	if (*s != '.' || s[1] < '0' || s[1] > '7')
		return false;
	return s[2] == '\0' || s[2] == ',';
}

const char *
vd_dataplane_device_driver(const char *device, char *buf, size_t size)
{
	size_t n = strcspn(device, ",");

	if (vd_dataplane_device_is_pci(device))
		n = 0;
	while (n > 0 && device[n - 1] >= '0' && device[n - 1] <= '9')
		n--;
	if (n >= size)
		n = size - 1;
	memcpy(buf, device, n);
	buf[n] = '\0';
	return buf;
}
