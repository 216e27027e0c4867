/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_CONF_H
#define VD_IO_CONF_H

/* The files, environment and host name of this machine as the source that conf reads from. Main thread. */

#include "vd_conf.h"

/* Filled with callbacks that need no context. */
void vd_io_conf_source(struct vd_conf_source *out);

/* True if path is a program that can be run; a name without a slash is looked up in PATH. ctx is not used. */
bool vd_io_executable(void *ctx, const char *path);

#endif
