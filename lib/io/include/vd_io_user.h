/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_USER_H
#define VD_IO_USER_H

/*
 * Users and groups by their names, and the user that scripts run as when their line names none. Asks the host's
 * databases, which may take its time: main thread, at start and reload.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "vd_strbuf.h"

/* Where script_user is not given and this user exists, scripts run as it. */
#define VD_IO_SCRIPT_USER "keepalived_script"

struct vd_io_user {
	bool known; /* false: there is no such user, so nothing may run as it */
	bool has;   /* false: as this process runs */
	uid_t uid;
	gid_t gid;
};

/* False, a sentence in why, and nothing known: there is no such user or group. group NULL: the user's own. */
bool
vd_io_user_find(struct vd_io_user *u, const char *user, const char *group, struct vd_strbuf *why);
/* The default of scripts: user and group of script_user; user NULL: keepalived_script if it exists, else as we run. */
bool
vd_io_user_script(struct vd_io_user *u, const char *user, const char *group, struct vd_strbuf *why);
/* The user that a line names; user NULL: def. */
bool vd_io_user_of_line(struct vd_io_user *u, const char *user, const char *group,
		const struct vd_io_user *def, struct vd_strbuf *why);

#endif
