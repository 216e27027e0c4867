/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_READER_H
#define VD_READER_H

/*
 * Bounded cursors over bytes of the wire. A read or write that does not fit sets `bad`, moves nothing and gives
 * zero, so a codec may run to its end and ask once. Multi-byte values are big-endian on the wire, host order here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct vd_reader {
	const uint8_t *p, *end;
	bool bad;
};

struct vd_writer {
	uint8_t *p, *start, *end;
	bool bad;
};

static inline struct vd_reader
vd_reader_init(const void *p, size_t n)
{
	const uint8_t *b = (const uint8_t *)p;
	struct vd_reader r = {b, b + n, false};

	return r;
}

static inline size_t
vd_reader_left(const struct vd_reader *r)
{
	return (size_t)(r->end - r->p);
}

/* A pointer to the next n bytes, or NULL. */
static inline const uint8_t *
vd_read_bytes(struct vd_reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || vd_reader_left(r) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline uint8_t
vd_read_u8(struct vd_reader *r)
{
	const uint8_t *p = vd_read_bytes(r, 1);

	return p == NULL ? 0 : p[0];
}

static inline uint16_t
vd_read_u16(struct vd_reader *r)
{
	const uint8_t *p = vd_read_bytes(r, 2);

	if (p == NULL)
		return 0;
	return (uint16_t)((uint16_t)p[0] << 8 | p[1]);
}

static inline uint32_t
vd_read_u32(struct vd_reader *r)
{
	const uint8_t *p = vd_read_bytes(r, 4);

	return p == NULL ? 0
			 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline struct vd_writer
vd_writer_init(void *p, size_t n)
{
	uint8_t *b = (uint8_t *)p;
	struct vd_writer w = {b, b, b + n, false};

	return w;
}

static inline size_t
vd_writer_len(const struct vd_writer *w)
{
	return (size_t)(w->p - w->start);
}

/* Room for n bytes that the caller fills, or NULL. */
static inline uint8_t *
vd_write_room(struct vd_writer *w, size_t n)
{
	uint8_t *p = w->p;

	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	return p;
}

static inline void
vd_write_bytes(struct vd_writer *w, const void *bytes, size_t n)
{
	uint8_t *p = vd_write_room(w, n);

	if (p != NULL)
		memcpy(p, bytes, n);
}

static inline void
vd_write_u8(struct vd_writer *w, uint8_t v)
{
	vd_write_bytes(w, &v, 1);
}

static inline void
vd_write_u16(struct vd_writer *w, uint16_t v)
{
	uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	vd_write_bytes(w, b, 2);
}

static inline void
vd_write_u32(struct vd_writer *w, uint32_t v)
{
	uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	vd_write_bytes(w, b, 4);
}

#endif
