/* SPDX-License-Identifier: BSD-3-Clause */
#include "page_test.h"

#define MD5_EMPTY "d41d8cd98f00b204e9800998ecf8427e"
#define MD5_ABC   "900150983cd24fb0d6963f7d28e17f72" /* RFC 1321 A.5 */

static bool
status_is_good(const struct vd_check_page_config *config, long status)
{
	bool good = page_try(config, status, "", 0) == VD_CHECK_GOOD;

	vd_strbuf_reset(&why);
	return good;
}

static void
status_by_default(void)
{
	struct vd_check_page_config c = {0};

	CU_ASSERT(status_is_good(&c, 200));
	CU_ASSERT(status_is_good(&c, 299));
	CU_ASSERT(!status_is_good(&c, 199));
	CU_ASSERT(!status_is_good(&c, 300));
	CU_ASSERT(!status_is_good(&c, 0));
	CU_ASSERT_EQUAL(page_try(&c, 503, "", 0), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the status is 503, not 200 to 299"));
}

static void
status_as_configured(void)
{
	static const struct vd_check_span spans[] = {{204, 204}, {301, 302}};
	struct vd_check_page_config c = {.status = spans, .n_status = VD_ARRAY_LEN(spans)};

	CU_ASSERT(status_is_good(&c, 204));
	CU_ASSERT(status_is_good(&c, 301));
	CU_ASSERT(status_is_good(&c, 302));
	CU_ASSERT(!status_is_good(&c, 200));
	CU_ASSERT(!status_is_good(&c, 303));
	CU_ASSERT_EQUAL(page_try(&c, 200, "", 0), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the status is 200, not 204, 301 to 302"));
}

static void
status_with_digest_or_regex(void)
{
	static const struct vd_check_span span = {404, 404};
	struct vd_check_page_config c = {.digest = MD5_EMPTY};

	CU_ASSERT(!status_is_good(&c, 404));
	CU_ASSERT(status_is_good(&c, 200));
	c = (struct vd_check_page_config){.regex = "^$"};
	CU_ASSERT(!status_is_good(&c, 404));
	CU_ASSERT(status_is_good(&c, 200));
	/* Unless it is configured. */
	c.status = &span;
	c.n_status = 1;
	CU_ASSERT(status_is_good(&c, 404));
	CU_ASSERT(!status_is_good(&c, 200));
}

static void
digests(void)
{
	struct vd_check_page_config c = {.digest = MD5_ABC};

	CU_ASSERT_EQUAL(page_try(&c, 200, "abc", 3), VD_CHECK_GOOD);
	CU_ASSERT(says(&why, ""));
	CU_ASSERT_EQUAL(page_try(&c, 200, "", 0), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the digest of the page is " MD5_EMPTY ", not " MD5_ABC));
	c.digest = "900150983CD24FB0D6963F7D28E17F72";
	CU_ASSERT_EQUAL(page_try(&c, 200, "abc", 3), VD_CHECK_GOOD);
	c.digest = MD5_EMPTY;
	CU_ASSERT_EQUAL(page_try(&c, 200, "", 0), VD_CHECK_GOOD);
}

static void
digests_that_are_none(void)
{
	static const char *const bad[] = {"", "900150983cd24fb0d6963f7d28e17f7",
			"900150983cd24fb0d6963f7d28e17f720", "900150983cd24fb0d6963f7d28e17f7g",
			"g00150983cd24fb0d6963f7d28e17f72", "9001 983cd24fb0d6963f7d28e17f720",
			"900150983cd24fb0d6963f7d28e17f7200",
			"900150983cd24fb0d6963f7d28e17f72900150983cd24fb0d6963f7d28e17f72",
			"+90150983cd24fb0d6963f7d28e17f72"};

	for (size_t i = 0; i < VD_ARRAY_LEN(bad); i++) {
		struct vd_check_page_config c = {.digest = bad[i]};

		vd_strbuf_reset(&why);
		CU_ASSERT_PTR_NULL(vd_check_page_new(&c, &why));
	}
	CU_ASSERT(says(&why,
			"the digest is not 32 hexadecimal digits: "
			"\"+90150983cd24fb0d6963f7d28e17f72\""));
}

/* Each attempt has a state of its own; the expectation is shared. */
static void
attempts_side_by_side(void)
{
	struct vd_check_page_config c = {.digest = MD5_ABC, .regex = "b"};
	struct vd_check_page *p = vd_check_page_new(&c, &why);
	struct vd_check_page_try *a = vd_check_page_begin(p), *b = vd_check_page_begin(p);

	(void)vd_check_page_body(a, "a", 1);
	(void)vd_check_page_body(b, "ab", 2);
	(void)vd_check_page_body(a, "bd", 2);
	(void)vd_check_page_body(b, "c", 1);
	CU_ASSERT_EQUAL(vd_check_page_end(b, 200, &why), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(vd_check_page_end(a, 200, &why), VD_CHECK_BAD);
	CU_ASSERT_EQUAL(page_judge(p, 200, "abc", 3), VD_CHECK_GOOD);
	vd_strbuf_reset(&why);
	vd_check_page_free(p);
}

static void
pieces_of_any_size(void)
{
	static const char text[] = "<html><h1>Welcome</h1>\n<p>It works!</p></html>\n";
	struct vd_check_page_config c = {.digest = "007a4ec8827b41743b8fbd4772c89c52",
			.regex = "Welcome.*\\n<p>It works"};
	struct vd_check_page *p = vd_check_page_new(&c, &why);
	struct vd_check_page_try *t;

	CU_ASSERT_EQUAL(page_judge(p, 200, text, strlen(text)), VD_CHECK_GOOD);
	for (size_t size = 1; size < strlen(text); size++) {
		t = vd_check_page_begin(p);
		for (size_t i = 0; i < strlen(text); i += size) {
			size_t n = VD_MIN(size, strlen(text) - i);
			char *copy = exact(text + i, n);

			CU_ASSERT(!vd_check_page_body(t, copy, n));
			free(copy);
		}
		CU_ASSERT_EQUAL(vd_check_page_end(t, 200, &why), VD_CHECK_GOOD);
	}
	vd_check_page_free(p);
	vd_strbuf_reset(&why);
}

/* What has been read far enough says so. */
static void
far_enough(void)
{
	struct vd_check_page_config c = {0};
	struct vd_check_page *p = vd_check_page_new(&c, &why);
	struct vd_check_page_try *t = vd_check_page_begin(p);
	char *half = calloc(1, VD_CHECK_PAGE_MAX / 2);

	CU_ASSERT_FATAL(half != NULL);
	CU_ASSERT(vd_check_page_body(t, "x", 1));
	CU_ASSERT_EQUAL(vd_check_page_end(t, 200, &why), VD_CHECK_GOOD);
	vd_check_page_free(p);

	c.regex = "b";
	p = vd_check_page_new(&c, &why);
	t = vd_check_page_begin(p);
	CU_ASSERT(!vd_check_page_body(t, half, VD_CHECK_PAGE_MAX / 2));
	CU_ASSERT(!vd_check_page_body(t, half, VD_CHECK_PAGE_MAX / 2 - 1));
	CU_ASSERT(vd_check_page_body(t, "b", 1));
	CU_ASSERT(vd_check_page_body(t, "b", 1));
	CU_ASSERT_EQUAL(vd_check_page_end(t, 200, &why), VD_CHECK_GOOD);
	/* What is past it does not count. */
	t = vd_check_page_begin(p);
	CU_ASSERT(!vd_check_page_body(t, half, VD_CHECK_PAGE_MAX / 2));
	CU_ASSERT(vd_check_page_body(t, half, VD_CHECK_PAGE_MAX / 2));
	CU_ASSERT(vd_check_page_body(t, "b", 1));
	CU_ASSERT_EQUAL(vd_check_page_end(t, 200, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the page does not match the regular expression"));
	vd_check_page_free(p);
	free(half);
}

/* A digest goes on past what an expression sees. */
static void
digest_of_a_long_page(void)
{
	struct vd_check_page_config c = {.digest = "b2d1236c286a3c0704224fe4105eca49"};
	size_t n = VD_CHECK_PAGE_MAX;
	struct vd_check_page_try *t;
	struct vd_check_page *p;
	char *zeros = calloc(1, n);

	/* That of 2 MiB of zeros, as md5sum tells it. */
	CU_ASSERT_FATAL(zeros != NULL);
	c.regex = "^\\x00";
	p = vd_check_page_new(&c, &why);
	t = vd_check_page_begin(p);
	CU_ASSERT(!vd_check_page_body(t, zeros, n));
	CU_ASSERT(!vd_check_page_body(t, zeros, n));
	CU_ASSERT_EQUAL(vd_check_page_end(t, 200, &why), VD_CHECK_GOOD);
	t = vd_check_page_begin(p);
	CU_ASSERT(!vd_check_page_body(t, zeros, n));
	CU_ASSERT_EQUAL(vd_check_page_end(t, 200, &why), VD_CHECK_BAD);
	CU_ASSERT(says(&why,
			"the digest of the page is b6d81b360a5672d80c27430f39153e2c, not "
			"b2d1236c286a3c0704224fe4105eca49"));
	vd_check_page_free(p);
	free(zeros);
}

/* Status, digest, expression: the first that is wrong is told. */
static void
all_must_be_good(void)
{
	static const struct vd_check_span span = {200, 200};
	struct vd_check_page_config c = {
			.status = &span, .n_status = 1, .digest = MD5_ABC, .regex = "c$"};

	CU_ASSERT_EQUAL(page_try(&c, 200, "abc", 3), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(page_try(&c, 500, "xyz", 3), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the status is 500, not 200"));
	CU_ASSERT_EQUAL(page_try(&c, 200, "", 0), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the digest of the page is " MD5_EMPTY ", not " MD5_ABC));
	c.regex = "d$";
	CU_ASSERT_EQUAL(page_try(&c, 200, "abc", 3), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the page does not match the regular expression"));
}

/* Nothing of the configuration is needed after that. */
static void
copies_what_it_needs(void)
{
	struct vd_check_span *span = exact(&(struct vd_check_span){201, 201}, sizeof(*span));
	char *digest = exact(MD5_ABC, sizeof(MD5_ABC)), *regex = exact("abc", 4);
	struct vd_check_page_config c = {
			.status = span, .n_status = 1, .digest = digest, .regex = regex};
	struct vd_check_page *p = vd_check_page_new(&c, &why);

	free(span);
	free(digest);
	free(regex);
	CU_ASSERT_EQUAL(page_judge(p, 201, "abc", 3), VD_CHECK_GOOD);
	vd_check_page_free(p);
}

static void
abandoned(void)
{
	struct vd_check_page_config c = {.digest = MD5_ABC, .regex = "a"};
	struct vd_check_page *p = vd_check_page_new(&c, &why);
	struct vd_check_page_try *t = vd_check_page_begin(p);

	(void)vd_check_page_body(t, "abc", 3);
	vd_check_page_abandon(t);
	vd_check_page_abandon(vd_check_page_begin(p));
	vd_check_page_abandon(NULL);
	vd_check_page_free(p);
	vd_check_page_free(NULL);
	CU_ASSERT(says(&why, ""));
	vd_strbuf_free(&why);
}

static const struct vd_test tests[] = {
		VD_TEST(status_by_default),
		VD_TEST(status_as_configured),
		VD_TEST(status_with_digest_or_regex),
		VD_TEST(digests),
		VD_TEST(digests_that_are_none),
		VD_TEST(attempts_side_by_side),
		VD_TEST(pieces_of_any_size),
		VD_TEST(far_enough),
		VD_TEST(digest_of_a_long_page),
		VD_TEST(all_must_be_good),
		VD_TEST(copies_what_it_needs),
		VD_TEST(abandoned),
};

VD_TEST_MAIN("check_page", tests)
