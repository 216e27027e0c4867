/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5322 with the plain text of RFC 2045; what is not ASCII goes as base64. */
#include <ctype.h>
#include <string.h>

#include "mail_priv.h"

#define LINE_LIMIT 900 /* RFC 5321 allows 998 */
#define WORD_BYTES 45  /* of an encoded word: with base64 and its frame at most 75 characters */
#define BODY_BYTES 57  /* of a line of base64: 76 characters */

/* Base64 of n bytes. */
static void
base64(struct vd_strbuf *out, const char *bytes, size_t n)
{
	static const char digits[] =
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)bytes;

	for (; n > 0; p += 3, n -= n < 3 ? n : 3) {
		unsigned int v = (unsigned int)p[0] << 16 | (n > 1 ? (unsigned int)p[1] << 8 : 0) |
				(n > 2 ? p[2] : 0u);

		vd_strbuf_putc(out, digits[v >> 18 & 63]);
		vd_strbuf_putc(out, digits[v >> 12 & 63]);
		vd_strbuf_putc(out, n > 1 ? digits[v >> 6 & 63] : '=');
		vd_strbuf_putc(out, n > 2 ? digits[v & 63] : '=');
	}
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text > 0x7e)
			return false;
	return true;
}

static bool
is_utf8_more(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Encoded words of RFC 2047, none of which ends within a character. */
static void
encoded_words(struct vd_strbuf *out, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t n = left < WORD_BYTES ? left : WORD_BYTES;

		for (size_t back = 0; n < left && back < 3 && is_utf8_more(text[n]); back++)
			n--;
		vd_strbuf_puts(out, "=?utf-8?B?");
		base64(out, text, n);
		vd_strbuf_puts(out, n < left ? "?=\r\n " : "?=");
		text += n;
		left -= n;
	}
}

static void
subject_format(struct vd_strbuf *out, const char *router_id, const char *subject)
{
	struct vd_strbuf text = {0};

	vd_strbuf_printf(&text, "[%s] %s", router_id, subject);
	for (size_t i = 0; i < text.len; i++)
		if (iscntrl((unsigned char)text.s[i]))
			text.s[i] = ' ';
	vd_strbuf_puts(out, "Subject: ");
	if (is_ascii(text.s) && text.len <= LINE_LIMIT)
		vd_strbuf_puts(out, text.s);
	else
		encoded_words(out, text.s);
	vd_strbuf_puts(out, "\r\n");
	vd_strbuf_free(&text);
}

static void
date_format(struct vd_strbuf *out, time_t date)
{
	/* strftime() would speak the language of the locale. */
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;
	long zone;

	localtime_r(&date, &tm);
	zone = tm.tm_gmtoff / 60;
	vd_strbuf_printf(out, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d %c%02ld%02ld\r\n",
			days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
			tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec, zone < 0 ? '-' : '+',
			labs(zone) / 60, labs(zone) % 60);
}

/* Lines end with CRLF, other control characters but tabs become blanks. */
static void
body_clean(struct vd_strbuf *out, const char *body)
{
	for (const char *p = body; *p != '\0'; p++) {
		if (*p == '\r' && p[1] == '\n')
			continue;
		if (*p == '\n' || *p == '\r')
			vd_strbuf_puts(out, "\r\n");
		else
			vd_strbuf_putc(out, iscntrl((unsigned char)*p) && *p != '\t' ? ' ' : *p);
	}
	if (out->len < 2 || out->s[out->len - 1] != '\n')
		vd_strbuf_puts(out, "\r\n");
}

static bool
has_long_line(const char *text)
{
	for (size_t n; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (n > LINE_LIMIT)
			return true;
	}
	return false;
}

static void
body_format(struct vd_strbuf *out, const char *body)
{
	struct vd_strbuf text = {0};

	body_clean(&text, body);
	if (is_ascii(text.s) && !has_long_line(text.s)) {
		vd_strbuf_puts(out, "Content-Transfer-Encoding: 7bit\r\n\r\n");
		vd_strbuf_puts(out, text.s);
	} else {
		vd_strbuf_puts(out, "Content-Transfer-Encoding: base64\r\n\r\n");
		for (size_t at = 0; at < text.len; at += BODY_BYTES) {
			size_t left = text.len - at;

			base64(out, text.s + at, left < BODY_BYTES ? left : BODY_BYTES);
			vd_strbuf_puts(out, "\r\n");
		}
	}
	vd_strbuf_free(&text);
}

void
mail_format(const struct mail_config *c, const struct mail_letter *l, struct vd_strbuf *out)
{
	vd_strbuf_printf(out, "From: %s\r\n", c->from);
	for (size_t i = 0; i < c->to.n; i++)
		vd_strbuf_printf(out, "%s%s", i == 0 ? "To: " : ",\r\n ", c->to.v[i]);
	vd_strbuf_puts(out, "\r\n");
	date_format(out, l->date);
	subject_format(out, c->router_id, l->subject);
	vd_strbuf_printf(out, "Message-ID: <%s>\r\n", l->id);
	vd_strbuf_puts(out,
			"Auto-Submitted: auto-generated\r\n"
			"MIME-Version: 1.0\r\n"
			"Content-Type: text/plain; charset=utf-8\r\n");
	body_format(out, l->body);
}
