/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_alloc.h"
#include "vd_io_unix.h"
#include "vd_log.h"

#include "console_priv.h"

#define CLIENTS_MAX 64
#define AHEAD_MAX   65536 /* bytes of requests that a client may send ahead of its replies */
#define REPLY_MAX   (256u << 20)

struct client {
	struct vd_console *console;
	struct vd_io_conn *conn; /* NULL: gone */
	struct vd_cli_decoder decoder;
	struct vd_strbuf ahead;
	struct console_job *job; /* that runs; NULL = none */
	bool busy, pumping;
};

struct console_server {
	struct vd_io_server *server;
	struct vd_io_conn_ops ops;
};

static void pump(struct client *cl);

static void
reply(struct client *cl, enum vd_cli_status status, const struct vd_strbuf *out,
		const struct vd_strbuf *err)
{
	static const char too_long[] = "the answer is too long: add a filter or a lower limit\n";
	struct vd_strbuf frame = {0};

	if (out->len + err->len > REPLY_MAX - 64)
		vd_cli_reply_encode(&frame, VD_CLI_STATUS_FAILED, "", 0, too_long,
				sizeof(too_long) - 1);
	else
		vd_cli_reply_encode(&frame, status, out->s, out->len, err->s, err->len);
	(void)vd_io_conn_write(cl->conn, frame.s, frame.len);
	vd_strbuf_free(&frame);
}

static void
on_done(void *ctx, struct console_job *job)
{
	struct client *cl = ctx;

	cl->busy = false;
	cl->job = NULL;
	reply(cl, job->status, &job->out, &job->err);
	pump(cl);
}

/* Bytes that are no request: said in the frames of this version, then the end. */
static void
refuse_bytes(struct client *cl, int64_t error)
{
	struct vd_strbuf out = {0}, err = {0};

	vd_strbuf_puts(&err,
			error == -EPROTONOSUPPORT ? "this vipd is of another version than vipctl\n"
					: error == -EMSGSIZE ? "the request is too long\n"
							     : "this is no request of vipctl\n");
	reply(cl, VD_CLI_STATUS_FAILED, &out, &err);
	vd_strbuf_free(&err);
	cl->busy = true; /* nothing more is read */
	vd_io_conn_finish(cl->conn);
}

/* Runs requests one after the other; the next waits for the reply to the one before. */
static void
pump(struct client *cl)
{
	size_t at = 0;

	if (cl->pumping)
		return;
	cl->pumping = true;
	while (!cl->busy && at < cl->ahead.len) {
		struct vd_cli_request r;
		struct console_job *job;
		int64_t n = vd_cli_decoder_feed(&cl->decoder, cl->ahead.s + at, cl->ahead.len - at);

		if (n >= 0)
			at += (size_t)n;
		if (n >= 0 && !vd_cli_decoder_ready(&cl->decoder))
			continue;
		if (n >= 0)
			n = vd_cli_decoder_request(&cl->decoder, &r);
		if (n < 0) {
			refuse_bytes(cl, n);
			break;
		}
		cl->busy = true;
		job = console_run(cl->console, r.line, r.flags, on_done, cl);
		if (cl->busy)
			cl->job = job;
		vd_cli_decoder_next(&cl->decoder);
	}
	cl->pumping = false;
	if (at > 0) {
		memmove(cl->ahead.s, cl->ahead.s + at, cl->ahead.len - at + 1);
		cl->ahead.len -= at;
	}
}

static void
on_open(struct vd_io_conn *conn, void *ctx)
{
	struct client *cl = vd_xcalloc(1, sizeof(*cl));

	cl->console = ctx;
	cl->conn = conn;
	vd_cli_decoder_init(&cl->decoder, VD_CLI_FRAME_REQUEST);
	vd_io_conn_set_user(conn, cl);
}

static size_t
on_data(struct vd_io_conn *conn, void *ctx, const char *bytes, size_t n)
{
	struct client *cl = vd_io_conn_user(conn);

	(void)ctx;
	if (cl->ahead.len + n > AHEAD_MAX) {
		vd_io_conn_close(conn, "too many requests ahead of their replies");
		return n;
	}
	vd_strbuf_add(&cl->ahead, bytes, n);
	pump(cl);
	return n;
}

static void
on_close(struct vd_io_conn *conn, void *ctx, const char *reason)
{
	struct client *cl = vd_io_conn_user(conn);

	(void)ctx;
	vd_log(VD_LOG_DEBUG, "console: client left: %s", reason);
	if (cl->job != NULL)
		console_abandon(cl->job);
	vd_cli_decoder_free(&cl->decoder);
	vd_strbuf_free(&cl->ahead);
	free(cl);
}

int
console_server_open(struct vd_console *c, struct vd_strbuf *why)
{
	const char *path = c->config.socket_path;
	struct console_server *s;
	int fd;

	if (path == NULL)
		return 0;
	/* Whoever may command the director is root here; other users need the socket's owner to say so. */
	fd = vd_io_unix_listen(path, 0600, (gid_t)-1);
	if (fd < 0) {
		vd_strbuf_printf(why, "control socket %s: %s", path,
				fd == -EADDRINUSE ? "another vipd of this name is running"
						  : strerror(-fd));
		return fd;
	}
	s = vd_xcalloc(1, sizeof(*s));
	s->ops.on_open = on_open;
	s->ops.on_data = on_data;
	s->ops.on_close = on_close;
	s->ops.max_out = REPLY_MAX;
	s->server = vd_io_server_open(c->config.loop, fd, CLIENTS_MAX, &s->ops, c);
	if (s->server == NULL) {
		int error = errno;

		vd_strbuf_printf(why, "control socket %s: %s", path, strerror(error));
		free(s);
		return -error;
	}
	c->server = s;
	return 0;
}

void
console_server_close(struct vd_console *c)
{
	if (c->server == NULL)
		return;
	vd_io_server_close(c->server->server, c->config.socket_path);
	free(c->server);
	c->server = NULL;
}
