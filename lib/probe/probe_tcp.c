/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP_CHECK, and the connections of others. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "probe_priv.h"

static void
connect_failed(struct probe_thing *t, const struct probe_net *net, int err)
{
	char what[VD_ENDPOINT_STR + 16];

	snprintf(what, sizeof(what), "connect to %s", net->text);
	probe_end_errno(t, what, err);
}

static const struct probe_net *
net_of(const struct probe_thing *t)
{
	return t->def->type == &probe_type_smtp ? &t->def->smtp.hosts.v[t->step] : &t->def->net;
}

static void
on_connect(struct vd_io_fd *h, unsigned int events)
{
	struct probe_thing *t = h->ctx;
	const struct probe_net *net = net_of(t);
	socklen_t len = sizeof(int);
	int err = 0;

	(void)events;
	if (getsockopt(h->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		err = errno;
	/* One that was reset at once was a connection; what is read on it tells. */
	if (err == ECONNRESET)
		err = 0;
	if (err == 0 && probe_is_self(h->fd, net))
		err = ECONNREFUSED;
	if (err == 0) {
		t->connected(t);
		return;
	}
	probe_close(t);
	connect_failed(t, net, err);
}

void
probe_tcp_open(struct probe_thing *t, const struct probe_net *net,
		void (*connected)(struct probe_thing *t))
{
	struct vd_strbuf *what = &t->p->why;
	int fd = probe_socket(net, SOCK_STREAM, what), err;
	struct sockaddr_storage sa;
	socklen_t len;

	if (fd < 0) {
		probe_end_local(t, what->s, -fd);
		return;
	}
	len = probe_sockaddr(&net->to.addr, net->to.port, &sa);
	t->connected = connected;
	if (connect(fd, (struct sockaddr *)&sa, len) == 0 || errno == EINPROGRESS)
		err = -vd_io_fd_add(t->p->loop, &t->fd, fd, VD_IO_WRITE, on_connect, t);
	else
		err = errno;
	if (err == 0)
		return;
	close(fd);
	connect_failed(t, net, err);
}

static void
tcp_connected(struct probe_thing *t)
{
	probe_close(t);
	probe_end(t, PROBE_GOOD, -1, -1, NULL);
}

static void
tcp_begin(struct probe_thing *t)
{
	probe_tcp_open(t, &t->def->net, tcp_connected);
}

static enum probe_result
tcp_late(struct probe_thing *t, const char **what)
{
	(void)t;
	*what = "connect";
	return PROBE_TIMEOUT;
}

const struct probe_type probe_type_tcp = {
		.name = "TCP_CHECK",
		.begin = tcp_begin,
		.cancel = probe_close,
		.late = tcp_late,
};
