/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_neigh.h"
#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Bytes are a list of events for an engine of 16 slots; its table and counters stay in order, and its
 * announcements keep to their batch and to the interval of their interface.
 */

#define INTERVAL (30 * VD_MSEC)

struct world {
	struct vd_neigh *n;
	struct vd_neigh_action room[48];
	struct vd_neigh_actions out;
	vd_time now;
	bool paced[3];        /* interface: INTERVAL between two gratuitous ARPs */
	vd_time last_garp[3]; /* of a tick; 0 = none, or the pace changed since */
	const uint8_t *p, *end;
};

static const struct vd_mac our_mac = {{2, 0, 0, 0, 0, 1}};

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

/* One of 32 addresses, half of each family; 0 and 1 are ours. */
static struct vd_addr
address(uint8_t b)
{
	struct vd_addr a = {.b = {0x20, 0x01, 0x0d, 0xb8}};

	a.b[15] = (uint8_t)(1 + b % 16);
	if ((b & 16) != 0)
		a = vd_addr_from_v4(vd_pkt_swap32(0xc0000200u + 1 + b % 16));
	return a;
}

static const struct vd_mac vmac = {{2, 0, 0, 0, 0, 2}};

static struct vd_neigh_config *
config(struct world *w, uint8_t b, uint8_t more)
{
	struct vd_neigh_config *c = vd_neigh_config_new();

	vd_neigh_config_interface(c, 1, &our_mac, (b & 1) != 0);
	if ((b & 2) != 0)
		vd_neigh_config_interface(c, 2, &our_mac, false);
	for (uint8_t i = 0; i < 4; i++) {
		struct vd_prefix p = {.addr = address((uint8_t)(i % 2 * 16 + i / 2)), .len = 24};

		if (i >= 2 && (more & 1) != 0)
			vd_neigh_config_own_mac(c, 1 + (b >> 2 & 1), &p, VD_NEIGH_VIP, i, &vmac);
		else
			vd_neigh_config_own(c, 1 + (b >> 2 & 1), &p,
					i < 2 ? VD_NEIGH_OWN : VD_NEIGH_VIP,
					i < 2 ? VD_NEIGH_NO_LEASE : i);
	}
	for (uint32_t i = 0; i < (uint32_t)(more >> 3) * 8; i++) {
		struct vd_prefix p = {.addr = vd_addr_from_v4(vd_pkt_swap32(0x0a000000u + i))};

		p.len = 32;
		vd_neigh_config_own(c, 1 + i % 2, &p, VD_NEIGH_VIP, i % 3);
	}
	for (uint32_t i = 1; i < 3; i++) {
		w->paced[i] = (more & i * 2) != 0;
		w->last_garp[i] = 0;
		vd_neigh_config_garp(c, i, w->paced[i] ? INTERVAL : 0, (more & 4) * VD_MSEC);
	}
	for (uint8_t i = 0; i < (b >> 4); i++) {
		struct vd_addr a = address((uint8_t)(i * 3 + 2));

		if (i % 4 == 3)
			vd_neigh_config_static(c, 1, &a, &our_mac);
		else
			vd_neigh_config_want(c, 1 + i % 2, &a);
	}
	vd_neigh_config_seal(c);
	return c;
}

static void
receive(struct world *w)
{
	uint8_t how = byte(w);
	struct vd_addr a = address(byte(w)), b = address(byte(w));
	struct vd_mac mac = {{2, 0, 0, 0, 0, byte(w) % 4}};
	struct vd_mac all = vd_mac_broadcast();
	uint8_t f[96];
	size_t len = 0;

	if (how >= 200) {
		/* Whatever bytes. */
		len = VD_MIN((size_t)(w->end - w->p), sizeof(f));
		if (len > 0)
			memcpy(f, w->p, len);
		w->p += len;
	} else if (vd_addr_is_v4(&a) && vd_addr_is_v4(&b)) {
		len = how % 3 == 0             ? vd_pkt_arp_request(f, &mac, &a, &b, &all)
				: how % 3 == 1 ? vd_pkt_arp_reply(f, &mac, &a, &our_mac, &b)
					       : vd_pkt_arp_gratuitous(f, &mac, &a);
	} else if (!vd_addr_is_v4(&a) && !vd_addr_is_v4(&b)) {
		len = how % 2 == 0 ? vd_pkt_nd_solicit(f, &mac, &a, &b, NULL)
				   : vd_pkt_nd_advertise(f, &mac, &a, &a, (uint8_t)(how << 4), &b,
						     &our_mac);
	}
	vd_neigh_rx(w->n, 1 + how / 8 % 2, f, len, w->now, &w->out);
}

/* One tick, and what it announced. */
static void
tick(struct world *w)
{
	struct vd_neigh_stats before, after;

	w->out.n = 0;
	vd_neigh_stats(w->n, &before);
	vd_neigh_tick(w->n, w->now, &w->out);
	vd_neigh_stats(w->n, &after);
	require(after.announced - before.announced <= VD_NEIGH_ANNOUNCE_BATCH);
	for (uint32_t i = 0; i < w->out.n; i++) {
		const struct vd_neigh_action *a = &w->out.v[i];
		struct vd_pkt_arp_msg m;

		if (a->kind != VD_NEIGH_ACT_SEND ||
				vd_pkt_arp_parse(a->frame, a->len, &m) != VD_PKT_OK ||
				!vd_addr_equal(&m.sender, &m.target) || !w->paced[a->ifid])
			continue;
		require(w->last_garp[a->ifid] == 0 || w->now - w->last_garp[a->ifid] >= INTERVAL);
		w->last_garp[a->ifid] = w->now;
	}
}

static void
announce(struct world *w, uint8_t arg)
{
	struct vd_addr a = address(arg);
	uint32_t rounds = byte(w) % 4;
	vd_time gap = byte(w) % 8 * 10 * VD_MSEC;

	switch (arg % 4) {
	case 0:
		(void)vd_neigh_announce(w->n, 1 + (arg >> 7), &a, rounds, gap, w->now);
		break;
	case 1:
		(void)vd_neigh_announce_interface(w->n, 1 + (arg >> 7), rounds, gap, w->now);
		break;
	case 2:
		(void)vd_neigh_announce_lease(w->n, arg >> 4 & 3, rounds, gap, w->now);
		break;
	default:
		vd_neigh_lease_set(w->n, arg >> 4 & 3, (arg & 4) != 0);
		break;
	}
}

static void
event(struct world *w)
{
	uint8_t kind = byte(w), arg = byte(w);
	struct vd_addr a = address(arg);
	vd_time until;

	w->out.n = 0;
	switch (kind % 9) {
	case 0:
		w->now += (vd_time)arg * arg * 10 * VD_MSEC;
		tick(w);
		break;
	case 1:
	case 2:
		receive(w);
		break;
	case 3:
		vd_neigh_resolve(w->n, 1 + (arg >> 7), &a, w->now, &w->out);
		break;
	case 4: {
		const struct vd_neigh_table *t = vd_neigh_table(w->n);

		vd_neigh_used(w->n, arg % 20, vd_neigh_word_gen(vd_neigh_word(t, arg % 16)), w->now,
				&w->out);
		break;
	}
	case 5:
		vd_neigh_lease_set(w->n, arg % 4, (arg & 4) != 0);
		vd_neigh_announce_lease(w->n, arg % 4, arg % 8, arg * VD_MSEC, w->now);
		break;
	case 6:
		vd_neigh_config_free(vd_neigh_config_swap(w->n, config(w, arg, byte(w)), w->now));
		break;
	case 7:
		announce(w, arg);
		break;
	default:
		until = w->now + (arg < 250 ? arg % 4 : 60) * VD_SEC;
		while (vd_neigh_next(w->n) <= until) {
			w->now = VD_MAX(w->now, vd_neigh_next(w->n));
			tick(w);
		}
		break;
	}
}

/* Every live slot is found by its key, and the counters agree. */
static void
check(struct world *w)
{
	const struct vd_neigh_table *t = vd_neigh_table(w->n);
	struct vd_neigh_stats stats;
	struct vd_neigh_row row;
	uint32_t cursor = 0, rows = 0;

	while (vd_neigh_view(t, &cursor, &row)) {
		require(vd_neigh_find(t, row.ifid, &row.addr) == row.index);
		require(row.state <= VD_NEIGH_STATE_FAILED || !vd_mac_is_zero(&row.mac));
		rows++;
	}
	vd_neigh_stats(w->n, &stats);
	require(stats.live == rows && rows <= 12 && stats.dynamic <= stats.live);
	require(w->out.n <= w->out.cap);
	for (uint32_t i = 0; i < w->out.n; i++)
		require(w->out.v[i].kind != VD_NEIGH_ACT_SEND ||
				(w->out.v[i].len >= VD_PKT_ETH_MIN &&
						w->out.v[i].len <= VD_NEIGH_FRAME_MAX));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vd_neigh_params params = {.slots = 16, .dynamic_max = 6, .seed = 3};
	struct world w = {.p = data, .end = data + size, .now = VD_SEC};

	if (size == 0)
		return 0;
	w.n = vd_neigh_create(&params, &vd_alloc_libc);
	w.out.v = w.room;
	w.out.cap = 8 + w.p[0] % 2 * 40;
	for (int i = 0; i < 60 && w.p < w.end; i++) {
		event(&w);
		check(&w);
	}
	vd_neigh_destroy(w.n);
	return 0;
}
