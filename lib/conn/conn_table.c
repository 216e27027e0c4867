/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <strings.h>

#include "conn_priv.h"
#include "vd_hash.h"

static const struct {
	const char *name;
	uint32_t timeout_s;
} states[VD_CONN_STATE_N] = {
#define VD_X(id, name, timeout) {name, timeout},
		VD_CONN_STATES(VD_X)
#undef VD_X
};

const char *
vd_conn_state_name(enum vd_conn_state s)
{
	return (unsigned)s < VD_CONN_STATE_N ? states[s].name : "?";
}

int
vd_conn_state_parse(const char *name, enum vd_conn_state *out)
{
	for (unsigned i = VD_CONN_STATE_NEW; i < VD_CONN_STATE_N; i++) {
		if (strcasecmp(name, states[i].name) == 0) {
			*out = (enum vd_conn_state)i;
			return 0;
		}
	}
	return -EINVAL;
}

static uint32_t
buckets_for(uint32_t capacity)
{
	return (2 * capacity + VD_CONN_KEYS_PER_LINE - 1) / VD_CONN_KEYS_PER_LINE;
}

size_t
vd_conn_table_bytes(uint32_t capacity)
{
	return sizeof(struct vd_conn_table) + (size_t)capacity * sizeof(struct vd_conn) +
			(size_t)buckets_for(capacity) * sizeof(struct vd_conn_bucket);
}

struct vd_conn_table *
vd_conn_table_create(uint32_t capacity, uint64_t seed, const struct vd_alloc *alloc)
{
	struct vd_rng rng = {seed};
	struct vd_conn_table *t;

	if (capacity == 0 || capacity > VD_CONN_CAPACITY_MAX)
		return NULL;
	t = vd_zalloc(alloc, sizeof(*t), VD_CACHE_LINE);
	if (t == NULL)
		return NULL;
	t->alloc = *alloc;
	t->capacity = capacity;
	t->n_buckets = buckets_for(capacity);
	for (unsigned i = 0; i < VD_ARRAY_LEN(t->seed); i++)
		t->seed[i] = vd_rng_next(&rng);
	for (unsigned i = VD_CONN_STATE_NEW; i < VD_CONN_STATE_N; i++)
		t->timeout[i] = vd_conn_seconds_to_ticks(states[i].timeout_s);
	t->conns = vd_zalloc(alloc, (size_t)capacity * sizeof(*t->conns), VD_CACHE_LINE);
	t->buckets = vd_zalloc(alloc, (size_t)t->n_buckets * sizeof(*t->buckets), VD_CACHE_LINE);
	if (t->conns == NULL || t->buckets == NULL) {
		vd_conn_table_destroy(t);
		return NULL;
	}
	return t;
}

void
vd_conn_table_destroy(struct vd_conn_table *t)
{
	struct vd_alloc alloc;

	if (t == NULL)
		return;
	alloc = t->alloc;
	vd_free(&alloc, t->buckets);
	vd_free(&alloc, t->conns);
	vd_free(&alloc, t);
}

int
vd_conn_timeout_set(struct vd_conn_table *t, enum vd_conn_state state, uint32_t seconds)
{
	if (state <= VD_CONN_STATE_FREE || state >= VD_CONN_STATE_N)
		return -EINVAL;
	if (seconds == 0 || seconds > VD_CONN_TIMEOUT_MAX)
		return -ERANGE;
	t->timeout[state] = vd_conn_seconds_to_ticks(seconds);
	return 0;
}

uint32_t
vd_conn_timeout_get(const struct vd_conn_table *t, enum vd_conn_state state)
{
	return (uint32_t)(((uint64_t)t->timeout[state] << 20) / VD_SEC);
}

void
vd_conn_key_of(const struct vd_conn *c, enum vd_conn_dir dir, struct vd_conn_key *out)
{
	memset(out, 0, sizeof(*out));
	out->src = vd_conn_addr(c, (enum vd_conn_end)(2 * dir));
	out->dst = vd_conn_addr(c, (enum vd_conn_end)(2 * dir + 1));
	out->sport_be = c->port_be[2 * dir];
	out->dport_be = c->port_be[2 * dir + 1];
	out->protocol = c->protocol;
}

/* Enters key -> ref: 0, or -EEXIST with *taken. There is always room: half of the entries at most are used. */
static int
index_add(struct vd_conn_table *t, const struct vd_conn_key *key, uint64_t hash, uint32_t ref,
		uint32_t *taken)
{
	uint32_t home = conn_home(t, hash), number = home, to = 0;
	uint16_t tag = conn_tag(hash);
	int slot = -1;

	for (;;) {
		struct vd_conn_bucket *b = &t->buckets[number];

		for (uint32_t m = conn_slots(b, tag); m != 0; m &= m - 1) {
			uint32_t other = b->ref[__builtin_ctz(m)];

			if (conn_match(vd_conn_at(t, other), other & 1, key)) {
				*taken = other;
				return -EEXIST;
			}
		}
		if (slot < 0) {
			uint32_t empty = conn_slots(b, 0);

			if (vd_likely(empty != 0)) {
				slot = __builtin_ctz(empty);
				to = number;
			}
		}
		if (slot >= 0 && b->passed == 0)
			break;
		number = conn_next_bucket(t, number);
		if (number == home)
			break;
	}
	for (number = home; number != to; number = conn_next_bucket(t, number))
		t->buckets[number].passed++;
	t->buckets[to].tag[slot] = tag;
	t->buckets[to].ref[slot] = ref;
	return 0;
}

static void
index_remove(struct vd_conn_table *t, uint64_t hash, uint32_t ref)
{
	uint32_t number = conn_home(t, hash);
	uint16_t tag = conn_tag(hash);

	for (uint32_t i = 0; i < t->n_buckets; i++) {
		struct vd_conn_bucket *b = &t->buckets[number];

		for (uint32_t m = conn_slots(b, tag); m != 0; m &= m - 1) {
			if (b->ref[__builtin_ctz(m)] == ref) {
				b->tag[__builtin_ctz(m)] = 0;
				return;
			}
		}
		b->passed--;
		number = conn_next_bucket(t, number);
	}
}

static bool
one_way(const struct vd_conn_new *n)
{
	return n->forwarding == VD_FORWARDING_DR || n->forwarding == VD_FORWARDING_TUNNEL;
}

static void
record_fill(struct vd_conn *c, const struct vd_conn_new *n, uint32_t now_tick)
{
	bool v6 = false;

	for (unsigned e = 0; e < 4; e++) {
		v6 |= !vd_addr_is_v4(&n->addr[e]);
		c->port_be[e] = n->port_be[e];
	}
	for (unsigned e = 0; e < 4; e++) {
		c->v4_be[e] = v6 ? 0 : vd_addr_v4(&n->addr[e]);
		if (v6)
			c->v6[e] = n->addr[e];
	}
	c->last_seen = c->created = now_tick;
	c->state = n->protocol == VD_PROTOCOL_TCP ? VD_CONN_STATE_NEW : VD_CONN_STATE_UDP;
	c->protocol = n->protocol;
	c->forwarding = n->forwarding;
	c->flags = v6 ? VD_CONN_F_V6 : 0;
	if (one_way(n))
		c->flags |= VD_CONN_F_ONEWAY;
	c->neigh[0] = c->neigh[1] = VD_CONN_NONE;
	c->neigh_gen[0] = c->neigh_gen[1] = 0;
	c->service = n->service;
	c->server = n->server;
	c->established_s = n->established_s;
}

/* Sum of 16-bit words in the order of the packet. */
static uint32_t
sum_addr(const struct vd_addr *a)
{
	uint32_t sum = 0;
	uint16_t w[8];

	memcpy(w, a->b, sizeof(w));
	for (unsigned i = 0; i < VD_ARRAY_LEN(w); i++)
		sum += w[i];
	return sum;
}

/* to - from in one's complement (RFC 1624): 0 stays 0. */
static uint16_t
csum_delta(uint32_t from, uint32_t to)
{
	if (from == to)
		return 0;
	from = (from & 0xffff) + (from >> 16);
	from = (from & 0xffff) + (from >> 16);
	to += 0xffff - from;
	to = (to & 0xffff) + (to >> 16);
	to = (to & 0xffff) + (to >> 16);
	return (uint16_t)to;
}

/* One less in the high byte of the TTL's word: -0x0100, which is 0xfeff. */
static uint16_t
ttl_delta(void)
{
	static const uint8_t bytes[2] = {0xfe, 0xff};
	uint16_t d;

	memcpy(&d, bytes, sizeof(d));
	return d;
}

static void
fill_deltas(struct vd_conn *c, const struct vd_conn_new *n)
{
	bool same = (c->flags & VD_CONN_F_ONEWAY) != 0;

	for (unsigned dir = 0; dir < 2; dir++) {
		unsigned from = 2 * dir, to = 2 - from;
		uint32_t a = sum_addr(&n->addr[from]) + sum_addr(&n->addr[from + 1]);
		uint32_t b = sum_addr(&n->addr[to]) + sum_addr(&n->addr[to + 1]);
		uint32_t pa = (uint32_t)n->port_be[from] + n->port_be[from + 1];
		uint32_t pb = (uint32_t)n->port_be[to] + n->port_be[to + 1];
		uint32_t l3 = same ? 0 : csum_delta(a, b);

		c->delta_l4[dir] = same ? 0 : csum_delta(a + pa, b + pb);
		l3 += ttl_delta();
		l3 = (l3 & 0xffff) + (l3 >> 16);
		c->delta_l3[dir] = (c->flags & VD_CONN_F_V6) != 0 ? 0 : (uint16_t)l3;
	}
}

static void
new_key(const struct vd_conn_new *n, enum vd_conn_dir dir, struct vd_conn_key *k)
{
	k->src = n->addr[2 * dir];
	k->dst = n->addr[2 * dir + 1];
	k->sport_be = n->port_be[2 * dir];
	k->dport_be = n->port_be[2 * dir + 1];
	k->protocol = n->protocol;
}

int
vd_conn_insert_hashed(struct vd_conn_table *t, const struct vd_conn_new *n, const uint64_t hash[2],
		uint32_t now_tick, uint32_t *ref)
{
	struct vd_conn_key key;
	uint32_t number;
	struct vd_conn *c;

	if (vd_unlikely(t->live == t->capacity)) {
		t->stats.full++;
		return -ENOSPC;
	}
	number = conn_record_peek(t);
	new_key(n, VD_CONN_IN, &key);
	if (vd_unlikely(index_add(t, &key, hash[VD_CONN_IN], number << 1, ref) != 0)) {
		t->stats.exists++;
		return -EEXIST;
	}
	if (!one_way(n)) {
		new_key(n, VD_CONN_OUT, &key);
		if (vd_unlikely(index_add(t, &key, hash[VD_CONN_OUT], number << 1 | 1, ref) != 0)) {
			index_remove(t, hash[VD_CONN_IN], number << 1);
			t->stats.exists++;
			return -EADDRINUSE;
		}
	}
	conn_record_take(t);
	c = &t->conns[number];
	record_fill(c, n, now_tick);
	fill_deltas(c, n);
	t->live++;
	t->stats.inserts++;
	t->stats.by_state[c->state]++;
	*ref = number << 1;
	return 0;
}

int
vd_conn_insert(struct vd_conn_table *t, const struct vd_conn_new *n, uint64_t hash,
		uint32_t now_tick, uint32_t *ref)
{
	uint64_t both[2] = {hash, 0};
	struct vd_conn_key out;

	if (!one_way(n)) {
		new_key(n, VD_CONN_OUT, &out);
		both[VD_CONN_OUT] = vd_conn_hash(t, &out);
	}
	return vd_conn_insert_hashed(t, n, both, now_tick, ref);
}

void
conn_remove_hashed(struct vd_conn_table *t, uint32_t number, const uint64_t hash[2])
{
	struct vd_conn *c = &t->conns[number];

	index_remove(t, hash[VD_CONN_IN], number << 1);
	if ((c->flags & VD_CONN_F_ONEWAY) == 0)
		index_remove(t, hash[VD_CONN_OUT], number << 1 | 1);
	t->stats.by_state[c->state]--;
	t->live--;
	conn_record_give(t, number);
}

void
vd_conn_remove(struct vd_conn_table *t, uint32_t ref)
{
	const struct vd_conn *c = vd_conn_at(t, ref);
	struct vd_conn_key key;
	uint64_t hash[2];

	for (unsigned dir = 0; dir < 2; dir++) {
		vd_conn_key_of(c, (enum vd_conn_dir)dir, &key);
		hash[dir] = vd_conn_hash(t, &key);
	}
	conn_remove_hashed(t, ref >> 1, hash);
	t->stats.removed++;
}
