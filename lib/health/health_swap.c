/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From one configuration to the next, on control: no allocation, and in slices, in which a check, a server and a service are
 * one unit of work each.
 */
#include "health_priv.h"

static void
check_carry(struct health_check *k, const struct vd_health_config *old)
{
	uint32_t at = health_find_check(old, k->slot, k->serial, k->carry);

	if (at == HEALTH_NIL)
		return;
	k->carried = true;
	k->up = old->checks.v[at].up;
	k->owed = old->checks.v[at].owed;
	k->asked = old->checks.v[at].asked;
}

/* A weight that a check asked for stands as long as the check does. */
static void
weight_carry(struct vd_health_config *c, struct health_server *v,
		const struct vd_health_config *old, const struct health_server *was)
{
	const struct health_check *k;
	uint32_t at;

	if (was->asker == HEALTH_NIL)
		return;
	k = &old->checks.v[was->asker];
	for (at = v->check_first; at < v->check_first + v->check_n; at++)
		if (c->checks.v[at].slot == k->slot && c->checks.v[at].serial == k->serial)
			break;
	if (at == v->check_first + v->check_n)
		return;
	v->asker = at;
	if (!v->c.weight_fixed)
		v->weight = (uint32_t)k->asked;
}

/* It goes on owing; what a check that is new to it owes goes by how far the others are. */
static void
ejection_carry(struct health_step *s, struct health_server *v, vd_time due)
{
	bool later = due != VD_TIME_NEVER;

	for (uint32_t i = 0; i < v->check_n; i++) {
		struct health_check *k = &s->c->checks.v[v->check_first + i];

		if (!v->st.ejected)
			k->owed = HEALTH_OWED_NO;
		else if (later)
			k->owed = HEALTH_OWED_LATER;
		else if (!k->carried || k->owed == HEALTH_OWED_LATER)
			k->owed = HEALTH_OWED_TELL;
		v->owed += k->owed != HEALTH_OWED_NO;
		if (k->owed == HEALTH_OWED_TELL)
			health_queue_push(&s->c->tells, health_server_handle(s->c, v));
	}
	v->st.ejected = v->st.ejected && (later || v->owed > 0);
	if (v->st.ejected)
		vd_timer_set(s->c->timers, health_server_handle(s->c, v), due);
}

static void
server_carry(struct health_step *s, struct health_server *v, const struct vd_health_config *old)
{
	uint32_t handle = health_server_handle(s->c, v);
	uint32_t at = health_find_server(old, v->c.id, v->c.gen, v->carry);
	vd_time due = VD_TIME_NEVER;
	uint32_t live = v->live;

	v->down = 0;
	for (uint32_t i = 0; i < v->check_n; i++)
		v->down += !s->c->checks.v[v->check_first + i].up;
	if (at != HEALTH_NIL) {
		v->st = old->servers.v[at].st;
		due = vd_timer_get(old->timers, at);
		weight_carry(s->c, v, old, &old->servers.v[at]);
	} else {
		v->st.up = v->st.told_up = v->down == 0;
		/* It is not there since the start of vipd: when it comes up, the others have connections. */
		v->st.was_up = true;
	}
	ejection_carry(s, v, due);
	if (v->st.up != (!v->st.ejected && v->down == 0))
		health_server_turn(s, v, !v->st.up, VD_HEALTH_CAUSE_CONFIG, NULL);
	else if (v->st.fresh)
		health_server_fresh(s, v);
	if (v->st.told_up != v->st.up || v->told_weight != v->weight)
		health_queue_push(&s->c->tells, handle);
	v->flags = health_server_flags(v);
	v->live = health_server_live(v);
	health_service_of(s->c, v)->weight += v->live - (uint64_t)live;
}

static void
service_carry(struct health_step *s, struct health_service *sv, const struct vd_health_config *old)
{
	uint32_t at = health_find_service(old, sv->c.id, sv->c.gen, sv->carry);
	const struct health_service *was = at == HEALTH_NIL ? NULL : &old->services.v[at];

	sv->quorum = was != NULL ? was->quorum : (struct health_quorum){0};
	(void)health_service_quorum(sv, was != NULL ? s->now : 0);
	sv->told_quorum = was != NULL ? was->told_quorum : sv->quorum.up;
	if (sv->told_quorum != sv->quorum.up)
		health_queue_push(&s->c->tells, health_service_handle(s->c, sv));
}

/* The sorry server, while in use, goes before the servers, otherwise behind them. */
static void
sorry_post(struct vd_health_config *c, struct health_service *sv, bool in_use)
{
	if (sv->c.sorry_id != VD_HEALTH_NONE && health_service_sorry(sv) == in_use)
		health_queue_push(&c->posts, health_service_handle(c, sv));
}

/* all: also what has no flags, for whatever workers still know of an earlier life of theirs. */
static void
server_post(struct vd_health_config *c, uint32_t i, bool all)
{
	struct health_server *v = &c->servers.v[i];
	struct health_service *sv = health_service_of(c, v);

	if (i == sv->server_first)
		sorry_post(c, sv, true);
	if (all || v->flags != 0)
		health_queue_push(&c->posts, i);
	if (i == sv->server_first + sv->server_n - 1)
		sorry_post(c, sv, false);
	health_server_publish(v);
}

static void
service_settle(struct health_step *s, struct health_service *sv, const struct vd_health_config *old)
{
	if (old != NULL)
		service_carry(s, sv, old);
	if (sv->server_n == 0) {
		sorry_post(s->c, sv, true);
		sorry_post(s->c, sv, false);
	}
	health_service_publish(sv);
}

static uint32_t
phase_size(const struct vd_health *h)
{
	bool carries = h->swap.old != NULL;

	switch (h->swap.phase) {
	case HEALTH_SWAP_CHECKS:
		return carries ? (uint32_t)h->config->checks.n : 0;
	case HEALTH_SWAP_SERVERS:
		return carries ? (uint32_t)h->config->servers.n : 0;
	case HEALTH_SWAP_SERVICES:
		return (uint32_t)h->config->services.n;
	default:
		return (uint32_t)h->config->servers.n;
	}
}

static void
unit(struct vd_health *h, uint32_t i, vd_time now)
{
	struct health_step s = {.c = h->config, .now = now};
	const struct vd_health_config *old = h->swap.old;

	switch (h->swap.phase) {
	case HEALTH_SWAP_CHECKS:
		check_carry(&s.c->checks.v[i], old);
		break;
	case HEALTH_SWAP_SERVERS:
		server_carry(&s, &s.c->servers.v[i], old);
		break;
	case HEALTH_SWAP_SERVICES:
		service_settle(&s, &s.c->services.v[i], old);
		break;
	default:
		server_post(s.c, i, old != NULL);
		break;
	}
}

void
vd_health_swap_begin(struct vd_health *h, struct vd_health_config *c)
{
	h->swap = (struct health_swap){.old = h->config, .phase = HEALTH_SWAP_CHECKS};
	h->config = c;
}

bool
vd_health_swap_step(struct vd_health *h, uint32_t *units, vd_time now)
{
	struct health_swap *s = &h->swap;

	h->now = now;
	while (s->phase < HEALTH_SWAP_DONE) {
		for (uint32_t size = phase_size(h); s->at < size; s->at++) {
			if (*units == 0)
				return false;
			unit(h, s->at, now);
			--*units;
		}
		s->phase++;
		s->at = 0;
	}
	return true;
}

struct vd_health_config *
vd_health_swap_end(struct vd_health *h)
{
	struct vd_health_config *old = h->swap.old;

	h->swap = (struct health_swap){.old = NULL, .phase = HEALTH_SWAP_NONE};
	return old;
}

struct vd_health_config *
vd_health_config_swap(struct vd_health *h, struct vd_health_config *c, vd_time now)
{
	uint32_t units = UINT32_MAX;

	vd_health_swap_begin(h, c);
	while (!vd_health_swap_step(h, &units, now))
		units = UINT32_MAX;
	return vd_health_swap_end(h);
}
