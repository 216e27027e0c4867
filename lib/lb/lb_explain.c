/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>

#include "lb_priv.h"
#include "vd_lb_explain.h"

/* Places are kept free for the steps that end the story. */
#define LAST_STEPS 3u

static void
step(struct vd_lb_explanation *x, enum vd_lb_step_kind kind, uint64_t a, uint64_t b)
{
	if (x->n_steps < VD_LB_EXPLAIN_STEPS)
		x->steps[x->n_steps++] = (struct vd_lb_step){kind, a, b};
}

static uint64_t
connections(const struct vd_lb_worker *w, const struct vd_lb_server *srv)
{
	const struct vd_lb_server_state *st = vd_lb_worker_server(w, srv->id);

	return st->gen == srv->gen ? (uint64_t)st->active << 32 | st->inactive : 0;
}

/* Those that cannot be chosen, and for lc and wlc the others' loads; what does not fit is counted. */
static void
tell_servers(struct vd_lb_explanation *x, const struct vd_lb_worker *w,
		const struct vd_lb_service *svc)
{
	bool loads = svc->scheduler == VD_SCHEDULER_LC || svc->scheduler == VD_SCHEDULER_WLC;
	uint32_t usable = 0, more = 0;
	unsigned at = x->n_steps;

	step(x, VD_LB_STEP_SCHEDULER, svc->scheduler, 0);
	for (uint32_t i = 0; i < svc->n_servers; i++) {
		const struct vd_lb_server *srv = &svc->servers[i];
		uint32_t flags = lb_server_flags(w, srv);
		bool bad = (flags & (VD_LB_SERVER_UNUSABLE | VD_LB_SERVER_OVERLOAD)) != 0;
		bool room = x->n_steps < VD_LB_EXPLAIN_STEPS - LAST_STEPS;

		usable += srv->weight != 0 && !bad;
		if (srv->weight != 0 && !bad && (flags & LB_SHARED) != 0 && room)
			step(x, VD_LB_STEP_SLOW, srv->id, VD_LB_SERVER_SHARE_OF(flags));
		if (srv->weight != 0 && !bad && !loads)
			continue;
		room = x->n_steps < VD_LB_EXPLAIN_STEPS - LAST_STEPS;
		if (!room)
			more++;
		else if (srv->weight == 0)
			step(x, VD_LB_STEP_WEIGHT_ZERO, srv->id, 0);
		else if (bad)
			step(x, VD_LB_STEP_SKIPPED, srv->id, flags);
		else
			step(x, VD_LB_STEP_LOAD, srv->id, connections(w, srv));
	}
	if (more != 0)
		step(x, VD_LB_STEP_MORE, more, 0);
	x->steps[at].b = usable;
}

void
vd_lb_explain(const struct vd_lb_snapshot *s, const struct vd_lb_worker *w,
		const struct vd_lb_client *client, const struct vd_lb_listener *target,
		struct vd_lb_explanation *out)
{
	const uint8_t port[2] = {(uint8_t)(target->port >> 8), (uint8_t)target->port};
	const struct vd_lb_vip *vip = vd_lb_find_vip(s, &target->addr);
	const struct vd_lb_service *svc;
	struct vd_lb_service_state st;
	struct lb_turns turns = {.n = 0};
	struct lb_choice choice;
	uint16_t port_be;

	memset(out, 0, sizeof(*out));
	memcpy(&port_be, port, sizeof(port_be));
	out->client = *client;
	out->target = *target;
	out->service = out->server = VD_LB_NONE;
	out->reason = VD_LB_REASON_NO_SERVERS;
	if (vip == NULL) {
		step(out, VD_LB_STEP_NOT_VIP, 0, 0);
		return;
	}
	out->is_vip = true;
	out->lease = vip->lease;
	step(out, VD_LB_STEP_VIP, vip->lease, 0);
	svc = vd_lb_find_service(s, &target->addr, port_be, target->protocol);
	if (svc == NULL) {
		step(out, VD_LB_STEP_NO_SERVICE, 0, 0);
		return;
	}
	out->service = svc->id;
	step(out, VD_LB_STEP_SERVICE, svc->id, 0);
	tell_servers(out, w, svc);
	st = lb_service_state(w, svc);
	lb_choose(w, svc, &st, client, &turns, &choice);
	out->reason = choice.why;
	if (choice.why == VD_LB_REASON_SORRY) {
		out->server = choice.server->id;
		step(out, VD_LB_STEP_SORRY, choice.server->id, 0);
		return;
	}
	if (svc->total != 0 &&
			(svc->scheduler == VD_SCHEDULER_SH || svc->scheduler == VD_SCHEDULER_MH))
		step(out, VD_LB_STEP_HASH, choice.place,
				svc->table != NULL ? svc->table_size : svc->total);
	if (choice.server == NULL) {
		step(out, VD_LB_STEP_REFUSED, choice.why, 0);
		return;
	}
	out->server = choice.server->id;
	step(out, VD_LB_STEP_SERVER, choice.server->id, choice.server->weight);
}

static void
put_server(const struct vd_lb_snapshot *s, uint64_t id, struct vd_strbuf *out)
{
	const struct vd_lb_server *srv = vd_lb_server_by_id(s, (uint32_t)id);
	char text[VD_ENDPOINT_STR];
	struct vd_endpoint ep;

	if (srv == NULL) {
		vd_strbuf_printf(out, "server number %" PRIu64, id);
		return;
	}
	ep.addr = srv->addr;
	ep.port = srv->port;
	vd_strbuf_puts(out, vd_endpoint_format(&ep, text, sizeof(text)));
}

static void
put_service(const struct vd_lb_snapshot *s, uint64_t id, struct vd_strbuf *out)
{
	const struct vd_lb_service *svc = vd_lb_service_by_id(s, (uint32_t)id);
	char text[VD_ENDPOINT_STR];
	struct vd_endpoint ep;

	if (svc == NULL) {
		vd_strbuf_printf(out, "service number %" PRIu64, id);
	} else if (svc->group != NULL) {
		vd_strbuf_printf(out, "group %s", svc->group);
	} else {
		ep.addr = svc->listeners[0].addr;
		ep.port = svc->listeners[0].port;
		vd_strbuf_printf(out, "%s:%s",
				vd_protocol_name((enum vd_protocol)svc->listeners[0].protocol),
				vd_endpoint_format(&ep, text, sizeof(text)));
	}
}

static void
put_flags(uint64_t flags, struct vd_strbuf *out)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = {
			{VD_LB_SERVER_DOWN, "down"},
			{VD_LB_SERVER_DRAIN, "draining"},
			{VD_LB_SERVER_DISABLED, "disabled"},
			{VD_LB_SERVER_GONE, "gone"},
			{VD_LB_SERVER_OVERLOAD, "above its upper threshold"},
	};
	const char *between = "";

	for (unsigned i = 0; i < VD_ARRAY_LEN(words); i++) {
		if ((flags & words[i].flag) == 0)
			continue;
		vd_strbuf_printf(out, "%s%s", between, words[i].word);
		between = ", ";
	}
}

void
vd_lb_explain_step_format(
		const struct vd_lb_snapshot *s, const struct vd_lb_step *st, struct vd_strbuf *out)
{
	switch (st->kind) {
	case VD_LB_STEP_NOT_VIP:
		vd_strbuf_puts(out, "the destination is no virtual address of ours");
		break;
	case VD_LB_STEP_VIP:
		if (st->a == VD_LB_LEASE_ALWAYS)
			vd_strbuf_puts(out, "a virtual address that no VRRP instance holds");
		else
			vd_strbuf_printf(out, "a virtual address of VRRP lease %" PRIu64, st->a);
		break;
	case VD_LB_STEP_NO_SERVICE:
		vd_strbuf_puts(out, "no service listens on this port");
		break;
	case VD_LB_STEP_SERVICE:
		vd_strbuf_puts(out, "service ");
		put_service(s, st->a, out);
		break;
	case VD_LB_STEP_SCHEDULER:
		vd_strbuf_printf(out, "scheduler %s over %" PRIu64 " usable real servers",
				vd_scheduler_word((enum vd_scheduler)st->a), st->b);
		break;
	case VD_LB_STEP_SKIPPED:
		put_server(s, st->a, out);
		vd_strbuf_puts(out, " is left out: ");
		put_flags(st->b, out);
		break;
	case VD_LB_STEP_SLOW:
		put_server(s, st->a, out);
		vd_strbuf_printf(out, " came back and has %" PRIu64 "/256 of its weight", st->b);
		break;
	case VD_LB_STEP_WEIGHT_ZERO:
		put_server(s, st->a, out);
		vd_strbuf_puts(out, " is left out: weight 0");
		break;
	case VD_LB_STEP_LOAD:
		put_server(s, st->a, out);
		vd_strbuf_printf(out,
				" has %" PRIu64 " active and %" PRIu64 " inactive connections",
				st->b >> 32, st->b & UINT32_MAX);
		break;
	case VD_LB_STEP_HASH:
		vd_strbuf_printf(out, "the client's hash is place %" PRIu64 " of %" PRIu64, st->a,
				st->b);
		break;
	case VD_LB_STEP_SERVER:
		vd_strbuf_puts(out, "real server ");
		put_server(s, st->a, out);
		vd_strbuf_printf(out, ", weight %" PRIu64, st->b);
		break;
	case VD_LB_STEP_SORRY:
		vd_strbuf_puts(out, "the service has no quorum: sorry server ");
		put_server(s, st->a, out);
		break;
	case VD_LB_STEP_REFUSED:
		vd_strbuf_puts(out, vd_lb_reason_text((enum vd_lb_reason)st->a));
		break;
	case VD_LB_STEP_MORE:
		vd_strbuf_printf(out, "and %" PRIu64 " more real servers", st->a);
		break;
	default:
		vd_strbuf_puts(out, "?");
	}
}
