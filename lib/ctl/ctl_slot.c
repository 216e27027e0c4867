/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small numbers for names that must keep their number across reloads: leases by the name of their VRRP instance, pools
 * of local addresses by the name of their group, checks, tracked things. A name that a reload no longer has gives its number
 * back when nobody uses the configuration any more that knew it.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"
#include "vd_hash.h"

#define HEADS_LEAST 64u

static uint32_t *
head_of(const struct ctl_slots *s, uint64_t hash)
{
	return &s->heads[hash & (s->n_heads - 1)];
}

static uint64_t
name_hash(const char *name)
{
	return vd_hash_bytes(name, strlen(name), 0);
}

uint32_t
ctl_slot_find(const struct ctl_slots *s, const char *name)
{
	uint64_t hash = name_hash(name);

	if (s->n_heads == 0)
		return CTL_SLOT_NONE;
	for (uint32_t i = *head_of(s, hash); i != 0; i = s->v[i - 1].next)
		if (s->v[i - 1].hash == hash && strcmp(s->v[i - 1].name, name) == 0)
			return i - 1;
	return CTL_SLOT_NONE;
}

static void
link_in(struct ctl_slots *s, uint32_t i)
{
	uint32_t *head = head_of(s, s->v[i].hash);

	s->v[i].next = *head;
	*head = i + 1;
}

static void
grow(struct ctl_slots *s)
{
	free(s->heads);
	s->n_heads = VD_MAX(2 * s->n_heads, HEADS_LEAST);
	s->heads = vd_xcalloc(s->n_heads, sizeof(*s->heads));
	for (uint32_t i = 0; i < s->n; i++)
		if (s->v[i].name != NULL)
			link_in(s, i);
}

uint32_t
ctl_slot_take(struct ctl_slots *s, const char *name)
{
	uint32_t i = ctl_slot_find(s, name);

	if (i == CTL_SLOT_NONE) {
		if (s->n >= s->n_heads)
			grow(s);
		i = s->free;
		if (i != 0) {
			s->free = s->v[--i].next;
		} else {
			i = (uint32_t)s->n;
			(void)vd_vec_add(s);
		}
		s->v[i] = (struct ctl_slot){.name = vd_xstrdup(name), .hash = name_hash(name)};
		link_in(s, i);
	}
	s->v[i].used = true;
	return i;
}

const char *
ctl_slot_name(const struct ctl_slots *s, uint32_t i)
{
	return i < s->n && s->v[i].name != NULL ? s->v[i].name : "?";
}

void
ctl_slots_begin(struct ctl_slots *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->v[i].used = false;
}

static void
let_go(struct ctl_slots *s, uint32_t i)
{
	uint32_t *link = head_of(s, s->v[i].hash);

	while (*link != i + 1)
		link = &s->v[*link - 1].next;
	*link = s->v[i].next;
	free(s->v[i].name);
	s->v[i] = (struct ctl_slot){.next = s->free};
	s->free = i + 1;
}

void
ctl_slots_collect(struct ctl_slots *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->v[i].name != NULL && !s->v[i].used)
			let_go(s, i);
}

void
ctl_slots_free(struct ctl_slots *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].name);
	free(s->heads);
	s->heads = NULL;
	s->n_heads = s->free = 0;
	vd_vec_free(s);
}
