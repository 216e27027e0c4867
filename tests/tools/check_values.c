/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the health checks of a configuration come to, everything inherited filled in: check-values FILE [CONFIG_ID].
 * One line per service, server and check; times in microseconds. tests/lab/health_config.sh compares it with what
 * keepalived makes of the same file, and with tests/configs/samples.values.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vd_check_model.h"
#include "vd_conf.h"
#include "vd_model_validate.h"

static int
file_read(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	FILE *f = fopen(path, "r");
	char buf[4096];
	size_t n;

	(void)ctx;
	(void)max;
	if (f == NULL)
		return -errno;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		vd_strbuf_add(out, buf, n);
	fclose(f);
	return 0;
}

static const char *
address(const struct vd_addr *a, char buf[VD_ADDR_STR])
{
	return vd_addr_format(a, buf, VD_ADDR_STR);
}

static long long
us(vd_time t)
{
	return (long long)(t / VD_USEC);
}

static void
print_connection(const struct vd_addr *to, int64_t port, const struct vd_addr *from,
		int64_t from_port, const char *bind_if)
{
	static const struct vd_addr none;
	char a[VD_ADDR_STR];

	printf("\tdest=[%s]:%d", address(to, a), (int)port);
	if (memcmp(from, &none, sizeof(none)) != 0)
		printf("\tbind=[%s]:%d", address(from, a), (int)from_port);
	if (bind_if != NULL)
		printf("\tbind_if=%s", bind_if);
}

static void
print_times(const struct vd_model_checker *c)
{
	printf("\tdelay_loop=%lld\twarmup=%lld\tretry=%d\tdelay_before_retry=%lld\talpha=%d\tlog_"
	       "all=%d",
			us(c->delay_loop), us(c->warmup), (int)c->retry, us(c->delay_before_retry),
			c->alpha, c->log_all_failures);
	if (c->type != VD_MODEL_CHECK_MISC)
		printf("\ttimeout=%lld", us(c->connect_timeout));
}

static void
print_url(const struct vd_model_url *u)
{
	printf("\turl=%s", u->path == NULL ? "" : u->path);
	if (u->digest != NULL)
		printf(",digest=");
	for (const char *p = u->digest; p != NULL && *p != '\0'; p++)
		putchar(tolower((unsigned char)*p));
	for (size_t i = 0; i < u->status_code.n; i++) {
		printf("%s%d", i == 0 ? ",status=" : "+", (int)u->status_code.v[i].lo);
		if (u->status_code.v[i].hi != u->status_code.v[i].lo)
			printf("-%d", (int)u->status_code.v[i].hi);
	}
	if (u->status_code.n == 0)
		printf(",status=200-299");
	if (u->virtualhost != NULL)
		printf(",virtualhost=%s", u->virtualhost);
	if (u->regex != NULL)
		printf(",regex=%s,no_match=%d", u->regex, u->regex_no_match);
}

static void
print_more(const struct vd_model_checker *c)
{
	static const char *const protocols[] = {"1.0", "1.0C", "1.1"};

	switch (c->type) {
	case VD_MODEL_CHECK_HTTP:
	case VD_MODEL_CHECK_SSL:
		printf("\thttp=%s\tfast=%d", protocols[c->http_protocol], c->fast_recovery);
		if (c->type == VD_MODEL_CHECK_SSL)
			printf("\tsni=%d", c->enable_sni);
		for (size_t i = 0; i < c->url.n; i++)
			print_url(&c->url.v[i]);
		break;
	case VD_MODEL_CHECK_SMTP:
		printf("\thelo=%s",
				c->helo_name == NULL ? "smtpchecker.keepalived.org" : c->helo_name);
		break;
	case VD_MODEL_CHECK_DNS:
		printf("\ttype=%d\tname=%s", c->dns_type, c->name == NULL ? "." : c->name);
		break;
	case VD_MODEL_CHECK_UDP:
		printf("\tpayload=%d\treply=%d", c->payload.n > 0,
				vd_model_given(&c->obj, &c->require_reply));
		if (vd_model_given(&c->obj, &c->require_reply))
			printf("\tmin=%d\tmax=%d", (int)c->min_reply_length,
					(int)c->max_reply_length);
		break;
	case VD_MODEL_CHECK_MISC:
		printf("\ttimeout=%lld\tdynamic=%d\tpath=%s", us(c->misc_timeout), c->misc_dynamic,
				c->misc_path);
		break;
	default:
		break;
	}
	printf("\n");
}

static void
print_check(const struct vd_model_virtual_server *vs, const struct vd_model_real_server *rs,
		const struct vd_model_checker *c)
{
	static const struct vd_addr none;
	int64_t port = rs->port != 0 ? rs->port : vs->port;
	size_t n = c->type == VD_MODEL_CHECK_SMTP && c->host.n > 0 ? c->host.n : 1;

	for (size_t i = 0; i < n; i++) {
		const struct vd_addr *to = &c->connect_ip, *from = &c->bindto;
		int64_t to_port = c->connect_port, from_port = c->bind_port;
		const char *bind_if = c->bind_if;

		if (c->type == VD_MODEL_CHECK_SMTP && c->host.n > 0) {
			to = &c->host.v[i].connect_ip;
			to_port = c->host.v[i].connect_port;
			from = &c->host.v[i].bindto;
			from_port = c->host.v[i].bind_port;
			bind_if = c->host.v[i].bind_if;
		}
		printf("check\t%s\thost=%d", c->obj.block->name, c->host.n > 0);
		if (c->type < VD_MODEL_CHECK_MISC) {
			if (memcmp(to, &none, sizeof(none)) == 0)
				to = &rs->address;
			print_connection(to, to_port != 0 ? to_port : port, from, from_port,
					bind_if);
		}
		if (c->type < VD_MODEL_CHECK_FILE)
			print_times(c);
		print_more(c);
	}
}

static void
print_service(const struct vd_model_virtual_server *vs)
{
	struct vd_strbuf name = {0};
	char a[VD_ADDR_STR];

	vd_model_virtual_server_name(vs, &name);
	printf("service\t%s\tquorum=%lld\thysteresis=%lld\tomega=%d\tsmtp_alert=%d\tsorry=%s\n",
			name.s, (long long)vs->quorum, (long long)vs->hysteresis, vs->omega,
			vs->smtp_alert,
			vd_model_given(&vs->obj, &vs->sorry_server)
					? address(&vs->sorry_server.address, a)
					: "none");
	vd_strbuf_free(&name);
	for (size_t i = 0; i < vs->real_servers.n; i++) {
		const struct vd_model_real_server *rs = &vs->real_servers.v[i];

		printf("server\t%s\tweight=%lld\talpha=%d\tinhibit=%d\tsmtp_alert=%d\n",
				address(&rs->address, a), (long long)rs->weight, rs->alpha,
				rs->inhibit_on_failure, rs->smtp_alert);
		for (size_t k = 0; k < rs->checkers.n; k++)
			print_check(vs, rs, &rs->checkers.v[k]);
	}
}

int
main(int argc, char **argv)
{
	struct vd_conf_source src = {.read = file_read};
	struct vd_conf_options opt = {.config_id = argc > 2 ? argv[2] : "none"};
	struct vd_diag_list diags = {0};
	struct vd_model *m;

	if (argc < 2 || vd_conf_parse_keepalived(&src, argv[1], &opt, &m, &diags) == -ENOENT ||
			m == NULL) {
		fprintf(stderr, "usage: check-values FILE [CONFIG_ID]\n");
		return 2;
	}
	(void)vd_model_validate(m, NULL, &diags);
	(void)vd_check_model(m, &diags);
	for (size_t i = 0; i < m->virtual_servers.n; i++)
		print_service(&m->virtual_servers.v[i]);
	vd_model_free(m);
	vd_diag_list_free(&diags);
	return 0;
}
