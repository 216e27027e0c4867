/* SPDX-License-Identifier: BSD-3-Clause */
/* show status, version, drop, log, config */
#include <stdio.h>
#include <time.h>

#include "console_priv.h"

static const char *const states[] = {
		[VD_CTL_STATE_RUNNING] = "running",
		[VD_CTL_STATE_STOPPED] = "stopped",
		[VD_CTL_STATE_MAINTENANCE] = "maintenance",
};

/* What the servers and services are worth counting for on one screen. */
static void
count_services(struct vd_ctl *ctl, json_t *o)
{
	size_t serving = 0, servers = 0, up = 0, drain = 0;
	struct vd_ctl_service s;
	struct vd_ctl_server r;

	for (size_t i = 0; i < vd_ctl_service_count(ctl); i++) {
		vd_ctl_service_get(ctl, i, &s);
		serving += s.serving;
		for (size_t k = 0; k < s.n_servers; k++) {
			vd_ctl_server_get(ctl, i, k, &r);
			servers++;
			up += strcmp(r.state, "up") == 0;
			drain += strcmp(r.state, "drain") == 0;
		}
	}
	console_put(o, "services",
			json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "total",
					(json_int_t)vd_ctl_service_count(ctl), "serving",
					(json_int_t)serving, "real_servers", (json_int_t)servers,
					"up", (json_int_t)up, "drain", (json_int_t)drain, "down",
					(json_int_t)(servers - up - drain)));
}

static void
count_ports(struct vd_ctl *ctl, json_t *o)
{
	json_t *down = json_array();
	struct vd_ctl_port p;
	size_t n = vd_ctl_port_count(ctl);

	for (size_t i = 0; i < n; i++) {
		vd_ctl_port_get(ctl, i, &p);
		if (!p.link_up)
			json_array_append_new(down, console_text(p.name));
	}
	console_put(o, "ports",
			json_pack("{s:I,s:o}", "total", (json_int_t)n, "without_link", down));
}

static void
render_ports(const json_t *o, struct vd_strbuf *out)
{
	const json_t *ports = json_object_get(o, "ports");
	const json_t *down = json_object_get(ports, "without_link");
	const json_t *name;
	size_t i;

	vd_strbuf_printf(out, "Ports        %lu", console_u64(ports, "total"));
	if (json_array_size(down) == 0)
		vd_strbuf_puts(out, ", all with link");
	json_array_foreach (down, i, name) {
		vd_strbuf_printf(out, "%s%s", i == 0 ? ", WITHOUT LINK: " : ", ",
				json_string_value(name));
	}
	vd_strbuf_putc(out, '\n');
}

static void
render_instances(const json_t *o, struct vd_strbuf *out)
{
	const json_t *i = json_object_get(o, "instances");

	if (console_u64(i, "total") == 0)
		return;
	vd_strbuf_printf(out, "Instances    %lu: %lu MASTER, %lu BACKUP", console_u64(i, "total"),
			console_u64(i, "master"), console_u64(i, "backup"));
	if (console_u64(i, "fault") > 0)
		vd_strbuf_printf(out, ", %lu FAULT", console_u64(i, "fault"));
	if (console_u64(i, "init") > 0)
		vd_strbuf_printf(out, ", %lu INIT", console_u64(i, "init"));
	vd_strbuf_putc(out, '\n');
}

static void
render_services(const json_t *o, struct vd_strbuf *out)
{
	const json_t *s = json_object_get(o, "services");

	vd_strbuf_printf(out, "Services     %lu, %lu serving; real servers %lu: %lu up",
			console_u64(s, "total"), console_u64(s, "serving"),
			console_u64(s, "real_servers"), console_u64(s, "up"));
	if (console_u64(s, "drain") > 0)
		vd_strbuf_printf(out, ", %lu drained", console_u64(s, "drain"));
	if (console_u64(s, "down") > 0)
		vd_strbuf_printf(out, ", %lu DOWN", console_u64(s, "down"));
	vd_strbuf_putc(out, '\n');
}

static void
render_status(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *workers = json_object_get(o, "workers");
	const json_t *rates = json_object_get(o, "rates");
	const json_t *warnings = json_object_get(o, "warnings");
	char a[VD_CLI_HUMAN], b[VD_CLI_HUMAN];
	const json_t *w;
	double used;
	size_t i;

	(void)call;
	vd_strbuf_printf(out, "%s: %s for %s\n", console_str(o, "instance"),
			console_str(o, "state"), vd_cli_duration(console_num(o, "uptime"), a));
	vd_strbuf_printf(out, "Version      vipd %s, %s\n", console_str(o, "version"),
			console_str(o, "dpdk_version"));
	if (console_str(o, "config_file")[0] != '\0')
		vd_strbuf_printf(out, "Services in  %s\n", console_str(o, "config_file"));
	vd_strbuf_printf(out, "Workers      %lu of %lu active, %s polling, %s\n",
			console_u64(workers, "active"), console_u64(workers, "total"),
			console_str(o, "poll"),
			console_true(o, "huge_pages") ? "huge pages" : "NO HUGE PAGES (slower)");
	render_ports(o, out);
	render_instances(o, out);
	render_services(o, out);
	used = console_num(o, "capacity") > 0
			? 100 * console_num(o, "connections") / console_num(o, "capacity")
			: 0;
	vd_strbuf_printf(out, "Connections  %lu of %lu (%.1f %%), %s new/s\n",
			console_u64(o, "connections"), console_u64(o, "capacity"), used,
			vd_cli_human(console_num(rates, "connections_per_second"), a));
	vd_strbuf_printf(out, "Traffic      %s packets/s in, %s packets/s out\n",
			vd_cli_human(console_num(rates, "rx_packets_per_second"), a),
			vd_cli_human(console_num(rates, "tx_packets_per_second"), b));
	vd_strbuf_puts(out, json_array_size(warnings) == 0 ? "Warnings     none\n" : "Warnings\n");
	json_array_foreach (warnings, i, w) {
		vd_strbuf_printf(out, "  ! %s\n", json_string_value(w));
	}
}

void
console_show_status(struct console_job *job)
{
	json_t *o = json_object(), *warnings = json_array();
	struct vd_ctl_status s = {0};

	vd_ctl_status(job->ctl, &s);
	console_put(o, "version", console_text(s.version));
	console_put(o, "dpdk_version", console_text(s.dpdk_version));
	console_put(o, "instance", console_text(s.instance));
	console_put(o, "uptime", console_seconds(s.uptime));
	console_put(o, "state", json_string(states[s.state]));
	if (s.config_file != NULL)
		console_put(o, "config_file", console_text(s.config_file));
	console_put(o, "huge_pages", json_boolean(s.huge_pages));
	console_put(o, "poll", json_string(s.adaptive ? "adaptive" : "busy"));
	console_put(o, "workers",
			json_pack("{s:I,s:I}", "total", (json_int_t)s.n_workers, "active",
					(json_int_t)s.n_workers_active));
	count_ports(job->ctl, o);
	console_count_vrrp(job->ctl, o);
	count_services(job->ctl, o);
	console_put_u64(o, "connections", s.connections);
	console_put_u64(o, "capacity", s.capacity);
	console_put(o, "rates",
			json_pack("{s:o,s:o,s:o}", "connections_per_second", console_rate(s.cps),
					"rx_packets_per_second", console_rate(s.rx_pps),
					"tx_packets_per_second", console_rate(s.tx_pps)));
	for (size_t i = 0; i < s.n_warnings; i++)
		json_array_append_new(warnings, console_text(s.warnings[i]));
	console_put(o, "warnings", warnings);
	job->object = o;
	job->render = render_status;
	console_finish(job);
}

static void
render_version(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	(void)call;
	vd_strbuf_printf(out, "vipd %s\n%s\n", console_str(o, "version"),
			console_str(o, "dpdk_version"));
}

void
console_show_version(struct console_job *job)
{
	struct vd_ctl_status s = {0};

	vd_ctl_status(job->ctl, &s);
	job->object = json_object();
	console_put(job->object, "version", console_text(s.version));
	console_put(job->object, "dpdk_version", console_text(s.dpdk_version));
	console_put(job->object, "instance", console_text(s.instance));
	job->render = render_version;
	console_finish(job);
}

static void
render_drop(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *drops = json_object_get(o, "drops");
	struct vd_cli_table t;

	(void)call;
	vd_cli_table_init(&t, ">Packets|<Reason|<What it means");
	for (int i = 0; i < VD_DROP_N; i++) {
		const char *name = vd_drop_name((enum vd_drop)i);

		if (console_u64(drops, name) == 0)
			continue;
		vd_cli_table_cell(&t, "%lu", console_u64(drops, name));
		vd_cli_table_cell(&t, "%s", name);
		vd_cli_table_cell(&t, "%s", vd_drop_text((enum vd_drop)i));
	}
	if (vd_cli_table_rows(&t) == 0) {
		vd_strbuf_puts(out, "No packet was discarded.\n");
	} else {
		vd_cli_table_print(&t, 0, out);
		vd_strbuf_printf(out, "%lu in total\n", console_u64(o, "total"));
	}
	vd_cli_table_free(&t);
}

void
console_show_drop(struct console_job *job)
{
	uint64_t counts[VD_DROP_N] = {0}, total = 0;
	json_t *drops = json_object();

	vd_ctl_drops(job->ctl, counts);
	for (int i = 0; i < VD_DROP_N; i++) {
		console_put_u64(drops, vd_drop_name((enum vd_drop)i), counts[i]);
		total += counts[i];
	}
	job->object = json_object();
	console_put(job->object, "drops", drops);
	console_put_u64(job->object, "total", total);
	job->render = render_drop;
	console_finish(job);
}

static void
add_event(void *ctx, const struct vd_ctl_event *e)
{
	json_t *o = json_object();

	console_put(o, "time", json_real((double)e->wall_ns / 1e9));
	console_put(o, "level", json_string(vd_log_level_name(e->level)));
	console_put(o, "text", console_text(e->text));
	json_array_append_new(ctx, o);
}

static void
render_log(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *events = json_object_get(o, "events"), *e;
	size_t i;

	(void)call;
	json_array_foreach (events, i, e) {
		double at = console_num(e, "time");
		time_t second = (time_t)at;
		char day[32] = "";
		struct tm tm;

		if (localtime_r(&second, &tm) != NULL)
			strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
		vd_strbuf_printf(out, "%s.%03d %s: %s\n", day, (int)((at - (double)second) * 1000),
				console_str(e, "level"), console_str(e, "text"));
	}
	if (json_array_size(events) == 0)
		vd_strbuf_puts(out, "No events yet.\n");
}

void
console_show_log(struct console_job *job)
{
	json_t *events = json_array();

	vd_ctl_events(job->ctl, job->call.has_number ? job->call.number : 20, add_event, events);
	job->object = json_object();
	console_put(job->object, "events", events);
	job->render = render_log;
	console_finish(job);
}

/* Not made from an object: the configuration has a text form of its own. */
void
console_show_config(struct console_job *job)
{
	const struct vd_console_config *config = &job->console->config;

	if (config->dump_config != NULL)
		config->dump_config(config->ctx, job->json, &job->out);
	if (job->out.len == 0) {
		console_refuse(job, VD_CLI_STATUS_FAILED, "there is no configuration to show");
		return;
	}
	console_finish(job);
}
