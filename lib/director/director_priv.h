/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DIRECTOR_PRIV_H
#define DIRECTOR_PRIV_H

#include "vd_director.h"

struct vd_director_config {
	struct vd_neigh_config *neigh;      /* NULL once the neighbour engine has it */
	vd_time length[VD_DIRECTOR_LEASES]; /* 0: not held */
};

struct director_lease {
	bool held;
	vd_time length, until, again; /* again: of the second announcement; NEVER when done */
};

struct vd_director {
	struct vd_neigh *neigh;
	struct vd_director_config *config;
	struct vd_alloc alloc;
	uint32_t high; /* leases from here on were never held */
	vd_time next;  /* of the leases */
	struct director_lease lease[VD_DIRECTOR_LEASES];
};

#endif
