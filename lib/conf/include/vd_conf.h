/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CONF_H
#define VD_CONF_H

/*
 * The service configuration in keepalived.conf syntax, to struct vd_model and back. Reads no file and no environment
 * itself: everything from outside comes through a struct vd_conf_source, which io implements and tests fake. Main
 * thread only.
 *
 * The grammar is keepalived's: blocks in braces, comments with # and !, quotes, include and its variants, @id lines,
 * $NAME=value, ${NAME}, ~SEQ, ~SEQx, ~LST. Every problem is reported once, with its place, in one run; a text that
 * expands without end or includes itself is an error, not a hang. Where keepalived silently ignores a word whose
 * meaning is certain, it is understood, with a warning.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_diag.h"
#include "vd_model.h"
#include "vd_strbuf.h"

/* Names that glob found; each from vd_xstrdup(), the caller of glob frees. */
struct vd_conf_names {
	char **v;
	size_t n, cap;
};

/* Callbacks other than read may be NULL; ctx is handed to each. */
struct vd_conf_source {
	void *ctx;
	/* Appends the whole file to out: 0 or -errno (-EFBIG when larger than max). */
	int (*read)(void *ctx, const char *path, size_t max, struct vd_strbuf *out);
	/* Appends the paths that match pattern (*, ?, [...]; no braces), sorted; a plain path gives itself if it exists. */
	int (*glob)(void *ctx, const char *pattern, struct vd_conf_names *out);
	const char *(*getenv)(void *ctx, const char *name); /* NULL = not set */
	const char *(*hostname)(void *ctx);
	const char *(*pwd)(void *ctx);
	uint64_t (*random)(void *ctx);
};

struct vd_conf_options {
	const char *config_id; /* for @id lines; NULL = host name up to the first dot */
	const char *instance;  /* ${_INSTANCE}; NULL = config_id */
	size_t max_bytes;      /* of the expanded text; 0 = 256 MB */
};

/*
 * Reads path and what it includes. *out is the finished model, which the caller frees, also when -EINVAL says that
 * diags got an error (so that further checks can find further problems; it must not be run). -errno of the file
 * itself, with *out NULL and one error in diags, when it cannot be read.
 */
int vd_conf_parse_keepalived(const struct vd_conf_source *src, const char *path,
		const struct vd_conf_options *opt, struct vd_model **out,
		struct vd_diag_list *diags);

/*
 * The words that were given, in a fixed order and one spelling, with everything expanded. Parses to an equal model
 * with any config id. Secrets are written.
 */
void vd_conf_dump_keepalived(const struct vd_model *m, struct vd_strbuf *out);

/*
 * Fills the structure of a LINE, or an item of LINES or REPEAT, from the text of its line (JSON may write one as a
 * string). 0 or -EINVAL, with diags.
 */
int vd_conf_line_parse(struct vd_model_object *obj, const char *text, struct vd_place place,
		struct vd_diag_list *diags);
/* The text of such a line. */
void vd_conf_line_dump(const struct vd_model_object *obj, struct vd_strbuf *out);

/* docs/keywords.md: every word of the table. */
void vd_conf_keywords(struct vd_strbuf *out);

#endif
