/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

/* A lease's addresses stand on several interfaces among others'; its job has just those. */
static void
finds_a_leases_addresses(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;

	vd_neigh_config_interface(c, IF1, &our_mac, true);
	own(c, IF1, "10.3.0.1", VD_NEIGH_VIP, LEASE);
	own(c, IF1, "10.3.0.2", VD_NEIGH_VIP, LEASE + 1);
	own(c, IF1, "10.3.0.3", VD_NEIGH_VIP, LEASE);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	vd_neigh_lease_set(w.n, LEASE + 1, true);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, LEASE, 1, 0, w.now), 4);
	tick_now(&w);
	CU_ASSERT_EQUAL_FATAL(w.out.n, 4);
	check_announcement(&w.out.v[0], "192.0.2.16", false);
	check_announcement(&w.out.v[1], "2001:db8::16", false);
	check_announcement(&w.out.v[2], "10.3.0.1", true);
	check_announcement(&w.out.v[3], "10.3.0.3", true);
	CU_ASSERT_EQUAL(w.out.v[2].ifid, IF1);
	world_close(&w);
}

/* The virtual address that is a FULLNAT source, too; with another lease it is another matter. */
static void
announces_an_address_in_two_roles_once(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;

	own(c, IF0, "192.0.2.16", VD_NEIGH_LOCAL, LEASE);
	own(c, IF0, "192.0.2.16", VD_NEIGH_VIP, LEASE);
	own(c, IF0, "192.0.2.16", VD_NEIGH_VIP, LEASE + 1);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, LEASE, true);
	vd_neigh_lease_set(w.n, LEASE + 1, true);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, LEASE, 1, 0, w.now), 2);
	tick_now(&w);
	CU_ASSERT_EQUAL(w.out.n, 2);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, LEASE + 1, 1, 0, w.now), 1);
	tick_now(&w);
	check_announcement(only(&w, VD_NEIGH_ACT_SEND), "192.0.2.16", false);
	world_close(&w);
}

/* The largest numbers, and a configuration without addresses. */
static void
takes_any_lease_and_none(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_addr vip = A("192.0.2.30");
	struct world w;

	own(c, IF0, "192.0.2.30", VD_NEIGH_VIP, VD_NEIGH_NO_LEASE - 1);
	world_open(&w, c, 64, 0);
	vd_neigh_lease_set(w.n, VD_NEIGH_NO_LEASE - 1, true);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, VD_NEIGH_NO_LEASE - 1, 1, 0, w.now), 1);
	tick_now(&w);
	check_announcement(only(&w, VD_NEIGH_ACT_SEND), "192.0.2.30", false);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, VD_NEIGH_NO_LEASE, 1, 0, w.now), 0);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, 0, 1, 0, w.now), 0);
	CU_ASSERT_EQUAL(vd_neigh_announce_interface(w.n, IF1, 1, 0, w.now), 0);
	CU_ASSERT_EQUAL(vd_neigh_announce_interface(w.n, VD_NEIGH_IF_MAX, 1, 0, w.now), 0);

	c = vd_neigh_config_new();
	vd_neigh_config_interface(c, IF0, &our_mac, false);
	vd_neigh_config_garp(c, IF1, SEC, SEC);
	vd_neigh_config_garp(c, VD_NEIGH_IF_MAX, SEC, SEC);
	swap(&w, c);
	vd_neigh_lease_set(w.n, VD_NEIGH_NO_LEASE - 1, false);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(w.n, VD_NEIGH_NO_LEASE - 1, 1, 0, w.now), 0);
	CU_ASSERT_EQUAL(vd_neigh_announce_interface(w.n, IF0, 1, 0, w.now), 0);
	CU_ASSERT(vd_neigh_announce(w.n, IF0, &vip, 1, 0, w.now) < 0);
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(finds_a_leases_addresses),
			VD_TEST(announces_an_address_in_two_roles_once),
			VD_TEST(takes_any_lease_and_none),
	};

	return vd_test_main("neigh_plan", tests, sizeof(tests) / sizeof(tests[0]));
}
