/* SPDX-License-Identifier: BSD-3-Clause */
/* show lcore, graph, neighbor */
#include "console_priv.h"

static json_t *
lcore_object(const struct vd_ctl_lcore *l)
{
	json_t *o = json_object();

	console_put_u64(o, "lcore", l->lcore);
	console_put(o, "cpu", json_integer(l->cpu));
	console_put(o, "role", console_text(l->role));
	console_put(o, "worker", l->worker >= 0 ? json_integer(l->worker) : json_null());
	console_put(o, "active", json_boolean(l->active));
	console_put(o, "stalled", json_boolean(l->stalled));
	console_put(o, "load", json_real(l->load));
	console_put_u64(o, "loops", l->loops);
	console_put_u64(o, "busy_loops", l->busy_loops);
	console_put_u64(o, "packets", l->packets);
	console_put_u64(o, "handed_in", l->handed_in);
	console_put_u64(o, "handed_out", l->handed_out);
	console_put(o, "loop_p50", console_seconds(l->loop_p50));
	console_put(o, "loop_p99", console_seconds(l->loop_p99));
	console_put(o, "loop_p999", console_seconds(l->loop_p999));
	console_put(o, "loop_max", console_seconds(l->loop_max));
	console_put(o, "last_heartbeat", console_seconds(l->last_beat));
	console_put_u64(o, "stalls", l->stalls);
	return o;
}

static void
cell_time(struct vd_cli_table *t, const json_t *o, const char *key)
{
	char buf[VD_CLI_HUMAN];
	double s = console_num(o, key);

	vd_cli_table_cell(t, "%s", s > 0 ? vd_cli_duration(s, buf) : "-");
}

static void
render_lcore(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *lcores = json_object_get(o, "lcores"), *l;
	struct vd_cli_table t;
	size_t i;

	(void)call;
	vd_cli_table_init(&t,
			">Lcore|>CPU|<Role|<State|>Load|>Packets|>Handed in|>out|>Loop "
			"p50|>p99|>p99.9|>longest|>Last "
			"beat|>Stalls");
	json_array_foreach (lcores, i, l) {
		const json_t *worker = json_object_get(l, "worker");

		vd_cli_table_cell(&t, "%lu", console_u64(l, "lcore"));
		if (console_num(l, "cpu") < 0)
			vd_cli_table_cell(&t, "any");
		else
			vd_cli_table_cell(&t, "%lu", console_u64(l, "cpu"));
		if (json_is_integer(worker))
			vd_cli_table_cell(&t, "%s %d", console_str(l, "role"),
					(int)json_integer_value(worker));
		else
			vd_cli_table_cell(&t, "%s", console_str(l, "role"));
		vd_cli_table_cell(&t, "%s",
				console_true(l, "stalled")                  ? "STALLED"
						: console_true(l, "active") ? "active"
									    : "idle");
		vd_cli_table_cell(&t, "%.1f %%", 100 * console_num(l, "load"));
		vd_cli_table_cell(&t, "%lu", console_u64(l, "packets"));
		vd_cli_table_cell(&t, "%lu", console_u64(l, "handed_in"));
		vd_cli_table_cell(&t, "%lu", console_u64(l, "handed_out"));
		cell_time(&t, l, "loop_p50");
		cell_time(&t, l, "loop_p99");
		cell_time(&t, l, "loop_p999");
		cell_time(&t, l, "loop_max");
		cell_time(&t, l, "last_heartbeat");
		vd_cli_table_cell(&t, "%lu", console_u64(l, "stalls"));
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
}

void
console_show_lcore(struct console_job *job)
{
	json_t *lcores = json_array();
	struct vd_ctl_lcore l;

	for (size_t i = 0; i < vd_ctl_lcore_count(job->ctl); i++) {
		memset(&l, 0, sizeof(l));
		vd_ctl_lcore_get(job->ctl, i, &l);
		json_array_append_new(lcores, lcore_object(&l));
	}
	job->object = json_object();
	console_put(job->object, "lcores", lcores);
	job->render = render_lcore;
	console_finish(job);
}

static void
add_node(void *ctx, const struct vd_ctl_node *n)
{
	json_t *o = json_object();

	console_put(o, "name", console_text(n->name));
	console_put(o, "worker", json_integer(n->worker));
	console_put_u64(o, "calls", n->calls);
	console_put_u64(o, "packets", n->packets);
	console_put(o, "ns_per_packet", json_real(n->ns));
	json_array_append_new(ctx, o);
}

static void
render_graph(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *nodes = json_object_get(o, "nodes"), *n;
	struct vd_cli_table t;
	size_t i, hidden = 0;

	(void)call;
	vd_cli_table_init(&t, ">Worker|<Node|>Calls|>Packets|>Packets/call|>ns/packet");
	json_array_foreach (nodes, i, n) {
		if (console_u64(n, "calls") == 0) {
			hidden++;
			continue;
		}
		vd_cli_table_cell(&t, "%lu", console_u64(n, "worker"));
		vd_cli_table_cell(&t, "%s", console_str(n, "name"));
		vd_cli_table_cell(&t, "%lu", console_u64(n, "calls"));
		vd_cli_table_cell(&t, "%lu", console_u64(n, "packets"));
		vd_cli_table_cell(&t, "%.1f", console_num(n, "packets") / console_num(n, "calls"));
		if (console_num(n, "ns_per_packet") > 0)
			vd_cli_table_cell(&t, "%.1f", console_num(n, "ns_per_packet"));
		else
			vd_cli_table_cell(&t, "-");
	}
	if (vd_cli_table_rows(&t) > 0)
		vd_cli_table_print(&t, 0, out);
	if (json_array_size(nodes) == 0)
		vd_strbuf_puts(out, "No worker runs a graph.\n");
	else if (hidden > 0)
		vd_strbuf_printf(out, "Never called: %zu more\n", hidden);
	vd_cli_table_free(&t);
}

void
console_show_graph(struct console_job *job)
{
	json_t *nodes = json_array();

	vd_ctl_nodes(job->ctl, add_node, nodes);
	job->object = json_object();
	console_put(job->object, "nodes", nodes);
	job->render = render_graph;
	console_finish(job);
}

static void
add_neighbor(void *ctx, const struct vd_ctl_neighbor *n)
{
	static const struct vd_mac none;
	bool known = memcmp(&n->mac, &none, sizeof(none)) != 0;
	json_t *o = json_object();
	char mac[VD_MAC_STR];

	console_put(o, "address", console_addr(&n->address));
	console_put(o, "mac", json_string(known ? vd_mac_format(&n->mac, mac, sizeof(mac)) : ""));
	console_put(o, "port", console_text(n->port));
	console_put(o, "state", console_text(n->state));
	console_put(o, "age", console_seconds(n->age));
	json_array_append_new(ctx, o);
}

static void
render_neighbor(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *neighbors = json_object_get(o, "neighbors"), *n;
	char buf[VD_CLI_HUMAN];
	struct vd_cli_table t;
	size_t i;

	(void)call;
	vd_cli_table_init(&t, "<Address|<MAC|<Port|<State|>For");
	json_array_foreach (neighbors, i, n) {
		vd_cli_table_cell(&t, "%s", console_str(n, "address"));
		vd_cli_table_cell(&t, "%s", console_str(n, "mac")[0] ? console_str(n, "mac") : "-");
		vd_cli_table_cell(&t, "%s", console_str(n, "port"));
		vd_cli_table_cell(&t, "%s", console_str(n, "state"));
		vd_cli_table_cell(&t, "%s", vd_cli_duration(console_num(n, "age"), buf));
	}
	if (vd_cli_table_rows(&t) > 0)
		vd_cli_table_print(&t, 0, out);
	else
		vd_strbuf_puts(out, "No next hops are known yet.\n");
	vd_cli_table_free(&t);
}

void
console_show_neighbor(struct console_job *job)
{
	json_t *neighbors = json_array();

	vd_ctl_neighbors(job->ctl, add_neighbor, neighbors);
	job->object = json_object();
	console_put(job->object, "neighbors", neighbors);
	job->render = render_neighbor;
	console_finish(job);
}
