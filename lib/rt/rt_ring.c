/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "vd_rt_ring.h"

int
vd_rt_ring_create(struct vd_rt_ring *r, const char *name, uint32_t count, uint32_t elem_size,
		int socket)
{
	/* The counter has a line of its own: the producer writes it, readers must not slow the ring. */
	r->full = rte_zmalloc_socket(NULL, VD_CACHE_LINE, VD_CACHE_LINE, socket);
	if (r->full == NULL)
		return -ENOMEM;
	r->ring = rte_ring_create_elem(name, elem_size, count, socket,
			RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	if (r->ring == NULL) {
		rte_free(r->full);
		r->full = NULL;
		return -rte_errno;
	}
	return 0;
}

void
vd_rt_ring_free(struct vd_rt_ring *r)
{
	rte_ring_free(r->ring);
	rte_free(r->full);
	*r = (struct vd_rt_ring)VD_RT_RING_NONE;
}
