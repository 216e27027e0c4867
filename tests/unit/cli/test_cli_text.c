/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "vd_cli_text.h"
#include "vd_test.h"

static void
test_table(void)
{
	struct vd_strbuf out = {0};
	struct vd_cli_table t;

	vd_cli_table_init(&t, "<Name|>Packets|<State");
	CU_ASSERT_EQUAL(vd_cli_table_rows(&t), 0);
	vd_cli_table_cell(&t, "eth0");
	vd_cli_table_cell(&t, "%d", 5);
	vd_cli_table_cell(&t, "up");
	vd_cli_table_cell(&t, "l\xc3\xa4nger");
	vd_cli_table_cell(&t, "%d", 1234567);
	vd_cli_table_end_row(&t);
	vd_cli_table_cell(&t, "x");
	vd_cli_table_cell(&t, "%s", "");
	vd_cli_table_cell(&t, "down");
	CU_ASSERT_EQUAL(vd_cli_table_rows(&t), 3);
	vd_cli_table_print(&t, 1, &out);
	CU_ASSERT_STRING_EQUAL(out.s,
			" Name    Packets  State\n"
			" eth0          5  up\n"
			" l\xc3\xa4nger  1234567\n"
			" x                down\n");
	vd_cli_table_free(&t);
	vd_strbuf_free(&out);
}

static void
test_human(void)
{
	char b[VD_CLI_HUMAN];

	CU_ASSERT_STRING_EQUAL(vd_cli_human(0, b), "0");
	CU_ASSERT_STRING_EQUAL(vd_cli_human(0.3, b), "0.3");
	CU_ASSERT_STRING_EQUAL(vd_cli_human(7, b), "7");
	CU_ASSERT_STRING_EQUAL(vd_cli_human(9999, b), "9999");
	CU_ASSERT_STRING_EQUAL(vd_cli_human(12345, b), "12.3k");
	CU_ASSERT_STRING_EQUAL(vd_cli_human(999600, b), "1.00M");
	CU_ASSERT_STRING_EQUAL(vd_cli_human(4560000, b), "4.56M");
	CU_ASSERT_STRING_EQUAL(vd_cli_human(18446744073709551615.0, b), "18.4E");
	CU_ASSERT_STRING_EQUAL(vd_cli_human(-1, b), "0");
	CU_ASSERT_TRUE(strlen(vd_cli_human(1e300, b)) < VD_CLI_HUMAN);
}

static void
test_duration(void)
{
	char b[VD_CLI_HUMAN];

	CU_ASSERT_STRING_EQUAL(vd_cli_duration(0, b), "0 s");
	CU_ASSERT_STRING_EQUAL(vd_cli_duration(850e-9, b), "850 ns");
	CU_ASSERT_STRING_EQUAL(vd_cli_duration(12e-6, b), "12.0 us");
	CU_ASSERT_STRING_EQUAL(vd_cli_duration(3.4e-3, b), "3.4 ms");
	CU_ASSERT_STRING_EQUAL(vd_cli_duration(15.9, b), "15 s");
	CU_ASSERT_STRING_EQUAL(vd_cli_duration(125, b), "2 m 05 s");
	CU_ASSERT_STRING_EQUAL(vd_cli_duration(11520, b), "3 h 12 m");
	CU_ASSERT_STRING_EQUAL(vd_cli_duration(86400 * 5 + 7200, b), "5 d 02 h");
}

static void
test_wrap(void)
{
	struct vd_strbuf out = {0};

	vd_cli_wrap("one two three four", 9, "\n  ", &out);
	CU_ASSERT_STRING_EQUAL(out.s, "one two\n  three\n  four");
	vd_strbuf_free(&out);
}

static const struct vd_test tests[] = {
		VD_TEST(test_table),
		VD_TEST(test_human),
		VD_TEST(test_duration),
		VD_TEST(test_wrap),
};

VD_TEST_MAIN("cli_text", tests)
