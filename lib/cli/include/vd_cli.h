/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CLI_H
#define VD_CLI_H

/*
 * The language of the console: one line in, one typed call out, or one sentence that names the wrong word and what
 * was expected in its place. Completion and help come from the same table (vd_cli_commands.h).
 *
 * A line is words separated by blanks. "..." and '...' make one word of what they enclose, a backslash takes the next
 * character as it is (not inside '...'). A quoted word is never a keyword. A line that starts with # is a comment. A keyword may be
 * cut short as long as only one fits in its place ("sh port", "sh vi st"); a whole keyword always wins over longer ones.
 *
 * Pure: no system calls, no DPDK. A struct vd_cli is immutable after vd_cli_new(); any thread may parse with it.
 * Ports are in host order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_cli_commands.h"
#include "vd_strbuf.h"
#include "vd_vec.h"

#define VD_CLI_LINE_MAX  4096 /* bytes of a line, its NUL included */
#define VD_CLI_WORDS_MAX 32

enum vd_cli_flags {
	VD_CLI_JSON = 1, /* has a JSON form */
};

enum vd_cli_section {
#define VD_X(id, name, title) VD_CLI_SECTION_##id,
	VD_CLI_SECTIONS(VD_X)
#undef VD_X
	VD_CLI_SECTION_N
};

enum vd_cli_kind {
#define VD_X(id, name, what) VD_CLI_KIND_##id,
	VD_CLI_KINDS(VD_X)
#undef VD_X
	VD_CLI_KIND_N
};

enum vd_cli_id {
#define VD_X(id, syntax, section, flags, help, more) VD_CLI_##id,
	VD_CLI_COMMANDS(VD_X)
#undef VD_X
	VD_CLI_ID_N
};

struct vd_cli_command {
	int id; /* enum vd_cli_id in the table of vipd */
	const char *syntax;
	enum vd_cli_section section;
	unsigned int flags;
	const char *help; /* a line */
	const char *more; /* sentences, or NULL */
};

/* The table of vd_cli_commands.h, VD_CLI_ID_N long, indexed by id. */
extern const struct vd_cli_command vd_cli_table[];

enum vd_cli_vs_form {
	VD_CLI_VS_NONE,
	VD_CLI_VS_ENDPOINT,
	VD_CLI_VS_FWMARK,
	VD_CLI_VS_GROUP,
};

struct vd_cli_vs {
	enum vd_cli_vs_form form;
	uint8_t protocol; /* enum vd_protocol; 0 = not said */
	struct vd_endpoint endpoint;
	uint32_t fwmark;
	const char *group;
};

/* Conditions of `show connection`; all that are given must hold. */
struct vd_cli_filter {
	struct vd_cli_vs vs;
	bool has_rs, has_client, has_worker;
	struct vd_endpoint rs;
	struct vd_prefix client;
	const char *state; /* NULL = any; not checked here: the connection table knows its states */
	uint32_t worker;
	uint32_t limit; /* 0 = not given */
};

/* One parsed line. Texts belong to it. */
struct vd_cli_call {
	const struct vd_cli_command *command; /* NULL: an empty line or a comment */
	bool json;
	const char *option; /* the word chosen of a|b: "tcp", "stats", "default"; NULL = none */
	bool has_number, has_rs;
	uint32_t number; /* of LINES, WEIGHT, PRIORITY */
	struct vd_cli_vs vs;
	struct vd_endpoint rs;
	struct vd_endpoint source, destination;
	const char *name; /* of PORT, INSTANCE or FILE; NULL = not given */
	struct vd_cli_filter filter;
	const char *topic[VD_CLI_WORDS_MAX]; /* of help */
	size_t n_topics;
	char *texts; /* private */
};

struct vd_cli;

/* With commands NULL, vipd's own table. Ends the process on a syntax line that it cannot read: a bug, not an input. */
struct vd_cli *vd_cli_new(const struct vd_cli_command *commands, size_t n);
void vd_cli_free(struct vd_cli *cli);

/*
 * 0, or -EINVAL with one line without a newline in err. On 0 the call is freed by vd_cli_call_free().
 */
int vd_cli_parse(const struct vd_cli *cli, const char *line, struct vd_cli_call *call,
		struct vd_strbuf *err);
void vd_cli_call_free(struct vd_cli_call *call);

/* Joins argv to a line that parses to the same words. */
void vd_cli_join(char *const *argv, size_t n, struct vd_strbuf *out);

/* ---- completion ---- */

enum vd_cli_candidate_type {
	VD_CLI_CANDIDATE_WORD, /* a keyword, or a value that the lookup knows */
	VD_CLI_CANDIDATE_PLACEHOLDER, /* a value of this kind goes here; text is its name in a syntax line */
	VD_CLI_CANDIDATE_END, /* the line is complete here */
};

struct vd_cli_candidate {
	enum vd_cli_candidate_type type;
	char *text; /* as it is to be typed, quoted where needed */
	char *help;
};

struct vd_cli_candidates {
	VD_VEC(struct vd_cli_candidate) list;
	size_t start; /* offset in the line of the word that a candidate replaces */
	/* private: what the word begun so far is */
	const char *prefix;
};

/* Adds one value if it begins with the word begun so far; help may be NULL. */
void vd_cli_candidate_add(struct vd_cli_candidates *c, const char *value, const char *help);
void vd_cli_candidates_free(struct vd_cli_candidates *c);

/* Names the values that exist of a kind, with vd_cli_candidate_add(). before holds what stands left of it. */
struct vd_cli_lookup {
	void (*values)(void *ctx, enum vd_cli_kind kind, const struct vd_cli_call *before,
			struct vd_cli_candidates *out);
	void *ctx;
};

/* What may stand at the end of line in place of its last word. A line that is wrong before has no candidates. */
void vd_cli_complete(const struct vd_cli *cli, const char *line, const struct vd_cli_lookup *lookup,
		struct vd_cli_candidates *out);

/* What TAB adds: the longest text that all words share beyond the one begun, and a blank when there is only one. */
void vd_cli_candidates_extend(
		const struct vd_cli_candidates *c, const char *line, struct vd_strbuf *add);
/* What `?` prints: a line for each candidate. */
void vd_cli_candidates_print(const struct vd_cli_candidates *c, struct vd_strbuf *out);

/* True if the line asks "what may follow here": its last character is an unquoted `?`. */
bool vd_cli_is_question(const char *line);

/* ---- help and documents ---- */

const char *vd_cli_section_name(enum vd_cli_section s);
const char *vd_cli_kind_name(enum vd_cli_kind k);
const char *vd_cli_kind_what(enum vd_cli_kind k);

/* The syntax as people read it: "show port [NAME]". */
void vd_cli_syntax_text(const struct vd_cli_command *command, struct vd_strbuf *out);

/* Help of every command, of a section, or of the commands that begin with these words. 0, or -ENOENT with err. */
int vd_cli_help(const struct vd_cli *cli, const char *const *topic, size_t n, struct vd_strbuf *out,
		struct vd_strbuf *err);

/* docs/commands.md and docs/vipctl.1. */
void vd_cli_doc_markdown(const struct vd_cli *cli, struct vd_strbuf *out);
void vd_cli_doc_man(const struct vd_cli *cli, struct vd_strbuf *out);

#endif
