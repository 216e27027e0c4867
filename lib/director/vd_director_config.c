/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration, on main. */
#include <errno.h>
#include <stdlib.h>

#include "director_priv.h"

struct vd_director_config *
vd_director_config_new(void)
{
	struct vd_director_config *c = vd_xcalloc(1, sizeof(*c));

	c->neigh = vd_neigh_config_new();
	return c;
}

void
vd_director_config_free(struct vd_director_config *c)
{
	if (c == NULL)
		return;
	vd_neigh_config_free(c->neigh);
	free(c);
}

struct vd_neigh_config *
vd_director_config_neigh(struct vd_director_config *c)
{
	return c->neigh;
}

int
vd_director_config_lease(struct vd_director_config *c, uint32_t lease, vd_time length)
{
	if (lease >= VD_DIRECTOR_LEASES || length == 0)
		return -ERANGE;
	c->length[lease] = length;
	return 0;
}

void
vd_director_config_seal(struct vd_director_config *c)
{
	vd_neigh_config_seal(c->neigh);
}
