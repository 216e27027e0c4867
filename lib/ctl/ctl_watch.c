/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Watching: once a second the counters are sampled for rates and clocks are brought together; more often the heartbeats
 * of all lcores are looked at. A lcore that has not finished a turn for stall_ms is reported once, and again when it is back.
 */
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "ctl_priv.h"

#define SAMPLE_INTERVAL (1 * VD_SEC)

void
ctl_rate_sample(struct ctl_rate *r, uint64_t now_value, vd_time elapsed)
{
	/* A counter that went back was cleared. */
	uint64_t d = now_value >= r->last ? now_value - r->last : now_value;

	if (r->primed && elapsed > 0)
		r->per_second = (double)d * (double)VD_SEC / (double)elapsed;
	r->primed = true;
	r->last = now_value;
}

static uint64_t
since(uint64_t value, uint64_t base)
{
	return value - base;
}

/* Packets of the graph and of control; what the PMD counts beside them is rx_missed and errors. */
void
ctl_port_totals(struct vd_ctl *c, size_t i, struct vd_ctl_port *out)
{
	const struct ctl_port *p = &c->port[i];
	struct rte_eth_stats st;
	uint16_t id = p->rt->id;

	out->tx_packets = vd_load_relaxed(&p->ctl_tx_packets);
	out->tx_bytes = vd_load_relaxed(&p->ctl_tx_bytes);
	out->tx_dropped = vd_load_relaxed(&p->ctl_tx_dropped);
	for (unsigned int w = 0; w < c->n_active; w++) {
		const struct vd_dp_port_counters *pc =
				&vd_dp_worker_counters(c->worker[w].dp)->port[id];

		out->rx_packets += vd_load_relaxed(&pc->rx_packets);
		out->rx_bytes += vd_load_relaxed(&pc->rx_bytes);
		out->tx_packets += vd_load_relaxed(&pc->tx_packets);
		out->tx_bytes += vd_load_relaxed(&pc->tx_bytes);
		out->tx_dropped += vd_load_relaxed(&pc->tx_full);
	}
	if (vd_rt_port_stats(p->rt, &st) == 0)
		out->rx_missed = since(st.imissed + st.rx_nombuf + st.ierrors, p->missed_base);
	out->tx_packets = since(out->tx_packets, p->tx_packets_base);
	out->tx_bytes = since(out->tx_bytes, p->tx_bytes_base);
	out->tx_dropped = since(out->tx_dropped, p->tx_dropped_base);
}

/* Workers clear their own counters; what has no such owner is cleared by remembering where it stood. */
void
ctl_port_clear(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->n_ports; i++) {
		struct ctl_port *p = &c->port[i];
		struct rte_eth_stats st;

		p->tx_packets_base = vd_load_relaxed(&p->ctl_tx_packets);
		p->tx_bytes_base = vd_load_relaxed(&p->ctl_tx_bytes);
		p->tx_dropped_base = vd_load_relaxed(&p->ctl_tx_dropped);
		if (vd_rt_port_stats(p->rt, &st) == 0)
			p->missed_base = st.imissed + st.rx_nombuf + st.ierrors;
	}
}

static void
sample_ports(struct vd_ctl *c, vd_time elapsed)
{
	struct vd_ctl_port v;

	for (size_t i = 0; i < c->n_ports; i++) {
		struct ctl_port *p = &c->port[i];
		struct vd_rt_port_link link;

		memset(&v, 0, sizeof(v));
		ctl_port_totals(c, i, &v);
		ctl_rate_sample(&p->rate[CTL_PORT_RX_PACKETS], v.rx_packets, elapsed);
		ctl_rate_sample(&p->rate[CTL_PORT_TX_PACKETS], v.tx_packets, elapsed);
		ctl_rate_sample(&p->rate[CTL_PORT_RX_BYTES], v.rx_bytes, elapsed);
		ctl_rate_sample(&p->rate[CTL_PORT_TX_BYTES], v.tx_bytes, elapsed);
		vd_rt_port_link_poll(p->rt);
		vd_rt_port_link(p->rt, &link);
		if (p->link_known && link.up == p->link_up)
			continue;
		if (p->link_known || !link.up)
			vd_log(link.up ? VD_LOG_NOTICE : VD_LOG_WARNING, "port %s: link is %s",
					c->dataplane->ports.v[i].name, link.up ? "up" : "down");
		p->link_known = true;
		p->link_up = link.up;
	}
}

static void
sample_lcores(struct vd_ctl *c, vd_time elapsed)
{
	for (unsigned int i = 0; i < vd_rt_lcore_count(); i++) {
		struct ctl_lcore *l = &c->lcore[i];
		const struct vd_rt_beat *b = vd_rt_lcore_get(i)->beat;

		ctl_rate_sample(&l->busy, vd_load_relaxed(&b->busy_ns), elapsed);
	}
}

void
ctl_watch_sample(struct vd_ctl *c, vd_time now)
{
	vd_time elapsed = now - c->sampled_at;

	vd_rt_clock_sync();
	c->sampled_at = now;
	sample_ports(c, elapsed);
	sample_lcores(c, elapsed);
	ctl_services_sample(c, elapsed);
	ctl_vrrp_sample(c);
}

void
ctl_watch_clear(struct vd_ctl *c)
{
	for (unsigned int i = 0; i < vd_rt_lcore_count(); i++) {
		c->lcore[i].stalls = 0;
		vd_rt_beat_copy(&c->lcore[i].base, vd_rt_lcore_get(i)->beat);
	}
}

static bool
lcore_runs(const struct vd_ctl *c, const struct vd_rt_lcore *l)
{
	return l->role == VD_RT_ROLE_CONTROL ||
			(l->role == VD_RT_ROLE_WORKER && l->worker < (int)c->n_active);
}

static void
watch_stalls(struct vd_ctl *c, vd_time now)
{
	vd_time limit = (vd_time)c->dataplane->stall_ms * VD_MSEC;

	for (unsigned int i = 0; i < vd_rt_lcore_count(); i++) {
		const struct vd_rt_lcore *l = vd_rt_lcore_get(i);
		vd_time last = vd_load_relaxed(&l->beat->last);
		struct ctl_lcore *s = &c->lcore[i];
		bool stalled = lcore_runs(c, l) && now > last && now - last > limit;

		if (last == 0) /* not begun yet */
			continue;
		if (stalled && !s->stalled) {
			s->stalls++;
			s->stalled_since = last;
			vd_log(VD_LOG_ERROR,
					"%s lcore %u (CPU %d) has not finished a turn for %llu ms: "
					"it is stopped, or its CPU is taken",
					vd_rt_role_name(l->role), l->id, l->cpu,
					(unsigned long long)((now - last) / VD_MSEC));
		} else if (!stalled && s->stalled) {
			vd_log(VD_LOG_WARNING, "%s lcore %u runs again after %llu ms",
					vd_rt_role_name(l->role), l->id,
					(unsigned long long)((last - s->stalled_since) / VD_MSEC));
		}
		s->stalled = stalled;
	}
}

static void
watch_timer(struct vd_io_timer *t)
{
	struct vd_ctl *c = t->ctx;
	vd_time now = vd_io_now();

	/*
	 * Main may be the one that slept (a stopped process, a busy CPU it shares): the others are judged only when main
	 * itself came in time.
	 */
	if (now - c->watched_at < 2 * c->watch_interval)
		watch_stalls(c, now);
	c->watched_at = now;
	ctl_control_notices(c);
	ctl_vrrp_notices(c);
	ctl_health_notices(c);
	ctl_publish_reclaim(c);
	if (now - c->sampled_at >= SAMPLE_INTERVAL)
		ctl_watch_sample(c, now);
	vd_io_timer_set(c->loop, &c->watch_timer, now + c->watch_interval, watch_timer, c);
}

/* At start and after a reload: main looks often enough, and control judges its workers by the same time. */
void
ctl_stall_set(struct vd_ctl *c)
{
	vd_time limit = (vd_time)c->dataplane->stall_ms * VD_MSEC;

	c->watch_interval = VD_MIN(VD_MAX(limit / 2, 10 * VD_MSEC), 100 * VD_MSEC);
	vd_store_relaxed(&c->control.stall, limit);
}

void
ctl_watch_start(struct vd_ctl *c)
{
	c->watched_at = c->sampled_at = vd_io_now();
	ctl_watch_sample(c, c->sampled_at);
	vd_io_timer_set(c->loop, &c->watch_timer, c->watched_at + c->watch_interval, watch_timer,
			c);
}

void
ctl_watch_stop(struct vd_ctl *c)
{
	vd_io_timer_cancel(c->loop, &c->watch_timer);
}

size_t
vd_ctl_lcore_count(struct vd_ctl *c)
{
	(void)c;
	return vd_rt_lcore_count();
}

void
vd_ctl_lcore_get(struct vd_ctl *c, size_t i, struct vd_ctl_lcore *out)
{
	const struct vd_rt_lcore *l = vd_rt_lcore_get((unsigned int)i);
	const struct ctl_lcore *s = &c->lcore[i];
	vd_time last, now = vd_io_now();
	struct vd_rt_beat beat;

	vd_rt_beat_copy(&beat, l->beat);
	last = beat.last;
	memset(out, 0, sizeof(*out));
	out->lcore = l->id;
	out->cpu = l->cpu;
	out->role = vd_rt_role_name(l->role);
	out->worker = l->worker;
	out->active = l->role == VD_RT_ROLE_MAIN || lcore_runs(c, l);
	out->stalled = s->stalled;
	out->loops = beat.loops;
	out->load = s->busy.per_second / (double)VD_SEC;
	out->loop_p50 = vd_rt_beat_quantile(&beat, &s->base, 0.5);
	out->loop_p99 = vd_rt_beat_quantile(&beat, &s->base, 0.99);
	out->loop_p999 = vd_rt_beat_quantile(&beat, &s->base, 0.999);
	out->loop_max = vd_rt_beat_quantile(&beat, &s->base, 1);
	out->last_beat = last == 0 || last > now ? 0 : now - last;
	out->stalls = s->stalls;
	if (l->role == VD_RT_ROLE_WORKER && out->active) {
		const struct vd_dp_counters *d = vd_dp_worker_counters(c->worker[l->worker].dp);

		out->busy_loops = vd_load_relaxed(&d->busy_turns);
		out->packets = vd_load_relaxed(&d->packets);
		out->handed_in = vd_load_relaxed(&d->handed_in);
		out->handed_out = vd_load_relaxed(&d->handed_out);
	}
}

struct nodes_arg {
	void (*fn)(void *ctx, const struct vd_ctl_node *n);
	void *ctx;
	int worker;
};

static void
node_seen(void *ctx, const struct vd_dp_node_view *v)
{
	const struct nodes_arg *a = ctx;
	struct vd_ctl_node n = {v->name, a->worker, v->calls, v->packets, 0};

	if (v->sampled_packets > 0)
		n.ns = (double)v->sampled_cycles * 1e9 / (double)rte_get_tsc_hz() /
				(double)v->sampled_packets;
	a->fn(a->ctx, &n);
}

void
vd_ctl_nodes(struct vd_ctl *c, void (*fn)(void *ctx, const struct vd_ctl_node *n), void *ctx)
{
	struct nodes_arg a = {fn, ctx, 0};

	for (unsigned int w = 0; w < c->n_active; w++) {
		a.worker = (int)w;
		vd_dp_worker_nodes(c->worker[w].dp, node_seen, &a);
	}
}
