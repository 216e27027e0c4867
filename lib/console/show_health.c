/* SPDX-License-Identifier: BSD-3-Clause */
/* show health, show script */
#include "vd_io_clock.h"
#include "vd_model.h"
#include "vd_probe.h"

#include "console_priv.h"

/* Seconds from now, 0 while it runs; null: not by the clock. */
static json_t *
next_run(const struct vd_probe_view *v)
{
	vd_time at = v->next_run, now = vd_io_now();

	if (v->running && at == VD_TIME_NEVER)
		return json_real(0);
	if (at == VD_TIME_NEVER)
		return json_null();
	return console_seconds(at > now ? at - now : 0);
}

static json_t *
ago(vd_time at)
{
	vd_time now = vd_io_now();

	if (at == 0)
		return json_null();
	return console_seconds(now > at ? now - at : 0);
}

static void
put_common(json_t *o, const struct vd_probe_view *v)
{
	console_put(o, "type", console_text(v->type));
	console_put(o, "state", console_text(v->state));
	console_put(o, "running", json_boolean(v->running));
	console_put(o, "last_error", console_text(v->last_error));
	console_put(o, "last_code", v->last_code < 0 ? json_null() : json_integer(v->last_code));
	console_put(o, "last_duration",
			v->last_run == 0 ? json_null() : console_seconds(v->last_duration));
	console_put(o, "last_run", ago(v->last_run));
	console_put(o, "next_run", next_run(v));
	console_put(o, "value",
			v->value < 0 && v->kind != VD_PROBE_FILE ? json_null()
								 : json_integer(v->value));
	console_put_u64(o, "runs", v->runs);
	console_put_u64(o, "failures", v->failures);
	console_put_u64(o, "timeouts", v->timeouts);
	console_put_u64(o, "changes", v->changes);
	console_put_u64(o, "skipped", v->skipped);
}

/* ---- words of a row ---- */

static void
cell_seconds(struct vd_cli_table *t, const json_t *o, const char *key, const char *prefix)
{
	const json_t *v = json_object_get(o, key);
	char buf[VD_CLI_HUMAN];

	if (!json_is_number(v))
		vd_cli_table_cell(t, "-");
	else
		vd_cli_table_cell(t, "%s%s", prefix, vd_cli_duration(json_number_value(v), buf));
}

static void
cell_code(struct vd_cli_table *t, const json_t *o)
{
	const json_t *v = json_object_get(o, "last_code");

	if (json_is_integer(v))
		vd_cli_table_cell(t, "%lld", (long long)json_integer_value(v));
	else
		vd_cli_table_cell(t, "-");
}

static void
cells_run(struct vd_cli_table *t, const json_t *o)
{
	const char *error = console_str(o, "last_error");

	cell_code(t, o);
	cell_seconds(t, o, "last_duration", "");
	if (console_true(o, "running"))
		vd_cli_table_cell(t, "now");
	else
		cell_seconds(t, o, "next_run", "in ");
	vd_cli_table_cell(t, "%lu/%lu", console_u64(o, "failures"), console_u64(o, "runs"));
	vd_cli_table_cell(t, "%s", error[0] != '\0' ? error : "-");
}

static void
cell_state(struct vd_cli_table *t, const json_t *o)
{
	const char *state = console_str(o, "state");

	vd_cli_table_cell(t, "%s",
			strcmp(state, "down") == 0                  ? "DOWN"
					: strcmp(state, "bad") == 0 ? "BAD"
								    : state);
}

/* ---- checks ---- */

static void
render_health(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *checks = json_object_get(o, "checks"), *k;
	struct vd_cli_table t;
	size_t i;

	(void)call;
	if (json_array_size(checks) == 0) {
		vd_strbuf_puts(out, "No checks are configured: every real server counts as up.\n");
		return;
	}
	vd_cli_table_init(&t,
			"<Virtual server|<Real "
			"server|<Check|<State|>Code|>Took|<Next|>Failed|<Last error");
	json_array_foreach (checks, i, k) {
		vd_cli_table_cell(&t, "%s", console_str(k, "virtual_server"));
		vd_cli_table_cell(&t, "%s", console_str(k, "real_server"));
		vd_cli_table_cell(&t, "%s", console_str(k, "type"));
		cell_state(&t, k);
		cells_run(&t, k);
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
}

/* The thread itself: attempts, and how late the latest of them began since the last look. */
static json_t *
probe_object(struct vd_ctl *ctl)
{
	struct vd_probe_stats st;
	json_t *o = json_object();

	vd_probe_stats(vd_ctl_probe(ctl), &st);
	console_put_u64(o, "things", st.things);
	console_put_u64(o, "runs", st.runs);
	console_put_u64(o, "verdicts_waited", st.waited);
	console_put(o, "late_max", console_seconds(st.late_max));
	return o;
}

void
console_show_health(struct console_job *job)
{
	json_t *checks = json_array();
	struct vd_probe_view v;
	size_t cursor = 0;

	while (vd_probe_view_next(vd_ctl_probe(job->ctl), &cursor, &v)) {
		json_t *o;

		if (v.kind != VD_PROBE_CHECK)
			continue;
		o = json_object();
		console_put(o, "virtual_server", console_text(v.virtual_server));
		console_put(o, "real_server", console_text(v.real_server));
		put_common(o, &v);
		json_array_append_new(checks, o);
	}
	job->object = json_object();
	console_put(job->object, "checks", checks);
	console_put(job->object, "probe", probe_object(job->ctl));
	job->render = render_health;
	console_finish(job);
}

/* ---- tracked things ---- */

static bool
names(const struct vd_model_track *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].name != NULL && strcmp(v[i].name, name) == 0)
			return true;
	return false;
}

#define TRACKS(from, kind, name) \
	((kind) == VD_PROBE_SCRIPT ? names((from)->track_script.v, (from)->track_script.n, name) \
					: (kind) == VD_PROBE_FILE \
					? names((from)->track_file.v, (from)->track_file.n, name) \
					: names((from)->track_process.v, (from)->track_process.n, \
							  name))

/* Instances and groups that track it. */
static json_t *
trackers(const struct vd_model *m, enum vd_probe_kind kind, const char *name)
{
	const struct vd_model_vrrp_instance *i;
	const struct vd_model_sync_group *g;
	json_t *list = json_array();

	VD_VEC_FOREACH (i, &m->instances)
		if (TRACKS(i, kind, name))
			json_array_append_new(list, console_text(i->name));
	VD_VEC_FOREACH (g, &m->sync_groups)
		if (TRACKS(g, kind, name))
			json_array_append_new(list, console_text(g->name));
	return list;
}

static void
cell_trackers(struct vd_cli_table *t, const json_t *o)
{
	const json_t *list = json_object_get(o, "tracked_by"), *v;
	struct vd_strbuf b = {0};
	size_t i;

	json_array_foreach (list, i, v)
		vd_strbuf_printf(&b, "%s%s", i > 0 ? " " : "", json_string_value(v));
	vd_cli_table_cell(t, "%s", b.s != NULL ? b.s : "-");
	vd_strbuf_free(&b);
}

static void
render_script(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out)
{
	const json_t *scripts = json_object_get(o, "scripts"), *s, *value;
	struct vd_cli_table t;
	size_t i;

	(void)call;
	if (json_array_size(scripts) == 0) {
		vd_strbuf_puts(out, "No scripts, files or processes are tracked.\n");
		return;
	}
	vd_cli_table_init(&t,
			"<Name|<Kind|<Tracked "
			"by|<State|>Value|>Code|>Took|<Next|>Failed|<Last error");
	json_array_foreach (scripts, i, s) {
		vd_cli_table_cell(&t, "%s", console_str(s, "name"));
		vd_cli_table_cell(&t, "%s", console_str(s, "type"));
		cell_trackers(&t, s);
		cell_state(&t, s);
		value = json_object_get(s, "value");
		if (json_is_integer(value))
			vd_cli_table_cell(&t, "%lld", (long long)json_integer_value(value));
		else
			vd_cli_table_cell(&t, "-");
		cells_run(&t, s);
	}
	vd_cli_table_print(&t, 0, out);
	vd_cli_table_free(&t);
}

void
console_show_script(struct console_job *job)
{
	const struct vd_model *m = vd_ctl_model(job->ctl);
	json_t *scripts = json_array();
	struct vd_probe_view v;
	size_t cursor = 0;

	while (vd_probe_view_next(vd_ctl_probe(job->ctl), &cursor, &v)) {
		json_t *o;

		if (v.kind == VD_PROBE_CHECK)
			continue;
		o = json_object();
		console_put(o, "name", console_text(v.name));
		put_common(o, &v);
		console_put(o, "tracked_by", trackers(m, v.kind, v.name));
		json_array_append_new(scripts, o);
	}
	job->object = json_object();
	console_put(job->object, "scripts", scripts);
	job->render = render_script;
	console_finish(job);
}
