/* SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

#include "vd_io_clock.h"

vd_time
vd_io_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (vd_time)ts.tv_sec * VD_SEC + (vd_time)ts.tv_nsec;
}
