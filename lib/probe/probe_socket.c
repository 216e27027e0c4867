/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_compiler.h"

socklen_t
probe_sockaddr(const struct vd_addr *a, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)(void *)out;
	struct sockaddr_in *sin = (struct sockaddr_in *)(void *)out;

	memset(out, 0, sizeof(*out));
	if (vd_addr_is_v4(a)) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
		sin->sin_addr.s_addr = vd_addr_v4(a);
		return sizeof(*sin);
	}
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(port);
	memcpy(&sin6->sin6_addr, a->b, sizeof(a->b));
	return sizeof(*sin6);
}

static int
fail(int fd, struct vd_strbuf *what, const char *step, const char *name)
{
	int err = errno;

	vd_strbuf_reset(what);
	vd_strbuf_printf(what, "%s%s", step, name);
	if (fd >= 0)
		close(fd);
	return -err;
}

static int
bind_to(int fd, const struct probe_net *net)
{
	struct sockaddr_storage sa;
	struct vd_addr any = {0};
	socklen_t len;

	if (vd_addr_is_unset(&net->bindto)) {
		if (vd_addr_is_v4(&net->to.addr))
			any = vd_addr_from_v4(0);
		len = probe_sockaddr(&any, net->bind_port, &sa);
	} else {
		len = probe_sockaddr(&net->bindto, net->bind_port, &sa);
	}
	return bind(fd, (struct sockaddr *)&sa, len);
}

int
probe_socket(const struct probe_net *net, int type, struct vd_strbuf *what)
{
	static const struct linger rst = {.l_onoff = 1};
	static const int one = 1;
	bool v4 = vd_addr_is_v4(&net->to.addr);
	char text[VD_ADDR_STR];
	int fd = socket(v4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail(fd, what, "socket", "");
	if (type == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
	else if (v4)
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	else
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof(one));
	if (net->bind_if != NULL &&
			setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, net->bind_if,
					(socklen_t)strlen(net->bind_if)) != 0)
		return fail(fd, what, "bind to interface ", net->bind_if);
	if (!vd_addr_is_unset(&net->bindto) || net->bind_port != 0) {
		if (bind_to(fd, net) != 0)
			return fail(fd, what, "bind to ",
					vd_addr_is_unset(&net->bindto)
							? "a port"
							: vd_addr_format(&net->bindto, text,
									  sizeof(text)));
	}
	return fd;
}

bool
probe_is_self(int fd, const struct probe_net *net)
{
	struct sockaddr_storage own, to;
	socklen_t len = sizeof(own), want;

	if (vd_addr_is_v4(&net->to.addr) ? net->to.addr.b[12] != 127
					 : net->to.addr.w[0] != 0) /* ::1 and its like */
		return false;
	want = probe_sockaddr(&net->to.addr, net->to.port, &to);
	if (getsockname(fd, (struct sockaddr *)&own, &len) != 0 || len != want)
		return false;
	if (own.ss_family == AF_INET)
		return memcmp(&own, &to, offsetof(struct sockaddr_in, sin_zero)) == 0;
	return memcmp(&((struct sockaddr_in6 *)(void *)&own)->sin6_addr, net->to.addr.b, 16) == 0 &&
			((struct sockaddr_in6 *)(void *)&own)->sin6_port == htons(net->to.port);
}

void
probe_close(struct probe_thing *t)
{
	int fd = t->fd.fd;

	if (t->fd.loop == NULL)
		return;
	vd_io_fd_del(&t->fd);
	close(fd);
}
