/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DIRECTOR_PRIV_H
#define DIRECTOR_PRIV_H

#include "vd_director.h"

struct vd_director_config {
	struct vd_neigh_config *neigh; /* NULL once the engine has it */
	struct vd_vrrp_config *vrrp;   /* likewise */
	struct vd_health_config *health;
};

struct vd_director {
	struct vd_neigh *neigh;
	struct vd_vrrp *vrrp;
	struct vd_health *health;
	struct vd_director_config *config;
	struct vd_director_config *next; /* while it is swapped in */
	struct vd_alloc alloc;
	bool held[VD_DIRECTOR_LEASES]; /* relaxed words for readers */
};

#endif
