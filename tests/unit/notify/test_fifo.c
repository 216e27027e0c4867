/* SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>

#include "notify_rig.h"

#define GLOBAL(lines) "global_defs {\n" lines "\n}\n"

static char bytes[1 << 20];

/* All that the FIFO holds and that comes while the loop turns. */
static const char *
drain(int fd)
{
	size_t len = 0;
	ssize_t got;

	for (;;) {
		got = read(fd, bytes + len, sizeof(bytes) - 1 - len);
		if (got > 0)
			len += (size_t)got;
		else if (vd_io_loop_turn(loop, 0) != 0 || (got = read(fd, bytes + len, 1)) <= 0)
			break;
		else
			len += (size_t)got;
	}
	bytes[len] = '\0';
	return bytes;
}

static int
reader(const char *name)
{
	int fd = open(rig_path(name), O_RDONLY | O_NONBLOCK);

	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static bool
is_fifo(const char *name)
{
	struct stat st;

	return lstat(rig_path(name), &st) == 0 && S_ISFIFO(st.st_mode);
}

static void
test_lines(void)
{
	static const char lines[] = "INSTANCE \"VI_1\" MASTER 100\n"
				    "GROUP \"G1\" BACKUP 0\n"
				    "INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 100\n"
				    "INSTANCE \"VI_1\" MASTER_PRIORITY 90\n"
				    "INSTANCE \"VI_3\" BACKUP_PRIORITY 80\n"
				    "INSTANCE \"VI_2\" FAULT 254\n"
				    "INSTANCE \"VI_2\" DELETED 0\n"
				    "GROUP \"G1\" STOP 0\n"
				    "INSTANCE \"VI_1\" BACKUP 1\n";
	int a, b;

	rig_up(NULL);
	CU_ASSERT(mkfifo(rig_path("b"), 0600) == 0);
	rig_configure(GLOBAL("notify_fifo $D/a\nvrrp_notify_fifo $D/b") RIG_INSTANCE(
			"VI_1", "1", "notify_priority_changes true") RIG_INSTANCE("VI_2", "2",
			"") RIG_INSTANCE("VI_3", "3", "") "vrrp_sync_group G1 {\ngroup {\nVI_3\n}\n"
							  "notify_priority_changes true\n}\n");
	CU_ASSERT(is_fifo("a"));
	a = reader("a");
	b = reader("b");
	vd_notify_instance(n, "VI_1", VD_NOTIFY_MASTER, 100);
	vd_notify_group(n, "G1", VD_NOTIFY_BACKUP);
	vd_notify_instance_event(n, "VI_1", VD_NOTIFY_MASTER_RX_LOWER_PRI, 100);
	vd_notify_instance_event(n, "VI_1", VD_NOTIFY_MASTER_PRIORITY, 90);
	vd_notify_instance_event(n, "VI_2", VD_NOTIFY_MASTER_PRIORITY, 91);
	vd_notify_instance_event(n, "VI_3", VD_NOTIFY_BACKUP_PRIORITY, 80);
	vd_notify_instance(n, "VI_2", VD_NOTIFY_FAULT, 254);
	vd_notify_instance(n, "VI_2", VD_NOTIFY_DELETED, 0);
	vd_notify_group(n, "G1", VD_NOTIFY_STOP);
	vd_notify_fifo_state(n, VD_NOTIFY_INSTANCE, "VI_1", VD_NOTIFY_BACKUP, 1);
	CU_ASSERT_STRING_EQUAL(drain(a), lines);
	CU_ASSERT_STRING_EQUAL(drain(b), lines);
	close(a);
	close(b);
	rig_down();
	/* Ours is removed, the one that was there stays. */
	CU_ASSERT(!is_fifo("a") && is_fifo("b"));
	unlink(rig_path("b"));
}

static void
test_reader_comes_and_goes(void)
{
	int fd;

	rig_up(NULL);
	rig_configure(GLOBAL("vrrp_notify_fifo $D/a"));
	vd_notify_instance(n, "A", VD_NOTIFY_MASTER, 1);
	fd = reader("a");
	CU_ASSERT_STRING_EQUAL(drain(fd), "INSTANCE \"A\" MASTER 1\n");
	close(fd);
	vd_notify_instance(n, "A", VD_NOTIFY_BACKUP, 2);
	vd_notify_instance(n, "A", VD_NOTIFY_MASTER, 3);
	fd = reader("a");
	CU_ASSERT_STRING_EQUAL(drain(fd), "INSTANCE \"A\" BACKUP 2\nINSTANCE \"A\" MASTER 3\n");
	close(fd);
	CU_ASSERT(rig_stats().fifo_dropped == 0);
	rig_down();
}

/* Nobody reads 10,000 lines: those that are kept are the first, whole and in order. */
static void
test_full(void)
{
	enum {
		LINES = 10000
	};
	static char want[1 << 20];
	size_t len = 0;
	char name[16];
	uint64_t kept;
	int fd;

	rig_up(NULL);
	rig_configure(GLOBAL("notify_fifo $D/a"));
	for (int i = 0; i < LINES; i++) {
		snprintf(name, sizeof(name), "V%d", i);
		vd_notify_instance(n, name, VD_NOTIFY_MASTER, 100);
	}
	kept = LINES - rig_stats().fifo_dropped;
	CU_ASSERT(kept > 1000 && kept < LINES);
	CU_ASSERT(rig_logged("warning: notify_fifo ") == 1);
	for (uint64_t i = 0; i < kept; i++)
		len += (size_t)sprintf(want + len, "INSTANCE \"V%d\" MASTER 100\n", (int)i);
	/* The FIFO's own 64 KB and ours, less what a line does not fill. */
	CU_ASSERT(len > 2 * 65536 - 4096 && len <= 2 * 65536);
	fd = reader("a");
	CU_ASSERT_STRING_EQUAL(drain(fd), want);
	CU_ASSERT(rig_logged(" lines were dropped") == 1);
	vd_notify_instance(n, "after", VD_NOTIFY_MASTER, 1);
	CU_ASSERT_STRING_EQUAL(drain(fd), "INSTANCE \"after\" MASTER 1\n");
	close(fd);
	rig_down();
}

/* Room in the FIFO is for the lines that wait, not for a new one. */
static void
test_new_lines_stand_behind_those_that_wait(void)
{
	static const char last[] = "INSTANCE \"last\" MASTER 1\n";
	static char part[8192];
	const char *rest;
	int fd;

	rig_up(NULL);
	rig_configure(GLOBAL("notify_fifo $D/a"));
	for (int i = 0; i < 4000; i++)
		vd_notify_instance(n, "A", VD_NOTIFY_MASTER, 1);
	CU_ASSERT(rig_stats().fifo_dropped == 0);
	fd = reader("a");
	CU_ASSERT(read(fd, part, sizeof(part)) == (ssize_t)sizeof(part));
	vd_notify_instance(n, "last", VD_NOTIFY_MASTER, 1);
	rest = drain(fd);
	CU_ASSERT(strlen(rest) + sizeof(part) ==
			4000 * strlen("INSTANCE \"A\" MASTER 1\n") + strlen(last));
	CU_ASSERT_STRING_EQUAL(rest + strlen(rest) - strlen(last), last);
	close(fd);
	rig_down();
}

static void
test_reload(void)
{
	int fd;

	rig_up(NULL);
	rig_configure(GLOBAL("notify_fifo $D/a"));
	vd_notify_instance(n, "A", VD_NOTIFY_MASTER, 1);
	rig_configure(GLOBAL("notify_fifo $D/a"));
	vd_notify_instance(n, "A", VD_NOTIFY_BACKUP, 1);
	fd = reader("a");
	CU_ASSERT_STRING_EQUAL(drain(fd), "INSTANCE \"A\" MASTER 1\nINSTANCE \"A\" BACKUP 1\n");
	/* Its writers are gone when another one is asked for. */
	rig_configure(GLOBAL("notify_fifo $D/b"));
	CU_ASSERT(!is_fifo("a") && is_fifo("b"));
	CU_ASSERT(read(fd, bytes, 1) == 0);
	close(fd);
	/* Somebody removed it: a new one is made. */
	unlink(rig_path("b"));
	rig_configure(GLOBAL("notify_fifo $D/b"));
	CU_ASSERT(is_fifo("b"));
	fd = reader("b");
	vd_notify_instance(n, "A", VD_NOTIFY_FAULT, 1);
	CU_ASSERT_STRING_EQUAL(drain(fd), "INSTANCE \"A\" FAULT 1\n");
	close(fd);
	rig_configure("");
	CU_ASSERT(!is_fifo("b"));
	rig_down();
}

static void
test_not_a_fifo(void)
{
	size_t before;

	rig_up(NULL);
	rig_put("plain", "text");
	CU_ASSERT(symlink(rig_path("plain"), rig_path("link")) == 0);
	before = rig_fds();
	rig_configure(GLOBAL("notify_fifo $D/plain\nvrrp_notify_fifo $D/none/a"));
	CU_ASSERT(rig_logged("error: notify_fifo ") == 1 && rig_logged("is not a FIFO") == 1);
	CU_ASSERT(rig_logged("error: vrrp_notify_fifo ") == 1);
	CU_ASSERT(rig_logged("/none/a cannot be created: No such file or directory") == 1);
	vd_notify_instance(n, "A", VD_NOTIFY_MASTER, 1);
	CU_ASSERT_STRING_EQUAL(rig_get("plain"), "text");
	rig_configure(GLOBAL("notify_fifo $D/link"));
	CU_ASSERT(rig_logged("/link cannot be opened: ") == 1);
	CU_ASSERT(rig_fds() == before);
	rig_down();
	CU_ASSERT_STRING_EQUAL(rig_get("plain"), "text");
}

static pid_t
last_pid(const char *name)
{
	const char *text = rig_get(name), *at = strrchr(text, ' ');

	return at == NULL ? 0 : atoi(at);
}

static void
test_script(void)
{
	pid_t first, second;

	rig_up(NULL);
	unlink(rig_path("starts"));
	rig_put("reader",
			"#!/bin/sh\necho $* $$ >>$D/starts\n"
			"while read -r l; do echo \"$l\" >>$D/out; done <$2\n");
	rig_configure(GLOBAL("notify_fifo $D/a\nnotify_fifo_script \"$D/reader x\""));
	vd_notify_instance(n, "A", VD_NOTIFY_MASTER, 1);
	RIG_WAIT(rig_out_is("INSTANCE \"A\" MASTER 1\n"));
	first = last_pid("starts");
	CU_ASSERT(first > 0 && kill(first, 0) == 0);
	CU_ASSERT(strncmp(rig_get("starts") + 2, rig_path("a"), strlen(rig_path("a"))) == 0);
	/* A reload ends it and starts another. */
	rig_configure(GLOBAL("notify_fifo $D/a\nnotify_fifo_script \"$D/reader x\""));
	RIG_WAIT(last_pid("starts") != first && last_pid("starts") > 0);
	second = last_pid("starts");
	CU_ASSERT(kill(first, 0) == -1);
	vd_notify_instance(n, "A", VD_NOTIFY_BACKUP, 1);
	RIG_WAIT(rig_out_is("INSTANCE \"A\" MASTER 1\nINSTANCE \"A\" BACKUP 1\n"));
	rig_down();
	CU_ASSERT(kill(second, 0) == -1 && errno == ESRCH);
	CU_ASSERT(!is_fifo("a"));
	CU_ASSERT(rig_logged("warning") == 0);
}

static void
test_script_that_is_deaf_or_ends(void)
{
	rig_up(NULL);
	unlink(rig_path("starts"));
	rig_put("reader",
			"#!/bin/sh\ntrap '' TERM\necho $$ >>$D/starts\n"
			"while :; do sleep 1; done\n");
	rig_configure(GLOBAL("notify_fifo $D/a\nnotify_fifo_script $D/reader\n"
			     "vrrp_notify_fifo $D/b\nvrrp_notify_fifo_script /bin/false"));
	RIG_WAIT(rig_logged("warning: vrrp_notify_fifo_script exited with status 1") == 1);
	RIG_WAIT(rig_get("starts")[0] != '\0');
	rig_down();
	CU_ASSERT(kill(atoi(rig_get("starts")), 0) == -1 && errno == ESRCH);
}

static const struct vd_test tests[] = {
		VD_TEST(test_lines),
		VD_TEST(test_reader_comes_and_goes),
		VD_TEST(test_full),
		VD_TEST(test_new_lines_stand_behind_those_that_wait),
		VD_TEST(test_reload),
		VD_TEST(test_not_a_fifo),
		VD_TEST(test_script),
		VD_TEST(test_script_that_is_deaf_or_ends),
};

RIG_MAIN("notify/fifo", tests)
