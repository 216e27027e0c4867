/* SPDX-License-Identifier: BSD-3-Clause */
#include "notify_rig.h"

#define ANY(script) "notify \"$D/" script "\""

static struct vd_notify_limits limits;

static void
setup(void)
{
	limits = (struct vd_notify_limits){64, 1024, 16384, 65536, 30 * VD_SEC};
}

static void
test_order_of_one_side_by_side_of_two(void)
{
	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1", "notify_master \"$D/hold first\"\n" ANY("say"))
					RIG_INSTANCE("VI_2", "2", ANY("say")));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_BACKUP, 2);
	RIG_WAIT(rig_stats().running == 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 3);
	vd_notify_instance(n, "VI_2", VD_NOTIFY_MASTER, 4);
	vd_notify_instance(n, "VI_2", VD_NOTIFY_BACKUP, 5);
	RIG_WAIT(rig_out_is("INSTANCE VI_2 MASTER 4\nINSTANCE VI_2 BACKUP 5\n"));
	RIG_WAIT(rig_stats().running == 1);
	CU_ASSERT(rig_stats().queued == 4);
	unlink(rig_path("out"));
	rig_open_gate(2);
	CU_ASSERT_STRING_EQUAL(rig_get("out"),
			"first\nINSTANCE VI_1 MASTER 1\n"
			"INSTANCE VI_1 BACKUP 2\n"
			"first\nINSTANCE VI_1 MASTER 3\n");
	rig_down();
}

static void
test_overtime(void)
{
	setup();
	limits.overtime = 300 * VD_MSEC;
	rig_up(&limits);
	rig_configure(RIG_INSTANCE("VI_1", "1",
			"notify_master \"$D/hold slow\"\n"
			"notify_backup \"$D/say quick\""));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_BACKUP, 1);
	RIG_WAIT(rig_out_is("quick\n"));
	RIG_WAIT(rig_stats().running == 0);
	CU_ASSERT(rig_stats().overtime >= 1 && rig_stats().late == rig_stats().overtime);
	CU_ASSERT(rig_logged("warning: notify_master of instance VI_1: ") == 1);
	CU_ASSERT(rig_logged("/hold still runs after 0 s") == 1);
	/* It was not killed. */
	rig_open_gate(1);
	CU_ASSERT(rig_out_is("quick\nslow\n"));
	rig_down();
}

static void
test_at_most_so_many_at_once(void)
{
	setup();
	limits.at_once = 2;
	rig_up(&limits);
	rig_configure(RIG_INSTANCE("VI_1", "1", ANY("hold")) RIG_INSTANCE("VI_2", "2", ANY("hold"))
					RIG_INSTANCE("VI_3", "3", ANY("hold")));
	for (int i = 0; i < 2; i++) {
		vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 1);
		vd_notify_instance(n, "VI_2", VD_NOTIFY_MASTER, 1);
		vd_notify_instance(n, "VI_3", VD_NOTIFY_MASTER, 1);
	}
	RIG_WAIT(rig_stats().running == 2);
	vd_io_loop_turn(loop, 0);
	vd_io_loop_turn(loop, 0);
	CU_ASSERT(rig_stats().running == 2 && rig_stats().queued == 4);
	rig_open_gate(6);
	CU_ASSERT(strlen(rig_get("out")) == 6 * strlen("INSTANCE VI_1 MASTER 1\n"));
	rig_down();
}

/* The oldest go, the newest state is always told. */
static void
test_full_queue(void)
{
	setup();
	limits.queue = 3;
	rig_up(&limits);
	rig_configure(RIG_INSTANCE("VI_1", "1",
			"notify_fault \"$D/hold f\"\n"
			"notify_master \"$D/say m\""));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_FAULT, 0);
	RIG_WAIT(rig_stats().running == 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_FAULT, 0);
	for (int i = 0; i < 7; i++)
		vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 0);
	CU_ASSERT(rig_stats().queued == 3 && rig_stats().dropped == 5);
	CU_ASSERT(rig_logged("warning: ") == 1);
	CU_ASSERT(rig_logged("3 of them for instance VI_1") == 1);
	rig_open_gate(1);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "f\nm\nm\nm\n");
	rig_down();
}

static void
test_1024_are_kept(void)
{
	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1", ANY("hold")));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 0);
	RIG_WAIT(rig_stats().running == 1);
	for (int i = 0; i < 1024; i++)
		vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 0);
	CU_ASSERT(rig_stats().queued == 1024 && rig_stats().dropped == 0);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 0);
	CU_ASSERT(rig_stats().queued == 1024 && rig_stats().dropped == 1);
	/* Those that wait are forgotten at the end; the one that runs is not killed. */
	vd_notify_destroy(n);
	n = vd_notify_create(loop, NULL);
	{
		int fd = open(rig_path("gate"), O_RDWR);

		CU_ASSERT(write(fd, "\n", 1) == 1);
		CU_ASSERT(waitpid(-1, NULL, 0) > 0);
		close(fd);
	}
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "INSTANCE VI_1 MASTER 0\n");
	rig_down();
}

static void
test_script_that_cannot_be_run(void)
{
	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1", "notify_master \"$D/none a\"\n" ANY("say"))
					RIG_INSTANCE("VI_2", "2", "notify \"$D/say 'open\""));
	CU_ASSERT(rig_logged("warning: notify of instance VI_2: ") == 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 7);
	vd_notify_instance(n, "VI_2", VD_NOTIFY_MASTER, 7);
	RIG_WAIT(rig_is_idle());
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "INSTANCE VI_1 MASTER 7\n");
	CU_ASSERT(rig_stats().failed == 1 && rig_stats().started == 1);
	CU_ASSERT(rig_logged("warning: notify_master of instance VI_1: ") == 1);
	CU_ASSERT(rig_logged("/none cannot be run: No such file or directory") == 1);
	rig_down();
}

static void
test_bad_status_is_told(void)
{
	rig_up(NULL);
	rig_put("bad", "#!/bin/sh\nexit 6\n");
	rig_configure(RIG_INSTANCE("VI_1", "1", ANY("bad")));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 7);
	RIG_WAIT(rig_is_idle());
	CU_ASSERT(rig_stats().bad_status == 1);
	CU_ASSERT(rig_logged("info: notify of instance VI_1: ") == 1);
	CU_ASSERT(rig_logged("/bad exited with status 6") == 1);
	rig_down();
}

static void
test_nothing_leaks(void)
{
	size_t before;

	rig_up(NULL);
	rig_configure(RIG_INSTANCE("VI_1", "1", "notify_master /bin/true\nnotify_backup /bin/true")
					RIG_INSTANCE("VI_2", "2", "notify /bin/false"));
	before = rig_fds();
	for (int i = 0; i < 100; i++) {
		vd_notify_instance(n, "VI_1", i % 2 ? VD_NOTIFY_MASTER : VD_NOTIFY_BACKUP, 1);
		vd_notify_instance(n, "VI_2", VD_NOTIFY_MASTER, 1);
	}
	RIG_WAIT(rig_is_idle());
	CU_ASSERT(rig_stats().started == 200 && rig_stats().bad_status == 100);
	CU_ASSERT(rig_fds() == before);
	CU_ASSERT(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	rig_down();
}

static const struct vd_test tests[] = {
		VD_TEST(test_order_of_one_side_by_side_of_two),
		VD_TEST(test_overtime),
		VD_TEST(test_at_most_so_many_at_once),
		VD_TEST(test_full_queue),
		VD_TEST(test_1024_are_kept),
		VD_TEST(test_script_that_cannot_be_run),
		VD_TEST(test_bad_status_is_told),
		VD_TEST(test_nothing_leaks),
};

RIG_MAIN("notify/queue", tests)
