/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual servers and their real servers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vd_model_validate_priv.h"

static void
check_group_name(struct vd_validate *c, const struct vd_model_virtual_server *vs)
{
	struct vd_place at = vd_model_place_of(&vs->obj, &vs->group);
	const struct vd_model_virtual_server_group *g;
	struct vd_validate_names names = {0};

	if (vs->group == NULL)
		return;
	g = vd_model_group_find(c->m, vs->group);
	if (g != NULL && g->entries.n > 0)
		return;
	if (g != NULL) {
		vd_validate_say(c, VD_DIAG_WARNING, at, NULL,
				"virtual_server_group %s is empty: the service listens nowhere",
				vs->group);
		return;
	}
	for (size_t i = 0; i < c->m->virtual_server_groups.n; i++)
		if (c->m->virtual_server_groups.v[i].name != NULL)
			vd_vec_push(&names, c->m->virtual_server_groups.v[i].name);
	/* keepalived passes it. */
	vd_validate_unknown(c, VD_DIAG_WARNING, at, vs->group, &names,
			"there is no virtual_server_group %s: the service listens nowhere",
			vs->group);
}

static void
check_client_group(struct vd_validate *c, const struct vd_model_virtual_server *vs,
		const char *const *member, const char *what)
{
	bool deny = strcmp(what, "deny_address_group") == 0;
	size_t n = deny ? c->m->deny_address_groups.n : c->m->allow_address_groups.n;
	const struct vd_model_client_group *v =
			deny ? c->m->deny_address_groups.v : c->m->allow_address_groups.v;
	struct vd_validate_names names = {0};

	if (*member == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		if (v[i].name == NULL)
			continue;
		if (strcmp(v[i].name, *member) == 0) {
			vd_vec_free(&names);
			return;
		}
		vd_vec_push(&names, v[i].name);
	}
	vd_validate_unknown(c, VD_DIAG_ERROR, vd_model_place_of(&vs->obj, member), *member, &names,
			"there is no %s %s", what, *member);
}

static bool
group_has_family(const struct vd_model_local_address_group *g, bool v4)
{
	for (size_t i = 0; i < g->entries.n; i++)
		if (vd_addr_is_v4(&g->entries.v[i].address.lo) == v4)
			return true;
	return false;
}

static bool
port_has_family(const struct vd_dataplane_l3 *l3, bool v4)
{
	for (size_t i = 0; i < l3->addresses.n; i++)
		if (vd_addr_is_v4(&l3->addresses.v[i].addr) == v4)
			return true;
	return false;
}

static bool
box_has_family(const struct vd_dataplane *dp, bool v4)
{
	for (size_t i = 0; i < dp->ports.n; i++) {
		if (port_has_family(&dp->ports.v[i].l3, v4))
			return true;
		for (size_t k = 0; k < dp->ports.v[i].vlans.n; k++)
			if (port_has_family(&dp->ports.v[i].vlans.v[k].l3, v4))
				return true;
	}
	return false;
}

/* FULLNAT needs an address of the server's family to send from. */
static void
check_sources(struct vd_validate *c, const struct vd_model_virtual_server *vs, bool v4,
		const char *name)
{
	const struct vd_model_local_address_group *g = NULL;

	if (vs->laddr_group_name != NULL)
		g = vd_model_laddr_group_find(c->m, vs->laddr_group_name);
	if (g != NULL && !group_has_family(g, v4))
		vd_validate_say(c, VD_DIAG_ERROR,
				vd_model_place_of(&vs->obj, &vs->laddr_group_name), NULL,
				"laddr_group_name: local_address_group %s has no IPv%d address "
				"for the servers of %s",
				g->name, v4 ? 4 : 6, name);
	else if (vs->laddr_group_name == NULL && c->options->dataplane != NULL &&
			!box_has_family(c->options->dataplane, v4))
		vd_validate_say(c, VD_DIAG_ERROR, vs->lb_kind.obj.place,
				"add laddr_group_name, or addresses to a port",
				"lb_kind FNAT: no port has an IPv%d address to send from to the "
				"servers of %s",
				v4 ? 4 : 6, name);
}

static void
check_fullnat(struct vd_validate *c, const struct vd_model_virtual_server *vs, const char *name)
{
	struct vd_place at = vd_model_place_of(&vs->obj, &vs->laddr_group_name);
	struct vd_validate_names names = {0};
	bool fullnat = vs->lb_kind.method == VD_FORWARDING_FULLNAT, v4 = false, v6 = false;

	for (size_t i = 0; i < vs->real_servers.n; i++) {
		const struct vd_model_real_server *rs = &vs->real_servers.v[i];

		if (vd_model_forwarding_of(vs, rs) != VD_FORWARDING_FULLNAT)
			continue;
		fullnat = true;
		v4 = v4 || vd_addr_is_v4(&rs->address);
		v6 = v6 || !vd_addr_is_v4(&rs->address);
	}
	if (vs->laddr_group_name != NULL && !fullnat)
		vd_validate_say(c, VD_DIAG_WARNING, at, "say lb_kind FNAT",
				"laddr_group_name means something with lb_kind FNAT only");
	if (vs->laddr_group_name != NULL &&
			vd_model_laddr_group_find(c->m, vs->laddr_group_name) == NULL) {
		for (size_t i = 0; i < c->m->local_address_groups.n; i++)
			if (c->m->local_address_groups.v[i].name != NULL)
				vd_vec_push(&names, c->m->local_address_groups.v[i].name);
		vd_validate_unknown(c, VD_DIAG_ERROR, at, vs->laddr_group_name, &names,
				"laddr_group_name: there is no local_address_group %s",
				vs->laddr_group_name);
		return;
	}
	if (v4)
		check_sources(c, vs, true, name);
	if (v6)
		check_sources(c, vs, false, name);
}

static bool
same_server(const struct vd_model_real_server *a, const struct vd_model_real_server *b)
{
	return vd_addr_equal(&a->address, &b->address) && a->port == b->port;
}

static int
by_endpoint(const void *a, const void *b)
{
	const struct vd_model_real_server *x = *(const struct vd_model_real_server *const *)a;
	const struct vd_model_real_server *y = *(const struct vd_model_real_server *const *)b;
	int order = vd_addr_cmp(&x->address, &y->address);

	if (order == 0)
		order = (x->port > y->port) - (x->port < y->port);
	/* Where all is equal the one that stands first in the file comes first. */
	return order != 0 ? order : (x > y) - (x < y);
}

/* Servers that stand twice: the first stays. Sorted, since a service may have ten thousands. */
static void
drop_twins(struct vd_validate *c, struct vd_model_virtual_server *vs, const char *name)
{
	const struct vd_model_real_server **sorted;
	char text[VD_ENDPOINT_STR];
	size_t n = vs->real_servers.n;
	bool *twin = vd_xcalloc(n + 1, sizeof(*twin));

	sorted = vd_xcalloc(n + 1, sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = &vs->real_servers.v[i];
	qsort(sorted, n, sizeof(*sorted), by_endpoint);
	for (size_t i = 1; i < n; i++)
		if (same_server(sorted[i - 1], sorted[i]))
			twin[sorted[i] - vs->real_servers.v] = true;
	for (size_t i = n; i-- > 0;) {
		const struct vd_model_real_server *rs = &vs->real_servers.v[i];
		struct vd_endpoint ep = {.addr = rs->address, .port = (uint16_t)rs->port};

		if (!twin[i])
			continue;
		vd_validate_say(c, VD_DIAG_WARNING, rs->obj.place, NULL,
				"real_server %s is listed twice in %s; the first counts",
				vd_endpoint_format(&ep, text, sizeof(text)), name);
		VD_VALIDATE_REMOVE(&vs->real_servers, i);
	}
	free(sorted);
	free(twin);
}

/* The family of what the service listens on: 4, 6, or 0 for a mark or both. */
static int
service_family(const struct vd_validate *c, const struct vd_model_virtual_server *vs)
{
	struct vd_model_listeners l = {0};
	bool v4 = false, v6 = false;

	(void)vd_model_listeners_of(c->m, vs, &l);
	for (size_t i = 0; i < l.n; i++) {
		if (l.v[i].fwmark != 0)
			continue;
		v4 = v4 || vd_addr_is_v4(&l.v[i].lo);
		v6 = v6 || !vd_addr_is_v4(&l.v[i].lo);
	}
	vd_vec_free(&l);
	return v4 == v6 ? 0 : v4 ? 4 : 6;
}

static void
check_server(struct vd_validate *c, const struct vd_model_virtual_server *vs,
		struct vd_model_real_server *rs, int family)
{
	enum vd_forwarding method = vd_model_forwarding_of(vs, rs);
	bool fixed = method == VD_FORWARDING_DR || method == VD_FORWARDING_TUNNEL;
	int own = vd_addr_is_v4(&rs->address) ? 4 : 6;
	char text[VD_ADDR_STR];

	if (!vd_validate_station(c, vd_model_place_of(&rs->obj, &rs->address), "real_server",
			    &rs->address))
		return;
	vd_addr_format(&rs->address, text, sizeof(text));
	if (family != 0 && own != family && method != VD_FORWARDING_TUNNEL &&
			method != VD_FORWARDING_FULLNAT)
		vd_validate_say(c, VD_DIAG_ERROR, rs->obj.place, "lb_kind FNAT can",
				"real_server %s: %s cannot carry IPv%d clients to an IPv%d server",
				text, vd_forwarding_word(method), family, own);
	if (fixed && vs->port != 0 && rs->port != 0 && rs->port != vs->port) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&rs->obj, &rs->port), NULL,
				"real_server %s: %s leaves the port as it is; %d is used, not %d",
				text, vd_forwarding_word(method), (int)vs->port, (int)rs->port);
		rs->port = vs->port;
	}
	if (rs->uthreshold != 0 && rs->lthreshold > rs->uthreshold)
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&rs->obj, &rs->lthreshold),
				NULL, "lthreshold %lld of real_server %s is above uthreshold %lld",
				(long long)rs->lthreshold, text, (long long)rs->uthreshold);
}

static void
check_quorum(struct vd_validate *c, struct vd_model_virtual_server *vs, const char *name)
{
	int64_t total = 0;
	size_t n = 0;

	for (size_t i = 0; i < vs->real_servers.n; i++) {
		total += vs->real_servers.v[i].weight;
		n += vs->real_servers.v[i].weight > 0;
	}
	if (vs->real_servers.n == 0) {
		vd_validate_say(c, VD_DIAG_WARNING, vs->obj.place, NULL,
				"virtual_server %s has no real_server: its clients are refused",
				name);
		return;
	}
	if (total == 0) {
		vd_validate_say(c, VD_DIAG_WARNING, vs->obj.place, NULL,
				"virtual_server %s: every weight is 0, so no server takes new "
				"connections",
				name);
		return;
	}
	if (vs->quorum > total) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&vs->obj, &vs->quorum), NULL,
				"quorum %lld of %s is above the weight of all its servers; %lld is "
				"used",
				(long long)vs->quorum, name, (long long)total);
		vs->quorum = total;
	} else if (vs->quorum == total && n > 1) {
		vd_validate_say(c, VD_DIAG_NOTE, vd_model_place_of(&vs->obj, &vs->quorum), NULL,
				"quorum %lld of %s is the weight of all its servers: it is lost "
				"with the first of them",
				(long long)vs->quorum, name);
	}
	if (vs->hysteresis >= vs->quorum && vs->hysteresis != 0) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&vs->obj, &vs->hysteresis),
				NULL, "hysteresis %lld of %s is not below its quorum; %lld is used",
				(long long)vs->hysteresis, name, (long long)vs->quorum - 1);
		vs->hysteresis = vs->quorum - 1;
	}
}

static void
check_head(struct vd_validate *c, const struct vd_model_virtual_server *vs, const char *name)
{
	struct vd_dataplane_iface iface;
	struct vd_place at = vd_model_place_of(&vs->obj, &vs->address);

	if (vs->group != NULL || vs->fwmark != 0 || vs->match != NULL)
		return;
	if (!vd_validate_station(c, at, "virtual_server", &vs->address))
		return;
	if (vs->port == 0 && vs->persistence_timeout == 0)
		vd_validate_say(c, VD_DIAG_WARNING, vs->obj.place, "add the port",
				"virtual_server %s has no port, which is for persistent services "
				"only: every port is served",
				name);
	if (c->options->dataplane != NULL &&
			vd_dataplane_addr_find(c->options->dataplane, &vs->address, &iface))
		vd_validate_say(c, VD_DIAG_WARNING, at, NULL,
				"virtual_server %s is on the own address of %s: the host itself "
				"cannot be reached there",
				name, iface.vlan != NULL ? iface.vlan->name : iface.port->name);
}

static void
check_no_sorry(struct vd_validate *c, const struct vd_model_virtual_server *vs, const void *member,
		const char *word)
{
	if (vd_model_given(&vs->obj, member))
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&vs->obj, member), NULL,
				"%s means something with a sorry_server only", word);
}

static void
check_sorry(struct vd_validate *c, const struct vd_model_virtual_server *vs, int family)
{
	const struct vd_model_sorry_server *s = &vs->sorry_server;
	int own = vd_addr_is_v4(&s->address) ? 4 : 6;

	if (!vd_model_given(&vs->obj, s)) {
		check_no_sorry(c, vs, &vs->sorry_server_inhibit, "sorry_server_inhibit");
		check_no_sorry(c, vs, &vs->sorry_server_lvs_method, "sorry_server_lvs_method");
		return;
	}
	if (!vd_validate_station(c, s->obj.place, "sorry_server", &s->address))
		return;
	if (family != 0 && own != family &&
			vs->sorry_server_lvs_method.method != VD_FORWARDING_FULLNAT)
		vd_validate_say(c, VD_DIAG_ERROR, s->obj.place, NULL,
				"sorry_server is not of the family of its virtual_server");
}

static void
check_service(struct vd_validate *c, struct vd_model_virtual_server *vs)
{
	struct vd_strbuf name = {0};
	int family = service_family(c, vs);

	vd_model_virtual_server_name(vs, &name);
	check_head(c, vs, name.s);
	check_group_name(c, vs);
	check_client_group(c, vs, (const char *const *)&vs->daddr_group_name, "deny_address_group");
	check_client_group(
			c, vs, (const char *const *)&vs->waddr_group_name, "allow_address_group");
	for (size_t i = 0; i < vs->real_servers.n; i++)
		check_server(c, vs, &vs->real_servers.v[i], family);
	drop_twins(c, vs, name.s);
	check_quorum(c, vs, name.s);
	check_sorry(c, vs, family);
	vd_validate_checks(c, vs);
	vd_validate_lint(c, vs, name.s);
	check_fullnat(c, vs, name.s);
	vd_validate_reach(c, vs, name.s);
	vd_strbuf_free(&name);
}

void
vd_validate_services(struct vd_validate *c)
{
	const struct vd_model_local_address_group *g;
	const struct vd_model_local_address *a;
	struct vd_model_virtual_server *vs;

	VD_VEC_FOREACH (vs, &c->m->virtual_servers)
		check_service(c, vs);
	VD_VEC_FOREACH (g, &c->m->local_address_groups)
		VD_VEC_FOREACH (a, &g->entries) {
			vd_validate_station(c, vd_model_place_of(&a->obj, &a->address),
					"local_address_group", &a->address.lo);
			vd_validate_interface(c, VD_DIAG_ERROR,
					vd_model_place_of(&a->obj, &a->interface),
					"local_address_group", a->interface);
		}
}
