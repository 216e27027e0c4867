/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PARAMS_H
#define BENCH_PARAMS_H

/*
 * What the port hands out, as words "key=value" separated by blanks, in the environment's VIPD_BENCH_PORT. The port reads
 * them; vipd-bench and scripts write them. A word that is not given has a default, so that the empty text is good.
 *
 *   method=fullnat|nat|dr|drop|punt   what comes back: answers to FULLNAT's own sources, to the clients, none
 *   family=ipv4|ipv6   protocol=tcp|udp   size=64|imix   flows=N   seed=N
 *   mode=run|learn|connections|idle   see enum bench_mode
 *   burst=N            frames of one receive at most
 *   ring=N             frames by a schedule that may wait: what arrives while so many do is missed
 *   patience=MS        a connection that waited longer for its turn is given up: the director may have forgotten it
 *   rate=N             frames a second by a schedule, each on time; without it as many as are taken
 *   vip=ADDR vport=N   what clients talk to
 *   vips=N vports=N    so many of both from there on: a flow's number makes which
 *   clients=ADDR/LEN   where they are: a flow's number makes the address and the port
 *   server=ADDR servers=N sport=N     the first real server's address, how many follow it
 *   local=ADDR locals=N               FULLNAT's own addresses
 *   mac=MAC gateway_mac=MAC server_mac=MAC   the director's, the clients' router's, the first server's
 *   report=FILE        every 20 ms a line "NANOSECONDS FRAMES": CPU time and frames handed out so far; with rate then
 *                      p50, p99, p99.9 and the longest time from a frame's due moment until it left, in ns, without the
 *                      first half second
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_strbuf.h"

#define BENCH_ENV         "VIPD_BENCH_PORT"
#define BENCH_SERVERS_MAX 256   /* with answers */
#define BENCH_ONE_WAY_MAX 60000 /* of DR */
#define BENCH_VIPS_MAX    65536 /* also vports */
#define BENCH_LOCALS_MAX  256
#define BENCH_FLOWS_MAX   (64u << 20)

enum bench_method {
	BENCH_METHOD_FULLNAT,
	BENCH_METHOD_NAT,
	BENCH_METHOD_DR,
	BENCH_METHOD_DROP, /* one way, to a port without a service */
	BENCH_METHOD_PUNT, /* the same */
	BENCH_METHOD_N,
};

/* What the port does when nobody tells it phase by phase. */
enum bench_mode {
	BENCH_MODE_RUN,         /* established frames at once, with sources that nobody chose */
	BENCH_MODE_LEARN,       /* makes each flow known first, and learns the sources */
	BENCH_MODE_CONNECTIONS, /* whole TCP connections */
	BENCH_MODE_IDLE,        /* waits for vipd-bench */
	BENCH_MODE_N,
};

struct bench_params {
	enum bench_method method;
	enum bench_mode mode;
	bool v6, udp, imix;
	/* With several queues: a frame comes by any of them, as of a device without RSS; otherwise by its flow's worker's. */
	bool any;
	uint32_t flows;
	uint32_t burst;
	uint32_t rate, patience, ring;
	uint64_t seed;
	struct vd_addr vip, server, local;
	struct vd_prefix clients;
	uint16_t vport, sport;
	uint32_t servers, locals, vips, vports;
	struct vd_mac mac, gateway_mac, server_mac;
	char report[256];
};

extern const char *const bench_method_names[BENCH_METHOD_N];

void bench_params_default(struct bench_params *p, bool v6);
/* 0, or -EINVAL with a sentence. */
int bench_params_parse(const char *text, struct bench_params *out, struct vd_strbuf *why);
void bench_params_format(const struct bench_params *p, struct vd_strbuf *out);

/* A list of addresses is an address and those that follow it in its last 32 bits. */
static inline struct vd_addr
bench_addr_at(const struct vd_addr *first, uint32_t i)
{
	struct vd_addr a = *first;

	a.be32[3] = __builtin_bswap32(__builtin_bswap32(a.be32[3]) + i);
	return a;
}

static inline struct vd_mac
bench_mac_at(const struct vd_mac *first, uint32_t i)
{
	struct vd_mac m = *first;

	i += (uint32_t)m.b[4] << 8 | m.b[5];
	m.b[4] = (uint8_t)(i >> 8);
	m.b[5] = (uint8_t)i;
	return m;
}

/* Methods whose answers come back this way. */
static inline bool
bench_two_way(const struct bench_params *p)
{
	return p->method == BENCH_METHOD_FULLNAT || p->method == BENCH_METHOD_NAT;
}

#endif
