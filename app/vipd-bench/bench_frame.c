/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "bench_frame.h"

#define TTL 64

/* Of 64 frames; 7 : 4 : 1. */
#define IMIX_SMALL 37
#define IMIX_LARGE 6

void
bench_payload_fill(uint8_t *frame, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		frame[i] = (uint8_t)(i * 29 + 7);
}

static uint32_t
sum_of(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] | (uint32_t)p[i + 1] << 8;
	if (n % 2 != 0)
		sum += p[n - 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* ---- one frame with all that does not change ---- */

static void
put_mac(uint8_t *p, const struct vd_mac *m)
{
	memcpy(p, m->b, sizeof(m->b));
}

static void
put_addr(const struct bench_frames *f, uint8_t *last, const struct vd_addr *a)
{
	if (f->v6)
		memcpy(last - 12, a->b, 16);
	else
		bench_put32(last, a->be32[3]);
}

static void
put_l3(const struct bench_frames *f, uint8_t *p, unsigned int len)
{
	uint8_t proto = f->udp ? IPPROTO_UDP : IPPROTO_TCP;

	p[12] = f->v6 ? 0x86 : 0x08;
	p[13] = f->v6 ? 0xdd : 0x00;
	if (f->v6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(p + f->at.l3);

		ip->vtc_flow = rte_cpu_to_be_32(6u << 28);
		ip->payload_len = rte_cpu_to_be_16((uint16_t)(len - f->at.l4));
		ip->proto = proto;
		ip->hop_limits = TTL;
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(p + f->at.l3);

		ip->version_ihl = 0x45;
		ip->total_length = rte_cpu_to_be_16((uint16_t)(len - f->at.l3));
		ip->fragment_offset = rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG);
		ip->next_proto_id = proto;
		ip->time_to_live = TTL;
	}
}

static void
put_l4(const struct bench_frames *f, uint8_t *p, enum bench_kind kind, unsigned int len)
{
	static const uint8_t flags[BENCH_KIND_N] = {
			[BENCH_KIND_IN] = RTE_TCP_ACK_FLAG,
			[BENCH_KIND_OUT] = RTE_TCP_ACK_FLAG,
			[BENCH_KIND_SYN] = RTE_TCP_SYN_FLAG,
			[BENCH_KIND_SYN_ACK] = RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG,
			[BENCH_KIND_FIN_IN] = RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG,
			[BENCH_KIND_FIN_OUT] = RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG,
	};

	if (f->udp) {
		struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(p + f->at.l4);

		memset(udp, 0, sizeof(*udp));
		udp->dgram_len = rte_cpu_to_be_16((uint16_t)(len - f->at.l4));
	} else {
		struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(p + f->at.l4);

		memset(tcp, 0, sizeof(*tcp));
		tcp->data_off = 5 << 4;
		tcp->tcp_flags = flags[kind];
		tcp->rx_win = rte_cpu_to_be_16(8192);
	}
	bench_put32(p + f->at.id, 0);
}

/* As it arrives, without what is patched: 0 in its places. */
static void
prototype(const struct bench_frames *f, enum bench_kind kind, unsigned int len, uint8_t *p)
{
	bool in;

	bench_payload_fill(p, 0, len);
	memset(p, 0, f->at.l4);
	put_mac(p, &f->mac);
	put_l3(f, p, len);
	put_l4(f, p, kind, len);
	in = bench_kind_is_in(kind);
	put_mac(p + 6, in ? &f->gateway_mac : &f->first_server_mac);
	put_addr(f, p + f->at.src, in ? &f->client : &f->server);
	put_addr(f, p + f->at.dst, in ? &f->vip : f->nat ? &f->client : &f->local);
	bench_put32(p + f->at.src, 0);
	bench_put32(p + f->at.dst, 0);
}

static uint32_t
pseudo_sum(const struct bench_frames *f, const uint8_t *p, unsigned int len)
{
	uint8_t tail[4] = {0, f->udp ? IPPROTO_UDP : IPPROTO_TCP, (uint8_t)((len - f->at.l4) >> 8),
			(uint8_t)(len - f->at.l4)};
	unsigned int n = f->v6 ? 16 : 4;

	return sum_of(p + f->at.src + 4 - n, n) + sum_of(p + f->at.dst + 4 - n, n) +
			sum_of(tail, sizeof(tail));
}

static void
template_make(const struct bench_frames *f, struct bench_template *t, enum bench_kind kind,
		unsigned int len)
{
	uint8_t p[BENCH_FRAME_MAX + BENCH_HEAD];
	uint32_t sum;

	bench_payload_fill(p, 0, sizeof(p));
	prototype(f, kind, len, p);
	memcpy(t->head, p, BENCH_HEAD);
	t->fields.packet_type = RTE_PTYPE_L2_ETHER |
			(f->v6 ? RTE_PTYPE_L3_IPV6 : RTE_PTYPE_L3_IPV4) |
			(f->udp ? RTE_PTYPE_L4_UDP : RTE_PTYPE_L4_TCP);
	t->fields.pkt_len = len;
	t->fields.data_len = (uint16_t)len;
	t->l3_sum = f->v6 ? 0 : sum_of(p + f->at.l3, sizeof(struct rte_ipv4_hdr));
	sum = pseudo_sum(f, p, len) + sum_of(p + f->at.l4, len - f->at.l4);
	sum = (sum & 0xffff) + (sum >> 16);
	t->l4_sum = (sum & 0xffff) + (sum >> 16);
}

/* 64 is what goes over the wire with the check sequence; what has longer headers has that much more. */
static unsigned int
length_of(const struct bench_frames *f, unsigned int size)
{
	static const unsigned int imix[BENCH_SIZES] = {60, 590, 1514};
	unsigned int least = f->at.l4 + (f->udp ? 12 : 20);

	return VD_MAX(imix[size], least);
}

static uint16_t
low_half(const struct vd_mac *m)
{
	return (uint16_t)(m->b[4] << 8 | m->b[5]);
}

void
bench_frames_init(struct bench_frames *f, const struct bench_params *p, uint16_t port)
{
	struct rte_mbuf rearm = {.data_off = RTE_PKTMBUF_HEADROOM, .nb_segs = 1, .port = port};

	memset(f, 0, sizeof(*f));
	f->v6 = p->v6;
	f->udp = p->udp;
	f->nat = f->w.nat = p->method == BENCH_METHOD_NAT;
	f->dr = p->method == BENCH_METHOD_DR;
	f->n_sizes = p->imix ? BENCH_SIZES : 1;
	f->client = p->clients.addr;
	f->w.client_base = rte_be_to_cpu_32(p->clients.addr.be32[3]);
	f->w.port_bits = 32 - ((p->v6 ? 128u : 32u) - p->clients.len);
	f->server = p->server;
	f->w.server_base = rte_be_to_cpu_32(p->server.be32[3]);
	f->local = p->local;
	f->w.local_base = rte_be_to_cpu_32(p->local.be32[3]);
	f->vip = p->vip;
	f->w.vip = p->vip.be32[3];
	f->w.vip_first = rte_be_to_cpu_32(p->vip.be32[3]);
	f->w.vips = p->vips;
	f->w.vports = p->vports;
	f->w.vport = p->vport;
	f->w.vport_be = rte_cpu_to_be_16(p->vport);
	f->w.sport_be = rte_cpu_to_be_16(p->sport);
	f->servers = p->servers;
	f->locals = p->locals;
	f->mac = p->mac;
	f->gateway_mac = p->gateway_mac;
	f->first_server_mac = p->server_mac;
	f->w.server_mac = low_half(&p->server_mac);
	f->w.gateway_mac = low_half(&p->gateway_mac);
	rte_mbuf_refcnt_set(&rearm, 1);
	memcpy(&f->w.rearm, (uint8_t *)&rearm + offsetof(struct rte_mbuf, rearm_data), 8);
	f->w.ol_flags = RTE_MBUF_F_RX_RSS_HASH | RTE_MBUF_F_RX_IP_CKSUM_GOOD |
			RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	f->at = bench_layout(f->v6, f->udp);
	for (unsigned int i = 0; f->n_sizes > 1 && i < BENCH_SIZE_MIX; i++)
		f->size_of[i] = i < IMIX_SMALL ? 0 : i < BENCH_SIZE_MIX - IMIX_LARGE ? 1 : 2;
	for (int k = 0; k < BENCH_KIND_N; k++)
		for (unsigned int s = 0; s < BENCH_SIZES; s++)
			template_make(f, &f->t[k][s], (enum bench_kind)k, length_of(f, s));
}

/* ---- what leaves ---- */

static uint32_t
get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

uint32_t
bench_sent_id(const struct bench_frames *f, const uint8_t *frame)
{
	return get32(frame + f->at.id);
}

/* The number of a MAC in the servers' row, or servers. */
static uint32_t
server_of_mac(const struct bench_frames *f, const uint8_t *mac)
{
	uint32_t i = ((uint32_t)mac[4] << 8 | mac[5]) - f->w.server_mac;

	return memcmp(mac, f->first_server_mac.b, 4) == 0 && i < f->servers ? i : f->servers;
}

bool
bench_sent_in(const struct bench_frames *f, const uint8_t *frame, bench_entry *e)
{
	uint32_t server = server_of_mac(f, frame), local;
	uint16_t port;

	*e = 0;
	if (server == f->servers)
		return false;
	memcpy(&port, frame + f->at.l4, sizeof(port));
	local = rte_be_to_cpu_32(get32(frame + f->at.src)) - f->w.local_base;
	if (f->nat || f->dr)
		local = 0;
	else if (local >= f->locals)
		return true;
	*e = f->dr ? port | server << 16 : bench_entry_make(port, local, server);
	return true;
}

unsigned int
bench_expect(const struct bench_frames *f, enum bench_kind kind, unsigned int size, uint32_t flow,
		bench_entry e, uint8_t *p)
{
	unsigned int len = f->t[kind][size].fields.data_len;
	bool in = bench_kind_is_in(kind), own = !f->nat && !f->dr;
	struct vd_addr client = f->client, local = bench_addr_at(&f->local, e >> 16 & 0xff);
	uint32_t number = f->dr ? e >> 16 : e >> 24;
	struct vd_addr server = bench_addr_at(&f->server, number), vip = f->vip;
	struct vd_mac mac = bench_mac_at(&f->first_server_mac, number);
	uint16_t port = bench_client_port(&f->w, flow), vport = bench_vport(&f->w, flow);

	prototype(f, kind, len, p);
	client.be32[3] = bench_client_addr(&f->w, flow);
	vip.be32[3] = bench_vip(&f->w, flow);
	p[f->v6 ? f->at.l3 + 7 : f->at.l3 + 8]--; /* the hop */
	put_mac(p, in ? &mac : &f->gateway_mac);
	put_mac(p + 6, &f->mac);
	if (in) {
		put_addr(f, p + f->at.src, own ? &local : &client);
		put_addr(f, p + f->at.dst, f->dr ? &vip : &server);
		bench_put16(p + f->at.l4, own ? (uint16_t)e : port);
		bench_put16(p + f->at.l4 + 2, f->dr ? vport : f->w.sport_be);
	} else {
		put_addr(f, p + f->at.src, &vip);
		put_addr(f, p + f->at.dst, &client);
		bench_put16(p + f->at.l4, vport);
		bench_put16(p + f->at.l4 + 2, port);
	}
	bench_put32(p + f->at.id, flow);
	return len;
}
