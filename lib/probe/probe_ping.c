/* SPDX-License-Identifier: BSD-3-Clause */
/* PING_CHECK: an echo on a raw socket that is connected to the host, so that others' messages stay away. */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_check_ping.h"

#define MESSAGE_MAX 2048
#define READS_MAX   64

struct ping {
	struct probe_way way;
	int fd;
	struct vd_io_fd watch;
	uint16_t id, seq;
	uint64_t cookie;
};

static void
ping_close(struct ping *g)
{
	vd_io_fd_del(&g->watch);
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
}

static void
ping_cancel(struct probe_thing *t)
{
	ping_close(t->data);
}

static void
ping_free(struct probe_thing *t)
{
	struct ping *g = t->data;

	ping_close(g);
	probe_way_free(&g->way);
	free(g);
}

static void
ping_bad(struct probe_thing *t, const char *step, int err)
{
	struct ping *g = t->data;
	char text[VD_ADDR_STR];

	ping_close(g);
	probe_bad(t, PROBE_NO_CODE, "%s %s: %s", step,
			vd_addr_format(&g->way.to.addr, text, sizeof(text)), strerror(err));
}

/* A raw IPv4 socket gives the IP header, too. */
static bool
message_of(uint8_t **bytes, size_t *n, bool v6)
{
	size_t header;

	if (v6)
		return true;
	if (*n < sizeof(struct iphdr))
		return false;
	header = (size_t)(**bytes & 0x0f) * 4;
	if (header < sizeof(struct iphdr) || header > *n)
		return false;
	*bytes += header;
	*n -= header;
	return true;
}

static void
on_ping(struct vd_io_fd *h, unsigned int events)
{
	struct probe_thing *t = h->ctx;
	struct ping *g = t->data;
	bool v6 = !vd_addr_is_v4(&g->way.to.addr);

	(void)events;
	for (int i = 0; i < READS_MAX; i++) {
		uint8_t buf[MESSAGE_MAX], *bytes = buf;
		struct vd_strbuf why = {0};
		ssize_t got = recv(g->fd, buf, sizeof(buf), 0);
		enum vd_check_verdict v = VD_CHECK_MORE;
		size_t n = (size_t)got;

		if (got < 0) {
			if (errno != EAGAIN && errno != EINTR)
				ping_bad(t, "answer of", errno);
			return;
		}
		if (message_of(&bytes, &n, v6))
			v = vd_check_ping_reply(bytes, n, v6, g->id, g->seq, g->cookie, &why);
		if (v != VD_CHECK_MORE) {
			ping_close(g);
			if (v == VD_CHECK_GOOD)
				probe_end(t, true, PROBE_NO_CODE, -1, NULL);
			else
				probe_bad(t, PROBE_NO_CODE, "%s", why.s != NULL ? why.s : "failed");
		}
		vd_strbuf_free(&why);
		if (v != VD_CHECK_MORE)
			return;
	}
}

static void
ping_start(struct probe_thing *t)
{
	struct ping *g = t->data;
	bool v6 = !vd_addr_is_v4(&g->way.to.addr);
	uint8_t request[VD_CHECK_PING_LEN];
	const char *what;
	size_t n;
	int err;

	t->waiting = "the echo";
	g->id = (uint16_t)probe_random(t->p);
	g->seq++;
	g->cookie = probe_random(t->p);
	g->fd = probe_socket(
			&g->way, SOCK_RAW, v6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP, &what);
	if (g->fd < 0) {
		ping_bad(t, what, errno);
		return;
	}
	n = vd_check_ping_request(request, v6, g->id, g->seq, g->cookie);
	err = probe_connect(g->fd, &g->way);
	if (err == 0 && send(g->fd, request, n, MSG_NOSIGNAL) < 0)
		err = errno;
	if (err == 0)
		err = -vd_io_fd_add(t->p->loop, &g->watch, g->fd, VD_IO_READ, on_ping, t);
	if (err != 0)
		ping_bad(t, "ping of", err);
}

static const struct probe_ops ping_ops = {
		.type = "PING_CHECK",
		.start = ping_start,
		.cancel = ping_cancel,
		.free = ping_free,
};

bool
probe_ping_make(struct probe_thing *t, const struct probe_source *src, struct vd_strbuf *why)
{
	struct ping *g = vd_xcalloc(1, sizeof(*g));

	(void)why;
	g->fd = -1;
	probe_way_set(&g->way, src->check, src->target);
	g->way.to.port = 0; /* a raw socket takes it for a protocol */
	g->way.bind_port = 0;
	t->data = g;
	t->ops = &ping_ops;
	t->timeout = src->check->connect_timeout;
	return true;
}
