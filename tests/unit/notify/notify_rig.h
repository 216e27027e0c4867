/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NOTIFY_RIG_H
#define NOTIFY_RIG_H

/*
 * What the tests of notify share: a folder with scripts, a configuration from a text in which $D is that folder, the
 * log, and waiting for a condition while the loop turns. Scripts:
 *   say ARGS   appends its arguments as a line to "out"
 *   hold ARGS  the same, when a byte was written to the FIFO "gate"
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vd_compiler.h"
#include "vd_conf.h"
#include "vd_io_clock.h"
#include "vd_io_loop.h"
#include "vd_log.h"
#include "vd_notify.h"
#include "vd_strbuf.h"
#include "vd_test.h"

#define PATIENCE (20 * VD_SEC)

static char dir[] = "/tmp/vd-notify-XXXXXX";
static struct vd_io_loop *loop;
static struct vd_notify *n;
static struct vd_strbuf logged;
static const char *conf_text;

static inline const char *
rig_path(const char *name)
{
	static char path[4][160];
	static unsigned int turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

/* text with $D replaced by the folder; the caller frees. */
static inline char *
rig_text(const char *text)
{
	struct vd_strbuf b = {0};

	for (const char *p = text; *p != '\0'; p++) {
		if (p[0] == '$' && p[1] == 'D') {
			vd_strbuf_puts(&b, dir);
			p++;
		} else {
			vd_strbuf_putc(&b, *p);
		}
	}
	return vd_strbuf_take(&b);
}

static inline void
rig_put(const char *name, const char *text)
{
	char *full = rig_text(text);
	FILE *f = fopen(rig_path(name), "w");

	CU_ASSERT_FATAL(f != NULL);
	fputs(full, f);
	fclose(f);
	free(full);
	chmod(rig_path(name), 0755);
}

static inline const char *
rig_get(const char *name)
{
	static char text[65536];
	FILE *f = fopen(rig_path(name), "r");
	size_t len = f == NULL ? 0 : fread(text, 1, sizeof(text) - 1, f);

	if (f != NULL)
		fclose(f);
	text[len] = '\0';
	return text;
}

static inline int
rig_read(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	char *text = rig_text(conf_text);

	(void)ctx;
	(void)path;
	(void)max;
	vd_strbuf_puts(out, text);
	free(text);
	return 0;
}

static inline void
rig_configure(const char *text)
{
	struct vd_conf_source src = {.read = rig_read};
	struct vd_diag_list diags = {0};
	struct vd_model *m = NULL;

	conf_text = text;
	CU_ASSERT_FATAL(vd_conf_parse_keepalived(&src, "f", NULL, &m, &diags) == 0);
	vd_notify_configure(n, m);
	vd_model_free(m);
	vd_diag_list_free(&diags);
}

static inline void
rig_log(void *ctx, enum vd_log_level level, const char *text)
{
	(void)ctx;
	vd_strbuf_printf(&logged, "%s: %s\n", vd_log_level_name(level), text);
}

/* How often the log has it. */
static inline unsigned int
rig_logged(const char *what)
{
	unsigned int count = 0;

	for (const char *p = logged.s; p != NULL && (p = strstr(p, what)) != NULL; p++)
		count++;
	return count;
}

/* Turns the loop until the condition holds; false: it never did. */
#define RIG_WAIT(cond) \
	do { \
		vd_time until_ = vd_io_now() + PATIENCE; \
		while (!(cond) && vd_io_now() < until_) \
			vd_io_loop_turn(loop, 5 * VD_MSEC); \
		CU_ASSERT(cond); \
	} while (0)

static inline bool
rig_out_is(const char *want)
{
	return strcmp(rig_get("out"), want) == 0;
}

static inline struct vd_notify_stats
rig_stats(void)
{
	struct vd_notify_stats s;

	vd_notify_stats(n, &s);
	return s;
}

static inline bool
rig_is_idle(void)
{
	struct vd_notify_stats s = rig_stats();

	return s.running == 0 && s.overtime == 0 && s.queued == 0;
}

/* Lets n scripts of `hold` go on. */
static inline void
rig_open_gate(int times)
{
	int fd = open(rig_path("gate"), O_RDWR);

	for (int i = 0; i < times; i++)
		CU_ASSERT(write(fd, "\n", 1) == 1);
	RIG_WAIT(rig_is_idle());
	close(fd);
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
rig_up(const struct vd_notify_limits *limits)
{
	loop = vd_io_loop_create();
	n = vd_notify_create(loop, limits);
	unlink(rig_path("out"));
	unlink(rig_path("gate"));
	CU_ASSERT(mkfifo(rig_path("gate"), 0600) == 0);
	vd_strbuf_reset(&logged);
	rig_put("say", "#!/bin/sh\necho \"$*\" >>$D/out\n");
	rig_put("hold", "#!/bin/sh\nexec 3<>$D/gate\nread x <&3\necho \"$*\" >>$D/out\n");
}

static inline void
rig_down(void)
{
	vd_notify_destroy(n);
	vd_io_loop_destroy(loop);
	CU_ASSERT(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static inline int
rig_main(const char *suite, const struct vd_test *tests, size_t count)
{
	char rm[64];
	int failed;

	if (mkdtemp(dir) == NULL || chmod(dir, 0777) != 0)
		return 1;
	vd_log_set_sink(rig_log, NULL);
	vd_log_set_level(VD_LOG_DEBUG);
	failed = vd_test_main(suite, tests, count);
	snprintf(rm, sizeof(rm), "rm -rf %s", dir);
	vd_strbuf_free(&logged);
	return system(rm) != 0 || failed;
}

#define RIG_MAIN(suite, tests) \
	int main(void) \
	{ \
		return rig_main(suite, tests, sizeof(tests) / sizeof((tests)[0])); \
	}

/* An instance with these lines in it. */
#define RIG_INSTANCE(name, vrid, lines) \
	"vrrp_instance " name " {\ninterface eth0\nvirtual_router_id " vrid "\npriority 100\n" \
	"virtual_ipaddress {\n192.0.2.1\n}\n" lines "\n}\n"

#endif
