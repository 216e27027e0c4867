/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <time.h>

#include "lb_world.h"

#define BIG     10000u
#define SERVERS 10u

static uint16_t
be(uint16_t port)
{
	return __builtin_bswap16(port);
}

struct config {
	struct vd_lb_listener *listeners;
	struct vd_lb_server_spec *servers;
	struct vd_lb_service_spec *services;
	struct vd_lb_spec spec;
};

static struct config
config_big(uint32_t n, enum vd_scheduler scheduler)
{
	struct config c = {calloc(n, sizeof(*c.listeners)),
			calloc((size_t)n * SERVERS, sizeof(*c.servers)),
			calloc(n, sizeof(*c.services)), {0}};

	for (uint32_t i = 0; i < n; i++) {
		c.listeners[i] = (struct vd_lb_listener){
				world_addr(200, i / 16), (uint16_t)(i % 16 + 80), VD_PROTOCOL_TCP};
		for (uint32_t j = 0; j < SERVERS; j++) {
			c.servers[i * SERVERS + j] = (struct vd_lb_server_spec){
					.addr = world_addr((uint8_t)j, i),
					.port = 80,
					.weight = j + 1,
			};
		}
		c.services[i] = (struct vd_lb_service_spec){
				.listeners = &c.listeners[i],
				.n_listeners = 1,
				.servers = &c.servers[i * SERVERS],
				.n_servers = SERVERS,
				.protocol = VD_PROTOCOL_TCP,
				.scheduler = (uint8_t)scheduler,
				.lease = i,
		};
	}
	c.spec = (struct vd_lb_spec){.services = c.services, .n_services = n, .seed = 1};
	return c;
}

static void
config_free(struct config *c)
{
	free(c->listeners);
	free(c->servers);
	free(c->services);
}

static void
ten_thousand(void)
{
	static const enum vd_scheduler both[] = {VD_SCHEDULER_WRR, VD_SCHEDULER_MH};

	for (unsigned k = 0; k < 2; k++) {
		struct config c = config_big(BIG, both[k]);
		struct vd_lb_registry *r = vd_lb_registry_create();
		struct vd_lb_snapshot *s, *again;
		clock_t start = clock(), built;
		unsigned bad = 0;
		int err;

		s = vd_lb_snapshot_build(&c.spec, r, &vd_alloc_libc, &err, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		built = clock();
		again = vd_lb_snapshot_build(&c.spec, r, &vd_alloc_libc, &err, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(again);
		printf("%u services of %u servers, %s: first %.0f ms, again %.0f ms, %.1f MB\n",
				BIG, SERVERS, vd_scheduler_word(both[k]),
				(double)(built - start) * 1000 / CLOCKS_PER_SEC,
				(double)(clock() - built) * 1000 / CLOCKS_PER_SEC,
				(double)vd_lb_snapshot_bytes(s) / 1e6);
		for (uint32_t i = 0; i < BIG; i++) {
			const struct vd_lb_listener *l = &c.listeners[i];
			const struct vd_lb_service *svc = vd_lb_find_service(
					s, &l->addr, be(l->port), VD_PROTOCOL_TCP);
			const struct vd_lb_vip *vip = vd_lb_find_vip(s, &l->addr);

			bad += svc == NULL || svc != vd_lb_service_at(s, i) || svc->lease != i;
			bad += vd_lb_find_service(s, &l->addr, be(l->port), VD_PROTOCOL_UDP) !=
					NULL;
			bad += vd_lb_find_service(s, &l->addr, be(79), VD_PROTOCOL_TCP) != NULL;
			bad += vip == NULL || vip->n_listeners != 16;
			bad += vd_lb_service_by_id(s, svc->id) != svc;
			bad += vd_lb_server_by_id(s, svc->servers[3].id) != &svc->servers[3];
			/* The same numbers the second time. */
			bad += vd_lb_service_at(again, i)->id != svc->id;
			bad += vd_lb_service_at(again, i)->servers[9].id != svc->servers[9].id;
			bad += vd_lb_service_at(again, i)->servers[9].gen != svc->servers[9].gen;
		}
		CU_ASSERT_EQUAL(bad, 0);
		CU_ASSERT_EQUAL(vd_lb_vip_count(s), BIG / 16);
		CU_ASSERT_EQUAL(vd_lb_registry_limit(r, VD_LB_KIND_SERVER), BIG * SERVERS);
		CU_ASSERT_EQUAL(vd_lb_registry_retired(r, VD_LB_KIND_SERVER), 0);
		vd_lb_snapshot_free(s);
		vd_lb_snapshot_free(again);
		vd_lb_registry_destroy(r);
		config_free(&c);
	}
}

static void
wildcard_groups_and_vips(void)
{
	static const struct vd_lb_listener web[] = {
			{.addr = {.w = {0}}, .port = 80, .protocol = VD_PROTOCOL_TCP},
			{.addr = {.w = {0}}, .port = 443, .protocol = VD_PROTOCOL_TCP}};
	struct vd_lb_listener group[2], any;
	struct vd_lb_vip_spec vips[2];
	struct vd_lb_service_spec services[2] = {{0}};
	struct vd_lb_spec spec = {.services = services, .n_services = 2, .vips = vips, .n_vips = 2};
	struct vd_lb_registry *r = vd_lb_registry_create();
	struct vd_addr a = world_addr(0, 1), b = world_addr(0, 2), c = world_addr(0, 3);
	struct vd_lb_snapshot *s;
	int err;

	memcpy(group, web, sizeof(group));
	group[0].addr = a;
	group[1].addr = b;
	any = (struct vd_lb_listener){a, 0, VD_PROTOCOL_TCP};
	services[0] = (struct vd_lb_service_spec){.group = "web",
			.listeners = group,
			.n_listeners = 2,
			.protocol = VD_PROTOCOL_TCP,
			.lease = 4};
	services[1] = (struct vd_lb_service_spec){
			.listeners = &any, .n_listeners = 1, .lease = VD_LB_LEASE_ALWAYS};
	vips[0] = (struct vd_lb_vip_spec){c, 7};
	vips[1] = (struct vd_lb_vip_spec){b, 4};
	s = vd_lb_snapshot_build(&spec, r, &vd_alloc_libc, &err, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_PTR_EQUAL(
			vd_lb_find_service(s, &a, be(80), VD_PROTOCOL_TCP), vd_lb_service_at(s, 0));
	CU_ASSERT_PTR_EQUAL(vd_lb_find_service(s, &b, be(443), VD_PROTOCOL_TCP),
			vd_lb_service_at(s, 0));
	CU_ASSERT_STRING_EQUAL(vd_lb_service_at(s, 0)->group, "web");
	CU_ASSERT_PTR_EQUAL(vd_lb_find_service(s, &a, be(443), VD_PROTOCOL_TCP),
			vd_lb_service_at(s, 1));
	CU_ASSERT_PTR_NULL(vd_lb_find_service(s, &b, be(80), VD_PROTOCOL_TCP));
	CU_ASSERT_PTR_NULL(vd_lb_find_service(s, &a, be(9), VD_PROTOCOL_UDP));
	CU_ASSERT_EQUAL(vd_lb_find_vip(s, &c)->lease, 7);
	CU_ASSERT_EQUAL(vd_lb_find_vip(s, &c)->n_listeners, 0);
	CU_ASSERT_EQUAL(vd_lb_find_vip(s, &a)->n_listeners, 2);
	CU_ASSERT_EQUAL(vd_lb_find_vip(s, &b)->lease, 4);
	a = world_addr(0, 4);
	CU_ASSERT_PTR_NULL(vd_lb_find_vip(s, &a));
	CU_ASSERT_PTR_NULL(vd_lb_service_by_id(s, 99));
	CU_ASSERT_PTR_NULL(vd_lb_server_by_id(s, VD_LB_NONE));
	vd_lb_snapshot_free(s);
	vd_lb_registry_destroy(r);
}

/* A refused build leaves the numbers as they were. */
static void
refused(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 3, NULL);
	struct vd_lb_service_spec two[2] = {x->spec, x->spec};
	struct vd_lb_listener other = {world_addr(0, 2), 80, VD_PROTOCOL_TCP};
	struct vd_lb_spec spec = {.services = two, .n_services = 2};
	uint32_t id = x->service->servers[0].id, gen = x->service->servers[0].gen;
	unsigned where = 99;
	int err;

	CU_ASSERT_PTR_NULL(vd_lb_snapshot_build(&spec, x->registry, &vd_alloc_libc, &err, &where));
	CU_ASSERT(err == -EEXIST && where == 1);
	two[1].listeners = &other;
	x->servers[3] = x->servers[1];
	two[1].n_servers = 4;
	CU_ASSERT_PTR_NULL(vd_lb_snapshot_build(&spec, x->registry, &vd_alloc_libc, &err, &where));
	CU_ASSERT(err == -EEXIST && where == 1);
	two[1].n_listeners = 0;
	CU_ASSERT_PTR_NULL(vd_lb_snapshot_build(&spec, x->registry, &vd_alloc_libc, &err, &where));
	CU_ASSERT(err == -EINVAL && where == 1);
	two[1].n_listeners = 1;
	two[1].n_servers = VD_LB_SERVERS_MAX + 1;
	CU_ASSERT_PTR_NULL(vd_lb_snapshot_build(&spec, x->registry, &vd_alloc_libc, &err, &where));
	CU_ASSERT_EQUAL(err, -E2BIG);
	CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVICE), 0);
	CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVER), 0);
	world_build(x);
	CU_ASSERT_EQUAL(x->service->servers[0].id, id);
	CU_ASSERT_EQUAL(x->service->servers[0].gen, gen);
	world_free(x);
}

struct idle {
	uint32_t busy; /* server id that still has connections */
};

static bool
is_idle(void *ctx, enum vd_lb_kind kind, uint32_t id)
{
	return kind == VD_LB_KIND_SERVICE || id != ((const struct idle *)ctx)->busy;
}

static void
count(void *ctx, uint32_t id, uint32_t gen)
{
	(void)id;
	(void)gen;
	++*(unsigned *)ctx;
}

static void
quarantine(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 4, NULL);
	struct idle idle = {x->service->servers[1].id};
	uint32_t id1 = x->service->servers[1].id, gen1 = x->service->servers[1].gen;
	uint32_t id2 = x->service->servers[2].id, gen2 = x->service->servers[2].gen;
	unsigned fresh = 0;

	CU_ASSERT_EQUAL(world_pick(x, 0), 0);
	world_state(x, 2)->active = 7;
	world_state(x, 2)->gen = gen2;
	/* 1 and 2 leave, one comes: it gets a number of its own while theirs wait. */
	x->servers[1] = x->servers[3];
	x->servers[2].addr = world_addr(7, 7);
	x->spec.n_servers = 3;
	world_build(x);
	CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVER), 2);
	CU_ASSERT_EQUAL(x->service->servers[2].id, 4);
	CU_ASSERT_PTR_NULL(vd_lb_server_by_id(x->snapshot, id1));
	vd_lb_registry_each_retired(x->registry, VD_LB_KIND_SERVER, true, count, &fresh);
	CU_ASSERT_EQUAL(fresh, 2);
	world_build(x);
	fresh = 0;
	vd_lb_registry_each_retired(x->registry, VD_LB_KIND_SERVER, true, count, &fresh);
	CU_ASSERT_EQUAL(fresh, 0);
	/* 2 is let go; its number's next bearer has another generation and does not inherit counts. */
	CU_ASSERT_EQUAL(vd_lb_registry_collect(x->registry, is_idle, &idle), 1);
	x->servers[3] = x->servers[0];
	x->servers[3].addr = world_addr(8, 8);
	x->spec.n_servers = 4;
	world_build(x);
	CU_ASSERT_EQUAL(x->service->servers[3].id, id2);
	CU_ASSERT_NOT_EQUAL(x->service->servers[3].gen, gen2);
	world_run(x, 4);
	CU_ASSERT_EQUAL(world_state(x, 3)->active, 0);
	/* 1 comes back from quarantine as itself. */
	x->servers[3].addr = world_addr(1, 1);
	world_build(x);
	CU_ASSERT_EQUAL(x->service->servers[3].id, id1);
	CU_ASSERT_EQUAL(x->service->servers[3].gen, gen1);
	/* A service that leaves goes after its servers. */
	x->listener.port = 81;
	x->spec.n_servers = 0;
	world_build(x);
	idle.busy = id1;
	CU_ASSERT_EQUAL(vd_lb_registry_collect(x->registry, is_idle, &idle), 4);
	CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVICE), 1);
	idle.busy = VD_LB_NONE;
	CU_ASSERT_EQUAL(vd_lb_registry_collect(x->registry, is_idle, &idle), 2);
	CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVICE), 0);
	CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVER), 0);
	world_free(x);
}

/* A server new to the registry starts with the flags of its specification, unless a message came first. */
static void
initial_flags(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 1, NULL);

	x->servers[1] = x->servers[2] = x->servers[0];
	x->servers[1].addr = world_addr(1, 1);
	x->servers[1].state = VD_LB_SERVER_DOWN;
	x->servers[2].addr = world_addr(1, 2);
	x->servers[2].state = VD_LB_SERVER_DOWN;
	x->spec.n_servers = 3;
	world_build(x);
	world_set(x, 2, 0);
	for (unsigned i = 0; i < 6; i++)
		CU_ASSERT_NOT_EQUAL(world_pick(x, i), 1);
	CU_ASSERT_EQUAL(world_state(x, 1)->flags, VD_LB_SERVER_DOWN);
	/* Later specifications do not touch it. */
	x->servers[1].state = 0;
	world_build(x);
	for (unsigned i = 0; i < 6; i++)
		CU_ASSERT_NOT_EQUAL(world_pick(x, i), 1);
	world_set(x, 1, 0);
	world_run(x, 300);
	CU_ASSERT_EQUAL(x->hits[1], 100);
	world_free(x);
}

/* Its number is its own, and stays while address and port do; the others keep theirs when it comes and goes. */
static void
sorry_server(void)
{
	struct world *x = world_new(VD_SCHEDULER_MH, 3, NULL);
	uint32_t id0 = x->service->servers[0].id, gen0 = x->service->servers[0].gen, id, gen;
	struct vd_lb_server_spec spec;
	const struct vd_lb_server *s;
	unsigned fresh = 0;

	CU_ASSERT_PTR_NULL(x->service->sorry);
	world_sorry(x, &spec);
	x->spec.observe = 7;
	world_build(x);
	s = x->service->sorry;
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	id = s->id;
	gen = s->gen;
	CU_ASSERT(id == 3 && gen != gen0);
	CU_ASSERT(s->index == 3 && s->service == x->service->id);
	CU_ASSERT(s->state == VD_LB_SERVER_DOWN && s->port == 8080);
	CU_ASSERT(vd_addr_equal(&s->addr, &x->service->servers[0].addr));
	CU_ASSERT(x->service->servers[0].id == id0 && x->service->servers[0].gen == gen0);
	CU_ASSERT_EQUAL(x->service->n_servers, 3);
	CU_ASSERT_EQUAL(x->service->observe, 7);
	CU_ASSERT_EQUAL(vd_lb_registry_limit(x->registry, VD_LB_KIND_SERVER), 4);
	CU_ASSERT_PTR_EQUAL(vd_lb_server_by_id(x->snapshot, id), s);
	CU_ASSERT_PTR_EQUAL(vd_lb_server_by_id(x->snapshot, id0), &x->service->servers[0]);
	world_build(x);
	CU_ASSERT(x->service->sorry->id == id && x->service->sorry->gen == gen);
	/* The real server of that address leaves: the sorry server is not it. */
	x->servers[0].addr = world_addr(6, 6);
	world_build(x);
	CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVER), 1);
	CU_ASSERT(x->service->sorry->id == id && x->service->sorry->gen == gen);
	x->spec.sorry = NULL;
	world_build(x);
	CU_ASSERT_PTR_NULL(x->service->sorry);
	CU_ASSERT_PTR_NULL(vd_lb_server_by_id(x->snapshot, id));
	vd_lb_registry_each_retired(x->registry, VD_LB_KIND_SERVER, true, count, &fresh);
	CU_ASSERT_EQUAL(fresh, 1);
	world_free(x);
}

/* Two services with one each: servers of the second begin behind the first one's. */
static void
sorry_servers_of_two(void)
{
	struct world *x = world_new(VD_SCHEDULER_WRR, 3, NULL);
	struct vd_lb_service_spec two[2];
	struct vd_lb_listener other = {world_addr(0, 2), 80, VD_PROTOCOL_TCP};
	struct vd_lb_spec spec = {.services = two, .n_services = 2};
	struct vd_lb_server_spec sorry_spec;
	const struct vd_lb_service *a, *b;
	struct vd_lb_snapshot *s;
	int err;

	world_sorry(x, &sorry_spec);
	two[0] = two[1] = x->spec;
	two[1].listeners = &other;
	s = vd_lb_snapshot_build(&spec, x->registry, &vd_alloc_libc, &err, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	a = vd_lb_service_at(s, 0);
	b = vd_lb_service_at(s, 1);
	CU_ASSERT_NOT_EQUAL(a->sorry->id, b->sorry->id);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT(vd_addr_equal(&b->servers[i].addr, &x->servers[i].addr));
		CU_ASSERT_PTR_EQUAL(vd_lb_server_by_id(s, b->servers[i].id), &b->servers[i]);
		CU_ASSERT(a->line[i] == i + 1 && b->line[i] == i + 1);
	}
	CU_ASSERT_EQUAL(b->sorry->service, b->id);
	vd_lb_snapshot_free(s);
	world_free(x);
}

/* Out of memory at each allocation in turn: nothing leaks, the registry stands. */
struct budget {
	unsigned left;
};

static void *
poor_zalloc(void *ctx, size_t size, size_t align)
{
	struct budget *b = ctx;

	return b->left == 0 ? NULL : (b->left--, vd_alloc_libc.zalloc(NULL, size, align));
}

static void
poor_free(void *ctx, void *p)
{
	(void)ctx;
	vd_alloc_libc.free(NULL, p);
}

static void
out_of_memory(void)
{
	struct world *x = world_new(VD_SCHEDULER_MH, 3, NULL);
	const struct vd_lb_spec spec = {.services = &x->spec, .n_services = 1};
	struct budget b;
	const struct vd_alloc poor = {poor_zalloc, poor_free, &b};
	struct vd_lb_snapshot *s = NULL;
	unsigned n = 0;
	int err;

	x->servers[0].addr = world_addr(5, 5);
	do {
		b.left = n++;
		s = vd_lb_snapshot_build(&spec, x->registry, &poor, &err, NULL);
		if (s == NULL) {
			CU_ASSERT_EQUAL(err, -ENOMEM);
			CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVER), 0);
		}
	} while (s == NULL && n < 100);
	CU_ASSERT_PTR_NOT_NULL(s);
	CU_ASSERT_EQUAL(vd_lb_registry_retired(x->registry, VD_LB_KIND_SERVER), 1);
	vd_lb_snapshot_free(s);
	world_free(x);
}

/* One server by NAT is enough, be it the sorry one, for the whole service to be marked; none leaves it unmarked. */
static void
nat_is_marked(void)
{
	for (int i = 0; i < 4; i++) {
		struct world *x = world_new(VD_SCHEDULER_RR, 3, NULL);
		struct vd_lb_server_spec spec;

		for (int k = 0; k < 3; k++)
			x->servers[k].forwarding = VD_FORWARDING_FULLNAT;
		world_sorry(x, &spec);
		if (i == 1)
			x->servers[2].forwarding = VD_FORWARDING_NAT;
		if (i == 2)
			spec.forwarding = VD_FORWARDING_NAT;
		if (i == 3)
			x->servers[0].forwarding = VD_FORWARDING_DR;
		world_build(x);
		CU_ASSERT_EQUAL((x->service->flags & VD_LB_F_NAT) != 0, i == 1 || i == 2);
		world_free(x);
	}
}

static const struct vd_test tests[] = {
		VD_TEST(ten_thousand),
		VD_TEST(wildcard_groups_and_vips),
		VD_TEST(refused),
		VD_TEST(quarantine),
		VD_TEST(initial_flags),
		VD_TEST(sorry_server),
		VD_TEST(sorry_servers_of_two),
		VD_TEST(nat_is_marked),
		VD_TEST(out_of_memory),
};

VD_TEST_MAIN("lb_snapshot", tests)
