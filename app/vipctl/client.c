/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "vipctl.h"

/* vipd answers at once or works on it (a reload, a long listing); a stopped process never answers. */
#define ANSWER_SECONDS 30

static int
no_vipd(const struct vipctl *v, const char *why)
{
	fprintf(stderr, "no vipd named %s answers on %s%s%s\n", v->instance, v->path,
			why != NULL ? ": " : "", why != NULL ? why : "");
	return VIPCTL_NO_VIPD;
}

void
vipctl_disconnect(struct vipctl *v)
{
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	vd_cli_decoder_free(&v->decoder);
}

static int
connect_vipd(struct vipctl *v)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = ANSWER_SECONDS};

	_Static_assert(sizeof(sun.sun_path) == sizeof(v->path), "path of a unix socket");
	memcpy(sun.sun_path, v->path, sizeof(sun.sun_path));
	v->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* Also bounds connect(2) to a stopped process whose backlog is full. */
	if (v->fd >= 0)
		(void)setsockopt(v->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (v->fd < 0 || connect(v->fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		int error = errno;

		vipctl_disconnect(v);
		return no_vipd(v,
				error == ENOENT || error == ECONNREFUSED ? NULL : strerror(error));
	}
	vd_cli_decoder_init(&v->decoder, VD_CLI_FRAME_REPLY);
	return 0;
}

static int
send_all(struct vipctl *v, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(v->fd, bytes, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return -EPIPE;
		bytes += sent;
		n -= (size_t)sent;
	}
	return 0;
}

/* Bytes that came, fed to the decoder. 0, or a negative errno. */
static int
receive(struct vipctl *v)
{
	struct pollfd p = {.fd = v->fd, .events = POLLIN};
	char buf[65536];
	ssize_t n;
	int64_t taken;
	int ready;

	ready = poll(&p, 1, ANSWER_SECONDS * 1000);
	if (ready < 0 && errno == EINTR)
		return 0;
	if (ready <= 0)
		return -ETIMEDOUT;
	n = recv(v->fd, buf, sizeof(buf), 0);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return -EPIPE;
	taken = vd_cli_decoder_feed(&v->decoder, buf, (size_t)n);
	if (taken < 0)
		return (int)taken;
	/* One reply for one request: nothing may follow it. */
	return taken == n ? 0 : -EPROTO;
}

int
vipctl_request(struct vipctl *v, const char *line, unsigned int flags, struct vd_cli_reply *reply)
{
	struct vd_strbuf request = {0};
	bool fresh = v->fd < 0;
	int rc = 0;

	if (v->fd < 0)
		rc = connect_vipd(v);
	if (rc != 0)
		return rc;
	vd_cli_decoder_next(&v->decoder);
	vd_cli_request_encode(&request, (uint8_t)flags, line);
	rc = send_all(v, request.s, request.len);
	vd_strbuf_free(&request);
	/* vipd was restarted since the last line: ask the new one. */
	if (rc != 0 && !fresh) {
		vipctl_disconnect(v);
		return vipctl_request(v, line, flags, reply);
	}
	while (rc == 0 && !vd_cli_decoder_ready(&v->decoder))
		rc = receive(v);
	if (rc == 0)
		rc = vd_cli_decoder_reply(&v->decoder, reply);
	if (rc == 0)
		return 0;
	vipctl_disconnect(v);
	return no_vipd(v,
			rc == -EPIPE                             ? "the connection was closed"
					: rc == -ETIMEDOUT       ? "no answer for 30 seconds"
					: rc == -EPROTONOSUPPORT ? "it is another version of vipd"
								 : "the answer is not one of vipd");
}

int
vipctl_run(struct vipctl *v, const char *line, const char *where)
{
	struct vd_cli_reply reply;
	int rc = vipctl_request(v, line, v->json ? VD_CLI_REQUEST_JSON : 0, &reply);

	if (rc != 0)
		return rc;
	fwrite(reply.out, 1, reply.out_len, stdout);
	/* In the order of things, also where both go to one file. */
	if (fflush(stdout) != 0) {
		fprintf(stderr, "vipctl: standard output: %s\n", strerror(errno));
		return VD_CLI_STATUS_FAILED;
	}
	if (reply.err_len > 0)
		fprintf(stderr, "%s%s%s", where != NULL ? where : "", reply.err,
				reply.err[reply.err_len - 1] == '\n' ? "" : "\n");
	return (int)reply.status;
}
