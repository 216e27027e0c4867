/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_MODEL_H
#define VD_CHECK_MODEL_H

/* What the checks of a configuration ask and expect: can it be asked, and can it come? After vd_model_validate(). */

#include "vd_diag.h"
#include "vd_model.h"

/*
 * A digest, a payload, a name, ... that is none is a warning and is taken out of the model, as keepalived ignores it; a
 * regular expression that PCRE2 refuses is an error. 0, or -EINVAL: there was an error.
 */
int vd_check_model(struct vd_model *m, struct vd_diag_list *diags);

#endif
