/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_PORT_PRIV_H
#define VD_RT_PORT_PRIV_H

#include <rte_ethdev.h>

#include "vd_conf_driver.h"
#include "vd_rt_port.h"

/* A device string taken apart, and what is to be added to it. */
struct vd_rt_device {
	char *name;      /* as EAL knows it: "net_tap0", "0000:3b:00.0" */
	char *full;      /* with every devarg */
	char driver[64]; /* of a vdev; "" for PCI */
	char *netdev;    /* kernel interface that the devargs name, or NULL */
	bool pci;
};

/* Pure: completes the device string of a port (profile's devargs; mac= of a net_tap). */
void vd_rt_device_make(struct vd_rt_device *d, const struct vd_dataplane_port *port,
		const char *instance, const struct vd_driver_profile *profile);
void vd_rt_device_free(struct vd_rt_device *d);

/* The value of "key=" among the devargs, as new text, or NULL. */
char *vd_rt_device_arg(const char *device, const char *key);
bool vd_rt_device_has_arg(const char *device, const char *key);

/* Looks for what is missing before EAL is asked: 0, or -errno with the reason as a sentence part in why. */
int vd_rt_device_check(const struct vd_rt_device *d, struct vd_strbuf *why);

/* vipd's MAC on a port of that driver. */
struct vd_mac vd_rt_port_mac(const struct vd_dataplane_port *port, const char *instance,
		const char *driver, const struct vd_mac *device_mac);

/* Configures device and queues; tries own, pair, shared. 0, or -errno with the PMD's last error. */
int vd_rt_port_queues_setup(struct vd_rt_port *p, const struct vd_rt_port_config *c,
		const struct vd_driver_profile *profile, const struct rte_eth_dev_info *info);

/* What a device's claim to spread by key and table is worth: the table's size, or 0. */
uint16_t vd_rt_rss_table(const char *driver, const struct vd_driver_profile *profile,
		const struct rte_eth_dev_info *info);

/* Drivers that deliver every frame of their medium, whatever filter is set. */
bool vd_rt_driver_takes_all(const char *driver);
/* Once: with a note and a log line that give the reason. 0 or -errno. */
int vd_rt_port_promiscuous(struct vd_rt_port *p, const char *why);
/* Has VRRP's and ND's groups delivered. */
void vd_rt_port_multicast(struct vd_rt_port *p);
void vd_rt_port_macs_free(struct vd_rt_port *p);

/* Whether the driver, configured to, calls back when the link changes. */
bool vd_rt_driver_reports_link(const char *driver, const struct rte_eth_dev_info *info);
/* Registers for link changes, and notes how they are seen. */
void vd_rt_port_link_open(struct vd_rt_port *p, const struct rte_eth_dev_info *info);
void vd_rt_port_link_close(struct vd_rt_port *p);

void vd_rt_port_note(struct vd_rt_port *p, const char *fmt, ...) VD_PRINTF(2, 3);

#endif
