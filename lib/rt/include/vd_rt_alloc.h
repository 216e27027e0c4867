/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_ALLOC_H
#define VD_RT_ALLOC_H

/*
 * DPDK's heap as a struct vd_alloc: memory of one NUMA socket, in huge pages where EAL has them. Any EAL thread;
 * never on the data path.
 */

#include <stddef.h>

#include "vd_alloc.h"

/* The allocator of a socket (SOCKET_ID_ANY, -1, is allowed). Valid until vd_rt_eal_stop(). */
const struct vd_alloc *vd_rt_alloc(int socket);
/* Bytes of the socket's heap: free now and in all. 0 or -errno. */
int vd_rt_alloc_stats(int socket, size_t *free_bytes, size_t *total_bytes);

#endif
