/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MAIL_PRIV_H
#define MAIL_PRIV_H

#include <stdbool.h>
#include <time.h>

#include "vd_mail.h"
#include "vd_strbuf.h"
#include "vd_vec.h"

struct mail_strings {
	char **v;
	size_t n, cap;
};

void mail_strings_clear(struct mail_strings *s);
void mail_strings_copy(struct mail_strings *to, const struct mail_strings *from);

/* ---- whom, and by way of whom ---- */

struct mail_config {
	char *host; /* NULL: no mail */
	unsigned int port;
	vd_time timeout;
	char *helo;
	char *router_id;
	char *from;               /* of the header */
	char *sender;             /* of the envelope */
	struct mail_strings to;   /* of the header */
	struct mail_strings rcpt; /* of the envelope */
};

void mail_config_set(struct mail_config *c, const struct vd_model *m);
void mail_config_copy(struct mail_config *to, const struct mail_config *from);
void mail_config_clear(struct mail_config *c);
/* This machine's name; may be used in a header as it is. */
void mail_host_name(char *buf, size_t size);

/* ---- the text of a message ---- */

struct mail_letter {
	char *subject, *body;
	time_t date;
	char *id; /* without its <> */
};

/* Header and body as they go over the wire: CRLF, 7 bits, no line longer than 998 bytes; dots are not doubled yet. */
void mail_format(const struct mail_config *c, const struct mail_letter *l, struct vd_strbuf *out);

/* ---- one attempt; on the mail thread, which it blocks ---- */

enum mail_fate {
	MAIL_TAKEN,
	MAIL_PUT_OFF, /* try again */
	MAIL_REFUSED, /* for good (5xx) */
};

/* *stop becomes true: ends soon, as PUT_OFF. A sentence in why, unless TAKEN. */
enum mail_fate mail_send(const struct mail_config *c, const struct mail_letter *l, const bool *stop,
		struct vd_strbuf *why);

#endif
