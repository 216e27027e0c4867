/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_value.h"

#include <signal.h>

#include "check_test.h"

#define BEFORE           77 /* what *value had */

#define EXITED(status)   ((status) << 8)
#define SIGNALED(number) (number)
#define STOPPED(number)  ((number) << 8 | 0x7f)

static struct vd_strbuf why;
static int64_t value;

static bool
parse_n(const char *bytes, size_t n)
{
	char *copy = exact(bytes, n);
	bool good;

	value = BEFORE;
	good = vd_check_value_parse(copy, n, &value, &why);
	free(copy);
	return good;
}

static bool
parse(const char *text)
{
	return parse_n(text, strlen(text));
}

/* Is this text read as a number, and as this one? */
static bool
reads(const char *text, int64_t n)
{
	return parse(text) && value == n && says(&why, "");
}

static void
numbers(void)
{
	CU_ASSERT(reads("0", 0));
	CU_ASSERT(reads("5\n", 5));
	CU_ASSERT(reads("-17\n", -17));
	CU_ASSERT(reads("+3", 3));
	CU_ASSERT(reads(" \n\t 42 \n", 42));
}

/* strtol() with base 0. */
static void
as_keepalived_reads(void)
{
	CU_ASSERT(reads("0x1F", 31));
	CU_ASSERT(reads("-0x10", -16));
	CU_ASSERT(reads("010", 8));
	CU_ASSERT(reads("08", 0));
	CU_ASSERT(reads("0x", 0));
	CU_ASSERT(reads("12abc", 12));
	CU_ASSERT(reads("3.9", 3));
	CU_ASSERT(reads("1\n2\n", 1));
}

static void
only_the_beginning_is_read(void)
{
	char text[VD_CHECK_VALUE_MAX + 8];

	/* A digit that is the last one read, and one that is the first one not read. */
	memset(text, ' ', sizeof(text));
	text[VD_CHECK_VALUE_MAX - 1] = '1';
	text[VD_CHECK_VALUE_MAX] = '2';
	CU_ASSERT(parse_n(text, sizeof(text)));
	CU_ASSERT_EQUAL(value, 1);
	text[VD_CHECK_VALUE_MAX - 1] = ' ';
	CU_ASSERT(!parse_n(text, sizeof(text)));
	CU_ASSERT_EQUAL(value, 0);
	vd_strbuf_reset(&why);
	/* Without an end of its own. */
	CU_ASSERT(parse_n("12345", 2));
	CU_ASSERT_EQUAL(value, 12);
	CU_ASSERT(parse_n("7\0"
			  "8",
			3));
	CU_ASSERT_EQUAL(value, 7);
}

static void
no_number(void)
{
	CU_ASSERT(!parse(""));
	CU_ASSERT_EQUAL(value, 0);
	CU_ASSERT(says(&why, "the file is empty"));
	CU_ASSERT(!parse("up\nand running\n"));
	CU_ASSERT_EQUAL(value, 0);
	CU_ASSERT(says(&why, "no number: \"up\""));
	CU_ASSERT(!parse("\n"));
	CU_ASSERT_EQUAL(value, 0);
	CU_ASSERT(says(&why, "no number: \"\""));
	CU_ASSERT(!parse("-\x01"));
	CU_ASSERT_EQUAL(value, 0);
	CU_ASSERT(says(&why, "no number: \"-?\""));
}

/* keepalived takes one more above than below, and keeps what it had otherwise. */
static void
range(void)
{
	CU_ASSERT(reads("2147483648", 2147483648));
	CU_ASSERT(reads("-2147483648", -2147483648));
	CU_ASSERT(!parse("2147483649"));
	CU_ASSERT_EQUAL(value, BEFORE);
	CU_ASSERT(says(&why, "the number is out of range: \"2147483649\""));
	CU_ASSERT(!parse("-2147483649\n"));
	CU_ASSERT_EQUAL(value, BEFORE);
	CU_ASSERT(says(&why, "the number is out of range: \"-2147483649\""));
	CU_ASSERT(!parse("99999999999999999999 x"));
	CU_ASSERT_EQUAL(value, BEFORE);
	CU_ASSERT(says(&why, "the number is out of range: \"99999999999999999999\""));
	CU_ASSERT(!parse("-99999999999999999999"));
	CU_ASSERT_EQUAL(value, BEFORE);
	vd_strbuf_free(&why);
}

static void
exit_status(void)
{
	int64_t weight = 5;

	CU_ASSERT_EQUAL(vd_check_exit(EXITED(0), false, &weight, &why), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(weight, -1);
	CU_ASSERT(says(&why, ""));
	for (int status = 1; status < 256; status++) {
		weight = 5;
		CU_ASSERT_EQUAL(vd_check_exit(EXITED(status), false, &weight, &why), VD_CHECK_BAD);
		CU_ASSERT_EQUAL(weight, -1);
		vd_strbuf_reset(&why);
	}
	CU_ASSERT_EQUAL(vd_check_exit(EXITED(2), false, &weight, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "exited with status 2"));
	vd_strbuf_free(&why);
}

static void
dynamic(void)
{
	int64_t weight = 5;

	CU_ASSERT_EQUAL(vd_check_exit(EXITED(0), true, &weight, &why), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(weight, -1);
	weight = 5;
	CU_ASSERT_EQUAL(vd_check_exit(EXITED(1), true, &weight, &why), VD_CHECK_BAD);
	CU_ASSERT_EQUAL(weight, -1);
	CU_ASSERT(says(&why, "exited with status 1"));
	for (int status = 2; status < 256; status++) {
		CU_ASSERT_EQUAL(vd_check_exit(EXITED(status), true, &weight, &why), VD_CHECK_GOOD);
		CU_ASSERT_EQUAL(weight, status - 2);
	}
	CU_ASSERT(says(&why, ""));
	vd_strbuf_free(&why);
}

static void
signals(void)
{
	int64_t weight = 5;

	CU_ASSERT_EQUAL(vd_check_exit(SIGNALED(SIGKILL), true, &weight, &why), VD_CHECK_BAD);
	CU_ASSERT_EQUAL(weight, -1);
	CU_ASSERT(says(&why, "ended by signal 9 (SIGKILL)"));
	/* With a core, and one without a name. */
	CU_ASSERT_EQUAL(vd_check_exit(SIGNALED(SIGSEGV) | 0x80, false, &weight, &why),
			VD_CHECK_BAD);
	CU_ASSERT(says(&why, "ended by signal 11 (SIGSEGV)"));
	CU_ASSERT_EQUAL(vd_check_exit(SIGNALED(40), false, &weight, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "ended by signal 40"));
	weight = 5;
	CU_ASSERT_EQUAL(vd_check_exit(STOPPED(SIGSTOP), true, &weight, &why), VD_CHECK_BAD);
	CU_ASSERT_EQUAL(weight, -1);
	CU_ASSERT(says(&why, "did not end"));
	vd_strbuf_free(&why);
}

static const struct vd_test tests[] = {
		VD_TEST(numbers),
		VD_TEST(as_keepalived_reads),
		VD_TEST(only_the_beginning_is_read),
		VD_TEST(no_number),
		VD_TEST(range),
		VD_TEST(exit_status),
		VD_TEST(dynamic),
		VD_TEST(signals),
};

VD_TEST_MAIN("check_value", tests)
