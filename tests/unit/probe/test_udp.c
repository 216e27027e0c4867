/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP_CHECK and DNS_CHECK against a server that answers what the test wants. */
#include "probe_server.h"

#define UDP(words) "UDP_CHECK {\nconnect_timeout 5\n" words "\n}\n"
#define DNS(words) "DNS_CHECK {\nconnect_timeout 5\n" words "\n}\n"

struct udp {
	int fd, stop[2];
	pthread_t thread;
	/* Makes the answer to n bytes in buf, of up to size bytes; 0: none. */
	size_t (*answer)(struct udp *u, uint8_t *buf, size_t n, size_t size);
	struct sockaddr_in from;
	pthread_mutex_t lock; /* of what follows */
	uint8_t heard[65536];
	size_t n;
	uint32_t peer;
};

static void *
udp_run(void *arg)
{
	struct udp *u = arg;

	for (;;) {
		struct pollfd p[2] = {{.fd = u->stop[0], .events = POLLIN},
				{.fd = u->fd, .events = POLLIN}};
		uint8_t buf[65536];
		socklen_t len = sizeof(u->from);
		ssize_t n;

		(void)poll(p, 2, -1);
		if (p[0].revents != 0)
			return NULL;
		n = recvfrom(u->fd, buf, sizeof(buf), 0, (struct sockaddr *)&u->from, &len);
		if (n < 0)
			continue;
		pthread_mutex_lock(&u->lock);
		memcpy(u->heard, buf, (size_t)n);
		u->n = (size_t)n;
		u->peer = ntohl(u->from.sin_addr.s_addr);
		pthread_mutex_unlock(&u->lock);
		n = (ssize_t)u->answer(u, buf, (size_t)n, sizeof(buf));
		if (n > 0)
			(void)!sendto(u->fd, buf, (size_t)n, 0, (struct sockaddr *)&u->from, len);
	}
}

static void
udp_start(struct udp *u, size_t (*answer)(struct udp *, uint8_t *, size_t, size_t))
{
	memset(u, 0, sizeof(*u));
	pthread_mutex_init(&u->lock, NULL);
	u->answer = answer;
	u->fd = server_socket(false, SOCK_DGRAM, -1);
	CU_ASSERT_FATAL(pipe2(u->stop, O_CLOEXEC) == 0);
	CU_ASSERT_FATAL(pthread_create(&u->thread, NULL, udp_run, u) == 0);
}

static void
udp_stop(struct udp *u)
{
	(void)!write(u->stop[1], "", 1);
	pthread_join(u->thread, NULL);
	close(u->fd);
	close(u->stop[0]);
	close(u->stop[1]);
}

static size_t
nothing(struct udp *u, uint8_t *buf, size_t n, size_t size)
{
	(void)u;
	(void)buf;
	(void)n;
	(void)size;
	return 0;
}

static size_t
echo(struct udp *u, uint8_t *buf, size_t n, size_t size)
{
	(void)u;
	(void)buf;
	(void)size;
	return n;
}

static size_t
large(struct udp *u, uint8_t *buf, size_t n, size_t size)
{
	(void)u;
	(void)buf;
	(void)n;
	return size - 100;
}

static struct udp u;

/* What was heard last, and from whom: its length. */
static size_t
heard(uint8_t *buf, size_t size, uint32_t *peer)
{
	size_t n;

	pthread_mutex_lock(&u.lock);
	n = VD_MIN(u.n, size);
	memcpy(buf, u.heard, n);
	if (peer != NULL)
		*peer = u.peer;
	pthread_mutex_unlock(&u.lock);
	return n;
}

/* ---- UDP_CHECK ---- */

static void
test_reply(void)
{
	rig_start();
	udp_start(&u, echo);
	rig_check(RIG_QUIET, UDP("payload 0a1b2c\nrequire_reply 0a?b"));
	RIG_GOOD(0);
	udp_stop(&u);
	CU_ASSERT(u.n == 3 && memcmp(u.heard, "\x0a\x1b\x2c", 3) == 0);
	rig_stop();
}

/* Any reply ends it, without waiting for the deadline; the payload is 32 random bytes. */
static void
test_random_payload(void)
{
	uint8_t first[64], second[64];
	uint32_t peer = 0;

	rig_start();
	udp_start(&u, echo);
	rig_check(RIG_QUIET, UDP("bindto 127.0.0.3"));
	RIG_GOOD(0);
	CU_ASSERT(heard(first, sizeof(first), &peer) == 32 && peer == 0x7f000003);
	RIG_GOOD(0);
	CU_ASSERT(heard(second, sizeof(second), NULL) == 32 && memcmp(first, second, 32) != 0);
	udp_stop(&u);
	rig_stop();
}

/* Silence is fine unless a reply is required. */
static void
test_silence(void)
{
	struct vd_probe_view v;

	rig_start();
	udp_start(&u, nothing);
	rig_check(RIG_QUIET,
			"UDP_CHECK {\nconnect_timeout 0.2\n}\n"
			"UDP_CHECK {\nconnect_timeout 0.2\nrequire_reply\n}\n");
	RIG_GOOD(0);
	v = rig_view(0);
	CU_ASSERT(v.last_duration >= 200 * VD_MSEC && v.timeouts == 0 && v.failures == 0);
	RIG_FAILS(1, "timed out after 0.2 s waiting for a reply");
	CU_ASSERT(rig_view(1).timeouts == 1);
	udp_stop(&u);
	rig_stop();
}

/* ICMP tells that nobody listens. */
static void
test_unreachable(void)
{
	char want[64];

	rig_start();
	close(server_socket(false, SOCK_DGRAM, -1));
	rig_check(RIG_QUIET, UDP("") UDP("require_reply") DNS(""));
	snprintf(want, sizeof(want), "127.0.0.1:%u: Connection refused", rig_port);
	for (uint32_t i = 0; i < 3; i++)
		RIG_FAILS(i, want);
	rig_stop();
}

static void
test_wrong_reply(void)
{
	rig_start();
	udp_start(&u, echo);
	rig_check(RIG_QUIET,
			UDP("payload 0a1b2c\nrequire_reply 0a1c")
					UDP("payload 0a\nrequire_reply\nmin_reply_length 2"));
	CU_ASSERT(!rig_run(0) && !rig_run(1));
	CU_ASSERT(rig_view(0).last_error[0] != '\0' && rig_view(1).last_error[0] != '\0');
	udp_stop(&u);
	udp_start(&u, large);
	rig_check(RIG_QUIET, "");
	rig_serial[0] = 2;
	rig_check(RIG_QUIET, UDP("require_reply\nmax_reply_length 65000"));
	CU_ASSERT(!rig_run(0) && strstr(rig_view(0).last_error, "65436") != NULL);
	udp_stop(&u);
	rig_stop();
}

/* ---- DNS_CHECK ---- */

/* The question, as an answer with RCODE 0. */
static size_t
resolve(struct udp *x, uint8_t *buf, size_t n, size_t size)
{
	(void)x;
	(void)size;
	buf[2] |= 0x80;
	return n;
}

static size_t
refuse(struct udp *x, uint8_t *buf, size_t n, size_t size)
{
	n = resolve(x, buf, n, size);
	buf[3] |= 5;
	return n;
}

/* Noise first: another id, and our own question. */
static size_t
noise(struct udp *x, uint8_t *buf, size_t n, size_t size)
{
	uint8_t other[512];

	(void)!sendto(x->fd, buf, n, 0, (struct sockaddr *)&x->from, sizeof(x->from));
	memcpy(other, buf, n);
	other[0] ^= 1;
	other[2] |= 0x80;
	(void)!sendto(x->fd, other, n, 0, (struct sockaddr *)&x->from, sizeof(x->from));
	(void)!sendto(x->fd, "", 0, 0, (struct sockaddr *)&x->from, sizeof(x->from));
	return resolve(x, buf, n, size);
}

static size_t
query_only(struct udp *x, uint8_t *buf, size_t n, size_t size)
{
	(void)x;
	(void)buf;
	(void)size;
	return n;
}

static void
dns(size_t (*answer)(struct udp *, uint8_t *, size_t, size_t), const char *check)
{
	rig_start();
	udp_start(&u, answer);
	rig_check(RIG_QUIET, check);
}

static void
test_dns(void)
{
	dns(resolve, DNS("type A\nname www.example.net"));
	RIG_GOOD(0);
	CU_ASSERT(rig_view(0).last_code == 0);
	udp_stop(&u);
	CU_ASSERT(u.n == 12 + 17 + 4 && memcmp(u.heard + 12, "\3www\7example\3net", 17) == 0);
	CU_ASSERT(u.heard[12 + 17 + 1] == 1);
	rig_stop();
	dns(noise, DNS(""));
	RIG_GOOD(0);
	udp_stop(&u);
	rig_stop();
	dns(refuse, DNS(""));
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(rig_view(0).last_code == 5 && strstr(rig_view(0).last_error, "REFUSED") != NULL);
	udp_stop(&u);
	rig_stop();
	dns(query_only, "DNS_CHECK {\nconnect_timeout 0.2\n}\n");
	RIG_FAILS(0, "timed out after 0.2 s waiting for an answer");
	udp_stop(&u);
	rig_stop();
}

/* Another id each time: an answer of before is not this one's. */
static void
test_dns_ids(void)
{
	uint8_t first[2], second[2];

	dns(resolve, DNS(""));
	RIG_GOOD(0);
	heard(first, sizeof(first), NULL);
	RIG_GOOD(0);
	heard(second, sizeof(second), NULL);
	CU_ASSERT(memcmp(first, second, 2) != 0);
	udp_stop(&u);
	rig_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(test_reply),
		VD_TEST(test_random_payload),
		VD_TEST(test_silence),
		VD_TEST(test_unreachable),
		VD_TEST(test_wrong_reply),
		VD_TEST(test_dns),
		VD_TEST(test_dns_ids),
};

RIG_MAIN("probe/udp", tests)
