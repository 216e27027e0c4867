/* SPDX-License-Identifier: BSD-3-Clause */
/* vrrp_track_process: /proc is read a few times a second while any is configured. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_compiler.h"
#include "vd_io_clock.h"
#include "vd_model.h"

#define SCAN_EVERY (250 * VD_MSEC)
#define COMM_LEN   15 /* bytes that the kernel keeps of a process's name */
#define COMM_SIZE  64

/* One process, as /proc shows it. */
struct process {
	char comm[COMM_SIZE];
	const char *command; /* words, each with its NUL */
	size_t command_len;
};

/* ---- reading /proc ---- */

static ssize_t
read_at(int proc, const char *pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%.20s/%s", pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buf, size);
	close(fd);
	return n;
}

/* "42 (name) S ...": the name may hold anything, parentheses too. False: it is gone or about to be. */
static bool
read_comm(int proc, const char *pid, char comm[COMM_SIZE])
{
	char stat[512], *open, *close;
	ssize_t n = read_at(proc, pid, "stat", stat, sizeof(stat) - 1);

	if (n <= 0)
		return false;
	stat[n] = '\0';
	open = strchr(stat, '(');
	close = strrchr(stat, ')');
	if (open == NULL || close == NULL || close < open || close[1] != ' ')
		return false;
	if (close[2] == 'Z' || close[2] == 'X')
		return false;
	snprintf(comm, COMM_SIZE, "%.*s", (int)(close - open - 1), open + 1);
	return true;
}

/* ---- comparing ---- */

/*
 * As keepalived has it: exact: these arguments; partial: these, and then others; initial: the last one may go on, too.
 * p begins after the command's first word.
 */
static bool
params_match(const struct probe_def_process *d, const char *p, size_t n)
{
	if (d->param_match == VD_MODEL_PARAM_MATCH_EXACT)
		return n == d->params_len && (n == 0 || memcmp(p, d->params, n) == 0);
	if (d->params_len == 0)
		return true;
	if (n < d->params_len)
		return false;
	return memcmp(p, d->params,
			       d->params_len - (d->param_match == VD_MODEL_PARAM_MATCH_INITIAL)) ==
			0;
}

static bool
matches(const struct probe_def_process *d, const struct process *p)
{
	size_t first;

	if (!d->by_command)
		return strncmp(p->comm, d->name, COMM_LEN) == 0;
	first = strnlen(p->command, p->command_len);
	if (first == p->command_len || strcmp(p->command, d->name) != 0)
		return false;
	return !d->match_params ||
			params_match(d, p->command + first + 1, p->command_len - first - 1);
}

static void
count(struct vd_probe *p, int proc, const char *pid, bool commands)
{
	struct process x = {.command = (const char *)p->buffer};
	struct probe_thing **t;
	ssize_t n;

	if (!read_comm(proc, pid, x.comm))
		return;
	if (commands) {
		n = read_at(proc, pid, "cmdline", (char *)p->buffer, PROBE_BUFFER);
		x.command_len = n < 0 ? 0 : (size_t)n;
	}
	VD_VEC_FOREACH (t, &p->processes)
		(*t)->count += matches(&(*t)->def->process, &x);
}

/* ---- what it means ---- */

static bool
is_up(const struct probe_thing *t)
{
	const struct probe_def_process *d = &t->def->process;

	return t->count >= d->quorum && t->count <= d->quorum_max;
}

static void
tell(struct probe_thing *t, bool up)
{
	const struct probe_def_process *d = &t->def->process;
	char why[128] = "";

	if (!up && t->count < d->quorum)
		snprintf(why, sizeof(why), "%llu of %llu processes run",
				(unsigned long long)t->count, (unsigned long long)d->quorum);
	else if (!up && t->count > d->quorum_max)
		snprintf(why, sizeof(why), "%llu processes run, more than %llu",
				(unsigned long long)t->count, (unsigned long long)d->quorum_max);
	probe_state(t, up, (int64_t)t->count, why);
}

static void
on_delay(struct vd_io_timer *timer)
{
	struct probe_thing *t = timer->ctx;

	tell(t, is_up(t));
}

/* More processes take fork_delay to be believed, fewer terminate_delay; what lasts less is as if it had not been. */
static void
counted(struct probe_thing *t)
{
	const struct probe_def_process *d = &t->def->process;
	bool up = is_up(t);
	vd_time delay = t->count > t->last_count ? d->fork_delay : d->terminate_delay;

	t->last_count = t->count;
	if (!t->pub.checked || up == t->pub.up || delay == 0) {
		vd_io_timer_cancel(t->p->loop, &t->deadline);
		tell(t, up);
		return;
	}
	tell(t, t->pub.up);
	if (!vd_io_timer_is_set(&t->deadline))
		vd_io_timer_set(t->p->loop, &t->deadline, vd_io_now() + delay, on_delay, t);
}

static void
scan(struct vd_probe *p)
{
	DIR *dir = opendir("/proc");
	struct probe_thing **t;
	bool commands = false;
	struct dirent *e;

	if (dir == NULL)
		return;
	VD_VEC_FOREACH (t, &p->processes) {
		(*t)->count = 0;
		commands |= (*t)->def->process.by_command;
	}
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			count(p, dirfd(dir), e->d_name, commands);
	closedir(dir);
	VD_VEC_FOREACH (t, &p->processes)
		counted(*t);
}

static void
on_scan(struct vd_io_timer *timer)
{
	struct vd_probe *p = timer->ctx;

	scan(p);
	vd_io_timer_set(p->loop, timer, vd_io_now() + SCAN_EVERY, on_scan, p);
}

void
probe_process_things(struct vd_probe *p)
{
	p->processes.n = 0;
	for (size_t i = 0; i < p->set->n; i++)
		if (p->set->v[i]->def->kind == VD_PROBE_PROCESS)
			vd_vec_push(&p->processes, p->set->v[i]);
	if (p->processes.n == 0)
		vd_io_timer_cancel(p->loop, &p->scan);
	else
		vd_io_timer_set(p->loop, &p->scan, vd_io_now(), on_scan, p);
}

const struct probe_type probe_type_process = {.name = "vrrp_track_process"};
