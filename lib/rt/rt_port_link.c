/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <rte_pause.h>

#include "rt_port_priv.h"
#include "vd_alloc.h"

/*
 * Whether there is link, and who is told when that changes: by the driver's own event; for net_tap, which promises that
 * event and never gives it (DPDK 22.11), by the kernel's about the interface. Both come on EAL's interrupt thread.
 */

struct vd_rt_port_kernel {
	struct rte_intr_handle *intr;
	int fd;
	unsigned int if_index;
};

static bool
kernel_up(const struct vd_rt_port_kernel *k)
{
	struct ifreq ifr = {0};

	return if_indextoname(k->if_index, ifr.ifr_name) != NULL &&
			ioctl(k->fd, SIOCGIFFLAGS, &ifr) == 0 &&
			(ifr.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

void
vd_rt_port_link(const struct vd_rt_port *p, struct vd_rt_port_link *out)
{
	struct rte_eth_link link = {0};

	if (rte_eth_link_get_nowait(p->id, &link) != 0)
		link.link_status = RTE_ETH_LINK_DOWN;
	/* A driver that cannot tell must not stop traffic. */
	out->up = !p->link_believed || link.link_status == RTE_ETH_LINK_UP;
	out->mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
}

/*
 * Writers may meet (main's look, the driver's report). The one whose word is not the latest looks again, so an old
 * finding never replaces a newer one.
 */
static void
refresh(struct vd_rt_port *p)
{
	struct vd_rt_port_link link;
	uint32_t old = vd_load_acquire(&p->link_word), word;

	do {
		if (p->kernel != NULL)
			link.up = kernel_up(p->kernel);
		else
			vd_rt_port_link(p, &link);
		if (old != 0 && link.up == (old & 1))
			return;
		word = ((old >> 1) + 1) << 1 | link.up;
	} while (!__atomic_compare_exchange_n(
			&p->link_word, &old, word, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	/* The first look finds a state, not a change. */
	if (old != 0 && p->link_changed != NULL)
		p->link_changed(p->link_ctx);
}

static int
on_change(uint16_t id, enum rte_eth_event_type type, void *ctx, void *ret)
{
	(void)id;
	(void)type;
	(void)ret;
	refresh(ctx);
	return 0;
}

static void
on_kernel(void *ctx)
{
	struct vd_rt_port *p = ctx;
	char message[4096];

	/* What it says is not read: lost or not, the state is asked for. */
	while (recv(p->kernel->fd, message, sizeof(message), 0) > 0 || errno == ENOBUFS ||
			errno == EINTR)
		;
	refresh(p);
}

static void
kernel_free(struct vd_rt_port_kernel *k)
{
	rte_intr_instance_free(k->intr);
	if (k->fd >= 0)
		close(k->fd);
	free(k);
}

static bool
kernel_watch(struct vd_rt_port *p, unsigned int if_index)
{
	const struct sockaddr_nl any = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	struct vd_rt_port_kernel *k = vd_xcalloc(1, sizeof(*k));

	k->if_index = if_index;
	k->intr = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	k->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	p->kernel = k;
	if (k->intr != NULL && k->fd >= 0 &&
			bind(k->fd, (const struct sockaddr *)&any, sizeof(any)) == 0 &&
			rte_intr_fd_set(k->intr, k->fd) == 0 &&
			rte_intr_type_set(k->intr, RTE_INTR_HANDLE_EXT) == 0 &&
			rte_intr_callback_register(k->intr, on_kernel, p) == 0)
		return true;
	kernel_free(k);
	p->kernel = NULL;
	return false;
}

/* net_tap's way of reporting is only to change what it answers when asked. */
bool
vd_rt_driver_reports_link(const char *driver, const struct rte_eth_dev_info *info)
{
	return (*info->dev_flags & RTE_ETH_DEV_INTR_LSC) != 0 && strcmp(driver, "net_tap") != 0;
}

void
vd_rt_port_link_watch(struct vd_rt_port *p, void (*changed)(void *ctx), void *ctx)
{
	p->link_changed = changed;
	p->link_ctx = ctx;
}

void
vd_rt_port_link_poll(struct vd_rt_port *p)
{
	refresh(p);
}

void
vd_rt_port_link_open(struct vd_rt_port *p, const struct rte_eth_dev_info *info)
{
	if (p->link_events &&
			rte_eth_dev_callback_register(
					p->id, RTE_ETH_EVENT_INTR_LSC, on_change, p) != 0)
		p->link_events = false;
	if (p->link_events)
		vd_rt_port_note(p, "link changes are reported by the driver at once");
	else if (p->link_believed && strcmp(p->driver, "net_tap") == 0 && info->if_index != 0 &&
			kernel_watch(p, info->if_index))
		vd_rt_port_note(p, "link changes are reported by the kernel at once");
	else if (p->link_believed)
		vd_rt_port_note(p, "link changes are seen by looking once a second");
	else
		vd_rt_port_note(p, "the driver cannot tell a lost link: it counts as up");
}

/* Not while a callback runs. */
void
vd_rt_port_link_close(struct vd_rt_port *p)
{
	while (p->link_events &&
			rte_eth_dev_callback_unregister(
					p->id, RTE_ETH_EVENT_INTR_LSC, on_change, p) == -EAGAIN)
		rte_pause();
	p->link_events = false;
	if (p->kernel == NULL)
		return;
	while (rte_intr_callback_unregister(p->kernel->intr, on_kernel, p) == -EAGAIN)
		rte_pause();
	kernel_free(p->kernel);
	p->kernel = NULL;
}
