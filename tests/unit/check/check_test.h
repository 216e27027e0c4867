/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CHECK_TEST_H
#define CHECK_TEST_H

#include <stdbool.h>
#include <string.h>

#include "vd_check.h"
#include "vd_compiler.h"
#include "vd_strbuf.h"
#include "vd_test.h"

/* Is this what b says? Empties it for the next. */
static inline bool
says(struct vd_strbuf *b, const char *text)
{
	bool good = strcmp(b->s == NULL ? "" : b->s, text) == 0;

	if (!good)
		printf("    said: %s\n", b->s == NULL ? "" : b->s);
	vd_strbuf_reset(b);
	return good;
}

/* A copy in an allocation of exactly its size, where a sanitizer sees a byte read too far. */
static inline void *
exact(const void *bytes, size_t n)
{
	char *copy = malloc(n + (n == 0));

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

#endif
