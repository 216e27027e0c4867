/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_compiler.h"
#include "vd_health.h"
#include "vd_health_rule.h"
#include "vd_server_flags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Bytes are a list of events for an engine of three services and up to eight servers: configurations, verdicts, reports,
 * the operator, time, posts. After every step its promises are kept. Server i has the id i and belongs to service i % 3,
 * whose id is 20 + i % 3 and whose sorry server's is 30 + i % 3. Server 7 has more checks than actions have room. One
 * check's rule runs beside it.
 */

#define SERVICES 3u
#define SERVERS  8u
#define SORRY    30u
#define IDS      (SORRY + SERVICES)
#define BIG      100u /* checks of server 7 */
#define SLOTS    (2 * SERVERS + BIG)

#define UNUSABLE \
	(VD_LB_SERVER_DOWN | VD_LB_SERVER_DRAIN | VD_LB_SERVER_DISABLED | VD_LB_SERVER_GONE)

struct server {
	bool present, told, up;
	uint32_t index, admin, flags;
	struct vd_health_server_config c;
	uint64_t changes;
};

struct service {
	bool present, told;
	uint32_t index, sorry_flags;
	struct vd_health_service_config c;
};

struct world {
	struct vd_health *h;
	struct vd_health_config *c, *sealed; /* sealed: not swapped in yet */
	struct server server[SERVERS], next_server[SERVERS];
	struct service service[SERVICES], next_service[SERVICES];
	uint32_t serial[SLOTS], next_serial[SLOTS];
	struct vd_health_check check;
	struct vd_health_script script;
	vd_time now;
	const uint8_t *p, *end;
};

static struct vd_health_actions out;

static void
require(bool what)
{
	if (!what)
		abort();
}

static uint8_t
byte(struct world *w)
{
	return w->p < w->end ? *w->p++ : 0;
}

/* ---- promises ---- */

static void
check_action(struct world *w, const struct vd_health_action *a)
{
	struct server *v = &w->server[a->id % SERVERS];
	struct service *s = &w->service[(a->id + 1) % SERVICES];

	switch (a->kind) {
	case VD_HEALTH_ACT_SERVER:
		require(a->id < SERVERS && v->present && v->index == a->index);
		require(a->gen == v->c.gen && a->up != v->told &&
				a->cause <= VD_HEALTH_CAUSE_CONFIG);
		require(a->slot == VD_HEALTH_NONE || a->slot < SLOTS);
		v->told = a->up;
		break;
	case VD_HEALTH_ACT_QUORUM:
		require(a->id >= 20 && s->present && s->index == a->index && s->c.id == a->id);
		require(a->up != s->told && a->up == (a->weight >= a->threshold));
		s->told = a->up;
		break;
	case VD_HEALTH_ACT_WEIGHT:
		require(a->id < SERVERS && v->present && !v->c.weight_fixed);
		break;
	default:
		require(a->kind == VD_HEALTH_ACT_HURRY);
		require(a->slot < SLOTS && a->serial == w->serial[a->slot]);
	}
}

static uint64_t
check_server(struct world *w, struct server *v)
{
	struct vd_health_server_view view;

	vd_health_server_view(w->c, v->index, &view);
	require(view.up == (view.down == 0 && !view.ejected));
	require(view.share >= 16 && view.share <= 256 && view.share % 16 == 0);
	require(view.up || view.share == 256);
	require(view.changes >= v->changes);
	require(view.changes > v->changes || view.up == v->up);
	require((view.since == 0) == (view.changes == 0) && view.since <= w->now);
	require(!v->c.weight_fixed || view.weight == v->c.weight);
	v->up = view.up;
	v->changes = view.changes;
	return view.up && v->admin == 0 ? view.weight : 0;
}

static void
check_service(struct world *w, uint32_t i)
{
	struct service *s = &w->service[i];
	struct vd_health_service_view view;
	uint64_t weight = 0;
	uint32_t track;
	bool up;

	for (uint32_t k = i; k < SERVERS; k += SERVICES)
		if (w->server[k].present)
			weight += check_server(w, &w->server[k]);
	vd_health_service_view(w->c, s->index, &view);
	require(view.weight == weight);
	require(view.quorum ? weight >= s->c.quorum - s->c.hysteresis
			    : weight < s->c.quorum + s->c.hysteresis);
	require(view.sorry == (!view.quorum && s->c.sorry_id != VD_HEALTH_NONE));
	require(vd_health_track(w->h, s->index, &track, &up) && track == i && up == view.quorum);
}

static void
check(struct world *w)
{
	require(out.n <= VD_HEALTH_ACTIONS);
	for (uint32_t i = 0; i < out.n; i++)
		check_action(w, &out.v[i]);
	out.n = 0;
	for (uint32_t i = 0; i < SERVICES; i++)
		if (w->service[i].present)
			check_service(w, i);
}

/* Nothing waits: everybody knows what is. */
static void
check_quiet(const struct world *w)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		require(!w->server[i].present || w->server[i].told == w->server[i].up);
	for (uint32_t i = 0; i < SERVICES; i++) {
		struct vd_health_service_view view;

		if (!w->service[i].present)
			continue;
		vd_health_service_view(w->c, w->service[i].index, &view);
		require(view.quorum == w->service[i].told);
	}
}

static void
check_flags(const struct server *v)
{
	uint32_t f = v->flags;

	if (v->admin != 0)
		require((f & UNUSABLE & ~VD_LB_SERVER_GONE) == v->admin);
	else
		require(((f & VD_LB_SERVER_DOWN) == 0) == v->up && (v->up || (f & ~9u) == 0));
	require((f & UNUSABLE) == 0 || VD_LB_SERVER_SHARE_OF(f) == 256);
	require(VD_LB_SERVER_SHARE_OF(f) == 256 || (f & VD_LB_SERVER_FRESH) != 0);
}

static void
posts(struct world *w, uint32_t n)
{
	uint32_t id, gen, flags;

	require(n <= SERVERS + SERVICES + 1);
	for (; n > 0; n--) {
		if (!vd_health_post(w->h, &id, &gen, &flags)) {
			for (uint32_t i = 0; i < SERVERS; i++)
				if (w->server[i].present)
					check_flags(&w->server[i]);
			return;
		}
		require(id < SERVERS ? w->server[id].present && gen == w->server[id].c.gen
				     : id >= SORRY && id < IDS);
		if (id < SERVERS)
			w->server[id].flags = flags;
		else
			require(w->service[id - SORRY].c.sorry_id == id);
		vd_health_posted(w->h);
	}
}

/* ---- configurations ---- */

static void
seal_checks(struct world *w, struct vd_health_config *c, uint32_t i, uint8_t how)
{
	uint32_t first = 2 * i, n = how % 3;

	if (i == SERVERS - 1 && how >= 128) {
		first = 2 * SERVERS;
		n = BIG;
	}
	for (uint32_t k = first; k < first + n; k++) {
		w->next_serial[k] += how / 4 % 4 == 0;
		vd_health_config_check(c, k, w->next_serial[k], how / 16 % 4 != 0);
	}
}

static void
seal_server(struct world *w, struct vd_health_config *c, uint32_t i)
{
	struct server *v = &w->next_server[i];
	uint8_t a = byte(w), b = byte(w);
	uint32_t gen = v->c.gen + (a % 16 == 15);

	v->present = a % 8 != 7;
	v->c = (struct vd_health_server_config){
			.id = i,
			.gen = gen,
			.weight = b % 8,
			.weight_fixed = b / 8 % 4 == 0,
			.inhibit = (b & 32) != 0,
			.expire_quiescent = (b & 64) != 0,
			.admin = b < 16          ? VD_LB_SERVER_DRAIN
					: b < 24 ? VD_LB_SERVER_DISABLED
						 : 0,
	};
	if (!v->present)
		return;
	v->admin = v->c.admin;
	v->index = vd_health_config_server(c, &v->c);
	seal_checks(w, c, i, a);
}

static void
seal(struct world *w)
{
	struct vd_health_config *c = vd_health_config_new();

	memcpy(w->next_server, w->server, sizeof(w->server));
	memcpy(w->next_service, w->service, sizeof(w->service));
	memcpy(w->next_serial, w->serial, sizeof(w->serial));
	for (uint32_t i = 0; i < SERVICES; i++) {
		struct service *s = &w->next_service[i];
		uint8_t a = byte(w), b = byte(w);

		s->present = a % 8 != 7;
		s->c = (struct vd_health_service_config){
				.id = 20 + i,
				.gen = 1,
				.quorum = 1 + b % 8,
				.hysteresis = b / 8 % (1 + b % 8),
				.sorry_id = a % 2 == 0 ? SORRY + i : VD_HEALTH_NONE,
				.sorry_inhibit = (a & 16) != 0,
				.slow_start = b / 64 * (7 * VD_SEC + 3),
				.observe = a / 32,
				.track = i,
		};
		if (s->present)
			s->index = vd_health_config_service(c, &s->c);
		for (uint32_t k = i; k < SERVERS; k += SERVICES) {
			w->next_server[k].present = false;
			if (s->present)
				seal_server(w, c, k);
		}
	}
	require(vd_health_config_seal(c, w->c) == 0);
	w->sealed = c;
}

/* What is new begins with what it is: that is not told. */
static void
adopt(struct world *w)
{
	for (uint32_t i = 0; i < SERVERS; i++) {
		struct server *v = &w->next_server[i], *was = &w->server[i];
		struct vd_health_server_view view;
		bool same = was->present && v->present && was->c.gen == v->c.gen;

		v->admin = v->present ? v->c.admin : 0;
		v->told = was->told;
		v->up = was->up;
		v->changes = was->changes;
		v->flags = was->flags;
		if (same || !v->present)
			continue;
		vd_health_server_view(w->sealed, v->index, &view);
		require(view.changes == 0);
		v->told = v->up = view.up;
		v->changes = 0;
	}
	for (uint32_t i = 0; i < SERVICES; i++) {
		struct service *s = &w->next_service[i], *was = &w->service[i];
		struct vd_health_service_view view;

		s->told = was->told;
		if (was->present || !s->present)
			continue;
		vd_health_service_view(w->sealed, s->index, &view);
		s->told = view.quorum;
	}
	memcpy(w->server, w->next_server, sizeof(w->server));
	memcpy(w->service, w->next_service, sizeof(w->service));
	memcpy(w->serial, w->next_serial, sizeof(w->serial));
}

static void
swap(struct world *w)
{
	struct vd_health_config *old;

	if (w->sealed == NULL)
		seal(w);
	old = vd_health_config_swap(w->h, w->sealed, w->now);
	require(old == w->c);
	vd_health_config_free(old);
	adopt(w);
	w->c = w->sealed;
	w->sealed = NULL;
}

/* ---- events ---- */

static void
verdict(struct world *w)
{
	uint8_t a = byte(w), b = byte(w);
	uint32_t slot = a % (SLOTS + 1), serial = slot < SLOTS ? w->serial[slot] : 0;

	vd_health_verdict(w->h, slot, serial + (b >= 250), (b & 1) != 0, (b & 6) == 2 ? b / 8 : -1,
			w->now, &out);
}

static void
operator(struct world *w)
{
	static const uint32_t words[] = {0, VD_LB_SERVER_DRAIN, VD_LB_SERVER_DISABLED, 0};
	uint8_t a = byte(w);
	uint32_t id = a % (SERVERS + 2), word = words[a / 16 % 4];
	struct server *v = &w->server[id % SERVERS];
	uint32_t gen = v->c.gen + (a >= 250);

	if (id < SERVERS && v->present && gen == v->c.gen)
		v->admin = word;
	vd_health_admin(w->h, id < SERVERS ? id : SORRY, gen, word, w->now, &out);
}

static void
pass(struct world *w)
{
	static const vd_time step[] = {0, 1, VD_MSEC, 100 * VD_MSEC, VD_SEC, 4 * VD_SEC,
			30 * VD_SEC, 100 * VD_SEC};
	uint8_t how = byte(w);
	vd_time next = vd_health_next(w->h);

	if (how < 128)
		w->now += step[how % 8];
	else if (next != VD_TIME_NEVER && next > w->now)
		w->now = next;
	if (how % 16 == 15)
		return;
	for (uint32_t n = 0; n == 0 || vd_health_next(w->h) <= w->now; n++) {
		require(n < 16);
		vd_health_tick(w->h, w->now, &out);
		require(n == 0 || out.n > 0);
		check(w);
	}
	check_quiet(w);
}

/* The rules beside it: an attempt that ends some time after it was due. */
static void
rules(struct world *w)
{
	uint8_t a = byte(w);
	const struct vd_health_rule r = {.retry = a % 4,
			.delay_loop = (1 + a / 4 % 4) * VD_SEC,
			.delay_before_retry = a / 16 * 100 * VD_MSEC};
	const struct vd_health_script_rule s = {
			.interval = VD_SEC, .rise = a % 3, .fall = a / 8 % 3};
	vd_time at = w->check.due + a * 20 * VD_MSEC;
	bool was = w->check.up, good = (a & 64) != 0, was_good = w->script.good;
	enum vd_health_change c;

	if (a % 32 == 31) {
		vd_health_check_hurry(&w->check, w->check.due - VD_MSEC);
		at = w->check.due;
	}
	c = vd_health_check_result(&w->check, &r, good, at);
	require(c ==
			(was == w->check.up                           ? VD_HEALTH_SAME
							: w->check.up ? VD_HEALTH_UP
								      : VD_HEALTH_DOWN));
	require(!good || w->check.up);
	require(w->check.due > at || w->check.retrying);
	require(w->check.retrying ? w->check.up : w->check.due == w->check.grid);
	vd_health_script_started(&w->script, &s, at);
	require(w->script.due > at && w->script.due <= at + s.interval);
	c = vd_health_script_result(&w->script, &s, good);
	require((c == VD_HEALTH_SAME) == (was_good == w->script.good));
	require(w->script.good == good || w->script.row > 0);
}

static void
event(struct world *w)
{
	uint8_t kind = byte(w), a;

	switch (kind % 16) {
	case 0:
		swap(w);
		break;
	case 1:
		if (w->sealed == NULL)
			seal(w);
		break;
	case 2:
	case 3:
		a = byte(w);
		vd_health_observed(w->h, a % SERVERS, w->server[a % SERVERS].c.gen + (a >= 250),
				w->now, &out);
		break;
	case 4:
		operator(w);
		break;
	case 5:
		posts(w, byte(w) % (SERVERS + SERVICES + 2));
		break;
	case 6:
		rules(w);
		break;
	case 7:
	case 8:
	case 9:
	case 10:
		pass(w);
		break;
	default:
		verdict(w);
	}
	check(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vd_health_rule rule = {.retry = 1};
	static const struct vd_health_script_rule script = {.interval = VD_SEC};
	struct world *w = calloc(1, sizeof(*w));

	require(w != NULL);
	out.n = 0;
	w->now = 1000 * VD_SEC;
	w->p = data;
	w->end = data + VD_MIN(size, (size_t)512);
	vd_health_check_begin(&w->check, &rule, 7, w->now);
	vd_health_script_begin(&w->script, &script, w->check.due);
	w->script.checked = true;
	w->h = vd_health_create(&vd_alloc_libc);
	require(w->h != NULL);
	swap(w);
	check(w);
	while (w->p < w->end)
		event(w);
	vd_health_config_free(w->sealed);
	vd_health_destroy(w->h);
	free(w);
	return 0;
}
