/* SPDX-License-Identifier: BSD-3-Clause */
/* PING_CHECK: one raw socket per address family for all of them; a sequence number tells whose an answer is. */
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_alloc.h"
#include "vd_check_ping.h"

#define SEQS     65536
#define READS    64        /* of one turn */
#define SOCK_BUF (1 << 20) /* thousands of answers at a time */
#define IP4_MIN  20

struct probe_ping {
	struct vd_probe *p;
	bool v6;
	uint16_t id, next_seq;
	struct vd_io_fd fd;
	struct probe_thing *by_seq[SEQS];
};

/* ICMP_FILTER of linux/icmp.h, which quarrels with the headers of libc: a bit per type that is not wanted. */
#define FILTER_ICMP 1
#define WANTED_ICMP (1u << 0 | 1u << 3 | 1u << 11 | 1u << 12)

static bool
is_v6(const struct probe_thing *t)
{
	return !vd_addr_is_v4(&t->def->net.to.addr);
}

static void
ping_cancel(struct probe_thing *t)
{
	struct probe_ping *g = t->p->ping[is_v6(t)];

	if (g != NULL && g->by_seq[t->seq] == t)
		g->by_seq[t->seq] = NULL;
}

static void
end(struct probe_thing *t, enum vd_check_verdict v, const char *why)
{
	ping_cancel(t);
	probe_end(t, v == VD_CHECK_GOOD ? PROBE_GOOD : PROBE_BAD, -1, -1, why);
}

/* ---- answers ---- */

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The attempt with the sequence number at this place. */
static struct probe_thing *
thing_at(const struct probe_ping *g, const uint8_t *icmp, size_t n, size_t at)
{
	return n < at + 2 ? NULL : g->by_seq[be16(icmp + at)];
}

/* Whose it may be: vd_check_ping_reply() looks closer. */
static struct probe_thing *
thing_of(const struct probe_ping *g, const uint8_t *icmp, size_t n, bool *reply)
{
	size_t quoted = 8; /* where an error quotes the packet */

	*reply = n > 0 && icmp[0] == (g->v6 ? ICMP6_ECHO_REPLY : 0);
	if (*reply)
		return thing_at(g, icmp, n, 6);
	if (n <= quoted)
		return NULL;
	quoted += g->v6 ? 40u : (icmp[quoted] & 0xfu) * 4u;
	return thing_at(g, icmp, n, quoted + 6);
}

static bool
is_from(const struct probe_thing *t, const struct sockaddr_storage *from)
{
	const struct vd_addr *to = &t->def->net.to.addr;

	if (from->ss_family == AF_INET)
		return ((const struct sockaddr_in *)(const void *)from)->sin_addr.s_addr ==
				vd_addr_v4(to);
	return memcmp(&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, to->b, 16) ==
			0;
}

static void
answer(struct probe_ping *g, const uint8_t *p, size_t n, const struct sockaddr_storage *from)
{
	struct vd_strbuf *why = &g->p->why;
	enum vd_check_verdict v;
	struct probe_thing *t;
	size_t header;
	bool reply;

	if (!g->v6) {
		header = n == 0 ? 0 : (p[0] & 0xfu) * 4u;
		if (header < IP4_MIN || header > n)
			return;
		p += header;
		n -= header;
	}
	t = thing_of(g, p, n, &reply);
	if (t == NULL || (reply && !is_from(t, from)))
		return;
	vd_strbuf_reset(why);
	v = vd_check_ping_reply(p, n, g->v6, g->id, t->seq, t->cookie, why);
	if (v != VD_CHECK_MORE)
		end(t, v, why->s);
}

static void
on_answers(struct vd_io_fd *h, unsigned int events)
{
	struct probe_ping *g = h->ctx;

	(void)events;
	for (int i = 0; i < READS; i++) {
		struct sockaddr_storage from = {0};
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(h->fd, g->p->buffer, PROBE_BUFFER, 0, (struct sockaddr *)&from,
				&len);

		if (n < 0)
			return;
		answer(g, g->p->buffer, (size_t)n, &from);
	}
}

/* ---- the socket ---- */

static void
wanted(int fd, bool v6)
{
	uint32_t unwanted = ~WANTED_ICMP;
	struct icmp6_filter filter;

	if (!v6) {
		(void)setsockopt(fd, SOL_RAW, FILTER_ICMP, &unwanted, sizeof(unwanted));
		return;
	}
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &filter);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
	ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &filter);
	(void)setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
}

/* NULL with errno set. */
static struct probe_ping *
ping_of(struct vd_probe *p, bool v6)
{
	static const int size = SOCK_BUF;
	struct probe_ping *g = p->ping[v6];
	int fd, err;

	if (g != NULL)
		return g;
	fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (fd < 0)
		return NULL;
	wanted(fd, v6);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	g = vd_xcalloc(1, sizeof(*g));
	g->p = p;
	g->v6 = v6;
	g->id = (uint16_t)vd_rng_next(&p->rng);
	err = vd_io_fd_add(p->loop, &g->fd, fd, VD_IO_READ, on_answers, g);
	if (err == 0)
		return p->ping[v6] = g;
	close(fd);
	free(g);
	errno = -err;
	return NULL;
}

void
probe_ping_destroy(struct vd_probe *p)
{
	for (int v6 = 0; v6 < 2; v6++) {
		if (p->ping[v6] == NULL)
			continue;
		vd_io_fd_del(&p->ping[v6]->fd);
		close(p->ping[v6]->fd.fd);
		free(p->ping[v6]);
	}
}

/* ---- requests ---- */

/* Source address and interface, by a control message: the socket is everybody's. */
static void
control_make(struct msghdr *m, void *buf, const struct probe_net *net, bool v6)
{
	unsigned int ifindex = net->bind_if == NULL ? 0 : if_nametoindex(net->bind_if);
	bool bound = !vd_addr_is_unset(&net->bindto) && vd_addr_is_v4(&net->bindto) != v6;
	struct in_pktinfo info4 = {.ipi_ifindex = (int)ifindex};
	struct in6_pktinfo info6 = {.ipi6_ifindex = ifindex};
	size_t len = v6 ? sizeof(info6) : sizeof(info4);
	struct cmsghdr *c = buf;

	if (!bound && ifindex == 0)
		return;
	if (bound && v6)
		memcpy(&info6.ipi6_addr, net->bindto.b, 16);
	else if (bound)
		info4.ipi_spec_dst.s_addr = vd_addr_v4(&net->bindto);
	m->msg_control = buf;
	m->msg_controllen = CMSG_SPACE(len);
	c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), v6 ? (void *)&info6 : (void *)&info4, len);
}

static int
send_request(struct probe_thing *t, struct probe_ping *g)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = {0};
	uint8_t bytes[VD_CHECK_PING_LEN];
	struct sockaddr_storage sa;
	struct iovec iov = {.iov_base = bytes};
	struct msghdr m = {.msg_name = &sa, .msg_iov = &iov, .msg_iovlen = 1};

	iov.iov_len = vd_check_ping_request(bytes, g->v6, g->id, t->seq, t->cookie);
	m.msg_namelen = probe_sockaddr(&t->def->net.to.addr, 0, &sa);
	if (t->def->net.bind_if != NULL && if_nametoindex(t->def->net.bind_if) == 0)
		return ENODEV;
	control_make(&m, control, &t->def->net, g->v6);
	return sendmsg(g->fd.fd, &m, MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* A number that no attempt has. */
static bool
seq_take(struct probe_ping *g, struct probe_thing *t)
{
	for (int i = 0; i < SEQS; i++) {
		t->seq = g->next_seq++;
		if (g->by_seq[t->seq] == NULL) {
			g->by_seq[t->seq] = t;
			return true;
		}
	}
	return false;
}

/*
 * A request that cannot be sent. From an address or interface that is not here, the kernel's reasons are many: another
 * socket with the same wishes tells.
 */
static void
send_failed(struct probe_thing *t, int err)
{
	const struct probe_net *net = &t->def->net;
	char what[VD_ADDR_STR + 16], addr[VD_ADDR_STR];
	struct vd_strbuf *step = &t->p->why;
	int fd = probe_socket(net, SOCK_DGRAM, step);

	if (fd < 0) {
		probe_end_local(t, step->s, -fd);
		return;
	}
	close(fd);
	snprintf(what, sizeof(what), "send to %s",
			vd_addr_format(&net->to.addr, addr, sizeof(addr)));
	probe_end_errno(t, what, err);
}

static void
ping_begin(struct probe_thing *t)
{
	struct probe_ping *g = ping_of(t->p, is_v6(t));
	int err;

	if (g == NULL) {
		probe_end_local(t, "raw socket", errno);
		return;
	}
	if (!seq_take(g, t)) {
		probe_end_local(t, "sequence numbers", ENOBUFS);
		return;
	}
	t->cookie = vd_rng_next(&t->p->rng);
	err = send_request(t, g);
	if (err == 0)
		return;
	ping_cancel(t);
	send_failed(t, err);
}

static enum probe_result
ping_late(struct probe_thing *t, const char **what)
{
	(void)t;
	*what = "an answer";
	return PROBE_TIMEOUT;
}

const struct probe_type probe_type_ping = {
		.name = "PING_CHECK",
		.begin = ping_begin,
		.cancel = ping_cancel,
		.late = ping_late,
};
