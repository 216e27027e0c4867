/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_DIAG_H
#define VD_DIAG_H

/*
 * Problems for the user: a list that parsers and validators fill and that the program prints. One line each,
 *   FILE:LINE:COLUMN: error|warning|note: text (hint)
 * or, for a place inside well-formed JSON (line 0), FILE: error: path: text (hint). The list keeps order; the same
 * line is kept once. Main thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_compiler.h"
#include "vd_strbuf.h"

enum vd_diag_severity {
	VD_DIAG_NOTE,
	VD_DIAG_WARNING,
	VD_DIAG_ERROR,
};

/* Where something stands. file and path are owned by the list or by the model that holds it; NULL means none. */
struct vd_place {
	const char *file;
	uint32_t line;   /* from 1; 0 = none */
	uint32_t column; /* from 1; 0 = none */
	const char *path; /* inside well-formed JSON: "ports[0].name"; begins the text of a problem */
};

struct vd_diag {
	enum vd_diag_severity severity;
	char *file; /* may be NULL */
	uint32_t line, column;
	char *text;
	char *hint; /* may be NULL */
};

struct vd_diag_list {
	struct vd_diag *v;
	size_t n, cap;
	size_t errors, warnings;
};

/* hint may be NULL; fmt makes the text. */
void vd_diag_add(struct vd_diag_list *l, enum vd_diag_severity severity, struct vd_place place,
		const char *hint, const char *fmt, ...) VD_PRINTF(5, 6);
/* One line without a newline. */
void vd_diag_format(const struct vd_diag *d, struct vd_strbuf *out);
/* Every line, each with its newline. */
void vd_diag_list_format(const struct vd_diag_list *l, struct vd_strbuf *out);
/* Adds copies of every problem of src. */
void vd_diag_list_append(struct vd_diag_list *l, const struct vd_diag_list *src);
void vd_diag_list_free(struct vd_diag_list *l);

#endif
