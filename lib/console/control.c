/* SPDX-License-Identifier: BSD-3-Clause */
/* set, drain, enable, disable, start, stop, clear, reload, quit, help */
#include <errno.h>

#include "vd_diag.h"

#include "console_priv.h"

/* Both indices, or false after the job was refused. */
static bool
find_both(struct console_job *job, size_t *service, size_t *server)
{
	int s = console_find_service(job, &job->call.vs), r;

	if (s < 0)
		return false;
	r = console_find_server(job, s, &job->call.rs);
	if (r < 0)
		return false;
	*service = (size_t)s;
	*server = (size_t)r;
	return true;
}

/* What the server is now, after a change. */
static void
tell_server(struct console_job *job, size_t service, size_t server)
{
	struct vd_ctl_service s = {0};
	struct vd_ctl_server r = {0};
	char buf[VD_ENDPOINT_STR];

	vd_ctl_service_get(job->ctl, service, &s);
	vd_ctl_server_get(job->ctl, service, server, &r);
	vd_strbuf_printf(&job->out, "%s in %s: %s, weight %lld",
			vd_endpoint_format(&r.endpoint, buf, sizeof(buf)), s.label, r.state,
			(long long)r.effective_weight);
	if (r.weight != r.effective_weight)
		vd_strbuf_printf(&job->out, " (configured %lld)", (long long)r.weight);
	vd_strbuf_putc(&job->out, '\n');
}

static void
end_change(struct console_job *job, int rc, struct vd_strbuf *why, size_t service, size_t server)
{
	if (rc != 0) {
		console_refuse(job, VD_CLI_STATUS_FAILED, "%s",
				why->len > 0 ? why->s : strerror(-rc));
	} else {
		tell_server(job, service, server);
		console_finish(job);
	}
	vd_strbuf_free(why);
}

void
console_set_real_server(struct console_job *job)
{
	struct vd_strbuf why = {0};
	size_t service, server;
	int rc;

	if (!find_both(job, &service, &server))
		return;
	rc = vd_ctl_set_weight(job->ctl, service, server,
			job->call.has_number ? (int64_t)job->call.number : -1, &why);
	end_change(job, rc, &why, service, server);
}

static void
set_admin(struct console_job *job, enum vd_ctl_admin admin)
{
	struct vd_strbuf why = {0};
	size_t service, server;
	int rc;

	if (!find_both(job, &service, &server))
		return;
	rc = vd_ctl_set_admin(job->ctl, service, server, admin, &why);
	end_change(job, rc, &why, service, server);
}

void
console_drain_real_server(struct console_job *job)
{
	set_admin(job, VD_CTL_ADMIN_DRAIN);
}

void
console_enable_real_server(struct console_job *job)
{
	set_admin(job, VD_CTL_ADMIN_ENABLE);
}

void
console_disable_real_server(struct console_job *job)
{
	set_admin(job, VD_CTL_ADMIN_DISABLE);
}

void
console_start(struct console_job *job)
{
	vd_ctl_serve(job->ctl, true);
	console_finish(job);
}

void
console_stop(struct console_job *job)
{
	vd_ctl_serve(job->ctl, false);
	console_finish(job);
}

void
console_clear_stats(struct console_job *job)
{
	vd_ctl_clear_stats(job->ctl);
	console_finish(job);
}

void
console_reload(struct console_job *job)
{
	struct vd_diag_list diags = {0};
	int rc = vd_ctl_reload(job->ctl, job->call.name, &diags, &job->out);

	vd_diag_list_format(&diags, &job->err);
	if (rc != 0) {
		job->status = VD_CLI_STATUS_FAILED;
		if (diags.errors == 0)
			vd_strbuf_printf(&job->err, "%s\n", strerror(-rc));
		vd_strbuf_puts(&job->err, "nothing was changed\n");
	}
	if (job->out.len > 0 && job->out.s[job->out.len - 1] != '\n')
		vd_strbuf_putc(&job->out, '\n');
	vd_diag_list_free(&diags);
	console_finish(job);
}

void
console_quit(struct console_job *job)
{
	struct vd_ctl *ctl = job->ctl;

	/* The answer goes first. */
	console_finish(job);
	vd_ctl_quit(ctl);
}

void
console_help(struct console_job *job)
{
	if (vd_cli_help(job->console->cli, job->call.topic, job->call.n_topics, &job->out,
			    &job->err) != 0) {
		vd_strbuf_putc(&job->err, '\n');
		job->status = VD_CLI_STATUS_WRONG;
	}
	console_finish(job);
}
