/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What a verdict costs a worker: the event, posted and handled, and the next choice of a server after it; for services of
 * ten and of ten thousand servers. Medians, nanoseconds. Then the same while all servers but two are down, where the
 * first choice after one more came up may look at all of them, and no other.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>

#include "vd_dp.h"
#include "vd_hash.h"
#include "vd_neigh.h"

#define EVENTS  64 /* of a turn at most */
#define BATCHES 1001
#define PICKS   20001
#define NOW     (1000 * VD_SEC)

static const uint32_t sizes[] = {10, 10000};

struct bench {
	struct vd_lb_registry *registry;
	struct vd_lb_snapshot *snapshot;
	const struct vd_lb_service *service;
	struct vd_neigh *neigh;
	struct vd_dp_worker *worker;
	struct vd_lb_worker *lb;
	struct vd_rng rng;
	uint32_t n;
};

static double samples[PICKS];

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(unsigned int n)
{
	qsort(samples, n, sizeof(samples[0]), by_value);
	return samples[n / 2];
}

static double
ns(uint64_t cycles)
{
	return (double)cycles * 1e9 / (double)rte_get_tsc_hz();
}

/* What reading the clock twice costs. */
static double
clock_cost(void)
{
	for (unsigned int i = 0; i < PICKS; i++) {
		uint64_t start = rte_rdtsc_precise();

		samples[i] = ns(rte_rdtsc_precise() - start);
	}
	return median(PICKS);
}

static void
service_build(struct bench *b, enum vd_scheduler scheduler)
{
	struct vd_lb_server_spec *servers = vd_xcalloc(b->n, sizeof(*servers));
	struct vd_lb_listener listener = {.port = 80, .protocol = VD_PROTOCOL_TCP};
	struct vd_lb_service_spec service = {
			.listeners = &listener,
			.n_listeners = 1,
			.servers = servers,
			.n_servers = b->n,
			.protocol = VD_PROTOCOL_TCP,
			.scheduler = (uint8_t)scheduler,
			.lease = VD_LB_LEASE_ALWAYS,
			.laddr_pool = VD_LB_NONE,
	};
	const struct vd_lb_spec spec = {.services = &service, .n_services = 1, .seed = 1};
	int err = 0;

	listener.addr = vd_addr_from_v4(0x0100000a);
	for (uint32_t i = 0; i < b->n; i++) {
		servers[i].addr = vd_addr_from_v4((uint32_t)(__builtin_bswap32(0x0a010000 + i)));
		servers[i].port = 80;
		servers[i].weight = 1 + i % 7;
	}
	b->registry = vd_lb_registry_create();
	b->snapshot = vd_lb_snapshot_build(&spec, b->registry, &vd_alloc_libc, &err, NULL);
	if (b->snapshot == NULL) {
		fprintf(stderr, "snapshot: %d\n", err);
		exit(1);
	}
	b->service = vd_lb_service_at(b->snapshot, 0);
	free(servers);
}

static void
bench_open(struct bench *b, enum vd_scheduler scheduler, uint32_t n)
{
	struct vd_neigh_params params = {.slots = 64, .seed = 1};
	struct vd_dp_worker_config c = {
			.socket = -1, .alloc = &vd_alloc_libc, .seed = 1, .connections = 16};
	union {
		const struct vd_lb_worker *c;
		struct vd_lb_worker *p;
	} lb;

	*b = (struct bench){.rng = {42}, .n = n};
	service_build(b, scheduler);
	b->neigh = vd_neigh_create(&params, &vd_alloc_libc);
	c.neigh = vd_neigh_table(b->neigh);
	c.snapshot = b->snapshot;
	c.snapshot_sequence = 1;
	c.service_limit = vd_lb_registry_limit(b->registry, VD_LB_KIND_SERVICE);
	c.server_limit = vd_lb_registry_limit(b->registry, VD_LB_KIND_SERVER);
	b->worker = vd_dp_worker_create(&c);
	if (b->worker == NULL) {
		perror("worker");
		exit(1);
	}
	/* One thread: what the worker's graph would do with it is done here. */
	lb.c = vd_dp_worker_lb(b->worker);
	b->lb = lb.p;
	for (uint32_t i = 0; i < n / 256 + 2; i++)
		vd_dp_worker_poll(b->worker, NOW);
}

static void
bench_close(struct bench *b)
{
	vd_dp_worker_destroy(b->worker);
	vd_neigh_destroy(b->neigh);
	vd_lb_snapshot_free(b->snapshot);
	vd_lb_registry_destroy(b->registry);
}

static void
post(struct bench *b, uint32_t server, uint32_t flags)
{
	struct vd_dp_event e = {.type = VD_DP_EVENT_SERVER};

	e.server.id = b->service->servers[server].id;
	e.server.gen = b->service->servers[server].gen;
	e.server.flags = flags;
	if (vd_dp_worker_post(b->worker, &e) != 0)
		abort();
}

static void
told(struct bench *b, uint32_t server, uint32_t flags)
{
	post(b, server, flags);
	vd_dp_worker_poll(b->worker, NOW);
}

static double
pick(struct bench *b)
{
	struct vd_lb_client client = {vd_addr_from_v4((uint32_t)vd_rng_next(&b->rng)), 1};
	uint64_t start = rte_rdtsc_precise();
	const struct vd_lb_server *s = vd_lb_schedule(b->lb, b->service, &client, NULL);
	uint64_t end = rte_rdtsc_precise();

	if (s == NULL)
		abort();
	return ns(end - start);
}

/* A turn with as many events as it takes, less one without, by event. */
static double
event_cost(struct bench *b)
{
	double idle;

	for (unsigned int i = 0; i < BATCHES; i++) {
		uint64_t start = rte_rdtsc_precise();

		vd_dp_worker_poll(b->worker, NOW);
		samples[i] = ns(rte_rdtsc_precise() - start);
	}
	idle = median(BATCHES);
	for (unsigned int i = 0; i < BATCHES; i++) {
		uint32_t server[EVENTS];
		uint64_t start;

		for (unsigned int k = 0; k < EVENTS; k++)
			server[k] = vd_rng_below(&b->rng, b->n);
		start = rte_rdtsc_precise();
		for (unsigned int k = 0; k < EVENTS; k++)
			post(b, server[k], i % 2 == 0 ? VD_LB_SERVER_DOWN : 0);
		vd_dp_worker_poll(b->worker, NOW);
		samples[i] = (ns(rte_rdtsc_precise() - start) - idle) / EVENTS;
	}
	for (uint32_t i = 0; i < b->n; i++)
		told(b, i, 0);
	return median(BATCHES);
}

/* The pick after every event, or, every other time, the one after that. */
static double
pick_cost(struct bench *b, bool event)
{
	for (uint32_t i = 0; i < 2 * b->n; i++)
		(void)pick(b);
	for (unsigned int i = 0; i < PICKS; i++) {
		uint32_t server = vd_rng_below(&b->rng, b->n);

		if (event)
			told(b, server, VD_LB_SERVER_DOWN);
		samples[i] = pick(b);
		if (event)
			told(b, server, 0);
	}
	return median(PICKS);
}

/* All but two are down; a third comes and goes. first: the pick after it came; else the third one after that. */
static double
last_ones(struct bench *b, bool first)
{
	for (uint32_t i = 2; i < b->n; i++)
		told(b, i, VD_LB_SERVER_DOWN);
	for (unsigned int i = 0; i < BATCHES; i++) {
		uint32_t server = 2 + vd_rng_below(&b->rng, b->n - 2);

		told(b, server, 0);
		samples[i] = pick(b);
		for (unsigned int k = 0; k < 3 && !first; k++)
			samples[i] = pick(b);
		told(b, server, VD_LB_SERVER_DOWN);
	}
	return median(BATCHES);
}

struct figures {
	double event, next, other, first, later;
};

static void
run(enum vd_scheduler scheduler, double clock)
{
	struct figures f[2];
	const char *word = vd_scheduler_word(scheduler);

	for (unsigned int i = 0; i < 2; i++) {
		struct bench b;

		bench_open(&b, scheduler, sizes[i]);
		f[i].event = event_cost(&b);
		f[i].other = pick_cost(&b, false) - clock;
		f[i].next = pick_cost(&b, true) - clock;
		f[i].first = last_ones(&b, true) - clock;
		f[i].later = last_ones(&b, false) - clock;
		bench_close(&b);
		printf("%-4s %6u servers: event %7.1f   next pick %7.1f (others %7.1f)   two left: "
		       "first pick %9.1f, later %7.1f\n",
				word, sizes[i], f[i].event, f[i].next, f[i].other, f[i].first,
				f[i].later);
	}
	printf("%-4s          ratio: event %7.2f   next pick %7.2f\n", word,
			f[1].event / f[0].event, f[1].next / f[0].next);
}

int
main(int argc, char **argv)
{
	static const enum vd_scheduler all[] = {
			VD_SCHEDULER_RR, VD_SCHEDULER_WRR, VD_SCHEDULER_WLC, VD_SCHEDULER_MH};
	char prefix[64], dir[256];
	char *args[] = {argv[0], "--no-huge", "-m", "64", "--no-shconf", "--no-pci",
			"--no-telemetry", "--log-level=error", "--lcores=0@0", "--iova-mode=va",
			prefix, NULL};
	double clock;

	snprintf(prefix, sizeof(prefix), "--file-prefix=vd_bench_%d", getpid());
	(void)argc;
	if (rte_eal_init(VD_ARRAY_LEN(args) - 1, args) < 0) {
		fprintf(stderr, "EAL does not start\n");
		return 1;
	}
	clock = clock_cost();
	for (unsigned int i = 0; i < VD_ARRAY_LEN(all); i++)
		run(all[i], clock);
	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	(void)rmdir(dir); /* EAL leaves it, empty */
	return 0;
}
