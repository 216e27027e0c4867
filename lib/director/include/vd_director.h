/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_DIRECTOR_H
#define VD_DIRECTOR_H

/*
 * The director: the engines of the control lcore, composed. Events in, actions out; it never sends, sleeps or reads a
 * clock, so a test or a simulator drives it in virtual time. Today it holds the neighbour engine and the leases.
 *
 * A lease is the right to serve the addresses of one VRRP instance. While an instance is held, its lease is renewed at
 * every third of its length, to the workers by a LEASE action and to the neighbour engine, which answers for its
 * addresses. The director that overslept (was stopped, or its CPU was taken, past the end of a lease) says so and starts
 * that lease anew, announcing the addresses. Until VRRP is in effect every instance in the configuration is held.
 *
 * One owner thread (control), except the configuration, which main builds and control swaps in without allocating.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_alloc.h"
#include "vd_neigh.h"
#include "vd_time.h"

#define VD_DIRECTOR_LEASES 1024 /* lease numbers are below */

/* RFC 5798 leaves the number to the sender; keepalived's vrrp_garp_master_repeat and _delay. */
#define VD_DIRECTOR_ANNOUNCE_ROUNDS 5
#define VD_DIRECTOR_ANNOUNCE_GAP    (1 * VD_MSEC)
#define VD_DIRECTOR_ANNOUNCE_AGAIN  (5 * VD_SEC)

struct vd_director;
struct vd_director_config;

/* ---- configuration: main builds, control swaps in, main frees what comes back ---- */

struct vd_director_config *vd_director_config_new(void);
void vd_director_config_free(struct vd_director_config *c); /* NULL is fine */
/* Interfaces, addresses and next hops go here. Do not seal it: the director's seal does. */
struct vd_neigh_config *vd_director_config_neigh(struct vd_director_config *c);
/* The instance of this lease is held, for `length` at a time. 0, or -ERANGE for a number that is too large. */
int vd_director_config_lease(struct vd_director_config *c, uint32_t lease, vd_time length);
/* Nothing may be added after. */
void vd_director_config_seal(struct vd_director_config *c);

/* ---- events and actions ---- */

enum vd_director_event_kind {
	VD_DIRECTOR_EVENT_TICK,    /* time went on: whatever is due */
	VD_DIRECTOR_EVENT_FRAME,   /* ifid, frame, len: ARP or ND, as received */
	VD_DIRECTOR_EVENT_RESOLVE, /* ifid, addr: a worker needs this next hop */
	VD_DIRECTOR_EVENT_USED,    /* idx, gen: a worker used this stale neighbour */
	VD_DIRECTOR_EVENT_LINK_UP, /* ifid: announce its addresses again */
};

struct vd_director_event {
	enum vd_director_event_kind kind;
	uint32_t ifid;
	uint32_t idx;
	uint16_t gen;
	const void *frame;
	size_t len;
	struct vd_addr addr;
};

enum vd_director_lease_kind {
	VD_DIRECTOR_LEASE_RENEWED,   /* lease, until */
	VD_DIRECTOR_LEASE_ENDED,     /* lease: no longer held */
	VD_DIRECTOR_LEASE_OVERSLEPT, /* lease, late: it had run out; a RENEWED follows */
};

struct vd_director_lease_action {
	enum vd_director_lease_kind kind;
	uint32_t lease;
	vd_time until, late;
};

#define VD_DIRECTOR_NEIGH_ACTIONS 256
#define VD_DIRECTOR_LEASE_ACTIONS 256

/* The caller empties both lists (n = 0) after every call. When the lease list is full the rest follows with the next tick. */
struct vd_director_actions {
	struct vd_neigh_actions neigh;
	uint32_t n_leases;
	struct vd_director_lease_action lease[VD_DIRECTOR_LEASE_ACTIONS];
	struct vd_neigh_action neigh_store[VD_DIRECTOR_NEIGH_ACTIONS];
};

void vd_director_actions_init(struct vd_director_actions *out);

/* NULL when memory is out. */
struct vd_director *
vd_director_create(const struct vd_neigh_params *neigh, const struct vd_alloc *alloc);
void vd_director_destroy(struct vd_director *d); /* frees the configuration it holds */

/* Takes a sealed configuration, gives back the one before (NULL at first). Leases that stay are not touched. */
struct vd_director_config *vd_director_config_swap(struct vd_director *d,
		struct vd_director_config *c, vd_time now, struct vd_director_actions *out);

/* One event. True if it was a FRAME that the host may want a copy of (a reply or an advertisement). */
bool vd_director_step(struct vd_director *d, const struct vd_director_event *e, vd_time now,
		struct vd_director_actions *out);
/* When the next TICK is due. */
vd_time vd_director_next(const struct vd_director *d);

/* Readers on other threads: the neighbour table, and whether a lease is held (a relaxed load). */
const struct vd_neigh_table *vd_director_neighbors(const struct vd_director *d);
bool vd_director_lease_held(const struct vd_director *d, uint32_t lease);

#endif
