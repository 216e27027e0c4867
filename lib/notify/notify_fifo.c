/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notify_priv.h"
#include "vd_io_clock.h"
#include "vd_log.h"
#include "vd_model.h"

#define READER_GRACE VD_SEC
/* At our own end: to finish with its last lines, and then to heed SIGTERM. */
#define READER_EOF (200 * VD_MSEC)
#define READER_END (500 * VD_MSEC)

/* ---- lines ---- */

static void
line_lost(struct notify_fifo *f, const char *why)
{
	if (f->lost++ == 0)
		vd_log(VD_LOG_WARNING, "%s %s: %s: lines are dropped", f->word, f->path, why);
	f->n->stats.fifo_dropped++;
}

/* A line is shorter than PIPE_BUF, so it is written whole or not at all. False: no room. */
static bool
line_write(struct notify_fifo *f, const char *line, size_t len)
{
	ssize_t n;

	do
		n = write(f->fd, line, len);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN) {
		line_lost(f, strerror(errno));
		return true;
	}
	return n >= 0;
}

void
notify_fifo_flush(struct notify_fifo *f)
{
	size_t at = 0;

	while (at < f->wait.len) {
		const char *line = f->wait.s + at;
		const char *end = memchr(line, '\n', f->wait.len - at);
		size_t len = (size_t)(end - line) + 1;

		if (at + len < f->wait.len && line[len] == '\0')
			len++; /* lines of servers end with it */
		if (!line_write(f, line, len))
			break;
		at += len;
	}
	if (at == 0)
		return;
	memmove(f->wait.s, f->wait.s + at, f->wait.len - at);
	f->wait.len -= at;
	f->wait.s[f->wait.len] = '\0';
	if (f->wait.len != 0)
		return;
	vd_io_fd_del(&f->watch);
	if (f->lost != 0)
		vd_log(VD_LOG_NOTICE, "%s %s is read again: %llu lines were dropped", f->word,
				f->path, (unsigned long long)f->lost);
	f->lost = 0;
}

static void
on_room(struct vd_io_fd *h, unsigned int events)
{
	(void)events;
	notify_fifo_flush(h->ctx);
}

void
notify_fifo_write(struct notify_fifo *f, const char *line, size_t len)
{
	if (f->fd < 0)
		return;
	if (len > PIPE_BUF || f->wait.len + len > f->n->limits.fifo_bytes) {
		line_lost(f, "nobody reads it fast enough");
		return;
	}
	if (f->wait.len == 0 && line_write(f, line, len))
		return;
	vd_strbuf_add(&f->wait, line, len);
	if (f->watch.loop == NULL)
		(void)vd_io_fd_add(f->n->loop, &f->watch, f->fd, VD_IO_WRITE, on_room, f);
}

bool
notify_fifo_is_read(const struct notify_fifo *f)
{
	int left = 0;

	if (f->fd < 0 || !vd_io_child_is_running(&f->child))
		return true;
	return f->wait.len == 0 && (ioctl(f->fd, FIONREAD, &left) != 0 || left == 0);
}

/* ---- its reader ---- */

static void reader_start(struct notify_fifo *f);

static void
on_reader_end(struct vd_io_child *c, int status)
{
	struct notify_fifo *f = c->ctx;
	char text[64];

	if (f->restart)
		reader_start(f);
	else if (!c->terminated && !f->ending)
		vd_log(VD_LOG_WARNING, "%s_script %s; a reload starts it again", f->word,
				vd_io_child_status(status, text, sizeof(text)));
}

static void
reader_start(struct notify_fifo *f)
{
	const char *path = f->path;
	char **words;
	int err;

	f->restart = false;
	if (f->fd < 0 || f->reader.words == NULL)
		return;
	words = notify_command_words(&f->reader, &path, 1);
	err = notify_command_start(
			f->n->loop, &f->child, words, &f->reader.user, true, on_reader_end, f);
	if (err != 0)
		vd_log(VD_LOG_WARNING, "%s_script: %s cannot be run: %s", f->word, words[0],
				strerror(-err));
	free(words);
}

/* Two at a time would share the lines: the new one starts when the old one ended. */
static void
reader_restart(struct notify_fifo *f)
{
	if (!vd_io_child_is_running(&f->child)) {
		reader_start(f);
		return;
	}
	f->restart = true;
	vd_io_child_terminate(&f->child, READER_GRACE);
}

/* ---- opening and closing ---- */

static bool
is_ours(const struct notify_fifo *f, const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_dev == f->dev && st.st_ino == f->ino;
}

static void
fifo_close(struct notify_fifo *f)
{
	vd_io_fd_del(&f->watch);
	/* Before it is closed: a reader that opens it anew at its end must not find it. */
	if (f->created && is_ours(f, f->path))
		unlink(f->path);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	f->created = false;
	f->lost = 0;
	vd_strbuf_reset(&f->wait);
	free(f->path);
	f->path = NULL;
}

static bool
fifo_open(struct notify_fifo *f, const char *path, const struct vd_io_user *user)
{
	struct stat st;

	f->created = mkfifo(path, 0644) == 0;
	if (!f->created && errno != EEXIST) {
		vd_log(VD_LOG_ERROR, "%s %s cannot be created: %s", f->word, path, strerror(errno));
		return false;
	}
	/* Open for reading, too: without a reader lines wait in it, and a reader that goes away is no error. */
	f->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (f->fd < 0) {
		vd_log(VD_LOG_ERROR, "%s %s cannot be opened: %s", f->word, path, strerror(errno));
		if (f->created)
			unlink(path);
		f->created = false;
		return false;
	}
	f->path = vd_xstrdup(path);
	if (fstat(f->fd, &st) != 0 || !S_ISFIFO(st.st_mode)) {
		vd_log(VD_LOG_ERROR, "%s %s is not a FIFO: nothing is written to it", f->word,
				path);
		f->created = false;
		fifo_close(f);
		return false;
	}
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	if (f->created && user->has && fchown(f->fd, user->uid, user->gid) != 0)
		vd_log(VD_LOG_WARNING, "%s %s cannot be given to its user: %s", f->word, path,
				strerror(errno));
	return true;
}

void
notify_fifo_configure(struct notify_fifo *f, const struct vd_model_command *fifo,
		const struct vd_model_command *script, const struct vd_io_user *def)
{
	struct vd_io_user user = *def;
	struct vd_strbuf why = {0};
	const char *path = fifo->script;

	/* The same one stays open, with the lines in it; one that was removed or replaced is opened anew. */
	if (f->path != NULL && (path == NULL || strcmp(path, f->path) != 0 || !is_ours(f, path)))
		fifo_close(f);
	if (fifo->user != NULL && !vd_io_user_find(&user, fifo->user, fifo->group, &why))
		vd_log(VD_LOG_WARNING, "%s: %s: it stays ours", f->word, why.s);
	vd_strbuf_free(&why);
	notify_command_set(&f->reader, script, def, f->word, "script");
	if (path != NULL && f->path == NULL)
		(void)fifo_open(f, path, &user);
	reader_restart(f);
}

/* True when it ended. */
static bool
reader_wait(struct notify_fifo *f, vd_time wait)
{
	struct vd_io_child *child[] = {&f->child};
	vd_time until = vd_io_now() + wait, now;

	while (vd_io_child_is_running(&f->child) && (now = vd_io_now()) < until)
		if (!vd_io_child_check(&f->child))
			vd_io_child_wait(child, 1, until - now);
	return !vd_io_child_is_running(&f->child);
}

void
notify_fifo_destroy(struct notify_fifo *f)
{
	f->restart = false;
	f->ending = true;
	if (f->path != NULL)
		fifo_close(f);
	if (!reader_wait(f, READER_EOF)) {
		vd_io_child_terminate(&f->child, 0);
		while (!reader_wait(f, READER_END))
			kill(-f->child.pid, SIGKILL);
	}
	notify_command_clear(&f->reader);
	vd_strbuf_free(&f->wait);
}
