/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_LB_H
#define VD_LB_H

/*
 * Services and schedulers. Three kinds of memory, three owners:
 *
 *   vd_lb_registry   main: gives services and real servers numbers that stay the same from one configuration to the
 *                    next, so that a connection can name them. A number that fell out of use waits in quarantine
 *                    until the caller says that no worker has a connection on it.
 *   vd_lb_snapshot   main builds it, workers read it, nobody writes it; swapped whole. Freed by main after the last
 *                    worker acknowledged its successor.
 *   vd_lb_worker     one worker's counts, cursors and server flags, in chunks by number. Main adds chunks before it
 *                    publishes a snapshot that needs them (vd_lb_worker_prepare) and may read counters with
 *                    relaxed loads; everything else is the worker's.
 *
 * A generation goes with each number: state left over from an earlier bearer of a number is found stale and
 * reset by the first who uses it. A number that comes back out of quarantine to its old bearer keeps its generation and its
 * state, flags among them: post the flags anew. vd_lb_explain.h tells why a flow would get its server.
 *
 * Scheduling. rr and wrr walk the weights' number line in steps of the golden ratio (in steps of one where all weights
 * are equal): in every sum(weights)/gcd picks each server gets its weight exactly, evenly spread, whatever the weights; a
 * server that may not be used is passed over, which leaves the others' proportions exact. lc and wlc compare active *
 * 256 + inactive as IPVS does, ties in rotation; over more than VD_LB_LC_WINDOW servers they choose the best of a window
 * that moves on, so a new connection costs the same with ten thousand servers. sh hashes onto the same number
 * line; mh is Maglev (Eisenbud and others, NSDI 2016) on a prime of about a hundred places per server, with
 * weights, each server's turns depending on itself alone. In sh and mh a server that is down passes its clients on by a
 * second hash; the others keep theirs. Counts are the worker's own, and so thresholds are shared out over the workers.
 *
 * Slow start. Of the turns that a server with a share of n has in rr and wrr it takes n in 256, evenly spread, and passes the
 * others on; sh and mh give it n in 256 of its clients, always the same ones, and more of them as n grows; in lc and
 * wlc the share counts as weight. FRESH servers of lc and wlc are looked at in every n-th pick only, n being the number of
 * servers, with a share less often. Where none but such servers are left they are taken at once: nobody is refused for this.
 *
 * Cost of a pick: constant, whatever is down. When 61 places in a row were of no use the worker looks at all servers of the
 * service, once until one of them comes back: it remembers that there is none, or which few there are.
 *
 * Addresses are vd_addr; ports are in host order, except where named _be. Errors are negative errno.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_alloc.h"
#include "vd_compiler.h"
#include "vd_model_types.h"
#include "vd_server_flags.h"

#define VD_LB_NONE         UINT32_MAX /* no number, no pool */
#define VD_LB_LEASE_ALWAYS UINT32_MAX /* no VRRP instance holds the address: served always */
#define VD_LB_SERVERS_MAX  65535u     /* of one service */
#define VD_LB_CHUNK        1024u      /* numbers per chunk of worker state */
#define VD_LB_CHUNKS_MAX   4096u      /* so 4 M services and 4 M servers at most */
#define VD_LB_LC_WINDOW    64u

/* ---- the specification: plain arrays, built by ctl from the model, only read here ---- */

#define VD_LB_F_HASH_PORT 0x01 /* sh-port, mh-port: the client's port is hashed too */
#define VD_LB_F_HASH_FALLBACK \
	0x02             /* sh-fallback, mh-fallback: past an overloaded server go to another */
#define VD_LB_F_OPS 0x04 /* one packet scheduling (UDP): the data plane makes no connection */
#define VD_LB_F_NAT \
	0x08 /* set by the snapshot: a server is reached by NAT, replies carry the client's address */
#define VD_LB_F_USER 0xff00 /* the data plane's */

/* Port 0: every port of the address that has no listener of its own. */
struct vd_lb_listener {
	struct vd_addr addr;
	uint16_t port;
	uint8_t protocol; /* enum vd_protocol */
};

struct vd_lb_server_spec {
	struct vd_addr addr;
	uint16_t port;      /* 0: the port that the client asked for */
	uint8_t forwarding; /* enum vd_forwarding */
	uint32_t weight;    /* 0: no new connections */
	uint32_t uthreshold,
			lthreshold; /* 0: none; of the whole director, shared out over the workers */
	uint32_t state; /* VD_LB_SERVER_ flags that a server new to the registry starts with */
};

struct vd_lb_service_spec {
	const char *group; /* identity: the group's name and protocol, or, where NULL, the first listener */
	const struct vd_lb_listener *listeners;
	unsigned n_listeners; /* at least 1 */
	const struct vd_lb_server_spec *servers;
	unsigned n_servers;
	uint8_t protocol;    /* enum vd_protocol */
	uint8_t scheduler;   /* enum vd_scheduler; one that is not built works as wrr */
	uint8_t forwarding;  /* of the service, for those who ask; each server has its own */
	uint32_t flags;      /* VD_LB_F_ */
	uint32_t lease;      /* number of a lease, or VD_LB_LEASE_ALWAYS */
	uint32_t laddr_pool; /* number of a set of local addresses, or VD_LB_NONE: the port's own */
	uint16_t established_s; /* timeout override for vd_conn, seconds; 0: none */
	/*
	 * Gets all new connections while it is usable, whatever the others do; NULL: none. Its weight does not count. It may
	 * have address and port of one of the others: its number is another.
	 */
	const struct vd_lb_server_spec *sorry;
	uint16_t observe; /* errors in a row after which the data plane reports a server; 0: off */
};

/* An address that is ours whether or not a service is on it. */
struct vd_lb_vip_spec {
	struct vd_addr addr;
	uint32_t lease;
};

struct vd_lb_spec {
	const struct vd_lb_service_spec *services;
	unsigned n_services;
	const struct vd_lb_vip_spec *vips; /* listeners' addresses need not be repeated here */
	unsigned n_vips;
	uint64_t seed; /* of sh and mh: equal on both directors, so that they choose alike */
};

/* ---- registry (main) ---- */

struct vd_lb_registry;

struct vd_lb_registry *vd_lb_registry_create(void);
void vd_lb_registry_destroy(struct vd_lb_registry *r);

enum vd_lb_kind {
	VD_LB_KIND_SERVICE,
	VD_LB_KIND_SERVER,
};

/* Numbers given out so far are below these: for vd_lb_worker_prepare(). */
uint32_t vd_lb_registry_limit(const struct vd_lb_registry *r, enum vd_lb_kind kind);
/* In quarantine now. */
uint32_t vd_lb_registry_retired(const struct vd_lb_registry *r, enum vd_lb_kind kind);
/*
 * Visits what the last build no longer has, in order of number; fresh: only what fell out with that build (whose
 * connections end with VD_LB_SERVER_GONE, say).
 */
void vd_lb_registry_each_retired(const struct vd_lb_registry *r, enum vd_lb_kind kind, bool fresh,
		void (*visit)(void *ctx, uint32_t id, uint32_t gen), void *ctx);
/*
 * Lets go of numbers in quarantine of which idle() says that no worker has a connection on them. Call it only
 * when no worker holds a snapshot older than the last build. Returns how many were let go.
 */
unsigned vd_lb_registry_collect(struct vd_lb_registry *r,
		bool (*idle)(void *ctx, enum vd_lb_kind kind, uint32_t id), void *ctx);

/* ---- snapshot ---- */

/* One line. */
struct vd_lb_server {
	struct vd_addr addr;
	uint32_t id, gen;
	uint32_t weight;
	uint32_t uthreshold, lthreshold;
	uint32_t state;   /* initial flags, VD_LB_SERVER_ */
	uint16_t port;    /* 0: as asked */
	uint16_t index;   /* in its service; of the sorry server, how many others there are */
	uint32_t service; /* id */
	uint8_t forwarding;
} VD_CACHE_ALIGNED;

_Static_assert(sizeof(struct vd_lb_server) == VD_CACHE_LINE, "real server: one cache line");

struct vd_lb_service {
	uint32_t id, gen;
	uint8_t protocol, scheduler, forwarding;
	uint32_t flags; /* VD_LB_F_ */
	uint32_t lease;
	uint32_t laddr_pool;
	uint16_t established_s;
	uint16_t observe; /* errors in a row; 0: off */
	uint32_t n_servers, n_listeners;
	const struct vd_lb_server *servers;
	const struct vd_lb_server *sorry; /* not one of servers; NULL: none */
	const struct vd_lb_listener *listeners;
	const char *group; /* or NULL */
	/* The number line: server i has [line[i - 1], line[i]). */
	const uint64_t *line;
	uint64_t total; /* its length, sum of weights / gcd; 0: nothing may be chosen */
	uint64_t step;  /* without common divisor with total */
	/* Maglev: entries are indices of servers; NULL for other schedulers. */
	const uint16_t *table;
	uint32_t table_size;
	uint32_t stamp; /* of the snapshot */
	uint64_t seed;
} VD_CACHE_ALIGNED;

struct vd_lb_vip {
	struct vd_addr addr;
	uint32_t lease;
	uint32_t n_listeners; /* 0: no service on this address */
};

struct vd_lb_snapshot;

/*
 * Builds all of it from the specification, which may go afterwards; numbers come from the registry. NULL with *err
 * (which may not be NULL) set: -EINVAL, a service without a listener; -EEXIST, a listener or server twice (*err_service
 * is which, where not NULL); -E2BIG, too many servers or numbers; -ENOMEM. The registry then stands as before.
 */
struct vd_lb_snapshot *vd_lb_snapshot_build(const struct vd_lb_spec *spec, struct vd_lb_registry *r,
		const struct vd_alloc *alloc, int *err, unsigned *err_service);
void vd_lb_snapshot_free(struct vd_lb_snapshot *s);
size_t vd_lb_snapshot_bytes(const struct vd_lb_snapshot *s);

/* The service that listens there, or NULL. One cache line as a rule, and the service. */
const struct vd_lb_service *vd_lb_find_service(const struct vd_lb_snapshot *s,
		const struct vd_addr *addr, uint16_t port_be, uint8_t protocol);
/* For bursts: the line that vd_lb_find_service() will read. */
void vd_lb_find_service_prefetch(const struct vd_lb_snapshot *s, const struct vd_addr *addr,
		uint16_t port_be, uint8_t protocol);
/* NULL: not one of our virtual addresses. */
const struct vd_lb_vip *vd_lb_find_vip(const struct vd_lb_snapshot *s, const struct vd_addr *addr);

/* By number; NULL: not in this snapshot. */
const struct vd_lb_service *vd_lb_service_by_id(const struct vd_lb_snapshot *s, uint32_t id);
const struct vd_lb_server *vd_lb_server_by_id(const struct vd_lb_snapshot *s, uint32_t id);
/* In the order of the specification. */
unsigned vd_lb_service_count(const struct vd_lb_snapshot *s);
const struct vd_lb_service *vd_lb_service_at(const struct vd_lb_snapshot *s, unsigned i);
unsigned vd_lb_vip_count(const struct vd_lb_snapshot *s);
const struct vd_lb_vip *vd_lb_vip_at(const struct vd_lb_snapshot *s, unsigned i);

/* ---- worker state ---- */

/* Flags of a server: vd_server_flags.h, and the scheduler's own. */
#define VD_LB_SERVER_OVERLOAD \
	0x100u /* the scheduler's: above uthreshold, not yet below lthreshold */
#define VD_LB_SERVER_UNUSABLE \
	(VD_LB_SERVER_DOWN | VD_LB_SERVER_DRAIN | VD_LB_SERVER_DISABLED | VD_LB_SERVER_GONE)

/* One line each. Written by the worker only. */
struct vd_lb_server_state {
	uint32_t flags; /* VD_LB_SERVER_ */
	uint32_t gen;
	uint32_t active, inactive; /* live connections */
	uint64_t total;            /* connections ever */
	uint64_t packets_in, bytes_in, packets_out, bytes_out;
	uint16_t turn;    /* the scheduler's: of a server with a share, or FRESH */
	uint16_t errors;  /* in a row */
	uint16_t observe; /* the data plane's: so many in a row are told of; 0: off */
	uint16_t lease;   /* the data plane's: of the server's service */
} VD_CACHE_ALIGNED;

struct vd_lb_service_state {
	uint64_t cursor;     /* rr, wrr: place on the number line; lc, wlc: index of a server */
	uint64_t none_epoch; /* snapshot and epoch in which nothing was usable */
	uint32_t gen;
	uint32_t refused; /* new flows that got no server */
	uint64_t total;
	uint64_t packets_in, bytes_in, packets_out, bytes_out;
} VD_CACHE_ALIGNED;

/* What seldom happens, kept apart. Written by the worker only; anyone reads it with vd_lb_worker_errors(). */
struct vd_lb_server_errors {
	uint32_t gen;            /* whose errors they are */
	uint64_t syn_unanswered; /* SYNs that a client had to send again, the server having said nothing */
	uint64_t syn_reset; /* SYNs answered by RST */
};

_Static_assert(sizeof(struct vd_lb_server_state) == VD_CACHE_LINE, "one line");
_Static_assert(sizeof(struct vd_lb_service_state) == VD_CACHE_LINE, "one line");

struct lb_few;

/* Open for the inline functions only. */
struct vd_lb_worker {
	struct vd_lb_service_state **services; /* chunks by number / VD_LB_CHUNK */
	struct vd_lb_server_state **servers;
	struct vd_lb_server_errors **errors;
	struct lb_few **few;
	uint32_t epoch;                         /* counts servers that became usable */
	uint32_t index;                         /* of this worker, 0 to workers - 1 */
	uint32_t workers;                       /* that share the thresholds */
	uint32_t service_chunks, server_chunks; /* main's: allocated so far */
	uint64_t seed;
	struct vd_alloc alloc;
};

/* workers is at least 1; seed lets the workers start their rotations apart (worker 0 starts at the first). */
struct vd_lb_worker *
vd_lb_worker_create(uint32_t index, uint32_t workers, uint64_t seed, const struct vd_alloc *alloc);
void vd_lb_worker_destroy(struct vd_lb_worker *w);
/* Main, before it publishes: state for all numbers below the limits. 0, -ENOMEM or -E2BIG. */
int vd_lb_worker_prepare(struct vd_lb_worker *w, uint32_t service_limit, uint32_t server_limit);

/* For a number whose connections are live, or of a snapshot that was prepared for. */
static inline struct vd_lb_server_state *
vd_lb_worker_server(const struct vd_lb_worker *w, uint32_t id)
{
	return &w->servers[id / VD_LB_CHUNK][id % VD_LB_CHUNK];
}

static inline struct vd_lb_service_state *
vd_lb_worker_service(const struct vd_lb_worker *w, uint32_t id)
{
	return &w->services[id / VD_LB_CHUNK][id % VD_LB_CHUNK];
}

/*
 * Replaces the flags of a server (health message, operator); at once, constant cost, also for the picks that follow. gen is
 * the registry's. Returns the flags before.
 */
uint32_t vd_lb_worker_server_set(struct vd_lb_worker *w, uint32_t id, uint32_t gen, uint32_t flags);

/* A connection of the server begins (inactive), changes class (vd_conn_tcp_step()'s answer), ends. */
static inline void
vd_lb_conn_open(struct vd_lb_worker *w, uint32_t service, uint32_t server)
{
	struct vd_lb_server_state *st = vd_lb_worker_server(w, server);

	st->inactive++;
	st->total++;
	vd_lb_worker_service(w, service)->total++;
}

/* It was counted as open and did not come to be. */
static inline void
vd_lb_conn_undo(struct vd_lb_worker *w, uint32_t service, uint32_t server)
{
	struct vd_lb_server_state *st = vd_lb_worker_server(w, server);

	st->inactive--;
	st->total--;
	vd_lb_worker_service(w, service)->total--;
}

static inline void
vd_lb_conn_step(struct vd_lb_worker *w, uint32_t server, int change)
{
	struct vd_lb_server_state *st = vd_lb_worker_server(w, server);

	st->active += (uint32_t)change;
	st->inactive -= (uint32_t)change;
}

static inline void
vd_lb_conn_close(struct vd_lb_worker *w, uint32_t server, bool active)
{
	struct vd_lb_server_state *st = vd_lb_worker_server(w, server);

	if (active)
		st->active--;
	else
		st->inactive--;
}

enum vd_lb_error {
	VD_LB_ERROR_SYN_UNANSWERED,
	VD_LB_ERROR_SYN_RESET,
};

/* Counts an error of the server. True: it is the observe-th in a row, which is to be told; the row starts anew. */
bool vd_lb_server_error(struct vd_lb_worker *w, uint32_t id, enum vd_lb_error error);

/* A SYN was answered by SYN-ACK: the row ends. */
static inline void
vd_lb_server_answered(struct vd_lb_server_state *st)
{
	if (vd_unlikely(st->errors != 0))
		st->errors = 0;
}

/* Any thread: what this worker counted for the bearer of the number with this generation. */
struct vd_lb_server_errors
vd_lb_worker_errors(const struct vd_lb_worker *w, uint32_t id, uint32_t gen);

/* ---- scheduling (worker) ---- */

/* id, word for JSON, sentence. */
/* clang-format off */
#define VD_LB_REASONS(X) \
	X(CHOSEN,     "chosen",     "chosen by the scheduler") \
	X(NO_SERVERS, "no_servers", "the service has no real server with a weight above 0") \
	X(ALL_DOWN,   "all_down",   "every real server is down, drained or disabled") \
	X(OVERLOADED, "overloaded", "every usable real server is above its upper threshold") \
	X(SORRY,      "sorry",      "the service has no quorum: the sorry server is in use")
/* clang-format on */

enum vd_lb_reason {
#define VD_X(id, word, text) VD_LB_REASON_##id,
	VD_LB_REASONS(VD_X)
#undef VD_X
	VD_LB_REASON_N
};

const char *vd_lb_reason_word(enum vd_lb_reason r);
const char *vd_lb_reason_text(enum vd_lb_reason r);

struct vd_lb_client {
	struct vd_addr addr;
	uint16_t port_be;
};

/*
 * The real server for a new connection, or NULL with the reason. why may be NULL. Does not count anything as open. While the
 * sorry server may be used, it is the answer (with the reason SORRY), whatever the others could do.
 */
const struct vd_lb_server *vd_lb_schedule(struct vd_lb_worker *w, const struct vd_lb_service *svc,
		const struct vd_lb_client *client, enum vd_lb_reason *why);
/*
 * The same by consistent hashing whatever the service's scheduler, leaving no trace: for a full connection table.
 * Each packet of a flow gets the same server while the servers stay as they are.
 */
const struct vd_lb_server *
vd_lb_schedule_stateless(const struct vd_lb_worker *w, const struct vd_lb_service *svc,
		const struct vd_lb_client *client, enum vd_lb_reason *why);

#endif
