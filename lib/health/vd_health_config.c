/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration, on main. */
#include <errno.h>
#include <stdlib.h>

#include "health_priv.h"

struct vd_health_config *
vd_health_config_new(void)
{
	return vd_xcalloc(1, sizeof(struct vd_health_config));
}

void
vd_health_config_free(struct vd_health_config *c)
{
	if (c == NULL)
		return;
	vd_vec_free(&c->services);
	vd_vec_free(&c->servers);
	vd_vec_free(&c->checks);
	vd_vec_free(&c->tracked);
	free(c->service_ids.v);
	free(c->server_ids.v);
	free(c->slots.v);
	free(c->posts.next);
	free(c->tells.next);
	vd_timer_destroy(c->timers);
	free(c);
}

void
vd_health_config_reserve(struct vd_health_config *c, size_t services, size_t servers, size_t checks)
{
	vd_vec_reserve(&c->services, services);
	vd_vec_reserve(&c->servers, servers);
	vd_vec_reserve(&c->checks, checks);
}

uint32_t
vd_health_config_service(struct vd_health_config *c, const struct vd_health_service_config *s)
{
	struct health_service *sv = vd_vec_add(&c->services);

	sv->c = *s;
	sv->server_first = (uint32_t)c->servers.n;
	if (s->track != VD_HEALTH_NONE)
		vd_vec_push(&c->tracked, (uint32_t)c->services.n - 1);
	return (uint32_t)c->services.n - 1;
}

uint32_t
vd_health_config_server(struct vd_health_config *c, const struct vd_health_server_config *s)
{
	struct health_server *v = vd_vec_add(&c->servers);

	v->c = *s;
	v->service = (uint32_t)c->services.n - 1;
	v->check_first = (uint32_t)c->checks.n;
	c->services.v[v->service].server_n++;
	return (uint32_t)c->servers.n - 1;
}

void
vd_health_config_check(struct vd_health_config *c, uint32_t slot, uint32_t serial, bool up)
{
	struct health_check *k = vd_vec_add(&c->checks);

	*k = (struct health_check){
			.slot = slot,
			.serial = serial,
			.server = (uint32_t)c->servers.n - 1,
			.up = up,
			.asked = -1,
	};
	c->servers.v[k->server].check_n++;
}

/* ---- places ---- */

uint32_t
health_find_service(const struct vd_health_config *c, uint32_t id, uint32_t gen, uint32_t guess)
{
	uint32_t at = guess;

	if (at >= c->services.n || c->services.v[at].c.id != id)
		at = health_index_find(&c->service_ids, id);
	return at != HEALTH_NIL && c->services.v[at].c.gen == gen ? at : HEALTH_NIL;
}

/* The index knows sorry servers, too: their places are behind the servers'. */
uint32_t
health_find_server(const struct vd_health_config *c, uint32_t id, uint32_t gen, uint32_t guess)
{
	uint32_t at = guess;

	if (at >= c->servers.n || c->servers.v[at].c.id != id)
		at = health_index_find(&c->server_ids, id);
	return at < c->servers.n && c->servers.v[at].c.gen == gen ? at : HEALTH_NIL;
}

uint32_t
health_find_check(const struct vd_health_config *c, uint32_t slot, uint32_t serial, uint32_t guess)
{
	uint32_t at = guess;

	if (at >= c->checks.n || c->checks.v[at].slot != slot)
		at = health_index_find(&c->slots, slot);
	return at != HEALTH_NIL && c->checks.v[at].serial == serial ? at : HEALTH_NIL;
}

/* ---- seal ---- */

static bool
index_all(struct vd_health_config *c)
{
	bool good = true;

	health_index_init(&c->service_ids, c->services.n);
	health_index_init(&c->server_ids, c->services.n + c->servers.n);
	health_index_init(&c->slots, c->checks.n);
	for (uint32_t i = 0; i < c->servers.n; i++)
		good &= health_index_add(&c->server_ids, c->servers.v[i].c.id, i);
	for (uint32_t i = 0; i < c->services.n; i++) {
		const struct health_service *sv = &c->services.v[i];

		good &= health_index_add(&c->service_ids, sv->c.id, i);
		if (sv->c.sorry_id != VD_HEALTH_NONE)
			good &= health_index_add(&c->server_ids, sv->c.sorry_id,
					health_service_handle(c, sv));
	}
	for (uint32_t i = 0; i < c->checks.n; i++)
		good &= health_index_add(&c->slots, c->checks.v[i].slot, i);
	return good;
}

/* As one that nothing is known of. */
static void
server_begin(const struct vd_health_config *c, struct health_server *v)
{
	for (uint32_t k = 0; k < v->check_n; k++)
		v->down += !c->checks.v[v->check_first + k].up;
	v->st = (struct health_server_state){
			.up = v->down == 0,
			.told_up = v->down == 0,
			.was_up = v->down == 0,
			.slot = VD_HEALTH_NONE,
	};
	v->weight = v->told_weight = v->c.weight;
	v->asker = HEALTH_NIL;
	v->admin = v->c.admin & (VD_LB_SERVER_DRAIN | VD_LB_SERVER_DISABLED);
	v->share = 256;
	v->flags = health_server_flags(v);
	v->live = health_server_live(v);
	health_service_of(c, v)->weight += v->live;
	v->carry = HEALTH_NIL;
	health_server_publish(v);
}

static void
service_begin(struct health_service *sv)
{
	/* At first it is no change. */
	(void)health_service_quorum(sv, 0);
	sv->told_quorum = sv->quorum.up;
	sv->carry = HEALTH_NIL;
	health_service_publish(sv);
}

static void
words_carry(uint32_t *words, const void *view, size_t size)
{
	memcpy(words, view, size);
}

/* Where things were, and what is known of them until the swap. */
static void
carry_all(struct vd_health_config *c, const struct vd_health_config *before)
{
	struct vd_health_server_view server;
	struct vd_health_service_view service;
	struct health_service *sv;
	struct health_server *v;
	struct health_check *k;

	VD_VEC_FOREACH (k, &c->checks)
		k->carry = health_find_check(before, k->slot, k->serial, HEALTH_NIL);
	VD_VEC_FOREACH (v, &c->servers) {
		v->carry = health_find_server(before, v->c.id, v->c.gen, HEALTH_NIL);
		if (v->carry == HEALTH_NIL)
			continue;
		vd_health_server_view(before, v->carry, &server);
		words_carry(v->words, &server, sizeof(server));
	}
	VD_VEC_FOREACH (sv, &c->services) {
		sv->carry = health_find_service(before, sv->c.id, sv->c.gen, HEALTH_NIL);
		if (sv->carry == HEALTH_NIL)
			continue;
		vd_health_service_view(before, sv->carry, &service);
		words_carry(sv->words, &service, sizeof(service));
	}
}

/* libc memory that is always there. */
static void *
timers_zalloc(void *ctx, size_t size, size_t align)
{
	(void)ctx;
	(void)align;
	return vd_xcalloc(1, size);
}

static void
timers_free(void *ctx, void *ptr)
{
	(void)ctx;
	free(ptr);
}

static const struct vd_alloc timers_alloc = {.zalloc = timers_zalloc, .free = timers_free};

int
vd_health_config_seal(struct vd_health_config *c, const struct vd_health_config *before)
{
	struct health_service *sv;
	struct health_server *v;

	if (!index_all(c))
		return -EEXIST;
	health_queue_init(&c->posts, c->servers.n + c->services.n);
	health_queue_init(&c->tells, c->servers.n + c->services.n);
	c->timers = vd_timer_create((uint32_t)VD_MAX(c->servers.n, (size_t)1), &timers_alloc);
	VD_VEC_FOREACH (v, &c->servers)
		server_begin(c, v);
	VD_VEC_FOREACH (sv, &c->services)
		service_begin(sv);
	if (before != NULL)
		carry_all(c, before);
	return 0;
}
