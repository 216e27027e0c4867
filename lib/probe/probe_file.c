/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * track_file and FILE_CHECK: a number in a file, read when the file was written, moved or removed (inotify on its folder),
 * and looked for once a second while that folder is not there. A file that is missing says 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_check_value.h"

#define LOOK_EVERY (1 * VD_SEC)
#define EVENTS \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)
#define FAULT_BELOW (-253) /* as VRRP has it */

struct file {
	char *path, *folder;
	int64_t weight; /* with its sign */
	int64_t last;   /* what it said */
	int watch;      /* -1: none */
	bool has_init, overwrite;
	int64_t init;
	/* FILE_CHECK */
	bool dynamic;
	int64_t server_weight;
};

static bool is_file(const struct probe_thing *t);

static int64_t
contribution(const struct file *f)
{
	int64_t product;

	if (__builtin_mul_overflow(f->last, f->weight, &product))
		return (f->last < 0) == (f->weight < 0) ? INT32_MAX : -INT32_MAX;
	return VD_MAX(VD_MIN(product, (int64_t)INT32_MAX), -(int64_t)INT32_MAX);
}

static bool
is_good(const struct file *f)
{
	return f->weight == 0 ? f->last == 0 : contribution(f) >= FAULT_BELOW;
}

static void
file_read(struct probe_thing *t)
{
	struct file *f = t->data;
	char bytes[VD_CHECK_VALUE_MAX];
	struct vd_strbuf why = {0};
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	int64_t value = -1;

	if (n < 0) {
		vd_strbuf_printf(&why, "%s: %s", f->path, strerror(errno));
		f->last = 0;
	} else {
		(void)vd_check_value_parse(bytes, (size_t)n, &f->last, &why);
	}
	if (fd >= 0)
		close(fd);
	if (t->kind == VD_PROBE_FILE)
		value = f->last;
	else if (f->dynamic)
		value = VD_MAX(f->server_weight + contribution(f), (int64_t)0);
	if (!t->first_told || t->value != value || t->up != is_good(f))
		probe_tell(t, is_good(f), value, why.s);
	vd_strbuf_free(&why);
}

/* init_file */
static void
file_begin(struct probe_thing *t)
{
	struct file *f = t->data;
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (f->overwrite ? O_TRUNC : O_EXCL), fd;
	struct vd_strbuf b = {0};

	if (f->has_init && (fd = open(f->path, flags, 0644)) >= 0) {
		vd_strbuf_printf(&b, "%lld\n", (long long)f->init);
		if (write(fd, b.s, b.len) < 0)
			vd_strbuf_reset(&b); /* what is read then tells */
		close(fd);
		vd_strbuf_free(&b);
	}
	file_read(t);
}

static void
file_free(struct probe_thing *t)
{
	struct file *f = t->data;

	free(f->path);
	free(f->folder);
	free(f);
}

static const struct probe_ops file_ops = {
		.type = "track_file",
		.begin = file_begin,
		.free = file_free,
};

static const struct probe_ops file_check_ops = {
		.type = "FILE_CHECK",
		.begin = file_begin,
		.free = file_free,
};

static bool
is_file(const struct probe_thing *t)
{
	return t->ops == &file_ops || t->ops == &file_check_ops;
}

/* ---- watching ---- */

static void on_look(struct vd_io_timer *timer);

static void
read_all(struct vd_probe *p)
{
	for (size_t i = 0; i < p->things.n; i++)
		if (is_file(p->things.v[i]))
			file_read(p->things.v[i]);
}

static void
watches_lost(struct vd_probe *p)
{
	for (size_t i = 0; i < p->things.n; i++)
		if (is_file(p->things.v[i]))
			((struct file *)p->things.v[i]->data)->watch = -1;
	vd_io_timer_set(p->loop, &p->files_timer, vd_io_now() + LOOK_EVERY, on_look, p);
}

static void
on_inotify(struct vd_io_fd *h, unsigned int events)
{
	_Alignas(struct inotify_event) char buf[4096];
	struct vd_probe *p = h->ctx;
	bool lost = false, any = false;
	ssize_t n;

	(void)events;
	while ((n = read(h->fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const struct inotify_event *)(buf + at);

			lost |= (e->mask &
						(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF |
								IN_Q_OVERFLOW)) != 0;
			any = true;
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	if (any)
		read_all(p);
	if (lost)
		watches_lost(p);
}

static bool
inotify_open(struct vd_probe *p)
{
	if (p->inotify >= 0)
		return true;
	p->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (p->inotify < 0)
		return false;
	if (vd_io_fd_add(p->loop, &p->inotify_fd, p->inotify, VD_IO_READ, on_inotify, p) == 0)
		return true;
	close(p->inotify);
	p->inotify = -1;
	return false;
}

/* Those without a watch get one if they can; true: some have none. */
static bool
watch_add(struct vd_probe *p)
{
	bool missing = false;

	for (size_t i = 0; i < p->things.n; i++) {
		struct file *f;

		if (!is_file(p->things.v[i]))
			continue;
		f = p->things.v[i]->data;
		if (f->watch >= 0)
			continue;
		if (inotify_open(p))
			f->watch = inotify_add_watch(p->inotify, f->folder, EVENTS);
		missing |= f->watch < 0;
		file_read(p->things.v[i]); /* what happened before the watch */
	}
	return missing;
}

static void
on_look(struct vd_io_timer *timer)
{
	struct vd_probe *p = timer->ctx;

	if (watch_add(p))
		vd_io_timer_set(p->loop, timer, vd_io_now() + LOOK_EVERY, on_look, p);
}

void
probe_files_watch(struct vd_probe *p)
{
	vd_io_timer_cancel(p->loop, &p->files_timer);
	if (watch_add(p))
		vd_io_timer_set(p->loop, &p->files_timer, vd_io_now() + LOOK_EVERY, on_look, p);
}

void
probe_files_end(struct vd_probe *p)
{
	if (p->loop != NULL)
		vd_io_timer_cancel(p->loop, &p->files_timer);
	if (p->inotify < 0)
		return;
	vd_io_fd_del(&p->inotify_fd);
	close(p->inotify);
	p->inotify = -1;
}

/* ---- made ---- */

static struct file *
file_make(struct probe_thing *t, const struct probe_ops *ops, const struct vd_model_track_file *of,
		const struct vd_model_weight *weight)
{
	struct file *f = vd_xcalloc(1, sizeof(*f));
	char *path = vd_xstrdup(of->file);

	f->path = vd_xstrdup(of->file);
	f->folder = vd_xstrdup(dirname(path));
	free(path);
	f->weight = weight->reverse ? -weight->value : weight->value;
	f->watch = -1;
	f->has_init = vd_model_given(&of->obj, &of->init_file);
	f->init = of->init_file.value;
	f->overwrite = of->init_file.overwrite;
	t->data = f;
	t->ops = ops;
	return f;
}

void
probe_file_make(struct probe_thing *t, const struct vd_model_track_file *of)
{
	(void)file_make(t, &file_ops, of, &of->weight);
}

bool
probe_file_check_make(struct probe_thing *t, const struct probe_source *src, struct vd_strbuf *why)
{
	struct vd_model_track_file none = {.file = NULL};
	struct file *f;

	if (src->of == NULL || src->of->file == NULL) {
		char nowhere[] = "/dev/null";

		none.file = nowhere;
		(void)file_make(t, &file_check_ops, &none, &src->check->weight);
		vd_strbuf_printf(why, "there is no track_file %s",
				src->check->track_file != NULL ? src->check->track_file : "");
		return false;
	}
	f = file_make(t, &file_check_ops, src->of, &src->check->weight);
	f->dynamic = src->check->dynamic;
	f->server_weight = src->weight;
	return true;
}
