/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CHECK_PRIV_H
#define CHECK_PRIV_H

#include <stddef.h>

#include "vd_strbuf.h"

/* A stranger's bytes in quotes, fit for a log line: what is not printable ASCII as '?', what is long cut. */
void check_quote(struct vd_strbuf *b, const void *bytes, size_t n);

#endif
