/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_director.h"

#include "vd_pkt_arp.h"
#include "vd_test.h"

#define IF0   0
#define START (100 * VD_SEC)

static const struct vd_mac our_mac = {{2, 0, 0, 0, 0, 0x11}};

struct world {
	struct vd_director *d;
	struct vd_director_action actions[64];
	struct vd_neigh_action neigh[64];
	struct vd_director_actions out;
	vd_time now;
};

static struct vd_addr
A(const char *text) {
	struct vd_addr a;

	if (vd_addr_parse(text, &a) != 0)
		abort();
	return a;
}

/* Instance i has VIP 192.0.2.(20 + i). */
static struct vd_director_config *
config(uint32_t leases)
{
	struct vd_director_config *c = vd_director_config_new(leases);
	struct vd_prefix p;

	c->neigh = vd_neigh_config_new();
	vd_neigh_config_interface(c->neigh, IF0, &our_mac, false);
	for (uint32_t i = 0; i < leases; i++) {
		p.addr = A("192.0.2.20");
		p.addr = vd_addr_add(&p.addr, i);
		p.len = 32;
		vd_neigh_config_own(c->neigh, IF0, &p, VD_NEIGH_VIP, (uint16_t)i);
	}
	vd_neigh_config_seal(c->neigh);
	return c;
}

static void
step(struct world *w, struct vd_director_event e)
{
	w->out.n = w->out.neigh.n = 0;
	vd_director_step(w->d, &e, w->now, &w->out);
}

static void
world_open(struct world *w, uint32_t leases)
{
	struct vd_director_params p = {.neigh = {.slots = 64}, .leases_max = 32};

	memset(w, 0, sizeof(*w));
	w->d = vd_director_create(&p, &vd_alloc_libc);
	w->out.v = w->actions;
	w->out.cap = w->out.neigh.cap = 64;
	w->out.neigh.v = w->neigh;
	w->now = START;
	step(w, (struct vd_director_event){.kind = VD_DIRECTOR_CONFIG, .config = config(leases)});
}

static void
tick_at(struct world *w, vd_time now)
{
	w->now = now;
	step(w, (struct vd_director_event){.kind = VD_DIRECTOR_TICK});
}

static uint32_t
sent(const struct world *w)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->out.neigh.n; i++)
		n += w->out.neigh.v[i].kind == VD_NEIGH_ACT_SEND;
	return n;
}

static void
holds_and_renews(void)
{
	struct world w;
	vd_time until;

	world_open(&w, 2);
	CU_ASSERT_EQUAL_FATAL(w.out.n, 2);
	for (uint32_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(w.out.v[i].kind, VD_DIRECTOR_ACT_LEASE);
		CU_ASSERT_EQUAL(w.out.v[i].lease, i);
		CU_ASSERT_EQUAL(w.out.v[i].until, START + VD_DIRECTOR_LEASE);
	}
	/* Served at every moment as long as steps come on time. */
	until = w.out.v[0].until;
	while (w.now < START + 60 * VD_SEC) {
		tick_at(&w, vd_director_next(w.d));
		CU_ASSERT_FATAL(w.now < until);
		for (uint32_t i = 0; i < w.out.n; i++) {
			CU_ASSERT_EQUAL(w.out.v[i].kind, VD_DIRECTOR_ACT_LEASE);
			CU_ASSERT_EQUAL(w.out.v[i].until, w.now + VD_DIRECTOR_LEASE);
			until = w.out.v[i].until;
		}
		CU_ASSERT_EQUAL(vd_director_lease_until(w.d, 1), until);
	}
	vd_director_destroy(w.d);
}

static void
announces_five_rounds_and_again(void)
{
	uint32_t rounds[2] = {0, 0};
	struct world w;

	world_open(&w, 3);
	CU_ASSERT_EQUAL(sent(&w), 3);
	rounds[0] = sent(&w);
	while (vd_director_next(w.d) < START + 20 * VD_SEC) {
		tick_at(&w, vd_director_next(w.d));
		rounds[w.now >= START + VD_DIRECTOR_GARP_DELAY] += sent(&w);
	}
	CU_ASSERT_EQUAL(rounds[0], 15);
	CU_ASSERT_EQUAL(rounds[1], 15);
	vd_director_destroy(w.d);
}

static void
says_when_it_overslept(void)
{
	struct world w;

	world_open(&w, 1);
	while (w.now < START + 30 * VD_SEC)
		tick_at(&w, vd_director_next(w.d));
	CU_ASSERT_EQUAL(sent(&w), 0);
	tick_at(&w, vd_director_lease_until(w.d, 0) + 7);
	CU_ASSERT_EQUAL_FATAL(w.out.n, 2);
	CU_ASSERT_EQUAL(w.out.v[0].kind, VD_DIRECTOR_ACT_OVERSLEPT);
	CU_ASSERT_EQUAL(w.out.v[0].late, 7);
	CU_ASSERT_EQUAL(w.out.v[1].kind, VD_DIRECTOR_ACT_LEASE);
	CU_ASSERT_EQUAL(w.out.v[1].until, w.now + VD_DIRECTOR_LEASE);
	CU_ASSERT_EQUAL(sent(&w), 1);
	/* To the last nanosecond is in time. */
	tick_at(&w, vd_director_lease_until(w.d, 0));
	CU_ASSERT_EQUAL(w.out.n, 1);
	vd_director_destroy(w.d);
}

static bool
answers(struct world *w, const char *vip)
{
	struct vd_addr sender = A("192.0.2.1"), target = A(vip);
	struct vd_mac all = vd_mac_broadcast(), mac = {{2, 9}};
	uint8_t f[VD_PKT_ARP_FRAME];

	vd_pkt_arp_request(f, &mac, &sender, &target, &all);
	step(w,
			(struct vd_director_event){
					.kind = VD_DIRECTOR_FRAME, .frame = f, .len = sizeof(f)});
	for (uint32_t i = 0; i < w->out.neigh.n; i++)
		if (w->out.neigh.v[i].kind == VD_NEIGH_ACT_SEND && w->out.neigh.v[i].frame[21] == 2)
			return true;
	return false;
}

static void
gives_up_and_takes_back(void)
{
	struct world w;

	world_open(&w, 2);
	CU_ASSERT(answers(&w, "192.0.2.21"));
	step(&w, (struct vd_director_event){.kind = VD_DIRECTOR_HOLD, .lease = 1, .held = false});
	CU_ASSERT_EQUAL_FATAL(w.out.n, 1);
	CU_ASSERT(w.out.v[0].kind == VD_DIRECTOR_ACT_LEASE && w.out.v[0].lease == 1);
	CU_ASSERT_EQUAL(w.out.v[0].until, 0);
	CU_ASSERT_EQUAL(vd_director_lease_until(w.d, 1), 0);
	CU_ASSERT(!answers(&w, "192.0.2.21"));
	CU_ASSERT(answers(&w, "192.0.2.20"));
	for (int i = 0; i < 50; i++) {
		tick_at(&w, vd_director_next(w.d));
		for (uint32_t k = 0; k < w.out.n; k++)
			CU_ASSERT_EQUAL(w.out.v[k].lease, 0);
	}
	step(&w, (struct vd_director_event){.kind = VD_DIRECTOR_HOLD, .lease = 1, .held = true});
	CU_ASSERT_EQUAL(w.out.v[0].until, w.now + VD_DIRECTOR_LEASE);
	CU_ASSERT_EQUAL(sent(&w), 1);
	CU_ASSERT(answers(&w, "192.0.2.21"));
	/* Leases that no instance has. */
	step(&w, (struct vd_director_event){.kind = VD_DIRECTOR_HOLD, .lease = 9, .held = true});
	CU_ASSERT_EQUAL(w.out.n, 0);
	vd_director_destroy(w.d);
}

static void
reload_keeps_leases_and_retires_the_old(void)
{
	struct vd_director_config *c;
	struct world w;
	uint32_t retired = 0, given_up = 0;

	world_open(&w, 3);
	while (w.now < START + 30 * VD_SEC)
		tick_at(&w, vd_director_next(w.d));
	c = config(2);
	step(&w, (struct vd_director_event){.kind = VD_DIRECTOR_CONFIG, .config = c});
	for (uint32_t i = 0; i < w.out.n; i++) {
		if (w.out.v[i].kind == VD_DIRECTOR_ACT_RETIRED) {
			retired++;
			vd_director_config_free(w.out.v[i].config);
		} else if (w.out.v[i].until == 0) {
			CU_ASSERT_EQUAL(w.out.v[i].lease, 2);
			given_up++;
		}
	}
	CU_ASSERT(retired == 1 && given_up == 1);
	/* Nothing that was there before is announced again. */
	CU_ASSERT_EQUAL(sent(&w), 0);
	CU_ASSERT(answers(&w, "192.0.2.21") && !answers(&w, "192.0.2.22"));
	vd_director_destroy(w.d);
}

/* Room for three actions and 32 leases: all are told in the end, in one burst of steps. */
static void
waits_for_room(void)
{
	uint32_t told = 0, steps = 0;
	struct world w;

	world_open(&w, 0);
	w.out.cap = 3;
	step(&w, (struct vd_director_event){.kind = VD_DIRECTOR_CONFIG, .config = config(32)});
	do {
		CU_ASSERT(w.out.n <= 3);
		for (uint32_t i = 0; i < w.out.n; i++) {
			told += w.out.v[i].kind == VD_DIRECTOR_ACT_LEASE;
			if (w.out.v[i].kind == VD_DIRECTOR_ACT_RETIRED)
				vd_director_config_free(w.out.v[i].config);
		}
		tick_at(&w, w.now);
		steps++;
	} while (w.out.n > 0);
	CU_ASSERT_EQUAL(told, 32);
	CU_ASSERT(steps < 32);
	vd_director_destroy(w.d);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(holds_and_renews),
			VD_TEST(announces_five_rounds_and_again),
			VD_TEST(says_when_it_overslept),
			VD_TEST(gives_up_and_takes_back),
			VD_TEST(reload_keeps_leases_and_retires_the_old),
			VD_TEST(waits_for_room),
	};

	return vd_test_main("director", tests, sizeof(tests) / sizeof(tests[0]));
}
