/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_conf.h"
#include "vd_conf_model.h"
#include "vd_model_diff.h"
#include "vd_model_validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What parses must dump, parse to an equal model, and dump the same; validating it must not crash. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vd_strbuf first = {0}, second = {0}, conf = {0};
	struct vd_model *m = NULL, *again = NULL;
	struct vd_diag_list diags = {0};
	struct vd_model_diff *d;

	if (vd_conf_model_from_json("f", (const char *)data, size, &m, &diags) == 0) {
		vd_conf_model_to_json(m, &first);
		if (vd_conf_model_from_json("f", first.s, first.len, &again, &diags) != 0 ||
				!vd_model_equal(m, again))
			abort();
		vd_conf_model_to_json(again, &second);
		if (first.len != second.len || memcmp(first.s, second.s, first.len) != 0)
			abort();
		vd_conf_dump_keepalived(m, &conf);
	}
	if (m != NULL) {
		vd_model_validate(m, NULL, &diags);
		if (again != NULL) {
			d = vd_model_diff_make(again, m);
			vd_strbuf_reset(&second);
			vd_model_diff_format(d, again, m, &second);
			vd_model_diff_free(d);
		}
	}
	vd_model_free(m);
	vd_model_free(again);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&first);
	vd_strbuf_free(&second);
	vd_strbuf_free(&conf);
	return 0;
}
