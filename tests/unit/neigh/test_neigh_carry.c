/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

/* Everything that is due now, at the end of what there was: at most 512 of them. */
struct said {
	struct vd_addr addr[512];
	uint32_t n;
};

static void
drain(struct world *w, struct said *s)
{
	while (vd_neigh_next(w->n) <= w->now) {
		tick_now(w);
		for (uint32_t i = 0; i < w->out.n && s->n < VD_ARRAY_LEN(s->addr); i++)
			s->addr[s->n++] = w->out.v[i].addr;
	}
}

static uint32_t
count(const struct said *s, const char *who)
{
	struct vd_addr addr = A(who);
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		n += vd_addr_equal(&s->addr[i], &addr);
	return n;
}

static struct vd_neigh_config *
config_with(const char *first, uint32_t n)
{
	struct vd_neigh_config *c = usual_config();

	own_many(c, IF0, first, n, 9);
	return c;
}

/* In the middle of a round: the rest of it, then the rounds that were left, at their time. */
static void
goes_on_in_the_middle_of_a_round(void)
{
	struct world w;
	struct said s = {.n = 0};

	world_open(&w, config_with("10.0.0.0", 100), 64, 0);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 2, SEC, w.now);
	tick_now(&w);
	CU_ASSERT(is_nth(&w.out.v[31], "10.0.0.0", 31));
	/* The first fifty go; a lease that the old one had not, and its index, come before. */
	struct vd_neigh_config *c = config_with("10.0.0.50", 50);

	own(c, IF0, "10.9.9.9", VD_NEIGH_VIP, 2);
	swap(&w, c);
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 50);
	CU_ASSERT_EQUAL(count(&s, "10.0.0.50"), 1);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC);
	s.n = 0;
	w.now += SEC;
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 50);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);

	/* The same configuration again: not one address twice, not one left out. */
	vd_neigh_announce_lease(w.n, 9, 1, 0, w.now);
	s.n = 0;
	w.out.n = w.out.cap - 20;
	vd_neigh_tick(w.n, w.now, &w.out);
	CU_ASSERT(is_nth(&w.out.v[w.out.cap - 1], "10.0.0.50", 19));
	swap(&w, config_with("10.0.0.50", 50));
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 30);
	CU_ASSERT_EQUAL(count(&s, "10.0.0.70"), 1);
	world_close(&w);
}

/* What was left of the round is gone: the next round comes a gap later; a lease that is gone ends. */
static void
goes_on_with_the_next_round(void)
{
	struct world w;
	struct said s = {.n = 0};

	world_open(&w, config_with("10.0.0.0", 40), 64, 0);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 3, SEC, w.now);
	tick_now(&w);
	swap(&w, config_with("10.0.0.0", 10));
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC);
	/* Between two rounds, half of the gap later. */
	w.now += SEC / 2;
	swap(&w, config_with("10.0.0.0", 10));
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC / 2);
	w.now += SEC / 2;
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 10);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC);
	swap(&w, usual_config());
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

/* Jobs of interfaces and of single addresses, too; an interface that is gone ends its own. */
static void
carries_every_kind_of_job(void)
{
	struct vd_addr one = A("192.0.2.11");
	struct vd_neigh_config *c = usual_config();
	struct world w;
	struct said s = {.n = 0};

	vd_neigh_config_interface(c, IF1, &our_mac, false);
	own(c, IF1, "10.3.0.1", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	world_open(&w, c, 64, 0);
	vd_neigh_announce(w.n, IF0, &one, 2, SEC, w.now);
	vd_neigh_announce_interface(w.n, IF0, 2, 2 * SEC, w.now);
	vd_neigh_announce_interface(w.n, IF1, 2, SEC, w.now);
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 5);
	swap(&w, config_with("9.0.0.1", 1));
	s.n = 0;
	w.now += SEC;
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(count(&s, "192.0.2.11"), 1);
	w.now += SEC;
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 4);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

/* New ones only, five times; what comes meanwhile starts the rounds again for both. */
static void
announces_news(void)
{
	struct vd_neigh_config *c;
	struct world w;
	struct said s = {.n = 0};

	world_open(&w, usual_config(), 64, 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	c = usual_config();
	own(c, IF0, "192.0.2.20", VD_NEIGH_VIP, LEASE);
	own(c, IF0, "192.0.2.21", VD_NEIGH_VIP, LEASE + 1);
	swap(&w, c);
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 1);
	/* A reload in between that changes nothing does not start it again. */
	c = usual_config();
	own(c, IF0, "192.0.2.20", VD_NEIGH_VIP, LEASE);
	swap(&w, c);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + VD_NEIGH_ANNOUNCE_GAP);
	c = usual_config();
	own(c, IF0, "192.0.2.20", VD_NEIGH_VIP, LEASE);
	own(c, IF0, "2001:db8::20", VD_NEIGH_VIP, LEASE);
	swap(&w, c);
	for (int i = 0; i < 20; i++, w.now += VD_NEIGH_ANNOUNCE_GAP)
		drain(&w, &s);
	CU_ASSERT_EQUAL(count(&s, "192.0.2.20"), 1 + VD_NEIGH_ANNOUNCE_ROUNDS);
	CU_ASSERT_EQUAL(count(&s, "2001:db8::20"), VD_NEIGH_ANNOUNCE_ROUNDS);
	CU_ASSERT_EQUAL(s.n, 1 + 2 * VD_NEIGH_ANNOUNCE_ROUNDS);
	/* They are no news any more when something else is. */
	s.n = 0;
	c = usual_config();
	own(c, IF0, "192.0.2.20", VD_NEIGH_VIP, LEASE);
	own(c, IF0, "192.0.2.22", VD_NEIGH_VIP, VD_NEIGH_NO_LEASE);
	swap(&w, c);
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(count(&s, "192.0.2.22"), 1);
	world_close(&w);
}

/* Another MAC, the port's or the address's own, or a lease that we hold instead of one we do not. */
static void
another_mac_or_lease_is_news(void)
{
	static const struct vd_mac vmac = {{0, 0, 0x5e, 0, 1, 1}};
	struct vd_prefix vip = {.addr = A("192.0.2.16"), .len = 32};
	struct vd_neigh_config *c;
	struct world w;
	struct said s = {.n = 0};

	world_open(&w, usual_config(), 64, 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	c = usual_config();
	vd_neigh_config_own_mac(c, IF0, &vip, VD_NEIGH_VIP, LEASE, &vmac);
	swap(&w, c);
	tick_now(&w);
	check_announcement_from(only(&w, VD_NEIGH_ACT_SEND), "192.0.2.16", &vmac, false);
	tick_until(&w, w.now + SEC);
	c = usual_config();
	vd_neigh_config_interface(c, IF0, &other_mac, false);
	vd_neigh_config_own_mac(c, IF0, &vip, VD_NEIGH_VIP, LEASE, &vmac);
	swap(&w, c);
	drain(&w, &s);
	/* All of the port's but the one that kept its MAC. */
	CU_ASSERT_EQUAL(s.n, 4);
	CU_ASSERT_EQUAL(count(&s, "192.0.2.16"), 0);
	tick_until(&w, w.now + SEC);

	vd_neigh_lease_set(w.n, LEASE, false);
	vd_neigh_lease_set(w.n, LEASE + 1, true);
	c = usual_config();
	vd_neigh_config_interface(c, IF0, &other_mac, false);
	own(c, IF0, "192.0.2.16", VD_NEIGH_VIP, LEASE + 1);
	swap(&w, c);
	s.n = 0;
	drain(&w, &s);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(count(&s, "192.0.2.16"), 1);
	world_close(&w);
}

/* The interval is kept over a reload, and a shorter one counts from then on. */
static void
keeps_the_pace(void)
{
	struct vd_neigh_config *c = config_with("10.0.0.0", 10);
	struct world w;

	vd_neigh_config_garp(c, IF0, SEC, 0);
	world_open(&w, c, 64, 0);
	tick_until(&w, w.now + 60 * SEC);
	vd_neigh_lease_set(w.n, 9, true);
	vd_neigh_announce_lease(w.n, 9, 1, 0, w.now);
	tick_now(&w);
	w.now += SEC / 4;
	c = config_with("10.0.0.0", 10);
	vd_neigh_config_garp(c, IF0, SEC, 0);
	swap(&w, c);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC * 3 / 4);
	c = config_with("10.0.0.0", 10);
	vd_neigh_config_garp(c, IF0, SEC / 10, 0);
	swap(&w, c);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now + SEC / 10);
	tick_once(&w);
	CU_ASSERT(is_nth(only(&w, VD_NEIGH_ACT_SEND), "10.0.0.0", 1));
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(goes_on_in_the_middle_of_a_round),
			VD_TEST(goes_on_with_the_next_round),
			VD_TEST(carries_every_kind_of_job),
			VD_TEST(announces_news),
			VD_TEST(another_mac_or_lease_is_news),
			VD_TEST(keeps_the_pace),
	};

	return vd_test_main("neigh_carry", tests, sizeof(tests) / sizeof(tests[0]));
}
