/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "punt_priv.h"

#define SEGMENTS 8 /* of one frame; vipd's own buffers hold a whole one */

static void
count(uint64_t *word, uint64_t n)
{
	vd_store_relaxed(word, *word + n);
}

uint16_t
vd_punt_rx_burst(struct vd_punt *p, struct rte_mempool *pool, struct rte_mbuf **m, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t got = 0;

	while (got < n) {
		ssize_t len;

		if (p->spare == NULL)
			p->spare = rte_pktmbuf_alloc(pool);
		if (p->spare == NULL) {
			/* The frame stays in the tap's queue, which the kernel bounds. */
			count(&p->stats.no_mbuf, 1);
			break;
		}
		len = read(p->fd, rte_pktmbuf_mtod(p->spare, void *),
				rte_pktmbuf_tailroom(p->spare));
		if (len <= 0)
			break;
		p->spare->data_len = (uint16_t)len;
		p->spare->pkt_len = (uint32_t)len;
		bytes += (uint64_t)len;
		m[got++] = p->spare;
		p->spare = NULL;
	}
	if (got > 0) {
		count(&p->stats.from_kernel, got);
		count(&p->stats.from_kernel_bytes, bytes);
	}
	return got;
}

static bool
put(struct vd_punt *p, const struct rte_mbuf *m)
{
	struct iovec v[SEGMENTS];
	int n = 0;

	for (const struct rte_mbuf *s = m; s != NULL; s = s->next) {
		if (n == SEGMENTS)
			return false;
		v[n].iov_base = rte_pktmbuf_mtod(s, void *);
		v[n++].iov_len = s->data_len;
	}
	return writev(p->fd, v, n) == (ssize_t)m->pkt_len;
}

uint16_t
vd_punt_tx_burst(struct vd_punt *p, struct rte_mbuf **m, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t sent = 0;

	for (uint16_t i = 0; i < n; i++) {
		if (put(p, m[i])) {
			bytes += m[i]->pkt_len;
			sent++;
		}
	}
	rte_pktmbuf_free_bulk(m, n);
	count(&p->stats.to_kernel, sent);
	count(&p->stats.to_kernel_bytes, bytes);
	count(&p->stats.to_kernel_dropped, (uint64_t)(n - sent));
	return sent;
}

bool
vd_punt_tx_bytes(struct vd_punt *p, const void *frame, uint16_t n)
{
	bool sent = write(p->fd, frame, n) == (ssize_t)n;

	if (sent) {
		count(&p->stats.to_kernel, 1);
		count(&p->stats.to_kernel_bytes, n);
	} else {
		count(&p->stats.to_kernel_dropped, 1);
	}
	return sent;
}

void
vd_punt_stats_get(const struct vd_punt *p, struct vd_punt_stats *out)
{
	out->to_kernel = vd_load_relaxed(&p->stats.to_kernel);
	out->to_kernel_bytes = vd_load_relaxed(&p->stats.to_kernel_bytes);
	out->to_kernel_dropped = vd_load_relaxed(&p->stats.to_kernel_dropped);
	out->from_kernel = vd_load_relaxed(&p->stats.from_kernel);
	out->from_kernel_bytes = vd_load_relaxed(&p->stats.from_kernel_bytes);
	out->no_mbuf = vd_load_relaxed(&p->stats.no_mbuf);
}
