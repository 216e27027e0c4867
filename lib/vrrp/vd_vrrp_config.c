/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration, on main: filled in, indexed, freed. */
#include <errno.h>
#include <stdlib.h>

#include "vd_alloc.h"
#include "vd_hash.h"
#include "vrrp_priv.h"

struct vd_vrrp_config *
vd_vrrp_config_new(void)
{
	struct vd_vrrp_config *c = vd_xcalloc(1, sizeof(*c));

	for (unsigned int i = 0; i < VRRP_KEYS; i++)
		c->key[i] = VRRP_SLOT_NONE;
	return c;
}

void
vd_vrrp_config_free(struct vd_vrrp_config *c)
{
	if (c == NULL)
		return;
	for (unsigned int i = 0; i < VD_VRRP_INSTANCES; i++) {
		if (c->slot[i] == NULL)
			continue;
		vd_vec_free(&c->slot[i]->peers);
		vd_vec_free(&c->slot[i]->addresses);
		vd_vec_free(&c->slot[i]->tracks);
		free(c->slot[i]->hmac);
		free(c->slot[i]);
	}
	for (unsigned int i = 0; i < VD_VRRP_GROUPS; i++)
		free(c->group[i].members);
	free(c);
}

struct vd_vrrp_instance_config *
vd_vrrp_config_instance(struct vd_vrrp_config *c, uint32_t slot)
{
	struct vd_vrrp_instance_config *i;

	if (slot >= VD_VRRP_INSTANCES || c->slot[slot] != NULL)
		return NULL;
	i = vd_xcalloc(1, sizeof(*i));
	i->down_timer_adverts = 3;
	i->ttl = 255;
	i->sync_group = VD_VRRP_GROUP_NONE;
	c->slot[slot] = i;
	return i;
}

void
vd_vrrp_config_track_delay(
		struct vd_vrrp_config *c, uint32_t track, vd_time down_delay, vd_time up_delay)
{
	if (track < VD_VRRP_TRACKS)
		c->delay[track] = (struct vrrp_track_delay){down_delay, up_delay};
}

void
vd_vrrp_config_startup_delay(struct vd_vrrp_config *c, vd_time delay)
{
	c->startup_delay = delay;
}

static uint32_t
key_hash(uint32_t ifid, bool v6, uint8_t vrid)
{
	return (uint32_t)vd_mix64((uint64_t)ifid << 16 | (uint64_t)v6 << 8 | vrid) &
			(VRRP_KEYS - 1);
}

static bool
key_is(const struct vd_vrrp_instance_config *i, uint32_t ifid, bool v6, uint8_t vrid)
{
	return i->ifid == ifid && i->id.v6 == v6 && i->id.vrid == vrid;
}

uint16_t
vrrp_config_find(const struct vd_vrrp_config *c, uint32_t ifid, bool v6, uint8_t vrid)
{
	for (uint32_t k = key_hash(ifid, v6, vrid);; k = (k + 1) & (VRRP_KEYS - 1))
		if (c->key[k] == VRRP_SLOT_NONE || key_is(c->slot[c->key[k]], ifid, v6, vrid))
			return c->key[k];
}

static int
key_add(struct vd_vrrp_config *c, uint16_t slot)
{
	const struct vd_vrrp_instance_config *i = c->slot[slot];
	uint32_t k = key_hash(i->ifid, i->id.v6, i->id.vrid);

	for (; c->key[k] != VRRP_SLOT_NONE; k = (k + 1) & (VRRP_KEYS - 1))
		if (key_is(c->slot[c->key[k]], i->ifid, i->id.v6, i->id.vrid))
			return -EEXIST;
	c->key[k] = slot;
	return 0;
}

static void
group_add(struct vd_vrrp_config *c, uint32_t group, uint16_t slot)
{
	struct vrrp_group_config *g = &c->group[group];

	g->members = vd_xrealloc(g->members, (g->n + 1) * sizeof(g->members[0]));
	g->members[g->n++] = slot;
}

static bool
tracks_known(const struct vd_vrrp_instance_config *i)
{
	const struct vd_vrrp_track *t;

	VD_VEC_FOREACH (t, &i->tracks)
		if (t->id >= VD_VRRP_TRACKS)
			return false;
	return true;
}

int
vd_vrrp_config_seal(struct vd_vrrp_config *c)
{
	int err = 0;

	for (uint16_t s = 0; s < VD_VRRP_INSTANCES; s++) {
		struct vd_vrrp_instance_config *i = c->slot[s];

		if (i == NULL)
			continue;
		i->id.addresses = i->addresses.v;
		i->id.n_addresses = (uint16_t)VD_MIN(i->addresses.n, (size_t)VD_VRRP_ADDRS_MAX);
		i->id.hmac = i->hmac;
		if (i->sync_group < VD_VRRP_GROUPS)
			group_add(c, i->sync_group, s);
		else
			i->sync_group = VD_VRRP_GROUP_NONE;
		if (!tracks_known(i))
			err = -ERANGE;
		if (key_add(c, s) != 0)
			err = -EEXIST;
	}
	return err;
}
