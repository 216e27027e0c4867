/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_ADDR_MAP_H
#define VD_ADDR_MAP_H

/*
 * A number for each address of a set: an open hash table that grows, so that what asks for each of n addresses once takes
 * n steps and not n^2. A zeroed one is empty. It aborts when memory is out; not for the data path. One thread.
 */

#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"

struct vd_addr_map_place {
	struct vd_addr addr;
	uint32_t value; /* 0 = free */
};

struct vd_addr_map {
	struct vd_addr_map_place *v;
	size_t n, size;
	uint64_t looks; /* at places, by put and get so far */
};

/* value is not 0. Returns 0, or the value that the address has already, which stays. */
uint32_t vd_addr_map_put(struct vd_addr_map *m, const struct vd_addr *addr, uint32_t value);
/* 0: it has none. */
uint32_t vd_addr_map_get(struct vd_addr_map *m, const struct vd_addr *addr);
void vd_addr_map_free(struct vd_addr_map *m);

#endif
