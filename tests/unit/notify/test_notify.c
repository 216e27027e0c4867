/* SPDX-License-Identifier: BSD-3-Clause */
#include "notify_rig.h"

#define ALL(prefix) \
	"notify_master \"$D/say " prefix " master 'two words'\"\n" \
	"notify_backup \"$D/say " prefix " backup\"\n" \
	"notify_fault \"$D/say " prefix " fault\"\n" \
	"notify_stop \"$D/say " prefix " stop\"\n" \
	"notify_deleted \"$D/say " prefix " deleted\"\n" \
	"notify \"$D/say " prefix " any\"\n"

static const char both[] = RIG_INSTANCE("VI_1", "1",
		ALL("i") "notify_master_rx_lower_pri \"$D/say i lower\"\nnotify_priority_changes "
			 "true") "vrrp_sync_group G1 {\ngroup {\nVI_1\n}\n" ALL("g") "}\n";

static void
test_words(void)
{
	CU_ASSERT_STRING_EQUAL(vd_notify_word(VD_NOTIFY_MASTER), "MASTER");
	CU_ASSERT_STRING_EQUAL(
			vd_notify_word(VD_NOTIFY_MASTER_RX_LOWER_PRI), "MASTER_RX_LOWER_PRI");
	CU_ASSERT_STRING_EQUAL(vd_notify_word(VD_NOTIFY_BACKUP_PRIORITY), "BACKUP_PRIORITY");
	CU_ASSERT_STRING_EQUAL(vd_notify_word(VD_NOTIFY_N), "?");
	CU_ASSERT(vd_notify_of_state(VD_VRRP_STATE_MASTER, false) == VD_NOTIFY_MASTER);
	CU_ASSERT(vd_notify_of_state(VD_VRRP_STATE_BACKUP, false) == VD_NOTIFY_BACKUP);
	CU_ASSERT(vd_notify_of_state(VD_VRRP_STATE_FAULT, false) == VD_NOTIFY_FAULT);
	CU_ASSERT(vd_notify_of_state(VD_VRRP_STATE_INIT, false) == VD_NOTIFY_STOP);
	CU_ASSERT(vd_notify_of_state(VD_VRRP_STATE_INIT, true) == VD_NOTIFY_DELETED);
}

static void
test_scripts_of_an_instance(void)
{
	rig_up(NULL);
	rig_configure(both);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_BACKUP, 100);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 254);
	vd_notify_instance_event(n, "VI_1", VD_NOTIFY_MASTER_RX_LOWER_PRI, 254);
	vd_notify_instance_event(n, "VI_1", VD_NOTIFY_MASTER_PRIORITY, 250);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_FAULT, 250);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_STOP, 250);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_DELETED, 1);
	RIG_WAIT(rig_is_idle());
	CU_ASSERT_STRING_EQUAL(rig_get("out"),
			"i backup\ni any INSTANCE VI_1 BACKUP 100\n"
			"i master two words\ni any INSTANCE VI_1 MASTER 254\n"
			"i lower\n"
			"i fault\ni any INSTANCE VI_1 FAULT 250\n"
			"i stop\ni any INSTANCE VI_1 STOP 250\n"
			"i deleted\ni any INSTANCE VI_1 DELETED 1\n");
	CU_ASSERT(rig_stats().started == 11 && rig_stats().failed == 0);
	rig_down();
}

static void
test_scripts_of_a_group(void)
{
	rig_up(NULL);
	rig_configure(both);
	vd_notify_group(n, "G1", VD_NOTIFY_MASTER);
	vd_notify_group(n, "G1", VD_NOTIFY_STOP);
	vd_notify_group(n, "G1", VD_NOTIFY_DELETED);
	vd_notify_group(n, "nobody knows it", VD_NOTIFY_MASTER);
	RIG_WAIT(rig_is_idle());
	CU_ASSERT_STRING_EQUAL(rig_get("out"),
			"g master two words\ng any GROUP G1 MASTER 0\n"
			"g stop\ng any GROUP G1 STOP 0\n"
			"g deleted\ng any GROUP G1 DELETED 0\n");
	rig_down();
}

static void
test_reload(void)
{
	static const char second[] = RIG_INSTANCE("VI_2", "2", "notify_master \"$D/say new\"");

	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1", ALL("one"))
					RIG_INSTANCE("VI_2", "2", "notify_master \"$D/hold old\""));
	vd_notify_instance(n, "VI_2", VD_NOTIFY_MASTER, 9);
	vd_notify_instance(n, "VI_2", VD_NOTIFY_MASTER, 9);
	RIG_WAIT(rig_stats().started == 1);
	rig_configure(second);
	/* What waits goes on as it was; what comes after is new; what went away says so once. */
	vd_notify_instance(n, "VI_2", VD_NOTIFY_MASTER, 9);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_DELETED, 0);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_DELETED, 0);
	RIG_WAIT(rig_stats().running == 1 && rig_stats().queued == 2);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "one deleted\none any INSTANCE VI_1 DELETED 0\n");
	unlink(rig_path("out"));
	rig_open_gate(2);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "old\nold\nnew\n");
	vd_notify_instance(n, "VI_1", VD_NOTIFY_DELETED, 0);
	CU_ASSERT(rig_is_idle());
	rig_down();
}

static void
test_gone_without_deleted(void)
{
	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1", ALL("i")));
	rig_configure("");
	rig_configure("");
	vd_notify_instance(n, "VI_1", VD_NOTIFY_DELETED, 0);
	CU_ASSERT(rig_is_idle());
	rig_down();
}

static const struct vd_test tests[] = {
		VD_TEST(test_words),
		VD_TEST(test_scripts_of_an_instance),
		VD_TEST(test_scripts_of_a_group),
		VD_TEST(test_reload),
		VD_TEST(test_gone_without_deleted),
};

RIG_MAIN("notify/notify", tests)
