/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

#define GEN_MASK 0xfffu

static uint64_t
word_make(enum vd_neigh_state state, uint16_t gen, const struct vd_mac *mac)
{
	uint64_t word = 0;

	if (mac != NULL)
		memcpy(&word, mac->b, sizeof(mac->b));
	return word | (uint64_t)state << 48 | (uint64_t)(gen & GEN_MASK) << 52;
}

static enum vd_neigh_state
state_at(const struct vd_neigh_table *t, uint32_t idx)
{
	return vd_neigh_word_state(vd_load_relaxed(&t->entries[idx].word));
}

/* The caller made sure that the key is not in the table and that a slot is free. */
uint32_t
neigh_table_insert(struct vd_neigh_table *t, uint32_t ifid, const struct vd_addr *addr)
{
	uint32_t i = vd_neigh_home(t, ifid, addr);
	struct vd_neigh_entry *e;
	uint16_t gen;

	while (state_at(t, i) > VD_NEIGH_STATE_GONE)
		i = (i + 1) & t->mask;
	e = &t->entries[i];
	/*
	 * The generation was moved on when the last neighbour left; readers that see a new key see
	 * that, too.
	 */
	gen = vd_neigh_word_gen(vd_load_relaxed(&e->word));
	__atomic_thread_fence(__ATOMIC_RELEASE);
	vd_store_relaxed(&e->ifid, ifid);
	vd_store_relaxed(&e->addr.w[0], addr->w[0]);
	vd_store_relaxed(&e->addr.w[1], addr->w[1]);
	vd_store_release(&e->word, word_make(VD_NEIGH_STATE_INCOMPLETE, gen, NULL));
	return i;
}

void
neigh_table_remove(struct vd_neigh_table *t, uint32_t idx)
{
	struct vd_neigh_entry *e = &t->entries[idx];
	uint16_t gen = (uint16_t)(vd_neigh_word_gen(vd_load_relaxed(&e->word)) + 1);

	vd_store_release(&e->word, word_make(VD_NEIGH_STATE_GONE, gen, NULL));
	/* Nothing lies behind a run of gone slots that an empty one ends: they are empty again. */
	if (state_at(t, (idx + 1) & t->mask) != VD_NEIGH_STATE_EMPTY)
		return;
	while (state_at(t, idx) == VD_NEIGH_STATE_GONE) {
		e = &t->entries[idx];
		gen = vd_neigh_word_gen(vd_load_relaxed(&e->word));
		vd_store_release(&e->word, word_make(VD_NEIGH_STATE_EMPTY, gen, NULL));
		idx = (idx - 1) & t->mask;
	}
}

void
neigh_table_write(struct vd_neigh_table *t, uint32_t idx, enum vd_neigh_state state,
		const struct vd_mac *mac, vd_time now)
{
	struct vd_neigh_entry *e = &t->entries[idx];
	uint16_t gen = vd_neigh_word_gen(vd_load_relaxed(&e->word));

	vd_store_relaxed(&e->since, (uint32_t)(now / VD_SEC));
	vd_store_release(&e->word, word_make(state, gen, mac));
}

struct vd_mac
neigh_table_mac(const struct vd_neigh_table *t, uint32_t idx)
{
	struct vd_mac mac;

	vd_neigh_word_mac(vd_load_relaxed(&t->entries[idx].word), &mac);
	return mac;
}

const char *
vd_neigh_state_name(enum vd_neigh_state s)
{
	static const char *const names[VD_NEIGH_STATE_N] = {
#define X(id, name) [VD_NEIGH_STATE_##id] = name,
			VD_NEIGH_STATES(X)
#undef X
	};

	return (unsigned int)s < VD_NEIGH_STATE_N ? names[s] : "?";
}

bool
vd_neigh_view(const struct vd_neigh_table *t, uint32_t *cursor, struct vd_neigh_row *out)
{
	for (; *cursor <= t->mask; (*cursor)++) {
		const struct vd_neigh_entry *e = &t->entries[*cursor];
		uint64_t word = vd_load_acquire(&e->word);

		if (vd_neigh_word_state(word) <= VD_NEIGH_STATE_GONE)
			continue;
		out->index = *cursor;
		out->ifid = vd_load_relaxed(&e->ifid);
		out->addr.w[0] = vd_load_relaxed(&e->addr.w[0]);
		out->addr.w[1] = vd_load_relaxed(&e->addr.w[1]);
		out->since = vd_load_relaxed(&e->since);
		out->state = vd_neigh_word_state(word);
		vd_neigh_word_mac(word, &out->mac);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (vd_neigh_word_gen(vd_load_relaxed(&e->word)) != vd_neigh_word_gen(word))
			continue;
		(*cursor)++;
		return true;
	}
	return false;
}
