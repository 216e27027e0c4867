/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check_priv.h"
#include "vd_alloc.h"
#include "vd_compiler.h"

#define DATAGRAM_MAX 65507

/* A nibble and its mask from one character; false: it is neither a digit nor a wildcard. */
static bool
nibble(char c, uint8_t *value, uint8_t *mask)
{
	*value = 0;
	*mask = 0xf;
	if (c >= '0' && c <= '9')
		*value = (uint8_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*value = (uint8_t)(c - 'a' + 10);
	else if (c >= 'A' && c <= 'F')
		*value = (uint8_t)(c - 'A' + 10);
	else if (c == '?' || c == 'x' || c == 'X')
		*mask = 0;
	else
		return false;
	return true;
}

/* Two digits are a byte; the last digit of an odd number is one too. */
static int
add_run(struct vd_check_bytes *b, const char *run, size_t n, struct vd_strbuf *why)
{
	if ((n + 1) / 2 > DATAGRAM_MAX - b->n) {
		vd_strbuf_printf(why, "no datagram has over %d bytes", DATAGRAM_MAX);
		return -EINVAL;
	}
	b->bytes = vd_xrealloc(b->bytes, b->n + (n + 1) / 2);
	b->mask = vd_xrealloc(b->mask, b->n + (n + 1) / 2);
	for (size_t i = 0; i < n; i++) {
		uint8_t value, mask;

		if (!nibble(run[i], &value, &mask)) {
			vd_strbuf_puts(why, "not hexadecimal: ");
			check_quote(why, run, n);
			return -EINVAL;
		}
		if (i % 2 == 0) {
			b->bytes[b->n] = value;
			b->mask[b->n++] = 0xf0 | mask;
		} else {
			b->bytes[b->n - 1] = (uint8_t)(b->bytes[b->n - 1] << 4 | value);
			b->mask[b->n - 1] = (uint8_t)(b->mask[b->n - 1] << 4 | mask);
		}
	}
	return 0;
}

int
vd_check_bytes_parse(struct vd_check_bytes *b, const char *const *words, size_t n_words,
		struct vd_strbuf *why)
{
	static const char blank[] = " \t";

	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < n_words; i++) {
		const char *p = words[i] + strspn(words[i], blank);

		while (p[0] != '\0') {
			size_t n = strcspn(p, blank);

			if (add_run(b, p, n, why) < 0) {
				vd_check_bytes_free(b);
				return -EINVAL;
			}
			p += n;
			p += strspn(p, blank);
		}
	}
	if (n_words > 0 && b->n == 0) {
		vd_strbuf_puts(why, "there is no hexadecimal digit");
		return -EINVAL;
	}
	return 0;
}

bool
vd_check_bytes_exact(const struct vd_check_bytes *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->mask[i] != 0xff)
			return false;
	return true;
}

void
vd_check_bytes_free(struct vd_check_bytes *b)
{
	free(b->bytes);
	free(b->mask);
	memset(b, 0, sizeof(*b));
}

enum vd_check_verdict
vd_check_udp_reply(const void *bytes, size_t n, const struct vd_check_bytes *want, size_t min,
		size_t max, struct vd_strbuf *why)
{
	const uint8_t *p = bytes;
	size_t both = want == NULL ? 0 : VD_MIN(n, want->n);

	if (n < min) {
		vd_strbuf_printf(why, "the reply has %zu bytes, fewer than %zu", n, min);
		return VD_CHECK_BAD;
	}
	if (n > max) {
		vd_strbuf_printf(why, "the reply has %zu bytes, more than %zu", n, max);
		return VD_CHECK_BAD;
	}
	/* As far as both reach: a short reply is min_reply_length's business. */
	for (size_t i = 0; i < both; i++) {
		if (((p[i] ^ want->bytes[i]) & want->mask[i]) == 0)
			continue;
		vd_strbuf_printf(why, "byte %zu of the reply is %02x, not ", i + 1, p[i]);
		for (int shift = 4; shift >= 0; shift -= 4)
			vd_strbuf_putc(why,
					(want->mask[i] >> shift & 0xf) == 0
							? '?'
							: "0123456789abcdef"[want->bytes[i] >>
											  shift &
									  0xf]);
		return VD_CHECK_BAD;
	}
	return VD_CHECK_GOOD;
}
