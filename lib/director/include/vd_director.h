/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_DIRECTOR_H
#define VD_DIRECTOR_H

/*
 * The director: what the control lcore runs, composed of the engines below it. Events in, actions
 * out; it never sends, sleeps or reads a clock. One owner thread; the configuration is built and
 * freed by main.
 *
 * Owning a VIP is a lease. A worker serves the addresses of lease i until the time in the last
 * LEASE action for it and fences itself after that; the director renews at a third of the duration.
 * A step that comes after the end of a held lease says OVERSLEPT: the workers stopped serving in
 * between. Lease i is VRRP instance i of the configuration, and is held as the configuration or a
 * HOLD event says (until VRRP decides it). One that is acquired has its addresses announced: repeat
 * times, and again so after delay.
 */

#include "vd_neigh.h"

struct vd_director;

/* keepalived's garp_master_repeat, garp_master_delay; time between the rounds. */
#define VD_DIRECTOR_GARP_REPEAT 5
#define VD_DIRECTOR_GARP_DELAY  (5 * VD_SEC)
#define VD_DIRECTOR_GARP_GAP    (100 * VD_MSEC)
#define VD_DIRECTOR_LEASE       (3 * VD_SEC)

struct vd_director_lease {
	bool held;
	vd_time duration;
	uint32_t garp_repeat;
	vd_time garp_delay; /* 0 = announced once only */
	vd_time garp_gap;
};

struct vd_director_config {
	struct vd_neigh_config *neigh; /* sealed by the swap's caller; freed with this */
	uint32_t n_leases;
	struct vd_director_lease leases[];
};

enum vd_director_event_kind {
	VD_DIRECTOR_TICK,    /* vd_director_next() came */
	VD_DIRECTOR_CONFIG,  /* config; the one before comes back as RETIRED */
	VD_DIRECTOR_FRAME,   /* ifid, frame, len: ARP, NS or NA; rx is set on return */
	VD_DIRECTOR_RESOLVE, /* ifid, addr: a worker wants a next hop */
	VD_DIRECTOR_USED,    /* idx, gen: a worker used a stale neighbour */
	VD_DIRECTOR_LINK_UP, /* ifid: announce what is served there */
	VD_DIRECTOR_HOLD,    /* lease, held */
};

struct vd_director_event {
	enum vd_director_event_kind kind;
	uint32_t ifid;
	uint32_t idx;
	uint16_t gen;
	uint16_t lease;
	bool held;
	struct vd_addr addr;
	const void *frame;
	size_t len;
	struct vd_director_config *config;
	enum vd_neigh_rx rx; /* out */
};

enum vd_director_action_kind {
	VD_DIRECTOR_ACT_LEASE,     /* lease, until (0: given up): tell every worker */
	VD_DIRECTOR_ACT_OVERSLEPT, /* lease, late: it ran out so long ago; a LEASE follows */
	VD_DIRECTOR_ACT_RETIRED,   /* config: for main to free */
};

struct vd_director_action {
	enum vd_director_action_kind kind;
	uint16_t lease;
	vd_time until;
	vd_time late;
	struct vd_director_config *config;
};

/*
 * Where actions go; the caller empties both after every step. neigh.cap is at least 2 *
 * VD_NEIGH_ACTIONS_MIN, cap at least 3. What finds no room waits, and the next deadline is then at
 * once.
 */
struct vd_director_actions {
	struct vd_neigh_actions neigh;
	struct vd_director_action *v;
	uint32_t n, cap;
};

struct vd_director_params {
	struct vd_neigh_params neigh;
	uint32_t leases_max; /* at most VD_NEIGH_NO_LEASE */
};

struct vd_director *
vd_director_create(const struct vd_director_params *params, const struct vd_alloc *alloc);
void vd_director_destroy(struct vd_director *d); /* frees its configuration too */
/* Table and counters; the table may be read on any thread. */
const struct vd_neigh *vd_director_neigh(const struct vd_director *d);

/* Every lease held, for VD_DIRECTOR_LEASE, announced as keepalived does. */
struct vd_director_config *vd_director_config_new(uint32_t n_leases);
void vd_director_config_free(struct vd_director_config *c); /* NULL is fine */

/* Does the event, and whatever is due at now. Times never go back. */
void vd_director_step(struct vd_director *d, struct vd_director_event *event, vd_time now,
		struct vd_director_actions *out);
/* When the next step is due, or VD_TIME_NEVER. */
vd_time vd_director_next(const struct vd_director *d);
/* Is a lease held, and until when (0 when not)? */
vd_time vd_director_lease_until(const struct vd_director *d, uint16_t lease);

#endif
