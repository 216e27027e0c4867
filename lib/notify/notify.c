/* SPDX-License-Identifier: BSD-3-Clause */
/* What the outside is told, and who is told: targets and events. */
#include <stdio.h>
#include <string.h>

#include "notify_priv.h"
#include "vd_compiler.h"
#include "vd_log.h"
#include "vd_model.h"

static const char *const words[VD_NOTIFY_N] = {
#define VD_X(id, word, line) word,
		VD_NOTIFY_WHATS(VD_X)
#undef VD_X
};

static const char *const lines[VD_NOTIFY_N] = {
#define VD_X(id, word, line) line,
		VD_NOTIFY_WHATS(VD_X)
#undef VD_X
};

static const char *const kinds[] = {
		[VD_NOTIFY_INSTANCE] = "INSTANCE",
		[VD_NOTIFY_GROUP] = "GROUP",
};

const char *
vd_notify_word(enum vd_notify_what what)
{
	return (unsigned int)what < VD_NOTIFY_N ? words[what] : "?";
}

const char *
notify_line(enum vd_notify_what what)
{
	return lines[what];
}

enum vd_notify_what
vd_notify_of_state(enum vd_vrrp_state to, bool deleted)
{
	if (deleted)
		return VD_NOTIFY_DELETED;
	switch (to) {
	case VD_VRRP_STATE_BACKUP:
		return VD_NOTIFY_BACKUP;
	case VD_VRRP_STATE_MASTER:
		return VD_NOTIFY_MASTER;
	case VD_VRRP_STATE_FAULT:
		return VD_NOTIFY_FAULT;
	case VD_VRRP_STATE_INIT:
	case VD_VRRP_STATE_N:
		break;
	}
	return VD_NOTIFY_STOP;
}

struct vd_notify *
vd_notify_create(struct vd_io_loop *loop, const struct vd_notify_limits *limits)
{
	static const struct vd_notify_limits usual = {64, 1024, 16384, 65536, 30 * VD_SEC};
	static const char *const fifos[NOTIFY_FIFOS] = {
			[NOTIFY_FIFO_ALL] = "notify_fifo",
			[NOTIFY_FIFO_VRRP] = "vrrp_notify_fifo",
			[NOTIFY_FIFO_LVS] = "lvs_notify_fifo",
	};
	struct vd_notify *n = vd_xcalloc(1, sizeof(*n));

	n->loop = loop;
	n->limits = limits != NULL ? *limits : usual;
	n->ready_tail = &n->ready_head;
	n->startup.word = "startup_script";
	n->shutdown.word = "shutdown_script";
	for (size_t i = 0; i < NOTIFY_FIFOS; i++) {
		n->fifo[i].n = n;
		n->fifo[i].word = fifos[i];
		n->fifo[i].fd = -1;
	}
	return n;
}

void
vd_notify_destroy(struct vd_notify *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < NOTIFY_FIFOS; i++)
		notify_fifo_destroy(&n->fifo[i]);
	notify_queue_destroy(n);
	notify_targets_destroy(n);
	notify_command_clear(&n->startup.command);
	notify_command_clear(&n->shutdown.command);
	free(n);
}

/* ---- configuration ---- */

/* Instances and groups name the same members, in two structures. */
#define COMMANDS(t, from, def) \
	do { \
		command_set(t, VD_NOTIFY_BACKUP, &(from)->notify_backup, def); \
		command_set(t, VD_NOTIFY_MASTER, &(from)->notify_master, def); \
		command_set(t, VD_NOTIFY_FAULT, &(from)->notify_fault, def); \
		command_set(t, VD_NOTIFY_STOP, &(from)->notify_stop, def); \
		command_set(t, VD_NOTIFY_DELETED, &(from)->notify_deleted, def); \
		notify_command_set(&(t)->always, &(from)->notify, def, (t)->owner, "notify"); \
	} while (0)

static void
command_set(struct notify_target *t, enum vd_notify_what what, const struct vd_model_command *line,
		const struct vd_io_user *def)
{
	notify_command_set(notify_target_command(t, what), line, def, t->owner, lines[what]);
}

static void
instances_configure(struct vd_notify *n, const struct vd_model *m, const struct vd_io_user *def)
{
	const struct vd_model_vrrp_instance *i;

	VD_VEC_FOREACH (i, &m->instances) {
		struct notify_target *t = notify_target_take(n, VD_NOTIFY_INSTANCE, i->name, NULL);

		COMMANDS(t, i, def);
		command_set(t, VD_NOTIFY_MASTER_RX_LOWER_PRI, &i->notify_master_rx_lower_pri, def);
		t->priority_changes = i->notify_priority_changes;
	}
}

/* A group's priority is always 0: the flag of a group can only mean its members. */
static void
group_members(struct vd_notify *n, const struct vd_model *m, const struct vd_model_sync_group *g)
{
	for (size_t k = 0; k < g->group.n; k++) {
		const struct vd_model_vrrp_instance *i = vd_model_instance_find(m, g->group.v[k]);

		if (i != NULL && !vd_model_given(&i->obj, &i->notify_priority_changes))
			notify_target_take(n, VD_NOTIFY_INSTANCE, i->name, NULL)->priority_changes =
					g->notify_priority_changes;
	}
}

static void
default_user(struct vd_io_user *def, const struct vd_model_user *script_user)
{
	struct vd_strbuf why = {0};

	if (!vd_io_user_script(def, script_user->user, script_user->group, &why))
		vd_log(VD_LOG_WARNING, "script_user: %s: scripts without a user are not run",
				why.s);
	vd_strbuf_free(&why);
}

void
vd_notify_configure(struct vd_notify *n, const struct vd_model *m)
{
	const struct vd_model_global *g = &m->global;
	const struct vd_model_sync_group *group;
	struct vd_io_user def;

	for (size_t i = 0; i < n->targets.n; i++) {
		n->targets.v[i]->expired = n->targets.v[i]->gone;
		n->targets.v[i]->gone = true;
	}
	default_user(&def, &g->script_user);
	notify_once_set(&n->startup, &g->startup_script, g->startup_script_timeout, &def);
	notify_once_set(&n->shutdown, &g->shutdown_script, g->shutdown_script_timeout, &def);
	if (!n->started_once)
		notify_once_run(n, &n->startup, true);
	n->started_once = true;
	instances_configure(n, m, &def);
	VD_VEC_FOREACH (group, &m->sync_groups) {
		struct notify_target *t = notify_target_take(n, VD_NOTIFY_GROUP, group->name, NULL);

		COMMANDS(t, group, &def);
		if (vd_model_given(&group->obj, &group->notify_priority_changes))
			group_members(n, m, group);
	}
	notify_lvs_configure(n, m, &def);
	for (size_t i = n->targets.n; i-- > 0;)
		notify_target_settle(n, n->targets.v[i]);
	notify_fifo_configure(
			&n->fifo[NOTIFY_FIFO_ALL], &g->notify_fifo, &g->notify_fifo_script, &def);
	notify_fifo_configure(&n->fifo[NOTIFY_FIFO_VRRP], &g->vrrp_notify_fifo,
			&g->vrrp_notify_fifo_script, &def);
	notify_fifo_configure(&n->fifo[NOTIFY_FIFO_LVS], &g->lvs_notify_fifo,
			&g->lvs_notify_fifo_script, &def);
}

void
vd_notify_shutdown_script(struct vd_notify *n)
{
	if (n->started_once)
		notify_once_run(n, &n->shutdown, false);
	n->started_once = false;
}

/* ---- events ---- */

void
vd_notify_fifo_state(struct vd_notify *n, enum vd_notify_kind kind, const char *name,
		enum vd_notify_what state, uint8_t priority)
{
	struct vd_strbuf line = {0};

	vd_strbuf_printf(&line, "%s \"%s\" %s %u\n", kinds[kind], name, vd_notify_word(state),
			(unsigned int)priority);
	notify_fifo_write(&n->fifo[NOTIFY_FIFO_ALL], line.s, line.len);
	notify_fifo_write(&n->fifo[NOTIFY_FIFO_VRRP], line.s, line.len);
	vd_strbuf_free(&line);
}

static void
state_entered(struct vd_notify *n, enum vd_notify_kind kind, const char *name,
		enum vd_notify_what to, uint8_t priority)
{
	struct notify_target *t = notify_target_listener(n, kind, name, NULL);
	char prio[8];
	const char *more[] = {kinds[kind], name, vd_notify_word(to), prio};

	snprintf(prio, sizeof(prio), "%u", (unsigned int)priority);
	if (t != NULL) {
		notify_queue_add(n, t, notify_target_command(t, to), lines[to], to, NULL, 0);
		notify_queue_add(n, t, &t->always, "notify", to, more, VD_ARRAY_LEN(more));
		if (to == VD_NOTIFY_DELETED) {
			t->expired = true;
			notify_target_settle(n, t);
		}
	}
	vd_notify_fifo_state(n, kind, name, to, priority);
}

void
vd_notify_instance(struct vd_notify *n, const char *name, enum vd_notify_what to, uint8_t priority)
{
	state_entered(n, VD_NOTIFY_INSTANCE, name, to, priority);
}

void
vd_notify_group(struct vd_notify *n, const char *name, enum vd_notify_what to)
{
	state_entered(n, VD_NOTIFY_GROUP, name, to, 0);
}

void
vd_notify_instance_event(
		struct vd_notify *n, const char *name, enum vd_notify_what what, uint8_t priority)
{
	struct notify_target *t = notify_target_listener(n, VD_NOTIFY_INSTANCE, name, NULL);

	if (what == VD_NOTIFY_MASTER_RX_LOWER_PRI) {
		if (t != NULL)
			notify_queue_add(n, t, notify_target_command(t, what), lines[what], what,
					NULL, 0);
	} else if (t == NULL || !t->priority_changes) {
		return;
	}
	vd_notify_fifo_state(n, VD_NOTIFY_INSTANCE, name, what, priority);
}

void
vd_notify_stats(const struct vd_notify *n, struct vd_notify_stats *out)
{
	*out = n->stats;
}
