/* SPDX-License-Identifier: BSD-3-Clause */
/* Sync groups: one for all, all for one. */
#include "vrrp_world.h"

#define GROUP 5

/* So many members of GROUP, silent, started. Member k has track k with weight 0. */
static void
members(struct world *w, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		track(add(w, k), k, 0);
		w->inst[k]->sync_group = GROUP;
		w->inst[k]->garp_repeat = 0;
	}
}

static struct world *
group(uint32_t n)
{
	struct world *w = world();

	members(w, n);
	apply(w);
	clear(w);
	return w;
}

static struct world *
group_master(uint32_t n)
{
	struct world *w = group(n);

	run(w, 5 * VD_SEC);
	clear(w);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_MASTER);
	return w;
}

static void
start_tells_the_group_once(void)
{
	struct world *w = world();

	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_INIT);
	members(w, 3);
	apply(w);
	TOLD(w, "0 BACKUP start, 1 BACKUP start, 2 BACKUP start, group 5 BACKUP");
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_BACKUP);
	world_close(w);
}

/* MASTER only when every member's timer ran out. */
static void
master_when_all_want_it(void)
{
	struct world *w = group(2);

	for (int k = 0; k < 5; k++) {
		run(w, VD_SEC);
		hear(w, 1, ABOVE, 200);
	}
	TOLD(w, "");
	CU_ASSERT_EQUAL(status(w, 0).wanted, VD_VRRP_STATE_MASTER);
	CU_ASSERT_EQUAL(status(w, 1).wanted, VD_VRRP_STATE_BACKUP);
	run(w, DOWN100 - 1);
	TOLD(w, "");
	run(w, 1);
	TOLD(w,
			"1 advert 100, 1 lease, 1 MASTER timeout, 0 advert 100, 0 lease, 0 MASTER "
			"group, "
			"group 5 MASTER");
	world_close(w);
}

/* One that waits for the others hears a master again: it no longer wants to. */
static void
waiting_ends_with_an_advert(void)
{
	struct world *w = group(2);

	run(w, 3 * VD_SEC);
	hear(w, 1, ABOVE, 200);
	run(w, VD_SEC);
	CU_ASSERT_EQUAL(status(w, 0).wanted, VD_VRRP_STATE_MASTER);
	hear(w, 0, ABOVE, 200);
	CU_ASSERT_EQUAL(status(w, 0).wanted, VD_VRRP_STATE_BACKUP);
	run(w, DOWN100 - VD_SEC);
	TOLD(w, "");
	run(w, VD_SEC);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* The member whose master resigned waits for the others like any that timed out. */
static void
resignation_to_a_waiting_member(void)
{
	struct world *w = group(2);

	run(w, 3 * VD_SEC);
	hear(w, 1, ABOVE, 200);
	run(w, VD_SEC);
	hear(w, 0, ABOVE, 0);
	hear(w, 1, ABOVE, 0);
	clear(w);
	run(w, SKEW100);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* Those that are pulled along resign, so that their VRIDs' peers need not wait. */
static void
backup_of_one_pulls_all(void)
{
	struct world *w = group_master(3);

	hear(w, 1, ABOVE, 200);
	TOLD(w,
			"1 release, 1 BACKUP higher, 0 release, 0 advert 0, 0 BACKUP group, "
			"2 release, 2 advert 0, 2 BACKUP group, group 5 BACKUP");
	world_close(w);
}

static void
fault_of_one_is_everyones(void)
{
	struct world *w = group_master(2);

	thing(w, 1, false);
	TOLD(w,
			"0 release, 0 advert 0, 0 advert 0, 0 FAULT group, "
			"1 release, 1 advert 0, 1 advert 0, 1 FAULT group, group 5 FAULT");
	/* Which one it is can be told. */
	CU_ASSERT_EQUAL(status(w, 0).reason, VD_VRRP_REASON_GROUP);
	CU_ASSERT_EQUAL(status(w, 1).reason, VD_VRRP_REASON_TRACK);
	CU_ASSERT_EQUAL(status(w, 1).reason_track, 1);
	world_close(w);
}

static void
fault_ends_with_the_last(void)
{
	struct world *w = group(3);

	thing(w, 0, false);
	thing(w, 2, false);
	clear(w);
	thing(w, 0, true);
	TOLD(w, "");
	CU_ASSERT_EQUAL(status(w, 0).reason, VD_VRRP_REASON_GROUP);
	thing(w, 2, true);
	TOLD(w, "0 BACKUP recovered, 1 BACKUP recovered, 2 BACKUP recovered, group 5 BACKUP");
	run(w, DOWN100);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_MASTER);
	world_close(w);
}

static void
fault_at_start_is_everyones(void)
{
	struct world *w = world();

	thing(w, 1, false);
	members(w, 2);
	apply(w);
	TOLD(w, "0 FAULT group, 1 FAULT track, group 5 FAULT");
	world_close(w);
}

/* The others announce, and do not advertise, against a lower rival of one. */
static void
lower_rival_of_one_is_everyones(void)
{
	struct world *w = world();

	members(w, 2);
	w->inst[0]->garp_lower_prio_repeat = w->inst[1]->garp_lower_prio_repeat = 2;
	apply(w);
	run(w, 5 * VD_SEC);
	clear(w);
	hear(w, 0, ABOVE, 50);
	TOLD(w, "0 lower 50, 0 advert 100, 0 announce 2, 1 announce 2");
	world_close(w);
}

/* ---- reload ---- */

static void
added_member_does_not_stop_the_others(void)
{
	struct world *w = group_master(2);

	members(w, 3);
	apply(w);
	TOLD(w, "2 BACKUP start, group 5 BACKUP");
	w->quiet = true;
	run(w, DOWN100);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_STATE], 1);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* But if it has a master of its own, the group belongs there. */
static void
added_member_with_a_master_pulls_the_others(void)
{
	struct world *w = group_master(2);

	members(w, 3);
	apply(w);
	clear(w);
	hear(w, 2, ABOVE, 50);
	TOLD(w, "");
	hear(w, 2, ABOVE, 200);
	TOLD(w, "0 release, 0 advert 0, 0 BACKUP group, 1 release, 1 advert 0, 1 BACKUP group");
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_BACKUP);
	world_close(w);
}

/* The same for instances that were BACKUP and MASTER before they became a group. */
static void
instances_that_become_a_group(void)
{
	struct world *w = world();

	members(w, 2);
	w->inst[0]->sync_group = w->inst[1]->sync_group = VD_VRRP_GROUP_NONE;
	apply(w);
	for (int k = 0; k < 5; k++) {
		run(w, VD_SEC);
		hear(w, 1, ABOVE, 200);
	}
	clear(w);
	members(w, 2);
	apply(w);
	TOLD(w, "group 5 BACKUP");
	hear(w, 1, ABOVE, 200);
	TOLD(w, "0 release, 0 advert 0, 0 BACKUP group");
	world_close(w);
}

/* Who waits for members that a reload takes away waits no longer. */
static void
reload_releases_who_waits(void)
{
	struct world *w = group(2);

	run(w, 3 * VD_SEC);
	hear(w, 1, ABOVE, 200);
	run(w, 2 * VD_SEC);
	clear(w);
	members(w, 1);
	apply(w);
	TOLD(w, "1 INIT deleted gone");
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now);
	run(w, 0);
	TOLD(w, "0 advert 100, 0 lease, 0 MASTER timeout, group 5 MASTER");
	world_close(w);
}

static void
reload_without_the_member_at_fault(void)
{
	struct world *w = group(2);

	thing(w, 1, false);
	clear(w);
	members(w, 1);
	apply(w);
	TOLD(w, "1 INIT deleted gone, 0 BACKUP recovered, group 5 BACKUP");
	world_close(w);
}

static void
group_that_is_gone_is_told(void)
{
	struct world *w = group_master(2);

	members(w, 2);
	w->inst[0]->sync_group = w->inst[1]->sync_group = VD_VRRP_GROUP_NONE;
	apply(w);
	TOLD(w, "group 5 INIT gone");
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_INIT);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, VD_VRRP_GROUPS), VD_VRRP_STATE_INIT);
	world_close(w);
}

/* ---- the whole table in one group ---- */

static void
a_thousand_members(void)
{
	struct world *w = world();

	w->quiet = true;
	for (uint32_t k = 0; k < VD_VRRP_INSTANCES; k++) {
		struct vd_vrrp_instance_config *c = add(w, k);

		c->id.vrid = (uint8_t)(k % 255 + 1);
		c->ifid = k / 255;
		c->sync_group = GROUP;
		track(c, 0, 0);
		track(c, 1, -20);
	}
	apply(w);
	run(w, DOWN100);
	CU_ASSERT_EQUAL(vd_vrrp_group_state(w->v, GROUP), VD_VRRP_STATE_MASTER);
	clear(w);
	thing(w, 0, false);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_STATE], VD_VRRP_INSTANCES);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_SEND], 2 * VD_VRRP_INSTANCES);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_GROUP], 1);
	world_close(w);
}

static const struct vd_test tests[] = {
		VD_TEST(start_tells_the_group_once),
		VD_TEST(master_when_all_want_it),
		VD_TEST(waiting_ends_with_an_advert),
		VD_TEST(resignation_to_a_waiting_member),
		VD_TEST(backup_of_one_pulls_all),
		VD_TEST(fault_of_one_is_everyones),
		VD_TEST(fault_ends_with_the_last),
		VD_TEST(fault_at_start_is_everyones),
		VD_TEST(lower_rival_of_one_is_everyones),
		VD_TEST(added_member_does_not_stop_the_others),
		VD_TEST(added_member_with_a_master_pulls_the_others),
		VD_TEST(instances_that_become_a_group),
		VD_TEST(reload_releases_who_waits),
		VD_TEST(reload_without_the_member_at_fault),
		VD_TEST(group_that_is_gone_is_told),
		VD_TEST(a_thousand_members),
};

VD_TEST_MAIN("vrrp_group", tests)
