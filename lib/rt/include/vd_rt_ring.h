/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_RING_H
#define VD_RT_RING_H

/*
 * A ring of small records or of pointers between two threads: fixed size, never blocks, counts what did not fit.
 * One producer and one consumer. Create and free on the main thread; put by the producer only, get by the consumer only.
 * The size of a record is given at each call so that the compiler sees it: use sizeof.
 *
 *   struct vd_rt_ring r = VD_RT_RING_NONE;
 *   vd_rt_ring_create(&r, "events.w0", 1024, sizeof(struct event), socket);
 *   vd_rt_ring_put(&r, &event, sizeof(event));
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "vd_compiler.h"

struct vd_rt_ring {
	struct rte_ring *ring;
	uint64_t *full; /* records that did not fit; written by the producer */
};

/* clang-format off */
#define VD_RT_RING_NONE { NULL, NULL }
/* clang-format on */

/*
 * count records (rounded up to a power of two) of elem_size bytes, a multiple of 4. The name must be new in the process
 * (at most 26 bytes are used). 0, -EEXIST, -EINVAL or -ENOMEM.
 */
int vd_rt_ring_create(struct vd_rt_ring *r, const char *name, uint32_t count, uint32_t elem_size,
		int socket);
/* Free with records inside is the owner's loss: empty rings of pointers first. A ring never created is allowed. */
void vd_rt_ring_free(struct vd_rt_ring *r);

static inline bool
vd_rt_ring_put(struct vd_rt_ring *r, const void *elem, unsigned int elem_size)
{
	/* rte_ring takes a pointer that is not const and only reads from it. */
	if (vd_likely(rte_ring_sp_enqueue_elem(r->ring, (void *)(uintptr_t)elem, elem_size) == 0))
		return true;
	vd_store_relaxed(r->full, *r->full + 1);
	return false;
}

/* As many as fit; returns how many. */
static inline unsigned int
vd_rt_ring_put_burst(
		struct vd_rt_ring *r, const void *elems, unsigned int elem_size, unsigned int n)
{
	unsigned int done = rte_ring_sp_enqueue_burst_elem(
			r->ring, (void *)(uintptr_t)elems, elem_size, n, NULL);

	if (vd_unlikely(done < n))
		vd_store_relaxed(r->full, *r->full + n - done);
	return done;
}

static inline bool
vd_rt_ring_get(struct vd_rt_ring *r, void *elem, unsigned int elem_size)
{
	return rte_ring_sc_dequeue_elem(r->ring, elem, elem_size) == 0;
}

static inline unsigned int
vd_rt_ring_get_burst(struct vd_rt_ring *r, void *elems, unsigned int elem_size, unsigned int n)
{
	return rte_ring_sc_dequeue_burst_elem(r->ring, elems, elem_size, n, NULL);
}

/* The same for pointers (mbufs). The ring was created with sizeof(void *). */
static inline unsigned int
vd_rt_ring_put_ptrs(struct vd_rt_ring *r, void *const *ptrs, unsigned int n)
{
	return vd_rt_ring_put_burst(r, ptrs, sizeof(void *), n);
}

static inline unsigned int
vd_rt_ring_get_ptrs(struct vd_rt_ring *r, void **ptrs, unsigned int n)
{
	return vd_rt_ring_get_burst(r, ptrs, sizeof(void *), n);
}

static inline bool
vd_rt_ring_empty(const struct vd_rt_ring *r)
{
	return rte_ring_empty(r->ring) != 0;
}

static inline unsigned int
vd_rt_ring_count(const struct vd_rt_ring *r)
{
	return rte_ring_count(r->ring);
}

static inline uint64_t
vd_rt_ring_full(const struct vd_rt_ring *r)
{
	return vd_load_relaxed(r->full);
}

#endif
