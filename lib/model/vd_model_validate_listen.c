/* SPDX-License-Identifier: BSD-3-Clause */
/* Services that would listen on the same address and port, and whether servers can be reached from this box. */
#include <stdlib.h>
#include <string.h>

#include "vd_model_validate_priv.h"

struct heard {
	struct vd_model_listener at;
	int protocol;
	size_t vs; /* index */
};

struct heard_list {
	struct heard *v;
	size_t n, cap;
};

static int
by_address(const void *a, const void *b)
{
	const struct heard *x = a, *y = b;
	int order = x->protocol - y->protocol;

	if (order == 0)
		order = (x->at.port > y->at.port) - (x->at.port < y->at.port);
	if (order == 0)
		order = (x->at.fwmark > y->at.fwmark) - (x->at.fwmark < y->at.fwmark);
	if (order == 0)
		order = vd_addr_cmp(&x->at.lo, &y->at.lo);
	return order != 0 ? order : (x->vs > y->vs) - (x->vs < y->vs);
}

static bool
overlap(const struct heard *a, const struct heard *b)
{
	if (a->protocol != b->protocol || a->at.port != b->at.port)
		return false;
	if (a->at.fwmark != 0 || b->at.fwmark != 0)
		return a->at.fwmark == b->at.fwmark;
	return vd_addr_cmp(&b->at.lo, &a->at.hi) <= 0 && vd_addr_cmp(&a->at.lo, &b->at.hi) <= 0;
}

/* a and b overlap. One service that lists an address twice cannot be told apart from a slip: an error. */
static void
say_overlap(struct vd_validate *c, const struct heard *a, const struct heard *b, bool *drop)
{
	const struct heard *first = a->vs <= b->vs ? a : b, *later = first == a ? b : a;
	const struct vd_model_virtual_server *vs = &c->m->virtual_servers.v[later->vs];
	struct vd_strbuf name = {0};

	if (drop[a->vs] || drop[b->vs])
		return;
	vd_model_virtual_server_name(vs, &name);
	if (first->vs == later->vs) {
		vd_validate_say(c, VD_DIAG_ERROR, later->at.place, NULL,
				"an address of virtual_server %s is listed twice (%s)", name.s,
				vd_validate_where(&first->at.place));
	} else {
		vd_validate_say(c, VD_DIAG_WARNING, vs->obj.place, NULL,
				"virtual_server %s is ignored: an earlier one (%s) listens there",
				name.s,
				vd_validate_where(&c->m->virtual_servers.v[first->vs].obj.place));
		drop[later->vs] = true;
	}
	vd_strbuf_free(&name);
}

/* keepalived passes a group that lists an address twice; what an earlier line holds whole is left out. */
static void
drop_covered(struct vd_validate *c, struct vd_model_virtual_server_group *g)
{
	for (size_t i = 1; i < g->entries.n; i++) {
		const struct vd_model_group_entry *e = &g->entries.v[i], *first;

		for (first = g->entries.v; first < e; first++)
			if (first->port == e->port && first->fwmark == e->fwmark &&
					vd_addr_cmp(&first->address.lo, &e->address.lo) <= 0 &&
					vd_addr_cmp(&e->address.hi, &first->address.hi) <= 0)
				break;
		if (first == e)
			continue;
		vd_validate_say(c, VD_DIAG_WARNING, e->obj.place, NULL,
				"virtual_server_group %s has this already (%s)", g->name,
				vd_validate_where(&first->obj.place));
		VD_VALIDATE_REMOVE(&g->entries, i);
		i--;
	}
}

void
vd_validate_listeners(struct vd_validate *c)
{
	struct vd_model *m = c->m;
	bool *drop = vd_xcalloc(m->virtual_servers.n + 1, sizeof(*drop));
	struct heard_list all = {0};
	struct vd_model_virtual_server_group *g;
	size_t widest = 0;

	VD_VEC_FOREACH (g, &m->virtual_server_groups)
		drop_covered(c, g);
	for (size_t i = 0; i < m->virtual_servers.n; i++) {
		const struct vd_model_virtual_server *vs = &m->virtual_servers.v[i];
		struct vd_model_listeners l = {0};

		(void)vd_model_listeners_of(m, vs, &l);
		for (size_t k = 0; k < l.n; k++)
			vd_vec_push(&all, ((struct heard){l.v[k], vs->protocol, i}));
		vd_vec_free(&l);
	}
	if (all.n > 1)
		qsort(all.v, all.n, sizeof(*all.v), by_address);
	/* Sorted by first address; the one that reaches farthest so far is the one to compare with. */
	for (size_t i = 1; i < all.n; i++) {
		if (overlap(&all.v[widest], &all.v[i]))
			say_overlap(c, &all.v[widest], &all.v[i], drop);
		if (all.v[i].protocol != all.v[widest].protocol ||
				all.v[i].at.port != all.v[widest].at.port ||
				all.v[i].at.fwmark != all.v[widest].at.fwmark ||
				vd_addr_cmp(&all.v[i].at.hi, &all.v[widest].at.hi) > 0)
			widest = i;
	}
	for (size_t i = m->virtual_servers.n; i-- > 0;)
		if (drop[i])
			VD_VALIDATE_REMOVE(&m->virtual_servers, i);
	vd_vec_free(&all);
	free(drop);
}

/* How a box would send to an address. */
enum way {
	WAY_NONE,
	WAY_ROUTED,
	WAY_ON_LINK,
	WAY_OWN,
};

static enum way
way_through(const struct vd_dataplane_l3 *l3, const struct vd_addr *a)
{
	if (vd_dataplane_l3_connected(l3, a) || vd_addr_is_link_local(a))
		return WAY_ON_LINK;
	for (size_t i = 0; i < l3->gateways.n; i++)
		if (vd_addr_is_v4(&l3->gateways.v[i]) == vd_addr_is_v4(a))
			return WAY_ROUTED;
	for (size_t i = 0; i < l3->routes.n; i++)
		if (vd_prefix_contains(&l3->routes.v[i].to, a))
			return WAY_ROUTED;
	return WAY_NONE;
}

static enum way
way_to(const struct vd_dataplane *dp, const struct vd_addr *a)
{
	struct vd_dataplane_iface own;
	enum way best = WAY_NONE, way;

	if (vd_dataplane_addr_find(dp, a, &own))
		return WAY_OWN;
	for (size_t i = 0; i < dp->ports.n; i++) {
		way = way_through(&dp->ports.v[i].l3, a);
		best = VD_MAX(best, way);
		for (size_t k = 0; k < dp->ports.v[i].vlans.n; k++) {
			way = way_through(&dp->ports.v[i].vlans.v[k].l3, a);
			best = VD_MAX(best, way);
		}
	}
	return best;
}

void
vd_validate_reach(struct vd_validate *c, const struct vd_model_virtual_server *vs, const char *name)
{
	const struct vd_dataplane *dp = c->options->dataplane;
	const struct vd_model_real_server *rs;
	char text[VD_ADDR_STR];

	/* A file checked without ports, or on a box whose ports have no addresses yet, says nothing of routes. */
	if (dp == NULL || dp->ports.n == 0)
		return;
	VD_VEC_FOREACH (rs, &vs->real_servers) {
		enum way way = way_to(dp, &rs->address);

		vd_addr_format(&rs->address, text, sizeof(text));
		if (way == WAY_NONE)
			vd_validate_say(c, VD_DIAG_WARNING, rs->obj.place,
					"add a gateway or a route to the dataplane file",
					"real_server %s of %s: no port has a way there", text,
					name);
		else if (way == WAY_OWN)
			vd_validate_say(c, VD_DIAG_WARNING, rs->obj.place, NULL,
					"real_server %s of %s is an address of this box, which "
					"vipd does not send to",
					text, name);
		else if (way == WAY_ROUTED && vd_model_forwarding_of(vs, rs) == VD_FORWARDING_DR)
			vd_validate_say(c, VD_DIAG_WARNING, rs->obj.place, "lb_kind FNAT can",
					"real_server %s of %s is on no subnet of a port, and DR "
					"reaches no farther",
					text, name);
	}
}
