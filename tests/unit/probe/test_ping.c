/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PING_CHECK in a network namespace of the test's own, whose kernel answers or does not. Without the rights for one, what
 * is left to see is that the check says so.
 */
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "probe_rig.h"

#define PING(words) "PING_CHECK {\nconnect_timeout 5\n" words "\n}\n"

static void
sysctl(const char *name, const char *value)
{
	FILE *f = fopen(name, "w");

	CU_ASSERT_FATAL(f != NULL);
	fputs(value, f);
	fclose(f);
}

static void
answers(bool on)
{
	sysctl("/proc/sys/net/ipv4/icmp_echo_ignore_all", on ? "0" : "1");
	sysctl("/proc/sys/net/ipv6/icmp/echo_ignore_all", on ? "0" : "1");
}

static void
start(const char *checks)
{
	rig_port = 80;
	rig_start();
	rig_check(RIG_QUIET, checks);
}

static void
test_good(void)
{
	struct vd_probe_view v;

	start(PING("") PING("connect_ip ::1")
					PING("connect_ip 127.0.0.2\nbindto 127.0.0.3\nbind_if lo")
							PING("connect_ip ::1\nbindto ::1"));
	for (uint32_t i = 0; i < 4; i++)
		RIG_GOOD(i);
	v = rig_view(0);
	CU_ASSERT_STRING_EQUAL(v.type, "PING_CHECK");
	CU_ASSERT(v.runs == 1 && v.last_code == -1 && v.last_duration < VD_SEC);
	rig_stop();
}

static void
test_silence(void)
{
	answers(false);
	start("PING_CHECK {\nconnect_timeout 0.2\n}\nPING_CHECK {\nconnect_ip ::1\n"
	      "connect_timeout 0.2\n}\n");
	for (uint32_t i = 0; i < 2; i++) {
		RIG_FAILS(i, "timed out after 0.2 s waiting for an answer");
		CU_ASSERT(rig_view(i).timeouts == 1);
	}
	/* The number that timed out is free again, and an answer to it means nothing. */
	answers(true);
	RIG_GOOD(0);
	RIG_GOOD(1);
	rig_stop();
}

static void
test_no_route(void)
{
	start(PING("connect_ip 192.0.2.9") PING("connect_ip 2001:db8::9"));
	RIG_FAILS(0, "send to 192.0.2.9: Network is unreachable");
	RIG_FAILS(1, "send to 2001:db8::9: Network is unreachable");
	rig_stop();
}

/* From where we cannot send: that says nothing about the server. */
static void
test_not_run(void)
{
	rig_port = 80;
	rig_start();
	rig_check("delay_loop 0.1\nwarmup 0\nretry 0\n",
			PING("bindto 203.0.113.9") PING("bind_if nosuch0")
					PING("connect_ip ::1\nbindto 2001:db8::9"));
	for (uint32_t i = 0; i < 3; i++) {
		CU_ASSERT(RIG_WAIT(rig_view(i).last_error[0] != '\0'));
		CU_ASSERT(rig_view(i).runs == 0 && rig_view(i).up);
	}
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error,
			"not run: bind to 203.0.113.9: Cannot assign requested address");
	CU_ASSERT_STRING_EQUAL(rig_view(1).last_error,
			"not run: bind to interface nosuch0: No such device");
	CU_ASSERT_STRING_EQUAL(rig_view(2).last_error,
			"not run: bind to 2001:db8::9: Cannot assign requested address");
	CU_ASSERT(rig_count() == 0);
	rig_stop();
}

/* ---- forged answers: a raw socket hears what is asked ---- */

struct forger {
	int fd;
	uint8_t packet[256]; /* IP header and all */
	ssize_t n;
};

/* Waits for an echo request. */
static bool
hear(struct forger *f)
{
	vd_time until = vd_io_now() + PATIENCE;

	while (vd_io_now() < until) {
		f->n = recv(f->fd, f->packet, sizeof(f->packet), MSG_DONTWAIT);
		if (f->n >= 28 && f->packet[20] == 8)
			return true;
		if (f->n < 0)
			rig_pause();
	}
	return false;
}

static uint16_t
csum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
say(uint8_t *icmp, size_t n, const char *from)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in own = {.sin_family = AF_INET};
	struct vd_addr a;
	uint16_t sum;
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);

	CU_ASSERT_FATAL(fd >= 0 && vd_addr_parse(from, &a) == 0);
	own.sin_addr.s_addr = vd_addr_v4(&a);
	CU_ASSERT(bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0);
	icmp[2] = icmp[3] = 0;
	sum = csum(icmp, n);
	icmp[2] = (uint8_t)(sum >> 8);
	icmp[3] = (uint8_t)sum;
	CU_ASSERT(sendto(fd, icmp, n, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)n);
	close(fd);
}

/* The request as its own answer. */
static size_t
reply_of(const struct forger *f, uint8_t *icmp)
{
	size_t n = (size_t)f->n - 20;

	memcpy(icmp, f->packet + 20, n);
	icmp[0] = 0;
	return n;
}

static void
test_unreachable(void)
{
	struct forger f = {.fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)};
	uint8_t icmp[256] = {3, 1};

	CU_ASSERT_FATAL(f.fd >= 0);
	answers(false);
	start(PING(""));
	rig_ask(0, 1);
	CU_ASSERT_FATAL(hear(&f));
	memcpy(icmp + 8, f.packet, 28);
	/* A router between tells it. */
	say(icmp, 36, "127.0.0.77");
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && !rig_last().up);
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error, "host unreachable (ICMP type 3, code 1)");
	rig_stop();
	answers(true);
	close(f.fd);
}

/* Not from the host that was asked, with another cookie, to another number, too short: none of them is an answer. */
static void
test_forged(void)
{
	struct forger f = {.fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)};
	uint8_t icmp[256];
	size_t n;

	CU_ASSERT_FATAL(f.fd >= 0);
	answers(false);
	start(PING(""));
	rig_ask(0, 1);
	CU_ASSERT_FATAL(hear(&f));
	n = reply_of(&f, icmp);
	say(icmp, n, "127.0.0.9");
	icmp[12] ^= 1;
	say(icmp, n, "127.0.0.1");
	icmp[12] ^= 1;
	icmp[7] ^= 1;
	say(icmp, n, "127.0.0.1");
	icmp[7] ^= 1;
	icmp[5] ^= 1;
	say(icmp, n, "127.0.0.1");
	icmp[5] ^= 1;
	say(icmp, 8, "127.0.0.1");
	icmp[0] = 3;
	say(icmp, 9, "127.0.0.1");
	for (int i = 0; i < 20; i++)
		rig_pause();
	CU_ASSERT(rig_count() == 0 && rig_view(0).running);
	n = reply_of(&f, icmp);
	say(icmp, n, "127.0.0.1");
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && rig_last().up);
	rig_stop();
	answers(true);
	close(f.fd);
}

/* Each gets its own answer. */
static void
test_many(void)
{
	enum {
		N = 500
	};
	struct vd_strbuf b = {0};

	for (int i = 0; i < N; i++)
		vd_strbuf_printf(&b, PING("connect_ip 127.0.%d.%d"), i / 250, 1 + i % 250);
	rig_port = 80;
	rig_start();
	rig_check("delay_loop 3600\nwarmup 0\nretry 0\n", b.s);
	vd_strbuf_free(&b);
	CU_ASSERT(RIG_WAIT(rig_count() == N));
	for (size_t i = 0; i < N; i++)
		CU_ASSERT(rig.v[i].up);
	rig_stop();
}

static void
test_not_allowed(void)
{
	rig_port = 80;
	rig_start();
	rig_check("delay_loop 0.1\nwarmup 0\n", PING(""));
	CU_ASSERT(RIG_WAIT(rig_view(0).last_error[0] != '\0'));
	CU_ASSERT_STRING_EQUAL(
			rig_view(0).last_error, "not run: raw socket: Operation not permitted");
	rig_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(test_good),
		VD_TEST(test_silence),
		VD_TEST(test_no_route),
		VD_TEST(test_not_run),
		VD_TEST(test_unreachable),
		VD_TEST(test_forged),
		VD_TEST(test_many),
};

static const struct vd_test few[] = {
		VD_TEST(test_not_allowed),
};

/* The loopback interface of the new namespace, up. */
static bool
namespace_make(void)
{
	struct ifreq r = {.ifr_name = "lo"};
	bool up;
	int fd;

	if (unshare(CLONE_NEWNET) != 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &r) == 0;
	close(fd);
	return up;
}

int
main(void)
{
	if (namespace_make())
		return rig_main("probe/ping", tests, VD_ARRAY_LEN(tests));
	return rig_main("probe/ping", few, VD_ARRAY_LEN(few));
}
