/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control lcore: moves frames between workers, director, taps and ports, carries out the director's actions,
 * and passes main's commands to the workers. Bounded work a turn; nothing here blocks, allocates from libc, or logs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "ctl_priv.h"

#define CTL_BURST    64     /* frames of one kind, per worker and turn */
#define CTL_COMMANDS 4096   /* ring from main */
#define CTL_NOTICES  1024   /* ring to main */
#define NEIGH_SLOTS  65536u /* at least */
#define NEIGH_MOST   (1u << 20)
#define NEIGH_TURN   256 /* ARP and ND frames, per worker and turn */
#define VRRP_TURN    256 /* adverts, likewise */
#define VRRP_NOTICES 4096
#define SWAP_UNITS   256            /* of a new configuration, a turn */
#define OVERSLEPT    (20 * VD_MSEC) /* between two turns: the whole process may have been stopped */
#define LISTEN       (5 * VD_MSEC)  /* then the most that timers wait for what came meanwhile */

/* ---- from the workers ---- */

static void
neigh_frames(struct ctl_control *k, struct vd_dp_worker *w, vd_time now, bool *work)
{
	struct rte_mbuf *m[CTL_BURST];
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_FRAME};
	unsigned int n, seen = 0;

	do {
		n = vd_dp_worker_up(w, VD_DP_UP_NEIGH, m, CTL_BURST);
		seen += n;
		for (unsigned int i = 0; i < n; i++) {
			struct ctl_port *p = k->c->port_of_id[m[i]->port];

			e.ifid = vd_dp_mbuf_ifid(m[i]);
			e.frame = rte_pktmbuf_mtod(m[i], const void *);
			e.len = rte_pktmbuf_data_len(m[i]);
			if (vd_director_step(k->director, &e, now, &k->actions, NULL) ==
							VD_DIRECTOR_HOST &&
					p != NULL && p->punt != NULL)
				(void)vd_punt_tx_bytes(p->punt, e.frame, (uint16_t)e.len);
			ctl_actions_run(k, now);
			rte_pktmbuf_free(m[i]);
		}
	} while (n == CTL_BURST && seen < NEIGH_TURN);
	*work |= seen != 0;
}

/* Frames of several ports come mixed; each run of one port goes to its tap at once. */
static void
punt_frames(struct ctl_control *k, struct vd_dp_worker *w, enum vd_dp_up which, bool *work)
{
	struct rte_mbuf *m[CTL_BURST];
	unsigned int n = vd_dp_worker_up(w, which, m, CTL_BURST);

	for (unsigned int i = 0, run; i < n; i += run) {
		struct ctl_port *p = k->c->port_of_id[m[i]->port];

		for (run = 1; i + run < n && m[i + run]->port == m[i]->port; run++)
			;
		if (p == NULL || p->punt == NULL) {
			rte_pktmbuf_free_bulk(&m[i], run);
			ctl_drop_count(k, VD_DROP_NO_PUNT, run);
		} else {
			uint16_t done = vd_punt_tx_burst(p->punt, &m[i], (uint16_t)run);

			if (done < run)
				ctl_drop_count(k, VD_DROP_PUNT_FULL, run - done);
		}
	}
	*work |= n != 0;
}

static void
vrrp_frames(struct ctl_control *k, struct vd_dp_worker *w, vd_time now, bool *work)
{
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_VRRP};
	struct rte_mbuf *m[CTL_BURST];
	unsigned int n, seen = 0;
	enum vd_drop drop;

	do {
		n = vd_dp_worker_up(w, VD_DP_UP_VRRP, m, CTL_BURST);
		seen += n;
		for (unsigned int i = 0; i < n; i++) {
			e.ifid = vd_dp_mbuf_ifid(m[i]);
			e.frame = rte_pktmbuf_mtod(m[i], const void *);
			e.len = rte_pktmbuf_data_len(m[i]);
			if (vd_director_step(k->director, &e, now, &k->actions, &drop) ==
					VD_DIRECTOR_DROP)
				ctl_drop_count(k, drop, 1);
			ctl_actions_run(k, now);
			rte_pktmbuf_free(m[i]);
		}
	} while (n == CTL_BURST && seen < VRRP_TURN);
	*work |= seen != 0;
}

static void
reports(struct ctl_control *k, struct vd_dp_worker *w, vd_time now, bool *work)
{
	struct vd_dp_report r[CTL_BURST];
	unsigned int n = vd_dp_worker_reports(w, r, CTL_BURST);
	struct vd_director_event e = {0};

	for (unsigned int i = 0; i < n; i++) {
		e.idx = r[i].index;
		switch (r[i].type) {
		case VD_DP_REPORT_RESOLVE:
			e.kind = VD_DIRECTOR_EVENT_RESOLVE;
			e.ifid = r[i].ifid;
			e.addr = r[i].addr;
			break;
		case VD_DP_REPORT_USED:
			e.kind = VD_DIRECTOR_EVENT_USED;
			e.gen = r[i].gen;
			break;
		default:
			e.kind = VD_DIRECTOR_EVENT_OBSERVED;
			e.serial = r[i].server_gen;
			break;
		}
		(void)vd_director_step(k->director, &e, now, &k->actions, NULL);
		ctl_actions_run(k, now);
	}
	*work |= n != 0;
}

/* ---- from the kernel ---- */

static void
tap_frames(struct ctl_control *k, bool *work)
{
	struct rte_mbuf *m[CTL_BURST];

	for (size_t i = 0; i < k->c->n_ports; i++) {
		struct ctl_port *p = &k->c->port[i];
		uint16_t n;

		if (p->punt == NULL)
			continue;
		n = vd_punt_rx_burst(p->punt, k->pool, m, CTL_BURST);
		if (n == 0)
			continue;
		ctl_frames_send(k, p, m, n);
		*work = true;
	}
}

/* ---- from main ---- */

/* True when every worker has it. A worker whose ring is full gets it in a later turn; what follows waits. */
static bool
event_pass(struct ctl_control *k, const struct vd_dp_event *e)
{
	for (; k->cmd_worker < k->c->n_active; k->cmd_worker++)
		if (vd_dp_worker_post(k->c->worker[k->cmd_worker].dp, e) != 0)
			return false;
	return true;
}

static void
director_event(struct ctl_control *k, const struct vd_director_event *e, vd_time now)
{
	struct vd_vrrp_action refused = {.kind = VD_VRRP_ACT_FAILOVER, .slot = e->idx};
	enum vd_director_result r = vd_director_step(k->director, e, now, &k->actions, NULL);

	/* Not MASTER by the time it came here: whoever asked is waiting for an end. */
	if (e->kind == VD_DIRECTOR_EVENT_FAILOVER && r == VD_DIRECTOR_REFUSED &&
			k->actions.vrrp.n < VD_VRRP_ACTIONS)
		k->actions.vrrp.v[k->actions.vrrp.n++] = refused;
}

/* A slice a turn: adverts and leases come in between. At start nobody waits. */
static bool
director_pass(struct ctl_control *k, vd_time now)
{
	struct vd_director_config *old;

	if (!vd_director_is_swapping(k->director))
		vd_director_swap_begin(k->director, k->cmd.director, now);
	while (!vd_director_swap_step(k->director, SWAP_UNITS, now, &k->actions, &old))
		if (!k->priming)
			return false;
	ctl_actions_run(k, now);
	vd_store_release(&k->director_ack, k->cmd.sequence);
	return true;
}

static bool
command_run(struct ctl_control *k, vd_time now)
{
	switch (k->cmd.type) {
	case CTL_CMD_EVENT:
		return event_pass(k, &k->cmd.event);
	case CTL_CMD_DIRECTOR:
		return director_pass(k, now);
	case CTL_CMD_STEP:
		director_event(k, &k->cmd.step, now);
		ctl_actions_run(k, now);
		if (k->cmd.sequence != 0)
			vd_store_release(&k->step_ack, k->cmd.sequence);
		break;
	}
	return true;
}

static void
commands(struct ctl_control *k, vd_time now, bool *work)
{
	for (int i = 0; i < CTL_BURST; i++) {
		/* What a command changed of servers is with the workers before the next one. */
		if (!ctl_health_post(k))
			return;
		if (!k->has_cmd) {
			if (!vd_rt_ring_get(&k->commands, &k->cmd, sizeof(k->cmd)))
				return;
			k->has_cmd = true;
			k->cmd_worker = 0;
		}
		*work = true;
		if (!command_run(k, now))
			return;
		k->has_cmd = false;
	}
}

/* ---- what this node is alive by ---- */

static void
track_step(struct ctl_control *k, uint32_t track, bool up, vd_time now)
{
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_TRACK, .idx = track, .on = up};

	(void)vd_director_step(k->director, &e, now, &k->actions, NULL);
	ctl_actions_run(k, now);
}

/* Workers drop at once what would leave there; instances are told; a link that came back is announced on. */
static void
link_changed(struct ctl_control *k, struct ctl_port *p, bool up, vd_time now)
{
	struct vd_dp_event e = {.type = VD_DP_EVENT_LINK};
	struct vd_director_event announce = {.kind = VD_DIRECTOR_EVENT_LINK_UP};

	e.link.port = p->rt->id;
	e.link.up = up;
	for (unsigned int w = 0; w < k->c->n_active; w++)
		if (vd_dp_worker_post(k->c->worker[w].dp, &e) != 0)
			return; /* looked at again with the next turn */
	p->link_told = up;
	for (uint16_t i = 0; i < k->c->n_ifaces; i++) {
		if (&k->c->port[k->c->iface[i].port] != p)
			continue;
		track_step(k, CTL_TRACK_IF + i, up, now);
		announce.ifid = i;
		if (up)
			(void)vd_director_step(k->director, &announce, now, &k->actions, NULL);
		ctl_actions_run(k, now);
	}
}

static void
links(struct ctl_control *k, vd_time now, bool *work)
{
	for (size_t i = 0; i < k->c->n_ports; i++) {
		struct ctl_port *p = &k->c->port[i];
		uint32_t changes = vd_rt_port_link_changes(p->rt);
		bool up;

		if (!vd_rt_port_link_word(p->rt, &up) ||
				(up == p->link_told && changes == p->link_changes))
			continue;
		/* It went and came back between two looks: gone all the same. */
		if (up && p->link_told && p->link_changes != 0)
			link_changed(k, p, false, now);
		if (up != p->link_told)
			link_changed(k, p, up, now);
		if (up == p->link_told)
			p->link_changes = changes;
		*work = true;
	}
}

/*
 * A worker that has not finished a turn for stall_ms is at fault. Control may be the one that slept: then it judges nobody
 * this time.
 */
static void
stalls(struct ctl_control *k, vd_time now, bool *work)
{
	vd_time limit = vd_load_relaxed(&k->stall), late;

	k->stall_at = VD_MIN(k->stall_at, now + limit / 4); /* a reload may have made it shorter */
	if (now < k->stall_at)
		return;
	late = now - k->stall_at;
	k->stall_at = now + limit / 4;
	if (late > limit / 2)
		return;
	for (unsigned int w = 0; w < k->c->n_active; w++) {
		vd_time beat = vd_dp_worker_heartbeat(k->c->worker[w].dp);
		bool stalled = beat != 0 && now > beat && now - beat > limit;

		if (stalled == k->stalled[w])
			continue;
		k->stalled[w] = stalled;
		track_step(k, CTL_TRACK_WORKER + w, !stalled, now);
		*work = true;
	}
}

/* ---- the loop ---- */

/*
 * After a long sleep the silence of a peer says nothing: its adverts wait in the ports' queues. Timers are looked at when
 * every worker has finished a turn since, so that the ring has what came.
 */
static bool
has_listened(struct ctl_control *k, vd_time now)
{
	if (now - k->turned_at > OVERSLEPT)
		k->woke_at = now;
	k->turned_at = now;
	if (now - k->woke_at > LISTEN)
		return true;
	for (unsigned int w = 0; w < k->c->n_active; w++)
		if (vd_dp_worker_heartbeat(k->c->worker[w].dp) <= k->woke_at)
			return false;
	return true;
}

static bool
control_turn(struct ctl_control *k, vd_time now)
{
	struct vd_director_event tick = {.kind = VD_DIRECTOR_EVENT_TICK};
	bool listened = has_listened(k, now), work = false;

	for (unsigned int w = 0; w < k->c->n_active; w++)
		vrrp_frames(k, k->c->worker[w].dp, now, &work);
	links(k, now, &work);
	stalls(k, now, &work);
	if (listened && vd_director_next(k->director) <= now) {
		(void)vd_director_step(k->director, &tick, now, &k->actions, NULL);
		work |= ctl_actions_run(k, now);
	}
	if (!vd_director_is_swapping(k->director))
		ctl_health_verdicts(k, now, &work);
	commands(k, now, &work);
	for (unsigned int w = 0; w < k->c->n_active; w++) {
		struct vd_dp_worker *dp = k->c->worker[w].dp;

		neigh_frames(k, dp, now, &work);
		reports(k, dp, now, &work);
		punt_frames(k, dp, VD_DP_UP_CHECK, &work);
		punt_frames(k, dp, VD_DP_UP_PUNT, &work);
	}
	work |= !ctl_health_post(k);
	tap_frames(k, &work);
	return work;
}

static vd_time
control_next(const struct ctl_control *k)
{
	return VD_MIN(vd_director_next(k->director), k->stall_at);
}

static int
control_loop(void *arg)
{
	struct ctl_control *k = arg;
	vd_time now = vd_rt_idle_attach(&k->idle);

	vd_rt_lcore_favour();
	k->stall_at = now + k->stall;
	k->turned_at = now;
	while (!vd_rt_stopping(k->stop)) {
		bool work = control_turn(k, now);

		now = vd_rt_idle_turn(&k->idle, work, control_next(k));
	}
	vd_rt_idle_detach(&k->idle);
	return 0;
}

/* ---- main's side ---- */

/* Room for every next hop that the configuration of the start may name, twice. */
static uint32_t
neigh_slots(const struct vd_ctl *c)
{
	const struct vd_model_virtual_server *vs;
	uint64_t n = 0;

	VD_VEC_FOREACH (vs, &c->model->virtual_servers)
		n += vs->real_servers.n + 1;
	for (uint16_t i = 0; i < c->n_ifaces; i++)
		n += c->iface[i].l3->neighbors.n;
	return vd_pow2_ceil((uint32_t)VD_MIN(VD_MAX(2 * n, NEIGH_SLOTS), NEIGH_MOST));
}

int
ctl_control_create(struct vd_ctl *c, struct vd_strbuf *why)
{
	struct ctl_control *k = &c->control;
	const struct vd_neigh_params params = {.slots = neigh_slots(c), .seed = c->seed};
	int err;

	k->c = c;
	k->lcore = vd_rt_lcore_control();
	k->pool = vd_rt_pool(k->lcore->socket);
	ctl_stall_set(c);
	k->director = vd_director_create(&params, vd_rt_alloc(k->lcore->socket));
	vd_director_actions_init(&k->actions);
	if (k->director == NULL || k->pool == NULL) {
		vd_strbuf_puts(why, "not enough memory for the neighbour table (eal.memory_mb)");
		return -ENOMEM;
	}
	err = vd_rt_ring_create(&k->commands, "ctl.commands", CTL_COMMANDS, sizeof(struct ctl_cmd),
			k->lcore->socket);
	if (err == 0)
		err = vd_rt_ring_create(&k->vrrp_notices, "ctl.vrrp", VRRP_NOTICES,
				sizeof(struct ctl_vrrp_notice), k->lcore->socket);
	if (err == 0)
		err = vd_rt_ring_create(&k->notices, "ctl.notices", CTL_NOTICES,
				sizeof(struct ctl_notice), k->lcore->socket);
	if (err == 0)
		err = ctl_health_rings(k);
	if (err != 0)
		vd_strbuf_printf(why, "cannot make the rings of control: %s", strerror(-err));
	return err;
}

/*
 * Before any lcore runs main does control's part once: the first packet that a worker sees finds services, addresses and
 * static neighbours in place.
 */
void
ctl_control_prime(struct vd_ctl *c)
{
	vd_time now = vd_rt_clock_now();
	bool work;

	for (size_t i = 0; i < c->n_ports; i++) {
		c->port[i].link_told = true; /* until told otherwise, as the engine takes them */
		vd_rt_port_link_poll(c->port[i].rt);
	}
	links(&c->control, now, &work);
	c->control.priming = true;
	do {
		work = false;
		commands(&c->control, now, &work);
	} while (work && !c->control.has_cmd);
	c->control.priming = false;
}

/* Any thread: there is something for control to look at. */
void
ctl_control_wake(void *ctx)
{
	struct vd_ctl *c = ctx;

	vd_rt_idle_wake(&c->control.idle);
}

int
ctl_control_launch(struct vd_ctl *c)
{
	struct ctl_control *k = &c->control;
	int err = vd_rt_idle_init(
			&k->idle, k->lcore, c->dataplane->poll == VD_DATAPLANE_POLL_BUSY, false);

	if (err != 0)
		return err;
	k->idle_ready = true;
	for (size_t i = 0; i < c->n_ports; i++)
		if (c->port[i].punt != NULL)
			(void)vd_rt_idle_add_fd(&k->idle, vd_punt_fd(c->port[i].punt));
	err = vd_rt_lcore_launch(k->lcore, control_loop, k);
	k->launched = err == 0;
	return err;
}

void
ctl_control_join(struct vd_ctl *c)
{
	struct ctl_control *k = &c->control;

	if (k->idle_ready)
		vd_rt_idle_wake(&k->idle);
	if (k->launched)
		(void)vd_rt_lcore_join(k->lcore);
	if (k->idle_ready)
		vd_rt_idle_fini(&k->idle);
	k->launched = k->idle_ready = false;
}

void
ctl_control_destroy(struct vd_ctl *c)
{
	struct ctl_control *k = &c->control;
	struct ctl_cmd cmd;

	/* Configurations that control never took are still on their way; the one it has goes with the director. */
	while (k->commands.ring != NULL && vd_rt_ring_get(&k->commands, &cmd, sizeof(cmd)))
		if (cmd.type == CTL_CMD_DIRECTOR)
			vd_director_config_free(cmd.director);
	for (size_t i = 0; i < c->backlog.n; i++)
		if (c->backlog.v[i].type == CTL_CMD_DIRECTOR)
			vd_director_config_free(c->backlog.v[i].director);
	vd_director_destroy(k->director);
	k->director = NULL;
	vd_rt_ring_free(&k->commands);
	vd_rt_ring_free(&k->notices);
	vd_rt_ring_free(&k->vrrp_notices);
	ctl_health_rings_free(k);
}

const struct vd_neigh_table *
ctl_control_neighbors(const struct vd_ctl *c)
{
	return vd_director_neighbors(c->control.director);
}

bool
ctl_lease_held(const struct vd_ctl *c, uint32_t lease)
{
	return lease == VD_LB_LEASE_ALWAYS || vd_director_lease_held(c->control.director, lease);
}

/* Control's notices into the log. */
void
ctl_control_notices(struct vd_ctl *c)
{
	char addr[VD_ADDR_STR], mac[VD_MAC_STR];
	struct ctl_notice n;

	while (c->control.notices.ring != NULL &&
			vd_rt_ring_get(&c->control.notices, &n, sizeof(n))) {
		const char *port = n.ifid < c->n_ifaces ? c->iface[n.ifid].name : "?";

		vd_addr_format(&n.addr, addr, sizeof(addr));
		vd_mac_format(&n.mac, mac, sizeof(mac));
		switch (n.type) {
		case CTL_NOTICE_CONFLICT:
			vd_log(VD_LOG_WARNING,
					"address %s on %s is also claimed by %s: two stations have "
					"it",
					addr, port, mac);
			break;
		case CTL_NOTICE_FAILED:
			vd_log(VD_LOG_WARNING, "next hop %s on %s does not answer", addr, port);
			break;
		case CTL_NOTICE_RESOLVED:
			vd_log(VD_LOG_INFO, "next hop %s on %s is at %s", addr, port, mac);
			break;
		}
	}
}
