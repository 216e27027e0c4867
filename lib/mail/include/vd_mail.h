/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MAIL_H
#define VD_MAIL_H

/*
 * Mail about what happened: notification_email by way of smtp_server, with libcurl's SMTP. That one waits for the
 * server's last answer without giving way, so it has a thread of its own, which begins with the first message; main calls
 * everything here, and waits for nothing but vd_mail_finish() and, a second at most, vd_mail_destroy().
 *
 * A message is queued, sent in its turn, and tried again (after 1, 2, 4, ... up to 64 s) while the server does not take
 * it; what a full queue has no room for is dropped and counted, oldest first. Each attempt ends within smtp_connect_timeout
 * to connect and twice that in all. What the server refuses for good (5xx) is given up; a recipient that it refuses does not
 * keep the others from theirs. Without TLS, as keepalived's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_time.h"

struct vd_mail;
struct vd_model;

struct vd_mail_limits {
	size_t queue;      /* 256: messages */
	uint32_t attempts; /* 8: then a message is given up */
	vd_time retry; /* 1 s: to the first retry; each further one takes twice as long, up to 64 times this */
};

/* limits NULL: those above. Never NULL. curl_global_init() was called before. */
struct vd_mail *vd_mail_create(const struct vd_mail_limits *limits);
/* At start and after each reload; copies what it needs. Messages that wait go to the new server. */
void vd_mail_configure(struct vd_mail *m, const struct vd_model *model);
/* True: someone is to be written to. */
bool vd_mail_is_configured(struct vd_mail *m);
/* Queues a message: "[router_id] subject" and the body. Nothing happens when nobody is to be written to. */
void vd_mail_send(struct vd_mail *m, const char *subject, const char *body);
/* Waits until all is sent or given up, at most to deadline: for the end of the program. */
void vd_mail_finish(struct vd_mail *m, vd_time deadline);
void vd_mail_destroy(struct vd_mail *m); /* NULL is fine */

struct vd_mail_stats {
	uint64_t sent, retried, dropped; /* dropped: given up, or no room */
	size_t queued;
	const char *last_error; /* a sentence, or NULL; valid until the next call */
};
void vd_mail_stats(struct vd_mail *m, struct vd_mail_stats *out);

#endif
