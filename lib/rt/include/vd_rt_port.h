/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_PORT_H
#define VD_RT_PORT_H

/*
 * Ports: a DPDK device opened as its driver's profile and the dataplane file say, with queues for the workers and a
 * way to send for control.
 *
 * Queues. Worker w polls the Rx queues that vd_rt_port_rx_queues() lists and sends on vd_rt_port_txq(). Queue q of either
 * kind is worker (first_worker + q) % W's; where there are fewer Tx queues than workers, those without one send through
 * vd_rt_port_tx_via(). Control sends by vd_rt_port_tx_control(), in one of three ways, tried in this order unless the
 * profile starts lower:
 *   own     W Rx and W + 1 Tx queues, the last Tx queue is control's
 *   pair    W + 1 of both (drivers that want as many of each); the extra Rx queue is polled too
 *   shared  control has no Tx queue: it hands its frames to the worker of queue 0, which sends them before its own
 * A device that refuses as many queues as it claims gets one of each.
 *
 * Open, start, stop and close on the main thread; Rx and Tx by the queue's owner; link and statistics by any one
 * thread at a time, without blocking. What struct vd_rt_port shows is constant after vd_rt_port_start(), but for what
 * is said to be main's and the link word.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "vd_addr.h"
#include "vd_compiler.h"
#include "vd_model_dataplane.h"
#include "vd_strbuf.h"

#define VD_RT_PORT_QUEUES 65
#define VD_RT_PORT_NOTES  16
#define VD_RT_TXQ_NONE    UINT16_MAX

enum vd_rt_ctl_tx {
	VD_RT_CTL_TX_OWN,
	VD_RT_CTL_TX_PAIR,
	VD_RT_CTL_TX_SHARED,
};

const char *vd_rt_ctl_tx_name(enum vd_rt_ctl_tx t); /* "own", "pair", "shared" */

struct vd_rt_port_mac;
struct vd_rt_port_kernel;

struct vd_rt_port {
	uint16_t id; /* DPDK's port id */
	uint16_t mtu;
	uint16_t n_rxq, n_txq;
	uint16_t n_workers;    /* that carry traffic */
	uint16_t n_tx_workers; /* that have a Tx queue: fewer when the device has fewer */
	uint16_t first_worker; /* of queue 0 */
	uint16_t control_txq;  /* VD_RT_TXQ_NONE when shared */
	enum vd_rt_ctl_tx control_tx;
	struct vd_mac mac; /* vipd's own address on this port; not the tap's own */
	int socket;
	bool rx_interrupts; /* Rx queues can wake a sleeping lcore */
	bool rx_checksum; /* the PMD checks IP, TCP and UDP checksums on receive (mbuf flags are valid) */
	bool rx_rss_hash; /* mbuf hash.rss is valid */
	/*
	 * The device spreads packets by a key and a table of so many entries that it takes from us. rss_slots: it does so now,
	 * hash % rss_slots being what counts; 0: nobody knows how it spreads them.
	 */
	uint16_t rss_table, rss_slots;
	uint8_t rss_key_size;
	bool mac_filter;    /* frames to a further MAC arrive only after vd_rt_port_mac_add() */
	bool link_believed; /* the driver can tell whether there is link */
	bool link_events;   /* and says so at once */
	bool ours;          /* attached by vd_rt_port_open(): close detaches it */
	uint16_t rx_desc, tx_desc;
	struct rte_mempool *pool;     /* of the port's socket */
	char *name, *device, *driver; /* driver: the PMD's name */
	char *netdev;                 /* kernel interface of a tap or af_packet port, or NULL */
	/* Main's: may change while the port runs. */
	bool promiscuous;
	char *notes[VD_RT_PORT_NOTES]; /* what the driver lacks here, sentences */
	unsigned int n_notes;
	struct vd_rt_port_mac *macs; /* further addresses that the device was told */
	unsigned int n_macs;
	struct vd_rt_port_kernel
			*kernel; /* reports link changes of the port's kernel interface, or NULL */
	void (*link_changed)(void *ctx);
	void *link_ctx;
	/* Bit 0: up. The rest counts changes, from 1 on. */
	uint32_t link_word VD_CACHE_ALIGNED;
};

struct vd_rt_port_config {
	const struct vd_dataplane_port *port;
	const char *instance;
	unsigned int n_workers; /* that are to carry traffic, at least 1 */
	unsigned int first_worker; /* who gets queue 0: ports with few queues begin at different ones */
	bool interrupts;           /* wanted (poll: adaptive) */
	struct rte_mempool *pool; /* NULL: vd_rt_pool() of the port's socket */
};

/*
 * Attaches the device if it is not there yet (a PCI device by its address, a vdev by its string), configures and
 * returns it, not started. NULL with *err = -ENODEV, -EACCES, -EBUSY, -ENOMEM, ... and one line in why that names
 * port and device.
 */
struct vd_rt_port *
vd_rt_port_open(const struct vd_rt_port_config *c, int *err, struct vd_strbuf *why);
int vd_rt_port_start(struct vd_rt_port *p, struct vd_strbuf *why);
void vd_rt_port_stop(struct vd_rt_port *p);
void vd_rt_port_close(struct vd_rt_port *p);

/* The Rx queues of a worker; queues has VD_RT_PORT_QUEUES places. Returns how many. */
unsigned int
vd_rt_port_rx_queues(const struct vd_rt_port *p, unsigned int worker, uint16_t *queues);

/* The queue that would be a worker's, if there are so many. */
static inline uint16_t
vd_rt_port_queue_of(const struct vd_rt_port *p, unsigned int worker)
{
	return (uint16_t)((worker + p->n_workers - p->first_worker) % p->n_workers);
}

/* The Tx queue of a worker, which is its alone, or VD_RT_TXQ_NONE. */
static inline uint16_t
vd_rt_port_txq(const struct vd_rt_port *p, unsigned int worker)
{
	uint16_t q = vd_rt_port_queue_of(p, worker);

	return q < p->n_tx_workers ? q : VD_RT_TXQ_NONE;
}

/* Who sends for a worker: itself where it has a queue. */
static inline unsigned int
vd_rt_port_tx_via(const struct vd_rt_port *p, unsigned int worker)
{
	unsigned int q = vd_rt_port_queue_of(p, worker);

	return (p->first_worker + q % p->n_tx_workers) % p->n_workers;
}

/* Control's own queue: returns how many were taken, the rest stays the caller's. Not for shared ports: 0. */
static inline uint16_t
vd_rt_port_tx_control(const struct vd_rt_port *p, struct rte_mbuf **m, uint16_t n)
{
	return vd_likely(p->control_txq != VD_RT_TXQ_NONE)
			? rte_eth_tx_burst(p->id, p->control_txq, m, n)
			: 0;
}

#define VD_RT_RSS_KEY_MAX 64
/*
 * A started port of which rss_table is not 0: from now on a packet is received by the queue of worker (h % slots) %
 * n_workers, h being the Toeplitz hash with this key of a TCP or UDP packet's addresses and ports. slots is a power of
 * two, at least n_workers and at most rss_table. What the device takes is read back. 0, or -errno with a note: the port
 * then goes on as one whose way to spread is not known. Main thread.
 */
int vd_rt_port_rss_set(struct vd_rt_port *p, const uint8_t key[VD_RT_RSS_KEY_MAX], uint16_t slots);

struct vd_rt_port_link {
	bool up;
	uint32_t mbps; /* 0 = unknown */
};
void vd_rt_port_link(const struct vd_rt_port *p, struct vd_rt_port_link *out);
/*
 * The link as control sees it: one word, written when driver or kernel report a change and by
 * vd_rt_port_link_poll(), which main calls about once a second for the devices of which nobody reports. A driver that cannot tell is up.
 */

/*
 * Calls changed(ctx) after each change of the word, on EAL's interrupt thread or in vd_rt_port_link_poll(): it may wake a
 * lcore and must not block. Main thread, before vd_rt_port_start(); once per port.
 */
void vd_rt_port_link_watch(struct vd_rt_port *p, void (*changed)(void *ctx), void *ctx);
/* Looks at the link and updates the word. Main thread; harmless where changes are reported. */
void vd_rt_port_link_poll(struct vd_rt_port *p);

/* Any thread, no lock. False while the link was never looked at (not started): up is then false too. */
static inline bool
vd_rt_port_link_word(const struct vd_rt_port *p, bool *up)
{
	uint32_t word = vd_load_acquire(&p->link_word);

	*up = (word & 1) != 0;
	return word != 0;
}

/* How often the link changed; a link that went and came back between two looks shows here. */
static inline uint32_t
vd_rt_port_link_changes(const struct vd_rt_port *p)
{
	return vd_load_acquire(&p->link_word) >> 1;
}

/*
 * A further unicast address whose frames the port is to deliver (a virtual MAC), counted by its users. By a filter of
 * the device; where it has none, or too few, or where a filter would hide the adverts of a peer that has the same
 * virtual MAC, by promiscuous mode, which stays. Devices that hand over everything are told nothing. Main thread, port
 * started or not. 0, or -errno when frames to it may be lost (there is a note then).
 */
int vd_rt_port_mac_add(struct vd_rt_port *p, const struct vd_mac *mac);
int vd_rt_port_mac_del(struct vd_rt_port *p, const struct vd_mac *mac); /* 0 or -ENOENT */

/* The PMD's own counters since start; 0 or -errno. */
int vd_rt_port_stats(const struct vd_rt_port *p, struct rte_eth_stats *out);

/*
 * The packet buffers of a socket, made at the first call: sized from the heap (at most a quarter of it), the ports' MTUs
 * and the number of lcores. vd_rt_pool_plan() says what is to come, before the first port is opened.
 */
void vd_rt_pool_plan(const struct vd_dataplane *dp, unsigned int n_workers);
struct rte_mempool *vd_rt_pool(int socket);
void vd_rt_pools_free(void);

/* A stable, locally administered address made from words (NULL-terminated list). Pure. */
struct vd_mac vd_rt_mac_local(const char *first, ...) __attribute__((sentinel));

#endif
