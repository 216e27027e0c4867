/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_addr.h"

#include <errno.h>
#include <stdio.h>

#include "vd_hash.h"

static const uint8_t mapped_head[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Bits of the mapped form that come before the family's own. */
static unsigned int
family_shift(const struct vd_addr *a)
{
	return vd_addr_is_v4(a) ? 96 : 0;
}

bool
vd_addr_is_multicast(const struct vd_addr *a)
{
	return vd_addr_is_v4(a) ? (a->b[12] & 0xf0) == 0xe0 : a->b[0] == 0xff;
}

bool
vd_addr_is_link_local(const struct vd_addr *a)
{
	if (vd_addr_is_v4(a))
		return a->b[12] == 169 && a->b[13] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

int
vd_addr_cmp(const struct vd_addr *a, const struct vd_addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Digits up to the end of text, nothing else, at most max_digits of them; a decimal number has no
 * leading zero, which other programs read as octal.
 */
static int
number_parse(const char *p, const char *end, unsigned int base, size_t max_digits, uint32_t max,
		uint32_t *out)
{
	uint32_t v = 0;

	if (p == end)
		return -EINVAL;
	for (const char *q = p; q < end; q++) {
		int d = digit_value(*q);

		if (d < 0 || (unsigned int)d >= base)
			return -EINVAL;
	}
	if (base == 10 && end - p > 1 && *p == '0')
		return -EINVAL;
	if ((size_t)(end - p) > max_digits)
		return -ERANGE;
	for (; p < end; p++)
		v = v * base + (uint32_t)digit_value(*p);
	if (v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

static int
v4_parse(const char *p, const char *end, uint8_t *out)
{
	uint8_t b[4];

	for (int i = 0; i < 4; i++) {
		const char *dot = i == 3 ? end : memchr(p, '.', (size_t)(end - p));
		uint32_t v = 0;
		int rc;

		if (dot == NULL)
			return -EINVAL;
		rc = number_parse(p, dot, 10, 3, 255, &v);
		if (rc != 0)
			return rc;
		b[i] = (uint8_t)v;
		p = dot + 1;
	}
	memcpy(out, b, sizeof(b));
	return 0;
}

/* RFC 4291 2.2: groups of hexadecimal digits, "::" once, an IPv4 tail for the last two groups. */
static int
v6_parse(const char *p, const char *end, uint8_t *out)
{
	uint8_t b[16] = {0};
	size_t n = 0, gap = SIZE_MAX;

	if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
		gap = 0;
		p += 2;
	}
	while (p < end) {
		const char *colon = memchr(p, ':', (size_t)(end - p));
		const char *stop = colon == NULL ? end : colon;
		uint32_t v = 0;
		int rc;

		if (colon == NULL && memchr(p, '.', (size_t)(end - p)) != NULL) {
			if (n > 12)
				return -EINVAL;
			rc = v4_parse(p, end, &b[n]);
			if (rc != 0)
				return rc;
			n += 4;
			p = end;
			break;
		}
		if (n > 14)
			return -EINVAL;
		rc = number_parse(p, stop, 16, 4, 0xffff, &v);
		if (rc != 0)
			return rc;
		b[n++] = (uint8_t)(v >> 8);
		b[n++] = (uint8_t)v;
		p = stop;
		if (colon == NULL)
			break;
		p++;
		if (p == end)
			return -EINVAL;
		if (*p == ':') {
			if (gap != SIZE_MAX)
				return -EINVAL;
			gap = n;
			p++;
		}
	}
	if (gap == SIZE_MAX ? n != 16 : n > 14)
		return -EINVAL;
	memset(out, 0, 16);
	if (gap == SIZE_MAX)
		gap = n;
	memcpy(out, b, gap);
	memcpy(out + 16 - (n - gap), b + gap, n - gap);
	return 0;
}

static int
addr_parse_span(const char *p, const char *end, struct vd_addr *out)
{
	struct vd_addr a;
	int rc;

	if (memchr(p, ':', (size_t)(end - p)) != NULL) {
		rc = v6_parse(p, end, a.b);
	} else {
		memcpy(a.b, mapped_head, sizeof(mapped_head));
		rc = v4_parse(p, end, &a.b[12]);
	}
	if (rc == 0)
		*out = a;
	return rc;
}

int
vd_addr_parse(const char *text, struct vd_addr *out)
{
	return addr_parse_span(text, text + strlen(text), out);
}

/*
 * Texts are made by hand: a configuration of a hundred thousand servers names each a few times, and printf would be most of
 * that. Each returns where it ended, without a NUL.
 */
static char *
decimal_format(uint32_t v, char *out)
{
	char digits[10];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	while (n > 0)
		*out++ = digits[--n];
	return out;
}

static char *
group_format(uint32_t v, char *out)
{
	int shift = 12;

	while (shift > 0 && v >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*out++ = "0123456789abcdef"[v >> shift & 0xf];
	return out;
}

/* RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::". */
static char *
v6_format(const struct vd_addr *a, char *out)
{
	int best = -1, best_len = 1;

	for (int i = 0; i < 8;) {
		int n = 0;

		while (i + n < 8 && a->b[(i + n) * 2] == 0 && a->b[(i + n) * 2 + 1] == 0)
			n++;
		if (n > best_len) {
			best = i;
			best_len = n;
		}
		i += n == 0 ? 1 : n;
	}
	for (int i = 0; i < 8;) {
		if (i == best) {
			*out++ = ':';
			*out++ = ':';
			i += best_len;
			continue;
		}
		if (i > 0 && i != best + best_len)
			*out++ = ':';
		else if (i > 0 && best < 0)
			*out++ = ':';
		out = group_format((uint32_t)a->b[i * 2] << 8 | a->b[i * 2 + 1], out);
		i++;
	}
	return out;
}

static char *
v4_format(const struct vd_addr *a, char *out)
{
	for (int i = 12; i < 16; i++) {
		out = decimal_format(a->b[i], out);
		*out++ = '.';
	}
	return out - 1;
}

static char *
addr_format(const struct vd_addr *a, char *out)
{
	return vd_addr_is_v4(a) ? v4_format(a, out) : v6_format(a, out);
}

/* As much of it as there is room for. */
static const char *
text_copy(char *buf, size_t size, const char *text, const char *end)
{
	size_t len = (size_t)(end - text);

	if (size == 0)
		return buf;
	len = len < size ? len : size - 1;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return buf;
}

const char *
vd_addr_format(const struct vd_addr *a, char *buf, size_t size)
{
	char text[VD_ADDR_STR];

	return text_copy(buf, size, text, addr_format(a, text));
}

int
vd_prefix_parse(const char *text, struct vd_prefix *out)
{
	const char *slash = strchr(text, '/');
	const char *end = text + strlen(text);
	struct vd_prefix p;
	uint32_t len, max;
	int rc;

	rc = addr_parse_span(text, slash == NULL ? end : slash, &p.addr);
	if (rc != 0)
		return rc;
	max = 128 - family_shift(&p.addr);
	len = max;
	if (slash != NULL) {
		rc = number_parse(slash + 1, end, 10, 3, max, &len);
		if (rc != 0)
			return rc;
	}
	p.len = (uint8_t)len;
	*out = p;
	return 0;
}

const char *
vd_prefix_format(const struct vd_prefix *p, char *buf, size_t size)
{
	char addr[VD_ADDR_STR];

	snprintf(buf, size, "%s/%u", vd_addr_format(&p->addr, addr, sizeof(addr)), p->len);
	return buf;
}

/* The bits of byte i that belong to the first `bits` bits. */
static uint8_t
byte_mask(unsigned int bits, unsigned int i)
{
	if (bits >= (i + 1) * 8)
		return 0xff;
	if (bits <= i * 8)
		return 0;
	return (uint8_t)(0xff00u >> (bits - i * 8));
}

bool
vd_prefix_contains(const struct vd_prefix *p, const struct vd_addr *a)
{
	unsigned int bits = p->len + family_shift(&p->addr);

	if (vd_addr_is_v4(&p->addr) != vd_addr_is_v4(a))
		return false;
	for (unsigned int i = 0; i < 16; i++)
		if (((p->addr.b[i] ^ a->b[i]) & byte_mask(bits, i)) != 0)
			return false;
	return true;
}

struct vd_prefix
vd_prefix_network(const struct vd_prefix *p)
{
	unsigned int bits = p->len + family_shift(&p->addr);
	struct vd_prefix out = *p;

	for (unsigned int i = 0; i < 16; i++)
		out.addr.b[i] &= byte_mask(bits, i);
	return out;
}

int
vd_endpoint_parse(const char *text, struct vd_endpoint *out)
{
	const char *end = text + strlen(text);
	const char *colon = strrchr(text, ':');
	const char *from = text, *to = colon;
	struct vd_endpoint ep;
	uint32_t port = 0;
	bool bracket = *text == '[';
	int rc;

	if (colon == NULL)
		return -EINVAL;
	if (bracket) {
		from++;
		if (to == text || to[-1] != ']' || to - 1 < from)
			return -EINVAL;
		to--;
	}
	/* The brackets are IPv6's, always and only. */
	if ((memchr(from, ':', (size_t)(to - from)) != NULL) != bracket)
		return -EINVAL;
	rc = addr_parse_span(from, to, &ep.addr);
	if (rc == 0)
		rc = number_parse(colon + 1, end, 10, 5, 65535, &port);
	if (rc != 0)
		return rc;
	ep.port = (uint16_t)port;
	*out = ep;
	return 0;
}

const char *
vd_endpoint_format(const struct vd_endpoint *ep, char *buf, size_t size)
{
	bool v6 = !vd_addr_is_v4(&ep->addr);
	char text[VD_ENDPOINT_STR], *end = text;

	if (v6)
		*end++ = '[';
	end = addr_format(&ep->addr, end);
	if (v6)
		*end++ = ']';
	*end++ = ':';
	end = decimal_format(ep->port, end);
	return text_copy(buf, size, text, end);
}

/* What stands after the '-' of a range that begins at lo. */
static int
range_end_parse(const char *p, const char *end, const struct vd_addr *lo, struct vd_addr *hi)
{
	bool v4 = vd_addr_is_v4(lo);
	uint32_t v = 0;
	int rc;

	if (memchr(p, v4 ? '.' : ':', (size_t)(end - p)) != NULL)
		return addr_parse_span(p, end, hi);
	*hi = *lo;
	if (v4) {
		rc = number_parse(p, end, 10, 3, 255, &v);
		hi->b[15] = (uint8_t)v;
		return rc;
	}
	rc = number_parse(p, end, 16, 4, 0xffff, &v);
	hi->b[14] = (uint8_t)(v >> 8);
	hi->b[15] = (uint8_t)v;
	return rc;
}

int
vd_addr_range_parse(const char *text, struct vd_addr *lo, struct vd_addr *hi)
{
	const char *end = text + strlen(text);
	const char *dash = strchr(text, '-');
	struct vd_addr from, to;
	struct vd_prefix p;
	int rc;

	if (dash == NULL) {
		rc = vd_prefix_parse(text, &p);
		if (rc != 0)
			return rc;
		p = vd_prefix_network(&p);
		from = to = p.addr;
		for (unsigned int i = 0; i < 16; i++)
			to.b[i] |= (uint8_t)~byte_mask(p.len + family_shift(&from), i);
	} else {
		rc = addr_parse_span(text, dash, &from);
		if (rc == 0)
			rc = range_end_parse(dash + 1, end, &from, &to);
		if (rc != 0)
			return rc;
		if (vd_addr_is_v4(&from) != vd_addr_is_v4(&to) || vd_addr_cmp(&from, &to) > 0)
			return -EINVAL;
	}
	*lo = from;
	*hi = to;
	return 0;
}

struct vd_addr
vd_addr_add(const struct vd_addr *a, uint32_t n)
{
	int first = vd_addr_is_v4(a) ? 12 : 0;
	struct vd_addr out = *a;
	uint64_t carry = n;

	for (int i = 15; i >= first && carry != 0; i--) {
		carry += out.b[i];
		out.b[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return out;
}

uint32_t
vd_addr_range_size(const struct vd_addr *lo, const struct vd_addr *hi)
{
	uint64_t hi_low, lo_low, n;

	hi_low = __builtin_bswap64(hi->w[1]);
	lo_low = __builtin_bswap64(lo->w[1]);
	if (hi->w[0] != lo->w[0]) {
		uint64_t gap = __builtin_bswap64(hi->w[0]) - __builtin_bswap64(lo->w[0]);

		if (gap > 1 || hi_low >= lo_low)
			return UINT32_MAX;
	}
	n = hi_low - lo_low;
	return n >= UINT32_MAX ? UINT32_MAX : (uint32_t)(n + 1);
}

int
vd_mac_parse(const char *text, struct vd_mac *out)
{
	struct vd_mac m;
	char sep = '\0';

	if (strlen(text) != VD_MAC_STR - 1)
		return -EINVAL;
	sep = text[2];
	if (sep != ':' && sep != '-')
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		int high = digit_value(text[i * 3]), low = digit_value(text[i * 3 + 1]);

		if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != sep))
			return -EINVAL;
		m.b[i] = (uint8_t)(high << 4 | low);
	}
	*out = m;
	return 0;
}

const char *
vd_mac_format(const struct vd_mac *m, char *buf, size_t size)
{
	snprintf(buf, size, "%02x:%02x:%02x:%02x:%02x:%02x", m->b[0], m->b[1], m->b[2], m->b[3],
			m->b[4], m->b[5]);
	return buf;
}

struct vd_addr
vd_addr_link_local(const struct vd_mac *m)
{
	struct vd_addr a = {.b = {0xfe, 0x80}};

	a.b[8] = m->b[0] ^ 0x02;
	a.b[9] = m->b[1];
	a.b[10] = m->b[2];
	a.b[11] = 0xff;
	a.b[12] = 0xfe;
	a.b[13] = m->b[3];
	a.b[14] = m->b[4];
	a.b[15] = m->b[5];
	return a;
}

struct vd_addr
vd_addr_solicited_node(const struct vd_addr *a)
{
	struct vd_addr out = {.b = {0xff, 0x02}};

	out.b[11] = 0x01;
	out.b[12] = 0xff;
	memcpy(&out.b[13], &a->b[13], 3);
	return out;
}

uint64_t
vd_addr_hash(const struct vd_addr *a, uint64_t seed)
{
	return vd_hash_u64(a->w[1], vd_hash_u64(a->w[0], seed));
}
