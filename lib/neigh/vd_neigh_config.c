/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

#include "vd_pkt_eth.h"

struct vd_neigh_config *
vd_neigh_config_new(void)
{
	return vd_xcalloc(1, sizeof(struct vd_neigh_config));
}

void
vd_neigh_config_free(struct vd_neigh_config *c)
{
	if (c == NULL)
		return;
	vd_vec_free(&c->ifs);
	vd_vec_free(&c->owns);
	vd_vec_free(&c->ports);
	vd_vec_free(&c->wants);
	vd_vec_free(&c->statics);
	vd_vec_free(&c->vmacs);
	neigh_plan_free(c);
	free(c);
}

/* Its entry, made if need be; NULL for a number that is too large. */
static struct neigh_if *
iface_entry(struct vd_neigh_config *c, uint32_t ifid)
{
	if (ifid >= VD_NEIGH_IF_MAX)
		return NULL;
	while (c->ifs.n <= ifid)
		(void)vd_vec_add(&c->ifs);
	return &c->ifs.v[ifid];
}

void
vd_neigh_config_interface(
		struct vd_neigh_config *c, uint32_t ifid, const struct vd_mac *mac, bool router)
{
	struct neigh_if *iface = iface_entry(c, ifid);

	if (iface == NULL)
		return;
	iface->present = true;
	iface->router = router;
	iface->mac = *mac;
}

void
vd_neigh_config_garp(struct vd_neigh_config *c, uint32_t ifid, vd_time garp_interval,
		vd_time gna_interval)
{
	struct neigh_if *iface = iface_entry(c, ifid);

	if (iface == NULL)
		return;
	iface->garp_interval = garp_interval;
	iface->gna_interval = gna_interval;
}

void
vd_neigh_config_own(struct vd_neigh_config *c, uint32_t ifid, const struct vd_prefix *prefix,
		enum vd_neigh_own_kind kind, uint16_t lease)
{
	struct neigh_own own = {
			.ifid = ifid,
			.addr = prefix->addr,
			.prefix_len = prefix->len,
			.kind = (uint8_t)kind,
			.lease = lease,
	};

	vd_vec_push(&c->owns, own);
}

void
vd_neigh_config_own_mac(struct vd_neigh_config *c, uint32_t ifid, const struct vd_prefix *prefix,
		enum vd_neigh_own_kind kind, uint16_t lease, const struct vd_mac *mac)
{
	struct neigh_own *own;

	vd_neigh_config_own(c, ifid, prefix, kind, lease);
	own = &c->owns.v[c->owns.n - 1];
	own->has_mac = true;
	own->mac = *mac;
}

void
vd_neigh_config_want(struct vd_neigh_config *c, uint32_t ifid, const struct vd_addr *addr)
{
	struct neigh_next_hop hop = {.ifid = ifid, .addr = *addr};

	vd_vec_push(&c->wants, hop);
}

void
vd_neigh_config_static(struct vd_neigh_config *c, uint32_t ifid, const struct vd_addr *addr,
		const struct vd_mac *mac)
{
	struct neigh_next_hop hop = {.ifid = ifid, .addr = *addr, .mac = *mac};

	vd_vec_push(&c->statics, hop);
}

static int
key_cmp(uint32_t a_ifid, const struct vd_addr *a, uint32_t b_ifid, const struct vd_addr *b)
{
	if (a_ifid != b_ifid)
		return a_ifid < b_ifid ? -1 : 1;
	return vd_addr_cmp(a, b);
}

static int
mac_cmp(const struct vd_mac *a, const struct vd_mac *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

/* What makes two of them the same one. */
static int
own_key_cmp(const struct neigh_own *a, const struct neigh_own *b)
{
	int d = key_cmp(a->ifid, &a->addr, b->ifid, &b->addr);

	if (d != 0)
		return d;
	if (a->lease != b->lease)
		return a->lease < b->lease ? -1 : 1;
	return (int)a->kind - (int)b->kind;
}

/* Of the same one twice, the one with a MAC comes first. */
static int
own_cmp(const void *x, const void *y)
{
	const struct neigh_own *a = x, *b = y;
	int d = own_key_cmp(a, b);

	if (d != 0)
		return d;
	if (a->has_mac != b->has_mac)
		return a->has_mac ? -1 : 1;
	return mac_cmp(&a->mac, &b->mac);
}

static int
vmac_cmp(const void *x, const void *y)
{
	const struct neigh_vmac *a = x, *b = y;

	if (a->ifid != b->ifid)
		return a->ifid < b->ifid ? -1 : 1;
	return mac_cmp(&a->mac, &b->mac);
}

/* Owns of interfaces that are not there, and the same one twice, go. */
static void
owns_clean(struct vd_neigh_config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->owns.n; i++) {
		struct neigh_own *own = &c->owns.v[i];

		if (neigh_if_get(c, own->ifid) == NULL)
			continue;
		if (n > 0 && own_key_cmp(&c->owns.v[n - 1], own) == 0)
			continue;
		c->owns.v[n++] = *own;
	}
	c->owns.n = n;
}

/* Once per MAC and lease: an address more or less does not change whose MAC it is. */
static void
vmacs_list(struct vd_neigh_config *c)
{
	const struct neigh_own *own;

	VD_VEC_FOREACH (own, &c->owns) {
		struct neigh_vmac vmac = {.ifid = own->ifid, .mac = own->mac, .lease = own->lease};
		const struct neigh_vmac *before =
				c->vmacs.n > 0 ? &c->vmacs.v[c->vmacs.n - 1] : NULL;

		if (!own->has_mac ||
				(before != NULL && vmac_cmp(before, &vmac) == 0 &&
						before->lease == vmac.lease))
			continue;
		vd_vec_push(&c->vmacs, vmac);
	}
	if (c->vmacs.n > 0)
		qsort(c->vmacs.v, c->vmacs.n, sizeof(*c->vmacs.v), vmac_cmp);
	for (uint32_t i = 0; i < c->vmacs.n; i++) {
		struct neigh_if *iface = &c->ifs.v[c->vmacs.v[i].ifid];

		if (iface->vmac_n++ == 0)
			iface->vmac_first = i;
	}
}

void
vd_neigh_config_seal(struct vd_neigh_config *c)
{
	if (c->owns.n > 0)
		qsort(c->owns.v, c->owns.n, sizeof(*c->owns.v), own_cmp);
	owns_clean(c);
	for (uint32_t i = 0; i < c->owns.n; i++) {
		struct neigh_if *iface = &c->ifs.v[c->owns.v[i].ifid];

		if (iface->own_n++ == 0)
			iface->own_first = i;
		if (c->owns.v[i].kind != VD_NEIGH_OWN)
			continue;
		if (iface->port_n++ == 0)
			iface->port_first = (uint32_t)c->ports.n;
		vd_vec_push(&c->ports, i);
	}
	vmacs_list(c);
	neigh_plan_build(c);
}

const struct neigh_if *
neigh_if_get(const struct vd_neigh_config *c, uint32_t ifid)
{
	if (c == NULL || ifid >= c->ifs.n || !c->ifs.v[ifid].present)
		return NULL;
	return &c->ifs.v[ifid];
}

struct neigh_own *
neigh_own_find(const struct vd_neigh_config *c, uint32_t ifid, const struct vd_addr *addr,
		uint32_t *count)
{
	const struct neigh_if *iface = neigh_if_get(c, ifid);
	uint32_t lo, hi, end;

	if (iface == NULL || iface->own_n == 0)
		return NULL;
	lo = iface->own_first;
	end = hi = lo + iface->own_n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (vd_addr_cmp(&c->owns.v[mid].addr, addr) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*count = 0;
	while (lo + *count < end && vd_addr_equal(&c->owns.v[lo + *count].addr, addr))
		(*count)++;
	return *count == 0 ? NULL : &c->owns.v[lo];
}

const struct vd_mac *
neigh_own_mac(const struct vd_neigh_config *c, const struct neigh_own *own)
{
	return own->has_mac ? &own->mac : &c->ifs.v[own->ifid].mac;
}

bool
neigh_mac_ours(const struct vd_neigh *n, uint32_t ifid, const struct vd_mac *mac)
{
	const struct neigh_if *iface = neigh_if_get(n->config, ifid);
	const struct neigh_vmac *vmacs = n->config->vmacs.v;
	uint32_t lo, hi, end;

	if (iface == NULL)
		return false;
	if (vd_mac_equal(&iface->mac, mac))
		return true;
	lo = iface->vmac_first;
	end = hi = lo + iface->vmac_n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (mac_cmp(&vmacs[mid].mac, mac) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* While another node has the lease, it is that node's. */
	for (; lo < end && vd_mac_equal(&vmacs[lo].mac, mac); lo++)
		if (vmacs[lo].lease == VD_NEIGH_NO_LEASE || n->leases[vmacs[lo].lease])
			return true;
	return false;
}

bool
neigh_own_served(const struct vd_neigh *n, const struct neigh_own *own)
{
	return own->lease == VD_NEIGH_NO_LEASE || n->leases[own->lease];
}

struct neigh_own *
neigh_served_find(const struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr)
{
	uint32_t count;
	struct neigh_own *own = neigh_own_find(n->config, ifid, addr, &count);

	if (own == NULL)
		return NULL;
	for (; count > 0; count--, own++)
		if (neigh_own_served(n, own))
			return own;
	return NULL;
}

struct vd_addr
neigh_sender(const struct vd_neigh *n, uint32_t ifid, const struct vd_addr *target,
		struct vd_mac *mac)
{
	const struct vd_neigh_config *c = n->config;
	const struct neigh_if *iface = neigh_if_get(c, ifid);
	bool v4 = vd_addr_is_v4(target);
	const struct neigh_own *second = NULL;

	for (uint32_t i = 0; iface != NULL && i < iface->port_n; i++) {
		const struct neigh_own *own = &c->owns.v[c->ports.v[iface->port_first + i]];
		struct vd_prefix net = {.addr = own->addr, .len = own->prefix_len};

		if (vd_addr_is_v4(&own->addr) != v4)
			continue;
		if (vd_prefix_contains(&net, target)) {
			*mac = *neigh_own_mac(c, own);
			return own->addr;
		}
		if (second == NULL || (!v4 && vd_addr_is_link_local(&own->addr)))
			second = own;
	}
	/* No address of the port: one that we serve there will be answered as well. */
	for (uint32_t i = 0; iface != NULL && second == NULL && i < iface->own_n; i++) {
		const struct neigh_own *own = &c->owns.v[iface->own_first + i];

		if (vd_addr_is_v4(&own->addr) == v4 && neigh_own_served(n, own))
			second = own;
	}
	if (second != NULL) {
		*mac = *neigh_own_mac(c, second);
		return second->addr;
	}
	if (iface != NULL)
		*mac = iface->mac;
	return v4 ? vd_addr_from_v4(0) : (struct vd_addr){.w = {0, 0}};
}
