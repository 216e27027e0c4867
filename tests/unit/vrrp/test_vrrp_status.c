/* SPDX-License-Identifier: BSD-3-Clause */
/* What others read: complete, and never half of one step and half of the next. */
#include <pthread.h>

#include "vrrp_world.h"

static void
absent_instances_are_not_there(void)
{
	struct world *w = world();
	struct vd_vrrp_status s;

	CU_ASSERT_FALSE(vd_vrrp_status_read(w->v, 0, &s));
	CU_ASSERT_FALSE(vd_vrrp_status_read(w->v, VD_VRRP_INSTANCES, &s));
	CU_ASSERT_FALSE(vd_vrrp_status_read(w->v, UINT32_MAX, &s));
	add(w, 0);
	apply(w);
	CU_ASSERT_TRUE(vd_vrrp_status_read(w->v, 0, &s));
	CU_ASSERT_FALSE(vd_vrrp_status_read(w->v, VD_VRRP_INSTANCES, &s));
	world_close(w);
}

static void
everything_is_in_it(void)
{
	struct world *w = world();
	struct vd_addr peer = A(ABOVE);
	struct vd_vrrp_status s;

	track(add(w, 0), 2, -7);
	w->inst[0]->preempt_delay = 9 * VD_SEC;
	apply(w);
	set_priority(w, 0, 90);
	thing(w, 2, false);
	run(w, VD_SEC);
	w->peer_interval = 2 * VD_SEC;
	hear(w, 0, ABOVE, 40);
	s = status(w, 0);
	CU_ASSERT_TRUE(s.present);
	CU_ASSERT_EQUAL(s.state, VD_VRRP_STATE_BACKUP);
	CU_ASSERT_EQUAL(s.wanted, VD_VRRP_STATE_BACKUP);
	CU_ASSERT_EQUAL(s.reason, VD_VRRP_REASON_START);
	CU_ASSERT_EQUAL(s.priority, 90);
	CU_ASSERT_EQUAL(s.effective_priority, 83);
	CU_ASSERT_EQUAL(s.priority_override, 90);
	CU_ASSERT_EQUAL(s.master_priority, 40);
	CU_ASSERT_EQUAL(s.since, START);
	CU_ASSERT_EQUAL(s.master_interval, 2 * VD_SEC);
	CU_ASSERT_EQUAL(s.down_interval, 6 * VD_SEC + 173 * 2 * VD_SEC / 256);
	CU_ASSERT_EQUAL(s.preempt_at, w->now + 9 * VD_SEC);
	CU_ASSERT_TRUE(vd_addr_equal(&s.master_addr, &peer));
	CU_ASSERT_EQUAL(s.reason_track, VD_VRRP_TRACK_NONE);
	CU_ASSERT_FALSE(s.handed_over);
	world_close(w);
}

static void
cleared_statistics_are_zero(void)
{
	struct world *w = master();
	static const struct vd_vrrp_stats none;
	struct vd_vrrp_status s;

	w->peer_ttl = 3;
	hear(w, 0, ABOVE, 40);
	vd_vrrp_clear_stats(w->v);
	s = status(w, 0);
	CU_ASSERT_EQUAL(memcmp(&s.stats, &none, sizeof(none)), 0);
	CU_ASSERT_EQUAL(s.state, VD_VRRP_STATE_MASTER);
	world_close(w);
}

static void
names_are_complete(void)
{
	for (int k = 0; k < VD_VRRP_STATE_N; k++)
		CU_ASSERT_STRING_NOT_EQUAL(vd_vrrp_state_name((enum vd_vrrp_state)k), "?");
	CU_ASSERT_STRING_EQUAL(vd_vrrp_state_name(VD_VRRP_STATE_N), "?");
	for (int k = 0; k < VD_VRRP_REASON_N; k++)
		CU_ASSERT_STRING_NOT_EQUAL(vd_vrrp_reason_name((enum vd_vrrp_reason)k), "?");
	CU_ASSERT_STRING_EQUAL(vd_vrrp_reason_name(VD_VRRP_REASON_N), "?");
}

/* ---- a reader beside the owner ---- */

static struct {
	const struct vd_vrrp *v;
	bool stop;
	uint64_t reads, torn, states;
} reader;

/* Priority and its effect, state and its reason: of one step, or of another, not of two. */
static void *
read_on(void *arg)
{
	struct vd_vrrp_status s;

	(void)arg;
	while (!__atomic_load_n(&reader.stop, __ATOMIC_ACQUIRE)) {
		if (!vd_vrrp_status_read(reader.v, 0, &s))
			continue;
		reader.torn += s.effective_priority != s.priority_override ||
				s.stats.became_master !=
						s.stats.released_master +
								(s.state == VD_VRRP_STATE_MASTER) ||
				(s.state == VD_VRRP_STATE_MASTER) !=
						(s.reason == VD_VRRP_REASON_TIMEOUT);
		reader.states |= UINT64_C(1) << s.state;
		__atomic_store_n(&reader.reads, reader.reads + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void
copies_are_of_one_step(void)
{
	struct world *w = backup();
	pthread_t thread;
	uint64_t rounds = 0;

	w->quiet = true;
	set_priority(w, 0, 100);
	reader.v = w->v;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, read_on, NULL), 0);
	/* Until the reader has seen enough of both states. */
	while (__atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE) < 20000 || rounds < 20000) {
		run(w, 4 * VD_SEC);
		hear(w, 0, ABOVE, 250);
		set_priority(w, 0, (uint8_t)(1 + rounds++ % 200));
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(reader.torn, 0);
	CU_ASSERT_EQUAL(reader.states, 1 << VD_VRRP_STATE_BACKUP | 1 << VD_VRRP_STATE_MASTER);
	world_close(w);
}

static const struct vd_test tests[] = {
		VD_TEST(absent_instances_are_not_there),
		VD_TEST(everything_is_in_it),
		VD_TEST(cleared_statistics_are_zero),
		VD_TEST(names_are_complete),
		VD_TEST(copies_are_of_one_step),
};

VD_TEST_MAIN("vrrp_status", tests)
