/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules that all things share: when an attempt begins, its deadline, what its end means, who is told. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe_priv.h"
#include "vd_hash.h"
#include "vd_log.h"

#define OFFER_AGAIN (20 * VD_MSEC)
#define BUSY_AGAIN  (100 * VD_MSEC)

uint64_t
probe_random(struct vd_probe *p)
{
	p->random += 0x9e3779b97f4a7c15ull;
	return vd_mix64(p->random);
}

static bool
is_timed(const struct probe_thing *t)
{
	return t->ops->start != NULL;
}

static bool
is_script(const struct probe_thing *t)
{
	return t->kind == VD_PROBE_SCRIPT;
}

static bool
is_up(const struct probe_thing *t)
{
	if (t->kind == VD_PROBE_CHECK && is_timed(t))
		return t->check.up;
	return is_script(t) ? t->script.good : t->up;
}

/* ---- what is shown ---- */

static void
shown_state(struct probe_thing *t)
{
	bool up = is_up(t), words = t->kind != VD_PROBE_CHECK;

	t->shown.up = up;
	t->shown.running = t->running;
	if (t->suspended)
		t->shown.state = "suspended";
	else if (t->shown.last_run == 0 && !t->first_told)
		t->shown.state = "unchecked";
	else
		t->shown.state = words ? (up ? "good" : "bad") : (up ? "up" : "down");
	t->shown.next_run = is_timed(t) && vd_io_timer_is_set(&t->due) ? t->due.at : VD_TIME_NEVER;
}

static void
shown_start(struct probe_thing *t)
{
	pthread_mutex_lock(&t->p->lock);
	shown_state(t);
	pthread_mutex_unlock(&t->p->lock);
}

static void
shown_end(struct probe_thing *t, vd_time now, bool good, bool late, long code, const char *why)
{
	struct vd_probe_view *s = &t->shown;

	pthread_mutex_lock(&t->p->lock);
	s->runs++;
	s->failures += !good;
	s->timeouts += late;
	s->last_code = code;
	s->last_run = t->started;
	s->last_duration = now - t->started;
	s->value = t->value;
	snprintf(s->last_error, sizeof(s->last_error), "%s", good || why == NULL ? "" : why);
	t->p->stats.runs++;
	shown_state(t);
	pthread_mutex_unlock(&t->p->lock);
}

/* ---- telling ---- */

static bool
offer_once(struct probe_thing *t)
{
	const struct vd_probe_verdict v = {
			.kind = (uint32_t)t->kind,
			.slot = t->slot,
			.serial = t->serial,
			.up = is_up(t),
			.value = t->value,
	};

	t->first_told = true;
	return t->p->hooks.verdict(t->p->hooks.ctx, &v);
}

static void
on_unsent(struct vd_io_timer *timer)
{
	struct vd_probe *p = timer->ctx;
	size_t kept = 0;

	for (size_t i = 0; i < p->unsent.n; i++) {
		struct probe_thing *t = p->unsent.v[i];

		if (kept > 0 || !offer_once(t))
			p->unsent.v[kept++] = t;
		else
			t->unsent = false;
	}
	p->unsent.n = kept;
	if (kept > 0)
		vd_io_timer_set(p->loop, timer, vd_io_now() + OFFER_AGAIN, on_unsent, p);
}

/* In order: what waits longer is told first. What is told is what it is then. */
static void
offer(struct probe_thing *t)
{
	struct vd_probe *p = t->p;

	if (t->unsent || (p->unsent.n == 0 && offer_once(t)))
		return;
	t->unsent = true;
	vd_vec_push(&p->unsent, t);
	pthread_mutex_lock(&p->lock);
	p->stats.waited++;
	pthread_mutex_unlock(&p->lock);
	if (!vd_io_timer_is_set(&p->unsent_timer))
		vd_io_timer_set(p->loop, &p->unsent_timer, vd_io_now() + OFFER_AGAIN, on_unsent, p);
}

/* ---- attempts ---- */

static void on_due(struct vd_io_timer *timer);

static void
arm(struct probe_thing *t)
{
	if (t->suspended || !is_timed(t))
		return;
	vd_io_timer_set(t->p->loop, &t->due, is_script(t) ? t->script.due : t->check.due, on_due,
			t);
}

static void
on_deadline(struct vd_io_timer *timer)
{
	struct probe_thing *t = timer->ctx;
	bool good = t->ops->is_good_when_late != NULL && t->ops->is_good_when_late(t);

	t->ops->cancel(t);
	if (good) {
		probe_end(t, true, PROBE_NO_CODE, -1, NULL);
		return;
	}
	probe_bad(t, PROBE_NO_CODE, "timed out after %g s%s%s", (double)t->timeout / (double)VD_SEC,
			t->waiting != NULL ? " waiting for " : "",
			t->waiting != NULL ? t->waiting : "");
}

/* The run that is due is left out. */
static void
skip(struct probe_thing *t)
{
	vd_time now = vd_io_loop_now(t->p->loop);

	if (is_script(t))
		vd_health_script_started(&t->script, &t->script_rule, now);
	else
		t->check.due = now + BUSY_AGAIN;
	arm(t);
	pthread_mutex_lock(&t->p->lock);
	t->shown.skipped++;
	shown_state(t);
	pthread_mutex_unlock(&t->p->lock);
}

static void
on_due(struct vd_io_timer *timer)
{
	struct probe_thing *t = timer->ctx;
	vd_time now = vd_io_loop_now(t->p->loop), late = now - timer->at;

	if (t->running || (t->ops->is_busy != NULL && t->ops->is_busy(t))) {
		skip(t);
		return;
	}
	t->running = true;
	t->started = now;
	t->waiting = NULL;
	t->confirm |= t->hurry;
	t->hurry = false;
	if (is_script(t)) {
		vd_health_script_started(&t->script, &t->script_rule, now);
		arm(t);
	}
	shown_start(t);
	pthread_mutex_lock(&t->p->lock);
	t->p->stats.late_max = VD_MAX(t->p->stats.late_max, late);
	pthread_mutex_unlock(&t->p->lock);
	vd_io_timer_set(t->p->loop, &t->deadline, now + t->timeout, on_deadline, t);
	if (t->broken != NULL)
		probe_bad(t, PROBE_NO_CODE, "%s", t->broken);
	else
		t->ops->start(t);
}

static bool
result(struct probe_thing *t, bool good, vd_time now)
{
	enum vd_health_change change;

	if (is_script(t)) {
		change = vd_health_script_result(&t->script, &t->script_rule, good);
	} else {
		change = vd_health_check_result(&t->check, &t->rule, good, now);
		if (t->hurry)
			vd_health_check_hurry(&t->check, now);
		arm(t);
	}
	if (change == VD_HEALTH_SAME)
		return false;
	pthread_mutex_lock(&t->p->lock);
	t->shown.changes++;
	pthread_mutex_unlock(&t->p->lock);
	return true;
}

static void
log_failure(const struct probe_thing *t, const char *why)
{
	vd_log(VD_LOG_INFO, "%s of %s for %s failed: %s", t->ops->type, t->shown.real_server,
			t->shown.virtual_server, why);
}

void
probe_end(struct probe_thing *t, bool good, long code, int64_t value, const char *why)
{
	/* Not the turn's beginning: the attempt has taken its time. */
	vd_time now = vd_io_now();
	bool late = !vd_io_timer_is_set(&t->deadline), changed, moved;

	vd_io_timer_cancel(t->p->loop, &t->deadline);
	t->running = false;
	moved = value >= 0 && value != t->value;
	if (value >= 0)
		t->value = value;
	changed = result(t, good, now);
	shown_end(t, now, good, late && !good, code, why);
	if (!good && t->log_all && why != NULL)
		log_failure(t, why);
	if (changed || moved || !t->first_told || (t->confirm && good))
		offer(t);
	if (good)
		t->confirm = false;
}

void
probe_part(struct probe_thing *t, long code)
{
	vd_time now = vd_io_now();

	vd_io_timer_cancel(t->p->loop, &t->deadline);
	t->running = false;
	(void)result(t, t->check.up, now);
	shown_end(t, now, true, false, code, NULL);
}

void
probe_bad(struct probe_thing *t, long code, const char *fmt, ...)
{
	struct vd_strbuf why = {0};
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(&why, fmt, ap);
	va_end(ap);
	probe_end(t, false, code, -1, why.s);
	vd_strbuf_free(&why);
}

void
probe_tell(struct probe_thing *t, bool up, int64_t value, const char *why)
{
	bool first = !t->first_told, changed = first || up != t->up || value != t->value;
	struct vd_probe_view *s = &t->shown;

	if (!first && changed && up != t->up)
		s->changes++;
	t->up = up;
	t->value = value;
	if (changed)
		offer(t);
	pthread_mutex_lock(&t->p->lock);
	s->runs++;
	s->failures += !up;
	s->value = value;
	s->last_run = vd_io_now();
	snprintf(s->last_error, sizeof(s->last_error), "%s", why != NULL ? why : "");
	shown_state(t);
	pthread_mutex_unlock(&t->p->lock);
}

/* ---- beginning and end of a thing ---- */

void
probe_thing_begin(struct probe_thing *t)
{
	vd_time now = vd_io_now();

	if (is_script(t))
		vd_health_script_begin(&t->script, &t->script_rule, now);
	else if (is_timed(t))
		vd_health_check_begin(&t->check, &t->rule, probe_random(t->p), now);
	if (t->ops->begin != NULL)
		t->ops->begin(t);
	arm(t);
	shown_start(t);
}

void
probe_thing_stop(struct probe_thing *t)
{
	struct vd_probe *p = t->p;
	size_t kept = 0;

	vd_io_timer_cancel(p->loop, &t->due);
	vd_io_timer_cancel(p->loop, &t->deadline);
	if (t->running && t->ops->cancel != NULL)
		t->ops->cancel(t);
	t->running = false;
	if (!t->unsent)
		return;
	for (size_t i = 0; i < p->unsent.n; i++)
		if (p->unsent.v[i] != t)
			p->unsent.v[kept++] = p->unsent.v[i];
	p->unsent.n = kept;
	t->unsent = false;
}

void
probe_thing_free(struct probe_thing *t)
{
	if (t->ops->free != NULL)
		t->ops->free(t);
	free(t->broken);
	free(t);
}

void
probe_thing_suspend(struct probe_thing *t, bool on)
{
	if (t->suspended == on)
		return;
	t->suspended = on;
	if (on) {
		bool unsent = t->unsent;

		vd_io_timer_cancel(t->p->loop, &t->due);
		vd_io_timer_cancel(t->p->loop, &t->deadline);
		if (t->running)
			t->ops->cancel(t);
		t->running = false;
		t->unsent = unsent;
	} else {
		arm(t);
	}
	shown_start(t);
}

void
probe_thing_hurry(struct probe_thing *t)
{
	if (!is_timed(t)) {
		/* Its state is what it is: that is the answer. */
		if (is_up(t))
			offer(t);
		return;
	}
	t->hurry = true;
	if (t->running)
		return;
	vd_health_check_hurry(&t->check, vd_io_now());
	arm(t);
	shown_start(t);
}
