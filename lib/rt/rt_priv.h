/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_PRIV_H
#define VD_RT_PRIV_H

#include <stdbool.h>

#include "vd_rt_eal.h"
#include "vd_rt_place.h"

/* Sends EAL's and the PMDs' lines to vd_log() from now on. 0 or -errno. */
int vd_rt_log_open(void);
/* While on, keeps lines back: stderr is not the user's just now. */
void vd_rt_log_hold(bool on);

/*
 * Settles the roles after rte_eal_init(): control is the lcore of that number, or the lowest that is not main if
 * negative. -EINVAL when there are fewer than three. vd_rt_lcores_free() undoes it.
 */
int vd_rt_lcores_init(int control);
void vd_rt_lcores_free(void);

/* This process may make network interfaces (effective CAP_NET_ADMIN). */
bool vd_rt_may_admin_net(void);

#endif
