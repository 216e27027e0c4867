/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "punt_priv.h"
#include "vd_punt.h"

/* linux/in6.h and the libc's disagree; these are of linux/if_link.h's neighbours. */
#define ADDR_GEN_NONE 1 /* IN6_ADDR_GEN_MODE_NONE */
#define BUFFER        8192

union buffer {
	struct nlmsghdr align;
	char bytes[BUFFER];
};

int
vd_punt_nl_open(struct vd_punt_nl *nl)
{
	nl->seq = 1;
	nl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (nl->socket == NULL)
		return -errno;
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int err = -errno;

		vd_punt_nl_close(nl);
		return err;
	}
	return 0;
}

void
vd_punt_nl_close(struct vd_punt_nl *nl)
{
	if (nl->socket != NULL)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
}

static struct nlmsghdr *
begin(union buffer *b, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h;

	memset(b, 0, sizeof(*b));
	h = mnl_nlmsg_put_header(b->bytes);
	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	return h;
}

static int
talk(struct vd_punt_nl *nl, struct nlmsghdr *h)
{
	union buffer answer;
	ssize_t n;

	h->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->socket, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl->socket, answer.bytes, sizeof(answer.bytes));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (mnl_cb_run(answer.bytes, (size_t)n, nl->seq, mnl_socket_get_portid(nl->socket), NULL,
			    NULL) < 0)
		return -errno;
	return 0;
}

static struct ifinfomsg *
link_message(struct nlmsghdr *h, int ifindex)
{
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifi_family = AF_UNSPEC;
	i->ifi_index = ifindex;
	return i;
}

int
vd_punt_nl_link_prepare(struct vd_punt_nl *nl, int ifindex, const struct vd_mac *mac)
{
	union buffer b;
	struct nlmsghdr *h = begin(&b, RTM_NEWLINK, 0);
	struct nlattr *spec, *inet6;
	int err;

	link_message(h, ifindex);
	mnl_attr_put(h, IFLA_ADDRESS, sizeof(mac->b), mac->b);
	err = talk(nl, h);
	if (err != 0)
		return err;
	h = begin(&b, RTM_NEWLINK, 0);
	link_message(h, ifindex);
	spec = mnl_attr_nest_start(h, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(h, AF_INET6);
	mnl_attr_put_u8(h, IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_NONE);
	mnl_attr_nest_end(h, inet6);
	mnl_attr_nest_end(h, spec);
	/* A kernel without IPv6 has nothing to switch off. */
	(void)talk(nl, h);
	return 0;
}

int
vd_punt_nl_link_mtu(struct vd_punt_nl *nl, int ifindex, uint16_t mtu)
{
	union buffer b;
	struct nlmsghdr *h = begin(&b, RTM_NEWLINK, 0);

	link_message(h, ifindex);
	mnl_attr_put_u32(h, IFLA_MTU, mtu);
	return talk(nl, h);
}

int
vd_punt_nl_link_up(struct vd_punt_nl *nl, int ifindex)
{
	union buffer b;
	struct nlmsghdr *h = begin(&b, RTM_NEWLINK, 0);
	struct ifinfomsg *i = link_message(h, ifindex);

	i->ifi_flags = 1; /* IFF_UP */
	i->ifi_change = 1;
	return talk(nl, h);
}

int
vd_punt_nl_link_del(struct vd_punt_nl *nl, int ifindex)
{
	union buffer b;
	struct nlmsghdr *h = begin(&b, RTM_DELLINK, 0);

	link_message(h, ifindex);
	return talk(nl, h);
}

int
vd_punt_nl_vlan_add(struct vd_punt_nl *nl, int ifindex, const char *name, uint16_t id)
{
	union buffer b;
	struct nlmsghdr *h = begin(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *spec, *inet6;

	link_message(h, 0);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put_u32(h, IFLA_LINK, (uint32_t)ifindex);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_str(h, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	mnl_attr_put_u16(h, IFLA_VLAN_ID, id);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	spec = mnl_attr_nest_start(h, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(h, AF_INET6);
	mnl_attr_put_u8(h, IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_NONE);
	mnl_attr_nest_end(h, inet6);
	mnl_attr_nest_end(h, spec);
	return talk(nl, h);
}

/* Family, length and bytes of an address as netlink wants them. */
static uint8_t
family_of(const struct vd_addr *a, const void **bytes, size_t *n)
{
	if (vd_addr_is_v4(a)) {
		*bytes = &a->be32[3];
		*n = 4;
		return AF_INET;
	}
	*bytes = a->b;
	*n = 16;
	return AF_INET6;
}

int
vd_punt_nl_addr(struct vd_punt_nl *nl, int ifindex, const struct vd_prefix *addr, bool add)
{
	union buffer b;
	struct nlmsghdr *h = begin(&b, add ? RTM_NEWADDR : RTM_DELADDR,
			add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct ifaddrmsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));
	const void *bytes;
	size_t n;
	int err;

	i->ifa_family = family_of(&addr->addr, &bytes, &n);
	i->ifa_prefixlen = addr->len;
	i->ifa_index = (uint32_t)ifindex;
	i->ifa_scope = vd_addr_is_link_local(&addr->addr) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	mnl_attr_put(h, IFA_LOCAL, n, bytes);
	mnl_attr_put(h, IFA_ADDRESS, n, bytes);
	/* vipd looks for duplicates itself: the kernel's probes would have no answer to wait for. */
	if (add && i->ifa_family == AF_INET6)
		mnl_attr_put_u32(h, IFA_FLAGS, IFA_F_NODAD);
	err = talk(nl, h);
	if (add && err == -EEXIST)
		return 0;
	if (!add && (err == -EADDRNOTAVAIL || err == -ENODEV || err == -ESRCH))
		return 0;
	return err;
}

static void
put_gateways(struct nlmsghdr *h, int ifindex, const struct vd_addr *via, size_t n_via)
{
	struct nlattr *multi;
	const void *bytes;
	size_t n;

	if (n_via == 1) {
		family_of(via, &bytes, &n);
		mnl_attr_put(h, RTA_GATEWAY, n, bytes);
		mnl_attr_put_u32(h, RTA_OIF, (uint32_t)ifindex);
		return;
	}
	multi = mnl_attr_nest_start(h, RTA_MULTIPATH);
	for (size_t i = 0; i < n_via; i++) {
		struct rtnexthop *nh = mnl_nlmsg_put_extra_header(h, sizeof(*nh));
		char *start = (char *)nh;

		nh->rtnh_ifindex = ifindex;
		family_of(&via[i], &bytes, &n);
		mnl_attr_put(h, RTA_GATEWAY, n, bytes);
		nh->rtnh_len = (unsigned short)((char *)mnl_nlmsg_get_payload_tail(h) - start);
	}
	mnl_attr_nest_end(h, multi);
}

int
vd_punt_nl_route(struct vd_punt_nl *nl, int ifindex, const struct vd_prefix *to,
		const struct vd_addr *via, size_t n_via, bool add)
{
	union buffer b;
	struct nlmsghdr *h = begin(&b, add ? RTM_NEWROUTE : RTM_DELROUTE,
			add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));
	const void *bytes;
	size_t n;
	int err;

	/* What one message holds: a file with more gateways than this has other problems. */
	if (n_via > 64)
		n_via = 64;
	r->rtm_family = family_of(&to->addr, &bytes, &n);
	r->rtm_dst_len = to->len;
	r->rtm_table = RT_TABLE_MAIN;
	r->rtm_protocol = RTPROT_STATIC;
	r->rtm_scope = RT_SCOPE_UNIVERSE;
	r->rtm_type = RTN_UNICAST;
	if (to->len > 0)
		mnl_attr_put(h, RTA_DST, n, bytes);
	mnl_attr_put_u32(h, RTA_PRIORITY, VD_PUNT_METRIC);
	put_gateways(h, ifindex, via, n_via);
	err = talk(nl, h);
	return !add && err == -ESRCH ? 0 : err;
}
