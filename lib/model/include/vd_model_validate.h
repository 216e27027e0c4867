/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_VALIDATE_H
#define VD_MODEL_VALIDATE_H

/*
 * What a well-formed model says that cannot be carried out on this box, or that its author cannot have meant: each
 * with its place and a hint. What keepalived repairs silently or with a line of its log is repaired in the model and
 * said as a warning: real servers listed twice are dropped, DR and tunnel servers get the port of their service, a
 * quorum that the weights cannot reach is lowered, authentication goes under vrrp_strict and with version 3, addresses
 * that an advert has no room for become excluded ones, weights that an owner or a sync group cannot have go. A tracked
 * weight whose failure alone can move nothing is a warning; one whose effect depends on the peer's priority, which is
 * not in the file, is a note that says from which priority on.
 *
 * Call once, on a finished model (vd_model_finish), before anyone else reads it. Opens no files and makes no system
 * call. Main thread only.
 */

#include "vd_diag.h"
#include "vd_model.h"
#include "vd_model_dataplane.h"

struct vd_model_validate_options {
	const struct vd_dataplane
			*dataplane; /* NULL: interfaces, addresses and routes are not checked */
};

/* Returns 0, or -EINVAL when there was an error. options may be NULL. */
int vd_model_validate(struct vd_model *m, const struct vd_model_validate_options *options,
		struct vd_diag_list *diags);

#endif
