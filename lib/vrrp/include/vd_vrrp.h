/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_VRRP_H
#define VD_VRRP_H

/*
 * The VRRP engine: every instance and sync group of this node. Events in, actions out; it never sends, sleeps or reads a
 * clock. Rules: RFC 9568 and 3768 where keepalived does not differ, keepalived's where it does (docs/vrrp.md).
 *
 * An instance has a slot, a number below VD_VRRP_INSTANCES that its name keeps from one configuration to the next; it is
 * the number of its lease, too. MASTER holds the lease: it is renewed with every advert sent, for the time after which a
 * peer of priority 254 takes over. A step that comes later than that finds the instance BACKUP.
 *
 *            start                      +--- fault, any member of the group ----+
 *   INIT ------------> BACKUP <---------|-------------------------------+       |
 *                        |  ^           v                               |       v
 *      master down timer |  | higher advert, tie lost, held,        fault over FAULT
 *      (all of the group)v  | group, overslept                          |       ^
 *                       MASTER --------- fault ---------------------------------+
 *
 * The configuration is built by main, which allocates, and swapped in by the owner, who does not. One owner thread
 * (control) for everything but the configuration's building and vd_vrrp_status_read().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_alloc.h"
#include "vd_drop.h"
#include "vd_time.h"
#include "vd_vec.h"
#include "vd_vrrp_packet.h"

#define VD_VRRP_INSTANCES  1024
#define VD_VRRP_GROUPS     1024
#define VD_VRRP_TRACKS     4096 /* tracked things are numbered below */
#define VD_VRRP_GROUP_NONE UINT32_MAX
#define VD_VRRP_IF_NONE    UINT32_MAX
#define VD_VRRP_TRACK_NONE UINT32_MAX

enum vd_vrrp_state {
	VD_VRRP_STATE_INIT, /* as keepalived numbers them in its JSON */
	VD_VRRP_STATE_BACKUP,
	VD_VRRP_STATE_MASTER,
	VD_VRRP_STATE_FAULT,
	VD_VRRP_STATE_N,
};

const char *vd_vrrp_state_name(enum vd_vrrp_state s); /* "MASTER"; "?" outside the enum */

/* clang-format off */
/* Why an instance is in its state. In texts %a is status.reason_addr, %p reason_priority, %t what is wrong with the tracked thing, %d reason_time. */
#define VD_VRRP_REASONS(X) \
	X(NONE,        "none",        "not started") \
	X(START,       "start",       "started") \
	X(OWNER,       "owner",       "priority 255: owner of the addresses") \
	X(TIMEOUT,     "timeout",     "no advert within the master down interval") \
	X(RESIGNED,    "resigned",    "%a resigned with priority 0") \
	X(PREEMPT,     "preempt",     "%a has the lower priority %p") \
	X(HIGHER,      "higher",      "advert from %a with the higher priority %p") \
	X(TIE,         "tie",         "advert from %a with equal priority %p and the higher address") \
	X(GROUP,       "group",       "with its sync group") \
	X(TRACK,       "track",       "%t") \
	X(NO_ADDRESS,  "no_address",  "the interface has no address of the family to send from") \
	X(NO_PEER,     "no_peer",     "no unicast peer (unicast_fault_no_peer)") \
	X(RECOVERED,   "recovered",   "nothing is at fault any more") \
	X(OVERSLEPT,   "overslept",   "control did not run for %d: the lease had run out") \
	X(MAINTENANCE, "maintenance", "maintenance is on") \
	X(STOPPED,     "stopped",     "stopped by the operator") \
	X(FAILOVER,    "failover",    "handed over by the operator") \
	X(NO_TAKER,    "no_taker",    "handed over by the operator, but nobody took over") \
	X(CHANGED,     "changed",     "its interface, VRID, family, version or way of sending was changed") \
	X(SHUTDOWN,    "shutdown",    "vipd stops") \
	X(DELETED,     "deleted",     "no longer in the configuration")
/* clang-format on */

enum vd_vrrp_reason {
#define VD_X(id, key, text) VD_VRRP_REASON_##id,
	VD_VRRP_REASONS(VD_X)
#undef VD_X
	VD_VRRP_REASON_N
};

const char *vd_vrrp_reason_name(enum vd_vrrp_reason r);
const char *vd_vrrp_reason_text(enum vd_vrrp_reason r); /* with its %a, %p, %t, %d */

/* ---- configuration ---- */

/*
 * weight 0: down means FAULT (with reverse: up means FAULT). Above 0: added while up; below 0: taken away while down;
 * reverse changes the sign of what is added, as in keepalived, not when. by_value (track_file): weight times the value is
 * added, at most 253, below -253 is FAULT, and with weight 0 every value but 0 is FAULT.
 */
struct vd_vrrp_track {
	uint32_t id;
	int32_t weight;
	bool reverse, by_value;
};

struct vd_vrrp_peer {
	struct vd_addr addr;
	uint32_t ifid; /* way to it: VD_VRRP_IF_NONE = no route */
	struct vd_addr next_hop;
	int16_t min_ttl, max_ttl; /* of adverts from it; -1 = not checked */
};

struct vd_vrrp_instance_config {
	/* id.addresses and id.hmac are set by the seal. */
	struct vd_vrrp_identity id;
	uint32_t ifid;
	struct vd_mac mac;  /* source of the Ethernet frame: the port's, or the virtual MAC */
	struct vd_addr src; /* unset: FAULT, no_address */
	struct vd_addr group_addr; /* multicast destination */
	uint8_t ttl;
	VD_VEC(struct vd_vrrp_peer) peers;
	VD_VEC(struct vd_addr)
	addresses; /* advertised; excess was moved to the excluded ones by the builder */
	VD_VEC(struct vd_vrrp_track) tracks;
	struct vd_vrrp_hmac
			*hmac; /* malloc'ed by the builder, freed with the configuration; or NULL */
	uint32_t sync_group;   /* slot of its group, or VD_VRRP_GROUP_NONE */

	uint8_t priority;  /* 1 to 255 */
	bool start_master; /* state MASTER */
	bool nopreempt;
	vd_time preempt_delay;
	uint32_t down_timer_adverts; /* 1 to 100 */
	bool skip_check_adv_addr, check_unicast_src, fault_no_peer;
	bool lower_prio_no_advert, higher_prio_send_advert, owner_ignore_adverts;

	/* Gratuitous ARP and unsolicited NA. */
	uint32_t garp_repeat, garp_refresh_repeat, garp_lower_prio_repeat;
	vd_time garp_delay, garp_refresh, garp_lower_prio_delay; /* 0 = none */
};

struct vd_vrrp_config;

struct vd_vrrp_config *vd_vrrp_config_new(void);
void vd_vrrp_config_free(struct vd_vrrp_config *c); /* NULL is fine */
/* A zeroed instance with down_timer_adverts 3, ttl 255, sync_group NONE, to be filled in; NULL: too large, or taken. */
struct vd_vrrp_instance_config *vd_vrrp_config_instance(struct vd_vrrp_config *c, uint32_t slot);
/* A thing's change counts only when it lasted: interface_up_down_delays. */
void vd_vrrp_config_track_delay(
		struct vd_vrrp_config *c, uint32_t track, vd_time down_delay, vd_time up_delay);
/* Until then, at start, no instance becomes MASTER (vrrp_startup_delay); 0 = none. */
void vd_vrrp_config_startup_delay(struct vd_vrrp_config *c, vd_time delay);
/*
 * Sorts and indexes; nothing may be added after. 0, or -EEXIST: two with one interface, VRID and family, or -ERANGE: a
 * track beyond VD_VRRP_TRACKS. A configuration that was refused can only be freed.
 */
int vd_vrrp_config_seal(struct vd_vrrp_config *c);

/* ---- actions ---- */

enum vd_vrrp_action_kind {
	VD_VRRP_ACT_SEND, /* slot, priority: adverts to the group or each peer, built by vd_vrrp_frame() */
	VD_VRRP_ACT_LEASE, /* slot, until: held up to then; 0 = no longer */
	VD_VRRP_ACT_ANNOUNCE, /* slot, rounds: gratuitous ARP and NA for its addresses, excluded ones too */
	VD_VRRP_ACT_STATE, /* slot, from, to, deleted, reason and what it names, priority (effective) */
	VD_VRRP_ACT_GROUP,    /* slot of the group, to, deleted */
	VD_VRRP_ACT_PRIORITY, /* slot, state (to), priority: the effective one changed */
	VD_VRRP_ACT_RX_LOWER, /* slot, addr, priority: MASTER heard an advert with a lower priority */
	VD_VRRP_ACT_REFUSED, /* slot, error, addr: at most one a second and instance */
	VD_VRRP_ACT_FAILOVER, /* slot, done: a hand-over came to its end: addr took over, or (done false) nobody did */
};

struct vd_vrrp_action {
	uint8_t kind;     /* enum vd_vrrp_action_kind */
	uint8_t from, to; /* enum vd_vrrp_state */
	uint8_t priority;
	uint8_t reason; /* enum vd_vrrp_reason */
	uint8_t error;  /* enum vd_vrrp_error */
	bool deleted; /* STATE, GROUP: gone for good; SEND: by the configuration that was swapped out */
	bool done;
	uint8_t reason_priority;
	uint32_t slot;
	uint32_t rounds;
	uint32_t track;
	vd_time until; /* LEASE; STATE: reason_time */
	struct vd_addr addr;
};

/* Holds what any one step can want: it is never full. The caller empties it (n = 0) after every call. */
#define VD_VRRP_ACTIONS (12 * VD_VRRP_INSTANCES)
struct vd_vrrp_actions {
	uint32_t n;
	uint64_t lost; /* would be a bug; tests look */
	struct vd_vrrp_action v[VD_VRRP_ACTIONS];
};

/* ---- the engine ---- */

struct vd_vrrp;

/* NULL when memory is out. */
struct vd_vrrp *vd_vrrp_create(const struct vd_alloc *alloc);
void vd_vrrp_destroy(struct vd_vrrp *v); /* frees the configuration it holds */

/*
 * Takes a sealed configuration and gives back the one before (NULL at first). What did not change is not touched: state,
 * timers, counters go on; priorities, addresses and times change in place. An instance whose identity changed resigns
 * and starts anew; one that is gone resigns. The old configuration must live until the actions were carried out.
 */
struct vd_vrrp_config *vd_vrrp_config_swap(struct vd_vrrp *v, struct vd_vrrp_config *c, vd_time now,
		struct vd_vrrp_actions *out);

/* Seconds and nanoseconds since 1970 at time 0 of `now`, for auth_hmac. May be set at any time. */
void vd_vrrp_wall(struct vd_vrrp *v, uint64_t wall_ns_at_zero);

/*
 * The first thing of every step, which the calls below do themselves: a MASTER whose lease has run out is BACKUP. For an
 * owner whose step does something else that depends on leases. Costs nothing while none has run out.
 */
void vd_vrrp_wake(struct vd_vrrp *v, vd_time now, struct vd_vrrp_actions *out);

/* A frame with protocol 112, as received. VD_PKT_OK, or the enum vd_drop reason to count. */
int vd_vrrp_rx(struct vd_vrrp *v, uint32_t ifid, const void *frame, size_t len, vd_time now,
		struct vd_vrrp_actions *out);
/* Whatever is due. */
void vd_vrrp_tick(struct vd_vrrp *v, vd_time now, struct vd_vrrp_actions *out);
/* When the next tick is due, or VD_TIME_NEVER. */
vd_time vd_vrrp_next(const struct vd_vrrp *v);

/* A tracked thing is up or down, or has this value (by_value). Things are up, with value 0, until told otherwise. */
void vd_vrrp_track(struct vd_vrrp *v, uint32_t track, bool up, int64_t value, vd_time now,
		struct vd_vrrp_actions *out);

/* The operator's priority, 1 to 255; 0 gives the configuration's back. -ENOENT. Survives a swap. */
int vd_vrrp_priority(struct vd_vrrp *v, uint32_t slot, uint8_t priority, vd_time now,
		struct vd_vrrp_actions *out);

/*
 * A planned hand-over of a MASTER and its sync group: resigns and stays BACKUP until another router is MASTER, or until
 * `timeout` went by; a FAILOVER action tells which. After that it behaves as with nopreempt until that master is
 * gone, or says a lower priority than when it took over (what it tracks failed).
 * 0, -ENOENT, or -EALREADY when it is not MASTER.
 */
int vd_vrrp_failover(struct vd_vrrp *v, uint32_t slot, vd_time timeout, vd_time now,
		struct vd_vrrp_actions *out);

/* While any of these is on, every instance resigns and no instance becomes MASTER. */
enum vd_vrrp_hold {
	VD_VRRP_HOLD_MAINTENANCE = 0x1,
	VD_VRRP_HOLD_STOPPED = 0x2,
	VD_VRRP_HOLD_SHUTDOWN = 0x4, /* for good: INIT, not BACKUP */
};
void vd_vrrp_hold(struct vd_vrrp *v, enum vd_vrrp_hold what, bool on, vd_time now,
		struct vd_vrrp_actions *out);

void vd_vrrp_clear_stats(struct vd_vrrp *v);

/*
 * The frame of a SEND action, n = 0, 1, ... for each peer (a multicast instance has n = 0 only): its length, 0 past the
 * last one. Right after the step that asked for it, before the next. mac is of the peer's next hop, NULL for multicast.
 */
size_t vd_vrrp_frame(struct vd_vrrp *v, const struct vd_vrrp_action *send, uint32_t n,
		const struct vd_mac *mac, vd_time now, uint8_t *frame);
/* Where a SEND goes: by multicast out of an interface, or to peers; number n of them, NULL past the last one. */
bool vd_vrrp_is_unicast(const struct vd_vrrp *v, const struct vd_vrrp_action *send);
uint32_t vd_vrrp_ifid(const struct vd_vrrp *v, const struct vd_vrrp_action *send);
const struct vd_vrrp_peer *
vd_vrrp_peer_at(const struct vd_vrrp *v, const struct vd_vrrp_action *send, uint32_t n);

/* ---- what others may read ---- */

struct vd_vrrp_stats {
	uint64_t adverts_received, adverts_sent;
	uint64_t became_master, released_master;
	uint64_t priority_zero_received, priority_zero_sent;
	uint64_t errors[VD_VRRP_ERROR_N];
};

struct vd_vrrp_status {
	bool present;
	uint8_t state;  /* enum vd_vrrp_state */
	uint8_t wanted; /* the state it would like (keepalived's wantstate) */
	uint8_t reason; /* enum vd_vrrp_reason */
	uint8_t priority,
			effective_priority; /* in force: the operator's or the configuration's; with weights */
	uint8_t priority_override; /* the operator's, 0 = none */
	uint8_t reason_priority;
	uint8_t master_priority; /* of the last accepted advert, or ours */
	bool handed_over;        /* after a failover: behaves as with nopreempt */
	uint32_t reason_track;   /* or VD_VRRP_TRACK_NONE */
	vd_time reason_time;
	vd_time since;           /* now of the last change of state */
	vd_time master_interval; /* adopted (version 3) */
	vd_time down_interval;   /* the master down interval in force */
	vd_time preempt_at;      /* preempt_delay runs until then; 0 = not running */
	vd_time next_at;         /* when its next timer runs out; VD_TIME_NEVER = none runs */
	struct vd_addr reason_addr;
	struct vd_addr master_addr; /* whom it takes for the master; unset if unknown */
	struct vd_vrrp_stats stats;
};

/* Any thread: a consistent copy as of the end of some step. False: no such instance. */
bool vd_vrrp_status_read(const struct vd_vrrp *v, uint32_t slot, struct vd_vrrp_status *out);
/* State of a group: any thread. */
enum vd_vrrp_state vd_vrrp_group_state(const struct vd_vrrp *v, uint32_t group);

#endif
