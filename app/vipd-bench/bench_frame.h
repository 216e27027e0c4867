/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

/*
 * Frames of numbered flows. A flow's number becomes the client's address and port by one multiplication, and a frame
 * is a template with these patched in; the checksums are the template's sums plus what was patched. A flow needs a word
 * of memory only where the director chose something that no one can compute (enum bench_entry).
 *
 * Each frame carries its flow's number where no director touches it: in TCP's sequence number, in the first four bytes
 * after UDP's header.
 */

#include <string.h>

#include <rte_mbuf.h>

#include "bench_params.h"
#include "vd_compiler.h"

#define BENCH_HEAD      80 /* bytes of a template that are copied at most: all headers are in them */
#define BENCH_HEAD4     64
#define BENCH_SIZES     3
#define BENCH_SIZE_MIX  64
#define BENCH_FRAME_MAX 1514
#define BENCH_FLOW_NONE UINT32_MAX
#define BENCH_IP4_CSUM  (14 + 10) /* offset of IPv4's checksum */

enum bench_kind {
	BENCH_KIND_IN,      /* client to director, established */
	BENCH_KIND_OUT,     /* server to director, established */
	BENCH_KIND_SYN,     /* client's */
	BENCH_KIND_SYN_ACK, /* server's */
	BENCH_KIND_FIN_IN,
	BENCH_KIND_FIN_OUT,
	BENCH_KIND_N,
};

/*
 * What the director chose for a flow, learnt from the first frame that it sent: the port towards the server in the low
 * half, in network order, then the number of its own address, then the server's. 0 = not known.
 */
typedef uint32_t bench_entry;

/* Of DR, where nothing but the server is chosen: that stands in the upper half. */
static inline bench_entry
bench_entry_make(uint16_t port_be, uint32_t local, uint32_t server)
{
	return port_be | local << 16 | server << 24;
}

struct bench_layout {
	uint16_t src, dst; /* last 32 bits of the addresses */
	uint16_t l3, l4, csum, id;
};

static VD_ALWAYS_INLINE struct bench_layout
bench_layout(bool v6, bool udp)
{
	struct bench_layout at = {.l3 = 14};

	at.src = v6 ? at.l3 + 20 : at.l3 + 12;
	at.dst = v6 ? at.src + 16 : at.src + 4;
	at.l4 = at.dst + 4;
	at.csum = at.l4 + (udp ? 6 : 16);
	at.id = at.l4 + (udp ? 8 : 4);
	return at;
}

/* The words of an mbuf that a driver writes, from packet_type on. */
struct bench_fields {
	uint32_t packet_type;
	uint32_t pkt_len;
	uint16_t data_len, vlan_tci;
	uint32_t rss;
};

struct bench_template {
	uint8_t head[BENCH_HEAD];
	struct bench_fields fields;
	uint32_t l3_sum, l4_sum; /* folded; without what is patched */
	uint8_t pad[24];
} VD_CACHE_ALIGNED;

_Static_assert(sizeof(struct bench_fields) == 16, "fields: one vector");
_Static_assert(sizeof(struct bench_template) == 128, "template: two lines");

/* What every frame is made with. A writer of many works on a copy of its own, so that it stays in registers. */
struct bench_words {
	uint32_t client_base, port_bits, server_base, local_base;
	uint32_t vip;
	uint32_t vip_first, vips, vports; /* clients talk to so many */
	uint16_t vport, vport_be, sport_be;
	uint16_t gateway_mac, server_mac; /* low halves; the first server's */
	bool nat;
	uint64_t rearm, ol_flags; /* of the mbuf, next to each other */
};

struct bench_frames {
	struct bench_words w;
	struct bench_layout at;
	bool v6, udp, nat, dr;
	uint8_t n_sizes;
	uint8_t size_of[BENCH_SIZE_MIX];
	struct bench_template t[BENCH_KIND_N][BENCH_SIZES];
	struct vd_mac mac, gateway_mac, first_server_mac;
	struct vd_addr vip, client, server, local;
	uint32_t servers, locals;
};

void bench_frames_init(struct bench_frames *f, const struct bench_params *p, uint16_t port);
/* What fills a buffer behind the head: the same at an offset in all frames. */
void bench_payload_fill(uint8_t *frame, size_t from, size_t to);

static inline bool
bench_kind_is_in(enum bench_kind k)
{
	return k == BENCH_KIND_IN || k == BENCH_KIND_SYN || k == BENCH_KIND_FIN_IN;
}

/* A bijection on 32 bits that spreads numbers that follow each other. */
#define BENCH_SPREAD     0x9e3779b1u
#define BENCH_PORT_FIRST 1024

static inline uint32_t
bench_client_addr(const struct bench_words *w, uint32_t flow)
{
	return __builtin_bswap32(w->client_base + (flow * BENCH_SPREAD >> w->port_bits));
}

static inline uint16_t
bench_client_port(const struct bench_words *w, uint32_t flow)
{
	uint32_t x = flow * BENCH_SPREAD & ((1u << w->port_bits) - 1);

	return __builtin_bswap16((uint16_t)(BENCH_PORT_FIRST + x));
}

static inline uint16_t
bench_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

static inline uint32_t
bench_halves(uint32_t word)
{
	return (word & 0xffff) + (word >> 16);
}

static inline void
bench_put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void
bench_put16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

#define BENCH_TARGET_SPREAD 0x85ebca6bu /* not the clients' own: any of them talks to any VIP */

static VD_ALWAYS_INLINE uint32_t
bench_vip(const struct bench_words *w, uint32_t flow)
{
	uint32_t x = flow * BENCH_TARGET_SPREAD >> 16;

	return __builtin_bswap32(w->vip_first + (x * w->vips >> 16));
}

static VD_ALWAYS_INLINE uint16_t
bench_vport(const struct bench_words *w, uint32_t flow)
{
	uint32_t x = flow * BENCH_TARGET_SPREAD & 0xffff;

	return __builtin_bswap16((uint16_t)(w->vport + (x * w->vports >> 16)));
}

/* What differs from frame to frame, as it stands in the frame. In an IPv4 TCP frame these 16 bytes are in one piece. */
struct bench_tuple {
	uint32_t src, dst, ports, id;
};

static VD_ALWAYS_INLINE struct bench_tuple
bench_tuple_in(const struct bench_words *w, uint32_t flow)
{
	return (struct bench_tuple){bench_client_addr(w, flow), bench_vip(w, flow),
			bench_client_port(w, flow) | (uint32_t)bench_vport(w, flow) << 16, flow};
}

static VD_ALWAYS_INLINE struct bench_tuple
bench_tuple_out(const struct bench_words *w, uint32_t flow, bench_entry e)
{
	uint32_t dst = w->nat ? bench_client_addr(w, flow)
			      : __builtin_bswap32(w->local_base + (e >> 16 & 0xff));
	uint32_t port = w->nat ? bench_client_port(w, flow) : e & 0xffff;

	return (struct bench_tuple){__builtin_bswap32(w->server_base + (e >> 24)), dst,
			w->sport_be | port << 16, flow};
}

/* The checksums, l3 in the low half. */
static VD_ALWAYS_INLINE uint32_t
bench_sums(uint32_t l3_sum, uint32_t l4_sum, const struct bench_tuple *t)
{
	uint32_t addresses = bench_halves(t->src) + bench_halves(t->dst);
	uint32_t rest = bench_halves(t->ports) + bench_halves(t->id);

	return bench_fold(l3_sum + addresses) |
			(uint32_t)bench_fold(l4_sum + addresses + rest) << 16;
}

/* What a driver does with a descriptor, and the frame. mac: the low half of the source's. */
static VD_ALWAYS_INLINE void
bench_put(const struct bench_words *w, struct rte_mbuf *m, const struct bench_template *t,
		const struct bench_tuple *tuple, uint16_t mac, uint32_t sums, bool v6, bool udp)
{
	const struct bench_layout at = bench_layout(v6, udp);
	struct bench_fields fields = t->fields;
	uint8_t *p = (uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM;
	uint16_t csum = (uint16_t)(sums >> 16);

	fields.rss = tuple->id * BENCH_SPREAD;
	memcpy((uint8_t *)m + offsetof(struct rte_mbuf, rearm_data), &w->rearm, 16);
	memcpy((uint8_t *)m + offsetof(struct rte_mbuf, packet_type), &fields, 16);
	memcpy(p, t->head, v6 ? BENCH_HEAD : BENCH_HEAD4);
	bench_put16(p + 10, mac);
	if (!v6 && !udp) {
		memcpy(p + at.src, tuple, sizeof(*tuple));
	} else {
		bench_put32(p + at.src, tuple->src);
		bench_put32(p + at.dst, tuple->dst);
		bench_put32(p + at.l4, tuple->ports);
		bench_put32(p + at.id, tuple->id);
	}
	if (!v6)
		bench_put16(p + BENCH_IP4_CSUM, (uint16_t)sums);
	if (udp && csum == 0)
		csum = 0xffff;
	bench_put16(p + at.csum, csum);
}

/* Any frame: for what is not timed. */
static inline void
bench_write_sized(const struct bench_frames *f, struct rte_mbuf *m, enum bench_kind kind,
		unsigned int size, uint32_t flow, bench_entry e)
{
	const struct bench_template *t = &f->t[kind][size];
	bool in = bench_kind_is_in(kind);
	struct bench_tuple tuple =
			in ? bench_tuple_in(&f->w, flow) : bench_tuple_out(&f->w, flow, e);
	uint32_t mac = in ? f->w.gateway_mac : f->w.server_mac + (e >> 24);

	bench_put(&f->w, m, t, &tuple, __builtin_bswap16((uint16_t)mac),
			bench_sums(t->l3_sum, t->l4_sum, &tuple), f->v6, f->udp);
}

static inline void
bench_write(const struct bench_frames *f, struct rte_mbuf *m, enum bench_kind kind, uint32_t flow,
		bench_entry e)
{
	bench_write_sized(f, m, kind, 0, flow, e);
}

/* ---- what the director should make of it ---- */

/* The number that a sent frame carries. */
uint32_t bench_sent_id(const struct bench_frames *f, const uint8_t *frame);
/* Whether a sent frame goes to one of the servers; then what was chosen for it (0: no good address). */
bool bench_sent_in(const struct bench_frames *f, const uint8_t *frame, bench_entry *e);
/* The frame that has to leave, without checksums; returns its length. */
unsigned int bench_expect(const struct bench_frames *f, enum bench_kind kind, unsigned int size,
		uint32_t flow, bench_entry e, uint8_t *out);

#endif
