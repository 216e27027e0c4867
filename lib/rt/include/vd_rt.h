/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_H
#define VD_RT_H

/*
 * DPDK for the rest of the program: EAL, lcores, ports, pools, rings, clock, idle lcores. The only module, with dp and
 * its neighbours above, that knows what a PMD can and cannot do. This header includes all of rt.
 *
 * Start order: vd_rt_eal_start(), vd_rt_clock_sync() by a timer of main each second, vd_rt_port_open() for each port,
 * vd_rt_port_start(), vd_rt_lcore_launch(). Undone in reverse.
 */

#include "vd_rt_alloc.h"
#include "vd_rt_clock.h"
#include "vd_rt_eal.h"
#include "vd_rt_idle.h"
#include "vd_rt_lcore.h"
#include "vd_rt_place.h"
#include "vd_rt_port.h"
#include "vd_rt_profile.h"
#include "vd_rt_ring.h"

#endif
