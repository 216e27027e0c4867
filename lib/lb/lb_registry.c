/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Numbers for services and real servers. An entry is live (named in the last committed build), retired (named in an
 * earlier one) or free. A build marks what it names; commit makes the marks the truth, undo takes them back.
 */

#include <errno.h>

#include "lb_priv.h"
#include "vd_vec.h"

#define ID_LIMIT (VD_LB_CHUNKS_MAX * VD_LB_CHUNK)

struct key {
	const char *group; /* services with one; else NULL */
	struct vd_addr addr;
	uint32_t parent; /* service id of a server */
	uint16_t port;
	uint8_t protocol;
	bool sorry; /* the sorry server of its service, which may be one of the others, too */
};

struct entry {
	struct key key; /* group is ours */
	uint64_t hash;
	uint32_t gen;
	uint32_t seen, before; /* build that named it last, and the one before that (for undo) */
	uint32_t next;         /* id + 1 in its chain */
	uint32_t children;     /* servers with a number, of a service */
	bool used;
};

struct map {
	VD_VEC(struct entry) entries; /* by id */
	VD_VEC(uint32_t) free_ids;
	uint32_t *heads; /* id + 1 */
	uint32_t n_heads, used;
};

struct vd_lb_registry {
	struct map map[2];          /* by vd_lb_kind */
	uint32_t build;             /* counts builds, also those undone */
	uint32_t current, previous; /* the last two committed */
	uint32_t gen;
};

struct vd_lb_registry *
vd_lb_registry_create(void)
{
	struct vd_lb_registry *r = vd_xcalloc(1, sizeof(*r));

	for (unsigned k = 0; k < 2; k++) {
		r->map[k].n_heads = 64;
		r->map[k].heads = vd_xcalloc(r->map[k].n_heads, sizeof(uint32_t));
	}
	return r;
}

static void
key_free(struct key *key)
{
	union {
		const char *c;
		char *p;
	} u = {key->group};

	free(u.p);
	key->group = NULL;
}

void
vd_lb_registry_destroy(struct vd_lb_registry *r)
{
	struct entry *e;

	if (r == NULL)
		return;
	for (unsigned k = 0; k < 2; k++) {
		VD_VEC_FOREACH (e, &r->map[k].entries)
			key_free(&e->key);
		vd_vec_free(&r->map[k].entries);
		vd_vec_free(&r->map[k].free_ids);
		free(r->map[k].heads);
	}
	free(r);
}

static uint64_t
key_hash(const struct key *k)
{
	uint64_t h = vd_addr_hash(&k->addr,
			(uint64_t)k->parent << 32 | (uint32_t)k->port << 8 | k->protocol |
					(uint32_t)k->sorry << 24);

	return k->group == NULL ? h : vd_hash_bytes(k->group, strlen(k->group), h);
}

static bool
key_equal(const struct key *a, const struct key *b)
{
	if ((a->group == NULL) != (b->group == NULL))
		return false;
	if (a->group != NULL && strcmp(a->group, b->group) != 0)
		return false;
	return a->parent == b->parent && a->port == b->port && a->protocol == b->protocol &&
			a->sorry == b->sorry && vd_addr_equal(&a->addr, &b->addr);
}

static void
map_grow(struct map *m)
{
	free(m->heads);
	m->n_heads *= 2;
	m->heads = vd_xcalloc(m->n_heads, sizeof(uint32_t));
	for (uint32_t id = 0; id < m->entries.n; id++) {
		struct entry *e = &m->entries.v[id];
		uint32_t *head = &m->heads[e->hash & (m->n_heads - 1)];

		if (!e->used)
			continue;
		e->next = *head;
		*head = id + 1;
	}
}

static int
map_name(struct vd_lb_registry *r, struct map *m, const struct key *key, uint32_t *id)
{
	uint64_t hash = key_hash(key);
	struct entry *e;

	for (uint32_t i = m->heads[hash & (m->n_heads - 1)]; i != 0; i = e->next) {
		e = &m->entries.v[i - 1];
		if (e->hash != hash || !key_equal(&e->key, key))
			continue;
		if (e->seen == r->build)
			return -EEXIST;
		e->before = e->seen;
		e->seen = r->build;
		*id = i - 1;
		return 0;
	}
	if (m->free_ids.n != 0) {
		*id = m->free_ids.v[--m->free_ids.n];
	} else {
		if (m->entries.n == ID_LIMIT)
			return -E2BIG;
		*id = (uint32_t)m->entries.n;
		(void)vd_vec_add(&m->entries);
	}
	e = &m->entries.v[*id];
	memset(e, 0, sizeof(*e));
	e->key = *key;
	if (key->group != NULL)
		e->key.group = vd_xstrdup(key->group);
	e->hash = hash;
	e->gen = ++r->gen;
	e->seen = r->build;
	e->used = true;
	if (++m->used > m->n_heads) {
		map_grow(m);
		return 0;
	}
	e->next = m->heads[hash & (m->n_heads - 1)];
	m->heads[hash & (m->n_heads - 1)] = *id + 1;
	return 0;
}

static void
map_let_go(struct map *m, uint32_t id)
{
	struct entry *e = &m->entries.v[id];
	uint32_t *link = &m->heads[e->hash & (m->n_heads - 1)];

	while (*link != id + 1)
		link = &m->entries.v[*link - 1].next;
	*link = e->next;
	key_free(&e->key);
	e->used = false;
	m->used--;
	vd_vec_push(&m->free_ids, id);
}

uint32_t
lb_registry_begin(struct vd_lb_registry *r)
{
	return ++r->build;
}

int
lb_registry_service(
		struct vd_lb_registry *r, const struct vd_lb_service_spec *s, struct lb_number *out)
{
	struct key key = {.group = s->group, .parent = VD_LB_NONE, .protocol = s->protocol};
	int err;

	if (s->group == NULL) {
		key.addr = s->listeners[0].addr;
		key.port = s->listeners[0].port;
		key.protocol = s->listeners[0].protocol;
	}
	err = map_name(r, &r->map[VD_LB_KIND_SERVICE], &key, &out->id);
	if (err == 0)
		out->gen = r->map[VD_LB_KIND_SERVICE].entries.v[out->id].gen;
	return err;
}

int
lb_registry_server(struct vd_lb_registry *r, uint32_t service, const struct vd_lb_server_spec *s,
		bool sorry, struct lb_number *out)
{
	struct key key = {.addr = s->addr, .parent = service, .port = s->port, .sorry = sorry};
	struct map *m = &r->map[VD_LB_KIND_SERVER];
	uint32_t used = m->used;
	int err = map_name(r, m, &key, &out->id);

	if (err != 0)
		return err;
	out->gen = m->entries.v[out->id].gen;
	r->map[VD_LB_KIND_SERVICE].entries.v[service].children += m->used - used;
	return 0;
}

void
lb_registry_commit(struct vd_lb_registry *r)
{
	r->previous = r->current;
	r->current = r->build;
}

/* Servers first: what a build had created of a service goes with it. */
void
lb_registry_undo(struct vd_lb_registry *r)
{
	for (int k = VD_LB_KIND_SERVER; k >= VD_LB_KIND_SERVICE; k--) {
		struct map *m = &r->map[k];

		for (uint32_t id = (uint32_t)m->entries.n; id-- > 0;) {
			struct entry *e = &m->entries.v[id];

			if (!e->used || e->seen != r->build)
				continue;
			e->seen = e->before;
			if (e->before != 0)
				continue;
			if (k == VD_LB_KIND_SERVER)
				r->map[VD_LB_KIND_SERVICE].entries.v[e->key.parent].children--;
			map_let_go(m, id);
		}
	}
}

uint32_t
vd_lb_registry_limit(const struct vd_lb_registry *r, enum vd_lb_kind kind)
{
	return (uint32_t)r->map[kind].entries.n;
}

static bool
is_retired(const struct vd_lb_registry *r, const struct entry *e)
{
	return e->used && e->seen != r->current;
}

uint32_t
vd_lb_registry_retired(const struct vd_lb_registry *r, enum vd_lb_kind kind)
{
	const struct entry *e;
	uint32_t n = 0;

	VD_VEC_FOREACH (e, &r->map[kind].entries)
		n += is_retired(r, e);
	return n;
}

void
vd_lb_registry_each_retired(const struct vd_lb_registry *r, enum vd_lb_kind kind, bool fresh,
		void (*visit)(void *ctx, uint32_t id, uint32_t gen), void *ctx)
{
	const struct entry *v = r->map[kind].entries.v;

	for (uint32_t id = 0; id < r->map[kind].entries.n; id++)
		if (is_retired(r, &v[id]) && (!fresh || v[id].seen == r->previous))
			visit(ctx, id, v[id].gen);
}

unsigned
vd_lb_registry_collect(struct vd_lb_registry *r,
		bool (*idle)(void *ctx, enum vd_lb_kind kind, uint32_t id), void *ctx)
{
	unsigned n = 0;

	for (int k = VD_LB_KIND_SERVER; k >= VD_LB_KIND_SERVICE; k--) {
		struct map *m = &r->map[k];

		for (uint32_t id = 0; id < m->entries.n; id++) {
			struct entry *e = &m->entries.v[id];

			if (!is_retired(r, e) || e->children != 0 ||
					!idle(ctx, (enum vd_lb_kind)k, id))
				continue;
			if (k == VD_LB_KIND_SERVER)
				r->map[VD_LB_KIND_SERVICE].entries.v[e->key.parent].children--;
			map_let_go(m, id);
			n++;
		}
	}
	return n;
}
