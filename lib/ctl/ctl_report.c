/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * keepalived's files on signals. Where keepalived writes them: its data, statistics and JSON in the system's temporary
 * folder (P_tmpdir, or TMPDIR), unless the configuration names another file; an instance other than "vipd" has its name in
 * the file's. A reader sees the old file or the new one, never half.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl_priv.h"
#include "vd_io_file.h"
#include "vd_report.h"

#define MODE 0600 /* passwords are in them */

static const char *const base[] = {
		[VD_CTL_REPORT_DATA] = "keepalived.data",
		[VD_CTL_REPORT_STATS] = "keepalived.stats",
		[VD_CTL_REPORT_JSON] = "keepalived.json",
};

static void
path_make(const struct vd_ctl *c, enum vd_ctl_report what, struct vd_strbuf *out)
{
	const struct vd_model_global *g = &c->model->global;
	const char *given = what == VD_CTL_REPORT_DATA ? g->state_dump_file
			: what == VD_CTL_REPORT_STATS  ? g->stats_dump_file
						       : g->json_dump_file;
	const char *folder = getenv("TMPDIR"), *name, *dot;

	if (folder == NULL || folder[0] == '\0')
		folder = P_tmpdir;
	name = given != NULL ? given : base[what];
	if (name[0] != '/')
		vd_strbuf_printf(out, "%s/", folder);
	dot = strrchr(name, '.');
	if (strcmp(c->instance, "vipd") == 0 || dot == NULL || strchr(dot, '/') != NULL)
		vd_strbuf_puts(out, name);
	else
		vd_strbuf_printf(out, "%.*s_%s%s", (int)(dot - name), name, c->instance, dot);
	if (strcmp(c->instance, "vipd") != 0 && (dot == NULL || strchr(dot, '/') != NULL))
		vd_strbuf_printf(out, "_%s", c->instance);
}

static void
time_text(void *ctx, uint64_t us, char buf[VD_REPORT_TIME_STR])
{
	time_t second = (time_t)(us / 1000000);
	char day[32] = "", year[8] = "";
	struct tm tm;

	(void)ctx;
	if (localtime_r(&second, &tm) != NULL) {
		strftime(day, sizeof(day), "%a %b %d %H:%M:%S", &tm);
		strftime(year, sizeof(year), "%Y", &tm);
	}
	snprintf(buf, VD_REPORT_TIME_STR, "%s.%06u %s", day, (unsigned int)(us % 1000000), year);
}

static void
instance_fill(struct vd_ctl *c, size_t i, uint64_t wall_us, struct vd_report_instance *out)
{
	vd_time now = vd_io_now();
	struct vd_ctl_vrrp v;

	vd_ctl_vrrp_get(c, i, &v);
	out->conf = v.conf;
	out->interface = v.interface;
	out->sync_group = v.sync_group;
	out->v6 = v.v6;
	out->src = v.src;
	out->mac = v.mac;
	out->status = v.status;
	out->last_transition = wall_us - v.since / VD_USEC;
	if (v.status.next_at != VD_TIME_NEVER && v.status.next_at != 0)
		out->next_event = wall_us + v.status.next_at / VD_USEC - now / VD_USEC;
}

/* What the probe found of each vrrp_track_process; one that nobody tracks is not looked for. */
static struct vd_report_process *
processes_now(struct vd_ctl *c)
{
	struct vd_report_process *now = vd_xcalloc(c->model->track_processes.n + 1, sizeof(*now));
	struct vd_probe_view v;

	for (size_t i = 0; i < c->model->track_processes.n; i++) {
		uint32_t slot = ctl_thing_find(c, "process", c->model->track_processes.v[i].name);

		if (slot == CTL_SLOT_NONE || c->health.probe == NULL ||
				!vd_probe_view_slot(c->health.probe, VD_PROBE_PROCESS, slot,
						c->health.thing.v[slot].serial, &v))
			continue;
		now[i].current = v.value > 0 ? (uint64_t)v.value : 0;
		now[i].quorum = v.up;
	}
	return now;
}

static void
text_make(struct vd_ctl *c, enum vd_ctl_report what, struct vd_strbuf *out)
{
	const struct vd_vrrp *v = vd_director_vrrp(c->control.director);
	size_t n = c->model->instances.n, n_groups = c->model->sync_groups.n;
	struct vd_report_instance *instances = vd_xcalloc(n + 1, sizeof(*instances));
	enum vd_vrrp_state *groups = vd_xcalloc(n_groups + 1, sizeof(*groups));
	struct vd_report_process *processes = processes_now(c);
	struct vd_report r = {
			.model = c->model,
			.processes = processes,
			.instances = instances,
			.n_instances = n,
			.groups = groups,
			.time_text = time_text,
	};
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	for (size_t i = 0; i < n; i++)
		instance_fill(c, i, (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000,
				&instances[i]);
	for (size_t i = 0; i < n_groups; i++)
		groups[i] = vd_vrrp_group_state(
				v, ctl_slot_find(&c->groups, c->model->sync_groups.v[i].name));
	if (what == VD_CTL_REPORT_DATA)
		vd_report_data(&r, out);
	else if (what == VD_CTL_REPORT_STATS)
		vd_report_stats(&r, out);
	else
		vd_report_json(&r, (int)c->model->global.json_version, out);
	free(instances);
	free(groups);
	free(processes);
}

int
vd_ctl_report_write(struct vd_ctl *c, enum vd_ctl_report what)
{
	struct vd_strbuf path = {0}, text = {0};
	int err;

	path_make(c, what, &path);
	text_make(c, what, &text);
	err = vd_io_file_write(path.s, text.s == NULL ? "" : text.s, text.len, MODE);
	if (err == 0)
		vd_log(VD_LOG_INFO, "wrote %s", path.s);
	else
		vd_log(VD_LOG_ERROR, "cannot write %s: %s", path.s, strerror(-err));
	vd_strbuf_free(&path);
	vd_strbuf_free(&text);
	return err;
}
