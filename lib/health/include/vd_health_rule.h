/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_HEALTH_RULE_H
#define VD_HEALTH_RULE_H

/*
 * When a check or a tracked script runs next, and when its results change what is thought of it: keepalived's rules,
 * as plain functions over the caller's memory. No clock, no allocation. The probe thread drives them.
 *
 * Check: an attempt every delay_loop. While it counts as up, a failure is followed by up to `retry` more attempts, each
 * delay_before_retry after the end of the last; when the first and all of those failed it is down. While it is down,
 * attempts come every delay_loop, and the first success brings it up. Attempts of the regular grid do not drift: the
 * next is delay_loop after the one before was due, however long that took; grid points that went by are skipped.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_time.h"

/* Of the start, before the random part of warmup. */
#define VD_HEALTH_BOOTSTRAP (1 * VD_SEC)

enum vd_health_change {
	VD_HEALTH_SAME,
	VD_HEALTH_UP,
	VD_HEALTH_DOWN,
};

struct vd_health_rule {
	uint32_t retry;
	vd_time delay_loop, delay_before_retry, warmup;
	bool alpha; /* down until the first success */
};

struct vd_health_check {
	bool up;
	bool checked;      /* it had a result */
	bool retrying;     /* attempts after a failure, off the grid */
	uint32_t failures; /* in a row */
	vd_time due;       /* of the next attempt */
	vd_time grid;      /* of the regular attempt that the next ones count from */
};

/* random: 64 random bits, that choose the part of warmup. */
void vd_health_check_begin(struct vd_health_check *c, const struct vd_health_rule *r,
		uint64_t random, vd_time now);
/* At once, out of turn: the grid stays. */
void vd_health_check_hurry(struct vd_health_check *c, vd_time now);
/* An attempt ended at now; sets due. UP or DOWN if that changes the verdict. */
enum vd_health_change vd_health_check_result(
		struct vd_health_check *c, const struct vd_health_rule *r, bool good, vd_time now);

/*
 * Script: a run every interval; one that is still running when the next is due skips it. The first result decides alone;
 * afterwards `rise` successes or `fall` failures in a row change it. init_fail: bad until a success, else good.
 */
struct vd_health_script_rule {
	vd_time interval;
	uint32_t rise, fall;
	bool init_fail;
};

struct vd_health_script {
	bool good;
	bool checked;
	uint32_t row; /* results in a row that are against `good` */
	vd_time due;
};

void vd_health_script_begin(
		struct vd_health_script *s, const struct vd_health_script_rule *r, vd_time now);
/* The run that was due starts at now, or is skipped; sets due to the next grid point after now. */
void vd_health_script_started(
		struct vd_health_script *s, const struct vd_health_script_rule *r, vd_time now);
/* UP: good now; DOWN: bad now. The first result always tells: UP or DOWN. */
enum vd_health_change vd_health_script_result(
		struct vd_health_script *s, const struct vd_health_script_rule *r, bool good);

#endif
