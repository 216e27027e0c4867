/* SPDX-License-Identifier: BSD-3-Clause */
/* A difference in words, for the log and for who asked for the reload. */
#include "vd_model_diff.h"

static void
put_fields(const struct vd_model_diff_fields *fields, struct vd_strbuf *out)
{
	for (size_t i = 0; i < fields->n; i++)
		vd_strbuf_printf(out, "%s%s", i == 0 ? "" : ", ", fields->v[i]->word);
}

static const char *
change_word(enum vd_model_change change)
{
	return change == VD_MODEL_ADDED              ? "added"
			: change == VD_MODEL_REMOVED ? "removed"
						     : "changed";
}

static void
put_part(struct vd_strbuf *out, size_t *parts, const char *text)
{
	vd_strbuf_printf(out, "%s%s", (*parts)++ == 0 ? ": " : "; ", text);
}

static void
put_servers(const struct vd_model_diff_service *s, struct vd_strbuf *out, size_t *parts)
{
	size_t counts[VD_MODEL_CHANGED + 1] = {0};
	const struct vd_model_diff_server *e;

	VD_VEC_FOREACH (e, &s->servers)
		counts[e->change]++;
	if (s->servers.n == 0 && (s->what & VD_MODEL_DIFF_SERVERS) != 0)
		put_part(out, parts, "real servers in another order");
	if (s->servers.n == 0)
		return;
	put_part(out, parts, "real servers: ");
	vd_strbuf_printf(out, "%zu added, %zu removed, %zu changed", counts[VD_MODEL_ADDED],
			counts[VD_MODEL_REMOVED], counts[VD_MODEL_CHANGED]);
}

static void
put_service(const struct vd_model_diff_service *s, const struct vd_model *a,
		const struct vd_model *b, struct vd_strbuf *out)
{
	size_t parts = 0;

	vd_strbuf_puts(out, "virtual_server ");
	vd_model_virtual_server_name(s->change == VD_MODEL_REMOVED
					? &a->virtual_servers.v[s->old_index]
					: &b->virtual_servers.v[s->new_index],
			out);
	vd_strbuf_printf(out, ": %s", change_word(s->change));
	if (s->fields.n > 0) {
		put_part(out, &parts, "");
		put_fields(&s->fields, out);
	}
	if ((s->what & VD_MODEL_DIFF_LISTENERS) != 0)
		put_part(out, &parts, "entries of its group");
	if ((s->what & VD_MODEL_DIFF_SOURCES) != 0)
		put_part(out, &parts, "local addresses");
	put_servers(s, out, &parts);
	vd_strbuf_putc(out, '\n');
}

static void
put_block(const char *name, const struct vd_model_diff_fields *fields, struct vd_strbuf *out)
{
	if (fields->n == 0)
		return;
	vd_strbuf_printf(out, "%s: changed: ", name);
	put_fields(fields, out);
	vd_strbuf_putc(out, '\n');
}

/* Those past the lines that a reader takes in, as numbers. */
static void
put_more(const struct vd_model_diff *d, struct vd_strbuf *out)
{
	size_t counts[VD_MODEL_CHANGED + 1] = {0};

	for (size_t i = VD_MODEL_DIFF_LINES; i < d->services.n; i++)
		counts[d->services.v[i].change]++;
	vd_strbuf_printf(out, "and %zu more virtual servers: %zu added, %zu removed, %zu changed\n",
			d->services.n - VD_MODEL_DIFF_LINES, counts[VD_MODEL_ADDED],
			counts[VD_MODEL_REMOVED], counts[VD_MODEL_CHANGED]);
}

void
vd_model_diff_format(const struct vd_model_diff *d, const struct vd_model *a,
		const struct vd_model *b, struct vd_strbuf *out)
{
	const struct vd_model_diff_instance *i;

	for (size_t n = 0; n < d->services.n && n < VD_MODEL_DIFF_LINES; n++)
		put_service(&d->services.v[n], a, b, out);
	if (d->services.n > VD_MODEL_DIFF_LINES)
		put_more(d, out);
	VD_VEC_FOREACH (i, &d->instances) {
		const char *name = i->change == VD_MODEL_REMOVED
				? a->instances.v[i->old_index].name
				: b->instances.v[i->new_index].name;

		vd_strbuf_printf(out, "vrrp_instance %s: %s%s", name == NULL ? "" : name,
				change_word(i->change), i->fields.n > 0 ? ": " : "");
		put_fields(&i->fields, out);
		vd_strbuf_putc(out, '\n');
	}
	put_block("global_defs", &d->globals, out);
	put_block("configuration", &d->root, out);
}
