/* SPDX-License-Identifier: BSD-3-Clause */
/* What real servers inherit from their virtual server and checkers from their real server. */
#include <stdlib.h>

#include "vd_compiler.h"
#include "vd_model_priv.h"
#include "vd_model_words.h"

static const struct {
	const struct vd_model_block *block;
	enum vd_model_checker_type type;
} checker_types[] = {
		{&vd_model_tcp_check_block, VD_MODEL_CHECK_TCP},
		{&vd_model_http_get_block, VD_MODEL_CHECK_HTTP},
		{&vd_model_ssl_get_block, VD_MODEL_CHECK_SSL},
		{&vd_model_smtp_check_block, VD_MODEL_CHECK_SMTP},
		{&vd_model_dns_check_block, VD_MODEL_CHECK_DNS},
		{&vd_model_udp_check_block, VD_MODEL_CHECK_UDP},
		{&vd_model_ping_check_block, VD_MODEL_CHECK_PING},
		{&vd_model_misc_check_block, VD_MODEL_CHECK_MISC},
		{&vd_model_file_check_block, VD_MODEL_CHECK_FILE},
		{&vd_model_bfd_check_block, VD_MODEL_CHECK_BFD},
};

static void
string_inherit(char **to, const char *from)
{
	if (*to == NULL && from != NULL)
		*to = vd_xstrdup(from);
}

static void
lb_kind_inherit(struct vd_model_lb_kind *to, const struct vd_model_lb_kind *from)
{
	to->method = from->method;
	to->type = from->type;
	to->port = from->port;
	to->csum = from->csum;
}

/* What somebody gave: the server, or the service for it. Otherwise it depends on the check. */
struct given {
	bool retry, delay_before_retry, warmup;
};

static void
finish_checker(struct vd_model_checker *c, const struct vd_model_real_server *rs,
		const struct given *given)
{
	struct vd_model_url *u;

	for (size_t i = 0; i < VD_ARRAY_LEN(checker_types); i++)
		if (checker_types[i].block == c->obj.block)
			c->type = (int)checker_types[i].type;
	if (c->type == VD_MODEL_CHECK_FILE && !vd_model_given(&c->obj, &c->weight))
		c->weight.value = 1;
	if (c->type == VD_MODEL_CHECK_FILE || c->type == VD_MODEL_CHECK_BFD)
		return;
	VD_INHERIT(&c->obj, c->alpha, rs->alpha);
	VD_INHERIT(&c->obj, c->delay_loop, rs->delay_loop);
	VD_INHERIT(&c->obj, c->warmup, given->warmup ? rs->warmup : c->delay_loop);
	VD_INHERIT(&c->obj, c->log_all_failures, rs->log_all_failures);
	if (given->retry)
		VD_INHERIT(&c->obj, c->retry, rs->retry);
	if (given->delay_before_retry)
		VD_INHERIT(&c->obj, c->delay_before_retry, rs->delay_before_retry);
	else if (c->type == VD_MODEL_CHECK_DNS)
		VD_INHERIT(&c->obj, c->delay_before_retry, c->delay_loop);
	if (c->type == VD_MODEL_CHECK_MISC) {
		if (c->misc_timeout == 0)
			c->misc_timeout = c->delay_loop;
		return;
	}
	VD_INHERIT(&c->obj, c->connect_timeout, rs->connect_timeout);
	if (c->type != VD_MODEL_CHECK_HTTP && c->type != VD_MODEL_CHECK_SSL)
		return;
	string_inherit(&c->virtualhost, rs->virtualhost);
	VD_VEC_FOREACH (u, &c->url)
		string_inherit(&u->virtualhost, c->virtualhost);
}

/* A server that real traffic puts out needs a check to come back: without one of its own it gets a TCP_CHECK. */
static void
observe_needs_check(struct vd_model_real_server *rs, const struct vd_model_virtual_server *vs)
{
	if (vd_model_given(&vs->obj, &vs->observe) && rs->checkers.n == 0)
		(void)vd_model_add_object(&rs->obj, vd_model_field_find(rs->obj.block, "TCP_CHECK"),
				vd_model_place_of(&vs->obj, &vs->observe));
}

static void
finish_real_server(struct vd_model_real_server *rs, const struct vd_model_virtual_server *vs,
		const struct vd_model_global *g)
{
	const struct given given = {
			.retry = vd_model_given(&rs->obj, &rs->retry) ||
					vd_model_given(&vs->obj, &vs->retry),
			.delay_before_retry = vd_model_given(&rs->obj, &rs->delay_before_retry) ||
					vd_model_given(&vs->obj, &vs->delay_before_retry),
			.warmup = vd_model_given(&rs->obj, &rs->warmup) ||
					vd_model_given(&vs->obj, &vs->warmup),
	};
	struct vd_model_checker *c;

	if (!vd_model_given(&rs->obj, &rs->lb_kind))
		lb_kind_inherit(&rs->lb_kind, &vs->lb_kind);
	VD_INHERIT(&rs->obj, rs->weight, vs->weight);
	VD_INHERIT(&rs->obj, rs->inhibit_on_failure, vs->inhibit_on_failure);
	VD_INHERIT(&rs->obj, rs->alpha, vs->alpha);
	VD_INHERIT(&rs->obj, rs->delay_loop, vs->delay_loop);
	VD_INHERIT(&rs->obj, rs->connect_timeout, vs->connect_timeout);
	VD_INHERIT(&rs->obj, rs->retry, vs->retry);
	VD_INHERIT(&rs->obj, rs->delay_before_retry, vs->delay_before_retry);
	VD_INHERIT(&rs->obj, rs->log_all_failures, vs->log_all_failures);
	if (!vd_model_given(&rs->obj, &rs->warmup))
		rs->warmup = vd_model_given(&vs->obj, &vs->warmup) ? vs->warmup : rs->delay_loop;
	if (vd_model_given(&g->obj, &g->smtp_alert_checker) ||
			vd_model_given(&g->obj, &g->smtp_alert))
		VD_INHERIT(&rs->obj, rs->smtp_alert, g->smtp_alert_checker);
	string_inherit(&rs->virtualhost, vs->virtualhost);
	observe_needs_check(rs, vs);
	VD_VEC_FOREACH (c, &rs->checkers)
		finish_checker(c, rs, &given);
}

/* keepalived wants lvs_sched before the flags of a scheduler; which one is meant is certain here. */
static void
say_flag(const struct vd_model_virtual_server *vs, const bool *flag, const char *word,
		enum vd_scheduler needs, struct vd_diag_list *diags)
{
	struct vd_place at = vd_model_place_of(&vs->obj, flag);
	struct vd_place algo = vd_model_place_of(&vs->obj, &vs->lb_algo);

	if (!vd_model_given(&vs->obj, flag))
		return;
	if (vs->lb_algo != (int)needs)
		vd_diag_add(diags, VD_DIAG_WARNING, at, NULL,
				"%s means something with lb_algo %s only and is ignored", word,
				vd_scheduler_word(needs));
	else if (at.line != 0 &&
			(at.line < algo.line || (at.line == algo.line && at.column < algo.column)))
		vd_diag_add(diags, VD_DIAG_NOTE, at, "keepalived ignores it there",
				"%s stands before lb_algo; understood", word);
}

static void
say_virtual_server(const struct vd_model_virtual_server *vs, struct vd_diag_list *diags)
{
	struct vd_place algo = vd_model_place_of(&vs->obj, &vs->lb_algo);
	struct vd_strbuf name = {0};

	vd_model_virtual_server_name(vs, &name);
	if (!vd_model_given(&vs->obj, &vs->protocol))
		vd_diag_add(diags, VD_DIAG_WARNING, vs->obj.place, "add: protocol TCP",
				"virtual_server %s names no protocol; it is UDP", name.s);
	if (!vd_scheduler_built((enum vd_scheduler)vs->lb_algo))
		vd_diag_add(diags, VD_DIAG_WARNING, algo, NULL,
				"lb_algo %s is not in effect yet; %s is used",
				vd_scheduler_word((enum vd_scheduler)vs->lb_algo),
				vd_scheduler_word(vd_model_scheduler_of(vs)));
	if (!vd_forwarding_built((enum vd_forwarding)vs->lb_kind.method))
		vd_diag_add(diags, VD_DIAG_WARNING, vs->lb_kind.obj.place, NULL,
				"lb_kind %s is not in effect yet; its servers get no traffic",
				vd_forwarding_word((enum vd_forwarding)vs->lb_kind.method));
	if (vd_model_given(&vs->obj, &vs->observe) &&
			(vs->lb_kind.method == VD_FORWARDING_DR ||
					vs->lb_kind.method == VD_FORWARDING_TUNNEL))
		vd_diag_add(diags, VD_DIAG_WARNING, vs->observe.obj.place, "use a check",
				"observe means nothing with lb_kind %s: no answer of a server is "
				"seen",
				vd_forwarding_word((enum vd_forwarding)vs->lb_kind.method));
	say_flag(vs, &vs->sh_port, "sh-port", VD_SCHEDULER_SH, diags);
	say_flag(vs, &vs->sh_fallback, "sh-fallback", VD_SCHEDULER_SH, diags);
	say_flag(vs, &vs->mh_port, "mh-port", VD_SCHEDULER_MH, diags);
	say_flag(vs, &vs->mh_fallback, "mh-fallback", VD_SCHEDULER_MH, diags);
	vd_strbuf_free(&name);
}

void
vd_model_finish_services(struct vd_model *m, struct vd_diag_list *diags)
{
	struct vd_model_virtual_server *vs;
	struct vd_model_real_server *rs;

	VD_VEC_FOREACH (vs, &m->virtual_servers) {
		VD_INHERIT(&vs->obj, vs->warmup, vs->delay_loop);
		VD_INHERIT(&vs->obj, vs->smtp_alert, m->global.smtp_alert_checker);
		VD_INHERIT(&vs->obj, vs->log_all_failures, m->global.checker_log_all_failures);
		if (!vd_model_given(&vs->obj, &vs->sorry_server_lvs_method))
			lb_kind_inherit(&vs->sorry_server_lvs_method, &vs->lb_kind);
		say_virtual_server(vs, diags);
		VD_VEC_FOREACH (rs, &vs->real_servers)
			finish_real_server(rs, vs, &m->global);
	}
}
