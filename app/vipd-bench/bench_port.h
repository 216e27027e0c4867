/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PORT_H
#define BENCH_PORT_H

/*
 * The in-memory port: callbacks on the queues of a net_null port, put there by a plugin that any DPDK program loads
 * (-d libvipd_bench_port.so). Rx queue q hands out frames of its part of the flows, Tx queue q looks at what comes out and
 * frees it. A program that loads it finds struct bench_port under the name vipd_bench_port.
 *
 * A phase is asked for by storing it in `phase`; a queue takes it up at its next receive, when all it handed out before
 * has left, and says in `done` that it came to its end (those that have one). Counters have one writer, the lcore that
 * polls the queue; any thread reads them.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#include "bench_frame.h"
#include "vd_loglin.h"

#define BENCH_PORT_SYMBOL "vipd_bench_port"
#define BENCH_QUEUES_MAX  64
#define BENCH_TCP_FIN     0x01
#define BENCH_TCP_SYN     0x02
#define BENCH_CHUNK       32 /* frames whose flows are drawn together */
#define BENCH_CHUNKS      4  /* of them are drawn ahead, so that what they need is in the cache */

/*
 * A pace is a time between two frames in counts of the time stamp counter << BENCH_PACE_SHIFT. Its last bit: the schedule
 * stands still while others have the CPU.
 */
#define BENCH_PACE_SHIFT 12
#define BENCH_PACE_OWN   1u
/* Times in counts of the time stamp counter, 3 % apart, up to 10 s and more. */
#define BENCH_TIMES_BITS    5
#define BENCH_TIMES_BUCKETS VD_LOGLIN_BUCKETS(BENCH_TIMES_BITS, 36)

#define BENCH_SPANS         16

/* Frames that arrived one after the other, none of them missed. */
struct bench_span {
	uint64_t due;
	uint32_t n;
};

/* What is counted while there is a schedule. */
enum bench_times {
	BENCH_TIMES_LATE,  /* from a frame's due moment until it left */
	BENCH_TIMES_PAUSE, /* from a receive to the next one */
	BENCH_TIMES_LOST,  /* of those pauses: how long somebody else had the CPU */
	BENCH_TIMES_N,
};

enum bench_phase {
	BENCH_PHASE_IDLE,
	BENCH_PHASE_FILL,        /* ends: each flow's first frame, until it was seen to leave */
	BENCH_PHASE_ANSWER,      /* ends: each flow's answer (SYN-ACK) */
	BENCH_PHASE_CONFIRM,     /* ends: each client's ACK */
	BENCH_PHASE_RUN,         /* frames of flows in random order, without end */
	BENCH_PHASE_CHECK,       /* the same, each compared with what it should be when it leaves */
	BENCH_PHASE_CONNECTIONS, /* whole TCP connections, `flows` of them at a time */
	BENCH_PHASE_CONNECTIONS_CHECK, /* the same, each frame compared */
	BENCH_PHASE_CLOSE,             /* ends: no new ones */
	BENCH_PHASE_N,
};

/* What is wrong with a frame that left. */
enum bench_bad {
	BENCH_BAD_MAC,
	BENCH_BAD_IP, /* header, addresses, TTL */
	BENCH_BAD_L4, /* ports, flags, numbers, payload */
	BENCH_BAD_LENGTH,
	BENCH_BAD_IP_CSUM,
	BENCH_BAD_L4_CSUM,
	BENCH_BAD_STRANGE, /* of no flow, or to none of the servers */
	BENCH_BAD_N,
};

struct bench_chunk {
	uint32_t outs; /* bit i: flow[i]'s frame comes from the server */
	uint32_t flow[BENCH_CHUNK] __attribute__((aligned(16)));
	uint32_t size[BENCH_CHUNK];
};

/* A connection of BENCH_PHASE_CONNECTIONS. */
struct bench_slot {
	uint32_t state; /* number of its flow << 3 | frames handed out */
	bench_entry entry;
	uint64_t at; /* of its last frame, by the time stamp counter */
};

struct bench_queue {
	/* Read by any thread. */
	uint64_t packets, sent, starved; /* starved: receives for which there were no buffers */
	uint64_t missed;                 /* frames of a schedule for which there was no room */
	uint64_t connections, given_up;  /* whole ones; and ones whose turn came too late */
	uint64_t checked, bad[BENCH_BAD_N];
	uint32_t known; /* flows whose first frame left by this queue */
	uint32_t done;  /* phase that came to its end */
	int clock;      /* of the CPU time of the lcore that polls it; 0 = never polled */

	/* The lcore's own. */
	struct bench_port *owner VD_CACHE_ALIGNED;
	unsigned int lcore;              /* that polls it now */
	struct rte_mempool_cache *cache; /* its */
	uint32_t phase;
	uint32_t first, n; /* its flows, or slots */
	uint32_t live;     /* of them, the ones in use by this phase */
	uint32_t *list; /* established flows that leave by this queue, or NULL: those from first on */
	uint32_t cursor, rounds;
	uint8_t index;
	uint64_t draws;
	uint32_t lane[4] __attribute__((aligned(16))); /* of the draws of established flows */
	uint32_t next_flow;                            /* of connections */
	uint32_t open;
	uint32_t head;
	uint32_t used;      /* frames of the chunk at head that were handed out */
	uint64_t pace, due; /* of frames by a schedule: distance, and when the next one arrives */
	struct bench_span span[BENCH_SPANS]; /* frames that wait, the oldest first */
	uint32_t span_first, spans, waiting;
	uint64_t at;                    /* of this receive, by the schedule's clock */
	uint64_t seen, mark, mark_ns;   /* last look at the counter; at the CPU's clock, and it */
	uint64_t lost;                  /* counts so far without the CPU */
	uint64_t *times[BENCH_TIMES_N]; /* BENCH_TIMES_BUCKETS of each, read by any thread */
	struct bench_chunk chunk[BENCH_CHUNKS];
} VD_CACHE_ALIGNED;

struct bench_port {
	struct bench_params params;
	uint32_t phase;    /* asked for */
	uint32_t live;     /* asked for with it: RUN and CONNECTIONS use that many flows; 0 = all */
	uint64_t pace;     /* asked for at any time: of each queue; 0 = as fast as they are taken */
	uint32_t attached; /* 1: callbacks are on; 2: it failed, see error */
	char error[200];
	uint16_t id, n_queues;
	bool bulk_free; /* net_null takes NULL for a frame that is gone */
	struct rte_mempool *pool;
	int stamp_at;       /* offset of the field in mbufs */
	uint64_t patience;  /* in counts of the time stamp counter */
	double ns_counts;   /* of it in a nanosecond */
	bench_entry *entry; /* by flow */
	uint8_t *by; /* by flow: the queue that its first frame left by; NULL with one queue */
	struct bench_slot *slot; /* by connection */
	struct bench_queue *queue[BENCH_QUEUES_MAX];
	struct bench_frames frames;
};

extern struct bench_port vipd_bench_port;

/* ---- in the plugin ---- */

uint16_t bench_source(uint16_t port, uint16_t queue, struct rte_mbuf *m[], uint16_t got,
		uint16_t most, void *ctx);
uint16_t bench_sink(uint16_t port, uint16_t queue, struct rte_mbuf *m[], uint16_t n, void *ctx);
/* Whole connections. */
uint16_t bench_connections(struct bench_queue *q, struct rte_mbuf **m, uint16_t n);
void bench_connections_begin(struct bench_queue *q);
void bench_connections_sent(struct bench_queue *q, const struct rte_mbuf *m);
void bench_connections_check(struct bench_queue *q, const struct rte_mbuf *m);
/* Counts what is wrong with a frame. ack: TCP's acknowledgement number, as it stands. */
void bench_bad(struct bench_queue *q, enum bench_bad what);
void bench_check(struct bench_queue *q, const struct rte_mbuf *m, enum bench_kind kind,
		uint32_t flow, bench_entry e, uint32_t ack);

/* By a schedule: how many frames have arrived, when those were handed out, and how late they were when they left. */
int bench_pace_init(struct bench_port *p);
void bench_pace_begin(struct bench_queue *q, uint64_t pace);
void bench_pace_receive(struct bench_queue *q);
uint16_t bench_pace_due(struct bench_queue *q, uint16_t most);
void bench_pace_stamp(struct bench_queue *q, struct rte_mbuf **m, uint16_t got, uint16_t n);
void bench_pace_left(struct bench_queue *q, struct rte_mbuf *const *m, uint16_t n);

/* For who leads the port: a pace of all queues together (0 = none), and what was counted so far. */
void bench_pace_set(struct bench_port *p, double per_second, bool own);
void bench_times_read(const struct bench_port *p, enum bench_times which, uint64_t *counts);
/* In ns, of what was counted between two readings (earlier may be NULL): no more than 3 % too high. 0 = nothing. */
double bench_times_quantile(const uint64_t *later, const uint64_t *earlier, double share);

/* CPU time that the queues' lcores have used, in ns: a lcore whose CPU others use too is not slower by it. */
uint64_t bench_cpu_ns(const struct bench_port *p);
/* The phase after this one that makes all flows known, RUN after the last. */
enum bench_phase bench_phase_next(const struct bench_params *p, enum bench_phase phase);
/* Flows whose entry is known. */
uint32_t bench_known(const struct bench_port *p);
/* All queues came to the end of the phase. */
bool bench_phase_done(const struct bench_port *p, enum bench_phase phase);

/* Independent draws of 64 bits: a Weyl sequence, mixed. */
static inline uint64_t
bench_draw(uint64_t n)
{
	uint64_t z = n * 0x9e3779b97f4a7c15ull;

	z ^= z >> 32;
	z *= 0xd6e8feb86659fd93ull;
	return z ^ z >> 32;
}

#endif
