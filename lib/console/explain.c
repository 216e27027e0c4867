/* SPDX-License-Identifier: BSD-3-Clause */
/* explain tcp|udp SRC:PORT DST:PORT */
#include <errno.h>

#include "console_priv.h"

static void
render(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *steps = json_object_get(o, "steps"), *v;
	const char *reason = console_str(o, "reason");
	size_t i;

	(void)call;
	json_array_foreach (steps, i, v) {
		vd_strbuf_printf(out, "%2zu. %s\n", i + 1, json_string_value(v));
	}
	vd_strbuf_printf(out, "=> %s", console_str(o, "action"));
	if (console_str(o, "real_server")[0] != '\0')
		vd_strbuf_printf(out, " to %s", console_str(o, "real_server"));
	if (console_str(o, "service")[0] != '\0')
		vd_strbuf_printf(out, " by %s", console_str(o, "service"));
	if (reason[0] != '\0')
		vd_strbuf_printf(out, ": %s", reason);
	for (int d = 0; d < VD_DROP_N; d++)
		if (strcmp(vd_drop_name((enum vd_drop)d), reason) == 0)
			vd_strbuf_printf(out, " (%s)", vd_drop_text((enum vd_drop)d));
	vd_strbuf_putc(out, '\n');
}

static void
on_explained(void *ctx, int err, const struct vd_ctl_explain *e)
{
	struct console_job *job = ctx;
	json_t *o, *steps;

	if (err != 0) {
		console_refuse(job, VD_CLI_STATUS_FAILED, "%s",
				err == -ETIMEDOUT ? "a worker did not answer: see `show lcore`"
						  : strerror(-err));
		return;
	}
	o = json_object();
	steps = json_array();
	for (size_t i = 0; i < e->n_steps; i++)
		json_array_append_new(steps, console_text(e->steps[i]));
	console_put(o, "service", e->service != NULL ? console_text(e->service) : json_null());
	console_put(o, "action", console_text(e->action));
	console_put(o, "real_server",
			e->has_real_server ? console_endpoint(&e->real_server) : json_null());
	console_put(o, "reason", console_text(e->reason));
	console_put(o, "steps", steps);
	job->object = o;
	job->render = render;
	console_finish(job);
}

void
console_explain(struct console_job *job)
{
	const struct vd_cli_call *call = &job->call;
	bool tcp = strcmp(call->option, "tcp") == 0;

	if (vd_addr_is_v4(&call->source.addr) != vd_addr_is_v4(&call->destination.addr)) {
		console_refuse(job, VD_CLI_STATUS_WRONG, "SRC and DST are not of one family");
		return;
	}
	vd_ctl_explain(job->ctl, tcp ? VD_PROTOCOL_TCP : VD_PROTOCOL_UDP, &call->source,
			&call->destination, on_explained, job);
}
