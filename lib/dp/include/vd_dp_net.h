/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_DP_NET_H
#define VD_DP_NET_H

/*
 * What a worker knows of this box: interfaces, its addresses, routes. A netconf is built on the main thread by the
 * functions below, is immutable after vd_dp_netconf_finish(), and is published to the workers like a service
 * snapshot: VD_DP_EVENT_NETCONF, freed when every worker has acknowledged a later one (vd_dp_worker_netconf_ack()).
 *
 * An interface is a port, or one VLAN of it; its number is the ifid that neigh, reports and punted frames use too.
 * MTU is the largest IP packet. VLAN 0 is untagged. VLAN ids and MTU in host order.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_laddr.h"

#define VD_DP_PORT_MAX     32 /* ethdev port ids below this */
#define VD_DP_IF_MAX       512
#define VD_DP_POOL_MAX     (VD_DP_IF_MAX + 65536)
#define VD_DP_IF_NONE      UINT16_MAX
#define VD_DP_LEASE_ALWAYS UINT32_MAX /* index of the lease that never runs out */
#define VD_DP_LEASE_MAX    1024

struct vd_dp_iface {
	uint16_t port; /* ethdev port id */
	uint16_t vlan;
	uint16_t mtu;
	bool punt; /* a kernel tap takes what is not vipd's; false = such packets are dropped as no_punt */
	struct vd_mac mac;
};

enum vd_dp_addr_kind {
	VD_DP_ADDR_OWN, /* of the interface: what no connection owns is punted */
	VD_DP_ADDR_LOCAL, /* FULLNAT source only: what no connection owns is dropped as no_connection */
	VD_DP_ADDR_VIP, /* echo is answered, the rest is punted, both while the lease lasts */
};

struct vd_dp_address {
	struct vd_addr addr;
	uint32_t lease; /* of a VIP or a floating local address; VD_DP_LEASE_ALWAYS */
	uint16_t ifid;
	uint8_t kind;
	bool local; /* set by vd_dp_netconf_finish(): FULLNAT sends from it */
	bool no_accept; /* vrrp_strict, no_accept: neither echo nor punt for this VIP (dropped as no_listener) */
};

struct vd_dp_netconf;

struct vd_dp_netconf *vd_dp_netconf_new(void);
/* The new interface's ifid (0, 1, ... in order of the calls), -EEXIST for the same port and VLAN, -ENOSPC. */
int vd_dp_netconf_add_iface(struct vd_dp_netconf *n, const struct vd_dp_iface *i);
/* An address stands once: -EEXIST. OWN wins over VIP over LOCAL (the later, weaker one is ignored with 0). */
int vd_dp_netconf_add_address(struct vd_dp_netconf *n, const struct vd_dp_address *a);
/*
 * A further MAC of the interface, the virtual MAC of a VRRP instance: unicast frames to it are taken like those to the
 * interface's own while the lease runs, and dropped as not_master otherwise. An interface may have many. -EEXIST for
 * the same one twice, -EINVAL for an unknown interface or lease and for what is no host's MAC.
 */
int vd_dp_netconf_add_mac(
		struct vd_dp_netconf *n, uint16_t ifid, const struct vd_mac *mac, uint32_t lease);
/*
 * Packets to the prefix leave by ifid, to the gateway via or, with via NULL, to their destination itself. Several
 * gateways of one prefix share the load by flow. A default route is 0.0.0.0/0 or ::/0.
 */
int vd_dp_netconf_add_route(struct vd_dp_netconf *n, const struct vd_prefix *to,
		const struct vd_addr *via, uint16_t ifid);
/*
 * FULLNAT sources: an address with its ports joins a pool. A service without a pool of its own (VD_LB_NONE) uses the
 * pool whose number is the ifid of the interface that its real server is reached by; the others are numbered from
 * VD_DP_IF_MAX on, as vd_lb_service_spec.laddr_pool has them. 0, or -EINVAL for a number that is too large.
 */
int vd_dp_netconf_add_local(struct vd_dp_netconf *n, uint32_t pool, const struct vd_addr *addr,
		const struct vd_laddr_range *ranges, unsigned int n_ranges);
/*
 * Someone whom this box checks: what comes from there to an own address of the port, and is no connection's, goes up by a
 * ring of its own (VD_DP_UP_CHECK). The same one twice is one. 0, or -EINVAL for what is no host's address.
 */
int vd_dp_netconf_check_peer(struct vd_dp_netconf *n, const struct vd_addr *addr);
/* Sorts and indexes. 0, or -ENOMEM. sequence is what workers acknowledge: larger than any before, not 0. */
int vd_dp_netconf_finish(struct vd_dp_netconf *n, uint64_t sequence);
void vd_dp_netconf_free(struct vd_dp_netconf *n); /* NULL is fine */

/* For readers on main and control: NULL past the end. */
const struct vd_dp_iface *vd_dp_netconf_iface(const struct vd_dp_netconf *n, uint16_t ifid);
uint16_t vd_dp_netconf_iface_find(const struct vd_dp_netconf *n, uint16_t port, uint16_t vlan);
const struct vd_dp_address *
vd_dp_netconf_address(const struct vd_dp_netconf *n, const struct vd_addr *addr);

/* The next hop of a packet to dst: true and its interface and address (dst itself when on the link). */
bool vd_dp_netconf_route(const struct vd_dp_netconf *n, const struct vd_addr *dst,
		uint32_t flow_hash, uint16_t *ifid, struct vd_addr *next_hop);

#endif
