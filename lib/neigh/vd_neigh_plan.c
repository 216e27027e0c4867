/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

/* Every lease that has addresses gets a number. */
static void
leases_number(struct vd_neigh_config *c)
{
	const struct neigh_own *own;

	VD_VEC_FOREACH (own, &c->owns) {
		if (own->lease == VD_NEIGH_NO_LEASE)
			continue;
		while (c->lease_jobs.n <= own->lease)
			vd_vec_push(&c->lease_jobs, NEIGH_NIL);
		if (c->lease_jobs.v[own->lease] == NEIGH_NIL)
			c->lease_jobs.v[own->lease] = c->n_leases++;
	}
}

static void
jobs_create(struct vd_neigh_config *c)
{
	size_t n = c->n_leases + 2 * c->ifs.n + c->owns.n;
	const struct neigh_own *own;

	while (c->jobs.n < n)
		vd_vec_add(&c->jobs)->lease = VD_NEIGH_NO_LEASE;
	for (uint32_t i = 0; i < c->ifs.n; i++)
		c->jobs.v[neigh_job_of_news(c, i)].news = true;
	VD_VEC_FOREACH (own, &c->owns) {
		c->jobs.v[neigh_job_of_own(c, own)].lease = own->lease;
		if (own->lease != VD_NEIGH_NO_LEASE)
			c->jobs.v[neigh_job_of_lease(c, own->lease)].lease = own->lease;
	}
}

static int
item_cmp(const void *x, const void *y)
{
	const struct neigh_item *a = x, *b = y;

	if (a->job != b->job)
		return a->job < b->job ? -1 : 1;
	if (a->lane != b->lane)
		return a->lane < b->lane ? -1 : 1;
	return a->own < b->own ? -1 : a->own > b->own;
}

static void
items_list(struct vd_neigh_config *c)
{
	for (uint32_t i = 0; i < c->owns.n; i++) {
		const struct neigh_own *own = &c->owns.v[i];
		struct neigh_item item = {.lane = neigh_lane_of(own->ifid, &own->addr), .own = i};

		item.job = neigh_job_of_lease(c, own->lease);
		if (item.job != NEIGH_NIL)
			vd_vec_push(&c->items, item);
		item.job = neigh_job_of_if(c, own->ifid);
		vd_vec_push(&c->items, item);
		item.job = neigh_job_of_news(c, own->ifid);
		vd_vec_push(&c->items, item);
		item.job = neigh_job_of_own(c, own);
		vd_vec_push(&c->items, item);
	}
	qsort(c->items.v, c->items.n, sizeof(*c->items.v), item_cmp);
}

/* An address that a lease has in two roles is announced once for it. */
static void
items_clean(struct vd_neigh_config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->items.n; i++) {
		const struct neigh_item *item = &c->items.v[i];
		const struct neigh_item *before = n > 0 ? &c->items.v[n - 1] : NULL;

		if (item->job < c->n_leases && before != NULL && before->job == item->job &&
				before->lane == item->lane &&
				vd_addr_equal(&c->owns.v[before->own].addr,
						&c->owns.v[item->own].addr))
			continue;
		c->items.v[n++] = *item;
	}
	c->items.n = n;
}

static void
parts_cut(struct vd_neigh_config *c)
{
	for (uint32_t i = 0; i < c->items.n; i++) {
		const struct neigh_item *item = &c->items.v[i];
		struct neigh_job *job = &c->jobs.v[item->job];
		struct neigh_part *part = c->parts.n > 0 ? &c->parts.v[c->parts.n - 1] : NULL;

		if (part == NULL || part->job != item->job || part->lane != item->lane) {
			if (job->part_n++ == 0)
				job->part_first = (uint32_t)c->parts.n;
			part = vd_vec_add(&c->parts);
			part->job = item->job;
			part->lane = item->lane;
			part->first = i;
		}
		part->n++;
		job->addresses++;
	}
}

void
neigh_plan_build(struct vd_neigh_config *c)
{
	uint32_t n_lanes = 2 * (uint32_t)c->ifs.n;

	if (c->owns.n == 0)
		return;
	leases_number(c);
	jobs_create(c);
	items_list(c);
	items_clean(c);
	parts_cut(c);
	c->part_links = vd_xcalloc(c->parts.n, sizeof(*c->part_links));
	c->lane_links = vd_xcalloc(n_lanes, sizeof(*c->lane_links));
	c->lanes = vd_xcalloc(n_lanes, sizeof(*c->lanes));
	for (uint32_t i = 0; i < n_lanes; i++) {
		const struct neigh_if *iface = &c->ifs.v[i / 2];

		c->lanes[i].parts = (struct neigh_queue){NEIGH_NIL, NEIGH_NIL};
		c->lanes[i].interval = i % 2 == 0 ? iface->garp_interval : iface->gna_interval;
	}
	c->ready = (struct neigh_queue){NEIGH_NIL, NEIGH_NIL};
	c->announcements = vd_timer_create((uint32_t)c->jobs.n + n_lanes, &vd_alloc_libc);
}

void
neigh_plan_free(struct vd_neigh_config *c)
{
	vd_vec_free(&c->lease_jobs);
	vd_vec_free(&c->jobs);
	vd_vec_free(&c->parts);
	vd_vec_free(&c->items);
	free(c->lanes);
	free(c->part_links);
	free(c->lane_links);
	vd_timer_destroy(c->announcements);
}
