/* SPDX-License-Identifier: BSD-3-Clause */
/* SMTP_CHECK: greeting, HELO and QUIT with each of its hosts. */
#include <errno.h>
#include <stdlib.h>

#include "probe_priv.h"
#include "vd_alloc.h"
#include "vd_check_smtp.h"

#define READS 8 /* of one turn */

struct smtp {
	struct vd_check_smtp s;
	struct vd_strbuf send;
	size_t sent;
};

static void
smtp_cancel(struct probe_thing *t)
{
	struct smtp *m = t->more;

	probe_close(t);
	if (m == NULL)
		return;
	vd_strbuf_free(&m->send);
	free(m);
	t->more = NULL;
}

static void
end(struct probe_thing *t, enum probe_result r, const char *why)
{
	struct smtp *m = t->more;
	long code = m->s.code;

	smtp_cancel(t);
	probe_end(t, r, code, -1, why);
}

static void
end_errno(struct probe_thing *t, int err)
{
	struct smtp *m = t->more;
	struct vd_strbuf *why = &t->p->why;

	vd_strbuf_reset(why);
	vd_check_smtp_eof(&m->s, why);
	if (err != 0)
		vd_strbuf_printf(why, ": %s", strerror(err));
	end(t, PROBE_BAD, why->s);
}

/* False: the attempt is over. */
static bool
flush(struct probe_thing *t)
{
	struct smtp *m = t->more;
	ssize_t n;

	while (m->sent < m->send.len) {
		n = send(t->fd.fd, m->send.s + m->sent, m->send.len - m->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			end_errno(t, errno);
			return false;
		}
		m->sent += (size_t)n;
	}
	(void)vd_io_fd_set(&t->fd, m->sent < m->send.len ? VD_IO_READ | VD_IO_WRITE : VD_IO_READ);
	return true;
}

/* False: the attempt is over. */
static bool
take(struct probe_thing *t, size_t n)
{
	struct smtp *m = t->more;
	struct vd_strbuf *why = &t->p->why;
	enum vd_check_verdict v;

	if (m->sent == m->send.len) {
		vd_strbuf_reset(&m->send);
		m->sent = 0;
	}
	vd_strbuf_reset(why);
	v = vd_check_smtp_rx(&m->s, t->p->buffer, n, &m->send, why);
	if (v == VD_CHECK_MORE)
		return flush(t);
	end(t, v == VD_CHECK_GOOD ? PROBE_GOOD : PROBE_BAD, why->s);
	return false;
}

static void
on_data(struct vd_io_fd *h, unsigned int events)
{
	struct probe_thing *t = h->ctx;

	if ((events & VD_IO_WRITE) != 0 && !flush(t))
		return;
	for (int i = 0; i < READS; i++) {
		ssize_t n = recv(h->fd, t->p->buffer, 4096, 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			end_errno(t, n < 0 ? errno : 0);
			return;
		}
		if (!take(t, (size_t)n))
			return;
	}
}

static void
smtp_connected(struct probe_thing *t)
{
	struct smtp *m = vd_xcalloc(1, sizeof(*m));

	t->more = m;
	vd_check_smtp_begin(&m->s, t->def->smtp.helo);
	t->fd.cb = on_data;
	(void)vd_io_fd_set(&t->fd, VD_IO_READ);
}

static void
smtp_begin(struct probe_thing *t)
{
	probe_tcp_open(t, &t->def->smtp.hosts.v[t->step], smtp_connected);
}

static enum probe_result
smtp_late(struct probe_thing *t, const char **what)
{
	static const char *const replies[] = {
			"the greeting", "the answer to HELO", "the answer to QUIT"};
	const struct smtp *m = t->more;

	if (m == NULL)
		*what = "connect";
	else
		*what = replies[m->s.step < 3 ? m->s.step : 2];
	return PROBE_TIMEOUT;
}

const struct probe_type probe_type_smtp = {
		.name = "SMTP_CHECK",
		.begin = smtp_begin,
		.cancel = smtp_cancel,
		.late = smtp_late,
};
