/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vd_compiler.h"
#include "vd_pkt.h"
#include "vd_vrrp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Bytes are a list of events for an engine of six instances: configurations, time, adverts (built well, then perhaps
 * spoilt), tracked things and the operator. After every step its promises are kept.
 */

#define SLOTS  6
#define GROUPS 2

struct world {
	struct vd_vrrp *v;
	struct vd_vrrp_identity id[SLOTS];
	struct vd_addr addresses[SLOTS][2];
	bool present[SLOTS];
	uint32_t group[SLOTS];
	uint8_t before[SLOTS]; /* state before the step */
	struct vd_vrrp_status status[SLOTS];
	vd_time until[SLOTS]; /* of the lease; 0 = none */
	struct vd_vrrp_auth_state peer;
	uint32_t hold;
	vd_time now;
	const uint8_t *p, *end;
};

static struct vd_vrrp_actions out;

static void
require(bool what)
{
	if (!what)
		abort();
}

static uint8_t
byte(struct world *w)
{
	return w->p < w->end ? *w->p++ : 0;
}

static struct vd_addr
address(bool v6, uint8_t last)
{
	struct vd_addr a = {.b = {0xfe, 0x80}};

	if (!v6)
		a = vd_addr_from_v4(0x000200c0u); /* 192.0.2.0 */
	a.b[15] = last;
	return a;
}

/* A peer that is configured alike takes every frame. */
static void
check_frame(struct world *w, const struct vd_vrrp_action *send)
{
	static const struct vd_mac mac = {{2, 0, 0, 0, 0, 9}};
	bool unicast = vd_vrrp_is_unicast(w->v, send);
	uint8_t frame[VD_VRRP_FRAME_MAX];
	struct vd_vrrp_peek peek;
	size_t len;

	for (uint32_t n = 0;; n++) {
		len = vd_vrrp_frame(w->v, send, n, unicast ? &mac : NULL, w->now, frame);
		if (len == 0)
			return;
		require(n < 2 && len <= sizeof(frame));
		require(vd_vrrp_peek(frame, len, &peek) == VD_PKT_OK);
		require(frame[peek.vrrp + 2] == send->priority);
	}
}

static void
check_action(struct world *w, const struct vd_vrrp_action *a)
{
	require(a->slot < SLOTS);
	switch (a->kind) {
	case VD_VRRP_ACT_LEASE:
		w->until[a->slot] = a->until;
		require(a->until == 0 || a->until > w->now);
		break;
	case VD_VRRP_ACT_SEND:
		if (a->priority == 0)
			require(w->before[a->slot] == VD_VRRP_STATE_MASTER);
		else
			require(w->before[a->slot] == VD_VRRP_STATE_MASTER ||
					w->status[a->slot].state == VD_VRRP_STATE_MASTER);
		check_frame(w, a);
		break;
	case VD_VRRP_ACT_ANNOUNCE:
		require(a->rounds > 0);
		break;
	case VD_VRRP_ACT_STATE:
		require(a->from < VD_VRRP_STATE_N && a->to < VD_VRRP_STATE_N);
		require(a->reason < VD_VRRP_REASON_N);
		break;
	default:
		require(a->kind <= VD_VRRP_ACT_FAILOVER);
	}
}

static void
check_instance(struct world *w, uint32_t slot)
{
	const struct vd_vrrp_status *s = &w->status[slot];
	bool master = s->state == VD_VRRP_STATE_MASTER;

	w->before[slot] = s->state;
	require((w->until[slot] != 0) == master);
	if (!w->present[slot])
		return;
	require((s->priority == 255) == (s->effective_priority == 255));
	require(s->effective_priority > 0);
	require(!master || w->hold == 0);
	require(!master || w->now < w->until[slot]);
	require(!master || vd_vrrp_next(w->v) < w->until[slot]);
}

/* A group is MASTER when all of it is, and no member is in FAULT alone. */
static void
check_group(const struct world *w, uint32_t group)
{
	uint32_t n[VD_VRRP_STATE_N] = {0}, members = 0;
	enum vd_vrrp_state s = vd_vrrp_group_state(w->v, group);

	for (uint32_t k = 0; k < SLOTS; k++) {
		if (!w->present[k] || w->group[k] != group)
			continue;
		n[w->before[k]]++;
		members++;
	}
	require((s == VD_VRRP_STATE_MASTER) == (members > 0 && n[VD_VRRP_STATE_MASTER] == members));
	require(n[VD_VRRP_STATE_FAULT] == 0 ||
			n[VD_VRRP_STATE_FAULT] + n[VD_VRRP_STATE_INIT] == members);
	require((s == VD_VRRP_STATE_FAULT) == (n[VD_VRRP_STATE_FAULT] > 0));
}

static void
check(struct world *w)
{
	require(out.lost == 0);
	for (uint32_t k = 0; k < SLOTS; k++)
		require(vd_vrrp_status_read(w->v, k, &w->status[k]) == w->present[k]);
	for (uint32_t k = 0; k < out.n; k++)
		check_action(w, &out.v[k]);
	out.n = 0;
	for (uint32_t k = 0; k < SLOTS; k++)
		check_instance(w, k);
	for (uint32_t g = 0; g < GROUPS; g++)
		check_group(w, g);
}

/* ---- events ---- */

/* What a peer is to know of it; of one that is gone it is still known. */
static void
remember(struct world *w, uint32_t slot, const struct vd_vrrp_instance_config *i)
{
	w->id[slot] = i->id;
	w->group[slot] = i->sync_group;
	w->id[slot].n_addresses = (uint16_t)i->addresses.n;
	for (size_t k = 0; k < i->addresses.n; k++)
		w->addresses[slot][k] = i->addresses.v[k];
	w->id[slot].addresses = w->addresses[slot];
}

static void
instance(struct world *w, struct vd_vrrp_config *c, uint32_t slot, uint8_t how)
{
	static const vd_time interval[] = {VD_SEC, 10 * VD_MSEC, 300 * VD_MSEC, 3 * VD_SEC};
	uint8_t a = byte(w), b = byte(w);
	struct vd_vrrp_instance_config *i = vd_vrrp_config_instance(c, slot);
	struct vd_vrrp_track *t;

	i->id.version = (uint8_t)(2 + (slot + (how == 255)) % 2);
	i->id.vrid = (uint8_t)(1 + slot + 8 * (a % 4 == 3));
	i->id.v6 = i->id.version == 3 && slot % 4 == 1;
	i->id.unicast = slot == 2;
	i->id.interval = i->id.version == 2 ? (1 + a % 2) * VD_SEC : interval[a / 4 % 4];
	i->mac = (struct vd_mac){{2, 0, 0, 0, 0, 1}};
	if (a / 16 % 8 != 7)
		i->src = address(i->id.v6, 5);
	i->group_addr = i->id.v6 ? (struct vd_addr){.b = {0xff, 2, [15] = 0x12}}
				 : vd_addr_from_v4(0x120000e0u);
	i->priority = b < 16 ? 255 : b;
	i->start_master = (a & 1) != 0;
	i->nopreempt = b % 5 == 0;
	i->preempt_delay = b % 7 == 0 ? 2 * VD_SEC : 0;
	i->down_timer_adverts = 1 + b % 4;
	i->skip_check_adv_addr = b % 3 == 0;
	i->check_unicast_src = b % 3 == 1;
	i->fault_no_peer = b % 2 == 0;
	i->lower_prio_no_advert = b % 6 == 0;
	i->higher_prio_send_advert = b % 6 == 1;
	i->owner_ignore_adverts = b % 4 == 0;
	i->garp_repeat = b % 3;
	i->garp_delay = b % 2 * VD_SEC;
	i->garp_refresh = a % 5 * VD_SEC;
	i->garp_refresh_repeat = 1;
	i->garp_lower_prio_repeat = a % 3;
	i->garp_lower_prio_delay = a % 2 * VD_SEC;
	i->sync_group = a % 3 < GROUPS ? a % 3 : VD_VRRP_GROUP_NONE;
	for (uint8_t k = 0; k < b % 3; k++)
		vd_vec_push(&i->addresses, address(i->id.v6, (uint8_t)(100 + slot + k)));
	t = vd_vec_add(&i->tracks);
	t->id = slot / 2;
	t->weight = b % 3 == 0 ? 0 : b - 128;
	t->reverse = b % 16 == 3;
	t->by_value = b % 16 == 5;
	if (i->id.unicast && a % 2 == 0)
		*vd_vec_add(&i->peers) = (struct vd_vrrp_peer){
				.addr = address(false, 9), .min_ttl = -1, .max_ttl = 254};
	remember(w, slot, i);
}

/* Which instances there are is in a byte, each of them in two more. */
static void
swap(struct world *w)
{
	struct vd_vrrp_config *c = vd_vrrp_config_new(), *old;
	uint8_t which = byte(w), how = byte(w);

	for (uint32_t k = 0; k < SLOTS; k++) {
		w->present[k] = (which & 1u << k) != 0;
		if (w->present[k])
			instance(w, c, k, how);
	}
	vd_vrrp_config_track_delay(c, 1, how % 4 * 100 * VD_MSEC, how % 3 * 100 * VD_MSEC);
	vd_vrrp_config_startup_delay(c, how % 8 * VD_SEC);
	require(vd_vrrp_config_seal(c) == 0);
	old = vd_vrrp_config_swap(w->v, c, w->now, &out);
	/* The frames of resignations are built from the old configuration, which goes now. */
	check(w);
	vd_vrrp_config_free(old);
}

/* False: there never was such an instance. */
static bool
hear(struct world *w)
{
	uint8_t slot = byte(w) % SLOTS, how = byte(w), priority = byte(w);
	struct vd_vrrp_identity id = w->id[slot];
	struct vd_vrrp_send s = {
			.eth_src = {{2, 0, 0, 0, 0, 9}},
			.eth_dst = {{2, 0, 0, 0, 0, 1}},
			.src = address(id.v6, (uint8_t)(3 + how % 4)),
			.dst = id.unicast       ? address(false, 5)
					: id.v6 ? (struct vd_addr){.b = {0xff, 2, [15] = 0x12}}
						: vd_addr_from_v4(0x120000e0u),
			.priority = priority % 4 == 0 ? 0 : priority,
			.ttl = 255,
	};
	uint8_t frame[VD_VRRP_FRAME_MAX];
	size_t len;

	if (id.version == 0)
		return false;
	if (how / 4 % 4 == 1)
		id.interval = id.version == 2 ? VD_SEC : 700 * VD_MSEC;
	len = vd_vrrp_build(&id, &w->peer, &s, frame);
	for (uint8_t k = 0; k < how / 64; k++) {
		frame[14 + byte(w) % (len - 14)] ^= byte(w);
		len -= how % 3 == 0 && len > 20;
	}
	(void)vd_vrrp_rx(w->v, 0, frame, len, w->now, &out);
	return true;
}

/* False: time went on, and control slept; whatever comes next comes late. */
static bool
pass(struct world *w)
{
	static const vd_time step[] = {0, 1, VD_MSEC, 10 * VD_MSEC, 100 * VD_MSEC, VD_SEC,
			4 * VD_SEC, 30 * VD_SEC};
	uint8_t how = byte(w);
	vd_time next = vd_vrrp_next(w->v);

	if (how >= 240) {
		w->now += step[how % 8];
		return false;
	}
	if (how < 128)
		w->now += step[how % 8];
	else if (next != VD_TIME_NEVER && next > w->now)
		w->now = next - (how < 144) + step[how % 3];
	vd_vrrp_tick(w->v, w->now, &out);
	require(vd_vrrp_next(w->v) > w->now);
	return true;
}

/* What is no step of the engine, in time, changes nothing: there is nothing to check. */
static void
event(struct world *w)
{
	static const enum vd_vrrp_hold holds[] = {
			VD_VRRP_HOLD_MAINTENANCE, VD_VRRP_HOLD_STOPPED, VD_VRRP_HOLD_SHUTDOWN};
	uint8_t kind = byte(w), arg;

	switch (kind % 16) {
	case 0:
		swap(w);
		break;
	case 1:
		arg = byte(w);
		vd_vrrp_track(w->v, arg % 3, (arg & 4) != 0, (int64_t)arg - 128, w->now, &out);
		break;
	case 2:
		arg = byte(w);
		if (vd_vrrp_priority(w->v, arg % 8, byte(w), w->now, &out) == -ENOENT)
			return;
		break;
	case 3:
		arg = byte(w);
		if (vd_vrrp_failover(w->v, arg % 8, arg * 50 * VD_MSEC, w->now, &out) == -ENOENT)
			return;
		break;
	case 4:
		arg = byte(w);
		w->hold = (arg & 1) != 0 ? w->hold | holds[arg / 2 % 8 == 7 ? 2 : arg / 2 % 2]
					 : w->hold & ~(uint32_t)holds[arg / 2 % 2];
		vd_vrrp_hold(w->v, holds[(arg & 1) != 0 && arg / 2 % 8 == 7 ? 2 : arg / 2 % 2],
				(arg & 1) != 0, w->now, &out);
		break;
	case 5:
		vd_vrrp_wall(w->v, byte(w) * VD_SEC);
		vd_vrrp_clear_stats(w->v);
		return;
	case 6:
	case 7:
	case 8:
	case 9:
	case 10:
		if (!hear(w))
			return;
		break;
	default:
		if (!pass(w))
			return;
	}
	check(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *w = calloc(1, sizeof(*w));

	require(w != NULL);
	out.n = 0;
	w->now = 100 * VD_SEC;
	w->p = data;
	w->end = data + VD_MIN(size, (size_t)512);
	w->v = vd_vrrp_create(&vd_alloc_libc);
	require(w->v != NULL);
	swap(w);
	while (w->p < w->end)
		event(w);
	vd_vrrp_destroy(w->v);
	free(w);
	return 0;
}
