/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_pause.h>

#include "vd_rt_clock.h"
#include "vd_rt_idle.h"
#include "vd_rt_port.h"

_Static_assert(2 * VD_RT_IDLE_BLOCK <= VD_RT_IDLE_GAP,
		"a rest is half of what heartbeats may miss");

#define SHORTEST_SLEEP (5 * VD_USEC) /* less costs more than it saves */

static int
watch(struct vd_rt_idle *idle, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	return epoll_ctl(idle->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -errno;
}

int
vd_rt_idle_init(struct vd_rt_idle *idle, const struct vd_rt_lcore *lcore, bool busy,
		bool ring_wakes)
{
	int err;

	memset(idle, 0, sizeof(*idle));
	idle->wake_fd = -1;
	idle->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (idle->epoll_fd < 0)
		return -errno;
	idle->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = idle->wake_fd < 0 ? -errno : watch(idle, idle->wake_fd, EPOLLIN);
	if (err != 0) {
		vd_rt_idle_fini(idle);
		return err;
	}
	idle->shares_cpu = lcore->shares_cpu;
	idle->busy = busy && !lcore->shares_cpu;
	idle->ring_wakes = ring_wakes;
	idle->interrupts = true;
	idle->block = VD_RT_IDLE_BLOCK;
	idle->beat = lcore->beat;
	return 0;
}

void
vd_rt_idle_fini(struct vd_rt_idle *idle)
{
	if (idle->epoll_fd >= 0)
		close(idle->epoll_fd);
	if (idle->wake_fd >= 0)
		close(idle->wake_fd);
	idle->epoll_fd = idle->wake_fd = -1;
}

void
vd_rt_idle_set_pending(struct vd_rt_idle *idle, bool (*pending)(void *ctx), void *ctx)
{
	idle->pending = pending;
	idle->pending_ctx = ctx;
}

static bool
add_queue(struct vd_rt_idle *idle, const struct vd_rt_port *port, uint16_t queue)
{
	int fd;

	if (!port->rx_interrupts || idle->n_queues == VD_RT_IDLE_QUEUES)
		return false;
	fd = rte_eth_dev_rx_intr_ctl_q_get_fd(port->id, queue);
	/* Edge-triggered: nobody reads an interrupt's eventfd, and a lcore polls its queues to empty before it rests. */
	if (fd < 0 || watch(idle, fd, EPOLLIN | EPOLLET) != 0)
		return false;
	idle->queue[idle->n_queues++] = (struct vd_rt_idle_queue){
			.port = port->id,
			.queue = queue,
			/* net_tap has nothing to enable and says so. */
			.armed = rte_eth_dev_rx_intr_enable(port->id, queue) == 0,
	};
	return true;
}

void
vd_rt_idle_add_port(struct vd_rt_idle *idle, const struct vd_rt_port *port, unsigned int worker)
{
	uint16_t queues[VD_RT_PORT_QUEUES];
	unsigned int n = vd_rt_port_rx_queues(port, worker, queues);

	for (unsigned int i = 0; i < n; i++)
		if (!add_queue(idle, port, queues[i]))
			idle->interrupts = false;
}

int
vd_rt_idle_add_fd(struct vd_rt_idle *idle, int fd)
{
	return watch(idle, fd, EPOLLIN);
}

void
vd_rt_idle_del_fd(struct vd_rt_idle *idle, int fd)
{
	(void)epoll_ctl(idle->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

vd_time
vd_rt_idle_attach(struct vd_rt_idle *idle)
{
	vd_time now;

	/* Sleeps of 50 us should not take 100. */
	prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
	now = vd_rt_clock_now();
	idle->last_work = now;
	vd_store_relaxed(&idle->beat->last, now);
	return now;
}

void
vd_rt_idle_detach(struct vd_rt_idle *idle)
{
	vd_store_release(&idle->asleep, 0);
}

static void
arm(struct vd_rt_idle *idle, bool on)
{
	for (unsigned int i = 0; i < idle->n_queues; i++) {
		const struct vd_rt_idle_queue *q = &idle->queue[i];

		if (!q->armed)
			continue;
		if (on)
			(void)rte_eth_dev_rx_intr_enable(q->port, q->queue);
		else
			(void)rte_eth_dev_rx_intr_disable(q->port, q->queue);
	}
}

/* True when the time was up, false when something happened before. */
static bool
block(struct vd_rt_idle *idle, vd_time length)
{
	struct timespec ts = {
			.tv_sec = (time_t)(length / VD_SEC),
			.tv_nsec = (long)(length % VD_SEC),
	};
	struct epoll_event ev[8];
	uint64_t count;
	int n;

	n = epoll_pwait2(idle->epoll_fd, ev, 8, &ts, NULL);
	if (n < 0 && errno == ENOSYS)
		n = epoll_wait(idle->epoll_fd, ev, 8, (int)((length + VD_MSEC - 1) / VD_MSEC));
	for (int i = 0; i < n; i++)
		if (ev[i].data.fd == idle->wake_fd)
			while (read(idle->wake_fd, &count, sizeof(count)) < 0 && errno == EINTR)
				;
	return n == 0;
}

vd_time
vd_rt_idle_length(const struct vd_rt_idle *idle, vd_time idle_for)
{
	if (idle_for < VD_RT_IDLE_SPIN && !idle->shares_cpu)
		return 0;
	if (idle->interrupts && idle->ring_wakes)
		return idle->block;
	return idle_for < VD_RT_IDLE_NAPS ? VD_RT_IDLE_NAP : VD_MIN(idle->block, VD_RT_IDLE_SLEEP);
}

void
vd_rt_idle_learn(struct vd_rt_idle *idle, vd_time late)
{
	late = VD_MIN(late, VD_RT_IDLE_EARLY);
	/* Up quickly, down slowly: nine sleeps of ten should end in time. */
	if (late > idle->late)
		idle->late += (late - idle->late + 7) / 8;
	else
		idle->late -= (idle->late - late) / 64;
}

vd_time
vd_rt_idle_rest(struct vd_rt_idle *idle, vd_time now, vd_time deadline)
{
	vd_time want = vd_rt_idle_length(idle, now - idle->last_work), woke;
	bool over = false;

	if (deadline <= now)
		return now;
	want = deadline - now <= idle->late ? 0 : VD_MIN(want, deadline - now - idle->late);
	if (want < SHORTEST_SLEEP) {
		rte_pause();
		return now;
	}
	arm(idle, true);
	vd_store_relaxed(&idle->asleep, 1);
	/* Either the waker sees `asleep`, or we see what it put. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (idle->pending == NULL || !idle->pending(idle->pending_ctx))
		over = block(idle, want);
	vd_store_relaxed(&idle->asleep, 0);
	arm(idle, false);
	woke = vd_rt_clock_now();
	if (over && woke - now > want)
		vd_rt_idle_learn(idle, woke - now - want);
	idle->sleeps++;
	idle->slept_ns += woke - now;
	vd_store_relaxed(&idle->beat->idle_ns, idle->beat->idle_ns + (woke - now));
	vd_store_relaxed(&idle->beat->last, woke);
	return woke;
}

vd_time
vd_rt_idle_turn(struct vd_rt_idle *idle, bool work, vd_time deadline)
{
	return vd_rt_idle_turn_at(idle, work, deadline, vd_rt_clock_now());
}

void
vd_rt_idle_wake_slow(struct vd_rt_idle *idle)
{
	static const uint64_t one = 1;

	/* One of several wakers writes. */
	if (__atomic_exchange_n(&idle->asleep, 0, __ATOMIC_ACQ_REL) == 0)
		return;
	__atomic_fetch_add(&idle->wakes, 1, __ATOMIC_RELAXED);
	if (write(idle->wake_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: it will wake anyway */
}
