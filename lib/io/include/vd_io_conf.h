/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_CONF_H
#define VD_IO_CONF_H

/* The files, environment and host name of this machine as the source that conf reads from. Main thread. */

#include "vd_conf.h"

/* Filled with callbacks that need no context. */
void vd_io_conf_source(struct vd_conf_source *out);

#endif
