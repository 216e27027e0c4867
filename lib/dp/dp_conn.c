/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "dp_conn.h"

/* The rarer fates of a connection's packets, and the upkeep of the table. */

/* A round of the sweep takes about 2^13 ticks (8.6 s), at most so many records in one turn. */
#define SWEEP_ROUND_LOG2 13
#define SWEEP_LEAST      64
#define SWEEP_MOST       2048
/* Servers that learn their service's lease and limit of errors in one turn after a new snapshot. */
#define SERVERS_PER_TURN 64

int
dp_conn_init(struct vd_dp_worker *w, const struct vd_dp_worker_config *c)
{
	w->conns = vd_conn_table_create(c->connections, vd_hash_u64(1, c->seed), c->alloc);
	if (w->conns == NULL)
		return -ENOMEM;
	w->lb = vd_lb_worker_create(c->index, c->workers == 0 ? 1 : c->workers,
			vd_hash_u64(2, c->seed), c->alloc);
	if (w->lb == NULL)
		return -ENOMEM;
	return vd_lb_worker_prepare(w->lb, c->service_limit, c->server_limit);
}

void
dp_conn_fini(struct vd_dp_worker *w)
{
	if (w->conns != NULL)
		vd_conn_table_destroy(w->conns);
	if (w->lb != NULL)
		vd_lb_worker_destroy(w->lb);
}

int
vd_dp_worker_lb_prepare(struct vd_dp_worker *w, uint32_t service_limit, uint32_t server_limit)
{
	return vd_lb_worker_prepare(w->lb, service_limit, server_limit);
}

void
dp_conn_end(struct vd_dp_worker *w, uint32_t ref)
{
	const struct vd_conn *c = vd_conn_at(w->conns, ref);

	vd_lb_conn_close(w->lb, c->server, vd_conn_is_active(c));
	vd_conn_remove(w->conns, ref);
}

/* A server's packet of a TCP connection whose server is gone: what the client gets instead is a reset. */
static void
make_reset(struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, meta->l3);
	struct vd_pkt_tcp *tcp = (struct vd_pkt_tcp *)(ip + meta->l4);
	uint16_t len = (uint16_t)(meta->l4 + VD_PKT_TCP_LEN);
	struct vd_addr src, dst;

	if ((meta->flags & DP_FLAG_V6) == 0) {
		struct vd_pkt_ip4 *ip4 = (struct vd_pkt_ip4 *)ip;

		ip4->len_be = vd_pkt_swap16(len);
		ip4->csum = vd_pkt_csum_ip4(ip4, meta->l4);
		src = vd_addr_from_v4(ip4->src_be);
		dst = vd_addr_from_v4(ip4->dst_be);
	} else {
		struct vd_pkt_ip6 *ip6 = (struct vd_pkt_ip6 *)ip;

		ip6->len_be = vd_pkt_swap16((uint16_t)(len - VD_PKT_IP6_LEN));
		src = vd_addr_from_v6(ip6->src);
		dst = vd_addr_from_v6(ip6->dst);
	}
	tcp->flags = VD_PKT_TCP_RST | VD_PKT_TCP_ACK;
	tcp->data_offset = (VD_PKT_TCP_LEN / 4) << 4;
	tcp->window_be = 0;
	tcp->urgent_be = 0;
	tcp->csum = 0;
	tcp->csum = vd_pkt_csum_l4(&src, &dst, VD_PKT_PROTO_TCP, tcp, VD_PKT_TCP_LEN);
	m->pkt_len = m->data_len = (uint16_t)(meta->l3 + len);
}

static bool
first_syn(uint8_t flags)
{
	return (flags & (VD_PKT_TCP_SYN | VD_PKT_TCP_ACK | VD_PKT_TCP_RST | VD_PKT_TCP_FIN)) ==
			VD_PKT_TCP_SYN;
}

static uint8_t
server_gone(struct vd_dp_worker *w, struct rte_mbuf *m, uint32_t ref)
{
	struct vd_conn *c = vd_conn_at(w->conns, ref);
	uint64_t *drops = &w->counters.drops[VD_DROP_REAL_SERVER_GONE];
	uint8_t next;

	if (dp_meta(m)->proto != VD_PKT_PROTO_TCP) {
		dp_conn_end(w, ref);
		return vd_conn_ref_dir(ref) == VD_CONN_IN ? CONN_NEW
							  : dp_drop(m, VD_DROP_REAL_SERVER_GONE);
	}
	/*
	 * A first SYN begins anew with another server: on the ports of a connection that is over, and for a client that is
	 * still knocking at the one that went.
	 */
	if (vd_conn_ref_dir(ref) == VD_CONN_IN && first_syn(dp_conn_tcp_flags(m))) {
		dp_conn_end(w, ref);
		return CONN_NEW;
	}
	if (vd_conn_ref_dir(ref) == VD_CONN_IN || dp_conn_ttl(m) <= 1) {
		dp_conn_end(w, ref);
		dp_meta(m)->reason = VD_DROP_REAL_SERVER_GONE;
		return vd_conn_ref_dir(ref) == VD_CONN_IN ? CONN_RESET : CONN_DROP;
	}
	dp_conn_rewrite(m, c, VD_CONN_OUT);
	make_reset(m);
	next = dp_conn_route(w, m, c, VD_CONN_OUT);
	dp_conn_end(w, ref);
	if (next != CONN_DROP) {
		vd_store_relaxed(drops, *drops + 1);
		vd_store_relaxed(&w->counters.rst_sent, w->counters.rst_sent + 1);
	}
	return next;
}

uint8_t
dp_conn_refuse(struct vd_dp_worker *w, struct rte_mbuf *m, uint32_t ref)
{
	struct vd_conn *c = vd_conn_at(w->conns, ref);
	const struct vd_lb_server_state *server = vd_lb_worker_server(w->lb, c->server);

	if (vd_conn_expired(w->conns, c, w->tick)) {
		dp_conn_end(w, ref);
		vd_store_relaxed(&w->counters.expired, w->counters.expired + 1);
		return CONN_NEW;
	}
	if (!w->serve)
		return dp_drop(m, VD_DROP_STOPPED);
	if (w->lease_until[DP_LEASE(server)] <= w->now)
		return dp_drop(m, VD_DROP_NOT_MASTER);
	return server_gone(w, m, ref);
}

uint32_t
dp_conn_flow_hash(const struct vd_conn *c)
{
	struct vd_addr client = vd_conn_addr(c, VD_CONN_CLIENT);

	return (uint32_t)vd_addr_hash(&client, c->port_be[VD_CONN_CLIENT]);
}

uint8_t
dp_conn_next_hop(struct vd_dp_worker *w, struct rte_mbuf *m, const struct vd_addr *dst,
		uint32_t flow_hash, uint64_t *word)
{
	struct dp_meta *meta = dp_meta(m);
	struct vd_addr hop;
	uint32_t idx, slot;
	uint16_t ifid;

	if (!vd_dp_netconf_route(w->net, dst, flow_hash, &ifid, &hop))
		return dp_drop(m, VD_DROP_NO_ROUTE);
	idx = vd_neigh_find_word(w->neigh, ifid, &hop, word);
	if (idx != VD_NEIGH_NONE && vd_neigh_word_usable(*word)) {
		meta->ifid = ifid;
		meta->hop = idx;
		return CONN_OUTPUT;
	}
	if (idx != VD_NEIGH_NONE && vd_neigh_word_state(*word) == VD_NEIGH_STATE_FAILED) {
		dp_hop_wanted(w, ifid, &hop);
		return dp_drop(m, VD_DROP_NEIGHBOUR_TIMEOUT);
	}
	slot = dp_hold_slot(w, ifid, &hop);
	if (slot == DP_HOLD_NONE)
		return dp_drop(m, VD_DROP_NEIGHBOUR_FULL);
	meta->hop = slot;
	return CONN_HOLD;
}

uint8_t
dp_conn_route(struct vd_dp_worker *w, struct rte_mbuf *m, struct vd_conn *c, enum vd_conn_dir dir)
{
	struct vd_addr dst = vd_conn_addr(c, vd_conn_out_dst(dir));
	uint64_t word;
	uint8_t next = dp_conn_next_hop(w, m, &dst, dp_conn_flow_hash(c), &word);

	c->neigh[dir] = VD_CONN_NONE;
	if (next == CONN_OUTPUT) {
		c->neigh[dir] = dp_meta(m)->hop;
		c->neigh_gen[dir] = (uint8_t)(vd_neigh_word_gen(word) + w->net_epoch);
	}
	return next;
}

static void
server_error(struct vd_dp_worker *w, const struct vd_conn *c,
		const struct vd_lb_server_state *server, enum vd_lb_error error)
{
	struct vd_dp_report r = {
			.type = VD_DP_REPORT_SERVER,
			.index = c->server,
			.server_gen = server->gen,
	};

	if (vd_lb_server_error(w->lb, c->server, error))
		dp_report(w, &r);
}

void
dp_conn_opening(struct vd_dp_worker *w, struct vd_conn *c, enum vd_conn_dir dir, uint8_t tcp_flags,
		struct vd_lb_server_state *server)
{
	switch (vd_conn_syn_look(c, dir, tcp_flags, w->tick)) {
	case VD_CONN_SYN_ANSWERED:
		vd_lb_server_answered(server);
		break;
	case VD_CONN_SYN_UNANSWERED:
		server_error(w, c, server, VD_LB_ERROR_SYN_UNANSWERED);
		break;
	case VD_CONN_SYN_RESET:
		server_error(w, c, server, VD_LB_ERROR_SYN_RESET);
		break;
	case VD_CONN_SYN_NOTHING:
		break;
	}
}

/* ---- upkeep ---- */

static void
expire(void *ctx, struct vd_conn *c)
{
	struct vd_dp_worker *w = ctx;

	vd_lb_conn_close(w->lb, c->server, vd_conn_is_active(c));
	vd_store_relaxed(&w->counters.expired, w->counters.expired + 1);
}

static void
sweep(struct vd_dp_worker *w)
{
	const struct vd_conn_sweep ops = {.expire = expire, .ctx = w};
	uint32_t ticks = VD_MIN(w->tick - w->swept, 64u);
	uint32_t budget = ticks * (SWEEP_LEAST + (w->conns->high >> SWEEP_ROUND_LOG2));

	w->swept = w->tick;
	vd_conn_sweep(w->conns, w->tick, VD_MIN(budget, (uint32_t)SWEEP_MOST), &ops);
}

void
dp_server_follow(struct vd_dp_worker *w, const struct vd_lb_service *svc,
		const struct vd_lb_server *server)
{
	struct vd_lb_server_state *st = vd_lb_worker_server(w->lb, server->id);

	st->lease = (uint16_t)VD_MIN(svc->lease, (uint32_t)VD_DP_LEASE_MAX);
	/* Nobody would stand in for the sorry server. */
	st->observe = server == svc->sorry ? 0 : svc->observe;
}

/*
 * A service may have moved to another lease, or be observed otherwise: its servers' connections follow, some at a time.
 * The sorry server is the last.
 */
static void
sync_servers(struct vd_dp_worker *w)
{
	uint32_t budget = SERVERS_PER_TURN;

	while (w->sync_service < vd_lb_service_count(w->snapshot) && budget > 0) {
		const struct vd_lb_service *svc = vd_lb_service_at(w->snapshot, w->sync_service);

		budget--;
		if (w->sync_server < svc->n_servers) {
			dp_server_follow(w, svc, &svc->servers[w->sync_server++]);
			continue;
		}
		if (svc->sorry != NULL)
			dp_server_follow(w, svc, svc->sorry);
		w->sync_service++;
		w->sync_server = 0;
	}
}

void
dp_conn_maintain(struct vd_dp_worker *w)
{
	if (w->tick != w->swept)
		sweep(w);
	if (vd_unlikely(w->snapshot != NULL && w->sync_service < vd_lb_service_count(w->snapshot)))
		sync_servers(w);
}

void
dp_set_snapshot(struct vd_dp_worker *w, const struct vd_lb_snapshot *s, uint64_t sequence)
{
	w->snapshot = s;
	w->sync_service = 0;
	w->sync_server = 0;
	vd_store_release(&w->snapshot_ack, sequence);
}

void
dp_server_event(struct vd_dp_worker *w, const struct vd_dp_event *e)
{
	vd_lb_worker_server_set(w->lb, e->server.id, e->server.gen, e->server.flags);
}

static uint32_t
timeout_or_default(uint32_t seconds, uint32_t otherwise)
{
	return seconds == 0 || seconds > VD_CONN_TIMEOUT_MAX ? otherwise : seconds;
}

void
dp_timeouts_event(struct vd_dp_worker *w, const struct vd_dp_event *e)
{
	static const uint32_t defaults[] = {
#define VD_X(id, name, timeout) [VD_CONN_STATE_##id] = timeout,
			VD_CONN_STATES(VD_X)
#undef VD_X
	};

	vd_conn_timeout_set(w->conns, VD_CONN_STATE_ESTABLISHED,
			timeout_or_default(e->timeouts.tcp_s, defaults[VD_CONN_STATE_ESTABLISHED]));
	vd_conn_timeout_set(w->conns, VD_CONN_STATE_FIN_WAIT,
			timeout_or_default(e->timeouts.tcpfin_s, defaults[VD_CONN_STATE_FIN_WAIT]));
	vd_conn_timeout_set(w->conns, VD_CONN_STATE_UDP,
			timeout_or_default(e->timeouts.udp_s, defaults[VD_CONN_STATE_UDP]));
}
