/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DP_CONN_H
#define DP_CONN_H

/*
 * The way of a packet of a known connection: may it pass, account for it, rewrite it, find its next hop. Inlined
 * into the balance node and used by the first node for the packet that made the connection.
 */

#include "dp_output.h"
#include "dp_priv.h"
#include "vd_pkt.h"

/* Edges that both nodes have, in this order. */
enum {
	CONN_DROP = DP_EDGE_DROP,
	CONN_OUTPUT = DP_EDGE_TX, /* by way of dp_output() */
	CONN_HOLD,
	CONN_RESET,
	CONN_EDGES,
};

/* The connection is no more; the packet is to be looked at as a first one. Not an edge. */
#define CONN_NEW (CONN_EDGES + 16)

/* Out of line: what hardly ever happens. All return an edge or CONN_NEW. */
uint8_t dp_conn_refuse(struct vd_dp_worker *w, struct rte_mbuf *m, uint32_t ref);
uint8_t
dp_conn_route(struct vd_dp_worker *w, struct rte_mbuf *m, struct vd_conn *c, enum vd_conn_dir dir);
/*
 * The way to an address: the output edge with the packet's hop set and the entry's word in *word; or hold or drop.
 */
uint8_t dp_conn_next_hop(struct vd_dp_worker *w, struct rte_mbuf *m, const struct vd_addr *dst,
		uint32_t flow_hash, uint64_t *word);
/* Takes the connection out of the table and its server's counts. */
void dp_conn_end(struct vd_dp_worker *w, uint32_t ref);
/* A segment in SYN_RECV, before it is stepped: what it tells of the server. */
void dp_conn_opening(struct vd_dp_worker *w, struct vd_conn *c, enum vd_conn_dir dir,
		uint8_t tcp_flags, struct vd_lb_server_state *server);
/* For gateways that share the load. */
uint32_t dp_conn_flow_hash(const struct vd_conn *c);

static inline void
dp_conn_key(struct rte_mbuf *m, struct vd_conn_key *k)
{
	const struct dp_meta *meta = dp_meta(m);
	const uint8_t *ip = rte_pktmbuf_mtod_offset(m, const uint8_t *, meta->l3);
	uint32_t ports;

	if (vd_likely((meta->flags & DP_FLAG_V6) == 0)) {
		const struct vd_pkt_ip4 *ip4 = (const struct vd_pkt_ip4 *)ip;

		k->src = vd_addr_from_v4(ip4->src_be);
		k->dst = vd_addr_from_v4(ip4->dst_be);
	} else {
		const struct vd_pkt_ip6 *ip6 = (const struct vd_pkt_ip6 *)ip;

		memcpy(&k->src, ip6->src, sizeof(k->src));
		memcpy(&k->dst, ip6->dst, sizeof(k->dst));
	}
	memcpy(&ports, ip + meta->l4, sizeof(ports));
	k->sport_be = (uint16_t)ports;
	k->dport_be = (uint16_t)(ports >> 16);
	k->protocol = meta->proto;
}

/* New addresses and ports, checksums with them. The TTL is above 1. */
static inline void
dp_conn_rewrite(struct rte_mbuf *m, const struct vd_conn *c, enum vd_conn_dir dir)
{
	const struct dp_meta *meta = dp_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, meta->l3), *l4 = ip + meta->l4;
	enum vd_conn_end src = vd_conn_out_src(dir), dst = vd_conn_out_dst(dir);
	struct vd_pkt_tcp *tcp = (struct vd_pkt_tcp *)l4;
	struct vd_pkt_udp *udp = (struct vd_pkt_udp *)l4;

	if (vd_likely((meta->flags & DP_FLAG_V6) == 0)) {
		struct vd_pkt_ip4 *ip4 = (struct vd_pkt_ip4 *)ip;

		ip4->src_be = c->v4_be[src];
		ip4->dst_be = c->v4_be[dst];
		ip4->ttl--;
		ip4->csum = vd_conn_csum_fix(ip4->csum, c->delta_l3[dir]);
	} else {
		struct vd_pkt_ip6 *ip6 = (struct vd_pkt_ip6 *)ip;

		memcpy(ip6->src, &c->v6[src], sizeof(ip6->src));
		memcpy(ip6->dst, &c->v6[dst], sizeof(ip6->dst));
		ip6->hop_limit--;
	}
	tcp->src_port_be = c->port_be[src];
	tcp->dst_port_be = c->port_be[dst];
	if (vd_likely(meta->proto == VD_PKT_PROTO_TCP))
		tcp->csum = vd_conn_csum_fix(tcp->csum, c->delta_l4[dir]);
	else
		udp->csum = vd_pkt_csum_apply_udp(udp->csum, c->delta_l4[dir]);
}

/* One hop less, for packets that keep their addresses. */
static inline void
dp_conn_ttl_dec(struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, meta->l3);

	if (vd_likely((meta->flags & DP_FLAG_V6) == 0))
		vd_pkt_ip4_ttl_dec((struct vd_pkt_ip4 *)ip);
	else
		((struct vd_pkt_ip6 *)ip)->hop_limit--;
}

static inline uint8_t
dp_conn_ttl(struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta(m);
	const uint8_t *ip = rte_pktmbuf_mtod_offset(m, const uint8_t *, meta->l3);

	return (meta->flags & DP_FLAG_V6) == 0 ? ((const struct vd_pkt_ip4 *)ip)->ttl
					       : ((const struct vd_pkt_ip6 *)ip)->hop_limit;
}

/* Bytes of the IP packet, without what Ethernet's minimum adds. */
static inline uint32_t
dp_conn_bytes(struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta(m);
	const uint8_t *ip = rte_pktmbuf_mtod_offset(m, const uint8_t *, meta->l3);

	if (vd_likely((meta->flags & DP_FLAG_V6) == 0))
		return vd_pkt_swap16(((const struct vd_pkt_ip4 *)ip)->len_be);
	return VD_PKT_IP6_LEN + vd_pkt_swap16(((const struct vd_pkt_ip6 *)ip)->len_be);
}

static inline uint8_t
dp_conn_tcp_flags(struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta(m);

	return rte_pktmbuf_mtod_offset(m, const struct vd_pkt_tcp *, meta->l3 + meta->l4)->flags;
}

/* Counts the packet for server and service; single-writer words, main reads them at any time. */
static inline void
dp_conn_count(struct vd_lb_server_state *server, struct vd_lb_service_state *service,
		enum vd_conn_dir dir, uint32_t bytes)
{
	if (dir == VD_CONN_IN) {
		vd_store_relaxed(&server->packets_in, server->packets_in + 1);
		vd_store_relaxed(&server->bytes_in, server->bytes_in + bytes);
		vd_store_relaxed(&service->packets_in, service->packets_in + 1);
		vd_store_relaxed(&service->bytes_in, service->bytes_in + bytes);
	} else {
		vd_store_relaxed(&server->packets_out, server->packets_out + 1);
		vd_store_relaxed(&server->bytes_out, server->bytes_out + bytes);
		vd_store_relaxed(&service->packets_out, service->packets_out + 1);
		vd_store_relaxed(&service->bytes_out, service->bytes_out + bytes);
	}
}

/* A packet that may pass: its connection's state, counters, rewrite, next hop. */
static inline uint8_t
dp_conn_pass(struct vd_dp_worker *w, struct rte_mbuf *m, struct vd_conn *c, enum vd_conn_dir dir,
		struct vd_lb_server_state *server)
{
	struct dp_meta *meta = dp_meta(m);
	uint32_t idx = c->neigh[dir];

	if (vd_unlikely(dp_conn_ttl(m) <= 1))
		return dp_drop(m, VD_DROP_TTL);
	if (vd_likely(meta->proto == VD_PKT_PROTO_TCP)) {
		uint8_t flags = dp_conn_tcp_flags(m);
		int change;

		if (vd_unlikely(c->state == VD_CONN_STATE_SYN_RECV))
			dp_conn_opening(w, c, dir, flags, server);
		change = vd_conn_tcp_step(w->conns, c, dir, flags);
		if (vd_unlikely(change != 0))
			vd_lb_conn_step(w->lb, c->server, change);
	}
	vd_conn_touch(c, w->tick);
	dp_conn_count(server, vd_lb_worker_service(w->lb, c->service), dir, dp_conn_bytes(m));
	if (vd_likely((c->flags & VD_CONN_F_ONEWAY) == 0))
		dp_conn_rewrite(m, c, dir);
	else
		dp_conn_ttl_dec(m);
	if (vd_likely(idx != VD_CONN_NONE)) {
		const struct vd_neigh_entry *e = &w->neigh->entries[idx];
		uint64_t word = vd_load_acquire(&e->word);

		if (vd_likely((uint8_t)(vd_neigh_word_gen(word) + w->net_epoch) ==
						    c->neigh_gen[dir] &&
				    vd_neigh_word_usable(word))) {
			meta->ifid = (uint16_t)e->ifid;
			meta->hop = idx;
			return CONN_OUTPUT;
		}
	}
	return dp_conn_route(w, m, c, dir);
}

/* A packet whose connection is known. */
static inline uint8_t
dp_conn_packet(struct vd_dp_worker *w, struct rte_mbuf *m, uint32_t ref)
{
	struct vd_conn *c = vd_conn_at(w->conns, ref);
	struct vd_lb_server_state *server = vd_lb_worker_server(w->lb, c->server);

	if (vd_unlikely(c->state == VD_CONN_STATE_FREE))
		return CONN_NEW; /* ended by a packet before this one */
	if (vd_unlikely(!w->serve || (server->flags & VD_LB_SERVER_GONE) != 0 ||
			    w->lease_until[DP_LEASE(server)] <= w->now ||
			    vd_conn_expired(w->conns, c, w->tick)))
		return dp_conn_refuse(w, m, ref);
	if (dp_meta(m)->proto == VD_PKT_PROTO_TCP &&
			vd_unlikely(vd_conn_ref_dir(ref) == VD_CONN_IN &&
					vd_conn_reusable(c, dp_conn_tcp_flags(m)))) {
		dp_conn_end(w, ref);
		return CONN_NEW;
	}
	return dp_conn_pass(w, m, c, vd_conn_ref_dir(ref), server);
}

#endif
