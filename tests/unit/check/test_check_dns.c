/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_dns.h"

#include <errno.h>

#include "check_test.h"

#define ID   0xbeef
#define SOA  6
#define AAAA 28

static struct vd_strbuf why;

/* An answer to the question (ID, SOA, name): the query with its flags changed. Its length. */
static size_t
answer(uint8_t *buf, const char *name, uint16_t flags)
{
	int n = vd_check_dns_query(buf, VD_CHECK_DNS_MAX, ID, SOA, name);

	CU_ASSERT_FATAL(n > 0);
	buf[2] = (uint8_t)(flags >> 8);
	buf[3] = (uint8_t)flags;
	return (size_t)n;
}

static enum vd_check_verdict
judge(const uint8_t *bytes, size_t n, const char *name)
{
	uint8_t *copy = exact(bytes, n);
	enum vd_check_verdict v = vd_check_dns_reply(copy, n, ID, SOA, name, &why);

	free(copy);
	return v;
}

static void
query_bytes(void)
{
	static const uint8_t want[] = "\xbe\xef\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
				      "\x03www\x07"
				      "example\x03org\x00\x00\x1c\x00\x01";
	static const uint8_t root[] = "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
				      "\x00\x00\x06\x00\x01";
	uint8_t buf[VD_CHECK_DNS_MAX];

	CU_ASSERT_EQUAL(vd_check_dns_query(buf, sizeof(buf), ID, AAAA, "www.example.org"),
			(int)sizeof(want) - 1);
	CU_ASSERT_EQUAL(memcmp(buf, want, sizeof(want) - 1), 0);
	/* With the root's dot at its end it is the same name. */
	CU_ASSERT_EQUAL(vd_check_dns_query(buf, sizeof(buf), ID, AAAA, "www.example.org."),
			(int)sizeof(want) - 1);
	CU_ASSERT_EQUAL(memcmp(buf, want, sizeof(want) - 1), 0);
	CU_ASSERT_EQUAL(vd_check_dns_query(buf, sizeof(buf), 1, SOA, "."), (int)sizeof(root) - 1);
	CU_ASSERT_EQUAL(memcmp(buf, root, sizeof(root) - 1), 0);
}

static void
names_that_are_none(void)
{
	static const char *const names[] = {"", "..", ".org", "a..b", "a.b.."};
	uint8_t buf[VD_CHECK_DNS_MAX];

	for (size_t i = 0; i < VD_ARRAY_LEN(names); i++)
		CU_ASSERT_EQUAL(vd_check_dns_query(buf, sizeof(buf), ID, SOA, names[i]), -EINVAL);
}

static void
longest_names(void)
{
	uint8_t buf[VD_CHECK_DNS_MAX];
	char label[65], name[300] = "";

	memset(label, 'a', 64);
	label[64] = '\0';
	CU_ASSERT_EQUAL(vd_check_dns_query(buf, sizeof(buf), ID, SOA, label), -EINVAL);
	label[63] = '\0';
	CU_ASSERT_EQUAL(vd_check_dns_query(buf, sizeof(buf), ID, SOA, label), 12 + 65 + 4);
	/* Three times 64 bytes, then 62 and the root's: 255. */
	for (int i = 0; i < 3; i++)
		strcat(strcat(name, label), ".");
	label[61] = '\0';
	strcat(name, label);
	CU_ASSERT_EQUAL(vd_check_dns_query(buf, sizeof(buf), ID, SOA, name), 12 + 255 + 4);
	strcat(name, "a");
	CU_ASSERT_EQUAL(vd_check_dns_query(buf, sizeof(buf), ID, SOA, name), -EINVAL);
}

static void
too_little_room(void)
{
	uint8_t *buf;

	for (int size = 12; size <= 12 + 5 + 4; size++) {
		buf = malloc((size_t)size);
		CU_ASSERT_EQUAL(vd_check_dns_query(buf, (size_t)size, ID, SOA, "org"),
				size < 12 + 5 + 4 ? -EINVAL : size);
		free(buf);
	}
}

static void
good_answers(void)
{
	uint8_t buf[VD_CHECK_DNS_MAX];
	size_t n = answer(buf, "example.org", 0x8180);

	CU_ASSERT_EQUAL(judge(buf, n, "example.org"), VD_CHECK_GOOD);
	/* What follows the question is not looked at: answers, authorities, cut or not. */
	memset(buf + n, 0xff, 20);
	buf[7] = 1;
	CU_ASSERT_EQUAL(judge(buf, n + 20, "example.org"), VD_CHECK_GOOD);
	n = answer(buf, ".", 0x8380);
	CU_ASSERT_EQUAL(judge(buf, n, "."), VD_CHECK_GOOD);
	CU_ASSERT(says(&why, ""));
}

static void
letters_have_no_case(void)
{
	uint8_t buf[VD_CHECK_DNS_MAX];
	size_t n = answer(buf, "eXample.ORG", 0x8180);

	CU_ASSERT_EQUAL(judge(buf, n, "ExamPle.org"), VD_CHECK_GOOD);
	/* Only letters: '[' is 'z' and '{' alike but for that bit. */
	n = answer(buf, "a[.org", 0x8180);
	CU_ASSERT_EQUAL(judge(buf, n, "a{.org"), VD_CHECK_MORE);
	n = answer(buf, "a@.org", 0x8180);
	CU_ASSERT_EQUAL(judge(buf, n, "a`.org"), VD_CHECK_MORE);
}

static void
not_our_answer(void)
{
	uint8_t buf[VD_CHECK_DNS_MAX], other[VD_CHECK_DNS_MAX];
	size_t n = answer(buf, "example.org", 0x8183);

	/* Even cut at any byte: what cannot be told to be ours is not believed. */
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(judge(buf, i, "example.org"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(judge(buf, n, "example.org"), VD_CHECK_BAD);
	vd_strbuf_reset(&why);
	for (size_t i = 0; i < n; i++) {
		/* Flags (all but QR) and the counts of what follows are free. */
		if (i == 2 || i == 3 || (i >= 6 && i < 12))
			continue;
		memcpy(other, buf, n);
		other[i] ^= 0x40;
		CU_ASSERT_EQUAL(judge(other, n, "example.org"), VD_CHECK_MORE);
	}
	memcpy(other, buf, n);
	other[2] &= 0x7f; /* a query */
	CU_ASSERT_EQUAL(judge(other, n, "example.org"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(judge(buf, n, "example.com"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(judge(buf, n, "www.example.org"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(judge(buf, n, "no..name"), VD_CHECK_MORE);
	other[2] |= 0x80;
	other[5] = 2;
	CU_ASSERT_EQUAL(judge(other, n, "example.org"), VD_CHECK_MORE);
	CU_ASSERT(says(&why, ""));
}

static void
without_question(void)
{
	uint8_t buf[VD_CHECK_DNS_MAX];

	(void)answer(buf, "example.org", 0x8181);
	buf[5] = 0;
	CU_ASSERT_EQUAL(judge(buf, 12, "example.org"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the server answers FORMERR: it does not understand the question"));
	buf[3] = 0;
	CU_ASSERT_EQUAL(judge(buf, 12, "example.org"), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(judge(buf, 11, "example.org"), VD_CHECK_MORE);
	CU_ASSERT_EQUAL(judge(buf, 0, "example.org"), VD_CHECK_MORE);
}

static void
error_codes(void)
{
	static const char *const words[16] = {
			NULL,
			"the server answers FORMERR: it does not understand the question",
			"the server answers SERVFAIL: it failed",
			"the server answers NXDOMAIN: there is no such name",
			"the server answers NOTIMP: it does not know this kind of question",
			"the server answers REFUSED: it refuses to answer",
			"the server answers YXDOMAIN: the name exists and should not",
			"the server answers YXRRSET: the records exist and should not",
			"the server answers NXRRSET: the records should exist and do not",
			"the server answers NOTAUTH: it is not the authority",
			"the server answers NOTZONE: the name is not in the zone",
			"the server answers with the error code 11",
			"the server answers with the error code 12",
			"the server answers with the error code 13",
			"the server answers with the error code 14",
			"the server answers with the error code 15",
	};
	uint8_t buf[VD_CHECK_DNS_MAX];

	for (uint16_t code = 1; code < 16; code++) {
		size_t n = answer(buf, "example.org", 0x8180 | code);

		CU_ASSERT_EQUAL(judge(buf, n, "example.org"), VD_CHECK_BAD);
		CU_ASSERT(says(&why, words[code]));
	}
	vd_strbuf_free(&why);
}

static const struct vd_test tests[] = {
		VD_TEST(query_bytes),
		VD_TEST(names_that_are_none),
		VD_TEST(longest_names),
		VD_TEST(too_little_room),
		VD_TEST(good_answers),
		VD_TEST(letters_have_no_case),
		VD_TEST(not_our_answer),
		VD_TEST(without_question),
		VD_TEST(error_codes),
};

VD_TEST_MAIN("check_dns", tests)
