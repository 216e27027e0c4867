/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_SIMD_H
#define VD_SIMD_H

/* Vector operations that tables need, with a scalar form for machines without them. Pure, any thread. */

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

/* Compares sixteen 16-bit values at p (32 readable bytes, aligned to 16) with v: bit i is set where value i is equal. */
static inline uint32_t
vd_simd_match_u16x16(const void *p, uint16_t v)
{
#ifdef __SSE2__
	const __m128i *x = (const __m128i *)p;
	__m128i w = _mm_set1_epi16((short)v);
	__m128i lo = _mm_cmpeq_epi16(_mm_load_si128(x), w);
	__m128i hi = _mm_cmpeq_epi16(_mm_load_si128(x + 1), w);

	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(lo, hi));
#else
	uint16_t x[16];
	uint32_t mask = 0;

	memcpy(x, p, sizeof(x));
	for (unsigned i = 0; i < 16; i++)
		mask |= (uint32_t)(x[i] == v) << i;
	return mask;
#endif
}

#endif
