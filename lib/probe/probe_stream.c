/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP_CHECK and SMTP_CHECK: a connection, and for SMTP a conversation on it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_check_smtp.h"

#define READ_MAX 4096

struct stream {
	VD_VEC(struct probe_way) ways; /* TCP: one; SMTP: a host each, one after the other */
	size_t way;
	int fd;
	struct vd_io_fd watch;
	bool connected;
	/* SMTP */
	char *helo;
	struct vd_check_smtp smtp;
	struct vd_strbuf out;
	size_t sent;
};

static const struct probe_way *
way_of(const struct stream *s)
{
	return &s->ways.v[s->way];
}

static void
stream_close(struct stream *s)
{
	vd_io_fd_del(&s->watch);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->connected = false;
	vd_strbuf_reset(&s->out);
	s->sent = 0;
}

static void
stream_cancel(struct probe_thing *t)
{
	stream_close(t->data);
}

static void
stream_free(struct probe_thing *t)
{
	struct stream *s = t->data;
	struct probe_way *w;

	stream_close(s);
	VD_VEC_FOREACH (w, &s->ways)
		probe_way_free(w);
	vd_vec_free(&s->ways);
	vd_strbuf_free(&s->out);
	free(s->helo);
	free(s);
}

static void
stream_bad(struct probe_thing *t, const char *step, int err)
{
	struct stream *s = t->data;
	char text[VD_ENDPOINT_STR];

	vd_endpoint_format(&way_of(s)->to, text, sizeof(text));
	stream_close(s);
	probe_bad(t, PROBE_NO_CODE, "%s %s: %s", step, text, strerror(err));
}

static void on_stream(struct vd_io_fd *h, unsigned int events);

static void
stream_start(struct probe_thing *t)
{
	struct stream *s = t->data;
	const char *what;
	int err;

	t->waiting = "connect";
	s->fd = probe_socket(way_of(s), SOCK_STREAM, 0, &what);
	if (s->fd < 0) {
		stream_bad(t, what, errno);
		return;
	}
	err = probe_connect(s->fd, way_of(s));
	if (err == 0)
		err = -vd_io_fd_add(t->p->loop, &s->watch, s->fd, VD_IO_WRITE, on_stream, t);
	if (err != 0)
		stream_bad(t, "connect to", err);
}

/* ---- TCP ---- */

static bool
connect_ended(struct probe_thing *t)
{
	struct stream *s = t->data;
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		err = errno;
	/* One that was reset at once was a connection. */
	if (err == 0 || err == ECONNRESET)
		return true;
	stream_bad(t, "connect to", err);
	return false;
}

/* ---- SMTP ---- */

static const char *
smtp_waits_for(const struct vd_check_smtp *s)
{
	return s->code < 0 ? "the greeting" : "an answer";
}

static void
smtp_bad(struct probe_thing *t, const struct vd_strbuf *why)
{
	struct stream *s = t->data;
	char text[VD_ENDPOINT_STR];
	long code = s->smtp.code < 0 ? PROBE_NO_CODE : s->smtp.code;

	vd_endpoint_format(&way_of(s)->to, text, sizeof(text));
	stream_close(s);
	probe_bad(t, code, "%s: %s", text, why->s != NULL ? why->s : "failed");
}

static void
smtp_good(struct probe_thing *t)
{
	struct stream *s = t->data;

	stream_close(s);
	if (++s->way < s->ways.n) {
		stream_start(t);
		return;
	}
	probe_end(t, true, s->smtp.code, -1, NULL);
}

/* What is to be sent, as far as it goes; false: the connection is lost, and the attempt over. */
static bool
smtp_send(struct probe_thing *t)
{
	struct stream *s = t->data;

	while (s->sent < s->out.len) {
		ssize_t n = send(s->fd, s->out.s + s->sent, s->out.len - s->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			stream_bad(t, "send to", errno);
			return false;
		}
		if (n < 0)
			break;
		s->sent += (size_t)n;
	}
	if (s->sent == s->out.len) {
		vd_strbuf_reset(&s->out);
		s->sent = 0;
	}
	(void)vd_io_fd_set(&s->watch, VD_IO_READ | (s->out.len > 0 ? VD_IO_WRITE : 0u));
	return true;
}

static void
smtp_read(struct probe_thing *t)
{
	struct stream *s = t->data;
	struct vd_strbuf why = {0};
	char bytes[READ_MAX];
	ssize_t n = recv(s->fd, bytes, sizeof(bytes), 0);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			stream_bad(t, "read from", errno);
		return;
	}
	if (n == 0) {
		vd_check_smtp_eof(&s->smtp, &why);
		smtp_bad(t, &why);
		vd_strbuf_free(&why);
		return;
	}
	switch (vd_check_smtp_rx(&s->smtp, bytes, (size_t)n, &s->out, &why)) {
	case VD_CHECK_MORE:
		t->waiting = smtp_waits_for(&s->smtp);
		(void)smtp_send(t);
		break;
	case VD_CHECK_GOOD:
		smtp_good(t);
		break;
	case VD_CHECK_BAD:
		smtp_bad(t, &why);
		break;
	}
	vd_strbuf_free(&why);
}

static void
on_stream(struct vd_io_fd *h, unsigned int events)
{
	struct probe_thing *t = h->ctx;
	struct stream *s = t->data;

	if (!s->connected) {
		if (!connect_ended(t))
			return;
		s->connected = true;
		if (s->helo == NULL) {
			stream_close(s);
			probe_end(t, true, PROBE_NO_CODE, -1, NULL);
			return;
		}
		vd_check_smtp_begin(&s->smtp, s->helo);
		t->waiting = smtp_waits_for(&s->smtp);
		(void)vd_io_fd_set(&s->watch, VD_IO_READ);
		return;
	}
	if ((events & VD_IO_WRITE) != 0 && !smtp_send(t))
		return;
	if ((events & (VD_IO_READ | VD_IO_ERROR)) != 0)
		smtp_read(t);
}

/* ---- made ---- */

static const struct probe_ops tcp_ops = {
		.type = "TCP_CHECK",
		.start = stream_start,
		.cancel = stream_cancel,
		.free = stream_free,
};

static void
smtp_start(struct probe_thing *t)
{
	((struct stream *)t->data)->way = 0;
	stream_start(t);
}

static const struct probe_ops smtp_ops = {
		.type = "SMTP_CHECK",
		.start = smtp_start,
		.cancel = stream_cancel,
		.free = stream_free,
};

static struct stream *
stream_make(struct probe_thing *t, const struct probe_ops *ops)
{
	struct stream *s = vd_xcalloc(1, sizeof(*s));

	s->fd = -1;
	t->data = s;
	t->ops = ops;
	t->timeout = 0;
	return s;
}

bool
probe_tcp_make(struct probe_thing *t, const struct probe_source *src, struct vd_strbuf *why)
{
	struct stream *s = stream_make(t, &tcp_ops);

	(void)why;
	probe_way_set(vd_vec_add(&s->ways), src->check, src->target);
	t->timeout = src->check->connect_timeout;
	return true;
}

/* A host's own words over the checker's. */
static void
host_add(struct stream *s, const struct vd_model_smtp_host *h, const struct probe_source *src)
{
	struct vd_model_checker k = *src->check;

	if (!vd_addr_is_unset(&h->connect_ip))
		k.connect_ip = h->connect_ip;
	if (h->connect_port != 0)
		k.connect_port = h->connect_port;
	if (!vd_addr_is_unset(&h->bindto))
		k.bindto = h->bindto;
	if (h->bind_port != 0)
		k.bind_port = h->bind_port;
	if (h->bind_if != NULL)
		k.bind_if = h->bind_if;
	probe_way_set(vd_vec_add(&s->ways), &k, src->target);
}

bool
probe_smtp_make(struct probe_thing *t, const struct probe_source *src, struct vd_strbuf *why)
{
	struct stream *s = stream_make(t, &smtp_ops);
	const struct vd_model_checker *k = src->check;
	const struct vd_model_smtp_host *h;

	(void)why;
	s->helo = vd_xstrdup(k->helo_name != NULL ? k->helo_name : "smtpchecker.keepalived.org");
	VD_VEC_FOREACH (h, &k->host)
		host_add(s, h, src);
	if (s->ways.n == 0)
		probe_way_set(vd_vec_add(&s->ways), k, src->target);
	t->timeout = k->connect_timeout;
	return true;
}
