/* SPDX-License-Identifier: BSD-3-Clause */
/* show vrrp [NAME], show vrrp stats: the objects; show_vrrp_text.c prints them. */
#include <errno.h>

#include "vd_model.h"
#include "vd_probe.h"

#include "console_priv.h"

int
console_find_vrrp(struct console_job *job, const char *name)
{
	size_t n = vd_ctl_vrrp_count(job->ctl);
	VD_VEC(const char *) names = {0};
	struct vd_ctl_vrrp v = {0};
	int i = vd_ctl_vrrp_find(job->ctl, name);
	const char *near;

	if (i >= 0)
		return i;
	for (size_t k = 0; k < n; k++) {
		vd_ctl_vrrp_get(job->ctl, k, &v);
		vd_vec_push(&names, v.name);
	}
	near = vd_nearest(name, names.v, names.n);
	console_refuse(job, VD_CLI_STATUS_FAILED, near != NULL ? "%s%s (did you mean %s?)" : "%s%s",
			"no VRRP instance ", name, near);
	vd_vec_free(&names);
	return i;
}

static json_t *
addresses(const struct vd_model_address *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, console_addr(&v[i].address.addr));
	return list;
}

/* "good", "bad", "unchecked"; "" where the probe does not know it. */
static const char *
state_of(struct vd_ctl *ctl, enum vd_probe_kind kind, const char *name)
{
	struct vd_probe_view v;
	size_t cursor = 0;

	while (vd_probe_view_next(vd_ctl_probe(ctl), &cursor, &v))
		if (v.kind == kind && strcmp(v.name, name) == 0)
			return v.state;
	return "";
}

/* kind of the probe: VD_PROBE_CHECK stands for none. */
static void
add_tracked(struct vd_ctl *ctl, json_t *list, const char *kind, enum vd_probe_kind probe,
		const struct vd_model_track *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		if (probe != VD_PROBE_CHECK)
			console_put(o, "state", json_string(state_of(ctl, probe, v[i].name)));
		console_put(o, "kind", json_string(kind));
		console_put(o, "name", console_text(v[i].name));
		console_put(o, "weight", json_integer((json_int_t)v[i].weight));
		console_put(o, "reverse", json_boolean(v[i].reverse));
		json_array_append_new(list, o);
	}
}

static json_t *
tracked_service(const struct vd_model_track_virtual_server *t)
{
	struct vd_strbuf name = {0};
	json_t *o = json_object();

	if (t->group != NULL)
		vd_strbuf_printf(&name, "group %s", t->group);
	else if (t->fwmark != 0)
		vd_strbuf_printf(&name, "fwmark %lld", (long long)t->fwmark);
	else
		vd_strbuf_puts(&name, t->virtual_server != NULL ? t->virtual_server : "");
	console_put(o, "kind", json_string("virtual_server"));
	console_put(o, "name", console_text(name.s));
	console_put(o, "weight", json_integer((json_int_t)t->weight));
	console_put(o, "reverse", json_false());
	vd_strbuf_free(&name);
	return o;
}

static json_t *
tracked(struct vd_ctl *ctl, const struct vd_model_vrrp_instance *conf)
{
	json_t *list = json_array();

	add_tracked(ctl, list, "interface", VD_PROBE_CHECK, conf->track_interface.v,
			conf->track_interface.n);
	add_tracked(ctl, list, "script", VD_PROBE_SCRIPT, conf->track_script.v,
			conf->track_script.n);
	add_tracked(ctl, list, "file", VD_PROBE_FILE, conf->track_file.v, conf->track_file.n);
	add_tracked(ctl, list, "process", VD_PROBE_PROCESS, conf->track_process.v,
			conf->track_process.n);
	add_tracked(ctl, list, "bfd", VD_PROBE_CHECK, conf->track_bfd.v, conf->track_bfd.n);
	for (size_t i = 0; i < conf->track_virtual_server.n; i++)
		json_array_append_new(list, tracked_service(&conf->track_virtual_server.v[i]));
	return list;
}

static json_t *
peers(const struct vd_model_vrrp_instance *conf)
{
	json_t *list = json_array();

	for (size_t i = 0; i < conf->unicast_peer.n; i++)
		json_array_append_new(list, console_addr(&conf->unicast_peer.v[i].address));
	return list;
}

static json_t *
stats(const struct vd_vrrp_stats *s)
{
	json_t *o = json_object(), *errors = json_object();

	console_put_u64(o, "adverts_sent", s->adverts_sent);
	console_put_u64(o, "adverts_received", s->adverts_received);
	console_put_u64(o, "became_master", s->became_master);
	console_put_u64(o, "released_master", s->released_master);
	console_put_u64(o, "priority_zero_sent", s->priority_zero_sent);
	console_put_u64(o, "priority_zero_received", s->priority_zero_received);
	for (int e = 0; e < VD_VRRP_ERROR_N; e++)
		console_put_u64(errors, vd_vrrp_error_name((enum vd_vrrp_error)e), s->errors[e]);
	console_put(o, "errors", errors);
	return o;
}

static json_t *
optional_addr(const struct vd_addr *a)
{
	return vd_addr_is_unset(a) ? json_string("") : console_addr(a);
}

/* preempt_at is on control's clock, which the age of the state ties to now. */
static vd_time
preempt_left(const struct vd_ctl_vrrp *v)
{
	vd_time now = v->status.since + v->since;

	return v->status.preempt_at > now ? v->status.preempt_at - now : 0;
}

static void
put_state(json_t *o, const struct vd_ctl_vrrp *v)
{
	const struct vd_vrrp_status *s = &v->status;

	console_put(o, "name", console_text(v->name));
	console_put(o, "state", json_string(vd_vrrp_state_name((enum vd_vrrp_state)s->state)));
	console_put(o, "reason", console_text(v->reason));
	console_put(o, "reason_name",
			json_string(vd_vrrp_reason_name((enum vd_vrrp_reason)s->reason)));
	console_put(o, "since", json_real(v->since_wall));
	console_put(o, "age", console_seconds(v->since));
	console_put_u64(o, "vrid", v->vrid);
	console_put_u64(o, "version", v->version);
	console_put(o, "family", json_string(v->v6 ? "ipv6" : "ipv4"));
	console_put(o, "interface", console_text(v->interface));
	console_put(o, "sync_group",
			v->sync_group != NULL ? console_text(v->sync_group) : json_null());
	console_put_u64(o, "priority", s->priority);
	console_put_u64(o, "effective_priority", s->effective_priority);
	console_put(o, "priority_set", json_boolean(s->priority_override != 0));
	console_put_u64(o, "configured_priority", (uint64_t)v->conf->priority);
	console_put(o, "wanted_state",
			json_string(vd_vrrp_state_name((enum vd_vrrp_state)s->wanted)));
	console_put(o, "handed_over", json_boolean(s->handed_over));
	console_put(o, "preempt_in", console_seconds(preempt_left(v)));
}

static void
put_settings(struct vd_ctl *ctl, json_t *o, const struct vd_ctl_vrrp *v)
{
	const struct vd_model_vrrp_instance *conf = v->conf;
	const struct vd_vrrp_status *s = &v->status;
	char mac[VD_MAC_STR];

	console_put(o, "advert_interval", console_seconds(conf->advert_int));
	console_put(o, "master_advert_interval", console_seconds(s->master_interval));
	console_put(o, "master_down_interval", console_seconds(s->down_interval));
	console_put(o, "virtual_addresses",
			addresses(conf->virtual_ipaddress.v, conf->virtual_ipaddress.n));
	console_put(o, "excluded_addresses",
			addresses(conf->virtual_ipaddress_excluded.v,
					conf->virtual_ipaddress_excluded.n));
	console_put(o, "master_address", optional_addr(&s->master_addr));
	console_put_u64(o, "master_priority", s->master_priority);
	console_put(o, "source_address", optional_addr(&v->src));
	console_put(o, "mac", json_string(vd_mac_format(&v->mac, mac, sizeof(mac))));
	console_put(o, "unicast_peers", peers(conf));
	console_put(o, "preempt", json_boolean(!conf->nopreempt));
	console_put(o, "preempt_delay", console_seconds(conf->preempt_delay));
	console_put(o, "accept", json_boolean(conf->accept));
	console_put(o, "tracked", tracked(ctl, conf));
	console_put(o, "stats", stats(&s->stats));
}

static json_t *
instance_object(struct vd_ctl *ctl, size_t i)
{
	struct vd_ctl_vrrp v = {0};
	json_t *o = json_object();

	vd_ctl_vrrp_get(ctl, i, &v);
	put_state(o, &v);
	put_settings(ctl, o, &v);
	return o;
}

void
console_show_vrrp(struct console_job *job)
{
	json_t *list;
	int only = -1;

	if (job->call.name != NULL) {
		only = console_find_vrrp(job, job->call.name);
		if (only < 0)
			return;
	}
	list = json_array();
	for (size_t i = 0; i < vd_ctl_vrrp_count(job->ctl); i++)
		if (only < 0 || (size_t)only == i)
			json_array_append_new(list, instance_object(job->ctl, i));
	job->object = json_object();
	console_put(job->object, "instances", list);
	job->render = only < 0 ? console_render_vrrp : console_render_vrrp_page;
	console_finish(job);
}

void
console_show_vrrp_stats(struct console_job *job)
{
	json_t *list = json_array();
	struct vd_ctl_vrrp v = {0};

	for (size_t i = 0; i < vd_ctl_vrrp_count(job->ctl); i++) {
		json_t *o = json_object();

		vd_ctl_vrrp_get(job->ctl, i, &v);
		console_put(o, "name", console_text(v.name));
		console_put(o, "state",
				json_string(vd_vrrp_state_name(
						(enum vd_vrrp_state)v.status.state)));
		console_put(o, "stats", stats(&v.status.stats));
		json_array_append_new(list, o);
	}
	job->object = json_object();
	console_put(job->object, "instances", list);
	job->render = console_render_vrrp_stats;
	console_finish(job);
}

void
console_count_vrrp(struct vd_ctl *ctl, json_t *o)
{
	size_t n = vd_ctl_vrrp_count(ctl), by_state[VD_VRRP_STATE_N] = {0};
	struct vd_ctl_vrrp v = {0};

	for (size_t i = 0; i < n; i++) {
		vd_ctl_vrrp_get(ctl, i, &v);
		if (v.status.state < VD_VRRP_STATE_N)
			by_state[v.status.state]++;
	}
	console_put(o, "instances",
			json_pack("{s:I,s:I,s:I,s:I,s:I}", "total", (json_int_t)n, "master",
					(json_int_t)by_state[VD_VRRP_STATE_MASTER], "backup",
					(json_int_t)by_state[VD_VRRP_STATE_BACKUP], "fault",
					(json_int_t)by_state[VD_VRRP_STATE_FAULT], "init",
					(json_int_t)by_state[VD_VRRP_STATE_INIT]));
}
