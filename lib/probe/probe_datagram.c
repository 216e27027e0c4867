/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS_CHECK and UDP_CHECK: a datagram out, and one back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_check_dns.h"
#include "vd_check_udp.h"
#include "vd_hash.h"

#define DATAGRAM_MAX 65536
#define READS_MAX    16 /* datagrams of one turn: strangers may send more than one */
#define RANDOM_BYTES 64 /* of a payload that the configuration does not give */

struct datagram {
	struct probe_way way;
	int fd;
	struct vd_io_fd watch;
	/* DNS */
	char *name;
	uint16_t type, id;
	/* UDP */
	struct vd_check_bytes payload, want;
	bool must_reply;
	size_t min, max;
};

static void
datagram_close(struct datagram *d)
{
	vd_io_fd_del(&d->watch);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static void
datagram_cancel(struct probe_thing *t)
{
	datagram_close(t->data);
}

static void
datagram_free(struct probe_thing *t)
{
	struct datagram *d = t->data;

	datagram_close(d);
	probe_way_free(&d->way);
	vd_check_bytes_free(&d->payload);
	vd_check_bytes_free(&d->want);
	free(d->name);
	free(d);
}

static void
datagram_bad(struct probe_thing *t, const char *step, int err)
{
	struct datagram *d = t->data;
	char text[VD_ENDPOINT_STR];

	datagram_close(d);
	probe_bad(t, PROBE_NO_CODE, "%s %s: %s", step,
			vd_endpoint_format(&d->way.to, text, sizeof(text)), strerror(err));
}

static void
datagram_send(struct probe_thing *t, const void *bytes, size_t n, vd_io_fd_cb cb)
{
	struct datagram *d = t->data;
	const char *what;
	int err;

	t->waiting = "an answer";
	d->fd = probe_socket(&d->way, SOCK_DGRAM, 0, &what);
	if (d->fd < 0) {
		datagram_bad(t, what, errno);
		return;
	}
	err = probe_connect(d->fd, &d->way);
	if (err == 0 && send(d->fd, bytes, n, MSG_NOSIGNAL) < 0)
		err = errno;
	if (err == 0)
		err = -vd_io_fd_add(t->p->loop, &d->watch, d->fd, VD_IO_READ, cb, t);
	if (err != 0)
		datagram_bad(t, "send to", err);
}

/* Length of what came; -1: nothing (more), or the attempt is over by an error. */
static ssize_t
datagram_read(struct probe_thing *t, void *bytes)
{
	struct datagram *d = t->data;
	ssize_t n = recv(d->fd, bytes, DATAGRAM_MAX, 0);

	/* The kernel passes what ICMP told: connection refused, host unreachable. */
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		datagram_bad(t, "answer of", errno);
	return n;
}

/* ---- DNS ---- */

static void
dns_result(struct probe_thing *t, bool good, const void *bytes, const struct vd_strbuf *why)
{
	/* RFC 1035 4.1.1: the last four bits of the flags. */
	long rcode = ((const uint8_t *)bytes)[3] & 0x0f;

	datagram_close(t->data);
	if (good)
		probe_end(t, true, rcode, -1, NULL);
	else
		probe_bad(t, rcode, "%s", why->s != NULL ? why->s : "failed");
}

static void
on_dns(struct vd_io_fd *h, unsigned int events)
{
	static __thread uint8_t bytes[DATAGRAM_MAX];
	struct probe_thing *t = h->ctx;
	struct datagram *d = t->data;

	(void)events;
	for (int i = 0; i < READS_MAX; i++) {
		struct vd_strbuf why = {0};
		ssize_t n = datagram_read(t, bytes);
		enum vd_check_verdict v;

		if (n < 0)
			return;
		v = vd_check_dns_reply(bytes, (size_t)n, d->id, d->type, d->name, &why);
		if (v != VD_CHECK_MORE)
			dns_result(t, v == VD_CHECK_GOOD, bytes, &why);
		vd_strbuf_free(&why);
		if (v != VD_CHECK_MORE)
			return;
	}
}

static void
dns_start(struct probe_thing *t)
{
	struct datagram *d = t->data;
	uint8_t query[VD_CHECK_DNS_MAX];
	int n;

	d->id = (uint16_t)probe_random(t->p);
	n = vd_check_dns_query(query, sizeof(query), d->id, d->type, d->name);
	if (n < 0)
		probe_bad(t, PROBE_NO_CODE, "%s is no domain name", d->name);
	else
		datagram_send(t, query, (size_t)n, on_dns);
}

/* ---- UDP ---- */

static void
on_udp(struct vd_io_fd *h, unsigned int events)
{
	static __thread uint8_t bytes[DATAGRAM_MAX];
	struct probe_thing *t = h->ctx;
	struct datagram *d = t->data;
	struct vd_strbuf why = {0};
	ssize_t n = datagram_read(t, bytes);

	(void)events;
	if (n < 0)
		return;
	datagram_close(d);
	if (!d->must_reply ||
			vd_check_udp_reply(bytes, (size_t)n, &d->want, d->min, d->max, &why) ==
					VD_CHECK_GOOD)
		probe_end(t, true, PROBE_NO_CODE, -1, NULL);
	else
		probe_bad(t, PROBE_NO_CODE, "%s", why.s != NULL ? why.s : "another answer");
	vd_strbuf_free(&why);
}

static void
udp_start(struct probe_thing *t)
{
	struct datagram *d = t->data;
	uint64_t random[RANDOM_BYTES / sizeof(uint64_t)];

	if (d->payload.n > 0) {
		datagram_send(t, d->payload.bytes, d->payload.n, on_udp);
		return;
	}
	for (size_t i = 0; i < VD_ARRAY_LEN(random); i++)
		random[i] = probe_random(t->p);
	datagram_send(t, random, sizeof(random), on_udp);
}

/* Without require_reply silence is good: nobody said that the port is closed. */
static bool
udp_late(struct probe_thing *t)
{
	return !((struct datagram *)t->data)->must_reply;
}

/* ---- made ---- */

static const struct probe_ops dns_ops = {
		.type = "DNS_CHECK",
		.start = dns_start,
		.cancel = datagram_cancel,
		.free = datagram_free,
};

static const struct probe_ops udp_ops = {
		.type = "UDP_CHECK",
		.start = udp_start,
		.cancel = datagram_cancel,
		.is_good_when_late = udp_late,
		.free = datagram_free,
};

static struct datagram *
datagram_make(struct probe_thing *t, const struct probe_source *src, const struct probe_ops *ops)
{
	struct datagram *d = vd_xcalloc(1, sizeof(*d));

	d->fd = -1;
	probe_way_set(&d->way, src->check, src->target);
	t->data = d;
	t->ops = ops;
	t->timeout = src->check->connect_timeout;
	return d;
}

bool
probe_dns_make(struct probe_thing *t, const struct probe_source *src, struct vd_strbuf *why)
{
	struct datagram *d = datagram_make(t, src, &dns_ops);
	uint8_t query[VD_CHECK_DNS_MAX];

	d->type = (uint16_t)src->check->dns_type;
	d->name = vd_xstrdup(src->check->name != NULL ? src->check->name : ".");
	if (vd_check_dns_query(query, sizeof(query), 0, d->type, d->name) >= 0)
		return true;
	vd_strbuf_printf(why, "%s is no domain name", d->name);
	return false;
}

bool
probe_udp_make(struct probe_thing *t, const struct probe_source *src, struct vd_strbuf *why)
{
	struct datagram *d = datagram_make(t, src, &udp_ops);
	const struct vd_model_checker *k = src->check;

	d->must_reply = vd_model_given(&k->obj, &k->require_reply);
	d->min = (size_t)k->min_reply_length;
	d->max = (size_t)k->max_reply_length;
	if (vd_check_bytes_parse(
			    &d->payload, (const char *const *)k->payload.v, k->payload.n, why) != 0)
		return false;
	if (!vd_check_bytes_exact(&d->payload)) {
		vd_strbuf_puts(why, "its payload has places that are left open");
		return false;
	}
	/* The usual lengths count beside bytes only, as in keepalived. */
	if (k->require_reply.n == 0 && !vd_model_given(&k->obj, &k->max_reply_length))
		d->max = SIZE_MAX;
	return vd_check_bytes_parse(&d->want, (const char *const *)k->require_reply.v,
			       k->require_reply.n, why) == 0;
}
