/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>

#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "vd_compiler.h"
#include "vd_log.h"
#include "vd_rt_alloc.h"
#include "vd_rt_place.h"
#include "vd_rt_port.h"

#define CACHE        512  /* twice the largest burst: below that every burst goes to the ring */
#define RINGS        4096 /* buffers that may wait in rings and for next hops */
#define HANDED       1024 /* and in the ring from one worker to another that stands still */
#define PER_QUEUE    1536 /* Rx and Tx descriptors of one queue pair, and a little */
#define LEAST        2047
#define FRAME_EXTRA  26  /* Ethernet, two tags, FCS */
#define OBJECT_EXTRA 256 /* struct rte_mbuf and the pool's own */

static struct rte_mempool *pools[VD_RT_SOCKETS_MAX];
static uint32_t wanted = 16383;
static uint16_t data_room = RTE_MBUF_DEFAULT_BUF_SIZE;

void
vd_rt_pool_plan(const struct vd_dataplane *dp, unsigned int n_workers)
{
	uint32_t n = RINGS + 2 * CACHE * rte_lcore_count(), mtu = VD_DATAPLANE_MTU_DEFAULT;

	n += (VD_MAX(n_workers, 1u) - 1) * HANDED;
	for (size_t i = 0; i < dp->ports.n; i++) {
		const struct vd_dataplane_port *p = &dp->ports.v[i];
		uint32_t queues = VD_MAX((uint32_t)n_workers, p->rx_queues) + 1;

		/* A NIC's rings are four times those of a virtual device. */
		n += queues * PER_QUEUE * (vd_dataplane_device_is_pci(p->device) ? 3 : 1);
		mtu = VD_MAX(mtu, p->mtu);
	}
	/* A mempool is best at 2^n - 1. */
	wanted = vd_pow2_ceil(n + 1) - 1;
	/* One buffer holds the largest frame: no frame comes in pieces. */
	data_room = (uint16_t)VD_MAX((uint32_t)RTE_MBUF_DEFAULT_BUF_SIZE,
			RTE_ALIGN_CEIL(mtu + FRAME_EXTRA, 64) + RTE_PKTMBUF_HEADROOM);
}

struct rte_mempool *
vd_rt_pool(int socket)
{
	unsigned int s = socket < 0 || socket >= VD_RT_SOCKETS_MAX ? 0 : (unsigned int)socket;
	size_t free_bytes = 0, total = 0;
	uint32_t n = wanted;
	char name[32];

	if (pools[s] != NULL)
		return pools[s];
	(void)vd_rt_alloc_stats((int)s, &free_bytes, &total);
	while (n > LEAST && (size_t)n * (data_room + OBJECT_EXTRA) > VD_MIN(total / 4, free_bytes))
		n = n / 2;
	snprintf(name, sizeof(name), "vd_pool_%u", s);
	do {
		uint32_t cache = VD_MIN((uint32_t)CACHE, n / (2 * rte_lcore_count() + 2));

		pools[s] = rte_pktmbuf_pool_create(name, n, cache, 0, data_room, (int)s);
		n /= 2;
	} while (pools[s] == NULL && n >= LEAST);
	if (pools[s] != NULL)
		vd_log(VD_LOG_DEBUG, "socket %u: %u packet buffers of %u bytes", s, pools[s]->size,
				data_room);
	return pools[s];
}

void
vd_rt_pools_free(void)
{
	for (unsigned int s = 0; s < VD_RT_SOCKETS_MAX; s++) {
		rte_mempool_free(pools[s]);
		pools[s] = NULL;
	}
}
