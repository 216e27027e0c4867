/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_EDIT_H
#define VD_EDIT_H

/*
 * Editing of command lines on a terminal, for `vipd -i` and vipctl: libedit with history, TAB and `?`. It never blocks: the
 * owner waits until the input is readable, by an event loop or by poll(2), and asks for the line.
 *
 * One thread; one editor per process (libedit changes the terminal's modes).
 */

#include <stdbool.h>
#include <stdio.h>

#include "vd_cli.h"

struct vd_edit;

struct vd_edit_config {
	const char *program; /* name in ~/.editrc */
	const char *prompt;
	const char *history; /* file, loaded and saved; NULL = none */
	bool signals;        /* restore the terminal when a signal ends the process */
	FILE *in, *out;
	/* Candidates at the end of line; out is zeroed. */
	void (*complete)(void *ctx, const char *line, struct vd_cli_candidates *out);
	void *ctx;
};

enum vd_edit_event {
	VD_EDIT_MORE, /* no whole line yet */
	VD_EDIT_LINE,
	VD_EDIT_END, /* Ctrl-D on an empty line, or the terminal is gone */
};

/* NULL with errno set. */
struct vd_edit *vd_edit_open(const struct vd_edit_config *config);
/* Restores the terminal and saves the history. NULL is allowed. */
void vd_edit_close(struct vd_edit *e);

/* Shows the prompt and takes the terminal for editing. */
void vd_edit_start(struct vd_edit *e);
/* The input is readable. A line has no newline, is valid until the next call, and ends the editing: start again. */
enum vd_edit_event vd_edit_read(struct vd_edit *e, const char **line);
/* Gives the terminal back, as while a command runs. */
void vd_edit_stop(struct vd_edit *e);
/* start, wait and read until there is a line or the end. */
enum vd_edit_event vd_edit_wait(struct vd_edit *e, const char **line);

#endif
