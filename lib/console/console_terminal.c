/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vd_alloc.h"
#include "vd_edit.h"
#include "vd_io_file.h"

#include "console_priv.h"

/*
 * The person, or the file, in front of this process: first the lines of --cmdline-file, then, with -i, those of stdin,
 * one at a time. stdin is edited when it is a terminal and read as it comes when it is not.
 */
struct console_terminal {
	struct vd_console *console;
	struct vd_strbuf lines; /* read and not yet run */
	size_t at;
	bool from_file; /* lines are of the cmdline file */
	unsigned long number;
	bool ended; /* nothing more will come */
	bool watching, busy, running, quitting;
	struct console_job *job;
	struct vd_edit *edit;
	struct vd_io_fd input;
	struct vd_io_task task;
};

static void run_lines(struct console_terminal *t);

static void
complete(void *ctx, const char *line, struct vd_cli_candidates *out)
{
	struct console_terminal *t = ctx;

	vd_cli_complete(t->console->cli, line, &t->console->lookup, out);
}

static void
print(struct console_terminal *t, const struct console_job *job)
{
	if (job->out.len > 0)
		fwrite(job->out.s, 1, job->out.len, stdout);
	fflush(stdout);
	if (job->err.len == 0)
		return;
	if (t->from_file)
		fprintf(stderr, "%s:%lu: ", t->console->config.cmdline_file, t->number);
	fputs(job->err.s, stderr);
}

static void
next(struct vd_io_task *task)
{
	run_lines(task->ctx);
}

static void
on_done(void *ctx, struct console_job *job)
{
	struct console_terminal *t = ctx;
	const struct vd_console_config *config = &t->console->config;

	t->busy = false;
	t->job = NULL;
	print(t, job);
	if (job->call.command != NULL && job->call.command->id == VD_CLI_QUIT)
		t->quitting = true;
	if (t->from_file && job->status != VD_CLI_STATUS_DONE) {
		t->quitting = true;
		if (config->cmdline_failed != NULL)
			config->cmdline_failed(config->ctx, (int)job->status);
	}
	if (!t->running)
		vd_io_loop_defer(config->loop, &t->task, next, t);
}

static void
run_line(struct console_terminal *t, const char *line)
{
	struct console_job *job;

	t->busy = true;
	job = console_run(t->console, line, 0, on_done, t);
	if (t->busy)
		t->job = job;
}

/* The next whole line of what was read, or NULL. */
static char *
take_line(struct console_terminal *t)
{
	char *line, *end;

	if (t->at >= t->lines.len)
		return NULL;
	line = t->lines.s + t->at;
	end = memchr(line, '\n', t->lines.len - t->at);
	if (end == NULL && !t->ended && !t->from_file)
		return NULL;
	t->at = end == NULL ? t->lines.len : (size_t)(end - t->lines.s) + 1;
	if (end != NULL)
		*end = '\0';
	t->number++;
	return line;
}

static void
on_key(struct vd_io_fd *h, unsigned int events)
{
	struct console_terminal *t = h->ctx;
	const char *line;

	(void)events;
	switch (vd_edit_read(t->edit, &line)) {
	case VD_EDIT_MORE:
		return;
	case VD_EDIT_LINE:
		vd_io_fd_del(h);
		t->watching = false;
		run_line(t, line);
		return;
	case VD_EDIT_END:
		vd_io_fd_del(h);
		t->watching = false;
		t->ended = true;
		vd_edit_stop(t->edit);
		putchar('\n');
		fflush(stdout);
		run_lines(t);
		return;
	}
}

static void
on_input(struct vd_io_fd *h, unsigned int events)
{
	struct console_terminal *t = h->ctx;
	char buf[4096];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	(void)events;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	vd_io_fd_del(h);
	t->watching = false;
	if (n <= 0)
		t->ended = true;
	else
		vd_strbuf_add(&t->lines, buf, (size_t)n);
	run_lines(t);
}

/* Waits for more; a regular file, which epoll refuses, is read to its end at once. */
static void
watch(struct console_terminal *t)
{
	int rc;

	if (t->edit != NULL)
		vd_edit_start(t->edit);
	rc = vd_io_fd_add(t->console->config.loop, &t->input, STDIN_FILENO, VD_IO_READ,
			t->edit != NULL ? on_key : on_input, t);
	t->watching = rc == 0;
	if (rc == 0)
		return;
	(void)vd_io_file_read("/dev/stdin", VD_IO_FILE_MAX, &t->lines);
	t->ended = true;
	vd_io_loop_defer(t->console->config.loop, &t->task, next, t);
}

/* From the cmdline file to stdin, and from the end of stdin to the end of vipd. */
static void
lines_are_out(struct console_terminal *t)
{
	if (t->from_file) {
		t->from_file = false;
		vd_strbuf_reset(&t->lines);
		t->at = 0;
	}
	if (!t->console->config.interactive)
		return;
	if (t->ended) {
		t->quitting = true;
		vd_ctl_quit(t->console->ctl);
	} else if (!t->watching) {
		watch(t);
	}
}

static void
run_lines(struct console_terminal *t)
{
	char *line = NULL;

	if (t->running)
		return;
	t->running = true;
	while (!t->busy && !t->quitting && (line = take_line(t)) != NULL)
		run_line(t, line);
	t->running = false;
	if (t->busy || t->quitting)
		return;
	/* What is left is the begin of a line. */
	if (!t->from_file && t->at > 0 && t->lines.s != NULL) {
		memmove(t->lines.s, t->lines.s + t->at, t->lines.len - t->at + 1);
		t->lines.len -= t->at;
		t->at = 0;
	}
	lines_are_out(t);
}

static int
open_editor(struct console_terminal *t, struct vd_strbuf *why)
{
	struct vd_edit_config config = {
			.program = "vipd",
			.prompt = "vipd> ",
			.in = stdin,
			.out = stdout,
			.complete = complete,
			.ctx = t,
	};

	if (!t->console->config.interactive || !isatty(STDIN_FILENO))
		return 0;
	t->edit = vd_edit_open(&config);
	if (t->edit != NULL)
		return 0;
	vd_strbuf_printf(why, "the terminal: %s", strerror(errno));
	return -errno;
}

int
console_terminal_open(struct vd_console *c, struct vd_strbuf *why)
{
	const char *file = c->config.cmdline_file;
	struct console_terminal *t;
	int rc = 0;

	if (!c->config.interactive && file == NULL)
		return 0;
	t = vd_xcalloc(1, sizeof(*t));
	t->console = c;
	c->terminal = t;
	if (file != NULL) {
		rc = vd_io_file_read(file, VD_IO_FILE_MAX, &t->lines);
		t->from_file = true;
		if (rc != 0) {
			vd_strbuf_printf(why, "%s: %s", file, strerror(-rc));
			return rc;
		}
	}
	rc = open_editor(t, why);
	if (rc != 0)
		return rc;
	vd_io_loop_defer(c->config.loop, &t->task, next, t);
	return 0;
}

void
console_terminal_close(struct vd_console *c)
{
	struct console_terminal *t = c->terminal;

	if (t == NULL)
		return;
	vd_io_task_cancel(c->config.loop, &t->task);
	if (t->watching)
		vd_io_fd_del(&t->input);
	vd_edit_close(t->edit);
	vd_strbuf_free(&t->lines);
	free(t);
	c->terminal = NULL;
}
