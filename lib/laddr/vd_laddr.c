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

struct run {
	uint32_t first; /* number of its first place */
	uint32_t addr;  /* index */
	uint16_t lo;
};

struct family {
	struct vd_addr *addr;
	struct run *run;
	uint32_t n_addrs, n_runs, places;
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

static void
place(const struct family *f, uint32_t i, struct vd_addr *addr, uint16_t *port_be)
{
	uint32_t lo = 0, hi = f->n_runs;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (f->run[mid].first <= i)
			lo = mid;
		else
			hi = mid;
	}
	*addr = f->addr[f->run[lo].addr];
	*port_be = __builtin_bswap16((uint16_t)(f->run[lo].lo + (i - f->run[lo].first)));
}

void
vd_laddr_place(const struct vd_laddr_set *s, bool v4, uint32_t i, struct vd_addr *addr,
		uint16_t *port_be)
{
	place(&s->family[v4 ? 0 : 1], i, addr, port_be);
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

/* A step without common divisor with n: the walk meets every place once. */
static uint32_t
step_of(uint32_t hash, uint32_t n)
{
	uint32_t s = n < 3 ? 1 : 1 + vd_hash_to_range(hash, n - 1);

	while (gcd(s, n) != 1)
		s = s + 1 < n ? s + 1 : 1;
	return s;
}

int
vd_laddr_pick(const struct vd_laddr_set *s, const struct vd_laddr_request *req,
		struct vd_laddr_choice *out)
{
	const struct family *f = &s->family[vd_addr_is_v4(&req->server.addr) ? 0 : 1];
	uint32_t tries = req->max_tries != 0 ? req->max_tries : VD_LADDR_TRIES_DEFAULT;
	uint64_t h, looks, n = f->places;
	uint32_t at, ahead, step;
	struct vd_addr addr;
	uint16_t port;

	if (f->n_addrs == 0)
		return -EADDRNOTAVAIL;
	if (n == 0)
		return -ENOSPC;
	h = vd_addr_hash(&req->server.addr, req->seed ^ req->client_hash);
	h = vd_hash_u64(h ^ req->server.port ^ (uint64_t)req->protocol << 16, req->seed);
	at = vd_hash_to_range((uint32_t)h, (uint32_t)n);
	step = step_of((uint32_t)(h >> 32), (uint32_t)n);
	ahead = at;
	for (int i = 0; req->prefetch != NULL && i < AHEAD; i++) {
		place(f, ahead, &addr, &port);
		req->prefetch(req->ctx, &addr, port);
		ahead = (uint32_t)((ahead + (uint64_t)step) % n);
	}
	looks = VD_MIN(n, (uint64_t)tries * STEERS_A_TRY);
	out->tries = 0;
	for (; looks > 0 && out->tries < tries; looks--) {
		place(f, at, &addr, &port);
		at = (uint32_t)((at + (uint64_t)step) % n);
		if (req->steer != NULL && !req->steer(req->ctx, &addr, port))
			continue;
		out->tries++;
		if (!req->in_use(req->ctx, &addr, port)) {
			out->addr = addr;
			out->port_be = port;
			return 0;
		}
		if (req->prefetch != NULL && looks > AHEAD) {
			struct vd_addr next;
			uint16_t next_port;

			place(f, ahead, &next, &next_port);
			req->prefetch(req->ctx, &next, next_port);
			ahead = (uint32_t)((ahead + (uint64_t)step) % n);
		}
	}
	return -ENOSPC;
}
