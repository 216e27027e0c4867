/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many TCP checks a second one probe thread sustains: CHECKS of them, each every DELAY seconds, for SECONDS, against
 * a listener on loopback. Prints checks per second, how late one began at most, and the processor time of the thread.
 *   probe-rate [CHECKS [DELAY [SECONDS]]]
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vd_conf.h"
#include "vd_curl.h"
#include "vd_probe.h"

static int listener;
static const char *text;

static void *
accept_all(void *arg)
{
	(void)arg;
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static int
read_text(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	(void)ctx;
	(void)path;
	(void)max;
	vd_strbuf_puts(out, text);
	return 0;
}

static bool
on_verdict(void *ctx, const struct vd_probe_verdict *v)
{
	(void)v;
	++*(unsigned long *)ctx;
	return true;
}

/* A model with one TCP_CHECK, which is all of them. */
static struct vd_probe_config *
config_make(unsigned long n, const char *delay, uint16_t port)
{
	struct vd_conf_source src = {.read = read_text};
	struct vd_probe_config *c = vd_probe_config_new();
	const struct vd_model_real_server *rs;
	struct vd_endpoint to = {.port = port};
	struct vd_diag_list diags = {0};
	struct vd_strbuf b = {0};
	struct vd_model *m = NULL;

	vd_strbuf_printf(&b,
			"virtual_server 192.0.2.1 80 {\nprotocol TCP\ndelay_loop %s\n"
			"real_server 127.0.0.1 %u {\nTCP_CHECK {\nconnect_timeout 3\n}\n}\n}\n",
			delay, port);
	text = b.s;
	if (vd_conf_parse_keepalived(&src, "f", NULL, &m, &diags) != 0)
		exit(1);
	rs = &m->virtual_servers.v[0].real_servers.v[0];
	for (uint32_t i = 0; i < n; i++) {
		/* Each to an address of its own, as servers have them. */
		to.addr = vd_addr_add(&rs->address, i);
		vd_probe_config_check(
				c, i, 1, &rs->checkers.v[0], &to, NULL, NULL, NULL, "vs", "rs");
	}
	vd_model_free(m);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&b);
	return c;
}

static uint16_t
listen_somewhere(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	socklen_t len = sizeof(sin);

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&sin, len) != 0 ||
			listen(listener, 4096) != 0 ||
			getsockname(listener, (struct sockaddr *)&sin, &len) != 0)
		exit(1);
	return ntohs(sin.sin_port);
}

/* Of the whole process but the listener's thread. */
static double
cpu_seconds(pthread_t but)
{
	struct timespec all, other;
	clockid_t clock;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
	pthread_getcpuclockid(but, &clock);
	clock_gettime(clock, &other);
	return (double)(all.tv_sec - other.tv_sec) + (double)(all.tv_nsec - other.tv_nsec) / 1e9;
}

int
main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000, verdicts = 0;
	const char *delay = argc > 2 ? argv[2] : "1";
	unsigned int seconds = argc > 3 ? (unsigned int)atoi(argv[3]) : 5;
	struct vd_probe_hooks hooks = {.verdict = on_verdict, .ctx = &verdicts};
	struct vd_probe_stats before, after;
	struct vd_probe_view v;
	struct vd_probe *p;
	size_t cursor = 0, bad = 0;
	pthread_t t;
	double cpu;

	if (vd_curl_global() != 0 || (p = vd_probe_create(&hooks, 1)) == NULL)
		return 1;
	vd_probe_configure(p, config_make(n, delay, listen_somewhere()));
	pthread_create(&t, NULL, accept_all, NULL);
	/* All of them have begun. */
	sleep(2 + (unsigned int)atof(delay));
	vd_probe_stats(p, &before);
	cpu = cpu_seconds(t);
	sleep(seconds);
	vd_probe_stats(p, &after);
	cpu = cpu_seconds(t) - cpu;
	while (vd_probe_view_next(p, &cursor, &v))
		bad += !v.up;
	printf("%lu checks every %s s: %.0f checks/s, at most %.2f ms late, %.0f %% of a CPU, %zu "
	       "down\n",
			n, delay, (double)(after.runs - before.runs) / seconds,
			(double)after.late_max / 1e6, 100 * cpu / seconds, bad);
	vd_probe_destroy(p);
	return 0;
}
