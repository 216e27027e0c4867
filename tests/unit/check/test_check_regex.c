/* SPDX-License-Identifier: BSD-3-Clause */
#include "page_test.h"

#define N VD_CHECK_PAGE_MAX

static struct vd_check_page_config config;

static void
expression(const char *regex)
{
	memset(&config, 0, sizeof(config));
	config.regex = regex;
}

static enum vd_check_verdict
judge(const char *body)
{
	return page_try(&config, 200, body, strlen(body));
}

static bool
matches(const char *body)
{
	bool good = judge(body) == VD_CHECK_GOOD;

	vd_strbuf_reset(&why);
	return good;
}

/* The same with one option: whether it makes the difference. */
static bool
option_matters(const char *option, const char *regex, const char *body, bool with)
{
	bool before, after;

	expression(regex);
	before = matches(body);
	config.regex_options = &option;
	config.n_regex_options = 1;
	after = matches(body);
	return before == !with && after == with;
}

static void
match_and_none(void)
{
	expression("It works");
	CU_ASSERT_EQUAL(judge("<h1>It works!</h1>"), VD_CHECK_GOOD);
	CU_ASSERT(says(&why, ""));
	CU_ASSERT_EQUAL(judge("<h1>It breaks!</h1>"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the page does not match the regular expression"));
	CU_ASSERT_EQUAL(judge(""), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the page does not match the regular expression"));
}

static void
no_match_wanted(void)
{
	expression("error");
	config.regex_no_match = true;
	CU_ASSERT_EQUAL(judge("all is well"), VD_CHECK_GOOD);
	CU_ASSERT(says(&why, ""));
	CU_ASSERT_EQUAL(judge("an error"), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the page matches the regular expression at byte 3"));
}

static void
the_end_of_a_page(void)
{
	expression("^abc$");
	CU_ASSERT(matches("abc"));
	CU_ASSERT(matches("abc\n"));
	CU_ASSERT(!matches("abc\n\n"));
	expression("c+\\z");
	CU_ASSERT(matches("abccc"));
	expression("^$");
	CU_ASSERT(matches(""));
	CU_ASSERT(!matches("a"));
}

static void
bytes_that_are_no_text(void)
{
	expression("\\xff\\x00\\x80$");
	CU_ASSERT_EQUAL(page_try(&config, 200, "a\xff\0\x80", 4), VD_CHECK_GOOD);
	CU_ASSERT_EQUAL(page_try(&config, 200, "a\xff\0\x81", 4), VD_CHECK_BAD);
	vd_strbuf_reset(&why);
}

static void
captures_are_free(void)
{
	expression("(a)(b)(c)(d)(e)\\5\\1");
	CU_ASSERT(matches("abcdeea"));
	CU_ASSERT(!matches("abcdeeb"));
}

/* Offsets are of where the match begins (keepalived's start of search and last acceptable position). */
static void
offsets(void)
{
	expression("b");
	config.regex_min_offset = 2;
	CU_ASSERT(!matches("abaaa"));
	CU_ASSERT(matches("aabaa"));
	CU_ASSERT(matches("abaab"));
	CU_ASSERT(!matches("b"));
	CU_ASSERT(!matches(""));
	config.regex_max_offset = 3;
	CU_ASSERT(matches("aaab"));
	CU_ASSERT(!matches("aaaab"));
	CU_ASSERT_EQUAL(judge("baaab"), VD_CHECK_BAD);
	CU_ASSERT(says(&why,
			"the page matches the regular expression at byte 4 only, past "
			"regex_max_offset"));
	/* It may end where it likes. */
	expression("b+c");
	config.regex_max_offset = 1;
	CU_ASSERT(matches("abbbbbbbc"));
	CU_ASSERT(!matches("aabbbbbbc"));
	/* Both at one place. */
	config.regex_min_offset = 1;
	CU_ASSERT(matches("abbc"));
	CU_ASSERT(!matches("bac"));
}

static void
offsets_and_what_is_before(void)
{
	expression("(?<=a)b");
	config.regex_min_offset = 1;
	CU_ASSERT(matches("ab"));
	expression("^b");
	config.regex_min_offset = 1;
	CU_ASSERT(!matches("ab"));
	expression("\\Gb");
	config.regex_min_offset = 1;
	CU_ASSERT(matches("ab"));
	CU_ASSERT(!matches("aab"));
	/* At the end of the page there may still be nothing to match. */
	expression("x*");
	config.regex_min_offset = 2;
	CU_ASSERT(matches("ab"));
	CU_ASSERT(!matches("a"));
}

static void
offsets_without_a_match_wanted(void)
{
	expression("b");
	config.regex_no_match = true;
	config.regex_max_offset = 1;
	CU_ASSERT(!matches("ab"));
	CU_ASSERT(matches("aab"));
	config.regex_min_offset = 1;
	CU_ASSERT(matches("b"));
	CU_ASSERT(matches(""));
}

/* keepalived drops both. */
static void
offsets_that_exclude_each_other(void)
{
	expression("b");
	config.regex_min_offset = 3;
	config.regex_max_offset = 2;
	CU_ASSERT(matches("b"));
	CU_ASSERT(matches("aaaaaab"));
}

static void
option_words(void)
{
	CU_ASSERT(option_matters("caseless", "ABC", "abc", true));
	CU_ASSERT(option_matters("dotall", "a.b", "a\nb", true));
	CU_ASSERT(option_matters("multiline", "^b", "a\nb", true));
	CU_ASSERT(option_matters("extended", "a b # c", "ab", true));
	CU_ASSERT(option_matters("firstline", "b", "a\nb", false));
	CU_ASSERT(option_matters("dollar_endonly", "b$", "b\n", false));
	CU_ASSERT(option_matters("alt_circumflex", "(?m)^$", "a\n", true));
	CU_ASSERT(option_matters("match_unset_backref", "(a)?\\1b", "b", true));
	CU_ASSERT(option_matters("ucp", "(*UTF)^\\w+$", "\xc3\xa4", true));
	CU_ASSERT(option_matters("utf", "^.$", "\xc3\xa4", true));
	CU_ASSERT(option_matters("ungreedy", "^(?>a+)a", "aaa", true));
}

/* Words whose work is seen when an expression is compiled. */
static bool
compiles(const char *option, const char *regex)
{
	struct vd_check_page *p;

	expression(regex);
	config.regex_options = &option;
	config.n_regex_options = option != NULL;
	p = vd_check_page_new(&config, &why);
	vd_check_page_free(p);
	vd_strbuf_reset(&why);
	return p != NULL;
}

static void
option_words_of_the_compiler(void)
{
	CU_ASSERT(!compiles(NULL, "\\u0041") && compiles("alt_bsux", "\\u0041"));
	CU_ASSERT(!compiles(NULL, "[]") && compiles("allow_empty_class", "[]"));
	CU_ASSERT(!compiles(NULL, "(?<a>x)(?<a>y)") && compiles("dupnames", "(?<a>x)(?<a>y)"));
	CU_ASSERT(compiles(NULL, "(*UCP)a") && !compiles("never_ucp", "(*UCP)a"));
	CU_ASSERT(compiles(NULL, "(*UTF)a") && !compiles("never_utf", "(*UTF)a"));
	CU_ASSERT(compiles(NULL, "a\\Cb") && !compiles("never_backslash_c", "a\\Cb"));
	CU_ASSERT(compiles(NULL, "(a)\\1") && !compiles("no_auto_capture", "(a)\\1"));
	CU_ASSERT(!compiles(NULL, "(*MARK:a\\)b)c") && compiles("alt_verbnames", "(*MARK:a\\)b)c"));
}

/* Words that change only how it is done. */
static void
option_words_without_effect(void)
{
	static const char *const words[] = {"auto_callout", "no_auto_possess", "no_dotstar_anchor",
			"no_start_optimize", "use_offset_limit", "alt_verbnames"};

	expression("^a+b.*c$");
	config.regex_options = words;
	config.n_regex_options = VD_ARRAY_LEN(words);
	CU_ASSERT(matches("aaab--c"));
	CU_ASSERT(!matches("aaab--d"));
}

static void
unknown_options(void)
{
	static const char *const words[] = {"caseless", "multilin"};
	static const char *const far[] = {"perl5\n"};

	expression("a");
	config.regex_options = words;
	config.n_regex_options = 2;
	CU_ASSERT_PTR_NULL(vd_check_page_new(&config, &why));
	CU_ASSERT(says(&why, "there is no regex option \"multilin\" (multiline?)"));
	config.regex_options = far;
	config.n_regex_options = 1;
	CU_ASSERT_PTR_NULL(vd_check_page_new(&config, &why));
	CU_ASSERT(says(&why, "there is no regex option \"perl5?\""));
}

static void
wrong_expressions(void)
{
	expression("ab(c");
	CU_ASSERT_PTR_NULL(vd_check_page_new(&config, &why));
	CU_ASSERT(says(&why,
			"the regular expression \"ab(c\" is wrong at byte 4: missing closing "
			"parenthesis"));
	expression("*");
	CU_ASSERT_PTR_NULL(vd_check_page_new(&config, &why));
	CU_ASSERT(says(&why,
			"the regular expression \"*\" is wrong at byte 0: quantifier does not "
			"follow a repeatable item"));
}

/* A page that is not UTF-8 throughout is searched all the same. */
static void
invalid_utf(void)
{
	static const char *const utf = "utf";

	expression("^\xc3\xa4$");
	config.regex_options = &utf;
	config.n_regex_options = 1;
	CU_ASSERT(matches("\xc3\xa4"));
	config.regex = "gr\xc3\xbcn";
	CU_ASSERT(matches("\xff\xfe latin: gr\xfcn, utf-8: gr\xc3\xbcn \xc3"));
	CU_ASSERT(!matches("\xff\xfe latin: gr\xfcn"));
	/* A bound in the midst of a character is one after it. */
	config.regex = "b";
	config.regex_min_offset = 1;
	CU_ASSERT(matches("\xe2\x82\xac"
			  "b"));
	config.regex_max_offset = 3;
	CU_ASSERT(matches("\xe2\x82\xac"
			  "b"));
	config.regex = ".";
	config.regex_min_offset = 2;
	CU_ASSERT(!matches("\xe2\x82\xac"));
}

static char *
page_of(char c)
{
	char *page = malloc(N);

	if (page == NULL)
		abort();
	memset(page, c, N);
	return page;
}

/* A page that is cut has no end to match. */
static void
end_of_a_cut_page(void)
{
	char *page = page_of('a');

	expression("a$");
	page[N - 1] = 'b';
	CU_ASSERT_EQUAL(page_try(&config, 200, page, N - 1), VD_CHECK_GOOD);
	page[N - 1] = 'a';
	page[N - 2] = 'b';
	CU_ASSERT_EQUAL(page_try(&config, 200, page, N), VD_CHECK_BAD);
	CU_ASSERT(says(&why, "the page does not match the regular expression"));
	free(page);
}

/* Expressions that a page of the right letters would keep busy for minutes or for ages. */
static void
hostile_pages(void)
{
	static const struct {
		const char *regex, *option;
		char letter;
	} cases[] = {
			{"(a+)+[bc]", NULL, 'a'},
			{"[^b]*+[bc]", NULL, 'a'},
			{"(?=a*[bc])", NULL, 'a'},
			{"[^b]{60000}[bc]", NULL, 'a'},
			{"(.+)\\1[xy]", NULL, 'a'},
			{"(*sr:a+)[xy]", "utf", 'a'},
			{"^\\s*[xy]", "multiline", '\n'},
			{"(?:a|b|aa)*[cd]", NULL, 'a'},
	};
	char *page;

	for (size_t i = 0; i < VD_ARRAY_LEN(cases); i++) {
		page = page_of(cases[i].letter);
		expression(cases[i].regex);
		config.regex_options = &cases[i].option;
		config.n_regex_options = cases[i].option != NULL;
		CU_ASSERT_EQUAL(page_try(&config, 200, page, N), VD_CHECK_BAD);
		CU_ASSERT(says(&why,
				i + 1 < VD_ARRAY_LEN(cases)
						? "the regular expression cannot be tried on this "
						  "page: match limit exceeded"
						: "the regular expression cannot be tried on this "
						  "page: heap limit exceeded"));
		free(page);
	}
	/* Items that read much and fail. */
	page = page_of('a');
	for (size_t i = 0; i < N; i += 60000)
		page[i] = 'b';
	expression("[^b]{60000}");
	CU_ASSERT_EQUAL(page_try(&config, 200, page, N), VD_CHECK_BAD);
	CU_ASSERT(says(&why,
			"the regular expression cannot be tried on this page: match limit "
			"exceeded"));
	/* A group that is long, and almost found again in many places. */
	memset(page, 'a', N);
	page[1000] = 'q';
	for (size_t i = 2000; i < N; i += 1000)
		page[i] = 'b';
	expression("^(a+)q[ab]*?\\1[xy]");
	CU_ASSERT_EQUAL(page_try(&config, 200, page, N), VD_CHECK_BAD);
	CU_ASSERT(says(&why,
			"the regular expression cannot be tried on this page: match limit "
			"exceeded"));
	free(page);
	/* What cannot be told is not good either way. */
	expression("(a+)+[bc]");
	config.regex_no_match = true;
	CU_ASSERT_EQUAL(judge("aaaa"), VD_CHECK_GOOD);
	page = page_of('a');
	CU_ASSERT_EQUAL(page_try(&config, 200, page, N), VD_CHECK_BAD);
	free(page);
	CU_ASSERT(says(&why,
			"the regular expression cannot be tried on this page: match limit "
			"exceeded"));
}

/* And common ones on the longest of common pages, which must not come near a limit. */
static void
long_pages(void)
{
	static const char text[] =
			"<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit 12345</p>\n";
	static const char *const regexes[] = {"Welcome to .* server", "[a-z]+@[xy]", ".*[@~]OK",
			"\\w+\\s+\\w+[@~]", "<[^>]*>[xy]", "(?s).*?[@~]", "(?i)error|fatal [0-9]",
			"\\d+\\s+users?", "(?s)^<(p|b)>.*?[@~]</\\1>"};
	char *page = page_of(' ');

	for (size_t i = 0; i < N; i++)
		page[i] = text[i % (sizeof(text) - 1)];
	for (size_t i = 0; i < VD_ARRAY_LEN(regexes); i++) {
		expression(regexes[i]);
		CU_ASSERT_EQUAL(page_try(&config, 200, page, N), VD_CHECK_BAD);
		CU_ASSERT(says(&why, "the page does not match the regular expression"));
	}
	memcpy(page + N - 20, "Welcome to my server", 20);
	expression(regexes[0]);
	CU_ASSERT_EQUAL(page_try(&config, 200, page, N), VD_CHECK_GOOD);
	free(page);
	vd_strbuf_free(&why);
}

static const struct vd_test tests[] = {
		VD_TEST(match_and_none),
		VD_TEST(no_match_wanted),
		VD_TEST(the_end_of_a_page),
		VD_TEST(bytes_that_are_no_text),
		VD_TEST(captures_are_free),
		VD_TEST(offsets),
		VD_TEST(offsets_and_what_is_before),
		VD_TEST(offsets_without_a_match_wanted),
		VD_TEST(offsets_that_exclude_each_other),
		VD_TEST(option_words),
		VD_TEST(option_words_of_the_compiler),
		VD_TEST(option_words_without_effect),
		VD_TEST(unknown_options),
		VD_TEST(wrong_expressions),
		VD_TEST(invalid_utf),
		VD_TEST(end_of_a_cut_page),
		VD_TEST(hostile_pages),
		VD_TEST(long_pages),
};

VD_TEST_MAIN("check_regex", tests)
