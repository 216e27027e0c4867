/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

/* Of one tick: addresses looked at, served or not, and timers that ran out. */
#define LOOKS 512
#define WAKES 128

/* What one tick may do yet. */
struct budget {
	uint32_t sends, looks, wakes;
};

static void
queue_add(struct neigh_queue *q, struct neigh_link *links, uint32_t i)
{
	links[i] = (struct neigh_link){q->last, NEIGH_NIL};
	if (q->last == NEIGH_NIL)
		q->first = i;
	else
		links[q->last].next = i;
	q->last = i;
}

static void
queue_remove(struct neigh_queue *q, struct neigh_link *links, uint32_t i)
{
	if (links[i].prev == NEIGH_NIL)
		q->first = links[i].next;
	else
		links[links[i].prev].next = links[i].next;
	if (links[i].next == NEIGH_NIL)
		q->last = links[i].prev;
	else
		links[links[i].next].prev = links[i].prev;
}

/* The first comes last. */
static void
queue_turn(struct neigh_queue *q, struct neigh_link *links)
{
	uint32_t i = q->first;

	queue_remove(q, links, i);
	queue_add(q, links, i);
}

static uint32_t
lane_timer(const struct vd_neigh_config *c, uint32_t lane)
{
	return (uint32_t)c->jobs.n + lane;
}

/* Stands among the ready ones, waits for its time, or has nothing to do. */
static void
lane_settle(struct vd_neigh_config *c, uint32_t i, vd_time now)
{
	struct neigh_lane *lane = &c->lanes[i];
	bool work = lane->parts.first != NEIGH_NIL;
	bool ready = work && now >= lane->next_at;

	if (ready && !lane->ready) {
		if (c->ready.first == NEIGH_NIL)
			c->ready_at = now;
		queue_add(&c->ready, c->lane_links, i);
	} else if (!ready && lane->ready) {
		queue_remove(&c->ready, c->lane_links, i);
	}
	lane->ready = ready;
	vd_timer_set(c->announcements, lane_timer(c, i),
			work && !ready ? lane->next_at : VD_TIME_NEVER);
}

void
neigh_part_queue(struct vd_neigh_config *c, uint32_t i, vd_time now)
{
	struct neigh_part *part = &c->parts.v[i];
	struct neigh_lane *lane = &c->lanes[part->lane];

	part->queued = true;
	c->jobs.v[part->job].open++;
	queue_add(&lane->parts, c->part_links, i);
	if (lane->parts.first == i)
		lane_settle(c, part->lane, now);
}

static void
part_leave(struct vd_neigh_config *c, uint32_t i)
{
	struct neigh_part *part = &c->parts.v[i];
	struct neigh_lane *lane = &c->lanes[part->lane];

	part->queued = false;
	c->jobs.v[part->job].open--;
	queue_remove(&lane->parts, c->part_links, i);
	if (lane->parts.first == NEIGH_NIL)
		lane_settle(c, part->lane, 0);
}

void
neigh_job_end(struct vd_neigh_config *c, uint32_t j)
{
	struct neigh_job *job = &c->jobs.v[j];

	for (uint32_t i = job->part_first; job->open > 0; i++)
		if (c->parts.v[i].queued)
			part_leave(c, i);
	job->rounds = 0;
	vd_timer_cancel(c->announcements, j);
}

void
neigh_job_start(struct vd_neigh_config *c, uint32_t j, uint32_t rounds, vd_time gap, vd_time at)
{
	struct neigh_job *job = &c->jobs.v[j];

	if (rounds == 0 || job->part_n == 0)
		return;
	neigh_job_end(c, j);
	job->rounds = rounds;
	job->gap = gap;
	vd_timer_set(c->announcements, j, at);
}

void
neigh_job_round_end(struct vd_neigh_config *c, uint32_t j, vd_time now)
{
	struct neigh_job *job = &c->jobs.v[j];

	if (--job->rounds > 0)
		vd_timer_set(c->announcements, j, now + job->gap);
}

static void
round_begin(struct vd_neigh *n, uint32_t j, vd_time now)
{
	struct vd_neigh_config *c = n->config;
	struct neigh_job *job = &c->jobs.v[j];

	if (job->lease != VD_NEIGH_NO_LEASE && !n->leases[job->lease]) {
		neigh_job_end(c, j);
		return;
	}
	for (uint32_t i = job->part_first; i < job->part_first + job->part_n; i++) {
		c->parts.v[i].cursor = 0;
		neigh_part_queue(c, i, now);
	}
}

/* The next address of the part whose turn it is. */
static void
lane_step(struct vd_neigh *n, struct neigh_lane *lane, vd_time now, struct budget *left,
		struct vd_neigh_actions *out)
{
	struct vd_neigh_config *c = n->config;
	uint32_t i = lane->parts.first;
	struct neigh_part *part = &c->parts.v[i];
	const struct neigh_own *own = &c->owns.v[c->items.v[part->first + part->cursor].own];
	bool send = neigh_own_served(n, own) && (own->fresh || !c->jobs.v[part->job].news);

	left->looks--;
	if (send) {
		neigh_announce(n, own, now, out);
		left->sends--;
	}
	if (++part->cursor == part->n) {
		part_leave(c, i);
		if (c->jobs.v[part->job].open == 0)
			neigh_job_round_end(c, part->job, now);
	} else if (send && lane->interval > 0) {
		queue_turn(&lane->parts, c->part_links);
	}
}

static bool
may_go_on(const struct budget *left, const struct vd_neigh_actions *out)
{
	return left->sends > 0 && left->looks > 0 && neigh_room(out, 1);
}

static void
lane_serve(struct vd_neigh *n, uint32_t i, vd_time now, struct budget *left,
		struct vd_neigh_actions *out)
{
	struct vd_neigh_config *c = n->config;
	struct neigh_lane *lane = &c->lanes[i];

	while (lane->ready && now >= lane->next_at && may_go_on(left, out))
		lane_step(n, lane, now, left, out);
	if (!lane->ready)
		return;
	if (now < lane->next_at) {
		lane_settle(c, i, now);
		return;
	}
	queue_turn(&lane->parts, c->part_links);
	queue_turn(&c->ready, c->lane_links);
}

void
neigh_jobs_tick(struct vd_neigh *n, vd_time now, struct vd_neigh_actions *out)
{
	struct budget left = {VD_NEIGH_ANNOUNCE_BATCH, LOOKS, WAKES};
	struct vd_neigh_config *c = n->config;
	uint32_t i;

	if (c == NULL || c->announcements == NULL)
		return;
	do {
		for (; left.wakes > 0 && vd_timer_pop(c->announcements, now, &i); left.wakes--) {
			if (i < c->jobs.n)
				round_begin(n, i, now);
			else
				lane_settle(c, i - (uint32_t)c->jobs.n, now);
		}
		if (c->ready.first != NEIGH_NIL && may_go_on(&left, out))
			lane_serve(n, c->ready.first, now, &left, out);
	} while (may_go_on(&left, out) &&
			(c->ready.first != NEIGH_NIL ||
					(left.wakes > 0 &&
							vd_timer_next(c->announcements) <= now)));
	c->ready_at = now;
}

vd_time
neigh_jobs_next(const struct vd_neigh_config *c)
{
	vd_time next;

	if (c == NULL || c->announcements == NULL)
		return VD_TIME_NEVER;
	next = vd_timer_next(c->announcements);
	return c->ready.first == NEIGH_NIL ? next : VD_MIN(next, c->ready_at);
}
