/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Regular expressions over pages. PCRE2's own limits count for each place where a match may begin anew, so a page of a
 * million such places could cost a million times the limit, and running through characters is free to them. A callout
 * before every item of the expression keeps an account over the whole page instead: the steps, the characters each
 * item ran through, and what an item may have read before it failed.
 */
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "check_priv.h"
#include "vd_alloc.h"
#include "vd_compiler.h"

/* What a page may cost, in characters run through, up to a second or so for the longest. A step counts as several. */
#define BUDGET(n) ((1ull << 26) + 128ull * (n))
#define STEP_COST 16
/* From one beginning: more than a lazy run through the longest page takes. */
#define MATCH_LIMIT 4000000
#define HEAP_KIB    32768

struct check_regex {
	pcre2_code *code;
	bool backrefs, script_runs; /* items that read again what others have read */
	size_t longest;             /* characters that one item must read, at most */
	size_t min, max;
};

struct account {
	const struct check_regex *regex;
	uint64_t left;
	size_t at;
};

#define OPTION(word, flag) \
	{ \
		word, PCRE2_##flag \
	}

static const struct {
	const char *word;
	uint32_t flag;
} options[] = {
		OPTION("allow_empty_class", ALLOW_EMPTY_CLASS),
		OPTION("alt_bsux", ALT_BSUX),
		OPTION("alt_circumflex", ALT_CIRCUMFLEX),
		OPTION("alt_verbnames", ALT_VERBNAMES),
		OPTION("auto_callout", AUTO_CALLOUT),
		OPTION("caseless", CASELESS),
		OPTION("dollar_endonly", DOLLAR_ENDONLY),
		OPTION("dotall", DOTALL),
		OPTION("dupnames", DUPNAMES),
		OPTION("extended", EXTENDED),
		OPTION("firstline", FIRSTLINE),
		OPTION("match_unset_backref", MATCH_UNSET_BACKREF),
		OPTION("multiline", MULTILINE),
		OPTION("never_backslash_c", NEVER_BACKSLASH_C),
		OPTION("never_ucp", NEVER_UCP),
		OPTION("never_utf", NEVER_UTF),
		OPTION("no_auto_capture", NO_AUTO_CAPTURE),
		OPTION("no_auto_possess", NO_AUTO_POSSESS),
		OPTION("no_dotstar_anchor", NO_DOTSTAR_ANCHOR),
		OPTION("no_start_optimize", NO_START_OPTIMIZE),
		OPTION("ucp", UCP),
		OPTION("ungreedy", UNGREEDY),
		/* What is not UTF-8 in a page is matched by nothing; it is no reason to look no further. */
		{"utf", PCRE2_UTF | PCRE2_MATCH_INVALID_UTF},
		OPTION("use_offset_limit", USE_OFFSET_LIMIT),
};

static bool
option_add(const char *word, uint32_t *flags, struct vd_strbuf *why)
{
	const char *words[VD_ARRAY_LEN(options)], *near;

	for (size_t i = 0; i < VD_ARRAY_LEN(options); i++) {
		words[i] = options[i].word;
		if (strcmp(options[i].word, word) != 0)
			continue;
		*flags |= options[i].flag;
		return true;
	}
	near = vd_nearest(word, words, VD_ARRAY_LEN(words));
	vd_strbuf_puts(why, "there is no regex option ");
	check_quote(why, word, strlen(word));
	if (near != NULL)
		vd_strbuf_printf(why, " (%s?)", near);
	return false;
}

bool
check_regex_option(const char *word, struct vd_strbuf *why)
{
	uint32_t flags = 0;

	return option_add(word, &flags, why);
}

static void
put_message(struct vd_strbuf *why, int error)
{
	PCRE2_UCHAR text[256];

	if (pcre2_get_error_message(error, text, sizeof(text)) < 0)
		vd_strbuf_printf(why, "error %d", error);
	else
		vd_strbuf_puts(why, (const char *)text);
}

/* The largest number in braces: no item of the expression reads more before a callout tells of it. */
static size_t
largest_repeat(const char *pattern)
{
	size_t largest = 0;

	for (const char *p = strchr(pattern, '{'); p != NULL; p = strchr(p + 1, '{')) {
		unsigned long n = strtoul(p + 1, NULL, 10);

		largest = VD_MAX(largest, VD_MIN(n, (unsigned long)UINT16_MAX));
	}
	return largest;
}

struct check_regex *
check_regex_new(const struct vd_check_page_config *config, struct vd_strbuf *why)
{
	uint32_t flags = 0, highest = 0;
	struct check_regex *r;
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	for (size_t i = 0; i < config->n_regex_options; i++)
		if (!option_add(config->regex_options[i], &flags, why))
			return NULL;
	code = pcre2_compile((PCRE2_SPTR)config->regex, PCRE2_ZERO_TERMINATED,
			flags | PCRE2_AUTO_CALLOUT, &error, &offset, NULL);
	if (code == NULL) {
		vd_strbuf_puts(why, "the regular expression ");
		check_quote(why, config->regex, strlen(config->regex));
		vd_strbuf_printf(why, " is wrong at byte %zu: ", offset);
		put_message(why, error);
		return NULL;
	}
	r = vd_xcalloc(1, sizeof(*r));
	r->code = code;
	(void)pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &highest);
	r->backrefs = highest > 0;
	r->script_runs = strstr(config->regex, "(*s") != NULL ||
			strstr(config->regex, "(*a") != NULL;
	r->longest = largest_repeat(config->regex);
	/* Bounds that exclude each other are no bounds, as keepalived has it. */
	if (config->regex_max_offset == 0 || config->regex_min_offset <= config->regex_max_offset) {
		r->min = config->regex_min_offset;
		r->max = config->regex_max_offset;
	}
	return r;
}

void
check_regex_free(struct check_regex *r)
{
	if (r == NULL)
		return;
	pcre2_code_free(r->code);
	free(r);
}

/* What a reference to a group may read at most. */
static size_t
longest_capture(const pcre2_callout_block *b)
{
	size_t longest = 0;

	for (uint32_t i = 1; i < b->capture_top; i++) {
		size_t from = b->offset_vector[2 * i], to = b->offset_vector[2 * i + 1];

		if (from != PCRE2_UNSET && to != PCRE2_UNSET && to > from)
			longest = VD_MAX(longest, to - from);
	}
	return longest + b->capture_top;
}

static int
on_step(pcre2_callout_block *b, void *data)
{
	struct account *a = data;
	size_t at = b->current_position;
	uint64_t cost = STEP_COST + a->regex->longest;

	cost += at > a->at ? at - a->at : a->at - at;
	if (a->regex->backrefs)
		cost += longest_capture(b);
	if (a->regex->script_runs)
		cost += at - VD_MIN(at, b->start_match);
	a->at = at;
	if (cost > a->left)
		return PCRE2_ERROR_MATCHLIMIT;
	a->left -= cost;
	return 0;
}

static int
run(const struct check_regex *r, const uint8_t *bytes, size_t n, bool cut, pcre2_match_data *found)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	struct account account = {.regex = r, .left = BUDGET(n), .at = r->min};
	int rc = PCRE2_ERROR_NOMEMORY;

	if (limits != NULL) {
		(void)pcre2_set_match_limit(limits, MATCH_LIMIT);
		(void)pcre2_set_heap_limit(limits, HEAP_KIB);
		(void)pcre2_set_callout(limits, on_step, &account);
		rc = pcre2_match(r->code, bytes, n, r->min, cut ? PCRE2_NOTEOL : 0, found, limits);
	}
	pcre2_match_context_free(limits);
	return rc;
}

enum check_regex_result
check_regex_match(const struct check_regex *r, const void *bytes, size_t n, bool cut, size_t *at,
		struct vd_strbuf *why)
{
	/* PCRE2 wants an address even for nothing. */
	const uint8_t *p = n == 0 ? (const uint8_t *)"" : bytes;
	pcre2_match_data *found;
	int rc;

	if (r->min > n)
		return CHECK_REGEX_NO;
	found = pcre2_match_data_create(1, NULL);
	rc = found == NULL ? PCRE2_ERROR_NOMEMORY : run(r, p, n, cut, found);
	if (rc >= 0)
		*at = pcre2_get_ovector_pointer(found)[0];
	pcre2_match_data_free(found);
	if (rc == PCRE2_ERROR_NOMATCH)
		return CHECK_REGEX_NO;
	if (rc >= 0)
		return r->max > 0 && *at > r->max ? CHECK_REGEX_LATE : CHECK_REGEX_YES;
	vd_strbuf_puts(why, "the regular expression cannot be tried on this page: ");
	put_message(why, rc);
	return CHECK_REGEX_ERROR;
}
