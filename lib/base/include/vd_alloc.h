/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_ALLOC_H
#define VD_ALLOC_H

/*
 * An allocator handle. Engines that hold large tables take one, so that a worker's tables live in huge pages of its
 * own socket (rt's allocator) and a test's under malloc, where ASan watches them. Never called on the data path.
 * zalloc returns zeroed memory aligned to align (a power of two, at least 8 bytes), or NULL.
 */

#include <stddef.h>

struct vd_alloc {
	void *(*zalloc)(void *ctx, size_t size, size_t align);
	void (*free)(void *ctx, void *ptr);
	void *ctx;
};

/* malloc and free of libc. */
extern const struct vd_alloc vd_alloc_libc;

static inline void *
vd_zalloc(const struct vd_alloc *a, size_t size, size_t align)
{
	return a->zalloc(a->ctx, size, align);
}

static inline void
vd_free(const struct vd_alloc *a, void *ptr)
{
	if (ptr != NULL)
		a->free(a->ctx, ptr);
}

/* libc memory for configuration-sized things; both end the process with a clear line when memory is out. */
void *vd_xcalloc(size_t n, size_t size);
void *vd_xrealloc(void *p, size_t size);
char *vd_xstrdup(const char *s);
char *vd_xstrndup(const char *s, size_t n);

#endif
