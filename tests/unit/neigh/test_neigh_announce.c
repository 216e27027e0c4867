/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

#include <errno.h>

static void
announces_a_lease_in_rounds(void)
{
	struct world w;
	vd_time start;

	world_open(&w, usual_config(), 64, 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	start = w.now;
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, LEASE, 5, 20 * VD_MSEC, w.now), 2);
	for (vd_time i = 0; i < 5; i++) {
		tick_once(&w);
		CU_ASSERT_EQUAL(w.now, start + i * 20 * VD_MSEC);
		CU_ASSERT_EQUAL_FATAL(w.out.n, 2);
		check_announcement(&w.out.v[0], "192.0.2.16", false);
		check_announcement(&w.out.v[1], "2001:db8::16", false);
	}
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, LEASE + 1, 5, SEC, w.now), 0);
	world_close(&w);
}

static void
stops_with_the_lease(void)
{
	struct vd_addr vip = A("192.0.2.16"), foreign = A("192.0.2.17");
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	CU_ASSERT_EQUAL(vd_neigh_announce(w.n, IF0, &vip, 1, 0, w.now), -ENOENT);
	CU_ASSERT_EQUAL(vd_neigh_announce(w.n, IF0, &foreign, 1, 0, w.now), -ENOENT);
	vd_neigh_lease_set(w.n, LEASE, true);
	CU_ASSERT_EQUAL(vd_neigh_announce(w.n, IF0, &vip, 3, SEC, w.now), 1);
	tick_once(&w);
	check_announcement(only(&w, VD_NEIGH_ACT_SEND), "192.0.2.16", false);
	vd_neigh_lease_set(w.n, LEASE, false);
	tick_once(&w);
	CU_ASSERT(quiet(&w));
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

static void
announces_an_interface_and_what_a_reload_adds(void)
{
	struct vd_neigh_config *c;
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	/* All five are in the job, three are served at their turn. */
	CU_ASSERT_EQUAL(vd_neigh_announce_interface(w.n, IF0, 1, 0, w.now), 5);
	CU_ASSERT_EQUAL(vd_neigh_announce_interface(w.n, IF1, 1, 0, w.now), 0);
	tick_once(&w);
	CU_ASSERT_EQUAL(w.out.n, 3);

	/* A round of the lease is under way when a reload adds an address to it. */
	vd_neigh_lease_set(w.n, LEASE, true);
	vd_neigh_announce_lease(w.n, LEASE, 2, SEC, w.now);
	tick_once(&w);
	c = usual_config();
	vd_neigh_config_interface(c, IF0, &our_mac, true);
	own(c, IF0, "192.0.2.20", VD_NEIGH_LOCAL, LEASE);
	swap(&w, c);
	for (int i = 0; i < VD_NEIGH_ANNOUNCE_ROUNDS; i++) {
		tick_once(&w);
		check_announcement(only(&w, VD_NEIGH_ACT_SEND), "192.0.2.20", true);
	}
	/* The lease's second round takes the new one along. */
	tick_once(&w);
	CU_ASSERT_EQUAL_FATAL(w.out.n, 3);
	check_announcement(&w.out.v[0], "192.0.2.16", true);
	check_announcement(&w.out.v[1], "192.0.2.20", true);
	check_announcement(&w.out.v[2], "2001:db8::16", true);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

/* A thousand addresses and room for eight actions: all come out, in order, nothing twice. */
static void
paces_by_the_room_there_is(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;
	uint32_t seen = 0;

	own_many(c, IF0, "198.51.100.0", 1000, 9);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, 9, true);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, 9, 1, 0, w.now), 1000);
	w.out.cap = 8;
	while (vd_neigh_next(w.n) <= w.now) {
		w.out.n = 0;
		vd_neigh_tick(w.n, w.now, &w.out);
		CU_ASSERT_FATAL(w.out.n > 0 && w.out.n <= 8);
		for (uint32_t i = 0; i < w.out.n; i++)
			CU_ASSERT(is_nth(&w.out.v[i], "198.51.100.0", seen++));
	}
	CU_ASSERT_EQUAL(seen, 1000);
	world_close(&w);
}

/* Ten thousand addresses: starting emits nothing; then a batch a tick, round by round. */
static void
takes_over_at_once_and_by_batches(void)
{
	const uint32_t n = 10000, rounds = 3;
	struct vd_neigh_config *c = usual_config();
	uint32_t seen = 0, ticks = 0;
	struct vd_neigh_stats stats;
	struct world w;
	vd_time end;

	own_many(c, IF0, "10.0.0.0", n, 9);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_stats(w.n, &stats);
	seen = (uint32_t)stats.announced;
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, 9, rounds, SEC, w.now), (int)n);
	vd_neigh_stats(w.n, &stats);
	CU_ASSERT_EQUAL(stats.announced, seen);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now);
	seen = 0;
	for (uint32_t round = 0; round < rounds; round++) {
		CU_ASSERT_EQUAL(vd_neigh_next(w.n), round == 0 ? w.now : w.now + SEC);
		w.now = vd_neigh_next(w.n);
		end = w.now + 1000 * VD_MSEC;
		for (seen = 0, ticks = 0; vd_neigh_next(w.n) <= w.now; ticks++) {
			tick_now(&w);
			CU_ASSERT_EQUAL_FATAL(w.out.n, VD_MIN(n - seen, 32u));
			for (uint32_t i = 0; i < w.out.n; i++)
				CU_ASSERT_FATAL(is_nth(&w.out.v[i], "10.0.0.0", seen++));
		}
		CU_ASSERT_EQUAL(seen, n);
		CU_ASSERT_EQUAL(ticks, (n + 31) / 32);
		CU_ASSERT_EQUAL(vd_neigh_next(w.n), round + 1 < rounds ? end : VD_TIME_NEVER);
	}
	world_close(&w);
}

/* Started again it begins with the first address and its full rounds. */
static void
begins_anew(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;
	uint32_t n = 0;

	own_many(c, IF0, "10.0.0.0", 40, 9);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 2, 0, w.now);
	tick_now(&w);
	CU_ASSERT(is_nth(&w.out.v[31], "10.0.0.0", 31));
	vd_neigh_announce_lease(w.n, 9, 2, 0, w.now);
	for (uint32_t i = 0; vd_neigh_next(w.n) <= w.now && n <= 80; n += w.out.n) {
		tick_now(&w);
		for (uint32_t k = 0; k < w.out.n; k++, i++)
			CU_ASSERT(is_nth(&w.out.v[k], "10.0.0.0", i % 40));
	}
	CU_ASSERT_EQUAL(n, 80);
	/* Between two rounds, too; no rounds are no job. */
	vd_neigh_announce_lease(w.n, LEASE, 2, SEC, w.now);
	vd_neigh_lease_set(w.n, LEASE, true);
	tick_now(&w);
	vd_neigh_announce_lease(w.n, LEASE, 0, SEC, w.now);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC);
	vd_neigh_announce_lease(w.n, LEASE, 2, 3 * SEC, w.now);
	tick_now(&w);
	CU_ASSERT_EQUAL(w.out.n, 2);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + 3 * SEC);
	world_close(&w);
}

/* A lease that goes takes its job along in the middle of a round, and leaves the others'. */
static void
ends_at_once_with_the_lease(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;

	own_many(c, IF0, "10.0.0.0", 100, 9);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_lease_set(w.n, LEASE, true);
	vd_neigh_announce_lease(w.n, 9, 5, SEC, w.now);
	tick_now(&w);
	vd_neigh_announce_lease(w.n, LEASE, 1, SEC, w.now);
	vd_neigh_lease_set(w.n, 9, false);
	tick_now(&w);
	CU_ASSERT_EQUAL_FATAL(w.out.n, 2);
	check_announcement(&w.out.v[0], "192.0.2.16", false);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	/* Held again, it does not go on by itself. */
	vd_neigh_lease_set(w.n, 9, true);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	/* Between two rounds. */
	vd_neigh_announce_lease(w.n, LEASE, 2, SEC, w.now);
	tick_now(&w);
	vd_neigh_lease_set(w.n, LEASE, false);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	/* One that is not held has nothing to say. */
	vd_neigh_announce_lease(w.n, LEASE, 2, SEC, w.now);
	tick_now(&w);
	CU_ASSERT(quiet(&w));
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(announces_a_lease_in_rounds),
			VD_TEST(stops_with_the_lease),
			VD_TEST(announces_an_interface_and_what_a_reload_adds),
			VD_TEST(paces_by_the_room_there_is),
			VD_TEST(takes_over_at_once_and_by_batches),
			VD_TEST(begins_anew),
			VD_TEST(ends_at_once_with_the_lease),
	};

	return vd_test_main("neigh_announce", tests, sizeof(tests) / sizeof(tests[0]));
}
