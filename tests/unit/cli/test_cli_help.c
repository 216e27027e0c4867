/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_cli.h"
#include "vd_test.h"

static struct vd_cli *cli;
static struct vd_strbuf out, err;

static int
help(const char *a, const char *b)
{
	const char *topic[] = {a, b};

	vd_strbuf_reset(&out);
	vd_strbuf_reset(&err);
	return vd_cli_help(cli, topic, b != NULL ? 2 : a != NULL ? 1 : 0, &out, &err);
}

static void
test_every_command_is_told(void)
{
	struct vd_strbuf syntax = {0};

	CU_ASSERT_EQUAL(help(NULL, NULL), 0);
	for (size_t i = 0; i < VD_CLI_ID_N; i++) {
		vd_strbuf_reset(&syntax);
		vd_cli_syntax_text(&vd_cli_table[i], &syntax);
		CU_ASSERT_PTR_NOT_NULL(strstr(out.s, syntax.s));
		CU_ASSERT_PTR_NULL(strchr(syntax.s, '<'));
		CU_ASSERT_PTR_NULL(strstr(syntax.s, "?"));
	}
	vd_strbuf_free(&syntax);
}

static void
test_topics(void)
{
	CU_ASSERT_EQUAL(help("services", NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "drain real-server VS RS"));
	CU_ASSERT_PTR_NULL(strstr(out.s, "show port"));
	CU_ASSERT_EQUAL(help("show", "conn"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "show connection [FILTER]... [limit N] [json]\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "show connection count [json]\n"));
	CU_ASSERT_PTR_NULL(strstr(out.s, "show config"));
	CU_ASSERT_EQUAL(help("show", "nothing"), -ENOENT);
	CU_ASSERT_EQUAL(help("fnord", NULL), -ENOENT);
	CU_ASSERT_STRING_EQUAL(err.s,
			"`fnord`: expected a command or one of the sections `status`, `ports`, "
			"`services`, `connections` and `control`");
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_every_command_is_told),
			VD_TEST(test_topics),
	};
	int rc;

	cli = vd_cli_new(NULL, 0);
	rc = vd_test_main("cli_help", tests, VD_ARRAY_LEN(tests));
	vd_strbuf_free(&out);
	vd_strbuf_free(&err);
	vd_cli_free(cli);
	return rc;
}
