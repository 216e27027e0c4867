/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MAIL_H
#define VD_MAIL_H

/*
 * Mail about what happened: notification_email by way of smtp_server, with libcurl. Owner: one event loop's thread
 * (main's). Nothing here waits for the network: a message is queued, sent when its turn comes, and tried again (after 1, 2,
 * 4, ... up to 64 s) while the server does not take it; what a full queue has no room for is dropped and counted, oldest
 * first. Each attempt ends within smtp_connect_timeout to connect and as long again to be taken.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_time.h"

struct vd_curl;
struct vd_io_loop;
struct vd_mail;
struct vd_model;

struct vd_mail_limits {
	size_t queue;      /* 256: messages */
	uint32_t attempts; /* 8: then a message is given up */
	size_t at_once;    /* 1: messages of one moment keep their order */
};

/* limits NULL: those above. */
struct vd_mail *
vd_mail_create(struct vd_io_loop *loop, struct vd_curl *curl, const struct vd_mail_limits *limits);
/* At start and after each reload; copies what it needs. Messages that wait go to the new server. */
void vd_mail_configure(struct vd_mail *m, const struct vd_model *model);
/* True: someone is to be written to. */
bool vd_mail_is_configured(const struct vd_mail *m);
/* Queues a message: "[router_id] subject" and the body. Nothing happens when nobody is to be written to. */
void vd_mail_send(struct vd_mail *m, const char *subject, const char *body);
/* Turns the loop until all is sent or given up, at most to deadline: for the end of the program. */
void vd_mail_finish(struct vd_mail *m, vd_time deadline);
void vd_mail_destroy(struct vd_mail *m); /* NULL is fine */

struct vd_mail_stats {
	uint64_t sent, retried, dropped; /* dropped: given up, or no room */
	size_t queued;
	const char *last_error; /* a sentence, or NULL; valid until the next call */
};
void vd_mail_stats(const struct vd_mail *m, struct vd_mail_stats *out);

#endif
