/* SPDX-License-Identifier: BSD-3-Clause */
#include "health_priv.h"

bool
health_service_sorry(const struct health_service *s)
{
	return s->c.sorry_id != VD_HEALTH_NONE && !s->quorum;
}

uint32_t
health_sorry_flags(const struct health_service *s)
{
	if (health_service_sorry(s))
		return 0;
	return VD_LB_SERVER_DOWN | (s->c.sorry_inhibit ? 0 : VD_LB_SERVER_GONE);
}

uint64_t
health_service_gain(const struct health_service *s)
{
	return (uint64_t)s->c.quorum + s->c.hysteresis;
}

uint64_t
health_service_loss(const struct health_service *s)
{
	return s->c.quorum - VD_MIN(s->c.quorum, s->c.hysteresis);
}

bool
health_service_quorum(const struct health_service *s, bool before)
{
	return s->weight >= (before ? health_service_loss(s) : health_service_gain(s));
}

void
health_service_reckon(struct health_step *s, struct health_service *sv)
{
	bool quorum = health_service_quorum(sv, sv->quorum);

	if (quorum != sv->quorum) {
		sv->quorum = quorum;
		sv->since = s->now;
		if (sv->c.sorry_id != VD_HEALTH_NONE)
			health_queue_push(&s->c->posts, health_service_handle(s->c, sv));
		health_queue_push(&s->c->tells, health_service_handle(s->c, sv));
	}
	health_service_publish(sv);
}
