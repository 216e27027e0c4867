/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_LOG_H
#define VD_IO_LOG_H

/*
 * Where vd_log() goes: stderr ("2026-01-02T03:04:05.678 info: text"), syslog (facility daemon) or a file (appended,
 * opened again by vd_io_log_reopen()). One write(2) per line, so lines of several threads do not mix. On stderr under
 * systemd (JOURNAL_STREAM) the time is left out and the level is given as "<6>".
 *
 * Writing to the file never waits and never ends the program. Lines that it does not take (a full disk, a limit, a FIFO
 * whose reader is slow) are lost and counted; the first that it takes again is preceded by one that says how many, and
 * why.
 */

#include <stdint.h>

#include "vd_log.h"

enum vd_io_log_to {
	VD_IO_LOG_STDERR,
	VD_IO_LOG_SYSLOG,
	VD_IO_LOG_FILE,
};

/* Replaces the sink of vd_log(). path is for VD_IO_LOG_FILE; ident is the instance's name. 0 or -errno. */
int vd_io_log_open(enum vd_io_log_to to, const char *path, const char *ident);
/* Opens the log file again after it was rotated away. 0 or -errno; no file: 0. */
int vd_io_log_reopen(void);
/* Lines that the file did not take since the start. Any thread. */
uint64_t vd_io_log_lost(void);
/* Also hands every line to tap, on the thread that logs; NULL removes. For the recent events of `show log`. */
void vd_io_log_tap(vd_log_sink tap, void *ctx);
void vd_io_log_close(void);

#endif
