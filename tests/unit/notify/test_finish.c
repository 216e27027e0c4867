/* SPDX-License-Identifier: BSD-3-Clause */
#include "notify_rig.h"

static void
test_waits_for_stop_scripts(void)
{
	vd_time began;

	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1", "notify_stop \"$D/say one\"\nnotify \"$D/say\"")
					RIG_INSTANCE("VI_2", "2", "notify_stop \"$D/say two\""));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_BACKUP, 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_STOP, 1);
	began = vd_io_now();
	vd_notify_finish(n, began + PATIENCE);
	CU_ASSERT(vd_io_now() < began + PATIENCE / 2);
	CU_ASSERT_STRING_EQUAL(
			rig_get("out"), "INSTANCE VI_1 BACKUP 1\none\nINSTANCE VI_1 STOP 1\n");
	CU_ASSERT(rig_is_idle());
	rig_down();
}

/* A script that runs on may not keep the one of STOP from starting. */
static void
test_what_waits_is_started_halfway(void)
{
	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1",
			"notify_backup \"$D/hold slow\"\nnotify_stop \"$D/say stop\""));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_BACKUP, 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_STOP, 1);
	vd_notify_finish(n, vd_io_now() + VD_SEC);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "stop\n");
	CU_ASSERT(rig_stats().overtime == 1 && rig_logged("warning") == 0);
	rig_open_gate(1);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "stop\nslow\n");
	rig_down();
}

static void
test_ends_at_the_deadline(void)
{
	vd_time began;

	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1", "notify_stop \"$D/hold stop\""));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_STOP, 1);
	began = vd_io_now();
	vd_notify_finish(n, began + 200 * VD_MSEC);
	CU_ASSERT(vd_io_now() - began >= 200 * VD_MSEC && vd_io_now() - began < PATIENCE / 2);
	CU_ASSERT(rig_logged("warning: notify: 1 scripts of STOP still run") == 1);
	rig_open_gate(1);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "stop\n");
	rig_down();
}

static void
test_fifo_script_reads_the_last_lines(void)
{
	struct vd_strbuf want = {0};
	char name[16];

	rig_up(NULL);
	rig_put("reader", "#!/bin/sh\nwhile read -r l; do echo \"$l\"; done <$1 >>$D/out\n");
	rig_configure("global_defs {\nnotify_fifo $D/a\nnotify_fifo_script $D/reader\n}\n");
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "V%d", i);
		vd_notify_instance(n, name, VD_NOTIFY_STOP, 1);
		vd_strbuf_printf(&want, "INSTANCE \"%s\" STOP 1\n", name);
	}
	vd_notify_finish(n, vd_io_now() + PATIENCE);
	rig_down();
	CU_ASSERT_STRING_EQUAL(rig_get("out"), want.s);
	vd_strbuf_free(&want);
}

static const struct vd_test tests[] = {
		VD_TEST(test_waits_for_stop_scripts),
		VD_TEST(test_what_waits_is_started_halfway),
		VD_TEST(test_ends_at_the_deadline),
		VD_TEST(test_fifo_script_reads_the_last_lines),
};

RIG_MAIN("notify/finish", tests)
