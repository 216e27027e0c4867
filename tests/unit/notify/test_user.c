/* SPDX-License-Identifier: BSD-3-Clause */
#include <pwd.h>

#include "notify_rig.h"

#define WHO "\"$D/who\""

/* False: this machine has no such user, or we may not become it. */
static bool
nobody(int *uid, int *gid)
{
	const struct passwd *pw = getpwnam("nobody");

	if (geteuid() != 0 || pw == NULL)
		return false;
	*uid = (int)pw->pw_uid;
	*gid = (int)pw->pw_gid;
	return true;
}

static void
up(void)
{
	rig_up(NULL);
	rig_put("who", "#!/bin/sh\necho $1 $(id -u) $(id -g) $(id -G) >>$D/out\n");
	rig_put("out", "");
	chmod(rig_path("out"), 0666);
}

static void
test_user_of_the_script(void)
{
	int uid, gid;
	char want[160];

	if (!nobody(&uid, &gid))
		return;
	up();
	rig_configure("global_defs {\nscript_user root\n}\n" RIG_INSTANCE("VI_1", "1",
			"notify_master \"$D/who a\" nobody\nnotify_backup \"$D/who b\" nobody "
			"root\n"
			"notify_fault \"$D/who c\""));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_BACKUP, 1);
	RIG_WAIT(rig_is_idle());
	snprintf(want, sizeof(want), "a %d %d %d\nb %d 0 0\n", uid, gid, gid, uid);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), want);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_FAULT, 1);
	RIG_WAIT(rig_is_idle());
	CU_ASSERT(strncmp(rig_get("out") + strlen(want), "c 0 0 ", 6) == 0);
	rig_down();
}

static void
test_script_user(void)
{
	int uid, gid;
	struct stat st;
	char want[64];

	if (!nobody(&uid, &gid))
		return;
	up();
	rig_configure("global_defs {\nscript_user nobody root\nnotify_fifo $D/a\n"
		      "vrrp_notify_fifo $D/b root\n}\n" RIG_INSTANCE(
				      "VI_1", "1", "notify \"$D/who x\""));
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 1);
	RIG_WAIT(rig_is_idle());
	snprintf(want, sizeof(want), "x %d 0 0\n", uid);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), want);
	/* A FIFO that we make is theirs, too: their script reads it. */
	CU_ASSERT(stat(rig_path("a"), &st) == 0 && (int)st.st_uid == uid && st.st_gid == 0);
	CU_ASSERT(stat(rig_path("b"), &st) == 0 && st.st_uid == 0);
	rig_down();
}

static void
test_unknown(void)
{
	up();
	rig_configure(RIG_INSTANCE("VI_1", "1",
			"notify_master " WHO " vd-no-such-user\n"
			"notify_backup " WHO " root vd-no-such-group"));
	CU_ASSERT(rig_logged("warning: notify_master of instance VI_1: there is no user "
			     "vd-no-such-user: the script is not run") == 1);
	CU_ASSERT(rig_logged("warning: notify_backup of instance VI_1: there is no group "
			     "vd-no-such-group") == 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_BACKUP, 1);
	CU_ASSERT(rig_is_idle());
	/* Nor may a script fall back to us when script_user is wrong. */
	rig_configure("global_defs {\nscript_user vd-no-such-user\n}\n" RIG_INSTANCE(
			"VI_1", "1", "notify " WHO));
	CU_ASSERT(rig_logged("warning: script_user: there is no user vd-no-such-user") == 1);
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 1);
	CU_ASSERT(rig_is_idle() && rig_get("out")[0] == '\0');
	rig_down();
}

static const struct vd_test tests[] = {
		VD_TEST(test_user_of_the_script),
		VD_TEST(test_script_user),
		VD_TEST(test_unknown),
};

RIG_MAIN("notify/user", tests)
