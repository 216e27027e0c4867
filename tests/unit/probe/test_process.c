/* SPDX-License-Identifier: BSD-3-Clause */
/* vrrp_track_process: copies of sleep(1) with names of the test's. */
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "probe_rig.h"

#define TRACK(words) "vrrp_track_process p {\n" words "\n}\n"

extern char **environ;

/* Names that no other program has, this test run twice neither. */
static char name[32], path[160];

static pid_t
start(const char *argv0, const char *a, const char *b)
{
	char words[4][160];
	char *argv[] = {words[0], words[1], words[2], NULL, NULL};
	pid_t pid = -1;

	snprintf(words[0], sizeof(words[0]), "%s", argv0);
	snprintf(words[1], sizeof(words[1]), "%s", a == NULL ? "" : a);
	snprintf(words[2], sizeof(words[2]), "%s", b == NULL ? "" : b);
	if (a == NULL)
		argv[1] = NULL;
	else if (b == NULL)
		argv[2] = NULL;
	CU_ASSERT_FATAL(posix_spawn(&pid, path, NULL, NULL, argv, environ) == 0);
	return pid;
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct vd_probe_view
view(void)
{
	return rig_view_of(VD_PROBE_PROCESS, 0);
}

/* Waits until n are seen. */
static bool
seen(int64_t n)
{
	return RIG_WAIT(view().value == n);
}

static void
configure(const char *words, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, words);
	vsnprintf(text, sizeof(text), words, ap);
	va_end(ap);
	rig_configure(text);
}

static void
test_comes_and_goes(void)
{
	struct vd_probe_view v;
	pid_t a;

	rig_start();
	configure(TRACK("process %s"), name);
	CU_ASSERT(RIG_WAIT(rig_count() == 1));
	CU_ASSERT(rig_last().kind == VD_PROBE_PROCESS && !rig_last().up && rig_last().value == 0);
	v = view();
	CU_ASSERT_STRING_EQUAL(v.type, "vrrp_track_process");
	CU_ASSERT_STRING_EQUAL(v.name, "p");
	CU_ASSERT_STRING_EQUAL(v.state, "down");
	CU_ASSERT_STRING_EQUAL(v.last_error, "0 of 1 processes run");
	a = start("other words", "100", NULL);
	CU_ASSERT(RIG_WAIT(rig_count() == 2) && rig_last().up && rig_last().value == 1);
	CU_ASSERT_STRING_EQUAL(view().last_error, "");
	/* A zombie does not run. */
	kill(a, SIGKILL);
	CU_ASSERT(RIG_WAIT(rig_count() == 3) && !rig_last().up);
	CU_ASSERT(view().changes == 2);
	waitpid(a, NULL, 0);
	rig_stop();
}

static void
test_quorum(void)
{
	pid_t a, b, c;

	rig_start();
	configure(TRACK("process %s\nquorum 2\nquorum_max 2"), name);
	a = start(name, "100", NULL);
	CU_ASSERT(seen(1) && !view().up);
	b = start(name, "100", NULL);
	CU_ASSERT(seen(2) && view().up);
	CU_ASSERT(RIG_WAIT(rig_last().up));
	c = start(name, "100", NULL);
	CU_ASSERT(seen(3) && !view().up);
	CU_ASSERT_STRING_EQUAL(view().last_error, "3 processes run, more than 2");
	end(c);
	CU_ASSERT(seen(2) && view().up);
	end(a);
	end(b);
	CU_ASSERT(seen(0) && !view().up);
	rig_stop();
}

/* What the command line has to be. */
static void
test_parameters(void)
{
	static const struct {
		const char *words; /* after the name */
		int64_t n;         /* of those that run below */
	} cases[] = {
			{"", 4},
			{"\nfull_command", 3},
			{" 100", 1},
			{" 100 200", 1},
			{" 100\nparam_match exact", 1},
			{" 100\nparam_match partial", 2},
			{" 10\nparam_match partial", 0},
			{" 10\nparam_match initial", 2},
			{" 100 20\nparam_match initial", 1},
			{"\nparam_match partial", 3},
			{"\nparam_match exact", 0},
			{" 100 200 300\nparam_match initial", 0},
	};
	char own[32];
	pid_t pids[4];

	pids[0] = start(name, "100", NULL);
	pids[1] = start(name, "100", "200");
	pids[2] = start(name, "7", NULL);
	pids[3] = start("another", "100", NULL);
	for (size_t i = 0; i < VD_ARRAY_LEN(cases); i++) {
		rig_start();
		configure("vrrp_track_process p {\nprocess %s%s\n}\n", name, cases[i].words);
		CU_ASSERT(RIG_WAIT(rig_count() == 1));
		if (view().value != cases[i].n)
			printf("\n%s: %d\n", cases[i].words, (int)view().value);
		CU_ASSERT(view().value == cases[i].n);
		rig_stop();
	}
	/* A path is no name of a process: it is the command. */
	rig_start();
	configure(TRACK("process /sbin/%s"), name);
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && view().value == 0);
	rig_stop();
	for (int i = 0; i < 4; i++)
		end(pids[i]);
	snprintf(own, sizeof(own), "/sbin/x%d", (int)getpid());
	pids[0] = start(own, "100", NULL);
	rig_start();
	configure(TRACK("process %s"), own);
	CU_ASSERT(seen(1));
	rig_stop();
	end(pids[0]);
}

/* The kernel keeps 15 bytes of a name. */
static void
test_long_name(void)
{
	char before[sizeof(path)], cmd[512];
	pid_t a;

	snprintf(cmd, sizeof(cmd), "cp %s %s-and-a-long-tail", path, path);
	CU_ASSERT(system(cmd) == 0);
	memcpy(before, path, sizeof(path));
	strcat(path, "-and-a-long-tail");
	a = start("x", "100", NULL);
	memcpy(path, before, sizeof(path));
	rig_start();
	configure(TRACK("process %s-and-a-long-tail"), name);
	CU_ASSERT(seen(1));
	rig_stop();
	end(a);
}

static void
test_delays(void)
{
	vd_time began;
	pid_t a;

	rig_start();
	configure(TRACK("process %s\nfork_delay 0.6\nterminate_delay 20"), name);
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && !rig_last().up);
	began = vd_io_now();
	a = start(name, "100", NULL);
	CU_ASSERT(seen(1));
	CU_ASSERT(!view().up);
	CU_ASSERT(RIG_WAIT(rig_count() == 2) && rig_last().up);
	CU_ASSERT(vd_io_now() - began >= 600 * VD_MSEC);
	/* Gone for less than terminate_delay: as if it had not been. */
	end(a);
	CU_ASSERT(seen(0));
	CU_ASSERT(view().up);
	a = start(name, "100", NULL);
	CU_ASSERT(seen(1));
	CU_ASSERT(view().up && rig_count() == 2);
	rig_stop();
	end(a);
}

static void
test_delay_is_both(void)
{
	vd_time began;
	pid_t a = start(name, "100", NULL);

	rig_start();
	configure(TRACK("process %s\ndelay 0.6"), name);
	/* The first look is believed. */
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && rig_last().up);
	began = vd_io_now();
	end(a);
	CU_ASSERT(RIG_WAIT(rig_count() == 2) && !rig_last().up);
	CU_ASSERT(vd_io_now() - began >= 600 * VD_MSEC);
	rig_stop();
}

/* A reload: the same goes on, another begins. */
static void
test_reconfigure(void)
{
	pid_t a = start(name, "100", NULL);

	rig_start();
	configure(TRACK("process %s"), name);
	CU_ASSERT(seen(1));
	rig_serial[1] = 1;
	configure(TRACK("process %s") "vrrp_track_process q {\nprocess %s\n}\n", name, name);
	CU_ASSERT(RIG_WAIT(rig_view_of(VD_PROBE_PROCESS, 1).value == 1));
	rig_configure("");
	CU_ASSERT(RIG_WAIT(strcmp(view().state, "none") == 0));
	CU_ASSERT(rig_count() == 2);
	rig_stop();
	end(a);
}

static const struct vd_test tests[] = {
		VD_TEST(test_comes_and_goes),
		VD_TEST(test_quorum),
		VD_TEST(test_parameters),
		VD_TEST(test_long_name),
		VD_TEST(test_delays),
		VD_TEST(test_delay_is_both),
		VD_TEST(test_reconfigure),
};

int
main(void)
{
	char cmd[256];
	int failed;

	snprintf(name, sizeof(name), "vdp%d", (int)getpid());
	snprintf(path, sizeof(path), "/tmp/%s", name);
	snprintf(cmd, sizeof(cmd), "cp $(command -v sleep) %s", path);
	if (system(cmd) != 0)
		return 1;
	failed = rig_main("probe/process", tests, VD_ARRAY_LEN(tests));
	snprintf(cmd, sizeof(cmd), "rm -f %s*", path);
	return system(cmd) != 0 || failed;
}
