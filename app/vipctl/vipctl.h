/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VIPCTL_H
#define VIPCTL_H

/* vipctl: a thin client. Lines are parsed, completed and run by vipd; this side knows frames and the terminal. */

#include <stdbool.h>

#include "vd_cli_proto.h"

#define VIPCTL_NO_VIPD 3

struct vipctl {
	const char *instance;
	char path[108]; /* of the socket */
	bool json, stop_at_error;
	int fd; /* -1 = not connected */
	struct vd_cli_decoder decoder;
};

/*
 * Asks vipd, connecting first where needed. 0 with the reply, valid until the next request; or VIPCTL_NO_VIPD after a
 * line on stderr.
 */
int
vipctl_request(struct vipctl *v, const char *line, unsigned int flags, struct vd_cli_reply *reply);
void vipctl_disconnect(struct vipctl *v);

/* Runs a line and prints its output. where is printed before an error, or NULL. vipctl's exit code for it. */
int vipctl_run(struct vipctl *v, const char *line, const char *where);

/* The console on a terminal, and lines from a pipe. Exit codes. */
int vipctl_console(struct vipctl *v);
int vipctl_pipe(struct vipctl *v);

#endif
