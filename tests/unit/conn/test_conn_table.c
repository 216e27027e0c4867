/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "conn_flow.h"
#include "vd_test.h"

static void
create(void)
{
	struct vd_conn_table *t;
	enum vd_conn_state s;

	CU_ASSERT_PTR_NULL(vd_conn_table_create(0, 1, &vd_alloc_libc));
	CU_ASSERT_PTR_NULL(vd_conn_table_create(VD_CONN_CAPACITY_MAX + 1, 1, &vd_alloc_libc));
	t = vd_conn_table_create(1000, 1, &vd_alloc_libc);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	CU_ASSERT_EQUAL(vd_conn_timeout_get(t, VD_CONN_STATE_ESTABLISHED), 900);
	CU_ASSERT_EQUAL(vd_conn_timeout_set(t, VD_CONN_STATE_UDP, 7), 0);
	CU_ASSERT_EQUAL(vd_conn_timeout_get(t, VD_CONN_STATE_UDP), 7);
	CU_ASSERT_EQUAL(vd_conn_timeout_set(t, VD_CONN_STATE_UDP, 0), -ERANGE);
	CU_ASSERT_EQUAL(vd_conn_timeout_set(t, VD_CONN_STATE_UDP, VD_CONN_TIMEOUT_MAX + 1),
			-ERANGE);
	CU_ASSERT_EQUAL(vd_conn_timeout_set(t, VD_CONN_STATE_UDP, VD_CONN_TIMEOUT_MAX), 0);
	CU_ASSERT_EQUAL(vd_conn_timeout_get(t, VD_CONN_STATE_UDP), VD_CONN_TIMEOUT_MAX);
	CU_ASSERT_EQUAL(vd_conn_timeout_set(t, VD_CONN_STATE_FREE, 1), -EINVAL);
	vd_conn_table_destroy(t);
	vd_conn_table_destroy(NULL);

	/* With everything counted. */
	CU_ASSERT(vd_conn_table_bytes(1000000) <= 160u * 1000000);
	CU_ASSERT(vd_conn_table_bytes(10000000) <= 154ull * 10000000);

	CU_ASSERT_EQUAL(vd_conn_state_parse("time_wait", &s), 0);
	CU_ASSERT_EQUAL(s, VD_CONN_STATE_TIME_WAIT);
	CU_ASSERT_EQUAL(vd_conn_state_parse("FREE", &s), -EINVAL);
	CU_ASSERT_STRING_EQUAL(vd_conn_state_name(VD_CONN_STATE_UDP), "UDP");
	CU_ASSERT_STRING_EQUAL(vd_conn_state_name(VD_CONN_STATE_N), "?");
}

static void
both_directions(void)
{
	struct vd_conn_table *t = vd_conn_table_create(16, 42, &vd_alloc_libc);
	uint32_t ref, again;

	for (unsigned kind = 0; kind < FLOW_KINDS; kind++) {
		struct vd_conn_new n = flow_new(kind + 1, (enum flow_kind)kind), twin;
		struct vd_conn_key k;
		struct vd_conn *c;

		CU_ASSERT_EQUAL_FATAL(flow_insert(t, &n, 99, &ref), 0);
		CU_ASSERT_EQUAL(flow_find(t, &n, VD_CONN_IN), ref);
		c = vd_conn_at(t, ref);
		CU_ASSERT_EQUAL(c->last_seen, 99);
		CU_ASSERT_EQUAL(c->neigh[0], VD_CONN_NONE);
		for (unsigned e = 0; e < 4; e++) {
			struct vd_addr a = vd_conn_addr(c, (enum vd_conn_end)e);

			CU_ASSERT(vd_addr_equal(&a, &n.addr[e]));
			CU_ASSERT_EQUAL(c->port_be[e], n.port_be[e]);
		}
		if (kind == FLOW_DR4)
			CU_ASSERT_EQUAL(flow_find(t, &n, VD_CONN_OUT), VD_CONN_NONE)
		else
			CU_ASSERT_EQUAL(flow_find(t, &n, VD_CONN_OUT), ref | 1)
		/* Anything that differs in one place is another flow. */
		k = flow_key(&n, VD_CONN_IN);
		k.protocol ^= VD_PROTOCOL_TCP ^ VD_PROTOCOL_UDP;
		CU_ASSERT_EQUAL(vd_conn_lookup(t, &k, vd_conn_hash(t, &k)), VD_CONN_NONE);
		k = flow_key(&n, VD_CONN_IN);
		k.src.b[15] ^= 1;
		CU_ASSERT_EQUAL(vd_conn_lookup(t, &k, vd_conn_hash(t, &k)), VD_CONN_NONE);
		/* Either key taken: refused, told whose, nothing left behind. */
		CU_ASSERT_EQUAL(flow_insert(t, &n, 99, &again), -EEXIST);
		CU_ASSERT_EQUAL(again, ref);
		if (kind == FLOW_DR4)
			continue;
		twin = n;
		twin.port_be[VD_CONN_CLIENT] ^= 0x5555;
		CU_ASSERT_EQUAL(flow_insert(t, &twin, 99, &again), -EADDRINUSE);
		CU_ASSERT_EQUAL(again, ref | 1);
		CU_ASSERT_EQUAL(flow_find(t, &twin, VD_CONN_IN), VD_CONN_NONE);
		CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	}
	CU_ASSERT_EQUAL(t->live, FLOW_KINDS);
	CU_ASSERT_EQUAL(t->stats.exists, 2 * FLOW_KINDS - 1);
	vd_conn_table_destroy(t);
}

static uint16_t
checksum(const struct vd_addr *src, const struct vd_addr *dst, uint16_t sport, uint16_t dport,
		bool ports, uint8_t ttl)
{
	uint16_t w[8];
	uint32_t sum = 0x1234;
	uint8_t word[2] = {ttl, 6};

	for (unsigned i = 0; i < 2; i++) {
		memcpy(w, i == 0 ? src->b : dst->b, sizeof(w));
		for (unsigned j = 0; j < 8; j++)
			sum += w[j];
	}
	if (ports)
		sum += (uint32_t)sport + dport;
	if (ttl != 0) {
		memcpy(w, word, 2);
		sum += w[0];
	}
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
checksum_deltas(void)
{
	struct vd_conn_table *t = vd_conn_table_create(8192, 5, &vd_alloc_libc);

	for (uint32_t i = 0; i < 5000; i++) {
		struct vd_conn_new n = flow_new(i, (enum flow_kind)(i % FLOW_KINDS));
		struct vd_conn *c;
		uint32_t ref;

		CU_ASSERT_EQUAL_FATAL(flow_insert(t, &n, 0, &ref), 0);
		c = vd_conn_at(t, ref);
		for (unsigned dir = 0; dir < 2; dir++) {
			unsigned from = 2 * dir;
			unsigned src = vd_conn_out_src((enum vd_conn_dir)dir);
			unsigned dst = vd_conn_out_dst((enum vd_conn_dir)dir);
			uint8_t ttl = (uint8_t)(i % 254 + 2);
			uint16_t l4, l3;

			l4 = checksum(&n.addr[from], &n.addr[from + 1], n.port_be[from],
					n.port_be[from + 1], true, 0);
			l3 = checksum(&n.addr[from], &n.addr[from + 1], 0, 0, false, ttl);
			if ((c->flags & VD_CONN_F_ONEWAY) != 0) {
				src = from;
				dst = from + 1;
			}
			CU_ASSERT_EQUAL(vd_conn_csum_fix(l4, c->delta_l4[dir]),
					checksum(&n.addr[src], &n.addr[dst], n.port_be[src],
							n.port_be[dst], true, 0));
			if ((c->flags & VD_CONN_F_V6) == 0)
				CU_ASSERT_EQUAL(vd_conn_csum_fix(l3, c->delta_l3[dir]),
						checksum(&n.addr[src], &n.addr[dst], 0, 0, false,
								(uint8_t)(ttl - 1)));
		}
	}
	vd_conn_table_destroy(t);
}

static void
full(void)
{
	struct vd_conn_table *t = vd_conn_table_create(10000, 7, &vd_alloc_libc);
	uint64_t passed = 0;
	uint32_t ref;

	for (uint32_t i = 0; i < 10000; i++) {
		struct vd_conn_new n = flow_new(i, FLOW_FULLNAT4);

		CU_ASSERT_EQUAL_FATAL(flow_insert(t, &n, 0, &ref), 0);
		if (i == 9500)
			CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	}
	for (uint32_t i = 0; i < t->n_buckets; i++)
		passed += t->buckets[i].passed;
	/* Mean fill 5 of 10: about one key in two hundred is not in its own bucket. */
	CU_ASSERT(passed < 2 * 10000 / 100);
	for (uint32_t i = 10000; i < 10010; i++) {
		struct vd_conn_new n = flow_new(i, FLOW_FULLNAT4);

		CU_ASSERT_EQUAL(flow_insert(t, &n, 0, &ref), -ENOSPC);
	}
	CU_ASSERT_EQUAL(t->stats.full, 10);
	for (uint32_t i = 0; i < 10000; i++) {
		struct vd_conn_new n = flow_new(i, FLOW_FULLNAT4);

		ref = flow_find(t, &n, VD_CONN_OUT);
		CU_ASSERT_NOT_EQUAL_FATAL(ref, VD_CONN_NONE);
		vd_conn_remove(t, ref);
	}
	CU_ASSERT_EQUAL(t->live, 0);
	CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	vd_conn_table_destroy(t);
}

/* Many keys of one tag and one bucket: matches come in numbers and spill over. */
static void
tag_collisions(void)
{
	struct vd_conn_table *t = vd_conn_table_create(40, 3, &vd_alloc_libc);
	uint64_t first = 0;
	struct vd_conn_new n[24];
	uint32_t refs[24];
	unsigned found = 0;

	for (uint32_t i = 1; found < VD_ARRAY_LEN(n); i++) {
		struct vd_conn_new new = flow_new(i, FLOW_DR4);
		struct vd_conn_key k;
		uint64_t h;

		new.addr[VD_CONN_CLIENT] = flow_addr(true, 0, i);
		new.protocol = VD_PROTOCOL_TCP;
		k = flow_key(&new, VD_CONN_IN);
		h = vd_conn_hash(t, &k);
		if (found == 0)
			first = h;
		if (h >> 48 != first >> 48 ||
				vd_conn_bucket_of(t, h) != vd_conn_bucket_of(t, first))
			continue;
		n[found++] = new;
	}
	for (unsigned i = 0; i < found; i++) {
		CU_ASSERT_EQUAL_FATAL(flow_insert(t, &n[i], 0, &refs[i]), 0);
		for (unsigned j = 0; j < found; j++)
			CU_ASSERT_EQUAL(flow_find(t, &n[j], VD_CONN_IN),
					j <= i ? refs[j] : VD_CONN_NONE);
	}
	CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	for (unsigned i = 0; i < found; i++) {
		struct vd_conn_key keys[24];
		uint64_t hashes[24];
		uint32_t burst[24];

		vd_conn_remove(t, refs[i]);
		for (unsigned j = 0; j < found; j++) {
			keys[j] = flow_key(&n[j], VD_CONN_IN);
			hashes[j] = vd_conn_hash(t, &keys[j]);
		}
		CU_ASSERT_EQUAL(vd_conn_lookup_burst(t, keys, hashes, found, burst), found - i - 1);
		for (unsigned j = 0; j < found; j++)
			CU_ASSERT_EQUAL(burst[j], j > i ? refs[j] : VD_CONN_NONE);
	}
	CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	vd_conn_table_destroy(t);
}

#define WORLD    20000u
#define CAPACITY 10000u

static void
check_burst(const struct vd_conn_table *t, const uint32_t *model, struct vd_rng *rng, unsigned n)
{
	static struct vd_conn_key keys[VD_CONN_BURST_MAX];
	uint64_t hashes[VD_CONN_BURST_MAX];
	uint32_t refs[VD_CONN_BURST_MAX], want[VD_CONN_BURST_MAX];
	unsigned hits = 0;

	for (unsigned j = 0; j < n; j++) {
		uint32_t i = vd_rng_below(rng, WORLD);
		enum flow_kind kind = (enum flow_kind)(i % FLOW_KINDS);
		unsigned dir = vd_rng_below(rng, 2);
		struct vd_conn_new f = flow_new(i, kind);

		keys[j] = flow_key(&f, (enum vd_conn_dir)dir);
		hashes[j] = vd_conn_hash(t, &keys[j]);
		want[j] = model[i] == VD_CONN_NONE || (dir == 1 && kind == FLOW_DR4)
				? VD_CONN_NONE
				: model[i] | dir;
		hits += want[j] != VD_CONN_NONE;
	}
	CU_ASSERT_EQUAL(vd_conn_lookup_burst(t, keys, hashes, n, refs), hits);
	CU_ASSERT_EQUAL(memcmp(refs, want, n * sizeof(refs[0])), 0);
}

/* A million random operations against an array that says what should be there. */
static void
random_model(void)
{
	static uint32_t model[WORLD];
	struct vd_conn_table *t = vd_conn_table_create(CAPACITY, 11, &vd_alloc_libc);
	struct vd_rng rng = {12345};
	uint32_t live = 0, ref;
	unsigned bad = 0;

	for (uint32_t i = 0; i < WORLD; i++)
		model[i] = VD_CONN_NONE;
	for (unsigned op = 0; op < 1000000; op++) {
		uint32_t i = vd_rng_below(&rng, WORLD);
		struct vd_conn_new n = flow_new(i, (enum flow_kind)(i % FLOW_KINDS));

		switch (vd_rng_below(&rng, 4)) {
		case 0:
		case 1: {
			int err = flow_insert(t, &n, op, &ref);
			int want = live == CAPACITY                ? -ENOSPC
					: model[i] != VD_CONN_NONE ? -EEXIST
								   : 0;

			bad += err != want;
			if (err == 0) {
				model[i] = ref;
				live++;
			}
			break;
		}
		case 2:
			bad += flow_find(t, &n, VD_CONN_IN) != model[i];
			break;
		default:
			if (model[i] != VD_CONN_NONE) {
				vd_conn_remove(t, model[i] | (op & 1));
				model[i] = VD_CONN_NONE;
				live--;
			}
		}
		if (op % 4096 == 0)
			check_burst(t, model, &rng, 1 + vd_rng_below(&rng, VD_CONN_BURST_MAX));
		if (op % 100000 == 0)
			CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	}
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_EQUAL(t->live, live);
	CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	vd_conn_table_destroy(t);
}

static void
seeds(void)
{
	struct vd_conn_table *a = vd_conn_table_create(1000, 1, &vd_alloc_libc);
	struct vd_conn_table *b = vd_conn_table_create(1000, 1, &vd_alloc_libc);
	struct vd_conn_table *c = vd_conn_table_create(1000, 2, &vd_alloc_libc);
	unsigned same_bucket = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		struct vd_conn_new n = flow_new(i, (enum flow_kind)(i % FLOW_KINDS));
		struct vd_conn_key k = flow_key(&n, VD_CONN_IN);
		uint64_t h = vd_conn_hash(a, &k);

		CU_ASSERT_EQUAL(h, vd_conn_hash(b, &k));
		CU_ASSERT_NOT_EQUAL(h, vd_conn_hash(c, &k));
		same_bucket += vd_conn_bucket_of(a, h) - a->buckets ==
				vd_conn_bucket_of(c, vd_conn_hash(c, &k)) - c->buckets;
	}
	CU_ASSERT(same_bucket < 20);
	vd_conn_table_destroy(a);
	vd_conn_table_destroy(b);
	vd_conn_table_destroy(c);
}

static const struct vd_test tests[] = {
		VD_TEST(create),
		VD_TEST(both_directions),
		VD_TEST(checksum_deltas),
		VD_TEST(full),
		VD_TEST(tag_collisions),
		VD_TEST(random_model),
		VD_TEST(seeds),
};

VD_TEST_MAIN("conn_table", tests)
