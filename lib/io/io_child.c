/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io_priv.h"
#include "vd_compiler.h"
#include "vd_io_child.h"
#include "vd_io_clock.h"
#include "vd_io_signal.h"
#include "vd_vec.h"

#define KILL_AFTER (2 * VD_SEC)
#define POLL_EVERY (20 * VD_MSEC) /* where the kernel gives no pidfd */
#define SHELL      "/bin/sh"

/* All that the child needs, made before it exists: until execve() it may allocate nothing. */
struct spawn {
	const struct vd_io_child_config *config;
	char *path;
	const char **argv; /* one place before it is free, for the shell */
	const char **envp;
	int max_fd;
	pid_t parent;
	volatile int err; /* the child's, through the memory it shares */
};

/* ---- in the child ---- */

/*
 * Raw system calls: those of glibc ask every thread of the process to change along, and after vfork() those threads are
 * the parent's.
 */
static int
child_user(const struct vd_io_child_config *config)
{
	gid_t gid = config->gid;
	uid_t uid = config->uid;

	if (!config->has_user || (uid == geteuid() && gid == getegid()))
		return 0;
	if (syscall(SYS_setgroups, 1, &gid) != 0 || syscall(SYS_setresgid, gid, gid, gid) != 0 ||
			syscall(SYS_setresuid, uid, uid, uid) != 0)
		return errno;
	return 0;
}

static int
child_fds(int max_fd)
{
	int fd;

	if (syscall(SYS_close_range, 3u, ~0u, 0u) != 0)
		for (fd = 3; fd < max_fd; fd++)
			close(fd);
	fd = open("/dev/null", O_RDWR);
	if (fd < 0)
		return errno;
	for (int std = 0; std < 3; std++)
		if (fd != std && dup2(fd, std) < 0)
			return errno;
	if (fd > 2)
		close(fd);
	return 0;
}

static __attribute__((noreturn)) VD_NOINLINE void
child_run(struct spawn *s)
{
	int err;

	setpgid(0, 0);
	vd_io_signals_child_reset();
	err = child_fds(s->max_fd);
	if (err == 0)
		err = child_user(s->config);
	if (err == 0 && s->config->ends_with_main) {
		/* A change of user takes the wish back: last. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != s->parent)
			_exit(0);
	}
	if (err == 0) {
		execve(s->path, (char *const *)(uintptr_t)s->argv,
				(char *const *)(uintptr_t)s->envp);
		err = errno;
		if (err == ENOEXEC) {
			s->argv[0] = s->path;
			s->argv[-1] = "sh";
			execve(SHELL, (char *const *)(uintptr_t)(s->argv - 1),
					(char *const *)(uintptr_t)s->envp);
		}
	}
	s->err = err;
	_exit(127);
}

/* ---- before it ---- */

static bool
same_variable(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return n == strcspn(b, "=") && memcmp(a, b, n) == 0;
}

static const char **
env_make(const char *const *more)
{
	VD_VEC(const char *) env = {0};

	for (char **e = environ; e != NULL && *e != NULL; e++) {
		const char *const *m = more;

		while (m != NULL && *m != NULL && !same_variable(*m, *e))
			m++;
		if (m == NULL || *m == NULL)
			vd_vec_push(&env, *e);
	}
	for (const char *const *m = more; m != NULL && *m != NULL; m++)
		vd_vec_push(&env, *m);
	vd_vec_push(&env, NULL);
	return env.v;
}

static int
fd_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur > 65536)
		return 65536;
	return (int)l.rlim_cur;
}

static int
spawn_prepare(struct spawn *s, const struct vd_io_child_config *config)
{
	size_t n = 0;

	*s = (struct spawn){.config = config, .max_fd = fd_limit(), .parent = getpid()};
	if (config->argv == NULL || config->argv[0] == NULL || config->argv[0][0] == '\0')
		return -EINVAL;
	s->path = io_program_find(config->argv[0]);
	if (s->path == NULL)
		return -ENOENT;
	while (config->argv[n] != NULL)
		n++;
	s->argv = vd_xcalloc(n + 2, sizeof(*s->argv));
	s->argv++;
	memcpy(s->argv, config->argv, n * sizeof(*s->argv));
	s->envp = env_make(config->env);
	return 0;
}

static void
spawn_free(struct spawn *s)
{
	free(s->path);
	if (s->argv != NULL)
		free(s->argv - 1);
	free(s->envp);
}

static void
reap(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
}

/* The pid, or a negative errno. */
static pid_t
spawn_run(struct spawn *s)
{
	sigset_t all, before;
	pid_t pid;

	/* No handler of ours may run in the child, on our memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0)
		child_run(s);
	if (pid < 0)
		pid = -errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid > 0 && s->err != 0) {
		int status;

		reap(pid, &status);
		return -s->err;
	}
	return pid;
}

/* ---- watching it ---- */

static void
unwatch(struct vd_io_child *c)
{
	vd_io_fd_del(&c->watch);
	if (c->pidfd >= 0)
		close(c->pidfd);
	c->pidfd = -1;
	vd_io_timer_cancel(c->loop, &c->timer);
	vd_io_timer_cancel(c->loop, &c->poll);
}

bool
vd_io_child_check(struct vd_io_child *c)
{
	siginfo_t si = {0};
	int status = 0;

	if (c->pid == 0)
		return false;
	if (waitid(P_PID, (id_t)c->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid == 0)
		return false;
	/* Not reaped yet, so the number still is this group's and nobody else's. */
	if (c->terminated)
		kill(-c->pid, SIGKILL);
	reap(c->pid, &status);
	unwatch(c);
	c->pid = 0;
	c->done(c, status);
	return true;
}

static void
on_pidfd(struct vd_io_fd *h, unsigned int events)
{
	(void)events;
	(void)vd_io_child_check(h->ctx);
}

static void
on_poll(struct vd_io_timer *t)
{
	struct vd_io_child *c = t->ctx;

	if (!vd_io_child_check(c))
		vd_io_timer_set(c->loop, t, vd_io_now() + POLL_EVERY, on_poll, c);
}

static void
on_kill(struct vd_io_timer *t)
{
	struct vd_io_child *c = t->ctx;

	kill(-c->pid, SIGKILL);
}

void
vd_io_child_terminate(struct vd_io_child *c, vd_time grace)
{
	if (c->pid == 0)
		return;
	c->terminated = true;
	kill(-c->pid, SIGTERM);
	vd_io_timer_set(c->loop, &c->timer, vd_io_now() + grace, on_kill, c);
}

static void
on_timeout(struct vd_io_timer *t)
{
	vd_io_child_terminate(t->ctx, KILL_AFTER);
}

int
vd_io_child_start(struct vd_io_loop *loop, struct vd_io_child *c,
		const struct vd_io_child_config *config, vd_io_child_cb done, void *ctx)
{
	struct spawn s;
	pid_t pid;
	int err = spawn_prepare(&s, config);

	pid = err == 0 ? spawn_run(&s) : err;
	spawn_free(&s);
	*c = (struct vd_io_child){.loop = loop, .pidfd = -1, .done = done, .ctx = ctx};
	if (pid < 0)
		return pid;
	c->pid = pid;
	c->pidfd = (int)syscall(SYS_pidfd_open, pid, 0u);
	if (c->pidfd < 0 || vd_io_fd_add(loop, &c->watch, c->pidfd, VD_IO_READ, on_pidfd, c) != 0)
		vd_io_timer_set(loop, &c->poll, vd_io_now() + POLL_EVERY, on_poll, c);
	if (config->timeout != 0)
		vd_io_timer_set(loop, &c->timer, vd_io_now() + config->timeout, on_timeout, c);
	return 0;
}

void
vd_io_child_wait(struct vd_io_child *const *c, size_t n, vd_time wait)
{
	VD_VEC(struct pollfd) fds = {0};

	for (size_t i = 0; i < n; i++) {
		if (c[i]->pidfd >= 0)
			vd_vec_push(&fds, ((struct pollfd){.fd = c[i]->pidfd, .events = POLLIN}));
		else
			wait = VD_MIN(wait, POLL_EVERY);
	}
	(void)poll(fds.v, fds.n, (int)VD_MIN((wait + VD_MSEC - 1) / VD_MSEC, (vd_time)INT_MAX));
	vd_vec_free(&fds);
}

void
vd_io_child_abandon(struct vd_io_child *c)
{
	if (c->pid == 0)
		return;
	unwatch(c);
	(void)waitpid(c->pid, NULL, WNOHANG);
	c->pid = 0;
}

const char *
vd_io_child_status(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(buf, size, "killed by signal %d (%s)", WTERMSIG(status),
				strsignal(WTERMSIG(status)));
	else
		snprintf(buf, size, "exited with status %d", WEXITSTATUS(status));
	return buf;
}
