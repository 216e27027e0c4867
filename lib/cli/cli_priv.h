/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_PRIV_H
#define CLI_PRIV_H

/*
 * A command's syntax line becomes a small automaton. All commands are walked at once, word by word: the frontier is
 * the set of places where the next word may stand. What is expected at a wrong word, what completes a word and what
 * `?` prints are all read off the frontier.
 */

#include "vd_cli.h"

#define CLI_NODES_MAX    1024
#define CLI_FRONTIER_MAX 128
#define CLI_NONE         UINT16_MAX

enum cli_node_type {
	CLI_NODE_WORD,
	CLI_NODE_KIND,
	CLI_NODE_SPLIT,
	CLI_NODE_END,
};

struct cli_node {
	enum cli_node_type type;
	enum vd_cli_kind kind;
	bool option;    /* a word of a|b: kept in the call */
	bool filter;    /* inside <FILTERS>: bound into the filter */
	bool json;      /* the trailing word of a command with a JSON form */
	uint16_t next;  /* CLI_NONE at the end */
	uint16_t alt;   /* of a split */
	uint16_t owner; /* index of the command */
	char *word;
};

struct vd_cli {
	const struct vd_cli_command *commands;
	size_t n_commands;
	struct cli_node *nodes;
	size_t n_nodes;
	uint16_t *starts; /* first node of each command */
};

struct cli_word {
	char *text;   /* unquoted */
	size_t start; /* offset in the line */
	bool quoted;
};

struct cli_words {
	struct cli_word v[VD_CLI_WORDS_MAX];
	size_t n;
	char *memory;
	bool open; /* the line ends inside the last word: no blank after it */
};

struct cli_place {
	uint16_t node;
	uint16_t trail[VD_CLI_WORDS_MAX]; /* the node that each word so far matched */
};

struct cli_frontier {
	struct cli_place v[CLI_FRONTIER_MAX];
	size_t n;
};

/*
 * Splits a line. With lenient an open quote ends at the end of the line, as while typing. 0, or -EINVAL with err.
 */
int cli_words_split(const char *line, bool lenient, struct cli_words *out, struct vd_strbuf *err);
void cli_words_free(struct cli_words *w);
/* A word of the user in a message: shortened, control characters replaced. */
void cli_word_print(const char *word, struct vd_strbuf *out);
/* Quoted if the parser would otherwise not read it as one plain word. */
void cli_word_quote(const char *word, struct vd_strbuf *out);

const char *cli_section_title(enum vd_cli_section s);

/* Compiles every command of the table into cli->nodes. */
void cli_syntax_compile(struct vd_cli *cli);
/* The end of the token that starts at s: brackets and parentheses belong together. */
const char *cli_syntax_token_end(const char *s);

/* All places where a first word may stand. */
void cli_frontier_init(const struct vd_cli *cli, struct cli_frontier *f);
/* Moves over word number at. 0, -ENOENT for a word that fits nowhere, -EEXIST for an ambiguous one. f is kept then. */
int cli_frontier_step(const struct vd_cli *cli, struct cli_frontier *f, const struct cli_word *word,
		size_t at);
/* Distinct keywords that may stand here and begin with prefix: how many, up to max of them. */
size_t cli_frontier_keywords(const struct vd_cli *cli, const struct cli_frontier *f,
		const char *prefix, const char **out, size_t max);
/* Fills the call from the words and the nodes they matched. 0, or -EINVAL with err. */
int cli_bind(const struct vd_cli *cli, const struct cli_words *w, size_t n, const uint16_t *trail,
		struct vd_cli_call *call, struct vd_strbuf *err);

/* Whether the word is a value of the kind. */
bool cli_kind_accepts(enum vd_cli_kind kind, const char *word);
/* Stores a value that was accepted; false if the same filter was given before. */
bool cli_kind_bind(enum vd_cli_kind kind, const char *word, bool filter, struct vd_cli_call *call);

#endif
