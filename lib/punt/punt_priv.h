/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PUNT_PRIV_H
#define PUNT_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "vd_addr.h"
#include "vd_compiler.h"
#include "vd_model_dataplane.h"
#include "vd_punt.h"
#include "vd_vec.h"

struct mnl_socket;
struct rte_mbuf;

/* A route socket whose requests are answered before the call returns. */
struct vd_punt_nl {
	struct mnl_socket *socket;
	uint32_t seq;
};

struct vd_punt_address {
	uint16_t vlan;
	struct vd_prefix prefix;
};

struct vd_punt_route {
	uint16_t vlan;
	struct vd_prefix to;
	VD_VEC(struct vd_addr) via;
};

struct vd_punt_vlan {
	uint16_t id;
	int ifindex;
};

/* What the kernel was told. */
struct vd_punt_config {
	VD_VEC(struct vd_punt_address) addresses;
	VD_VEC(struct vd_punt_route) routes;
};

struct vd_punt {
	int fd, ifindex;
	struct vd_mac mac;
	uint16_t mtu;
	char name[IFNAMSIZ];
	struct vd_punt_nl nl;
	VD_VEC(struct vd_punt_vlan) vlans;
	struct vd_punt_config config;
	struct vd_strbuf note;
	/* Control's from here on. */
	struct rte_mbuf *spare
			VD_CACHE_ALIGNED; /* for the next frame: an empty poll allocates nothing */
	struct vd_punt_stats stats;
};

int vd_punt_nl_open(struct vd_punt_nl *nl);
void vd_punt_nl_close(struct vd_punt_nl *nl);

/* MAC, no IPv6 addresses of the kernel's making; before the link is up. */
int vd_punt_nl_link_prepare(struct vd_punt_nl *nl, int ifindex, const struct vd_mac *mac);
int vd_punt_nl_link_mtu(struct vd_punt_nl *nl, int ifindex, uint16_t mtu);
int vd_punt_nl_link_up(struct vd_punt_nl *nl, int ifindex);
/* A VLAN interface on another; -EOPNOTSUPP where the kernel has none. */
int vd_punt_nl_vlan_add(struct vd_punt_nl *nl, int ifindex, const char *name, uint16_t id);
int vd_punt_nl_link_del(struct vd_punt_nl *nl, int ifindex);

/* Adding what is there and removing what is gone are no errors. */
int vd_punt_nl_addr(struct vd_punt_nl *nl, int ifindex, const struct vd_prefix *addr, bool add);
/* A route with one or several gateways; to.addr tells the family. */
int vd_punt_nl_route(struct vd_punt_nl *nl, int ifindex, const struct vd_prefix *to,
		const struct vd_addr *via, size_t n_via, bool add);

#endif
