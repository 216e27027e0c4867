/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_STRBUF_H
#define VD_STRBUF_H

/* A growing text. A zeroed one is empty; s is NULL until the first byte and NUL-terminated after. One owner. */

#include <stdarg.h>
#include <stddef.h>

#include "vd_compiler.h"

struct vd_strbuf {
	char *s;
	size_t len, cap;
};

void vd_strbuf_add(struct vd_strbuf *b, const char *bytes, size_t n);
void vd_strbuf_puts(struct vd_strbuf *b, const char *text);
void vd_strbuf_putc(struct vd_strbuf *b, char c);
void vd_strbuf_printf(struct vd_strbuf *b, const char *fmt, ...) VD_PRINTF(2, 3);
void vd_strbuf_vprintf(struct vd_strbuf *b, const char *fmt, va_list ap);
void vd_strbuf_reset(struct vd_strbuf *b); /* empty, memory kept */
void vd_strbuf_free(struct vd_strbuf *b);
char *vd_strbuf_take(struct vd_strbuf *b); /* the caller frees; never NULL */

/* The candidate nearest to word by edit distance, or NULL when none is near enough to be meant. */
const char *vd_nearest(const char *word, const char *const *candidates, size_t n);

#endif
