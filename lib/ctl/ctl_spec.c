/* SPDX-License-Identifier: BSD-3-Clause */
/* From the model to lb's specification, and to the services as the console sees them, in the same order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"

#define RANGE_MAX 65536u /* addresses of one range of a group */

uint32_t
ctl_lease_of(struct ctl_plan *p, const struct vd_addr *addr)
{
	uint32_t lease = vd_addr_map_get(&p->leases, addr);

	return lease == 0 ? VD_LB_LEASE_ALWAYS : lease - 1;
}

static uint32_t
service_flags(const struct vd_model_virtual_server *vs)
{
	uint32_t f = 0;

	if (vs->ops)
		f |= VD_LB_F_OPS;
	if (vs->lb_algo == VD_SCHEDULER_SH)
		f |= (vs->sh_port ? VD_LB_F_HASH_PORT : 0) |
				(vs->sh_fallback ? VD_LB_F_HASH_FALLBACK : 0);
	if (vs->lb_algo == VD_SCHEDULER_MH)
		f |= (vs->mh_port ? VD_LB_F_HASH_PORT : 0) |
				(vs->mh_fallback ? VD_LB_F_HASH_FALLBACK : 0);
	return f;
}

static const char *
service_label(const struct vd_model_virtual_server *vs, const struct vd_endpoint *ep)
{
	struct vd_strbuf b = {0};
	char text[VD_ENDPOINT_STR];

	if (vs->group != NULL)
		vd_strbuf_printf(&b, "group %s", vs->group);
	else
		vd_strbuf_printf(&b, "%s:%s", vd_protocol_name((enum vd_protocol)vs->protocol),
				vd_endpoint_format(ep, text, sizeof(text)));
	return vd_strbuf_take(&b);
}

static void
server_add(struct vd_ctl *c, struct ctl_plan *p, const struct vd_model *m, struct ctl_service *s,
		const struct vd_model_virtual_server *vs, const struct vd_model_real_server *rs)
{
	struct vd_lb_server_spec *spec = vd_vec_add(&p->servers);
	struct ctl_server *view = vd_vec_add(&s->servers);
	const struct ctl_override *o;

	view->conf = rs;
	view->endpoint.addr = rs->address;
	view->endpoint.port = (uint16_t)(rs->port != 0 ? rs->port : s->endpoint.port);
	view->forwarding = vd_model_forwarding_of(vs, rs);
	view->inhibit = rs->inhibit_on_failure;
	o = ctl_override_find(c, s->label, &view->endpoint);
	view->override_weight = o == NULL ? -1 : o->weight;
	view->admin = o == NULL ? VD_CTL_ADMIN_ENABLE : o->admin;
	ctl_checks_plan(c, m, s, view);

	spec->addr = rs->address;
	spec->port = (uint16_t)rs->port;
	spec->forwarding = (uint8_t)view->forwarding;
	spec->weight = (uint32_t)ctl_server_weight(view);
	spec->uthreshold = (uint32_t)rs->uthreshold;
	spec->lthreshold = (uint32_t)rs->lthreshold;
	if (!vd_forwarding_built(view->forwarding))
		spec->weight = 0; /* said by the model: this version cannot reach it */
	spec->state = ctl_server_flags(view);
}

/* Its method is the service's where its own is not built. */
static void
sorry_add(struct ctl_service *s, const struct vd_model_virtual_server *vs)
{
	enum vd_forwarding method = (enum vd_forwarding)vs->sorry_server_lvs_method.method;

	if (!vd_model_given(&vs->obj, &vs->sorry_server) || !vd_forwarding_built(method))
		return;
	s->has_sorry = true;
	s->sorry.addr = vs->sorry_server.address;
	s->sorry.port = (uint16_t)(vs->sorry_server.port != 0 ? vs->sorry_server.port
							      : s->endpoint.port);
	s->sorry.forwarding = (uint8_t)method;
	s->sorry.weight = 1;
	s->sorry.state = VD_LB_SERVER_DOWN; /* until the quorum is lost */
}

/* One service of lb: those listeners of vs, from `first` on, that share one lease. */
static void
service_add(struct vd_ctl *c, struct ctl_plan *p, const struct vd_model *m,
		const struct vd_model_virtual_server *vs, size_t first, uint32_t lease)
{
	struct vd_lb_service_spec *spec = vd_vec_add(&p->services);
	struct ctl_service *s = vd_vec_add(&p->views);
	const struct vd_lb_listener *l = &p->listeners.v[first];

	s->conf = vs;
	s->endpoint.addr = l->addr;
	s->endpoint.port = l->port;
	s->label = service_label(vs, &s->endpoint);
	s->lease = lease;
	/* Two services of a group under two leases need two identities. */
	spec->group = vs->group;
	if (p->split > 0) {
		struct vd_strbuf b = {0};

		vd_strbuf_printf(&b, "%s#%zu", vs->group, p->split);
		s->split_group = vd_strbuf_take(&b);
		spec->group = s->split_group;
	}
	p->split++;
	/* Offsets for now: the vectors may still move. */
	spec->listeners = (const struct vd_lb_listener *)NULL;
	s->first_listener = first;
	spec->n_listeners = (unsigned int)(p->listeners.n - first);
	s->first_server = p->servers.n;
	vd_vec_reserve(&s->servers, vs->real_servers.n);
	for (size_t i = 0; i < vs->real_servers.n; i++)
		server_add(c, p, m, s, vs, &vs->real_servers.v[i]);
	sorry_add(s, vs);
	spec->n_servers = (unsigned int)(p->servers.n - s->first_server);
	spec->protocol = (uint8_t)vs->protocol;
	spec->scheduler = (uint8_t)vs->lb_algo;
	spec->forwarding = (uint8_t)vs->lb_kind.method;
	spec->flags = service_flags(vs);
	spec->lease = lease;
	spec->laddr_pool = VD_LB_NONE;
	if (vs->laddr_group_name != NULL &&
			vd_model_laddr_group_find(m, vs->laddr_group_name) != NULL)
		spec->laddr_pool = CTL_POOL_GROUP + ctl_slot_take(&c->pools, vs->laddr_group_name);
	if (vd_model_given(&vs->obj, &vs->observe))
		spec->observe = (uint16_t)VD_MIN(vs->observe.errors, (int64_t)UINT16_MAX);
	if (vd_model_given(&vs->obj, &vs->establish_timeout))
		spec->established_s = (uint16_t)VD_MIN(vs->establish_timeout / VD_SEC, UINT16_MAX);
}

struct expanded {
	struct vd_lb_listener l;
	uint32_t lease;
	uint32_t order;
};

static int
by_lease(const void *a, const void *b)
{
	const struct expanded *x = a, *y = b;

	if (x->lease != y->lease)
		return x->lease < y->lease ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void
virtual_server_add(struct vd_ctl *c, struct ctl_plan *p, const struct vd_model *m,
		const struct vd_model_virtual_server *vs)
{
	struct vd_model_listeners ls = {0};
	VD_VEC(struct expanded) all = {0};

	if (vd_model_listeners_of(m, vs, &ls) != 0 || vs->match != NULL)
		goto out;
	for (size_t i = 0; i < ls.n; i++) {
		uint32_t size = vd_addr_range_size(&ls.v[i].lo, &ls.v[i].hi);

		if (ls.v[i].fwmark != 0)
			continue; /* said by the model: nothing sets marks here */
		for (uint32_t k = 0; k < VD_MIN(size, RANGE_MAX); k++) {
			struct expanded *e = vd_vec_add(&all);

			e->order = (uint32_t)all.n;
			e->l.addr = vd_addr_add(&ls.v[i].lo, k);
			e->l.port = ls.v[i].port;
			e->l.protocol = (uint8_t)vs->protocol;
			e->lease = ctl_lease_of(p, &e->l.addr);
		}
	}
	if (all.n > 1)
		qsort(all.v, all.n, sizeof(all.v[0]), by_lease);
	p->split = 0;
	for (size_t i = 0; i < all.n;) {
		size_t first = p->listeners.n;
		uint32_t lease = all.v[i].lease;

		for (; i < all.n && all.v[i].lease == lease; i++)
			vd_vec_push(&p->listeners, all.v[i].l);
		service_add(c, p, m, vs, first, lease);
	}
out:
	vd_vec_free(&all);
	free(ls.v);
}

/* Of two instances with one address the first has it. */
static void
vip_add(struct ctl_plan *p, const struct vd_addr *addr, uint32_t lease)
{
	const struct vd_lb_vip_spec vip = {.addr = *addr, .lease = lease};

	(void)vd_addr_map_put(&p->leases, addr, lease + 1);
	vd_vec_push(&p->vips, vip);
}

static void
vips_add(struct vd_ctl *c, struct ctl_plan *p, const struct vd_model *m)
{
	for (size_t i = 0; i < m->instances.n; i++) {
		const struct vd_model_vrrp_instance *v = &m->instances.v[i];
		uint32_t lease = ctl_slot_take(&c->leases, v->name);

		for (size_t a = 0; a < v->virtual_ipaddress.n; a++)
			vip_add(p, &v->virtual_ipaddress.v[a].address.addr, lease);
		for (size_t a = 0; a < v->virtual_ipaddress_excluded.n; a++)
			vip_add(p, &v->virtual_ipaddress_excluded.v[a].address.addr, lease);
	}
}

/* Fills plan from the model; the caller frees it with ctl_plan_free(). Takes slots of leases and pools. */
void
ctl_plan_build(struct vd_ctl *c, const struct vd_model *m, struct ctl_plan *p)
{
	size_t servers = 0;

	memset(p, 0, sizeof(*p));
	vips_add(c, p, m);
	for (size_t i = 0; i < m->virtual_servers.n; i++)
		servers += m->virtual_servers.v[i].real_servers.n;
	vd_vec_reserve(&p->servers, servers);
	vd_vec_reserve(&p->services, m->virtual_servers.n);
	vd_vec_reserve(&p->views, m->virtual_servers.n);
	for (size_t i = 0; i < m->virtual_servers.n; i++)
		if (m->virtual_servers.v[i].protocol != VD_PROTOCOL_SCTP)
			virtual_server_add(c, p, m, &m->virtual_servers.v[i]);
	for (size_t i = 0; i < p->services.n; i++) {
		p->services.v[i].listeners = &p->listeners.v[p->views.v[i].first_listener];
		p->services.v[i].servers = p->servers.v == NULL
				? NULL
				: &p->servers.v[p->views.v[i].first_server];
		p->services.v[i].sorry = p->views.v[i].has_sorry ? &p->views.v[i].sorry : NULL;
	}
	p->spec.services = p->services.v;
	p->spec.n_services = (unsigned int)p->services.n;
	p->spec.vips = p->vips.v;
	p->spec.n_vips = (unsigned int)p->vips.n;
	p->spec.seed = (uint64_t)m->global.random_seed;
}

void
ctl_services_free(struct ctl_services *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free((void *)(uintptr_t)v->v[i].label);
		free(v->v[i].split_group);
		for (size_t k = 0; k < v->v[i].servers.n; k++)
			vd_vec_free(&v->v[i].servers.v[k].checks);
		vd_vec_free(&v->v[i].servers);
	}
	vd_vec_free(v);
}

void
ctl_plan_free(struct ctl_plan *p)
{
	vd_vec_free(&p->listeners);
	vd_vec_free(&p->servers);
	vd_vec_free(&p->services);
	vd_vec_free(&p->vips);
	vd_addr_map_free(&p->leases);
	ctl_services_free(&p->views);
}
