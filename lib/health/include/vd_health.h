/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_HEALTH_H
#define VD_HEALTH_H

/*
 * The health engine: which real servers are in rotation, and which services have their quorum. Verdicts, the operator's
 * words and what workers observed in; flags for the workers and notices for main out. It never sends, sleeps or reads a
 * clock. It lives in the director, on control; main builds its configuration and reads its published words.
 *
 * A server is up if all its checks are, and it is not ejected. Ejected (observe layer4): the workers saw as many errors in
 * a row as its service allows; it is back when, after that, each of its checks succeeded once more. Checks are hurried for
 * that: at once the first time, after 1, 2, 4, up to 32 s when it was ejected again within a minute of its return;
 * what they say before does not count. One without checks is back after 1, 2, 4, up to 32 s. A report about a server that is
 * down or ejected already, or whose service does not observe, is ignored.
 *
 * Quorum, by weight of servers that are up and that the operator has neither drained nor disabled: gained at
 * weight >= quorum + hysteresis, lost at weight < quorum - hysteresis. At first: whether weight >= quorum + hysteresis,
 * with the weights of servers whose checks start up. While a service with a sorry server has no quorum, new connections get
 * the sorry server alone.
 *
 * Flags of a server, all of them anew each time (VD_LB_SERVER_ of vd_server_flags.h):
 *   the operator's drain or disable wins over checks: DRAIN, or DISABLED with GONE unless inhibit
 *   down: DOWN, with GONE unless inhibit (inhibit and expire_quiescent: with GONE all the same)
 *   up again: FRESH for VD_HEALTH_FRESH, or for slow_start with a growing share of its weight in sixteen steps (a sixteenth
 *   at once, another with every sixteenth of the time). Not at the start of vipd (the first time that a server of the first
 *   configuration comes up), and not when the operator enables it.
 *   the sorry server: none of them while it is in use; else DOWN, with GONE unless sorry_server_inhibit
 *
 * One owner thread (control), except the configuration, which main builds and control swaps in without allocating, and
 * the published words. Costs: a verdict is O(1), whatever the number of servers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_alloc.h"
#include "vd_time.h"

#define VD_HEALTH_NONE        UINT32_MAX
#define VD_HEALTH_FRESH       (2 * VD_SEC)
#define VD_HEALTH_STEPS       16u
#define VD_HEALTH_BACKOFF_MAX (32 * VD_SEC)
#define VD_HEALTH_BACKOFF_TTL (60 * VD_SEC)

/* ---- configuration: main builds, control swaps in, main frees what comes back ---- */

struct vd_health_service_config {
	uint32_t id, gen; /* of lb's registry */
	uint32_t quorum, hysteresis;
	uint32_t sorry_id, sorry_gen; /* VD_HEALTH_NONE: no sorry server */
	bool sorry_inhibit;
	vd_time slow_start; /* 0: none */
	uint32_t observe;   /* errors in a row; 0: off */
	uint32_t track;     /* what VRRP calls it, or VD_HEALTH_NONE */
};

struct vd_health_server_config {
	uint32_t id, gen;
	uint32_t weight;       /* in force now: the operator's, a check's, or the configuration's */
	bool weight_fixed;     /* the operator's: checks do not change it */
	bool inhibit;          /* inhibit_on_failure */
	bool expire_quiescent; /* expire_quiescent_conn */
	uint32_t admin;        /* VD_LB_SERVER_DRAIN or VD_LB_SERVER_DISABLED, or 0 */
};

struct vd_health_config;

/* Never NULL. */
struct vd_health_config *vd_health_config_new(void);
void vd_health_config_free(struct vd_health_config *c); /* NULL is fine */
/* So many are to come: optional, one allocation instead of several. */
void vd_health_config_reserve(
		struct vd_health_config *c, size_t services, size_t servers, size_t checks);
/* Indices from 0 on, in order. A server belongs to the service that was added last, a check to the last server. */
uint32_t
vd_health_config_service(struct vd_health_config *c, const struct vd_health_service_config *s);
uint32_t
vd_health_config_server(struct vd_health_config *c, const struct vd_health_server_config *s);
/* slot and serial name the check towards the probe; up: what it counts as before its first result. */
void vd_health_config_check(struct vd_health_config *c, uint32_t slot, uint32_t serial, bool up);
/*
 * Nothing may be added after. before: the configuration that was sealed and published last, or NULL; what has the same id
 * and gen, or slot and serial, goes on as it was. Reads only what does not change of it. 0, or -EEXIST: an id or a slot
 * twice; it can only be freed then.
 */
int vd_health_config_seal(struct vd_health_config *c, const struct vd_health_config *before);

/* ---- actions ---- */

enum vd_health_action_kind {
	VD_HEALTH_ACT_SERVER, /* server index, up, cause, slot: told once per change */
	VD_HEALTH_ACT_QUORUM, /* service index, up, weight (live), threshold (quorum plus or minus hysteresis) */
	VD_HEALTH_ACT_WEIGHT, /* server index, weight: a check changed it; main builds the tables anew */
	VD_HEALTH_ACT_HURRY, /* slot, serial: the probe is to run this check now and to confirm it whatever comes out */
};

enum vd_health_cause {
	VD_HEALTH_CAUSE_CHECK,   /* slot: the check that decided */
	VD_HEALTH_CAUSE_OBSERVE, /* errors seen by the workers */
	VD_HEALTH_CAUSE_CONFIG,  /* a reload took its checks away, or brought some that are down */
};

struct vd_health_action {
	uint8_t kind;
	bool up;
	uint8_t cause;
	uint32_t index; /* of server or service in the configuration in force */
	uint32_t id, gen; /* of the same in lb's registry: what a reader on another configuration compares */
	uint32_t slot, serial;
	uint64_t weight, threshold;
};

#define VD_HEALTH_ACTIONS 64

/* The caller empties it (n = 0) after every call. */
struct vd_health_actions {
	uint32_t n;
	struct vd_health_action v[VD_HEALTH_ACTIONS];
};

/* ---- the engine ---- */

struct vd_health;

struct vd_health *vd_health_create(const struct vd_alloc *alloc);
void vd_health_destroy(struct vd_health *h); /* frees the configuration it holds */

/*
 * Takes a sealed configuration and gives back the one before (NULL at first). What goes on keeps its state; a weight that a
 * check of it asked for stands. Flags are posted anew: all of them, for workers may know a number from an earlier life of
 * its bearer, but at first only those that are not 0. Changes that the swap itself makes (weights against quorums) are told by the
 * next ticks: vd_health_next() is now, then.
 */
struct vd_health_config *
vd_health_config_swap(struct vd_health *h, struct vd_health_config *c, vd_time now);
/*
 * The same in slices, so that a large one holds nobody up. step takes what it did off *units (a check, a server and a service
 * are one each) and returns true when nothing is left; end, after that, is as the swap. In between the engine takes no event
 * and has no deadline: the caller keeps what must not be lost. Flags may be posted.
 */
void vd_health_swap_begin(struct vd_health *h, struct vd_health_config *c);
bool vd_health_swap_step(struct vd_health *h, uint32_t *units, vd_time now);
struct vd_health_config *vd_health_swap_end(struct vd_health *h);

/* A check's verdict, or its confirmation after a HURRY. weight: what it asks for, or -1. Unknown slots are ignored. */
void vd_health_verdict(struct vd_health *h, uint32_t slot, uint32_t serial, bool up, int64_t weight,
		vd_time now, struct vd_health_actions *out);
/* A worker saw as many errors in a row on this server as its service allows. */
void vd_health_observed(struct vd_health *h, uint32_t id, uint32_t gen, vd_time now,
		struct vd_health_actions *out);
/* The operator's word: VD_LB_SERVER_DRAIN or VD_LB_SERVER_DISABLED, or 0. */
void vd_health_admin(struct vd_health *h, uint32_t id, uint32_t gen, uint32_t flags, vd_time now,
		struct vd_health_actions *out);
/*
 * Its weight from now on, for the quorum; fixed: the operator's, which checks do not change. Main has built the workers'
 * tables with it. Not fixed any more: what a check asked for meanwhile is told by a WEIGHT action, and counts.
 */
void vd_health_weight(struct vd_health *h, uint32_t id, uint32_t gen, uint32_t weight, bool fixed,
		vd_time now, struct vd_health_actions *out);
/* Whatever is due: steps of slow starts, hurries, actions that found no room. */
void vd_health_tick(struct vd_health *h, vd_time now, struct vd_health_actions *out);
/* When the next tick is due, or VD_TIME_NEVER. */
vd_time vd_health_next(const struct vd_health *h);

/*
 * Flags that the workers have to get: the first one that waits, true with it; it stays the first until
 * vd_health_posted(), so a caller whose ring is full tries again later. A server waits at most once.
 */
bool vd_health_post(const struct vd_health *h, uint32_t *id, uint32_t *gen, uint32_t *flags);
void vd_health_posted(struct vd_health *h);

/* The track number and state of service i (by index) in the configuration in force; false past the last one. */
bool vd_health_track(const struct vd_health *h, uint32_t i, uint32_t *track, bool *up);
/* The same of the i-th service that is tracked at all. */
bool vd_health_tracked(const struct vd_health *h, uint32_t i, uint32_t *track, bool *up);

/* ---- published words: any thread that holds the configuration, relaxed loads ---- */

struct vd_health_server_view {
	bool up;       /* by checks and observation, the operator's word aside */
	uint8_t cause; /* of the last change */
	bool ejected;
	uint32_t slot;    /* of the check that decided last, or VD_HEALTH_NONE */
	uint32_t share;   /* of its weight, in 256ths */
	uint32_t weight;  /* in force */
	uint32_t down;    /* checks that are down */
	uint64_t changes; /* up and down, since it is known */
	vd_time since;    /* of the last change; 0: none yet */
};

struct vd_health_service_view {
	bool quorum;
	bool sorry;      /* the sorry server is in use */
	uint64_t weight; /* live */
	vd_time since;
};

/* By index in c. Before the swap they tell what was carried over up to the seal. */
void vd_health_server_view(const struct vd_health_config *c, uint32_t server,
		struct vd_health_server_view *out);
void vd_health_service_view(const struct vd_health_config *c, uint32_t service,
		struct vd_health_service_view *out);

#endif
