/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration and its swap: what did not change is not touched. */
#include <errno.h>

#include "vrrp_world.h"

/* ---- building ---- */

static void
slots_are_taken_once(void)
{
	struct vd_vrrp_config *c = vd_vrrp_config_new();
	struct vd_vrrp_instance_config *i = vd_vrrp_config_instance(c, 3);

	CU_ASSERT_PTR_NOT_NULL_FATAL(i);
	CU_ASSERT_EQUAL(i->down_timer_adverts, 3);
	CU_ASSERT_EQUAL(i->ttl, 255);
	CU_ASSERT_EQUAL(i->sync_group, VD_VRRP_GROUP_NONE);
	CU_ASSERT_PTR_NULL(vd_vrrp_config_instance(c, 3));
	CU_ASSERT_PTR_NULL(vd_vrrp_config_instance(c, VD_VRRP_INSTANCES));
	CU_ASSERT_EQUAL(vd_vrrp_config_seal(c), 0);
	vd_vrrp_config_free(c);
	vd_vrrp_config_free(NULL);
}

/* RFC 9568 5.2.3: a VRID belongs to one router of an interface and family. */
static void
one_vrid_once_per_interface_and_family(void)
{
	struct world *w = world();

	add(w, 0);
	add(w, 1)->id.vrid = 10;
	CU_ASSERT_EQUAL(vd_vrrp_config_seal(w->building), -EEXIST);
	vd_vrrp_config_free(w->building);
	w->building = NULL;
	add(w, 0);
	add(w, 1)->id.vrid = 10;
	w->inst[1]->id.v6 = true;
	add(w, 2)->id.vrid = 10;
	w->inst[2]->ifid = IF0 + 1;
	CU_ASSERT_EQUAL(vd_vrrp_config_seal(w->building), 0);
	world_close(w);
}

static void
unknown_things_are_refused(void)
{
	struct world *w = world();

	track(add(w, 0), VD_VRRP_TRACKS, 1);
	CU_ASSERT_EQUAL(vd_vrrp_config_seal(w->building), -ERANGE);
	world_close(w);
}

/* ---- nothing changes ---- */

static void
rich(struct world *w)
{
	for (uint32_t k = 0; k < 6; k++) {
		struct vd_vrrp_instance_config *c = add(w, k);

		c->id.interval = (1 + k % 2) * 100 * VD_MSEC;
		c->garp_refresh = 700 * VD_MSEC;
		c->garp_refresh_repeat = 1;
		c->garp_lower_prio_repeat = 2;
		c->garp_lower_prio_delay = VD_SEC;
		c->preempt_delay = k == 3 ? 3 * VD_SEC : 0;
		if (k >= 4)
			c->sync_group = 1;
		track(c, k, k % 3 == 0 ? 0 : -10);
	}
	vd_vrrp_config_track_delay(w->building, 2, 800 * VD_MSEC, 900 * VD_MSEC);
}

/* A life in which a lot happens; step says which configuration comes when. */
static void
live(struct world *w, int k)
{
	switch (k % 10) {
	case 2:
		hear(w, 1, ABOVE, 200);
		break;
	case 3:
		hear(w, 0, ABOVE, 50);
		hear(w, 3, ABOVE, 50);
		break;
	case 5:
		thing(w, 2, k % 20 < 10);
		break;
	case 7:
		thing(w, 3, k % 20 > 10);
		hear(w, 4, ABOVE, k % 40 < 10 ? 200 : 0);
		break;
	case 8:
		hear(w, 2, ABOVE, 0);
		break;
	default:
		break;
	}
	run(w, 130 * VD_MSEC);
}

static bool
same_status(const struct vd_vrrp_status *a, const struct vd_vrrp_status *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* One engine is given its own configuration again before every event, the other never: they cannot be told apart. */
static void
equal_configuration_touches_nothing(void)
{
	struct world *a = world(), *b = world();

	rich(a);
	rich(b);
	apply(a);
	apply(b);
	for (int k = 0; k < 200; k++) {
		rich(b);
		apply(b);
		CU_ASSERT_EQUAL(vd_vrrp_next(a->v), vd_vrrp_next(b->v));
		live(a, k);
		live(b, k);
		CU_ASSERT_STRING_EQUAL(a->text, b->text);
		clear(a);
		clear(b);
		for (uint32_t s = 0; s < 6; s++) {
			struct vd_vrrp_status x = status(a, s), y = status(b, s);

			CU_ASSERT_TRUE(same_status(&x, &y));
			CU_ASSERT_EQUAL(a->until[s], b->until[s]);
		}
	}
	world_close(a);
	world_close(b);
}

/* ---- in place ---- */

static void
priority_changes_in_place(void)
{
	struct world *w = master();
	vd_time beat = vd_vrrp_next(w->v);

	add(w, 0)->priority = 150;
	apply(w);
	TOLD(w, "0 priority 150");
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), beat);
	run_to(w, beat);
	TOLD(w, "0 advert 150");
	world_close(w);
}

static void
addresses_change_in_place(void)
{
	struct world *w = master();
	size_t before;

	run(w, VD_SEC);
	before = w->frame_len;
	add(w, 0);
	vd_vec_push(&w->inst[0]->addresses, A("192.0.2.101"));
	apply(w);
	clear(w);
	run(w, VD_SEC);
	TOLD(w, "0 advert 100");
	CU_ASSERT_EQUAL(w->frame_len, before + 4);
	world_close(w);
}

/* A shorter interval counts at once, a longer one from the advert that tells it on. */
static void
interval_changes_in_place_as_master(void)
{
	struct world *w = master();
	vd_time beat = vd_vrrp_next(w->v);

	add(w, 0)->id.interval = 3 * VD_SEC;
	apply(w);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), beat);
	run_to(w, beat);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), beat + 3 * VD_SEC);
	add(w, 0)->id.interval = 100 * VD_MSEC;
	apply(w);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), beat + 100 * VD_MSEC);
	CU_ASSERT_EQUAL(status(w, 0).stats.became_master, 1);
	world_close(w);
}

static void
interval_changes_in_place_as_backup(void)
{
	struct world *w = backup();

	run(w, VD_SEC);
	add(w, 0)->id.interval = 100 * VD_MSEC;
	apply(w);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now + DOWN100 / 10);
	/* In version 3 a master that is known says which one it is. */
	hear(w, 0, ABOVE, 200);
	add(w, 0)->id.interval = 50 * VD_MSEC;
	apply(w);
	CU_ASSERT_EQUAL(status(w, 0).master_interval, 100 * VD_MSEC);
	world_close(w);
}

static void
preempt_delay_changes_in_place(void)
{
	struct world *w = world();

	add(w, 0)->preempt_delay = 100 * VD_SEC;
	apply(w);
	hear(w, 0, ABOVE, 50);
	add(w, 0)->preempt_delay = 2 * VD_SEC;
	apply(w);
	CU_ASSERT_EQUAL(status(w, 0).preempt_at, w->now + 2 * VD_SEC);
	add(w, 0);
	apply(w);
	CU_ASSERT_EQUAL(status(w, 0).preempt_at, 0);
	world_close(w);
}

static void
refresh_changes_in_place(void)
{
	struct world *w = master();

	add(w, 0)->garp_refresh = 3 * VD_SEC;
	w->inst[0]->garp_refresh_repeat = 1;
	apply(w);
	clear(w);
	run(w, 3 * VD_SEC);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 1);
	add(w, 0);
	apply(w);
	run(w, 60 * VD_SEC);
	CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_ANNOUNCE], 1);
	world_close(w);
}

static void
operators_priority_survives(void)
{
	struct world *w = backup();

	set_priority(w, 0, 77);
	add(w, 0)->priority = 120;
	apply(w);
	CU_ASSERT_EQUAL(status(w, 0).effective_priority, 77);
	CU_ASSERT_EQUAL(status(w, 0).priority_override, 77);
	set_priority(w, 0, 0);
	CU_ASSERT_EQUAL(status(w, 0).effective_priority, 120);
	/* But not the instance. */
	set_priority(w, 0, 77);
	apply(w);
	add(w, 0);
	apply(w);
	CU_ASSERT_EQUAL(status(w, 0).effective_priority, 100);
	world_close(w);
}

/* ---- identity ---- */

static const uint8_t *
vrid(const struct world *w)
{
	return w->frame + 14 + 20 + 1;
}

/* Whom the old VRID served is told by an advert of the old VRID. */
static void
identity_change_resigns_by_the_old_configuration(void)
{
	struct world *w = master();

	add(w, 0)->id.vrid = 99;
	apply(w);
	TOLD(w, "0 release, 0 advert 0, 0 INIT changed, 0 BACKUP start");
	CU_ASSERT_EQUAL(*vrid(w), 10);
	CU_ASSERT_EQUAL(status(w, 0).stats.became_master, 1);
	run(w, DOWN100);
	CU_ASSERT_EQUAL(*vrid(w), 99);
	CU_ASSERT_EQUAL(state(w, 0), VD_VRRP_STATE_MASTER);
	world_close(w);
}

static void
identity_is_more_than_the_vrid(void)
{
	for (int k = 0; k < 7; k++) {
		struct world *w = master();
		struct vd_vrrp_instance_config *c = add(w, 0);

		switch (k) {
		case 0:
			c->ifid++;
			break;
		case 1:
			c->id.version = 2;
			break;
		case 2:
			c->id.unicast = true;
			break;
		case 3:
			c->src = A("192.0.2.2");
			break;
		case 4:
			c->mac.b[5]++;
			break;
		case 5:
			c->id.v6 = true;
			break;
		default:
			c->garp_repeat = 1; /* no part of it */
		}
		apply(w);
		TOLD(w, k == 6 ? "" : "0 release, 0 advert 0, 0 INIT changed, 0 BACKUP start");
		world_close(w);
	}
}

/* A start, but not the first: `state MASTER` and owner have no special right. */
static void
changed_owner_waits(void)
{
	struct world *w = world();

	add(w, 0)->priority = 255;
	w->inst[0]->start_master = true;
	apply(w);
	run(w, VD_SEC);
	add(w, 0)->priority = 255;
	w->inst[0]->start_master = true;
	w->inst[0]->id.vrid = 99;
	apply(w);
	clear(w);
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), w->now + 3 * VD_SEC + VD_SEC / 256);
	world_close(w);
}

static void
removal_resigns(void)
{
	struct world *w = master();
	struct vd_vrrp_status s;

	apply(w);
	TOLD(w, "0 release, 0 advert 0, 0 INIT deleted gone");
	CU_ASSERT_EQUAL(*vrid(w), 10);
	CU_ASSERT_FALSE(vd_vrrp_status_read(w->v, 0, &s));
	CU_ASSERT_EQUAL(vd_vrrp_next(w->v), VD_TIME_NEVER);
	/* And comes anew. */
	add(w, 0);
	apply(w);
	TOLD(w, "0 BACKUP start");
	CU_ASSERT_EQUAL(status(w, 0).stats.became_master, 0);
	world_close(w);
}

static void
removal_of_a_backup_is_silent(void)
{
	struct world *w = backup();

	apply(w);
	TOLD(w, "0 INIT deleted gone");
	world_close(w);
}

/* The IP id goes on through a change, for the resignation is built after it. */
static void
resignation_is_not_the_first_packet(void)
{
	struct world *w = master();
	unsigned int before = (unsigned int)w->frame[18] << 8 | w->frame[19];

	add(w, 0)->id.vrid = 99;
	apply(w);
	CU_ASSERT_EQUAL((unsigned int)w->frame[18] << 8 | w->frame[19], before + 1);
	world_close(w);
}

/* A peer that has heard our AH takes the resignation, too. */
static void
resignation_goes_on_with_the_sequence(void)
{
	struct world *w = world();
	struct vd_vrrp_auth_state peer = {0};
	struct vd_vrrp_identity id;
	struct vd_vrrp_advert a;
	struct vd_vrrp_peek p;

	add(w, 0)->id.version = 2;
	w->inst[0]->id.auth = VD_VRRP_AUTH_AH;
	memcpy(w->inst[0]->id.password, "ospreys", 7);
	apply(w);
	run(w, 60 * VD_SEC);
	id = w->inst[0]->id;
	CU_ASSERT_EQUAL_FATAL(vd_vrrp_peek(w->frame, w->frame_len, &p), VD_PKT_OK);
	CU_ASSERT_EQUAL(vd_vrrp_check(&id, &peer, w->frame, &p, false, 0, &a), VD_VRRP_OK);
	apply(w);
	CU_ASSERT_EQUAL_FATAL(vd_vrrp_peek(w->frame, w->frame_len, &p), VD_PKT_OK);
	CU_ASSERT_EQUAL(vd_vrrp_check(&id, &peer, w->frame, &p, false, 0, &a), VD_VRRP_OK);
	CU_ASSERT_EQUAL(a.priority, 0);
	world_close(w);
}

/* The swap of a full table: everything resigns and starts, and no action is lost. */
static void
a_thousand_change_at_once(void)
{
	struct world *w = world();

	w->quiet = true;
	for (int n = 0; n < 3; n++) {
		for (uint32_t k = 0; k < VD_VRRP_INSTANCES; k++) {
			struct vd_vrrp_instance_config *c = add(w, k);

			c->id.vrid = (uint8_t)(k % 255 + 1);
			c->ifid = k / 255 + (uint32_t)n * 10;
			c->sync_group = n == 1 ? k / 2 : k;
			track(c, k, 0);
		}
		clear(w);
		apply(w);
		CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_STATE],
				n == 0 ? VD_VRRP_INSTANCES : 2 * VD_VRRP_INSTANCES);
		CU_ASSERT_EQUAL(w->count[VD_VRRP_ACT_SEND], n == 0 ? 0 : VD_VRRP_INSTANCES);
		run(w, DOWN100);
		CU_ASSERT_EQUAL(state(w, VD_VRRP_INSTANCES - 1), VD_VRRP_STATE_MASTER);
	}
	world_close(w);
}

static const struct vd_test tests[] = {
		VD_TEST(slots_are_taken_once),
		VD_TEST(one_vrid_once_per_interface_and_family),
		VD_TEST(unknown_things_are_refused),
		VD_TEST(equal_configuration_touches_nothing),
		VD_TEST(priority_changes_in_place),
		VD_TEST(addresses_change_in_place),
		VD_TEST(interval_changes_in_place_as_master),
		VD_TEST(interval_changes_in_place_as_backup),
		VD_TEST(preempt_delay_changes_in_place),
		VD_TEST(refresh_changes_in_place),
		VD_TEST(operators_priority_survives),
		VD_TEST(identity_change_resigns_by_the_old_configuration),
		VD_TEST(identity_is_more_than_the_vrid),
		VD_TEST(changed_owner_waits),
		VD_TEST(removal_resigns),
		VD_TEST(removal_of_a_backup_is_silent),
		VD_TEST(resignation_is_not_the_first_packet),
		VD_TEST(resignation_goes_on_with_the_sequence),
		VD_TEST(a_thousand_change_at_once),
};

VD_TEST_MAIN("vrrp_config", tests)
