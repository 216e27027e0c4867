/* SPDX-License-Identifier: BSD-3-Clause */
/* FULLNAT sources: every place is reachable, none is given twice, and how many tries that takes when few are free. */
#include <errno.h>
#include <string.h>

#include "vd_compiler.h"
#include "vd_hash.h"
#include "vd_laddr.h"
#include "vd_test.h"

static uint8_t taken[4][65536]; /* by last byte of the address & 3 */
static unsigned int asked;

static struct vd_addr
address(const char *text)
{
	struct vd_addr a;

	CU_ASSERT_EQUAL_FATAL(vd_addr_parse(text, &a), 0);
	return a;
}

static bool
in_use(void *ctx, const struct vd_addr *a, uint16_t port_be)
{
	(void)ctx;
	asked++;
	return taken[a->b[15] & 3][__builtin_bswap16(port_be)] != 0;
}

static bool
only_odd(void *ctx, const struct vd_addr *a, uint16_t port_be)
{
	(void)ctx;
	(void)a;
	return (__builtin_bswap16(port_be) & 1) != 0;
}

static struct vd_laddr_request
request(uint64_t client)
{
	struct vd_laddr_request r = {
			.protocol = 6, .client_hash = client, .seed = 7, .in_use = in_use};

	r.server.addr = address("192.0.2.200");
	r.server.port = 80;
	return r;
}

static struct vd_laddr_set *
two_addresses(uint16_t lo, uint16_t hi)
{
	const struct vd_laddr_range r = {lo, hi};
	const struct vd_laddr_source s[] = {
			{address("192.0.2.1"), &r, 1},
			{address("192.0.2.2"), &r, 1},
	};
	struct vd_laddr_set *set = vd_laddr_set_create(s, 2, &vd_alloc_libc);

	CU_ASSERT_PTR_NOT_NULL_FATAL(set);
	memset(taken, 0, sizeof(taken));
	return set;
}

static void
all_places_are_given_once(void)
{
	struct vd_laddr_set *set = two_addresses(1000, 1499);
	unsigned int given = 0;
	struct vd_laddr_choice c;

	CU_ASSERT_EQUAL(vd_laddr_places(set, true), 1000);
	for (uint64_t i = 0; given < 1000; i++) {
		struct vd_laddr_request r = request(vd_mix64(i));

		r.max_tries = 1000;
		CU_ASSERT_EQUAL_FATAL(vd_laddr_pick(set, &r, &c), 0);
		CU_ASSERT_EQUAL(taken[c.addr.b[15] & 3][__builtin_bswap16(c.port_be)]++, 0);
		CU_ASSERT_TRUE(__builtin_bswap16(c.port_be) >= 1000);
		CU_ASSERT_TRUE(__builtin_bswap16(c.port_be) <= 1499);
		given++;
	}
	{
		struct vd_laddr_request r = request(1);

		r.max_tries = 5000;
		CU_ASSERT_EQUAL(vd_laddr_pick(set, &r, &c), -ENOSPC);
	}
	vd_laddr_set_destroy(set);
}

static void
same_flow_same_place(void)
{
	struct vd_laddr_set *set = two_addresses(1024, 65535);
	struct vd_laddr_request r = request(42);
	struct vd_laddr_choice a, b;

	CU_ASSERT_EQUAL(vd_laddr_pick(set, &r, &a), 0);
	CU_ASSERT_EQUAL(vd_laddr_pick(set, &r, &b), 0);
	CU_ASSERT_TRUE(vd_addr_equal(&a.addr, &b.addr) && a.port_be == b.port_be);
	r.seed++;
	CU_ASSERT_EQUAL(vd_laddr_pick(set, &r, &b), 0);
	CU_ASSERT_FALSE(vd_addr_equal(&a.addr, &b.addr) && a.port_be == b.port_be);
	vd_laddr_set_destroy(set);
}

/* Share of picks that succeed, and tries, with a share of the places taken. */
static void
occupancy(unsigned int percent, double *tries, double *found)
{
	struct vd_laddr_set *set = two_addresses(1024, 33791);
	unsigned int ok = 0, sum = 0, n = 2000;
	struct vd_rng rng = {percent};
	struct vd_laddr_choice c;

	for (int a = 1; a <= 2; a++)
		for (uint32_t p = 0; p < 65536; p++)
			taken[a][p] = vd_rng_below(&rng, 1000) < percent * 10;
	for (unsigned int i = 0; i < n; i++) {
		struct vd_laddr_request r = request(vd_rng_next(&rng));

		asked = 0;
		ok += vd_laddr_pick(set, &r, &c) == 0;
		sum += asked;
	}
	*tries = (double)sum / n;
	*found = (double)ok / n;
	vd_laddr_set_destroy(set);
}

static void
tries_by_occupancy(void)
{
	double tries, found;

	occupancy(50, &tries, &found);
	CU_ASSERT_TRUE(tries < 2.3 && found == 1.0);
	occupancy(90, &tries, &found);
	CU_ASSERT_TRUE(tries < 11.5 && found == 1.0);
	occupancy(99, &tries, &found);
	CU_ASSERT_TRUE(tries < 80.0 && found > 0.66 && found < 0.79);
}

static void
addresses_share_the_load(void)
{
	struct vd_laddr_set *set = two_addresses(1024, 65535);
	unsigned int first = 0;
	struct vd_laddr_choice c;

	for (uint64_t i = 0; i < 10000; i++) {
		struct vd_laddr_request r = request(vd_mix64(i + 1));

		CU_ASSERT_EQUAL(vd_laddr_pick(set, &r, &c), 0);
		first += c.addr.b[15] == 1;
	}
	CU_ASSERT_TRUE(first > 4700 && first < 5300);
	vd_laddr_set_destroy(set);
}

static void
steered_away_costs_no_try(void)
{
	struct vd_laddr_set *set = two_addresses(1024, 65535);
	struct vd_laddr_choice c;

	for (uint64_t i = 0; i < 1000; i++) {
		struct vd_laddr_request r = request(vd_mix64(i + 1));

		r.steer = only_odd;
		asked = 0;
		CU_ASSERT_EQUAL(vd_laddr_pick(set, &r, &c), 0);
		CU_ASSERT_EQUAL(asked, 1);
		CU_ASSERT_EQUAL(c.tries, 1);
		CU_ASSERT_TRUE((__builtin_bswap16(c.port_be) & 1) != 0);
	}
	vd_laddr_set_destroy(set);
}

static void
ranges_join_and_families_are_apart(void)
{
	const struct vd_laddr_range a[] = {{10, 20}, {15, 25}, {30, 30}}, b[] = {{26, 29}};
	const struct vd_laddr_source s[] = {
			{address("192.0.2.1"), a, 3},
			{address("2001:db8::1"), b, 1},
			{address("192.0.2.1"), b, 1},
	};
	struct vd_laddr_set *set = vd_laddr_set_create(s, 3, &vd_alloc_libc);
	struct vd_laddr_request r = request(1);
	struct vd_laddr_choice c;
	struct vd_addr addr;
	uint16_t port;

	CU_ASSERT_PTR_NOT_NULL_FATAL(set);
	CU_ASSERT_EQUAL(vd_laddr_places(set, true), 21);
	CU_ASSERT_EQUAL(vd_laddr_places(set, false), 4);
	CU_ASSERT_EQUAL(vd_laddr_addresses(set, true), 1);
	CU_ASSERT_TRUE(vd_laddr_contains(set, &s[1].addr));
	for (uint32_t i = 0; i < 21; i++) {
		vd_laddr_place(set, true, i, &addr, &port);
		CU_ASSERT_EQUAL(__builtin_bswap16(port), 10 + i);
	}
	memset(taken, 0, sizeof(taken));
	r.server.addr = address("2001:db8::99");
	CU_ASSERT_EQUAL(vd_laddr_pick(set, &r, &c), 0);
	CU_ASSERT_TRUE(vd_addr_equal(&c.addr, &s[1].addr));
	vd_laddr_set_destroy(set);
	set = vd_laddr_set_create(s, 1, &vd_alloc_libc);
	CU_ASSERT_EQUAL(vd_laddr_pick(set, &r, &c), -EADDRNOTAVAIL);
	vd_laddr_set_destroy(set);
}

/* The first place without a question, then, if it is taken, the next free one: all places in turn. */
static void
step_by_step(void)
{
	struct vd_laddr_set *set = two_addresses(1000, 1031);

	for (uint64_t i = 0; i < 200; i++) {
		struct vd_laddr_request r = request(vd_mix64(i));
		struct vd_laddr_choice c;
		struct vd_laddr_walk walk;

		memset(taken, 0, sizeof(taken));
		r.max_tries = 64;
		for (unsigned int n = 0; n < 64; n++) {
			asked = 0;
			CU_ASSERT_EQUAL_FATAL(vd_laddr_first(set, &r, &walk, &c), 0);
			CU_ASSERT(asked == 0 && c.tries == 1);
			if (n > 0)
				CU_ASSERT_EQUAL_FATAL(vd_laddr_further(set, &r, &walk, &c), 0);
			CU_ASSERT(c.tries == n + 1 && asked == n);
			CU_ASSERT_EQUAL(taken[c.addr.b[15] & 3][__builtin_bswap16(c.port_be)]++, 0);
		}
		CU_ASSERT_EQUAL(vd_laddr_first(set, &r, &walk, &c), 0);
		CU_ASSERT_EQUAL(vd_laddr_further(set, &r, &walk, &c), -ENOSPC);
	}
	vd_laddr_set_destroy(set);
}

static bool
nowhere(void *ctx, const struct vd_addr *a, uint16_t port_be)
{
	(void)ctx;
	(void)a;
	(void)port_be;
	return false;
}

static void
first_fails(void)
{
	struct vd_laddr_set *set = two_addresses(1000, 1031);
	struct vd_laddr_request r = request(3);
	struct vd_laddr_choice c;
	struct vd_laddr_walk walk;

	r.steer = nowhere;
	CU_ASSERT_EQUAL(vd_laddr_first(set, &r, &walk, &c), -ENOSPC);
	r.steer = NULL;
	r.server.addr = address("2001:db8::99");
	CU_ASSERT_EQUAL(vd_laddr_first(set, &r, &walk, &c), -EADDRNOTAVAIL);
	vd_laddr_set_destroy(set);
}

/* Every port of the class, each once, and no other; whatever the classes and wherever the runs of ports lie. */
static void
classes_are_kept(void)
{
	static const struct vd_laddr_range ranges[] = {{1000, 1003}, {1010, 1010}, {1200, 1299}};
	const struct vd_laddr_source s = {address("192.0.2.1"), ranges, 3};
	struct vd_laddr_set *set = vd_laddr_set_create(&s, 1, &vd_alloc_libc);
	struct vd_laddr_choice c;

	CU_ASSERT_EQUAL(vd_laddr_places(set, true), 105);
	for (uint16_t classes = 2; classes <= 128; classes += 7)
		for (uint16_t class = 0; class < classes; class += 3) {
			unsigned int want = 0, given = 0;

			memset(taken, 0, sizeof(taken));
			for (uint32_t i = 0; i < 105; i++) {
				struct vd_addr a;
				uint16_t port_be;

				vd_laddr_place(set, true, i, &a, &port_be);
				want += __builtin_bswap16(port_be) % classes == class;
			}
			for (uint64_t i = 0; given <= want; i++) {
				struct vd_laddr_request r = request(vd_mix64(i));

				r.classes = classes;
				r.class = class;
				r.max_tries = 200;
				if (vd_laddr_pick(set, &r, &c) != 0)
					break;
				CU_ASSERT_EQUAL(__builtin_bswap16(c.port_be) % classes, class);
				CU_ASSERT_EQUAL(taken[1][__builtin_bswap16(c.port_be)]++, 0);
				given++;
			}
			CU_ASSERT_EQUAL(given, want);
		}
	vd_laddr_set_destroy(set);
}

/* 64 workers find a port as quickly as one: at the first look, and share the ports evenly. */
static void
classes_cost_no_tries(void)
{
	struct vd_laddr_set *set = two_addresses(1024, 33791);
	unsigned int tries = 0, most = 0;
	struct vd_laddr_choice c;

	for (uint64_t i = 0; i < 32768; i++) {
		struct vd_laddr_request r = request(vd_mix64(i));

		r.classes = 64;
		r.class = (uint16_t)(i % 64);
		CU_ASSERT_EQUAL_FATAL(vd_laddr_pick(set, &r, &c), 0);
		tries += c.tries;
		taken[c.addr.b[15] & 3][__builtin_bswap16(c.port_be)]++;
	}
	/* Half of the places are taken at the end: 1.39 tries on the average of all fillings. */
	CU_ASSERT(tries > 32768 * 1.3 && tries < 32768 * 1.5);
	for (uint32_t p = 1024; p <= 33791; p++)
		most = VD_MAX(most, taken[1][p]);
	CU_ASSERT_EQUAL(most, 1);
	vd_laddr_set_destroy(set);
}

/* As a NIC's: by XOR with what makes it a multiple of eight. */
static bool
move_to_eights(void *ctx, const struct vd_addr *a, uint16_t lo, uint16_t hi, uint16_t *port)
{
	(void)ctx;
	(void)a;
	*port ^= *port & 7;
	return *port >= lo && *port <= hi;
}

/* Every port that can be moved to is found, no other, and none beyond its run. */
static void
moved_ports(void)
{
	static const struct vd_laddr_range ranges[] = {{1001, 1007}, {1013, 1017}, {2001, 2999}};
	const struct vd_laddr_source s = {address("192.0.2.1"), ranges, 3};
	struct vd_laddr_set *set = vd_laddr_set_create(&s, 1, &vd_alloc_libc);
	unsigned int given = 0;
	struct vd_laddr_choice c;

	memset(taken, 0, sizeof(taken));
	for (uint64_t i = 0; given < 200; i++) {
		struct vd_laddr_request r = request(vd_mix64(i));

		r.move = move_to_eights;
		r.max_tries = 1200;
		if (vd_laddr_pick(set, &r, &c) != 0)
			break;
		CU_ASSERT_EQUAL(__builtin_bswap16(c.port_be) % 8, 0);
		CU_ASSERT_EQUAL(taken[1][__builtin_bswap16(c.port_be)]++, 0);
		given++;
	}
	/* 1016, and 2008 to 2992. */
	CU_ASSERT_EQUAL(given, 1 + 124);
	CU_ASSERT_EQUAL(taken[1][1016], 1);
	vd_laddr_set_destroy(set);
}

static const struct vd_test tests[] = {
		VD_TEST(step_by_step),
		VD_TEST(first_fails),
		VD_TEST(all_places_are_given_once),
		VD_TEST(same_flow_same_place),
		VD_TEST(tries_by_occupancy),
		VD_TEST(addresses_share_the_load),
		VD_TEST(steered_away_costs_no_try),
		VD_TEST(classes_are_kept),
		VD_TEST(moved_ports),
		VD_TEST(classes_cost_no_tries),
		VD_TEST(ranges_join_and_families_are_apart),
};

VD_TEST_MAIN("laddr", tests)
