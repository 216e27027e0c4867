/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
libc_zalloc(void *ctx, size_t size, size_t align)
{
	void *p;

	(void)ctx;
	if (align < sizeof(void *))
		align = sizeof(void *);
	if (size == 0)
		size = 1;
	if (posix_memalign(&p, align, size) != 0)
		return NULL;
	memset(p, 0, size);
	return p;
}

static void
libc_free(void *ctx, void *ptr)
{
	(void)ctx;
	free(ptr);
}

const struct vd_alloc vd_alloc_libc = {.zalloc = libc_zalloc, .free = libc_free};

static void *
need(void *p, size_t size)
{
	if (p == NULL) {
		fprintf(stderr, "out of memory: %zu bytes\n", size);
		abort();
	}
	return p;
}

void *
vd_xcalloc(size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	return need(calloc(n, size), n * size);
}

void *
vd_xrealloc(void *p, size_t size)
{
	if (size == 0)
		size = 1;
	return need(realloc(p, size), size);
}

char *
vd_xstrdup(const char *s)
{
	return need(strdup(s), strlen(s) + 1);
}

char *
vd_xstrndup(const char *s, size_t n)
{
	return need(strndup(s, n), n + 1);
}
