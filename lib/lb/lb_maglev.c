/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Maglev hashing (Eisenbud and others, "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, 3.4).
 * Each server has a permutation of the table's places, made of an offset and a skip from hashes of its address and
 * port, and takes its first place that is free when its turn comes. Turns: server i's k-th turn is at the time
 * (k + u) / weight with its own u in [0, 1) from a hash. So a server's turns depend on nothing but itself, and when another
 * leaves, the order of those that stay is as before.
 */

#include <errno.h>
#include <stdlib.h>

#include "lb_priv.h"

#define PLACES_PER_SERVER 100u
#define EMPTY             UINT16_MAX
#define UNIT              (UINT64_C(1) << 47)

/* Far apart, so that a server more or less rarely changes the size: that would move everybody. */
static const uint32_t primes[] = {1021, 4093, 16381, 65521, 262139, 1048573};

uint32_t
lb_maglev_size(uint32_t n)
{
	for (unsigned i = 0; i < VD_ARRAY_LEN(primes); i++)
		if (primes[i] >= n * PLACES_PER_SERVER)
			return primes[i];
	return primes[VD_ARRAY_LEN(primes) - 1];
}

struct turn {
	uint64_t at;
	uint64_t period;
	uint32_t place, skip;
	uint16_t server;
};

static bool
earlier(const struct turn *a, const struct turn *b)
{
	return a->at != b->at ? a->at < b->at : a->place < b->place;
}

static void
sift_down(struct turn *heap, uint32_t n, uint32_t i)
{
	struct turn t = heap[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && earlier(&heap[child + 1], &heap[child]))
			child++;
		if (!earlier(&heap[child], &t))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = t;
}

static uint32_t
heap_make(struct turn *heap, uint32_t size, const struct vd_lb_server *servers, uint32_t n,
		uint64_t seed)
{
	uint32_t live = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t h = vd_hash_u64(vd_addr_hash(&servers[i].addr, seed), servers[i].port);
		struct turn *t = &heap[live];

		if (servers[i].weight == 0)
			continue;
		t->period = UNIT / servers[i].weight;
		t->place = vd_hash_to_range((uint32_t)h, size);
		t->skip = 1 + vd_hash_to_range((uint32_t)(h >> 32), size - 1);
		t->at = (t->period >> 32) * (uint32_t)vd_mix64(h + 1) +
				(((t->period & UINT32_MAX) * (uint32_t)vd_mix64(h + 1)) >> 32);
		t->server = (uint16_t)i;
		live++;
	}
	for (uint32_t i = live / 2; i-- > 0;)
		sift_down(heap, live, i);
	return live;
}

int
lb_maglev_fill(uint16_t *table, uint32_t size, const struct vd_lb_server *servers, uint32_t n,
		uint64_t seed)
{
	struct turn few[64], *heap = few;
	uint32_t live;

	if (n > VD_ARRAY_LEN(few))
		heap = vd_xcalloc(n, sizeof(*heap));
	live = heap_make(heap, size, servers, n, seed);
	for (uint32_t i = 0; i < size; i++)
		table[i] = EMPTY;
	for (uint32_t left = live == 0 ? 0 : size; left != 0; left--) {
		struct turn *t = &heap[0];

		while (table[t->place] != EMPTY) {
			t->place += t->skip;
			if (t->place >= size)
				t->place -= size;
		}
		table[t->place] = t->server;
		t->at += t->period;
		sift_down(heap, live, 0);
	}
	if (heap != few)
		free(heap);
	return live == 0 ? -ENOENT : 0;
}
