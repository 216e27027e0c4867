/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Publishing: main builds a snapshot of services and one of the network, hands the pointers to control, which passes
 * them to every active worker, and frees the old ones when the last worker has acknowledged the new.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl_priv.h"

/* A command that the ring does not take waits here, in order. */
void
ctl_cmd_push(struct vd_ctl *c, const struct ctl_cmd *cmd)
{
	if (c->backlog.n == 0 && vd_rt_ring_put(&c->control.commands, cmd, sizeof(*cmd)))
		return;
	vd_vec_push(&c->backlog, *cmd);
}

static void
backlog_flush(struct vd_ctl *c)
{
	size_t done = 0;

	while (done < c->backlog.n &&
			vd_rt_ring_put(&c->control.commands, &c->backlog.v[done],
					sizeof(struct ctl_cmd)))
		done++;
	if (done == 0)
		return;
	memmove(c->backlog.v, c->backlog.v + done, (c->backlog.n - done) * sizeof(c->backlog.v[0]));
	c->backlog.n -= done;
}

static void
retire(struct vd_ctl *c, struct vd_lb_snapshot *snapshot, struct vd_dp_netconf *netconf,
		uint64_t sequence)
{
	struct ctl_retired *r;

	if (snapshot == NULL && netconf == NULL)
		return; /* at start there is nothing before */
	r = vd_vec_add(&c->retired);
	r->snapshot = snapshot;
	r->netconf = netconf;
	r->sequence = sequence;
}

static bool
acknowledged(const struct vd_ctl *c, const struct ctl_retired *r)
{
	if (r->director != NULL)
		return vd_load_acquire(&c->control.director_ack) >= r->sequence;
	for (unsigned int w = 0; w < c->n_active; w++) {
		const struct vd_dp_worker *dp = c->worker[w].dp;
		uint64_t ack = r->snapshot != NULL ? vd_dp_worker_snapshot_ack(dp)
						   : vd_dp_worker_netconf_ack(dp);

		if (ack < r->sequence)
			return false;
	}
	return true;
}

static void
retired_free(struct ctl_retired *r)
{
	vd_lb_snapshot_free(r->snapshot);
	vd_dp_netconf_free(r->netconf);
	vd_director_config_free(r->director);
}

/*
 * No connection of any worker is on that number. A service's number rests until every retired server is let go: connections
 * name both.
 */
static bool
number_idle(void *ctx, enum vd_lb_kind kind, uint32_t id)
{
	const struct vd_ctl *c = ctx;

	if (kind == VD_LB_KIND_SERVICE)
		return vd_lb_registry_retired(c->registry, VD_LB_KIND_SERVER) == 0;
	for (unsigned int w = 0; w < c->n_active; w++) {
		const struct vd_lb_server_state *s =
				vd_lb_worker_server(vd_dp_worker_lb(c->worker[w].dp), id);

		if (vd_load_relaxed(&s->active) + vd_load_relaxed(&s->inactive) != 0)
			return false;
	}
	return true;
}

void
ctl_publish_reclaim(struct vd_ctl *c)
{
	size_t kept = 0;

	backlog_flush(c);
	for (size_t i = 0; i < c->retired.n; i++) {
		if (acknowledged(c, &c->retired.v[i]))
			retired_free(&c->retired.v[i]);
		else
			c->retired.v[kept++] = c->retired.v[i];
	}
	c->retired.n = kept;
	if (kept == 0 && c->slots_stale) {
		/* Nobody knows the names any more that the last configuration dropped, once their end was told. */
		ctl_vrrp_notices(c);
		ctl_health_notices(c);
		ctl_slots_collect(&c->leases);
		ctl_slots_collect(&c->groups);
		ctl_slots_collect(&c->pools);
		ctl_slots_collect(&c->health.checks);
		ctl_slots_collect(&c->health.things);
		ctl_checks_collect(c);
		c->slots_stale = false;
	}
	if (kept == 0 && c->registry != NULL &&
			vd_lb_registry_retired(c->registry, VD_LB_KIND_SERVER) +
							vd_lb_registry_retired(c->registry,
									VD_LB_KIND_SERVICE) >
					0)
		(void)vd_lb_registry_collect(c->registry, number_idle, c);
}

/* At the end, when no worker runs. */
void
ctl_publish_end(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->retired.n; i++) {
		/* What control had not given back yet went with its director. */
		if (c->retired.v[i].director != NULL && !acknowledged(c, &c->retired.v[i]))
			continue;
		retired_free(&c->retired.v[i]);
	}
	vd_vec_free(&c->retired);
	vd_vec_free(&c->backlog);
	vd_lb_snapshot_free(c->snapshot);
	vd_dp_netconf_free(c->netconf);
	c->snapshot = NULL;
	c->netconf = NULL;
}

static int
prepare_workers(struct vd_ctl *c)
{
	uint32_t services = vd_lb_registry_limit(c->registry, VD_LB_KIND_SERVICE);
	uint32_t servers = vd_lb_registry_limit(c->registry, VD_LB_KIND_SERVER);

	for (unsigned int w = 0; w < c->n_active; w++) {
		int err = vd_dp_worker_lb_prepare(c->worker[w].dp, services, servers);

		if (err != 0)
			return err;
	}
	return 0;
}

static struct vd_lb_snapshot *
snapshot_build(struct vd_ctl *c, const struct ctl_plan *plan, struct vd_strbuf *why)
{
	unsigned int bad = 0;
	int err = 0;
	struct vd_lb_snapshot *s =
			vd_lb_snapshot_build(&plan->spec, c->registry, &vd_alloc_libc, &err, &bad);

	if (s != NULL)
		return s;
	if (err == -EEXIST && bad < plan->views.n)
		vd_strbuf_printf(why, "%s: a listener or a real server stands twice",
				plan->views.v[bad].label);
	else
		vd_strbuf_printf(why, "cannot build the table of services: %s", strerror(-err));
	return NULL;
}

#define APPLY_LONGEST (50 * VD_MSEC)
#define APPLY_LOOK    (100 * VD_USEC)

/* Every worker uses what was published up to now, or does not answer in time: an operator's command is done then. */
static void
applied_wait(const struct vd_ctl *c)
{
	const struct timespec look = {.tv_nsec = APPLY_LOOK};
	vd_time until = vd_io_now() + APPLY_LONGEST;

	for (unsigned int w = 0; w < c->n_active; w++)
		while (vd_dp_worker_snapshot_ack(c->worker[w].dp) < c->sequence &&
				vd_io_now() < until)
			(void)nanosleep(&look, NULL);
}

/*
 * Waits, for a moment at most, until the workers have taken the events pushed so far: they go in order, so the snapshot in
 * use, published once more, is acknowledged after them.
 */
void
ctl_events_apply(struct vd_ctl *c)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_EVENT};

	cmd.event.type = VD_DP_EVENT_SNAPSHOT;
	cmd.event.snapshot.snapshot = c->snapshot;
	cmd.event.snapshot.sequence = ++c->sequence;
	ctl_cmd_push(c, &cmd);
	applied_wait(c);
}

/* Servers that the new snapshot no longer has end their connections. */
static void
server_gone(void *ctx, uint32_t id, uint32_t gen)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_EVENT};

	cmd.event.type = VD_DP_EVENT_SERVER;
	cmd.event.server.id = id;
	cmd.event.server.gen = gen;
	cmd.event.server.flags = VD_LB_SERVER_GONE;
	ctl_cmd_push(ctx, &cmd);
}

static void
snapshot_publish(struct vd_ctl *c, struct vd_lb_snapshot *s, struct ctl_plan *plan)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_EVENT};

	cmd.event.type = VD_DP_EVENT_SNAPSHOT;
	cmd.event.snapshot.snapshot = s;
	cmd.event.snapshot.sequence = ++c->sequence;
	ctl_cmd_push(c, &cmd);
	retire(c, c->snapshot, NULL, c->sequence);
	c->snapshot = s;
	ctl_services_carry(&plan->views, &c->services);
	ctl_services_free(&c->services);
	c->services = plan->views;
	memset(&plan->views, 0, sizeof(plan->views));
	ctl_checks_commit(c, &c->services);
	vd_lb_registry_each_retired(c->registry, VD_LB_KIND_SERVER, true, server_gone, c);
}

/* The services alone, with the operator's weights. */
int
ctl_republish_services(struct vd_ctl *c, struct vd_strbuf *why)
{
	struct vd_lb_snapshot *s;
	struct ctl_plan plan;
	int err = 0;

	ctl_plan_build(c, c->model, &plan);
	/* Of the same model: the health engine's configuration stays. */
	for (size_t i = 0; i < plan.views.n; i++)
		plan.views.v[i].health = c->services.v[i].health;
	s = snapshot_build(c, &plan, why);
	if (s == NULL) {
		err = -EINVAL;
	} else if ((err = prepare_workers(c)) != 0) {
		vd_strbuf_puts(why, "not enough memory for the servers' counters");
		vd_lb_snapshot_free(s);
	} else {
		snapshot_publish(c, s, &plan);
		ctl_events_apply(c);
	}
	ctl_plan_free(&plan);
	return err;
}

static void
timeouts_publish(struct vd_ctl *c, const struct vd_model *m)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_EVENT};

	cmd.event.type = VD_DP_EVENT_TIMEOUTS;
	cmd.event.timeouts.tcp_s = (uint32_t)(m->global.lvs_timeouts.tcp / VD_SEC);
	cmd.event.timeouts.tcpfin_s = (uint32_t)(m->global.lvs_timeouts.tcpfin / VD_SEC);
	cmd.event.timeouts.udp_s = (uint32_t)(m->global.lvs_timeouts.udp / VD_SEC);
	ctl_cmd_push(c, &cmd);
}

/*
 * All of a configuration: network, services, director. On failure nothing has changed. Used at start (nothing is
 * retired then) and by reload.
 */
int
ctl_publish_all(struct vd_ctl *c, const struct vd_model *m, struct vd_strbuf *why)
{
	struct vd_director_config *director = NULL;
	struct vd_dp_netconf *netconf = NULL;
	struct vd_lb_snapshot *snapshot;
	struct ctl_cmd cmd = {.type = CTL_CMD_EVENT};
	struct ctl_net net = {{0}};
	struct ctl_plan plan;
	int err = -EINVAL;

	c->slots_stale = false;
	ctl_slots_begin(&c->leases);
	ctl_slots_begin(&c->groups);
	ctl_slots_begin(&c->pools);
	ctl_slots_begin(&c->health.checks);
	ctl_slots_begin(&c->health.things);
	ctl_plan_build(c, m, &plan);
	snapshot = snapshot_build(c, &plan, why);
	if (snapshot == NULL)
		goto out;
	netconf = ctl_net_build(c, m, &plan, &net, why);
	if (netconf == NULL)
		goto out;
	director = ctl_director_conf_build(c, m, &plan, &net, netconf, snapshot, why);
	if (director == NULL)
		goto out;
	err = prepare_workers(c);
	if (err != 0) {
		vd_strbuf_puts(why, "not enough memory for the servers' counters");
		goto out;
	}

	/* Addresses first, so that a service finds its VIP; director last: it announces what is served. */
	cmd.event.type = VD_DP_EVENT_NETCONF;
	cmd.event.netconf = netconf;
	ctl_cmd_push(c, &cmd);
	retire(c, NULL, c->netconf, c->sequence);
	c->netconf = netconf;
	timeouts_publish(c, m);
	snapshot_publish(c, snapshot, &plan);
	ctl_vrrp_macs_set(c, m);
	ctl_things_begin(c, m);
	ctl_director_publish(c, director);
	ctl_probe_publish(c, m);
	ctl_vips_set(c, &net);
	c->slots_stale = true;
	netconf = NULL;
	snapshot = NULL;
	director = NULL;
out:
	vd_lb_snapshot_free(snapshot);
	vd_dp_netconf_free(netconf);
	vd_director_config_free(director);
	ctl_net_free(&net);
	ctl_plan_free(&plan);
	return err;
}
