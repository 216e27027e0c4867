/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_udp.h"

#include <errno.h>

#include "check_test.h"

#define ANY 65535

static struct vd_check_bytes b;
static struct vd_strbuf why;

/* The words, which end with NULL. */
static int
parse(const char *const *words)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	vd_check_bytes_free(&b);
	return vd_check_bytes_parse(&b, words, n, &why);
}

static int
parse1(const char *word)
{
	return parse((const char *const[]){word, NULL});
}

static bool
is(const char *bytes, const char *mask, size_t n)
{
	return b.n == n && memcmp(b.bytes, bytes, n) == 0 && memcmp(b.mask, mask, n) == 0;
}

static enum vd_check_verdict
reply(const char *bytes, size_t n, size_t min, size_t max)
{
	char *copy = exact(bytes, n);
	enum vd_check_verdict v = vd_check_udp_reply(copy, n, &b, min, max, &why);

	free(copy);
	return v;
}

static void
end(void)
{
	vd_check_bytes_free(&b);
	vd_strbuf_free(&why);
}

static void
digits(void)
{
	CU_ASSERT_EQUAL(parse1("ffee"), 0);
	CU_ASSERT(is("\xff\xee", "\xff\xff", 2));
	CU_ASSERT_EQUAL(parse1("0123456789abcdefABCDEF"), 0);
	CU_ASSERT(is("\x01\x23\x45\x67\x89\xab\xcd\xef\xab\xcd\xef",
			"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11));
	CU_ASSERT(says(&why, ""));
	end();
}

static void
words_and_blanks(void)
{
	CU_ASSERT_EQUAL(parse((const char *const[]){"0a", "1b?3", NULL}), 0);
	CU_ASSERT(is("\x0a\x1b\x03", "\xff\xff\x0f", 3));
	CU_ASSERT_EQUAL(parse1(" 0a\t1b  ?3 "), 0);
	CU_ASSERT(is("\x0a\x1b\x03", "\xff\xff\x0f", 3));
	CU_ASSERT_EQUAL(parse((const char *const[]){"", "00", " ", NULL}), 0);
	CU_ASSERT(is("\0", "\xff", 1));
	end();
}

/* As keepalived has it: a byte of one digit is a small one. */
static void
odd_digits(void)
{
	CU_ASSERT_EQUAL(parse((const char *const[]){"a", "b", NULL}), 0);
	CU_ASSERT(is("\x0a\x0b", "\xff\xff", 2));
	CU_ASSERT_EQUAL(parse1("abc"), 0);
	CU_ASSERT(is("\xab\x0c", "\xff\xff", 2));
	CU_ASSERT_EQUAL(parse1("?"), 0);
	CU_ASSERT(is("\0", "\xf0", 1));
	end();
}

static void
wildcards(void)
{
	CU_ASSERT_EQUAL(parse1("1??2??xXX4"), 0);
	CU_ASSERT(is("\x10\x02\0\0\x04", "\xf0\x0f\0\0\x0f", 5));
	CU_ASSERT(!vd_check_bytes_exact(&b));
	CU_ASSERT_EQUAL(parse1("00 0?"), 0);
	CU_ASSERT(!vd_check_bytes_exact(&b));
	CU_ASSERT_EQUAL(parse1("00 01"), 0);
	CU_ASSERT(vd_check_bytes_exact(&b));
	end();
}

static void
nothing(void)
{
	CU_ASSERT_EQUAL(vd_check_bytes_parse(&b, NULL, 0, &why), 0);
	CU_ASSERT(b.n == 0 && b.bytes == NULL && b.mask == NULL);
	CU_ASSERT(vd_check_bytes_exact(&b));
	CU_ASSERT_EQUAL(parse1(""), -EINVAL);
	CU_ASSERT(says(&why, "there is no hexadecimal digit"));
	CU_ASSERT_EQUAL(parse1(" \t "), -EINVAL);
	CU_ASSERT(says(&why, "there is no hexadecimal digit"));
	CU_ASSERT(b.n == 0 && b.bytes == NULL && b.mask == NULL);
	end();
}

static void
no_digits(void)
{
	static const char *const bad[] = {"random", "0g", "0x-1", "00 0z", "\"00\"", "0\xc3\xa4"};

	for (size_t i = 0; i < VD_ARRAY_LEN(bad); i++) {
		vd_strbuf_reset(&why);
		CU_ASSERT_EQUAL(parse1(bad[i]), -EINVAL);
		CU_ASSERT(b.n == 0 && b.bytes == NULL && b.mask == NULL);
	}
	CU_ASSERT(says(&why, "not hexadecimal: \"0??\""));
	CU_ASSERT_EQUAL(parse1("0a random 00"), -EINVAL);
	CU_ASSERT(says(&why, "not hexadecimal: \"random\""));
	end();
}

static void
longest(void)
{
	size_t n = 2 * (size_t)65507;
	char *word = calloc(1, n + 3);

	CU_ASSERT_FATAL(word != NULL);
	memset(word, 'a', n);
	CU_ASSERT_EQUAL(parse1(word), 0);
	CU_ASSERT_EQUAL(b.n, 65507);
	CU_ASSERT_EQUAL(parse((const char *const[]){word, "0", NULL}), -EINVAL);
	CU_ASSERT(says(&why, "no datagram has over 65507 bytes"));
	word[n] = 'a';
	CU_ASSERT_EQUAL(parse1(word), -EINVAL);
	CU_ASSERT(says(&why, "no datagram has over 65507 bytes"));
	free(word);
	end();
}

static void
any_reply(void)
{
	CU_ASSERT_EQUAL(vd_check_udp_reply("", 0, NULL, 0, 255, &why), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(vd_check_udp_reply("abc", 3, NULL, 0, 255, &why), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(reply("abc", 3, 0, 255), VD_CHECK_GOOD);
	CU_ASSERT(says(&why, ""));
}

static void
lengths(void)
{
	CU_ASSERT_EQUAL(vd_check_udp_reply("abc", 3, NULL, 3, 3, &why), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(vd_check_udp_reply("abc", 3, NULL, 4, 9, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the reply has 3 bytes, fewer than 4"));
	CU_ASSERT_EQUAL(vd_check_udp_reply("abc", 3, NULL, 0, 2, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the reply has 3 bytes, more than 2"));
	CU_ASSERT_EQUAL(vd_check_udp_reply("", 0, NULL, 1, 2, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the reply has 0 bytes, fewer than 1"));
	/* Also of a reply that matches. */
	CU_ASSERT_EQUAL(parse1("61"), 0);
	CU_ASSERT_EQUAL(reply("abc", 3, 0, 2), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the reply has 3 bytes, more than 2"));
	end();
}

static void
bytes_that_count(void)
{
	CU_ASSERT_EQUAL(parse1("61 ?2 6? ?? 00"), 0);
	CU_ASSERT_EQUAL(reply("abcd\0", 5, 0, ANY), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(reply("a\xf2oX\0", 5, 0, ANY), VD_CHECK_GOOD);
	CU_ASSERT(says(&why, ""));
	CU_ASSERT_EQUAL(reply("Abcd\0", 5, 0, ANY), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "byte 1 of the reply is 41, not 61"));
	CU_ASSERT_EQUAL(reply("aacd\0", 5, 0, ANY), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "byte 2 of the reply is 61, not ?2"));
	CU_ASSERT_EQUAL(reply("ab\x7f"
			      "d\0",
					5, 0, ANY),
			VD_CHECK_BAD);
	CU_ASSERT(says(&why, "byte 3 of the reply is 7f, not 6?"));
	CU_ASSERT_EQUAL(reply("abcd\x01", 5, 0, ANY), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "byte 5 of the reply is 01, not 00"));
	end();
}

/* As keepalived has it: as far as both reach. */
static void
other_length_than_wanted(void)
{
	CU_ASSERT_EQUAL(parse1("616263"), 0);
	CU_ASSERT_EQUAL(reply("ab", 2, 0, ANY), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(reply("", 0, 0, ANY), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(reply("abcdefgh", 8, 0, ANY), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(reply("ac", 2, 0, ANY), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "byte 2 of the reply is 63, not 62"));
	end();
}

static const struct vd_test tests[] = {
		VD_TEST(digits),
		VD_TEST(words_and_blanks),
		VD_TEST(odd_digits),
		VD_TEST(wildcards),
		VD_TEST(nothing),
		VD_TEST(no_digits),
		VD_TEST(longest),
		VD_TEST(any_reply),
		VD_TEST(lengths),
		VD_TEST(bytes_that_count),
		VD_TEST(other_length_than_wanted),
};

VD_TEST_MAIN("check_udp", tests)
