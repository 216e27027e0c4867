/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_SCHEMA_H
#define VD_MODEL_SCHEMA_H

/*
 * The one table of every word of the service configuration. A block (`vrrp_instance NAME { ... }`) and a line of an
 * item list (`192.0.2.1/24 dev eth0 label eth0:1`) are both described by a struct vd_model_block: a list of fields,
 * each with its word, type, place in the C structure, default, range, unit, class and whether it is in effect.
 * The keepalived.conf parser and printer, the JSON mapping, the defaults and docs/keywords.md all come from it.
 *
 * Every structure that a block describes begins with a struct vd_model_object, which remembers where the object
 * stands, and for each of its fields whether it was given and where. Ask with vd_model_given(&x->obj, &x->member).
 *
 * JSON: key = word of the field. BOOL, FLAG, UNSET are booleans; INT is a number; TIME is a number in the field's unit
 * (seconds, or milliseconds where unit is "ms"); LINE and BLOCK are objects; LINES, REPEAT and BLOCKS are arrays of
 * objects; STRINGS and SPANS are arrays of strings; RAW is an array of arrays of strings (one per line);
 * everything else is a string. Words of the head and positions of a line are ordinary keys ("name", "address", "port").
 * A LINE, or an item of LINES and REPEAT, may be written as a string instead of an object: the text of its line.
 *
 * Main thread only. Objects own their strings and lists.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_diag.h"
#include "vd_strbuf.h"
#include "vd_time.h"
#include "vd_vec.h"

/* What a field holds (its C type), and how it is written. */
enum vd_model_type {
	VD_MODEL_BOOL, /* bool: word, or word on|off|true|false|yes|no */
	VD_MODEL_FLAG, /* bool: the bare word */
	VD_MODEL_UNSET, /* the bare word clears the bool of the BOOL or FLAG that has the same offset */
	VD_MODEL_INT,    /* int64_t */
	VD_MODEL_TIME,   /* vd_time */
	VD_MODEL_ENUM,   /* int; words and values in names */
	VD_MODEL_STRING, /* char *, NULL = none; one word, quoted where it has blanks */
	VD_MODEL_ADDR,   /* struct vd_addr */
	VD_MODEL_PREFIX, /* struct vd_prefix */
	VD_MODEL_RANGE,  /* struct vd_model_range, both ends included */
	VD_MODEL_MAC,    /* struct vd_mac */
	VD_MODEL_STRINGS, /* struct vd_model_strings: word { a b c }, or word a b c where WORDS is set */
	VD_MODEL_SPANS, /* struct vd_model_spans: word 200-299 404 */
	VD_MODEL_RAW,   /* no member: the words of the line are kept in the object's raw list */
	VD_MODEL_RAWS,  /* no member: word { lines }, each line kept in the object's raw list */
	VD_MODEL_LINE,  /* a structure: word and one line of it */
	VD_MODEL_BLOCK, /* a structure: word [head] { ... } */
	VD_MODEL_LINES, /* VD_VEC of structures: word { one per line } */
	VD_MODEL_REPEAT, /* VD_VEC of structures: each occurrence of the word adds the one on its line */
	VD_MODEL_BLOCKS, /* VD_VEC of structures: each occurrence of word [head] { ... } adds one */
};

/* Whether this version carries a word out. */
enum vd_model_effect {
	VD_MODEL_NOW,    /* in effect */
	VD_MODEL_TRACK,  /* in effect: of tracked scripts, files and processes */
	VD_MODEL_HEALTH, /* in effect: of health checks and what follows from them */
	VD_MODEL_LATER,  /* kept, not in effect yet */
	VD_MODEL_NEVER,  /* without meaning in a user-space data plane */
};

enum {
	VD_MODEL_POS = 1,      /* a position of the head or of the line: no word before it */
	VD_MODEL_HEAD = 2,     /* a word that stands in the head of a block, not in its body */
	VD_MODEL_BARE = 4,     /* the argument may be missing; then the value is bare */
	VD_MODEL_REQUIRED = 8, /* an object without it cannot be used */
	VD_MODEL_SECRET = 16,  /* not shown to operators */
	VD_MODEL_CLAMP = 32,   /* out of range: the nearest end; otherwise the default stays */
	VD_MODEL_WORDS = 64,   /* STRINGS on the word's own line, no braces */
	VD_MODEL_BODY = 128,   /* LINES: lines of the block's own body that are no other word */
	VD_MODEL_SCRIPT = 256, /* STRING: a command that will be run */
	VD_MODEL_LENIENT =
			512, /* no value, or one of another type: a warning, and the default stays */
};

struct vd_model_name {
	const char *word;
	int value;
};

struct vd_model_range {
	struct vd_addr lo, hi;
};

struct vd_model_span {
	int64_t lo, hi;
};

/* Lists as VD_VEC makes them, named so that functions can take them. */
struct vd_model_strings {
	char **v;
	size_t n, cap;
};

struct vd_model_spans {
	struct vd_model_span *v;
	size_t n, cap;
};

struct vd_model_block;

struct vd_model_field {
	const char *word;
	enum vd_model_type type;
	char mark; /* class: 'M' must, 'S' should, 'c' could, 'N' no meaning here */
	enum vd_model_effect effect;
	unsigned int flags;
	size_t offset;         /* of the member in the structure */
	int64_t def, min, max; /* min == max: no range. TIME in nanoseconds */
	int64_t bare;          /* value of the word without an argument (BARE) */
	const char *def_text; /* default of types that are no number; or a word for a default that is inherited */
	const char *unit; /* "s", "ms", "bytes", ... or NULL */
	const struct vd_model_name
			*names; /* ENUM, or further words of a BOOL; ended by a NULL word */
	const struct vd_model_block *block; /* LINE, BLOCK, LINES, REPEAT, BLOCKS */
	const char *aliases;                /* other spellings, divided by blanks, or NULL */
	const char *doc;                    /* one sentence */
};

struct vd_model_block {
	const char *name; /* as a person would call it: "vrrp_instance" */
	size_t size;      /* of the structure */
	const struct vd_model_field *fields;
	size_t n_fields;
};

/* A field that was given: most objects have few of many. */
struct vd_model_mark {
	struct vd_place place;
	uint32_t field; /* index in the block */
};

/* A line of a RAW or RAWS field. */
struct vd_model_raw {
	const struct vd_model_field *field;
	struct vd_place place;
	struct vd_model_strings words;
};

/* First member of every structure of the model. */
struct vd_model_object {
	const struct vd_model_block *block;
	struct vd_place place;
	VD_VEC(struct vd_model_mark) marks;
	VD_VEC(struct vd_model_raw) raw;
};

/* The table's root: the whole file. */
extern const struct vd_model_block vd_model_root_block;

/* The field of a word, its aliases included, or NULL. Positions of the head are found by name too. */
const struct vd_model_field *vd_model_field_find(const struct vd_model_block *b, const char *word);
/* The field whose member is at member, which lies in the structure that obj begins. */
const struct vd_model_field *
vd_model_field_of(const struct vd_model_object *obj, const void *member);
/* The nearest word that the block knows, or NULL. */
const char *vd_model_field_nearest(const struct vd_model_block *b, const char *word);

/* Defaults of a zeroed structure of the block. */
void vd_model_object_init(
		struct vd_model_object *obj, const struct vd_model_block *b, struct vd_place place);
/* Frees what the object owns, not the structure. */
void vd_model_object_fini(struct vd_model_object *obj);

static inline void *
vd_model_member(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	return (char *)(uintptr_t)obj + f->offset;
}

/* Was the member given in the file (not defaulted, not inherited)? Where? (the object's place if it was not.) */
bool vd_model_given(const struct vd_model_object *obj, const void *member);
struct vd_place vd_model_place_of(const struct vd_model_object *obj, const void *member);
bool vd_model_field_given(const struct vd_model_object *obj, const struct vd_model_field *f);
struct vd_place
vd_model_field_place(const struct vd_model_object *obj, const struct vd_model_field *f);
void vd_model_mark_given(
		struct vd_model_object *obj, const struct vd_model_field *f, struct vd_place place);
/* Takes a member back to its default, as if it had not been given. */
void vd_model_forget(struct vd_model_object *obj, void *member);

/*
 * Sets a field of a type from BOOL to MAC from a text, as the files write it, checks its range, marks it as given and
 * adds what is to say to diags. text may be NULL: the word came without an argument. 0 or -EINVAL: not a value of this
 * type (said in diags). A value out of range is a warning and 0.
 */
int vd_model_set_text(struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags);
/* Adds one string or span (STRINGS, SPANS). */
int vd_model_add_text(struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags);
/* Adds one line to the object's raw list (RAW, RAWS). */
void vd_model_add_raw(struct vd_model_object *obj, const struct vd_model_field *f,
		const char *const *words, size_t n, struct vd_place place);
/* Starts the structure of a LINE or BLOCK (again), or adds one of a LINES, REPEAT or BLOCKS: with its defaults. */
struct vd_model_object *vd_model_add_object(
		struct vd_model_object *obj, const struct vd_model_field *f, struct vd_place place);
/* Takes back what vd_model_add_object added last to this field. */
void vd_model_drop_last(struct vd_model_object *obj, const struct vd_model_field *f);
/*
 * The structures of a LINES, REPEAT or BLOCKS field in order: start with *i = 0; NULL at the end. Several fields can
 * share one list (the checkers of a real server): each sees its own only. For a LINE or BLOCK: the one, if given.
 */
struct vd_model_object *
vd_model_next(const struct vd_model_object *obj, const struct vd_model_field *f, size_t *i);
/* The text of a field of a type from BOOL to MAC, unquoted; "" where it is unset. */
void vd_model_get_text(const struct vd_model_object *obj, const struct vd_model_field *f,
		struct vd_strbuf *out);
/* Does the field differ from its default (or hold anything, for lists)? */
bool vd_model_is_default(const struct vd_model_object *obj, const struct vd_model_field *f);

/* One field of two objects of one block: same content. */
bool vd_model_field_equal(const struct vd_model_object *a, const struct vd_model_object *b,
		const struct vd_model_field *f);
/* Same content, places aside. */
bool vd_model_object_equal(const struct vd_model_object *a, const struct vd_model_object *b);

/* Words for the documents. */
const char *vd_model_type_name(enum vd_model_type t);
const char *vd_model_effect_name(enum vd_model_effect e);

#endif
