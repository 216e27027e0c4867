/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_DP_H
#define VD_DP_H

/*
 * The data plane: one rte_graph per worker lcore, driven by vd_dp_worker_poll().
 *
 *   rx -> classify -> balance -> tx                  established connections, both directions
 *                        \-> first -/                new ones: service, lease, schedule, local port
 *                \-> steer -> balance                with several workers: to the rings of those that own the others
 *                \-> local -> echo -> output -> tx   everything else: ICMP for VIPs, VRRP, ARP and ND, the host's
 *                        \-> up                      packets to the rings of control
 *          hold (next hop not resolved)  reset (RST in reply)  drop (one reason each)
 *
 * Per-packet code takes no lock, allocates nothing, logs nothing, makes no system call (but see wake) and reads no
 * clock: time is an argument. So a test drives a worker on one thread in virtual time.
 *
 * Threads: create and destroy on main while the worker's lcore does not run it; poll on the worker's lcore only;
 * post from any lcore; counters, heartbeat and acknowledgements may be read from any thread at any time. Times are
 * nanoseconds of one monotonic clock (vd_time).
 *
 * Every method takes one from the TTL and drops what arrives with 1 (RFC 1812 5.3.1); DR, as IPVS since Linux 4.10,
 * changes nothing else above Ethernet. Checksums are updated incrementally (RFC 1624), so a wrong one stays wrong.
 * Replies in the director's own name (echo, RST) go back to the MAC that asked: a flood of forged sources makes no
 * neighbour entries.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_alloc.h"
#include "vd_dp_msg.h"
#include "vd_dp_net.h"
#include "vd_drop.h"
#include "vd_time.h"

struct rte_ring;
struct vd_pkt_toeplitz;
struct vd_dp_worker;
struct vd_neigh_table;

#define VD_DP_BURST      256 /* packets of one walk at most */
#define VD_DP_WORKER_MAX 128
#define VD_DP_RX_MAX     64 /* queues one worker polls */
#define VD_DP_TX_NONE    UINT16_MAX

struct vd_dp_rxq {
	uint16_t port, queue;
};

struct vd_dp_worker_config {
	uint16_t index;               /* 0, 1, ...: names the graph and its rings */
	uint16_t workers;             /* that share the load; 0 counts as 1 */
	int socket;                   /* -1 = any */
	const struct vd_alloc *alloc; /* for the large tables; outlives the worker */
	uint64_t seed;                /* of hashes and source ports */
	uint32_t connections;         /* capacity of the table */

	struct vd_dp_rxq rxq[VD_DP_RX_MAX];
	uint16_t n_rxq;               /* 0: gets all its packets from others */
	uint16_t txq[VD_DP_PORT_MAX]; /* by port id; VD_DP_TX_NONE: no queue of this worker's */
	/* Where it has none: the worker that sends for it, + 1. 0: not a port to send or receive on. */
	uint16_t tx_via[VD_DP_PORT_MAX];

	/*
	 * Ports whose device brings a packet to worker (hash % rss_slots) % workers by this hash, rss_slots being a power of
	 * two and the same for all of them; the others' packets are spread by nobody, or by nobody knows what. rss_slots 0:
	 * there are none.
	 */
	bool rss[VD_DP_PORT_MAX];
	uint16_t rss_slots;
	const struct vd_pkt_toeplitz *toeplitz; /* outlives the worker */

	const struct vd_neigh_table *neigh; /* shared, written by control */
	/* The first ones; may be NULL until an event brings them. Without both, nothing is received. */
	const struct vd_dp_netconf *netconf;
	const struct vd_lb_snapshot *snapshot;
	uint64_t snapshot_sequence;
	uint32_t service_limit, server_limit; /* numbers in it: vd_lb_registry_limit() */
	bool serve;                           /* as VD_DP_EVENT_SERVE */

	/*
	 * Called by the worker after it put packets into its VRRP ring, once per burst that had any; NULL = control finds
	 * them by itself. The one thing here that may make a system call (ending control's sleep), and no packet that
	 * is balanced comes near it.
	 */
	void (*wake)(void *ctx);
	void *wake_ctx;

	/*
	 * Called by the worker after it put packets into the ring of another one, once per burst and worker, a full memory
	 * barrier lying between: that one may be asleep. NULL: nobody sleeps.
	 */
	void (*wake_worker)(void *ctx, uint16_t worker);
	void *wake_worker_ctx;

	uint32_t ring_size; /* of each packet ring up; power of two, 0 = 1024 */
	/* Packets per second of one worker; 0 = the default. */
	uint32_t rst_rate;   /* RST in reply to segments without a connection: 20000 */
	uint32_t echo_rate;  /* echo replies: 10000 */
	uint32_t punt_rate;  /* frames to the host: 200000 */
	uint32_t check_rate; /* replies to checks, which are not among them: 100000 */
};

/* Makes the rings, tables and the graph. NULL with errno set. */
struct vd_dp_worker *vd_dp_worker_create(const struct vd_dp_worker_config *config);
/* Frees held packets and what is left in its rings. */
void vd_dp_worker_destroy(struct vd_dp_worker *w);

/*
 * Rings between the workers w[0] to w[n - 1], whose indices these are: from now on each handles its own connections only
 * and hands other workers' packets over (docs/architecture.md, "Several workers"). Main only, before any of them runs,
 * once; with one worker it does nothing. A worker may be destroyed when none of them runs. 0, -ENOMEM; -EINVAL when one
 * that is to send for others has no queue either.
 */
int vd_dp_workers_connect(struct vd_dp_worker *const *w, uint16_t n);

/*
 * The worker that a TCP or UDP packet belongs to, as w, which may be any of them, sees it now: the one that has its
 * connection, or would make it. On w's lcore, or while w does not run.
 */
uint16_t vd_dp_worker_owner(const struct vd_dp_worker *w, uint16_t port,
		const struct vd_endpoint *src, const struct vd_endpoint *dst, uint8_t protocol);

/*
 * One turn: messages, one walk of the graph, Tx flush, a slice of table maintenance, heartbeat. Returns how many packets it
 * received (or released), so 0 means idle. now never goes back.
 */
uint32_t vd_dp_worker_poll(struct vd_dp_worker *w, vd_time now);

/* Whether messages wait: asked before the lcore sleeps. */
bool vd_dp_worker_pending(const struct vd_dp_worker *w);

/* 0, or -ENOBUFS when the worker does not keep up (counted; the caller tries again later). Any lcore. */
int vd_dp_worker_post(struct vd_dp_worker *w, const struct vd_dp_event *e);
/* Main only. 0 or -ENOBUFS. The answer comes by vd_dp_worker_replies(). */
int vd_dp_worker_request(struct vd_dp_worker *w, struct vd_dp_request *r);
/* Main only: answered requests, at most n; how many. */
unsigned int
vd_dp_worker_replies(struct vd_dp_worker *w, struct vd_dp_request **out, unsigned int n);

/* Control only. */
unsigned int vd_dp_worker_reports(struct vd_dp_worker *w, struct vd_dp_report *out, unsigned int n);

/* Main only, before a snapshot is published that needs numbers up to these limits: 0 or -ENOMEM, -E2BIG. */
int vd_dp_worker_lb_prepare(struct vd_dp_worker *w, uint32_t service_limit, uint32_t server_limit);

enum vd_dp_up {
	VD_DP_UP_VRRP,  /* protocol 112; to be served first */
	VD_DP_UP_NEIGH, /* ARP; ICMPv6 types 133 to 137 */
	VD_DP_UP_PUNT,  /* for the host */
	/*
	 * For the host, too: from a check's peer (vd_dp_netconf_check_peer()) to an own address of the port. Neither a full
	 * punt ring nor the rate of punted frames keeps these from coming.
	 */
	VD_DP_UP_CHECK,
	VD_DP_UP_N,
};
/* Control only: takes up to n mbufs. */
unsigned int
vd_dp_worker_up(struct vd_dp_worker *w, enum vd_dp_up which, struct rte_mbuf **out, unsigned int n);
/*
 * Control only: frames that this worker sends before its own (for a port whose Tx queue control does not own).
 * m->port is the port. Returns how many were taken; the rest stays the caller's.
 */
unsigned int vd_dp_worker_inject(struct vd_dp_worker *w, struct rte_mbuf **m, unsigned int n);

/* Sequences of the snapshot and the netconf that the worker uses now; earlier ones are no longer touched. */
uint64_t vd_dp_worker_snapshot_ack(const struct vd_dp_worker *w);
uint64_t vd_dp_worker_netconf_ack(const struct vd_dp_worker *w);
/*
 * now of the last finished turn. A worker that has nothing to do still turns: with poll busy without pause, with poll
 * adaptive after every rest, of at most VD_RT_IDLE_BLOCK (5 ms; 1 ms where someone has to be polled). So with either
 * two heartbeats of a healthy worker lie no further apart than VD_RT_IDLE_GAP, the CPU permitting.
 */
vd_time vd_dp_worker_heartbeat(const struct vd_dp_worker *w);

struct vd_dp_port_counters {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_full;
};

/* One writer, the worker; read with vd_load_relaxed(). */
struct vd_dp_counters {
	uint64_t turns, busy_turns, packets; /* turns that found work; packets received */
	uint64_t drops[VD_DROP_N];
	struct vd_dp_port_counters port[VD_DP_PORT_MAX];
	uint64_t up[VD_DP_UP_N];
	uint64_t opened, expired, refused; /* connections; refused: table full */
	uint64_t hashed; /* packets forwarded without a connection for want of room */
	uint64_t rst_sent, echo_sent, held;
	uint64_t handed_out,
			handed_in; /* packets put into other workers' rings, and taken from theirs */
	uint64_t reports_lost;
};
const struct vd_dp_counters *vd_dp_worker_counters(const struct vd_dp_worker *w);

/* Readers use relaxed loads of what their headers say is readable. */
const struct vd_conn_table *vd_dp_worker_conns(const struct vd_dp_worker *w);
const struct vd_lb_worker *vd_dp_worker_lb(const struct vd_dp_worker *w);

/*
 * A graph node's totals. One turn in 64 is measured: cycles of the time stamp counter, its own calls to the next nodes'
 * streams included, over the packets of those turns.
 */
struct vd_dp_node_view {
	const char *name;
	uint64_t calls, packets;
	uint64_t sampled_packets, sampled_cycles;
};
/* Calls fn for each node of the worker's graph. Any thread. */
void vd_dp_worker_nodes(const struct vd_dp_worker *w,
		void (*fn)(void *ctx, const struct vd_dp_node_view *n), void *ctx);

#endif
