/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>

#include "vd_alloc.h"

#include "console_priv.h"

static void (*const handlers[VD_CLI_ID_N])(struct console_job *job) = {
		[VD_CLI_SHOW_STATUS] = console_show_status,
		[VD_CLI_SHOW_VERSION] = console_show_version,
		[VD_CLI_SHOW_VRRP] = console_show_vrrp,
		[VD_CLI_SHOW_VRRP_STATS] = console_show_vrrp_stats,
		[VD_CLI_SHOW_DROP] = console_show_drop,
		[VD_CLI_SHOW_LOG] = console_show_log,
		[VD_CLI_SHOW_CONFIG] = console_show_config,
		[VD_CLI_SHOW_PORT] = console_show_port,
		[VD_CLI_SHOW_LCORE] = console_show_lcore,
		[VD_CLI_SHOW_GRAPH] = console_show_graph,
		[VD_CLI_SHOW_NEIGHBOR] = console_show_neighbor,
		[VD_CLI_SHOW_HEALTH] = console_show_health,
		[VD_CLI_SHOW_SCRIPT] = console_show_script,
		[VD_CLI_SHOW_VIRTUAL_SERVER] = console_show_virtual_server,
		[VD_CLI_EXPLAIN] = console_explain,
		[VD_CLI_SET_REAL_SERVER] = console_set_real_server,
		[VD_CLI_DRAIN_REAL_SERVER] = console_drain_real_server,
		[VD_CLI_ENABLE_REAL_SERVER] = console_enable_real_server,
		[VD_CLI_DISABLE_REAL_SERVER] = console_disable_real_server,
		[VD_CLI_SHOW_CONNECTION] = console_show_connection,
		[VD_CLI_SHOW_CONNECTION_COUNT] = console_show_connection_count,
		[VD_CLI_SET_VRRP] = console_set_vrrp,
		[VD_CLI_FAILOVER_VRRP] = console_failover_vrrp,
		[VD_CLI_MAINTENANCE] = console_maintenance,
		[VD_CLI_START] = console_start,
		[VD_CLI_STOP] = console_stop,
		[VD_CLI_CLEAR_STATS] = console_clear_stats,
		[VD_CLI_RELOAD] = console_reload,
		[VD_CLI_QUIT] = console_quit,
		[VD_CLI_HELP] = console_help,
};

static int
dump_bytes(const char *bytes, size_t n, void *ctx)
{
	vd_strbuf_add(ctx, bytes, n);
	return 0;
}

static void
render(struct console_job *job)
{
	if (job->json || job->render == NULL) {
		json_dump_callback(job->object, dump_bytes, &job->out,
				JSON_INDENT(2) | JSON_REAL_PRECISION(12));
		vd_strbuf_putc(&job->out, '\n');
	} else {
		job->render(&job->call, job->object, &job->out);
	}
}

static void
job_free(struct console_job *job)
{
	if (job->link != NULL) {
		*job->link = job->next;
		if (job->next != NULL)
			job->next->link = job->link;
	}
	vd_cli_call_free(&job->call);
	json_decref(job->object);
	vd_strbuf_free(&job->out);
	vd_strbuf_free(&job->err);
	free(job);
}

void
console_finish(struct console_job *job)
{
	if (job->done != NULL) {
		if (job->object != NULL)
			render(job);
		job->done(job->ctx, job);
	}
	job_free(job);
}

void
console_refuse(struct console_job *job, enum vd_cli_status status, const char *fmt, ...)
{
	va_list ap;

	job->status = status;
	json_decref(job->object);
	job->object = NULL;
	va_start(ap, fmt);
	vd_strbuf_vprintf(&job->err, fmt, ap);
	va_end(ap);
	vd_strbuf_putc(&job->err, '\n');
	console_finish(job);
}

void
console_abandon(struct console_job *job)
{
	job->done = NULL;
}

/* Candidates for a machine (the socket's completion), or for a person (`?`). */
static void
run_complete(struct console_job *job, const char *line, bool question)
{
	struct vd_console *c = job->console;
	struct vd_strbuf left = {0};
	struct vd_cli_candidates list;

	vd_strbuf_puts(&left, line);
	if (question)
		*strrchr(left.s, '?') = '\0';
	vd_cli_complete(c->cli, left.s, &c->lookup, &list);
	if (question)
		vd_cli_candidates_print(&list, &job->out);
	else
		vd_cli_candidates_encode(&list, &job->out);
	vd_cli_candidates_free(&list);
	vd_strbuf_free(&left);
	console_finish(job);
}

struct console_job *
console_run(struct vd_console *c, const char *line, unsigned int flags, console_done done,
		void *ctx)
{
	struct console_job *job = vd_xcalloc(1, sizeof(*job));
	bool question;

	job->console = c;
	job->ctl = c->ctl;
	job->done = done;
	job->ctx = ctx;
	job->next = c->jobs;
	job->link = &c->jobs;
	if (c->jobs != NULL)
		c->jobs->link = &job->next;
	c->jobs = job;

	question = vd_cli_is_question(line);
	if (question || (flags & VD_CLI_REQUEST_COMPLETE)) {
		run_complete(job, line, question && !(flags & VD_CLI_REQUEST_COMPLETE));
	} else if (vd_cli_parse(c->cli, line, &job->call, &job->err) != 0) {
		vd_strbuf_putc(&job->err, '\n');
		job->status = VD_CLI_STATUS_WRONG;
		console_finish(job);
	} else if (job->call.command == NULL) {
		console_finish(job);
	} else {
		job->json = job->call.json || (flags & VD_CLI_REQUEST_JSON);
		handlers[job->call.command->id](job);
	}
	return job;
}

struct vd_console *
vd_console_start(const struct vd_console_config *config, struct vd_strbuf *why)
{
	struct vd_console *c = vd_xcalloc(1, sizeof(*c));
	int rc;

	c->config = *config;
	c->ctl = config->ctl;
	c->cli = vd_cli_new(NULL, 0);
	c->lookup.values = console_values;
	c->lookup.ctx = c;
	rc = console_server_open(c, why);
	if (rc == 0)
		rc = console_terminal_open(c, why);
	if (rc != 0) {
		vd_console_stop(c);
		errno = -rc;
		return NULL;
	}
	return c;
}

void
vd_console_stop(struct vd_console *c)
{
	if (c == NULL)
		return;
	console_terminal_close(c);
	console_server_close(c);
	/* ctl calls back for each of them later: they free themselves then. */
	while (c->jobs != NULL) {
		struct console_job *job = c->jobs;

		c->jobs = job->next;
		if (c->jobs != NULL)
			c->jobs->link = &c->jobs;
		job->link = NULL;
		job->next = NULL;
		job->console = NULL;
		job->done = NULL;
	}
	vd_cli_free(c->cli);
	free(c);
}
