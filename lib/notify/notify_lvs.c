/* SPDX-License-Identifier: BSD-3-Clause */
/* Real servers and quorums: who is told, and by which line. */
#include <stdlib.h>

#include "notify_priv.h"
#include "vd_model.h"

static void
fifo_name_set(struct notify_target *t, struct vd_strbuf *name)
{
	free(t->fifo_name);
	t->fifo_name = vd_strbuf_take(name);
}

static void
command_set(struct notify_target *t, enum vd_notify_what what, const struct vd_model_command *line,
		const struct vd_io_user *def)
{
	notify_command_set(notify_target_command(t, what), line, def, t->owner, notify_line(what));
}

/* Nobody is told: most of a hundred thousand servers are so. */
static bool
is_silent(const struct vd_model_global *g, const struct vd_model_command *one,
		const struct vd_model_command *other)
{
	return g->notify_fifo.script == NULL && g->lvs_notify_fifo.script == NULL &&
			one->script == NULL && other->script == NULL;
}

/* Of no use where nobody is told, unless somebody was until now. */
static struct notify_target *
target_of(struct vd_notify *n, enum vd_notify_kind kind, const char *name, const char *of,
		bool silent)
{
	if (silent && (!n->knows_lvs || notify_target_find(n, kind, name, of) == NULL))
		return NULL;
	n->knows_lvs = true;
	return notify_target_take(n, kind, name, of);
}

static void
server_configure(struct vd_notify *n, const struct vd_model_virtual_server *vs, const char *label,
		const struct vd_model_real_server *rs, const struct vd_io_user *def, bool silent)
{
	int64_t port = rs->port != 0 ? rs->port : vs->port;
	struct vd_endpoint ep = {.addr = rs->address, .port = (uint16_t)port};
	struct notify_target *t;
	char text[VD_ENDPOINT_STR];
	struct vd_strbuf name = {0};

	if (silent && !n->knows_lvs)
		return;
	vd_endpoint_format(&ep, text, sizeof(text));
	t = target_of(n, VD_NOTIFY_SERVER, text, label, silent);
	if (t == NULL)
		return;
	command_set(t, VD_NOTIFY_UP, &rs->notify_up, def);
	command_set(t, VD_NOTIFY_DOWN, &rs->notify_down, def);
	vd_model_real_server_trio(vs, rs, &name);
	vd_strbuf_putc(&name, ' ');
	vd_model_virtual_server_trio(vs, &name);
	fifo_name_set(t, &name);
}

static void
service_configure(struct vd_notify *n, const struct vd_model_virtual_server *vs, const char *label,
		const struct vd_io_user *def, bool silent)
{
	struct notify_target *t = target_of(n, VD_NOTIFY_SERVICE, label, NULL, silent);
	struct vd_strbuf name = {0};

	if (t == NULL)
		return;
	command_set(t, VD_NOTIFY_QUORUM_UP, &vs->quorum_up, def);
	command_set(t, VD_NOTIFY_QUORUM_DOWN, &vs->quorum_down, def);
	vd_model_virtual_server_trio(vs, &name);
	fifo_name_set(t, &name);
}

void
notify_lvs_configure(struct vd_notify *n, const struct vd_model *m, const struct vd_io_user *def)
{
	const struct vd_model_virtual_server *vs;
	const struct vd_model_real_server *rs;
	const struct vd_model_global *g = &m->global;
	struct vd_strbuf label = {0};

	n->rs_init_notifies = m->global.rs_init_notifies;
	VD_VEC_FOREACH (vs, &m->virtual_servers) {
		vd_strbuf_reset(&label);
		vd_model_virtual_server_name(vs, &label);
		service_configure(n, vs, label.s, def,
				is_silent(g, &vs->quorum_up, &vs->quorum_down));
		VD_VEC_FOREACH (rs, &vs->real_servers)
			server_configure(n, vs, label.s, rs, def,
					is_silent(g, &rs->notify_up, &rs->notify_down));
	}
	vd_strbuf_free(&label);
}

/* As keepalived does, with the NUL that ends the text. */
static void
lvs_told(struct vd_notify *n, struct notify_target *t, const char *kind, enum vd_notify_what what)
{
	struct vd_strbuf line = {0};

	notify_queue_add(n, t, notify_target_command(t, what), notify_line(what), what, NULL, 0);
	vd_strbuf_printf(&line, "%s %s %s\n", kind, t->fifo_name, vd_notify_word(what));
	notify_fifo_write(&n->fifo[NOTIFY_FIFO_ALL], line.s, line.len + 1);
	notify_fifo_write(&n->fifo[NOTIFY_FIFO_LVS], line.s, line.len + 1);
	vd_strbuf_free(&line);
}

void
vd_notify_server(struct vd_notify *n, const char *service, const char *server, bool up)
{
	struct notify_target *t = notify_target_listener(n, VD_NOTIFY_SERVER, server, service);

	if (t != NULL)
		lvs_told(n, t, "RS", up ? VD_NOTIFY_UP : VD_NOTIFY_DOWN);
}

void
vd_notify_server_first(struct vd_notify *n, const char *service, const char *server)
{
	if (n->rs_init_notifies)
		vd_notify_server(n, service, server, true);
}

void
vd_notify_service(struct vd_notify *n, const char *service, bool up)
{
	struct notify_target *t = notify_target_listener(n, VD_NOTIFY_SERVICE, service, NULL);

	if (t != NULL)
		lvs_told(n, t, "VS", up ? VD_NOTIFY_QUORUM_UP : VD_NOTIFY_QUORUM_DOWN);
}
