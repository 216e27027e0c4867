/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_LB_EXPLAIN_H
#define VD_LB_EXPLAIN_H

/*
 * The dry run behind `explain`: which server a new flow would get now, and the steps that led there. Runs on the
 * worker (it reads the worker's state and changes nothing); the answer is a fixed-size struct that can go through a
 * ring. The text is made on main against the same snapshot.
 */

#include "vd_lb.h"
#include "vd_strbuf.h"

/* What a and b mean stands beside each. */
/* clang-format off */
#define VD_LB_STEPS(X) \
	X(NOT_VIP)      /* the destination is no virtual address */ \
	X(VIP)          /* a = lease */ \
	X(NO_SERVICE)   /* no listener on this port and protocol */ \
	X(SERVICE)      /* a = id */ \
	X(SCHEDULER)    /* a = enum vd_scheduler, b = usable servers */ \
	X(SKIPPED)      /* a = server id, b = its flags */ \
	X(SLOW)         /* a = server id, b = 256ths of its weight */ \
	X(WEIGHT_ZERO)  /* a = server id */ \
	X(LOAD)         /* a = server id, b = active << 32 | inactive */ \
	X(HASH)         /* a = place, b = size of the table or line */ \
	X(SERVER)       /* a = server id, b = its weight */ \
	X(SORRY)        /* a = server id */ \
	X(REFUSED)      /* a = enum vd_lb_reason */ \
	X(MORE)         /* a = steps left out */
/* clang-format on */

enum vd_lb_step_kind {
#define VD_X(id) VD_LB_STEP_##id,
	VD_LB_STEPS(VD_X)
#undef VD_X
	VD_LB_STEP_N
};

struct vd_lb_step {
	enum vd_lb_step_kind kind;
	uint64_t a, b;
};

#define VD_LB_EXPLAIN_STEPS 24

struct vd_lb_explanation {
	struct vd_lb_client client;
	struct vd_lb_listener target;
	uint32_t lease;   /* valid if is_vip */
	uint32_t service; /* id or VD_LB_NONE */
	uint32_t server;  /* id or VD_LB_NONE */
	bool is_vip;
	enum vd_lb_reason reason;
	unsigned n_steps;
	struct vd_lb_step steps[VD_LB_EXPLAIN_STEPS];
};

void vd_lb_explain(const struct vd_lb_snapshot *s, const struct vd_lb_worker *w,
		const struct vd_lb_client *client, const struct vd_lb_listener *target,
		struct vd_lb_explanation *out);
/* The sentence of a step. Ids that the snapshot no longer has are told as numbers. */
void vd_lb_explain_step_format(const struct vd_lb_snapshot *s, const struct vd_lb_step *step,
		struct vd_strbuf *out);

#endif
