/* SPDX-License-Identifier: BSD-3-Clause */
/* What instances and sync groups track, and sync groups themselves. */
#include <string.h>

#include "vd_model_validate_priv.h"

struct tracked {
	const char *what; /* "track_script" */
	struct vd_validate_names names;
};

enum tracked_kind {
	SCRIPTS,
	FILES,
	PROCESSES,
	BFDS,
	KINDS
};

#define COLLECT(list, out) \
	do { \
		for (size_t n_ = 0; n_ < (list)->n; n_++) \
			if ((list)->v[n_].name != NULL) \
				vd_vec_push(out, (list)->v[n_].name); \
	} while (0)

static bool
knows(const struct vd_validate_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i], name) == 0)
			return true;
	return false;
}

/* A copy, since the one who says "did you mean" frees what it is given. */
static void
names_copy(const struct vd_validate_names *from, struct vd_validate_names *to)
{
	for (size_t i = 0; i < from->n; i++)
		vd_vec_push(to, from->v[i]);
}

static void
check_names(struct vd_validate *c, const struct vd_model_track *v, size_t n,
		const struct tracked *tracked)
{
	for (size_t i = 0; i < n; i++) {
		struct vd_validate_names copy = {0};

		if (v[i].name == NULL || knows(&tracked->names, v[i].name))
			continue;
		names_copy(&tracked->names, &copy);
		vd_validate_unknown(c, VD_DIAG_ERROR, v[i].obj.place, v[i].name, &copy,
				"%s: %s is not defined", tracked->what, v[i].name);
	}
}

static void
check_interfaces(struct vd_validate *c, const struct vd_model_track *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vd_validate_interface(
				c, VD_DIAG_ERROR, v[i].obj.place, "track_interface", v[i].name);
}

/* "[tcp:|udp:]ADDRESS:PORT" as a track_virtual_server entry has it. */
static bool
is_service(const struct vd_model_virtual_server *vs, const char *text)
{
	struct vd_endpoint ep;

	if (strncasecmp(text, "tcp:", 4) == 0) {
		if (vs->protocol != VD_PROTOCOL_TCP)
			return false;
		text += 4;
	} else if (strncasecmp(text, "udp:", 4) == 0) {
		if (vs->protocol != VD_PROTOCOL_UDP)
			return false;
		text += 4;
	}
	return vd_endpoint_parse(text, &ep) == 0 && vd_addr_equal(&ep.addr, &vs->address) &&
			ep.port == vs->port;
}

static void
check_virtual_server(struct vd_validate *c, const struct vd_model_track_virtual_server *t)
{
	const struct vd_model_virtual_server *vs;

	VD_VEC_FOREACH (vs, &c->m->virtual_servers) {
		if (t->group != NULL && vs->group != NULL && strcmp(t->group, vs->group) == 0)
			return;
		if (t->fwmark != 0 && t->fwmark == vs->fwmark)
			return;
		if (t->virtual_server != NULL && is_service(vs, t->virtual_server))
			return;
	}
	vd_validate_say(c, VD_DIAG_ERROR, t->obj.place, NULL,
			"track_virtual_server: there is no virtual_server %s",
			t->virtual_server != NULL          ? t->virtual_server
					: t->group != NULL ? t->group
							   : "with this fwmark");
}

static void
check_instance(struct vd_validate *c, const struct vd_model_vrrp_instance *i,
		const struct tracked *tracked)
{
	const struct vd_model_track_virtual_server *t;

	check_interfaces(c, i->track_interface.v, i->track_interface.n);
	check_names(c, i->track_script.v, i->track_script.n, &tracked[SCRIPTS]);
	check_names(c, i->track_file.v, i->track_file.n, &tracked[FILES]);
	check_names(c, i->track_process.v, i->track_process.n, &tracked[PROCESSES]);
	check_names(c, i->track_bfd.v, i->track_bfd.n, &tracked[BFDS]);
	VD_VEC_FOREACH (t, &i->track_virtual_server)
		check_virtual_server(c, t);
}

static void
check_group_tracks(struct vd_validate *c, const struct vd_model_sync_group *g,
		const struct tracked *tracked)
{
	check_interfaces(c, g->track_interface.v, g->track_interface.n);
	check_names(c, g->track_script.v, g->track_script.n, &tracked[SCRIPTS]);
	check_names(c, g->track_file.v, g->track_file.n, &tracked[FILES]);
	check_names(c, g->track_process.v, g->track_process.n, &tracked[PROCESSES]);
	check_names(c, g->track_bfd.v, g->track_bfd.n, &tracked[BFDS]);
}

void
vd_validate_tracks(struct vd_validate *c)
{
	struct tracked tracked[KINDS] = {
			[SCRIPTS] = {.what = "track_script"},
			[FILES] = {.what = "track_file"},
			[PROCESSES] = {.what = "track_process"},
			[BFDS] = {.what = "track_bfd"},
	};
	const struct vd_model_vrrp_instance *i;
	const struct vd_model_sync_group *g;

	COLLECT(&c->m->vrrp_scripts, &tracked[SCRIPTS].names);
	COLLECT(&c->m->track_files, &tracked[FILES].names);
	COLLECT(&c->m->track_processes, &tracked[PROCESSES].names);
	COLLECT(&c->m->bfd_instances, &tracked[BFDS].names);
	VD_VEC_FOREACH (i, &c->m->instances)
		check_instance(c, i, tracked);
	VD_VEC_FOREACH (g, &c->m->sync_groups)
		check_group_tracks(c, g, tracked);
	for (size_t k = 0; k < KINDS; k++)
		vd_vec_free(&tracked[k].names);
}

/* The group before g that has the instance, or NULL. */
static const struct vd_model_sync_group *
group_before(const struct vd_validate *c, const struct vd_model_sync_group *g, const char *name)
{
	const struct vd_model_sync_group *other;

	for (other = c->m->sync_groups.v; other < g; other++)
		for (size_t i = 0; i < other->group.n; i++)
			if (strcmp(other->group.v[i], name) == 0)
				return other;
	return NULL;
}

static bool
is_before(const struct vd_model_sync_group *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(g->group.v[i], g->group.v[n]) == 0)
			return true;
	return false;
}

static void
check_group(struct vd_validate *c, const struct vd_model_sync_group *g)
{
	struct vd_place at = vd_model_place_of(&g->obj, &g->group);
	const struct vd_model_vrrp_instance *member;
	size_t members = 0, owners = 0;

	for (size_t i = 0; i < g->group.n; i++) {
		const struct vd_model_sync_group *first = group_before(c, g, g->group.v[i]);
		struct vd_validate_names names = {0};

		member = vd_model_instance_find(c->m, g->group.v[i]);
		if (member == NULL) {
			COLLECT(&c->m->instances, &names);
			vd_validate_unknown(c, VD_DIAG_ERROR, at, g->group.v[i], &names,
					"vrrp_sync_group %s: there is no vrrp_instance %s", g->name,
					g->group.v[i]);
			continue;
		}
		members++;
		owners += member->priority == 255;
		if (is_before(g, i))
			vd_validate_say(c, VD_DIAG_WARNING, at, NULL,
					"vrrp_sync_group %s has %s twice; once counts", g->name,
					g->group.v[i]);
		if (first != NULL)
			vd_validate_say(c, VD_DIAG_ERROR, at, NULL,
					"vrrp_instance %s is already in vrrp_sync_group %s",
					g->group.v[i], first->name);
	}
	if (members == 0 && g->group.n == 0)
		vd_validate_say(c, VD_DIAG_WARNING, g->obj.place, NULL,
				"vrrp_sync_group %s has no instance", g->name);
	if (g->group.n == 1)
		vd_validate_say(c, VD_DIAG_NOTE, at, NULL,
				"vrrp_sync_group %s has one instance only: there is nothing to "
				"keep "
				"in step",
				g->name);
	if (owners > 0 && owners < members)
		vd_validate_say(c, VD_DIAG_WARNING, at, "give all of them 255, or none",
				"vrrp_sync_group %s has instances with priority 255 and others: "
				"they "
				"cannot keep in step",
				g->name);
}

void
vd_validate_groups(struct vd_validate *c)
{
	const struct vd_model_sync_group *g;

	VD_VEC_FOREACH (g, &c->m->sync_groups)
		check_group(c, g);
}
