/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_TIME_H
#define VD_TIME_H

/*
 * The one time type: unsigned 64-bit nanoseconds. A vd_time is a point on the monotonic clock where the name says
 * now, until or at; a length where it says interval, delay or timeout. Engines never read a clock: time is an
 * argument. VD_TIME_NEVER is later than every point.
 */

#include <stdint.h>

typedef uint64_t vd_time;

#define VD_NSEC       ((vd_time)1)
#define VD_USEC       ((vd_time)1000)
#define VD_MSEC       ((vd_time)1000000)
#define VD_SEC        ((vd_time)1000000000)
#define VD_TIME_NEVER UINT64_MAX

#endif
