/* SPDX-License-Identifier: BSD-3-Clause */
#include "lb_world.h"

/* Share of the places, not counting those of the server that left, that changed hands. */
static double
disruption(uint32_t n, uint32_t leaves)
{
	struct world *x = world_new(VD_SCHEDULER_MH, n, NULL);
	uint32_t size = x->service->table_size, moved = 0, kept = 0;
	uint16_t *before = malloc(size * sizeof(*before));

	memcpy(before, x->service->table, size * sizeof(*before));
	memmove(&x->servers[leaves], &x->servers[leaves + 1],
			(n - leaves - 1) * sizeof(x->servers[0]));
	x->spec.n_servers--;
	world_build(x);
	CU_ASSERT_EQUAL_FATAL(x->service->table_size, size);
	for (uint32_t i = 0; i < size; i++) {
		uint32_t now = x->service->table[i];

		now += now >= leaves;
		if (before[i] == leaves)
			continue;
		kept++;
		moved += now != before[i];
	}
	free(before);
	world_free(x);
	return (double)moved / kept;
}

static void
balance(void)
{
	static const uint32_t sizes[] = {1, 2, 3, 10, 40, 100, 500};

	for (unsigned k = 0; k < VD_ARRAY_LEN(sizes); k++) {
		struct world *x = world_new(VD_SCHEDULER_MH, sizes[k], NULL);
		uint32_t places = x->service->table_size;

		for (uint32_t i = 0; i < places; i++) {
			CU_ASSERT_FATAL(x->service->table[i] < sizes[k]);
			x->hits[x->service->table[i]]++;
		}
		/* Everyone's share to a place. */
		for (uint32_t i = 0; i < sizes[k]; i++)
			CU_ASSERT(x->hits[i] >= places / sizes[k] - 1 &&
					x->hits[i] <= places / sizes[k] + 2);
		world_free(x);
	}
}

static void
weights(void)
{
	static const uint32_t w[] = {50, 30, 0, 10, 1};
	struct world *x = world_new(VD_SCHEDULER_MH, 5, w);
	uint32_t places = x->service->table_size;

	for (uint32_t i = 0; i < places; i++)
		x->hits[x->service->table[i]]++;
	for (unsigned i = 0; i < 5; i++) {
		uint32_t share = places * w[i] / 91;

		CU_ASSERT(x->hits[i] + 1 >= share && x->hits[i] <= share + 2);
	}
	CU_ASSERT_EQUAL(x->hits[2], 0);
	world_free(x);
}

/* When a server leaves, few others move (Maglev promises little, not nothing). */
static void
a_server_leaves(void)
{
	double worst = 0, sum = 0, d;

	for (uint32_t i = 0; i < 10; i++) {
		d = disruption(10, i);
		sum += d;
		worst = d > worst ? d : worst;
	}
	printf("10 servers, one leaves: %.2f %% of the others' places move, at worst %.2f %%\n",
			sum * 10, worst * 100);
	CU_ASSERT(sum / 10 < 0.04);
	CU_ASSERT(worst < 0.06);
	d = disruption(100, 50);
	printf("100 servers, one leaves: %.2f %%\n", d * 100);
	CU_ASSERT(d < 0.02);
}

/* The table depends on addresses and seed, not on the order of the configuration. */
static void
order_does_not_matter(void)
{
	struct world *x = world_new(VD_SCHEDULER_MH, 10, NULL);
	uint16_t before[1021];

	CU_ASSERT_EQUAL_FATAL(x->service->table_size, 1021);
	memcpy(before, x->service->table, sizeof(before));
	for (unsigned i = 0; i < 10; i++)
		x->servers[i].addr = world_addr(1, 9 - i);
	world_build(x);
	for (uint32_t i = 0; i < 1021; i++)
		CU_ASSERT_EQUAL(x->service->table[i], 9 - before[i]);
	world_free(x);
}

static const struct vd_test tests[] = {
		VD_TEST(balance),
		VD_TEST(weights),
		VD_TEST(a_server_leaves),
		VD_TEST(order_does_not_matter),
};

VD_TEST_MAIN("lb_maglev", tests)
