/* SPDX-License-Identifier: BSD-3-Clause */
/* The rest of the views: status with its warnings, counts of connections, neighbours, drops, explanations. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ctl_priv.h"

#define PROBE_LATE (500 * VD_MSEC)

size_t
vd_ctl_conn_state_count(void)
{
	return VD_CONN_STATE_N;
}

const char *
vd_ctl_conn_state_name(size_t i)
{
	return vd_conn_state_name((enum vd_conn_state)i);
}

void
vd_ctl_conn_count(struct vd_ctl *c, struct vd_ctl_conn_count *out)
{
	memset(out, 0, sizeof(*out));
	memset(c->count_by_state, 0, sizeof(c->count_by_state));
	for (unsigned int w = 0; w < c->n_active; w++) {
		const struct vd_dp_counters *d = vd_dp_worker_counters(c->worker[w].dp);
		const struct vd_conn_table *t = vd_dp_worker_conns(c->worker[w].dp);

		c->count_by_worker[w] = vd_load_relaxed(&t->live);
		out->total += c->count_by_worker[w];
		out->capacity += t->capacity;
		for (int s = 0; s < VD_CONN_STATE_N; s++)
			c->count_by_state[s] += vd_load_relaxed(&t->stats.by_state[s]);
		out->opened += vd_load_relaxed(&d->opened);
		out->expired += vd_load_relaxed(&d->expired);
		out->refused += vd_load_relaxed(&d->refused);
	}
	out->by_worker = c->count_by_worker;
	out->n_workers = c->n_active;
	out->by_state = c->count_by_state;
}

int
vd_ctl_conn_check(struct vd_ctl *c)
{
	int err = 0;

	for (unsigned int w = 0; w < c->n_active && err == 0; w++)
		err = vd_conn_table_check(vd_dp_worker_conns(c->worker[w].dp));
	return err;
}

void
vd_ctl_neighbors(
		struct vd_ctl *c, void (*fn)(void *ctx, const struct vd_ctl_neighbor *n), void *ctx)
{
	const struct vd_neigh_table *t = ctl_control_neighbors(c);
	uint32_t cursor = 0, second = (uint32_t)(vd_io_now() / VD_SEC);
	struct vd_ctl_neighbor n;
	struct vd_neigh_row row;

	while (vd_neigh_view(t, &cursor, &row)) {
		memset(&n, 0, sizeof(n));
		n.address = row.addr;
		n.mac = row.mac;
		n.port = row.ifid < c->n_ifaces ? c->iface[row.ifid].name : "?";
		n.state = vd_neigh_state_name(row.state);
		n.age = second > row.since ? (vd_time)(second - row.since) * VD_SEC : 0;
		fn(ctx, &n);
	}
}

void
vd_ctl_drops(struct vd_ctl *c, uint64_t *out)
{
	for (int r = 0; r < VD_DROP_N; r++) {
		out[r] = vd_load_relaxed(&c->control.drops[r]) - c->control.drops_base[r];
		for (unsigned int w = 0; w < c->n_active; w++)
			out[r] += vd_load_relaxed(
					&vd_dp_worker_counters(c->worker[w].dp)->drops[r]);
	}
}

struct vd_probe *
vd_ctl_probe(struct vd_ctl *c)
{
	return c->health.probe;
}

const struct vd_model *
vd_ctl_model(struct vd_ctl *c)
{
	return c->model;
}

const struct vd_dataplane *
vd_ctl_dataplane(struct vd_ctl *c)
{
	return c->dataplane;
}

/* ---- status ---- */

static void warn(struct vd_ctl *c, const char *fmt, ...) VD_PRINTF(2, 3);

static void
warn(struct vd_ctl *c, const char *fmt, ...)
{
	struct vd_strbuf b = {0};
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(&b, fmt, ap);
	va_end(ap);
	vd_vec_push(&c->warnings, vd_strbuf_take(&b));
}

void
ctl_warnings_free(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->warnings.n; i++)
		free(c->warnings.v[i]);
	vd_vec_free(&c->warnings);
}

static void
warn_runtime(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->n_ports; i++)
		if (c->port[i].link_known && !c->port[i].link_up)
			warn(c, "port %s has no link", c->dataplane->ports.v[i].name);
	for (unsigned int i = 0; i < vd_rt_lcore_count(); i++) {
		const struct vd_rt_lcore *l = vd_rt_lcore_get(i);

		if (c->lcore[i].stalled)
			warn(c, "%s lcore %u is stalled", vd_rt_role_name(l->role), l->id);
		else if (c->lcore[i].stalls > 0)
			warn(c, "%s lcore %u was stalled %" PRIu64 " times (clear stats forgets)",
					vd_rt_role_name(l->role), l->id, c->lcore[i].stalls);
	}
}

static void
warn_counters(struct vd_ctl *c, const struct vd_ctl_conn_count *count)
{
	static const enum vd_drop said[] = {VD_DROP_RING_FULL, VD_DROP_HANDOVER_FULL,
			VD_DROP_NO_MBUF, VD_DROP_TX_FULL, VD_DROP_TABLE_FULL,
			VD_DROP_PORT_EXHAUSTED, VD_DROP_PUNT_FULL, VD_DROP_NEIGHBOUR_FULL};
	uint64_t drops[VD_DROP_N];

	vd_ctl_drops(c, drops);
	for (size_t i = 0; i < VD_ARRAY_LEN(said); i++)
		if (drops[said[i]] != 0)
			warn(c, "%" PRIu64 " packets dropped as %s: %s", drops[said[i]],
					vd_drop_name(said[i]), vd_drop_text(said[i]));
	if (count->capacity > 0 && count->total >= count->capacity / 10 * 9)
		warn(c, "connection table is %" PRIu64 " %% full (connections.max_per_worker)",
				count->total * 100 / count->capacity);
}

static void
warn_services(struct vd_ctl *c)
{
	struct vd_ctl_service s;
	struct vd_ctl_vrrp v;

	if (!c->serving)
		warn(c, "stopped by the operator: packets for VIPs are dropped as stopped (start)");
	if (c->maintenance)
		warn(c, "maintenance is on: no VIP is claimed (maintenance off)");
	for (size_t i = 0; i < vd_ctl_vrrp_count(c) && c->warnings.n < 64; i++) {
		vd_ctl_vrrp_get(c, i, &v);
		if (v.status.state == VD_VRRP_STATE_FAULT)
			warn(c, "%s is in FAULT: %s", v.name, v.reason);
	}
	for (size_t i = 0; i < c->services.n && c->warnings.n < 64; i++) {
		vd_ctl_service_get(c, i, &s);
		if (!s.quorum)
			warn(c, "%s has no usable real server, or fewer than its quorum", s.label);
		if (s.scheduler != s.configured_scheduler)
			warn(c, "%s: scheduler %s is not in effect yet, wrr is used", s.label,
					vd_scheduler_word(s.configured_scheduler));
	}
}

static void
warn_servers(struct vd_ctl *c)
{
	struct vd_health_server_view v;

	for (size_t i = 0; i < c->services.n && c->warnings.n < 64; i++) {
		const struct ctl_service *s = &c->services.v[i];
		size_t down = 0;

		for (size_t k = 0; k < s->servers.n; k++) {
			ctl_server_health(c, i, k, &v);
			down += !v.up;
		}
		if (down > 0)
			warn(c, "%s: %zu of %zu real servers are down (show health)", s->label,
					down, s->servers.n);
	}
}

static void
warn_health(struct vd_ctl *c)
{
	struct vd_mail_stats mail;
	struct vd_probe_stats probe;
	struct vd_probe_view v;
	size_t cursor = 0;

	warn_servers(c);
	if (vd_io_log_lost() > 0)
		warn(c, "%" PRIu64 " lines of the log were lost: its file takes no more (log.to)",
				(uint64_t)vd_io_log_lost());
	if (c->health.probe == NULL)
		return;
	while (c->warnings.n < 64 && vd_probe_view_next(c->health.probe, &cursor, &v))
		if (v.kind == VD_PROBE_SCRIPT && strcmp(v.state, "bad") == 0)
			warn(c, "script %s is bad: %s (show script)", v.name, v.last_error);
	vd_probe_stats(c->health.probe, &probe);
	if (probe.late_max > PROBE_LATE)
		warn(c,
				"checks begin up to %" PRIu64
				" ms late: too many for one thread, or its CPU "
				"is taken",
				probe.late_max / VD_MSEC);
	vd_mail_stats(c->health.mail, &mail);
	if (mail.last_error != NULL && mail.queued + mail.dropped > 0)
		warn(c, "mail: %zu waiting, %" PRIu64 " given up: %s", mail.queued, mail.dropped,
				mail.last_error);
}

void
vd_ctl_status(struct vd_ctl *c, struct vd_ctl_status *out)
{
	struct vd_ctl_conn_count count;

	memset(out, 0, sizeof(*out));
	vd_ctl_conn_count(c, &count);
	out->version = VD_VERSION;
	out->dpdk_version = vd_rt_eal_version();
	out->instance = c->instance;
	out->state = !c->serving         ? VD_CTL_STATE_STOPPED
			: c->maintenance ? VD_CTL_STATE_MAINTENANCE
					 : VD_CTL_STATE_RUNNING;
	out->uptime = vd_io_now() - c->started_at;
	out->huge_pages = vd_rt_eal_hugepages();
	out->adaptive = c->dataplane->poll == VD_DATAPLANE_POLL_ADAPTIVE;
	out->config_file = c->model->files.n > 0 ? c->model->files.v[0] : c->model->obj.place.file;
	out->n_ports = c->n_ports;
	out->n_workers = c->n_workers;
	out->n_workers_active = c->n_active;
	out->n_services = c->services.n;
	out->n_instances = c->model->instances.n;
	out->connections = count.total;
	out->capacity = count.capacity;
	for (size_t i = 0; i < c->n_ports; i++) {
		out->rx_pps += c->port[i].rate[CTL_PORT_RX_PACKETS].per_second;
		out->tx_pps += c->port[i].rate[CTL_PORT_TX_PACKETS].per_second;
	}
	out->cps = c->cps.per_second;
	ctl_warnings_free(c);
	warn_runtime(c);
	warn_counters(c, &count);
	warn_services(c);
	warn_health(c);
	out->warnings = (const char *const *)c->warnings.v;
	out->n_warnings = c->warnings.n;
}
