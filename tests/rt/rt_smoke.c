/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The runtime without a data plane: every port is joined to its kernel tap, frame by frame and both ways, over the lcores and
 * rings that vipd uses (worker: port; control: tap). Shows how long a start takes and what idle costs, how late control is
 * for a deadline every 10 ms and when a change of link is seen, and lets ping measure what a sleeping lcore adds.
 *
 *   rt_smoke DATAPLANE.json [SECONDS [EAL options ...]]
 */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "vd_conf_dataplane.h"
#include "vd_io.h"
#include "vd_punt.h"
#include "vd_rt.h"

#define BURST 64
#define PORTS 8
#define BEAT  (10 * VD_MSEC)
#define LATES 100000

static struct vd_io_loop *loop;
static struct vd_dataplane *dp;
static struct vd_rt_port *port[PORTS];
static struct vd_punt *punt[PORTS];
static struct vd_rt_ring up[PORTS];
static unsigned int n_ports;
static struct vd_rt_stop stop;
static struct vd_rt_idle worker_idle, control_idle;

static int
worker(void *arg)
{
	vd_time now;

	(void)arg;
	now = vd_rt_idle_attach(&worker_idle);
	while (!vd_rt_stopping(&stop)) {
		bool work = false;

		for (unsigned int i = 0; i < n_ports; i++) {
			uint16_t queues[VD_RT_PORT_QUEUES];
			unsigned int nq = vd_rt_port_rx_queues(port[i], 0, queues);

			for (unsigned int q = 0; q < nq; q++) {
				struct rte_mbuf *m[BURST];
				uint16_t n = rte_eth_rx_burst(port[i]->id, queues[q], m, BURST);
				unsigned int put;

				if (n == 0)
					continue;
				work = true;
				put = vd_rt_ring_put_ptrs(&up[i], (void **)m, n);
				if (put < n)
					rte_pktmbuf_free_bulk(&m[put], n - put);
				vd_rt_idle_wake(&control_idle);
			}
		}
		now = vd_rt_idle_turn(&worker_idle, work, VD_TIME_NEVER);
	}
	(void)now;
	vd_rt_idle_detach(&worker_idle);
	return 0;
}

static bool
pending(void *ctx)
{
	(void)ctx;
	for (unsigned int i = 0; i < n_ports; i++)
		if (!vd_rt_ring_empty(&up[i]))
			return true;
	return false;
}

static bool
control_turn(unsigned int i)
{
	struct rte_mbuf *m[BURST];
	unsigned int n = vd_rt_ring_get_ptrs(&up[i], (void **)m, BURST);
	uint16_t k, sent;

	if (n > 0 && punt[i] != NULL)
		vd_punt_tx_burst(punt[i], m, (uint16_t)n);
	else
		rte_pktmbuf_free_bulk(m, n);
	if (punt[i] == NULL)
		return n > 0;
	k = vd_punt_rx_burst(punt[i], port[i]->pool, m, BURST);
	sent = vd_rt_port_tx_control(port[i], m, k);
	if (sent < k)
		rte_pktmbuf_free_bulk(&m[sent], k - sent);
	return n > 0 || k > 0;
}

/* How late control was, in ns. */
static uint32_t late[LATES];
static unsigned int n_late;

static bool
beat(vd_time now, vd_time *next)
{
	if (now < *next)
		return false;
	if (n_late < LATES)
		late[n_late++] = (uint32_t)VD_MIN(now - *next, UINT32_MAX);
	*next += BEAT * (1 + (now - *next) / BEAT);
	return true;
}

static int
control(void *arg)
{
	vd_time now, next;

	(void)arg;
	now = vd_rt_idle_attach(&control_idle);
	next = now + BEAT;
	while (!vd_rt_stopping(&stop)) {
		bool work = beat(now, &next);

		for (unsigned int i = 0; i < n_ports; i++)
			work |= control_turn(i);
		now = vd_rt_idle_turn(&control_idle, work, next);
	}
	vd_rt_idle_detach(&control_idle);
	return 0;
}

static void
on_signal(void *ctx, int signo)
{
	(void)ctx;
	(void)signo;
	vd_io_loop_stop(loop, 0);
}

static void
on_end(struct vd_io_timer *t)
{
	(void)t;
	vd_io_loop_stop(loop, 0);
}

static struct vd_io_timer second;

static void
on_second(struct vd_io_timer *t)
{
	vd_rt_clock_sync();
	for (unsigned int i = 0; i < n_ports; i++)
		vd_rt_port_link_poll(port[i]);
	vd_io_timer_set(loop, t, vd_io_loop_now(loop) + VD_SEC, on_second, NULL);
}

/* CPU time of every thread, from schedstat, in ns. */
static unsigned long long
cpu_time(bool print, vd_time over)
{
	DIR *d = opendir("/proc/self/task");
	unsigned long long sum = 0;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[300], name[32] = "?";
		unsigned long long ns = 0;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", e->d_name);
		f = fopen(path, "r");
		if (e->d_name[0] == '.' || f == NULL)
			continue;
		if (fscanf(f, "%llu", &ns) != 1)
			ns = 0;
		fclose(f);
		sum += ns;
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		f = fopen(path, "r");
		if (f != NULL && fscanf(f, "%31s", name) != 1)
			name[0] = '\0';
		if (f != NULL)
			fclose(f);
		if (print)
			printf("  %-16s %8.2f ms in all, %.2f s run\n", name, (double)ns / 1e6,
					(double)over / 1e9);
	}
	if (d != NULL)
		closedir(d);
	return sum;
}

/* On EAL's interrupt thread, or main's for drivers that have to be asked. */
static void
on_link(void *ctx)
{
	const struct vd_rt_port *p = ctx;
	bool link;

	(void)vd_rt_port_link_word(p, &link);
	printf("port %s: link %s at %lu, change %u\n", p->name, link ? "up" : "down",
			(unsigned long)vd_io_now(), vd_rt_port_link_changes(p));
	fflush(stdout);
}

static int
open_all(struct vd_strbuf *why)
{
	unsigned int want = dp->ports.n > PORTS ? PORTS : (unsigned int)dp->ports.n;
	int err = 0;

	vd_rt_pool_plan(dp, 1);
	for (unsigned int i = 0; i < want; i++) {
		struct vd_rt_port_config c = {
				.port = &dp->ports.v[i],
				.instance = "smoke",
				.n_workers = 1,
				.interrupts = dp->poll == VD_DATAPLANE_POLL_ADAPTIVE,
		};
		char name[32];

		port[i] = vd_rt_port_open(&c, &err, why);
		if (port[i] == NULL)
			return err;
		n_ports++;
		vd_rt_port_link_watch(port[i], on_link, port[i]);
		err = vd_rt_port_start(port[i], why);
		if (err != 0)
			return err;
		snprintf(name, sizeof(name), "up%u", i);
		err = vd_rt_ring_create(&up[i], name, 1024, sizeof(void *), port[i]->socket);
		if (err != 0)
			return err;
		vd_rt_idle_add_port(&worker_idle, port[i], 0);
		if (c.port->punt == NULL)
			continue;
		punt[i] = vd_punt_open(port[i], c.port, &err, why);
		if (punt[i] == NULL)
			return err;
		vd_rt_idle_add_fd(&control_idle, vd_punt_fd(punt[i]));
	}
	return 0;
}

static void
run(vd_time t0, double seconds)
{
	struct vd_io_timer end = {0};
	unsigned long long before;
	vd_time from;

	vd_rt_lcore_launch(vd_rt_lcore_control(), control, NULL);
	vd_rt_lcore_launch(vd_rt_lcore_worker(0), worker, NULL);
	printf("ready after %.1f ms, %s, %u MB\n", (double)(vd_io_now() - t0) / 1e6,
			vd_rt_eal_hugepages() ? "huge pages" : "no huge pages",
			vd_rt_eal_memory_mb());
	fflush(stdout);
	from = vd_io_now();
	before = cpu_time(false, 0);
	on_second(&second);
	if (seconds > 0)
		vd_io_timer_set(loop, &end, from + (vd_time)(seconds * 1e9), on_end, NULL);
	vd_io_loop_run(loop);
	printf("CPU %.2f %% of a core; clocks differ by %.0f ns\n",
			100.0 * (double)(cpu_time(true, vd_io_now() - from) - before) /
					(double)(vd_io_now() - from),
			(double)vd_rt_clock_now() - (double)vd_io_now());
	vd_rt_stop_set(&stop);
	vd_rt_idle_wake(&worker_idle);
	vd_rt_idle_wake(&control_idle);
	vd_rt_lcore_join(vd_rt_lcore_control());
	vd_rt_lcore_join(vd_rt_lcore_worker(0));
}

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
report_deadlines(void)
{
	if (n_late == 0)
		return;
	qsort(late, n_late, sizeof(late[0]), by_value);
	printf("late for %u deadlines: p50 %.1f us, p99 %.1f us, max %.1f us\n", n_late,
			(double)late[n_late / 2] / 1e3, (double)late[n_late * 99 / 100] / 1e3,
			(double)late[n_late - 1] / 1e3);
}

static void
report(void)
{
	const struct vd_rt_lcore *l;

	for (unsigned int i = 0; (l = vd_rt_lcore_get(i)) != NULL; i++)
		printf("lcore %u cpu %d %s: %lu turns, %.1f ms busy, %.1f ms idle, p99 %lu ns\n",
				l->id, l->cpu, vd_rt_role_name(l->role),
				(unsigned long)l->beat->loops, (double)l->beat->busy_ns / 1e6,
				(double)l->beat->idle_ns / 1e6,
				(unsigned long)vd_rt_beat_quantile(l->beat, NULL, 0.99));
	for (unsigned int i = 0; i < n_ports; i++) {
		struct vd_punt_stats s = {0};
		struct rte_eth_stats e = {0};
		struct vd_rt_port_link link;
		char mac[VD_MAC_STR];

		if (punt[i] != NULL)
			vd_punt_stats_get(punt[i], &s);
		vd_rt_port_stats(port[i], &e);
		vd_rt_port_link(port[i], &link);
		printf("port %s mac %s link %d: rx %lu tx %lu; tap: to %lu (lost %lu) from %lu; "
		       "ring full %lu\n",
				port[i]->name, vd_mac_format(&port[i]->mac, mac, sizeof(mac)),
				link.up, (unsigned long)e.ipackets, (unsigned long)e.opackets,
				(unsigned long)s.to_kernel, (unsigned long)s.to_kernel_dropped,
				(unsigned long)s.from_kernel,
				(unsigned long)vd_rt_ring_full(&up[i]));
	}
	printf("control slept %lu times, woken %lu; worker slept %lu times\n",
			(unsigned long)control_idle.sleeps, (unsigned long)control_idle.wakes,
			(unsigned long)worker_idle.sleeps);
	report_deadlines();
}

int
main(int argc, char **argv)
{
	struct vd_rt_eal_config eal = {.program = argv[0], .instance = "smoke", .max_workers = 1};
	struct vd_diag_list diags = {0};
	struct vd_strbuf text = {0}, why = {0};
	vd_time t0 = vd_io_now();
	int err;

	vd_io_signals_block();
	vd_io_log_open(VD_IO_LOG_STDERR, NULL, "smoke");
	if (argc < 2 || vd_io_file_read(argv[1], VD_IO_FILE_MAX, &text) != 0 ||
			vd_conf_dataplane_parse(argv[1], text.s, text.len, &dp, &diags) != 0) {
		vd_strbuf_reset(&why);
		vd_diag_list_format(&diags, &why);
		fprintf(stderr, "%s", why.s == NULL ? "no dataplane file\n" : why.s);
		return 5;
	}
	vd_log_set_level(dp->log.level);
	eal.dataplane = dp;
	eal.words_given = argc > 3;
	eal.words = &argv[3];
	eal.n_words = argc - 3;
	loop = vd_io_loop_create();
	vd_io_signals_watch(loop, on_signal, NULL);
	err = vd_rt_eal_start(&eal, &why);
	if (err != 0) {
		fprintf(stderr, "vipd: %s (%.0f ms)\n", why.s, (double)(vd_io_now() - t0) / 1e6);
		return err == -EINVAL ? 2 : 1;
	}
	vd_rt_idle_init(&worker_idle, vd_rt_lcore_worker(0), dp->poll == VD_DATAPLANE_POLL_BUSY,
			true);
	vd_rt_idle_init(&control_idle, vd_rt_lcore_control(), dp->poll == VD_DATAPLANE_POLL_BUSY,
			true);
	vd_rt_idle_set_pending(&control_idle, pending, NULL);
	err = open_all(&why);
	if (err == 0) {
		run(t0, argc > 2 ? atof(argv[2]) : 0);
		report();
	} else {
		fprintf(stderr, "vipd: %s (%.0f ms)\n", why.s, (double)(vd_io_now() - t0) / 1e6);
	}
	for (unsigned int i = 0; i < n_ports; i++) {
		vd_punt_close(punt[i]);
		vd_rt_port_close(port[i]);
		if (up[i].ring != NULL)
			vd_rt_ring_free(&up[i]);
	}
	vd_rt_idle_fini(&worker_idle);
	vd_rt_idle_fini(&control_idle);
	vd_rt_eal_stop();
	vd_io_loop_destroy(loop);
	vd_dataplane_free(dp);
	vd_strbuf_free(&text);
	vd_strbuf_free(&why);
	return err == 0 ? 0 : 1;
}
