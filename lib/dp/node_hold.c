/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "dp_priv.h"
#include "vd_neigh_table.h"

/*
 * Packets whose next hop has no MAC yet: a few per next hop wait while control asks. They go on when control says
 * so (or when the sweep sees the answer in the table), and are dropped when it gave up or nothing came for HOLD_TIME.
 */

#define HOLD_TIME       (3 * VD_SEC)
#define ASK_EVERY       (1 * VD_SEC)
#define PROBES          16 /* slots looked at for one next hop */
#define SLOTS_PER_SWEEP 16

enum {
	HOLD_DROP = DP_EDGE_DROP,
	HOLD_EDGES,
};

int
dp_hold_init(struct vd_dp_worker *w)
{
	w->hold = vd_zalloc(w->alloc, DP_HOLD_SLOTS * sizeof(*w->hold), VD_CACHE_LINE);
	w->release = vd_zalloc(w->alloc, DP_RELEASE * sizeof(*w->release), VD_CACHE_LINE);
	return w->hold == NULL || w->release == NULL ? -ENOMEM : 0;
}

void
dp_hold_fini(struct vd_dp_worker *w)
{
	for (uint32_t i = 0; w->hold != NULL && i < DP_HOLD_SLOTS; i++)
		rte_pktmbuf_free_bulk(w->hold[i].packet, w->hold[i].n);
	while (w->release != NULL && w->release_head != w->release_tail)
		rte_pktmbuf_free(w->release[w->release_head++ % DP_RELEASE]);
	vd_free(w->alloc, w->hold);
	vd_free(w->alloc, w->release);
}

static void
ask(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr)
{
	struct vd_dp_report r = {.type = VD_DP_REPORT_RESOLVE, .ifid = ifid, .addr = *addr};

	dp_report(w, &r);
}

/* At most one report a second about a next hop; two that share a place in the memory take it from each other. */
static bool
told_lately(struct vd_dp_worker *w, uint64_t what)
{
	struct dp_told *t = &w->told[vd_mix64(what) % DP_TOLD];

	if (t->what == what && w->now - t->at < ASK_EVERY)
		return true;
	t->what = what;
	t->at = w->now;
	return false;
}

void
dp_hop_wanted(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr)
{
	if (!told_lately(w, vd_addr_hash(addr, ifid) | 1))
		ask(w, ifid, addr);
}

void
dp_hop_used(struct vd_dp_worker *w, uint32_t index, uint16_t gen)
{
	struct vd_dp_report r = {.type = VD_DP_REPORT_USED, .index = index, .gen = gen};

	if (!told_lately(w, ((uint64_t)index + 1) << 16 | (uint64_t)gen << 1))
		dp_report(w, &r);
}

static uint32_t
home(const struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr)
{
	return (uint32_t)vd_addr_hash(addr, w->seed + ifid);
}

static struct dp_hold *
find(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr, struct dp_hold **empty)
{
	uint32_t at = home(w, ifid, addr);

	*empty = NULL;
	for (uint32_t i = 0; i < PROBES; i++) {
		struct dp_hold *h = &w->hold[(at + i) % DP_HOLD_SLOTS];

		if (!h->used && *empty == NULL)
			*empty = h;
		if (h->used && h->ifid == ifid && vd_addr_equal(&h->addr, addr))
			return h;
	}
	return NULL;
}

uint32_t
dp_hold_slot(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr)
{
	struct dp_hold *empty, *h = find(w, ifid, addr, &empty);

	if (h == NULL) {
		if (empty == NULL)
			return DP_HOLD_NONE;
		h = empty;
		h->addr = *addr;
		h->ifid = ifid;
		h->n = 0;
		h->used = true;
		h->since = w->now;
		h->asked = w->now;
		w->n_held++;
		ask(w, ifid, addr);
	} else if (w->now - h->asked >= ASK_EVERY) {
		h->asked = w->now;
		ask(w, ifid, addr);
	}
	return (uint32_t)(h - w->hold);
}

static void
slot_free(struct vd_dp_worker *w, struct dp_hold *h)
{
	h->used = false;
	h->n = 0;
	w->n_held--;
}

static void
fail(struct vd_dp_worker *w, struct dp_hold *h)
{
	for (uint8_t i = 0; i < h->n; i++)
		dp_discard(w, h->packet[i], VD_DROP_NEIGHBOUR_TIMEOUT);
	slot_free(w, h);
}

/* True if the packets are on their way. */
static bool
release(struct vd_dp_worker *w, struct dp_hold *h)
{
	uint64_t word;
	uint32_t idx = vd_neigh_find_word(w->neigh, h->ifid, &h->addr, &word);

	if (idx == VD_NEIGH_NONE || !vd_neigh_word_usable(word) || h->ifid >= w->net->ifaces.n ||
			DP_RELEASE - (w->release_tail - w->release_head) < h->n)
		return false;
	for (uint8_t i = 0; i < h->n; i++) {
		struct dp_meta *meta = dp_meta(h->packet[i]);

		meta->ifid = h->ifid;
		meta->hop = idx;
		w->release[w->release_tail++ % DP_RELEASE] = h->packet[i];
	}
	slot_free(w, h);
	return true;
}

void
dp_hold_resolved(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr)
{
	struct dp_hold *empty, *h = find(w, ifid, addr, &empty);

	if (h != NULL && w->net != NULL)
		release(w, h);
}

void
dp_hold_failed(struct vd_dp_worker *w, uint16_t ifid, const struct vd_addr *addr)
{
	struct dp_hold *empty, *h = find(w, ifid, addr, &empty);

	if (h != NULL)
		fail(w, h);
}

void
dp_hold_sweep(struct vd_dp_worker *w)
{
	for (uint32_t i = 0; i < SLOTS_PER_SWEEP; i++) {
		struct dp_hold *h = &w->hold[w->hold_scan++ % DP_HOLD_SLOTS];

		if (!h->used || (w->net != NULL && release(w, h)))
			continue;
		if (w->now - h->since >= HOLD_TIME)
			fail(w, h);
	}
}

static uint16_t
hold_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t nb_objs)
{
	struct vd_dp_worker *w = dp_worker(node);
	struct rte_mbuf **m = (struct rte_mbuf **)objs;

	for (uint16_t i = 0; i < nb_objs; i++) {
		struct dp_hold *h = &w->hold[dp_meta(m[i])->hop];

		if (h->n == DP_HOLD_PACKETS) {
			dp_drop(m[i], VD_DROP_NEIGHBOUR_FULL);
			rte_node_enqueue_x1(graph, node, HOLD_DROP, m[i]);
			continue;
		}
		h->packet[h->n++] = m[i];
		vd_store_relaxed(&w->counters.held, w->counters.held + 1);
	}
	return nb_objs;
}

static struct rte_node_register hold_node = {
		.name = "vd_hold",
		.process = hold_process,
		.init = dp_node_init,
		.nb_edges = HOLD_EDGES,
		.next_nodes =
				{
						[HOLD_DROP] = "vd_drop",
				},
};
RTE_NODE_REGISTER(hold_node);
