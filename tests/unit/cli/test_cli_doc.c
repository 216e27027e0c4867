/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "vd_cli.h"
#include "vd_test.h"

/* The documents in the tree are what the table makes: scripts/commands.sh writes them. */
static void
compare(const char *name, void (*make)(const struct vd_cli *cli, struct vd_strbuf *out))
{
	struct vd_cli *cli = vd_cli_new(NULL, 0);
	struct vd_strbuf made = {0}, found = {0};
	char path[512], buf[4096];
	size_t n;
	FILE *f;

	make(cli, &made);
	snprintf(path, sizeof(path), "%s/docs/%s", VD_SOURCE_ROOT, name);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL(f);
	if (f != NULL) {
		while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
			vd_strbuf_add(&found, buf, n);
		fclose(f);
		CU_ASSERT_TRUE(made.len == found.len && memcmp(made.s, found.s, made.len) == 0);
		if (made.len != found.len || memcmp(made.s, found.s, made.len) != 0)
			printf("\n%s is not what the table makes: run scripts/commands.sh\n", path);
	}
	vd_strbuf_free(&made);
	vd_strbuf_free(&found);
	vd_cli_free(cli);
}

static void
test_markdown(void)
{
	compare("commands.md", vd_cli_doc_markdown);
}

static void
test_man(void)
{
	compare("vipctl.1", vd_cli_doc_man);
}

static const struct vd_test tests[] = {
		VD_TEST(test_markdown),
		VD_TEST(test_man),
};

VD_TEST_MAIN("cli_doc", tests)
