/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a model, and looking things up in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vd_model_priv.h"

struct vd_model *
vd_model_new(void)
{
	struct vd_model *m = vd_xcalloc(1, sizeof(*m));

	vd_model_object_init(&m->obj, &vd_model_root_block, (struct vd_place){0});
	return m;
}

void
vd_model_free(struct vd_model *m)
{
	if (m == NULL)
		return;
	vd_model_object_fini(&m->obj);
	for (size_t i = 0; i < m->files.n; i++)
		free(m->files.v[i]);
	for (size_t i = 0; i < m->kept.n; i++)
		free(m->kept.v[i]);
	vd_vec_free(&m->files);
	vd_vec_free(&m->kept);
	free(m);
}

const char *
vd_model_file(struct vd_model *m, const char *name)
{
	for (size_t i = 0; i < m->files.n; i++)
		if (strcmp(m->files.v[i], name) == 0)
			return m->files.v[i];
	vd_vec_push(&m->files, vd_xstrdup(name));
	return m->files.v[m->files.n - 1];
}

const char *
vd_model_keep(struct vd_model *m, const char *text)
{
	vd_vec_push(&m->kept, vd_xstrdup(text));
	return m->kept.v[m->kept.n - 1];
}

void
vd_model_finish(struct vd_model *m, struct vd_diag_list *diags)
{
	vd_model_finish_vrrp(m, diags);
	vd_model_finish_services(m, diags);
	vd_model_say_effects(m, diags);
}

bool
vd_model_equal(const struct vd_model *a, const struct vd_model *b)
{
	return vd_model_object_equal(&a->obj, &b->obj);
}

const struct vd_model_vrrp_instance *
vd_model_instance_find(const struct vd_model *m, const char *name)
{
	const struct vd_model_vrrp_instance *i;

	VD_VEC_FOREACH (i, &m->instances)
		if (i->name != NULL && strcmp(i->name, name) == 0)
			return i;
	return NULL;
}

const struct vd_model_vrrp_script *
vd_model_script_find(const struct vd_model *m, const char *name)
{
	const struct vd_model_vrrp_script *s;

	VD_VEC_FOREACH (s, &m->vrrp_scripts)
		if (s->name != NULL && strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

const struct vd_model_virtual_server_group *
vd_model_group_find(const struct vd_model *m, const char *name)
{
	const struct vd_model_virtual_server_group *g;

	VD_VEC_FOREACH (g, &m->virtual_server_groups)
		if (g->name != NULL && strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

const struct vd_model_local_address_group *
vd_model_laddr_group_find(const struct vd_model *m, const char *name)
{
	const struct vd_model_local_address_group *g;

	VD_VEC_FOREACH (g, &m->local_address_groups)
		if (g->name != NULL && strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

int
vd_model_listeners_of(const struct vd_model *m, const struct vd_model_virtual_server *vs,
		struct vd_model_listeners *out)
{
	const struct vd_model_virtual_server_group *g;
	const struct vd_model_group_entry *e;
	struct vd_model_listener l;

	if (vs->group == NULL) {
		l = (struct vd_model_listener){.lo = vs->address,
				.hi = vs->address,
				.port = (uint16_t)vs->port,
				.fwmark = (uint32_t)vs->fwmark,
				.place = vs->obj.place};
		vd_vec_push(out, l);
		return 0;
	}
	g = vd_model_group_find(m, vs->group);
	if (g == NULL)
		return -ENOENT;
	VD_VEC_FOREACH (e, &g->entries) {
		l = (struct vd_model_listener){.lo = e->address.lo,
				.hi = e->address.hi,
				.port = (uint16_t)e->port,
				.fwmark = (uint32_t)e->fwmark,
				.place = e->obj.place};
		vd_vec_push(out, l);
	}
	return 0;
}

enum vd_scheduler
vd_model_scheduler_of(const struct vd_model_virtual_server *vs)
{
	enum vd_scheduler s = (enum vd_scheduler)vs->lb_algo;

	return vd_scheduler_built(s) ? s : VD_SCHEDULER_WRR;
}

enum vd_forwarding
vd_model_forwarding_of(
		const struct vd_model_virtual_server *vs, const struct vd_model_real_server *rs)
{
	bool own = vd_model_given(&rs->obj, &rs->lb_kind);

	return (enum vd_forwarding)(own ? rs->lb_kind.method : vs->lb_kind.method);
}

void
vd_model_virtual_server_name(const struct vd_model_virtual_server *vs, struct vd_strbuf *out)
{
	struct vd_endpoint ep = {.addr = vs->address, .port = (uint16_t)vs->port};
	char buf[VD_ENDPOINT_STR];

	if (vs->group != NULL)
		vd_strbuf_printf(out, "group %s", vs->group);
	else if (vs->fwmark != 0)
		vd_strbuf_printf(out, "fwmark %u", (unsigned int)vs->fwmark);
	else
		vd_strbuf_printf(out, "%s %s", vd_protocol_name((enum vd_protocol)vs->protocol),
				vd_endpoint_format(&ep, buf, sizeof(buf)));
}

static void
trio(struct vd_strbuf *out, const struct vd_addr *addr, const char *protocol, int64_t port)
{
	char text[VD_ADDR_STR];

	vd_strbuf_printf(out, "[%s]:%s:%u", vd_addr_format(addr, text, sizeof(text)), protocol,
			(unsigned int)port);
}

void
vd_model_virtual_server_trio(const struct vd_model_virtual_server *vs, struct vd_strbuf *out)
{
	if (vs->group != NULL)
		vd_strbuf_printf(out, "[%s]:%u", vs->group, (unsigned int)vs->port);
	else if (vs->fwmark != 0)
		vd_strbuf_printf(out, "FWM %u", (unsigned int)vs->fwmark);
	else
		trio(out, &vs->address, vd_protocol_name((enum vd_protocol)vs->protocol), vs->port);
}

void
vd_model_real_server_trio(const struct vd_model_virtual_server *vs,
		const struct vd_model_real_server *rs, struct vd_strbuf *out)
{
	/* keepalived forgets the protocol of a firewall mark's service. */
	const char *protocol =
			vs->fwmark != 0 ? "none" : vd_protocol_name((enum vd_protocol)vs->protocol);

	trio(out, &rs->address, protocol, rs->port != 0 ? rs->port : vs->port);
}
