/* SPDX-License-Identifier: BSD-3-Clause */
/* Real children: /bin/sh with a line of ours, in a folder of our own. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vd_io_child.h"
#include "vd_io_clock.h"
#include "vd_io_signal.h"
#include "vd_test.h"

#define PATIENCE (20 * VD_SEC)

static char dir[] = "/tmp/vd-child-XXXXXX";
static struct vd_io_loop *loop;
static int ends, last_status;

static void
done(struct vd_io_child *c, int status)
{
	(void)c;
	ends++;
	last_status = status;
}

static const char *
in_dir(const char *name)
{
	static char path[2][128];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void
put(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(in_dir(name), "w");

	CU_ASSERT_FATAL(f != NULL);
	fputs(text, f);
	fclose(f);
	chmod(in_dir(name), mode);
}

static const char *
get(const char *name)
{
	static char text[4096];
	FILE *f = fopen(in_dir(name), "r");
	size_t n = f == NULL ? 0 : fread(text, 1, sizeof(text) - 1, f);

	if (f != NULL)
		fclose(f);
	text[n] = '\0';
	return text;
}

static void
wait_ends(int n)
{
	vd_time until = vd_io_now() + PATIENCE;

	while (ends < n && vd_io_now() < until)
		vd_io_loop_turn(loop, 50 * VD_MSEC);
	CU_ASSERT(ends == n);
}

static int
start(struct vd_io_child *c, struct vd_io_child_config config, const char *script)
{
	const char *argv[] = {"/bin/sh", "-c", script, dir, NULL};

	config.argv = argv;
	return vd_io_child_start(loop, c, &config, done, NULL);
}

static size_t
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
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

static void
setup(void)
{
	loop = vd_io_loop_create();
	ends = 0;
	last_status = -1;
}

static void
teardown(void)
{
	vd_io_loop_destroy(loop);
	/* Whatever was started here has been waited for. */
	CU_ASSERT(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void
test_status(void)
{
	struct vd_io_child c;
	char text[64];

	setup();
	CU_ASSERT(start(&c, (struct vd_io_child_config){0}, "exit 3") == 0);
	CU_ASSERT(vd_io_child_is_running(&c));
	wait_ends(1);
	CU_ASSERT(!vd_io_child_is_running(&c));
	CU_ASSERT_STRING_EQUAL(vd_io_child_status(last_status, text, sizeof(text)),
			"exited with status 3");
	CU_ASSERT(start(&c, (struct vd_io_child_config){0}, "kill -9 $$") == 0);
	wait_ends(2);
	CU_ASSERT_STRING_EQUAL(vd_io_child_status(last_status, text, sizeof(text)),
			"killed by signal 9 (Killed)");
	teardown();
}

static void
test_errors_come_at_once(void)
{
	const char *argv[] = {in_dir("none"), NULL};
	struct vd_io_child_config config = {.argv = argv};
	struct vd_io_child c;

	setup();
	CU_ASSERT(vd_io_child_start(loop, &c, &config, done, NULL) == -ENOENT);
	CU_ASSERT(!vd_io_child_is_running(&c));
	argv[0] = "vd-there-is-no-such-program";
	CU_ASSERT(vd_io_child_start(loop, &c, &config, done, NULL) == -ENOENT);
	put("plain", "#!/bin/sh\n", 0644);
	argv[0] = in_dir("plain");
	CU_ASSERT(vd_io_child_start(loop, &c, &config, done, NULL) == -EACCES);
	argv[0] = dir;
	CU_ASSERT(vd_io_child_start(loop, &c, &config, done, NULL) == -EACCES);
	argv[0] = "";
	CU_ASSERT(vd_io_child_start(loop, &c, &config, done, NULL) == -EINVAL);
	vd_io_loop_turn(loop, 0);
	CU_ASSERT(ends == 0);
	teardown();
}

static void
test_arguments_path_and_no_interpreter(void)
{
	const char *argv[] = {"sh", "-c", "printf '%s|' \"$@\" >$0", in_dir("args"), "a b", "", "c",
			NULL};
	struct vd_io_child_config config = {.argv = argv};
	const char *bare[] = {NULL, "x y", NULL};
	struct vd_io_child c;

	setup();
	CU_ASSERT(vd_io_child_start(loop, &c, &config, done, NULL) == 0);
	wait_ends(1);
	CU_ASSERT_STRING_EQUAL(get("args"), "a b||c|");
	put("bare", "printf '%s' \"$1\" >\"$(dirname \"$0\")\"/out\n", 0755);
	bare[0] = in_dir("bare");
	config.argv = bare;
	CU_ASSERT(vd_io_child_start(loop, &c, &config, done, NULL) == 0);
	wait_ends(2);
	CU_ASSERT_STRING_EQUAL(get("out"), "x y");
	teardown();
}

static void
test_environment(void)
{
	const char *env[] = {"VD_A=new", "VD_B=b c", NULL};
	struct vd_io_child c;

	setup();
	setenv("VD_A", "old", 1);
	setenv("VD_AB", "kept", 1);
	CU_ASSERT(start(&c, (struct vd_io_child_config){.env = env},
				  "env | grep ^VD_ | sort >$0/env") == 0);
	wait_ends(1);
	CU_ASSERT_STRING_EQUAL(get("env"), "VD_A=new\nVD_AB=kept\nVD_B=b c\n");
	CU_ASSERT_STRING_EQUAL(getenv("VD_A"), "old");
	teardown();
}

/* Descriptors, signals and group as from a shell, whatever ours are. */
static void
test_clean_start(void)
{
	int leak = open("/dev/zero", O_RDONLY); /* without CLOEXEC */
	struct sigaction usr = {.sa_handler = SIG_IGN}, before;
	sigset_t set, old;
	struct vd_io_child c;

	setup();
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &old);
	sigaction(SIGUSR1, &usr, &before);
	CU_ASSERT(start(&c, (struct vd_io_child_config){0},
				  "l=$(ls -l /proc/$$/fd); for f in 0 1 2; do "
				  "echo \"$l\" | grep -c \" $f -> /dev/null\" >>$0/fds; done;"
				  "echo \"$l\" | grep -c /dev/zero >>$0/fds;"
				  "grep -E '^Sig(Blk|Ign)' /proc/self/status >$0/sig;"
				  "cut -d' ' -f5 /proc/$$/stat >$0/group; echo $$ >$0/pid") == 0);
	/* The parent keeps its own. */
	sigaction(SIGUSR1, NULL, &usr);
	CU_ASSERT(usr.sa_handler == SIG_IGN);
	sigprocmask(SIG_SETMASK, NULL, &set);
	CU_ASSERT(sigismember(&set, SIGHUP) == 1 && sigismember(&set, SIGTERM) == 0);
	wait_ends(1);
	CU_ASSERT_STRING_EQUAL(get("fds"), "1\n1\n1\n0\n");
	CU_ASSERT_STRING_EQUAL(
			get("sig"), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	CU_ASSERT(atoi(get("group")) > 0 && atoi(get("group")) == atoi(get("pid")));
	sigaction(SIGUSR1, &before, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(leak);
	teardown();
}

static void
test_user(void)
{
	struct passwd *nobody = getpwnam("nobody");
	struct vd_io_child_config config = {.has_user = true};
	struct vd_io_child c;
	char want[64];

	if (nobody == NULL)
		return;
	setup();
	config.uid = nobody->pw_uid;
	config.gid = nobody->pw_gid;
	if (geteuid() != 0) {
		config.uid = config.gid = 0;
		CU_ASSERT(start(&c, config, "exit 0") == -EPERM);
	} else {
		snprintf(want, sizeof(want), "%d %d %d\n", (int)config.uid, (int)config.gid,
				(int)config.gid);
		CU_ASSERT(start(&c, config, "echo $(id -u) $(id -g) $(id -G) >$0/user") == 0);
		CU_ASSERT(geteuid() == 0 && getegid() == 0);
		wait_ends(1);
		CU_ASSERT_STRING_EQUAL(get("user"), want);
	}
	teardown();
}

/* Both members of the group tell their numbers, hear nothing, and are gone after the timeout. */
static void
test_timeout_kills_the_group(void)
{
	struct vd_io_child_config config = {.timeout = 300 * VD_MSEC};
	struct vd_io_child c;
	vd_time began = vd_io_now();
	pid_t a, b;

	setup();
	CU_ASSERT(start(&c, config,
				  "sh -c 'trap \"\" TERM; echo $$ >$0/grand; while :; do :; sleep "
				  "5; done'"
				  " $0 & trap 'exit 9' TERM; while [ ! -s $0/grand ]; do :; done;"
				  "echo $$ >$0/child; wait") == 0);
	wait_ends(1);
	a = atoi(get("child"));
	b = atoi(get("grand"));
	CU_ASSERT(a > 0 && b > 0);
	CU_ASSERT(WIFEXITED(last_status) && WEXITSTATUS(last_status) == 9);
	while (!is_gone(b) && vd_io_now() < began + PATIENCE)
		;
	CU_ASSERT(is_gone(a) && is_gone(b));
	teardown();
}

static void
test_deaf_child_gets_sigkill(void)
{
	struct vd_io_child_config config = {.timeout = 100 * VD_MSEC};
	vd_time began = vd_io_now();
	struct vd_io_child c;

	setup();
	CU_ASSERT(start(&c, config, "trap '' TERM; while :; do sleep 1; done") == 0);
	wait_ends(1);
	CU_ASSERT(WIFSIGNALED(last_status) && WTERMSIG(last_status) == SIGKILL);
	CU_ASSERT(vd_io_now() - began >= 2 * VD_SEC);
	teardown();
}

static void
test_check_without_the_loop(void)
{
	struct vd_io_child c, *list[] = {&c};
	vd_time until = vd_io_now() + PATIENCE;

	setup();
	CU_ASSERT(mkfifo(in_dir("go"), 0600) == 0);
	CU_ASSERT(start(&c, (struct vd_io_child_config){0}, "read x <$0/go; exit 5") == 0);
	CU_ASSERT(!vd_io_child_check(&c) && ends == 0);
	put("go", "x\n", 0600);
	while (!vd_io_child_check(&c) && vd_io_now() < until)
		vd_io_child_wait(list, 1, VD_SEC);
	CU_ASSERT(ends == 1 && WEXITSTATUS(last_status) == 5);
	CU_ASSERT(!vd_io_child_check(&c));
	teardown();
}

static void
again(struct vd_io_child *c, int status)
{
	done(c, status);
	if (ends < 200) {
		const char *argv[] = {"/bin/true", NULL};
		struct vd_io_child_config config = {.argv = argv, .timeout = VD_SEC};

		CU_ASSERT(vd_io_child_start(loop, c, &config, again, NULL) == 0);
	}
}

static void
test_nothing_leaks(void)
{
	struct vd_io_child c;
	size_t before;

	setup();
	before = count_fds();
	ends = -1;
	again(&c, 0);
	wait_ends(200);
	CU_ASSERT(count_fds() == before);
	teardown();
}

/* No descriptor left for a pidfd: a timer looks. */
static void
test_without_pidfd(void)
{
	struct rlimit l, low;
	struct vd_io_child c;
	int fd;

	setup();
	fd = dup(0);
	close(fd);
	getrlimit(RLIMIT_NOFILE, &l);
	low = l;
	low.rlim_cur = (rlim_t)fd;
	CU_ASSERT(setrlimit(RLIMIT_NOFILE, &low) == 0);
	CU_ASSERT(start(&c, (struct vd_io_child_config){0}, "exit 4") == 0);
	CU_ASSERT(c.pidfd == -1);
	CU_ASSERT(setrlimit(RLIMIT_NOFILE, &l) == 0);
	wait_ends(1);
	CU_ASSERT(WEXITSTATUS(last_status) == 4);
	teardown();
}

/* ---- a loop of another thread ---- */

struct other {
	struct vd_io_loop *loop;
	struct vd_io_child c[3];
	int ends, status[3], err;
};

static void
other_done(struct vd_io_child *c, int status)
{
	struct other *o = c->ctx;

	o->status[c - o->c] = status;
	if (++o->ends == 3)
		vd_io_loop_stop(o->loop, 0);
}

static void *
other_run(void *arg)
{
	static const char *const scripts[] = {
			"exit 7",
			"grep ^SigBlk /proc/self/status >$0/other",
			"while :; do sleep 1; done",
	};
	struct other *o = arg;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	o->loop = vd_io_loop_create();
	for (int i = 0; i < 3; i++) {
		const char *argv[] = {"/bin/sh", "-c", scripts[i], dir, NULL};
		struct vd_io_child_config config = {
				.argv = argv, .timeout = i == 2 ? 100 * VD_MSEC : 0};

		o->err |= vd_io_child_start(o->loop, &o->c[i], &config, other_done, o);
	}
	o->err |= vd_io_loop_run(o->loop);
	vd_io_loop_destroy(o->loop);
	return NULL;
}

/* Two threads with children at the same time: each gets its own, with all signals unblocked in them. */
static void
test_other_thread(void)
{
	struct other o = {0};
	struct vd_io_child c;
	pthread_t t;

	setup();
	CU_ASSERT(pthread_create(&t, NULL, other_run, &o) == 0);
	for (int i = 1; i <= 50; i++) {
		CU_ASSERT(start(&c, (struct vd_io_child_config){0}, "exit 3") == 0);
		wait_ends(i);
		CU_ASSERT(WEXITSTATUS(last_status) == 3);
	}
	pthread_join(t, NULL);
	CU_ASSERT(o.err == 0 && o.ends == 3 && WEXITSTATUS(o.status[0]) == 7 && o.status[1] == 0);
	CU_ASSERT(WIFSIGNALED(o.status[2]) && WTERMSIG(o.status[2]) == SIGTERM);
	CU_ASSERT_STRING_EQUAL(get("other"), "SigBlk:\t0000000000000000\n");
	teardown();
}

static void *
leave_run(void *arg)
{
	const char *argv[] = {"/bin/sh", "-c", "while :; do sleep 1; done", NULL};
	struct vd_io_child_config config = {.argv = argv, .ends_with_main = true};
	struct vd_io_loop *own = vd_io_loop_create();
	struct vd_io_child c;

	if (vd_io_child_start(own, &c, &config, done, NULL) == 0)
		*(pid_t *)arg = c.pid;
	vd_io_child_abandon(&c);
	vd_io_loop_destroy(own);
	return NULL;
}

/* ends_with_main means the thread that started it, and the process lives on. */
static void
test_ends_with_its_thread(void)
{
	int status = 0;
	pthread_t t;
	pid_t pid = 0;

	setup();
	CU_ASSERT(pthread_create(&t, NULL, leave_run, &pid) == 0);
	pthread_join(t, NULL);
	CU_ASSERT(pid > 0 && waitpid(pid, &status, 0) == pid);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	teardown();
}

static const struct vd_test tests[] = {
		VD_TEST(test_status),
		VD_TEST(test_errors_come_at_once),
		VD_TEST(test_arguments_path_and_no_interpreter),
		VD_TEST(test_environment),
		VD_TEST(test_clean_start),
		VD_TEST(test_user),
		VD_TEST(test_timeout_kills_the_group),
		VD_TEST(test_deaf_child_gets_sigkill),
		VD_TEST(test_check_without_the_loop),
		VD_TEST(test_nothing_leaks),
		VD_TEST(test_without_pidfd),
		VD_TEST(test_other_thread),
		VD_TEST(test_ends_with_its_thread),
};

int
main(void)
{
	char rm[64];
	int failed;

	if (mkdtemp(dir) == NULL || chmod(dir, 0777) != 0)
		return 1;
	failed = vd_test_main("io/child", tests, sizeof(tests) / sizeof(tests[0]));
	snprintf(rm, sizeof(rm), "rm -rf %s", dir);
	return system(rm) != 0 || failed;
}
