/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Main's side of health: what control tells goes to the log, the scripts, the FIFOs and the mail; what checks ask for of
 * weights goes into the workers' tables.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "ctl_priv.h"
#include "vd_curl.h"

#define WEIGHTS_GATHER (100 * VD_MSEC) /* changes of weights that are carried out together */

/* ---- who is meant ---- */

static struct ctl_told *
told_of(struct ctl_tolds *t, uint32_t id, uint32_t gen)
{
	while (t->n <= id)
		(void)vd_vec_add(t);
	if (t->v[id].gen != gen)
		t->v[id] = (struct ctl_told){.gen = gen};
	return &t->v[id];
}

static bool
service_find(const struct vd_ctl *c, uint32_t id, uint32_t gen, size_t *service)
{
	const struct vd_lb_service *s = vd_lb_service_by_id(c->snapshot, id);

	if (s == NULL || s->gen != gen)
		return false;
	*service = (size_t)(s - vd_lb_service_at(c->snapshot, 0));
	return *service < c->services.n;
}

static bool
server_find(const struct vd_ctl *c, uint32_t id, uint32_t gen, size_t *service, size_t *server)
{
	const struct vd_lb_server *v = vd_lb_server_by_id(c->snapshot, id);
	const struct vd_lb_service *s;

	if (v == NULL || v->gen != gen)
		return false;
	s = vd_lb_service_by_id(c->snapshot, v->service);
	if (s == NULL || !service_find(c, s->id, s->gen, service))
		return false;
	*server = v->index;
	return *server < c->services.v[*service].servers.n;
}

/* ---- what is told ---- */

static void
told_server(struct vd_ctl *c, size_t service, size_t server, bool up)
{
	struct ctl_service *s = &c->services.v[service];
	struct ctl_server *v = &s->servers.v[server];
	struct vd_strbuf rs = {0}, vs = {0}, why = {0};
	struct vd_health_server_view h;
	char text[VD_ENDPOINT_STR];

	ctl_server_health(c, service, server, &h);
	vd_model_real_server_trio(s->conf, v->conf, &rs);
	vd_model_virtual_server_trio(s->conf, &vs);
	ctl_server_reason(c, service, server, &why);
	vd_log(up ? VD_LOG_NOTICE : VD_LOG_WARNING, "%sing service %s %s VS %s: %s",
			up ? (v->inhibit ? "Enabl" : "Add") : (v->inhibit ? "Disabl" : "Remov"),
			rs.s,
			up                           ? "to"
					: v->inhibit ? "of"
						     : "from",
			vs.s, why.s);
	vd_strbuf_reset(&vs);
	vd_model_virtual_server_name(s->conf, &vs);
	vd_notify_server(c->notify, vs.s, vd_endpoint_format(&v->endpoint, text, sizeof(text)), up);
	ctl_mail_server(c, s, v, up, ctl_check_find(v, h.slot), why.s);
	vd_strbuf_free(&rs);
	vd_strbuf_free(&vs);
	vd_strbuf_free(&why);
}

static void
sorry_log(const struct ctl_service *s, const char *vs, bool in_use)
{
	struct vd_endpoint ep = {.addr = s->sorry.addr, .port = s->sorry.port};
	char text[VD_ENDPOINT_STR];

	if (!s->has_sorry)
		return;
	vd_log(VD_LOG_NOTICE, "%s sorry server %s %s VS %s", in_use ? "Adding" : "Removing",
			vd_endpoint_format(&ep, text, sizeof(text)), in_use ? "to" : "from", vs);
}

/* first: what a start or a reload finds. */
static void
told_quorum(struct vd_ctl *c, size_t service, const struct vd_health_action *a, bool first)
{
	struct ctl_service *s = &c->services.v[service];
	uint64_t quorum = (uint64_t)s->conf->quorum, threshold = a->threshold;
	struct vd_strbuf vs = {0};

	vd_model_virtual_server_trio(s->conf, &vs);
	if (a->up)
		vd_log(VD_LOG_NOTICE, "Gained quorum %llu+%llu=%llu <= %llu for VS %s",
				(unsigned long long)VD_MIN(quorum, threshold),
				(unsigned long long)(threshold - VD_MIN(quorum, threshold)),
				(unsigned long long)threshold, (unsigned long long)a->weight, vs.s);
	else
		vd_log(VD_LOG_WARNING, "Lost quorum %llu-%llu=%llu > %llu for VS %s",
				(unsigned long long)VD_MAX(quorum, threshold),
				(unsigned long long)(VD_MAX(quorum, threshold) - threshold),
				(unsigned long long)threshold, (unsigned long long)a->weight, vs.s);
	if (!first || !a->up)
		sorry_log(s, vs.s, !a->up);
	vd_strbuf_reset(&vs);
	vd_model_virtual_server_name(s->conf, &vs);
	vd_notify_service(c->notify, vs.s, a->up);
	ctl_mail_quorum(c, s, a, first);
	vd_strbuf_free(&vs);
}

/* ---- weights that checks ask for ---- */

static void
weights_apply(struct vd_io_timer *t)
{
	struct vd_ctl *c = t->ctx;
	struct vd_strbuf why = {0};

	if (ctl_republish_services(c, &why) != 0)
		vd_log(VD_LOG_ERROR, "weights that checks ask for: %s", why.s);
	vd_strbuf_free(&why);
}

static void
told_weight(struct vd_ctl *c, size_t service, size_t server, uint64_t weight)
{
	struct ctl_service *s = &c->services.v[service];
	struct ctl_server *v = &s->servers.v[server];
	struct vd_strbuf rs = {0}, vs = {0};
	const struct ctl_check *k;

	VD_VEC_FOREACH (k, &v->checks)
		if (k->conf->misc_dynamic || k->conf->dynamic)
			c->health.check.v[k->slot].weight = (int64_t)weight;
	vd_model_real_server_trio(s->conf, v->conf, &rs);
	vd_model_virtual_server_trio(s->conf, &vs);
	vd_log(VD_LOG_NOTICE, "Changing weight from %lld to %llu for service %s of VS %s",
			(long long)ctl_server_weight(v), (unsigned long long)weight, rs.s, vs.s);
	v->check_weight = (int64_t)weight;
	if (!vd_io_timer_is_set(&c->health.weights))
		vd_io_timer_set(c->loop, &c->health.weights, vd_io_now() + WEIGHTS_GATHER,
				weights_apply, c);
	vd_strbuf_free(&rs);
	vd_strbuf_free(&vs);
}

/* ---- notices ---- */

static void
told(struct vd_ctl *c, const struct vd_health_action *a)
{
	struct ctl_told *t;
	size_t service, server;

	if (a->kind == VD_HEALTH_ACT_QUORUM) {
		if (!service_find(c, a->id, a->gen, &service))
			return; /* gone meanwhile */
		t = told_of(&c->health.services, a->id, a->gen);
		t->known = true;
		t->up = a->up;
		told_quorum(c, service, a, false);
		return;
	}
	if (!server_find(c, a->id, a->gen, &service, &server))
		return;
	if (a->kind == VD_HEALTH_ACT_WEIGHT) {
		told_weight(c, service, server, a->weight);
		return;
	}
	t = told_of(&c->health.servers, a->id, a->gen);
	t->known = true;
	t->up = a->up;
	told_server(c, service, server, a->up);
}

/* The ring was full: what servers and services are now is told, what they were in between is lost. */
static void
told_again(struct vd_ctl *c)
{
	vd_log(VD_LOG_WARNING,
			"more health events than main could take: scripts and mail hear the "
			"last state only");
	for (size_t i = 0; i < c->services.n; i++) {
		const struct vd_lb_service *lb = vd_lb_service_at(c->snapshot, (unsigned int)i);
		struct vd_health_action again = {.kind = VD_HEALTH_ACT_QUORUM};
		struct vd_health_service_view s;
		struct ctl_told *t = told_of(&c->health.services, lb->id, lb->gen);

		for (size_t k = 0; k < c->services.v[i].servers.n; k++) {
			struct ctl_told *ts = told_of(
					&c->health.servers, lb->servers[k].id, lb->servers[k].gen);
			struct vd_health_server_view v;

			ctl_server_health(c, i, k, &v);
			if (ts->known && ts->up == v.up)
				continue;
			ts->known = true;
			ts->up = v.up;
			told_server(c, i, k, v.up);
		}
		ctl_service_health(c, i, &s);
		if (t->known && t->up == s.quorum)
			continue;
		t->known = true;
		t->up = s.quorum;
		again.up = s.quorum;
		again.weight = s.weight;
		again.threshold = (uint64_t)c->services.v[i].conf->quorum;
		told_quorum(c, i, &again, false);
	}
}

void
ctl_health_notices(struct vd_ctl *c)
{
	struct vd_health_action a;
	bool lost;

	if (c->control.health_notices.ring == NULL)
		return;
	lost = __atomic_exchange_n(&c->control.health_notices_lost, 0, __ATOMIC_ACQUIRE) != 0;
	while (vd_rt_ring_get(&c->control.health_notices, &a, sizeof(a)))
		told(c, &a);
	if (lost)
		told_again(c);
	if (c->health.probe != NULL && !vd_rt_ring_empty(&c->control.requests))
		vd_probe_wake(c->health.probe);
}

/* ---- the operator ---- */

static void
server_event(struct vd_ctl *c, size_t service, size_t server, enum vd_director_event_kind kind,
		int64_t value, bool on)
{
	const struct vd_lb_service *s = vd_lb_service_at(c->snapshot, (unsigned int)service);
	struct vd_director_event e = {
			.kind = kind,
			.idx = s->servers[server].id,
			.serial = s->servers[server].gen,
			.value = value,
			.on = on,
	};

	ctl_step_push(c, &e);
}

void
ctl_health_admin(struct vd_ctl *c, size_t service, size_t server)
{
	const struct ctl_server *v = &c->services.v[service].servers.v[server];

	server_event(c, service, server, VD_DIRECTOR_EVENT_ADMIN, ctl_admin_flags(v->admin), false);
}

void
ctl_health_weight(struct vd_ctl *c, size_t service, size_t server)
{
	const struct ctl_server *v = &c->services.v[service].servers.v[server];

	server_event(c, service, server, VD_DIRECTOR_EVENT_WEIGHT, ctl_server_weight(v),
			v->override_weight >= 0);
}

void
ctl_health_follow(struct vd_ctl *c)
{
	const struct ctl_service *s;
	const struct ctl_server *v;
	const struct ctl_check *k;

	if (c->health.probe == NULL)
		return;
	VD_VEC_FOREACH (s, &c->services) {
		bool rest = s->conf->ha_suspend && !ctl_lease_held(c, s->lease);

		VD_VEC_FOREACH (v, &s->servers)
			VD_VEC_FOREACH (k, &v->checks) {
				struct ctl_check_info *i = &c->health.check.v[k->slot];

				if (i->suspended == rest)
					continue;
				i->suspended = rest;
				vd_probe_suspend(c->health.probe, k->slot, k->serial, rest);
			}
	}
}

/* ---- start and end ---- */

int
ctl_health_start(struct vd_ctl *c, struct vd_strbuf *why)
{
	if (vd_curl_global() != 0) {
		vd_strbuf_puts(why, "libcurl cannot be started");
		return -ENOSYS;
	}
	c->health.mail = vd_mail_create(NULL);
	return 0;
}

void
ctl_health_end(struct vd_ctl *c)
{
	vd_io_timer_cancel(c->loop, &c->health.weights);
	vd_mail_destroy(c->health.mail);
	vd_probe_config_free(c->health.waiting);
	ctl_slots_free(&c->health.checks);
	ctl_slots_free(&c->health.things);
	vd_vec_free(&c->health.check);
	vd_vec_free(&c->health.thing);
	vd_vec_free(&c->health.servers);
	vd_vec_free(&c->health.services);
}

/* As many descriptors as the system lets us have: every check that is under way needs one. */
static void
descriptors_raise(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= l.rlim_max)
		return;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

int
ctl_probe_start(struct vd_ctl *c, struct vd_strbuf *why)
{
	const struct vd_probe_hooks hooks = {
			.verdict = ctl_health_verdict,
			.request = ctl_health_request,
			.ctx = c,
	};

	descriptors_raise();
	c->health.probe = vd_probe_create(&hooks, c->seed);
	if (c->health.probe == NULL) {
		vd_strbuf_printf(why, "cannot start the probe thread: %s", strerror(errno));
		return -errno;
	}
	vd_probe_configure(c->health.probe, c->health.waiting);
	c->health.waiting = NULL;
	ctl_health_follow(c);
	return 0;
}

void
ctl_probe_end(struct vd_ctl *c)
{
	vd_probe_destroy(c->health.probe);
	c->health.probe = NULL;
}

/* rs_init_notifies */
static void
first_told(struct vd_ctl *c, size_t service, size_t server)
{
	const struct ctl_service *s = &c->services.v[service];
	struct vd_strbuf vs = {0};
	char rs[VD_ENDPOINT_STR];

	vd_model_virtual_server_name(s->conf, &vs);
	vd_notify_server_first(c->notify, vs.s,
			vd_endpoint_format(&s->servers.v[server].endpoint, rs, sizeof(rs)));
	vd_strbuf_free(&vs);
}

/* As keepalived does, a quorum that is there from the beginning is told; one that is not is no news. */
static void
first_quorum(struct vd_ctl *c, size_t service, const struct vd_health_service_view *v)
{
	const struct vd_model_virtual_server *vs = c->services.v[service].conf;
	const struct vd_health_action a = {
			.kind = VD_HEALTH_ACT_QUORUM,
			.up = true,
			.weight = v->weight,
			.threshold = (uint64_t)(vs->quorum + vs->hysteresis),
	};

	if (v->quorum)
		told_quorum(c, service, &a, true);
	else if (v->sorry)
		vd_log(VD_LOG_NOTICE, "%s begins without its quorum", c->services.v[service].label);
}

/* What servers are at the beginning is no news: only what becomes of them is told. */
void
ctl_health_configured(struct vd_ctl *c)
{
	vd_mail_configure(c->health.mail, c->model);
	for (size_t i = 0; i < c->services.n; i++) {
		const struct vd_lb_service *lb = vd_lb_service_at(c->snapshot, (unsigned int)i);
		struct ctl_told *t = told_of(&c->health.services, lb->id, lb->gen);
		struct vd_health_service_view s;
		struct vd_health_server_view v;

		ctl_service_health(c, i, &s);
		if (!t->known) {
			*t = (struct ctl_told){lb->gen, true, s.quorum};
			first_quorum(c, i, &s);
		}
		for (size_t k = 0; k < c->services.v[i].servers.n; k++) {
			t = told_of(&c->health.servers, lb->servers[k].id, lb->servers[k].gen);
			ctl_server_health(c, i, k, &v);
			if (t->known)
				continue;
			*t = (struct ctl_told){lb->servers[k].gen, true, v.up};
			if (v.up)
				first_told(c, i, k);
		}
	}
	ctl_health_follow(c);
}

void
ctl_health_stop(struct vd_ctl *c)
{
	for (size_t i = 0; i < c->services.n; i++) {
		struct ctl_service *s = &c->services.v[i];
		struct vd_health_service_view q;
		struct vd_health_server_view v;
		struct vd_strbuf vs = {0};
		char rs[VD_ENDPOINT_STR];

		if (!s->conf->omega)
			continue;
		vd_model_virtual_server_name(s->conf, &vs);
		for (size_t k = 0; k < s->servers.n; k++) {
			ctl_server_health(c, i, k, &v);
			if (v.up)
				vd_notify_server(c->notify, vs.s,
						vd_endpoint_format(&s->servers.v[k].endpoint, rs,
								sizeof(rs)),
						false);
		}
		ctl_service_health(c, i, &q);
		if (q.quorum)
			vd_notify_service(c->notify, vs.s, false);
		vd_strbuf_free(&vs);
	}
}
