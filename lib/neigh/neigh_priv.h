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
	uint16_t lease;
	uint32_t rounds; /* announcements to come; the timer of the own's index says when */
	vd_time gap;
	vd_time conflict_after; /* a conflict is told again from then on */
};

struct neigh_if {
	bool present;
	bool router;
	struct vd_mac mac;
	uint32_t own_first, own_n;   /* its part of config->owns */
	uint32_t port_first, port_n; /* its part of config->ports */
};

struct neigh_next_hop {
	uint32_t ifid;
	struct vd_addr addr;
	struct vd_mac mac; /* static ones */
};

struct vd_neigh_config {
	VD_VEC(struct neigh_if) ifs;   /* by ifid */
	VD_VEC(struct neigh_own) owns; /* sorted by ifid, address */
	VD_VEC(uint32_t) ports;        /* indices of kind OWN, sorted likewise */
	VD_VEC(struct neigh_next_hop) wants;
	VD_VEC(struct neigh_next_hop) statics;
	struct vd_timer_heap *announcements; /* handles are indices of owns; NULL without owns */
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

/* vd_neigh_config.c: our side. */
const struct neigh_if *neigh_if_get(const struct vd_neigh_config *c, uint32_t ifid);
/* The first own of (ifid, addr), with *count equal ones, or NULL. */
struct neigh_own *neigh_own_find(const struct vd_neigh_config *c, uint32_t ifid,
		const struct vd_addr *addr, uint32_t *count);
bool neigh_own_served(const struct vd_neigh *n, const struct neigh_own *own);
/* One that is served, or NULL. */
struct neigh_own *
neigh_served_find(const struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr);
/* Whom a request for target comes from; the unset address of the family when we have none. */
struct vd_addr neigh_sender(const struct vd_neigh *n, uint32_t ifid, const struct vd_addr *target);

/* vd_neigh_announce.c */
void neigh_announce_start(struct vd_neigh_config *c, struct neigh_own *own, uint32_t rounds,
		vd_time gap, vd_time at);
void neigh_announce_tick(struct vd_neigh *n, vd_time now, struct vd_neigh_actions *out);

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
