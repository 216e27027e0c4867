/* SPDX-License-Identifier: BSD-3-Clause */
/* Those of whom something is told, found by their names: there may be tens of thousands. */
#include <string.h>

#include "notify_priv.h"
#include "vd_hash.h"

#define SLOTS_FIRST 64

static const struct {
	const char *word;
	enum vd_notify_what first, last;
} kinds[] = {
		[VD_NOTIFY_INSTANCE] = {"instance", VD_NOTIFY_BACKUP,
				VD_NOTIFY_MASTER_RX_LOWER_PRI},
		[VD_NOTIFY_GROUP] = {"sync group", VD_NOTIFY_BACKUP, VD_NOTIFY_DELETED},
		[VD_NOTIFY_SERVER] = {"real server", VD_NOTIFY_UP, VD_NOTIFY_DOWN},
		[VD_NOTIFY_SERVICE] = {"virtual server", VD_NOTIFY_QUORUM_UP,
				VD_NOTIFY_QUORUM_DOWN},
};

static uint64_t
key_hash(enum vd_notify_kind kind, const char *name, const char *of)
{
	uint64_t h = vd_hash_bytes(name, strlen(name), (uint64_t)kind);

	return of == NULL ? h : vd_hash_bytes(of, strlen(of), h);
}

static bool
is_key(const struct notify_target *t, enum vd_notify_kind kind, const char *name, const char *of)
{
	return t->kind == kind && strcmp(t->name, name) == 0 &&
			(of == NULL || strcmp(t->of, of) == 0);
}

static struct notify_target **
slot_of(const struct vd_notify *n, uint64_t hash)
{
	return &n->slots[hash & (n->n_slots - 1)];
}

struct notify_target *
notify_target_find(const struct vd_notify *n, enum vd_notify_kind kind, const char *name,
		const char *of)
{
	struct notify_target *t;

	if (n->n_slots == 0)
		return NULL;
	t = *slot_of(n, key_hash(kind, name, of));
	while (t != NULL && !is_key(t, kind, name, of))
		t = t->next_slot;
	return t;
}

static void
slot_add(struct vd_notify *n, struct notify_target *t)
{
	struct notify_target **slot = slot_of(n, t->hash);

	t->next_slot = *slot;
	*slot = t;
}

struct notify_target *
notify_target_listener(const struct vd_notify *n, enum vd_notify_kind kind, const char *name,
		const char *of)
{
	struct notify_target *t = notify_target_find(n, kind, name, of);

	return t != NULL && !t->expired ? t : NULL;
}

static void
slots_grow(struct vd_notify *n)
{
	if (n->targets.n < n->n_slots)
		return;
	free(n->slots);
	n->n_slots = n->n_slots == 0 ? SLOTS_FIRST : n->n_slots * 4;
	n->slots = vd_xcalloc(n->n_slots, sizeof(struct notify_target *));
	for (size_t i = 0; i < n->targets.n; i++)
		slot_add(n, n->targets.v[i]);
}

struct notify_target *
notify_target_take(struct vd_notify *n, enum vd_notify_kind kind, const char *name, const char *of)
{
	size_t commands = (size_t)(kinds[kind].last - kinds[kind].first) + 1;
	struct notify_target *t = notify_target_find(n, kind, name, of);
	struct vd_strbuf owner = {0};

	if (t == NULL) {
		slots_grow(n);
		t = vd_xcalloc(1, sizeof(*t) + commands * sizeof(t->command[0]));
		t->kind = kind;
		t->first = kinds[kind].first;
		t->n_commands = commands;
		t->name = vd_xstrdup(name);
		vd_strbuf_printf(&owner, "%s %s", kinds[kind].word, name);
		if (of != NULL) {
			t->of = vd_xstrdup(of);
			vd_strbuf_printf(&owner, " of %s", of);
		}
		t->owner = vd_strbuf_take(&owner);
		t->tail = &t->head;
		t->hash = key_hash(kind, name, of);
		t->index = n->targets.n;
		vd_vec_push(&n->targets, t);
		slot_add(n, t);
	}
	t->gone = t->expired = false;
	return t;
}

struct notify_command *
notify_target_command(struct notify_target *t, enum vd_notify_what what)
{
	size_t i = (size_t)what - (size_t)t->first;

	return what >= t->first && i < t->n_commands ? &t->command[i] : NULL;
}

static void
target_free(struct vd_notify *n, struct notify_target *t)
{
	notify_queue_drop(n, t);
	for (size_t i = 0; i < t->n_commands; i++)
		notify_command_clear(&t->command[i]);
	notify_command_clear(&t->always);
	free(t->name);
	free(t->of);
	free(t->owner);
	free(t->fifo_name);
	free(t);
}

static void
target_remove(struct vd_notify *n, struct notify_target *t)
{
	struct notify_target **link = slot_of(n, t->hash), *last;

	while (*link != t)
		link = &(*link)->next_slot;
	*link = t->next_slot;
	last = n->targets.v[--n->targets.n];
	n->targets.v[t->index] = last;
	last->index = t->index;
}

void
notify_target_settle(struct vd_notify *n, struct notify_target *t)
{
	if (!t->gone || !t->expired || t->running != NULL || t->head != NULL)
		return;
	target_remove(n, t);
	target_free(n, t);
}

void
notify_targets_destroy(struct vd_notify *n)
{
	for (size_t i = 0; i < n->targets.n; i++)
		target_free(n, n->targets.v[i]);
	vd_vec_free(&n->targets);
	free(n->slots);
}
