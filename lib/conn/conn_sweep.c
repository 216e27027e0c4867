/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "conn_priv.h"

/* Records that are over are collected so that the lines of their index entries come together. */
#define SWEEP_GROUP 32u

struct batch {
	unsigned n;
	uint32_t number[SWEEP_GROUP];
};

static void
batch_flush(struct vd_conn_table *t, struct batch *b, const struct vd_conn_sweep *ops)
{
	uint64_t hash[SWEEP_GROUP][2];
	struct vd_conn_key key;

	for (unsigned i = 0; i < b->n; i++) {
		for (unsigned dir = 0; dir < 2; dir++) {
			vd_conn_key_of(&t->conns[b->number[i]], (enum vd_conn_dir)dir, &key);
			hash[i][dir] = vd_conn_hash(t, &key);
			vd_prefetch_write(vd_conn_bucket_of(t, hash[i][dir]));
		}
	}
	for (unsigned i = 0; i < b->n; i++) {
		if (ops->expire != NULL)
			ops->expire(ops->ctx, &t->conns[b->number[i]]);
		conn_remove_hashed(t, b->number[i], hash[i]);
	}
	t->stats.expired += b->n;
	b->n = 0;
}

unsigned
vd_conn_sweep(struct vd_conn_table *t, uint32_t now_tick, uint32_t budget,
		const struct vd_conn_sweep *ops)
{
	static const struct vd_conn_sweep nothing;
	struct batch b = {0};
	unsigned expired = 0;

	if (ops == NULL)
		ops = &nothing;
	if (budget > t->high)
		budget = t->high;
	for (; budget != 0; budget--) {
		const struct vd_conn *c = &t->conns[t->sweep_cursor];

		if (c->state != VD_CONN_STATE_FREE &&
				(vd_conn_expired(t, c, now_tick) ||
						(ops->gone != NULL && ops->gone(ops->ctx, c)))) {
			b.number[b.n++] = t->sweep_cursor;
			expired++;
			if (b.n == SWEEP_GROUP)
				batch_flush(t, &b, ops);
		}
		if (++t->sweep_cursor >= t->high) {
			t->sweep_cursor = 0;
			t->sweep_rounds++;
		}
	}
	batch_flush(t, &b, ops);
	return expired;
}

const struct vd_conn_filter vd_conn_filter_any = {
		.service = VD_CONN_NONE,
		.server = VD_CONN_NONE,
		.state = -1,
		.protocol = -1,
};

static bool
endpoint_match(const struct vd_endpoint *ep, const struct vd_conn *c, enum vd_conn_end end)
{
	struct vd_addr a = vd_conn_addr(c, end);
	uint8_t be[2];

	memcpy(be, &c->port_be[end], sizeof(be));
	return vd_addr_equal(&ep->addr, &a) &&
			(ep->port == 0 || ep->port == (uint16_t)(be[0] << 8 | be[1]));
}

bool
vd_conn_filter_match(const struct vd_conn_filter *f, const struct vd_conn *c)
{
	if (f->service != VD_CONN_NONE && f->service != c->service)
		return false;
	if (f->server != VD_CONN_NONE && f->server != c->server)
		return false;
	if (f->state >= 0 && f->state != c->state)
		return false;
	if (f->protocol >= 0 && f->protocol != c->protocol)
		return false;
	if (f->has_client) {
		struct vd_addr a = vd_conn_addr(c, VD_CONN_CLIENT);

		if (!vd_prefix_contains(&f->client, &a))
			return false;
	}
	if (f->has_server_endpoint && !endpoint_match(&f->server_endpoint, c, VD_CONN_SERVER))
		return false;
	return !f->has_virtual_endpoint || endpoint_match(&f->virtual_endpoint, c, VD_CONN_VIRTUAL);
}

bool
vd_conn_walk(const struct vd_conn_table *t, uint32_t *cursor, uint32_t budget,
		const struct vd_conn_filter *filter,
		bool (*visit)(void *ctx, const struct vd_conn *c), void *ctx)
{
	for (; budget != 0 && *cursor < t->high; budget--) {
		const struct vd_conn *c = &t->conns[(*cursor)++];

		if (c->state == VD_CONN_STATE_FREE || !vd_conn_filter_match(filter, c))
			continue;
		if (!visit(ctx, c))
			break;
	}
	return *cursor >= t->high;
}

/* Every entry of the index leads to a live record that is found under it. */
static int
check_index(const struct vd_conn_table *t, uint64_t *entries, uint64_t *passed)
{
	for (uint32_t i = 0; i < t->n_buckets; i++) {
		const struct vd_conn_bucket *b = &t->buckets[i];

		*passed += b->passed;
		for (unsigned slot = 0; slot < VD_CONN_BUCKET_SLOTS; slot++) {
			struct vd_conn_key key;
			uint64_t hash;
			uint32_t ref = b->ref[slot], home;

			if (b->tag[slot] == 0)
				continue;
			if (ref >> 1 >= t->high || vd_conn_at(t, ref)->state == VD_CONN_STATE_FREE)
				return -EINVAL;
			vd_conn_key_of(vd_conn_at(t, ref), vd_conn_ref_dir(ref), &key);
			hash = vd_conn_hash(t, &key);
			if (vd_conn_lookup(t, &key, hash) != ref)
				return -EINVAL;
			home = conn_home(t, hash);
			*passed -= i >= home ? i - home : i + t->n_buckets - home;
			++*entries;
		}
	}
	return 0;
}

static int
check_free(const struct vd_conn_table *t, uint32_t *records)
{
	for (uint32_t i = t->free_head; i != 0; i = t->conns[i - 1].last_seen) {
		const struct conn_chunk *chunk = conn_chunk(t, i - 1);

		if (chunk->n > CONN_CHUNK || (*records += 1 + chunk->n) > t->high ||
				t->conns[i - 1].state != VD_CONN_STATE_FREE)
			return -EINVAL;
		for (uint32_t k = 0; k < chunk->n; k++)
			if (chunk->number[k] >= t->high ||
					t->conns[chunk->number[k]].state != VD_CONN_STATE_FREE)
				return -EINVAL;
	}
	return 0;
}

int
vd_conn_table_check(const struct vd_conn_table *t)
{
	uint32_t by_state[VD_CONN_STATE_N] = {0}, free_records = 0;
	uint64_t entries = 0, passed = 0, keys = 0;

	for (uint32_t i = 0; i < t->high; i++) {
		const struct vd_conn *c = &t->conns[i];

		by_state[c->state]++;
		if (c->state != VD_CONN_STATE_FREE)
			keys += (c->flags & VD_CONN_F_ONEWAY) != 0 ? 1 : 2;
	}
	for (unsigned s = VD_CONN_STATE_NEW; s < VD_CONN_STATE_N; s++)
		if (by_state[s] != t->stats.by_state[s])
			return -EINVAL;
	if (check_free(t, &free_records) != 0)
		return -EINVAL;
	if (free_records != by_state[VD_CONN_STATE_FREE] || t->high - free_records != t->live ||
			t->stats.by_state[VD_CONN_STATE_FREE] != 0)
		return -EINVAL;
	if (check_index(t, &entries, &passed) != 0)
		return -EINVAL;
	return entries == keys && passed == 0 ? 0 : -EINVAL;
}
