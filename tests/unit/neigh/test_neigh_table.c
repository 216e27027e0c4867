/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

#include <pthread.h>

/*
 * Random comings and goings against a plain array: found if and only if there, cached pairs honest.
 */
static void
agrees_with_an_array(void)
{
	enum {
		N = 120
	};
	struct vd_addr base = A("10.0.0.1");
	uint32_t idx[N];
	uint16_t gen[N];
	vd_time used[N] = {0};
	struct vd_rng rng = {4};
	struct world w;

	world_open(&w, usual_config(), 128, 96);
	for (int i = 0; i < N; i++)
		idx[i] = VD_NEIGH_NONE;
	for (int step = 0; step < 20000; step++) {
		uint32_t k = vd_rng_below(&rng, N);
		struct vd_addr a = vd_addr_add(&base, k);
		struct vd_neigh_stats stats;
		uint32_t cursor = 0, rows = 0;
		struct vd_neigh_row row;
		uint64_t word = 0;

		w.now += vd_rng_below(&rng, 2) * SEC;
		w.out.n = 0;
		vd_neigh_tick(w.n, w.now, &w.out);
		w.out.n = 0;
		idx[k] = vd_neigh_resolve(w.n, IF0, &a, w.now, &w.out);
		if (idx[k] != VD_NEIGH_NONE) {
			CU_ASSERT_EQUAL_FATAL(vd_neigh_find_word(w.t, IF0, &a, &word), idx[k]);
			gen[k] = vd_neigh_word_gen(word);
			used[k] = w.now;
		}
		for (uint32_t i = 0; i < N; i++) {
			uint32_t found;

			a = vd_addr_add(&base, i);
			found = vd_neigh_find_word(w.t, IF0, &a, &word);
			if (idx[i] != VD_NEIGH_NONE && used[i] == w.now)
				CU_ASSERT_EQUAL_FATAL(found, idx[i]);
			/* The pair matches exactly while the slot is still this neighbour. */
			if (idx[i] != VD_NEIGH_NONE && vd_neigh_matches(w.t, idx[i], gen[i]))
				CU_ASSERT_FATAL(vd_addr_equal(&w.t->entries[idx[i]].addr, &a));
			if (found != VD_NEIGH_NONE)
				CU_ASSERT_FATAL(vd_addr_equal(&w.t->entries[found].addr, &a));
		}
		vd_neigh_stats(w.n, &stats);
		while (vd_neigh_view(w.t, &cursor, &row))
			rows++;
		CU_ASSERT_EQUAL_FATAL(rows, stats.live);
		CU_ASSERT_FATAL(stats.live <= 96);
	}
	/* All of them idle: nothing stays, not even a grave. */
	tick_until(&w, w.now + 1000 * SEC);
	for (uint32_t i = 0; i <= w.t->mask; i++)
		CU_ASSERT_EQUAL(vd_neigh_word_state(w.t->entries[i].word), VD_NEIGH_STATE_EMPTY);
	world_close(&w);
}

struct reader {
	const struct vd_neigh_table *t;
	bool stop;
	uint64_t looked, found, wrong;
};

/* Every neighbour's MAC repeats its address: a reader must never see another's. */
static void *
read_on(void *arg)
{
	struct reader *r = arg;
	struct vd_addr base = A("10.0.0.1");
	struct vd_rng rng = {77};

	while (!vd_load_acquire(&r->stop) || r->looked < 1000) {
		struct vd_addr a = vd_addr_add(&base, vd_rng_below(&rng, 200));
		struct vd_mac mac;
		uint64_t word;

		r->looked++;
		if (vd_neigh_find_word(r->t, IF0, &a, &word) == VD_NEIGH_NONE ||
				!vd_neigh_word_usable(word))
			continue;
		vd_neigh_word_mac(word, &mac);
		r->found++;
		r->wrong += memcmp(&mac.b[2], &a.b[12], 4) != 0;
	}
	return NULL;
}

static void
readers_never_see_another_neighbours_mac(void)
{
	struct vd_addr base = A("10.0.0.1"), us = A("192.0.2.11");
	struct vd_rng rng = {6};
	struct reader r = {0};
	pthread_t thread;
	struct world w;

	world_open(&w, usual_config(), 64, 48);
	r.t = w.t;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, read_on, &r), 0);
	for (int step = 0; step < 200000; step++) {
		struct vd_addr a = vd_addr_add(&base, vd_rng_below(&rng, 200));
		struct vd_mac mac = {{2, 0}};
		uint8_t f[VD_PKT_ARP_FRAME];

		memcpy(&mac.b[2], &a.b[12], 4);
		vd_pkt_arp_request(f, &mac, &a, &us, &our_mac);
		rx(&w, f, sizeof(f));
		w.now += VD_MSEC;
	}
	vd_store_release(&r.stop, true);
	pthread_join(thread, NULL);
	CU_ASSERT(r.looked >= 1000);
	CU_ASSERT_EQUAL(r.wrong, 0);
	world_close(&w);
}

static void
words_pack(void)
{
	struct vd_mac mac = {{0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa}}, out;
	uint64_t word = 0xabc5aabbccddeeffull;
	uint8_t frame[6];

	vd_neigh_word_mac(word, &out);
	CU_ASSERT(vd_mac_equal(&mac, &out));
	vd_neigh_word_put(word, frame);
	CU_ASSERT_EQUAL(memcmp(frame, mac.b, 6), 0);
	CU_ASSERT_EQUAL(vd_neigh_word_state(word), VD_NEIGH_STATE_REACHABLE);
	CU_ASSERT_EQUAL(vd_neigh_word_gen(word), 0xabc);
	CU_ASSERT_STRING_EQUAL(vd_neigh_state_name(VD_NEIGH_STATE_REACHABLE), "reachable");
	CU_ASSERT_STRING_EQUAL(vd_neigh_state_name(VD_NEIGH_STATE_N), "?");
	CU_ASSERT_EQUAL(sizeof(struct vd_neigh_entry), 32);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(agrees_with_an_array),
			VD_TEST(readers_never_see_another_neighbours_mac),
			VD_TEST(words_pack),
	};

	return vd_test_main("neigh_table", tests, sizeof(tests) / sizeof(tests[0]));
}
