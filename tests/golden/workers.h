/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WORKERS_H
#define WORKERS_H

/* What the tests of several workers share. */

#include "golden.h"

#define SYN     VD_PKT_TCP_SYN
#define ACK     VD_PKT_TCP_ACK
#define RST     VD_PKT_TCP_RST

#define WORKERS 3

static inline uint64_t
handed_out(void)
{
	uint64_t n = 0;

	for (unsigned int w = 0; w < g_n_workers; w++)
		n += vd_dp_worker_counters(g_workers[w])->handed_out;
	return n;
}

static inline uint64_t
handed_in(void)
{
	uint64_t n = 0;

	for (unsigned int w = 0; w < g_n_workers; w++)
		n += vd_dp_worker_counters(g_workers[w])->handed_in;
	return n;
}

/* The same whoever is asked. */
static inline uint8_t
owner(const struct g_packet *p)
{
	struct vd_endpoint src = {p->src, p->sport}, dst = {p->dst, p->dport};
	uint8_t proto = p->proto == 0 ? VD_PKT_PROTO_TCP : p->proto;
	uint16_t o = vd_dp_worker_owner(g_worker, p->port, &src, &dst, proto);

	for (unsigned int w = 1; w < g_n_workers; w++)
		CU_ASSERT_EQUAL(vd_dp_worker_owner(g_workers[w], p->port, &src, &dst, proto), o);
	CU_ASSERT(o < g_n_workers);
	return (uint8_t)o;
}

/* A packet owned by that worker: the client's port is searched for. */
static inline struct g_packet
owned_by(enum g_service s, uint8_t worker, uint8_t flags)
{
	uint16_t port = 40000;
	struct g_packet p;

	do {
		p = g_to_service(s, 0, port++, flags);
	} while (owner(&p) != worker);
	return p;
}

static inline bool
got(uint8_t port, struct g_frame *f, struct vd_pkt_info *info)
{
	return g_get(port, f) && vd_pkt_parse(f->data, f->len, info) == VD_PKT_OK;
}

/* A packet put on a queue leaves once, by the queue of its connection's worker; handed over once if it was not its. */
static inline bool
passes(const struct g_packet *p, uint8_t queue, uint8_t who, uint8_t out, struct vd_pkt_info *info)
{
	uint64_t before = handed_out();
	struct g_frame f;
	bool ok;

	g_send_on(p, queue);
	g_run();
	ok = got(out, &f, info) && f.queue == who && g_idle() &&
			handed_out() - before == (queue != who) && handed_in() == handed_out();
	CU_ASSERT(ok);
	return ok;
}

#endif
