/* SPDX-License-Identifier: BSD-3-Clause */
/* The places (address, port) of a family are numbered through: runs of consecutive ports, found by binary search. */
#include <errno.h>
#include <stdlib.h>

#include "vd_compiler.h"
#include "vd_hash.h"
#include "vd_laddr.h"
#include "vd_vec.h"

#define PORT_WORDS   1024 /* 65536 bits */
#define AHEAD        8
#define STEERS_A_TRY 64
#define STEPS        16

struct run {
	uint32_t first; /* number of its first place */
	uint32_t addr;  /* index */
	uint16_t lo;
};

struct family {
	struct vd_addr *addr;
	struct run *run;
	uint32_t n_addrs, n_runs, places;
	uint32_t step[STEPS]; /* without common divisor with places: a walk meets every place once */
};

struct vd_laddr_set {
	struct vd_alloc alloc;
	struct family family[2]; /* IPv4, IPv6 */
};

/* An address while the set is built. */
struct draft {
	struct vd_addr addr;
	uint64_t ports[PORT_WORDS];
};

static bool
bit(const struct draft *d, uint32_t port)
{
	return (d->ports[port >> 6] >> (port & 63) & 1) != 0;
}

static void
draft_add(struct draft *d, const struct vd_laddr_source *s)
{
	d->addr = s->addr;
	for (unsigned int i = 0; i < s->n_ranges; i++)
		for (uint32_t p = VD_MAX(s->ranges[i].lo, 1); p <= s->ranges[i].hi; p++)
			d->ports[p >> 6] |= (uint64_t)1 << (p & 63);
}

static uint32_t
draft_runs(const struct draft *d)
{
	uint32_t n = 0;

	for (uint32_t p = 1; p < 65536; p++)
		n += bit(d, p) && !bit(d, p - 1);
	return n;
}

static void
draft_put(struct family *f, const struct draft *d)
{
	f->addr[f->n_addrs] = d->addr;
	for (uint32_t p = 1; p < 65536; p++) {
		if (!bit(d, p))
			continue;
		if (!bit(d, p - 1))
			f->run[f->n_runs++] = (struct run){f->places, f->n_addrs, (uint16_t)p};
		f->places++;
	}
	f->n_addrs++;
}

static int
by_addr(const void *a, const void *b)
{
	const struct vd_laddr_source *const *x = a, *const *y = b;

	return vd_addr_cmp(&(*x)->addr, &(*y)->addr);
}

static uint32_t
gcd(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

static void
steps_build(struct family *f)
{
	uint32_t n = f->places;

	for (uint32_t i = 0; i < STEPS && n > 0; i++) {
		uint32_t s = n < 3 ? 1 : 1 + vd_hash_to_range((uint32_t)vd_hash_u64(i, n), n - 1);

		while (gcd(s, n) != 1)
			s = s + 1 < n ? s + 1 : 1;
		f->step[i] = s;
	}
}

/* Sources of one family in order of address; those of one address come together. */
static int
family_build(struct vd_laddr_set *s, struct family *f, const struct vd_laddr_source **v, size_t n)
{
	struct draft *d = vd_xcalloc(2, sizeof(*d));
	uint32_t runs = 0;
	int err = 0;

	for (int pass = 0; pass < 2 && n > 0; pass++) {
		for (size_t i = 0, j; i < n; i = j) {
			memset(d, 0, sizeof(*d));
			for (j = i; j < n && vd_addr_equal(&v[i]->addr, &v[j]->addr); j++)
				draft_add(d, v[j]);
			if (pass == 0)
				runs += draft_runs(d);
			else
				draft_put(f, d);
		}
		if (pass == 1)
			break;
		f->addr = vd_zalloc(&s->alloc, n * sizeof(f->addr[0]), 8);
		f->run = vd_zalloc(&s->alloc, VD_MAX(runs, 1) * sizeof(f->run[0]), 8);
		if (f->addr == NULL || f->run == NULL) {
			err = -ENOMEM;
			break;
		}
	}
	free(d);
	steps_build(f);
	return err;
}

struct vd_laddr_set *
vd_laddr_set_create(const struct vd_laddr_source *sources, unsigned n, const struct vd_alloc *alloc)
{
	struct vd_laddr_set *s = vd_zalloc(alloc, sizeof(*s), 8);
	struct {
		const struct vd_laddr_source **v;
		size_t n, cap;
	} part = {0};
	int err = 0;

	if (s == NULL)
		return NULL;
	s->alloc = *alloc;
	for (int v6 = 0; v6 < 2 && err == 0; v6++) {
		part.n = 0;
		for (unsigned int i = 0; i < n; i++)
			if (vd_addr_is_v4(&sources[i].addr) == (v6 == 0))
				vd_vec_push(&part, &sources[i]);
		if (part.n > 1)
			qsort(part.v, part.n, sizeof(part.v[0]), by_addr);
		err = family_build(s, &s->family[v6], part.v, part.n);
	}
	vd_vec_free(&part);
	if (err == 0)
		return s;
	vd_laddr_set_destroy(s);
	return NULL;
}

void
vd_laddr_set_destroy(struct vd_laddr_set *s)
{
	struct vd_alloc alloc;

	if (s == NULL)
		return;
	alloc = s->alloc;
	for (int i = 0; i < 2; i++) {
		vd_free(&alloc, s->family[i].addr);
		vd_free(&alloc, s->family[i].run);
	}
	vd_free(&alloc, s);
}

uint32_t
vd_laddr_places(const struct vd_laddr_set *s, bool v4)
{
	return s->family[v4 ? 0 : 1].places;
}

uint32_t
vd_laddr_addresses(const struct vd_laddr_set *s, bool v4)
{
	return s->family[v4 ? 0 : 1].n_addrs;
}

bool
vd_laddr_contains(const struct vd_laddr_set *s, const struct vd_addr *a)
{
	const struct family *f = &s->family[vd_addr_is_v4(a) ? 0 : 1];

	for (uint32_t i = 0; i < f->n_addrs; i++)
		if (vd_addr_equal(&f->addr[i], a))
			return true;
	return false;
}

/* The run that a place lies in. */
static uint32_t
run_of(const struct family *f, uint32_t i)
{
	uint32_t lo = 0, hi = f->n_runs;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (f->run[mid].first <= i)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static void
place(const struct family *f, uint32_t i, struct vd_addr *addr, uint16_t *port_be)
{
	const struct run *r = &f->run[run_of(f, i)];

	*addr = f->addr[r->addr];
	*port_be = __builtin_bswap16((uint16_t)(r->lo + (i - r->first)));
}

/* To the nearest port of the class above it in its run, or else below it. False: the run has none. */
static bool
class_move(const struct vd_laddr_request *req, uint32_t lo, uint32_t hi, uint32_t *port)
{
	uint32_t is = *port % req->classes;

	*port += is <= req->class ? req->class - is : req->class + req->classes - is;
	if (*port <= hi)
		return true;
	if (*port < lo + req->classes)
		return false;
	*port -= req->classes;
	return true;
}

/* A place, moved in its run of ports to one that is ours. */
static bool
place_moved(const struct family *f, const struct vd_laddr_request *req, uint32_t i,
		struct vd_laddr_choice *out)
{
	uint32_t n = run_of(f, i), end = n + 1 < f->n_runs ? f->run[n + 1].first : f->places;
	const struct run *r = &f->run[n];
	uint32_t port = r->lo + (i - r->first), last = r->lo + (end - r->first) - 1;
	uint16_t moved = (uint16_t)port;

	if (req->move != NULL) {
		if (!req->move(req->ctx, &f->addr[r->addr], r->lo, (uint16_t)last, &moved))
			return false;
		port = moved;
	} else if (!class_move(req, r->lo, last, &port)) {
		return false;
	}
	out->addr = f->addr[r->addr];
	out->port_be = __builtin_bswap16((uint16_t)port);
	return true;
}

void
vd_laddr_place(const struct vd_laddr_set *s, bool v4, uint32_t i, struct vd_addr *addr,
		uint16_t *port_be)
{
	place(&s->family[v4 ? 0 : 1], i, addr, port_be);
}

static const struct family *
family_of(const struct vd_laddr_set *s, const struct vd_laddr_request *req)
{
	return &s->family[vd_addr_is_v4(&req->server.addr) ? 0 : 1];
}

/* The walk's next place that is ours. */
static bool
walk_on(const struct family *f, const struct vd_laddr_request *req, struct vd_laddr_walk *walk,
		struct vd_laddr_choice *out)
{
	while (walk->looks > 0) {
		bool found = true;

		walk->looks--;
		if (vd_unlikely(req->classes > 1 || req->move != NULL))
			found = place_moved(f, req, walk->at, out);
		else
			place(f, walk->at, &out->addr, &out->port_be);
		walk->at += walk->step;
		if (walk->at >= f->places)
			walk->at -= f->places;
		if (!found)
			continue;
		if (req->steer == NULL || req->steer(req->ctx, &out->addr, out->port_be))
			return true;
	}
	return false;
}

static uint32_t
tries_of(const struct vd_laddr_request *req)
{
	return req->max_tries != 0 ? req->max_tries : VD_LADDR_TRIES_DEFAULT;
}

int
vd_laddr_first(const struct vd_laddr_set *s, const struct vd_laddr_request *req,
		struct vd_laddr_walk *walk, struct vd_laddr_choice *out)
{
	const struct family *f = family_of(s, req);
	uint64_t h;

	if (f->n_addrs == 0)
		return -EADDRNOTAVAIL;
	if (f->places == 0)
		return -ENOSPC;
	h = vd_addr_hash(&req->server.addr, req->seed ^ req->client_hash);
	h = vd_hash_u64(h ^ req->server.port ^ (uint64_t)req->protocol << 16, req->seed);
	walk->at = vd_hash_to_range((uint32_t)h, f->places);
	walk->step = f->step[(h >> 32) % STEPS];
	walk->looks = VD_MIN(f->places, tries_of(req) * STEERS_A_TRY);
	out->tries = 1;
	return walk_on(f, req, walk, out) ? 0 : -ENOSPC;
}

int
vd_laddr_further(const struct vd_laddr_set *s, const struct vd_laddr_request *req,
		struct vd_laddr_walk *walk, struct vd_laddr_choice *out)
{
	const struct family *f = family_of(s, req);
	struct vd_laddr_choice coming[AHEAD];
	uint32_t tries = tries_of(req), head = 0, tail = 0;

	/* The first was taken, so more may be: their lines are asked for some places ahead. */
	while (out->tries < tries) {
		while (tail - head < AHEAD && walk_on(f, req, walk, &coming[tail % AHEAD])) {
			const struct vd_laddr_choice *c = &coming[tail++ % AHEAD];

			if (req->prefetch != NULL)
				req->prefetch(req->ctx, &c->addr, c->port_be);
		}
		if (head == tail)
			break;
		out->addr = coming[head % AHEAD].addr;
		out->port_be = coming[head++ % AHEAD].port_be;
		out->tries++;
		if (!req->in_use(req->ctx, &out->addr, out->port_be))
			return 0;
	}
	return -ENOSPC;
}

int
vd_laddr_pick(const struct vd_laddr_set *s, const struct vd_laddr_request *req,
		struct vd_laddr_choice *out)
{
	struct vd_laddr_walk walk;
	int err = vd_laddr_first(s, req, &walk, out);

	if (err != 0 || !req->in_use(req->ctx, &out->addr, out->port_be))
		return err;
	return vd_laddr_further(s, req, &walk, out);
}
