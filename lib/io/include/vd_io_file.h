/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_FILE_H
#define VD_IO_FILE_H

/*
 * Files of bounded size, written so that a reader sees the old or the new one, never half. Main thread; these
 * calls may block on the disk, so never from an lcore that forwards or directs.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vd_strbuf.h"

#define VD_IO_FILE_MAX ((size_t)64 << 20) /* a configuration larger than this is a mistake */

struct vd_io_names {
	char **v;
	size_t n, cap;
};

/*
 * Appends the file's bytes to out. 0, or -errno: -ENOENT, -EACCES, -EISDIR, -EFBIG when larger than max. Reads pipes
 * and /proc files too (their size is not known beforehand).
 */
int vd_io_file_read(const char *path, size_t max, struct vd_strbuf *out);

/* Writes path by way of a temporary file in its folder and rename(2); mode as for open(2). 0 or -errno. */
int vd_io_file_write(const char *path, const void *bytes, size_t n, mode_t mode);

/* Writes a short text to an existing file, as into /proc/sys. 0 or -errno. */
int vd_io_file_poke(const char *path, const char *text);

/*
 * Names that match a pattern of glob(7) with csh braces ("a{b,c}"), sorted; a pattern without magic gives itself
 * if it exists. 0 (also with no match), or -errno of a folder that cannot be read.
 */
int vd_io_glob(const char *pattern, struct vd_io_names *out);
void vd_io_names_free(struct vd_io_names *names);

/* mkdir -p with mode for the folders that are missing. 0 or -errno. */
int vd_io_mkdirs(const char *path, mode_t mode);

/* The folder of the running program, without a slash at its end; 0 or -errno. */
int vd_io_exe_dir(char *buf, size_t size);

/*
 * The ports that FULLNAT must leave to the kernel on addresses of the host: the ephemeral range
 * (net.ipv4.ip_local_port_range) and every port on which TCP listens or UDP is bound, IPv4 and IPv6, in this network
 * namespace. used is a bitmap of 65536 bits, bit p = used[p >> 6] >> (p & 63) & 1; bits are only set. 0 or -errno.
 */
int vd_io_ports_in_use(uint64_t used[1024]);

#endif
