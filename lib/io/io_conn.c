/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vd_io_unix.h"
#include "vd_strbuf.h"
#include "vd_vec.h"

#define READ_CHUNK      16384
#define MAX_IN_DEFAULT  ((size_t)64 << 10)
#define MAX_OUT_DEFAULT ((size_t)4 << 20)

struct vd_io_conn {
	struct vd_io_loop *loop;
	struct vd_io_server *server; /* NULL: a connection of its own */
	struct vd_io_conn *next, **link;
	const struct vd_io_conn_ops *ops;
	void *ctx, *user;
	struct vd_io_fd fd;
	struct vd_io_task end;
	struct vd_strbuf in, out;
	size_t out_done; /* bytes of out that the kernel has */
	const char *reason;
	bool finishing, closing;
	bool in_data; /* on_data runs: do not enter it again */
};

struct vd_io_server {
	struct vd_io_loop *loop;
	struct vd_io_fd fd;
	struct vd_io_timer retry; /* listener rests while fds are out */
	const struct vd_io_conn_ops *ops;
	void *ctx;
	struct vd_io_conn *conns;
	unsigned int clients, max_clients;
};

static void
conn_free(struct vd_io_conn *c)
{
	vd_io_task_cancel(c->loop, &c->end);
	vd_io_fd_del(&c->fd);
	close(c->fd.fd);
	if (c->server != NULL) {
		*c->link = c->next;
		if (c->next != NULL)
			c->next->link = c->link;
		c->server->clients--;
	}
	if (c->ops->on_close != NULL)
		c->ops->on_close(c, c->ctx, c->reason);
	vd_strbuf_free(&c->in);
	vd_strbuf_free(&c->out);
	free(c);
}

static void
conn_end(struct vd_io_task *task)
{
	conn_free(task->ctx);
}

void
vd_io_conn_close(struct vd_io_conn *c, const char *reason)
{
	if (c->closing)
		return;
	c->closing = true;
	c->reason = reason;
	vd_io_fd_del(&c->fd);
	vd_io_loop_defer(c->loop, &c->end, conn_end, c);
}

size_t
vd_io_conn_pending(const struct vd_io_conn *c)
{
	return c->out.len - c->out_done;
}

/* Writes what the kernel takes; asks for EPOLLOUT while something is left. */
static void
flush(struct vd_io_conn *c)
{
	while (vd_io_conn_pending(c) > 0) {
		ssize_t n = send(c->fd.fd, c->out.s + c->out_done, vd_io_conn_pending(c),
				MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			vd_io_conn_close(c, strerror(errno));
			return;
		}
		if (n < 0)
			break;
		c->out_done += (size_t)n;
	}
	if (vd_io_conn_pending(c) == 0) {
		vd_strbuf_reset(&c->out);
		c->out_done = 0;
		if (c->finishing)
			vd_io_conn_close(c, "done");
	}
	if (!c->closing)
		(void)vd_io_fd_set(&c->fd,
				(c->finishing ? 0u : VD_IO_READ) |
						(vd_io_conn_pending(c) > 0 ? VD_IO_WRITE : 0u));
}

int
vd_io_conn_write(struct vd_io_conn *c, const void *bytes, size_t n)
{
	size_t max = c->ops->max_out != 0 ? c->ops->max_out : MAX_OUT_DEFAULT;

	if (c->closing || c->finishing)
		return -EPIPE;
	/* What is gone already makes room when it is the larger part. */
	if (c->out_done > vd_io_conn_pending(c)) {
		memmove(c->out.s, c->out.s + c->out_done, vd_io_conn_pending(c));
		c->out.len -= c->out_done;
		c->out.s[c->out.len] = '\0';
		c->out_done = 0;
	}
	vd_strbuf_add(&c->out, bytes, n);
	flush(c);
	if (!c->closing && vd_io_conn_pending(c) > max)
		vd_io_conn_close(c, "slow reader");
	return c->closing ? -EPIPE : 0;
}

void
vd_io_conn_finish(struct vd_io_conn *c)
{
	if (c->closing || c->finishing)
		return;
	c->finishing = true;
	flush(c);
}

static void
deliver(struct vd_io_conn *c)
{
	size_t max = c->ops->max_in != 0 ? c->ops->max_in : MAX_IN_DEFAULT, used;

	if (c->in.len == 0 || c->in_data)
		return;
	c->in_data = true;
	used = c->ops->on_data(c, c->ctx, c->in.s, c->in.len);
	c->in_data = false;
	if (used >= c->in.len) {
		vd_strbuf_reset(&c->in);
	} else if (used > 0) {
		memmove(c->in.s, c->in.s + used, c->in.len - used);
		c->in.len -= used;
		c->in.s[c->in.len] = '\0';
	}
	if (c->in.len > max)
		vd_io_conn_close(c, "line too long");
}

static void
conn_ready(struct vd_io_fd *h, unsigned int events)
{
	struct vd_io_conn *c = h->ctx;
	char chunk[READ_CHUNK];

	if (events & VD_IO_WRITE) {
		flush(c);
		if (!c->closing && vd_io_conn_pending(c) == 0 && c->ops->on_drain != NULL)
			c->ops->on_drain(c, c->ctx);
	}
	if (!c->closing && !c->finishing && (events & (VD_IO_READ | VD_IO_ERROR))) {
		ssize_t n = recv(h->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

		if (n > 0) {
			vd_strbuf_add(&c->in, chunk, (size_t)n);
			deliver(c);
		} else if (n == 0) {
			/* A peer that only ended its own side still gets what waits for it. */
			if (events & VD_IO_ERROR || vd_io_conn_pending(c) == 0)
				vd_io_conn_close(c, "closed by peer");
			else
				vd_io_conn_finish(c);
		} else if (errno != EAGAIN && errno != EINTR) {
			vd_io_conn_close(c, strerror(errno));
		}
	} else if (!c->closing && (events & VD_IO_ERROR)) {
		vd_io_conn_close(c, "closed by peer");
	}
}

struct vd_io_conn *
vd_io_conn_open(struct vd_io_loop *loop, int fd, const struct vd_io_conn_ops *ops, void *ctx)
{
	struct vd_io_conn *c = vd_xcalloc(1, sizeof(*c));
	int err;

	c->loop = loop;
	c->ops = ops;
	c->ctx = ctx;
	err = vd_io_fd_add(loop, &c->fd, fd, VD_IO_READ, conn_ready, c);
	if (err != 0) {
		free(c);
		errno = -err;
		return NULL;
	}
	return c;
}

void
vd_io_conn_set_user(struct vd_io_conn *c, void *user)
{
	c->user = user;
}

void *
vd_io_conn_user(const struct vd_io_conn *c)
{
	return c->user;
}

int
vd_io_conn_peer(const struct vd_io_conn *c, pid_t *pid, uid_t *uid, gid_t *gid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(c->fd.fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return -errno;
	*pid = cred.pid;
	*uid = cred.uid;
	*gid = cred.gid;
	return 0;
}

/* ---- server ---- */

static void
accept_again(struct vd_io_timer *t)
{
	struct vd_io_server *s = t->ctx;

	(void)vd_io_fd_set(&s->fd, VD_IO_READ);
}

static void
client_add(struct vd_io_server *s, int fd)
{
	static const char busy[] = "vipd: too many clients\n";
	struct vd_io_conn *c;

	if (s->clients >= s->max_clients) {
		(void)send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	c = vd_io_conn_open(s->loop, fd, s->ops, s->ctx);
	if (c == NULL) {
		close(fd);
		return;
	}
	c->server = s;
	c->next = s->conns;
	c->link = &s->conns;
	if (c->next != NULL)
		c->next->link = &c->next;
	s->conns = c;
	s->clients++;
	if (s->ops->on_open != NULL)
		s->ops->on_open(c, s->ctx);
}

static void
server_ready(struct vd_io_fd *h, unsigned int events)
{
	struct vd_io_server *s = h->ctx;

	(void)events;
	for (int i = 0; i < 16; i++) {
		int fd = accept4(h->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			client_add(s, fd);
			continue;
		}
		/* Out of fds: the client would wake us without end. */
		if (errno == EMFILE || errno == ENFILE) {
			(void)vd_io_fd_set(h, 0);
			vd_io_timer_set(s->loop, &s->retry, vd_io_loop_now(s->loop) + VD_SEC,
					accept_again, s);
		}
		return;
	}
}

struct vd_io_server *
vd_io_server_open(struct vd_io_loop *loop, int listen_fd, unsigned int max_clients,
		const struct vd_io_conn_ops *ops, void *ctx)
{
	struct vd_io_server *s = vd_xcalloc(1, sizeof(*s));
	int err;

	s->loop = loop;
	s->ops = ops;
	s->ctx = ctx;
	s->max_clients = max_clients;
	err = vd_io_fd_add(loop, &s->fd, listen_fd, VD_IO_READ, server_ready, s);
	if (err != 0) {
		free(s);
		errno = -err;
		return NULL;
	}
	return s;
}

void
vd_io_server_close(struct vd_io_server *s, const char *path)
{
	if (s == NULL)
		return;
	if (path != NULL)
		unlink(path);
	vd_io_timer_cancel(s->loop, &s->retry);
	vd_io_fd_del(&s->fd);
	close(s->fd.fd);
	while (s->conns != NULL) {
		if (s->conns->reason == NULL)
			s->conns->reason = "server closed";
		conn_free(s->conns);
	}
	free(s);
}

unsigned int
vd_io_server_clients(const struct vd_io_server *s)
{
	return s->clients;
}
