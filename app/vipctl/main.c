/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vipctl.h"

static void
usage(FILE *out)
{
	fputs("usage: vipctl [-n NAME] [-j] [-e] [COMMAND ...]\n"
	      "  -n, --instance NAME   the vipd to talk to (socket /run/vipd/NAME.sock; default "
	      "vipd),\n"
	      "                        or the path of its socket\n"
	      "  -j, --json            print one JSON object instead of text\n"
	      "  -e, --exit-on-error   from a pipe, stop at the first line that fails\n"
	      "  -V, --version   -h, --help\n"
	      "With a COMMAND, runs it; try `vipctl help`. With none, an interactive console; from "
	      "a pipe, each\n"
	      "line is run. Exit code: 0 done, 1 refused or failed, 2 no such command or wrong "
	      "words, 3 no vipd\n"
	      "answers.\n",
			out);
}

/* The socket of an instance; a name with a slash is the path itself. */
static int
find_socket(struct vipctl *v)
{
	const char *dir = getenv("VIPD_RUN_DIR");
	int n;

	if (dir == NULL || dir[0] != '/')
		dir = "/run/vipd";
	if (strchr(v->instance, '/') != NULL)
		n = snprintf(v->path, sizeof(v->path), "%s", v->instance);
	else
		n = snprintf(v->path, sizeof(v->path), "%s/%s.sock", dir, v->instance);
	if (v->instance[0] == '\0' || n >= (int)sizeof(v->path)) {
		fprintf(stderr,
				"vipctl: -n: expected the name of an instance, or the path of a "
				"socket of at most 107 characters\n");
		return VD_CLI_STATUS_WRONG;
	}
	return 0;
}

/* -1 to go on, else the exit code. */
static int
read_options(struct vipctl *v, int argc, char **argv)
{
	static const struct option options[] = {
			{"instance", required_argument, NULL, 'n'},
			{"json", no_argument, NULL, 'j'},
			{"exit-on-error", no_argument, NULL, 'e'},
			{"version", no_argument, NULL, 'V'},
			{"help", no_argument, NULL, 'h'},
			{0},
	};
	int c;

	/* "+": what follows the first word belongs to the command. */
	while ((c = getopt_long(argc, argv, "+n:jeVh", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			v->instance = optarg;
			break;
		case 'j':
			v->json = true;
			break;
		case 'e':
			v->stop_at_error = true;
			break;
		case 'V':
			puts("vipctl " VD_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return VD_CLI_STATUS_WRONG;
		}
	}
	return find_socket(v) == 0 ? -1 : VD_CLI_STATUS_WRONG;
}

/* Trailing options, as people write them: "vipctl show port -j". */
static int
take_trailing(struct vipctl *v, int argc, char **argv)
{
	while (argc > optind + 1 &&
			(strcmp(argv[argc - 1], "-j") == 0 ||
					strcmp(argv[argc - 1], "--json") == 0)) {
		v->json = true;
		argc--;
	}
	return argc;
}

static int
run_words(struct vipctl *v, char *const *words, size_t n)
{
	struct vd_strbuf line = {0};
	int rc;

	/* One argument is a line as it stands: vipctl "show port eth0". */
	if (n == 1)
		vd_strbuf_puts(&line, words[0]);
	else
		vd_cli_join(words, n, &line);
	if (line.len >= VD_CLI_LINE_MAX) {
		fprintf(stderr, "the line is longer than %d characters\n", VD_CLI_LINE_MAX - 1);
		rc = VD_CLI_STATUS_WRONG;
	} else {
		rc = vipctl_run(v, line.s, NULL);
	}
	vd_strbuf_free(&line);
	return rc;
}

int
main(int argc, char **argv)
{
	struct vipctl v = {.instance = "vipd", .fd = -1};
	int rc = read_options(&v, argc, argv);

	if (rc >= 0)
		return rc;
	argc = take_trailing(&v, argc, argv);
	if (optind < argc)
		rc = run_words(&v, argv + optind, (size_t)(argc - optind));
	else if (isatty(STDIN_FILENO))
		rc = vipctl_console(&v);
	else
		rc = vipctl_pipe(&v);
	vipctl_disconnect(&v);
	return rc;
}
