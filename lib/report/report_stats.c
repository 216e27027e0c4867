/* SPDX-License-Identifier: BSD-3-Clause */
/* keepalived.stats */
#include "report_priv.h"

static void
print_instance(const char *name, const struct vd_vrrp_stats *s, struct vd_strbuf *out)
{
	const uint64_t *e = s->errors;

	vd_strbuf_printf(out, "VRRP Instance: %s\n", name);
	vd_strbuf_printf(out, "  Advertisements:\n    Received: %lu\n    Sent: %lu\n",
			s->adverts_received, s->adverts_sent);
	vd_strbuf_printf(out, "  Became master: %lu\n  Released master: %lu\n", s->became_master,
			s->released_master);
	vd_strbuf_printf(out, "  Packet Errors:\n    Length: %lu\n    TTL: %lu\n",
			e[VD_VRRP_ERROR_LENGTH], e[VD_VRRP_ERROR_TTL]);
	vd_strbuf_printf(out,
			"    Invalid Type: %lu\n    Advertisement Interval: %lu\n"
			"    Address List: %lu\n",
			e[VD_VRRP_ERROR_TYPE], e[VD_VRRP_ERROR_INTERVAL],
			e[VD_VRRP_ERROR_ADDR_LIST]);
	vd_strbuf_printf(out,
			"  Authentication Errors:\n    Invalid Type: %lu\n"
			"    Type Mismatch: %lu\n    Failure: %lu\n",
			e[VD_VRRP_ERROR_AUTH_TYPE], e[VD_VRRP_ERROR_AUTH_MISMATCH],
			e[VD_VRRP_ERROR_AUTH_FAILURE]);
	vd_strbuf_printf(out, "  Priority Zero:\n    Received: %lu\n    Sent: %lu\n",
			s->priority_zero_received, s->priority_zero_sent);
}

void
vd_report_stats(const struct vd_report *r, struct vd_strbuf *out)
{
	for (size_t i = 0; i < r->n_instances; i++)
		print_instance(r->instances[i].conf->name, &r->instances[i].status.stats, out);
}
