/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROBE_SERVER_H
#define PROBE_SERVER_H

/* A TCP server on loopback, in a thread of its own: one connection at a time, handed to a function of the test's. */

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "probe_rig.h"

struct server {
	int fd, stop[2];
	pthread_t thread;
	void (*serve)(struct server *s, int fd);
	const char *text; /* what it says, and what it heard, for serve() */
	char heard[4096];
	size_t heard_len;
	int connections;         /* that ended */
	int last_errno;          /* of the last read */
	struct sockaddr_in peer; /* of the last connection */
	void *ctx;
};

/* Sleeps until fd can be read or ms passed. False: the server is to stop. */
static inline bool
server_wait(struct server *s, int fd, int ms)
{
	struct pollfd p[2] = {{.fd = s->stop[0], .events = POLLIN}, {.fd = fd, .events = POLLIN}};

	(void)poll(p, 2, ms);
	return p[0].revents == 0;
}

/* Until the client is gone or the server is to stop; keeps what it heard. */
static inline void
server_listen(struct server *s, int fd)
{
	for (;;) {
		char *to = s->heard + s->heard_len;
		size_t room = sizeof(s->heard) - 1 - s->heard_len;
		ssize_t n;

		if (!server_wait(s, fd, -1))
			return;
		n = recv(fd, to, room, 0);
		s->last_errno = n < 0 ? errno : 0;
		if (n <= 0)
			return;
		s->heard_len += (size_t)n;
	}
}

/* Reads until what was heard ends with `end`. False: it never did. */
static inline bool
server_hear(struct server *s, int fd, const char *end)
{
	s->heard_len = 0;
	for (;;) {
		ssize_t n;

		if (!server_wait(s, fd, -1))
			return false;
		n = recv(fd, s->heard + s->heard_len, sizeof(s->heard) - 1 - s->heard_len, 0);
		if (n <= 0)
			return false;
		s->heard_len += (size_t)n;
		s->heard[s->heard_len] = '\0';
		if (strstr(s->heard, end) != NULL)
			return true;
	}
}

static inline void
server_say(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static inline void
server_reset(int fd)
{
	struct linger rst = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
}

static inline void *
server_run(void *arg)
{
	struct server *s = arg;

	while (server_wait(s, s->fd, -1)) {
		socklen_t len = sizeof(s->peer);
		int fd = accept4(s->fd, (struct sockaddr *)&s->peer, &len, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		s->serve(s, fd);
		close(fd);
		__atomic_fetch_add(&s->connections, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static inline int
server_connections(struct server *s)
{
	return __atomic_load_n(&s->connections, __ATOMIC_SEQ_CST);
}

/* A socket that listens on a port of 127.0.0.1 or ::1, 0 for a free one; rig_port is the port. */
static inline int
server_socket_at(uint16_t port, bool v6, int type, int backlog)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6,
			.sin6_addr = IN6ADDR_LOOPBACK_INIT,
			.sin6_port = htons(port)};
	struct sockaddr_in sin = {.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			.sin_port = htons(port)};
	int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	struct sockaddr *sa = v6 ? (struct sockaddr *)&sin6 : (struct sockaddr *)&sin;
	socklen_t len = v6 ? sizeof(sin6) : sizeof(sin);

	CU_ASSERT_FATAL(fd >= 0 && bind(fd, sa, len) == 0);
	CU_ASSERT_FATAL(backlog < 0 || listen(fd, backlog) == 0);
	CU_ASSERT_FATAL(getsockname(fd, sa, &len) == 0);
	rig_port = ntohs(v6 ? sin6.sin6_port : sin.sin_port);
	return fd;
}

static inline int
server_socket(bool v6, int type, int backlog)
{
	return server_socket_at(0, v6, type, backlog);
}

static inline void
server_begin(struct server *s, int fd, void (*serve)(struct server *s, int fd), const char *text)
{
	*s = (struct server){.fd = fd, .serve = serve, .text = text, .ctx = s->ctx};
	CU_ASSERT_FATAL(pipe2(s->stop, O_CLOEXEC) == 0);
	CU_ASSERT_FATAL(pthread_create(&s->thread, NULL, server_run, s) == 0);
}

static inline void
server_start_on(struct server *s, bool v6, void (*serve)(struct server *s, int fd),
		const char *text)
{
	server_begin(s, server_socket(v6, SOCK_STREAM, 64), serve, text);
}

static inline void
server_start_at(struct server *s, uint16_t port, void (*serve)(struct server *s, int fd))
{
	server_begin(s, server_socket_at(port, false, SOCK_STREAM, 64), serve, NULL);
}

static inline void
server_start(struct server *s, void (*serve)(struct server *s, int fd), const char *text)
{
	server_start_on(s, false, serve, text);
}

static inline void
server_stop(struct server *s)
{
	(void)!write(s->stop[1], "", 1);
	pthread_join(s->thread, NULL);
	close(s->fd);
	close(s->stop[0]);
	close(s->stop[1]);
}

/* A port of 127.0.0.1 on which nobody listens: rig_port. */
static inline void
server_none(void)
{
	close(server_socket(false, SOCK_STREAM, -1));
}

#endif
