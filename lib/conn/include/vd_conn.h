/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CONN_H
#define VD_CONN_H

/*
 * The connection table of one worker. One thread: the worker that owns it; main reads it by asking the worker.
 *
 * A record is 128 bytes and serves both directions. Its first line holds all that a packet of an IPv4 connection
 * needs; the second holds the four addresses of an IPv6 connection and is never touched for IPv4. Each connection is
 * entered in the index under two keys, (client -> virtual) and (server -> local); a connection whose replies do not
 * pass here (DR, tunnel) under the first only.
 *
 * The index is an array of 64-byte buckets of ten entries: a 16-bit tag and a reference each, and a count of the
 * entries that found the bucket full and went on to the next one. A lookup reads one bucket line, compares the tags at
 * once, and reads one record line; it goes to the next bucket only where that count is not zero. At capacity half of
 * the entries of the index are taken and a hundredth of the keys live outside their own bucket. No tombstones.
 *
 * Memory: capacity x (128 + 25.6) bytes, taken at creation and not touched before use (a fresh record comes from a
 * rising mark, a freed one from a list). Nothing is allocated later.
 *
 * Expiry is lazy: a packet writes a timestamp, vd_conn_sweep() looks at some records at a time. A record that has
 * timed out and was not swept yet is still found by lookups. Ticks are 2^20 ns (1.05 ms) of the monotonic clock in 32
 * bits: they wrap after 52 days, so the longest timeout is VD_CONN_TIMEOUT_MAX and every record must be swept at
 * least once a day. Time given to one table never goes back.
 *
 * Ports, addresses and checksum deltas are in network byte order as in the packet.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vd_addr.h"
#include "vd_alloc.h"
#include "vd_compiler.h"
#include "vd_model_types.h"
#include "vd_time.h"

/*
 * States are those of the real server's end of the connection (RFC 9293 3.3.2), as far as they can be told from here:
 * FIN_WAIT after the server's FIN, CLOSE_WAIT after the client's. NEW is a TCP record whose first segment was
 * not stepped yet. id, name, default timeout in seconds.
 */
/* clang-format off */
#define VD_CONN_STATES(X) \
	X(FREE,        "FREE",          0) \
	X(NEW,         "NEW",          10) \
	X(SYN_RECV,    "SYN_RECV",     60) \
	X(ESTABLISHED, "ESTABLISHED", 900) \
	X(FIN_WAIT,    "FIN_WAIT",    120) \
	X(CLOSE_WAIT,  "CLOSE_WAIT",   60) \
	X(LAST_ACK,    "LAST_ACK",     30) \
	X(TIME_WAIT,   "TIME_WAIT",   120) \
	X(CLOSE,       "CLOSE",        10) \
	X(UDP,         "UDP",         300)
/* clang-format on */

enum vd_conn_state {
#define VD_X(id, name, timeout) VD_CONN_STATE_##id,
	VD_CONN_STATES(VD_X)
#undef VD_X
	VD_CONN_STATE_N
};

#define VD_CONN_NONE          UINT32_MAX /* no reference; no id */
#define VD_CONN_CAPACITY_MAX  (1u << 30)
#define VD_CONN_TIMEOUT_MAX   (31u * 86400) /* seconds */
#define VD_CONN_BURST_MAX     256
#define VD_CONN_BUCKET_SLOTS  10
#define VD_CONN_KEYS_PER_LINE 5 /* mean fill of a bucket when the table is full */

/* Direction of a packet: client to server, or server to client. */
enum vd_conn_dir {
	VD_CONN_IN,
	VD_CONN_OUT,
};

/* The four ends, in the order of the record's arrays: the IN key is (0 -> 1), the OUT key is (2 -> 3). */
enum vd_conn_end {
	VD_CONN_CLIENT,
	VD_CONN_VIRTUAL,
	VD_CONN_SERVER,
	VD_CONN_LOCAL, /* source towards the server: FULLNAT's own, else the client's */
};

#define VD_CONN_F_V6       0x01 /* the addresses are in the second line */
#define VD_CONN_F_ONEWAY   0x02 /* DR, tunnel: replies do not pass here, no OUT key */
#define VD_CONN_F_ANSWERED 0x04 /* TCP: the server has answered the first SYN, other than by RST */
#define VD_CONN_F_USER     0xf0 /* these bits are the data plane's */

/* What a packet carries, as it came: IPv4 addresses in mapped form. The padding is not read. */
struct vd_conn_key {
	struct vd_addr src, dst;
	uint16_t sport_be, dport_be;
	uint8_t protocol;
	uint8_t pad[3];
};

struct vd_conn {
	/* First line: everything of an IPv4 connection. Written by the table unless a comment says otherwise. */
	uint32_t v4_be[4];   /* by vd_conn_end; zero if VD_CONN_F_V6 */
	uint16_t port_be[4]; /* by vd_conn_end */
	uint32_t last_seen;  /* tick; vd_conn_touch() */
	uint8_t state;       /* enum vd_conn_state */
	uint8_t protocol;    /* enum vd_protocol */
	uint8_t forwarding;  /* enum vd_forwarding */
	uint8_t flags;       /* VD_CONN_F_ */
	uint16_t delta_l3
			[2]; /* by direction: IPv4 header checksum, addresses and one TTL less; 0 for IPv6 */
	uint16_t delta_l4[2]; /* by direction: TCP or UDP checksum, addresses and ports */
	uint32_t neigh[2]; /* by direction: next hop's entry, VD_CONN_NONE at first; data plane's */
	uint32_t service;  /* id of lb's registry */
	uint32_t server;   /* id of lb's registry; VD_CONN_NONE: not of a real server */
	uint8_t neigh_gen[2];   /* generation of the entry when it was cached; data plane's */
	uint16_t established_s; /* timeout when ESTABLISHED or UDP, seconds; 0: the table's */
	uint32_t created;       /* tick */

	/* Second line: IPv6 only. */
	struct vd_addr v6[4]; /* by vd_conn_end; an IPv4 end of a mixed connection in mapped form */
} VD_CACHE_ALIGNED;

_Static_assert(sizeof(struct vd_conn_key) == 40, "key: 40 bytes");
_Static_assert(sizeof(struct vd_conn) == 128, "connection record: two cache lines");
_Static_assert(offsetof(struct vd_conn, v6) == VD_CACHE_LINE, "IPv4 connection: one cache line");

/* A line of the index. An entry is empty when its tag is 0. A reference is a record's number << 1 | direction. */
struct vd_conn_bucket {
	uint16_t tag[VD_CONN_BUCKET_SLOTS];
	uint32_t ref[VD_CONN_BUCKET_SLOTS];
	uint32_t passed; /* entries that went past this bucket because it was full */
} VD_CACHE_ALIGNED;

_Static_assert(sizeof(struct vd_conn_bucket) == VD_CACHE_LINE, "bucket: one cache line");

struct vd_conn_stats {
	uint64_t inserts, removed,
			expired; /* removed: by vd_conn_remove(); expired: by the sweep */
	uint64_t full;           /* inserts refused because the table was full */
	uint64_t exists;         /* inserts refused because a key was taken */
	uint32_t by_state[VD_CONN_STATE_N]; /* FREE is always 0 */
};

/* Open for the inline functions only. */
struct vd_conn_table {
	struct vd_conn *conns;
	struct vd_conn_bucket *buckets;
	uint64_t seed[4];
	uint32_t n_buckets;
	uint32_t capacity;
	uint32_t live;
	uint32_t free_head;                /* record number + 1 of the first chunk, 0: none */
	uint32_t high;                     /* records from here on were never used */
	uint32_t sweep_cursor;             /* next record that the sweep looks at */
	uint64_t sweep_rounds;             /* complete sweeps so far */
	uint32_t timeout[VD_CONN_STATE_N]; /* ticks */
	struct vd_conn_stats stats;
	struct vd_alloc alloc;
};

/* What a new connection is. Addresses mapped, ports in network order. */
struct vd_conn_new {
	struct vd_addr addr[4];   /* by vd_conn_end */
	uint16_t port_be[4];      /* by vd_conn_end */
	uint8_t protocol;         /* VD_PROTOCOL_TCP or VD_PROTOCOL_UDP */
	uint8_t forwarding;       /* enum vd_forwarding; DR and TUNNEL give a one-way connection */
	uint16_t established_s;   /* 0: the table's timeout */
	uint32_t service, server; /* ids */
};

/* NULL when capacity is 0 or above VD_CONN_CAPACITY_MAX, or memory is out. The allocator is copied. */
struct vd_conn_table *
vd_conn_table_create(uint32_t capacity, uint64_t seed, const struct vd_alloc *alloc);
void vd_conn_table_destroy(struct vd_conn_table *t);
/* Bytes that a table of this capacity takes, all counted. */
size_t vd_conn_table_bytes(uint32_t capacity);
/* 0, or -ERANGE for seconds = 0 or above VD_CONN_TIMEOUT_MAX, or -EINVAL for FREE. Holds for live records too. */
int vd_conn_timeout_set(struct vd_conn_table *t, enum vd_conn_state state, uint32_t seconds);
uint32_t vd_conn_timeout_get(const struct vd_conn_table *t, enum vd_conn_state state); /* seconds */

const char *vd_conn_state_name(enum vd_conn_state s);               /* "?" outside the enum */
int vd_conn_state_parse(const char *name, enum vd_conn_state *out); /* any case; 0 or -EINVAL */

/* ---- time ---- */

static inline uint32_t
vd_conn_tick(vd_time now)
{
	return (uint32_t)(now >> 20);
}

/* Rounded up. */
static inline uint32_t
vd_conn_seconds_to_ticks(uint32_t seconds)
{
	return (uint32_t)(((uint64_t)seconds * VD_SEC + (1u << 20) - 1) >> 20);
}

/* Every forwarded packet. Does not dirty the line twice in a tick. */
static inline void
vd_conn_touch(struct vd_conn *c, uint32_t now_tick)
{
	if (c->last_seen != now_tick)
		c->last_seen = now_tick;
}

/* The timeout that holds for the record now, in ticks. */
static inline uint32_t
vd_conn_timeout_of(const struct vd_conn_table *t, const struct vd_conn *c)
{
	if (vd_unlikely(c->established_s != 0) &&
			(c->state == VD_CONN_STATE_ESTABLISHED || c->state == VD_CONN_STATE_UDP))
		return vd_conn_seconds_to_ticks(c->established_s);
	return t->timeout[c->state];
}

static inline bool
vd_conn_expired(const struct vd_conn_table *t, const struct vd_conn *c, uint32_t now_tick)
{
	return now_tick - c->last_seen >= vd_conn_timeout_of(t, c);
}

/* ---- lookup ---- */

/* 64 x 64 -> 128 bits, folded (as wyhash does). */
static inline uint64_t
vd_conn_mum(uint64_t a, uint64_t b)
{
	unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline bool
vd_conn_key_is_v4(const struct vd_conn_key *k)
{
	return vd_addr_is_v4(&k->src) && vd_addr_is_v4(&k->dst);
}

/* Bits 0 to 31 choose the bucket, bits 48 to 63 are the tag. */
static inline uint64_t
vd_conn_hash(const struct vd_conn_table *t, const struct vd_conn_key *k)
{
	const uint64_t *s = t->seed;
	uint64_t rest = (uint64_t)k->sport_be | (uint64_t)k->dport_be << 16 |
			(uint64_t)k->protocol << 32;
	uint64_t a;

	if (vd_likely(vd_conn_key_is_v4(k)))
		a = (uint64_t)k->src.be32[3] | (uint64_t)k->dst.be32[3] << 32;
	else
		a = vd_conn_mum(k->src.w[0] ^ s[2], k->src.w[1] ^ s[3]) +
				vd_conn_mum(k->dst.w[0] ^ s[3], k->dst.w[1] ^ ~s[2]);
	return vd_conn_mum(vd_conn_mum(a ^ s[0], rest ^ s[1]) ^ s[1], 0x9e3779b97f4a7c15ull);
}

static inline const struct vd_conn_bucket *
vd_conn_bucket_of(const struct vd_conn_table *t, uint64_t hash)
{
	return &t->buckets[((hash & UINT32_MAX) * t->n_buckets) >> 32];
}

/* The bucket's line on its way; worth it when other work follows before the lookup. */
static inline void
vd_conn_prefetch(const struct vd_conn_table *t, uint64_t hash)
{
	vd_prefetch(vd_conn_bucket_of(t, hash));
}

static inline struct vd_conn *
vd_conn_at(const struct vd_conn_table *t, uint32_t ref)
{
	return &t->conns[ref >> 1];
}

static inline enum vd_conn_dir
vd_conn_ref_dir(uint32_t ref)
{
	return (enum vd_conn_dir)(ref & 1);
}

/*
 * Looks up n keys (at most VD_CONN_BURST_MAX) in stages with prefetch between them. hashes[i] is vd_conn_hash() of
 * keys[i]. refs[i] becomes the reference, with its direction, or VD_CONN_NONE. The record's first line is then in the
 * cache. Returns the number found.
 */
unsigned vd_conn_lookup_burst(const struct vd_conn_table *t, const struct vd_conn_key *keys,
		const uint64_t *hashes, unsigned n, uint32_t *refs);
/* One key: the reference or VD_CONN_NONE. */
uint32_t
vd_conn_lookup(const struct vd_conn_table *t, const struct vd_conn_key *key, uint64_t hash);

/* The key under which the record is entered for a direction. */
void vd_conn_key_of(const struct vd_conn *c, enum vd_conn_dir dir, struct vd_conn_key *out);

/* ---- change ---- */

/*
 * Enters a connection; hash is that of its IN key, known from the lookup that missed. TCP starts in NEW: step it
 * with its first segment. last_seen = now_tick; deltas are filled in; neigh = VD_CONN_NONE. *ref gets its reference in
 * direction IN. 0; -ENOSPC: table full (counted); -EEXIST: the IN key is taken, -EADDRINUSE: the OUT key is (both
 * counted), *ref is then whose.
 */
int vd_conn_insert(struct vd_conn_table *t, const struct vd_conn_new *n, uint64_t hash,
		uint32_t now_tick, uint32_t *ref);
/* The same where both keys' hashes are known; that of OUT is not read for a one-way connection. */
int vd_conn_insert_hashed(struct vd_conn_table *t, const struct vd_conn_new *n,
		const uint64_t hash[2], uint32_t now_tick, uint32_t *ref);
/* The record of the insert after so many others on its way, and an index line that an insert will write. */
void vd_conn_prefetch_free(const struct vd_conn_table *t, uint32_t ahead);
static inline void
vd_conn_prefetch_insert(const struct vd_conn_table *t, uint64_t hash)
{
	vd_prefetch_write(vd_conn_bucket_of(t, hash));
}
/* Takes it out; a reference of either direction. The record's content stays readable until the next change. */
void vd_conn_remove(struct vd_conn_table *t, uint32_t ref);

/* What to do with the packets of a direction: new source and destination. */
static inline enum vd_conn_end
vd_conn_out_src(enum vd_conn_dir dir)
{
	return dir == VD_CONN_IN ? VD_CONN_LOCAL : VD_CONN_VIRTUAL;
}

static inline enum vd_conn_end
vd_conn_out_dst(enum vd_conn_dir dir)
{
	return dir == VD_CONN_IN ? VD_CONN_SERVER : VD_CONN_CLIENT;
}

/* For both families; the IPv4 path reads v4_be[] itself. */
static inline struct vd_addr
vd_conn_addr(const struct vd_conn *c, enum vd_conn_end end)
{
	return (c->flags & VD_CONN_F_V6) != 0 ? c->v6[end] : vd_addr_from_v4(c->v4_be[end]);
}

/*
 * Internet checksum after a rewrite, RFC 1624 equation 3: csum as in the packet, delta as in the record. A UDP
 * checksum that was 0 stays 0, and one that becomes 0 is sent as 0xffff: the caller sees to both.
 */
static inline uint16_t
vd_conn_csum_fix(uint16_t csum, uint16_t delta)
{
	uint32_t s = (uint32_t)(uint16_t)~csum + delta;

	s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

/* ---- TCP ---- */

#define VD_CONN_TCP_FIN 0x01
#define VD_CONN_TCP_SYN 0x02
#define VD_CONN_TCP_RST 0x04
#define VD_CONN_TCP_ACK 0x10

enum vd_conn_tcp_class {
	VD_CONN_TCP_CLASS_NONE, /* none of the flags below: no change */
	VD_CONN_TCP_CLASS_ACK,
	VD_CONN_TCP_CLASS_FIN,
	VD_CONN_TCP_CLASS_SYN, /* SYN or SYN-ACK */
	VD_CONN_TCP_CLASS_RST,
	VD_CONN_TCP_CLASS_N
};

/* Who is heard: the client where both directions pass, the server, or the client alone (DR, tunnel). */
enum vd_conn_tcp_side {
	VD_CONN_TCP_CLIENT,
	VD_CONN_TCP_SERVER,
	VD_CONN_TCP_CLIENT_ONLY,
	VD_CONN_TCP_SIDE_N
};

/* The state machine; see conn_tcp.c. Flags above RST and ACK play no part in the class. */
extern const uint8_t vd_conn_tcp_next[VD_CONN_TCP_SIDE_N][VD_CONN_STATE_N][VD_CONN_TCP_CLASS_N];
extern const uint8_t vd_conn_tcp_class[32];

/* IPVS's two classes: a connection is active while ESTABLISHED; in every other state, and UDP always, inactive. */
static inline bool
vd_conn_is_active(const struct vd_conn *c)
{
	return c->state == VD_CONN_STATE_ESTABLISHED;
}

/*
 * A segment with these flags (as in the header) passes. Returns +1 when the connection became active, -1 when it
 * ceased to be, else 0. A record enters the table inactive. For TCP records only.
 */
static inline int
vd_conn_tcp_step(
		struct vd_conn_table *t, struct vd_conn *c, enum vd_conn_dir dir, uint8_t tcp_flags)
{
	unsigned side = (c->flags & VD_CONN_F_ONEWAY) != 0 ? VD_CONN_TCP_CLIENT_ONLY
							   : (unsigned)dir;
	uint8_t was = c->state;
	uint8_t next = vd_conn_tcp_next[side][was][vd_conn_tcp_class[tcp_flags & 31]];

	if (vd_likely(next == was))
		return 0;
	t->stats.by_state[was]--;
	t->stats.by_state[next]++;
	c->state = next;
	return (next == VD_CONN_STATE_ESTABLISHED) - (was == VD_CONN_STATE_ESTABLISHED);
}

/* What a segment says about the server while the connection is being opened. */
enum vd_conn_syn {
	VD_CONN_SYN_NOTHING,
	VD_CONN_SYN_ANSWERED,   /* the server's SYN-ACK */
	VD_CONN_SYN_UNANSWERED, /* the client's SYN again, nothing having come from the server */
	VD_CONN_SYN_RESET,      /* the server's RST, nothing else having come from it */
};

/*
 * A client that gets no answer sends its SYN again after a second (RFC 6298 2.1), some after less. What comes sooner is a
 * copy: many of them in a burst, ahead of any answer, prove nothing.
 */
#define VD_CONN_SYN_AGAIN 190u /* ticks: 0.2 s */

/*
 * For a segment of a connection in SYN_RECV whose replies pass here, before it is stepped and touched; of any other
 * connection it tells nothing.
 */
static inline enum vd_conn_syn
vd_conn_syn_look(struct vd_conn *c, enum vd_conn_dir dir, uint8_t tcp_flags, uint32_t now_tick)
{
	const uint8_t syn_ack = VD_CONN_TCP_SYN | VD_CONN_TCP_ACK;

	if (c->state != VD_CONN_STATE_SYN_RECV ||
			(c->flags & (VD_CONN_F_ANSWERED | VD_CONN_F_ONEWAY)) != 0)
		return VD_CONN_SYN_NOTHING;
	if (dir == VD_CONN_IN)
		return vd_conn_tcp_class[tcp_flags & 31] == VD_CONN_TCP_CLASS_SYN &&
						now_tick - c->last_seen >= VD_CONN_SYN_AGAIN
				? VD_CONN_SYN_UNANSWERED
				: VD_CONN_SYN_NOTHING;
	if ((tcp_flags & VD_CONN_TCP_RST) != 0)
		return VD_CONN_SYN_RESET;
	c->flags |= VD_CONN_F_ANSWERED;
	return (tcp_flags & syn_ack) == syn_ack ? VD_CONN_SYN_ANSWERED : VD_CONN_SYN_NOTHING;
}

/*
 * The segment is a first SYN of a client whose old connection on these ports is over (CLOSE, TIME_WAIT, or FIN_WAIT
 * where only the client is heard): remove the record and schedule anew, or let it go on with the same server.
 */
static inline bool
vd_conn_reusable(const struct vd_conn *c, uint8_t tcp_flags)
{
	if ((tcp_flags & (VD_CONN_TCP_SYN | VD_CONN_TCP_ACK | VD_CONN_TCP_RST | VD_CONN_TCP_FIN)) !=
			VD_CONN_TCP_SYN)
		return false;
	return c->state == VD_CONN_STATE_CLOSE || c->state == VD_CONN_STATE_TIME_WAIT ||
			(c->state == VD_CONN_STATE_FIN_WAIT && (c->flags & VD_CONN_F_ONEWAY) != 0);
}

/* ---- sweep and walk ---- */

struct vd_conn_sweep {
	/*
	 * Called for each record that goes, while it is still in the table; counts are taken back here. It may not
	 * insert or remove. May be NULL.
	 */
	void (*expire)(void *ctx, struct vd_conn *c);
	/*
	 * Asked about each live record that has not timed out: true ends it (its real server is gone). NULL while
	 * there is nothing to end, which spares the call.
	 */
	bool (*gone)(void *ctx, const struct vd_conn *c);
	void *ctx;
};

/* Looks at the next budget records at most and takes out those that are over. Returns how many. */
unsigned vd_conn_sweep(struct vd_conn_table *t, uint32_t now_tick, uint32_t budget,
		const struct vd_conn_sweep *ops);

/* All that is set must hold. */
struct vd_conn_filter {
	uint32_t service, server; /* id, or VD_CONN_NONE: any */
	int state;                /* enum vd_conn_state, or -1: any */
	bool has_client, has_server_endpoint, has_virtual_endpoint;
	struct vd_prefix client;
	struct vd_endpoint server_endpoint, virtual_endpoint; /* ports in host order, 0: any */
	int protocol;                                         /* enum vd_protocol, or -1: any */
};

extern const struct vd_conn_filter vd_conn_filter_any;

bool vd_conn_filter_match(const struct vd_conn_filter *f, const struct vd_conn *c);

/*
 * Visits live records from *cursor on (0: the start), looking at budget records at most, and moves the cursor. Returns
 * true when the end was reached. The callback returns false to stop behind this record; it may not change the
 * table. Between slices the table may change: a connection that lives through the whole walk is seen once.
 */
bool vd_conn_walk(const struct vd_conn_table *t, uint32_t *cursor, uint32_t budget,
		const struct vd_conn_filter *filter,
		bool (*visit)(void *ctx, const struct vd_conn *c), void *ctx);

/* Test and debug: walks everything and compares index, records, lists and counters. 0 or -EINVAL. Slow. */
int vd_conn_table_check(const struct vd_conn_table *t);

#endif
