/* SPDX-License-Identifier: BSD-3-Clause */
/* What is believed to be an answer is one, and an answer made of our query is believed. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vd_check_dns.h"
#include "vd_compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID         0x1234
#define TYPE       6
#define NAME       "www.example.org"
#define HEADER_LEN 12

static void
require(bool what)
{
	if (!what)
		abort();
}

static void
judge(const uint8_t *bytes, size_t n)
{
	struct vd_strbuf why = {0};
	enum vd_check_verdict v = vd_check_dns_reply(bytes, n, ID, TYPE, NAME, &why);

	require((v == VD_CHECK_BAD) == (why.len > 0));
	if (v != VD_CHECK_MORE) {
		require(n >= HEADER_LEN && bytes[0] == ID >> 8 && bytes[1] == (ID & 0xff));
		require((bytes[2] & 0x80) != 0 && bytes[4] == 0 && bytes[5] <= 1);
		require((v == VD_CHECK_GOOD) == ((bytes[3] & 0xf) == 0));
	}
	vd_strbuf_free(&why);
}

/* The first byte says how much of the frame is as it must be, so that a mutation reaches what lies behind it. */
static void
mended(const uint8_t *data, size_t size)
{
	uint8_t query[VD_CHECK_DNS_MAX], *copy = malloc(size);
	size_t n = size - 1, take;
	int len = vd_check_dns_query(query, sizeof(query), ID, TYPE, NAME);

	require(copy != NULL && len > 0);
	memcpy(copy, data + 1, n);
	take = VD_MIN(VD_MIN((size_t)data[0] & 0x3f, (size_t)len), n);
	for (size_t i = 0; i < take; i++)
		if (i != 2 && i != 3)
			copy[i] = query[i];
	if (n > 2 && (data[0] & 0x40) != 0)
		copy[2] |= 0x80;
	judge(copy, n);
	free(copy);
}

/* A name: a query, and an answer that repeats it. */
static void
round_trip(const uint8_t *data, size_t size)
{
	uint8_t buf[VD_CHECK_DNS_MAX], small[VD_CHECK_DNS_MAX];
	struct vd_strbuf why = {0};
	char *name = malloc(size + 1);
	enum vd_check_verdict v;
	int n;

	require(name != NULL);
	memcpy(name, data, size);
	name[size] = '\0';
	n = vd_check_dns_query(buf, sizeof(buf), ID, data[0], name);
	require(n < 0 || (n >= HEADER_LEN + 5 && n <= HEADER_LEN + 255 + 4));
	if (n > 0) {
		require(vd_check_dns_query(small, (size_t)n, ID, data[0], name) == n);
		require(memcmp(small, buf, (size_t)n) == 0);
		require(vd_check_dns_query(small, (size_t)n - 1, ID, data[0], name) < 0);
		buf[2] |= 0x80;
		buf[3] = data[0];
		v = vd_check_dns_reply(buf, (size_t)n, ID, data[0], name, &why);
		require(v == ((data[0] & 0xf) == 0 ? VD_CHECK_GOOD : VD_CHECK_BAD));
		require(vd_check_dns_reply(buf, (size_t)n - 1, ID, data[0], name, &why) ==
				VD_CHECK_MORE);
	}
	free(name);
	vd_strbuf_free(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	judge(data, size);
	if (size == 0)
		return 0;
	mended(data, size);
	round_trip(data, size);
	return 0;
}
