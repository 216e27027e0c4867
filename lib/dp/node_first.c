/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "dp_conn.h"
#include "dp_local.h"
#include "dp_steer.h"

/*
 * TCP and UDP packets of no known connection: for a service, they make one; for one of our addresses, it decides.
 *
 * What a new connection writes lies anywhere in memory. So a group of packets goes through two stages: the first
 * chooses server and source and asks for the lines, the second writes them, in the order of arrival. Only packets that
 * may open a connection take part in the first; all others are decided in the second, when what came before them is
 * known.
 */

enum {
	FIRST_UP = CONN_EDGES,
	FIRST_EDGES,
};

/* Not an edge: everything is chosen, the connection can be entered. */
#define FIRST_OPEN (FIRST_EDGES + 2)
#define GROUP      16u

struct first {
	struct vd_dp_worker *w;
	struct rte_mbuf *m;
	struct vd_conn_key key;
	uint64_t hash[2];
	const struct vd_lb_service *svc;
	const struct vd_lb_server *server;
	struct vd_laddr_choice local; /* source towards the server */
	struct vd_laddr_walk walk;
	const struct vd_laddr_set *pool; /* NULL: the client's own address and port */
	uint16_t server_port_be;
	bool rss_return;     /* replies come by a port with RSS... */
	uint32_t rss_server; /* ...and this is the server's part of their hash */
};

/* ---- FULLNAT source ---- */

static void
return_key(const struct first *f, const struct vd_addr *addr, uint16_t port_be,
		struct vd_conn_key *k)
{
	k->src = f->server->addr;
	k->dst = *addr;
	k->sport_be = f->server_port_be;
	k->dport_be = port_be;
	k->protocol = f->key.protocol;
}

static uint64_t
return_hash(const struct first *f, const struct vd_addr *addr, uint16_t port_be)
{
	struct vd_conn_key k;

	return_key(f, addr, port_be, &k);
	return vd_conn_hash(f->w->conns, &k);
}

static bool
in_use(void *ctx, const struct vd_addr *addr, uint16_t port_be)
{
	const struct first *f = ctx;
	struct vd_conn_key k;

	return_key(f, addr, port_be, &k);
	return vd_conn_lookup(f->w->conns, &k, vd_conn_hash(f->w->conns, &k)) != VD_CONN_NONE;
}

static void
prefetch(void *ctx, const struct vd_addr *addr, uint16_t port_be)
{
	const struct first *f = ctx;

	vd_conn_prefetch_insert(f->w->conns, return_hash(f, addr, port_be));
}

/* Near the port, one to which the device would bring a reply here: its slot of the table is one of ours. */
static bool
move_here(void *ctx, const struct vd_addr *addr, uint16_t lo, uint16_t hi, uint16_t *port)
{
	const struct first *f = ctx;
	const struct vd_dp_worker *w = f->w;
	const struct vd_pkt_toeplitz *t = w->toeplitz;
	bool v4 = vd_addr_is_v4(addr);
	uint32_t is = (f->rss_server ^ vd_pkt_toeplitz_dst(t, addr) ^
				      vd_pkt_toeplitz_dport(t, v4, vd_pkt_swap16(*port))) &
			w->rss_mask;
	uint32_t slot = is - dp_steer_slot(w, is) + w->index;
	uint16_t by;

	slot = slot <= w->rss_mask ? slot : slot - w->workers;
	by = t->to[v4 ? 0 : 1][is ^ slot];
	*port ^= by;
	return *port >= lo && *port <= hi && (by != 0 || is == slot);
}

/* By which port replies come: the one that requests leave by. */
static void
return_way(struct first *f)
{
	const struct vd_dp_worker *w = f->w;
	struct vd_addr hop;
	uint16_t ifid;

	f->rss_return = false;
	if (vd_likely(w->rss_mask == 0) ||
			!vd_dp_netconf_route(w->net, &f->server->addr, 0, &ifid, &hop) ||
			!w->rss[w->net->ifaces.v[ifid].port])
		return;
	f->rss_return = true;
	f->rss_server = vd_pkt_toeplitz_src(w->toeplitz, &f->server->addr) ^
			vd_pkt_toeplitz_sport(w->toeplitz, vd_addr_is_v4(&f->server->addr),
					f->server_port_be);
}

static struct vd_laddr_request
local_request(struct first *f)
{
	return (struct vd_laddr_request){
			.classes = f->rss_return ? 0 : f->w->workers,
			.class = f->w->index,
			.move = f->rss_return ? move_here : NULL,
			.server = {f->server->addr, vd_pkt_swap16(f->server_port_be)},
			.protocol = f->key.protocol,
			.client_hash = vd_addr_hash(&f->key.src, f->key.sport_be),
			.seed = f->w->seed,
			.in_use = in_use,
			.prefetch = prefetch,
			.ctx = f,
	};
}

/* The first source to try. */
static uint8_t
choose_local(struct first *f)
{
	const struct vd_dp_netconf *net = f->w->net;
	uint32_t pool = f->svc->laddr_pool;
	struct vd_laddr_request req;
	struct vd_addr hop;
	uint16_t ifid;

	return_way(f);
	req = local_request(f);

	if (pool == VD_LB_NONE) {
		if (!vd_dp_netconf_route(net, &f->server->addr, 0, &ifid, &hop))
			return dp_drop(f->m, VD_DROP_NO_ROUTE);
		pool = ifid;
	}
	f->pool = pool < net->n_pools ? net->pools[pool] : NULL;
	if (f->pool == NULL || vd_laddr_first(f->pool, &req, &f->walk, &f->local) != 0)
		return dp_drop(f->m, VD_DROP_PORT_EXHAUSTED);
	return FIRST_OPEN;
}

/* The one before was taken. */
static bool
choose_further(struct first *f)
{
	struct vd_laddr_request req = local_request(f);

	return f->pool != NULL && vd_laddr_further(f->pool, &req, &f->walk, &f->local) == 0;
}

/* ---- a service's new connection ---- */

static uint8_t
no_connection(struct first *f)
{
	dp_meta(f->m)->reason = VD_DROP_NO_CONNECTION;
	return CONN_RESET;
}

/* Room or not, a packet for a server that answers the client itself can be sent on by hashing. */
static uint8_t
hashed(struct first *f)
{
	struct vd_dp_worker *w = f->w;
	struct vd_lb_client client = {f->key.src, f->key.sport_be};
	uint64_t word;

	f->server = vd_lb_schedule_stateless(w->lb, f->svc, &client, NULL);
	if (f->server == NULL)
		return dp_drop(f->m, VD_DROP_NO_SERVER);
	if (f->server->forwarding != VD_FORWARDING_DR)
		return w->conns->live < w->conns->capacity ? no_connection(f)
							   : dp_drop(f->m, VD_DROP_TABLE_FULL);
	if (dp_conn_ttl(f->m) <= 1)
		return dp_drop(f->m, VD_DROP_TTL);
	dp_conn_count(vd_lb_worker_server(w->lb, f->server->id),
			vd_lb_worker_service(w->lb, f->svc->id), VD_CONN_IN, dp_conn_bytes(f->m));
	dp_conn_ttl_dec(f->m);
	vd_store_relaxed(&w->counters.hashed, w->counters.hashed + 1);
	return dp_conn_next_hop(w, f->m, &f->server->addr,
			(uint32_t)vd_addr_hash(&f->key.src, f->key.sport_be), &word);
}

static uint8_t
opened(struct first *f, uint32_t ref)
{
	struct vd_dp_worker *w = f->w;

	dp_server_follow(w, f->svc, f->server);
	vd_store_relaxed(&w->counters.opened, w->counters.opened + 1);
	return dp_conn_pass(w, f->m, vd_conn_at(w->conns, ref), VD_CONN_IN,
			vd_lb_worker_server(w->lb, f->server->id));
}

/* A packet before this one made the connection, since this one was looked at. */
static uint8_t
overtaken(struct first *f, uint32_t ref)
{
	uint8_t next = dp_conn_packet(f->w, f->m, ref);

	return next == CONN_NEW ? dp_drop(f->m, VD_DROP_PORT_EXHAUSTED) : next;
}

/* Enters the connection, which counts for its server already. */
static uint8_t
open_conn(struct first *f)
{
	struct vd_dp_worker *w = f->w;
	struct vd_conn_new n = {
			.addr = {[VD_CONN_CLIENT] = f->key.src,
					[VD_CONN_VIRTUAL] = f->key.dst,
					[VD_CONN_SERVER] = f->server->addr,
					[VD_CONN_LOCAL] = f->local.addr},
			.port_be = {[VD_CONN_CLIENT] = f->key.sport_be,
					[VD_CONN_VIRTUAL] = f->key.dport_be,
					[VD_CONN_SERVER] = f->server_port_be,
					[VD_CONN_LOCAL] = f->local.port_be},
			.protocol = f->key.protocol,
			.forwarding = f->server->forwarding,
			.established_s = f->svc->established_s,
			.service = f->svc->id,
			.server = f->server->id,
	};
	uint32_t ref;
	int rc = vd_conn_insert_hashed(w->conns, &n, f->hash, w->tick, &ref);

	if (vd_unlikely(rc == -EADDRINUSE && choose_further(f))) {
		n.addr[VD_CONN_LOCAL] = f->local.addr;
		n.port_be[VD_CONN_LOCAL] = f->local.port_be;
		f->hash[VD_CONN_OUT] = return_hash(f, &f->local.addr, f->local.port_be);
		rc = vd_conn_insert_hashed(w->conns, &n, f->hash, w->tick, &ref);
	}
	if (vd_likely(rc == 0))
		return opened(f, ref);
	vd_lb_conn_undo(w->lb, f->svc->id, f->server->id);
	if (rc == -EEXIST)
		return overtaken(f, ref);
	if (rc == -ENOSPC) {
		vd_store_relaxed(&w->counters.refused, w->counters.refused + 1);
		return hashed(f);
	}
	/* NAT keeps the client's port: the same one towards the same server by way of two services. */
	return dp_drop(f->m, VD_DROP_PORT_EXHAUSTED);
}

/* Server and source; the lines that open_conn() will write are asked for. */
static uint8_t
schedule(struct first *f)
{
	struct vd_dp_worker *w = f->w;
	struct vd_lb_client client = {f->key.src, f->key.sport_be};
	uint8_t next = FIRST_OPEN;

	f->server = vd_lb_schedule(w->lb, f->svc, &client, NULL);
	if (f->server == NULL || vd_addr_is_v4(&f->server->addr) != vd_addr_is_v4(&f->key.dst))
		return dp_drop(f->m, VD_DROP_NO_SERVER);
	f->server_port_be = f->server->port == 0 ? f->key.dport_be : vd_pkt_swap16(f->server->port);
	f->local.addr = f->key.src;
	f->local.port_be = f->key.sport_be;
	f->pool = NULL;
	if (f->server->forwarding == VD_FORWARDING_FULLNAT)
		next = choose_local(f);
	if (next != FIRST_OPEN)
		return next;
	if (f->server->forwarding != VD_FORWARDING_DR) {
		f->hash[VD_CONN_OUT] = return_hash(f, &f->local.addr, f->local.port_be);
		vd_conn_prefetch_insert(w->conns, f->hash[VD_CONN_OUT]);
	}
	/* The next one's scheduling counts this one. */
	vd_lb_conn_open(w->lb, f->svc->id, f->server->id);
	return FIRST_OPEN;
}

/* A segment that is no first SYN may still find its server if hashing tells which, and no state is needed. */
static bool
hashable(const struct first *f)
{
	return f->svc->forwarding == VD_FORWARDING_DR &&
			(f->svc->scheduler == VD_SCHEDULER_SH ||
					f->svc->scheduler == VD_SCHEDULER_MH ||
					f->w->conns->live >= f->w->conns->capacity);
}

static uint8_t
serve(struct first *f)
{
	uint8_t flags;

	if (!f->w->serve)
		return dp_drop(f->m, VD_DROP_STOPPED);
	if (!dp_lease_ok(f->w, f->svc->lease))
		return dp_drop(f->m, VD_DROP_NOT_MASTER);
	if (dp_conn_ttl(f->m) <= 1)
		return dp_drop(f->m, VD_DROP_TTL);
	if (f->key.protocol != VD_PKT_PROTO_TCP)
		return schedule(f);
	flags = dp_conn_tcp_flags(f->m);
	if ((flags & (VD_PKT_TCP_SYN | VD_PKT_TCP_ACK)) == VD_PKT_TCP_SYN)
		return schedule(f);
	if (hashable(f) && (flags & VD_PKT_TCP_RST) == 0)
		return hashed(f);
	return no_connection(f);
}

/* Not a service's: what the destination is, decides. */
static uint8_t
elsewhere(struct first *f)
{
	enum vd_drop reason;

	switch (dp_local_verdict(f->w, &f->key.dst, &reason)) {
	case DP_LOCAL_PUNT:
		dp_meta(f->m)->up = VD_DP_UP_PUNT;
		return FIRST_UP;
	case DP_LOCAL_RESET:
		dp_meta(f->m)->reason = (uint8_t)reason;
		return f->key.protocol == VD_PKT_PROTO_TCP ? CONN_RESET : CONN_DROP;
	default:
		return dp_drop(f->m, reason);
	}
}

/* An edge, or FIRST_OPEN. */
static uint8_t
decide(struct first *f)
{
	struct vd_dp_worker *w = f->w;
	struct vd_pkt_info info;
	uint32_t ref;
	uint8_t next;
	int rc;

	/* The plain way to here left out what no connection has: addresses that may not be received. */
	rc = vd_pkt_parse(rte_pktmbuf_mtod(f->m, void *), f->m->data_len, &info);
	if (rc != VD_PKT_OK)
		return dp_drop(f->m, (enum vd_drop)rc);
	dp_conn_key(f->m, &f->key);
	f->hash[VD_CONN_IN] = vd_conn_hash(w->conns, &f->key);
	/* A packet before this one may have made the connection. */
	ref = vd_conn_lookup(w->conns, &f->key, f->hash[VD_CONN_IN]);
	if (ref != VD_CONN_NONE) {
		next = dp_conn_packet(w, f->m, ref);
		if (next != CONN_NEW)
			return next;
	}
	f->svc = NULL;
	if (w->snapshot != NULL)
		f->svc = vd_lb_find_service(
				w->snapshot, &f->key.dst, f->key.dport_be, f->key.protocol);
	return f->svc != NULL ? serve(f) : elsewhere(f);
}

static uint8_t
first(struct vd_dp_worker *w, struct rte_mbuf *m)
{
	struct first f;
	uint8_t next;

	f.w = w;
	f.m = m;
	next = decide(&f);
	return next == FIRST_OPEN ? open_conn(&f) : next;
}

static bool
may_open(struct rte_mbuf *m)
{
	return dp_meta(m)->proto != VD_PKT_PROTO_TCP ||
			(dp_conn_tcp_flags(m) & (VD_PKT_TCP_SYN | VD_PKT_TCP_ACK)) ==
			VD_PKT_TCP_SYN;
}

static void
group(struct vd_dp_worker *w, struct rte_mbuf **m, uint8_t *next, uint32_t n)
{
	struct first f[GROUP];
	bool looked[GROUP];

	for (uint32_t i = 0; i < n; i++) {
		looked[i] = may_open(m[i]);
		if (!looked[i])
			continue;
		vd_conn_prefetch_free(w->conns, i);
		f[i].w = w;
		f[i].m = m[i];
		next[i] = decide(&f[i]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!looked[i])
			next[i] = first(w, m[i]);
		else if (next[i] == FIRST_OPEN)
			next[i] = open_conn(&f[i]);
		if (vd_likely(next[i] == CONN_OUTPUT))
			next[i] = dp_output(w, m[i]);
	}
}

static uint16_t
first_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;
	uint8_t next[DP_STREAM];

	for (uint32_t i = 0; i < nb_objs; i += GROUP)
		group(w, m + i, next + i, VD_MIN(GROUP, nb_objs - i));
	dp_forward(graph, node, objs, next, nb_objs, CONN_OUTPUT);
	return nb_objs;
}

static struct rte_node_register first_node = {
		.name = "vd_first",
		.process = first_process,
		.init = dp_node_init,
		.nb_edges = FIRST_EDGES,
		.next_nodes =
				{
						[CONN_DROP] = "vd_drop",
						[CONN_OUTPUT] = "vd_tx",
						[CONN_HOLD] = "vd_hold",
						[CONN_RESET] = "vd_reset",
						[FIRST_UP] = "vd_up",
				},
};
RTE_NODE_REGISTER(first_node);
