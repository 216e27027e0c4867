/* SPDX-License-Identifier: BSD-3-Clause */
#include "lb_world.h"
#include "vd_lb_explain.h"

/* Servers that came back: shares of weight, and turns instead of all that is new. */

#define SHARE(n) VD_LB_SERVER_SHARE(n)
#define FRESH    VD_LB_SERVER_FRESH
#define DOWN     VD_LB_SERVER_DOWN

static const uint32_t w531[] = {5, 3, 1};

static void
words(void)
{
	for (uint32_t n = 1; n <= 256; n++) {
		CU_ASSERT_EQUAL(VD_LB_SERVER_SHARE_OF(SHARE(n) | FRESH), n);
		CU_ASSERT_EQUAL(SHARE(n) & (VD_LB_SERVER_UNUSABLE | VD_LB_SERVER_OVERLOAD | FRESH),
				0);
	}
	CU_ASSERT_EQUAL(VD_LB_SERVER_SHARE_OF(0), 256);
}

/* A share of n: of 256 turns it has n, and the others' turns are theirs as ever. */
static void
rr_exact(void)
{
	static const uint32_t shares[] = {1, 16, 64, 100, 255};

	for (unsigned k = 0; k < VD_ARRAY_LEN(shares); k++) {
		struct world *x = world_new(VD_SCHEDULER_RR, 4, NULL);

		world_set(x, 1, SHARE(shares[k]) | FRESH);
		for (unsigned again = 0; again < 3; again++) {
			world_run(x, 3 * 256 + shares[k]);
			CU_ASSERT_EQUAL(x->hits[1], shares[k]);
			for (unsigned i = 0; i < 4; i++)
				CU_ASSERT(i == 1 || x->hits[i] == 256);
		}
		/* The whole again. */
		world_set(x, 1, FRESH);
		world_run(x, 400);
		CU_ASSERT(x->hits[1] == 100 && x->hits[0] == 100);
		world_free(x);
	}
}

static void
rr_evenly(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 2, NULL);
	unsigned since = 0, last = 0;

	world_set(x, 1, SHARE(64));
	for (unsigned i = 0; i < 500; i++) {
		if (world_pick(x, i) == 0) {
			since++;
			continue;
		}
		/* One in four turns: four of the other between two of its own. */
		CU_ASSERT(last == 0 || since == 4);
		last = 1;
		since = 0;
	}
	world_free(x);
}

static void
wrr_exact(void)
{
	struct world *x = world_new(VD_SCHEDULER_WRR, 3, w531);

	world_set(x, 0, SHARE(128));
	world_set(x, 2, SHARE(32));
	world_run(x, 5 * 128 + 3 * 256 + 32);
	CU_ASSERT(x->hits[0] == 640 && x->hits[1] == 768 && x->hits[2] == 32);
	world_set(x, 1, DOWN);
	world_run(x, 5 * 128 + 32);
	CU_ASSERT(x->hits[0] == 640 && x->hits[2] == 32);
	world_free(x);
}

/* All of them came back at once. */
static void
rr_all_shared(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 3, NULL);

	for (uint32_t i = 0; i < 3; i++)
		world_set(x, i, SHARE(64 * (i + 1)));
	world_run(x, 64 * 6);
	for (uint32_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(x->hits[i], 64 * (i + 1));
	world_free(x);
}

/* Nobody is refused because of a share, however small, and whoever else is down. */
static void
never_refused(void)
{
	static const enum vd_scheduler all[] = {VD_SCHEDULER_RR, VD_SCHEDULER_WRR, VD_SCHEDULER_LC,
			VD_SCHEDULER_WLC, VD_SCHEDULER_SH, VD_SCHEDULER_MH};

	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		struct world *x = world_new(all[k], 200, NULL);

		for (uint32_t i = 0; i < 200; i++)
			world_set(x, i, SHARE(1) | FRESH);
		world_run(x, 20000);
		for (uint32_t i = 0; i < 200; i++)
			CU_ASSERT(x->hits[i] > 40 && x->hits[i] < 180);
		for (uint32_t i = 0; i < 200; i++)
			world_set(x, i, i == 17 ? SHARE(3) | FRESH : DOWN);
		world_run(x, 500);
		CU_ASSERT_EQUAL(x->hits[17], 500);
		/* One that has no share is preferred by far, though far away. */
		world_set(x, 150, 0);
		world_run(x, 5000);
		CU_ASSERT(x->hits[150] > 4500 && x->hits[17] + x->hits[150] == 5000);
		world_free(x);
	}
}

/* Loads that do not change: who is FRESH has every n-th pick, though it has the fewest connections. */
static void
lc_turns(void)
{
	static const enum vd_scheduler both[] = {VD_SCHEDULER_LC, VD_SCHEDULER_WLC};

	for (unsigned k = 0; k < 2; k++) {
		struct world *x = world_new(both[k], 4, NULL);

		world_run(x, 4);
		for (uint32_t i = 0; i < 4; i++)
			world_state(x, i)->active = i == 2 ? 0 : 100;
		world_run(x, 100);
		CU_ASSERT_EQUAL(x->hits[2], 100);
		world_set(x, 2, FRESH);
		world_run(x, 400);
		CU_ASSERT_EQUAL(x->hits[2], 100);
		for (unsigned i = 0; i < 40; i++)
			CU_ASSERT_EQUAL(world_pick(x, i) == 2, i % 4 == 3);
		/* Two of them, a turn each. */
		world_state(x, 0)->active = 0;
		world_set(x, 0, FRESH);
		world_run(x, 8); /* now they alternate */
		world_run(x, 400);
		CU_ASSERT(x->hits[0] == 100 && x->hits[2] == 100);
		/* A share makes turns rarer. */
		world_set(x, 0, FRESH | SHARE(128));
		world_set(x, 2, FRESH | SHARE(64));
		world_run(x, 1600);
		CU_ASSERT(x->hits[0] == 200 && x->hits[2] == 100);
		/* It is not preferred when it has more than the others. */
		world_state(x, 0)->active = 1000;
		world_run(x, 1600);
		CU_ASSERT(x->hits[0] == 0 && x->hits[2] == 100);
		world_set(x, 0, 0);
		world_set(x, 2, 0);
		world_run(x, 10);
		CU_ASSERT_EQUAL(x->hits[2], 10);
		world_free(x);
	}
}

/* Ties, as when connections are short: in rotation all the same. */
static void
lc_ties(void)
{
	struct world *x = world_new(VD_SCHEDULER_LC, 5, NULL);

	world_set(x, 3, FRESH);
	world_run(x, 500);
	for (uint32_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(x->hits[i], 100);
	for (uint32_t i = 0; i < 5; i++)
		world_set(x, i, FRESH);
	world_run(x, 500);
	for (uint32_t i = 0; i < 5; i++)
		CU_ASSERT(x->hits[i] >= 98 && x->hits[i] <= 102);
	world_free(x);
}

/* More servers than the window: about as many as in rr. */
static void
lc_many(void)
{
	struct world *x = world_new(VD_SCHEDULER_WLC, WORLD_SERVERS, NULL);

	world_run(x, 1);
	for (uint32_t i = 0; i < WORLD_SERVERS; i++)
		world_state(x, i)->active = 50;
	world_state(x, 700)->active = 0;
	world_set(x, 700, FRESH);
	world_run(x, 100 * WORLD_SERVERS);
	printf("1024 servers, one of them fresh: %u of 100 rounds\n", x->hits[700]);
	CU_ASSERT(x->hits[700] > 50 && x->hits[700] < 200);
	world_free(x);
}

/* Connections that stay: weight times share. */
static void
wlc_fill(void)
{
	static const uint32_t weights[] = {4, 4, 8};
	struct world *x = world_new(VD_SCHEDULER_WLC, 3, weights);

	world_set(x, 1, SHARE(64));
	world_set(x, 2, SHARE(128));
	for (unsigned i = 0; i < 900; i++) {
		uint32_t id = x->service->servers[world_pick(x, i)].id;

		vd_lb_conn_open(x->worker, x->service->id, id);
		vd_lb_conn_step(x->worker, id, 1);
	}
	CU_ASSERT_EQUAL(world_state(x, 0)->active, 400);
	CU_ASSERT_EQUAL(world_state(x, 1)->active, 100);
	CU_ASSERT_EQUAL(world_state(x, 2)->active, 400);
	world_free(x);
}

/* Of its own clients n in 256, always the same; as n grows more come and none leaves; the others' stay where they are. */
static void
hash_clients(void)
{
	static const enum vd_scheduler all[] = {VD_SCHEDULER_SH, VD_SCHEDULER_MH};
	enum {
		CLIENTS = 20000
	};

	for (unsigned k = 0; k < 2; k++) {
		struct world *x = world_new(all[k], 4, NULL);
		static int whole[CLIENTS], before[CLIENTS];
		unsigned own = 0;

		for (uint32_t i = 0; i < CLIENTS; i++) {
			whole[i] = world_pick(x, i);
			own += whole[i] == 2;
		}
		for (uint32_t n = 16; n <= 256; n += 48) {
			unsigned kept = 0, bad = 0;

			world_set(x, 2, SHARE(n) | FRESH);
			for (uint32_t i = 0; i < CLIENTS; i++) {
				int now = world_pick(x, i);

				bad += now < 0 || world_pick(x, i) != now;
				bad += whole[i] != 2 && now != whole[i];
				bad += n > 16 && before[i] == 2 && now != 2;
				kept += now == 2;
				before[i] = now;
			}
			CU_ASSERT_EQUAL(bad, 0);
			CU_ASSERT(kept > own * n / 256 * 9 / 10 - 10 &&
					kept < own * n / 256 * 11 / 10 + 10);
		}
		world_free(x);
	}
}

/* A client that was passed on meets one that is overloaded: without the fallback flag it is not refused for that. */
static void
hash_overload(void)
{
	struct world *x = world_new(VD_SCHEDULER_MH, 2, NULL);
	unsigned passed = 0;

	x->servers[1].uthreshold = 1;
	world_build(x);
	world_run(x, 100);
	world_set(x, 0, SHARE(1));
	world_state(x, 1)->active = 1;
	for (uint32_t i = 0; i < 1000; i++) {
		int got = world_pick(x, i);

		passed += got == 0;
		CU_ASSERT(got == 0 || got == -1);
	}
	CU_ASSERT(passed > 400 && passed < 600);
	world_free(x);
}

/* What explain says is what happens, turns and all, and saying it changes nothing. */
static void
foretold(void)
{
	static const enum vd_scheduler all[] = {VD_SCHEDULER_RR, VD_SCHEDULER_WRR, VD_SCHEDULER_LC,
			VD_SCHEDULER_WLC, VD_SCHEDULER_SH, VD_SCHEDULER_MH};
	static const uint32_t weights[] = {5, 3, 1, 4};
	struct vd_lb_explanation e;

	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		struct world *x = world_new(all[k], 4, weights);
		bool slow = false;

		world_set(x, 0, SHARE(40) | FRESH);
		world_set(x, 1, SHARE(9));
		world_set(x, 2, FRESH);
		world_set(x, 3, DOWN);
		for (uint32_t i = 0; i < 500; i++) {
			struct vd_lb_client c = world_client(i);
			int got;

			vd_lb_explain(x->snapshot, x->worker, &c, &x->listener, &e);
			vd_lb_explain(x->snapshot, x->worker, &c, &x->listener, &e);
			got = world_pick(x, i);
			CU_ASSERT_EQUAL(e.server, x->service->servers[got].id);
			vd_lb_conn_open(x->worker, x->service->id, e.server);
			if (i == 250)
				world_set(x, 2, DOWN);
		}
		for (unsigned i = 0; i < e.n_steps; i++)
			slow = slow || (e.steps[i].kind == VD_LB_STEP_SLOW && e.steps[i].b == 40);
		CU_ASSERT(slow);
		world_free(x);
	}
}

/* From the specification, for a server new to the registry. */
static void
initial_share(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 2, NULL);

	x->servers[1].addr = world_addr(3, 3);
	x->servers[1].state = SHARE(128);
	world_build(x);
	world_run(x, 256 + 128);
	CU_ASSERT_EQUAL(x->hits[1], 128);
	world_free(x);
}

static const struct vd_test tests[] = {
		VD_TEST(words),
		VD_TEST(rr_exact),
		VD_TEST(rr_evenly),
		VD_TEST(wrr_exact),
		VD_TEST(rr_all_shared),
		VD_TEST(never_refused),
		VD_TEST(lc_turns),
		VD_TEST(lc_ties),
		VD_TEST(lc_many),
		VD_TEST(wlc_fill),
		VD_TEST(hash_clients),
		VD_TEST(hash_overload),
		VD_TEST(foretold),
		VD_TEST(initial_share),
};

VD_TEST_MAIN("lb_slow", tests)
