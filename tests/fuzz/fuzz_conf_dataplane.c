/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_conf_dataplane.h"
#include "vd_conf_driver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What parses must dump, parse again without a word, and dump the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vd_strbuf first = {0}, second = {0};
	struct vd_diag_list diags = {0}, again = {0};
	struct vd_driver_profile *profile;
	struct vd_dataplane *dp;

	(void)vd_conf_driver_parse("f", "f", (const char *)data, size, &profile, &diags);
	vd_driver_profile_free(profile);
	if (vd_conf_dataplane_parse("f", (const char *)data, size, &dp, &diags) == 0) {
		vd_conf_dataplane_dump(dp, &first);
		vd_dataplane_free(dp);
		if (vd_conf_dataplane_parse("f", first.s, first.len, &dp, &again) != 0)
			abort();
		vd_conf_dataplane_dump(dp, &second);
		vd_dataplane_free(dp);
		if (first.len != second.len || memcmp(first.s, second.s, first.len) != 0)
			abort();
	}
	vd_diag_list_free(&diags);
	vd_diag_list_free(&again);
	vd_strbuf_free(&first);
	vd_strbuf_free(&second);
	return 0;
}
