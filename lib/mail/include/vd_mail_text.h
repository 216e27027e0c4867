/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MAIL_TEXT_H
#define VD_MAIL_TEXT_H

/*
 * What mails say, in keepalived's words (its smtp_alert), so that the filters of those who read them go on working.
 * Each function appends a subject, to which vd_mail_send() adds "[router_id] " in front, and a body. Pure functions.
 *
 * Servers and services are named as vd_model_real_server_trio() and vd_model_virtual_server_trio() do.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_strbuf.h"

enum vd_mail_state {
	VD_MAIL_STATE_MASTER,
	VD_MAIL_STATE_BACKUP,
	VD_MAIL_STATE_FAULT,
	VD_MAIL_STATE_STOP,
	VD_MAIL_STATE_DELETED,
};

struct vd_mail_text {
	struct vd_strbuf subject, body;
};

void vd_mail_text_free(struct vd_mail_text *t);

/* A state that a VRRP instance entered. */
void vd_mail_text_instance(struct vd_mail_text *t, const char *name, enum vd_mail_state state);
/* The same of a sync group; DELETED gets no mail: false. */
bool vd_mail_text_group(struct vd_mail_text *t, const char *name, enum vd_mail_state state);

/*
 * A real server that one of its checks brought up or down. checker: enum vd_model_checker_type. detail: for MISC how
 * the script ended ("timed out", "failed"), for BFD the instance, for SMTP what failed; NULL is fine.
 */
void vd_mail_text_server(struct vd_mail_text *t, const char *server, const char *service, bool up,
		int checker, const char *detail);
/* One that goes with a reload, or (stopping) with the program. */
void vd_mail_text_server_gone(
		struct vd_mail_text *t, const char *server, const char *service, bool stopping);

struct vd_mail_quorum {
	bool up;
	bool first;                                    /* the state that a start or reload finds */
	int64_t quorum, hysteresis, threshold, weight; /* weight: of the servers that are up */
};
void
vd_mail_text_quorum(struct vd_mail_text *t, const char *service, const struct vd_mail_quorum *q);
/* A service that goes with the program (omega). */
void vd_mail_text_service_gone(struct vd_mail_text *t, const char *service);

#endif
