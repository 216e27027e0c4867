/* SPDX-License-Identifier: BSD-3-Clause */
/* The way to a program, component by component, as the kernel would go it. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io_priv.h"
#include "vd_alloc.h"
#include "vd_io_child.h"
#include "vd_io_script.h"

#define LINKS_MAX  40 /* the kernel's own limit */
#define GROUPS_MAX 64

struct walk {
	struct vd_strbuf done; /* as far as it was gone: no links in it; empty is the root */
	char *todo;
	unsigned int links;
	struct stat st;       /* of done */
	struct vd_strbuf bad; /* the first component that others than root can change, and why */
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX]; /* where the script runs as this process does: its further groups */
	int n_groups;
};

static const char *
done_name(const struct walk *w)
{
	return w->done.len == 0 ? "/" : w->done.s;
}

static void
user_name(struct vd_strbuf *out, uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		vd_strbuf_puts(out, pw->pw_name);
	else
		vd_strbuf_printf(out, "%u", (unsigned int)uid);
}

static bool
in_group(const struct walk *w, gid_t gid)
{
	for (int i = 0; i < w->n_groups; i++)
		if (w->groups[i] == gid)
			return true;
	return gid == w->gid;
}

/* May the user enter this folder, execute this file? Root enters every folder, and executes what anyone may execute. */
static bool
may_execute(const struct walk *w)
{
	mode_t mode = w->st.st_mode;

	if (w->uid == 0)
		return S_ISDIR(mode) || (mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
	if (w->uid == w->st.st_uid)
		return (mode & S_IXUSR) != 0;
	return (mode & (in_group(w, w->st.st_gid) ? S_IXGRP : S_IXOTH)) != 0;
}

static void
look_for_danger(struct walk *w)
{
	mode_t mode = w->st.st_mode;
	bool modes_count = S_ISREG(mode) || (S_ISDIR(mode) && (mode & S_ISVTX) == 0);
	unsigned int bits = (unsigned int)mode & 07777;

	if (w->bad.len != 0)
		return;
	if (w->st.st_uid != 0) {
		vd_strbuf_printf(&w->bad, "%s belongs to ", done_name(w));
		user_name(&w->bad, w->st.st_uid);
	} else if (modes_count && (mode & S_IWOTH) != 0) {
		vd_strbuf_printf(&w->bad, "%s is writable by others (mode %04o)", done_name(w),
				bits);
	} else if (modes_count && (mode & S_IWGRP) != 0 && w->st.st_gid != 0) {
		vd_strbuf_printf(&w->bad, "%s is writable by its group (mode %04o)", done_name(w),
				bits);
	}
}

static void
done_drop(struct walk *w)
{
	while (w->done.len > 0 && w->done.s[--w->done.len] != '/')
		;
	if (w->done.s != NULL)
		w->done.s[w->done.len] = '\0';
}

/* 0 or -errno. The link was the last of done, rest is what follows it. */
static int
link_follow(struct walk *w, const char *rest)
{
	struct vd_strbuf todo = {0};
	char target[PATH_MAX];
	ssize_t n;

	if (++w->links > LINKS_MAX)
		return -ELOOP;
	n = readlink(w->done.s, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (target[0] == '/')
		vd_strbuf_reset(&w->done);
	else
		done_drop(w);
	vd_strbuf_printf(&todo, "%s/%s", target, rest);
	free(w->todo);
	w->todo = vd_strbuf_take(&todo);
	return 0;
}

/* One component of todo; 0, 1 when there is none left, or -errno. */
static int
step(struct walk *w)
{
	char *name = w->todo + strspn(w->todo, "/"), *rest;
	size_t len = strcspn(name, "/");

	if (len == 0)
		return 1;
	if (!S_ISDIR(w->st.st_mode))
		return -ENOTDIR;
	if (!may_execute(w))
		return -EACCES;
	rest = name + len;
	if (len == 2 && memcmp(name, "..", 2) == 0) {
		done_drop(w);
	} else if (len != 1 || name[0] != '.') {
		vd_strbuf_putc(&w->done, '/');
		vd_strbuf_add(&w->done, name, len);
	}
	if (lstat(done_name(w), &w->st) != 0)
		return -errno;
	look_for_danger(w);
	if (S_ISLNK(w->st.st_mode)) {
		int err = link_follow(w, rest);

		/* What it points to is looked at from the folder that done is now. */
		return err != 0 ? err : lstat(done_name(w), &w->st) != 0 ? -errno : 0;
	}
	memmove(w->todo, rest, strlen(rest) + 1);
	return 0;
}

/* 0 or -errno; then done is the component that stopped it. */
static int
walk_path(struct walk *w, const char *path)
{
	struct vd_strbuf todo = {0};
	char here[PATH_MAX];
	int err;

	if (path[0] != '/') {
		if (getcwd(here, sizeof(here)) == NULL)
			return -errno;
		vd_strbuf_printf(&todo, "%s/", here);
	}
	vd_strbuf_puts(&todo, path);
	w->todo = vd_strbuf_take(&todo);
	if (lstat("/", &w->st) != 0)
		return -errno;
	look_for_danger(w);
	do
		err = step(w);
	while (err == 0);
	return err < 0 ? err : 0;
}

static void
walk_as(struct walk *w, const struct vd_io_user *user)
{
	w->uid = user->has ? user->uid : geteuid();
	w->gid = user->has ? user->gid : getegid();
	if (w->uid == geteuid() && w->gid == getegid())
		w->n_groups = getgroups(GROUPS_MAX, w->groups);
}

static bool
runs_as_root(const struct walk *w)
{
	const struct stat *st = &w->st;

	return w->uid == 0 || w->gid == 0 || (st->st_uid == 0 && (st->st_mode & S_ISUID) != 0) ||
			(st->st_gid == 0 && (st->st_mode & S_ISGID) != 0);
}

static struct vd_io_script
judge(struct walk *w, const char *path, struct vd_strbuf *why)
{
	struct vd_io_script out = {VD_IO_SCRIPT_OK, false};
	int err = walk_path(w, path);

	if (err == -ENOENT) {
		vd_strbuf_printf(why, "%s does not exist", path);
		return (struct vd_io_script){VD_IO_SCRIPT_NOT_FOUND, false};
	}
	if (err == -EACCES) {
		vd_strbuf_printf(why, "%s cannot be reached: %s may not be entered by ", path,
				done_name(w));
		user_name(why, w->uid);
		return (struct vd_io_script){VD_IO_SCRIPT_NOT_FOUND, false};
	}
	if (err != 0) {
		vd_strbuf_printf(why, "%s cannot be reached: %s: %s", path, done_name(w),
				strerror(-err));
		return (struct vd_io_script){VD_IO_SCRIPT_NOT_FOUND, false};
	}
	if (!S_ISREG(w->st.st_mode)) {
		vd_strbuf_printf(why, "%s is not a file", path);
		return (struct vd_io_script){VD_IO_SCRIPT_NOT_EXECUTABLE, false};
	}
	if (!may_execute(w)) {
		vd_strbuf_printf(why, "%s may not be executed by ", path);
		user_name(why, w->uid);
		vd_strbuf_printf(why, " (mode %04o)", (unsigned int)w->st.st_mode & 07777);
		return (struct vd_io_script){VD_IO_SCRIPT_NOT_EXECUTABLE, false};
	}
	out.as_root = runs_as_root(w);
	if (out.as_root && w->bad.len != 0) {
		vd_strbuf_printf(why, "%s runs as root, and %s", path, w->bad.s);
		out.verdict = VD_IO_SCRIPT_INSECURE;
	}
	return out;
}

struct vd_io_script
vd_io_script_check(const char *command, const struct vd_io_user *user, struct vd_strbuf *why)
{
	struct vd_io_script out = {VD_IO_SCRIPT_NO_COMMAND, false};
	char **words = vd_io_words_split(command, NULL), *path;
	struct walk w = {0};

	if (words == NULL) {
		vd_strbuf_printf(why, "no program, or a quote that is never closed, in: %s",
				command);
		return out;
	}
	path = io_program_find(words[0]);
	if (path == NULL) {
		vd_strbuf_printf(why, "%s is in no folder of PATH", words[0]);
		out.verdict = VD_IO_SCRIPT_NOT_FOUND;
	} else {
		walk_as(&w, user);
		out = judge(&w, path, why);
	}
	vd_strbuf_free(&w.done);
	vd_strbuf_free(&w.bad);
	free(w.todo);
	free(path);
	free(words);
	return out;
}
