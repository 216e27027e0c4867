/* SPDX-License-Identifier: BSD-3-Clause */
/* Health as the console, the log and the mail see it. */
#include <string.h>

#include "ctl_priv.h"

void
ctl_server_health(const struct vd_ctl *c, size_t service, size_t server,
		struct vd_health_server_view *out)
{
	vd_health_server_view(vd_director_config_health(c->director_conf),
			c->services.v[service].health + (uint32_t)server, out);
}

void
ctl_service_health(const struct vd_ctl *c, size_t service, struct vd_health_service_view *out)
{
	vd_health_service_view(vd_director_config_health(c->director_conf), (uint32_t)service, out);
}

const struct ctl_check *
ctl_check_find(const struct ctl_server *v, uint32_t slot)
{
	const struct ctl_check *k;

	VD_VEC_FOREACH (k, &v->checks)
		if (k->slot == slot)
			return k;
	return NULL;
}

static void
check_reason(struct vd_ctl *c, const struct ctl_check *k, bool up, struct vd_strbuf *out)
{
	struct vd_probe_view view;

	if (k == NULL || c->health.probe == NULL ||
			!vd_probe_view_slot(c->health.probe, VD_PROBE_CHECK, k->slot, k->serial,
					&view)) {
		vd_strbuf_puts(out, up ? "its checks succeed" : "its check failed");
		return;
	}
	if (up)
		vd_strbuf_printf(out, "%s succeeded", view.type);
	else if (view.runs == 0)
		vd_strbuf_printf(out, "%s: not checked yet (alpha)", view.type);
	else
		vd_strbuf_printf(out, "%s: %s", view.type,
				view.last_error[0] != '\0' ? view.last_error : "failed");
}

void
ctl_server_reason(struct vd_ctl *c, size_t service, size_t server, struct vd_strbuf *out)
{
	const struct ctl_service *s = &c->services.v[service];
	const struct ctl_server *v = &s->servers.v[server];
	struct vd_health_server_view h;

	ctl_server_health(c, service, server, &h);
	switch ((enum vd_health_cause)h.cause) {
	case VD_HEALTH_CAUSE_OBSERVE:
		if (h.up)
			vd_strbuf_puts(out, "checked again and found well");
		else
			vd_strbuf_printf(out,
					"%lld connections in a row failed (observe layer4); it is "
					"checked again",
					(long long)s->conf->observe.errors);
		break;
	case VD_HEALTH_CAUSE_CONFIG:
		if (h.down == 0) {
			vd_strbuf_puts(out, "by the configuration");
			break;
		}
		check_reason(c, ctl_check_find(v, h.slot), h.up, out);
		break;
	default:
		check_reason(c, ctl_check_find(v, h.slot), h.up, out);
		break;
	}
}

static void
down_words(struct vd_ctl *c, size_t service, size_t server, struct vd_strbuf *out)
{
	const struct ctl_server *v = &c->services.v[service].servers.v[server];

	ctl_server_reason(c, service, server, out);
	if (v->inhibit)
		vd_strbuf_puts(out, "; its live connections go on (inhibit_on_failure)");
}

/* In words why an operator's server that checks do not like is as it is. */
static void
also_down(struct vd_ctl *c, size_t service, size_t server, struct vd_strbuf *out)
{
	vd_strbuf_puts(out, " (its check says down: ");
	ctl_server_reason(c, service, server, out);
	vd_strbuf_puts(out, ")");
}

void
ctl_server_state(struct vd_ctl *c, size_t service, size_t server, struct vd_ctl_server *out,
		struct vd_strbuf *why)
{
	const struct ctl_service *s = &c->services.v[service];
	const struct ctl_server *v = &s->servers.v[server];
	struct vd_health_service_view q;
	struct vd_health_server_view h;

	ctl_server_health(c, service, server, &h);
	ctl_service_health(c, service, &q);
	out->weight = v->conf->weight;
	out->effective_weight = ctl_server_weight(v);
	out->state = "up";
	out->changes = h.changes;
	if (!vd_forwarding_built(v->forwarding)) {
		out->state = "down";
		vd_strbuf_puts(why, "its forwarding method is not in effect yet");
	} else if (v->admin == VD_CTL_ADMIN_DISABLE) {
		out->state = "down";
		vd_strbuf_puts(why, "disabled by the operator");
		if (!h.up)
			also_down(c, service, server, why);
	} else if (v->admin == VD_CTL_ADMIN_DRAIN) {
		out->state = "drain";
		vd_strbuf_puts(why, "drained by the operator: no new connection, live ones go on");
		if (!h.up)
			also_down(c, service, server, why);
	} else if (!h.up) {
		out->state = "down";
		down_words(c, service, server, why);
	} else if (out->effective_weight == 0) {
		out->state = "drain";
		vd_strbuf_puts(why,
				v->override_weight == 0 ? "weight 0 by the operator"
						: v->check_weight == 0
						? "weight 0 by its check"
						: "weight 0 in the configuration");
	} else if (q.sorry) {
		vd_strbuf_puts(why, "not used: without quorum the sorry server has it all");
	} else if (h.share < 256) {
		vd_strbuf_printf(why, "slow start: %u %% of its weight", h.share * 100 / 256);
	} else if (v->override_weight >= 0) {
		vd_strbuf_puts(why, "weight set by the operator");
	} else if (v->check_weight >= 0) {
		vd_strbuf_puts(why, "weight set by its check");
	} else {
		vd_strbuf_puts(why, "in rotation");
	}
	if (strcmp(out->state, "up") != 0)
		out->effective_weight = 0;
}
