/* SPDX-License-Identifier: BSD-3-Clause */
#include "lb_priv.h"

static const struct {
	const char *word, *text;
} reasons[VD_LB_REASON_N] = {
#define VD_X(id, word, text) {word, text},
		VD_LB_REASONS(VD_X)
#undef VD_X
};

const char *
vd_lb_reason_word(enum vd_lb_reason r)
{
	return (unsigned)r < VD_LB_REASON_N ? reasons[r].word : "?";
}

const char *
vd_lb_reason_text(enum vd_lb_reason r)
{
	return (unsigned)r < VD_LB_REASON_N ? reasons[r].text : "?";
}

static bool
is_hash(const struct vd_lb_service *svc)
{
	return svc->scheduler == VD_SCHEDULER_SH || svc->scheduler == VD_SCHEDULER_MH;
}

void
lb_choose(const struct vd_lb_worker *w, const struct vd_lb_service *svc,
		struct vd_lb_service_state *st, const struct vd_lb_client *client,
		struct lb_turns *turns, struct lb_choice *out)
{
	struct lb_choosing ch = {.w = w, .svc = svc, .dry = turns != NULL, .turns = turns};

	*out = (struct lb_choice){.why = VD_LB_REASON_SORRY};
	if (vd_unlikely(svc->sorry != NULL)) {
		out->server = lb_pick_sorry(w, svc, ch.dry);
		if (out->server != NULL)
			return;
	}
	out->why = VD_LB_REASON_NO_SERVERS;
	if (vd_unlikely(svc->total == 0))
		return;
	out->why = VD_LB_REASON_ALL_DOWN;
	/* Known to be hopeless since: a flood of SYNs does not make us look at every server each time. */
	if (vd_unlikely(st->none_epoch == lb_epoch(w, svc)))
		return;
	if (is_hash(svc))
		out->server = lb_pick_hash(&ch, client, &out->place);
	else if (svc->scheduler == VD_SCHEDULER_LC || svc->scheduler == VD_SCHEDULER_WLC)
		out->server = lb_pick_least(&ch, st);
	else
		out->server = lb_pick_rotation(&ch, st);
	if (vd_likely(out->server != NULL))
		out->why = VD_LB_REASON_CHOSEN;
	else if (ch.met_overload)
		out->why = VD_LB_REASON_OVERLOADED;
	else
		st->none_epoch = lb_epoch(w, svc);
}

struct vd_lb_service_state
lb_service_state(const struct vd_lb_worker *w, const struct vd_lb_service *svc)
{
	const struct vd_lb_service_state *st = vd_lb_worker_service(w, svc->id);
	struct vd_lb_service_state fresh = {.gen = svc->gen};

	if (st->gen == svc->gen)
		return *st;
	if (w->index != 0 && svc->total != 0)
		fresh.cursor = vd_hash_u64((uint64_t)w->index << 32 | svc->id, w->seed) %
				svc->total;
	return fresh;
}

const struct vd_lb_server *
vd_lb_schedule(struct vd_lb_worker *w, const struct vd_lb_service *svc,
		const struct vd_lb_client *client, enum vd_lb_reason *why)
{
	struct vd_lb_service_state *st = vd_lb_worker_service(w, svc->id);
	struct lb_choice choice;

	if (vd_unlikely(st->gen != svc->gen))
		*st = lb_service_state(w, svc);
	lb_choose(w, svc, st, client, NULL, &choice);
	if (choice.server == NULL)
		st->refused++;
	if (why != NULL)
		*why = choice.why;
	return choice.server;
}

const struct vd_lb_server *
vd_lb_schedule_stateless(const struct vd_lb_worker *w, const struct vd_lb_service *svc,
		const struct vd_lb_client *client, enum vd_lb_reason *why)
{
	struct lb_choosing ch = {.w = w, .svc = svc, .dry = true};
	enum vd_lb_reason reason = VD_LB_REASON_SORRY;
	const struct vd_lb_server *srv = svc->sorry == NULL ? NULL : lb_pick_sorry(w, svc, true);
	uint64_t place;

	if (srv == NULL && svc->total != 0) {
		srv = lb_pick_hash(&ch, client, &place);
		reason = srv != NULL              ? VD_LB_REASON_CHOSEN
				: ch.met_overload ? VD_LB_REASON_OVERLOADED
						  : VD_LB_REASON_ALL_DOWN;
	} else if (srv == NULL) {
		reason = VD_LB_REASON_NO_SERVERS;
	}
	if (why != NULL)
		*why = reason;
	return srv;
}
