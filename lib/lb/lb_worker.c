/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "lb_priv.h"

struct vd_lb_worker *
vd_lb_worker_create(uint32_t index, uint32_t workers, uint64_t seed, const struct vd_alloc *alloc)
{
	struct vd_lb_worker *w = vd_zalloc(alloc, sizeof(*w), VD_CACHE_LINE);

	if (w == NULL)
		return NULL;
	w->alloc = *alloc;
	w->index = index;
	w->workers = VD_MAX(workers, 1u);
	w->seed = seed;
	w->epoch = 1;
	w->services = vd_zalloc(alloc, VD_LB_CHUNKS_MAX * sizeof(*w->services), VD_CACHE_LINE);
	w->servers = vd_zalloc(alloc, VD_LB_CHUNKS_MAX * sizeof(*w->servers), VD_CACHE_LINE);
	w->few = vd_zalloc(alloc, VD_LB_CHUNKS_MAX * sizeof(*w->few), VD_CACHE_LINE);
	if (w->services == NULL || w->servers == NULL || w->few == NULL) {
		vd_lb_worker_destroy(w);
		return NULL;
	}
	return w;
}

void
vd_lb_worker_destroy(struct vd_lb_worker *w)
{
	struct vd_alloc alloc;

	if (w == NULL)
		return;
	alloc = w->alloc;
	for (uint32_t i = 0; i < VD_LB_CHUNKS_MAX && w->few != NULL && w->few[i] != NULL; i++)
		vd_free(&alloc, w->few[i]);
	for (uint32_t i = 0; i < w->service_chunks; i++)
		vd_free(&alloc, w->services[i]);
	for (uint32_t i = 0; i < w->server_chunks; i++)
		vd_free(&alloc, w->servers[i]);
	vd_free(&alloc, w->few);
	vd_free(&alloc, w->services);
	vd_free(&alloc, w->servers);
	vd_free(&alloc, w);
}

int
vd_lb_worker_prepare(struct vd_lb_worker *w, uint32_t service_limit, uint32_t server_limit)
{
	uint32_t services = (service_limit + VD_LB_CHUNK - 1) / VD_LB_CHUNK;
	uint32_t servers = (server_limit + VD_LB_CHUNK - 1) / VD_LB_CHUNK;

	if (services > VD_LB_CHUNKS_MAX || servers > VD_LB_CHUNKS_MAX)
		return -E2BIG;
	for (; w->service_chunks < services; w->service_chunks++) {
		struct vd_lb_service_state *chunk;
		struct lb_few **few = &w->few[w->service_chunks];

		if (*few == NULL)
			*few = vd_zalloc(&w->alloc, VD_LB_CHUNK * sizeof(**few), VD_CACHE_LINE);
		if (*few == NULL)
			return -ENOMEM;
		chunk = vd_zalloc(&w->alloc, VD_LB_CHUNK * sizeof(*chunk), VD_CACHE_LINE);
		if (chunk == NULL)
			return -ENOMEM;
		vd_store_release(&w->services[w->service_chunks], chunk);
	}
	for (; w->server_chunks < servers; w->server_chunks++) {
		struct vd_lb_server_state *chunk =
				vd_zalloc(&w->alloc, VD_LB_CHUNK * sizeof(*chunk), VD_CACHE_LINE);

		if (chunk == NULL)
			return -ENOMEM;
		vd_store_release(&w->servers[w->server_chunks], chunk);
	}
	return 0;
}

void
lb_server_reset(struct vd_lb_server_state *st, uint32_t id, uint32_t gen)
{
	*st = (struct vd_lb_server_state){.gen = gen, .turn = lb_turn_start(id)};
}

uint32_t
vd_lb_worker_server_set(struct vd_lb_worker *w, uint32_t id, uint32_t gen, uint32_t flags)
{
	struct vd_lb_server_state *st = vd_lb_worker_server(w, id);
	bool other = st->gen != gen;
	uint32_t before;

	if (other)
		lb_server_reset(st, id, gen);
	before = st->flags;
	if ((before & LB_SLOW) == 0 && (flags & LB_SLOW) != 0)
		st->turn = lb_turn_start(id);
	st->flags = (flags & ~VD_LB_SERVER_OVERLOAD) | (before & VD_LB_SERVER_OVERLOAD);
	/* What is remembered of services without a server stays true until there is one more. */
	if ((flags & VD_LB_SERVER_UNUSABLE) == 0 &&
			(other || (before & VD_LB_SERVER_UNUSABLE) != 0))
		w->epoch = w->epoch == UINT32_MAX ? 1 : w->epoch + 1;
	return before;
}
