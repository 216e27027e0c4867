/* SPDX-License-Identifier: BSD-3-Clause */
/* MISC_CHECK and vrrp_script: programs of the test's own in its folder. */
#include <pwd.h>
#include <signal.h>

#include "probe_rig.h"

#define MISC(path, more) "MISC_CHECK {\nmisc_path \"" path "\"\nmisc_timeout 20\n" more "\n}\n"

static void
check(const char *words, const char *checks)
{
	rig_port = 80;
	rig_check(words, checks);
}

static struct vd_probe_view
script(void)
{
	return rig_view_of(VD_PROBE_SCRIPT, 0);
}

static bool
is_gone(pid_t pid)
{
	char path[64], state = 'X';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return true;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'X';
	fclose(f);
	return state == 'Z' || state == 'X';
}

/* ---- MISC_CHECK ---- */

static void
test_exit_status(void)
{
	rig_put("good", "#!/bin/sh\nexit 0\n", 0755);
	rig_put("bad", "#!/bin/sh\nexit 3\n", 0755);
	rig_put("killed", "#!/bin/sh\nkill -9 $$\n", 0755);
	rig_start();
	check(RIG_QUIET, MISC("$D/good", "") MISC("$D/bad", "") MISC("$D/killed", ""));
	RIG_GOOD(0);
	CU_ASSERT(rig_view(0).last_code == 0 && rig_view(0).value == -1);
	CU_ASSERT_STRING_EQUAL(rig_view(0).type, "MISC_CHECK");
	RIG_FAILS(1, "exited with status 3");
	CU_ASSERT(rig_view(1).last_code == 3);
	RIG_FAILS(2, "ended by signal 9 (SIGKILL)");
	CU_ASSERT(rig_view(2).last_code == -1);
	rig_stop();
}

/* The words reach it as they are: there is no shell. */
static void
test_words(void)
{
	rig_put("words", "#!/bin/sh\nprintf '%s|' \"$@\" >$D/out\n", 0755);
	rig_start();
	check(RIG_QUIET, "MISC_CHECK {\nmisc_path \"$D/words 'a b' c; *\"\nmisc_timeout 20\n}\n");
	RIG_GOOD(0);
	CU_ASSERT_STRING_EQUAL(rig_get("out"), "a b|c;|*|");
	rig_stop();
}

static void
test_cannot_run(void)
{
	char want[200];

	rig_put("plain", "text", 0644);
	rig_start();
	check(RIG_QUIET, MISC("$D/nosuch", "") MISC("$D/plain", "") MISC("vd-no-such-program", ""));
	CU_ASSERT(!rig_run(0) && !rig_run(1));
#ifndef __SANITIZE_THREAD__ /* its vfork() is a fork(): the child cannot tell */
	snprintf(want, sizeof(want), "cannot run %s: No such file or directory",
			rig_path("nosuch"));
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error, want);
	snprintf(want, sizeof(want), "cannot run %s: Permission denied", rig_path("plain"));
	CU_ASSERT_STRING_EQUAL(rig_view(1).last_error, want);
#endif
	snprintf(want, sizeof(want), "cannot run vd-no-such-program: No such file or directory");
	RIG_FAILS(2, want);
	rig_stop();
}

static void
test_dynamic(void)
{
	rig_put("dyn", "#!/bin/sh\nexit $(cat $D/code)\n", 0755);
	rig_put("code", "12", 0644);
	rig_start();
	check("delay_loop 3600\nretry 0\n", MISC("$D/dyn", "misc_dynamic"));
	CU_ASSERT(rig_run(0));
	CU_ASSERT(rig_last().value == 10 && rig_view(0).value == 10);
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error, "");
	rig_put("code", "0", 0644);
	CU_ASSERT(rig_run(0) && rig_last().value == -1);
	rig_put("code", "1", 0644);
	CU_ASSERT(!rig_run(0) && rig_last().value == -1);
	rig_put("code", "2", 0644);
	CU_ASSERT(rig_run(0) && rig_last().value == 0);
	rig_stop();
}

/* Another weight is told at once, though nothing else changed. */
static void
test_dynamic_changes(void)
{
	rig_put("dyn", "#!/bin/sh\nexit $(cat $D/code)\n", 0755);
	rig_put("code", "12", 0644);
	rig_start();
	check("delay_loop 0.05\nwarmup 0\nretry 0\n", MISC("$D/dyn", "misc_dynamic"));
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && rig_last().value == 10);
	rig_put("code.new", "22", 0644);
	rename(rig_path("code.new"), rig_path("code"));
	CU_ASSERT(RIG_WAIT(rig_last().value == 20) && rig_last().up);
	CU_ASSERT(rig_view(0).changes == 0);
	rig_stop();
}

static void
test_user(void)
{
	const struct passwd *nobody = getpwnam("nobody");
	char want[32];

	if (nobody == NULL || geteuid() != 0)
		return;
	rig_user = (struct vd_probe_user){
			.has = true, .uid = nobody->pw_uid, .gid = nobody->pw_gid};
	rig_put("who", "#!/bin/sh\necho $(id -u) $(id -G) >$D/out.nobody\n", 0755);
	rig_start();
	check(RIG_QUIET, MISC("$D/who", ""));
	RIG_GOOD(0);
	snprintf(want, sizeof(want), "%d %d\n", (int)nobody->pw_uid, (int)nobody->pw_gid);
	CU_ASSERT_STRING_EQUAL(rig_get("out.nobody"), want);
	rig_stop();
	rig_user.has = false;
}

/* Both of the group hear SIGTERM, one of them is deaf: gone within 2 s more, and the failure is known before. */
static void
test_timeout_kills_the_group(void)
{
	struct vd_probe_view v;
	pid_t a, b;

	unlink(rig_path("child"));
	unlink(rig_path("grand"));
	rig_put("deaf",
			"#!/bin/sh\nsh -c 'trap \"\" TERM; echo $$ >$D/grand; while :; do sleep 1; "
			"done' &\n"
			"trap '' TERM\nwhile [ ! -s $D/grand ]; do :; done\necho $$ >$D/child.new\n"
			"mv $D/child.new $D/child\nwhile :; do sleep 1; done\n",
			0755);
	rig_start();
	check("delay_loop 3600\nretry 0\nalpha\n",
			"MISC_CHECK {\nmisc_path $D/deaf\nmisc_timeout 1\n}\n");
	RIG_FAILS(0, "timed out after 1 s waiting for its end");
	v = rig_view(0);
	CU_ASSERT(v.timeouts == 1 && v.last_duration >= VD_SEC && v.last_duration < 2 * VD_SEC);
	a = atoi(rig_get("child"));
	b = atoi(rig_get("grand"));
	CU_ASSERT(a > 0 && b > 0);
	CU_ASSERT(RIG_WAIT(is_gone(a) && is_gone(b)));
	/* Its end was no result. */
	CU_ASSERT(rig_view(0).runs == 1 && rig_count() == 1);
	rig_stop();
}

/* The next is due while the one that timed out is still there: left out. */
static void
test_overrun_is_skipped(void)
{
	rig_put("slow", "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n", 0755);
	rig_start();
	check("delay_loop 0.2\nwarmup 0\nretry 0\n",
			"MISC_CHECK {\nmisc_path $D/slow\nmisc_timeout 0.1\n}\n");
	CU_ASSERT(RIG_WAIT(rig_view(0).skipped >= 5));
	CU_ASSERT(rig_view(0).runs == 1 && rig_view(0).timeouts == 1);
	CU_ASSERT(RIG_WAIT(rig_view(0).runs == 2));
	rig_stop();
}

/* misc_timeout above delay_loop: the points of the grid that it ran over. */
static void
test_long_run_is_counted(void)
{
	rig_put("wait", "#!/bin/sh\nsleep 0.5\n", 0755);
	rig_start();
	check("delay_loop 0.1\nwarmup 0\nretry 0\n", MISC("$D/wait", ""));
	CU_ASSERT(RIG_WAIT(rig_view(0).runs >= 1));
	CU_ASSERT(rig_view(0).skipped >= 4);
	rig_stop();
}

static void
test_gone_while_it_runs(void)
{
	pid_t a;

	unlink(rig_path("pid"));
	rig_put("stay", "#!/bin/sh\necho $$ >$D/pid.new\nmv $D/pid.new $D/pid\nexec sleep 100\n",
			0755);
	rig_start();
	check(RIG_QUIET, MISC("$D/stay", ""));
	rig_ask(0, 1);
	CU_ASSERT(RIG_WAIT(access(rig_path("pid"), F_OK) == 0));
	a = atoi(rig_get("pid"));
	CU_ASSERT(a > 0 && !is_gone(a));
	rig_configure("");
	CU_ASSERT(RIG_WAIT(is_gone(a)));
	CU_ASSERT(rig_count() == 0);
	rig_stop();
}

/* ---- vrrp_script ---- */

#define SCRIPT(more) "vrrp_script s {\nscript $D/script\ninterval 0.05\n" more "\n}\n"

static void
set(const char *status)
{
	rig_put("status.new", status, 0644);
	rename(rig_path("status.new"), rig_path("status"));
}

static void
start(const char *text, const char *status)
{
	set(status);
	rig_put("script", "#!/bin/sh\necho run >>$D/runs\nexit $(cat $D/status)\n", 0755);
	rig_start();
	rig_configure(text);
}

static void
test_script(void)
{
	struct vd_probe_view v;

	start(SCRIPT(""), "0");
	CU_ASSERT(RIG_WAIT(rig_count() == 1));
	CU_ASSERT(rig_last().kind == VD_PROBE_SCRIPT && rig_last().up && rig_last().value == -1);
	CU_ASSERT(RIG_WAIT(script().runs >= 4));
	v = script();
	CU_ASSERT(rig_count() == 1 && v.changes == 0);
	CU_ASSERT_STRING_EQUAL(v.type, "vrrp_script");
	CU_ASSERT_STRING_EQUAL(v.name, "s");
	CU_ASSERT_STRING_EQUAL(v.state, "good");
	set("2");
	CU_ASSERT(RIG_WAIT(rig_count() == 2) && !rig_last().up);
	v = script();
	CU_ASSERT_STRING_EQUAL(v.state, "bad");
	CU_ASSERT_STRING_EQUAL(v.last_error, "exited with status 2");
	CU_ASSERT(v.last_code == 2 && v.changes == 1);
	set("0");
	CU_ASSERT(RIG_WAIT(rig_count() == 3) && rig_last().up);
	rig_stop();
}

/* The first result decides alone, afterwards rise and fall in a row. */
static void
test_rise_and_fall(void)
{
	uint64_t runs, failures;

	start(SCRIPT("rise 3\nfall 4"), "1");
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && !rig_last().up && script().runs == 1);
	runs = script().runs;
	set("0");
	CU_ASSERT(RIG_WAIT(rig_count() == 2) && rig_last().up);
	CU_ASSERT(script().runs >= runs + 3);
	failures = script().failures;
	set("1");
	CU_ASSERT(RIG_WAIT(rig_count() == 3) && !rig_last().up);
	CU_ASSERT(script().failures == failures + 4);
	rig_stop();
}

static void
test_init_fail(void)
{
	rig_put("script", "#!/bin/sh\nwhile [ ! -e $D/go ]; do sleep 0.01; done\n", 0755);
	rig_start();
	rig_configure("vrrp_script s {\nscript $D/script\ninterval 30\ninit_fail\n}\n");
	CU_ASSERT(RIG_WAIT(script().running));
	CU_ASSERT(!script().up);
	CU_ASSERT_STRING_EQUAL(script().state, "unchecked");
	rig_put("go", "", 0644);
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && rig_last().up);
	unlink(rig_path("go"));
	rig_stop();
}

static void
test_script_timeout(void)
{
	rig_put("script", "#!/bin/sh\nexec sleep 100\n", 0755);
	rig_start();
	rig_configure("vrrp_script s {\nscript $D/script\ninterval 0.2\ntimeout 0.3\n}\n");
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && !rig_last().up);
	CU_ASSERT_STRING_EQUAL(script().last_error, "timed out after 0.3 s waiting for its end");
	/* Each run takes longer than the interval. */
	CU_ASSERT(RIG_WAIT(script().timeouts >= 3));
	CU_ASSERT(script().skipped >= 2 && rig_count() == 1);
	rig_stop();
}

static void
test_script_broken(void)
{
	rig_start();
	rig_configure("vrrp_script s {\nscript \"'open\"\n}\n");
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && !rig_last().up);
	CU_ASSERT_STRING_EQUAL(
			script().last_error, "the command line has no word, or an open quote");
	rig_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(test_exit_status),
		VD_TEST(test_words),
		VD_TEST(test_cannot_run),
		VD_TEST(test_dynamic),
		VD_TEST(test_dynamic_changes),
		VD_TEST(test_user),
		VD_TEST(test_timeout_kills_the_group),
		VD_TEST(test_overrun_is_skipped),
		VD_TEST(test_long_run_is_counted),
		VD_TEST(test_gone_while_it_runs),
		VD_TEST(test_script),
		VD_TEST(test_rise_and_fall),
		VD_TEST(test_init_fail),
		VD_TEST(test_script_timeout),
		VD_TEST(test_script_broken),
};

RIG_MAIN("probe/program", tests)
