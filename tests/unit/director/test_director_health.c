/* SPDX-License-Identifier: BSD-3-Clause */
/* The director in virtual time: a service without its quorum is what VRRP tracks. */
#include <errno.h>

#include "vd_compiler.h"
#include "vd_director.h"
#include "vd_test.h"

#define START   (100 * VD_SEC)
#define TRACK   7u
#define SERVICE 3u /* number in lb's registry, not the index */
#define SLOT    40u
#define SERIAL  2u

static struct vd_director_actions out;

struct world {
	struct vd_director *d;
	struct vd_director_config *config;
	vd_time now;
	uint32_t quorums, servers; /* told, since the last look */
	bool quorum;
};

static struct vd_addr
A(const char *text) {
	struct vd_addr a = {.w = {0, 0}};

	CU_ASSERT_EQUAL_FATAL(vd_addr_parse(text, &a), 0);
	return a;
}

/* An instance of priority 100 that tracks the service, which has servers of weight 1 with a check each. */
static struct vd_director_config *
config(int32_t weight, uint32_t quorum, uint32_t servers, uint8_t up)
{
	static const struct vd_mac mac = {{2, 0, 0, 0, 0, 1}};
	struct vd_director_config *c = vd_director_config_new();
	struct vd_health_config *h = vd_director_config_health(c);
	struct vd_health_service_config s = {
			.id = SERVICE,
			.gen = 1,
			.quorum = quorum,
			.sorry_id = VD_HEALTH_NONE,
			.track = TRACK,
	};
	struct vd_vrrp_track t = {.id = TRACK, .weight = weight};
	struct vd_vrrp_instance_config *i;

	vd_neigh_config_interface(vd_director_config_neigh(c), 0, &mac, true);
	i = vd_vrrp_config_instance(vd_director_config_vrrp(c), 0);
	i->id.version = 3;
	i->id.vrid = 10;
	i->id.interval = VD_SEC;
	i->mac = mac;
	i->src = A("192.0.2.1");
	i->group_addr = A("224.0.0.18");
	i->priority = 100;
	vd_vec_push(&i->addresses, A("192.0.2.10"));
	vd_vec_push(&i->tracks, t);
	(void)vd_health_config_service(h, &s);
	for (uint32_t n = 0; n < servers; n++) {
		const struct vd_health_server_config server = {.id = 10 + n, .gen = 1, .weight = 1};

		(void)vd_health_config_server(h, &server);
		vd_health_config_check(h, SLOT + n, SERIAL, up != 0);
	}
	return c;
}

static void
look(struct world *w)
{
	for (uint32_t i = 0; i < out.health.n; i++) {
		w->servers += out.health.v[i].kind == VD_HEALTH_ACT_SERVER;
		if (out.health.v[i].kind != VD_HEALTH_ACT_QUORUM)
			continue;
		w->quorums++;
		w->quorum = out.health.v[i].up;
		CU_ASSERT_EQUAL(out.health.v[i].id, SERVICE);
	}
	out.vrrp.n = out.neigh.n = out.health.n = 0;
}

static void
apply(struct world *w, struct vd_director_config *c)
{
	struct vd_director_config *old;

	CU_ASSERT_EQUAL(vd_director_config_seal(c, w->config), 0);
	w->config = c;
	old = vd_director_config_swap(w->d, c, w->now, &out);
	look(w);
	vd_director_config_free(old);
}

static struct world *
world(struct vd_director_config *c)
{
	const struct vd_neigh_params params = {.slots = 64, .seed = 1};
	struct world *w = calloc(1, sizeof(*w));

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	vd_director_actions_init(&out);
	w->d = vd_director_create(&params, &vd_alloc_libc);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->d);
	w->now = START;
	apply(w, c);
	return w;
}

static void
world_close(struct world *w)
{
	vd_director_destroy(w->d);
	free(w);
}

static void
run(struct world *w, vd_time length)
{
	const struct vd_director_event tick = {.kind = VD_DIRECTOR_EVENT_TICK};
	vd_time to = w->now + length;

	while (vd_director_next(w->d) <= to) {
		w->now = VD_MAX(w->now, vd_director_next(w->d));
		(void)vd_director_step(w->d, &tick, w->now, &out, NULL);
		look(w);
	}
	w->now = to;
}

static void
verdict(struct world *w, uint32_t server, bool up)
{
	const struct vd_director_event e = {
			.kind = VD_DIRECTOR_EVENT_VERDICT,
			.idx = SLOT + server,
			.serial = SERIAL,
			.on = up,
			.value = -1,
	};

	(void)vd_director_step(w->d, &e, w->now, &out, NULL);
	look(w);
}

static struct vd_vrrp_status
status(struct world *w)
{
	struct vd_vrrp_status s;

	CU_ASSERT_TRUE(vd_vrrp_status_read(vd_director_vrrp(w->d), 0, &s));
	return s;
}

static void
lost_quorum_is_a_fault(void)
{
	struct world *w = world(config(0, 2, 2, true));

	run(w, 10 * VD_SEC);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_MASTER);
	verdict(w, 0, false);
	CU_ASSERT_EQUAL(w->quorums, 1);
	CU_ASSERT_FALSE(w->quorum);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_FAULT);
	CU_ASSERT_EQUAL(status(w).reason_track, TRACK);
	CU_ASSERT_FALSE(vd_director_lease_held(w->d, 0));
	verdict(w, 0, true);
	CU_ASSERT_TRUE(w->quorum);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_BACKUP);
	world_close(w);
}

static void
lost_quorum_lowers_the_priority(void)
{
	struct world *w = world(config(-20, 1, 1, true));

	run(w, 10 * VD_SEC);
	verdict(w, 0, false);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_MASTER);
	CU_ASSERT_EQUAL(status(w).effective_priority, 80);
	verdict(w, 0, true);
	CU_ASSERT_EQUAL(status(w).effective_priority, 100);
	CU_ASSERT_EQUAL(w->servers, 2);
	world_close(w);
}

static void
quorum_that_stays_is_not_told(void)
{
	struct world *w = world(config(0, 1, 3, true));

	run(w, 10 * VD_SEC);
	verdict(w, 0, false);
	verdict(w, 2, false);
	CU_ASSERT_EQUAL(w->quorums, 0);
	CU_ASSERT_EQUAL(w->servers, 2);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_MASTER);
	world_close(w);
}

/* alpha: without a check there is no quorum, and VRRP knows before it begins. */
static void
start_without_quorum(void)
{
	struct world *w = world(config(0, 1, 1, false));

	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_FAULT);
	run(w, 10 * VD_SEC);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_FAULT);
	verdict(w, 0, true);
	run(w, 10 * VD_SEC);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_MASTER);
	world_close(w);
}

static void
reload_keeps_what_is_down(void)
{
	struct world *w = world(config(0, 1, 1, true));
	uint32_t id, gen, flags;

	run(w, 10 * VD_SEC);
	verdict(w, 0, false);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_FAULT);
	apply(w, config(0, 1, 1, true));
	run(w, VD_SEC);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_FAULT);
	/* The workers are told once more. */
	CU_ASSERT_TRUE_FATAL(vd_health_post(vd_director_health(w->d), &id, &gen, &flags));
	CU_ASSERT_EQUAL(id, 10);
	CU_ASSERT_NOT_EQUAL(flags, 0);
	/* With a server more the quorum is there at once. */
	apply(w, config(0, 1, 2, true));
	run(w, 10 * VD_SEC);
	CU_ASSERT_EQUAL(status(w).state, VD_VRRP_STATE_MASTER);
	world_close(w);
}

static void
two_checks_of_one_number_are_refused(void)
{
	struct vd_director_config *c = config(0, 1, 1, true);

	vd_health_config_check(vd_director_config_health(c), SLOT, SERIAL, true);
	CU_ASSERT_EQUAL(vd_director_config_seal(c, NULL), -EEXIST);
	vd_director_config_free(c);
}

static const struct vd_test tests[] = {
		VD_TEST(lost_quorum_is_a_fault),
		VD_TEST(lost_quorum_lowers_the_priority),
		VD_TEST(quorum_that_stays_is_not_told),
		VD_TEST(start_without_quorum),
		VD_TEST(reload_keeps_what_is_down),
		VD_TEST(two_checks_of_one_number_are_refused),
};

VD_TEST_MAIN("director health", tests)
