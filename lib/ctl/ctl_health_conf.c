/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the model to the health engine's configuration and the probe's. A check keeps its number across reloads while it
 * is a check of the same server, and its serial while nothing of it changed: then it goes on as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"
#include "vd_io_user.h"

/* ---- numbers of checks ---- */

static void
check_name(const struct ctl_service *s, const struct ctl_server *v, size_t n, struct vd_strbuf *out)
{
	char text[VD_ENDPOINT_STR];

	vd_strbuf_printf(out, "%s %s %s %zu", s->label,
			s->split_group == NULL ? "" : s->split_group,
			vd_endpoint_format(&v->endpoint, text, sizeof(text)), n);
}

static bool
is_same(const struct vd_ctl *c, const struct ctl_check_info *info,
		const struct vd_model_checker *now)
{
	if (info->conf == NULL)
		return false;
	if ((now->type == VD_MODEL_CHECK_SSL && c->health.ssl_changed) ||
			(now->type == VD_MODEL_CHECK_MISC && c->health.user_changed) ||
			(now->type == VD_MODEL_CHECK_FILE && c->health.files_changed))
		return false; /* what it takes from elsewhere may be another */
	return info->conf->obj.block == now->obj.block &&
			vd_model_object_equal(&info->conf->obj, &now->obj);
}

static bool
files_equal(const struct vd_model *a, const struct vd_model *b)
{
	if (a->track_files.n != b->track_files.n)
		return false;
	for (size_t i = 0; i < a->track_files.n; i++)
		if (!vd_model_object_equal(&a->track_files.v[i].obj, &b->track_files.v[i].obj))
			return false;
	return true;
}

void
ctl_health_compare(struct vd_ctl *c, const struct vd_model *old, const struct vd_model *now)
{
	struct ctl_health *h = &c->health;

	h->ssl_changed = h->user_changed = h->files_changed = false;
	if (old == NULL)
		return;
	h->ssl_changed = !vd_model_object_equal(&old->ssl.obj, &now->ssl.obj);
	h->user_changed = !vd_model_object_equal(
			&old->global.script_user.obj, &now->global.script_user.obj);
	h->files_changed = !files_equal(old, now);
}

static bool
is_dynamic(const struct vd_model_checker *k)
{
	return (k->type == VD_MODEL_CHECK_MISC && k->misc_dynamic) ||
			(k->type == VD_MODEL_CHECK_FILE && k->dynamic);
}

/* A check with other words takes over what the one before it found out: who is down stays down. */
static bool
inherits(const struct vd_ctl *c, struct ctl_check *check)
{
	const struct ctl_check_info *before = &c->health.check.v[check->slot];
	struct vd_probe_view view;

	if (c->health.probe == NULL || before->conf == NULL ||
			before->conf->type != check->conf->type ||
			!vd_probe_view_slot(c->health.probe, VD_PROBE_CHECK, check->slot,
					before->serial, &view) ||
			view.runs == 0)
		return false;
	check->up = view.up;
	return true;
}

void
ctl_checks_plan(struct vd_ctl *c, const struct vd_model *m, const struct ctl_service *s,
		struct ctl_server *v)
{
	const struct vd_model_checker *k;
	struct vd_strbuf name = {0};
	size_t n = 0;

	(void)m;
	v->check_weight = -1;
	VD_VEC_FOREACH (k, &v->conf->checkers) {
		struct ctl_check check = {.conf = k, .up = !k->alpha};

		if (k->type == VD_MODEL_CHECK_BFD)
			continue;
		vd_strbuf_reset(&name);
		check_name(s, v, n++, &name);
		check.slot = ctl_slot_take(&c->health.checks, name.s);
		while (c->health.check.n <= check.slot)
			((struct ctl_check_info *)vd_vec_add(&c->health.check))->weight = -1;
		if (is_same(c, &c->health.check.v[check.slot], k)) {
			check.serial = c->health.check.v[check.slot].serial;
			if (is_dynamic(k))
				v->check_weight = c->health.check.v[check.slot].weight;
		} else {
			check.serial = ++c->health.serial;
			(void)inherits(c, &check);
		}
		vd_vec_push(&v->checks, check);
	}
	vd_strbuf_free(&name);
}

void
ctl_checks_commit(struct vd_ctl *c, const struct ctl_services *views)
{
	const struct ctl_service *s;
	const struct ctl_server *v;
	const struct ctl_check *k;

	VD_VEC_FOREACH (s, views)
		VD_VEC_FOREACH (v, &s->servers)
			VD_VEC_FOREACH (k, &v->checks) {
				struct ctl_check_info *i = &c->health.check.v[k->slot];

				if (i->serial != k->serial) {
					i->weight = -1;
					i->suspended = false;
				}
				i->conf = k->conf;
				i->serial = k->serial;
			}
}

/* After the slots were collected: numbers without a name stand for nothing. */
void
ctl_checks_collect(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->health.check.n; i++)
		if (i >= c->health.checks.n || c->health.checks.v[i].name == NULL)
			c->health.check.v[i].conf = NULL;
	for (size_t i = 0; i < c->health.thing.n; i++)
		if (i >= c->health.things.n || c->health.things.v[i].name == NULL)
			c->health.thing.v[i].conf = NULL;
}

/* ---- the health engine ---- */

int64_t
ctl_server_weight(const struct ctl_server *v)
{
	if (v->override_weight >= 0)
		return v->override_weight;
	return v->check_weight >= 0 ? v->check_weight : v->conf->weight;
}

/* As keepalived corrects them: a quorum that can never be reached, a hysteresis that can never be left. */
static void
quorum_set(struct vd_health_service_config *out, const struct vd_model_virtual_server *vs)
{
	const struct vd_model_real_server *rs;
	int64_t total = 0, quorum = vs->quorum, hysteresis = vs->hysteresis;

	VD_VEC_FOREACH (rs, &vs->real_servers)
		total += rs->weight;
	quorum = VD_MAX(VD_MIN(quorum, total), 1);
	hysteresis = VD_MIN(hysteresis, quorum - 1);
	out->quorum = (uint32_t)VD_MIN(quorum, (int64_t)UINT32_MAX);
	out->hysteresis = (uint32_t)VD_MIN(hysteresis, (int64_t)UINT32_MAX);
}

static void
service_build(const struct vd_ctl *c, const struct ctl_service *s, const struct vd_lb_service *lb,
		struct vd_health_config *h)
{
	const struct vd_model_virtual_server *vs = s->conf;
	struct vd_health_service_config conf = {
			.id = lb->id,
			.gen = lb->gen,
			.sorry_id = VD_HEALTH_NONE,
			.sorry_inhibit = vs->sorry_server_inhibit,
			.slow_start = vs->slow_start,
			.track = ctl_service_track(c, vs),
	};

	quorum_set(&conf, vs);
	if (lb->sorry != NULL) {
		conf.sorry_id = lb->sorry->id;
		conf.sorry_gen = lb->sorry->gen;
	}
	if (vd_model_given(&vs->obj, &vs->observe))
		conf.observe = (uint32_t)vs->observe.errors;
	(void)vd_health_config_service(h, &conf);
}

static uint32_t
server_build(const struct ctl_service *s, const struct ctl_server *v, const struct vd_lb_server *lb,
		struct vd_health_config *h)
{
	struct vd_health_server_config conf = {
			.id = lb->id,
			.gen = lb->gen,
			.weight = (uint32_t)VD_MIN(ctl_server_weight(v), (int64_t)UINT32_MAX),
			.weight_fixed = v->override_weight >= 0,
			.inhibit = v->inhibit,
			.expire_quiescent = s->conf->expire_quiescent_conn,
			.admin = ctl_admin_flags(v->admin),
	};
	uint32_t index = vd_health_config_server(h, &conf);
	const struct ctl_check *k;

	VD_VEC_FOREACH (k, &v->checks)
		vd_health_config_check(h, k->slot, k->serial, k->up);
	return index;
}

void
ctl_health_conf_build(struct vd_ctl *c, const struct vd_model *m, struct ctl_services *views,
		const struct vd_lb_snapshot *snapshot, struct vd_health_config *h)
{
	const struct ctl_service *sv;
	size_t servers = 0, checks = 0;

	(void)m;
	VD_VEC_FOREACH (sv, views) {
		servers += sv->servers.n;
		for (size_t k = 0; k < sv->servers.n; k++)
			checks += sv->servers.v[k].checks.n;
	}
	vd_health_config_reserve(h, views->n, servers, checks);
	for (size_t i = 0; i < views->n; i++) {
		const struct vd_lb_service *lb = vd_lb_service_at(snapshot, (unsigned int)i);
		struct ctl_service *s = &views->v[i];

		service_build(c, s, lb, h);
		for (size_t k = 0; k < s->servers.n; k++) {
			uint32_t index = server_build(s, &s->servers.v[k], &lb->servers[k], h);

			if (k == 0)
				s->health = index;
		}
	}
}

/* ---- the probe ---- */

/* False: there is no such user, said with the configuration; what should run as it is left out, as keepalived does. */
static bool
user_of(const struct vd_model_user *own, const struct vd_io_user *def, struct vd_probe_user *out)
{
	struct vd_io_user u = {0};
	struct vd_strbuf why = {0};

	(void)vd_io_user_of_line(&u, own->user, own->group, def, &why);
	vd_strbuf_free(&why);
	*out = (struct vd_probe_user){.has = u.has, .uid = u.uid, .gid = u.gid};
	return u.known;
}

static struct vd_io_user
user_default(const struct vd_model *m)
{
	const struct vd_model_user *script_user = &m->global.script_user;
	struct vd_io_user def = {0};
	struct vd_strbuf why = {0};

	(void)vd_io_user_script(&def, script_user->user, script_user->group, &why);
	vd_strbuf_free(&why);
	return def;
}

static const struct vd_model_track_file *
file_of(const struct vd_model *m, const struct vd_model_checker *k)
{
	const struct vd_model_track_file *f;

	if (k->type != VD_MODEL_CHECK_FILE || k->track_file == NULL)
		return NULL;
	VD_VEC_FOREACH (f, &m->track_files)
		if (strcmp(f->name, k->track_file) == 0)
			return f;
	return NULL;
}

static void
checks_probe(const struct vd_model *m, const struct vd_io_user *def, const struct ctl_service *s,
		const struct ctl_server *v, struct vd_probe_config *p)
{
	char rs[VD_ENDPOINT_STR];
	const struct ctl_check *k;

	vd_endpoint_format(&v->endpoint, rs, sizeof(rs));
	VD_VEC_FOREACH (k, &v->checks) {
		struct vd_probe_user user = {0};

		if (k->conf->type == VD_MODEL_CHECK_MISC && !user_of(&k->conf->user, def, &user))
			continue;
		(void)vd_probe_config_check(p, k->slot, k->serial, k->conf, &v->endpoint,
				vd_model_given(&m->obj, &m->ssl) ? &m->ssl : NULL,
				file_of(m, k->conf), &user, s->label, rs);
		vd_probe_config_up(p, k->up);
		vd_probe_config_weight(p, v->conf->weight);
	}
}

void
ctl_things_probe(struct vd_ctl *c, const struct vd_model *m, struct vd_probe_config *p)
{
	const struct vd_model_track_process *process;
	const struct vd_io_user def = user_default(m);
	const struct vd_model_vrrp_script *script;
	const struct vd_model_track_file *file;
	uint32_t slot;

	VD_VEC_FOREACH (script, &m->vrrp_scripts) {
		struct vd_probe_user user;

		slot = ctl_thing_find(c, "script", script->name);
		if (slot != CTL_SLOT_NONE && user_of(&script->user, &def, &user))
			vd_probe_config_script(
					p, slot, c->health.thing.v[slot].serial, script, &user);
	}
	VD_VEC_FOREACH (file, &m->track_files) {
		slot = ctl_thing_find(c, "file", file->name);
		if (slot != CTL_SLOT_NONE)
			vd_probe_config_file(p, slot, c->health.thing.v[slot].serial, file);
	}
	VD_VEC_FOREACH (process, &m->track_processes) {
		slot = ctl_thing_find(c, "process", process->name);
		if (slot != CTL_SLOT_NONE)
			vd_probe_config_process(p, slot, c->health.thing.v[slot].serial, process);
	}
}

void
ctl_probe_publish(struct vd_ctl *c, const struct vd_model *m)
{
	struct vd_probe_config *p = vd_probe_config_new();
	const struct vd_io_user def = user_default(m);
	const struct ctl_service *s;
	const struct ctl_server *v;

	VD_VEC_FOREACH (s, &c->services)
		VD_VEC_FOREACH (v, &s->servers)
			checks_probe(m, &def, s, v, p);
	ctl_things_probe(c, m, p);
	if (c->health.probe != NULL) {
		vd_probe_configure(c->health.probe, p);
		return;
	}
	vd_probe_config_free(c->health.waiting);
	c->health.waiting = p;
}
