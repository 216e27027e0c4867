/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_timer.h"

#include <stddef.h>

#define NO_PLACE UINT32_MAX

struct node {
	vd_time at;
	uint64_t order;
	uint32_t handle;
};

struct vd_timer_heap {
	const struct vd_alloc *alloc;
	struct node *nodes; /* n of them, a heap: the parent of i is (i - 1) / 2 */
	uint32_t *places;   /* handle -> index into nodes, or NO_PLACE */
	uint64_t order;
	uint32_t n, capacity;
};

struct vd_timer_heap *
vd_timer_create(uint32_t capacity, const struct vd_alloc *alloc)
{
	struct vd_timer_heap *h;

	if (capacity == 0 || capacity == NO_PLACE)
		return NULL;
	h = vd_zalloc(alloc, sizeof(*h), 0);
	if (h == NULL)
		return NULL;
	h->alloc = alloc;
	h->capacity = capacity;
	h->nodes = vd_zalloc(alloc, capacity * sizeof(*h->nodes), 0);
	h->places = vd_zalloc(alloc, capacity * sizeof(*h->places), 0);
	if (h->nodes == NULL || h->places == NULL) {
		vd_timer_destroy(h);
		return NULL;
	}
	for (uint32_t i = 0; i < capacity; i++)
		h->places[i] = NO_PLACE;
	return h;
}

void
vd_timer_destroy(struct vd_timer_heap *h)
{
	if (h == NULL)
		return;
	vd_free(h->alloc, h->nodes);
	vd_free(h->alloc, h->places);
	vd_free(h->alloc, h);
}

static bool
before(const struct node *a, const struct node *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
put(struct vd_timer_heap *h, uint32_t i, struct node node)
{
	h->nodes[i] = node;
	h->places[node.handle] = i;
}

static void
sift_up(struct vd_timer_heap *h, uint32_t i, struct node node)
{
	while (i > 0 && before(&node, &h->nodes[(i - 1) / 2])) {
		put(h, i, h->nodes[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(h, i, node);
}

static void
sift_down(struct vd_timer_heap *h, uint32_t i, struct node node)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= h->n)
			break;
		if (child + 1 < h->n && before(&h->nodes[child + 1], &h->nodes[child]))
			child++;
		if (!before(&h->nodes[child], &node))
			break;
		put(h, i, h->nodes[child]);
		i = child;
	}
	put(h, i, node);
}

/* A node whose value changed finds its place from i on. */
static void
settle(struct vd_timer_heap *h, uint32_t i, struct node node)
{
	if (i > 0 && before(&node, &h->nodes[(i - 1) / 2]))
		sift_up(h, i, node);
	else
		sift_down(h, i, node);
}

void
vd_timer_set(struct vd_timer_heap *h, uint32_t handle, vd_time at)
{
	struct node node = {.at = at, .order = h->order, .handle = handle};

	if (at == VD_TIME_NEVER) {
		vd_timer_cancel(h, handle);
		return;
	}
	h->order++;
	if (h->places[handle] == NO_PLACE)
		sift_up(h, h->n++, node);
	else
		settle(h, h->places[handle], node);
}

void
vd_timer_cancel(struct vd_timer_heap *h, uint32_t handle)
{
	uint32_t i = h->places[handle];

	if (i == NO_PLACE)
		return;
	h->places[handle] = NO_PLACE;
	h->n--;
	if (i < h->n)
		settle(h, i, h->nodes[h->n]);
}

vd_time
vd_timer_get(const struct vd_timer_heap *h, uint32_t handle)
{
	uint32_t i = h->places[handle];

	return i == NO_PLACE ? VD_TIME_NEVER : h->nodes[i].at;
}

vd_time
vd_timer_next(const struct vd_timer_heap *h)
{
	return h->n == 0 ? VD_TIME_NEVER : h->nodes[0].at;
}

bool
vd_timer_pop(struct vd_timer_heap *h, vd_time now, uint32_t *handle)
{
	if (h->n == 0 || h->nodes[0].at > now)
		return false;
	*handle = h->nodes[0].handle;
	vd_timer_cancel(h, *handle);
	return true;
}

uint32_t
vd_timer_count(const struct vd_timer_heap *h)
{
	return h->n;
}
