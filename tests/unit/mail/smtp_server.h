/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SMTP_SERVER_H
#define SMTP_SERVER_H

/*
 * A mail server on loopback, in a thread of its own, that takes one connection at a time and behaves as badly as it is
 * told. What was taken is a message; what was said is a log of the client's lines, with a line "-" for each connection.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vd_strbuf.h"
#include "vd_test.h"

/* Where it behaves badly. */
enum smtp_at {
	AT_NOTHING,
	AT_GREETING,
	AT_EHLO,
	AT_HELO,
	AT_MAIL,
	AT_RCPT,
	AT_DATA,
	AT_TEXT,
	AT_QUIT,
};

struct smtp_bad {
	enum smtp_at at;
	const char *reply; /* NULL: none, until the client hangs up; "": it hangs up */
	int times;         /* how often, then it is good; -1: ever */
	const char *rcpt;  /* AT_RCPT: only this one; NULL: each */
};

struct smtp_message {
	char *from, *rcpt,
			*text; /* rcpt: joined by blanks. text: dots as they were before they were doubled */
};

struct smtp_server {
	pthread_t thread;
	pthread_mutex_t lock;
	int fd, wake[2];
	unsigned int port;
	struct smtp_bad bad;
	struct smtp_message messages[512];
	size_t n;
	unsigned int connections;
	struct vd_strbuf said;
};

struct smtp_session {
	struct smtp_server *s;
	int fd;
	char in[65536];
	size_t len;
	char *from;
	struct vd_strbuf rcpt, text;
};

/* False: the client or the test hung up. */
static inline bool
smtp_wait(struct smtp_session *c)
{
	struct pollfd p[2] = {
			{.fd = c->fd, .events = POLLIN}, {.fd = c->s->wake[0], .events = POLLIN}};
	ssize_t n;

	if (poll(p, 2, -1) < 0 || p[1].revents != 0 || c->len == sizeof(c->in) - 1)
		return false;
	n = read(c->fd, c->in + c->len, sizeof(c->in) - 1 - c->len);
	if (n <= 0)
		return false;
	c->len += (size_t)n;
	return true;
}

/* The next line without its CRLF, which the caller frees; NULL: none comes. */
static inline char *
smtp_line(struct smtp_session *c)
{
	char *end, *line;
	size_t n;

	while ((end = memchr(c->in, '\n', c->len)) == NULL)
		if (!smtp_wait(c))
			return NULL;
	n = (size_t)(end - c->in) + 1;
	CU_ASSERT(n >= 2 && c->in[n - 2] == '\r');
	CU_ASSERT(n <= 1000);
	line = strndup(c->in, n - 2);
	memmove(c->in, c->in + n, c->len - n);
	c->len -= n;
	return line;
}

static inline bool
smtp_say(struct smtp_session *c, const char *text)
{
	struct vd_strbuf line = {0};
	bool said;

	vd_strbuf_printf(&line, "%s\r\n", text);
	said = send(c->fd, line.s, line.len, MSG_NOSIGNAL) == (ssize_t)line.len;
	vd_strbuf_free(&line);
	return said;
}

/* Is it to behave badly here? Then with this reply. */
static inline bool
smtp_is_bad(struct smtp_server *s, enum smtp_at at, const char *rcpt, const char **reply)
{
	bool bad;

	pthread_mutex_lock(&s->lock);
	bad = s->bad.at == at && s->bad.times != 0 &&
			(s->bad.rcpt == NULL || rcpt == NULL || strcmp(rcpt, s->bad.rcpt) == 0);
	if (bad) {
		*reply = s->bad.reply;
		if (s->bad.times > 0)
			s->bad.times--;
	}
	pthread_mutex_unlock(&s->lock);
	return bad;
}

/* False: the connection is over. */
static inline bool
smtp_say_bad(struct smtp_session *c, const char *reply)
{
	if (reply != NULL)
		return reply[0] != '\0' && smtp_say(c, reply);
	while (smtp_wait(c))
		;
	return false;
}

/* The same. *good: the command was taken. */
static inline bool
smtp_answer(struct smtp_session *c, enum smtp_at at, const char *rcpt, const char *reply,
		bool *good)
{
	const char *bad;

	*good = !smtp_is_bad(c->s, at, rcpt, &bad);
	return *good ? smtp_say(c, reply) : smtp_say_bad(c, bad);
}

static inline void
smtp_keep(struct smtp_session *c)
{
	struct smtp_server *s = c->s;

	pthread_mutex_lock(&s->lock);
	if (s->n < sizeof(s->messages) / sizeof(s->messages[0]))
		s->messages[s->n++] = (struct smtp_message){strdup(c->from),
				vd_strbuf_take(&c->rcpt), vd_strbuf_take(&c->text)};
	pthread_mutex_unlock(&s->lock);
}

static inline bool
smtp_text(struct smtp_session *c)
{
	const char *bad;
	char *line;

	while ((line = smtp_line(c)) != NULL && strcmp(line, ".") != 0) {
		vd_strbuf_printf(&c->text, "%s\n", line[0] == '.' ? line + 1 : line);
		free(line);
	}
	if (line == NULL)
		return false;
	free(line);
	if (smtp_is_bad(c->s, AT_TEXT, NULL, &bad))
		return smtp_say_bad(c, bad);
	smtp_keep(c);
	return smtp_say(c, "250 2.0.0 taken");
}

/* Between its <>, which the caller frees. */
static inline char *
smtp_path(const char *line)
{
	const char *begin = strchr(line, '<'), *end = strrchr(line, '>');

	return begin == NULL || end == NULL ? strdup("?")
					    : strndup(begin + 1, (size_t)(end - begin) - 1);
}

static inline bool
smtp_command(struct smtp_session *c, const char *line)
{
	bool good, on;
	char *path;

	if (strncmp(line, "EHLO ", 5) == 0)
		return smtp_answer(c, AT_EHLO, NULL,
				"250-mail.test hello\r\n250-SIZE 1000000\r\n250 8BITMIME", &good);
	if (strncmp(line, "HELO ", 5) == 0)
		return smtp_answer(c, AT_HELO, NULL, "250 hello", &good);
	if (strncmp(line, "MAIL FROM:", 10) == 0) {
		free(c->from);
		c->from = smtp_path(line);
		return smtp_answer(c, AT_MAIL, NULL, "250 ok", &good);
	}
	if (strncmp(line, "RCPT TO:", 8) == 0) {
		path = smtp_path(line);
		on = smtp_answer(c, AT_RCPT, path, "250 ok", &good);
		if (good)
			vd_strbuf_printf(&c->rcpt, "%s%s", c->rcpt.len > 0 ? " " : "", path);
		free(path);
		return on;
	}
	if (strcmp(line, "DATA") == 0)
		return smtp_answer(c, AT_DATA, NULL, "354 go on", &good) && (!good || smtp_text(c));
	if (strcmp(line, "QUIT") == 0) {
		(void)smtp_answer(c, AT_QUIT, NULL, "221 bye", &good);
		return false;
	}
	return smtp_say(c, "500 what?");
}

static inline void
smtp_session(struct smtp_server *s, int fd)
{
	struct smtp_session *c = calloc(1, sizeof(*c));
	bool good, on;
	char *line;

	c->s = s;
	c->fd = fd;
	pthread_mutex_lock(&s->lock);
	s->connections++;
	vd_strbuf_puts(&s->said, "-\n");
	pthread_mutex_unlock(&s->lock);
	on = smtp_answer(c, AT_GREETING, NULL, "220 mail.test ready", &good);
	while (on && (line = smtp_line(c)) != NULL) {
		pthread_mutex_lock(&s->lock);
		vd_strbuf_printf(&s->said, "%s\n", line);
		pthread_mutex_unlock(&s->lock);
		on = smtp_command(c, line);
		free(line);
	}
	close(fd);
	free(c->from);
	vd_strbuf_free(&c->rcpt);
	vd_strbuf_free(&c->text);
	free(c);
}

static inline void *
smtp_run(void *ctx)
{
	struct smtp_server *s = ctx;
	struct pollfd p[2] = {
			{.fd = s->fd, .events = POLLIN}, {.fd = s->wake[0], .events = POLLIN}};

	while (poll(p, 2, -1) > 0 && p[1].revents == 0) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd >= 0)
			smtp_session(s, fd);
	}
	return NULL;
}

static inline void
smtp_server_start(struct smtp_server *s, int family)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr *a = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);

	memset(s, 0, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	CU_ASSERT_FATAL(pipe(s->wake) == 0);
	s->fd = socket(family, SOCK_STREAM, 0);
	CU_ASSERT_FATAL(bind(s->fd, a, len) == 0 && listen(s->fd, 64) == 0);
	CU_ASSERT_FATAL(getsockname(s->fd, a, &len) == 0);
	s->port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
	CU_ASSERT_FATAL(pthread_create(&s->thread, NULL, smtp_run, s) == 0);
}

static inline void
smtp_server_stop(struct smtp_server *s)
{
	CU_ASSERT(write(s->wake[1], "x", 1) == 1);
	pthread_join(s->thread, NULL);
	close(s->fd);
	close(s->wake[0]);
	close(s->wake[1]);
	for (size_t i = 0; i < s->n; i++) {
		free(s->messages[i].from);
		free(s->messages[i].rcpt);
		free(s->messages[i].text);
	}
	vd_strbuf_free(&s->said);
	pthread_mutex_destroy(&s->lock);
}

static inline void
smtp_server_behave(struct smtp_server *s, struct smtp_bad bad)
{
	pthread_mutex_lock(&s->lock);
	s->bad = bad;
	pthread_mutex_unlock(&s->lock);
}

static inline size_t
smtp_server_count(struct smtp_server *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static inline unsigned int
smtp_server_connections(struct smtp_server *s)
{
	unsigned int n;

	pthread_mutex_lock(&s->lock);
	n = s->connections;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* How often the clients said this line. */
static inline unsigned int
smtp_server_heard(struct smtp_server *s, const char *line)
{
	struct vd_strbuf want = {0};
	unsigned int count = 0;

	vd_strbuf_printf(&want, "\n%s\n", line);
	pthread_mutex_lock(&s->lock);
	for (const char *p = s->said.s; p != NULL && (p = strstr(p, want.s)) != NULL; p++)
		count++;
	pthread_mutex_unlock(&s->lock);
	vd_strbuf_free(&want);
	return count;
}

#endif
