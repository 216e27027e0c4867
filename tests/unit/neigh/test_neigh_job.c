/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

/* ARP and ND keep a time of their own between two, however late the ticks come. */
static void
keeps_the_interval(void)
{
	struct vd_neigh_config *c = usual_config();
	vd_time last4 = 0, last6 = 0;
	uint32_t n4 = 0, n6 = 0;
	struct world w;

	own_many(c, IF0, "10.0.0.0", 20, 9);
	own_many(c, IF0, "2001:db8:1::1", 20, 9);
	vd_neigh_config_garp(c, IF0, 10 * VD_MSEC, 3 * VD_MSEC);
	world_open(&w, c, 64, 0);
	tick_until(&w, w.now + 60 * SEC);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 1, 0, w.now);
	for (vd_time late = 0; vd_neigh_next(w.n) != VD_TIME_NEVER; late = (late + 7) % 25) {
		w.now = VD_MAX(w.now, vd_neigh_next(w.n) + late * VD_MSEC);
		tick_now(&w);
		for (uint32_t i = 0; i < w.out.n; i++) {
			if (vd_addr_is_v4(&w.out.v[i].addr)) {
				CU_ASSERT(is_nth(&w.out.v[i], "10.0.0.0", n4++));
				CU_ASSERT(last4 == 0 || w.now - last4 >= 10 * VD_MSEC);
				last4 = w.now;
			} else {
				CU_ASSERT(is_nth(&w.out.v[i], "2001:db8:1::1", n6++));
				CU_ASSERT(last6 == 0 || w.now - last6 >= 3 * VD_MSEC);
				last6 = w.now;
			}
		}
	}
	CU_ASSERT_EQUAL(n4, 20);
	CU_ASSERT_EQUAL(n6, 20);
	world_close(&w);
}

/* Ticks in time: exactly one an interval, and no tick for nothing. */
static void
is_due_when_the_interval_is_over(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;
	vd_time start;

	own_many(c, IF0, "10.0.0.0", 10, 9);
	vd_neigh_config_garp(c, IF0, 10 * VD_MSEC, 0);
	world_open(&w, c, 64, 0);
	tick_until(&w, w.now + 60 * SEC);
	start = w.now;
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 2, 100 * VD_MSEC, w.now);
	for (uint32_t i = 0; i < 20; i++) {
		tick_once(&w);
		CU_ASSERT(is_nth(only(&w, VD_NEIGH_ACT_SEND), "10.0.0.0", i % 10));
		CU_ASSERT_EQUAL(w.now, start + (i * 10 + (i < 10 ? 0 : 90)) * VD_MSEC);
	}
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

/* Three leases and a single address on a paced interface take turns, whoever came first. */
static void
shares_an_interface_fairly(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_addr one = A("192.0.2.11");
	uint32_t n[4] = {0}, most, least;
	struct world w;

	own_many(c, IF0, "10.0.0.0", 1000, 20);
	own_many(c, IF0, "10.1.0.0", 50, 21);
	own_many(c, IF0, "10.2.0.0", 50, 22);
	vd_neigh_config_garp(c, IF0, VD_MSEC, VD_MSEC);
	world_open(&w, c, 64, 0);
	tick_until(&w, w.now + 60 * SEC);
	for (uint16_t lease = 20; lease <= 22; lease++) {
		vd_neigh_lease_set(w.n, lease, true);
		vd_neigh_announce_lease(w.n, lease, 1, 0, w.now);
		/* The first is at it when the others come. */
		for (int i = 0; i < 5 && lease == 20; i++)
			tick_once(&w);
	}
	vd_neigh_announce(w.n, IF0, &one, 1, 0, w.now);
	tick_now(&w); /* they line up: it is nobody's turn yet */
	CU_ASSERT(quiet(&w));
	for (int i = 0; i < 150; i++) {
		const uint8_t *b;

		tick_once(&w);
		CU_ASSERT_EQUAL_FATAL(w.out.n, 1);
		b = &w.out.v[0].addr.b[12];
		n[b[0] == 10 ? b[1] : 3]++;
		CU_ASSERT(i < 4 || n[3] == 1);
		most = VD_MAX(n[0], VD_MAX(n[1], n[2]));
		least = VD_MIN(n[0], VD_MIN(n[1], n[2]));
		CU_ASSERT(most - least <= 1);
	}
	world_close(&w);
}

/* What waits for its interval keeps nobody else waiting: neither ND nor another interface. */
static void
waits_alone(void)
{
	struct vd_neigh_config *c = usual_config();
	uint32_t n4 = 0, n6 = 0, other = 0;
	struct world w;

	vd_neigh_config_interface(c, IF1, &our_mac, false);
	own_many(c, IF0, "10.0.0.0", 100, 9);
	own_many(c, IF0, "2001:db8:1::1", 100, 9);
	own_many(c, IF1, "10.3.0.0", 100, 9);
	vd_neigh_config_garp(c, IF0, SEC, 0);
	world_open(&w, c, 64, 0);
	tick_until(&w, w.now + 60 * SEC);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 2, 0, w.now);
	for (int i = 0; i < 20 && vd_neigh_next(w.n) <= w.now; i++) {
		tick_now(&w);
		CU_ASSERT(w.out.n <= VD_NEIGH_ANNOUNCE_BATCH);
		for (uint32_t k = 0; k < w.out.n; k++) {
			if (w.out.v[k].ifid == IF1)
				CU_ASSERT(is_nth(&w.out.v[k], "10.3.0.0", other++))
			else if (vd_addr_is_v4(&w.out.v[k].addr))
				n4++;
			else
				CU_ASSERT(is_nth(&w.out.v[k], "2001:db8:1::1", n6++));
		}
	}
	CU_ASSERT_EQUAL(n4, 1);
	CU_ASSERT_EQUAL(n6, 100);
	CU_ASSERT_EQUAL(other, 100);
	/* The second round waits for the first. */
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC);
	/* The rest goes with the lease, the lane's time too. */
	vd_neigh_lease_set(w.n, 9, false);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

/* A small lease is not behind all of a large one, nor is one interface behind the other. */
static void
large_jobs_let_small_ones_in(void)
{
	struct vd_neigh_config *c = usual_config();
	bool seen16 = false, seen1 = false;
	struct world w;

	vd_neigh_config_interface(c, IF1, &our_mac, false);
	own_many(c, IF0, "10.0.0.0", 5000, 20);
	own(c, IF1, "10.1.0.1", VD_NEIGH_VIP, LEASE);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, 20, true);
	vd_neigh_lease_set(w.n, LEASE, true);
	vd_neigh_announce_lease(w.n, 20, 1, 0, w.now);
	tick_now(&w);
	vd_neigh_announce_lease(w.n, LEASE, 1, 0, w.now);
	for (int i = 0; i < 4; i++) {
		tick_now(&w);
		for (uint32_t k = 0; k < w.out.n; k++) {
			seen16 = seen16 || is_nth(&w.out.v[k], "192.0.2.16", 0);
			seen1 = seen1 || is_nth(&w.out.v[k], "10.1.0.1", 0);
		}
	}
	CU_ASSERT(seen16 && seen1);
	world_close(&w);
}

/* A defence counts for the interval. */
static void
a_defence_counts(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;
	vd_time at;

	own_many(c, IF0, "10.0.0.0", 3, 9);
	vd_neigh_config_garp(c, IF0, 10 * VD_MSEC, 0);
	world_open(&w, c, 64, 0);
	tick_until(&w, w.now + 60 * SEC);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 1, 0, w.now);
	tick_now(&w);
	w.now += 6 * VD_MSEC;
	rx_arp_reply(&w, "10.0.0.2", &other_mac);
	CU_ASSERT_EQUAL(w.out.n, 2);
	at = w.now;
	do {
		tick_once(&w);
	} while (w.out.n == 0);
	CU_ASSERT_EQUAL(w.now, at + 10 * VD_MSEC);
	CU_ASSERT(is_nth(&w.out.v[0], "10.0.0.0", 1));
	world_close(&w);
}

/* Addresses that are not served are passed over by the tick in bounded steps. */
static void
passes_over_what_is_not_served(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;
	uint32_t n = 0, ticks = 0;

	own_many(c, IF0, "10.0.0.0", 20000, 9);
	world_open(&w, c, 64, 0);
	CU_ASSERT_EQUAL(vd_neigh_announce_interface(w.n, IF0, 1, 0, w.now), 20005);
	for (; vd_neigh_next(w.n) <= w.now; ticks++) {
		tick_now(&w);
		n += w.out.n;
	}
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT(ticks > 20);
	/* Full: nothing is lost, nothing goes on, and the tick is due at once. */
	vd_neigh_announce_interface(w.n, IF0, 1, 0, w.now);
	w.out.n = w.out.cap;
	vd_neigh_tick(w.n, w.now, &w.out);
	CU_ASSERT(vd_neigh_next(w.n) <= w.now);
	tick_now(&w);
	CU_ASSERT(is_nth(&w.out.v[0], "192.0.2.11", 0));
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(keeps_the_interval),
			VD_TEST(is_due_when_the_interval_is_over),
			VD_TEST(shares_an_interface_fairly),
			VD_TEST(waits_alone),
			VD_TEST(large_jobs_let_small_ones_in),
			VD_TEST(a_defence_counts),
			VD_TEST(passes_over_what_is_not_served),
	};

	return vd_test_main("neigh_job", tests, sizeof(tests) / sizeof(tests[0]));
}
