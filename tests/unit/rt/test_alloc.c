/* SPDX-License-Identifier: BSD-3-Clause */
/* Large blocks outside the heap where there are no reserved huge pages: zeroed, aligned, within memory_mb, given back. */
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_malloc.h>

#include "vd_rt_alloc.h"
#include "vd_test.h"

#define MB ((size_t)1 << 20)

static size_t
heap_free(void)
{
	size_t f = 0, total = 0;

	CU_ASSERT_EQUAL(vd_rt_alloc_stats(0, &f, &total), 0);
	return f;
}

static bool
zeroed(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i += 64)
		if (p[i] != 0)
			return false;
	return p[size - 1] == 0;
}

/* Kilobytes of the process's memory. */
static long
resident(void)
{
	long size = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fscanf(f, "%ld %ld", &size, &pages), 2);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE) / 1024;
}

static void
large(void)
{
	const struct vd_alloc *a = vd_rt_alloc(0);
	size_t before = heap_free();
	long rss;
	uint8_t *p[3];

	rss = resident();
	for (int i = 0; i < 3; i++) {
		p[i] = a->zalloc(a->ctx, 8 * MB + 100, 64);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p[i]);
		CU_ASSERT_EQUAL((uintptr_t)p[i] % (2 * MB), 0);
		CU_ASSERT(zeroed(p[i], 8 * MB + 100));
		memset(p[i], 0xff, 8 * MB + 100);
	}
	CU_ASSERT_EQUAL(heap_free(), before);
	a->free(a->ctx, p[1]);
	p[1] = a->zalloc(a->ctx, 8 * MB + 100, 64);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p[1]);
	CU_ASSERT(zeroed(p[1], 8 * MB + 100));
	CU_ASSERT(p[0][8 * MB] == 0xff && p[2][0] == 0xff);
	for (int i = 0; i < 3; i++)
		a->free(a->ctx, p[i]);
	CU_ASSERT(resident() < rss + 8 * 1024);
	a->free(a->ctx, NULL);
}

static void
small(void)
{
	const struct vd_alloc *a = vd_rt_alloc(0);
	size_t before = heap_free();
	uint8_t *p = a->zalloc(a->ctx, MB, 64);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL((uintptr_t)p % 64, 0);
	CU_ASSERT(zeroed(p, MB));
	CU_ASSERT(heap_free() <= before - MB);
	a->free(a->ctx, p);
	CU_ASSERT_EQUAL(heap_free(), before);
}

/* Together no more than the heap has: what memory_mb says is what vipd takes. */
static void
limit(void)
{
	const struct vd_alloc *a = vd_rt_alloc(0);
	void *p[64];
	unsigned int n = 0, again = 0;

	while (n < 64 && (p[n] = a->zalloc(a->ctx, 8 * MB, 64)) != NULL)
		n++;
	CU_ASSERT(n >= 8 && n <= 16); /* of 128 MB, the second half of each may be slack */
	CU_ASSERT_PTR_NULL(a->zalloc(a->ctx, 1024 * MB, 64));
	for (unsigned int i = 0; i < n; i++)
		a->free(a->ctx, p[i]);
	while (again < 64 && (p[again] = a->zalloc(a->ctx, 8 * MB, 64)) != NULL)
		again++;
	CU_ASSERT_EQUAL(again, n);
	for (unsigned int i = 0; i < again; i++)
		a->free(a->ctx, p[i]);
}

static const struct vd_test tests[] = {
		VD_TEST(large),
		VD_TEST(small),
		VD_TEST(limit),
};

int
main(void)
{
	char lcores[32], prefix[48], folder[64];
	char *argv[] = {(char[]){"test"}, lcores, (char[]){"--no-huge"}, (char[]){"-m"},
			(char[]){"128"}, (char[]){"--no-shconf"}, (char[]){"--no-pci"},
			(char[]){"--no-telemetry"}, prefix, (char[]){"--log-level=3"}, NULL};
	int r;

	snprintf(lcores, sizeof(lcores), "--lcores=0@%d", sched_getcpu());
	snprintf(prefix, sizeof(prefix), "--file-prefix=vd-test-alloc-%d", (int)getpid());
	if (rte_eal_init(10, argv) < 0)
		return 77;
	r = vd_test_main("rt/alloc", tests, sizeof(tests) / sizeof(tests[0]));
	rte_eal_cleanup();
	snprintf(folder, sizeof(folder), "/var/run/dpdk/vd-test-alloc-%d", (int)getpid());
	(void)rmdir(folder);
	return r;
}
