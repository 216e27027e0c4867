/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_DIRECTOR_H
#define VD_DIRECTOR_H

/*
 * The director: the engines of the control lcore, composed. Events in, actions out; it never sends, sleeps or reads a
 * clock, so a test or a simulator drives it in virtual time. It holds VRRP, the health engine and
 * the neighbour engine.
 *
 * A lease is the right to serve the addresses of one VRRP instance; its number is the instance's slot. MASTER holds it.
 * What VRRP decides reaches the neighbour engine here (it answers for the addresses of leases that are held, and announces
 * them), and everyone else by the VRRP actions, in their order, which the caller carries out before the neighbour engine's.
 *
 * A virtual server that VRRP tracks is up while it has its quorum: the health engine's word reaches VRRP here. Flags of real
 * servers wait in the health engine until the workers' rings take them: the caller looks after every step
 * (vd_health_post() on vd_director_health()).
 *
 * One owner thread (control), except the configuration, which main builds and control swaps in without allocating.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_alloc.h"
#include "vd_health.h"
#include "vd_neigh.h"
#include "vd_time.h"
#include "vd_vrrp.h"

#define VD_DIRECTOR_LEASES VD_VRRP_INSTANCES /* lease numbers are below */

/* Of link-up announcements, and between the rounds that VRRP asks for. */
#define VD_DIRECTOR_ANNOUNCE_ROUNDS 5
#define VD_DIRECTOR_ANNOUNCE_GAP    (300 * VD_MSEC)

struct vd_director;
struct vd_director_config;

/* ---- configuration: main builds, control swaps in, main frees what comes back ---- */

struct vd_director_config *vd_director_config_new(void);
void vd_director_config_free(struct vd_director_config *c); /* NULL is fine */
/* Interfaces, addresses, next hops, instances, servers go here. Do not seal them: the director's seal does. */
struct vd_neigh_config *vd_director_config_neigh(struct vd_director_config *c);
struct vd_vrrp_config *vd_director_config_vrrp(struct vd_director_config *c);
/* Stays good for its published words for as long as c. */
struct vd_health_config *vd_director_config_health(struct vd_director_config *c);
/*
 * Nothing may be added after. before: the configuration published last, or NULL. 0, or what vd_vrrp_config_seal() or
 * vd_health_config_seal() says.
 */
int vd_director_config_seal(struct vd_director_config *c, struct vd_director_config *before);

/* ---- events and actions ---- */

enum vd_director_event_kind {
	VD_DIRECTOR_EVENT_TICK,    /* time went on: whatever is due */
	VD_DIRECTOR_EVENT_FRAME,   /* ifid, frame, len: ARP or ND, as received */
	VD_DIRECTOR_EVENT_VRRP,    /* ifid, frame, len: protocol 112, as received */
	VD_DIRECTOR_EVENT_RESOLVE, /* ifid, addr: a worker needs this next hop */
	VD_DIRECTOR_EVENT_USED,    /* idx, gen: a worker used this stale neighbour */
	VD_DIRECTOR_EVENT_LINK_UP, /* ifid: announce its addresses again */
	VD_DIRECTOR_EVENT_TRACK, /* idx, on, value: a tracked thing of VRRP is up (on), or has this value */
	VD_DIRECTOR_EVENT_PRIORITY, /* idx, value: the operator's priority of an instance; 0 = none */
	VD_DIRECTOR_EVENT_FAILOVER, /* idx, time: hand an instance over within this time */
	VD_DIRECTOR_EVENT_HOLD,     /* idx (enum vd_vrrp_hold), on */
	VD_DIRECTOR_EVENT_WALL,     /* time: nanoseconds since 1970 at now = 0 */
	VD_DIRECTOR_EVENT_CLEAR,    /* VRRP's counters */
	VD_DIRECTOR_EVENT_VERDICT, /* idx, serial (slot of a check), on, value (weight it asks for, or -1) */
	VD_DIRECTOR_EVENT_OBSERVED, /* idx, serial (id and gen of a real server): errors seen by a worker */
	VD_DIRECTOR_EVENT_ADMIN, /* idx, serial (likewise), value: VD_LB_SERVER_ flags of the operator's */
	VD_DIRECTOR_EVENT_WEIGHT, /* idx, serial (likewise), value: its weight, on: the operator's */
};

struct vd_director_event {
	enum vd_director_event_kind kind;
	uint32_t ifid;
	uint32_t idx, serial;
	uint16_t gen;
	bool on;
	const void *frame;
	size_t len;
	int64_t value;
	vd_time time;
	struct vd_addr addr;
};

#define VD_DIRECTOR_NEIGH_ACTIONS 256

/* The caller carries out vrrp's, then neigh's, then health's, and empties the lists (n = 0) after every call. */
struct vd_director_actions {
	struct vd_neigh_actions neigh;
	struct vd_vrrp_actions vrrp;
	struct vd_health_actions health;
	struct vd_neigh_action neigh_store[VD_DIRECTOR_NEIGH_ACTIONS];
};

void vd_director_actions_init(struct vd_director_actions *out);

/* NULL when memory is out. */
struct vd_director *
vd_director_create(const struct vd_neigh_params *neigh, const struct vd_alloc *alloc);
void vd_director_destroy(struct vd_director *d); /* frees the configuration it holds */

/*
 * Takes a sealed configuration, gives back the one before (NULL at first), which must live until the actions were carried
 * out. Instances and leases that stay are not touched.
 */
struct vd_director_config *vd_director_config_swap(struct vd_director *d,
		struct vd_director_config *c, vd_time now, struct vd_director_actions *out);
/*
 * The same in slices, between which events are taken and adverts leave. step does about `units` of what is left (a next hop,
 * an address, a check, a server and a service are one each) and returns true, with the one before in *old, when all is done.
 * Until then VRRP goes by the configuration before, verdicts and what concerns servers are not to be given, and OBSERVED is
 * lost (a worker tells it again when it has seen as many errors more).
 */
void vd_director_swap_begin(struct vd_director *d, struct vd_director_config *c, vd_time now);
bool vd_director_swap_step(struct vd_director *d, uint32_t units, vd_time now,
		struct vd_director_actions *out, struct vd_director_config **old);
/* Between begin and the last step. */
bool vd_director_is_swapping(const struct vd_director *d);

enum vd_director_result {
	VD_DIRECTOR_DONE,
	VD_DIRECTOR_HOST, /* a FRAME that the host may want a copy of (a reply or an advertisement) */
	VD_DIRECTOR_REFUSED, /* FAILOVER of an instance that is not MASTER; PRIORITY or FAILOVER of none */
	VD_DIRECTOR_DROP, /* a VRRP frame to be counted: *drop */
};

/* One event. drop may be NULL for events other than VRRP. */
enum vd_director_result vd_director_step(struct vd_director *d, const struct vd_director_event *e,
		vd_time now, struct vd_director_actions *out, enum vd_drop *drop);
/* When the next TICK is due. */
vd_time vd_director_next(const struct vd_director *d);

/*
 * The frame number n = 0, 1, ... of a SEND action, right after the step that asked for it: true with its length and
 * interface, false past the last one. Length 0: a peer whose next hop is not resolved (it is asked for) or has no route.
 */
bool vd_director_advert(struct vd_director *d, const struct vd_vrrp_action *send, uint32_t n,
		vd_time now, struct vd_director_actions *out, uint8_t *frame, size_t *len,
		uint32_t *ifid);

/* Readers on other threads: the neighbour table, VRRP's status, and whether a lease is held (a relaxed load). */
const struct vd_neigh_table *vd_director_neighbors(const struct vd_director *d);
const struct vd_vrrp *vd_director_vrrp(const struct vd_director *d);
/* Control only. */
struct vd_health *vd_director_health(struct vd_director *d);
bool vd_director_lease_held(const struct vd_director *d, uint32_t lease);

#endif
