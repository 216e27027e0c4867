/* SPDX-License-Identifier: BSD-3-Clause */
/* The services in keepalived.data, as configured. */
#include <ctype.h>

#include "report_priv.h"

static void
print_range(const struct vd_model_group_entry *e, struct vd_strbuf *out)
{
	char lo[VD_ADDR_STR], hi[VD_ADDR_STR];

	if (e->fwmark != 0)
		vd_strbuf_printf(out, "   FWMARK = %ld\n", e->fwmark);
	else if (vd_addr_equal(&e->address.lo, &e->address.hi))
		vd_strbuf_printf(out, "   VIP = %s, VPORT = %ld\n",
				vd_addr_format(&e->address.lo, lo, sizeof(lo)), e->port);
	else
		vd_strbuf_printf(out, "   VIP Range = %s-%s, VPORT = %ld\n",
				vd_addr_format(&e->address.lo, lo, sizeof(lo)),
				vd_addr_format(&e->address.hi, hi, sizeof(hi)), e->port);
}

static void
print_group(const struct vd_model_virtual_server_group *g, struct vd_strbuf *out)
{
	const struct vd_model_group_entry *e;

	vd_strbuf_printf(out, " ------< Virtual server group >------\n Virtual Server Group = %s\n",
			g->name);
	VD_VEC_FOREACH (e, &g->entries)
		print_range(e, out);
}

static void
print_protocol(enum vd_protocol protocol, struct vd_strbuf *out)
{
	vd_strbuf_puts(out, "   protocol = ");
	for (const char *p = vd_protocol_name(protocol); *p != '\0'; p++)
		vd_strbuf_putc(out, (char)toupper((unsigned char)*p));
	vd_strbuf_putc(out, '\n');
}

static void
print_server(const struct vd_model_virtual_server *vs, const struct vd_model_real_server *rs,
		struct vd_strbuf *out)
{
	char text[VD_ADDR_STR];

	vd_strbuf_puts(out, "   ------< Real server >------\n");
	vd_strbuf_printf(out, "   RIP = %s, RPORT = %ld, WEIGHT = %ld EFF WEIGHT = %ld\n",
			vd_addr_format(&rs->address, text, sizeof(text)),
			rs->port != 0 ? rs->port : vs->port, rs->weight, rs->weight);
	vd_strbuf_printf(out, "     forwarding method = %s\n",
			vd_forwarding_word(vd_model_forwarding_of(vs, rs)));
	vd_strbuf_printf(out, "     Alpha is %s\n", rs->alpha ? "ON" : "OFF");
	vd_strbuf_printf(out, "     Inhibit on failure is %s\n",
			rs->inhibit_on_failure ? "ON" : "OFF");
}

static void
print_service(const struct vd_model_virtual_server *vs, struct vd_strbuf *out)
{
	const struct vd_model_real_server *rs;
	char text[VD_ADDR_STR];

	if (vs->group != NULL)
		vd_strbuf_printf(out, " VS GROUP = %s\n", vs->group);
	else if (vs->fwmark != 0)
		vd_strbuf_printf(out, " VS FWMARK = %ld\n", vs->fwmark);
	else
		vd_strbuf_printf(out, " VS VIP = %s, VPORT = %ld\n",
				vd_addr_format(&vs->address, text, sizeof(text)), vs->port);
	if (vs->virtualhost != NULL)
		vd_strbuf_printf(out, "   VirtualHost = %s\n", vs->virtualhost);
	vd_strbuf_printf(out, "   lvs_sched = %s\n", vd_scheduler_word(vd_model_scheduler_of(vs)));
	if (vs->persistence_timeout != 0)
		vd_strbuf_printf(out, "   persistence timeout = %lu\n",
				(unsigned long)(vs->persistence_timeout / VD_SEC));
	print_protocol((enum vd_protocol)vs->protocol, out);
	vd_strbuf_printf(out, "   alpha is %s, omega is %s\n", vs->alpha ? "ON" : "OFF",
			vs->omega ? "ON" : "OFF");
	vd_strbuf_printf(out, "   quorum = %ld, hysteresis = %ld\n", vs->quorum, vs->hysteresis);
	if (!vd_addr_is_unset(&vs->sorry_server.address))
		vd_strbuf_printf(out, "   sorry server = [%s]:%ld\n",
				vd_addr_format(&vs->sorry_server.address, text, sizeof(text)),
				vs->sorry_server.port);
	VD_VEC_FOREACH (rs, &vs->real_servers)
		print_server(vs, rs, out);
}

void
report_lvs(const struct vd_model *m, struct vd_strbuf *out)
{
	const struct vd_model_virtual_server_group *g;
	const struct vd_model_virtual_server *vs;

	if (m->virtual_servers.n == 0)
		return;
	vd_strbuf_puts(out, "------< LVS Topology >------\n");
	VD_VEC_FOREACH (g, &m->virtual_server_groups)
		print_group(g, out);
	VD_VEC_FOREACH (vs, &m->virtual_servers)
		print_service(vs, out);
}
