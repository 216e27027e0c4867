/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_LADDR_H
#define VD_LADDR_H

/*
 * FULLNAT source addresses and ports, without pools: a port is free towards a real server exactly when the
 * connection table has no connection on it, so the table is asked, and nothing is reserved or given back. The same
 * port of a local address serves every real server at the same time.
 *
 * A set is immutable: main builds it, workers read it. The places (address, port) of a family are numbered through; a
 * seeded hash of client and server says where to start, a step without common divisor where to go on, so all
 * addresses share the load and a client that comes back meets its old port. A place that is steered to another
 * worker costs no try; where ports belong to workers by class (port modulo `classes`), none is even looked at: the
 * place moves to the nearest port of the class in its run of ports, so the cost does not grow with the workers.
 *
 * Tries needed for a real server of whose places the share f is taken (found in v tries: measured in the unit test):
 *   f = 50 %: 2 on average        f = 90 %: 10        f = 99 %: 100 (then 72 of 100 picks succeed in 128 tries)
 * so with VD_LADDR_TRIES_DEFAULT exhaustion begins to show above 97 %. Probing costs a line of the connection
 * table's index each; the prefetch callback overlaps eight of them.
 *
 * Ports are in host order, except where named _be.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_alloc.h"

#define VD_LADDR_TRIES_DEFAULT 128

/* Both ends included, 1 to 65535. */
struct vd_laddr_range {
	uint16_t lo, hi;
};

/* One local address and the ports that may be used on it. Ranges may overlap and come in any order. */
struct vd_laddr_source {
	struct vd_addr addr;
	const struct vd_laddr_range *ranges;
	unsigned n_ranges;
};

struct vd_laddr_set;

/* NULL when memory is out. An address that is listed twice has the union of its ports. */
struct vd_laddr_set *vd_laddr_set_create(
		const struct vd_laddr_source *sources, unsigned n, const struct vd_alloc *alloc);
void vd_laddr_set_destroy(struct vd_laddr_set *s);
/* How many places (address, port) and addresses the set has of a family. */
uint32_t vd_laddr_places(const struct vd_laddr_set *s, bool v4);
uint32_t vd_laddr_addresses(const struct vd_laddr_set *s, bool v4);
/* The address is one of the set's. */
bool vd_laddr_contains(const struct vd_laddr_set *s, const struct vd_addr *a);
/* Place number i, 0 <= i < vd_laddr_places(). */
void vd_laddr_place(const struct vd_laddr_set *s, bool v4, uint32_t i, struct vd_addr *addr,
		uint16_t *port_be);

struct vd_laddr_request {
	struct vd_endpoint server; /* its family chooses the family of the source */
	uint8_t protocol;
	uint64_t client_hash; /* of the client's address and port, e.g. that of its flow key */
	uint64_t seed;
	uint32_t max_tries; /* 0: VD_LADDR_TRIES_DEFAULT */
	/* Above 1: only ports with port % classes == class, class < classes. */
	uint16_t classes, class;
	/* Is (server -> addr:port) taken? Must be given. */
	bool (*in_use)(void *ctx, const struct vd_addr *addr, uint16_t port_be);
	/* Would a reply to addr:port come to this worker? NULL: always. */
	bool (*steer)(void *ctx, const struct vd_addr *addr, uint16_t port_be);
	/*
	 * The same, asked for a port near the one that a look came by (host order): true with one of lo to hi to which a reply
	 * would come here, the very port if it would; false: none near by. So no look is lost, however many workers there are.
	 * NULL: the port as it is.
	 */
	bool (*move)(void *ctx, const struct vd_addr *addr, uint16_t lo, uint16_t hi,
			uint16_t *port);
	/* in_use will be asked for this place soon. NULL: nothing to do. */
	void (*prefetch)(void *ctx, const struct vd_addr *addr, uint16_t port_be);
	void *ctx;
};

struct vd_laddr_choice {
	struct vd_addr addr;
	uint16_t port_be;
	uint32_t tries; /* in_use questions it took */
};

/* Where the search for a place stands. */
struct vd_laddr_walk {
	uint32_t at, step, looks;
};

/*
 * The first place to try; nothing is asked but steer. 0; -EADDRNOTAVAIL: no local address of the server's family; -ENOSPC:
 * steer said no to every place, or to 64 per allowed try.
 */
int vd_laddr_first(const struct vd_laddr_set *s, const struct vd_laddr_request *req,
		struct vd_laddr_walk *walk, struct vd_laddr_choice *out);
/*
 * The one before (in *out, with its number of tries) was taken: 0 with the next that in_use says is free, or -ENOSPC: none
 * within max_tries (port_exhausted). Once per search: it looks some places ahead of the one that it returns.
 */
int vd_laddr_further(const struct vd_laddr_set *s, const struct vd_laddr_request *req,
		struct vd_laddr_walk *walk, struct vd_laddr_choice *out);
/* Both: the first free place, or as they say. Any thread; nothing in the set is written. */
int vd_laddr_pick(const struct vd_laddr_set *s, const struct vd_laddr_request *req,
		struct vd_laddr_choice *out);

#endif
