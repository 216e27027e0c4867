/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small numbers for names that must keep their number across reloads: leases by the name of their VRRP instance, pools
 * of local addresses by the name of their group. A name that a reload no longer has gives its number back when the
 * workers no longer use the configuration that knew it.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"

uint32_t
ctl_slot_find(const struct ctl_slots *s, const char *name)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->v[i].name != NULL && strcmp(s->v[i].name, name) == 0)
			return i;
	return CTL_SLOT_NONE;
}

uint32_t
ctl_slot_take(struct ctl_slots *s, const char *name)
{
	uint32_t i = ctl_slot_find(s, name);

	if (i == CTL_SLOT_NONE) {
		for (i = 0; i < s->n && s->v[i].name != NULL; i++)
			;
		if (i == s->n)
			(void)vd_vec_add(s);
		s->v[i].name = vd_xstrdup(name);
	}
	s->v[i].used = true;
	return i;
}

void
ctl_slots_begin(struct ctl_slots *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->v[i].used = false;
}

void
ctl_slots_collect(struct ctl_slots *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].used)
			continue;
		free(s->v[i].name);
		s->v[i].name = NULL;
	}
}

void
ctl_slots_free(struct ctl_slots *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].name);
	vd_vec_free(s);
}
