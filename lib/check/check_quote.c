/* SPDX-License-Identifier: BSD-3-Clause */
#include "check_priv.h"

#include "vd_compiler.h"

#define QUOTE_MAX 80

void
check_quote(struct vd_strbuf *b, const void *bytes, size_t n)
{
	const char *s = bytes;

	vd_strbuf_putc(b, '"');
	for (size_t i = 0; i < VD_MIN(n, (size_t)QUOTE_MAX); i++)
		vd_strbuf_putc(b, s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
	vd_strbuf_puts(b, n > QUOTE_MAX ? "...\"" : "\"");
}
