/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever parses must format, and its text must parse back to the same value. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256], out[VD_ENDPOINT_STR];
	struct vd_endpoint ep, again;
	struct vd_prefix prefix;
	struct vd_addr lo, hi;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';

	if (vd_endpoint_parse(text, &ep) == 0) {
		vd_endpoint_format(&ep, out, sizeof(out));
		if (vd_endpoint_parse(out, &again) != 0 || !vd_addr_equal(&ep.addr, &again.addr) ||
				ep.port != again.port)
			abort();
	}
	(void)vd_prefix_parse(text, &prefix);
	if (vd_addr_range_parse(text, &lo, &hi) == 0 && vd_addr_cmp(&lo, &hi) > 0)
		abort();
	return 0;
}
