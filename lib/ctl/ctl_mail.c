/* SPDX-License-Identifier: BSD-3-Clause */
/* Mail about what happened, where the configuration asks for it, in keepalived's words. */
#include <string.h>

#include "ctl_priv.h"
#include "vd_mail_text.h"

static void
put(struct vd_ctl *c, struct vd_mail_text *t)
{
	vd_mail_send(c->health.mail, t->subject.s, t->body.s);
	vd_mail_text_free(t);
}

static bool
state_of(enum vd_notify_what what, enum vd_mail_state *state)
{
	switch (what) {
	case VD_NOTIFY_MASTER:
		*state = VD_MAIL_STATE_MASTER;
		return true;
	case VD_NOTIFY_BACKUP:
		*state = VD_MAIL_STATE_BACKUP;
		return true;
	case VD_NOTIFY_FAULT:
		*state = VD_MAIL_STATE_FAULT;
		return true;
	case VD_NOTIFY_STOP:
		*state = VD_MAIL_STATE_STOP;
		return true;
	default:
		return false;
	}
}

void
ctl_mail_instance(struct vd_ctl *c, const char *name, enum vd_notify_what what)
{
	const struct vd_model_vrrp_instance *i = vd_model_instance_find(c->model, name);
	struct vd_mail_text t = {0};
	enum vd_mail_state state;

	if (i == NULL || !i->smtp_alert || !state_of(what, &state) ||
			(state == VD_MAIL_STATE_FAULT && c->model->global.no_email_faults))
		return;
	vd_mail_text_instance(&t, name, state);
	put(c, &t);
}

void
ctl_mail_group(struct vd_ctl *c, const char *name, enum vd_notify_what what)
{
	const struct vd_model_sync_group *g;
	struct vd_mail_text t = {0};
	enum vd_mail_state state;

	if (!state_of(what, &state) ||
			(state == VD_MAIL_STATE_FAULT && c->model->global.no_email_faults))
		return;
	VD_VEC_FOREACH (g, &c->model->sync_groups)
		if (strcmp(g->name, name) == 0 && g->smtp_alert &&
				vd_mail_text_group(&t, name, state))
			put(c, &t);
}

void
ctl_mail_server(struct vd_ctl *c, const struct ctl_service *s, const struct ctl_server *v, bool up,
		const struct ctl_check *by, const char *reason)
{
	struct vd_strbuf server = {0}, service = {0};
	struct vd_mail_text t = {0};

	if (!v->conf->smtp_alert)
		return;
	vd_model_real_server_trio(s->conf, v->conf, &server);
	vd_model_virtual_server_trio(s->conf, &service);
	vd_mail_text_server(&t, server.s, service.s, up,
			by != NULL ? by->conf->type : (int)VD_MODEL_CHECK_TCP, reason);
	put(c, &t);
	vd_strbuf_free(&server);
	vd_strbuf_free(&service);
}

void
ctl_mail_quorum(struct vd_ctl *c, const struct ctl_service *s, const struct vd_health_action *a,
		bool first)
{
	struct vd_strbuf service = {0};
	struct vd_mail_text t = {0};
	const struct vd_mail_quorum q = {
			.up = a->up,
			.first = first,
			.quorum = s->conf->quorum,
			.hysteresis = s->conf->hysteresis,
			.threshold = (int64_t)a->threshold,
			.weight = (int64_t)a->weight,
	};

	if (!s->conf->smtp_alert)
		return;
	vd_model_virtual_server_trio(s->conf, &service);
	vd_mail_text_quorum(&t, service.s, &q);
	put(c, &t);
	vd_strbuf_free(&service);
}
