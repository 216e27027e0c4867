/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_test.h"

static void
check_arp_answer(struct world *w, const char *from, const char *to, const struct vd_mac *to_mac)
{
	const struct vd_neigh_action *act = only(w, VD_NEIGH_ACT_SEND);
	const struct vd_pkt_eth *eth = (const void *)act->frame;
	struct vd_addr sender = A(from), target = A(to);
	struct vd_pkt_arp_msg m;

	CU_ASSERT_EQUAL(vd_pkt_arp_parse(act->frame, act->len, &m), VD_PKT_OK);
	CU_ASSERT_EQUAL(m.op, VD_PKT_ARP_REPLY);
	CU_ASSERT(vd_mac_equal(&m.sender_mac, &our_mac) && vd_mac_equal(&eth->src, &our_mac));
	CU_ASSERT(vd_mac_equal(&m.target_mac, to_mac) && vd_mac_equal(&eth->dst, to_mac));
	CU_ASSERT(vd_addr_equal(&m.sender, &sender) && vd_addr_equal(&m.target, &target));
}

static void
check_drop(struct world *w, enum vd_drop reason)
{
	CU_ASSERT_EQUAL(only(w, VD_NEIGH_ACT_DROP)->reason, reason);
}

static void
answers_arp_for_own_and_leased(void)
{
	struct world w;
	struct vd_mac all = vd_mac_broadcast();
	struct vd_addr zero = A("0.0.0.0"), target = A("192.0.2.11");
	uint8_t f[VD_PKT_ARP_FRAME];

	world_open(&w, usual_config(), 64, 0);
	CU_ASSERT_EQUAL(rx_arp_request(&w, "192.0.2.1", &host_mac, "192.0.2.11"),
			VD_NEIGH_RX_REQUEST);
	check_arp_answer(&w, "192.0.2.11", "192.0.2.1", &host_mac);
	/* Who asks is known from then on, as a hint. */
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.1"), VD_NEIGH_STATE_STALE);
	CU_ASSERT_EQUAL(rx_arp_request(&w, "192.0.2.1", &host_mac, "192.0.2.16"),
			VD_NEIGH_RX_REQUEST);
	CU_ASSERT(quiet(&w));
	vd_neigh_lease_set(w.n, LEASE, true);
	rx_arp_request(&w, "192.0.2.1", &host_mac, "192.0.2.16");
	check_arp_answer(&w, "192.0.2.16", "192.0.2.1", &host_mac);
	vd_neigh_lease_set(w.n, LEASE, false);
	CU_ASSERT_EQUAL(rx_arp_request(&w, "192.0.2.2", &other_mac, "192.0.2.16"),
			VD_NEIGH_RX_DROPPED);
	check_drop(&w, VD_DROP_NO_LISTENER);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.2"), VD_NEIGH_STATE_EMPTY);
	/* A probe (RFC 5227) is answered, and nothing learned. */
	CU_ASSERT_EQUAL(rx(&w, f, vd_pkt_arp_request(f, &other_mac, &zero, &target, &all)),
			VD_NEIGH_RX_REQUEST);
	check_arp_answer(&w, "192.0.2.11", "0.0.0.0", &other_mac);
	CU_ASSERT_EQUAL(state_of(&w, "0.0.0.0"), VD_NEIGH_STATE_EMPTY);
	world_close(&w);
}

static void
answers_solicitations(void)
{
	struct world w;
	const struct vd_neigh_action *act;
	struct vd_addr us = A("2001:db8::11"), all = vd_pkt_all_nodes(), none = {.w = {0, 0}};
	struct vd_addr group = vd_addr_solicited_node(&us);
	struct vd_mac group_mac = vd_pkt_group_mac(&group);
	struct vd_pkt_nd_msg m;
	uint8_t f[VD_PKT_ND_FRAME];
	struct vd_pkt_ip6 *ip = (void *)(f + VD_PKT_ETH_LEN);
	struct vd_pkt_nd *nd = (void *)(ip + 1);

	world_open(&w, usual_config(), 64, 0);
	CU_ASSERT_EQUAL(rx_ns(&w, "fe80::99", &host_mac, "2001:db8::11"), VD_NEIGH_RX_REQUEST);
	act = only(&w, VD_NEIGH_ACT_SEND);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(act->frame, act->len, &m), VD_PKT_OK);
	CU_ASSERT_EQUAL(m.type, VD_PKT_ICMP6_NA);
	CU_ASSERT_EQUAL(m.flags, VD_PKT_NA_SOLICITED | VD_PKT_NA_OVERRIDE);
	CU_ASSERT(m.has_lla && vd_mac_equal(&m.lla, &our_mac));
	CU_ASSERT(vd_addr_equal(&m.target, &us) && vd_addr_equal(&m.src, &us));
	CU_ASSERT_EQUAL(state_of(&w, "fe80::99"), VD_NEIGH_STATE_STALE);
	CU_ASSERT_EQUAL(rx_ns(&w, "fe80::99", &host_mac, "2001:db8::16"), VD_NEIGH_RX_DROPPED);
	check_drop(&w, VD_DROP_NO_LISTENER);
	vd_neigh_lease_set(w.n, LEASE, true);
	CU_ASSERT_EQUAL(rx_ns(&w, "fe80::99", &host_mac, "2001:db8::16"), VD_NEIGH_RX_REQUEST);
	only(&w, VD_NEIGH_ACT_SEND);

	/* Duplicate address detection of another station: no source, no option. */
	vd_pkt_nd_solicit(f, &host_mac, &none, &us, NULL);
	ip->len_be = vd_pkt_swap16(sizeof(*nd));
	nd->csum = vd_pkt_csum_l4(&none, &group, VD_PKT_PROTO_ICMP6, nd, sizeof(*nd));
	CU_ASSERT(vd_mac_equal(&((struct vd_pkt_eth *)f)->dst, &group_mac));
	CU_ASSERT_EQUAL(rx(&w, f, VD_PKT_ND_FRAME - 8), VD_NEIGH_RX_REQUEST);
	act = only(&w, VD_NEIGH_ACT_SEND);
	CU_ASSERT_EQUAL(vd_pkt_nd_parse(act->frame, act->len, &m), VD_PKT_OK);
	CU_ASSERT(vd_addr_equal(&m.dst, &all));
	CU_ASSERT_EQUAL(m.flags, VD_PKT_NA_OVERRIDE);
	world_close(&w);
}

static void
takes_tagged_frames_of_the_interface_only(void)
{
	uint8_t plain[VD_PKT_ARP_FRAME], tagged[VD_PKT_ARP_FRAME + 4] = {0};
	struct vd_addr sender = A("192.0.2.1"), target = A("192.0.2.11");
	struct vd_mac all = vd_mac_broadcast();
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	vd_pkt_arp_request(plain, &host_mac, &sender, &target, &all);
	memcpy(tagged, plain, 12);
	memcpy(tagged + 12, "\x81\x00\x00\x64", 4);
	memcpy(tagged + 16, plain + 12, sizeof(plain) - 12);
	CU_ASSERT_EQUAL(rx(&w, tagged, sizeof(tagged)), VD_NEIGH_RX_REQUEST);
	check_arp_answer(&w, "192.0.2.11", "192.0.2.1", &host_mac);
	w.out.n = 0;
	CU_ASSERT_EQUAL(vd_neigh_rx(w.n, IF1, plain, sizeof(plain), w.now, &w.out),
			VD_NEIGH_RX_DROPPED);
	check_drop(&w, VD_DROP_NO_LISTENER);
	world_close(&w);
}

/* A conflict, and the announcement that defends the address. */
static void
check_defence(struct world *w, const char *who, const struct vd_mac *rival)
{
	struct vd_addr addr = A(who);

	CU_ASSERT_EQUAL_FATAL(w->out.n, 2);
	CU_ASSERT_EQUAL(w->out.v[0].kind, VD_NEIGH_ACT_CONFLICT);
	CU_ASSERT_EQUAL(w->out.v[0].ifid, IF0);
	CU_ASSERT(vd_addr_equal(&w->out.v[0].addr, &addr));
	CU_ASSERT(vd_mac_equal(&w->out.v[0].mac, rival));
	check_announcement(&w->out.v[1], who, false);
	w->out.n = 0;
}

static void
sees_rivals_and_defends(void)
{
	struct world w;
	uint8_t f[VD_PKT_ARP_FRAME];
	struct vd_addr vip = A("192.0.2.16");
	struct vd_neigh_stats stats;
	uint64_t announced;

	world_open(&w, usual_config(), 64, 0);
	vd_pkt_arp_gratuitous(f, &other_mac, &vip);
	/* The master is another node. */
	CU_ASSERT_EQUAL(rx(&w, f, sizeof(f)), VD_NEIGH_RX_DROPPED);
	check_drop(&w, VD_DROP_NO_LISTENER);
	vd_neigh_lease_set(w.n, LEASE, true);
	vd_neigh_stats(w.n, &stats);
	announced = stats.announced;
	rx(&w, f, sizeof(f));
	check_defence(&w, "192.0.2.16", &other_mac);
	for (int i = 0; i < 100; i++) {
		rx(&w, f, sizeof(f));
		CU_ASSERT(quiet(&w));
	}
	w.now += VD_NEIGH_CONFLICT_EVERY;
	rx_arp_reply(&w, "192.0.2.16", &other_mac);
	check_defence(&w, "192.0.2.16", &other_mac);
	rx_na(&w, "2001:db8::16", &other_mac, VD_PKT_NA_OVERRIDE);
	check_defence(&w, "2001:db8::16", &other_mac);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.16"), VD_NEIGH_STATE_EMPTY);
	vd_neigh_stats(w.n, &stats);
	CU_ASSERT_EQUAL(stats.conflicts, 3);
	CU_ASSERT_EQUAL(stats.announced, announced + 3);
	/* Nothing but that one: no round was begun. */
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), VD_TIME_NEVER);
	/* The port's own address has a rival, too; that is only told. */
	rx_arp_reply(&w, "192.0.2.11", &other_mac);
	only(&w, VD_NEIGH_ACT_CONFLICT);
	/* Our own announcements, reflected, are no rivals. */
	w.now += VD_NEIGH_CONFLICT_EVERY;
	vd_pkt_arp_gratuitous(f, &our_mac, &vip);
	CU_ASSERT_EQUAL(rx(&w, f, sizeof(f)), VD_NEIGH_RX_DROPPED);
	check_drop(&w, VD_DROP_NO_LISTENER);
	CU_ASSERT_EQUAL(rx_na(&w, "2001:db8::16", &our_mac, VD_PKT_NA_OVERRIDE),
			VD_NEIGH_RX_DROPPED);
	check_drop(&w, VD_DROP_NO_LISTENER);
	CU_ASSERT_EQUAL(rx_ns(&w, "2001:db8::16", &our_mac, "2001:db8::11"), VD_NEIGH_RX_DROPPED);
	check_drop(&w, VD_DROP_NO_LISTENER);
	world_close(&w);
}

/* A rival that asks for an address of ours gets three actions, which is what there is room for. */
static void
answers_a_rival(void)
{
	struct vd_neigh_config *c = usual_config();
	struct world w;

	own(c, IF0, "2001:db8::17", VD_NEIGH_VIP, VD_NEIGH_NO_LEASE);
	world_open(&w, c, 64, 0);
	w.out.cap = VD_NEIGH_ACTIONS_MIN;
	CU_ASSERT_EQUAL(rx_ns(&w, "2001:db8::17", &other_mac, "2001:db8::11"), VD_NEIGH_RX_REQUEST);
	CU_ASSERT_EQUAL_FATAL(w.out.n, 3);
	CU_ASSERT_EQUAL(w.out.v[0].kind, VD_NEIGH_ACT_SEND);
	CU_ASSERT_EQUAL(w.out.v[1].kind, VD_NEIGH_ACT_CONFLICT);
	check_announcement(&w.out.v[2], "2001:db8::17", false);
	world_close(&w);
}

static void
follows_a_neighbour_that_moves(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_addr gw = A("192.0.2.1");
	uint8_t f[VD_PKT_ARP_FRAME];
	struct world w;

	vd_neigh_config_want(c, IF0, &gw);
	world_open(&w, c, 64, 0);
	rx_arp_reply(&w, "192.0.2.1", &host_mac);
	only(&w, VD_NEIGH_ACT_RESOLVED);
	vd_pkt_arp_gratuitous(f, &other_mac, &gw);
	CU_ASSERT_EQUAL(rx(&w, f, sizeof(f)), VD_NEIGH_RX_REQUEST);
	CU_ASSERT(quiet(&w));
	CU_ASSERT(mac_is(&w, "192.0.2.1", &other_mac));
	CU_ASSERT(vd_neigh_word_usable(word_of(&w, "192.0.2.1")));
	/* Confirmed at once, as it is wanted. */
	CU_ASSERT_EQUAL(vd_neigh_next(w.n), w.now);
	tick_once(&w);
	only(&w, VD_NEIGH_ACT_SEND);
	rx_arp_reply(&w, "192.0.2.1", &other_mac);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.1"), VD_NEIGH_STATE_REACHABLE);
	/* The same again changes nothing. */
	rx(&w, f, sizeof(f));
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.1"), VD_NEIGH_STATE_REACHABLE);
	/* An unknown station's announcement is not learned. */
	gw = A("192.0.2.77");
	vd_pkt_arp_gratuitous(f, &other_mac, &gw);
	CU_ASSERT_EQUAL(rx(&w, f, sizeof(f)), VD_NEIGH_RX_DROPPED);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.77"), VD_NEIGH_STATE_EMPTY);
	CU_ASSERT_EQUAL(rx_arp_reply(&w, "192.0.2.77", &other_mac), VD_NEIGH_RX_REPLY);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.77"), VD_NEIGH_STATE_EMPTY);
	world_close(&w);
}

/* RFC 4861 7.2.5 and appendix C. */
static void
obeys_the_flags_of_advertisements(void)
{
	const char *who = "2001:db8::101";
	struct world w;

	world_open(&w, usual_config(), 64, 0);
	rx_na(&w, who, &host_mac, VD_PKT_NA_SOLICITED);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_EMPTY);
	resolve(&w, who);
	rx_na(&w, who, &host_mac, 0);
	only(&w, VD_NEIGH_ACT_RESOLVED);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_STALE);
	rx_na(&w, who, &host_mac, VD_PKT_NA_SOLICITED);
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_REACHABLE);
	/* Without override another MAC only casts doubt. */
	rx_na(&w, who, &other_mac, VD_PKT_NA_SOLICITED);
	CU_ASSERT(mac_is(&w, who, &host_mac));
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_STALE);
	rx_na(&w, who, &other_mac, 0);
	CU_ASSERT(mac_is(&w, who, &host_mac));
	rx_na(&w, who, &other_mac, VD_PKT_NA_OVERRIDE);
	CU_ASSERT(mac_is(&w, who, &other_mac));
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_STALE);
	rx_na(&w, who, &host_mac, VD_PKT_NA_OVERRIDE | VD_PKT_NA_SOLICITED);
	CU_ASSERT(mac_is(&w, who, &host_mac));
	CU_ASSERT_EQUAL(state_of(&w, who), VD_NEIGH_STATE_REACHABLE);
	world_close(&w);
}

static void
static_ones_stay(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_addr addr = A("192.0.2.50");
	struct world w;

	vd_neigh_config_static(c, IF0, &addr, &host_mac);
	world_open(&w, c, 64, 0);
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.50"), VD_NEIGH_STATE_PERMANENT);
	rx_arp_reply(&w, "192.0.2.50", &other_mac);
	rx_arp_request(&w, "192.0.2.50", &other_mac, "192.0.2.11");
	tick_until(&w, w.now + 4000 * SEC);
	CU_ASSERT(mac_is(&w, "192.0.2.50", &host_mac));
	CU_ASSERT_EQUAL(state_of(&w, "192.0.2.50"), VD_NEIGH_STATE_PERMANENT);
	world_close(&w);
}

/* A flood of requests with random senders leaves configured and used neighbours alone. */
static void
survives_a_flood(void)
{
	struct vd_neigh_config *c = usual_config();
	struct vd_addr gw = A("192.0.2.1"), base = A("10.0.0.0"), target = A("192.0.2.11");
	struct vd_mac all = vd_mac_broadcast();
	struct vd_rng rng = {8};
	struct vd_neigh_stats stats;
	struct world w;

	vd_neigh_config_want(c, IF0, &gw);
	world_open(&w, c, 256, 64);
	rx_arp_reply(&w, "192.0.2.1", &host_mac);
	resolve(&w, "192.0.2.101");
	rx_arp_reply(&w, "192.0.2.101", &host_mac);
	for (int i = 0; i < 100000; i++) {
		struct vd_addr sender = vd_addr_add(&base, vd_rng_below(&rng, 1u << 24) | 0x100);
		uint8_t f[VD_PKT_ARP_FRAME];

		vd_pkt_arp_request(f, &other_mac, &sender, &target, &all);
		rx(&w, f, sizeof(f));
		CU_ASSERT_EQUAL_FATAL(w.out.n, 1);
		w.now += VD_USEC;
	}
	vd_neigh_stats(w.n, &stats);
	CU_ASSERT_EQUAL(stats.dynamic, 64);
	CU_ASSERT_EQUAL(stats.live, 65);
	CU_ASSERT(vd_neigh_word_usable(word_of(&w, "192.0.2.1")));
	CU_ASSERT(vd_neigh_word_usable(word_of(&w, "192.0.2.101")));
	/* Another worker's next hop still finds room, many times over. */
	for (int i = 0; i < 63; i++) {
		struct vd_addr a = vd_addr_add(&target, 100 + (uint32_t)i);

		w.out.n = 0;
		CU_ASSERT_NOT_EQUAL(vd_neigh_resolve(w.n, IF0, &a, w.now, &w.out), VD_NEIGH_NONE);
	}
	/* Then it is full of neighbours that somebody asked for, and says so. */
	CU_ASSERT_EQUAL(resolve(&w, "192.0.2.9"), VD_NEIGH_NONE);
	CU_ASSERT_EQUAL(only(&w, VD_NEIGH_ACT_FAILED)->reason, VD_DROP_NEIGHBOUR_FULL);
	/* Those that do not answer give way. */
	tick_until(&w, w.now + 4 * SEC);
	CU_ASSERT_NOT_EQUAL(resolve(&w, "192.0.2.9"), VD_NEIGH_NONE);
	CU_ASSERT(vd_neigh_word_usable(word_of(&w, "192.0.2.101")));
	world_close(&w);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(answers_arp_for_own_and_leased),
			VD_TEST(answers_solicitations),
			VD_TEST(takes_tagged_frames_of_the_interface_only),
			VD_TEST(sees_rivals_and_defends),
			VD_TEST(answers_a_rival),
			VD_TEST(follows_a_neighbour_that_moves),
			VD_TEST(obeys_the_flags_of_advertisements),
			VD_TEST(static_ones_stay),
			VD_TEST(survives_a_flood),
	};

	return vd_test_main("neigh_rx", tests, sizeof(tests) / sizeof(tests[0]));
}
