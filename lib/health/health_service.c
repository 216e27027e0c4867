/* SPDX-License-Identifier: BSD-3-Clause */
#include "health_priv.h"

bool
health_service_sorry(const struct health_service *s)
{
	return s->c.sorry_id != VD_HEALTH_NONE && !s->quorum.up;
}

uint32_t
health_sorry_flags(const struct health_service *s)
{
	if (health_service_sorry(s))
		return 0;
	return VD_LB_SERVER_DOWN | (s->c.sorry_inhibit ? 0 : VD_LB_SERVER_GONE);
}

static uint64_t
threshold(const struct health_service *s)
{
	if (s->quorum.up)
		return s->c.quorum - VD_MIN(s->c.quorum, s->c.hysteresis);
	return (uint64_t)s->c.quorum + s->c.hysteresis;
}

bool
health_service_quorum(struct health_service *s, vd_time now)
{
	struct health_quorum next = {
			.up = s->weight >= threshold(s),
			.since = now,
			.weight = s->weight,
			.threshold = threshold(s),
	};

	if (next.up == s->quorum.up)
		return false;
	s->quorum = next;
	return true;
}

void
health_service_reckon(struct health_step *s, struct health_service *sv)
{
	if (health_service_quorum(sv, s->now)) {
		if (sv->c.sorry_id != VD_HEALTH_NONE)
			health_queue_push(&s->c->posts, health_service_handle(s->c, sv));
		health_queue_push(&s->c->tells, health_service_handle(s->c, sv));
	}
	health_service_publish(sv);
}
