/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_health_rule.h"

#include "vd_compiler.h"

/* The first of the points at, at + every, ... that is after now. */
static vd_time
grid_after(vd_time at, vd_time every, vd_time now)
{
	every = VD_MAX(every, VD_NSEC);
	if (at > now)
		return at;
	return at + ((now - at) / every + 1) * every;
}

/* ---- checks ---- */

void
vd_health_check_begin(struct vd_health_check *c, const struct vd_health_rule *r, uint64_t random,
		vd_time now)
{
	*c = (struct vd_health_check){.up = !r->alpha};
	c->grid = now + VD_HEALTH_BOOTSTRAP + (r->warmup == 0 ? 0 : random % r->warmup);
	c->due = c->grid;
}

void
vd_health_check_hurry(struct vd_health_check *c, vd_time now)
{
	c->due = VD_MIN(c->due, now);
}

static void
check_to_grid(struct vd_health_check *c, const struct vd_health_rule *r, vd_time now)
{
	c->retrying = false;
	c->grid = grid_after(c->grid, r->delay_loop, now);
	c->due = c->grid;
}

enum vd_health_change
vd_health_check_result(
		struct vd_health_check *c, const struct vd_health_rule *r, bool good, vd_time now)
{
	bool was = c->up;

	c->checked = true;
	if (good)
		c->failures = 0;
	else if (c->failures < UINT32_MAX)
		c->failures++;
	if (!good && was && c->failures <= r->retry) {
		c->retrying = true;
		c->due = now + r->delay_before_retry;
		return VD_HEALTH_SAME;
	}
	c->up = good;
	check_to_grid(c, r, now);
	if (c->up == was)
		return VD_HEALTH_SAME;
	return c->up ? VD_HEALTH_UP : VD_HEALTH_DOWN;
}

/* ---- scripts ---- */

void
vd_health_script_begin(
		struct vd_health_script *s, const struct vd_health_script_rule *r, vd_time now)
{
	*s = (struct vd_health_script){.good = !r->init_fail, .due = now};
}

void
vd_health_script_started(
		struct vd_health_script *s, const struct vd_health_script_rule *r, vd_time now)
{
	s->due = grid_after(s->due, r->interval, now);
}

enum vd_health_change
vd_health_script_result(
		struct vd_health_script *s, const struct vd_health_script_rule *r, bool good)
{
	bool first = !s->checked;

	s->checked = true;
	if (!first && good == s->good) {
		s->row = 0;
		return VD_HEALTH_SAME;
	}
	if (!first && ++s->row < (good ? r->rise : r->fall))
		return VD_HEALTH_SAME;
	s->row = 0;
	s->good = good;
	return good ? VD_HEALTH_UP : VD_HEALTH_DOWN;
}
