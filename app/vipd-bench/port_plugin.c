/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What EAL loads: a thread that waits until a net_null port has queues and runs, and then puts the callbacks on.
 *
 * Frames have buffers of a pool of the port's own, on transparent huge pages: so they are the same in every program
 * that loads this, and cost the same whether it has huge pages or not. The device is to be given no-rx=1, and hands
 * out nothing itself: taking buffers in bulk and writing 32 bytes of each mbuf is cheaper than rewriting what net_null
 * prepared field by field.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>
#include <rte_version.h>

#include "bench_port.h"

#define POOL_SIZE    8191
#define POOL_CACHE   512
#define ROOM         (RTE_PKTMBUF_HEADROOM + 2048)
#define HUGE         ((size_t)2 << 20)
#define WAIT_NS      1000000
#define REPORT_NS    20000000
#define WARM_REPORTS 25 /* before times are counted */
#define NULL_FREE    24 /* net_null of later years reads what it frees */

__attribute__((visibility("default"))) struct bench_port vipd_bench_port;

static void
rest(long ns)
{
	struct timespec t = {.tv_nsec = ns};

	nanosleep(&t, NULL);
}

static void *
big(size_t bytes)
{
	size_t size = (bytes + 2 * HUGE - 1) & ~(HUGE - 1);
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	p = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
	(void)madvise(p, size - HUGE, MADV_HUGEPAGE);
	return p;
}

/* ---- buffers ---- */

static void
buffer_init(struct rte_mempool *pool, void *arg, void *obj, unsigned int i)
{
	struct rte_mbuf *m = obj;

	rte_pktmbuf_init(pool, arg, obj, i);
	bench_payload_fill(rte_pktmbuf_mtod(m, uint8_t *), 0, BENCH_FRAME_MAX);
}

static int
pool_create(struct bench_port *p)
{
	struct rte_pktmbuf_pool_private room = {.mbuf_data_room_size = ROOM};
	unsigned int object = sizeof(struct rte_mbuf) + ROOM;
	size_t bytes = (size_t)POOL_SIZE * (object + 256);
	void *memory = big(bytes);

	if (memory == NULL)
		return -ENOMEM;
	p->pool = rte_mempool_create_empty("vipd_bench", POOL_SIZE, object, POOL_CACHE,
			sizeof(room), rte_eth_dev_socket_id(p->id), RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (p->pool == NULL ||
			rte_mempool_set_ops_byname(p->pool, rte_mbuf_best_mempool_ops(), NULL) != 0)
		return -ENOMEM;
	rte_pktmbuf_pool_init(p->pool, &room);
	if (rte_mempool_populate_virt(p->pool, memory, bytes, HUGE, NULL, NULL) < POOL_SIZE)
		return -ENOMEM;
	rte_mempool_obj_iter(p->pool, buffer_init, NULL);
	return 0;
}

/* ---- tables ---- */

/* Sources for a director that is not there: programs that only forward get the same mixture of frames. */
static void
entries_guess(struct bench_port *p)
{
	for (uint32_t i = 0; i < p->params.flows; i++) {
		uint64_t r = bench_draw(p->params.seed + i);

		p->entry[i] = bench_entry_make((uint16_t)(r | 1), (r >> 16) % p->params.locals,
				(r >> 32) % p->params.servers);
	}
}

static int
tables_create(struct bench_port *p)
{
	uint32_t n = p->params.flows;

	p->entry = big((size_t)n * sizeof(*p->entry));
	if (p->entry == NULL)
		return -ENOMEM;
	/* All of it is in memory before anyone measures how much that is. */
	memset(p->entry, 0, (size_t)n * sizeof(*p->entry));
	if (p->params.mode == BENCH_MODE_RUN)
		entries_guess(p);
	if (p->n_queues > 1) {
		p->by = big(n);
		if (p->by == NULL)
			return -ENOMEM;
		memset(p->by, 0, n);
	}
	p->slot = big((size_t)n * sizeof(*p->slot));
	if (p->slot == NULL)
		return -ENOMEM;
	memset(p->slot, 0xff, (size_t)n * sizeof(*p->slot));
	return 0;
}

static struct bench_queue *
queue_create(struct bench_port *p, uint16_t i)
{
	struct bench_queue *q = aligned_alloc(VD_CACHE_LINE, sizeof(*q));
	uint64_t n = p->params.flows;

	if (q == NULL)
		return NULL;
	memset(q, 0, sizeof(*q));
	for (int k = 0; k < BENCH_TIMES_N; k++) {
		q->times[k] = calloc(BENCH_TIMES_BUCKETS, sizeof(*q->times[k]));
		if (q->times[k] == NULL)
			return NULL;
	}
	q->owner = p;
	q->index = (uint8_t)i;
	q->lcore = LCORE_ID_ANY;
	q->first = (uint32_t)(n * i / p->n_queues);
	q->n = (uint32_t)(n * (i + 1u) / p->n_queues) - q->first;
	q->draws = bench_draw(p->params.seed * BENCH_QUEUES_MAX + i);
	/* Queues count connections' flows in ranges of their own. */
	q->next_flow = (uint32_t)(((uint64_t)i << 29) / p->n_queues);
	return q;
}

/* ---- callbacks ---- */

static bool
port_ready(uint16_t id, struct rte_eth_dev_info *info)
{
	struct rte_eth_link link = {0};

	return rte_eth_dev_is_valid_port(id) && rte_eth_dev_info_get(id, info) == 0 &&
			strcmp(info->driver_name, "net_null") == 0 && info->nb_rx_queues > 0 &&
			rte_eth_link_get_nowait(id, &link) == 0 &&
			link.link_status == RTE_ETH_LINK_UP;
}

static void
port_wait(struct bench_port *p, struct rte_eth_dev_info *info)
{
	for (;;) {
		for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
			if (port_ready(id, info)) {
				p->id = id;
				return;
			}
		}
		rest(WAIT_NS);
	}
}

static int
attach(struct bench_port *p, const struct rte_eth_dev_info *info)
{
	int err;

	p->n_queues = (uint16_t)VD_MIN(info->nb_rx_queues, BENCH_QUEUES_MAX);
	p->bulk_free = rte_version_year() < NULL_FREE;
	bench_frames_init(&p->frames, &p->params, p->id);
	p->ns_counts = (double)rte_get_tsc_hz() / 1e9;
	p->patience = rte_get_tsc_hz() / 1000 * p->params.patience;
	err = bench_pace_init(p) == 0 ? pool_create(p) : -ENOSPC;
	if (err == 0)
		err = tables_create(p);
	for (uint16_t i = 0; i < p->n_queues && err == 0; i++) {
		p->queue[i] = queue_create(p, i);
		if (p->queue[i] == NULL)
			err = -ENOMEM;
	}
	for (uint16_t i = 0; i < p->n_queues && err == 0; i++)
		if (rte_eth_add_rx_callback(p->id, i, bench_source, p->queue[i]) == NULL ||
				(i < info->nb_tx_queues &&
						rte_eth_add_tx_callback(p->id, i, bench_sink,
								p->queue[i]) == NULL))
			err = -ENOMEM;
	return err;
}

static uint64_t
handed_out(const struct bench_port *p)
{
	uint64_t n = 0;

	for (uint16_t i = 0; i < p->n_queues; i++)
		n += vd_load_relaxed(&p->queue[i]->packets);
	return n;
}

static void
report_latency(const struct bench_port *p, FILE *f)
{
	static const double shares[] = {0.5, 0.99, 0.999, 1};
	static uint64_t first[BENCH_TIMES_BUCKETS];
	static unsigned int reports;
	uint64_t now[BENCH_TIMES_BUCKETS];

	bench_times_read(p, BENCH_TIMES_LATE, now);
	if (handed_out(p) == 0 || reports < WARM_REPORTS) {
		reports += handed_out(p) != 0;
		memcpy(first, now, sizeof(first));
	}
	for (unsigned int i = 0; i < VD_ARRAY_LEN(shares); i++)
		fprintf(f, " %.0f", bench_times_quantile(now, first, shares[i]));
}

static void
report(const struct bench_port *p, FILE *f)
{
	fprintf(f, "%" PRIu64 " %" PRIu64, bench_cpu_ns(p), handed_out(p));
	if (p->params.rate != 0)
		report_latency(p, f);
	fprintf(f, "\n");
	fflush(f);
}

/* What nobody tells the port to do, it does by itself. */
static void
lead(struct bench_port *p)
{
	enum bench_phase phase = BENCH_PHASE_IDLE;

	bench_pace_set(p, p->params.rate, false);
	if (p->params.mode == BENCH_MODE_RUN)
		vd_store_relaxed(&p->phase, (uint32_t)BENCH_PHASE_RUN);
	if (p->params.mode == BENCH_MODE_CONNECTIONS)
		vd_store_relaxed(&p->phase, (uint32_t)BENCH_PHASE_CONNECTIONS);
	while (p->params.mode == BENCH_MODE_LEARN && phase != BENCH_PHASE_RUN) {
		phase = bench_phase_next(&p->params, phase);
		vd_store_relaxed(&p->phase, (uint32_t)phase);
		while (phase != BENCH_PHASE_RUN && !bench_phase_done(p, phase))
			rest(WAIT_NS);
	}
}

static void *
thread(void *arg)
{
	struct bench_port *p = arg;
	struct rte_eth_dev_info info;
	FILE *f = NULL;
	int err;

	port_wait(p, &info);
	err = attach(p, &info);
	if (err != 0) {
		snprintf(p->error, sizeof(p->error), "no memory for %u flows", p->params.flows);
		fprintf(stderr, "vipd-bench port: %s\n", p->error);
	}
	vd_store_release(&p->attached, err == 0 ? 1 : 2);
	if (err != 0)
		return NULL;
	lead(p);
	if (p->params.report[0] != '\0')
		f = fopen(p->params.report, "w");
	if (f == NULL)
		return NULL;
	for (;;) {
		report(p, f);
		rest(REPORT_NS);
	}
}

static void __attribute__((constructor)) load(void)
{
	struct bench_port *p = &vipd_bench_port;
	const char *text = getenv(BENCH_ENV);
	struct vd_strbuf why = {0};
	pthread_t t;

	if (bench_params_parse(text == NULL ? "" : text, &p->params, &why) != 0) {
		fprintf(stderr, BENCH_ENV ": %s\n", why.s);
		exit(EXIT_FAILURE);
	}
	vd_strbuf_free(&why);
	if (pthread_create(&t, NULL, thread, p) == 0)
		pthread_detach(t);
}
