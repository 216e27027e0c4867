/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What control does for its director: frames built and sent, events to the workers, notices to main. Nothing here blocks,
 * allocates from libc, or logs.
 */
#include <string.h>

#include "ctl_priv.h"
#include "vd_pkt_eth.h"

void
ctl_drop_count(struct ctl_control *k, enum vd_drop reason, uint64_t n)
{
	vd_store_relaxed(&k->drops[reason], k->drops[reason] + n);
}

/* Sends on control's own queue, or hands the frames to the worker of the first one where there is none to spare. */
void
ctl_frames_send(struct ctl_control *k, struct ctl_port *p, struct rte_mbuf **m, uint16_t n)
{
	struct ctl_worker *first = &k->c->worker[p->rt->first_worker];
	uint64_t bytes = 0;
	uint16_t done;

	for (uint16_t i = 0; i < n; i++) {
		m[i]->port = p->rt->id;
		bytes += m[i]->pkt_len;
	}
	if (p->rt->control_txq != VD_RT_TXQ_NONE)
		done = vd_rt_port_tx_control(p->rt, m, n);
	else
		done = (uint16_t)vd_dp_worker_inject(first->dp, m, n);
	if (p->rt->control_txq == VD_RT_TXQ_NONE)
		vd_rt_idle_wake(&first->idle);
	for (uint16_t i = done; i < n; i++) {
		bytes -= m[i]->pkt_len;
		rte_pktmbuf_free(m[i]);
	}
	if (done < n) {
		ctl_drop_count(k, VD_DROP_TX_FULL, n - done);
		vd_store_relaxed(&p->ctl_tx_dropped, p->ctl_tx_dropped + n - done);
	}
	if (p->rt->control_txq == VD_RT_TXQ_NONE)
		return; /* the worker counts what it sends */
	vd_store_relaxed(&p->ctl_tx_packets, p->ctl_tx_packets + done);
	vd_store_relaxed(&p->ctl_tx_bytes, p->ctl_tx_bytes + bytes);
}

/* Frames for one port leave in one burst, in order. */
static void
tx_flush(struct ctl_control *k)
{
	if (k->n_tx > 0)
		ctl_frames_send(k, k->tx_port, k->tx, k->n_tx);
	k->n_tx = 0;
}

static void
tx_add(struct ctl_control *k, struct ctl_port *p, struct rte_mbuf *m)
{
	if (k->n_tx > 0 && (k->tx_port != p || k->n_tx == CTL_TX_BURST))
		tx_flush(k);
	k->tx_port = p;
	k->tx[k->n_tx++] = m;
}

/* A frame of the director's, with the interface's VLAN tag put in, and filled up to Ethernet's minimum. */
static void
frame_add(struct ctl_control *k, uint32_t ifid, const uint8_t *frame, uint16_t len)
{
	const struct ctl_iface *i = &k->c->iface[ifid];
	struct rte_mbuf *m = rte_pktmbuf_alloc(k->pool);
	uint16_t tag = i->vlan != 0 ? 4 : 0, fill = len < VD_PKT_ETH_MIN ? VD_PKT_ETH_MIN - len : 0;
	uint8_t *d = m == NULL ? NULL
			       : (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(len + tag + fill));

	if (d == NULL) {
		rte_pktmbuf_free(m);
		ctl_drop_count(k, VD_DROP_NO_MBUF, 1);
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
	memset(d + len + tag, 0, fill);
	tx_add(k, &k->c->port[i->port], m);
}

static void
workers_post(struct ctl_control *k, const struct vd_dp_event *e)
{
	for (unsigned int w = 0; w < k->c->n_active; w++)
		if (vd_dp_worker_post(k->c->worker[w].dp, e) != 0)
			ctl_drop_count(k, VD_DROP_RING_FULL,
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
		frame_add(k, a->ifid, a->frame, a->len);
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
		ctl_drop_count(k, a->reason, 1);
		break;
	}
}

/* ---- VRRP ---- */

static void
advert_send(struct ctl_control *k, const struct vd_vrrp_action *a, vd_time now)
{
	uint8_t frame[VD_VRRP_FRAME_MAX];
	uint32_t ifid;
	size_t len;

	for (uint32_t n = 0;
			vd_director_advert(k->director, a, n, now, &k->actions, frame, &len, &ifid);
			n++)
		if (len > 0)
			frame_add(k, ifid, frame, (uint16_t)len);
}

/* A worker that sleeps hears of the beginning and the end of a lease at once; renewals can wait for its next turn. */
static void
lease_post(struct ctl_control *k, const struct vd_vrrp_action *a)
{
	struct vd_dp_event e = {.type = VD_DP_EVENT_LEASE};
	bool held = a->until != 0;

	e.lease.index = a->slot;
	e.lease.until = a->until;
	workers_post(k, &e);
	if (k->leased[a->slot] == held)
		return;
	k->leased[a->slot] = held;
	for (unsigned int w = 0; w < k->c->n_active; w++)
		vd_rt_idle_wake(&k->c->worker[w].idle);
}

/* What main logs and tells the scripts. It looks for itself when the ring was full. */
static void
vrrp_notice(struct ctl_control *k, const struct vd_vrrp_action *a, vd_time now)
{
	struct ctl_vrrp_notice n = {.action = *a, .at = now};

	if (!vd_rt_ring_put(&k->vrrp_notices, &n, sizeof(n)))
		vd_store_release(&k->vrrp_notices_lost, 1);
	k->told = true;
}

static void
vrrp_action(struct ctl_control *k, const struct vd_vrrp_action *a, vd_time now)
{
	switch (a->kind) {
	case VD_VRRP_ACT_SEND:
		advert_send(k, a, now);
		break;
	case VD_VRRP_ACT_LEASE:
		lease_post(k, a);
		break;
	case VD_VRRP_ACT_ANNOUNCE:
		break; /* the director's own */
	default:
		vrrp_notice(k, a, now);
		break;
	}
}

bool
ctl_actions_run(struct ctl_control *k, vd_time now)
{
	struct vd_director_actions *a = &k->actions;
	bool any = a->neigh.n + a->vrrp.n + a->health.n != 0;

	for (uint32_t i = 0; i < a->vrrp.n; i++)
		vrrp_action(k, &a->vrrp.v[i], now);
	for (uint32_t i = 0; i < a->neigh.n; i++)
		neigh_action(k, &a->neigh.v[i]);
	for (uint32_t i = 0; i < a->health.n; i++)
		ctl_health_action(k, &a->health.v[i]);
	tx_flush(k);
	a->vrrp.n = 0;
	a->neigh.n = 0;
	a->health.n = 0;
	if (k->told)
		vd_io_loop_wake(k->c->loop);
	k->told = false;
	return any;
}
