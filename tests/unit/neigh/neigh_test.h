/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NEIGH_TEST_H
#define NEIGH_TEST_H

/* A director with one or two interfaces in virtual time, and the other stations' frames. */

#include "vd_neigh.h"
#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"
#include "vd_test.h"

#define IF0   3
#define IF1   5
#define LEASE 7
#define SEC   VD_SEC

struct world {
	struct vd_neigh *n;
	const struct vd_neigh_table *t;
	struct vd_neigh_action room[64];
	struct vd_neigh_actions out;
	vd_time now;
};

static const struct vd_mac our_mac = {{2, 0, 0, 0, 0, 0x11}};
static const struct vd_mac host_mac = {{2, 0, 0, 0, 1, 1}};
static const struct vd_mac other_mac = {{2, 0, 0, 0, 1, 2}};

static inline struct vd_addr
A(const char *text) {
	struct vd_addr a = {.w = {0, 0}};

	if (vd_addr_parse(text, &a) != 0)
		abort();
	return a;
}

static inline void
own(struct vd_neigh_config *c, uint32_t ifid, const char *prefix, enum vd_neigh_own_kind kind,
		uint16_t lease)
{
	struct vd_prefix p;

	if (vd_prefix_parse(prefix, &p) != 0)
		abort();
	vd_neigh_config_own(c, ifid, &p, kind, lease);
}

/* 192.0.2.11/24, 2001:db8::11/64 and a link-local one; VIPs .16 and ::16 with LEASE. */
static inline struct vd_neigh_config *
usual_config(void)
{
	struct vd_neigh_config *c = vd_neigh_config_new();

	vd_neigh_config_interface(c, IF0, &our_mac, false);
	own(c, IF0, "192.0.2.11/24", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	own(c, IF0, "2001:db8::11/64", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	own(c, IF0, "fe80::11/64", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	own(c, IF0, "192.0.2.16", VD_NEIGH_VIP, LEASE);
	own(c, IF0, "2001:db8::16", VD_NEIGH_VIP, LEASE);
	return c;
}

/* In the smallest slices: whole swaps are test_neigh_swap's. */
static inline void
swap(struct world *w, struct vd_neigh_config *c)
{
	uint32_t units;

	vd_neigh_config_seal(c);
	vd_neigh_swap_begin(w->n, c, w->now);
	do {
		units = 1;
	} while (!vd_neigh_swap_step(w->n, &units, w->now));
	vd_neigh_config_free(vd_neigh_swap_end(w->n));
}

static inline void
world_open(struct world *w, struct vd_neigh_config *c, uint32_t slots, uint32_t dynamic_max)
{
	struct vd_neigh_params p = {.slots = slots, .dynamic_max = dynamic_max, .seed = 42};

	memset(w, 0, sizeof(*w));
	w->out.v = w->room;
	w->out.cap = 64;
	w->now = 1000 * SEC;
	w->n = vd_neigh_create(&p, &vd_alloc_libc);
	if (w->n == NULL)
		abort();
	w->t = vd_neigh_table(w->n);
	swap(w, c);
	/* The announcements of a start are not what most tests are about. */
	for (int i = 0; i < VD_NEIGH_ANNOUNCE_ROUNDS; i++) {
		w->now += VD_NEIGH_ANNOUNCE_GAP;
		do {
			w->out.n = 0;
			vd_neigh_tick(w->n, w->now, &w->out);
		} while (vd_neigh_next(w->n) <= w->now);
	}
	w->out.n = 0;
}

static inline void
world_close(struct world *w)
{
	vd_neigh_destroy(w->n);
}

/* The only action of the last call, of this kind. */
static inline const struct vd_neigh_action *
only(struct world *w, enum vd_neigh_action_kind kind)
{
	static const struct vd_neigh_action none;

	CU_ASSERT_EQUAL(w->out.n, 1);
	if (w->out.n != 1)
		return &none;
	CU_ASSERT_EQUAL(w->out.v[0].kind, kind);
	w->out.n = 0;
	return &w->out.v[0];
}

static inline bool
quiet(struct world *w)
{
	bool none = w->out.n == 0;

	w->out.n = 0;
	return none;
}

/* Time goes on to `until`, stopping at every deadline. The actions of the last deadline stay. */
static inline void
tick_until(struct world *w, vd_time until)
{
	while (vd_neigh_next(w->n) <= until) {
		w->now = VD_MAX(w->now, vd_neigh_next(w->n));
		w->out.n = 0;
		vd_neigh_tick(w->n, w->now, &w->out);
	}
	w->now = until;
}

/* The next deadline only. */
static inline void
tick_once(struct world *w)
{
	w->now = VD_MAX(w->now, vd_neigh_next(w->n));
	w->out.n = 0;
	vd_neigh_tick(w->n, w->now, &w->out);
}

static inline enum vd_neigh_rx
rx(struct world *w, const void *frame, size_t len)
{
	w->out.n = 0;
	return vd_neigh_rx(w->n, IF0, frame, len, w->now, &w->out);
}

static inline enum vd_neigh_rx
rx_arp_reply(struct world *w, const char *who, const struct vd_mac *mac)
{
	uint8_t f[VD_PKT_ARP_FRAME];
	struct vd_addr sender = A(who), us = A("192.0.2.11");

	return rx(w, f, vd_pkt_arp_reply(f, mac, &sender, &our_mac, &us));
}

static inline enum vd_neigh_rx
rx_arp_request(struct world *w, const char *who, const struct vd_mac *mac, const char *whom)
{
	uint8_t f[VD_PKT_ARP_FRAME];
	struct vd_addr sender = A(who), target = A(whom);
	struct vd_mac all = vd_mac_broadcast();

	return rx(w, f, vd_pkt_arp_request(f, mac, &sender, &target, &all));
}

static inline enum vd_neigh_rx
rx_na(struct world *w, const char *who, const struct vd_mac *mac, uint8_t flags)
{
	uint8_t f[VD_PKT_ND_FRAME];
	struct vd_addr sender = A(who), us = A("fe80::11"), all = vd_pkt_all_nodes();

	return rx(w, f,
			vd_pkt_nd_advertise(f, mac, &sender, &sender, flags,
					(flags & VD_PKT_NA_SOLICITED) != 0 ? &us : &all, &our_mac));
}

static inline enum vd_neigh_rx
rx_ns(struct world *w, const char *who, const struct vd_mac *mac, const char *whom)
{
	uint8_t f[VD_PKT_ND_FRAME];
	struct vd_addr sender = A(who), target = A(whom);

	return rx(w, f, vd_pkt_nd_solicit(f, mac, &sender, &target, NULL));
}

static inline uint32_t
resolve(struct world *w, const char *whom)
{
	struct vd_addr addr = A(whom);

	w->out.n = 0;
	return vd_neigh_resolve(w->n, IF0, &addr, w->now, &w->out);
}

static inline uint64_t
word_of(struct world *w, const char *whom)
{
	struct vd_addr addr = A(whom);
	uint64_t word = 0;

	(void)vd_neigh_find_word(w->t, IF0, &addr, &word);
	return word;
}

static inline enum vd_neigh_state
state_of(struct world *w, const char *whom)
{
	return vd_neigh_word_state(word_of(w, whom));
}

static inline bool
mac_is(struct world *w, const char *whom, const struct vd_mac *mac)
{
	struct vd_mac m;

	vd_neigh_word_mac(word_of(w, whom), &m);
	return vd_mac_equal(&m, mac);
}

static inline void
use(struct world *w, const char *whom)
{
	struct vd_addr addr = A(whom);
	uint64_t word;
	uint32_t idx = vd_neigh_find_word(w->t, IF0, &addr, &word);

	w->out.n = 0;
	if (idx != VD_NEIGH_NONE)
		vd_neigh_used(w->n, idx, vd_neigh_word_gen(word), w->now, &w->out);
}

static inline void
check_announcement_from(const struct vd_neigh_action *act, const char *who,
		const struct vd_mac *mac, bool router)
{
	const struct vd_pkt_eth *eth = (const void *)act->frame;
	const struct vd_pkt_ip6 *ip = (const void *)(eth + 1);
	struct vd_addr addr = A(who), all = vd_pkt_all_nodes();
	struct vd_mac broadcast = vd_mac_broadcast(), group = vd_pkt_group_mac(&all);
	struct vd_pkt_arp_msg arp;
	struct vd_pkt_nd_msg nd;

	CU_ASSERT_EQUAL(act->kind, VD_NEIGH_ACT_SEND);
	CU_ASSERT(vd_mac_equal(&eth->src, mac));
	if (vd_addr_is_v4(&addr)) {
		CU_ASSERT(vd_mac_equal(&eth->dst, &broadcast));
		CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &arp), VD_PKT_OK);
		CU_ASSERT_EQUAL(arp.op, VD_PKT_ARP_REQUEST);
		CU_ASSERT(vd_addr_equal(&arp.sender, &addr) && vd_addr_equal(&arp.target, &addr));
		CU_ASSERT(vd_mac_equal(&arp.sender_mac, mac));
		CU_ASSERT(vd_mac_equal(&arp.target_mac, &broadcast));
	} else {
		CU_ASSERT(vd_mac_equal(&eth->dst, &group));
		CU_ASSERT_EQUAL(ip->hop_limit, 255);
		CU_ASSERT_EQUAL(vd_pkt_nd_parse(act->frame, act->len, &nd), VD_PKT_OK);
		CU_ASSERT_EQUAL(nd.type, VD_PKT_ICMP6_NA);
		CU_ASSERT_EQUAL(nd.flags, VD_PKT_NA_OVERRIDE | (router ? VD_PKT_NA_ROUTER : 0));
		CU_ASSERT(vd_addr_equal(&nd.target, &addr) && vd_addr_equal(&nd.dst, &all));
		CU_ASSERT(vd_addr_equal(&nd.src, &addr));
		CU_ASSERT(nd.has_lla && vd_mac_equal(&nd.lla, mac));
	}
}

static inline void
check_announcement(const struct vd_neigh_action *act, const char *who, bool router)
{
	check_announcement_from(act, who, &our_mac, router);
}

/* n addresses from `first` on, of a lease. */
static inline void
own_many(struct vd_neigh_config *c, uint32_t ifid, const char *first, uint32_t n, uint16_t lease)
{
	struct vd_addr base = A(first);

	for (uint32_t i = 0; i < n; i++) {
		struct vd_prefix p = {.addr = vd_addr_add(&base, i)};

		p.len = vd_addr_is_v4(&base) ? 32 : 128;
		vd_neigh_config_own(c, ifid, &p, VD_NEIGH_VIP, lease);
	}
}

/* Is it the i-th address from `first` on? */
static inline bool
is_nth(const struct vd_neigh_action *act, const char *first, uint32_t i)
{
	struct vd_addr base = A(first), want = vd_addr_add(&base, i);

	return act->kind == VD_NEIGH_ACT_SEND && vd_addr_equal(&act->addr, &want);
}

/* A tick without time going on. */
static inline void
tick_now(struct world *w)
{
	w->out.n = 0;
	vd_neigh_tick(w->n, w->now, &w->out);
}

#endif
