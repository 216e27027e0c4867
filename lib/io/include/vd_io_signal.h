/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_SIGNAL_H
#define VD_IO_SIGNAL_H

/*
 * Signals as events of the loop. They are blocked in the calling thread and so in every thread that it starts later:
 * call vd_io_signals_block() first thing in main(), before the EAL. SIGPIPE and SIGXFSZ are ignored.
 */

#include "vd_io_loop.h"

/* keepalived's "write the JSON file": SIGRTMIN + 2, which tools write as 36. */
#define VD_IO_SIGNAL_JSON 36

/* Blocks SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2 and VD_IO_SIGNAL_JSON; pending ones wait for the loop. */
void vd_io_signals_block(void);
/* Calls cb with each signal that comes. 0 or -errno. One watcher per program. */
int vd_io_signals_watch(struct vd_io_loop *loop, void (*cb)(void *ctx, int signo), void *ctx);
void vd_io_signals_unwatch(void);
/* In a child after fork: default handlers and an empty mask, so that a script starts as from a shell. */
void vd_io_signals_child_reset(void);

#endif
