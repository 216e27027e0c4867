/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_VEC_H
#define VD_VEC_H

/*
 * A growing array: struct { T *v; size_t n, cap; } declared in place with VD_VEC(T). A zeroed one is empty. Elements
 * move when it grows: keep indices, not pointers. Not for the data path.
 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "vd_alloc.h"

/* clang-format off */
#define VD_VEC(T) struct { T *v; size_t n, cap; }
/* clang-format on */

/* A pointer to a new zeroed last element. */
#define vd_vec_add(vec) \
	((vec)->n == (vec)->cap ? vd_vec_grow((void **)&(vec)->v, &(vec)->cap, sizeof(*(vec)->v)) \
				: (void)0, \
			memset(&(vec)->v[(vec)->n], 0, sizeof(*(vec)->v)), &(vec)->v[(vec)->n++])

/* Room for n elements: one allocation where many follow. */
#define vd_vec_reserve(vec, room) \
	((vec)->cap < (room) ? ((vec)->v = vd_xrealloc((vec)->v, (room) * sizeof(*(vec)->v)), \
					       (void)((vec)->cap = (room))) \
			     : (void)0)

#define vd_vec_push(vec, value) (void)(*vd_vec_add(vec) = (value))

#define vd_vec_free(vec)        (free((vec)->v), (vec)->v = NULL, (vec)->n = (vec)->cap = 0)

/* An empty vector's v is NULL, to which not even 0 may be added. */
#define VD_VEC_FOREACH(ptr, vec) \
	for (ptr = (vec)->v; (vec)->n > 0 && ptr < (vec)->v + (vec)->n; ptr++)

static inline void
vd_vec_grow(void **v, size_t *cap, size_t size)
{
	*cap = *cap == 0 ? 8 : *cap * 2;
	*v = vd_xrealloc(*v, *cap * size);
}

#endif
