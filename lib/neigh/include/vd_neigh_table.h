/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_NEIGH_TABLE_H
#define VD_NEIGH_TABLE_H

/*
 * The neighbour table as its readers see it: who is at which MAC. One writer (the engine of
 * vd_neigh.h on the control lcore), any number of readers on other threads without locks. Open
 * addressing over (interface, address); an entry never moves. All a packet needs is one 64-bit
 * word:
 *
 *   bits 0-47 MAC, first byte lowest   48-51 enum vd_neigh_state   52-63 generation of the slot
 *
 * A reader keeps (index, generation) of a next hop; while the generation is the same, the slot is
 * the same neighbour, and its word has the MAC of this moment. The writer changes the generation
 * before it writes another key, so that a look-up that races with it misses instead of finding the
 * wrong one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_compiler.h"
#include "vd_hash.h"

#define VD_NEIGH_NONE UINT32_MAX

/*
 * The word of `show neighbor`, and what a packet may do: packets leave in the usable states, from
 * STALE on.
 */
/* clang-format off */
#define VD_NEIGH_STATES(X) \
	X(EMPTY,      "empty")      /* slot never used */ \
	X(GONE,       "gone")       /* slot whose neighbour was removed */ \
	X(INCOMPLETE, "incomplete") /* asked, no answer yet: hold packets */ \
	X(FAILED,     "failed")     /* no answer: drop (neighbour_timeout), ask again */ \
	X(STALE,      "stale")      /* not confirmed lately: send, and report the use */ \
	X(REACHABLE,  "reachable")  \
	X(PROBE,      "probe")      /* being confirmed: send */ \
	X(PERMANENT,  "permanent")  /* static entry */
/* clang-format on */

enum vd_neigh_state {
#define VD_X(id, name) VD_NEIGH_STATE_##id,
	VD_NEIGH_STATES(VD_X)
#undef VD_X
	VD_NEIGH_STATE_N
};

struct vd_neigh_entry {
	struct vd_addr addr; /* writer: control; key, stable while the generation is */
	uint64_t word;       /* writer: control; atomic */
	uint32_t ifid;       /* writer: control; key */
	uint32_t since; /* writer: control; second of the last change of state or confirmation */
};

struct vd_neigh_table {
	struct vd_neigh_entry *entries; /* mask + 1 of them, 32 bytes each */
	uint32_t mask;
	uint64_t seed;
};

static inline enum vd_neigh_state
vd_neigh_word_state(uint64_t word)
{
	return (enum vd_neigh_state)(word >> 48 & 0xf);
}

static inline uint16_t
vd_neigh_word_gen(uint64_t word)
{
	return (uint16_t)(word >> 52);
}

static inline bool
vd_neigh_word_usable(uint64_t word)
{
	return vd_neigh_word_state(word) >= VD_NEIGH_STATE_STALE;
}

/*
 * A used STALE entry is to be reported with vd_neigh_used(), once in a while, so that control
 * confirms it.
 */
static inline bool
vd_neigh_word_wants_use(uint64_t word)
{
	return vd_neigh_word_state(word) == VD_NEIGH_STATE_STALE;
}

static inline void
vd_neigh_word_mac(uint64_t word, struct vd_mac *mac)
{
	memcpy(mac->b, &word, sizeof(mac->b));
}

/* Writes the destination MAC at p: six bytes. */
static inline void
vd_neigh_word_put(uint64_t word, void *p)
{
	memcpy(p, &word, 6);
}

static inline uint64_t
vd_neigh_word(const struct vd_neigh_table *t, uint32_t idx)
{
	return vd_load_acquire(&t->entries[idx].word);
}

/* Is slot idx still the neighbour that had generation gen? */
static inline bool
vd_neigh_matches(const struct vd_neigh_table *t, uint32_t idx, uint16_t gen)
{
	uint64_t word = vd_neigh_word(t, idx);

	return vd_neigh_word_gen(word) == gen &&
			vd_neigh_word_state(word) >= VD_NEIGH_STATE_INCOMPLETE;
}

static inline uint32_t
vd_neigh_home(const struct vd_neigh_table *t, uint32_t ifid, const struct vd_addr *addr)
{
	uint64_t h = vd_mix64(addr->w[1] ^
			vd_mix64(addr->w[0] + t->seed + (uint64_t)ifid * 0x9e3779b97f4a7c15ull));

	return (uint32_t)h & t->mask;
}

static inline void
vd_neigh_prefetch(const struct vd_neigh_table *t, uint32_t ifid, const struct vd_addr *addr)
{
	vd_prefetch(&t->entries[vd_neigh_home(t, ifid, addr)]);
}

/*
 * Index of a neighbour, its word at that moment in *word (not NULL), or VD_NEIGH_NONE. Any thread.
 * Whoever finds none asks control to resolve it.
 */
static inline uint32_t
vd_neigh_find_word(const struct vd_neigh_table *t, uint32_t ifid, const struct vd_addr *addr,
		uint64_t *word)
{
	uint32_t i = vd_neigh_home(t, ifid, addr);

	for (uint32_t n = 0; n <= t->mask; n++, i = (i + 1) & t->mask) {
		const struct vd_neigh_entry *e = &t->entries[i];
		uint64_t w = vd_load_acquire(&e->word);
		enum vd_neigh_state state = vd_neigh_word_state(w);

		if (state == VD_NEIGH_STATE_EMPTY)
			break;
		if (state == VD_NEIGH_STATE_GONE || vd_load_relaxed(&e->ifid) != ifid ||
				vd_load_relaxed(&e->addr.w[0]) != addr->w[0] ||
				vd_load_relaxed(&e->addr.w[1]) != addr->w[1])
			continue;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* The key was read while the slot changed hands: it is no longer this neighbour. */
		if (vd_neigh_word_gen(vd_load_relaxed(&e->word)) != vd_neigh_word_gen(w))
			break;
		*word = w;
		return i;
	}
	return VD_NEIGH_NONE;
}

static inline uint32_t
vd_neigh_find(const struct vd_neigh_table *t, uint32_t ifid, const struct vd_addr *addr)
{
	uint64_t word;

	return vd_neigh_find_word(t, ifid, addr, &word);
}

/* The word of enum vd_neigh_state ("reachable"); "?" outside it. */
const char *vd_neigh_state_name(enum vd_neigh_state s);

/* One neighbour for `show neighbor`. */
struct vd_neigh_row {
	uint32_t index;
	uint32_t ifid;
	struct vd_addr addr;
	struct vd_mac mac; /* zero while unknown */
	enum vd_neigh_state state;
	uint32_t since; /* second (of the monotonic clock) of the last change or confirmation */
};

/*
 * The next neighbour from slot *cursor on (start with 0): true with *out, or false at the end. Any
 * thread; a row that changes hands while it is read is skipped.
 */
bool vd_neigh_view(const struct vd_neigh_table *t, uint32_t *cursor, struct vd_neigh_row *out);

#endif
