/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_SCRIPT_H
#define VD_IO_SCRIPT_H

/*
 * Can a command of the configuration be run, and may it? What keepalived asks of a script before it runs it: its
 * program (the first word; without a slash it is looked for in PATH) exists, the user that it runs as may execute it,
 * and, where it would run as root, nobody else can put another in its place.
 *
 * The last one looks at every component of the path: each folder, each symbolic link and what it points to, and the
 * file. All must belong to root, and neither their group (unless that is root's) nor others may write to them. As in
 * keepalived a folder with the sticky bit, such as /tmp, may be writable: in there only an owner can replace a file.
 * "As root" is user 0, group 0, or a program that is set-user-id or set-group-id root.
 *
 * Looks at files: main thread, at start and reload. What is there may change afterwards.
 */

#include "vd_io_user.h"
#include "vd_strbuf.h"

enum vd_io_script_verdict {
	VD_IO_SCRIPT_OK,
	VD_IO_SCRIPT_NO_COMMAND,     /* no word, or a quote that is never closed */
	VD_IO_SCRIPT_NOT_FOUND,      /* no such file, or its user cannot reach it */
	VD_IO_SCRIPT_NOT_EXECUTABLE, /* not a file, or its user may not execute it */
	VD_IO_SCRIPT_INSECURE,       /* it could be run, as root, and others can change it */
};

struct vd_io_script {
	enum vd_io_script_verdict verdict;
	bool as_root; /* it could be run, and would run as root */
};

/* A verdict other than OK puts a sentence into why that names the program and what is wrong with it. */
struct vd_io_script
vd_io_script_check(const char *command, const struct vd_io_user *user, struct vd_strbuf *why);

#endif
