/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vd_cli.h"
#include "vd_edit.h"

#include "vipctl.h"

/*
 * `quit`, `exit` and the end of input leave this console and not the director: a habit of the fingers must not take a
 * service down. `vipctl quit` stops vipd.
 */
static bool
leaves(const struct vd_cli *cli, const char *line)
{
	struct vd_strbuf err = {0};
	struct vd_cli_call call;
	bool yes = strcmp(line, "exit") == 0;

	if (!yes && vd_cli_parse(cli, line, &call, &err) == 0) {
		yes = call.command != NULL && call.command->id == VD_CLI_QUIT;
		vd_cli_call_free(&call);
	}
	vd_strbuf_free(&err);
	return yes;
}

static void
complete(void *ctx, const char *line, struct vd_cli_candidates *out)
{
	struct vipctl *v = ctx;
	struct vd_cli_reply reply;

	if (vipctl_request(v, line, VD_CLI_REQUEST_COMPLETE, &reply) == 0)
		(void)vd_cli_candidates_decode(reply.out, out);
}

int
vipctl_console(struct vipctl *v)
{
	struct vd_cli *cli = vd_cli_new(NULL, 0);
	const char *home = getenv("HOME"), *line;
	struct vd_strbuf history = {0};
	struct vd_cli_reply reply;
	struct vd_edit_config config = {
			.program = "vipctl",
			.prompt = "vipd> ",
			.signals = true,
			.in = stdin,
			.out = stdout,
			.complete = complete,
			.ctx = v,
	};
	struct vd_edit *e;
	int rc;

	/* Says at once when there is nobody to talk to. */
	rc = vipctl_request(v, "", 0, &reply);
	if (rc != 0) {
		vd_cli_free(cli);
		return rc;
	}
	if (home != NULL && home[0] == '/') {
		vd_strbuf_printf(&history, "%s/.vipctl_history", home);
		config.history = history.s;
	}
	e = vd_edit_open(&config);
	if (e == NULL) {
		perror("vipctl: the terminal");
		rc = VD_CLI_STATUS_FAILED;
	}
	while (e != NULL && vd_edit_wait(e, &line) == VD_EDIT_LINE && !leaves(cli, line))
		(void)vipctl_run(v, line, NULL);
	vd_edit_close(e);
	vd_strbuf_free(&history);
	vd_cli_free(cli);
	return rc;
}

int
vipctl_pipe(struct vipctl *v)
{
	struct vd_cli *cli = vd_cli_new(NULL, 0);
	char where[32], *line = NULL;
	unsigned long number = 0;
	size_t size = 0;
	ssize_t n;
	int first = 0;

	while ((n = getline(&line, &size, stdin)) >= 0) {
		int rc;

		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		if (leaves(cli, line))
			break;
		snprintf(where, sizeof(where), "line %lu: ", ++number);
		/* Longer than a frame takes: vipd would say so of the part that fits. */
		if ((size_t)n >= VD_CLI_LINE_MAX) {
			fprintf(stderr, "%sthe line is longer than %d characters\n", where,
					VD_CLI_LINE_MAX - 1);
			rc = VD_CLI_STATUS_WRONG;
		} else {
			rc = vipctl_run(v, line, where);
		}
		if (first == 0)
			first = rc;
		if (rc == VIPCTL_NO_VIPD || (rc != 0 && v->stop_at_error))
			break;
	}
	free(line);
	vd_cli_free(cli);
	return first;
}
