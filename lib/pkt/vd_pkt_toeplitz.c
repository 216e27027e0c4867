/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_pkt_toeplitz.h"

#include <string.h>

#include "vd_hash.h"

#define LOW_BITS 9

/* The 32 bits of the key from a bit on. */
static uint32_t
window(const uint8_t *key, unsigned int bit)
{
	uint64_t w = 0;

	for (unsigned int i = 0; i < 5; i++) {
		unsigned int at = bit / 8 + i;

		w = w << 8 | (at < VD_PKT_TOEPLITZ_KEY ? key[at] : 0u);
	}
	return (uint32_t)(w >> (8 - bit % 8));
}

void
vd_pkt_toeplitz_init(struct vd_pkt_toeplitz *t, const uint8_t key[VD_PKT_TOEPLITZ_KEY])
{
	for (unsigned int place = 0; place < 2 * VD_PKT_TOEPLITZ_INPUT; place++)
		for (unsigned int value = 0; value < 16; value++) {
			uint32_t h = 0;

			for (unsigned int bit = 0; bit < 4; bit++)
				if ((value & (8u >> bit)) != 0)
					h ^= window(key, 4 * place + bit);
			t->part[place][value] = h;
		}
	memset(t->to, 0, sizeof(t->to));
	for (uint32_t port = 65535; port > 0; port--) {
		const uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};
		uint16_t be;

		memcpy(&be, bytes, sizeof(be));
		for (int v6 = 0; v6 < 2; v6++)
			t->to[v6][vd_pkt_toeplitz_dport(t, v6 == 0, be) &
					(VD_PKT_TOEPLITZ_SLOTS - 1)] = (uint16_t)port;
	}
	t->to[0][0] = t->to[1][0] = 0;
}

/* The windows of the port's bits have full rank in the lowest bits of the hash. */
static bool
ports_reach_all(const uint8_t *key, unsigned int first_bit)
{
	uint32_t row[16];
	unsigned int rank = 0;

	for (unsigned int i = 0; i < 16; i++)
		row[i] = window(key, first_bit + i);
	for (unsigned int bit = 0; bit < LOW_BITS; bit++) {
		unsigned int pivot = rank;

		while (pivot < 16 && (row[pivot] >> bit & 1) == 0)
			pivot++;
		if (pivot == 16)
			return false;
		{
			uint32_t r = row[pivot];

			row[pivot] = row[rank];
			row[rank] = r;
		}
		for (unsigned int i = rank + 1; i < 16; i++)
			if ((row[i] >> bit & 1) != 0)
				row[i] ^= row[rank];
		rank++;
	}
	return true;
}

void
vd_pkt_toeplitz_key(uint64_t seed, uint8_t *key, size_t len)
{
	struct vd_rng rng = {seed};

	do {
		for (size_t i = 0; i < len; i++)
			key[i] = (uint8_t)(vd_rng_next(&rng) >> 32);
	} while (!ports_reach_all(key, 80) || !ports_reach_all(key, 272));
}
