/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

#include "vd_pkt_eth.h"

static const struct vd_addr *
part_addr(const struct vd_neigh_config *c, const struct neigh_part *part, uint32_t i)
{
	return &c->owns.v[c->items.v[part->first + i].own].addr;
}

/* The part of a job in a lane, or NULL. */
static const struct neigh_part *
part_find(const struct vd_neigh_config *c, uint32_t j, uint32_t lane)
{
	const struct neigh_job *job = &c->jobs.v[j];

	for (uint32_t i = job->part_first; i < job->part_first + job->part_n; i++)
		if (c->parts.v[i].lane == lane)
			return &c->parts.v[i];
	return NULL;
}

/* The first address of the part that comes not before the one whose turn it was. */
static uint32_t
cursor_carry(const struct vd_neigh_config *c, const struct neigh_part *part,
		const struct vd_neigh_config *old, const struct neigh_part *was)
{
	const struct vd_addr *at;
	uint32_t lo = 0, hi = part->n;

	if (was == NULL)
		return 0;
	if (!was->queued)
		return part->n;
	at = part_addr(old, was, was->cursor);
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (vd_addr_cmp(part_addr(c, part, mid), at) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* A job goes on where its like was. */
static void
job_carry(struct vd_neigh_config *c, uint32_t j, const struct vd_neigh_config *old, uint32_t was,
		vd_time now)
{
	const struct neigh_job *from = &old->jobs.v[was];
	struct neigh_job *job = &c->jobs.v[j];

	/* Begun anew since the new configuration came: that counts. */
	if (from->rounds == 0 || job->part_n == 0 || job->rounds != 0)
		return;
	if (from->open == 0) {
		neigh_job_start(c, j, from->rounds, from->gap,
				vd_timer_get(old->announcements, was));
		return;
	}
	job->rounds = from->rounds;
	job->gap = from->gap;
	for (uint32_t i = job->part_first; i < job->part_first + job->part_n; i++) {
		struct neigh_part *part = &c->parts.v[i];

		part->cursor = cursor_carry(c, part, old, part_find(old, was, part->lane));
		if (part->cursor < part->n)
			neigh_part_queue(c, i, now);
	}
	if (job->open == 0)
		neigh_job_round_end(c, j, now);
}

static void
leases_carry(struct vd_neigh_config *c, const struct vd_neigh_config *old, vd_time now)
{
	for (uint32_t lease = 0; lease < VD_MIN(c->lease_jobs.n, old->lease_jobs.n); lease++) {
		uint32_t job = c->lease_jobs.v[lease], was = old->lease_jobs.v[lease];

		if (job != NEIGH_NIL && was != NEIGH_NIL)
			job_carry(c, job, old, was, now);
	}
}

/* What the own was before, with the same lease; and whether its address and MAC were served. */
static const struct neigh_own *
own_before(const struct vd_neigh *n, const struct neigh_own *own, const struct vd_neigh_config *old,
		bool *served)
{
	const struct vd_mac *mac = neigh_own_mac(n->config, own);
	const struct neigh_own *same = NULL, *was;
	uint32_t count = 0;

	*served = false;
	for (was = neigh_own_find(old, own->ifid, &own->addr, &count); count > 0; count--, was++) {
		if (neigh_own_served(n, was) && vd_mac_equal(neigh_own_mac(old, was), mac))
			*served = true;
		if (was->lease == own->lease)
			same = was;
	}
	return same;
}

/* Of no use without owns: then there is nothing to announce. */
static const struct vd_neigh_config *
announcing(const struct vd_neigh_config *c)
{
	return c == NULL || c->announcements == NULL ? NULL : c;
}

void
neigh_carry_own(struct vd_neigh *n, const struct vd_neigh_config *before, uint32_t i, vd_time now)
{
	const struct vd_neigh_config *old = announcing(before);
	struct vd_neigh_config *c = n->config;
	struct neigh_own *own = &c->owns.v[i];
	const struct neigh_own *was;
	bool served;

	was = own_before(n, own, old, &served);
	if (was != NULL) {
		own->conflict_after = was->conflict_after;
		own->fresh = was->fresh &&
				old->jobs.v[neigh_job_of_news(old, own->ifid)].rounds > 0;
		job_carry(c, neigh_job_of_own(c, own), old, neigh_job_of_own(old, was), now);
	}
	if (served || !neigh_own_served(n, own))
		return;
	own->fresh = true;
	c->ifs.v[own->ifid].news = true;
}

/* Whatever queues up afterwards keeps the pace. */
void
neigh_carry_pace(struct vd_neigh *n, const struct vd_neigh_config *before, vd_time now)
{
	const struct vd_neigh_config *old = announcing(before);
	struct vd_neigh_config *c = n->config;

	if (old == NULL || announcing(c) == NULL)
		return;
	for (uint32_t i = 0; i < 2 * VD_MIN(c->ifs.n, old->ifs.n); i++)
		c->lanes[i].next_at = VD_MIN(old->lanes[i].next_at, now + c->lanes[i].interval);
}

void
neigh_carry_jobs(struct vd_neigh *n, const struct vd_neigh_config *before, vd_time now)
{
	const struct vd_neigh_config *old = announcing(before);
	struct vd_neigh_config *c = n->config;

	if (announcing(c) == NULL)
		return;
	for (uint32_t i = 0; i < c->ifs.n; i++)
		if (c->ifs.v[i].news)
			neigh_job_start(c, neigh_job_of_news(c, i), VD_NEIGH_ANNOUNCE_ROUNDS,
					VD_NEIGH_ANNOUNCE_GAP, now);
	if (old == NULL)
		return;
	leases_carry(c, old, now);
	for (uint32_t i = 0; i < VD_MIN(c->ifs.n, old->ifs.n); i++) {
		job_carry(c, neigh_job_of_if(c, i), old, neigh_job_of_if(old, i), now);
		job_carry(c, neigh_job_of_news(c, i), old, neigh_job_of_news(old, i), now);
	}
}
