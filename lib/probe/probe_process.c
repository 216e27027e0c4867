/* SPDX-License-Identifier: BSD-3-Clause */
/* vrrp_track_process: how many processes of a kind there are, by a look at /proc four times a second while it is asked for. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_priv.h"

#define SCAN_EVERY (250 * VD_MSEC)
#define COMM_MAX   15 /* bytes of a name that the kernel keeps */
#define ARGS_MAX   4096

struct process {
	char *name;
	char **params;
	size_t n_params;
	int match; /* enum vd_model_param_match */
	bool full_command;
	int64_t least, most;
	vd_time up_delay, down_delay;
	int64_t count; /* of the scan that runs */
	vd_time since; /* when the state began that is not told yet; 0: none */
};

/* A process, as one scan sees it. */
struct seen {
	char comm[COMM_MAX + 1];
	char args[ARGS_MAX];
	size_t n_args; /* bytes; SIZE_MAX: not read yet */
};

static ssize_t
read_file(const char *pid, const char *name, char *buf, size_t size)
{
	char path[300];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* "12 (name) S ...": false for one that is over and waits for its parent. */
static bool
seen_begin(struct seen *s, const char *pid)
{
	char buf[512], *open, *close;
	size_t len;

	s->n_args = SIZE_MAX;
	if (read_file(pid, "stat", buf, sizeof(buf)) <= 0)
		return false;
	open = strchr(buf, '(');
	close = strrchr(buf, ')');
	if (open == NULL || close == NULL || close < open || close[1] != ' ')
		return false;
	len = VD_MIN((size_t)(close - open - 1), (size_t)COMM_MAX);
	memcpy(s->comm, open + 1, len);
	s->comm[len] = '\0';
	return close[2] != 'Z' && close[2] != 'X';
}

static void
seen_args(struct seen *s, const char *pid)
{
	ssize_t n;

	if (s->n_args != SIZE_MAX)
		return;
	n = read_file(pid, "cmdline", s->args, sizeof(s->args));
	s->n_args = n < 0 ? 0 : (size_t)n;
}

/* Argument i, or NULL. */
static const char *
arg_at(const struct seen *s, size_t i)
{
	size_t at = 0;

	for (; at < s->n_args; at += strlen(s->args + at) + 1)
		if (i-- == 0)
			return s->args + at;
	return NULL;
}

static bool
params_match(const struct process *g, const struct seen *s)
{
	const char *a;

	for (size_t i = 0; i < g->n_params; i++) {
		bool last = i + 1 == g->n_params;

		a = arg_at(s, i + 1);
		if (a == NULL)
			return false;
		if (last && g->match == VD_MODEL_PARAM_MATCH_PARTIAL
						? strncmp(a, g->params[i], strlen(g->params[i])) !=
								0
						: strcmp(a, g->params[i]) != 0)
			return false;
	}
	return g->match != VD_MODEL_PARAM_MATCH_EXACT || arg_at(s, g->n_params + 1) == NULL;
}

static bool
name_matches(const struct process *g, struct seen *s, const char *pid)
{
	const char *a, *base;

	if (!g->full_command && strlen(g->name) <= COMM_MAX)
		return strcmp(s->comm, g->name) == 0;
	seen_args(s, pid);
	a = arg_at(s, 0);
	if (a == NULL)
		return false;
	if (g->full_command)
		return strcmp(a, g->name) == 0;
	base = strrchr(a, '/');
	return strcmp(base != NULL ? base + 1 : a, g->name) == 0;
}

static bool
matches(const struct process *g, struct seen *s, const char *pid)
{
	if (!name_matches(g, s, pid))
		return false;
	if (g->n_params == 0 && g->match == VD_MODEL_PARAM_MATCH_EXACT)
		return true; /* without parameters in the configuration none are compared */
	seen_args(s, pid);
	return params_match(g, s);
}

/* ---- scan ---- */

static const struct probe_ops process_ops;

static void
judge(struct probe_thing *t, vd_time now)
{
	struct process *g = t->data;
	bool good = g->count >= g->least && g->count <= g->most;
	char why[96] = "";

	if (!good)
		snprintf(why, sizeof(why), "%lld of %s run, and %lld are asked for",
				(long long)g->count, "them",
				(long long)(g->count < g->least ? g->least : g->most));
	if (t->first_told && good == t->up) {
		g->since = 0;
		if (g->count != t->value)
			probe_tell(t, good, g->count, good ? NULL : why);
		return;
	}
	if (g->since == 0)
		g->since = now;
	if (!t->first_told || now - g->since >= (good ? g->up_delay : g->down_delay)) {
		g->since = 0;
		probe_tell(t, good, g->count, good ? NULL : why);
	}
}

static void
count(struct vd_probe *p, const char *pid)
{
	struct seen s;

	if (!seen_begin(&s, pid))
		return;
	for (size_t i = 0; i < p->things.n; i++) {
		struct probe_thing *t = p->things.v[i];

		if (t->ops == &process_ops && matches(t->data, &s, pid))
			((struct process *)t->data)->count++;
	}
}

static bool
any_processes(const struct vd_probe *p)
{
	for (size_t i = 0; i < p->things.n; i++)
		if (p->things.v[i]->ops == &process_ops)
			return true;
	return false;
}

static void
on_scan(struct vd_io_timer *timer)
{
	struct vd_probe *p = timer->ctx;
	DIR *d = opendir("/proc");
	struct dirent *e;

	for (size_t i = 0; i < p->things.n; i++)
		if (p->things.v[i]->ops == &process_ops)
			((struct process *)p->things.v[i]->data)->count = 0;
	while (d != NULL && (e = readdir(d)) != NULL)
		if (isdigit((unsigned char)e->d_name[0]))
			count(p, e->d_name);
	if (d != NULL)
		closedir(d);
	for (size_t i = 0; d != NULL && i < p->things.n; i++)
		if (p->things.v[i]->ops == &process_ops)
			judge(p->things.v[i], vd_io_now());
	vd_io_timer_set(p->loop, timer, vd_io_now() + SCAN_EVERY, on_scan, p);
}

void
probe_processes_watch(struct vd_probe *p)
{
	vd_io_timer_cancel(p->loop, &p->processes_timer);
	if (any_processes(p))
		vd_io_timer_set(p->loop, &p->processes_timer, vd_io_now(), on_scan, p);
}

/* ---- made ---- */

static void
process_free(struct probe_thing *t)
{
	struct process *g = t->data;

	for (size_t i = 0; i < g->n_params; i++)
		free(g->params[i]);
	free(g->params);
	free(g->name);
	free(g);
}

static const struct probe_ops process_ops = {
		.type = "vrrp_track_process",
		.free = process_free,
};

void
probe_process_make(struct probe_thing *t, const struct vd_model_track_process *of)
{
	struct process *g = vd_xcalloc(1, sizeof(*g));

	t->data = g;
	t->ops = &process_ops;
	g->name = vd_xstrdup(of->process.n > 0 ? of->process.v[0] : "");
	g->n_params = of->process.n > 0 ? of->process.n - 1 : 0;
	g->params = vd_xcalloc(g->n_params + 1, sizeof(*g->params));
	for (size_t i = 0; i < g->n_params; i++)
		g->params[i] = vd_xstrdup(of->process.v[i + 1]);
	g->match = of->param_match;
	g->full_command = of->full_command;
	g->least = of->quorum;
	g->most = of->quorum_max;
	g->up_delay = vd_model_given(&of->obj, &of->fork_delay) ? of->fork_delay : of->delay;
	g->down_delay = vd_model_given(&of->obj, &of->terminate_delay) ? of->terminate_delay
								       : of->delay;
}
