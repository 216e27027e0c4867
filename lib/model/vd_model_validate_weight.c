/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Weights that do not do what their author wanted. What keepalived leaves out of the priority (owners, members of sync
 * groups) is left out of the model; the rest is arithmetic with the limits of a priority, 1 to 254 (RFC 9568 5.2.4), and
 * with the rule that an equal priority does not preempt. The peer's priority is not in this file, so what depends on it
 * is a note that says from which priority of the peer's on the addresses move.
 */
#include <string.h>

#include "vd_model_validate_priv.h"

#define PRIORITY_MAX      254
#define CUSTOMARY_GAP     50 /* between the nodes of a pair; less than it deserves a word */
#define PRIORITY_ORDINARY 100

struct sum {
	int64_t raise, lower; /* what good things add, what failed ones take: both positive */
	bool reverse;         /* some act the other way round: what good is, is not known here */
	const struct vd_model_track *first;
};

static int64_t
size_of(const struct vd_model_track *t)
{
	return t->weight < 0 ? -t->weight : t->weight;
}

static const struct vd_model_sync_group *
group_of(const struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const struct vd_model_sync_group *g;

	VD_VEC_FOREACH (g, &c->m->sync_groups)
		for (size_t k = 0; k < g->group.n && i->name != NULL; k++)
			if (strcmp(g->group.v[k], i->name) == 0)
				return g;
	return NULL;
}

/* The group that forbids the instance weights, or NULL. */
static const struct vd_model_sync_group *
forbidding_group(const struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const struct vd_model_sync_group *g = group_of(c, i);

	return g != NULL && !g->sync_group_tracking_weight ? g : NULL;
}

/* True: the entry is to be taken out. */
static bool
check_forbidden(struct vd_validate *c, const struct vd_model_vrrp_instance *i,
		const struct vd_model_sync_group *g, struct vd_model_track *t, bool keep)
{
	if (t->weight == 0)
		return false;
	if (i->priority == 255) {
		vd_validate_say(c, VD_DIAG_WARNING, t->obj.place,
				"weight 0 makes its failure a fault",
				"%s: its weight never counts with priority 255", t->name);
		return !keep;
	}
	vd_validate_say(c, VD_DIAG_WARNING, t->obj.place,
			keep ? "say weight 0, or sync_group_tracking_weight"
			     : "weight 0 makes its failure a fault; or track it in the group",
			keep ? "%s: weights do not count in vrrp_sync_group %s: its failure is a "
			       "fault"
			     : "%s: weights do not count in vrrp_sync_group %s: it is not tracked",
			t->name, g->name);
	return !keep;
}

/* keep: keepalived goes on tracking it, with weight 0. */
#define FORBID(list, keep_) \
	do { \
		for (size_t k_ = 0; k_ < (list)->n; k_++) { \
			struct vd_model_track *t_ = &(list)->v[k_]; \
			bool keeps_ = (keep_); \
\
			if (check_forbidden(c, i, g, t_, keeps_)) { \
				VD_VALIDATE_REMOVE(list, k_); \
				k_--; \
			} else if (t_->weight != 0) { \
				t_->weight = 0; \
				VD_VALIDATE_MARK(t_, weight, t_->obj.place); \
			} \
		} \
	} while (0)

static void
forbid(struct vd_validate *c, struct vd_model_vrrp_instance *i, const struct vd_model_sync_group *g)
{
	FORBID(&i->track_interface, i->priority != 255);
	FORBID(&i->track_script, false);
	/* A track_file's weight is 1 unless told: that is no wish. */
	FORBID(&i->track_file, t_->weight == 1);
	FORBID(&i->track_process, false);
	FORBID(&i->track_bfd, false);
}

/* An owner among the members: weights of the group become faults. */
static void
check_group(struct vd_validate *c, const struct vd_model_sync_group *g, struct vd_model_track *v,
		size_t n)
{
	const struct vd_model_vrrp_instance *m;
	bool owner = false;

	for (size_t k = 0; k < g->group.n; k++) {
		m = vd_model_instance_find(c->m, g->group.v[k]);
		owner = owner || (m != NULL && m->priority == 255);
	}
	for (size_t k = 0; k < n && owner; k++) {
		if (v[k].weight == 0)
			continue;
		vd_validate_say(c, VD_DIAG_WARNING, v[k].obj.place, "say weight 0",
				"%s: its weight does not count in vrrp_sync_group %s, which has a "
				"member with priority 255: its failure is a fault",
				v[k].name, g->name);
		v[k].weight = 0;
		VD_VALIDATE_MARK(&v[k], weight, v[k].obj.place);
	}
}

static void
add(struct sum *s, const struct vd_model_track *v, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		if (v[k].weight == 0)
			continue;
		if (s->first == NULL)
			s->first = &v[k];
		s->reverse = s->reverse || v[k].reverse;
		if (v[k].weight > 0)
			s->raise += size_of(&v[k]);
		else
			s->lower += size_of(&v[k]);
	}
}

/* One entry against the limits, the others being good. */
static void
check_limits(struct vd_validate *c, const struct vd_model_vrrp_instance *i, const struct sum *s,
		const struct vd_model_track *v, size_t n)
{
	int64_t good = i->priority + s->raise;

	for (size_t k = 0; k < n; k++) {
		const struct vd_model_track *t = &v[k];
		int64_t size = size_of(t), failed = good - size;

		if (size == 0 || s->reverse)
			continue;
		if (t->weight > 0 && i->priority == PRIORITY_MAX)
			vd_validate_say(c, VD_DIAG_WARNING, t->obj.place, NULL,
					"%s: its weight cannot raise priority 254", t->name);
		else if (t->weight < 0 && i->priority == 1 && s->raise == 0)
			vd_validate_say(c, VD_DIAG_WARNING, t->obj.place, NULL,
					"%s: its weight cannot lower priority 1", t->name);
		else if (failed >= PRIORITY_MAX)
			vd_validate_say(c, VD_DIAG_WARNING, t->obj.place, "a lower priority",
					"%s: its failure alone changes nothing: the priority is "
					"%lld, "
					"with "
					"all weights, and 254 is the most that counts",
					t->name, (long long)good);
		else if (good > PRIORITY_MAX && t->weight > 0)
			vd_validate_say(c, VD_DIAG_NOTE, t->obj.place, NULL,
					"%s: of its weight %lld only %lld counts: 254 is the "
					"highest "
					"priority",
					t->name, (long long)size,
					(long long)(PRIORITY_MAX - failed));
		else if (failed < 1)
			vd_validate_say(c, VD_DIAG_NOTE, t->obj.place, NULL,
					"%s: of its weight %lld only %lld counts: 1 is the lowest "
					"priority",
					t->name, (long long)size,
					(long long)(VD_MIN(good, (int64_t)PRIORITY_MAX) - 1));
	}
}

/* What all failures together can bring about, for a node that is the higher one of its pair. */
static void
check_gap(struct vd_validate *c, const struct vd_model_vrrp_instance *i, const struct sum *s)
{
	int64_t good = VD_MIN(i->priority + s->raise, (int64_t)PRIORITY_MAX);
	int64_t bad = VD_MAX(i->priority - s->lower, (int64_t)1);
	bool higher = i->state == VD_MODEL_STATE_MASTER || i->priority > PRIORITY_ORDINARY;

	if (s->first == NULL || s->reverse || !higher || good - bad >= CUSTOMARY_GAP || good <= bad)
		return;
	if (good - bad == 1)
		vd_validate_say(c, VD_DIAG_WARNING, s->first->obj.place,
				"2 at least, and more than the peer's priority is below this",
				"%s: weight 1 can never cause failover: an equal priority does not "
				"preempt",
				s->first->name);
	else
		vd_validate_say(c, VD_DIAG_NOTE, s->first->obj.place,
				"weight 0 makes its failure a fault",
				"weights bring priority %lld of %s down to %lld at most: that "
				"causes failover only to a peer with priority %lld or more",
				(long long)good, i->name, (long long)bad, (long long)bad + 1);
}

static void
check_instance(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	struct sum s = {0};

	/* A file's share is its number times the weight: not known here. */
	add(&s, i->track_interface.v, i->track_interface.n);
	add(&s, i->track_script.v, i->track_script.n);
	add(&s, i->track_process.v, i->track_process.n);
	add(&s, i->track_bfd.v, i->track_bfd.n);
	check_limits(c, i, &s, i->track_interface.v, i->track_interface.n);
	check_limits(c, i, &s, i->track_script.v, i->track_script.n);
	check_limits(c, i, &s, i->track_process.v, i->track_process.n);
	check_limits(c, i, &s, i->track_bfd.v, i->track_bfd.n);
	if (i->track_file.n == 0 && i->track_virtual_server.n == 0)
		check_gap(c, i, &s);
	if (i->nopreempt && s.first != NULL)
		vd_validate_say(c, VD_DIAG_NOTE, s.first->obj.place,
				"weight 0 makes its failure a fault",
				"%s: a lowered priority moves no address to a peer with nopreempt",
				s.first->name);
}

void
vd_validate_weights(struct vd_validate *c)
{
	struct vd_model_vrrp_instance *i;
	struct vd_model_sync_group *g;

	VD_VEC_FOREACH (i, &c->m->instances) {
		const struct vd_model_sync_group *by = forbidding_group(c, i);

		if (i->priority == 255 || by != NULL)
			forbid(c, i, by);
		check_instance(c, i);
	}
	VD_VEC_FOREACH (g, &c->m->sync_groups) {
		check_group(c, g, g->track_interface.v, g->track_interface.n);
		check_group(c, g, g->track_script.v, g->track_script.n);
		check_group(c, g, g->track_file.v, g->track_file.n);
		check_group(c, g, g->track_process.v, g->track_process.n);
		check_group(c, g, g->track_bfd.v, g->track_bfd.n);
	}
}
