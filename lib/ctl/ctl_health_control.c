/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Health on the control lcore: verdicts of the probe in, flags to the workers and notices to main out. A verdict costs the
 * same whatever the number of servers.
 */
#include <errno.h>
#include <string.h>

#include "ctl_priv.h"

#define VERDICTS      16384
#define REQUESTS      65536
#define NOTICES       4096
#define VERDICTS_TURN 64
#define POSTS_TURN    512

/* A check to be run at once. */
struct request {
	uint32_t slot, serial;
};

int
ctl_health_rings(struct ctl_control *k)
{
	int socket = k->lcore->socket;
	int err = vd_rt_ring_create(&k->verdicts, "ctl.verdicts", VERDICTS,
			sizeof(struct vd_probe_verdict), socket);

	if (err == 0)
		err = vd_rt_ring_create(&k->requests, "ctl.requests", REQUESTS,
				sizeof(struct request), socket);
	if (err == 0)
		err = vd_rt_ring_create(&k->health_notices, "ctl.health", NOTICES,
				sizeof(struct vd_health_action), socket);
	return err;
}

void
ctl_health_rings_free(struct ctl_control *k)
{
	vd_rt_ring_free(&k->verdicts);
	vd_rt_ring_free(&k->requests);
	vd_rt_ring_free(&k->health_notices);
}

static void
verdict(struct ctl_control *k, const struct vd_probe_verdict *v, vd_time now)
{
	struct vd_director_event e = {
			.kind = VD_DIRECTOR_EVENT_VERDICT,
			.idx = v->slot,
			.serial = v->serial,
			.on = v->up,
			.value = v->value,
	};

	if (v->kind != VD_PROBE_CHECK) {
		e.kind = VD_DIRECTOR_EVENT_TRACK;
		e.idx = CTL_TRACK_THING + v->slot;
	}
	(void)vd_director_step(k->director, &e, now, &k->actions, NULL);
	ctl_actions_run(k, now);
}

void
ctl_health_verdicts(struct ctl_control *k, vd_time now, bool *work)
{
	struct vd_probe_verdict v[VERDICTS_TURN];
	unsigned int n = vd_rt_ring_get_burst(&k->verdicts, v, sizeof(v[0]), VERDICTS_TURN);

	for (unsigned int i = 0; i < n; i++)
		verdict(k, &v[i], now);
	*work |= n != 0;
}

void
ctl_health_action(struct ctl_control *k, const struct vd_health_action *a)
{
	struct request r = {a->slot, a->serial};

	if (a->kind == VD_HEALTH_ACT_HURRY) {
		(void)vd_rt_ring_put(&k->requests, &r, sizeof(r)); /* counted when full */
	} else if (!vd_rt_ring_put(&k->health_notices, a, sizeof(*a))) {
		vd_store_release(&k->health_notices_lost, 1);
	}
	k->told = true; /* main wakes the probe: that one may come and go */
}

bool
ctl_health_post(struct ctl_control *k)
{
	struct vd_health *h = vd_director_health(k->director);
	struct vd_dp_event e = {.type = VD_DP_EVENT_SERVER};
	unsigned int n = 0;

	while (vd_health_post(h, &e.server.id, &e.server.gen, &e.server.flags)) {
		if (n++ == POSTS_TURN && !k->priming)
			return false;
		/* To all or, later, to all once more: flags are absolute. */
		for (unsigned int w = 0; w < k->c->n_active; w++)
			if (vd_dp_worker_post(k->c->worker[w].dp, &e) != 0)
				return false;
		vd_health_posted(h);
	}
	return true;
}

/* ---- on the probe thread ---- */

bool
ctl_health_verdict(void *ctx, const struct vd_probe_verdict *v)
{
	struct vd_ctl *c = ctx;
	bool taken = vd_rt_ring_put(&c->control.verdicts, v, sizeof(*v));

	vd_rt_idle_wake(&c->control.idle);
	return taken;
}

bool
ctl_health_request(void *ctx, uint32_t *slot, uint32_t *serial)
{
	struct vd_ctl *c = ctx;
	struct request r;

	if (!vd_rt_ring_get(&c->control.requests, &r, sizeof(r)))
		return false;
	*slot = r.slot;
	*serial = r.serial;
	return true;
}
