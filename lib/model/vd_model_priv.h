/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_PRIV_H
#define VD_MODEL_PRIV_H

#include "vd_model.h"

/* The parts of vd_model_finish(). */
void vd_model_finish_vrrp(struct vd_model *m, struct vd_diag_list *diags);
void vd_model_finish_services(struct vd_model *m, struct vd_diag_list *diags);
/* One line per kind of block for the words that this version does not carry out. */
void vd_model_say_effects(const struct vd_model *m, struct vd_diag_list *diags);

/* A weight that is outside its range is ignored. */
void vd_model_weight_check(struct vd_model_weight *w, const char *what, int64_t limit,
		struct vd_diag_list *diags);

/* to takes the value of from unless it was given itself. */
#define VD_INHERIT(obj, to, from) \
	do { \
		if (!vd_model_given(obj, &(to))) \
			(to) = (from); \
	} while (0)

#endif
