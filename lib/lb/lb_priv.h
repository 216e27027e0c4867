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

/* lb_schedule.c: the choice on a copy of the service's state; dry: servers' state is not written either. */
struct lb_choice {
	const struct vd_lb_server *server;
	enum vd_lb_reason why;
	uint64_t place; /* on the table or number line, for hashing schedulers */
};
void lb_choose(const struct vd_lb_worker *w, const struct vd_lb_service *svc,
		struct vd_lb_service_state *st, const struct vd_lb_client *client, bool dry,
		struct lb_choice *out);
struct vd_lb_service_state
lb_service_state(const struct vd_lb_worker *w, const struct vd_lb_service *svc);
/* Flags as they are now, thresholds looked at. */
uint32_t lb_server_flags(const struct vd_lb_worker *w, const struct vd_lb_server *srv);
uint64_t lb_server_load(const struct vd_lb_worker *w, const struct vd_lb_server *srv);

#endif
