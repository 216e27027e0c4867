/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_model_diff.h"

#include <stdlib.h>
#include <string.h>

struct diff_ctx {
	const struct vd_model *a, *b;
	struct vd_model_diff *d;
};

/* Pairs of two lists in the new one's order: key is what makes an element the same. */
struct keyed {
	struct vd_strbuf key;
	size_t index;
};

struct keyed_list {
	struct keyed *v;
	size_t n, cap;
};

static int
by_key(const void *x, const void *y)
{
	const struct keyed *a = x, *b = y;
	int order = strcmp(a->key.s, b->key.s);

	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static struct keyed *
keyed_add(struct keyed_list *l)
{
	struct keyed *k = vd_vec_add(l);

	k->index = l->n - 1;
	vd_strbuf_puts(&k->key, "");
	return k;
}

static void
keyed_sort(struct keyed_list *l)
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), by_key);
}

static void
keyed_free(struct keyed_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		vd_strbuf_free(&l->v[i].key);
	vd_vec_free(l);
}

/*
 * Walks two sorted lists together: pair(ctx, index in a, index in b), either VD_MODEL_DIFF_NONE. Elements of equal key
 * on one side are paired in order.
 */
static void
keyed_pair(struct keyed_list *a, struct keyed_list *b, void (*pair)(void *ctx, size_t i, size_t k),
		void *ctx)
{
	size_t i = 0, k = 0;

	keyed_sort(a);
	keyed_sort(b);
	while (i < a->n || k < b->n) {
		int order = i == a->n ? 1 : k == b->n ? -1 : strcmp(a->v[i].key.s, b->v[k].key.s);

		pair(ctx, order <= 0 ? a->v[i].index : VD_MODEL_DIFF_NONE,
				order >= 0 ? b->v[k].index : VD_MODEL_DIFF_NONE);
		i += order <= 0;
		k += order >= 0;
	}
}

static enum vd_model_change
change_of(size_t i, size_t k)
{
	return i == VD_MODEL_DIFF_NONE            ? VD_MODEL_ADDED
			: k == VD_MODEL_DIFF_NONE ? VD_MODEL_REMOVED
						  : VD_MODEL_CHANGED;
}

/* Words whose members differ; a member that two words share is named once. skip may be NULL. */
static void
fields_of(const struct vd_model_object *a, const struct vd_model_object *b,
		bool (*skip)(const struct vd_model_field *f), struct vd_model_diff_fields *out)
{
	for (size_t i = 0; i < a->block->n_fields; i++) {
		const struct vd_model_field *f = &a->block->fields[i];

		if (f->type == VD_MODEL_UNSET || (skip != NULL && skip(f)))
			continue;
		if (!vd_model_field_equal(a, b, f))
			vd_vec_push(out, f);
	}
}

static bool
is_word(const struct vd_model_field *f, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(f->word, words[i]) == 0)
			return true;
	return false;
}

static unsigned int
service_bit(const struct vd_model_field *f)
{
	static const char *const scheduler[] = {"lb_algo", "sh-port", "sh-fallback", "mh-port",
			"mh-fallback", "flag-1", "flag-2", "flag-3", "hash_target", "ops", "quic"};
	static const char *const timeouts[] = {
			"establish_timeout", "persistence_timeout", "persistence_granularity"};

	if (is_word(f, scheduler, VD_ARRAY_LEN(scheduler)))
		return VD_MODEL_DIFF_SCHEDULER;
	if (is_word(f, timeouts, VD_ARRAY_LEN(timeouts)))
		return VD_MODEL_DIFF_TIMEOUTS;
	if (strcmp(f->word, "lb_kind") == 0 || strcmp(f->word, "sorry_server_lvs_method") == 0)
		return VD_MODEL_DIFF_FORWARDING;
	if (strcmp(f->word, "weight") == 0)
		return VD_MODEL_DIFF_WEIGHT;
	if (strcmp(f->word, "laddr_group_name") == 0)
		return VD_MODEL_DIFF_SOURCES;
	return f->effect == VD_MODEL_HEALTH ? VD_MODEL_DIFF_HEALTH : VD_MODEL_DIFF_OTHER;
}

static unsigned int
service_bits(const struct vd_model_diff_fields *fields)
{
	unsigned int what = 0;

	for (size_t i = 0; i < fields->n; i++)
		what |= service_bit(fields->v[i]);
	return what;
}

struct server_ctx {
	const struct vd_model_virtual_server *a, *b;
	struct vd_model_diff_service *out;
};

static void
server_pair(void *ctx, size_t i, size_t k)
{
	struct server_ctx *s = ctx;
	struct vd_model_diff_fields fields = {0};
	struct vd_model_diff_server *e;

	if (i != VD_MODEL_DIFF_NONE && k != VD_MODEL_DIFF_NONE) {
		fields_of(&s->a->real_servers.v[i].obj, &s->b->real_servers.v[k].obj, NULL,
				&fields);
		if (fields.n == 0)
			return;
	}
	e = vd_vec_add(&s->out->servers);
	e->change = change_of(i, k);
	e->old_index = i;
	e->new_index = k;
	e->fields = fields;
	e->what = service_bits(&fields);
	s->out->what |= e->change == VD_MODEL_CHANGED ? e->what : VD_MODEL_DIFF_SERVERS;
}

static void
server_keys(const struct vd_model_virtual_server *vs, struct keyed_list *out)
{
	char text[VD_ENDPOINT_STR];

	for (size_t i = 0; i < vs->real_servers.n; i++) {
		const struct vd_model_real_server *rs = &vs->real_servers.v[i];
		struct vd_endpoint ep = {rs->address, (uint16_t)rs->port};

		vd_strbuf_puts(&keyed_add(out)->key, vd_endpoint_format(&ep, text, sizeof(text)));
	}
}

/* Round robin follows the order of the list. */
static bool
order_differs(const struct vd_model_virtual_server *a, const struct vd_model_virtual_server *b)
{
	if (a->real_servers.n != b->real_servers.n)
		return false;
	for (size_t i = 0; i < a->real_servers.n; i++)
		if (!vd_addr_equal(&a->real_servers.v[i].address, &b->real_servers.v[i].address) ||
				a->real_servers.v[i].port != b->real_servers.v[i].port)
			return true;
	return false;
}

static bool
group_differs(const struct vd_model_object *a, const struct vd_model_object *b)
{
	if (a == NULL || b == NULL)
		return a != b;
	return !vd_model_object_equal(a, b);
}

#define OBJ(p) ((p) == NULL ? NULL : &(p)->obj)

/* What the groups that a service names hold. */
static unsigned int
named_bits(const struct diff_ctx *c, const struct vd_model_virtual_server *a,
		const struct vd_model_virtual_server *b)
{
	const struct vd_model_virtual_server_group *ga, *gb;
	const struct vd_model_local_address_group *la, *lb;
	unsigned int what = 0;

	if (a->group != NULL && b->group != NULL) {
		ga = vd_model_group_find(c->a, a->group);
		gb = vd_model_group_find(c->b, b->group);
		if (group_differs(OBJ(ga), OBJ(gb)))
			what |= VD_MODEL_DIFF_LISTENERS;
	}
	if (a->laddr_group_name != NULL && b->laddr_group_name != NULL) {
		la = vd_model_laddr_group_find(c->a, a->laddr_group_name);
		lb = vd_model_laddr_group_find(c->b, b->laddr_group_name);
		if (group_differs(OBJ(la), OBJ(lb)))
			what |= VD_MODEL_DIFF_SOURCES;
	}
	return what;
}

/* Real servers are paired on their own, and the weight that they inherit is seen in them. */
static bool
skip_in_service(const struct vd_model_field *f)
{
	return strcmp(f->word, "real_server") == 0 || strcmp(f->word, "weight") == 0;
}

static void
service_free(struct vd_model_diff_service *s)
{
	struct vd_model_diff_server *e;

	VD_VEC_FOREACH (e, &s->servers)
		vd_vec_free(&e->fields);
	vd_vec_free(&s->servers);
	vd_vec_free(&s->fields);
}

/* By address and port; side by side where both lists have the same ones in the same order, as they nearly always do. */
static void
servers_pair(struct server_ctx *c)
{
	struct keyed_list old = {0}, new = {0};

	if (c->a->real_servers.n == c->b->real_servers.n && !order_differs(c->a, c->b)) {
		for (size_t i = 0; i < c->a->real_servers.n; i++)
			server_pair(c, i, i);
		return;
	}
	server_keys(c->a, &old);
	server_keys(c->b, &new);
	keyed_pair(&old, &new, server_pair, c);
	if (order_differs(c->a, c->b))
		c->out->what |= VD_MODEL_DIFF_SERVERS;
	keyed_free(&old);
	keyed_free(&new);
}

static void
service_pair(void *ctx, size_t i, size_t k)
{
	struct diff_ctx *c = ctx;
	struct vd_model_diff_service s = {
			.change = change_of(i, k), .old_index = i, .new_index = k};
	struct server_ctx servers;

	if (s.change == VD_MODEL_CHANGED) {
		servers = (struct server_ctx){
				&c->a->virtual_servers.v[i], &c->b->virtual_servers.v[k], &s};
		fields_of(&servers.a->obj, &servers.b->obj, skip_in_service, &s.fields);
		s.what = service_bits(&s.fields) | named_bits(c, servers.a, servers.b);
		servers_pair(&servers);
		if (s.what == 0) {
			c->d->services_same++;
			service_free(&s);
			return;
		}
	}
	vd_vec_push(&c->d->services, s);
}

static void
service_keys(const struct vd_model *m, struct keyed_list *out)
{
	for (size_t i = 0; i < m->virtual_servers.n; i++) {
		const struct vd_model_virtual_server *vs = &m->virtual_servers.v[i];
		struct keyed *k = keyed_add(out);

		vd_strbuf_printf(&k->key, "%d ", vs->protocol);
		vd_model_virtual_server_name(vs, &k->key);
	}
}

static unsigned int
instance_bits(const struct vd_model_diff_fields *fields)
{
	static const char *const addresses[] = {"virtual_ipaddress", "virtual_ipaddress_excluded"};
	static const char *const identity[] = {
			"interface", "virtual_router_id", "version", "native_ipv6"};
	unsigned int what = 0;

	for (size_t i = 0; i < fields->n; i++) {
		if (is_word(fields->v[i], addresses, VD_ARRAY_LEN(addresses)))
			what |= VD_MODEL_DIFF_ADDRESSES;
		else if (is_word(fields->v[i], identity, VD_ARRAY_LEN(identity)))
			what |= VD_MODEL_DIFF_IDENTITY;
		else
			what |= VD_MODEL_DIFF_VRRP;
	}
	return what;
}

static void
instance_pair(void *ctx, size_t i, size_t k)
{
	struct diff_ctx *c = ctx;
	struct vd_model_diff_instance e = {
			.change = change_of(i, k), .old_index = i, .new_index = k};

	if (e.change == VD_MODEL_CHANGED) {
		fields_of(&c->a->instances.v[i].obj, &c->b->instances.v[k].obj, NULL, &e.fields);
		if (e.fields.n == 0) {
			c->d->instances_same++;
			return;
		}
		e.what = instance_bits(&e.fields);
	}
	vd_vec_push(&c->d->instances, e);
}

static void
instance_keys(const struct vd_model *m, struct keyed_list *out)
{
	for (size_t i = 0; i < m->instances.n; i++) {
		const char *name = m->instances.v[i].name;

		vd_strbuf_puts(&keyed_add(out)->key, name == NULL ? "" : name);
	}
}

static bool
skip_in_root(const struct vd_model_field *f)
{
	static const char *const own[] = {"global_defs", "vrrp_instance", "virtual_server"};

	return is_word(f, own, VD_ARRAY_LEN(own));
}

struct vd_model_diff *
vd_model_diff_make(const struct vd_model *a, const struct vd_model *b)
{
	struct vd_model_diff *d = vd_xcalloc(1, sizeof(*d));
	struct diff_ctx c = {a, b, d};
	struct keyed_list old = {0}, new = {0};

	service_keys(a, &old);
	service_keys(b, &new);
	keyed_pair(&old, &new, service_pair, &c);
	keyed_free(&old);
	keyed_free(&new);
	instance_keys(a, &old);
	instance_keys(b, &new);
	keyed_pair(&old, &new, instance_pair, &c);
	keyed_free(&old);
	keyed_free(&new);
	fields_of(&a->global.obj, &b->global.obj, NULL, &d->globals);
	fields_of(&a->obj, &b->obj, skip_in_root, &d->root);
	return d;
}

void
vd_model_diff_free(struct vd_model_diff *d)
{
	struct vd_model_diff_instance *i;
	struct vd_model_diff_service *s;

	if (d == NULL)
		return;
	VD_VEC_FOREACH (s, &d->services)
		service_free(s);
	VD_VEC_FOREACH (i, &d->instances)
		vd_vec_free(&i->fields);
	vd_vec_free(&d->services);
	vd_vec_free(&d->instances);
	vd_vec_free(&d->globals);
	vd_vec_free(&d->root);
	free(d);
}

bool
vd_model_diff_is_empty(const struct vd_model_diff *d)
{
	return d->services.n == 0 && d->instances.n == 0 && d->globals.n == 0 && d->root.n == 0;
}
