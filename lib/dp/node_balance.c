/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_steer.h"

/*
 * Finds the connections of a burst. What costs is memory, so the lookups of a batch go side by side, each line being
 * asked for well before it is read: index, record, then the counters of server and service.
 */

enum {
	BALANCE_FIRST = CONN_EDGES,
	BALANCE_HAND,
	BALANCE_EDGES,
};

#define BATCH 64

static inline void
prefetch_counters(const struct vd_dp_worker *w, uint32_t ref)
{
	const struct vd_conn *c = vd_conn_at(w->conns, ref);

	vd_prefetch_write(vd_lb_worker_server(w->lb, c->server));
	vd_prefetch_write(vd_lb_worker_service(w->lb, c->service));
	vd_prefetch(&w->neigh->entries[c->neigh[vd_conn_ref_dir(ref)]]);
	if ((c->flags & VD_CONN_F_V6) != 0)
		vd_prefetch(c->v6);
}

/* No connection here: on a port with RSS another worker may have it, or be the one to make it. */
static VD_NOINLINE uint8_t
unknown(struct vd_dp_worker *w, struct rte_mbuf *m, const struct vd_conn_key *key)
{
	struct dp_meta *meta = dp_meta(m);
	uint16_t owner;

	if ((meta->flags & DP_FLAG_HANDED) != 0 || !w->late[m->port])
		return BALANCE_FIRST;
	owner = dp_steer_owner(w, m->port, key);
	if (owner == w->index)
		return BALANCE_FIRST;
	meta->owner = (uint8_t)owner;
	return BALANCE_HAND;
}

static inline void
batch(struct vd_dp_worker *w, struct rte_mbuf **m, uint8_t *next, uint16_t n)
{
	struct vd_conn_key key[BATCH];
	uint64_t hash[BATCH];
	uint32_t ref[BATCH];

	for (uint16_t i = 0; i < n; i++) {
		dp_conn_key(m[i], &key[i]);
		hash[i] = vd_conn_hash(w->conns, &key[i]);
		vd_conn_prefetch(w->conns, hash[i]);
	}
	if (vd_conn_lookup_burst(w->conns, key, hash, n, ref) != 0)
		for (uint16_t i = 0; i < n; i++)
			if (vd_likely(ref[i] != VD_CONN_NONE))
				prefetch_counters(w, ref[i]);
	for (uint16_t i = 0; i < n; i++) {
		next[i] = BALANCE_FIRST;
		if (vd_likely(ref[i] != VD_CONN_NONE))
			next[i] = dp_conn_packet(w, m[i], ref[i]);
		else if (vd_unlikely(w->hand != NULL))
			next[i] = unknown(w, m[i], &key[i]);
		if (vd_likely(next[i] == CONN_OUTPUT))
			next[i] = dp_output(w, m[i]);
		else if (vd_unlikely(next[i] == CONN_NEW))
			next[i] = BALANCE_FIRST;
	}
}

static uint16_t
balance_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;
	uint8_t next[DP_STREAM];

	for (uint16_t i = 0; i < nb_objs; i += BATCH)
		batch(w, m + i, next + i, (uint16_t)VD_MIN(BATCH, nb_objs - i));
	dp_forward(graph, node, objs, next, nb_objs, CONN_OUTPUT);
	return nb_objs;
}

static struct rte_node_register balance_node = {
		.name = "vd_balance",
		.process = balance_process,
		.init = dp_node_init,
		.nb_edges = BALANCE_EDGES,
		.next_nodes =
				{
						[CONN_DROP] = "vd_drop",
						[CONN_OUTPUT] = "vd_tx",
						[CONN_HOLD] = "vd_hold",
						[CONN_RESET] = "vd_reset",
						[BALANCE_FIRST] = "vd_first",
						[BALANCE_HAND] = "vd_hand",
				},
};
RTE_NODE_REGISTER(balance_node);
