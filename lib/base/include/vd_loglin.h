/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_LOGLIN_H
#define VD_LOGLIN_H

/*
 * Log-linear buckets for histograms: each power of two is cut into 2^bits parts of the same width, so that a bucket's
 * limits lie no further apart than 1 : 1 + 2^-bits. Values below 2^bits have a bucket each. The counters belong to the
 * caller; a histogram that another thread writes is copied by relaxed loads first (vd_loglin_copy()), and what happened
 * between two copies is their difference.
 */

#include <stdint.h>

#include "vd_compiler.h"

/* Buckets that hold every value below 2^top. */
#define VD_LOGLIN_BUCKETS(bits, top) (((top) - (bits) + 1) << (bits))

static inline unsigned int
vd_loglin_bucket(uint64_t v, unsigned int bits)
{
	unsigned int top = 63 - (unsigned int)__builtin_clzll(v | 1), shift;

	if (top < bits)
		return (unsigned int)v;
	shift = top - bits;
	return (shift << bits) + (unsigned int)(v >> shift);
}

/* The least value that is beyond a bucket. */
static inline uint64_t
vd_loglin_limit(unsigned int bucket, unsigned int bits)
{
	unsigned int octave = bucket >> bits, shift = octave == 0 ? 0 : octave - 1;
	uint64_t part = bucket - (shift << bits);

	return (part + 1) << shift;
}

static inline void
vd_loglin_add(uint64_t *counts, unsigned int n, unsigned int bits, uint64_t v)
{
	unsigned int bucket = vd_loglin_bucket(v, bits);

	bucket = VD_MIN(bucket, n - 1);
	vd_store_relaxed(&counts[bucket], counts[bucket] + 1);
}

static inline void
vd_loglin_copy(uint64_t *to, const uint64_t *from, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		to[i] = vd_load_relaxed(&from[i]);
}

static inline uint64_t
vd_loglin_count(const uint64_t *later, const uint64_t *earlier, unsigned int i)
{
	return later[i] - (earlier == NULL ? 0 : earlier[i]);
}

/*
 * The bucket that the value stands in which a share (0 to 1) of what was counted does not exceed; 1 gives the last one that
 * has anything. n when nothing was counted. earlier may be NULL.
 */
static inline unsigned int
vd_loglin_quantile(const uint64_t *later, const uint64_t *earlier, unsigned int n, double share)
{
	uint64_t sum = 0, part = 0;
	unsigned int last = n;

	for (unsigned int i = 0; i < n; i++)
		sum += vd_loglin_count(later, earlier, i);
	for (unsigned int i = 0; i < n; i++) {
		uint64_t count = vd_loglin_count(later, earlier, i);

		part += count;
		if (count != 0)
			last = i;
		if (count != 0 && share < 1 && (double)part >= share * (double)sum)
			break;
	}
	return last;
}

#endif
