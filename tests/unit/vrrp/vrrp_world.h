/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VRRP_WORLD_H
#define VRRP_WORLD_H

/*
 * The VRRP engine in virtual time: configurations of a few lines, peers' adverts built by the codec, and what the engine
 * wants told as text, in order:
 *   "0 advert 100"  "0 lease"  "0 release"  "0 announce 5"  "0 MASTER timeout"  "0 INIT deleted gone"  "group 2 FAULT"
 *   "0 priority 80"  "0 lower 50"  "0 refused ip_ttl_err"  "0 taken"  "0 untaken"
 * A renewed lease is not told, for every advert renews it.
 */

#include <stdarg.h>

#include "vd_compiler.h"
#include "vd_pkt.h"
#include "vd_test.h"
#include "vd_vrrp.h"

#define IF0     1
#define US      "192.0.2.1"
#define ABOVE   "192.0.2.9" /* a peer whose address is greater than ours */
#define BELOW   "192.0.2.0" /* and one whose is less */
#define START   (1000 * VD_SEC)
#define DOWN100 (3 * VD_SEC + 156 * (VD_SEC / 256)) /* master down interval of priority 100, 1 s */
#define SKEW100 (156 * (VD_SEC / 256))

struct world {
	struct vd_vrrp *v;
	struct vd_vrrp_config *building;
	struct vd_vrrp_instance_config *
			inst[VD_VRRP_INSTANCES]; /* of the configuration in force, or being built */
	struct vd_vrrp_auth_state peer_auth;
	vd_time now;
	/* Of the adverts that peers send; 0 = as ours. */
	vd_time peer_interval;
	uint8_t peer_ttl;
	const char *peer_dst;
	const char *peer_address;
	/* What was told since the last question. */
	char text[4096];
	size_t text_len;
	bool quiet; /* only counted */
	uint64_t count[VD_VRRP_ACT_FAILOVER + 1];
	vd_time last_send, gap_max; /* between SENDs of slot 0 */
	bool held[VD_VRRP_INSTANCES];
	vd_time until[VD_VRRP_INSTANCES];
	uint8_t frame[VD_VRRP_FRAME_MAX]; /* the last one that was sent */
	size_t frame_len;
};

static struct vd_vrrp_actions out;

static inline struct vd_addr
A(const char *text) {
	struct vd_addr a = {.w = {0, 0}};

	if (vd_addr_parse(text, &a) != 0)
		abort();
	return a;
}

__attribute__((format(printf, 2, 3))) static inline void
tell(struct world *w, const char *format, ...)
{
	va_list args;
	int n;

	if (w->quiet)
		return;
	va_start(args, format);
	n = vsnprintf(w->text + w->text_len, sizeof(w->text) - w->text_len, format, args);
	va_end(args);
	w->text_len = VD_MIN(w->text_len + (size_t)n, sizeof(w->text) - 1);
}

static inline void
tell_action(struct world *w, const struct vd_vrrp_action *a)
{
	const char *comma = w->text_len == 0 ? "" : ", ";

	switch (a->kind) {
	case VD_VRRP_ACT_SEND:
		tell(w, "%s%u advert %u", comma, a->slot, a->priority);
		break;
	case VD_VRRP_ACT_LEASE:
		if ((a->until != 0) != w->held[a->slot])
			tell(w, "%s%u %s", comma, a->slot, a->until != 0 ? "lease" : "release");
		break;
	case VD_VRRP_ACT_ANNOUNCE:
		tell(w, "%s%u announce %u", comma, a->slot, a->rounds);
		break;
	case VD_VRRP_ACT_STATE:
		tell(w, "%s%u %s %s%s", comma, a->slot, vd_vrrp_state_name(a->to),
				vd_vrrp_reason_name(a->reason), a->deleted ? " gone" : "");
		break;
	case VD_VRRP_ACT_GROUP:
		tell(w, "%sgroup %u %s%s", comma, a->slot, vd_vrrp_state_name(a->to),
				a->deleted ? " gone" : "");
		break;
	case VD_VRRP_ACT_PRIORITY:
		tell(w, "%s%u priority %u", comma, a->slot, a->priority);
		break;
	case VD_VRRP_ACT_RX_LOWER:
		tell(w, "%s%u lower %u", comma, a->slot, a->priority);
		break;
	case VD_VRRP_ACT_REFUSED:
		tell(w, "%s%u refused %s", comma, a->slot, vd_vrrp_error_name(a->error));
		break;
	case VD_VRRP_ACT_FAILOVER:
		tell(w, "%s%u %s", comma, a->slot, a->done ? "taken" : "untaken");
		break;
	default:
		abort();
	}
}

/* Carries out what the last step wanted; a lease and an advert have rules that hold always. */
static inline void
carry_out(struct world *w)
{
	static const struct vd_mac peer_mac = {{2, 0, 0, 0, 9, 9}};

	CU_ASSERT_EQUAL(out.lost, 0);
	for (uint32_t k = 0; k < out.n; k++) {
		const struct vd_vrrp_action *a = &out.v[k];

		tell_action(w, a);
		w->count[a->kind]++;
		if (a->kind == VD_VRRP_ACT_LEASE) {
			w->held[a->slot] = a->until != 0;
			w->until[a->slot] = a->until;
			if (a->until != 0)
				CU_ASSERT_TRUE(a->until > w->now);
		}
		if (a->kind != VD_VRRP_ACT_SEND)
			continue;
		w->frame_len = vd_vrrp_frame(w->v, a, 0,
				vd_vrrp_is_unicast(w->v, a) ? &peer_mac : NULL, w->now, w->frame);
		if (a->slot == 0) {
			if (w->last_send != 0)
				w->gap_max = VD_MAX(w->gap_max, w->now - w->last_send);
			w->last_send = w->now;
		}
	}
	out.n = 0;
}

static inline void
clear(struct world *w)
{
	w->text_len = 0;
	w->text[0] = 0;
	memset(w->count, 0, sizeof(w->count));
	w->gap_max = 0;
}

/* What was told since the last question. */
static inline bool
told(struct world *w, const char *expected)
{
	bool same = strcmp(w->text, expected) == 0;

	if (!same)
		printf("\n    expected: %s\n    told:     %s\n", expected, w->text);
	clear(w);
	return same;
}

#define TOLD(w, expected) CU_ASSERT_TRUE(told(w, expected))

static inline void
tick(struct world *w)
{
	vd_vrrp_tick(w->v, w->now, &out);
	carry_out(w);
}

/* Time goes on to `to`, with a tick at every deadline. */
static inline void
run_to(struct world *w, vd_time to)
{
	while (vd_vrrp_next(w->v) <= to) {
		w->now = VD_MAX(w->now, vd_vrrp_next(w->v));
		tick(w);
	}
	w->now = to;
}

static inline void
run(struct world *w, vd_time length)
{
	run_to(w, w->now + length);
}

/* ---- configurations ---- */

/* Version 3, IPv4, VRID 10 + slot, priority 100, one address, 1 s, announcements 5 at once and 5 after 5 s. */
static inline struct vd_vrrp_instance_config *
add(struct world *w, uint32_t slot)
{
	static const struct vd_mac mac = {{2, 0, 0, 0, 0, 1}};
	struct vd_vrrp_instance_config *c;

	if (w->building == NULL) {
		w->building = vd_vrrp_config_new();
		memset(w->inst, 0, sizeof(w->inst));
	}
	c = vd_vrrp_config_instance(w->building, slot);
	if (c == NULL)
		abort();
	c->id.version = 3;
	c->id.vrid = (uint8_t)(10 + slot);
	c->id.interval = VD_SEC;
	c->ifid = IF0;
	c->mac = mac;
	c->src = A(US);
	c->group_addr = A("224.0.0.18");
	c->priority = 100;
	c->garp_repeat = 5;
	c->garp_delay = 5 * VD_SEC;
	vd_vec_push(&c->addresses, A("192.0.2.100"));
	w->inst[slot] = c;
	return c;
}

static inline struct vd_vrrp_track *
track(struct vd_vrrp_instance_config *c, uint32_t id, int32_t weight)
{
	struct vd_vrrp_track *t = vd_vec_add(&c->tracks);

	t->id = id;
	t->weight = weight;
	return t;
}

static inline void
apply(struct world *w)
{
	struct vd_vrrp_config *old;

	if (w->building == NULL)
		w->building = vd_vrrp_config_new();
	CU_ASSERT_EQUAL(vd_vrrp_config_seal(w->building), 0);
	old = vd_vrrp_config_swap(w->v, w->building, w->now, &out);
	w->building = NULL;
	carry_out(w);
	vd_vrrp_config_free(old);
}

static inline struct world *
world(void)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	out.n = 0;
	out.lost = 0;
	w->now = START;
	w->v = vd_vrrp_create(&vd_alloc_libc);
	if (w->v == NULL)
		abort();
	return w;
}

static inline void
world_close(struct world *w)
{
	vd_vrrp_config_free(w->building);
	vd_vrrp_destroy(w->v);
	free(w);
}

/* One instance with priority 100, started. */
static inline struct world *
backup(void)
{
	struct world *w = world();

	add(w, 0);
	apply(w);
	clear(w);
	return w;
}

/* The same, MASTER and through with its announcements. */
static inline struct world *
master(void)
{
	struct world *w = backup();

	run(w, 10 * VD_SEC);
	clear(w);
	return w;
}

/* ---- events ---- */

/* An advert of a peer that has the same identity as we; the result of vd_vrrp_rx(). */
static inline int
hear(struct world *w, uint32_t slot, const char *src, uint8_t priority)
{
	const struct vd_vrrp_instance_config *c = w->inst[slot];
	struct vd_vrrp_identity id = c->id;
	struct vd_vrrp_send s = {
			.eth_src = {{2, 0, 0, 0, 9, 9}},
			.src = A(src),
			.dst = id.unicast ? c->src : c->group_addr,
			.priority = priority,
			.ttl = w->peer_ttl != 0 ? w->peer_ttl : 255,
	};
	uint8_t frame[VD_VRRP_FRAME_MAX];
	struct vd_addr address;
	size_t len;
	int rc;

	if (w->peer_interval != 0)
		id.interval = w->peer_interval;
	if (w->peer_dst != NULL)
		s.dst = A(w->peer_dst);
	if (w->peer_address != NULL) {
		address = A(w->peer_address);
		id.addresses = &address;
		id.n_addresses = 1;
	}
	s.eth_dst = vd_addr_is_multicast(&s.dst) ? vd_vrrp_group_mac(&s.dst) : c->mac;
	len = vd_vrrp_build(&id, &w->peer_auth, &s, frame);
	rc = vd_vrrp_rx(w->v, c->ifid, frame, len, w->now, &out);
	carry_out(w);
	return rc;
}

static inline void
thing(struct world *w, uint32_t id, bool up)
{
	vd_vrrp_track(w->v, id, up, 0, w->now, &out);
	carry_out(w);
}

static inline void
value(struct world *w, uint32_t id, int64_t v)
{
	vd_vrrp_track(w->v, id, true, v, w->now, &out);
	carry_out(w);
}

static inline void
hold(struct world *w, enum vd_vrrp_hold what, bool on)
{
	vd_vrrp_hold(w->v, what, on, w->now, &out);
	carry_out(w);
}

static inline int
failover(struct world *w, uint32_t slot, vd_time timeout)
{
	int rc = vd_vrrp_failover(w->v, slot, timeout, w->now, &out);

	carry_out(w);
	return rc;
}

static inline int
set_priority(struct world *w, uint32_t slot, uint8_t priority)
{
	int rc = vd_vrrp_priority(w->v, slot, priority, w->now, &out);

	carry_out(w);
	return rc;
}

static inline struct vd_vrrp_status
status(struct world *w, uint32_t slot)
{
	struct vd_vrrp_status s;

	(void)vd_vrrp_status_read(w->v, slot, &s);
	return s;
}

static inline enum vd_vrrp_state
state(struct world *w, uint32_t slot)
{
	return (enum vd_vrrp_state)status(w, slot).state;
}

#endif
