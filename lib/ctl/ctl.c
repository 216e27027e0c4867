/* SPDX-License-Identifier: BSD-3-Clause */
/* Start and end: one ordered table of parts, undone in reverse. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ctl_priv.h"

static int
part_registry(struct vd_ctl *c, struct vd_strbuf *why)
{
	(void)why;
	c->registry = vd_lb_registry_create();
	return c->registry == NULL ? -ENOMEM : 0;
}

static void
part_registry_undo(struct vd_ctl *c)
{
	ctl_publish_end(c);
	ctl_services_free(&c->services);
	vd_vec_free(&c->vips);
	ctl_slots_free(&c->leases);
	ctl_slots_free(&c->pools);
	ctl_overrides_free(c);
	vd_lb_registry_destroy(c->registry);
}

/* Workers that do share their CPU sleep even when they are to poll busily. */
static bool
shares_cpus(const struct vd_ctl *c)
{
	for (unsigned int w = 0; w < c->n_active; w++)
		if (c->worker[w].lcore->shares_cpu)
			return true;
	return false;
}

/* A worker put packets into another one's ring. */
static void
worker_wake(void *ctx, uint16_t worker)
{
	struct vd_ctl *c = ctx;

	vd_rt_idle_wake_fenced(&c->worker[worker].idle);
}

/* Queues and ways of a port. */
static void
worker_port(const struct vd_rt_port *p, unsigned int w, struct vd_dp_worker_config *conf)
{
	uint16_t queues[VD_RT_PORT_QUEUES];
	unsigned int n = vd_rt_port_rx_queues(p, w, queues);

	for (unsigned int q = 0; q < n && conf->n_rxq < VD_DP_RX_MAX; q++) {
		conf->rxq[conf->n_rxq].port = p->id;
		conf->rxq[conf->n_rxq++].queue = queues[q];
	}
	conf->txq[p->id] = vd_rt_port_txq(p, w);
	conf->rss[p->id] = p->rss_slots != 0;
	conf->tx_via[p->id] = (uint16_t)(vd_rt_port_tx_via(p, w) + 1);
}

static int
worker_create(struct vd_ctl *c, unsigned int w, struct vd_strbuf *why)
{
	struct vd_dp_worker_config conf = {
			.index = (uint16_t)w,
			.workers = (uint16_t)c->n_active,
			.socket = c->worker[w].lcore->socket,
			.alloc = vd_rt_alloc(c->worker[w].lcore->socket),
			.seed = c->seed,
			.connections = c->dataplane->max_per_worker,
			.rss_slots = c->rss_slots,
			.toeplitz = &c->toeplitz,
			.neigh = ctl_control_neighbors(c),
			.serve = true,
			.wake = ctl_control_wake,
			.wake_ctx = c,
			.wake_worker = c->dataplane->poll == VD_DATAPLANE_POLL_BUSY &&
							!shares_cpus(c)
					? NULL
					: worker_wake,
			.wake_worker_ctx = c,
	};

	for (int i = 0; i < VD_DP_PORT_MAX; i++)
		conf.txq[i] = VD_DP_TX_NONE;
	for (size_t i = 0; i < c->n_ports; i++)
		worker_port(c->port[i].rt, w, &conf);
	c->worker[w].dp = vd_dp_worker_create(&conf);
	if (c->worker[w].dp != NULL)
		return 0;
	vd_strbuf_printf(why,
			"worker %u: %s; a table of %u connections needs %zu MB "
			"(connections.max_per_worker, eal.memory_mb)",
			w, strerror(errno), conf.connections,
			vd_conn_table_bytes(conf.connections) >> 20);
	return -ENOMEM;
}

static int
part_workers(struct vd_ctl *c, struct vd_strbuf *why)
{
	struct vd_dp_worker *dp[VD_DP_WORKER_MAX];
	int err;

	for (unsigned int w = 0; w < c->n_active; w++) {
		err = worker_create(c, w, why);
		if (err != 0)
			return err;
		dp[w] = c->worker[w].dp;
	}
	err = vd_dp_workers_connect(dp, (uint16_t)c->n_active);
	if (err != 0)
		vd_strbuf_printf(why, "the rings between %u workers: %s (eal.memory_mb)",
				c->n_active, strerror(-err));
	return err;
}

static void
part_workers_undo(struct vd_ctl *c)
{
	for (unsigned int w = 0; w < c->n_active; w++)
		if (c->worker[w].dp != NULL)
			vd_dp_worker_destroy(c->worker[w].dp);
}

static int
part_config(struct vd_ctl *c, struct vd_strbuf *why)
{
	int err;

	ctl_ifaces_build(c);
	err = ctl_publish_all(c, c->model, why);
	if (err != 0)
		return err;
	ctl_vrrp_configured(c, false);
	ctl_health_configured(c);
	return err;
}

static bool
worker_pending(void *ctx)
{
	return vd_dp_worker_pending(ctx);
}

static int
worker_loop(void *arg)
{
	struct ctl_worker *w = arg;
	vd_time now = vd_rt_idle_attach(&w->idle);

	while (!vd_rt_stopping(w->stop)) {
		bool work = vd_dp_worker_poll(w->dp, now) != 0;

		now = vd_rt_idle_turn(&w->idle, work, VD_TIME_NEVER);
	}
	vd_rt_idle_detach(&w->idle);
	return 0;
}

static struct vd_rt_stop ctl_stop_word;

static int
part_lcores(struct vd_ctl *c, struct vd_strbuf *why)
{
	bool busy = c->dataplane->poll == VD_DATAPLANE_POLL_BUSY;
	int err;

	ctl_stop_word.stop = 0;
	c->control.stop = &ctl_stop_word;
	ctl_control_prime(c);
	err = ctl_control_launch(c);
	for (unsigned int w = 0; w < c->n_active && err == 0; w++) {
		struct ctl_worker *k = &c->worker[w];

		k->stop = &ctl_stop_word;
		err = vd_rt_idle_init(&k->idle, k->lcore, busy, false);
		if (err != 0)
			break;
		k->idle_ready = true;
		vd_rt_idle_set_pending(&k->idle, worker_pending, k->dp);
		for (size_t i = 0; i < c->n_ports; i++)
			vd_rt_idle_add_port(&k->idle, c->port[i].rt, w);
	}
	/* They wake each other: none runs before all can be woken. */
	for (unsigned int w = 0; w < c->n_active && err == 0; w++) {
		struct ctl_worker *k = &c->worker[w];

		err = vd_rt_lcore_launch(k->lcore, worker_loop, k);
		k->launched = err == 0;
	}
	if (err != 0)
		vd_strbuf_printf(why, "cannot start the lcores: %s", strerror(-err));
	return err;
}

static void
part_lcores_undo(struct vd_ctl *c)
{
	ctl_vrrp_stop(c);
	vd_rt_stop_set(&ctl_stop_word);
	for (unsigned int w = 0; w < c->n_active; w++) {
		if (c->worker[w].idle_ready)
			vd_rt_idle_wake(&c->worker[w].idle);
		if (c->worker[w].launched)
			(void)vd_rt_lcore_join(c->worker[w].lcore);
		if (c->worker[w].idle_ready)
			vd_rt_idle_fini(&c->worker[w].idle);
	}
	ctl_control_join(c);
	ctl_control_notices(c);
	ctl_vrrp_notices(c);
	ctl_health_notices(c);
	ctl_asks_end(c);
}

static int
part_watch(struct vd_ctl *c, struct vd_strbuf *why)
{
	(void)why;
	ctl_watch_start(c);
	return 0;
}

static void
part_watch_undo(struct vd_ctl *c)
{
	ctl_watch_stop(c);
}

/* In this order; undone from the part that failed upwards. undo runs for a part that failed half-way, too. */
static const struct part {
	int (*start)(struct vd_ctl *c, struct vd_strbuf *why);
	void (*undo)(struct vd_ctl *c);
} parts[] = {
		{part_registry, part_registry_undo},
		{ctl_vrrp_start, ctl_vrrp_end},
		{ctl_health_start, ctl_health_end},
		{ctl_ports_open, ctl_ports_close},
		{ctl_control_create, ctl_control_destroy},
		{part_workers, part_workers_undo},
		{part_config, NULL},
		{part_lcores, part_lcores_undo},
		{ctl_probe_start, ctl_probe_end},
		{part_watch, part_watch_undo},
};

static void
parts_undo(struct vd_ctl *c, size_t n)
{
	while (n-- > 0)
		if (parts[n].undo != NULL)
			parts[n].undo(c);
}

static void
ctl_free(struct vd_ctl *c)
{
	ctl_warnings_free(c);
	vd_model_free(c->model);
	vd_dataplane_free(c->dataplane);
	free(c->instance);
	free(c);
}

/* Source ports and hashes repeat with random_seed, and differ from start to start without. */
static uint64_t
seed_of(const struct vd_model *m)
{
	uint64_t seed = (uint64_t)m->global.random_seed;

	if (seed == 0 && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = vd_mix64(vd_io_now());
	return seed;
}

struct vd_ctl *
vd_ctl_start(const struct vd_ctl_config *config, struct vd_strbuf *why)
{
	struct vd_ctl *c = vd_xcalloc(1, sizeof(*c));
	size_t i;

	c->config = *config;
	c->instance = vd_xstrdup(config->instance);
	c->loop = config->loop;
	c->model = config->model;
	c->dataplane = config->dataplane;
	c->started_at = vd_io_now();
	c->serving = true;
	c->seed = seed_of(c->model);
	c->n_workers = vd_rt_worker_count();
	c->n_active = VD_MIN(c->n_workers, VD_DP_WORKER_MAX);
	for (unsigned int w = 0; w < c->n_workers; w++)
		c->worker[w].lcore = vd_rt_lcore_worker(w);
	ctl_events_start();
	for (i = 0; i < VD_ARRAY_LEN(parts); i++)
		if (parts[i].start(c, why) != 0)
			break;
	if (i == VD_ARRAY_LEN(parts))
		return c;
	parts_undo(c, i + 1);
	ctl_events_stop();
	c->model = NULL; /* still the caller's */
	c->dataplane = NULL;
	ctl_free(c);
	return NULL;
}

void
vd_ctl_shutdown(struct vd_ctl *c)
{
	if (c == NULL)
		return;
	parts_undo(c, VD_ARRAY_LEN(parts));
	ctl_events_stop();
	ctl_free(c);
}

/* Stopping resigns first; what serves again waits for its turn as after a start. */
void
vd_ctl_serve(struct vd_ctl *c, bool on)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_EVENT};

	ctl_vrrp_hold(c, VD_VRRP_HOLD_STOPPED, !on);
	cmd.event.type = VD_DP_EVENT_SERVE;
	cmd.event.serve = on;
	ctl_cmd_push(c, &cmd);
	if (c->serving != on)
		vd_log(VD_LOG_NOTICE, "%s by the operator", on ? "started" : "stopped");
	c->serving = on;
}

void
vd_ctl_clear_stats(struct vd_ctl *c)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_EVENT};

	cmd.event.type = VD_DP_EVENT_CLEAR_STATS;
	ctl_cmd_push(c, &cmd);
	ctl_vrrp_clear(c);
	ctl_port_clear(c);
	for (int r = 0; r < VD_DROP_N; r++)
		c->control.drops_base[r] = vd_load_relaxed(&c->control.drops[r]);
	ctl_watch_clear(c);
}

void
vd_ctl_quit(struct vd_ctl *c)
{
	c->config.quit(c->config.ctx);
}
