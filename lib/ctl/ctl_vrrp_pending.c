/* SPDX-License-Identifier: BSD-3-Clause */
/* VRRP's views and actions until control runs the engine: there is no instance to look at or to act on. */
#include <errno.h>

#include "vd_ctl.h"

size_t
vd_ctl_vrrp_count(struct vd_ctl *c)
{
	(void)c;
	return 0;
}

void
vd_ctl_vrrp_get(struct vd_ctl *c, size_t i, struct vd_ctl_vrrp *out)
{
	(void)c;
	(void)i;
	*out = (struct vd_ctl_vrrp){0};
}

int
vd_ctl_vrrp_find(struct vd_ctl *c, const char *name)
{
	(void)c;
	(void)name;
	return -ENOENT;
}

int
vd_ctl_vrrp_priority(struct vd_ctl *c, size_t i, uint8_t priority, struct vd_strbuf *why)
{
	(void)c;
	(void)i;
	(void)priority;
	vd_strbuf_puts(why, "there is no such VRRP instance");
	return -ENOENT;
}

void
vd_ctl_vrrp_failover(struct vd_ctl *c, size_t i, vd_ctl_failover_fn done, void *ctx)
{
	(void)c;
	(void)i;
	done(ctx, -ENOENT, "there is no such VRRP instance");
}

void
vd_ctl_maintenance(struct vd_ctl *c, bool on)
{
	(void)c;
	(void)on;
}
