/* SPDX-License-Identifier: BSD-3-Clause */
#include "health_priv.h"

/* ---- what it comes to ---- */

static uint32_t
admin_flags(const struct health_server *v)
{
	if ((v->admin & VD_LB_SERVER_DISABLED) != 0)
		return VD_LB_SERVER_DISABLED | (v->c.inhibit ? 0 : VD_LB_SERVER_GONE);
	return VD_LB_SERVER_DRAIN;
}

uint32_t
health_server_flags(const struct health_server *v)
{
	if (v->admin != 0)
		return admin_flags(v);
	if (!v->st.up)
		return VD_LB_SERVER_DOWN |
				(v->c.inhibit && !v->c.expire_quiescent ? 0 : VD_LB_SERVER_GONE);
	return v->st.fresh ? VD_LB_SERVER_FRESH | VD_LB_SERVER_SHARE(v->share) : 0;
}

uint32_t
health_server_live(const struct health_server *v)
{
	return v->st.up && v->admin == 0 ? v->weight : 0;
}

static void
settle(struct health_step *s, struct health_server *v)
{
	struct health_service *sv = health_service_of(s->c, v);
	uint32_t handle = health_server_handle(s->c, v);
	uint32_t flags = health_server_flags(v), live = health_server_live(v);
	bool less = live < v->live;

	if (v->st.told_up != v->st.up || v->told_weight != v->weight)
		health_queue_push(&s->c->tells, handle);
	sv->weight = sv->weight - v->live + live;
	v->live = live;
	/* The sorry server comes before the last one goes, and goes after the first one came. */
	if (less)
		health_service_reckon(s, sv);
	if (flags != v->flags)
		health_queue_push(&s->c->posts, handle);
	v->flags = flags;
	if (!less)
		health_service_reckon(s, sv);
	health_server_publish(v);
}

/* ---- coming and going ---- */

static void
fresh_end(struct health_step *s, struct health_server *v)
{
	v->st.fresh = false;
	v->share = 256;
	vd_timer_cancel(s->c->timers, health_server_handle(s->c, v));
}

void
health_server_fresh(struct health_step *s, struct health_server *v)
{
	vd_time slow = health_service_of(s->c, v)->c.slow_start;
	vd_time length = slow == 0 ? VD_HEALTH_FRESH : slow, past = s->now - v->st.fresh_since;
	vd_time step = slow == 0 ? VD_HEALTH_STEPS : 1;

	if (past >= length) {
		fresh_end(s, v);
		return;
	}
	if (slow != 0)
		step += past * VD_HEALTH_STEPS / length;
	v->share = (uint32_t)step * (256 / VD_HEALTH_STEPS);
	vd_timer_set(s->c->timers, health_server_handle(s->c, v),
			v->st.fresh_since +
					(step * length + VD_HEALTH_STEPS - 1) / VD_HEALTH_STEPS);
}

void
health_server_turn(struct health_step *s, struct health_server *v, bool up,
		enum vd_health_cause cause, const struct health_check *k)
{
	struct health_server_state *st = &v->st;

	st->up = up;
	st->cause = (uint8_t)cause;
	st->slot = k == NULL ? VD_HEALTH_NONE : k->slot;
	st->serial = k == NULL ? 0 : k->serial;
	st->changes++;
	st->since = s->now;
	if (!up) {
		fresh_end(s, v);
		return;
	}
	if (st->returning)
		st->returned_at = s->now;
	st->returning = false;
	if (st->was_up) {
		st->fresh = true;
		st->fresh_since = s->now;
		health_server_fresh(s, v);
	}
	st->was_up = true;
}

void
health_server_reckon(struct health_step *s, struct health_server *v, enum vd_health_cause cause,
		const struct health_check *k)
{
	bool up = !v->st.ejected && v->down == 0;

	if (up != v->st.up)
		health_server_turn(s, v, up, cause, k);
	settle(s, v);
}

/* ---- ejection ---- */

/* Without checks there is nothing to hurry: time alone brings it back. */
static vd_time
backoff(const struct health_server *v)
{
	uint32_t n = v->st.backoff + (v->check_n == 0 ? 1u : 0u);

	return n == 0 ? 0 : VD_MIN(HEALTH_BACKOFF_MIN << (n - 1), VD_HEALTH_BACKOFF_MAX);
}

static void
hurry(struct health_step *s, struct health_server *v)
{
	for (uint32_t i = 0; i < v->check_n; i++)
		s->c->checks.v[v->check_first + i].owed = HEALTH_OWED_TELL;
	if (v->check_n > 0) {
		health_queue_push(&s->c->tells, health_server_handle(s->c, v));
		return;
	}
	v->st.ejected = false;
	health_server_reckon(s, v, VD_HEALTH_CAUSE_OBSERVE, NULL);
}

void
health_server_eject(struct health_step *s, struct health_server *v)
{
	struct health_server_state *st = &v->st;
	bool again = st->returned_at != 0 && s->now - st->returned_at <= VD_HEALTH_BACKOFF_TTL;

	st->backoff = (uint8_t)(again ? VD_MIN(st->backoff + 1, HEALTH_BACKOFFS) : 0);
	st->ejected = true;
	st->returning = true;
	for (uint32_t i = 0; i < v->check_n; i++)
		s->c->checks.v[v->check_first + i].owed = HEALTH_OWED_LATER;
	v->owed = v->check_n;
	health_server_reckon(s, v, VD_HEALTH_CAUSE_OBSERVE, NULL);
	if (backoff(v) == 0)
		hurry(s, v);
	else
		vd_timer_set(s->c->timers, health_server_handle(s->c, v), s->now + backoff(v));
}

void
health_server_due(struct health_step *s, struct health_server *v)
{
	if (v->st.ejected) {
		hurry(s, v);
		return;
	}
	health_server_fresh(s, v);
	settle(s, v);
}

/* ---- verdicts ---- */

static void
ask(const struct health_step *s, struct health_server *v, struct health_check *k, int64_t weight)
{
	k->asked = VD_MIN(weight, (int64_t)UINT32_MAX);
	v->asker = (uint32_t)(k - s->c->checks.v);
	if (!v->c.weight_fixed)
		v->weight = (uint32_t)k->asked;
}

void
health_server_verdict(struct health_step *s, struct health_check *k, bool up, int64_t weight)
{
	struct health_server *v = &s->c->servers.v[k->server];

	if (weight >= 0)
		ask(s, v, k, weight);
	if (k->up != up)
		v->down += up ? UINT32_MAX : 1;
	k->up = up;
	/* What came before the HURRY says nothing of the time after the errors. */
	if (up && k->owed == HEALTH_OWED_ASKED) {
		k->owed = HEALTH_OWED_NO;
		v->st.ejected = --v->owed > 0;
	}
	health_server_reckon(s, v, VD_HEALTH_CAUSE_CHECK, k);
}
