/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LB_PRIV_H
#define LB_PRIV_H

#include "vd_hash.h"
#include "vd_lb.h"

/* A listener in the flat table; two to a line. */
struct lb_slot {
	struct vd_addr addr;
	uint16_t port_be;
	uint8_t protocol;
	uint8_t used;
	uint32_t service; /* index in the snapshot */
	uint64_t pad;
};

_Static_assert(sizeof(struct lb_slot) == 32, "two listeners to a line");

#define LB_SLOTS_PER_LINE 2u

struct vd_lb_snapshot {
	struct lb_slot *slots;
	uint64_t slot_lines_mask;
	uint64_t seed; /* of the flat tables */
	struct vd_lb_service *services;
	struct vd_lb_server *servers;
	struct vd_lb_listener *listeners;
	struct vd_lb_vip *vips;
	uint32_t *vip_slots; /* index + 1 */
	uint64_t vip_mask;
	uint64_t *lines;
	uint16_t *tables;
	char *groups;
	uint32_t *service_by_id; /* index + 1 */
	uint32_t *server_by_id;
	uint32_t n_services, n_servers, n_listeners, n_vips;
	uint32_t service_limit, server_limit;
	bool any_port; /* some listener has port 0 */
	size_t bytes;
	struct vd_alloc alloc;
};

/* lb_registry.c: one build begins, asks for numbers, and is committed or undone. */
struct lb_number {
	uint32_t id, gen;
};
uint32_t lb_registry_begin(struct vd_lb_registry *r);
/* 0; -EEXIST: already named in this build; -E2BIG. */
int lb_registry_service(struct vd_lb_registry *r, const struct vd_lb_service_spec *s,
		struct lb_number *out);
int lb_registry_server(struct vd_lb_registry *r, uint32_t service,
		const struct vd_lb_server_spec *s, bool sorry, struct lb_number *out);
void lb_registry_commit(struct vd_lb_registry *r);
void lb_registry_undo(struct vd_lb_registry *r);

/* lb_maglev.c: a prime for n servers, and the table. Servers of weight 0 get no place. */
uint32_t lb_maglev_size(uint32_t n);
int lb_maglev_fill(uint16_t *table, uint32_t size, const struct vd_lb_server *servers, uint32_t n,
		uint64_t seed);

#define LB_SHARED VD_LB_SERVER_SHARE(1) /* set: the share is below 256 */
#define LB_SLOW   (LB_SHARED | VD_LB_SERVER_FRESH)

/*
 * Places of the number line or of a table that are tried before all servers are looked at one by one. A prime: where a pick
 * used them all up, the next ones come to other places.
 */
#define LB_TRIES 61u

/* A dry run's turns, in place of the servers' own. */
struct lb_turns {
	unsigned n;
	const struct vd_lb_server *server[LB_TRIES];
	uint16_t turn[LB_TRIES];
	uint16_t rest; /* of those that found no place */
};

/* One decision: what it works on, and what it met on the way. */
struct lb_choosing {
	const struct vd_lb_worker *w;
	const struct vd_lb_service *svc;
	bool dry;               /* servers' state is not written */
	struct lb_turns *turns; /* of a dry run in rotation or by load */
	bool met_overload;
	unsigned n_passed; /* usable, but it was not their turn */
	const struct vd_lb_server *passed;
};

/* lb_pick.c: by number line, by load, by hash; NULL: none. The service has a line. */
const struct vd_lb_server *lb_pick_rotation(struct lb_choosing *ch, struct vd_lb_service_state *st);
const struct vd_lb_server *lb_pick_least(struct lb_choosing *ch, struct vd_lb_service_state *st);
const struct vd_lb_server *
lb_pick_hash(struct lb_choosing *ch, const struct vd_lb_client *client, uint64_t *place);
/* The sorry server, while it is usable. */
const struct vd_lb_server *
lb_pick_sorry(const struct vd_lb_worker *w, const struct vd_lb_service *svc, bool dry);
/* Flags as they are now, thresholds looked at. */
uint32_t lb_server_flags(const struct vd_lb_worker *w, const struct vd_lb_server *srv);

/* lb_schedule.c: the choice on a copy of the service's state; turns: a dry run. */
struct lb_choice {
	const struct vd_lb_server *server;
	enum vd_lb_reason why;
	uint64_t place; /* on the table or number line, for hashing schedulers */
};
void lb_choose(const struct vd_lb_worker *w, const struct vd_lb_service *svc,
		struct vd_lb_service_state *st, const struct vd_lb_client *client,
		struct lb_turns *turns, struct lb_choice *out);
struct vd_lb_service_state
lb_service_state(const struct vd_lb_worker *w, const struct vd_lb_service *svc);

/* Of server flags and snapshot. While it stays, no server becomes usable; it may change though none did. */
static inline uint64_t
lb_epoch(const struct vd_lb_worker *w, const struct vd_lb_service *svc)
{
	return (uint64_t)svc->stamp << 32 | w->epoch;
}

/* lb_few.c: servers of a large service that may be used, as of an epoch, while they are few. */
#define LB_FEW  120u
#define LB_MANY UINT32_MAX

struct lb_few {
	uint64_t epoch;
	uint32_t n; /* or LB_MANY */
	uint16_t index[LB_FEW];
} VD_CACHE_ALIGNED;

_Static_assert(sizeof(struct lb_few) == 256, "four lines");

/*
 * Number of servers to look at, by index[k], or, where *index is NULL, all of them in order; LB_MANY: not few. Those that
 * have gone down since the epoch began are still among them.
 */
uint32_t lb_few(const struct lb_choosing *ch, const uint16_t **index);
/* The next usable one was so many servers away; if that is far, they may be few by now. */
void lb_few_walked(const struct lb_choosing *ch, uint32_t servers);

/* lb_worker.c: for another bearer of the number. */
void lb_server_reset(struct vd_lb_server_state *st, uint32_t id, uint32_t gen);

/* Servers of the same share do not take their turns all at once. */
static inline uint16_t
lb_turn_start(uint32_t id)
{
	return (uint16_t)(vd_mix64(id + 1u) & 0xff);
}

#endif
