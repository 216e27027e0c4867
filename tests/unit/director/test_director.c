/* SPDX-License-Identifier: BSD-3-Clause */
/* The director in virtual time: leases, announcements, configurations that follow one another. */
#include <errno.h>
#include <string.h>

#include "vd_director.h"
#include "vd_test.h"

#define LENGTH (3 * VD_SEC)

static struct vd_director_actions out;

static struct vd_addr
address(const char *text)
{
	struct vd_addr a;

	CU_ASSERT_EQUAL_FATAL(vd_addr_parse(text, &a), 0);
	return a;
}

/* One interface, its own address, and a VIP under lease 0 that is held when length is not 0. */
static struct vd_director_config *
config(vd_time length)
{
	static const struct vd_mac mac = {{2, 0, 0, 0, 0, 1}};
	struct vd_director_config *c = vd_director_config_new();
	struct vd_neigh_config *n = vd_director_config_neigh(c);
	struct vd_prefix own = {.addr = address("192.0.2.1"), .len = 24};
	struct vd_prefix vip = {.addr = address("192.0.2.10"), .len = 32};

	vd_neigh_config_interface(n, 0, &mac, true);
	vd_neigh_config_own(n, 0, &own, VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	vd_neigh_config_own(n, 0, &vip, VD_NEIGH_VIP, 0);
	if (length != 0)
		CU_ASSERT_EQUAL(vd_director_config_lease(c, 0, length), 0);
	vd_director_config_seal(c);
	return c;
}

static struct vd_director *
director(vd_time now, vd_time length)
{
	const struct vd_neigh_params params = {.slots = 64, .seed = 1};
	struct vd_director *d = vd_director_create(&params, &vd_alloc_libc);

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	vd_director_actions_init(&out);
	CU_ASSERT_PTR_NULL(vd_director_config_swap(d, config(length), now, &out));
	return d;
}

static void
clear(void)
{
	out.n_leases = 0;
	out.neigh.n = 0;
}

static void
tick(struct vd_director *d, vd_time now)
{
	const struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_TICK};

	clear();
	(void)vd_director_step(d, &e, now, &out);
}

/* Announcements of the VIP between from and to, by following the director's own deadlines. */
static unsigned int
frames_until(struct vd_director *d, vd_time from, vd_time to)
{
	unsigned int n = 0;
	vd_time now = from;

	while (now <= to) {
		tick(d, now);
		for (uint32_t i = 0; i < out.neigh.n; i++)
			n += out.neigh.v[i].kind == VD_NEIGH_ACT_SEND &&
					out.neigh.v[i].frame[31] == 10;
		now = VD_MAX(vd_director_next(d), now + 1);
	}
	clear();
	return n;
}

/* An ARP request for the VIP from a neighbour; true when it was answered. */
static bool
asked(struct vd_director *d, vd_time now)
{
	static const uint8_t request[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9,
			0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9, 192, 0, 2, 9, 0, 0, 0,
			0, 0, 0, 192, 0, 2, 10};
	const struct vd_director_event e = {
			.kind = VD_DIRECTOR_EVENT_FRAME, .frame = request, .len = sizeof(request)};
	bool sent = false;

	clear();
	CU_ASSERT_FALSE(vd_director_step(d, &e, now, &out)); /* a request is not for the host */
	for (uint32_t i = 0; i < out.neigh.n; i++)
		sent |= out.neigh.v[i].kind == VD_NEIGH_ACT_SEND;
	clear();
	return sent;
}

static void
lease_begins_at_once(void)
{
	vd_time now = 100 * VD_SEC;
	struct vd_director *d = director(now, LENGTH);

	CU_ASSERT_EQUAL(out.n_leases, 1);
	CU_ASSERT_EQUAL(out.lease[0].kind, VD_DIRECTOR_LEASE_RENEWED);
	CU_ASSERT_EQUAL(out.lease[0].lease, 0);
	CU_ASSERT_EQUAL(out.lease[0].until, now + LENGTH);
	CU_ASSERT_TRUE(vd_director_lease_held(d, 0));
	CU_ASSERT_FALSE(vd_director_lease_held(d, 1));
	CU_ASSERT_TRUE(asked(d, now));
	vd_director_destroy(d);
}

static void
lease_is_renewed_at_a_third(void)
{
	vd_time now = 100 * VD_SEC;
	struct vd_director *d = director(now, LENGTH);

	tick(d, now + LENGTH / 3 - 1);
	CU_ASSERT_EQUAL(out.n_leases, 0);
	tick(d, now + LENGTH / 3);
	CU_ASSERT_EQUAL(out.n_leases, 1);
	CU_ASSERT_EQUAL(out.lease[0].until, now + LENGTH / 3 + LENGTH);
	CU_ASSERT_TRUE(vd_director_next(d) <= now + 2 * (LENGTH / 3));
	vd_director_destroy(d);
}

static void
oversleeping_is_told(void)
{
	vd_time now = 100 * VD_SEC;
	struct vd_director *d = director(now, LENGTH);

	(void)frames_until(d, now, now + VD_SEC / 2);
	tick(d, now + LENGTH + 7 * VD_MSEC);
	CU_ASSERT_EQUAL_FATAL(out.n_leases, 2);
	CU_ASSERT_EQUAL(out.lease[0].kind, VD_DIRECTOR_LEASE_OVERSLEPT);
	CU_ASSERT_EQUAL(out.lease[0].late, 7 * VD_MSEC);
	CU_ASSERT_EQUAL(out.lease[1].kind, VD_DIRECTOR_LEASE_RENEWED);
	/* The addresses may have moved meanwhile: they are announced again. */
	CU_ASSERT_TRUE(frames_until(d, now + LENGTH + 8 * VD_MSEC, now + LENGTH + VD_SEC) >=
			VD_DIRECTOR_ANNOUNCE_ROUNDS - 1);
	vd_director_destroy(d);
}

static void
beginning_is_announced_twice(void)
{
	vd_time now = 100 * VD_SEC;
	struct vd_director *d = director(now, LENGTH);

	CU_ASSERT_EQUAL(frames_until(d, now, now + 4 * VD_SEC), VD_DIRECTOR_ANNOUNCE_ROUNDS);
	CU_ASSERT_EQUAL(frames_until(d, now + 4 * VD_SEC, now + 20 * VD_SEC),
			VD_DIRECTOR_ANNOUNCE_ROUNDS);
	vd_director_destroy(d);
}

static void
same_configuration_touches_nothing(void)
{
	vd_time now = 100 * VD_SEC;
	struct vd_director *d = director(now, LENGTH);
	struct vd_director_config *old;

	(void)frames_until(d, now, now + 20 * VD_SEC);
	now += 20 * VD_SEC;
	old = vd_director_config_swap(d, config(LENGTH), now, &out);
	CU_ASSERT_PTR_NOT_NULL(old);
	vd_director_config_free(old);
	for (uint32_t i = 0; i < out.n_leases; i++)
		CU_ASSERT_EQUAL(out.lease[i].kind, VD_DIRECTOR_LEASE_RENEWED);
	CU_ASSERT_EQUAL(frames_until(d, now, now + 20 * VD_SEC), 0);
	CU_ASSERT_TRUE(asked(d, now + 20 * VD_SEC));
	vd_director_destroy(d);
}

static void
lease_that_goes_is_ended(void)
{
	vd_time now = 100 * VD_SEC;
	struct vd_director *d = director(now, LENGTH);
	struct vd_director_config *old;

	clear();
	old = vd_director_config_swap(d, config(0), now + VD_SEC / 2, &out);
	vd_director_config_free(old);
	CU_ASSERT_EQUAL_FATAL(out.n_leases, 1);
	CU_ASSERT_EQUAL(out.lease[0].kind, VD_DIRECTOR_LEASE_ENDED);
	CU_ASSERT_EQUAL(out.lease[0].until, 0);
	CU_ASSERT_FALSE(vd_director_lease_held(d, 0));
	CU_ASSERT_FALSE(asked(d, now + VD_SEC));
	tick(d, now + 10 * VD_SEC);
	CU_ASSERT_EQUAL(out.n_leases, 0);
	vd_director_destroy(d);
}

static void
numbers_out_of_range_are_refused(void)
{
	struct vd_director_config *c = vd_director_config_new();

	CU_ASSERT_EQUAL(vd_director_config_lease(c, VD_DIRECTOR_LEASES, VD_SEC), -ERANGE);
	CU_ASSERT_EQUAL(vd_director_config_lease(c, 0, 0), -ERANGE);
	vd_director_config_free(c);
}

static const struct vd_test tests[] = {
		VD_TEST(lease_begins_at_once),
		VD_TEST(lease_is_renewed_at_a_third),
		VD_TEST(oversleeping_is_told),
		VD_TEST(beginning_is_announced_twice),
		VD_TEST(same_configuration_touches_nothing),
		VD_TEST(lease_that_goes_is_ended),
		VD_TEST(numbers_out_of_range_are_refused),
};

VD_TEST_MAIN("director", tests)
