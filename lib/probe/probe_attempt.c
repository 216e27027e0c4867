/* SPDX-License-Identifier: BSD-3-Clause */
/* When attempts begin and end, and what their results mean. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe_priv.h"
#include "vd_compiler.h"
#include "vd_io_clock.h"
#include "vd_log.h"

#define NOT_RUN_PAUSE VD_SEC /* at least, before it is tried again */

static void on_due(struct vd_io_timer *timer);

static bool
is_attempted(const struct probe_thing *t)
{
	return t->def->broken == NULL && t->def->type->begin != NULL;
}

/* ---- what views see ---- */

static void
error_set(struct probe_pub *pub, const char *why)
{
	snprintf(pub->last_error, sizeof(pub->last_error), "%s", why == NULL ? "" : why);
}

static void
publish_next(struct probe_thing *t, vd_time next)
{
	pthread_mutex_lock(&t->p->lock);
	t->pub.next_run = next;
	t->pub.suspended = t->suspended;
	t->pub.running = t->running;
	pthread_mutex_unlock(&t->p->lock);
}

static void
publish_begin(struct probe_thing *t, vd_time late)
{
	struct vd_probe_stats *s = &t->p->stats;

	pthread_mutex_lock(&t->p->lock);
	t->pub.running = true;
	t->pub.last_run = t->began;
	s->late_max = VD_MAX(s->late_max, late);
	pthread_mutex_unlock(&t->p->lock);
}

struct outcome {
	enum probe_result r;
	long code;
	int64_t value;
	const char *why;
	bool up, checked, changed;
	uint64_t skipped;
};

static void
publish_end(struct probe_thing *t, const struct outcome *o, vd_time now)
{
	struct probe_pub *pub = &t->pub;

	pthread_mutex_lock(&t->p->lock);
	pub->running = false;
	error_set(pub, o->r == PROBE_GOOD ? NULL : o->why);
	if (o->r != PROBE_NOT_RUN) {
		pub->up = o->up;
		pub->checked = o->checked;
		pub->value = o->value;
		pub->last_code = o->code;
		pub->last_duration = now - t->began;
		pub->runs++;
		pub->failures += o->r != PROBE_GOOD;
		pub->timeouts += o->r == PROBE_TIMEOUT;
		pub->changes += o->changed;
		t->p->stats.runs++;
	}
	pub->skipped += o->skipped;
	pthread_mutex_unlock(&t->p->lock);
}

static void
publish_skip(struct probe_thing *t)
{
	pthread_mutex_lock(&t->p->lock);
	t->pub.skipped++;
	pthread_mutex_unlock(&t->p->lock);
}

/* ---- when ---- */

static void
plan(struct probe_thing *t)
{
	vd_time at = t->def->kind == VD_PROBE_SCRIPT ? t->script.due : t->check.due;

	vd_io_timer_set(t->p->loop, &t->due, at, on_due, t);
	publish_next(t, at);
}

/* Points of a check's regular grid up to `at`. */
static uint64_t
grid_points(const struct probe_thing *t, vd_time at)
{
	vd_time every = VD_MAX(t->def->rule.delay_loop, VD_NSEC);

	return at < t->check.grid ? 0 : (at - t->check.grid) / every + 1;
}

static void
to_grid(struct probe_thing *t, vd_time now)
{
	t->check.retrying = false;
	t->check.due = t->check.grid +
			grid_points(t, now) * VD_MAX(t->def->rule.delay_loop, VD_NSEC);
}

/* Drops what runs; nobody is told. */
static void
attempt_drop(struct probe_thing *t)
{
	if (t->running)
		t->def->type->cancel(t);
	t->running = false;
	vd_io_timer_cancel(t->p->loop, &t->deadline);
	vd_io_timer_cancel(t->p->loop, &t->due);
}

static void
on_deadline(struct vd_io_timer *timer)
{
	struct probe_thing *t = timer->ctx;
	struct vd_strbuf *why = &t->p->why;
	const char *what = NULL;
	enum probe_result r = t->def->type->late(t, &what);

	vd_strbuf_reset(why);
	vd_strbuf_printf(why, "timed out after %g s waiting for %s",
			(double)t->def->timeout / (double)VD_SEC, what == NULL ? "" : what);
	t->def->type->cancel(t);
	probe_end(t, r, -1, -1, why->s);
}

static void
begin(struct probe_thing *t, vd_time due)
{
	t->began = vd_io_now();
	t->running = true;
	vd_io_timer_set(t->p->loop, &t->deadline, t->began + t->def->timeout, on_deadline, t);
	publish_begin(t, t->began > due ? t->began - due : 0);
	t->def->type->begin(t);
}

static void
script_due(struct probe_thing *t)
{
	vd_time due = t->script.due;
	bool busy = t->running || t->program != NULL;

	vd_health_script_started(&t->script, &t->def->script, vd_io_now());
	plan(t);
	if (busy)
		publish_skip(t);
	else
		begin(t, due);
}

static void
on_due(struct vd_io_timer *timer)
{
	struct probe_thing *t = timer->ctx;

	if (t->def->kind == VD_PROBE_SCRIPT) {
		script_due(t);
	} else if (t->program != NULL) {
		/* Timed out, and not gone yet. */
		publish_skip(t);
		to_grid(t, vd_io_now());
		plan(t);
	} else {
		begin(t, t->check.due);
	}
}

/* ---- results ---- */

/*
 * Several urls: one per attempt. While the check is up, any of them that fails retry + 1 times in a row brings it down; it
 * is up again when each of them was good, one after another.
 */
static enum vd_health_change
http_result(struct probe_thing *t, bool good, vd_time now)
{
	const struct probe_def *d = t->def;
	size_t n = d->http.urls.n;
	enum vd_health_change change;

	if (!good) {
		t->row = 0;
		return vd_health_check_result(&t->check, &d->rule, false, now);
	}
	t->step = (t->step + 1) % n;
	t->row = VD_MIN(t->row + 1, n);
	if (t->check.up || t->row == n) {
		change = vd_health_check_result(&t->check, &d->rule, true, now);
	} else {
		change = vd_health_check_result(&t->check, &d->rule, false, now);
		t->check.failures = 0;
	}
	if (d->http.fast_recovery && t->row < n && (!t->check.up || t->pub.runs < n))
		vd_health_check_hurry(&t->check, now);
	return change;
}

/* Several hosts: one after another, and all must be good. True: the next one's turn. */
static bool
smtp_goes_on(struct probe_thing *t, bool good)
{
	if (t->def->type != &probe_type_smtp)
		return false;
	if (good && t->step + 1 < t->def->smtp.hosts.n) {
		t->step++;
		return true;
	}
	if (good)
		t->step = 0;
	return false;
}

static enum vd_health_change
check_result(struct probe_thing *t, bool good, vd_time now)
{
	enum vd_health_change change;

	if (t->def->type == &probe_type_http || t->def->type == &probe_type_ssl)
		return http_result(t, good, now);
	change = vd_health_check_result(&t->check, &t->def->rule, good, now);
	if (!t->check.up)
		t->step = 0;
	return change;
}

/* Does main have to hear of it? While a failure is being tried again, nothing is certain. */
static bool
check_tells(struct probe_thing *t, enum vd_health_change change, bool first, bool weight)
{
	if (t->again) {
		t->again = false;
		vd_health_check_hurry(&t->check, vd_io_now());
	} else if (t->confirm && !t->check.retrying) {
		t->confirm = false;
		return true;
	}
	return change != VD_HEALTH_SAME || (first && !t->check.retrying) || weight;
}

static void
check_end(struct probe_thing *t, struct outcome *o, vd_time now)
{
	bool good = o->r == PROBE_GOOD, first = !t->pub.checked, weight = false;
	enum vd_health_change change = VD_HEALTH_SAME;

	o->skipped = grid_points(t, now) - grid_points(t, t->began);
	if (o->r == PROBE_NOT_RUN) {
		t->again = false;
		t->check.due = now + VD_MAX(t->def->rule.delay_before_retry, NOT_RUN_PAUSE);
	} else if (smtp_goes_on(t, good)) {
		t->check.due = now;
		o->checked = !first;
		o->up = t->check.up;
		publish_end(t, o, now);
		return;
	} else {
		change = check_result(t, good, now);
		weight = o->value >= 0 && o->value != t->pub.value;
	}
	o->up = t->check.up;
	o->checked = !first || !t->check.retrying;
	o->changed = change != VD_HEALTH_SAME;
	publish_end(t, o, now);
	if (o->r != PROBE_NOT_RUN && check_tells(t, change, first, weight))
		probe_offer(t);
}

static void
script_end(struct probe_thing *t, struct outcome *o, vd_time now)
{
	enum vd_health_change change = VD_HEALTH_SAME;

	if (o->r != PROBE_NOT_RUN)
		change = vd_health_script_result(&t->script, &t->def->script, o->r == PROBE_GOOD);
	o->up = t->script.good;
	o->checked = t->script.checked;
	o->changed = change != VD_HEALTH_SAME && t->pub.checked;
	publish_end(t, o, now);
	if (change != VD_HEALTH_SAME)
		probe_offer(t);
}

void
probe_end(struct probe_thing *t, enum probe_result r, long code, int64_t weight, const char *why)
{
	struct outcome o = {.r = r, .code = code, .value = weight, .why = why};
	vd_time now = vd_io_now();

	vd_io_timer_cancel(t->p->loop, &t->deadline);
	t->running = false;
	if (t->def->kind == VD_PROBE_SCRIPT) {
		script_end(t, &o, now);
		return;
	}
	check_end(t, &o, now);
	if (r != PROBE_GOOD && t->def->log_all && why != NULL)
		vd_log(VD_LOG_INFO, "%s of %s for %s failed: %s", t->def->type->name, t->def->rs,
				t->def->vs, why);
	plan(t);
}

/* What we lack: descriptors, memory, ports. */
static bool
is_short(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM || err == EAGAIN ||
			err == ENOSPC || err == EADDRNOTAVAIL;
}

void
probe_end_local(struct probe_thing *t, const char *what, int err)
{
	char text[sizeof(t->pub.last_error)];

	snprintf(text, sizeof(text), "not run: %s: %s", what, strerror(err));
	probe_end(t, PROBE_NOT_RUN, -1, -1, text);
}

void
probe_end_errno(struct probe_thing *t, const char *what, int err)
{
	char text[sizeof(t->pub.last_error)];

	if (is_short(err)) {
		probe_end_local(t, what, err);
		return;
	}
	snprintf(text, sizeof(text), "%s: %s", what, strerror(err));
	probe_end(t, PROBE_BAD, -1, -1, text);
}

void
probe_state(struct probe_thing *t, bool up, int64_t value, const char *why)
{
	struct probe_pub *pub = &t->pub;
	bool changed = pub->checked &&
			(t->def->kind == VD_PROBE_FILE ? pub->value != value : pub->up != up);
	bool tell = changed || !pub->checked ||
			(pub->value != value && t->def->kind == VD_PROBE_CHECK);

	pthread_mutex_lock(&t->p->lock);
	pub->last_run = vd_io_now();
	pub->runs += tell;
	pub->failures += tell && !up;
	pub->changes += changed;
	pub->up = up;
	pub->checked = true;
	pub->value = value;
	error_set(pub, why);
	pthread_mutex_unlock(&t->p->lock);
	if (tell)
		probe_offer(t);
}

/* ---- life ---- */

/* What it counts as until it has a result. */
static void
publish_start(struct probe_thing *t, bool up)
{
	pthread_mutex_lock(&t->p->lock);
	t->pub.up = up;
	pthread_mutex_unlock(&t->p->lock);
}

static void
broken_begin(struct probe_thing *t)
{
	pthread_mutex_lock(&t->p->lock);
	t->pub.checked = true;
	error_set(&t->pub, t->def->broken);
	pthread_mutex_unlock(&t->p->lock);
	probe_offer(t);
}

void
probe_thing_begin(struct probe_thing *t)
{
	struct probe_def *d = t->def;
	vd_time now = vd_io_now();

	if (d->broken != NULL) {
		broken_begin(t);
	} else if (d->kind == VD_PROBE_SCRIPT) {
		vd_health_script_begin(&t->script, &d->script, now);
		publish_start(t, t->script.good);
		plan(t);
	} else if (is_attempted(t)) {
		vd_health_check_begin(&t->check, &d->rule, vd_rng_next(&t->p->rng), now);
		publish_start(t, t->check.up);
		plan(t);
	} else if (d->type->watch != NULL) {
		d->type->watch(t);
	}
}

void
probe_thing_free(struct probe_thing *t)
{
	attempt_drop(t);
	probe_program_leave(t);
	if (t->def->broken == NULL && t->def->type->unwatch != NULL && t->file != NULL)
		t->def->type->unwatch(t);
	probe_offer_forget(t);
	probe_def_free(t->def);
	free(t);
}

void
probe_thing_hurry(struct probe_thing *t)
{
	if (!is_attempted(t)) {
		if (t->pub.checked)
			probe_offer(t);
		return;
	}
	t->confirm = true;
	t->again = t->running;
	if (t->running || t->suspended)
		return;
	vd_health_check_hurry(&t->check, vd_io_now());
	plan(t);
}

void
probe_thing_suspend(struct probe_thing *t, bool on)
{
	if (t->suspended == on)
		return;
	t->suspended = on;
	if (!is_attempted(t)) {
		publish_next(t, VD_TIME_NEVER);
		if (!on && t->file != NULL)
			t->def->type->watch(t);
	} else if (on) {
		attempt_drop(t);
		publish_next(t, VD_TIME_NEVER);
	} else {
		t->again = false;
		to_grid(t, vd_io_now());
		if (t->confirm)
			vd_health_check_hurry(&t->check, vd_io_now());
		plan(t);
	}
}
