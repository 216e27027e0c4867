/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>

#include <systemd/sd-daemon.h>

#include "vd_io_clock.h"
#include "vd_io_process.h"

void
vd_io_notify_ready(void)
{
	sd_notify(0, "READY=1");
}

void
vd_io_notify_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, vd_io_now() / VD_USEC);
}

void
vd_io_notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void
vd_io_notify_status(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sd_notifyf(0, "STATUS=%s", text);
}

void
vd_io_thread_name(const char *fmt, ...)
{
	char name[16];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	prctl(PR_SET_NAME, name, 0, 0, 0);
}
