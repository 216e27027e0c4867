/* SPDX-License-Identifier: BSD-3-Clause */
/* From one configuration to the next, on control: no allocation. */
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
}

static void
service_carry(struct health_step *s, struct health_service *sv, const struct vd_health_config *old)
{
	uint32_t at = health_find_service(old, sv->c.id, sv->c.gen, sv->carry);
	const struct health_service *was = at == HEALTH_NIL ? NULL : &old->services.v[at];

	sv->weight = 0;
	for (uint32_t i = 0; i < sv->server_n; i++)
		sv->weight += s->c->servers.v[sv->server_first + i].live;
	sv->quorum = was != NULL ? was->quorum : (struct health_quorum){0};
	(void)health_service_quorum(sv, was != NULL ? s->now : 0);
	sv->told_quorum = was != NULL ? was->told_quorum : sv->quorum.up;
	if (sv->told_quorum != sv->quorum.up)
		health_queue_push(&s->c->tells, health_service_handle(s->c, sv));
}

/* all: also what has no flags, for whatever workers still know of an earlier life of theirs. */
static void
service_post(struct vd_health_config *c, struct health_service *sv, bool all)
{
	bool sorry = sv->c.sorry_id != VD_HEALTH_NONE;

	if (sorry && health_service_sorry(sv))
		health_queue_push(&c->posts, health_service_handle(c, sv));
	for (uint32_t i = 0; i < sv->server_n; i++)
		if (all || c->servers.v[sv->server_first + i].flags != 0)
			health_queue_push(&c->posts, sv->server_first + i);
	if (sorry)
		health_queue_push(&c->posts, health_service_handle(c, sv));
}

struct vd_health_config *
vd_health_config_swap(struct vd_health *h, struct vd_health_config *c, vd_time now)
{
	struct vd_health_config *old = h->config;
	struct health_step s = {.c = c, .now = now};
	struct health_service *sv;
	struct health_server *v;
	struct health_check *k;

	h->config = c;
	h->now = now;
	if (old != NULL) {
		VD_VEC_FOREACH (k, &c->checks)
			check_carry(k, old);
		VD_VEC_FOREACH (v, &c->servers)
			server_carry(&s, v, old);
		VD_VEC_FOREACH (sv, &c->services)
			service_carry(&s, sv, old);
	}
	VD_VEC_FOREACH (sv, &c->services) {
		service_post(c, sv, old != NULL);
		health_service_publish(sv);
	}
	VD_VEC_FOREACH (v, &c->servers)
		health_server_publish(v);
	return old;
}
