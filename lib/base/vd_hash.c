/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_hash.h"

#include <string.h>

/*
 * Eight bytes at a time, each word mixed on its own and folded in by a multiplication whose high and
 * low halves are both kept; the length and the finalizer close it.
 */
static uint64_t
fold(uint64_t state, uint64_t word)
{
	unsigned __int128 m = (unsigned __int128)(state ^ word ^ 0xa0761d6478bd642full) *
			(0xe7037ed1a0b428dbull ^ (word << 32 | word >> 32));

	return state + vd_mix64((uint64_t)m ^ (uint64_t)(m >> 64) ^ word);
}

uint64_t
vd_hash_bytes(const void *p, size_t n, uint64_t seed)
{
	const unsigned char *b = p;
	uint64_t state = vd_mix64(seed + 0x9e3779b97f4a7c15ull);
	uint64_t word;
	size_t left = n;

	for (; left >= sizeof(word); left -= sizeof(word), b += sizeof(word)) {
		memcpy(&word, b, sizeof(word));
		state = fold(state * 0x9e3779b97f4a7c15ull, word);
	}
	if (left > 0) {
		word = 0;
		memcpy(&word, b, left);
		state = fold(state * 0x9e3779b97f4a7c15ull, word);
	}
	return vd_mix64(state ^ (uint64_t)n * 0xd6e8feb86659fd93ull);
}
