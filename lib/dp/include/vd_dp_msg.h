/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_DP_MSG_H
#define VD_DP_MSG_H

/*
 * What travels between a worker and the others.
 *
 *   events    anyone -> worker   vd_dp_worker_post(): small copies, handled at the next burst boundary in order
 *   reports   worker -> control  vd_dp_worker_reports(): small copies; lost (and counted) when control is slow
 *   packets   worker -> control  rings of mbufs: neighbour, vrrp, punt, check. The frame is as received: m->port is the
 *                                port, the VLAN tag is in the frame; vd_dp_mbuf_ifid() is the interface.
 *                                Only one for the host to a virtual MAC has the interface's instead.
 *                                The taker owns the mbuf.
 *   requests  main -> worker -> main   pointers to a struct of main's, which main must not touch in between
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_conn.h"
#include "vd_drop.h"
#include "vd_lb.h"
#include "vd_lb_explain.h"
#include "vd_model_types.h"
#include "vd_time.h"

struct rte_mbuf;
struct vd_dp_netconf;

/* A snapshot's numbers must have been prepared for by vd_lb_worker_prepare(). */
enum vd_dp_event_type {
	VD_DP_EVENT_SNAPSHOT,       /* snapshot: services, from now on */
	VD_DP_EVENT_NETCONF,        /* netconf: interfaces, addresses, routes, from now on */
	VD_DP_EVENT_LEASE,          /* lease: its packets are served until `until` */
	VD_DP_EVENT_NEIGH_RESOLVED, /* neigh: packets held for it are sent */
	VD_DP_EVENT_NEIGH_FAILED, /* neigh: packets held for it are dropped as neighbour_timeout */
	VD_DP_EVENT_SERVER,       /* server: flags of a real server */
	VD_DP_EVENT_SERVE,        /* serve: false = packets for VIPs are dropped as stopped */
	VD_DP_EVENT_LINK,         /* link: a port lost or got its link */
	VD_DP_EVENT_TIMEOUTS,     /* timeouts: lvs_timeouts, for connections live and to come */
	VD_DP_EVENT_CLEAR_STATS,
};

struct vd_dp_event {
	uint32_t type;
	union {
		struct {
			const struct vd_lb_snapshot *snapshot; /* prepared for */
			uint64_t sequence;                     /* what is acknowledged; not 0 */
		} snapshot;
		const struct vd_dp_netconf *netconf;
		struct {
			uint32_t index;
			vd_time until; /* on the clock of vd_dp_worker_poll()'s now */
		} lease;
		struct {
			struct vd_addr addr;
			uint16_t ifid;
		} neigh;
		struct {
			uint32_t id, gen; /* of lb's registry */
			uint32_t flags;   /* VD_LB_SERVER_, all of them anew */
		} server;
		bool serve;
		struct {
			uint16_t port;
			bool up;
		} link;
		struct {
			uint32_t tcp_s, tcpfin_s, udp_s; /* seconds; 0 = default */
		} timeouts;
	};
};

enum vd_dp_report_type {
	VD_DP_REPORT_RESOLVE, /* addr on ifid is needed and has no entry, or none that is usable */
	VD_DP_REPORT_USED,    /* neighbour index, gen was used while stale: vd_neigh_used() */
	/*
	 * index, server_gen: a real server failed as often in a row, on this worker, as its service allows (observe): SYNs
	 * sent again for want of an answer, or answered by RST. Where replies pass here: FULLNAT and NAT.
	 */
	VD_DP_REPORT_SERVER,
};

struct vd_dp_report {
	uint32_t type;
	uint16_t ifid;
	uint16_t worker;
	uint32_t index;
	uint16_t gen;
	uint32_t server_gen;
	struct vd_addr addr;
};

enum vd_dp_request_type {
	VD_DP_REQUEST_CONNS,   /* a slice of the connection table */
	VD_DP_REQUEST_EXPLAIN, /* what would become of a first packet */
};

/* One live connection, copied. Endpoints in host order of ports; local is unset when the method has none. */
struct vd_dp_conn {
	struct vd_endpoint client, virtual, local, server;
	uint32_t service, real_server; /* ids */
	uint8_t protocol, forwarding, state;
	vd_time age, timeout; /* until it expires when nothing more comes; age 0 = not known */
};

/*
 * CONNS: main sets filter, out, capacity, cursor 0; the worker looks at a bounded part of its table, writes up to
 * capacity records, sets n and cursor, and done when the walk is complete. Main sends the same struct again until
 * done. Connections that open or end during the walk may be missed; none is reported twice unless it moved.
 */
struct vd_dp_request_conns {
	struct vd_conn_filter filter;
	struct vd_dp_conn *out;
	uint32_t capacity;
	uint32_t n;
	uint32_t cursor;
	bool done;
};

enum vd_dp_verdict {
	VD_DP_VERDICT_FORWARD,
	VD_DP_VERDICT_PUNT,
	VD_DP_VERDICT_DROP,
};

/*
 * EXPLAIN: what would become of a first packet from lb.client to lb.target (main sets both); changes nothing in the
 * worker. With several workers the answer is the one to believe only if it comes from owner. lb then tells of service and server, the rest what the data plane adds to that.
 */
struct vd_dp_request_explain {
	struct vd_lb_explanation lb;
	enum vd_dp_verdict verdict;
	enum vd_drop drop; /* of VD_DP_VERDICT_DROP */
	bool has_address;  /* the destination is an address of this box... */
	uint8_t addr_kind; /* ...of this vd_dp_addr_kind */
	bool lease_ok;     /* of service or address */
	uint16_t owner;    /* the worker that the flow belongs to, asked or not */
	bool existing;     /* the flow has a connection already: conn */
	struct vd_dp_conn conn;
	bool has_next_hop; /* towards the real server */
	bool resolved;     /* its MAC is known */
	uint16_t ifid;
	struct vd_addr next_hop;
};

struct vd_dp_request {
	uint32_t type;
	uint16_t worker; /* set by the worker that answers */
	void *cookie;    /* main's */
	union {
		struct vd_dp_request_conns conns;
		struct vd_dp_request_explain explain;
	};
};

/* The interface a packet on one of the rings came in by. */
uint16_t vd_dp_mbuf_ifid(const struct rte_mbuf *m);

#endif
