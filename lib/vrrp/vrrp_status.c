/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies for readers on other threads, each under a sequence of its own: odd while it is written. */
#include <string.h>

#include "vrrp_priv.h"

#define WORDS (sizeof(struct vd_vrrp_status) / sizeof(uint32_t))

_Static_assert(sizeof(struct vd_vrrp_status) % sizeof(uint64_t) == 0, "whole words");

/* The status as words, for copies that may race with the other side and are thrown away then. */
union words {
	struct vd_vrrp_status s;
	uint32_t w[WORDS];
};

void
vrrp_mark(struct vd_vrrp *v, struct vrrp_instance *i)
{
	if (i->dirty)
		return;
	i->dirty = true;
	v->dirty[v->n_dirty++] = (uint16_t)vrrp_slot(v, i);
}

static uint8_t
wanted(const struct vd_vrrp *v, const struct vrrp_instance *i)
{
	if (i->state == VD_VRRP_STATE_FAULT)
		return VD_VRRP_STATE_FAULT;
	if (v->hold != 0)
		return VD_VRRP_STATE_BACKUP;
	return i->state == VD_VRRP_STATE_MASTER || i->timer_out ? VD_VRRP_STATE_MASTER
								: VD_VRRP_STATE_BACKUP;
}

static void
fill(const struct vd_vrrp *v, const struct vrrp_instance *i, struct vd_vrrp_status *s)
{
	memset(s, 0, sizeof(*s));
	s->reason_track = VD_VRRP_TRACK_NONE;
	if (i->c == NULL)
		return;
	s->present = true;
	s->state = i->state;
	s->wanted = wanted(v, i);
	s->reason = i->reason;
	s->priority = vrrp_base(i);
	s->effective_priority = i->effective;
	s->priority_override = i->override;
	s->reason_priority = i->reason_priority;
	s->master_priority = i->master_priority;
	s->handed_over = i->handed != VRRP_HANDED_NO;
	s->reason_track = i->reason_track;
	s->reason_time = i->reason_time;
	s->since = i->since;
	s->master_interval = i->master_interval;
	s->down_interval = vrrp_down_interval(i);
	s->preempt_at = i->preempt_at;
	s->next_at = vd_timer_get(v->timers, vrrp_slot(v, i));
	s->reason_addr = i->reason_addr;
	s->master_addr = i->master_addr;
	s->stats = i->stats;
}

static void
words_store(struct vd_vrrp_status *to, const union words *from)
{
	uint32_t *w = (uint32_t *)(void *)to;

	for (size_t k = 0; k < WORDS; k++)
		vd_store_relaxed(&w[k], from->w[k]);
}

static void
words_load(union words *to, const struct vd_vrrp_status *from)
{
	const uint32_t *w = (const uint32_t *)(const void *)from;

	for (size_t k = 0; k < WORDS; k++)
		to->w[k] = vd_load_relaxed(&w[k]);
}

void
vrrp_publish(struct vd_vrrp *v)
{
	union words now;

	for (uint32_t k = 0; k < v->n_dirty; k++) {
		struct vrrp_instance *i = &v->inst[v->dirty[k]];

		fill(v, i, &now.s);
		vd_store_relaxed(&i->seq, i->seq + 1);
		__atomic_thread_fence(__ATOMIC_RELEASE);
		words_store(&i->status, &now);
		vd_store_release(&i->seq, i->seq + 1);
		i->dirty = false;
	}
	v->n_dirty = 0;
}

bool
vd_vrrp_status_read(const struct vd_vrrp *v, uint32_t slot, struct vd_vrrp_status *out)
{
	const struct vrrp_instance *i = &v->inst[slot < VD_VRRP_INSTANCES ? slot : 0];
	union words copy;
	uint32_t before, after;

	do {
		before = vd_load_acquire(&i->seq);
		words_load(&copy, &i->status);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		after = vd_load_relaxed(&i->seq);
	} while (before != after || (before & 1) != 0);
	*out = copy.s;
	return slot < VD_VRRP_INSTANCES && out->present;
}

enum vd_vrrp_state
vd_vrrp_group_state(const struct vd_vrrp *v, uint32_t group)
{
	if (group >= VD_VRRP_GROUPS)
		return VD_VRRP_STATE_INIT;
	return (enum vd_vrrp_state)vd_load_relaxed(&v->group[group].state);
}
