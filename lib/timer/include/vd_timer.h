/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_TIMER_H
#define VD_TIMER_H

/*
 * Deadlines of many things: a binary heap over handles 0 to capacity - 1, each with at most one
 * deadline. Setting, moving and cancelling are O(log n), the next deadline O(1). Equal deadlines
 * come out in the order in which they were set. No allocation after creation, no clock: time is an
 * argument. One owner thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_alloc.h"
#include "vd_time.h"

struct vd_timer_heap;

/* NULL when memory is out or capacity is 0. */
struct vd_timer_heap *vd_timer_create(uint32_t capacity, const struct vd_alloc *alloc);
void vd_timer_destroy(struct vd_timer_heap *h); /* NULL is fine */

/* Sets or moves the deadline of a handle; VD_TIME_NEVER cancels it. */
void vd_timer_set(struct vd_timer_heap *h, uint32_t handle, vd_time at);
void vd_timer_cancel(struct vd_timer_heap *h, uint32_t handle);
/* The deadline of a handle, or VD_TIME_NEVER. */
vd_time vd_timer_get(const struct vd_timer_heap *h, uint32_t handle);
/* The earliest deadline, or VD_TIME_NEVER. */
vd_time vd_timer_next(const struct vd_timer_heap *h);
/* Takes out the earliest deadline that is not after now: true with its handle. */
bool vd_timer_pop(struct vd_timer_heap *h, vd_time now, uint32_t *handle);
uint32_t vd_timer_count(const struct vd_timer_heap *h);

#endif
