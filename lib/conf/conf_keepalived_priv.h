/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_KEEPALIVED_PRIV_H
#define CONF_KEEPALIVED_PRIV_H

/*
 * The way of a keepalived.conf: file -> physical lines (vd_conf_file.c) -> expanded lines (vd_conf_expand.c,
 * vd_conf_sequence.c) -> tokens (vd_conf_token.c) -> statements in blocks (vd_conf_block.c) -> lines of words
 * (vd_conf_line.c) -> model. Everything is pushed: no stage keeps the text of the one before.
 */

#include "vd_conf.h"
#include "vd_hash.h"

#define CONF_DEPTH_INCLUDE 32
#define CONF_DEPTH_EXPAND  64
#define CONF_DEPTH_BLOCK   32
#define CONF_MAX_BYTES     ((size_t)256 << 20)
#define CONF_FILE_MAX      ((size_t)64 << 20)

struct conf_token {
	const char *text;
	uint32_t column;
	bool quoted; /* a part of it was: it is a value, not a brace or an option */
	bool open, close;
};

struct conf_tokens {
	struct conf_token *v;
	size_t n, cap;
	char *text; /* of the tokens */
	size_t size;
};

/* Splits a line at blanks and braces; column is that of its first byte, or, when fixed, of every token. */
void conf_tokenize(struct conf_tokens *t, const char *line, struct vd_place place, bool fixed,
		struct vd_diag_list *diags);
void conf_tokens_free(struct conf_tokens *t);
/* The length of line before its comment. */
size_t conf_comment_start(const char *line, size_t len);

/* A level of braces. */
enum conf_frame_kind {
	CONF_FRAME_BLOCK,
	CONF_FRAME_LINES,
	CONF_FRAME_STRINGS,
	CONF_FRAME_RAWS,
	CONF_FRAME_SKIP,
};

struct conf_frame {
	enum conf_frame_kind kind;
	struct vd_model_object *obj; /* of BLOCK: the structure; else the one that the list is in */
	const struct vd_model_field *field;
	struct vd_place place; /* of the opener */
	char title[64];        /* what a message calls it */
};

struct conf_parser {
	struct vd_model *model;
	struct vd_diag_list *diags;
	struct conf_frame stack[CONF_DEPTH_BLOCK];
	size_t depth;
	struct conf_frame pending; /* opened by the next { */
	bool is_pending, pending_optional;
	bool extra_close_said, too_deep_said, semicolon;
	size_t too_deep; /* braces beyond the stack that are open */
};

void conf_parser_start(struct conf_parser *p, struct vd_model *m, struct vd_diag_list *diags);
/* One line of tokens; place.column is ignored. */
void conf_parser_line(
		struct conf_parser *p, const struct conf_token *t, size_t n, struct vd_place place);
void conf_parser_end(struct conf_parser *p);

/*
 * Fills obj from words: positions in order, options by name. head: the head of a block, where only HEAD words are
 * options. 0, or -EINVAL when a word was wrong (said in diags).
 */
int conf_line_words(struct vd_model_object *obj, const struct conf_token *w, size_t n,
		struct vd_place place, bool head, struct vd_diag_list *diags);
void
conf_say_extra(const struct vd_model_block *context, const char *after, const struct conf_token *w,
		size_t n, struct vd_place place, struct vd_diag_list *diags);

struct conf_def {
	char *name, *value; /* lines divided by \n */
};

struct conf_file {
	const char *path;
	char *dir;
	struct conf_file *parent;
	unsigned int check; /* include_check */
};

enum {
	CONF_CHECK_READABLE = 1,
	CONF_CHECK_MATCH = 2,
	CONF_CHECK_WILDCARD = 4,
	CONF_CHECK_BRACE = 8,
	CONF_CHECK_ALL = 15,
};

struct conf_reader {
	const struct vd_conf_source *src;
	const struct vd_conf_options *opt;
	struct vd_model *model;
	struct vd_diag_list *diags;
	struct conf_parser parser;
	struct conf_tokens tokens;
	char config_id[256];
	VD_VEC(struct conf_def) defs;
	struct conf_file *file;
	unsigned int include_depth;
	size_t left; /* bytes of expanded text that may still come */
	bool stop;   /* an explosion: nothing more is read */
	struct vd_rng rng;
	bool seeded;
};

/* Reads a file line by line; -errno if it cannot be read. */
int conf_file_read(struct conf_reader *r, const char *path);
/* An include word and its argument. True if the line was one. */
bool
conf_include(struct conf_reader *r, const struct conf_token *t, size_t n, struct vd_place place);
/* include_check [OPTIONS] */
void conf_include_check(
		struct conf_reader *r, const struct conf_token *t, size_t n, struct vd_place place);

/* One line: conditions, definitions, sequences and parameters, then tokens. fixed: columns are lost. */
void conf_expand(struct conf_reader *r, const char *line, struct vd_place place, bool fixed,
		unsigned int depth);
/* Charges bytes to the budget; false, with one error, when it is used up. */
bool conf_charge(struct conf_reader *r, size_t bytes, struct vd_place place);
void conf_define(struct conf_reader *r, const char *name, size_t name_len, const char *value);
/* Replaces parameters; false: the text now has several lines and was not replaced to its end. */
bool conf_substitute(struct conf_reader *r, const char *line, struct vd_place place, bool *changed,
		struct vd_strbuf *out);
/* Is this $NAME=? Then the length of NAME, else 0. */
size_t conf_definition_name(const char *line);
/* ~SEQ, ~SEQx, ~LST at the start of line. True if it was one. */
bool
conf_sequence(struct conf_reader *r, const char *line, struct vd_place place, unsigned int depth);

#endif
