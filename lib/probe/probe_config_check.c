/* SPDX-License-Identifier: BSD-3-Clause */
/* Definitions of checks. What can never succeed is found here, and says why. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "probe_priv.h"
#include "vd_alloc.h"
#include "vd_check_dns.h"
#include "vd_check_page.h"
#include "vd_compiler.h"
#include "vd_model.h"

#define PROTOCOL_1_1 2 /* of http_protocol */

static const struct probe_type *const types[] = {
		[VD_MODEL_CHECK_TCP] = &probe_type_tcp,
		[VD_MODEL_CHECK_HTTP] = &probe_type_http,
		[VD_MODEL_CHECK_SSL] = &probe_type_ssl,
		[VD_MODEL_CHECK_SMTP] = &probe_type_smtp,
		[VD_MODEL_CHECK_DNS] = &probe_type_dns,
		[VD_MODEL_CHECK_UDP] = &probe_type_udp,
		[VD_MODEL_CHECK_PING] = &probe_type_ping,
		[VD_MODEL_CHECK_MISC] = &probe_type_misc,
		[VD_MODEL_CHECK_FILE] = &probe_type_file_check,
		[VD_MODEL_CHECK_BFD] = &probe_type_bfd,
};

const struct probe_type probe_type_bfd = {.name = "BFD_CHECK"};

struct source {
	const struct vd_model_checker *check;
	const struct vd_endpoint *target;
	const struct vd_model_ssl *ssl;
	const struct vd_model_track_file *of;
	struct vd_strbuf *why;
};

/* ---- addresses ---- */

static int
net_set(struct probe_net *n, const struct vd_addr *ip, int64_t port, struct vd_strbuf *why)
{
	if (!vd_addr_is_unset(ip))
		n->to.addr = *ip;
	if (port != 0)
		n->to.port = (uint16_t)port;
	vd_endpoint_format(&n->to, n->text, sizeof(n->text));
	if (vd_addr_is_unset(&n->to.addr)) {
		vd_strbuf_puts(why, "there is no address to check");
		return -EINVAL;
	}
	if (!vd_addr_is_unset(&n->bindto) &&
			vd_addr_is_v4(&n->bindto) != vd_addr_is_v4(&n->to.addr)) {
		vd_strbuf_puts(why, "bindto is of another address family than the target");
		return -EINVAL;
	}
	return 0;
}

static int
net_make(struct probe_def *d, const struct source *s)
{
	const struct vd_model_checker *c = s->check;

	d->net = (struct probe_net){
			.to = *s->target,
			.bindto = c->bindto,
			.bind_port = (uint16_t)c->bind_port,
			.bind_if = probe_strdup(c->bind_if),
	};
	return net_set(&d->net, &c->connect_ip, c->connect_port, s->why);
}

static int
port_needed(const struct probe_net *n, struct vd_strbuf *why)
{
	if (n->to.port != 0)
		return 0;
	vd_strbuf_puts(why, "there is no port to check: connect_port is missing");
	return -EINVAL;
}

/* ---- HTTP ---- */

static struct vd_check_page *
page_make(const struct vd_model_url *u, struct vd_strbuf *why)
{
	VD_VEC(struct vd_check_span) spans = {0};
	struct vd_check_page_config config = {
			.digest = u->digest,
			.regex = u->regex,
			.regex_options = (const char *const *)u->regex_options.v,
			.n_regex_options = u->regex_options.n,
			.regex_no_match = u->regex_no_match,
			.regex_min_offset = (size_t)u->regex_min_offset,
			.regex_max_offset = (size_t)u->regex_max_offset,
	};
	struct vd_check_page *page;

	for (size_t i = 0; i < u->status_code.n; i++)
		vd_vec_push(&spans,
				((struct vd_check_span){.lo = u->status_code.v[i].lo,
						.hi = u->status_code.v[i].hi}));
	config.status = spans.v;
	config.n_status = spans.n;
	page = vd_check_page_new(&config, why);
	vd_vec_free(&spans);
	return page;
}

/* The name that TLS asks for: without the port that a Host header may have; an address is none. False: no name. */
static bool
sni_set(struct probe_url *url, const struct source *s, const struct vd_model_url *u)
{
	static const char letters[] =
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	const struct vd_model_checker *c = s->check;
	const char *host = c->sni_name != NULL ? c->sni_name : u->virtualhost;
	size_t len;

	if (!c->enable_sni || host == NULL || host[0] == '[')
		return true;
	len = strcspn(host, ":");
	if (len == 0 || strspn(host, letters) < len) {
		vd_strbuf_printf(s->why, "%.64s is no host name", host);
		return false;
	}
	url->sni = vd_xstrndup(host, len);
	return true;
}

static int
url_add(struct probe_def *d, const struct source *s, const struct vd_model_url *u)
{
	struct probe_url *url = vd_vec_add(&d->http.urls);

	url->path = vd_xstrdup(u->path == NULL ? "/" : u->path);
	url->host = vd_xstrdup(u->virtualhost != NULL ? u->virtualhost : d->net.text);
	if (d->http.tls && !sni_set(url, s, u))
		return -EINVAL;
	url->raw = u->digest != NULL && d->http.protocol == PROTOCOL_1_1;
	url->page = page_make(u, s->why);
	return url->page == NULL ? -EINVAL : 0;
}

static int
http_make(struct probe_def *d, const struct source *s)
{
	const struct vd_model_checker *c = s->check;
	struct probe_def_http *h = &d->http;
	int err = port_needed(&d->net, s->why);

	h->tls = c->type == VD_MODEL_CHECK_SSL;
	h->protocol = c->http_protocol;
	h->fast_recovery = c->fast_recovery;
	h->tls_compliant = c->tls_compliant;
	if (h->tls && s->ssl != NULL) {
		h->ca = probe_strdup(s->ssl->ca);
		h->certificate = probe_strdup(s->ssl->certificate);
		h->key = probe_strdup(s->ssl->key);
		h->password = probe_strdup(s->ssl->password);
	}
	for (size_t i = 0; i < c->url.n && err == 0; i++)
		err = url_add(d, s, &c->url.v[i]);
	if (err == 0 && c->url.n == 0) {
		vd_strbuf_puts(s->why, "there is no url to check");
		err = -EINVAL;
	}
	return err;
}

/* ---- the others ---- */

static int
tcp_make(struct probe_def *d, const struct source *s)
{
	return port_needed(&d->net, s->why);
}

static int
host_add(struct probe_def *d, const struct source *s, const struct vd_model_smtp_host *host)
{
	struct probe_net *n = vd_vec_add(&d->smtp.hosts);
	int err;

	*n = d->net;
	n->bind_if = probe_strdup(
			host != NULL && host->bind_if != NULL ? host->bind_if : d->net.bind_if);
	if (host == NULL)
		return port_needed(n, s->why);
	if (!vd_addr_is_unset(&host->bindto))
		n->bindto = host->bindto;
	if (host->bind_port != 0)
		n->bind_port = (uint16_t)host->bind_port;
	err = net_set(n, &host->connect_ip, host->connect_port, s->why);
	return err != 0 ? err : port_needed(n, s->why);
}

static int
smtp_make(struct probe_def *d, const struct source *s)
{
	const struct vd_model_checker *c = s->check;
	int err = 0;

	d->smtp.helo = vd_xstrdup(
			c->helo_name != NULL ? c->helo_name : "smtpchecker.keepalived.org");
	if (c->host.n == 0)
		return host_add(d, s, NULL);
	for (size_t i = 0; i < c->host.n && err == 0; i++)
		err = host_add(d, s, &c->host.v[i]);
	return err;
}

static int
dns_make(struct probe_def *d, const struct source *s)
{
	uint8_t query[VD_CHECK_DNS_MAX];

	d->dns.name = vd_xstrdup(s->check->name == NULL ? "." : s->check->name);
	d->dns.type = (uint16_t)s->check->dns_type;
	if (vd_check_dns_query(query, sizeof(query), 0, d->dns.type, d->dns.name) > 0)
		return port_needed(&d->net, s->why);
	vd_strbuf_printf(s->why, "%.64s is no domain name", d->dns.name);
	return -EINVAL;
}

static int
udp_make(struct probe_def *d, const struct source *s)
{
	const struct vd_model_checker *c = s->check;
	struct probe_def_udp *u = &d->udp;
	int err = port_needed(&d->net, s->why);

	u->require_reply = vd_model_given(&c->obj, &c->require_reply);
	u->min = (size_t)c->min_reply_length;
	u->max = (size_t)c->max_reply_length;
	if (err == 0 && c->payload.n > 0)
		err = vd_check_bytes_parse(&u->payload, (const char *const *)c->payload.v,
				c->payload.n, s->why);
	if (err == 0 && c->require_reply.n > 0)
		err = vd_check_bytes_parse(&u->want, (const char *const *)c->require_reply.v,
				c->require_reply.n, s->why);
	if (err == 0 && !vd_check_bytes_exact(&u->payload)) {
		vd_strbuf_puts(s->why, "a payload has no digits that do not count");
		err = -EINVAL;
	}
	if (err == 0 && u->require_reply && u->min > u->max) {
		vd_strbuf_puts(s->why, "min_reply_length is above max_reply_length");
		err = -EINVAL;
	}
	return err;
}

static int
misc_make(struct probe_def *d, const struct source *s)
{
	const struct vd_model_checker *c = s->check;

	d->timeout = c->misc_timeout != 0 ? c->misc_timeout : c->delay_loop;
	d->program.dynamic = c->misc_dynamic;
	d->program.words = c->misc_path == NULL ? NULL : vd_io_words_split(c->misc_path, NULL);
	if (d->program.words != NULL)
		return 0;
	vd_strbuf_puts(s->why, "misc_path has no word, or an open quote");
	return -EINVAL;
}

static int
file_make(struct probe_def *d, const struct source *s)
{
	const struct vd_model_checker *c = s->check;
	const struct vd_model_weight *w = &c->weight;

	if (s->of == NULL) {
		vd_strbuf_printf(s->why, "there is no track_file %.64s",
				c->track_file == NULL ? "" : c->track_file);
		return -EINVAL;
	}
	if (!vd_model_given(&c->obj, w) && vd_model_given(&s->of->obj, &s->of->weight))
		w = &s->of->weight;
	d->file.weight = w->value;
	d->file.reverse = w->reverse;
	d->file.dynamic = c->dynamic;
	probe_def_file_set(d, s->of);
	return d->broken == NULL ? 0 : -EINVAL;
}

static int
bfd_make(struct probe_def *d, const struct source *s)
{
	(void)d;
	vd_strbuf_puts(s->why, "BFD is not in effect yet");
	return -EINVAL;
}

static int
check_make(struct probe_def *d, const struct source *s)
{
	static int (*const makers[])(struct probe_def *, const struct source *) = {
			[VD_MODEL_CHECK_TCP] = tcp_make,
			[VD_MODEL_CHECK_HTTP] = http_make,
			[VD_MODEL_CHECK_SSL] = http_make,
			[VD_MODEL_CHECK_SMTP] = smtp_make,
			[VD_MODEL_CHECK_DNS] = dns_make,
			[VD_MODEL_CHECK_UDP] = udp_make,
			[VD_MODEL_CHECK_PING] = NULL,
			[VD_MODEL_CHECK_MISC] = misc_make,
			[VD_MODEL_CHECK_FILE] = file_make,
			[VD_MODEL_CHECK_BFD] = bfd_make,
	};
	int type = s->check->type, err = 0;

	if (type != VD_MODEL_CHECK_MISC && type != VD_MODEL_CHECK_FILE &&
			type != VD_MODEL_CHECK_BFD)
		err = net_make(d, s);
	if (err == 0 && makers[type] != NULL)
		err = makers[type](d, s);
	return err;
}

int
vd_probe_config_check(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_checker *check, const struct vd_endpoint *target,
		const struct vd_model_ssl *ssl, const struct vd_model_track_file *of,
		const struct vd_probe_user *user, const char *vs, const char *rs)
{
	struct probe_def *d =
			probe_def_new(c, VD_PROBE_CHECK, slot, serial, types[check->type], NULL);
	struct vd_strbuf why = {0};
	struct source s = {.check = check, .target = target, .ssl = ssl, .of = of, .why = &why};
	int err;

	d->vs = probe_strdup(vs);
	d->rs = probe_strdup(rs);
	d->rule = (struct vd_health_rule){
			.retry = (uint32_t)check->retry,
			.delay_loop = check->delay_loop,
			.delay_before_retry = check->delay_before_retry,
			.warmup = check->warmup,
			.alpha = check->alpha,
	};
	d->timeout = check->connect_timeout;
	d->log_all = check->log_all_failures;
	if (check->type == VD_MODEL_CHECK_MISC)
		probe_def_user_set(&d->program.user, user);
	err = check_make(d, &s);
	if (err != 0 && d->broken == NULL)
		d->broken = vd_strbuf_take(&why);
	vd_strbuf_free(&why);
	return err;
}

void
vd_probe_config_up(struct vd_probe_config *c, bool up)
{
	size_t n = c->defs[VD_PROBE_CHECK].n;

	if (n > 0)
		c->defs[VD_PROBE_CHECK].v[n - 1]->rule.alpha = !up;
}

void
vd_probe_config_weight(struct vd_probe_config *c, int64_t weight)
{
	size_t n = c->defs[VD_PROBE_CHECK].n;
	struct probe_def *d = n == 0 ? NULL : c->defs[VD_PROBE_CHECK].v[n - 1];

	if (d != NULL && d->type == &probe_type_file_check)
		d->file.base = weight;
}
