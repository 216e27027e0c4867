/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEALTH_WORLD_H
#define HEALTH_WORLD_H

/*
 * The health engine in virtual time. A configuration is built by service(), server(), check() and swapped in by swap();
 * service i has the id 100 + i, its sorry server 500 + i, server i has the id i, check i the slot 10 * i; all in order from 0,
 * all gens are 1, all serials 7. What the engine wants told is text, and so is what it posts, in order:
 *   "down 0 check 10"  "up 1 observe"  "down 0 config"  "lost 0 1<2"  "gained 0 3>=2"  "weight 0 5"  "hurry 10"
 *   "0:DOWN+GONE"  "1:FRESH/16"  "500:0"
 */

#include <stdarg.h>
#include <string.h>

#include "vd_compiler.h"
#include "vd_health.h"
#include "vd_server_flags.h"
#include "vd_test.h"

#define START    (1000 * VD_SEC)
#define SORRY    500
#define WEIGHT_0 (UINT32_MAX - 1)

struct world {
	struct vd_health *h;
	struct vd_health_config *c;      /* in force */
	struct vd_health_config *before; /* sealed last */
	struct vd_health_config *building;
	uint32_t services, servers, checks; /* being built */
	vd_time now;
	struct vd_health_actions out;
	char text[4096];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static inline void
tell(struct world *w, const char *format, ...)
{
	va_list args;
	int n;

	if (w->len > 0)
		w->len += (size_t)snprintf(w->text + w->len, sizeof(w->text) - w->len, ", ");
	va_start(args, format);
	n = vsnprintf(w->text + w->len, sizeof(w->text) - w->len, format, args);
	va_end(args);
	w->len = VD_MIN(w->len + (size_t)n, sizeof(w->text) - 1);
}

static inline void
tell_server(struct world *w, const struct vd_health_action *a)
{
	CU_ASSERT_EQUAL(a->gen, 1);
	if (a->cause == VD_HEALTH_CAUSE_CHECK)
		tell(w, "%s %u check %u", a->up ? "up" : "down", a->id, a->slot);
	else
		tell(w, "%s %u %s", a->up ? "up" : "down", a->id,
				a->cause == VD_HEALTH_CAUSE_OBSERVE ? "observe" : "config");
}

static inline void
tell_actions(struct world *w)
{
	for (uint32_t i = 0; i < w->out.n; i++) {
		const struct vd_health_action *a = &w->out.v[i];

		switch (a->kind) {
		case VD_HEALTH_ACT_SERVER:
			tell_server(w, a);
			break;
		case VD_HEALTH_ACT_QUORUM:
			tell(w, "%s %u %u%s%u", a->up ? "gained" : "lost", a->id - 100,
					(unsigned int)a->weight, a->up ? ">=" : "<",
					(unsigned int)a->threshold);
			break;
		case VD_HEALTH_ACT_WEIGHT:
			tell(w, "weight %u %u", a->id, (unsigned int)a->weight);
			break;
		case VD_HEALTH_ACT_HURRY:
			tell(w, "hurry %u", a->slot);
			CU_ASSERT_EQUAL(a->serial, 7);
			break;
		default:
			tell(w, "?");
		}
	}
	w->out.n = 0;
}

/* What was told since the last question. */
static inline void
check_text(struct world *w, const char *want, int line)
{
	w->text[w->len] = 0;
	if (strcmp(w->text, want) != 0)
		printf("line %d: \"%s\", not \"%s\"\n", line, w->text, want);
	CU_ASSERT_STRING_EQUAL(w->text, want);
	w->len = 0;
}

#define TOLD(want) check_text(w, want, __LINE__)

static inline void
tell_post(struct world *w, uint32_t id, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {{VD_LB_SERVER_DOWN, "DOWN"}, {VD_LB_SERVER_DRAIN, "DRAIN"},
			{VD_LB_SERVER_DISABLED, "DISABLED"}, {VD_LB_SERVER_GONE, "GONE"},
			{VD_LB_SERVER_FRESH, "FRESH"}};
	char text[64] = "";

	for (size_t i = 0; i < VD_ARRAY_LEN(names); i++) {
		if ((flags & names[i].flag) == 0)
			continue;
		if (text[0] != 0)
			strcat(text, "+");
		strcat(text, names[i].name);
	}
	if (VD_LB_SERVER_SHARE_OF(flags) != 256)
		tell(w, "%u:%s/%u", id, text, VD_LB_SERVER_SHARE_OF(flags));
	else
		tell(w, "%u:%s", id, text[0] == 0 ? "0" : text);
}

/* All that waits to be posted. */
static inline void
check_posts(struct world *w, const char *want, int line)
{
	uint32_t id, gen, flags;

	CU_ASSERT_EQUAL(w->len, 0);
	while (vd_health_post(w->h, &id, &gen, &flags)) {
		CU_ASSERT_EQUAL(gen, 1);
		tell_post(w, id, flags);
		vd_health_posted(w->h);
	}
	check_text(w, want, line);
}

#define POSTED(want)             check_posts(w, want, __LINE__)
#define POSTED_AFTER(told, want) (check_text(w, told, __LINE__), check_posts(w, want, __LINE__))

/* ---- configurations ---- */

static inline void
service_with(struct world *w, struct vd_health_service_config s)
{
	if (w->building == NULL) {
		w->building = vd_health_config_new();
		w->services = w->servers = w->checks = 0;
	}
	s.id = 100 + w->services;
	s.gen = s.sorry_gen = 1;
	s.quorum = s.quorum == 0 ? 1 : s.quorum;
	s.sorry_id = s.sorry_id == 0 ? VD_HEALTH_NONE : s.sorry_id;
	s.track = s.track == 0 ? VD_HEALTH_NONE : s.track;
	CU_ASSERT_EQUAL(vd_health_config_service(w->building, &s), w->services);
	w->services++;
}

static inline void
server_with(struct world *w, struct vd_health_server_config s)
{
	s.id = w->servers;
	s.gen = 1;
	s.weight = s.weight == 0 ? 1 : s.weight == WEIGHT_0 ? 0 : s.weight;
	CU_ASSERT_EQUAL(vd_health_config_server(w->building, &s), w->servers);
	w->servers++;
}

/* Fields besides the ids; what is not named: a quorum of 1, no sorry server, a weight of 1. */
#define SERVICE(...) service_with(w, (struct vd_health_service_config){__VA_ARGS__})
#define SERVER(...)  server_with(w, (struct vd_health_server_config){__VA_ARGS__})

static inline void
check(struct world *w, bool up)
{
	vd_health_config_check(w->building, 10 * w->checks++, 7, up);
}

/* A service with n servers of weight 1, with a check each that starts up. */
static inline void
servers_with_checks(struct world *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		SERVER();
		check(w, true);
	}
}

static inline struct vd_health_config *
seal(struct world *w)
{
	struct vd_health_config *c = w->building;

	CU_ASSERT_EQUAL_FATAL(vd_health_config_seal(c, w->before), 0);
	w->building = NULL;
	w->before = c;
	return c;
}

/* In the smallest slices: a whole swap is the same. */
static inline void
swap_in(struct world *w, struct vd_health_config *c)
{
	struct vd_health_config *old;
	uint32_t units;

	vd_health_swap_begin(w->h, c);
	do {
		units = 1;
	} while (!vd_health_swap_step(w->h, &units, w->now));
	old = vd_health_swap_end(w->h);
	CU_ASSERT_PTR_EQUAL(old, w->c);
	w->c = c;
	vd_health_config_free(old);
}

static inline void
swap(struct world *w)
{
	swap_in(w, seal(w));
}

static inline struct world *
begin(void)
{
	struct world *w = vd_xcalloc(1, sizeof(*w));

	w->now = START;
	w->h = vd_health_create(&vd_alloc_libc);
	return w;
}

static inline void
end(struct world *w)
{
	vd_health_config_free(w->building);
	vd_health_destroy(w->h);
	free(w);
}

/* ---- events ---- */

static inline void
verdict_weight(struct world *w, uint32_t slot, bool up, int64_t weight)
{
	vd_health_verdict(w->h, slot, 7, up, weight, w->now, &w->out);
	tell_actions(w);
}

static inline void
verdict(struct world *w, uint32_t slot, bool up)
{
	verdict_weight(w, slot, up, -1);
}

static inline void
admin(struct world *w, uint32_t id, uint32_t flags)
{
	vd_health_admin(w->h, id, 1, flags, w->now, &w->out);
	tell_actions(w);
}

static inline void
observed(struct world *w, uint32_t id)
{
	vd_health_observed(w->h, id, 1, w->now, &w->out);
	tell_actions(w);
}

static inline void
tick(struct world *w)
{
	vd_health_tick(w->h, w->now, &w->out);
	tell_actions(w);
}

/* Ticks when they are due, up to then. */
static inline void
run_until(struct world *w, vd_time until)
{
	while (vd_health_next(w->h) <= until) {
		w->now = VD_MAX(w->now, vd_health_next(w->h));
		tick(w);
	}
	w->now = until;
}

static inline void
pass(struct world *w, vd_time length)
{
	run_until(w, w->now + length);
}

/* ---- published words ---- */

static inline struct vd_health_server_view
view(const struct world *w, uint32_t server)
{
	struct vd_health_server_view v;

	vd_health_server_view(w->c, server, &v);
	return v;
}

static inline struct vd_health_service_view
service_view(const struct world *w, uint32_t service)
{
	struct vd_health_service_view v;

	vd_health_service_view(w->c, service, &v);
	return v;
}

#endif
