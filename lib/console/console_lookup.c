/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "console_priv.h"

void
console_vs_text(const struct vd_cli_vs *vs, struct vd_strbuf *out)
{
	char buf[VD_ENDPOINT_STR];

	switch (vs->form) {
	case VD_CLI_VS_GROUP:
		vd_strbuf_printf(out, "group %s", vs->group);
		break;
	case VD_CLI_VS_FWMARK:
		vd_strbuf_printf(out, "fwmark %u", vs->fwmark);
		break;
	case VD_CLI_VS_ENDPOINT:
		if (vs->protocol != 0)
			vd_strbuf_printf(out,
					"%s:", vd_protocol_name((enum vd_protocol)vs->protocol));
		vd_strbuf_puts(out, vd_endpoint_format(&vs->endpoint, buf, sizeof(buf)));
		break;
	case VD_CLI_VS_NONE:
		break;
	}
}

int
console_find_service(struct console_job *job, const struct vd_cli_vs *vs)
{
	struct vd_strbuf text = {0};
	int i = -ENOENT;

	if (vs->form == VD_CLI_VS_GROUP)
		i = vd_ctl_service_find_group(job->ctl, vs->group);
	else if (vs->form == VD_CLI_VS_FWMARK)
		i = vd_ctl_service_find_fwmark(job->ctl, vs->fwmark);
	else
		i = vd_ctl_service_find(job->ctl, vs->protocol, &vs->endpoint);
	if (i >= 0)
		return i;
	console_vs_text(vs, &text);
	if (i == -EINVAL)
		console_refuse(job, VD_CLI_STATUS_FAILED,
				"%s is a TCP and a UDP service: write tcp:%s or udp:%s", text.s,
				text.s, text.s);
	else
		console_refuse(job, VD_CLI_STATUS_FAILED, "no virtual server %s", text.s);
	vd_strbuf_free(&text);
	return i;
}

int
console_find_server(struct console_job *job, int service, const struct vd_endpoint *rs)
{
	struct vd_ctl_service s;
	char buf[VD_ENDPOINT_STR];
	int i = vd_ctl_server_find(job->ctl, (size_t)service, rs);

	if (i >= 0)
		return i;
	vd_ctl_service_get(job->ctl, (size_t)service, &s);
	console_refuse(job, VD_CLI_STATUS_FAILED, "no real server %s in %s",
			vd_endpoint_format(rs, buf, sizeof(buf)), s.label);
	return i;
}

static void
add_services(struct vd_ctl *ctl, enum vd_cli_kind kind, struct vd_cli_candidates *out)
{
	struct vd_ctl_service s;
	/* With and without its protocol: the word begun decides which is meant. */
	bool plain = kind == VD_CLI_KIND_DESTINATION ||
			(out->prefix != NULL && strchr("0123456789[", out->prefix[0]) != NULL &&
					out->prefix[0] != '\0');

	for (size_t i = 0; i < vd_ctl_service_count(ctl); i++) {
		const char *group, *mark;
		char buf[VD_ENDPOINT_STR];

		vd_ctl_service_get(ctl, i, &s);
		group = strncmp(s.label, "group ", 6) == 0 ? s.label + 6 : NULL;
		mark = strncmp(s.label, "fwmark ", 7) == 0 ? s.label + 7 : NULL;
		if (kind == VD_CLI_KIND_GROUP && group != NULL)
			vd_cli_candidate_add(out, group, NULL);
		if (kind == VD_CLI_KIND_FWMARK && mark != NULL)
			vd_cli_candidate_add(out, mark, NULL);
		if (kind == VD_CLI_KIND_GROUP || kind == VD_CLI_KIND_FWMARK)
			continue;
		if (plain && vd_addr_is_unset(&s.endpoint.addr))
			continue;
		if (plain)
			vd_cli_candidate_add(out, vd_endpoint_format(&s.endpoint, buf, sizeof(buf)),
					NULL);
		else if (group == NULL && mark == NULL)
			vd_cli_candidate_add(out, s.label, NULL);
	}
}

/* The servers of the service that stands before, or of all. */
static void
add_servers(struct vd_ctl *ctl, const struct vd_cli_vs *vs, struct vd_cli_candidates *out)
{
	char buf[VD_ENDPOINT_STR];
	struct vd_ctl_service s;
	struct vd_ctl_server r;
	int only = -1;

	if (vs->form == VD_CLI_VS_GROUP)
		only = vd_ctl_service_find_group(ctl, vs->group);
	else if (vs->form == VD_CLI_VS_FWMARK)
		only = vd_ctl_service_find_fwmark(ctl, vs->fwmark);
	else if (vs->form == VD_CLI_VS_ENDPOINT)
		only = vd_ctl_service_find(ctl, vs->protocol, &vs->endpoint);
	for (size_t i = 0; i < vd_ctl_service_count(ctl); i++) {
		if (only >= 0 && (size_t)only != i)
			continue;
		vd_ctl_service_get(ctl, i, &s);
		for (size_t k = 0; k < s.n_servers; k++) {
			vd_ctl_server_get(ctl, i, k, &r);
			vd_cli_candidate_add(out, vd_endpoint_format(&r.endpoint, buf, sizeof(buf)),
					r.state);
		}
	}
}

static void
add_ports(struct vd_ctl *ctl, struct vd_cli_candidates *out)
{
	struct vd_ctl_port p;

	for (size_t i = 0; i < vd_ctl_port_count(ctl); i++) {
		vd_ctl_port_get(ctl, i, &p);
		vd_cli_candidate_add(out, p.name, p.device);
	}
}

static void
add_instances(struct vd_ctl *ctl, struct vd_cli_candidates *out)
{
	struct vd_ctl_vrrp v = {0};

	for (size_t i = 0; i < vd_ctl_vrrp_count(ctl); i++) {
		vd_ctl_vrrp_get(ctl, i, &v);
		vd_cli_candidate_add(out, v.name,
				vd_vrrp_state_name((enum vd_vrrp_state)v.status.state));
	}
}

void
console_values(void *ctx, enum vd_cli_kind kind, const struct vd_cli_call *before,
		struct vd_cli_candidates *out)
{
	struct vd_ctl *ctl = ((struct vd_console *)ctx)->ctl;

	switch (kind) {
	case VD_CLI_KIND_PORT:
		add_ports(ctl, out);
		break;
	case VD_CLI_KIND_INSTANCE:
		add_instances(ctl, out);
		break;
	case VD_CLI_KIND_SERVICE:
	case VD_CLI_KIND_GROUP:
	case VD_CLI_KIND_FWMARK:
	case VD_CLI_KIND_DESTINATION:
		add_services(ctl, kind, out);
		break;
	case VD_CLI_KIND_RS:
		add_servers(ctl,
				before->vs.form != VD_CLI_VS_NONE ? &before->vs
								  : &before->filter.vs,
				out);
		break;
	case VD_CLI_KIND_STATE:
		for (size_t i = 0; i < vd_ctl_conn_state_count(); i++)
			vd_cli_candidate_add(out, vd_ctl_conn_state_name(i), NULL);
		break;
	case VD_CLI_KIND_TOPIC:
		for (unsigned int s = 0; before->n_topics == 0 && s < VD_CLI_SECTION_N; s++)
			vd_cli_candidate_add(
					out, vd_cli_section_name((enum vd_cli_section)s), NULL);
		break;
	default:
		break;
	}
}
