/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_COMPILER_H
#define VD_COMPILER_H

/*
 * What C11 leaves to the compiler: branch hints, prefetch, cache lines, and the few atomic operations that
 * lcores share words with. Every shared word has one writer; readers use the acquire forms.
 */

#include <stddef.h>
#include <stdint.h>

#define VD_CACHE_LINE                      64
#define VD_CACHE_ALIGNED                   __attribute__((aligned(VD_CACHE_LINE)))
#define VD_PACKED                          __attribute__((packed))
#define VD_PRINTF(fmt, va)                 __attribute__((format(printf, fmt, va)))
#define VD_UNUSED                          __attribute__((unused))
#define VD_FALLTHROUGH                     __attribute__((fallthrough))
#define VD_ALWAYS_INLINE                   inline __attribute__((always_inline))
#define VD_NOINLINE                        __attribute__((noinline))

#define vd_likely(x)                       __builtin_expect(!!(x), 1)
#define vd_unlikely(x)                     __builtin_expect(!!(x), 0)

#define VD_ARRAY_LEN(a)                    (sizeof(a) / sizeof((a)[0]))
#define VD_MIN(a, b)                       ((a) < (b) ? (a) : (b))
#define VD_MAX(a, b)                       ((a) > (b) ? (a) : (b))

#define vd_container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void
vd_prefetch(const void *p)
{
	__builtin_prefetch(p, 0, 3);
}

static inline void
vd_prefetch_write(const void *p)
{
	__builtin_prefetch(p, 1, 3);
}

/* Single-writer words: the owner stores, any thread loads. */
#define vd_load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define vd_load_relaxed(p)     __atomic_load_n((p), __ATOMIC_RELAXED)
#define vd_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define vd_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)

/* Smallest power of two that is not below n; n from 1 to 2^31. */
static inline uint32_t
vd_pow2_ceil(uint32_t n)
{
	return n <= 1 ? 1 : (uint32_t)1 << (32 - __builtin_clz(n - 1));
}

#endif
