/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>

#include "dp_steer.h"

/*
 * Rings between workers, one for each ordered pair: one worker puts, the other takes, so no line has two writers. Their
 * memory is the taker's; a memzone each would be more than EAL has for 64 workers.
 */

#define PREFETCH 8

static size_t
ring_bytes(void)
{
	size_t bytes = (size_t)rte_ring_get_memsize(DP_HAND_RING);

	return (bytes + VD_CACHE_LINE - 1) & ~(size_t)(VD_CACHE_LINE - 1);
}

/* in[] and the rings behind it. */
static int
rings_create(struct vd_dp_worker *w, uint16_t n)
{
	size_t head = (n * sizeof(*w->in) + VD_CACHE_LINE - 1) & ~(size_t)(VD_CACHE_LINE - 1);
	uint8_t *p = vd_zalloc(w->alloc, head + (n - 1u) * ring_bytes(), VD_CACHE_LINE);
	char name[RTE_RING_NAMESIZE];

	if (p == NULL)
		return -ENOMEM;
	w->in = (struct rte_ring **)(void *)p;
	p += head;
	for (uint16_t i = 0; i < n; i++) {
		if (i == w->index)
			continue;
		snprintf(name, sizeof(name), "vd_dp%u_from%u", w->index, i);
		if (rte_ring_init((struct rte_ring *)(void *)p, name, DP_HAND_RING,
				    RING_F_SP_ENQ | RING_F_SC_DEQ) != 0)
			return -EINVAL;
		w->in[i] = (struct rte_ring *)(void *)p;
		p += ring_bytes();
	}
	return 0;
}

/* Whoever is to send for another one can. */
static bool
ways_are_good(struct vd_dp_worker *const *w, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		for (uint16_t p = 0; p < VD_DP_PORT_MAX; p++)
			if (w[i]->txq[p] == VD_DP_TX_NONE && w[i]->tx_via[p] != 0 &&
					(w[i]->tx_via[p] > n ||
							w[w[i]->tx_via[p] - 1]->txq[p] ==
									VD_DP_TX_NONE))
				return false;
	return true;
}

static bool
polls(const struct vd_dp_worker *w, uint16_t port)
{
	for (uint16_t i = 0; i < w->n_rxq; i++)
		if (w->rxq[i].port == port)
			return true;
	return false;
}

/* Every worker has a queue of the port: somebody spreads packets, and most likely each flow comes by the same one. */
static bool
all_poll(struct vd_dp_worker *const *w, uint16_t n, uint16_t port)
{
	for (uint16_t i = 0; i < n; i++)
		if (!polls(w[i], port))
			return false;
	return true;
}

int
vd_dp_workers_connect(struct vd_dp_worker *const *w, uint16_t n)
{
	int rc = 0;

	for (uint16_t i = 0; i < n; i++)
		if (n > VD_DP_WORKER_MAX || w[i]->index != i || w[i]->hand != NULL)
			return -EINVAL;
	if (!ways_are_good(w, n))
		return -EINVAL;
	for (uint16_t i = 0; n > 1 && rc == 0 && i < n; i++)
		rc = rings_create(w[i], n);
	for (uint16_t i = 0; n > 1 && rc == 0 && i < n; i++) {
		w[i]->hand = vd_zalloc(w[i]->alloc, n * sizeof(*w[i]->hand), VD_CACHE_LINE);
		if (w[i]->hand == NULL)
			return -ENOMEM;
		for (uint16_t k = 0; k < n; k++)
			w[i]->hand[k].ring = w[k]->in[i];
		w[i]->workers = n;
		w[i]->class_part = (uint32_t)((((uint64_t)1 << 32) + n - 1) / n);
		for (uint16_t p = 0; p < VD_DP_PORT_MAX; p++) {
			w[i]->late[p] = w[i]->rss[p] || all_poll(w, n, p);
			w[i]->steers |= !w[i]->late[p] &&
					(w[i]->txq[p] != VD_DP_TX_NONE || w[i]->tx_via[p] != 0);
		}
	}
	return rc;
}

void
dp_hand_fini(struct vd_dp_worker *w)
{
	void *m;

	for (uint16_t i = 0; w->in != NULL && i < w->workers; i++)
		while (w->in[i] != NULL && rte_ring_sc_dequeue(w->in[i], &m) == 0)
			rte_pktmbuf_free(m);
	vd_free(w->alloc, w->in);
	vd_free(w->alloc, w->hand);
}

void
dp_hand_send(struct vd_dp_worker *w, struct dp_hand *h)
{
	unsigned int done = rte_ring_sp_enqueue_burst(h->ring, (void **)h->packet, h->n, NULL);

	vd_store_relaxed(&w->counters.handed_out, w->counters.handed_out + done);
	for (unsigned int i = done; vd_unlikely(i < h->n); i++)
		dp_discard(w, h->packet[i], VD_DROP_HANDOVER_FULL);
	h->n = 0;
}

void
dp_hand_flush(struct vd_dp_worker *w)
{
	for (uint16_t i = 0; i < w->n_touched; i++) {
		struct dp_hand *h = &w->hand[w->touched[i]];

		h->touched = false;
		if (h->n > 0)
			dp_hand_send(w, h);
	}
	if (w->wake_worker != NULL) {
		/* Pairs with the one of the sleeper: it sees the packets, or we see that it sleeps. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		for (uint16_t i = 0; i < w->n_touched; i++)
			w->wake_worker(w->wake_worker_ctx, w->touched[i]);
	}
	w->n_touched = 0;
}

bool
dp_hand_pending(const struct vd_dp_worker *w)
{
	for (uint16_t i = 0; w->hand != NULL && i < w->workers; i++)
		if (w->in[i] != NULL && !rte_ring_empty(w->in[i]))
			return true;
	return false;
}

/* Both lines of a packet were another CPU's: the mbuf's first, then, when that is here, the headers. */
static void
prefetch(struct rte_mbuf **m, uint16_t n)
{
	for (uint16_t i = 0; i < n + PREFETCH; i++) {
		if (i < n)
			rte_prefetch0(m[i]);
		if (i >= PREFETCH)
			rte_prefetch0(rte_pktmbuf_mtod(m[i - PREFETCH], void *));
	}
}

uint16_t
dp_hand_take(struct vd_dp_worker *w, struct rte_mbuf **m, uint16_t n)
{
	uint16_t got = 0, from = w->next_in;

	for (uint16_t i = 0; i < w->workers && got < n; i++) {
		struct rte_ring *r = w->in[from];

		if (++from == w->workers)
			from = 0;
		if (r != NULL && !rte_ring_empty(r))
			got += (uint16_t)rte_ring_sc_dequeue_burst(
					r, (void **)(m + got), n - got, NULL);
	}
	w->next_in = from; /* a ring that was not reached is first next time */
	if (got == 0)
		return 0;
	prefetch(m, got);
	vd_store_relaxed(&w->counters.handed_in, w->counters.handed_in + got);
	return got;
}

uint16_t
vd_dp_worker_owner(const struct vd_dp_worker *w, uint16_t port, const struct vd_endpoint *src,
		const struct vd_endpoint *dst, uint8_t protocol)
{
	struct vd_conn_key k = {
			.src = src->addr,
			.dst = dst->addr,
			.sport_be = vd_pkt_swap16(src->port),
			.dport_be = vd_pkt_swap16(dst->port),
			.protocol = protocol,
	};

	return w->hand == NULL || w->net == NULL || w->snapshot == NULL
			? w->index
			: dp_steer_owner(w, port, &k);
}
