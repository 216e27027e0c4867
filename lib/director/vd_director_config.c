/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration, on main. */
#include <stdlib.h>

#include "director_priv.h"

struct vd_director_config *
vd_director_config_new(void)
{
	struct vd_director_config *c = vd_xcalloc(1, sizeof(*c));

	c->neigh = vd_neigh_config_new();
	c->vrrp = vd_vrrp_config_new();
	c->health = vd_health_config_new();
	return c;
}

void
vd_director_config_free(struct vd_director_config *c)
{
	if (c == NULL)
		return;
	vd_neigh_config_free(c->neigh);
	vd_vrrp_config_free(c->vrrp);
	vd_health_config_free(c->health);
	free(c);
}

struct vd_neigh_config *
vd_director_config_neigh(struct vd_director_config *c)
{
	return c->neigh;
}

struct vd_vrrp_config *
vd_director_config_vrrp(struct vd_director_config *c)
{
	return c->vrrp;
}

struct vd_health_config *
vd_director_config_health(struct vd_director_config *c)
{
	return c->health;
}

int
vd_director_config_seal(struct vd_director_config *c, struct vd_director_config *before)
{
	int err = vd_health_config_seal(c->health, before == NULL ? NULL : before->health);

	if (err != 0)
		return err;
	vd_neigh_config_seal(c->neigh);
	return vd_vrrp_config_seal(c->vrrp);
}
