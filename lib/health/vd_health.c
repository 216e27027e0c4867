/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine's calls. */
#include "health_priv.h"

struct vd_health *
vd_health_create(const struct vd_alloc *alloc)
{
	struct vd_health *h = vd_zalloc(alloc, sizeof(*h), 0);

	if (h != NULL)
		h->alloc = alloc;
	return h;
}

void
vd_health_destroy(struct vd_health *h)
{
	if (h == NULL)
		return;
	vd_health_config_free(h->config);
	if (h->swap.phase != HEALTH_SWAP_NONE)
		vd_health_config_free(h->swap.old);
	vd_free(h->alloc, h);
}

/* Without a configuration while one is swapped: what is known of a server may not be carried over yet. */
static struct health_step
step_begin(struct vd_health *h, vd_time now, struct vd_health_actions *out)
{
	bool whole = h->swap.phase == HEALTH_SWAP_NONE;

	h->now = now;
	return (struct health_step){.c = whole ? h->config : NULL, .out = out, .now = now};
}

/* ---- events: what a server's last change left to be told goes before the next change ---- */

void
vd_health_verdict(struct vd_health *h, uint32_t slot, uint32_t serial, bool up, int64_t weight,
		vd_time now, struct vd_health_actions *out)
{
	struct health_step s = step_begin(h, now, out);
	uint32_t at;

	if (s.c == NULL)
		return;
	at = health_find_check(s.c, slot, serial, HEALTH_NIL);
	if (at != HEALTH_NIL) {
		health_tell(&s, s.c->checks.v[at].server);
		health_server_verdict(&s, &s.c->checks.v[at], up, weight);
	}
	health_tell_all(&s);
}

void
vd_health_observed(struct vd_health *h, uint32_t id, uint32_t gen, vd_time now,
		struct vd_health_actions *out)
{
	struct health_step s = step_begin(h, now, out);
	struct health_server *v;
	uint32_t at;

	if (s.c == NULL)
		return;
	at = health_find_server(s.c, id, gen, HEALTH_NIL);
	v = at == HEALTH_NIL ? NULL : &s.c->servers.v[at];
	/* One that is down or out already: the report is late. */
	if (v != NULL && v->st.up && health_service_of(s.c, v)->c.observe != 0) {
		health_tell(&s, at);
		health_server_eject(&s, v);
	}
	health_tell_all(&s);
}

void
vd_health_admin(struct vd_health *h, uint32_t id, uint32_t gen, uint32_t flags, vd_time now,
		struct vd_health_actions *out)
{
	struct health_step s = step_begin(h, now, out);
	uint32_t at;

	if (s.c == NULL)
		return;
	at = health_find_server(s.c, id, gen, HEALTH_NIL);
	if (at != HEALTH_NIL) {
		struct health_server *v = &s.c->servers.v[at];

		health_tell(&s, at);
		v->admin = flags & (VD_LB_SERVER_DRAIN | VD_LB_SERVER_DISABLED);
		health_server_reckon(&s, v, VD_HEALTH_CAUSE_CONFIG, NULL);
	}
	health_tell_all(&s);
}

void
vd_health_weight(struct vd_health *h, uint32_t id, uint32_t gen, uint32_t weight, bool fixed,
		vd_time now, struct vd_health_actions *out)
{
	struct health_step s = step_begin(h, now, out);
	uint32_t at;

	if (s.c == NULL)
		return;
	at = health_find_server(s.c, id, gen, HEALTH_NIL);
	if (at != HEALTH_NIL) {
		struct health_server *v = &s.c->servers.v[at];

		health_tell(&s, at);
		v->c.weight_fixed = fixed;
		v->weight = v->told_weight = weight; /* main knows */
		/* What a check asked for meanwhile counts again. */
		if (!fixed && v->asker != HEALTH_NIL && s.c->checks.v[v->asker].asked >= 0)
			v->weight = (uint32_t)s.c->checks.v[v->asker].asked;
		health_server_reckon(&s, v, VD_HEALTH_CAUSE_CONFIG, NULL);
	}
	health_tell_all(&s);
}

/* ---- time ---- */

void
vd_health_tick(struct vd_health *h, vd_time now, struct vd_health_actions *out)
{
	struct health_step s = step_begin(h, now, out);
	uint32_t at;

	if (s.c == NULL)
		return;
	health_tell_all(&s);
	while (s.c->tells.head == HEALTH_NIL && vd_timer_pop(s.c->timers, now, &at)) {
		health_server_due(&s, &s.c->servers.v[at]);
		health_tell_all(&s);
	}
}

vd_time
vd_health_next(const struct vd_health *h)
{
	if (h->config == NULL || h->swap.phase != HEALTH_SWAP_NONE)
		return VD_TIME_NEVER;
	if (h->config->tells.head != HEALTH_NIL)
		return h->now;
	return vd_timer_next(h->config->timers);
}

/* ---- what others take ---- */

bool
vd_health_post(const struct vd_health *h, uint32_t *id, uint32_t *gen, uint32_t *flags)
{
	const struct vd_health_config *c = h->config;
	uint32_t handle = c == NULL ? HEALTH_NIL : c->posts.head;

	if (handle == HEALTH_NIL)
		return false;
	if (handle < c->servers.n) {
		const struct health_server *v = &c->servers.v[handle];

		*id = v->c.id;
		*gen = v->c.gen;
		*flags = v->flags;
	} else {
		const struct health_service *sv = &c->services.v[handle - c->servers.n];

		*id = sv->c.sorry_id;
		*gen = sv->c.sorry_gen;
		*flags = health_sorry_flags(sv);
	}
	return true;
}

void
vd_health_posted(struct vd_health *h)
{
	if (h->config != NULL)
		health_queue_pop(&h->config->posts);
}

bool
vd_health_track(const struct vd_health *h, uint32_t i, uint32_t *track, bool *up)
{
	if (h->config == NULL || i >= h->config->services.n)
		return false;
	*track = h->config->services.v[i].c.track;
	*up = h->config->services.v[i].quorum.up;
	return true;
}

bool
vd_health_tracked(const struct vd_health *h, uint32_t i, uint32_t *track, bool *up)
{
	return h->config != NULL && i < h->config->tracked.n &&
			vd_health_track(h, h->config->tracked.v[i], track, up);
}
