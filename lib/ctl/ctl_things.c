/* SPDX-License-Identifier: BSD-3-Clause */
/* What VRRP tracks beside links and workers: scripts, files, processes, and services by their quorum. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ctl_priv.h"

uint32_t
ctl_thing_find(const struct vd_ctl *c, const char *kind, const char *name)
{
	struct vd_strbuf b = {0};
	uint32_t slot;

	vd_strbuf_printf(&b, "%s %s", kind, name);
	slot = ctl_slot_find(&c->health.things, b.s);
	vd_strbuf_free(&b);
	return slot;
}

/* Its number; CTL_SLOT_NONE when there are too many. */
static uint32_t
thing_take(struct vd_ctl *c, const char *kind, const char *name)
{
	struct vd_strbuf b = {0};
	uint32_t slot;

	vd_strbuf_printf(&b, "%s %s", kind, name);
	slot = ctl_slot_take(&c->health.things, b.s);
	vd_strbuf_free(&b);
	while (c->health.thing.n <= slot)
		(void)vd_vec_add(&c->health.thing);
	return slot < CTL_THINGS_MAX ? slot : CTL_SLOT_NONE;
}

static void
add(struct vd_vrrp_instance_config *i, uint32_t slot, int64_t weight, bool reverse, bool by_value)
{
	struct vd_vrrp_track t = {
			.id = CTL_TRACK_THING + slot,
			.weight = (int32_t)VD_MAX(
					VD_MIN(weight, (int64_t)INT32_MAX), -(int64_t)INT32_MAX),
			.reverse = reverse,
			.by_value = by_value,
	};

	if (slot != CTL_SLOT_NONE)
		vd_vec_push(&i->tracks, t);
}

/* weigh: weights count; in a sync group they do not unless it says so, and what has none is a fault there, too. */
static void
list_add(struct vd_ctl *c, struct vd_vrrp_instance_config *i, const char *kind,
		const struct vd_model_track *v, size_t n, bool weigh, bool of_group)
{
	bool by_value = strcmp(kind, "file") == 0;

	for (size_t k = 0; k < n; k++) {
		int64_t weight = weigh ? v[k].weight : 0;

		if (!weigh && !of_group && v[k].weight != 0)
			continue;
		add(i, thing_take(c, kind, v[k].name), weight, v[k].reverse, by_value);
	}
}

#define LISTS_ADD(c, i, from, weigh, of_group) \
	do { \
		list_add(c, i, "script", (from)->track_script.v, (from)->track_script.n, weigh, \
				of_group); \
		list_add(c, i, "file", (from)->track_file.v, (from)->track_file.n, weigh, \
				of_group); \
		list_add(c, i, "process", (from)->track_process.v, (from)->track_process.n, weigh, \
				of_group); \
	} while (0)

/* ---- services ---- */

/* "[tcp:|udp:]ADDRESS:PORT" */
static bool
is_endpoint(const struct vd_model_virtual_server *vs, const char *text)
{
	struct vd_endpoint ep;
	int protocol = 0;

	if (strncasecmp(text, "tcp:", 4) == 0)
		protocol = VD_PROTOCOL_TCP;
	else if (strncasecmp(text, "udp:", 4) == 0)
		protocol = VD_PROTOCOL_UDP;
	if (protocol != 0 && vs->protocol != protocol)
		return false;
	return vd_endpoint_parse(protocol != 0 ? text + 4 : text, &ep) == 0 &&
			ep.port == vs->port && vd_addr_equal(&ep.addr, &vs->address);
}

static bool
is_meant(const struct vd_model_track_virtual_server *t, const struct vd_model_virtual_server *vs)
{
	if (t->group != NULL)
		return vs->group != NULL && strcmp(t->group, vs->group) == 0;
	if (t->fwmark != 0)
		return t->fwmark == vs->fwmark;
	return t->virtual_server != NULL && vs->group == NULL && vs->fwmark == 0 &&
			is_endpoint(vs, t->virtual_server);
}

static void
services_add(struct vd_ctl *c, const struct vd_model *m, struct vd_vrrp_instance_config *i,
		const struct vd_model_vrrp_instance *v, bool weigh)
{
	const struct vd_model_track_virtual_server *t;
	const struct vd_model_virtual_server *vs;

	VD_VEC_FOREACH (t, &v->track_virtual_server)
		VD_VEC_FOREACH (vs, &m->virtual_servers) {
			struct vd_strbuf name = {0};

			if (!is_meant(t, vs) || (!weigh && t->weight != 0))
				continue;
			vd_model_virtual_server_name(vs, &name);
			add(i, thing_take(c, "virtual server", name.s), t->weight, false, false);
			vd_strbuf_free(&name);
		}
}

uint32_t
ctl_service_track(const struct vd_ctl *c, const struct vd_model_virtual_server *vs)
{
	struct vd_strbuf name = {0};
	uint32_t slot;

	vd_model_virtual_server_name(vs, &name);
	slot = ctl_thing_find(c, "virtual server", name.s);
	vd_strbuf_free(&name);
	return slot == CTL_SLOT_NONE || slot >= CTL_THINGS_MAX || !c->health.things.v[slot].used
			? VD_HEALTH_NONE
			: CTL_TRACK_THING + slot;
}

void
ctl_things_set(struct vd_ctl *c, const struct vd_model *m, struct vd_vrrp_instance_config *i,
		const struct vd_model_vrrp_instance *v, const struct vd_model_sync_group *g)
{
	bool weigh = g == NULL || g->sync_group_tracking_weight;

	LISTS_ADD(c, i, v, weigh, false);
	services_add(c, m, i, v, weigh);
	if (g != NULL)
		LISTS_ADD(c, i, g, weigh, true);
}

/* ---- beginnings ---- */

static void
begin(struct vd_ctl *c, const char *kind, const char *name, const struct vd_model_object *conf,
		bool same_user, bool good)
{
	uint32_t slot = ctl_thing_find(c, kind, name);
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_TRACK, .on = good};
	struct ctl_thing_info *t;
	bool same;

	if (slot == CTL_SLOT_NONE || slot >= CTL_THINGS_MAX)
		return;
	t = &c->health.thing.v[slot];
	same = t->conf != NULL && same_user && vd_model_object_equal(t->conf, conf);
	t->conf = conf;
	if (same)
		return;
	t->serial = ++c->health.serial;
	e.idx = CTL_TRACK_THING + slot;
	ctl_step_push(c, &e);
}

void
ctl_things_begin(struct vd_ctl *c, const struct vd_model *m)
{
	const struct vd_model_track_process *process;
	const struct vd_model_vrrp_script *script;
	const struct vd_model_track_file *file;

	VD_VEC_FOREACH (script, &m->vrrp_scripts)
		begin(c, "script", script->name, &script->obj,
				!c->health.user_changed || script->user.user != NULL,
				!script->init_fail);
	VD_VEC_FOREACH (file, &m->track_files)
		begin(c, "file", file->name, &file->obj, true, true);
	VD_VEC_FOREACH (process, &m->track_processes)
		begin(c, "process", process->name, &process->obj, true, true);
}

/* ---- in words ---- */

void
ctl_thing_fault(const struct vd_ctl *c, uint32_t slot, struct vd_strbuf *out)
{
	const char *name = ctl_slot_name(&c->health.things, slot);
	struct vd_probe_view view;
	enum vd_probe_kind kind;

	vd_strbuf_puts(out, name);
	if (strncmp(name, "virtual server ", 15) == 0) {
		vd_strbuf_puts(out, " has no quorum");
		return;
	}
	kind = strncmp(name, "script ", 7) == 0          ? VD_PROBE_SCRIPT
			: strncmp(name, "file ", 5) == 0 ? VD_PROBE_FILE
							 : VD_PROBE_PROCESS;
	if (c->health.probe == NULL || slot >= c->health.thing.n ||
			!vd_probe_view_slot(c->health.probe, kind, slot,
					c->health.thing.v[slot].serial, &view)) {
		vd_strbuf_puts(out, " is bad");
		return;
	}
	if (kind == VD_PROBE_FILE)
		vd_strbuf_printf(out, " has the value %lld", (long long)view.value);
	else if (view.last_error[0] != '\0')
		vd_strbuf_printf(out, " failed: %s", view.last_error);
	else
		vd_strbuf_puts(out,
				kind == VD_PROBE_PROCESS ? " does not run as often as asked"
							 : " failed");
}
