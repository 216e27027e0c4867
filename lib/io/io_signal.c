/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vd_io_signal.h"

static struct vd_io_fd watch = {.fd = -1};
static void (*watch_cb)(void *ctx, int signo);
static void *watch_ctx;

static void
our_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
	sigaddset(set, VD_IO_SIGNAL_JSON);
}

void
vd_io_signals_block(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	our_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

static void
readable(struct vd_io_fd *h, unsigned int events)
{
	struct signalfd_siginfo si;

	(void)events;
	while (h->loop != NULL && read(h->fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		watch_cb(watch_ctx, (int)si.ssi_signo);
}

int
vd_io_signals_watch(struct vd_io_loop *loop, void (*cb)(void *ctx, int signo), void *ctx)
{
	sigset_t set;
	int err, fd;

	if (watch.loop != NULL)
		return -EBUSY;
	our_signals(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	watch_cb = cb;
	watch_ctx = ctx;
	err = vd_io_fd_add(loop, &watch, fd, VD_IO_READ, readable, NULL);
	if (err != 0)
		close(fd);
	return err;
}

void
vd_io_signals_unwatch(void)
{
	if (watch.loop == NULL)
		return;
	vd_io_fd_del(&watch);
	close(watch.fd);
}

void
vd_io_signals_child_reset(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int s = 1; s <= SIGRTMAX; s++)
		if (s != SIGKILL && s != SIGSTOP)
			sigaction(s, &dfl, NULL);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
}
