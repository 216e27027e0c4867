/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_page.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "check_priv.h"
#include "vd_alloc.h"
#include "vd_compiler.h"

#define DIGEST_LEN  16
#define ROOM_FIRST  4096
#define STATUS_GOOD 200, 299

struct vd_check_page {
	struct vd_check_span *status;
	size_t n_status;
	bool has_digest;
	uint8_t digest[DIGEST_LEN];
	struct check_regex *regex; /* or NULL */
	bool regex_no_match;
};

struct vd_check_page_try {
	const struct vd_check_page *page;
	EVP_MD_CTX *md; /* NULL: the digest does not count, or libcrypto has no MD5 */
	uint8_t *body;  /* what the expression sees */
	size_t n, room;
};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
digest_parse(uint8_t out[DIGEST_LEN], const char *text, struct vd_strbuf *why)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n && n == 2 * DIGEST_LEN; i += 2) {
		int hi = hex_digit(text[i]), lo = hex_digit(text[i + 1]);

		if (hi < 0 || lo < 0)
			break;
		out[i / 2] = (uint8_t)(hi << 4 | lo);
		if (i + 2 == n)
			return true;
	}
	vd_strbuf_puts(why, "the digest is not 32 hexadecimal digits: ");
	check_quote(why, text, n);
	return false;
}

static void
status_set(struct vd_check_page *p, const struct vd_check_page_config *config)
{
	static const struct vd_check_span good = {STATUS_GOOD};
	const struct vd_check_span *from = config->status;

	p->n_status = config->n_status;
	if (p->n_status == 0) {
		from = &good;
		p->n_status = 1;
	}
	p->status = vd_xcalloc(p->n_status, sizeof(*p->status));
	memcpy(p->status, from, p->n_status * sizeof(*p->status));
}

struct vd_check_page *
vd_check_page_new(const struct vd_check_page_config *config, struct vd_strbuf *why)
{
	struct vd_check_page *p = vd_xcalloc(1, sizeof(*p));

	p->has_digest = config->digest != NULL;
	p->regex_no_match = config->regex_no_match;
	status_set(p, config);
	if (p->has_digest && !digest_parse(p->digest, config->digest, why))
		goto bad;
	if (config->regex != NULL) {
		p->regex = check_regex_new(config, why);
		if (p->regex == NULL)
			goto bad;
	}
	return p;
bad:
	vd_check_page_free(p);
	return NULL;
}

void
vd_check_page_free(struct vd_check_page *p)
{
	if (p == NULL)
		return;
	check_regex_free(p->regex);
	free(p->status);
	free(p);
}

struct vd_check_page_try *
vd_check_page_begin(const struct vd_check_page *p)
{
	struct vd_check_page_try *t = vd_xcalloc(1, sizeof(*t));

	t->page = p;
	if (!p->has_digest)
		return t;
	t->md = EVP_MD_CTX_new();
	if (t->md != NULL && EVP_DigestInit_ex(t->md, EVP_md5(), NULL) != 1) {
		EVP_MD_CTX_free(t->md);
		t->md = NULL;
	}
	return t;
}

void
vd_check_page_abandon(struct vd_check_page_try *t)
{
	if (t == NULL)
		return;
	EVP_MD_CTX_free(t->md);
	free(t->body);
	free(t);
}

static void
body_keep(struct vd_check_page_try *t, const void *bytes, size_t n)
{
	n = VD_MIN(n, VD_CHECK_PAGE_MAX - t->n);
	if (n == 0)
		return;
	while (t->room - t->n < n) {
		t->room = t->room == 0 ? ROOM_FIRST : 2 * t->room;
		t->body = vd_xrealloc(t->body, t->room);
	}
	memcpy(t->body + t->n, bytes, n);
	t->n += n;
}

bool
vd_check_page_body(struct vd_check_page_try *t, const void *bytes, size_t n)
{
	if (t->md != NULL)
		(void)EVP_DigestUpdate(t->md, bytes, n);
	if (t->page->regex != NULL)
		body_keep(t, bytes, n);
	return t->md == NULL && (t->page->regex == NULL || t->n == VD_CHECK_PAGE_MAX);
}

static bool
status_good(const struct vd_check_page *p, long status, struct vd_strbuf *why)
{
	for (size_t i = 0; i < p->n_status; i++)
		if (status >= p->status[i].lo && status <= p->status[i].hi)
			return true;
	vd_strbuf_printf(why, "the status is %ld, not ", status);
	for (size_t i = 0; i < p->n_status; i++) {
		const struct vd_check_span *s = &p->status[i];

		vd_strbuf_printf(why, "%s%lld", i > 0 ? ", " : "", (long long)s->lo);
		if (s->hi != s->lo)
			vd_strbuf_printf(why, " to %lld", (long long)s->hi);
	}
	return false;
}

static void
put_digest(struct vd_strbuf *b, const uint8_t digest[DIGEST_LEN])
{
	for (size_t i = 0; i < DIGEST_LEN; i++)
		vd_strbuf_printf(b, "%02x", digest[i]);
}

static bool
digest_good(struct vd_check_page_try *t, struct vd_strbuf *why)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (!t->page->has_digest)
		return true;
	if (t->md == NULL || EVP_DigestFinal_ex(t->md, digest, NULL) != 1) {
		vd_strbuf_puts(why, "libcrypto gives no MD5");
		return false;
	}
	if (memcmp(digest, t->page->digest, DIGEST_LEN) == 0)
		return true;
	vd_strbuf_puts(why, "the digest of the page is ");
	put_digest(why, digest);
	vd_strbuf_puts(why, ", not ");
	put_digest(why, t->page->digest);
	return false;
}

static bool
regex_good(const struct vd_check_page_try *t, struct vd_strbuf *why)
{
	const struct vd_check_page *p = t->page;
	enum check_regex_result found;
	size_t at = 0;

	if (p->regex == NULL)
		return true;
	found = check_regex_match(p->regex, t->body, t->n, t->n == VD_CHECK_PAGE_MAX, &at, why);
	if (found == CHECK_REGEX_ERROR)
		return false;
	if ((found == CHECK_REGEX_YES) != p->regex_no_match)
		return true;
	if (p->regex_no_match)
		vd_strbuf_printf(why, "the page matches the regular expression at byte %zu", at);
	else if (found == CHECK_REGEX_LATE)
		vd_strbuf_printf(why,
				"the page matches the regular expression at byte %zu only, past "
				"regex_max_offset",
				at);
	else
		vd_strbuf_puts(why, "the page does not match the regular expression");
	return false;
}

enum vd_check_verdict
vd_check_page_end(struct vd_check_page_try *t, long status, struct vd_strbuf *why)
{
	bool good = status_good(t->page, status, why) && digest_good(t, why) && regex_good(t, why);

	vd_check_page_abandon(t);
	return good ? VD_CHECK_GOOD : VD_CHECK_BAD;
}
