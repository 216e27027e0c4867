/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PUNT_H
#define VD_PUNT_H

/*
 * The way between a port and the host's kernel: one kernel tap per port, opened by /dev/net/tun and not persistent,
 * so it goes, addresses and routes with it, when the process goes. The tap has the port's MAC, MTU, addresses,
 * routes and gateways (metric VD_PUNT_METRIC), and while MASTER its VIPs.
 *
 * ARP and neighbour solicitations never go to the tap: vipd alone answers for the port's addresses. Replies are copied to it
 * so that the kernel's own neighbour table fills. The kernel makes no IPv6 addresses of its own there.
 *
 * Opening, addresses, routes and close: main thread; netlink answers at once, but under the kernel's lock, so not on
 * control. Bursts: control lcore; they never block and move at most n frames. Statistics: any thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "vd_addr.h"
#include "vd_model_dataplane.h"
#include "vd_rt_port.h"
#include "vd_strbuf.h"

#define VD_PUNT_METRIC 4096

struct vd_punt;

/* Single-writer words of control. to_kernel_dropped: the tap's queue was full; no_mbuf: a frame from the kernel was lost. */
struct vd_punt_stats {
	uint64_t to_kernel, to_kernel_bytes, to_kernel_dropped;
	uint64_t from_kernel, from_kernel_bytes, no_mbuf;
};

/*
 * Makes the tap port->punt with the port's MAC and MTU, up, with the addresses, routes and gateways of conf. VLANs become kernel
 * interfaces PUNT.ID on it where the kernel can; otherwise tagged frames pass verbatim and a note says so. NULL with *err
 * and one line in why: -EPERM, -EBUSY (the name is taken), -ENODEV (no /dev/net/tun), ...
 */
struct vd_punt *vd_punt_open(const struct vd_rt_port *port, const struct vd_dataplane_port *conf,
		int *err, struct vd_strbuf *why);
void vd_punt_close(struct vd_punt *p);

const char *vd_punt_name(const struct vd_punt *p);
int vd_punt_fd(const struct vd_punt *p); /* readable: frames from the kernel */
int vd_punt_ifindex(const struct vd_punt *p);
/* Sentence of what the kernel refused without harm, or NULL. */
const char *vd_punt_note(const struct vd_punt *p);

/* Frames from the kernel, whole Ethernet frames with complete checksums. Returns how many of at most n. */
uint16_t
vd_punt_rx_burst(struct vd_punt *p, struct rte_mempool *pool, struct rte_mbuf **m, uint16_t n);
/* Frames to the kernel. Takes all n: what the tap does not take is freed and counted. Returns how many it took. */
uint16_t vd_punt_tx_burst(struct vd_punt *p, struct rte_mbuf **m, uint16_t n);
/* One frame from plain memory, for replies that control copies. True if the tap took it. */
bool vd_punt_tx_bytes(struct vd_punt *p, const void *frame, uint16_t n);
void vd_punt_stats_get(const struct vd_punt *p, struct vd_punt_stats *out);

/*
 * Adds or removes an address of the tap (vlan 0) or of a VLAN on it: VIPs while MASTER, addresses at reload. An address that
 * is there already, or already gone, is no error. 0 or -errno.
 */
int vd_punt_addr_add(struct vd_punt *p, uint16_t vlan, const struct vd_prefix *addr);
int vd_punt_addr_del(struct vd_punt *p, uint16_t vlan, const struct vd_prefix *addr);

/* Makes addresses, routes, gateways and MTU those of conf, by difference to what was set before. 0 or the first -errno. */
int vd_punt_reconfigure(struct vd_punt *p, const struct vd_dataplane_port *conf);

#endif
