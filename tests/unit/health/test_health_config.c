/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "health_world.h"

static void
add_server(struct vd_health_config *c, uint32_t id)
{
	(void)vd_health_config_server(
			c, &(struct vd_health_server_config){.id = id, .gen = 1, .weight = 1});
}

static void
add_service(struct vd_health_config *c, uint32_t id, uint32_t sorry)
{
	(void)vd_health_config_service(c,
			&(struct vd_health_service_config){
					.id = id, .gen = 1, .quorum = 1, .sorry_id = sorry});
}

static void
sealed(struct vd_health_config *c, int want)
{
	CU_ASSERT_EQUAL(vd_health_config_seal(c, NULL), want);
	vd_health_config_free(c);
}

static void
nothing_is_a_configuration(void)
{
	struct world *w = begin();

	sealed(vd_health_config_new(), 0);
	w->building = vd_health_config_new();
	swap(w);
	w->building = vd_health_config_new();
	swap(w);
	verdict(w, 0, true);
	tick(w);
	TOLD("");
	POSTED("");
	end(w);
}

static void
never_sealed_is_freed(void)
{
	struct vd_health_config *c = vd_health_config_new();

	add_service(c, 1, VD_HEALTH_NONE);
	add_server(c, 1);
	vd_health_config_check(c, 1, 1, true);
	vd_health_config_free(c);
	vd_health_config_free(NULL);
}

static void
a_service_twice(void)
{
	struct vd_health_config *c = vd_health_config_new();

	add_service(c, 1, VD_HEALTH_NONE);
	add_service(c, 2, VD_HEALTH_NONE);
	add_service(c, 1, VD_HEALTH_NONE);
	sealed(c, -EEXIST);
}

static void
a_server_twice(void)
{
	struct vd_health_config *c = vd_health_config_new();

	/* A service and a server may have the same number. */
	add_service(c, 1, VD_HEALTH_NONE);
	add_server(c, 1);
	add_service(c, 2, VD_HEALTH_NONE);
	add_server(c, 2);
	add_server(c, 1);
	sealed(c, -EEXIST);
}

static void
a_sorry_server_that_is_another_server(void)
{
	struct vd_health_config *c = vd_health_config_new();

	add_service(c, 1, 7);
	add_service(c, 2, 7);
	sealed(c, -EEXIST);
	c = vd_health_config_new();
	add_service(c, 1, 7);
	add_server(c, 7);
	sealed(c, -EEXIST);
}

static void
a_slot_twice(void)
{
	struct vd_health_config *c = vd_health_config_new();

	add_service(c, 1, VD_HEALTH_NONE);
	add_server(c, 1);
	vd_health_config_check(c, 5, 1, true);
	add_server(c, 2);
	vd_health_config_check(c, 5, 2, true);
	sealed(c, -EEXIST);
}

/* Any number is good, the highest too. */
static void
numbers_of_any_size(void)
{
	static const uint32_t numbers[] = {0, 1, UINT32_MAX - 2, UINT32_MAX - 1, 1u << 31, 4096};
	struct vd_health_config *c = vd_health_config_new();
	struct vd_health *h = vd_health_create(&vd_alloc_libc);
	struct vd_health_server_view v;
	struct vd_health_actions out;

	for (uint32_t i = 0; i < VD_ARRAY_LEN(numbers); i++) {
		add_service(c, numbers[i], VD_HEALTH_NONE);
		add_server(c, numbers[i]);
		vd_health_config_check(c, numbers[i], numbers[i], true);
	}
	CU_ASSERT_EQUAL(vd_health_config_seal(c, NULL), 0);
	CU_ASSERT_PTR_NULL(vd_health_config_swap(h, c, START));
	for (uint32_t i = 0; i < VD_ARRAY_LEN(numbers); i++) {
		out.n = 0;
		vd_health_verdict(h, numbers[i], numbers[i], false, -1, START, &out);
		CU_ASSERT_EQUAL(out.n, 2);
		CU_ASSERT_EQUAL(out.v[0].id, numbers[i]);
		vd_health_server_view(c, i, &v);
		CU_ASSERT_FALSE(v.up);
	}
	vd_health_destroy(h);
}

/* ---- the words before the swap ---- */

static void
tells_how_it_will_start(void)
{
	struct world *w = begin();

	SERVICE(.quorum = 2, .sorry_id = SORRY);
	SERVER(.weight = 3);
	check(w, false);
	SERVER(.weight = 1);
	w->c = seal(w);
	CU_ASSERT_FALSE(view(w, 0).up);
	CU_ASSERT_EQUAL(view(w, 0).down, 1);
	CU_ASSERT_EQUAL(view(w, 0).weight, 3);
	CU_ASSERT_EQUAL(view(w, 0).share, 256);
	CU_ASSERT_EQUAL(view(w, 0).slot, VD_HEALTH_NONE);
	CU_ASSERT_EQUAL(view(w, 0).since, 0);
	CU_ASSERT_EQUAL(view(w, 0).changes, 0);
	CU_ASSERT_TRUE(view(w, 1).up);
	CU_ASSERT_EQUAL(service_view(w, 0).weight, 1);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	CU_ASSERT_TRUE(service_view(w, 0).sorry);
	vd_health_config_free(w->c);
	end(w);
}

static void
tells_what_was_carried_up_to_the_seal(void)
{
	struct world *w = begin();
	struct vd_health_config *second, *third, *first;

	SERVICE();
	servers_with_checks(w, 1);
	swap(w);
	first = w->c;
	verdict(w, 0, false);
	TOLD("down 0 check 0, lost 0 0<1");
	SERVICE();
	servers_with_checks(w, 2);
	second = seal(w);
	verdict(w, 0, true);
	TOLD("up 0 check 0, gained 0 1>=1");
	w->c = second;
	CU_ASSERT_FALSE(view(w, 0).up);
	CU_ASSERT_EQUAL(view(w, 0).slot, 0);
	CU_ASSERT_EQUAL(view(w, 0).changes, 1);
	CU_ASSERT_TRUE(view(w, 1).up);
	CU_ASSERT_FALSE(service_view(w, 0).quorum);
	/* And of that one, which waits, to the next. */
	SERVICE();
	servers_with_checks(w, 2);
	third = seal(w);
	w->c = third;
	CU_ASSERT_FALSE(view(w, 0).up);
	/* In force it tells what is. */
	w->c = first;
	swap_in(w, second);
	CU_ASSERT_TRUE(view(w, 0).up);
	CU_ASSERT_EQUAL(view(w, 0).changes, 2);
	swap_in(w, third);
	CU_ASSERT_TRUE(view(w, 0).up);
	CU_ASSERT_TRUE(service_view(w, 0).quorum);
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(nothing_is_a_configuration),
		VD_TEST(never_sealed_is_freed),
		VD_TEST(a_service_twice),
		VD_TEST(a_server_twice),
		VD_TEST(a_sorry_server_that_is_another_server),
		VD_TEST(a_slot_twice),
		VD_TEST(numbers_of_any_size),
		VD_TEST(tells_how_it_will_start),
		VD_TEST(tells_what_was_carried_up_to_the_seal),
};

VD_TEST_MAIN("health_config", tests)
