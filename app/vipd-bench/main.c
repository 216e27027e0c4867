/* SPDX-License-Identifier: BSD-3-Clause */
/* Measures vipd's data plane: one child process per row, so that each starts from nothing. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static const char *const files[] = {"dataplane.json", "vipd.conf", BENCH_FLAP_FILE};

static void
files_remove(const char *folder)
{
	char path[300];

	for (size_t i = 0; i < VD_ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static void
child(const struct bench_options *o, struct bench_row *row, const char *folder)
{
	/* Whoever ends vipd-bench ends the measurement. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	bench_row_measure(o, row, folder);
	fflush(NULL);
	_exit(0);
}

static void
measure(const struct bench_options *o, struct bench_row *row)
{
	char folder[] = "/tmp/vipd-bench.XXXXXX";
	int status = 0;
	pid_t pid;

	if (mkdtemp(folder) == NULL) {
		(void)snprintf(row->error, sizeof(row->error), "%s: %s", folder, strerror(errno));
		return;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		child(o, row, folder);
	if (pid < 0)
		(void)snprintf(row->error, sizeof(row->error), "fork: %s", strerror(errno));
	else
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	if (pid > 0 && WIFSIGNALED(status)) {
		row->done = false;
		(void)snprintf(row->error, sizeof(row->error), "ended by signal %d",
				WTERMSIG(status));
	}
	if (o->keep)
		fprintf(stderr, "files in %s\n", folder);
	else
		files_remove(folder);
}

/* Rows live in memory that children write to. */
static struct bench_row *
share(struct bench_row *rows, size_t n)
{
	struct bench_row *s = mmap(NULL, n * sizeof(*s), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED) {
		fprintf(stderr, "vipd-bench: no memory\n");
		exit(1);
	}
	memcpy(s, rows, n * sizeof(*s));
	return s;
}

int
main(int argc, char **argv)
{
	struct bench_options o;
	struct bench_row *list = NULL, *rows;
	size_t n = 0;
	int code = bench_options_parse(argc, argv, &o, &list, &n);

	if (code >= 0)
		return code;
	rows = share(list, n);
	free(list);
	if (!o.json)
		bench_print_head();
	code = 0;
	for (size_t i = 0; i < n; i++) {
		measure(&o, &rows[i]);
		if (!o.json)
			bench_print_row(&o, &rows[i]);
		else if (!rows[i].done)
			fprintf(stderr, "vipd-bench: %s: %s\n", bench_case_names[rows[i].what],
					rows[i].error);
		if (!rows[i].done)
			code = 1;
	}
	if (o.json)
		bench_print_json(&o, rows, n);
	return code;
}
