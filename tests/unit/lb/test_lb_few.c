/* SPDX-License-Identifier: BSD-3-Clause */
#include "lb_world.h"

/*
 * Large services most of whose servers are down. That not all of them are looked at again is seen by a server whose
 * flags change without a message: who looks finds it usable.
 */

#define DOWN VD_LB_SERVER_DOWN

static const enum vd_scheduler all[] = {VD_SCHEDULER_RR, VD_SCHEDULER_WRR, VD_SCHEDULER_LC,
		VD_SCHEDULER_WLC, VD_SCHEDULER_SH, VD_SCHEDULER_MH};

static struct world *
all_down(enum vd_scheduler scheduler)
{
	struct world *x = world_new(scheduler, WORLD_SERVERS, NULL);

	for (uint32_t i = 0; i < WORLD_SERVERS; i++)
		world_set(x, i, DOWN);
	return x;
}

static void
secretly(struct world *x, uint32_t i, uint32_t flags)
{
	world_state(x, i)->flags = flags;
}

/* None: found out once. Servers that go down, of this service or another, are no reason to look again; one that comes is. */
static void
none(void)
{
	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		struct world *x = all_down(all[k]);
		uint32_t epoch = x->worker->epoch;

		CU_ASSERT_EQUAL(world_pick(x, 0), -1);
		for (uint32_t i = 0; i < WORLD_SERVERS; i++)
			secretly(x, i, 0);
		CU_ASSERT_EQUAL(world_pick(x, 1), -1);
		world_set(x, 3, DOWN | VD_LB_SERVER_GONE);
		world_set(x, 4, VD_LB_SERVER_DRAIN);
		world_set(x, 4, DOWN);
		CU_ASSERT_EQUAL(x->worker->epoch, epoch);
		CU_ASSERT_EQUAL(world_pick(x, 1), -1);
		world_set(x, 4, 0);
		CU_ASSERT_EQUAL(x->worker->epoch, epoch + 1);
		CU_ASSERT(world_pick(x, 1) >= 0);
		/* Flags of a usable one: nothing to look for. */
		world_set(x, 4, VD_LB_SERVER_FRESH);
		world_set(x, 4, VD_LB_SERVER_SHARE(3));
		CU_ASSERT_EQUAL(x->worker->epoch, epoch + 1);
		world_free(x);
	}
}

/* One left, out of reach of the tries: remembered. */
static void
one(void)
{
	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		struct world *x = all_down(all[k]);
		unsigned secret = 0;

		world_set(x, 5, 0);
		for (uint32_t i = 0; i < 4; i++)
			CU_ASSERT_EQUAL(world_pick(x, i), 5);
		/* Next in line for nobody of the next few, by whatever scheduler it is tried but seldom. */
		secretly(x, 900, 0);
		for (uint32_t i = 4; i < 8; i++)
			secret += world_pick(x, i) == 900;
		CU_ASSERT(secret <= 1);
		secretly(x, 900, DOWN);
		/* It goes down: nobody is left. Another comes: it is found. */
		world_set(x, 5, DOWN);
		CU_ASSERT_EQUAL(world_pick(x, 9), -1);
		world_set(x, 800, 0);
		CU_ASSERT_EQUAL(world_pick(x, 9), 800);
		world_set(x, 5, 0);
		world_run(x, 1000);
		CU_ASSERT_EQUAL(x->hits[5] + x->hits[800], 1000);
		CU_ASSERT(x->hits[5] > 400 && x->hits[800] > 400);
		world_free(x);
	}
}

/* As many as are remembered, one more, and many more: all of them are used, about alike, and no other. */
static void
more(void)
{
	static const uint32_t counts[] = {119, 120, 121, 300};

	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		for (unsigned c = 0; c < VD_ARRAY_LEN(counts); c++) {
			struct world *x = all_down(all[k]);
			uint32_t n = counts[c], used = 0, first = WORLD_SERVERS - n;

			for (uint32_t i = first; i < WORLD_SERVERS; i++)
				world_set(x, i, 0);
			world_run(x, n * 100);
			for (uint32_t i = 0; i < WORLD_SERVERS; i++) {
				CU_ASSERT(i >= first || x->hits[i] == 0);
				used += x->hits[i] > 20;
			}
			CU_ASSERT_EQUAL(used, n);
			/* All but two go. They were many; it is noticed that they are not. */
			for (uint32_t i = first; i < WORLD_SERVERS - 2; i++)
				world_set(x, i, DOWN);
			world_run(x, 2000);
			CU_ASSERT(x->hits[WORLD_SERVERS - 1] > 700 &&
					x->hits[WORLD_SERVERS - 2] > 700);
			world_free(x);
		}
	}
}

/* Many of nearly no weight beside a heavy one that is down. */
static void
light(void)
{
	static uint32_t weights[WORLD_SERVERS];
	static const enum vd_scheduler lines[] = {VD_SCHEDULER_WRR, VD_SCHEDULER_SH};

	for (uint32_t i = 0; i < WORLD_SERVERS; i++)
		weights[i] = i == 0 ? 1000000000 : 1;
	for (unsigned k = 0; k < VD_ARRAY_LEN(lines); k++) {
		struct world *x = world_new(lines[k], WORLD_SERVERS, weights);
		uint32_t used = 0;

		world_set(x, 0, DOWN);
		world_run(x, 20000);
		CU_ASSERT_EQUAL(x->hits[0], 0);
		for (uint32_t i = 1; i < WORLD_SERVERS; i++)
			used += x->hits[i] != 0;
		CU_ASSERT(used > WORLD_SERVERS * 9 / 10);
		for (uint32_t i = 1; i < WORLD_SERVERS; i++)
			world_set(x, i, i == 77 ? 0 : DOWN);
		world_run(x, 10);
		CU_ASSERT_EQUAL(x->hits[77], 10);
		world_free(x);
	}
}

/* Another snapshot has other servers under the same indices. */
static void
other_snapshot(void)
{
	struct world *x = all_down(VD_SCHEDULER_RR);

	world_set(x, 5, 0);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(world_pick(x, i), 5);
	for (uint32_t i = 0; i + 1 < WORLD_SERVERS; i++)
		x->servers[i] = x->servers[i + 1];
	x->spec.n_servers--;
	world_build(x);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(world_pick(x, i), 4);
	world_free(x);
}

/* Consistent hashing stays consistent whether the few are known already or not. */
static void
hash_stays(void)
{
	for (unsigned k = 4; k < 6; k++) {
		struct world *x = all_down(all[k]);
		int before[200];

		world_set(x, 10, 0);
		world_set(x, 600, 0);
		for (uint32_t i = 0; i < 200; i++)
			before[i] = world_pick(x, i);
		world_set(x, 300, 0);
		world_set(x, 300, DOWN);
		for (uint32_t i = 200; i-- > 0;)
			CU_ASSERT_EQUAL(world_pick(x, i), before[i]);
		world_free(x);
	}
}

static const struct vd_test tests[] = {
		VD_TEST(none),
		VD_TEST(one),
		VD_TEST(more),
		VD_TEST(light),
		VD_TEST(other_snapshot),
		VD_TEST(hash_stays),
};

VD_TEST_MAIN("lb_few", tests)
