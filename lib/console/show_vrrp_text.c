/* SPDX-License-Identifier: BSD-3-Clause */
/* show vrrp for people: read at three in the morning, so what is wrong and why comes first. */
#include <time.h>

#include "console_priv.h"

static void
put_list(struct vd_strbuf *out, const char *label, const json_t *list)
{
	const json_t *v;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	vd_strbuf_printf(out, "  %-18s", label);
	json_array_foreach (list, i, v) {
		vd_strbuf_printf(out, "%s%s", i == 0 ? "" : ", ", json_string_value(v));
	}
	vd_strbuf_putc(out, '\n');
}

/* Whoever holds the addresses, as this node sees it. */
static const char *
master_of(const json_t *o)
{
	const char *address = console_str(o, "master_address");

	if (strcmp(console_str(o, "state"), "MASTER") == 0)
		return "this node";
	return address[0] != '\0' ? address : "-";
}

/* "100", or "80 (100)" where weights or the operator changed it. */
static void
put_priority(struct vd_cli_table *t, const json_t *o)
{
	uint64_t now = console_u64(o, "effective_priority");
	uint64_t base = console_u64(o, "configured_priority");

	if (now == base)
		vd_cli_table_cell(t, "%lu", now);
	else
		vd_cli_table_cell(t, "%lu (%lu)", now, base);
}

void
console_render_vrrp(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *list = json_object_get(o, "instances"), *v;
	char age[VD_CLI_HUMAN];
	struct vd_cli_table t;
	size_t i;

	(void)call;
	if (json_array_size(list) == 0) {
		vd_strbuf_puts(out, "No VRRP instances are configured.\n");
		return;
	}
	vd_cli_table_init(&t, "<Instance|<State|>For|>Priority|<Interface|>VRID|<Master|<Why");
	json_array_foreach (list, i, v) {
		vd_cli_table_cell(&t, "%s", console_str(v, "name"));
		vd_cli_table_cell(&t, "%s", console_str(v, "state"));
		vd_cli_table_cell(&t, "%s", vd_cli_duration(console_num(v, "age"), age));
		put_priority(&t, v);
		vd_cli_table_cell(&t, "%s", console_str(v, "interface"));
		vd_cli_table_cell(&t, "%lu", console_u64(v, "vrid"));
		vd_cli_table_cell(&t, "%s", master_of(v));
		vd_cli_table_cell(&t, "%s", console_str(v, "reason"));
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
}

static void
page_state(const json_t *o, struct vd_strbuf *out)
{
	char age[VD_CLI_HUMAN], wait[VD_CLI_HUMAN], day[32] = "";
	time_t second = (time_t)console_num(o, "since");
	uint64_t effective = console_u64(o, "effective_priority");
	uint64_t base = console_u64(o, "priority");
	struct tm tm;

	if (localtime_r(&second, &tm) != NULL)
		strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	vd_strbuf_printf(out, "%s: %s for %s, since %s\n", console_str(o, "name"),
			console_str(o, "state"), vd_cli_duration(console_num(o, "age"), age), day);
	vd_strbuf_printf(out, "  %-18s%s\n", "why", console_str(o, "reason"));
	if (strcmp(console_str(o, "state"), console_str(o, "wanted_state")) != 0)
		vd_strbuf_printf(out, "  %-18s%s\n", "would like", console_str(o, "wanted_state"));
	if (console_true(o, "handed_over"))
		vd_strbuf_printf(out, "  %-18s%s\n", "handed over",
				"stays BACKUP until the new master is gone or hands it back");
	if (console_num(o, "preempt_in") > 0)
		vd_strbuf_printf(out, "  %-18sin %s\n", "preempts",
				vd_cli_duration(console_num(o, "preempt_in"), wait));
	vd_strbuf_printf(out, "  %-18s%lu", "priority", effective);
	if (effective != base)
		vd_strbuf_printf(out, ", %lu before weights", base);
	if (console_true(o, "priority_set"))
		vd_strbuf_printf(out, ", set by the operator (configured %lu)",
				console_u64(o, "configured_priority"));
	vd_strbuf_putc(out, '\n');
	vd_strbuf_printf(out, "  %-18s%s", "master", master_of(o));
	if (strcmp(master_of(o), "-") != 0)
		vd_strbuf_printf(out, ", priority %lu", console_u64(o, "master_priority"));
	vd_strbuf_putc(out, '\n');
}

static void
page_tracked(const json_t *o, struct vd_strbuf *out)
{
	const json_t *list = json_object_get(o, "tracked"), *t;
	size_t i;

	json_array_foreach (list, i, t) {
		json_int_t weight = json_integer_value(json_object_get(t, "weight"));

		vd_strbuf_printf(out, "  %-18s%s %s, ", i == 0 ? "tracks" : "",
				console_str(t, "kind"), console_str(t, "name"));
		if (weight == 0)
			vd_strbuf_puts(out, "a fault");
		else
			vd_strbuf_printf(out, "weight %+lld", (long long)weight);
		if (console_true(t, "reverse"))
			vd_strbuf_puts(out, ", reverse");
		if (console_str(t, "state")[0] != '\0')
			vd_strbuf_printf(out, ": %s",
					strcmp(console_str(t, "state"), "bad") == 0
							? "BAD"
							: console_str(t, "state"));
		vd_strbuf_putc(out, '\n');
	}
}

static void
page_settings(const json_t *o, struct vd_strbuf *out)
{
	char own[VD_CLI_HUMAN], master[VD_CLI_HUMAN], down[VD_CLI_HUMAN];
	const json_t *group = json_object_get(o, "sync_group");

	vd_strbuf_printf(out, "  %-18sVRID %lu, version %lu, %s, interface %s\n", "router",
			console_u64(o, "vrid"), console_u64(o, "version"),
			strcmp(console_str(o, "family"), "ipv6") == 0 ? "IPv6" : "IPv4",
			console_str(o, "interface"));
	if (json_is_string(group))
		vd_strbuf_printf(out, "  %-18s%s\n", "sync group", json_string_value(group));
	vd_strbuf_printf(out, "  %-18severy %s; the master's every %s, down after %s\n", "adverts",
			vd_cli_duration(console_num(o, "advert_interval"), own),
			vd_cli_duration(console_num(o, "master_advert_interval"), master),
			vd_cli_duration(console_num(o, "master_down_interval"), down));
	vd_strbuf_printf(out, "  %-18s%s, MAC %s\n", "sent from",
			console_str(o, "source_address")[0] != '\0'
					? console_str(o, "source_address")
					: "NO ADDRESS",
			console_str(o, "mac"));
	put_list(out, "to peers", json_object_get(o, "unicast_peers"));
	vd_strbuf_printf(out, "  %-18s%s", "preempts lower",
			console_true(o, "preempt") ? "yes" : "no (nopreempt)");
	if (console_num(o, "preempt_delay") > 0)
		vd_strbuf_printf(out, ", after %s",
				vd_cli_duration(console_num(o, "preempt_delay"), own));
	vd_strbuf_putc(out, '\n');
	put_list(out, "virtual addresses", json_object_get(o, "virtual_addresses"));
	put_list(out, "not advertised", json_object_get(o, "excluded_addresses"));
	if (!console_true(o, "accept"))
		vd_strbuf_printf(out, "  %-18s%s\n", "no_accept",
				"the addresses answer ARP and ND and serve virtual_servers only");
	page_tracked(o, out);
}

/* What was refused, in words; nothing where nothing was. */
static void
put_errors(const json_t *o, const char *indent, const char *name, struct vd_strbuf *out)
{
	const json_t *errors = json_object_get(json_object_get(o, "stats"), "errors");

	for (int e = 0; e < VD_VRRP_ERROR_N; e++) {
		const char *key = vd_vrrp_error_name((enum vd_vrrp_error)e);

		if (console_u64(errors, key) > 0)
			vd_strbuf_printf(out, "%s%s%lu refused: %s (%s)\n", indent, name,
					console_u64(errors, key),
					vd_vrrp_error_text((enum vd_vrrp_error)e), key);
	}
}

static void
page_stats(const json_t *o, struct vd_strbuf *out)
{
	const json_t *s = json_object_get(o, "stats");

	vd_strbuf_printf(out,
			"  %-18s%lu sent, %lu received; with priority 0: %lu sent, %lu received\n",
			"counted adverts", console_u64(s, "adverts_sent"),
			console_u64(s, "adverts_received"), console_u64(s, "priority_zero_sent"),
			console_u64(s, "priority_zero_received"));
	vd_strbuf_printf(out, "  %-18sbecame MASTER %lu times, left it %lu times\n", "changes",
			console_u64(s, "became_master"), console_u64(s, "released_master"));
	put_errors(o, "  ! ", "", out);
}

void
console_render_vrrp_page(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *v = json_array_get(json_object_get(o, "instances"), 0);

	(void)call;
	page_state(v, out);
	page_settings(v, out);
	page_stats(v, out);
}

void
console_render_vrrp_stats(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *list = json_object_get(o, "instances"), *v, *count;
	struct vd_strbuf errors = {0};
	struct vd_cli_table t;
	size_t i;

	(void)call;
	if (json_array_size(list) == 0) {
		vd_strbuf_puts(out, "No VRRP instances are configured.\n");
		return;
	}
	vd_cli_table_init(&t,
			"<Instance|<State|>Sent|>Received|>Became MASTER|>Released|"
			">Priority 0 sent|>received|>Errors");
	json_array_foreach (list, i, v) {
		const json_t *s = json_object_get(v, "stats");
		json_t *by_name = json_object_get(s, "errors");
		struct vd_strbuf name = {0};
		uint64_t sum = 0;
		const char *key;

		json_object_foreach (by_name, key, count) {
			sum += (uint64_t)json_integer_value(count);
		}
		vd_cli_table_cell(&t, "%s", console_str(v, "name"));
		vd_cli_table_cell(&t, "%s", console_str(v, "state"));
		vd_cli_table_cell(&t, "%lu", console_u64(s, "adverts_sent"));
		vd_cli_table_cell(&t, "%lu", console_u64(s, "adverts_received"));
		vd_cli_table_cell(&t, "%lu", console_u64(s, "became_master"));
		vd_cli_table_cell(&t, "%lu", console_u64(s, "released_master"));
		vd_cli_table_cell(&t, "%lu", console_u64(s, "priority_zero_sent"));
		vd_cli_table_cell(&t, "%lu", console_u64(s, "priority_zero_received"));
		vd_cli_table_cell(&t, "%lu", sum);
		vd_strbuf_printf(&name, "%s: ", console_str(v, "name"));
		put_errors(v, "", name.s, &errors);
		vd_strbuf_free(&name);
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
	if (errors.len > 0)
		vd_strbuf_printf(out, "\n%s", errors.s);
	vd_strbuf_free(&errors);
}
