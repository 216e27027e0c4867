/* SPDX-License-Identifier: BSD-3-Clause */
/* show virtual-server [VS] [stats|rate] */
#include "console_priv.h"

static void
put_traffic(json_t *o, uint64_t packets_in, uint64_t bytes_in, uint64_t packets_out,
		uint64_t bytes_out)
{
	console_put_u64(o, "packets_in", packets_in);
	console_put_u64(o, "bytes_in", bytes_in);
	console_put_u64(o, "packets_out", packets_out);
	console_put_u64(o, "bytes_out", bytes_out);
}

static json_t *
rates(double cps, double pps_in, double pps_out, double bps_in, double bps_out)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "connections_per_second", console_rate(cps),
			"packets_in_per_second", console_rate(pps_in), "packets_out_per_second",
			console_rate(pps_out), "bytes_in_per_second", console_rate(bps_in),
			"bytes_out_per_second", console_rate(bps_out));
}

static json_t *
server_object(const struct vd_ctl_server *r)
{
	json_t *o = json_object();

	console_put(o, "address", console_addr(&r->endpoint.addr));
	console_put_u64(o, "port", r->endpoint.port);
	console_put(o, "forwarding", json_string(vd_forwarding_name(r->forwarding)));
	console_put(o, "weight", json_integer(r->weight));
	console_put(o, "effective_weight", json_integer(r->effective_weight));
	console_put(o, "state", console_text(r->state));
	console_put(o, "reason", console_text(r->reason));
	console_put_u64(o, "changes", r->changes);
	console_put_u64(o, "syn_unanswered", r->syn_unanswered);
	console_put_u64(o, "syn_reset", r->syn_reset);
	console_put_u64(o, "connections_active", r->active);
	console_put_u64(o, "connections_inactive", r->inactive);
	console_put_u64(o, "connections_total", r->total);
	put_traffic(o, r->packets_in, r->bytes_in, r->packets_out, r->bytes_out);
	console_put(o, "rates", rates(r->cps, r->pps_in, r->pps_out, r->bps_in, r->bps_out));
	return o;
}

static json_t *
service_object(struct vd_ctl *ctl, size_t index)
{
	json_t *o = json_object(), *servers = json_array();
	struct vd_ctl_service s = {0};
	struct vd_ctl_server r;

	vd_ctl_service_get(ctl, index, &s);
	console_put(o, "name", console_text(s.label));
	console_put(o, "address", console_addr(&s.endpoint.addr));
	console_put_u64(o, "port", s.endpoint.port);
	console_put(o, "protocol", json_string(vd_protocol_name(s.protocol)));
	console_put(o, "scheduler", json_string(vd_scheduler_word(s.scheduler)));
	if (s.configured_scheduler != s.scheduler)
		console_put(o, "configured_scheduler",
				json_string(vd_scheduler_word(s.configured_scheduler)));
	console_put(o, "forwarding", json_string(vd_forwarding_name(s.forwarding)));
	console_put(o, "serving", json_boolean(s.serving));
	console_put(o, "serving_reason", console_text(s.serving_reason));
	console_put(o, "quorum", json_boolean(s.quorum));
	console_put_u64(o, "live_weight", s.live_weight);
	if (s.has_sorry)
		console_put(o, "sorry_server",
				json_pack("{s:o,s:b}", "address", console_endpoint(&s.sorry_server),
						"in_use", s.sorry));
	console_put_u64(o, "connections_active", s.active);
	console_put_u64(o, "connections_inactive", s.inactive);
	console_put_u64(o, "connections_total", s.total);
	put_traffic(o, s.packets_in, s.bytes_in, s.packets_out, s.bytes_out);
	console_put(o, "rates", rates(s.cps, s.pps_in, s.pps_out, s.bps_in, s.bps_out));
	for (size_t i = 0; i < s.n_servers; i++) {
		memset(&r, 0, sizeof(r));
		vd_ctl_server_get(ctl, index, i, &r);
		json_array_append_new(servers, server_object(&r));
	}
	console_put(o, "real_servers", servers);
	return o;
}

/* "TCP  192.0.2.1:80" of a service; group and fwmark services by their names. */
static void
cell_service(struct vd_cli_table *t, const json_t *s)
{
	const char *name = console_str(s, "name"), *protocol = console_str(s, "protocol");
	const char *mark = strncmp(protocol, "udp", 3) == 0 ? "UDP" : "TCP";

	if (strncmp(name, protocol, strlen(protocol)) == 0 && name[strlen(protocol)] == ':')
		name += strlen(protocol) + 1;
	if (strncmp(name, "fwmark ", 7) == 0)
		mark = "FWM";
	vd_cli_table_cell(t, "%s  %s", mark, name);
}

static void
cell_server(struct vd_cli_table *t, const json_t *r)
{
	bool v6 = strchr(console_str(r, "address"), ':') != NULL;

	vd_cli_table_cell(t, "  -> %s%s%s:%lu", v6 ? "[" : "", console_str(r, "address"),
			v6 ? "]" : "", console_u64(r, "port"));
}

static void
cell_u64(struct vd_cli_table *t, const json_t *o, const char *key)
{
	vd_cli_table_cell(t, "%lu", console_u64(o, key));
}

static void
cell_human(struct vd_cli_table *t, const json_t *o, const char *key)
{
	char buf[VD_CLI_HUMAN];

	vd_cli_table_cell(t, "%s", vd_cli_human(console_num(o, key), buf));
}

/* "up", "drain: set by the operator", "DOWN: ..." */
static void
cell_state(struct vd_cli_table *t, const json_t *r)
{
	const char *state = console_str(r, "state"), *reason = console_str(r, "reason");
	bool down = strcmp(state, "down") == 0;

	if (strcmp(state, "up") == 0 && strcmp(reason, "in rotation") == 0)
		vd_cli_table_cell(t, "up");
	else
		vd_cli_table_cell(t, "%s%s%s", down ? "DOWN" : state, reason[0] != '\0' ? ": " : "",
				reason);
}

/* The service's own line tells what is wrong with it; its sums stand in the same columns as its servers'. */
static void
cell_serving(struct vd_cli_table *t, const json_t *s)
{
	const char *reason = console_str(s, "serving_reason");

	if (!console_true(s, "serving"))
		vd_cli_table_cell(t, "NOT SERVING%s%s", reason[0] != '\0' ? ": " : "", reason);
	else if (!console_true(s, "quorum") &&
			console_true(json_object_get(s, "sorry_server"), "in_use"))
		vd_cli_table_cell(t, "NO QUORUM: the sorry server %s has it",
				console_str(json_object_get(s, "sorry_server"), "address"));
	else if (!console_true(s, "quorum"))
		vd_cli_table_cell(t, "NO QUORUM");
	else
		vd_cli_table_cell(t, "serving");
}

static void
render_list(const json_t *services, struct vd_strbuf *out)
{
	const json_t *s, *r;
	struct vd_cli_table t;
	size_t i, k;

	vd_cli_table_init(&t,
			"<Prot Virtual "
			"address:port|<Scheduler|>Weight|>ActiveConn|>InActConn|<State");
	vd_cli_table_cell(&t, "  -> Real address:port");
	vd_cli_table_cell(&t, "Forward");
	vd_cli_table_end_row(&t);
	json_array_foreach (services, i, s) {
		cell_service(&t, s);
		vd_cli_table_cell(&t, "%s", console_str(s, "scheduler"));
		vd_cli_table_cell(&t, "%s", "");
		cell_u64(&t, s, "connections_active");
		cell_u64(&t, s, "connections_inactive");
		cell_serving(&t, s);
		json_array_foreach (json_object_get(s, "real_servers"), k, r) {
			json_int_t weight = json_integer_value(json_object_get(r, "weight"));
			json_int_t now = json_integer_value(json_object_get(r, "effective_weight"));

			cell_server(&t, r);
			vd_cli_table_cell(&t, "%s", console_str(r, "forwarding"));
			if (weight == now)
				vd_cli_table_cell(&t, "%lld", (long long)weight);
			else
				vd_cli_table_cell(&t, "%lld (%lld)", (long long)now,
						(long long)weight);
			cell_u64(&t, r, "connections_active");
			cell_u64(&t, r, "connections_inactive");
			cell_state(&t, r);
		}
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
}

static const char *const stats_keys[] = {
		"connections_total",
		"packets_in",
		"packets_out",
		"bytes_in",
		"bytes_out",
};
static const char *const rate_keys[] = {
		"connections_per_second",
		"packets_in_per_second",
		"packets_out_per_second",
		"bytes_in_per_second",
		"bytes_out_per_second",
};

static void
cells(struct vd_cli_table *t, const json_t *o, bool rate)
{
	for (size_t i = 0; i < VD_ARRAY_LEN(stats_keys); i++)
		cell_human(t, rate ? json_object_get(o, "rates") : o,
				rate ? rate_keys[i] : stats_keys[i]);
}

static void
render_numbers(const json_t *services, bool rate, struct vd_strbuf *out)
{
	const json_t *s, *r;
	struct vd_cli_table t;
	size_t i, k;

	vd_cli_table_init(&t,
			rate ? "<Prot Virtual address:port|>Conns/s|>InPkts/s|>OutPkts/s|>InBytes/"
			       "s|>OutBytes/s"
			     : "<Prot Virtual address:port|>Conns|>InPkts|>OutPkts|>InBytes|>"
			       "OutBytes");
	vd_cli_table_cell(&t, "  -> Real address:port");
	vd_cli_table_end_row(&t);
	json_array_foreach (services, i, s) {
		cell_service(&t, s);
		cells(&t, s, rate);
		json_array_foreach (json_object_get(s, "real_servers"), k, r) {
			cell_server(&t, r);
			cells(&t, r, rate);
		}
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
}

static void
render(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *services = json_object_get(o, "virtual_servers");

	if (json_array_size(services) == 0)
		vd_strbuf_puts(out, "No virtual servers are configured.\n");
	else if (call->option == NULL)
		render_list(services, out);
	else
		render_numbers(services, strcmp(call->option, "rate") == 0, out);
}

void
console_show_virtual_server(struct console_job *job)
{
	json_t *services = json_array();
	const struct vd_cli_vs *vs = &job->call.vs;
	int only;

	job->object = json_object();
	console_put(job->object, "virtual_servers", services);
	job->render = render;
	if (vs->form == VD_CLI_VS_ENDPOINT && vs->protocol == 0) {
		/* Without tcp: or udp: both are meant. */
		int tcp = vd_ctl_service_find(job->ctl, VD_PROTOCOL_TCP, &vs->endpoint);
		int udp = vd_ctl_service_find(job->ctl, VD_PROTOCOL_UDP, &vs->endpoint);

		if (tcp >= 0 && udp >= 0) {
			json_array_append_new(services, service_object(job->ctl, (size_t)tcp));
			json_array_append_new(services, service_object(job->ctl, (size_t)udp));
			console_finish(job);
			return;
		}
	}
	if (vs->form != VD_CLI_VS_NONE) {
		only = console_find_service(job, vs);
		if (only < 0)
			return;
		json_array_append_new(services, service_object(job->ctl, (size_t)only));
	}
	for (size_t i = 0; vs->form == VD_CLI_VS_NONE && i < vd_ctl_service_count(job->ctl); i++)
		json_array_append_new(services, service_object(job->ctl, i));
	console_finish(job);
}
