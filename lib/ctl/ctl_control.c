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

#define CTL_BURST    64   /* frames of one kind, per worker and turn */
#define CTL_COMMANDS 4096 /* ring from main */
#define CTL_NOTICES  1024 /* ring to main */
#define NEIGH_SLOTS  65536
#define NEIGH_TURN   256 /* ARP and ND frames, per worker and turn */

static void
drop_count(struct ctl_control *k, enum vd_drop reason, uint64_t n)
{
	vd_store_relaxed(&k->drops[reason], k->drops[reason] + n);
}

/* Sends on control's own queue, or hands the frames to worker 0 where the port has one queue only. */
static void
frames_send(struct ctl_control *k, struct ctl_port *p, struct rte_mbuf **m, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t done;

	for (uint16_t i = 0; i < n; i++) {
		m[i]->port = p->rt->id;
		bytes += m[i]->pkt_len;
	}
	if (p->rt->control_txq != VD_RT_TXQ_NONE)
		done = vd_rt_port_tx_control(p->rt, m, n);
	else
		done = (uint16_t)vd_dp_worker_inject(k->c->worker[0].dp, m, n);
	for (uint16_t i = done; i < n; i++) {
		bytes -= m[i]->pkt_len;
		rte_pktmbuf_free(m[i]);
	}
	if (done < n) {
		drop_count(k, VD_DROP_TX_FULL, n - done);
		vd_store_relaxed(&p->ctl_tx_dropped, p->ctl_tx_dropped + n - done);
	}
	if (p->rt->control_txq == VD_RT_TXQ_NONE)
		return; /* worker 0 counts what it sends */
	vd_store_relaxed(&p->ctl_tx_packets, p->ctl_tx_packets + done);
	vd_store_relaxed(&p->ctl_tx_bytes, p->ctl_tx_bytes + bytes);
}

/* A frame of the director's, with the interface's VLAN tag put in. */
static void
frame_build_send(struct ctl_control *k, uint32_t ifid, const uint8_t *frame, uint16_t len)
{
	const struct ctl_iface *i = &k->c->iface[ifid];
	struct ctl_port *p = &k->c->port[i->port];
	struct rte_mbuf *m = rte_pktmbuf_alloc(k->pool);
	uint16_t tag = i->vlan != 0 ? 4 : 0;
	uint8_t *d;

	if (m == NULL) {
		drop_count(k, VD_DROP_NO_MBUF, 1);
		return;
	}
	d = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(len + tag));
	if (d == NULL) {
		rte_pktmbuf_free(m);
		drop_count(k, VD_DROP_NO_MBUF, 1);
		return;
	}
	if (tag == 0) {
		memcpy(d, frame, len);
	} else {
		memcpy(d, frame, 12);
		d[12] = 0x81;
		d[13] = 0x00;
		d[14] = (uint8_t)(i->vlan >> 8);
		d[15] = (uint8_t)i->vlan;
		memcpy(d + 16, frame + 12, (size_t)len - 12);
	}
	frames_send(k, p, &m, 1);
}

static void
workers_post(struct ctl_control *k, const struct vd_dp_event *e)
{
	for (unsigned int w = 0; w < k->c->n_active; w++)
		if (vd_dp_worker_post(k->c->worker[w].dp, e) != 0)
			drop_count(k, VD_DROP_RING_FULL,
					0); /* leases are renewed, neighbours asked for again */
}

static void
notice(struct ctl_control *k, const struct ctl_notice *n)
{
	(void)vd_rt_ring_put(&k->notices, n, sizeof(*n));
}

static void
neigh_post(struct ctl_control *k, uint32_t type, const struct vd_neigh_action *a)
{
	struct vd_dp_event e = {.type = type};

	e.neigh.addr = a->addr;
	e.neigh.ifid = (uint16_t)a->ifid;
	workers_post(k, &e);
}

static void
neigh_action(struct ctl_control *k, const struct vd_neigh_action *a)
{
	struct ctl_notice n = {.ifid = a->ifid, .addr = a->addr, .mac = a->mac};

	switch (a->kind) {
	case VD_NEIGH_ACT_SEND:
		frame_build_send(k, a->ifid, a->frame, a->len);
		break;
	case VD_NEIGH_ACT_RESOLVED:
		neigh_post(k, VD_DP_EVENT_NEIGH_RESOLVED, a);
		n.type = CTL_NOTICE_RESOLVED;
		notice(k, &n);
		break;
	case VD_NEIGH_ACT_FAILED:
		neigh_post(k, VD_DP_EVENT_NEIGH_FAILED, a);
		n.type = CTL_NOTICE_FAILED;
		notice(k, &n);
		break;
	case VD_NEIGH_ACT_CONFLICT:
		n.type = CTL_NOTICE_CONFLICT;
		notice(k, &n);
		break;
	case VD_NEIGH_ACT_DROP:
		drop_count(k, a->reason, 1);
		break;
	}
}

static void
lease_action(struct ctl_control *k, const struct vd_director_lease_action *a)
{
	struct vd_dp_event e = {.type = VD_DP_EVENT_LEASE};
	struct ctl_notice n = {.type = CTL_NOTICE_OVERSLEPT, .lease = a->lease, .value = a->late};

	if (a->kind == VD_DIRECTOR_LEASE_OVERSLEPT) {
		notice(k, &n);
		return;
	}
	e.lease.index = a->lease;
	e.lease.until = a->until; /* 0 when it ended */
	workers_post(k, &e);
}

/* Carries out what the director wants; true if that was anything. */
static bool
actions_run(struct ctl_control *k)
{
	struct vd_director_actions *a = &k->actions;
	bool any = a->neigh.n + a->n_leases != 0;

	for (uint32_t i = 0; i < a->n_leases; i++)
		lease_action(k, &a->lease[i]);
	for (uint32_t i = 0; i < a->neigh.n; i++)
		neigh_action(k, &a->neigh.v[i]);
	a->n_leases = 0;
	a->neigh.n = 0;
	return any;
}

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
			if (vd_director_step(k->director, &e, now, &k->actions) && p != NULL &&
					p->punt != NULL)
				(void)vd_punt_tx_bytes(p->punt, e.frame, (uint16_t)e.len);
			actions_run(k);
			rte_pktmbuf_free(m[i]);
		}
	} while (n == CTL_BURST && seen < NEIGH_TURN);
	*work |= seen != 0;
}

/* Frames of several ports come mixed; each run of one port goes to its tap at once. */
static void
punt_frames(struct ctl_control *k, struct vd_dp_worker *w, bool *work)
{
	struct rte_mbuf *m[CTL_BURST];
	unsigned int n = vd_dp_worker_up(w, VD_DP_UP_PUNT, m, CTL_BURST);

	for (unsigned int i = 0, run; i < n; i += run) {
		struct ctl_port *p = k->c->port_of_id[m[i]->port];

		for (run = 1; i + run < n && m[i + run]->port == m[i]->port; run++)
			;
		if (p == NULL || p->punt == NULL) {
			rte_pktmbuf_free_bulk(&m[i], run);
			drop_count(k, VD_DROP_NO_PUNT, run);
		} else {
			uint16_t done = vd_punt_tx_burst(p->punt, &m[i], (uint16_t)run);

			if (done < run)
				drop_count(k, VD_DROP_PUNT_FULL, run - done);
		}
	}
	*work |= n != 0;
}

/* Until VRRP is in effect its packets have no taker here. */
static void
vrrp_frames(struct ctl_control *k, struct vd_dp_worker *w, bool *work)
{
	struct rte_mbuf *m[CTL_BURST];
	unsigned int n = vd_dp_worker_up(w, VD_DP_UP_VRRP, m, CTL_BURST);

	if (n == 0)
		return;
	rte_pktmbuf_free_bulk(m, n);
	drop_count(k, VD_DROP_NO_LISTENER, n);
	*work = true;
}

static void
reports(struct ctl_control *k, struct vd_dp_worker *w, vd_time now, bool *work)
{
	struct vd_dp_report r[CTL_BURST];
	unsigned int n = vd_dp_worker_reports(w, r, CTL_BURST);
	struct vd_director_event e = {0};

	for (unsigned int i = 0; i < n; i++) {
		if (r[i].type == VD_DP_REPORT_RESOLVE) {
			e.kind = VD_DIRECTOR_EVENT_RESOLVE;
			e.ifid = r[i].ifid;
			e.addr = r[i].addr;
		} else {
			e.kind = VD_DIRECTOR_EVENT_USED;
			e.idx = r[i].index;
			e.gen = r[i].gen;
		}
		(void)vd_director_step(k->director, &e, now, &k->actions);
		actions_run(k);
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
		frames_send(k, p, m, n);
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

static bool
command_run(struct ctl_control *k, vd_time now)
{
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_LINK_UP};

	switch (k->cmd.type) {
	case CTL_CMD_EVENT:
		return event_pass(k, &k->cmd.event);
	case CTL_CMD_DIRECTOR:
		(void)vd_director_config_swap(k->director, k->cmd.director, now, &k->actions);
		vd_store_release(&k->director_ack, k->cmd.sequence);
		break;
	case CTL_CMD_ANNOUNCE:
		e.ifid = k->cmd.ifid;
		(void)vd_director_step(k->director, &e, now, &k->actions);
		break;
	}
	actions_run(k);
	return true;
}

static void
commands(struct ctl_control *k, vd_time now, bool *work)
{
	for (int i = 0; i < CTL_BURST; i++) {
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

/* ---- the loop ---- */

static bool
control_turn(struct ctl_control *k, vd_time now)
{
	struct vd_director_event tick = {.kind = VD_DIRECTOR_EVENT_TICK};
	bool work = false;

	for (unsigned int w = 0; w < k->c->n_active; w++)
		vrrp_frames(k, k->c->worker[w].dp, &work);
	if (vd_director_next(k->director) <= now) {
		(void)vd_director_step(k->director, &tick, now, &k->actions);
		work |= actions_run(k);
	}
	commands(k, now, &work);
	for (unsigned int w = 0; w < k->c->n_active; w++) {
		struct vd_dp_worker *dp = k->c->worker[w].dp;

		neigh_frames(k, dp, now, &work);
		reports(k, dp, now, &work);
		punt_frames(k, dp, &work);
	}
	tap_frames(k, &work);
	return work;
}

static int
control_loop(void *arg)
{
	struct ctl_control *k = arg;
	vd_time now = vd_rt_idle_attach(&k->idle);

	while (!vd_rt_stopping(k->stop)) {
		bool work = control_turn(k, now);

		now = vd_rt_idle_turn(&k->idle, work, vd_director_next(k->director));
	}
	vd_rt_idle_detach(&k->idle);
	return 0;
}

/* ---- main's side ---- */

int
ctl_control_create(struct vd_ctl *c, struct vd_strbuf *why)
{
	struct ctl_control *k = &c->control;
	const struct vd_neigh_params params = {.slots = NEIGH_SLOTS, .seed = c->seed};
	int err;

	k->c = c;
	k->lcore = vd_rt_lcore_control();
	k->pool = vd_rt_pool(k->lcore->socket);
	k->director = vd_director_create(&params, vd_rt_alloc(k->lcore->socket));
	vd_director_actions_init(&k->actions);
	if (k->director == NULL || k->pool == NULL) {
		vd_strbuf_puts(why, "not enough memory for the neighbour table (eal.memory_mb)");
		return -ENOMEM;
	}
	err = vd_rt_ring_create(&k->commands, "ctl.commands", CTL_COMMANDS, sizeof(struct ctl_cmd),
			k->lcore->socket);
	if (err == 0)
		err = vd_rt_ring_create(&k->notices, "ctl.notices", CTL_NOTICES,
				sizeof(struct ctl_notice), k->lcore->socket);
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

	do {
		work = false;
		commands(&c->control, now, &work);
	} while (work && !c->control.has_cmd);
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

/* Main saw the link change: workers drop at once, and a link that came back is announced on. */
void
ctl_control_link(struct vd_ctl *c, uint16_t port_id, bool up)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_EVENT};

	cmd.event.type = VD_DP_EVENT_LINK;
	cmd.event.link.port = port_id;
	cmd.event.link.up = up;
	ctl_cmd_push(c, &cmd);
	for (uint16_t i = 0; up && i < c->n_ifaces; i++) {
		struct ctl_cmd announce = {.type = CTL_CMD_ANNOUNCE, .ifid = i};

		if (c->port[c->iface[i].port].rt->id == port_id)
			ctl_cmd_push(c, &announce);
	}
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
		case CTL_NOTICE_OVERSLEPT:
			vd_log(VD_LOG_ERROR,
					"control overslept: the lease of %s had run out %llu ms "
					"before; "
					"its VIPs were not served meanwhile",
					n.lease < c->leases.n && c->leases.v[n.lease].name != NULL
							? c->leases.v[n.lease].name
							: "?",
					(unsigned long long)(n.value / VD_MSEC));
			break;
		}
	}
}
