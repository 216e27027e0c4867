/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_model_validate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vd_model_validate_priv.h"

static void
say(struct vd_validate *c, enum vd_diag_severity severity, struct vd_place place, const char *hint,
		const char *fmt, va_list ap)
{
	struct vd_strbuf text = {0};

	c->errors += severity == VD_DIAG_ERROR;
	vd_strbuf_vprintf(&text, fmt, ap);
	vd_diag_add(c->diags, severity, place, hint, "%s", text.s);
	vd_strbuf_free(&text);
}

void
vd_validate_say(struct vd_validate *c, enum vd_diag_severity severity, struct vd_place place,
		const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, severity, place, hint, fmt, ap);
	va_end(ap);
}

void
vd_validate_unknown(struct vd_validate *c, enum vd_diag_severity severity, struct vd_place place,
		const char *word, struct vd_validate_names *names, const char *fmt, ...)
{
	const char *near = vd_nearest(word, names->v, names->n);
	struct vd_strbuf hint = {0};
	va_list ap;

	if (near != NULL)
		vd_strbuf_printf(&hint, "did you mean %s?", near);
	va_start(ap, fmt);
	say(c, severity, place, hint.s, fmt, ap);
	va_end(ap);
	vd_strbuf_free(&hint);
	vd_vec_free(names);
}

const char *
vd_validate_where(const struct vd_place *place)
{
	static char text[128];

	if (place->path != NULL)
		snprintf(text, sizeof(text), "%s", place->path);
	else
		snprintf(text, sizeof(text), "line %u", place->line);
	return text;
}

bool
vd_validate_interface(struct vd_validate *c, enum vd_diag_severity severity, struct vd_place place,
		const char *what, const char *name)
{
	const struct vd_dataplane *dp = c->options->dataplane;
	struct vd_validate_names names = {0};
	struct vd_dataplane_iface iface;

	if (dp == NULL || name == NULL || vd_dataplane_iface_find(dp, name, &iface))
		return true;
	for (size_t i = 0; i < dp->ports.n; i++) {
		vd_vec_push(&names, dp->ports.v[i].name);
		for (size_t k = 0; k < dp->ports.v[i].vlans.n; k++)
			vd_vec_push(&names, dp->ports.v[i].vlans.v[k].name);
	}
	/* keepalived waits for such interfaces; ports do not come and go. */
	if (c->m->global.dynamic_interfaces && severity == VD_DIAG_ERROR)
		severity = VD_DIAG_WARNING;
	vd_validate_unknown(c, severity, place, name, &names,
			"%s %s: no port of the dataplane file has this name", what, name);
	return false;
}

bool
vd_validate_station(struct vd_validate *c, struct vd_place place, const char *what,
		const struct vd_addr *a)
{
	static const struct vd_addr loopback = {.b = {[15] = 1}};
	char text[VD_ADDR_STR];
	bool bad = vd_addr_is_unset(a) || vd_addr_is_multicast(a) || vd_addr_equal(a, &loopback);

	if (vd_addr_is_v4(a))
		bad = bad || a->b[12] == 0 || a->b[12] == 127 || vd_addr_v4(a) == UINT32_MAX;
	if (bad)
		vd_validate_say(c, VD_DIAG_ERROR, place, NULL,
				"%s: %s is not the address of one station", what,
				vd_addr_format(a, text, sizeof(text)));
	return !bad;
}

/* Words of global_defs that are there and say nothing. */
static void
check_global(struct vd_validate *c)
{
	const struct vd_model_global *g = &c->m->global;
	const struct vd_model_field *flush;
	const struct vd_model_raw *r;

	if (vd_model_given(&g->obj, &g->notification_email) && g->notification_email.n == 0)
		vd_validate_say(c, VD_DIAG_WARNING,
				vd_model_place_of(&g->obj, &g->notification_email), NULL,
				"notification_email names nobody");
	flush = g->obj.block == NULL ? NULL
				     : vd_model_field_find(g->obj.block, "lvs_flush_on_stop");
	VD_VEC_FOREACH (r, &g->obj.raw)
		if (r->field == flush && r->words.n > 0 && strcmp(r->words.v[0], "VS") != 0)
			vd_validate_say(c, VD_DIAG_WARNING, r->place, "VS, or nothing",
					"lvs_flush_on_stop: there is no %s", r->words.v[0]);
}

int
vd_model_validate(struct vd_model *m, const struct vd_model_validate_options *options,
		struct vd_diag_list *diags)
{
	static const struct vd_model_validate_options none;
	struct vd_validate c = {
			.m = m, .options = options == NULL ? &none : options, .diags = diags};

	check_global(&c);
	vd_validate_vrrp(&c);
	vd_validate_tracks(&c);
	vd_validate_weights(&c);
	vd_validate_groups(&c);
	vd_validate_services(&c);
	vd_validate_listeners(&c);
	return c.errors > 0 ? -EINVAL : 0;
}
