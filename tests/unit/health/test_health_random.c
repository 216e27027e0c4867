/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random schedules of everything, against a model that reckons all of it anew, from the rules of vd_health.h, after every
 * step. Server i belongs to service i % SERVICES and has the checks 2i and 2i + 1, as far as they are in the configuration.
 */
#include "vd_hash.h"
#include "vd_health.h"
#include "vd_server_flags.h"
#include "vd_test.h"

#include <string.h>

#define SERVICES 3u
#define SERVERS  9u
#define CHECKS   (2 * SERVERS)
#define SORRY    100u /* its id, and up */
#define IDS      (SORRY + SERVICES)
#define NONE     UINT32_MAX

struct m_check {
	bool present, up, later, owes;
	bool owed; /* before the step */
	uint32_t serial;
	int64_t asked;
};

struct m_server {
	bool present;
	struct vd_health_server_config c;
	uint32_t admin, weight, asker; /* asker: a check, or NONE */
	bool up, was_up, ejected, returning, fresh;
	vd_time fresh_since, hurry_at, returned_at;
	uint32_t backoff, share;
	uint64_t changes;
	vd_time since;
	bool told;
};

struct m_service {
	bool present;
	struct vd_health_service_config c;
	bool quorum, told;
};

struct model {
	struct m_service service[SERVICES];
	struct m_server server[SERVERS];
	struct m_check check[CHECKS];
	uint32_t index[SERVERS], service_index[SERVICES]; /* in the configuration in force */
	uint32_t flags[IDS];                              /* what workers have been told */
	uint32_t gens[SERVERS];
};

struct world {
	struct vd_health *h;
	struct vd_health_config *c;
	struct vd_health_actions out;
	struct vd_rng rng;
	vd_time now;
	struct model m;
	uint64_t hurries, sorries, ejections, losses, weights;
};

static uint32_t
below(struct world *w, uint32_t n)
{
	return vd_rng_below(&w->rng, n);
}

/* ---- the rules, once more ---- */

static struct m_service *
service_of(struct model *m, uint32_t i)
{
	return &m->service[i % SERVICES];
}

static bool
checks_up(const struct model *m, uint32_t i)
{
	for (uint32_t k = 2 * i; k < 2 * i + 2; k++)
		if (m->check[k].present && !m->check[k].up)
			return false;
	return true;
}

static uint32_t
n_checks(const struct model *m, uint32_t i)
{
	return (uint32_t)m->check[2 * i].present + m->check[2 * i + 1].present;
}

static void
m_share(struct world *w, uint32_t i)
{
	struct m_server *v = &w->m.server[i];
	vd_time slow = service_of(&w->m, i)->c.slow_start, past = w->now - v->fresh_since;

	if (past >= (slow == 0 ? VD_HEALTH_FRESH : slow)) {
		v->fresh = false;
		v->share = 256;
	} else {
		v->share = slow == 0 ? 256 : 16 + 16 * (uint32_t)(past / (slow / 16));
	}
}

static void
m_server(struct world *w, uint32_t i)
{
	struct m_server *v = &w->m.server[i];
	bool up = !v->ejected && checks_up(&w->m, i);

	if (!v->present || up == v->up)
		return;
	v->up = up;
	v->changes++;
	v->since = w->now;
	v->fresh = false;
	v->share = 256;
	if (!up)
		return;
	if (v->returning)
		v->returned_at = w->now;
	v->returning = false;
	if (v->was_up) {
		v->fresh = true;
		v->fresh_since = w->now;
		m_share(w, i);
	}
	v->was_up = true;
}

static uint64_t
m_weight(const struct model *m, uint32_t s)
{
	uint64_t sum = 0;

	for (uint32_t i = s; i < SERVERS; i += SERVICES)
		if (m->server[i].present && m->server[i].up && m->server[i].admin == 0)
			sum += m->server[i].weight;
	return sum;
}

static void
m_service(struct world *w, uint32_t s)
{
	struct m_service *sv = &w->m.service[s];
	uint64_t weight = m_weight(&w->m, s);

	if (!sv->present)
		return;
	if (!sv->quorum && weight >= sv->c.quorum + sv->c.hysteresis) {
		sv->quorum = true;
	} else if (sv->quorum && weight < sv->c.quorum - sv->c.hysteresis) {
		sv->quorum = false;
		w->losses++;
		w->sorries += sv->c.sorry_id != NONE;
	}
}

/* All of it, after whatever happened. */
static void
m_reckon(struct world *w)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		m_server(w, i);
	for (uint32_t s = 0; s < SERVICES; s++)
		m_service(w, s);
}

static uint32_t
m_flags(const struct model *m, uint32_t i)
{
	const struct m_server *v = &m->server[i];

	if (v->admin == VD_LB_SERVER_DRAIN)
		return VD_LB_SERVER_DRAIN;
	if (v->admin == VD_LB_SERVER_DISABLED)
		return VD_LB_SERVER_DISABLED | (v->c.inhibit ? 0 : VD_LB_SERVER_GONE);
	if (v->up)
		return v->fresh ? VD_LB_SERVER_FRESH | VD_LB_SERVER_SHARE(v->share) : 0;
	if (v->c.inhibit && !v->c.expire_quiescent)
		return VD_LB_SERVER_DOWN;
	return VD_LB_SERVER_DOWN | VD_LB_SERVER_GONE;
}

static uint32_t
m_sorry_flags(const struct m_service *sv)
{
	if (!sv->quorum)
		return 0;
	return VD_LB_SERVER_DOWN | (sv->c.sorry_inhibit ? 0 : VD_LB_SERVER_GONE);
}

static void
m_hurry(struct model *m, uint32_t i)
{
	if (n_checks(m, i) == 0)
		m->server[i].ejected = false;
	for (uint32_t k = 2 * i; k < 2 * i + 2; k++)
		m->check[k].later = false;
	m->server[i].hurry_at = VD_TIME_NEVER;
}

/* ---- events ---- */

static void
do_verdict(struct world *w)
{
	uint32_t k = below(w, CHECKS), i = k / 2;
	struct m_check *check = &w->m.check[k];
	struct m_server *v = &w->m.server[i];
	uint32_t serial = check->serial + (below(w, 20) == 0);
	bool up = below(w, 3) != 0;
	int64_t weight = below(w, 4) == 0 ? (int64_t)below(w, 6) : -1;

	vd_health_verdict(w->h, k, serial, up, weight, w->now, &w->out);
	if (!check->present || serial != check->serial)
		return;
	check->up = up;
	if (up && check->owes && !check->later) {
		check->owes = false;
		v->ejected = w->m.check[2 * i].owes || w->m.check[2 * i + 1].owes;
	}
	if (weight >= 0) {
		check->asked = weight;
		v->asker = k;
		if (!v->c.weight_fixed)
			v->weight = (uint32_t)weight;
	}
}

static void
do_observed(struct world *w)
{
	static const vd_time wait[] = {0, 1, 2, 4, 8, 16, 32, 32};
	uint32_t i = below(w, SERVERS), gen = w->m.gens[i] + (below(w, 20) == 0);
	struct m_server *v = &w->m.server[i];

	vd_health_observed(w->h, i, gen, w->now, &w->out);
	if (!v->present || gen != v->c.gen || !v->up || service_of(&w->m, i)->c.observe == 0)
		return;
	w->ejections++;
	if (v->returned_at == 0 || w->now > v->returned_at + VD_HEALTH_BACKOFF_TTL)
		v->backoff = 0;
	else
		v->backoff += v->backoff < 6;
	v->ejected = v->returning = true;
	for (uint32_t k = 2 * i; k < 2 * i + 2; k++)
		w->m.check[k].owes = w->m.check[k].later = w->m.check[k].present;
	v->hurry_at = w->now + wait[v->backoff + (n_checks(&w->m, i) == 0)] * VD_SEC;
	if (v->hurry_at == w->now)
		m_hurry(&w->m, i);
}

static void
do_admin(struct world *w)
{
	static const uint32_t words[] = {0, 0, VD_LB_SERVER_DRAIN, VD_LB_SERVER_DISABLED};
	uint32_t i = below(w, SERVERS), word = words[below(w, 4)];

	vd_health_admin(w->h, i, w->m.gens[i], word, w->now, &w->out);
	if (w->m.server[i].present)
		w->m.server[i].admin = word;
}

static void
do_tick(struct world *w)
{
	vd_health_tick(w->h, w->now, &w->out);
	for (uint32_t i = 0; i < SERVERS; i++) {
		struct m_server *v = &w->m.server[i];

		if (!v->present)
			continue;
		if (v->ejected && v->hurry_at <= w->now)
			m_hurry(&w->m, i);
		if (v->fresh)
			m_share(w, i);
	}
}

static void
do_pass(struct world *w)
{
	static const vd_time length[] = {VD_MSEC, 100 * VD_MSEC, VD_SEC, 5 * VD_SEC, 40 * VD_SEC};
	vd_time next = vd_health_next(w->h);

	if (below(w, 2) == 0 && next != VD_TIME_NEVER && next > w->now)
		w->now = next;
	else
		w->now += length[below(w, below(w, 20) == 0 ? 5 : 4)];
	if (below(w, 4) != 0)
		do_tick(w);
}

/* ---- configurations ---- */

static void
draw_check(struct world *w, struct m_check *check, bool first)
{
	bool was = check->present;

	check->present = below(w, 4) != 0;
	if (!check->present)
		return;
	if (!was || below(w, 8) == 0) {
		check->serial++;
		check->up = below(w, 4) != 0;
		check->asked = -1;
		/* Of an ejected server: settled below. */
		check->owes = check->later = !first;
	}
}

static void
draw_service(struct world *w, uint32_t s, bool first)
{
	struct m_service *sv = &w->m.service[s];
	bool was = sv->present;

	sv->present = first || below(w, 8) != 0;
	sv->c = (struct vd_health_service_config){
			.id = s,
			.gen = 1,
			.quorum = 1 + below(w, 5),
			.sorry_id = below(w, 2) == 0 ? NONE : SORRY + s,
			.sorry_gen = 1,
			.sorry_inhibit = below(w, 2) == 0,
			.slow_start = below(w, 3) * 8 * VD_SEC,
			.observe = below(w, 4),
			.track = s,
	};
	sv->c.hysteresis = below(w, sv->c.quorum);
	if (!was || !sv->present)
		sv->quorum = false;
}

/* Does the server owe anything, after what was drawn for its checks? */
static void
settle_ejection(struct model *m, uint32_t i, bool carried)
{
	struct m_server *v = &m->server[i];
	bool waits = carried && v->ejected && v->hurry_at != VD_TIME_NEVER, owes = false;

	for (uint32_t k = 2 * i; k < 2 * i + 2; k++) {
		struct m_check *check = &m->check[k];

		check->owes = check->present && v->ejected && (waits || check->owes);
		check->later = check->owes && waits;
		owes |= check->owes;
	}
	v->ejected = v->ejected && (waits || owes);
	if (!v->ejected)
		v->hurry_at = VD_TIME_NEVER;
}

static void
draw_server(struct world *w, uint32_t i, bool first)
{
	struct model *m = &w->m;
	struct m_server *v = &m->server[i];
	bool was = v->present, carried;
	uint32_t gen = v->c.gen, asker_serial = v->asker == NONE ? 0 : m->check[v->asker].serial;

	v->present = service_of(m, i)->present && below(w, 6) != 0;
	if (was && v->present && below(w, 12) == 0)
		m->gens[i]++;
	carried = was && v->present && gen == m->gens[i];
	for (uint32_t k = 2 * i; k < 2 * i + 2; k++)
		draw_check(w, &m->check[k], first);
	if (!v->present)
		m->check[2 * i].present = m->check[2 * i + 1].present = false;
	v->c = (struct vd_health_server_config){
			.id = i,
			.gen = m->gens[i],
			.weight = below(w, 6),
			.weight_fixed = below(w, 4) == 0,
			.inhibit = below(w, 2) == 0,
			.expire_quiescent = below(w, 2) == 0,
			.admin = below(w, 8) == 0 ? VD_LB_SERVER_DRAIN : 0,
	};
	v->admin = v->c.admin;
	v->weight = v->c.weight;
	if (!carried) {
		struct m_server new = {.present = v->present,
				.c = v->c,
				.admin = v->admin,
				.weight = v->weight,
				.asker = NONE,
				.share = 256,
				.hurry_at = VD_TIME_NEVER};

		*v = new;
		v->up = v->told = checks_up(m, i);
		v->was_up = v->up || !first;
	} else if (v->asker != NONE && m->check[v->asker].present &&
			m->check[v->asker].serial == asker_serial) {
		if (!v->c.weight_fixed)
			v->weight = (uint32_t)m->check[v->asker].asked;
	} else {
		v->asker = NONE;
	}
	settle_ejection(m, i, carried);
	if (v->fresh)
		m_share(w, i);
}

static struct vd_health_config *
build(struct world *w)
{
	struct vd_health_config *c = vd_health_config_new();
	struct model *m = &w->m;

	for (uint32_t n = 0; n < SERVICES; n++) {
		uint32_t s = SERVICES - 1 - n;

		if (!m->service[s].present)
			continue;
		m->service_index[s] = vd_health_config_service(c, &m->service[s].c);
		for (uint32_t i = s; i < SERVERS; i += SERVICES) {
			if (!m->server[i].present)
				continue;
			m->index[i] = vd_health_config_server(c, &m->server[i].c);
			for (uint32_t k = 2 * i; k < 2 * i + 2; k++)
				if (m->check[k].present)
					vd_health_config_check(
							c, k, m->check[k].serial, m->check[k].up);
		}
	}
	return c;
}

static void
do_swap(struct world *w)
{
	bool first = w->c == NULL;
	struct vd_health_config *c, *old;

	for (uint32_t s = 0; s < SERVICES; s++) {
		bool was = w->m.service[s].present;

		draw_service(w, s, first);
		w->m.service[s].told = was && w->m.service[s].told;
	}
	for (uint32_t i = 0; i < SERVERS; i++)
		draw_server(w, i, first);
	/* A service that is new starts as its weight has it; the model's is without a quorum until it is reckoned. */
	c = build(w);
	CU_ASSERT_EQUAL_FATAL(vd_health_config_seal(c, w->c), 0);
	old = vd_health_config_swap(w->h, c, w->now);
	CU_ASSERT_PTR_EQUAL_FATAL(old, w->c);
	vd_health_config_free(old);
	w->c = c;
}

/* ---- what must be true after every step ---- */

static void
check_actions(struct world *w)
{
	for (uint32_t n = 0; n < w->out.n; n++) {
		const struct vd_health_action *a = &w->out.v[n];
		struct m_server *v = &w->m.server[a->id % SERVERS];

		switch (a->kind) {
		case VD_HEALTH_ACT_SERVER:
			CU_ASSERT_FATAL(v->present && a->index == w->m.index[a->id]);
			CU_ASSERT_FATAL(a->up != v->told);
			v->told = a->up;
			break;
		case VD_HEALTH_ACT_QUORUM:
			CU_ASSERT_FATAL(w->m.service[a->id].present);
			CU_ASSERT_FATAL(a->up != w->m.service[a->id].told);
			CU_ASSERT_FATAL(a->up == (a->weight >= a->threshold));
			w->m.service[a->id].told = a->up;
			break;
		case VD_HEALTH_ACT_WEIGHT:
			w->weights++;
			break;
		default:
			CU_ASSERT_FATAL(w->m.check[a->slot].serial == a->serial);
			CU_ASSERT_FATAL(w->m.check[a->slot].owes || w->m.check[a->slot].owed);
			w->hurries++;
		}
	}
	w->out.n = 0;
}

static void
check_servers(struct world *w)
{
	for (uint32_t i = 0; i < SERVERS; i++) {
		const struct m_server *v = &w->m.server[i];
		struct vd_health_server_view view;

		if (!v->present)
			continue;
		vd_health_server_view(w->c, w->m.index[i], &view);
		CU_ASSERT_FATAL(view.up == v->up);
		CU_ASSERT_FATAL(view.ejected == v->ejected);
		CU_ASSERT_FATAL(view.weight == v->weight);
		CU_ASSERT_FATAL((view.down == 0) == checks_up(&w->m, i));
		CU_ASSERT_FATAL(view.changes == v->changes);
		CU_ASSERT_FATAL(view.since == v->since);
		CU_ASSERT_FATAL(view.share == v->share);
	}
}

static void
check_services(struct world *w)
{
	for (uint32_t s = 0; s < SERVICES; s++) {
		const struct m_service *sv = &w->m.service[s];
		struct vd_health_service_view view;
		uint32_t track;
		bool up;

		if (!sv->present)
			continue;
		vd_health_service_view(w->c, w->m.service_index[s], &view);
		CU_ASSERT_FATAL(view.weight == m_weight(&w->m, s));
		CU_ASSERT_FATAL(view.quorum == sv->quorum);
		CU_ASSERT_FATAL(view.sorry == (!sv->quorum && sv->c.sorry_id != NONE));
		CU_ASSERT_FATAL(vd_health_track(w->h, w->m.service_index[s], &track, &up));
		CU_ASSERT_FATAL(track == s && up == sv->quorum);
	}
}

/* Takes some of the posts, or all: then workers know what is. */
static void
check_posts(struct world *w)
{
	uint32_t id, gen, flags, n = below(w, 3) == 0 ? below(w, 4) : 100;

	while (n-- > 0) {
		if (!vd_health_post(w->h, &id, &gen, &flags)) {
			for (uint32_t i = 0; i < SERVERS; i++)
				if (w->m.server[i].present)
					CU_ASSERT_FATAL(w->m.flags[i] == m_flags(&w->m, i));
			for (uint32_t s = 0; s < SERVICES; s++)
				if (w->m.service[s].present && w->m.service[s].c.sorry_id != NONE)
					CU_ASSERT_FATAL(w->m.flags[SORRY + s] ==
							m_sorry_flags(&w->m.service[s]));
			return;
		}
		CU_ASSERT_FATAL(id < IDS);
		CU_ASSERT_FATAL(id >= SORRY || gen == w->m.gens[id]);
		w->m.flags[id] = flags;
		vd_health_posted(w->h);
	}
}

static void
check_told(struct world *w)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		if (w->m.server[i].present)
			CU_ASSERT_FATAL(w->m.server[i].told == w->m.server[i].up);
	for (uint32_t s = 0; s < SERVICES; s++)
		if (w->m.service[s].present)
			CU_ASSERT_FATAL(w->m.service[s].told == w->m.service[s].quorum);
}

static void
step(struct world *w)
{
	uint32_t what = below(w, 100);
	bool present[SERVICES];

	for (uint32_t s = 0; s < SERVICES; s++)
		present[s] = w->m.service[s].present;
	for (uint32_t k = 0; k < CHECKS; k++)
		w->m.check[k].owed = w->m.check[k].owes;
	if (what < 2)
		do_swap(w);
	else if (what < 50)
		do_verdict(w);
	else if (what < 60)
		do_observed(w);
	else if (what < 65)
		do_admin(w);
	else
		do_pass(w);
	m_reckon(w);
	for (uint32_t s = 0; s < SERVICES; s++)
		if (!present[s])
			w->m.service[s].told = w->m.service[s].quorum;
	check_actions(w);
	check_servers(w);
	check_services(w);
	check_posts(w);
	if (vd_health_next(w->h) > w->now)
		check_told(w);
}

static void
agrees_with_the_model(void)
{
	uint64_t hurries = 0, sorries = 0, ejections = 0, losses = 0, weights = 0;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct world *w = vd_xcalloc(1, sizeof(*w));

		w->rng.state = seed;
		w->now = 1000 * VD_SEC;
		w->h = vd_health_create(&vd_alloc_libc);
		for (uint32_t i = 0; i < SERVERS; i++)
			w->m.server[i].asker = NONE;
		do_swap(w);
		for (uint32_t s = 0; s < SERVICES; s++) {
			m_service(w, s);
			w->m.service[s].told = w->m.service[s].quorum;
		}
		for (int n = 0; n < 5000; n++)
			step(w);
		hurries += w->hurries;
		sorries += w->sorries;
		ejections += w->ejections;
		losses += w->losses;
		weights += w->weights;
		vd_health_destroy(w->h);
		free(w);
	}
	/* It was about something. */
	CU_ASSERT(hurries > 500);
	CU_ASSERT(sorries > 500);
	CU_ASSERT(ejections > 500);
	CU_ASSERT(losses > 500);
	CU_ASSERT(weights > 500);
}

static const struct vd_test tests[] = {
		VD_TEST(agrees_with_the_model),
};

VD_TEST_MAIN("health_random", tests)
