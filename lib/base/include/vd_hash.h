/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_HASH_H
#define VD_HASH_H

/*
 * Seeded, non-cryptographic hashing for tables and consistent hashing, and a small pseudo-random generator for
 * simulations, scheduling and ports. The same seed gives the same values on every machine of one byte order.
 */

#include <stddef.h>
#include <stdint.h>

/* Finalizer of MurmurHash3: every input bit moves every output bit. */
static inline uint64_t
vd_mix64(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	x ^= x >> 33;
	return x;
}

static inline uint64_t
vd_hash_u64(uint64_t x, uint64_t seed)
{
	return vd_mix64(x ^ vd_mix64(seed + 0x9e3779b97f4a7c15ull));
}

uint64_t vd_hash_bytes(const void *p, size_t n, uint64_t seed);

/* splitmix64: any seed is good. */
struct vd_rng {
	uint64_t state;
};

static inline uint64_t
vd_rng_next(struct vd_rng *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Uniform in [0, n), n > 0. */
static inline uint32_t
vd_rng_below(struct vd_rng *r, uint32_t n)
{
	return (uint32_t)(((vd_rng_next(r) >> 32) * n) >> 32);
}

/* Maps a hash to [0, n) without a division. */
static inline uint32_t
vd_hash_to_range(uint32_t hash, uint32_t n)
{
	return (uint32_t)(((uint64_t)hash * n) >> 32);
}

#endif
