/* SPDX-License-Identifier: BSD-3-Clause */
#include "health_priv.h"

#include "vd_hash.h"

/* ---- index: open addressing, at most half full ---- */

void
health_index_init(struct health_index *x, size_t n)
{
	x->mask = vd_pow2_ceil(2 * (uint32_t)n + 1) - 1;
	x->v = vd_xcalloc((size_t)x->mask + 1, sizeof(*x->v));
	for (uint32_t i = 0; i <= x->mask; i++)
		x->v[i].at = HEALTH_NIL;
}

/* Where it is, or would be. */
static uint32_t
index_place(const struct health_index *x, uint32_t key)
{
	uint32_t i = (uint32_t)vd_mix64(key) & x->mask;

	while (x->v[i].at != HEALTH_NIL && x->v[i].key != key)
		i = (i + 1) & x->mask;
	return i;
}

bool
health_index_add(struct health_index *x, uint32_t key, uint32_t at)
{
	uint32_t i = index_place(x, key);

	if (x->v[i].at != HEALTH_NIL)
		return false;
	x->v[i].key = key;
	x->v[i].at = at;
	return true;
}

uint32_t
health_index_find(const struct health_index *x, uint32_t key)
{
	return x->v[index_place(x, key)].at;
}

/* ---- queue ---- */

#define QUEUE_OUT UINT32_MAX /* next of one that is not in it */
#define QUEUE_END (UINT32_MAX - 1)

void
health_queue_init(struct health_queue *q, size_t n)
{
	q->head = q->tail = HEALTH_NIL;
	q->next = vd_xcalloc(n, sizeof(*q->next));
	for (size_t i = 0; i < n; i++)
		q->next[i] = QUEUE_OUT;
}

void
health_queue_push(struct health_queue *q, uint32_t handle)
{
	if (q->next[handle] != QUEUE_OUT)
		return;
	q->next[handle] = QUEUE_END;
	if (q->head == HEALTH_NIL)
		q->head = handle;
	else
		q->next[q->tail] = handle;
	q->tail = handle;
}

void
health_queue_pop(struct health_queue *q)
{
	uint32_t handle = q->head;

	if (handle == HEALTH_NIL)
		return;
	q->head = q->next[handle] == QUEUE_END ? HEALTH_NIL : q->next[handle];
	q->next[handle] = QUEUE_OUT;
}
