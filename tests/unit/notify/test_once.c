/* SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>

#include "notify_rig.h"

#define GLOBAL(lines) "global_defs {\n" lines "\n}\n"

static void
test_startup(void)
{
	rig_up(NULL);
	/* It has ended before the call returns, and runs at the first one only. */
	rig_configure(GLOBAL("startup_script \"$D/say begin a\"\nshutdown_script \"$D/say end\""));
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "begin a\n");
	rig_configure(GLOBAL(
			"startup_script \"$D/say again\"\nshutdown_script \"$D/say other end\""));
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "begin a\n");
	vd_notify_shutdown_script(n);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "begin a\nother end\n");
	vd_notify_shutdown_script(n);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "begin a\nother end\n");
	CU_ASSERT(logged.len == 0);
	rig_down();
}

/* What never began does not end. */
static void
test_no_shutdown_without_start(void)
{
	rig_up(NULL);
	vd_notify_shutdown_script(n);
	rig_configure(GLOBAL("router_id x"));
	vd_notify_shutdown_script(n);
	CU_ASSERT(rig_get("out")[0] == '\0');
	rig_down();
}

static void
test_failures(void)
{
	rig_up(NULL);
	rig_put("bad", "#!/bin/sh\nexit 3\n");
	rig_configure(GLOBAL("startup_script $D/bad\nshutdown_script $D/none"));
	CU_ASSERT(rig_logged("warning: startup_script exited with status 3") == 1);
	vd_notify_shutdown_script(n);
	CU_ASSERT(rig_logged("warning: shutdown_script: ") == 1);
	CU_ASSERT(rig_logged("/none cannot be run: No such file or directory") == 1);
	rig_down();
}

/* The second that it has is over: its group is ended, children of its own included. */
static void
test_timeout(void)
{
	vd_time begin = vd_io_now();

	rig_up(NULL);
	rig_put("slow", "#!/bin/sh\necho slow >>$D/out\nsleep 1000\n");
	rig_configure(GLOBAL("startup_script $D/slow\nstartup_script_timeout 1"));
	CU_ASSERT(vd_io_now() - begin >= VD_SEC && vd_io_now() - begin < 3 * VD_SEC);
	CU_ASSERT(rig_logged("warning: startup_script: ") == 1 &&
			rig_logged("/slow is ended after ") == 1);
	CU_ASSERT(rig_logged("startup_script killed by signal 15") == 1);
	CU_ASSERT(rig_out_is("slow\n"));
	rig_down();
}

static void
test_stubborn(void)
{
	rig_up(NULL);
	rig_put("deaf", "#!/bin/sh\ntrap '' TERM\nexec 3<>$D/gate\nread x <&3\n");
	rig_configure(GLOBAL("startup_script $D/deaf\nstartup_script_timeout 1"));
	CU_ASSERT(rig_logged("startup_script killed by signal 9") == 1);
	rig_down();
}

/* Whoever wants to end the program need not wait for its begin. */
static void
test_signal(void)
{
	vd_time begin = vd_io_now();
	struct timespec none = {0};
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, NULL);
	rig_up(NULL);
	kill(getpid(), SIGTERM);
	rig_configure(GLOBAL("startup_script $D/hold\nstartup_script_timeout 600"));
	CU_ASSERT(vd_io_now() - begin < 60 * VD_SEC);
	CU_ASSERT(rig_logged("/hold is ended after ") == 1);
	CU_ASSERT(sigtimedwait(&term, NULL, &none) == SIGTERM);
	pthread_sigmask(SIG_UNBLOCK, &term, NULL);
	rig_down();
}

static const struct vd_test tests[] = {
		VD_TEST(test_startup),
		VD_TEST(test_no_shutdown_without_start),
		VD_TEST(test_failures),
		VD_TEST(test_timeout),
		VD_TEST(test_stubborn),
		VD_TEST(test_signal),
};

RIG_MAIN("notify/once", tests)
