/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_flow.h"
#include "vd_test.h"

#define N 1000u

struct seen {
	unsigned calls;
	uint32_t server; /* that is gone */
	unsigned of_server;
};

static void
on_expire(void *ctx, struct vd_conn *c)
{
	struct seen *s = ctx;

	s->calls++;
	s->of_server += c->server == s->server;
}

static bool
is_gone(void *ctx, const struct vd_conn *c)
{
	return c->server == ((const struct seen *)ctx)->server;
}

static struct vd_conn_table *
table(uint32_t now)
{
	struct vd_conn_table *t = vd_conn_table_create(N, 9, &vd_alloc_libc);
	uint32_t ref;

	for (uint32_t i = 0; i < N; i++) {
		struct vd_conn_new n = flow_new(i, (enum flow_kind)(i % FLOW_KINDS));

		CU_ASSERT_EQUAL_FATAL(flow_insert(t, &n, now, &ref), 0);
	}
	return t;
}

/* UDP (every third) lives 300 s, TCP that was never stepped 10 s; the tick wraps in between. */
static void
expiry_and_wrap(void)
{
	uint32_t start = UINT32_MAX - vd_conn_seconds_to_ticks(5), s10, s300;
	struct vd_conn_table *t = table(start);
	struct seen seen = {.server = VD_CONN_NONE};
	const struct vd_conn_sweep ops = {.expire = on_expire, .ctx = &seen};

	s10 = start + vd_conn_seconds_to_ticks(10);
	s300 = start + vd_conn_seconds_to_ticks(300);
	CU_ASSERT(s10 < start);
	CU_ASSERT_EQUAL(vd_conn_sweep(t, start, UINT32_MAX, &ops), 0);
	CU_ASSERT_EQUAL(vd_conn_sweep(t, s10 - 1, UINT32_MAX, &ops), 0);
	CU_ASSERT_EQUAL(vd_conn_sweep(t, s10, UINT32_MAX, &ops), 666);
	CU_ASSERT_EQUAL(seen.calls, 666);
	CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	/* A touched one stays. */
	for (uint32_t i = 0; i < t->high; i++) {
		if (t->conns[i].state == VD_CONN_STATE_UDP) {
			vd_conn_touch(&t->conns[i], s10);
			CU_ASSERT_TRUE(vd_conn_expired(t, &t->conns[i], s300 + s10 - start));
			break;
		}
	}
	CU_ASSERT_EQUAL(vd_conn_sweep(t, s300, UINT32_MAX, NULL), 333);
	CU_ASSERT_EQUAL(t->live, 1);
	CU_ASSERT_EQUAL(t->stats.expired, 999);
	CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	vd_conn_table_destroy(t);
}

static void
budget_and_rounds(void)
{
	struct vd_conn_table *t = table(0);
	uint32_t late = vd_conn_seconds_to_ticks(1000);
	unsigned expired = 0, steps = 0;

	CU_ASSERT_EQUAL(vd_conn_sweep(t, 0, 300, NULL), 0);
	CU_ASSERT_EQUAL(t->sweep_cursor, 300);
	while (t->sweep_rounds == 0) {
		expired += vd_conn_sweep(t, late, 100, NULL);
		steps++;
	}
	CU_ASSERT_EQUAL(steps, 7);
	CU_ASSERT_EQUAL(expired, 700);
	CU_ASSERT_EQUAL(vd_conn_sweep(t, late, 300, NULL), 300);
	CU_ASSERT_EQUAL(t->live, 0);
	vd_conn_table_destroy(t);

	t = vd_conn_table_create(4, 1, &vd_alloc_libc);
	CU_ASSERT_EQUAL(vd_conn_sweep(t, 0, 100, NULL), 0);
	vd_conn_table_destroy(t);
}

static void
override_and_setting(void)
{
	struct vd_conn_table *t = vd_conn_table_create(4, 9, &vd_alloc_libc);
	struct vd_conn_new n = flow_new(1, FLOW_FULLNAT4);
	uint32_t ref;
	struct vd_conn *c;

	n.established_s = 20;
	CU_ASSERT_EQUAL_FATAL(flow_insert(t, &n, 0, &ref), 0);
	c = vd_conn_at(t, ref);
	CU_ASSERT_EQUAL(vd_conn_timeout_of(t, c), vd_conn_seconds_to_ticks(10));
	vd_conn_tcp_step(t, c, VD_CONN_IN, VD_CONN_TCP_ACK);
	CU_ASSERT_FALSE(vd_conn_expired(t, c, vd_conn_seconds_to_ticks(20) - 1));
	CU_ASSERT_TRUE(vd_conn_expired(t, c, vd_conn_seconds_to_ticks(20)));
	vd_conn_tcp_step(t, c, VD_CONN_IN, VD_CONN_TCP_FIN);
	CU_ASSERT_EQUAL(vd_conn_timeout_of(t, c), vd_conn_seconds_to_ticks(60));
	/* A new setting holds for what is live. */
	CU_ASSERT_EQUAL(vd_conn_timeout_set(t, VD_CONN_STATE_CLOSE_WAIT, 2), 0);
	CU_ASSERT_EQUAL(vd_conn_sweep(t, vd_conn_seconds_to_ticks(3), 10, NULL), 1);
	vd_conn_table_destroy(t);
}

static void
gone_servers(void)
{
	struct vd_conn_table *t = table(0);
	struct seen seen = {.server = 3};
	const struct vd_conn_sweep ops = {.expire = on_expire, .gone = is_gone, .ctx = &seen};

	CU_ASSERT_EQUAL(vd_conn_sweep(t, 1, UINT32_MAX, &ops), 143);
	CU_ASSERT_EQUAL(seen.of_server, 143);
	CU_ASSERT_EQUAL(vd_conn_sweep(t, 1, UINT32_MAX, &ops), 0);
	CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	vd_conn_table_destroy(t);
}

static bool
count(void *ctx, const struct vd_conn *c)
{
	(void)c;
	return ++*(unsigned *)ctx % 50 != 0;
}

static unsigned
walk(const struct vd_conn_table *t, const struct vd_conn_filter *f)
{
	uint32_t cursor = 0;
	unsigned n = 0, slices = 0;

	while (!vd_conn_walk(t, &cursor, 64, f, count, &n))
		CU_ASSERT_FATAL(++slices < 100);
	return n;
}

static void
walk_and_filter(void)
{
	struct vd_conn_table *t = table(0);
	struct vd_conn_filter f = vd_conn_filter_any;
	struct vd_conn_new n = flow_new(5, FLOW_FULLNAT4);

	CU_ASSERT_EQUAL(walk(t, &f), N);
	f.server = 3;
	CU_ASSERT_EQUAL(walk(t, &f), 143);
	f.service = 4;
	CU_ASSERT_EQUAL(walk(t, &f), 28); /* i % 35 == 24 */
	f = vd_conn_filter_any;
	f.state = VD_CONN_STATE_UDP;
	CU_ASSERT_EQUAL(walk(t, &f), 334);
	f.protocol = VD_PROTOCOL_TCP;
	CU_ASSERT_EQUAL(walk(t, &f), 0);
	f = vd_conn_filter_any;
	f.has_client = true;
	CU_ASSERT_EQUAL(vd_prefix_parse("10.0.0.0/8", &f.client), 0);
	CU_ASSERT_EQUAL(walk(t, &f), 600);
	CU_ASSERT_EQUAL(vd_prefix_parse("2001::/16", &f.client), 0);
	CU_ASSERT_EQUAL(walk(t, &f), 400);
	f = vd_conn_filter_any;
	f.has_server_endpoint = true;
	f.server_endpoint.addr = n.addr[VD_CONN_SERVER];
	CU_ASSERT_EQUAL(walk(t, &f), 115); /* i % 7 == 5, without the IPv6 servers */
	f.server_endpoint.port = 1; /* kind 0 is port 0x0100 in memory order: 1 in host order */
	f.has_virtual_endpoint = true;
	f.virtual_endpoint.addr = n.addr[VD_CONN_VIRTUAL];
	CU_ASSERT_EQUAL(walk(t, &f), 29); /* i % 35 == 5 */
	vd_conn_table_destroy(t);
}

static const struct vd_test tests[] = {
		VD_TEST(expiry_and_wrap),
		VD_TEST(budget_and_rounds),
		VD_TEST(override_and_setting),
		VD_TEST(gone_servers),
		VD_TEST(walk_and_filter),
};

VD_TEST_MAIN("conn_sweep", tests)
