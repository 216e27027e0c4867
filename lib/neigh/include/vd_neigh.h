/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_NEIGH_H
#define VD_NEIGH_H

/*
 * The neighbour engine: ARP (RFC 826, 5227) and neighbour discovery (RFC 4861) for every interface,
 * IPv4 and IPv6 alike. It answers for our addresses, resolves and refreshes next hops, announces
 * addresses that moved here, and writes the table of vd_neigh_table.h. events in, actions out; one
 * owner thread (control); time is an argument.
 *
 * Live traffic never waits for a refresh: a reachable neighbour that is wanted (gateways, real
 * servers) is probed before its 30 s (randomized, RFC 4861 6.3.2) are over, and stays usable until
 * three unicast and three broadcast probes went unanswered. A dynamic neighbour turns STALE
 * instead, is probed at its next use, and goes after 5 idle minutes.
 *
 * An address is answered for on its own interface only, and while its lease, if it has one, is
 * enabled. VLAN tags are the caller's matter: frames given to vd_neigh_rx() may carry one, frames
 * to send never do.
 *
 * The configuration is built by main (it allocates and sorts) and swapped in by control (it does
 * neither).
 */

#include <stddef.h>

#include "vd_alloc.h"
#include "vd_drop.h"
#include "vd_neigh_table.h"
#include "vd_time.h"

#define VD_NEIGH_NO_LEASE  UINT16_MAX
#define VD_NEIGH_FRAME_MAX 88
#define VD_NEIGH_IF_MAX    8192 /* interface ids are below */

/* RFC 4861 10 and its kin. */
#define VD_NEIGH_REACHABLE     (30 * VD_SEC) /* times 0.5 to 1.5 */
#define VD_NEIGH_RETRANS       (1 * VD_SEC)
#define VD_NEIGH_MULTICAST_MAX 3
#define VD_NEIGH_UNICAST_MAX   3
#define VD_NEIGH_IDLE          (300 * VD_SEC) /* a dynamic neighbour that nobody used */
#define VD_NEIGH_FAILED_RETRY \
	(1 * VD_SEC) /* of a wanted neighbour; least time to another try of others */
#define VD_NEIGH_FAILED_KEEP    (30 * VD_SEC)  /* a dynamic neighbour that failed */
#define VD_NEIGH_CONFLICT_EVERY (1 * VD_SEC)   /* at most one action per address */
#define VD_NEIGH_WANT_SPREAD    (20 * VD_USEC) /* between first requests for wanted neighbours */
#define VD_NEIGH_EVICT_IDLE     (60 * VD_SEC)  /* used later than this: never evicted */
/* Addresses that a new configuration adds are announced so. */
#define VD_NEIGH_ANNOUNCE_ROUNDS 5
#define VD_NEIGH_ANNOUNCE_GAP    (100 * VD_MSEC)
#define VD_NEIGH_ANNOUNCE_BATCH  32 /* at most so many announcements in one tick */

struct vd_neigh;
struct vd_neigh_config;

enum vd_neigh_own_kind {
	VD_NEIGH_OWN,   /* the port's own address, link-local too */
	VD_NEIGH_VIP,   /* virtual address */
	VD_NEIGH_LOCAL, /* FULLNAT source address */
};

enum vd_neigh_action_kind {
	VD_NEIGH_ACT_SEND,     /* ifid, frame, len */
	VD_NEIGH_ACT_RESOLVED, /* ifid, addr, idx, mac: usable now, after INCOMPLETE or FAILED */
	VD_NEIGH_ACT_FAILED,   /* ifid, addr, idx (NONE: table full), reason */
	/*
	 * ifid, addr, mac: another claims an address that we serve. A VIP or leased address is
	 * defended (RFC 5227 2.4 b): the announcement is the next action.
	 */
	VD_NEIGH_ACT_CONFLICT,
	VD_NEIGH_ACT_DROP, /* reason: count the frame given to vd_neigh_rx() */
};

struct vd_neigh_action {
	enum vd_neigh_action_kind kind;
	enum vd_drop reason; /* DROP; NEIGHBOUR_TIMEOUT or NEIGHBOUR_FULL of FAILED */
	uint32_t ifid;
	uint32_t idx;
	struct vd_addr addr;
	struct vd_mac mac;
	uint16_t len;
	uint8_t frame[VD_NEIGH_FRAME_MAX];
};

/*
 * Where actions go. The caller empties it after every call; a call other than vd_neigh_tick() needs
 * room for VD_NEIGH_ACTIONS_MIN. The tick stops when it is full and is then due again at once.
 */
struct vd_neigh_actions {
	struct vd_neigh_action *v;
	uint32_t n, cap;
};

#define VD_NEIGH_ACTIONS_MIN 4

struct vd_neigh_params {
	uint32_t slots;       /* a power of two; at most three quarters are ever in use */
	uint32_t dynamic_max; /* neither wanted nor static; 0 = half of the slots */
	uint64_t seed;
};

struct vd_neigh_stats {
	uint32_t live, dynamic, wanted; /* now; wanted counts static ones too */
	uint64_t answered;              /* requests and solicitations that we answered */
	uint64_t requests, probes;      /* that we sent: broadcast or multicast, unicast */
	uint64_t announced;
	uint64_t resolved, failed, evicted, full;
	uint64_t conflicts;
};

/* NULL when memory is out or params make no sense. */
struct vd_neigh *
vd_neigh_create(const struct vd_neigh_params *params, const struct vd_alloc *alloc);
void vd_neigh_destroy(struct vd_neigh *n); /* frees the configuration it holds, too */
/* Lives as long as n. */
const struct vd_neigh_table *vd_neigh_table(const struct vd_neigh *n);
void vd_neigh_stats(const struct vd_neigh *n, struct vd_neigh_stats *out);

/*
 * Configuration, on any one thread. Duplicates are harmless. router sets the router flag of
 * advertisements. An own address's prefix length serves to pick the sender of requests. lease is an
 * index below VD_NEIGH_NO_LEASE.
 */
struct vd_neigh_config *vd_neigh_config_new(void);
void vd_neigh_config_free(struct vd_neigh_config *c); /* NULL is fine */
void vd_neigh_config_interface(
		struct vd_neigh_config *c, uint32_t ifid, const struct vd_mac *mac, bool router);
void vd_neigh_config_own(struct vd_neigh_config *c, uint32_t ifid, const struct vd_prefix *prefix,
		enum vd_neigh_own_kind kind, uint16_t lease);
/*
 * One with a MAC of its own (RFC 9568 7.3: the virtual router's), which whatever is said for the
 * address comes from and tells. Frames from it are our own while an address with it is served.
 */
void
vd_neigh_config_own_mac(struct vd_neigh_config *c, uint32_t ifid, const struct vd_prefix *prefix,
		enum vd_neigh_own_kind kind, uint16_t lease, const struct vd_mac *mac);
/*
 * The least time between two gratuitous ARPs and between two unsolicited advertisements on an
 * interface (keepalived's vrrp_garp_interval, vrrp_gna_interval); 0 = none. Before or after the
 * interface itself.
 */
void vd_neigh_config_garp(struct vd_neigh_config *c, uint32_t ifid, vd_time garp_interval,
		vd_time gna_interval);
/* Next hops to keep resolved and fresh for as long as the configuration lasts. */
void vd_neigh_config_want(struct vd_neigh_config *c, uint32_t ifid, const struct vd_addr *addr);
void vd_neigh_config_static(struct vd_neigh_config *c, uint32_t ifid, const struct vd_addr *addr,
		const struct vd_mac *mac);
/* Sorts; nothing may be added after. */
void vd_neigh_config_seal(struct vd_neigh_config *c);

/*
 * Takes a sealed configuration and gives back the one before (NULL at first) for its builder to
 * free. Leases keep their state, known neighbours their MAC; wanted ones that were not resolved are
 * asked for from the next tick on, spread over time when they are many. Interfaces that are gone
 * take their neighbours with them. Served addresses that are new, or have another MAC than before,
 * are announced. Announcements under way go on where they were.
 */
struct vd_neigh_config *
vd_neigh_config_swap(struct vd_neigh *n, struct vd_neigh_config *c, vd_time now);
/*
 * The same in slices, so that a large one holds nobody up. begin: its addresses and interfaces are in effect. step: takes
 * what it did off *units (a next hop, a slot of the table and an address are one each) and returns true when nothing is
 * left; until then, neighbours and announcements that it has not come to are as before. end, after that: as the swap.
 * Events and ticks may come in between.
 */
void vd_neigh_swap_begin(struct vd_neigh *n, struct vd_neigh_config *c, vd_time now);
bool vd_neigh_swap_step(struct vd_neigh *n, uint32_t *units, vd_time now);
struct vd_neigh_config *vd_neigh_swap_end(struct vd_neigh *n);

enum vd_neigh_rx {
	VD_NEIGH_RX_DROPPED, /* with a DROP action */
	VD_NEIGH_RX_REQUEST, /* a request or solicitation, done with */
	VD_NEIGH_RX_REPLY,   /* a reply or advertisement: the host may want a copy */
};

/* An ARP frame or one with an NS or NA, as received (with or without its tag). */
enum vd_neigh_rx vd_neigh_rx(struct vd_neigh *n, uint32_t ifid, const void *frame, size_t len,
		vd_time now, struct vd_neigh_actions *out);

/*
 * A worker found no usable entry. Its index (INCOMPLETE, the request among the actions, or whatever
 * it is by now), or VD_NEIGH_NONE with a FAILED action: no such interface, or the table is full.
 */
uint32_t vd_neigh_resolve(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr,
		vd_time now, struct vd_neigh_actions *out);
/* A worker sent by this entry. gen guards against a slot that changed hands. */
void vd_neigh_used(struct vd_neigh *n, uint32_t idx, uint16_t gen, vd_time now,
		struct vd_neigh_actions *out);

/*
 * Answer for a lease's addresses, or stop to, which ends the announcing of that lease at once.
 * Disabled at first.
 */
void vd_neigh_lease_set(struct vd_neigh *n, uint16_t lease, bool enabled);
bool vd_neigh_lease_get(const struct vd_neigh *n, uint16_t lease);

/*
 * Announces addresses with gratuitous ARP or unsolicited advertisements: one address; every address
 * of a lease; every address of an interface (link came up). All of them once, the first with the
 * next tick, and again `gap` after a round has ended, `rounds` rounds in all. Only notes the job,
 * whatever the number of addresses; the same job once more begins anew. What is not served at its
 * turn is not announced. A tick sends VD_NEIGH_ANNOUNCE_BATCH at most and is then due again at
 * once; jobs take turns, and where an interface wants time between two, its jobs do so one by one.
 *
 * The result is the number of addresses in the job, or -ENOENT for one that is not ours.
 */
int vd_neigh_announce(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr,
		uint32_t rounds, vd_time gap, vd_time now);
int vd_neigh_announce_lease(
		struct vd_neigh *n, uint16_t lease, uint32_t rounds, vd_time gap, vd_time now);
int vd_neigh_announce_interface(
		struct vd_neigh *n, uint32_t ifid, uint32_t rounds, vd_time gap, vd_time now);

/* Does what is due. */
void vd_neigh_tick(struct vd_neigh *n, vd_time now, struct vd_neigh_actions *out);
/* When the next tick is due, or VD_TIME_NEVER. */
vd_time vd_neigh_next(const struct vd_neigh *n);

#endif
