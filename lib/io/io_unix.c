/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vd_alloc.h"
#include "vd_io_file.h"
#include "vd_io_unix.h"

#define BACKLOG 64

const char *
vd_io_run_dir(void)
{
	const char *dir = getenv("VIPD_RUN_DIR");

	return dir != NULL && dir[0] == '/' ? dir : "/run/vipd";
}

static int
make_folder_of(const char *path)
{
	char *dir = vd_xstrdup(path), *slash = strrchr(dir, '/');
	int err = 0;

	if (slash != NULL && slash != dir) {
		*slash = '\0';
		err = vd_io_mkdirs(dir, 0755);
	}
	free(dir);
	return err;
}

int
vd_io_unix_lock(const char *path)
{
	char name[PATH_MAX];
	int err, fd;

	err = make_folder_of(path);
	if (err != 0)
		return err;
	if ((size_t)snprintf(name, sizeof(name), "%s.lock", path) >= sizeof(name))
		return -ENAMETOOLONG;
	for (;;) {
		struct stat mine, there;

		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			err = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
			close(fd);
			return err;
		}
		/* The owner before may have taken the file away between our open and our lock: then ours locks nothing. */
		if (fstat(fd, &mine) == 0 && stat(name, &there) == 0 &&
				mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
			return fd;
		close(fd);
	}
}

void
vd_io_unix_unlock(const char *path, int fd)
{
	char name[PATH_MAX];

	if ((size_t)snprintf(name, sizeof(name), "%s.lock", path) < sizeof(name))
		(void)unlink(name);
	close(fd);
}

static int
address_of(const char *path, struct sockaddr_un *un)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(un->sun_path))
		return -ENAMETOOLONG;
	strcpy(un->sun_path, path);
	return 0;
}

int
vd_io_unix_connect(const char *path)
{
	struct sockaddr_un un;
	int err, fd;

	err = address_of(path, &un);
	if (err != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) != 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* 0 when path is free, or held a socket on which nobody answers, which is then removed. */
static int
clear_stale(const char *path)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EADDRINUSE;
	fd = vd_io_unix_connect(path);
	if (fd >= 0)
		close(fd);
	/* EAGAIN: its backlog is full, so someone is there. */
	if (fd >= 0 || fd == -EAGAIN)
		return -EADDRINUSE;
	if (fd != -ECONNREFUSED)
		return fd;
	return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
}

int
vd_io_unix_listen(const char *path, mode_t mode, gid_t group)
{
	struct sockaddr_un un;
	int err, fd;

	err = address_of(path, &un);
	if (err == 0)
		err = make_folder_of(path);
	if (err == 0)
		err = clear_stale(path);
	if (err != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Between bind and listen nobody can connect, so mode and group are in force for the first client. */
	if (bind(fd, (const struct sockaddr *)&un, sizeof(un)) != 0) {
		err = -errno;
		close(fd);
		return err;
	}
	if (chmod(path, mode) != 0 || (group != (gid_t)-1 && chown(path, (uid_t)-1, group) != 0) ||
			listen(fd, BACKLOG) != 0) {
		err = -errno;
		unlink(path);
		close(fd);
		return err;
	}
	return fd;
}
