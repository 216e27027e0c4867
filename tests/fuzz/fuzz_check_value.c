/* SPDX-License-Identifier: BSD-3-Clause */
/* A number that was read is read again from what it is written as; what lies past the bytes that count does not count. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vd_check_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BEFORE INT64_MIN

static void
require(bool what)
{
	if (!what)
		abort();
}

static bool
parse(const void *bytes, size_t n, int64_t *value)
{
	char *copy = malloc(n + (n == 0));
	struct vd_strbuf why = {0};
	bool good;

	require(copy != NULL);
	if (n > 0)
		memcpy(copy, bytes, n);
	*value = BEFORE;
	good = vd_check_value_parse(copy, n, value, &why);
	require(good == (why.len == 0));
	for (size_t i = 0; i < why.len; i++)
		require(why.s[i] >= ' ' && why.s[i] <= '~');
	require(good ? *value >= INT32_MIN && *value <= (int64_t)INT32_MAX + 1
		     : *value == 0 || *value == BEFORE);
	vd_strbuf_free(&why);
	free(copy);
	return good;
}

static void
numbers(const uint8_t *data, size_t size)
{
	int64_t value, again;
	bool good = parse(data, size, &value);
	char text[32];
	int n;

	require(good == parse(data, size < 64 ? size : 64, &again) && value == again);
	if (good) {
		n = snprintf(text, sizeof(text), "\n %" PRId64 " %u", value,
				size > 0 ? data[0] : 0);
		require(parse(text, (size_t)n, &again) && value == again);
	}
}

static void
statuses(const uint8_t *data, size_t size)
{
	struct vd_strbuf why = {0};
	enum vd_check_verdict v;
	int64_t weight = 1000;
	int status = 0;

	memcpy(&status, data, size < 2 ? size : 2);
	/* No process that exited has left a core. */
	if (WIFEXITED(status))
		status &= 0xff00;
	v = vd_check_exit(status, false, &weight, &why);
	require(weight == -1 && v == (status == 0 ? VD_CHECK_GOOD : VD_CHECK_BAD));
	require((v == VD_CHECK_BAD) == (why.len > 0));
	vd_strbuf_reset(&why);
	v = vd_check_exit(status, true, &weight, &why);
	require((v == VD_CHECK_BAD) == (why.len > 0));
	if (v == VD_CHECK_GOOD && status != 0)
		require(status == (weight + 2) << 8 && weight >= 0 && weight <= 253);
	else
		require(weight == -1);
	vd_strbuf_free(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	numbers(data, size);
	if (size > 0)
		statuses(data, size);
	return 0;
}
