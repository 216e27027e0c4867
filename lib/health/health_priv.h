/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEALTH_PRIV_H
#define HEALTH_PRIV_H

/*
 * What the files of the engine share: vd_health.c has the calls, vd_health_config.c what main builds, health_swap.c how
 * state gets from one configuration into the next, health_server.c servers, health_service.c quorums, health_tell.c the
 * actions that are owed, health_view.c the published words, health_table.c indices and queues.
 *
 * All state lives in the configuration. Servers have handles 0 to servers.n - 1 in its queues, and behind them come the
 * services, whose post is their sorry server.
 */

#include "vd_compiler.h"
#include "vd_health.h"
#include "vd_server_flags.h"
#include "vd_timer.h"
#include "vd_vec.h"

#define HEALTH_NIL         UINT32_MAX
#define HEALTH_BACKOFF_MIN (1 * VD_SEC)
#define HEALTH_BACKOFFS    6 /* of the longest one: 1 s doubled five times */

/* ---- health_table.c ---- */

/* A number to a place. */
struct health_index {
	struct {
		uint32_t key, at; /* at HEALTH_NIL: empty */
	} * v;
	uint32_t mask;
};

void health_index_init(struct health_index *x, size_t n);
/* False: it is there already. */
bool health_index_add(struct health_index *x, uint32_t key, uint32_t at);
/* HEALTH_NIL: it is not there. */
uint32_t health_index_find(const struct health_index *x, uint32_t key);

/* First in, first out; a handle is in it at most once. */
struct health_queue {
	uint32_t *next;
	uint32_t head, tail;
};

void health_queue_init(struct health_queue *q, size_t n);
void health_queue_push(struct health_queue *q, uint32_t handle);
void health_queue_pop(struct health_queue *q);

/* ---- state ---- */

/* What an ejected server's check owes. */
enum health_owed {
	HEALTH_OWED_NO,
	HEALTH_OWED_LATER, /* a success, but it is not hurried yet */
	HEALTH_OWED_TELL,  /* likewise; the HURRY is to be told */
	HEALTH_OWED_ASKED, /* a success */
};

struct health_check {
	uint32_t slot, serial;
	uint32_t server;
	uint32_t carry; /* likely place in the configuration before */
	bool up;
	bool carried;
	uint8_t owed;  /* enum health_owed */
	int64_t asked; /* the weight it asked for last; -1: none */
};

/* What goes on from one configuration to the next. */
struct health_server_state {
	bool up, told_up;
	bool was_up; /* coming up is coming back */
	bool ejected;
	bool returning; /* it was ejected and did not come up since */
	bool fresh;     /* since fresh_since */
	uint8_t cause;
	uint8_t backoff; /* ejections of which each came soon after the return from the one before */
	uint32_t slot, serial; /* of the check that decided last */
	uint64_t changes;
	vd_time since, fresh_since;
	vd_time returned_at; /* from the last ejection; 0: never */
};

#define HEALTH_SERVER_WORDS  (sizeof(struct vd_health_server_view) / sizeof(uint32_t))
#define HEALTH_SERVICE_WORDS (sizeof(struct vd_health_service_view) / sizeof(uint32_t))

struct health_server {
	struct vd_health_server_config c;
	uint32_t service, check_first, check_n;
	uint32_t carry;

	struct health_server_state st;
	uint32_t weight, told_weight;
	uint32_t asker; /* the check by which the weight is, or HEALTH_NIL */
	uint32_t admin;
	uint32_t flags; /* as posted, or to be posted */
	uint32_t share;
	uint32_t live; /* its part of the service's weight */
	uint32_t down; /* checks */
	uint32_t owed; /* checks that owe something */

	/* For readers: whole when seq is even, and the same before and after. */
	uint32_t seq;
	uint32_t words[HEALTH_SERVER_WORDS];
};

struct health_quorum {
	bool up;
	vd_time since;
	uint64_t weight, threshold; /* by which it changed last */
};

struct health_service {
	struct vd_health_service_config c;
	uint32_t server_first, server_n;
	uint32_t carry;

	uint64_t weight;
	struct health_quorum quorum;
	bool told_quorum;

	uint32_t seq;
	uint32_t words[HEALTH_SERVICE_WORDS];
};

struct vd_health_config {
	VD_VEC(struct health_service) services;
	VD_VEC(struct health_server) servers;
	VD_VEC(struct health_check) checks;
	struct health_index service_ids, server_ids, slots;
	VD_VEC(uint32_t) tracked; /* services */
	struct health_queue posts, tells;
	struct vd_timer_heap *timers; /* handles are servers */
};

enum health_swap_phase {
	HEALTH_SWAP_NONE,
	HEALTH_SWAP_CHECKS,
	HEALTH_SWAP_SERVERS,
	HEALTH_SWAP_SERVICES,
	HEALTH_SWAP_POSTS,
	HEALTH_SWAP_DONE,
};

struct health_swap {
	struct vd_health_config *old;
	enum health_swap_phase phase;
	uint32_t at; /* in the phase's list */
};

struct vd_health {
	const struct vd_alloc *alloc;
	struct vd_health_config *config; /* NULL at first */
	struct health_swap swap;
	vd_time now; /* of the last call */
};

/* One step: what every function of the engine is handed. */
struct health_step {
	struct vd_health_config *c;
	struct vd_health_actions *out;
	vd_time now;
};

static inline uint32_t
health_server_handle(const struct vd_health_config *c, const struct health_server *v)
{
	return (uint32_t)(v - c->servers.v);
}

static inline uint32_t
health_service_handle(const struct vd_health_config *c, const struct health_service *s)
{
	return (uint32_t)(c->servers.n + (size_t)(s - c->services.v));
}

static inline struct health_service *
health_service_of(const struct vd_health_config *c, const struct health_server *v)
{
	return &c->services.v[v->service];
}

/* vd_health_config.c: places in c, guess being likely; HEALTH_NIL: not there. */
uint32_t
health_find_service(const struct vd_health_config *c, uint32_t id, uint32_t gen, uint32_t guess);
uint32_t
health_find_server(const struct vd_health_config *c, uint32_t id, uint32_t gen, uint32_t guess);
uint32_t
health_find_check(const struct vd_health_config *c, uint32_t slot, uint32_t serial, uint32_t guess);

/* health_server.c */
uint32_t health_server_flags(const struct health_server *v);
/* The weight that counts for the quorum. */
uint32_t health_server_live(const struct health_server *v);
/* It is up or down now; k: the check that decided, or NULL. */
void health_server_turn(struct health_step *s, struct health_server *v, bool up,
		enum vd_health_cause cause, const struct health_check *k);
/* Its share of now, and when it changes next. */
void health_server_fresh(struct health_step *s, struct health_server *v);
/* What follows from its checks, its ejection, its weight and the operator's word. */
void health_server_reckon(struct health_step *s, struct health_server *v,
		enum vd_health_cause cause, const struct health_check *k);
void health_server_eject(struct health_step *s, struct health_server *v);
void health_server_verdict(struct health_step *s, struct health_check *k, bool up, int64_t weight);
/* Its deadline is over. */
void health_server_due(struct health_step *s, struct health_server *v);

/* health_service.c */
bool health_service_sorry(const struct health_service *s); /* in use */
uint32_t health_sorry_flags(const struct health_service *s);
/* By its weight. True: that changed it. */
bool health_service_quorum(struct health_service *s, vd_time now);
/* What follows from its weight. */
void health_service_reckon(struct health_step *s, struct health_service *sv);

/* health_tell.c */
/* What waits of a server and its service, out of turn, as far as there is room. */
void health_tell(struct health_step *s, uint32_t server);
/* What waits, in order. */
void health_tell_all(struct health_step *s);

/* health_view.c */
void health_server_publish(struct health_server *v);
void health_service_publish(struct health_service *s);

#endif
