/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PKT_TEST_H
#define PKT_TEST_H

/* Frames for the tests, written byte by byte, and a checksum that is too simple to be wrong. */

#include "vd_hash.h"
#include "vd_pkt.h"
#include "vd_test.h"

struct frame {
	uint8_t b[2048];
	size_t len;
};

static const struct vd_mac mac_a = {{2, 0, 0, 0, 0, 0xa}};
static const struct vd_mac mac_b = {{2, 0, 0, 0, 0, 0xb}};

static inline struct vd_addr
A(const char *text) {
	struct vd_addr a = {.w = {0, 0}};

	if (vd_addr_parse(text, &a) != 0)
		abort();
	return a;
}

static inline void
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline unsigned int
get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static inline uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* RFC 1071 by the letter: 16-bit words in network order, a last odd byte padded with zero. */
static inline uint32_t
slow_sum(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
		sum = (sum >> 16) + (sum & 0xffff);
	}
	return sum;
}

/* The checksum of a layer-4 message whose own field is zero, in host order. */
static inline unsigned int
slow_l4(const struct vd_addr *src, const struct vd_addr *dst, uint8_t proto, const uint8_t *p,
		size_t n)
{
	uint8_t pseudo[40] = {0};
	uint32_t sum = 0;

	if (vd_addr_is_v4(src)) {
		memcpy(pseudo, &src->b[12], 4);
		memcpy(pseudo + 4, &dst->b[12], 4);
		pseudo[9] = proto;
		put16(pseudo + 10, (unsigned int)n);
		if (proto != VD_PKT_PROTO_ICMP)
			sum = slow_sum(0, pseudo, 12);
	} else {
		memcpy(pseudo, src->b, 16);
		memcpy(pseudo + 16, dst->b, 16);
		put32(pseudo + 32, (uint32_t)n);
		pseudo[39] = proto;
		sum = slow_sum(0, pseudo, 40);
	}
	return ~slow_sum(sum, p, n) & 0xffff;
}

static inline void
fix_ip4(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, ~slow_sum(0, ip, (size_t)(ip[0] & 15) * 4) & 0xffff);
}

/* A frame with room for n bytes above IP; returns where they begin. IPv4 checksum is right. */
static inline uint8_t *
frame_ip(struct frame *f, const char *src, const char *dst, uint8_t proto, size_t n)
{
	struct vd_addr s = A(src), d = A(dst);
	uint8_t *ip = f->b + 14;

	memset(f, 0, sizeof(*f));
	memcpy(f->b, mac_a.b, 6);
	memcpy(f->b + 6, mac_b.b, 6);
	if (vd_addr_is_v4(&s)) {
		put16(f->b + 12, 0x0800);
		ip[0] = 0x45;
		put16(ip + 2, (unsigned int)(20 + n));
		ip[8] = 64;
		ip[9] = proto;
		memcpy(ip + 12, &s.b[12], 4);
		memcpy(ip + 16, &d.b[12], 4);
		fix_ip4(ip);
		f->len = 14 + 20 + n;
		return ip + 20;
	}
	put16(f->b + 12, 0x86dd);
	ip[0] = 0x60;
	put16(ip + 4, (unsigned int)n);
	ip[6] = proto;
	ip[7] = 64;
	memcpy(ip + 8, s.b, 16);
	memcpy(ip + 24, d.b, 16);
	f->len = 14 + 40 + n;
	return ip + 40;
}

/* A TCP segment with n bytes of data, 20 bytes of header; its checksum is right. */
static inline uint8_t *
frame_tcp(struct frame *f, const char *src, const char *dst, uint8_t flags, size_t n)
{
	struct vd_addr s = A(src), d = A(dst);
	uint8_t *tcp = frame_ip(f, src, dst, VD_PKT_PROTO_TCP, 20 + n);

	put16(tcp, 40000);
	put16(tcp + 2, 80);
	put32(tcp + 4, 0x11223344);
	put32(tcp + 8, 0x55667788);
	tcp[12] = 5 << 4;
	tcp[13] = flags;
	put16(tcp + 14, 65535);
	for (size_t i = 0; i < n; i++)
		tcp[20 + i] = (uint8_t)i;
	put16(tcp + 16, slow_l4(&s, &d, VD_PKT_PROTO_TCP, tcp, 20 + n));
	return tcp;
}

static inline uint8_t *
frame_udp(struct frame *f, const char *src, const char *dst, size_t n)
{
	struct vd_addr s = A(src), d = A(dst);
	uint8_t *udp = frame_ip(f, src, dst, VD_PKT_PROTO_UDP, 8 + n);

	put16(udp, 5353);
	put16(udp + 2, 53);
	put16(udp + 4, (unsigned int)(8 + n));
	put16(udp + 6, slow_l4(&s, &d, VD_PKT_PROTO_UDP, udp, 8 + n));
	return udp;
}

/* Inserts a tag behind the MACs. */
static inline void
frame_tag(struct frame *f, unsigned int tpid, unsigned int tci)
{
	memmove(f->b + 16, f->b + 12, f->len - 12);
	put16(f->b + 12, tpid);
	put16(f->b + 14, tci);
	f->len += 4;
}

static inline int
parse(const struct frame *f, struct vd_pkt_info *info)
{
	/* An exact copy, so that ASan sees a byte too many. */
	uint8_t *copy = malloc(f->len == 0 ? 1 : f->len);
	int rc;

	memcpy(copy, f->b, f->len);
	rc = vd_pkt_parse(copy, f->len, info);
	free(copy);
	return rc;
}

#endif
