/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "vd_alloc.h"
#include "vd_compiler.h"

#include "cli_priv.h"

#define EXPECTED_MAX 64

struct vd_cli *
vd_cli_new(const struct vd_cli_command *commands, size_t n)
{
	struct vd_cli *cli = vd_xcalloc(1, sizeof(*cli));

	cli->commands = commands != NULL ? commands : vd_cli_table;
	cli->n_commands = commands != NULL ? n : VD_CLI_ID_N;
	cli_syntax_compile(cli);
	return cli;
}

void
vd_cli_free(struct vd_cli *cli)
{
	if (cli == NULL)
		return;
	for (size_t i = 0; i < cli->n_nodes; i++)
		free(cli->nodes[i].word);
	free(cli->nodes);
	free(cli->starts);
	free(cli);
}

/* Adds a node, or what a split leads to. A node that is there already keeps its first trail. */
static void
add_place(const struct vd_cli *cli, struct cli_frontier *f, uint16_t node, const uint16_t *trail)
{
	if (cli->nodes[node].type == CLI_NODE_SPLIT) {
		add_place(cli, f, cli->nodes[node].next, trail);
		add_place(cli, f, cli->nodes[node].alt, trail);
		return;
	}
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].node == node)
			return;
	if (f->n == CLI_FRONTIER_MAX)
		return;
	f->v[f->n].node = node;
	memcpy(f->v[f->n].trail, trail, sizeof(f->v[f->n].trail));
	f->n++;
}

void
cli_frontier_init(const struct vd_cli *cli, struct cli_frontier *f)
{
	static const uint16_t none[VD_CLI_WORDS_MAX];

	f->n = 0;
	for (size_t i = 0; i < cli->n_commands; i++)
		add_place(cli, f, cli->starts[i], none);
}

size_t
cli_frontier_keywords(const struct vd_cli *cli, const struct cli_frontier *f, const char *prefix,
		const char **out, size_t max)
{
	size_t n = 0, len = strlen(prefix);

	for (size_t i = 0; i < f->n; i++) {
		const struct cli_node *node = &cli->nodes[f->v[i].node];
		bool known = false;

		if (node->type != CLI_NODE_WORD || strncmp(node->word, prefix, len) != 0)
			continue;
		for (size_t k = 0; k < n && !known; k++)
			known = strcmp(out[k], node->word) == 0;
		if (!known && n < max)
			out[n++] = node->word;
	}
	return n;
}

/* The one keyword that the word is or stands for. */
static int
find_keyword(const struct vd_cli *cli, const struct cli_frontier *f, const struct cli_word *word,
		const char **keyword)
{
	const char *known[EXPECTED_MAX];
	size_t n;

	*keyword = NULL;
	if (word->quoted || word->text[0] == '\0')
		return 0;
	n = cli_frontier_keywords(cli, f, word->text, known, EXPECTED_MAX);
	for (size_t i = 0; i < n; i++)
		if (strcmp(known[i], word->text) == 0)
			*keyword = known[i];
	if (*keyword == NULL && n > 1)
		return -EEXIST;
	if (*keyword == NULL && n == 1)
		*keyword = known[0];
	return 0;
}

int
cli_frontier_step(const struct vd_cli *cli, struct cli_frontier *f, const struct cli_word *word,
		size_t at)
{
	struct cli_frontier *to = vd_xcalloc(1, sizeof(*to));
	const char *keyword;
	int ambiguous = find_keyword(cli, f, word, &keyword);
	bool whole = keyword != NULL && strcmp(keyword, word->text) == 0;
	uint16_t trail[VD_CLI_WORDS_MAX];
	int rc = 0;

	/* A whole keyword first, then a value, then a keyword cut short. */
	for (int pass = whole ? 1 : 0; pass < 2 && to->n == 0; pass++) {
		for (size_t i = 0; i < f->n; i++) {
			const struct cli_node *node = &cli->nodes[f->v[i].node];

			if (pass == 0 ? node->type != CLI_NODE_KIND ||
									!cli_kind_accepts(
											node->kind,
											word->text)
				      : node->type != CLI_NODE_WORD || keyword == NULL ||
									strcmp(node->word,
											keyword) !=
											0)
				continue;
			memcpy(trail, f->v[i].trail, sizeof(trail));
			trail[at] = f->v[i].node;
			add_place(cli, to, node->next, trail);
		}
	}
	if (to->n > 0)
		*f = *to;
	else
		rc = ambiguous != 0 ? ambiguous : -ENOENT;
	free(to);
	return rc;
}

/* "expected `a`, `b` or a number" */
static void
print_expected(const struct vd_cli *cli, const struct cli_frontier *f, struct vd_strbuf *err)
{
	const char *what[EXPECTED_MAX];
	bool quoted[EXPECTED_MAX];
	size_t n = 0, i, k;

	for (i = 0; i < f->n && n < EXPECTED_MAX; i++) {
		const struct cli_node *node = &cli->nodes[f->v[i].node];
		const char *text = node->type == CLI_NODE_WORD ? node->word
				: node->type == CLI_NODE_KIND  ? vd_cli_kind_what(node->kind)
							       : "the end of the line";

		for (k = 0; k < n && strcmp(what[k], text) != 0; k++)
			;
		if (k < n)
			continue;
		quoted[n] = node->type == CLI_NODE_WORD;
		what[n++] = text;
	}
	vd_strbuf_puts(err, "expected ");
	for (i = 0; i < n; i++) {
		vd_strbuf_puts(err, i == 0 ? "" : i + 1 < n ? ", " : " or ");
		vd_strbuf_printf(err, quoted[i] ? "`%s`" : "%s", what[i]);
	}
}

static void
report_word(const struct vd_cli *cli, const struct cli_frontier *f, const struct cli_words *w,
		size_t at, int rc, struct vd_strbuf *err)
{
	const char *known[EXPECTED_MAX];
	const char *word = w->v[at].text;
	size_t n = cli_frontier_keywords(cli, f, rc == -EEXIST ? word : "", known, EXPECTED_MAX);
	const char *near = rc == -EEXIST ? NULL : vd_nearest(word, known, n);

	vd_strbuf_putc(err, '`');
	cli_word_print(word, err);
	vd_strbuf_puts(err, "`: ");
	if (rc == -EEXIST) {
		vd_strbuf_puts(err, "may be ");
		for (size_t i = 0; i < n; i++)
			vd_strbuf_printf(err, "%s`%s`",
					i == 0                      ? ""
							: i + 1 < n ? ", "
								    : " or ",
					known[i]);
		return;
	}
	if (at == 0)
		vd_strbuf_puts(err, "no such command, ");
	print_expected(cli, f, err);
	if (near != NULL && n > 1)
		vd_strbuf_printf(err, " (did you mean `%s`?)", near);
}

/* The place at which the line may end, or NULL. */
static const struct cli_place *
find_end(const struct vd_cli *cli, const struct cli_frontier *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (cli->nodes[f->v[i].node].type == CLI_NODE_END)
			return &f->v[i];
	return NULL;
}

int
cli_bind(const struct vd_cli *cli, const struct cli_words *w, size_t n, const uint16_t *trail,
		struct vd_cli_call *call, struct vd_strbuf *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct cli_node *node = &cli->nodes[trail[i]];

		if (node->type == CLI_NODE_WORD) {
			call->json |= node->json;
			if (node->option)
				call->option = node->word;
			continue;
		}
		if (!cli_kind_bind(node->kind, w->v[i].text, node->filter, call)) {
			vd_strbuf_putc(err, '`');
			cli_word_print(i > 0 ? w->v[i - 1].text : "", err);
			vd_strbuf_puts(err, "`: given twice");
			return -EINVAL;
		}
	}
	return 0;
}

static int
parse_words(const struct vd_cli *cli, struct cli_words *w, struct vd_cli_call *call,
		struct vd_strbuf *err)
{
	struct cli_frontier *f = vd_xcalloc(1, sizeof(*f));
	const struct cli_place *end;
	int rc = 0;

	cli_frontier_init(cli, f);
	for (size_t i = 0; i < w->n && rc == 0; i++) {
		rc = cli_frontier_step(cli, f, &w->v[i], i);
		if (rc != 0)
			report_word(cli, f, w, i, rc, err);
	}
	end = rc == 0 ? find_end(cli, f) : NULL;
	if (end != NULL) {
		call->command = &cli->commands[cli->nodes[end->node].owner];
		rc = cli_bind(cli, w, w->n, end->trail, call, err);
	} else if (rc == 0) {
		vd_strbuf_puts(err, "the line ends after `");
		cli_word_print(w->v[w->n - 1].text, err);
		vd_strbuf_puts(err, "`: ");
		print_expected(cli, f, err);
		rc = -EINVAL;
	}
	free(f);
	return rc == 0 ? 0 : -EINVAL;
}

int
vd_cli_parse(const struct vd_cli *cli, const char *line, struct vd_cli_call *call,
		struct vd_strbuf *err)
{
	struct cli_words w;
	int rc;

	memset(call, 0, sizeof(*call));
	rc = cli_words_split(line, false, &w, err);
	if (rc != 0)
		return rc;
	if (w.n > 0)
		rc = parse_words(cli, &w, call, err);
	if (rc != 0) {
		cli_words_free(&w);
		memset(call, 0, sizeof(*call));
		return rc;
	}
	call->texts = w.memory;
	return 0;
}

void
vd_cli_call_free(struct vd_cli_call *call)
{
	free(call->texts);
	memset(call, 0, sizeof(*call));
}
