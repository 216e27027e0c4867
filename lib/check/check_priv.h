/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CHECK_PRIV_H
#define CHECK_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "vd_check_page.h"
#include "vd_strbuf.h"

/* A stranger's bytes in quotes, fit for a log line: what is not printable ASCII as '?', what is long cut. */
void check_quote(struct vd_strbuf *b, const void *bytes, size_t n);

/* A compiled expression with its bounds. What it may cost on one page is limited whatever the page. */
struct check_regex;

enum check_regex_result {
	CHECK_REGEX_NO,
	CHECK_REGEX_YES,
	CHECK_REGEX_LATE,  /* the first match begins past regex_max_offset */
	CHECK_REGEX_ERROR, /* a limit, mostly */
};

/* False with a sentence in why: regex_options has no such word. */
bool check_regex_option(const char *word, struct vd_strbuf *why);
/* NULL with a sentence in why. */
struct check_regex *
check_regex_new(const struct vd_check_page_config *config, struct vd_strbuf *why);
void check_regex_free(struct check_regex *r);
/* cut: the page goes on after these bytes. *at: where the match begins. ERROR: a sentence in why. */
enum check_regex_result check_regex_match(const struct check_regex *r, const void *bytes, size_t n,
		bool cut, size_t *at, struct vd_strbuf *why);

#endif
