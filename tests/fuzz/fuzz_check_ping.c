/* SPDX-License-Identifier: BSD-3-Clause */
/* What is believed about our request is about it; what a host or a router makes of our request is believed. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vd_check_ping.h"
#include "vd_compiler.h"
#include "vd_pkt_csum.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID         0x1234
#define SEQ        0x5678
#define COOKIE     0x0123456789abcdefull
#define HEADER_LEN 8
#define COOKIE_END 16
#define IP4_LEN    20
#define IP6_LEN    40

static void
require(bool what)
{
	if (!what)
		abort();
}

static void
put_csum(uint8_t *p, size_t n)
{
	uint16_t csum;

	if (n < 4)
		return;
	memset(p + 2, 0, 2);
	csum = vd_pkt_csum_finish(vd_pkt_csum_add(0, p, n));
	memcpy(p + 2, &csum, 2);
}

/* Is there our request, type and checksum aside, in these bytes? */
static bool
has_ours(const uint8_t *bytes, size_t n, bool with_cookie)
{
	uint8_t ours[VD_CHECK_PING_LEN];
	size_t len = with_cookie ? COOKIE_END - 4 : 4;

	(void)vd_check_ping_request(ours, true, ID, SEQ, COOKIE);
	return n >= 4 + len && memcmp(bytes + 4, ours + 4, len) == 0;
}

static enum vd_check_verdict
judge(const uint8_t *bytes, size_t n, bool v6)
{
	uint8_t *copy = malloc(n + (n == 0));
	struct vd_strbuf why = {0};
	enum vd_check_verdict v;

	require(copy != NULL);
	if (n > 0)
		memcpy(copy, bytes, n);
	v = vd_check_ping_reply(copy, n, v6, ID, SEQ, COOKIE, &why);
	require((v == VD_CHECK_BAD) == (why.len > 0));
	if (v == VD_CHECK_GOOD)
		require(copy[0] == (v6 ? 129 : 0) && has_ours(copy, n, true));
	if (v == VD_CHECK_BAD) {
		size_t skip = HEADER_LEN + (v6 ? IP6_LEN : (copy[HEADER_LEN] & 0xfu) * 4);

		require(skip < n && copy[skip] == (v6 ? 128 : 8));
		require(has_ours(copy + skip, n - skip, n - skip >= COOKIE_END));
	}
	vd_strbuf_free(&why);
	free(copy);
	return v;
}

/* An error of this type that quotes our request behind a header with options from the input. */
static void
round_trip(const uint8_t *data, size_t size, bool v6)
{
	uint8_t buf[HEADER_LEN + 60 + VD_CHECK_PING_LEN] = {0}, *ip = buf + HEADER_LEN;
	size_t options = v6 ? 0 : data[1] % 11 * 4u;
	size_t ip_len = (v6 ? IP6_LEN : IP4_LEN) + options, quoted = 8 + data[2] % 33;
	size_t n = HEADER_LEN + ip_len + quoted;

	(void)vd_check_ping_request(buf, v6, ID, SEQ, COOKIE);
	require(judge(buf, VD_CHECK_PING_LEN, v6) == VD_CHECK_MORE);
	buf[0] = v6 ? 129 : 0;
	if (!v6)
		put_csum(buf, VD_CHECK_PING_LEN);
	require(judge(buf, VD_CHECK_PING_LEN, v6) == VD_CHECK_GOOD);

	memset(buf, 0, sizeof(buf));
	memcpy(ip, data, VD_MIN(size, ip_len));
	ip[0] = v6 ? 0x60 : (uint8_t)(0x40 | ip_len / 4);
	ip[v6 ? 6 : 9] = v6 ? 58 : 1;
	buf[0] = v6 ? 1 + data[0] % 4 : (uint8_t[]){3, 11, 12}[data[0] % 3];
	buf[1] = data[1];
	(void)vd_check_ping_request(ip + ip_len, v6, ID, SEQ, COOKIE);
	if (!v6)
		put_csum(buf, n);
	require(judge(buf, n, v6) == VD_CHECK_BAD);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *mended;

	(void)judge(data, size, false);
	(void)judge(data, size, true);
	if (size < 4)
		return 0;
	mended = malloc(size);
	require(mended != NULL);
	memcpy(mended, data, size);
	put_csum(mended, size);
	(void)judge(mended, size, false);
	free(mended);
	round_trip(data, size, false);
	round_trip(data, size, true);
	return 0;
}
