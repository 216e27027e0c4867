/* SPDX-License-Identifier: BSD-3-Clause */
/* The folders of tracked files, watched by inotify. */
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "probe_priv.h"
#include "vd_alloc.h"

#define EVENTS \
	(IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | \
			IN_MOVE_SELF | IN_ONLYDIR)

void
probe_dir_watch(struct probe_files *f, struct probe_dir *d)
{
	if (d->wd < 0 && f->fd >= 0)
		d->wd = inotify_add_watch(f->fd, d->path, EVENTS);
}

struct probe_dir *
probe_dir_take(struct probe_files *f, const char *path, size_t len)
{
	struct probe_dir *d = NULL;

	for (size_t i = 0; i < f->dirs.n && d == NULL; i++)
		if (strncmp(f->dirs.v[i]->path, path, len) == 0 && f->dirs.v[i]->path[len] == '\0')
			d = f->dirs.v[i];
	if (d == NULL) {
		d = vd_xcalloc(1, sizeof(*d));
		d->path = vd_xstrndup(path, len);
		d->wd = -1;
		vd_vec_push(&f->dirs, d);
		probe_dir_watch(f, d);
	}
	d->refs++;
	return d;
}

/* Two names of one folder share its watch. */
static bool
is_shared(const struct probe_files *f, const struct probe_dir *d)
{
	for (size_t i = 0; i < f->dirs.n; i++)
		if (f->dirs.v[i] != d && f->dirs.v[i]->wd == d->wd)
			return true;
	return false;
}

void
probe_dir_drop(struct probe_files *f, struct probe_dir *d)
{
	if (--d->refs > 0)
		return;
	if (d->wd >= 0 && !is_shared(f, d))
		(void)inotify_rm_watch(f->fd, d->wd);
	for (size_t i = 0; i < f->dirs.n; i++) {
		if (f->dirs.v[i] != d)
			continue;
		f->dirs.v[i] = f->dirs.v[--f->dirs.n];
		break;
	}
	free(d->path);
	free(d);
}
