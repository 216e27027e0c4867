/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PKT_TOEPLITZ_H
#define VD_PKT_TOEPLITZ_H

/*
 * The hash by which NICs spread packets over queues (Microsoft's RSS): addresses and ports in the order source address,
 * destination address, source port, destination port, as in the packet.
 *
 * It is linear: every bit of the input adds its own window of the key by XOR. So the hash is a sum over pieces, and a
 * port's part can be exchanged alone: hash(tuple) = hash(tuple with port 0) ^ part(port).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"

#define VD_PKT_TOEPLITZ_KEY   40 /* bytes that tuples of IPv6 use */
#define VD_PKT_TOEPLITZ_INPUT 36
#define VD_PKT_TOEPLITZ_SLOTS 512 /* values of the lowest bits, which choose a queue */

struct vd_pkt_toeplitz {
	uint32_t part[2 * VD_PKT_TOEPLITZ_INPUT]
		     [16]; /* by place and value of four bits of the input */
	/*
	 * By IPv6: the smallest destination port whose part has these lowest bits; 0, but for the first: none. So a port is
	 * moved to another slot by one XOR: part(port ^ to[a ^ b]) has b where part(port) has a.
	 */
	uint16_t to[2][VD_PKT_TOEPLITZ_SLOTS];
};

/* Pure; any thread. */
void vd_pkt_toeplitz_init(struct vd_pkt_toeplitz *t, const uint8_t key[VD_PKT_TOEPLITZ_KEY]);
/*
 * len bytes of a key from a seed, such that destination ports alone reach every value of the lowest 9 bits, of IPv4 and
 * of IPv6 tuples. len is at least VD_PKT_TOEPLITZ_KEY.
 */
void vd_pkt_toeplitz_key(uint64_t seed, uint8_t *key, size_t len);

static inline uint32_t
vd_pkt_toeplitz_bytes(
		const struct vd_pkt_toeplitz *t, unsigned int at, const uint8_t *b, unsigned int n)
{
	uint32_t h = 0;

	for (unsigned int i = 0; i < n; i++) {
		h ^= t->part[2 * (at + i)][b[i] >> 4];
		h ^= t->part[2 * (at + i) + 1][b[i] & 15];
	}
	return h;
}

/* Both addresses are of one family. */
static inline uint32_t
vd_pkt_toeplitz_src(const struct vd_pkt_toeplitz *t, const struct vd_addr *a)
{
	return vd_addr_is_v4(a) ? vd_pkt_toeplitz_bytes(t, 0, a->b + 12, 4)
				: vd_pkt_toeplitz_bytes(t, 0, a->b, 16);
}

static inline uint32_t
vd_pkt_toeplitz_dst(const struct vd_pkt_toeplitz *t, const struct vd_addr *a)
{
	return vd_addr_is_v4(a) ? vd_pkt_toeplitz_bytes(t, 4, a->b + 12, 4)
				: vd_pkt_toeplitz_bytes(t, 16, a->b, 16);
}

static inline uint32_t
vd_pkt_toeplitz_sport(const struct vd_pkt_toeplitz *t, bool v4, uint16_t port_be)
{
	return vd_pkt_toeplitz_bytes(t, v4 ? 8 : 32, (const uint8_t *)&port_be, 2);
}

static inline uint32_t
vd_pkt_toeplitz_dport(const struct vd_pkt_toeplitz *t, bool v4, uint16_t port_be)
{
	return vd_pkt_toeplitz_bytes(t, v4 ? 10 : 34, (const uint8_t *)&port_be, 2);
}

static inline uint32_t
vd_pkt_toeplitz_hash(const struct vd_pkt_toeplitz *t, const struct vd_addr *src,
		const struct vd_addr *dst, uint16_t sport_be, uint16_t dport_be)
{
	bool v4 = vd_addr_is_v4(src);

	return vd_pkt_toeplitz_src(t, src) ^ vd_pkt_toeplitz_dst(t, dst) ^
			vd_pkt_toeplitz_sport(t, v4, sport_be) ^
			vd_pkt_toeplitz_dport(t, v4, dport_be);
}

#endif
