/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "lb_world.h"

/* A worker's memory, and what it counts of servers' errors. */

static bool
unanswered(struct world *x, uint32_t i)
{
	return vd_lb_server_error(x->worker, x->service->servers[i].id, VD_LB_ERROR_SYN_UNANSWERED);
}

static bool
reset(struct world *x, uint32_t i)
{
	return vd_lb_server_error(x->worker, x->service->servers[i].id, VD_LB_ERROR_SYN_RESET);
}

static struct vd_lb_server_errors
errors_of(struct world *x, uint32_t i)
{
	const struct vd_lb_server *s = &x->service->servers[i];

	return vd_lb_worker_errors(x->worker, s->id, s->gen);
}

static void
in_a_row(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 2, NULL);

	world_run(x, 2);
	world_state(x, 0)->observe = 3;
	for (unsigned again = 0; again < 3; again++) {
		CU_ASSERT_FALSE(unanswered(x, 0));
		CU_ASSERT_FALSE(reset(x, 0));
		CU_ASSERT_TRUE(again % 2 == 0 ? unanswered(x, 0) : reset(x, 0));
	}
	/* An answer between them. */
	CU_ASSERT_FALSE(reset(x, 0));
	CU_ASSERT_FALSE(reset(x, 0));
	vd_lb_server_answered(world_state(x, 0));
	CU_ASSERT_FALSE(reset(x, 0));
	CU_ASSERT_FALSE(reset(x, 0));
	CU_ASSERT_TRUE(reset(x, 0));
	/* What was counted before it went does not follow it when it is back; another message does not forgive it. */
	CU_ASSERT_FALSE(reset(x, 0));
	CU_ASSERT_FALSE(reset(x, 0));
	world_set(x, 0, VD_LB_SERVER_DOWN);
	world_set(x, 0, VD_LB_SERVER_FRESH);
	CU_ASSERT_FALSE(reset(x, 0));
	CU_ASSERT_FALSE(reset(x, 0));
	world_set(x, 0, 0);
	CU_ASSERT_TRUE(reset(x, 0));
	/* One is enough; none is ever enough where it is off. */
	world_state(x, 0)->observe = 1;
	CU_ASSERT_TRUE(reset(x, 0));
	CU_ASSERT_TRUE(reset(x, 0));
	for (unsigned i = 0; i < 70000; i++)
		CU_ASSERT_FALSE_FATAL(reset(x, 1));
	world_free(x);
}

static void
totals(void)
{
	struct world *x = world_new(VD_SCHEDULER_RR, 2, NULL);
	const struct vd_lb_server *s = &x->service->servers[1];

	world_run(x, 2);
	for (unsigned i = 0; i < 5; i++)
		unanswered(x, 1);
	for (unsigned i = 0; i < 7; i++)
		reset(x, 1);
	vd_lb_server_answered(world_state(x, 1));
	CU_ASSERT_EQUAL(errors_of(x, 1).syn_unanswered, 5);
	CU_ASSERT_EQUAL(errors_of(x, 1).syn_reset, 7);
	CU_ASSERT_EQUAL(errors_of(x, 0).syn_unanswered, 0);
	CU_ASSERT_EQUAL(errors_of(x, 0).syn_reset, 0);
	/* The next bearer of the number starts with none, and so it is before it had one. */
	CU_ASSERT_EQUAL(vd_lb_worker_errors(x->worker, s->id, s->gen + 1).syn_reset, 0);
	vd_lb_worker_server_set(x->worker, s->id, s->gen + 1, 0);
	CU_ASSERT_FALSE(reset(x, 1));
	CU_ASSERT_EQUAL(vd_lb_worker_errors(x->worker, s->id, s->gen + 1).syn_reset, 1);
	CU_ASSERT_EQUAL(vd_lb_worker_errors(x->worker, s->id, s->gen + 1).syn_unanswered, 0);
	CU_ASSERT_EQUAL(errors_of(x, 1).syn_reset, 0);
	world_free(x);
}

/* Out of memory at each allocation in turn: nothing leaks, what was there stays, a later try goes on. */
struct budget {
	unsigned left;
};

static void *
poor_zalloc(void *ctx, size_t size, size_t align)
{
	struct budget *b = ctx;

	return b->left == 0 ? NULL : (b->left--, vd_alloc_libc.zalloc(NULL, size, align));
}

static void
poor_free(void *ctx, void *p)
{
	(void)ctx;
	vd_alloc_libc.free(NULL, p);
}

static void
out_of_memory(void)
{
	struct budget b;
	const struct vd_alloc poor = {poor_zalloc, poor_free, &b};
	unsigned without = 0, partly = 0;
	bool whole = false;

	for (unsigned n = 0; !whole && n < 100; n++) {
		struct vd_lb_worker *w;
		int rc;

		b.left = n;
		w = vd_lb_worker_create(0, 1, 5, &poor);
		if (w == NULL) {
			without++;
			continue;
		}
		rc = vd_lb_worker_prepare(w, 2 * VD_LB_CHUNK, 2 * VD_LB_CHUNK + 1);
		CU_ASSERT(rc == 0 || rc == -ENOMEM);
		whole = rc == 0;
		if (rc != 0) {
			partly++;
			b.left = 100;
			if (n % 2 == 0)
				CU_ASSERT_EQUAL(vd_lb_worker_prepare(w, 2 * VD_LB_CHUNK,
								2 * VD_LB_CHUNK + 1),
						0);
		}
		if (rc == 0 || n % 2 == 0) {
			CU_ASSERT(w->service_chunks == 2 && w->server_chunks == 3);
			CU_ASSERT_FALSE(vd_lb_server_error(
					w, 2 * VD_LB_CHUNK, VD_LB_ERROR_SYN_RESET));
		}
		vd_lb_worker_destroy(w);
	}
	CU_ASSERT(whole && without == 5 && partly == 10);
}

static void
limits(void)
{
	struct vd_lb_worker *w = vd_lb_worker_create(0, 0, 5, &vd_alloc_libc);

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(w->workers, 1);
	CU_ASSERT_EQUAL(vd_lb_worker_prepare(w, VD_LB_CHUNKS_MAX * VD_LB_CHUNK + 1, 1), -E2BIG);
	CU_ASSERT_EQUAL(vd_lb_worker_prepare(w, 1, VD_LB_CHUNKS_MAX * VD_LB_CHUNK + 1), -E2BIG);
	CU_ASSERT_EQUAL(vd_lb_worker_prepare(w, 0, 0), 0);
	vd_lb_worker_destroy(w);
	vd_lb_worker_destroy(NULL);
}

/* Counted as open, and it did not come to be: as if it had never been tried. */
static void
undone(void)
{
	struct world *x = world_new(VD_SCHEDULER_LC, 2, NULL);
	const struct vd_lb_server_state before = *world_state(x, 0);
	uint32_t id = x->service->servers[0].id;
	uint64_t total = vd_lb_worker_service(x->worker, x->service->id)->total;

	vd_lb_conn_open(x->worker, x->service->id, id);
	vd_lb_conn_open(x->worker, x->service->id, id);
	CU_ASSERT_EQUAL(world_state(x, 0)->inactive, before.inactive + 2);
	vd_lb_conn_undo(x->worker, x->service->id, id);
	CU_ASSERT_EQUAL(world_state(x, 0)->inactive, before.inactive + 1);
	CU_ASSERT_EQUAL(vd_lb_worker_service(x->worker, x->service->id)->total, total + 1);
	vd_lb_conn_undo(x->worker, x->service->id, id);
	CU_ASSERT_EQUAL(memcmp(world_state(x, 0), &before, sizeof(before)), 0);
	CU_ASSERT_EQUAL(vd_lb_worker_service(x->worker, x->service->id)->total, total);
	world_free(x);
}

static const struct vd_test tests[] = {
		VD_TEST(undone),
		VD_TEST(in_a_row),
		VD_TEST(totals),
		VD_TEST(out_of_memory),
		VD_TEST(limits),
};

VD_TEST_MAIN("lb_worker", tests)
