/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "vd_alloc.h"
#include "vd_compiler.h"
#include "vd_io_log.h"

#define LINE_MAX_ 2048

static enum vd_io_log_to to;
static int file_fd = -1;
static char *file_path;
static char *file_ident;
static bool journal;
static vd_log_sink tap_fn;
static void *tap_ctx;

static int
priority(enum vd_log_level level)
{
	switch (level) {
	case VD_LOG_ERROR:
		return LOG_ERR;
	case VD_LOG_WARNING:
		return LOG_WARNING;
	case VD_LOG_NOTICE:
		return LOG_NOTICE;
	case VD_LOG_INFO:
		return LOG_INFO;
	case VD_LOG_DEBUG:
		break;
	}
	return LOG_DEBUG;
}

/* A line for stderr or the file; cut, always with a newline. Returns its length. */
static size_t
line_make(char *buf, size_t size, enum vd_log_level level, const char *text)
{
	struct timespec ts;
	struct tm tm;
	int n;

	if (to == VD_IO_LOG_STDERR && journal) {
		n = snprintf(buf, size - 1, "<%d>%s", priority(level), text);
	} else {
		clock_gettime(CLOCK_REALTIME, &ts);
		localtime_r(&ts.tv_sec, &tm);
		n = snprintf(buf, size - 1, "%04d-%02d-%02dT%02d:%02d:%02d.%03ld %s: %s",
				tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
				tm.tm_sec, ts.tv_nsec / 1000000, vd_log_level_name(level), text);
	}
	if (n < 0)
		return 0;
	if ((size_t)n > size - 2)
		n = (int)size - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)buf[i] < 0x20 && buf[i] != '\t')
			buf[i] = ' ';
	buf[n++] = '\n';
	return (size_t)n;
}

static void
sink(void *ctx, enum vd_log_level level, const char *text)
{
	char line[LINE_MAX_];
	size_t n;

	(void)ctx;
	if (to == VD_IO_LOG_SYSLOG) {
		syslog(priority(level), "%s", text);
	} else {
		n = line_make(line, sizeof(line), level, text);
		/* A full disk or a closed terminal must not end the director: the line is lost. */
		if (write(to == VD_IO_LOG_FILE ? file_fd : STDERR_FILENO, line, n) < 0)
			n = 0;
	}
	if (tap_fn != NULL)
		tap_fn(tap_ctx, level, text);
}

/* JOURNAL_STREAM names the device and inode of the journal's socket: stderr may have been redirected since. */
static bool
stderr_is_journal(void)
{
	return getenv("JOURNAL_STREAM") != NULL && !isatty(STDERR_FILENO);
}

static int
file_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);

	return fd < 0 ? -errno : fd;
}

int
vd_io_log_open(enum vd_io_log_to where, const char *path, const char *ident)
{
	int fd = -1;

	if (where == VD_IO_LOG_FILE) {
		fd = file_open(path);
		if (fd < 0)
			return fd;
	}
	vd_io_log_close();
	to = where;
	if (where == VD_IO_LOG_FILE) {
		file_fd = fd;
		file_path = vd_xstrdup(path);
	} else if (where == VD_IO_LOG_SYSLOG) {
		/* openlog() keeps the pointer. */
		file_ident = vd_xstrdup(ident);
		openlog(file_ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	} else {
		journal = stderr_is_journal();
	}
	vd_log_set_sink(sink, NULL);
	return 0;
}

int
vd_io_log_reopen(void)
{
	int fd;

	if (to != VD_IO_LOG_FILE || file_fd < 0)
		return 0;
	fd = file_open(file_path);
	if (fd < 0)
		return fd;
	/* Other threads may be writing: the number stays the same. */
	dup3(fd, file_fd, O_CLOEXEC);
	close(fd);
	return 0;
}

void
vd_io_log_tap(vd_log_sink tap, void *ctx)
{
	tap_fn = tap;
	tap_ctx = ctx;
}

void
vd_io_log_close(void)
{
	vd_log_set_sink(NULL, NULL);
	if (to == VD_IO_LOG_SYSLOG)
		closelog();
	if (file_fd >= 0)
		close(file_fd);
	file_fd = -1;
	free(file_path);
	free(file_ident);
	file_path = file_ident = NULL;
	to = VD_IO_LOG_STDERR;
}
