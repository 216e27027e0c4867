/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DP_NET_H
#define DP_NET_H

/*
 * The inside of a netconf, for the nodes: flat tables that are only read once finished. Addresses and prefixes
 * live in open-addressing tables at most half full, both families in one, since IPv4 is held mapped (a route
 * 10.0.0.0/8 is ::ffff:10.0.0.0/104 here).
 */

#include "vd_addr.h"
#include "vd_addr_map.h"
#include "vd_compiler.h"
#include "vd_dp_net.h"
#include "vd_hash.h"
#include "vd_vec.h"

struct dp_gateway {
	struct vd_addr via; /* unset = the destination itself */
	uint16_t ifid;
};

struct dp_route {
	struct vd_addr net; /* mapped, host bits clear */
	uint8_t len;        /* of the mapped form, 0 to 128 */
	uint32_t n_gateways;
	VD_VEC(struct dp_gateway) gateways;
};

/* A pool's address while the netconf is being built. */
struct dp_source {
	uint32_t pool;
	uint32_t n_ranges;
	struct vd_laddr_range *ranges;
	struct vd_addr addr;
};

/* A virtual MAC: interface and MAC in one word, which is never 0 for one in use. */
struct dp_vmac {
	uint64_t key;
	uint32_t lease;
};

struct vd_dp_netconf {
	uint64_t sequence;
	uint64_t ways; /* a hash of interfaces and routes: next hops found by equal ones are good */
	uint16_t port_if[VD_DP_PORT_MAX];  /* untagged */
	uint16_t *vlan_if[VD_DP_PORT_MAX]; /* 4096 each, NULL = no VLAN on the port */
	uint32_t addr_mask;
	uint32_t *addr_slot; /* index into addresses + 1, 0 = empty */
	uint32_t route_mask;
	uint32_t *route_slot;
	uint32_t vmac_mask;
	struct dp_vmac *vmac_slot;       /* NULL = there are none */
	uint8_t v4_len[33], v6_len[129]; /* lengths in use, longest first, of the mapped form */
	uint8_t n_v4_len, n_v6_len;
	VD_VEC(struct vd_dp_iface) ifaces;
	VD_VEC(struct vd_dp_address) addresses;
	struct vd_addr_map known; /* index into addresses + 1, until it is finished */
	VD_VEC(struct dp_vmac) vmacs;
	VD_VEC(struct dp_route) routes;
	VD_VEC(struct dp_source) locals;
	uint32_t check_mask;
	uint32_t *check_slot; /* index into check_peers + 1; NULL = there are none */
	VD_VEC(struct vd_addr) check_peers;
	uint32_t n_pools;
	struct vd_laddr_set **pools; /* by number, NULL = none */
};

static inline uint32_t
dp_net_hash(const struct vd_addr *a, uint32_t len)
{
	return (uint32_t)vd_mix64(a->w[0] ^ (a->w[1] * 0x9e3779b97f4a7c15ull) ^ len);
}

static inline const struct vd_dp_address *
dp_net_address(const struct vd_dp_netconf *n, const struct vd_addr *a)
{
	uint32_t slot = dp_net_hash(a, 0) & n->addr_mask;

	while (n->addr_slot[slot] != 0) {
		const struct vd_dp_address *found = &n->addresses.v[n->addr_slot[slot] - 1];

		if (vd_addr_equal(&found->addr, a))
			return found;
		slot = (slot + 1) & n->addr_mask;
	}
	return NULL;
}

static inline bool
dp_net_check_peer(const struct vd_dp_netconf *n, const struct vd_addr *a)
{
	uint32_t slot;

	if (n->check_slot == NULL)
		return false;
	for (slot = dp_net_hash(a, 0) & n->check_mask; n->check_slot[slot] != 0;
			slot = (slot + 1) & n->check_mask)
		if (vd_addr_equal(&n->check_peers.v[n->check_slot[slot] - 1], a))
			return true;
	return false;
}

#define DP_MAC_MASK __builtin_bswap64(0xffffffffffff0000ull)

/* mac points to at least 8 readable bytes. */
static inline uint64_t
dp_net_vmac_key(uint16_t ifid, const uint8_t *mac)
{
	uint64_t a;

	memcpy(&a, mac, sizeof(a));
	return (a & DP_MAC_MASK) | (uint64_t)ifid << 48;
}

static inline uint32_t
dp_net_vmac_hash(uint64_t key)
{
	return (uint32_t)vd_mix64(key);
}

/* The virtual MAC that a frame is addressed to, or NULL. */
static inline const struct dp_vmac *
dp_net_vmac(const struct vd_dp_netconf *n, uint16_t ifid, const uint8_t *frame)
{
	uint64_t key;
	uint32_t slot;

	if (n->vmac_slot == NULL)
		return NULL;
	key = dp_net_vmac_key(ifid, frame);
	slot = dp_net_vmac_hash(key) & n->vmac_mask;
	while (n->vmac_slot[slot].key != 0) {
		if (n->vmac_slot[slot].key == key)
			return &n->vmac_slot[slot];
		slot = (slot + 1) & n->vmac_mask;
	}
	return NULL;
}

static inline uint16_t
dp_net_iface(const struct vd_dp_netconf *n, uint16_t port, uint16_t vlan)
{
	if (vd_likely(vlan == 0))
		return n->port_if[port];
	return n->vlan_if[port] == NULL ? VD_DP_IF_NONE : n->vlan_if[port][vlan];
}

#endif
