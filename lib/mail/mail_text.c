/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>

#include "vd_mail_text.h"
#include "vd_model_service.h"

void
vd_mail_text_free(struct vd_mail_text *t)
{
	vd_strbuf_free(&t->subject);
	vd_strbuf_free(&t->body);
}

static const char *const entered[] = {
		[VD_MAIL_STATE_MASTER] = "Entering MASTER state",
		[VD_MAIL_STATE_BACKUP] = "Entering BACKUP state",
		[VD_MAIL_STATE_FAULT] = "Entering FAULT state",
		[VD_MAIL_STATE_STOP] = "Stopping",
		[VD_MAIL_STATE_DELETED] = "Deleted",
};

void
vd_mail_text_instance(struct vd_mail_text *t, const char *name, enum vd_mail_state state)
{
	static const char *const bodies[] = {
			[VD_MAIL_STATE_MASTER] = "VRRP Instance is now owning VRRP VIPs",
			[VD_MAIL_STATE_BACKUP] = "VRRP Instance is no longer owning VRRP VIPs",
			[VD_MAIL_STATE_FAULT] = "VRRP Instance is no longer owning VRRP VIPs",
			[VD_MAIL_STATE_STOP] = "VRRP Instance stopping",
			[VD_MAIL_STATE_DELETED] = "VRRP Deleted at reload",
	};

	vd_strbuf_printf(&t->subject, "VRRP Instance %s - %s", name, entered[state]);
	vd_strbuf_printf(&t->body, "=> %s <=", bodies[state]);
}

bool
vd_mail_text_group(struct vd_mail_text *t, const char *name, enum vd_mail_state state)
{
	static const char *const bodies[] = {
			[VD_MAIL_STATE_MASTER] = "in MASTER state",
			[VD_MAIL_STATE_BACKUP] = "in BACKUP state",
			[VD_MAIL_STATE_FAULT] = "in FAULT state",
			[VD_MAIL_STATE_STOP] = "stopping",
			[VD_MAIL_STATE_DELETED] = NULL,
	};

	if (bodies[state] == NULL)
		return false;
	vd_strbuf_printf(&t->subject, "VRRP Group %s - %s", name, entered[state]);
	vd_strbuf_printf(&t->body, "=> All VRRP group instances are now %s <=", bodies[state]);
	return true;
}

static void
server_subject(struct vd_mail_text *t, const char *server, const char *service, bool up)
{
	vd_strbuf_printf(&t->subject, "Realserver %s of virtual server %s - %s", server, service,
			up ? "UP" : "DOWN");
}

static void
failed_by(struct vd_mail_text *t, const char *what)
{
	vd_strbuf_printf(&t->body, "=> CHECK failed on service : %s <=", what);
}

void
vd_mail_text_server(struct vd_mail_text *t, const char *server, const char *service, bool up,
		int checker, const char *detail)
{
	const char *ended = up ? "succeed" : "failed";

	server_subject(t, server, service, up);
	switch ((enum vd_model_checker_type)checker) {
	case VD_MODEL_CHECK_TCP:
		vd_strbuf_printf(&t->body, "=> TCP CHECK %s on service <=", ended);
		return;
	case VD_MODEL_CHECK_UDP:
		vd_strbuf_printf(&t->body, "=> UDP CHECK %s on service <=", ended);
		return;
	case VD_MODEL_CHECK_PING:
		vd_strbuf_printf(&t->body, "=> ICMP CHECK %s on service <=", ended);
		return;
	case VD_MODEL_CHECK_DNS:
		vd_strbuf_printf(&t->body, "=> DNS_CHECK: %s on service <=", ended);
		return;
	case VD_MODEL_CHECK_BFD:
		vd_strbuf_printf(&t->body,
				"=> BFD CHECK %s %s on service <=", detail == NULL ? "" : detail,
				up ? "succeeded" : "failed");
		return;
	case VD_MODEL_CHECK_MISC:
		vd_strbuf_printf(&t->body, "=> MISC CHECK %s on service <=",
				detail != NULL       ? detail
						: up ? "succeeded"
						     : "failed");
		return;
	case VD_MODEL_CHECK_HTTP:
	case VD_MODEL_CHECK_SSL:
		if (!up)
			failed_by(t, "HTTP request failed");
		break;
	case VD_MODEL_CHECK_SMTP:
		if (!up)
			failed_by(t, detail == NULL ? "SMTP check failed" : detail);
		break;
	case VD_MODEL_CHECK_FILE:
		if (!up)
			failed_by(t, detail == NULL ? "file" : detail);
		break;
	}
	if (up)
		vd_strbuf_puts(&t->body, "=> CHECK succeed on service <=");
}

void
vd_mail_text_server_gone(
		struct vd_mail_text *t, const char *server, const char *service, bool stopping)
{
	server_subject(t, server, service, false);
	vd_strbuf_puts(&t->body, stopping ? "=> Shutting down <=" : "=> Removing <=");
}

void
vd_mail_text_quorum(struct vd_mail_text *t, const char *service, const struct vd_mail_quorum *q)
{
	static const char *const words[2][2] = {
			{"Lost quorum", "Gained quorum"},
			{"Starting with quorum down", "Starting with quorum up"},
	};

	vd_strbuf_printf(&t->subject, "Virtualserver %s - %s", service, q->up ? "UP" : "DOWN");
	/* keepalived writes + and <= when it is lost, too. */
	vd_strbuf_printf(&t->body, "=> %s %lld+%lld=%lld <= %lld <=", words[q->first][q->up],
			(long long)q->quorum, (long long)q->hysteresis, (long long)q->threshold,
			(long long)q->weight);
}

void
vd_mail_text_service_gone(struct vd_mail_text *t, const char *service)
{
	vd_strbuf_printf(&t->subject, "Virtualserver %s - DOWN", service);
	vd_strbuf_puts(&t->body, "=> Shutting down <=");
}
