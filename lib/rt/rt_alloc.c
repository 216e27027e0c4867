/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Without huge pages EAL's heap is a shared mapping of small ones, which the kernel never joins. A table that is read
 * at random then misses the TLB with every packet. So large blocks get private mappings of their own, on transparent
 * huge pages where the kernel has them. They count as if they lay in the heap: memory_mb stays the limit.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "vd_compiler.h"
#include "vd_rt_alloc.h"
#include "vd_rt_eal.h"
#include "vd_rt_place.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE     (2 * HUGE_PAGE)

struct block {
	struct block *next;
	void *mapping, *p;
	size_t length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks;
static size_t blocks_bytes;

/* What the heap has left, blocks counted. */
static size_t
heap_left(void)
{
	struct rte_malloc_socket_stats s;
	size_t free_bytes = 0;

	for (int i = 0; i < VD_RT_SOCKETS_MAX; i++)
		if (rte_malloc_get_socket_stats(i, &s) == 0)
			free_bytes += s.heap_freesz_bytes;
	return free_bytes > blocks_bytes ? free_bytes - blocks_bytes : 0;
}

static void *
block_map(struct block *b, size_t size)
{
	b->length = RTE_ALIGN_CEIL(size, HUGE_PAGE) + HUGE_PAGE;
	b->mapping = mmap(NULL, b->length, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (b->mapping == MAP_FAILED)
		return NULL;
	b->p = RTE_PTR_ALIGN_CEIL(b->mapping, HUGE_PAGE);
	/* A kernel without them has small pages to offer. */
	(void)madvise(b->p, b->length - HUGE_PAGE, MADV_HUGEPAGE);
	return b->p;
}

static void *
block_new(size_t size)
{
	struct block *b;
	void *p = NULL;

	pthread_mutex_lock(&lock);
	b = size > heap_left() ? NULL : calloc(1, sizeof(*b));
	if (b != NULL)
		p = block_map(b, size);
	if (p == NULL) {
		free(b);
	} else {
		b->next = blocks;
		blocks = b;
		blocks_bytes += b->length;
	}
	pthread_mutex_unlock(&lock);
	return p;
}

/* False: not one of ours. */
static bool
block_free(const void *p)
{
	struct block **at, *b = NULL;

	pthread_mutex_lock(&lock);
	for (at = &blocks; *at != NULL; at = &(*at)->next) {
		if ((*at)->p != p)
			continue;
		b = *at;
		*at = b->next;
		blocks_bytes -= b->length;
		break;
	}
	pthread_mutex_unlock(&lock);
	if (b == NULL)
		return false;
	(void)munmap(b->mapping, b->length);
	free(b);
	return true;
}

static void *
zalloc(void *ctx, size_t size, size_t align)
{
	int socket = (int)(intptr_t)ctx;
	void *p;

	if (size >= LARGE && align <= HUGE_PAGE && !vd_rt_eal_hugepages())
		return block_new(size);
	p = rte_zmalloc_socket(NULL, size, (unsigned int)align, socket);
	/* The wish for a socket is one of speed: memory elsewhere beats none. */
	if (p == NULL && socket != SOCKET_ID_ANY)
		p = rte_zmalloc_socket(NULL, size, (unsigned int)align, SOCKET_ID_ANY);
	return p;
}

static void
release(void *ctx, void *p)
{
	(void)ctx;
	if (p != NULL && !block_free(p))
		rte_free(p);
}

const struct vd_alloc *
vd_rt_alloc(int socket)
{
	static struct vd_alloc alloc[VD_RT_SOCKETS_MAX + 1];
	int i = socket < 0 || socket >= VD_RT_SOCKETS_MAX ? SOCKET_ID_ANY : socket;
	struct vd_alloc *a = &alloc[i + 1];

	a->zalloc = zalloc;
	a->free = release;
	a->ctx = (void *)(intptr_t)i;
	return a;
}

int
vd_rt_alloc_stats(int socket, size_t *free_bytes, size_t *total_bytes)
{
	struct rte_malloc_socket_stats s;

	if (rte_malloc_get_socket_stats(socket, &s) != 0)
		return -EINVAL;
	*free_bytes = s.heap_freesz_bytes;
	*total_bytes = s.heap_totalsz_bytes;
	return 0;
}
