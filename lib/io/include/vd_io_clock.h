/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_CLOCK_H
#define VD_IO_CLOCK_H

/*
 * CLOCK_MONOTONIC in nanoseconds: the program's one time line. Lcores read the same line from the TSC
 * (vd_rt_clock.h). Any thread.
 */

#include "vd_time.h"

vd_time vd_io_now(void);

#endif
