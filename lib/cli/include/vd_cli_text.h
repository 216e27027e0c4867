/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CLI_TEXT_H
#define VD_CLI_TEXT_H

/*
 * Layout for people: tables with aligned columns, and numbers with units. Widths are counted in characters of UTF-8.
 */

#include <stddef.h>
#include <stdint.h>

#include "vd_compiler.h"
#include "vd_strbuf.h"
#include "vd_time.h"
#include "vd_vec.h"

struct vd_cli_table {
	VD_VEC(char *) cells; /* row by row; NULL = empty */
	VD_VEC(char) align;   /* a column each: '<' or '>' */
};

/* Columns from a header line: "<Name|>Rx packets|<State"; '<' left, '>' right aligned. */
void vd_cli_table_init(struct vd_cli_table *t, const char *header);
/* The next cell of the current row; after the last column a new row starts by itself. */
void vd_cli_table_cell(struct vd_cli_table *t, const char *fmt, ...) VD_PRINTF(2, 3);
/* Fills the current row with empty cells, if it was begun. */
void vd_cli_table_end_row(struct vd_cli_table *t);
size_t vd_cli_table_rows(const struct vd_cli_table *t); /* without the header */
/* Two blanks between columns, indent blanks before each line, no blanks at the end. */
void vd_cli_table_print(struct vd_cli_table *t, size_t indent, struct vd_strbuf *out);
void vd_cli_table_free(struct vd_cli_table *t);

/* Breaks text at blanks into lines of at most width bytes, with brk between them. */
void vd_cli_wrap(const char *text, size_t width, const char *brk, struct vd_strbuf *out);

#define VD_CLI_HUMAN 32

/* 0 to 9999 as they are, then "12.3k", "4.56M", "7.89G", "1.23T": powers of 1000. */
const char *vd_cli_human(double value, char buf[VD_CLI_HUMAN]);
/* "850 ns", "12.0 us", "3.4 ms", "15 s", "2 m 05 s", "3 h 12 m", "5 d 02 h". */
const char *vd_cli_duration(double seconds, char buf[VD_CLI_HUMAN]);

#endif
