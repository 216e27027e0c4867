/* SPDX-License-Identifier: BSD-3-Clause */
/* show connection [FILTER] [limit N], show connection count */
#include <errno.h>
#include <strings.h>

#include "console_priv.h"

/* Unless told: a screen full is wanted, not a table of a million. */
#define LIMIT_DEFAULT 1000

static json_t *
connection_object(const struct vd_ctl_conn *c)
{
	json_t *o = json_object();

	console_put(o, "protocol", json_string(vd_protocol_name(c->protocol)));
	console_put(o, "client", console_endpoint(&c->client));
	console_put(o, "virtual", console_endpoint(&c->virtual));
	console_put(o, "local",
			vd_addr_is_unset(&c->local.addr) ? json_string("")
							 : console_endpoint(&c->local));
	console_put(o, "server", console_endpoint(&c->server));
	console_put(o, "forwarding", json_string(vd_forwarding_name(c->forwarding)));
	console_put(o, "state", console_text(c->state));
	console_put(o, "age", console_seconds(c->age));
	console_put(o, "timeout", console_seconds(c->timeout));
	console_put(o, "worker", json_integer(c->worker));
	return o;
}

static void
render(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *connections = json_object_get(o, "connections"), *c;
	char a[VD_CLI_HUMAN], b[VD_CLI_HUMAN];
	struct vd_cli_table t;
	size_t i;

	(void)call;
	if (json_array_size(connections) == 0) {
		vd_strbuf_puts(out, "No connections.\n");
		return;
	}
	vd_cli_table_init(
			&t, "<Pro|<Client|<Virtual|<Local|<Server|<State|>Age|>Expires in|>Worker");
	json_array_foreach (connections, i, c) {
		const char *local = console_str(c, "local");

		vd_cli_table_cell(&t, "%s",
				strcmp(console_str(c, "protocol"), "udp") == 0 ? "UDP" : "TCP");
		vd_cli_table_cell(&t, "%s", console_str(c, "client"));
		vd_cli_table_cell(&t, "%s", console_str(c, "virtual"));
		vd_cli_table_cell(&t, "%s", local[0] != '\0' ? local : "-");
		vd_cli_table_cell(&t, "%s", console_str(c, "server"));
		vd_cli_table_cell(&t, "%s", console_str(c, "state"));
		vd_cli_table_cell(&t, "%s", vd_cli_duration(console_num(c, "age"), a));
		vd_cli_table_cell(&t, "%s", vd_cli_duration(console_num(c, "timeout"), b));
		vd_cli_table_cell(&t, "%lu", console_u64(c, "worker"));
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
	if (console_true(o, "truncated"))
		vd_strbuf_printf(out, "%zu shown, there are more: add a filter or `limit N`\n",
				json_array_size(connections));
}

static void
on_connections(void *ctx, int err, const struct vd_ctl_conn *conns, size_t n, bool truncated)
{
	struct console_job *job = ctx;
	json_t *connections;

	if (err != 0) {
		console_refuse(job, VD_CLI_STATUS_FAILED, "%s",
				err == -EBUSY ? "too many listings run already: try again"
						: err == -ETIMEDOUT
						? "a worker did not answer: see `show lcore`"
						: strerror(-err));
		return;
	}
	connections = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(connections, connection_object(&conns[i]));
	job->object = json_object();
	console_put(job->object, "connections", connections);
	console_put(job->object, "truncated", json_boolean(truncated));
	job->render = render;
	console_finish(job);
}

/* Index of the state, or -1 after the job was refused. */
static int
find_state(struct console_job *job, const char *name)
{
	struct vd_strbuf known = {0};
	size_t n = vd_ctl_conn_state_count();

	for (size_t i = 0; i < n; i++)
		if (strcasecmp(vd_ctl_conn_state_name(i), name) == 0)
			return (int)i;
	for (size_t i = 0; i < n; i++)
		vd_strbuf_printf(&known, "%s`%s`",
				i == 0                      ? ""
						: i + 1 < n ? ", "
							    : " or ",
				vd_ctl_conn_state_name(i));
	console_refuse(job, VD_CLI_STATUS_WRONG, "`%s`: no such state, expected %s", name,
			known.s != NULL ? known.s : "none");
	vd_strbuf_free(&known);
	return -1;
}

void
console_show_connection(struct console_job *job)
{
	const struct vd_cli_filter *f = &job->call.filter;
	struct vd_ctl_conn_filter filter = {
			.service = -1,
			.server = -1,
			.state = -1,
			.worker = f->has_worker ? (int)f->worker : -1,
			.client = f->client,
			.has_client = f->has_client,
			.limit = f->limit != 0 ? f->limit : LIMIT_DEFAULT,
	};

	if (f->vs.form != VD_CLI_VS_NONE) {
		filter.service = console_find_service(job, &f->vs);
		if (filter.service < 0)
			return;
	}
	if (f->has_rs && filter.service >= 0) {
		filter.server = console_find_server(job, filter.service, &f->rs);
		if (filter.server < 0)
			return;
	} else if (f->has_rs) {
		filter.server_endpoint = f->rs;
		filter.has_server_endpoint = true;
	}
	if (f->state != NULL) {
		filter.state = find_state(job, f->state);
		if (filter.state < 0)
			return;
	}
	vd_ctl_conns(job->ctl, &filter, on_connections, job);
}

static void
render_count(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *workers = json_object_get(o, "by_worker"), *v;
	json_t *states = json_object_get(o, "by_state");
	const char *name;
	size_t i;

	(void)call;
	vd_strbuf_printf(out, "%lu connections, room for %lu\n", console_u64(o, "total"),
			console_u64(o, "capacity"));
	json_array_foreach (workers, i, v) {
		vd_strbuf_printf(out, "  worker %zu     %lld\n", i,
				(long long)json_integer_value(v));
	}
	json_object_foreach (states, name, v) {
		if (json_integer_value(v) > 0)
			vd_strbuf_printf(out, "  %-12s %lld\n", name,
					(long long)json_integer_value(v));
	}
	vd_strbuf_printf(out, "%lu opened, %lu expired, %lu not entered because a table was full\n",
			console_u64(o, "opened"), console_u64(o, "expired"),
			console_u64(o, "refused"));
}

void
console_show_connection_count(struct console_job *job)
{
	json_t *workers = json_array(), *states = json_object();
	struct vd_ctl_conn_count c = {0};

	vd_ctl_conn_count(job->ctl, &c);
	for (size_t i = 0; i < c.n_workers; i++)
		json_array_append_new(workers, json_integer((json_int_t)c.by_worker[i]));
	for (size_t i = 0; i < vd_ctl_conn_state_count(); i++)
		console_put_u64(states, vd_ctl_conn_state_name(i), c.by_state[i]);
	job->object = json_object();
	console_put_u64(job->object, "total", c.total);
	console_put(job->object, "by_worker", workers);
	console_put(job->object, "by_state", states);
	console_put_u64(job->object, "capacity", c.capacity);
	console_put_u64(job->object, "opened", c.opened);
	console_put_u64(job->object, "expired", c.expired);
	console_put_u64(job->object, "refused", c.refused);
	job->render = render_count;
	console_finish(job);
}
