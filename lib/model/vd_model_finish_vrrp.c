/* SPDX-License-Identifier: BSD-3-Clause */
/* What VRRP objects inherit, as keepalived resolves it after reading. */
#include <string.h>

#include "vd_model_priv.h"

void
vd_model_weight_check(struct vd_model_weight *w, const char *what, int64_t limit,
		struct vd_diag_list *diags)
{
	if (w->value >= -limit && w->value <= limit)
		return;
	vd_diag_add(diags, VD_DIAG_WARNING, w->obj.place, NULL,
			"%s: weight %lld is outside %lld to %lld and is ignored", what,
			(long long)w->value, (long long)-limit, (long long)limit);
	w->value = 0;
}

static void
finish_global(struct vd_model_global *g)
{
	if (g->vrrp_min_garp) {
		VD_INHERIT(&g->obj, g->vrrp_garp_master_repeat, 1);
		VD_INHERIT(&g->obj, g->vrrp_garp_master_delay, 0);
		VD_INHERIT(&g->obj, g->vrrp_garp_master_refresh_repeat, 0);
	}
	VD_INHERIT(&g->obj, g->vrrp_garp_lower_prio_delay, g->vrrp_garp_master_delay);
	VD_INHERIT(&g->obj, g->vrrp_garp_lower_prio_repeat, g->vrrp_garp_master_repeat);
	VD_INHERIT(&g->obj, g->smtp_alert_vrrp, g->smtp_alert);
	VD_INHERIT(&g->obj, g->smtp_alert_checker, g->smtp_alert);
	if (vd_addr_is_unset(&g->vrrp_mcast_group4))
		vd_addr_parse("224.0.0.18", &g->vrrp_mcast_group4);
	if (vd_addr_is_unset(&g->vrrp_mcast_group6))
		vd_addr_parse("ff02::12", &g->vrrp_mcast_group6);
}

static bool
is_v6(const struct vd_model_vrrp_instance *i)
{
	if (i->virtual_ipaddress.n > 0)
		return !vd_addr_is_v4(&i->virtual_ipaddress.v[0].address.addr);
	return i->native_ipv6;
}

static void
inherit_garp(struct vd_model_vrrp_instance *i, const struct vd_model_global *g)
{
	bool delay = vd_model_given(&i->obj, &i->garp_master_delay);
	bool repeat = vd_model_given(&i->obj, &i->garp_master_repeat);
	bool strict = i->strict_mode;

	VD_INHERIT(&i->obj, i->garp_master_delay, g->vrrp_garp_master_delay);
	VD_INHERIT(&i->obj, i->garp_master_repeat, g->vrrp_garp_master_repeat);
	VD_INHERIT(&i->obj, i->garp_master_refresh, g->vrrp_garp_master_refresh);
	VD_INHERIT(&i->obj, i->garp_master_refresh_repeat, g->vrrp_garp_master_refresh_repeat);
	VD_INHERIT(&i->obj, i->garp_lower_prio_delay,
			strict                  ? 0
					: delay ? i->garp_master_delay
						: g->vrrp_garp_lower_prio_delay);
	VD_INHERIT(&i->obj, i->garp_lower_prio_repeat,
			strict                   ? 0
					: repeat ? i->garp_master_repeat
						 : g->vrrp_garp_lower_prio_repeat);
	if (!vd_model_given(&i->obj, &i->garp_extra_if)) {
		i->garp_extra_if.all = g->vrrp_garp_extra_if.all;
		i->garp_extra_if.interval = g->vrrp_garp_extra_if.interval;
	}
}

/* Strict beats global_defs, as in keepalived; what the instance itself says is the validator's to take back. */
static void
inherit_strict(struct vd_model_vrrp_instance *i, const struct vd_model_global *g)
{
	bool strict;

	VD_INHERIT(&i->obj, i->strict_mode, g->vrrp_strict);
	strict = i->strict_mode;
	VD_INHERIT(&i->obj, i->accept, !strict || i->priority == 255);
	VD_INHERIT(&i->obj, i->lower_prio_no_advert, strict || g->vrrp_lower_prio_no_advert);
	VD_INHERIT(&i->obj, i->higher_prio_send_advert, !strict && g->vrrp_higher_prio_send_advert);
	VD_INHERIT(&i->obj, i->down_timer_adverts, strict ? 3 : g->vrrp_down_timer_adverts);
	VD_INHERIT(&i->obj, i->owner_ignore_adverts,
			vd_model_given(&g->obj, &g->vrrp_owner_ignore_adverts)
					? g->vrrp_owner_ignore_adverts
					: strict);
}

static void
inherit_instance(struct vd_model_vrrp_instance *i, const struct vd_model_global *g)
{
	vd_time window = 3 * i->advert_int;

	if (!vd_model_given(&i->obj, &i->priority) && i->state == VD_MODEL_STATE_MASTER)
		i->priority = 255;
	if (!vd_model_given(&i->obj, &i->state) && i->priority == 255)
		i->state = VD_MODEL_STATE_MASTER;
	VD_INHERIT(&i->obj, i->version, is_v6(i) ? 3 : g->vrrp_version);
	inherit_strict(i, g);
	inherit_garp(i, g);
	VD_INHERIT(&i->obj, i->v3_checksum_as_v2, g->v3_checksum_as_v2);
	VD_INHERIT(&i->obj, i->skip_check_adv_addr, g->vrrp_skip_check_adv_addr);
	VD_INHERIT(&i->obj, i->check_unicast_src, g->vrrp_check_unicast_src);
	VD_INHERIT(&i->obj, i->smtp_alert, g->smtp_alert_vrrp);
	VD_INHERIT(&i->obj, i->notify_priority_changes, g->vrrp_notify_priority_changes);
	/* Without a key it would make another interval a change of auth_hmac. */
	if (i->auth_hmac.key.n == 0)
		return;
	VD_INHERIT(&i->auth_hmac.obj, i->auth_hmac.time_window,
			window > 5 * VD_SEC ? window : 5 * VD_SEC);
	VD_INHERIT(&i->auth_hmac.obj, i->auth_hmac.active_key, i->auth_hmac.key.v[0].id);
}

static void
track_inherit(struct vd_model_track *t, const struct vd_model_weight *w)
{
	VD_INHERIT(&t->obj, t->weight, w->value);
	VD_INHERIT(&t->obj, t->reverse, w->reverse);
}

/* A tracked thing gives its entries the weight that they do not give themselves. */
#define TRACKS_INHERIT(entries, tracked) \
	do { \
		for (size_t a_ = 0; a_ < (entries)->n; a_++) \
			for (size_t b_ = 0; b_ < (tracked)->n; b_++) \
				if ((entries)->v[a_].name != NULL && \
						(tracked)->v[b_].name != NULL && \
						strcmp((entries)->v[a_].name, \
								(tracked)->v[b_].name) == 0) \
					track_inherit(&(entries)->v[a_], \
							&(tracked)->v[b_].weight); \
	} while (0)

static void
finish_tracked(struct vd_model *m, struct vd_diag_list *diags)
{
	struct vd_model_track_process *p;
	struct vd_model_vrrp_script *s;
	struct vd_model_track_file *f;
	struct vd_model_bfd_instance *b;
	struct vd_model_up_down_delay *d;

	VD_VEC_FOREACH (s, &m->vrrp_scripts) {
		VD_INHERIT(&s->obj, s->timeout, s->interval);
		vd_model_weight_check(&s->weight, "vrrp_script", 253, diags);
	}
	VD_VEC_FOREACH (f, &m->track_files) {
		if (!vd_model_given(&f->obj, &f->weight))
			f->weight.value = 1;
		vd_model_weight_check(&f->weight, "track_file", 2147483647, diags);
	}
	VD_VEC_FOREACH (p, &m->track_processes) {
		vd_model_weight_check(&p->weight, "vrrp_track_process", 254, diags);
		VD_INHERIT(&p->obj, p->fork_delay, p->delay);
		VD_INHERIT(&p->obj, p->terminate_delay, p->delay);
	}
	VD_VEC_FOREACH (b, &m->bfd_instances)
		vd_model_weight_check(&b->weight, "bfd_instance", 253, diags);
	VD_VEC_FOREACH (d, &m->up_down_delays)
		VD_INHERIT(&d->obj, d->up_delay, d->down_delay);
}

static void
say_auth_pass(const struct vd_model_vrrp_instance *i, struct vd_diag_list *diags)
{
	const struct vd_model_authentication *a = &i->authentication;

	if (a->auth_pass != NULL && strlen(a->auth_pass) > 8)
		vd_diag_add(diags, VD_DIAG_WARNING, vd_model_place_of(&a->obj, &a->auth_pass), NULL,
				"auth_pass has more than 8 characters; the first 8 count");
}

void
vd_model_finish_vrrp(struct vd_model *m, struct vd_diag_list *diags)
{
	struct vd_model_vrrp_instance *i;
	struct vd_model_sync_group *g;
	struct vd_model_garp_group *p;

	finish_global(&m->global);
	finish_tracked(m, diags);
	VD_VEC_FOREACH (i, &m->instances) {
		inherit_instance(i, &m->global);
		say_auth_pass(i, diags);
		TRACKS_INHERIT(&i->track_script, &m->vrrp_scripts);
		TRACKS_INHERIT(&i->track_file, &m->track_files);
		TRACKS_INHERIT(&i->track_process, &m->track_processes);
		TRACKS_INHERIT(&i->track_bfd, &m->bfd_instances);
	}
	VD_VEC_FOREACH (g, &m->sync_groups) {
		VD_INHERIT(&g->obj, g->smtp_alert, m->global.smtp_alert_vrrp);
		VD_INHERIT(&g->obj, g->notify_priority_changes,
				m->global.vrrp_notify_priority_changes);
		TRACKS_INHERIT(&g->track_script, &m->vrrp_scripts);
		TRACKS_INHERIT(&g->track_file, &m->track_files);
		TRACKS_INHERIT(&g->track_process, &m->track_processes);
		TRACKS_INHERIT(&g->track_bfd, &m->bfd_instances);
	}
	VD_VEC_FOREACH (p, &m->garp_groups) {
		VD_INHERIT(&p->obj, p->garp_interval, m->global.vrrp_garp_interval);
		VD_INHERIT(&p->obj, p->gna_interval, m->global.vrrp_gna_interval);
	}
}
