/* SPDX-License-Identifier: BSD-3-Clause */
/* set vrrp, failover vrrp, maintenance */
#include "vd_model.h"

#include "console_priv.h"

void
console_set_vrrp(struct console_job *job)
{
	const struct vd_cli_call *call = &job->call;
	struct vd_strbuf why = {0};
	struct vd_ctl_vrrp v = {0};
	int i, rc;

	i = console_find_vrrp(job, call->name);
	if (i < 0)
		return;
	rc = vd_ctl_vrrp_priority(
			job->ctl, (size_t)i, call->has_number ? (uint8_t)call->number : 0, &why);
	if (rc != 0) {
		console_refuse(job, VD_CLI_STATUS_FAILED, "%s",
				why.len > 0 ? why.s : strerror(-rc));
		vd_strbuf_free(&why);
		return;
	}
	vd_strbuf_free(&why);
	vd_ctl_vrrp_get(job->ctl, (size_t)i, &v);
	if (call->has_number)
		vd_strbuf_printf(&job->out,
				"%s: priority %u, set by the operator (configured %lld)\n", v.name,
				call->number, (long long)v.conf->priority);
	else
		vd_strbuf_printf(&job->out, "%s: priority %lld, as configured\n", v.name,
				(long long)v.conf->priority);
	console_finish(job);
}

static void
on_handed_over(void *ctx, int err, const char *sentence)
{
	struct console_job *job = ctx;

	if (sentence == NULL)
		sentence = strerror(-err);
	if (err != 0) {
		console_refuse(job, VD_CLI_STATUS_FAILED, "%s", sentence);
		return;
	}
	vd_strbuf_printf(&job->out, "%s\n", sentence);
	console_finish(job);
}

void
console_failover_vrrp(struct console_job *job)
{
	int i = console_find_vrrp(job, job->call.name);

	if (i >= 0)
		vd_ctl_vrrp_failover(job->ctl, (size_t)i, on_handed_over, job);
}

void
console_maintenance(struct console_job *job)
{
	bool on = strcmp(job->call.option, "on") == 0;

	vd_ctl_maintenance(job->ctl, on);
	vd_strbuf_puts(&job->out,
			on ? "maintenance is on: no VRRP instance is or becomes MASTER\n"
			   : "maintenance is off\n");
	console_finish(job);
}
