/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_cli.h"
#include "vd_test.h"

static struct vd_cli *cli;

/* The words as the topics of help, which takes any. */
static const char *
words(const char *rest)
{
	static char out[256];
	struct vd_strbuf line = {0}, err = {0};
	struct vd_cli_call call;

	out[0] = '\0';
	vd_strbuf_printf(&line, "help %s", rest);
	if (vd_cli_parse(cli, line.s, &call, &err) == 0) {
		for (size_t i = 0; i < call.n_topics; i++) {
			strncat(out, call.topic[i], sizeof(out) - strlen(out) - 2);
			strcat(out, "|");
		}
		vd_cli_call_free(&call);
	} else {
		strncat(out, err.s, sizeof(out) - 1);
	}
	vd_strbuf_free(&line);
	vd_strbuf_free(&err);
	return out;
}

static void
test_quotes(void)
{
	CU_ASSERT_STRING_EQUAL(words("a  b\tc"), "a|b|c|");
	CU_ASSERT_STRING_EQUAL(words("a\"b\"c 'd'e"), "abc|de|");
	CU_ASSERT_STRING_EQUAL(words("\\\"a \"\\\"\" '\\'"), "\"a|\"|\\|");
	CU_ASSERT_STRING_EQUAL(words("a #b"), "a|#b|");
	CU_ASSERT_STRING_EQUAL(words("'a"), "`'a`: the quote is not closed");
}

static void
test_bounds(void)
{
	char line[VD_CLI_LINE_MAX + 8];

	CU_ASSERT_STRING_EQUAL(words("\x01"), "control character 0x01 in column 6");
	memset(line, 'x', sizeof(line));
	line[VD_CLI_LINE_MAX - 6] = '\0';
	CU_ASSERT_PTR_NULL(strstr(words(line), "longer"));
	line[VD_CLI_LINE_MAX - 6] = 'x';
	line[VD_CLI_LINE_MAX - 5] = '\0';
	CU_ASSERT_STRING_EQUAL(words(line), "the line is longer than 4095 characters");
	for (size_t i = 0; i < 80; i++)
		line[i] = i % 2 ? ' ' : 'a';
	line[80] = '\0';
	CU_ASSERT_STRING_EQUAL(words(line), "more than 32 words");
}

static void
test_join(void)
{
	char *const argv[] = {"reload", "a b", "c\"d", "", "?"};
	struct vd_strbuf out = {0};

	vd_cli_join(argv, VD_ARRAY_LEN(argv), &out);
	CU_ASSERT_STRING_EQUAL(out.s, "reload \"a b\" \"c\\\"d\" \"\" ?");
	vd_strbuf_free(&out);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_quotes),
			VD_TEST(test_bounds),
			VD_TEST(test_join),
	};
	int rc;

	cli = vd_cli_new(NULL, 0);
	rc = vd_test_main("cli_words", tests, VD_ARRAY_LEN(tests));
	vd_cli_free(cli);
	return rc;
}
