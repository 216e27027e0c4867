/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "golden.h"

/* Ports, the worker, and the control loop that stands in for ctl. */

#define RING       2048
#define QUEUE      4096
#define POOL       16383
#define TURN       (10 * VD_USEC)
#define TURNS_MOST 400
#define REPORTS    64

struct queue {
	struct g_frame *v;
	uint32_t head, n;
};

struct vd_dp_worker *g_worker, *g_workers[G_WORKERS];
unsigned int g_n_workers, g_woken[G_WORKERS];
vd_time g_now = 1000 * VD_SEC;
struct vd_neigh *g_neigh;
bool g_silent;
unsigned int g_wakes;

static struct rte_mempool *pool;
static struct rte_ring *rx_ring[G_PORTS][G_WORKERS], *tx_ring[G_PORTS][G_WORKERS];
static uint16_t port_id[G_PORTS];
static struct queue left[G_PORTS];
static struct vd_pkt_arp_msg last_reply;
static struct vd_dp_report reported[REPORTS];
static unsigned int n_reported, reports_taken;
static uint64_t drops_before[VD_DROP_N];

/* ---- frames in and out ---- */

void
g_put_on(uint8_t port, uint8_t queue, const void *frame, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	if (m == NULL) {
		CU_FAIL_FATAL("no mbuf");
		return;
	}
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	if (rte_ring_enqueue(rx_ring[port][queue], m) != 0)
		rte_pktmbuf_free(m);
}

void
g_put(uint8_t port, const void *frame, uint16_t len)
{
	g_put_on(port, 0, frame, len);
}

/* A host of the scene hears a frame; true if it was a question to it, which it answers. */
static bool
host_answers(uint8_t port, const struct g_frame *f)
{
	uint8_t reply[VD_PKT_ND_FRAME + VD_PKT_ARP_FRAME];
	const struct vd_pkt_eth *eth = (const struct vd_pkt_eth *)f->data;
	struct vd_pkt_arp_msg arp;
	struct vd_pkt_nd_msg nd;
	struct vd_mac mac;
	size_t len;

	if (vd_pkt_arp_parse(f->data, f->len, &arp) == VD_PKT_OK) {
		if (arp.op != VD_PKT_ARP_REQUEST) {
			last_reply = arp;
			return true;
		}
		if (g_is_ours(&arp.target))
			return true;
		mac = g_host_mac(&arp.target);
		len = vd_pkt_arp_reply(reply, &mac, &arp.target, &arp.sender_mac, &arp.sender);
	} else if (vd_pkt_nd_parse(f->data, f->len, &nd) == VD_PKT_OK) {
		if (nd.type != VD_PKT_ICMP6_NS || g_is_ours(&nd.target))
			return true;
		mac = g_host_mac(&nd.target);
		len = vd_pkt_nd_advertise(reply, &mac, &nd.target, &nd.target,
				VD_PKT_NA_SOLICITED | VD_PKT_NA_OVERRIDE, &nd.src, &nd.eth_src);
	} else {
		return false;
	}
	if (g_silent)
		return true;
	if (eth->type_be == vd_pkt_swap16(VD_PKT_ETHERTYPE_VLAN)) {
		memmove(reply + 16, reply + 12, len - 12);
		memcpy(reply + 12, f->data + 12, 4);
		len += 4;
	}
	g_put(port, reply, (uint16_t)len);
	return true;
}

static uint32_t
collect(uint8_t port, uint8_t queue)
{
	struct rte_mbuf *m;
	struct g_frame f;
	uint32_t n = 0;

	while (rte_ring_dequeue(tx_ring[port][queue], (void **)&m) == 0) {
		n++;
		f.queue = queue;
		f.len = m->data_len;
		memcpy(f.data, rte_pktmbuf_mtod(m, void *), m->data_len);
		rte_pktmbuf_free(m);
		if (!host_answers(port, &f) && left[port].n < QUEUE)
			left[port].v[(left[port].head + left[port].n++) % QUEUE] = f;
	}
	return n;
}

bool
g_get(uint8_t port, struct g_frame *f)
{
	struct queue *q = &left[port];

	if (q->n == 0)
		return false;
	*f = q->v[q->head];
	q->head = (q->head + 1) % QUEUE;
	q->n--;
	return true;
}

bool
g_idle(void)
{
	for (uint8_t p = 0; p < G_PORTS; p++)
		if (left[p].n > 0) {
			fprintf(stderr, "      %u frames not expected on port %u\n", left[p].n, p);
			return false;
		}
	return true;
}

int
g_up(enum vd_dp_up which, struct g_frame *f)
{
	struct rte_mbuf *m;
	unsigned int w = 0;
	int ifid;

	while (w < g_n_workers && vd_dp_worker_up(g_workers[w], which, &m, 1) == 0)
		w++;
	if (w == g_n_workers)
		return -1;
	ifid = vd_dp_mbuf_ifid(m);
	if (f != NULL) {
		f->len = m->data_len;
		memcpy(f->data, rte_pktmbuf_mtod(m, void *), m->data_len);
	}
	rte_pktmbuf_free(m);
	return ifid;
}

bool
g_server_report(struct vd_dp_report *r)
{
	if (reports_taken == n_reported)
		return false;
	*r = reported[reports_taken++ % REPORTS];
	return true;
}

bool
g_last_arp_reply(struct vd_pkt_arp_msg *msg)
{
	*msg = last_reply;
	memset(&last_reply, 0, sizeof(last_reply));
	return msg->op == VD_PKT_ARP_REPLY;
}

void
g_mbuf_free(struct rte_mbuf *m)
{
	rte_pktmbuf_free(m);
}

/* ---- the control loop ---- */

static void
act_send(const struct vd_neigh_action *a)
{
	static const uint8_t port_of_if[] = {0, 1, 0};
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint8_t *p;

	if (m == NULL)
		return;
	p = (uint8_t *)rte_pktmbuf_append(m, a->len);
	memcpy(p, a->frame, a->len);
	m->port = port_id[port_of_if[a->ifid]];
	if (a->ifid == 2) {
		uint16_t tag[2] = {vd_pkt_swap16(VD_PKT_ETHERTYPE_VLAN), vd_pkt_swap16(100)};

		rte_pktmbuf_append(m, 4);
		memmove(p + 16, p + 12, a->len - 12);
		memcpy(p + 12, tag, sizeof(tag));
	}
	if (vd_dp_worker_inject(g_worker, &m, 1) != 1)
		rte_pktmbuf_free(m);
}

static void
act(struct vd_neigh_actions *acts)
{
	for (uint32_t i = 0; i < acts->n; i++) {
		const struct vd_neigh_action *a = &acts->v[i];
		struct vd_dp_event e = {.neigh = {a->addr, (uint16_t)a->ifid}};

		if (a->kind == VD_NEIGH_ACT_SEND)
			act_send(a);
		if (a->kind == VD_NEIGH_ACT_RESOLVED || a->kind == VD_NEIGH_ACT_FAILED) {
			e.type = a->kind == VD_NEIGH_ACT_RESOLVED ? VD_DP_EVENT_NEIGH_RESOLVED
								  : VD_DP_EVENT_NEIGH_FAILED;
			for (unsigned int w = 0; w < g_n_workers; w++)
				vd_dp_worker_post(g_workers[w], &e);
		}
	}
	acts->n = 0;
}

static uint32_t
heard(struct vd_dp_worker *w)
{
	static struct vd_neigh_action v[64];
	struct vd_neigh_actions acts = {v, 0, VD_ARRAY_LEN(v)};
	struct vd_dp_report r;
	struct rte_mbuf *m;
	uint32_t n = 0;

	while (vd_dp_worker_up(w, VD_DP_UP_NEIGH, &m, 1) == 1) {
		vd_neigh_rx(g_neigh, vd_dp_mbuf_ifid(m), rte_pktmbuf_mtod(m, void *), m->data_len,
				g_now, &acts);
		rte_pktmbuf_free(m);
		act(&acts);
		n++;
	}
	while (vd_dp_worker_reports(w, &r, 1) == 1) {
		if (r.type == VD_DP_REPORT_RESOLVE)
			vd_neigh_resolve(g_neigh, r.ifid, &r.addr, g_now, &acts);
		else if (r.type == VD_DP_REPORT_SERVER)
			reported[n_reported++ % REPORTS] = r;
		else
			vd_neigh_used(g_neigh, r.index, r.gen, g_now, &acts);
		act(&acts);
		n++;
	}
	return n;
}

static uint32_t
control(void)
{
	static struct vd_neigh_action v[64];
	struct vd_neigh_actions acts = {v, 0, VD_ARRAY_LEN(v)};
	uint32_t n = 0;

	for (unsigned int w = 0; w < g_n_workers; w++)
		n += heard(g_workers[w]);
	if (vd_neigh_next(g_neigh) <= g_now) {
		vd_neigh_tick(g_neigh, g_now, &acts);
		n += acts.n;
		act(&acts);
	}
	return n;
}

static uint32_t
turn(void)
{
	uint32_t n = 0;

	for (unsigned int w = 0; w < g_n_workers; w++)
		n += vd_dp_worker_poll(g_workers[w], g_now);
	n += control();
	for (uint8_t p = 0; p < G_PORTS; p++)
		for (uint8_t q = 0; q < G_WORKERS; q++)
			n += collect(p, q);
	g_now += TURN;
	return n;
}

void
g_turn_one(unsigned int worker)
{
	(void)vd_dp_worker_poll(g_workers[worker], g_now);
	g_now += TURN;
}

void
g_run(void)
{
	unsigned int idle = 0;

	for (unsigned int i = 0; i < TURNS_MOST && idle < 3; i++)
		idle = turn() == 0 ? idle + 1 : 0;
}

void
g_advance(vd_time by)
{
	vd_time end = g_now + by, step = VD_MAX(by / 200, TURN);

	while (g_now < end) {
		g_now += step;
		turn();
	}
	g_run();
}

/* ---- drops ---- */

uint64_t
g_drops(enum vd_drop reason)
{
	uint64_t n = 0;

	for (unsigned int w = 0; w < g_n_workers; w++)
		n += vd_dp_worker_counters(g_workers[w])->drops[reason];
	return n;
}

uint64_t
g_drops_total(void)
{
	uint64_t n = 0;

	for (int i = 0; i < VD_DROP_N; i++)
		n += g_drops((enum vd_drop)i);
	return n;
}

bool
g_dropped(enum vd_drop reason)
{
	bool ok = true;

	for (int i = 0; i < VD_DROP_N; i++) {
		uint64_t n = g_drops((enum vd_drop)i) - drops_before[i];

		if (n != (i == (int)reason)) {
			fprintf(stderr, "      drops: %s is %lu more, expected %d\n",
					vd_drop_name((enum vd_drop)i), n, i == (int)reason);
			ok = false;
		}
		drops_before[i] = g_drops((enum vd_drop)i);
	}
	return ok;
}

/* ---- events ---- */

void
g_post(const struct vd_dp_event *e)
{
	for (unsigned int w = 0; w < g_n_workers; w++)
		CU_ASSERT_EQUAL(vd_dp_worker_post(g_workers[w], e), 0);
	turn();
}

void
g_lease(uint32_t index, vd_time until)
{
	struct vd_dp_event e = {.type = VD_DP_EVENT_LEASE, .lease = {index, until}};

	g_post(&e);
	vd_neigh_lease_set(g_neigh, (uint16_t)index, until > g_now);
}

uint64_t
g_conns(void)
{
	uint64_t n = 0;

	for (unsigned int w = 0; w < g_n_workers; w++)
		n += vd_dp_worker_conns(g_workers[w])->live;
	return n;
}

/* ---- start and stop ---- */

static int
rings_create(uint8_t p, unsigned int q)
{
	char name[32];

	snprintf(name, sizeof(name), "golden_rx%u_%u", p, q);
	rx_ring[p][q] = rte_ring_create(name, RING, -1, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "golden_tx%u_%u", p, q);
	tx_ring[p][q] = rte_ring_create(name, RING, -1, RING_F_SP_ENQ | RING_F_SC_DEQ);
	return rx_ring[p][q] == NULL || tx_ring[p][q] == NULL ? -1 : 0;
}

static int
ports_open(void)
{
	struct rte_eth_conf conf;

	memset(&conf, 0, sizeof(conf));
	for (uint8_t p = 0; p < G_PORTS; p++) {
		char name[32];
		int id;

		for (unsigned int q = 0; q < G_WORKERS; q++)
			if (rings_create(p, q) != 0)
				return -1;
		snprintf(name, sizeof(name), "golden%u", p);
		id = rte_eth_from_rings(name, rx_ring[p], G_WORKERS, tx_ring[p], G_WORKERS, 0);
		if (id < 0 || rte_eth_dev_configure((uint16_t)id, G_WORKERS, G_WORKERS, &conf) != 0)
			return -1;
		for (uint16_t q = 0; q < G_WORKERS; q++)
			if (rte_eth_rx_queue_setup((uint16_t)id, q, 0, 0, NULL, pool) != 0 ||
					rte_eth_tx_queue_setup((uint16_t)id, q, 0, 0, NULL) != 0)
				return -1;
		if (rte_eth_dev_start((uint16_t)id) != 0)
			return -1;
		port_id[p] = (uint16_t)id;
		left[p].v = vd_xcalloc(QUEUE, sizeof(*left[p].v));
	}
	return port_id[0] == 0 && port_id[1] == 1 ? 0 : -1;
}

static void
drain(void)
{
	struct rte_mbuf *m;

	for (uint8_t p = 0; p < G_PORTS; p++) {
		for (unsigned int q = 0; q < G_WORKERS; q++) {
			while (rte_ring_dequeue(tx_ring[p][q], (void **)&m) == 0)
				rte_pktmbuf_free(m);
			while (rte_ring_dequeue(rx_ring[p][q], (void **)&m) == 0)
				rte_pktmbuf_free(m);
		}
		left[p].n = 0;
	}
}

static void
woken(void *ctx)
{
	(*(unsigned int *)ctx)++;
}

static void
worker_woken(void *ctx, uint16_t worker)
{
	((unsigned int *)ctx)[worker]++;
}

/* Worker i has queue i of each port, if the port has so many. */
static void
worker_config(struct vd_dp_worker_config *c, const struct g_options *o, uint16_t i)
{
	c->index = i;
	c->workers = (uint16_t)g_n_workers;
	for (uint16_t p = 0; p < VD_DP_PORT_MAX; p++)
		c->txq[p] = VD_DP_TX_NONE;
	for (uint16_t p = 0; p < G_PORTS; p++) {
		uint16_t queues = (uint16_t)(o->queues[p] == 0 ? g_n_workers : o->queues[p]);

		c->tx_via[port_id[p]] = (uint16_t)(i % queues + 1);
		if (i >= queues)
			continue;
		c->txq[port_id[p]] = i;
		c->rxq[c->n_rxq++] = (struct vd_dp_rxq){port_id[p], i};
	}
	c->wake = woken;
	c->wake_ctx = &g_wakes;
	c->wake_worker = worker_woken;
	c->wake_worker_ctx = g_woken;
	if (o->configure != NULL)
		o->configure(c);
}

void
g_worker_open(const struct vd_dp_worker_config *c, const struct g_options *o)
{
	g_n_workers = o->workers == 0 ? 1 : o->workers;
	g_wakes = 0;
	memset(g_woken, 0, sizeof(g_woken));
	n_reported = reports_taken = 0;
	memset(drops_before, 0, sizeof(drops_before));
	for (uint16_t i = 0; i < g_n_workers; i++) {
		struct vd_dp_worker_config full = *c;

		worker_config(&full, o, i);
		g_workers[i] = vd_dp_worker_create(&full);
		CU_ASSERT_PTR_NOT_NULL_FATAL(g_workers[i]);
	}
	g_worker = g_workers[0];
	CU_ASSERT_EQUAL(vd_dp_workers_connect(g_workers, (uint16_t)g_n_workers), 0);
}

void
g_worker_close(void)
{
	for (unsigned int i = 0; i < g_n_workers; i++) {
		CU_ASSERT_EQUAL(vd_conn_table_check(vd_dp_worker_conns(g_workers[i])), 0);
		vd_dp_worker_destroy(g_workers[i]);
		g_workers[i] = NULL;
	}
	g_worker = NULL;
	drain();
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

int
g_main(int argc, char **argv, const char *suite, const struct vd_test *tests, size_t n)
{
	char prefix[64], dir[256];
	char *args[] = {argv[0], "--no-huge", "-m", "256", "--no-shconf", "--no-pci",
			"--no-telemetry", "--log-level=error", "--lcores=0@0", "--iova-mode=va",
			prefix, NULL};
	int rc;

	snprintf(prefix, sizeof(prefix), "--file-prefix=vd_golden_%d", getpid());
	(void)argc;
	if (rte_eal_init(VD_ARRAY_LEN(args) - 1, args) < 0) {
		fprintf(stderr, "EAL: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	pool = rte_pktmbuf_pool_create("golden", POOL, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, -1);
	if (pool == NULL || ports_open() != 0) {
		fprintf(stderr, "no ports\n");
		return 1;
	}
	rc = vd_test_main(suite, tests, n);
	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	(void)rmdir(dir); /* EAL leaves it, empty */
	return rc;
}
