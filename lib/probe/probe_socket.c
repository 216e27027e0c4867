/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_priv.h"

socklen_t
probe_sockaddr(const struct vd_endpoint *ep, const char *interface, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (vd_addr_is_v4(&ep->addr)) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(ep->port);
		in->sin_addr.s_addr = vd_addr_v4(&ep->addr);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(ep->port);
	memcpy(&in6->sin6_addr, ep->addr.b, sizeof(in6->sin6_addr));
	if (interface != NULL && vd_addr_is_link_local(&ep->addr))
		in6->sin6_scope_id = if_nametoindex(interface);
	return sizeof(*in6);
}

static bool
bind_as_asked(int fd, const struct probe_way *way)
{
	struct vd_endpoint from = {.addr = way->bindto, .port = way->bind_port};
	static const int on = 1;
	struct sockaddr_storage sa;
	socklen_t len;

	if (vd_addr_is_unset(&way->bindto) && way->bind_port == 0)
		return true;
	if (vd_addr_is_unset(&from.addr) && !vd_addr_is_v4(&way->to.addr)) {
		/* Any address of the target's family. */
		len = probe_sockaddr(&way->to, NULL, &sa);
		memset(&((struct sockaddr_in6 *)&sa)->sin6_addr, 0, sizeof(struct in6_addr));
		((struct sockaddr_in6 *)&sa)->sin6_port = htons(from.port);
	} else if (vd_addr_is_unset(&from.addr)) {
		len = probe_sockaddr(&way->to, NULL, &sa);
		((struct sockaddr_in *)&sa)->sin_addr.s_addr = INADDR_ANY;
		((struct sockaddr_in *)&sa)->sin_port = htons(from.port);
	} else {
		len = probe_sockaddr(&from, way->bind_if, &sa);
	}
	if (from.port != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(fd, (struct sockaddr *)&sa, len) == 0;
}

int
probe_socket(const struct probe_way *way, int type, int protocol, const char **what)
{
	static const struct linger at_once = {.l_onoff = 1};
	int family = vd_addr_is_v4(&way->to.addr) ? AF_INET : AF_INET6, err;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	*what = "socket";
	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	*what = "bind_if";
	if (way->bind_if != NULL &&
			setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, way->bind_if,
					(socklen_t)strlen(way->bind_if)) != 0)
		goto fail;
	*what = "bindto";
	if (bind_as_asked(fd, way))
		return fd;
fail:
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

int
probe_connect(int fd, const struct probe_way *way)
{
	struct sockaddr_storage sa;
	socklen_t len = probe_sockaddr(&way->to, way->bind_if, &sa);

	if (connect(fd, (struct sockaddr *)&sa, len) == 0 || errno == EINPROGRESS)
		return 0;
	return errno;
}

void
probe_way_set(struct probe_way *way, const struct vd_model_checker *k,
		const struct vd_endpoint *target)
{
	way->to = *target;
	if (!vd_addr_is_unset(&k->connect_ip))
		way->to.addr = k->connect_ip;
	if (k->connect_port != 0)
		way->to.port = (uint16_t)k->connect_port;
	way->bindto = k->bindto;
	way->bind_port = (uint16_t)k->bind_port;
	way->bind_if = k->bind_if == NULL ? NULL : vd_xstrdup(k->bind_if);
}

void
probe_way_free(struct probe_way *way)
{
	free(way->bind_if);
	way->bind_if = NULL;
}
