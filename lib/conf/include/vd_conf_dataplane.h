/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CONF_DATAPLANE_H
#define VD_CONF_DATAPLANE_H

/*
 * The dataplane file (JSON) to struct vd_dataplane and back. Opens no files: the caller hands over the text. Main
 * thread only.
 *
 * Every problem of the text goes to diags in one run: a JSON syntax error with line and column (nothing more can be
 * said then), anything else with its path, "FILE: error: ports[0].addreses: unknown key (did you mean addresses?)".
 */

#include <stddef.h>

#include "vd_diag.h"
#include "vd_model_dataplane.h"
#include "vd_strbuf.h"

/*
 * Returns 0 and a dataplane that the caller frees, also when diags got warnings and notes; -EINVAL and NULL when it
 * got an error, -ERANGE if one of them is that fewer than three lcores are given. text needs no NUL at its end.
 */
int vd_conf_dataplane_parse(const char *file_name, const char *text, size_t len,
		struct vd_dataplane **out, struct vd_diag_list *diags);

/* Indented JSON with a newline at its end, which parses to an equal dataplane. What was not given is not written. */
void vd_conf_dataplane_dump(const struct vd_dataplane *dp, struct vd_strbuf *out);

#endif
