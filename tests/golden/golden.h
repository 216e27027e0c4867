/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GOLDEN_H
#define GOLDEN_H

/*
 * The real graph over ports made of rings, in virtual time on one thread: a test puts frames in, lets the worker
 * and a small control loop (neighbour engine, rings) turn, and reads what leaves. Hosts of the scene answer ARP and
 * neighbour solicitations by themselves unless told not to.
 *
 *   port 0  if 0 (untagged)  192.0.2.1/24     2001:db8:1::1/64  clients; gateway .254 for the rest
 *           if 2 (VLAN 100)  203.0.113.1/24                     more clients
 *   port 1  if 1 (untagged)  198.51.100.1/24  2001:db8:2::1/64  real servers
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_test.h"

#include "vd_dp.h"
#include "vd_neigh.h"
#include "vd_pkt.h"
#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"
#include "vd_pkt_reply.h"

#define G_FRAME_MAX 2048
#define G_PORTS     2
#define G_WORKERS   4 /* at most; each has a queue of each port */

/* What a test sends, or expects. Zero means the usual: TTL 64, untagged, no options, no payload. */
struct g_packet {
	uint8_t port;
	struct vd_mac eth_src, eth_dst;
	uint16_t vlan;
	struct vd_addr src, dst;
	uint16_t sport, dport;
	uint8_t proto; /* 0: TCP */
	uint8_t ttl;
	uint8_t flags; /* TCP */
	uint32_t seq, ack;
	uint16_t payload;   /* bytes, filled with a pattern */
	uint8_t ip_options; /* bytes of IPv4 options, or 8-byte units of IPv6 destination options */
	uint16_t fragment;  /* flags and offset, as in the IPv4 header, host order */
	bool no_csum;       /* UDP without checksum */
	bool bad_l4_csum;   /* an L4 checksum that is wrong by one */
};

struct g_frame {
	uint16_t len;
	uint8_t queue; /* it left by: the worker that sent it */
	uint8_t data[G_FRAME_MAX];
};

/* The scene. */
enum g_service {
	G_FNAT4_TCP, /* 192.0.2.100:80, lease 0, three servers :8080 */
	G_FNAT4_UDP, /* 192.0.2.100:53, lease 0 */
	G_NAT4_TCP,  /* 192.0.2.101:80, :8080 */
	G_NAT4_UDP,  /* 192.0.2.101:53 */
	G_DR4_TCP,   /* 192.0.2.102:80 */
	G_DR4_UDP,   /* 192.0.2.102:53 */
	G_DR4_HASH,  /* 192.0.2.103:80, mh */
	G_EMPTY4,    /* 192.0.2.104:80, no server */
	G_FNAT6_TCP, /* the same for 2001:db8:1::100 and so on */
	G_FNAT6_UDP,
	G_NAT6_TCP,
	G_NAT6_UDP,
	G_DR6_TCP,
	G_DR6_UDP,
	G_SERVICES,
};

#define G_SERVERS 3

struct g_options {
	uint32_t connections;        /* 0 = 4096 */
	uint16_t local_lo, local_hi; /* FULLNAT ports; 0 = 20000 to 29999 */
	uint32_t rst_rate, echo_rate, punt_rate;
	bool silent_hosts; /* no one answers ARP and ND */
	bool no_punt;
	bool other_gateway; /* .253 instead of .254 */
	bool sorry; /* each service that has servers has a sorry server, too, down at first */
	bool sorry_fullnat; /* whatever the service's method is */
	uint16_t observe;   /* of each service */
	uint32_t ring_size, check_rate;
	const char *check_peer;       /* whom checks go to */
	unsigned int workers;         /* 0 = 1 */
	unsigned int queues[G_PORTS]; /* of a port, fewer than workers; 0 = as many */
	void (*configure)(struct vd_dp_worker_config *c); /* has the last word */
};

extern struct vd_dp_worker *g_worker; /* the first */
extern struct vd_dp_worker *g_workers[G_WORKERS];
extern unsigned int g_n_workers;
extern unsigned int g_woken[G_WORKERS]; /* by another worker */
extern vd_time g_now;
extern struct vd_neigh *g_neigh;
extern const struct vd_mac g_mac[G_PORTS]; /* vipd's */
extern bool g_silent;
extern unsigned int g_wakes;          /* that the worker asked for */
extern const struct vd_mac g_vmac[2]; /* virtual ones of interface 0, leases 0 and 1 */

void g_start(const struct g_options *o); /* NULL: the usual */
void g_stop(void);                       /* and checks that no buffer is lost */

/* Addresses of the scene. */
struct vd_addr g_addr(const char *text);
struct vd_addr g_client(bool v6, unsigned int n);
struct vd_addr g_server(bool v6, unsigned int n); /* 0 to G_SERVERS - 1; G_SERVERS: the sorry one */
struct vd_endpoint g_listener(enum g_service s);
bool g_is_v6(enum g_service s);
uint8_t g_proto(enum g_service s);
bool g_is_ours(const struct vd_addr *a);           /* the director's: no host answers for it */
struct vd_mac g_host_mac(const struct vd_addr *a); /* what a host of the scene answers */
void g_host_move(const struct vd_addr *a);         /* to another MAC from now on */
uint32_t g_server_id(enum g_service s, unsigned int n);
uint32_t g_server_gen(enum g_service s, unsigned int n);
uint32_t g_service_id(enum g_service s);

/* Frames. */
uint16_t g_build(const struct g_packet *p, uint8_t *frame);
void g_put(uint8_t port, const void *frame, uint16_t len); /* on queue 0 */
void g_put_on(uint8_t port, uint8_t queue, const void *frame, uint16_t len);
void g_send(const struct g_packet *p);
void g_send_on(const struct g_packet *p, uint8_t queue);
void g_turn_one(unsigned int worker); /* it alone */
/* Turns until nothing moves, at most a bounded number; hosts answer meanwhile. */
void g_run(void);
void g_advance(vd_time by); /* time passes, in steps, everyone turning */
/* The next frame that left by port: false if none. */
bool g_get(uint8_t port, struct g_frame *f);
bool g_idle(void); /* nothing left the director that the test has not read */
/* The next frame of the port is this one: addresses, ports, MACs, TTL, flags, payload and checksums. */
bool g_expect(const struct g_packet *p, struct vd_pkt_info *info);
/* The same for a frame already taken and parsed. */
bool g_same(const struct g_packet *p, const struct g_frame *f, const struct vd_pkt_info *info);
uint64_t g_drops(enum vd_drop reason);
uint64_t g_drops_total(void);
/* Exactly one more packet was dropped since the last call, for this reason. */
bool g_dropped(enum vd_drop reason);
/* One frame on the ring, taken and freed; its interface, or -1. */
int g_up(enum vd_dp_up which, struct g_frame *f);
/* The last ARP reply that the director sent since it was asked last. */
bool g_last_arp_reply(struct vd_pkt_arp_msg *msg);
void g_mbuf_free(struct rte_mbuf *m);
void g_post(const struct vd_dp_event *e);
void g_lease(uint32_t index, vd_time until);
void
g_server_flags(enum g_service s, unsigned int n, uint32_t flags); /* n = G_SERVERS: the sorry one */
/* The oldest report of a server that was not asked for yet. */
bool g_server_report(struct vd_dp_report *r);
uint64_t g_conns(void);

/* A client's packet towards a service, and a server's answer to what it got. */
struct g_packet g_to_service(enum g_service s, unsigned int client, uint16_t sport, uint8_t flags);
struct g_packet g_answer(const struct vd_pkt_info *got, uint8_t flags);

/* For golden_scene.c. */
void g_worker_open(const struct vd_dp_worker_config *c, const struct g_options *o);
void g_worker_close(void);
struct vd_dp_netconf *g_netconf_build(const struct g_options *o, uint64_t sequence);

int g_main(int argc, char **argv, const char *suite, const struct vd_test *tests, size_t n);

#define G_MAIN(suite, tests) \
	int main(int argc, char **argv) \
	{ \
		return g_main(argc, argv, suite, tests, sizeof(tests) / sizeof((tests)[0])); \
	}

#endif
