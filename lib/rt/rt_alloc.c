/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include <rte_malloc.h>

#include "vd_rt_alloc.h"
#include "vd_rt_place.h"

static void *
zalloc(void *ctx, size_t size, size_t align)
{
	int socket = (int)(intptr_t)ctx;
	void *p = rte_zmalloc_socket(NULL, size, (unsigned int)align, socket);

	/* The wish for a socket is one of speed: memory elsewhere beats none. */
	if (p == NULL && socket != SOCKET_ID_ANY)
		p = rte_zmalloc_socket(NULL, size, (unsigned int)align, SOCKET_ID_ANY);
	return p;
}

static void
release(void *ctx, void *p)
{
	(void)ctx;
	rte_free(p);
}

const struct vd_alloc *
vd_rt_alloc(int socket)
{
	static struct vd_alloc alloc[VD_RT_SOCKETS_MAX + 1];
	int i = socket < 0 || socket >= VD_RT_SOCKETS_MAX ? SOCKET_ID_ANY : socket;
	struct vd_alloc *a = &alloc[i + 1];

	a->zalloc = zalloc;
	a->free = release;
	a->ctx = (void *)(intptr_t)i;
	return a;
}

int
vd_rt_alloc_stats(int socket, size_t *free_bytes, size_t *total_bytes)
{
	struct rte_malloc_socket_stats s;

	if (rte_malloc_get_socket_stats(socket, &s) != 0)
		return -EINVAL;
	*free_bytes = s.heap_freesz_bytes;
	*total_bytes = s.heap_totalsz_bytes;
	return 0;
}
