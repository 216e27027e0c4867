/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NEIGH_PRIV_H
#define NEIGH_PRIV_H

#include "vd_neigh.h"
#include "vd_timer.h"
#include "vd_vec.h"

/* An address of ours. */
struct neigh_own {
	uint32_t ifid;
	struct vd_addr addr;
	uint8_t prefix_len;
	uint8_t kind; /* enum vd_neigh_own_kind */
	bool has_mac;
	bool fresh; /* this configuration's news: what the news job of its interface announces */
	uint16_t lease;
	struct vd_mac mac;      /* of its own, with has_mac */
	vd_time conflict_after; /* a conflict is told again from then on */
};

struct neigh_if {
	bool present;
	bool router;
	bool news; /* it has addresses that are */
	struct vd_mac mac;
	vd_time garp_interval, gna_interval;
	uint32_t own_first, own_n;   /* its part of config->owns */
	uint32_t port_first, port_n; /* its part of config->ports */
	uint32_t vmac_first, vmac_n; /* its part of config->vmacs */
};

/* A MAC of addresses, other than the interface's. */
struct neigh_vmac {
	uint32_t ifid;
	struct vd_mac mac;
	uint16_t lease;
};

struct neigh_next_hop {
	uint32_t ifid;
	struct vd_addr addr;
	struct vd_mac mac; /* static ones */
};

#define NEIGH_NIL UINT32_MAX

/* A list through an array of links beside the things in it. */
struct neigh_queue {
	uint32_t first, last;
};

struct neigh_link {
	uint32_t prev, next;
};

/*
 * Announcing. A job has parts, its addresses of one lane: one interface and family. A round begins
 * when the job's timer runs out: its parts queue up in their lanes, which take turns, and in which
 * parts take turns. The round ends with the last part's last address.
 */
struct neigh_job {
	uint32_t part_first, part_n;
	uint32_t addresses;
	uint32_t rounds; /* to come, with the one under way; 0 = nothing to do */
	uint32_t open;   /* parts still in their lanes */
	uint16_t lease;  /* without which it ends, or VD_NEIGH_NO_LEASE */
	bool news;       /* fresh addresses only */
	vd_time gap;
};

struct neigh_part {
	uint32_t job, lane;
	uint32_t first, n; /* its part of config->items */
	uint32_t cursor;   /* the next of them */
	bool queued;
};

struct neigh_lane {
	struct neigh_queue parts;
	vd_time interval;
	vd_time next_at; /* not before */
	bool ready;      /* in config->ready; otherwise, with parts, its timer is set */
};

/* An address of a job. */
struct neigh_item {
	uint32_t job, lane, own;
};

struct vd_neigh_config {
	VD_VEC(struct neigh_if) ifs;   /* by ifid */
	VD_VEC(struct neigh_own) owns; /* sorted by ifid, address */
	VD_VEC(uint32_t) ports;        /* indices of kind OWN, sorted likewise */
	VD_VEC(struct neigh_next_hop) wants;
	VD_VEC(struct neigh_next_hop) statics;
	VD_VEC(struct neigh_vmac) vmacs; /* sorted by ifid, MAC */

	/* Of what follows there is nothing without owns. Jobs: leases, ifs twice, owns. */
	VD_VEC(uint32_t) lease_jobs; /* by lease: its job, or NIL */
	VD_VEC(struct neigh_job) jobs;
	VD_VEC(struct neigh_part) parts; /* sorted by job, lane */
	VD_VEC(struct neigh_item) items; /* sorted by job, lane, own */
	struct neigh_lane *lanes;        /* of interface i: 2 i for ARP, 2 i + 1 for ND */
	struct neigh_link *part_links, *lane_links;
	struct neigh_queue ready;            /* lanes */
	vd_time ready_at;                    /* since when it is not empty */
	uint32_t n_leases;                   /* that have addresses */
	struct vd_timer_heap *announcements; /* handles are jobs, then lanes */
};

/* Dynamic neighbours stand in one of two lists, least lately used first. */
enum neigh_list {
	NEIGH_LIST_NONE,
	NEIGH_LIST_SPARE,  /* never used (only asked us), or failed: evicted first */
	NEIGH_LIST_ACTIVE, /* asked for or used */
	NEIGH_LIST_N,
};

#define NEIGH_WANTED 0x01
#define NEIGH_STATIC 0x02
#define NEIGH_BEFORE 0x04 /* while a configuration is swapped: was wanted or static */

/* What the writer keeps of a slot beside its entry. */
struct neigh_slot {
	vd_time used;
	vd_time failed_at;
	uint32_t prev, next;
	uint8_t list;
	uint8_t flags;
	uint8_t tries;
	uint8_t epoch; /* of the configuration that flags are from, while one is swapped */
};

enum neigh_swap_phase {
	NEIGH_SWAP_NONE,
	NEIGH_SWAP_STATICS,
	NEIGH_SWAP_WANTS,
	NEIGH_SWAP_SWEEP, /* the table: who is no longer named */
	NEIGH_SWAP_OWNS,
	NEIGH_SWAP_JOBS,
	NEIGH_SWAP_DONE,
};

struct neigh_swap {
	struct vd_neigh_config *old;
	enum neigh_swap_phase phase;
	uint32_t at;    /* in the phase's list */
	vd_time ask_at; /* the next first request */
};

struct neigh_list_head {
	uint32_t first, last;
};

struct vd_neigh {
	const struct vd_alloc *alloc;
	struct vd_neigh_table table;
	struct neigh_slot *slots;
	struct vd_timer_heap *timers; /* handles are slots */
	struct vd_neigh_config *config;
	struct neigh_list_head lists[NEIGH_LIST_N];
	struct vd_rng rng;
	uint32_t live_max, dynamic_max;
	uint8_t epoch; /* counts configurations */
	struct neigh_swap swap;
	struct vd_neigh_stats stats;
	bool leases[VD_NEIGH_NO_LEASE];
};

/* vd_neigh_table.c: the writer's side of the table. */
uint32_t neigh_table_insert(struct vd_neigh_table *t, uint32_t ifid, const struct vd_addr *addr);
void neigh_table_remove(struct vd_neigh_table *t, uint32_t idx);
void neigh_table_write(struct vd_neigh_table *t, uint32_t idx, enum vd_neigh_state state,
		const struct vd_mac *mac, vd_time now);
struct vd_mac neigh_table_mac(const struct vd_neigh_table *t, uint32_t idx);

static inline enum vd_neigh_state
neigh_state(const struct vd_neigh *n, uint32_t idx)
{
	return vd_neigh_word_state(vd_load_relaxed(&n->table.entries[idx].word));
}

/* The flags are the new configuration's from now on. A whole swap comes by every slot, so eight bits tell them apart. */
static inline void
neigh_slot_renew(const struct vd_neigh *n, struct neigh_slot *s)
{
	if (s->epoch == n->epoch)
		return;
	s->epoch = n->epoch;
	s->flags = (s->flags & (NEIGH_WANTED | NEIGH_STATIC)) != 0 ? NEIGH_BEFORE : 0;
}

/* vd_neigh_config.c: our side. */
const struct neigh_if *neigh_if_get(const struct vd_neigh_config *c, uint32_t ifid);
/* The first own of (ifid, addr), with *count equal ones, or NULL. */
struct neigh_own *neigh_own_find(const struct vd_neigh_config *c, uint32_t ifid,
		const struct vd_addr *addr, uint32_t *count);
bool neigh_own_served(const struct vd_neigh *n, const struct neigh_own *own);
/* One that is served, or NULL. */
struct neigh_own *
neigh_served_find(const struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr);
/* The MAC that an address is at. */
const struct vd_mac *neigh_own_mac(const struct vd_neigh_config *c, const struct neigh_own *own);
/* Is it a MAC that we use there, now? */
bool neigh_mac_ours(const struct vd_neigh *n, uint32_t ifid, const struct vd_mac *mac);
/* Whom a request for target comes from; the unset address of the family when we have none. */
struct vd_addr neigh_sender(const struct vd_neigh *n, uint32_t ifid, const struct vd_addr *target,
		struct vd_mac *mac);

/* vd_neigh_plan.c: the jobs that a configuration may need. */
void neigh_plan_build(struct vd_neigh_config *c);
void neigh_plan_free(struct vd_neigh_config *c);

/* The job of a lease, or NIL. */
static inline uint32_t
neigh_job_of_lease(const struct vd_neigh_config *c, uint16_t lease)
{
	return lease < c->lease_jobs.n ? c->lease_jobs.v[lease] : NEIGH_NIL;
}

static inline uint32_t
neigh_job_of_if(const struct vd_neigh_config *c, uint32_t ifid)
{
	return c->n_leases + ifid;
}

static inline uint32_t
neigh_job_of_news(const struct vd_neigh_config *c, uint32_t ifid)
{
	return c->n_leases + (uint32_t)c->ifs.n + ifid;
}

static inline uint32_t
neigh_job_of_own(const struct vd_neigh_config *c, const struct neigh_own *own)
{
	return c->n_leases + 2 * (uint32_t)c->ifs.n + (uint32_t)(own - c->owns.v);
}

static inline uint32_t
neigh_lane_of(uint32_t ifid, const struct vd_addr *addr)
{
	return 2 * ifid + (vd_addr_is_v4(addr) ? 0 : 1);
}

/* vd_neigh_job.c: rounds, turns and pace. */
void
neigh_job_start(struct vd_neigh_config *c, uint32_t job, uint32_t rounds, vd_time gap, vd_time at);
void neigh_job_end(struct vd_neigh_config *c, uint32_t job);
/* The round is over: the next one, or the end. */
void neigh_job_round_end(struct vd_neigh_config *c, uint32_t job, vd_time now);
/* Its addresses from the cursor on wait for their turn. */
void neigh_part_queue(struct vd_neigh_config *c, uint32_t part, vd_time now);
void neigh_jobs_tick(struct vd_neigh *n, vd_time now, struct vd_neigh_actions *out);
vd_time neigh_jobs_next(const struct vd_neigh_config *c);

/* vd_neigh_announce.c */
void neigh_announce(struct vd_neigh *n, const struct neigh_own *own, vd_time now,
		struct vd_neigh_actions *out);

/* vd_neigh_carry.c: what a new configuration takes over from the one before, and its news. */
void neigh_carry_pace(struct vd_neigh *n, const struct vd_neigh_config *before, vd_time now);
void
neigh_carry_own(struct vd_neigh *n, const struct vd_neigh_config *before, uint32_t i, vd_time now);
void neigh_carry_jobs(struct vd_neigh *n, const struct vd_neigh_config *before, vd_time now);

/* vd_neigh_state.c: life of a neighbour. */
struct vd_neigh_action *neigh_act(struct vd_neigh_actions *out, enum vd_neigh_action_kind kind,
		uint32_t ifid, const struct vd_addr *addr);
bool neigh_room(const struct vd_neigh_actions *out, uint32_t n);
void neigh_list_remove(struct vd_neigh *n, uint32_t idx);
void neigh_list_add(struct vd_neigh *n, uint32_t idx, enum neigh_list list);
/*
 * A new INCOMPLETE entry that nobody asked for yet, in the list given, or VD_NEIGH_NONE when full.
 */
uint32_t neigh_create(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr,
		enum neigh_list list, vd_time now);
void neigh_remove(struct vd_neigh *n, uint32_t idx);
void neigh_ask(struct vd_neigh *n, uint32_t idx, vd_time now, struct vd_neigh_actions *out);
void neigh_probe(struct vd_neigh *n, uint32_t idx, vd_time now, struct vd_neigh_actions *out);
/* An answer to us: reachable at mac. */
void neigh_confirm(struct vd_neigh *n, uint32_t idx, const struct vd_mac *mac, vd_time now,
		struct vd_neigh_actions *out);
/* A hint: it says that it is at mac. */
void neigh_hint(struct vd_neigh *n, uint32_t idx, const struct vd_mac *mac, vd_time now,
		struct vd_neigh_actions *out);
/* A reachable one may have moved: stale, the MAC stays. */
void neigh_doubt(struct vd_neigh *n, uint32_t idx, vd_time now);
/* Its timer ran out. */
void neigh_expire(struct vd_neigh *n, uint32_t idx, vd_time now, struct vd_neigh_actions *out);

#endif
