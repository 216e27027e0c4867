/* SPDX-License-Identifier: BSD-3-Clause */
#include "lb_world.h"

static const uint32_t w531[] = {5, 3, 1};

static void
rr_in_turn(void)
{
	static const uint32_t weights[] = {9, 1, 0, 4};
	struct world *x = world_new(VD_SCHEDULER_RR, 4, weights);
	static const int want[] = {0, 1, 3, 0, 1, 3, 0, 1, 3};

	for (unsigned i = 0; i < VD_ARRAY_LEN(want); i++)
		CU_ASSERT_EQUAL(world_pick(x, i), want[i]);
	world_free(x);
}

/* In every nine picks, wherever they start, and never more of the heaviest in a row than must be. */
static void
wrr_exact_and_smooth(void)
{
	struct world *x = world_new(VD_SCHEDULER_WRR, 3, w531);
	int got[90];
	unsigned row = 0;

	for (unsigned i = 0; i < VD_ARRAY_LEN(got); i++)
		got[i] = world_pick(x, i);
	for (unsigned from = 0; from + 9 <= VD_ARRAY_LEN(got); from++) {
		unsigned n[3] = {0};

		for (unsigned i = from; i < from + 9; i++)
			n[got[i]]++;
		CU_ASSERT(n[0] == 5 && n[1] == 3 && n[2] == 1);
	}
	for (unsigned i = 0; i < VD_ARRAY_LEN(got); i++) {
		row = got[i] == 0 ? row + 1 : 0;
		CU_ASSERT(row <= 2);
	}
	world_free(x);
}

static void
wrr_any_weights(void)
{
	static const uint32_t big[] = {2147483647, 1, 1000000000, 7};
	static const uint32_t common[] = {500000, 300000, 100000};
	static const uint32_t odd[] = {97, 89, 83, 2, 61, 0, 1};
	struct world *x = world_new(VD_SCHEDULER_WRR, 3, common);

	CU_ASSERT_EQUAL(x->service->total, 9);
	world_run(x, 900);
	CU_ASSERT(x->hits[0] == 500 && x->hits[1] == 300 && x->hits[2] == 100);
	world_free(x);

	x = world_new(VD_SCHEDULER_WRR, 7, odd);
	CU_ASSERT_EQUAL(x->service->total, 333);
	world_run(x, 333 * 10);
	for (unsigned i = 0; i < 7; i++)
		CU_ASSERT_EQUAL(x->hits[i], odd[i] * 10);
	world_free(x);

	x = world_new(VD_SCHEDULER_WRR, 4, big);
	world_run(x, 100000);
	CU_ASSERT(x->hits[0] > 68200 - 20 && x->hits[0] < 68239 + 20); /* 68.23 % */
	CU_ASSERT(x->hits[1] + x->hits[3] <= 1);
	world_free(x);
}

static void
wrr_server_down(void)
{
	struct world *x = world_new(VD_SCHEDULER_WRR, 3, w531);

	world_set(x, 1, VD_LB_SERVER_DOWN);
	world_run(x, 600);
	CU_ASSERT(x->hits[0] == 500 && x->hits[1] == 0 && x->hits[2] == 100);
	world_set(x, 1, VD_LB_SERVER_DRAIN);
	world_run(x, 600);
	CU_ASSERT(x->hits[0] == 500 && x->hits[1] == 0 && x->hits[2] == 100);
	world_set(x, 1, 0);
	world_run(x, 900);
	CU_ASSERT(x->hits[0] == 500 && x->hits[1] == 300 && x->hits[2] == 100);
	/* A new configuration with other weights takes effect with the next pick; the flags stay. */
	world_set(x, 0, VD_LB_SERVER_DOWN);
	x->servers[2].weight = 2;
	world_build(x);
	world_run(x, 500);
	CU_ASSERT(x->hits[0] == 0 && x->hits[1] == 300 && x->hits[2] == 200);
	world_free(x);
}

static void
nothing_usable(void)
{
	static const enum vd_scheduler all[] = {VD_SCHEDULER_RR, VD_SCHEDULER_WRR, VD_SCHEDULER_LC,
			VD_SCHEDULER_WLC, VD_SCHEDULER_SH, VD_SCHEDULER_MH, VD_SCHEDULER_SED};

	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		struct world *x = world_new(all[k], 3, w531);
		struct vd_lb_client c = world_client(1);
		enum vd_lb_reason why;

		for (uint32_t i = 0; i < 3; i++)
			world_set(x, i, VD_LB_SERVER_DOWN);
		for (unsigned twice = 0; twice < 2; twice++) {
			CU_ASSERT_PTR_NULL(vd_lb_schedule(x->worker, x->service, &c, &why));
			CU_ASSERT_EQUAL(why, VD_LB_REASON_ALL_DOWN);
		}
		CU_ASSERT_EQUAL(vd_lb_worker_service(x->worker, x->service->id)->refused, 2);
		CU_ASSERT_PTR_NULL(vd_lb_schedule_stateless(x->worker, x->service, &c, &why));
		/* A server more in the next snapshot, though no flag changed. */
		x->servers[3] = x->servers[2];
		x->servers[3].addr = world_addr(9, 9);
		x->spec.n_servers = 4;
		world_build(x);
		CU_ASSERT_EQUAL(world_pick(x, 1), 3);
		world_set(x, 3, VD_LB_SERVER_DOWN);
		CU_ASSERT_EQUAL(world_pick(x, 1), -1);
		world_set(x, 2, 0);
		CU_ASSERT_EQUAL(world_pick(x, 1), 2);
		for (unsigned i = 0; i < 4; i++)
			x->servers[i].weight = 0;
		world_build(x);
		CU_ASSERT_PTR_NULL(vd_lb_schedule(x->worker, x->service, &c, &why));
		CU_ASSERT_EQUAL(why, VD_LB_REASON_NO_SERVERS);
		CU_ASSERT_PTR_NULL(vd_lb_schedule_stateless(x->worker, x->service, &c, &why));
		x->spec.n_servers = 0;
		world_build(x);
		CU_ASSERT_EQUAL(world_pick(x, 1), -1);
		world_free(x);
	}
}

/* Nearly the whole line is down: found all the same, and in proportion. */
static void
needle_in_haystack(void)
{
	static const uint32_t weights[] = {1000000000, 3, 1};
	static const enum vd_scheduler all[] = {VD_SCHEDULER_WRR, VD_SCHEDULER_SH, VD_SCHEDULER_MH};

	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		struct world *x = world_new(all[k], 3, weights);

		world_set(x, 0, VD_LB_SERVER_DOWN);
		world_run(x, 4000);
		CU_ASSERT_EQUAL(x->hits[0], 0);
		CU_ASSERT(x->hits[1] > 2700 && x->hits[1] < 3300);
		world_free(x);
	}
}

static void
least_connections(void)
{
	struct world *x = world_new(VD_SCHEDULER_LC, 3, w531);

	/* Ties go round. */
	CU_ASSERT_EQUAL(world_pick(x, 0), 0);
	CU_ASSERT_EQUAL(world_pick(x, 0), 1);
	CU_ASSERT_EQUAL(world_pick(x, 0), 2);
	CU_ASSERT_EQUAL(world_pick(x, 0), 0);
	/* One active weighs 256 inactive. */
	world_state(x, 0)->active = 1;
	world_state(x, 1)->inactive = 255;
	world_state(x, 2)->inactive = 257;
	CU_ASSERT_EQUAL(world_pick(x, 0), 1);
	world_state(x, 1)->inactive = 258;
	CU_ASSERT_EQUAL(world_pick(x, 0), 0);
	world_set(x, 0, VD_LB_SERVER_DOWN);
	CU_ASSERT_EQUAL(world_pick(x, 0), 2);
	world_free(x);
}

/* Connections that stay: weights are met exactly, by lc equally. */
static void
least_connections_fill(void)
{
	for (unsigned k = 0; k < 2; k++) {
		struct world *x = world_new(k == 0 ? VD_SCHEDULER_WLC : VD_SCHEDULER_LC, 3, w531);
		unsigned n = k == 0 ? 9 : 3;

		for (unsigned i = 0; i < 100 * n; i++) {
			uint32_t id = x->service->servers[world_pick(x, i)].id;

			vd_lb_conn_open(x->worker, x->service->id, id);
			vd_lb_conn_step(x->worker, id, 1);
		}
		for (unsigned i = 0; i < 3; i++) {
			CU_ASSERT_EQUAL(world_state(x, i)->active, k == 0 ? w531[i] * 100 : 100);
			CU_ASSERT_EQUAL(world_state(x, i)->inactive, 0);
			CU_ASSERT_EQUAL(world_state(x, i)->total, world_state(x, i)->active);
		}
		CU_ASSERT_EQUAL(vd_lb_worker_service(x->worker, x->service->id)->total, 100 * n);
		vd_lb_conn_close(x->worker, x->service->servers[2].id, true);
		CU_ASSERT_EQUAL(world_pick(x, 0), 2);
		world_free(x);
	}
}

/* More servers than the window: still level, and a pick looks at few. */
static void
least_connections_many(void)
{
	struct world *x = world_new(VD_SCHEDULER_WLC, WORLD_SERVERS, NULL);
	uint32_t lo = UINT32_MAX, hi = 0;

	for (unsigned i = 0; i < 50 * WORLD_SERVERS; i++) {
		uint32_t id = x->service->servers[world_pick(x, i)].id;

		vd_lb_conn_open(x->worker, x->service->id, id);
		if (vd_mix64(i) % 3 == 0)
			vd_lb_conn_step(x->worker, id, 1);
	}
	for (unsigned i = 0; i < WORLD_SERVERS; i++) {
		uint32_t n = world_state(x, i)->active;

		lo = VD_MIN(lo, n);
		hi = VD_MAX(hi, n);
	}
	printf("1024 servers, window of 64: active %u to %u\n", lo, hi);
	/* 16.7 on average. */
	CU_ASSERT(lo >= 14 && hi <= 19);
	for (unsigned i = 0; i + 1 < WORLD_SERVERS; i++)
		world_set(x, i, VD_LB_SERVER_DOWN);
	CU_ASSERT_EQUAL(world_pick(x, 0), WORLD_SERVERS - 1);
	world_free(x);
}

static void
thresholds(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 2, NULL);
	struct vd_lb_client c = world_client(0);
	enum vd_lb_reason why;

	x->servers[0].uthreshold = 10;
	x->servers[1].uthreshold = 10;
	x->servers[1].lthreshold = 3;
	world_build(x);
	CU_ASSERT_EQUAL(world_pick(x, 0), 0);
	world_state(x, 0)->active = 10;
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(world_pick(x, 0), 1);
	/* Without a lower threshold it takes connections again below three quarters. */
	world_state(x, 0)->active = 7;
	CU_ASSERT_EQUAL(world_pick(x, 0), 1);
	CU_ASSERT_EQUAL(world_pick(x, 0), 1);
	world_state(x, 0)->active = 6;
	CU_ASSERT_NOT_EQUAL(world_pick(x, 0), world_pick(x, 0));
	world_state(x, 0)->active = 10;
	CU_ASSERT_EQUAL(world_pick(x, 0), 1);
	world_state(x, 1)->inactive = 11;
	world_pick(x, 0);
	CU_ASSERT_PTR_NULL(vd_lb_schedule(x->worker, x->service, &c, &why));
	CU_ASSERT_EQUAL(why, VD_LB_REASON_OVERLOADED);
	world_state(x, 1)->inactive = 3;
	CU_ASSERT_EQUAL(world_pick(x, 0), -1);
	/* A health message does not forget that. */
	world_set(x, 1, 0);
	CU_ASSERT_EQUAL(world_pick(x, 0), -1);
	world_state(x, 1)->inactive = 2;
	CU_ASSERT_EQUAL(world_pick(x, 0), 1);
	/* Four workers: a quarter of it each. */
	x->worker->workers = 4;
	world_state(x, 1)->inactive = 3;
	CU_ASSERT_EQUAL(world_pick(x, 0), -1);
	world_free(x);
}

static void
hash_keeps_clients(void)
{
	static const enum vd_scheduler all[] = {VD_SCHEDULER_SH, VD_SCHEDULER_MH};
	static const uint32_t weights[] = {4, 4, 2, 6, 0, 4};
	enum {
		CLIENTS = 20000
	};

	for (unsigned k = 0; k < 2; k++) {
		struct world *x = world_new(all[k], 6, weights);
		static int before[CLIENTS];
		unsigned moved = 0, orphans = 0, came[6] = {0};

		for (uint32_t i = 0; i < CLIENTS; i++) {
			before[i] = world_pick(x, i);
			CU_ASSERT_EQUAL(before[i], world_pick(x, i));
		}
		world_run(x, CLIENTS);
		for (unsigned i = 0; i < 6; i++)
			CU_ASSERT(x->hits[i] >= weights[i] * 1000 * 93 / 100 &&
					x->hits[i] <= weights[i] * 1000 * 107 / 100);
		/* Down: only its own clients move, and they spread by weight. */
		world_set(x, 3, VD_LB_SERVER_DOWN);
		for (uint32_t i = 0; i < CLIENTS; i++) {
			int now = world_pick(x, i);

			CU_ASSERT(now >= 0 && now != 3 && now != 4);
			if (before[i] == 3) {
				orphans++;
				came[now]++;
			} else {
				moved += now != before[i];
			}
		}
		CU_ASSERT_EQUAL(moved, 0);
		CU_ASSERT(came[0] > orphans * 4 / 14 * 85 / 100);
		CU_ASSERT(came[2] > orphans * 2 / 14 * 80 / 100);
		world_set(x, 3, 0);
		for (uint32_t i = 0; i < CLIENTS; i++)
			moved += world_pick(x, i) != before[i];
		CU_ASSERT_EQUAL(moved, 0);
		world_free(x);
	}
}

static void
hash_flags(void)
{
	struct world *x = world_new(VD_SCHEDULER_SH, 3, w531);
	struct vd_lb_client c = world_client(5);
	const struct vd_lb_server *srv, *first;
	enum vd_lb_reason why;
	unsigned differs = 0;

	first = vd_lb_schedule(x->worker, x->service, &c, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	c.port_be ^= 0x1234;
	CU_ASSERT_PTR_EQUAL(vd_lb_schedule(x->worker, x->service, &c, NULL), first);
	x->servers[first->index].uthreshold = 1;
	x->spec.flags = 0;
	world_build(x);
	srv = vd_lb_schedule(x->worker, x->service, &c, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(srv);
	world_state(x, srv->index)->active = 1;
	CU_ASSERT_PTR_NULL(vd_lb_schedule(x->worker, x->service, &c, &why));
	CU_ASSERT_EQUAL(why, VD_LB_REASON_OVERLOADED);
	x->spec.flags = VD_LB_F_HASH_FALLBACK;
	world_build(x);
	CU_ASSERT_PTR_NOT_NULL(vd_lb_schedule(x->worker, x->service, &c, &why));
	x->spec.flags = VD_LB_F_HASH_PORT | VD_LB_F_HASH_FALLBACK;
	world_build(x);
	srv = vd_lb_schedule(x->worker, x->service, &c, NULL);
	for (unsigned i = 0; i < 100; i++) {
		c.port_be++;
		differs += vd_lb_schedule(x->worker, x->service, &c, NULL)->index != srv->index;
	}
	CU_ASSERT(differs > 10);
	world_free(x);
}

/* Any scheduler can hash when the table is full, and nothing is written. */
static void
stateless(void)
{
	struct world *x = world_new(VD_SCHEDULER_WLC, 3, w531);
	unsigned n[3] = {0};

	for (uint32_t i = 0; i < 9000; i++) {
		struct vd_lb_client c = world_client(i);
		const struct vd_lb_server *s =
				vd_lb_schedule_stateless(x->worker, x->service, &c, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		CU_ASSERT_PTR_EQUAL(vd_lb_schedule_stateless(x->worker, x->service, &c, NULL), s);
		n[s->index]++;
	}
	CU_ASSERT(n[0] > 4700 && n[0] < 5300 && n[2] > 850 && n[2] < 1150);
	CU_ASSERT_EQUAL(world_state(x, 0)->gen, 0);
	world_free(x);
}

/* While the sorry server is usable everybody goes there, whatever the others do; else it is never chosen. */
static void
sorry(void)
{
	static const enum vd_scheduler all[] = {VD_SCHEDULER_RR, VD_SCHEDULER_WRR, VD_SCHEDULER_LC,
			VD_SCHEDULER_WLC, VD_SCHEDULER_SH, VD_SCHEDULER_MH};

	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		struct world *x = world_new(all[k], 3, w531);
		struct vd_lb_client c = world_client(1);
		struct vd_lb_server_spec spec;
		const struct vd_lb_server *s;
		enum vd_lb_reason why;

		world_sorry(x, &spec);
		world_build(x);
		s = x->service->sorry;
		for (unsigned i = 0; i < 100; i++)
			CU_ASSERT(world_pick(x, i) < 3);
		for (uint32_t i = 0; i < 3; i++)
			world_set(x, i, VD_LB_SERVER_DOWN);
		CU_ASSERT_EQUAL(world_pick(x, 1), -1);
		/* Without any other, and beside others that are up. */
		for (unsigned up = 0; up < 2; up++) {
			vd_lb_worker_server_set(x->worker, s->id, s->gen, 0);
			CU_ASSERT_PTR_EQUAL(vd_lb_schedule(x->worker, x->service, &c, &why), s);
			CU_ASSERT_EQUAL(why, VD_LB_REASON_SORRY);
			CU_ASSERT_PTR_EQUAL(
					vd_lb_schedule_stateless(x->worker, x->service, &c, &why),
					s);
			CU_ASSERT_EQUAL(why, VD_LB_REASON_SORRY);
			world_set(x, 1, 0);
		}
		vd_lb_worker_server_set(x->worker, s->id, s->gen, VD_LB_SERVER_DOWN);
		CU_ASSERT_EQUAL(world_pick(x, 1), 1);
		CU_ASSERT_EQUAL(vd_lb_schedule_stateless(x->worker, x->service, &c, &why)->index,
				1);
		CU_ASSERT_EQUAL(why, VD_LB_REASON_CHOSEN);
		/* Nothing but a sorry server. */
		x->spec.n_servers = 0;
		world_build(x);
		s = x->service->sorry;
		CU_ASSERT_EQUAL(world_pick(x, 1), -1);
		vd_lb_worker_server_set(x->worker, s->id, s->gen, 0);
		CU_ASSERT_PTR_EQUAL(vd_lb_schedule(x->worker, x->service, &c, NULL), s);
		CU_ASSERT_PTR_EQUAL(vd_lb_schedule_stateless(x->worker, x->service, &c, NULL), s);
		world_free(x);
	}
}

/* Workers start their rotations apart; the same seed repeats. */
static void
workers_apart(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 1000, NULL);
	int first[4];

	for (uint32_t i = 0; i < 4; i++) {
		struct vd_lb_client c = world_client(0);
		struct vd_lb_worker *w = vd_lb_worker_create(i, 4, 5, &vd_alloc_libc);

		CU_ASSERT_EQUAL(vd_lb_worker_prepare(w, 1, 1000), 0);
		first[i] = vd_lb_schedule(w, x->service, &c, NULL)->index;
		vd_lb_worker_destroy(w);
	}
	CU_ASSERT_EQUAL(first[0], 0);
	CU_ASSERT(first[1] != first[2] && first[2] != first[3] && first[1] != 0);
	world_free(x);
}

static const struct vd_test tests[] = {
		VD_TEST(rr_in_turn),
		VD_TEST(wrr_exact_and_smooth),
		VD_TEST(wrr_any_weights),
		VD_TEST(wrr_server_down),
		VD_TEST(nothing_usable),
		VD_TEST(needle_in_haystack),
		VD_TEST(least_connections),
		VD_TEST(least_connections_fill),
		VD_TEST(least_connections_many),
		VD_TEST(thresholds),
		VD_TEST(hash_keeps_clients),
		VD_TEST(hash_flags),
		VD_TEST(stateless),
		VD_TEST(sorry),
		VD_TEST(workers_apart),
};

VD_TEST_MAIN("lb_schedule", tests)
