/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DP_LOCAL_H
#define DP_LOCAL_H

/* What becomes of a packet that is no service's, by its destination. */

#include "dp_priv.h"

enum dp_local {
	DP_LOCAL_PUNT,
	DP_LOCAL_DROP,  /* with the reason */
	DP_LOCAL_RESET, /* a TCP segment is answered by RST; otherwise as DROP */
};

static inline bool
dp_lease_ok(const struct vd_dp_worker *w, uint32_t lease)
{
	return w->lease_until[VD_MIN(lease, (uint32_t)VD_DP_LEASE_MAX)] > w->now;
}

static inline enum dp_local
dp_local_verdict(const struct vd_dp_worker *w, const struct vd_addr *dst, enum vd_drop *reason)
{
	const struct vd_dp_address *a = dp_net_address(w->net, dst);

	*reason = VD_DROP_NO_CONNECTION;
	if (a == NULL || a->kind == VD_DP_ADDR_OWN)
		return DP_LOCAL_PUNT; /* the kernel's own, or to be forwarded by it or not */
	if (a->kind == VD_DP_ADDR_LOCAL)
		return DP_LOCAL_RESET;
	if (!w->serve)
		*reason = VD_DROP_STOPPED;
	else if (!dp_lease_ok(w, a->lease))
		*reason = VD_DROP_NOT_MASTER;
	else if (a->no_accept)
		*reason = VD_DROP_NO_LISTENER;
	else
		return DP_LOCAL_PUNT;
	return DP_LOCAL_DROP;
}

#endif
