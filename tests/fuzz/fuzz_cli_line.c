/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_cli.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
values(void *ctx, enum vd_cli_kind kind, const struct vd_cli_call *before,
		struct vd_cli_candidates *out)
{
	(void)ctx;
	if (before->command == NULL)
		abort();
	vd_cli_candidate_add(out, kind == VD_CLI_KIND_PORT ? "a port" : "192.0.2.1:80", NULL);
}

/* A line that is refused says why; what completion offers may be typed. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vd_cli_lookup lookup = {values, NULL};
	static struct vd_cli *cli;
	struct vd_strbuf out = {0}, err = {0};
	struct vd_cli_candidates c;
	struct vd_cli_call call;
	char *line;

	if (cli == NULL)
		cli = vd_cli_new(NULL, 0);
	line = malloc(size + 1);
	if (line == NULL)
		return 0;
	if (size > 0)
		memcpy(line, data, size);
	line[size] = '\0';
	if (vd_cli_parse(cli, line, &call, &err) == 0) {
		if (call.n_topics > 0)
			(void)vd_cli_help(cli, call.topic, call.n_topics, &out, &err);
		vd_cli_call_free(&call);
	} else if (err.len == 0) {
		abort();
	}
	(void)vd_cli_is_question(line);
	vd_cli_complete(cli, line, &lookup, &c);
	if (c.start > strlen(line))
		abort();
	vd_cli_candidates_extend(&c, line, &out);
	vd_cli_candidates_print(&c, &out);
	vd_cli_candidates_free(&c);
	vd_strbuf_free(&out);
	vd_strbuf_free(&err);
	free(line);
	return 0;
}
