/* SPDX-License-Identifier: BSD-3-Clause */
#include "lb_world.h"
#include "vd_lb_explain.h"

static bool
tells(const struct world *x, const struct vd_lb_explanation *e, const char *text)
{
	struct vd_strbuf b = {0};
	bool found;

	for (unsigned i = 0; i < e->n_steps; i++) {
		vd_lb_explain_step_format(x->snapshot, &e->steps[i], &b);
		vd_strbuf_putc(&b, '\n');
	}
	found = b.s != NULL && strstr(b.s, text) != NULL;
	if (!found)
		printf("no \"%s\" in:\n%s", text, b.s == NULL ? "" : b.s);
	vd_strbuf_free(&b);
	return found;
}

/* What explain says is what schedule then does, and saying it changes nothing. */
static void
foretells(void)
{
	static const uint32_t weights[] = {5, 3, 1};
	static const enum vd_scheduler all[] = {VD_SCHEDULER_RR, VD_SCHEDULER_WRR, VD_SCHEDULER_LC,
			VD_SCHEDULER_WLC, VD_SCHEDULER_SH, VD_SCHEDULER_MH};
	struct vd_lb_explanation e;

	for (unsigned k = 0; k < VD_ARRAY_LEN(all); k++) {
		struct world *x = world_new(all[k], 3, weights);

		for (uint32_t i = 0; i < 50; i++) {
			struct vd_lb_client c = world_client(i);
			int got;

			vd_lb_explain(x->snapshot, x->worker, &c, &x->listener, &e);
			vd_lb_explain(x->snapshot, x->worker, &c, &x->listener, &e);
			got = world_pick(x, i);
			CU_ASSERT_EQUAL(e.server, x->service->servers[got].id);
			vd_lb_conn_open(x->worker, x->service->id, e.server);
		}
		CU_ASSERT_EQUAL(e.reason, VD_LB_REASON_CHOSEN);
		CU_ASSERT(tells(x, &e, "service tcp:10.0.0.1:80"));
		CU_ASSERT(tells(x, &e, "over 3 usable real servers"));
		CU_ASSERT(tells(x, &e, "real server 10.1.0."));
		world_free(x);
	}
}

static void
reasons(void)
{
	static const uint32_t weights[] = {5, 0, 1};
	struct world *x = world_new(VD_SCHEDULER_WLC, 3, weights);
	struct vd_lb_client c = world_client(1);
	struct vd_lb_listener target = x->listener;
	struct vd_lb_explanation e;

	world_set(x, 0, VD_LB_SERVER_DOWN | VD_LB_SERVER_DRAIN);
	world_pick(x, 0);
	world_state(x, 2)->active = 2;
	world_state(x, 2)->inactive = 300;
	vd_lb_explain(x->snapshot, x->worker, &c, &target, &e);
	CU_ASSERT(tells(x, &e, "10.1.0.0:8080 is left out: down, draining"));
	CU_ASSERT(tells(x, &e, "10.1.0.1:8080 is left out: weight 0"));
	CU_ASSERT(tells(x, &e, "10.1.0.2:8080 has 2 active and 300 inactive connections"));
	CU_ASSERT(tells(x, &e, "real server 10.1.0.2:8080, weight 1"));
	world_set(x, 2, VD_LB_SERVER_DISABLED);
	vd_lb_explain(x->snapshot, x->worker, &c, &target, &e);
	CU_ASSERT(e.server == VD_LB_NONE && e.reason == VD_LB_REASON_ALL_DOWN);
	CU_ASSERT(tells(x, &e, "every real server is down"));
	target.port = 81;
	vd_lb_explain(x->snapshot, x->worker, &c, &target, &e);
	CU_ASSERT(e.is_vip && e.service == VD_LB_NONE);
	CU_ASSERT(tells(x, &e, "no service listens"));
	target.addr.b[15]++;
	vd_lb_explain(x->snapshot, x->worker, &c, &target, &e);
	CU_ASSERT_FALSE(e.is_vip);
	CU_ASSERT(tells(x, &e, "no virtual address"));
	world_free(x);
}

static void
sorry(void)
{
	struct world *x = world_new(VD_SCHEDULER_MH, 3, NULL);
	struct vd_lb_client c = world_client(1);
	struct vd_lb_server_spec spec;
	struct vd_lb_explanation e;
	const struct vd_lb_server *s;

	world_sorry(x, &spec);
	world_build(x);
	s = x->service->sorry;
	vd_lb_explain(x->snapshot, x->worker, &c, &x->listener, &e);
	CU_ASSERT_EQUAL(e.reason, VD_LB_REASON_CHOSEN);
	vd_lb_worker_server_set(x->worker, s->id, s->gen, 0);
	vd_lb_explain(x->snapshot, x->worker, &c, &x->listener, &e);
	CU_ASSERT_EQUAL(e.reason, VD_LB_REASON_SORRY);
	CU_ASSERT_EQUAL(e.server, s->id);
	CU_ASSERT(tells(x, &e, "the service has no quorum: sorry server 10.1.0.0:8080"));
	CU_ASSERT_STRING_EQUAL(vd_lb_reason_word(e.reason), "sorry");
	CU_ASSERT_STRING_EQUAL(vd_lb_reason_text(e.reason),
			"the service has no quorum: the sorry server is in use");
	world_free(x);
}

/* A thousand servers do not fit: the end of the story does. */
static void
many(void)
{
	struct world *x = world_new(VD_SCHEDULER_LC, WORLD_SERVERS, NULL);
	struct vd_lb_client c = world_client(1);
	struct vd_lb_explanation e;

	vd_lb_explain(x->snapshot, x->worker, &c, &x->listener, &e);
	CU_ASSERT_EQUAL(e.server, x->service->servers[0].id);
	CU_ASSERT(tells(x, &e, "more real servers"));
	CU_ASSERT(tells(x, &e, "real server 10.1.0.0:8080, weight 1"));
	world_free(x);
}

static const struct vd_test tests[] = {
		VD_TEST(foretells),
		VD_TEST(reasons),
		VD_TEST(sorry),
		VD_TEST(many),
};

VD_TEST_MAIN("lb_explain", tests)
