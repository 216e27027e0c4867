/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_H
#define VD_IO_H

/*
 * The operating system for the main thread: event loop, clock, files, unix sockets, child processes, signals, log
 * sinks, systemd. This header includes all of io; each part has its own page.
 */

#include "vd_io_child.h"
#include "vd_io_clock.h"
#include "vd_io_file.h"
#include "vd_io_log.h"
#include "vd_io_loop.h"
#include "vd_io_process.h"
#include "vd_io_script.h"
#include "vd_io_signal.h"
#include "vd_io_unix.h"
#include "vd_io_user.h"

#endif
