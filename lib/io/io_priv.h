/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef IO_PRIV_H
#define IO_PRIV_H

/* The path of a program: the name itself if it has a slash, else the first one of PATH. malloc'ed, or NULL. */
char *io_program_find(const char *name);

#endif
