/* SPDX-License-Identifier: BSD-3-Clause */
/* show port [NAME] */
#include <stdio.h>

#include "console_priv.h"

static json_t *
port_object(const struct vd_ctl_port *p)
{
	json_t *o = json_object(), *addresses = json_array(), *notes = json_array();
	json_t *rx = json_array(), *tx = json_array();
	char buf[VD_PREFIX_STR], mac[VD_MAC_STR];

	for (size_t i = 0; i < p->n_addresses; i++)
		json_array_append_new(addresses,
				json_string(vd_prefix_format(&p->addresses[i], buf, sizeof(buf))));
	for (size_t i = 0; i < p->n_workers; i++) {
		json_array_append_new(rx, json_integer(p->rx_by_worker[i]));
		json_array_append_new(tx, json_integer(p->tx_by_worker[i]));
	}
	for (size_t i = 0; i < p->n_notes; i++)
		json_array_append_new(notes, console_text(p->notes[i]));
	console_put(o, "name", console_text(p->name));
	console_put(o, "device", console_text(p->device));
	console_put(o, "driver", console_text(p->driver));
	console_put(o, "mac", json_string(vd_mac_format(&p->mac, mac, sizeof(mac))));
	console_put(o, "link", json_string(p->link_up ? "up" : "down"));
	console_put_u64(o, "speed_mbps", p->link_mbps);
	console_put_u64(o, "mtu", p->mtu);
	console_put(o, "addresses", addresses);
	console_put_u64(o, "rx_queues", p->rx_queues);
	console_put_u64(o, "tx_queues", p->tx_queues);
	console_put(o, "control_tx", console_text(p->control_tx));
	console_put(o, "steering", console_text(p->steering));
	console_put(o, "rx_queues_by_worker", rx);
	console_put(o, "tx_queues_by_worker", tx);
	console_put(o, "notes", notes);
	console_put_u64(o, "rx_packets", p->rx_packets);
	console_put_u64(o, "tx_packets", p->tx_packets);
	console_put_u64(o, "rx_bytes", p->rx_bytes);
	console_put_u64(o, "tx_bytes", p->tx_bytes);
	console_put_u64(o, "rx_missed", p->rx_missed);
	console_put_u64(o, "tx_dropped", p->tx_dropped);
	console_put(o, "rx_packets_per_second", console_rate(p->rx_pps));
	console_put(o, "tx_packets_per_second", console_rate(p->tx_pps));
	console_put(o, "rx_bytes_per_second", console_rate(p->rx_bps));
	console_put(o, "tx_bytes_per_second", console_rate(p->tx_bps));
	if (p->punt != NULL)
		console_put(o, "punt",
				json_pack("{s:o,s:I,s:I,s:I}", "interface", console_text(p->punt),
						"rx_packets", (json_int_t)p->punt_rx, "tx_packets",
						(json_int_t)p->punt_tx, "dropped",
						(json_int_t)p->punt_dropped));
	return o;
}

static void
render_table(const json_t *ports, struct vd_strbuf *out)
{
	char a[VD_CLI_HUMAN], b[VD_CLI_HUMAN];
	struct vd_cli_table t;
	const json_t *p;
	size_t i;

	vd_cli_table_init(&t,
			"<Port|<Link|<MAC|<Driver|>Rx packets|>Rx bytes|>Rx missed|>Tx packets|>Tx "
			"bytes|>Tx dropped|<Addresses");
	json_array_foreach (ports, i, p) {
		const json_t *addresses = json_object_get(p, "addresses");
		const char *first = json_string_value(json_array_get(addresses, 0));

		vd_cli_table_cell(&t, "%s", console_str(p, "name"));
		vd_cli_table_cell(&t, "%s",
				strcmp(console_str(p, "link"), "up") == 0 ? "up" : "DOWN");
		vd_cli_table_cell(&t, "%s", console_str(p, "mac"));
		vd_cli_table_cell(&t, "%s", console_str(p, "driver"));
		vd_cli_table_cell(&t, "%lu", console_u64(p, "rx_packets"));
		vd_cli_table_cell(&t, "%s", vd_cli_human(console_num(p, "rx_bytes"), a));
		vd_cli_table_cell(&t, "%lu", console_u64(p, "rx_missed"));
		vd_cli_table_cell(&t, "%lu", console_u64(p, "tx_packets"));
		vd_cli_table_cell(&t, "%s", vd_cli_human(console_num(p, "tx_bytes"), b));
		vd_cli_table_cell(&t, "%lu", console_u64(p, "tx_dropped"));
		vd_cli_table_cell(&t, "%s", first != NULL ? first : "-");
		for (size_t k = 1; k < json_array_size(addresses); k++) {
			for (size_t c = 0; c < 10; c++)
				vd_cli_table_cell(&t, "%s", "");
			vd_cli_table_cell(
					&t, "%s", json_string_value(json_array_get(addresses, k)));
		}
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
}

static void
render_counters(const json_t *p, const char *what, struct vd_strbuf *out)
{
	char key[64], a[VD_CLI_HUMAN], b[VD_CLI_HUMAN], c[VD_CLI_HUMAN];
	uint64_t packets;
	double bytes, pps, bps;

	snprintf(key, sizeof(key), "%s_packets", what);
	packets = console_u64(p, key);
	snprintf(key, sizeof(key), "%s_bytes", what);
	bytes = console_num(p, key);
	snprintf(key, sizeof(key), "%s_packets_per_second", what);
	pps = console_num(p, key);
	snprintf(key, sizeof(key), "%s_bytes_per_second", what);
	bps = console_num(p, key);
	vd_strbuf_printf(out, "  %s         %lu packets, %s bytes, %s packets/s, %s bit/s",
			strcmp(what, "rx") == 0 ? "Rx" : "Tx", packets, vd_cli_human(bytes, a),
			vd_cli_human(pps, b), vd_cli_human(bps * 8, c));
}

/* "1 1 1" */
static void
render_per_worker(const json_t *p, const char *key, struct vd_strbuf *out)
{
	const json_t *v;
	size_t i;

	json_array_foreach (json_object_get(p, key), i, v)
		vd_strbuf_printf(
				out, "%s%lld", i == 0 ? "" : " ", (long long)json_integer_value(v));
}

/* One port in full, as testpmd's `show port info`. */
static void
render_port(const json_t *p, struct vd_strbuf *out)
{
	const json_t *punt = json_object_get(p, "punt"), *v;
	size_t i;

	vd_strbuf_printf(out, "%s: link %s", console_str(p, "name"), console_str(p, "link"));
	if (console_u64(p, "speed_mbps") > 0)
		vd_strbuf_printf(out, " at %lu Mbit/s", console_u64(p, "speed_mbps"));
	vd_strbuf_printf(out, ", MTU %lu\n", console_u64(p, "mtu"));
	vd_strbuf_printf(out, "  MAC        %s\n", console_str(p, "mac"));
	vd_strbuf_printf(out, "  Device     %s (driver %s)\n", console_str(p, "device"),
			console_str(p, "driver"));
	vd_strbuf_printf(out, "  Queues     %lu Rx, %lu Tx; control sends on %s queue\n",
			console_u64(p, "rx_queues"), console_u64(p, "tx_queues"),
			strcmp(console_str(p, "control_tx"), "shared") == 0 ? "a shared"
									    : "its own");
	if (json_array_size(json_object_get(p, "rx_queues_by_worker")) > 1) {
		vd_strbuf_puts(out, "  Workers    Rx queues ");
		render_per_worker(p, "rx_queues_by_worker", out);
		vd_strbuf_puts(out, "; Tx queues ");
		render_per_worker(p, "tx_queues_by_worker", out);
		vd_strbuf_printf(out, "; steering %s\n", console_str(p, "steering"));
	}
	json_array_foreach (json_object_get(p, "addresses"), i, v) {
		vd_strbuf_printf(out, "  Address    %s\n", json_string_value(v));
	}
	render_counters(p, "rx", out);
	vd_strbuf_printf(out, ", %lu missed\n", console_u64(p, "rx_missed"));
	render_counters(p, "tx", out);
	vd_strbuf_printf(out, ", %lu dropped\n", console_u64(p, "tx_dropped"));
	if (punt != NULL)
		vd_strbuf_printf(out,
				"  Kernel tap %s: %lu packets to it, %lu from it, %lu dropped\n",
				console_str(punt, "interface"), console_u64(punt, "tx_packets"),
				console_u64(punt, "rx_packets"), console_u64(punt, "dropped"));
	json_array_foreach (json_object_get(p, "notes"), i, v) {
		vd_strbuf_printf(out, "  Note       %s\n", json_string_value(v));
	}
}

static void
render(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *ports = json_object_get(o, "ports");

	if (json_array_size(ports) == 0)
		vd_strbuf_puts(out, "No ports.\n");
	else if (call->name != NULL)
		render_port(json_array_get(ports, 0), out);
	else
		render_table(ports, out);
}

void
console_show_port(struct console_job *job)
{
	json_t *ports = json_array();
	struct vd_ctl_port p;

	job->object = json_object();
	console_put(job->object, "ports", ports);
	for (size_t i = 0; i < vd_ctl_port_count(job->ctl); i++) {
		memset(&p, 0, sizeof(p));
		vd_ctl_port_get(job->ctl, i, &p);
		if (job->call.name == NULL || strcmp(job->call.name, p.name) == 0)
			json_array_append_new(ports, port_object(&p));
	}
	if (job->call.name != NULL && json_array_size(ports) == 0) {
		console_refuse(job, VD_CLI_STATUS_FAILED, "no port %s", job->call.name);
		return;
	}
	job->render = render;
	console_finish(job);
}
