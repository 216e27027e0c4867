/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Actions are differences between what is and what was told, so that none is told twice, and one that finds no room is
 * owed until there is some.
 */
#include <string.h>

#include "health_priv.h"

static struct vd_health_action *
act(struct health_step *s, enum vd_health_action_kind kind)
{
	struct vd_health_action *a;

	if (s->out->n >= VD_HEALTH_ACTIONS)
		return NULL;
	a = &s->out->v[s->out->n++];
	memset(a, 0, sizeof(*a));
	a->kind = (uint8_t)kind;
	a->slot = VD_HEALTH_NONE;
	return a;
}

static struct vd_health_action *
act_server(struct health_step *s, const struct health_server *v, enum vd_health_action_kind kind)
{
	struct vd_health_action *a = act(s, kind);

	if (a == NULL)
		return NULL;
	a->index = health_server_handle(s->c, v);
	a->id = v->c.id;
	a->gen = v->c.gen;
	a->up = v->st.up;
	a->weight = v->weight;
	return a;
}

static bool
tell_up(struct health_step *s, struct health_server *v)
{
	struct vd_health_action *a;

	if (v->st.told_up == v->st.up)
		return true;
	a = act_server(s, v, VD_HEALTH_ACT_SERVER);
	if (a == NULL)
		return false;
	a->cause = v->st.cause;
	a->slot = v->st.slot;
	a->serial = v->st.serial;
	v->st.told_up = v->st.up;
	return true;
}

static bool
tell_weight(struct health_step *s, struct health_server *v)
{
	if (v->told_weight == v->weight)
		return true;
	if (act_server(s, v, VD_HEALTH_ACT_WEIGHT) == NULL)
		return false;
	v->told_weight = v->weight;
	return true;
}

static bool
tell_hurries(struct health_step *s, struct health_server *v)
{
	for (uint32_t i = 0; v->owed > 0 && i < v->check_n; i++) {
		struct health_check *k = &s->c->checks.v[v->check_first + i];
		struct vd_health_action *a;

		if (k->owed != HEALTH_OWED_TELL)
			continue;
		a = act_server(s, v, VD_HEALTH_ACT_HURRY);
		if (a == NULL)
			return false;
		a->slot = k->slot;
		a->serial = k->serial;
		k->owed = HEALTH_OWED_ASKED;
	}
	return true;
}

/* False: there was no room for all of it. */
static bool
tell_server(struct health_step *s, struct health_server *v)
{
	return tell_up(s, v) && tell_weight(s, v) && tell_hurries(s, v);
}

static bool
tell_service(struct health_step *s, struct health_service *sv)
{
	struct vd_health_action *a;

	if (sv->told_quorum == sv->quorum.up)
		return true;
	a = act(s, VD_HEALTH_ACT_QUORUM);
	if (a == NULL)
		return false;
	a->index = (uint32_t)(sv - s->c->services.v);
	a->id = sv->c.id;
	a->gen = sv->c.gen;
	a->up = sv->quorum.up;
	a->weight = sv->quorum.weight;
	a->threshold = sv->quorum.threshold;
	sv->told_quorum = sv->quorum.up;
	return true;
}

void
health_tell(struct health_step *s, uint32_t server)
{
	struct health_server *v = &s->c->servers.v[server];

	if (tell_server(s, v))
		(void)tell_service(s, health_service_of(s->c, v));
}

static bool
tell_handle(struct health_step *s, uint32_t handle)
{
	if (handle < s->c->servers.n)
		return tell_server(s, &s->c->servers.v[handle]);
	return tell_service(s, &s->c->services.v[handle - s->c->servers.n]);
}

void
health_tell_all(struct health_step *s)
{
	struct health_queue *q = &s->c->tells;

	while (q->head != HEALTH_NIL && tell_handle(s, q->head))
		health_queue_pop(q);
}
