/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "vd_alloc.h"

#include "cli_priv.h"

#define KEYWORDS_MAX 64

static void
add(struct vd_cli_candidates *c, enum vd_cli_candidate_type type, char *text, const char *help)
{
	struct vd_cli_candidate *n = vd_vec_add(&c->list);

	n->type = type;
	n->text = text;
	n->help = vd_xstrdup(help == NULL ? "" : help);
}

void
vd_cli_candidate_add(struct vd_cli_candidates *c, const char *value, const char *help)
{
	struct vd_strbuf quoted = {0};

	if (c->prefix == NULL || strncmp(value, c->prefix, strlen(c->prefix)) != 0)
		return;
	cli_word_quote(value, &quoted);
	for (size_t i = 0; i < c->list.n; i++) {
		if (strcmp(c->list.v[i].text, quoted.s) == 0) {
			vd_strbuf_free(&quoted);
			return;
		}
	}
	add(c, VD_CLI_CANDIDATE_WORD, vd_strbuf_take(&quoted), help);
}

void
vd_cli_candidates_free(struct vd_cli_candidates *c)
{
	for (size_t i = 0; i < c->list.n; i++) {
		free(c->list.v[i].text);
		free(c->list.v[i].help);
	}
	vd_vec_free(&c->list);
}

/*
 * What a keyword is for: the value that must follow it, or the help of its command if it has but one, or the words that
 * may follow.
 */
static void
keyword_help(const struct vd_cli *cli, const struct cli_frontier *f, const char *keyword,
		struct vd_strbuf *out)
{
	struct cli_frontier *after = vd_xcalloc(1, sizeof(*after));
	struct cli_word word = {.text = vd_xstrdup(keyword)};
	const char *known[KEYWORDS_MAX];
	uint16_t owner = CLI_NONE;
	bool end = false, json = false;
	size_t n;

	*after = *f;
	if (cli_frontier_step(cli, after, &word, 0) == 0)
		owner = cli->nodes[after->v[0].node].owner;
	for (size_t i = 0; i < after->n; i++) {
		const struct cli_node *node = &cli->nodes[after->v[i].node];

		end |= node->type == CLI_NODE_END;
		json |= cli->nodes[after->v[i].trail[0]].json;
		if (node->owner != owner)
			owner = CLI_NONE;
	}
	if (json) {
		vd_strbuf_puts(out, "one JSON object instead of text");
	} else if (owner == CLI_NONE) {
		n = cli_frontier_keywords(cli, after, "", known, KEYWORDS_MAX);
		for (size_t i = 0; i < n; i++)
			vd_strbuf_printf(out, "%s%s", i == 0 ? "" : ", ", known[i]);
	} else if (!end && cli->nodes[after->v[0].node].type == CLI_NODE_KIND) {
		vd_strbuf_puts(out, vd_cli_kind_what(cli->nodes[after->v[0].node].kind));
	} else {
		vd_strbuf_puts(out, cli->commands[owner].help);
	}
	free(word.text);
	free(after);
}

static void
add_keywords(const struct vd_cli *cli, const struct cli_frontier *f, struct vd_cli_candidates *out)
{
	const char *known[KEYWORDS_MAX];
	size_t n = cli_frontier_keywords(cli, f, out->prefix, known, KEYWORDS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct vd_strbuf help = {0};

		keyword_help(cli, f, known[i], &help);
		add(out, VD_CLI_CANDIDATE_WORD, vd_xstrdup(known[i]), help.s);
		vd_strbuf_free(&help);
	}
}

/* The values that the lookup knows, then the placeholder itself. */
static void
add_values(const struct vd_cli *cli, const struct cli_words *w, size_t n,
		const struct cli_place *place, const struct vd_cli_lookup *lookup,
		struct vd_cli_candidates *out)
{
	enum vd_cli_kind kind = cli->nodes[place->node].kind;
	struct vd_cli_call before = {0};
	struct vd_strbuf err = {0};
	char *text;

	before.command = &cli->commands[cli->nodes[place->node].owner];
	if (lookup != NULL && cli_bind(cli, w, n, place->trail, &before, &err) == 0)
		lookup->values(lookup->ctx, kind, &before, out);
	vd_strbuf_free(&err);
	text = vd_xstrdup(vd_cli_kind_name(kind));
	for (size_t i = 0; i < out->list.n; i++) {
		if (out->list.v[i].type == VD_CLI_CANDIDATE_PLACEHOLDER &&
				strcmp(out->list.v[i].help, vd_cli_kind_what(kind)) == 0) {
			free(text);
			return;
		}
	}
	add(out, VD_CLI_CANDIDATE_PLACEHOLDER, text, vd_cli_kind_what(kind));
}

static void
complete(const struct vd_cli *cli, const struct cli_words *w, size_t n, const struct cli_word *last,
		const struct vd_cli_lookup *lookup, struct vd_cli_candidates *out)
{
	struct cli_frontier *f = vd_xcalloc(1, sizeof(*f));
	size_t i;

	cli_frontier_init(cli, f);
	for (i = 0; i < n; i++)
		if (cli_frontier_step(cli, f, &w->v[i], i) != 0)
			break;
	if (i == n) {
		if (last == NULL || !last->quoted)
			add_keywords(cli, f, out);
		for (i = 0; i < f->n; i++) {
			enum cli_node_type type = cli->nodes[f->v[i].node].type;

			if (type == CLI_NODE_KIND)
				add_values(cli, w, n, &f->v[i], lookup, out);
			else if (type == CLI_NODE_END && last == NULL && n > 0)
				add(out, VD_CLI_CANDIDATE_END, vd_xstrdup("<Enter>"),
						cli->commands[cli->nodes[f->v[i].node].owner].help);
		}
	}
	free(f);
}

void
vd_cli_complete(const struct vd_cli *cli, const char *line, const struct vd_cli_lookup *lookup,
		struct vd_cli_candidates *out)
{
	struct vd_strbuf err = {0};
	const struct cli_word *last;
	struct cli_words w;

	memset(out, 0, sizeof(*out));
	out->start = strlen(line);
	if (cli_words_split(line, true, &w, &err) == 0) {
		last = w.open ? &w.v[w.n - 1] : NULL;
		out->prefix = last == NULL ? "" : last->text;
		if (last != NULL)
			out->start = last->start;
		complete(cli, &w, last == NULL ? w.n : w.n - 1, last, lookup, out);
		out->prefix = NULL;
		cli_words_free(&w);
	}
	vd_strbuf_free(&err);
}

void
vd_cli_candidates_extend(const struct vd_cli_candidates *c, const char *line, struct vd_strbuf *out)
{
	size_t begun = strlen(line) - VD_MIN(c->start, strlen(line));
	size_t words = 0, common = 0;
	const char *first = NULL;
	bool open = false;

	for (size_t i = 0; i < c->list.n; i++) {
		const char *text = c->list.v[i].text;
		size_t same = 0;

		if (c->list.v[i].type == VD_CLI_CANDIDATE_PLACEHOLDER)
			open = true;
		if (c->list.v[i].type != VD_CLI_CANDIDATE_WORD)
			continue;
		if (words++ == 0) {
			first = text;
			common = strlen(text);
			continue;
		}
		while (same < common && text[same] == first[same])
			same++;
		common = same;
	}
	/* A word whose quoting differs from what was typed is left to the user. */
	if (words == 0 || common < begun || strncmp(first, line + c->start, begun) != 0)
		return;
	vd_strbuf_add(out, first + begun, common - begun);
	if (words == 1 && first[common] == '\0' && !(open && begun == 0))
		vd_strbuf_putc(out, ' ');
}

void
vd_cli_candidates_print(const struct vd_cli_candidates *c, struct vd_strbuf *out)
{
	size_t width = 0;

	for (size_t i = 0; i < c->list.n; i++)
		width = VD_MAX(width, strlen(c->list.v[i].text));
	for (size_t i = 0; i < c->list.n; i++) {
		const struct vd_cli_candidate *k = &c->list.v[i];

		if (k->help[0] == '\0')
			vd_strbuf_printf(out, "  %s\n", k->text);
		else
			vd_strbuf_printf(out, "  %-*s  %s\n", (int)width, k->text, k->help);
	}
}
