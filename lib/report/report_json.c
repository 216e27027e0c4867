/* SPDX-License-Identifier: BSD-3-Clause */
/* keepalived.json. Keys in keepalived's order, '/' escaped as it does. */
#include "report_priv.h"

struct writer {
	struct vd_strbuf *out;
	bool comma; /* something stands before in this object or array */
};

static void
put_string(struct writer *w, const char *s)
{
	vd_strbuf_putc(w->out, '"');
	for (; s != NULL && *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\' || c == '/')
			vd_strbuf_printf(w->out, "\\%c", c);
		else if (c < 0x20)
			vd_strbuf_printf(w->out, "\\u%04x", c);
		else
			vd_strbuf_putc(w->out, (char)c);
	}
	vd_strbuf_putc(w->out, '"');
}

static void
next(struct writer *w)
{
	if (w->comma)
		vd_strbuf_putc(w->out, ',');
	w->comma = true;
}

static void
key(struct writer *w, const char *name)
{
	next(w);
	vd_strbuf_printf(w->out, "\"%s\":", name);
}

static void
begin(struct writer *w, char bracket)
{
	vd_strbuf_putc(w->out, bracket);
	w->comma = false;
}

static void
end(struct writer *w, char bracket)
{
	vd_strbuf_putc(w->out, bracket);
	w->comma = true;
}

static void
text(struct writer *w, const char *name, const char *value)
{
	key(w, name);
	put_string(w, value);
}

static void
number(struct writer *w, const char *name, uint64_t value)
{
	key(w, name);
	vd_strbuf_printf(w->out, "%lu", value);
}

static void
flag(struct writer *w, const char *name, bool value)
{
	key(w, name);
	vd_strbuf_puts(w->out, value ? "true" : "false");
}

static void
duration(struct writer *w, const char *name, vd_time t)
{
	key(w, name);
	vd_strbuf_printf(w->out, "%g", (double)t / 1e9);
}

static void
command(struct writer *w, const char *name, const char *line)
{
	struct vd_strbuf b = {0};

	if (line == NULL)
		return;
	report_command(line, &b);
	text(w, name, b.s);
	vd_strbuf_free(&b);
}

static void
addresses(struct writer *w, const char *name, const struct vd_model_address *v, size_t n,
		const struct vd_report_instance *i)
{
	struct vd_strbuf b = {0};

	if (n == 0)
		return;
	key(w, name);
	begin(w, '[');
	for (size_t k = 0; k < n; k++) {
		vd_strbuf_reset(&b);
		report_address(&v[k], i->interface, report_is_master(i), &b);
		next(w);
		put_string(w, b.s);
	}
	end(w, ']');
	vd_strbuf_free(&b);
}

static void
put_identity(struct writer *w, const struct vd_report_instance *i)
{
	const struct vd_model_vrrp_instance *conf = i->conf;

	text(w, "iname", conf->name);
	number(w, "dont_track_primary", conf->dont_track_primary);
	number(w, "skip_check_adv_addr", conf->skip_check_adv_addr);
	number(w, "strict_mode", conf->strict_mode);
	text(w, "vmac_ifname", "");
	text(w, "ifp_ifname", i->interface);
	number(w, "master_priority", i->status.master_priority);
	key(w, "last_transition");
	vd_strbuf_printf(w->out, "%lu.%06lu", i->last_transition / 1000000,
			i->last_transition % 1000000);
	duration(w, "garp_delay", conf->garp_master_delay);
	number(w, "garp_refresh", conf->garp_master_refresh / VD_SEC);
	number(w, "garp_rep", (uint64_t)conf->garp_master_repeat);
	number(w, "garp_refresh_rep", (uint64_t)conf->garp_master_refresh_repeat);
	number(w, "garp_lower_prio_delay", conf->garp_lower_prio_delay / VD_SEC);
	number(w, "garp_lower_prio_rep", (uint64_t)conf->garp_lower_prio_repeat);
	number(w, "lower_prio_no_advert", conf->lower_prio_no_advert);
	number(w, "higher_prio_send_advert", conf->higher_prio_send_advert);
}

static void
put_state(struct writer *w, const struct vd_report_instance *i)
{
	const struct vd_model_vrrp_instance *conf = i->conf;
	const struct vd_vrrp_status *s = &i->status;

	number(w, "vrid", (uint64_t)conf->virtual_router_id);
	number(w, "base_priority", s->priority);
	number(w, "effective_priority", s->effective_priority);
	flag(w, "vipset", report_is_master(i));
	flag(w, "promote_secondaries", false);
	duration(w, "adver_int", conf->advert_int);
	duration(w, "master_adver_int", s->master_interval);
	number(w, "accept", conf->accept);
	flag(w, "nopreempt", conf->nopreempt);
	number(w, "preempt_delay", conf->preempt_delay / VD_SEC);
	number(w, "state", s->state);
	number(w, "wantstate", s->wanted);
	number(w, "version", (uint64_t)conf->version);
	flag(w, "smtp_alert", conf->smtp_alert);
	flag(w, "notify_deleted", conf->notify_deleted.script != NULL);
	command(w, "script_backup", conf->notify_backup.script);
	command(w, "script_master", conf->notify_master.script);
	command(w, "script_fault", conf->notify_fault.script);
	command(w, "script_stop", conf->notify_stop.script);
	command(w, "script_deleted", conf->notify_deleted.script);
	command(w, "script", conf->notify.script);
	command(w, "script_master_rx_lower_pri", conf->notify_master_rx_lower_pri.script);
	addresses(w, "vips", conf->virtual_ipaddress.v, conf->virtual_ipaddress.n, i);
	addresses(w, "evips", conf->virtual_ipaddress_excluded.v,
			conf->virtual_ipaddress_excluded.n, i);
}

/* Scripts are listed by their command, the rest by name. */
static void
tracks(struct writer *w, const char *name, const struct vd_model_track *v, size_t n,
		const struct vd_model *scripts)
{
	struct vd_strbuf b = {0};

	if (n == 0)
		return;
	key(w, name);
	begin(w, '[');
	for (size_t k = 0; k < n; k++) {
		const struct vd_model_vrrp_script *s =
				scripts == NULL ? NULL : vd_model_script_find(scripts, v[k].name);

		vd_strbuf_reset(&b);
		if (s != NULL && s->script != NULL)
			report_command(s->script, &b);
		else
			vd_strbuf_puts(&b, v[k].name);
		next(w);
		put_string(w, b.s);
	}
	end(w, ']');
	vd_strbuf_free(&b);
}

static void
put_tracks(struct writer *w, const struct vd_report *r, const struct vd_model_vrrp_instance *conf)
{
	const struct vd_model_authentication *a = &conf->authentication;
	char password[VD_VRRP_PASSWORD_LEN + 1] = "";

	tracks(w, "track_ifp", conf->track_interface.v, conf->track_interface.n, NULL);
	tracks(w, "track_script", conf->track_script.v, conf->track_script.n, r->model);
	tracks(w, "track_process", conf->track_process.v, conf->track_process.n, NULL);
	number(w, "auth_type", (uint64_t)a->auth_type);
	if (a->auth_type != VD_MODEL_AUTH_NONE && a->auth_pass != NULL) {
		strncpy(password, a->auth_pass, sizeof(password) - 1);
		text(w, "auth_data", password);
	}
}

static void
put_stats(struct writer *w, const struct vd_vrrp_stats *s)
{
	/* In keepalived's order; the rest are ours. */
	static const enum vd_vrrp_error order[] = {VD_VRRP_ERROR_LENGTH, VD_VRRP_ERROR_INTERVAL,
			VD_VRRP_ERROR_TTL, VD_VRRP_ERROR_TYPE, VD_VRRP_ERROR_ADDR_LIST,
			VD_VRRP_ERROR_AUTH_TYPE, VD_VRRP_ERROR_AUTH_MISMATCH,
			VD_VRRP_ERROR_AUTH_FAILURE};
	bool told[VD_VRRP_ERROR_N] = {false};

	key(w, "stats");
	begin(w, '{');
	number(w, "advert_rcvd", s->adverts_received);
	number(w, "advert_sent", s->adverts_sent);
	number(w, "become_master", s->became_master);
	number(w, "release_master", s->released_master);
	for (size_t k = 0; k < VD_ARRAY_LEN(order); k++) {
		number(w, vd_vrrp_error_name(order[k]), s->errors[order[k]]);
		told[order[k]] = true;
	}
	number(w, "pri_zero_rcvd", s->priority_zero_received);
	number(w, "pri_zero_sent", s->priority_zero_sent);
	for (unsigned int e = 0; e < VD_VRRP_ERROR_N; e++)
		if (!told[e])
			number(w, vd_vrrp_error_name((enum vd_vrrp_error)e), s->errors[e]);
	end(w, '}');
}

static void
put_process(struct writer *w, const struct vd_model_track_process *p,
		const struct vd_report_process *now)
{
	static const char *const matches[] = {
			[VD_MODEL_PARAM_MATCH_EXACT] = "exact",
			[VD_MODEL_PARAM_MATCH_INITIAL] = "initial",
			[VD_MODEL_PARAM_MATCH_PARTIAL] = "partial",
	};
	struct vd_strbuf b = {0};

	next(w);
	begin(w, '{');
	text(w, "process", p->process.n > 0 ? p->process.v[0] : "");
	for (size_t k = 1; k < p->process.n; k++)
		vd_strbuf_printf(&b, "%s%s", k > 1 ? " " : "", p->process.v[k]);
	if (p->process.n > 1)
		text(w, "parameters", b.s);
	vd_strbuf_free(&b);
	text(w, "param_match", p->process.n > 1 ? matches[p->param_match] : "none");
	number(w, "min_processes", (uint64_t)p->quorum);
	if (p->quorum_max < 2147483647)
		number(w, "max_processes", (uint64_t)p->quorum_max);
	if (now != NULL) {
		number(w, "current_processes", now->current);
		flag(w, "have_quorum", now->quorum);
	}
	key(w, "weight");
	vd_strbuf_printf(w->out, "%ld", p->weight.reverse ? -p->weight.value : p->weight.value);
	duration(w, "terminate_delay", p->terminate_delay);
	duration(w, "fork_delay", p->fork_delay);
	flag(w, "full_command", p->full_command);
	end(w, '}');
}

void
vd_report_json(const struct vd_report *r, int version, struct vd_strbuf *out)
{
	struct writer w = {.out = out};
	const struct vd_model *m = r->model;

	if (version == 2) {
		begin(&w, '{');
		key(&w, "vrrp");
	}
	begin(&w, '[');
	for (size_t i = 0; i < r->n_instances; i++) {
		next(&w);
		begin(&w, '{');
		key(&w, "data");
		begin(&w, '{');
		put_identity(&w, &r->instances[i]);
		put_state(&w, &r->instances[i]);
		put_tracks(&w, r, r->instances[i].conf);
		end(&w, '}');
		put_stats(&w, &r->instances[i].status.stats);
		end(&w, '}');
	}
	end(&w, ']');
	if (version != 2)
		return;
	if (m->track_processes.n > 0) {
		key(&w, "track_process");
		begin(&w, '[');
		for (size_t k = 0; k < m->track_processes.n; k++)
			put_process(&w, &m->track_processes.v[k],
					r->processes != NULL ? &r->processes[k] : NULL);
		end(&w, ']');
	}
	end(&w, '}');
}
