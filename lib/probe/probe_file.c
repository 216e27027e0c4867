/* SPDX-License-Identifier: BSD-3-Clause */
/* track_file and FILE_CHECK. A file is read when inotify tells of it, and once a second in case it cannot. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_alloc.h"
#include "vd_check_value.h"
#include "vd_compiler.h"
#include "vd_io_clock.h"

#define POLL_EVERY  VD_SEC
#define WEIGHT_DOWN -253 /* a product below it is a failure */

/* A file, whoever wants to know of it. */
struct probe_file {
	struct probe_file *next;
	char *path;
	const char *base; /* its name in the folder */
	struct probe_dir *dir;
	bool known; /* it was looked at */
	bool empty; /* it was empty when it was looked at last, and its value is of before */
	int64_t value;
	struct vd_strbuf why;
	VD_VEC(struct probe_thing *) things;
};

/* ---- what it means for who tracks it ---- */

static void
check_tell(struct probe_thing *t, const struct probe_file *f)
{
	const struct probe_def_file *d = &t->def->file;
	char why[sizeof(t->pub.last_error)] = "";
	int64_t v, weight = -1;
	bool up;

	if (d->weight == 0) {
		up = (f->value == 0) != d->reverse;
		if (!up)
			snprintf(why, sizeof(why), "the number is %lld%s%s", (long long)f->value,
					f->why.len > 0 ? ": " : "", f->why.len > 0 ? f->why.s : "");
	} else {
		/* Both fit into 33 bits. */
		v = f->value * d->weight * (d->reverse ? -1 : 1);
		up = v >= WEIGHT_DOWN;
		if (!up)
			snprintf(why, sizeof(why), "the number is %lld, times weight %lld",
					(long long)f->value, (long long)v);
		if (up && d->dynamic)
			weight = VD_MAX(d->base + v, 0);
	}
	probe_state(t, up, weight, why);
}

static void
tell(struct probe_thing *t, const struct probe_file *f)
{
	if (t->suspended)
		return;
	if (t->def->kind == VD_PROBE_CHECK)
		check_tell(t, f);
	else
		probe_state(t, f->why.len == 0, f->value, f->why.s);
}

/* ---- looking ---- */

/* Its bytes, or -errno. */
static ssize_t
file_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size);
	if (n < 0)
		n = -errno;
	close(fd);
	return n;
}

/* told: by inotify, that it was written or moved; otherwise an empty file may be one that is being written. */
static void
file_look(struct probe_file *f, bool told)
{
	char buf[VD_CHECK_VALUE_MAX];
	ssize_t n = file_read(f->path, buf, sizeof(buf));
	struct probe_thing **t;

	if (n == 0 && !told && f->known && f->value != 0 && !f->empty) {
		f->empty = true;
		return;
	}
	f->empty = false;
	vd_strbuf_reset(&f->why);
	if (n < 0) {
		f->value = 0;
		vd_strbuf_puts(&f->why, strerror((int)-n));
	} else {
		(void)vd_check_value_parse(buf, (size_t)n, &f->value, &f->why);
	}
	f->known = true;
	VD_VEC_FOREACH (t, &f->things)
		tell(*t, f);
}

static void
look_at_all(struct vd_probe *p)
{
	for (size_t i = 0; i < VD_ARRAY_LEN(p->files.heads); i++)
		for (struct probe_file *f = p->files.heads[i]; f != NULL; f = f->next)
			file_look(f, false);
}

static void
on_poll(struct vd_io_timer *timer)
{
	struct vd_probe *p = timer->ctx;

	for (size_t i = 0; i < p->files.dirs.n; i++)
		probe_dir_watch(&p->files, p->files.dirs.v[i]);
	look_at_all(p);
	vd_io_timer_set(p->loop, timer, vd_io_now() + POLL_EVERY, on_poll, p);
}

/* ---- inotify ---- */

static void
event_take(struct vd_probe *p, const struct inotify_event *e)
{
	struct probe_files *files = &p->files;

	for (size_t i = 0; i < files->dirs.n; i++) {
		if (files->dirs.v[i]->wd != e->wd)
			continue;
		if (e->mask & IN_MOVE_SELF)
			(void)inotify_rm_watch(files->fd, e->wd);
		if (e->mask & (IN_IGNORED | IN_MOVE_SELF))
			files->dirs.v[i]->wd = -1;
	}
	if (e->len == 0)
		return;
	for (size_t i = 0; i < VD_ARRAY_LEN(files->heads); i++)
		for (struct probe_file *f = files->heads[i]; f != NULL; f = f->next)
			if (f->dir->wd == e->wd && strcmp(f->base, e->name) == 0)
				file_look(f, (e->mask & IN_CREATE) == 0);
}

static void
on_events(struct vd_io_fd *h, unsigned int events)
{
	_Alignas(struct inotify_event) char buf[16384];
	struct vd_probe *p = h->ctx;
	ssize_t n = read(h->fd, buf, sizeof(buf));
	const struct inotify_event *e;

	(void)events;
	for (char *at = buf; at < buf + n; at += sizeof(*e) + e->len) {
		e = (const struct inotify_event *)(void *)at;
		if (e->mask & IN_Q_OVERFLOW)
			look_at_all(p);
		else
			event_take(p, e);
	}
}

static void
files_begin(struct vd_probe *p)
{
	struct probe_files *f = &p->files;

	if (f->fd < 0) {
		f->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		if (f->fd >= 0 &&
				vd_io_fd_add(p->loop, &f->watch, f->fd, VD_IO_READ, on_events, p) !=
						0) {
			close(f->fd);
			f->fd = -1;
		}
	}
	if (!vd_io_timer_is_set(&f->poll))
		vd_io_timer_set(p->loop, &f->poll, vd_io_now() + POLL_EVERY, on_poll, p);
}

void
probe_files_destroy(struct vd_probe *p)
{
	vd_io_timer_cancel(p->loop, &p->files.poll);
	if (p->files.fd >= 0) {
		vd_io_fd_del(&p->files.watch);
		close(p->files.fd);
	}
	vd_vec_free(&p->files.dirs);
}

/* ---- files come and go ---- */

/* init_file: what is there stays, unless it is to be overwritten at our start. */
static void
file_init(const struct vd_probe *p, const struct probe_def_file *d)
{
	bool overwrite = d->overwrite && !p->configured;
	char text[32];
	struct stat st;
	int fd;

	if (!d->init)
		return;
	/* A folder may be everybody's: never through a link. */
	fd = open(d->path,
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
					(overwrite ? 0 : O_EXCL),
			0644);
	if (fd < 0)
		return;
	snprintf(text, sizeof(text), "%lld\n", (long long)d->init_value);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) == 0)
		(void)!write(fd, text, strlen(text));
	close(fd);
}

static struct probe_file **
head_of(struct vd_probe *p, const char *path)
{
	uint64_t hash = vd_hash_bytes(path, strlen(path), 0);

	return &p->files.heads[hash % VD_ARRAY_LEN(p->files.heads)];
}

static struct probe_file *
file_take(struct vd_probe *p, const struct probe_def_file *d)
{
	struct probe_file **head = head_of(p, d->path), *f;
	const char *slash = strrchr(d->path, '/');

	for (f = *head; f != NULL; f = f->next)
		if (strcmp(f->path, d->path) == 0)
			return f;
	file_init(p, d);
	f = vd_xcalloc(1, sizeof(*f));
	f->path = vd_xstrdup(d->path);
	f->base = slash == NULL ? f->path : f->path + (slash - d->path) + 1;
	f->dir = slash == NULL ? probe_dir_take(&p->files, ".", 1)
			       : probe_dir_take(&p->files, d->path,
						 slash == d->path ? 1 : (size_t)(slash - d->path));
	f->next = *head;
	*head = f;
	file_look(f, true);
	return f;
}

static void
file_drop(struct vd_probe *p, struct probe_file *f)
{
	struct probe_file **at = head_of(p, f->path);

	if (f->things.n > 0)
		return;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	probe_dir_drop(&p->files, f->dir);
	vd_strbuf_free(&f->why);
	vd_vec_free(&f->things);
	free(f->path);
	free(f);
	if (p->files.dirs.n == 0)
		vd_io_timer_cancel(p->loop, &p->files.poll);
}

/* Once more for one that was suspended. */
static void
file_watch(struct probe_thing *t)
{
	struct vd_probe *p = t->p;

	if (t->file == NULL) {
		files_begin(p);
		t->file = file_take(p, &t->def->file);
		vd_vec_push(&t->file->things, t);
	}
	tell(t, t->file);
}

static void
file_unwatch(struct probe_thing *t)
{
	struct probe_file *f = t->file;

	for (size_t i = 0; i < f->things.n; i++) {
		if (f->things.v[i] != t)
			continue;
		f->things.v[i] = f->things.v[--f->things.n];
		break;
	}
	t->file = NULL;
	file_drop(t->p, f);
}

const struct probe_type probe_type_file = {
		.name = "track_file",
		.watch = file_watch,
		.unwatch = file_unwatch,
};

const struct probe_type probe_type_file_check = {
		.name = "FILE_CHECK",
		.watch = file_watch,
		.unwatch = file_unwatch,
};
