/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "rt_port_priv.h"
#include "vd_log.h"
#include "vd_rt_eal.h"
#include "vd_rt_profile.h"

const char *
vd_rt_ctl_tx_name(enum vd_rt_ctl_tx t)
{
	static const char *const names[] = {"own", "pair", "shared"};

	return (unsigned int)t < VD_ARRAY_LEN(names) ? names[t] : "?";
}

void
vd_rt_port_note(struct vd_rt_port *p, const char *fmt, ...)
{
	struct vd_strbuf b = {0};
	va_list ap;

	if (p->n_notes == VD_RT_PORT_NOTES)
		return;
	va_start(ap, fmt);
	vd_strbuf_vprintf(&b, fmt, ap);
	va_end(ap);
	p->notes[p->n_notes++] = vd_strbuf_take(&b);
}

static void
port_free(struct vd_rt_port *p)
{
	for (unsigned int i = 0; i < p->n_notes; i++)
		free(p->notes[i]);
	free(p->name);
	free(p->device);
	free(p->driver);
	free(p->netdev);
	vd_rt_port_macs_free(p);
	free(p);
}

/* What the user reads when a device cannot be had: the PMD's own words, or the error's. */
static void
say(struct vd_strbuf *why, const char *what, int err)
{
	const char *last = vd_rt_eal_error();

	if (last[0] != '\0')
		vd_strbuf_printf(why, "%s: %s", what, last);
	else
		vd_strbuf_printf(why, "%s: %s", what, strerror(-err));
}

static void
say_pci_driver(const struct vd_rt_device *d, struct vd_strbuf *why)
{
	char path[160], target[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.64s/driver", d->name);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0) {
		vd_strbuf_puts(why, " (it is bound to no driver: dpdk-devbind.py -b vfio-pci)");
		return;
	}
	target[n] = '\0';
	vd_strbuf_printf(why, " (its kernel driver is %s)",
			strrchr(target, '/') == NULL ? target : strrchr(target, '/') + 1);
}

/* Finds the ethdev of a device, attaching it if EAL did not. */
static int
attach(struct vd_rt_port *p, const struct vd_rt_device *d, struct vd_strbuf *why)
{
	int err;

	if (rte_eth_dev_get_port_by_name(d->name, &p->id) == 0)
		return 0;
	err = vd_rt_device_check(d, why);
	if (err != 0)
		return err;
	vd_rt_eal_forget_error();
	err = rte_dev_probe(d->full);
	if (err == 0 && rte_eth_dev_get_port_by_name(d->name, &p->id) == 0) {
		p->ours = true;
		return 0;
	}
	if (err >= 0)
		err = -ENODEV;
	say(why, "cannot be attached", err);
	if (d->pci)
		say_pci_driver(d, why);
	return err;
}

static void
set_mac(struct vd_rt_port *p, const struct vd_rt_port_config *c,
		const struct vd_driver_profile *profile)
{
	struct rte_ether_addr dev = {0}, ours;
	struct vd_mac dev_mac;

	p->mac_filter = profile->mac_filter;
	(void)rte_eth_macaddr_get(p->id, &dev);
	memcpy(dev_mac.b, dev.addr_bytes, sizeof(dev_mac.b));
	p->mac = vd_rt_port_mac(c->port, c->instance, p->driver, &dev_mac);
	memcpy(ours.addr_bytes, p->mac.b, sizeof(p->mac.b));
	if (strcmp(p->driver, "net_tap") == 0) {
		if (rte_is_same_ether_addr(&dev, &ours))
			vd_rt_port_note(p,
					"kernel interface %s has vipd's own MAC: on a bridge the "
					"port is deaf (give mac= another one)",
					p->netdev == NULL ? "of the tap" : p->netdev);
		return;
	}
	if (rte_is_same_ether_addr(&dev, &ours) || vd_rt_driver_takes_all(p->driver))
		return;
	if (!profile->mac_filter || rte_eth_dev_mac_addr_add(p->id, &ours, 0) != 0)
		(void)vd_rt_port_promiscuous(p, "no filter for vipd's own MAC");
}

static int
set_mtu(struct vd_rt_port *p, struct vd_strbuf *why)
{
	uint16_t now = 0;
	int err;

	if (rte_eth_dev_get_mtu(p->id, &now) == 0 && now == p->mtu &&
			strcmp(p->driver, "net_tap") != 0)
		return 0;
	vd_rt_eal_forget_error();
	err = rte_eth_dev_set_mtu(p->id, p->mtu);
	if (err == 0 || err == -ENOTSUP)
		return 0;
	vd_strbuf_printf(why, "MTU %u: ", p->mtu);
	say(why, "refused", err);
	return err;
}

static int
check_limits(const struct vd_rt_port *p, const struct rte_eth_dev_info *info, struct vd_strbuf *why)
{
	uint32_t most = info->max_mtu;

	/* A driver that names the longest frame but no MTU (net_tap). */
	if (info->max_rx_pktlen > RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN)
		most = VD_MIN(most == 0 ? UINT16_MAX : most,
				info->max_rx_pktlen - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN);
	if (p->mtu <= most || most == 0)
		return 0;
	vd_strbuf_printf(why, "MTU %u is more than the device's %u", p->mtu, most);
	return -EINVAL;
}

static int
configure(struct vd_rt_port *p, const struct vd_rt_port_config *c,
		const struct vd_driver_profile *profile, const struct rte_eth_dev_info *info,
		struct vd_strbuf *why)
{
	struct vd_rt_port_config own = *c;
	int err = check_limits(p, info, why);

	if (err != 0)
		return err;
	if (own.pool == NULL)
		own.pool = vd_rt_pool(p->socket);
	if (own.pool == NULL) {
		vd_strbuf_puts(why, "no memory for packet buffers (eal.memory_mb)");
		return -ENOMEM;
	}
	p->pool = own.pool;
	vd_rt_eal_forget_error();
	err = vd_rt_port_queues_setup(p, &own, profile, info);
	if (err != 0) {
		say(why, "cannot be configured", err);
		return err;
	}
	return set_mtu(p, why);
}

static void
add_notes(struct vd_rt_port *p, const struct vd_driver_profile *profile)
{
	if (p->control_tx == VD_RT_CTL_TX_SHARED)
		vd_rt_port_note(p, "no Tx queue of its own for control: it sends through worker %u",
				p->first_worker);
	for (size_t i = 0; i < profile->lacks.n; i++)
		vd_rt_port_note(p, "%s", profile->lacks.v[i]);
}

/* The profile: the one named, or the device's; found before it is attached for vdevs, after it for PCI. */
static int
load_profile(const struct vd_dataplane_port *port, const char *pmd, struct vd_driver_profile **out,
		struct vd_strbuf *why)
{
	struct vd_diag_list diags = {0};
	int err = vd_rt_profile_load(port->driver, pmd, out, &diags);

	if (err == -ENOENT && port->driver != NULL) {
		const char *dir = vd_rt_profile_dir();

		vd_strbuf_printf(why, "no driver profile %s.json in %s", port->driver,
				dir == NULL ? "drivers-config" : dir);
		vd_driver_profile_free(*out);
		*out = NULL;
	} else if (err == -EINVAL) {
		vd_diag_list_format(&diags, why);
		while (why->len > 0 && why->s[why->len - 1] == '\n')
			why->s[--why->len] = '\0';
	} else {
		err = 0;
	}
	vd_diag_list_free(&diags);
	return err;
}

static int
open_port(struct vd_rt_port *p, const struct vd_rt_port_config *c, struct vd_strbuf *why)
{
	struct vd_driver_profile *profile = NULL;
	struct rte_eth_dev_info info;
	struct vd_rt_device d;
	char pmd[64];
	int err;

	vd_dataplane_device_driver(c->port->device, pmd, sizeof(pmd));
	err = load_profile(c->port, pmd[0] != '\0' ? pmd : "pci", &profile, why);
	if (err != 0)
		return err;
	vd_rt_device_make(&d, c->port, c->instance, profile);
	err = attach(p, &d, why);
	if (err == 0) {
		err = rte_eth_dev_info_get(p->id, &info);
		if (err != 0)
			say(why, "gives no information", err);
	}
	if (err == 0 && d.pci && c->port->driver == NULL) {
		vd_driver_profile_free(profile);
		err = load_profile(c->port, info.driver_name, &profile, why);
	}
	if (err == 0) {
		p->driver = vd_xstrdup(info.driver_name);
		p->netdev = d.netdev == NULL ? NULL : vd_xstrdup(d.netdev);
		p->socket = rte_eth_dev_socket_id(p->id);
		p->link_believed = profile->link_status;
		err = configure(p, c, profile, &info, why);
	}
	if (err == 0) {
		set_mac(p, c, profile);
		/* Some settle the table's size when they know their queues. */
		if (rte_eth_dev_info_get(p->id, &info) == 0 && p->n_workers > 1 &&
				p->n_rxq >= p->n_workers)
			p->rss_table = vd_rt_rss_table(p->driver, profile, &info);
		p->rss_key_size = info.hash_key_size;
		add_notes(p, profile);
		vd_rt_port_link_open(p, &info);
	}
	vd_driver_profile_free(profile);
	vd_rt_device_free(&d);
	return err;
}

struct vd_rt_port *
vd_rt_port_open(const struct vd_rt_port_config *c, int *err, struct vd_strbuf *why)
{
	struct vd_rt_port *p = vd_xcalloc(1, sizeof(*p));
	struct vd_strbuf text = {0};

	p->id = RTE_MAX_ETHPORTS;
	p->name = vd_xstrdup(c->port->name);
	p->device = vd_xstrdup(c->port->device);
	p->mtu = c->port->mtu;
	*err = open_port(p, c, &text);
	if (*err == 0)
		return p;
	vd_strbuf_printf(why, "port %s: %s: %s", p->name, p->device,
			text.s == NULL ? strerror(-*err) : text.s);
	vd_strbuf_free(&text);
	vd_rt_port_close(p);
	return NULL;
}

/* Interrupts count only if each queue really has a file descriptor. */
static void
check_interrupts(struct vd_rt_port *p)
{
	for (uint16_t q = 0; p->rx_interrupts && q < p->n_rxq; q++)
		if (rte_eth_dev_rx_intr_ctl_q_get_fd(p->id, q) < 0)
			p->rx_interrupts = false;
}

int
vd_rt_port_start(struct vd_rt_port *p, struct vd_strbuf *why)
{
	int err;

	vd_rt_eal_forget_error();
	err = rte_eth_dev_start(p->id);
	if (err != 0) {
		vd_strbuf_printf(why, "port %s: ", p->name);
		say(why, "cannot be started", err);
		return err;
	}
	vd_rt_port_multicast(p);
	check_interrupts(p);
	vd_rt_port_link_poll(p);
	vd_log(VD_LOG_INFO,
			"port %s: %s (%s), %u Rx and %u Tx queues, control_tx %s, MTU %u, %s Rx%s",
			p->name, p->device, p->driver, p->n_rxq, p->n_txq,
			vd_rt_ctl_tx_name(p->control_tx), p->mtu,
			p->rx_interrupts ? "interrupt" : "polled",
			p->rx_checksum ? ", checksums by the device" : "");
	return 0;
}

void
vd_rt_port_stop(struct vd_rt_port *p)
{
	(void)rte_eth_dev_stop(p->id);
}

void
vd_rt_port_close(struct vd_rt_port *p)
{
	struct rte_eth_dev_info info = {0};

	if (p == NULL)
		return;
	if (p->id < RTE_MAX_ETHPORTS && rte_eth_dev_is_valid_port(p->id)) {
		(void)rte_eth_dev_info_get(p->id, &info);
		vd_rt_port_link_close(p);
		(void)rte_eth_dev_stop(p->id);
		(void)rte_eth_dev_close(p->id);
		if (p->ours && info.device != NULL)
			(void)rte_dev_remove(info.device);
	}
	port_free(p);
}

int
vd_rt_port_stats(const struct vd_rt_port *p, struct rte_eth_stats *out)
{
	return rte_eth_stats_get(p->id, out);
}
