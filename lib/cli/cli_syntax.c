/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "vd_alloc.h"

#include "cli_priv.h"

/* What the kinds of more than one word stand for. (a b) groups words inside an alternative. */
#define VS_SYNTAX "<SERVICE>|(fwmark <FWMARK>)|(group <GROUP>)"
#define FILTERS_SYNTAX \
	"[(vs <VS>)|(rs <RS>)|(client <CLIENT>)|(state <STATE>)|(worker <WORKER>)|(limit " \
	"<LIMIT>)]..."
#define TOKENS_MAX 16

struct compiler {
	struct vd_cli *cli;
	uint16_t owner;
	bool filter;
};

static uint16_t compile_line(struct compiler *c, const char *s, size_t len, uint16_t next);

static void __attribute__((noreturn)) bad_syntax(const char *s, size_t len)
{
	fprintf(stderr, "vd_cli: bad syntax line near `%.*s`\n", (int)len, s);
	abort();
}

const char *
cli_syntax_token_end(const char *s)
{
	int depth = 0;

	for (; *s != '\0' && (depth > 0 || *s != ' '); s++) {
		if (*s == '[' || *s == '(' || *s == '<')
			depth++;
		else if (*s == ']' || *s == ')' || *s == '>')
			depth--;
	}
	return s;
}

static uint16_t
add_node(struct compiler *c, enum cli_node_type type, uint16_t next)
{
	struct vd_cli *cli = c->cli;
	struct cli_node *n;

	if (cli->n_nodes == CLI_NODES_MAX)
		bad_syntax("too many", 8);
	n = &cli->nodes[cli->n_nodes];
	n->type = type;
	n->next = next;
	n->alt = CLI_NONE;
	n->owner = c->owner;
	n->filter = c->filter;
	return (uint16_t)cli->n_nodes++;
}

static uint16_t
compile_kind(struct compiler *c, const char *s, size_t len, uint16_t next)
{
	/* clang-format off */
	static const char *const ids[] = {
#define VD_X(id, name, what) #id,
		VD_CLI_KINDS(VD_X)
#undef VD_X
	};
	/* clang-format on */
	uint16_t node;

	if (len == 2 && memcmp(s, "VS", 2) == 0)
		return compile_line(c, VS_SYNTAX, strlen(VS_SYNTAX), next);
	if (len == 7 && memcmp(s, "FILTERS", 7) == 0) {
		c->filter = true;
		node = compile_line(c, FILTERS_SYNTAX, strlen(FILTERS_SYNTAX), next);
		c->filter = false;
		return node;
	}
	for (unsigned int k = 0; k < VD_CLI_KIND_N; k++) {
		if (strlen(ids[k]) != len || memcmp(ids[k], s, len) != 0)
			continue;
		node = add_node(c, CLI_NODE_KIND, next);
		c->cli->nodes[node].kind = (enum vd_cli_kind)k;
		return node;
	}
	bad_syntax(s, len);
}

/* One alternative: a word, <KIND> or (a line). */
static uint16_t
compile_atom(struct compiler *c, const char *s, size_t len, bool option, uint16_t next)
{
	uint16_t node;

	if (len == 0)
		bad_syntax(s, len);
	if (s[0] == '(')
		return compile_line(c, s + 1, len - 2, next);
	if (s[0] == '<')
		return compile_kind(c, s + 1, len - 2, next);
	node = add_node(c, CLI_NODE_WORD, next);
	c->cli->nodes[node].word = vd_xstrndup(s, len);
	c->cli->nodes[node].option = option;
	return node;
}

/* a|b|c, from the last one on, so that the split for a is made last. */
static uint16_t
compile_alternatives(struct compiler *c, const char *s, size_t len, uint16_t next)
{
	int depth = 0;
	uint16_t node;
	size_t i;

	for (i = 0; i < len && (depth > 0 || s[i] != '|'); i++) {
		if (s[i] == '[' || s[i] == '(' || s[i] == '<')
			depth++;
		else if (s[i] == ']' || s[i] == ')' || s[i] == '>')
			depth--;
	}
	if (i == len)
		return compile_atom(c, s, len, false, next);
	node = add_node(c, CLI_NODE_SPLIT, CLI_NONE);
	c->cli->nodes[node].next = compile_atom(c, s, i, true, next);
	s += i + 1;
	len -= i + 1;
	if (memchr(s, '|', len) == NULL)
		c->cli->nodes[node].alt = compile_atom(c, s, len, true, next);
	else
		c->cli->nodes[node].alt = compile_alternatives(c, s, len, next);
	return node;
}

/* [..] or [..]... */
static uint16_t
compile_optional(struct compiler *c, const char *s, size_t len, uint16_t next)
{
	bool repeat = len > 3 && memcmp(s + len - 3, "...", 3) == 0;
	uint16_t split = add_node(c, CLI_NODE_SPLIT, CLI_NONE);

	if (repeat)
		len -= 3;
	if (len < 3 || s[len - 1] != ']')
		bad_syntax(s, len);
	c->cli->nodes[split].alt = next;
	c->cli->nodes[split].next = compile_line(c, s + 1, len - 2, repeat ? split : next);
	return split;
}

/* From the last token to the first: each is compiled with the start of what follows it. */
static uint16_t
compile_line(struct compiler *c, const char *s, size_t len, uint16_t next)
{
	const char *token[TOKENS_MAX];
	size_t token_len[TOKENS_MAX], n = 0;
	const char *end = s + len;

	while (s < end) {
		const char *e = cli_syntax_token_end(s);

		if (e > end)
			e = end;
		if (n == TOKENS_MAX)
			bad_syntax(s, len);
		token[n] = s;
		token_len[n++] = (size_t)(e - s);
		s = e < end ? e + 1 : e;
	}
	while (n-- > 0) {
		if (token[n][0] == '[')
			next = compile_optional(c, token[n], token_len[n], next);
		else
			next = compile_alternatives(c, token[n], token_len[n], next);
	}
	return next;
}

void
cli_syntax_compile(struct vd_cli *cli)
{
	cli->nodes = vd_xcalloc(CLI_NODES_MAX, sizeof(*cli->nodes));
	cli->starts = vd_xcalloc(cli->n_commands, sizeof(*cli->starts));
	for (size_t i = 0; i < cli->n_commands; i++) {
		const struct vd_cli_command *cmd = &cli->commands[i];
		struct compiler c = {.cli = cli, .owner = (uint16_t)i};
		uint16_t end = add_node(&c, CLI_NODE_END, CLI_NONE);

		if (cmd->flags & VD_CLI_JSON) {
			uint16_t word = add_node(&c, CLI_NODE_WORD, end);
			uint16_t split = add_node(&c, CLI_NODE_SPLIT, end);

			cli->nodes[word].word = vd_xstrdup("json");
			cli->nodes[word].json = true;
			cli->nodes[split].alt = word;
			end = split;
		}
		cli->starts[i] = compile_line(&c, cmd->syntax, strlen(cmd->syntax), end);
	}
}
