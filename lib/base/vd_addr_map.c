/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_addr_map.h"

#include <stdlib.h>

#include "vd_alloc.h"

#define SIZE_LEAST 16u

/* Half of the places are free, so there is an end. */
static struct vd_addr_map_place *
place_of(struct vd_addr_map *m, const struct vd_addr *addr)
{
	size_t i = vd_addr_hash(addr, 0) & (m->size - 1);

	for (m->looks++; m->v[i].value != 0 && !vd_addr_equal(&m->v[i].addr, addr); m->looks++)
		i = (i + 1) & (m->size - 1);
	return &m->v[i];
}

static void
grow(struct vd_addr_map *m)
{
	struct vd_addr_map_place *old = m->v;
	size_t size = m->size;

	m->size = size == 0 ? SIZE_LEAST : 2 * size;
	m->v = vd_xcalloc(m->size, sizeof(*m->v));
	for (size_t i = 0; i < size; i++)
		if (old[i].value != 0)
			*place_of(m, &old[i].addr) = old[i];
	free(old);
}

uint32_t
vd_addr_map_put(struct vd_addr_map *m, const struct vd_addr *addr, uint32_t value)
{
	struct vd_addr_map_place *p;

	if (2 * (m->n + 1) > m->size)
		grow(m);
	p = place_of(m, addr);
	if (p->value != 0)
		return p->value;
	p->addr = *addr;
	p->value = value;
	m->n++;
	return 0;
}

uint32_t
vd_addr_map_get(struct vd_addr_map *m, const struct vd_addr *addr)
{
	return m->size == 0 ? 0 : place_of(m, addr)->value;
}

void
vd_addr_map_free(struct vd_addr_map *m)
{
	free(m->v);
	*m = (struct vd_addr_map){.v = NULL};
}
