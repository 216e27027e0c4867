/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The recent events of `show log`: every line of the log at level info or above, in a ring of the newest. The log is
 * written by main and, at start and stop, by EAL's own threads: hence the lock.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "ctl_priv.h"
#include "vd_io_log.h"

static struct ctl_events {
	pthread_mutex_t lock;
	struct {
		uint64_t wall_ns;
		enum vd_log_level level;
		char *text;
	} ring[CTL_EVENTS];
	uint64_t n;
} events = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
event_add(void *ctx, enum vd_log_level level, const char *text)
{
	struct timespec ts;
	size_t i;

	(void)ctx;
	if (level > VD_LOG_INFO)
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	pthread_mutex_lock(&events.lock);
	i = events.n++ % CTL_EVENTS;
	free(events.ring[i].text);
	events.ring[i].wall_ns = (uint64_t)ts.tv_sec * VD_SEC + (uint64_t)ts.tv_nsec;
	events.ring[i].level = level;
	events.ring[i].text = vd_xstrdup(text);
	pthread_mutex_unlock(&events.lock);
}

void
ctl_events_start(void)
{
	vd_io_log_tap(event_add, NULL);
}

void
ctl_events_stop(void)
{
	vd_io_log_tap(NULL, NULL);
	pthread_mutex_lock(&events.lock);
	for (size_t i = 0; i < CTL_EVENTS; i++) {
		free(events.ring[i].text);
		events.ring[i].text = NULL;
	}
	events.n = 0;
	pthread_mutex_unlock(&events.lock);
}

void
vd_ctl_events(struct vd_ctl *c, size_t n, void (*fn)(void *ctx, const struct vd_ctl_event *e),
		void *ctx)
{
	struct vd_ctl_event e;
	uint64_t from;

	(void)c;
	pthread_mutex_lock(&events.lock);
	from = events.n > CTL_EVENTS ? events.n - CTL_EVENTS : 0;
	if (events.n - from > n)
		from = events.n - n;
	for (uint64_t i = from; i < events.n; i++) {
		e.wall_ns = events.ring[i % CTL_EVENTS].wall_ns;
		e.level = events.ring[i % CTL_EVENTS].level;
		e.text = events.ring[i % CTL_EVENTS].text;
		fn(ctx, &e);
	}
	pthread_mutex_unlock(&events.lock);
}
