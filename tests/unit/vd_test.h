/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_TEST_H
#define VD_TEST_H

/*
 * What every unit test program shares: a list of named functions, run by CUnit, closed by a line
 * "N passed, N failed", exit code 1 when something failed. One program per file under test.
 */

#include <stdio.h>
#include <stdlib.h>

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>

struct vd_test {
	const char *name;
	void (*run)(void);
};

/* clang-format off */
#define VD_TEST(fn) { #fn, fn }
/* clang-format on */

static inline int
vd_test_main(const char *suite, const struct vd_test *tests, size_t n)
{
	unsigned int failed;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite(suite, NULL, NULL);
	if (s == NULL)
		return 1;
	for (size_t i = 0; i < n; i++)
		if (CU_add_test(s, tests[i].name, tests[i].run) == NULL)
			return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_tests_failed();
	printf("%u passed, %u failed\n", CU_get_number_of_tests_run() - failed, failed);
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

#define VD_TEST_MAIN(suite, tests) \
	int main(void) \
	{ \
		return vd_test_main(suite, tests, sizeof(tests) / sizeof((tests)[0])); \
	}

#endif
