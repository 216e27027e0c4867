/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "probe_priv.h"
#include "vd_alloc.h"
#include "vd_compiler.h"

static uint32_t
place(const struct probe_set *s, enum vd_probe_kind kind, uint32_t slot)
{
	return (uint32_t)vd_mix64((uint64_t)kind << 32 | slot) & s->mask;
}

struct probe_set *
probe_set_new(size_t n)
{
	struct probe_set *s = vd_xcalloc(1, sizeof(*s));
	uint32_t size = vd_pow2_ceil((uint32_t)(2 * n + 2));

	s->v = vd_xcalloc(n + 1, sizeof(struct probe_thing *));
	s->index = vd_xcalloc(size, sizeof(*s->index));
	s->mask = size - 1;
	return s;
}

void
probe_set_free(struct probe_set *s)
{
	if (s == NULL)
		return;
	free(s->v);
	free(s->index);
	free(s);
}

void
probe_set_add(struct probe_set *s, struct probe_thing *t)
{
	uint32_t i = place(s, t->def->kind, t->def->slot);

	while (s->index[i] != 0)
		i = (i + 1) & s->mask;
	s->v[s->n++] = t;
	s->index[i] = (uint32_t)s->n;
}

struct probe_thing *
probe_set_find(const struct probe_set *s, enum vd_probe_kind kind, uint32_t slot)
{
	for (uint32_t i = place(s, kind, slot); s->index[i] != 0; i = (i + 1) & s->mask) {
		struct probe_thing *t = s->v[s->index[i] - 1];

		if (t->def->kind == kind && t->def->slot == slot)
			return t;
	}
	return NULL;
}
