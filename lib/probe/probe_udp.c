/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP_CHECK and DNS_CHECK: a datagram, and what comes back. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_check_dns.h"

#define RANDOM_LEN 32 /* of a payload that is not configured; as keepalived's */
#define READS      8  /* of one turn */
#define DNS_FLAGS  3  /* the byte of a reply with its RCODE */
#define DNS_RCODE  0xfu
#define DNS_HEADER 12

static void
fail(struct probe_thing *t, const char *step, int err)
{
	char what[VD_ENDPOINT_STR + 16];

	probe_close(t);
	snprintf(what, sizeof(what), "%s%s", step, t->def->net.text);
	probe_end_errno(t, what, err);
}

/* Sends n bytes; cb gets the answers, and errors that ICMP tells. */
static void
open_and_send(struct probe_thing *t, const void *bytes, size_t n, vd_io_fd_cb cb)
{
	const struct probe_net *net = &t->def->net;
	struct vd_strbuf *what = &t->p->why;
	struct sockaddr_storage sa;
	int fd = probe_socket(net, SOCK_DGRAM, what), err;
	socklen_t len;

	if (fd < 0) {
		probe_end_local(t, what->s, -fd);
		return;
	}
	len = probe_sockaddr(&net->to.addr, net->to.port, &sa);
	err = connect(fd, (struct sockaddr *)&sa, len) == 0 ? 0 : errno;
	if (err == 0)
		err = -vd_io_fd_add(t->p->loop, &t->fd, fd, VD_IO_READ, cb, t);
	if (err != 0)
		close(fd);
	else if (send(fd, bytes, n, MSG_NOSIGNAL) < 0)
		err = errno;
	if (err != 0)
		fail(t, "send to ", err);
}

/* A datagram's bytes in the buffer: its length, or -1: the attempt is over, or nothing came. */
static ssize_t
take(struct probe_thing *t)
{
	ssize_t n = recv(t->fd.fd, t->p->buffer, PROBE_BUFFER, MSG_TRUNC);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		fail(t, "", errno);
	return n;
}

/* ---- UDP_CHECK ---- */

static void
udp_answer(struct vd_io_fd *h, unsigned int events)
{
	struct probe_thing *t = h->ctx;
	const struct probe_def_udp *d = &t->def->udp;
	struct vd_strbuf *why = &t->p->why;
	enum vd_check_verdict v = VD_CHECK_GOOD;
	ssize_t n = take(t);

	(void)events;
	if (n < 0)
		return;
	vd_strbuf_reset(why);
	if (d->require_reply)
		v = vd_check_udp_reply(t->p->buffer, (size_t)n, &d->want, d->min, d->max, why);
	probe_close(t);
	probe_end(t, v == VD_CHECK_GOOD ? PROBE_GOOD : PROBE_BAD, -1, -1, why->s);
}

static void
udp_begin(struct probe_thing *t)
{
	const struct vd_check_bytes *payload = &t->def->udp.payload;
	uint64_t random[RANDOM_LEN / sizeof(uint64_t)];

	for (size_t i = 0; i < sizeof(random) / sizeof(random[0]); i++)
		random[i] = vd_rng_next(&t->p->rng);
	if (payload->n > 0)
		open_and_send(t, payload->bytes, payload->n, udp_answer);
	else
		open_and_send(t, random, sizeof(random), udp_answer);
}

/* Without require_reply silence is fine: what is wrong tells ICMP. */
static enum probe_result
udp_late(struct probe_thing *t, const char **what)
{
	*what = "a reply";
	return t->def->udp.require_reply ? PROBE_TIMEOUT : PROBE_GOOD;
}

const struct probe_type probe_type_udp = {
		.name = "UDP_CHECK",
		.begin = udp_begin,
		.cancel = probe_close,
		.late = udp_late,
};

/* ---- DNS_CHECK ---- */

static void
dns_answer(struct vd_io_fd *h, unsigned int events)
{
	struct probe_thing *t = h->ctx;
	const struct probe_def_dns *d = &t->def->dns;
	struct vd_strbuf *why = &t->p->why;

	(void)events;
	for (int i = 0; i < READS; i++) {
		ssize_t n = take(t);
		enum vd_check_verdict v;
		long code;

		if (n < 0)
			return;
		vd_strbuf_reset(why);
		v = vd_check_dns_reply(t->p->buffer, (size_t)n, t->seq, d->type, d->name, why);
		if (v == VD_CHECK_MORE)
			continue;
		code = n >= DNS_HEADER ? (long)(t->p->buffer[DNS_FLAGS] & DNS_RCODE) : -1;
		probe_close(t);
		probe_end(t, v == VD_CHECK_GOOD ? PROBE_GOOD : PROBE_BAD, code, -1, why->s);
		return;
	}
}

static void
dns_begin(struct probe_thing *t)
{
	uint8_t query[VD_CHECK_DNS_MAX];
	int n;

	t->seq = (uint16_t)vd_rng_next(&t->p->rng);
	n = vd_check_dns_query(query, sizeof(query), t->seq, t->def->dns.type, t->def->dns.name);
	open_and_send(t, query, n < 0 ? 0 : (size_t)n, dns_answer);
}

static enum probe_result
dns_late(struct probe_thing *t, const char **what)
{
	(void)t;
	*what = "an answer";
	return PROBE_TIMEOUT;
}

const struct probe_type probe_type_dns = {
		.name = "DNS_CHECK",
		.begin = dns_begin,
		.cancel = probe_close,
		.late = dns_late,
};
