/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CONF_MODEL_H
#define VD_CONF_MODEL_H

/*
 * The service configuration as JSON, and back: driven by the word table of vd_model_schema.h, whose header tells how
 * each type of field is written. A key is the word of keepalived.conf ("virtual_server": [ { "address": "192.0.2.1",
 * "port": 80, "lb_algo": "wrr", "real_server": [ ... ] } ]).
 * Opens no files. Main thread only.
 */

#include <stddef.h>

#include "vd_diag.h"
#include "vd_model.h"
#include "vd_strbuf.h"

/*
 * Reads and finishes a model. Problems go to diags: a syntax error with line and column, the rest with the path of the
 * value. Returns 0, or -EINVAL when diags got an error; *out is then still what could be read, so that validation can
 * tell the rest of the problems, and NULL only after a syntax error. The caller frees *out.
 */
int vd_conf_model_from_json(const char *file_name, const char *text, size_t len,
		struct vd_model **out, struct vd_diag_list *diags);

/*
 * What the model was given, as indented JSON with a newline at its end; read again it makes an equal model. The last
 * key, "not_in_effect", lists the words in it that this version does not carry out; it is ignored when read.
 */
void vd_conf_model_to_json(const struct vd_model *m, struct vd_strbuf *out);

#endif
