/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "lb_priv.h"

struct sizes {
	uint64_t servers, listeners, table_places, group_bytes;
};

static void *
take(struct vd_lb_snapshot *s, uint64_t n, size_t size)
{
	void *p = vd_zalloc(&s->alloc, (n == 0 ? 1 : n) * size, VD_CACHE_LINE);

	if (p != NULL)
		s->bytes += n * size;
	return p;
}

static int
measure(const struct vd_lb_spec *spec, struct sizes *z, unsigned *where)
{
	memset(z, 0, sizeof(*z));
	for (unsigned i = 0; i < spec->n_services; i++) {
		const struct vd_lb_service_spec *svc = &spec->services[i];

		*where = i;
		if (svc->n_listeners == 0)
			return -EINVAL;
		if (svc->n_servers > VD_LB_SERVERS_MAX)
			return -E2BIG;
		z->servers += svc->n_servers + (svc->sorry != NULL);
		z->listeners += svc->n_listeners;
		if (svc->scheduler == VD_SCHEDULER_MH && svc->n_servers != 0)
			z->table_places += lb_maglev_size(svc->n_servers);
		if (svc->group != NULL)
			z->group_bytes += strlen(svc->group) + 1;
	}
	if (z->servers > VD_LB_CHUNKS_MAX * VD_LB_CHUNK || z->listeners > UINT32_MAX / 8)
		return -E2BIG;
	return 0;
}

static int
allocate(struct vd_lb_snapshot *s, const struct vd_lb_spec *spec, const struct sizes *z)
{
	uint32_t lines = vd_pow2_ceil((uint32_t)z->listeners + 1);
	uint32_t vip_slots = vd_pow2_ceil(2 * ((uint32_t)z->listeners + spec->n_vips) + 2);

	s->n_services = spec->n_services;
	s->slot_lines_mask = lines - 1;
	s->vip_mask = vip_slots - 1;
	s->slots = take(s, (uint64_t)lines * LB_SLOTS_PER_LINE, sizeof(*s->slots));
	s->vip_slots = take(s, vip_slots, sizeof(*s->vip_slots));
	s->services = take(s, spec->n_services, sizeof(*s->services));
	s->servers = take(s, z->servers, sizeof(*s->servers));
	s->listeners = take(s, z->listeners, sizeof(*s->listeners));
	s->vips = take(s, z->listeners + spec->n_vips, sizeof(*s->vips));
	s->lines = take(s, z->servers, sizeof(*s->lines));
	s->tables = take(s, z->table_places, sizeof(*s->tables));
	s->groups = take(s, z->group_bytes, 1);
	return s->slots == NULL || s->vip_slots == NULL || s->services == NULL ||
					s->servers == NULL || s->listeners == NULL ||
					s->vips == NULL || s->lines == NULL || s->tables == NULL ||
					s->groups == NULL
			? -ENOMEM
			: 0;
}

static uint64_t
gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* Near total / golden ratio, without common divisor with it. */
static uint64_t
golden_step(uint64_t total)
{
	uint64_t near = (uint64_t)(((unsigned __int128)total * 0x9e3779b97f4a7c15ull) >> 64);

	for (uint64_t d = 0;; d++) {
		if (near + d > 0 && gcd(near + d, total) == 1)
			return near + d;
		if (near > d && gcd(near - d, total) == 1)
			return near - d;
	}
}

static void
make_line(struct vd_lb_service *svc, uint64_t *line)
{
	bool equal = svc->scheduler == VD_SCHEDULER_RR;
	uint64_t g = 0, at = 0;
	bool same = true;

	for (uint32_t i = 0; i < svc->n_servers; i++)
		g = gcd(svc->servers[i].weight, g);
	for (uint32_t i = 0; i < svc->n_servers; i++) {
		uint64_t w = svc->servers[i].weight;

		if (w != 0)
			w = equal ? 1 : w / g;
		same = same && w <= 1;
		at += w;
		line[i] = at;
	}
	svc->line = line;
	svc->total = at;
	svc->step = same || at == 0 ? 1 : golden_step(at);
}

static int
fill_server(struct vd_lb_server *to, const struct vd_lb_service *svc,
		const struct vd_lb_server_spec *from, uint32_t index, bool sorry,
		struct vd_lb_registry *r)
{
	struct lb_number number;
	int err = lb_registry_server(r, svc->id, from, sorry, &number);

	if (err != 0)
		return err;
	to->addr = from->addr;
	to->id = number.id;
	to->gen = number.gen;
	to->weight = from->weight;
	to->uthreshold = from->uthreshold;
	to->lthreshold = from->lthreshold;
	to->state = from->state;
	to->port = from->port;
	to->index = (uint16_t)index;
	to->service = svc->id;
	to->forwarding = from->forwarding;
	return 0;
}

/* The sorry server stands behind the others. */
static int
fill_servers(struct vd_lb_snapshot *s, struct vd_lb_service *svc,
		const struct vd_lb_service_spec *spec, struct vd_lb_registry *r)
{
	struct vd_lb_server *servers = &s->servers[s->n_servers];
	int err = 0;

	for (unsigned i = 0; i < spec->n_servers && err == 0; i++)
		err = fill_server(&servers[i], svc, &spec->servers[i], i, false, r);
	svc->servers = servers;
	svc->n_servers = spec->n_servers;
	s->n_servers += spec->n_servers;
	if (spec->sorry == NULL || err != 0)
		return err;
	svc->sorry = &servers[spec->n_servers];
	s->n_servers++;
	return fill_server(&servers[spec->n_servers], svc, spec->sorry, spec->n_servers, true, r);
}

static int
fill_service(struct vd_lb_snapshot *s, struct vd_lb_service *svc,
		const struct vd_lb_service_spec *spec, uint64_t seed, struct vd_lb_registry *r)
{
	struct vd_lb_listener *listeners = &s->listeners[s->n_listeners];
	struct lb_number number;
	int err = lb_registry_service(r, spec, &number);

	if (err != 0)
		return err;
	svc->id = number.id;
	svc->gen = number.gen;
	svc->protocol = spec->protocol;
	svc->scheduler = spec->scheduler;
	svc->forwarding = spec->forwarding;
	svc->flags = spec->flags;
	svc->lease = spec->lease;
	svc->laddr_pool = spec->laddr_pool;
	svc->established_s = spec->established_s;
	svc->observe = spec->observe;
	svc->seed = seed;
	svc->listeners = listeners;
	svc->n_listeners = spec->n_listeners;
	memcpy(listeners, spec->listeners, spec->n_listeners * sizeof(*listeners));
	s->n_listeners += spec->n_listeners;
	err = fill_servers(s, svc, spec, r);
	for (uint32_t i = 0; err == 0 && i < svc->n_servers; i++)
		if (svc->servers[i].forwarding == VD_FORWARDING_NAT)
			svc->flags |= VD_LB_F_NAT;
	if (err == 0 && svc->sorry != NULL && svc->sorry->forwarding == VD_FORWARDING_NAT)
		svc->flags |= VD_LB_F_NAT;
	if (err == 0)
		make_line(svc, &s->lines[svc->servers - s->servers]);
	return err;
}

static uint64_t
slot_hash(const struct vd_lb_snapshot *s, const struct vd_addr *addr, uint16_t port_be,
		uint8_t protocol)
{
	return vd_mix64((addr->w[0] * 0x9e3779b97f4a7c15ull ^ addr->w[1]) + s->seed +
			((uint64_t)port_be << 8 | protocol) * 0xd6e8feb86659fd93ull);
}

static uint16_t
port_to_be(uint16_t port)
{
	const uint8_t b[2] = {(uint8_t)(port >> 8), (uint8_t)port};
	uint16_t be;

	memcpy(&be, b, sizeof(be));
	return be;
}

/* The slot of this listener, or the empty one where it would stand. */
static struct lb_slot *
slot_find(const struct vd_lb_snapshot *s, const struct vd_addr *addr, uint16_t port_be,
		uint8_t protocol)
{
	uint64_t line = slot_hash(s, addr, port_be, protocol) & s->slot_lines_mask;

	for (;;) {
		struct lb_slot *slot = &s->slots[line * LB_SLOTS_PER_LINE];

		for (unsigned i = 0; i < LB_SLOTS_PER_LINE; i++, slot++)
			if (!slot->used ||
					(slot->port_be == port_be && slot->protocol == protocol &&
							vd_addr_equal(&slot->addr, addr)))
				return slot;
		line = (line + 1) & s->slot_lines_mask;
	}
}

static uint32_t *
vip_find(const struct vd_lb_snapshot *s, const struct vd_addr *addr)
{
	uint64_t i = slot_hash(s, addr, 0, 0) & s->vip_mask;

	while (s->vip_slots[i] != 0 && !vd_addr_equal(&s->vips[s->vip_slots[i] - 1].addr, addr))
		i = (i + 1) & s->vip_mask;
	return &s->vip_slots[i];
}

static struct vd_lb_vip *
vip_add(struct vd_lb_snapshot *s, const struct vd_addr *addr, uint32_t lease)
{
	uint32_t *slot = vip_find(s, addr);

	if (*slot == 0) {
		*slot = ++s->n_vips;
		s->vips[*slot - 1].addr = *addr;
		s->vips[*slot - 1].lease = lease;
	}
	return &s->vips[*slot - 1];
}

static int
index_listeners(struct vd_lb_snapshot *s, uint32_t service)
{
	const struct vd_lb_service *svc = &s->services[service];

	for (uint32_t i = 0; i < svc->n_listeners; i++) {
		const struct vd_lb_listener *l = &svc->listeners[i];
		uint16_t port_be = port_to_be(l->port);
		struct lb_slot *slot = slot_find(s, &l->addr, port_be, l->protocol);

		if (slot->used)
			return -EEXIST;
		slot->used = 1;
		slot->addr = l->addr;
		slot->port_be = port_be;
		slot->protocol = l->protocol;
		slot->service = service;
		s->any_port = s->any_port || l->port == 0;
		vip_add(s, &l->addr, svc->lease)->n_listeners++;
	}
	return 0;
}

static int
index_ids(struct vd_lb_snapshot *s, const struct vd_lb_registry *r)
{
	s->service_limit = vd_lb_registry_limit(r, VD_LB_KIND_SERVICE);
	s->server_limit = vd_lb_registry_limit(r, VD_LB_KIND_SERVER);
	s->service_by_id = take(s, s->service_limit, sizeof(uint32_t));
	s->server_by_id = take(s, s->server_limit, sizeof(uint32_t));
	if (s->service_by_id == NULL || s->server_by_id == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n_services; i++)
		s->service_by_id[s->services[i].id] = i + 1;
	for (uint32_t i = 0; i < s->n_servers; i++)
		s->server_by_id[s->servers[i].id] = i + 1;
	return 0;
}

/* Big tables last, when nothing can fail any more. */
static void
make_tables(struct vd_lb_snapshot *s)
{
	uint16_t *table = s->tables;

	for (uint32_t i = 0; i < s->n_services; i++) {
		struct vd_lb_service *svc = &s->services[i];
		uint32_t size = lb_maglev_size(svc->n_servers);

		if (svc->scheduler != VD_SCHEDULER_MH || svc->n_servers == 0)
			continue;
		if (lb_maglev_fill(table, size, svc->servers, svc->n_servers, svc->seed) == 0) {
			svc->table = table;
			svc->table_size = size;
		}
		table += size;
	}
}

static int
build(struct vd_lb_snapshot *s, const struct vd_lb_spec *spec, struct vd_lb_registry *r,
		unsigned *where)
{
	uint32_t stamp = lb_registry_begin(r);
	char *group = s->groups;
	int err;

	for (unsigned i = 0; i < spec->n_vips; i++)
		vip_add(s, &spec->vips[i].addr, spec->vips[i].lease);
	for (unsigned i = 0; i < spec->n_services; i++) {
		struct vd_lb_service *svc = &s->services[i];

		*where = i;
		err = fill_service(s, svc, &spec->services[i], spec->seed, r);
		if (err == 0)
			err = index_listeners(s, i);
		if (err != 0)
			return err;
		svc->stamp = stamp;
		if (spec->services[i].group != NULL) {
			size_t n = strlen(spec->services[i].group) + 1;

			memcpy(group, spec->services[i].group, n);
			svc->group = group;
			group += n;
		}
	}
	return index_ids(s, r);
}

struct vd_lb_snapshot *
vd_lb_snapshot_build(const struct vd_lb_spec *spec, struct vd_lb_registry *r,
		const struct vd_alloc *alloc, int *err, unsigned *err_service)
{
	struct vd_lb_snapshot *s;
	unsigned where = 0;
	struct sizes z;

	*err = measure(spec, &z, &where);
	if (err_service != NULL)
		*err_service = where;
	if (*err != 0)
		return NULL;
	s = vd_zalloc(alloc, sizeof(*s), VD_CACHE_LINE);
	if (s == NULL) {
		*err = -ENOMEM;
		return NULL;
	}
	s->alloc = *alloc;
	s->seed = vd_hash_u64(spec->seed, 1);
	s->bytes = sizeof(*s);
	*err = allocate(s, spec, &z);
	if (*err == 0) {
		*err = build(s, spec, r, &where);
		if (*err == 0)
			lb_registry_commit(r);
		else
			lb_registry_undo(r);
	}
	if (err_service != NULL)
		*err_service = where;
	if (*err != 0) {
		vd_lb_snapshot_free(s);
		return NULL;
	}
	make_tables(s);
	return s;
}

void
vd_lb_snapshot_free(struct vd_lb_snapshot *s)
{
	struct vd_alloc alloc;

	if (s == NULL)
		return;
	alloc = s->alloc;
	vd_free(&alloc, s->slots);
	vd_free(&alloc, s->vip_slots);
	vd_free(&alloc, s->services);
	vd_free(&alloc, s->servers);
	vd_free(&alloc, s->listeners);
	vd_free(&alloc, s->vips);
	vd_free(&alloc, s->lines);
	vd_free(&alloc, s->tables);
	vd_free(&alloc, s->groups);
	vd_free(&alloc, s->service_by_id);
	vd_free(&alloc, s->server_by_id);
	vd_free(&alloc, s);
}

size_t
vd_lb_snapshot_bytes(const struct vd_lb_snapshot *s)
{
	return s->bytes;
}

const struct vd_lb_service *
vd_lb_find_service(const struct vd_lb_snapshot *s, const struct vd_addr *addr, uint16_t port_be,
		uint8_t protocol)
{
	const struct lb_slot *slot = slot_find(s, addr, port_be, protocol);

	if (!slot->used && s->any_port)
		slot = slot_find(s, addr, 0, protocol);
	return slot->used ? &s->services[slot->service] : NULL;
}

void
vd_lb_find_service_prefetch(const struct vd_lb_snapshot *s, const struct vd_addr *addr,
		uint16_t port_be, uint8_t protocol)
{
	uint64_t line = slot_hash(s, addr, port_be, protocol) & s->slot_lines_mask;

	vd_prefetch(&s->slots[line * LB_SLOTS_PER_LINE]);
}

const struct vd_lb_vip *
vd_lb_find_vip(const struct vd_lb_snapshot *s, const struct vd_addr *addr)
{
	uint32_t i = *vip_find(s, addr);

	return i == 0 ? NULL : &s->vips[i - 1];
}

const struct vd_lb_service *
vd_lb_service_by_id(const struct vd_lb_snapshot *s, uint32_t id)
{
	uint32_t i = id < s->service_limit ? s->service_by_id[id] : 0;

	return i == 0 ? NULL : &s->services[i - 1];
}

const struct vd_lb_server *
vd_lb_server_by_id(const struct vd_lb_snapshot *s, uint32_t id)
{
	uint32_t i = id < s->server_limit ? s->server_by_id[id] : 0;

	return i == 0 ? NULL : &s->servers[i - 1];
}

unsigned
vd_lb_service_count(const struct vd_lb_snapshot *s)
{
	return s->n_services;
}

const struct vd_lb_service *
vd_lb_service_at(const struct vd_lb_snapshot *s, unsigned i)
{
	return &s->services[i];
}

unsigned
vd_lb_vip_count(const struct vd_lb_snapshot *s)
{
	return s->n_vips;
}

const struct vd_lb_vip *
vd_lb_vip_at(const struct vd_lb_snapshot *s, unsigned i)
{
	return &s->vips[i];
}
