/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_PROCESS_H
#define VD_IO_PROCESS_H

/*
 * The process in its surroundings: systemd's notify socket, thread names. Without a notify socket the first group
 * does nothing and says nothing.
 */

#include "vd_compiler.h"

void vd_io_notify_ready(void);
/* Before and after a reload (RELOADING=1 with its time stamp, then READY=1). */
void vd_io_notify_reloading(void);
void vd_io_notify_stopping(void);
/* One line for `systemctl status`. */
void vd_io_notify_status(const char *fmt, ...) VD_PRINTF(1, 2);

/* Name of the calling thread as top and ps show it; cut at 15 bytes. */
void vd_io_thread_name(const char *fmt, ...) VD_PRINTF(1, 2);

#endif
