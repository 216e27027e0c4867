/* SPDX-License-Identifier: BSD-3-Clause */
/* A random set-up: nodes, networks, VRIDs, groups, and every option of an instance. */
#include <string.h>

#include "sim.h"

static vd_time
pick_time(struct sim *s, const vd_time *from, uint32_t n)
{
	return from[vd_rng_below(&s->rng, n)];
}

/* Mostly near each other, sometimes equal, sometimes at the ends. */
static uint8_t
random_priority(struct sim *s)
{
	static const uint8_t ends[] = {1, 100, 100, 100, 253, 254, 254};

	return sim_chance(s, 40) ? ends[vd_rng_below(&s->rng, VD_ARRAY_LEN(ends))]
				 : (uint8_t)(1 + vd_rng_below(&s->rng, 254));
}

static void
random_tracks(struct sim *s, struct sim_want *w)
{
	static const int32_t weights[] = {0, 0, 0, 10, -10, 60, -60, 253, -253};

	memset(w->track, 0, sizeof(w->track));
	for (uint32_t t = 0; t < SIM_TRACKS; t++) {
		w->track[t].used = sim_chance(s, t < SIM_SEGMENTS ? 40 : 20);
		w->track[t].weight = weights[vd_rng_below(&s->rng, VD_ARRAY_LEN(weights))];
		w->track[t].reverse = t >= SIM_SEGMENTS && sim_chance(s, 15);
	}
}

void
sim_want_random(struct sim *s, uint32_t n, uint32_t v)
{
	struct sim_want *w = &s->node[n].want[v];
	const struct sim_vrid *r = &s->vrid[v];

	w->present = true;
	w->priority = random_priority(s);
	w->start_master = sim_chance(s, 30);
	w->nopreempt = sim_chance(s, 15);
	w->preempt_delay = !w->nopreempt && sim_chance(s, 15)
			? sim_between(&s->rng, s->base, 8 * s->base)
			: 0;
	w->lower_no_advert = sim_chance(s, 15);
	w->higher_send = sim_chance(s, 15);
	w->interval = r->mixed && sim_chance(s, 50) ? 2 * r->interval : r->interval;
	w->rounds = vd_rng_below(&s->rng, 3);
	w->lower_rounds = vd_rng_below(&s->rng, 2);
	w->refresh_rounds = 1;
	w->garp_delay = sim_chance(s, 30) ? sim_between(&s->rng, s->base, 5 * s->base) : 0;
	w->garp_refresh = sim_chance(s, 10) ? 10 * s->base : 0;
	random_tracks(s, w);
}

void
sim_want_group(struct sim *s, uint32_t n)
{
	struct sim_want *w = s->node[n].want;

	for (uint32_t v = 1; v < s->n_vrids; v++)
		for (uint32_t m = 0; m < v; m++) {
			if (!sim_same_group(s, n, v, m))
				continue;
			w[v].priority = w[m].priority;
			w[v].nopreempt = w[m].nopreempt;
			w[v].preempt_delay = w[m].preempt_delay;
			w[v].owner_ignore = w[m].owner_ignore;
			memcpy(w[v].track, w[m].track, sizeof(w[v].track));
			break;
		}
}

static void
setup_vrid(struct sim *s, uint32_t v)
{
	static const vd_time times[] = {1, 1, 2, 4};
	struct sim_vrid *r = &s->vrid[v];

	r->seg = vd_rng_below(&s->rng, SIM_SEGMENTS);
	r->vrid = (uint8_t)(1 + v + 50 * vd_rng_below(&s->rng, 5));
	r->v6 = sim_chance(s, 40);
	r->version = s->base == VD_SEC && !r->v6 && sim_chance(s, 70) ? 2 : 3;
	r->interval = s->base * (r->version == 2 ? 1 : pick_time(s, times, VD_ARRAY_LEN(times)));
	r->unicast = s->base >= 100 * VD_MSEC && sim_chance(s, 40);
	r->check_src = sim_chance(s, 50);
	r->no_pseudo = sim_chance(s, 30);
	r->password = r->version == 2 && sim_chance(s, 50);
	r->mixed = r->version == 3 && sim_chance(s, 15);
}

static void
setup_wants(struct sim *s, uint32_t v)
{
	static const uint32_t adverts[] = {3, 3, 3, 3, 2, 4, 6};
	uint32_t down = adverts[vd_rng_below(&s->rng, VD_ARRAY_LEN(adverts))];
	uint32_t n_vips = 1 + vd_rng_below(&s->rng, 2), owner = SIM_NODES;
	uint32_t group = s->n_groups > 0 && sim_chance(s, 75) ? 0 : SIM_NO_GROUP;

	if (sim_chance(s, 25))
		owner = vd_rng_below(&s->rng, s->n_nodes);
	for (uint32_t n = 0; n < s->n_nodes; n++) {
		struct sim_want *w = &s->node[n].want[v];

		sim_want_random(s, n, v);
		w->group = group;
		w->down = down;
		w->n_vips = (uint8_t)n_vips;
		w->n_excluded = (uint8_t)vd_rng_below(&s->rng, SIM_VIPS - n_vips + 1);
		if (n == owner)
			w->priority = 255;
	}
}

static void
setup_nodes(struct sim *s)
{
	uint8_t hosts[SIM_NODES];

	for (uint32_t n = 0; n < s->n_nodes; n++)
		hosts[n] = (uint8_t)(10 + n);
	for (uint32_t n = 0; n < s->n_nodes; n++) {
		uint32_t k = n + vd_rng_below(&s->rng, s->n_nodes - n);

		s->node[n].host = hosts[k];
		hosts[k] = hosts[n];
	}
}

void
sim_setup(struct sim *s)
{
	static const vd_time bases[] = {10 * VD_MSEC, 10 * VD_MSEC, 20 * VD_MSEC, 100 * VD_MSEC,
			250 * VD_MSEC, VD_SEC, VD_SEC};

	s->n_nodes = 2 + vd_rng_below(&s->rng, SIM_NODES - 1);
	s->n_vrids = 1 + vd_rng_below(&s->rng, SIM_VRIDS);
	s->n_groups = s->n_vrids > 1 && sim_chance(s, 50);
	s->base = pick_time(s, bases, VD_ARRAY_LEN(bases));
	s->delay = sim_between(&s->rng, 20 * VD_USEC, s->base / 25);
	s->lag = sim_chance(s, 50) ? 0 : VD_MIN(VD_MSEC, s->base / 25);
	s->calm = sim_chance(s, 15);
	s->startup_delay = sim_chance(s, 15) ? sim_between(&s->rng, 1, 6 * s->base) : 0;
	for (uint32_t t = 0; t < SIM_TRACKS; t++)
		for (uint32_t up = 0; up < 2; up++)
			s->track_delay[t][up] = sim_chance(s, 25)
					? sim_between(&s->rng, 1, 4 * s->base)
					: 0;
	setup_nodes(s);
	for (uint32_t v = 0; v < s->n_vrids; v++)
		setup_vrid(s, v);
	for (uint32_t v = 0; v < s->n_vrids; v++)
		setup_wants(s, v);
	for (uint32_t n = 0; n < s->n_nodes; n++)
		sim_want_group(s, n);
}
