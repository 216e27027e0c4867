/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VRRP_PRIV_H
#define VRRP_PRIV_H

/*
 * What the files of the engine share: vd_vrrp.c has the calls, vrrp_fsm.c the states and their timers, vrrp_rx.c what an
 * advert does, vrrp_group.c sync groups, vrrp_track.c priorities and faults, vrrp_status.c the copies for readers.
 */

#include "vd_compiler.h"
#include "vd_timer.h"
#include "vd_vrrp.h"

#define VRRP_KEYS         4096 /* a power of two, four times the instances */
#define VRRP_SLOT_NONE    UINT16_MAX
#define VRRP_REFUSED_GAP  (1 * VD_SEC) /* between two REFUSED actions of an instance */
#define VRRP_LOWER_GARP   (1 * VD_SEC) /* between two rounds of announcements against a lower rival */
#define VRRP_REPLY_GAP    (1 * VD_MSEC) /* at least, between two adverts in reply */
#define VRRP_OWNER        255
#define VRRP_TRACK_VALUES 253

struct vrrp_track_delay {
	vd_time down, up;
};

struct vrrp_group_config {
	uint16_t *members; /* slots */
	uint32_t n;
};

struct vd_vrrp_config {
	struct vd_vrrp_instance_config *slot[VD_VRRP_INSTANCES];
	struct vrrp_group_config group[VD_VRRP_GROUPS];
	uint16_t key[VRRP_KEYS]; /* slots by interface, family and VRID; VRRP_SLOT_NONE = empty */
	struct vrrp_track_delay delay[VD_VRRP_TRACKS];
	vd_time startup_delay;
};

/* A hand-over by the operator. */
enum vrrp_handed {
	VRRP_HANDED_NO,
	VRRP_HANDED_WAITING, /* for another router to become MASTER */
	VRRP_HANDED_TAKEN,   /* one is: not preempted until it is gone */
};

struct vrrp_instance {
	const struct vd_vrrp_instance_config *c;      /* NULL: no instance */
	const struct vd_vrrp_instance_config *before; /* of what the last swap took away */
	uint8_t state;
	uint8_t override; /* the operator's priority; 0 = none */
	uint8_t effective;
	uint8_t handed;          /* enum vrrp_handed */
	uint8_t handed_priority; /* of the one who took it */
	bool timer_out; /* the master down timer ran out; the group waits for its other members */
	bool dirty;     /* its status is to be published */
	bool started;   /* not the first start: no special rights of `state MASTER` */
	bool resigned;  /* the last master resigned */
	bool untaken;   /* nobody took what was handed over */

	/* Deadlines; VD_TIME_NEVER when not running. */
	vd_time advert_at, down_at, garp_at, garp_refresh_at, garp_lower_at;
	vd_time lease_until;
	vd_time handed_until; /* a deadline while handed is WAITING */
	vd_time sent_at;      /* of the last advert as MASTER */
	vd_time preempt_at;   /* preempt_delay runs until then; 0 = not running */
	vd_time refused_after, reply_after, lower_garp_after;

	vd_time master_interval;
	struct vd_addr master_addr,
			lower_addr; /* lower_addr: of a master with a lower priority that is ignored */
	uint8_t master_priority, lower_priority;

	uint8_t reason, reason_priority;
	uint32_t reason_track;
	vd_time reason_time, since;
	struct vd_addr reason_addr;

	struct vd_vrrp_auth_state auth;
	struct vd_vrrp_stats stats;

	/* For readers on other threads: status is consistent when seq is even and the same before and after. */
	uint32_t seq;
	struct vd_vrrp_status status;
};

struct vrrp_group {
	uint8_t state; /* enum vd_vrrp_state; a relaxed word for readers */
	bool present;
	bool spreading; /* while a change goes from member to member */
	bool faulty;    /* a member has a fault of its own */
	bool split;     /* some members are MASTER and some are not: one was added or changed */
	bool affected;  /* to be reckoned anew */
};

struct vrrp_thing {
	bool down;
	bool pending_down; /* what it will be when its delay is over */
	bool changed;      /* in this step */
	int64_t value, pending_value;
};

struct vd_vrrp {
	const struct vd_alloc *alloc;
	struct vd_vrrp_config *config;
	struct vd_timer_heap *timers; /* handles are slots */
	struct vd_timer_heap *delays; /* handles are tracked things */
	uint64_t wall_at_zero;
	vd_time startup_until;
	uint32_t hold;        /* enum vd_vrrp_hold */
	uint32_t high;        /* slots from here on were never used */
	uint32_t groups_high; /* likewise groups */
	bool refresh_later;   /* whoever set it refreshes the groups when all members changed */
	vd_time lease_first;  /* no lease ends before */
	uint32_t n_dirty;
	uint16_t dirty[VD_VRRP_INSTANCES];
	uint16_t changed[VD_VRRP_TRACKS]; /* things whose delay was over in this step */
	struct vrrp_instance inst[VD_VRRP_INSTANCES];
	struct vrrp_group group[VD_VRRP_GROUPS];
	struct vrrp_thing thing[VD_VRRP_TRACKS];
};

/* One step: what every function of the engine is handed. */
struct vrrp_step {
	struct vd_vrrp *v;
	struct vd_vrrp_actions *out;
	vd_time now;
};

/* Why: reason with what its text names. */
struct vrrp_why {
	enum vd_vrrp_reason reason;
	struct vd_addr addr;
	uint8_t priority;
	uint32_t track;
	vd_time time;
};

#define VRRP_WHY(r) ((struct vrrp_why){.reason = VD_VRRP_REASON_##r, .track = VD_VRRP_TRACK_NONE})

static inline uint32_t
vrrp_slot(const struct vd_vrrp *v, const struct vrrp_instance *i)
{
	return (uint32_t)(i - v->inst);
}

static inline uint8_t
vrrp_base(const struct vrrp_instance *i)
{
	return i->override != 0 ? i->override : i->c->priority;
}

static inline bool
vrrp_is_owner(const struct vrrp_instance *i)
{
	return vrrp_base(i) == VRRP_OWNER;
}

/* vd_vrrp_config.c: VRRP_SLOT_NONE when there is none. */
uint16_t vrrp_config_find(const struct vd_vrrp_config *c, uint32_t ifid, bool v6, uint8_t vrid);

/* vd_vrrp.c */
struct vd_vrrp_action *
vrrp_act(struct vrrp_step *s, const struct vrrp_instance *i, enum vd_vrrp_action_kind kind);

/* vrrp_fsm.c */
vd_time vrrp_skew(const struct vrrp_instance *i);
vd_time vrrp_down_interval(const struct vrrp_instance *i);
/* Sets the instance's timer to its next deadline, and marks it to be published. */
void vrrp_arm(struct vrrp_step *s, struct vrrp_instance *i);
void vrrp_send(struct vrrp_step *s, struct vrrp_instance *i, uint8_t priority);
/* Sends what MASTER owes now, renews the lease, and starts the interval anew. */
void vrrp_advertise(struct vrrp_step *s, struct vrrp_instance *i);
void vrrp_announce(struct vrrp_step *s, const struct vrrp_instance *i, uint32_t rounds);
void vrrp_start(struct vrrp_step *s, struct vrrp_instance *i);
void vrrp_to_master(struct vrrp_step *s, struct vrrp_instance *i, struct vrrp_why why);
/* resign: with so many adverts of priority 0, if it is MASTER. */
void vrrp_to_backup(struct vrrp_step *s, struct vrrp_instance *i, unsigned int resign,
		struct vrrp_why why);
void vrrp_to_fault(struct vrrp_step *s, struct vrrp_instance *i, struct vrrp_why why);
void vrrp_to_init(struct vrrp_step *s, struct vrrp_instance *i, struct vrrp_why why, bool deleted);
/* What of its timers is due. */
void vrrp_expire(struct vrrp_step *s, struct vrrp_instance *i);
/* First in every step: whoever's lease ran out before it is BACKUP. */
void vrrp_wake(struct vrrp_step *s);

/* vrrp_group.c: for instances without a group these do nothing, or say yes. */
bool vrrp_group_may_master(const struct vd_vrrp *v, const struct vrrp_instance *i);
void vrrp_group_spread(struct vrrp_step *s, const struct vrrp_instance *i, bool lead);
void vrrp_group_refresh(struct vrrp_step *s, uint32_t group);
/* i, BACKUP, follows a master: no member of its group stays MASTER. */
void vrrp_group_pull(struct vrrp_step *s, const struct vrrp_instance *i);
/* Calls fn for every other member. */
void vrrp_group_others(struct vrrp_step *s, const struct vrrp_instance *i,
		void (*fn)(struct vrrp_step *s, struct vrrp_instance *member));

/* vrrp_track.c */
/* Is anything at fault, by its own configuration or in its group? */
bool vrrp_fault(const struct vd_vrrp *v, const struct vrrp_instance *i, struct vrrp_why *why);
/* Looks anew whether any member of the group has a fault of its own. */
void vrrp_group_fault(struct vd_vrrp *v, uint32_t group);
/* Priority and faults anew, and what follows from them. */
void vrrp_reckon(struct vrrp_step *s, struct vrrp_instance *i);
void vrrp_reckon_priority(struct vrrp_step *s, struct vrrp_instance *i);
void vrrp_track_tick(struct vrrp_step *s);

/* vrrp_rx.c */
void vrrp_rx_advert(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_advert *a);

/* vrrp_status.c */
void vrrp_mark(struct vd_vrrp *v, struct vrrp_instance *i);
void vrrp_publish(struct vd_vrrp *v);

#endif
