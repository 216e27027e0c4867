/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_health_rule.h"

#include "vd_test.h"

#define START (1000 * VD_SEC)
#define MS    VD_MSEC

static const struct vd_health_rule rule = {
		.retry = 2,
		.delay_loop = 10 * VD_SEC,
		.delay_before_retry = 3 * VD_SEC,
};

static struct vd_health_check
begun(const struct vd_health_rule *r)
{
	struct vd_health_check c;

	vd_health_check_begin(&c, r, 0, START);
	return c;
}

/* An attempt when it was due, that took so long. */
static enum vd_health_change
attempt(struct vd_health_check *c, const struct vd_health_rule *r, bool good, vd_time took)
{
	return vd_health_check_result(c, r, good, c->due + took);
}

static struct vd_health_check
down(const struct vd_health_rule *r)
{
	struct vd_health_check c = begun(r);

	for (uint32_t i = 0; i < r->retry; i++)
		CU_ASSERT_EQUAL(attempt(&c, r, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_EQUAL(attempt(&c, r, false, 0), VD_HEALTH_DOWN);
	return c;
}

/* ---- begin ---- */

static void
begins_up_without_a_result(void)
{
	struct vd_health_check c = begun(&rule);

	CU_ASSERT_TRUE(c.up);
	CU_ASSERT_FALSE(c.checked);
	CU_ASSERT_FALSE(c.retrying);
	CU_ASSERT_EQUAL(attempt(&c, &rule, true, 0), VD_HEALTH_SAME);
	CU_ASSERT_TRUE(c.checked);
}

static void
begins_down_with_alpha(void)
{
	struct vd_health_rule r = rule;
	struct vd_health_check c;

	r.alpha = true;
	c = begun(&r);
	CU_ASSERT_FALSE(c.up);
	/* Down already: no retries, and nothing to tell. */
	CU_ASSERT_EQUAL(attempt(&c, &r, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_TRUE(c.checked);
	CU_ASSERT_FALSE(c.retrying);
	CU_ASSERT_EQUAL(c.due, START + VD_HEALTH_BOOTSTRAP + r.delay_loop);
	CU_ASSERT_EQUAL(attempt(&c, &r, true, 0), VD_HEALTH_UP);
	CU_ASSERT_TRUE(c.up);
}

static void
waits_for_bootstrap_and_a_part_of_warmup(void)
{
	struct vd_health_rule r = rule;
	struct vd_health_check c;
	vd_time least = VD_TIME_NEVER, most = 0;

	vd_health_check_begin(&c, &r, UINT64_MAX, START);
	CU_ASSERT_EQUAL(c.due, START + VD_HEALTH_BOOTSTRAP);
	r.warmup = 4 * VD_SEC;
	for (uint64_t i = 0; i < 1000; i++) {
		vd_health_check_begin(&c, &r, i * 0x9e3779b97f4a7c15ull, START);
		CU_ASSERT_EQUAL(c.grid, c.due);
		least = c.due < least ? c.due : least;
		most = c.due > most ? c.due : most;
	}
	CU_ASSERT_TRUE(least >= START + VD_HEALTH_BOOTSTRAP);
	CU_ASSERT_TRUE(least < START + VD_HEALTH_BOOTSTRAP + 100 * MS);
	CU_ASSERT_TRUE(most < START + VD_HEALTH_BOOTSTRAP + r.warmup);
	CU_ASSERT_TRUE(most > START + VD_HEALTH_BOOTSTRAP + r.warmup - 100 * MS);
}

/* ---- verdicts ---- */

static void
is_down_after_retry_and_one_failures(void)
{
	struct vd_health_check c = begun(&rule);

	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_TRUE(c.up);
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_DOWN);
	CU_ASSERT_FALSE(c.up);
	CU_ASSERT_EQUAL(c.failures, 3);
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_EQUAL(c.failures, 4);
}

static void
is_down_at_once_with_retry_0(void)
{
	struct vd_health_rule r = rule;
	struct vd_health_check c;

	r.retry = 0;
	c = begun(&r);
	CU_ASSERT_EQUAL(attempt(&c, &r, false, 0), VD_HEALTH_DOWN);
	CU_ASSERT_FALSE(c.retrying);
	CU_ASSERT_EQUAL(c.due, START + VD_HEALTH_BOOTSTRAP + r.delay_loop);
}

static void
a_success_between_forgets_the_failures(void)
{
	struct vd_health_check c = begun(&rule);

	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
		CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
		CU_ASSERT_EQUAL(attempt(&c, &rule, true, 0), VD_HEALTH_SAME);
		CU_ASSERT_EQUAL(c.failures, 0);
		CU_ASSERT_FALSE(c.retrying);
	}
	CU_ASSERT_TRUE(c.up);
}

static void
one_success_brings_it_up(void)
{
	struct vd_health_check c = down(&rule);

	CU_ASSERT_EQUAL(attempt(&c, &rule, true, 0), VD_HEALTH_UP);
	CU_ASSERT_EQUAL(attempt(&c, &rule, true, 0), VD_HEALTH_SAME);
	/* And it has all its retries again. */
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_DOWN);
}

static void
counts_failures_without_overflow(void)
{
	struct vd_health_rule r = rule;
	struct vd_health_check c = begun(&rule);

	r.retry = UINT32_MAX;
	c.failures = UINT32_MAX;
	CU_ASSERT_EQUAL(attempt(&c, &r, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_EQUAL(c.failures, UINT32_MAX);
}

/* ---- times ---- */

static void
retries_count_from_the_end_of_the_attempt(void)
{
	struct vd_health_check c = begun(&rule);
	vd_time ended = c.due + 700 * MS;

	(void)attempt(&c, &rule, false, 700 * MS);
	CU_ASSERT_TRUE(c.retrying);
	CU_ASSERT_EQUAL(c.due, ended + rule.delay_before_retry);
	ended = c.due + 5 * VD_SEC;
	(void)attempt(&c, &rule, false, 5 * VD_SEC);
	CU_ASSERT_EQUAL(c.due, ended + rule.delay_before_retry);
}

static void
the_grid_does_not_drift(void)
{
	struct vd_health_check c = begun(&rule);
	vd_time first = c.due;

	for (uint64_t i = 0; i < 1000; i++) {
		CU_ASSERT_EQUAL(c.due, first + i * rule.delay_loop);
		(void)attempt(&c, &rule, true, i * 9 * MS);
	}
}

/* Retries at 3 and 6 s, down at 6: back at 10. Retries that last longer: back at 20. */
static void
comes_back_to_the_grid_after_retries(void)
{
	struct vd_health_check c = begun(&rule);
	vd_time first = c.due;

	(void)attempt(&c, &rule, false, 0);
	(void)attempt(&c, &rule, true, 0);
	CU_ASSERT_EQUAL(c.due, first + 10 * VD_SEC);
	c = down(&rule);
	CU_ASSERT_EQUAL(c.due, first + 10 * VD_SEC);
	c = begun(&rule);
	(void)attempt(&c, &rule, false, 5 * VD_SEC);
	(void)attempt(&c, &rule, false, 5 * VD_SEC);
	(void)attempt(&c, &rule, false, 0);
	CU_ASSERT_EQUAL(c.due, first + 20 * VD_SEC);
}

static void
grid_points_that_went_by_are_skipped(void)
{
	struct vd_health_check c = begun(&rule);
	vd_time first = c.due;

	(void)attempt(&c, &rule, true, 35 * VD_SEC);
	CU_ASSERT_EQUAL(c.due, first + 40 * VD_SEC);
	/* One that ends on a point of the grid: that point went by. */
	(void)attempt(&c, &rule, true, 10 * VD_SEC);
	CU_ASSERT_EQUAL(c.due, first + 60 * VD_SEC);
}

static void
down_it_is_attempted_every_delay_loop(void)
{
	struct vd_health_check c = down(&rule);
	vd_time first = c.due;

	for (uint64_t i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(c.due, first + i * rule.delay_loop);
		CU_ASSERT_EQUAL(attempt(&c, &rule, false, 200 * MS), VD_HEALTH_SAME);
		CU_ASSERT_FALSE(c.retrying);
	}
}

static void
hurries_and_keeps_the_grid(void)
{
	struct vd_health_check c = begun(&rule);
	vd_time first = c.due;

	(void)attempt(&c, &rule, true, 0);
	vd_health_check_hurry(&c, first + 4 * VD_SEC);
	CU_ASSERT_EQUAL(c.due, first + 4 * VD_SEC);
	(void)attempt(&c, &rule, true, 1 * VD_SEC);
	CU_ASSERT_EQUAL(c.due, first + 10 * VD_SEC);
	/* Before the first regular attempt, too; and one that ends after the next point skips it. */
	vd_health_check_hurry(&c, first + 9 * VD_SEC);
	(void)attempt(&c, &rule, true, 2 * VD_SEC);
	CU_ASSERT_EQUAL(c.due, first + 20 * VD_SEC);
	c = begun(&rule);
	vd_health_check_hurry(&c, START);
	CU_ASSERT_EQUAL(c.due, START);
	(void)attempt(&c, &rule, true, 10 * MS);
	CU_ASSERT_EQUAL(c.due, first);
}

static void
hurry_does_not_put_off_what_is_due(void)
{
	struct vd_health_check c = begun(&rule);
	vd_time first = c.due;

	vd_health_check_hurry(&c, first + VD_SEC);
	CU_ASSERT_EQUAL(c.due, first);
}

static void
a_hurried_failure_is_retried(void)
{
	struct vd_health_check c = begun(&rule);

	vd_health_check_hurry(&c, START);
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_TRUE(c.retrying);
	CU_ASSERT_EQUAL(c.due, START + rule.delay_before_retry);
	vd_health_check_hurry(&c, START + VD_SEC);
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_SAME);
	CU_ASSERT_EQUAL(attempt(&c, &rule, false, 0), VD_HEALTH_DOWN);
}

static void
delay_loop_0_goes_on(void)
{
	struct vd_health_rule r = {0};
	struct vd_health_check c = begun(&r);
	vd_time before = c.due;

	(void)attempt(&c, &r, true, 0);
	CU_ASSERT_TRUE(c.due > before);
}

/* ---- scripts ---- */

static const struct vd_health_script_rule script = {.interval = 2 * VD_SEC, .rise = 3, .fall = 2};

static struct vd_health_script
script_begun(const struct vd_health_script_rule *r)
{
	struct vd_health_script s;

	vd_health_script_begin(&s, r, START);
	return s;
}

/* Results as letters, changes as letters: g and b, U, D and a dot. */
static void
script_runs(struct vd_health_script *s, const struct vd_health_script_rule *r, const char *results,
		const char *changes)
{
	for (; *results != 0; results++, changes++) {
		enum vd_health_change c = vd_health_script_result(s, r, *results == 'g');

		CU_ASSERT_EQUAL(c,
				*changes == 'U'                   ? VD_HEALTH_UP
						: *changes == 'D' ? VD_HEALTH_DOWN
								  : VD_HEALTH_SAME);
		if (*changes != '.')
			CU_ASSERT_EQUAL(s->good, *changes == 'U');
	}
}

static void
the_first_result_decides_alone(void)
{
	struct vd_health_script s = script_begun(&script);

	CU_ASSERT_TRUE(s.good);
	CU_ASSERT_FALSE(s.checked);
	script_runs(&s, &script, "g", "U");
	CU_ASSERT_TRUE(s.checked);
	s = script_begun(&script);
	script_runs(&s, &script, "b", "D");
}

static void
init_fail_is_bad_until_a_success(void)
{
	struct vd_health_script_rule r = script;
	struct vd_health_script s;

	r.init_fail = true;
	s = script_begun(&r);
	CU_ASSERT_FALSE(s.good);
	script_runs(&s, &r, "g", "U");
	s = script_begun(&r);
	script_runs(&s, &r, "bggg", "D..U");
}

static void
fall_failures_in_a_row_are_bad(void)
{
	struct vd_health_script s = script_begun(&script);

	script_runs(&s, &script, "gbgbgbb", "U.....D");
}

static void
rise_successes_in_a_row_are_good(void)
{
	struct vd_health_script s = script_begun(&script);

	script_runs(&s, &script, "bggbggbgggbb", "D........U.D");
}

static void
rise_and_fall_0_are_1(void)
{
	struct vd_health_script_rule r = {.interval = VD_SEC};
	struct vd_health_script s = script_begun(&r);

	script_runs(&s, &r, "gbgb", "UDUD");
}

static void
runs_every_interval_from_the_start(void)
{
	struct vd_health_script s = script_begun(&script);

	CU_ASSERT_EQUAL(s.due, START);
	for (uint64_t i = 0; i < 100; i++) {
		CU_ASSERT_EQUAL(s.due, START + i * script.interval);
		vd_health_script_started(&s, &script, s.due + i * 15 * MS);
	}
}

static void
an_overrun_skips_runs(void)
{
	struct vd_health_script s = script_begun(&script);

	vd_health_script_started(&s, &script, START);
	/* Still running at 2 s: skipped. Control looked again at 7 s: 4 and 6 are gone. */
	vd_health_script_started(&s, &script, START + 2 * VD_SEC);
	CU_ASSERT_EQUAL(s.due, START + 4 * VD_SEC);
	vd_health_script_started(&s, &script, START + 7 * VD_SEC);
	CU_ASSERT_EQUAL(s.due, START + 8 * VD_SEC);
}

static const struct vd_test tests[] = {
		VD_TEST(begins_up_without_a_result),
		VD_TEST(begins_down_with_alpha),
		VD_TEST(waits_for_bootstrap_and_a_part_of_warmup),
		VD_TEST(is_down_after_retry_and_one_failures),
		VD_TEST(is_down_at_once_with_retry_0),
		VD_TEST(a_success_between_forgets_the_failures),
		VD_TEST(one_success_brings_it_up),
		VD_TEST(counts_failures_without_overflow),
		VD_TEST(retries_count_from_the_end_of_the_attempt),
		VD_TEST(the_grid_does_not_drift),
		VD_TEST(comes_back_to_the_grid_after_retries),
		VD_TEST(grid_points_that_went_by_are_skipped),
		VD_TEST(down_it_is_attempted_every_delay_loop),
		VD_TEST(hurries_and_keeps_the_grid),
		VD_TEST(hurry_does_not_put_off_what_is_due),
		VD_TEST(a_hurried_failure_is_retried),
		VD_TEST(delay_loop_0_goes_on),
		VD_TEST(the_first_result_decides_alone),
		VD_TEST(init_fail_is_bad_until_a_success),
		VD_TEST(fall_failures_in_a_row_are_bad),
		VD_TEST(rise_successes_in_a_row_are_good),
		VD_TEST(rise_and_fall_0_are_1),
		VD_TEST(runs_every_interval_from_the_start),
		VD_TEST(an_overrun_skips_runs),
};

VD_TEST_MAIN("health_rule", tests)
