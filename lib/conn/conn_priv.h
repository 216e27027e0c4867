/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONN_PRIV_H
#define CONN_PRIV_H

#include "vd_conn.h"
#include "vd_simd.h"

#define CONN_SLOT_MASK ((1u << VD_CONN_BUCKET_SLOTS) - 1)

/* A tag is never 0: that marks an empty entry. */
static inline uint16_t
conn_tag(uint64_t hash)
{
	uint16_t tag = (uint16_t)(hash >> 48);

	return tag == 0 ? (uint16_t)1 : tag;
}

static inline uint32_t
conn_home(const struct vd_conn_table *t, uint64_t hash)
{
	return (uint32_t)(((hash & UINT32_MAX) * t->n_buckets) >> 32);
}

static inline uint32_t
conn_next_bucket(const struct vd_conn_table *t, uint32_t b)
{
	return b + 1 == t->n_buckets ? 0 : b + 1;
}

/* Entries of the bucket whose tag is this one, a bit each; tag 0 gives the empty ones. */
static inline uint32_t
conn_slots(const struct vd_conn_bucket *b, uint16_t tag)
{
	/* Ten tags are followed by references in the same line: sixteen values may be read, ten count. */
	return vd_simd_match_u16x16(b, tag) & CONN_SLOT_MASK;
}

static inline bool
conn_match(const struct vd_conn *c, unsigned dir, const struct vd_conn_key *k)
{
	uint32_t have_ports, want_ports;
	const uint32_t *have;

	memcpy(&have_ports, &c->port_be[2 * dir], sizeof(have_ports));
	memcpy(&want_ports, &k->sport_be, sizeof(want_ports));
	if (have_ports != want_ports || c->protocol != k->protocol)
		return false;
	if (vd_unlikely((c->flags & VD_CONN_F_V6) != 0))
		return vd_addr_equal(&c->v6[2 * dir], &k->src) &&
				vd_addr_equal(&c->v6[2 * dir + 1], &k->dst);
	have = c->v4_be + (size_t)2 * dir;
	return ((have[0] ^ k->src.be32[3]) | (have[1] ^ k->dst.be32[3])) == 0 &&
			vd_conn_key_is_v4(k);
}

#define CONN_CHUNK 15u

/* The second line of a free record that heads a chunk of the free list. */
struct conn_chunk {
	uint32_t n;
	uint32_t number[CONN_CHUNK];
} __attribute__((may_alias));

_Static_assert(sizeof(struct conn_chunk) == VD_CACHE_LINE, "chunk: the second line");

static inline struct conn_chunk *
conn_chunk(const struct vd_conn_table *t, uint32_t number)
{
	return (struct conn_chunk *)t->conns[number].v6;
}

/* The record that the next insert gets; the insert takes it; it is given back. */
uint32_t conn_record_peek(const struct vd_conn_table *t);
void conn_record_take(struct vd_conn_table *t);
void conn_record_give(struct vd_conn_table *t, uint32_t number);

/* The record goes back to the list; both entries are gone already. */
void conn_remove_hashed(struct vd_conn_table *t, uint32_t number, const uint64_t hash[2]);

#endif
