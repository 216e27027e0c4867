/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_priv.h"

/*
 * Free records form a list of chunks: each chunk's record holds the numbers of more free ones in its second line, so
 * those that will be taken soon are known without reading them. last_seen links the chunks.
 */
uint32_t
conn_record_peek(const struct vd_conn_table *t)
{
	const struct conn_chunk *chunk;

	if (t->free_head == 0)
		return t->high;
	chunk = conn_chunk(t, t->free_head - 1);
	return chunk->n == 0 ? t->free_head - 1 : chunk->number[chunk->n - 1];
}

void
conn_record_take(struct vd_conn_table *t)
{
	struct conn_chunk *chunk;

	if (t->free_head == 0) {
		t->high++;
		return;
	}
	chunk = conn_chunk(t, t->free_head - 1);
	if (chunk->n > 0)
		chunk->n--;
	else
		t->free_head = t->conns[t->free_head - 1].last_seen;
}

void
conn_record_give(struct vd_conn_table *t, uint32_t number)
{
	struct vd_conn *c = &t->conns[number];

	c->state = VD_CONN_STATE_FREE;
	if (t->free_head != 0) {
		struct conn_chunk *chunk = conn_chunk(t, t->free_head - 1);

		if (chunk->n < CONN_CHUNK) {
			chunk->number[chunk->n++] = number;
			return;
		}
	}
	c->last_seen = t->free_head;
	conn_chunk(t, number)->n = 0;
	t->free_head = number + 1;
}

void
vd_conn_prefetch_free(const struct vd_conn_table *t, uint32_t ahead)
{
	const struct conn_chunk *chunk;

	/* Fresh ones come in a row: the CPU sees to them by itself. */
	if (t->free_head == 0)
		return;
	chunk = conn_chunk(t, t->free_head - 1);
	if (chunk->n > ahead) {
		vd_prefetch_write(&t->conns[chunk->number[chunk->n - 1 - ahead]]);
		return;
	}
	if (chunk->n == ahead && t->conns[t->free_head - 1].last_seen != 0) {
		const struct vd_conn *next = &t->conns[t->conns[t->free_head - 1].last_seen - 1];

		vd_prefetch_write(next);
		vd_prefetch_write(next->v6);
	}
}
