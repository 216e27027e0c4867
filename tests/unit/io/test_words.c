/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_io_child.h"
#include "vd_test.h"

/* The words, each in brackets; "EINVAL" where there are none. */
static void
check(const char *line, const char *want)
{
	char got[256] = "";
	size_t n = 0, seen = 0;
	char **words;

	errno = 0;
	words = vd_io_words_split(line, &n);
	if (words == NULL) {
		CU_ASSERT(errno == EINVAL);
		strcpy(got, "EINVAL");
	} else {
		for (; words[seen] != NULL; seen++) {
			strcat(got, "[");
			strcat(got, words[seen]);
			strcat(got, "]");
		}
		CU_ASSERT(seen == n);
		free(words);
	}
	if (strcmp(got, want) != 0)
		printf("\n  %s -> %s, not %s ", line, got, want);
	CU_ASSERT_STRING_EQUAL(got, want);
}

static void
test_blanks(void)
{
	check("/bin/a", "[/bin/a]");
	check("  /bin/a\tb   c ", "[/bin/a][b][c]");
	check("a b c d e f g", "[a][b][c][d][e][f][g]");
}

static void
test_quotes(void)
{
	check("/bin/a 'two words' \"three more words\"", "[/bin/a][two words][three more words]");
	check("a x'y z'\"w w\"v", "[a][xy zw wv]");
	check("a '' \"\"", "[a][][]");
	check("'/opt/my scripts/a' b", "[/opt/my scripts/a][b]");
	check("a \"it's\" '\"'", "[a][it's][\"]");
}

static void
test_escapes(void)
{
	check("a b\\ c \\\" \\' \\\\", "[a][b c][\"]['][\\]");
	check("a \"x\\\"y\" \"\\\\\" \"\\n\"", "[a][x\"y][\\][\\n]");
	check("a 'x\\y'", "[a][x\\y]");
	check("a\\", "[a\\]");
}

static void
test_no_words(void)
{
	check("", "EINVAL");
	check("  \t", "EINVAL");
	check("a 'b", "EINVAL");
	check("a \"b c", "EINVAL");
}

static const struct vd_test tests[] = {
		VD_TEST(test_blanks),
		VD_TEST(test_quotes),
		VD_TEST(test_escapes),
		VD_TEST(test_no_words),
};

VD_TEST_MAIN("io/words", tests)
