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
	w->errors = vd_zalloc(alloc, VD_LB_CHUNKS_MAX * sizeof(*w->errors), VD_CACHE_LINE);
	if (w->services == NULL || w->servers == NULL || w->few == NULL || w->errors == NULL) {
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
	/* One of a pair may be there without the other. */
	for (uint32_t i = 0; w->few != NULL && i < VD_LB_CHUNKS_MAX && w->few[i] != NULL; i++)
		vd_free(&alloc, w->few[i]);
	for (uint32_t i = 0; w->errors != NULL && i < VD_LB_CHUNKS_MAX && w->errors[i] != NULL; i++)
		vd_free(&alloc, w->errors[i]);
	for (uint32_t i = 0; i < w->service_chunks; i++)
		vd_free(&alloc, w->services[i]);
	for (uint32_t i = 0; i < w->server_chunks; i++)
		vd_free(&alloc, w->servers[i]);
	vd_free(&alloc, w->few);
	vd_free(&alloc, w->errors);
	vd_free(&alloc, w->services);
	vd_free(&alloc, w->servers);
	vd_free(&alloc, w);
}

/* A chunk and its companion; the chunk is published last. */
static void *
chunk_new(struct vd_lb_worker *w, size_t size, void **companion, size_t companion_size)
{
	if (*companion == NULL)
		*companion = vd_zalloc(&w->alloc, VD_LB_CHUNK * companion_size, VD_CACHE_LINE);
	return *companion == NULL ? NULL : vd_zalloc(&w->alloc, VD_LB_CHUNK * size, VD_CACHE_LINE);
}

int
vd_lb_worker_prepare(struct vd_lb_worker *w, uint32_t service_limit, uint32_t server_limit)
{
	uint32_t services = (service_limit + VD_LB_CHUNK - 1) / VD_LB_CHUNK;
	uint32_t servers = (server_limit + VD_LB_CHUNK - 1) / VD_LB_CHUNK;

	if (services > VD_LB_CHUNKS_MAX || servers > VD_LB_CHUNKS_MAX)
		return -E2BIG;
	for (; w->service_chunks < services; w->service_chunks++) {
		void *few = w->few[w->service_chunks];
		struct vd_lb_service_state *chunk =
				chunk_new(w, sizeof(*chunk), &few, sizeof(struct lb_few));

		w->few[w->service_chunks] = few;
		if (chunk == NULL)
			return -ENOMEM;
		vd_store_release(&w->services[w->service_chunks], chunk);
	}
	for (; w->server_chunks < servers; w->server_chunks++) {
		void *errors = w->errors[w->server_chunks];
		struct vd_lb_server_state *chunk = chunk_new(
				w, sizeof(*chunk), &errors, sizeof(struct vd_lb_server_errors));

		w->errors[w->server_chunks] = errors;
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
			(other || (before & VD_LB_SERVER_UNUSABLE) != 0)) {
		w->epoch = w->epoch == UINT32_MAX ? 1 : w->epoch + 1;
		st->errors = 0;
	}
	return before;
}

bool
vd_lb_server_error(struct vd_lb_worker *w, uint32_t id, enum vd_lb_error error)
{
	struct vd_lb_server_state *st = vd_lb_worker_server(w, id);
	struct vd_lb_server_errors *e = &w->errors[id / VD_LB_CHUNK][id % VD_LB_CHUNK];
	uint64_t *n = error == VD_LB_ERROR_SYN_RESET ? &e->syn_reset : &e->syn_unanswered;

	if (e->gen != st->gen) {
		vd_store_relaxed(&e->syn_unanswered, 0);
		vd_store_relaxed(&e->syn_reset, 0);
		vd_store_release(&e->gen, st->gen);
	}
	vd_store_relaxed(n, *n + 1);
	if (st->observe == 0 || ++st->errors < st->observe)
		return false;
	st->errors = 0;
	return true;
}

struct vd_lb_server_errors
vd_lb_worker_errors(const struct vd_lb_worker *w, uint32_t id, uint32_t gen)
{
	const struct vd_lb_server_errors *e = &w->errors[id / VD_LB_CHUNK][id % VD_LB_CHUNK];
	struct vd_lb_server_errors copy = {.gen = gen};

	if (vd_load_acquire(&e->gen) != gen)
		return copy;
	copy.syn_unanswered = vd_load_relaxed(&e->syn_unanswered);
	copy.syn_reset = vd_load_relaxed(&e->syn_reset);
	return copy;
}
