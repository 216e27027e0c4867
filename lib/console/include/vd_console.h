/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CONSOLE_H
#define VD_CONSOLE_H

/*
 * The console: runs command lines on the main thread's event loop, for clients of the control socket, for the person at
 * `vipd -i`, and from a --cmdline-file. What it prints comes from vd_ctl.h; every command makes one JSON object, and the
 * text for people is made from that object. Nothing here waits: a slow command (a listing of connections, explain) ends in
 * a callback, and other clients are served meanwhile.
 *
 * Main thread only. Stop it before ctl is shut down.
 */

#include <stdbool.h>

#include "vd_strbuf.h"

struct vd_console;
struct vd_ctl;
struct vd_io_loop;

struct vd_console_config {
	struct vd_io_loop *loop;
	struct vd_ctl *ctl;
	const char *socket_path;  /* NULL = no control socket */
	bool interactive;         /* -i: lines from stdin; their end stops vipd */
	const char *cmdline_file; /* run before the first line of stdin; NULL = none */
	/* The effective configuration, as --dump-config prints it. */
	void (*dump_config)(void *ctx, bool json, struct vd_strbuf *out);
	/*
	 * A line of the cmdline file failed (its reason is on stderr): vipd is to stop with this exit code, 1 for a command that
	 * was refused or failed, 2 for wrong words.
	 */
	void (*cmdline_failed)(void *ctx, int code);
	void *ctx;
};

/*
 * Opens the socket, reads the cmdline file and starts to run its lines. NULL with a sentence in why, errno is then of the
 * call that failed (of the cmdline file's read: ENOENT, EACCES, ...). config is copied; its texts must stay.
 */
struct vd_console *vd_console_start(const struct vd_console_config *config, struct vd_strbuf *why);
/* Closes every client and restores the terminal. Commands that still run end without a word. NULL is allowed. */
void vd_console_stop(struct vd_console *c);

#endif
