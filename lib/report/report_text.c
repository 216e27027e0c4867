/* SPDX-License-Identifier: BSD-3-Clause */
/* How keepalived writes addresses, commands and times. */
#include <ctype.h>

#include "report_priv.h"

bool
report_is_master(const struct vd_report_instance *i)
{
	return i->status.state == VD_VRRP_STATE_MASTER;
}

void
report_address(const struct vd_model_address *a, const char *interface, bool set,
		struct vd_strbuf *out)
{
	bool v4 = vd_addr_is_v4(&a->address.addr);
	bool whole = a->address.len == (v4 ? 32 : 128);
	char text[VD_PREFIX_STR];

	vd_strbuf_puts(out,
			whole ? vd_addr_format(&a->address.addr, text, sizeof(text))
			      : vd_prefix_format(&a->address, text, sizeof(text)));
	if (a->brd != NULL)
		vd_strbuf_printf(out, " brd %s", a->brd);
	vd_strbuf_printf(out, " dev %s scope %s", a->dev != NULL ? a->dev : interface,
			a->scope != NULL ? a->scope : "global");
	if (a->label != NULL)
		vd_strbuf_printf(out, " label %s", a->label);
	/* The kernel would not choose a whole address as a source. */
	if (!v4)
		vd_strbuf_puts(out, whole ? " deprecated" : " preferred_lft forever");
	if (a->no_track)
		vd_strbuf_puts(out, " no_track");
	if (set)
		vd_strbuf_puts(out, " set");
}

void
report_command(const char *line, struct vd_strbuf *out)
{
	const char *p = line;
	bool first = true;

	while (*p != '\0') {
		char quote = '\0';

		while (isspace((unsigned char)*p))
			p++;
		if (*p == '\0')
			break;
		vd_strbuf_puts(out, first ? "'" : " '");
		first = false;
		for (; *p != '\0' && (quote != '\0' || !isspace((unsigned char)*p)); p++) {
			if (*p == quote)
				quote = '\0';
			else if (quote == '\0' && (*p == '"' || *p == '\''))
				quote = *p;
			else
				vd_strbuf_putc(out, *p);
		}
		vd_strbuf_putc(out, '\'');
	}
}

void
report_time(const struct vd_report *r, uint64_t us, struct vd_strbuf *out)
{
	char text[VD_REPORT_TIME_STR] = "";

	vd_strbuf_printf(out, "%lu.%06lu", us / 1000000, us % 1000000);
	if (r->time_text == NULL)
		return;
	r->time_text(r->ctx, us, text);
	vd_strbuf_printf(out, " (%s)", text);
}
