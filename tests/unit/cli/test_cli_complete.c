/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "vd_cli.h"
#include "vd_test.h"

static struct vd_cli *cli;
static struct vd_strbuf text;

static void
values(void *ctx, enum vd_cli_kind kind, const struct vd_cli_call *before,
		struct vd_cli_candidates *out)
{
	(void)ctx;
	if (kind == VD_CLI_KIND_PORT) {
		vd_cli_candidate_add(out, "eth0", "up");
		vd_cli_candidate_add(out, "eth1", "down");
		vd_cli_candidate_add(out, "my port", NULL);
	}
	if (kind == VD_CLI_KIND_SERVICE) {
		vd_cli_candidate_add(out, "tcp:192.0.2.1:80", NULL);
		vd_cli_candidate_add(out, "tcp:192.0.2.2:80", NULL);
	}
	/* Servers of the service that stands before them. */
	if (kind == VD_CLI_KIND_RS && before->vs.form == VD_CLI_VS_ENDPOINT)
		vd_cli_candidate_add(
				out, before->vs.endpoint.port == 80 ? "10.0.0.1:80" : "?", NULL);
	if (kind == VD_CLI_KIND_RS && before->filter.vs.form == VD_CLI_VS_GROUP)
		vd_cli_candidate_add(out, "10.0.0.9:80", before->filter.vs.group);
}

/* "word word <KIND> ." and what TAB would add. */
static const char *
complete(const char *line)
{
	static const struct vd_cli_lookup lookup = {values, NULL};
	struct vd_cli_candidates c;

	vd_cli_complete(cli, line, &lookup, &c);
	vd_strbuf_reset(&text);
	vd_strbuf_puts(&text, "");
	for (size_t i = 0; i < c.list.n; i++) {
		if (c.list.v[i].type == VD_CLI_CANDIDATE_PLACEHOLDER)
			vd_strbuf_printf(&text, "<%s> ", c.list.v[i].text);
		else
			vd_strbuf_printf(&text, "%s ", c.list.v[i].text);
	}
	vd_strbuf_putc(&text, '+');
	vd_cli_candidates_extend(&c, line, &text);
	vd_cli_candidates_free(&c);
	return text.s;
}

static void
test_words(void)
{
	CU_ASSERT_STRING_EQUAL(complete("sh"), "show +ow ");
	CU_ASSERT_STRING_EQUAL(complete("st"), "start stop +");
	CU_ASSERT_STRING_EQUAL(complete("show conn"), "connection +ection ");
	CU_ASSERT_STRING_EQUAL(complete("show connection c"), "client count +");
	CU_ASSERT_STRING_EQUAL(complete("sh vi ra"), "rate <VS> +te ");
	CU_ASSERT_STRING_EQUAL(complete("clear "), "stats +stats ");
	CU_ASSERT_STRING_EQUAL(complete("nonsense "), "+");
	CU_ASSERT_STRING_EQUAL(complete("show nonsense s"), "+");
	CU_ASSERT_STRING_EQUAL(complete("start "), "<Enter> +");
}

static void
test_values(void)
{
	CU_ASSERT_STRING_EQUAL(
			complete("show port "), "json eth0 eth1 \"my port\" <NAME> <Enter> +");
	CU_ASSERT_STRING_EQUAL(complete("show port e"), "eth0 eth1 <NAME> +th");
	CU_ASSERT_STRING_EQUAL(complete("show port eth1"), "eth1 <NAME> + ");
	CU_ASSERT_STRING_EQUAL(complete("drain real-server tcp:192.0.2."),
			"tcp:192.0.2.1:80 tcp:192.0.2.2:80 <VS> +");
	CU_ASSERT_STRING_EQUAL(complete("drain real-server 192.0.2.1:80 "),
			"10.0.0.1:80 <RS> +10.0.0.1:80");
	CU_ASSERT_STRING_EQUAL(complete("show connection vs group web rs 10"),
			"10.0.0.9:80 <RS> +.0.0.9:80 ");
	CU_ASSERT_STRING_EQUAL(complete("show port \"my"), "\"my port\" <NAME> + port\" ");
}

static void
test_start_and_print(void)
{
	struct vd_cli_candidates c;

	vd_cli_complete(cli, "show connection sta", NULL, &c);
	CU_ASSERT_EQUAL(c.start, 16);
	vd_strbuf_reset(&text);
	vd_cli_candidates_print(&c, &text);
	CU_ASSERT_STRING_EQUAL(text.s, "  state  a state of a connection\n");
	vd_cli_candidates_free(&c);
	vd_cli_complete(cli, "show ", NULL, &c);
	CU_ASSERT_EQUAL(c.start, 5);
	vd_cli_candidates_free(&c);
}

static void
test_question(void)
{
	CU_ASSERT_TRUE(vd_cli_is_question("?"));
	CU_ASSERT_TRUE(vd_cli_is_question("show ?"));
	CU_ASSERT_TRUE(vd_cli_is_question("show \"a\" ? "));
	CU_ASSERT_FALSE(vd_cli_is_question("show"));
	CU_ASSERT_FALSE(vd_cli_is_question(""));
	CU_ASSERT_FALSE(vd_cli_is_question("reload \"what?"));
	CU_ASSERT_FALSE(vd_cli_is_question("reload \"what?\""));
	CU_ASSERT_FALSE(vd_cli_is_question("reload what\\?"));
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_words),
			VD_TEST(test_values),
			VD_TEST(test_start_and_print),
			VD_TEST(test_question),
	};
	int rc;

	cli = vd_cli_new(NULL, 0);
	rc = vd_test_main("cli_complete", tests, VD_ARRAY_LEN(tests));
	vd_strbuf_free(&text);
	vd_cli_free(cli);
	return rc;
}
