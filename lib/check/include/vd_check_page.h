/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_PAGE_H
#define VD_CHECK_PAGE_H

/*
 * HTTP_GET and SSL_GET: status code, MD5 digest and regular expression (PCRE2, as keepalived has it) of a page. The
 * expectation is compiled once and shared by attempts; an attempt takes the body in pieces.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_check.h"
#include "vd_strbuf.h"

#define VD_CHECK_PAGE_MAX \
	(1u << 20) /* bytes of a body that a regular expression sees; the rest it does not */

struct vd_check_span {
	int64_t lo, hi; /* both are part of it */
};

struct vd_check_page_config {
	const struct vd_check_span *status; /* n_status 0: 200 to 299 */
	size_t n_status;
	const char *digest; /* 32 hexadecimal digits, or NULL */
	const char *regex;  /* or NULL */
	const char *const
			*regex_options; /* keepalived's words: allow_empty_class, caseless, ..., */
	size_t n_regex_options;
	bool regex_no_match;
	/* Where a match may begin, first and last; max 0: no bound. min above max: neither counts. */
	size_t regex_min_offset, regex_max_offset;
};

struct vd_check_page;
struct vd_check_page_try;

/*
 * NULL with a sentence in why: a digest or an expression that is none, or an option that there is not. Copies what it
 * needs.
 */
struct vd_check_page *
vd_check_page_new(const struct vd_check_page_config *config, struct vd_strbuf *why);
void vd_check_page_free(struct vd_check_page *p);

struct vd_check_page_try *vd_check_page_begin(const struct vd_check_page *p);
void vd_check_page_abandon(struct vd_check_page_try *t); /* NULL is fine */
/* True: the body is read far enough (nothing in the rest of it counts). */
bool vd_check_page_body(struct vd_check_page_try *t, const void *bytes, size_t n);
/*
 * At the end of the answer: GOOD or BAD with a sentence. BAD too if the expression takes more time or memory than a page
 * may cost (regex_no_match or not). Frees the attempt.
 */
enum vd_check_verdict
vd_check_page_end(struct vd_check_page_try *t, long status, struct vd_strbuf *why);

#endif
