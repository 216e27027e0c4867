/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VIPD_H
#define VIPD_H

/* What the files of the program share: its options, and the two files it reads. */

#include <stdbool.h>

#include "vd_diag.h"
#include "vd_model.h"
#include "vd_model_dataplane.h"

enum vipd_exit {
	VIPD_EXIT_OK = 0,
	VIPD_EXIT_FATAL = 1,  /* a device, a permission, memory */
	VIPD_EXIT_USAGE = 2,  /* wrong command line, or EAL refuses its options */
	VIPD_EXIT_FILE = 4,   /* a file is missing or unreadable */
	VIPD_EXIT_CONFIG = 5, /* configuration error */
	VIPD_EXIT_SCRIPT = 6, /* a script is insecure */
};

enum vipd_dump {
	VIPD_DUMP_NONE,
	VIPD_DUMP_JSON,
	VIPD_DUMP_KEEPALIVED,
};

struct vipd_options {
	const char *program;
	const char *config, *dataplane, *instance, *config_id, *cmdline_file;
	bool dataplane_given;
	bool test, strict, interactive;
	enum vipd_dump dump;
	/* What stood before "--". */
	bool eal_given;
	char *const *eal;
	int n_eal;
};

/* -1: go on; otherwise the exit code (after --help, --version, or a wrong word, which was said on stderr). */
int vipd_options_parse(int argc, char **argv, struct vipd_options *out);

struct vipd_files {
	struct vd_model *model;
	struct vd_dataplane *dataplane;
};

/*
 * Reads and checks both files; config NULL = the one of the options. 0 or the exit code; diags has every problem. What was
 * read stays in out in both cases; the caller frees it.
 */
int vipd_files_load(const struct vipd_options *o, const char *config, struct vipd_files *out,
		struct vd_diag_list *diags);
/* The scripts that the model names. False: one is insecure, and enable_script_security forbids that. */
bool vipd_scripts_check(const struct vd_model *m, struct vd_diag_list *diags);
void vipd_files_free(struct vipd_files *f);
/* Every problem, to stderr; without notes unless asked for. */
void vipd_diags_print(const struct vd_diag_list *diags, bool notes);

#endif
