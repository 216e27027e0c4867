/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

#define SLOTS 1024u

static struct vd_addr
host(uint32_t i)
{
	struct vd_addr base = A("10.2.0.0");

	return vd_addr_add(&base, i);
}

/* The usual one, n next hops from number `first` on, of which every tenth is static, and as many addresses. */
static struct vd_neigh_config *
config_of(uint32_t first, uint32_t n)
{
	struct vd_neigh_config *c = usual_config();

	own_many(c, IF0, "10.1.0.0", n, LEASE);
	for (uint32_t i = first; i < first + n; i++) {
		struct vd_addr addr = host(i);

		if (i % 10 == 0)
			vd_neigh_config_static(c, IF0, &addr, &host_mac);
		else
			vd_neigh_config_want(c, IF0, &addr);
	}
	return c;
}

/* Goes on with slices of so many units until it is done, or for so many of them; returns how many there were. */
static uint32_t
steps(struct world *w, uint32_t size, uint32_t most)
{
	uint32_t n = 0, units;
	bool done = false;

	while (!done && n < most) {
		units = size;
		done = vd_neigh_swap_step(w->n, &units, w->now);
		CU_ASSERT(units == 0 || done);
		n++;
	}
	if (done)
		vd_neigh_config_free(vd_neigh_swap_end(w->n));
	return n;
}

static void
begin(struct world *w, struct vd_neigh_config *c)
{
	vd_neigh_config_seal(c);
	vd_neigh_swap_begin(w->n, c, w->now);
}

/* A unit each: next hops, slots, addresses, and one at the end. Twice of it takes twice as many slices, none is longer. */
static void
a_slice_has_its_size(void)
{
	for (uint32_t n = 50; n <= 200; n *= 2) {
		uint32_t units = n + SLOTS + 5 + n + 1;
		struct world w;

		world_open(&w, config_of(0, n), SLOTS, 0);
		for (uint32_t size = 1; size <= 64; size *= 8) {
			begin(&w, config_of(n / 2, n));
			CU_ASSERT_EQUAL(steps(&w, size, UINT32_MAX), (units + size - 1) / size);
		}
		world_close(&w);
	}
}

static bool
rows_equal(struct world *a, struct world *b)
{
	struct vd_neigh_row x, y;
	uint32_t i = 0, j = 0;

	for (;;) {
		bool more = vd_neigh_view(a->t, &i, &x);

		if (more != vd_neigh_view(b->t, &j, &y))
			return false;
		if (!more)
			return true;
		if (x.index != y.index || !vd_addr_equal(&x.addr, &y.addr) || x.state != y.state)
			return false;
	}
}

static void
a_whole_one_is_the_same(void)
{
	struct vd_neigh_stats s, t;
	struct vd_neigh_config *c;
	struct world a, b;

	world_open(&a, config_of(0, 100), SLOTS, 0);
	world_open(&b, config_of(0, 100), SLOTS, 0);
	for (uint32_t i = 0; i < 4; i++) {
		swap(&a, config_of(i * 40, 100));
		c = config_of(i * 40, 100);
		vd_neigh_config_seal(c);
		vd_neigh_config_free(vd_neigh_config_swap(b.n, c, b.now));
		CU_ASSERT(rows_equal(&a, &b));
		CU_ASSERT_EQUAL(vd_neigh_next(a.n), vd_neigh_next(b.n));
		vd_neigh_stats(a.n, &s);
		vd_neigh_stats(b.n, &t);
		CU_ASSERT_EQUAL(s.live, t.live);
		CU_ASSERT_EQUAL(s.dynamic, t.dynamic);
	}
	world_close(&a);
	world_close(&b);
}

static void
addresses_are_in_effect_at_once(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	own(c, IF0, "192.0.2.77", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	begin(&w, c);
	(void)rx_arp_request(&w, "192.0.2.1", &host_mac, "192.0.2.77");
	CU_ASSERT_EQUAL(only(&w, VD_NEIGH_ACT_SEND)->kind, VD_NEIGH_ACT_SEND);
	(void)steps(&w, 1, UINT32_MAX);
	world_close(&w);
}

/* Between two slices a neighbour answers, one is asked for by a worker, timers run out. */
static void
events_come_in_between(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_addr known = A("192.0.2.1");
	struct world w;

	vd_neigh_config_want(c, IF0, &known);
	world_open(&w, c, 64, 0);
	tick_until(&w, w.now + SEC / 10);
	(void)rx_arp_reply(&w, "192.0.2.1", &host_mac);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.1"), VD_NEIGH_STATE_REACHABLE);
	c = usual_config();
	vd_neigh_config_want(c, IF0, &known);
	begin(&w, c);
	CU_ASSERT_EQUAL(steps(&w, 0, 3), 3); /* nothing is done yet */
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.1"), VD_NEIGH_STATE_REACHABLE);
	(void)rx_arp_reply(&w, "192.0.2.1", &other_mac);
	CU_ASSERT(mac_is(&w, "192.0.2.1", &other_mac));
	CU_ASSERT_NOT_EQUAL(resolve(&w, "192.0.2.2"), VD_NEIGH_NONE);
	(void)steps(&w, 7, 4);
	(void)rx_arp_reply(&w, "192.0.2.2", &host_mac);
	tick_until(&w, w.now + SEC);
	(void)steps(&w, 7, UINT32_MAX);
	CU_ASSERT(mac_is(&w, "192.0.2.1", &other_mac));
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.2"), VD_NEIGH_STATE_REACHABLE);
	/* One is wanted still, the other is not. */
	tick_until(&w, w.now + 3 * VD_NEIGH_IDLE);
	CU_ASSERT(state_of(&w, "192.0.2.1") >= VD_NEIGH_STATE_INCOMPLETE);
	CU_ASSERT(state_of(&w, "192.0.2.2") <= VD_NEIGH_STATE_GONE);
	world_close(&w);
}

/* However many slices it takes: no burst of requests. */
static void
first_requests_are_spread(void)
{
	vd_time gap = 0;
	struct world w;

	world_open(&w, usual_config(), SLOTS, 0);
	begin(&w, config_of(0, 100));
	w.now += SEC; /* a slice that comes late asks from then on */
	(void)steps(&w, 16, UINT32_MAX);
	for (uint32_t i = 0; i < 20; i++) {
		vd_time before = w.now;

		tick_once(&w);
		gap = i == 0 ? VD_NEIGH_WANT_SPREAD : w.now - before;
		CU_ASSERT_EQUAL(gap, VD_NEIGH_WANT_SPREAD);
		CU_ASSERT(w.out.n >= 1);
	}
	world_close(&w);
}

/* What is begun anew while the new configuration comes in is not overwritten by what the old one had left. */
static void
announcements_begun_in_between_count(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;

	own_many(c, IF0, "10.0.0.0", 3, 9);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 2, 60 * SEC, w.now);
	tick_now(&w);
	c = usual_config();
	own_many(c, IF0, "10.0.0.0", 3, 9);
	begin(&w, c);
	vd_neigh_announce_lease(w.n, 9, 2, SEC, w.now);
	tick_now(&w);
	CU_ASSERT_EQUAL(w.out.n, 3);
	(void)steps(&w, 1, UINT32_MAX);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC);
	world_close(&w);
}

/* The sanitizers see whether both configurations are freed. */
static void
ends_in_the_midst(void)
{
	struct world w;

	world_open(&w, config_of(0, 10), 64, 0);
	begin(&w, config_of(5, 10));
	CU_ASSERT_EQUAL(steps(&w, 1, 12), 12);
	world_close(&w);
}

static const struct vd_test tests[] = {
		VD_TEST(a_slice_has_its_size),
		VD_TEST(a_whole_one_is_the_same),
		VD_TEST(addresses_are_in_effect_at_once),
		VD_TEST(events_come_in_between),
		VD_TEST(first_requests_are_spread),
		VD_TEST(announcements_begun_in_between_count),
		VD_TEST(ends_in_the_midst),
};

VD_TEST_MAIN("neigh_swap", tests)
