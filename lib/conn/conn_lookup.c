/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_priv.h"

/*
 * A burst goes through three stages in groups, each stage a group behind the one before, so that a group's memory
 * accesses overlap and their results are used a group later.
 */
#define CONN_GROUP 32u

uint32_t
vd_conn_lookup(const struct vd_conn_table *t, const struct vd_conn_key *key, uint64_t hash)
{
	uint32_t number = conn_home(t, hash);
	uint16_t tag = conn_tag(hash);

	for (uint32_t i = 0; i < t->n_buckets; i++) {
		const struct vd_conn_bucket *b = &t->buckets[number];

		for (uint32_t m = conn_slots(b, tag); m != 0; m &= m - 1) {
			uint32_t ref = b->ref[__builtin_ctz(m)];

			if (vd_likely(conn_match(vd_conn_at(t, ref), ref & 1, key)))
				return ref;
		}
		if (vd_likely(b->passed == 0))
			return VD_CONN_NONE;
		number = conn_next_bucket(t, number);
	}
	return VD_CONN_NONE;
}

/* First match of the tag in the home bucket; *more where that may not be all. */
static inline uint32_t
stage_tag(const struct vd_conn_table *t, const struct vd_conn_key *key, uint64_t hash,
		uint8_t *more)
{
	const struct vd_conn_bucket *b = vd_conn_bucket_of(t, hash);
	uint32_t m = conn_slots(b, conn_tag(hash));
	const struct vd_conn *c;
	uint32_t ref;

	*more = b->passed != 0 || (m & (m - 1)) != 0;
	if (vd_unlikely(m == 0))
		return VD_CONN_NONE;
	ref = b->ref[__builtin_ctz(m)];
	c = vd_conn_at(t, ref);
	vd_prefetch(c);
	if (vd_unlikely(!vd_addr_is_v4(&key->src)))
		vd_prefetch(c->v6);
	return ref;
}

static inline uint32_t
stage_match(const struct vd_conn_table *t, const struct vd_conn_key *key, uint64_t hash,
		uint32_t ref, uint8_t more)
{
	if (vd_likely(ref != VD_CONN_NONE && conn_match(vd_conn_at(t, ref), ref & 1, key)))
		return ref;
	return vd_likely(more == 0) ? VD_CONN_NONE : vd_conn_lookup(t, key, hash);
}

unsigned
vd_conn_lookup_burst(const struct vd_conn_table *t, const struct vd_conn_key *keys,
		const uint64_t *hashes, unsigned n, uint32_t *refs)
{
	uint8_t more[VD_CONN_BURST_MAX];
	unsigned found = 0, fetched = 0, tagged = 0, done = 0;

	if (n > VD_CONN_BURST_MAX)
		n = VD_CONN_BURST_MAX;
	while (done < n) {
		unsigned fetch_to = VD_MIN(fetched + CONN_GROUP, n);
		unsigned tag_to = fetched;
		unsigned match_to = tagged;

		for (; fetched < fetch_to; fetched++)
			vd_conn_prefetch(t, hashes[fetched]);
		for (; tagged < tag_to; tagged++)
			refs[tagged] = stage_tag(t, &keys[tagged], hashes[tagged], &more[tagged]);
		for (; done < match_to; done++) {
			refs[done] = stage_match(
					t, &keys[done], hashes[done], refs[done], more[done]);
			found += refs[done] != VD_CONN_NONE;
		}
	}
	return found;
}
