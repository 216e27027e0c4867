/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

static void
refuses_bad_parameters(void)
{
	struct vd_neigh_params p = {.slots = 100};

	CU_ASSERT_PTR_NULL(vd_neigh_create(&p, &vd_alloc_libc));
	p.slots = 4;
	CU_ASSERT_PTR_NULL(vd_neigh_create(&p, &vd_alloc_libc));
	vd_neigh_destroy(NULL);
	vd_neigh_config_free(NULL);
}

static void
works_without_a_configuration(void)
{
	struct vd_neigh_params p = {.slots = 8};
	struct vd_neigh *n = vd_neigh_create(&p, &vd_alloc_libc);
	struct vd_neigh_action room[4];
	struct vd_neigh_actions out = {.v = room, .cap = 4};
	struct vd_addr a = A("192.0.2.1");

	CU_ASSERT_EQUAL(vd_neigh_next(n), VD_TIME_NEVER);
	CU_ASSERT_EQUAL(vd_neigh_resolve(n, 0, &a, 1, &out), VD_NEIGH_NONE);
	CU_ASSERT_EQUAL(vd_neigh_rx(n, 0, "", 0, 1, &out), VD_NEIGH_RX_DROPPED);
	CU_ASSERT_EQUAL(vd_neigh_announce_lease(n, 0, 1, 1, 1), 0);
	vd_neigh_tick(n, 5, &out);
	vd_neigh_destroy(n);
}

static void
refuses_what_is_no_neighbour(void)
{
	static const char *const bad[] = {"224.0.0.1", "ff02::1", "::", "192.0.2.11"};
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	for (size_t i = 0; i < VD_ARRAY_LEN(bad); i++) {
		CU_ASSERT_EQUAL(resolve(&w, bad[i]), VD_NEIGH_NONE);
		only(&w, VD_NEIGH_ACT_FAILED);
	}
	/* A report about a slot that changed hands, or is out of range, is nothing. */
	vd_neigh_used(w.n, 3, 0, w.now, &w.out);
	vd_neigh_used(w.n, 1u << 20, 0, w.now, &w.out);
	CU_ASSERT(quiet(&w));
	world_close(&w);
}

/* The configuration's next hops are resolved even when strangers fill the table. */
static void
wanted_come_first(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_addr base = A("10.0.0.1");
	struct vd_neigh_stats stats;
	struct world w;

	world_open(&w, usual_config(), 64, 48);
	for (uint32_t i = 0; i < 48; i++) {
		struct vd_addr a = vd_addr_add(&base, i);

		w.out.n = 0;
		CU_ASSERT_NOT_EQUAL(vd_neigh_resolve(w.n, IF0, &a, w.now, &w.out), VD_NEIGH_NONE);
	}
	for (uint32_t i = 0; i < 40; i++) {
		struct vd_addr a = vd_addr_add(&base, 1000 + i);

		vd_neigh_config_want(c, IF0, &a);
	}
	swap(&w, c);
	vd_neigh_stats(w.n, &stats);
	CU_ASSERT_EQUAL(stats.wanted, 40);
	CU_ASSERT_EQUAL(stats.live, 48);
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(refuses_bad_parameters),
			VD_TEST(works_without_a_configuration),
			VD_TEST(refuses_what_is_no_neighbour),
			VD_TEST(wanted_come_first),
	};

	return vd_test_main("neigh", tests, sizeof(tests) / sizeof(tests[0]));
}
