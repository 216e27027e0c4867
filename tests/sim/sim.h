/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_H
#define SIM_H

/*
 * Many directors in virtual time on a lossy network. One schedule is one seed: a random set-up (sim_setup.c), a random
 * list of operations on nodes and network (sim_ops.c), and what follows from them, event by event (sim_main.c). After
 * every step of a director the invariants are checked: sim_acts.c has those of one node's actions, by a reckoning of its own
 * (sim_mirror.c) of the timers and rights that follow from what the node was told and heard; sim_watch.c has those of its
 * state, and those between nodes.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "vd_compiler.h"
#include "vd_director.h"
#include "vd_hash.h"

#define SIM_NODES      5
#define SIM_SEGMENTS   2 /* networks; a segment's number is the interface id on it */
#define SIM_VRIDS      3
#define SIM_VIPS       3
#define SIM_TRACKS     4         /* the first SIM_SEGMENTS are the links of the segments */
#define SIM_CLIENT     SIM_NODES /* number of a station that asks for addresses */
#define SIM_BACKLOG    256
#define SIM_FRAME_ROOM 256
#define SIM_FRAMES     32768 /* on their way at once, at most */
#define SIM_TICKS_MS   64    /* ticks of one node in one millisecond: more is a busy loop */
#define SIM_NO_GROUP   UINT32_MAX

enum sim_handed {
	SIM_HANDED_NO,
	SIM_HANDED_WAITING,
	SIM_HANDED_TAKEN,
};

/* What all nodes agree on. */
struct sim_vrid {
	uint32_t seg;
	uint8_t vrid, version;
	bool v6, unicast, no_pseudo, password, check_src;
	bool mixed; /* nodes have intervals of their own, or take over after one advert: less can be promised */
	vd_time interval;
};

struct sim_track {
	bool used, reverse;
	int32_t weight;
};

/* One node's configuration of one VRID. */
struct sim_want {
	bool present, no_address;
	uint32_t group; /* SIM_NO_GROUP: none */
	bool start_master, nopreempt, lower_no_advert, higher_send, owner_ignore;
	uint8_t priority, n_vips, n_excluded;
	uint32_t down; /* down_timer_adverts */
	uint32_t rounds, lower_rounds, refresh_rounds;
	vd_time interval, preempt_delay, garp_delay, garp_refresh;
	struct sim_track track[SIM_TRACKS];
};

/* An instance as the mirror reckons it. */
struct sim_inst {
	uint8_t state; /* enum vd_vrrp_state, as the actions told */
	uint8_t handed, handed_priority;
	bool started;
	bool stale; /* it hears of an advert while its lease has run out: either way is right */
	vd_time since;
	vd_time lease_until, lease_before;
	vd_time interval;         /* of the master, as adopted */
	vd_time due_min, due_max; /* the master down timer ends between */
	vd_time preempt_at, handed_until;
	vd_time beat;                    /* the next advert of MASTER */
	vd_time last_reply, reply_after; /* of adverts that an advert caused */
	bool must_reply;
};

struct sim_thing {
	bool down, pending;
	vd_time at;
};

struct sim_frame {
	uint32_t refs, next_free;
	uint16_t len;
	uint8_t seg, from;
	bool vrrp;
	/* Of an advert: */
	uint8_t v, priority, n_vips;
	vd_time interval, sent;
	uint8_t bytes[SIM_FRAME_ROOM];
};

struct sim_delivery {
	vd_time at;
	uint64_t seq;
	uint32_t frame;
	uint8_t to;
};

enum sim_life {
	SIM_DEAD,
	SIM_UP,
	SIM_PAUSED,
};

struct sim_node {
	enum sim_life life;
	uint8_t host; /* last byte of its addresses: the order of ties */
	bool port_down[SIM_SEGMENTS];
	struct sim_want want[SIM_VRIDS];
	/* Of this life: */
	struct vd_director *d;
	uint32_t hold;
	uint8_t override[SIM_VRIDS];
	struct sim_thing thing[SIM_TRACKS];
	struct sim_inst inst[SIM_VRIDS];
	vd_time startup_until;
	vd_time next_seen, wake;
	vd_time resume_at, resumed; /* PAUSED until; since when it runs again */
	vd_time ms;
	uint32_t ticks; /* in that millisecond */
	uint32_t backlog[SIM_BACKLOG], n_backlog;
};

struct sim_link {
	bool cut, reorder;
	uint8_t loss, dup; /* percent */
	vd_time extra;
	vd_time last;
};

struct sim_pair {
	vd_time bad;  /* when the protocol last had a reason to fail between the two */
	vd_time late; /* until when adverts between the two are on their way that a link delays */
	vd_time overlap; /* since when both hold the lease; VD_TIME_NEVER: they do not */
};

struct sim {
	uint64_t seed;
	struct vd_rng rng, net_rng;
	uint32_t trace; /* 1: what happens; 2: adverts, too */
	bool failed, calm;
	vd_time now;
	uint32_t n_nodes, n_vrids, n_groups;
	vd_time base, delay, lag; /* scale of the intervals; of a clean link; of a tick */
	vd_time startup_delay, track_delay[SIM_TRACKS][2];
	struct sim_vrid vrid[SIM_VRIDS];
	struct sim_node node[SIM_NODES];
	struct sim_link link[SIM_SEGMENTS][SIM_NODES + 1][SIM_NODES + 1];
	struct sim_pair pair[SIM_VRIDS][SIM_NODES][SIM_NODES]; /* a < b */

	uint32_t ops_left, ops_to_quiet;
	vd_time op_at;
	vd_time chaos_until; /* the last frame that a link delayed or doubled arrives then */
	vd_time quiet_at;    /* the network is whole and quiet then; VD_TIME_NEVER: it is not */
	bool settled;        /* and stays so until the next operation */
	uint32_t answers[SIM_VRIDS], asked_vips; /* of the client's questions while settled */

	struct sim_want reload_from[SIM_VRIDS]; /* what the reload under way takes out of force */

	struct sim_delivery *heap;
	uint32_t n_heap, cap_heap;
	uint64_t seq;
	struct sim_frame *frames;
	uint32_t free_frame;
	uint64_t steps, masters, quiets;
	char message[512];
};

/* What a node is told in a step, for the mirror. */
struct sim_cause {
	const struct vd_director_event *event; /* NULL: a configuration */
	const struct sim_frame *frame;         /* an advert, that the instance takes; else NULL */
};

/* sim_main.c */
void sim_fail(struct sim *s, const char *format, ...) VD_PRINTF(2, 3);
void sim_trace(const struct sim *s, const char *format, ...) VD_PRINTF(2, 3);
bool sim_run(struct sim *s, uint64_t seed, uint32_t ops, uint32_t trace);
/* Uniform in [from, to]. */
vd_time sim_between(struct vd_rng *rng, vd_time from, vd_time to);
bool sim_chance(struct sim *s, unsigned int percent);

/* sim_setup.c */
void sim_setup(struct sim *s);
void sim_want_random(struct sim *s, uint32_t n, uint32_t v);
/* Members of a group agree on a node's rights. */
void sim_want_group(struct sim *s, uint32_t n);

/* sim_ops.c */
void sim_op(struct sim *s);
void sim_op_settled(struct sim *s);

/* sim_config.c */
struct vd_addr sim_host(const struct sim *s, uint32_t v, uint8_t host);
struct vd_addr sim_vip(const struct sim *s, uint32_t v, uint32_t k);
struct vd_mac sim_mac(uint32_t seg, uint32_t station);
/* The VRID whose virtual address this is, SIM_VRIDS: none's. */
uint32_t sim_vip_owner(const struct sim *s, const struct vd_addr *a);
struct vd_director_config *sim_config(const struct sim *s, uint32_t n);

/* sim_node.c */
void sim_node_start(struct sim *s, uint32_t n);
void sim_node_kill(struct sim *s, uint32_t n);
void sim_node_pause(struct sim *s, uint32_t n, vd_time until);
void sim_node_resume(struct sim *s, uint32_t n);
/* want holds the new configuration, old the one in force. */
void sim_node_reload(struct sim *s, uint32_t n, const struct sim_want *old);
void sim_node_event(struct sim *s, uint32_t n, const struct vd_director_event *e,
		const struct sim_frame *frame);
void sim_node_tick(struct sim *s, uint32_t n);
void sim_node_frame(struct sim *s, uint32_t n, uint32_t frame);

/* sim_net.c */
struct sim_frame *sim_frame_new(struct sim *s, uint32_t seg, uint32_t from);
/* To whom its destination says; the frame is the network's afterwards. */
void sim_transmit(struct sim *s, struct sim_frame *f);
void sim_frame_unref(struct sim *s, uint32_t frame);
bool sim_deliver(struct sim *s); /* one frame that is due now */
vd_time sim_net_next(const struct sim *s);
void sim_net_heal(struct sim *s);
bool sim_net_whole(const struct sim *s);
/* The client asks for the addresses of a VRID. */
void sim_client_ask(struct sim *s, uint32_t v);
/* The protocol has a reason to fail between a node and others: any (SIM_NODES), in any VRID (SIM_VRIDS). */
void sim_mark_bad(struct sim *s, uint32_t a, uint32_t b, uint32_t v);

/* sim_mirror.c */
uint8_t sim_effective(const struct sim *s, uint32_t n, uint32_t v);
bool sim_owner(const struct sim *s, uint32_t n, uint32_t v);
bool sim_faulty(const struct sim *s, uint32_t n, uint32_t v);
bool sim_same_group(const struct sim *s, uint32_t n, uint32_t a, uint32_t b);
bool sim_accepts(const struct sim *s, uint32_t n, const struct sim_frame *f);
vd_time sim_unit(const struct sim *s, uint32_t v, vd_time interval); /* one step of the skew */
vd_time sim_skew(const struct sim *s, uint32_t n, uint32_t v);
vd_time sim_down_interval(const struct sim *s, uint32_t n, uint32_t v);
void sim_due_set(struct sim *s, uint32_t n, uint32_t v, vd_time after); /* the timer ends then */
void sim_mirror_start(struct sim *s, uint32_t n);
void sim_mirror_before(struct sim *s, uint32_t n, const struct sim_cause *c);
void sim_mirror_reload(struct sim *s, uint32_t n, const struct sim_want *old);
void sim_mirror_after(struct sim *s, uint32_t n, const struct sim_cause *c);

/* sim_acts.c */
void sim_acts(struct sim *s, uint32_t n, const struct sim_cause *c,
		const struct vd_vrrp_actions *all, uint32_t number);

/* sim_watch.c */
void sim_watch_node(struct sim *s, uint32_t n); /* after a step of it */
void sim_watch_world(struct sim *s);            /* likewise: between nodes */
void sim_watch_neigh(struct sim *s, uint32_t n, const struct vd_neigh_action *a);
void sim_watch_quiet(struct sim *s);
vd_time sim_quiet_bound(const struct sim *s);

#endif
