/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MAIL_RIG_H
#define MAIL_RIG_H

/* What the tests of mail share: a server, a configuration from a text, the log. */

#include <dirent.h>

#include "smtp_server.h"
#include "vd_conf.h"
#include "vd_curl.h"
#include "vd_io_clock.h"
#include "vd_log.h"
#include "vd_mail.h"
#include "vd_model.h"

#define PATIENCE (20 * VD_SEC)

static struct vd_mail *m;
static struct smtp_server server;
static struct vd_strbuf logged;
static pthread_mutex_t logged_lock = PTHREAD_MUTEX_INITIALIZER;
static const char *conf_text;

static inline int
rig_read(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	(void)ctx;
	(void)path;
	(void)max;
	vd_strbuf_puts(out, conf_text);
	return 0;
}

/* global_defs with these lines; PORT is the server's. */
static inline void
rig_configure(const char *lines)
{
	struct vd_conf_source src = {.read = rig_read};
	struct vd_diag_list diags = {0};
	struct vd_strbuf text = {0};
	struct vd_model *model = NULL;
	const char *port;

	vd_strbuf_puts(&text, "global_defs {\n");
	while ((port = strstr(lines, "PORT")) != NULL) {
		vd_strbuf_add(&text, lines, (size_t)(port - lines));
		vd_strbuf_printf(&text, "%u", server.port);
		lines = port + 4;
	}
	vd_strbuf_printf(&text, "%s\n}\n", lines);
	conf_text = text.s;
	CU_ASSERT_FATAL(vd_conf_parse_keepalived(&src, "f", NULL, &model, &diags) == 0);
	vd_mail_configure(m, model);
	vd_model_free(model);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&text);
}

#define RIG_TO_A "notification_email {\na@test\n}\n"
#define RIG_SERVER \
	"router_id lb1\nnotification_email_from lb@test\nsmtp_helo_name me.test\nsmtp_server " \
	"127.0.0.1 PORT\n"

static inline void
rig_log(void *ctx, enum vd_log_level level, const char *text)
{
	(void)ctx;
	pthread_mutex_lock(&logged_lock);
	vd_strbuf_printf(&logged, "%s: %s\n", vd_log_level_name(level), text);
	pthread_mutex_unlock(&logged_lock);
}

static inline unsigned int
rig_logged(const char *what)
{
	unsigned int count = 0;

	pthread_mutex_lock(&logged_lock);
	for (const char *p = logged.s; p != NULL && (p = strstr(p, what)) != NULL; p++)
		count++;
	pthread_mutex_unlock(&logged_lock);
	return count;
}

/* Looks until the condition holds. */
#define RIG_WAIT(cond) \
	do { \
		vd_time until_ = vd_io_now() + PATIENCE; \
		while (!(cond) && vd_io_now() < until_) \
			(void)nanosleep(&(struct timespec){.tv_nsec = VD_MSEC}, NULL); \
		CU_ASSERT(cond); \
	} while (0)

static inline struct vd_mail_stats
rig_stats(void)
{
	struct vd_mail_stats s;

	vd_mail_stats(m, &s);
	return s;
}

static inline size_t
rig_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(d) != NULL)
		count++;
	closedir(d);
	return count;
}

static inline void
rig_up(const struct vd_mail_limits *limits)
{
	vd_log_set_sink(rig_log, NULL);
	vd_log_set_level(VD_LOG_DEBUG);
	vd_strbuf_reset(&logged);
	smtp_server_start(&server, AF_INET);
	CU_ASSERT_FATAL(vd_curl_global() == 0);
	m = vd_mail_create(limits);
}

static inline void
rig_down(void)
{
	vd_mail_destroy(m);
	smtp_server_stop(&server);
	vd_strbuf_free(&logged);
}

#endif
