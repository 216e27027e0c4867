/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LB_WORLD_H
#define LB_WORLD_H

/* One service of a few servers and a worker to schedule on, for the scheduler tests. */

#include "vd_hash.h"
#include "vd_lb.h"
#include "vd_test.h"

#define WORLD_SERVERS 1024

struct world {
	struct vd_lb_registry *registry;
	struct vd_lb_snapshot *snapshot;
	struct vd_lb_worker *worker;
	const struct vd_lb_service *service;
	struct vd_lb_listener listener;
	struct vd_lb_server_spec servers[WORLD_SERVERS];
	struct vd_lb_service_spec spec;
	uint32_t hits[WORLD_SERVERS]; /* by index, of world_run() */
};

static inline struct vd_addr
world_addr(uint8_t net, uint32_t host)
{
	const uint8_t b[4] = {10, net, (uint8_t)(host >> 8), (uint8_t)host};
	uint32_t be;

	memcpy(&be, b, sizeof(be));
	return vd_addr_from_v4(be);
}

/* Builds what world->spec says now. */
static inline void
world_build(struct world *x)
{
	const struct vd_lb_spec spec = {.services = &x->spec, .n_services = 1, .seed = 77};
	int err;

	vd_lb_snapshot_free(x->snapshot);
	x->snapshot = vd_lb_snapshot_build(&spec, x->registry, &vd_alloc_libc, &err, NULL);
	CU_ASSERT_EQUAL(err, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x->snapshot);
	CU_ASSERT_EQUAL(vd_lb_worker_prepare(x->worker,
					vd_lb_registry_limit(x->registry, VD_LB_KIND_SERVICE),
					vd_lb_registry_limit(x->registry, VD_LB_KIND_SERVER)),
			0);
	x->service = vd_lb_service_at(x->snapshot, 0);
}

static inline struct world *
world_new(enum vd_scheduler scheduler, uint32_t n, const uint32_t *weights)
{
	struct world *x = calloc(1, sizeof(*x));

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	x->registry = vd_lb_registry_create();
	x->worker = vd_lb_worker_create(0, 1, 5, &vd_alloc_libc);
	x->listener = (struct vd_lb_listener){world_addr(0, 1), 80, VD_PROTOCOL_TCP};
	for (uint32_t i = 0; i < n; i++) {
		x->servers[i].addr = world_addr(1, i);
		x->servers[i].port = 8080;
		x->servers[i].weight = weights == NULL ? 1 : weights[i];
		x->servers[i].forwarding = VD_FORWARDING_FULLNAT;
	}
	x->spec = (struct vd_lb_service_spec){
			.listeners = &x->listener,
			.n_listeners = 1,
			.servers = x->servers,
			.n_servers = n,
			.protocol = VD_PROTOCOL_TCP,
			.scheduler = (uint8_t)scheduler,
			.lease = VD_LB_LEASE_ALWAYS,
			.laddr_pool = VD_LB_NONE,
	};
	world_build(x);
	return x;
}

static inline void
world_free(struct world *x)
{
	vd_lb_snapshot_free(x->snapshot);
	vd_lb_worker_destroy(x->worker);
	vd_lb_registry_destroy(x->registry);
	free(x);
}

static inline struct vd_lb_client
world_client(uint32_t i)
{
	struct vd_lb_client c = {world_addr((uint8_t)(2 + i / 65536), i), (uint16_t)(i * 7)};

	return c;
}

/* From the next world_build() on: one with the address and port of the first of the others, down at first. */
static inline void
world_sorry(struct world *x, struct vd_lb_server_spec *sorry)
{
	*sorry = x->servers[0];
	sorry->state = VD_LB_SERVER_DOWN;
	sorry->weight = 0;
	x->spec.sorry = sorry;
}

/* Index of the server that client i gets, or -1. */
static inline int
world_pick(struct world *x, uint32_t i)
{
	struct vd_lb_client c = world_client(i);
	const struct vd_lb_server *srv = vd_lb_schedule(x->worker, x->service, &c, NULL);

	return srv == NULL ? -1 : srv->index;
}

static inline void
world_run(struct world *x, uint32_t n)
{
	memset(x->hits, 0, sizeof(x->hits));
	for (uint32_t i = 0; i < n; i++) {
		int s = world_pick(x, i);

		CU_ASSERT_FATAL(s >= 0);
		x->hits[s]++;
	}
}

static inline void
world_set(struct world *x, uint32_t i, uint32_t flags)
{
	const struct vd_lb_server *srv = &x->service->servers[i];

	vd_lb_worker_server_set(x->worker, srv->id, srv->gen, flags);
}

static inline struct vd_lb_server_state *
world_state(struct world *x, uint32_t i)
{
	return vd_lb_worker_server(x->worker, x->service->servers[i].id);
}

#endif
