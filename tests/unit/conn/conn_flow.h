/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONN_FLOW_H
#define CONN_FLOW_H

/* Flow number i of a made-up world: the same number always gives the same four ends. */

#include "vd_conn.h"
#include "vd_hash.h"

enum flow_kind {
	FLOW_FULLNAT4,
	FLOW_FULLNAT6,
	FLOW_NAT4,
	FLOW_DR4,
	FLOW_NAT64, /* IPv6 clients, IPv4 servers */
	FLOW_KINDS
};

static inline struct vd_addr
flow_addr(bool v4, uint32_t net, uint32_t host)
{
	struct vd_addr a = {.w = {0, 0}};
	const uint8_t b[8] = {(uint8_t)(net >> 24), (uint8_t)(net >> 16), (uint8_t)(net >> 8),
			(uint8_t)net, (uint8_t)(host >> 24), (uint8_t)(host >> 16),
			(uint8_t)(host >> 8), (uint8_t)host};
	uint32_t v4_be;

	if (v4) {
		memcpy(&v4_be, b + 4, 4);
		return vd_addr_from_v4(v4_be);
	}
	a.b[0] = 0x20;
	a.b[1] = 0x01;
	memcpy(a.b + 8, b, 8);
	return a;
}

static inline struct vd_conn_new
flow_new(uint32_t i, enum flow_kind kind)
{
	struct vd_conn_new n = {.protocol = i % 3 == 0 ? VD_PROTOCOL_UDP : VD_PROTOCOL_TCP};
	bool v4 = kind != FLOW_FULLNAT6 && kind != FLOW_NAT64;
	bool server_v4 = kind != FLOW_FULLNAT6;

	n.addr[VD_CONN_CLIENT] = flow_addr(v4, 1, 0x0a000000u + i / 50000);
	n.addr[VD_CONN_VIRTUAL] = flow_addr(v4, 2, 0xc0a8c810u);
	n.addr[VD_CONN_SERVER] = flow_addr(server_v4, 3, 0xc0a86400u + i % 7);
	n.addr[VD_CONN_LOCAL] = flow_addr(server_v4, 4, 0xc0a8c900u + i / 60000);
	n.port_be[VD_CONN_CLIENT] = (uint16_t)(i % 50000 + 1);
	n.port_be[VD_CONN_VIRTUAL] = (uint16_t)(kind + 1);
	n.port_be[VD_CONN_SERVER] = (uint16_t)(kind + 0x100);
	n.port_be[VD_CONN_LOCAL] = (uint16_t)(i % 60000 + 1);
	n.service = i % 5;
	n.server = i % 7;
	n.forwarding = VD_FORWARDING_FULLNAT;
	if (kind == FLOW_NAT4 || kind == FLOW_DR4) {
		n.forwarding = kind == FLOW_NAT4 ? VD_FORWARDING_NAT : VD_FORWARDING_DR;
		n.addr[VD_CONN_LOCAL] = n.addr[VD_CONN_CLIENT];
		n.port_be[VD_CONN_LOCAL] = n.port_be[VD_CONN_CLIENT];
	}
	return n;
}

static inline struct vd_conn_key
flow_key(const struct vd_conn_new *n, enum vd_conn_dir dir)
{
	struct vd_conn_key k = {
			.src = n->addr[2 * dir],
			.dst = n->addr[2 * dir + 1],
			.sport_be = n->port_be[2 * dir],
			.dport_be = n->port_be[2 * dir + 1],
			.protocol = n->protocol,
	};

	return k;
}

static inline int
flow_insert(struct vd_conn_table *t, const struct vd_conn_new *n, uint32_t now, uint32_t *ref)
{
	struct vd_conn_key k = flow_key(n, VD_CONN_IN);

	return vd_conn_insert(t, n, vd_conn_hash(t, &k), now, ref);
}

static inline uint32_t
flow_find(const struct vd_conn_table *t, const struct vd_conn_new *n, enum vd_conn_dir dir)
{
	struct vd_conn_key k = flow_key(n, dir);

	return vd_conn_lookup(t, &k, vd_conn_hash(t, &k));
}

#endif
