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
/* Of the file; any thread. */
static uint64_t lost;     /* lines, since the last one that was written */
static uint64_t lost_all; /* lines, since the start */
static int lost_errno;    /* why */
static bool torn;         /* the file ends within a line */

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

/* False: not all of it is in the file, and why is in lost_errno. */
static bool
bytes_write(const char *bytes, size_t n)
{
	ssize_t done;

	do
		done = write(file_fd, bytes, n);
	while (done < 0 && errno == EINTR);
	if (done == (ssize_t)n)
		return true;
	/* A part of it is what a disk has room for that becomes full. */
	if (done > 0)
		vd_store_relaxed(&torn, true);
	vd_store_relaxed(&lost_errno, done < 0 ? errno : ENOSPC);
	return false;
}

/* Says what was lost, if anything was. False: the file takes nothing yet. */
static bool
lost_say(void)
{
	uint64_t n = __atomic_exchange_n(&lost, 0, __ATOMIC_RELAXED);
	char text[128], line[LINE_MAX_];
	size_t at = 0;

	if (n == 0)
		return true;
	(void)snprintf(text, sizeof(text), "log: %llu lines were lost: %s", (unsigned long long)n,
			strerror(vd_load_relaxed(&lost_errno)));
	if (vd_load_relaxed(&torn))
		line[at++] = '\n';
	if (bytes_write(line, at + line_make(line + at, sizeof(line) - at, VD_LOG_WARNING, text))) {
		vd_store_relaxed(&torn, false);
		return true;
	}
	__atomic_fetch_add(&lost, n, __ATOMIC_RELAXED);
	return false;
}

/* A full disk or a slow reader must neither end nor stop the director: the line is lost, and counted. */
static void
file_write(const char *line, size_t n)
{
	if (lost_say() && bytes_write(line, n))
		return;
	__atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&lost_all, 1, __ATOMIC_RELAXED);
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
		if (to == VD_IO_LOG_FILE)
			file_write(line, n);
		else if (write(STDERR_FILENO, line, n) < 0)
			n = 0; /* a closed terminal: the line is lost */
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
	/* Non-blocking for a FIFO or a terminal; to a file it makes no difference. */
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			0640);

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
	lost = 0;
	torn = false;
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
	int err, fd;

	if (to != VD_IO_LOG_FILE || file_fd < 0)
		return 0;
	fd = file_open(file_path);
	if (fd < 0)
		return fd;
	/* Other threads may be writing: the number stays the same. */
	err = dup3(fd, file_fd, O_CLOEXEC) < 0 ? -errno : 0;
	close(fd);
	if (err == 0)
		vd_store_relaxed(&torn, false);
	return err;
}

uint64_t
vd_io_log_lost(void)
{
	return vd_load_relaxed(&lost_all);
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
