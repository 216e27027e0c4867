/* SPDX-License-Identifier: BSD-3-Clause */
/* A new configuration comes in by slices. */
#include "health_world.h"

static void
two_services(struct world *w)
{
	SERVICE(.quorum = 2, .sorry_id = SORRY);
	servers_with_checks(w, 3);
	SERVICE();
	servers_with_checks(w, 1);
}

/* So many slices of a size, or all of them; then it is over. */
static uint32_t
slices(struct world *w, uint32_t size, uint32_t most)
{
	uint32_t n = 0, units;
	bool done = false;

	while (!done && n < most) {
		units = size;
		done = vd_health_swap_step(w->h, &units, w->now);
		CU_ASSERT(units == 0 || done);
		n++;
	}
	if (done) {
		vd_health_config_free(vd_health_swap_end(w->h));
		w->c = w->before;
	}
	return n;
}

/* A unit each: checks, servers twice, services. Twice of it takes twice as many slices, none is longer. */
static void
a_slice_has_its_size(void)
{
	for (uint32_t n = 10; n <= 40; n *= 2) {
		struct world *w = begin();

		for (uint32_t size = 1; size <= 16; size *= 4) {
			/* At first nothing is carried over. */
			uint32_t units = n + 2 * n * (w->before == NULL ? 1 : 3);

			for (uint32_t i = 0; i < n; i++) {
				SERVICE();
				servers_with_checks(w, 2);
			}
			vd_health_swap_begin(w->h, seal(w));
			CU_ASSERT_EQUAL(slices(w, size, UINT32_MAX), (units + size - 1) / size);
		}
		end(w);
	}
}

/* Nothing is taken, nothing is due; it comes when it is whole. */
static void
takes_no_event_in_between(void)
{
	struct world *w = begin();

	two_services(w);
	swap(w);
	verdict(w, 10, false);
	TOLD("down 1 check 10");
	two_services(w);
	vd_health_swap_begin(w->h, seal(w));
	for (uint32_t i = 0; i < 13; i++) {
		CU_ASSERT_EQUAL(slices(w, 1, 1), 1);
		CU_ASSERT_EQUAL(vd_health_next(w->h), VD_TIME_NEVER);
		verdict(w, 20, false);
		admin(w, 0, VD_LB_SERVER_DRAIN);
		observed(w, 0);
		tick(w);
		TOLD("");
	}
	CU_ASSERT_EQUAL(slices(w, 1, UINT32_MAX), 1);
	CU_ASSERT_TRUE(view(w, 2).up);
	CU_ASSERT_FALSE(view(w, 1).up);
	verdict(w, 20, false);
	TOLD("down 2 check 20, lost 0 1<2");
	end(w);
}

/* Flags of what it has come to may go to the workers. */
static void
posts_in_between(void)
{
	struct world *w = begin();

	two_services(w);
	swap(w);
	POSTED("500:DOWN+GONE");
	two_services(w);
	vd_health_swap_begin(w->h, seal(w));
	CU_ASSERT_EQUAL(slices(w, 11, 1), 1);
	POSTED("0:0");
	CU_ASSERT_EQUAL(slices(w, 2, 1), 1);
	POSTED("1:0, 2:0, 500:DOWN+GONE");
	CU_ASSERT_EQUAL(slices(w, UINT32_MAX, 1), 1);
	POSTED("3:0");
	end(w);
}

/* The sanitizers see whether both configurations are freed. */
static void
ends_in_the_midst(void)
{
	struct world *w = begin();

	two_services(w);
	swap(w);
	two_services(w);
	vd_health_swap_begin(w->h, seal(w));
	CU_ASSERT_EQUAL(slices(w, 1, 3), 3);
	end(w);
}

static void
lists_the_tracked_ones(void)
{
	struct world *w = begin();
	uint32_t track = 0;
	bool up = true;

	CU_ASSERT_FALSE(vd_health_tracked(w->h, 0, &track, &up));
	SERVICE();
	SERVER();
	SERVICE(.track = 30);
	servers_with_checks(w, 1);
	SERVICE();
	SERVICE(.track = 50);
	SERVER();
	swap(w);
	verdict(w, 0, false);
	TOLD("down 1 check 0, lost 1 0<1");
	CU_ASSERT_TRUE(vd_health_tracked(w->h, 0, &track, &up));
	CU_ASSERT_EQUAL(track, 30);
	CU_ASSERT_FALSE(up);
	CU_ASSERT_TRUE(vd_health_tracked(w->h, 1, &track, &up));
	CU_ASSERT_EQUAL(track, 50);
	CU_ASSERT_TRUE(up);
	CU_ASSERT_FALSE(vd_health_tracked(w->h, 2, &track, &up));
	end(w);
}

static const struct vd_test tests[] = {
		VD_TEST(a_slice_has_its_size),
		VD_TEST(takes_no_event_in_between),
		VD_TEST(posts_in_between),
		VD_TEST(ends_in_the_midst),
		VD_TEST(lists_the_tracked_ones),
};

VD_TEST_MAIN("health_slice", tests)
