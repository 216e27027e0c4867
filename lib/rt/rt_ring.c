/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "vd_rt_ring.h"

/*
 * Without huge pages the memory of a ring is not there before it is written to, and whoever comes first waits for the
 * kernel, behind a main thread that may be freeing a large configuration.
 */
static void
touch(struct rte_ring *ring, unsigned int elem_size)
{
	ssize_t size = rte_ring_get_memsize_elem(elem_size, rte_ring_get_size(ring));

	if (size > (ssize_t)sizeof(*ring))
		memset(ring + 1, 0, (size_t)size - sizeof(*ring));
}

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
	touch(r->ring, elem_size);
	return 0;
}

void
vd_rt_ring_free(struct vd_rt_ring *r)
{
	rte_ring_free(r->ring);
	rte_free(r->full);
	*r = (struct vd_rt_ring)VD_RT_RING_NONE;
}
