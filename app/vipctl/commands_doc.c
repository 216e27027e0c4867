/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints docs/commands.md or docs/vipctl.1 from the table of commands; scripts/commands.sh calls it. */
#include <stdio.h>
#include <string.h>

#include "vd_cli.h"

int
main(int argc, char **argv)
{
	struct vd_cli *cli = vd_cli_new(NULL, 0);
	struct vd_strbuf out = {0};

	if (argc == 2 && strcmp(argv[1], "markdown") == 0)
		vd_cli_doc_markdown(cli, &out);
	else if (argc == 2 && strcmp(argv[1], "man") == 0)
		vd_cli_doc_man(cli, &out);
	if (out.s == NULL) {
		fprintf(stderr, "usage: commands-doc markdown|man\n");
		return 2;
	}
	fputs(out.s, stdout);
	vd_strbuf_free(&out);
	vd_cli_free(cli);
	return 0;
}
