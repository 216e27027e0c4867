/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_JSON_PRIV_H
#define CONF_JSON_PRIV_H

/*
 * Reading JSON with diagnostics that name the path of the value. A path is a chain on the stack, from the value up to
 * the root, written out only when there is something to say.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "vd_diag.h"

#define VD_CONF_NOT_YET_KEY "not_in_effect"

struct vd_json {
	const char *file;
	struct vd_diag_list *diags;
	size_t errors; /* what this reading said: the list keeps equal lines once and may hold others' */
};

/* One step of a path: .key, or [index] when key is NULL. A NULL chain is the root. */
struct vd_json_at {
	const struct vd_json_at *up;
	const char *key;
	size_t index;
};

/* Reads one member's value into target. */
typedef void (*vd_json_read)(
		struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target);

struct vd_json_key {
	const char *key;
	vd_json_read read;
	bool required;
};

/* The root value, or NULL with the syntax error's line and column in diags. The caller decrefs. */
json_t *vd_json_load(struct vd_json *j, const char *text, size_t len);
/* Appends the value as indented JSON with a newline at its end. */
void vd_json_dump(const json_t *v, struct vd_strbuf *out);

void vd_json_path(const struct vd_json_at *at, struct vd_strbuf *out);
/* hint may be NULL. */
void vd_json_problem(struct vd_json *j, const struct vd_json_at *at, enum vd_diag_severity severity,
		const char *hint, const char *fmt, ...) VD_PRINTF(5, 6);
/* The same, with the known word nearest to word as its hint. */
void vd_json_unknown(struct vd_json *j, const struct vd_json_at *at, enum vd_diag_severity severity,
		const char *word, const char *const *known, size_t n, const char *fmt, ...)
		VD_PRINTF(7, 8);

/* Says "expected WHAT, found ..."; false. */
bool vd_json_wrong_type(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		const char *expected);

/* Each of the readers returns false after a diagnostic and leaves *out alone. */
bool
vd_json_string(struct vd_json *j, const struct vd_json_at *at, const json_t *v, const char **out);
bool vd_json_bool(struct vd_json *j, const struct vd_json_at *at, const json_t *v, bool *out);
bool vd_json_uint(struct vd_json *j, const struct vd_json_at *at, const json_t *v, uint32_t min,
		uint32_t max, uint32_t *out);
/* The index of a string among n words. */
bool vd_json_word(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		const char *const *words, size_t n, size_t *out);
/* Calls read for each element, in order. */
void vd_json_array(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		vd_json_read read, void *target);
/* Calls each member's reader; says what is unknown and what is missing. */
void vd_json_object(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		const struct vd_json_key *keys, size_t n, void *target);

struct vd_addr;
struct vd_prefix;
struct vd_mac;
bool
vd_json_addr(struct vd_json *j, const struct vd_json_at *at, const json_t *v, struct vd_addr *out);
bool vd_json_prefix(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		struct vd_prefix *out);
bool
vd_json_mac(struct vd_json *j, const struct vd_json_at *at, const json_t *v, struct vd_mac *out);

#endif
