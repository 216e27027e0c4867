/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vd_io_file.h"

#define PROC_MAX   ((size_t)16 << 20)
#define TCP_LISTEN 0x0a

static void
mark(uint64_t used[1024], unsigned int port)
{
	used[port >> 6] |= (uint64_t)1 << (port & 63);
}

/*
 * Lines of /proc/net/{tcp,udp}{,6}: "  0: 0100007F:1F90 00000000:0000 0A ...". A TCP port is taken while someone
 * listens on it, a UDP port while someone is bound to it.
 */
static int
mark_file(uint64_t used[1024], const char *path, bool listening_only)
{
	struct vd_strbuf b = {0};
	int err = vd_io_file_read(path, PROC_MAX, &b);

	/* No IPv6 in this kernel: no such file. */
	if (err == -ENOENT)
		err = 0;
	for (char *line = b.s; line != NULL && *line != '\0';) {
		char *next = strchr(line, '\n');
		unsigned int port, state;

		if (next != NULL)
			*next++ = '\0';
		if (sscanf(line, " %*u: %*32[0-9A-Fa-f]:%4x %*32[0-9A-Fa-f]:%*x %2x", &port,
				    &state) == 2 &&
				(!listening_only || state == TCP_LISTEN))
			mark(used, port & 0xffff);
		line = next;
	}
	vd_strbuf_free(&b);
	return err;
}

int
vd_io_ports_in_use(uint64_t used[1024])
{
	struct vd_strbuf b = {0};
	unsigned int lo = 32768, hi = 60999;
	int err;

	err = vd_io_file_read("/proc/sys/net/ipv4/ip_local_port_range", 64, &b);
	if (err == 0 && sscanf(b.s == NULL ? "" : b.s, "%u %u", &lo, &hi) != 2)
		err = -EINVAL;
	vd_strbuf_free(&b);
	for (unsigned int p = lo; p <= hi && p <= 65535; p++)
		mark(used, p);
	if (err == 0)
		err = mark_file(used, "/proc/net/tcp", true);
	if (err == 0)
		err = mark_file(used, "/proc/net/tcp6", true);
	if (err == 0)
		err = mark_file(used, "/proc/net/udp", false);
	if (err == 0)
		err = mark_file(used, "/proc/net/udp6", false);
	return err;
}
