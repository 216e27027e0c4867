/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include "dp_net.h"
#include "vd_alloc.h"
#include "vd_pkt_eth.h"

#define VLAN_IDS 4096

struct vd_dp_netconf *
vd_dp_netconf_new(void)
{
	struct vd_dp_netconf *n = vd_xcalloc(1, sizeof(*n));

	for (size_t i = 0; i < VD_DP_PORT_MAX; i++)
		n->port_if[i] = VD_DP_IF_NONE;
	return n;
}

void
vd_dp_netconf_free(struct vd_dp_netconf *n)
{
	struct dp_route *r;

	if (n == NULL)
		return;
	for (size_t i = 0; i < VD_DP_PORT_MAX; i++)
		free(n->vlan_if[i]);
	VD_VEC_FOREACH (r, &n->routes)
		vd_vec_free(&r->gateways);
	vd_vec_free(&n->routes);
	vd_vec_free(&n->ifaces);
	vd_vec_free(&n->addresses);
	vd_addr_map_free(&n->known);
	vd_vec_free(&n->vmacs);
	vd_vec_free(&n->check_peers);
	for (uint32_t i = 0; n->pools != NULL && i < n->n_pools; i++)
		if (n->pools[i] != NULL)
			vd_laddr_set_destroy(n->pools[i]);
	for (size_t i = 0; i < n->locals.n; i++)
		free(n->locals.v[i].ranges);
	vd_vec_free(&n->locals);
	free(n->pools);
	free(n->addr_slot);
	free(n->route_slot);
	free(n->vmac_slot);
	free(n->check_slot);
	free(n);
}

int
vd_dp_netconf_add_iface(struct vd_dp_netconf *n, const struct vd_dp_iface *i)
{
	uint16_t ifid = (uint16_t)n->ifaces.n, *slot;

	if (n->ifaces.n >= VD_DP_IF_MAX)
		return -ENOSPC;
	if (i->port >= VD_DP_PORT_MAX || i->vlan >= VLAN_IDS)
		return -EINVAL;
	if (i->vlan != 0 && n->vlan_if[i->port] == NULL) {
		n->vlan_if[i->port] = vd_xcalloc(VLAN_IDS, sizeof(uint16_t));
		for (size_t v = 0; v < VLAN_IDS; v++)
			n->vlan_if[i->port][v] = VD_DP_IF_NONE;
	}
	slot = i->vlan == 0 ? &n->port_if[i->port] : &n->vlan_if[i->port][i->vlan];
	if (*slot != VD_DP_IF_NONE)
		return -EEXIST;
	*slot = ifid;
	vd_vec_push(&n->ifaces, *i);
	return ifid;
}

/* OWN wins over VIP over LOCAL. */
static int
kind_rank(uint8_t kind)
{
	switch (kind) {
	case VD_DP_ADDR_OWN:
		return 2;
	case VD_DP_ADDR_VIP:
		return 1;
	default:
		return 0;
	}
}

int
vd_dp_netconf_add_address(struct vd_dp_netconf *n, const struct vd_dp_address *a)
{
	uint32_t at = vd_addr_map_put(&n->known, &a->addr, (uint32_t)n->addresses.n + 1);
	struct vd_dp_address *old;

	if (at == 0) {
		vd_vec_push(&n->addresses, *a);
		return 0;
	}
	old = &n->addresses.v[at - 1];
	if (old->kind == a->kind)
		return -EEXIST;
	if (kind_rank(a->kind) > kind_rank(old->kind))
		*old = *a;
	return 0;
}

int
vd_dp_netconf_add_mac(
		struct vd_dp_netconf *n, uint16_t ifid, const struct vd_mac *mac, uint32_t lease)
{
	uint8_t padded[sizeof(uint64_t)] = {0};
	struct dp_vmac v = {.lease = lease}, *old;

	if (ifid >= n->ifaces.n || vd_mac_is_zero(mac) || vd_mac_is_multicast(mac) ||
			(lease >= VD_DP_LEASE_MAX && lease != VD_DP_LEASE_ALWAYS))
		return -EINVAL;
	memcpy(padded, mac->b, sizeof(mac->b));
	v.key = dp_net_vmac_key(ifid, padded);
	VD_VEC_FOREACH (old, &n->vmacs)
		if (old->key == v.key)
			return -EEXIST;
	vd_vec_push(&n->vmacs, v);
	return 0;
}

/* The prefix in mapped form with its host bits clear. */
static struct vd_prefix
mapped(const struct vd_prefix *p)
{
	struct vd_prefix m = vd_prefix_network(p);

	if (vd_addr_is_v4(&p->addr))
		m.len = (uint8_t)(p->len + 96);
	return m;
}

int
vd_dp_netconf_add_route(struct vd_dp_netconf *n, const struct vd_prefix *to,
		const struct vd_addr *via, uint16_t ifid)
{
	struct vd_prefix m = mapped(to);
	struct dp_gateway gw = {.ifid = ifid};
	struct dp_route *r, *found = NULL;
	struct dp_gateway *g;

	if (ifid >= n->ifaces.n)
		return -EINVAL;
	if (via != NULL)
		gw.via = *via;
	VD_VEC_FOREACH (r, &n->routes)
		if (r->len == m.len && vd_addr_equal(&r->net, &m.addr) &&
				vd_addr_is_v4(&r->net) == vd_addr_is_v4(&m.addr))
			found = r;
	if (found == NULL) {
		found = vd_vec_add(&n->routes);
		found->net = m.addr;
		found->len = m.len;
	}
	VD_VEC_FOREACH (g, &found->gateways)
		if (g->ifid == gw.ifid && vd_addr_equal(&g->via, &gw.via))
			return -EEXIST;
	vd_vec_push(&found->gateways, gw);
	found->n_gateways = (uint32_t)found->gateways.n;
	return 0;
}

int
vd_dp_netconf_add_local(struct vd_dp_netconf *n, uint32_t pool, const struct vd_addr *addr,
		const struct vd_laddr_range *ranges, unsigned int n_ranges)
{
	struct dp_source *l;

	if (pool >= VD_DP_POOL_MAX)
		return -EINVAL;
	l = vd_vec_add(&n->locals);
	l->pool = pool;
	l->addr = *addr;
	l->n_ranges = n_ranges;
	l->ranges = vd_xcalloc(n_ranges + 1, sizeof(*ranges));
	memcpy(l->ranges, ranges, n_ranges * sizeof(*ranges));
	n->n_pools = VD_MAX(n->n_pools, pool + 1);
	return 0;
}

int
vd_dp_netconf_check_peer(struct vd_dp_netconf *n, const struct vd_addr *addr)
{
	if (vd_addr_is_unset(addr) || vd_addr_is_multicast(addr) ||
			(vd_addr_is_v4(addr) && vd_addr_v4(addr) == 0))
		return -EINVAL;
	vd_vec_push(&n->check_peers, *addr);
	return 0;
}

/* One immutable set per pool. */
static int
pools_build(struct vd_dp_netconf *n)
{
	struct vd_laddr_source *sources = vd_xcalloc(n->locals.n + 1, sizeof(*sources));
	const struct dp_source *l;
	int rc = 0;

	n->pools = vd_xcalloc(n->n_pools + 1, sizeof(*n->pools));
	for (uint32_t pool = 0; pool < n->n_pools; pool++) {
		unsigned int k = 0;

		VD_VEC_FOREACH (l, &n->locals) {
			struct vd_laddr_source s = {l->addr, l->ranges, l->n_ranges};

			if (l->pool == pool)
				sources[k++] = s;
		}
		if (k == 0)
			continue;
		n->pools[pool] = vd_laddr_set_create(sources, k, &vd_alloc_libc);
		if (n->pools[pool] == NULL)
			rc = -ENOMEM;
	}
	free(sources);
	return rc;
}

static uint32_t *
slots_new(size_t n, uint32_t *mask)
{
	uint32_t size = vd_pow2_ceil((uint32_t)n * 2 + 2);

	*mask = size - 1;
	return calloc(size, sizeof(uint32_t));
}

static void
slot_put(uint32_t *slots, uint32_t mask, uint32_t hash, uint32_t value)
{
	uint32_t slot = hash & mask;

	while (slots[slot] != 0)
		slot = (slot + 1) & mask;
	slots[slot] = value;
}

static int
check_peers_build(struct vd_dp_netconf *n)
{
	if (n->check_peers.n == 0)
		return 0;
	n->check_slot = slots_new(n->check_peers.n, &n->check_mask);
	if (n->check_slot == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n->check_peers.n; i++)
		if (!dp_net_check_peer(n, &n->check_peers.v[i]))
			slot_put(n->check_slot, n->check_mask, dp_net_hash(&n->check_peers.v[i], 0),
					(uint32_t)i + 1);
	return 0;
}

static int
longer_first(const void *a, const void *b)
{
	return *(const uint8_t *)b - *(const uint8_t *)a;
}

static void
length_add(uint8_t *lens, uint8_t *n, uint8_t len)
{
	for (uint8_t i = 0; i < *n; i++)
		if (lens[i] == len)
			return;
	lens[(*n)++] = len;
}

/* Addresses are indexed: those that FULLNAT sends from are marked. */
static void
locals_mark(struct vd_dp_netconf *n)
{
	const struct dp_source *l;

	VD_VEC_FOREACH (l, &n->locals) {
		const struct vd_dp_address *a = dp_net_address(n, &l->addr);

		if (a != NULL)
			n->addresses.v[a - n->addresses.v].local = true;
	}
}

static int
vmacs_build(struct vd_dp_netconf *n)
{
	uint32_t size = vd_pow2_ceil((uint32_t)n->vmacs.n * 2 + 2);
	const struct dp_vmac *v;

	if (n->vmacs.n == 0)
		return 0;
	n->vmac_mask = size - 1;
	n->vmac_slot = calloc(size, sizeof(*n->vmac_slot));
	if (n->vmac_slot == NULL)
		return -ENOMEM;
	VD_VEC_FOREACH (v, &n->vmacs) {
		uint32_t slot = dp_net_vmac_hash(v->key) & n->vmac_mask;

		while (n->vmac_slot[slot].key != 0)
			slot = (slot + 1) & n->vmac_mask;
		n->vmac_slot[slot] = *v;
	}
	return 0;
}

static uint64_t
ways_hash(const struct vd_dp_netconf *n)
{
	const struct vd_dp_iface *f;
	const struct dp_gateway *g;
	const struct dp_route *r;
	uint64_t h = n->ifaces.n;

	VD_VEC_FOREACH (f, &n->ifaces)
		h = vd_hash_u64((uint64_t)f->port << 16 | f->vlan, h);
	VD_VEC_FOREACH (r, &n->routes) {
		h = vd_hash_u64(r->len, vd_addr_hash(&r->net, h));
		VD_VEC_FOREACH (g, &r->gateways)
			h = vd_hash_u64(g->ifid, vd_addr_hash(&g->via, h));
	}
	return h;
}

int
vd_dp_netconf_finish(struct vd_dp_netconf *n, uint64_t sequence)
{
	vd_addr_map_free(&n->known);
	n->addr_slot = slots_new(n->addresses.n, &n->addr_mask);
	n->route_slot = slots_new(n->routes.n, &n->route_mask);
	if (n->addr_slot == NULL || n->route_slot == NULL || vmacs_build(n) != 0 ||
			check_peers_build(n) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < n->addresses.n; i++)
		slot_put(n->addr_slot, n->addr_mask, dp_net_hash(&n->addresses.v[i].addr, 0),
				(uint32_t)i + 1);
	locals_mark(n);
	for (size_t i = 0; i < n->routes.n; i++) {
		const struct dp_route *r = &n->routes.v[i];

		slot_put(n->route_slot, n->route_mask, dp_net_hash(&r->net, r->len),
				(uint32_t)i + 1);
		if (vd_addr_is_v4(&r->net))
			length_add(n->v4_len, &n->n_v4_len, r->len);
		else
			length_add(n->v6_len, &n->n_v6_len, r->len);
	}
	qsort(n->v4_len, n->n_v4_len, 1, longer_first);
	qsort(n->v6_len, n->n_v6_len, 1, longer_first);
	n->sequence = sequence;
	n->ways = ways_hash(n);
	return pools_build(n);
}

const struct vd_dp_iface *
vd_dp_netconf_iface(const struct vd_dp_netconf *n, uint16_t ifid)
{
	return ifid < n->ifaces.n ? &n->ifaces.v[ifid] : NULL;
}

uint16_t
vd_dp_netconf_iface_find(const struct vd_dp_netconf *n, uint16_t port, uint16_t vlan)
{
	if (port >= VD_DP_PORT_MAX || vlan >= VLAN_IDS)
		return VD_DP_IF_NONE;
	return dp_net_iface(n, port, vlan);
}

const struct vd_dp_address *
vd_dp_netconf_address(const struct vd_dp_netconf *n, const struct vd_addr *addr)
{
	return dp_net_address(n, addr);
}

static struct vd_addr
masked(const struct vd_addr *a, uint32_t len)
{
	struct vd_addr m = *a;
	uint64_t hi = len == 0 ? 0 : len >= 64 ? ~0ull : ~0ull << (64 - len);
	uint64_t lo = len <= 64 ? 0 : len >= 128 ? ~0ull : ~0ull << (128 - len);

	m.w[0] &= __builtin_bswap64(hi);
	m.w[1] &= __builtin_bswap64(lo);
	return m;
}

static const struct dp_route *
route_get(const struct vd_dp_netconf *n, const struct vd_addr *net, uint8_t len, bool v4)
{
	uint32_t slot = dp_net_hash(net, len) & n->route_mask;

	while (n->route_slot[slot] != 0) {
		const struct dp_route *r = &n->routes.v[n->route_slot[slot] - 1];

		if (r->len == len && vd_addr_equal(&r->net, net) && vd_addr_is_v4(&r->net) == v4)
			return r;
		slot = (slot + 1) & n->route_mask;
	}
	return NULL;
}

bool
vd_dp_netconf_route(const struct vd_dp_netconf *n, const struct vd_addr *dst, uint32_t flow_hash,
		uint16_t *ifid, struct vd_addr *next_hop)
{
	bool v4 = vd_addr_is_v4(dst);
	const uint8_t *lens = v4 ? n->v4_len : n->v6_len;
	uint8_t n_lens = v4 ? n->n_v4_len : n->n_v6_len;

	for (uint8_t i = 0; i < n_lens; i++) {
		struct vd_addr net = masked(dst, lens[i]);
		const struct dp_route *r = route_get(n, &net, lens[i], v4);
		const struct dp_gateway *g;

		if (r == NULL)
			continue;
		g = &r->gateways.v[r->n_gateways == 1 ? 0
						      : vd_hash_to_range(flow_hash, r->n_gateways)];
		*ifid = g->ifid;
		*next_hop = vd_addr_is_unset(&g->via) ? *dst : g->via;
		return true;
	}
	return false;
}
