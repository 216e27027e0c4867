/* SPDX-License-Identifier: BSD-3-Clause */
/* Services and real servers as the console sees them: counts summed over the workers, rates from the sampler. */
#include <errno.h>
#include <string.h>

#include "ctl_priv.h"

static const struct vd_lb_service *
lb_service(const struct vd_ctl *c, size_t i)
{
	return vd_lb_service_at(c->snapshot, (unsigned int)i);
}

uint32_t
ctl_service_id(const struct vd_ctl *c, size_t service)
{
	return lb_service(c, service)->id;
}

uint32_t
ctl_server_id(const struct vd_ctl *c, size_t service, size_t server)
{
	return lb_service(c, service)->servers[server].id;
}

static void
errors_sum(const struct vd_lb_worker *lb, const struct vd_lb_server *s, struct ctl_sum *sum)
{
	struct vd_lb_server_errors e = vd_lb_worker_errors(lb, s->id, s->gen);

	sum->syn_unanswered += e.syn_unanswered;
	sum->syn_reset += e.syn_reset;
}

/* State that an earlier bearer of the number left over counts as nothing. */
static void
server_sum(const struct vd_ctl *c, const struct vd_lb_server *s, struct ctl_sum *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned int w = 0; w < c->n_active; w++) {
		const struct vd_lb_server_state *st =
				vd_lb_worker_server(vd_dp_worker_lb(c->worker[w].dp), s->id);

		if (vd_load_relaxed(&st->gen) != s->gen)
			continue;
		errors_sum(vd_dp_worker_lb(c->worker[w].dp), s, sum);
		sum->active += vd_load_relaxed(&st->active);
		sum->inactive += vd_load_relaxed(&st->inactive);
		sum->v[CTL_RATE_TOTAL] += vd_load_relaxed(&st->total);
		sum->v[CTL_RATE_PACKETS_IN] += vd_load_relaxed(&st->packets_in);
		sum->v[CTL_RATE_BYTES_IN] += vd_load_relaxed(&st->bytes_in);
		sum->v[CTL_RATE_PACKETS_OUT] += vd_load_relaxed(&st->packets_out);
		sum->v[CTL_RATE_BYTES_OUT] += vd_load_relaxed(&st->bytes_out);
	}
}

static void
service_sum(const struct vd_ctl *c, const struct vd_lb_service *s, struct ctl_sum *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned int w = 0; w < c->n_active; w++) {
		const struct vd_lb_service_state *st =
				vd_lb_worker_service(vd_dp_worker_lb(c->worker[w].dp), s->id);

		if (vd_load_relaxed(&st->gen) != s->gen)
			continue;
		sum->v[CTL_RATE_TOTAL] += vd_load_relaxed(&st->total);
		sum->v[CTL_RATE_PACKETS_IN] += vd_load_relaxed(&st->packets_in);
		sum->v[CTL_RATE_BYTES_IN] += vd_load_relaxed(&st->bytes_in);
		sum->v[CTL_RATE_PACKETS_OUT] += vd_load_relaxed(&st->packets_out);
		sum->v[CTL_RATE_BYTES_OUT] += vd_load_relaxed(&st->bytes_out);
	}
	for (uint32_t k = 0; k < s->n_servers; k++) {
		struct ctl_sum one;

		server_sum(c, &s->servers[k], &one);
		sum->active += one.active;
		sum->inactive += one.inactive;
	}
	if (s->sorry != NULL) {
		struct ctl_sum one;

		server_sum(c, s->sorry, &one);
		sum->active += one.active;
		sum->inactive += one.inactive;
	}
}

void
ctl_services_sample(struct vd_ctl *c, vd_time elapsed)
{
	struct ctl_sum sum;
	uint64_t total = 0;

	for (size_t i = 0; i < c->services.n; i++) {
		const struct vd_lb_service *lb = lb_service(c, i);
		struct ctl_service *s = &c->services.v[i];

		service_sum(c, lb, &sum);
		total += sum.v[CTL_RATE_TOTAL];
		for (int r = 0; r < CTL_RATE_N; r++)
			ctl_rate_sample(&s->rate[r], sum.v[r], elapsed);
		for (size_t k = 0; k < s->servers.n; k++) {
			server_sum(c, &lb->servers[k], &sum);
			for (int r = 0; r < CTL_RATE_N; r++)
				ctl_rate_sample(&s->servers.v[k].rate[r], sum.v[r], elapsed);
		}
	}
	ctl_rate_sample(&c->cps, total, elapsed);
}

/* A service that goes on keeps its rates across a publication. */
void
ctl_services_carry(struct ctl_services *to, const struct ctl_services *from)
{
	for (size_t i = 0, j = 0; i < to->n; i++) {
		struct ctl_service *t = &to->v[i];
		const struct ctl_service *f = NULL;

		/* The order seldom changes: look where the last one was found, then everywhere once. */
		for (size_t n = 0; n < from->n && n < CTL_CARRY_WINDOW; n++) {
			const struct ctl_service *x = &from->v[(j + n) % from->n];

			if (strcmp(x->label, t->label) == 0) {
				f = x;
				j = (j + n + 1) % from->n;
				break;
			}
		}
		if (f == NULL)
			continue;
		memcpy(t->rate, f->rate, sizeof(t->rate));
		for (size_t k = 0; k < t->servers.n && k < f->servers.n; k++)
			if (t->servers.v[k].endpoint.port == f->servers.v[k].endpoint.port &&
					vd_addr_equal(&t->servers.v[k].endpoint.addr,
							&f->servers.v[k].endpoint.addr))
				memcpy(t->servers.v[k].rate, f->servers.v[k].rate,
						sizeof(f->servers.v[k].rate));
	}
}

size_t
vd_ctl_service_count(struct vd_ctl *c)
{
	return c->services.n;
}

static void
service_serving(const struct vd_ctl *c, const struct ctl_service *s, struct vd_ctl_service *out)
{
	out->serving = c->serving && ctl_lease_held(c, s->lease);
	if (!c->serving)
		out->serving_reason = "stopped by the operator (start serves again)";
	else if (!out->serving)
		out->serving_reason = "the VRRP instance that holds its address is not MASTER here";
	else if (s->lease == VD_LB_LEASE_ALWAYS)
		out->serving_reason = "no VRRP instance holds its address: served always";
	else
		out->serving_reason = "MASTER of the VRRP instance that holds its address";
}

void
vd_ctl_service_get(struct vd_ctl *c, size_t i, struct vd_ctl_service *out)
{
	const struct ctl_service *s = &c->services.v[i];
	struct vd_health_service_view health;
	struct ctl_sum sum;

	memset(out, 0, sizeof(*out));
	service_sum(c, lb_service(c, i), &sum);
	out->label = s->label;
	out->endpoint = s->endpoint;
	out->protocol = (enum vd_protocol)s->conf->protocol;
	out->configured_scheduler = (enum vd_scheduler)s->conf->lb_algo;
	out->scheduler = vd_scheduler_built(out->configured_scheduler) ? out->configured_scheduler
								       : VD_SCHEDULER_WRR;
	out->forwarding = (enum vd_forwarding)s->conf->lb_kind.method;
	service_serving(c, s, out);
	out->active = sum.active;
	out->inactive = sum.inactive;
	out->total = sum.v[CTL_RATE_TOTAL];
	out->packets_in = sum.v[CTL_RATE_PACKETS_IN];
	out->bytes_in = sum.v[CTL_RATE_BYTES_IN];
	out->packets_out = sum.v[CTL_RATE_PACKETS_OUT];
	out->bytes_out = sum.v[CTL_RATE_BYTES_OUT];
	out->cps = s->rate[CTL_RATE_TOTAL].per_second;
	out->pps_in = s->rate[CTL_RATE_PACKETS_IN].per_second;
	out->pps_out = s->rate[CTL_RATE_PACKETS_OUT].per_second;
	out->bps_in = s->rate[CTL_RATE_BYTES_IN].per_second;
	out->bps_out = s->rate[CTL_RATE_BYTES_OUT].per_second;
	out->n_servers = s->servers.n;
	ctl_service_health(c, i, &health);
	out->quorum = health.quorum;
	out->sorry = health.sorry;
	out->live_weight = health.weight;
	out->has_sorry = s->has_sorry;
	out->sorry_server.addr = s->sorry.addr;
	out->sorry_server.port = s->sorry.port;
}

void
vd_ctl_server_get(struct vd_ctl *c, size_t service, size_t server, struct vd_ctl_server *out)
{
	const struct ctl_server *v = &c->services.v[service].servers.v[server];
	struct ctl_sum sum;

	memset(out, 0, sizeof(*out));
	server_sum(c, &lb_service(c, service)->servers[server], &sum);
	out->endpoint = v->endpoint;
	out->forwarding = v->forwarding;
	vd_strbuf_reset(&c->text[1]);
	ctl_server_state(c, service, server, out, &c->text[1]);
	out->reason = c->text[1].s;
	out->active = sum.active;
	out->inactive = sum.inactive;
	out->total = sum.v[CTL_RATE_TOTAL];
	out->syn_unanswered = sum.syn_unanswered;
	out->syn_reset = sum.syn_reset;
	out->packets_in = sum.v[CTL_RATE_PACKETS_IN];
	out->bytes_in = sum.v[CTL_RATE_BYTES_IN];
	out->packets_out = sum.v[CTL_RATE_PACKETS_OUT];
	out->bytes_out = sum.v[CTL_RATE_BYTES_OUT];
	out->cps = v->rate[CTL_RATE_TOTAL].per_second;
	out->pps_in = v->rate[CTL_RATE_PACKETS_IN].per_second;
	out->pps_out = v->rate[CTL_RATE_PACKETS_OUT].per_second;
	out->bps_in = v->rate[CTL_RATE_BYTES_IN].per_second;
	out->bps_out = v->rate[CTL_RATE_BYTES_OUT].per_second;
}

static bool
listens(const struct vd_lb_service *s, const struct vd_endpoint *ep)
{
	for (uint32_t i = 0; i < s->n_listeners; i++)
		if (s->listeners[i].port == ep->port &&
				vd_addr_equal(&s->listeners[i].addr, &ep->addr))
			return true;
	return false;
}

int
vd_ctl_service_find(struct vd_ctl *c, int protocol, const struct vd_endpoint *ep)
{
	int found = -ENOENT;

	for (size_t i = 0; i < c->services.n; i++) {
		const struct vd_lb_service *s = lb_service(c, i);

		if ((protocol != 0 && s->protocol != protocol) || !listens(s, ep))
			continue;
		if (found >= 0)
			return -EINVAL;
		found = (int)i;
	}
	return found;
}

int
vd_ctl_service_find_group(struct vd_ctl *c, const char *group)
{
	for (size_t i = 0; i < c->services.n; i++)
		if (c->services.v[i].conf->group != NULL &&
				strcmp(c->services.v[i].conf->group, group) == 0)
			return (int)i;
	return -ENOENT;
}

int
vd_ctl_service_find_fwmark(struct vd_ctl *c, uint32_t fwmark)
{
	for (size_t i = 0; i < c->services.n; i++)
		if (c->services.v[i].conf->fwmark != 0 && c->services.v[i].conf->fwmark == fwmark)
			return (int)i;
	return -ENOENT;
}

int
vd_ctl_server_find(struct vd_ctl *c, size_t service, const struct vd_endpoint *ep)
{
	const struct ctl_service *s = &c->services.v[service];

	for (size_t i = 0; i < s->servers.n; i++)
		if (s->servers.v[i].endpoint.port == ep->port &&
				vd_addr_equal(&s->servers.v[i].endpoint.addr, &ep->addr))
			return (int)i;
	return -ENOENT;
}
