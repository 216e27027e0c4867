/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Words of a configuration, one a line, and after a NUL a reply. What was parsed can be written and parsed again; a reply
 * that is what was asked for is good, and one with another bit that counts is not.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vd_check_udp.h"
#include "vd_compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 16

static void
require(bool what)
{
	if (!what)
		abort();
}

static enum vd_check_verdict
judge(const void *bytes, size_t n, const struct vd_check_bytes *want)
{
	struct vd_strbuf why = {0};
	enum vd_check_verdict v = vd_check_udp_reply(bytes, n, want, 0, SIZE_MAX, &why);

	require(v != VD_CHECK_MORE && (v == VD_CHECK_BAD) == (why.len > 0));
	vd_strbuf_free(&why);
	return v;
}

static void
write_again(const struct vd_check_bytes *b)
{
	struct vd_strbuf text = {0}, why = {0};
	struct vd_check_bytes again;
	const char *word;

	for (size_t i = 0; i < b->n; i++)
		for (int shift = 4; shift >= 0; shift -= 4) {
			int mask = b->mask[i] >> shift & 0xf;

			require(mask == 0xf || (mask == 0 && (b->bytes[i] >> shift & 0xf) == 0));
			vd_strbuf_putc(&text,
					mask == 0 ? 'x'
						  : "0123456789ABCDEF"[b->bytes[i] >> shift & 0xf]);
		}
	word = text.s;
	require(vd_check_bytes_parse(&again, &word, 1, &why) == 0 && why.len == 0);
	require(again.n == b->n && memcmp(again.bytes, b->bytes, b->n) == 0);
	require(memcmp(again.mask, b->mask, b->n) == 0);
	vd_check_bytes_free(&again);
	vd_strbuf_free(&text);
}

static void
replies(const struct vd_check_bytes *b, const uint8_t *reply, size_t n)
{
	uint8_t *copy = malloc(b->n);
	bool differs = false;

	require(copy != NULL);
	for (size_t i = 0; i < VD_MIN(n, b->n); i++)
		differs = differs || ((reply[i] ^ b->bytes[i]) & b->mask[i]) != 0;
	require(judge(reply, n, b) == (differs ? VD_CHECK_BAD : VD_CHECK_GOOD));
	/* What it asks for, with other bits where none counts. */
	for (size_t i = 0; i < b->n; i++)
		copy[i] = b->bytes[i] ^ (n > 0 ? reply[i % n] & ~b->mask[i] : 0);
	require(judge(copy, b->n, b) == VD_CHECK_GOOD);
	for (size_t i = 0; i < VD_MIN(b->n, 64u); i++) {
		copy[i] ^= 0x11;
		require(judge(copy, b->n, b) ==
				((b->mask[i] & 0x11) != 0 ? VD_CHECK_BAD : VD_CHECK_GOOD));
		copy[i] ^= 0x11;
	}
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size == 0 ? NULL : memchr(data, 0, size);
	size_t n = end == NULL ? size : (size_t)(end - data), n_words = 0;
	const uint8_t *reply = data + n + (end != NULL);
	const char *words[WORDS_MAX];
	struct vd_strbuf why = {0};
	struct vd_check_bytes b;
	char *text = malloc(n + 1), *save = NULL;
	int rc;

	require(text != NULL);
	if (n > 0)
		memcpy(text, data, n);
	text[n] = '\0';
	for (char *w = strtok_r(text, "\n", &save); w != NULL && n_words < WORDS_MAX;
			w = strtok_r(NULL, "\n", &save))
		words[n_words++] = w;
	rc = vd_check_bytes_parse(&b, words, n_words, &why);
	require((rc < 0) == (why.len > 0) && (b.n > 0) == (rc == 0 && n_words > 0));
	if (b.n > 0) {
		write_again(&b);
		replies(&b, reply, size - (size_t)(reply - data));
	}
	vd_check_bytes_free(&b);
	vd_strbuf_free(&why);
	free(text);
	return 0;
}
