/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vipd.h"

#define INSTANCE_MAX 32

enum {
	OPT_STRICT = 256,
	OPT_DUMP,
	OPT_CONFIG_ID,
	OPT_CMDLINE,
};

static const struct option long_options[] = {
		{"config", required_argument, NULL, 'f'},
		{"dataplane", required_argument, NULL, 'd'},
		{"instance", required_argument, NULL, 'n'},
		{"config-test", no_argument, NULL, 't'},
		{"strict", no_argument, NULL, OPT_STRICT},
		{"dump-config", required_argument, NULL, OPT_DUMP},
		{"config-id", required_argument, NULL, OPT_CONFIG_ID},
		{"interactive", no_argument, NULL, 'i'},
		{"cmdline-file", required_argument, NULL, OPT_CMDLINE},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
};

static void
help(FILE *to)
{
	fputs("vipd [EAL options --] [options]\n"
	      "  -f, --config FILE         services: keepalived.conf syntax, or JSON if the name "
	      "ends in .json\n"
	      "                            (default /etc/vipd/vipd.conf)\n"
	      "  -d, --dataplane FILE      this box: lcores, memory, ports (default "
	      "/etc/vipd/dataplane.json)\n"
	      "  -n, --instance NAME       default vipd: control socket /run/vipd/NAME.sock, EAL "
	      "file prefix, log name\n"
	      "  -t, --config-test         check both files, print every problem, exit\n"
	      "      --strict              warnings count as errors for -t\n"
	      "      --dump-config FORM    print the effective configuration, FORM = json | "
	      "keepalived, and exit\n"
	      "      --config-id ID        for @id lines (default: host name up to the first dot)\n"
	      "  -i, --interactive         console on stdin and stdout; end of input or quit stops "
	      "vipd\n"
	      "      --cmdline-file FILE   run console commands at start; stop at the first that "
	      "fails\n"
	      "  -V, --version   -h, --help\n"
	      "exit codes: 0 stopped as asked or configuration good; 1 fatal; 2 wrong command "
	      "line;\n"
	      "            4 file missing or unreadable; 5 configuration error; 6 insecure "
	      "script\n",
			to);
}

static bool
instance_ok(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > INSTANCE_MAX || name[0] == '.' || name[0] == '-')
		return false;
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && strchr("_-.", *name) == NULL)
			return false;
	return true;
}

static int
usage(const char *text, const char *word)
{
	fprintf(stderr, "vipd: %s%s (vipd --help)\n", text, word);
	return VIPD_EXIT_USAGE;
}

static int
option_take(struct vipd_options *o, int opt, const char *arg)
{
	switch (opt) {
	case 'f':
		o->config = arg;
		return -1;
	case 'd':
		o->dataplane = arg;
		o->dataplane_given = true;
		return -1;
	case 'n':
		o->instance = arg;
		return instance_ok(arg)
				? -1
				: usage("an instance name has 1 to 32 letters, digits, '_', "
					"'-' and '.': ",
						  arg);
	case 't':
		o->test = true;
		return -1;
	case OPT_STRICT:
		o->strict = true;
		return -1;
	case OPT_DUMP:
		o->dump = strcmp(arg, "json") == 0 ? VIPD_DUMP_JSON : VIPD_DUMP_KEEPALIVED;
		if (o->dump == VIPD_DUMP_KEEPALIVED && strcmp(arg, "keepalived") != 0)
			return usage("--dump-config takes json or keepalived, not ", arg);
		return -1;
	case OPT_CONFIG_ID:
		o->config_id = arg;
		return -1;
	case 'i':
		o->interactive = true;
		return -1;
	case OPT_CMDLINE:
		o->cmdline_file = arg;
		return -1;
	case 'V':
		puts("vipd " VD_VERSION);
		return VIPD_EXIT_OK;
	case 'h':
		help(stdout);
		return VIPD_EXIT_OK;
	case ':':
		return usage("an argument is missing after ", arg);
	default:
		return usage("unknown option ", arg);
	}
}

int
vipd_options_parse(int argc, char **argv, struct vipd_options *o)
{
	int first = 0, opt, code;

	memset(o, 0, sizeof(*o));
	o->program = argv[0];
	o->config = "/etc/vipd/vipd.conf";
	o->dataplane = "/etc/vipd/dataplane.json";
	o->instance = "vipd";
	for (int i = 1; i < argc && first == 0; i++)
		if (strcmp(argv[i], "--") == 0)
			first = i;
	if (first != 0) {
		o->eal_given = true;
		o->eal = argv + 1;
		o->n_eal = first - 1;
		argv[first] = argv[0]; /* getopt's messages begin with it */
		argv += first;
		argc -= first;
	}
	opterr = 0; /* one line of ours instead */
	while ((opt = getopt_long(argc, argv, ":f:d:n:tiVh", long_options, NULL)) != -1) {
		/* An unknown one: getopt has moved past it, but not past a cluster of letters. */
		code = option_take(o, opt, opt == '?' || opt == ':' ? argv[optind - 1] : optarg);
		if (code >= 0)
			return code;
	}
	if (optind < argc)
		return usage("unexpected word ", argv[optind]);
	return -1;
}
