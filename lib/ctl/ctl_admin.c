/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the operator sets on real servers at run time. It wins over checks until undone, survives a reload, not a
 * restart: kept by service label and server endpoint, which stay the same across reloads.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"

const struct ctl_override *
ctl_override_find(const struct vd_ctl *c, const char *label, const struct vd_endpoint *ep)
{
	for (size_t i = 0; i < c->overrides.n; i++) {
		const struct ctl_override *o = &c->overrides.v[i];

		if (o->endpoint.port == ep->port && vd_addr_equal(&o->endpoint.addr, &ep->addr) &&
				strcmp(o->label, label) == 0)
			return o;
	}
	return NULL;
}

static void
override_store(struct vd_ctl *c, const struct ctl_service *s, const struct ctl_server *v)
{
	struct ctl_override *o = (struct ctl_override *)(uintptr_t)ctl_override_find(
			c, s->label, &v->endpoint);

	if (o == NULL) {
		o = vd_vec_add(&c->overrides);
		o->label = vd_xstrdup(s->label);
		o->endpoint = v->endpoint;
	}
	o->weight = v->override_weight;
	o->admin = v->admin;
	if (o->weight >= 0 || o->admin != VD_CTL_ADMIN_ENABLE)
		return;
	free(o->label);
	*o = c->overrides.v[--c->overrides.n];
}

void
ctl_overrides_free(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->overrides.n; i++)
		free(c->overrides.v[i].label);
	vd_vec_free(&c->overrides);
}

uint32_t
ctl_admin_flags(enum vd_ctl_admin admin)
{
	switch (admin) {
	case VD_CTL_ADMIN_DRAIN:
		return VD_LB_SERVER_DRAIN;
	case VD_CTL_ADMIN_DISABLE:
		return VD_LB_SERVER_DISABLED;
	default:
		return 0;
	}
}

/* Until the health engine tells: what starts down has no connections yet. */
uint32_t
ctl_server_flags(const struct ctl_server *v)
{
	const struct ctl_check *k;

	if (v->admin != VD_CTL_ADMIN_ENABLE)
		return ctl_admin_flags(v->admin);
	VD_VEC_FOREACH (k, &v->checks)
		if (!k->up)
			return VD_LB_SERVER_DOWN;
	return 0;
}

int
vd_ctl_set_admin(struct vd_ctl *c, size_t service, size_t server, enum vd_ctl_admin admin,
		struct vd_strbuf *why)
{
	static const char *const words[] = {"enabled", "disabled", "draining"};
	struct ctl_service *s = &c->services.v[service];
	struct ctl_server *v = &s->servers.v[server];
	char text[VD_ENDPOINT_STR];

	(void)why;
	v->admin = admin;
	override_store(c, s, v);
	ctl_health_admin(c, service, server);
	ctl_events_apply(c);
	vd_log(VD_LOG_NOTICE, "real server %s of %s: %s by the operator",
			vd_endpoint_format(&v->endpoint, text, sizeof(text)), s->label,
			words[admin]);
	return 0;
}

int
vd_ctl_set_weight(struct vd_ctl *c, size_t service, size_t server, int64_t weight,
		struct vd_strbuf *why)
{
	struct ctl_service *s = &c->services.v[service];
	struct ctl_server *v = &s->servers.v[server];
	char text[VD_ENDPOINT_STR];
	int64_t was = v->override_weight;
	int err;

	if (weight > INT32_MAX) {
		vd_strbuf_printf(why, "weight %lld is above %d", (long long)weight, INT32_MAX);
		return -ERANGE;
	}
	v->override_weight = weight;
	override_store(c, s, v);
	vd_endpoint_format(&v->endpoint, text, sizeof(text));
	if (weight < 0)
		vd_log(VD_LOG_NOTICE, "real server %s of %s: weight as configured again, %lld",
				text, s->label, (long long)v->conf->weight);
	else
		vd_log(VD_LOG_NOTICE, "real server %s of %s: weight %lld by the operator", text,
				s->label, (long long)weight);
	err = ctl_republish_services(c, why); /* frees and makes the views anew */
	if (err != 0) {
		v->override_weight = was;
		override_store(c, s, v);
		return err;
	}
	ctl_health_weight(c, service, server);
	return 0;
}
