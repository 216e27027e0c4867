/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "vd_cli_text.h"

/* Characters, not bytes: continuation bytes of UTF-8 take no column. */
static size_t
width_of(const char *s)
{
	size_t n = 0;

	for (; s != NULL && *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void
vd_cli_table_init(struct vd_cli_table *t, const char *header)
{
	memset(t, 0, sizeof(*t));
	while (*header != '\0') {
		const char *end = strchrnul(header, '|');

		vd_vec_push(&t->align, *header);
		vd_vec_push(&t->cells, vd_xstrndup(header + 1, (size_t)(end - header - 1)));
		header = *end == '|' ? end + 1 : end;
	}
}

void
vd_cli_table_cell(struct vd_cli_table *t, const char *fmt, ...)
{
	struct vd_strbuf b = {0};
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(&b, fmt, ap);
	va_end(ap);
	vd_vec_push(&t->cells, vd_strbuf_take(&b));
}

void
vd_cli_table_end_row(struct vd_cli_table *t)
{
	while (t->align.n > 0 && t->cells.n % t->align.n != 0)
		vd_vec_push(&t->cells, NULL);
}

size_t
vd_cli_table_rows(const struct vd_cli_table *t)
{
	return t->align.n == 0 ? 0 : (t->cells.n + t->align.n - 1) / t->align.n - 1;
}

static void
print_blanks(size_t n, struct vd_strbuf *out)
{
	while (n-- > 0)
		vd_strbuf_putc(out, ' ');
}

static void
print_row(const struct vd_cli_table *t, char *const *cell, const size_t *width, size_t indent,
		struct vd_strbuf *out)
{
	size_t due = indent;

	for (size_t c = 0; c < t->align.n; c++) {
		size_t w = width_of(cell[c]);

		if (t->align.v[c] == '>')
			due += width[c] - w;
		/* Blanks are written only before something, so that no line ends in them. */
		if (w > 0) {
			print_blanks(due, out);
			vd_strbuf_puts(out, cell[c]);
			due = 0;
		}
		due += 2;
		if (t->align.v[c] != '>')
			due += width[c] - w;
	}
	vd_strbuf_putc(out, '\n');
}

void
vd_cli_table_print(struct vd_cli_table *t, size_t indent, struct vd_strbuf *out)
{
	VD_VEC(size_t) width = {0};

	vd_cli_table_end_row(t);
	for (size_t c = 0; c < t->align.n; c++) {
		size_t max = 0;

		for (size_t i = c; i < t->cells.n; i += t->align.n)
			max = VD_MAX(max, width_of(t->cells.v[i]));
		vd_vec_push(&width, max);
	}
	for (size_t i = 0; i < t->cells.n; i += t->align.n)
		print_row(t, &t->cells.v[i], width.v, indent, out);
	vd_vec_free(&width);
}

void
vd_cli_table_free(struct vd_cli_table *t)
{
	for (size_t i = 0; i < t->cells.n; i++)
		free(t->cells.v[i]);
	vd_vec_free(&t->cells);
	vd_vec_free(&t->align);
}

void
vd_cli_wrap(const char *text, size_t width, const char *brk, struct vd_strbuf *out)
{
	size_t column = 0;

	while (*text != '\0') {
		const char *end = strchrnul(text, ' ');
		size_t len = (size_t)(end - text);

		if (column > 0 && column + 1 + len > width) {
			vd_strbuf_puts(out, brk);
			column = 0;
		} else if (column > 0) {
			vd_strbuf_putc(out, ' ');
			column++;
		}
		vd_strbuf_add(out, text, len);
		column += len;
		text = *end == ' ' ? end + 1 : end;
	}
}

const char *
vd_cli_human(double value, char buf[VD_CLI_HUMAN])
{
	static const char units[] = {'\0', 'k', 'M', 'G', 'T', 'P', 'E'};
	size_t unit = 0;

	if (!(value >= 0))
		value = 0;
	if (value < 9999.5) {
		/* Small rates keep a digit: 0.3 is not nothing. */
		snprintf(buf, VD_CLI_HUMAN,
				value > 0 && value < 9.95 && value != (double)(int)value ? "%.1f"
											 : "%.0f",
				value);
		return buf;
	}
	for (; value >= 999.5 && unit + 1 < sizeof(units); unit++)
		value /= 1000;
	snprintf(buf, VD_CLI_HUMAN,
			value < 9.995                   ? "%.2f%c"
					: value < 99.95 ? "%.1f%c"
							: "%.0f%c",
			value, units[unit]);
	return buf;
}

const char *
vd_cli_duration(double s, char buf[VD_CLI_HUMAN])
{
	unsigned long long n;

	if (!(s >= 0))
		s = 0;
	if (s > 1e10)
		s = 1e10;
	n = (unsigned long long)s;
	if (s > 0 && s < 1e-6)
		snprintf(buf, VD_CLI_HUMAN, "%.0f ns", s * 1e9);
	else if (s > 0 && s < 1e-3)
		snprintf(buf, VD_CLI_HUMAN, "%.1f us", s * 1e6);
	else if (s > 0 && s < 1)
		snprintf(buf, VD_CLI_HUMAN, "%.1f ms", s * 1e3);
	else if (n < 60)
		snprintf(buf, VD_CLI_HUMAN, "%llu s", n);
	else if (n < 3600)
		snprintf(buf, VD_CLI_HUMAN, "%llu m %02llu s", n / 60, n % 60);
	else if (n < 86400)
		snprintf(buf, VD_CLI_HUMAN, "%llu h %02llu m", n / 3600, n % 3600 / 60);
	else
		snprintf(buf, VD_CLI_HUMAN, "%llu d %02llu h", n / 86400, n % 86400 / 3600);
	return buf;
}
