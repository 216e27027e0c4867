/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vd_alloc.h"
#include "vd_io_file.h"
#include "vd_vec.h"

int
vd_io_file_read(const char *path, size_t max, struct vd_strbuf *out)
{
	char chunk[16384];
	size_t total = 0;
	int err = 0, fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		total += (size_t)n;
		if (total > max) {
			err = -EFBIG;
			break;
		}
		vd_strbuf_add(out, chunk, (size_t)n);
	}
	close(fd);
	return err;
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int
vd_io_file_write(const char *path, const void *bytes, size_t n, mode_t mode)
{
	struct vd_strbuf name = {0};
	int err, fd;

	vd_strbuf_printf(&name, "%s.XXXXXX", path);
	fd = mkostemp(name.s, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		vd_strbuf_free(&name);
		return err;
	}
	err = write_all(fd, bytes, n);
	if (err == 0 && fchmod(fd, mode) != 0)
		err = -errno;
	if (close(fd) != 0 && err == 0)
		err = -errno;
	if (err == 0 && rename(name.s, path) != 0)
		err = -errno;
	if (err != 0)
		unlink(name.s);
	vd_strbuf_free(&name);
	return err;
}

int
vd_io_file_poke(const char *path, const char *text)
{
	int err, fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, strlen(text));
	close(fd);
	return err;
}

static int glob_errno;

static int
glob_failed(const char *path, int err)
{
	(void)path;
	if (glob_errno == 0)
		glob_errno = err;
	return 0;
}

int
vd_io_glob(const char *pattern, struct vd_io_names *out)
{
	glob_t g;
	int r;

	glob_errno = 0;
	r = glob(pattern, GLOB_BRACE | GLOB_MARK, glob_failed, &g);
	if (r == GLOB_NOMATCH)
		return glob_errno == EACCES ? -EACCES : 0;
	if (r != 0)
		return glob_errno != 0 ? -glob_errno : -ENOMEM;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *p = g.gl_pathv[i];

		/* GLOB_MARK: a folder ends in a slash, and is not what an include means. */
		if (p[0] == '\0' || p[strlen(p) - 1] == '/')
			continue;
		if (out->n == out->cap)
			vd_vec_grow((void **)&out->v, &out->cap, sizeof(*out->v));
		out->v[out->n++] = vd_xstrdup(p);
	}
	globfree(&g);
	return 0;
}

void
vd_io_names_free(struct vd_io_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	vd_vec_free(names);
}

int
vd_io_mkdirs(const char *path, mode_t mode)
{
	char *copy = vd_xstrdup(path);
	int err = 0;

	for (char *p = copy + 1; err == 0; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) != 0 && errno != EEXIST)
			err = -errno;
		*p = c;
		if (c == '\0')
			break;
	}
	free(copy);
	return err;
}

int
vd_io_exe_dir(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size);
	char *slash;

	if (n < 0)
		return -errno;
	if ((size_t)n >= size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	slash = strrchr(buf, '/');
	if (slash != NULL)
		*slash = '\0';
	return 0;
}
