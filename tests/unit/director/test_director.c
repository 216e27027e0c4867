/* SPDX-License-Identifier: BSD-3-Clause */
/* The director in virtual time: what VRRP decides is what the neighbour engine says on the wire. */
#include <errno.h>

#include "vd_compiler.h"
#include "vd_director.h"
#include "vd_pkt.h"
#include "vd_pkt_arp.h"
#include "vd_test.h"

#define START (100 * VD_SEC)
#define DOWN  (3 * VD_SEC + 156 * (VD_SEC / 256)) /* priority 100 */

static struct vd_director_actions out;
static enum vd_drop drop;
static const struct vd_mac our_mac = {{2, 0, 0, 0, 0, 1}};
static const struct vd_mac peer_mac = {{2, 0, 0, 0, 0, 9}};

struct world {
	struct vd_director *d;
	struct vd_vrrp_instance_config *inst; /* of the configuration in force */
	struct vd_director_config *config;    /* in force */
	vd_time now;
	/* Since clear(): */
	uint32_t n_adverts, n_announced, n_asked;
	bool announced_before_advert;
	uint8_t advert[VD_VRRP_FRAME_MAX];
	size_t advert_len;
	uint32_t advert_ifid;
};

static struct vd_addr
A(const char *text) {
	struct vd_addr a = {.w = {0, 0}};

	CU_ASSERT_EQUAL_FATAL(vd_addr_parse(text, &a), 0);
	return a;
}

static void
own(struct vd_neigh_config *n, const char *prefix, enum vd_neigh_own_kind kind, uint16_t lease)
{
	struct vd_prefix p;

	CU_ASSERT_EQUAL_FATAL(vd_prefix_parse(prefix, &p), 0);
	vd_neigh_config_own(n, 0, &p, kind, lease);
}

/* One interface with 192.0.2.1, and instance 0 of priority 100 with its VIP 192.0.2.10, whose lease is number 0. */
static struct vd_director_config *
config(struct world *w)
{
	struct vd_director_config *c = vd_director_config_new();
	struct vd_neigh_config *n = vd_director_config_neigh(c);
	struct vd_vrrp_instance_config *i;

	vd_neigh_config_interface(n, 0, &our_mac, true);
	own(n, "192.0.2.1/24", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	own(n, "192.0.2.10", VD_NEIGH_VIP, 0);
	i = vd_vrrp_config_instance(vd_director_config_vrrp(c), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(i);
	i->id.version = 3;
	i->id.vrid = 10;
	i->id.interval = VD_SEC;
	i->mac = our_mac;
	i->src = A("192.0.2.1");
	i->group_addr = A("224.0.0.18");
	i->priority = 100;
	i->garp_repeat = 5;
	i->garp_delay = 5 * VD_SEC;
	vd_vec_push(&i->addresses, A("192.0.2.10"));
	w->inst = i;
	return c;
}

static void
clear(struct world *w)
{
	w->n_adverts = w->n_announced = w->n_asked = 0;
	w->announced_before_advert = false;
	out.vrrp.n = out.neigh.n = 0;
}

static bool
is_sent(const struct vd_neigh_action *a, struct vd_pkt_arp_msg *m)
{
	return a->kind == VD_NEIGH_ACT_SEND && vd_pkt_arp_parse(a->frame, a->len, m) == VD_PKT_OK;
}

/* As ctl does: VRRP's actions, adverts built at their turn, then the neighbour engine's. */
static void
carry_out(struct world *w)
{
	struct vd_addr vip = A("192.0.2.10");
	struct vd_pkt_arp_msg m;
	size_t len;

	CU_ASSERT_EQUAL(out.vrrp.lost, 0);
	for (uint32_t k = 0; k < out.vrrp.n; k++) {
		if (out.vrrp.v[k].kind != VD_VRRP_ACT_SEND)
			continue;
		for (uint32_t n = 0; vd_director_advert(w->d, &out.vrrp.v[k], n, w->now, &out,
				     w->advert, &len, &w->advert_ifid);
				n++) {
			w->n_adverts += len > 0;
			w->advert_len = len;
		}
	}
	for (uint32_t k = 0; k < out.neigh.n; k++) {
		if (!is_sent(&out.neigh.v[k], &m))
			continue;
		if (vd_addr_equal(&m.sender, &m.target) && vd_addr_equal(&m.target, &vip)) {
			w->n_announced++;
			w->announced_before_advert |= w->n_adverts == 0;
		} else if (m.op == VD_PKT_ARP_REQUEST && !vd_addr_equal(&m.sender, &m.target)) {
			w->n_asked++;
		}
	}
	out.vrrp.n = out.neigh.n = 0;
}

static enum vd_director_result
step(struct world *w, const struct vd_director_event *e)
{
	enum vd_director_result r = vd_director_step(w->d, e, w->now, &out, &drop);

	carry_out(w);
	return r;
}

static void
tick(struct world *w)
{
	const struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_TICK};

	(void)step(w, &e);
}

static void
run(struct world *w, vd_time length)
{
	vd_time to = w->now + length;

	while (vd_director_next(w->d) <= to) {
		w->now = VD_MAX(w->now, vd_director_next(w->d));
		tick(w);
	}
	w->now = to;
}

static void
apply(struct world *w, struct vd_director_config *c)
{
	struct vd_director_config *old;

	CU_ASSERT_EQUAL(vd_director_config_seal(c, w->config), 0);
	w->config = c;
	old = vd_director_config_swap(w->d, c, w->now, &out);
	carry_out(w);
	vd_director_config_free(old);
}

static struct world *
world(void)
{
	const struct vd_neigh_params params = {.slots = 64, .seed = 1};
	struct world *w = calloc(1, sizeof(*w));

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	vd_director_actions_init(&out);
	w->d = vd_director_create(&params, &vd_alloc_libc);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->d);
	w->now = START;
	return w;
}

/* Started, the announcements of a start done. */
static struct world *
backup(void)
{
	struct world *w = world();

	apply(w, config(w));
	run(w, VD_SEC);
	clear(w);
	return w;
}

static struct world *
master(void)
{
	struct world *w = backup();

	run(w, 20 * VD_SEC);
	CU_ASSERT_TRUE(vd_director_lease_held(w->d, 0));
	clear(w);
	return w;
}

static void
world_close(struct world *w)
{
	vd_director_destroy(w->d);
	free(w);
}

/* A neighbour asks for an address; true when it was answered. */
static bool
answered(struct world *w, const char *whom)
{
	struct vd_mac all = vd_mac_broadcast();
	struct vd_addr from = A("192.0.2.9"), target = A(whom);
	struct vd_pkt_arp_msg m;
	uint8_t frame[VD_PKT_ARP_FRAME];
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_FRAME, .frame = frame};
	bool sent = false;

	e.len = vd_pkt_arp_request(frame, &peer_mac, &from, &target, &all);
	CU_ASSERT_EQUAL(vd_director_step(w->d, &e, w->now, &out, NULL), VD_DIRECTOR_DONE);
	for (uint32_t k = 0; k < out.neigh.n; k++)
		sent |= is_sent(&out.neigh.v[k], &m) && m.op == VD_PKT_ARP_REPLY &&
				vd_addr_equal(&m.sender, &target);
	carry_out(w);
	return sent;
}

static enum vd_director_result
hear(struct world *w, uint8_t vrid, uint8_t priority)
{
	static struct vd_vrrp_auth_state state;
	struct vd_vrrp_identity id = w->inst->id;
	struct vd_vrrp_send s = {.eth_src = peer_mac,
			.src = A("192.0.2.9"),
			.dst = A("224.0.0.18"),
			.priority = priority,
			.ttl = 255};
	uint8_t frame[VD_VRRP_FRAME_MAX];
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_VRRP, .frame = frame};

	id.vrid = vrid;
	s.eth_dst = vd_vrrp_group_mac(&s.dst);
	e.len = vd_vrrp_build(&id, &state, &s, frame);
	return step(w, &e);
}

static struct vd_vrrp_status
status(struct world *w)
{
	struct vd_vrrp_status s;

	(void)vd_vrrp_status_read(vd_director_vrrp(w->d), 0, &s);
	return s;
}

/* ---- leases ---- */

/* RFC 9568 6.4.2: no answer for the virtual address in BACKUP; (6.4.3): in MASTER there is. */
static void
answers_for_the_vip_as_master_only(void)
{
	struct world *w = backup();

	CU_ASSERT_FALSE(answered(w, "192.0.2.10"));
	CU_ASSERT_TRUE(answered(w, "192.0.2.1"));
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	run(w, DOWN);
	CU_ASSERT_TRUE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_TRUE(answered(w, "192.0.2.10"));
	CU_ASSERT_EQUAL(hear(w, 10, 200), VD_DIRECTOR_DONE);
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_FALSE(answered(w, "192.0.2.10"));
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, VD_DIRECTOR_LEASES));
	world_close(w);
}

/* The first announcement is among the actions of the very step that sends the advert. */
static void
announcements_come_right_behind_the_advert(void)
{
	struct world *w = backup();

	while (w->n_adverts == 0) {
		CU_ASSERT_EQUAL(w->n_announced, 0);
		w->now = VD_MAX(w->now, vd_director_next(w->d));
		tick(w);
	}
	CU_ASSERT_TRUE(w->n_announced > 0);
	CU_ASSERT_FALSE(w->announced_before_advert);
	run(w, 4 * VD_SEC);
	CU_ASSERT_EQUAL(w->n_announced, 5);
	run(w, 20 * VD_SEC);
	CU_ASSERT_EQUAL(w->n_announced, 10);
	world_close(w);
}

static void
announcements_end_with_the_lease(void)
{
	struct world *w = backup();

	run(w, DOWN);
	CU_ASSERT_TRUE(vd_director_lease_held(w->d, 0));
	(void)hear(w, 10, 200);
	clear(w);
	run(w, 3 * VD_SEC);
	CU_ASSERT_EQUAL(w->n_announced, 0);
	world_close(w);
}

static void
fault_ends_the_lease(void)
{
	struct world *w = world();
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_TRACK, .idx = 3};
	struct vd_director_config *c = config(w);

	vd_vec_add(&w->inst->tracks)->id = 3;
	apply(w, c);
	run(w, 10 * VD_SEC);
	CU_ASSERT_TRUE(answered(w, "192.0.2.10"));
	clear(w);
	CU_ASSERT_EQUAL(step(w, &e), VD_DIRECTOR_DONE);
	CU_ASSERT_EQUAL(w->n_adverts, 2);
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_FALSE(answered(w, "192.0.2.10"));
	world_close(w);
}

static void
oversleeping_ends_the_lease(void)
{
	struct world *w = master();

	w->now += 60 * VD_SEC;
	tick(w);
	CU_ASSERT_EQUAL(w->n_adverts, 0);
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_FALSE(answered(w, "192.0.2.10"));
	world_close(w);
}

/* Whatever comes first after the lease ran out: nobody is answered for its addresses. */
static void
question_ends_an_overslept_lease(void)
{
	struct world *w = master();

	CU_ASSERT_TRUE(answered(w, "192.0.2.10"));
	w->now += 60 * VD_SEC;
	CU_ASSERT_FALSE(answered(w, "192.0.2.10"));
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_EQUAL(status(w).reason, VD_VRRP_REASON_OVERSLEPT);
	world_close(w);
}

/* ---- unicast ---- */

static struct vd_director_config *
unicast(struct world *w)
{
	struct vd_director_config *c = config(w);
	struct vd_vrrp_peer *p;

	w->inst->id.unicast = true;
	p = vd_vec_add(&w->inst->peers);
	p->addr = A("203.0.113.5");
	p->next_hop = A("192.0.2.9");
	p->min_ttl = p->max_ttl = -1;
	p = vd_vec_add(&w->inst->peers);
	p->addr = A("198.51.100.5");
	p->ifid = VD_VRRP_IF_NONE;
	return c;
}

static void
reply(struct world *w)
{
	struct vd_addr from = A("192.0.2.9"), to = A("192.0.2.1");
	uint8_t frame[VD_PKT_ARP_FRAME];
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_FRAME, .frame = frame};

	e.len = vd_pkt_arp_reply(frame, &peer_mac, &from, &our_mac, &to);
	CU_ASSERT_EQUAL(step(w, &e), VD_DIRECTOR_HOST);
}

/* A peer's next hop that is not known is asked for by the advert that needs it; one without a route is passed over. */
static void
unicast_next_hop_is_resolved(void)
{
	struct world *w = world();
	struct vd_addr peer = A("203.0.113.5");
	struct vd_vrrp_action send = {.kind = VD_VRRP_ACT_SEND, .priority = 100};
	struct vd_vrrp_peek p;
	uint8_t frame[VD_VRRP_FRAME_MAX];
	uint32_t ifid;
	size_t len;

	apply(w, unicast(w));
	run(w, VD_SEC);
	clear(w);
	run(w, DOWN);
	CU_ASSERT_TRUE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_EQUAL(w->n_adverts, 0);
	CU_ASSERT_TRUE(w->n_asked > 0);
	reply(w);
	CU_ASSERT_TRUE_FATAL(vd_director_advert(w->d, &send, 0, w->now, &out, frame, &len, &ifid));
	CU_ASSERT_EQUAL(ifid, 0);
	CU_ASSERT_EQUAL(memcmp(frame, peer_mac.b, sizeof(peer_mac.b)), 0);
	CU_ASSERT_EQUAL_FATAL(vd_vrrp_peek(frame, len, &p), VD_PKT_OK);
	CU_ASSERT_TRUE(vd_addr_equal(&p.dst, &peer));
	CU_ASSERT_TRUE(vd_director_advert(w->d, &send, 1, w->now, &out, frame, &len, &ifid));
	CU_ASSERT_EQUAL(len, 0);
	CU_ASSERT_FALSE(vd_director_advert(w->d, &send, 2, w->now, &out, frame, &len, &ifid));
	/* And from then on every advert is sent. */
	clear(w);
	run(w, 3 * VD_SEC);
	CU_ASSERT_EQUAL(w->n_adverts, 3);
	world_close(w);
}

/* No room among the actions: nothing is asked for, and nothing written past the end. */
static void
unicast_without_room_for_a_request(void)
{
	struct world *w = world();
	struct vd_vrrp_action send = {.kind = VD_VRRP_ACT_SEND, .priority = 100};
	uint8_t frame[VD_VRRP_FRAME_MAX];
	uint32_t ifid;
	size_t len;

	apply(w, unicast(w));
	out.neigh.n = out.neigh.cap - VD_NEIGH_ACTIONS_MIN + 1;
	CU_ASSERT_TRUE(vd_director_advert(w->d, &send, 0, w->now, &out, frame, &len, &ifid));
	CU_ASSERT_EQUAL(len, 0);
	CU_ASSERT_EQUAL(out.neigh.n, out.neigh.cap - VD_NEIGH_ACTIONS_MIN + 1);
	out.neigh.n = 0;
	world_close(w);
}

static void
multicast_goes_to_the_group(void)
{
	struct world *w = backup();

	run(w, DOWN - VD_SEC);
	CU_ASSERT_EQUAL(w->n_adverts, 1);
	CU_ASSERT_EQUAL(w->advert_ifid, 0);
	CU_ASSERT_EQUAL(memcmp(w->advert, "\x01\x00\x5e\x00\x00\x12", 6), 0);
	world_close(w);
}

/* ---- configurations ---- */

static void
same_configuration_touches_nothing(void)
{
	struct world *w = master();
	vd_time next = vd_director_next(w->d);

	apply(w, config(w));
	CU_ASSERT_EQUAL(w->n_adverts + w->n_announced + w->n_asked, 0);
	CU_ASSERT_TRUE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_TRUE(answered(w, "192.0.2.10"));
	CU_ASSERT_EQUAL(vd_director_next(w->d), next);
	run(w, 30 * VD_SEC);
	CU_ASSERT_EQUAL(w->n_announced, 0);
	CU_ASSERT_EQUAL(w->n_adverts, 30);
	CU_ASSERT_EQUAL(status(w).stats.became_master, 1);
	world_close(w);
}

static void
instance_that_goes_ends_its_lease(void)
{
	struct world *w = master();
	struct vd_director_config *c = vd_director_config_new();

	vd_neigh_config_interface(vd_director_config_neigh(c), 0, &our_mac, true);
	own(vd_director_config_neigh(c), "192.0.2.1/24", VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	own(vd_director_config_neigh(c), "192.0.2.10", VD_NEIGH_VIP, 0);
	apply(w, c);
	CU_ASSERT_EQUAL(w->n_adverts, 1); /* the resignation, by the configuration that was */
	CU_ASSERT_EQUAL(w->advert[14 + 20 + 2], 0);
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_FALSE(answered(w, "192.0.2.10"));
	world_close(w);
}

static void
bad_configuration_is_refused(void)
{
	struct world *w = world();
	struct vd_director_config *c = config(w);
	struct vd_vrrp_instance_config *i = vd_vrrp_config_instance(vd_director_config_vrrp(c), 1);

	i->id = w->inst->id;
	CU_ASSERT_EQUAL(vd_director_config_seal(c, NULL), -EEXIST);
	vd_director_config_free(c);
	vd_director_config_free(NULL);
	world_close(w);
}

/* ---- the other events ---- */

static void
operators_events(void)
{
	struct world *w = backup();
	struct vd_director_event priority = {.kind = VD_DIRECTOR_EVENT_PRIORITY, .value = 150};
	struct vd_director_event failover = {
			.kind = VD_DIRECTOR_EVENT_FAILOVER, .time = 10 * VD_SEC};
	struct vd_director_event hold = {.kind = VD_DIRECTOR_EVENT_HOLD,
			.idx = VD_VRRP_HOLD_MAINTENANCE,
			.on = true};

	CU_ASSERT_EQUAL(step(w, &failover), VD_DIRECTOR_REFUSED);
	CU_ASSERT_EQUAL(step(w, &priority), VD_DIRECTOR_DONE);
	CU_ASSERT_EQUAL(status(w).effective_priority, 150);
	priority.value = 256; /* not 0 */
	CU_ASSERT_EQUAL(step(w, &priority), VD_DIRECTOR_REFUSED);
	priority.value = -1;
	CU_ASSERT_EQUAL(step(w, &priority), VD_DIRECTOR_REFUSED);
	CU_ASSERT_EQUAL(status(w).effective_priority, 150);
	priority.idx = 1;
	priority.value = 1;
	CU_ASSERT_EQUAL(step(w, &priority), VD_DIRECTOR_REFUSED);
	run(w, 10 * VD_SEC);
	CU_ASSERT_EQUAL(step(w, &failover), VD_DIRECTOR_DONE);
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	run(w, 10 * VD_SEC);
	CU_ASSERT_TRUE(vd_director_lease_held(w->d, 0));
	CU_ASSERT_EQUAL(step(w, &hold), VD_DIRECTOR_DONE);
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	world_close(w);
}

static void
clear_is_of_the_counters(void)
{
	struct world *w = master();
	const struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_CLEAR};

	CU_ASSERT_TRUE(status(w).stats.adverts_sent > 0);
	CU_ASSERT_EQUAL(step(w, &e), VD_DIRECTOR_DONE);
	CU_ASSERT_EQUAL(status(w).stats.adverts_sent, 0);
	CU_ASSERT_TRUE(vd_director_lease_held(w->d, 0));
	world_close(w);
}

/* The wall clock is what the peers of auth_hmac compare with theirs. */
static void
wall_clock_reaches_the_trailer(void)
{
	static const char secret[32] = "0123456789abcdef0123456789abcde";
	const struct vd_director_event e = {
			.kind = VD_DIRECTOR_EVENT_WALL, .time = 1700000000 * VD_SEC};
	struct world *w = world();
	struct vd_director_config *c = config(w);
	struct vd_vrrp_auth_state state = {0};
	struct vd_vrrp_advert a;
	struct vd_vrrp_peek p;
	uint64_t wall_s;

	w->inst->hmac = calloc(1, sizeof(*w->inst->hmac));
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->inst->hmac);
	vd_vrrp_hmac_key_set(&w->inst->hmac->key[0], 1, secret, sizeof(secret));
	w->inst->hmac->n_keys = w->inst->hmac->active_key = 1;
	w->inst->hmac->mode = VD_VRRP_HMAC_ENFORCE;
	w->inst->hmac->by_time = true;
	w->inst->hmac->window_s = 5;
	apply(w, c);
	CU_ASSERT_EQUAL(step(w, &e), VD_DIRECTOR_DONE);
	run(w, DOWN);
	wall_s = 1700000000 + w->now / VD_SEC;
	CU_ASSERT_EQUAL_FATAL(vd_vrrp_peek(w->advert, w->advert_len, &p), VD_PKT_OK);
	CU_ASSERT_EQUAL(vd_vrrp_check(&w->inst->id, &state, w->advert, &p, true, wall_s + 60, &a),
			VD_VRRP_ERROR_AUTH_EXT);
	CU_ASSERT_EQUAL(vd_vrrp_check(&w->inst->id, &state, w->advert, &p, true, wall_s, &a),
			VD_VRRP_OK);
	world_close(w);
}

static void
vrrp_of_others_is_dropped(void)
{
	struct world *w = backup();

	drop = VD_DROP_N;
	CU_ASSERT_EQUAL(hear(w, 11, 200), VD_DIRECTOR_DROP);
	CU_ASSERT_EQUAL(drop, VD_DROP_NO_LISTENER);
	CU_ASSERT_EQUAL(status(w).stats.adverts_received, 0);
	CU_ASSERT_EQUAL(hear(w, 10, 200), VD_DIRECTOR_DONE);
	CU_ASSERT_EQUAL(status(w).stats.adverts_received, 1);
	world_close(w);
}

static void
resolve_asks(void)
{
	struct world *w = backup();
	const struct vd_director_event e = {
			.kind = VD_DIRECTOR_EVENT_RESOLVE, .addr = A("192.0.2.9")};
	struct vd_addr addr = A("192.0.2.9");
	uint64_t word = 0;

	CU_ASSERT_EQUAL(step(w, &e), VD_DIRECTOR_DONE);
	CU_ASSERT_EQUAL(w->n_asked, 1);
	reply(w);
	CU_ASSERT_NOT_EQUAL(vd_neigh_find_word(vd_director_neighbors(w->d), 0, &addr, &word),
			VD_NEIGH_NONE);
	CU_ASSERT_TRUE(vd_neigh_word_usable(word));
	world_close(w);
}

static void
link_up_announces_what_is_held(void)
{
	const struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_LINK_UP};
	struct world *w = backup();

	(void)step(w, &e);
	run(w, VD_DIRECTOR_ANNOUNCE_ROUNDS * VD_DIRECTOR_ANNOUNCE_GAP);
	CU_ASSERT_EQUAL(w->n_announced, 0);
	world_close(w);
	w = master();
	(void)step(w, &e);
	run(w, VD_DIRECTOR_ANNOUNCE_ROUNDS * VD_DIRECTOR_ANNOUNCE_GAP);
	CU_ASSERT_EQUAL(w->n_announced, VD_DIRECTOR_ANNOUNCE_ROUNDS);
	world_close(w);
}

/* While a configuration comes in slice by slice, adverts leave at their times. */
static void
adverts_leave_between_slices(void)
{
	struct world *w = master();
	struct vd_director_config *c, *old = NULL;
	uint32_t n = 0;

	run(w, 10 * VD_SEC);
	clear(w);
	c = config(w);
	CU_ASSERT_EQUAL(vd_director_config_seal(c, w->config), 0);
	vd_director_swap_begin(w->d, c, w->now);
	while (!vd_director_swap_step(w->d, 1, w->now, &out, &old)) {
		CU_ASSERT_TRUE(vd_director_is_swapping(w->d));
		CU_ASSERT_PTR_NULL(old);
		carry_out(w);
		run(w, VD_SEC);
		CU_ASSERT_EQUAL(w->n_adverts, ++n);
	}
	carry_out(w);
	CU_ASSERT(n > 60);
	CU_ASSERT_FALSE(vd_director_is_swapping(w->d));
	CU_ASSERT_PTR_EQUAL(old, w->config);
	vd_director_config_free(old);
	w->config = c;
	run(w, VD_SEC);
	CU_ASSERT_EQUAL(w->n_adverts, n + 1);
	world_close(w);
}

/* The sanitizers see whether both configurations are freed. */
static void
ends_in_the_midst_of_a_swap(void)
{
	struct world *w = world();
	struct vd_director_config *c = config(w), *old = NULL;

	CU_ASSERT_EQUAL(vd_director_config_seal(c, w->config), 0);
	vd_director_swap_begin(w->d, c, w->now);
	CU_ASSERT_FALSE(vd_director_swap_step(w->d, 5, w->now, &out, &old));
	world_close(w);
}

static const struct vd_test tests[] = {
		VD_TEST(answers_for_the_vip_as_master_only),
		VD_TEST(announcements_come_right_behind_the_advert),
		VD_TEST(announcements_end_with_the_lease),
		VD_TEST(fault_ends_the_lease),
		VD_TEST(oversleeping_ends_the_lease),
		VD_TEST(question_ends_an_overslept_lease),
		VD_TEST(unicast_next_hop_is_resolved),
		VD_TEST(unicast_without_room_for_a_request),
		VD_TEST(multicast_goes_to_the_group),
		VD_TEST(same_configuration_touches_nothing),
		VD_TEST(instance_that_goes_ends_its_lease),
		VD_TEST(bad_configuration_is_refused),
		VD_TEST(operators_events),
		VD_TEST(clear_is_of_the_counters),
		VD_TEST(wall_clock_reaches_the_trailer),
		VD_TEST(vrrp_of_others_is_dropped),
		VD_TEST(resolve_asks),
		VD_TEST(link_up_announces_what_is_held),
		VD_TEST(adverts_leave_between_slices),
		VD_TEST(ends_in_the_midst_of_a_swap),
};

VD_TEST_MAIN("director", tests)
