/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_UNIX_H
#define VD_IO_UNIX_H

/*
 * Stream sockets in the file system, and buffered connections over them, on the event loop. Nothing here blocks: a
 * peer that does not read is closed once its output passes the bound, with the reason "slow reader".
 *
 * Loop's thread only. A server and its connections are freed by vd_io_server_close(), a single connection by
 * vd_io_conn_close() or by itself when the peer goes; on_close is called exactly once for each connection, last.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vd_io_loop.h"

/* Folder of the control sockets: environment VIPD_RUN_DIR, else /run/vipd. */
const char *vd_io_run_dir(void);

/*
 * Makes this process the only owner of path, for its life time, by a lock on "path.lock" (a killed owner leaves no
 * lock behind). Creates the folder. Returns an fd to keep open, -EADDRINUSE when a live process owns it, or -errno.
 */
int vd_io_unix_lock(const char *path);
/* Ends the ownership and takes the lock's file away. */
void vd_io_unix_unlock(const char *path, int fd);

/*
 * Listens on path and returns the fd, or -errno: -ENAMETOOLONG, -EACCES, -EADDRINUSE when something answers there or when
 * path is not a socket. A socket that nobody answers on is replaced. mode and group (-1 = leave) are set before the
 * first client can connect.
 */
int vd_io_unix_listen(const char *path, mode_t mode, gid_t group);

/* A connected, non-blocking fd, or -errno (-ENOENT and -ECONNREFUSED: no server). */
int vd_io_unix_connect(const char *path);

struct vd_io_conn;
struct vd_io_server;

struct vd_io_conn_ops {
	/* A client came (server only); set user data with vd_io_conn_set_user(). */
	void (*on_open)(struct vd_io_conn *c, void *ctx);
	/* Bytes came. Returns how many were consumed; the rest is shown again, with more, next time. */
	size_t (*on_data)(struct vd_io_conn *c, void *ctx, const char *bytes, size_t n);
	/* All output has been taken by the kernel. May be NULL. */
	void (*on_drain)(struct vd_io_conn *c, void *ctx);
	/* The connection ends; reason is a short text. c is freed on return. May be NULL. */
	void (*on_close)(struct vd_io_conn *c, void *ctx, const char *reason);
	size_t max_in;  /* unconsumed input; more closes with "line too long"; 0 = 64 KiB */
	size_t max_out; /* waiting output; more closes with "slow reader"; 0 = 4 MiB */
};

/* Serves a listening fd (which it takes over). ops must outlive it. NULL with errno set. */
struct vd_io_server *vd_io_server_open(struct vd_io_loop *loop, int listen_fd,
		unsigned int max_clients, const struct vd_io_conn_ops *ops, void *ctx);
/* Closes the listener and every connection; unlinks path if not NULL. NULL server is allowed. */
void vd_io_server_close(struct vd_io_server *s, const char *path);
unsigned int vd_io_server_clients(const struct vd_io_server *s);

/* A buffered connection over a connected stream fd, which it takes over. NULL with errno set. */
struct vd_io_conn *
vd_io_conn_open(struct vd_io_loop *loop, int fd, const struct vd_io_conn_ops *ops, void *ctx);
void vd_io_conn_set_user(struct vd_io_conn *c, void *user);
void *vd_io_conn_user(const struct vd_io_conn *c);
/* Queues bytes and writes what the kernel takes now. 0, or -EPIPE once the connection is closing. */
int vd_io_conn_write(struct vd_io_conn *c, const void *bytes, size_t n);
size_t vd_io_conn_pending(const struct vd_io_conn *c);
/* Closes after the output has gone. */
void vd_io_conn_finish(struct vd_io_conn *c);
/* Closes at the end of this turn, output lost. Safe inside callbacks. */
void vd_io_conn_close(struct vd_io_conn *c, const char *reason);
/* Credentials of the peer: 0 or -errno. */
int vd_io_conn_peer(const struct vd_io_conn *c, pid_t *pid, uid_t *uid, gid_t *gid);

#endif
